"""Scenarios: who gains, who loses, and that undoing one restores every figure."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from revital.domain.cost_matrix import CostMatrix, straight_line
from revital.domain.whatif import compare, scenario_cost
from revital.errors import ValuesError


def line(service_x):
    """Three homes at 0, 1,000 and 3,000 m on a line."""
    origins = np.array([[0.0, 0], [1000, 0], [3000, 0]])
    services = np.array([[x, 0.0] for x in service_x]).reshape(-1, 2)
    ids = pd.Index([f"s{k}" for k in range(len(services))])
    return straight_line(origins, services, pd.Index(["a", "b", "c"]), ids)


PEOPLE = np.array([100.0, 50.0, 30.0])


def test_a_new_store_by_hand():
    table = line([0])
    after = scenario_cost(table, added=np.array([[2500.0], [1500.0], [500.0]]))
    effect = compare(
        table.nearest_cost,
        after,
        PEOPLE,
        900,
        table.origins,
        groups={"older": np.array([10.0, np.nan, 7.0])},
    )
    assert effect.people_gained == 30
    assert effect.people_lost == 0
    assert effect.people_nearer == 30
    assert effect.before.mean_cost == pytest.approx((50 * 1000 + 30 * 3000) / 180)
    assert effect.after.mean_cost == pytest.approx((50 * 1000 + 30 * 500) / 180)
    assert effect.per_origin.change.tolist() == [0, 0, -2500]
    assert effect.groups.loc["older", ["people", "gained", "within_after"]].tolist() == [17, 7, 17]


def test_closing_the_only_store_leaves_nobody_served_and_no_mean():
    table = line([0])
    effect = compare(
        table.nearest_cost, scenario_cost(table, closed=["s0"]), PEOPLE, 1000, table.origins
    )
    assert effect.people_lost == 150
    assert effect.after.mean_cost is None
    assert effect.after.people_unreached == 180
    assert effect.people_farther == 180
    assert effect.per_origin["after"].isna().all()
    assert effect.per_origin["change"].isna().all()


def test_closing_one_of_two_stores_at_one_point_changes_nothing():
    table = line([0, 0, 3000])
    after = scenario_cost(table, closed=["s1"])
    assert (after == table.nearest_cost).all()
    both = scenario_cost(table, closed=["s0", "s1"])
    assert both.tolist() == [3000, 2000, 0]


def test_an_unknown_store_cannot_close_and_shapes_must_fit():
    with pytest.raises(ValuesError, match="s9"):
        scenario_cost(line([0]), closed=["s9"])
    with pytest.raises(ValuesError):
        scenario_cost(line([0]), added=np.zeros((2, 1)))


def test_people_whose_place_is_unknown_are_in_no_figure():
    table = line([0])
    effect = compare(
        table.nearest_cost,
        np.zeros(3),
        PEOPLE,
        500,
        table.origins,
        is_located=np.array([True, True, False]),
    )
    assert effect.people_gained == 50
    assert effect.before.people_unlocated == 30


xs = st.lists(st.integers(0, 5000), min_size=1, max_size=6)


@settings(max_examples=80, deadline=None)
@given(service_x=xs, new_x=xs, close=st.sets(st.integers(0, 5)))
def test_the_quick_answer_is_the_slow_one(service_x, new_x, close):
    table = line(service_x)
    closed = [f"s{k}" for k in close if k < len(service_x)]
    added = line(new_x).values
    slow = np.hstack([table.without(tuple(closed)).values, added]).min(axis=1)
    assert (scenario_cost(table, added=added, closed=closed) == slow).all()


@settings(max_examples=60, deadline=None)
@given(service_x=xs, close=st.sets(st.integers(0, 5), min_size=1))
def test_closing_then_reopening_restores_every_figure(service_x, close):
    table = line(service_x)
    closed = [f"s{k}" for k in close if k < len(service_x)]
    reopened = table.values[:, table.service_positions(closed)]
    after = scenario_cost(table, closed=closed, added=reopened if closed else None)
    effect = compare(table.nearest_cost, after, PEOPLE, 1000, table.origins)
    assert effect.before == effect.after
    assert effect.people_gained == effect.people_lost == 0
    assert (effect.per_origin.change == 0).all()


@settings(max_examples=60, deadline=None)
@given(service_x=xs, new_x=xs)
def test_a_new_service_loses_nobody(service_x, new_x):
    table = line(service_x)
    after = scenario_cost(table, added=line(new_x).values)
    effect = compare(table.nearest_cost, after, PEOPLE, 1000, table.origins)
    assert effect.people_lost == effect.people_farther == 0
    gained = effect.after.people_within - effect.before.people_within
    assert effect.people_gained == pytest.approx(gained)


def test_an_answer_for_a_large_city_takes_well_under_a_second():
    rng = np.random.default_rng(2)
    origins, stores = rng.uniform(0, 40000, (3228, 2)), rng.uniform(0, 40000, (354, 2))
    table = straight_line(
        origins, stores, pd.RangeIndex(3228), pd.Index([f"s{k}" for k in range(354)])
    )
    people = rng.integers(0, 900, 3228).astype(float)
    start = time.perf_counter()
    added = CostMatrix(
        np.hypot(*(origins - [20000, 20000]).T)[:, None], table.origins, pd.Index(["new"])
    )
    after = scenario_cost(table, added=added.values, closed=["s3", "s8"])
    effect = compare(table.nearest_cost, after, people, 1000, table.origins)
    assert time.perf_counter() - start < 1
    assert effect.before.people == people.sum()
