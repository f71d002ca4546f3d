"""Tables to take away: safe in a spreadsheet, honest about gaps, with their source inside."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from revital.catalogue.load import catalogue
from revital.i18n import translator
from revital.services.data import Data
from revital.services.exports import map_csv, map_name, neutral
from revital.services.mapping import map_view
from revital.settings import PROJECT
from revital.store.layers import LayerStore


@pytest.fixture(scope="module")
def data() -> Data:
    return Data(catalogue(), LayerStore((PROJECT / "data" / "pack",)))


@pytest.fixture(scope="module")
def shown(data, tmp_path_factory):
    return map_view(data, "low_income", "saint-philippe", "da", tmp_path_factory.mktemp("static"))


def rows(blob: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(blob.decode("utf-8-sig"))))


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("=1+1", "'=1+1"),
        ("+33", "'+33"),
        ("-5", "'-5"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("Saint-Philippe", "Saint-Philippe"),
        ("", ""),
    ],
)
def test_formulas_become_text(text, safe):
    assert neutral(text) == safe


@given(st.text())
def test_no_cell_starts_a_formula_and_none_loses_a_letter(text):
    made = neutral(text)
    assert made[:1] not in ("=", "+", "-", "@", "\t", "\r")
    assert made.removeprefix("'") == text or made == text


def test_excel_takes_it_for_utf8(data, shown):
    assert map_csv(data, shown, translator("fr")).startswith(b"\xef\xbb\xbf")


def test_one_row_per_area_with_missing_left_empty(data, shown):
    found = rows(map_csv(data, shown, translator("fr")))
    assert len(found) == len(shown.outlines.ids) == 272
    column = catalogue().indicator("low_income").title.fr
    for row, value in zip(found, shown.values, strict=True):
        assert row[column] == ("" if value is None else repr(round(value, 6)))
        assert value is None or 0 <= float(row[column]) <= 1
    assert sum(row[column] == "" for row in found) == shown.missing > 0


def test_each_row_carries_year_source_licence_and_approximation(data, shown):
    for row in rows(map_csv(data, shown, translator("fr"))):
        assert row["Année"] == "2020"
        assert "Statistique Canada" in row["Éditeur"]
        assert row["Licence"]
        assert "pproxim" in row["Approximation"]


def test_shared_cells_name_the_areas_they_hold(data, shown):
    held = [r["Unités de recensement"] for r in rows(map_csv(data, shown, translator("fr")))]
    assert sum(";" in h for h in held) == 3
    assert len({u for h in held for u in h.split(";")}) == 275


def test_headings_follow_the_language(data, shown):
    first = map_csv(data, shown, translator("en")).decode("utf-8-sig").splitlines()[0]
    assert first.startswith("Area,Name")
    assert "Publisher" in first


def test_a_name_that_is_a_formula_is_neutralised(data, shown):
    names = ('=HYPERLINK("http://x")', *shown.outlines.names[1:])
    wild = replace(shown, outlines=replace(shown.outlines, names=names))
    first = rows(map_csv(data, wild, translator("fr")))[0]
    assert first["Nom"] == '\'=HYPERLINK("http://x")'


def test_the_same_twice(data, shown):
    t = translator("fr")
    assert map_csv(data, shown, t) == map_csv(data, shown, t)
    assert map_name(shown) == "revital-low_income-outlines_da_442.csv"
