"""A community's own data as it may be shown: places, values by area, answers, incidents."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from revital.catalogue.models import Level, Territory
from revital.domain.disclosure import SMALL_BASE, hide_percentages
from revital.domain.uncertainty import wilson
from revital.services.data import Data
from revital.services.imports import published
from revital.services.imports.events import Event, Journal
from revital.services.service_places import OWN
from revital.services.workspace.home import Workspace
from revital.services.workspace.templates import name_of


@dataclass(frozen=True)
class Origin:
    """Who brought a list, and when (ISO 8601 date)."""

    by: str
    on: str
    file: str


@dataclass(frozen=True)
class OwnPlace:
    """A place that the community added."""

    name: str
    category: str
    address: str
    lat: float
    lon: float
    seen_on: str
    origin: Origin


@dataclass(frozen=True, eq=False)
class OwnValues:
    """
    One measure at one date, by area.

    Attributes
    ----------
    measure, unit, date : str
    level : {"ct", "da"}
    values : Series, indexed by unit id
        NaN where hidden.
    hidden : frozenset of str
        Units whose small count of people is hidden.
    inside : frozenset of str
        Units of the territory.
    origins : tuple of Origin
    """

    measure: str
    unit: str
    date: str
    level: Level
    values: pd.Series
    hidden: frozenset[str]
    inside: frozenset[str]
    origins: tuple[Origin, ...]


@dataclass(frozen=True)
class Answer:
    """
    An answer: persons, share of the respondents and its 95 % interval (0..1).

    None where hidden: a count under five, one that would give it away, or a share of fewer than
    thirty respondents.
    """

    text: str
    n: int | None
    share: float | None
    interval: tuple[float, float] | None


@dataclass(frozen=True)
class Question:
    """A question of a survey of the territory; `base` is None where it would give a count away."""

    survey: str
    date: str
    text: str
    base: int | None
    answers: tuple[Answer, ...]
    is_withheld: bool
    origin: Origin


@dataclass(frozen=True)
class IncidentCount:
    """Incidents of a category in a period, None where hidden."""

    period: str
    category: str
    n: int | None


@dataclass(frozen=True)
class OwnLayers:
    """What a community brought that speaks of a territory."""

    places: tuple[OwnPlace, ...]
    values: tuple[OwnValues, ...]
    questions: tuple[Question, ...]
    incidents: tuple[IncidentCount, ...]
    incident_origins: tuple[Origin, ...]

    @property
    def is_empty(self) -> bool:
        """True when nothing was brought yet."""
        return not (self.places or self.values or self.questions or self.incidents)


def own_layers(data: Data, home: Workspace, territory_id: str) -> OwnLayers:
    """
    Return the local data of a territory.

    Places and values are those of its city; answers and incidents those of the territory itself,
    which is made of fixed units: none is ever worked out for a freely drawn area.

    Raises
    ------
    UnknownIdError, LayerError
    """
    territory = data.catalogue.territory(territory_id)
    events = {e.id: e for e in Journal(home).events()}

    def origin(row_id: object) -> Origin:
        return _origin(events.get(str(row_id).removeprefix("own-").rpartition("-")[0]))

    incidents, brought = _incidents(data, territory_id, origin)
    return OwnLayers(
        places=_places(data, territory.place, origin),
        values=_values(data, territory, origin),
        questions=_questions(data, territory_id, origin),
        incidents=incidents,
        incident_origins=brought,
    )


def own_values(data: Data, home: Workspace, territory_id: str) -> tuple[OwnValues, ...]:
    """Return the values by area alone: see `own_layers`."""
    if not data.layers.has("own_values"):
        return ()
    events = {e.id: e for e in Journal(home).events()}
    return _values(
        data,
        data.catalogue.territory(territory_id),
        lambda row_id: _origin(events.get(str(row_id).rpartition("-")[0])),
    )


def _origin(event: Event | None) -> Origin:
    return Origin("—", "", "") if event is None else Origin(event.by, event.when[:10], event.file)


Originator = Callable[[object], Origin]


def _places(data: Data, place_id: str, origin: Originator) -> tuple[OwnPlace, ...]:
    layer = f"{OWN}{name_of(place_id)}"
    if not data.layers.has(layer):
        return ()
    return tuple(
        OwnPlace(
            name=_text(row["name"]),
            category=_text(row["category"]),
            address=_text(row["address"]),
            lat=float(row["geometry"].y),
            lon=float(row["geometry"].x),
            seen_on=_text(row["verified_on"]),
            origin=origin(row["service_id"]),
        )
        for row in data.layers.read_shapes(layer).to_dict("records")
    )


def _values(data: Data, territory: Territory, origin: Originator) -> tuple[OwnValues, ...]:
    if not data.layers.has("own_values"):
        return ()
    table = data.layers.read("own_values")
    if "is_hidden" not in table.columns:
        table["is_hidden"] = False
    return _by_measure(data, territory, table, origin)


def preview_values(data: Data, territory_id: str, rows: pd.DataFrame) -> tuple[OwnValues, ...]:
    """
    Return the measures of an import that is not kept yet, small counts of people hidden.

    Parameters
    ----------
    rows : DataFrame
        `unit_id`, `level`, `measure`, `date`, `value`, `unit`.
    """
    draft = Event("", "values", territory_id, "", "", "", len(rows))
    table = published.values([(draft, rows)], data.table("geography_da")["ct_id"])
    territory = data.catalogue.territory(territory_id)
    return _by_measure(data, territory, table, lambda _: _origin(None))


def _by_measure(
    data: Data, territory: Territory, table: pd.DataFrame, origin: Originator
) -> tuple[OwnValues, ...]:
    table["is_hidden"] = table["is_hidden"].fillna(value=False).astype(bool)
    place = data.catalogue.place(territory.place)
    found = []
    levels: tuple[Level, ...] = ("da", "ct")
    for level in levels:
        layer = place.outlines.get(level)
        if layer is None or not data.layers.has(layer):
            continue
        known = _units(data, layer)
        inside = frozenset(map(str, data.units(territory, level)))
        here = table[(table["level"] == level) & table["unit_id"].isin(known)]
        keys = [here[c].fillna("").astype(str) for c in ("measure", "unit", "date")]
        for (measure, unit, date), rows in here.groupby(keys):
            rows = rows.set_index("unit_id")
            found.append(
                OwnValues(
                    measure=str(measure),
                    unit=str(unit),
                    date=str(date),
                    level=level,
                    values=rows["value"].astype("float64"),
                    hidden=frozenset(rows.index[rows["is_hidden"]]),
                    inside=inside,
                    origins=tuple(dict.fromkeys(origin(i) for i in rows["row_id"])),
                )
            )
    return tuple(sorted(found, key=lambda v: (v.measure.casefold(), v.date, v.level)))


def _units(data: Data, layer: str) -> set[str]:
    shapes = data.layers.read_shapes(layer)
    if "members" not in shapes.columns:
        return set(shapes["unit_id"])
    return {unit for ids in shapes["members"] for unit in str(ids).split(";")}


def _questions(data: Data, territory_id: str, origin: Originator) -> tuple[Question, ...]:
    if not data.layers.has("own_survey"):
        return ()
    table = data.layers.read("own_survey")
    mine = table[table["territory"] == territory_id]
    found = []
    # One file may be brought again on the same day: each import is a survey of its own.
    brought = mine["row_id"].str.replace(r"-\d+$", "", regex=True).rename("event")
    keys = ["survey", "date", "question", brought]
    for (survey, date, text, _), rows in mine.groupby(keys, sort=False):
        base = rows["base"].iloc[0]
        people = None if pd.isna(base) else int(base)
        found.append(
            Question(
                survey=str(survey),
                date=str(date),
                text=str(text),
                base=people,
                answers=tuple(_answer(row, people) for row in rows.to_dict("records")),
                is_withheld=bool(rows["is_hidden"].all()),
                origin=origin(rows["row_id"].iloc[0]),
            )
        )
    return tuple(found)


def _answer(row: Mapping[Hashable, Any], base: int | None) -> Answer:
    text, n = str(row["answer"]), row["n"]
    if pd.isna(n):
        return Answer(text, None, None, None)
    share = None
    if base:
        kept = float(hide_percentages(n / base, base, min_n=SMALL_BASE))
        share = None if np.isnan(kept) else kept
    bounds = None
    if share is not None and base:
        low, high = wilson(n, base)
        bounds = (float(low), float(high))
    return Answer(text, int(n), share, bounds)


def _incidents(
    data: Data, territory_id: str, origin: Originator
) -> tuple[tuple[IncidentCount, ...], tuple[Origin, ...]]:
    if not data.layers.has("own_incidents"):
        return (), ()
    table = data.layers.read("own_incidents")
    mine = table[table["territory"] == territory_id].sort_values(["period", "category"])
    counts = tuple(
        IncidentCount(
            str(row["period"]), str(row["category"]), None if pd.isna(row["n"]) else int(row["n"])
        )
        for row in mine.to_dict("records")
    )
    return counts, tuple(dict.fromkeys(origin(i) for i in mine["row_id"]))


def _text(value: object) -> str:
    return "" if value is None or value is pd.NA or value != value else str(value)
