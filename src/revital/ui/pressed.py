"""
Buttons whose click is never lost.

A click asks for a run of the page; when the browser asks for another one a moment later (a map that
tells what was drawn once the hand has rested, a draft given up), Streamlit stops the first run, and
what `st.button` would have said of the click is gone. Here a callback, which runs before the page,
notes the click until a run has come as far as the button.
"""

from __future__ import annotations

from time import monotonic
from typing import Any

import streamlit as st

#: A click whose button is not drawn again by then (the reader left the page) does nothing.
_KEPT_S = 20.0


def button(label: str, *, key: str, **options: Any) -> bool:
    """
    Draw a button; return whether it was clicked since it was last asked.

    Parameters
    ----------
    label : str
        Translated.
    key : str
        Unique on the page.
    **options
        Others of `st.button`, `on_click` and `args` excepted.
    """
    st.button(label, key=key, on_click=_note, args=(key,), **options)
    return _taken(key)


def submit(label: str, *, key: str, **options: Any) -> bool:
    """Draw the button that sends a form; return whether it was clicked since last asked."""
    st.form_submit_button(label, key=key, on_click=_note, args=(key,), **options)
    return _taken(key)


def _note(key: str) -> None:
    st.session_state[_name(key)] = monotonic()


def _taken(key: str) -> bool:
    at = st.session_state.pop(_name(key), None)
    return at is not None and monotonic() - at < _KEPT_S


def _name(key: str) -> str:
    return f"rv_pressed_{key}"
