"""
Walking distances on a street network, from a few services to many origins.

Points are snapped to the nearest edge, not the nearest node, and the length of the snap is added.
A service is a source with two arcs to the ends of its edge, so that adding services never rebuilds
the network; origins are read from the distances of the two ends of their edge. Running from the
services, which are few, answers thousands of origins at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from revital.domain.cost_matrix import CostMatrix, FloatArray
from revital.domain.network import IntArray, StreetNetwork
from revital.domain.network_snap import Snapped, snap

__all__ = ["Snapped", "distance_rows", "nearest_distance", "network_matrix", "snap"]

# One block of Dijkstra rows: bounds the memory of the dense answer (services x nodes).
_BLOCK_CELLS = 8_000_000
# Merged ends move a little: room for it when the network is cut into pieces.
_NODE_SHIFT_M = 10.0
# Cutting the network pays off from this many cells (services x nodes) on.
_CUT_FROM_CELLS = 20_000_000
# A piece is made when it is smaller than this share of what it is cut from.
_WORTH_CUTTING = 0.6
_MOST_SQUARES = 20_000_000


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
    if not np.isfinite(limit_m) or not len(usable):
        yield whole
        return
    # Position of a service: the start of its edge, at most one edge length away from it.
    longest = float(network.edge_length_m.max())
    margin = limit_m + longest + _NODE_SHIFT_M
    at = network.node_xy[network.edge_u[services.edge[usable]]]
    near = _near_any(network, at, margin)
    kept = np.flatnonzero(near[network.edge_u] | near[network.edge_v])
    if len(kept) < _WORTH_CUTTING * network.n_edges:
        whole = _piece(whole, usable, kept)
    if len(usable) * whole.network.n_nodes < _CUT_FROM_CELLS:
        yield whole
        return
    cell = np.floor((at - at.min(axis=0)) / (4 * margin)).astype(np.int64)
    _, group = np.unique(cell, axis=0, return_inverse=True)
    x, y = whole.network.node_xy[:, 0], whole.network.node_xy[:, 1]
    for g in range(int(group.max()) + 1):
        is_mine = group.ravel() == g
        west, south = at[is_mine].min(axis=0) - margin
        east, north = at[is_mine].max(axis=0) + margin
        inside = (x >= west) & (x <= east) & (y >= south) & (y <= north)
        kept = np.flatnonzero(inside[whole.network.edge_u] | inside[whole.network.edge_v])
        if len(kept) < _WORTH_CUTTING * whole.network.n_edges:
            yield _piece(whole, usable[is_mine], kept)
        else:
            yield replace(whole, services=usable[is_mine])


def _near_any(network: StreetNetwork, at: FloatArray, margin: float) -> NDArray[np.bool_]:
    """Tell which nodes may be within the margin of a service: same or neighbouring square."""
    low = network.node_xy.min(axis=0)
    square = np.floor((network.node_xy - low) / margin).astype(np.int64)
    size = square.max(axis=0) + 3
    if size.prod() > _MOST_SQUARES:
        return np.ones(network.n_nodes, dtype=bool)
    taken = np.zeros(size, dtype=bool)
    mine = np.floor((at - low) / margin).astype(np.int64)
    for dx in (0, 1, 2):
        for dy in (0, 1, 2):
            taken[mine[:, 0] + dx, mine[:, 1] + dy] = True
    return np.asarray(taken[square[:, 0] + 1, square[:, 1] + 1])


def _piece(whole: _Part, mine: IntArray, kept: IntArray) -> _Part:
    """Return the part of a part that some edges make, for some of its services."""
    network, services, origins = whole.network, whole.snapped_services, whole.snapped_origins
    is_node = np.zeros(network.n_nodes, dtype=bool)
    is_node[network.edge_u[kept]] = True
    is_node[network.edge_v[kept]] = True
    nodes = np.flatnonzero(is_node)
    renumbered = np.cumsum(is_node) - 1
    small = StreetNetwork(
        graph=network.graph[nodes][:, nodes],
        node_xy=network.node_xy[nodes],
        edge_u=renumbered[network.edge_u[kept]],
        edge_v=renumbered[network.edge_v[kept]],
        edge_length_m=network.edge_length_m[kept],
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
    return _Part(small, mine, moved_services, whole.origins[here], moved_origins)


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
