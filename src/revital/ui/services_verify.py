"""« Liste vérifiée le … »: once somebody checked every place, distances drop "at most"."""

from __future__ import annotations

from datetime import date

import streamlit as st

from revital.services.access import Access
from revital.services.verified import mark_verified, unmark_verified
from revital.ui import pressed, session, who
from revital.ui.plan_store import act
from revital.ui.services_add import may_edit
from revital.ui.state import View


def mark(view: View, found: Access) -> None:
    """Draw the form that marks a list as verified, for those who may."""
    t = view.t
    here = session.open_here(view)
    if not may_edit(here):
        return
    with st.expander(t("Marquer cette liste vérifiée")):
        by = st.text_input(
            t("Vérifiée par (personne ou organisme)"), value=who.known_name(), key="rv_services_by"
        )
        on = st.date_input(
            t("Vérifiée le (AAAA-MM-JJ)"), value="today", max_value="today", key="rv_services_on"
        )
        if pressed.button(
            t("La liste est complète pour ce lieu"), key="rv_services_verify"
        ) and act(
            view,
            t("Liste marquée vérifiée."),
            lambda: mark_verified(
                found.territory.place,
                found.service.id,
                who.signature(view, here, by) if by.strip() else "",
                on if isinstance(on, date) else date.today(),
            ),
        ):
            st.rerun()


def note(view: View, found: Access) -> None:
    """Draw the button that takes the mark back, for those who may."""
    if found.verification is None or not may_edit(session.open_here(view)):
        return
    if pressed.button(view.t("Retirer la vérification de cette liste"), key="rv_services_unverify"):
        unmark_verified(found.territory.place, found.service.id)
        st.rerun()
