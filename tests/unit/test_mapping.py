"""What a map shows: areas, classes, gaps, selection; and the static file that browsers keep."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import zlib
from pathlib import Path

import mapclassify
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from revital.catalogue.load import catalogue
from revital.catalogue.models import Classes
from revital.charts import theme
from revital.errors import LayerError, UnknownIdError
from revital.i18n import translator
from revital.maps import choropleth, folium_map
from revital.services import mapping, outlines
from revital.services.areas import area_sheet, unit_value
from revital.services.data import Data
from revital.services.figures import read_indicator
from revital.services.landmarks import areas_named, landmarks, service_points
from revital.services.map_classes import NO_DATA, classify, limits_text
from revital.services.mapping import area_at, map_view
from revital.settings import PROJECT
from revital.store.layers import LayerStore

SP = "saint-philippe"


@pytest.fixture(scope="module")
def data() -> Data:
    return Data(catalogue(), LayerStore((PROJECT / "data" / "pack",)))


@pytest.fixture(scope="module")
def static(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("static")


@pytest.fixture(scope="module")
def areas(data, static):
    return map_view(data, "low_income", SP, "da", static)


@pytest.fixture(scope="module")
def tracts(data, static):
    return map_view(data, "low_income", SP, "ct", static)


def drawn() -> list[tuple[str, str]]:
    return [(i, t) for i in catalogue().indicators for t in (SP, "le-sud-ouest")]


class TestViews:
    @pytest.mark.parametrize(("indicator", "territory"), drawn())
    def test_every_map_holds_together(self, data, static, indicator, territory):
        shown = map_view(data, indicator, territory, None, static)
        if shown is None:
            return
        codes = np.frombuffer(shown.codes, dtype=np.uint8)
        assert len(codes) == len(shown.values) == len(shown.outlines.ids)
        # Legend and map say the same thing: every area is in a class or hatched.
        assert sum(c.count for c in shown.classes) + shown.missing == len(codes)
        assert len(shown.classes) <= 7
        for code, value in zip(codes, shown.values, strict=True):
            assert (code == NO_DATA) == (value is None)
            if value is not None:
                low, high = shown.classes[code].low, shown.classes[code].high
                assert value <= high
                assert value >= low
        assert list(codes[codes != NO_DATA]) == [
            int(np.searchsorted([c.high for c in shown.classes], v, side="left"))
            for v in shown.values
            if v is not None
        ]
        assert all(a.high <= b.high for a, b in zip(shown.classes, shown.classes[1:], strict=False))
        assert shown.inside
        assert all(m.attribution["fr"] for m in shown.manifests)

    def test_275_areas_in_272_cells_and_it_is_said(self, areas):
        assert len(areas.outlines.ids) == 272
        assert sum(len(m) for m in areas.outlines.members.values()) == 275
        assert any("pproxim" in note.fr for note in areas.approximate)

    def test_real_outlines_are_not_called_approximate(self, tracts):
        assert len(tracts.outlines.ids) == 40
        assert not any("pproxim" in note.fr for note in tracts.approximate)

    def test_island(self, data, static):
        shown = map_view(data, "low_income", "le-sud-ouest", "da", static)
        assert len(shown.outlines.ids) == 3_228
        assert 0 < shown.missing < 3_228

    def test_tract_value_is_the_published_one(self, data, tracts):
        position = tracts.position("4420003.00")
        assert tracts.values[position] == read_indicator(data, "low_income", SP).figure.value
        assert position in tracts.inside
        assert len(tracts.inside) == 1

    def test_areas_have_holes_where_nothing_is_published(self, data, areas):
        published = data.column("census_da.low_income_share")
        for id_, value in zip(areas.outlines.ids, areas.values, strict=True):
            if len(areas.outlines.members[id_]) == 1:
                assert (value is None) == bool(np.isnan(published[id_]))

    def test_a_cell_of_two_areas_is_rebuilt_from_both(self, data, static):
        shown = map_view(data, "population", SP, "da", static)
        people = data.population("da")
        doubles = {k: v for k, v in shown.outlines.members.items() if len(v) == 2}
        assert len(doubles) == 3
        for id_, units in doubles.items():
            value = shown.values[shown.position(id_)]
            assert value == people[list(units)].sum()
            for unit in units:
                assert shown.position(unit) == shown.position(id_)
        assert sum(shown.values) == 161_489

    def test_the_level_asked_for_is_drawn_where_it_exists(self, data, static):
        assert map_view(data, "low_income", SP, "da", static).measure.level == "da"
        # Rents of areas are published only in part: whatever is offered, the map says its level.
        place = data.catalogue.place("trois-rivieres")
        for record in data.catalogue.indicators.values():
            offered = mapping.levels(data, record, place)
            for level in offered:
                assert map_view(data, record.id, SP, level, static).measure.level == level

    def test_a_level_that_does_not_exist_gives_another(self, data, static):
        assert map_view(data, "low_income", SP, "csd", static).measure.level in ("ct", "da")

    def test_nothing_to_draw(self, data, static):
        assert map_view(data, "turnout", SP, None, static) is None

    def test_unknown_ids(self, data, static):
        with pytest.raises(UnknownIdError):
            map_view(data, "low_incom", SP, None, static)
        with pytest.raises(UnknownIdError):
            map_view(data, "low_income", "limoilou", None, static)

    @pytest.mark.parametrize("territory", list(catalogue().territories))
    def test_every_territory_can_be_mapped(self, data, static, territory):
        """Also Québec, which passes the map's edge: its areas on the map are outlined."""
        shown = map_view(data, "low_income", territory, None, static)
        west, south, east, north = shown.territory_bounds
        assert west < east
        assert south < north
        far = shown.outlines.bounds
        assert west >= far[0]
        assert north <= far[3]


