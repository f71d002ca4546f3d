"""Where is that? Addresses and places the data know, and coordinates as people write them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from revital.errors import ValuesError
from revital.services.data import Data

_NUMBER = re.compile(r"[-−]?\d{1,3}(?:[.,]\d+)?")


@dataclass(frozen=True)
class KnownAddress:
    """An address or a place that the data put on the map (degrees)."""

    text: str
    lat: float
    lon: float


def known_addresses(data: Data, territory_id: str) -> tuple[KnownAddress, ...]:
    """Return the addresses and places of a territory's city, in the order of their text."""
    place = data.catalogue.place(data.catalogue.territory(territory_id).place)
    stamps = tuple(m.sha256[:12] for _, m in data.layers.manifests().values())
    return _known(data, place.id, stamps)


@lru_cache(maxsize=8)
def _known(data: Data, place_id: str, stamps: tuple[str, ...]) -> tuple[KnownAddress, ...]:
    place = data.catalogue.place(place_id)
    west, south, east, north = place.bounds or (-180.0, -90.0, 180.0, 90.0)
    found: dict[str, KnownAddress] = {}
    for layer in dict.fromkeys([*place.services, *place.landmarks]):
        if not data.layers.has(layer) or data.catalogue.layer(layer).geometry != "Point":
            continue
        frame = data.layers.read_shapes(layer)
        if "address" not in frame.columns:
            continue
        for row in frame[frame["address"].notna()].to_dict("records"):
            lat, lon = float(row["geometry"].y), float(row["geometry"].x)
            if row["address"] and west <= lon <= east and south <= lat <= north:
                text = f"{row['address']} ({row['name']})"
                found.setdefault(text, KnownAddress(text, lat, lon))
    return tuple(sorted(found.values(), key=lambda k: k.text.casefold()))


def parse_point(data: Data, territory_id: str, text: str) -> tuple[float, float]:
    """
    Return the point (lat, lon) that a text gives, whatever the decimal mark or the order.

    Parameters
    ----------
    text : str
        "46.3405, -72.5460", "46,3405 -72,5460".

    Raises
    ------
    ValuesError
        When it does not hold two numbers, or the point is not in the territory's city.
    """
    numbers = [float(n.replace(",", ".").replace("−", "-")) for n in _NUMBER.findall(text)]
    if len(numbers) != 2:
        raise ValuesError(
            "« {value} » n'est pas un point. Écrivez la latitude puis la longitude en degrés : "
            "46,3405 -72,5460.",
            value=text[:60],
        )
    place = data.catalogue.place(data.catalogue.territory(territory_id).place)
    west, south, east, north = place.bounds or (-180.0, -90.0, 180.0, 90.0)
    for lat, lon in (numbers, numbers[::-1]):
        if west <= lon <= east and south <= lat <= north:
            return lat, lon
    raise ValuesError(
        "Le point {value} est hors de {place}.", value=text[:60], place=place.title.fr
    )
