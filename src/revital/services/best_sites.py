"""
Where a new service of a class would help a territory most.

Candidates are a grid over the territory, the centres of its areas, or places that closed. Existing
services stay. One or two sites are tried out exhaustively; the runner-up and every site as good
are told.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from revital.catalogue.models import Territory
from revital.domain.siting import Siting, SitingMethod, choose_sites, coverage_table, equity_weights
from revital.errors import ValuesError
from revital.services.access_ground import AccessQuery, Ground, checked_query, ground
from revital.services.data import Data

Candidates = Literal["grid", "areas", "closed"]
CANDIDATES: tuple[Candidates, ...] = ("grid", "areas", "closed")
#: A coarser grid is used where this one would hold more points.
GRID_M = 150.0
MOST_CANDIDATES = 600
#: With three sites or more the solver works: fewer candidates keep it under some seconds.
MOST_FOR_SOLVER = 120
MOST_SITES = 4
_SITUATIONAL = "cimd_da.situational_vulnerability_quintile"


@dataclass(frozen=True, eq=False)
class BestSites:
    """
    Sites found.

    Attributes
    ----------
    siting : Siting
    points : dict of candidate id to (lat, lon)
    candidates : str
    spacing_m : float or None
        Step of the grid.
    alone : DataFrame, indexed by candidate
        `people_gained` and `mean_cost` of each candidate by itself, best first.
    is_equity_weighted : bool
    is_on_incomplete_list : bool
    threshold_m : float
    """

    siting: Siting
    points: dict[str, tuple[float, float]]
    candidates: Candidates
    spacing_m: float | None
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
        Number of new services, 1 to 4.
    candidates : {"grid", "areas", "closed"}
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
    ids, lonlat, spacing = _candidates(data, here, candidates, p)
    if not ids:
        raise ValuesError(
            "Aucun lieu candidat de cette sorte pour ce territoire. Choisissez la grille."
        )
    cost = here.cost_to(lonlat, ids)
    threshold = float(query.threshold_m or here.service.threshold_m)
    population = np.where(here.is_located, here.population, np.nan)
    weights = None
    if equity:
        quintile = data.column(_SITUATIONAL).reindex(here.origins["da_id"])
        people = np.nan_to_num(population, nan=0.0)
        weights = equity_weights(people, quintile.isin({4, 5}).to_numpy(), equity)
    existing = here.cost.nearest_cost
    siting = choose_sites(
        cost,
        population,
        method,
        p=min(p, len(ids)),
        threshold=threshold,
        existing_cost=existing,
        weights=weights,
    )
    return BestSites(
        siting=siting,
        points={id_: (lat, lon) for id_, (lon, lat) in zip(ids, lonlat, strict=True)},
        candidates=candidates,
        spacing_m=spacing,
        alone=coverage_table(cost, population, threshold, existing_cost=existing),
        is_equity_weighted=bool(equity),
        is_on_incomplete_list=is_on_incomplete_list,
        threshold_m=threshold,
    )


def _candidates(
    data: Data, here: Ground, kind: Candidates, p: int
) -> tuple[list[str], list[tuple[float, float]], float | None]:
    if kind == "closed":
        closed = [p for p in here.listing.places if p.reason == "closed"]
        return [p.id for p in closed], [(p.lon, p.lat) for p in closed], None
    if kind == "areas":
        known = here.origins[here.is_located]
        pairs = [(float(x), float(y)) for x, y in zip(known["lon"], known["lat"], strict=True)]
        return [str(i) for i in known.index], pairs, None
    shape = _outline(data, here.territory)
    if shape is None:
        return [], [], None
    most = MOST_CANDIDATES if p <= 2 else MOST_FOR_SOLVER
    spacing = max(GRID_M, float(np.sqrt(shape.area / most)))
    west, south, east, north = shape.bounds
    # Whole steps from the origin of the plane: the grid does not move with the outline.
    x = np.arange(np.floor(west / spacing) + 0.5, east / spacing + 0.5) * spacing
    y = np.arange(np.floor(south / spacing) + 0.5, north / spacing + 0.5) * spacing
    grid = np.array([(a, b) for b in y for a in x])
    inside = grid[shapely.contains_xy(shape, grid)] if len(grid) else grid
    if not len(inside):
        inside = np.array([(shape.representative_point().x, shape.representative_point().y)])
    degrees = gpd.GeoSeries.from_xy(inside[:, 0], inside[:, 1], crs=here.crs).to_crs(4326)
    ids = [f"g{i:03d}" for i in range(1, len(inside) + 1)]
    pairs = [(round(float(q.x), 5), round(float(q.y), 5)) for q in degrees]
    return ids, pairs, spacing


def _outline(data: Data, territory: Territory) -> shapely.Geometry | None:
    """Return the outline of a territory in its metric plane, None when no layer has it."""
    layer = data.catalogue.place(territory.place).outlines.get("da")
    if layer is None or not data.layers.has(layer):
        return None
    frame = data.layers.read_shapes(layer)
    units = set(data.units(territory, "da"))
    if "members" in frame.columns:
        here = [
            bool(units & set(str(m).split(";"))) or str(u) in units
            for u, m in zip(frame["unit_id"], frame["members"], strict=True)
        ]
    else:
        here = list(frame["unit_id"].astype(str).isin(units))
    shapes = frame.geometry[here].to_crs(territory.crs_metric)
    return shapely.union_all(shapes.to_numpy()) if len(shapes) else None
