from __future__ import annotations

import dataclasses
import io
import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from revital.errors import CrsError, SourceError
from revital.sources import (
    statcan_cimd,
    statcan_odhf,
    statcan_outlines,
    statcan_outlines_shapefile,
    statcan_profile_api,
    statcan_profile_bulk,
    statcan_proximity,
)
from revital.sources.base import ADAPTERS, Adapter, Tidy, adapter
from revital.sources.http import Client
from revital.sources.transfer import Request
from tests.sources import fixtures as fx
from tests.sources.census import make
from tests.sources.fixtures import TROIS_RIVIERES
from tests.sources.server import Answer, Asked, Publisher

MAP = "/geo.statcan.gc.ca/geo_wa/rest/services/2021/Cartographic_boundary_files/MapServer"
DAS = [*TROIS_RIVIERES.da_ids, "24370130", "24370131", "24370132", "24370999"]


def go(source: Adapter, client: Client, folder: Path, area=TROIS_RIVIERES) -> Tidy:
    source.fetch(client, area, folder)
    return source.read(folder, area)


def serve_map(publisher: Publisher, page: int = 3, number: int = 12) -> None:
    publisher.routes[MAP] = fx.as_json(
        {
            "layers": [
                {"id": 4, "name": "Census tracts"},
                {"id": 11, "name": "Aggregate dissemination areas"},
                {"id": number, "name": "Dissemination areas"},
                {"id": 13, "name": "Dissemination blocks"},
            ]
        }
    )
    publisher.routes[f"{MAP}/{number}/query"] = fx.arcgis(DAS, page, fx.da_feature, "DAUID")

    def tract(unit: str, rank: int):
        feature = fx.da_feature(unit, rank)
        feature["properties"] = {
            "CTUID": unit, "DGUID": f"2021S0507{unit}", "LANDAREA": 2.996, "PRUID": "24",
        }  # fmt: skip
        return feature

    publisher.routes[f"{MAP}/4/query"] = fx.arcgis(
        ["4420002.00", "4420003.00"], 500, tract, "CTUID"
    )


def test_every_adapter_is_there_and_named_after_its_module():
    for id_ in ADAPTERS:
        assert adapter(id_).id == id_


def test_outlines_come_page_by_page(client: Client, publisher: Publisher, tmp_path: Path):
    serve_map(publisher)
    tidy = go(statcan_outlines.ADAPTER, client, tmp_path)
    areas = tidy.frames["outlines_da"]
    assert areas["unit_id"].tolist() == sorted(TROIS_RIVIERES.da_ids)
    assert tidy.rows_in == {"outlines_da": 7, "outlines_ct": 2}
    assert areas.crs.to_epsg() == 4326
    assert areas["land_area_km2"].tolist() == [0.25, 1.25, 2.25]
    assert tidy.frames["outlines_ct"]["unit_id"].tolist() == ["4420003.00"]
    asked = [a.query for a in publisher.asked if a.path.endswith("/12/query")]
    assert [q.get("resultOffset") for q in asked] == [None, "0", "3", "6"]
    assert {q["where"] for q in asked} == {"DAUID LIKE '2437%'"}
    assert {q["outSR"] for q in asked[1:]} == {"4326"}


def test_outlines_can_be_read_offline(client: Client, publisher: Publisher, tmp_path: Path):
    serve_map(publisher)
    first = go(statcan_outlines.ADAPTER, client, tmp_path)
    before = len(publisher.asked)
    with Client(base_url=publisher.url, offline=True) as away:
        again = go(statcan_outlines.ADAPTER, away, tmp_path)
    assert len(publisher.asked) == before
    pd.testing.assert_frame_equal(first.frames["outlines_da"], again.frames["outlines_da"])


def test_a_moved_layer_is_found_by_name_and_said(
    client: Client, publisher: Publisher, tmp_path: Path
):
    serve_map(publisher, number=15)
    tidy = go(statcan_outlines.ADAPTER, client, tmp_path)
    assert [n.params["number"] for n in tidy.notes] == [15]


