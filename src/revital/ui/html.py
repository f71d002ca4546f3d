"""
The pieces drawn on every page, as HTML text: every value is escaped, colours come from classes.

Words arrive translated; numbers arrive formatted. Nothing here knows Streamlit, so a piece can be
tested as text.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Literal
from urllib.parse import quote

from revital.charts.theme import DARK, LIGHT, STATUS
from revital.i18n import Translator
from revital.ui import icons

Trend = Literal["up", "down", "same"]
Quality = Literal["good", "caution", "low", "absent"]

_ARROW: dict[Trend, str] = {
    "up": "arrow-up-right",
    "down": "arrow-down-right",
    "same": "arrow-right",
}
_STATUS_ICON = {
    "to_negotiate": "message-circle-question",
    "planned": "calendar-event",
    "under_way": "route",
    "late": "alert-triangle",
    "paused": "player-pause",
    "done": "circle-check",
    "dropped": "circle-x",
}


def status_word(t: Translator, status: str) -> str:
    """Return the word of a state of an action."""
    return {
        "to_negotiate": t("À négocier"),
        "planned": t("Planifiée"),
        "under_way": t("En cours"),
        "late": t("En retard"),
        "paused": t("En pause"),
        "done": t("Terminée"),
        "dropped": t("Abandonnée"),
    }[status]


def icon(name: str) -> str:
    """Return an inline icon; a word always stands beside it."""
    return icons.span(name)


def heading(title: str, place: str) -> str:
    """Return the heading of a page: its name, and the territory in a lighter voice."""
    tail = f' <span class="rv-place">{escape(place)}</span>' if place else ""
    return f'<h1 class="rv-h1">{escape(title)}{tail}</h1>'


def sentence(text: str) -> str:
    """Return the sentence that answers the page's question."""
    return f'<p class="rv-sentence">{escape(text)}</p>'


def section(title: str, lead: str = "", icon_name: str = "") -> str:
    """Return a section heading, with a line under it."""
    mark = icon(icon_name) if icon_name else ""
    line = f'<p class="rv-lead">{escape(lead)}</p>' if lead else ""
    return f'<h2 class="rv-h2">{mark}{escape(title)}</h2>{line}'


def headline_figure(
    *,
    label: str,
    value: str,
    unit: str = "",
    comparison: str = "",
    trend: Trend | None = None,
    note: str = "",
    quality: Quality = "good",
    quality_text: str = "",
    spark: str = "",
) -> str:
    """
    Return a headline figure: label, number, words of comparison, year and source.

    Parameters
    ----------
    label : str
        What is measured, in plain words.
    value, unit : str
        Formatted number and its unit; for a missing value, the sentence that says so.
    comparison : str
        Words against the city ("2,6 fois la ville").
    trend : {"up", "down", "same"}, optional
        Arrow beside the comparison: above, below or like the comparator.
    note : str
        Year and source.
    quality : {"good", "caution", "low", "absent"}
        Anything but `good` draws a mark with `quality_text`.
    spark : str
        SVG of a small line, made by `spark_line`.
    """
    parts = [f'<p class="rv-fig-label">{escape(label)}</p>']
    if quality == "absent":
        parts.append(f'<p class="rv-fig-absent">{escape(value)}</p>')
    else:
        tail = f' <span class="rv-fig-unit">{escape(unit)}</span>' if unit else ""
        parts.append(f'<p class="rv-fig-value">{escape(value)}{tail}</p>')
    if spark:
        parts.append(spark)
    if comparison:
        arrow = icon(_ARROW[trend]) if trend else ""
        parts.append(f'<p class="rv-fig-compare">{arrow}{escape(comparison)}</p>')
    if quality_text and quality != "good":
        mark = icon("alert-triangle" if quality == "low" else "info-circle")
        parts.append(f'<p class="rv-fig-quality rv-q-{quality}">{mark}{escape(quality_text)}</p>')
    if note:
        parts.append(f'<p class="rv-fig-note">{escape(note)}</p>')
    return f'<div class="rv-fig">{"".join(parts)}</div>'


