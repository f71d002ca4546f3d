"""
What if a service opened here, or that one closed?

A scenario is never mixed with real data: it lives in its own file of the workspace or in the
address, its points are drawn apart, and everything made from it carries a mark. It answers against
the costs already measured, so that an answer takes milliseconds.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

import numpy as np

from revital.domain.whatif import Effect, compare, scenario_cost
from revital.errors import UnknownIdError, ValuesError
from revital.services.access import group_counts
from revital.services.access_ground import AccessQuery, Ground, checked_query, ground
from revital.services.data import Data

#: As many points and closings as an address holds and a reader follows.
MOST_CHANGES = 8
#: A point farther than this from every resident answers no question about the territory.
FAR_KM = 50.0
_POINT = re.compile(r"^(-?\d{1,2}\.\d{1,6})_(-?\d{1,3}\.\d{1,6})$")
_ID = re.compile(r"^[A-Za-z0-9][A-Za-z0-9_-]{0,59}$")


@dataclass(frozen=True)
class Scenario:
    """
    Services added and closed.

    Attributes
    ----------
    added : tuple of (lat, lon)
        Degrees, five decimals (about a metre).
    closed : tuple of str
        Ids of present places.
    """

    added: tuple[tuple[float, float], ...] = ()
    closed: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """True when nothing changes."""
        return not self.added and not self.closed

    def with_point(self, lat: float, lon: float) -> Scenario:
        """Return the scenario with one more service."""
        return checked(Scenario((*self.added, (round(lat, 5), round(lon, 5))), self.closed))

    def without_point(self, position: int) -> Scenario:
        """Return the scenario without one of its services."""
        kept = tuple(p for i, p in enumerate(self.added) if i != position)
        return Scenario(kept, self.closed)

    def with_closed(self, ids: tuple[str, ...]) -> Scenario:
        """Return the scenario with these places closed, and no other."""
        return checked(Scenario(self.added, tuple(dict.fromkeys(ids))))


@dataclass(frozen=True, eq=False)
class ScenarioResult:
    """
    What a scenario changes.

    Attributes
    ----------
    scenario : Scenario
    effect : Effect
        People gained and lost, means before and after, groups, change of each origin.
    threshold_m : float
    is_on_incomplete_list : bool
        True when the list of real services is incomplete: marked wherever it is shown.
    """

    scenario: Scenario
    effect: Effect
    threshold_m: float
    is_on_incomplete_list: bool


def checked(scenario: Scenario) -> Scenario:
    """
    Return a scenario that can be answered.

    Raises
    ------
    ValuesError
        When it has too many changes or a point is not on Earth.
    """
    if len(scenario.added) + len(scenario.closed) > MOST_CHANGES:
        raise ValuesError(
            "Un scénario tient au plus {n} changements. Retirez-en un d'abord.", n=MOST_CHANGES
        )
    for lat, lon in scenario.added:
        if not (math.isfinite(lat) and math.isfinite(lon) and abs(lat) <= 90 and abs(lon) <= 180):
            raise ValuesError(
                "Le point {lat}, {lon} n'est pas une latitude et une longitude.", lat=lat, lon=lon
            )
    return scenario


def encode(scenario: Scenario) -> str:
    """
    Write a scenario as a short text for the address.

    Examples
    --------
    >>> encode(Scenario(((46.34, -72.55),), ("442-ts009",)))
    '46.34000_-72.55000~x442-ts009'
    """
    points = [f"{lat:.5f}_{lon:.5f}" for lat, lon in scenario.added]
    return "~".join([*points, *(f"x{id_}" for id_ in scenario.closed)])


def decode(text: str) -> Scenario:
    """
    Read a scenario from an address.

    Raises
    ------
    ValuesError
        When the text is not a scenario.
    """
    added, closed = [], []
    for part in filter(None, text.split("~")):
        found = _POINT.match(part)
        if found:
            added.append((float(found[1]), float(found[2])))
        elif part.startswith("x") and _ID.match(part[1:]):
            closed.append(part[1:])
        else:
            raise ValuesError("L'adresse porte un scénario illisible : « {part} ».", part=part[:40])
    return checked(Scenario(tuple(added), tuple(closed)))


def run_scenario(
    data: Data, query: AccessQuery, scenario: Scenario, *, is_on_incomplete_list: bool
) -> ScenarioResult:
    """
    Answer a scenario.

    Parameters
    ----------
    data : Data
    query : AccessQuery
        The question the page shows; the scenario is answered by the same method.
    scenario : Scenario
    is_on_incomplete_list : bool
        Whether the list of real services is incomplete (`Access.is_upper_bound`).

    Raises
    ------
    ValuesError, UnknownIdError
        When a closed place is not in the list, or a point is far from everybody.
    """
    query = checked_query(data, query)
    here = ground(data, query)
    known = set(map(str, here.cost.services))
    unknown = [id_ for id_ in scenario.closed if id_ not in known]
    if unknown:
        raise UnknownIdError(
            "Le scénario ferme « {id} », qui n'est pas dans la liste des services comptés.",
            id=unknown[0],
        )
    added = None
    if scenario.added:
        points = [(lon, lat) for lat, lon in scenario.added]
        ids = [f"scenario-{i}" for i in range(len(points))]
        _require_near(here, scenario)
        added = here.cost_to(points, ids).values
    threshold = float(query.threshold_m or here.service.threshold_m)
    after = scenario_cost(here.cost, added=added, closed=scenario.closed)
    effect = compare(
        here.cost.nearest_cost,
        after,
        here.population,
        threshold,
        here.origins.index,
        is_located=here.is_located,
        groups=group_counts(data, here),
    )
    return ScenarioResult(scenario, effect, threshold, is_on_incomplete_list)


def _require_near(here: Ground, scenario: Scenario) -> None:
    located = here.origins[["lat", "lon"]].to_numpy(dtype=float)[here.is_located]
    if not len(located):
        return
    for lat, lon in scenario.added:
        dy = (located[:, 0] - lat) * 111.2
        dx = (located[:, 1] - lon) * 111.2 * math.cos(math.radians(lat))
        if float(np.hypot(dx, dy).min()) > FAR_KM:
            raise ValuesError(
                "Le point {lat}, {lon} est à plus de {km} km du territoire.",
                lat=lat,
                lon=lon,
                km=int(FAR_KM),
            )
