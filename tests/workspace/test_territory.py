from __future__ import annotations

import json
import zipfile
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from click.testing import CliRunner

from revital.catalogue.load import catalogue
from revital.catalogue.models import Text
from revital.cli.main import cli, main
from revital.errors import CrsError, SourceError, UserError, ValuesError
from revital.services.data import open_data
from revital.services.figures import read_indicator
from revital.services.workspace.boundary import (
    areas_inside,
    circle,
    picked,
    read_boundary,
    require_polygon,
)
from revital.services.workspace.home import Workspace
from revital.services.workspace.territory import keep, propose, read_units, remove
from revital.sources.http import Client
from tests.sources import fixtures as fx
from tests.sources.server import Publisher
from tests.sources.test_statcan import MAP

NAME = Text(fr="Limoilou", en="Limoilou")


def grid(people: list[float], side: float = 0.01) -> gpd.GeoDataFrame:
    """A row of squares of one hundredth of a degree."""
    shapes = [shapely.box(-71 + i * side, 46.8, -71 + (i + 1) * side, 46.81)
              for i in range(len(people))]  # fmt: skip
    ids = pd.Index([f"2499{i:04d}" for i in range(len(people))], name="unit_id")
    return gpd.GeoDataFrame({"population": people}, index=ids, geometry=shapes, crs="EPSG:4326")


def test_an_area_belongs_when_half_of_its_surface_is_inside():
    areas = grid([100, 200, 300, 400])
    # All of the first, 60 % of the second, none of the others.
    inside = areas_inside(shapely.box(-71, 46.8, -70.984, 46.81), areas, areas["population"])
    assert inside.ids == ["24990000", "24990001"]
    assert inside.population == 300
    assert inside.units["share"].tolist() == pytest.approx([1.0, 0.6], abs=1e-3)
    assert inside.drawn == pytest.approx(220, abs=0.5)
    assert inside.estimated_share == pytest.approx(120 / 220, abs=1e-3)
    assert inside.basis == "area"


def test_people_of_blocks_weigh_more_than_surface():
    areas = grid([100, 200])
    blocks = pd.DataFrame(
        {
            "da_id": ["24990001", "24990001"],
            "population": [150.0, 50.0],
            "lon": [-70.988, -70.982],
            "lat": [46.805, 46.805],
        }
    )
    # 40 % of the second area's surface is inside, but 150 of its 200 people.
    limits = shapely.box(-71, 46.8, -70.986, 46.81)
    assert areas_inside(limits, areas, areas["population"]).ids == ["24990000"]
    inside = areas_inside(limits, areas, areas["population"], blocks)
    assert inside.ids == ["24990000", "24990001"]
    assert inside.basis == "blocks"
    assert inside.drawn == pytest.approx(250)
    assert inside.estimated_share == pytest.approx(0.6)


def test_too_few_people_are_refused():
    areas = grid([60, 39, 1])
    with pytest.raises(UserError, match="99 personnes : en dessous de 100"):
        areas_inside(shapely.box(-71, 46.8, -70.98, 46.81), areas, areas["population"])
    whole = areas_inside(shapely.box(-71, 46.8, -70.97, 46.81), areas, areas["population"])
    assert whole.population == 100
    with pytest.raises(UserError, match="60 personnes"):
        picked(["24990000"], areas["population"])


def test_limits_that_meet_nothing_are_said():
    areas = grid([100])
    with pytest.raises(UserError, match="ne touchent aucune aire"):
        areas_inside(shapely.box(0, 0, 1, 1), areas, areas["population"])


def write_boundary(folder: Path, suffix: str) -> Path:
    frame = gpd.GeoDataFrame(
        {"NOM": ["Limoilou", "Ailleurs"]},
        geometry=[shapely.box(-71, 46.8, -70.98, 46.81), shapely.box(-70, 46, -69, 47)],
        crs="EPSG:4326",
    ).to_crs("EPSG:32187")
    if suffix == "geojson":
        frame.to_crs("EPSG:4326").to_file(folder / "q.geojson")
    elif suffix == "gpkg":
        frame.to_file(folder / "q.gpkg")
    else:
        (folder / "shp").mkdir()
        frame.to_file(folder / "shp" / "q.shp")
        with zipfile.ZipFile(folder / "q.zip", "w") as opened:
            for part in (folder / "shp").iterdir():
                opened.write(part, part.name)
    return folder / f"q.{suffix}"


