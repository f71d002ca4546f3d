"""The classes of a map: limits by quantiles, equal intervals or a convention, and their codes."""

from __future__ import annotations

import numpy as np

from revital.catalogue.models import Indicator
from revital.i18n import Translator
from revital.services import wording

#: Class code of an area without a value.
NO_DATA = 255


def classify(values: np.ndarray, indicator: Indicator) -> tuple[np.ndarray, list[float]]:
    """
    Put values in classes.

    Parameters
    ----------
    values : array of float
        NaN where there is no value.
    indicator : Indicator
        Its record holds the scheme, the number of classes or the fixed limits.

    Returns
    -------
    codes : array of int
        0 to k-1, or `NO_DATA`.
    limits : list of float
        Upper limit of each class, the highest value last.
    """
    known = np.isfinite(values)
    codes = np.full(values.shape, NO_DATA, dtype=np.uint8)
    if not known.any():
        return codes, []
    found = values[known]
    rule = indicator.classes
    distinct = np.unique(found)
    if rule.scheme == "fixed":
        # Fixed classes do not move: one above every value keeps its place, and its colour.
        edges = np.array([*sorted(rule.limits), max(found.max(), max(rule.limits))])
    elif distinct.size <= rule.k:
        edges = distinct
    elif rule.scheme == "equal_interval":
        edges = np.linspace(distinct[0], distinct[-1], rule.k + 1)[1:]
    else:
        # Many equal values make fewer classes: the legend shows the ones there are.
        edges = np.unique(np.percentile(found, np.arange(1, rule.k + 1) * 100 / rule.k))
    codes[known] = np.minimum(np.searchsorted(edges, found, side="left"), len(edges) - 1)
    return codes, [float(e) for e in edges]


def limits_text(indicator: Indicator, low: float, high: float, t: Translator) -> str:
    """
    Return the limits of a class in words.

    Fixed limits do not follow the values: a class under the lowest value has only its upper limit,
    a class over the highest one only its lower.
    """
    least, most = (wording.figure_text(indicator, v, t) for v in (low, high))
    if low > high:
        return t("{high} et moins", high=most)
    if low == high and low in indicator.classes.limits:
        return t("plus de {limit}", limit=least)
    return most if least == most else t("{low} à {high}", low=least, high=most)