class TestClasses:
    RECORD = catalogue().indicator("low_income")

    def test_quantiles_hold_about_as_many_areas_each(self):
        values = np.arange(1, 101, dtype=float)
        codes, limits = classify(values, self.RECORD)
        assert len(limits) == self.RECORD.classes.k == 5
        assert list(np.bincount(codes)) == [20, 20, 20, 20, 20]
        assert limits[-1] == 100

    def test_missing_is_its_own_code(self):
        codes, _ = classify(np.array([1.0, np.nan, np.inf, 2.0]), self.RECORD)
        assert list(codes == NO_DATA) == [False, True, True, False]

    def test_nothing_known(self):
        codes, limits = classify(np.array([np.nan, np.nan]), self.RECORD)
        assert set(codes) == {NO_DATA}
        assert limits == []

    def test_few_distinct_values_make_as_many_classes(self):
        codes, limits = classify(np.array([0.0, 0.0, 3.0]), self.RECORD)
        assert limits == [0, 3]
        assert list(codes) == [0, 0, 1]

    def test_many_equal_values_make_fewer_classes(self):
        values = np.array([0.0] * 50 + list(range(1, 11)), dtype=float)
        codes, limits = classify(values, self.RECORD)
        assert limits == sorted(set(limits))
        assert 0 in limits
        assert np.bincount(codes).sum() == 60

    def test_all_alike(self):
        codes, limits = classify(np.array([2.0, 2.0]), self.RECORD)
        assert limits == [2]
        assert set(codes) == {0}

    def test_fixed_limits_do_not_move(self):
        record = self.RECORD.model_copy(
            update={"classes": Classes(scheme="fixed", limits=(0.1, 0.2), k=3)}
        )
        codes, limits = classify(np.array([0.1, 0.10001, 0.2, 0.9]), record)
        assert limits == [0.1, 0.2, 0.9]
        assert list(codes) == [0, 1, 1, 2]
        # Nothing above the last limit: the upper class keeps its place, and so its colour.
        codes, limits = classify(np.array([0.05, 0.15, 0.2]), record)
        assert limits == [0.1, 0.2, 0.2]
        assert list(codes) == [0, 1, 1]
        assert limits_text(record, 0.2, 0.2, translator("fr")).startswith("plus de")
        assert limits_text(record, 0.5, 0.1, translator("fr")).endswith("et moins")

    @given(st.lists(st.floats(-1e6, 1e6), min_size=8, max_size=60, unique=True))
    def test_quantiles_are_those_of_mapclassify(self, found):
        values = np.array(found)
        _, limits = classify(values, self.RECORD)
        assert limits == pytest.approx(mapclassify.Quantiles(values, k=self.RECORD.classes.k).bins)

    def test_equal_intervals(self):
        record = self.RECORD.model_copy(update={"classes": Classes(scheme="equal_interval", k=4)})
        _, limits = classify(np.array([0.0, 1, 2, 3, 40]), record)
        assert limits == [10, 20, 30, 40]

    @given(st.lists(st.one_of(st.just(np.nan), st.floats(-1e6, 1e6)), min_size=1, max_size=60))
    def test_a_higher_value_is_never_in_a_lower_class(self, found):
        values = np.array(found)
        codes, limits = classify(values, self.RECORD)
        assert list(np.isnan(values)) == list(codes == NO_DATA)
        known = ~np.isnan(values)
        order = np.argsort(values[known], kind="stable")
        assert (np.diff(codes[known][order].astype(int)) >= 0).all()
        if limits:
            assert (values[known] <= np.array(limits)[codes[known]]).all()


