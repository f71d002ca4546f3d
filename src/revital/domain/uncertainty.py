"""
How sure a figure is: quality flags, intervals, smoothing, and when a difference is a change.

Everything works on scalars and arrays alike and keeps missing values missing. Intervals are pairs
`(low, high)` in the unit of the figure.

References
----------
Rounding of census counts: Statistics Canada, Guide to the Census of Population, 98-304.
Wilson (1927), https://doi.org/10.1080/01621459.1927.10502953. Exact Poisson limits: Garwood (1936),
https://doi.org/10.1093/biomet/28.3-4.437. Empirical Bayes: Marshall (1991),
https://doi.org/10.2307/2347593.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from revital.errors import ValuesError

Floats = NDArray[np.float64]


class Flag(StrEnum):
    """
    What a reader must know before using a figure, from the harmless to the fatal.

    The order of the members is the order of gravity: `worst_flag` relies on it.
    """

    OK = "ok"
    ROUNDED = "rounded"
    """Rests on counts rounded at random by the publisher; a share may have been clamped to 0..1."""
    APPROXIMATE = "approximate"
    """A mean of medians, or an area cut by surface: the true figure cannot be rebuilt."""
    PARTIAL_COVERAGE = "partial_coverage"
    """Some of the areas or answers the figure should rest on are missing."""
    LOW_COUNT = "low_count"
    """Too few people or events for the figure to be steady."""
    USE_WITH_CAUTION = "use_with_caution"
    """The publisher or the method warns; the machine reason says why."""
    SUPPRESSED = "suppressed"
    """Known to somebody, hidden to protect people."""
    MISSING = "missing"
    """Nobody published it."""


_GRAVITY = {flag: i for i, flag in enumerate(Flag)}


def worst_flag(flags: Iterable[Flag | str]) -> Flag:
    """
    Return the gravest of several flags (`Flag.OK` when there is none).

    Examples
    --------
    >>> str(worst_flag(["rounded", "suppressed", "ok"]))
    'suppressed'
    """
    return max((Flag(f) for f in flags), key=_GRAVITY.__getitem__, default=Flag.OK)


class Interval(NamedTuple):
    """Bounds of one figure, in its unit."""

    low: float
    high: float


class Verdict(StrEnum):
    """What may be said of the difference between two figures."""

    HIGHER = "higher"
    LOWER = "lower"
    NO_CLEAR_CHANGE = "no_clear_change"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Change:
    """
    Difference between two figures and what may be said of it.

    Attributes
    ----------
    difference : float
        After minus before, in the unit of the figures; missing when either is.
    verdict : Verdict
        `HIGHER` or `LOWER` only when the two intervals do not meet.
    """

    difference: float
    verdict: Verdict

    @property
    def is_clear(self) -> bool:
        """Whether the difference may be called a change."""
        return self.verdict in (Verdict.HIGHER, Verdict.LOWER)


def _floats(values: ArrayLike) -> Floats:
    return np.asarray(values, dtype=float)


def _z(level: float) -> float:
    if not 0 < level < 1:
        raise ValuesError(
            "Le niveau de confiance doit être entre 0 et 1 (par exemple 0,95) ; reçu : {level}.",
            level=level,
        )
    return float(special.ndtri((1 + level) / 2))


# --- Random rounding -----------------------------------------------------------------------------


def rounding_bounds(counts: ArrayLike, *, base: int = 5) -> tuple[Floats, Floats]:
    """
    Return the smallest and largest true counts behind randomly rounded ones.

    Random rounding moves a count by at most `base - 1` either way; no count is negative.

    Parameters
    ----------
    counts : array-like of float
        Published counts.
    base : int
        Multiple to which the publisher rounds (5, sometimes 10).

    Returns
    -------
    tuple of two arrays
        Lowest and highest possible counts.
    """
    published = _floats(counts)
    return np.maximum(published - (base - 1), 0.0), published + (base - 1)


def rounding_ratio_bounds(
    numerator: ArrayLike, denominator: ArrayLike, *, base: int = 5, is_share: bool = True
) -> tuple[Floats, Floats]:
    """
    Return hard bounds of a ratio of two randomly rounded counts.

    Parameters
    ----------
    numerator, denominator : array-like of float
        Published counts.
    base : int
        Rounding base of both.
    is_share : bool
        Whether the numerator is part of the denominator, so that the ratio cannot pass 1.

    Returns
    -------
    tuple of two arrays
        Lowest and highest possible ratios; missing where the denominator is 0 or missing. Where
        the smallest possible denominator is 0, the upper bound is 1 for a share, else infinite.

    Examples
    --------
    >>> low, high = rounding_ratio_bounds(25, 180)
    >>> round(float(low), 4), round(float(high), 4)
    (0.1141, 0.1648)
    """
    top_low, top_high = rounding_bounds(numerator, base=base)
    bottom_low, bottom_high = rounding_bounds(denominator, base=base)
    known = _floats(denominator) > 0
    with np.errstate(divide="ignore", invalid="ignore"):
        low = np.where(known, top_low / bottom_high, np.nan)
        high = np.where(bottom_low > 0, top_high / bottom_low, np.inf)
        high = np.where(known & ~np.isnan(top_high), high, np.nan)
    if is_share:
        low, high = np.minimum(low, 1.0), np.minimum(high, 1.0)
    return low, high


def rounding_variance(residual: int | None = None, *, base: int = 5) -> float:
    """
    Return the variance that unbiased random rounding adds to one count.

    Parameters
    ----------
    residual : int, optional
        Remainder `r` of the true count by `base`: the variance is then `r (base - r)`. Unknown to
        readers, so without it the mean over all remainders is given: `(base² - 1) / 6`.
    base : int
        Rounding base.

    Examples
    --------
    >>> rounding_variance(), rounding_variance(2)
    (4.0, 6.0)
    """
    if residual is None:
        return (base**2 - 1) / 6
    return float((residual % base) * (base - residual % base))


def rounding_margin(cells: ArrayLike, *, base: int = 5, level: float = 0.95) -> Floats:
    """
    Return the half-width that rounding gives to a sum of `cells` rounded counts.

    Examples
    --------
    >>> round(float(rounding_margin(12)), 1)
    13.6
    """
    return _z(level) * np.sqrt(_floats(cells) * rounding_variance(base=base))


def clamp_shares(shares: ArrayLike) -> tuple[Floats, NDArray[np.bool_]]:
    """
    Bring shares back into 0..1 and say which ones had to be.

    Two counts rounded apart can give a share a little above 1; it is kept, clamped and flagged
    `Flag.ROUNDED` by the caller.

    Returns
    -------
    tuple of arrays
        Clamped shares, and where clamping took place.
    """
    raw = _floats(shares)
    clamped = np.clip(raw, 0.0, 1.0)
    return clamped, (clamped != raw) & ~np.isnan(raw)


# --- Shares and rates ----------------------------------------------------------------------------


def sample_share_se(
    share: ArrayLike, population: ArrayLike, *, sampling_fraction: float = 0.25
) -> Floats:
    """
    Return the standard error of a share measured on a sample of the population.

    `SE = sqrt((1 - f) / f · p (1 - p) / N)`, simple random sampling, no design effect.

    Parameters
    ----------
    share : array-like of float
        Shares, 0..1.
    population : array-like of float
        People (or dwellings) of the whole population, not of the sample.
    sampling_fraction : float
        Fraction sampled; 0.25 for the long form of the census.

    Examples
    --------
    >>> round(float(sample_share_se(0.3, 180)), 5)
    0.05916
    """
    _require_fraction(sampling_fraction)
    p, n = _floats(share), _floats(population)
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = (1 - sampling_fraction) / sampling_fraction * p * (1 - p) / n
    return np.sqrt(np.where(n > 0, variance, np.nan))


def _require_fraction(fraction: float) -> None:
    if not 0 < fraction <= 1:
        raise ValuesError(
            "La fraction de sondage doit être entre 0 et 1 ; reçu : {fraction}.", fraction=fraction
        )


def wilson(
    successes: ArrayLike, trials: ArrayLike, *, level: float = 0.95
) -> tuple[Floats, Floats]:
    """
    Return Wilson's interval of a share.

    Parameters
    ----------
    successes, trials : array-like of float
        Counts; may be fractions when they stand for an effective sample size.
    level : float
        Confidence level.

    Returns
    -------
    tuple of two arrays
        Bounds within 0..1; missing where there is no trial.

    Examples
    --------
    >>> low, high = wilson(12, 40)
    >>> round(float(low), 6), round(float(high), 6)
    (0.180748, 0.4543)
    """
    k, n = _floats(successes), _floats(trials)
    if np.any((k < 0) | (k > n)):
        raise ValuesError("Le nombre de cas doit être entre 0 et le nombre de réponses.")
    z = _z(level)
    with np.errstate(divide="ignore", invalid="ignore"):
        p = k / n
        scale = 1 + z**2 / n
        centre = (p + z**2 / (2 * n)) / scale
        half = z * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2)) / scale
    # 0 and n cases have exact ends; the subtraction leaves dust there.
    low = np.where(k == 0, 0.0, np.clip(centre - half, 0, 1))
    high = np.where(k == n, 1.0, np.clip(centre + half, 0, 1))
    unknown = ~(n > 0) | np.isnan(k)
    return np.where(unknown, np.nan, low), np.where(unknown, np.nan, high)


def share_interval(
    numerator: ArrayLike,
    denominator: ArrayLike,
    *,
    cells: ArrayLike = 1,
    base: int = 5,
    sampling_fraction: float | None = None,
    level: float = 0.95,
) -> tuple[Floats, Floats]:
    """
    Return the interval of a share of summed census counts, rounding and sampling together.

    Rounding gives each of the `cells` summed numerators and denominators a variance of
    `rounding_variance`; it reaches the share by the delta method. Sampling (long form) is Wilson's
    interval on the effective size `N f / (1 - f)`, so that a share of 0 keeps a width. The two are
    joined in quadrature on each side, as they have nothing to do with one another.

    Parameters
    ----------
    numerator, denominator : array-like of float
        Summed published counts.
    cells : array-like of int
        Number of areas summed; 1 for a single area.
    base : int
        Rounding base; 1 when the counts are not rounded.
    sampling_fraction : float, optional
        0.25 for the long form; omit for a full count.
    level : float
        Confidence level.

    Returns
    -------
    tuple of two arrays
        Bounds within 0..1; missing where the denominator is 0 or missing.
    """
    top, bottom = _floats(numerator), _floats(denominator)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(bottom > 0, top / bottom, np.nan)
        clamped, _ = clamp_shares(share)
        variance = _floats(cells) * rounding_variance(base=base) * (1 + clamped**2) / bottom**2
    rounding = _z(level) * np.sqrt(np.where(bottom > 0, variance, np.nan))
    below = above = rounding
    if sampling_fraction is not None and sampling_fraction < 1:
        _require_fraction(sampling_fraction)
        effective = bottom * sampling_fraction / (1 - sampling_fraction)
        low, high = wilson(clamped * effective, effective, level=level)
        below = np.hypot(rounding, clamped - low)
        above = np.hypot(rounding, high - clamped)
    return np.clip(clamped - below, 0, 1), np.clip(clamped + above, 0, 1)


def poisson_exact(
    events: ArrayLike, exposure: ArrayLike = 1.0, *, per: float = 1.0, level: float = 0.95
) -> tuple[Floats, Floats]:
    """
    Return the exact (Garwood) interval of a rate of rare events.

    Parameters
    ----------
    events : array-like of int
        Events counted, >= 0.
    exposure : array-like of float
        People (or person-years) they are counted over.
    per : float
        Unit of the rate: 1000 for events per 1,000 people.
    level : float
        Confidence level.

    Returns
    -------
    tuple of two arrays
        Bounds of `per · events / exposure`; missing where there is no exposure.

    Examples
    --------
    >>> low, high = poisson_exact(37, 2450, per=1000)
    >>> round(float(low), 3), round(float(high), 3)
    (10.633, 20.816)
    """
    k, people = _floats(events), _floats(exposure)
    if np.any(k < 0):
        raise ValuesError("Un nombre d'événements ne peut pas être négatif.")
    alpha = 1 - level
    _z(level)
    # Half a chi-square quantile of 2k degrees is a gamma quantile of shape k; scipy.special has it
    # without the seconds that scipy.stats takes to import.
    low = np.where(k > 0, special.gammaincinv(np.maximum(k, 1e-300), alpha / 2), 0.0)
    high = special.gammaincinv(k + 1, 1 - alpha / 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        unknown = ~(people > 0) | np.isnan(k)
        return (
            np.where(unknown, np.nan, per * low / people),
            np.where(unknown, np.nan, per * high / people),
        )


@dataclass(frozen=True)
class Smoothed:
    """
    Rates drawn towards the overall rate, the more so where few people stand behind them.

    Attributes
    ----------
    rates : ndarray
        Smoothed rates `θ`, in the unit of events over population.
    overall : float
        Overall rate `m`.
    variance : float
        Variance `A` between areas, floored at 0: then every area gets the overall rate.
    weights : ndarray
        Trust in the area's own rate, 0..1.
    """

    rates: Floats
    overall: float
    variance: float
    weights: Floats


def empirical_bayes(events: ArrayLike, population: ArrayLike) -> Smoothed:
    """
    Smooth rates by Marshall's global empirical Bayes estimator.

    Parameters
    ----------
    events, population : array-like of float, same length
        Counts per area. Areas with no population or a missing count take no part and stay missing.

    Returns
    -------
    Smoothed

    Raises
    ------
    ValuesError
        When a count is negative or no area can be used.
    """
    e, b = _floats(events), _floats(population)
    if np.any(e < 0) or np.any(b < 0):
        raise ValuesError(
            "Les événements et la population doivent être positifs ou nuls ; "
            "une valeur négative a été trouvée."
        )
    usable = (b > 0) & ~np.isnan(e)
    if not usable.any():
        raise ValuesError("Aucun secteur n'a à la fois une population et un nombre d'événements.")
    eu, bu = e[usable], b[usable]
    overall = eu.sum() / bu.sum()
    rates = eu / bu
    variance = max(0.0, (bu * (rates - overall) ** 2).sum() / bu.sum() - overall / bu.mean())
    floor = variance + overall / bu
    # No event anywhere: the overall rate is 0 and there is nothing to weigh.
    trust = np.divide(variance, floor, out=np.zeros_like(bu), where=floor > 0)
    smoothed = np.full(e.shape, np.nan)
    weights = np.full(e.shape, np.nan)
    weights[usable] = trust
    smoothed[usable] = trust * rates + (1 - trust) * overall
    return Smoothed(smoothed, float(overall), float(variance), weights)


# --- Differences ---------------------------------------------------------------------------------


def intervals_overlap(first: tuple[float, float], second: tuple[float, float]) -> bool:
    """Return whether two intervals share at least one point (touching ends count)."""
    return first[0] <= second[1] and second[0] <= first[1]


def change_between(
    before: float,
    after: float,
    before_interval: tuple[float, float] | None,
    after_interval: tuple[float, float] | None,
) -> Change:
    """
    Decide what may be said of the difference between two dates, or two places.

    A difference is called a change only when the two intervals do not meet. With no interval on
    either side nothing clears its uncertainty, so the verdict is `UNKNOWN`, not a change.

    Parameters
    ----------
    before, after : float
        The two figures, same unit.
    before_interval, after_interval : tuple of float, or None
        Their bounds.

    Returns
    -------
    Change
    """
    difference = float(after) - float(before)
    bounds = (*(before_interval or (np.nan,)), *(after_interval or (np.nan,)))
    if np.isnan(difference) or any(np.isnan(bound) for bound in bounds):
        return Change(difference, Verdict.UNKNOWN)
    assert before_interval is not None
    assert after_interval is not None
    if intervals_overlap(before_interval, after_interval):
        return Change(difference, Verdict.NO_CLEAR_CHANGE)
    return Change(difference, Verdict.HIGHER if difference > 0 else Verdict.LOWER)


def change_is_clear(
    before: float,
    after: float,
    before_interval: tuple[float, float] | None,
    after_interval: tuple[float, float] | None,
) -> bool:
    """Return whether a difference clears its uncertainty (see `change_between`)."""
    return change_between(before, after, before_interval, after_interval).is_clear


def standard_error(low: ArrayLike, high: ArrayLike, *, level: float = 0.95) -> Floats:
    """Return the standard error behind a published symmetric interval."""
    return (_floats(high) - _floats(low)) / (2 * _z(level))