def test_pages_that_repeat_are_caught(client: Client, publisher: Publisher, tmp_path: Path):
    serve_map(publisher)
    good = fx.arcgis(DAS, 3, fx.da_feature, "DAUID")

    def stuck(asked: Asked) -> Answer:
        if asked.query.get("resultOffset") == "3":
            asked = dataclasses.replace(asked, query=asked.query | {"resultOffset": "0"})
        return good(asked)

    publisher.routes[f"{MAP}/12/query"] = stuck
    with pytest.raises(SourceError, match="répète ses pages"):
        statcan_outlines.ADAPTER.fetch(client, TROIS_RIVIERES, tmp_path)


def test_no_unit_at_all_is_said(client: Client, publisher: Publisher, tmp_path: Path):
    serve_map(publisher)
    publisher.routes[f"{MAP}/12/query"] = fx.as_json({"count": 0})
    with pytest.raises(SourceError, match="ne connaît aucune unité"):
        statcan_outlines.ADAPTER.fetch(client, TROIS_RIVIERES, tmp_path)


def test_an_error_inside_a_200_is_seen(client: Client, publisher: Publisher, tmp_path: Path):
    serve_map(publisher)
    publisher.routes[f"{MAP}/12/query"] = fx.as_json(
        {"error": {"code": 400, "message": "Unable to complete operation."}}
    )
    with pytest.raises(SourceError, match=r"Unable to complete operation\."):
        statcan_outlines.ADAPTER.fetch(client, TROIS_RIVIERES, tmp_path)


def test_a_changed_column_is_caught(client: Client, publisher: Publisher, tmp_path: Path):
    def renamed(unit: str, rank: int):
        feature = fx.da_feature(unit, rank)
        feature["properties"]["LAND_AREA"] = feature["properties"].pop("LANDAREA")
        return feature

    serve_map(publisher)
    publisher.routes[f"{MAP}/12/query"] = fx.arcgis(DAS, 500, renamed, "DAUID")
    with pytest.raises(SourceError, match="« LANDAREA » attendue"):
        go(statcan_outlines.ADAPTER, client, tmp_path)


def test_a_place_without_units_is_told_so(client: Client, publisher: Publisher, tmp_path: Path):
    serve_map(publisher)
    bare = dataclasses.replace(TROIS_RIVIERES, da_ids=(), ct_ids=(), csd_ids=())
    with pytest.raises(SourceError, match="ne dit pas quelles unités"):
        statcan_outlines.ADAPTER.fetch(client, bare, tmp_path)


SHP = "/www12.statcan.gc.ca/census-recensement/2021/geo/sip-pis/boundary-limites/files-fichiers/"


def shapefile(folder: Path, crs: str | None = "EPSG:3347", drop: str = "") -> bytes:
    shapes = gpd.GeoSeries(
        [shapely.geometry.shape(fx.square(-72.6 + i * 0.01, 46.3)) for i in range(len(DAS))],
        crs="EPSG:4326",
    ).to_crs("EPSG:3347")
    table = {
        "DAUID": DAS,
        "DGUID": [f"2021S0512{u}" for u in DAS],
        "LANDAREA": np.arange(len(DAS)) + 0.25,
        "PRUID": ["24"] * len(DAS),
    }
    table.pop(drop, None)
    frame = gpd.GeoDataFrame(table, geometry=shapes)
    folder.mkdir()
    frame.to_file(folder / "lda_000b21a_e.shp", encoding="UTF-8")
    members = {p.name: p.read_bytes() for p in folder.iterdir() if crs or p.suffix != ".prj"}
    return fx.zipped(members)


