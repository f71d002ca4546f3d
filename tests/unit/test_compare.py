"""Places and years side by side: same scale, verdicts by intervals, breaks said."""

from __future__ import annotations

import pytest

from revital.domain.uncertainty import Verdict
from revital.errors import UnknownIdError, ValuesError
from revital.services.compare import compare, series
from revital.services.data import open_data


def by_id(found):
    return {row.indicator.id: row for row in found}


def test_low_income_is_clearly_higher_than_in_the_city():
    found = by_id(compare(open_data(), ["trois-rivieres", "saint-philippe"]))
    assert found["low_income"].verdicts == (Verdict.NO_CLEAR_CHANGE, Verdict.HIGHER)
    city, here = found["low_income"].figures
    assert here.value > 2 * city.value


def test_a_bound_is_never_called_a_difference():
    found = by_id(compare(open_data(), ["saint-philippe", "premiers-quartiers"]))
    assert found["food_store_distance"].verdicts[1] is Verdict.UNKNOWN


@pytest.mark.parametrize(
    "places", [[], ["saint-philippe"], ["saint-philippe"] * 2, ["a", "b", "c", "d", "e"]]
)
def test_two_to_four_different_places(places):
    with pytest.raises(ValuesError, match="2 à 4"):
        compare(open_data(), places)


def test_unknown_place_is_named():
    with pytest.raises(UnknownIdError, match="limoilou"):
        compare(open_data(), ["limoilou", "saint-philippe"])


def test_long_history_of_the_sud_ouest_breaks_where_the_source_changes():
    found = {s.indicator.id: s for s in series(open_data(), "le-sud-ouest", "fr")}
    values = found["population"].values
    assert [(v.date, v.value) for v in values[:2]] == [(1950, 100_000), (1988, 69_000)]
    assert [v.date for v in values[2:]] == [2016, 2021]
    reasons = [step.break_reason for step in found["population"].steps]
    assert reasons == [None, "source", None]
    # Two figures of a page without margins: nothing is called a change.
    assert found["population"].steps[0].change.verdict is Verdict.UNKNOWN


def test_saint_philippe_lost_people_between_two_full_counts():
    found = {s.indicator.id: s for s in series(open_data(), "saint-philippe", "en")}
    step = found["population"].steps[-1]
    assert step.change.verdict is Verdict.LOWER
