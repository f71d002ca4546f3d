"""Assumptions that a reader changes: barriers, speed, quintiles; marked wherever they matter."""

from __future__ import annotations

import json
from io import BytesIO

import geopandas as gpd
import numpy as np
import pytest
from shapely.geometry import LineString, Point, Polygon

from revital.cli.main import main
from revital.errors import LayerError, NotAllowedError, SourceError, UnknownIdError, ValuesError
from revital.i18n import translator
from revital.reports import pictures
from revital.services import access_words as words
from revital.services import barriers
from revital.services.access import measure_access
from revital.services.access_files import units_csv
from revital.services.access_ground import AccessQuery, ground
from revital.services.access_sheet import access_sheet
from revital.services.barrier_shapes import barrier_shapes
from revital.services.data import open_data
from revital.services.document import Picture
from revital.services.scenario_store import save_scenario, saved_scenario
from revital.services.scenarios import Scenario, run_scenario
from revital.services.services_document import services_document
from revital.settings import settings

FR = translator("fr")
SP = "saint-philippe"
#: A line south-west of the neighbourhood, between it and the nearest known store.
WALL = "46.34500_-72.57500:46.31500_-72.54500"


@pytest.fixture(autouse=True)
def workspace(tmp_path, monkeypatch):
    monkeypatch.setenv("REVITAL_HOME", str(tmp_path))
    settings.cache_clear()
    yield tmp_path
    settings.cache_clear()


def test_typed_barriers_go_through_the_address_and_back():
    lines = barriers.parse_lines("46,34 -72,55; 46.35, -72.54\n\n46.30 -72.50 ; 46.31 -72.51 ;")
    assert lines == (
        ((46.34, -72.55), (46.35, -72.54)),
        ((46.3, -72.5), (46.31, -72.51)),
    )
    code = barriers.to_code(lines)
    assert len(code) < 100
    assert barriers.from_code(code) == lines
    assert barriers.from_code("") == ()


@pytest.mark.parametrize(
    ("text", "words_said"),
    [
        ("46.34", "latitude et une longitude"),
        ("46.34 -72.55", "au moins deux points"),
        ("46.34 -72.55; 46.34 -72.55", "au moins deux points"),
        ("-72.55 46.34; -72.54 46.35", "latitude"),
        ("\n".join("46.3 -72.5; 46.4 -72.6" for _ in range(150)), "Simplifiez"),
    ],
)
def test_barriers_that_are_not_are_a_sentence(text, words_said):
    with pytest.raises(ValuesError) as caught:
        barriers.parse_lines(text)
    assert words_said in FR.error(caught.value)


def test_long_barriers_rest_in_the_workspace(workspace, monkeypatch):
    line = tuple((46.3 + k / 1000, -72.5) for k in range(30))
    code = barriers.to_code((line,))
    assert code.startswith("@")
    assert barriers.from_code(code)[0][1] == (46.301, -72.5)
    with pytest.raises(UnknownIdError):
        barriers.from_code("@" + "0" * 12)
    (workspace / "barriers" / f"{code[1:]}.json").write_text("[[", encoding="utf-8")
    with pytest.raises(LayerError):
        barriers.from_code(code)
    with pytest.raises(ValuesError):
        barriers.from_code("@../../etc")
    monkeypatch.setenv("REVITAL_MODE", "public")
    settings.cache_clear()
    with pytest.raises(NotAllowedError):
        barriers.to_code((line,))


def test_a_file_of_lines_and_outlines(tmp_path):
    shapes = [
        LineString([(-72.55, 46.34), (-72.54, 46.35)]),
        Polygon([(-72.5, 46.3), (-72.49, 46.3), (-72.49, 46.31)]),
        Point(-72.5, 46.3),
    ]
    content = gpd.GeoSeries(shapes, crs=4326).to_json().encode()
    lines = barriers.read_lines(BytesIO(content), "b.geojson")
    assert lines[0] == ((46.34, -72.55), (46.35, -72.54))
    assert lines[1][0] == lines[1][-1]
    assert [g.geom_type for g in barriers.shapes(barriers.to_code(lines), "EPSG:32188")] == [
        "LineString",
        "Polygon",
    ]
    only_points = gpd.GeoSeries(shapes[2:], crs=4326).to_json().encode()
    with pytest.raises(ValuesError, match="ni ligne ni polygone"):
        barriers.read_lines(BytesIO(only_points), "p.geojson")
    with pytest.raises(SourceError):
        barriers.read_lines(BytesIO(b"nothing"), "n.geojson")


