"""The part of Données et méthodes that shows a community's own data, marked as such."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely
import streamlit as st

from revital.charts import theme
from revital.i18n import Translator
from revital.maps.vector import VectorMap
from revital.maps.vector import draw as vector
from revital.services.map_classes import NO_DATA
from revital.services.own_layers import Answer, Origin, OwnLayers, OwnValues, own_layers
from revital.services.own_mapping import hidden_text, origin_text
from revital.services.vocabulary import category_word
from revital.services.wording import level_text
from revital.services.workspace.home import workspace
from revital.ui import cache, html, panels, preview_map
from revital.ui.state import View

#: Classes of a map of values.
CLASSES = 5
WIDTH, HEIGHT = 640, 460
#: Rows drawn of a list of places or areas.
MOST_ROWS = 200


def section(view: View) -> None:
    """Draw what the community brought: places, values, answers, incidents."""
    t = view.t
    found = own_layers(cache.data(), workspace(), view.territory)
    panels.section(
        t("Vos données"),
        t("Apportées par des gens d'ici, à côté des données publiques ; jamais mêlées à elles."),
    )
    if found.is_empty:
        panels.empty_state(
            t,
            what=t("Aucune donnée locale pour ce territoire."),
            why=t("Un relevé fait sur le terrain complète les listes publiques."),
            who=t("La partie « Apporter » de cette page, ou la page Services."),
        )
        return
    _places(view, found)
    _values(view, found.values)
    _questions(view, found)
    _incidents(view, found)


def _mark(view: View, origins: Sequence[Origin]) -> None:
    said = html.escape(origin_text(origins, view.t))
    st.html(f'<p class="rv-own-mark">{html.icon("info-circle")}{said}</p>')


def _places(view: View, found: OwnLayers) -> None:
    t = view.t
    if not found.places:
        return
    panels.section(t("Lieux notés sur le terrain"))
    _mark(view, tuple(dict.fromkeys(p.origin for p in found.places)))
    preview_map.draw(view, [(p.lat, p.lon) for p in found.places])
    panels.table_twin(
        t("Lieux notés sur le terrain"),
        [
            html.TableColumn(t("Nom")),
            html.TableColumn(t("Catégorie")),
            html.TableColumn(t("Adresse")),
            html.TableColumn(t("Vu le")),
            html.TableColumn(t("Par")),
        ],
        [
            (p.name, category_word(p.category, t), p.address, p.seen_on, p.origin.by)
            for p in found.places[:MOST_ROWS]
        ],
        empty="—",
        tall=len(found.places) > 12,
    )


def _values(view: View, known: Sequence[OwnValues]) -> None:
    t = view.t
    if not known:
        return
    panels.section(t("Valeurs par aire"))
    titles = {
        str(i): " · ".join(x for x in (v.measure, v.date, level_text(v.level, t)) if x)
        for i, v in enumerate(known)
    }
    chosen = view.choice(
        "mesure", list(titles), "0", label=t("Mesure locale"), format=lambda i: titles[i]
    )
    shown = known[int(chosen)]
    _mark(view, shown.origins)
    unit = f" ({shown.unit})" if shown.unit else ""
    draw_values(view, shown)
    rows = shown.values.sort_values(ascending=False, na_position="last")
    panels.table_twin(
        f"{titles[chosen]}{unit}",
        [
            html.TableColumn(t("Aire ou secteur")),
            html.TableColumn(t("Valeur"), number=True),
            html.TableColumn(t("Dans le territoire")),
        ],
        [
            (
                str(id_),
                t("caché") if id_ in shown.hidden else value_text(value, t),
                t("oui") if id_ in shown.inside else t("non"),
            )
            for id_, value in rows.head(MOST_ROWS).items()
        ],
        empty=t("aucune donnée"),
        tall=len(rows) > 12,
    )

    if shown.hidden:
        st.caption(hidden_text(t))


def value_text(value: float, t: Translator) -> str:
    """Return a value as it was given, to four decimals at most."""
    if not np.isfinite(value):
        return ""
    decimals = next((d for d in range(4) if abs(value - round(value, d)) < 1e-9), 4)
    return t.number(value, decimals)


def draw_values(view: View, shown: OwnValues) -> None:
    """Draw the map of a measure and its legend."""
    t = view.t
    data = cache.data()
    place = view.catalogue.place(view.catalogue.territory(view.territory).place)
    shapes = data.layers.read_shapes(place.outlines[shown.level])
    # An area that stands for several units has no value of its own.
    values = shapes["unit_id"].map(shown.values).to_numpy(dtype=float)
    known = values[np.isfinite(values)]
    if not known.size:
        return
    edges = np.unique(known)
    if edges.size > CLASSES:
        edges = np.unique(np.quantile(known, np.arange(1, CLASSES + 1) / CLASSES))
    codes = np.full(values.shape, NO_DATA, dtype=np.uint8)
    has = np.isfinite(values)
    codes[has] = np.minimum(np.searchsorted(edges, values[has], side="left"), edges.size - 1)
    inside = [i for i, id_ in enumerate(shapes["unit_id"]) if id_ in shown.inside]
    seen = shapes.geometry.values[inside] if inside and has[inside].any() else (
        shapes.geometry.values[has]
    )  # fmt: skip
    west, south, east, north = shapely.total_bounds(seen)
    colours = theme.classes("context", max(int(edges.size), 1))
    content = VectorMap(
        shapes=list(shapes.geometry.values),
        codes=codes.tobytes(),
        colours=colours,
        hatch=theme.NO_DATA,
        inside=inside,
        bounds=(float(west), float(south), float(east), float(north)),
        title=t("Carte de la donnée locale : {measure}", measure=shown.measure),
        numbered=False,
    )
    drawn = vector(content, WIDTH, HEIGHT, marker="rv-local")
    lows = [float(known.min()), *(float(e) for e in edges[:-1])]
    left, right = st.columns([3, 2], gap="medium")
    left.html(preview_map.picture(drawn, content.title))
    right.html(
        html.legend(
            t,
            title=shown.measure,
            unit=shown.unit or t("valeur"),
            direction=t("Plus foncé : valeur plus élevée, sans jugement."),
            classes=[
                html.LegendClass(
                    colour,
                    t("{low} à {high}", low=value_text(low, t), high=value_text(float(high), t)),
                    int((codes == i).sum()),
                )
                for i, (colour, low, high) in enumerate(zip(colours, lows, edges, strict=True))
            ],
            no_data=int((~has).sum()) - len(shown.hidden),
            hidden=len(shown.hidden),
            source=origin_text(shown.origins, t),
        )
    )


def _questions(view: View, found: OwnLayers) -> None:
    t = view.t
    if not found.questions:
        return
    panels.section(
        t("Réponses à des sondages"),
        t("Des effectifs pour tout le territoire, jamais pour une zone dessinée."),
    )
    for asked in found.questions:
        _mark(view, (asked.origin,))
        if asked.is_withheld:
            panels.callout(
                t(
                    "« {question} » ({date}) : réponses retenues, car un autre décompte si proche "
                    "dirait ce que peu de personnes ont répondu.",
                    question=asked.text,
                    date=asked.date,
                )
            )
            continue
        base = (
            t("nombre de répondants caché")
            if asked.base is None
            else t.plural("{n} répondant", "{n} répondants", asked.base)
        )
        panels.table_twin(
            f"{asked.text} ({asked.survey}, {asked.date} ; {base})",
            [
                html.TableColumn(t("Réponse")),
                html.TableColumn(t("Personnes"), number=True),
                html.TableColumn(t("Part"), number=True),
                html.TableColumn(t("Intervalle à 95 %"), number=True),
            ],
            [answer_row(answer, t) for answer in asked.answers],
            empty=t("caché"),
        )
    st.caption(
        t(
            "Sous 5 personnes, un effectif est caché, avec ceux qui le trahiraient ; sous 30 "
            "répondants, aucune part n'est donnée."
        )
    )


def answer_row(answer: Answer, t: Translator) -> tuple[str, str, str, str]:
    """Return an answer as cells; what is hidden is empty."""
    bounds = answer.interval
    return (
        answer.text,
        "" if answer.n is None else t.number(answer.n),
        "" if answer.share is None else t.percent(answer.share, 0),
        ""
        if bounds is None
        else t("{low} à {high}", low=t.percent(bounds[0], 0), high=t.percent(bounds[1], 0)),
    )


def _incidents(view: View, found: OwnLayers) -> None:
    t = view.t
    if not found.incidents:
        return
    panels.section(
        t("Incidents signalés"),
        t("Des effectifs pour tout le territoire ; les lieux ne sont pas gardés."),
    )
    _mark(view, found.incident_origins)
    panels.table_twin(
        t("Incidents par période et par catégorie"),
        [
            html.TableColumn(t("Période")),
            html.TableColumn(t("Catégorie")),
            html.TableColumn(t("Nombre"), number=True),
        ],
        [(i.period, i.category, "" if i.n is None else t.number(i.n)) for i in found.incidents],
        empty=t("caché"),
        tall=len(found.incidents) > 12,
    )
