"""
What a map of an indicator shows: areas, values, classes, legend and selection.

Outlines are written once as a static file, named by its hash, that browsers keep; a change of
indicator then sends only one class per area. Only public layers go there: static files are not
behind any sign-in.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import threading
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely

from revital.catalogue.models import Indicator, Layer, Level, Measure, Place, Text
from revital.domain import indicators as methods
from revital.errors import UnknownIdError
from revital.services.data import Data
from revital.services.figures import inputs_frame, share_bounds
from revital.store.layers import LayerManifest

#: Class code of an area without a value.
NO_DATA = 255
#: Below this share of residents with data, an area made of several units shows no value.
LEAST_CELL_COVERAGE = 0.5


@dataclass(frozen=True)
class Outlines:
    """
    The shapes of one level of one place, as browsers fetch them.

    Attributes
    ----------
    layer : Layer
    file : str
        Name of the static file (gzipped GeoJSON, 5 decimals; properties `id` and `name`).
    ids, names : tuple of str
        Areas in the order of the file.
    members : dict of area id to tuple of unit ids
        More than one where an area stands for several census units.
    bounds : tuple of float
        West, south, east, north (degrees).
    stamp : str
        Hash that the browser checks before it colours anything.
    """

    layer: Layer
    file: str
    ids: tuple[str, ...]
    names: tuple[str, ...]
    members: dict[str, tuple[str, ...]]
    bounds: tuple[float, float, float, float]
    stamp: str


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
    intervals : tuple of (float, float) or None
        95 % interval of each area, where one is known.
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
    intervals: tuple[tuple[float, float] | None, ...] = ()

    def position(self, area_id: str) -> int | None:
        """Return the position of an area, by its id or that of a unit it holds."""
        for i, id_ in enumerate(self.outlines.ids):
            if id_ == area_id or area_id in self.outlines.members[id_]:
                return i
        return None


def outlines(data: Data, layer_id: str, static: Path) -> Outlines:
    """
    Return the outlines of a layer, writing the static file when it is not there yet.

    Raises
    ------
    LayerError, UnknownIdError
    """
    sha256 = data.layers.manifest(layer_id).sha256
    made = _outlines(data, layer_id, sha256)
    _write_once(static / "geo" / made[0].file, made[1])
    return made[0]


@lru_cache(maxsize=16)
def _outlines(data: Data, layer_id: str, sha256: str) -> tuple[Outlines, bytes]:
    record = data.catalogue.layer(layer_id)
    frame = data.layers.read_shapes(layer_id)
    ids = tuple(frame["unit_id"].astype(str))
    names = tuple(frame["name"].astype(str))
    members = {
        id_: tuple(str(m).split(";")) if m is not None else (id_,)
        for id_, m in zip(ids, frame.get("members", pd.Series([None] * len(ids))), strict=True)
    }
    inner = shapely.point_on_surface(frame.geometry.values)
    features = [
        {
            "type": "Feature",
            "properties": {
                "id": id_,
                "name": name,
                "at": [round(float(p.y), 5), round(float(p.x), 5)],
            },
            "geometry": json.loads(shapely.to_geojson(shape)),
        }
        for id_, name, shape, p in zip(ids, names, frame.geometry.values, inner, strict=True)
    ]
    text = json.dumps(
        {"type": "FeatureCollection", "features": features},
        ensure_ascii=False,
        separators=(",", ":"),
    )
    blob = gzip.compress(text.encode(), compresslevel=9, mtime=0)
    stamp = hashlib.sha256(blob).hexdigest()[:16]
    west, south, east, north = (float(v) for v in frame.total_bounds)
    return (
        Outlines(
            layer=record,
            file=f"{layer_id}-{stamp}.json.gz",
            ids=ids,
            names=names,
            members=members,
            bounds=(west, south, east, north),
            stamp=stamp,
        ),
        blob,
    )


def street_file(data: Data, layer_id: str, static: Path) -> str:
    """
    Return the name of the static file of a line layer, writing it when it is not there yet.

    Raises
    ------
    LayerError, UnknownIdError
    """
    name, blob = _streets(data, layer_id, data.layers.manifest(layer_id).sha256)
    _write_once(static / "geo" / name, blob)
    return name


@lru_cache(maxsize=8)
def _streets(data: Data, layer_id: str, sha256: str) -> tuple[str, bytes]:
    shapes = data.layers.read_shapes(layer_id).geometry.values
    features = [
        {"type": "Feature", "properties": {}, "geometry": json.loads(shapely.to_geojson(shape))}
        for shape in shapes
    ]
    text = json.dumps({"type": "FeatureCollection", "features": features}, separators=(",", ":"))
    blob = gzip.compress(text.encode(), compresslevel=9, mtime=0)
    return f"{layer_id}-{hashlib.sha256(blob).hexdigest()[:16]}.json.gz", blob


def static_file(static: Path, name: str, blob: bytes) -> str:
    """Write a file that maps fetch, named by its content, when it is not there yet."""
    _write_once(static / "geo" / name, blob)
    return name


def _write_once(target: Path, blob: bytes) -> None:
    if target.is_file():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    # Two sessions may write at once: each writes its own part, the last rename wins.
    partial = target.with_name(f"{target.name}.{os.getpid()}-{threading.get_ident()}.part")
    partial.write_bytes(blob)
    partial.replace(target)


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
    members = _members(data, layer_id)
    for measure in indicator.measures:
        if measure.level != level:
            continue
        frame = inputs_frame(data, measure).reindex(members)
        if frame.notna().all(axis=1).any():
            return measure
    return None


def _members(data: Data, layer_id: str) -> list[str]:
    made, _ = _outlines(data, layer_id, data.layers.manifest(layer_id).sha256)
    return [unit for id_ in made.ids for unit in made.members[id_]]


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


def classify(values: np.ndarray, indicator: Indicator) -> tuple[np.ndarray, list[float]]:
    """
    Put values in classes.

    Parameters
    ----------
    values : array of float
        NaN where there is no value.
    indicator : Indicator
        Its record holds the scheme, the number of classes or the fixed limits.

    Returns
    -------
    codes : array of int
        0 to k-1, or `NO_DATA`.
    limits : list of float
        Upper limit of each class, the highest value last.
    """
    # Seconds to import: pages without a map open without it.
    import mapclassify

    known = np.isfinite(values)
    codes = np.full(values.shape, NO_DATA, dtype=np.uint8)
    if not known.any():
        return codes, []
    found = values[known]
    rule = indicator.classes
    distinct = np.unique(found)
    if rule.scheme == "fixed":
        limits = sorted({*rule.limits, float(max(found.max(), rule.limits[-1]))})
        edges = np.array(limits)
    elif distinct.size <= rule.k:
        edges = distinct
    elif rule.scheme == "equal_interval":
        edges = mapclassify.EqualInterval(found, k=rule.k).bins
    else:
        with warnings.catch_warnings():
            # Many equal values make fewer classes: the legend shows the ones there are.
            warnings.filterwarnings("ignore", message="Not enough unique values")
            edges = np.unique(mapclassify.Quantiles(found, k=rule.k).bins)
    codes[known] = np.minimum(np.searchsorted(edges, found, side="left"), len(edges) - 1)
    return codes, [float(e) for e in edges]


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
    values = frame["value"].to_numpy(dtype=float)
    codes, limits = classify(values, indicator)
    known = values[np.isfinite(values)]
    lows = [float(known.min()), *limits[:-1]] if limits else []
    classes = tuple(
        LegendClass(low, high, int((codes == i).sum()))
        for i, (low, high) in enumerate(zip(lows, limits, strict=True))
    )
    units = set(data.units(territory, chosen))
    inside = tuple(
        i for i, id_ in enumerate(shapes.ids) if any(u in units for u in shapes.members[id_])
    )
    layer_ids = dict.fromkeys(
        [place.outlines[chosen], *(a.partition(".")[0] for a in measure.inputs.values())]
    )
    notes = [
        n
        for n in (
            shapes.layer.approximate,
            measure.approximate,
            measure.incomplete,
            measure.caution,
        )
        if n is not None
    ]
    return MapView(
        indicator=indicator,
        measure=measure,
        outlines=shapes,
        values=tuple(None if not np.isfinite(v) else float(v) for v in values),
        codes=codes.tobytes(),
        classes=classes,
        missing=int((codes == NO_DATA).sum()),
        inside=inside,
        territory_bounds=_bounds(data, place.outlines[chosen], shapes, inside),
        approximate=tuple(notes),
        manifests=tuple(data.layers.manifest(i) for i in layer_ids),
        intervals=tuple(
            None if pd.isna(row["value"]) else share_bounds(measure, row)
            for _, row in frame.iterrows()
        ),
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


@dataclass(frozen=True)
class Landmark:
    """A place one can search for: an area, or a point such as a CLSC or a school."""

    id: str
    name: str
    kind: str
    lat: float
    lon: float
    area_id: str | None = None


def landmarks(data: Data, territory_id: str) -> list[Landmark]:
    """
    Return what can be searched for round a territory, by name.

    The points come from the layers that the place names as landmarks; areas from its outlines of
    tracts or boroughs.
    """
    place = data.catalogue.place(data.catalogue.territory(territory_id).place)
    return list(
        _landmarks(data, place.id, tuple(m.sha256 for _, m in data.layers.manifests().values()))
    )


@lru_cache(maxsize=8)
def _landmarks(data: Data, place_id: str, stamp: tuple[str, ...]) -> tuple[Landmark, ...]:
    place = data.catalogue.place(place_id)
    found: list[Landmark] = []
    for layer_id in place.landmarks:
        if not data.layers.has(layer_id):
            continue
        record = data.catalogue.layer(layer_id)
        frame = data.layers.read_shapes(layer_id)
        points = shapely.point_on_surface(frame.geometry.values)
        is_area = record.geometry == "Polygon"
        for key, name, point in zip(frame[record.key], frame["name"], points, strict=True):
            found.append(
                Landmark(
                    id=f"{layer_id}:{key}",
                    name=str(name),
                    kind=layer_id,
                    lat=float(point.y),
                    lon=float(point.x),
                    area_id=str(key) if is_area else None,
                )
            )
    return tuple(sorted(found, key=lambda m: m.name.casefold()))


def service_points(data: Data, layer_ids: Iterable[str]) -> list[dict[str, Any]]:
    """
    Return the services of some layers as points for a map.

    Returns
    -------
    list of dict
        `name`, `category`, `address`, `status`, `lat`, `lon`, `layer`; texts as they came, to be
        escaped where they are drawn.
    """
    out: list[dict[str, Any]] = []
    for layer_id in layer_ids:
        frame = data.layers.read_shapes(layer_id)
        for row in frame.itertuples(index=False):
            values = row._asdict()
            out.append(
                {
                    "name": str(values.get("name") or ""),
                    "category": str(values.get("category") or ""),
                    "address": str(values.get("address") or ""),
                    "status": str(values.get("status") or ""),
                    "layer": layer_id,
                    "lat": round(float(values["geometry"].y), 5),
                    "lon": round(float(values["geometry"].x), 5),
                }
            )
    return out
