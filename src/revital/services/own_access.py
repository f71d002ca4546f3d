"""
Access on the user's own files: the same engine as the pages, with any origins, services and costs.

Costs come from a matrix (R5, Conveyal, OSRM, …), from a street layer, or from straight lines times
a detour factor; the result says which.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from revital.domain import access, catchment, decay
from revital.domain.cost_matrix import CostMatrix
from revital.errors import ValuesError
from revital.i18n.mark import N_
from revital.services.notices import Notice
from revital.services.own_costs import CostOptions, own_costs
from revital.services.own_tables import read_points

Measure = Literal["nearest", "cumulative", "mean_n", "2sfca", "e2sfca", "gravity", "gravity_demand"]
MEASURES: tuple[Measure, ...] = (
    "nearest",
    "cumulative",
    "mean_n",
    "2sfca",
    "e2sfca",
    "gravity",
    "gravity_demand",
)
THRESHOLD_M = 1000.0


@dataclass(frozen=True)
class OwnAccess:
    """
    Access of the origins of a user's file.

    Attributes
    ----------
    measure, method, unit : str
        What was computed, how costs were had, and their unit.
    detour_factor : float or None
    threshold : float or None
        In the unit of the costs.
    layer : str
        File that the costs come from.
    summary : AccessSummary
        Nearest service, whatever the measure: people within, mean cost, people who reach nothing.
    mean_value : float or None
        Population-weighted mean of the measure over people who have one.
    supply, supply_reached : float
        All the supply, and that of the services some resident reaches (2SFCA family).
    per_origin : DataFrame, indexed by id
        `pop`, `value` and, by measure, `service_id`, `services` or `supply`; `is_reached`.
    notices : tuple of Notice
    """

    measure: Measure
    method: str
    unit: str
    detour_factor: float | None
    threshold: float | None
    layer: str
    summary: access.AccessSummary
    mean_value: float | None
    supply: float
    supply_reached: float | None
    per_origin: pd.DataFrame
    notices: tuple[Notice, ...]


def measure_own(
    origins_file: Path,
    services_file: Path,
    measure: Measure,
    options: CostOptions,
    *,
    threshold: float | None = None,
    weights: dict[float, float] | None = None,
    decay_function: decay.Decay | None = None,
    n_nearest: int = 3,
) -> OwnAccess:
    """
    Compute a measure of access on the user's files.

    Parameters
    ----------
    origins_file : Path
        CSV `id`, `pop` and, without a matrix, `x`, `y`.
    services_file : Path
        CSV `id`, perhaps `supply` (1 each otherwise) and, without a matrix, `x`, `y`.
    measure : str
        One of `MEASURES`.
    options : CostOptions
    threshold : float, optional
        In the unit of the costs; 1,000 where costs are metres.
    weights : dict, optional
        Zones of E2SFCA (and of the gravity measures): outer limit to weight.
    decay_function : callable, optional
        For the gravity measures; `1 / cost` when neither it nor `weights` is given.
    n_nearest : int
        For `mean_n`.

    Returns
    -------
    OwnAccess
    """
    if measure not in MEASURES:
        raise ValuesError(
            "La mesure « {measure} » n'est pas connue. Choisissez l'une de : {known}.",
            measure=measure,
            known=", ".join(MEASURES),
        )
    origins = read_points(origins_file, numbers={"pop": None}, crs=options.crs)
    services = read_points(services_file, numbers={"supply": 1.0}, crs=options.crs)
    population, supply = origins.columns["pop"], services.columns["supply"]
    if (population < 0).any():
        raise ValuesError("Une population ne peut pas être négative.")
    limit = threshold
    if limit is None:
        # 1 km for distances we measure; a matrix may hold anything, so nothing is assumed.
        limit = max(weights) if weights else THRESHOLD_M if options.matrix is None else None
    if limit is not None and not limit > 0:
        raise ValuesError("Le seuil doit être plus grand que 0 ; il vaut {value}.", value=limit)
    kernel = _kernel(measure, limit, weights, decay_function)
    costs = own_costs(origins, services, options, limit=_farthest(measure, kernel))
    notices = [*costs.notices, *_about_supply(supply, measure)]
    missing = int(population.isna().sum())
    if missing:
        notices.append(
            Notice(
                N_("{n} origine(s) sans population : dans aucun total."),
                {"n": missing},
            )
        )
        population = population.fillna(0.0)
    table, reached = _compute(measure, costs.cost, population, supply, limit, kernel, n_nearest)
    table.insert(0, "pop", origins.columns["pop"])
    table["is_reached"] = np.isfinite(costs.nearest)
    if _farthest(measure, kernel) is not None:
        # Nothing within the limit but something beyond it: a true zero, not a missing value.
        table["value"] = table["value"].mask(table["value"].isna() & table["is_reached"], 0.0)
    known = table["value"].notna() & (population > 0)
    people = float(population[known].sum())
    mean = float((table["value"][known] * population[known]).sum() / people) if people else None
    return OwnAccess(
        measure=measure,
        method=costs.cost.method,
        unit=costs.cost.unit,
        detour_factor=costs.cost.detour_factor,
        threshold=limit,
        layer=costs.layer,
        summary=access.summarize(
            costs.nearest,
            population.to_numpy(),
            np.inf if limit is None else limit,
            is_located=origins.is_located,
        ),
        mean_value=mean,
        supply=float(supply.sum()),
        supply_reached=reached,
        per_origin=table,
        notices=tuple(notices),
    )


def _kernel(
    measure: Measure,
    limit: float | None,
    weights: dict[float, float] | None,
    decay_function: decay.Decay | None,
) -> decay.Decay:
    """Return how supply weighs with cost under a measure."""
    if measure == "e2sfca":
        if not weights:
            raise ValuesError(
                "La mesure e2sfca demande des zones : --weights 10:1,20:0.68,30:0.22, dans "
                "l'unité des coûts."
            )
        return decay.Steps(weights)
    if measure in ("gravity", "gravity_demand"):
        if weights:
            return decay.Steps(weights)
        return decay_function or decay.Power(1.0, limit=np.inf if limit is None else limit)
    if measure in ("cumulative", "2sfca") and limit is None:
        raise ValuesError("La mesure « {measure} » demande --threshold.", measure=measure)
    return decay.Threshold(np.inf if limit is None else limit)


def _compute(
    measure: Measure,
    cost: CostMatrix,
    population: pd.Series,
    supply: pd.Series,
    limit: float | None,
    kernel: decay.Decay,
    n_nearest: int,
) -> tuple[pd.DataFrame, float | None]:
    """Return the values per origin, and the supply reached where the measure shares it."""
    if measure == "nearest":
        return access.nearest(cost).rename(columns={"cost": "value"}), None
    if measure == "cumulative":
        table = access.count_within(cost, np.inf if limit is None else limit, supply)
        return table.assign(value=table["services"]), None
    if measure == "mean_n":
        return access.mean_of_nearest(cost, n_nearest).to_frame("value"), None
    if measure == "gravity":
        return catchment.gravity(cost, kernel, supply).to_frame("value"), None
    values = catchment.gravity_demand(cost, population, kernel, supply)
    return values.to_frame("value"), catchment.supply_reached(cost, population, kernel, supply)


def _farthest(measure: Measure, kernel: decay.Decay) -> float | None:
    """Return the cost beyond which nothing counts, None where everything does."""
    if measure not in ("cumulative", "2sfca", "e2sfca"):
        return None
    limit = kernel.limit if isinstance(kernel, (decay.Threshold, decay.Steps)) else np.inf
    return float(limit) if np.isfinite(limit) else None


def _about_supply(supply: pd.Series, measure: Measure) -> list[Notice]:
    nothing = int((supply == 0).sum())
    if not nothing or measure in ("gravity", "gravity_demand", "2sfca", "e2sfca"):
        return []
    return [
        Notice(
            N_("{n} service(s) dont l'offre est 0 comptent comme lieux dans cette mesure."),
            {"n": nothing},
        )
    ]
