"""
Which part of each area goes to which other: by people where blocks are known, else by surface.

References
----------
Areal weighting: Goodchild and Lam (1980). Population-apportioned counts: Statistics Canada, block
counts of the Census of Population.
"""

from __future__ import annotations

import itertools
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from revital.domain.composite import require_unique_ids
from revital.domain.frames import (
    require_columns,
    require_counts,
    require_metric,
    require_polygons,
    require_same_crs,
)

#: Overlay dust: two drawings of one border never agree to the last micrometre.
DUST = 1e-9
# Below, starting threads costs more than it saves.
_WORTH_THREADS = 128


@dataclass(frozen=True)
class Shares:
    """
    Which part of each source area goes to each target.

    Attributes
    ----------
    pairs : DataFrame
        Columns `source`, `target` (ids) and `share` (0..1 of the source area). A pair without
        anything in common is absent.
    sources, targets : Index
        Every id of the two layers, met or not.
    basis : {"area", "blocks"}
        What was shared: surface or people.
    """

    pairs: pd.DataFrame
    sources: pd.Index
    targets: pd.Index
    basis: str


def area_shares(source: gpd.GeoDataFrame, target: gpd.GeoDataFrame) -> Shares:
    """
    Return the share of the surface of each source area that lies in each target.

    Parameters
    ----------
    source, target : GeoDataFrame of polygons, indexed by unique id
        Both in the same coordinate system, in metres.

    Returns
    -------
    Shares

    Raises
    ------
    CrsError
        When a system is unknown, differs, or is not in metres.
    ValuesError
        On duplicated ids, empty or invalid shapes, or anything but polygons.

    Notes
    -----
    A source wholly inside a target, and a target wholly inside a source, are known from a
    prepared predicate; only true crossings are cut. This is what makes it quick.
    """
    _require_layers(source, target)
    source_shapes = source.geometry.to_numpy()
    target_shapes = target.geometry.to_numpy()
    areas = shapely.area(source_shapes)
    tree = shapely.STRtree(source_shapes)
    t, s = tree.query(target_shapes, predicate="intersects")
    if not len(t):
        return _shares(source.index, target.index, s, t, np.array([]), "area")
    shapely.prepare(target_shapes)
    inside = shapely.covers(target_shapes[t], source_shapes[s])
    common = np.where(inside, areas[s], 0.0)
    rest = np.flatnonzero(~inside)
    # A target smaller than the source may lie wholly in it: no need to cut either.
    small = rest[shapely.area(target_shapes[t[rest]]) <= areas[s[rest]]]
    whole = shapely.covers(source_shapes[s[small]], target_shapes[t[small]])
    common[small[whole]] = shapely.area(target_shapes[t[small[whole]]])
    cut = np.setdiff1d(rest, small[whole], assume_unique=True)
    cut = cut[~shapely.touches(target_shapes[t[cut]], source_shapes[s[cut]])]
    common[cut] = _common_area(source_shapes[s[cut]], target_shapes[t[cut]])
    return _shares(source.index, target.index, s, t, common / areas[s], "area")


def block_shares(
    source: gpd.GeoDataFrame,
    target: gpd.GeoDataFrame,
    blocks: gpd.GeoDataFrame,
    *,
    source_id: str,
    population: str,
) -> Shares:
    """
    Return the share of the people of each source area that live in each target.

    Parameters
    ----------
    source, target : GeoDataFrame of polygons, indexed by unique id
        Same coordinate system, in metres.
    blocks : GeoDataFrame of points or polygons
        Small areas that make up the sources; a polygon stands at its representative point. A
        block on a border common to two targets goes to the first of them by id.
    source_id, population : str
        Columns of `blocks`: the source each belongs to, and its residents (>= 0).

    Returns
    -------
    Shares
        A source without any resident in its blocks falls back on its surface.
    """
    _require_layers(source, target)
    require_columns(blocks, [source_id], "blocks")
    require_counts(blocks, [population], "blocks")
    require_same_crs(blocks, target, "blocks", "target")
    people = blocks[population].fillna(0.0).to_numpy(dtype=float)
    points = shapely.point_on_surface(blocks.geometry.to_numpy())
    order = np.argsort([str(i) for i in target.index], kind="stable")
    tree = shapely.STRtree(points)
    t, b = tree.query(target.geometry.to_numpy()[order], predicate="intersects")
    # One target per block: on a shared border, the first by id.
    first = np.unique(b, return_index=True)[1] if _cover_each_other(target) else np.arange(len(b))
    t, b = order[t[first]], b[first]
    owner = source.index.get_indexer(blocks[source_id])
    total = np.zeros(len(source))
    known = owner >= 0
    np.add.at(total, owner[known], people[known])
    frame = pd.DataFrame({"s": owner[b], "t": t, "people": people[b]})
    frame = frame[(frame["s"] >= 0) & (frame["people"] > 0)]
    summed = frame.groupby(["s", "t"], sort=True)["people"].sum().reset_index()
    s, t = summed["s"].to_numpy(), summed["t"].to_numpy()
    shares = _shares(
        source.index, target.index, s, t, summed["people"].to_numpy() / total[s], "blocks"
    )
    empty = source.loc[total == 0]
    if empty.empty:
        return shares
    by_area = area_shares(empty, target)
    return Shares(
        pd.concat([shares.pairs, by_area.pairs], ignore_index=True),
        source.index,
        target.index,
        "blocks",
    )


def _cover_each_other(target: gpd.GeoDataFrame) -> bool:
    """Return whether the targets are a partition: only then does a border point go to one."""
    shapes = target.geometry.to_numpy()
    left, _ = shapely.STRtree(shapes).query(shapes, predicate="overlaps")
    inner, outer = shapely.STRtree(shapes).query(shapes, predicate="contains")
    return len(left) == 0 and bool((inner == outer).all())


def _require_layers(source: gpd.GeoDataFrame, target: gpd.GeoDataFrame) -> None:
    require_unique_ids(source.index)
    require_unique_ids(target.index)
    require_same_crs(source, target, "source", "target")
    for layer, what in ((source, "source"), (target, "target")):
        require_metric(layer, what)
        require_polygons(layer, what)


def _shares(
    sources: pd.Index,
    targets: pd.Index,
    s: NDArray[np.intp],
    t: NDArray[np.intp],
    share: NDArray[np.float64],
    basis: str,
) -> Shares:
    kept = share > DUST if len(share) else np.zeros(len(s), dtype=bool)
    share = np.where(np.abs(share - 1) < DUST, 1.0, share) if len(share) else share
    pairs = pd.DataFrame(
        {"source": sources[s[kept]], "target": targets[t[kept]], "share": share[kept]}
    )
    return Shares(pairs, sources, targets, basis)


def _common_area(first: NDArray[np.object_], second: NDArray[np.object_]) -> NDArray[np.float64]:
    """Return the area of each intersection; cutting shapes lets other threads run meanwhile."""

    def cut(part: slice) -> NDArray[np.float64]:
        return np.asarray(shapely.area(shapely.intersection(first[part], second[part])))

    workers = min(4, os.cpu_count() or 1)
    if workers == 1 or len(first) < _WORTH_THREADS:
        return cut(slice(None))
    edges = np.linspace(0, len(first), 4 * workers + 1).astype(int)
    parts = [slice(a, b) for a, b in itertools.pairwise(edges)]
    with ThreadPoolExecutor(workers) as pool:
        return np.concatenate(list(pool.map(cut, parts)))
