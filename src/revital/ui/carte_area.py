"""The area one looks at on the map: found by name, clicked or listed, and its sheet."""

from __future__ import annotations

import streamlit as st

from revital.services import wording
from revital.services.areas import AreaSheet
from revital.services.landmarks import Landmark, areas_named
from revital.services.mapping import MapView
from revital.ui import cache, choropleth, html, panels
from revital.ui.state import View

#: Above this many areas their list is searched, not scrolled, and only what is found travels.
LONGEST_LIST = 1_000
MOST_FOUND = 50


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
    hidden = t("caché") if position in shown.hidden else ""
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
        value=hidden or wording.figure_text(record, found.value, t, is_bound=shown.is_bound),
        note=" · ".join([t.of(shown.date), *notes]),
        quality="good" if found.value is not None else "absent",
    )
    rows = [
        (
            t.of(f.indicator.title),
            wording.figure_text(f.indicator, f.value, t, is_bound=f.is_bound),
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
