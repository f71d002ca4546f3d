"""Walking distances: hand-drawn streets, generated grids, networkx as a peer, odd inputs."""

from __future__ import annotations

import itertools

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString, MultiLineString, Point

from revital.domain import network_near, network_paths
from revital.domain.catchment import enhanced_two_step, shared_supply, supply_reached
from revital.domain.decay import Steps, Threshold
from revital.domain.network import build_network
from revital.domain.network_near import near_pairs
from revital.domain.network_paths import nearest_distance, network_matrix, snap
from revital.errors import CrsError, MissingColumnError, ValuesError

CRS = "EPSG:32188"


def streets(lines, **columns):
    return gpd.GeoDataFrame(columns, geometry=list(lines), crs=CRS)


def grid(n, spacing=100.0):
    lines = []
    for i in range(n):
        for j in range(n):
            if i + 1 < n:
                lines.append(
                    LineString([(i * spacing, j * spacing), ((i + 1) * spacing, j * spacing)])
                )
            if j + 1 < n:
                lines.append(
                    LineString([(i * spacing, j * spacing), (i * spacing, (j + 1) * spacing)])
                )
    return streets(lines)


def matrix(network, origins, services, **kwargs):
    o, s = np.asarray(origins, float), np.asarray(services, float)
    return network_matrix(
        network,
        snap(network, o),
        snap(network, s),
        pd.RangeIndex(len(o)),
        pd.RangeIndex(len(s)),
        **kwargs,
    ).values


def test_a_walk_is_the_two_snaps_and_the_way_along_the_street():
    # One street of 100 m then a turn of 50 m; 3 m and 4 m from the street.
    network = build_network(
        streets([LineString([(0, 0), (100, 0)]), LineString([(100, 0), (100, 50)])])
    )
    assert matrix(network, [(20, 3)], [(104, 50)])[0, 0] == pytest.approx(3 + 80 + 50 + 4)


def test_two_points_on_the_same_street_do_not_walk_to_its_end():
    network = build_network(streets([LineString([(0, 0), (1000, 0)])]))
    assert matrix(network, [(400, 0)], [(450, 0)])[0, 0] == pytest.approx(50)
    o, s = (snap(network, np.array([[x, 0.0]])) for x in (400, 450))
    assert nearest_distance(network, o, s)[0] == pytest.approx(50)


def test_a_long_street_is_left_when_the_way_round_is_shorter():
    # A detour of 1,000 m between the same two ends as a street of 10 m.
    loop = LineString([(0, 0), (0, 495), (10, 495), (10, 0)])
    network = build_network(streets([loop, LineString([(0, 0), (10, 0)])]))
    assert matrix(network, [(0, 100)], [(10, 100)])[0, 0] == pytest.approx(100 + 10 + 100)


def test_a_street_that_ends_where_it_began_is_walked_both_ways():
    ring = LineString([(0, 0), (0, 100), (100, 100), (100, 0), (0, 0)])
    network = build_network(streets([ring, LineString([(0, 0), (-50, 0)])]))
    assert matrix(network, [(-50, 0)], [(60, 0)])[0, 0] == pytest.approx(50 + 60)
    assert matrix(network, [(0, 60)], [(60, 0)])[0, 0] == pytest.approx(120)


def test_two_parallel_streets_count_once_the_shorter():
    bent = LineString([(0, 0), (50, 200), (100, 0)])
    network = build_network(streets([bent, LineString([(0, 0), (100, 0)])]))
    assert matrix(network, [(0, 0)], [(100, 0)])[0, 0] == pytest.approx(100)


def test_ends_a_few_centimetres_apart_are_one_crossing():
    lines = [LineString([(0, 0), (100, 0)]), LineString([(100.2, 0.2), (200, 0)])]
    assert np.isfinite(matrix(build_network(streets(lines)), [(0, 0)], [(200, 0)]))[0, 0]
    apart = build_network(streets(lines), tolerance_m=0.1)
    assert np.isinf(matrix(apart, [(0, 0)], [(200, 0)]))[0, 0]


