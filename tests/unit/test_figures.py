"""Figures of the embedded pack through the services that pages, commands and reports share."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from revital.catalogue.load import Catalogue, catalogue
from revital.catalogue.models import Text
from revital.domain.indicators import quintile_among
from revital.domain.uncertainty import Flag
from revital.errors import MissingColumnError, UnknownIdError
from revital.i18n import translator
from revital.services import figures, wording
from revital.services.data import Data
from revital.services.explain import explain
from revital.services.figures import evaluate, read_all, read_indicator
from revital.services.portrait import story
from revital.services.wording import figure_text
from revital.settings import PROJECT
from revital.store.layers import LayerStore

SP = "saint-philippe"


@pytest.fixture(scope="module")
def data() -> Data:
    return Data(catalogue(), LayerStore((PROJECT / "data" / "pack",)))


@pytest.fixture(scope="module")
def read(data):
    return lambda indicator, territory=SP: read_indicator(data, indicator, territory)


@pytest.fixture(scope="module")
def everything(data):
    return {r.indicator.id: r for r in read_all(data, SP)}


class TestPublishedNumbers:
    @pytest.mark.parametrize(
        ("indicator", "territory", "value", "within"),
        [
            ("population", SP, 2_465, 0),
            ("population", "trois-rivieres", 139_163, 0),
            ("population", "rmr-trois-rivieres", 161_489, 0),
            ("population", "ile-de-montreal", 2_004_265, 0),
            ("population", "quebec", 8_501_833, 0),
            ("low_income", SP, 0.397, 5e-4),
            ("low_income", "trois-rivieres", 0.150, 5e-4),
            ("low_income", "rmr-trois-rivieres", 0.143, 5e-4),
            ("median_household_income", SP, 33_600, 0),
            ("renters", SP, 0.83, 5e-3),
            ("one_person_households", SP, 0.65, 5e-3),
            ("clsc_distance", SP, 818, 5),
        ],
    )
    def test_value(self, read, indicator, territory, value, within):
        assert read(indicator, territory).figure.value == pytest.approx(value, abs=within)

    @pytest.mark.parametrize(("territory", "value"), [(SP, 0.395), ("trois-rivieres", 0.154)])
    def test_the_rate_of_areas_is_only_a_cross_check(self, data, territory, value):
        found = explain(data, "low_income", territory)
        assert found.figure.level == "ct"
        (check,) = found.cross_checks
        assert (check.level, check.method) == ("da", "weighted_mean")
        assert check.value == pytest.approx(value, abs=5e-4)

    def test_the_two_roads_differ_by_less_than_one_point(self, data):
        for id_ in (SP, "trois-rivieres", "rmr-trois-rivieres", "le-sud-ouest", "quebec"):
            found = explain(data, "low_income", id_)
            assert abs(found.figure.value - found.cross_checks[0].value) < 0.01, id_


class TestEveryFigure:
    def test_at_least_26_have_a_value_for_the_neighbourhood(self, everything):
        assert sum(r.figure is not None for r in everything.values()) >= 26

    def test_those_the_project_promises(self, everything):
        promised = (
            "population", "population_change", "population_density", "age_0_14", "age_15_64",
            "age_65_plus", "median_household_income", "low_income", "renters",
            "one_person_households", "median_rent", "median_dwelling_value", "built_before_1961",
            "apartments", "small_dwellings", "large_dwellings", "labour_force_high_school",
            "commute_car", "commute_transit", "commute_walk", "jobs_per_resident",
            "cimd_residential_instability", "cimd_economic_dependency",
            "cimd_situational_vulnerability", "cimd_ethnocultural_composition", "bus_trips",
            "clsc_distance", "food_aid_distance", "food_store_distance", "schools_1_km",
        )  # fmt: skip
        assert [i for i in promised if everything[i].figure is None] == []

    def test_each_has_what_is_needed_to_judge_it(self, everything):
        for id_, reading in everything.items():
            figure = reading.figure
            if figure is None:
                continue
            assert figure.value is not None, id_
            assert np.isfinite(figure.value), id_
            assert 0.5 <= figure.coverage <= 1, id_
            assert figure.units_with_data <= figure.units, id_
            assert figure.sources, id_
            assert figure.layers, id_
            assert 2000 <= figure.year <= 2026, id_
            if reading.indicator.kind == "share":
                assert 0 <= figure.value <= 1, id_

    def test_comparators_come_from_the_same_table(self, everything):
        for id_, reading in everything.items():
            for role, other in reading.comparators.items():
                own = reading.figure
                assert (other.level, other.method, other.layers, other.year) == (
                    own.level, own.method, own.layers, own.year,
                ), (id_, role)  # fmt: skip

    def test_every_reading_can_be_said_in_both_languages(self, everything):
        for lang in ("fr", "en"):
            t = translator(lang)
            for reading in everything.values():
                value = reading.figure.value if reading.figure else None
                assert figure_text(reading.indicator, value, t)

    @pytest.mark.parametrize("id_", list(catalogue().territories))
    def test_no_territory_breaks_a_figure(self, data, id_):
        for reading in read_all(data, id_):
            low, high = reading.indicator.valid_range
            value = reading.figure.value if reading.figure else None
            if value is not None:
                assert low is None or value >= low
                assert high is None or value <= high


class TestComparators:
    def test_commuting_shares_add_up(self, everything):
        modes = ("commute_car", "commute_transit", "commute_walk")
        total = sum(everything[m].figure.value for m in modes)
        # The bicycle is withheld for this tract: what is left is it, and rounding to 5.
        assert 0.98 <= total <= 1.02

    def test_by_tracts_quebec_is_named_for_what_it_holds(self, everything):
        province = everything["low_income"].comparators["province"]
        assert province.level == "ct"
        assert "étropolitaines" in province.title.fr
        assert province.title.en != "Québec"
        assert Flag.PARTIAL_COVERAGE in province.flags

    def test_by_areas_quebec_is_quebec(self, everything):
        province = everything["small_dwellings"].comparators["province"]
        assert (province.level, province.title.fr) == ("da", "Québec")

    def test_medians_of_several_tracts_are_approximate_and_of_one_are_not(self, everything):
        reading = everything["median_household_income"]
        assert Flag.APPROXIMATE not in reading.figure.flags
        assert Flag.APPROXIMATE in reading.comparators["city"].flags
        assert any("médiane" in r.fr for r in reading.comparators["city"].reasons)

    def test_one_that_cannot_be_had_is_absent(self, everything):
        # Distances are only known round the two cities.
        assert "province" not in everything["clsc_distance"].comparators
        assert "province" not in everything["bus_trips"].comparators

    def test_incomplete_lists_say_so(self, everything):
        for id_ in ("food_store_distance", "pharmacy_distance"):
            assert everything[id_].figure.incomplete
            assert Flag.PARTIAL_COVERAGE in everything[id_].figure.flags
        assert "au plus" in everything["food_store_distance"].indicator.bound.fr.lower()

    def test_a_missing_shop_can_only_shorten_a_distance_and_add_to_a_share(self, everything):
        fr, en = translator("fr"), translator("en")
        far, near = everything["food_store_distance"], everything["food_store_within_1_km"]
        assert wording.reading_text(far.indicator, far.figure, fr).startswith("au plus 2")
        assert wording.reading_text(near.indicator, near.figure, fr).startswith("au moins 0")
        assert wording.reading_text(near.indicator, near.figure, en).startswith("at least 0")
        city = near.comparators["city"]
        assert wording.reading_text(near.indicator, city, fr).startswith("au moins 15")

    def test_two_bounds_are_never_compared(self, everything):
        t = translator("fr")
        for id_ in ("food_store_distance", "food_store_within_1_km", "pharmacy_distance"):
            assert everything[id_].comparators["city"].value is not None
            assert wording.comparison(everything[id_], "city", t) is None
            assert " que la ville" not in story(everything[id_], t)

    def test_bus_trips_count_each_trip_once(self, everything):
        # The mean of areas cannot pass the 774 trips that ran that day.
        assert 0 < everything["bus_trips"].figure.value <= 774


class TestHistory:
    def test_two_dates_at_least_or_none(self, data):
        for id_ in (SP, "trois-rivieres", "le-sud-ouest"):
            for reading in read_all(data, id_):
                years = [h.year for h in reading.history]
                assert len(years) != 1
                assert years == sorted(set(years))

    def test_population_of_two_censuses(self, everything):
        past, now = everything["population"].history
        assert (past.year, now.year) == (2016, 2021)
        assert now.value == 2_465
        change = everything["population_change"].figure.value
        assert now.value / past.value - 1 == pytest.approx(change)

    def test_one_date_draws_no_trend(self, everything):
        assert everything["low_income"].history == ()


class TestIndex:
    def test_direction_of_the_index_is_locked(self, everything):
        """Poor Saint-Philippe stands higher than the city on every dimension of hardship."""
        for name in ("residential_instability", "economic_dependency", "situational_vulnerability"):
            reading = everything[f"cimd_{name}"]
            assert reading.indicator.direction == "higher_is_worse"
            assert reading.figure.value > reading.comparators["city"].value > -1
            assert reading.quintile == 5
        # And a well-off borough stands lower than a poor one.
        neutral = everything["cimd_ethnocultural_composition"]
        assert neutral.indicator.direction == "neutral"

    def test_scores_follow_low_income_across_quebec(self, data):
        score = data.column("cimd_da.situational_vulnerability_score")
        low = data.column("census_da.low_income_share").reindex(score.index)
        assert score.corr(low, method="spearman") > 0.2

    def test_value_is_the_mean_of_scores_weighted_by_residents(self, data, read):
        units = data.units(catalogue().territory(SP), "da")
        scores = data.column("cimd_da.economic_dependency_score").reindex(units)
        people = data.population("da").reindex(units)
        by_hand = float((scores * people).sum() / people.sum())
        reading = read("cimd_economic_dependency")
        assert reading.figure.value == pytest.approx(by_hand)
        reference = data.column("cimd_da.economic_dependency_score")
        assert reading.quintile == quintile_among(by_hand, reference)

    def test_edition_is_said_beside_each_value(self, everything):
        for id_, reading in everything.items():
            if id_.startswith("cimd_"):
                assert Flag.USE_WITH_CAUTION in reading.figure.flags
                assert any("22 octobre 2024" in r.fr for r in reading.figure.reasons)

    def test_only_an_index_has_a_quintile(self, everything):
        assert all(r.quintile is None for r in everything.values() if r.indicator.kind != "index")


class TestAbsence:
    def test_no_data_has_no_figure_and_says_how_to_get_it(self, data, everything):
        absent = [r for r in everything.values() if r.figure is None]
        assert absent
        for reading in absent:
            assert reading.comparators == {}
            assert reading.history == ()
            found = explain(data, reading.indicator.id, SP)
            assert reading.indicator.contact or any(s.how_to_get for s in found.sources.values()), (
                reading.indicator.id
            )

    def test_a_figure_of_one_city_is_absent_in_the_other(self, read):
        assert read("bus_trips", "le-sud-ouest").figure is None
        assert read("food_aid_distance", "lasalle").figure is None

    def test_areas_with_holes_leave_the_figure_to_the_tract(self, data):
        record = catalogue().indicator("low_income")
        by_area = next(m for m in record.measures if m.level == "da")
        figure = evaluate(data, by_area, catalogue().territory(SP))
        assert figure.units_with_data < figure.units == 6
        assert figure.coverage < 1

    @pytest.mark.parametrize(
        ("indicator", "territory"),
        [("low_incom", SP), ("low_income", "limoilou"), ("<script>", SP), ("", "")],
    )
    def test_unknown_ids_are_refused(self, data, indicator, territory):
        with pytest.raises(UnknownIdError):
            read_indicator(data, indicator, territory)


def altered(data: Data, indicator_id: str, **changes) -> tuple[Data, str]:
    """Return the data with one record changed under a name of its own."""
    known = data.catalogue
    id_ = f"{indicator_id}_altered"
    record = known.indicator(indicator_id).model_copy(update={"id": id_, **changes})
    made = Catalogue(
        known.sources, known.layers, {**known.indicators, id_: record},
        known.territories, known.places, known.pages, known.themes,
    )  # fmt: skip
    return replace(data, catalogue=made), id_


class TestChoiceOfMeasure:
    def test_a_measure_that_covers_less_than_half_gives_way(self, data, monkeypatch):
        monkeypatch.setattr(figures, "LEAST_COVERAGE", 1.01)
        here, id_ = altered(data, "low_income")
        assert read_indicator(here, id_, SP).figure is None

    def test_a_column_that_is_not_there_is_said(self, data):
        measure = data.catalogue.indicator("low_income").measures[0]
        wrong = measure.model_copy(
            update={"inputs": {"numerator": "profile_ct.poor", "denominator": "profile_ct.all"}}
        )
        here, id_ = altered(data, "low_income", measures=(wrong,))
        with pytest.raises(MissingColumnError, match="« poor »"):
            read_indicator(here, id_, SP)

    def test_what_a_record_says_of_a_measure_becomes_flags(self, data):
        text = Text(fr="Parce que.", en="Because.")
        measure = data.catalogue.indicator("low_income").measures[0]
        marked = measure.model_copy(
            update={"approximate": text, "incomplete": text, "caution": text}
        )
        here, id_ = altered(data, "low_income", measures=(marked,))
        figure = read_indicator(here, id_, SP).figure
        assert {Flag.APPROXIMATE, Flag.PARTIAL_COVERAGE, Flag.USE_WITH_CAUTION} <= set(figure.flags)
        assert figure.incomplete
        assert figure.reasons.count(text) == 3

    @pytest.mark.parametrize(("least", "most", "said"), [(1, 249, True), (250, 400, False)])
    def test_few_residents_are_said(self, data, least, most, said):
        people = data.population("da")
        unit = people[people.between(least, most)].index[0]
        ours = data.catalogue.territory(SP)
        units = ours.units["da"].model_copy(update={"column": "unit_id", "values": (unit,)})
        small = ours.model_copy(update={"id": "one-area", "units": {"da": units}})
        figure = evaluate(data, data.catalogue.indicator("population").measures[0], small)
        assert figure.value == people[unit]
        assert (Flag.LOW_COUNT in figure.flags) is said