@pytest.mark.parametrize("suffix", ["geojson", "gpkg", "zip"])
def test_limits_are_read_from_each_format(tmp_path: Path, suffix: str):
    path = write_boundary(tmp_path, suffix)
    shape = read_boundary(path, field="NOM", value="Limoilou")
    assert shape.bounds == pytest.approx((-71, 46.8, -70.98, 46.81), abs=1e-6)
    with pytest.raises(UserError, match="contient 2 formes"):
        read_boundary(path)
    with pytest.raises(UserError, match="Valeurs : Ailleurs, Limoilou"):
        read_boundary(path, field="NOM", value="Beauport")
    with pytest.raises(SourceError, match="« QUARTIER » attendue"):
        read_boundary(path, field="QUARTIER", value="x")


def test_files_that_are_not_limits_are_refused(tmp_path: Path):
    text = tmp_path / "a.geojson"
    text.write_text("hello")
    with pytest.raises(SourceError, match="n'est pas un fichier de formes lisible"):
        read_boundary(text)
    path = write_boundary(tmp_path, "zip")
    bare = tmp_path / "bare.zip"
    with zipfile.ZipFile(path) as full, zipfile.ZipFile(bare, "w") as opened:
        for name in full.namelist():
            if not name.endswith(".prj"):
                opened.writestr(name, full.read(name))
    with pytest.raises(CrsError, match="système de coordonnées"):
        read_boundary(bare, field="NOM", value="Limoilou")
    with pytest.raises(ValuesError, match="trouvé : LineString"):
        require_polygon(shapely.LineString([(0, 0), (1, 1)]))


def test_a_circle_is_round_on_the_ground():
    ring = gpd.GeoSeries([circle(-72.55, 46.34, 500)], crs="EPSG:4326").to_crs("EPSG:32188")
    # A 64-sided ring holds 99.8 % of the disc.
    assert ring.area.iloc[0] == pytest.approx(3.14159 * 500**2, rel=0.005)
    for wrong in ((200, 46, 500), (-72, 46, 5), (-72, 46, 1e6)):
        with pytest.raises(ValuesError):
            circle(*wrong)


def test_a_neighbourhood_drawn_in_a_known_city(home: Workspace):
    data = open_data()
    tract = data.layers.read_shapes("outlines_ct_442").set_index("unit_id")
    limits = tract.geometry.loc["4420003.00"]
    proposal = propose(data, id_="saint-philippe-2", name=NAME, limits=limits)
    assert proposal.place.id == "trois-rivieres"
    assert len(proposal.inside.ids) == 6
    assert proposal.inside.population == 2465
    assert proposal.record.comparators == {
        "city": "trois-rivieres", "region": "rmr-trois-rivieres", "province": "quebec",
    }  # fmt: skip
    assert proposal.record.units["ct"].values == ("4420003.00",)
    keep(data, home, proposal)
    assert catalogue().territory("saint-philippe-2").crs_metric == "EPSG:32188"
    ours = read_indicator(open_data(), "low_income", "saint-philippe-2").figure
    theirs = read_indicator(open_data(), "low_income", "saint-philippe").figure
    assert ours is not None
    assert theirs is not None
    assert ours.value == theirs.value
    with pytest.raises(UserError, match="existe déjà"):
        propose(open_data(), id_="saint-philippe-2", name=NAME, limits=limits)
    remove(open_data(), home, "saint-philippe-2")
    assert "saint-philippe-2" not in catalogue().territories
    with pytest.raises(UserError, match="n'a pas été ajouté ici"):
        remove(open_data(), home, "saint-philippe")