class TestStaticFile:
    def test_named_by_its_content(self, areas, static):
        path = static / "geo" / areas.outlines.file
        assert hashlib.sha256(path.read_bytes()).hexdigest().startswith(areas.outlines.stamp)
        assert areas.outlines.stamp in areas.outlines.file

    def test_order_of_areas_is_that_of_the_codes(self, areas, static):
        held = json.loads(gzip.decompress((static / "geo" / areas.outlines.file).read_bytes()))
        assert [f["properties"]["id"] for f in held["features"]] == list(areas.outlines.ids)
        assert [f["properties"]["name"] for f in held["features"]] == list(areas.outlines.names)
        # Shapes and names only: no figure of any kind is in a file that no sign-in guards.
        assert {k for f in held["features"] for k in f["properties"]} == {"id", "name", "at"}

    def test_the_same_bytes_from_another_process(self, data, areas, static, tmp_path):
        outlines._outlines.cache_clear()
        again = outlines.outlines(data, "outlines_da_442", tmp_path)
        assert again.stamp == areas.outlines.stamp
        assert (tmp_path / "geo" / again.file).read_bytes() == (
            static / "geo" / areas.outlines.file
        ).read_bytes()

    def test_no_part_is_left_behind(self, areas, static):
        assert not list((static / "geo").glob("*.part"))

    def test_points_of_names_are_inside_their_area(self, data, areas, static):
        held = json.loads(gzip.decompress((static / "geo" / areas.outlines.file).read_bytes()))
        for feature in held["features"]:
            lat, lon = feature["properties"]["at"]
            assert area_at(data, areas, lat, lon) == feature["properties"]["id"]

    def test_streets_come_the_same_way(self, data, static):
        name = outlines.street_file(data, "basemap_lines_442", static)
        held = json.loads(gzip.decompress((static / "geo" / name).read_bytes()))
        assert held["features"]

    def test_a_missing_layer_is_said(self, static, tmp_path):
        here = Data(catalogue(), LayerStore((tmp_path,)))
        with pytest.raises(LayerError, match=r"manifest\.json"):
            map_view(here, "low_income", SP, None, static)


class TestSelection:
    def test_outside_every_area(self, data, areas):
        assert area_at(data, areas, 0.0, 0.0) is None

    def test_by_unit_or_by_cell(self, areas):
        assert areas.position("nowhere") is None
        assert areas.outlines.ids[areas.position("24370131")] is not None

    def test_sheet_of_an_area(self, data, tracts):
        sheet = area_sheet(data, tracts, "4420003.00")
        assert sheet.population == 2_465
        assert sheet.in_territory
        assert sheet.value == pytest.approx(0.397, abs=5e-4)
        known = sorted((v for v in tracts.values if v is not None), reverse=True)
        assert known[sheet.rank - 1] == sheet.value
        assert sheet.ranked == len(known)
        by_id = {f.indicator.id: f.value for f in sheet.figures}
        assert by_id["median_household_income"] == 33_600

    def test_sheet_without_value(self, data, areas):
        hole = next(i for i, v in zip(areas.outlines.ids, areas.values, strict=True) if v is None)
        sheet = area_sheet(data, areas, hole)
        assert (sheet.value, sheet.rank) == (None, None)
        assert area_sheet(data, areas, "nowhere") is None

    def test_sheet_and_map_agree(self, data, areas):
        for i, id_ in enumerate(areas.outlines.ids):
            value = unit_value(data, areas.measure, areas.outlines.members[id_])
            if areas.values[i] is not None:
                assert value == pytest.approx(areas.values[i])


