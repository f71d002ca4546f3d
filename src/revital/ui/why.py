"""Why this number? The same panel under every figure."""

from __future__ import annotations

from html import escape

import streamlit as st

from revital.services import explain
from revital.ui import cache
from revital.ui.state import View


def why(view: View, indicator_id: str, *, label: str | None = None) -> None:
    """Draw the panel that walks a figure back to its publishers, closed at first."""
    t = view.t
    with st.expander(label or t("Pourquoi ce nombre ?"), icon=":material/help:"):
        st.html(lines_html(view, indicator_id))


def lines_html(view: View, indicator_id: str) -> str:
    """Return the walk back from a figure to its publishers, as a list of terms."""
    found = cache.explanation(indicator_id, view.territory)
    rows = "".join(
        f"<dt>{escape(line.label)}</dt><dd>{escape(line.text)}</dd>"
        for line in explain.lines(found, view.t)
    )
    return f'<dl class="rv-why">{rows}</dl>'
