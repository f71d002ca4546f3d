"""Every source of Trois-Rivières, served on loopback, becomes layers that pass their checks."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from revital.services.access_ground import AccessQuery, ground
from revital.services.blocks import blocks_of
from revital.services.check import check_layers, check_provenance
from revital.services.data import Data
from revital.services.figures import read_indicator
from revital.services.layer_rows import layer_rows
from revital.services.workspace.areas import area_of
from revital.services.workspace.building import build_workspace, open_over
from revital.services.workspace.fetching import fetch
from revital.services.workspace.home import Workspace
from revital.services.workspace.territory import inside_of
from revital.settings import settings
from revital.sources import statcan_cimd, statcan_odhf, statcan_proximity
from revital.sources.base import ADAPTERS
from revital.sources.http import Client
from revital.store.layers import LayerStore
from tests.sources import fixtures as fx
from tests.sources.census import make
from tests.sources.server import Answer, Asked, Publisher
from tests.sources.test_quebec_and_cities import (
    CKAN,
    dataset,
    deprivation_zip,
    features,
    gtfs,
    resource,
)
from tests.sources.test_statcan import API, CIMD, MAP, ODHF, PMD, block, facility
from tests.workspace.test_workspace import serve_installations, serve_osm

PLACE = "trois-rivieres"
MANUAL = {"statcan_outlines_shapefile", "statcan_profile_bulk"}


def serve_everything(publisher: Publisher, units: list[str], tracts: list[str], tmp_path) -> None:
    serve_installations(publisher)
    serve_osm(publisher)
    names = {4: "Census tracts", 12: "Dissemination areas", 13: "Dissemination blocks"}
    publisher.routes[MAP] = fx.as_json({"layers": [{"id": i, "name": n} for i, n in names.items()]})

    def area(unit: str, rank: int):
        made = fx.da_feature(unit, rank)
        made["geometry"] = fx.square(-72.7 + (rank % 20) * 0.01, 46.25 + (rank // 20) * 0.01)
        return made

    def tract(unit: str, rank: int):
        made = area(unit, rank)
        made["properties"] |= {"CTUID": unit}
        return made

    def a_block(unit: str, rank: int):
        made = area(unit, rank)
        made["properties"] |= {"DBUID": unit}
        return made

    blocks = [f"{u}001" for u in units]
    publisher.routes[f"{MAP}/13/query"] = fx.arcgis(blocks, 100, a_block, "DBUID")
    publisher.routes[f"{MAP}/12/query"] = fx.arcgis(units, 100, area, "DAUID")
    publisher.routes[f"{MAP}/4/query"] = fx.arcgis(tracts, 100, tract, "CTUID")
    # Nobody of the last area has a grocery store within reach; the first has more people.
    rows = [block(u, "100", "0.25") for u in blocks]
    rows[0] |= {"DBPOP": "300", "prox_idx_grocery": "0.75"}
    rows[-1] |= {"prox_idx_grocery": ".."}
    text = fx.csv_text(statcan_proximity.COLUMNS, rows)
    publisher.routes[PMD] = Answer(fx.zipped({"PMD-en.csv": text}))
    text = fx.csv_text(
        statcan_odhf.COLUMNS, [facility(1, "Hôpital", "46.35", "-72.54", street_no="")]
    )
    publisher.routes[ODHF] = Answer(fx.zipped({"odhf_v1.1.csv": text}))
    row = dict.fromkeys(statcan_cimd.COLUMNS, "3")
    scores = [
        row | {"PRCDDA": u, "Economic dependency Scores": str(i / 100)} for i, u in enumerate(units)
    ]
    text = fx.csv_text(statcan_cimd.COLUMNS, scores)
    publisher.routes[CIMD] = Answer(fx.zipped({"can_scores_quintiles_EN.csv": text}))
    publisher.routes[f"{CKAN}/package_show"] = fx.as_json(
        {
            "success": True,
            "result": dataset("d", "D", resource("https://h.org/a.zip", "SHP", "inddef")),
        }
    )
    publisher.routes["/h.org/a.zip"] = Answer(deprivation_zip(tmp_path / "made"))
    city = [
        dataset("rr", "Réseau routier", resource("https://h.org/r", "GeoJSON")),
        dataset("parcs", "Parcs", resource("https://h.org/p", "GeoJSON")),
    ]
    publisher.routes[f"{CKAN}/package_search"] = fx.as_json(
        {"success": True, "result": {"count": 2, "results": city}}
    )
    line = {"type": "LineString", "coordinates": [[-72.55, 46.34], [-72.54, 46.35]]}
    publisher.routes["/h.org/r"] = Answer(features(line, nom=["rue A"]))
    publisher.routes["/h.org/p"] = Answer(features(fx.square(-72.5, 46.3), nom=["parc B"]))
    words = make.labels(2100)

    def profile(asked: Asked) -> Answer:
        _, places, _, codes, _ = asked.path.rsplit("/", 1)[1].split(".")
        numbers = [int(c) for c in codes.split("+")] if codes else sorted(words)
        areas = places.split("+")
        values = {
            (a, n): 60 if n in (8, 50, 1414) else 9000 if n == 41 else 30
            for a in areas
            for n in numbers
        }
        return fx.as_json(fx.sdmx(areas, values, {n: words[n] for n in numbers}))

    class Routes(dict):
        def get(self, path: str, default=None):
            if path.startswith(API):
                return profile
            if path.endswith("/gtfs.zip"):
                return Answer(gtfs())
            return super().get(path, default)

    publisher.routes = Routes(publisher.routes)


def blocks_are_used(now: Data, areas: tuple[str, ...]) -> None:
    """The measures of a territory are those of its blocks, and limits share areas by people."""
    blocks = blocks_of(now, areas)
    assert len(blocks) == len(areas)
    assert blocks["population"].sum() == 100 * len(areas) + 200
    reading = read_indicator(now, "proximity_grocery", "trois-rivieres").figure
    assert reading is not None
    mine = now.layers.read("proximity_db").set_index("unit_id")
    city = now.units(now.catalogue.territory("trois-rivieres"), "da")
    mine = mine[mine["da_id"].isin(city)].dropna(subset=["grocery_proximity"])
    expected = (mine["grocery_proximity"] * mine["population"]).sum() / mine["population"].sum()
    assert reading.value == pytest.approx(expected, abs=1e-4)
    assert len(layer_rows(now, "proximity_db", "saint-philippe")) == 6
    here = ground(now, AccessQuery("saint-philippe", "grocery"))
    assert here.level == "db"
    assert here.origins["population"].sum() == blocks.loc[
        blocks["da_id"].isin(now.units(now.catalogue.territory("saint-philippe"), "da")),
        "population",
    ].sum()  # fmt: skip
    # The western half of a square holds the point of its block, and so all of its people.
    shapes = now.layers.read_shapes("outlines_da_442").set_index("unit_id")
    west, south, east, north = shapes.geometry.iloc[5].bounds
    most = shapely.box(west, south, west + (east - west) * 0.6, north)
    inside = inside_of(now, now.catalogue.place(PLACE), most)
    assert inside.basis == "blocks"
    assert inside.units["share"].max() == 1.0
    assert inside.estimated_share == 0


def test_all_of_them(home: Workspace, publisher: Publisher, client: Client, tmp_path):
    pack = settings().pack
    data = open_over(pack, home)
    area = area_of(data, PLACE)
    serve_everything(publisher, list(area.da_ids), list(area.ct_ids), tmp_path)
    done = fetch(data, home, PLACE, client=client, blocks=True)
    assert {d.adapter: d.error for d in done} == dict.fromkeys(set(ADAPTERS) - MANUAL)
    report = build_workspace(pack, home, [PLACE])
    assert [(s.adapter, str(s.error)) for s in report.failed] == []
    now = open_over(pack, home)
    faults = [*check_layers(now), *check_provenance(now)]
    assert [str(f.error) for f in faults] == []
    # Official outlines took the place of the approximate cells, and the warning went with them.
    record = now.catalogue.layer("outlines_da_442")
    assert record.approximate is None
    assert now.layers.manifest("outlines_da_442").approximate is None
    assert len(now.layers.read("outlines_da_442")) == 275
    assert LayerStore((pack,)).manifest("outlines_da_442").approximate is not None
    made = {b.id for b in report.layers}
    assert made >= {
        "outlines_ct_442", "profile_da", "profile_ct", "census_da", "census_more_da", "cimd_da",
        "deprivation_da", "proximity_da", "proximity_db", "geography_db",
        "health_installations", "access_da",
        "facilities_odhf_trois_rivieres", "osm_places_trois_rivieres", "osm_parks_trois_rivieres",
        "osm_streets_trois_rivieres", "city_streets_trois_rivieres", "city_parks_trois_rivieres",
        "transit_stops_trois_rivieres",
    }  # fmt: skip
    assert now.layers.manifest("transit_stops_trois_rivieres").sources == ("sttr_gtfs",)
    quintile = now.layers.read("cimd_da")["economic_dependency_quintile"]
    assert quintile.value_counts().to_dict() == dict.fromkeys((1, 2, 3, 4, 5), 55)
    share = read_indicator(now, "one_parent_families", "saint-philippe").figure
    assert share is not None
    assert share.value == pytest.approx(1.0)
    renters = now.layers.read("profile_da").set_index("unit_id").loc["24370128"]
    assert renters["renter_households"] == 30
    assert renters["tenure_households"] == 60
    assert np.isnan(renters["median_rent_cad"])
    blocks_are_used(now, area.da_ids)
    # Each figure that moved is told, with what it was.
    assert {c.indicator for c in report.figures} >= {"one_parent_families", "renters"}
    again = build_workspace(pack, home, [PLACE])
    assert not [b.id for b in again.layers if b.change.any]
