"""
What a new service, or the loss of one, would change: who gains, who loses, by how much.

Nothing is measured again: the present matrix is kept, a new service brings its own column, and a
closed one is looked past only by the origins that had it nearest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from revital.domain.access import AccessSummary, summarize
from revital.domain.cost_matrix import CostMatrix, FloatArray
from revital.errors import ValuesError


@dataclass(frozen=True)
class Effect:
    """
    The difference a scenario makes.

    Attributes
    ----------
    before, after : AccessSummary
        Same people, same threshold.
    people_gained, people_lost : float
        Residents who come within the threshold, and residents who fall out of it.
    people_nearer, people_farther : float
        Residents whose nearest service comes nearer or goes farther, threshold or not.
    per_origin : DataFrame, indexed by origin
        `before` and `after` (cost, missing where nothing is reached), `change` (after minus
        before, missing unless both exist), `gained` and `lost` (bool).
    groups : DataFrame, indexed by group
        `people`, `gained`, `lost`, `within_before`, `within_after` for each group given.
    """

    before: AccessSummary
    after: AccessSummary
    people_gained: float
    people_lost: float
    people_nearer: float
    people_farther: float
    per_origin: pd.DataFrame
    groups: pd.DataFrame


def scenario_cost(
    cost: CostMatrix,
    *,
    added: FloatArray | None = None,
    closed: Sequence[str] = (),
) -> FloatArray:
    """
    Return the least cost of each origin under a scenario.

    Parameters
    ----------
    cost : CostMatrix
        Present services.
    added : ndarray, shape (n_origins, n_added), optional
        Costs to the new services; infinite where there is no path.
    closed : sequence of str
        Present services that close.

    Returns
    -------
    ndarray, shape (n_origins,)
        Infinite where nothing is reached.
    """
    least = cost.nearest_cost
    if len(closed):
        gone = cost.service_positions(tuple(closed))
        # Only origins as near to a closed service as to any need a second look.
        touched = np.flatnonzero((cost.values[:, gone].min(axis=1) <= least) & np.isfinite(least))
        kept = np.setdiff1d(np.arange(len(cost.services)), gone)
        least = least.copy()
        if len(kept):
            least[touched] = cost.values[np.ix_(touched, kept)].min(axis=1)
        else:
            least[touched] = np.inf
    if added is not None and added.size:
        if added.shape[0] != len(cost.origins):
            raise ValuesError(
                "Les distances des nouveaux services n'ont pas une ligne par origine."
            )
        least = np.minimum(least, added.min(axis=1))
    return least


def compare(
    before: FloatArray,
    after: FloatArray,
    population: FloatArray,
    threshold: float,
    origins: pd.Index,
    *,
    is_located: np.ndarray | None = None,
    groups: Mapping[str, FloatArray] | None = None,
) -> Effect:
    """
    Compare the least costs before and after a scenario.

    Parameters
    ----------
    before, after : ndarray, shape (n_origins,)
        Least costs; infinite where nothing is reached.
    population : ndarray, shape (n_origins,)
        Residents; missing where not published, and then in no figure.
    threshold : float
        Residents at exactly the threshold are within it.
    origins : Index
    is_located : ndarray of bool, optional
        False where the place of the origin is unknown.
    groups : mapping of name to ndarray of float, optional
        People of each group at each origin.

    Returns
    -------
    Effect
    """
    people = np.nan_to_num(np.asarray(population, dtype=float), nan=0.0)
    located = np.ones(len(people), dtype=bool) if is_located is None else is_located
    within_before = located & (before <= threshold)
    within_after = located & (after <= threshold)
    gained, lost = within_after & ~within_before, within_before & ~within_after
    both = np.isfinite(before) & np.isfinite(after)
    change = np.full(len(before), np.nan)
    change[both] = after[both] - before[both]
    rows = {}
    for name, figures in (groups or {}).items():
        count = np.nan_to_num(np.asarray(figures, dtype=float), nan=0.0)
        rows[name] = {
            "people": float(count[located].sum()),
            "gained": float(count[gained].sum()),
            "lost": float(count[lost].sum()),
            "within_before": float(count[within_before].sum()),
            "within_after": float(count[within_after].sum()),
        }
    return Effect(
        before=summarize(before, population, threshold, is_located=is_located),
        after=summarize(after, population, threshold, is_located=is_located),
        people_gained=float(people[gained].sum()),
        people_lost=float(people[lost].sum()),
        people_nearer=float(people[located & (after < before)].sum()),
        people_farther=float(people[located & (after > before)].sum()),
        per_origin=pd.DataFrame(
            {
                "before": np.where(np.isfinite(before), before, np.nan),
                "after": np.where(np.isfinite(after), after, np.nan),
                "change": change,
                "gained": gained,
                "lost": lost,
            },
            index=origins,
        ),
        groups=pd.DataFrame.from_dict(
            rows,
            orient="index",
            columns=["people", "gained", "lost", "within_before", "within_after"],
        ),
    )
