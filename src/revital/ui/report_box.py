"""« Signaler une erreur » : a sentence from whoever reads, for whoever coordinates."""

from __future__ import annotations

import re

import streamlit as st

from revital.services import plan as plans
from revital.services import plan_edit
from revital.services.authorization import Command
from revital.ui import long_text, panels, plan_store, pressed, session, shell, state
from revital.ui.html import TableColumn
from revital.ui.state import View


def draw(view: View, about: str) -> None:
    """
    Draw the button and the field of a report.

    Parameters
    ----------
    view : View
    about : str
        What the report is about: the title of a figure, the name of a service.
    """
    t = view.t
    slot = re.sub(r"[^a-z0-9]+", "_", about.lower())[:60]
    with st.popover(t("Signaler une erreur"), icon=":material/flag:", key=f"rv_report_{slot}"):
        field = f"draft_report_{slot}"
        words = long_text.field(
            view, t("Qu'est-ce qui est faux ou manquant ?"), key=field, most=2000, rows=4
        )
        st.caption(t("N'écrivez pas de renseignement personnel : ce mot va à la coordination."))
        if pressed.button(t("Envoyer"), key=f"rv_report_send_{slot}", type="primary"):
            here = session.open_here(view)
            done = t("Merci ! Votre mot est gardé pour la coordination.")
            if plan_store.act(view, done, lambda: plan_edit.report_error(here, about, words)):
                shell.forget_drafts(field)
                plan_store.say_done()


def inbox(view: View, here: plans.Plan) -> None:
    """Draw the reports for those who answer them."""
    t = view.t
    if not here.actor.may(Command.READ_REPORTS, here.territory):
        return
    reports = plan_edit.error_reports(here)
    if not reports:
        return
    waiting = [r for r in reports if r.status == "open"]
    title = t.plural("{n} signalement à traiter", "{n} signalements à traiter", len(waiting))
    with st.expander(title):
        panels.table_twin(
            t("Ce que des lecteurs ont signalé"),
            [
                TableColumn(t("À propos de")),
                TableColumn(t("Ce qu'on nous dit")),
                TableColumn(t("Réponse")),
            ],
            [[r.about, r.text, r.answer] for r in reports[:100]],
            empty=t("en attente"),
        )
        if not waiting:
            return
        ids = {r.id: r for r in waiting}
        chosen = st.selectbox(
            t("Répondre à"),
            list(ids),
            format_func=lambda id_: ids[id_].about,
            key="rv_report_which",
        )
        field = f"draft_report_answer_{chosen}"
        answer = st.text_input(t("Ce qui a été fait"), key=field)
        if pressed.button(t("Fermer le signalement"), key="rv_report_close"):
            done = t("Signalement fermé.")
            if plan_store.act(
                view, done, lambda: plan_edit.answer_report(here, ids[chosen], answer)
            ):
                shell.forget_drafts(field)
                state.empty(field)
                st.rerun()