def test_areas_picked_one_by_one(home: Workspace):
    proposal = propose(open_data(), id_="deux", name=NAME, unit_ids=["24370110", "24370128"])
    assert proposal.place.id == "trois-rivieres"
    assert proposal.record.declared is None
    assert "ct" not in proposal.record.units
    with pytest.raises(UserError, match="n'est pas connue"):
        propose(open_data(), id_="deux", name=NAME, unit_ids=["99999999"])


@pytest.mark.parametrize("id_", ["Limoilou", "a b", "", "-x", "é", "../x"])
def test_ids_are_plain(home: Workspace, id_: str):
    with pytest.raises(UserError, match="lettres minuscules"):
        propose(open_data(), id_=id_, name=NAME, unit_ids=["24370110"])


def test_a_comparator_must_exist(home: Workspace):
    with pytest.raises(UserError, match="trois-riviere"):
        propose(
            open_data(), id_="x", name=NAME, unit_ids=["24370110", "24370128"],
            comparators={"city": "trois-riviere"},
        )  # fmt: skip


def test_a_new_city_comes_with_its_areas(home: Workspace, tmp_path: Path):
    areas = grid([150, 250, 90]).reset_index().rename(columns={"unit_id": "DAUID"})
    areas.to_file(tmp_path / "areas.gpkg")
    units = read_units(tmp_path / "areas.gpkg", unit_id="DAUID", population="population")
    limits = shapely.box(-71, 46.8, -70.98, 46.81)
    data = open_data()
    proposal = propose(data, id_="limoilou", name=NAME, limits=limits, units=units)
    assert proposal.inside.population == 400
    keep(data, home, proposal)
    now = open_data()
    record = now.catalogue.territory("limoilou")
    assert record.place == "limoilou"
    assert record.crs_metric == "EPSG:32619"
    assert len(now.units(record, "da")) == 2
    figure = read_indicator(now, "population", "limoilou").figure
    assert figure is not None
    assert figure.value == 400
    assert len(now.layers.read_shapes("outlines_da_limoilou")) == 3
    assert read_indicator(now, "population", "trois-rivieres").figure.value == 139163
    remove(now, home, "limoilou")
    after = open_data()
    assert "limoilou" not in after.catalogue.places
    assert not after.layers.has("outlines_da_limoilou")


def test_a_units_file_with_faults_is_refused(tmp_path: Path):
    areas = grid([1, 2]).reset_index()
    areas["unit_id"] = "24990000"
    areas.to_file(tmp_path / "twice.gpkg")
    with pytest.raises(UserError, match="se répète"):
        read_units(tmp_path / "twice.gpkg", unit_id="unit_id", population="population")
    with pytest.raises(SourceError, match="« POP » attendue"):
        read_units(tmp_path / "twice.gpkg", unit_id="unit_id", population="POP")
    areas["unit_id"], areas["population"] = ["a", "b"], ["12", "many"]
    areas.to_file(tmp_path / "words.gpkg")
    with pytest.raises(SourceError, match="« many » n'est pas un nombre"):
        read_units(tmp_path / "words.gpkg", unit_id="unit_id", population="population")


