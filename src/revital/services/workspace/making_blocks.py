"""Makes the layers of dissemination blocks: a point from outlines, residents and measures."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd

from revital.services.blocks import LAYER
from revital.services.workspace.drafts import Draft, Ground, updated


def block_points(ground: Ground) -> list[Draft]:
    """Return a point inside each block, where outlines of blocks were fetched."""
    found = ground.tidy.frames.get("outlines_db")
    if not isinstance(found, gpd.GeoDataFrame):
        return []
    inside = found.geometry.representative_point()
    points = pd.DataFrame(
        {
            "unit_id": found["unit_id"].to_numpy(),
            # A block's number begins with that of its area.
            "da_id": found["unit_id"].str[:8].to_numpy(),
            "lon": inside.x.round(6).to_numpy(),
            "lat": inside.y.round(6).to_numpy(),
        }
    )
    return [_blocks(ground, points, ground.tidy.rows_in["outlines_db"])]


def proximity(ground: Ground) -> list[Draft]:
    """Return the proximity measures by block and by area, and the residents of each block."""
    drafts = []
    for level in ("da", "db"):
        record = ground.record(f"proximity_{level}", shared=True)
        found = ground.tidy.frames[f"proximity_{level}"].reindex(columns=list(record.columns))
        if ground.data.layers.has(record.id):
            found = updated(ground.standing(record.id), found)
        drafts.append(Draft(record, found, ground.tidy.rows_in[f"proximity_{level}"]))
    people = ground.tidy.frames["proximity_db"][["unit_id", "da_id", "population"]]
    return [*drafts, _blocks(ground, people, ground.tidy.rows_in["proximity_db"])]


def _blocks(ground: Ground, fresh: pd.DataFrame, rows: int) -> Draft:
    """Return the layer of blocks with what a source knows of them over what stood."""
    record = ground.record(LAYER, shared=True)
    whole = fresh.reindex(columns=list(record.columns))
    if ground.data.layers.has(record.id):
        whole = updated(ground.standing(record.id), fresh)
    return Draft(record, whole, rows)
