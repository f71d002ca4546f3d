"""Reads answers of Overpass: places as points, parks as polygons, streets as lines."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from revital.errors import SourceError

TAGS = (
    "name", "brand", "operator", "shop", "amenity", "healthcare", "leisure", "highway", "foot",
    "access", "opening_hours", "phone", "contact:phone", "website", "contact:website", "wheelchair",
    "check_date", "addr:housenumber", "addr:street", "addr:postcode",
)  # fmt: skip


@dataclass(frozen=True)
class Extract:
    """
    One answer.

    Attributes
    ----------
    elements : list of dict
    as_of : str
        Moment of the data (`timestamp_osm_base`), ISO 8601.
    """

    elements: list[dict[str, Any]]
    as_of: str


def read_extract(path: Path) -> Extract:
    """
    Read one answer.

    Raises
    ------
    SourceError
        When it is not an Overpass answer, when the server gave up on the way (it then says so in a
        `remark`, with "200 OK" and part of the data), or when there is nothing in it.
    """
    data = json.loads(path.read_bytes())
    if not isinstance(data, dict) or not isinstance(data.get("elements"), list):
        raise SourceError(
            "La réponse « {file} » n'est pas celle d'Overpass : « elements » manque.",
            file=path.name,
        )
    remark = str(data.get("remark") or "")
    if "error" in remark.lower():
        raise SourceError(
            "OpenStreetMap (Overpass) s'est arrêté en chemin : {why}. Réessayez plus tard, ou sur "
            "un territoire plus petit.",
            why=remark[:200],
        )
    if not data["elements"]:
        raise SourceError(
            "OpenStreetMap (Overpass) n'a rien trouvé ({file}). Vérifiez les limites du "
            "territoire.",
            file=path.name,
        )
    return Extract(data["elements"], str((data.get("osm3s") or {}).get("timestamp_osm_base", "")))


def _base(element: Mapping[str, Any]) -> dict[str, Any]:
    tags = element.get("tags") or {}
    row: dict[str, Any] = {"osm_type": element["type"], "osm_id": int(element["id"])}
    row |= {tag.replace(":", "_"): tags.get(tag) for tag in TAGS}
    return row


def _columns() -> list[str]:
    return ["osm_type", "osm_id", *(tag.replace(":", "_") for tag in TAGS)]


def _point(element: Mapping[str, Any]) -> shapely.Point | None:
    """Return the place of a node, or the centre given for an outline."""
    spot = element if "lat" in element else element.get("center") or {}
    if "lat" in spot and "lon" in spot:
        return shapely.Point(float(spot["lon"]), float(spot["lat"]))
    shape = _shape(element)
    return None if shape is None else shapely.point_on_surface(shape)


def _ring(points: list[Mapping[str, float]]) -> list[tuple[float, float]]:
    return [(float(p["lon"]), float(p["lat"])) for p in points if p]


def _shape(element: Mapping[str, Any]) -> shapely.Geometry | None:
    """Return the polygon of a closed way, or of a relation's outer and inner ways."""
    if element.get("geometry"):
        ring = _ring(element["geometry"])
        return shapely.Polygon(ring) if len(ring) > 3 and ring[0] == ring[-1] else None
    members = [m for m in element.get("members", []) if m.get("geometry")]
    if not members:
        return None

    def area(role: str) -> shapely.Geometry:
        lines = [
            shapely.LineString(_ring(m["geometry"]))
            for m in members
            if m.get("role") == role and len(m["geometry"]) > 1
        ]
        # Outer ways may come in pieces that only together close.
        return shapely.union_all(shapely.get_parts(shapely.polygonize(lines))) if lines else None

    outer, inner = area("outer"), area("inner")
    if outer is None or outer.is_empty:
        return None
    return outer if inner is None else outer.difference(inner)


def points(extract: Extract) -> gpd.GeoDataFrame:
    """
    Return every tagged element as a point, with its tags.

    Returns
    -------
    GeoDataFrame in EPSG:4326
        `osm_type`, `osm_id` and one column per tag kept (`:` written `_`); one row per element that
        has a place, ordered by type and id.
    """
    rows, shapes = [], []
    for element in extract.elements:
        spot = _point(element) if element.get("tags") else None
        if spot is not None:
            rows.append(_base(element))
            shapes.append(spot)
    frame = pd.DataFrame(rows, columns=_columns()).drop_duplicates(["osm_type", "osm_id"])
    placed = gpd.GeoDataFrame(frame, geometry=[shapes[i] for i in frame.index], crs="EPSG:4326")
    return placed.sort_values(["osm_type", "osm_id"], ignore_index=True)


def polygons(extract: Extract) -> gpd.GeoDataFrame:
    """Return every element that has an outline as a polygon, with its tags (EPSG:4326)."""
    rows, shapes = [], []
    for element in extract.elements:
        shape = _shape(element) if element["type"] != "node" else None
        if shape is not None and not shape.is_empty:
            rows.append(_base(element))
            shapes.append(shapely.make_valid(shape))
    return gpd.GeoDataFrame(
        pd.DataFrame(rows, columns=_columns()), geometry=shapes, crs="EPSG:4326"
    ).sort_values(["osm_type", "osm_id"], ignore_index=True)


def lines(extract: Extract) -> gpd.GeoDataFrame:
    """Return every way as a line, with its tags (EPSG:4326)."""
    rows, shapes = [], []
    for element in extract.elements:
        ring = _ring(element.get("geometry") or [])
        if element["type"] == "way" and len(ring) > 1:
            rows.append(_base(element))
            shapes.append(shapely.LineString(ring))
    return gpd.GeoDataFrame(
        pd.DataFrame(rows, columns=_columns()), geometry=shapes, crs="EPSG:4326"
    ).sort_values(["osm_type", "osm_id"], ignore_index=True)
