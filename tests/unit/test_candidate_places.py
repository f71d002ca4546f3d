"""Candidate places of a new service: a grid, streets, local notes, and lists of one's own."""

from __future__ import annotations

import json
from dataclasses import replace
from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pytest
from shapely.geometry import LineString, Point, Polygon

from revital.cli.main import main
from revital.errors import NotAllowedError, SourceError, UnknownIdError, ValuesError
from revital.i18n import translator
from revital.services import candidate_places as places
from revital.services import sites_words
from revital.services.access_ground import AccessQuery, ground
from revital.services.best_sites import MOST_FOR_SOLVER, best_sites
from revital.services.data import open_data
from revital.settings import settings

FR = translator("fr")
QUERY = AccessQuery("saint-philippe", "grocery")
CSV = "nom;lat;lon\nTerrain de la gare;46,3390;-72,5480\nLoin;46,5000;-72,5480\n"


@pytest.fixture(autouse=True)
def workspace(tmp_path, monkeypatch):
    monkeypatch.setenv("REVITAL_HOME", str(tmp_path))
    settings.cache_clear()
    yield tmp_path
    settings.cache_clear()


def with_layers(monkeypatch, **frames):
    """Return the embedded data with some more layers."""
    data = open_data()
    layers = data.layers
    more = SimpleNamespace(
        has=lambda id_: id_ in frames or layers.has(id_),
        read_shapes=lambda id_, *a: frames[id_] if id_ in frames else layers.read_shapes(id_, *a),
        manifest=layers.manifest,
        manifests=layers.manifests,
        read=layers.read,
    )
    return replace(data, layers=more)


def test_a_csv_of_lots_is_a_list_of_candidates():
    code = places.keep_candidates(CSV.encode(), "lots.csv")
    data = open_data()
    best = best_sites(data, QUERY, candidates="file", code=code)
    assert best.points == {"f001": (46.339, -72.548)}
    assert best.left_out == 1
    told = " ".join(sites_words.sites_notes(best, FR))
    assert "Terrain de la gare" in told
    assert "trop loin" in told
    assert best.siting.people_covered > 0


def test_outlines_count_by_a_point_inside_them():
    lot = Polygon([(-72.549, 46.338), (-72.547, 46.338), (-72.547, 46.339), (-72.549, 46.339)])
    frame = gpd.GeoDataFrame({"name": ["Lot 7"]}, geometry=[lot], crs=4326)
    code = places.keep_candidates(frame.to_json().encode(), "lots.geojson")
    best = best_sites(open_data(), QUERY, candidates="file", code=code)
    assert lot.contains(Point(best.points["f001"][::-1]))
    assert best.names == {"f001": "Lot 7"}


@pytest.mark.parametrize(
    ("content", "name", "words_said"),
    [
        (b"", "a.csv", "aucun lieu"),
        (b"nom,x2\na,1\n", "a.csv", "lat"),
        (b"nom,lat,lon\na,46.3,abc\n", "a.csv", "ligne 2"),
        (b"nom,lat,lon\na,-72.5,46.3\n", "a.csv", "n'est pas au Canada"),
        (b"nom,lat,lon\na,nan,46.3\n", "a.csv", "n'est pas au Canada"),
        ("nom,lat,lon\né,46.3,-72.5\n".encode("latin-1"), "a.csv", "UTF-8"),
        (b"nom,lat,lon\n" + b"a,46.3,-72.5\n" * 3001, "a.csv", "3001"),
    ],
)
def test_lists_that_are_not_are_a_sentence(content, name, words_said):
    with pytest.raises(ValuesError) as caught:
        places.keep_candidates(content, name)
    assert words_said in FR.error(caught.value)


