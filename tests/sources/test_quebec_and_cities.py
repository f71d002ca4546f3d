from __future__ import annotations

import dataclasses
import io
import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import openpyxl
import pandas as pd
import pytest
import shapely

from revital.errors import SourceError
from revital.sources import ckan_city, inspq_deprivation, msss_m02, osm, transit
from revital.sources.base import Adapter, Tidy
from revital.sources.http import Client
from revital.sources.readers import ckan
from tests.sources import fixtures as fx
from tests.sources.fixtures import TROIS_RIVIERES
from tests.sources.server import Answer, Asked, Publisher


def go(source: Adapter, client: Client, folder: Path, area=TROIS_RIVIERES) -> Tidy:
    source.fetch(client, area, folder)
    return source.read(folder, area)


M02 = msss_m02.URL.removeprefix("https:/")


def installation(code: str, name: str, **more: str) -> dict[str, str]:
    row = dict.fromkeys(msss_m02.COLUMNS, " ") | dict.fromkeys(msss_m02.MISSIONS, "Non")
    row |= {
        "INSTAL_COD": code, "INSTAL_NOM": name, "MUN_CODE": "37067", "MUN_NOM": "Trois-Rivières",
        "LONGITUDE": "-72.5593", "LATITUDE": "46.3340", "DATE_MAJ": "2026-03-23",
    }  # fmt: skip
    return row | more


def test_installations_keep_the_publishers_columns(
    client: Client, publisher: Publisher, tmp_path: Path
):
    rows = [
        installation("51231", "CLSC CHANOINE-CHAMBERLAND", CLSC="Oui"),
        installation("51232", "SANS PLACE", LONGITUDE=" ", LATITUDE=" "),
        installation("51231", "DEUX FOIS"),
        installation("51233", "MISSION DOUTEUSE", CHSLD="Peut-être"),
        installation("51234", "AUX ANTIPODES", LONGITUDE="72.5"),
    ]
    text = "\ufeff" + fx.csv_text(msss_m02.COLUMNS, rows)
    publisher.routes[M02] = Answer(text.encode())
    tidy = go(msss_m02.ADAPTER, client, tmp_path)
    frame = tidy.frames["installations"]
    assert list(frame.columns) == list(msss_m02.COLUMNS)
    assert frame["INSTAL_COD"].tolist() == ["51231"]
    assert frame["CASE_POST"].isna().all()
    assert [(r.row, r.key, r.message) for r in tidy.rejects] == [
        (3, "51232", "Sans coordonnées au Québec."),
        (4, "51231", "Code d'installation absent ou déjà lu."),
        (5, "51233", "Mission ni « Oui » ni « Non »."),
        (6, "51234", "Sans coordonnées au Québec."),
    ]
    assert tidy.vintage == "2026-03-23"


def test_installations_that_changed_are_refused(
    client: Client, publisher: Publisher, tmp_path: Path
):
    text = fx.csv_text(msss_m02.COLUMNS, [installation("1", "HÔPITAL")])
    publisher.routes[M02] = [
        Answer(text.replace("INSTAL_NOM", "NOM").encode()),
        Answer(text.encode("cp1252")),
        Answer((",".join(msss_m02.COLUMNS) + "\r\n").encode()),
    ]
    for sentence in ("« INSTAL_NOM » attendue", "n'est pas un tableau lisible", "est vide"):
        with pytest.raises(SourceError, match=sentence):
            go(msss_m02.ADAPTER, client, tmp_path)


@pytest.mark.inputs
def test_the_real_file_of_installations_is_read_whole(
    client: Client, publisher: Publisher, tmp_path: Path, inputs: Path
):
    real = inputs / "health" / "msss_m02_installations_2026-03-23.csv"
    publisher.routes[M02] = Answer(real.read_bytes())
    tidy = go(msss_m02.ADAPTER, client, tmp_path)
    assert len(tidy.frames["installations"]) == 1592
    assert tidy.rejects == []
    assert (tidy.frames["installations"]["MUN_NOM"] == "Trois-Rivières").sum() == 28


CKAN = "/www.donneesquebec.ca/recherche/api/3/action"


def dataset(name: str, title: str, *resources: dict[str, str]) -> dict[str, Any]:
    return {
        "id": f"id-{name}", "name": name, "title": title, "license_title": "CC-BY 4.0",
        "resources": list(resources),
    }  # fmt: skip


def resource(url: str, format_: str, name: str = "", modified: str = "") -> dict[str, str]:
    return {"id": url[-8:], "url": url, "format": format_, "name": name, "last_modified": modified}


