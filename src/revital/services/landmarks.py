"""What one can search for or show on a map: areas, and points such as a CLSC or a school."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Any

import shapely

from revital.services.data import Data
from revital.services.imports.corrected import corrected, corrections


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
        `name`, `category`, `address`, `status`, `lat`, `lon`, `layer`, and `noted`: codes of the
        local corrections already applied, joined by commas; texts as they came, to be escaped
        where they are drawn.
    """
    out: list[dict[str, Any]] = []
    for layer_id in layer_ids:
        frame = corrected(data, layer_id)
        noted = corrections(data, layer_id)
        for row in frame.itertuples(index=False):
            values = row._asdict()
            out.append(
                {
                    "name": str(values.get("name") or ""),
                    "category": str(values.get("category") or ""),
                    "address": str(values.get("address") or ""),
                    "status": str(values.get("status") or ""),
                    "layer": layer_id,
                    "noted": ",".join(
                        c.action for c in noted.get(str(values.get("service_id")), ())
                    ),
                    "lat": round(float(values["geometry"].y), 5),
                    "lon": round(float(values["geometry"].x), 5),
                }
            )
    return out


def areas_named(names: Mapping[str, str], asked: str, most: int) -> list[str]:
    """
    Return the ids of the first areas whose name holds what was typed, accents and case aside.

    Parameters
    ----------
    names : mapping of area id to name
    asked : str
        Nothing typed finds nothing.
    most : int
    """
    wanted = _plain(asked)
    found = (id_ for id_, name in names.items() if wanted in _plain(name))
    return list(islice(found, most)) if wanted else []


def _plain(text: str) -> str:
    flat = unicodedata.normalize("NFKD", text)
    return "".join(c for c in flat if not unicodedata.combining(c)).casefold().strip()
