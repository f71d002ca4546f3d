"""Options that every command shares, and the three ways to print a result."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
import math
import os
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from enum import Enum
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar

import click
from rich.console import Console
from rich.table import Table

from revital.i18n import LANGUAGES
from revital.services.territories import language_of

F = TypeVar("F", bound=Callable[..., Any])
Row = Mapping[str, Any]


def format_option(function: F) -> F:
    """Add `--format json|csv|table` (`format_`)."""
    return click.option(
        "--format",
        "format_",
        type=click.Choice(["table", "json", "csv"]),
        default="table",
        show_default=True,
        help="Sortie / output.",
    )(function)


def lang_option(function: F) -> F:
    """
    Add `--lang fr|en` (`lang`).

    Without it: `REVITAL_LANG`, else the first language of the territory asked for, else French.
    """
    return click.option(
        "--lang",
        type=click.Choice(list(LANGUAGES)),
        callback=_given_language,
        show_default="REVITAL_LANG, territoire / territory, fr",
        help="Langue / language.",
    )(function)


def _given_language(context: click.Context, _: click.Parameter, value: str | None) -> str:
    # What is written on the line is read before what is left out: the territory is known by now.
    asked = context.params.get("territory")
    return value or default_language(asked if isinstance(asked, str) else "")


def default_language(territory: str = "") -> str:
    """Return the language of a command when none is given."""
    lang = os.environ.get("REVITAL_LANG")
    if lang in LANGUAGES:
        return lang
    return language_of(territory) if territory else LANGUAGES[0]


def current_language(words: Sequence[str]) -> str:
    """Return the language asked for on a command line, whatever else is wrong with it."""
    for i, word in enumerate(words):
        value = words[i + 1] if word == "--lang" and i + 1 < len(words) else None
        if word.startswith("--lang="):
            value = word.partition("=")[2]
        if value in LANGUAGES:
            return value
    after = dict(pairwise(word for part in words for word in part.split("=", 1)))
    return default_language(after.get("--territory", ""))


def plain(value: Any) -> Any:
    """Return a value as JSON can hold it: missing numbers become null, records become objects."""
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, Path):
        return str(value)
    if hasattr(value, "model_dump"):
        return plain(value.model_dump(mode="json"))
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(v) for v in value]
    if hasattr(value, "item"):
        return plain(value.item())
    return str(value)


def emit_json(value: Any) -> None:
    """Print a value as JSON."""
    click.echo(json.dumps(plain(value), ensure_ascii=False, indent=2))


def emit_rows(
    rows: Sequence[Row], format_: str, *, columns: Mapping[str, str], payload: Any = None
) -> None:
    """
    Print rows as JSON, CSV or a table.

    Parameters
    ----------
    rows : sequence of mapping
    format_ : {"json", "csv", "table"}
    columns : mapping of key to heading
        The columns of the CSV and of the table, in order.
    payload : any, optional
        What the JSON holds, when it says more than the rows.
    """
    if format_ == "json":
        emit_json(rows if payload is None else payload)
        return
    if format_ == "csv":
        buffer = io.StringIO()
        writer = csv.writer(buffer, lineterminator="\n")
        writer.writerow(columns.values())
        for row in rows:
            writer.writerow(["" if row.get(k) is None else plain(row[k]) for k in columns])
        click.echo(buffer.getvalue(), nl=False)
        return
    table = Table(show_edge=False, pad_edge=False)
    for heading in columns.values():
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(*("" if row.get(k) is None else str(plain(row[k])) for k in columns))
    # Outside a terminal the width is free: nothing is cut in a file or a pipe.
    console = Console() if os.isatty(1) else Console(width=240)
    console.print(table)
