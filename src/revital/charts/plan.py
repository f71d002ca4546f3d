"""The plan through time and its money; words arrive translated, dates and amounts as values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import plotly.graph_objects as go

from revital.charts import theme
from revital.services.plan_timeline import TimelineBar, TimelinePause

_ROW_PX = 46
_BAND = "#E9DFC7"
_PAUSE = "#DCC58A"
_STAGES = ("#B4D6E3", "#74B1C9", "#2F7FA0", "#A63D2F")


@dataclass(frozen=True)
class FundingBar:
    """The four amounts of one kind of funding, in dollars; missing ones are not drawn."""

    label: str
    amounts: tuple[float | None, float | None, float | None, float | None]


def timeline(
    bars: Sequence[TimelineBar],
    *,
    today: date,
    plan_bands: Sequence[TimelinePause],
    title: str,
    today_word: str,
    lang: str,
) -> go.Figure:
    """
    Return the timeline: one bar per action, bands where the clock stands still, a line for today.

    Parameters
    ----------
    bars : sequence of TimelineBar
        Top to bottom.
    today : date
    plan_bands : sequence of TimelinePause
        Pauses of the whole plan, drawn behind everything.
    title, today_word : str
        Translated.
    """
    figure = go.Figure(layout=theme.figure_layout(lang, height=110 + _ROW_PX * max(1, len(bars))))
    first, last = _span(bars, today)
    for band in plan_bands:
        start, end = max(band.start, first), min(band.end or last, last)
        if start < end:
            figure.add_vrect(
                x0=start, x1=end, fillcolor=_BAND, opacity=0.3, line_width=0, layer="below"
            )
    for row, bar in enumerate(bars):
        _draw(figure, bar, row, today)
    figure.add_vline(x=today, line={"color": theme.LIGHT.brick, "width": 2, "dash": "dash"})
    here = {
        "x": today, "y": -1.25, "text": today_word, "showarrow": False, "xanchor": "left",
        "xshift": 6, "font": {"size": 14, "color": theme.LIGHT.brick},
    }  # fmt: skip
    # Above its bar, from the left edge: long names keep their room on a phone.
    names = [
        {
            "x": 0, "xref": "paper", "y": row - 0.42, "text": _short(bar.label),
            "showarrow": False, "xanchor": "left", "yanchor": "middle", "font": {"size": 14},
        }
        for row, bar in enumerate(bars)
    ]  # fmt: skip
    # All at once: each annotation added by itself has plotly check all of them again.
    figure.update_layout(title={"text": title}, barmode="overlay", annotations=[here, *names])
    figure.update_yaxes(
        showticklabels=False, range=[len(bars) - 0.4, -1.6], showgrid=False, zeroline=False
    )
    figure.update_xaxes(type="date", range=[first, last], showgrid=True, nticks=5, tickangle=0)
    return figure


def _draw(figure: go.Figure, bar: TimelineBar, row: int, today: date) -> None:
    colour = theme.STATUS.get(bar.status, theme.LIGHT.context)
    words = f"<b>{_safe(bar.label)}</b><br>{_safe(bar.status_word)}<br>{_safe(bar.words)}"
    for band in bar.bands:
        # Wider than the bar and behind it: seen over it, after it, and in greyscale.
        figure.add_trace(
            go.Scatter(
                x=[band.start, max(band.end or today, band.start)],
                y=[row, row],
                mode="lines",
                line={"color": _PAUSE, "width": 24},
                hovertext=[_safe(band.words)] * 2,
                hoverinfo="text",
            )
        )
    if bar.start and bar.end:
        figure.add_trace(
            go.Scatter(
                x=[bar.start, bar.end],
                y=[row, row],
                mode="lines",
                line={"color": colour, "width": 14},
                opacity=0.55 if bar.status in ("done", "dropped", "planned") else 1,
                hovertext=[words, words],
                hoverinfo="text",
            )
        )
    elif bar.start or bar.end:
        figure.add_trace(
            go.Scatter(
                x=[bar.start or bar.end],
                y=[row],
                mode="markers",
                marker={"symbol": "diamond-open", "size": 13, "color": colour},
                hovertext=[words],
                hoverinfo="text",
            )
        )
    if bar.steps:
        figure.add_trace(
            go.Scatter(
                x=[s.on for s in bar.steps],
                y=[row] * len(bar.steps),
                mode="markers",
                marker={
                    "symbol": ["circle" if s.done else "circle-open" for s in bar.steps],
                    "size": 9,
                    "color": theme.LIGHT.ink,
                    "line": {"width": 2, "color": theme.LIGHT.ink},
                },
                hovertext=[_safe(s.words) for s in bar.steps],
                hoverinfo="text",
            )
        )


def _span(bars: Sequence[TimelineBar], today: date) -> tuple[date, date]:
    days = [d for bar in bars for d in (bar.start, bar.end) if d] + [today]
    return min(days) - timedelta(days=15), max(days) + timedelta(days=30)


def _short(label: str, limit: int = 52) -> str:
    kept = label if len(label) <= limit else label[: limit - 1] + "…"
    return _safe(kept)


def _safe(text: str) -> str:
    """Return a text that plotly draws to the letter: it reads some HTML."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def funding(
    bars: Sequence[FundingBar], *, stages: Sequence[str], title: str, unit: str, lang: str
) -> go.Figure:
    """
    Return the money by source: requested, confirmed, received, spent side by side.

    Parameters
    ----------
    bars : sequence of FundingBar
    stages : sequence of str
        The four words, in this order.
    title, unit : str
        Translated.
    """
    figure = go.Figure(layout=theme.figure_layout(lang, height=140 + 96 * max(1, len(bars))))
    names = [_safe(b.label) for b in bars]
    for stage in range(len(stages)):
        figure.add_trace(
            go.Bar(
                y=names,
                x=[b.amounts[stage] for b in bars],
                name=_safe(stages[stage]),
                orientation="h",
                marker={"color": _STAGES[stage]},
                hovertemplate="%{y} · %{fullData.name} : %{x:,.0f} $<extra></extra>",
            )
        )
    figure.update_layout(
        title={"text": title},
        barmode="group",
        showlegend=True,
        legend={"orientation": "h", "y": 1.0, "yanchor": "bottom", "x": 0, "font": {"size": 14}},
        margin={"t": 88},
        bargap=0.25,
    )
    figure.update_xaxes(title={"text": unit}, tickformat=",.0f", rangemode="tozero", nticks=5)
    figure.update_yaxes(autorange="reversed")
    return figure
