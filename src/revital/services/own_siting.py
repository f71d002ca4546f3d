"""Best sites on the user's own files, with the same search as the pages."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from revital.domain.siting import Siting, SitingMethod, choose_sites, equity_weights
from revital.errors import MissingColumnError
from revital.i18n.mark import N_
from revital.services.notices import Notice
from revital.services.own_costs import CostOptions, own_costs
from revital.services.own_tables import PointTable, read_points


@dataclass(frozen=True)
class OwnSiting:
    """
    Chosen sites.

    Attributes
    ----------
    siting : Siting
    method, unit, layer : str
        How costs were had, their unit, and the file they come from.
    threshold : float or None
    existing : int
        Services that stay.
    is_equity_weighted : bool
        True when the objective counts deprived areas more.
    notices : tuple of Notice
    """

    siting: Siting
    method: str
    unit: str
    layer: str
    threshold: float | None
    existing: int
    is_equity_weighted: bool
    notices: tuple[Notice, ...]


def site_own(
    origins_file: Path,
    candidates_file: Path,
    method: SitingMethod,
    options: CostOptions,
    *,
    p: int | None = None,
    threshold: float | None = None,
    existing_file: Path | None = None,
    equity: float = 0.0,
    deprived_quintiles: frozenset[int] = frozenset({4, 5}),
) -> OwnSiting:
    """
    Choose sites among the places of a user's file.

    Parameters
    ----------
    origins_file : Path
        CSV `id`, `pop`, perhaps `quintile`, and `x`, `y` without a matrix.
    candidates_file, existing_file : Path
        CSV `id`, and `x`, `y` without a matrix. A place in both is existing.
    method : {"mclp", "pmedian", "pcenter", "lscp"}
    options : CostOptions
    p : int, optional
        Number of new sites.
    threshold : float, optional
        In the unit of the costs.
    equity : float
        Residents of deprived areas count `1 + equity` times in the objective.
    deprived_quintiles : frozenset of int
        Quintiles that are deprived, in the column `quintile` of the origins.

    Returns
    -------
    OwnSiting
    """
    origins = read_points(origins_file, numbers={"pop": None, "quintile": np.nan}, crs=options.crs)
    places = read_points(candidates_file, numbers={}, crs=options.crs)
    notices: list[Notice] = []
    existing_ids: pd.Index = pd.Index([], dtype=object)
    if existing_file is not None:
        existing = read_points(existing_file, numbers={}, crs=options.crs)
        existing_ids = existing.ids
        places = _together(existing, places, notices)
    costs = own_costs(origins, places, options)
    notices.extend(costs.notices)
    is_existing = costs.cost.services.isin(existing_ids)
    candidates = costs.cost.take_services(np.flatnonzero(~is_existing))
    stays = costs.cost.take_services(np.flatnonzero(is_existing))
    population = origins.columns["pop"].to_numpy()
    weights = None
    if equity:
        quintile = origins.columns["quintile"]
        if quintile.isna().all():
            raise MissingColumnError(
                "Le poids d'équité demande une colonne « quintile » (1 à 5) dans « {file} ».",
                file=origins.name,
            )
        people = np.nan_to_num(population, nan=0.0)
        weights = equity_weights(people, quintile.isin(deprived_quintiles).to_numpy(), equity)
    siting = choose_sites(
        candidates,
        population,
        method,
        p=p,
        threshold=threshold,
        existing_cost=stays.nearest_cost if is_existing.any() else None,
        weights=weights,
    )
    return OwnSiting(
        siting=siting,
        method=costs.cost.method,
        unit=costs.cost.unit,
        layer=costs.layer,
        threshold=threshold,
        existing=int(is_existing.sum()),
        is_equity_weighted=bool(equity),
        notices=tuple(notices),
    )


def _together(existing: PointTable, candidates: PointTable, notices: list[Notice]) -> PointTable:
    """Return existing places then candidates; a place in both lists is existing."""
    twice = candidates.ids.isin(existing.ids)
    if twice.any():
        notices.append(
            Notice(
                N_("{n} lieu(x) candidat(s) sont déjà dans la liste des services existants."),
                {"n": int(twice.sum())},
            )
        )
    ids = existing.ids.append(candidates.ids[~twice])
    xy = None
    if existing.xy is not None and candidates.xy is not None:
        xy = np.vstack([existing.xy, candidates.xy[~twice]])
    name = f"{existing.name}, {candidates.name}"
    return PointTable(name, ids, pd.DataFrame(index=ids), xy)