def run(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(cli, list(words), catch_exceptions=False)
    return done.exit_code, done.output


def test_the_command_shows_then_keeps(home: Workspace, tmp_path: Path):
    words = (
        "territory", "new", "--id", "coeur", "--name-fr", "Le cœur", "--name-en", "The heart",
        "--center", "-72.5460,46.3400", "--radius", "700", "--sub-committee",
        "securite=Sécurité|Safety",
    )  # fmt: skip
    code, out = run(*words, "--dry-run", "--format", "json")
    assert code == 0
    shown = json.loads(out)
    assert shown["population"] >= 100
    assert 0 < shown["estimated_share"] < 1
    assert "coeur" not in catalogue().territories
    code, out = run(*words)
    assert code == 0
    assert "Une aire appartient au territoire" in out
    record = catalogue().territory("coeur")
    assert record.sub_committees[0].name.en == "Safety"
    assert record.declared is not None
    assert run("territory", "remove", "coeur", "--lang", "en")[0] == 0
    assert "coeur" not in catalogue().territories


def test_the_command_wants_one_way_to_draw(home: Workspace, capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as stop:
        main(["territory", "new", "--id", "x", "--name-fr", "X", "--name-en", "X"])
    assert stop.value.code == 2
    assert "d'une seule façon" in capsys.readouterr().err


def test_a_municipality_is_had_from_statistics_canada(home: Workspace, publisher: Publisher):
    data = open_data()
    geography = data.table("geography_da")
    units = sorted(geography.index[geography["csd_id"] == "2423057"])
    assert len(units) > 5
    publisher.routes[MAP] = fx.as_json(
        {"layers": [{"id": 4, "name": "Census tracts"}, {"id": 12, "name": "Dissemination areas"}]}
    )

    def feature(unit: str, rank: int):
        made = fx.da_feature(unit, rank)
        made["geometry"] = fx.square(-71.4 + rank * 0.01, 46.8)
        return made

    def tract(unit: str, rank: int):
        made = feature(unit, rank)
        made["properties"]["CTUID"] = unit
        return made

    publisher.routes[f"{MAP}/12/query"] = fx.arcgis(units, 500, feature, "DAUID")
    tracts = sorted(set(geography.loc[units, "ct_id"].dropna()))
    publisher.routes[f"{MAP}/4/query"] = fx.arcgis(tracts, 500, tract, "CTUID")
    code, out = run(
        "territory", "new", "--id", "ancienne-lorette", "--name-fr", "L'Ancienne-Lorette",
        "--name-en", "L'Ancienne-Lorette", "--municipality", "2423057", "--center",
        "-71.375,46.805", "--radius", "2500", "--base-url", publisher.url, "--format", "json",
    )  # fmt: skip
    assert code == 0
    shown = json.loads(out)
    assert shown["place"] == "csd-2423057"
    expected = geography.loc[shown["units"], "population"].sum()
    assert shown["population"] == expected >= 100
    figure = read_indicator(open_data(), "population", "ancienne-lorette").figure
    assert figure is not None
    assert figure.value == expected


def test_an_unknown_municipality_is_said(home: Workspace, client: Client):
    from revital.services.workspace.municipality import have_municipality
    from revital.settings import settings

    with pytest.raises(UserError, match="sept chiffres"):
        have_municipality(settings().pack, home, "12", client=client)


@pytest.mark.inputs
def test_a_territory_from_the_area_files_alone_has_their_population_to_the_person(
    home: Workspace, inputs: Path, tmp_path: Path
):
    shapes = gpd.read_file(inputs / "boundaries" / "montreal_island_da_2021.geojson")
    people = pd.read_csv(
        inputs / "census" / "montreal_island_da_2021_income_population.csv", dtype={"DAUID": str}
    )
    joined = shapes.merge(people[["DAUID", "nombre_pop_total"]], on="DAUID")
    joined.to_file(tmp_path / "areas.gpkg")
    boroughs = inputs / "boundaries" / "montreal_limites_administratives_2023.geojson"
    limits = read_boundary(boroughs, field="NOM", value="Le Sud-Ouest")
    units = read_units(tmp_path / "areas.gpkg", unit_id="DAUID", population="nombre_pop_total")
    data = open_data()
    keep(data, home, propose(data, id_="sud-ouest-2", name=NAME, limits=limits, units=units))
    now = open_data()
    ids = list(now.units(now.catalogue.territory("sud-ouest-2"), "da"))
    expected = people.set_index("DAUID")["nombre_pop_total"].reindex(ids).sum()
    figure = read_indicator(now, "population", "sud-ouest-2").figure
    assert figure is not None
    assert figure.value == expected
    # The borough has 84,553 residents at the census of 2021 by its own count of areas.
    official = read_indicator(now, "population", "le-sud-ouest").figure
    assert official is not None
    assert figure.value == pytest.approx(official.value, rel=0.02)
