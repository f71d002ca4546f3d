"""Who signs what a person adds: their account's name, or the name they give."""

from __future__ import annotations

import streamlit as st

from revital.services import plan as plans
from revital.services.authorization import LOCAL_ACCOUNT
from revital.store import plan_people
from revital.ui.state import View

_KEY = "rv_who"


def known_name() -> str:
    """Return the name given earlier in this visit."""
    return str(st.session_state.get(_KEY, ""))


def signature(view: View, here: plans.Plan, given: str) -> str:
    """
    Return who is said to have added something.

    Parameters
    ----------
    given : str
        Name typed, empty where nobody was named; kept for the next time.
    """
    name = " ".join(given.split())[:80]
    if name:
        st.session_state[_KEY] = name
    account = here.actor.account
    if account == LOCAL_ACCOUNT:
        return name or view.t("cet appareil")
    owner = next((c for c in plan_people.contacts(here.store) if c.account == account), None)
    signed = owner.name if owner and owner.name else account[:8]
    return f"{name} ({signed})" if name and name != signed else signed
