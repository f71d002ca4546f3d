"""Survey answers and offences: hand numbers and what must stay hidden."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from revital.domain import safety, survey
from revital.domain.uncertainty import Flag
from revital.errors import MissingColumnError, ValuesError

ANSWERS = {"1": 8, "2": 6, "3": 8, "4": 10, "5": 8, "does_not_go_out": 7}


def test_net_score_by_hand():
    found = survey.net_score(ANSWERS, ["4", "5"], ["1", "2"], apart=["does_not_go_out"])
    assert found.base == 40
    assert found.net == pytest.approx(0.10)
    assert found.se == pytest.approx(np.sqrt((0.45 + 0.35 - 0.01) / 40))
    assert found.interval == pytest.approx((0.10 - 1.959964 * found.se, 0.10 + 1.959964 * found.se))


def test_share_leaves_apart_what_is_no_answer():
    found = survey.survey_share(ANSWERS, ["4", "5"], apart=["does_not_go_out"])
    assert found.share == pytest.approx(18 / 40)
    assert (found.base, found.apart, found.flag) == (40, 7, Flag.OK)
    assert found.interval.low < 0.45 < found.interval.high


@pytest.mark.parametrize(
    "answers",
    [
        {"yes": 14, "no": 15},
        {"yes": 4, "no": 96},
        {"yes": 97, "no": 3},
        {"yes": 0, "no": 100},
    ],
)
def test_small_bases_and_small_cells_are_hidden(answers):
    found = survey.survey_share(answers, ["yes"])
    assert found.flag is Flag.SUPPRESSED
    assert np.isnan([found.share, *found.interval]).all()


def test_thirty_answers_and_five_in_a_cell_are_enough():
    assert survey.survey_share({"yes": 5, "no": 25}, ["yes"]).share == pytest.approx(1 / 6)
    assert survey.net_score({"a": 4, "b": 30}, ["a"], ["b"]).flag is Flag.SUPPRESSED


@given(st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 60), min_size=1))
def test_published_shares_do_not_give_hidden_counts_back(answers):
    safe, shares = survey.safe_answers(answers)
    total = sum(answers.values())
    assert not (safe.values < 5).any()
    assert (shares.notna() <= safe.values.notna()).all()
    if total < 30:
        assert shares.isna().all()
    hidden = [answers[name] for name in answers if safe.hidden[name]]
    if not np.isnan(safe.total) and hidden:
        assert len(hidden) >= 2
        assert sum(hidden) >= 5


def test_unknown_and_negative_answers_are_told():
    with pytest.raises(MissingColumnError, match="« 6 » manque"):
        survey.survey_share(ANSWERS, ["6"])
    with pytest.raises(ValuesError, match="négatif"):
        survey.safe_answers({"a": -1})


def test_severity_index_by_hand():
    found = safety.severity_index(
        {"minor": 10, "major": 2},
        2_000,
        {"minor": 50, "major": 500},
        {"minor": 3_000, "major": 400},
        1e6,
    )
    assert found == pytest.approx(214.2857, abs=5e-5)
    with pytest.raises(ValuesError, match="poids"):
        safety.severity_index({"x": 1}, 1, {}, {}, 1)
    with pytest.raises(ValuesError, match="nulle"):
        safety.severity_index({}, 0, {}, {}, 1)
    with pytest.raises(ValuesError, match="référence"):
        safety.severity_index({}, 1, {}, {}, 1)


def test_pooled_rate_over_three_years():
    found = safety.pooled_rate([12, 15, 10], [800, 820, 830], area_ha=50)
    assert found.rate == pytest.approx(37 / 2450 * 1000)
    assert found.interval == pytest.approx((10.633, 20.816), abs=5e-4)
    assert found.per_hectare == pytest.approx(37 / 3 / 50)
    assert found.events == 37


def test_few_events_are_hidden():
    found = safety.pooled_rate([1, 2, 1], [800, 820, 830])
    assert found.flag is Flag.SUPPRESSED
    assert np.isnan([found.rate, found.events, *found.interval]).all()
    with pytest.raises(ValuesError, match="autant d'années"):
        safety.pooled_rate([1], [800, 820])
    with pytest.raises(ValuesError, match="nulle"):
        safety.pooled_rate([9], [0])
