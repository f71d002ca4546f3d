"""
Walking distances on a street network, from a few services to many origins.

Points are snapped to the nearest edge, not the nearest node, and the length of the snap is added.
A service is a source with two arcs to the ends of its edge, so that adding services never rebuilds
the network; origins are read from the distances of the two ends of their edge. Running from the
services, which are few, answers thousands of origins at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from revital.domain.cost_matrix import CostMatrix, FloatArray
from revital.domain.network import IntArray, StreetNetwork, symmetric_graph

# One block of Dijkstra rows: bounds the memory of the dense answer (services x nodes).
_BLOCK_CELLS = 8_000_000
_SNAP_CHOICES = 16
# Merged ends move a little: room for it when the network is cut into pieces.
_NODE_SHIFT_M = 10.0
# Cutting the network pays off from this many cells (services x nodes) on.
_CUT_FROM_CELLS = 20_000_000


@dataclass(frozen=True)
class Snapped:
    """
    Points laid on the network.

    Attributes
    ----------
    edge : ndarray of int, shape (n_points,)
        Edge of each point; -1 where no edge is near enough.
    along_m : ndarray of float
        Metres from the start of the edge.
    snap_m : ndarray of float
        Metres from the point to the edge; infinity where not snapped.
    """

    edge: IntArray
    along_m: FloatArray
    snap_m: FloatArray

    @property
    def is_on_network(self) -> NDArray[np.bool_]:
        """True for the points that were snapped."""
        return self.edge >= 0


def snap(network: StreetNetwork, points_m: FloatArray, *, max_snap_m: float = 1000.0) -> Snapped:
    """
    Lay points on their nearest edge.

    Parameters
    ----------
    network : StreetNetwork
    points_m : ndarray, shape (n_points, 2)
        Coordinates in metres in the CRS of the network; missing ones are not snapped.
    max_snap_m : float
        A point farther than this from every edge is off the network.

    Returns
    -------
    Snapped
        Where barriers exist, the nearest edge that can be reached without crossing one.
    """
    count = len(points_m)
    edge = np.full(count, -1, dtype=np.intp)
    along = np.zeros(count)
    distance = np.full(count, np.inf)
    located = np.flatnonzero(np.isfinite(points_m).all(axis=1))
    if len(located):
        geometry = shapely.points(points_m[located])
        tree = shapely.STRtree(network.lines)
        index, found = tree.query_nearest(
            geometry, max_distance=max_snap_m, return_distance=False, all_matches=False
        )
        edge[located[index]] = found
        if network.barriers is not None and len(index):
            crossing = _crosses(network, geometry[index], found)
            for position in np.flatnonzero(crossing):
                edge[located[index[position]]] = _nearest_without_crossing(
                    network, tree, geometry[index[position]], max_snap_m
                )
        on = edge[located] >= 0
        here = located[on]
        lines = network.lines[edge[here]]
        along[here] = shapely.line_locate_point(lines, geometry[on])
        distance[here] = shapely.distance(lines, geometry[on])
    return Snapped(edge, along, distance)


def nearest_distance(network: StreetNetwork, origins: Snapped, services: Snapped) -> FloatArray:
    """
    Return the walk from each origin to its nearest service.

    Parameters
    ----------
    network : StreetNetwork
    origins, services : Snapped
        Results of `snap` on the same network.

    Returns
    -------
    ndarray of float, shape (n_origins,)
        Metres, both snaps included; infinity where no service can be reached. One Dijkstra run
        for all services.
    """
    usable = np.flatnonzero(services.is_on_network)
    if not len(usable):
        return np.full(len(origins.edge), np.inf)
    graph = _with_sources(network, services, usable)
    sources = network.n_nodes + np.arange(len(usable))
    reach = dijkstra(graph, directed=True, indices=sources, min_only=True)
    result = _at_origins(network, origins, reach[None, : network.n_nodes])[0]
    origin, service = _same_edge_pairs(origins, services)
    np.minimum.at(result, origin, _direct(origins, services, origin, service))
    return result


def distance_rows(
    network: StreetNetwork,
    origins: Snapped,
    services: Snapped,
    *,
    limit_m: float = np.inf,
) -> Iterator[tuple[IntArray, FloatArray]]:
    """
    Yield distances in blocks of services, for measures that need not keep them all.

    Parameters
    ----------
    network : StreetNetwork
    origins, services : Snapped
    limit_m : float
        Pairs farther than this are infinite; the smaller it is, the faster the answer.

    Yields
    ------
    positions : ndarray of int
        Services of the block.
    distance_m : ndarray of float, shape (len(positions), n_origins)
    """
    usable = np.flatnonzero(services.is_on_network)
    origin, service = _same_edge_pairs(origins, services)
    for part in _parts(network, origins, services, usable, limit_m):
        block = max(1, _BLOCK_CELLS // max(part.network.n_nodes, 1))
        for start in range(0, len(part.services), block):
            chosen = part.services[start : start + block]
            graph = _with_sources(part.network, part.snapped_services, chosen)
            sources = part.network.n_nodes + np.arange(len(chosen))
            reach = dijkstra(graph, directed=True, indices=sources, limit=limit_m)
            reach = reach[:, : part.network.n_nodes]
            if np.isfinite(limit_m):
                near = _near_origins(part.network, part.snapped_origins, reach, limit_m)
            else:
                near = _at_origins(part.network, part.snapped_origins, reach)
            rows = near
            if len(part.origins) < len(origins.edge):
                rows = np.full((len(chosen), len(origins.edge)), np.inf)
                rows[:, part.origins] = near
            is_chosen = np.zeros(len(services.edge), dtype=bool)
            is_chosen[chosen] = True
            here = is_chosen[service]
            row = np.searchsorted(chosen, service[here])
            direct = _direct(origins, services, origin[here], service[here])
            np.minimum.at(rows, (row, origin[here]), direct)
            if np.isfinite(limit_m):
                rows[rows > limit_m] = np.inf
            yield chosen, rows


def network_matrix(
    network: StreetNetwork,
    origins: Snapped,
    services: Snapped,
    origin_ids: pd.Index,
    service_ids: pd.Index,
    *,
    limit_m: float = np.inf,
) -> CostMatrix:
    """
    Return the distances of every pair, as a `CostMatrix` with method `network`.

    Parameters
    ----------
    network : StreetNetwork
    origins, services : Snapped
    origin_ids, service_ids : Index
        Identifiers, in the order of the snapped points.
    limit_m : float
        Pairs farther than this are unreachable.
    """
    values = np.full((len(origin_ids), len(service_ids)), np.inf)
    for positions, rows in distance_rows(network, origins, services, limit_m=limit_m):
        values[:, positions] = rows.T
    return CostMatrix(values, origin_ids, service_ids, method="network", unit="m")


@dataclass(frozen=True)
class _Part:
    """A piece of the network around some services, large enough for the limit."""

    network: StreetNetwork
    services: IntArray
    snapped_services: Snapped
    origins: IntArray
    snapped_origins: Snapped


def _parts(
    network: StreetNetwork,
    origins: Snapped,
    services: Snapped,
    usable: IntArray,
    limit_m: float,
) -> Iterator[_Part]:
    """
    Cut the network into pieces that hold every walk shorter than the limit.

    A walk of length L stays within L of its start as the crow flies, so a box around some
    services, grown by the limit, holds all of their walks: the answer is the same and Dijkstra
    allocates hundreds of nodes rather than all of them.
    """
    whole = _Part(network, usable, services, np.arange(len(origins.edge)), origins)
    if not np.isfinite(limit_m) or len(usable) * network.n_nodes < _CUT_FROM_CELLS:
        yield whole
        return
    # Position of a service: the start of its edge, at most one edge length away from it.
    at = network.node_xy[network.edge_u[services.edge[usable]]]
    longest = float(network.edge_length_m.max())
    side = 4 * (limit_m + longest)
    low = network.node_xy.min(axis=0)
    cell = np.floor((at - low) / side).astype(np.int64)
    _, group = np.unique(cell, axis=0, return_inverse=True)
    margin = limit_m + longest + _NODE_SHIFT_M
    x, y = network.node_xy[:, 0], network.node_xy[:, 1]
    for g in range(int(group.max()) + 1):
        is_mine = group.ravel() == g
        mine = usable[is_mine]
        west, south = at[is_mine].min(axis=0) - margin
        east, north = at[is_mine].max(axis=0) + margin
        node_inside = (x >= west) & (x <= east) & (y >= south) & (y <= north)
        inside = node_inside[network.edge_u] | node_inside[network.edge_v]
        kept = np.flatnonzero(inside)
        if len(kept) > 0.6 * network.n_edges:
            yield _Part(network, mine, services, whole.origins, origins)
            continue
        yield _piece(network, origins, services, mine, kept)


def _piece(
    network: StreetNetwork, origins: Snapped, services: Snapped, mine: IntArray, kept: IntArray
) -> _Part:
    ends = np.concatenate([network.edge_u[kept], network.edge_v[kept]])
    nodes, renumbered = np.unique(ends, return_inverse=True)
    u, v = renumbered[: len(kept)], renumbered[len(kept) :]
    length = network.edge_length_m[kept]
    small = StreetNetwork(
        graph=symmetric_graph(u, v, length, len(nodes)),
        node_xy=network.node_xy[nodes],
        edge_u=u,
        edge_v=v,
        edge_length_m=length,
        lines=network.lines[kept],
        crs=network.crs,
    )
    new_edge = np.full(network.n_edges + 1, -1, dtype=np.intp)
    new_edge[kept] = np.arange(len(kept))
    here = np.flatnonzero(new_edge[origins.edge] >= 0)
    moved_services = Snapped(new_edge[services.edge], services.along_m, services.snap_m)
    moved_origins = Snapped(
        new_edge[origins.edge[here]], origins.along_m[here], origins.snap_m[here]
    )
    return _Part(small, mine, moved_services, here, moved_origins)


def _with_sources(network: StreetNetwork, services: Snapped, chosen: IntArray) -> csr_matrix:
    """Append one source node per service, with an arc to each end of its edge."""
    graph = network.graph
    edge = services.edge[chosen]
    to_u = services.snap_m[chosen] + services.along_m[chosen]
    to_v = services.snap_m[chosen] + np.maximum(
        network.edge_length_m[edge] - services.along_m[chosen], 0
    )
    indices = np.column_stack([network.edge_u[edge], network.edge_v[edge]]).ravel()
    data = np.column_stack([to_u, to_v]).ravel()
    # A loop has both arcs to one node: two entries of a row are two arcs, both tried by Dijkstra.
    size = network.n_nodes + len(chosen)
    indptr = np.concatenate(
        [graph.indptr, graph.indptr[-1] + 2 * np.arange(1, len(chosen) + 1)]
    ).astype(graph.indptr.dtype)
    return csr_matrix(
        (
            np.concatenate([graph.data, data]),
            np.concatenate([graph.indices, indices.astype(graph.indices.dtype)]),
            indptr,
        ),
        shape=(size, size),
    )


def _at_origins(network: StreetNetwork, origins: Snapped, reach: FloatArray) -> FloatArray:
    """Read distances at origins from those at the ends of their edges, shape (rows, n_origins)."""
    on = np.flatnonzero(origins.is_on_network)
    edge = origins.edge[on]
    rest = np.maximum(network.edge_length_m[edge] - origins.along_m[on], 0)
    by_u = reach[:, network.edge_u[edge]] + origins.along_m[on]
    by_v = reach[:, network.edge_v[edge]] + rest
    np.minimum(by_u, by_v, out=by_u)
    by_u += origins.snap_m[on]
    if len(on) == len(origins.edge):
        return by_u
    result = np.full((reach.shape[0], len(origins.edge)), np.inf)
    result[:, on] = by_u
    return result


def _near_origins(
    network: StreetNetwork, origins: Snapped, reach: FloatArray, limit_m: float
) -> FloatArray:
    """As `_at_origins`, reading only the few nodes that each service reaches within the limit."""
    result = np.full((reach.shape[0], len(origins.edge)), np.inf)
    on = np.flatnonzero(origins.is_on_network)
    edge = origins.edge[on]
    rest = np.maximum(network.edge_length_m[edge] - origins.along_m[on], 0)
    # Each origin hangs from the two ends of its edge; sorted by node, they form one list.
    node = np.concatenate([network.edge_u[edge], network.edge_v[edge]])
    extra = np.concatenate([origins.along_m[on], rest]) + np.tile(origins.snap_m[on], 2)
    order = np.argsort(node, kind="stable")
    hanging, extra = np.tile(on, 2)[order], extra[order]
    start = np.searchsorted(node[order], np.arange(network.n_nodes + 1))
    reach = np.ascontiguousarray(reach)
    cell = np.flatnonzero(reach.ravel() <= limit_m)
    row, at = np.divmod(cell, reach.shape[1])
    count = start[at + 1] - start[at]
    begin = np.cumsum(count) - count
    entry = np.arange(count.sum()) + np.repeat(start[at] - begin, count)
    total = np.repeat(reach.ravel()[cell], count) + extra[entry]
    target = np.repeat(row * result.shape[1], count) + hanging[entry]
    near = total <= limit_m
    np.minimum.at(result.reshape(-1), target[near], total[near])
    return result


def _same_edge_pairs(origins: Snapped, services: Snapped) -> tuple[IntArray, IntArray]:
    """Return the (origin, service) pairs that share an edge, where the walk needs no node."""
    usable = np.flatnonzero(services.is_on_network)
    order = usable[np.argsort(services.edge[usable], kind="stable")]
    edges = services.edge[order]
    first = np.searchsorted(edges, origins.edge, side="left")
    count = np.searchsorted(edges, origins.edge, side="right") - first
    origin = np.repeat(np.arange(len(origins.edge)), count)
    # Position inside each origin's run of services, then that of the service itself.
    step = np.arange(len(origin)) - np.repeat(np.cumsum(count) - count, count)
    return origin, order[np.repeat(first, count) + step]


def _direct(origins: Snapped, services: Snapped, origin: IntArray, service: IntArray) -> FloatArray:
    along = np.abs(origins.along_m[origin] - services.along_m[service])
    return along + origins.snap_m[origin] + services.snap_m[service]


def _crosses(
    network: StreetNetwork, points: NDArray[np.object_], edges: IntArray
) -> NDArray[np.bool_]:
    """Tell which connectors from point to edge cross a barrier."""
    connectors = shapely.shortest_line(points, network.lines[edges])
    return np.asarray(shapely.intersects(network.barriers, connectors))


def _nearest_without_crossing(
    network: StreetNetwork, tree: shapely.STRtree, point: shapely.Point, max_snap_m: float
) -> int:
    near = tree.query(point, predicate="dwithin", distance=max_snap_m)
    near = near[np.argsort(shapely.distance(network.lines[near], point), kind="stable")]
    for start in range(0, len(near), _SNAP_CHOICES):
        some = near[start : start + _SNAP_CHOICES]
        free = ~_crosses(network, np.repeat(np.asarray(point, dtype=object), len(some)), some)
        if free.any():
            return int(some[np.argmax(free)])
    return -1
