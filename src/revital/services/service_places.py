"""
The places of a class of services round a territory: which count, which are only shown, and why.

A place outside the territory counts like any other: people cross a border to buy bread.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import pandas as pd

from revital.catalogue.models import Territory, Text
from revital.catalogue.service_classes import ListState, ServiceClass, service_class
from revital.i18n.mark import N_
from revital.services.data import Data
from revital.services.imports.corrected import Correction, corrected, corrections
from revital.services.workspace.templates import name_of
from revital.store.layers import LayerManifest

#: States of a place that still serves people, as far as is known.
SERVING = ("open", "listed", "reported", "registered")
SEASONAL = "seasonal"
#: Start of the layers of places that the community added.
OWN = "own_points_"
#: Two places of a category nearer than this, in two lists, are one.
TWIN_M = 200.0

_NO_LIST = ListState(
    state="absent",
    note=Text(
        fr="Aucune liste de ces services n'est dans les données pour ce lieu.",
        en="No list of these services is in the data for this place.",
    ),
)

_LOCAL_LIST = ListState(
    state="incomplete",
    note=Text(
        fr="Liste incomplète : carte libre et relevés locaux ; un lieu absent peut exister.",
        en="Incomplete list: free map and local records; an absent place may exist.",
    ),
)
#: Two records nearer than this are one place, told twice (degrees, about 60 m).
_SAME_PLACE_DEG = 6e-4

_REASONS: Mapping[str, str] = {
    "category": N_("Montré, non compté."),
    "closed": N_("Fermé."),
    "seasonal": N_("Saisonnier, non compté : saisons à vérifier."),
    "unknown": N_("État à vérifier, non compté."),
}


@dataclass(frozen=True)
class ServicePlace:
    """
    A place of a class.

    Attributes
    ----------
    id, name, category, status, as_of, address : str
        As the layer gives them; texts are escaped where they are drawn.
    lat, lon : float
        Degrees.
    error_m : float or None
        Likely error of the position.
    counts : bool
        Whether distances look at it.
    reason : str
        Why it does not count (`category`, `closed`, `seasonal`, `unknown`), else empty.
    note_fr, note_en, source, source_url : str
    phone, hours, eligibility, cost : str
        Empty where not known.
    layer : str
        Layer that holds the place.
    corrections : tuple of Correction
        What was noted locally of a public place, oldest first.
    is_own : bool
        True for a place that the community added.
    """

    id: str
    name: str
    category: str
    status: str
    as_of: str
    address: str
    lat: float
    lon: float
    error_m: float | None
    counts: bool
    reason: str
    note_fr: str
    note_en: str
    source: str
    source_url: str
    phone: str = ""
    hours: str = ""
    eligibility: str = ""
    cost: str = ""
    layer: str = ""
    corrections: tuple[Correction, ...] = ()
    is_own: bool = False


@dataclass(frozen=True)
class UnlocatedPlace:
    """A place that a page names without an address: known, on no map, in no distance."""

    id: str
    name: str
    category: str
    where: Text
    status: str
    note: Text | None


@dataclass(frozen=True)
class PlaceList:
    """
    The list of a class round a territory.

    Attributes
    ----------
    state : ListState
        What the list is worth.
    places : tuple of ServicePlace
        In the order of the layers.
    unlocated : tuple of UnlocatedPlace
    manifests : tuple of LayerManifest
    added : int
        Places fetched or noted locally, beside the list of the record.
    is_fetched : bool
        Whether OpenStreetMap was fetched for this city.
    added_vintage : str
    """

    state: ListState
    places: tuple[ServicePlace, ...]
    unlocated: tuple[UnlocatedPlace, ...]
    manifests: tuple[LayerManifest, ...]
    added: int = 0
    is_fetched: bool = False
    added_vintage: str = ""

    @property
    def counted(self) -> tuple[ServicePlace, ...]:
        """Places that distances look at."""
        return tuple(p for p in self.places if p.counts)


def reason_text(reason: str) -> str:
    """Return the French sentence that says why a place does not count."""
    return _REASONS[reason]


def list_places(
    data: Data, service: ServiceClass, territory: Territory, also: tuple[str, ...] = ()
) -> PlaceList:
    """
    Return the places of a class round a territory.

    Parameters
    ----------
    data : Data
    service : ServiceClass
    territory : Territory
    also : tuple of str
        Categories (or `seasonal`) that an editor chooses to count besides.

    Raises
    ------
    LayerError
    """
    stamps = tuple(m.sha256[:12] for _, m in data.layers.manifests().values())
    return _list(data, service.id, territory.place, also, stamps)


@lru_cache(maxsize=128)
def _list(
    data: Data, service_id: str, place_id: str, also: tuple[str, ...], stamps: tuple[str, ...]
) -> PlaceList:
    service = service_class(service_id)
    state = service.lists.get(place_id, _NO_LIST)
    base = [layer for layer in state.layers if data.layers.has(layer)]
    found = [p for layer in base for p in _read(data, layer, service, also)]
    # What was fetched or added in the field stands beside the list of the record.
    further: dict[str, list[ServicePlace]] = {}
    for layer in data.catalogue.place(place_id).services:
        if layer in base or not data.layers.has(layer):
            continue
        more = _read(data, layer, service, also)
        if more:
            further[layer] = more
    for more in further.values():
        found = [p for p in found if not _is_twin(p, more)] + more
    layers = [*base, *further]
    return PlaceList(
        state=_worth(state, further),
        places=tuple(found),
        unlocated=_unlocated(data, service, state, place_id),
        manifests=tuple(data.layers.manifest(layer) for layer in layers),
        added=sum(len(more) for more in further.values()),
        is_fetched=_is_fetched(further),
        added_vintage=", ".join(data.layers.manifest(layer).vintage for layer in further),
    )


def _read(
    data: Data, layer: str, service: ServiceClass, also: tuple[str, ...]
) -> list[ServicePlace]:
    """Return the places of a class in a layer, as local corrections make it."""
    frame = corrected(data, layer)
    if not {"service_id", "category", "status"} <= set(frame.columns):
        return []
    noted = corrections(data, layer)
    found = []
    for row in frame.to_dict("records"):
        if not _belongs(row, service):
            continue
        point = row["geometry"]
        reason = _reason(row, service, also)
        error = row.get("error_m")
        found.append(
            ServicePlace(
                id=str(row["service_id"]),
                name=_text(row["name"]),
                category=str(row["category"]),
                status=str(row["status"]),
                as_of=_text(row.get("as_of")),
                address=_text(row.get("address")),
                lat=float(point.y),
                lon=float(point.x),
                error_m=None if error is None or pd.isna(error) else float(error),
                counts=not reason,
                reason=reason,
                note_fr=_text(row.get("note_fr")),
                note_en=_text(row.get("note_en")),
                source=_text(row.get("source")),
                source_url=_text(row.get("source_url")),
                phone=_text(row.get("phone")),
                hours=_text(row.get("hours")),
                eligibility=_text(row.get("eligibility")),
                cost=_text(row.get("cost")),
                layer=layer,
                corrections=noted.get(str(row["service_id"]), ()),
                is_own=layer.startswith(OWN),
            )
        )
    return found


def _is_twin(place: ServicePlace, others: list[ServicePlace]) -> bool:
    """Tell whether a place that counts is in a newer list too; what closed stays told."""
    if not place.counts:
        return False
    scale = math.cos(math.radians(place.lat))
    return any(
        other.category == place.category
        and math.hypot((other.lon - place.lon) * scale, other.lat - place.lat) * 111_200 < TWIN_M
        for other in others
    )


def _worth(state: ListState, further: Mapping[str, list[ServicePlace]]) -> ListState:
    """Return what the list is worth once fetched and local places are counted in."""
    if not further:
        return state
    worth: Literal["usable", "incomplete"] = (
        "usable" if _is_fetched(further) or state.state == "usable" else "incomplete"
    )
    return ListState(layers=(*state.layers, *further), state=worth, note=state.note)


def _is_fetched(further: Mapping[str, list[ServicePlace]]) -> bool:
    return any(layer.startswith("osm_places") for layer in further)


def _belongs(row: Mapping[str, object], service: ServiceClass) -> bool:
    if row["service_id"] in service.never:
        return False
    if row["service_id"] in service.also or row["category"] in service.categories:
        return True
    missions = str(row.get("missions") or "").split(";")
    return any(m in service.missions for m in missions)


def _reason(row: Mapping[str, object], service: ServiceClass, also: tuple[str, ...]) -> str:
    category = service.categories.get(str(row["category"]))
    if category is not None and not category.counts and row["category"] not in also:
        return "category"
    status = row["status"]
    if status in SERVING:
        return ""
    if status == SEASONAL:
        return "" if SEASONAL in also else "seasonal"
    return "closed" if status == "closed" else "unknown"


def _unlocated(
    data: Data, service: ServiceClass, state: ListState, place_id: str
) -> tuple[UnlocatedPlace, ...]:
    """Places named without an address, less those that somebody has put on the map since."""
    own = f"{OWN}{name_of(place_id)}"
    located: set[str] = set()
    if data.layers.has(own):
        located = {_text(v) for v in data.layers.read(own).get("locates", ())}
    found = []
    for layer in state.layers:
        twin = layer.replace("food_places", "unlocated_places")
        if twin == layer or not data.layers.has(twin):
            continue
        for row in data.layers.read(twin).to_dict("records"):
            if row["category"] not in service.categories or row["place_id"] in located:
                continue
            note = _text(row["note_fr"]), _text(row["note_en"])
            found.append(
                UnlocatedPlace(
                    id=str(row["place_id"]),
                    name=_text(row["name"]),
                    category=str(row["category"]),
                    where=Text(fr=str(row["location_fr"]), en=str(row["location_en"])),
                    status=str(row["status"]),
                    note=Text(fr=note[0], en=note[1]) if all(note) else None,
                )
            )
    return tuple(found)


def _text(value: object) -> str:
    return "" if value is None or value != value else str(value)
