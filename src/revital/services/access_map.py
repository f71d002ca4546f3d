"""The map of access: every area of the city by its distance, before and after a scenario."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
import shapely

from revital.domain.cost_matrix import CostMatrix, FloatArray
from revital.domain.whatif import scenario_cost
from revital.services.access_ground import AccessQuery, Ground, checked_query, ground, place_costs
from revital.services.data import Data
from revital.services.figures import stamp
from revital.services.map_classes import NO_DATA
from revital.services.outlines import Outlines, outlines
from revital.services.scenarios import Scenario
from revital.store.layers import LayerManifest

#: A change smaller than this is drawn as no change: the precision of a point of origin.
NO_CHANGE_M = 50.0
#: Classes of a change, from "much farther" to "much nearer" (metres).
CHANGE_LIMITS = (-500.0, -NO_CHANGE_M, NO_CHANGE_M, 500.0)


@dataclass(frozen=True, eq=False)
class AccessMap:
    """
    What the map of access draws.

    Attributes
    ----------
    outlines : Outlines
    distance_m : ndarray, in the order of the outlines
        Mean over the area's units, weighted by residents; missing where unknown.
    codes : bytes
        Class of each area, or `NO_DATA`.
    counts : tuple of int
        Areas of each class.
    missing : int
    inside : tuple of int
        Areas of the territory.
    bounds : tuple of float
        West, south, east, north of the territory (degrees).
    change_m : ndarray or None
        After minus before, when a scenario is drawn.
    manifests : tuple of LayerManifest
    """

    outlines: Outlines
    distance_m: FloatArray
    codes: bytes
    counts: tuple[int, ...]
    missing: int
    inside: tuple[int, ...]
    bounds: tuple[float, float, float, float]
    change_m: FloatArray | None
    manifests: tuple[LayerManifest, ...]


def limits(threshold_m: float) -> tuple[float, float, float]:
    """Return the upper limits of the classes of distance, the last one open."""
    return threshold_m / 2, threshold_m, 2 * threshold_m


def access_map(
    data: Data, query: AccessQuery, scenario: Scenario, static: Path, *, shows_change: bool = False
) -> AccessMap | None:
    """
    Prepare the map of a question, after a scenario when it has one.

    Parameters
    ----------
    data : Data
    query : AccessQuery
    scenario : Scenario
        Empty for the present.
    static : Path
        Folder that the app serves.
    shows_change : bool
        Draw what the scenario changes rather than the distance after it.

    Returns
    -------
    AccessMap or None
        None when the city has no outlines of areas.
    """
    query = checked_query(data, query)
    here = ground(data, query)
    layer = data.catalogue.place(here.territory.place).outlines.get("da")
    if layer is None or not data.layers.has(layer):
        return None
    shapes = outlines(data, layer, static)
    before, after = _unit_costs(data, query, here, shapes, scenario)
    distance = _by_area(data, shapes, after)
    change = None
    if not scenario.is_empty:
        change = distance - _by_area(data, shapes, before)
        change[~np.isfinite(change)] = np.nan
    if shows_change and change is not None:
        # Nearer is better: the sign is turned so that the high classes are the gains.
        values = -change
        codes = _codes(values, np.array(CHANGE_LIMITS), len(CHANGE_LIMITS) + 1)
    else:
        edges = np.array(limits(float(query.threshold_m or here.service.threshold_m)))
        codes = _codes(distance, edges, len(edges) + 1)
    inside = _inside(data, here, shapes)
    return AccessMap(
        outlines=shapes,
        distance_m=distance,
        codes=codes.tobytes(),
        counts=tuple(int((codes == k).sum()) for k in range(5 if shows_change else 4)),
        missing=int((codes == NO_DATA).sum()),
        inside=inside,
        bounds=_bounds(data, layer, shapes, inside),
        change_m=change,
        manifests=(data.layers.manifest(layer), *here.listing.manifests),
    )


def _codes(values: FloatArray, edges: FloatArray, classes: int) -> np.ndarray:
    codes = np.full(values.shape, NO_DATA, dtype=np.uint8)
    known = np.isfinite(values)
    codes[known] = np.minimum(np.searchsorted(edges, values[known], side="left"), classes - 1)
    return codes


def _unit_costs(
    data: Data, query: AccessQuery, here: Ground, shapes: Outlines, scenario: Scenario
) -> tuple[pd.Series, pd.Series]:
    """Return the least cost of every unit of the outlines, before and after."""
    units = tuple(unit for id_ in shapes.ids for unit in shapes.members[id_])
    everywhere = _everywhere(data, query, units, stamp(data))
    before = everywhere.nearest_cost
    added = None
    if scenario.added:
        points = [(lon, lat) for lat, lon in scenario.added]
        names = [f"scenario-{i}" for i in range(len(points))]
        added = place_costs(data, here, units, points, names).values
    after = scenario_cost(everywhere, added=added, closed=scenario.closed)
    index = pd.Index(units)
    return pd.Series(before, index=index), pd.Series(after, index=index)


@lru_cache(maxsize=16)
def _everywhere(data: Data, query: AccessQuery, units: tuple[str, ...], layers: str) -> CostMatrix:
    here = ground(data, query)
    counted = here.listing.counted
    return place_costs(
        data, here, units, [(p.lon, p.lat) for p in counted], [p.id for p in counted]
    )


def _by_area(data: Data, shapes: Outlines, cost: pd.Series) -> FloatArray:
    """Return the mean of each area over its units, weighted by residents."""
    people = data.population("da").reindex(cost.index).fillna(0.0)
    owner = [id_ for id_ in shapes.ids for _ in shapes.members[id_]]
    frame = pd.DataFrame(
        {
            "area": owner,
            "cost": cost.to_numpy(),
            "people": people.to_numpy(),
        }
    )
    frame = frame[np.isfinite(frame["cost"])]
    # An area where nobody lives still has a place: it keeps the plain mean of its units.
    frame["weight"] = frame["people"].where(frame["people"] > 0, 1e-9)
    frame["product"] = frame["cost"] * frame["weight"]
    sums = frame.groupby("area")[["product", "weight"]].sum()
    mean = sums["product"] / sums["weight"]
    return mean.reindex(list(shapes.ids)).to_numpy(dtype=float)


def _inside(data: Data, here: Ground, shapes: Outlines) -> tuple[int, ...]:
    units = set(data.units(here.territory, "da"))
    return tuple(
        i for i, id_ in enumerate(shapes.ids) if any(u in units for u in shapes.members[id_])
    )


def _bounds(
    data: Data, layer: str, shapes: Outlines, inside: tuple[int, ...]
) -> tuple[float, float, float, float]:
    if not inside:
        return shapes.bounds
    box = _boxes(data, layer, data.layers.manifest(layer).sha256)[list(inside)]
    return (
        float(box[:, 0].min()),
        float(box[:, 1].min()),
        float(box[:, 2].max()),
        float(box[:, 3].max()),
    )


@lru_cache(maxsize=8)
def _boxes(data: Data, layer: str, sha256: str) -> FloatArray:
    shapes = data.layers.read_shapes(layer, ["unit_id", "geometry"]).geometry.values
    return np.asarray(shapely.bounds(shapes))