def test_streets_that_cross_without_a_shared_end_are_a_bridge_unless_cut_at_vertices():
    lines = [
        LineString([(0, 0), (100, 0), (200, 0)]),
        LineString([(100, -100), (100, 0), (100, 100)]),
    ]
    bridge = build_network(streets(lines))
    assert np.isinf(matrix(bridge, [(0, 0)], [(100, 100)]))[0, 0]
    cut = build_network(streets(lines), split_at_shared_vertices=True)
    assert cut.n_edges == 4
    assert matrix(cut, [(0, 0)], [(100, 100)])[0, 0] == pytest.approx(200)


def test_motorways_are_left_out_and_counted():
    lines = [LineString([(0, 0), (100, 0)]), LineString([(0, 0), (0, 300), (100, 300), (100, 0)])]
    layer = streets(lines, ClsRte=["Autoroute", "Locale"])
    with_motorway = build_network(layer)
    assert matrix(with_motorway, [(0, 0)], [(100, 0)])[0, 0] == pytest.approx(100)
    on_foot = build_network(layer, class_column="ClsRte")
    assert on_foot.dropped_unwalkable == 1
    assert matrix(on_foot, [(0, 0)], [(100, 0)])[0, 0] == pytest.approx(700)


def test_one_way_streets_are_walked_both_ways():
    layer = streets([LineString([(0, 0), (100, 0)])], oneway=["yes"])
    assert matrix(build_network(layer), [(100, 0)], [(0, 0)])[0, 0] == pytest.approx(100)


def test_a_barrier_cuts_the_streets_it_touches_and_the_connectors_it_crosses():
    lines = [
        LineString([(0, 0), (100, 0)]),
        LineString([(0, 0), (0, 300)]),
        LineString([(0, 300), (100, 300)]),
        LineString([(100, 300), (100, 0)]),
    ]
    railway = gpd.GeoSeries([LineString([(50, -50), (50, 50)])], crs=CRS)
    network = build_network(streets(lines), barriers=railway)
    assert network.dropped_barrier == 1
    assert matrix(network, [(0, 0)], [(100, 0)])[0, 0] == pytest.approx(700)
    # A house at (40, 5) would walk 40 m to the left street; the fence bars the 10 m to the right.
    fence = gpd.GeoSeries([LineString([(-5, 100), (5, 100)])], crs=CRS)
    fenced = build_network(streets(lines[2:]), barriers=fence)
    assert fenced.dropped_barrier == 0
    wall = gpd.GeoSeries([LineString([(95, 50), (95, 200)])], crs=CRS)
    walled = build_network(streets(lines), barriers=wall)
    house = snap(walled, np.array([[90.0, 100.0]]))
    assert walled.lines[house.edge[0]].equals(lines[1]) or house.snap_m[0] > 10


def test_the_whole_network_may_be_barred():
    railway = gpd.GeoSeries([LineString([(50, -50), (50, 50)])], crs=CRS)
    with pytest.raises(ValuesError):
        build_network(streets([LineString([(0, 0), (100, 0)])]), barriers=railway)


def test_an_island_is_unreachable_and_never_averaged():
    lines = [LineString([(0, 0), (100, 0)]), LineString([(5000, 0), (5100, 0)])]
    network = build_network(streets(lines))
    assert network.component_shares() == pytest.approx([0.5, 0.5])
    values = matrix(network, [(0, 0), (5000, 0)], [(100, 0)])
    assert values[0, 0] == pytest.approx(100)
    assert np.isinf(values[1, 0])


def test_points_without_coordinates_or_too_far_are_off_the_network():
    network = build_network(streets([LineString([(0, 0), (100, 0)])]))
    snapped = snap(network, np.array([[np.nan, 0], [50, 999.0], [50, 1001.0]]))
    assert snapped.is_on_network.tolist() == [False, True, False]
    values = matrix(network, [(np.nan, 0), (50, 0)], [(0, 0), (np.nan, np.nan)])
    assert np.isinf(values[0]).all()
    assert values[1].tolist() == [50, np.inf]
    nobody = snap(network, np.array([[np.nan, np.nan]]))
    assert np.isinf(nearest_distance(network, snapped, nobody)).all()


