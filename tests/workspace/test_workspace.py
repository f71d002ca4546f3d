from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

from revital.catalogue.load import catalogue
from revital.catalogue.models import Column, Layer, Text
from revital.cli.main import cli
from revital.errors import ConflictError, MissingColumnError, UnknownIdError, UserError
from revital.services.check import check_layers, check_provenance
from revital.services.data import open_data
from revital.services.figures import read_indicator
from revital.services.workspace import status
from revital.services.workspace.areas import area_of
from revital.services.workspace.building import build_workspace, open_over
from revital.services.workspace.changes import compare_layers
from revital.services.workspace.fetching import fetch
from revital.services.workspace.home import Workspace
from revital.services.workspace.making import updated
from revital.services.workspace.rows import split_rows
from revital.settings import settings
from revital.sources import msss_m02, statcan_cimd, statcan_proximity
from revital.sources.http import Client
from tests.sources import fixtures as fx
from tests.sources.server import Answer, Publisher
from tests.sources.test_quebec_and_cities import PLACES, element, installation, outline
from tests.sources.test_statcan import PMD, block

M02 = msss_m02.URL.removeprefix("https:/")
TROIS_RIVIERES = "trois-rivieres"


def serve_installations(publisher: Publisher, **more: str) -> None:
    rows = [
        installation("1", "CLSC DU FLEUVE", CLSC="Oui", LONGITUDE="-72.5405", LATITUDE="46.3425"),
        installation("2", "SANS PLACE", LONGITUDE=" ", LATITUDE=" "),
        installation("3", "CLSC DE LA RIVE", CLSC="Oui") | more,
    ]
    publisher.routes[M02] = Answer(fx.csv_text(msss_m02.COLUMNS, rows).encode())


def serve_osm(publisher: Publisher, places: list[dict] | None = None) -> None:
    store = element("node", 77, lat=46.3405, lon=-72.5460, tags={"shop": "supermarket"})
    line = [{"lat": 46.34, "lon": -72.55}, {"lat": 46.35, "lon": -72.54}]
    bodies = {
        "places": [*PLACES, store] if places is None else places,
        "parks": [element("way", 3, geometry=outline(-72.55, 46.34), tags={"leisure": "park"})],
        "streets": [element("way", 5, geometry=line, tags={"highway": "footway"})],
    }

    def answer(asked):
        query = asked.body.decode()
        kind = "streets" if "highway" in query else "parks" if "leisure" in query else "places"
        return fx.as_json(
            {"osm3s": {"timestamp_osm_base": "2026-11-20T10:00:00Z"}, "elements": bodies[kind]}
        )

    publisher.routes["/overpass-api.de/api/interpreter"] = answer


def test_what_to_ask_for_a_place_comes_from_its_outlines(home: Workspace):
    area = area_of(open_over(settings().pack, home), TROIS_RIVIERES)
    assert len(area.da_ids) == 275
    assert area.csd_ids[0] == "2437067"
    assert "4420003.00" in area.ct_ids
    assert area.bounds == (-72.95, 46.18, -72.2, 46.55)
    assert area.settings["ckan_organization"] == "ville-de-trois-rivieres"


def test_a_broken_source_never_blocks_the_others(
    home: Workspace, publisher: Publisher, client: Client
):
    serve_installations(publisher)
    serve_osm(publisher)
    pack = settings().pack
    data = open_over(pack, home)
    done = fetch(data, home, TROIS_RIVIERES, ["msss_m02", "statcan_cimd_2021", "osm"],
                 client=client)  # fmt: skip
    assert [(d.adapter, d.status) for d in done] == [
        ("msss_m02", "new"), ("statcan_cimd", "failed"), ("osm", "new"),
    ]  # fmt: skip
    report = build_workspace(pack, home, [TROIS_RIVIERES])
    assert report.failed == ()
    now = open_over(pack, home)
    installations = now.layers.read("health_installations")
    assert installations["service_id"].tolist() == ["m02-1", "m02-3"]
    assert now.layers.manifest("health_installations").vintage == "2026-03-23"
    m02 = next(s for s in report.sources if s.adapter == "msss_m02")
    assert [(r.row, r.message) for r in m02.rejects] == [(3, "Sans coordonnées au Québec.")]
    # The pack itself is as it was; the place's record now names the new layer.
    assert data.layers.folders[0] == pack
    place = now.catalogue.place(TROIS_RIVIERES)
    assert "osm_places_trois_rivieres" in place.services
    places = now.layers.read("osm_places_trois_rivieres").set_index("service_id")
    assert places.at["osm-node-77", "name"] == "Supermarché"
    assert places.at["osm-node-1", "hours"] == "24/7"
    # A supermarket nearby shortens what was "at most" that far; figures that moved are listed.
    moved = {c.indicator: c for c in report.figures if c.territory == "saint-philippe"}
    assert moved["food_store_distance"].after < moved["food_store_distance"].before
    assert moved["clsc_distance"].before != moved["clsc_distance"].after
    assert "population" not in moved
    assert [str(f.error) for f in (*check_layers(now), *check_provenance(now))] == []


