"""The page Comparer: places or years side by side, on one scale."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from html import escape

import streamlit as st

from revital.charts import theme, trend
from revital.i18n import Translator
from revital.services import compare_words, comparison_charts, wording
from revital.services.compare import MOST_PLACES, Compared, Series
from revital.ui import cache, downloads, html, panels
from revital.ui.state import View

#: One shape and colour per place, told apart in greyscale too.
MARKS = ("rv-place-a", "rv-place-b", "rv-place-c", "rv-place-d")


def page(view: View) -> None:
    """Draw the page."""
    t = view.t
    parts = {"lieux": t("Des lieux"), "annees": t("Des années")}
    chosen = view.choice(
        "mode",
        list(parts),
        "lieux",
        label=t("Comparer"),
        format=lambda code: parts[code],
        widget=st.segmented_control,
        required=True,
    )
    if chosen == "annees":
        _years(view)
    else:
        _places(view)


def _places(view: View) -> None:
    t = view.t
    known = view.catalogue.territories
    record = known[view.territory]
    default = [view.territory]
    default += [known[c].id for c in record.comparators.values() if c in known][:1]
    asked = view.choices(
        "lieux",
        list(known),
        default,
        label=t("De 2 à {n} lieux", n=t.number(MOST_PLACES)),
        format=lambda id_: t.of(known[id_].title),
        max_selections=MOST_PLACES,
    )
    if len(asked) < 2:
        panels.callout(t("Choisissez au moins deux lieux."), title=t("Rien à comparer encore"))
        return
    found = cache.compared(tuple(asked))
    names = [t.of(known[id_].title) for id_ in asked]
    panels.sentence(compare_words.places_sentence(t, names, found))
    st.html(_key(names))
    for part in view.catalogue.themes:
        rows = [c for c in found if c.indicator.theme == part.id]
        if not rows:
            continue
        panels.section(t.of(part.title), t.of(part.question), part.icon)
        st.html("".join(_row(t, names, row) for row in rows))
        with st.expander(t("Voir ces chiffres en tableau")):
            st.html(_table(t, t.of(part.title), names, rows))
        downloads.chart_menu(
            view,
            f"comparer_{part.id}",
            f"comparer-{part.id}",
            partial(comparison_charts.compare_sheet, cache.data(), tuple(asked), theme_id=part.id),
        )


def _key(names: Sequence[str]) -> str:
    items = "".join(
        f'<li><span class="rv-mark {mark}"></span>{escape(name)}</li>'
        for mark, name in zip(MARKS, names, strict=False)
    )
    return f'<ul class="rv-key">{items}</ul>'


def _strip(row: Compared) -> str:
    """Return the places on one axis; nothing for counts of places of unlike size."""
    record = row.indicator
    if record.kind == "count":
        return ""
    values = [f.value for f in row.figures if f is not None and f.value is not None]
    ends = [e for f in row.figures if f is not None and f.interval for e in f.interval]
    low, high = min([*values, *ends]), max([*values, *ends])
    if record.kind != "index" and record.palette != "change":
        low = min(low, 0.0)
    span = (high - low) or 1.0
    marks = []
    for mark, figure in zip(MARKS, row.figures, strict=False):
        if figure is None or figure.value is None:
            continue
        if figure.interval:
            left = 100 * (figure.interval[0] - low) / span
            width = 100 * (figure.interval[1] - figure.interval[0]) / span
            marks.append(
                f'<span class="rv-range" style="left:{left:.1f}%;width:{width:.1f}%"></span>'
            )
        marks.append(
            f'<span class="rv-mark {mark}" '
            f'style="left:{100 * (figure.value - low) / span:.1f}%"></span>'
        )
    return f'<div class="rv-strip" aria-hidden="true">{"".join(marks)}</div>'


def _row(t: Translator, names: Sequence[str], row: Compared) -> str:
    words = " · ".join(
        f"{name} {compare_words.value_text(t, row, figure)}"
        for name, figure in zip(names, row.figures, strict=True)
    )
    verdict = compare_words.verdict_text(t, row)
    note = f'<p class="rv-fig-note">{escape(verdict)}</p>' if verdict else ""
    return (
        '<div class="rv-compare">'
        f'<p class="rv-fig-label">{escape(wording.title_text(row.indicator, t))}</p>{_strip(row)}'
        f'<p class="rv-compare-words">{escape(words)}</p>{note}</div>'
    )


def _table(t: Translator, caption: str, names: Sequence[str], rows: Sequence[Compared]) -> str:
    columns = [html.TableColumn(t("Indicateur"))]
    columns += [html.TableColumn(name, number=True) for name in names]
    columns += [html.TableColumn(t("Marges")), html.TableColumn(t("Année"), number=True)]
    return html.table_twin(
        caption,
        columns,
        [
            (
                wording.title_text(row.indicator, t),
                *(
                    "" if f is None or f.value is None else compare_words.value_text(t, row, f)
                    for f in row.figures
                ),
                " ; ".join(
                    wording.interval_text(row.indicator, f, t)
                    for f in row.figures
                    if f is not None and f.interval
                ),
                t.list(sorted({str(f.year) for f in row.figures if f is not None})),
            )
            for row in rows
        ],
        empty=t("aucune donnée"),
    )


def _years(view: View) -> None:
    t = view.t
    found = cache.series(view.territory, view.lang)
    if not found:
        panels.empty_state(
            t,
            what=t("Aucune série pour ce lieu"),
            why=t("Il faut au moins deux dates comparables pour dessiner une évolution."),
            who=t.of(view.catalogue.territory(view.territory).contact)
            or t("Statistique Canada (recensements précédents)."),
        )
        return
    panels.sentence(
        t.plural(
            "{n} indicateur a au moins deux dates.",
            "{n} indicateurs ont au moins deux dates.",
            len(found),
        )
    )
    for item in found:
        _series(view, item)


def _series(view: View, item: Series) -> None:
    t = view.t
    record = item.indicator
    finding = compare_words.series_sentence(t, item)
    panels.section(t.of(record.title), finding)
    points = [
        trend.TrendPoint(
            v.date, v.value, wording.figure_text(record, v.value, t), v.source, v.comparable
        )
        for v in item.values
    ]
    st.plotly_chart(
        trend.draw(
            points,
            title="",
            unit=t.of(record.unit),
            lang=view.lang,
            year_title=t("Année"),
        ),
        config=theme.figure_config(view.lang),
        key=f"rv_series_{record.id}",
        alt=f"{t.of(record.title)}. {finding}",
    )
    downloads.chart_menu(
        view,
        f"serie_{record.id}",
        f"serie-{record.id}",
        partial(comparison_charts.series_sheet, cache.data(), view.territory, record.id),
    )
    st.html(
        html.table_twin(
            t.of(record.title),
            [
                html.TableColumn(t("Année"), number=True),
                html.TableColumn(t("Valeur"), number=True),
                html.TableColumn(t("Source")),
            ],
            [(str(p.date), p.words, p.source) for p in points],
            empty="—",
        )
    )
