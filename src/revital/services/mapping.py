"""
What a map of an indicator shows: areas, values, classes, legend and selection.

A change of indicator sends one class per area; outlines are static files (`services.outlines`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
import shapely

from revital.catalogue.models import Indicator, Level, Measure, Place, Territory, Text
from revital.domain import indicators as methods
from revital.errors import UnknownIdError
from revital.services.data import Data
from revital.services.figures import inputs_frame, shares_bounds
from revital.services.local_access import incomplete_note
from revital.services.map_classes import NO_DATA, classify
from revital.services.outlines import Outlines, outline_units, outlines
from revital.store.layers import LayerManifest

#: Below this share of residents with data, an area made of several units shows no value.
LEAST_CELL_COVERAGE = 0.5


@dataclass(frozen=True)
class LegendClass:
    """A class of the legend: its limits (the upper one included) and how many areas it holds."""

    low: float
    high: float
    count: int


@dataclass(frozen=True)
class MapView:
    """
    One indicator drawn on one level of a place.

    Attributes
    ----------
    values : tuple of float or None
        In the order of `outlines.ids`.
    codes : bytes
        Class of each area, 0 to k-1, or `NO_DATA`.
    classes : tuple of LegendClass
    missing : int
        Areas without a value.
    inside : tuple of int
        Positions of the areas of the territory.
    approximate : tuple of Text
        What must be said of the shapes and of the values.
    manifests : tuple of LayerManifest
        Layers drawn, with their attribution.
    date : Text
        Year of the figure, or what a community said of the date of its own values.
    intervals : tuple of (float, float) or None
        95 % interval of each area, where one is known.
    is_bound : bool
        The list of places behind the values is incomplete.
    hidden : tuple of int
        Positions of the areas whose small count of people is hidden; their value is None, and
        they are not among the missing.
    """

    indicator: Indicator
    measure: Measure
    outlines: Outlines
    values: tuple[float | None, ...]
    codes: bytes
    classes: tuple[LegendClass, ...]
    missing: int
    inside: tuple[int, ...]
    territory_bounds: tuple[float, float, float, float]
    approximate: tuple[Text, ...]
    manifests: tuple[LayerManifest, ...]
    date: Text
    intervals: tuple[tuple[float, float] | None, ...] = ()
    is_bound: bool = False
    hidden: tuple[int, ...] = ()

    def position(self, area_id: str) -> int | None:
        """Return the position of an area, by its id or that of a unit it holds."""
        for i, id_ in enumerate(self.outlines.ids):
            if id_ == area_id or area_id in self.outlines.members[id_]:
                return i
        return None


def levels(data: Data, indicator: Indicator, place: Place) -> list[Level]:
    """Return the levels at which an indicator can be drawn for a place, large to small."""
    found = []
    for level, layer_id in place.outlines.items():
        if not data.layers.has(layer_id):
            continue
        measure = measure_at(data, indicator, level, place)
        if measure is not None:
            found.append(level)
    return found


def measure_at(data: Data, indicator: Indicator, level: Level, place: Place) -> Measure | None:
    """Return the measure of a level that has at least one value in a place."""
    layer_id = place.outlines.get(level)
    if layer_id is None:
        return None
    members = outline_units(data, layer_id)
    for measure in indicator.measures:
        if measure.level != level:
            continue
        frame = inputs_frame(data, measure).reindex(members)
        if frame.notna().all(axis=1).any():
            return measure
    return None


def area_values(data: Data, measure: Measure, shapes: Outlines) -> pd.DataFrame:
    """
    Return the value of every area, rebuilt from its units where it holds several.

    Returns
    -------
    DataFrame, indexed by area id in the order of the outlines
        As `revital.domain.indicators.compute`; `value` is NaN where nothing is known.
    """
    groups = pd.Series({unit: id_ for id_, units in shapes.members.items() for unit in units})
    frame = inputs_frame(data, measure).reindex(groups.index)
    result = methods.compute(
        measure.method,
        frame,
        groups=groups,
        population=data.population(measure.level),
        parameters=measure.parameters,
    )
    result.loc[result["coverage"] < LEAST_CELL_COVERAGE, "value"] = np.nan
    return result.reindex(list(shapes.ids))


def map_view(
    data: Data, indicator_id: str, territory_id: str, level: Level | None, static: Path
) -> MapView | None:
    """
    Prepare the map of an indicator round a territory.

    Parameters
    ----------
    indicator_id, territory_id : str
    level : Level or None
        The finest level that has the figure when None or not to be had.
    static : Path
        Folder that the app serves.

    Returns
    -------
    MapView or None
        None when no level of the place has the figure.

    Raises
    ------
    UnknownIdError, LayerError
    """
    indicator = data.catalogue.indicator(indicator_id)
    territory = data.catalogue.territory(territory_id)
    place = data.catalogue.place(territory.place)
    offered = levels(data, indicator, place)
    if not offered:
        return None
    chosen: Level = level if level in offered else offered[0]
    measure = measure_at(data, indicator, chosen, place)
    if measure is None:
        raise UnknownIdError(
            "L'indicateur « {id} » n'a pas de figure au niveau « {level} ».",
            id=indicator_id,
            level=chosen,
        )
    shapes = outlines(data, place.outlines[chosen], static)
    frame = area_values(data, measure, shapes)
    incomplete = incomplete_note(measure, place.id)
    return drawn(
        data,
        indicator,
        measure,
        territory,
        shapes,
        frame["value"].to_numpy(dtype=float),
        layers=[a.partition(".")[0] for a in measure.inputs.values()],
        notes=(measure.approximate, incomplete, measure.caution),
        is_bound=incomplete is not None,
        intervals=shares_bounds(measure, frame) or (),
    )


def drawn(
    data: Data,
    indicator: Indicator,
    measure: Measure,
    territory: Territory,
    shapes: Outlines,
    values: np.ndarray,
    *,
    layers: Sequence[str],
    notes: Sequence[Text | None],
    date: Text | None = None,
    intervals: tuple[tuple[float, float] | None, ...] = (),
    is_bound: bool = False,
    hidden: tuple[int, ...] = (),
) -> MapView:
    """
    Put the values of areas in classes, with what a map says of them.

    Parameters
    ----------
    values : array of float
        In the order of `shapes.ids`; NaN where there is none.
    layers : sequence of str
        Layers the values come from.
    notes : sequence of Text or None
        What must be said of the values, after what is said of the shapes.
    date : Text, optional
        The year of the measure by default.
    intervals, is_bound, hidden
        As in `MapView`.
    """
    codes, limits = classify(values, indicator)
    known = values[np.isfinite(values)]
    lows = [float(known.min()), *limits[:-1]] if limits else []
    classes = tuple(
        LegendClass(low, high, int((codes == i).sum()))
        for i, (low, high) in enumerate(zip(lows, limits, strict=True))
    )
    units = set(data.units(territory, measure.level))
    inside = tuple(
        i for i, id_ in enumerate(shapes.ids) if any(u in units for u in shapes.members[id_])
    )
    year = str(measure.year)
    return MapView(
        indicator=indicator,
        measure=measure,
        outlines=shapes,
        values=tuple(None if not np.isfinite(v) else float(v) for v in values),
        codes=codes.tobytes(),
        classes=classes,
        missing=int((codes == NO_DATA).sum()) - len(hidden),
        inside=inside,
        territory_bounds=_bounds(data, shapes.layer.id, shapes, inside),
        approximate=tuple(n for n in (shapes.layer.approximate, *notes) if n is not None),
        manifests=tuple(data.layers.manifest(i) for i in dict.fromkeys([shapes.layer.id, *layers])),
        date=date or Text(fr=year, en=year),
        intervals=intervals,
        is_bound=is_bound,
        hidden=hidden,
    )


def _bounds(
    data: Data, layer_id: str, shapes: Outlines, inside: tuple[int, ...]
) -> tuple[float, float, float, float]:
    if not inside:
        return shapes.bounds
    _, boxes = _tree(data, layer_id, data.layers.manifest(layer_id).sha256)
    box = boxes[list(inside)]
    return (
        float(box[:, 0].min()),
        float(box[:, 1].min()),
        float(box[:, 2].max()),
        float(box[:, 3].max()),
    )


@lru_cache(maxsize=16)
def _tree(data: Data, layer_id: str, sha256: str) -> tuple[shapely.STRtree, np.ndarray]:
    shapes = data.layers.read_shapes(layer_id, ["unit_id", "geometry"]).geometry.values
    return shapely.STRtree(shapes), shapely.bounds(shapes)


def area_at(data: Data, view: MapView, lat: float, lon: float) -> str | None:
    """Return the id of the area of a map at a point (degrees), None outside every area."""
    layer_id = view.outlines.layer.id
    tree, _ = _tree(data, layer_id, data.layers.manifest(layer_id).sha256)
    hits = tree.query(shapely.Point(lon, lat), predicate="intersects")
    return view.outlines.ids[int(min(hits))] if len(hits) else None