def test_a_source_that_breaks_later_leaves_its_layers_as_they_were(
    home: Workspace, publisher: Publisher, client: Client
):
    serve_installations(publisher)
    pack = settings().pack
    fetch(open_over(pack, home), home, TROIS_RIVIERES, ["msss_m02"], client=client)
    build_workspace(pack, home, [TROIS_RIVIERES])
    good = open_over(pack, home).layers.manifest("health_installations").sha256
    text = fx.csv_text(msss_m02.COLUMNS, [installation("9", "NEUF", CLSC="Oui")])
    publisher.routes[M02] = Answer(text.replace("INSTAL_NOM", "NOM").encode())
    fetch(open_over(pack, home), home, TROIS_RIVIERES, ["msss_m02"], client=client)
    report = build_workspace(pack, home, [TROIS_RIVIERES])
    assert [s.adapter for s in report.failed] == ["msss_m02"]
    assert open_over(pack, home).layers.manifest("health_installations").sha256 == good
    found = status.source_status(open_over(pack, home), home, date(2026, 11, 21))
    item = next(s for s in found if s.record.id == "msss_m02")
    assert item.state == "failed"
    assert "INSTAL_NOM" in item.error["params"]["column"]


def test_building_twice_changes_nothing(home: Workspace, publisher: Publisher, client: Client):
    serve_installations(publisher)
    serve_osm(publisher)
    pack = settings().pack
    fetch(open_over(pack, home), home, TROIS_RIVIERES, ["msss_m02", "osm"], client=client)
    build_workspace(pack, home)
    files = {p.name for p in home.layers.iterdir()}
    again = build_workspace(pack, home)
    assert not any(b.change.any for b in again.layers), [b for b in again.layers if b.change.any]
    assert {p.name for p in home.layers.iterdir()} == files


def test_measures_come_with_the_data_they_need(
    home: Workspace, publisher: Publisher, client: Client
):
    assert read_indicator(open_data(), "proximity_grocery", "saint-philippe").figure is None
    units = ("24370110", "24370128", "24370129", "24370130", "24370131", "24370132")
    rows = [block(f"{u}001", "100", "0.25") for u in units]
    text = fx.csv_text(statcan_proximity.COLUMNS, rows)
    publisher.routes[PMD] = Answer(fx.zipped({"PMD-en.csv": text}))
    pack = settings().pack
    fetch(open_data(), home, TROIS_RIVIERES, ["statcan_proximity"], client=client)
    build_workspace(pack, home)
    figure = read_indicator(open_data(), "proximity_grocery", "saint-philippe").figure
    assert figure is not None
    assert figure.value == pytest.approx(0.25)


def test_nothing_to_build_is_said(home: Workspace):
    with pytest.raises(UserError, match="Rien à construire"):
        build_workspace(settings().pack, home)


def test_an_unknown_source_is_named_before_anything_is_asked(home: Workspace, client: Client):
    with pytest.raises(UnknownIdError, match="msss_m2"):
        fetch(open_data(), home, TROIS_RIVIERES, ["msss_m02", "msss_m2"], client=client)
    assert not home.root.exists()


def test_two_builds_at_once_are_kept_apart(home: Workspace):
    with home.lock(), pytest.raises(ConflictError, match="Une autre opération"):
        build_workspace(settings().pack, home)
    (home.root / ".writing").write_text("999999999")
    with home.lock():
        assert (home.root / ".writing").exists()
    assert not (home.root / ".writing").exists()


