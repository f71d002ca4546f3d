"""
Where a new service of a class would help a territory most.

Candidates are those of `candidate_places`. Existing services stay. One or two sites are tried out
exhaustively; the runner-up and every site as good are told. More sites go to a solver, among the
candidates that help most by themselves.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from revital.domain.siting import Siting, SitingMethod, choose_sites, coverage_table, equity_weights
from revital.errors import ValuesError
from revital.services.access_ground import AccessQuery, checked_query, ground
from revital.services.candidate_places import (
    CANDIDATES,
    MOST_CANDIDATES,
    Candidates,
    candidate_places,
)
from revital.services.data import Data

__all__ = ["CANDIDATES", "MOST_SITES", "BestSites", "Candidates", "best_sites"]

#: With three sites or more the solver works: fewer candidates keep it under some seconds.
MOST_FOR_SOLVER = 80
MOST_SITES = 5
#: The solver stops there, twice at most (the best choice, then the runner-up).
SOLVER_S = 20
_SITUATIONAL = "cimd_da.situational_vulnerability_quintile"


@dataclass(frozen=True, eq=False)
class BestSites:
    """
    Sites found.

    Attributes
    ----------
    siting : Siting
    points : dict of candidate id to (lat, lon)
    names : dict of candidate id to str
        Of candidates that have a name.
    candidates : str
    spacing_m : float or None
        Step of the grid.
    left_out : int
        Candidates far from the territory.
    set_aside : int
        Candidates that the solver did not look at: by themselves they help least.
    alone : DataFrame, indexed by candidate
        `people_gained` and `mean_cost` of each candidate by itself, best first.
    is_equity_weighted : bool
    is_on_incomplete_list : bool
    threshold_m : float
    """

    siting: Siting
    points: dict[str, tuple[float, float]]
    names: dict[str, str]
    candidates: Candidates
    spacing_m: float | None
    left_out: int
    set_aside: int
    alone: pd.DataFrame
    is_equity_weighted: bool
    is_on_incomplete_list: bool
    threshold_m: float


def best_sites(
    data: Data,
    query: AccessQuery,
    *,
    method: SitingMethod = "mclp",
    p: int = 1,
    candidates: Candidates = "grid",
    code: str = "",
    equity: float = 0.0,
    is_on_incomplete_list: bool = False,
) -> BestSites:
    """
    Find the best sites for a class of services.

    Parameters
    ----------
    data : Data
    query : AccessQuery
    method : {"mclp", "pmedian", "pcenter", "lscp"}
    p : int
        Number of new services, 1 to 5.
    candidates : str
        One of `CANDIDATES`.
    code : str
        For `file`: what `keep_candidates` returned.
    equity : float
        Residents of areas of quintiles 4 and 5 count `1 + equity` times.
    is_on_incomplete_list : bool

    Raises
    ------
    ValuesError
        When there is no candidate, or more sites than candidates.
    """
    query = checked_query(data, query)
    here = ground(data, query)
    if not 1 <= p <= MOST_SITES:
        raise ValuesError("Le nombre de sites doit être entre 1 et {n}.", n=MOST_SITES)
    most = MOST_CANDIDATES if p <= 2 else MOST_FOR_SOLVER
    listed = candidate_places(data, here, candidates, code=code, most=most)
    ids = list(listed.points)
    cost = here.cost_to([(lon, lat) for lat, lon in listed.points.values()], ids)
    threshold = float(query.threshold_m or here.service.threshold_m)
    population = np.where(here.is_located, here.population, np.nan)
    weights = None
    if equity:
        quintile = data.column(_SITUATIONAL).reindex(here.origins["da_id"])
        people = np.nan_to_num(population, nan=0.0)
        weights = equity_weights(people, quintile.isin({4, 5}).to_numpy(), equity)
    existing = here.cost.nearest_cost
    alone = coverage_table(cost, population, threshold, existing_cost=existing)
    looked_at = cost
    if p > 2 and len(ids) > MOST_FOR_SOLVER:
        order = alone if method == "mclp" else alone.sort_values("mean_cost", kind="stable")
        looked_at = cost.take_services(cost.service_positions(tuple(order.index[:MOST_FOR_SOLVER])))
    siting = choose_sites(
        looked_at,
        population,
        method,
        p=min(p, len(ids)),
        threshold=threshold,
        existing_cost=existing,
        weights=weights,
        time_limit_s=SOLVER_S,
    )
    return BestSites(
        siting=siting,
        points=listed.points,
        names=listed.names,
        candidates=candidates,
        spacing_m=listed.spacing_m,
        left_out=listed.left_out,
        set_aside=len(ids) - len(looked_at.services),
        alone=alone,
        is_equity_weighted=bool(equity),
        is_on_incomplete_list=is_on_incomplete_list,
        threshold_m=threshold,
    )
