"""
The records and the layers together: what every use case starts from.

One `Data` is shared by the whole process. A table is read when first needed and kept; it is read
again only when its file has changed.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import pandas as pd

from revital.catalogue.load import Catalogue, catalogue, catalogue_stamp
from revital.catalogue.models import Level, Territory
from revital.errors import MissingColumnError, UnknownIdError
from revital.settings import settings
from revital.store.layers import LayerStore

GEOGRAPHY: dict[Level, str] = {"ct": "geography_ct", "da": "geography_da"}


@dataclass(frozen=True, eq=False)
class Data:
    """
    Catalogue and layers.

    Parameters
    ----------
    catalogue : Catalogue
    layers : LayerStore
    """

    catalogue: Catalogue
    layers: LayerStore

    def table(self, id_: str) -> pd.DataFrame:
        """
        Return a layer without its shapes, indexed by its key; do not change it.

        Raises
        ------
        LayerError, UnknownIdError
        """
        manifest = self.layers.manifest(id_)
        return _table(self, id_, manifest.sha256)

    def column(self, address: str) -> pd.Series:
        """
        Return one column, indexed by unit id, from its address `layer.column`.

        Raises
        ------
        LayerError, MissingColumnError, UnknownIdError
        """
        layer_id, _, name = address.partition(".")
        table = self.table(layer_id)
        if name not in table.columns:
            raise MissingColumnError(
                "La couche « {id} » n'a pas la colonne « {column} ». Colonnes présentes : {known}.",
                id=layer_id,
                column=name,
                known=", ".join(sorted(map(str, table.columns))),
            )
        return table[name]

    def units(self, territory: Territory, level: Level) -> pd.Index:
        """
        Return the ids of the units of a territory at a level (empty when the level is not known).

        Raises
        ------
        LayerError, MissingColumnError
        """
        selection = territory.units.get(level)
        if selection is None or level not in GEOGRAPHY:
            return pd.Index([], dtype="str")
        geography = self.table(GEOGRAPHY[level])
        if selection.column == "unit_id":
            return pd.Index([v for v in selection.values if v in geography.index])
        if selection.column not in geography.columns:
            raise MissingColumnError(
                "Le territoire « {territory} » choisit ses unités par la colonne « {column} », "
                "absente de la couche « {id} ».",
                territory=territory.id,
                column=selection.column,
                id=GEOGRAPHY[level],
            )
        return geography.index[geography[selection.column].isin(selection.values)]

    def population(self, level: Level) -> pd.Series:
        """Return the residents of every unit of a level (persons, 2021)."""
        return self.column(f"{GEOGRAPHY[level]}.population")


@lru_cache(maxsize=64)
def _table(data: Data, id_: str, sha256: str) -> pd.DataFrame:
    record = data.catalogue.layer(id_)
    names = [c for c in record.columns if c != "geometry"]
    frame = pd.DataFrame(data.layers.read(id_, names))
    if record.key not in frame.columns:
        raise UnknownIdError("La couche « {id} » n'a pas sa clé « {key} ».", id=id_, key=record.key)
    return frame.set_index(record.key)


def open_data() -> Data:
    """Return the records and layers of this process: the pack, overlaid by the workspace."""
    where = settings()
    return _open_data(catalogue_stamp(), where.pack, where.home)


@lru_cache(maxsize=2)
def _open_data(stamp: int, pack: Path, home: Path) -> Data:
    """Open again when the records of the workspace have changed (`stamp`), or it is another."""
    return Data(catalogue(), LayerStore((pack, home / "layers")))
