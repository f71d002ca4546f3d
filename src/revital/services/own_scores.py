"""`revital score`: a score on a user's own indicators, and what its ranks are worth."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from revital.domain.composite import (
    Aggregation,
    Normalization,
    aggregate,
    domain_scores,
    normalize,
    prepare_weights,
)
from revital.domain.robustness import Robustness, Variant, rank_robustness
from revital.domain.uncertainty import Flag
from revital.errors import ValuesError
from revital.services.own_files import numbers, read_table, require_file_columns, with_ids


@dataclass(frozen=True)
class ScoredFile:
    """
    Result of `score_file`.

    Attributes
    ----------
    robustness : Robustness
        Draws over the weights, under the chosen normalisation and aggregation (or under all the
        variants when asked).
    indicators : DataFrame, indexed by indicator
        `direction`, `weight` (summing to 1) and the bounds that were used.
    domains : DataFrame or None
        Scores by domain, when the directions name domains.
    flags : Series
        `partial_coverage` where a unit lacks an indicator, `missing` where it has no score.
    ignored : list of str
        Columns of the values that have no direction.
    """

    robustness: Robustness
    indicators: pd.DataFrame
    domains: pd.DataFrame | None
    flags: pd.Series
    ignored: list[str]


_DIRECTIONS = {
    "1": 1, "+1": 1, "1.0": 1, "+": 1, "higher_is_worse": 1,
    "-1": -1, "−1": -1, "-1.0": -1, "-": -1, "higher_is_better": -1,
}  # fmt: skip


def read_directions(path: Path) -> pd.DataFrame:
    """
    Read directions: columns `indicator`, `direction`, and perhaps `low`, `high`, `domain`.

    Returns
    -------
    DataFrame, indexed by indicator
    """
    table = _keyed(path, "indicator", "direction")
    words = table["direction"].astype(str).str.strip()
    known = words.isin(list(_DIRECTIONS))
    if not known.all():
        raise ValuesError(
            "La direction de « {column} » doit être +1 ou -1 ; reçu : {found}.",
            column=words.index[~known][0],
            found=words[~known].iloc[0] or "-",
        )
    table["direction"] = words.map(_DIRECTIONS)
    bounds = [column for column in ("low", "high") if column in table]
    if bounds:
        table[bounds] = numbers(table, bounds, path.name)
    return table


def _keyed(path: Path, key: str, value: str) -> pd.DataFrame:
    """Read a table of two columns or more; without the expected headings, by position."""
    table = read_table(path)
    if key not in table.columns and value not in table.columns and table.shape[1] == 2:
        table = table.set_axis([key, value], axis=1)
    elif key not in table.columns and value in table.columns:
        table = table.rename(columns={table.columns[0]: key})
    require_file_columns(table, [key, value], path.name)
    return with_ids(table, key, path.name)


def score_file(
    values: Path,
    directions: Path,
    *,
    id_column: str = "id",
    weights: Path | None = None,
    normalization: str = "minmax",
    method: str = "arithmetic",
    draws: int = 10_000,
    concentration: float = 30.0,
    seed: int = 1,
    top: int | None = None,
    vary_all: bool = False,
) -> ScoredFile:
    """
    Score the units of a table and say how far their ranks can be trusted.

    Parameters
    ----------
    values : Path
        One row per unit, one column per indicator.
    directions : Path
        See `read_directions`; only its indicators take part.
    id_column : str
        Column of the ids.
    weights : Path, optional
        Columns `indicator`, `weight`; equal weights without it.
    normalization, method : str
        See `Normalization` and `Aggregation`.
    draws, concentration, seed, top
        See `rank_robustness`.
    vary_all : bool
        Whether the draws also change the normalisation and the aggregation.

    Returns
    -------
    ScoredFile
    """
    policy = read_directions(directions)
    table = with_ids(read_table(values), id_column, values.name)
    names = list(policy.index)
    data = numbers(table, names, values.name)
    if len(data) < 2:
        raise ValuesError(
            "Un seul secteur a été fourni : il en faut au moins deux pour les comparer entre eux."
        )
    weight = None if weights is None else _read_weights(weights, names)
    shares = prepare_weights(weight, names)
    bounds = policy[["low", "high"]] if {"low", "high"} <= set(policy.columns) else None
    chosen = Normalization(normalization)
    scaled = normalize(data, policy["direction"], chosen, bounds=bounds)
    forms = {chosen: scaled} | {
        other: normalize(data, policy["direction"], other, bounds=bounds)
        for other in _other_normalizations(chosen, data, bounds)
    }
    variants = {f"{chosen}-{method}": Variant(scaled, Aggregation(method))}
    for name, form in forms.items():
        for how in Aggregation:
            if not (how is Aggregation.GEOMETRIC and name is Normalization.ZSCORE):
                variants.setdefault(f"{name}-{how}", Variant(form, how))
    robustness = rank_robustness(
        variants,
        shares,
        draws=draws,
        concentration=concentration,
        seed=seed,
        top=top,
        drawn=None if vary_all else [f"{chosen}-{method}"],
    )
    score = aggregate(scaled, shares, method)
    flags = pd.Series(str(Flag.OK), index=data.index)
    flags = flags.mask(data.isna().any(axis=1), str(Flag.PARTIAL_COVERAGE))
    flags = flags.mask(score.isna(), str(Flag.MISSING))
    domains = None
    if "domain" in policy.columns:
        domains = domain_scores(scaled, policy["domain"], weights=weight, method=method)
    kept = [c for c in ("direction", "low", "high", "domain") if c in policy.columns]
    return ScoredFile(
        robustness=robustness,
        indicators=policy[kept].assign(weight=shares),
        domains=domains,
        flags=flags,
        ignored=[str(c) for c in table.columns if c not in names],
    )


def _other_normalizations(
    chosen: Normalization, data: pd.DataFrame, bounds: pd.DataFrame | None
) -> list[Normalization]:
    """Return the other normalisations that these data allow."""
    others = [] if bounds is None else [Normalization.GOALPOSTS]
    # These divide by the spread, which a constant indicator lacks.
    if all(data[column].min() < data[column].max() for column in data):
        others += [Normalization.MINMAX, Normalization.ZSCORE, Normalization.RANK]
    return [other for other in others if other is not chosen]


def _read_weights(path: Path, names: list[str]) -> pd.Series:
    table = _keyed(path, "indicator", "weight")
    unknown = [name for name in table.index if name not in names]
    if unknown:
        raise ValuesError(
            "« {file} » donne un poids à « {column} », qui n'a pas de direction. "
            "Indicateurs connus : {known}.",
            file=path.name,
            column=unknown[0],
            known=", ".join(names),
        )
    return numbers(table, ["weight"], path.name)["weight"]
