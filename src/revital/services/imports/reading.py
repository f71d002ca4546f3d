"""Reads a user's table and says, row by row, what can be kept and what cannot."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd

from revital.errors import SourceError, UserError
from revital.services.data import Data
from revital.services.imports.kinds import Kind, category_id
from revital.sources.base import Reject

#: Larger tables are refused: an import is a community's own data, not a country's.
MOST_ROWS = 200_000
MOST_BYTES = 50 * 1024 * 1024
#: Why a row cannot be kept, by its position: French sentence and values of its blanks.
Faults = dict[int, tuple[str, dict[str, object]]]


@dataclass(frozen=True)
class Context:
    """
    Where an import belongs.

    Attributes
    ----------
    data : Data
    territory : str
        Its place is where points must lie; its own units are what surveys and incidents speak for.
    """

    data: Data
    territory: str


@dataclass(frozen=True)
class Preview:
    """
    An import before it is kept.

    Attributes
    ----------
    kind : str
    frame : DataFrame
        What would be kept, under our names.
    rejects : tuple of Reject
        Rows that cannot be kept; the row is that of the file, its header being row 1.
    rows_in : int
    mapping : dict of field to heading
    left_out : tuple of str
        Headings of no use.
    """

    kind: str
    frame: pd.DataFrame
    rejects: tuple[Reject, ...]
    rows_in: int
    mapping: dict[str, str]
    left_out: tuple[str, ...] = ()


def read_table(content: bytes, name: str) -> pd.DataFrame:
    """
    Read a CSV (comma, semicolon or tab; UTF-8 or Windows-1252) or the first sheet of a workbook.

    Returns
    -------
    DataFrame of str
        Cells stripped; an empty one is "". Wholly empty rows are dropped.

    Raises
    ------
    SourceError
        When it is none of these, is too large or has no row.
    """
    if len(content) > MOST_BYTES:
        raise SourceError(
            "« {file} » est trop gros ({size} Mo ; limite : {limit} Mo).",
            file=name,
            size=len(content) // 1_000_000,
            limit=MOST_BYTES // 1_000_000,
        )
    is_book = content.startswith(b"PK\x03\x04")
    rows = _book_rows(content, name) if is_book else _text_rows(content, name)
    rows = [[str(c).strip() for c in row] for row in rows if any(str(c).strip() for c in row)]
    if len(rows) < 2:
        raise SourceError("« {file} » n'a aucune ligne sous ses en-têtes.", file=name)
    if len(rows) > MOST_ROWS:
        raise SourceError("« {file} » a plus de {limit} lignes.", file=name, limit=MOST_ROWS)
    header = rows[0]
    twice = [h for i, h in enumerate(header) if h and h in header[:i]]
    if twice:
        raise SourceError(
            "« {file} » a deux colonnes nommées « {column} ». Renommez-en une.",
            file=name,
            column=twice[0],
        )
    header = [h or f"({i + 1})" for i, h in enumerate(header)]
    width = len(header)
    body = [(row + [""] * width)[:width] for row in rows[1:]]
    return pd.DataFrame(body, columns=header, dtype=str)


def _text_rows(content: bytes, name: str) -> list[list[str]]:
    if b"\x00" in content[:4096]:
        raise SourceError(
            "« {file} » n'est ni un CSV ni un classeur .xlsx. Enregistrez-le « CSV UTF-8 ».",
            file=name,
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
    first = text.partition("\n")[0]
    sep = max((",", ";", "\t"), key=first.count)
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=sep))
    except csv.Error as error:
        raise SourceError(
            "« {file} » n'est pas un CSV lisible ({why}).", file=name, why=str(error)
        ) from error


def _book_rows(content: bytes, name: str) -> list[list[str]]:
    try:
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        sheet = book.worksheets[0]
        rows = [
            ["" if c is None else c.date().isoformat() if hasattr(c, "date") else c for c in row]
            for row in sheet.iter_rows(values_only=True, max_row=MOST_ROWS + 2)
        ]
        book.close()
    except (zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
        raise SourceError(
            "« {file} » n'est ni un CSV ni un classeur .xlsx. Enregistrez-le « CSV UTF-8 ».",
            file=name,
        ) from error
    return [[str(c) for c in row] for row in rows]


def number(text: str) -> float:
    """
    Return a number written with a point or a comma; missing when it is not one.

    Examples
    --------
    >>> number("-72,546"), number("1 234"), number("x")
    (-72.546, 1234.0, nan)
    """
    bare = text.replace("\u00a0", "").replace("\u202f", "").replace(" ", "").replace(",", ".")
    # A number copied from a page has a true minus.
    bare = bare.replace("\u2212", "-")
    try:
        value = float(bare)
    except ValueError:
        return float("nan")
    return value if np.isfinite(value) else float("nan")


def choose(table: pd.DataFrame, mapping: Mapping[str, str]) -> dict[str, str]:
    """Return the mapping without its empty entries (`UserError` on an unknown heading)."""
    chosen = {k: v for k, v in mapping.items() if v}
    for name, heading in chosen.items():
        if heading not in table.columns:
            raise UserError(
                "La colonne « {column} » (pour « {field} ») n'est pas dans le fichier. Colonnes : "
                "{known}.",
                column=heading,
                field=name,
                known=", ".join(map(str, table.columns[:20])),
            )
    return chosen


def cells_of(what: Kind, table: pd.DataFrame, chosen: Mapping[str, str]) -> pd.DataFrame:
    """
    Return the cells of a table under our names, "" where it has no such column.

    Raises
    ------
    UserError
        When a required field has no column.
    """
    for item in what.fields:
        if item.required and item.name not in chosen:
            raise UserError(
                "Aucune colonne du fichier ne correspond à « {field} ». Dites laquelle "
                "(« --map {name}=COLONNE »). Colonnes : {known}.",
                field=item.title.fr,
                name=item.name,
                known=", ".join(map(str, table.columns[:20])),
            )
    return pd.DataFrame(
        {f.name: table[chosen[f.name]] if f.name in chosen else "" for f in what.fields},
        index=table.index,
    )


def located(
    what: Kind, table: pd.DataFrame, mapping: Mapping[str, str], context: Context
) -> Preview:
    """
    Return what an import of points or values would keep, and why each other row would not be.

    Parameters
    ----------
    what : Kind
    table : DataFrame of str
    mapping : field to heading
    context : Context

    Raises
    ------
    UserError
        When a required field has no column, or a heading is not in the table.
    """
    chosen = choose(table, mapping)
    cells = cells_of(what, table, chosen)
    frame, faults = (_points if what.id == "points" else _values)(cells, context)
    return made(what, table, chosen, frame, faults, cells)


def made(
    what: Kind,
    table: pd.DataFrame,
    chosen: dict[str, str],
    frame: pd.DataFrame,
    faults: Faults,
    cells: pd.DataFrame,
) -> Preview:
    """Return a preview from the rows kept and the faults of the others."""
    rejects = [
        Reject(what.id, row + 2, str(cells.iat[row, 0])[:60], message, params)
        for row, (message, params) in sorted(faults.items())
    ]
    used = set(chosen.values())
    return Preview(
        kind=what.id,
        frame=frame,
        rejects=tuple(rejects),
        rows_in=len(table),
        mapping=chosen,
        left_out=tuple(c for c in table.columns if c not in used),
    )


def _required(cells: pd.DataFrame, columns: Sequence[str], faults: Faults) -> None:
    for name in columns:
        for row in cells.index[cells[name] == ""]:
            faults.setdefault(int(row), ("« {column} » est vide.", {"column": name}))


def coordinates(cells: pd.DataFrame, context: Context, faults: Faults) -> pd.DataFrame:
    """Check that each row lies in the territory's place."""
    spots = pd.DataFrame({n: cells[n].map(number) for n in ("lon", "lat")})
    place = context.data.catalogue.place(context.data.catalogue.territory(context.territory).place)
    west, south, east, north = place.bounds or (-180.0, -90.0, 180.0, 90.0)
    for row, lon, lat in zip(spots.index, spots["lon"], spots["lat"], strict=True):
        if np.isnan(lon) or np.isnan(lat):
            faults.setdefault(int(row), ("Sans coordonnées lisibles.", {}))
        elif not (west <= lon <= east and south <= lat <= north):
            swapped = west <= lat <= east and south <= lon <= north
            where: dict[str, object] = {"lon": float(lon), "lat": float(lat)}
            if swapped:
                why = "Longitude et latitude semblent inversées ({lon}, {lat})."
            else:
                why, where = "Hors de {place} ({lon}, {lat}).", where | {"place": place.title.fr}
            faults.setdefault(int(row), (why, where))
    return spots


