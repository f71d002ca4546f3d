"""The portrait of a territory on one printed sheet."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

from revital.charts import theme
from revital.i18n import Translator
from revital.reports import pictures, typesetting
from revital.services.map_sheet import MapSheet
from revital.services.portrait_sheet import PortraitSheet, SheetRow, SheetTheme
from revital.services.stamps import Stamp

#: Size of the map in points: what the sheet has room for.
MAP_SIZE = (250.0, 178.0)
#: Rows that one page has room for in readable type.
MOST_ROWS = 46
#: Rows of a theme that may stand alone at the end or the start of a column.
LEAST_CONTINUED = 2
#: Letters of a title, and of a value, that stand on one line of a half page.
WIDE_TITLE = 40
WIDE_VALUE = 10


def portrait_pdf(sheet: PortraitSheet, t: Translator) -> bytes:
    """
    Return the portrait as a tagged PDF (PDF/UA-1), Letter, one page.

    Parameters
    ----------
    sheet : PortraitSheet
        In the language of `t`.
    t : Translator
    """
    return typesetting.pdf("portrait.typ", _content(sheet, t), sheet.stamp.day)


def stamp_content(stamp: Stamp, title: str, t: Translator) -> dict[str, Any]:
    """Return what every template needs: language, titles, date, footer."""
    footer = t(
        "revital · {title} · fait le {date} · données, version {version}",
        title=title,
        date=stamp.dated,
        version=stamp.version,
    )
    if stamp.filters:
        footer = f"{footer} · {stamp.filters}"
    return {
        "lang": t.lang,
        "stamp": {"day": {"year": stamp.day.year, "month": stamp.day.month, "day": stamp.day.day}},
        "footer": footer,
        "page_words": [t("page"), t("de")],
    }


def map_content(sheet: MapSheet, t: Translator, size: tuple[float, float]) -> dict[str, Any]:
    """Return a map as templates draw it."""
    colours = pictures.sheet_colours(sheet)
    return {
        "title": t("{title}, par {level}", title=sheet.title, level=sheet.level),
        "svg": pictures.map_svg(sheet, t, *size),
        "alt": sheet.summary,
        "classes": [
            {"colour": colour, "text": text}
            for colour, (text, _) in zip(colours, sheet.classes, strict=False)
        ],
        "hatch": list(theme.NO_DATA),
        "none": sheet.none,
        "credit": " ".join([sheet.direction, *sheet.notes]),
    }


def _content(sheet: PortraitSheet, t: Translator) -> dict[str, Any]:
    themes = shortened([p for p in sheet.themes if p.rows], sheet)
    left_out = sum(len(p.rows) for p in sheet.themes) - sum(len(p.rows) for p in themes)
    unknown = sum(len(p.unknown) for p in sheet.themes)
    legend = [f"{letter} = {words}" for letter, words in sheet.marks]
    if any("†" in r.province for p in themes for r in p.rows):
        legend.append(t("† régions métropolitaines du Québec"))
    made = t(
        "Fait le {date} avec les données de revital, version {version}.",
        date=sheet.stamp.dated,
        version=sheet.stamp.version,
    )
    return {
        **stamp_content(sheet.stamp, sheet.title, t),
        "document_title": t("{kind} : {place}", kind=sheet.kind, place=sheet.title),
        "description": sheet.sentence,
        "kind": sheet.kind,
        "title": sheet.title,
        "sentence": sheet.sentence,
        "declared": sheet.declared,
        "headlines": [asdict(r) for r in sheet.headlines],
        "strengths": list(sheet.strengths),
        "challenges": list(sheet.challenges),
        "more_strengths": _more(sheet.more_strengths, t),
        "more_challenges": _more(sheet.more_challenges, t),
        "halves": [[_theme(p) for p in half] for half in halves(themes, t)],
        "columns": sheet.columns,
        "legend": " · ".join(legend),
        "unknown": " ".join(_left_out(left_out, unknown, t)),
        "sources": " ".join([made, *sheet.sources]),
        "words": {
            "strengths": t("Atouts"),
            "challenges": t("Défis"),
            "nothing": t("Rien ne ressort nettement face à la ville."),
            "figures": t("Les chiffres"),
            "sources": t("Sources"),
        },
        "picture": map_content(sheet.picture, t, MAP_SIZE) if sheet.picture else None,
    }


def _more(n: int, t: Translator) -> str:
    return t.plural("{n} autre", "{n} autres", n) if n else ""


def _theme(theme_: SheetTheme) -> dict[str, Any]:
    return {"title": theme_.title, "rows": [asdict(r) for r in theme_.rows]}


def _left_out(rows: int, unknown: int, t: Translator) -> list[str]:
    out = []
    if rows:
        out.append(
            t.plural(
                "{n} autre chiffre se trouve dans l'application.",
                "{n} autres chiffres se trouvent dans l'application.",
                rows,
            )
        )
    if unknown:
        out.append(
            t.plural(
                "{n} indicateur n'a pas encore de donnée.",
                "{n} indicateurs n'ont pas encore de donnée.",
                unknown,
            )
        )
    return out


def shortened(themes: list[SheetTheme], sheet: PortraitSheet) -> list[SheetTheme]:
    """Keep the rows that one page has room for: headlines, then what has a comparison."""
    rows = [r for p in themes for r in p.rows]
    if len(rows) <= MOST_ROWS:
        return themes
    first = {r.id for r in sheet.headlines}
    ranked = sorted(
        range(len(rows)),
        key=lambda i: (rows[i].id not in first, not rows[i].comparison, i),
    )
    kept = {rows[i].id for i in ranked[:MOST_ROWS]}
    cut = [replace(p, rows=tuple(r for r in p.rows if r.id in kept)) for p in themes]
    return [p for p in cut if p.rows]


def halves(themes: list[SheetTheme], t: Translator) -> tuple[list[SheetTheme], list[SheetTheme]]:
    """Cut themes, in order, in two parts as equal in lines as can be; a theme may be continued."""
    whole = sum(1 + sum(_lines(r) for r in p.rows) for p in themes)
    first: list[SheetTheme] = []
    used = 0
    for at, part in enumerate(themes):
        lines = 1 + sum(_lines(r) for r in part.rows)
        if used + lines < whole / 2:
            first.append(part)
            used += lines
            continue
        room, kept = whole / 2 - used - 1, 0
        while kept < len(part.rows) and sum(_lines(r) for r in part.rows[: kept + 1]) <= room:
            kept += 1
        if kept < LEAST_CONTINUED:
            kept = 0
        elif len(part.rows) - kept < LEAST_CONTINUED:
            kept = len(part.rows)
        if kept:
            first.append(replace(part, rows=part.rows[:kept]))
        rest = part.rows[kept:]
        title = t("{title} (suite)", title=part.title) if kept else part.title
        after = [replace(part, title=title, rows=rest)] if rest else []
        return first, [*after, *themes[at + 1 :]]
    return first, []


def _lines(row: SheetRow) -> int:
    return 2 if len(row.title) > WIDE_TITLE or len(row.value) > WIDE_VALUE else 1
