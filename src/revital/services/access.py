"""
Who is near a class of services in a territory, measured from the embedded data.

The result carries what must be said beside a figure: how distances were had, what the list of
places is worth, what was shown without being counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd

from revital.catalogue.models import Territory
from revital.catalogue.service_classes import ServiceClass
from revital.domain import access, food_access
from revital.domain.cost_matrix import FloatArray
from revital.domain.uncertainty import Flag, rounding_margin
from revital.i18n.mark import N_
from revital.services.access_ground import AccessQuery, Ground, checked_query, ground
from revital.services.data import Data
from revital.services.figures import stamp
from revital.services.service_places import PlaceList, ServicePlace
from revital.services.verified import Verification, verification

#: Column of `profile_da` that counts a group, and how its name reads.
GROUPS: dict[str, tuple[str, str]] = {
    "low_income": ("low_income_persons", N_("Personnes à faible revenu")),
    "older": ("age_65_plus", N_("Personnes de 65 ans et plus")),
    "alone": ("households_1_person", N_("Personnes vivant seules")),
}
#: A group that nobody publishes at this level: said, never guessed.
ABSENT_GROUPS: dict[str, str] = {"no_car": N_("Ménages sans voiture")}
_SITUATIONAL = "cimd_da.situational_vulnerability_quintile"


@dataclass(frozen=True)
class GroupAccess:
    """
    How a group of people is served.

    Attributes
    ----------
    id, title : str
        `title` is a French sentence to translate.
    people, people_beyond : float or None
        None where nothing is published.
    margin : float or None
        Half-width that rounding alone gives to `people_beyond` (95 %).
    units_without_figure : int
    flags : tuple of Flag
    """

    id: str
    title: str
    people: float | None
    people_beyond: float | None
    margin: float | None
    units_without_figure: int
    flags: tuple[Flag, ...]


@dataclass(frozen=True)
class FoodRule:
    """
    INSPQ's rule on the areas of the territory.

    Attributes
    ----------
    areas_low, areas_unknown : int
    people_low, people_desert : float
        Residents of areas with low access, and of those that are deprived too.
    quintiles : tuple of int
    is_stand_in : bool
        True while CIMD stands in for INSPQ's index: not INSPQ's rule.
    """

    areas_low: int
    areas_unknown: int
    people_low: float
    people_desert: float
    quintiles: tuple[int, ...]
    is_stand_in: bool


@dataclass(frozen=True, eq=False)
class Access:
    """
    Access of a territory to a class of services.

    Attributes
    ----------
    query, territory, service
    threshold_m : float
    level, method : str
    detour_factor : float or None
    summary : AccessSummary or None
        None when no place that counts is known.
    city : AccessSummary or None
        Same question for the comparator city.
    is_upper_bound : bool
        True while the list is incomplete: read "at most".
    verification : Verification or None
        Who said that the list is complete, and when.
    counted_otherwise : AccessSummary or None
        The same people if the places shown and not counted did count.
    services_15_min, services_15_min_older : float or None
        Mean number of places within 15 minutes at the speed asked and at 3.6 km/h.
    mean_of_3_m : float or None
    food : FoodRule or None
    groups : tuple of GroupAccess
    units : DataFrame, indexed by unit
        `population`, `cost_m`, `service_id`, `is_within`, sorted from far to near.
    place_distance_m : dict
        Mean distance of the territory's residents to each place that counts.
    nearest_for : dict
        Residents for whom each place is the nearest.
    listing : PlaceList
    """

    query: AccessQuery
    territory: Territory
    service: ServiceClass
    threshold_m: float
    level: str
    method: str
    detour_factor: float | None
    summary: access.AccessSummary | None
    city: access.AccessSummary | None
    is_upper_bound: bool
    verification: Verification | None
    counted_otherwise: access.AccessSummary | None
    services_15_min: float | None
    services_15_min_older: float | None
    mean_of_3_m: float | None
    food: FoodRule | None
    groups: tuple[GroupAccess, ...]
    units: pd.DataFrame
    place_distance_m: dict[str, float]
    nearest_for: dict[str, float]
    listing: PlaceList

    @property
    def can_simulate(self) -> bool:
        """True when what-if and best sites need no acceptance of an incomplete list."""
        return self.summary is not None and not self.is_upper_bound


def measure_access(data: Data, query: AccessQuery) -> Access:
    """
    Answer a question of access.

    Raises
    ------
    UnknownIdError, LayerError, ValuesError
    """
    checked = checked_query(data, query)
    return _measure(data, checked, stamp(data), _verified(data, checked))


def _verified(data: Data, query: AccessQuery) -> Verification | None:
    return verification(data.catalogue.territory(query.territory).place, query.service)


@lru_cache(maxsize=256)
def _measure(data: Data, query: AccessQuery, layers: str, verified: Verification | None) -> Access:
    here = ground(data, query)
    threshold = float(query.threshold_m or here.service.threshold_m)
    state = here.listing.state.state
    known = len(here.cost.services) > 0
    least = here.cost.nearest_cost
    people = here.population
    located = here.is_located
    summary = access.summarize(least, people, threshold, is_located=located) if known else None
    still = _still(here, query.speed_kmh)
    near = still.near
    units = pd.DataFrame(
        {
            "da_id": here.origins["da_id"],
            "population": people,
            "cost_m": near["cost"],
            "service_id": near["service_id"],
            "is_within": (least <= threshold) if known else None,
        },
        index=here.origins.index,
    ).sort_values("cost_m", ascending=False, kind="stable", na_position="last")
    return Access(
        query=query,
        territory=here.territory,
        service=here.service,
        threshold_m=threshold,
        level=here.level,
        method=here.cost.method,
        detour_factor=here.cost.detour_factor,
        summary=summary,
        city=_city(data, query, threshold) if known else None,
        is_upper_bound=state == "incomplete" and verified is None,
        verification=verified,
        counted_otherwise=_otherwise(here, threshold) if known else None,
        services_15_min=still.within_15_min if known else None,
        services_15_min_older=still.within_15_min_older if known else None,
        mean_of_3_m=still.mean_of_3_m,
        food=_food_rule(data, here, query) if known and here.service.rule == "inspq" else None,
        groups=_groups(data, here, threshold) if known else (),
        units=units,
        place_distance_m=still.place_distance_m,
        nearest_for=still.nearest_for,
        listing=here.listing,
    )


@dataclass(frozen=True, eq=False)
class _Still:
    """What moving the threshold leaves as it is."""

    near: pd.DataFrame
    within_15_min: float | None
    within_15_min_older: float | None
    mean_of_3_m: float | None
    place_distance_m: dict[str, float]
    nearest_for: dict[str, float]


@lru_cache(maxsize=64)
def _still(here: Ground, speed_kmh: float) -> _Still:
    near = access.nearest(here.cost)
    older = access.walk_radius_m(15, speed_kmh=access.OLDER_WALK_KMH)
    return _Still(
        near=near,
        within_15_min=_mean_count(here, access.walk_radius_m(15, speed_kmh=speed_kmh)),
        within_15_min_older=_mean_count(here, older),
        mean_of_3_m=_weighted(access.mean_of_nearest(here.cost, 3), here.population),
        place_distance_m=_place_distance(here),
        nearest_for=_nearest_for(near, here.population),
    )


def _city(data: Data, query: AccessQuery, threshold: float) -> access.AccessSummary | None:
    city = data.catalogue.territory(query.territory).comparators.get("city")
    if city is None:
        return None
    there = ground(data, query, city)
    if there.listing.state != ground(data, query).listing.state:
        return None
    return access.summarize(
        there.cost.nearest_cost, there.population, threshold, is_located=there.is_located
    )


def _otherwise(here: Ground, threshold: float) -> access.AccessSummary | None:
    """Return the answer if places of categories that do not count did count."""
    shown = [p for p in here.listing.places if p.reason == "category"]
    if not shown:
        return None
    extra = here.cost_to([(p.lon, p.lat) for p in shown], [p.id for p in shown])
    least = np.minimum(here.cost.nearest_cost, extra.nearest_cost)
    return access.summarize(least, here.population, threshold, is_located=here.is_located)


def _mean_count(here: Ground, radius_m: float) -> float | None:
    return _weighted(access.count_within(here.cost, radius_m)["services"], here.population)


def _weighted(values: pd.Series, population: FloatArray) -> float | None:
    """Return the mean weighted by residents, over origins that have both."""
    people = np.nan_to_num(population, nan=0.0)
    known = values.notna().to_numpy() & (people > 0)
    if not known.any():
        return None
    return float(np.average(values.to_numpy(dtype=float)[known], weights=people[known]))


def _food_rule(data: Data, here: Ground, query: AccessQuery) -> FoodRule:
    """Apply INSPQ's rule to areas; CIMD stands in for its index, which the data do not hold."""
    table = access.by_unit(
        here.cost.nearest_cost,
        here.population,
        here.origins["da_id"],
        float(query.threshold_m or here.service.threshold_m),
        is_located=here.is_located,
    )
    rule = food_access.InspqRule(deprived_quintiles=frozenset(query.deprived_quintiles))
    nothing = (table["people"] > 0) & (table["people_unreached"] == table["people"])
    partly = (table["people_unreached"] > 0) & ~nothing
    low = food_access.low_access(
        table["mean_cost"].mask(partly), reaches_nothing=nothing, rule=rule
    )
    has_inspq = data.layers.has("inspq_deprivation_da")
    source = "inspq_deprivation_da.material_quintile" if has_inspq else _SITUATIONAL
    quintile = data.column(source).reindex(table.index)
    desert = food_access.food_desert(low, quintile, rule=rule)
    return FoodRule(
        areas_low=int(low.fillna(False).sum()),
        areas_unknown=int(low.isna().sum()),
        people_low=float(table["people"][low.fillna(False).astype(bool)].sum()),
        people_desert=float(table["people"][desert.fillna(False).astype(bool)].sum()),
        quintiles=query.deprived_quintiles,
        is_stand_in=not has_inspq,
    )