def deprivation_zip(folder: Path, **columns: list) -> bytes:
    units = ["24370110", "24370128", "24370999"]
    table = {
        "ADIDU": units, "ADPOP2021": [431, 400, 0], "SDRIDU": ["2437067"] * 3,
        "SDRNOM": ["Trois-Rivières"] * 3, "QuintMat": [5, 4, None], "QuintSoc": [5, 5, None],
        "QuintMatRS": [5, 3, None], "QuintSocRS": [4, 5, None], "CentMat": [98, 77, None],
        "CentSoc": [95, 91, None], "ComRSS": ["04"] * 3,
    } | columns  # fmt: skip
    shapes = [shapely.geometry.shape(fx.square(-72.6 + i * 0.01, 46.3)) for i in range(3)]
    folder.mkdir()
    gpd.GeoDataFrame(table, geometry=shapes, crs="EPSG:4326").to_file(
        folder / "Ad_2021_IndDef.shp", encoding="UTF-8"
    )
    return fx.zipped({f"SHP/{p.name}": p.read_bytes() for p in folder.iterdir()})


def workbook(sheet: str = "Données", heading: str = "AD") -> bytes:
    book = openpyxl.Workbook()
    book.active.title = "Lisez-moi"
    page = book.create_sheet(sheet)
    page.append(["Indice de défavorisation matérielle et sociale, 2021"])
    page.append([])
    page.append([heading, "RSS", "RLS", "QuintMatRSS", "QuintSocRSS"])
    page.append([24370110, "04", "0412", 5, 4])
    page.append(["24370128", "04", "0412", 3, None])
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def serve_package(publisher: Publisher, *resources: dict[str, str]) -> None:
    publisher.routes[f"{CKAN}/package_show"] = fx.as_json(
        {
            "success": True,
            "result": dataset(inspq_deprivation.SLUG, "Indice de défavorisation", *resources),
        }
    )


def test_the_deprivation_index_comes_from_the_shapefile(
    client: Client, publisher: Publisher, tmp_path: Path
):
    base = "https://www.donneesquebec.ca/d"
    serve_package(
        publisher,
        resource(f"{base}/guide.pdf", "PDF", "Guide"),
        resource(f"{base}/ad2021inddef.zip", "SHP", "Indice (SHP)"),
        resource(f"{base}/tableau.xlsx", "XLSX", "Données"),
    )
    publisher.routes["/www.donneesquebec.ca/d/ad2021inddef.zip"] = Answer(
        deprivation_zip(tmp_path / "made")
    )
    tidy = go(inspq_deprivation.ADAPTER, client, tmp_path / "raw")
    assert publisher.asked[0].query == {"id": inspq_deprivation.SLUG}
    frame = tidy.frames["deprivation_da"].set_index("unit_id")
    assert frame.index.tolist() == ["24370110", "24370128"]
    assert frame.loc["24370110"].to_dict() == {
        "population": 431, "material_quintile": 5, "social_quintile": 5,
        "material_quintile_region": 5, "social_quintile_region": 4, "material_centile": 98,
        "social_centile": 95,
    }  # fmt: skip
    assert tidy.rows_in == {"deprivation_da": 3}


def test_a_deprivation_index_of_another_coding_is_refused(
    client: Client, publisher: Publisher, tmp_path: Path
):
    serve_package(publisher, resource("https://h.org/ad.zip", "ZIP", "inddef"))
    bodies = {
        "n'est pas un quintile": deprivation_zip(tmp_path / "a", QuintMat=[0, 4, None]),
        "8 chiffres attendus": deprivation_zip(tmp_path / "c", ADIDU=["24", "24370128", "1"]),
    }
    for sentence, body in bodies.items():
        publisher.routes["/h.org/ad.zip"] = Answer(body)
        with pytest.raises(SourceError, match=sentence):
            go(inspq_deprivation.ADAPTER, client, tmp_path / "raw")


def test_the_deprivation_index_comes_from_the_workbook(
    client: Client, publisher: Publisher, tmp_path: Path
):
    serve_package(publisher, resource("https://h.org/tableau.xlsx", "XLSX", "Données"))
    publisher.routes["/h.org/tableau.xlsx"] = [
        Answer(workbook(sheet="Feuil1")),
        Answer(workbook(heading="Aire")),
        Answer(workbook()),
    ]
    with pytest.raises(SourceError, match="n'a pas de feuille « Données »"):
        go(inspq_deprivation.ADAPTER, client, tmp_path / "raw")
    with pytest.raises(SourceError, match="« ADIDU » attendue"):
        go(inspq_deprivation.ADAPTER, client, tmp_path / "raw")
    inspq_deprivation.ADAPTER.fetch(client, TROIS_RIVIERES, tmp_path / "raw")
    tidy = inspq_deprivation.ADAPTER.read(tmp_path / "raw", TROIS_RIVIERES)
    frame = tidy.frames["deprivation_da"].set_index("unit_id")
    assert frame["material_quintile_region"].to_dict() == {"24370110": 5, "24370128": 3}


