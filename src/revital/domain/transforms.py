"""
Named transforms of the field's published indices.

References
----------
Exponential transform: Scottish Indices of Deprivation 2003, appendix 5. Modified z-score: Iglewicz
and Hoaglin (1993), How to Detect and Handle Outliers.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from revital.errors import ValuesError

Floats = NDArray[np.float64]

_IMD = 23.0


def imd_exponential(rank_share: ArrayLike) -> Floats:
    """
    Return the exponential transform of the UK indices of multiple deprivation.

    `X = -23 ln(1 - R (1 - exp(-100 / 23)))`, so that a tenth of the areas score above 50 and an
    advantage in one domain makes up little for hardship in another. Needs hundreds of areas.

    Parameters
    ----------
    rank_share : array-like of float
        `R` = rank / number of areas, from 1/N (least deprived) to 1 (most).

    Returns
    -------
    ndarray
        Scores, 0..100.
    """
    r = np.asarray(rank_share, dtype=float)
    if np.any((r < 0) | (r > 1)):
        raise ValuesError("Le rang relatif doit être entre 0 et 1.")
    return -_IMD * np.log(1 - r * (1 - np.exp(-100 / _IMD)))


def mad_z(values: ArrayLike) -> Floats:
    """
    Return the modified z-score on the median absolute deviation.

    `z = 0.6745 (x - median) / MAD`; missing values stay missing and take no part.

    Raises
    ------
    ValuesError
        When more than half of the values are equal, so that the deviation is 0.
    """
    x = np.asarray(values, dtype=float)
    if np.isnan(x).all():
        raise ValuesError("Toutes les valeurs sont manquantes.")
    centre = np.nanmedian(x)
    deviation = np.nanmedian(np.abs(x - centre))
    if deviation == 0:
        raise ValuesError(
            "Plus de la moitié des valeurs sont égales à {value} : l'écart médian est nul "
            "et le score z modifié n'existe pas.",
            value=float(centre),
        )
    return 0.6745 * (x - centre) / deviation


def growth_mean_population(before: ArrayLike, after: ArrayLike, years: float = 5) -> Floats:
    """
    Return the mean yearly growth rate over the mean population, per 1,000.

    `2 (P1 - P0) / (P1 + P0) / years · 1000`.
    """
    p0, p1 = np.asarray(before, dtype=float), np.asarray(after, dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = 2 * (p1 - p0) / (p1 + p0) / years * 1000
    return np.where(p0 + p1 > 0, rate, np.nan)


def growth_compound(before: ArrayLike, after: ArrayLike, years: float = 5) -> Floats:
    """
    Return the compound yearly growth rate, per 1,000.

    `((P1 / P0)^(1 / years) - 1) · 1000`.
    """
    p0, p1 = np.asarray(before, dtype=float), np.asarray(after, dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = ((p1 / p0) ** (1 / years) - 1) * 1000
    return np.where(p0 > 0, rate, np.nan)


def vitality_type(z_scores: ArrayLike) -> Floats:
    """
    Return an index "type IVE" of normalised variables: a geometric mean around 100.

    `∏(100 + 10 z)^(1 / k) - 100`. The official formula of the ISQ is not published in full: this
    one is ours, and never stands for it.

    Parameters
    ----------
    z_scores : array-like (units, variables)
        Modified z-scores; each must be above -10.
    """
    z = np.asarray(z_scores, dtype=float)
    if np.any(z <= -10):
        raise ValuesError("Un score z de -10 ou moins n'a pas de moyenne géométrique.")
    return np.exp(np.log(100 + 10 * z).mean(axis=-1)) - 100
