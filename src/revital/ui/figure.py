"""A figure as a card: value, comparison, strip of comparators, quality, and why this number."""

from __future__ import annotations

from functools import partial
from html import escape

import streamlit as st

from revital.domain.uncertainty import Flag, worst_flag
from revital.services import wording
from revital.services.chart_sheet import chart_sheet
from revital.services.figures import Reading
from revital.ui import cache, downloads, html, pressed, report_box
from revital.ui.html import Quality, Trend
from revital.ui.state import View
from revital.ui.why import lines_html

_TREND: dict[str, Trend] = {"▲": "up", "▼": "down", "=": "same"}


def card(view: View, reading: Reading, *, strip: bool = True) -> str:
    """Return the card of a reading as HTML."""
    t = view.t
    record, figure = reading.indicator, reading.figure
    if figure is None:
        return html.headline_figure(
            label=t.of(record.title),
            value=t("aucune donnée"),
            note=t("À demander : {who}", who=t.of(record.contact)) if record.contact else "",
            quality="absent",
        )
    against = wording.first_comparison(reading, t)
    spark = ""
    if len(reading.history) > 1:
        values = [f.value for f in reading.history if f.value is not None]
        spark = html.spark_line(
            values,
            t(
                "de {before} en {first} à {after} en {last}",
                before=wording.figure_text(record, values[0], t),
                first=str(reading.history[0].year),
                after=wording.figure_text(record, values[-1], t),
                last=str(reading.history[-1].year),
            ),
        )
    note = f"{figure.year} · {sources_text(view, reading)}"
    body = html.headline_figure(
        label=t.of(record.title),
        value=wording.reading_text(record, figure, t),
        unit=_unit(reading, view),
        comparison=against.text if against else "",
        trend=_TREND[against.arrow] if against else None,
        note=note,
        quality=_quality(figure.flags),
        quality_text=quality_text(view, reading),
        spark=spark,
    )
    return body + (strip_html(view, reading) if strip else "") + _quintile(view, reading)


def _unit(reading: Reading, view: View) -> str:
    record = reading.indicator
    if record.kind in ("share", "median", "distance") or record.palette == "change":
        return ""
    return view.t.of(record.unit)


def _quality(flags: tuple[Flag, ...]) -> Quality:
    worst = worst_flag(flags)
    if worst in (Flag.OK, Flag.ROUNDED):
        return "good"
    if worst is Flag.MISSING:
        return "absent"
    return "low" if worst in (Flag.LOW_COUNT, Flag.SUPPRESSED) else "caution"


def quality_text(view: View, reading: Reading) -> str:
    """Return why a figure must be read with care, in one line."""
    t = view.t
    if reading.figure is None:
        return ""
    bound = wording.bound_note(reading.indicator, reading.figure, t)
    reasons = [t.of(r) for r in reading.figure.reasons]
    return bound or " ".join(dict.fromkeys(reasons))


def sources_text(view: View, reading: Reading) -> str:
    """Return the publishers of a reading."""
    ids = reading.figure.sources if reading.figure else reading.indicator.sources
    names = [view.t.of(view.catalogue.source(id_).publisher) for id_ in ids]
    return ", ".join(dict.fromkeys(names))


def _quintile(view: View, reading: Reading) -> str:
    if reading.quintile is None or reading.indicator.direction == "neutral":
        return ""
    t = view.t
    text = t(
        "Quintile {n} sur 5 parmi les aires du Québec, calculé par revital (5 = plus défavorisé)",
        n=t.number(reading.quintile),
    )
    return f'<p class="rv-fig-note">{escape(text)}</p>'


