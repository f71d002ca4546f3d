"""Draws the pieces of `revital.ui.html`; all text is escaped there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import streamlit as st

from revital.i18n import Translator
from revital.ui import html
from revital.ui.html import LegendClass, TableColumn, Tone

__all__ = ["LegendClass", "TableColumn"]


def heading(title: str, place: str) -> None:
    """Draw the heading of the page (the frame does)."""
    st.html(html.heading(title, place))


def sentence(text: str) -> None:
    """Draw the sentence that answers the page's question, right under the heading."""
    st.html(html.sentence(text))


def section(title: str, lead: str = "", icon: str = "") -> None:
    """Draw a section heading."""
    st.html(html.section(title, lead, icon))


def headline_figure(**parts: Any) -> None:
    """Draw one headline figure; see `revital.ui.html.headline_figure`."""
    st.html(html.headline_figure(**parts))


def figures(items: Iterable[str]) -> None:
    """Draw several headline figures made by `revital.ui.html.headline_figure`."""
    st.html(html.figures(items))


def status_chip(t: Translator, status: str) -> None:
    """Draw the state of an action."""
    st.html(html.status_chip(t, status))


def empty_state(t: Translator, *, what: str, why: str, who: str) -> None:
    """Draw what is shown where there is nothing; add one button below where an act helps."""
    st.html(html.empty_state(t, what=what, why=why, who=who))


def source_line(t: Translator, texts: Sequence[str]) -> None:
    """Draw the line that names sources."""
    st.html(html.source_line(t, texts))


def callout(text: str, *, title: str = "", tone: Tone = "note") -> None:
    """Draw a set-apart sentence."""
    st.html(html.callout(text, title=title, tone=tone))


def notice(text: str) -> None:
    """Draw a sentence above the page about what the address asked."""
    st.html(html.callout(text, tone="caution", role="status"))


def fault(title: str, text: str) -> None:
    """Draw an error in the place of what could not be shown."""
    st.html(html.callout(text, title=title, tone="fault", role="alert"))


def example_mark(t: Translator) -> None:
    """Draw the mark of an example."""
    st.html(html.example_mark(t))


def table_twin(
    caption: str,
    columns: Sequence[TableColumn],
    rows: Iterable[Sequence[str]],
    *,
    empty: str,
    tall: bool = False,
) -> None:
    """Draw a table that says in words what a map or a chart shows."""
    st.html(html.table_twin(caption, columns, rows, empty=empty, tall=tall))


def legend(t: Translator, **parts: Any) -> None:
    """Draw the legend of a map; see `revital.ui.html.legend`."""
    st.html(html.legend(t, **parts))


def footer(*texts: str) -> None:
    """Draw the line at the foot of every page."""
    st.html(html.footer(*texts))


def hall_size() -> None:
    """Enlarge everything by 1.6, for a projector."""
    st.html("<style>html{font-size:25.6px}</style>")
