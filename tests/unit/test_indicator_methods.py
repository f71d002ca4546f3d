"""Each named method against numbers worked out by hand, and the properties it must keep."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from revital.domain.indicators import METHODS, compute, method, quintile_among
from revital.errors import MissingColumnError, UnknownIdError, ValuesError

NAN = float("nan")


def units(**columns: list[float]) -> pd.DataFrame:
    size = len(next(iter(columns.values())))
    return pd.DataFrame(columns, index=[f"u{i}" for i in range(size)], dtype=float)


def grouped(frame: pd.DataFrame, *names: str | None) -> pd.Series:
    return pd.Series(list(names), index=frame.index)


def one(name: str, frame: pd.DataFrame, **options) -> pd.Series:
    """Apply a method to all units taken together."""
    together = pd.Series("all", index=frame.index)
    return compute(name, frame, groups=together, **options).loc["all"]


class TestByHand:
    def test_count_is_a_sum(self):
        assert one("count", units(count=[10, 20, 5]))["value"] == 35

    def test_count_of_several_columns(self):
        assert one("count", units(count=[10, 20], count_2=[1, 2]))["value"] == 33

    def test_share_is_rebuilt_from_sums_not_a_mean_of_shares(self):
        frame = units(numerator=[1, 90], denominator=[10, 100])
        # (1 + 90) / (10 + 100); the mean of 0.1 and 0.9 would be 0.5.
        assert one("share", frame)["value"] == pytest.approx(91 / 110)

    def test_share_with_numerator_in_parts(self):
        frame = units(numerator=[1, 2], numerator_2=[3, 4], denominator=[10, 10])
        assert one("share", frame)["value"] == pytest.approx(0.5)

    def test_share_remaining(self):
        assert one("share_remaining", units(total=[60, 40], part=[50, 45]))["value"] == (
            pytest.approx(0.05)
        )

    def test_share_of_rest(self):
        frame = units(numerator=[60, 30], total=[150, 100], part=[50, 20])
        row = one("share_of_rest", frame)
        assert row["value"] == pytest.approx(0.5)
        assert (row["numerator"], row["denominator"]) == (90, 180)

    def test_a_rest_rounded_below_nobody_is_nobody_and_further_down_a_fault(self):
        assert np.isnan(one("share_of_rest", units(numerator=[0], total=[5], part=[10]))["value"])
        with pytest.raises(ValuesError, match="négatif"):
            one("share_of_rest", units(numerator=[0], total=[50], part=[100]))

    def test_rate_per_thousand(self):
        row = one("rate", units(numerator=[3, 1], denominator=[1_000, 3_000]))
        assert row["value"] == pytest.approx(1.0)
        per = one("rate", units(numerator=[4], denominator=[4_000]), parameters={"per": 100_000.0})
        assert per["value"] == pytest.approx(100.0)

    def test_ratio_may_pass_one(self):
        assert one("ratio", units(numerator=[30, 20], denominator=[10, 10]))["value"] == 2.5

    def test_density_from_summed_areas(self):
        assert one("density", units(count=[100, 50], area_km2=[1, 4]))["value"] == 30

    def test_change_from_summed_counts(self):
        # +50 % on 10 and 0 % on 90 is +5 %, not +25 %.
        assert one("change", units(after=[15, 90], before=[10, 90]))["value"] == pytest.approx(0.05)

    def test_weighted_mean(self):
        row = one("weighted_mean", units(value=[1, 5], weight=[3, 1]))
        assert row["value"] == 2
        assert not row["approximate"]

    def test_median_of_one_unit_is_the_published_one(self):
        row = one("median_approximation", units(median=[33_600], weight=[1_500]))
        assert row["value"] == 33_600
        assert not row["approximate"]

    def test_median_of_several_units_is_flagged(self):
        row = one("median_approximation", units(median=[30_000, 50_000], weight=[3, 1]))
        assert row["value"] == 35_000
        assert row["approximate"]

    def test_a_group_left_with_one_known_median_is_that_median(self):
        row = one("median_approximation", units(median=[30_000, NAN], weight=[3, 1]))
        assert row["value"] == 30_000
        assert row["coverage"] == 0.5

    def test_share_within_leaves_the_threshold_out(self):
        frame = units(distance_m=[999, 1_000, 1_001], weight=[10, 20, 70])
        assert one("share_within", frame)["value"] == pytest.approx(0.1)
        wider = one("share_within", frame, parameters={"threshold_m": 1_001.0})
        assert wider["value"] == pytest.approx(0.3)


#: Inputs that suit every method, by argument; strictly positive, and parts smaller than wholes.
SOUND = {
    "count": ["count"],
    "share": ["numerator", "denominator"],
    "share_remaining": ["total", "part"],
    "share_of_rest": ["numerator", "total", "part"],
    "rate": ["numerator", "denominator"],
    "ratio": ["numerator", "denominator"],
    "density": ["count", "area_km2"],
    "change": ["after", "before"],
    "weighted_mean": ["value", "weight"],
    "median_approximation": ["median", "weight"],
    "share_within": ["distance_m", "weight"],
}
WHOLES = {"denominator", "total", "area_km2", "before", "weight"}


def test_every_method_is_covered_here():
    assert set(SOUND) == set(METHODS)


def sample(name: str, rng: np.random.Generator, rows: int) -> pd.DataFrame:
    frame = {}
    for argument in SOUND[name]:
        low, high = (100, 200) if argument in WHOLES else (1, 100)
        if name == "share_of_rest" and argument == "total":
            low, high = (200, 300)
        frame[argument] = rng.integers(low, high, rows).astype(float).tolist()
    return units(**frame)


@pytest.mark.parametrize("name", sorted(SOUND))
class TestEveryMethod:
    @pytest.fixture
    def frame(self, name):
        return sample(name, np.random.default_rng(7), 12)

    def test_order_of_rows_is_of_no_matter(self, name, frame):
        groups = pd.Series([f"g{i % 3}" for i in range(12)], index=frame.index)
        straight = compute(name, frame, groups=groups)
        mixed = compute(name, frame.sample(frac=1, random_state=3), groups=groups)
        pd.testing.assert_frame_equal(straight, mixed)

    def test_groups_are_computed_apart(self, name, frame):
        groups = pd.Series([f"g{i % 3}" for i in range(12)], index=frame.index)
        result = compute(name, frame, groups=groups)
        assert list(result.index) == ["g0", "g1", "g2"]
        for group in result.index:
            alone = one(name, frame[groups == group])
            assert result.loc[group, "value"] == pytest.approx(alone["value"])

    def test_a_unit_without_group_counts_nowhere(self, name, frame):
        groups = pd.Series(["g"] * 11 + [None], index=frame.index)
        result = compute(name, frame, groups=groups)
        assert list(result.index) == ["g"]
        assert result.loc["g", "value"] == pytest.approx(one(name, frame.iloc[:11])["value"])
        assert result.loc["g", "units"] == 11

    def test_missing_is_left_out_and_never_zero(self, name, frame):
        for column in frame.columns:
            holed = frame.copy()
            holed.iloc[0, holed.columns.get_loc(column)] = np.nan
            row = one(name, holed)
            # As if the unit were not there: a zero would give another value.
            assert row["value"] == pytest.approx(one(name, frame.iloc[1:])["value"])
            assert row["units"] == 12
            assert row["units_with_data"] == 11
            assert row["coverage"] == pytest.approx(11 / 12)

    def test_coverage_weighs_residents(self, name, frame):
        holed = frame.copy()
        holed.iloc[0] = np.nan
        population = pd.Series([25.0] + [75 / 11] * 11, index=frame.index)
        row = one(name, holed, population=population)
        assert row["coverage"] == pytest.approx(0.75)
        assert row["population"] == pytest.approx(100)

    def test_nothing_known_gives_no_value(self, name, frame):
        row = one(name, frame * np.nan)
        assert np.isnan(row["value"])
        assert row["coverage"] == 0
        assert not row["approximate"]

    def test_nobody_there_does_not_divide_by_zero(self, name, frame):
        row = one(name, frame, population=pd.Series(0.0, index=frame.index))
        assert row["coverage"] == 1
        zero = frame.copy()
        for column in (WHOLES | {"part"}) & set(frame.columns):
            zero[column] = 0.0
        if name != "count":
            assert np.isnan(one(name, zero)["value"])

    def test_a_missing_input_is_named(self, name, frame):
        first = SOUND[name][0]
        with pytest.raises(MissingColumnError, match=f"« {first} »"):
            compute(name, frame.drop(columns=first))

    def test_a_unit_twice_is_refused(self, name, frame):
        with pytest.raises(ValuesError, match="u0"):
            compute(name, pd.concat([frame, frame.iloc[:1]]))


@pytest.mark.parametrize("name", ["weighted_mean", "median_approximation", "share_within"])
def test_no_unit_of_zero_weight_moves_a_mean(name):
    frame = units(**{SOUND[name][0]: [10, 5_000], "weight": [4, 0]})
    assert one(name, frame)["value"] == one(name, frame.iloc[:1])["value"]


class TestShares:
    def test_rounding_past_the_whole_is_clamped_and_flagged(self):
        row = one("share", units(numerator=[105], denominator=[100]))
        assert row["value"] == 1
        assert row["clamped"]

    def test_a_few_people_may_overshoot_more(self):
        # Counts are rounded to 5: 15 of 10 can happen, 30 of 10 can not.
        row = one("share", units(numerator=[15], denominator=[10]))
        assert row["value"] == 1
        assert row["clamped"]
        with pytest.raises(ValuesError, match="dépasse 1"):
            one("share", units(numerator=[30], denominator=[10]))

    def test_a_numerator_that_is_no_part_is_refused(self):
        with pytest.raises(ValuesError, match=r"130.* sur 100"):
            one("share", units(numerator=[130], denominator=[100]))

    def test_negative_counts_are_refused(self):
        with pytest.raises(ValuesError, match="négatif"):
            one("share", units(numerator=[-1], denominator=[100]))

    def test_a_true_zero_stays_zero(self):
        assert one("share", units(numerator=[0], denominator=[100]))["value"] == 0

    def test_a_missing_part_of_the_numerator_is_not_zero(self):
        frame = units(numerator=[5, 5], numerator_2=[NAN, 5], denominator=[20, 20])
        assert one("share", frame)["value"] == pytest.approx(0.5)


def test_words_in_place_of_numbers_are_missing():
    frame = pd.DataFrame({"count": ["12", "x", "F"]}, index=list("abc"))
    row = one("count", frame)
    assert row["value"] == 12
    assert row["units_with_data"] == 1


def test_an_unknown_method_lists_the_known_ones():
    with pytest.raises(UnknownIdError, match="median_approximation"):
        method("mean_of_quintiles")


counts = st.lists(
    st.tuples(st.integers(0, 10_000), st.integers(0, 10_000)), min_size=1, max_size=30
)


@given(counts)
def test_a_share_of_parts_is_within_zero_and_one(pairs):
    """True when no numerator passes its denominator."""
    frame = units(
        numerator=[min(a, b) for a, b in pairs], denominator=[max(a, b) for a, b in pairs]
    )
    row = one("share", frame)
    if frame["denominator"].sum() == 0:
        assert np.isnan(row["value"])
    else:
        assert 0 <= row["value"] <= 1
        assert not row["clamped"]


@given(counts)
def test_shares_of_groups_and_of_the_whole_agree(pairs):
    """The share of the whole is the mean of the groups' shares weighted by denominators."""
    frame = units(
        numerator=[min(a, b) for a, b in pairs], denominator=[max(a, b) + 1 for a, b in pairs]
    )
    apart = compute("share", frame)["value"].reindex(frame.index)
    mean = float((apart * frame["denominator"]).sum() / frame["denominator"].sum())
    assert one("share", frame)["value"] == pytest.approx(mean)


