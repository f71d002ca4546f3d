"""
Reads a user's own points, matrix and streets, and says in one sentence what is wrong with them.

Tables are CSV with a comma, a semicolon or a tab, in UTF-8. Identifiers stay text. A decimal comma
is read as one. Coordinates are recognised by their range, or named with a coordinate system; those
that look swapped are refused rather than guessed.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio.errors
import pyproj

from revital.domain.cost_matrix import FloatArray, require_unique
from revital.domain.network import UNWALKABLE, StreetNetwork, build_network
from revital.errors import CrsError, MissingColumnError, SourceError, ValuesError

_DEGREES = pyproj.CRS.from_epsg(4326)
# Columns where common street layers keep their class.
_CLASS_COLUMNS = ("ClsRte", "highway", "fclass", "CLASSE", "class")


@dataclass(frozen=True)
class PointTable:
    """
    Points of a user's table.

    Attributes
    ----------
    name : str
        File name, for messages.
    ids : Index of str
    columns : DataFrame, same order
        Numeric columns that were read, missing where the cell is empty.
    xy : ndarray of float, shape (n, 2), or None
        Longitude and latitude (degrees); missing where a cell is empty. None without `x`, `y`.
    """

    name: str
    ids: pd.Index
    columns: pd.DataFrame
    xy: FloatArray | None

    @property
    def is_located(self) -> np.ndarray:
        """True for points that have both coordinates; all True without coordinates at all."""
        if self.xy is None:
            return np.ones(len(self.ids), dtype=bool)
        return np.asarray(np.isfinite(self.xy).all(axis=1))


def read_csv(path: Path) -> pd.DataFrame:
    """
    Read a CSV as text, whatever its separator.

    Raises
    ------
    SourceError
        When the file is empty, is not text in UTF-8, or its rows do not fit its header.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as handle:
            first = handle.readline()
        separator = max((",", ";", "\t"), key=first.count)
        frame = pd.read_csv(
            path,
            sep=separator,
            dtype=str,
            keep_default_na=False,
            encoding="utf-8-sig",
            quoting=csv.QUOTE_MINIMAL,
        )
    except FileNotFoundError as error:
        raise SourceError("Le fichier « {file} » n'existe pas.", file=path.name) from error
    except IsADirectoryError as error:
        raise SourceError("« {file} » est un dossier ; donnez un CSV.", file=path.name) from error
    except UnicodeDecodeError as error:
        raise SourceError(
            "Le fichier « {file} » n'est pas du texte en UTF-8. Enregistrez-le en « CSV UTF-8 ».",
            file=path.name,
        ) from error
    except (pd.errors.EmptyDataError, pd.errors.ParserError) as error:
        raise SourceError(
            "Le fichier « {file} » n'est pas un tableau CSV lisible : {why}.",
            file=path.name,
            why=" ".join(str(error).split())[:160],
        ) from error
    frame.columns = [str(c).strip() for c in frame.columns]
    return frame


def read_points(
    path: Path, *, numbers: dict[str, float | None], crs: str | None = None
) -> PointTable:
    """
    Read points with an identifier, numbers and perhaps coordinates.

    Parameters
    ----------
    path : Path
        CSV with `id`, the columns of `numbers`, and perhaps `x` and `y`.
    numbers : dict
        Column to its value when the column is absent; None makes the column obligatory.
    crs : str, optional
        Coordinate system of `x` and `y`; longitude and latitude when they look so.

    Raises
    ------
    MissingColumnError, ValuesError, CrsError, SourceError
    """
    frame = read_csv(path)
    wanted = ["id", *(c for c, default in numbers.items() if default is None)]
    missing = [c for c in wanted if c not in frame.columns]
    if missing:
        raise MissingColumnError(
            "Le fichier « {file} » n'a pas la colonne « {column} ». Colonnes trouvées : {found}.",
            file=path.name,
            column=missing[0],
            found=", ".join(frame.columns),
        )
    if frame.empty:
        raise ValuesError("Le fichier « {file} » n'a aucune ligne.", file=path.name)
    ids = pd.Index(frame["id"].str.strip().mask(lambda s: s == ""), name="id").astype(object)
    require_unique(ids, path.name)
    values = pd.DataFrame(index=ids)
    for column, default in numbers.items():
        values[column] = (
            read_numbers(frame, column, path.name)
            if column in frame.columns
            else np.full(len(ids), default)
        )
    xy = None
    if {"x", "y"} <= set(frame.columns):
        xy = np.column_stack([read_numbers(frame, c, path.name) for c in ("x", "y")])
        xy = _to_degrees(xy, crs, path.name)
    return PointTable(path.name, ids, values, xy)


