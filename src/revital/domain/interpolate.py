"""
Figures carried from one set of areas to another.

Counts are shared out, rates are rebuilt from their numerator and denominator, medians cannot be
rebuilt and say so. What falls in no target is left out, never spread over the others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from revital.domain.composite import require_unique_ids
from revital.domain.frames import require_columns, require_counts
from revital.domain.shares import DUST, Shares, area_shares, block_shares
from revital.domain.uncertainty import Flag, clamp_shares
from revital.errors import ValuesError

__all__ = ["Interpolated", "Shares", "area_shares", "block_shares", "interpolate"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Interpolated:
    """
    Values of the targets and what they rest on.

    Attributes
    ----------
    values : DataFrame, indexed by target
        Counts, rates (0..1 unless told) and medians asked for; missing where nothing is known.
    report : DataFrame, indexed by target
        `n_areas` (source areas that contribute), `n_split` (of these, areas cut by the border),
        `population` (of the base), `split_share` (share of it that comes from cut areas) and, per
        figure, `missing_share_<name>` (share of the base whose source value is missing).
    flags : DataFrame, indexed by target
        A `Flag` per figure.
    lost : Series
        Share of each count's total that falls in no target, 0..1.
    """

    values: pd.DataFrame
    report: pd.DataFrame
    flags: pd.DataFrame
    lost: pd.Series


def interpolate(
    data: pd.DataFrame,
    shares: Shares,
    *,
    extensive: Sequence[str] = (),
    rates: Mapping[str, tuple[str, str]] | None = None,
    medians: Mapping[str, str] | None = None,
    base: str | None = None,
    rates_are_shares: bool = True,
) -> Interpolated:
    """
    Carry figures from source areas to targets.

    Parameters
    ----------
    data : DataFrame, indexed by source id
        Counts (>= 0) and medians.
    shares : Shares
        From `area_shares` or `block_shares`.
    extensive : sequence of str
        Columns of counts to share out.
    rates : mapping of name to (numerator, denominator)
        Rates to rebuild; both are columns of counts. A source that lacks either takes no part in
        the rate.
    medians : mapping of column to weight column
        Medians, carried as the mean weighted by the counts: approximate whenever more than one
        source contributes.
    base : str, optional
        Count that the report is about; the first extensive, else the first denominator or weight.
    rates_are_shares : bool
        Whether numerators are part of denominators, so that a rate above 1 is rounding to be
        clamped and flagged.

    Returns
    -------
    Interpolated

    Raises
    ------
    ValuesError
        When a count is not a number, is negative or wholly missing, or nothing was asked for.

    Notes
    -----
    Totals are kept exactly where the targets cover the sources without overlap; elsewhere `lost`
    says what share of each total falls in no target.
    """
    rates, medians = dict(rates or {}), dict(medians or {})
    extensive = list(dict.fromkeys(extensive))
    counts = list(
        dict.fromkeys(
            [*extensive, *(c for pair in rates.values() for c in pair), *medians.values()]
        )
    )
    if not counts:
        raise ValuesError(
            "Rien à interpoler : nommez au moins un effectif (extensive), un taux ou une médiane."
        )
    require_unique_ids(data.index)
    base = base or counts[0]
    require_counts(data, list(dict.fromkeys([*counts, base])), "source")
    require_columns(data, list(medians), "source")
    table = data.reindex(shares.sources)
    column = {
        name: table[name].to_numpy(dtype=float) for name in dict.fromkeys([*counts, *medians, base])
    }
    carrier = _Carrier(shares)
    n_split = carrier.to_targets((carrier.share < 1).astype(float)).astype(int)
    population, split = carrier.population(column[base])
    values: dict[str, Floats] = {}
    missing: dict[str, Floats] = {}
    flags: dict[str, NDArray[np.object_]] = {}

    def record(
        name: str, value: Floats, known: NDArray[np.bool_], weight: Floats, approximate: Floats
    ) -> None:
        values[name] = value
        missing[f"missing_share_{name}"] = share = carrier.missing(known, weight)
        words = np.where(approximate > 0, str(Flag.APPROXIMATE), str(Flag.OK)).astype(object)
        words[share > 0] = str(Flag.PARTIAL_COVERAGE)
        words[np.isnan(value)] = str(Flag.MISSING)
        flags[name] = words

    # A border that cuts areas by surface assumes that people live evenly over them.
    cut = n_split.astype(float) if shares.basis == "area" else np.zeros(len(n_split))
    for name in extensive:
        record(name, carrier.total(column[name]), ~np.isnan(column[name]), column[base], cut)
    for name, (top, bottom) in rates.items():
        known = ~np.isnan(column[top] + column[bottom])
        ratio = carrier.ratio(column[top], column[bottom], known)
        moved = np.zeros(len(ratio), dtype=bool)
        if rates_are_shares:
            ratio, moved = clamp_shares(ratio)
        record(name, ratio, known, column[bottom], cut)
        flags[name][moved & (flags[name] == str(Flag.OK))] = str(Flag.ROUNDED)
    for name, weight in medians.items():
        known = ~np.isnan(column[name] + column[weight])
        mean = carrier.ratio(column[name] * column[weight], column[weight], known)
        behind = carrier.to_targets((known & (column[weight] > 0)).astype(float)[carrier.source])
        record(name, mean, known, column[weight], np.maximum(cut, behind > 1))
    report = {
        "n_areas": carrier.to_targets(np.ones(len(carrier.share))).astype(int),
        "n_split": n_split,
        "population": population,
        "split_share": split,
        **missing,
    }
    lost = pd.Series({name: carrier.lost(column[name]) for name in counts}, dtype=float)
    return Interpolated(
        pd.DataFrame(values, index=shares.targets),
        pd.DataFrame(report, index=shares.targets),
        pd.DataFrame(flags, index=shares.targets),
        lost,
    )


def _over(top: Floats, bottom: Floats) -> Floats:
    """Divide; missing where there is nothing to divide by."""
    return np.divide(top, bottom, out=np.full(len(top), np.nan), where=bottom > 0)


class _Carrier:
    """Sums of source values over targets, through the shares."""

    def __init__(self, shares: Shares) -> None:
        self.targets = len(shares.targets)
        self.source = shares.sources.get_indexer(pd.Index(shares.pairs["source"]))
        self.target = shares.targets.get_indexer(pd.Index(shares.pairs["target"]))
        self.share = shares.pairs["share"].to_numpy(dtype=float)

    def to_targets(self, pairs: Floats) -> Floats:
        """Sum one value per pair over each target."""
        sums = np.bincount(self.target, weights=pairs, minlength=self.targets)
        return sums.astype(float)

    def total(self, values: Floats) -> Floats:
        """Sum of a count; missing where no source with a value contributes."""
        here = values[self.source]
        known = ~np.isnan(here)
        sums = self.to_targets(np.where(known, here, 0.0) * self.share)
        return np.where(self.to_targets(known.astype(float)) > 0, sums, np.nan)

    def ratio(self, top: Floats, bottom: Floats, known: NDArray[np.bool_]) -> Floats:
        """Sum over sum, of the sources that have both; missing where the denominator is 0."""
        below = self.total(np.where(known, bottom, np.nan))
        return _over(self.total(np.where(known, top, np.nan)), below)

    def missing(self, known: NDArray[np.bool_], weight: Floats) -> Floats:
        """Share of the people whose source lacks the value, 0..1."""
        if known.all():
            return np.zeros(self.targets)
        # A source whose own weight is unknown counts for as much as the mean one.
        usual = np.nanmean(weight) if np.nansum(weight) > 0 else 1.0
        people = np.where(np.isnan(weight), usual, weight)[self.source] * self.share
        lacking = self.to_targets(np.where(known[self.source], 0.0, people))
        return np.nan_to_num(_over(lacking, self.to_targets(people)))

    def population(self, base: Floats) -> tuple[Floats, Floats]:
        """People of each target, and the share of them who come from cut sources."""
        people = np.nan_to_num(base)[self.source] * self.share
        everyone = self.to_targets(people)
        return everyone, _over(self.to_targets(people * (self.share < 1)), everyone)

    def lost(self, values: Floats) -> float:
        """Share of a total that falls in no target."""
        whole = np.nansum(values)
        if not whole > 0:
            return 0.0
        covered = np.bincount(self.source, weights=self.share, minlength=len(values))
        outside = np.clip(1 - covered, 0, 1)
        outside[outside < DUST] = 0
        return float((np.nan_to_num(values) * outside).sum() / whole)
