"""
The shapes of a place as browsers fetch them: static files named by their content.

They are written once and kept by browsers; only public layers go there, as static files are not
behind any sign-in. Most places are one GeoJSON file; a place of many thousands of areas is written
in levels of detail (`revital.domain.area_levels`), see `docs/adr/0011-many-areas.md`.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import struct
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely

from revital.catalogue.models import Layer
from revital.domain import area_levels
from revital.services.data import Data

#: Areas above which outlines are written in levels of detail (measured: docs/benchmarks/maps.md).
MOST_IN_ONE_FILE = 5_000
#: A file of levels is named by its layer and by this: raise it when the format changes.
_FORMAT = "1"
_DECIMALS = 5


@dataclass(frozen=True)
class Outlines:
    """
    The shapes of one level of one place, as browsers fetch them.

    Attributes
    ----------
    layer : Layer
    file : str
        Name of the static file: gzipped GeoJSON (5 decimals; properties `id`, `name`, `at`), or
        `….areas.gz`, the first of several levels of detail.
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


def outlines(data: Data, layer_id: str, static: Path) -> Outlines:
    """
    Return the outlines of a layer, writing its static files when they are not there yet.

    Raises
    ------
    LayerError, UnknownIdError
    """
    sha256 = data.layers.manifest(layer_id).sha256
    made, blob = _outlines(data, layer_id, sha256)
    if blob is not None:
        write_once(static / "geo" / made.file, blob)
    elif not (static / "geo" / made.file).is_file():
        _write_levels(data, made, static / "geo")
    return made


def outline_units(data: Data, layer_id: str) -> list[str]:
    """Return the census units that the areas of a layer stand for, without reading any shape."""
    ids, _, members = _areas(data, layer_id, data.layers.manifest(layer_id).sha256)
    return [unit for id_ in ids for unit in members[id_]]


def prepare(data: Data, layer_ids: Iterable[str], static: Path) -> list[str]:
    """
    Write the levels of detail of layers of many areas before anyone asks for them.

    Returns
    -------
    list of str
        Layers written or already there.
    """
    manifests = data.layers.manifests()
    many = [i for i in layer_ids if i in manifests and manifests[i][1].rows > MOST_IN_ONE_FILE]
    for id_ in many:
        outlines(data, id_, static)
    return many


@lru_cache(maxsize=16)
def _areas(
    data: Data, layer_id: str, sha256: str
) -> tuple[tuple[str, ...], tuple[str, ...], dict[str, tuple[str, ...]]]:
    known = data.catalogue.layer(layer_id).columns
    columns = ["unit_id", "name", *(["members"] if "members" in known else [])]
    frame = data.layers.read(layer_id, columns)
    ids = tuple(frame["unit_id"].astype(str))
    held = frame.get("members", pd.Series([None] * len(ids)))
    members = {
        id_: tuple(str(m).split(";")) if isinstance(m, str) and m else (id_,)
        for id_, m in zip(ids, held, strict=True)
    }
    return ids, tuple(frame["name"].astype(str)), members


@lru_cache(maxsize=16)
def _outlines(data: Data, layer_id: str, sha256: str) -> tuple[Outlines, bytes | None]:
    record = data.catalogue.layer(layer_id)
    ids, names, members = _areas(data, layer_id, sha256)
    frame = data.layers.read_shapes(layer_id, ["geometry"])
    if len(ids) > MOST_IN_ONE_FILE:
        # Named by the layer, not by its own bytes: a new server need not write it to know it.
        blob = None
        stamp = hashlib.sha256(f"{sha256} {_FORMAT}".encode()).hexdigest()[:16]
        file = f"{layer_id}-{stamp}.areas.gz"
    else:
        text = _compact(_collection(ids, names, frame.geometry.values))
        blob = gzip.compress(text.encode(), compresslevel=9, mtime=0)
        stamp = hashlib.sha256(blob).hexdigest()[:16]
        file = f"{layer_id}-{stamp}.json.gz"
    west, south, east, north = (float(v) for v in frame.total_bounds)
    return Outlines(record, file, ids, names, members, (west, south, east, north), stamp), blob


