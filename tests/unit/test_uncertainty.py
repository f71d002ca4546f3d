"""Intervals, smoothing and flags, against hand numbers and statsmodels."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint

from revital.domain import uncertainty as u
from revital.domain.uncertainty import Flag, Verdict
from revital.errors import ValuesError


def test_rounding_bounds_of_a_ratio():
    low, high = u.rounding_ratio_bounds(25, 180)
    assert (float(low), float(high)) == pytest.approx((0.1141, 0.1648), abs=5e-5)


def test_rounding_bounds_stop_at_zero_and_one():
    low, high = u.rounding_ratio_bounds([0, 10, 5], [5, 10, 0])
    assert low.tolist()[:2] == pytest.approx([0, 6 / 14])
    assert high.tolist()[:2] == [1, 1]
    assert np.isnan([low[2], high[2]]).all()
    assert u.rounding_ratio_bounds(5, 4, is_share=False)[1] == np.inf


def test_rounding_bounds_keep_missing_missing():
    low, high = u.rounding_ratio_bounds([np.nan], [10])
    assert np.isnan(low).all()
    assert np.isnan(high).all()


@given(true=st.integers(0, 400), up=st.booleans(), base=st.sampled_from([5, 10]))
def test_the_true_count_lies_within_the_bounds(true, up, base):
    published = -(-true // base) * base if up else true // base * base
    low, high = u.rounding_bounds(published, base=base)
    assert low <= true <= high


def test_rounding_variance():
    assert [u.rounding_variance(r) for r in range(5)] == [0, 4, 6, 6, 4]
    assert u.rounding_variance() == 4
    assert float(u.rounding_margin(12)) == pytest.approx(13.58, abs=0.005)


def test_sample_share_standard_error():
    se = float(u.sample_share_se(0.3, 180, sampling_fraction=0.25))
    assert se == pytest.approx(0.05916, abs=5e-6)
    assert 1.959964 * se == pytest.approx(0.116, abs=5e-4)
    assert np.isnan(u.sample_share_se(0.3, 0))
    with pytest.raises(ValuesError, match="fraction"):
        u.sample_share_se(0.3, 180, sampling_fraction=25)


@pytest.mark.parametrize(
    ("k", "n", "expected"), [(12, 40, (0.180748, 0.454300)), (0, 15, (0, 0.203883))]
)
def test_wilson_by_hand(k, n, expected):
    low, high = u.wilson(k, n)
    assert (float(low), float(high)) == pytest.approx(expected, abs=5e-7)


@given(n=st.integers(1, 500), data=st.data(), level=st.floats(0.5, 0.999))
def test_wilson_agrees_with_statsmodels(n, data, level):
    k = data.draw(st.integers(0, n))
    ours = [float(bound) for bound in u.wilson(k, n, level=level)]
    theirs = proportion_confint(k, n, alpha=1 - level, method="wilson")
    assert ours == pytest.approx(list(theirs), abs=1e-9)
    assert 0 <= ours[0] <= k / n <= ours[1] <= 1


def test_wilson_refuses_impossible_counts_and_keeps_gaps():
    with pytest.raises(ValuesError):
        u.wilson(5, 4)
    low, high = u.wilson([0, np.nan], [0, 4])
    assert np.isnan(low).all()
    assert np.isnan(high).all()


def test_poisson_exact():
    low, high = u.poisson_exact(37, 2450, per=1000)
    assert pytest.approx(15.102, abs=5e-4) == 37 / 2450 * 1000
    assert (float(low), float(high)) == pytest.approx((10.633, 20.816), abs=5e-4)
    assert float(u.poisson_exact(0)[0]) == 0
    assert float(u.poisson_exact(0)[1]) == pytest.approx(-np.log(0.025))
    assert np.isnan(u.poisson_exact(3, 0)[0])


def test_empirical_bayes_by_hand_and_as_esda():
    from esda.smoothing import Empirical_Bayes

    events, base = np.array([10, 1, 3, 4, 2, 5]), np.array([100, 15, 20, 20, 80, 90])
    smoothed = u.empirical_bayes(events, base)
    assert smoothed.overall == pytest.approx(0.076923, abs=5e-7)
    assert smoothed.variance == pytest.approx(0.000799474, abs=5e-10)
    expected = [0.088684, 0.075540, 0.089499, 0.098104, 0.053351, 0.066596]
    assert smoothed.rates.tolist() == pytest.approx(expected, abs=5e-7)
    peer = np.asarray(Empirical_Bayes(events, base).r, dtype=float).ravel()
    assert smoothed.rates == pytest.approx(peer, abs=1e-12)


def test_empirical_bayes_leaves_empty_areas_missing():
    smoothed = u.empirical_bayes([3, 2, 0, np.nan], [100, 80, 0, 50])
    assert np.isnan(smoothed.rates[2:]).all()
    assert not np.isnan(smoothed.rates[:2]).any()
    assert u.empirical_bayes([0, 0], [10, 20]).rates.tolist() == [0, 0]
    with pytest.raises(ValuesError, match="négative"):
        u.empirical_bayes([1], [-4])
    with pytest.raises(ValuesError, match="Aucun secteur"):
        u.empirical_bayes([1], [0])


@given(
    pairs=st.lists(st.tuples(st.integers(0, 50), st.integers(50, 5000)), min_size=2, max_size=30)
)
def test_smoothed_rates_lie_between_their_own_and_the_overall_rate(pairs):
    events, base = np.array(pairs, dtype=float).T
    smoothed = u.empirical_bayes(events, base)
    own = events / base
    assert (smoothed.rates >= np.minimum(own, smoothed.overall) - 1e-12).all()
    assert (smoothed.rates <= np.maximum(own, smoothed.overall) + 1e-12).all()


@given(
    top=st.integers(0, 60).map(lambda n: 5 * n),
    extra=st.integers(0, 300).map(lambda n: 5 * n),
    cells=st.integers(1, 40),
    fraction=st.sampled_from([None, 0.25]),
)
def test_share_interval_holds_the_share_and_widens_with_sampling(top, extra, cells, fraction):
    bottom = top + extra
    low, high = u.share_interval(top, bottom, cells=cells, sampling_fraction=fraction)
    if bottom == 0:
        assert np.isnan(low)
        return
    assert 0 <= low <= top / bottom <= high <= 1
    full_low, full_high = u.share_interval(top, bottom, cells=cells)
    assert low <= full_low + 1e-12
    assert high >= full_high - 1e-12


def test_a_share_of_zero_on_a_sample_keeps_a_width():
    low, high = u.share_interval(0, 200, base=1, sampling_fraction=0.25)
    assert low == 0
    assert high == pytest.approx(float(u.wilson(0, 200 / 3)[1]))


def test_clamped_shares_are_told():
    shares, clamped = u.clamp_shares([1.02, 0.5, -0.01, np.nan])
    assert shares[:3].tolist() == [1, 0.5, 0]
    assert np.isnan(shares[3])
    assert clamped.tolist() == [True, False, True, False]


@pytest.mark.parametrize(
    ("before", "after", "verdict"),
    [
        ((10, 8, 12), (15, 13, 17), Verdict.HIGHER),
        ((15, 13, 17), (10, 8, 12), Verdict.LOWER),
        ((10, 8, 12), (13, 11, 15), Verdict.NO_CLEAR_CHANGE),
        ((10, 8, 12), (14, 12, 16), Verdict.NO_CLEAR_CHANGE),
        ((10, 8, 12), (10, 8, 12), Verdict.NO_CLEAR_CHANGE),
        ((10, np.nan, 12), (15, 13, 17), Verdict.UNKNOWN),
        ((np.nan, 8, 12), (15, 13, 17), Verdict.UNKNOWN),
    ],
)
def test_change_is_called_only_when_intervals_separate(before, after, verdict):
    change = u.change_between(before[0], after[0], before[1:], after[1:])
    assert change.verdict is verdict
    assert change.is_clear == (verdict in ("higher", "lower"))


def test_without_an_interval_nothing_is_a_change():
    assert u.change_between(1, 9, None, (8, 10)).verdict is Verdict.UNKNOWN
    assert not u.change_is_clear(1, 9, None, None)
    assert u.change_between(1, 9, None, None).difference == 8


def test_flags_are_ordered_by_gravity():
    assert u.worst_flag([]) is Flag.OK
    assert u.worst_flag(["rounded", "missing", "suppressed"]) is Flag.MISSING
    assert u.worst_flag([Flag.APPROXIMATE, Flag.ROUNDED]) is Flag.APPROXIMATE
    assert f"{Flag.LOW_COUNT}" == "low_count"


def test_standard_error_of_a_published_interval():
    assert float(u.standard_error(8.040036, 11.959964)) == pytest.approx(1, abs=1e-6)
    with pytest.raises(ValuesError, match="niveau"):
        u.standard_error(1, 2, level=95)