def spark_line(values: Sequence[float], label: str) -> str:
    """Return a small line of two values or more, first to last, with words for screen readers."""
    if len(values) < 2:
        return ""
    low, high = min(values), max(values)
    span = (high - low) or 1.0
    step = 92 / (len(values) - 1)
    points = [(4 + i * step, 24 - 20 * (v - low) / span) for i, v in enumerate(values)]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    x, y = points[-1]
    # A picture of its own, since the page cleans inline SVG away; it follows dark mode by itself.
    drawing = (
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 100 28'>"
        f"<style>*{{color:{LIGHT.river}}}@media(prefers-color-scheme:dark){{*{{color:"
        f"{DARK.river}}}}}</style><polyline points='{line}' fill='none' stroke='currentColor' "
        f"stroke-width='2'/><circle cx='{x:.1f}' cy='{y:.1f}' r='3' fill='currentColor'/></svg>"
    )
    return f'<img class="rv-spark" src="data:image/svg+xml,{quote(drawing)}" alt="{escape(label)}">'


def figures(items: Iterable[str]) -> str:
    """Return headline figures side by side, one below the other on a phone."""
    return f'<div class="rv-figs">{"".join(items)}</div>'


def status_chip(t: Translator, status: str) -> str:
    """Return the state of an action: icon, word and colour."""
    if status not in STATUS:
        return f'<span class="rv-chip">{escape(status)}</span>'
    return (
        f'<span class="rv-chip rv-s-{status}">{icon(_STATUS_ICON[status])}'
        f"{escape(status_word(t, status))}</span>"
    )


def chip(text: str, icon_name: str = "") -> str:
    """Return a small neutral label."""
    mark = icon(icon_name) if icon_name else ""
    return f'<span class="rv-chip">{mark}{escape(text)}</span>'


def empty_state(t: Translator, *, what: str, why: str, who: str) -> str:
    """Return what is shown where there is nothing: what is missing, why it matters, who has it."""
    return (
        f'<div class="rv-empty">{icon("file-unknown")}<div><p class="rv-empty-what">'
        f"{escape(what)}</p><p>{escape(why)}</p><p><strong>{escape(t('Qui peut aider :'))}"
        f"</strong> {escape(who)}</p></div></div>"
    )


def source_line(t: Translator, texts: Sequence[str]) -> str:
    """Return the line under a figure or table that names its sources."""
    if not texts:
        return ""
    word = t.plural("Source :", "Sources :", len(texts))
    return f'<p class="rv-source">{escape(word)} {escape(" ; ".join(texts))}</p>'


Tone = Literal["note", "caution", "fault", "good"]
_TONE_ICON: dict[Tone, str] = {
    "note": "info-circle",
    "caution": "alert-triangle",
    "fault": "alert-triangle",
    "good": "circle-check",
}


def callout(text: str, *, title: str = "", tone: Tone = "note", role: str = "") -> str:
    """Return a set-apart sentence: a note, a caution, a fault or good news."""
    head = f'<p class="rv-callout-title">{escape(title)}</p>' if title else ""
    said = f' role="{escape(role)}"' if role else ""
    return (
        f'<div class="rv-callout rv-t-{tone}"{said}>{icon(_TONE_ICON[tone])}'
        f"<div>{head}<p>{escape(text)}</p></div></div>"
    )


def example_mark(t: Translator) -> str:
    """Return the mark set on anything that is an example and not the neighbourhood's own."""
    return (
        f'<p class="rv-example">{icon("info-circle")}'
        f"{escape(t('Exemple : ces lignes sont inventées pour montrer la page.'))}</p>"
    )


@dataclass(frozen=True)
class TableColumn:
    """
    A column of a table twin.

    Attributes
    ----------
    title : str
        Translated head, with the unit.
    number : bool
        Right-aligned, figures of one width.
    """

    title: str
    number: bool = False


#: Columns from which a table is too wide for a phone.
_WIDE = 4


