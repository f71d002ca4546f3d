"""Building the pack: same bytes twice, missing inputs named, altered ones refused."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from click.testing import CliRunner

from revital.catalogue.load import catalogue
from revital.cli.build import build as build_command
from revital.errors import CrsError, MissingColumnError, SourceError, UserError, ValuesError
from revital.services.build import BuildReport, build
from revital.services.packing.curated import PlaceChoice, fact_id, read_list
from revital.services.packing.facts import sort_date
from revital.services.packing.plan import MAKERS
from revital.services.packing.recipe import pack_inputs, recipe_of, recipes
from revital.services.packing.schema import require_shapes, typed
from revital.services.packing.write import write_layer
from revital.settings import PROJECT
from revital.sources.readers.text import read_text_table, to_numbers
from revital.sources.readers.transit_feed import read_feed
from revital.sources.readers.vector import read_shapes

PACK = PROJECT / "data" / "pack"


def _bytes(folder: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in sorted(folder.iterdir())}


@pytest.fixture
def copied(inputs_dir: Path, tmp_path: Path) -> Path:
    """A copy of the inputs that a test may spoil."""
    for item in pack_inputs().values():
        (tmp_path / "in" / item.path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "in" / item.path).symlink_to(inputs_dir / item.path)
    return tmp_path / "in"


def _spoil(folder: Path, id_: str, change) -> None:
    path = folder / pack_inputs()[id_].path
    content = path.read_bytes()
    path.unlink()
    path.write_bytes(change(content))


@dataclass(frozen=True)
class Twice:
    """A pack built, then built again in the same place."""

    target: Path
    first: BuildReport
    written: dict[str, bytes]
    again: BuildReport


@pytest.fixture(scope="module")
def twice(inputs_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Twice:
    """The two whole builds of this module: what each made is looked at by several tests."""
    target = tmp_path_factory.mktemp("packs") / "one"
    first = build(inputs_dir, target)
    written = _bytes(target)
    return Twice(target, first, written, build(inputs_dir, target))


@pytest.mark.inputs
class TestWithInputs:
    def test_two_builds_give_the_committed_bytes(self, twice):
        assert twice.first.changed
        assert twice.written == _bytes(PACK)
        assert not twice.again.changed
        assert _bytes(twice.target) == _bytes(PACK)
        # Nothing half made is left beside the pack.
        assert [p.name for p in twice.target.parent.iterdir()] == ["one"]

    def test_report_accounts_for_every_row(self, twice):
        report = twice.first
        joined = {"geography_ct", "outlines_ct_montreal", "basemap_lines_442"}
        for layer in report.layers:
            if layer.id not in joined:
                assert layer.rows + sum(layer.dropped.values()) in (
                    layer.rows_in,
                    # A table of all areas keeps those the input lacks, with missing values.
                    13_806,
                ), layer.id
        assert report.bytes < 15_000_000

    def test_missing_inputs_are_all_named_and_the_pack_left_alone(self, copied, tmp_path):
        target = tmp_path / "pack"
        target.mkdir()
        (target / "manifest.json").write_text("mine")
        for id_ in ("cimd", "bus_feed"):
            (copied / pack_inputs()[id_].path).unlink()
        with pytest.raises(UserError) as caught:
            build(copied, target)
        sentence = str(caught.value)
        assert pack_inputs()["cimd"].path in sentence
        assert pack_inputs()["bus_feed"].path in sentence
        assert _bytes(target) == {"manifest.json": b"mine"}

    def test_altered_column_is_a_sentence(self, copied, tmp_path):
        target = tmp_path / "pack"
        target.mkdir()
        (target / "kept").write_text("x")
        _spoil(copied, "population", lambda b: b.replace(b"Population,", b"Habitants,", 1))
        with pytest.raises(SourceError) as caught:
            build(copied, target)
        assert "« Population »" in str(caught.value)
        assert "Habitants" in str(caught.value)
        assert [p.name for p in target.iterdir()] == ["kept"]
        assert sorted(p.name for p in tmp_path.iterdir()) == ["in", "pack"]

    def test_text_where_a_number_must_be(self, copied, tmp_path):
        _spoil(copied, "cimd", lambda b: b.replace(b",-0.443,", b",beaucoup,", 1))
        with pytest.raises(SourceError, match="« beaucoup » n'est pas un nombre"):
            build(copied, tmp_path / "pack")

    def test_rate_out_of_range(self, copied, tmp_path):
        _spoil(copied, "bedrooms", lambda b: b.replace(b",10.00,464.00", b",1000.00,464.00", 1))
        with pytest.raises(ValuesError, match=r"« low_income_share » : 10\.0 est hors"):
            build(copied, tmp_path / "pack")

    def test_repeated_unit(self, copied, tmp_path):
        def twice(content: bytes) -> bytes:
            lines = content.splitlines(keepends=True)
            return b"".join([*lines[:3], lines[2], *lines[3:]])

        _spoil(copied, "labour", twice)
        with pytest.raises(SourceError, match="répète la clé"):
            build(copied, tmp_path / "pack")

    def test_population_moved_between_areas_of_two_tracts(self, copied, tmp_path):
        """Sums of areas are held against the published tract counts."""
        _spoil(copied, "population", _one_more)
        with pytest.raises(SourceError, match=r"4420003\.00 : 2466 habitants.*2465"):
            build(copied, tmp_path / "pack")

    def test_third_parties_agree(self, inputs_dir):
        """Counts that another carrier gives for the same tracts, and stops it counted."""
        other = pd.read_csv(
            inputs_dir / "census/trois_rivieres_cma_da_2021_population_and_geographies.csv",
            dtype={"da_id_21": str, "ct_id_21": str, "csd_id_21": str},
        )
        tracts = pd.read_parquet(PACK / "geography_ct.parquet").set_index("unit_id")["population"]
        official = other.drop_duplicates("ct_id_21").set_index("ct_id_21")["ct_pop_21"]
        assert len(official) == 40
        assert (tracts[official.index] == official).all()
        areas = pd.read_parquet(PACK / "geography_da.parquet").set_index("unit_id")
        assert (areas.loc[other["da_id_21"], "ct_id"].to_numpy() == other["ct_id_21"]).all()
        assert (areas.loc[other["da_id_21"], "csd_id"].to_numpy() == other["csd_id_21"]).all()

        stops = gpd.read_file(inputs_dir / "transit/trois_rivieres_sttr_stops_2021.geojson")
        ours = gpd.read_parquet(PACK / "bus_stops_442.parquet").set_index("service_id")
        theirs = stops.set_index("sttr-" + stops["stop_id"].astype(str))
        assert set(ours.index) == set(theirs.index)
        # They count departures, we count trips: a trip that passes a stop twice counts once.
        counted = theirs["departures_2021_02_10"].loc[ours.index]
        assert (ours["trips_2021_02_10"] <= counted).all()
        assert (ours["trips_2021_02_10"] == counted).mean() > 0.9

    def test_simplified_outlines_keep_their_area(self, inputs_dir):
        for layer, id_, key in (
            ("outlines_ct_442", "tracts_442", "CTUID"),
            ("outlines_da_montreal", "areas_montreal", "DAUID"),
        ):
            drawn = gpd.read_parquet(PACK / f"{layer}.parquet").to_crs("EPSG:32188")
            given = gpd.read_file(inputs_dir / pack_inputs()[id_].path).to_crs("EPSG:32188")
            before = given.set_index(key).area.loc[drawn["unit_id"]].to_numpy()
            change = (drawn.area.to_numpy() - before) / before
            assert abs(drawn.area.sum() / before.sum() - 1) < 1e-4
            assert pd.Series(change).abs().median() < 1e-3

    def test_command(self, inputs_dir, twice, monkeypatch):
        reports = [twice.first, twice.again]

        def built(inputs: Path, target: Path) -> BuildReport:
            assert (inputs, target) == (inputs_dir, twice.target)
            return reports.pop(0)

        monkeypatch.setattr("revital.cli.build.make_pack", built)
        arguments = ["--inputs", str(inputs_dir), "--target", str(twice.target)]
        done = CliRunner().invoke(build_command, [*arguments, "--format", "json"])
        assert done.exit_code == 0, done.output
        said = json.loads(done.stdout)
        assert said["changed"] is True
        rows = {layer["id"]: layer["rows"] for layer in said["layers"]}
        assert rows["outlines_ct_442"] == 40
        table = CliRunner().invoke(build_command, [*arguments, "--lang", "en"])
        assert "The pack has not changed" in table.stdout


def _one_more(content: bytes) -> bytes:
    lines = content.decode().splitlines(keepends=True)
    for i, line in enumerate(lines):
        cells = line.split(",")
        if cells[0] == "24370110":
            cells[1] = str(float(cells[1]) + 1)
            lines[i] = ",".join(cells)
    return "".join(lines).encode()


class TestWithoutInputs:
    def test_no_such_folder(self, tmp_path):
        with pytest.raises(UserError, match="n'existe pas"):
            build(tmp_path / "nowhere", tmp_path / "pack")
        assert not (tmp_path / "pack").exists()

    def test_empty_folder_names_every_file(self, tmp_path):
        (tmp_path / "in").mkdir()
        with pytest.raises(UserError) as caught:
            build(tmp_path / "in", tmp_path / "pack")
        for item in pack_inputs().values():
            assert item.path in str(caught.value)
        assert not (tmp_path / "pack").exists()

    def test_command_without_folder(self, monkeypatch, tmp_path):
        from revital import settings as module

        monkeypatch.delenv("REVITAL_INPUTS", raising=False)
        module.settings.cache_clear()
        done = CliRunner().invoke(build_command, ["--target", str(tmp_path / "pack")])
        module.settings.cache_clear()
        assert isinstance(done.exception, UserError)
        assert "REVITAL_INPUTS" in str(done.exception)


def test_a_swap_that_fails_puts_the_former_pack_back(tmp_path, monkeypatch):
    from revital.services.build import _swap

    target, made = tmp_path / "pack", tmp_path / "new"
    target.mkdir()
    (target / "kept").write_text("x")
    made.mkdir()
    rename = Path.rename

    def refuse(self, to):
        if self == made:
            raise OSError("disk")
        return rename(self, to)

    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(OSError, match="disk"):
        _swap(made, target)
    assert [p.name for p in target.iterdir()] == ["kept"]


class TestReaders:
    def test_table_keeps_text_and_gaps(self, tmp_path):
        path = tmp_path / "a.csv"
        path.write_text("\ufeffid,n\n0001, 3 \n0002,\n", encoding="utf-8")
        table = read_text_table(path, ("id", "n"))
        assert table["id"].tolist() == ["0001", "0002"]
        numbers = to_numbers(table["n"], "a.csv")
        assert numbers[0] == 3.0
        assert pd.isna(numbers[1])

    @pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00bad", b'a,b\n"1,2\n3'])
    def test_not_a_table(self, tmp_path, content):
        path = tmp_path / "a.csv"
        path.write_bytes(content)
        with pytest.raises(SourceError, match=r"a\.csv"):
            read_text_table(path, ("a", "zz"))

    def test_not_shapes(self, tmp_path):
        path = tmp_path / "a.geojson"
        path.write_text("{}")
        with pytest.raises(SourceError, match=r"a\.geojson"):
            read_shapes(path, ())

    def test_shapes_without_coordinate_system(self, tmp_path):
        frame = gpd.GeoDataFrame({"a": [1]}, geometry=[shapely.Point(1, 2)])
        path = tmp_path / "a.gpkg"
        with pytest.warns(UserWarning, match="crs"):
            frame.to_file(path)
        with pytest.raises(CrsError):
            read_shapes(path, ("a",))

    def test_not_a_schedule(self, tmp_path):
        path = tmp_path / "a.zip"
        path.write_bytes(b"no")
        with pytest.raises(SourceError, match="zip"):
            read_feed(path, {"stops": ("stop_id",)})
        import zipfile

        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("stops.txt", "stop_id\n1\n")
        assert read_feed(path, {"stops": ("stop_id",)})["stops"]["stop_id"].tolist() == ["1"]
        with pytest.raises(SourceError, match=r"trips\.txt"):
            read_feed(path, {"trips": ("trip_id",)})
        with pytest.raises(SourceError, match="stop_lat"):
            read_feed(path, {"stops": ("stop_lat",)})


class TestChecks:
    """A layer that breaks its record is refused, with a sentence that says where."""

    @pytest.fixture
    def layer(self):
        return catalogue().layer("outlines_ct_442")

    def test_missing_and_extra_columns(self, layer):
        with pytest.raises(MissingColumnError, match="en moins : name ; en trop : nom"):
            typed(layer, pd.DataFrame({"unit_id": ["1"], "nom": ["a"]}))

    def test_missing_value(self, layer):
        with pytest.raises(ValuesError, match="colonne « name » : une valeur manque"):
            typed(layer, pd.DataFrame({"unit_id": ["1"], "name": [None]}))

    def test_repeated_key(self, layer):
        with pytest.raises(ValuesError, match="colonne « unit_id » : « 1 » se répète"):
            typed(layer, pd.DataFrame({"unit_id": ["1", "1"], "name": ["a", "b"]}))

    def test_wrong_type(self):
        record = catalogue().layer("labour_ct")
        frame = pd.DataFrame({name: [1.0] for name in record.columns}).astype({"unit_id": str})
        typed(record, frame)
        frame["jobs"] = ["beaucoup"]
        with pytest.raises(ValuesError, match="colonne « jobs »"):
            typed(record, frame)

    def test_out_of_range(self):
        record = catalogue().layer("labour_ct")
        frame = pd.DataFrame({name: [1.0] for name in record.columns}).astype({"unit_id": str})
        with pytest.raises(ValuesError, match=r"« jobs » : -1\.0 est hors"):
            typed(record, frame.assign(jobs=-1.0))

    def test_wrong_shapes(self, layer):
        frame = gpd.GeoDataFrame({"unit_id": ["1"]}, geometry=[shapely.Point(0, 0)], crs=4326)
        with pytest.raises(ValuesError, match="Polygon"):
            require_shapes(layer, frame)

    def test_bytes_do_not_depend_on_index_or_time(self, layer, tmp_path):
        square = shapely.box(0, 0, 1, 1)
        frame = gpd.GeoDataFrame(
            {"unit_id": ["1"], "name": ["Secteur 1"]}, geometry=[square], crs="EPSG:4326"
        )
        for name, index in (("a", [0]), ("b", [42])):
            moved = frame.set_axis(index)
            write_layer(tmp_path / name, layer, typed(layer, moved), moved)
        assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
        back = gpd.read_parquet(tmp_path / "a")
        assert back.crs == "EPSG:4326"
        assert back.geometry.iloc[0].equals(square)


def test_every_recipe_has_its_record_and_comes_after_what_it_needs():
    seen: set[str] = set()
    for recipe in recipes():
        assert recipe.layer in catalogue().layers
        assert set(recipe.inputs.values()) <= set(pack_inputs())
        assert set(recipe.needs.values()) <= seen
        assert recipe.maker in MAKERS
        seen.add(recipe.layer)
    assert {i for r in recipes() for i in r.inputs.values()} == set(pack_inputs())


def test_food_records_are_whole():
    for place in read_list(recipe_of("food_places_442").records["chosen"], PlaceChoice):
        assert place.source
        assert place.note is not None or place.source_url


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2018-Q2", "2018-04-01"),
        ("2021", "2021-01-01"),
        ("2021-07", "2021-07-01"),
        ("2023-09-08", "2023-09-08"),
        ("undated (about 2024)", None),
        ("about 2019", None),
    ],
)
def test_sort_date(written, expected):
    assert sort_date(written) == expected


def test_fact_ids_do_not_run_cells_together():
    assert fact_id("a", "b", "", "", "c") != fact_id("a", "", "b", "", "c")
    assert fact_id("a", "b", "", "", "c") == fact_id("a", "b", "", "", "c")


def test_pack_survives_a_copy(tmp_path):
    """The store reads a pack wherever it is, and sees a byte that changed."""
    from revital.errors import LayerError
    from revital.store.layers import LayerStore

    shutil.copytree(PACK, tmp_path / "pack")
    store = LayerStore((tmp_path / "pack",))
    assert len(store.read("outlines_ct_442")) == 40
    path = tmp_path / "pack" / "cimd_da.parquet"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))
    with pytest.raises(LayerError, match="cimd_da"):
        store.read("cimd_da")
