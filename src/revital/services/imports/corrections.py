"""Local corrections to public layers: kept beside them, never inside."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import pandas as pd
import shapely

from revital.errors import UnknownIdError, UserError
from revital.services.data import Data
from revital.services.imports.events import Event, record_event
from revital.services.workspace.home import Workspace
from revital.sources.transfer import now

LAYER = "own_corrections"


def correct(
    data: Data,
    home: Workspace,
    territory: str,
    *,
    layer: str,
    service_id: str,
    action: str,
    by: str,
    lon: float | None = None,
    lat: float | None = None,
    note: str = "",
) -> Event:
    """
    Note that a place of a public layer is closed, moved, or not there.

    The public layer is never touched; its next edition keeps the correction beside it.

    Parameters
    ----------
    layer, service_id : the place corrected
    action : {"closed", "open", "moved", "not_there"}
    by : str
    lon, lat : float, degrees; where it moved to
    note : str

    Raises
    ------
    UserError
        When the place is not in the layer, the action is not one of these, or a move says not
        where.
    """
    if action not in ("closed", "open", "moved", "not_there"):
        raise UserError(
            "« {action} » n'est pas une correction. Corrections : closed, open, moved, not_there.",
            action=action[:40],
        )
    if not by.strip():
        raise UserError("Dites qui fait cette correction : une personne ou un organisme.")
    if (lon is None or lat is None) and action == "moved":
        raise UserError("Dites où le lieu a déménagé (longitude et latitude).")
    known = data.layers.read(layer, columns=["service_id"])
    if service_id not in set(known["service_id"]):
        raise UnknownIdError(
            "Le lieu « {id} » n'est pas dans la couche « {layer} ».",
            id=service_id[:60],
            layer=layer,
        )
    place = data.catalogue.territory(territory).place
    row = pd.DataFrame(
        {
            "place": [place], "layer": [layer], "service_id": [service_id], "action": [action],
            "lon": [lon], "lat": [lat], "note": [note or None], "by": [by.strip()],
            "on": [now()[:10]],
        }
    ).astype({"lon": "float64", "lat": "float64"})  # fmt: skip
    return record_event(data, home, "corrections", territory, row, by, "", {})


@dataclass(frozen=True)
class Correction:
    """What somebody noted of a place of a public layer."""

    service_id: str
    action: str
    by: str
    on: str
    note: str


def corrections(data: Data, layer: str) -> dict[str, Correction]:
    """Return the corrections to a layer, by place."""
    if not data.layers.has(LAYER):
        return {}
    table = data.layers.read(LAYER)
    mine = table[table["layer"] == layer]
    return {
        str(row["service_id"]): Correction(
            str(row["service_id"]),
            str(row["action"]),
            str(row["by"]),
            str(row["on"]),
            "" if pd.isna(row["note"]) else str(row["note"]),
        )
        for row in mine.to_dict("records")
    }


def corrected(data: Data, layer: str) -> gpd.GeoDataFrame:
    """
    Return a layer of services as local corrections make it; the layer itself is as it was.

    A closed or open place has its `status` changed, a moved one its point, one that is not there is
    left out; `source` says who.
    """
    frame = data.layers.read_shapes(layer)
    if not data.layers.has(LAYER) or "service_id" not in frame.columns:
        return frame
    table = data.layers.read(LAYER)
    mine = table[table["layer"] == layer].set_index("service_id")
    gone: list[int] = []
    for row in frame.index[frame["service_id"].isin(mine.index)]:
        note = mine.loc[frame.at[row, "service_id"]]
        action = str(note["action"])
        if action == "not_there":
            gone.append(int(row))
            continue
        if action in ("closed", "open"):
            frame.loc[row, "status"] = action
        elif action == "moved":
            frame.loc[row, "geometry"] = shapely.Point(float(note["lon"]), float(note["lat"]))
        frame.loc[row, "as_of"] = str(note["on"])
        frame.loc[row, "source"] = f"{frame.at[row, 'source']} ; {note['by']}"
    return frame.drop(index=gone).reset_index(drop=True)
