"""The territories and what they are made of."""

from __future__ import annotations

from dataclasses import dataclass

from revital.catalogue.load import catalogue
from revital.catalogue.models import Level, Territory
from revital.errors import CatalogueError
from revital.i18n import LANGUAGES
from revital.services.data import Data


def language_of(territory_id: str) -> str:
    """
    Return the language the documents of a territory come in unless asked otherwise.

    French for one that is not known: what asked for it says so.
    """
    try:
        record = catalogue().territories.get(territory_id)
    except CatalogueError:
        return LANGUAGES[0]
    return LANGUAGES[0] if record is None else record.languages[0]


@dataclass(frozen=True)
class TerritorySummary:
    """
    A territory, its residents and its number of units by level.

    Attributes
    ----------
    population : float or None
        Persons in 2021, from the finest level known; None when no level is known.
    """

    record: Territory
    population: float | None
    units: dict[str, int]


def summarize(data: Data, territory: Territory) -> TerritorySummary:
    """Count the units and residents of a territory."""
    units: dict[str, int] = {level: len(data.units(territory, level)) for level in territory.units}
    finest_first: tuple[Level, ...] = ("da", "ct")
    for level in finest_first:
        if units.get(level):
            people = data.population(level).reindex(data.units(territory, level)).sum()
            return TerritorySummary(territory, float(people), units)
    return TerritorySummary(territory, None, units)


def list_territories(data: Data) -> list[TerritorySummary]:
    """Return every territory of the catalogue, in menu order."""
    return [summarize(data, t) for t in data.catalogue.territories.values()]
