"""
Lays points on a street network: on the nearest edge, not the nearest node, within a distance.

Where barriers exist, the nearest edge is the nearest that can be reached without crossing one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from revital.domain.cost_matrix import FloatArray
from revital.domain.network import IntArray, StreetNetwork

_SNAP_CHOICES = 16


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


def same_edge_pairs(origins: Snapped, services: Snapped) -> tuple[IntArray, IntArray]:
    """Return the (origin, service) pairs that share an edge, where the walk needs no node."""
    usable = np.flatnonzero(services.is_on_network)
    order = usable[np.argsort(services.edge[usable], kind="stable")]
    edges = services.edge[order]
    # Few streets have a service: the others' origins are put aside by a look at a table.
    has_service = np.zeros(max(origins.edge.max(initial=0), edges.max(initial=0)) + 1, dtype=bool)
    has_service[edges] = True
    beside = np.flatnonzero(has_service[origins.edge] & origins.is_on_network)
    first = np.searchsorted(edges, origins.edge[beside], side="left")
    count = np.searchsorted(edges, origins.edge[beside], side="right") - first
    origin = np.repeat(beside, count)
    # Position inside each origin's run of services, then that of the service itself.
    step = np.arange(len(origin)) - np.repeat(np.cumsum(count) - count, count)
    return origin, order[np.repeat(first, count) + step]


def direct_walk(
    origins: Snapped, services: Snapped, origin: IntArray, service: IntArray
) -> FloatArray:
    """Return the walks between points of one edge, both snaps included."""
    along = np.abs(origins.along_m[origin] - services.along_m[service])
    return along + origins.snap_m[origin] + services.snap_m[service]
