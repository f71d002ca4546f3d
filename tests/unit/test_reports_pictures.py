"""Maps and charts as SVG and PNG: scale, legend, escaping, and their words."""

from __future__ import annotations

import math
import xml.etree.ElementTree as ET

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from revital.charts.theme import MARKS, STATUS
from revital.domain.clusters import Statistic
from revital.errors import UserError
from revital.i18n import translator
from revital.maps import vector
from revital.reports.charts import chart_svg, span
from revital.reports.pictures import figure_svg
from revital.reports.typesetting import png
from revital.services.access_ground import AccessQuery
from revital.services.access_sheet import access_sheet
from revital.services.chart_sheet import Places, chart_sheet, theme_sheet
from revital.services.comparison_charts import compare_sheet, devitalization_sheet, series_sheet
from revital.services.data import open_data
from revital.services.map_sheet import map_sheet
from revital.services.plan import board
from revital.services.plan_charts import funding_sheet, timeline_sheet
from revital.services.plan_example import add_example
from revital.services.plan_structure import open_plan
from revital.services.scenarios import Scenario
from revital.settings import settings

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
    assert sheet.stamp.dated in said
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
    (places,) = (p for p in sheet.panels if isinstance(p, Places))
    at = [float(c.get("cx")) for c in root.iter(f"{SVG}circle")]
    values = [p.value for p in places.points]
    assert [x for _, x in sorted(zip(values, at, strict=True))] == sorted(at)
    low, high = span(values, places.from_zero)
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
    low, high = span([0.0], True)
    assert low < 0 < high


@pytest.fixture
def example_board(tmp_path, monkeypatch):
    monkeypatch.setenv("REVITAL_HOME", str(tmp_path))
    settings.cache_clear()
    plan = open_plan("saint-philippe")
    add_example(plan)
    yield board(plan)
    settings.cache_clear()


def written(sheet, t) -> list[str]:
    return [e.text or "" for e in ET.fromstring(chart_svg(sheet, t)).iter(f"{SVG}text")]


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_plan_charts_carry_the_example_mark_dates_and_amounts(example_board, lang):
    t = translator(lang)
    timeline, funding = timeline_sheet(example_board, t), funding_sheet(example_board, t)
    for sheet in (timeline, funding):
        said = " ".join(written(sheet, t))
        assert {"fr": "tout y est inventé", "en": "everything in it is made up"}[lang] in said
        assert sheet.stamp.dated in said
    root = ET.fromstring(chart_svg(timeline, t))
    late = [r for r in root.iter(f"{SVG}rect") if r.get("fill") == STATUS["late"]]
    assert len(late) == sum(
        v.status == "late" and bool(v.action.start and (v.action.done_on or v.action.due))
        for v in example_board.actions
    )
    # Bars are as long as their amounts.
    (bars,) = funding.panels
    amounts = [v for row in bars.rows for v in row.values if v]
    wide = [
        float(r.get("width"))
        for r in ET.fromstring(chart_svg(funding, t)).iter(f"{SVG}rect")
        if r.get("height") == "14" and r.get("width") != "14.0"
    ]
    assert math.isclose(max(wide) / min(wide), max(amounts) / min(amounts), rel_tol=0.2)


def test_an_empty_plan_has_no_chart(tmp_path, monkeypatch):
    monkeypatch.setenv("REVITAL_HOME", str(tmp_path))
    settings.cache_clear()
    empty = board(open_plan("saint-philippe"))
    settings.cache_clear()
    with pytest.raises(UserError, match="Aucune action"):
        timeline_sheet(empty, translator("fr"))
    with pytest.raises(UserError, match="Aucun financement"):
        funding_sheet(empty, translator("fr"))


def test_comparisons_say_every_place_and_mark_them_by_shape():
    t = translator("en")
    sheet = compare_sheet(open_data(), ("saint-philippe", "lachine"), t, "housing")
    said = " ".join(written(sheet, t))
    for word in ("Saint-Philippe", "Lachine", "Renter households", "Statistics Canada"):
        assert word in said
    (strips,) = sheet.panels
    root = ET.fromstring(chart_svg(sheet, t))
    squares = [r for r in root.iter(f"{SVG}rect") if r.get("width") == "12"]
    # One square in the key, then one per axis where both places have a value.
    assert len(squares) == 1 + sum(all(row.points) for row in strips.rows)


def test_a_theme_says_its_figures_and_the_index_what_it_lacks():
    t = translator("fr")
    theme = written(theme_sheet(open_data(), "saint-philippe", "housing", t), t)
    assert "Ménages locataires" in theme
    assert any(t.percent(0.831) in text for text in theme)
    index = written(devitalization_sheet(open_data(), "saint-philippe", t), t)
    assert "aucune donnée" in index
    assert any("qui n'est pas officiel" in text for text in index)
    with pytest.raises(UserError, match="housing"):
        theme_sheet(open_data(), "saint-philippe", "cinema", t)


def test_a_series_breaks_where_the_source_changes():
    t = translator("fr")
    svg = chart_svg(series_sheet(open_data(), "le-sud-ouest", "population", t), t)
    root = ET.fromstring(svg)
    lines = [p for p in root.iter(f"{SVG}path") if p.get("stroke-width") == "2.5"]
    assert [bool(p.get("stroke-dasharray")) for p in lines] == [True, False]


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_map_of_a_scenario_carries_its_mark_and_draws_its_point_apart(lang):
    t = translator(lang)
    query = AccessQuery("saint-philippe", "grocery")
    scenario = Scenario(((46.345, -72.545),))
    sheet = access_sheet(open_data(), query, t, scenario, shows_change=True)
    root = ET.fromstring(figure_svg(sheet, t))
    said = " ".join(e.text or "" for e in root.iter(f"{SVG}text"))
    assert {"fr": "ce n'est pas la réalité", "en": "this is not reality"}[lang] in said
    drawn = [p for p in root.iter(f"{SVG}path") if p.get("fill") == MARKS["scenario"][0]]
    assert len(drawn) == 2  # on the map and in the legend
    plain = access_sheet(open_data(), query, t)
    assert plain.mark == ""
    assert "scenario" not in {m.kind for m in plain.marks}
    assert sum(n for _, n in plain.classes) + plain.codes.count(255) == len(plain.shapes)


def test_map_of_hot_spots_draws_the_classes_of_the_page():
    t = translator("fr")
    sheet = map_sheet(
        open_data(), "renters", "saint-philippe", t, "da", hot_spots_of=Statistic.GETIS_ORD
    )
    assert [sheet.codes.count(i) for i in range(len(sheet.keys))] == [n for _, n in sheet.classes]
    said = " ".join(e.text or "" for e in ET.fromstring(figure_svg(sheet, t)).iter(f"{SVG}text"))
    assert "Point chaud" in said
    assert "permutations" in said
