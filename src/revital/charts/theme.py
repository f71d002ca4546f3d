"""
The look of charts and maps as Python values; `ui/style.css` holds the same tokens for pages.

Light to dark in luminance, so that every scale survives a black-and-white print.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any, Literal

import plotly.graph_objects as go

FONT = "Atkinson, sans-serif"
TITLE_FONT = "RadioCanadaBig, Atkinson, sans-serif"


@dataclass(frozen=True)
class Tokens:
    """Colours of one mode."""

    paper: str
    surface: str
    rule: str
    ink: str
    muted: str
    river: str
    brick: str
    context: str


LIGHT = Tokens(
    paper="#FBFAF7",
    surface="#FFFFFF",
    rule="#E2DED6",
    ink="#1B2430",
    muted="#4A5563",
    river="#0B5C74",
    brick="#A63D2F",
    context="#8A8F98",
)
DARK = Tokens(
    paper="#12181F",
    surface="#1A222B",
    rule="#323C47",
    ink="#E8EAED",
    muted="#AAB4C0",
    river="#6CC4DE",
    brick="#F0897A",
    context="#7C8794",
)

Palette = Literal["need", "assets", "change", "context"]

#: Five classes each, light to dark (change: around "no clear change").
PALETTES: dict[str, tuple[str, ...]] = {
    "need": ("#FFF3C4", "#FAD07A", "#F39A4B", "#D9532C", "#8E1B1F"),
    "assets": ("#E3F0F5", "#B4D6E3", "#74B1C9", "#2F7FA0", "#0B4A63"),
    "change": ("#762A83", "#C2A5CF", "#F7F7F7", "#A6DBA0", "#1B7837"),
    "context": ("#F1EFF6", "#CFCBE0", "#A29CC4", "#6F68A0", "#3D3670"),
}

#: Within half the threshold, within it, up to twice it, farther.
DISTANCE = ("#FFF3C4", "#FAD07A", "#D9532C", "#8E1B1F")
#: High in brick, low in river, out of step in their light tints.
HOT_SPOTS: dict[str, str] = {
    "HH": "#A63D2F",
    "LL": "#0B5C74",
    "HL": "#F0B8AE",
    "LH": "#B4D6E3",
    "hot": "#A63D2F",
    "cold": "#0B5C74",
    "not_significant": "#F4F1EA",
}
#: Colour and shape of each kind of point; layers of services in the order of the place's record.
MARKS: dict[str, tuple[str, str]] = {
    "counted": ("#0B5C74", "disc"),
    "shown": ("#7A5C00", "ring"),
    "closed": ("#6B6B6B", "ring"),
    "scenario": ("#5E4B8B", "diamond"),
    "site": ("#2E6B3A", "square"),
    "layer_0": ("#0B5C74", "disc"),
    "layer_1": ("#A63D2F", "square"),
    "layer_2": ("#5E4B8B", "diamond"),
    "layer_3": ("#7A5C00", "ring"),
    "layer_4": ("#2E6B3A", "square"),
    "layer_5": ("#4A5563", "diamond"),
}

#: Background and line of the hatch over areas without a value, and over suppressed ones.
NO_DATA = ("#EFEDE8", "#8A8780")
SUPPRESSED = ("#FFFFFF", "#8A8780")

#: Colour of each state of an action; always drawn with an icon and the word.
STATUS: dict[str, str] = {
    "to_negotiate": "#5E4B8B",
    "planned": "#4A5563",
    "under_way": "#0B5C74",
    "late": "#A63D2F",
    "paused": "#7A5C00",
    "done": "#2E6B3A",
    "dropped": "#6B6B6B",
}

COLOURWAY = ("#0B5C74", "#A63D2F", "#5E4B8B", "#7A5C00", "#2E6B3A", "#4A5563")


def classes(palette: Palette, k: int) -> tuple[str, ...]:
    """
    Return `k` colours of a palette, its ends kept.

    Parameters
    ----------
    palette : {"need", "assets", "change", "context"}
    k : int
        Number of classes, 1 to 7; beyond five, colours between two steps are mixed.
    """
    steps = PALETTES[palette]
    if k == 1:
        return (steps[len(steps) // 2],)
    return tuple(_between(steps, i * (len(steps) - 1) / (k - 1)) for i in range(k))


def _between(steps: tuple[str, ...], at: float) -> str:
    low = min(int(at), len(steps) - 2)
    part = at - low
    a, b = (tuple(int(c[i : i + 2], 16) for i in (1, 3, 5)) for c in steps[low : low + 2])
    mixed = (round(x + (y - x) * part) for x, y in zip(a, b, strict=True))
    return "#" + "".join(f"{v:02X}" for v in mixed)


def contrast(first: str, second: str) -> float:
    """Return the WCAG 2 contrast ratio of two colours (`#RRGGBB`), from 1 to 21."""

    def luminance(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    a, b = sorted((luminance(first), luminance(second)), reverse=True)
    return (a + 0.05) / (b + 0.05)


@lru_cache(maxsize=1)
def _french() -> dict[str, Any]:
    text = (resources.files("revital.charts") / "plotly_fr.json").read_text(encoding="utf-8")
    words: dict[str, Any] = json.loads(text)
    # Months as the tables write them, not cut to three letters.
    months = "janv. févr. mars avr. mai juin juill. août sept. oct. nov. déc."
    words["format"] |= {"thousands": "\u202f", "date": "%Y-%m-%d", "shortMonths": months.split()}
    return {"dictionary": words["dictionary"], "format": words["format"]}


def figure_config(lang: str) -> dict[str, Any]:
    """Return the `config` of a plotly chart: language of its words, no logo, no mode bar."""
    config: dict[str, Any] = {"displaylogo": False, "displayModeBar": False, "scrollZoom": False}
    if lang == "fr":
        config |= {"locale": "fr", "locales": {"fr": _french()}}
    return config


def figure_layout(lang: str, *, tokens: Tokens = LIGHT, height: int | None = None) -> go.Layout:
    """
    Return the layout every chart starts from.

    Parameters
    ----------
    lang : {"fr", "en"}
        Decides the decimal mark and the grouping of digits.
    tokens : Tokens
        Colours; backgrounds are transparent, so that a page in dark mode shows through.
    height : int, optional
        Pixels.
    """
    axis = {
        "gridcolor": tokens.rule,
        "zerolinecolor": tokens.context,
        "linecolor": tokens.context,
        "automargin": True,
        "title": {"font": {"size": 14}, "standoff": 8},
        "tickfont": {"size": 14},
    }
    return go.Layout(
        colorway=list(COLOURWAY),
        font={"family": FONT, "size": 15, "color": tokens.ink},
        title={
            "font": {"family": TITLE_FONT, "size": 18, "color": tokens.ink},
            "x": 0,
            "xanchor": "left",
            "yref": "container",
        },
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        separators=",\u202f" if lang == "fr" else ".,",
        margin={"l": 8, "r": 8, "t": 48, "b": 8},
        showlegend=False,
        hoverlabel={"font": {"family": FONT, "size": 14}},
        xaxis=axis,
        yaxis=axis,
        height=height,
        dragmode=False,
    )
