"""Runs of intervals, hiding rules, surveys and offences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from revital.domain import disclosure, safety, survey, uncertainty
from revital.services.method_runs.registry import Plain, plain, run_of


@run_of("rounding_bounds")
def _rounding_bounds(numerator: float, denominator: float, base: int = 5) -> Plain:
    low, high = uncertainty.rounding_ratio_bounds(numerator, denominator, base=base)
    return {"low": float(low), "high": float(high)}


@run_of("rounding_sum")
def _rounding_sum(cells: int, base: int = 5) -> Plain:
    return {
        "variance_of_one": uncertainty.rounding_variance(base=base),
        "margin": float(uncertainty.rounding_margin(cells, base=base)),
    }


@run_of("sample_share")
def _sample_share(share: float, population: float, sampling_fraction: float = 0.25) -> Plain:
    se = float(uncertainty.sample_share_se(share, population, sampling_fraction=sampling_fraction))
    return {"standard_error": se, "margin": 1.959963984540054 * se}


@run_of("share_interval")
def _share_interval(**inputs: Any) -> Plain:
    low, high = uncertainty.share_interval(**inputs)
    return {"low": float(low), "high": float(high)}


@run_of("wilson")
def _wilson(cases: float, answers: float) -> Plain:
    low, high = uncertainty.wilson(cases, answers)
    return {"share": cases / answers, "low": float(low), "high": float(high)}


@run_of("poisson")
def _poisson(events: float, population: float, per: float = 1000) -> Plain:
    low, high = uncertainty.poisson_exact(events, population, per=per)
    return {"rate": per * events / population, "low": float(low), "high": float(high)}


@run_of("empirical_bayes")
def _empirical_bayes(events: Sequence[float], population: Sequence[float]) -> Plain:
    found = uncertainty.empirical_bayes(events, population)
    return {
        "overall": found.overall,
        "variance": found.variance,
        "smoothed": plain(found.rates),
    }


@run_of("clear_change")
def _clear_change(before: Sequence[float], after: Sequence[float]) -> Plain:
    found = uncertainty.change_between(
        before[0], after[0], (before[1], before[2]), (after[1], after[2])
    )
    return {"difference": found.difference, "verdict": str(found.verdict)}


@run_of("hidden_counts")
def _hidden_counts(counts: Mapping[str, int], k: int = 5) -> Plain:
    safe = disclosure.protect_list(pd.Series(dict(counts)), k=k)
    return {"published": plain(safe.values), "total": plain(safe.total)}


@run_of("hidden_table")
def _hidden_table(rows: Mapping[str, Mapping[str, int]], k: int = 5) -> Plain:
    table = pd.DataFrame.from_dict({r: dict(v) for r, v in rows.items()}, orient="index")
    safe = disclosure.protect_table(table, k=k)
    return {
        "published": {str(r): plain(safe.values.loc[r]) for r in safe.values.index},
        "row_totals": plain(safe.row_totals),
        "column_totals": plain(safe.column_totals),
        "total": plain(safe.total),
    }


@run_of("small_base")
def _small_base(share: float, answers: int, min_n: int = 30) -> Plain:
    return {"published": plain(float(disclosure.hide_percentages(share, answers, min_n=min_n)))}


@run_of("survey_share")
def _survey_share(
    answers: Mapping[str, int], favourable: Sequence[str], apart: Sequence[str] = ()
) -> Plain:
    found = survey.survey_share(dict(answers), favourable, apart=apart)
    return {
        "share": plain(found.share),
        "low": plain(found.interval.low),
        "high": plain(found.interval.high),
        "base": found.base,
        "flag": str(found.flag),
    }


@run_of("net_score")
def _net_score(
    answers: Mapping[str, int],
    favourable: Sequence[str],
    unfavourable: Sequence[str],
    apart: Sequence[str] = (),
) -> Plain:
    found = survey.net_score(dict(answers), favourable, unfavourable, apart=apart)
    return {"net": plain(found.net), "standard_error": plain(found.se), "base": found.base}


@run_of("pooled_rate")
def _pooled_rate(
    events: Sequence[int], population: Sequence[float], area_ha: float | None = None
) -> Plain:
    found = safety.pooled_rate(events, population, area_ha=area_ha)
    return {
        "rate": plain(found.rate),
        "low": plain(found.interval.low),
        "high": plain(found.interval.high),
        "per_hectare": plain(found.per_hectare),
        "flag": str(found.flag),
    }


@run_of("severity_index")
def _severity_index(
    counts: Mapping[str, float],
    population: float,
    weights: Mapping[str, float],
    reference_counts: Mapping[str, float],
    reference_population: float,
) -> Plain:
    return {
        "index": safety.severity_index(
            counts, population, weights, reference_counts, reference_population
        )
    }
