"""Streets, fetched places and local notes change the answer as soon as the workspace has them."""

from __future__ import annotations

import json
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pytest
from shapely.geometry import LineString, Point

from revital.catalogue.load import catalogue
from revital.i18n import translator
from revital.services import access_words as words
from revital.services.access import measure_access
from revital.services.access_ground import AccessQuery, ground, street_names
from revital.services.data import Data, open_data
from revital.services.scenarios import Scenario, run_scenario
from revital.settings import settings
from revital.store.layers import LayerStore, file_sha256

FR = translator("fr")
QUERY = AccessQuery("saint-philippe", "grocery")


@pytest.fixture(autouse=True)
def workspace(tmp_path, monkeypatch):
    monkeypatch.setenv("REVITAL_HOME", str(tmp_path / "home"))
    settings.cache_clear()
    yield tmp_path
    settings.cache_clear()


@pytest.fixture
def overlay(tmp_path):
    """Layers laid over the pack, and the place record that names the new services."""

    def lay(**frames) -> Data:
        folder = tmp_path / "layers"
        folder.mkdir(exist_ok=True)
        pack = settings().pack
        like = json.loads((pack / "manifest.json").read_text("utf-8"))["layers"]["food_places_442"]
        layers = {}
        for id_, frame in frames.items():
            path = folder / f"{id_}.parquet"
            frame.to_parquet(path)
            layers[id_] = {
                **like,
                "id": id_,
                "file": path.name,
                "rows": len(frame),
                "bytes": path.stat().st_size,
                "sha256": file_sha256(path),
                "vintage": "2026-11-20",
            }
        body = {"version": "test", "layers": layers}
        (folder / "manifest.json").write_text(json.dumps(body), encoding="utf-8")
        records = catalogue()
        place = records.places["trois-rivieres"]
        named = [id_ for id_ in frames if id_.startswith(("osm_places", "own_points"))]
        place = place.model_copy(update={"services": (*place.services, *named)})
        known = replace(records, places={**records.places, place.id: place})
        return Data(known, LayerStore((pack, folder)))

    return lay


def places(rows):
    return gpd.GeoDataFrame(
        [
            {
                "service_id": f"{source}-{i}",
                "name": name,
                "category": category,
                "address": None,
                "status": "reported",
                "as_of": "2026-11-20",
                "error_m": 50.0,
                "source": source,
            }
            for i, (source, name, category, _, _) in enumerate(rows)
        ],
        geometry=[Point(lon, lat) for *_, lat, lon in rows],
        crs="EPSG:4326",
    )


def test_a_store_noted_locally_counts_and_the_list_stays_incomplete(overlay):
    data = overlay(
        own_points_trois_rivieres=places([("own", "Épicerie du coin", "grocery", 46.339, -72.548)])
    )
    found = measure_access(data, QUERY)
    assert found.summary.people_beyond == 0
    assert found.is_upper_bound
    assert found.listing.added == 1
    assert "notés localement" in words.list_warning(found, FR)


def test_fetched_stores_make_the_list_usable_and_twins_count_once(overlay):
    before = measure_access(open_data(), QUERY)
    maxi = next(p for p in before.listing.counted if p.name == "Maxi, rue Barkoff")
    data = overlay(
        osm_places_trois_rivieres=places(
            [
                ("osm", "Maxi", "supermarket", maxi.lat + 0.0004, maxi.lon),
                ("osm", "Super C", "supermarket", 46.3375, -72.5480),
                ("osm", "Dépanneur", "convenience", 46.3400, -72.5480),
                ("osm", "Clinique du parc", "clinic", 46.3400, -72.5490),
            ]
        )
    )
    found = measure_access(data, QUERY)
    assert found.can_simulate
    assert len(found.listing.counted) == len(before.listing.counted) + 1
    assert "OpenStreetMap" in words.list_warning(found, FR)
    assert "au plus" not in words.answer(found, FR)
    assert any(p.name == "Dépanneur" and p.reason == "category" for p in found.listing.places)
    assert "2023-09" in words.closures_text(found, FR)
    clinic = measure_access(data, AccessQuery("saint-philippe", "clinic"))
    assert clinic.summary is not None


