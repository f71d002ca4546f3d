"""
Walking distances on a street network, from a few services to many origins.

Points are snapped to the nearest edge, not the nearest node, and the length of the snap is added.
A service is a source with two arcs to the ends of its edge, so that adding services never rebuilds
the network; origins are read from the distances of the two ends of their edge. Running from the
services, which are few, answers thousands of origins at once.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from revital.domain.cost_matrix import CostMatrix, FloatArray
from revital.domain.network import IntArray, StreetNetwork
from revital.domain.network_near import near_pairs
from revital.domain.network_snap import Snapped, direct_walk, same_edge_pairs, snap

__all__ = ["Snapped", "near_pairs", "nearest_distance", "network_matrix", "snap"]

# One block of Dijkstra rows: bounds the memory of the dense answer (services x nodes).
_BLOCK_CELLS = 8_000_000


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
    origin, service = same_edge_pairs(origins, services)
    np.minimum.at(result, origin, direct_walk(origins, services, origin, service))
    return result


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
        Pairs farther than this are unreachable; the smaller it is, the faster the answer.
    """
    if np.isfinite(limit_m):
        values = near_pairs(network, origins, services, limit_m).to_dense()
    else:
        values = _every_distance(network, origins, services)
    return CostMatrix(values, origin_ids, service_ids, method="network", unit="m")


def _every_distance(network: StreetNetwork, origins: Snapped, services: Snapped) -> FloatArray:
    """Return the distances of every pair, shape (n_origins, n_services), some rows at a time."""
    values = np.full((len(origins.edge), len(services.edge)), np.inf)
    usable = np.flatnonzero(services.is_on_network)
    block = max(1, _BLOCK_CELLS // max(network.n_nodes, 1))
    for start in range(0, len(usable), block):
        chosen = usable[start : start + block]
        graph = _with_sources(network, services, chosen)
        sources = network.n_nodes + np.arange(len(chosen))
        reach = dijkstra(graph, directed=True, indices=sources)
        values[:, chosen] = _at_origins(network, origins, reach[:, : network.n_nodes]).T
    origin, service = same_edge_pairs(origins, services)
    np.minimum.at(values, (origin, service), direct_walk(origins, services, origin, service))
    return values


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