def test_the_shapefile_gives_the_same_outlines(
    client: Client, publisher: Publisher, tmp_path: Path
):
    publisher.routes[SHP + "lda_000b21a_e.zip"] = Answer(shapefile(tmp_path / "shp"))
    tidy = go(statcan_outlines_shapefile.ADAPTER, client, tmp_path / "raw")
    serve_map(publisher)
    live = go(statcan_outlines.ADAPTER, client, tmp_path / "live")
    ours, theirs = tidy.frames["outlines_da"], live.frames["outlines_da"]
    assert ours["unit_id"].tolist() == theirs["unit_id"].tolist()
    assert ours["land_area_km2"].tolist() == theirs["land_area_km2"].tolist()
    # Shapefiles wind their rings the other way round.
    assert ours.normalize().geom_equals_exact(theirs.normalize(), 1e-7).all()


def test_a_shapefile_without_projection_or_column_is_refused(
    client: Client, publisher: Publisher, tmp_path: Path
):
    route = SHP + "lda_000b21a_e.zip"
    publisher.routes[route] = Answer(shapefile(tmp_path / "a", crs=None))
    with pytest.raises(CrsError, match="système de coordonnées"):
        go(statcan_outlines_shapefile.ADAPTER, client, tmp_path / "one")
    publisher.routes[route] = Answer(shapefile(tmp_path / "b", drop="LANDAREA"))
    with pytest.raises(SourceError, match="« LANDAREA » attendue"):
        go(statcan_outlines_shapefile.ADAPTER, client, tmp_path / "one")
    far = dataclasses.replace(TROIS_RIVIERES, da_ids=("24999999",), csd_ids=("2499000",))
    publisher.routes[route] = Answer(shapefile(tmp_path / "c"))
    with pytest.raises(SourceError, match="aucune aire du territoire"):
        go(statcan_outlines_shapefile.ADAPTER, client, tmp_path / "two", far)


API = "/api.statcan.gc.ca/census-recensement/profile/sdmx/rest/data"
CSD = "2021A00052437067"


def serve_profile(publisher: Publisher, words: dict[int, str]) -> None:
    """Answer any call of the service, by what its address asks for."""

    def answer(asked: Asked) -> Answer:
        _, key = asked.path.removeprefix(API + "/STC_CP,").split("/")
        every, places, gender, codes, statistic = key.split(".")
        assert every == "A5"
        assert (gender, statistic) == ("1", "1")
        assert asked.query == {"format": "jsondata"}
        assert asked.headers["accept-language"] == "en"
        numbers = [int(c) for c in codes.split("+")] if codes else sorted(words)
        areas = places.split("+")
        values = {(a, n): VALUES.get((a, words[n]), 10 + n % 7) for a in areas for n in numbers}
        return fx.as_json(fx.sdmx(areas, values, {n: words[n] for n in numbers}))

    def any_path(asked: Asked) -> Answer:
        return answer(asked) if asked.path.startswith(API) else Answer(b"", 404)

    class Everything(dict):
        def get(self, path: str, default=None):
            return any_path if path.startswith(API) else super().get(path, default)

    publisher.routes = Everything(publisher.routes)


VALUES = {
    ("2021S051224370110", make.LABELS[1]): 431,
    ("2021S051224370110", make.LABELS[345]): 39.7,
    ("2021S051224370128", make.LABELS[243]): (None, "x"),
}


def renumbered() -> dict[int, str]:
    """The service's own numbers: other than those of the download files."""
    words = make.labels(60) | {78: make.LABELS[78], 86: make.LABELS[86]}
    words |= {229: make.LABELS[243], 230: make.LABELS[244], 331: make.LABELS[345]}
    words |= {1400: make.LABELS[1414], 1401: "  Owner", 1402: "  Renter", 1500: "  Owner"}
    return words


