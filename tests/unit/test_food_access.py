"""INSPQ and USDA rules, and the share of healthy outlets."""

from __future__ import annotations

import pandas as pd
import pytest

from revital.domain import food_access as food
from revital.errors import ValuesError

NA = pd.NA


def test_exactly_one_kilometre_is_low_access():
    mean = pd.Series({"a": 999.9, "b": 1000.0, "c": 1012.5, "d": None}, dtype=float)
    assert food.low_access(mean).tolist() == [False, True, True, NA]


def test_rural_areas_have_their_own_distance():
    mean = pd.Series({"a": 15999.0, "b": 16000.0, "c": 15999.0})
    rural = pd.Series({"a": True, "b": True, "c": False})
    assert food.low_access(mean, is_rural=rural).tolist() == [False, True, True]


def test_an_area_that_reaches_no_store_has_low_access():
    mean = pd.Series({"a": None, "b": None, "c": 200.0}, dtype=float)
    nothing = pd.Series({"a": True})
    assert food.low_access(mean, reaches_nothing=nothing).tolist() == [True, NA, False]


def test_food_desert_needs_both_conditions():
    low = pd.Series([True, True, False, True, False, NA], dtype="boolean")
    quintile = pd.Series([5, 4, 5, None, None, 5])
    assert food.food_desert(low, quintile).tolist() == [True, False, False, NA, False, NA]
    wider = food.InspqRule(deprived_quintiles=frozenset({4, 5}))
    assert food.food_desert(low, quintile, rule=wider).tolist() == [
        True,
        True,
        False,
        NA,
        False,
        NA,
    ]


def test_the_thresholds_can_be_edited_but_not_to_nonsense():
    rule = food.InspqRule(urban_m=500)
    assert food.low_access(pd.Series([600.0]), rule=rule).tolist() == [True]
    with pytest.raises(ValuesError):
        food.InspqRule(urban_m=0)
    with pytest.raises(ValuesError):
        food.InspqRule(deprived_quintiles=frozenset({6}))
    with pytest.raises(ValuesError):
        food.InspqRule(deprived_quintiles=frozenset())


def test_usda_low_access_by_number_or_by_share():
    beyond = pd.Series([500.0, 499.0, 33.0, 0.0, 0.0])
    people = pd.Series([10000.0, 10000.0, 100.0, 100.0, 0.0])
    assert food.usda_low_access(beyond, people).tolist() == [True, False, True, False, NA]
    assert food.MILE_M == 1609.344


def test_usda_low_income():
    poverty = pd.Series([0.20, 0.19, None, 0.1])
    assert food.usda_low_income(poverty).tolist() == [True, False, NA, False]
    ratio = pd.Series([1.0, 0.80, None, 0.81])
    assert food.usda_low_income(poverty, ratio).tolist() == [True, True, NA, False]


def test_no_outlet_at_all_is_not_a_share_of_zero():
    healthy, other = pd.Series([4, 0, 0]), pd.Series([16, 0, 3])
    share = food.healthy_outlet_share(healthy, other)
    assert share.iloc[0] == 20.0
    assert pd.isna(share.iloc[1])
    assert share.iloc[2] == 0.0
    assert food.food_swamp(share, other).tolist() == [False, NA, True]
