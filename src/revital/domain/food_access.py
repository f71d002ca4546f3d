"""
Rules that say where food is hard to reach: INSPQ, USDA, and the share of healthy outlets.

The rules are separate from distances: they take mean distances, whatever the way those were
measured, and say True, False or "cannot be told".
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from revital.errors import ValuesError

MILE_M = 1609.344


@dataclass(frozen=True)
class InspqRule:
    """
    Low access and food desert as INSPQ defines them.

    Attributes
    ----------
    urban_m, rural_m : float
        Mean distance to the nearest store from which access is low; exactly this distance is low.
    deprived_quintiles : frozenset of int
        Material quintiles that make low access a food desert; 5 is the most deprived.

    References
    ----------
    INSPQ (2013), publication 1728; INSPQ, Boîte à outils, coopérative alimentaire.
    """

    urban_m: float = 1000.0
    rural_m: float = 16000.0
    deprived_quintiles: frozenset[int] = frozenset({5})

    def __post_init__(self) -> None:
        if not (self.urban_m > 0 and self.rural_m > 0):
            raise ValuesError("Les distances de la règle doivent être plus grandes que 0.")
        if not self.deprived_quintiles or not self.deprived_quintiles <= {1, 2, 3, 4, 5}:
            raise ValuesError("Les quintiles de défavorisation vont de 1 à 5 ; choisissez-en.")


def low_access(
    mean_distance_m: pd.Series,
    *,
    is_rural: pd.Series | bool = False,
    reaches_nothing: pd.Series | None = None,
    rule: InspqRule | None = None,
) -> pd.Series:
    """
    Tell which areas have low access to food.

    Parameters
    ----------
    mean_distance_m : Series, indexed by area
        Mean distance from homes to the nearest store that counts (metres); missing when unknown.
    is_rural : Series of bool, or bool
        Rural areas have their own distance.
    reaches_nothing : Series of bool, optional
        True where no resident reaches any store: low access whatever the mean.
    rule : InspqRule, optional

    Returns
    -------
    Series of nullable boolean
        Missing where the mean is missing and the area is not known to reach nothing.
    """
    rule = rule or InspqRule()
    rural = pd.Series(is_rural, index=mean_distance_m.index, dtype=bool)
    threshold = pd.Series(np.where(rural, rule.rural_m, rule.urban_m), index=mean_distance_m.index)
    low = (mean_distance_m >= threshold).astype("boolean").mask(mean_distance_m.isna())
    if reaches_nothing is not None:
        low = low.mask(reaches_nothing.reindex(low.index).fillna(False).astype(bool), True)
    return low


def food_desert(low: pd.Series, quintile: pd.Series, *, rule: InspqRule | None = None) -> pd.Series:
    """
    Tell which areas have low access **and** are materially deprived.

    Parameters
    ----------
    low : Series of nullable boolean, indexed by area
        Result of `low_access`.
    quintile : Series of 1 to 5, indexed by area
        Material deprivation, 5 the most deprived; missing when not published.
    rule : InspqRule, optional

    Returns
    -------
    Series of nullable boolean
        False where access is not low, whatever the quintile; missing where it cannot be told.
    """
    rule = rule or InspqRule()
    quintile = quintile.reindex(low.index)
    deprived = quintile.isin(rule.deprived_quintiles).astype("boolean").mask(quintile.isna())
    return low.astype("boolean") & deprived


@dataclass(frozen=True)
class UsdaRule:
    """
    Low access as the USDA Food Access Research Atlas defines it.

    Attributes
    ----------
    urban_m, rural_m : float
        Distance beyond which people are far (1 and 10 miles; half a mile and 20 are variants).
    least_people, least_share : float
        An area is low access when that many people, or that share of them, are far.
    """

    urban_m: float = MILE_M
    rural_m: float = 10 * MILE_M
    least_people: float = 500.0
    least_share: float = 0.33


def usda_low_access(
    people_beyond: pd.Series, people: pd.Series, *, rule: UsdaRule | None = None
) -> pd.Series:
    """
    Tell which areas have low access under the USDA rule.

    Parameters
    ----------
    people_beyond : Series, indexed by area
        Residents farther than the rule's distance (urban or rural, the caller's choice).
    people : Series, indexed by area
        Residents.

    Returns
    -------
    Series of nullable boolean
        Missing where there is nobody.
    """
    rule = rule or UsdaRule()
    share = people_beyond / people.where(people > 0)
    low = (people_beyond >= rule.least_people) | (share >= rule.least_share)
    return low.astype("boolean").mask(~(people > 0))


def usda_low_income(
    poverty_share: pd.Series, family_income_ratio: pd.Series | None = None
) -> pd.Series:
    """
    Tell which areas have low income under the USDA rule.

    Parameters
    ----------
    poverty_share : Series of 0 to 1
        Share of residents in poverty; low income from 0.20.
    family_income_ratio : Series, optional
        Median family income over that of the state or metropolitan area; low income up to 0.80.
    """
    low = (poverty_share >= 0.20).astype("boolean").mask(poverty_share.isna())
    if family_income_ratio is None:
        return low
    ratio = family_income_ratio.reindex(low.index)
    return low | (ratio <= 0.80).astype("boolean").mask(ratio.isna())


def healthy_outlet_share(healthy: pd.Series, less_healthy: pd.Series) -> pd.Series:
    """
    Return the modified retail food environment index (mRFEI), 0 to 100.

    Parameters
    ----------
    healthy, less_healthy : Series of counts, indexed by area

    Returns
    -------
    Series
        `100 * healthy / (healthy + less_healthy)`; missing where there is no outlet at all, which
        is not the same as 0 (outlets, none of them healthy).
    """
    total = healthy + less_healthy
    return (100 * healthy / total.where(total > 0)).astype(float)


def food_swamp(index: pd.Series, less_healthy: pd.Series, *, limit: float = 10.0) -> pd.Series:
    """
    Tell which areas are flooded with less healthy outlets; revital's own rule, not a published one.

    Parameters
    ----------
    index : Series
        mRFEI of `healthy_outlet_share`.
    less_healthy : Series of counts
    limit : float
        Below it, with at least one less healthy outlet, the area is named.
    """
    return ((index < limit) & (less_healthy >= 1)).astype("boolean").mask(index.isna())
