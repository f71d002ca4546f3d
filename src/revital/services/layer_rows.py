"""The rows of a layer, those of a territory alone when one is named."""

from __future__ import annotations

import pandas as pd

from revital.catalogue.models import Level, Territory
from revital.errors import UserError
from revital.services.data import Data


def layer_rows(data: Data, layer_id: str, territory_id: str | None = None) -> pd.DataFrame:
    """
    Return the table of a layer, without shapes.

    Parameters
    ----------
    data : Data
    layer_id : str
    territory_id : str, optional
        Keep the units of this territory: tracts, dissemination areas, or the blocks of its areas.

    Returns
    -------
    DataFrame
        The columns of the record, in its order; missing values stay missing.

    Raises
    ------
    UnknownIdError, LayerError
        When the layer or the territory is not known, or the file cannot be read.
    UserError
        When the rows of the layer are not units of the census.
    """
    record = data.catalogue.layer(layer_id)
    table = data.table(layer_id).reset_index()[list(record.columns)]
    if territory_id is None:
        return table
    territory = data.catalogue.territory(territory_id)
    return table[_inside(data, table, record.level, territory, layer_id)].reset_index(drop=True)


def _inside(
    data: Data, table: pd.DataFrame, level: Level | None, territory: Territory, layer_id: str
) -> pd.Series:
    if level == "db":
        # Blocks are those of the territory's areas, each named on its row.
        return table["da_id"].isin(data.units(territory, "da"))
    if level in ("ct", "da"):
        units = set(data.units(territory, level))
        if "members" in table.columns:
            return table["members"].str.split(";").map(lambda ids: bool(units & set(ids)))
        return table["unit_id"].isin(units)
    raise UserError(
        "La couche « {id} » n'est pas faite d'unités de recensement : elle ne se découpe pas par "
        "territoire. Demandez-la sans « --territory ».",
        id=layer_id,
    )
