"""Hidden counts stay hidden: by rule, by subtraction and by deduction."""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from revital.domain import disclosure as d
from revital.errors import ValuesError


def test_small_counts_are_hidden_and_zero_is_small():
    assert d.hide_small([0, 4, 5, 9, np.nan]).tolist() == [True, True, False, False, False]
    assert d.hide_small([9, 10], k=10).tolist() == [True, False]


def test_no_percentage_under_thirty():
    shares = d.hide_percentages([0.5, 0.5, 0.5], [29, 30, 31])
    assert np.isnan(shares[0])
    assert shares[1:].tolist() == [0.5, 0.5]


def test_a_list_hides_a_second_cell_so_the_total_does_not_tell():
    safe = d.protect_list(pd.Series({"a": 3, "b": 12, "c": 7, "d": 40}))
    assert safe.hidden.to_dict() == {"a": True, "b": False, "c": True, "d": False}
    assert safe.primary.to_dict() == {"a": True, "b": False, "c": False, "d": False}
    assert safe.total == 62
    assert safe.values["b"] == 12
    assert safe.flags["a"] == "suppressed"


def test_two_small_cells_that_add_to_less_than_k_need_a_third():
    safe = d.protect_list(pd.Series({"a": 1, "b": 1, "c": 7, "d": 40}))
    assert safe.hidden.to_dict() == {"a": True, "b": True, "c": True, "d": False}


def test_a_list_with_nobody_left_to_hide_hides_its_total():
    safe = d.protect_list(pd.Series({"a": 3}))
    assert np.isnan(safe.total)
    assert safe.hidden.all()


def test_nothing_small_nothing_hidden():
    safe = d.protect_list(pd.Series({"a": 5, "b": 12}))
    assert not safe.hidden.any()
    assert safe.total == 17


@given(
    counts=st.lists(st.integers(0, 25), min_size=1, max_size=8),
    k=st.sampled_from([5, 10]),
    order=st.randoms(use_true_random=False),
)
def test_a_list_cannot_be_undone_by_subtraction(counts, k, order):
    series = pd.Series(counts, index=[f"u{i}" for i in range(len(counts))])
    safe = d.protect_list(series, k=k)
    assert not (safe.values < k).any()
    hidden = series[safe.hidden]
    if not np.isnan(safe.total):
        remainder = safe.total - safe.values.sum()
        assert hidden.empty or (len(hidden) >= 2 and remainder >= k)
    shuffled = series.sample(frac=1, random_state=order.randint(0, 2**31))
    again = d.protect_list(shuffled, k=k)
    assert again.hidden.reindex(series.index).equals(safe.hidden)


def test_a_table_protects_by_a_rectangle():
    table = pd.DataFrame([[2, 20, 30], [15, 18, 40], [50, 60, 70]])
    safe = d.protect_table(table)
    assert safe.hidden.to_numpy().tolist() == [
        [True, True, False],
        [True, True, False],
        [False, False, False],
    ]
    assert safe.row_totals.tolist() == [52, 73, 180]
    assert safe.total == 305


def test_a_bridge_between_two_rectangles_is_not_enough():
    # Every row and column would hide two cells or more, and yet the cell joining the two blocks
    # would be settled by adding up one block: counting cells per line is not a protection.
    table = pd.DataFrame(
        [
            [2, 3, 30, 40],
            [3, 2, 30, 40],
            [30, 4, 2, 3],
            [30, 40, 3, 2],
        ]
    )
    safe = d.protect_table(table)
    _assert_safe(table, safe, k=5)


def _visible(safe):
    rows, columns = safe.values.shape
    full = np.full((rows + 1, columns + 1), np.nan)
    full[:-1, :-1] = safe.values.to_numpy()
    full[:-1, -1], full[-1, :-1] = safe.row_totals, safe.column_totals
    full[-1, -1] = safe.total
    return full


