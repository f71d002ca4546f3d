"""
Time and memory of the statistics: figures, robustness draws, interpolation, clusters.

    python bench/bench_statistics.py [--json results.json] [--repeat 3]

Nothing is read from disk or from the network: areas and counts are made from a seed. Medians of the
repeats are shown; quote ratios rather than times. Interpolation is compared with tobler in the same
run when tobler can be imported (it is not a dependency: put this project on the path of an
environment that has it), else that line says so.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import statistics
import sys
import time
import tracemalloc
import warnings
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.spatial import Voronoi

from revital.domain import indicators
from revital.domain.composite import Aggregation
from revital.domain.interpolate import area_shares, interpolate
from revital.domain.robustness import Variant, rank_robustness

CITY, PROVINCE = 275, 13_800
SHARES, RATES, MEANS, MEDIANS = 40, 12, 12, 8


def measured(task: Callable[[], object], repeat: int) -> dict[str, float]:
    """Return the median time (s) of a task and its peak of memory (MB), measured apart."""
    times = []
    for _ in range(repeat):
        start = time.perf_counter()
        task()
        times.append(time.perf_counter() - start)
    tracemalloc.start()
    task()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return {"seconds": statistics.median(times), "peak_mb": peak / 1e6}


# --- Figures -------------------------------------------------------------------------------------


def census(rows: int) -> pd.DataFrame:
    """Return made-up counts of `rows` areas, rounded to 5."""
    rng = np.random.default_rng(rows)
    people = rng.integers(60, 180, rows) * 5.0
    return pd.DataFrame(
        {
            "people": people,
            "part": np.floor(people * rng.uniform(0, 0.6, rows) / 5) * 5,
            "income": rng.normal(38_000, 6_000, rows),
            "score": rng.standard_normal(rows),
        },
        index=[f"2437{i:05}" for i in range(rows)],
    )


def all_figures(table: pd.DataFrame, groups: pd.Series | None) -> None:
    """Compute a set of figures the size of the catalogue."""
    share = pd.DataFrame({"numerator": table["part"], "denominator": table["people"]})
    mean = pd.DataFrame({"value": table["score"], "weight": table["people"]})
    median = pd.DataFrame({"median": table["income"], "weight": table["people"]})
    for name, inputs, times in (
        ("share", share, SHARES),
        ("rate", share, RATES),
        ("weighted_mean", mean, MEANS),
        ("median_approximation", median, MEDIANS),
    ):
        for _ in range(times):
            indicators.compute(name, inputs, groups=groups, population=table["people"])


# --- Interpolation -------------------------------------------------------------------------------


def coverage(count: int, vertices: int, seed: int) -> gpd.GeoDataFrame:
    """Return a coverage of a 20 km square by `count` cells with wiggly borders."""
    rng = np.random.default_rng(seed)
    side = 20_000.0
    points = rng.uniform(0, side, (count, 2))
    # Mirrors close the cells at the edge of the square.
    mirrored = [points]
    for axis in (0, 1):
        for edge in (0.0, side):
            copy = points.copy()
            copy[:, axis] = 2 * edge - copy[:, axis]
            mirrored.append(copy)
    diagram = Voronoi(np.vstack(mirrored))
    cells = [
        shapely.Polygon(diagram.vertices[diagram.regions[diagram.point_region[i]]])
        for i in range(count)
    ]
    clipped = shapely.intersection(np.array(cells), shapely.box(0, 0, side, side))
    length = np.median(shapely.length(clipped)) / vertices
    dense = shapely.segmentize(clipped, length)
    # One smooth displacement of the plane keeps the coverage whole and its borders curved.
    bent = shapely.transform(
        dense,
        lambda xy: xy + 60 * np.column_stack([np.sin(xy[:, 1] / 400), np.sin(xy[:, 0] / 350)]),
    )
    frame = gpd.GeoDataFrame({"pop": rng.integers(60, 180, count) * 5.0}, geometry=bent)
    frame["low"] = np.floor(frame["pop"] * rng.uniform(0, 0.5, count))
    return frame.set_crs("EPSG:32188").set_index(pd.Index([f"a{i:05}" for i in range(count)]))


def ours(source: gpd.GeoDataFrame, target: gpd.GeoDataFrame) -> pd.DataFrame:
    """Interpolate with this project."""
    counts = pd.DataFrame(source[["pop", "low"]])
    return interpolate(counts, area_shares(source, target), extensive=["pop", "low"]).values


def theirs(source: gpd.GeoDataFrame, target: gpd.GeoDataFrame) -> pd.DataFrame:
    """Interpolate with tobler, totals not spread."""
    from tobler.area_weighted import area_interpolate

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return area_interpolate(
            source, target, extensive_variables=["pop", "low"], allocate_total=False
        )


def interpolation(sources: int, targets: int, repeat: int) -> dict[str, object]:
    source, target = coverage(sources, 85, 1), coverage(targets, 200, 2)
    result: dict[str, object] = {"sources": sources, "targets": targets}
    # The two layers cover the same ground but for the hair between their bent edges.
    inside = target.union_all()
    exact = shapely.area(shapely.intersection(source.geometry.to_numpy(), inside))
    expected = (source["pop"].to_numpy() * exact / source.area.to_numpy()).sum()
    result["our_error"] = abs(ours(source, target)["pop"].sum() / expected - 1)
    if importlib.util.find_spec("tobler") is None:
        result["ours"] = measured(lambda: ours(source, target), repeat)
        result["tobler"] = "not installed here: not compared"
        return result
    theirs(source, target)
    # In turn, so that whatever else the machine does weighs on both.
    times: dict[str, list[float]] = {"ours": [], "tobler": []}
    for _ in range(max(repeat, 5)):
        for name, task in (("ours", ours), ("tobler", theirs)):
            start = time.perf_counter()
            task(source, target)
            times[name].append(time.perf_counter() - start)
    result |= {f"{name}_seconds": statistics.median(taken) for name, taken in times.items()}
    result["tobler_error"] = abs(float(theirs(source, target)["pop"].sum()) / expected - 1)
    result["times_faster"] = result["tobler_seconds"] / result["ours_seconds"]  # type: ignore[operator]
    return result


# --- All -----------------------------------------------------------------------------------------


def run(repeat: int) -> tuple[dict[str, object], list[tuple[str, bool, str]]]:
    """Run everything; return the numbers, and each expectation with whether it holds."""
    results: dict[str, object] = {}
    checks: list[tuple[str, bool, str]] = []
    city, province = census(CITY), census(PROVINCE)
    all_figures(city, None)  # imports and caches warm up before anything is timed
    small = measured(lambda: all_figures(city, None), repeat)
    large = measured(lambda: all_figures(province, None), repeat)
    territory = measured(lambda: all_figures(city, pd.Series("city", index=city.index)), repeat)
    growth = (large["seconds"] / small["seconds"]) / (PROVINCE / CITY)
    results["figures"] = {
        "count": SHARES + RATES + MEANS + MEDIANS,
        f"{CITY} areas": small,
        f"{PROVINCE} areas": large,
        "one territory": territory,
        "growth_over_linear": growth,
    }
    checks.append(("figures grow no worse than linearly", growth <= 1, f"{growth:.2f} x linear"))

    rng = np.random.default_rng(0)
    names = [f"i{j:02}" for j in range(20)]
    x = pd.DataFrame(rng.random((60, 20)), index=[f"u{i:02}" for i in range(60)], columns=names)
    plain = measured(lambda: rank_robustness({"n": Variant(x)}, draws=10_000), repeat)
    both = {"a": Variant(x), "g": Variant(x, Aggregation.GEOMETRIC)}
    mixed = measured(lambda: rank_robustness(both, draws=10_000), repeat)
    results["robustness 60 x 20, 10,000 draws"] = {"weights": plain, "and aggregation": mixed}
    checks.append(
        ("10,000 draws under a second", plain["seconds"] < 1, f"{plain['seconds']:.3f} s")
    )

    found = [interpolation(n, k, repeat) for n, k in ((CITY, 20), (2_000, 60), (5_000, 150))]
    results["interpolation"] = found
    worst = max(float(case["our_error"]) for case in found)  # type: ignore[arg-type]
    checks.append(("interpolation exact to 1e-9", worst < 1e-9, f"{worst:.1e}"))
    ratios = [float(c["times_faster"]) for c in found if "times_faster" in c]  # type: ignore[arg-type]
    if ratios:
        shown = ", ".join(f"{r:.1f}" for r in ratios)
        checks.append(("at least as fast as tobler", min(ratios) >= 1, f"x {shown}"))

    if importlib.util.find_spec("esda") is not None:
        from revital.domain.clusters import local_clusters

        layer = coverage(CITY, 85, 3)
        layer["rate"] = layer["low"] / layer["pop"]
        local_clusters(layer, "rate", permutations=99)  # esda takes seconds to import, once
        results["local Moran, one city, 9,999 permutations"] = measured(
            lambda: local_clusters(layer, "rate"), repeat
        )
    return results, checks


def show(value: object, indent: int = 0) -> None:
    """Print nested results."""
    space = "  " * indent
    if isinstance(value, dict) and set(value) == {"seconds", "peak_mb"}:
        print(f"{space}{value['seconds']:.4f} s   {value['peak_mb']:.1f} MB")
    elif isinstance(value, dict):
        for key, item in value.items():
            if isinstance(item, dict | list):
                print(f"{space}{key}")
                show(item, indent + 1)
            else:
                shown = f"{item:.3g}" if isinstance(item, float) else item
                print(f"{space}{key}: {shown}")
    elif isinstance(value, list):
        for item in value:
            show(item, indent)
            print()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    results, checks = run(options.repeat)
    show(results)
    for name, holds, value in checks:
        print(f"{'ok ' if holds else 'NOT'} {name}: {value}")
    if options.json:
        options.json.write_text(json.dumps({"results": results, "checks": checks}, indent=2))
    sys.exit(0 if all(holds for _, holds, _ in checks) else 1)


if __name__ == "__main__":
    main()