def test_the_profile_is_asked_by_words_not_by_numbers(
    client: Client, publisher: Publisher, tmp_path: Path
):
    serve_profile(publisher, renumbered())
    tidy = go(statcan_profile_api.ADAPTER, client, tmp_path)
    frame = tidy.frames["profile_da"].set_index("unit_id")
    assert frame.index.tolist() == sorted(TROIS_RIVIERES.da_ids)
    assert frame.at["24370110", "population"] == 431
    assert frame.at["24370110", "low_income_share"] == pytest.approx(0.397)
    assert np.isnan(frame.at["24370128", "median_household_income_cad"])
    assert tidy.frames["profile_da_withheld"].to_dict("records") == [
        {"unit_id": "24370128", "column": "median_household_income_cad",
         "reason": "confidentiality"}
    ]  # fmt: skip
    assert tidy.frames["profile_ct"]["unit_id"].tolist() == ["4420003.00"]
    assert "2021S05074420003_00" in next(a.path for a in publisher.asked if "DF_CT" in a.path)
    told = {n.params["column"]: n.params.get("number") for n in tidy.notes}
    assert told["median_household_income_cad"] == 229
    assert told["owner_households"] == 1401
    assert "immigrants" in told
    assert "immigrants" not in frame.columns
    assert len([a for a in publisher.asked if "DF_DA" in a.path]) == 1


def test_areas_do_without_tracts_that_the_service_refuses(
    client: Client, publisher: Publisher, tmp_path: Path
):
    serve_profile(publisher, renumbered())
    good = publisher.routes.get(API)

    class NoTracts(dict):
        def get(self, path: str, default=None):
            return Answer(b"", 404) if "DF_CT" in path else good

    publisher.routes = NoTracts()
    tidy = go(statcan_profile_api.ADAPTER, client, tmp_path)
    assert "profile_ct" not in tidy.frames
    assert len(tidy.frames["profile_da"]) == 3
    assert any("secteurs de recensement" in n.message for n in tidy.notes)


def test_a_service_that_changes_its_numbers_midway_is_caught(
    client: Client, publisher: Publisher, tmp_path: Path
):
    serve_profile(publisher, renumbered())
    statcan_profile_api.ADAPTER.fetch(client, TROIS_RIVIERES, tmp_path)
    other = renumbered() | {229: "Something else"}
    serve_profile(publisher, other)
    page = tmp_path / "da-000.json"
    url = next(a.path for a in publisher.asked if "DF_DA" in a.path)
    page.unlink()
    client.fetch(
        Request(
            "https:/" + url,
            "da-000.json",
            content="json",
            params={"format": "jsondata"},
            headers={"Accept-Language": "en"},
        ),
        tmp_path,
    )
    with pytest.raises(SourceError, match="se contredit"):
        statcan_profile_api.ADAPTER.read(tmp_path, TROIS_RIVIERES)


def test_labels_in_another_language_are_refused(
    client: Client, publisher: Publisher, tmp_path: Path
):
    serve_profile(publisher, {1: "Population, recensement", 2: "Autre"})
    with pytest.raises(SourceError, match="Aucune des caractéristiques attendues"):
        statcan_profile_api.ADAPTER.fetch(client, TROIS_RIVIERES, tmp_path)


BULK = (
    "/www12.statcan.gc.ca/census-recensement/2021/dp-pd/prof/details/download-telecharger/comp/"
    "GetFile.cfm"
)


def test_the_download_file_gives_the_same_table(
    client: Client, publisher: Publisher, tmp_path: Path
):
    units = [f"2021S0512{u}" for u in DAS]
    data, index = make.write_profile(
        tmp_path / "made",
        {
            "2021A000524": {1: "8501833"},
            **{u: {1: str(400 + i), 345: "39.7", 243: "33600"} for i, u in enumerate(units)},
            "2021S05074420003.00": {1: "2465", 243: ("", "x")},
        },
    )
    publisher.routes[BULK] = Answer(make.write_zip(data, index).read_bytes())
    source = statcan_profile_bulk.ADAPTER
    tidy = go(source, client, tmp_path / "raw")
    assert publisher.asked[0].query == {"Lang": "E", "FILETYPE": "CSV", "GEONO": "006_Quebec"}
    frame = tidy.frames["profile_da"].set_index("unit_id")
    assert frame["population"].to_dict() == {"24370110": 400, "24370128": 401, "24370129": 402}
    assert frame["low_income_share"].tolist() == [0.397] * 3
    assert tidy.notes == []
    tract = tidy.frames["profile_ct"].iloc[0]
    assert tract["population"] == 2465
    assert np.isnan(tract["median_household_income_cad"])
    for path in (data, index):
        (tmp_path / "raw" / path.name).write_bytes(path.read_bytes())
    (tmp_path / "raw" / "98-401-X2021006_Quebec_eng_CSV.zip").unlink()
    unpacked = source.read(tmp_path / "raw", TROIS_RIVIERES)
    pd.testing.assert_frame_equal(unpacked.frames["profile_da"], tidy.frames["profile_da"])


