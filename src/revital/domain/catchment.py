"""
Gravity and floating-catchment measures: what is offered, set against who asks for it.

The family that divides supply by demand keeps a total: residents times their access adds up to
the supply that somebody reaches. `gravity` does not divide, hence its own name.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from revital.domain.access import supply_array
from revital.domain.cost_matrix import CostMatrix, FloatArray
from revital.domain.decay import Decay, Steps, Threshold
from revital.domain.network_near import NearPairs
from revital.errors import ValuesError


def gravity(cost: CostMatrix, decay: Decay, supply: pd.Series | None = None) -> pd.Series:
    """
    Return the potential of Hansen: supply weighed down by distance, whoever else wants it.

    Parameters
    ----------
    cost : CostMatrix
    decay : callable
        A function of `revital.domain.decay`.
    supply : Series indexed by service, optional
        >= 0; 1 each when not given.

    Returns
    -------
    Series, indexed by origin
        `sum_j S_j f(c_ij)`, in the unit of the supply; missing where nothing is reached.

    References
    ----------
    Hansen (1959), https://doi.org/10.1080/01944365908978307.
    """
    weight = _weights(cost, decay)
    return _series(cost, weight @ supply_array(cost, supply))


def gravity_demand(
    cost: CostMatrix, population: pd.Series, decay: Decay, supply: pd.Series | None = None
) -> pd.Series:
    """
    Return the potential per person: each service's supply is shared by those who may want it.

    Parameters
    ----------
    cost, decay, supply
        As in `gravity`.
    population : Series indexed by origin
        Residents, >= 0, no missing value.

    Returns
    -------
    Series, indexed by origin
        `sum_j f(c_ij) S_j / sum_k P_k f(c_kj)`, supply per person; missing where nothing is
        reached. A service that nobody can reach gives nothing to anybody.

    References
    ----------
    Joseph and Bantock (1982), https://doi.org/10.1016/0277-9536(82)90428-2.
    """
    weight = _weights(cost, decay)
    return _series(cost, weight @ _ratio(cost, weight, population, supply))


def two_step(
    cost: CostMatrix, population: pd.Series, limit: float, supply: pd.Series | None = None
) -> pd.Series:
    """
    Return the two-step floating catchment area measure (2SFCA).

    Parameters
    ----------
    cost, population, supply
        As in `gravity_demand`.
    limit : float
        Catchment (included), in the unit of the costs.

    Returns
    -------
    Series, indexed by origin
        Supply per person; missing where nothing is reached, 0 where no catchment holds the origin.

    References
    ----------
    Luo and Wang (2003), https://doi.org/10.1068/b29120.
    """
    return gravity_demand(cost, population, Threshold(limit), supply)


def enhanced_two_step(
    cost: CostMatrix,
    population: pd.Series,
    weights: Steps,
    supply: pd.Series | None = None,
) -> pd.Series:
    """
    Return the enhanced two-step measure (E2SFCA): zone weights in both steps.

    Parameters
    ----------
    cost, population, supply
        As in `gravity_demand`.
    weights : Steps
        Zones and weights; `LUO_QI_SLOW` or `LUO_QI_FAST` for minutes.

    References
    ----------
    Luo and Qi (2009), https://doi.org/10.1016/j.healthplace.2009.06.002.
    """
    return gravity_demand(cost, population, weights, supply)


def three_step(
    cost: CostMatrix,
    population: pd.Series,
    decay: Decay,
    supply: pd.Series | None = None,
    *,
    choice: Decay | None = None,
) -> pd.Series:
    """
    Return the three-step measure (3SFCA): people split themselves between services.

    Parameters
    ----------
    cost, population, decay, supply
        As in `gravity_demand`.
    choice : callable, optional
        How people weigh services when they choose; `decay` when not given. PySAL lets people
        consider services beyond the limit too: give it the same function without a limit.

    Returns
    -------
    Series, indexed by origin
        As `gravity_demand`, with each weight multiplied by its share of the origin's choice.

    References
    ----------
    Wan, Zou and Sternberg (2012), https://doi.org/10.1080/13658816.2011.624987.
    """
    appeal = _weights(cost, choice or decay)
    total = appeal.sum(axis=1, keepdims=True)
    share = np.divide(appeal, total, out=np.zeros_like(appeal), where=total > 0)
    weight = _weights(cost, decay) * share
    return _series(cost, weight @ _ratio(cost, weight, population, supply))


def shared_supply(
    pairs: NearPairs,
    population: FloatArray,
    decay: Decay,
    supply: FloatArray | None = None,
) -> FloatArray:
    """
    Return the same as `gravity_demand` from pairs within a limit, for 2SFCA and E2SFCA.

    Parameters
    ----------
    pairs : NearPairs
    population : ndarray, shape (n_origins,)
        Residents, >= 0, no missing value.
    decay : callable
        0 beyond the limit of the pairs.
    supply : ndarray, shape (n_services,), optional
        >= 0; 1 each when not given.

    Returns
    -------
    ndarray, shape (n_origins,)
        Supply per person; 0 where no catchment holds the origin. Whether a service is reached
        farther than the limit is not known from the pairs.

    Raises
    ------
    ValuesError
        When the decay goes on beyond the limit of the pairs, or a value is missing or negative.
    """
    people = np.asarray(population, dtype=float)
    amount = np.ones(pairs.n_services) if supply is None else np.asarray(supply, dtype=float)
    if not ((people >= 0).all() and (amount >= 0).all()):
        raise ValuesError("La population et l'offre doivent être connues et positives ou nulles.")
    beyond = np.array([np.nextafter(pairs.limit_m, np.inf)])
    if decay(beyond)[0] > 0:
        raise ValuesError(
            "Le poids de la distance continue au-delà de {limit} m, limite des paires.",
            limit=pairs.limit_m,
        )
    weight = decay(pairs.distance_m)
    demand = np.bincount(
        pairs.service, weights=people[pairs.origin] * weight, minlength=pairs.n_services
    )
    ratio = np.divide(amount, demand, out=np.zeros_like(amount), where=demand > 0)
    shared = weight * ratio[pairs.service]
    return np.bincount(pairs.origin, weights=shared, minlength=pairs.n_origins).astype(float)


def supply_reached(
    cost: CostMatrix, population: pd.Series, decay: Decay, supply: pd.Series | None = None
) -> float:
    """Return the supply of the services that at least one resident reaches with some weight."""
    weight = _weights(cost, decay)
    demand = _people(cost, population) @ weight
    return float(supply_array(cost, supply)[demand > 0].sum())


def _ratio(
    cost: CostMatrix, weight: FloatArray, population: pd.Series, supply: pd.Series | None
) -> FloatArray:
    demand = _people(cost, population) @ weight
    amount = supply_array(cost, supply)
    return np.divide(amount, demand, out=np.zeros_like(amount), where=demand > 0)


def _weights(cost: CostMatrix, decay: Decay) -> FloatArray:
    # Most pairs of a city are out of reach of each other: only the others are weighed.
    weight = np.zeros(cost.values.shape)
    reached = np.isfinite(cost.values)
    weight[reached] = decay(cost.values[reached])
    return weight


def _people(cost: CostMatrix, population: pd.Series) -> FloatArray:
    people = population.reindex(cost.origins).to_numpy(dtype=float)
    if np.isnan(people).any():
        raise ValuesError(
            "La population manque pour {n} origine(s) : la mesure partage l'offre entre tous et "
            "ne peut pas s'en passer.",
            n=int(np.isnan(people).sum()),
        )
    if (people < 0).any():
        raise ValuesError("Une population ne peut pas être négative.")
    return people


def _series(cost: CostMatrix, values: FloatArray) -> pd.Series:
    reached = np.isfinite(cost.nearest_cost)
    return pd.Series(np.where(reached, values, np.nan), index=cost.origins)