class TestSearch:
    def test_places_of_the_pack_are_found_by_name(self, data):
        found = landmarks(data, SP)
        names = [m.name for m in found]
        assert names == sorted(names, key=str.casefold)
        assert any("CLSC" in n for n in names)
        assert len({m.id for m in found}) == len(found)

    def test_areas_are_found_by_what_was_typed(self):
        names = {"1": "Aire 24370110", "2": "Été", "3": "aire 99"}
        assert areas_named(names, "ete", 5) == ["2"]
        assert areas_named(names, " AIRE ", 1) == ["1"]
        assert areas_named(names, "aire", 5) == ["1", "3"]
        assert areas_named(names, " ", 5) == []

    def test_services_have_a_position_and_a_name(self, data):
        for point in service_points(data, ["schools", "food_places_442"]):
            assert 45 < point["lat"] < 48
            assert -75 < point["lon"] < -71
            assert point["name"]


def base(**changes) -> choropleth.MapBase:
    options = {
        "static_url": "../../app/static",
        "outlines_file": "a.json.gz",
        "stamp": "a",
        "bounds": (-73.0, 46.0, -72.0, 47.0),
        "lang": "fr",
        "words": {"map": "Carte", "noData": "aucune donnée"},
        "attribution": "Bureau",
        **changes,
    }
    return choropleth.MapBase(**options)


def change(**changes) -> choropleth.MapChange:
    options = {
        "stamp": "a",
        "codes": bytes([0, 255]),
        "colours": ["#fff"],
        "hatch": theme.NO_DATA,
        "labels": ["1", "aucune donnée"],
        "inside": [0],
        "selected": None,
        "fit_key": "k",
        "fit_bounds": (-73.0, 46.0, -72.0, 47.0),
        **changes,
    }
    return choropleth.MapChange(**options)


class TestDrawing:
    WILD = "</script><img src=x onerror=alert(1)>\u2028"

    def test_no_address_of_another_host(self):
        html = folium_map.base_map(base()).get_root().render()
        tags = [line for line in html.splitlines() if "src=" in line or "href=" in line]
        assert not [line for line in tags if "http" in line.replace("http-equiv", "")]

    def test_markup_in_names_never_opens_a_tag(self):
        made = folium_map.base_map(
            base(
                words={"map": self.WILD},
                attribution=self.WILD,
                labels=[choropleth.MapLabel(self.WILD, 46.0, -72.0)],
            )
        )
        made.add_child(
            folium_map.change_group(
                change(
                    labels=[self.WILD, ""],
                    points=[choropleth.MapPoint(46.0, -72.0, self.WILD, self.WILD, "#000")],
                )
            )
        )
        html = made.get_root().render()
        assert "<img" not in html
        assert "\u2028" not in html
        assert "\\u003c/script" in html

    def test_the_base_does_not_hold_the_values(self):
        first = folium_map.base_map(base()).get_root().render()
        assert "aucune donnée" in first
        assert "codes" not in first.split("window.revitalMap.open(")[1]

    def test_json_of_a_script_reads_back(self):
        assert json.loads(choropleth.as_json({"a": self.WILD})) == {"a": self.WILD}

    def test_a_change_is_small(self, areas):
        group = folium_map.change_group(
            change(
                codes=areas.codes,
                labels=[f"{v:.1%}" if v is not None else "aucune donnée" for v in areas.values],
                stamp=areas.outlines.stamp,
            )
        )
        body = next(iter(group._children.values())).change
        assert len(body.encode()) < 3_000

    def test_words_packed_read_back(self):
        words = ["39,7\u202f%", "", self.WILD]
        raw = zlib.decompress(base64.b64decode(choropleth.packed(words)))
        assert json.loads(raw) == words

    def test_the_script_is_a_file_named_by_its_content(self, tmp_path):
        name = choropleth.script_name()
        outlines.static_file(tmp_path, name, choropleth.script().encode())
        assert (tmp_path / "geo" / name).read_text(encoding="utf-8") == choropleth.script()
        apart = folium_map.base_map(base(script_file=name))
        inline = folium_map.base_map(base())
        assert ("revital_map", f"../../app/static/geo/{name}") in apart.default_js
        assert len(inline.get_root().render()) - len(apart.get_root().render()) > 8_000
        # The next map must not inherit it.
        assert len(inline.default_js) == 1