def read_pairs(path: Path) -> pd.DataFrame:
    """Read a matrix CSV with `from`, `to` and `cost`; empty costs stay missing."""
    frame = read_csv(path)
    if "cost" in frame.columns:
        frame["cost"] = read_numbers(frame, "cost", path.name)
    return frame


def metric_crs(*points: PointTable) -> pyproj.CRS:
    """Return a metric system fit for the places of some tables (the UTM zone of their centre)."""
    parts = [p.xy[p.is_located] for p in points if p.xy is not None]
    located = np.vstack(parts) if parts else np.empty((0, 2))
    if not len(located):
        raise ValuesError(
            "Aucun point n'a de coordonnées. Ajoutez les colonnes « x » et « y », ou donnez une "
            "matrice."
        )
    series = gpd.GeoSeries.from_xy(located[:, 0], located[:, 1], crs=_DEGREES)
    return series.estimate_utm_crs()


def project(points: PointTable, crs: pyproj.CRS) -> FloatArray:
    """Return the coordinates of a table in metres; missing where unknown."""
    if points.xy is None:
        raise MissingColumnError(
            "Le fichier « {file} » n'a pas de colonnes « x » et « y » : sans matrice, il les faut.",
            file=points.name,
        )
    result = np.full(points.xy.shape, np.nan)
    here = points.is_located
    to_metres = pyproj.Transformer.from_crs(_DEGREES, crs, always_xy=True)
    x, y = to_metres.transform(points.xy[here, 0], points.xy[here, 1])
    result[here] = np.column_stack([x, y])
    return result


def read_streets(
    path: Path,
    crs: pyproj.CRS,
    *,
    barriers: Path | None = None,
    class_column: str | None = None,
    unwalkable: tuple[str, ...] = (),
    split_at_shared_vertices: bool = False,
) -> StreetNetwork:
    """
    Read a street layer and build its network in a metric system.

    Parameters
    ----------
    path, barriers : Path
        Any vector file that GDAL reads.
    crs : CRS
        Metric.
    class_column : str, optional
        Column of the street class; found by its usual names when not given.
    unwalkable : tuple of str
        Classes left out beside motorways.
    split_at_shared_vertices : bool
        For layers whose lines are not cut at crossings (OpenStreetMap ways).
    """
    streets = read_vector(path, path.name).to_crs(crs)
    if class_column is None:
        class_column = next((c for c in _CLASS_COLUMNS if c in streets.columns), None)
    cuts = None if barriers is None else read_vector(barriers, barriers.name).to_crs(crs).geometry
    return build_network(
        streets,
        class_column=class_column,
        unwalkable=UNWALKABLE | set(unwalkable),
        barriers=cuts,
        split_at_shared_vertices=split_at_shared_vertices,
    )


def read_vector(source: Path | BytesIO, name: str) -> gpd.GeoDataFrame:
    """
    Read a vector file with its coordinate system.

    Raises
    ------
    SourceError, CrsError
    """
    try:
        frame = gpd.read_file(source)
    except (pyogrio.errors.DataSourceError, OSError) as error:
        raise SourceError(
            "Le fichier « {file} » n'est pas une couche géographique lisible.", file=name
        ) from error
    if not isinstance(frame, gpd.GeoDataFrame) or frame.crs is None:
        raise CrsError(
            "La couche « {file} » n'a pas de système de coordonnées. Enregistrez-la en GeoJSON ou "
            "en GeoPackage avec son système.",
            file=name,
        )
    return frame


