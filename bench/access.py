"""
Walking distances, measures, what-if and sites on generated cities; ratios in one run.

    python bench/access.py                    all of it, a few minutes
    python bench/access.py --quick            fewer repeats
    python bench/access.py --only city        the island of Montréal, from the embedded data
    python bench/access.py --nodes 10000      one size of network
    python bench/access.py --streets FILE     a street layer instead of made-up cities
    python bench/access.py --pandana PYTHON   with a Python that has pandana (AGPL, so in an
                                              environment of its own; see docs/benchmarks/access.md)

networkx and pandana answer the same questions on the same graph, between nodes, and their answers
are compared with ours before any time is printed. networkx searches from the services, once from
all of them for the nearest and within the reach from each for the others, as its documentation
advises. Times are seconds of processor, one thread each, so that a busy
machine changes them little.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import shapely

from revital.domain import access, catchment
from revital.domain.cost_matrix import straight_line
from revital.domain.decay import Steps
from revital.domain.network import StreetNetwork, build_network
from revital.domain.network_near import near_pairs
from revital.domain.network_paths import nearest_distance, snap
from revital.domain.siting import choose_sites
from revital.domain.whatif import compare, scenario_cost
from revital.services.access import measure_access
from revital.services.access_ground import AccessQuery
from revital.services.access_map import access_map
from revital.services.best_sites import best_sites
from revital.services.data import open_data
from revital.services.scenarios import Scenario, run_scenario

SPACING_M = 80.0
REACH_M = 1200.0
# Its hierarchy of 200,000 crossings takes longer than the rest of the benchmark.
PANDANA_LIMIT_S = 60
ZONES = Steps({400: 1.0, 800: 0.68, 1200: 0.22})


def city(nodes: int) -> gpd.GeoDataFrame:
    """
    A grid of streets with uneven blocks, crossings out of line and a tenth of the streets missing.

    Crossings stand up to 10 m off the lines of the grid, as real ones do. On an exact grid all ways
    round a block are equal, and pandana had not built 10,000 crossings after fifteen minutes.
    """
    n = int(np.sqrt(nodes))
    rng = np.random.default_rng(1)
    at = np.cumsum(SPACING_M * rng.uniform(0.7, 1.3, n))
    x, y = np.meshgrid(at, at)
    xy = np.column_stack([x.ravel(), y.ravel()])
    xy += np.random.default_rng(0).uniform(-10, 10, xy.shape)
    index = np.arange(n * n).reshape(n, n)
    pairs = np.vstack(
        [
            np.column_stack([index[:, :-1].ravel(), index[:, 1:].ravel()]),
            np.column_stack([index[:-1].ravel(), index[1:].ravel()]),
        ]
    )
    pairs = pairs[rng.random(len(pairs)) < 0.9]
    return gpd.GeoDataFrame(geometry=shapely.linestrings(xy[pairs]), crs="EPSG:32188")


def timed(work: Callable[[], Any], repeats: int = 3) -> tuple[float, Any]:
    """Median time of some repeats, and the answer."""
    times, answer = [], None
    for _ in range(repeats):
        start = time.process_time()
        answer = work()
        times.append(time.process_time() - start)
    return float(np.median(times)), answer


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def edge_graph(network: StreetNetwork) -> nx.Graph:
    graph = nx.Graph()
    graph.add_nodes_from(range(network.n_nodes))
    for u, v, w in zip(network.edge_u, network.edge_v, network.edge_length_m, strict=True):
        if not graph.has_edge(u, v) or graph[u][v]["weight"] > w:
            graph.add_edge(int(u), int(v), weight=float(w))
    return graph


def within_nx(graph: nx.Graph, o: np.ndarray, s: np.ndarray) -> np.ndarray:
    position = {int(node): i for i, node in enumerate(o)}
    values = np.full((len(o), len(s)), np.inf)
    where: dict[int, list[int]] = {}
    for i, node in enumerate(o):
        where.setdefault(int(node), []).append(i)
    for j, node in enumerate(s):
        reach = nx.single_source_dijkstra_path_length(graph, int(node), cutoff=REACH_M)
        for n in reach.keys() & position.keys():
            values[where[n], j] = reach[n]
    return values


def e2sfca(values: np.ndarray, people: np.ndarray) -> np.ndarray:
    weight = np.where(np.isfinite(values), ZONES(values), 0.0)
    demand = people @ weight
    ratio = np.divide(1.0, demand, out=np.zeros(len(demand)), where=demand > 0)
    return weight @ ratio


@lru_cache(maxsize=1)
def built(what: int | Path) -> tuple[float, StreetNetwork, float, nx.Graph]:
    """Our network and that of networkx, with the time each took to build."""
    is_file = isinstance(what, Path)
    streets = gpd.read_file(what).to_crs("EPSG:32188") if is_file else city(what)
    column = next((c for c in ("ClsRte", "highway", "kind") if c in streets.columns), None)

    def build() -> StreetNetwork:
        network = build_network(streets, class_column=column, split_at_shared_vertices=is_file)
        assert network.tiles is not None  # made with the network, so that no answer pays for it
        return network

    build_s, network = timed(build, 1)
    graph_s, graph = timed(lambda: edge_graph(network), 1)
    return build_s, network, graph_s, graph


def network_run(
    what: int | Path, services: int, origins: int, pandana: str | None, repeats: int
) -> list[dict]:
    rng = np.random.default_rng(2)
    build_s, network, graph_s, graph = built(what)
    o_node = rng.choice(np.unique(network.edge_u), origins)
    s_node = rng.choice(np.unique(network.edge_u), services)
    people = rng.integers(0, 500, origins).astype(float)
    o_xy, s_xy = network.node_xy[o_node], network.node_xy[s_node]
    snap_s, (o, s) = timed(lambda: (snap(network, o_xy), snap(network, s_xy)), 1)
    ours: dict[str, tuple[float, Any]] = {}
    # Ours take milliseconds: more repeats, so that another program's turn weighs nothing.
    often = 5 * repeats
    before = peak_mb()
    ours["nearest"] = timed(lambda: nearest_distance(network, o, s), often)
    ours["cumulative"] = timed(lambda: near_pairs(network, o, s, REACH_M).count(), often)
    ours["e2sfca"] = timed(
        lambda: catchment.shared_supply(near_pairs(network, o, s, REACH_M), people, ZONES), often
    )
    peak = peak_mb()

    theirs: dict[str, tuple[float, Any]] = {}

    def nearest_nx() -> np.ndarray:
        reach = nx.multi_source_dijkstra_path_length(graph, {int(n) for n in s_node})
        return np.array([reach.get(int(n), np.inf) for n in o_node])

    theirs["nearest"] = timed(nearest_nx, repeats)
    within_s, values = timed(lambda: within_nx(graph, o_node, s_node), repeats)
    count_s, count = timed(lambda: (values <= REACH_M).sum(axis=1), repeats)
    fca_s, fca = timed(lambda: e2sfca(values, people), repeats)
    theirs["cumulative"] = within_s + count_s, count
    theirs["e2sfca"] = within_s + fca_s, fca
    for name, (_, answer) in theirs.items():
        if isinstance(what, Path):
            # Ends of real streets are merged a few centimetres apart: points stand that far off.
            assert np.mean(~np.isclose(ours[name][1], answer, rtol=1e-3, atol=0.5)) < 0.01
        else:
            np.testing.assert_allclose(ours[name][1], answer, rtol=1e-6, atol=1e-3)

    third = pandana_run(pandana, network, o_node, s_node, people) if pandana else {}
    rows = [
        {
            "nodes": network.n_nodes,
            "services": services,
            "measure": name,
            "revital_s": ours[name][0],
            "networkx_s": theirs[name][0],
            "ratio": theirs[name][0] / ours[name][0],
            "pandana_s": third.get(name),
            "pandana_ratio": third[name] / ours[name][0] if third else None,
            "with_builds_ratio": (
                (third["build"] + third[name]) / (build_s + snap_s + ours[name][0])
                if third
                else None
            ),
            "build_revital_s": build_s,
            "snap_revital_s": snap_s,
            "build_networkx_s": graph_s,
            "build_pandana_s": third.get("build"),
            "peak_mb": peak,
            "answers_added_mb": peak - before,
        }
        for name in ("nearest", "cumulative", "e2sfca")
    ]
    if third:
        near = np.asarray(third["nearest_values"])
        ok = near < third["far"] - 1
        np.testing.assert_allclose(ours["nearest"][1][ok], near[ok], rtol=1e-4, atol=0.5)
    return rows


PANDANA = """
import json, sys, time, warnings
warnings.simplefilter("ignore")
import numpy as np, pandas as pd, pandana
z = np.load(sys.argv[1])
def timed(f, n):
    times = []
    for _ in range(n):
        t = time.process_time(); r = f(); times.append(time.process_time() - t)
    return float(np.median(times)), r
