"""A chart of one indicator as SVG: places on one axis, then the past, with direct labels."""

from __future__ import annotations

import math
from html import escape
from textwrap import wrap

from revital.charts.theme import LIGHT
from revital.i18n import Translator
from revital.services.chart_sheet import ChartPoint, ChartSheet

FONT = "Atkinson Hyperlegible Next, Atkinson, sans-serif"
WIDTH = 720.0
_MARGIN = 20.0
_LETTER = 0.52
#: Room for the names of places and for the values, in points.
_NAMES, _VALUES = 210.0, 110.0
_ROW = 34.0


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
        for piece in wrap(text, int((WIDTH - 2 * _MARGIN) / (size * _LETTER))):
            out.append(
                f'<text x="{_MARGIN:g}" y="{y:.1f}" font-size="{size:g}" fill="{fill}" '
                f'font-weight="{weight}">{escape(piece)}</text>'
            )
            y += size * 1.35

    line(sheet.finding, 18, weight=600)
    line(sheet.unit, 12, fill=LIGHT.muted)
    y += 8
    out.append(_places(sheet, y))
    y += _ROW * len(sheet.places) + 12
    if sheet.history:
        y += 16
        line(t("Au fil du temps"), 14, weight=600)
        out.append(_history(sheet, y))
        y += 170
    for note in sheet.notes:
        line(note, 11, fill=LIGHT.muted)
    line(t("Source : {name}", name=" ".join(sheet.credits)), 11, fill=LIGHT.muted)
    tall = y + 6
    words = "; ".join(f"{p.label}: {p.text}" for p in (*sheet.places, *sheet.history))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH:g} {tall:.0f}" '
        f'width="{WIDTH:g}" height="{tall:.0f}" role="img" lang="{t.lang}" '
        f'aria-label="{escape(sheet.finding)}"><title>{escape(sheet.finding)}</title>'
        f"<desc>{escape(words)}</desc>"
        f'<rect width="100%" height="100%" fill="#FFFFFF"/>'
        f'<g font-family="{FONT}">{"".join(out)}</g></svg>'
    )


def span(points: tuple[ChartPoint, ...], from_zero: bool) -> tuple[float, float]:
    """Return the ends of an axis: 0 is one of them when the quantity starts there."""
    low, high = min(p.value for p in points), max(p.value for p in points)
    if from_zero:
        low, high = min(low, 0.0), max(high, 0.0)
    if math.isclose(low, high):
        return low - 0.5, high + 0.5
    room = (high - low) * 0.04
    return (low if from_zero and low == 0 else low - room), high + room


def _places(sheet: ChartSheet, top: float) -> str:
    low, high = span(sheet.places, sheet.from_zero)
    left, right = _MARGIN + _NAMES, WIDTH - _MARGIN - _VALUES
    out = []
    for i, point in enumerate(sheet.places):
        y = top + _ROW * (i + 0.5)
        x = left + (point.value - low) / (high - low) * (right - left)
        weight = 600 if point.here else 400
        fill = LIGHT.river if point.here else LIGHT.context
        # The territory is a full disc, the others a ring: told apart without colour.
        mark = (
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="8" fill="{fill}"/>'
            if point.here
            else f'<circle cx="{x:.1f}" cy="{y:.1f}" r="6" fill="#FFFFFF" stroke="{fill}" '
            'stroke-width="2.5"/>'
        )
        out.append(
            f'<path d="M{left:.1f} {y:.1f}H{right:.1f}" stroke="{LIGHT.rule}"/>{mark}'
            f"{_name(point.label, left - 14, y, weight)}"
            f'<text x="{right + 16:.1f}" y="{y + 5:.1f}" font-size="14" '
            f'font-weight="{weight}" fill="{LIGHT.ink}">{escape(point.text)}</text>'
        )
    if sheet.from_zero:
        zero = left + (0 - low) / (high - low) * (right - left)
        tall = top + _ROW * len(sheet.places)
        out.append(f'<path d="M{zero:.1f} {top:.1f}V{tall:.1f}" stroke="{LIGHT.context}"/>')
    return "".join(out)


def _name(label: str, x: float, y: float, weight: int) -> str:
    lines = wrap(label, int((_NAMES - 14) / (13 * _LETTER)))[:3]
    top = y + 5 - (len(lines) - 1) * 7
    spans = "".join(
        f'<tspan x="{x:.1f}" y="{top + i * 14:.1f}">{escape(piece)}</tspan>'
        for i, piece in enumerate(lines)
    )
    return (
        f'<text font-size="13" text-anchor="end" font-weight="{weight}" fill="{LIGHT.ink}">'
        f"{spans}</text>"
    )


def _history(sheet: ChartSheet, top: float) -> str:
    low, high = span(sheet.history, sheet.from_zero)
    years = [int(p.label) for p in sheet.history]
    left, right, tall = _MARGIN + 50, WIDTH - _MARGIN - 60, 110.0
    first, last = min(years), max(years)
    xy = [
        (
            left + (year - first) / max(last - first, 1) * (right - left),
            top + 14 + (1 - (p.value - low) / (high - low)) * tall,
        )
        for year, p in zip(years, sheet.history, strict=True)
    ]
    path = "L".join(f"{x:.1f} {y:.1f}" for x, y in xy)
    out = [
        f'<path d="M{left:.1f} {top + 14 + tall:.1f}H{right:.1f}" stroke="{LIGHT.rule}"/>',
        f'<path d="M{path}" fill="none" stroke="{LIGHT.river}" stroke-width="2.5"/>',
    ]
    for (x, y), point in zip(xy, sheet.history, strict=True):
        out.append(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4.5" fill="{LIGHT.river}"/>'
            f'<text x="{x:.1f}" y="{y - 9:.1f}" font-size="13" text-anchor="middle" '
            f'fill="{LIGHT.ink}">{escape(point.text)}</text>'
            f'<text x="{x:.1f}" y="{top + tall + 32:.1f}" font-size="13" text-anchor="middle" '
            f'fill="{LIGHT.muted}">{escape(point.label)}</text>'
        )
    return "".join(out)
