"""
How far people are from services, and how many they can choose from.

Every measure takes a `CostMatrix` and gives a value per origin, missing where nothing is reached.
Summaries weigh origins by their residents and keep three groups of people apart: those who reach
a service, those who reach none, and those whose place is unknown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from revital.domain.cost_matrix import CostMatrix, FloatArray
from revital.errors import ValuesError

# Walking speeds (km/h): the usual one, and that of older adults (0.9 to 1.0 m/s).
WALK_KMH = 4.8
OLDER_WALK_KMH = 3.6


def walk_radius_m(minutes: float, *, speed_kmh: float = WALK_KMH) -> float:
    """
    Return how far one walks in some minutes.

    Examples
    --------
    >>> walk_radius_m(15)
    1200.0
    >>> walk_radius_m(15, speed_kmh=OLDER_WALK_KMH)
    900.0
    """
    if not (minutes > 0 and speed_kmh > 0):
        raise ValuesError("La durée et la vitesse de marche doivent être plus grandes que 0.")
    return round(minutes * speed_kmh * 1000 / 60, 6)


def nearest(cost: CostMatrix) -> pd.DataFrame:
    """
    Return the nearest service of each origin.

    Returns
    -------
    DataFrame, indexed by origin
        `cost` (unit of the matrix) and `service_id`; both missing where nothing is reached. Of
        two services at the same cost, the first in the matrix.
    """
    least = cost.nearest_cost
    reached = np.isfinite(least)
    service = pd.Series(None, index=cost.origins, dtype=object)
    if reached.any():
        which = cost.values[reached].argmin(axis=1)
        service.iloc[np.flatnonzero(reached)] = cost.services.to_numpy(dtype=object)[which]
    return pd.DataFrame(
        {"cost": np.where(reached, least, np.nan), "service_id": service}, index=cost.origins
    )


def mean_of_nearest(cost: CostMatrix, n: int = 3) -> pd.Series:
    """
    Return the mean cost to the `n` nearest services.

    Parameters
    ----------
    cost : CostMatrix
    n : int
        At least 1.

    Returns
    -------
    Series, indexed by origin
        Missing where fewer than `n` services are reached: a mean over fewer would look better
        the less there is.
    """
    if n < 1:
        raise ValuesError("Il faut au moins un service dans la moyenne ; demandé : {n}.", n=n)
    if len(cost.services) < n:
        return pd.Series(np.nan, index=cost.origins)
    near = np.partition(cost.values, n - 1, axis=1)[:, :n]
    mean = near.mean(axis=1)
    return pd.Series(np.where(np.isfinite(mean), mean, np.nan), index=cost.origins)


def count_within(cost: CostMatrix, limit: float, supply: pd.Series | None = None) -> pd.DataFrame:
    """
    Return how many services, and how much supply, are within a limit (cumulative opportunities).

    Parameters
    ----------
    cost : CostMatrix
    limit : float
        Greatest cost that counts (included), in the unit of the matrix.
    supply : Series indexed by service, optional
        Quantity offered; 1 each when not given.

    Returns
    -------
    DataFrame, indexed by origin
        `services` (n) and `supply`; 0 where none is within the limit, which is a true zero.
    """
    inside = cost.values <= limit
    amount = supply_array(cost, supply)
    return pd.DataFrame(
        {"services": inside.sum(axis=1), "supply": inside @ amount}, index=cost.origins
    )


@dataclass(frozen=True)
class AccessSummary:
    """
    Access of some people to a class of services.

    Attributes
    ----------
    people : float
        Residents whose place is known, reached or not.
    people_within, people_beyond : float
        Residents at the threshold or nearer; residents farther, those who reach nothing included.
    people_unreached : float
        Residents who reach no service at all; part of `people_beyond`, never of the mean.
    people_unlocated : float
        Residents whose place is unknown; in no other figure.
    share_within : float or None
        `people_within / people`; None without residents.
    mean_cost : float or None
        Mean cost of the residents who reach a service; None when none does.
    threshold : float
        In the unit of the costs.
    """

    people: float
    people_within: float
    people_beyond: float
    people_unreached: float
    people_unlocated: float
    share_within: float | None
    mean_cost: float | None
    threshold: float


def summarize(
    least_cost: FloatArray,
    population: FloatArray,
    threshold: float,
    *,
    is_located: np.ndarray | None = None,
) -> AccessSummary:
    """
    Sum up access over origins.

    Parameters
    ----------
    least_cost : ndarray of float, shape (n,)
        Cost to the nearest service; infinite (or missing) where none is reached.
    population : ndarray of float, shape (n,)
        Residents, >= 0; missing where not published, and then in no figure.
    threshold : float
        Residents at exactly the threshold are within it.
    is_located : ndarray of bool, optional
        False where the place of the origin is unknown.
    """
    population = np.nan_to_num(np.asarray(population, dtype=float), nan=0.0)
    if (population < 0).any():
        raise ValuesError("Une population ne peut pas être négative.")
    cost = np.where(np.isnan(least_cost), np.inf, least_cost)
    located = np.ones(len(cost), dtype=bool) if is_located is None else is_located
    people = float(population[located].sum())
    reached = located & np.isfinite(cost)
    people_reached = float(population[reached].sum())
    within = float(population[located & (cost <= threshold)].sum())
    mean = (
        float((population[reached] * cost[reached]).sum() / people_reached)
        if people_reached > 0
        else None
    )
    return AccessSummary(
        people=people,
        people_within=within,
        people_beyond=people - within,
        people_unreached=people - people_reached,
        people_unlocated=float(population[~located].sum()),
        share_within=within / people if people > 0 else None,
        mean_cost=mean,
        threshold=threshold,
    )


def by_unit(
    least_cost: FloatArray,
    population: FloatArray,
    unit_id: pd.Series,
    threshold: float,
    *,
    is_located: np.ndarray | None = None,
) -> pd.DataFrame:
    """
    Sum up access by unit (blocks by dissemination area, say).

    Parameters
    ----------
    least_cost, population, threshold, is_located
        As in `summarize`.
    unit_id : Series of length n
        Unit of each origin.

    Returns
    -------
    DataFrame, indexed by unit
        `people`, `people_within`, `people_beyond`, `people_unreached`, `people_unlocated`,
        `within_share` (0 to 1) and `mean_cost`; the last two missing where not defined.
    """
    cost = np.where(np.isnan(least_cost), np.inf, least_cost)
    located = np.ones(len(cost), dtype=bool) if is_located is None else is_located
    people = np.nan_to_num(np.asarray(population, dtype=float), nan=0.0)
    reached = located & np.isfinite(cost)
    frame = pd.DataFrame(
        {
            "people": people * located,
            "people_within": people * (located & (cost <= threshold)),
            "people_unreached": people * (located & ~reached),
            "people_unlocated": people * ~located,
            "people_reached": people * reached,
            "cost_sum": np.where(reached, people * np.where(reached, cost, 0), 0),
        }
    )
    total = frame.groupby(unit_id.to_numpy(), sort=False).sum()
    total["people_beyond"] = total["people"] - total["people_within"]
    total["within_share"] = total["people_within"].div(total["people"]).where(total["people"] > 0)
    total["mean_cost"] = (
        total["cost_sum"].div(total["people_reached"]).where(total["people_reached"] > 0)
    )
    return total.drop(columns=["people_reached", "cost_sum"])


def by_group(
    least_cost: FloatArray,
    groups: Mapping[str, FloatArray],
    threshold: float,
    *,
    is_located: np.ndarray | None = None,
) -> pd.DataFrame:
    """
    Sum up access by group of people (65 and over, low income, …).

    Parameters
    ----------
    least_cost, threshold, is_located
        As in `summarize`.
    groups : mapping of name to ndarray of float, shape (n,)
        People of the group at each origin; missing where not published.

    Returns
    -------
    DataFrame, indexed by group
        Columns of `AccessSummary` and `origins_without_figure`.
    """
    rows = {}
    for name, people in groups.items():
        summary = summarize(least_cost, people, threshold, is_located=is_located)
        rows[name] = {**vars(summary), "origins_without_figure": int(np.isnan(people).sum())}
    return pd.DataFrame.from_dict(rows, orient="index")


def supply_array(cost: CostMatrix, supply: pd.Series | None) -> FloatArray:
    """Return the supply of each column; 1 each by default. Missing or negative is refused."""
    if supply is None:
        return np.ones(len(cost.services))
    amount = supply.reindex(cost.services).to_numpy(dtype=float)
    if np.isnan(amount).any():
        raise ValuesError(
            "L'offre (« supply ») manque pour {n} service(s). Écrivez 0 si le lieu n'offre rien.",
            n=int(np.isnan(amount).sum()),
        )
    if (amount < 0).any():
        raise ValuesError("L'offre (« supply ») ne peut pas être négative.")
    return amount
