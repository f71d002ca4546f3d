"""
Reads a user's own tables and layers and says in one sentence what is wrong with them.

CSV (comma, semicolon or tab; UTF-8), GeoJSON, GeoPackage and any other vector file of GDAL,
Parquet with or without shapes. Identifiers stay text; an empty cell is a missing value.
"""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

import geopandas as gpd
import pandas as pd
import pyarrow
import pyarrow.parquet
import pyogrio
import pyproj

from revital.domain.composite import require_unique_ids
from revital.errors import CrsError, MissingColumnError, SourceError, ValuesError
from revital.services.own_tables import read_csv, read_numbers

Frame = TypeVar("Frame", bound=pd.DataFrame)

_TEXT = {".csv", ".tsv", ".txt"}


def read_table(path: Path) -> pd.DataFrame:
    """
    Read the columns of a file, shapes left aside.

    Parameters
    ----------
    path : Path
        CSV, Parquet, or any vector file.

    Returns
    -------
    DataFrame
        Columns of a CSV are text; see `numbers`.

    Raises
    ------
    SourceError
        When the file is missing or cannot be read.
    ValuesError
        When it has no row.
    """
    frame = read_csv(path) if path.suffix.lower() in _TEXT else _read_any(path)
    if isinstance(frame, gpd.GeoDataFrame):
        frame = pd.DataFrame(frame.drop(columns=frame.geometry.name))
    if frame.empty:
        raise ValuesError("Le fichier « {file} » n'a aucune ligne.", file=path.name)
    return frame


def read_layer(path: Path, *, crs: str | None = None) -> gpd.GeoDataFrame:
    """
    Read a layer with shapes.

    Parameters
    ----------
    path : Path
        GeoJSON, GeoPackage, GeoParquet or any vector file.
    crs : str, optional
        System to project the layer to.

    Raises
    ------
    SourceError
        When the file is missing, cannot be read, or holds several layers.
    CrsError
        When the layer does not say its system, says degrees but holds metres, or `crs` is unknown.
    ValuesError
        When it has no shape or no row.
    """
    if path.suffix.lower() in _TEXT:
        raise ValuesError(
            "« {file} » est un tableau sans formes. Donnez une couche : GeoJSON, GeoPackage ou "
            "GeoParquet.",
            file=path.name,
        )
    frame = _read_any(path)
    if not isinstance(frame, gpd.GeoDataFrame):
        raise ValuesError(
            "« {file} » est un tableau sans formes. Donnez une couche : GeoJSON, GeoPackage ou "
            "GeoParquet.",
            file=path.name,
        )
    if frame.empty:
        raise ValuesError("Le fichier « {file} » n'a aucune ligne.", file=path.name)
    if frame.crs is None:
        raise CrsError(
            "La couche « {file} » n'a pas de système de coordonnées. Enregistrez-la en GeoJSON ou "
            "en GeoPackage avec son système.",
            file=path.name,
        )
    _require_honest_degrees(frame, path.name)
    return frame if crs is None else frame.to_crs(_parse_crs(crs))


def _read_any(path: Path) -> pd.DataFrame:
    if not path.exists():
        raise SourceError("Le fichier « {file} » n'existe pas.", file=path.name)
    if path.suffix.lower() in {".parquet", ".geoparquet", ".pq"}:
        return _read_parquet(path)
    try:
        layers = pyogrio.list_layers(path)
        if len(layers) > 1:
            raise SourceError(
                "Le fichier « {file} » a plusieurs couches ({layers}). Enregistrez celle qui "
                "compte dans un fichier à part.",
                file=path.name,
                layers=", ".join(str(name) for name in layers[:, 0]),
            )
        return gpd.read_file(path)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as error:
        raise SourceError(
            "Le fichier « {file} » n'est pas une couche lisible (GeoJSON, GeoPackage, Parquet) : "
            "{why}.",
            file=path.name,
            why=" ".join(str(error).split())[:160].rstrip("."),
        ) from error


def _read_parquet(path: Path) -> pd.DataFrame:
    try:
        schema = pyarrow.parquet.read_schema(path)
        if b"geo" in (schema.metadata or {}):
            return gpd.read_parquet(path)
        return pd.read_parquet(path)
    except (pyarrow.ArrowInvalid, ValueError, OSError) as error:
        raise SourceError(
            "Le fichier « {file} » n'est pas une couche lisible (GeoJSON, GeoPackage, Parquet) : "
            "{why}.",
            file=path.name,
            why=" ".join(str(error).split())[:160].rstrip("."),
        ) from error


