"""What an action leans on elsewhere in the app: a saved scenario, chosen and shown as one."""

from __future__ import annotations

import streamlit as st

from revital.domain.plan_records import Action
from revital.errors import UserError
from revital.services import plan as plans
from revital.services.scenario_store import saved_scenario, saved_scenarios
from revital.services.scenario_summary import headline_figures, page_parameters, summarise
from revital.ui import cache, panels, plan_html, plan_store
from revital.ui.state import View


def scenario_field(view: View, here: plans.Plan, action: Action) -> str | None:
    """Draw the choice of a saved scenario; return its id."""
    t = view.t
    names = {s.id: s.name for s in saved_scenarios(here.territory)}
    held = action.scenario
    if held and held not in names:
        names[held] = t("« {id} », qui n'est plus enregistré ici", id=held)
    if not names:
        # A list without a choice cannot be opened: say where scenarios are made.
        panels.callout(
            t("Aucun scénario enregistré : la page Services permet d'en faire et d'en garder.")
        )
        return held
    return st.selectbox(
        t("Scénario lié"),
        list(names),
        index=list(names).index(held) if held else None,
        format_func=lambda id_: names[id_],
        placeholder=t("Choisir un scénario"),
    )


def scenario(view: View, action: Action) -> None:
    """Draw the scenario linked to an action: its mark, its figures, the way to it."""
    if not action.scenario:
        return
    t = view.t
    panels.section(t("Scénario lié"))
    try:
        saved = saved_scenario(action.scenario)
    except UserError as error:
        panels.callout(t.error(error), tone="caution")
        return
    found = summarise(cache.data(), saved, t)
    panels.callout(found.text, title=f"{found.mark} · {saved.name}", tone="caution")
    plan_store.put(plan_html.facts(headline_figures(found, t)))
    view.page_link(
        "services", t("Ouvrir « {name} » dans Services", name=saved.name), **page_parameters(saved)
    )