@given(st.lists(st.integers(0, 10_000), min_size=2, max_size=30), st.data())
def test_counts_add_up_whatever_the_groups(values, data):
    frame = units(count=values)
    names = st.lists(st.sampled_from("abc"), min_size=len(values), max_size=len(values))
    groups = pd.Series(data.draw(names), index=frame.index)
    assert compute("count", frame, groups=groups)["value"].sum() == sum(values)


@given(st.lists(st.tuples(st.floats(-1e6, 1e6), st.floats(0.001, 1e6)), min_size=1, max_size=30))
def test_a_weighted_mean_lies_between_its_values(pairs):
    """True for positive weights, up to the rounding of floats."""
    frame = units(value=[v for v, _ in pairs], weight=[w for _, w in pairs])
    mean = one("weighted_mean", frame)["value"]
    slack = 1e-6 * max(1.0, frame["value"].abs().max())
    assert frame["value"].min() - slack <= mean <= frame["value"].max() + slack


@given(st.lists(st.one_of(st.none(), st.integers(0, 500)), min_size=1, max_size=30))
def test_coverage_is_the_share_of_units_with_data(values):
    frame = units(count=[NAN if v is None else v for v in values])
    known = sum(v is not None for v in values)
    row = one("count", frame)
    assert row["coverage"] == pytest.approx(known / len(values))
    assert np.isnan(row["value"]) == (known == 0)


class TestQuintile:
    REFERENCE = pd.Series(range(1, 101), dtype=float)

    @pytest.mark.parametrize(
        ("value", "fifth"), [(0, 1), (1, 1), (20, 1), (21, 2), (60, 3), (81, 5), (100, 5), (500, 5)]
    )
    def test_by_hand(self, value, fifth):
        assert quintile_among(value, self.REFERENCE) == fifth

    def test_missing_references_are_left_out(self):
        holed = pd.concat([self.REFERENCE, pd.Series([NAN] * 900)], ignore_index=True)
        assert quintile_among(60, holed) == 3

    def test_nothing_to_say(self):
        assert quintile_among(NAN, self.REFERENCE) is None
        assert quintile_among(1.0, pd.Series([NAN])) is None

    @given(st.lists(st.floats(-5, 5), min_size=5, max_size=200), st.floats(-5, 5))
    def test_it_never_falls_when_the_value_grows(self, reference, value):
        series = pd.Series(reference)
        assert quintile_among(value, series) <= quintile_among(value + 0.5, series)
