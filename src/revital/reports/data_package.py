"""
A territory's data as files that other programs open: CSV, Parquet, GeoPackage, spreadsheet.

`datapackage.json` (Frictionless) describes every file, its columns, sources and licences. What
comes under the Open Database License stands in the folder `odbl`, with its own notice.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import math
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from revital.catalogue.models import Source
from revital.services.exports import BOM, neutral
from revital.services.package_tables import Export, Field, Table

ODBL_FOLDER = "odbl"
_MEDIA = {
    "csv": "text/csv",
    "parquet": "application/vnd.apache.parquet",
    "gpkg": "application/geopackage+sqlite3",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def write(export: Export, folder: Path) -> list[Path]:
    """
    Write the data of a territory.

    Parameters
    ----------
    export : Export
    folder : Path
        Made when it is not there; files of the same names are replaced.

    Returns
    -------
    list of Path
        What was written, `datapackage.json` last.
    """
    resources: list[dict[str, Any]] = []
    written: list[Path] = []
    for odbl in (False, True):
        tables = [t for t in export.tables if t.odbl == odbl]
        if not tables:
            continue
        where = folder / ODBL_FOLDER if odbl else folder
        where.mkdir(parents=True, exist_ok=True)
        stem = f"{export.territory.id}{'-odbl' if odbl else ''}"
        for table in tables:
            for suffix, content in (("csv", csv_bytes(table)), ("parquet", _parquet(table))):
                path = where / f"{table.id}.{suffix}"
                path.write_bytes(content)
                written.append(path)
                resources.append(_resource(table, path, folder, suffix))
        book = where / f"{stem}.xlsx"
        book.write_bytes(workbook(export, tables))
        written.append(book)
        resources.append(_whole(stem, tables, book, folder, "xlsx"))
        shapes = [t for t in tables if isinstance(t.frame, gpd.GeoDataFrame)]
        if shapes:
            package = where / f"{stem}.gpkg"
            _geopackage(export, shapes, package)
            written.append(package)
            resources.append(_whole(stem, shapes, package, folder, "gpkg"))
        notice = where / "LICENCES.md"
        notice.write_text(licences(export, tables), encoding="utf-8")
        written.append(notice)
    described = folder / "datapackage.json"
    described.write_text(
        json.dumps(_package(export, resources), ensure_ascii=False, indent=2) + "\n",
        encoding="utf-8",
    )
    return [*written, described]


def heading(field: Field) -> str:
    """Return the head of a column in both languages."""
    if field.title.fr == field.title.en:
        return field.title.fr
    return f"{field.title.fr} / {field.title.en}"


def headings(fields: Sequence[Field]) -> list[str]:
    """Return the heads of a table; two that read alike are told apart by their code."""
    texts = [heading(f) for f in fields]
    return [
        f"{text} [{f.name}]" if texts.count(text) > 1 else text
        for text, f in zip(texts, fields, strict=True)
    ]


def csv_bytes(table: Table) -> bytes:
    """Return a table as CSV: byte-order mark, heads in both languages, no formula."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow([neutral(h) for h in headings(table.fields)])
    for row in _rows(table):
        writer.writerow([_csv_cell(value) for value in row])
    return (BOM + buffer.getvalue()).encode()


def _rows(table: Table) -> list[list[Any]]:
    names = [f.name for f in table.fields]
    frame = pd.DataFrame(table.frame)[names]
    kinds = [f.type for f in table.fields]
    return [
        [_plain(value, kind) for value, kind in zip(row, kinds, strict=True)]
        for row in frame.itertuples(index=False, name=None)
    ]


def _plain(value: Any, kind: str) -> Any:
    """Return a value as Python holds it, None where it is missing."""
    if value is None or value is pd.NA or (isinstance(value, float) and not math.isfinite(value)):
        return None
    if kind == "string":
        return str(value) or None
    if isinstance(value, np.generic):
        value = value.item()
    if kind == "number":
        return round(float(value), 6)
    if kind == "integer":
        return int(value)
    if kind == "boolean":
        return bool(value)
    return str(value)


def _csv_cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return neutral(value)
    return repr(value)


def _parquet(table: Table) -> bytes:
    buffer = io.BytesIO()
    table.frame.to_parquet(buffer, index=False)
    return buffer.getvalue()


