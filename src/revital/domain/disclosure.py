"""
Keep small counts from pointing at people, even through totals and subtraction.

Three rules, all policies with a parameter: a count below `k` is hidden; a percentage on fewer than
`min_n` answers is hidden; and enough other cells are hidden with it that no sum gives it back.
The reader is assumed to know every cell left on show, every total left on show, that counts are
whole and never negative, and the rule itself.

References
----------
Complementary suppression: Hundepool et al., Handbook on Statistical Disclosure Control, ch. 4.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from revital.domain.uncertainty import Flag
from revital.errors import ValuesError

SMALL_COUNT = 5
SENSITIVE_COUNT = 10
SMALL_BASE = 30


@dataclass(frozen=True)
class Protected:
    """
    A table of counts that may be published.

    Attributes
    ----------
    values : Series or DataFrame
        Counts, missing where hidden, on the index (and columns) given.
    hidden : Series or DataFrame of bool
        Where a count is hidden.
    primary : Series or DataFrame of bool
        The hidden counts that are small themselves; the others are hidden to protect these. For
        the writer of the table only: telling it to readers would undo part of the protection.
    total : float or None
        Sum of a list, missing when it must be hidden as well.
    row_totals, column_totals : Series or None
        Sums of a two-way table, missing where hidden.
    """

    values: pd.Series | pd.DataFrame
    hidden: pd.Series | pd.DataFrame
    primary: pd.Series | pd.DataFrame
    total: float | None = None
    row_totals: pd.Series | None = None
    column_totals: pd.Series | None = None

    @property
    def flags(self) -> pd.Series | pd.DataFrame:
        """`Flag.SUPPRESSED` where hidden, else `Flag.OK`."""
        words = np.where(self.hidden.to_numpy(), str(Flag.SUPPRESSED), str(Flag.OK))
        if isinstance(self.hidden, pd.DataFrame):
            return pd.DataFrame(words, index=self.hidden.index, columns=self.hidden.columns)
        return pd.Series(words, index=self.hidden.index)


def hide_small(counts: ArrayLike, *, k: int = SMALL_COUNT) -> NDArray[np.bool_]:
    """
    Return where a count is below `k` (0 included: that nobody answered so also tells).

    Missing counts have nothing to hide.
    """
    with np.errstate(invalid="ignore"):
        return np.asarray(counts, dtype=float) < k


def hide_percentages(
    shares: ArrayLike, base: ArrayLike, *, min_n: int = SMALL_BASE
) -> NDArray[np.float64]:
    """
    Return shares, missing wherever they rest on fewer than `min_n` answers.

    Parameters
    ----------
    shares : array-like of float
        Shares, 0..1.
    base : array-like of float
        Answers behind each share (or behind all of them).
    """
    enough = np.asarray(base, dtype=float) >= min_n
    return np.where(enough, np.asarray(shares, dtype=float), np.nan)


def _require_counts(values: NDArray[np.float64]) -> None:
    if np.any(values < 0):
        raise ValuesError("Un effectif ne peut pas être négatif.")
    if np.isnan(values).any():
        raise ValuesError(
            "Un tableau à protéger doit être complet : un effectif manquant a été trouvé. "
            "Retirez la ligne ou indiquez 0 si l'effectif est bien nul."
        )


def protect_list(counts: pd.Series, *, k: int = SMALL_COUNT) -> Protected:
    """
    Hide the small counts of a list whose total is published.

    At least two counts are hidden together, and together they hold at least `k`: so the total
    minus what is shown never settles one of them, nor proves it small. When the list is too short
    for that, the total is hidden as well.

    Parameters
    ----------
    counts : Series of int, indexed by unit or category
        Complete counts, >= 0.
    k : int
        Smallest count that may be shown; 10 for sensitive subjects.

    Returns
    -------
    Protected
    """
    values = counts.to_numpy(dtype=float)
    _require_counts(values)
    primary = hide_small(values, k=k)
    hidden = primary.copy()
    # Smallest first costs the reader least; the label settles ties, so row order does not matter.
    labels = np.array([str(label) for label in counts.index])
    candidates = [i for i in np.lexsort((labels, values)) if not hidden[i]]
    total: float = values.sum()
    while hidden.any() and (hidden.sum() < 2 or values[hidden].sum() < k):
        if not candidates:
            total = np.nan
            break
        hidden[candidates.pop(0)] = True
    if total < k:
        total = np.nan
    return Protected(
        values=counts.astype(float).mask(hidden),
        hidden=pd.Series(hidden, index=counts.index),
        primary=pd.Series(primary, index=counts.index),
        total=total,
    )


def differs_by_few(older: pd.Series, newer: pd.Series, *, k: int = SMALL_COUNT) -> bool:
    """
    Return whether two published lists of counts would tell on the few people between them.

    One list may be the other with some answers added: every category then moves the same way, and
    a move of 1 to k - 1 is a small count that subtraction gives away. Lists of other people move
    both ways and are told apart.

    Parameters
    ----------
    older, newer : Series of int, indexed by category
        A category that one list lacks counts 0 there.
    k : int
        Smallest count that may be shown.
    """
    names = older.index.union(newer.index)
    moves = newer.reindex(names, fill_value=0) - older.reindex(names, fill_value=0)
    one_way = bool((moves >= 0).all() or (moves <= 0).all())
    few = moves.abs().between(1, k - 1)
    return one_way and bool(few.any())


def possible_range(
    values: NDArray[np.float64], hidden: NDArray[np.bool_], cell: tuple[int, int]
) -> tuple[float, float]:
    """
    Return what a reader can deduce of one hidden cell of a table with its margins.

    Parameters
    ----------
    values : ndarray, (rows + 1, columns + 1)
        True counts; the last row and column are the sums of the others.
    hidden : ndarray of bool, same shape
        Where the reader sees nothing.
    cell : tuple of int
        Row and column of the cell.

    Returns
    -------
    tuple of float
        Smallest and largest value that agree with what is on show (infinite when unbounded).
    """
    rows, columns = values.shape
    position = -np.ones(values.shape, dtype=int)
    position[hidden] = np.arange(hidden.sum())
    equations, sums = [], []
    for axis, length in ((0, rows), (1, columns)):
        for i in range(length):
            line = (i, slice(None)) if axis == 0 else (slice(None), i)
            where = position[line]
            if (where < 0).all():
                continue
            # Parts minus their sum is 0: the margin enters with a minus sign.
            sign = np.ones(where.size)
            sign[-1] = -1
            equation = np.zeros(int(hidden.sum()))
            equation[where[where >= 0]] = sign[where >= 0]
            equations.append(equation)
            sums.append(-(sign * values[line])[where < 0].sum())
    # Half a second to import: only a table with hidden cells needs it.
    from scipy.optimize import linprog

    objective = np.zeros(int(hidden.sum()))
    objective[position[cell]] = 1
    bounds = []
    for direction in (1, -1):
        # The matrix is totally unimodular: the linear bound is the bound in whole numbers.
        found = linprog(direction * objective, A_eq=np.array(equations), b_eq=sums, method="highs")
        bounds.append(direction * found.fun if found.status == 0 else direction * -np.inf)
    return float(bounds[0]), float(bounds[1])


def protect_table(counts: pd.DataFrame, *, k: int = SMALL_COUNT) -> Protected:
    """
    Hide the small counts of a two-way table published with its row, column and grand totals.

    Small cells and small totals are hidden first. Then, as long as a reader could settle a hidden
    figure, or prove a small one to be below `k`, the smallest figure that would break the
    deduction is hidden too: inner cells before totals.

    Parameters
    ----------
    counts : DataFrame of int
        Complete counts, >= 0.
    k : int
        Smallest count that may be shown.

    Returns
    -------
    Protected
        Every hidden figure can take at least two values as far as a reader can tell, and every
        small one could be `k` or more.

    Notes
    -----
    What a reader can deduce is settled exactly by linear programming. The choice of what else to
    hide is greedy: safe, but not always the fewest cells. Meant for tables of at most a few
    hundred cells.
    """
    inner = counts.to_numpy(dtype=float)
    _require_counts(inner)
    full = np.zeros((inner.shape[0] + 1, inner.shape[1] + 1))
    full[:-1, :-1] = inner
    full[:-1, -1], full[-1, :-1], full[-1, -1] = inner.sum(axis=1), inner.sum(axis=0), inner.sum()
    primary = hide_small(full, k=k)
    hidden = primary.copy()
    # Margins cost more than cells, the grand total most of all.
    cost = full + 1.0
    cost[-1, :] += full.sum()
    cost[:, -1] += full.sum()
    cost[hidden] = 0.0
    settled = np.zeros_like(hidden)
    while True:
        # Hiding more only widens what is possible: a figure once safe stays safe.
        exposed = _first_exposed(full, hidden, primary, settled, k)
        if exposed is None:
            break
        for figure in _next_to_hide(hidden, cost, exposed):
            hidden[figure] = True
    shown = np.where(hidden, np.nan, full)
    return Protected(
        values=pd.DataFrame(shown[:-1, :-1], index=counts.index, columns=counts.columns),
        hidden=pd.DataFrame(hidden[:-1, :-1], index=counts.index, columns=counts.columns),
        primary=pd.DataFrame(primary[:-1, :-1], index=counts.index, columns=counts.columns),
        total=float(shown[-1, -1]),
        row_totals=pd.Series(shown[:-1, -1], index=counts.index),
        column_totals=pd.Series(shown[-1, :-1], index=counts.columns),
    )


def _first_exposed(
    full: NDArray[np.float64],
    hidden: NDArray[np.bool_],
    primary: NDArray[np.bool_],
    settled: NDArray[np.bool_],
    k: int,
) -> tuple[int, int] | None:
    for row, column in np.argwhere(hidden & ~settled):
        cell = (int(row), int(column))
        low, high = possible_range(full, hidden, cell)
        if high - low < 1 - 1e-6 or (primary[cell] and high < k - 1e-6):
            return cell
        settled[cell] = True
    return None


def _next_to_hide(
    hidden: NDArray[np.bool_], cost: NDArray[np.float64], cell: tuple[int, int]
) -> list[tuple[int, int]]:
    """
    Return the figures to hide so that `cell` can move.

    A figure moves when three others, at the corners of a rectangle, make up for it in its row and
    column: the rectangle that costs the reader least is hidden whole.
    """
    row, column = cell
    best: tuple[float, list[tuple[int, int]]] | None = None
    for other_row in range(hidden.shape[0]):
        for other_column in range(hidden.shape[1]):
            if other_row == row or other_column == column:
                continue
            corners = [(row, other_column), (other_row, column), (other_row, other_column)]
            shown = [corner for corner in corners if not hidden[corner]]
            price = float(sum(cost[corner] for corner in shown))
            if shown and (best is None or price < best[0]):
                best = (price, shown)
    if best is not None:
        return best[1]
    # Every rectangle through the cell is hidden already: widen with the cheapest figure left.
    left = [(int(r), int(c)) for r, c in np.argwhere(~hidden)]
    return [min(left, key=cost.__getitem__)]
