"""Dissemination blocks with their residents, where the data hold them whole."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from revital.services.data import Data

#: Layer of blocks: made by a build when outlines and populations of blocks were fetched.
LAYER = "geography_db"


def blocks_of(data: Data, areas: Iterable[str]) -> pd.DataFrame:
    """
    Return the blocks of some dissemination areas.

    An area is left out when one of its blocks lacks a point or a population: part of its people
    would be nowhere.

    Parameters
    ----------
    data : Data
    areas : iterable of str
        Dissemination areas.

    Returns
    -------
    DataFrame, indexed by block
        `da_id`, `population` (persons), `lon`, `lat` (degrees, a point inside); empty where no
        layer of blocks is there.

    Raises
    ------
    LayerError
    """
    columns = ["da_id", "population", "lon", "lat"]
    if not data.layers.has(LAYER):
        return pd.DataFrame(columns=columns)
    table = data.table(LAYER)[columns]
    mine = table[table["da_id"].isin(set(areas))]
    partial = mine.loc[mine[["population", "lon", "lat"]].isna().any(axis=1), "da_id"]
    return mine[~mine["da_id"].isin(partial)]
