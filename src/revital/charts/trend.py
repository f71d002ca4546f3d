"""A figure through time: one line per source, breaks left open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from revital.charts import theme


@dataclass(frozen=True)
class TrendPoint:
    """A point of the chart: date, value, its words and its source."""

    date: int
    value: float
    words: str
    source: str
    comparable: bool


def draw(
    points: Sequence[TrendPoint], *, title: str, unit: str, lang: str, year_title: str
) -> go.Figure:
    """
    Return a line chart whose line breaks where the source changes.

    Parameters
    ----------
    points : sequence of TrendPoint
        Oldest first.
    title : str
        The finding, in words.
    unit, year_title : str
        Titles of the axes.
    """
    figure = go.Figure(layout=theme.figure_layout(lang, height=340))
    figure.update_layout(title={"text": title})
    for comparable, symbol, dash in ((False, "diamond", "dot"), (True, "circle", "solid")):
        part = [p for p in points if p.comparable is comparable]
        if not part:
            continue
        figure.add_trace(
            go.Scatter(
                x=[p.date for p in part],
                y=[p.value for p in part],
                mode="lines+markers+text",
                text=[p.words for p in part],
                textposition="top center",
                textfont={"size": 15},
                marker={"symbol": symbol, "size": 11},
                line={"width": 2.5, "dash": dash},
                hovertext=[f"{p.date} : {p.words} ({p.source})" for p in part],
                hoverinfo="text",
                name=part[0].source,
            )
        )
    high = max(p.value for p in points)
    figure.update_yaxes(title={"text": unit}, range=[0, high * 1.2], tickformat=",.0f")
    figure.update_xaxes(title={"text": year_title}, tickformat="d", nticks=8)
    return figure
