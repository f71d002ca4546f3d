"""Two to four places, or years, side by side on one scale."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from revital.catalogue.models import Indicator, Text
from revital.domain.trends import Point, Step, steps
from revital.domain.uncertainty import Verdict
from revital.errors import ValuesError
from revital.services.data import Data
from revital.services.facts import timeline
from revital.services.figures import Figure, clear_difference, read_indicator

MOST_PLACES = 4
#: Topic of the facts that carry the population of a place before the census tables start.
LONG_HISTORY = "long_history"
#: Units of those facts that count residents.
PEOPLE = ("residents", "persons")

DIFFERENT_SOURCE = Text(
    fr="source et limites différentes : les deux chiffres ne se comparent pas exactement",
    en="different source and limits: the two figures do not compare exactly",
)


@dataclass(frozen=True)
class Compared:
    """
    An indicator read for several places.

    Attributes
    ----------
    figures : tuple of Figure or None
        In the order of the places.
    verdicts : tuple of Verdict
        Each place against the first: higher, lower, no clear difference, or unknown where no
        interval is known.
    """

    indicator: Indicator
    figures: tuple[Figure | None, ...]
    verdicts: tuple[Verdict, ...]


def compare(
    data: Data, territory_ids: Sequence[str], theme_id: str | None = None
) -> list[Compared]:
    """
    Read every indicator, or those of one theme, that at least one of the places has.

    Raises
    ------
    ValuesError
        With fewer than two or more than four places, or the same one twice.
    UnknownIdError, LayerError
    """
    if not 2 <= len(territory_ids) <= MOST_PLACES or len(set(territory_ids)) < len(territory_ids):
        raise ValuesError(
            "Choisissez de 2 à {most} lieux différents à comparer ; reçu : {found}.",
            most=MOST_PLACES,
            found=", ".join(territory_ids) or "—",
        )
    found = []
    for id_, record in data.catalogue.indicators.items():
        if theme_id is not None and record.theme != theme_id:
            continue
        figures = tuple(read_indicator(data, id_, place).figure for place in territory_ids)
        if all(f is None for f in figures):
            continue
        found.append(
            Compared(
                data.catalogue.indicator(id_),
                figures,
                tuple(_verdict(figures[0], f) for f in figures),
            )
        )
    return found


def _verdict(first: Figure | None, other: Figure | None) -> Verdict:
    if first is None or other is None or first.value is None or other.value is None:
        return Verdict.UNKNOWN
    clear = clear_difference(other, first)
    if clear is None:
        return Verdict.UNKNOWN
    if not clear:
        return Verdict.NO_CLEAR_CHANGE
    return Verdict.HIGHER if other.value > first.value else Verdict.LOWER


@dataclass(frozen=True)
class DatedValue:
    """A value of a series, with who says so."""

    date: int
    value: float
    source: str
    comparable: bool


@dataclass(frozen=True)
class Series:
    """
    An indicator through time for one place.

    Attributes
    ----------
    values : tuple of DatedValue
        Oldest first; `comparable` is False for those from another source than the census tables.
    steps : tuple of Step
        What may be said between two dates; a break where the source changes.
    """

    indicator: Indicator
    values: tuple[DatedValue, ...]
    steps: tuple[Step, ...]


def series(data: Data, territory_id: str, lang: str) -> list[Series]:
    """
    Return the series of a place that have two dates or more.

    Raises
    ------
    UnknownIdError, LayerError
    """
    found = []
    for id_ in data.catalogue.indicators:
        reading = read_indicator(data, id_, territory_id)
        values = [
            DatedValue(
                f.year,
                f.value,
                ", ".join(getattr(data.catalogue.source(s).publisher, lang) for s in f.sources),
                True,
            )
            for f in reading.history
            if f.value is not None
        ]
        if id_ == "population":
            values = [*_long_history(data, territory_id), *values]
        if len(values) < 2:
            continue
        exact = reading.indicator.kind == "count"
        points = [_point(v, exact) for v in values]
        breaks = {
            float(after.date): "source"
            for before, after in itertools.pairwise(values)
            if before.comparable != after.comparable
        }
        found.append(Series(reading.indicator, tuple(values), tuple(steps(points, breaks))))
    return found


def _point(value: DatedValue, exact: bool) -> Point:
    # A census count of residents is a full count: its interval is the count itself.
    if exact and value.comparable:
        return Point(value.date, value.value, value.value, value.value, value.source)
    return Point(value.date, value.value, source=value.source)


def _long_history(data: Data, territory_id: str) -> list[DatedValue]:
    found = []
    for fact in timeline(data, territory_id):
        if fact.topic_id != LONG_HISTORY or fact.unit is None or fact.unit.en not in PEOPLE:
            continue
        if fact.value is None or fact.day is None:
            continue
        found.append(DatedValue(fact.day.year, fact.value, fact.source, False))
    return found
