"""Spreadsheets into rows: CSV of any usual flavour, XLSX; every cell read or its fault noted."""

from __future__ import annotations

import csv
import io
import zipfile
from dataclasses import dataclass, field
from typing import Any

from revital.errors import UserError, ValuesError
from revital.i18n import Translator, translator
from revital.i18n.mark import N_
from revital.services.plan_columns import ACTIONS, PARTS, Column, headings, plain_key, read_cell

MOST_BYTES = 10 * 2**20
MOST_ROWS = 20_000


@dataclass(frozen=True)
class RowError:
    """What is wrong with a row: where, and the sentence that says it."""

    sheet: str
    row: int
    column: str
    error: UserError

    def sentence(self, t: Translator) -> str:
        """Return the sentence in the language, with where it is."""
        where = f"{t(self.sheet)} " if self.sheet else ""
        column = f", {t(self.column)}" if self.column else ""
        return t(
            "{where}ligne {row}{column} : {why}",
            where=where,
            row=self.row,
            column=column,
            why=t.error(self.error),
        )


@dataclass
class Row:
    """A row of a sheet: its number there, and its cells by field."""

    sheet: str
    number: int
    cells: dict[str, Any]


@dataclass
class Book:
    """What a file holds: rows of actions, lines of actions by list, faults."""

    actions: list[Row] = field(default_factory=list)
    parts: dict[str, list[Row]] = field(default_factory=dict)
    errors: list[RowError] = field(default_factory=list)


def read_file(content: bytes, name: str) -> Book:
    """
    Return the rows of a spreadsheet, with the faults of its cells.

    Raises
    ------
    ValuesError
        When the file as a whole cannot be read.
    """
    if len(content) > MOST_BYTES:
        raise ValuesError(
            "Le fichier « {name} » est trop gros ({size} Mo ; {most} Mo au plus).",
            name=name,
            size=len(content) // 2**20,
            most=MOST_BYTES // 2**20,
        )
    if not content.strip():
        raise ValuesError("Le fichier « {name} » est vide.", name=name)
    if content.startswith(b"PK"):
        return _read_xlsx(content, name)
    if name.lower().endswith((".xlsx", ".xls", ".ods")) or b"\x00" in content:
        raise ValuesError(
            "Le fichier « {name} » n'est pas un classeur XLSX lisible. Enregistrez-le en .xlsx ou "
            "en CSV.",
            name=name,
        )
    return _read_csv(content, name)


def _read_csv(content: bytes, name: str) -> Book:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        # Excel in French still saves CSV in the Windows encoding.
        text = content.decode("cp1252", errors="replace")
        if "\ufffd" in text:
            raise ValuesError(
                "Le fichier « {name} » n'est ni en UTF-8 ni en Windows-1252. Enregistrez-le en "
                "« CSV UTF-8 ».",
                name=name,
            ) from None
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    book = Book()
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        rows = [(reader.line_num, row) for row in reader]
    except csv.Error as error:
        raise ValuesError(
            "Le fichier « {name} » n'est pas un CSV lisible : {why}. Vérifiez les guillemets.",
            name=name,
            why=str(error),
        ) from error
    numbered = [(n, list(row)) for n, (_, row) in enumerate(rows, 1)]
    book.actions = _table("", numbered, ACTIONS, book.errors, name)
    return book


def _read_xlsx(content: bytes, name: str) -> Book:
    # Imported where a workbook is read: no page needs it to open.
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    book = Book()
    try:
        workbook = load_workbook(io.BytesIO(content), data_only=True, read_only=True)
        sheets = {
            plain_key(sheet.title): [
                (n, list(row)) for n, row in enumerate(sheet.iter_rows(values_only=True), 1)
            ]
            for sheet in workbook.worksheets
        }
        workbook.close()
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, TypeError) as error:
        raise ValuesError(
            "Le fichier « {name} » n'est pas un classeur XLSX lisible. Enregistrez-le en .xlsx ou "
            "en CSV.",
            name=name,
        ) from error
    rows = sheets.get("actions")
    if rows is None:
        raise ValuesError("Le classeur « {name} » n'a pas de feuille « Actions ».", name=name)
    book.actions = _table(N_("Actions"), rows, ACTIONS, book.errors, name)
    for part in PARTS:
        for title in (part.title, translator("en")(part.title), part.field):
            if plain_key(title) in sheets:
                book.parts[part.field] = _table(
                    part.title, sheets[plain_key(title)], part.columns, book.errors, name
                )
                break
    return book


def _table(
    sheet: str,
    rows: list[tuple[int, list[Any]]],
    columns: tuple[Column, ...],
    errors: list[RowError],
    name: str,
) -> list[Row]:
    """Return the rows with their cells read, noting what cannot be."""
    filled = [(n, row) for n, row in rows if any(not _empty(c) for c in row)]
    if not filled:
        raise ValuesError("Le fichier « {name} » est vide.", name=name)
    if len(filled) > MOST_ROWS:
        raise ValuesError(
            "Le fichier « {name} » a trop de lignes ({n} ; {most} au plus).",
            name=name,
            n=len(filled),
            most=MOST_ROWS,
        )
    _, head = filled[0]
    known = headings(columns)
    chosen: dict[int, Column] = {}
    for at, cell in enumerate(head):
        if _empty(cell):
            continue
        column = known.get(plain_key(str(cell)))
        if column is None:
            raise ValuesError(
                "La colonne « {column} » est inconnue. Partez d'un fichier exporté, ou retirez-la.",
                column=str(cell)[:60],
            )
        if column in chosen.values():
            raise ValuesError("La colonne « {column} » paraît deux fois.", column=str(cell)[:60])
        chosen[at] = column
    found = []
    for number, row in filled[1:]:
        cells: dict[str, Any] = {}
        fine = True
        for at, column in chosen.items():
            try:
                cells[column.field] = read_cell(column.kind, row[at] if at < len(row) else None)
            except ValuesError as error:
                errors.append(RowError(sheet, number, column.title, error))
                fine = False
        extra = [c for c in row[len(head) :] if not _empty(c)]
        if extra:
            errors.append(
                RowError(
                    sheet,
                    number,
                    "",
                    ValuesError(
                        "Cette ligne a plus de cellules que l'en-tête ({cell}…). Une virgule sans "
                        "guillemets ?",
                        cell=str(extra[0])[:30],
                    ),
                )
            )
            fine = False
        if fine:
            found.append(Row(sheet, number, cells))
        else:
            # Kept for its identifier, so that its lines are not called orphans.
            kept = {k: cells.get(k, "") for k in ("id", "action")}
            found.append(Row(sheet, number, kept))
    return found


def _empty(cell: Any) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())
