"""The index on generated tables, where every domain has its data, and on the embedded pack."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from revital.catalogue.score_records import Goalpost, score_record
from revital.services.data import open_data
from revital.services.devitalization import (
    compute_goalposts,
    index_robustness,
    indicator_ids,
    read_index,
    score_table,
)

RECORD = score_record("devitalization")
FULL = RECORD.model_copy(
    update={"goalposts": {i: Goalpost(low=0, high=1) for i in indicator_ids(RECORD)}}
)
WORSE = dict.fromkeys(indicator_ids(RECORD), 1)


def table(n: int = 12, seed: int = 3) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        rng.uniform(0, 1, (n, len(WORSE))),
        index=[f"u{i:02d}" for i in range(n)],
        columns=list(WORSE),
    )


def test_index_is_the_mean_of_domain_means():
    values = pd.DataFrame(0.5, index=["a"], columns=list(WORSE))
    values["food_store_distance"] = 1.0
    scores, index = score_table(values, FULL, WORSE)
    assert scores.loc["a", "food"] == pytest.approx(1.0)
    # Six domains at 0.5 and one at 1: (6 × 0.5 + 1) / 7.
    assert index["a"] == pytest.approx(4 / 7)


def test_direction_turns_an_indicator_over():
    values = pd.DataFrame(0.2, index=["a"], columns=list(WORSE))
    turned = {**WORSE, "food_store_distance": -1}
    scores, _ = score_table(values, FULL, turned)
    assert scores.loc["a", "food"] == pytest.approx(0.8)


def test_domain_with_too_few_indicators_has_no_score_and_too_few_domains_no_index():
    values = table(1)
    values[["shelter_cost_30", "major_repairs"]] = np.nan
    scores, index = score_table(values, FULL, WORSE)
    assert np.isnan(scores.iloc[0]["housing"])
    assert np.isfinite(index.iloc[0])
    gone = values.copy()
    gone[["crime_rate", "safe_after_dark", "food_store_distance"]] = np.nan
    _, index = score_table(gone, FULL, WORSE)
    assert np.isnan(index.iloc[0])


def test_goalposts_cut_what_lies_beyond():
    values = pd.DataFrame(7.0, index=["a"], columns=list(WORSE))
    _, index = score_table(values, FULL, WORSE)
    assert index["a"] == pytest.approx(1.0)


def test_robustness_holds_the_nominal_rank_and_a_certain_worst():
    values = table()
    values.loc["u00"] = 1.0
    found = index_robustness(values, FULL, WORSE)
    assert found is not None
    assert found.table.loc["u00", "rank"] == 1
    assert found.table.loc["u00", "p_top"] == 1.0
    inside = found.table
    assert (inside["rank_low"] <= inside["rank_high"]).all()
    assert found.leave_one_out.shape == (12, 7)


def test_too_few_units_say_nothing_of_a_rank():
    assert index_robustness(table(4), FULL, WORSE) is None


@settings(max_examples=25, deadline=None)
@given(st.permutations(range(12)))
def test_row_order_changes_nothing(order):
    values = table()
    straight = index_robustness(values, FULL, WORSE)
    shuffled = index_robustness(values.iloc[list(order)], FULL, WORSE)
    assert straight is not None
    assert shuffled is not None
    pd.testing.assert_frame_equal(straight.table, shuffled.table.loc[straight.table.index])


def test_weights_move_the_index():
    values = pd.DataFrame(0.0, index=["a"], columns=list(WORSE))
    values["food_store_distance"] = 1.0
    weights = {d.id: 1.0 for d in FULL.domains} | {"food": 3.0}
    _, index = score_table(values, FULL, WORSE, weights=weights)
    assert index["a"] == pytest.approx(3 / 9)


def test_stored_goalposts_are_those_of_the_province():
    data = open_data()
    for id_ in ("low_income", "median_household_income", "one_person_households"):
        found = compute_goalposts(data, data.catalogue.indicator(id_))
        assert found is not None
        assert found.low == pytest.approx(RECORD.goalposts[id_].low, rel=1e-5)
        assert found.high == pytest.approx(RECORD.goalposts[id_].high, rel=1e-5)


def test_saint_philippe_has_domain_scores_and_no_index():
    found = read_index(open_data(), "saint-philippe")
    assert found.index is None
    assert found.robustness is None
    by_id = {d.domain.id: d for d in found.domains}
    assert by_id["economic"].score is not None
    assert 0 <= by_id["economic"].score <= 1
    # The food distance is only a bound there: it must not feed a score.
    assert by_id["food"].score is None
    assert "food_store_distance" in by_id["food"].missing


def test_every_indicator_of_the_index_exists():
    data = open_data()
    for id_ in indicator_ids(RECORD):
        assert data.catalogue.indicator(id_).id == id_
