"""The plan behind Streamlit's cache, and the acts of the pages with their sentences."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import Any

import streamlit as st

from revital.errors import ConflictError, UserError
from revital.services import plan as plans
from revital.services import plan_edit
from revital.services.authorization import Command
from revital.ui import panels
from revital.ui.state import View

_SAID = "rv_plan_said"
_SAID_UNTIL = "rv_plan_said_until"
# Seconds that the sentence stays: longer than the pages drawn of themselves after an act.
_SAID_S = 8.0
_CONFLICT = "rv_plan_conflict"
_UNDO = "rv_plan_undo"


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
    st.session_state.pop(_SAID_UNTIL, None)
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


def say_done(view: View | None = None, here: plans.Plan | None = None) -> None:
    """
    Say what the last act did; with the plan at hand, offer to take it back.

    The page may be drawn twice in a row (a draft given up is told by the browser): the sentence
    stays for some seconds, so that it is never gone before it was seen.

    Call it before the page draws what the act changed.
    """
    if view is not None and here is not None:
        _undo_wanted(view, here)
    text = st.session_state.get(_SAID)
    if text is None:
        return
    # Counted from when the sentence is first drawn: on a slow machine the page may come late.
    if monotonic() >= st.session_state.setdefault(_SAID_UNTIL, monotonic() + _SAID_S):
        del st.session_state[_SAID], st.session_state[_SAID_UNTIL]
        return
    panels.callout(text, tone="good")
    change = None if view is None or here is None else plan_edit.last_change(here)
    if view is not None and change is not None:
        # The button goes with the sentence: its click is kept by a callback for the next run.
        st.button(
            view.t("Annuler ce qui vient d'être fait"),
            key="rv_undo_last",
            on_click=_want_undo,
            args=(change.seq,),
        )


def _want_undo(seq: int) -> None:
    st.session_state[_UNDO] = seq


def _undo_wanted(view: View, here: plans.Plan) -> None:
    seq = st.session_state.pop(_UNDO, None)
    if seq is None:
        return
    if act(view, view.t("C'est annulé."), lambda: plan_edit.undo_together(here, seq)):
        st.rerun()
