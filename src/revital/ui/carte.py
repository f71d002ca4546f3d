"""The page Carte: where a figure is high or low, and the sheet of the area one clicks."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import streamlit as st

from revital.charts import theme
from revital.maps.choropleth import MapPoint
from revital.services import wording
from revital.services.exports import map_name
from revital.services.imports.corrected import ACTIONS
from revital.services.map_sheet import map_sheet, summary
from revital.services.mapping import MapView
from revital.services.own_mapping import PREFIX
from revital.services.vocabulary import category_word, status_word
from revital.ui import cache, choropleth, downloads, foresight, frame, hotspots, html, panels, state
from revital.ui.carte_area import area_choice, search, selection, sheet, sought
from revital.ui.carte_choices import Choice, controls
from revital.ui.state import View
from revital.ui.why import why

#: How many rows of the table twin are drawn; the file to download holds them all.
MOST_ROWS = 400
#: Colour of a service on the map, by layer, in the order of the place's record.
POINT_COLOURS = tuple(theme.MARKS[f"layer_{i}"][0] for i in range(6))


def points(view: View, layers: Sequence[str]) -> list[MapPoint]:
    """Return the services of some layers as points of the map."""
    place = view.catalogue.place(view.catalogue.territory(view.territory).place)
    order = {id_: i for i, id_ in enumerate(place.services)}
    found = []
    for p in cache.service_points(tuple(layers)):
        words = (
            category_word(p["category"], view.t),
            p["address"],
            status_word(p["status"], view.t),
            _noted(view, p["noted"]),
        )
        note = " · ".join(w for w in words if w)
        colour = POINT_COLOURS[order.get(p["layer"], 0) % len(POINT_COLOURS)]
        found.append(MapPoint(float(p["lat"]), float(p["lon"]), p["name"], note, colour))
    return found


def _noted(view: View, codes: str) -> str:
    """Return the mark of a place that was corrected locally."""
    said = [view.t(ACTIONS[code]) for code in codes.split(",") if code]
    return view.t("corrigé localement ({what})", what=view.t.list(said)) if said else ""


def sentence(view: View, shown: MapView) -> None:
    """Say the answer before the map."""
    t = view.t
    place = t.of(view.catalogue.territory(view.territory).title)
    if shown.indicator.id.startswith(PREFIX):
        # A community's own values say nothing of the city's: no figure to compare with.
        level = wording.level_text(shown.measure.level, t)
        panels.sentence(summary(shown, place, level, t))
        return
    reading = cache.reading(shown.indicator.id, view.territory)
    record = reading.indicator
    if reading.figure is None:
        panels.sentence(
            t("{place} : aucune donnée pour « {title} ».", place=place, title=t.of(record.title))
        )
        return
    text = t(
        "{title} : {value} ({place})",
        place=place,
        value=wording.reading_text(record, reading.figure, t),
        title=t.of(record.title),
    )
    against = wording.comparison(reading, "city", t)
    panels.sentence(f"{text}, {against.text}." if against else f"{text}.")


def table(view: View, shown: MapView) -> None:
    """Draw the table twin of the map and its download."""
    t = view.t
    # Rows travel when the reader opens the table, not at each change of the map.
    opened = st.expander(t("Voir la carte en tableau"), key="rv_carte_table", on_change="rerun")
    if opened.open:
        with opened:
            _rows(view, shown)
    st.download_button(
        t("Télécharger ce tableau (CSV)"),
        data=lambda: cache.map_csv(shown, view.lang),
        file_name=map_name(shown),
        mime="text/csv",
    )


def _rows(view: View, shown: MapView) -> None:
    t = view.t
    inside, hidden = set(shown.inside), set(shown.hidden)
    order = sorted(
        range(len(shown.values)), key=lambda i: (i not in inside, shown.outlines.names[i])
    )
    texts = cache.labels(shown, view.lang)
    st.html(
        html.table_twin(
            f"{t.of(shown.indicator.title)} ({t.of(shown.date)})",
            [
                html.TableColumn(t("Zone")),
                html.TableColumn(t("Dans le territoire")),
                html.TableColumn(t("Valeur"), number=True),
            ],
            [
                (
                    shown.outlines.names[i],
                    t("oui") if i in inside else t("non"),
                    texts[i] if shown.values[i] is not None or i in hidden else "",
                )
                for i in order[:MOST_ROWS]
            ],
            empty=t("aucune donnée"),
            tall=True,
        )
    )
    if len(order) > MOST_ROWS:
        panels.notice(
            t(
                "Les {n} premières zones sont montrées, celles du territoire d'abord ; le "
                "fichier les contient toutes.",
                n=t.number(MOST_ROWS),
            )
        )


def page(view: View) -> None:
    """Draw the page; a change of its choices runs it alone, not the frame around it."""
    _alone(view)


@st.fragment
def _alone(view: View) -> None:
    with frame.guard(view):
        _content(view)
    state.remember(view)


def _nothing(view: View) -> None:
    """Say that there is no map, why, and who has what is missing."""
    t = view.t
    panels.empty_state(
        t,
        what=t("Aucune carte pour ce territoire"),
        why=t("Les données de ce lieu n'ont pas encore de contours ou de valeurs."),
        who=t.of(view.catalogue.territory(view.territory).contact),
    )


def _content(view: View) -> None:
    t = view.t
    asked = controls(view)
    if asked is None:
        _nothing(view)
        return
    shown = cache.map_view(asked.indicator, view.territory, asked.level)
    if shown is None:
        _nothing(view)
        return
    sentence(view, shown)
    for note in shown.approximate:
        # Who brought a value is to be known, not to be wary of.
        whose = note == shown.indicator.definition
        panels.callout(t.of(note), tone="note" if whose else "caution")
    # Side by side on a desk; on a phone the sheet of an area comes right under the map.
    with st.container(key="rv_carte_grid"):
        left, legend, right, more = (
            st.container(key=f"rv_carte_{name}") for name in ("map", "legend", "side", "more")
        )
    # The address says what is chosen: the map leaves first, the rest of the page after it.
    landmark = sought(view)
    selected = selection(view, shown, landmark)
    with left:
        marks = points(view, asked.services)
        fit = None
        if landmark is not None:
            box = (
                landmark.lon - 0.008,
                landmark.lat - 0.006,
                landmark.lon + 0.008,
                landmark.lat + 0.006,
            )
            fit = (f"{landmark.id}", box)
        found = hotspots.read(view, shown, asked.hot) if asked.hot != "non" else None
        choropleth.draw(
            view,
            shown,
            slot="main",
            selected=selected,
            points=marks,
            fit=fit,
            tiles=asked.tiles,
            painting=hotspots.painting(view, shown, found) if found else None,
        )
    with right:
        search(view)
        area_choice(view, shown)
        sheet(view, shown, selected)
    with legend:
        if found:
            hotspots.legend(view, shown, found)
        else:
            choropleth.legend(view, shown)
        _point_legend(view, asked.services)
    with more:
        downloads.map_menu(
            view,
            "carte",
            f"carte-{asked.indicator}",
            partial(
                map_sheet,
                cache.data(),
                asked.indicator,
                view.territory,
                level=asked.level,
                services=asked.services,
                hot_spots_of=hotspots.STATISTICS[asked.hot] if found else None,
            ),
        )
        if asked.second and asked.second != asked.indicator:
            _second(view, asked, marks)
        if not asked.indicator.startswith(PREFIX):
            why(view, asked.indicator)
        table(view, shown)
        if not found:
            foresight.draw(
                shown,
                slot="main",
                field="rv_carte_indicateur",
                territory=view.territory,
                names=asked.names,
            )


def _point_legend(view: View, layers: Sequence[str]) -> None:
    if not layers:
        return
    t = view.t
    place = view.catalogue.place(view.catalogue.territory(view.territory).place)
    order = {id_: i for i, id_ in enumerate(place.services)}
    items = "".join(
        f'<li><span class="rv-dot" style="background:'
        f'{POINT_COLOURS[order[id_] % len(POINT_COLOURS)]}"></span>'
        f"{html.escape(t.of(view.catalogue.layer(id_).title))}</li>"
        for id_ in layers
    )
    credits = [cache.data().layers.manifest(id_).attribution[view.lang] for id_ in layers]
    st.html(
        f'<div class="rv-legend"><ul>{items}</ul></div>'
        + html.source_line(t, list(dict.fromkeys(credits)))
    )
    for id_ in layers:
        record = view.catalogue.layer(id_)
        if record.incomplete:
            panels.callout(t.of(record.incomplete), tone="caution")


def _second(view: View, asked: Choice, marks: Sequence[MapPoint]) -> None:
    other = cache.map_view(asked.second, view.territory, asked.level)
    if other is None:
        return
    panels.section(view.t.of(other.indicator.title))
    sentence(view, other)
    choropleth.draw(view, other, slot="second", selected=None, points=marks, tiles=asked.tiles)
    choropleth.legend(view, other)
    downloads.map_menu(
        view,
        "carte_second",
        f"carte-{asked.second}",
        partial(
            map_sheet,
            cache.data(),
            asked.second,
            view.territory,
            level=asked.level,
            services=asked.services,
        ),
    )