def test_a_catalogue_that_failed_says_so(client: Client, publisher: Publisher, tmp_path: Path):
    publisher.routes[f"{CKAN}/package_show"] = fx.as_json(
        {"success": False, "error": {"message": "Not found"}}
    )
    with pytest.raises(SourceError, match="Not found"):
        inspq_deprivation.ADAPTER.fetch(client, TROIS_RIVIERES, tmp_path)


def test_the_resource_picked_is_the_current_one_of_the_best_format():
    found = ckan.resources(
        dataset(
            "d",
            "D",
            resource("https://h/2024.geojson", "GeoJSON", "Édition 2024", "2024-05-01"),
            resource("https://h/2025.geojson", "GeoJSON", "Édition 2025", "2025-05-01"),
            resource("https://h/t.csv", "CSV", "Table", "2026-01-01"),
        )
    )
    assert ckan.pick(found, ("GEOJSON", "SHP")).url == "https://h/2025.geojson"
    assert ckan.pick(found, ("GEOJSON",), id_=found[0].id).url == "https://h/2024.geojson"
    with pytest.raises(SourceError, match=r"Table \(CSV\)"):
        ckan.pick(found, ("SHP",))


def features(*shapes: dict[str, Any], **columns: list) -> bytes:
    rows = [
        {"type": "Feature", "geometry": s, "properties": {k: v[i] for k, v in columns.items()}}
        for i, s in enumerate(shapes)
    ]
    return json.dumps({"type": "FeatureCollection", "features": rows}).encode()


def test_a_citys_streets_and_parks_are_found_by_their_words(
    client: Client, publisher: Publisher, tmp_path: Path
):
    base = "https://www.donneesquebec.ca/d"
    found = [
        dataset("reseau-routier-v3r", "Réseau routier", resource(f"{base}/r.geojson", "GeoJSON")),
        dataset("entraves", "Entraves au réseau routier", resource(f"{base}/e.json", "GeoJSON")),
        dataset("parcs", "Parcs", resource(f"{base}/p.zip", "SHP")),
        dataset("parcs-industriels", "Parcs industriels", resource(f"{base}/i.zip", "SHP")),
    ]
    publisher.routes[f"{CKAN}/package_search"] = fx.as_json(
        {"success": True, "result": {"count": 4, "results": found}}
    )
    line = {"type": "LineString", "coordinates": [[-72.55, 46.34], [-72.54, 46.35]]}
    publisher.routes["/www.donneesquebec.ca/d/r.geojson"] = Answer(
        features(line, NOM_VOIE=["rue Saint-Paul"])
    )
    shp = tmp_path / "p"
    shp.mkdir()
    gpd.GeoDataFrame(
        {"NOM": ["parc Pie-XII"]},
        geometry=[shapely.geometry.shape(fx.square(-72.55, 46.34))],
        crs="EPSG:4326",
    ).to_crs("EPSG:32188").to_file(shp / "parcs.shp", encoding="UTF-8")
    publisher.routes["/www.donneesquebec.ca/d/p.zip"] = Answer(
        fx.zipped({p.name: p.read_bytes() for p in shp.iterdir()})
    )
    tidy = go(ckan_city.ADAPTER, client, tmp_path / "raw")
    assert publisher.asked[0].query == {
        "rows": "1000", "fq": "organization:ville-de-trois-rivieres"
    }  # fmt: skip
    assert tidy.frames["city_streets"]["name"].tolist() == ["rue Saint-Paul"]
    park = tidy.frames["city_parks"]
    assert park["name"].tolist() == ["parc Pie-XII"]
    assert park.geometry.iloc[0].centroid.x == pytest.approx(-72.545, abs=1e-6)
    assert tidy.notes == []
    with Client(base_url=publisher.url, offline=True) as away:
        assert len(ckan_city.ADAPTER.fetch(away, TROIS_RIVIERES, tmp_path / "raw")) == 3