def table_twin(
    caption: str,
    columns: Sequence[TableColumn],
    rows: Iterable[Sequence[str]],
    *,
    empty: str,
    tall: bool = False,
) -> str:
    """
    Return a table that says in words what a map or a chart shows.

    Parameters
    ----------
    caption : str
        What the table holds, read before it.
    columns : sequence of TableColumn
        The first column names the row.
    rows : iterable of sequences of str
        Formatted cells; an empty one is drawn as `empty`.
    empty : str
        Words of a missing value ("aucune donnée").
    tall : bool
        True lets a long table scroll in a box of its own.
    """
    # On a phone a wide table is drawn as one block per row; the roles say that it is still a table.
    head = "".join(
        f'<th scope="col" role="columnheader"{_number(column)}>{escape(column.title)}</th>'
        for column in columns
    )
    body = "".join(_row(columns, row, empty) for row in rows)
    size = (" rv-tall" if tall else "") + (" rv-wide" if len(columns) >= _WIDE else "")
    return (
        f'<div class="rv-table{size}" tabindex="0" role="region" aria-label="{escape(caption)}">'
        f'<table role="table"><caption>{escape(caption)}</caption>'
        f'<thead role="rowgroup"><tr role="row">{head}</tr></thead>'
        f'<tbody role="rowgroup">{body}</tbody></table></div>'
    )


def _number(column: TableColumn) -> str:
    return ' class="rv-n"' if column.number else ""


def _row(columns: Sequence[TableColumn], row: Sequence[str], empty: str) -> str:
    cells = []
    for i, (column, cell) in enumerate(zip(columns, row, strict=True)):
        text = escape(cell) if cell else f'<span class="rv-none">{escape(empty)}</span>'
        if i == 0:
            cells.append(f'<th scope="row" role="rowheader"{_number(column)}>{text}</th>')
        else:
            head = f' data-head="{escape(column.title)}"'
            cells.append(f'<td role="cell"{head}{_number(column)}>{text}</td>')
    return f'<tr role="row">{"".join(cells)}</tr>'


@dataclass(frozen=True)
class LegendClass:
    """A class of a map: its colour, its limits in words, how many areas it holds."""

    colour: str
    limits: str
    count: int


def legend(
    t: Translator,
    *,
    title: str,
    unit: str,
    direction: str,
    classes: Sequence[LegendClass],
    no_data: int,
    source: str,
    suppressed: int = 0,
    hidden: int = 0,
) -> str:
    """
    Return the legend of a map.

    Parameters
    ----------
    title, unit : str
        Indicator and unit, translated.
    direction : str
        Which end is which, in words ("plus foncé = plus de besoins").
    classes : sequence of LegendClass
        From light to dark; `colour` is `#RRGGBB`.
    no_data, suppressed : int
        Areas without a value, and areas whose value the publisher withholds.
    hidden : int
        Areas of a community's own values whose small count of people is hidden.
    source : str
        Publisher and year.
    """

    def line(swatch: str, words: str, count: int) -> str:
        areas = t.plural("{n} zone", "{n} zones", count)
        return (
            f'<li>{swatch}<span class="rv-leg-limits">{escape(words)}</span>'
            f'<span class="rv-leg-count">{escape(areas)}</span></li>'
        )

    lines = [
        line(
            f'<span class="rv-swatch" style="background:{_colour(c.colour)}"></span>',
            c.limits,
            c.count,
        )
        for c in classes
    ]
    if no_data:
        lines.append(line('<span class="rv-swatch rv-hatch"></span>', t("aucune donnée"), no_data))
    if hidden:
        # The map draws them as it does no data: the legend shows what is seen.
        lines.append(line('<span class="rv-swatch rv-hatch"></span>', t("caché"), hidden))
    if suppressed:
        lines.append(
            line(
                '<span class="rv-swatch rv-cross"></span>',
                t("retenue par la source, par confidentialité"),
                suppressed,
            )
        )
    return (
        f'<div class="rv-legend"><p class="rv-leg-title">{escape(title)}'
        f' <span class="rv-leg-unit">({escape(unit)})</span></p>'
        f'<p class="rv-leg-direction">{escape(direction)}</p><ul>{"".join(lines)}</ul>'
        f'<p class="rv-source">{escape(source)}</p></div>'
    )


def _colour(value: str) -> str:
    digits = value.removeprefix("#")
    if len(digits) != 6 or any(c not in "0123456789abcdefABCDEF" for c in digits):
        raise ValueError(f"colour '{value}' is not #RRGGBB")
    return f"#{digits}"


def footer(*texts: str) -> str:
    """Return the line at the foot of every page."""
    return f'<p class="rv-foot">{" · ".join(escape(text) for text in texts)}</p>'
