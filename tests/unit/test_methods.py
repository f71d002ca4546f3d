"""Worked examples of the methods page: the records are the tests."""

import pytest

from revital.catalogue.method_records import GROUPS, Example
from revital.domain import indicators
from revital.errors import UnknownIdError
from revital.i18n import translator
from revital.services import methods
from revital.services.method_runs import RUNS

RECORDS = methods.methods()


@pytest.mark.parametrize(
    ("record", "number"),
    [
        pytest.param(record, n, id=f"{record.id}-{n + 1}")
        for record in RECORDS
        for n in range(len(record.examples))
    ],
)
def test_worked_examples_hold(record, number):
    worked = methods.work(record)[number]
    assert worked.holds, (worked.example.output, worked.result)


def test_an_example_that_is_wrong_does_not_hold():
    record = methods.method("wilson")
    example = record.examples[0]
    wrong = Example.model_validate(
        {**example.model_dump(), "output": {**example.output, "low": 0.19}}
    )
    unknown = Example.model_validate({**example.model_dump(), "output": {"other": 1}})
    worked = methods.work(record.model_copy(update={"examples": (wrong, unknown)}))
    assert [w.holds for w in worked] == [False, False]


@pytest.mark.parametrize(
    ("expected", "found", "same"),
    [
        (1.0, 1.0000004, True),
        (1.0, 1.1, False),
        ([1, 2], [1, 2.0], True),
        ([1, 2], [1], False),
        ({"a": 1}, {"a": 1, "b": 2}, False),
        ({2016: [1]}, {"2016": [1]}, True),
        (None, 0.0, False),
        (0.0, None, False),
        ("ok", "ok", True),
        (True, True, True),
    ],
)
def test_agreement_goes_all_the_way_down(expected, found, same):
    assert methods.agrees(expected, found, 1e-6) is same


def test_every_method_has_its_record_and_its_run():
    assert {record.id for record in RECORDS} == set(RUNS)
    assert set(indicators.METHODS) <= set(RUNS)


def test_records_follow_the_order_of_the_page():
    groups = [record.group for record in RECORDS]
    assert groups == sorted(groups, key=GROUPS.index)
    assert [r.id for rs in methods.by_group().values() for r in rs] == [r.id for r in RECORDS]
    for lang in ("fr", "en"):
        t = translator(lang)
        assert len({methods.group_text(group, t) for group in GROUPS}) == len(GROUPS)


def test_an_unknown_method_is_told():
    with pytest.raises(UnknownIdError, match="wilson"):
        methods.method("guesswork")
