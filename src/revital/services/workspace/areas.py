"""What publishers are asked for a place: its units, its bounds, its own addresses."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from revital.catalogue.models import Place
from revital.errors import UserError
from revital.services.data import Data
from revital.sources.base import Area


def drawn_units(data: Data, place: Place) -> list[str]:
    """Return the dissemination areas that a place's outlines stand for."""
    layer = place.outlines.get("da")
    if layer is None or not data.layers.has(layer):
        return []
    table = data.table(layer)
    if "members" in table.columns:
        return sorted({m for cell in table["members"] for m in str(cell).split(";")})
    return sorted(map(str, table.index))


def area_of(data: Data, place_id: str) -> Area:
    """
    Return what to ask publishers for a place.

    The units are those its outlines draw; where it has none yet, those of its municipalities
    (`fetch.csd` of the record).

    Raises
    ------
    UserError
        When neither is known, or the place has no bounds.
    """
    place = data.catalogue.place(place_id)
    geography = data.table("geography_da")
    units = drawn_units(data, place)
    if not units:
        towns = _list(place.fetch.get("csd", ""))
        units = sorted(map(str, geography.index[geography["csd_id"].isin(towns)]))
    if not units:
        raise UserError(
            "Le lieu « {id} » n'a ni contours ni municipalité connue : on ne sait pas quoi "
            "demander aux éditeurs. Ajoutez « fetch: csd » à sa fiche.",
            id=place_id,
        )
    return Area(
        id=place_id,
        bounds=_bounds(data, place, geography.reindex(units)),
        da_ids=tuple(units),
        ct_ids=tuple(_sorted(geography.reindex(units)["ct_id"])),
        csd_ids=tuple(_by_population(geography.reindex(units))),
        settings=place.fetch,
    )


def _bounds(data: Data, place: Place, units: pd.DataFrame) -> tuple[float, float, float, float]:
    if place.bounds is not None:
        return place.bounds
    for layer in place.outlines.values():
        if data.layers.has(layer):
            west, south, east, north = data.layers.read_shapes(layer).total_bounds
            return (float(west), float(south), float(east), float(north))
    located = units.dropna(subset=["lon", "lat"])
    if located.empty:
        # Asked only of sources that go by place, not by unit; the first fetch brings outlines.
        return (0.0, 0.0, 0.0, 0.0)
    return (
        float(located["lon"].min()),
        float(located["lat"].min()),
        float(located["lon"].max()),
        float(located["lat"].max()),
    )


def _list(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _sorted(values: Iterable[object]) -> list[str]:
    return sorted({str(v) for v in values if isinstance(v, str) and v})


def _by_population(units: pd.DataFrame) -> list[str]:
    """Return municipalities, the most peopled first."""
    people = units.groupby("csd_id")["population"].sum().sort_values(ascending=False)
    return [str(c) for c in people.index]
