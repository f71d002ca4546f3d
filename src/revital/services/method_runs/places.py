"""Runs of trends, patterns on the map, access to services and the plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from revital.domain import access as reach
from revital.domain import clusters, food_access, plan_progress, trends
from revital.domain.catchment import two_step
from revital.domain.cost_matrix import CostMatrix
from revital.services.method_runs.registry import Plain, plain, run_of


@run_of("common_geography")
def _common_geography(
    links: Sequence[Sequence[Any]],
    counts: Mapping[int, Mapping[str, float]],
) -> Plain:
    table = pd.DataFrame(links, columns=["from_year", "from_id", "to_year", "to_id"])
    geography = trends.common_geography([table])
    tables = {
        int(year): pd.DataFrame({"count": pd.Series(dict(areas))}) for year, areas in counts.items()
    }
    sums = trends.on_common_geography(tables, geography, counts=["count"])["count"]
    return {
        "components": [
            sorted(f"{year} {id_}" for year, id_ in zip(rows["year"], rows["id"], strict=True))
            for _, rows in geography.groupby("component")
        ],
        "sums": [
            {str(year): plain(sums[(component, year)]) for year in sorted(tables)}
            for component in sorted(geography["component"].unique())
        ],
    }


@run_of("constant_dollars")
def _constant_dollars(
    amounts: Mapping[int, float], prices: Mapping[int, float], base_year: int
) -> Plain:
    return {"amounts": plain(trends.constant_dollars(amounts, prices, base_year=base_year))}


@run_of("global_moran")
def _global_moran(values: Sequence[float], neighbours: Mapping[int, Sequence[int]]) -> Plain:
    import libpysal

    weights = libpysal.weights.W({i: list(n) for i, n in neighbours.items()})
    weights.transform = "r"
    found = clusters.global_moran(pd.Series(values, index=weights.id_order), weights)
    return {"i": found.i, "expected": found.expected}


@run_of("false_discovery_rate")
def _fdr(p: Sequence[float], alpha: float = 0.05) -> Plain:
    return {"threshold": clusters.fdr_threshold(p, alpha=alpha)}


@run_of("mean_distance")
def _mean_distance(
    distances: Sequence[float], people: Sequence[float], threshold: float = 1000
) -> Plain:
    found = reach.summarize(np.array(distances, float), np.array(people, float), threshold)
    return {"mean": found.mean_cost, "share_within": found.share_within}


@run_of("low_food_access")
def _low_food_access(distances: Sequence[float], people: Sequence[float]) -> Plain:
    found = reach.summarize(np.array(distances, float), np.array(people, float), 1000)
    low = food_access.low_access(pd.Series({"area": found.mean_cost}))
    return {
        "mean": found.mean_cost,
        "share_within": found.share_within,
        "low_access": bool(low["area"]),
    }


@run_of("healthy_outlets")
def _healthy_outlets(healthy: int, less_healthy: int) -> Plain:
    found = food_access.healthy_outlet_share(
        pd.Series({"area": healthy}), pd.Series({"area": less_healthy})
    )
    return {"index": plain(found["area"])}


@run_of("two_step_catchment")
def _two_step(
    costs: Mapping[str, Mapping[str, float]],
    population: Mapping[str, float],
    supply: Mapping[str, float],
    limit: float,
) -> Plain:
    table = pd.DataFrame.from_dict({k: dict(v) for k, v in costs.items()}, orient="index")
    matrix = CostMatrix(table.to_numpy(float), table.index, table.columns)
    found = two_step(matrix, pd.Series(dict(population)), limit, pd.Series(dict(supply)))
    return {"access": plain(found)}


@run_of("weighted_progress")
def _weighted_progress(parts: Sequence[Sequence[float]]) -> Plain:
    return {"progress": plan_progress.roll_up([(p[0], p[1]) for p in parts])}