COLUMN = Text(fr="c", en="c")
LAYER = Layer(
    id="demo",
    title=COLUMN,
    sources=("osm",),
    processing=COLUMN,
    columns={
        "unit_id": Column(type="str", title=COLUMN),
        "share": Column(type="float", title=COLUMN, min=0, max=1, required=True),
        "count": Column(type="int", title=COLUMN, min=0),
    },
)


def test_each_row_that_does_not_fit_says_why():
    frame = pd.DataFrame(
        {
            "unit_id": ["a", "b", "c", "d", "a", "e", None],
            "share": [0.5, 1.5, None, "half", 0.2, 0.0, 0.3],
            "count": [1, 2, 3, 4, 5, -1, 7],
        }
    )
    kept, rejects = split_rows(LAYER, frame)
    told = {r.row: (r.message, r.params.get("column")) for r in rejects}
    assert told[2] == ("« {column} » : {value} est hors des limites ({low} à {high}).", "share")
    assert told[3] == ("« {column} » manque.", "share")
    assert told[4] == ("« {column} » : « {value} » n'est pas un nombre.", "share")
    assert told[5][0] == "« {column} » : « {value} » se répète."
    assert told[6] == ("« {column} » : {value} est hors des limites ({low} à {high}).", "count")
    assert told[7] == ("« {column} » manque.", "unit_id")
    assert set(told) | {1} == {1, 2, 3, 4, 5, 6, 7}
    assert "b" not in kept["unit_id"].tolist()
    with pytest.raises(MissingColumnError):
        split_rows(LAYER, frame.drop(columns="count"))


def test_new_values_take_the_place_of_old_ones_only_where_there_are_some():
    base = pd.DataFrame({"unit_id": ["a", "b"], "x": [1.0, 2.0], "y": [3.0, 4.0]})
    new = pd.DataFrame({"unit_id": ["b", "c"], "x": [None, 9.0], "z": [0, 0]})
    out = updated(base, new)
    assert list(out.columns) == ["unit_id", "x", "y"]
    assert out["unit_id"].tolist() == ["a", "b", "c"]
    assert out["x"].tolist() == [1.0, 2.0, 9.0]
    assert out["y"].isna().tolist() == [False, False, True]


def test_changes_are_counted_by_row_and_column():
    old = pd.DataFrame({"unit_id": ["a", "b", "c"], "share": [0.1, 0.2, None], "count": [1, 2, 3]})
    new = pd.DataFrame({"unit_id": ["b", "c", "d"], "share": [0.3, None, 0.0], "count": [2, 3, 4]})
    change = compare_layers(LAYER, old, new)
    assert (change.added, change.removed, change.moved) == (1, 1, {"share": 1})
    assert compare_layers(LAYER, old, old).any is False
    assert compare_layers(LAYER, None, new).is_new


@pytest.mark.parametrize(
    ("vintage", "day"),
    [
        ("2021", date(2021, 12, 31)),
        ("2025-04", date(2025, 4, 28)),
        ("2026-03-23", date(2026, 3, 23)),
        ("2021-01-03/2021-03-30", date(2021, 3, 30)),
        ("2017-10/2026-04", date(2026, 4, 28)),
        ("2022, 2025", date(2025, 12, 31)),
        ("—", None),
        ("2021-13-45", None),
    ],
)
def test_the_day_of_an_edition(vintage: str, day: date | None):
    assert status.edition_day(vintage) == day


def test_a_month_later_is_the_same_day_or_the_last():
    assert status.add_months(date(2026, 1, 31), 1) == date(2026, 2, 28)
    assert status.add_months(date(2023, 12, 31), 2) == date(2024, 2, 29)
    assert status.add_months(date(2026, 11, 30), 60) == date(2031, 11, 30)


def test_stale_sources_are_seen(home: Workspace):
    """M02 comes out each month: the pack's edition of March is stale in November, not in April."""
    data = open_data()

    def state(day: date) -> str:
        found = status.source_status(data, home, day)
        return next(s.state for s in found if s.record.id == "msss_m02")

    assert state(date(2026, 4, 20)) == "fresh"
    assert state(date(2026, 5, 23)) == "fresh"
    assert state(date(2026, 5, 24)) == "stale"
    absent = [s for s in status.source_status(data, home, date(2026, 4, 20)) if not s.layers]
    assert {s.state for s in absent} == {"absent"}
    assert all(s.rows == 0 and s.age_days is None for s in absent)