def test_what_the_address_names_must_be_here(monkeypatch):
    for code, error in (("@" + "0" * 12, UnknownIdError), ("", ValuesError)):
        with pytest.raises(error):
            best_sites(open_data(), QUERY, candidates="file", code=code)
    with pytest.raises(SourceError):
        places.keep_candidates(b"{}", "a.geojson")
    far = places.keep_candidates(b"nom,lat,lon\na,60,-72.5\n", "a.csv")
    with pytest.raises(ValuesError, match="près du territoire"):
        best_sites(open_data(), QUERY, candidates="file", code=far)
    monkeypatch.setenv("REVITAL_MODE", "public")
    settings.cache_clear()
    with pytest.raises(NotAllowedError):
        places.keep_candidates(CSV.encode(), "lots.csv")


def test_crossings_of_main_streets(monkeypatch):
    lon, lat = np.arange(-72.556, -72.540, 0.002), np.arange(46.332, 46.344, 0.002)
    lines = [LineString([(x, y) for x in lon]) for y in lat]
    lines += [LineString([(x, y) for y in lat]) for x in lon]
    kind = ["residential"] * len(lines)
    kind[2] = "tertiary"
    streets = gpd.GeoDataFrame({"name": None, "kind": kind}, geometry=lines, crs="EPSG:4326")
    here = ground(open_data(), QUERY)
    data = with_layers(monkeypatch, osm_streets_trois_rivieres=streets)
    found = places.candidate_places(data, here, "main_streets")
    # Every crossing of the one tertiary street, its two ends on the edge of the grid included.
    assert len(found.points) == len(lon)
    assert {round(y, 3) for y, _ in found.points.values()} == {round(lat[2], 3)}
    with pytest.raises(ValuesError, match="couche de rues"):
        places.candidate_places(open_data(), here, "main_streets")


def test_local_notes_of_vacant_lots(monkeypatch):
    notes = gpd.GeoDataFrame(
        {
            "service_id": ["a", "b", "c"],
            "name": ["Ancien garage", "Épicerie", "Coin nord"],
            "category": ["Parcelle non résidentielle", "grocery", "terrain_vacant"],
        },
        geometry=[Point(-72.548, 46.339), Point(-72.547, 46.338), Point(-72.550, 46.340)],
        crs=4326,
    )
    here = ground(open_data(), QUERY)
    data = with_layers(monkeypatch, own_points_trois_rivieres=notes)
    found = places.candidate_places(data, here, "vacant")
    assert found.names == {"a": "Ancien garage", "c": "Coin nord"}
    with pytest.raises(ValuesError, match="terrain vacant"):
        places.candidate_places(open_data(), here, "vacant")


def test_more_than_two_sites_are_combined_among_those_that_help_most():
    rows = "nom,lat,lon\n" + "".join(
        f"p{i},{46.332 + i % 10 * 0.001:.5f},{-72.556 + i // 10 * 0.001:.5f}\n" for i in range(100)
    )
    code = places.keep_candidates(rows.encode(), "lots.csv")
    best = best_sites(open_data(), QUERY, candidates="file", code=code, method="pmedian", p=3)
    assert len(best.siting.chosen) == 3
    assert best.set_aside == len(best.points) - MOST_FOR_SOLVER
    assert "aident le plus" in " ".join(sites_words.sites_notes(best, FR))
    one = best_sites(open_data(), QUERY, candidates="file", code=code, method="pmedian", p=1)
    assert one.set_aside == 0
    assert best.siting.mean_cost <= one.siting.mean_cost


def test_the_command_on_a_territory(tmp_path, capsys):
    lots = tmp_path / "lots.csv"
    lots.write_text(CSV, encoding="utf-8")
    base = ["site", "--territory", "saint-philippe", "--service", "grocery", "--format", "json"]
    main([*base, "--candidates", str(lots)])
    told = json.loads(capsys.readouterr().out)
    assert told["sites"][0]["name"] == "Terrain de la gare"
    assert told["is_on_incomplete_list"] is True
    assert told["candidates_too_far"] == 1
    main([*base, "--p", "2", "--equity", "1"])
    two = json.loads(capsys.readouterr().out)
    assert (len(two["sites"]), two["is_equity_weighted"]) == (2, True)
    with pytest.raises(SystemExit):
        main([*base, "--candidates", str(tmp_path / "absent.csv")])
    assert "absent.csv" in capsys.readouterr().err
