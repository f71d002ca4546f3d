"""
Offences: rates that small numbers do not sway, and the severity index of a police service.

References
----------
Crime severity index: Statistics Canada, 85-004-X.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from revital.domain.disclosure import SMALL_COUNT
from revital.domain.uncertainty import Flag, Interval, poisson_exact
from revital.errors import ValuesError


@dataclass(frozen=True)
class EventRate:
    """
    Events per people and year.

    Attributes
    ----------
    rate : float
        Per `per` people and year; missing when hidden.
    interval : Interval
        Exact Poisson.
    events : float
        Events of all years together; missing when hidden.
    per_hectare : float
        Events per hectare and year: a centre with few residents has a high rate per resident.
        Missing without an area.
    flag : Flag
    """

    rate: float
    interval: Interval
    events: float
    per_hectare: float
    flag: Flag


def pooled_rate(
    events: Sequence[int],
    population: Sequence[float],
    *,
    per: float = 1000.0,
    area_ha: float | None = None,
    k: int = SMALL_COUNT,
    level: float = 0.95,
) -> EventRate:
    """
    Return a rate over several years together (three is the custom for small areas).

    Parameters
    ----------
    events : sequence of int
        Events of each year.
    population : sequence of float
        Residents of each year, same length.
    per : float
        Unit of the rate.
    area_ha : float, optional
        Land area, hectares.
    k : int
        Fewer events in all years together are hidden.
    level : float

    Returns
    -------
    EventRate
    """
    if len(events) != len(population) or not events:
        raise ValuesError(
            "Il faut autant d'années d'événements que de population ; reçu : {events} et {people}.",
            events=len(events),
            people=len(population),
        )
    total, exposure = float(sum(events)), float(sum(population))
    if not exposure > 0:
        raise ValuesError("La population totale est nulle : aucun taux n'est possible.")
    if total < k:
        missing = float("nan")
        return EventRate(missing, Interval(missing, missing), missing, missing, Flag.SUPPRESSED)
    low, high = poisson_exact(total, exposure, per=per, level=level)
    return EventRate(
        rate=per * total / exposure,
        interval=Interval(float(low), float(high)),
        events=total,
        per_hectare=total / len(events) / area_ha if area_ha else float("nan"),
        flag=Flag.OK,
    )


def severity_index(
    counts: Mapping[str, float],
    population: float,
    weights: Mapping[str, float],
    reference_counts: Mapping[str, float],
    reference_population: float,
) -> float:
    """
    Return the crime severity index: weighted offences per person, reference = 100.

    Parameters
    ----------
    counts, reference_counts : mapping of offence to count
        Of the place, and of Canada in the base year (2006).
    population, reference_population : float
    weights : mapping of offence to severity

    Returns
    -------
    float
        Meant for a police service, not for a neighbourhood.
    """
    if not (population > 0 and reference_population > 0):
        raise ValuesError("La population totale est nulle : aucun taux n'est possible.")
    absent = sorted((set(counts) | set(reference_counts)) - set(weights))
    if absent:
        raise ValuesError(
            "Il manque un poids numérique pour : {columns}.", columns=", ".join(absent)
        )

    def per_person(offences: Mapping[str, float], people: float) -> float:
        return float(np.sum([weights[name] * n for name, n in offences.items()])) / people

    base = per_person(reference_counts, reference_population)
    if not base > 0:
        raise ValuesError("La référence n'a aucune infraction : l'indice n'existe pas.")
    return per_person(counts, population) / base * 100