def test_empty_and_multipart_shapes():
    layer = streets(
        [
            None,
            LineString(),
            Point(0, 0),
            MultiLineString([[(0, 0), (50, 0)], [(50, 0), (100, 0)]]),
            LineString([(0, 0, 5), (0, 100, 9)]),
        ]
    )
    network = build_network(layer)
    assert network.dropped_empty == 3
    assert network.n_edges == 3
    assert matrix(network, [(0, 100)], [(100, 0)])[0, 0] == pytest.approx(200)


def test_degrees_and_unknown_columns_are_refused():
    layer = streets([LineString([(0, 0), (1, 0)])])
    with pytest.raises(CrsError):
        build_network(layer.set_crs("EPSG:4326", allow_override=True))
    with pytest.raises(CrsError):
        build_network(gpd.GeoDataFrame(geometry=list(layer.geometry)))
    with pytest.raises(MissingColumnError, match="ClsRte"):
        build_network(layer, class_column="ClsRte")


def test_nearest_is_the_least_of_the_matrix_and_networkx_agrees():
    rng = np.random.default_rng(7)
    layer = grid(12)
    layer = layer[rng.random(len(layer)) < 0.7]
    network = build_network(layer)
    origins, services = rng.uniform(-50, 1150, (40, 2)), rng.uniform(-50, 1150, (6, 2))
    full = matrix(network, origins, services)
    o, s = snap(network, origins), snap(network, services)
    np.testing.assert_allclose(nearest_distance(network, o, s), full.min(axis=1))

    graph = nx.Graph()
    for k, (u, v, length) in enumerate(
        zip(network.edge_u, network.edge_v, network.edge_length_m, strict=True)
    ):
        stops = [(0.0, ("n", u)), (length, ("n", v))]
        stops += [(o.along_m[i], ("o", i)) for i in np.flatnonzero(o.edge == k)]
        stops += [(s.along_m[j], ("s", j)) for j in np.flatnonzero(s.edge == k)]
        stops.sort(key=lambda stop: stop[0])
        for (a, left), (b, right) in itertools.pairwise(stops):
            graph.add_edge(left, right, weight=b - a)
    for j in range(len(services)):
        length = nx.single_source_dijkstra_path_length(graph, ("s", j))
        for i in range(len(origins)):
            if ("o", i) in length:
                want = length[("o", i)] + o.snap_m[i] + s.snap_m[j]
                assert full[i, j] == pytest.approx(want)
            else:
                assert np.isinf(full[i, j])


def uneven(n=60, seed=3):
    """Streets with a tenth missing, ends a little apart, and a long one with no crossing."""
    rng = np.random.default_rng(seed)
    layer = grid(n)
    layer = layer[rng.random(len(layer)) < 0.9]
    long = streets([LineString([(0, -20), (100 * n, -20)]), LineString([(0, 0), (0, -20)])])
    return build_network(pd.concat([layer, long], ignore_index=True))


@pytest.mark.parametrize("limit", [5.0, 400.0, 1500.0, 1e6])
@pytest.mark.parametrize("small_pieces", [False, True])
def test_pairs_within_a_limit_are_those_of_the_whole_table(monkeypatch, limit, small_pieces):
    rng = np.random.default_rng(3)
    network = uneven()
    origins, services = rng.uniform(-50, 5950, (300, 2)), rng.uniform(-50, 5950, (40, 2))
    services[:4] = origins[:4] + 1.0  # neighbours on one street
    services[4] = [9e5, 9e5]  # off the network
    services[5:7] = [[2950.0, -20.0], [2950.0, -20.0]]  # two in the middle of the long street
    origins[5:7] = [[2600.0, -20.0], [2953.0, -20.0]]
    full = matrix(network, origins, services)
    if small_pieces:
        monkeypatch.setattr(network_near, "_PIECE_NODES", 1)
        monkeypatch.setattr(network_near, "_BLOCK_CELLS", 1)
        monkeypatch.setattr(network_paths, "_BLOCK_CELLS", 1)
        np.testing.assert_allclose(matrix(network, origins, services), full)
    want = np.where(full <= limit, full, np.inf)
    np.testing.assert_allclose(matrix(network, origins, services, limit_m=limit), want)
    pairs = near_pairs(network, snap(network, origins), snap(network, services), limit)
    assert (pairs.count() == (full <= limit).sum(axis=1)).all()
    assert len(pairs.origin) == np.isfinite(want).sum() > 0
    nobody = snap(network, np.array([[np.nan, np.nan]]))
    assert not len(near_pairs(network, snap(network, origins), nobody, limit).origin)
    assert not len(near_pairs(network, nobody, snap(network, services), limit).origin)


