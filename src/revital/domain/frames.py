"""Checks at the door for tables and layers that come from outside."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import shapely

from revital.errors import CrsError, MissingColumnError, ValuesError


def require_columns(frame: pd.DataFrame, columns: list[str], what: str) -> None:
    """
    Refuse a table that lacks a column.

    Parameters
    ----------
    frame : DataFrame
    columns : list of str
        Needed columns.
    what : str
        How the table is called in the sentence.

    Raises
    ------
    MissingColumnError
        Names the first absent column and those found.
    """
    absent = [column for column in columns if column not in frame.columns]
    if absent:
        raise MissingColumnError(
            "{what} : la colonne « {column} » manque. Colonnes trouvées : {found}.",
            what=what,
            column=absent[0],
            found=", ".join(str(c) for c in frame.columns if c != "geometry") or "-",
        )


def require_crs(layer: gpd.GeoDataFrame, what: str) -> None:
    """Refuse a layer that does not say in which coordinate system it is (`CrsError`)."""
    if layer.crs is None:
        raise CrsError(
            "{what} : le système de coordonnées est inconnu. Indiquez-le dans le fichier "
            "(par exemple EPSG:32188, en mètres).",
            what=what,
        )


def require_metric(layer: gpd.GeoDataFrame, what: str) -> None:
    """
    Refuse a layer that cannot be measured: unknown system, degrees, or another unit than metres.

    Raises
    ------
    CrsError
    """
    require_crs(layer, what)
    crs = layer.crs
    if crs.is_geographic:
        raise CrsError(
            "{what} : les coordonnées sont en degrés ({crs}) et une mesure demande des mètres. "
            "Projetez la couche, par exemple en EPSG:32188 (option --crs de la commande).",
            what=what,
            crs=crs.to_string(),
        )
    if not crs.is_projected or abs(crs.axis_info[0].unit_conversion_factor - 1) > 1e-12:
        raise CrsError(
            "{what} : le système {crs} n'est pas en mètres. Projetez la couche, par exemple en "
            "EPSG:32188 (option --crs de la commande).",
            what=what,
            crs=crs.to_string(),
        )


def require_same_crs(
    first: gpd.GeoDataFrame, second: gpd.GeoDataFrame, first_name: str, second_name: str
) -> None:
    """Refuse two layers in different coordinate systems (`CrsError`)."""
    require_crs(first, first_name)
    require_crs(second, second_name)
    if not first.crs.equals(second.crs, ignore_axis_order=True):
        raise CrsError(
            "{first} est en {first_crs} et {second} en {second_crs} : les deux couches doivent "
            "être dans le même système. Projetez l'une vers l'autre "
            "(option --crs de la commande).",
            first=first_name,
            first_crs=first.crs.to_string(),
            second=second_name,
            second_crs=second.crs.to_string(),
        )


def require_polygons(layer: gpd.GeoDataFrame, what: str) -> None:
    """Refuse an empty layer, a missing or invalid shape, or anything but polygons."""
    if layer.empty:
        raise ValuesError("{what} : la couche est vide.", what=what)
    shapes = layer.geometry.array
    missing = shapes.isna() | shapes.is_empty
    if missing.any():
        raise ValuesError(
            "{what} : {count} secteurs n'ont pas de forme (le premier : {id}).",
            what=what,
            count=int(missing.sum()),
            id=layer.index[missing][0],
        )
    if (shapely.get_dimensions(shapes.to_numpy()) != 2).any():
        raise ValuesError(
            "{what} : des polygones sont attendus ; trouvé : {found}.",
            what=what,
            found=", ".join(sorted(set(layer.geom_type))),
        )
    valid = shapes.is_valid
    if not valid.all():
        raise ValuesError(
            "{what} : la forme de « {id} » est invalide ({reason}). Réparez-la "
            "(make_valid) avant la mesure.",
            what=what,
            id=layer.index[~valid][0],
            reason=shapely.is_valid_reason(shapes.to_numpy()[~valid][0]),
        )


def require_counts(frame: pd.DataFrame, columns: list[str], what: str) -> None:
    """Refuse counts that are not numbers, negative, or wholly missing."""
    require_columns(frame, columns, what)
    for column in columns:
        values = frame[column]
        if not pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values):
            raise ValuesError(
                "{what} : la colonne « {column} » doit contenir des nombres ; "
                "elle contient du texte.",
                what=what,
                column=column,
            )
        if values.isna().all():
            raise ValuesError(
                "{what} : la colonne « {column} » n'a que des valeurs manquantes.",
                what=what,
                column=column,
            )
        negative = values < 0
        if negative.any():
            raise ValuesError(
                "{what} : la colonne « {column} » a une valeur négative ({value}, ligne {id}). "
                "Un effectif est positif ou nul.",
                what=what,
                column=column,
                value=float(values[negative].iloc[0]),
                id=values.index[negative][0],
            )
