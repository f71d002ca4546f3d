"""The street layer of central Montréal: real streets, a motorway, a railway drawn by hand."""

from __future__ import annotations

import os
from pathlib import Path

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import LineString

from revital.domain.network import build_network
from revital.domain.network_paths import nearest_distance, network_matrix, snap

pytestmark = pytest.mark.inputs


@pytest.fixture(scope="module")
def streets():
    folder = os.environ.get("REVITAL_INPUTS")
    path = Path(folder or ".") / "streets" / "montreal_central_streets.geojson"
    if not folder or not path.is_file():
        pytest.skip("REVITAL_INPUTS names no folder with streets/montreal_central_streets.geojson")
    return gpd.read_file(path).to_crs("EPSG:32188")


@pytest.fixture(scope="module")
def network(streets):
    return build_network(streets, class_column="ClsRte")


def test_motorways_are_out_and_the_rest_holds_together(streets, network):
    assert network.dropped_unwalkable == (streets.ClsRte == "Autoroute").sum() == 24
    assert network.component_shares()[0] > 0.97


def test_walks_are_longer_than_straight_lines_by_a_usual_detour(network):
    rng = np.random.default_rng(1)
    low, high = network.node_xy.min(axis=0), network.node_xy.max(axis=0)
    origins, stores = rng.uniform(low, high, (300, 2)), rng.uniform(low, high, (25, 2))
    o, s = snap(network, origins, max_snap_m=200), snap(network, stores, max_snap_m=200)
    walks = network_matrix(network, o, s, pd.RangeIndex(300), pd.RangeIndex(25)).values
    crow = np.hypot(*(origins[:, None] - stores[None]).transpose(2, 0, 1))
    known = np.isfinite(walks)
    assert known.mean() > 0.4
    assert (walks[known] >= crow[known] - 1e-6).all()
    far = known & (crow > 500)
    assert 1.15 < np.median(walks[far] / crow[far]) < 1.45
    np.testing.assert_allclose(nearest_distance(network, o, s), walks.min(axis=1))


def test_networkx_finds_the_same_walks_between_crossings(network):
    graph = nx.Graph()
    for u, v, length in zip(network.edge_u, network.edge_v, network.edge_length_m, strict=True):
        if u != v and (not graph.has_edge(u, v) or graph[u][v]["weight"] > length):
            graph.add_edge(int(u), int(v), weight=float(length))
    nodes = np.arange(0, network.n_nodes, 97)
    at = snap(network, network.node_xy[nodes])
    ids = pd.RangeIndex(len(nodes))
    ours = network_matrix(network, at, at, ids, ids).values
    for i, node in enumerate(nodes[:6]):
        lengths = nx.single_source_dijkstra_path_length(graph, int(node))
        theirs = np.array([lengths.get(int(n), np.inf) for n in nodes])
        np.testing.assert_allclose(ours[:, i], theirs, atol=0.01)


def test_a_line_across_the_city_cuts_it_in_two(streets, network):
    low, high = network.node_xy.min(axis=0), network.node_xy.max(axis=0)
    middle = (low[0] + high[0]) / 2
    wall = gpd.GeoSeries(
        [LineString([(middle, low[1] - 100), (middle, high[1] + 100)])], crs=streets.crs
    )
    cut = build_network(streets, class_column="ClsRte", barriers=wall)
    assert cut.dropped_barrier > 10
    west = np.array([[middle - 1500, (low[1] + high[1]) / 2]])
    east = np.array([[middle + 1500, (low[1] + high[1]) / 2]])
    assert np.isfinite(nearest_distance(network, snap(network, west), snap(network, east)))[0]
    assert np.isinf(nearest_distance(cut, snap(cut, west), snap(cut, east)))[0]
