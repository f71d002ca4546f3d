"""Fetching and building Montréal from loopback gives the embedded pack back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from revital.services.workspace.building import build_workspace, open_over
from revital.services.workspace.fetching import fetch
from revital.services.workspace.home import Workspace
from revital.settings import settings
from revital.sources import msss_m02, statcan_profile_api
from revital.sources.http import Client
from tests.sources import fixtures as fx
from tests.sources.census.make import LABELS, labels
from tests.sources.server import Answer, Asked, Publisher

MAP = "/geo.statcan.gc.ca/geo_wa/rest/services/2021/Cartographic_boundary_files/MapServer"
API = statcan_profile_api.SERVICE.removeprefix("https:/")
M02 = msss_m02.URL.removeprefix("https:/")

pytestmark = pytest.mark.inputs


def serve_outlines(publisher: Publisher, inputs: Path) -> None:
    text = (inputs / "boundaries" / "montreal_island_da_2021.geojson").read_text(encoding="utf-8")
    areas = sorted(json.loads(text)["features"], key=lambda f: f["properties"]["DAUID"])
    for feature in areas:
        unit = feature["properties"]["DAUID"]
        feature["properties"] = {
            "DAUID": unit, "DGUID": f"2021S0512{unit}", "LANDAREA": 0.1, "PRUID": "24",
        }  # fmt: skip
    inside = [f for f in areas if f["properties"]["DAUID"].startswith("2466")]
    names = {4: "Census tracts", 12: "Dissemination areas"}
    publisher.routes[MAP] = fx.as_json({"layers": [{"id": i, "name": n} for i, n in names.items()]})
    real = json.loads((inputs / "boundaries" / "montreal_cma_ct_2021.geojson").read_text())
    tracts = sorted(real["features"], key=lambda f: f["properties"]["CTUID"])
    publisher.routes[f"{MAP}/4/query"] = fx.arcgis(
        [f["properties"]["CTUID"] for f in tracts], 500, lambda _, i: tracts[i], "CTUID"
    )
    publisher.routes[f"{MAP}/12/query"] = fx.arcgis(
        [f["properties"]["DAUID"] for f in inside], 500, lambda _, i: inside[i], "DAUID"
    )


def serve_profile(publisher: Publisher, inputs: Path) -> None:
    """The service, answering from the tables that the pack was made of."""
    census = inputs / "census"
    people = pd.read_csv(
        census / "qc_da_2021_population_density_landarea.csv", dtype={"DAUID": str}
    ).set_index("DAUID")
    bedrooms = pd.read_csv(
        census / "qc_da_2021_dwellings_bedrooms_lowincome.csv", dtype={"dauid": str}
    ).set_index("dauid")
    profile = pd.read_csv(
        census / "qc_da_2021_profile_age_income_tenure_housing_PARTIAL.csv", dtype={"DAUID": str}
    ).set_index("DAUID")
    columns = {
        1: people["Population"], 7: people["Land Area in Square Kilometre"],
        345: bedrooms["LIM"], 8: profile["PopTotAge"], 9: profile["Pop0_14"],
        13: profile["Pop15_64"], 24: profile["Pop65plus"], 41: profile["TotalLog"],
        50: profile["TotalMenag"],
        51: profile["Menage1pers"], 243: profile["RevMedMenage"],
        1414: profile["TotalMenag2"], 1415: profile["Proprietaire"], 1416: profile["Locataire"],
    }  # fmt: skip
    words = labels(60) | {n: LABELS[n] for n in LABELS}

    def answer(asked: Asked) -> Answer:
        key = asked.path.rsplit("/", 1)[1]
        _, places, _, codes, _ = key.split(".")
        areas = places.split("+")
        numbers = [int(c) for c in codes.split("+")] if codes else sorted(words)
        values: dict[tuple[str, int], Any] = {}
        for area in areas:
            for number in numbers:
                value = columns[number].get(area[9:]) if number in columns else None
                known = value is not None and not np.isnan(value)
                values[area, number] = float(value) if known else (None, "x")
        return fx.as_json(fx.sdmx(areas, values, {n: words[n] for n in numbers}))

    class Service(dict[str, Any]):
        def get(self, path: str, default: Any = None) -> Any:
            return answer if path.startswith(API) else super().get(path, default)

    publisher.routes = Service(publisher.routes)


def serve_stores(publisher: Publisher, inputs: Path) -> None:
    stores = json.loads((inputs / "food" / "osm_grocery_montreal_2025-12-22.geojson").read_text())
    elements = []
    for feature in stores["features"]:
        tags = {
            k.replace("addr_", "addr:"): v
            for k, v in feature["properties"].items()
            if v is not None and not k.startswith("osm_")
        }
        lon, lat = feature["geometry"]["coordinates"]
        kind = feature["properties"]["osm_type"]
        place = {"lat": lat, "lon": lon}
        element = {"type": kind, "id": feature["properties"]["osm_id"], "tags": tags}
        elements.append(element | (place if kind == "node" else {"center": place}))
    body = {"osm3s": {"timestamp_osm_base": "2025-12-22T17:56:00Z"}, "elements": elements}
    line = [{"lat": 45.5, "lon": -73.6}, {"lat": 45.51, "lon": -73.6}]
    street = {"type": "way", "id": 1, "geometry": line, "tags": {"highway": "footway"}}
    ring = [*line, {"lat": 45.51, "lon": -73.59}, line[0]]
    park = {"type": "way", "id": 2, "geometry": ring, "tags": {"leisure": "park"}}

    def answer(asked: Asked) -> Answer:
        query = asked.body.decode()
        one = street if "highway" in query else park if "leisure" in query else None
        return fx.as_json(body if one is None else body | {"elements": [one]})

    publisher.routes["/overpass-api.de/api/interpreter"] = answer


def test_montreal_comes_back_as_it_is_in_the_pack(
    home: Workspace, publisher: Publisher, client: Client, inputs: Path
):
    serve_outlines(publisher, inputs)
    serve_stores(publisher, inputs)
    real = inputs / "health" / "msss_m02_installations_2026-03-23.csv"
    publisher.routes[M02] = Answer(real.read_bytes())
    serve_profile(publisher, inputs)
    pack = settings().pack
    data = open_over(pack, home)
    names = ["statcan_outlines", "statcan_profile_api", "msss_m02", "osm"]
    done = fetch(data, home, "montreal", names, client=client)
    status = {d.adapter: (d.status, d.error) for d in done}
    report = build_workspace(pack, home, ["montreal"])
    assert status == dict.fromkeys(names, ("new", None))
    assert report.failed == ()
    now = open_over(pack, home)
    built = {b.id: b for b in report.layers}
    same = (
        "outlines_da_montreal", "outlines_ct_montreal", "census_da", "profile_da",
        "health_installations", "geography_da",
    )  # fmt: skip
    for id_ in same:
        assert built[id_].change.any is False, (id_, built[id_].change)
        before, after = data.layers.read(id_), now.layers.read(id_)
        assert now.layers.manifest(id_).vintage
        if isinstance(before, gpd.GeoDataFrame):
            assert before.geometry.geom_equals_exact(after.geometry, 0.0).all()
        pd.testing.assert_frame_equal(pd.DataFrame(before), pd.DataFrame(after))
    # Stores: the same, each at most at the other end of its own outline.
    before = data.layers.read_shapes("osm_stores_montreal").set_index("service_id")
    after = now.layers.read_shapes("osm_stores_montreal").set_index("service_id")
    assert before.index.equals(after.index)
    for column in before.columns.drop("geometry"):
        pd.testing.assert_series_equal(before[column], after[column])
    plane = "EPSG:32188"
    assert (before.to_crs(plane).distance(after.to_crs(plane)) < 1.0).all()
    # What is computed from the stores follows them: at most as far off as a store moved.
    was, computed = data.layers.read("access_osm_da"), now.layers.read("access_osm_da")
    assert was["unit_id"].equals(computed["unit_id"])
    assert was["food_store_m"].isna().equals(computed["food_store_m"].isna())
    assert (was["food_store_m"] - computed["food_store_m"]).abs().max() < 1.0
    access = now.layers.read("access_da")
    pd.testing.assert_frame_equal(access, data.layers.read("access_da"))