PMD = "/www150.statcan.gc.ca/n1/pub/17-26-0002/2023001/csv/pmd-eng.zip"


def block(unit: str, people: str, grocery: str, **more: str) -> dict[str, str]:
    row = dict.fromkeys(statcan_proximity.COLUMNS, "..")
    row |= {"DBUID": unit, "DBPOP": people, "DAUID": unit[:8], "CSDUID": "2437067"}
    return row | {"prox_idx_grocery": grocery, "amenity_dense": "0"} | more


def test_proximity_is_missing_where_nothing_is_near(
    client: Client, publisher: Publisher, tmp_path: Path
):
    rows = [
        block("24370110001", "30", "0.2"),
        block("24370110002", "10", "0.6"),
        block("24370110003", "60", ".."),
        block("24370128001", "1,200", "F", amenity_dense="1"),
        block("35200001001", "10", "0.9", CSDUID="3520005"),
    ]
    text = fx.csv_text([*statcan_proximity.COLUMNS, "CSDNAME"], rows)
    publisher.routes[PMD] = Answer(fx.zipped({"pmd-eng/PMD-en.csv": text}))
    tidy = go(statcan_proximity.ADAPTER, client, tmp_path)
    blocks = tidy.frames["proximity_db"].set_index("unit_id")
    assert len(blocks) == 4
    assert tidy.rows_in["proximity_db"] == 5
    assert blocks.at["24370128001", "population"] == 1200
    assert np.isnan(blocks.at["24370128001", "grocery_proximity"])
    areas = tidy.frames["proximity_da"].set_index("unit_id")
    # (0.2 x 30 + 0.6 x 10) / 40, and 40 of 100 residents have a value.
    assert areas.at["24370110", "grocery_proximity"] == pytest.approx(0.3)
    assert areas.at["24370110", "grocery_proximity_coverage"] == pytest.approx(0.4)
    assert np.isnan(areas.at["24370128", "grocery_proximity"])


def test_a_changed_proximity_table_is_caught(client: Client, publisher: Publisher, tmp_path: Path):
    text = fx.csv_text(statcan_proximity.COLUMNS, [block("24370110001", "30", "near")])
    publisher.routes[PMD] = [
        Answer(fx.zipped({"PMD-en.csv": text.replace("prox_idx_lib", "prox_lib")})),
        Answer(fx.zipped({"PMD-en.csv": text})),
        Answer(fx.zipped({"PMD-en.csv": ",".join(statcan_proximity.COLUMNS) + "\n"})),
        Answer(fx.zipped({"readme.txt": "x"})),
        Answer(fx.zipped({"PMD-en.csv": text.encode() + "caf\u00e9".encode("utf-16")})),
    ]
    for sentence in (
        "« prox_idx_lib » attendue",
        "« near » n'est pas un nombre",
        "est vide",
        "On y trouve : readme.txt",
        "aucun des codages|CSV lisible|n'est pas un nombre",
    ):
        with pytest.raises(SourceError, match=sentence):
            go(statcan_proximity.ADAPTER, client, tmp_path)


ODHF = "/www150.statcan.gc.ca/n1/en/pub/13-26-0001/2020001/ODHF_v1.1.zip"


