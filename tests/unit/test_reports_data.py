"""A territory's data as files: described, readable by others, safe to open, licences apart."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import sqlite3

import frictionless
import geopandas as gpd
import openpyxl
import pandas as pd
import pyogrio
import pytest

from revital.catalogue.models import Text
from revital.reports import data_package
from revital.reports.data_package import csv_bytes, headings, workbook
from revital.services.data import open_data
from revital.services.package_tables import Export, Field, Table, export
from revital.settings import PROJECT


@pytest.fixture(scope="module", params=["saint-philippe", "le-sud-ouest"])
def written(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param)
    found = export(open_data(), request.param)
    data_package.write(found, folder)
    return request.param, found, folder


def test_package_is_valid_for_frictionless(written):
    _, _, folder = written
    report = frictionless.validate(str(folder / "datapackage.json"))
    assert report.valid, report.flatten(["type", "message"])
    assert report.stats["tasks"] >= 5


def test_every_file_is_described_with_its_hash_and_its_licence(written):
    _, _, folder = written
    package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    described = {r["path"]: r for r in package["resources"]}
    there = {
        p.relative_to(folder).as_posix()
        for p in folder.rglob("*")
        if p.is_file() and p.name not in ("datapackage.json", "LICENCES.md")
    }
    assert set(described) == there
    for path, resource in described.items():
        content = (folder / path).read_bytes()
        assert resource["bytes"] == len(content)
        assert resource["hash"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
        assert resource["licenses"], path
        assert resource["sources"], path


def test_open_database_licence_stays_in_its_own_files(written):
    territory, found, folder = written
    for table in found.tables:
        odbl = any(s.id == "osm" for s in table.sources)
        assert odbl == table.odbl, table.id
    package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    for resource in package["resources"]:
        names = {licence.get("name") for licence in resource["licenses"]}
        assert ("ODC-ODbL-1.0" in names) == resource["path"].startswith("odbl/")
    if territory == "le-sud-ouest":
        notice = (folder / "odbl" / "LICENCES.md").read_text(encoding="utf-8")
        assert "OpenStreetMap" in notice
        assert "same licence" in notice
    assert "OpenStreetMap" not in (folder / "LICENCES.md").read_text(encoding="utf-8")


def test_csv_opens_in_a_spreadsheet_in_both_languages(written):
    _, found, folder = written
    for table in found.tables:
        path = folder / ("odbl" if table.odbl else ".") / f"{table.id}.csv"
        content = path.read_bytes()
        assert content.startswith(b"\xef\xbb\xbf")
        rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
        assert len(rows) == len(table.frame) + 1
        assert len(set(rows[0])) == len(rows[0])
        assert any(" / " in head for head in rows[0])


def test_values_are_the_published_ones(written):
    territory, _, folder = written
    if territory != "saint-philippe":
        pytest.skip("figures checked by hand for the pilot")
    frame = pd.read_csv(folder / "indicators.csv", encoding="utf-8-sig").set_index("Code")
    # Census 2021, tract 4420003.00.
    assert frame.loc["population", "Valeur / Value"] == 2465
    assert frame.loc["low_income", "Valeur / Value"] == pytest.approx(0.397, abs=0.001)
    assert frame.loc["low_income", "Valeur, ville / Value, city"] == pytest.approx(0.150, abs=0.001)


def test_areas_keep_their_shapes_in_two_formats(written):
    territory, found, folder = written
    table = next(t for t in found.tables if t.id == "areas_da")
    parquet = gpd.read_parquet(folder / "areas_da.parquet")
    package = gpd.read_file(folder / f"{territory}.gpkg", layer="areas_da")
    assert parquet.crs.to_epsg() == package.crs.to_epsg() == 4326
    assert len(parquet) == len(package) == len(table.frame)
    assert list(parquet["area_id"]) == list(package["area_id"])
    assert parquet.geometry.is_valid.all()
    layers = {name for name, _ in pyogrio.list_layers(folder / f"{territory}.gpkg")}
    assert {"areas_ct", "areas_da", "services"} <= layers
    if territory == "saint-philippe":
        assert (package["geometry_note_fr"].str.contains("approximatifs")).all()


def test_missing_stays_missing_never_zero(written):
    _, found, folder = written
    table = next(t for t in found.tables if t.id == "areas_da")
    frame = pd.read_csv(folder / "areas_da.csv", encoding="utf-8-sig")
    head = dict(zip((f.name for f in table.fields), headings(table.fields), strict=True))
    for field in table.fields:
        if field.type == "number":
            expected = table.frame[field.name].isna().to_numpy()
            assert (frame[head[field.name]].isna().to_numpy() == expected).all(), field.name
    assert table.frame["low_income"].isna().any() or len(table.frame) > 6


def test_notes_come_first_in_the_spreadsheet(written):
    territory, found, folder = written
    book = openpyxl.load_workbook(folder / f"{territory}.xlsx")
    assert book.sheetnames[0] == "Notes"
    said = " ".join(str(c.value) for row in book["Notes"].iter_rows() for c in row if c.value)
    assert "Statistique Canada" in said
    assert "Statistics Canada" in said
    assert ("Limites provisoires" in said) == (territory == "saint-philippe")
    assert set(book.sheetnames[1:]) == {t.id for t in found.tables if not t.odbl}


TRAPS = ["=1+1", "+33", "-2+3", "@SUM(A1)", "\tx", "\rx", '=HYPERLINK("http://x")']


def trapped() -> tuple[Export, Table]:
    base = export(open_data(), "saint-philippe")
    table = Table(
        "traps",
        Text(fr="Pièges", en="Traps"),
        pd.DataFrame({"name": [*TRAPS, "a=b"], "value": [-1.5] * len(TRAPS) + [float("nan")]}),
        (
            Field("name", Text(fr="=Nom", en="=Name"), "string"),
            Field("value", Text(fr="Valeur", en="Value"), "number"),
        ),
        base.tables[0].sources,
    )
    return base, table


def test_no_cell_is_a_formula():
    base, table = trapped()
    rows = list(csv.reader(io.StringIO(csv_bytes(table).decode("utf-8-sig"), newline="")))
    assert rows[0][0].startswith("'=")
    for trap, row in zip(TRAPS, rows[1:], strict=False):
        assert row == [f"'{trap}", "-1.5"]
    assert rows[-1] == ["a=b", ""]
    sheet = openpyxl.load_workbook(io.BytesIO(workbook(base, [table])))["traps"]
    cells = [cell for row in sheet.iter_rows() for cell in row]
    assert all(cell.data_type != "f" for cell in cells)
    assert sheet["B2"].value == -1.5
    assert sheet["B9"].value is None


def test_outlines_of_one_city_do_not_stand_for_a_region():
    found = export(open_data(), "quebec")
    assert {t.id for t in found.tables} == {"indicators", "facts"}


def test_nothing_of_the_machine_is_written(written):
    _, _, folder = written
    for path in folder.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert str(folder).encode() not in content, path.name
            assert str(PROJECT).encode() not in content, path.name


def test_writing_twice_replaces(written):
    territory, found, folder = written
    data_package.write(found, folder)
    with sqlite3.connect(folder / f"{territory}.gpkg") as base:
        (n,) = base.execute("select count(*) from areas_da").fetchone()
    assert n == len(next(t for t in found.tables if t.id == "areas_da").frame)
