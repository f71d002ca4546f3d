"""The page Comparer: places or years side by side, on one scale."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from revital.charts import theme, trend
from revital.domain.uncertainty import Verdict
from revital.i18n import Translator
from revital.services import wording
from revital.services.compare import DIFFERENT_SOURCE, MOST_PLACES, Compared, Series
from revital.services.figures import Figure
from revital.ui import cache, html, panels
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
    panels.sentence(_sentence(t, names, found))
    st.html(_key(names))
    for part in view.catalogue.themes:
        rows = [c for c in found if c.indicator.theme == part.id]
        if not rows:
            continue
        panels.section(t.of(part.title), t.of(part.question), part.icon)
        st.html("".join(_row(t, names, row) for row in rows))
        with st.expander(t("Voir ces chiffres en tableau")):
            st.html(_table(t, t.of(part.title), names, rows))


def _sentence(t: Translator, names: Sequence[str], found: Sequence[Compared]) -> str:
    clear = sum(
        any(v in (Verdict.HIGHER, Verdict.LOWER) for v in row.verdicts[1:]) for row in found
    )
    blurred = sum(all(v is Verdict.NO_CLEAR_CHANGE for v in row.verdicts[1:]) for row in found)
    return t(
        "{first} face à {others} : un écart net sur {clear} indicateurs, aucun écart net sur "
        "{blurred}.",
        first=names[0],
        others=t.list(list(names[1:])),
        clear=t.number(clear),
        blurred=t.number(blurred),
    )


def _key(names: Sequence[str]) -> str:
    items = "".join(
        f'<li><span class="rv-mark {mark}"></span>{escape(name)}</li>'
        for mark, name in zip(MARKS, names, strict=False)
    )
    return f'<ul class="rv-key">{items}</ul>'


def _row(t: Translator, names: Sequence[str], row: Compared) -> str:
    record = row.indicator
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
    words = " · ".join(
        f"{name} {_value(t, row, figure)}" for name, figure in zip(names, row.figures, strict=True)
    )
    verdict = _verdict_text(t, row)
    note = f'<p class="rv-fig-note">{escape(verdict)}</p>' if verdict else ""
    return (
        f'<div class="rv-compare"><p class="rv-fig-label">{escape(t.of(record.title))}</p>'
        f'<div class="rv-strip" aria-hidden="true">{"".join(marks)}</div>'
        f'<p class="rv-compare-words">{escape(words)}</p>{note}</div>'
    )


def _value(t: Translator, row: Compared, figure: Figure | None) -> str:
    if figure is None or figure.value is None:
        return t("aucune donnée")
    text = wording.figure_text(row.indicator, figure.value, t)
    return t("au plus {value}", value=text) if figure.incomplete else text


def _verdict_text(t: Translator, row: Compared) -> str:
    others = row.verdicts[1:]
    if all(v is Verdict.UNKNOWN for v in others):
        return ""
    if all(v is Verdict.NO_CLEAR_CHANGE for v in others):
        return t("Pas d'écart net.")
    return t("Écart net, au-delà des marges.")


def _table(t: Translator, caption: str, names: Sequence[str], rows: Sequence[Compared]) -> str:
    columns = [html.TableColumn(t("Indicateur"))]
    columns += [html.TableColumn(name, number=True) for name in names]
    columns += [html.TableColumn(t("Marges")), html.TableColumn(t("Année"), number=True)]
    return html.table_twin(
        caption,
        columns,
        [
            (
                t.of(row.indicator.title),
                *("" if f is None or f.value is None else _value(t, row, f) for f in row.figures),
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
    finding = _finding(t, item)
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


def _finding(t: Translator, item: Series) -> str:
    parts = []
    for step in item.steps:
        dates = {"first": str(int(step.before.date)), "last": str(int(step.after.date))}
        if step.break_reason:
            parts.append(t("De {first} à {last} : {why}.", why=t.of(DIFFERENT_SOURCE), **dates))
        elif step.change.is_clear:
            share = step.change.difference / step.before.value if step.before.value else 0.0
            sign = "+" if share > 0 else "\u2212"
            parts.append(
                t(
                    "De {first} à {last} : {change}.",
                    change=sign + t.percent(abs(share), 1),
                    **dates,
                )
            )
        elif step.change.verdict is Verdict.NO_CLEAR_CHANGE:
            parts.append(t("De {first} à {last} : pas de changement net.", **dates))
        else:
            parts.append(
                t(
                    "De {first} à {last} : nous ne savons pas dire si le changement est net.",
                    **dates,
                )
            )
    return " ".join(parts)
