"""
Distances that follow what is known locally: places added, corrected, lists verified.

The pack's distances were measured once, from the publishers' lists. Where somebody has added or
corrected a place of a city, the same distance is measured again from the list as it stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache

import geopandas as gpd
import numpy as np
import pandas as pd

from revital.catalogue.models import Measure, Place, Territory, Text
from revital.catalogue.service_classes import service_class
from revital.domain.proximity import nearest_m
from revital.services.data import Data
from revital.services.imports.corrected import LAYER, all_corrections
from revital.services.service_places import OWN, list_places
from revital.services.verified import verification
from revital.services.workspace.templates import name_of

#: Columns of distances to the nearest place, and the class of services they look at.
CLASSES: Mapping[str, str] = {
    "access_da.food_store_m": "grocery",
    "access_da.pharmacy_m": "pharmacy",
    "access_da.food_aid_m": "food_aid",
    "access_da.clsc_m": "clsc",
    "access_osm_da.food_store_m": "grocery",
}
#: Said beside a figure measured again.
FOLLOWS = Text(
    fr="Mesuré avec les lieux ajoutés ou corrigés localement.",
    en="Measured with the places added or corrected locally.",
)


def column(data: Data, address: str) -> pd.Series:
    """
    Return a column of a layer; a distance is that of the list as it is known locally.

    Areas where the layer has no distance keep none, whatever was added.

    Raises
    ------
    LayerError, MissingColumnError, UnknownIdError
    """
    base = data.column(address)
    if address not in CLASSES:
        return base
    for place in data.catalogue.places.values():
        if _layers(data, place):
            stamps = tuple(m.sha256[:12] for _, m in data.layers.manifests().values())
            fresh = _fresh(data, address, place.id, stamps)
            base = fresh.combine_first(base).reindex(base.index)
    return base


@lru_cache(maxsize=32)
def _fresh(data: Data, address: str, place_id: str, stamps: tuple[str, ...]) -> pd.Series:
    """Return the distance of the areas of a city that the layer has one for, metres."""
    nothing = pd.Series(dtype="float64")
    place = data.catalogue.place(place_id)
    territory = next((t for t in data.catalogue.territories.values() if t.place == place_id), None)
    if territory is None or place.bounds is None:
        return nothing
    west, south, east, north = place.bounds
    areas = data.table("geography_da").loc[:, ["lon", "lat"]]
    known = data.column(address).dropna().index.intersection(areas.index)
    areas = areas.loc[known]
    areas = areas[areas["lon"].between(west, east) & areas["lat"].between(south, north)]
    places = list_places(data, service_class(CLASSES[address]), territory).counted
    if areas.empty or not places:
        return nothing
    crs = territory.crs_metric
    origins = _plane(areas["lon"], areas["lat"], crs)
    targets = _plane([p.lon for p in places], [p.lat for p in places], crs)
    return pd.Series(nearest_m(origins, targets).round(1), index=areas.index)


def _plane(lon: Iterable[float], lat: Iterable[float], crs: str) -> np.ndarray:
    points = gpd.GeoSeries.from_xy(list(lon), list(lat), crs="EPSG:4326").to_crs(crs)
    return np.column_stack([points.x, points.y])


def _layers(data: Data, place: Place) -> tuple[str, ...]:
    """Return the layers of local data that change the services of a city."""
    own = f"{OWN}{name_of(place.id)}"
    found = [own] if data.layers.has(own) else []
    if data.layers.has(LAYER) and any(c.place == place.id for c in all_corrections(data)):
        found.append(LAYER)
    return tuple(found)


def local_layers(data: Data, measure: Measure, territory: Territory) -> tuple[str, ...]:
    """Return the layers of local data that a figure of a territory rests on."""
    if not any(a in CLASSES for a in measure.inputs.values()):
        return ()
    return _layers(data, data.catalogue.place(territory.place))


def incomplete_note(measure: Measure, place_id: str) -> Text | None:
    """Return why a figure of a place is a bound; nothing once its whole list was verified."""
    if measure.incomplete is None:
        return None
    classes = {CLASSES[a] for a in measure.inputs.values() if a in CLASSES}
    checked = bool(classes) and all(verification(place_id, c) for c in classes)
    return None if checked else measure.incomplete
