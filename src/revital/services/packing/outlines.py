"""Outlines of the pack, simplified together so that neighbours still share their edges."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from revital.domain.coverage import is_coverage, mend_coverage, simplify_outlines
from revital.errors import ValuesError
from revital.i18n.mark import N_
from revital.services.packing.geography import slug
from revital.services.packing.recipe import Made, Task

#: Degrees, about 8 m north-south and 5 m east-west here: unseen on a map of a neighbourhood.
FINE = 5e-5
COARSE = 1e-4


def outlined(
    columns: dict[str, object], polygons: np.ndarray, tolerance: float
) -> gpd.GeoDataFrame:
    """Return polygons (EPSG:4326) mended and simplified together, with their columns, by unit."""
    simple = simplify_outlines(mend_coverage(polygons), tolerance)
    frame = gpd.GeoDataFrame(columns, geometry=simple, crs="EPSG:4326")
    if not is_coverage(np.asarray(frame.geometry.array)):
        raise ValuesError(
            "Les contours simplifiés se chevauchent ou laissent des vides : la couche n'est pas "
            "écrite. Vérifiez que le fichier de contours est celui de l'éditeur."
        )
    return frame.sort_values("unit_id", ignore_index=True)


def tracts(task: Task) -> Made:
    """Return the outlines of census tracts."""
    shapes = task.shapes("shapes")
    names = [f"Secteur {name}" for name in shapes["CTNAME"]]
    frame = outlined(
        {"unit_id": shapes["CTUID"].to_numpy(), "name": names},
        np.asarray(shapes.geometry.array),
        COARSE,
    )
    return Made(frame, rows_in=len(shapes))


def cells(task: Task) -> Made:
    """Return the approximate cells of dissemination areas; some hold two areas."""
    shapes = task.shapes("shapes")
    members = [";".join(sorted(m.split(";"))) for m in shapes["DAUID_2021"]]
    names = ["Aire " + m if ";" not in m else "Aires " + " et ".join(m.split(";")) for m in members]
    frame = outlined(
        {
            # A cell of two areas has an id of its own: joined by mistake to the figures of one
            # area, it shows no data rather than half of it.
            "unit_id": [m.replace(";", "-") for m in members],
            "name": names,
            "members": members,
            "ct_id": shapes["CTUID"].to_numpy(),
        },
        np.asarray(shapes.geometry.array),
        COARSE,
    )
    return Made(frame, rows_in=len(shapes))


def areas(task: Task) -> Made:
    """Return the outlines of the dissemination areas of a division."""
    shapes = task.shapes("shapes")
    inside = shapes[shapes["DAUID"].str.startswith(task.option("division"))]
    frame = outlined(
        {
            "unit_id": inside["DAUID"].to_numpy(),
            "name": [f"Aire {unit}" for unit in inside["DAUID"]],
        },
        np.asarray(inside.geometry.array),
        FINE,
    )
    dropped = {N_("hors des villes du paquet"): len(shapes) - len(inside)}
    return Made(frame, rows_in=len(shapes), dropped=dropped)


def tracts_of(areas: gpd.GeoDataFrame, tract: pd.Series) -> gpd.GeoDataFrame:
    """
    Return tracts as their dissemination areas joined, so that edges agree at both levels.

    Parameters
    ----------
    areas : GeoDataFrame (EPSG:4326), outlines that share their edges
    tract : Series of str, same index
        Tract of each area; an area without one is left out.
    """
    polygons: dict[str, shapely.Geometry] = {}
    for unit, group in areas.groupby(tract, sort=True):
        polygons[str(unit)] = shapely.normalize(
            shapely.coverage_union_all(np.asarray(group["geometry"].array))
        )
    return gpd.GeoDataFrame(
        {"unit_id": list(polygons), "name": [f"Secteur {unit[3:]}" for unit in polygons]},
        geometry=list(polygons.values()),
        crs="EPSG:4326",
    )


def joined_tracts(task: Task) -> Made:
    """Return tracts: their dissemination areas joined, so that edges agree."""
    areas = gpd.GeoDataFrame(task.layer("areas"))
    links = task.layer("geography").set_index("unit_id")["ct_id"]
    tract = areas["unit_id"].map(links)
    without = int(tract.isna().sum())
    return Made(
        tracts_of(areas, tract),
        rows_in=len(areas),
        dropped={N_("aire sans secteur"): without} if without else {},
    )


def boroughs(task: Task) -> Made:
    """Return the outlines of the boroughs and linked cities."""
    shapes = task.shapes("shapes")
    kinds = {"Arrondissement": "borough", "Ville liée": "city"}
    frame = outlined(
        {
            "unit_id": shapes["NOM"].map(slug).to_numpy(),
            "name": shapes["NOM_OFFICIEL"].to_numpy(),
            "code": shapes["CODE_3C"].to_numpy(),
            "kind": shapes["TYPE"].map(kinds).to_numpy(),
        },
        np.asarray(shapes.geometry.array),
        COARSE,
    )
    return Made(frame, rows_in=len(shapes))


def bus_streets(task: Task) -> Made:
    """Return the streets buses follow, once each: a light stand-in for main streets."""
    points = task.feed("feed")["shapes"].copy()
    points["order"] = pd.to_numeric(points["shape_pt_sequence"])
    points["lon"] = pd.to_numeric(points["shape_pt_lon"]).round(5)
    points["lat"] = pd.to_numeric(points["shape_pt_lat"]).round(5)
    points = points.sort_values(["shape_id", "order"])
    lines = [
        shapely.LineString(group[["lon", "lat"]].to_numpy())
        for _, group in points.groupby("shape_id", sort=True)
    ]
    crs = task.option("crs_metric")
    # The two directions of a line lie metres apart: a 10 m grid brings them together.
    flat = gpd.GeoSeries(lines, crs="EPSG:4326").to_crs(crs)
    joined = shapely.line_merge(shapely.union_all(flat.array, grid_size=10.0))
    simple = gpd.GeoSeries(shapely.get_parts(joined), crs=crs).simplify(8.0)
    simple = simple[simple.length >= 25.0].to_crs("EPSG:4326")
    rounded = shapely.normalize(shapely.transform(simple.array, lambda xy: np.round(xy, 5)))
    rounded = rounded[shapely.is_valid(rounded) & (shapely.length(rounded) > 0)]
    ordered = sorted(rounded, key=lambda line: line.wkb)
    frame = gpd.GeoDataFrame(
        {"line_id": [f"L{i:05d}" for i in range(len(ordered))]}, geometry=ordered, crs="EPSG:4326"
    )
    return Made(frame, rows_in=len(lines))