def facility(n: int, name: str, lat: str, lon: str, **more: str) -> dict[str, str]:
    return {
        "index": str(n), "facility_name": name, "odhf_facility_type": "Hospitals",
        "street_no": "731", "street_name": "rue Sainte-Julie", "province": "qc", "Pruid": "24",
        "latitude": lat, "longitude": lon,
    } | more  # fmt: skip


@pytest.mark.parametrize("encoding", ["cp1252", "utf-8"])
def test_health_facilities_in_either_encoding(
    client: Client, publisher: Publisher, tmp_path: Path, encoding: str
):
    rows = [
        facility(1, "Hôpital régional", "46.35", "-72.54"),
        facility(2, "Sans place", "", ""),
        facility(3, "Signe perdu", "46.35", "72.54"),
        facility(4, "Ailleurs", "45.5", "-73.6", odhf_facility_type="Nouveau type"),
        facility(5, "Ontario", "43.6", "-79.3", province="on", Pruid="35"),
    ]
    text = fx.csv_text(statcan_odhf.COLUMNS, rows).encode(encoding)
    publisher.routes[ODHF] = Answer(fx.zipped({"ODHF_v1.1/odhf_v1.1.csv": text}))
    tidy = go(statcan_odhf.ADAPTER, client, tmp_path)
    frame = tidy.frames["facilities_odhf"]
    assert frame["name"].tolist() == ["Hôpital régional"]
    assert frame["address"].tolist() == ["731 rue Sainte-Julie"]
    assert [(r.row, r.key) for r in tidy.rejects] == [(3, "Sans place"), (4, "Signe perdu")]


ODHF_PAGE = statcan_odhf.PAGE.removeprefix("https:/")
RECENT = ["Facility_Name", "Facility_Type", "Street_No", "Street_Name", "Postal_Code", "Province"]


def recent_edition(form: str) -> bytes:
    """A later edition as far as it is known: other names, other formats, metres called degrees."""
    rows = [
        ("Pharmacie du Coin", "Pharmacies", "12", "rue Une", "G9A 1A1", "QC", -72.54, 46.35),
        ("Clinique Deux", "Medical clinics", "", "", "", "QC", -72.55, 46.34),
        ("Foyer", "Long-term care homes", "3", "rue Trois", "", "QC", -72.56, 46.36),
        ("Toronto", "Hospitals", "4", "Four St", "", "ON", -79.3, 43.6),
    ]
    table = pd.DataFrame([r[:6] for r in rows], columns=RECENT)
    points = gpd.points_from_xy([r[6] for r in rows], [r[7] for r in rows])
    frame = gpd.GeoDataFrame(table, geometry=points, crs="EPSG:4326")
    made = io.BytesIO()
    if form == "csv":
        text = table.assign(Latitude=[r[7] for r in rows], Longitude=[r[6] for r in rows])
        return fx.zipped({"odhf_v2.0.csv": text.to_csv(index=False)})
    if form == "geojson":
        plain = json.loads(frame.to_crs("EPSG:3347").to_json(drop_id=True))
        plain.pop("crs", None)
        return fx.zipped({"odhf_v2.geojson": json.dumps(plain)}, (2026, 3, 1))
    if form == "parquet":
        frame.to_crs("EPSG:3347").to_parquet(made)
    else:
        frame.to_crs("EPSG:3347").to_file(made, driver="GPKG")
    return fx.zipped({f"odhf_v2.{form}": made.getvalue()}, (2026, 3, 1))


