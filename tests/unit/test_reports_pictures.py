"""Maps and charts as SVG and PNG: scale, legend, escaping, and their words."""

from __future__ import annotations

import math
import xml.etree.ElementTree as ET

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from revital.errors import UserError
from revital.i18n import translator
from revital.maps import vector
from revital.reports.charts import chart_svg, span
from revital.reports.pictures import figure_svg
from revital.reports.typesetting import png
from revital.services.chart_sheet import ChartPoint, chart_sheet
from revital.services.data import open_data
from revital.services.map_sheet import map_sheet

SVG = "{http://www.w3.org/2000/svg}"


def square(west: float, south: float, size: float = 0.01) -> shapely.Polygon:
    return shapely.box(west, south, west + size, south + size)


def content(**changes) -> vector.VectorMap:
    base = {
        "shapes": [square(-72.56, 46.34), square(-72.55, 46.34), square(-72.54, 46.34)],
        "codes": bytes([0, 1, 255]),
        "colours": ("#FFF3C4", "#8E1B1F"),
        "hatch": ("#EFEDE8", "#8A8780"),
        "inside": (0, 1),
        "bounds": (-72.56, 46.34, -72.53, 46.35),
        "title": "Essai",
    }
    return vector.VectorMap(**(base | changes))


@given(st.floats(-80, -60), st.floats(44, 62), st.floats(0.01, 0.5), st.floats(0.01, 0.5))
def test_frame_holds_its_bounds_and_measures_true(west, south, wide, tall):
    bounds = (west, south, west + wide, south + tall)
    at = vector.frame(bounds, 300, 200)
    box = at.box
    assert box[0] <= bounds[0] + 1e-9
    assert box[1] <= bounds[1] + 1e-9
    assert box[2] >= bounds[2] - 1e-9
    assert box[3] >= bounds[3] - 1e-9
    # One hundred points through the middle, east to west, against the ellipsoid.
    lon, lat = west + wide / 2, south + tall / 2
    other = lon + 100 / at.per_lon
    _, _, metres = Geod(ellps="WGS84").inv(lon, lat, other, lat)
    assert math.isclose(metres, 100 * at.metres, rel_tol=0.005)


@given(st.floats(0.1, 5000), st.floats(20, 400))
def test_scale_is_a_round_length_that_fits(metres, room):
    length = vector.scale_length(metres, room)
    assert length <= metres * room
    assert length * 2.5 >= metres * room
    first = length / 10 ** math.floor(math.log10(length) + 1e-9)
    assert any(math.isclose(first, step, rel_tol=1e-6) for step in (1, 2, 5))


def test_map_draws_each_area_in_its_class_and_hatches_what_is_unknown():
    root = ET.fromstring(vector.draw(content(), 300, 120))
    fills = [p.get("fill") for p in root.iter(f"{SVG}path")]
    assert fills.count("#FFF3C4") == 1
    assert fills.count("#8E1B1F") == 1
    assert fills.count("url(#rv-none)") == 1
    written = [e.text for e in root.iter(f"{SVG}text")]
    # Classes are numbered from 1, the unknown area is not; north and scale stand.
    assert written.count("1") == 1
    assert written.count("2") == 1
    assert "N" in written
    assert any(text and text.endswith(" m") for text in written)


def test_territory_is_outlined_as_one():
    root = ET.fromstring(vector.draw(content(), 300, 120))
    lines = [p.get("d") for p in root.iter(f"{SVG}path") if p.get("stroke-width") == "1.8"]
    assert len(lines) == 1
    assert lines[0].count("M") == 1


def test_what_lies_outside_the_frame_is_not_in_the_file():
    far = content(shapes=[square(-72.56, 46.34), square(-70, 46.34), square(-72.54, 46.34)])
    root = ET.fromstring(vector.draw(far, 300, 120))
    assert "#8E1B1F" not in [p.get("fill") for p in root.iter(f"{SVG}path")]


def test_names_are_text_never_markup():
    trap = '</text><script>alert(1)</script>"&'
    svg = vector.draw(
        content(title=trap, labels=[vector.VectorLabel(trap, 46.345, -72.545)]), 300, 120
    )
    root = ET.fromstring(svg)
    assert not list(root.iter(f"{SVG}script"))
    assert trap in [e.text for e in root.iter(f"{SVG}text")]


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_figure_says_title_classes_and_credit(lang):
    t = translator(lang)
    sheet = map_sheet(open_data(), "low_income", "saint-philippe", t, "da")
    svg = figure_svg(sheet, t)
    root = ET.fromstring(svg)
    said = " ".join(e.text or "" for e in root.iter(f"{SVG}text"))
    assert {"fr": "Personnes à faible revenu", "en": "People in low income"}[lang] in said
    assert {"fr": "Statistique Canada", "en": "Statistics Canada"}[lang] in said
    assert {"fr": "aucune donnée", "en": "no data"}[lang] in said
    for words, n in sheet.classes:
        assert words in said
        assert f"({n})" in said
    assert sum(n for _, n in sheet.classes) + sheet.view.missing == len(sheet.shapes)
    assert png(svg, ppi=72).startswith(b"\x89PNG")


def test_map_without_a_figure_is_a_sentence():
    with pytest.raises(UserError, match="revital indicators"):
        map_sheet(open_data(), "gini", "saint-philippe", translator("fr"))


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_chart_says_its_finding_and_every_value(lang):
    t = translator(lang)
    sheet = chart_sheet(open_data(), "low_income", "saint-philippe", t)
    root = ET.fromstring(chart_svg(sheet, t))
    said = " ".join(e.text or "" for e in root.iter())
    assert t.percent(0.397) in said
    assert t.percent(0.150) in said
    assert {"fr": "2,7 fois la ville", "en": "2.7 times the city"}[lang] in said
    # The discs lie in the order of the values, on an axis that starts at zero.
    at = [float(c.get("cx")) for c in root.iter(f"{SVG}circle")]
    values = [p.value for p in sheet.places]
    assert [x for _, x in sorted(zip(values, at, strict=True))] == sorted(at)
    low, high = span(sheet.places, sheet.from_zero)
    assert low == 0
    assert high > max(values)
    assert math.isclose(
        (at[0] - at[1]) / (at[0] - at[2]),
        (values[0] - values[1]) / (values[0] - values[2]),
        rel_tol=0.02,
    )


def test_chart_of_what_is_unknown_is_a_sentence():
    with pytest.raises(UserError, match="revital explain gini"):
        chart_sheet(open_data(), "gini", "saint-philippe", translator("fr"))


def test_axis_of_one_value_has_a_length():
    low, high = span((ChartPoint("a", 0.0, "0"),), True)
    assert low < 0 < high
