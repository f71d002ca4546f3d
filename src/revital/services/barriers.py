"""
What people say cannot be crossed on foot: typed, read from a file, or streets picked by name.

Barriers travel in the address as a short text. Longer ones rest in a file of the workspace, named
by its content, and the address holds that name.
"""

from __future__ import annotations

import re
from functools import lru_cache
from io import BytesIO
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely

from revital.errors import ValuesError
from revital.services import kept
from revital.services.own_tables import read_vector

#: Points of a line as (lat, lon) in degrees, five decimals; first and last alike close a polygon.
Line = tuple[tuple[float, float], ...]

_FOLDER = "barriers"
#: As much as an address holds beside the other choices of the page.
_LONGEST_CODE = 220
_POINT = re.compile(r"^(-?\d{1,2}\.\d{1,6})_(-?\d{1,3}\.\d{1,6})$")
_NUMBER = re.compile(r"-?\d+(?:[.,]\d+)?")
_MOST_POINTS = 200
#: Detail of a drawn line that no walk depends on (degrees, about 2 m).
_SIMPLER_DEG = 2e-5


def parse_lines(text: str) -> tuple[Line, ...]:
    """
    Read barriers typed as coordinates.

    Parameters
    ----------
    text : str
        One barrier per line: latitudes and longitudes in degrees, points separated by `;`.

    Raises
    ------
    ValuesError
        When a line has fewer than two points, or a point is not a latitude and a longitude.

    Examples
    --------
    >>> parse_lines("46.34 -72.55; 46.35 -72.54")
    (((46.34, -72.55), (46.35, -72.54)),)
    """
    lines = []
    for row in filter(None, (row.strip() for row in text.splitlines())):
        points = []
        for part in filter(None, (part.strip() for part in row.split(";"))):
            plain = part.replace("\u2212", "-")
            numbers = [float(n.replace(",", ".")) for n in _NUMBER.findall(plain)]
            if len(numbers) != 2:
                raise ValuesError(
                    "Le point « {part} » n'est pas une latitude et une longitude. Écrivez par "
                    "exemple 46.34 -72.55 ; 46.35 -72.54.",
                    part=part[:40],
                )
            points.append((numbers[0], numbers[1]))
        lines.append(tuple(points))
    return _checked(lines)


def read_lines(source: Path | BytesIO, name: str) -> tuple[Line, ...]:
    """
    Read barriers from a file of lines or polygons.

    Parameters
    ----------
    source : Path or BytesIO
        Any vector file that GDAL reads, with its coordinate system.
    name : str
        Name of the file, for what is said of it.

    Raises
    ------
    SourceError, CrsError, ValuesError
    """
    frame = read_vector(source, name).to_crs(4326)
    shapes = shapely.get_parts(shapely.force_2d(np.asarray(frame.geometry.array, dtype=object)))
    shapes = shapely.simplify(shapes[~shapely.is_empty(shapes)], _SIMPLER_DEG)
    lines: list[Line] = []
    for shape in shapes:
        if shape.geom_type == "Polygon":
            lines.append(_points(shape.exterior))
        elif shape.geom_type in ("LineString", "LinearRing"):
            lines.append(_points(shape))
    if not lines:
        raise ValuesError(
            "Le fichier « {file} » n'a ni ligne ni polygone : une barrière est une ligne ou un "
            "contour.",
            file=name,
        )
    return _checked(lines)


def _points(shape: shapely.LineString) -> Line:
    return tuple((float(y), float(x)) for x, y in shapely.get_coordinates(shape))


def _checked(lines: list[Line]) -> tuple[Line, ...]:
    found = []
    for line in lines:
        for lat, lon in line:
            # In Canada a latitude is between 41 and 84 and a longitude between -142 and -52.
            if not (41 <= lat <= 84 and -142 <= lon <= -52):
                raise ValuesError(
                    "Le point {lat}, {lon} n'est pas au Canada : la latitude (46…) vient d'abord, "
                    "la longitude (-72…) ensuite.",
                    lat=lat,
                    lon=lon,
                )
        rounded = tuple((round(lat, 5), round(lon, 5)) for lat, lon in line)
        if len(set(rounded)) < 2:
            raise ValuesError("Une barrière a au moins deux points, séparés par un point-virgule.")
        found.append(rounded)
    if sum(map(len, found)) > _MOST_POINTS:
        raise ValuesError(
            "Les barrières ont {n} points ; il en faut au plus {most}. Simplifiez les lignes.",
            n=sum(map(len, found)),
            most=_MOST_POINTS,
        )
    return tuple(found)


def to_code(lines: tuple[Line, ...]) -> str:
    """
    Return barriers as a short text; long ones are kept in the workspace under their content.

    Raises
    ------
    NotAllowedError
        When they are too long for the address and the site is read-only.
    """
    text = "~".join(":".join(f"{lat:.5f}_{lon:.5f}" for lat, lon in line) for line in lines)
    if len(text) <= _LONGEST_CODE:
        return text
    return kept.keep(_FOLDER, lines)


def from_code(code: str) -> tuple[Line, ...]:
    """
    Return the barriers of a text.

    Raises
    ------
    UnknownIdError
        When the file that the text names is not in this workspace.
    LayerError
        When that file was damaged.
    ValuesError
        When the text is not barriers.
    """
    if kept.is_code(code):
        try:
            return _checked(
                [tuple((float(a), float(b)) for a, b in line) for line in kept.read(_FOLDER, code)]
            )
        except (TypeError, ValueError) as error:
            raise kept.damaged(code) from error
    lines = []
    for part in filter(None, code.split("~")):
        found = [_POINT.match(point) for point in part.split(":")]
        if None in found:
            raise ValuesError(
                "L'adresse porte une barrière illisible : « {part} ».", part=part[:40]
            )
        lines.append(tuple((float(m[1]), float(m[2])) for m in found if m))
    return _checked(lines)


@lru_cache(maxsize=64)
def shapes(code: str, crs: str) -> tuple[shapely.Geometry, ...]:
    """Return the lines and polygons of a text, in a metric system."""
    found = []
    for line in from_code(code):
        xy = [(lon, lat) for lat, lon in line]
        closed = len(xy) > 3 and xy[0] == xy[-1]
        found.append(shapely.Polygon(xy) if closed else shapely.LineString(xy))
    projected = gpd.GeoSeries(found, crs=4326).to_crs(crs)
    return tuple(projected)
