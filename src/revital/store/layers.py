"""
Reads the tidy layers: the embedded pack, overlaid by the user's workspace.

The pack is read-only. A layer of the workspace with the same name takes its place. Each folder
holds `manifest.json`, which says for every layer its file, rows, hash and where it comes from.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import cast

import geopandas as gpd
import pandas as pd
import pyarrow.lib
import pyarrow.parquet as pq
from pydantic import BaseModel, ConfigDict, ValidationError

from revital.errors import LayerError, MissingColumnError, UnknownIdError

MANIFEST = "manifest.json"


class InputFile(BaseModel):
    """A publisher's file that a layer was made from."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    name: str
    sha256: str
    bytes: int


class LayerManifest(BaseModel):
    """What is known of one layer file: enough to walk a figure back to its publisher."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    id: str
    file: str
    rows: int
    bytes: int
    sha256: str
    publisher: dict[str, str]
    licence: str
    licence_url: str | None = None
    attribution: dict[str, str]
    vintage: str
    processing: dict[str, str]
    sources: tuple[str, ...]
    inputs: tuple[InputFile, ...]
    approximate: dict[str, str] | None = None
    incomplete: dict[str, str] | None = None


class PackManifest(BaseModel):
    """The layers of one folder."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    version: str
    layers: dict[str, LayerManifest]


def file_sha256(path: Path) -> str:
    """Return the sha256 of a file, in hexadecimal, read in blocks."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def read_manifest(folder: Path) -> PackManifest:
    """
    Read the manifest of a folder of layers.

    Raises
    ------
    LayerError
        When the manifest is missing or not readable.
    """
    path = folder / MANIFEST
    try:
        return PackManifest.model_validate_json(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise LayerError(
            "Aucun inventaire « {file} » dans le dossier de données « {folder} ». "
            "Lancez « revital build --inputs DOSSIER » ou reprenez une copie du projet.",
            file=MANIFEST,
            folder=folder.name,
        ) from error
    except (ValidationError, json.JSONDecodeError, UnicodeDecodeError) as error:
        raise LayerError(
            "L'inventaire « {file} » du dossier « {folder} » est illisible ou incomplet. "
            "Lancez « revital build --inputs DOSSIER » ou reprenez une copie du projet.",
            file=MANIFEST,
            folder=folder.name,
        ) from error


@dataclass(frozen=True)
class LayerStore:
    """
    Reads layers from an ordered list of folders, the last one winning.

    Parameters
    ----------
    folders : tuple of Path
        The pack first, then the workspace; a folder without manifest is passed over, except the
        first, which must have one.
    """

    folders: tuple[Path, ...]

    def manifests(self) -> dict[str, tuple[Path, LayerManifest]]:
        """Return, by layer id, the folder and the manifest that stand."""
        found: dict[str, tuple[Path, LayerManifest]] = {}
        for i, folder in enumerate(self.folders):
            if i and not (folder / MANIFEST).is_file():
                continue
            stamp = (folder / MANIFEST).stat().st_mtime_ns if (folder / MANIFEST).is_file() else 0
            for id_, manifest in _manifest(folder, stamp).layers.items():
                found[id_] = (folder, manifest)
        return found

    def manifest(self, id_: str) -> LayerManifest:
        """Return the manifest of a layer; `UnknownIdError` when no folder has it."""
        return self._find(id_)[1]

    def has(self, id_: str) -> bool:
        """Return whether a folder holds the layer."""
        return id_ in self.manifests()

    def _find(self, id_: str) -> tuple[Path, LayerManifest]:
        found = self.manifests()
        if id_ not in found:
            raise UnknownIdError(
                "La couche « {id} » n'est pas dans les données. Couches présentes : {known}.",
                id=id_,
                known=", ".join(sorted(found)),
            )
        return found[id_]

    def path(self, id_: str) -> Path:
        """
        Return the file of a layer, once checked against its manifest.

        Raises
        ------
        LayerError
            When the file is missing, truncated or altered.
        """
        folder, manifest = self._find(id_)
        path = folder / manifest.file
        if not path.is_file():
            raise LayerError(
                "La couche « {id} » manque : le fichier « {file} » n'est plus dans « {folder} ». "
                "Reprenez une copie du projet ou lancez « revital build ».",
                id=id_,
                file=manifest.file,
                folder=folder.name,
            )
        stat = path.stat()
        if stat.st_size != manifest.bytes or _hash(path, stat.st_mtime_ns) != manifest.sha256:
            raise LayerError(
                "Le fichier « {file} » de la couche « {id} » a changé ou est tronqué "
                "({found} octets, {expected} attendus). Reprenez une copie du projet ou lancez "
                "« revital build ».",
                file=manifest.file,
                id=id_,
                found=stat.st_size,
                expected=manifest.bytes,
            )
        return path

    def read(self, id_: str, columns: list[str] | None = None) -> pd.DataFrame:
        """
        Read a layer.

        Parameters
        ----------
        id_ : str
        columns : list of str, optional
            Columns to read; all by default. `geometry` is always kept for a layer with shapes
            when `columns` is None or names it.

        Returns
        -------
        DataFrame, or GeoDataFrame in EPSG:4326 when the layer has shapes and they were asked for
            Missing values are `NaN` / `None`, never 0.

        Raises
        ------
        LayerError, MissingColumnError, UnknownIdError
        """
        path = self.path(id_)
        try:
            schema = pq.read_schema(path)
            names = set(schema.names)
            lacking = [c for c in columns or [] if c not in names]
            if lacking:
                raise MissingColumnError(
                    "La couche « {id} » n'a pas la colonne « {column} ». Colonnes présentes : "
                    "{known}.",
                    id=id_,
                    column=lacking[0],
                    known=", ".join(sorted(names)),
                )
            is_geo = b"geo" in (schema.metadata or {})
            if is_geo and (columns is None or "geometry" in columns):
                return gpd.read_parquet(path, columns=columns)
            return pd.read_parquet(path, columns=columns)
        except (pyarrow.lib.ArrowInvalid, pyarrow.lib.ArrowIOError) as error:
            raise LayerError(
                "Le fichier « {file} » de la couche « {id} » n'est pas un Parquet lisible. "
                "Reprenez une copie du projet ou lancez « revital build ».",
                file=path.name,
                id=id_,
            ) from error

    def read_shapes(self, id_: str, columns: list[str] | None = None) -> gpd.GeoDataFrame:
        """Read a layer that has shapes (EPSG:4326); `LayerError` when it has none."""
        frame = self.read(id_, columns)
        if not isinstance(frame, gpd.GeoDataFrame):
            raise LayerError("La couche « {id} » n'a pas de géométrie.", id=id_)
        return cast("gpd.GeoDataFrame", frame)


@lru_cache(maxsize=16)
def _manifest(folder: Path, stamp: int) -> PackManifest:
    """Read a manifest again only when the file has changed (`stamp`)."""
    return read_manifest(folder)


@lru_cache(maxsize=256)
def _hash(path: Path, stamp: int) -> str:
    """Hash a file again only when it has changed (`stamp`)."""
    return file_sha256(path)