def _assert_safe(table, safe, k):
    """Count by hand every table a reader could imagine: no search shared with the code tested."""
    visible = _visible(safe)
    assert not (visible < k).any()
    truth = np.zeros_like(visible)
    truth[:-1, :-1] = table
    truth[:-1, -1], truth[-1, :-1], truth[-1, -1] = (
        table.sum(axis=1),
        table.sum(),
        table.sum().sum(),
    )
    hidden = np.isnan(visible)
    # Any hidden figure must be movable: look for one other whole-number table that agrees.
    for cell in map(tuple, np.argwhere(hidden)):
        needed = k if truth[cell] < k else None
        assert _another_world(truth, hidden, cell, needed), (cell, visible)


def _another_world(truth, hidden, cell, at_least):
    """Search moves along cycles of hidden figures (rows, columns and margins), up to length 6."""
    rows, columns = truth.shape
    best = truth[cell]
    for length in (2, 3):
        other_rows = [r for r in range(rows) if r != cell[0]]
        other_columns = [c for c in range(columns) if c != cell[1]]
        for rs in itertools.permutations(other_rows, length - 1):
            for cs in itertools.permutations(other_columns, length - 1):
                path_rows, path_columns = (cell[0], *rs), (cell[1], *cs)
                plus = list(zip(path_rows, path_columns, strict=True))
                minus = list(zip(path_rows, (*path_columns[1:], path_columns[0]), strict=True))
                if not all(hidden[p] for p in plus + minus):
                    continue

                def sign(p):
                    # A margin enters its line's sum with a minus sign, the corner twice.
                    return (-1) ** ((p[0] == rows - 1) + (p[1] == columns - 1))

                moves = [(p, sign(p)) for p in plus] + [(p, -sign(p)) for p in minus]
                for way in (1, -1):
                    down = [truth[p] for p, s in moves if s * way < 0]
                    step = min(down, default=10_000)
                    if step >= 1:
                        own = dict(moves)[cell] * way
                        best = max(best, truth[cell] + own * step)
                        if at_least is None:
                            return True
    return at_least is not None and best >= at_least


@settings(max_examples=40, deadline=None)
@given(
    rows=st.integers(2, 3),
    columns=st.integers(2, 3),
    data=st.data(),
    k=st.sampled_from([5, 10]),
)
def test_a_table_cannot_be_undone(rows, columns, data, k):
    cells = data.draw(
        st.lists(st.integers(0, 30), min_size=rows * columns, max_size=rows * columns)
    )
    table = pd.DataFrame(np.reshape(cells, (rows, columns)))
    safe = d.protect_table(table, k=k)
    truth = np.zeros((rows + 1, columns + 1))
    truth[:-1, :-1] = table
    truth[:-1, -1], truth[-1, :-1], truth[-1, -1] = (
        table.sum(axis=1),
        table.sum(),
        table.sum().sum(),
    )
    visible = _visible(safe)
    hidden = np.isnan(visible)
    assert not (visible < k).any()
    # Linear algebra alone (no sign, no rounding) must not settle a hidden figure either.
    for cell in map(tuple, np.argwhere(hidden)):
        assert not _settled_by_sums(truth.shape, hidden, cell)
        low, high = d.possible_range(truth, hidden, cell)
        assert low - 1e-6 <= truth[cell] <= high + 1e-6
        assert high - low >= 1 - 1e-6
        assert truth[cell] >= k or high >= k - 1e-6


def _settled_by_sums(shape, hidden, cell):
    rows, columns = shape
    unknown = {tuple(p): i for i, p in enumerate(np.argwhere(hidden))}
    lines = [[(r, c) for c in range(columns)] for r in range(rows)]
    lines += [[(r, c) for r in range(rows)] for c in range(columns)]
    matrix = np.array(
        [
            [(-1.0 if p == line[-1] else 1.0) if p in line else 0.0 for p in unknown]
            for line in lines
        ]
    )
    target = np.zeros(len(unknown))
    target[unknown[cell]] = 1
    return np.linalg.matrix_rank(np.vstack([matrix, target])) == np.linalg.matrix_rank(matrix)


def test_incomplete_and_negative_tables_are_refused():
    with pytest.raises(ValuesError, match="complet"):
        d.protect_list(pd.Series([1, np.nan]))
    with pytest.raises(ValuesError, match="négatif"):
        d.protect_table(pd.DataFrame([[1, -2]]))