def test_streets_take_the_place_of_straight_lines_where_they_exist(overlay):
    # A grid of streets over the neighbourhood and the nearest store, every 150 m or so.
    lon, lat = np.arange(-72.60, -72.52, 0.002), np.arange(46.315, 46.355, 0.0015)
    lines = [LineString([(x, y) for x in lon]) for y in lat]
    lines += [LineString([(x, y) for y in lat]) for x in lon]
    streets = gpd.GeoDataFrame(
        {"feature_id": [str(i) for i in range(len(lines))], "kind": "residential"},
        geometry=lines,
        crs="EPSG:4326",
    )
    data = overlay(osm_streets_trois_rivieres=streets)
    walked, straight = measure_access(data, QUERY), measure_access(open_data(), QUERY)
    assert walked.method == "network"
    assert "par les rues" in words.mean_text(walked, FR)
    assert walked.summary.mean_cost > straight.summary.mean_cost
    here, there = ground(data, QUERY).cost, ground(open_data(), QUERY).cost
    both = np.isfinite(here.values)
    assert both.any()
    assert (here.values[both] >= there.values[both] - 0.5).all()
    opened = Scenario(((46.339, -72.548),))
    result = run_scenario(data, QUERY, opened, is_on_incomplete_list=True)
    assert result.effect.people_gained > 0
    assert walked.summary.people_unreached == 0


def test_the_city_s_streets_serve_where_openstreetmap_s_were_not_fetched(overlay):
    # The street that passes 46.336 N, cut in two pieces that meet at an end.
    lines = [LineString([(-72.60, 46.336), (-72.55, 46.336)]),
             LineString([(-72.55, 46.336), (-72.50, 46.336)])]  # fmt: skip
    streets = gpd.GeoDataFrame(
        {"feature_id": ["a", "b"], "name": ["rue A", "rue A"]}, geometry=lines, crs="EPSG:4326"
    )
    data = overlay(city_streets_trois_rivieres=streets)
    here = ground(data, QUERY)
    assert here.network is not None
    assert here.cost.method == "network"
    assert ground(open_data(), QUERY).network is None


def test_a_named_street_that_nobody_crosses_cuts_the_streets_that_meet_it(overlay):
    lon, lat = np.arange(-72.60, -72.52, 0.002), np.arange(46.315, 46.355, 0.0015)
    lines = [LineString([(x, y) for x in lon]) for y in lat]
    lines += [LineString([(x, y) for y in lat]) for x in lon]
    # A boulevard along the whole grid but its two last blocks, west of the neighbourhood.
    wide = LineString([(lon[20], y) for y in lat[:-2]])
    names = [None] * len(lines) + ["boulevard Large"]
    streets = gpd.GeoDataFrame(
        {
            "feature_id": [str(i) for i in range(len(names))],
            "name": names,
            "kind": "residential",
        },
        geometry=[*lines, wide],
        crs="EPSG:4326",
    )
    data = overlay(osm_streets_trois_rivieres=streets)
    territory = data.catalogue.territory("saint-philippe")
    assert street_names(data, territory) == ("boulevard Large",)
    crossed = replace(QUERY, barrier_streets=("boulevard Large",))
    free, cut = measure_access(data, QUERY), measure_access(data, crossed)
    assert cut.summary.mean_cost > free.summary.mean_cost + 500
    assert "boulevard Large" in words.assumptions_text(cut, FR)
    typed = ":".join(f"{y:.5f}_{lon[20]:.5f}" for y in (lat[0] - 0.01, lat[-3]))
    drawn = measure_access(data, replace(QUERY, barriers=typed))
    assert drawn.summary.mean_cost == pytest.approx(cut.summary.mean_cost, rel=0.02)
    assert "contournées" not in words.assumptions_text(drawn, FR)