def day(text: str) -> str | None:
    """Return a date as ISO 8601 (a year, a month or a day); None when it is not one."""
    bare = text.strip().replace("/", "-").split("T")[0].split(" ")[0]
    for pattern in (r"\d{4}", r"\d{4}-(0[1-9]|1[0-2])"):
        if re.fullmatch(pattern, bare):
            return bare
    turned = re.fullmatch(r"(\d{2})-(\d{2})-(\d{4})", bare)
    if turned:
        bare = f"{turned[3]}-{turned[2]}-{turned[1]}"
    try:
        return date.fromisoformat(bare).isoformat()
    except ValueError:
        return None


def _points(cells: pd.DataFrame, context: Context) -> tuple[pd.DataFrame, Faults]:
    faults: Faults = {}
    _required(cells, ["name", "category"], faults)
    spots = coordinates(cells, context, faults)
    days = cells["verified_on"].map(lambda text: day(text) if text else "")
    for row in cells.index[days.isna()]:
        faults.setdefault(
            int(row), ("« {value} » n'est pas une date (AAAA-MM-JJ).",
                       {"value": str(cells.at[row, "verified_on"])[:30]})
        )  # fmt: skip
    twice = cells.duplicated(["name", "lon", "lat"])
    for row in cells.index[twice]:
        faults.setdefault(int(row), ("Ce lieu est déjà plus haut dans le fichier.", {}))
    kept = ~cells.index.isin(faults)
    frame = cells[kept].assign(
        lon=spots.loc[kept, "lon"].round(6), lat=spots.loc[kept, "lat"].round(6),
        verified_on=days[kept],
        category=cells.loc[kept, "category"].map(category_id),
    )  # fmt: skip
    text = [c for c in frame.columns if c not in ("lon", "lat")]
    frame[text] = frame[text].mask(frame[text] == "", None)
    return frame.reset_index(drop=True), faults