def strip_html(view: View, reading: Reading) -> str:
    """Return the strip of comparators: one axis, one mark per place, words under it."""
    t = view.t
    figure, record = reading.figure, reading.indicator
    if figure is None or figure.value is None or record.kind == "count":
        return ""
    places = [(t("ici"), figure, figure.value, "here")]
    for role in ("city", "region", "province"):
        other = reading.comparators.get(role)
        if other is not None and other.value is not None:
            places.append((wording.place_phrase(role, other, t), other, other.value, role))
    if len(places) < 2:
        return ""
    values = [v for _, _, v, _ in places]
    low, high = min(values), max(values)
    low = min(low, 0.0) if record.kind != "index" else low
    span = (high - low) or 1.0
    bar = ""
    if figure.interval is not None:
        left = 100 * (max(figure.interval[0], low) - low) / span
        right = 100 * (min(figure.interval[1], low + span) - low) / span
        bar = f'<span class="rv-range" style="left:{left:.1f}%;width:{right - left:.1f}%"></span>'
    marks = bar + "".join(
        f'<span class="rv-mark rv-mark-{role}" '
        f'style="left:{100 * (value - low) / span:.1f}%"></span>'
        for _, _, value, role in sorted(places, key=lambda p: p[3] == "here")
    )
    words = [
        f'<span class="rv-sign rv-mark-{role}"></span>'
        + escape(f"{name} {wording.reading_text(record, other, t)}")
        for name, other, _, role in places[1:]
    ]
    margin = wording.interval_text(record, figure, t)
    if margin:
        words.insert(0, escape(margin))
    return (
        f'<div class="rv-strip" aria-hidden="true">{marks}</div>'
        f'<p class="rv-fig-note">{" · ".join(words)}</p>'
    )


def why_button(view: View, indicator_id: str, slot: str) -> None:
    """Draw the button that opens the panel "Pourquoi ce nombre ?"."""
    t = view.t
    title = t.of(view.catalogue.indicator(indicator_id).title)
    if pressed.button(
        t("Pourquoi ce nombre ?"),
        key=f"rv_why_{slot}_{indicator_id}",
        type="tertiary",
        icon=":material/help:",
        help=None,
    ):
        opened = st.dialog(title, width="large")(_why_panel)
        opened(view, indicator_id)


def _why_panel(view: View, indicator_id: str) -> None:
    st.html(lines_html(view, indicator_id))
    if cache.reading(indicator_id, view.territory).figure is not None:
        downloads.chart_menu(
            view,
            f"why_{indicator_id}",
            indicator_id,
            partial(chart_sheet, cache.data(), indicator_id, view.territory),
        )
    report_box.draw(view, view.t.of(view.catalogue.indicator(indicator_id).title))


def cards(view: View, readings: list[Reading], slot: str) -> None:
    """Draw readings as cards that wrap, each with its button."""
    with st.container(horizontal=True, gap="medium", key=f"rv_cards_{slot}"):
        for reading in readings:
            with st.container(
                key=f"rv_card_{slot}_{reading.indicator.id}", width=300, border=True, gap="small"
            ):
                st.html(card(view, reading))
                why_button(view, reading.indicator.id, slot)


def comparison_table(view: View, readings: list[Reading], caption: str) -> str:
    """Return the table twin of a group of readings."""
    t = view.t
    rows = []
    for reading in readings:
        record, figure = reading.indicator, reading.figure
        cells = [t.of(record.title)]
        cells.append(
            wording.reading_text(record, figure, t) if figure and figure.value is not None else ""
        )
        for role in ("city", "region", "province"):
            other = reading.comparators.get(role)
            text = wording.reading_text(record, other, t) if other else ""
            tracts_only = other is not None and role == "province" and other.level == "ct"
            cells.append(f"{text} †" if tracts_only else text)
        cells.append(str(figure.year) if figure else "")
        cells.append(
            ", ".join(wording.flag_text(f, t) for f in figure.flags) or t("fiable")
            if figure
            else ""
        )
        rows.append(cells)
    place = t.of(cache.catalogue().territory(view.territory).title)
    columns = [
        html.TableColumn(t("Indicateur")),
        html.TableColumn(place, number=True),
        html.TableColumn(t("Ville"), number=True),
        html.TableColumn(t("Région métropolitaine"), number=True),
        html.TableColumn(t("Québec († ses régions métropolitaines)"), number=True),
        html.TableColumn(t("Année"), number=True),
        html.TableColumn(t("Qualité")),
    ]
    return html.table_twin(caption, columns, rows, empty="—")