xy = z["xy"]
t = time.process_time()
net = pandana.Network(pd.Series(xy[:, 0]), pd.Series(xy[:, 1]), pd.Series(z["u"]),
                      pd.Series(z["v"]), pd.DataFrame({"w": z["w"]}), twoway=True)
net.precompute(float(z["reach"]))
build = time.process_time() - t
s, o = z["s"], z["o"]
FAR = 5000.0
def nearest():
    net.set_pois("s", FAR, 1, pd.Series(xy[s, 0]), pd.Series(xy[s, 1]))
    return net.nearest_pois(FAR, "s", num_pois=1)[1].to_numpy()[o]
def within(nodes, amount, reach):
    net.set(pd.Series(nodes), variable=pd.Series(amount), name="n")
    return net.aggregate(reach, type="sum", decay="flat", name="n").to_numpy()
def cumulative():
    return within(s, np.ones(len(s)), float(z["reach"]))[o]
def zones(nodes, amount):
    # Weights 1, 0.68 and 0.22 as a sum of three flat catchments.
    parts = ((400.0, 0.32), (800.0, 0.46), (1200.0, 0.22))
    return sum(w * within(nodes, amount, reach) for reach, w in parts)
def e2sfca():
    demand = zones(o, z["people"])[s]
    ratio = np.divide(1.0, demand, out=np.zeros(len(s)), where=demand > 0)
    return zones(s, ratio)[o]