def read_numbers(frame: pd.DataFrame, column: str, file: str) -> FloatArray:
    """Return a column of text as numbers, an empty cell missing; `ValuesError` names the line."""
    text = frame[column].str.strip().str.replace("\u202f", "").str.replace("\u00a0", "")
    text = text.str.replace(",", ".", regex=False)
    values = pd.to_numeric(text.mask(text.str.lower().isin(["", "nan", "na"])), errors="coerce")
    bad = values.isna() & ~text.str.lower().isin(["", "nan", "na"])
    if bad.any():
        row = int(np.flatnonzero(bad.to_numpy())[0])
        raise ValuesError(
            "Fichier « {file} », ligne {row} : « {value} » n'est pas un nombre (colonne "
            "« {column} »).",
            file=file,
            row=row + 2,
            value=str(frame[column].iloc[row])[:40],
            column=column,
        )
    return values.to_numpy(dtype=float)


def _to_degrees(xy: FloatArray, crs: str | None, file: str) -> FloatArray:
    """Return longitudes and latitudes; refuse coordinates that look swapped or are not degrees."""
    half = np.isfinite(xy).sum(axis=1) == 1
    xy = np.where(half[:, None], np.nan, xy)
    here = np.isfinite(xy).all(axis=1)
    if not here.any():
        return xy
    known = xy[here]
    looks_degrees = bool((np.abs(known[:, 0]) <= 180).all() and (np.abs(known) <= 180).all())
    if crs is None and not looks_degrees:
        raise CrsError(
            "Les coordonnées de « {file} » ne sont pas des degrés (x = {x}). Dites leur système "
            "avec --crs, par exemple --crs EPSG:32188.",
            file=file,
            x=float(known[0, 0]),
        )
    system = _crs(crs) if crs else _DEGREES
    if system.is_geographic:
        degrees = known
    else:
        if looks_degrees:
            raise CrsError(
                "Les coordonnées de « {file} » ressemblent à des degrés (x = {x}), mais le système "
                "donné, « {crs} », est en mètres.",
                file=file,
                x=float(known[0, 0]),
                crs=str(crs),
            )
        to_degrees = pyproj.Transformer.from_crs(system, _DEGREES, always_xy=True)
        degrees = np.column_stack(to_degrees.transform(known[:, 0], known[:, 1]))
    _require_plausible(known, degrees, system, file)
    result = np.full(xy.shape, np.nan)
    result[here] = degrees
    return result


def _require_plausible(
    known: FloatArray, degrees: FloatArray, system: pyproj.CRS, file: str
) -> None:
    if system.is_geographic:
        swapped = bool((np.abs(known[:, 1]) > 90).any())
        # In Canada a latitude is between 41 and 84 and a longitude between -142 and -52.
        lon, lat = known[:, 0], known[:, 1]
        swapped |= bool(((lon > 41) & (lon < 84) & (lat < -52) & (lat > -142)).all())
    else:
        swapped = not _inside(degrees, system)
    if swapped:
        raise ValuesError(
            "Les colonnes « x » et « y » de « {file} » semblent inversées, ou dans un autre "
            "système de coordonnées : x est la longitude (ou l'est), y la latitude (ou le nord). "
            "Première ligne : x = {x}, y = {y}.",
            file=file,
            x=float(known[0, 0]),
            y=float(known[0, 1]),
        )


def _inside(degrees: FloatArray, system: pyproj.CRS) -> bool:
    """Tell whether points fall where their system is meant to be used, with a wide margin."""
    area = system.area_of_use
    if area is None:
        return True
    middle = np.median(degrees, axis=0)
    return bool(
        np.isfinite(middle).all()
        and area.west - 5 <= middle[0] <= area.east + 5
        and area.south - 5 <= middle[1] <= area.north + 5
    )


def _crs(text: str) -> pyproj.CRS:
    try:
        return pyproj.CRS.from_user_input(text)
    except pyproj.exceptions.CRSError as error:
        raise CrsError(
            "Le système de coordonnées « {crs} » est inconnu. Donnez par exemple EPSG:32188.",
            crs=text[:60],
        ) from error