def _compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _inner_points(shapes: np.ndarray) -> list[list[float]]:
    """Return a point inside each area, latitude first."""
    points = shapely.get_coordinates(shapely.point_on_surface(shapes))
    return [[round(float(y), _DECIMALS), round(float(x), _DECIMALS)] for x, y in points]


def _collection(ids: tuple[str, ...], names: tuple[str, ...], shapes: np.ndarray) -> dict[str, Any]:
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": {"id": id_, "name": name, "at": at},
                "geometry": json.loads(text),
            }
            for id_, name, at, text in zip(
                ids, names, _inner_points(shapes), shapely.to_geojson(shapes), strict=True
            )
        ],
    }


def feature_collection(data: Data, shapes: Outlines, tolerance_deg: float) -> dict[str, Any]:
    """
    Return outlines as GeoJSON for a file that is taken away.

    Parameters
    ----------
    shapes : Outlines
    tolerance_deg : float
        Side of the details dropped (degrees) where there are more than `MOST_IN_ONE_FILE` areas;
        neighbours keep their common border.
    """
    values = data.layers.read_shapes(shapes.layer.id, ["geometry"]).geometry.values
    if len(shapes.ids) > MOST_IN_ONE_FILE:
        values = shapely.coverage_simplify(np.asarray(values), tolerance_deg)
    return _collection(shapes.ids, shapes.names, np.asarray(values))


def _write_levels(data: Data, made: Outlines, folder: Path) -> None:
    shapes = np.asarray(data.layers.read_shapes(made.layer.id, ["geometry"]).geometry.values)
    levels = area_levels.encode_levels(shapes)
    stem = made.file.removesuffix(".areas.gz")
    about = []
    for i, level in enumerate(levels):
        entry: dict[str, Any] = {"bits": level.bits, "rings": level.rings, "points": level.points}
        if level.until is not None:
            entry["until"] = level.until
        if i:
            entry["file"] = f"{stem}-{i}.gz"
            write_once(folder / entry["file"], gzip.compress(level.body, 6, mtime=0))
        about.append(entry)
    head = _compact(
        {"ids": made.ids, "names": made.names, "at": _inner_points(shapes), "levels": about}
    ).encode()
    # Last: the file that says where the others are is there only when they are.
    blob = struct.pack("<I", len(head)) + head + levels[0].body
    write_once(folder / made.file, gzip.compress(blob, 6, mtime=0))


def street_file(data: Data, layer_id: str, static: Path) -> str:
    """
    Return the name of the static file of a line layer, writing it when it is not there yet.

    Raises
    ------
    LayerError, UnknownIdError
    """
    name, blob = _streets(data, layer_id, data.layers.manifest(layer_id).sha256)
    write_once(static / "geo" / name, blob)
    return name


@lru_cache(maxsize=8)
def _streets(data: Data, layer_id: str, sha256: str) -> tuple[str, bytes]:
    shapes = data.layers.read_shapes(layer_id, ["geometry"]).geometry.values
    features = [
        {"type": "Feature", "properties": {}, "geometry": json.loads(text)}
        for text in shapely.to_geojson(np.asarray(shapes))
    ]
    text = _compact({"type": "FeatureCollection", "features": features})
    blob = gzip.compress(text.encode(), compresslevel=9, mtime=0)
    return f"{layer_id}-{hashlib.sha256(blob).hexdigest()[:16]}.json.gz", blob


def static_file(static: Path, name: str, blob: bytes) -> str:
    """Write a file that maps fetch, named by its content, when it is not there yet."""
    write_once(static / "geo" / name, blob)
    return name


def write_once(target: Path, blob: bytes) -> None:
    """Write a file when it is not there yet; readers never see a part of it."""
    if target.is_file():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    # Two sessions may write at once: each writes its own part, the last rename wins.
    partial = target.with_name(f"{target.name}.{os.getpid()}-{threading.get_ident()}.part")
    partial.write_bytes(blob)
    partial.replace(target)
