"""Reads the publishers' files the pack is made from, where its record expects them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import geopandas as gpd
import pandas as pd
from pydantic import Field

from revital.catalogue.models import Record
from revital.errors import SourceError, UserError
from revital.sources.readers.text import read_text_table
from revital.sources.readers.transit_feed import read_feed
from revital.sources.readers.vector import read_shapes
from revital.store.layers import InputFile, file_sha256

MISSIONS = (
    "CLSC", "CHSGS", "CHPSY", "CHSLD", "CRDPA", "CRDPL", "CRDPM", "CRDPV", "CRDITED", "CRD",
    "CPEJ", "CRJDA", "CRMDA",
)  # fmt: skip


class PackInput(Record):
    """
    One file of the inputs folder.

    Attributes
    ----------
    path : str
        Where it is expected, below the inputs folder.
    kind : str
        `table` (CSV), `shapes` or `feed` (zipped GTFS).
    columns : tuple of str
        Columns that must be there.
    tables : dict
        For a feed: columns that must be there, by table.
    """

    path: str
    kind: Literal["table", "shapes", "feed"]
    columns: tuple[str, ...] = ()
    sep: str = ","
    tables: dict[str, tuple[str, ...]] = Field(default_factory=dict)


class InputFolder:
    """
    Reads the inputs of the pack from one folder, each file once.

    Parameters
    ----------
    root : Path
    items : dict of id to PackInput

    Raises
    ------
    UserError
        When the folder does not exist, or files are missing: all of them are named.
    """

    def __init__(self, root: Path, items: Mapping[str, PackInput]) -> None:
        self.root = root
        self._items = items
        if not root.is_dir():
            raise UserError(
                "Le dossier de données sources « {folder} » n'existe pas. Donnez-le par "
                "« --inputs DOSSIER » ou par la variable REVITAL_INPUTS.",
                folder=root.name or str(root),
            )
        lacking = sorted(i.path for i in items.values() if not (root / i.path).is_file())
        if lacking:
            raise UserError(
                "Il manque des fichiers au dossier « {folder} » : {files}. "
                "Rien n'a été changé. Ajoutez-les, puis relancez « revital build ».",
                folder=root.name,
                files=", ".join(lacking),
            )
        self._read: dict[str, object] = {}

    def item(self, id_: str) -> PackInput:
        """Return what an input must be."""
        return self._items[id_]

    def path(self, id_: str) -> Path:
        """Return the path of an input."""
        return self.root / self._items[id_].path

    def described(self, id_: str) -> InputFile:
        """Return the name, hash and size of an input, as the manifest keeps them."""
        path = self.path(id_)
        return InputFile(
            name=self._items[id_].path, sha256=file_sha256(path), bytes=path.stat().st_size
        )

    def table(self, id_: str) -> pd.DataFrame:
        """Return a CSV input, every cell a string (`SourceError` when altered)."""
        found = self._read.get(id_)
        if found is None:
            item = self._items[id_]
            found = self._read[id_] = read_text_table(self.path(id_), item.columns, item.sep)
        assert isinstance(found, pd.DataFrame)
        return found.copy()

    def shapes(self, id_: str) -> gpd.GeoDataFrame:
        """Return an input that has shapes, in EPSG:4326 (`SourceError` when altered)."""
        found = self._read.get(id_)
        if found is None:
            found = self._read[id_] = read_shapes(self.path(id_), self._items[id_].columns)
        assert isinstance(found, gpd.GeoDataFrame)
        return found.copy()

    def feed(self, id_: str) -> dict[str, pd.DataFrame]:
        """Return the tables of a transit schedule (`SourceError` when altered)."""
        found = self._read.get(id_)
        if found is None:
            found = self._read[id_] = read_feed(self.path(id_), self._items[id_].tables)
        assert isinstance(found, dict)
        return found


def require_unique(frame: pd.DataFrame, column: str, file: str) -> None:
    """
    Check that a key does not repeat.

    Raises
    ------
    SourceError
        Naming the file and the first key that repeats.
    """
    repeated = frame.loc[frame[column].duplicated(), column]
    if len(repeated):
        raise SourceError(
            "Le fichier « {file} » répète la clé « {value} » (colonne « {column} »). "
            "Remettez le fichier de l'éditeur, sans le modifier.",
            file=file,
            column=column,
            value=str(repeated.iloc[0]),
        )
