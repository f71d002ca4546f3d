"""
How attraction falls with distance or time.

Each function takes costs and returns weights between 0 and 1 (a power may exceed 1 below one
unit of cost, which its floor prevents). An infinite cost always weighs 0.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from revital.domain.cost_matrix import FloatArray
from revital.errors import ValuesError

Decay = Callable[[FloatArray], FloatArray]

# Luo and Qi (2009), zones of 10, 20 and 30 minutes: slow and fast decay.
LUO_QI_SLOW: Mapping[float, float] = {10.0: 1.0, 20.0: 0.68, 30.0: 0.22}
LUO_QI_FAST: Mapping[float, float] = {10.0: 1.0, 20.0: 0.42, 30.0: 0.09}


@dataclass(frozen=True)
class Threshold:
    """
    All or nothing: 1 up to `limit` included, 0 beyond.

    Parameters
    ----------
    limit : float
        Same unit as the costs; greater than 0.
    """

    limit: float

    def __post_init__(self) -> None:
        _require_positive("limit", self.limit)

    def __call__(self, cost: FloatArray) -> FloatArray:
        """Return the weights of some costs."""
        return (np.asarray(cost) <= self.limit).astype(float)


@dataclass(frozen=True)
class Steps:
    """
    One weight per zone.

    Parameters
    ----------
    weights : mapping of float to float
        Outer limit of each zone (included) to its weight, 0 to 1; 0 beyond the last.

    References
    ----------
    Luo and Qi (2009), https://doi.org/10.1016/j.healthplace.2009.06.002.
    """

    weights: tuple[tuple[float, float], ...]

    def __init__(self, weights: Mapping[float, float]) -> None:
        steps = tuple(sorted((float(k), float(w)) for k, w in weights.items()))
        if not steps:
            raise ValuesError("Il faut au moins une zone, par exemple 10:1.")
        for limit, weight in steps:
            if not (limit > 0 and 0 <= weight <= 1):
                raise ValuesError(
                    "La zone « {limit}:{weight} » ne va pas : la limite doit être positive et le "
                    "poids entre 0 et 1.",
                    limit=limit,
                    weight=weight,
                )
        object.__setattr__(self, "weights", steps)

    @property
    def limit(self) -> float:
        """Outer limit of the last zone."""
        return self.weights[-1][0]

    def __call__(self, cost: FloatArray) -> FloatArray:
        """Return the weights of some costs."""
        limits = np.array([limit for limit, _ in self.weights])
        values = np.array([weight for _, weight in self.weights] + [0.0])
        return values[np.searchsorted(limits, np.asarray(cost), side="left")]


@dataclass(frozen=True)
class Power:
    """
    `max(cost, floor) ** -beta`, 0 beyond `limit`.

    Parameters
    ----------
    beta : float
        Greater than 0.
    floor : float
        Costs below it count as it, so that a service next door does not weigh without bound.
    limit : float
        Largest cost that counts (included).
    """

    beta: float = 1.0
    floor: float = 1.0
    limit: float = np.inf

    def __post_init__(self) -> None:
        _require_positive("beta", self.beta)
        _require_positive("floor", self.floor)

    def __call__(self, cost: FloatArray) -> FloatArray:
        """Return the weights of some costs."""
        cost = np.asarray(cost, dtype=float)
        return np.where(cost <= self.limit, np.maximum(cost, self.floor) ** -self.beta, 0.0)


@dataclass(frozen=True)
class Exponential:
    """`exp(-beta * cost)`, 0 beyond `limit`; `beta` > 0 per unit of cost."""

    beta: float
    limit: float = np.inf

    def __post_init__(self) -> None:
        _require_positive("beta", self.beta)

    def __call__(self, cost: FloatArray) -> FloatArray:
        """Return the weights of some costs."""
        cost = np.asarray(cost, dtype=float)
        return np.where(cost <= self.limit, np.exp(-self.beta * cost), 0.0)


@dataclass(frozen=True)
class Gaussian:
    """`exp(-cost**2 / (2 sigma**2))`, 0 beyond `limit`; `sigma` > 0 in the unit of cost."""

    sigma: float
    limit: float = np.inf

    def __post_init__(self) -> None:
        _require_positive("sigma", self.sigma)

    def __call__(self, cost: FloatArray) -> FloatArray:
        """Return the weights of some costs."""
        cost = np.asarray(cost, dtype=float)
        return np.where(cost <= self.limit, np.exp(-(cost**2) / (2 * self.sigma**2)), 0.0)


def _require_positive(name: str, value: float) -> None:
    if not value > 0:
        raise ValuesError(
            "Le paramètre « {name} » doit être plus grand que 0 ; il vaut {value}.",
            name=name,
            value=value,
        )
