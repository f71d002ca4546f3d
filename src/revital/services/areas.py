"""The sheet of one area of a map: what is known of it, at the level it was drawn at."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from revital.catalogue.models import Indicator, Level, Measure
from revital.domain import indicators as methods
from revital.services.data import Data
from revital.services.figures import inputs_frame, share_bounds
from revital.services.local_access import incomplete_note
from revital.services.mapping import MapView, measure_at


@dataclass(frozen=True)
class AreaFigure:
    """
    A figure of one area and its 95 % interval; None where nothing is published or known.

    `is_bound` tells that the list of places behind it is incomplete.
    """

    indicator: Indicator
    measure: Measure
    value: float | None
    interval: tuple[float, float] | None = None
    is_bound: bool = False


@dataclass(frozen=True)
class AreaSheet:
    """
    What is known of an area.

    Attributes
    ----------
    id, name : str
    units : tuple of str
        Census units it stands for.
    population : float or None
    in_territory : bool
    rank : int or None
        Areas of the map with a higher value of the indicator drawn, plus one.
    ranked : int
        Areas with a value.
    figures : tuple of AreaFigure
    """

    id: str
    name: str
    level: Level
    units: tuple[str, ...]
    population: float | None
    in_territory: bool
    value: float | None
    rank: int | None
    ranked: int
    figures: tuple[AreaFigure, ...]


def area_sheet(data: Data, view: MapView, area_id: str) -> AreaSheet | None:
    """
    Return the sheet of an area of a map, None when the map does not hold it.

    Raises
    ------
    LayerError
    """
    position = view.position(area_id)
    if position is None:
        return None
    shapes = view.outlines
    id_ = shapes.ids[position]
    units = shapes.members[id_]
    level = view.measure.level
    drawn = shapes.layer.id
    places = [p for p in data.catalogue.places.values() if drawn in p.outlines.values()]
    figures = []
    for indicator in data.catalogue.indicators.values():
        measure = measure_at(data, indicator, level, places[0]) if places else None
        if measure is None:
            continue
        bound = incomplete_note(measure, places[0].id) is not None
        figures.append(AreaFigure(indicator, measure, *_unit_figure(data, measure, units), bound))
    people = data.population(level).reindex(list(units))
    value = view.values[position]
    known = [v for v in view.values if v is not None]
    return AreaSheet(
        id=id_,
        name=shapes.names[position],
        level=level,
        units=units,
        population=float(people.sum()) if people.notna().all() else None,
        in_territory=position in view.inside,
        value=value,
        rank=None if value is None else 1 + sum(v > value for v in known),
        ranked=len(known),
        figures=tuple(figures),
    )


def unit_value(data: Data, measure: Measure, units: tuple[str, ...]) -> float | None:
    """Return the figure of a few units taken together, None where any input is missing."""
    return _unit_figure(data, measure, units)[0]


def _unit_figure(
    data: Data, measure: Measure, units: tuple[str, ...]
) -> tuple[float | None, tuple[float, float] | None]:
    frame = inputs_frame(data, measure).reindex(list(units))
    if not frame.notna().all(axis=1).any():
        return None, None
    row = methods.compute(
        measure.method,
        frame,
        groups=pd.Series("all", index=frame.index),
        population=data.population(measure.level),
        parameters=measure.parameters,
    ).iloc[0]
    if pd.isna(row["value"]):
        return None, None
    return float(row["value"]), share_bounds(measure, row)
