"""A transit agency's schedule (GTFS): stops, the lines that serve them, departures of a day."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pandas as pd

from revital.errors import SourceError
from revital.sources.base import Adapter, Area, Reject, Tidy, at_rest
from revital.sources.readers.text import to_numbers
from revital.sources.readers.transit_feed import read_feed, trips_on
from revital.sources.transfer import Request

FILE = "gtfs.zip"
TABLES: dict[str, tuple[str, ...]] = {
    "stops": ("stop_id", "stop_name", "stop_lat", "stop_lon"),
    "routes": ("route_id", "route_short_name"),
    "trips": ("trip_id", "route_id", "service_id"),
    "stop_times": ("trip_id", "stop_id"),
    "calendar_dates": ("service_id", "date", "exception_type"),
}


class Transit(Adapter):
    """
    Stops of the agency named by the area's settings (`gtfs_url`).

    Departures are those of the feed's busiest Wednesday, an ordinary weekday.

    Frame: `bus_stops`: `service_id`, `name`, `lines`, `trips`, geometry.
    """

    id = "transit"

    def plan(self, area: Area) -> list[Request]:
        """Return the feed; its name changes with the season, the address serves the current one."""
        url = area.settings.get("gtfs_url")
        if not url:
            raise SourceError(
                "Le territoire « {id} » ne nomme pas de société de transport (« gtfs_url »).",
                id=area.id,
            )
        return [Request(url, FILE, content="zip")]

    def read(self, folder: Path, area: Area) -> Tidy:
        """Read the feed."""
        (path,) = at_rest(folder, [FILE])
        feed = read_feed(path, TABLES)
        out = Tidy()
        stops = feed["stops"]
        if stops.empty:
            raise SourceError(
                "Le tableau « {table} » de « {file} » est vide.", table="stops", file=path.name
            )
        lat = to_numbers(stops["stop_lat"], path.name)
        lon = to_numbers(stops["stop_lon"], path.name)
        placed = lat.notna() & lon.notna() & (lat != 0) & (lon != 0)
        for row in stops.index[~placed]:
            key = str(stops.at[row, "stop_id"])
            out.rejects.append(Reject("bus_stops", int(row) + 2, key, "Sans coordonnées."))
        day = busiest_wednesday(feed)
        calls = feed["stop_times"].merge(
            feed["trips"][["trip_id", "route_id"]], on="trip_id", how="inner"
        )
        lines = calls.merge(feed["routes"][["route_id", "route_short_name"]], on="route_id")
        served = (
            lines.drop_duplicates(["stop_id", "route_short_name"])
            .groupby("stop_id")["route_short_name"]
            .agg(lambda names: ";".join(sorted(set(map(str, names)))))
        )
        running = calls[calls["trip_id"].isin(trips_on(feed, day))]
        departures = running.drop_duplicates(["stop_id", "trip_id"]).groupby("stop_id").size()
        kept = stops[placed]
        ids = kept["stop_id"]
        frame = gpd.GeoDataFrame(
            {
                "service_id": ("stop-" + ids).to_numpy(),
                "name": kept["stop_name"].to_numpy(),
                "lines": ids.map(served).to_numpy(),
                # A stop of the feed that no trip serves that day has none: a true zero.
                "trips": ids.map(departures).fillna(0).astype("int64").to_numpy(),
            },
            geometry=gpd.points_from_xy(lon[placed].round(6), lat[placed].round(6)),
            crs="EPSG:4326",
        )
        out.vintage = f"{day[:4]}-{day[4:6]}-{day[6:]}"
        out.note("Départs comptés le mercredi {day}.", day=out.vintage)
        out.add("bus_stops", frame.sort_values("service_id", ignore_index=True), len(stops))
        return out


def busiest_wednesday(feed: dict[str, pd.DataFrame]) -> str:
    """
    Return the Wednesday with most services, the earliest of equals, as `YYYYMMDD`.

    Raises
    ------
    SourceError
        When the feed covers no Wednesday.
    """
    dates = feed["calendar_dates"]
    added = dates[dates["exception_type"] == "1"]
    weekly = feed.get("calendar")
    days = set(added["date"])
    if weekly is not None and len(weekly):
        for first, last in zip(weekly["start_date"], weekly["end_date"], strict=True):
            days |= set(pd.date_range(first, last).strftime("%Y%m%d"))
    wednesdays = sorted(d for d in days if pd.Timestamp(d).day_name() == "Wednesday")
    if not wednesdays:
        raise SourceError(
            "L'horaire ne couvre aucun mercredi : il est peut-être périmé. Relancez "
            "« revital fetch » pour prendre celui de la saison."
        )
    return max(wednesdays, key=lambda day: (len(trips_on(feed, day)), -int(day)))


ADAPTER = Transit()