def test_a_barrier_lengthens_walks_everywhere_and_is_told():
    data = open_data()
    plain = AccessQuery(SP, "grocery")
    walled = AccessQuery(SP, "grocery", barriers=WALL)
    before, after = measure_access(data, plain), measure_access(data, walled)
    assert after.summary.mean_cost > before.summary.mean_cost + 100
    assert (ground(data, walled).cost.values >= ground(data, plain).cost.values - 1e-6).all()
    assert not words.assumptions_text(before, FR)
    told = words.assumptions_text(after, FR)
    assert "1 barrière" in told
    assert "contournées" in told
    assert "hypothèses modifiées" in words.method_phrase(after, FR)
    assert "hypothèses modifiées" not in words.method_phrase(before, FR)
    assert "hypothèses modifiées" in units_csv(after, FR).decode()
    # A scenario is answered with the same barriers.
    new = Scenario(((46.326, -72.566),))
    here, there = (run_scenario(data, q, new, is_on_incomplete_list=True) for q in (plain, walled))
    assert there.effect.after.mean_cost > here.effect.after.mean_cost
    kept = save_scenario("Murs", after.query, new, on_incomplete_list=True)
    assert saved_scenario(kept.id).query == after.query


def test_a_barrier_is_drawn_with_what_it_means_wherever_the_map_is(tmp_path):
    data = open_data()
    yard = "46.33_-72.55:46.34_-72.55:46.34_-72.54:46.33_-72.55"
    query = AccessQuery(SP, "grocery", barriers=f"{WALL}~{yard}")
    line, outline = barrier_shapes(data, query)
    assert list(line.coords) == [(-72.575, 46.345), (-72.545, 46.315)]
    assert outline.geom_type == "Polygon"
    assert barrier_shapes(data, AccessQuery(SP, "grocery")) == ()
    # Streets that no layer of the place names are in no distance, and on no map.
    assert barrier_shapes(data, AccessQuery(SP, "grocery", barrier_streets=("Rue Royale",))) == ()
    key = words.barrier_key(FR)
    sheet = access_sheet(data, query, FR)
    plain = access_sheet(data, AccessQuery(SP, "grocery"), FR)
    assert key in sheet.notes
    assert key not in plain.notes
    dashed = 'stroke-dasharray="6 4"'
    assert pictures.figure_svg(sheet, FR).count(dashed) == 1
    assert dashed not in pictures.figure_svg(plain, FR)
    assert any(key in b.credit for b in services_document(data, query, FR).blocks
               if isinstance(b, Picture))  # fmt: skip


def test_speed_and_quintiles_change_what_they_should():
    data = open_data()
    usual = measure_access(data, AccessQuery("montreal-nord", "grocery"))
    slow = measure_access(data, AccessQuery("montreal-nord", "grocery", speed_kmh=3.6))
    assert slow.services_15_min == slow.services_15_min_older == usual.services_15_min_older
    assert slow.summary == usual.summary
    assert "3,6" in words.assumptions_text(slow, FR)
    wide = measure_access(data, AccessQuery("montreal-nord", "grocery", deprived_quintiles=(4, 5)))
    assert wide.food.people_desert >= usual.food.people_desert
    assert wide.query.is_modified
    assert not AccessQuery(SP, "grocery", 800.0).is_modified


@pytest.mark.parametrize(
    "asked",
    [
        {"speed_kmh": 0.0},
        {"speed_kmh": float("nan")},
        {"deprived_quintiles": ()},
        {"deprived_quintiles": (6,)},
        {"barriers": "not-a-line"},
    ],
)
def test_impossible_assumptions_are_refused(asked):
    with pytest.raises(ValuesError):
        measure_access(open_data(), AccessQuery(SP, "grocery", **asked))


def test_the_command_takes_the_same_assumptions(tmp_path, capsys):
    fence = tmp_path / "fence.geojson"
    line = LineString([(-72.575, 46.345), (-72.545, 46.315)])
    gpd.GeoSeries([line], crs=4326).to_file(fence, driver="GeoJSON")
    base = ["access", "--territory", SP, "--service", "grocery", "--format", "json"]
    main(base)
    plain = json.loads(capsys.readouterr().out)
    main([*base, "--barriers", str(fence), "--speed", "3.6", "--quintiles", "4,5"])
    asked = json.loads(capsys.readouterr().out)
    assert plain["assumptions"]["is_modified"] is False
    assert asked["assumptions"]["is_modified"] is True
    assert asked["assumptions"]["speed_kmh"] == 3.6
    assert asked["mean_distance_m"] > plain["mean_distance_m"]
    assert np.isfinite(asked["mean_distance_m"])
    with pytest.raises(SystemExit):
        main([*base, "--quintiles", "cinq"])
    assert "demandé : cinq" in capsys.readouterr().err