def _geopackage(export: Export, tables: Sequence[Table], path: Path) -> None:
    path.unlink(missing_ok=True)
    attribution = " ".join(dict.fromkeys(s.attribution.en for t in tables for s in t.sources))
    for table in tables:
        frame = table.frame
        assert isinstance(frame, gpd.GeoDataFrame)
        frame.to_file(
            path,
            driver="GPKG",
            layer=table.id,
            engine="pyogrio",
            layer_metadata={
                "DESCRIPTION": " ".join(f"{n.fr} / {n.en}" for n in (table.title, *table.notes))
            },
            dataset_metadata={
                "TITLE": f"revital, {export.territory.title.fr}",
                "ATTRIBUTION": attribution,
            },
        )


# --- spreadsheet -------------------------------------------------------------------------------


def workbook(export: Export, tables: Sequence[Table]) -> bytes:
    """Return tables as a spreadsheet that starts with its notes."""
    book = openpyxl.Workbook()
    notes = book.active
    assert notes is not None
    notes.title = "Notes"
    bold, wrapped = Font(bold=True), Alignment(wrap_text=True, vertical="top")
    for row in _notes(export, tables):
        notes.append([_sheet_cell(v) for v in row])
    for cell in notes[1]:
        cell.font = Font(bold=True, size=14)
    for letter, width in (("A", 30), ("B", 70), ("C", 70)):
        notes.column_dimensions[letter].width = width
    for line in notes.iter_rows(min_row=2):
        for cell in line:
            cell.alignment = wrapped
    for table in tables:
        sheet = book.create_sheet(table.id[:31])
        sheet.append([_sheet_cell(h) for h in headings(table.fields)])
        for row in _rows(table):
            sheet.append([_sheet_cell(v) for v in row])
        for at, cell in enumerate(sheet[1], start=1):
            cell.font, cell.alignment = bold, wrapped
            sheet.column_dimensions[get_column_letter(at)].width = 22
        sheet.freeze_panes = "B2"
    day = datetime(export.day.year, export.day.month, export.day.day, tzinfo=UTC)
    book.properties.created = book.properties.modified = day.replace(tzinfo=None)
    book.properties.creator = "revital"
    book.properties.title = f"revital, {export.territory.title.fr}"
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _sheet_cell(value: Any) -> Any:
    if isinstance(value, str):
        return neutral(ILLEGAL_CHARACTERS_RE.sub("", value))
    return value


def _notes(export: Export, tables: Sequence[Table]) -> list[list[str]]:
    place = export.territory
    out = [
        ["revital", place.title.fr, place.title.en],
        ["Données / Data", f"version {export.version}", export.day.isoformat()],
        [
            "Lecture / Reading",
            "Les parts vont de 0 à 1. Une cellule vide : aucune donnée, jamais zéro.",
            "Shares run from 0 to 1. An empty cell: no data, never zero.",
        ],
    ]
    if place.declared:
        out.append(["Limites / Limits", place.declared.fr, place.declared.en])
    for table in tables:
        out.append([table.id, table.title.fr, table.title.en])
        out += [["", n.fr, n.en] for n in table.notes]
    for source in _distinct(tables):
        out.append([f"Source : {source.id}", source.attribution.fr, source.attribution.en])
        out.append(["", source.licence.both, source.licence.url or ""])
    for table in tables:
        out += [[f"{table.id}.{f.name}", heading(f), f.unit] for f in table.fields if f.unit]
    return out


def _distinct(tables: Sequence[Table]) -> list[Source]:
    return list({s.id: s for t in tables for s in t.sources}.values())


# --- words -------------------------------------------------------------------------------------


def licences(export: Export, tables: Sequence[Table]) -> str:
    """Return the notice of some tables: sources, licences, attributions, in both languages."""
    place = export.territory
    lines = [
        f"# {place.title.fr} : licences et mentions / licences and attributions",
        "",
        "Gardez ces mentions partout où les données sont montrées ou transmises.",
        "Keep these attributions wherever the data are shown or passed on.",
        "",
    ]
    if any(t.odbl for t in tables):
        lines += [
            "Ces fichiers relèvent de l'Open Database License (ODbL) 1.0 : une base de données "
            "qui en dérive et qui est rendue publique doit l'être sous la même licence.",
            "These files come under the Open Database License (ODbL) 1.0: a database derived "
            "from them and made public must be so under the same licence.",
            "",
        ]
    for source in _distinct(tables):
        used = ", ".join(t.id for t in tables if source.id in {s.id for s in t.sources})
        link = f" <{source.licence.url}>" if source.licence.url else ""
        lines += [
            f"## {source.title.fr} / {source.title.en}",
            "",
            f"- {source.attribution.fr}",
            f"- {source.attribution.en}",
            f"- {source.citation}",
            f"- {source.licence.both}{link}",
            f"- {source.vintage} ; {used}",
            "",
        ]
    return "\n".join(lines)


