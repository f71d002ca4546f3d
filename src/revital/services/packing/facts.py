"""Dated facts with their source: the high-confidence ones, and those that wait for a check."""

from __future__ import annotations

import re

import pandas as pd

from revital.errors import CatalogueError
from revital.i18n.mark import N_
from revital.services.packing.curated import (
    WrittenFact,
    fact_id,
    read_fact_words,
    read_list,
)
from revital.services.packing.recipe import Made, Task
from revital.sources.readers.text import to_numbers

_STATUS = {"high": "confirmed", "medium": "to_verify"}
COLUMNS = (
    "fact_id", "place", "territory", "topic", "topic_fr", "topic_en", "scope", "date_text",
    "date_text_en", "sort_date", "value", "unit", "unit_en", "statement_fr", "statement_en",
    "source_label", "source_url", "source_reference", "status",
)  # fmt: skip


def sort_date(date: str) -> str | None:
    """
    Return the first day of the date said, or None when the date is not known.

    Examples
    --------
    >>> sort_date("2018-Q2"), sort_date("2021-07"), sort_date("undated")
    ('2018-04-01', '2021-07-01', None)
    """
    quarter = re.fullmatch(r"(\d{4})-Q([1-4])", date)
    if quarter:
        return f"{quarter[1]}-{3 * int(quarter[2]) - 2:02d}-01"
    plain = re.fullmatch(r"(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?", date)
    return f"{plain[1]}-{plain[2] or '01'}-{plain[3] or '01'}" if plain else None


def _whole_address(source: str) -> str | None:
    """
    Return the first complete web address of a source.

    None where the address was shortened, where one page among several holds the value (naming
    one would be a guess), and where it is that of a carrier, not of the publisher.
    """
    found = re.match(r"https?://[^\s;]+", source)
    doubtful = "…" in source.split(" ; ")[0] or " or " in source
    if not found or doubtful or "github.com" in found.group():
        return None
    return found.group()


def _reference(source: str) -> str | None:
    """Return the words by which a page without a whole address can be found again."""
    if _whole_address(source) or "github.com" in source:
        return None
    return source.removeprefix("one of: ")


def _require(file: str, what: str, key: str, known: object) -> None:
    if key not in known:  # type: ignore[operator]
        raise CatalogueError(
            "Le fichier « {file} » n'a pas d'entrée « {what} » pour « {key} ». "
            "Ajoutez-la, puis lancez « revital build ».",
            file=file,
            what=what,
            key=key[:80],
        )


def _from_input(task: Task) -> tuple[list[dict[str, object]], int, int]:
    table = task.table("facts")
    file = task.record("words")
    words = read_fact_words(file)
    topics = {t.row: t for t in words.topics}
    records = {f.fact_id: f for f in words.facts}
    table["number"] = to_numbers(
        table["value"].str.removeprefix("+").rename("value"), task.file("facts")
    )
    kept = table[table["confidence"].isin(list(_STATUS))]
    cells = kept.astype(object).where(kept.notna(), None).to_dict("records")
    rows: list[dict[str, object]] = []
    for row in cells:
        text = {k: "" if v is None else str(v) for k, v in row.items()}
        key = fact_id(
            text["topic"], text["date"], text["value"], text["unit"], text["statement_fr"]
        )
        _require(file, "topics", text["topic"], topics)
        _require(file, "facts", key, records)
        _require(file, "sources", text["source_url"], words.sources)
        topic, record = topics[text["topic"]], records[key]
        if text["unit"]:
            _require(file, "units", text["unit"], words.units)
        unit = words.units.get(text["unit"])
        date = words.dates.get(text["date"])
        rows.append(
            {
                "fact_id": key,
                "place": task.option("place"),
                "territory": record.territory,
                "topic": topic.id,
                "topic_fr": topic.title.fr,
                "topic_en": topic.title.en,
                "scope": record.scope or topic.scope,
                "date_text": date.fr if date else text["date"],
                "date_text_en": date.en if date else text["date"],
                "sort_date": sort_date(text["date"]),
                "value": row["number"],
                "unit": unit.fr if unit else None,
                "unit_en": unit.en if unit else None,
                "statement_fr": record.statement_fr or text["statement_fr"],
                "statement_en": record.statement_en,
                "source_label": words.sources[text["source_url"]],
                "source_url": _whole_address(text["source_url"]),
                "source_reference": _reference(text["source_url"]),
                "status": _STATUS[text["confidence"]],
            }
        )
    return rows, len(table), len(table) - len(kept)


def _written(file: str) -> list[dict[str, object]]:
    return [
        {
            "fact_id": f.fact_id,
            "place": f.place,
            "territory": f.territory,
            "topic": f.topic,
            "topic_fr": f.topic_title.fr,
            "topic_en": f.topic_title.en,
            "scope": f.scope,
            "date_text": f.date_text.fr,
            "date_text_en": f.date_text.en,
            "sort_date": f.sort_date,
            "value": f.value,
            "unit": f.unit.fr if f.unit else None,
            "unit_en": f.unit.en if f.unit else None,
            "statement_fr": f.statement.fr,
            "statement_en": f.statement.en,
            "source_label": f.source_label,
            "source_url": f.source_url,
            "source_reference": None,
            "status": f.status,
        }
        for f in read_list(file, WrittenFact)
    ]


def facts(task: Task) -> Made:
    """Return the facts of both cities; those of low confidence stay out."""
    rows, rows_in, low = _from_input(task)
    written = _written(task.record("written"))
    frame = pd.DataFrame([*rows, *written], columns=list(COLUMNS))
    frame["value"] = pd.to_numeric(frame["value"]).astype("float64")
    frame = frame.sort_values(["place", "topic", "sort_date", "fact_id"], ignore_index=True)
    dropped = {N_("confiance basse : adresse non conservée ou propos rapporté"): low}
    return Made(frame, rows_in=rows_in + len(written), dropped=dropped)