def _values(cells: pd.DataFrame, context: Context) -> tuple[pd.DataFrame, Faults]:
    faults: Faults = {}
    _required(cells, ["unit_id", "measure", "value"], faults)
    areas = set(context.data.table("geography_da").index)
    tracts = set(context.data.table("geography_ct").index)
    units = cells["unit_id"].str.removesuffix(".0")
    # Spreadsheets drop the zeros of a tract's number (4420003.00 becomes 4420003).
    units = units.where(~units.str.fullmatch(r"\d{7}"), units + ".00")
    level = pd.Series(
        np.where(units.isin(areas), "da", np.where(units.isin(tracts), "ct", "")),
        index=cells.index,
    )
    for row in cells.index[level == ""]:
        faults.setdefault(
            int(row), ("« {value} » n'est ni une aire de diffusion ni un secteur connus.",
                       {"value": str(cells.at[row, "unit_id"])[:30]})
        )  # fmt: skip
    values = cells["value"].map(number)
    for row in cells.index[values.isna()]:
        faults.setdefault(
            int(row), ("« {column} » : « {value} » n'est pas un nombre.",
                       {"column": "value", "value": str(cells.at[row, "value"])[:30]})
        )  # fmt: skip
    twice = pd.DataFrame({"u": units, "m": cells["measure"], "d": cells["date"]}).duplicated()
    for row in cells.index[twice]:
        faults.setdefault(int(row), ("Cette valeur est déjà plus haut dans le fichier.", {}))
    kept = ~cells.index.isin(faults)
    frame = pd.DataFrame(
        {"unit_id": units, "level": level, "measure": cells["measure"], "date": cells["date"],
         "value": values, "unit": cells["unit"]}
    )[kept]  # fmt: skip
    return frame.reset_index(drop=True), faults


def read_file(path: Path) -> pd.DataFrame:
    """Read a table from a file (see `read_table`)."""
    return read_table(path.read_bytes(), path.name)
