"""The page Carte: where a figure is high or low, and the sheet of the area one clicks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import streamlit as st

from revital.catalogue.models import Level
from revital.charts import theme
from revital.maps.choropleth import MapPoint
from revital.services import wording
from revital.services.areas import AreaSheet
from revital.services.exports import map_name
from revital.services.imports.corrected import ACTIONS
from revital.services.landmarks import Landmark, areas_named
from revital.services.map_sheet import map_sheet
from revital.services.mapping import MapView
from revital.services.portrait import bound_note
from revital.services.vocabulary import category_word, status_word
from revital.ui import cache, choropleth, downloads, frame, hotspots, html, panels, state
from revital.ui.state import View
from revital.ui.why import why

#: How many rows of the table twin are drawn; the file to download holds them all.
MOST_ROWS = 400
#: Above this many areas their list is searched, not scrolled, and only what is found travels.
LONGEST_LIST = 1_000
MOST_FOUND = 50
#: Colour of a service on the map, by layer, in the order of the place's record.
POINT_COLOURS = tuple(theme.MARKS[f"layer_{i}"][0] for i in range(6))


@dataclass(frozen=True)
class Choice:
    """What the reader asked to see."""

    indicator: str
    level: Level | None
    services: tuple[str, ...]
    tiles: bool
    second: str
    hot: str


def drawable(view: View) -> list[str]:
    """Return the indicators that can be drawn round the territory."""
    return list(cache.drawable(view.territory))


def controls(view: View) -> Choice | None:
    """Draw the choices of the page; None when nothing can be drawn."""
    t = view.t
    known = drawable(view)
    if not known:
        return None
    themes = {r.id: t.of(r.title) for r in view.catalogue.themes}

    def title(id_: str) -> str:
        record = view.catalogue.indicator(id_)
        return f"{themes.get(record.theme, record.theme)} · {t.of(record.title)}"

    first = "low_income" if "low_income" in known else known[0]
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    with left:
        indicator = view.choice(
            "indicateur",
            known,
            first,
            label=t("Ce que montre la carte"),
            format=title,
            stepped=True,
        )
    offered = cache.levels(indicator, view.territory)
    with right:
        level = _level(view, offered)
    with st.expander(t("Ajouter à la carte : services, comparaison, fond de carte")):
        services = _services(view)
        second = view.choice(
            "avec",
            ["", *known],
            "",
            label=t("Comparer avec une deuxième carte"),
            format=lambda id_: title(id_) if id_ else t("une seule carte"),
        )
        hot = _statistic(view)
        tiles = view.flag(
            "tuiles", label=t("Fond de carte en ligne (OpenStreetMap) : demande Internet")
        )
    return Choice(indicator, level, services, tiles, second, hot)


def _statistic(view: View) -> str:
    t = view.t
    names = {
        "non": t("ne pas montrer"),
        "moran": t("Moran local : semblables et différents"),
        "gi": t("Getis-Ord : points chauds et froids"),
    }
    return view.choice(
        "regroupements",
        list(names),
        "non",
        label=t("Montrer où les valeurs semblables se regroupent"),
        format=lambda code: names[code],
    )


def _level(view: View, offered: Sequence[Level]) -> Level | None:
    t = view.t
    names = {"ct": t("Secteurs de recensement"), "da": t("Aires de diffusion")}
    known = [lv for lv in offered if lv in names]
    if len(known) < 2:
        return known[0] if known else None
    asked = view.choice(
        "niveau",
        known,
        known[0],
        label=t("Découpage"),
        format=lambda code: names[code],
        widget=st.segmented_control,
        required=True,
    )
    return next(lv for lv in known if lv == asked)


def _services(view: View) -> tuple[str, ...]:
    t = view.t
    place = view.catalogue.place(view.catalogue.territory(view.territory).place)
    known = [s for s in place.services if cache.data().layers.has(s)]
    if not known:
        return ()
    chosen = view.choices(
        "services",
        known,
        [],
        label=t("Services à montrer"),
        format=lambda id_: t.of(view.catalogue.layer(id_).title),
        widget=st.pills,
        selection_mode="multi",
    )
    return tuple(chosen)


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
    reading = cache.reading(shown.indicator.id, view.territory)
    record = reading.indicator
    place = t.of(view.catalogue.territory(view.territory).title)
    if reading.figure is None:
        panels.sentence(
            t("{place} : aucune donnée pour « {title} ».", place=place, title=t.of(record.title))
        )
        return
    value = wording.figure_text(record, reading.figure.value, t)
    bound = bound_note(reading, t)
    text = t(
        "{title} : {value} ({place})",
        place=place,
        value=t("au plus {value}", value=value) if bound else value,
        title=t.of(record.title),
    )
    against = None if bound else wording.comparison(reading, "city", t)
    panels.sentence(f"{text}, {against.text}." if against else f"{text}.")


def sought(view: View) -> Landmark | None:
    """Return the place searched for, as the address says."""
    by_id = {m.id: m for m in cache.landmarks(view.territory)}
    return by_id.get(view.param("repere", "", ["", *by_id]))


def search(view: View) -> None:
    """Draw the search by place name or landmark."""
    t = view.t
    by_id = {m.id: m for m in cache.landmarks(view.territory)}
    if not by_id:
        return
    view.choice(
        "repere",
        ["", *by_id],
        "",
        label=t("Chercher un lieu"),
        format=lambda id_: by_id[id_].name if id_ else t("nom d'un lieu, d'un secteur, d'un CLSC…"),
    )


def selection(view: View, shown: MapView, landmark: Landmark | None) -> str | None:
    """Return the area selected: just clicked, just searched for, or kept in the address."""
    clicked = choropleth.take_click(shown, "main")
    if clicked is not None:
        view.set_param("selection", clicked)
        return clicked
    if landmark is not None and st.session_state.get("rv_found") != landmark.id:
        st.session_state["rv_found"] = landmark.id
        area = landmark.area_id or cache.area_at(shown, landmark.lat, landmark.lon)
        if area is not None and shown.position(area) is not None:
            view.set_param("selection", area)
            return area
    if landmark is None:
        st.session_state.pop("rv_found", None)
    asked = view.param("selection", "")
    if not asked:
        return None
    if shown.position(asked) is None:
        view.notice(
            view.t(
                "La zone « {id} » de l'adresse n'est pas sur cette carte. Cliquez sur une zone ou "
                "choisissez-la dans la liste.",
                id=asked[:40],
            )
        )
        view.set_param("selection", None)
        return None
    return asked


def area_choice(view: View, shown: MapView) -> None:
    """Draw the list of areas: the map without a mouse."""
    t = view.t
    names = dict(zip(shown.outlines.ids, shown.outlines.names, strict=True))
    inside = dict.fromkeys(shown.outlines.ids[i] for i in shown.inside)
    current = view.param("selection", "")
    position = shown.position(current) if current else None
    want = shown.outlines.ids[position] if position is not None else ""
    if len(names) <= LONGEST_LIST:
        rest = [i for i in shown.outlines.ids if i not in inside]
    else:
        asked = st.text_input(
            t("Chercher une zone"),
            key="rv_carte_area_search",
            placeholder=t("son nom ou son numéro"),
        )
        found = areas_named(names, asked, MOST_FOUND)
        # What is found comes first; the area chosen stays in its list.
        inside = dict.fromkeys([*found, *([want] if want else []), *inside])
        rest = []
    key = "rv_carte_area"
    if st.session_state.get(key) != want or view.language_changed:
        st.session_state[key] = want

    def write() -> None:
        view.set_param("selection", st.session_state[key] or None)

    st.selectbox(
        t("Zone choisie"),
        ["", *inside, *rest],
        key=key,
        format_func=lambda id_: names[id_] if id_ else t("cliquez sur la carte ou choisissez ici"),
        on_change=write,
    )


def sheet(view: View, shown: MapView, selected: str | None) -> None:
    """Draw the sheet of the selected area, or how to choose one."""
    t = view.t
    found = cache.area_sheet(shown, selected) if selected else None
    if found is None:
        panels.callout(
            t("Cliquez sur une zone de la carte pour voir sa fiche. Elle reste affichée."),
            title=t("Aucune zone choisie"),
        )
        return
    st.html(_sheet_html(view, shown, found))
    view.page_link("services", t("Services près d'ici"), vue="referer")


def _sheet_html(view: View, shown: MapView, found: AreaSheet) -> str:
    t = view.t
    record = shown.indicator
    notes = []
    position = shown.position(found.id)
    bounds = shown.intervals[position] if shown.intervals and position is not None else None
    if bounds is not None:
        notes.append(wording.bounds_text(record, bounds, t))
    if found.rank is not None:
        notes.append(
            t(
                "rang {rank} sur {n} zones (1 = valeur la plus élevée)",
                rank=t.number(found.rank),
                n=t.number(found.ranked),
            )
        )
    if found.in_territory:
        place = t.of(view.catalogue.territory(view.territory).title)
        notes.append(t("fait partie de : {place}", place=place))
    figure = html.headline_figure(
        label=t.of(record.title),
        value=wording.figure_text(record, found.value, t),
        note=" · ".join([str(shown.measure.year), *notes]),
        quality="good" if found.value is not None else "absent",
    )
    rows = [
        (
            t.of(f.indicator.title),
            wording.figure_text(f.indicator, f.value, t),
            wording.bounds_text(f.indicator, f.interval, t, short=True) if f.interval else "—",
            str(f.measure.year),
        )
        for f in found.figures
        if f.indicator.id != record.id
    ]
    table = html.table_twin(
        t("Ce que l'on sait de cette zone"),
        [
            html.TableColumn(t("Indicateur")),
            html.TableColumn(t("Valeur"), number=True),
            html.TableColumn(t("Marge"), number=True),
            html.TableColumn(t("Année"), number=True),
        ],
        [(a, "" if b == t("aucune donnée") else b, c, d) for a, b, c, d in rows],
        empty=t("aucune donnée"),
        tall=True,
    )
    head = f"{html.section(found.name)}"
    approx = "".join(
        f'<p class="rv-fig-note">{html.escape(t.of(note))}</p>' for note in shown.approximate
    )
    return f'<section class="rv-sheet">{head}{figure}{approx}{table}</section>'


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
    inside = set(shown.inside)
    order = sorted(
        range(len(shown.values)), key=lambda i: (i not in inside, shown.outlines.names[i])
    )
    texts = cache.labels(shown, view.lang)
    st.html(
        html.table_twin(
            f"{t.of(shown.indicator.title)} ({shown.measure.year})",
            [
                html.TableColumn(t("Zone")),
                html.TableColumn(t("Dans le territoire")),
                html.TableColumn(t("Valeur"), number=True),
            ],
            [
                (
                    shown.outlines.names[i],
                    t("oui") if i in inside else t("non"),
                    texts[i] if shown.values[i] is not None else "",
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
        panels.callout(t.of(note), tone="caution")
    left, right = st.columns([3, 2], gap="medium")
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
    with left:
        if found:
            hotspots.legend(view, shown, found)
        else:
            choropleth.legend(view, shown)
        _point_legend(view, asked.services)
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
        why(view, asked.indicator)
        table(view, shown)


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