@pytest.mark.parametrize("form", ["csv", "geojson", "parquet", "gpkg"])
def test_a_later_edition_is_found_on_the_page_and_read_by_its_names(
    client: Client, publisher: Publisher, tmp_path: Path, form: str
):
    page = f"""<html><a href="2020001/ODHF_v1.1.zip">1.1</a>
      <a href="2026001/odhf_v2_{form}.zip">2</a> <a href="/n1/else/x.zip">x</a></html>"""
    publisher.routes[ODHF_PAGE] = Answer(page.encode(), content_type="text/html")
    folder = ODHF_PAGE.rsplit("/", 1)[0]
    publisher.routes[f"{folder}/2026001/odhf_v2_{form}.zip"] = Answer(recent_edition(form))
    tidy = go(statcan_odhf.ADAPTER, client, tmp_path)
    frame = tidy.frames["facilities_odhf"].sort_values("name", ignore_index=True)
    assert frame["name"].tolist() == ["Clinique Deux", "Foyer", "Pharmacie du Coin"]
    assert frame["category"].tolist() == ["clinic", "residential_care", "pharmacy"]
    assert frame["address"].tolist()[1:] == ["3 rue Trois", "12 rue Une"]
    assert pd.isna(frame["address"][0])
    assert frame.geometry.x.tolist() == pytest.approx([-72.55, -72.56, -72.54], abs=1e-5)
    assert set(frame["source"]) == {"Statistique Canada, ODHF 2.0"}
    assert tidy.notes[0].params["name"] == "2.0"
    assert ("mètres" in " ".join(n.message for n in tidy.notes)) is (form == "geojson")


def test_the_first_edition_serves_where_the_page_does_not_answer():
    found = statcan_odhf.editions_on(
        '<a href="ODHF_v1.1.zip">a</a><a href="odhf-geojson.zip">b</a>'
        '<a href="odhf-gpkg.zip">c</a>',
        statcan_odhf.PAGE,
    )
    assert [e.file for e in found] == ["odhf-gpkg.zip", "odhf-geojson.zip", "ODHF_v1.1.zip"]
    assert [e.name for e in found] == ["?", "?", "1.1"]
    assert statcan_odhf.editions_on("<html></html>", statcan_odhf.PAGE) == []


def test_columns_that_nothing_recognises_are_named(
    client: Client, publisher: Publisher, tmp_path: Path
):
    publisher.routes[ODHF] = Answer(fx.zipped({"odhf_v1.1.csv": "index,label\n1,A\n"}))
    with pytest.raises(SourceError, match="ne se reconnaît comme « name »"):
        go(statcan_odhf.ADAPTER, client, tmp_path)


CIMD = "/www150.statcan.gc.ca/n1/pub/45-20-0001/2023001/csv/can_scores_quintiles_csv-eng.zip"


def cimd_table() -> str:
    row = dict.fromkeys(statcan_cimd.COLUMNS, "3")
    rows = [
        row | {"PRCDDA": "24370110", "Situational vulnerability Scores": "1.251"},
        row | {"PRCDDA": "24370128", "Economic dependency Scores": ""},
        row | {"PRCDDA": "35200001"},
    ]
    return fx.csv_text(["PROVINCE", *statcan_cimd.COLUMNS], rows)


def test_deprivation_scores_of_the_corrected_edition(
    client: Client, publisher: Publisher, tmp_path: Path
):
    name = "can_scores_quintiles_EN.csv"
    publisher.routes[CIMD] = Answer(fx.zipped({name: cimd_table()}, (2024, 10, 22)))
    tidy = go(statcan_cimd.ADAPTER, client, tmp_path)
    frame = tidy.frames["cimd_da"].set_index("unit_id")
    assert frame.index.tolist() == ["24370110", "24370128"]
    assert frame.at["24370110", "situational_vulnerability_score"] == 1.251
    assert frame.at["24370110", "situational_vulnerability_quintile"] == 3
    assert np.isnan(frame.at["24370128", "economic_dependency_score"])
    assert tidy.vintage == "2021, 2024-10-22"


def test_deprivation_scores_from_before_the_correction_are_refused(
    client: Client, publisher: Publisher, tmp_path: Path
):
    body = fx.zipped({"can_scores_quintiles_EN.csv": cimd_table()}, (2023, 11, 10))
    publisher.routes[CIMD] = Answer(body)
    with pytest.raises(SourceError, match="d'avant la correction du 2024-10-22"):
        go(statcan_cimd.ADAPTER, client, tmp_path)
