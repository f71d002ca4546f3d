"""Common geography, constant dollars, breaks and what may be called a change."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from revital.domain import trends as t
from revital.domain.trends import Point
from revital.domain.uncertainty import Verdict
from revital.errors import MissingColumnError, ValuesError


def links(pairs, before=2016, after=2021):
    return pd.DataFrame(pairs, columns=["from_id", "to_id"]).assign(from_year=before, to_year=after)


HAND = links([("A", "A1"), ("A", "A2"), ("B", "BC"), ("C", "BC")])


def members(geography):
    return {
        frozenset(zip(rows["year"], rows["id"], strict=True))
        for _, rows in geography.groupby("component")
    }


def test_two_components_by_hand():
    assert members(t.common_geography([HAND])) == {
        frozenset({(2016, "A"), (2021, "A1"), (2021, "A2")}),
        frozenset({(2016, "B"), (2016, "C"), (2021, "BC")}),
    }


def test_three_years_chain():
    older = links([("a", "A"), ("a", "B"), ("c", "C")], 2011, 2016)
    geography = t.common_geography([HAND, older])
    # A and B come from one area of 2011, so everything joins through B and C.
    assert geography["component"].nunique() == 1
    assert len(geography) == 8


def test_the_same_id_in_two_years_is_two_areas():
    geography = t.common_geography([links([("X", "Y"), ("Y", "Z")])])
    assert geography["component"].nunique() == 2


@given(
    st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), min_size=1, max_size=30),
    st.randoms(use_true_random=False),
)
def test_order_of_links_never_matters(pairs, rnd):
    straight = links([(f"f{a}", f"t{b}") for a, b in pairs])
    shuffled = straight.sample(frac=1, random_state=rnd.randint(0, 2**31))
    pd.testing.assert_frame_equal(t.common_geography([straight]), t.common_geography([shuffled]))


def test_counts_are_summed_and_rates_recomputed():
    tables = {
        2016: pd.DataFrame({"pop": [100, 50, 70], "low": [20, 5, 7]}, index=["A", "B", "C"]),
        2021: pd.DataFrame({"pop": [60, 50, 130], "low": [9, 2, 26]}, index=["A1", "A2", "BC"]),
    }
    found = t.on_common_geography(
        tables, t.common_geography([HAND]), counts=["pop"], rates={"rate": ("low", "pop")}
    )
    assert found.loc[(0, 2016)].tolist() == pytest.approx([100, 20, 0.2])
    assert found.loc[(0, 2021)].tolist() == pytest.approx([110, 11, 0.1])
    assert found.loc[(1, 2016)].tolist() == pytest.approx([120, 12, 0.1])
    assert found.loc[(1, 2021)].tolist() == pytest.approx([130, 26, 0.2])


@given(st.lists(st.integers(0, 5000), min_size=3, max_size=3))
def test_totals_are_kept(counts):
    tables = {
        2016: pd.DataFrame({"pop": counts}, index=["A", "B", "C"]),
        2021: pd.DataFrame({"pop": counts}, index=["A1", "A2", "BC"]),
    }
    found = t.on_common_geography(tables, t.common_geography([HAND]), counts=["pop"])
    assert found["pop"].groupby("year").sum().tolist() == [sum(counts)] * 2


def test_a_sum_that_lacks_a_part_is_missing():
    tables = {
        2016: pd.DataFrame({"pop": [100, np.nan, 70]}, index=["A", "B", "C"]),
        2021: pd.DataFrame({"pop": [60, 130]}, index=["A1", "BC"]),
    }
    found = t.on_common_geography(tables, t.common_geography([HAND]), counts=["pop"])
    assert found["pop"].isna().tolist() == [False, True, True, False]


def test_bad_links_are_told():
    with pytest.raises(MissingColumnError, match="to_id"):
        t.common_geography([HAND.drop(columns="to_id")])
    with pytest.raises(ValuesError, match="Aucune correspondance"):
        t.common_geography([])


def test_constant_dollars():
    found = t.constant_dollars(
        {2015: 30_000, 2020: 33_600}, {2015: 126.6, 2020: 137.0}, base_year=2020
    )
    assert found[2015] == pytest.approx(30_000 * 137 / 126.6)
    assert found[2020] == 33_600
    with pytest.raises(ValuesError, match="2015"):
        t.constant_dollars({2015: 1}, {2020: 137}, base_year=2020)


def test_irregular_years():
    found = t.steps([Point(1988, 69_000), Point(1950, 100_000), Point(1971, np.nan)])
    assert len(found) == 1
    assert found[0].yearly == pytest.approx(-31_000 / 38)
    assert found[0].change.verdict is Verdict.UNKNOWN
    growth = t.yearly_growth(found[0].before, found[0].after)
    assert (1 + growth) ** 38 == pytest.approx(0.69)
    assert np.isnan(t.yearly_growth(Point(2000, 0), Point(2001, 5)))
    with pytest.raises(ValuesError, match="croissant"):
        t.yearly_growth(Point(2001, 1), Point(2000, 1))


def test_a_change_clears_its_interval_or_is_none():
    points = [Point(2011, 10, 8, 12), Point(2016, 13, 11, 15), Point(2021, 20, 18, 22)]
    verdicts = [step.change.verdict for step in t.steps(points)]
    assert verdicts == [Verdict.NO_CLEAR_CHANGE, Verdict.HIGHER]


def test_nothing_is_said_across_a_break():
    points = [Point(2006, 10, 9, 11), Point(2011, 30, 29, 31), Point(2016, 50, 49, 51)]
    breaks = {2011: "nhs_2011", 2016: "nhs_2011"}
    assert [s.break_reason for s in t.steps(points, breaks)] == ["nhs_2011", "nhs_2011"]
    assert {s.change.verdict for s in t.steps(points, breaks)} == {Verdict.UNKNOWN}
    assert t.steps(points, breaks)[0].change.difference == 20
    assert [s.break_reason for s in t.steps(points, {2011: "nhs_2011"})] == ["nhs_2011", None]


def test_two_figures_for_one_date_are_told():
    with pytest.raises(ValuesError, match="même date"):
        t.steps([Point(2016, 1), Point(2016, 2)])
