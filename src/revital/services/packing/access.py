"""Straight-line access of each dissemination area to what the pack can place on a map."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd

from revital.domain.proximity import Points, count_within, nearest_m, within
from revital.services.packing.geography import in_study_area
from revital.services.packing.inputs import InputFolder
from revital.services.packing.places import installations_frame, schools_frame, stop_trips
from revital.services.packing.recipe import CMA_442, METRIC_CRS, MONTREAL_CITY, Layers, Made

WALK_TO_BUS_M = 400.0
SCHOOL_RADIUS_M = 1000.0
#: Shops where a household can do its weekly shopping without a card or a bulk order.
FOOD_STORES = ("supermarket", "grocery")


def _plane(lon: pd.Series, lat: pd.Series) -> Points:
    points = gpd.GeoSeries.from_xy(lon, lat, crs="EPSG:4326").to_crs(METRIC_CRS)
    return np.column_stack([points.x, points.y])


def _plane_of(places: pd.DataFrame) -> Points:
    points = gpd.GeoSeries(places["geometry"], crs="EPSG:4326").to_crs(METRIC_CRS)
    return np.column_stack([points.x, points.y])


def _trips_near(origins: Points, stops: pd.DataFrame, calls: pd.DataFrame) -> np.ndarray:
    """Return how many distinct trips stop near each origin; a trip with two stops counts once."""
    by_stop = calls.groupby("stop_id")["trip_id"].agg(set).to_dict()
    ids = stops["service_id"].str.removeprefix("sttr-").tolist()
    near = within(origins, _plane_of(stops), WALK_TO_BUS_M)
    return np.array(
        [float(len(set().union(*(by_stop.get(ids[i], set()) for i in found)))) for found in near]
    )


def access_da(inputs: InputFolder, layers: Layers) -> Made:
    """Return distances and counts from the point of origin of each area of both cities."""
    areas = layers["geography_da"]
    areas = areas[in_study_area(areas)].reset_index(drop=True)
    origins = _plane(areas["lon"], areas["lat"])
    trois_rivieres = (areas["cma_id"] == CMA_442).to_numpy()

    health = installations_frame(inputs)
    clscs = health[health["CLSC"]]
    teaching, _ = schools_frame(inputs)
    young = teaching[teaching[["PRESC", "PRIM", "SEC"]].any(axis=1)]
    food = layers["food_places_442"]
    food = food[food["status"] != "closed"]

    def only_442(values: np.ndarray) -> np.ndarray:
        return np.where(trois_rivieres, values, np.nan)

    def to_nearest(categories: tuple[str, ...]) -> np.ndarray:
        return only_442(nearest_m(origins, _plane_of(food[food["category"].isin(categories)])))

    trips = _trips_near(origins, layers["bus_stops_442"], stop_trips(inputs))
    frame = pd.DataFrame(
        {
            "unit_id": areas["unit_id"],
            # All of Québec's CLSCs and schools: the nearest one may lie across the limit.
            "clsc_m": nearest_m(origins, _plane(clscs["lon"], clscs["lat"])),
            "food_aid_m": to_nearest(("food_aid",)),
            "food_store_m": to_nearest(FOOD_STORES),
            "pharmacy_m": to_nearest(("pharmacy",)),
            "school_count_1km": count_within(
                origins, _plane(young["lon"], young["lat"]), SCHOOL_RADIUS_M
            ),
            "bus_trips_400m": only_442(trips),
        }
    ).round(1)
    return Made(frame.sort_values("unit_id", ignore_index=True), rows_in=len(areas))


def access_osm_da(inputs: InputFolder, layers: Layers) -> Made:
    """Return distance to, and count of, OpenStreetMap food stores, for the island's areas."""
    areas = layers["geography_da"]
    areas = areas[in_study_area(areas) & (areas["cma_id"] != CMA_442)].reset_index(drop=True)
    # The extract covers the city of Montréal only.
    covered = (areas["csd_id"] == MONTREAL_CITY).to_numpy()
    frame = store_access(areas, layers["osm_stores_montreal"], covered)
    return Made(frame.sort_values("unit_id", ignore_index=True), rows_in=len(areas))


def store_access(areas: pd.DataFrame, places: pd.DataFrame, covered: np.ndarray) -> pd.DataFrame:
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

    Returns
    -------
    DataFrame
        `unit_id`, `food_store_m` (metres, straight line), `food_store_count_1km`.
    """
    origins = _plane(areas["lon"], areas["lat"])
    stores = _plane_of(places)
    return pd.DataFrame(
        {
            "unit_id": areas["unit_id"],
            "food_store_m": np.where(covered, nearest_m(origins, stores), np.nan),
            "food_store_count_1km": np.where(
                covered, count_within(origins, stores, SCHOOL_RADIUS_M), np.nan
            ),
        }
    ).round(1)
