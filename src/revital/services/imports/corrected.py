"""Reads a layer of services as local corrections make it; the layer itself stays as it was."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from revital.i18n.mark import N_
from revital.services.data import Data

LAYER = "own_corrections"
#: What a correction says, in words.
ACTIONS: Mapping[str, str] = {
    "closed": N_("fermé"),
    "open": N_("ouvert"),
    "moved": N_("déménagé"),
    "not_there": N_("n'existe pas ici"),
    "kind": N_("autre sorte de lieu"),
    "details": N_("renseignements ajoutés"),
}
#: Corrections that replace one another: a place that moved may also have closed.
ASPECTS: Mapping[str, str] = {
    "closed": "state",
    "open": "state",
    "not_there": "state",
    "moved": "where",
    "kind": "kind",
    "details": "details",
}
#: What can be added to a place that a public layer tells too little of.
DETAILS = ("phone", "hours", "eligibility", "cost")


@dataclass(frozen=True)
class Correction:
    """
    What somebody noted of a place of a public layer.

    Attributes
    ----------
    event : str
        Id of the event, to undo it.
    place, layer, service_id, action, by, on, note : str
        `action` is a key of `ACTIONS`; `on` an ISO 8601 date.
    lon, lat : float or None
        Where the place moved to, degrees.
    category : str
        What it is in truth, for `kind`.
    details : dict
        Added `phone`, `hours`, `eligibility` and `cost`, those that were given.
    """

    event: str
    place: str
    layer: str
    service_id: str
    action: str
    by: str
    on: str
    note: str
    lon: float | None
    lat: float | None
    category: str
    details: dict[str, str]


def corrections(data: Data, layer: str) -> dict[str, tuple[Correction, ...]]:
    """Return the corrections to a layer that stand, oldest first, by place."""
    found: dict[str, tuple[Correction, ...]] = {}
    for item in all_corrections(data):
        if item.layer == layer:
            found[item.service_id] = (*found.get(item.service_id, ()), item)
    return found


def all_corrections(data: Data) -> list[Correction]:
    """Return every correction that stands, oldest first."""
    if not data.layers.has(LAYER):
        return []
    table = data.layers.read(LAYER)
    # Workspaces written before a correction could say more lack the later columns.
    table = table.reindex(columns=[*table.columns, *(c for c in _LATER if c not in table.columns)])
    table = table.sort_values("when", kind="stable", na_position="first")
    return [_correction(row) for row in table.to_dict("records")]


_LATER = ("when", "category", *DETAILS)


def _correction(row: Mapping[Hashable, Any]) -> Correction:
    return Correction(
        event=str(row["row_id"]).rpartition("-")[0],
        place=str(row["place"]),
        layer=str(row["layer"]),
        service_id=str(row["service_id"]),
        action=str(row["action"]),
        by=str(row["by"]),
        on=str(row["on"]),
        note=_text(row["note"]),
        lon=_number(row["lon"]),
        lat=_number(row["lat"]),
        category=_text(row["category"]),
        details={name: _text(row[name]) for name in DETAILS if _text(row[name])},
    )


def _text(value: object) -> str:
    return "" if value is None or value is pd.NA or value != value else str(value)


def _number(value: object) -> float | None:
    return float(_text(value)) if _text(value) else None


def corrected(data: Data, layer: str) -> gpd.GeoDataFrame:
    """
    Return a layer of services as local corrections make it.

    A closed or open place has its `status` changed, a moved one its point, one of another kind its
    `category`; what was added is in `phone`, `hours`, `eligibility`, `cost`; one that is not there
    is left out. `source` says who, `as_of` when, and `local_note`, where anything was noted, holds
    each correction, its author and its date. A correction to a place that a later edition no
    longer names is kept, and changes nothing.
    """
    frame = data.layers.read_shapes(layer)
    if not data.layers.has(LAYER) or "service_id" not in frame.columns:
        return frame
    mine = corrections(data, layer)
    rows = frame.index[frame["service_id"].isin(mine)]
    if rows.empty:
        return frame
    for name in DETAILS:
        if name not in frame.columns:
            frame[name] = None
    frame[list(DETAILS)] = frame[list(DETAILS)].astype("object")
    frame["local_note"] = frame["service_id"].map(
        {
            id_: "; ".join(f"{c.action}, {c.by}, {c.on}" for c in items)
            for id_, items in mine.items()
        }
    )
    gone: list[int] = []
    for row in rows:
        for item in mine[frame.at[row, "service_id"]]:
            if item.action == "not_there":
                gone.append(int(row))
            _apply(frame, int(row), item)
    return frame.drop(index=gone).reset_index(drop=True)


def _apply(frame: gpd.GeoDataFrame, row: int, item: Correction) -> None:
    if item.action in ("closed", "open"):
        frame.loc[row, "status"] = item.action
    elif item.action == "moved":
        frame.loc[row, "geometry"] = shapely.Point(item.lon, item.lat)
    elif item.action == "kind":
        frame.loc[row, "category"] = item.category
    for name, value in item.details.items():
        frame.loc[row, name] = value
    frame.loc[row, "as_of"] = item.on
    source = frame.at[row, "source"]
    if item.by not in str(source).split(" ; "):
        frame.loc[row, "source"] = f"{source} ; {item.by}"
