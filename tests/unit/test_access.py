"""Access measures: hand-computed figures, PySAL's hospital example, and properties."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from revital.domain import access, catchment, decay
from revital.domain.cost_matrix import CostMatrix, from_long, straight_line
from revital.errors import MissingColumnError, ValuesError

INF = np.inf


def costs(values, **kwargs):
    values = np.asarray(values, dtype=float)
    return CostMatrix(
        values,
        pd.Index([f"o{i}" for i in range(values.shape[0])]),
        pd.Index([f"s{j}" for j in range(values.shape[1])]),
        **kwargs,
    )


# --- hand-computed -----------------------------------------------------------------------------


def test_population_weighted_distance_and_share():
    summary = access.summarize(
        np.array([400, 900, 1300, 2000.0]), np.array([50, 30, 15, 5.0]), 1000
    )
    assert summary.mean_cost == pytest.approx(765)
    assert summary.share_within == pytest.approx(0.80)
    assert (summary.people, summary.people_within, summary.people_beyond) == (100, 80, 20)


def test_people_at_exactly_the_threshold_are_within_it():
    assert access.summarize(np.array([1000.0]), np.array([10.0]), 1000).people_within == 10


def test_people_who_reach_nothing_are_counted_apart_and_not_averaged():
    summary = access.summarize(
        np.array([500, INF, np.nan, 700]),
        np.array([10, 20, 30, 40.0]),
        1000,
        is_located=np.array([True, True, True, False]),
    )
    assert summary.mean_cost == pytest.approx(500)
    assert summary.people_unreached == 50
    assert summary.people_unlocated == 40
    assert summary.people == 60
    assert summary.people_beyond == 50
    assert summary.share_within == pytest.approx(10 / 60)


def test_nobody_and_nothing():
    nobody = access.summarize(np.array([500.0]), np.array([0.0]), 1000)
    assert nobody.mean_cost is None
    assert nobody.share_within is None
    nothing = access.summarize(np.array([INF]), np.array([10.0]), 1000)
    assert nothing.mean_cost is None
    assert nothing.share_within == 0
    assert nothing.people_unreached == 10
    unpublished = access.summarize(np.array([500, 700.0]), np.array([np.nan, 5.0]), 600)
    assert (unpublished.people, unpublished.mean_cost) == (5, 700)
    with pytest.raises(ValuesError):
        access.summarize(np.array([500.0]), np.array([-1.0]), 1000)


def test_walking_radii():
    assert access.walk_radius_m(15) == 1200
    assert access.walk_radius_m(15, speed_kmh=5) == 1250
    assert access.walk_radius_m(15, speed_kmh=access.OLDER_WALK_KMH) == 900
    with pytest.raises(ValuesError):
        access.walk_radius_m(15, speed_kmh=0)


def test_nearest_names_the_service_and_leaves_gaps():
    near = access.nearest(costs([[300, 200, 200], [INF, INF, INF]]))
    assert near.loc["o0"].tolist() == [200, "s1"]
    assert near.loc["o1"].isna().all()
    empty = access.nearest(costs(np.zeros((2, 0))))
    assert empty.cost.isna().all()


def test_mean_of_the_nearest_needs_that_many():
    table = costs([[400, 100, 200, 300], [100, 200, INF, INF]])
    mean = access.mean_of_nearest(table, 3)
    assert mean["o0"] == pytest.approx(200)
    assert np.isnan(mean["o1"])
    assert access.mean_of_nearest(table, 5).isna().all()
    with pytest.raises(ValuesError):
        access.mean_of_nearest(table, 0)


def test_count_within_counts_places_and_supply():
    table = costs([[1200, 1201, 300], [INF, INF, INF]])
    found = access.count_within(table, 1200, pd.Series({"s0": 2.0, "s1": 9.0, "s2": 0.0}))
    assert found.loc["o0"].tolist() == [2, 2]
    assert found.loc["o1"].tolist() == [0, 0]


def test_by_unit_keeps_blocks_with_their_area():
    # Blocks at 600 m (500 people) and 1,700 m (300): mean 1,012.5 m though 62.5 % are within 1 km.
    table = access.by_unit(
        np.array([600, 1700, INF]),
        np.array([500, 300, 7.0]),
        pd.Series(["a", "a", "b"]),
        1000,
    )
    assert table.loc["a", "mean_cost"] == pytest.approx(1012.5)
    assert table.loc["a", "within_share"] == pytest.approx(0.625)
    assert table.loc["b", "people_unreached"] == 7
    assert np.isnan(table.loc["b", "mean_cost"])
    assert table.people_beyond.tolist() == [300, 7]


def test_by_group_says_how_many_origins_have_no_figure():
    table = access.by_group(
        np.array([500.0, 1500.0]),
        {"older": np.array([10.0, np.nan]), "all": np.array([20.0, 30.0])},
        1000,
    )
    assert table.loc["older", ["people", "people_beyond", "origins_without_figure"]].tolist() == [
        10,
        0,
        1,
    ]
    assert table.loc["all", "people_beyond"] == 30


# --- third party: PySAL access, tests/test_hospital_example.py ---------------------------------
#
# The example and its costs are PySAL's. Its test states no numbers: it compares the package with a
# plain loop written beside it. The values below are what `access` 1.1.10 answers on the example.

HOSPITAL = costs([[1, 80, 40], [80, 1, 40], [40, 40, 1]], unit="min")
PEOPLE = pd.Series([100.0, 50, 10], index=HOSPITAL.origins)
DOCTORS = pd.Series([15.0, 20, 100], index=HOSPITAL.services)


@pytest.mark.parametrize(
    ("values", "want"),
    [
        (catchment.two_step(HOSPITAL, PEOPLE, 61, DOCTORS), [0.761364, 0.958333, 1.094697]),
        (
            catchment.enhanced_two_step(
                HOSPITAL, PEOPLE, decay.Steps({10: 1, 30: 0.68, 61: 0.22}), DOCTORS
            ),
            [0.658399, 0.894770, 2.442162],
        ),
        (
            catchment.gravity_demand(HOSPITAL, PEOPLE, decay.Power(1, limit=61), DOCTORS),
            [0.331444, 0.579828, 7.286418],
        ),
        (
            catchment.three_step(
                HOSPITAL, PEOPLE, decay.Power(1, limit=61), DOCTORS, choice=decay.Power(1)
            ),
            [0.156257, 0.406216, 9.906352],
        ),
    ],
    ids=["2SFCA", "E2SFCA", "gravity", "3SFCA"],
)
def test_the_hospital_example_of_pysal(values, want):
    assert values.to_numpy() == pytest.approx(want, abs=5e-7)
    assert float((values * PEOPLE).sum()) == pytest.approx(135)


def test_pysal_itself_agrees_on_generated_areas():
    from access import Access, weights

    rng = np.random.default_rng(5)
    n, m = 40, 12
    table = costs(rng.uniform(1, 60, (n, m)))
    people = pd.Series(rng.integers(1, 500, n).astype(float), index=table.origins)
    supply = pd.Series(rng.integers(1, 30, m).astype(float), index=table.services)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        peer = Access(
            demand_df=pd.DataFrame({"geoid": people.index, "pop": people.to_numpy()}),
            demand_index="geoid",
            demand_value="pop",
            supply_df=pd.DataFrame({"geoid": supply.index, "doc": supply.to_numpy()}),
            supply_index="geoid",
            supply_value="doc",
            cost_df=table.to_long(),
            cost_origin="from",
            cost_dest="to",
            cost_name="cost",
        )
        theirs = peer.enhanced_two_stage_fca(
            "e2", max_cost=30, weight_fn=weights.step_fn(dict(decay.LUO_QI_SLOW))
        )
    ours = catchment.enhanced_two_step(table, people, decay.Steps(decay.LUO_QI_SLOW), supply)
    np.testing.assert_allclose(ours, theirs["e2_doc"].reindex(table.origins).fillna(0), rtol=1e-9)


def test_hansen_does_not_divide_by_demand():
    table = costs([[2, 4], [10, INF]])
    supply = pd.Series([10.0, 20.0], index=table.services)
    plain = catchment.gravity(table, decay.Power(1), supply)
    assert plain.tolist() == pytest.approx([10 / 2 + 20 / 4, 1.0])
    shared = catchment.gravity_demand(
        table, pd.Series([1.0, 1.0], index=table.origins), decay.Power(1), supply
    )
    # Service 0 is shared (1/2 + 1/10 = 0.6), service 1 is asked for by one person only (1/4).
    assert shared.tolist() == pytest.approx([0.5 * 10 / 0.6 + 20.0, 0.1 * 10 / 0.6])


def test_decay_functions_by_hand():
    c = np.array([0.0, 10, 10.5, 20, 30, 31, INF])
    assert decay.Steps(decay.LUO_QI_SLOW)(c).tolist() == [1, 1, 0.68, 0.68, 0.22, 0, 0]
    assert decay.Threshold(10)(c).tolist() == [1, 1, 0, 0, 0, 0, 0]
    assert decay.Power(2, floor=2)(np.array([1.0, 4, INF])).tolist() == [0.25, 0.0625, 0]
    assert decay.Exponential(0.1)(np.array([10.0, INF])).tolist() == pytest.approx(
        [0.367879, 0], abs=1e-6
    )
    assert decay.Gaussian(10)(np.array([10.0, INF])).tolist() == pytest.approx(
        [0.606531, 0], abs=1e-6
    )
    for bad in (lambda: decay.Steps({}), lambda: decay.Steps({10: 2}), lambda: decay.Power(0)):
        with pytest.raises(ValuesError):
            bad()


# --- odd inputs --------------------------------------------------------------------------------


def test_a_missing_pair_is_unreachable_and_a_duplicate_keeps_the_least():
    pairs = pd.DataFrame(
        {
            "from": ["a", "a", "b", "x", "a", "b"],
            "to": ["s", "s", "s", "s", "t", "t"],
            "cost": [500.0, 300.0, 0.0, 9.0, np.nan, INF],
        }
    )
    table, report = from_long(pairs, pd.Index(["a", "b"]), pd.Index(["s", "t"]))
    assert table.values.tolist() == [[300, INF], [0, INF]]
    assert (report.pairs, report.duplicates, report.unknown, report.missing_pairs) == (2, 1, 1, 2)


def test_identifiers_are_compared_as_text():
    pairs = pd.DataFrame({"from": [1, 2], "to": [10, 10], "cost": [5, 6]})
    table, _ = from_long(pairs, pd.Index(["1", "2"]), pd.Index([10]))
    assert table.values.ravel().tolist() == [5, 6]


def test_bad_matrices_are_refused_with_a_sentence():
    ids = pd.Index(["a"]), pd.Index(["s"])
    with pytest.raises(MissingColumnError, match="cost"):
        from_long(pd.DataFrame({"from": [], "to": []}), *ids)
    with pytest.raises(ValuesError, match="loin"):
        from_long(pd.DataFrame({"from": ["a"], "to": ["s"], "cost": ["loin"]}), *ids)
    with pytest.raises(ValuesError, match="négatif"):
        from_long(pd.DataFrame({"from": ["a"], "to": ["s"], "cost": [-1]}), *ids)
    with pytest.raises(ValuesError, match="répétés"):
        CostMatrix(np.zeros((2, 1)), pd.Index(["a", "a"]), pd.Index(["s"]))
    with pytest.raises(ValuesError):
        CostMatrix(np.array([[np.nan]]), *ids)


def test_straight_lines_times_the_detour_factor():
    table = straight_line(
        np.array([[0, 0], [np.nan, 0]]),
        np.array([[3, 4], [0, 0]], dtype=float),
        pd.Index(["a", "b"]),
        pd.Index(["s", "t"]),
        detour_factor=1.3,
    )
    assert table.values[0].tolist() == pytest.approx([6.5, 0])
    assert np.isinf(table.values[1]).all()
    with pytest.raises(ValuesError):
        straight_line(*[np.zeros((1, 2))] * 2, *[pd.Index(["a"])] * 2, detour_factor=0.9)


def test_a_service_without_supply_or_without_people_gives_nothing_and_breaks_nothing():
    table = costs([[5, 5], [5, INF]])
    people = pd.Series([0.0, 10.0], index=table.origins)
    supply = pd.Series([0.0, 8.0], index=table.services)
    got = catchment.two_step(table, people, 10, supply)
    # Service 1 is reached by the empty origin only: nobody shares it, so nobody receives it.
    assert got.tolist() == [0, 0]
    assert catchment.supply_reached(table, people, decay.Threshold(10), supply) == 0
    with pytest.raises(ValuesError):
        catchment.two_step(table, people, 10, supply.iloc[:1])
    with pytest.raises(ValuesError):
        catchment.two_step(table, people.iloc[:1], 10, supply)
    with pytest.raises(ValuesError):
        catchment.two_step(table, -people, 10, supply)


# --- properties --------------------------------------------------------------------------------

cost_values = hnp.arrays(
    float,
    st.tuples(st.integers(1, 6), st.integers(2, 5)),
    elements=st.one_of(st.integers(1, 60).map(float), st.just(INF)),
)
DECAYS = [
    decay.Threshold(30),
    decay.Steps(decay.LUO_QI_SLOW),
    decay.Power(1.5, limit=40),
    decay.Exponential(0.1),
    decay.Gaussian(15),
]


@settings(max_examples=80, deadline=None)
@given(values=cost_values, seed=st.integers(0, 999), which=st.sampled_from(range(len(DECAYS))))
def test_residents_times_access_add_up_to_the_supply_reached(values, seed, which):
    rng = np.random.default_rng(seed)
    table = costs(values)
    people = pd.Series(rng.integers(0, 90, values.shape[0]).astype(float), index=table.origins)
    supply = pd.Series(rng.integers(0, 9, values.shape[1]).astype(float), index=table.services)
    f = DECAYS[which]
    for got, kernel in (
        (catchment.gravity_demand(table, people, f, supply), f),
        (catchment.three_step(table, people, f, supply), f),
    ):
        reached = catchment.supply_reached(table, people, kernel, supply)
        assert float((got.fillna(0) * people).sum()) == pytest.approx(reached, abs=1e-6)


@settings(max_examples=60, deadline=None)
@given(values=cost_values, seed=st.integers(0, 999))
def test_more_services_never_lower_nearest_counts_or_two_step_access(values, seed):
    # Two-step access of one origin cannot fall: another service adds its own share and takes
    # nothing from those of the others.
    rng = np.random.default_rng(seed)
    table = costs(values)
    fewer = table.take_services(np.arange(values.shape[1] - 1))
    people = pd.Series(rng.integers(1, 90, values.shape[0]).astype(float), index=table.origins)
    supply = pd.Series(rng.integers(0, 9, values.shape[1]).astype(float), index=table.services)
    assert (table.nearest_cost <= fewer.nearest_cost).all()
    counts = access.count_within(table, 30, supply), access.count_within(fewer, 30, supply)
    assert (counts[0] >= counts[1]).all().all()
    more2, fewer2 = (catchment.two_step(t, people, 30, supply).fillna(0) for t in (table, fewer))
    assert (more2 >= fewer2 - 1e-12).all()


@settings(max_examples=60, deadline=None)
@given(values=cost_values, low=st.integers(1, 60), more=st.integers(0, 30))
def test_a_larger_threshold_never_lowers_the_share(values, low, more):
    people = np.arange(1.0, values.shape[0] + 1)
    least = costs(values).nearest_cost
    first, second = (access.summarize(least, people, t).share_within for t in (low, low + more))
    assert second >= first


@settings(max_examples=60, deadline=None)
@given(values=cost_values, seed=st.integers(0, 999))
def test_row_order_and_names_change_nothing(values, seed):
    rng = np.random.default_rng(seed)
    table = costs(values)
    rows, columns = rng.permutation(values.shape[0]), rng.permutation(values.shape[1])
    people = pd.Series(rng.integers(1, 90, values.shape[0]).astype(float), index=table.origins)
    mixed = table.take_origins(rows).take_services(columns)
    renamed = CostMatrix(
        mixed.values, mixed.origins, pd.Index([f"x{c}" for c in range(len(columns))])
    )
    f = decay.Steps(decay.LUO_QI_SLOW)
    ours = catchment.gravity_demand(table, people, f)
    theirs = catchment.gravity_demand(renamed, people, f).reindex(table.origins)
    np.testing.assert_allclose(ours, theirs)
    before = access.summarize(table.nearest_cost, people.to_numpy(), 30)
    after = access.summarize(renamed.nearest_cost, people.to_numpy()[rows], 30)
    assert before.people_within == after.people_within
    assert before.mean_cost == pytest.approx(after.mean_cost)


@settings(max_examples=60, deadline=None)
@given(values=cost_values)
def test_a_table_of_pairs_comes_back_the_same(values):
    table = costs(values)
    back, report = from_long(table.to_long(), table.origins, table.services)
    assert (back.values == table.values).all()
    assert report.duplicates == 0
