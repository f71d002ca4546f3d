"""One step back, one step on: what the arrow keys press when a page is shown in a hall."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape

import streamlit as st

from revital.ui.state import View

#: Keys of the two controls; the shell presses them for the left and right arrows.
BACK, ON = "rv_step_back", "rv_step_on"
_DRAWN = "rv_steps_drawn"


def forget() -> None:
    """Begin a page: no control is drawn yet."""
    st.session_state.pop(_DRAWN, None)


def draw(
    view: View,
    codes: Sequence[str],
    current: str,
    go: Callable[[str], None],
    format: Callable[[str], str],
) -> None:
    """
    Draw the two controls of a list, in hall size only.

    Parameters
    ----------
    view : View
    codes : sequence of str
        Stable codes, in the order in which one goes through them; the last leads to the first.
    current : str
        Where one is; a code outside the list leads to the first.
    go : callable
        Called with the code to go to, before the page runs again.
    format : callable
        Words shown for a code.
    """
    if not view.is_hall or len(codes) < 2 or st.session_state.get(_DRAWN):
        return
    st.session_state[_DRAWN] = True
    at = codes.index(current) if current in codes else -1
    back, on = codes[(at - 1) % len(codes)] if at > 0 else codes[-1], codes[(at + 1) % len(codes)]
    with _row():
        st.button(f"← {format(back)}", key=BACK, on_click=go, args=(back,))
        st.button(f"{format(on)} →", key=ON, on_click=go, args=(on,))
        _said(view)


def pages(view: View) -> None:
    """Draw the controls that lead to the pages before and after, where a page has no others."""
    if not view.is_hall or st.session_state.get(_DRAWN):
        return
    st.session_state[_DRAWN] = True
    known = view.catalogue.pages
    at = next(i for i, p in enumerate(known) if p.id == view.page)
    with _row():
        for key, record, words in (
            (BACK, known[at - 1], "← {name}"),
            (ON, known[(at + 1) % len(known)], "{name} →"),
        ):
            with st.container(key=key, width="content"):
                label = words.format(name=view.t.of(record.title))
                st.page_link(record.file, label=label, query_params=view.query())
        _said(view)


def _row() -> st.delta_generator.DeltaGenerator:
    return st.container(key="rv_steps", horizontal=True, vertical_alignment="center", gap="small")


def _said(view: View) -> None:
    text = view.t("Au clavier : flèches gauche et droite, hors d'un champ.")
    st.html(f'<p class="rv-lead">{escape(text)}</p>')
