"""Runs of scores, ranks and the deprivation index."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from revital.domain import composite, deprivation, robustness, transforms
from revital.services.method_runs.registry import Plain, plain, run_of


def _table(values: Mapping[str, Mapping[str, float | None]]) -> pd.DataFrame:
    return pd.DataFrame.from_dict({k: dict(v) for k, v in values.items()}, orient="index").astype(
        float
    )


@run_of("normalization")
def _normalization(
    values: Mapping[str, float],
    direction: int,
    method: str,
    low: float | None = None,
    high: float | None = None,
) -> Plain:
    bounds = None if low is None else pd.DataFrame({"low": [low], "high": [high]}, index=["x"])
    frame = pd.DataFrame({"x": pd.Series(dict(values), dtype=float)})
    found = composite.normalize(frame, {"x": direction}, method, bounds=bounds)
    return {"normalized": plain(found["x"])}


@run_of("aggregation")
def _aggregation(
    values: Mapping[str, Mapping[str, float | None]],
    weights: Mapping[str, float] | None = None,
    method: str = "arithmetic",
) -> Plain:
    return {"scores": plain(composite.aggregate(_table(values), weights, method))}


@run_of("domain_rule")
def _domain_rule(
    values: Mapping[str, Mapping[str, float | None]],
    domains: Mapping[str, str],
    min_domains: int = composite.MIN_DOMAINS,
) -> Plain:
    scores = composite.domain_scores(_table(values), domains)
    index = composite.index_from_domains(scores, min_domains=min_domains)
    return {
        "domains": {str(unit): plain(scores.loc[unit]) for unit in scores.index},
        "index": plain(index),
    }


@run_of("rank_robustness")
def _rank_robustness(
    values: Mapping[str, Mapping[str, float]],
    draws: int,
    concentration: float,
    seed: int,
    top: int = 1,
) -> Plain:
    found = robustness.rank_robustness(
        {"nominal": robustness.Variant(_table(values))},
        draws=draws,
        concentration=concentration,
        seed=seed,
        top=top,
    )
    table = found.table
    return {
        "scores": plain(table["score"]),
        "ranks": plain(table["rank"]),
        "intervals": {
            str(unit): [int(table.loc[unit, "rank_low"]), int(table.loc[unit, "rank_high"])]
            for unit in table.index
        },
        "first": plain(table["p_first"]),
        "not_told_apart": found.separation().not_told_apart,
    }


@run_of("topsis")
def _topsis(values: Mapping[str, Mapping[str, float]], directions: Mapping[str, int]) -> Plain:
    return {"closeness": plain(composite.topsis(_table(values), directions))}


@run_of("imd_exponential")
def _imd_exponential(relative_rank: Sequence[float]) -> Plain:
    return {"scores": plain(transforms.imd_exponential(relative_rank))}


@run_of("modified_z")
def _modified_z(values: Sequence[float]) -> Plain:
    return {"z": plain(transforms.mad_z(values))}


@run_of("vitality_type")
def _vitality_type(z: Sequence[float]) -> Plain:
    return {"index": float(transforms.vitality_type(z))}


@run_of("yearly_growth")
def _yearly_growth(before: float, after: float, years: float = 5) -> Plain:
    return {
        "on_mean_population": float(transforms.growth_mean_population(before, after, years)),
        "compound": float(transforms.growth_compound(before, after, years)),
    }


@run_of("idms_transforms")
def _idms_transforms(**inputs: float) -> Plain:
    row = deprivation.transform_inputs(pd.DataFrame([inputs]))
    return {str(name): plain(row[name].iloc[0]) for name in row}


@run_of("varimax")
def _varimax(loadings: Sequence[Sequence[float]]) -> Plain:
    rotated, _ = deprivation.varimax(loadings)
    return {
        "angle_degrees": float(np.degrees(deprivation.varimax_angle(loadings))),
        "rotated": plain(rotated),
    }


@run_of("population_quintiles")
def _population_quintiles(
    scores: Mapping[str, float], population: Mapping[str, float], rule: str = "mid"
) -> Plain:
    grades = deprivation.population_quantiles(
        pd.Series(dict(scores)), pd.Series(dict(population)), rule=rule
    )
    return {"quintiles": plain(grades)}


@run_of("direct_standardization")
def _direct(rates: Sequence[float], reference_shares: Sequence[float]) -> Plain:
    return {"rate": deprivation.direct_standardization(rates, reference_shares)}


@run_of("indirect_standardization")
def _indirect(
    observed: float, population: Sequence[float], reference_rates: Sequence[float]
) -> Plain:
    expected, ratio = deprivation.indirect_standardization(observed, population, reference_rates)
    return {"expected": expected, "ratio": ratio}


@run_of("neighbourhood_deprivation")
def _neighbourhood(
    scores: Mapping[str, float], quintiles: Mapping[str, int], population: Mapping[str, float]
) -> Plain:
    return plain(
        deprivation.neighbourhood_deprivation(
            pd.Series(dict(scores)), pd.Series(dict(quintiles)), pd.Series(dict(population))
        )
    )
