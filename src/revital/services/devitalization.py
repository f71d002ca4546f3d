"""
The devitalization index of revital: domain scores, index, and how far its ranks can be trusted.

Not an official index. Bounds are fixed on Québec's dissemination areas of the base year, so that
vintages compare; domains weigh the same unless the reader moves the weights. A bound from an
incomplete list is no value here: it counts as missing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from revital.catalogue.models import Indicator, Level, Territory
from revital.catalogue.score_records import Goalpost, ScoreDomain, ScoreRecord, score_record
from revital.domain import indicators as methods
from revital.domain.composite import (
    Aggregation,
    Normalization,
    domain_scores,
    index_from_domains,
    normalize,
)
from revital.domain.robustness import Robustness, Variant, rank_robustness
from revital.services.data import Data
from revital.services.figures import inputs_frame, read_indicator

#: Percentiles of Québec's areas that fix the goalposts.
LOW_PERCENTILE, HIGH_PERCENTILE = 1, 99
#: Fewer ranked units than this say nothing of a rank.
LEAST_UNITS = 5


@dataclass(frozen=True)
class DomainReading:
    """A domain for a territory: its score (0 best, 1 worst) or what it lacks."""

    domain: ScoreDomain
    score: float | None
    present: tuple[str, ...]
    missing: tuple[str, ...]


@dataclass(frozen=True)
class IndexReading:
    """
    The index read for a territory.

    Attributes
    ----------
    index : float or None
        0 (least devitalized) to 1; None when too few domains have a score.
    geometric : float or None
        The same with geometric aggregation: imbalance between domains weighs more.
    robustness : Robustness or None
        Ranks of the units of the territory's place; None when they have no index.
    level : Level or None
        Level of those units.
    own_units : tuple of str
        Units of the territory among them.
    """

    record: ScoreRecord
    territory: Territory
    domains: tuple[DomainReading, ...]
    weights: dict[str, float]
    index: float | None
    geometric: float | None
    robustness: Robustness | None = None
    level: Level | None = None
    own_units: tuple[str, ...] = ()

    @property
    def scored(self) -> int:
        """Number of domains with a score."""
        return sum(d.score is not None for d in self.domains)


def compute_goalposts(data: Data, indicator: Indicator) -> Goalpost | None:
    """
    Return the 1st and 99th percentiles of an indicator over Québec's dissemination areas.

    None when no table of the pack holds it for the areas of the whole province.
    """
    for measure in indicator.measures:
        if measure.level != "da" or measure.incomplete:
            continue
        frame = inputs_frame(data, measure)
        values = methods.compute(measure.method, frame, parameters=measure.parameters)["value"]
        known = values.dropna().to_numpy()
        # A table of two cities is no yardstick for the province.
        if known.size < 0.5 * len(data.population("da")):
            continue
        low, high = np.percentile(known, [LOW_PERCENTILE, HIGH_PERCENTILE])
        return Goalpost(low=float(low), high=float(high))
    return None


def with_goalposts(data: Data, record: ScoreRecord) -> ScoreRecord:
    """Return the record with bounds for indicators whose provincial table has come since."""
    found = dict(record.goalposts)
    for id_ in indicator_ids(record):
        if id_ not in found:
            bounds = compute_goalposts(data, data.catalogue.indicator(id_))
            if bounds is not None:
                found[id_] = bounds
    return record.model_copy(update={"goalposts": found})


def indicator_ids(record: ScoreRecord) -> list[str]:
    """Return the indicators of a score, domain by domain."""
    return [id_ for domain in record.domains for id_ in domain.indicators]


def score_table(
    values: pd.DataFrame,
    record: ScoreRecord,
    directions: Mapping[str, int],
    *,
    weights: Mapping[str, float] | None = None,
    aggregation: Aggregation = Aggregation.ARITHMETIC,
) -> tuple[pd.DataFrame, pd.Series]:
    """
    Score a table of units.

    Parameters
    ----------
    values : DataFrame (units, indicators)
        Raw values; an indicator of the record may be absent.
    record : ScoreRecord
    directions : mapping
        +1 higher is worse, -1 higher is better, per indicator.
    weights : mapping of domain id to weight, optional

    Returns
    -------
    (DataFrame (units, domains), Series)
        Domain scores and index, 0 to 1, missing where the record's rules give none.
    """
    usable = [c for c in values.columns if c in record.goalposts and values[c].notna().any()]
    expected = {d.id: len(d.indicators) for d in record.domains}
    domain_of = {id_: d.id for d in record.domains for id_ in d.indicators}
    if not usable:
        empty = pd.DataFrame(np.nan, index=values.index, columns=list(expected))
        return empty, pd.Series(np.nan, index=values.index)
    bounds = pd.DataFrame(
        {c: {"low": record.goalposts[c].low, "high": record.goalposts[c].high} for c in usable}
    ).T
    scaled = normalize(
        values[usable],
        {c: directions[c] for c in usable},
        Normalization.GOALPOSTS,
        bounds=bounds,
    )
    scores = domain_scores(
        scaled,
        {c: domain_of[c] for c in usable},
        method=aggregation,
        min_share=record.least_indicators,
        expected=expected,
    )[list(expected)]
    chosen = dict(weights or {d.id: d.weight for d in record.domains})
    index = index_from_domains(
        scores, weights=chosen, method=aggregation, min_domains=record.least_domains
    )
    return scores, index


def index_robustness(
    values: pd.DataFrame,
    record: ScoreRecord,
    directions: Mapping[str, int],
    *,
    weights: Mapping[str, float] | None = None,
) -> Robustness | None:
    """
    Draw weights, normalisation and aggregation, and see how the ranks move.

    Returns None when fewer than `LEAST_UNITS` units have an index.
    """
    scores, index = score_table(values, record, directions, weights=weights)
    ranked = index.index[index.notna()]
    if len(ranked) < LEAST_UNITS:
        return None
    held = scores.loc[ranked].dropna(axis=1, how="all")
    ranks = held.rank() - 1
    by_rank = ranks / (held.notna().sum() - 1).clip(lower=1)
    variants = {
        "goalposts": Variant(held, Aggregation.ARITHMETIC),
        "geometric": Variant(held, Aggregation.GEOMETRIC),
        "ranks": Variant(by_rank, Aggregation.ARITHMETIC),
    }
    chosen = dict(weights or {d.id: d.weight for d in record.domains})
    return rank_robustness(
        variants,
        {k: v for k, v in chosen.items() if k in held.columns},
        draws=record.draws,
        concentration=record.concentration,
        seed=record.seed,
        min_share=0,
    )


def unit_values(
    data: Data, record: ScoreRecord, territory: Territory, level: Level
) -> pd.DataFrame:
    """
    Return the indicators of a score for every unit of a territory's city.

    Returns
    -------
    DataFrame (units, indicators)
        Raw values; only the indicators measured at the level, bounds left out.
    """
    around = territory.comparators.get("city")
    place = data.catalogue.territory(around) if around else territory
    units = data.units(place, level)
    found: dict[str, pd.Series] = {}
    for id_ in indicator_ids(record):
        for measure in data.catalogue.indicator(id_).measures:
            if measure.level != level or measure.incomplete:
                continue
            frame = inputs_frame(data, measure).reindex(units)
            if not frame.notna().all(axis=1).any():
                continue
            result = methods.compute(measure.method, frame, parameters=measure.parameters)
            found[id_] = result["value"].reindex(units)
            break
    return pd.DataFrame(found, index=units)


def _directions(data: Data, record: ScoreRecord) -> dict[str, int]:
    out = {}
    for id_ in indicator_ids(record):
        direction = data.catalogue.indicator(id_).direction
        # A neutral indicator stands in a domain as a need (living alone): higher counts as worse.
        out[id_] = -1 if direction == "higher_is_better" else 1
    return out


def read_index(
    data: Data,
    territory_id: str,
    *,
    score_id: str = "devitalization",
    weights: Mapping[str, float] | None = None,
) -> IndexReading:
    """
    Read the index for a territory: its domain scores, what is missing, and the index if any.

    Parameters
    ----------
    weights : mapping of domain id to weight, optional
        Weights moved by the reader; those of the record by default.

    Raises
    ------
    UnknownIdError, ValuesError
    """
    record = with_goalposts(data, score_record(score_id))
    territory = data.catalogue.territory(territory_id)
    directions = _directions(data, record)
    row: dict[str, float] = {}
    for id_ in indicator_ids(record):
        figure = read_indicator(data, id_, territory_id).figure
        if figure is not None and figure.value is not None and not figure.incomplete:
            row[id_] = figure.value
    values = pd.DataFrame([row], index=[territory_id], dtype=float)
    chosen = dict(weights or {d.id: d.weight for d in record.domains})
    scores, index = score_table(values, record, directions, weights=chosen)
    _, geometric = score_table(
        values, record, directions, weights=chosen, aggregation=Aggregation.GEOMETRIC
    )
    domains = []
    for domain in record.domains:
        present = tuple(i for i in domain.indicators if i in row and i in record.goalposts)
        domains.append(
            DomainReading(
                domain,
                _number(scores.loc[territory_id, domain.id]),
                present,
                tuple(i for i in domain.indicators if i not in present),
            )
        )
    robustness, level = _ranks(data, record, territory, directions, chosen)
    return IndexReading(
        record=record,
        territory=territory,
        domains=tuple(domains),
        weights=chosen,
        index=_number(index.loc[territory_id]),
        geometric=_number(geometric.loc[territory_id]),
        robustness=robustness,
        level=level,
        own_units=tuple(data.units(territory, level)) if level else (),
    )


def _ranks(
    data: Data,
    record: ScoreRecord,
    territory: Territory,
    directions: Mapping[str, int],
    weights: Mapping[str, float],
) -> tuple[Robustness | None, Level | None]:
    levels: tuple[Level, ...] = ("da", "ct")
    for level in levels:
        if level not in territory.units:
            continue
        values = unit_values(data, record, territory, level)
        found = index_robustness(values, record, directions, weights=weights)
        if found is not None:
            return found, level
    return None, None


def _number(value: object) -> float | None:
    number = float(value)  # type: ignore[arg-type]
    return None if np.isnan(number) else number
