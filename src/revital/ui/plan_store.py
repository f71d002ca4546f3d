"""The plan behind Streamlit's cache, and the acts of the pages with their sentences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from revital.errors import ConflictError, UserError
from revital.services import plan as plans
from revital.services.authorization import Command
from revital.ui import panels
from revital.ui.state import View

_SAID = "rv_plan_said"
_CONFLICT = "rv_plan_conflict"


def board(here: plans.Plan, scope: str) -> plans.Board:
    """Return the board; computed again only when something was saved or the day changed."""
    full = here.actor.may(Command.READ_ACTIONS, here.territory)
    return _board(
        here,
        scope,
        (here.store.engine.url.database, here.store.last_seq(), here.territory, here.today, full),
    )


@st.cache_resource(max_entries=16, show_spinner=False)
def _board(_here: plans.Plan, scope: str, key: tuple[Any, ...]) -> plans.Board:
    return plans.board(_here, scope)


def act(view: View, done: str, what: Callable[[], Any]) -> bool:
    """
    Do something that a button asked for.

    Parameters
    ----------
    view : View
    done : str
        Translated sentence said after the page is drawn again.
    what : callable
        Calls one service.

    Returns
    -------
    bool
        False when it was refused; the sentence is then on the page already.
    """
    try:
        what()
    except ConflictError as error:
        st.session_state[_CONFLICT] = (error.params.get("mine"), error.params.get("theirs"))
        panels.fault(view.t("Quelqu'un d'autre a enregistré entre-temps"), view.t.error(error))
        return False
    except UserError as error:
        panels.fault(view.t("Ceci n'a pas été enregistré"), view.t.error(error))
        return False
    st.session_state[_SAID] = done
    return True


def put(markup: str) -> None:
    """Draw a piece of HTML; nothing where there is nothing to say."""
    if markup:
        st.html(markup)


def conflict() -> tuple[Any, Any] | None:
    """Return the two versions between which somebody must choose."""
    held: tuple[Any, Any] | None = st.session_state.get(_CONFLICT)
    return held


def settle_conflict() -> None:
    """Forget the conflict: somebody chose."""
    st.session_state.pop(_CONFLICT, None)


def say_done() -> None:
    """Say what the last act did, once."""
    text = st.session_state.pop(_SAID, "")
    if text:
        panels.callout(text, tone="good")
