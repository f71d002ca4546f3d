"""
Charts as SVG: any panel of `services.chart_sheet`, with direct labels, source, date and version.

One drawer for every chart of the app, so that a picture needs neither a browser nor plotly. Marks
differ by shape as well as by colour.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from datetime import date
from html import escape
from textwrap import wrap

from revital.charts import theme
from revital.charts.theme import LIGHT
from revital.i18n import Translator
from revital.services.chart_sheet import (
    Bars,
    ChartPoint,
    ChartSheet,
    History,
    Places,
    Spans,
    Strips,
    ends,
)
from revital.services.stamps import Stamp

FONT = "Atkinson Hyperlegible Next, Atkinson, sans-serif"
WIDTH = 720.0
_MARGIN = 20.0
_LETTER = 0.52
#: Spaces of French typography at which a line must not end.
_LOOSE = re.compile(r" (?=[:;!?%»])|(?<=«) ")
#: Room for the names of places and for the values, in points.
_NAMES, _VALUES = 210.0, 110.0
_ROW = 34.0
#: One colour per place of a comparison, as on the page.
_PLACES = (LIGHT.brick, LIGHT.river, "#5E4B8B", "#7A5C00")
_RANGE = "#E7C9C4"
_PAUSE, _BAND = "#DCC58A", "#F3ECD9"
_STAGES = ("#B4D6E3", "#74B1C9", "#2F7FA0", "#0B4A63")


def chart_svg(sheet: ChartSheet, t: Translator) -> str:
    """
    Return the chart.

    Parameters
    ----------
    sheet : ChartSheet
    t : Translator
    """
    out: list[str] = []
    y = 34.0

    def line(text: str, size: float, fill: str = LIGHT.ink, weight: int = 400) -> None:
        nonlocal y
        for piece in lines(text, WIDTH - 2 * _MARGIN, size):
            out.append(_text(_MARGIN, y, piece, size, fill=fill, weight=weight))
            y += size * 1.35

    if sheet.mark:
        line(sheet.mark, 13, fill=LIGHT.brick, weight=600)
        y += 8
    line(sheet.finding, 18, weight=600)
    line(sheet.unit, 12, fill=LIGHT.muted)
    y += 8
    for panel in sheet.panels:
        if isinstance(panel, History) and panel.title:
            y += 16
            line(panel.title, 14, weight=600)
        drawing, tall = _panel(panel, y, t)
        out.append(drawing)
        y += tall + 12
    for note in sheet.notes:
        line(note, 11, fill=LIGHT.muted)
    line(t("Source : {name}", name=" ; ".join(sheet.credits)), 11, fill=LIGHT.muted)
    line(stamp_text(sheet.stamp, t), 11, fill=LIGHT.muted)
    tall = y + 6
    words = "; ".join(said(sheet))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH:g} {tall:.0f}" '
        f'width="{WIDTH:g}" height="{tall:.0f}" role="img" lang="{t.lang}" '
        f'aria-label="{escape(sheet.finding)}"><title>{escape(sheet.finding)}</title>'
        f"<desc>{escape(words)}</desc>"
        f'<rect width="100%" height="100%" fill="#FFFFFF"/>'
        f'<g font-family="{FONT}">{"".join(out)}</g></svg>'
    )


def lines(text: str, width: float, size: float) -> list[str]:
    """Return a text cut into lines of a width (points); a colon is never parted from its word."""
    return wrap(_LOOSE.sub("\u00a0", text), max(int(width / (size * _LETTER)), 10))


def stamp_text(stamp: Stamp, t: Translator) -> str:
    """Return the line that dates a picture: choices, day, version of the data."""
    line = t("Fait le {date} avec les données de revital, version {version}.",
             date=stamp.dated, version=stamp.version)  # fmt: skip
    return f"{stamp.filters} · {line}" if stamp.filters else line


def said(sheet: ChartSheet) -> list[str]:
    """Return every value of a chart as words: what a screen reader finds in the file."""
    out: list[str] = []
    for panel in sheet.panels:
        if isinstance(panel, Places | History):
            out += [f"{p.label}: {p.text}" for p in panel.points]
        elif isinstance(panel, Strips):
            for row in panel.rows:
                words = ", ".join(f"{p.label} {p.text}" for p in row.points if p is not None)
                out.append(f"{row.label}: {words}")
        elif isinstance(panel, Bars):
            stages = panel.stages or ("",)
            for bars in panel.rows:
                known = zip(stages, bars.texts, strict=True)
                out.append(f"{bars.label}: " + ", ".join(f"{s} {x}".strip() for s, x in known if x))
        else:
            out += [f"{b.label}: {b.status_word}, {b.words}" for b in panel.bars]
    return out


def _panel(panel: object, top: float, t: Translator) -> tuple[str, float]:
    """Return a panel and its height."""
    if isinstance(panel, Places):
        return _places(panel, top), _ROW * len(panel.points)
    if isinstance(panel, History):
        return _history(panel, top), 158.0
    if isinstance(panel, Strips):
        return _strips(panel, top)
    if isinstance(panel, Bars):
        return _bars(panel, top, t)
    assert isinstance(panel, Spans)
    return _spans(panel, top, t)


def _text(
    x: float, y: float, text: str, size: float, *, fill: str = LIGHT.ink, weight: int = 400,
    anchor: str = "start",
) -> str:  # fmt: skip
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size:g}" fill="{fill}" '
        f'font-weight="{weight}" text-anchor="{anchor}">{escape(text)}</text>'
    )


def span(values: Iterable[float], from_zero: bool) -> tuple[float, float]:
    """Return the ends of an axis: 0 is one of them when the quantity starts there."""
    held = list(values)
    low, high = min(held), max(held)
    if from_zero:
        low, high = min(low, 0.0), max(high, 0.0)
    if math.isclose(low, high):
        return low - 0.5, high + 0.5
    room = (high - low) * 0.04
    return (low if from_zero and low == 0 else low - room), high + room


def _places(panel: Places, top: float) -> str:
    low, high = span(ends(panel.points), panel.from_zero)
    left, right = _MARGIN + _NAMES, WIDTH - _MARGIN - _VALUES
    out = []
    for i, point in enumerate(panel.points):
        y = top + _ROW * (i + 0.5)
        x = left + (point.value - low) / (high - low) * (right - left)
        weight = 600 if point.here else 400
        fill = LIGHT.brick if point.here else LIGHT.context
        # The territory is a full disc, the others a ring: told apart without colour.
        mark = (
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="8" fill="{fill}"/>'
            if point.here
            else f'<circle cx="{x:.1f}" cy="{y:.1f}" r="6" fill="#FFFFFF" stroke="{fill}" '
            'stroke-width="2.5"/>'
        )
        out.append(
            f'<path d="M{left:.1f} {y:.1f}H{right:.1f}" stroke="{LIGHT.rule}"/>'
            f"{_interval(point, y, low, high, left, right)}{mark}"
            f"{_name(point.label, left - 14, y, weight)}"
            + _text(right + 16, y + 5, point.text, 14, weight=weight)
        )
    if panel.from_zero:
        zero = left + (0 - low) / (high - low) * (right - left)
        tall = top + _ROW * len(panel.points)
        out.append(f'<path d="M{zero:.1f} {top:.1f}V{tall:.1f}" stroke="{LIGHT.context}"/>')
    return "".join(out)


def _interval(
    point: ChartPoint, y: float, low: float, high: float, left: float, right: float
) -> str:
    if point.interval is None:
        return ""
    a, b = (left + (v - low) / (high - low) * (right - left) for v in point.interval)
    return (
        f'<rect x="{a:.1f}" y="{y - 5:.1f}" width="{max(b - a, 0):.1f}" height="10" rx="5" '
        f'fill="{_RANGE}"/>'
    )


def _name(label: str, x: float, y: float, weight: int) -> str:
    pieces = lines(label, _NAMES - 14, 13)[:3]
    top = y + 5 - (len(pieces) - 1) * 7
    spans = "".join(
        f'<tspan x="{x:.1f}" y="{top + i * 14:.1f}">{escape(piece)}</tspan>'
        for i, piece in enumerate(pieces)
    )
    return (
        f'<text font-size="13" text-anchor="end" font-weight="{weight}" fill="{LIGHT.ink}">'
        f"{spans}</text>"
    )


def _history(panel: History, top: float) -> str:
    low, high = span(ends(panel.points), panel.from_zero)
    years = [int(p.label) for p in panel.points]
    left, right, tall = _MARGIN + 50, WIDTH - _MARGIN - 60, 110.0
    first, last = min(years), max(years)
    xy = [
        (
            left + (year - first) / max(last - first, 1) * (right - left),
            top + 14 + (1 - (p.value - low) / (high - low)) * tall,
        )
        for year, p in zip(years, panel.points, strict=True)
    ]
    out = [f'<path d="M{left:.1f} {top + 14 + tall:.1f}H{right:.1f}" stroke="{LIGHT.rule}"/>']
    for apart in (True, False):
        path = "L".join(
            f"{x:.1f} {y:.1f}"
            for (x, y), p in zip(xy, panel.points, strict=True)
            if p.apart is apart
        )
        if path:
            dash = ' stroke-dasharray="2 5"' if apart else ""
            out.append(
                f'<path d="M{path}" fill="none" stroke="{LIGHT.river}" stroke-width="2.5"{dash}/>'
            )
    said_at = _apart([x for x, _ in xy], 46)
    for i, ((x, y), point) in enumerate(zip(xy, panel.points, strict=True)):
        out.append(
            f'<path d="M{x:.1f} {y - 6:.1f}l6 6-6 6-6-6z" fill="{LIGHT.river}"/>'
            if point.apart
            else f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4.5" fill="{LIGHT.river}"/>'
        )
        if i in said_at:
            out.append(
                _text(x, y - 9, point.text, 13, anchor="middle")
                + _text(x, top + tall + 32, point.label, 13, fill=LIGHT.muted, anchor="middle")
            )
    return "".join(out)


def _apart(places: Sequence[float], room: float) -> set[int]:
    """Return the positions that can be labelled without touching; the last one always is."""
    kept = [len(places) - 1]
    for i in range(len(places) - 2, -1, -1):
        if abs(places[kept[-1]] - places[i]) >= room:
            kept.append(i)
    return set(kept)


def _mark(kind: int, x: float, y: float, colour: str) -> str:
    """Return the mark of a place: disc, square, triangle, diamond."""
    shape = (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="7" ',
        f'<rect x="{x - 6:.1f}" y="{y - 6:.1f}" width="12" height="12" ',
        f'<path d="M{x:.1f} {y - 7.5:.1f}l7.5 13.5h-15z" ',
        f'<path d="M{x:.1f} {y - 8:.1f}l8 8-8 8-8-8z" ',
    )[kind % 4]
    return f'{shape}fill="{colour}" stroke="#FFFFFF" stroke-width="1.5"/>'


def _strips(panel: Strips, top: float) -> tuple[str, float]:
    out = []
    x, y = _MARGIN, top + 10
    present = [i for i in range(len(panel.names)) if any(row.points[i] for row in panel.rows)]
    for i in present:
        room = 20 + len(panel.names[i]) * 13 * _LETTER + 22
        if x > _MARGIN and x + room > WIDTH - _MARGIN:
            x, y = _MARGIN, y + 20
        out.append(_mark(i, x + 8, y - 4, _PLACES[i % 4]) + _text(x + 20, y, panel.names[i], 13))
        x += room
    y += 26
    left, right = _MARGIN + 10, WIDTH - _MARGIN - 10
    for row in panel.rows:
        known = [(i, p) for i, p in enumerate(row.points) if p is not None]
        out.append(_text(_MARGIN, y, row.label, 14, weight=600))
        y += 20
        if len(known) > 1:
            low, high = span(ends(row.points), row.from_zero)
            out.append(f'<path d="M{left:.1f} {y:.1f}H{right:.1f}" stroke="{LIGHT.rule}"/>')
            out += [_interval(p, y, low, high, left, right) for _, p in known]
            # The territory comes last, over the others.
            for i, p in reversed(known):
                at = left + (p.value - low) / (high - low) * (right - left)
                out.append(_mark(i, at, y, _PLACES[i % 4]))
            y += 24
        words = " · ".join(f"{panel.names[i]} {p.text}" for i, p in known)
        for text, fill in ((words, LIGHT.ink), (row.note, LIGHT.muted)):
            for piece in lines(text, WIDTH - 2 * _MARGIN, 12):
                out.append(_text(_MARGIN, y, piece, 12, fill=fill))
                y += 16
        y += 14
    return "".join(out), y - top


def _bars(panel: Bars, top: float, t: Translator) -> tuple[str, float]:
    out = []
    y = top
    if panel.stages:
        x = _MARGIN
        for i, stage in enumerate(panel.stages):
            out.append(_box(x, y, 14, 14, _STAGES[i % 4]) + _text(x + 20, y + 12, stage, 13))
            x += 20 + len(stage) * 13 * _LETTER + 24
        y += 30
    axis = y
    known = [v for row in panel.rows for v in row.values if v is not None]
    most = panel.most or max(known, default=0.0) or 1.0
    left, right = _MARGIN + _NAMES, WIDTH - _MARGIN - _VALUES
    bar = 14.0 if panel.stages else 20.0
    for row in panel.rows:
        tall = (bar + 4) * len(row.values)
        out.append(_name(row.label, left - 14, y + tall / 2, 400))
        for i, (value, text) in enumerate(zip(row.values, row.texts, strict=True)):
            at = y + i * (bar + 4)
            if value is None:
                out.append(_text(left + 4, at + bar - 3, t("aucune donnée"), 12, fill=LIGHT.muted))
                continue
            wide = max(value, 0.0) / most * (right - left)
            colour = _STAGES[i % 4] if panel.stages else LIGHT.river
            out.append(_box(left, at, wide, bar, colour))
            out.append(_text(left + wide + 6, at + bar - 3, text, 12))
        y += tall + 14
    out.append(f'<path d="M{left:.1f} {axis:.1f}V{y:.1f}" stroke="{LIGHT.context}"/>')
    return "".join(out), y - top


def _box(x: float, y: float, width: float, height: float, colour: str) -> str:
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:g}" fill="{colour}" '
        f'stroke="{LIGHT.muted}" stroke-width=".5"/>'
    )


def _spans(panel: Spans, top: float, t: Translator) -> tuple[str, float]:
    days = [d for b in panel.bars for d in (b.start, b.end) if d] + [panel.today]
    first, last = min(days), max(days)
    left, right = _MARGIN, WIDTH - _MARGIN
    length = max((last - first).days, 1)

    def at(day: date) -> float:
        return left + (min(max(day, first), last) - first).days / length * (right - left)

    row, head = 44.0, 42.0
    foot = top + head + row * len(panel.bars)
    out = []
    for band in panel.bands:
        a, b = at(band.start), at(band.end or last)
        if b > a:
            out.append(
                f'<rect x="{a:.1f}" y="{top + head:.1f}" width="{b - a:.1f}" '
                f'height="{foot - top - head:.1f}" fill="{_BAND}"/>'
            )
    for year in range(first.year + 1, last.year + 1):
        x = at(date(year, 1, 1))
        out.append(
            f'<path d="M{x:.1f} {top + head - 6:.1f}V{foot:.1f}" stroke="{LIGHT.rule}"/>'
            + _text(x + 4, top + head - 8, str(year), 12, fill=LIGHT.muted)
        )
    x = at(panel.today)
    anchor = "end" if x > WIDTH - 140 else "start"
    out.append(
        f'<path d="M{x:.1f} {top + 10:.1f}V{foot:.1f}" stroke="{LIGHT.brick}" stroke-width="2" '
        'stroke-dasharray="6 4"/>'
        + _text(x + (-6 if anchor == "end" else 6), top + 14,
                f"{panel.today_word}, {t.date(panel.today)}", 12, fill=LIGHT.brick, anchor=anchor)
    )  # fmt: skip
    for i, bar in enumerate(panel.bars):
        y = top + head + row * i
        words = f"{_short(bar.label)} · {bar.status_word}"
        out.append(_text(left, y + 14, words, 12.5))
        middle = y + 27
        for pause in bar.bands:
            a, b = at(pause.start), at(max(pause.end or panel.today, pause.start))
            out.append(_box(a, middle - 10, max(b - a, 1), 20, _PAUSE))
        colour = theme.STATUS.get(bar.status, LIGHT.context)
        if bar.start and bar.end:
            a, b = at(bar.start), at(max(bar.end, bar.start))
            out.append(_box(a, middle - 6, max(b - a, 2), 12, colour))
        elif bar.start or bar.end:
            x = at(bar.start or bar.end or panel.today)
            out.append(
                f'<path d="M{x:.1f} {middle - 8:.1f}l8 8-8 8-8-8z" fill="#FFFFFF" '
                f'stroke="{colour}" stroke-width="2"/>'
            )
        for step in bar.steps:
            fill = LIGHT.ink if step.done else "#FFFFFF"
            out.append(
                f'<circle cx="{at(step.on):.1f}" cy="{middle:.1f}" r="4.5" fill="{fill}" '
                f'stroke="{LIGHT.ink}" stroke-width="2"/>'
            )
    return "".join(out), foot - top


def _short(label: str, limit: int = 80) -> str:
    return label if len(label) <= limit else label[: limit - 1] + "…"
