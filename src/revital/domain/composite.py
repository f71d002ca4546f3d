"""
Composite scores: from indicators in their units to one figure per area, and by domain.

Raw values keep their unit and come with a direction: +1 when a higher value is worse, -1 when it is
better. A normalised value runs from 0 (most favourable) to 1 (least), so a high score always means
more hardship. Nothing is flipped silently.

References
----------
OECD/JRC (2008), Handbook on Constructing Composite Indicators,
https://doi.org/10.1787/9789264043466-en. TOPSIS: Hwang and Yoon (1981).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from revital.errors import ValuesError

GEOMETRIC_FLOOR = 0.01
MIN_INDICATOR_SHARE = 0.6
MIN_DOMAINS = 5


class Normalization(StrEnum):
    """How indicators in different units are brought to one scale."""

    NONE = "none"
    """They are on 0..1 already."""
    MINMAX = "minmax"
    ZSCORE = "zscore"
    RANK = "rank"
    GOALPOSTS = "goalposts"
    """Fixed bounds: the only one under which two dates compare."""


class Aggregation(StrEnum):
    """How indicators make a score."""

    ARITHMETIC = "arithmetic"
    """A good indicator makes up fully for a bad one."""
    GEOMETRIC = "geometric"
    """Imbalance costs."""


def normalize(
    values: pd.DataFrame,
    directions: Mapping[str, int] | pd.Series,
    method: Normalization | str = Normalization.MINMAX,
    *,
    bounds: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """
    Bring indicators to one scale on which higher is worse.

    Parameters
    ----------
    values : DataFrame, one row per unit, one column per indicator
        Raw values, each column in its unit; missing allowed.
    directions : mapping or Series
        +1 (higher is worse) or -1 (higher is better), per indicator.
    method : Normalization
        `none` (values must lie in 0..1), `minmax`, `zscore` (population standard deviation),
        `rank` (0 for the most favourable unit, 1 for the least, ties share their mean) or
        `goalposts` (distance between two fixed bounds, cut at both).
    bounds : DataFrame, indexed by indicator, columns `low` and `high`
        Goalposts in the indicator's unit, low < high whatever the direction.

    Returns
    -------
    DataFrame, same index and columns
        Values in 0..1 (around 0 for `zscore`); missing stays missing.

    Raises
    ------
    ValuesError
        On duplicated ids, a column that is not numeric, empty or constant (for the methods that
        divide by its spread), a missing direction or goalpost, values outside 0..1 for `none`.
    """
    method = Normalization(method)
    require_values(values)
    signs = _require_directions(directions, values.columns)
    raw = values.astype(float)
    if method is Normalization.GOALPOSTS:
        low, high = _require_goalposts(bounds, values.columns)
        scaled = ((raw - low) / (high - low)).clip(0, 1)
    elif method is Normalization.NONE:
        _require_unit_interval(raw)
        scaled = raw
    else:
        _require_spread(raw)
        if method is Normalization.MINMAX:
            scaled = (raw - raw.min()) / (raw.max() - raw.min())
        elif method is Normalization.ZSCORE:
            return (raw - raw.mean()) / raw.std(ddof=0) * signs
        else:
            scaled = (raw.rank() - 1) / (raw.notna().sum() - 1)
    kept = scaled.to_numpy()
    return pd.DataFrame(
        np.where(signs.to_numpy() > 0, kept, 1 - kept), index=values.index, columns=values.columns
    )


def require_values(values: pd.DataFrame) -> None:
    """
    Check a table of indicators at the door.

    Raises
    ------
    ValuesError
        On duplicated ids, no row, a column that is not numeric, infinite or wholly missing.
    """
    if values.shape[0] == 0 or values.shape[1] == 0:
        raise ValuesError("Le tableau est vide : il faut au moins un secteur et un indicateur.")
    require_unique_ids(values.index)
    for column in values.columns:
        series = values[column]
        if not pd.api.types.is_numeric_dtype(series) or pd.api.types.is_bool_dtype(series):
            raise ValuesError(
                "La colonne « {column} » doit contenir des nombres ; elle contient du texte.",
                column=column,
            )
        if series.isna().all():
            raise ValuesError(
                "La colonne « {column} » n'a que des valeurs manquantes. "
                "Retirez-la ou fournissez ses valeurs.",
                column=column,
            )
        if np.isinf(series.to_numpy(dtype=float)).any():
            raise ValuesError("La colonne « {column} » a une valeur infinie.", column=column)


def require_unique_ids(ids: pd.Index) -> None:
    """Refuse an identifier that is missing or appears twice."""
    if ids.hasnans:
        raise ValuesError("Un identifiant est vide. Chaque ligne doit avoir le sien.")
    repeated = ids[ids.duplicated()].unique()
    if len(repeated):
        raise ValuesError(
            "L'identifiant « {id} » apparaît plus d'une fois ({count} identifiants répétés). "
            "Chaque secteur doit avoir une seule ligne.",
            id=repeated[0],
            count=len(repeated),
        )


def _require_directions(directions: Mapping[str, int] | pd.Series, columns: pd.Index) -> pd.Series:
    signs = pd.Series(directions)
    absent = [str(column) for column in columns if column not in signs.index]
    if absent:
        raise ValuesError(
            "Il manque la direction de : {columns}. Donnez +1 (plus élevé = moins favorable) "
            "ou -1 (plus élevé = plus favorable).",
            columns=", ".join(absent),
        )
    signs = signs.reindex(columns)
    wrong = [str(column) for column in columns if signs[column] not in (1, -1)]
    if wrong:
        raise ValuesError(
            "La direction de « {column} » doit être +1 ou -1 ; reçu : {found}.",
            column=wrong[0],
            found=signs[wrong[0]],
        )
    return signs.astype(float)


def _require_goalposts(
    bounds: pd.DataFrame | None, columns: pd.Index
) -> tuple[pd.Series, pd.Series]:
    if bounds is None or not {"low", "high"} <= set(bounds.columns):
        raise ValuesError(
            "La normalisation « goalposts » demande deux bornes par indicateur, "
            "dans les colonnes « low » et « high »."
        )
    posts = bounds.reindex(columns)[["low", "high"]].astype(float)
    for column in columns:
        low, high = posts.loc[column]
        if not low < high:
            raise ValuesError(
                "Les bornes de « {column} » doivent être deux nombres, la plus basse d'abord ; "
                "reçu : {low} et {high}.",
                column=column,
                low=low,
                high=high,
            )
    return posts["low"], posts["high"]


def _require_unit_interval(raw: pd.DataFrame) -> None:
    for column in raw.columns:
        low, high = raw[column].min(), raw[column].max()
        if low < 0 or high > 1:
            raise ValuesError(
                "Sans normalisation, les valeurs doivent être entre 0 et 1 ; « {column} » va de "
                "{low} à {high}. Choisissez une normalisation (minmax ou goalposts).",
                column=column,
                low=float(low),
                high=float(high),
            )


def _require_spread(raw: pd.DataFrame) -> None:
    if len(raw) == 1:
        raise ValuesError(
            "Un seul secteur a été fourni : il en faut au moins deux pour les comparer entre eux."
        )
    for column in raw.columns:
        if raw[column].min() == raw[column].max():
            raise ValuesError(
                "L'indicateur « {column} » a la même valeur partout ({value}) : il ne distingue "
                "aucun secteur. Retirez-le ou choisissez des bornes fixes (goalposts).",
                column=column,
                value=float(raw[column].min()),
            )


def prepare_weights(
    weights: Mapping[str, float] | pd.Series | None, names: pd.Index | list[str]
) -> pd.Series:
    """
    Return weights that sum to 1, in the order of `names`; equal ones when none are given.

    Raises
    ------
    ValuesError
        When a weight is missing, negative or not a number, or all are 0.
    """
    index = pd.Index(names)
    if weights is None:
        return pd.Series(1.0 / len(index), index=index)
    given = pd.to_numeric(pd.Series(weights), errors="coerce").reindex(index)
    if given.isna().any():
        raise ValuesError(
            "Il manque un poids numérique pour : {columns}.",
            columns=", ".join(str(name) for name in index[given.isna()]),
        )
    if (given < 0).any():
        raise ValuesError(
            "Le poids de « {column} » est négatif. Un poids est positif ou nul ; "
            "c'est la direction qui dit le sens.",
            column=index[given < 0][0],
        )
    if not given.sum() > 0:
        raise ValuesError("La somme des poids est nulle : donnez au moins un poids positif.")
    return given / given.sum()


def weighted_means(
    matrix: NDArray[np.float64], weights: NDArray[np.float64], method: Aggregation | str
) -> NDArray[np.float64]:
    """
    Aggregate rows for one or many sets of weights, over the indicators each row has.

    Parameters
    ----------
    matrix : ndarray (units, indicators)
        Normalised values, missing allowed.
    weights : ndarray (indicators,) or (indicators, sets)
        Non-negative weights; rescaled in each row over what is present.
    method : Aggregation

    Returns
    -------
    ndarray (units,) or (units, sets)
        Missing where a row has no weighted indicator.
    """
    present = ~np.isnan(matrix)
    if Aggregation(method) is Aggregation.GEOMETRIC:
        known = matrix[present]
        if known.size and (known.min() < 0 or known.max() > 1):
            raise ValuesError(
                "La moyenne géométrique demande des valeurs entre 0 et 1 : "
                "les scores z ne conviennent pas."
            )
        filled = np.where(
            present, np.log(np.maximum(np.where(present, matrix, 1.0), GEOMETRIC_FLOOR)), 0.0
        )
    else:
        filled = np.where(present, matrix, 0.0)
    totals = filled @ weights
    if not present.all():
        with np.errstate(divide="ignore", invalid="ignore"):
            totals = totals / (present.astype(float) @ weights)
    else:
        totals = totals / weights.sum(axis=0)
    totals = np.where(np.isfinite(totals), totals, np.nan)
    return np.exp(totals) if Aggregation(method) is Aggregation.GEOMETRIC else totals


def aggregate(
    normalized: pd.DataFrame,
    weights: Mapping[str, float] | pd.Series | None = None,
    method: Aggregation | str = Aggregation.ARITHMETIC,
    *,
    min_share: float = MIN_INDICATOR_SHARE,
) -> pd.Series:
    """
    Return one score per unit.

    Parameters
    ----------
    normalized : DataFrame (units, indicators)
        Values on one scale (see `normalize`).
    weights : mapping or Series, optional
        Non-negative, any scale; equal by default.
    method : Aggregation
        Arithmetic, or geometric with values floored at 0.01.
    min_share : float
        Smallest share of the (weighted) indicators a unit must have; below it, no score. Above it
        the weights are spread over those present.

    Returns
    -------
    Series, indexed like `normalized`

    Examples
    --------
    >>> x = pd.DataFrame({"a": [0.9, 0.5, 0.6], "b": [0.1, 0.5, 0.4]})
    >>> aggregate(x, method="geometric").round(4).tolist()
    [0.3, 0.5, 0.4899]
    """
    w = prepare_weights(weights, normalized.columns)
    used = normalized.loc[:, w > 0]
    scores = weighted_means(used.to_numpy(dtype=float), w[w > 0].to_numpy(), method)
    enough = used.notna().mean(axis=1) >= min_share - 1e-12
    return pd.Series(scores, index=normalized.index).where(enough)


def domain_scores(
    normalized: pd.DataFrame,
    domains: Mapping[str, str] | pd.Series,
    *,
    weights: Mapping[str, float] | pd.Series | None = None,
    method: Aggregation | str = Aggregation.ARITHMETIC,
    min_share: float = MIN_INDICATOR_SHARE,
    expected: Mapping[str, int] | None = None,
) -> pd.DataFrame:
    """
    Return one score per unit and domain.

    Parameters
    ----------
    normalized : DataFrame (units, indicators)
    domains : mapping
        Domain of each indicator of `normalized`.
    weights : mapping, optional
        Weights inside the domains; equal by default.
    method : Aggregation
    min_share : float
        A domain with a smaller share of its indicators present gives no score.
    expected : mapping, optional
        Number of indicators each domain should have, when some are not in the table at all; a
        domain named only here comes out wholly missing.

    Returns
    -------
    DataFrame (units, domains), domains in the order of first mention
    """
    by_domain = pd.Series(domains).reindex(normalized.columns)
    if by_domain.isna().any():
        raise ValuesError(
            "Il manque le domaine de : {columns}.",
            columns=", ".join(str(c) for c in normalized.columns[by_domain.isna()]),
        )
    given = None if weights is None else pd.Series(weights)
    names = list(dict.fromkeys([*by_domain, *(expected or {})]))
    result = pd.DataFrame(index=normalized.index, columns=pd.Index(names), dtype=float)
    for name in names:
        columns = by_domain.index[by_domain == name]
        if not len(columns):
            continue
        inside = normalized[columns]
        planned = max((expected or {}).get(name, len(columns)), len(columns))
        enough = inside.notna().sum(axis=1) >= min_share * planned - 1e-12
        own = None if given is None else given.reindex(columns)
        result[name] = aggregate(inside, own, method, min_share=0).where(enough)
    return result


def index_from_domains(
    scores: pd.DataFrame,
    *,
    weights: Mapping[str, float] | pd.Series | None = None,
    method: Aggregation | str = Aggregation.ARITHMETIC,
    min_domains: int = MIN_DOMAINS,
) -> pd.Series:
    """
    Return the index of each unit from its domain scores.

    Parameters
    ----------
    scores : DataFrame (units, domains)
        From `domain_scores`.
    weights : mapping, optional
        Weights of the domains; equal by default.
    method : Aggregation
    min_domains : int
        With fewer domain scores a unit gets no index.

    Returns
    -------
    Series, missing where there is no index
    """
    enough = scores.notna().sum(axis=1) >= min_domains
    return aggregate(scores, weights, method, min_share=0).where(enough)


def topsis(
    values: pd.DataFrame,
    directions: Mapping[str, int] | pd.Series,
    weights: Mapping[str, float] | pd.Series | None = None,
) -> pd.Series:
    """
    Return closeness to the worst corner (TOPSIS), with vector normalisation.

    A partial compensation between the arithmetic and the geometric score, for checks of
    robustness.

    Parameters
    ----------
    values : DataFrame (units, indicators), complete
    directions : mapping
        +1 or -1; 1 in the result is the end the directions point to.
    weights : mapping, optional

    Returns
    -------
    Series in 0..1
    """
    require_values(values)
    signs = _require_directions(directions, values.columns)
    w = prepare_weights(weights, values.columns)
    raw = values.astype(float)
    weighted = raw / np.sqrt((raw**2).sum()) * w * signs
    to_top = np.sqrt(((weighted - weighted.max()) ** 2).sum(axis=1))
    to_bottom = np.sqrt(((weighted - weighted.min()) ** 2).sum(axis=1))
    return to_bottom / (to_top + to_bottom)
