"""
A material and social deprivation index "type IDMS", made from public census shares.

The official index of the INSPQ adjusts its inputs for age and sex with tables that are not public.
Ours follows the published steps without that adjustment and must always be shown as "type IDMS,
non ajusté", beside the official one and never for it.

References
----------
Pampalon et al. (2012), Canadian Journal of Public Health 103, S17-S22; inputs: BMC Public Health
12:333, table 1. Varimax: Kaiser (1958), https://doi.org/10.1007/BF02289233.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from revital.domain.composite import require_values
from revital.domain.frames import require_columns
from revital.errors import ValuesError

Floats = NDArray[np.float64]

#: The six inputs, population aged 15 and over, and whether more of it means more deprivation.
MATERIAL = {"no_diploma": 1, "employment": -1, "income": -1}
SOCIAL = {"living_alone": 1, "separated_divorced_widowed": 1, "single_parent": 1}
INPUTS = {**MATERIAL, **SOCIAL}


@dataclass(frozen=True)
class Components:
    """
    Two rotated components of the six inputs.

    Attributes
    ----------
    scores : DataFrame, indexed by unit
        `material` and `social`, mean 0 and standard deviation 1, higher = more deprived.
    loadings : DataFrame, indexed by input
        Correlation of each input with `material` and `social`.
    explained : Series
        Share of the variance of the inputs that each component explains, after rotation.
    excluded : Index
        Units left out because an input is missing.
    """

    scores: pd.DataFrame
    loadings: pd.DataFrame
    explained: pd.Series
    excluded: pd.Index


def transform_inputs(values: pd.DataFrame) -> pd.DataFrame:
    """
    Bring the six inputs to the scale of the method.

    Parameters
    ----------
    values : DataFrame
        Columns `no_diploma`, `employment`, `living_alone`, `separated_divorced_widowed`,
        `single_parent` (shares, 0..1) and `income` (dollars, > 0).

    Returns
    -------
    DataFrame
        `asin(sqrt(p))` of the shares and the logarithm of income.

    Raises
    ------
    MissingColumnError, ValuesError
        When a column is absent, is not a number, or out of its range.
    """
    require_columns(values, list(INPUTS), "values")
    inputs = values[list(INPUTS)]
    require_values(inputs)
    result = inputs.astype(float)
    for column in INPUTS:
        if column == "income":
            if (result[column] <= 0).any():
                raise ValuesError(
                    "Le revenu doit être positif ; la ligne « {id} » a {value}. "
                    "Laissez vide une valeur supprimée par l'éditeur.",
                    id=result.index[result[column] <= 0][0],
                    value=float(result.loc[result[column] <= 0, column].iloc[0]),
                )
            continue
        wrong = (result[column] < 0) | (result[column] > 1)
        if wrong.any():
            raise ValuesError(
                "La part « {column} » doit être entre 0 et 1 (0,25 pour 25 %) ; "
                "la ligne « {id} » a {value}.",
                column=column,
                id=result.index[wrong][0],
                value=float(result.loc[wrong, column].iloc[0]),
            )
    shares = [column for column in INPUTS if column != "income"]
    result[shares] = np.arcsin(np.sqrt(result[shares]))
    result["income"] = np.log(result["income"])
    return result


def varimax(
    loadings: ArrayLike, *, tolerance: float = 1e-12, max_iterations: int = 1000
) -> tuple[Floats, Floats]:
    """
    Rotate loadings to simple structure (raw quartic criterion on rows scaled by communality).

    Parameters
    ----------
    loadings : array-like (variables, factors)
    tolerance : float
        Movement of the rotation under which the iterations stop.
    max_iterations : int

    Returns
    -------
    tuple of two arrays
        Rotated loadings, and the rotation matrix (`loadings @ rotation = rotated`).

    Notes
    -----
    Kaiser's normalisation: rows are scaled to unit length during the rotation, so that every input
    weighs alike.
    """
    raw = np.asarray(loadings, dtype=float)
    length = np.sqrt((raw**2).sum(axis=1, keepdims=True))
    scaled = np.divide(raw, length, out=np.zeros_like(raw), where=length > 0)
    n, factors = scaled.shape
    rotation = np.eye(factors)
    for _ in range(max_iterations):
        rotated = scaled @ rotation
        target = rotated**3 - rotated * ((rotated**2).sum(axis=0) / n)
        left, _singular, right = np.linalg.svd(scaled.T @ target)
        # The criterion is flat at its top: watching the rotation itself stops at the right place.
        moved = np.abs(left @ right - rotation).max()
        rotation = left @ right
        if moved < tolerance:
            break
    return raw @ rotation, rotation


def varimax_angle(loadings: ArrayLike) -> float:
    """
    Return Kaiser's closed-form varimax angle for two factors, in radians.

    `φ = ¼ atan2(2 (Σuv - Σu Σv / n), Σ(u² - v²) - ((Σu)² - (Σv)²) / n)` with `u = a² - b²`,
    `v = 2ab` on rows scaled to unit length.
    """
    raw = np.asarray(loadings, dtype=float)
    a, b = (raw / np.sqrt((raw**2).sum(axis=1, keepdims=True))).T
    u, v = a**2 - b**2, 2 * a * b
    n = len(raw)
    numerator = 2 * ((u * v).sum() - u.sum() * v.sum() / n)
    denominator = (u**2 - v**2).sum() - (u.sum() ** 2 - v.sum() ** 2) / n
    return float(np.arctan2(numerator, denominator) / 4)


def deprivation_components(values: pd.DataFrame) -> Components:
    """
    Return the material and social components of the six inputs, unadjusted.

    Transforms, z-scores, principal components of the correlation matrix, two components, varimax,
    scores by regression; signs such that higher is more deprived.

    Parameters
    ----------
    values : DataFrame, indexed by unit
        See `transform_inputs`; a unit that lacks an input is left out and listed.

    Returns
    -------
    Components

    Raises
    ------
    ValuesError
        With fewer complete units than inputs, a constant input, or inputs that repeat one another.
    """
    inputs = transform_inputs(values)
    # The order of sums settles the last bit: sorting makes the result free of row order.
    complete = inputs.dropna().sort_index(key=lambda index: index.astype(str))
    if len(complete) <= len(INPUTS):
        raise ValuesError(
            "{count} secteurs complets : l'analyse en composantes en demande au moins {needed}.",
            count=len(complete),
            needed=len(INPUTS) + 1,
        )
    spread = complete.std(ddof=0)
    for column in INPUTS:
        if spread[column] < 1e-12:
            raise ValuesError(
                "L'indicateur « {column} » a la même valeur partout : il ne distingue aucun "
                "secteur et l'analyse en composantes est impossible.",
                column=column,
            )
    z = ((complete - complete.mean()) / spread).to_numpy()
    correlation = z.T @ z / len(z)
    variances, vectors = np.linalg.eigh(correlation)
    variances, vectors = variances[::-1][:2], vectors[:, ::-1][:, :2]
    # One component that holds everything leaves nothing to the second.
    if variances[1] < 1e-9:
        raise ValuesError(
            "Les six indicateurs se répètent l'un l'autre : une seule dimension apparaît, "
            "il n'y a pas de composante sociale distincte."
        )
    rotated, rotation = varimax(vectors * np.sqrt(variances))
    scores = z @ vectors / np.sqrt(variances) @ rotation
    order, signs = _orient(rotated)
    rotated, scores = rotated[:, order] * signs, scores[:, order] * signs
    names = ["material", "social"]
    loadings = pd.DataFrame(rotated, index=list(INPUTS), columns=names)
    table = pd.DataFrame(scores, index=complete.index, columns=names)
    return Components(
        scores=table.reindex(inputs.index[inputs.notna().all(axis=1)]),
        loadings=loadings,
        explained=(loadings**2).sum() / len(INPUTS),
        excluded=inputs.index[inputs.isna().any(axis=1)],
    )


def _orient(loadings: Floats) -> tuple[list[int], Floats]:
    """Name the components by the inputs they hold, and point them to deprivation."""
    expected = np.array(list(INPUTS.values()), dtype=float)[:, None]
    towards = loadings * expected
    material, social = towards[: len(MATERIAL)].sum(axis=0), towards[len(MATERIAL) :].sum(axis=0)
    straight = abs(material[0]) + abs(social[1])
    order = [0, 1] if straight >= abs(material[1]) + abs(social[0]) else [1, 0]
    signs = np.sign([material[order[0]], social[order[1]]])
    signs[signs == 0] = 1
    return order, signs


def population_quantiles(
    scores: pd.Series, population: pd.Series, *, groups: int = 5, rule: str = "mid"
) -> pd.Series:
    """
    Grade units so that each group holds the same share of the population.

    Parameters
    ----------
    scores : Series, indexed by unit
        Higher = more deprived = higher group; missing gives no group.
    population : Series, indexed by unit
        Residents, >= 0.
    groups : int
        5 for quintiles, 100 for centiles.
    rule : {"mid", "upper"}
        Where a unit stands in the cumulated population: at its middle (default), or at its end
        (`ceil`). The two differ only where units are few and large.

    Returns
    -------
    Series of nullable integers, 1 (least) to `groups` (most)

    Notes
    -----
    Units with the same score are graded together, so row order does not matter.
    """
    if rule not in ("mid", "upper"):
        raise ValuesError("La règle doit être « mid » ou « upper » ; reçu : {rule}.", rule=rule)
    people = population.reindex(scores.index).astype(float)
    if (people < 0).any():
        raise ValuesError("La population de « {id} » est négative.", id=people.index[people < 0][0])
    known = scores.notna() & people.notna()
    total = people[known].sum()
    if not total > 0:
        raise ValuesError("La population totale est nulle : aucun quintile n'est possible.")
    by_score = people[known].groupby(scores[known], sort=True).sum()
    reached = by_score.cumsum()
    if rule == "mid":
        grade = np.floor(groups * (reached - by_score / 2) / total + 1e-12) + 1
    else:
        grade = np.ceil(groups * reached / total - 1e-12)
    grades = pd.Series(np.clip(grade, 1, groups), index=by_score.index)
    return scores.map(grades).where(known).astype("Int64")


def direct_standardization(rates: ArrayLike, reference_shares: ArrayLike) -> float:
    """
    Return the rate a place would have with the reference age structure.

    Parameters
    ----------
    rates : array-like of float
        Rates by age group in the place.
    reference_shares : array-like of float
        Share of each age group in the reference population, summing to 1.
    """
    shares = np.asarray(reference_shares, dtype=float)
    if not np.isclose(shares.sum(), 1):
        raise ValuesError(
            "Les parts de la population de référence doivent totaliser 1 ; total : {total}.",
            total=float(shares.sum()),
        )
    return float(np.asarray(rates, dtype=float) @ shares)


def indirect_standardization(
    observed: float, population: ArrayLike, reference_rates: ArrayLike
) -> tuple[float, float]:
    """
    Return the cases expected at reference rates, and observed over expected.

    Parameters
    ----------
    observed : float
        Cases observed.
    population, reference_rates : array-like of float
        People and reference rate by age group.

    Returns
    -------
    tuple of float
        Expected cases, ratio (missing when nothing is expected).
    """
    expected = float(np.asarray(population, dtype=float) @ np.asarray(reference_rates, dtype=float))
    return expected, observed / expected if expected > 0 else float("nan")


def crossed_group(material: pd.Series, social: pd.Series) -> pd.Series:
    """
    Cross two series of quintiles into the usual reading groups.

    Returns
    -------
    Series of str
        `favoured` (1-2 in both), `material` (4-5 in material only), `social` (4-5 in social only),
        `both` (4-5 in both), `middle` (the rest); missing where either is.
    """
    high_material, high_social = material >= 4, social >= 4
    low = (material <= 2) & (social <= 2)
    group = pd.Series("middle", index=material.index, dtype=object)
    group[low.fillna(False)] = "favoured"
    group[(high_material & ~high_social).fillna(False)] = "material"
    group[(~high_material & high_social).fillna(False)] = "social"
    group[(high_material & high_social).fillna(False)] = "both"
    return group.where(material.notna() & social.notna())


@dataclass(frozen=True)
class Agreement:
    """
    How two gradings of the same units agree.

    Attributes
    ----------
    spearman : float
        Rank correlation, -1..1.
    same : float
        Share of units in the same group.
    same_or_next : float
        Share in the same group or the one beside it.
    units : int
        Units graded by both.
    """

    spearman: float
    same: float
    same_or_next: float
    units: int


def agreement(first: pd.Series, second: pd.Series) -> Agreement:
    """
    Compare two gradings (quintiles) of the same units, by id.

    Raises
    ------
    ValuesError
        With fewer than two units graded by both.
    """
    both = pd.concat([first, second], axis=1, join="inner").dropna().astype(float)
    if len(both) < 2:
        raise ValuesError(
            "Il faut au moins deux secteurs classés des deux côtés ; trouvé : {count}.",
            count=len(both),
        )
    gap = (both.iloc[:, 0] - both.iloc[:, 1]).abs()
    ranks = both.rank()
    constant = (ranks.std(ddof=0) == 0).any()
    spearman = float("nan") if constant else float(np.corrcoef(ranks.to_numpy().T)[0, 1])
    return Agreement(spearman, float((gap == 0).mean()), float((gap <= 1).mean()), len(both))


def neighbourhood_deprivation(
    scores: pd.Series, quintiles: pd.Series, population: pd.Series
) -> Mapping[str, float]:
    """
    Sum up a neighbourhood's areas: quintiles are never averaged.

    Returns
    -------
    mapping
        `mean_score` (weighted by population), `share_q4_q5` (share of its people who live in
        areas of quintile 4 or 5), `population` (people in graded areas).
    """
    people = population.reindex(scores.index).astype(float)
    known = scores.notna() & quintiles.reindex(scores.index).notna() & (people > 0)
    total = people[known].sum()
    if not total > 0:
        return {"mean_score": np.nan, "share_q4_q5": np.nan, "population": 0.0}
    high = quintiles.reindex(scores.index)[known].astype(float) >= 4
    return {
        "mean_score": float((scores[known] * people[known]).sum() / total),
        "share_q4_q5": float(people[known][high].sum() / total),
        "population": float(total),
    }
