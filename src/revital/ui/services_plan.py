"""Attaches a saved scenario to an action of the plan, where the reader may change that action."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from revital.services import plan_edit
from revital.services.authorization import Command
from revital.services.scenario_store import SavedScenario
from revital.ui import plan_store, pressed, session
from revital.ui.state import View


def attach(view: View, item: SavedScenario) -> None:
    """Draw the choice of an action and the button that ties the scenario to it."""
    t = view.t
    here = session.open_here(view)
    board = plan_store.board(here, "real")
    actions = {
        found.action.id: found.action
        for found in board.actions
        if here.actor.may(Command.EDIT_ACTION, here.territory, found.action.subcommittee)
    }
    if not actions:
        return
    left, right = st.columns([3, 1], vertical_alignment="bottom")
    with left:
        chosen = st.selectbox(
            t("Joindre « {name} » à une action du plan", name=item.name),
            ["", *actions],
            key=f"rv_services_action_{item.id}",
            format_func=lambda id_: actions[id_].title if id_ else t("choisir une action…"),
        )
    with right:
        clicked = pressed.button(t("Joindre"), key=f"rv_services_attach_{item.id}")
    if clicked and chosen:
        plan_store.act(
            view,
            t("Scénario joint à l'action."),
            lambda: plan_edit.save_action(here, replace(actions[chosen], scenario=item.id)),
        )
    plan_store.say_done()
