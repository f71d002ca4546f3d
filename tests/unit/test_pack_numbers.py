"""The committed pack gives published figures, keeps its promises, holds nothing it must not."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
import shapely

from revital.catalogue.load import catalogue
from revital.services.packing.curated import read_fact_words
from revital.services.packing.recipe import recipe_of, recipes
from revital.services.packing.schema import require_shapes, typed
from revital.settings import PROJECT
from revital.store.layers import LayerStore

PACK = PROJECT / "data" / "pack"
SAINT_PHILIPPE = "4420003.00"
ROWS = {
    "geography_da": 13_806,
    "census_da": 13_806,
    "profile_ct": 1_374,
    "profile_da": 8_705,
    "labour_ct": 1_217,
    "cimd_da": 13_537,
    "access_da": 275 + 3_228,
    "access_osm_da": 3_228,
    "outlines_ct_442": 40,
    "outlines_da_442": 272,
    "outlines_da_montreal": 3_228,
    "outlines_boroughs_montreal": 34,
    "osm_stores_montreal": 354,
    "cool_places_montreal": 188,
    "bus_stops_442": 978,
}
OUTLINES = (
    "outlines_ct_442",
    "outlines_da_442",
    "outlines_da_montreal",
    "outlines_ct_montreal",
    "outlines_boroughs_montreal",
)
PLACES = (
    "health_installations",
    "schools",
    "food_places_442",
    "osm_stores_montreal",
    "cool_places_montreal",
    "bus_stops_442",
)


@pytest.fixture(scope="module")
def store() -> LayerStore:
    return LayerStore((PACK,))


@pytest.fixture(scope="module")
def areas(store):
    return store.read("geography_da")


@pytest.fixture(scope="module")
def tracts(store):
    return store.read("geography_ct")


@pytest.fixture(scope="module")
def saint_philippe(store):
    profile = store.read("profile_ct").set_index("unit_id")
    return profile.loc[SAINT_PHILIPPE]


def _weighted(values: pd.Series, weights: pd.Series) -> float:
    known = values.notna() & weights.notna()
    return float(np.average(values[known], weights=weights[known]))


class TestPublishedFigures:
    def test_populations(self, areas):
        population = areas["population"]
        assert population.sum() == 8_501_833
        assert population[areas["csd_id"] == "2437067"].sum() == 139_163
        assert population[areas["cma_id"] == "442"].sum() == 161_489
        assert population[areas["cd_id"] == "2466"].sum() == 2_004_265

    def test_numbers_of_units(self, areas, tracts):
        assert (areas["cma_id"] == "442").sum() == 275
        assert (areas["csd_id"] == "2437067").sum() == 237
        assert (areas["cd_id"] == "2466").sum() == 3_228
        assert (tracts["cma_id"] == "442").sum() == 40
        assert (tracts["csd_id"] == "2437067").sum() == 32

    def test_each_tract_is_the_sum_of_its_areas(self, areas, tracts):
        near = tracts[tracts["cma_id"] == "442"].set_index("unit_id")
        summed = areas[areas["cma_id"] == "442"].groupby("ct_id")["population"].sum()
        pd.testing.assert_series_equal(
            summed.sort_index(), near["population"].sort_index(), check_names=False
        )
        # Published with the profile, where counts are rounded to 5 and drawn otherwise.
        assert near["population"].sum() == 161_489

    def test_tract_and_profile_agree(self, store, tracts):
        profile = store.read("profile_ct").merge(tracts, on="unit_id", validate="one_to_one")
        near = profile[profile["cma_id"].isin(["442", "462", "421"])]
        assert len(near) == 1_216
        assert (near["population_by_age"] - near["population"]).abs().max() <= 10

    def test_saint_philippe(self, areas, store, saint_philippe):
        inside = areas[areas["ct_id"] == SAINT_PHILIPPE]
        assert sorted(inside["unit_id"]) == [
            "24370110", "24370128", "24370129", "24370130", "24370131", "24370132",
        ]  # fmt: skip
        assert inside["population"].sum() == 2_465
        rates = store.read("census_da").set_index("unit_id").loc[inside["unit_id"]]
        published = rates["low_income_share"].dropna()
        assert (published.min(), published.max()) == (0.35, 0.432)
        assert _weighted(rates["low_income_share"], rates["population"]) == pytest.approx(
            0.395, abs=5e-4
        )
        assert saint_philippe["median_household_income_cad"] == 33_600
        assert saint_philippe["low_income_share"] == 0.397
        low = saint_philippe["low_income_persons"] / saint_philippe["low_income_universe"]
        assert low == pytest.approx(0.397, abs=5e-4)
        renters = saint_philippe["renter_households"] / saint_philippe["tenure_households"]
        assert renters == pytest.approx(0.83, abs=5e-3)
        alone = saint_philippe["households_1_person"] / saint_philippe["households"]
        assert alone == pytest.approx(0.65, abs=5e-3)

    def test_low_income_of_city_and_metropolitan_area(self, store, areas, tracts):
        profile = store.read("profile_ct").merge(
            tracts[["unit_id", "csd_id", "cma_id"]], on="unit_id"
        )
        city = profile[profile["csd_id"] == "2437067"]
        assert city["households"].sum() == 66_825
        assert city["low_income_persons"].sum() / city["low_income_universe"].sum() == (
            pytest.approx(0.150, abs=5e-4)
        )
        region = profile[profile["cma_id"] == "442"]
        assert region["low_income_persons"].sum() / region["low_income_universe"].sum() == (
            pytest.approx(0.143, abs=5e-4)
        )
        rates = store.read("census_da").merge(areas[["unit_id", "csd_id"]], on="unit_id")
        rates = rates[rates["csd_id"] == "2437067"]
        assert _weighted(rates["low_income_share"], rates["population"]) == pytest.approx(
            0.154, abs=5e-4
        )

    def test_distance_to_a_clsc(self, store, areas):
        inside = areas[areas["ct_id"] == SAINT_PHILIPPE].merge(
            store.read("access_da"), on="unit_id", validate="one_to_one"
        )
        # 818 m with coordinates cut to four decimals; 815.7 m on the ellipsoid with all of them.
        assert _weighted(inside["clsc_m"], inside["population"]) == pytest.approx(818, abs=5)

    def test_neighbourhoods_of_montreal(self, areas):
        by_borough = areas.groupby("borough_id")["population"].sum()
        assert len(by_borough) == 34
        assert by_borough.sum() == 2_004_265
        # A linked city is also a municipality: both ways of adding its areas must agree.
        island = areas[areas["cd_id"] == "2466"]
        linked = island[island["csd_id"] != "2466023"]
        by_town = linked.groupby("csd_id").agg(
            towns=("borough_id", "nunique"), population=("population", "sum")
        )
        assert (by_town["towns"] == 1).all()
        assert sorted(by_town["population"]) == sorted(
            by_borough[linked["borough_id"].unique()].to_list()
        )


@pytest.mark.parametrize(("layer", "rows"), ROWS.items())
def test_row_counts(store, layer, rows):
    assert len(store.read(layer)) == rows == store.manifest(layer).rows


def test_pack_holds_the_layers_of_the_catalogue_and_no_other_file(store):
    expected = {recipe.layer for recipe in recipes()}
    assert set(store.manifests()) == expected
    assert {p.name for p in PACK.iterdir()} == {f"{i}.parquet" for i in expected} | {
        "manifest.json"
    }
    assert sum(p.stat().st_size for p in PACK.iterdir()) < 15_000_000


@pytest.mark.parametrize("recipe", recipes(), ids=lambda recipe: recipe.layer)
def test_layer_matches_its_record(store, recipe):
    record = catalogue().layer(recipe.layer)
    frame = store.read(recipe.layer)
    typed(record, frame)
    require_shapes(record, frame)


@pytest.mark.parametrize("recipe", recipes(), ids=lambda recipe: recipe.layer)
def test_layer_says_where_it_comes_from(store, recipe):
    manifest = store.manifest(recipe.layer)
    record = catalogue().layer(recipe.layer)
    for id_ in manifest.sources:
        source = catalogue().source(id_)
        assert source.licence.may_ship
        assert source.licence.both in manifest.licence
        for lang in ("fr", "en"):
            assert getattr(source.attribution, lang) in manifest.attribution[lang]
    assert manifest.vintage
    assert manifest.processing == record.processing.model_dump()
    assert manifest.inputs
    assert all(len(i.sha256) == 64 for i in manifest.inputs)


def test_every_attribution_is_in_the_licence_page(store):
    page = (PROJECT / "data" / "LICENCES.md").read_text(encoding="utf-8")
    for layer, (_, manifest) in store.manifests().items():
        assert f"`{layer}`" in page
        for id_ in manifest.sources:
            attribution = catalogue().source(id_).attribution
            assert attribution.fr in page
            assert attribution.en in page


def test_readme_lists_the_layers_as_they_are(store):
    page = (PROJECT / "data" / "README.md").read_text(encoding="utf-8")
    for layer, (_, manifest) in store.manifests().items():
        assert f"| `{layer}` | {manifest.rows:,} |" in page


def test_openstreetmap_is_in_files_of_its_own(store):
    odbl = {i for i, (_, m) in store.manifests().items() if "ODbL" in m.licence}
    assert odbl == {"osm_stores_montreal", "access_osm_da"}
    # Neither the other distances nor any other layer read the OpenStreetMap extract.
    for layer, (_, manifest) in store.manifests().items():
        assert any("osm" in i.name for i in manifest.inputs) == (layer in odbl)


class TestOutlines:
    @pytest.mark.parametrize("layer", OUTLINES)
    def test_neighbours_share_their_edges(self, store, layer):
        polygons = np.asarray(store.read_shapes(layer).geometry.array)
        assert shapely.is_valid(polygons).all()
        assert shapely.coverage_is_valid(polygons)

    @pytest.mark.parametrize("layer", OUTLINES)
    def test_no_gap_nor_overlap(self, store, layer):
        polygons = np.asarray(store.read_shapes(layer).geometry.array)
        whole = shapely.union_all(polygons)
        # Overlap would make the parts larger than the whole.
        assert shapely.area(polygons).sum() == pytest.approx(shapely.area(whole), rel=1e-9)
        holes = [
            shapely.Polygon(ring).area
            for part in shapely.get_parts(whole)
            for ring in shapely.get_rings(part)[1:]
        ]
        # A hole is water or a park without residents (over 2,000 m²), never a sliver.
        assert all(hole > 2.5e-7 for hole in holes)

    @pytest.mark.parametrize("layer", OUTLINES)
    def test_five_decimals(self, store, layer):
        xy = shapely.get_coordinates(np.asarray(store.read_shapes(layer).geometry.array))
        assert np.array_equal(np.round(xy, 5), xy)

    def test_a_shifted_outline_is_seen(self, store):
        """The check above can fail: move one tract and the coverage breaks."""
        polygons = np.asarray(store.read_shapes("outlines_ct_442").geometry.array).copy()
        polygons[0] = shapely.transform(polygons[0], lambda xy: xy + 1e-4)
        assert not shapely.coverage_is_valid(polygons)

    def test_cells_hold_every_area_once(self, store, areas):
        cells = store.read("outlines_da_442", ["unit_id", "members", "ct_id"])
        held = cells["members"].str.split(";")
        assert sorted(held.explode()) == sorted(areas.loc[areas["cma_id"] == "442", "unit_id"])
        assert (held.str.len() == 2).sum() == 3
        tract = areas.set_index("unit_id")["ct_id"]
        assert all(
            {tract[unit] for unit in units} == {ct}
            for units, ct in zip(held, cells["ct_id"], strict=True)
        )
        assert store.manifest("outlines_da_442").approximate

    def test_cells_lie_in_their_tract(self, store):
        tracts = store.read_shapes("outlines_ct_442").set_index("unit_id").geometry
        cells = store.read_shapes("outlines_da_442")
        inside = cells.geometry.representative_point()
        assert inside.within(tracts.loc[cells["ct_id"]].set_axis(cells.index)).mean() > 0.99

    @pytest.mark.parametrize(("layer", "level"), [("da", "unit_id"), ("ct", "ct_id")])
    def test_every_unit_of_the_island_has_an_outline(self, store, areas, layer, level):
        island = areas[areas["cd_id"] == "2466"]
        drawn = store.read(f"outlines_{layer}_montreal", ["unit_id"])["unit_id"]
        assert set(drawn) == set(island[level].dropna())


class TestAccess:
    @pytest.fixture(scope="class")
    def access(self, store, areas):
        return store.read("access_da").merge(areas, on="unit_id", validate="one_to_one")

    def test_figures_of_one_city_are_missing_in_the_other(self, access):
        island = access[access["cd_id"] == "2466"]
        for column in ("food_aid_m", "food_store_m", "pharmacy_m", "bus_trips_400m"):
            assert island[column].isna().all()
            assert access.loc[access["cma_id"] == "442", column].notna().all()
        assert access["clsc_m"].notna().all()

    def test_wholesale_clubs_and_closed_shops_are_not_food_stores(self, store, access):
        places = store.read_shapes("food_places_442").to_crs("EPSG:32188")
        counted = places[places["category"].isin(["supermarket", "grocery"])]
        counted = counted[counted["status"] != "closed"]
        assert len(counted) == 4
        tr = access[access["cma_id"] == "442"]
        points = shapely.points(tr["lon"], tr["lat"])
        plane = store.read_shapes("food_places_442").iloc[:0].set_geometry([]).geometry
        plane = type(plane)(points, crs="EPSG:4326").to_crs("EPSG:32188")
        nearest = [counted.distance(point).min() for point in plane]
        assert np.allclose(nearest, tr["food_store_m"], atol=0.06)

    def test_a_trip_counts_once(self, store, access):
        tr = access[access["cma_id"] == "442"]
        # 774 trips ran that Wednesday: no count of distinct trips can pass it.
        assert 0 < tr["bus_trips_400m"].max() <= 774

    def test_linked_cities_have_no_openstreetmap_figure(self, store, areas):
        figures = store.read("access_osm_da").merge(areas, on="unit_id")
        known = figures["food_store_m"].notna()
        assert (known == (figures["csd_id"] == "2466023")).all()
        assert (figures["food_store_count_1km"].notna() == known).all()
        none_near = figures["food_store_m"] > 1000
        assert (figures.loc[none_near, "food_store_count_1km"] == 0).all()
        assert (figures.loc[known & ~none_near, "food_store_count_1km"] >= 1).all()


class TestDeprivation:
    def test_quintiles_follow_scores(self, store):
        cimd = store.read("cimd_da")
        for name in (
            "residential_instability",
            "ethnocultural_composition",
            "economic_dependency",
            "situational_vulnerability",
        ):
            quintile, score = cimd[f"{name}_quintile"], cimd[f"{name}_score"]
            assert quintile.isna().equals(score.isna())
            bounds = score.groupby(quintile).agg(["min", "max"])
            assert list(bounds.index) == [1, 2, 3, 4, 5]
            assert (bounds["max"].to_numpy()[:-1] <= bounds["min"].to_numpy()[1:]).all()
            assert quintile.value_counts(normalize=True).between(0.195, 0.205).all()


class TestNothingForbidden:
    def test_inputs_that_must_stay_out(self, store):
        names = {i.name for _, m in store.manifests().values() for i in m.inputs}
        for word in (
            "canale", "canbics", "1996", "pm25", "dmti", "sic_2011", "req_economie",
            "regie_essence", "patrimoin", "districts_2013", "touching",
        ):  # fmt: skip
            assert not [n for n in names if word in n]

    def test_no_home_nor_shelter_on_a_map(self, store):
        for layer in PLACES:
            frame = store.read(layer)
            text = json.dumps(
                frame.drop(columns="geometry").astype(str).to_dict("records"), ensure_ascii=False
            ).lower()
            for word in (
                "halte-douceur", "auberge", "1645, rue royale", "1645 rue royale",
                "foyer de groupe", "appartement supervisé", "centre de crise", "pénitencier",
                "github",
            ):  # fmt: skip
                assert word not in text, (layer, word)
        health = store.read("health_installations")
        lodging = {"crjda", "crmda"}
        assert not [m for m in health["missions"] if set(m.split(";")) <= lodging]

    def test_facts_give_no_shelter_address(self, store):
        facts = store.read("facts")
        for column in ("statement_fr", "statement_en"):
            assert not facts[column].str.contains("1645|Radisson|337", regex=True).any()
        for column in ("source_url", "source_reference", "source_label"):
            assert not facts[column].fillna("").str.contains("github").any()

    def test_food_places_are_named_ones(self, store):
        places = store.read("food_places_442")
        assert set(places["category"]) == {
            "supermarket", "grocery", "public_market", "wholesale", "warehouse_club", "pharmacy",
            "food_aid",
        }  # fmt: skip
        assert set(places.loc[places["category"] == "food_aid", "name"]) == {
            "Les Artisans bénévoles de la Paix en Mauricie",
            "Le Bon Citoyen (frigo communautaire)",
        }
        assert places["as_of"].notna().all()
        assert places["source"].notna().all()


class TestFacts:
    def test_confidence_and_completeness(self, store):
        facts = store.read("facts")
        ours = facts[facts["place"] == "trois-rivieres"]
        assert ours["status"].value_counts().to_dict() == {"to_verify": 58, "confirmed": 46}
        assert facts["statement_en"].notna().all()
        assert (facts["unit"].notna() == facts["unit_en"].notna()).all()
        known = facts["sort_date"].dropna()
        assert known.str.fullmatch(r"\d{4}-\d{2}-\d{2}").all()
        assert pd.to_datetime(known).between("1950-01-01", "2026-12-31").all()

    def test_scope_says_where_a_figure_holds(self, store):
        facts = store.read("facts")
        assert set(facts["scope"]) <= {
            "neighbourhood", "city", "cma", "region", "province", "comparator",
        }  # fmt: skip
        saint_philippe = facts[facts["territory"] == "saint-philippe"]
        assert (saint_philippe["scope"] == "neighbourhood").all()
        crime = facts[facts["topic"] == "safety_city"]
        assert (crime["scope"] == "city").all()
        assert crime["territory"].isna().all()

    def test_every_fact_of_the_press_can_be_found_again(self, store):
        facts = store.read("facts")
        found = facts["source_url"].notna() | facts["source_reference"].notna()
        assert set(facts.loc[~found, "source_label"]) == {"Registre des entreprises du Québec"}

    def test_words_are_used(self, store):
        words = read_fact_words(recipe_of("facts").records["words"])
        ids = set(store.read("facts")["fact_id"])
        assert {f.fact_id for f in words.facts} <= ids

    def test_long_history_of_the_sud_ouest(self, store):
        facts = store.read("facts").set_index("fact_id")["value"]
        assert facts["reso-population-1950"] == 100_000
        assert facts["reso-jobs-1967-1988"] == -20_000
        assert facts["reso-population-1988"] == 69_000