def group_counts(data: Data, here: Ground) -> dict[str, FloatArray]:
    """
    Return the people of each group at each origin; missing where not published.

    Groups are published by area; with blocks as origins, an area's people are spread over its
    blocks like its residents.
    """
    profile = data.table("profile_da").reindex(here.origins["da_id"])
    share = np.ones(len(here.origins))
    if here.level == "db":
        total = here.origins.groupby("da_id")["population"].transform("sum")
        share = (here.origins["population"] / total.where(total > 0)).to_numpy(dtype=float)
    return {
        id_: profile[column].to_numpy(dtype=float) * share for id_, (column, _) in GROUPS.items()
    }


def _groups(data: Data, here: Ground, threshold: float) -> tuple[GroupAccess, ...]:
    least = here.cost.nearest_cost
    beyond = here.is_located & ~(least <= threshold)
    found = []
    for id_, people in group_counts(data, here).items():
        title = GROUPS[id_][1]
        missing = int(np.isnan(people).sum())
        if missing == len(people):
            found.append(GroupAccess(id_, title, None, None, None, missing, (Flag.MISSING,)))
            continue
        count = np.nan_to_num(people, nan=0.0)
        cells = int((beyond & ~np.isnan(people)).sum())
        flags = [Flag.ROUNDED, Flag.APPROXIMATE]
        if missing:
            flags.append(Flag.PARTIAL_COVERAGE)
        far = float(count[beyond].sum())
        if 0 < far < 40:
            flags.append(Flag.LOW_COUNT)
        found.append(
            GroupAccess(
                id_,
                title,
                float(count[here.is_located].sum()),
                far,
                float(rounding_margin(cells)) if cells else 0.0,
                missing,
                tuple(flags),
            )
        )
    found += [
        GroupAccess(id_, title, None, None, None, len(least), (Flag.MISSING,))
        for id_, title in ABSENT_GROUPS.items()
    ]
    return tuple(found)


def _place_distance(here: Ground) -> dict[str, float]:
    people = np.nan_to_num(here.population, nan=0.0)
    result = {}
    for column, id_ in enumerate(here.cost.services):
        cost = here.cost.values[:, column]
        usable = np.isfinite(cost) & (people > 0)
        if usable.any():
            result[str(id_)] = float(np.average(cost[usable], weights=people[usable]))
    return result


def _nearest_for(near: pd.DataFrame, population: FloatArray) -> dict[str, float]:
    people = pd.Series(np.nan_to_num(population, nan=0.0), index=near.index)
    return {str(k): float(v) for k, v in people.groupby(near["service_id"]).sum().items()}


def place_by_id(found: Access, id_: str) -> ServicePlace | None:
    """Return a place of the list by its id."""
    return next((p for p in found.listing.places if p.id == id_), None)
