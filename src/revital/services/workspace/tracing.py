"""Limits that somebody traces corner by corner, and the areas of a place that they can pick."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import shapely

from revital.catalogue.models import Place
from revital.errors import ValuesError
from revital.services.data import Data
from revital.services.workspace.areas import drawn_units

#: A corner is a latitude and a longitude, in degrees.
Corner = tuple[float, float]
#: Corners of a neighbourhood drawn by hand; more is a file.
MOST_CORNERS = 500

# With points for decimals a comma may separate; with commas, only a semicolon or a space.
_PAIRS = (
    re.compile(r"\s*(-?\d+(?:\.\d+)?)\s*[,;\s]\s*(-?\d+(?:\.\d+)?)\s*"),
    re.compile(r"\s*(-?\d+(?:,\d+)?)\s*[;\s]\s*(-?\d+(?:,\d+)?)\s*"),
)


def read_corners(text: str) -> list[Corner]:
    """
    Read corners written one per line, latitude then longitude.

    Parameters
    ----------
    text : str
        `46.3352, -72.5560` or `46,3352; -72,5560` on each line; empty lines are passed over.

    Returns
    -------
    list of (lat, lon), degrees

    Raises
    ------
    ValuesError
        When a line is not a latitude and a longitude, or there are too many.
    """
    corners: list[Corner] = []
    for number, line in enumerate(text.replace("\u2212", "-").splitlines(), start=1):
        if not line.strip():
            continue
        found = next((m for m in (p.fullmatch(line) for p in _PAIRS) if m), None)
        lat, lon = (float(g.replace(",", ".")) for g in found.groups()) if found else (999.0, 999.0)
        if not (-90 <= lat <= 90 and -180 <= lon <= 180):
            raise ValuesError(
                "Ligne {n} : « {line} » n'est pas un coin. Écrivez sa latitude puis sa longitude, "
                "en degrés (« 46.3352, -72.5560 »).",
                n=number,
                line=line.strip()[:60],
            )
        corners.append((lat, lon))
    if len(corners) > MOST_CORNERS:
        raise ValuesError(
            "Le tracé a {n} coins ; au plus {most}. Au-delà, donnez un fichier.",
            n=len(corners),
            most=MOST_CORNERS,
        )
    return corners


def write_corners(corners: Sequence[Corner]) -> str:
    """Return corners as text, one per line (`46.33520, -72.55600`)."""
    return "\n".join(f"{lat:.5f}, {lon:.5f}" for lat, lon in corners)


def traced(corners: Sequence[Corner]) -> shapely.Geometry | None:
    """
    Return the polygon of some corners in the order they were placed.

    Returns
    -------
    polygon (EPSG:4326), or None while there are fewer than three distinct corners

    Raises
    ------
    ValuesError
        When its sides cross one another: nobody could say what is inside.
    """
    if len(set(corners)) < 3:
        return None
    shape = shapely.Polygon([(lon, lat) for lat, lon in corners])
    if not shape.is_valid or shape.area == 0:
        raise ValuesError(
            "Les côtés du tracé se croisent : on ne sait pas ce qui est dedans. Annulez le dernier "
            "coin, ou déplacez-le."
        )
    return shape


def require_traced(corners: Sequence[Corner]) -> shapely.Geometry:
    """
    Return the polygon of some corners.

    Raises
    ------
    ValuesError
        When there are fewer than three, or its sides cross.
    """
    shape = traced(corners)
    if shape is None:
        raise ValuesError(
            "Un tracé demande au moins trois coins différents ; reçus : {n}.", n=len(set(corners))
        )
    return shape


@dataclass(frozen=True)
class PickArea:
    """
    An area that can be picked.

    Attributes
    ----------
    id : str
        Area of the map: the unit itself, or a cell that stands for several.
    units : tuple of str
        Dissemination areas.
    tract : str or None
        Census tract, where there is one.
    population : float
        Residents, 2021; 0 where none is published.
    """

    id: str
    units: tuple[str, ...]
    tract: str | None
    population: float


def pick_areas(data: Data, place: Place) -> list[PickArea]:
    """Return the areas of a place, in the order of their numbers; empty when none is drawn."""
    known = drawn_units(data, place)
    if not known:
        return []
    table = data.table(place.outlines["da"])
    people = data.population("da")
    tracts = data.table("geography_da")["ct_id"]
    found = []
    for id_ in table.index:
        units: tuple[str, ...] = (str(id_),)
        if "members" in table.columns:
            units = tuple(str(table.at[id_, "members"]).split(";"))
        tract = tracts.get(units[0])
        residents = people.reindex(list(units)).fillna(0.0).sum()
        found.append(
            PickArea(str(id_), units, tract if isinstance(tract, str) else None, float(residents))
        )
    return sorted(found, key=lambda a: a.id)


def places_drawn(data: Data) -> list[Place]:
    """Return the places whose areas can be drawn."""
    return [p for p in data.catalogue.places.values() if drawn_units(data, p)]
