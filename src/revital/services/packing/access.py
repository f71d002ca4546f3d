"""Straight-line access of each dissemination area to what the pack can place on a map."""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd

from revital.domain.proximity import Points, count_within, nearest_m, within
from revital.services.packing.geography import in_division
from revital.services.packing.places import installations_frame, schools_frame, stop_trips
from revital.services.packing.recipe import Made, Task

WALK_TO_BUS_M = 400.0
SCHOOL_RADIUS_M = 1000.0
#: Shops where a household can do its weekly shopping without a card or a bulk order.
FOOD_STORES = ("supermarket", "grocery")


def _plane(lon: pd.Series, lat: pd.Series, crs: str) -> Points:
    points = gpd.GeoSeries.from_xy(lon, lat, crs="EPSG:4326").to_crs(crs)
    return np.column_stack([points.x, points.y])


def _plane_of(places: pd.DataFrame, crs: str) -> Points:
    points = gpd.GeoSeries(places["geometry"], crs="EPSG:4326").to_crs(crs)
    return np.column_stack([points.x, points.y])


def _trips_near(
    origins: Points, stops: Points, ids: Sequence[str], calls: pd.DataFrame
) -> np.ndarray:
    """Return how many distinct trips stop near each origin; a trip with two stops counts once."""
    by_stop = calls.groupby("stop_id")["trip_id"].agg(set).to_dict()
    near = within(origins, stops, WALK_TO_BUS_M)
    return np.array(
        [float(len(set().union(*(by_stop.get(ids[i], set()) for i in found)))) for found in near]
    )


def access(task: Task) -> Made:
    """Return distances and counts from the point of origin of each area of both cities."""
    areas = task.layer("areas")
    crs, listed = task.option("crs_metric"), areas["cma_id"] == task.option("cma")
    areas = areas[listed | in_division(areas, task.option("division"))].reset_index(drop=True)
    origins = _plane(areas["lon"], areas["lat"], crs)
    # Places and buses are listed in the metropolitan area alone.
    covered = (areas["cma_id"] == task.option("cma")).to_numpy()

    health = installations_frame(task)
    clscs = health[health["CLSC"]]
    teaching, _ = schools_frame(task)
    young = teaching[teaching[["PRESC", "PRIM", "SEC"]].any(axis=1)]
    food = task.layer("food")
    food = food[food["status"] != "closed"]

    def where_listed(values: np.ndarray) -> np.ndarray:
        return np.where(covered, values, np.nan)

    def to_nearest(categories: tuple[str, ...]) -> np.ndarray:
        return where_listed(
            nearest_m(origins, _plane_of(food[food["category"].isin(categories)], crs))
        )

    stops = task.layer("stops")
    ids = stops["service_id"].str.removeprefix(task.option("prefix")).tolist()
    trips = _trips_near(origins, _plane_of(stops, crs), ids, stop_trips(task))
    frame = pd.DataFrame(
        {
            "unit_id": areas["unit_id"],
            # All of Québec's CLSCs and schools: the nearest one may lie across the limit.
            "clsc_m": nearest_m(origins, _plane(clscs["lon"], clscs["lat"], crs)),
            "food_aid_m": to_nearest(("food_aid",)),
            "food_store_m": to_nearest(FOOD_STORES),
            "pharmacy_m": to_nearest(("pharmacy",)),
            "school_count_1km": count_within(
                origins, _plane(young["lon"], young["lat"], crs), SCHOOL_RADIUS_M
            ),
            "bus_trips_400m": where_listed(trips),
        }
    ).round(1)
    return Made(frame.sort_values("unit_id", ignore_index=True), rows_in=len(areas))


def osm_access(task: Task) -> Made:
    """Return distance to, and count of, OpenStreetMap food stores, for the division's areas."""
    areas = task.layer("areas")
    areas = areas[in_division(areas, task.option("division"))].reset_index(drop=True)
    covered = (areas["csd_id"] == task.option("municipality")).to_numpy()
    frame = store_access(areas, task.layer("stores"), covered, task.option("crs_metric"))
    return Made(frame.sort_values("unit_id", ignore_index=True), rows_in=len(areas))


def store_access(
    areas: pd.DataFrame, places: pd.DataFrame, covered: np.ndarray, crs: str
) -> pd.DataFrame:
    """
    Return the distance to the nearest food store, and how many are near, for each area.

    Parameters
    ----------
    areas : DataFrame
        `unit_id`, `lon`, `lat` (degrees) of the point of origin.
    places : DataFrame with `geometry` (EPSG:4326)
        Food stores.
    covered : ndarray of bool
        Areas that the list of stores covers; another has no figure, which is not a zero.
    crs : str
        Metric plane of distances.

    Returns
    -------
    DataFrame
        `unit_id`, `food_store_m` (metres, straight line), `food_store_count_1km`.
    """
    origins = _plane(areas["lon"], areas["lat"], crs)
    stores = _plane_of(places, crs)
    return pd.DataFrame(
        {
            "unit_id": areas["unit_id"],
            "food_store_m": np.where(covered, nearest_m(origins, stores), np.nan),
            "food_store_count_1km": np.where(
                covered, count_within(origins, stores, SCHOOL_RADIUS_M), np.nan
            ),
        }
    ).round(1)
