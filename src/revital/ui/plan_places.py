"""Where actions are: the map of the plan, its table, and the choice of an action's place."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from revital.charts import theme
from revital.domain.plan_records import Action
from revital.errors import UserError
from revital.services import plan as plans
from revital.services import plan_edit
from revital.services.known_places import known_addresses, parse_point
from revital.services.plan_words import STATUS_WORDS, text
from revital.ui import cache, panels, plan_store, point_picker, pressed, shell
from revital.ui.html import TableColumn
from revital.ui.point_picker import Dot
from revital.ui.state import View

_MOST = 500


def draw(view: View, here: plans.Plan, board: plans.Board) -> None:
    """Draw the actions that have a place, on a map and in a table."""
    t = view.t
    placed = [v for v in board.actions if v.action.lat is not None and v.action.lon is not None]
    if not placed:
        panels.empty_state(
            t,
            what=t("Aucune action n'a de lieu sur la carte"),
            why=t("Une action se place depuis sa fiche : on touche la carte, ou l'on cherche."),
            who=t("la coordination du plan"),
        )
        return
    panels.section(
        t("Où se passent les actions"),
        t.plural(
            "{n} action sur {total} a un lieu ; les autres sont partout, ou pas encore situées.",
            "{n} actions sur {total} ont un lieu ; les autres sont partout, ou pas encore situées.",
            len(placed),
            total=t.number(board.total_n),
        ),
    )
    shown = placed[:_MOST]

    def open_sheet(action_id: str) -> None:
        view.set_param("action", action_id)

    point_picker.show(
        view,
        "plan",
        [_dot(v, view) for v in shown],
        title=t("Carte des actions ; la table qui suit dit la même chose."),
        opened=open_sheet,
    )
    panels.table_twin(
        t("Les mêmes actions en table"),
        [
            TableColumn(t("Action")),
            TableColumn(t("Statut")),
            TableColumn(t("Lieu")),
            TableColumn(t("Latitude"), number=True),
            TableColumn(t("Longitude"), number=True),
        ],
        [
            [
                text(v.action, "title", t.lang),
                t(STATUS_WORDS[v.status]),
                text(v.action, "place", t.lang),
                t.number(float(v.action.lat or 0), 4),
                t.number(float(v.action.lon or 0), 4),
            ]
            for v in shown
        ],
        empty="—",
        tall=True,
    )


def _dot(found: plans.ActionView, view: View) -> Dot:
    t, action = view.t, found.action
    note = [t(STATUS_WORDS[found.status]), text(action, "place", t.lang)]
    if action.due:
        note.append(t("échéance {date}", date=t.date(action.due, "medium")))
    if action.example:
        note.append(t("exemple"))
    return Dot(
        id=action.id,
        name=text(action, "title", t.lang),
        lat=float(action.lat or 0),
        lon=float(action.lon or 0),
        note=" · ".join(x for x in note if x),
        colour=theme.STATUS.get(found.status, ""),
    )


def choose(view: View, here: plans.Plan, action: Action) -> None:
    """Draw the choice of an action's place: touch the map, search an address, or write it."""
    t = view.t
    slot = f"action_{action.id}"
    seen = f"rv_place_seen_{action.id}"
    if st.session_state.get(seen) != action.version:
        st.session_state[seen] = action.version
        at = None if action.lat is None or action.lon is None else (action.lat, action.lon)
        point_picker.put_point(slot, at)
    with st.expander(t("Lieu"), key=f"rv_place_{action.id}"):
        draft = f"draft_place_{action.id}"
        words = st.text_input(
            t("Le lieu, en mots"),
            value=action.place,
            key=shell.versioned(draft, action.version),
        )
        _search(view, slot)
        point_picker.draw(view, slot)
        with st.container(horizontal=True):
            saved = pressed.button(t("Enregistrer le lieu"), type="primary", key="rv_place_save")
            emptied = pressed.button(t("Retirer de la carte"), key="rv_place_drop")
    if not (saved or emptied):
        return
    point = None if emptied else point_picker.point(slot)
    lat, lon = point or (None, None)
    changed = replace(action, place=words, lat=lat, lon=lon)
    done = t("Lieu enregistré.")
    if plan_store.act(view, done, lambda: plan_edit.save_action(here, changed)):
        shell.forget_drafts(draft)
        st.rerun()
    elif plan_store.conflict():
        st.rerun()


def _search(view: View, slot: str) -> None:
    t = view.t
    known = {k.text: k for k in known_addresses(cache.data(), view.territory)}

    def from_address() -> None:
        found = known.get(st.session_state[f"rv_place_address_{slot}"])
        if found is not None:
            point_picker.put_point(slot, (found.lat, found.lon))

    if known:
        st.selectbox(
            t("Adresse ou lieu connu"),
            list(known),
            index=None,
            placeholder=t("écrivez le début d'une adresse ou d'un nom"),
            key=f"rv_place_address_{slot}",
            on_change=from_address,
        )
    fault = f"rv_place_fault_{slot}"

    def from_text() -> None:
        typed = st.session_state[f"rv_place_where_{slot}"]
        st.session_state.pop(fault, None)
        if not typed:
            return
        try:
            point_picker.put_point(slot, parse_point(cache.data(), view.territory, typed))
        except UserError as error:
            st.session_state[fault] = t.error(error)

    st.text_input(
        t("Latitude et longitude, en degrés"),
        placeholder="46,3405 -72,5460",
        key=f"rv_place_where_{slot}",
        on_change=from_text,
    )
    if fault in st.session_state:
        panels.callout(st.session_state[fault], tone="caution")
