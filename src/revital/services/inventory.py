"""Who do I refer to? Known services round a territory, nearest first, with what is not known."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from revital.catalogue.models import Text
from revital.catalogue.service_classes import ServiceClass, service_class, service_classes
from revital.i18n import Translator
from revital.i18n.mark import N_
from revital.services.data import Data
from revital.services.imports.corrected import ACTIONS, DETAILS, Correction
from revital.services.service_places import ServicePlace, UnlocatedPlace, list_places
from revital.services.vocabulary import status_word

#: Mean radius of the Earth, metres.
EARTH_M = 6_371_008.8
#: Shops serve whoever comes in: who is entitled, and at what cost, is not asked of them.
SHOPS = ("grocery", "pharmacy")
#: What is not known of a place, in words.
DETAIL_WORDS = {
    "phone": N_("téléphone"),
    "hours": N_("heures"),
    "eligibility": N_("qui y a droit"),
    "cost": N_("coût"),
}


@dataclass(frozen=True)
class Referral:
    """
    A place that somebody can be sent to.

    Attributes
    ----------
    place : ServicePlace
    classes : tuple of str
        Classes of services that it belongs to.
    kind : Text
        Its category in words.
    distance_m : float or None
        Straight line from the origin of the inventory; None without an origin.
    unknown : tuple of str
        Which of phone, hours, eligibility and cost are not known; of a shop, only the first two
        are asked.
    ask : Text
        Whom to ask for them.
    """

    place: ServicePlace
    classes: tuple[str, ...]
    kind: Text
    distance_m: float | None
    unknown: tuple[str, ...]
    ask: Text


@dataclass(frozen=True)
class Inventory:
    """
    The services known round a territory.

    Attributes
    ----------
    territory : str
    classes : tuple of ServiceClass
        Those asked for.
    origin : (lat, lon) or None
        Degrees; the residents' mean point unless a position is given.
    is_position : bool
        True when the origin was given.
    referrals : tuple of Referral
        Nearest first; places known to be closed are left out.
    unlocated : tuple of (ServiceClass, UnlocatedPlace)
        Known, on no map.
    closed_n : int
        Places left out because they closed.
    """

    territory: str
    classes: tuple[ServiceClass, ...]
    origin: tuple[float, float] | None
    is_position: bool
    referrals: tuple[Referral, ...]
    unlocated: tuple[tuple[ServiceClass, UnlocatedPlace], ...]
    closed_n: int


def inventory(
    data: Data,
    territory_id: str,
    kinds: Sequence[str] = (),
    position: tuple[float, float] | None = None,
) -> Inventory:
    """
    Return the services of some classes, nearest first.

    Parameters
    ----------
    kinds : sequence of str
        Ids of service classes; all when empty.
    position : (lat, lon), optional
        Where one stands, degrees; the residents' mean point otherwise.

    Raises
    ------
    UnknownIdError, LayerError
    """
    territory = data.catalogue.territory(territory_id)
    classes = tuple(service_class(k) for k in kinds) or tuple(service_classes().values())
    origin = position or residents_point(data, territory_id)
    found: dict[str, Referral] = {}
    unlocated: list[tuple[ServiceClass, UnlocatedPlace]] = []
    closed: set[str] = set()
    bounds = data.catalogue.place(territory.place).bounds or (-180.0, -90.0, 180.0, 90.0)
    for service in classes:
        listing = list_places(data, service, territory)
        unlocated += [(service, u) for u in listing.unlocated]
        for place in listing.places:
            # Lists of the public network hold other cities: nobody is sent there.
            if not _is_in(bounds, place):
                continue
            if place.reason == "closed":
                closed.add(place.id)
            elif place.id in found:
                before = found[place.id]
                found[place.id] = replace(before, classes=(*before.classes, service.id))
            else:
                found[place.id] = _referral(place, service, origin)
    far = math.inf
    ordered = sorted(
        found.values(),
        key=lambda r: (far if r.distance_m is None else r.distance_m, r.place.name.casefold()),
    )
    return Inventory(
        territory_id,
        classes,
        origin,
        position is not None,
        tuple(ordered),
        tuple(unlocated),
        len(closed),
    )


def _is_in(bounds: tuple[float, float, float, float], place: ServicePlace) -> bool:
    west, south, east, north = bounds
    return west <= place.lon <= east and south <= place.lat <= north


def _referral(
    place: ServicePlace, service: ServiceClass, origin: tuple[float, float] | None
) -> Referral:
    category = service.categories.get(place.category)
    asked = DETAILS[:2] if service.id in SHOPS else DETAILS
    return Referral(
        place=place,
        classes=(service.id,),
        kind=category.title if category else service.title,
        distance_m=None if origin is None else distance_m(origin, (place.lat, place.lon)),
        unknown=tuple(name for name in asked if not getattr(place, name)),
        ask=service.contact,
    )


def distance_m(a: tuple[float, float], b: tuple[float, float]) -> float:
    """
    Return the great-circle distance of two points (lat, lon in degrees), metres.

    Examples
    --------
    >>> round(distance_m((46.0, -72.0), (46.01, -72.0)))
    1112
    """
    north, east = math.radians(b[0] - a[0]), math.radians(b[1] - a[1])
    square = (
        math.sin(north / 2) ** 2
        + math.cos(math.radians(a[0])) * math.cos(math.radians(b[0])) * math.sin(east / 2) ** 2
    )
    return 2 * EARTH_M * math.asin(math.sqrt(square))


def residents_point(data: Data, territory_id: str) -> tuple[float, float] | None:
    """Return the mean point of a territory's residents (lat, lon), None when it is not known."""
    territory = data.catalogue.territory(territory_id)
    areas = data.table("geography_da").reindex(data.units(territory, "da"))
    areas = areas[["lat", "lon", "population"]].dropna()
    if areas.empty or not areas["population"].sum() > 0:
        return None
    lat, lon = np.average(areas[["lat", "lon"]], axis=0, weights=areas["population"])
    return float(lat), float(lon)


def unknown_text(item: Referral, t: Translator) -> str:
    """Return what is not known of a place and whom to ask; empty when all is known."""
    if not item.unknown:
        return ""
    return t(
        "Pas encore connu : {what}. À demander au lieu même, ou : {who}",
        what=t.list([t(DETAIL_WORDS[name]) for name in item.unknown]),
        who=t.of(item.ask),
    )


def correction_text(item: Correction, t: Translator) -> str:
    """Return what a correction says, by whom and when."""
    text = t(
        "Corrigé localement : {what}, par {by} le {on}.",
        what=t(ACTIONS[item.action]),
        by=item.by,
        on=t.date(date.fromisoformat(item.on)),
    )
    return f"{text} {item.note}" if item.note else text


def referral_row(item: Referral, t: Translator) -> dict[str, object]:
    """Return a place as a command and a file give it: words, and null where nothing is known."""
    place = item.place
    return {
        "id": place.id,
        "layer": place.layer,
        "name": place.name,
        "kind": t.of(item.kind),
        "category": place.category,
        "classes": list(item.classes),
        "distance_m": None if item.distance_m is None else round(item.distance_m),
        "address": place.address or None,
        **{name: getattr(place, name) or None for name in DETAILS},
        "unknown": list(item.unknown),
        "ask": t.of(item.ask) if item.unknown else None,
        "status": status_word(place.status, t),
        "as_of": place.as_of or None,
        "is_own": place.is_own,
        "corrections": [correction_text(c, t) for c in place.corrections],
        "lat": place.lat,
        "lon": place.lon,
        "source": place.source or None,
        "source_url": place.source_url or None,
    }
