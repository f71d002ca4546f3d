"""
Walks shorter than a limit, kept as pairs: what a count or a catchment needs, and nothing more.

A walk of length L stays within L of its start as the crow flies. Services are therefore answered
by small batches, each on the piece of the network round it, and only the pairs within the limit
are kept: neither time nor memory grows with the part of the city that nobody walks through.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from revital.domain.network import StreetNetwork
from revital.domain.network_snap import Snapped, direct_walk, same_edge_pairs
from revital.domain.network_tiles import FloatArray, IntArray, Tiles, ranges
from revital.errors import ValuesError

# Merged ends of streets move a little: room for it at the edge of a piece.
_NODE_SHIFT_M = 10.0
# A search costs a few nanoseconds per node of its piece, a piece some tenths of a millisecond.
_PIECE_NODES = 8_000
_BLOCK_CELLS = 1_000_000


@dataclass(frozen=True, eq=False)
class NearPairs:
    """
    Origins and services within a walk of each other.

    Attributes
    ----------
    origin, service : ndarray of int, shape (n_pairs,)
        Positions; a pair stands once, in no order.
    distance_m : ndarray of float, shape (n_pairs,)
        Metres, both snaps included, <= `limit_m`.
    n_origins, n_services : int
    limit_m : float
    """

    origin: IntArray
    service: IntArray
    distance_m: FloatArray
    n_origins: int
    n_services: int
    limit_m: float

    def count(self) -> IntArray:
        """Return how many services each origin has within the limit, shape (n_origins,)."""
        return np.bincount(self.origin, minlength=self.n_origins)

    def to_dense(self) -> FloatArray:
        """Return the distances as a table, shape (n_origins, n_services); infinity beyond."""
        values = np.full((self.n_origins, self.n_services), np.inf)
        values[self.origin, self.service] = self.distance_m
        return values


@dataclass(frozen=True)
class _Batch:
    """Services answered together, and the squares of the network that hold all their walks."""

    services: IntArray
    squares: IntArray


def near_pairs(
    network: StreetNetwork, origins: Snapped, services: Snapped, limit_m: float
) -> NearPairs:
    """
    Return the pairs within a walk of each other.

    Parameters
    ----------
    network : StreetNetwork
    origins, services : Snapped
        Results of `snap` on the network.
    limit_m : float
        Longest walk (included), finite and greater than 0.

    Returns
    -------
    NearPairs
        Points off the network are in no pair.

    Raises
    ------
    ValuesError
        When the limit is not a positive number of metres.
    """
    if not 0 < limit_m < np.inf:
        raise ValuesError("Le seuil doit être plus grand que 0 ; il vaut {value}.", value=limit_m)
    found: list[tuple[IntArray, IntArray, FloatArray]] = []
    if services.is_on_network.any() and origins.is_on_network.any():
        found = list(_search(network, origins, services, limit_m))
    nothing = np.zeros(0, dtype=np.intp)
    return NearPairs(
        origin=np.concatenate([nothing, *(f[0] for f in found)]),
        service=np.concatenate([nothing, *(f[1] for f in found)]),
        distance_m=np.concatenate([np.zeros(0), *(f[2] for f in found)]),
        n_origins=len(origins.edge),
        n_services=len(services.edge),
        limit_m=limit_m,
    )


def _search(
    network: StreetNetwork, origins: Snapped, services: Snapped, limit_m: float
) -> Iterator[tuple[IntArray, IntArray, FloatArray]]:
    tiles = network.tiles
    on = np.flatnonzero(origins.is_on_network)
    edge = origins.edge[on]
    end_u, end_v = tiles.rank[network.edge_u[edge]], tiles.rank[network.edge_v[edge]]
    along, past = origins.along_m[on], origins.snap_m[on]
    by_u = along + past
    by_v = np.maximum(network.edge_length_m[edge] - along, 0) + past
    same_origin, same_service = same_edge_pairs(origins, services)
    same_walk = direct_walk(origins, services, same_origin, same_service)
    # Where each origin stands in `on`, and each service in its batch.
    place = np.zeros(len(origins.edge), dtype=np.intp)
    place[on] = np.arange(len(on))
    row_of = np.full(len(services.edge), -1, dtype=np.intp)
    # Numbers of the nodes of a piece, 0 for all others; one table for every batch.
    local = np.zeros(network.n_nodes, dtype=np.int32)
    for batch in _batches(network, services, limit_m):
        nodes = ranges(tiles.start[batch.squares], tiles.start[batch.squares + 1])
        local[nodes] = np.arange(1, len(nodes) + 1)
        graph = _piece(network, services, batch, nodes, local)
        u, v = local[end_u], local[end_v]
        local[nodes] = 0
        sources = len(nodes) + 1 + np.arange(len(batch.services))
        reach = dijkstra(graph, directed=True, indices=sources, limit=limit_m)
        # Place 0 stands for every node outside the piece, where no short walk leads.
        reach[:, 0] = np.inf
        row_of[batch.services] = np.arange(len(batch.services))
        mine = np.flatnonzero(row_of[same_service] >= 0)
        is_here = (u > 0) | (v > 0)
        here = np.flatnonzero(is_here)
        # `take` keeps rows together in memory, where an index of columns would turn the table.
        near = reach.take(u[here], axis=1)
        near += by_u[here]
        other = reach.take(v[here], axis=1)
        other += by_v[here]
        np.minimum(near, other, out=near)
        if len(mine):
            column = (np.cumsum(is_here) - 1)[place[same_origin[mine]]]
            np.minimum.at(near, (row_of[same_service[mine]], column), same_walk[mine])
        row_of[batch.services] = -1
        cell = np.flatnonzero(near.ravel() <= limit_m)
        row, column = np.divmod(cell, len(here)) if len(here) else (cell, cell)
        yield on[here[column]], batch.services[row], near.ravel()[cell]


def _piece(
    network: StreetNetwork,
    services: Snapped,
    batch: _Batch,
    nodes: IntArray,
    local: NDArray[np.int32],
) -> csr_matrix:
    """
    Return the graph of a batch: place 0, the nodes of its squares, then one source per service.

    Arcs that leave the squares lead to place 0, which leads nowhere; a source has one arc to each
    end of its street.
    """
    tiles = network.tiles
    whole = tiles.graph
    first, last = tiles.start[batch.squares], tiles.start[batch.squares + 1]
    entry = ranges(whole.indptr[first], whole.indptr[last])
    mine = batch.services
    edge = services.edge[mine]
    rest = np.maximum(network.edge_length_m[edge] - services.along_m[mine], 0)
    ends = np.column_stack([network.edge_u[edge], network.edge_v[edge]]).ravel()
    to_ends = np.column_stack([services.along_m[mine], rest]) + services.snap_m[mine, None]
    # A loop has both arcs to one node: two entries of a row are two arcs, both tried.
    degree = whole.indptr[nodes + 1] - whole.indptr[nodes]
    count = np.concatenate([[0, 0], degree, np.full(len(mine), 2)])
    size = len(nodes) + 1 + len(mine)
    return csr_matrix(
        (
            np.concatenate([whole.data[entry], to_ends.ravel()]),
            np.concatenate([local[whole.indices[entry]], local[tiles.rank[ends]]]),
            np.cumsum(count).astype(np.int32),
        ),
        shape=(size, size),
    )


def _batches(network: StreetNetwork, services: Snapped, limit_m: float) -> Iterator[_Batch]:
    """Put neighbouring services together until their piece of the network is large enough."""
    tiles = network.tiles
    usable = np.flatnonzero(services.is_on_network)
    windows = _windows(network, services, usable, limit_m)
    # Services of one square of the plane share a window; squares follow each other like a snake.
    side = max(1, round(2 * limit_m / tiles.side_m))
    x = (windows[:, 0] + windows[:, 1]) // 2 // side
    y = (windows[:, 2] + windows[:, 3]) // 2 // side
    y = np.where(x % 2, y.max() - y, y)
    order = np.lexsort((y, x))
    starts = np.flatnonzero(np.diff(x[order], prepend=-1) | np.diff(y[order], prepend=-1))
    groups = np.split(order, starts[1:])
    least = np.minimum.reduceat(windows[order], starts)
    most = np.maximum.reduceat(windows[order], starts)
    boxes = np.column_stack([least[:, 0], most[:, 1], least[:, 2], most[:, 3]])
    held: list[int] = []
    size = rows = 0
    for i, nodes in enumerate(tiles.nodes_in(boxes)):
        too_many = (rows + len(groups[i])) * (size + nodes) > _BLOCK_CELLS
        if held and (size + nodes > _PIECE_NODES or too_many):
            yield from _split(tiles, usable, groups, boxes, held)
            held, size, rows = [], 0, 0
        held.append(i)
        size += int(nodes)
        rows += len(groups[i])
    if held:
        yield from _split(tiles, usable, groups, boxes, held)


def _split(
    tiles: Tiles,
    usable: IntArray,
    groups: list[IntArray],
    boxes: IntArray,
    held: list[int],
) -> Iterator[_Batch]:
    """Return the batch of some groups, in several rounds where their rows would fill memory."""
    squares = tiles.squares(boxes[held])
    mine = usable[np.concatenate([groups[i] for i in held])]
    nodes = int((tiles.start[squares + 1] - tiles.start[squares]).sum())
    step = max(1, _BLOCK_CELLS // max(nodes, 1))
    for first in range(0, len(mine), step):
        yield _Batch(mine[first : first + step], squares)


def _windows(
    network: StreetNetwork, services: Snapped, usable: IntArray, limit_m: float
) -> IntArray:
    """Return the squares that hold every walk of each service, both ends of its street in them."""
    edge = services.edge[usable]
    along = services.along_m[usable]
    low = np.full((len(usable), 2), np.inf)
    high = -low
    for end, spent in (
        (network.edge_u[edge], along),
        (network.edge_v[edge], np.maximum(network.edge_length_m[edge] - along, 0)),
    ):
        left = np.maximum(limit_m - spent, 0)[:, None] + _NODE_SHIFT_M
        low = np.minimum(low, network.node_xy[end] - left)
        high = np.maximum(high, network.node_xy[end] + left)
    return network.tiles.window(low, high)
