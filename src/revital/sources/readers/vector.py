"""Reads files of shapes (GeoJSON, GeoPackage, shapefile) in a declared coordinate system."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import geopandas as gpd
import pyogrio.errors

from revital.errors import CrsError, SourceError
from revital.sources.readers.text import require_columns


def read_shapes(path: Path, columns: Iterable[str]) -> gpd.GeoDataFrame:
    """
    Read a file of shapes.

    Parameters
    ----------
    path : Path
    columns : iterable of str
        Columns that must be there; all columns are returned.

    Returns
    -------
    GeoDataFrame in EPSG:4326

    Raises
    ------
    SourceError
        When the file is not readable, has no shape or lacks a column.
    CrsError
        When the file does not say in which coordinate system it is.
    """
    try:
        frame = gpd.read_file(path)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, OSError) as error:
        raise SourceError(
            "Le fichier « {file} » n'est pas une couche de formes lisible. "
            "Remettez le fichier de l'éditeur, sans le modifier.",
            file=path.name,
        ) from error
    if not isinstance(frame, gpd.GeoDataFrame) or frame.empty:
        raise SourceError(
            "Le fichier « {file} » ne contient aucune forme. "
            "Remettez le fichier de l'éditeur, sans le modifier.",
            file=path.name,
        )
    if frame.crs is None:
        raise CrsError(
            "Le fichier « {file} » ne dit pas dans quel système de coordonnées il est. "
            "Joignez son fichier .prj ou un GeoPackage qui le dit.",
            file=path.name,
        )
    require_columns(frame.columns, columns, path.name)
    return frame.to_crs("EPSG:4326")