def test_a_doubtful_choice_is_left_to_people(client: Client, publisher: Publisher, tmp_path: Path):
    found = [
        dataset("parcs-a", "Parcs", resource("https://h.org/a.geojson", "GeoJSON")),
        dataset("parcs-b", "Parcs et espaces verts", resource("https://h.org/b", "GeoJSON")),
    ]
    publisher.routes[f"{CKAN}/package_search"] = fx.as_json(
        {"success": True, "result": {"count": 2, "results": found}}
    )
    tidy = go(ckan_city.ADAPTER, client, tmp_path)
    assert tidy.frames == {}
    assert [n.params.get("found", n.params.get("n")) for n in tidy.notes] == [2, "parcs-a, parcs-b"]
    publisher.routes["/h.org/b"] = Answer(features(fx.square(-72.5, 46.3), nom=["Vert"]))
    settings = dict(TROIS_RIVIERES.settings) | {"ckan_parks": "parcs-b"}
    named = dataclasses.replace(TROIS_RIVIERES, settings=settings)
    tidy = go(ckan_city.ADAPTER, client, tmp_path, named)
    assert tidy.frames["city_parks"]["name"].tolist() == ["Vert"]


FEED = "/www.donneesquebec.ca/recherche/dataset/sttr/download/gtfs.zip"


def gtfs(**tables: str) -> bytes:
    members = {
        "stops": "stop_id,stop_name,stop_lat,stop_lon\nA,Forges,46.34,-72.54\n"
        "B,Fleuve,46.35,-72.55\nC,Perdu,0,0\n",
        "routes": "route_id,route_short_name\nr1,1\nr2,2\n",
        "trips": "trip_id,route_id,service_id\nt1,r1,W\nt2,r1,W\nt3,r2,X\n",
        # Trip t1 passes twice by stop A: it counts once.
        "stop_times": "trip_id,stop_id\nt1,A\nt1,B\nt1,A\nt2,A\nt3,B\n",
        "calendar_dates": "service_id,date,exception_type\nW,20210210,1\nX,20210213,1\n"
        "X,20210217,1\n",
    } | tables
    return fx.zipped({f"{name}.txt": body for name, body in members.items()})


def test_a_schedule_becomes_stops_with_lines_and_departures(
    client: Client, publisher: Publisher, tmp_path: Path
):
    publisher.routes[FEED] = Answer(gtfs())
    tidy = go(transit.ADAPTER, client, tmp_path)
    frame = tidy.frames["bus_stops"].set_index("service_id")
    assert frame["trips"].to_dict() == {"stop-A": 2, "stop-B": 1}
    assert frame["lines"].to_dict() == {"stop-A": "1", "stop-B": "1;2"}
    assert tidy.vintage == "2021-02-10"
    assert [r.key for r in tidy.rejects] == ["C"]


def test_a_schedule_without_weekday_or_stop_is_refused(
    client: Client, publisher: Publisher, tmp_path: Path
):
    publisher.routes[FEED] = [
        Answer(gtfs(calendar_dates="service_id,date,exception_type\nX,20210213,1\n")),
        Answer(gtfs(stops="stop_id,stop_name,stop_lat,stop_lon\n")),
        Answer(gtfs(trips="trip_id,service_id\n")),
    ]
    for sentence in ("aucun mercredi", "est vide", "« route_id » attendue"):
        with pytest.raises(SourceError, match=sentence):
            go(transit.ADAPTER, client, tmp_path)


@pytest.mark.inputs
def test_the_real_feed_is_read_whole(
    client: Client, publisher: Publisher, tmp_path: Path, inputs: Path
):
    real = inputs / "transit" / "trois_rivieres_sttr_gtfs_hiver_2021.zip"
    publisher.routes[FEED] = Answer(real.read_bytes())
    tidy = go(transit.ADAPTER, client, tmp_path)
    stops = tidy.frames["bus_stops"]
    assert len(stops) == 978
    published = gpd.read_file(inputs / "transit" / "trois_rivieres_sttr_stops_2021.geojson")
    expected = dict(
        zip(
            "stop-" + published["stop_id"].astype(str),
            published["departures_2021_02_10"],
            strict=True,
        )
    )
    ours = stops.set_index("service_id")["trips"].to_dict()
    assert set(ours) == set(expected)
    assert tidy.vintage >= "2021-01-06"


OVERPASS = "/overpass-api.de/api/interpreter"


def element(kind: str, id_: int, **more: Any) -> dict[str, Any]:
    return {"type": kind, "id": id_, "tags": {}} | more


def outline(x: float, y: float, size: float = 0.001) -> list[dict[str, float]]:
    return [{"lat": b, "lon": a} for a, b in fx.square(x, y, size)["coordinates"][0]]