out = {"build": build, "far": FAR}
out["nearest"], near = timed(nearest, 3)
out["cumulative"], count = timed(cumulative, 3)
out["e2sfca"], _ = timed(e2sfca, 3)
out["nearest_values"] = near.tolist()
print(json.dumps(out))
"""


def pandana_run(
    python: str, network: StreetNetwork, o: np.ndarray, s: np.ndarray, people: np.ndarray
) -> dict:
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "graph.npz"
        np.savez(
            data,
            xy=network.node_xy,
            u=network.edge_u,
            v=network.edge_v,
            w=network.edge_length_m,
            o=o,
            s=s,
            reach=REACH_M,
            people=people,
        )
        try:
            done = subprocess.run(
                [python, "-c", PANDANA, str(data)],
                capture_output=True,
                text=True,
                check=False,
                timeout=PANDANA_LIMIT_S,
                env={**os.environ, "OMP_NUM_THREADS": "1"},
            )
        except subprocess.TimeoutExpired:
            print("pandana left out: not done in time", file=sys.stderr)
            return {}
    if done.returncode:
        print("pandana left out:", done.stderr.strip().splitlines()[-1:], file=sys.stderr)
        return {}
    return json.loads(done.stdout.splitlines()[-1])


def whatif_run() -> list[dict]:
    """3,228 areas and 354 stores: the island of Montréal, in size."""
    rng = np.random.default_rng(3)
    origins, stores = rng.uniform(0, 40000, (3228, 2)), rng.uniform(0, 40000, (354, 2))
    people = rng.integers(0, 900, 3228).astype(float)
    ids, names = pd.RangeIndex(3228), pd.Index([f"s{k}" for k in range(354)])
    cold, matrix = timed(lambda: straight_line(origins, stores, ids, names, detour_factor=1.3), 1)
    new = np.array([[20000.0, 20000.0]])

    def answer() -> Any:
        added = straight_line(origins, new, ids, pd.Index(["n"]), detour_factor=1.3).values
        after = scenario_cost(matrix, added=added, closed=["s3", "s8"])
        return compare(matrix.nearest_cost, after, people, 1000, ids)

    warm, _ = timed(answer, 5)
    slider, _ = timed(lambda: access.summarize(matrix.nearest_cost, people, 1050), 5)
    grid = rng.uniform(0, 40000, (500, 2))
    candidates = straight_line(origins, grid, ids, pd.Index([f"g{k}" for k in range(500)]))
    base = matrix.nearest_cost
    rows = [
        {"what": "first answer (matrix and scenario)", "s": cold + warm},
        {"what": "scenario on the kept matrix", "s": warm},
        {"what": "threshold moved", "s": slider},
    ]
    for p in (1, 2):
        took, _ = timed(
            lambda p=p: choose_sites(
                candidates, people, "mclp", p=p, threshold=1000, existing_cost=base
            ),
            1,
        )
        rows.append({"what": f"best {p} of 500 places, all tried", "s": took})
    return rows


def city_run() -> list[dict]:
    """The island of Montréal in the embedded data: what the page *Services* waits for."""
    territory = "ile-de-montreal"
    with tempfile.TemporaryDirectory() as folder:
        os.environ["REVITAL_HOME"] = folder
        data = open_data()
        clock = time.perf_counter

        def once(work: Callable[[], Any]) -> tuple[float, Any]:
            start = clock()
            answer = work()
            return clock() - start, answer

        cold, found = once(lambda: measure_access(data, AccessQuery(territory, "grocery")))
        origins, stores = len(found.units), len(found.listing.counted)
        print(f"{territory}: {origins} areas, {stores} stores counted, method {found.method}")
        other = [
            once(lambda m=m: measure_access(data, AccessQuery(territory, "grocery", m)))[0]
            for m in (800.0, 850.0, 900.0)
        ]
        again, _ = once(lambda: measure_access(data, AccessQuery(territory, "grocery", 900.0)))
        store = found.listing.counted[0].id
        scenarios = [Scenario(((45.5 + k / 100, -73.6),), (store,) if k else ()) for k in range(3)]
        answers = [
            once(lambda s=s: run_scenario(data, found.query, s, is_on_incomplete_list=False))[0]
            for s in scenarios
        ]
        static = Path(folder) / "static"
        drawn_cold, _ = once(lambda: access_map(data, found.query, Scenario(), static))
        drawn = [once(lambda s=s: access_map(data, found.query, s, static))[0] for s in scenarios]
        sites, _ = once(lambda: best_sites(data, found.query, p=2))
    return [
        {"what": "first answer, everything read", "s": cold},
        {"what": "another threshold (median of 3)", "s": float(np.median(other))},
        {"what": "a threshold already asked", "s": again},
        {"what": "first scenario", "s": answers[0]},
        {"what": "another scenario (worse of 2)", "s": max(answers[1:])},
        {"what": "first map", "s": drawn_cold},
        {"what": "map of a scenario (median of 3)", "s": float(np.median(drawn))},
        {"what": "best two sites of a grid, all tried", "s": sites},
    ]


def growth_run() -> list[dict]:
    """Nearest and E2SFCA as origins and services grow, on 10,000 nodes."""
    network = build_network(city(10_000))
    rng = np.random.default_rng(4)
    rows = []
    for origins, services in ((1000, 50), (5000, 50), (20000, 50), (5000, 200), (5000, 1000)):
        o = snap(network, network.node_xy[rng.integers(0, network.n_nodes, origins)])
        s = snap(network, network.node_xy[rng.integers(0, network.n_nodes, services)])
        people = np.ones(origins)
        near, _ = timed(lambda o=o, s=s: nearest_distance(network, o, s))
        fca, _ = timed(
            lambda o=o, s=s, people=people: catchment.shared_supply(
                near_pairs(network, o, s, REACH_M), people, ZONES
            )
        )
        rows.append({"origins": origins, "services": services, "nearest_s": near, "e2sfca_s": fca})
    return rows


def show(rows: list[dict]) -> None:
    def cell(value: object) -> str:
        if value is None:
            return "-"
        return f"{value:.3g}" if isinstance(value, float) else str(value)

    heads = list(rows[0])
    print("| " + " | ".join(heads) + " |")
    print("|" + "---|" * len(heads))
    for row in rows:
        print("| " + " | ".join(cell(row[h]) for h in heads) + " |")
    print(flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nodes", type=int, nargs="*", default=[10_000, 200_000])
    parser.add_argument("--services", type=int, nargs="*", default=[50, 1000])
    parser.add_argument("--origins", type=int, default=5000)
    parser.add_argument("--streets", type=Path, help="a street layer instead of made-up cities")
    parser.add_argument("--pandana", help="Python that has pandana")
    parser.add_argument("--only", choices=["network", "whatif", "city", "growth"])
    parser.add_argument("--quick", action="store_true", help="one repeat, no growth")
    args = parser.parse_args()
    if args.only in (None, "city"):
        show(city_run())
    if args.only in (None, "network"):
        if not args.pandana:
            print("pandana left out: give --pandana PYTHON (see the head of this file)")
        repeats = 1 if args.quick else 3
        for what in [args.streets] if args.streets else args.nodes:
            for services in args.services:
                show(network_run(what, services, args.origins, args.pandana, repeats))
    if args.only in (None, "whatif"):
        show(whatif_run())
    if args.only == "growth" or (args.only is None and not args.quick):
        show(growth_run())


if __name__ == "__main__":
    main()
