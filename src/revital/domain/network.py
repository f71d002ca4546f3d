"""
A walkable street graph in metres, made from lines that meet at their ends.

Streets are walked both ways: one-way signs are for cars. Motorways and other classes nobody walks
on are left out, and barriers (a railway, a fence, a river) cut the edges they touch. Distances on
the graph are in `network_paths`.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_matrix, csr_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from revital.domain.cost_matrix import FloatArray
from revital.domain.network_tiles import Tiles, make_tiles
from revital.errors import CrsError, MissingColumnError, ValuesError

IntArray = NDArray[np.intp]

# Values of the class column that nobody walks on: the City of Montréal's géobase and OpenStreetMap.
UNWALKABLE = frozenset({"Autoroute", "Voie rapide", "motorway", "motorway_link"})


@dataclass(frozen=True)
class StreetNetwork:
    """
    A street graph in metres.

    Attributes
    ----------
    graph : csr_matrix, shape (n_nodes, n_nodes)
        Symmetric; metres between neighbouring nodes, parallel edges reduced to the shortest.
    node_xy : ndarray, shape (n_nodes, 2)
        Coordinates in metres, in `crs`.
    edge_u, edge_v : ndarray of int, shape (n_edges,)
        Nodes at the start and end of each edge.
    edge_length_m : ndarray of float, shape (n_edges,)
        Length along the line.
    lines : ndarray of LineString, shape (n_edges,)
        Shapes, from `edge_u` to `edge_v`.
    crs : str
        Metric coordinate system.
    dropped_unwalkable, dropped_barrier, dropped_empty : int
        Lines left out, by reason.
    barriers : geometry or None
        Union of the barriers, which connectors may not cross either.
    """

    graph: csr_matrix
    node_xy: FloatArray
    edge_u: IntArray
    edge_v: IntArray
    edge_length_m: FloatArray
    lines: NDArray[np.object_]
    crs: str
    dropped_unwalkable: int = 0
    dropped_barrier: int = 0
    dropped_empty: int = 0
    barriers: shapely.Geometry | None = None

    @property
    def n_nodes(self) -> int:
        """Number of nodes."""
        return len(self.node_xy)

    @property
    def n_edges(self) -> int:
        """Number of edges."""
        return len(self.edge_u)

    @cached_property
    def tiles(self) -> Tiles:
        """Nodes by square, made at the first search within a limit and kept."""
        return make_tiles(self.graph, self.node_xy)

    def component_shares(self) -> FloatArray:
        """Return the share of the street length in each connected part, largest first."""
        _, label = connected_components(self.graph, directed=False)
        length = np.bincount(label[self.edge_u], weights=self.edge_length_m)
        return np.sort(length)[::-1] / length.sum()


def build_network(
    streets: gpd.GeoDataFrame,
    *,
    class_column: str | None = None,
    unwalkable: Iterable[str] = UNWALKABLE,
    barriers: gpd.GeoSeries | None = None,
    tolerance_m: float = 0.5,
    split_at_shared_vertices: bool = False,
) -> StreetNetwork:
    """
    Build a street graph from lines that meet at their ends.

    Parameters
    ----------
    streets : GeoDataFrame of LineString or MultiLineString
        In a metric CRS. Empty shapes are left out and counted.
    class_column : str, optional
        Column of the street class. Without it no class is left out.
    unwalkable : iterable of str
        Classes nobody walks on.
    barriers : GeoSeries, optional
        Lines or areas (railway, fence, river) that cut every edge they touch; same CRS.
    tolerance_m : float
        Ends closer than this are one node.
    split_at_shared_vertices : bool
        Also cut lines where one of their vertices is a vertex of another line, as OpenStreetMap
        ways need. Off by default: bridges that merely cross stay apart either way.

    Returns
    -------
    StreetNetwork

    Raises
    ------
    CrsError
        When the CRS is missing or in degrees.
    MissingColumnError
        When `class_column` is not a column.
    ValuesError
        When no line is left.
    """
    if streets.crs is None or not streets.crs.is_projected:
        raise CrsError(
            "Les rues doivent être dans un système de coordonnées métrique ; le leur est "
            "« {crs} ». Convertissez-les dans le système métrique du territoire (« crs_metric » "
            "de sa fiche).",
            crs=str(streets.crs),
        )
    total = len(streets)
    if class_column is not None:
        if class_column not in streets.columns:
            raise MissingColumnError(
                "La couche de rues n'a pas de colonne « {column} ». Colonnes trouvées : {found}.",
                column=class_column,
                found=", ".join(map(str, streets.columns)),
            )
        streets = streets[~streets[class_column].isin(set(unwalkable))]
    dropped_unwalkable = total - len(streets)

    geometry = shapely.force_2d(np.asarray(streets.geometry.array, dtype=object))
    is_line = np.isin(shapely.get_type_id(geometry), (1, 5)) & ~shapely.is_empty(geometry)
    dropped_empty = int((~is_line).sum())
    lines = shapely.get_parts(geometry[is_line])
    lines = lines[shapely.length(lines) > 0]

    dropped_barrier = 0
    barrier_union = None
    if barriers is not None and len(barriers):
        if barriers.crs != streets.crs:
            barriers = barriers.to_crs(streets.crs)
        barrier_union = shapely.union_all(barriers.to_numpy())
        shapely.prepare(barrier_union)
    if split_at_shared_vertices:
        lines = _split_at_shared_vertices(lines, tolerance_m)
    if barrier_union is not None:
        cut = shapely.intersects(barrier_union, lines)
        dropped_barrier = int(cut.sum())
        lines = lines[~cut]
    if not len(lines):
        raise ValuesError("La couche de rues n'a aucune ligne où l'on marche.")

    first = shapely.get_coordinates(shapely.get_point(lines, 0))
    last = shapely.get_coordinates(shapely.get_point(lines, -1))
    node, node_xy = _merge_points(np.vstack([first, last]), tolerance_m)
    u, v = node[: len(lines)], node[len(lines) :]
    length = shapely.length(lines)
    return StreetNetwork(
        graph=symmetric_graph(u, v, length, len(node_xy)),
        node_xy=node_xy,
        edge_u=u,
        edge_v=v,
        edge_length_m=length,
        lines=lines,
        crs=streets.crs.to_string(),
        dropped_unwalkable=dropped_unwalkable,
        dropped_barrier=dropped_barrier,
        dropped_empty=dropped_empty,
        barriers=barrier_union,
    )


def symmetric_graph(u: IntArray, v: IntArray, length: FloatArray, n: int) -> csr_matrix:
    """Return the shortest of parallel edges both ways; scipy would add duplicates up."""
    low, high = np.minimum(u, v), np.maximum(u, v)
    keep = low != high
    low, high, length = low[keep], high[keep], length[keep]
    order = np.lexsort((length, high, low))
    low, high, length = low[order], high[order], length[order]
    first = np.ones(len(low), dtype=bool)
    first[1:] = (low[1:] != low[:-1]) | (high[1:] != high[:-1])
    low, high, length = low[first], high[first], length[first]
    return coo_matrix(
        (
            np.concatenate([length, length]),
            (np.concatenate([low, high]), np.concatenate([high, low])),
        ),
        shape=(n, n),
    ).tocsr()


def _merge_points(points: FloatArray, tolerance_m: float) -> tuple[IntArray, FloatArray]:
    """Number points so that those within the tolerance share a number."""
    unique, inverse = np.unique(points, axis=0, return_inverse=True)
    inverse = inverse.ravel()
    pairs = cKDTree(unique).query_pairs(tolerance_m, output_type="ndarray")
    if len(pairs):
        near = coo_matrix(
            (np.ones(len(pairs), dtype=bool), (pairs[:, 0], pairs[:, 1])),
            shape=(len(unique), len(unique)),
        )
        count, label = connected_components(near, directed=False)
        weight = np.bincount(label, minlength=count)
        centre = np.column_stack(
            [np.bincount(label, weights=unique[:, k], minlength=count) / weight for k in (0, 1)]
        )
        return label[inverse].astype(np.intp), centre
    return inverse.astype(np.intp), unique


def _split_at_shared_vertices(
    lines: NDArray[np.object_], tolerance_m: float
) -> NDArray[np.object_]:
    """Cut each line at its inner vertices that another line also has."""
    xy, owner = shapely.get_coordinates(lines, return_index=True)
    node, _ = _merge_points(xy, tolerance_m)
    seen = pd.DataFrame({"node": node, "line": owner}).drop_duplicates()
    shared = seen.groupby("node")["line"].transform("size") > 1
    is_shared = np.isin(node, seen.node[shared].unique())
    starts_line = np.concatenate([[True], owner[1:] != owner[:-1]])
    ends_line = np.concatenate([owner[1:] != owner[:-1], [True]])
    cut = np.flatnonzero(is_shared | starts_line | ends_line)
    pieces = []
    for a, b in itertools.pairwise(cut):
        if owner[a] == owner[b]:
            pieces.append(shapely.linestrings(xy[a : b + 1]))
    return np.asarray(pieces, dtype=object)
