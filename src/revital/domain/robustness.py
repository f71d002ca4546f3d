"""
How far a ranking rests on choices: weights, normalisation, aggregation, one indicator.

A rank alone invites a false precision. Here every choice that could reasonably have been another is
drawn again, and each unit gets the interval of its ranks, the chance of being among the most
affected, and the list of units it cannot be told apart from.

References
----------
Saisana, Saltelli and Tarantola (2005), https://doi.org/10.1111/j.1467-985X.2005.00350.x.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from revital.domain.composite import (
    MIN_INDICATOR_SHARE,
    Aggregation,
    aggregate,
    prepare_weights,
    weighted_means,
)
from revital.errors import ValuesError

# Ranks kept in memory: units x draws.
_MAX_RANKS = 60_000_000
# Above, the table of pairs says nothing a person could read.
_MAX_PAIRED_UNITS = 400


@dataclass(frozen=True)
class Variant:
    """
    One defensible way of making the score.

    Attributes
    ----------
    normalized : DataFrame (units, indicators or domains)
    aggregation : Aggregation
    """

    normalized: pd.DataFrame
    aggregation: Aggregation = Aggregation.ARITHMETIC


@dataclass(frozen=True)
class Robustness:
    """
    What the ranking is worth.

    Attributes
    ----------
    table : DataFrame, indexed by unit, sorted by id
        `score` and `rank` (1 = highest score) of the nominal variant; `rank_median`, `rank_low`,
        `rank_high` (5th and 95th percentile over the draws); `p_first`, `p_top` (chance of being
        first, and among the `top` first). Units without a score are missing throughout.
    leave_one_out : DataFrame (units, indicators)
        Rank when the indicator is left out, nominal variant.
    variants : DataFrame (units, variants)
        Rank under each variant with the nominal weights.
    ahead : DataFrame (units, units) or None
        Chance that the unit of the row ranks strictly ahead of the unit of the column; None for
        more units than anybody would read in pairs.
    top : int
        How many units count as the most affected.
    draws : int
    """

    table: pd.DataFrame
    leave_one_out: pd.DataFrame
    variants: pd.DataFrame
    ahead: pd.DataFrame | None
    top: int
    draws: int

    def told_apart(self, level: float = 0.95) -> pd.DataFrame:
        """Return, for each pair, whether one ranks ahead of the other in `level` of the draws."""
        if self.ahead is None:
            raise ValuesError(
                "Trop de secteurs pour les comparer deux à deux ({count}).", count=len(self.table)
            )
        ahead = self.ahead.to_numpy()
        return pd.DataFrame(
            (ahead >= level) | (level <= ahead.T), index=self.ahead.index, columns=self.ahead.index
        )

    def separation(self, level: float = 0.95) -> Separation:
        """Return what a sentence on screen may say of the ranking."""
        apart = self.told_apart(level)
        ids = list(apart.index)
        blurred = {
            unit: [other for other in ids if other != unit and not apart.loc[unit, other]]
            for unit in ids
        }
        pairs = len(ids) * (len(ids) - 1) // 2
        known = self.table.dropna(subset=["rank"])
        return Separation(
            pairs=pairs,
            pairs_told_apart=int(apart.to_numpy().sum() // 2),
            surely_most_affected=[str(i) for i in known.index[known["p_top"] >= level]],
            surely_not_most_affected=[str(i) for i in known.index[known["p_top"] <= 1 - level]],
            not_told_apart={str(u): [str(o) for o in others] for u, others in blurred.items()},
        )


@dataclass(frozen=True)
class Separation:
    """
    Which units can be told apart, as data for a sentence.

    Attributes
    ----------
    pairs, pairs_told_apart : int
        Pairs of units, and those whose order holds in nearly every draw.
    surely_most_affected, surely_not_most_affected : list of str
        Units nearly always, or nearly never, among the most affected.
    not_told_apart : dict of str to list of str
        For each unit, those whose order with it depends on the choices made.
    """

    pairs: int
    pairs_told_apart: int
    surely_most_affected: list[str]
    surely_not_most_affected: list[str]
    not_told_apart: dict[str, list[str]]


def rank_descending(scores: NDArray[np.float64]) -> NDArray[np.int32]:
    """
    Rank down each column, 1 for the highest; equal scores share the best of their ranks.

    Scores are compared to 12 decimals, so that the order of additions cannot break a tie.

    Parameters
    ----------
    scores : ndarray (units, sets), no missing value

    Returns
    -------
    ndarray of int32, same shape
    """
    rounded = np.round(scores, 12)
    order = np.argsort(-rounded, axis=0, kind="stable")
    ordered = np.take_along_axis(rounded, order, axis=0)
    places = np.arange(len(scores), dtype=np.int32)[:, None]
    firsts = np.zeros(scores.shape, dtype=np.int32)
    firsts[1:] = np.where(ordered[1:] != ordered[:-1], places[1:], 0)
    np.maximum.accumulate(firsts, axis=0, out=firsts)
    ranks = np.empty_like(firsts)
    np.put_along_axis(ranks, order, firsts + 1, axis=0)
    return ranks


def rank_robustness(
    variants: Mapping[str, Variant],
    weights: Mapping[str, float] | pd.Series | None = None,
    *,
    draws: int = 10_000,
    concentration: float = 30.0,
    seed: int = 1,
    top: int | None = None,
    min_share: float = MIN_INDICATOR_SHARE,
    standard_errors: pd.DataFrame | None = None,
    drawn: Sequence[str] | None = None,
) -> Robustness:
    """
    Draw the choices behind a ranking again and again.

    Parameters
    ----------
    variants : mapping of name to Variant
        The first is the nominal one. All hold the same units and columns. The draws are dealt to
        the variants in turn, so the intervals hold weights, normalisation and aggregation alike.
    weights : mapping, optional
        Nominal weights; equal by default.
    draws : int
        Sets of weights, from a Dirichlet law of parameters `concentration · weights`.
    concentration : float
        The larger, the closer the drawn weights to the nominal ones.
    seed : int
        The result depends on it and on the data, never on the order of rows or columns: both are
        sorted first.
    top : int, optional
        How many units count as the most affected; a fifth of them, rounded up, by default.
    min_share : float
        Smallest share of indicators a unit needs (see `aggregate`).
    standard_errors : DataFrame (units, columns), optional
        Standard error of each normalised value; each draw then moves the values too.
    drawn : sequence of str, optional
        Variants that the draws are dealt to; all of them by default. The others only show their
        rank under the nominal weights.

    Returns
    -------
    Robustness

    Raises
    ------
    ValuesError
        With fewer than two units that have a score, or arguments out of range.
    """
    if not variants:
        raise ValuesError("Il faut au moins une façon de calculer le score.")
    if draws < 1 or concentration <= 0:
        raise ValuesError(
            "Le nombre de tirages et la concentration doivent être positifs ; reçu : {draws} et "
            "{concentration}.",
            draws=draws,
            concentration=concentration,
        )
    names = list(variants)
    nominal = variants[names[0]]
    w = prepare_weights(weights, nominal.normalized.columns)
    columns = sorted(w.index[w > 0], key=str)
    w = w[columns] / w[columns].sum()
    ids = sorted(nominal.normalized.index, key=str)
    sorted_variants = {
        name: Variant(v.normalized.loc[ids, columns], v.aggregation) for name, v in variants.items()
    }
    score = aggregate(
        sorted_variants[names[0]].normalized, w, nominal.aggregation, min_share=min_share
    )
    ranked = score.index[score.notna()]
    if len(ranked) < 2:
        raise ValuesError(
            "Il faut au moins deux secteurs avec un score pour les classer ; trouvé : {count}.",
            count=len(ranked),
        )
    if len(ranked) * draws > _MAX_RANKS:
        raise ValuesError(
            "{count} secteurs et {draws} tirages dépassent la mémoire prévue. "
            "Demandez au plus {most} tirages.",
            count=len(ranked),
            draws=draws,
            most=_MAX_RANKS // len(ranked),
        )
    matrices = [
        (v.normalized.loc[ranked].to_numpy(dtype=float), v.aggregation)
        for v in sorted_variants.values()
    ]
    top = math.ceil(len(ranked) / 5) if top is None else top
    errors = None if standard_errors is None else standard_errors.loc[ranked, columns].to_numpy()
    dealt = [pair for pair, name in zip(matrices, names, strict=True) if name in (drawn or names)]
    ranks = _drawn_ranks(dealt, w.to_numpy(), draws, concentration, seed, errors)
    low, median, high = np.quantile(ranks, [0.05, 0.5, 0.95], axis=1, method="inverted_cdf")
    table = pd.DataFrame(
        {
            "score": score[ranked],
            "rank": rank_descending(score[ranked].to_numpy()[:, None])[:, 0],
            "rank_median": median,
            "rank_low": low,
            "rank_high": high,
            "p_first": (ranks == 1).mean(axis=1),
            "p_top": (ranks <= top).mean(axis=1),
        },
        index=ranked,
    ).reindex(score.index)
    return Robustness(
        table=table,
        leave_one_out=_leave_one_out(matrices[0], w, ranked).reindex(score.index),
        variants=pd.DataFrame(
            {
                name: rank_descending(weighted_means(matrix, w.to_numpy(), how)[:, None])[:, 0]
                for (matrix, how), name in zip(matrices, names, strict=True)
            },
            index=ranked,
        ).reindex(score.index),
        ahead=_chance_ahead(ranks, ranked) if len(ranked) <= _MAX_PAIRED_UNITS else None,
        top=top,
        draws=draws,
    )


def _drawn_ranks(
    matrices: list[tuple[NDArray[np.float64], Aggregation]],
    weights: NDArray[np.float64],
    draws: int,
    concentration: float,
    seed: int,
    errors: NDArray[np.float64] | None,
) -> NDArray[np.int32]:
    rng = np.random.default_rng(seed)
    drawn = rng.dirichlet(concentration * weights, draws)
    ranks = np.empty((len(matrices[0][0]), draws), dtype=np.int32)
    for i, (matrix, how) in enumerate(matrices):
        own = slice(i, None, len(matrices))
        if errors is None:
            scores = weighted_means(matrix, drawn[own].T, how)
        else:
            scores = _moved_scores(matrix, drawn[own], how, errors, rng)
        ranks[:, own] = rank_descending(scores)
    return ranks


def _moved_scores(
    matrix: NDArray[np.float64],
    drawn: NDArray[np.float64],
    how: Aggregation,
    errors: NDArray[np.float64],
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    scores = np.empty((len(matrix), len(drawn)))
    inside = not (np.nanmin(matrix) < 0 or np.nanmax(matrix) > 1)
    for j, weights in enumerate(drawn):
        moved = matrix + rng.standard_normal(matrix.shape) * np.nan_to_num(errors)
        scores[:, j] = weighted_means(np.clip(moved, 0, 1) if inside else moved, weights, how)
    return scores


def _leave_one_out(
    nominal: tuple[NDArray[np.float64], Aggregation], weights: pd.Series, ids: pd.Index
) -> pd.DataFrame:
    matrix, how = nominal
    if matrix.shape[1] < 2:
        return pd.DataFrame(index=ids)
    ranks = {}
    for i, name in enumerate(weights.index):
        others = np.delete(np.arange(matrix.shape[1]), i)
        scores = weighted_means(matrix[:, others], weights.to_numpy()[others], how)
        # A unit that had this indicator alone cannot be ranked without it: it keeps last place.
        filled = np.where(np.isnan(scores), -np.inf, scores)
        ranks[name] = rank_descending(filled[:, None])[:, 0]
    return pd.DataFrame(ranks, index=ids)


def _chance_ahead(ranks: NDArray[np.int32], ids: pd.Index) -> pd.DataFrame:
    small = ranks.astype(np.int16)
    ahead = np.empty((len(ids), len(ids)))
    for i in range(len(ids)):
        ahead[i] = (small[i] < small).mean(axis=1)
    return pd.DataFrame(ahead, index=ids, columns=ids)