def _require_honest_degrees(layer: gpd.GeoDataFrame, file: str) -> None:
    if not layer.crs.is_geographic:
        return
    west, south, east, north = layer.total_bounds
    if west < -360 or east > 360 or south < -90.001 or north > 90.001:
        raise CrsError(
            "La couche « {file} » se dit en degrés ({crs}), mais ses coordonnées n'en sont pas "
            "(x de {west} à {east}). Enregistrez-la avec son vrai système.",
            file=file,
            crs=layer.crs.to_string(),
            west=float(west),
            east=float(east),
        )


def _parse_crs(text: str) -> pyproj.CRS:
    try:
        return pyproj.CRS.from_user_input(text)
    except pyproj.exceptions.CRSError as error:
        raise CrsError(
            "Le système de coordonnées « {crs} » est inconnu. Donnez par exemple EPSG:32188.",
            crs=text[:60],
        ) from error


def with_ids(frame: Frame, column: str | None, file: str) -> Frame:
    """
    Index a table by its identifiers, as text.

    Parameters
    ----------
    frame : DataFrame
    column : str or None
        Column of the ids. None takes `id` when there is one, else the row numbers from 1.
    file : str
        Name of the file, for messages.

    Raises
    ------
    MissingColumnError, ValuesError
        When the column is absent, or an id is empty or repeated.
    """
    if column is None and "id" in frame.columns:
        column = "id"
    if column is None:
        return frame.set_axis(pd.RangeIndex(1, len(frame) + 1).astype(str), axis=0)
    require_file_columns(frame, [column], file)
    raw = frame[column]
    if pd.api.types.is_float_dtype(raw) and (raw.dropna() % 1 == 0).all():
        raw = raw.astype("Int64")
    text = raw.astype("string").str.strip()
    ids = pd.Index(text.mask(text == "").astype(object), name="id")
    require_unique_ids(ids)
    return frame.drop(columns=column).set_axis(ids, axis=0)


def require_file_columns(frame: pd.DataFrame, columns: list[str], file: str) -> None:
    """Refuse a file that lacks a column; the sentence names those found."""
    absent = [column for column in columns if column not in frame.columns]
    if absent:
        raise MissingColumnError(
            "Le fichier « {file} » n'a pas la colonne « {column} ». Colonnes trouvées : {found}.",
            file=file,
            column=absent[0],
            found=", ".join(str(c) for c in frame.columns if c != "geometry"),
        )


def numbers(frame: pd.DataFrame, columns: list[str], file: str) -> pd.DataFrame:
    """
    Return columns as numbers, an empty cell missing.

    Parameters
    ----------
    frame : DataFrame
    columns : list of str
    file : str

    Raises
    ------
    MissingColumnError
        When a column is absent.
    ValuesError
        When a cell is not a number (names its line) or a column is wholly empty.
    """
    require_file_columns(frame, columns, file)
    result = pd.DataFrame(index=frame.index)
    for column in columns:
        values = frame[column]
        if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
            result[column] = values.astype(float)
        else:
            text = pd.DataFrame({column: values.astype("string").fillna("").astype(object)})
            result[column] = read_numbers(text, column, file)
        if result[column].isna().all():
            raise ValuesError(
                "La colonne « {column} » n'a que des valeurs manquantes. "
                "Retirez-la ou fournissez ses valeurs.",
                column=column,
            )
    return result


def write_result(frame: pd.DataFrame, path: Path) -> None:
    """
    Write a result as CSV, or as a layer when it has shapes and the name asks for one.

    Parameters
    ----------
    frame : DataFrame or GeoDataFrame, indexed by `id`
    path : Path
        `.csv`, `.geojson`, `.gpkg` or `.parquet`.

    Raises
    ------
    SourceError
        When the folder does not exist or the ending is unknown.
    """
    if not path.parent.is_dir():
        raise SourceError(
            "Le dossier « {folder} » n'existe pas : créez-le d'abord.", folder=str(path.parent)
        )
    table = frame.reset_index()
    ending = path.suffix.lower()
    if ending == ".csv":
        if isinstance(table, gpd.GeoDataFrame):
            table = pd.DataFrame(table.drop(columns=table.geometry.name))
        table.to_csv(path, index=False, lineterminator="\n")
    elif ending == ".parquet":
        table.to_parquet(path)
    elif ending in {".geojson", ".gpkg"} and isinstance(table, gpd.GeoDataFrame):
        table.to_file(path)
    else:
        raise SourceError(
            "Le fichier de sortie « {file} » doit finir par .csv, .parquet, .geojson ou .gpkg.",
            file=path.name,
        )