@pytest.mark.parametrize("limit", [0.0, -1.0, np.nan, np.inf])
def test_pairs_need_a_limit(limit):
    network = build_network(streets([LineString([(0, 0), (100, 0)])]))
    point = snap(network, np.array([[1.0, 0.0]]))
    with pytest.raises(ValuesError, match="plus grand que 0"):
        near_pairs(network, point, point, limit)


def test_catchments_from_pairs_are_those_from_the_table():
    rng = np.random.default_rng(5)
    network = uneven(20)
    o, s = (snap(network, rng.uniform(0, 1900, (n, 2))) for n in (80, 12))
    ids = pd.RangeIndex(80), pd.RangeIndex(12)
    cost = network_matrix(network, o, s, *ids)
    people, supply = rng.integers(0, 300, 80).astype(float), rng.integers(0, 9, 12).astype(float)
    zones = Steps({300: 1.0, 600: 0.68, 900: 0.22})
    pairs = near_pairs(network, o, s, 900.0)
    want = enhanced_two_step(cost, pd.Series(people), zones, pd.Series(supply)).to_numpy()
    got = shared_supply(pairs, people, zones, supply)
    np.testing.assert_allclose(got, want)
    assert people @ got == pytest.approx(
        supply_reached(cost, pd.Series(people), zones, pd.Series(supply))
    )
    with pytest.raises(ValuesError, match="au-delà de"):
        shared_supply(pairs, people, Threshold(901.0), supply)
    with pytest.raises(ValuesError, match="positives ou nulles"):
        shared_supply(pairs, np.full(80, np.nan), zones)


points = st.lists(
    st.tuples(st.floats(-80, 480), st.floats(-80, 480)), min_size=1, max_size=5, unique=True
)


@settings(max_examples=60, deadline=None)
@given(origins=points, services=points, keep=st.integers(0, 2**16))
def test_a_walk_is_never_shorter_than_the_crow_flies(origins, services, keep):
    rng = np.random.default_rng(keep)
    layer = grid(5)
    network = build_network(layer[rng.random(len(layer)) < 0.8])
    values = matrix(network, origins, services)
    for i, o in enumerate(origins):
        for j, s in enumerate(services):
            assert values[i, j] >= np.hypot(o[0] - s[0], o[1] - s[1]) - 1e-6


@settings(max_examples=40, deadline=None)
@given(origins=points, services=points)
def test_adding_a_service_never_lengthens_a_walk(origins, services):
    network = build_network(grid(5))
    o = snap(network, np.asarray(origins))
    fewer = nearest_distance(network, o, snap(network, np.asarray(services)[:1]))
    more = nearest_distance(network, o, snap(network, np.asarray(services)))
    assert (more <= fewer + 1e-9).all()


def test_the_order_of_streets_and_points_changes_nothing():
    rng = np.random.default_rng(11)
    layer = grid(8)
    origins, services = rng.uniform(0, 700, (30, 2)), rng.uniform(0, 700, (5, 2))
    straight = matrix(build_network(layer), origins, services)
    shuffled = layer.sample(frac=1, random_state=1)
    turned = shuffled.set_geometry(shapely.reverse(shuffled.geometry.to_numpy()))
    turned = turned.set_crs(CRS, allow_override=True)
    order = rng.permutation(30)
    np.testing.assert_allclose(
        matrix(build_network(turned), origins[order], services), straight[order]
    )