def test_records_of_the_workspace_lie_over_those_of_the_package(home: Workspace):
    record = catalogue().territory("saint-philippe")
    renamed = record.model_copy(update={"title": Text(fr="Quartier", en="Quarter")})
    home.write_record("territories", renamed)
    assert catalogue().territory("saint-philippe").title.fr == "Quartier"
    assert open_data().catalogue.territory("saint-philippe").title.fr == "Quartier"
    home.remove_record("territories", "saint-philippe")
    assert catalogue().territory("saint-philippe").title.fr == record.title.fr


def run(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(cli, list(words), catch_exceptions=False)
    return done.exit_code, done.output


def test_commands_fetch_build_and_tell(
    home: Workspace, publisher: Publisher, monkeypatch: pytest.MonkeyPatch
):
    serve_installations(publisher)
    monkeypatch.setenv("REVITAL_MIRROR", publisher.url)
    settings.cache_clear()
    code, out = run("fetch", "msss_m02", "--territory", "saint-philippe", "--format", "csv")
    assert code == 0
    assert "msss_m02,Nouveau,1" in out
    assert publisher.count(M02) == 1
    code, out = run("fetch", "msss_m02", "--offline", "--lang", "en", "--format", "csv")
    assert (code, publisher.count(M02)) == (0, 1)
    code, out = run("build", "--format", "table")
    assert code == 0
    assert "health_installations" in out
    assert "ligne 3 · 2 · Sans coordonnées au Québec." in out
    assert "Chiffres changés" in out
    code, out = run("build", "--format", "json")
    assert json.loads(out[out.index("{") :])["layers"][0]["adapter"] == "msss_m02"
    code, out = run("sources", "--format", "json", "--lang", "en")
    found = {s["id"]: s for s in json.loads(out)}
    assert found["msss_m02"]["rejected"] == 1
    assert found["msss_m02"]["fetched"]
    assert found["osm"]["attribution"] == "© OpenStreetMap contributors, ODbL 1.0."


def test_a_failed_fetch_is_one_line_and_a_code(home: Workspace, publisher: Publisher):
    publisher.routes[statcan_cimd.URL.removeprefix("https:/")] = Answer(b"", 403)
    code, out = run("fetch", "statcan_cimd", "--base-url", publisher.url, "--format", "csv")
    assert code == 1
    assert "refuse l'accès (erreur 403)" in out
    assert not Path(home.root, "raw", "shared", "statcan_cimd", statcan_cimd.FILE).exists()


def test_distances_follow_the_stores_that_were_fetched(
    home: Workspace, publisher: Publisher, client: Client
):
    # One supermarket stands where the pack knows none near: what rests on stores must move.
    pack = settings().pack
    data = open_over(pack, home)
    areas = data.table("geography_da")
    lachine = data.units(data.catalogue.territory("lachine"), "da")
    far = data.table("access_osm_da")["food_store_m"].reindex(lachine).idxmax()
    here = areas.loc[far]
    store = element("node", 5, lat=float(here["lat"]), lon=float(here["lon"]),
                    tags={"shop": "supermarket", "name": "Nouveau"})  # fmt: skip
    serve_osm(publisher, [store])
    fetch(data, home, "montreal", ["osm"], client=client)
    report = build_workspace(pack, home, ["montreal"])
    now = open_over(pack, home)
    computed = now.table("access_osm_da")["food_store_m"]
    assert computed[far] == pytest.approx(0, abs=0.2)
    city = data.units(data.catalogue.territory("ville-de-montreal"), "da")
    assert computed.reindex(city).notna().all()
    # A linked city, which the list does not cover, still has no figure.
    assert computed.notna().sum() == data.table("access_osm_da")["food_store_m"].notna().sum()
    moved = {(c.territory, c.indicator): c for c in report.figures}
    change = moved["lachine", "food_store_distance"]
    assert change.before is not None
    assert change.after is not None
    assert change.before != change.after