PLACES = [
    element("node", 2, lat=46.34, lon=-72.55, tags={"amenity": "pharmacy", "name": "Pharmacie"}),
    element("node", 1, lat=46.3412345, lon=-72.5512345, tags={
        "shop": "supermarket", "brand": "Super C", "addr:housenumber": "10",
        "addr:street": "rue Y", "opening_hours": "24/7", "contact:phone": "+1 819",
    }),
    element("way", 7, nodes=[1, 2], center={"lat": 46.35, "lon": -72.56},
            tags={"shop": "convenience"}),
    element("relation", 9, members=[], center={"lat": 46.36, "lon": -72.57},
            tags={"amenity": "social_facility", "name": "Ebyôn"}),
    element("node", 11, lat=46.3, lon=-72.5, tags={"amenity": "bench"}),
    element("way", 12, nodes=[1, 2], tags={"shop": "bakery"}),
]  # fmt: skip


def serve_osm(publisher: Publisher, **answers: dict[str, Any]) -> None:
    line = [{"lat": 46.34, "lon": -72.55}, {"lat": 46.35, "lon": -72.54}]
    relation = element("relation", 4, tags={"leisure": "park"}, members=[
        {"type": "way", "role": "outer", "geometry": outline(-72.60, 46.30, 0.01)[:3]},
        {"type": "way", "role": "outer", "geometry": outline(-72.60, 46.30, 0.01)[2:]},
        {"type": "way", "role": "inner", "geometry": outline(-72.595, 46.305, 0.001)},
    ])  # fmt: skip
    bodies = {
        "places": PLACES,
        "parks": [
            element("way", 3, geometry=outline(-72.55, 46.34),
                    tags={"leisure": "park", "name": "Pie-XII"}),
            relation,
        ],
        "streets": [element("way", 5, geometry=line, tags={"highway": "footway"})],
    }  # fmt: skip

    def answer(asked: Asked) -> Answer:
        assert asked.method == "POST"
        query = asked.body.decode()
        kind = "streets" if "highway" in query else "parks" if "leisure" in query else "places"
        body = answers.get(kind) or {
            "version": 0.6,
            "osm3s": {"timestamp_osm_base": "2026-11-20T10:00:00Z"},
            "elements": bodies[kind],
        }
        return fx.as_json(body)

    publisher.routes[OVERPASS] = answer


def test_openstreetmap_becomes_places_parks_and_streets(
    client: Client, publisher: Publisher, tmp_path: Path
):
    serve_osm(publisher)
    tidy = go(osm.ADAPTER, client, tmp_path)
    frame = tidy.frames["osm_places"].set_index("service_id")
    assert frame["category"].to_dict() == {
        "osm-node-1": "supermarket", "osm-node-2": "pharmacy", "osm-way-7": "convenience",
        "osm-relation-9": "social_facility",
    }  # fmt: skip
    shop = frame.loc["osm-node-1"]
    assert (shop["name"], shop["address"], shop["hours"]) == ("Super C", "10 rue Y", "24/7")
    assert shop["phone"] == "+1 819"
    assert (shop.geometry.x, shop.geometry.y) == (-72.551234, 46.341234)
    assert frame.loc["osm-way-7"].geometry.x == -72.56
    assert pd.isna(frame.at["osm-way-7", "name"])
    assert set(frame["as_of"]) == {"2026-11-20"} == {tidy.vintage}
    parks = tidy.frames["osm_parks"].set_index("feature_id")
    assert parks.at["osm-way-3", "name"] == "Pie-XII"
    # The outer ring comes in two pieces, and a hole of one hundredth is taken out.
    assert parks.loc["osm-relation-4"].geometry.area == pytest.approx(1e-4 - 1e-6)
    assert tidy.frames["osm_streets"]["kind"].tolist() == ["footway"]


def test_the_queries_ask_for_the_area_and_a_margin():
    asked = osm.queries(TROIS_RIVIERES)
    assert "(46.22000,-72.78000,46.50000,-72.37000)" in asked["places.json"]
    assert "out center tags" in asked["places.json"]
    assert all(q.startswith("[out:json][timeout:90];") for q in asked.values())


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({"elements": []}, "n'a rien trouvé"),
        ({"elements": PLACES, "remark": "runtime error: Query timed out"}, "Query timed out"),
        ({"version": 0.6}, "« elements » manque"),
    ],
)
def test_an_unfinished_extract_is_never_taken_for_a_whole_one(
    client: Client, publisher: Publisher, tmp_path: Path, body: dict[str, Any], sentence: str
):
    serve_osm(publisher, places=body)
    with pytest.raises(SourceError, match=sentence):
        go(osm.ADAPTER, client, tmp_path)