def _package(export: Export, resources: list[dict[str, Any]]) -> dict[str, Any]:
    place = export.territory
    notes = " ".join(
        f"{n.fr} / {n.en}" for n in {n.fr: n for t in export.tables for n in t.notes}.values()
    )
    declared = f"{place.declared.fr} / {place.declared.en} " if place.declared else ""
    return {
        "profile": "data-package",
        "name": f"revital-{place.id}",
        "title": f"revital : {place.title.fr} / {place.title.en}",
        "description": f"{declared}{notes}",
        "version": export.version,
        "created": f"{export.day.isoformat()}T00:00:00Z",
        "licenses": _licences(_distinct(export.tables)),
        "sources": _source_list(_distinct(export.tables)),
        "resources": resources,
    }


def _licences(sources: Sequence[Source]) -> list[dict[str, str]]:
    found = {s.licence.both: s.licence for s in sources}
    known = {
        "ODbL": "ODC-ODbL-1.0",
        "Open Database": "ODC-ODbL-1.0",
        "CC BY 4.0": "CC-BY-4.0",
    }
    out = []
    for name, licence in found.items():
        code = next((v for k, v in known.items() if k in name), "")
        entry = {"title": name}
        if code:
            entry["name"] = code
        if licence.url:
            entry["path"] = licence.url
        # The standard asks for a name or an address; facts quoted have neither.
        if "name" not in entry and "path" not in entry:
            entry["name"] = "other-attribution"
        out.append(entry)
    return out


def _source_list(sources: Sequence[Source]) -> list[dict[str, str]]:
    return [
        {"title": f"{s.publisher.fr}, {s.title.fr} ({s.vintage})"}
        | ({"path": s.url} if s.url else {})
        for s in sources
    ]


def _file(path: Path, folder: Path, suffix: str) -> dict[str, Any]:
    content = path.read_bytes()
    return {
        "path": path.relative_to(folder).as_posix(),
        "format": suffix,
        "mediatype": _MEDIA[suffix],
        "bytes": len(content),
        "hash": f"sha256:{hashlib.sha256(content).hexdigest()}",
    }


def _resource(table: Table, path: Path, folder: Path, suffix: str) -> dict[str, Any]:
    name = table.id if suffix == "csv" else f"{table.id}-{suffix}"
    out: dict[str, Any] = {
        "name": name.replace("_", "-"),
        "title": f"{table.title.fr} / {table.title.en}",
        "description": " ".join(f"{n.fr} / {n.en}" for n in table.notes),
        **_file(path, folder, suffix),
        "licenses": _licences(table.sources),
        "sources": _source_list(table.sources),
    }
    if suffix != "csv":
        return {"type": "file", **out}
    heads = headings(table.fields)
    return {
        "type": "table",
        "profile": "tabular-data-resource",
        **out,
        "encoding": "utf-8-sig",
        "schema": {
            "fields": [
                {
                    "name": head,
                    "type": field.type,
                    "title": field.name,
                    "description": " ".join(
                        p
                        for p in (
                            f"{field.description.fr} / {field.description.en}"
                            if field.description
                            else "",
                            f"[{field.unit}]" if field.unit else "",
                        )
                        if p
                    ),
                }
                for head, field in zip(heads, table.fields, strict=True)
            ],
            "missingValues": [""],
        },
    }


def _whole(
    stem: str, tables: Sequence[Table], path: Path, folder: Path, suffix: str
) -> dict[str, Any]:
    return {
        "type": "file",
        "name": f"{stem}-{suffix}",
        "title": ", ".join(t.id for t in tables),
        **_file(path, folder, suffix),
        "licenses": _licences(_distinct(tables)),
        "sources": _source_list(_distinct(tables)),
    }
