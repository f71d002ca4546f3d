"""Reads a zipped transit schedule (GTFS): the tables asked for, every cell a string."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path

import pandas as pd

from revital.errors import SourceError
from revital.sources.readers.text import require_columns


def read_feed(path: Path, tables: Mapping[str, tuple[str, ...]]) -> dict[str, pd.DataFrame]:
    """
    Read tables of a GTFS zip.

    Parameters
    ----------
    path : Path
    tables : mapping of table name (`stops`) to the columns that must be there

    Returns
    -------
    dict of DataFrame of str

    Raises
    ------
    SourceError
        When the file is not a zip, or lacks a table or a column.
    """
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError) as error:
        raise SourceError(
            "Le fichier « {file} » n'est pas une archive zip lisible. "
            "Remettez le fichier de l'éditeur, sans le modifier.",
            file=path.name,
        ) from error
    read: dict[str, pd.DataFrame] = {}
    with archive:
        for name, columns in tables.items():
            member = f"{name}.txt"
            if member not in archive.namelist():
                raise SourceError(
                    "L'horaire « {file} » n'a pas la table « {table} ». "
                    "Remettez le fichier de l'éditeur, sans le modifier.",
                    file=path.name,
                    table=member,
                )
            frame = pd.read_csv(BytesIO(archive.read(member)), dtype=str, encoding="utf-8-sig")
            require_columns(frame.columns, columns, f"{path.name}/{member}")
            read[name] = frame
    return read


def trips_on(feed: Mapping[str, pd.DataFrame], day: str) -> pd.Series:
    """
    Return the ids of the trips that run on a day.

    Parameters
    ----------
    feed : tables `trips` and `calendar_dates` (and `calendar` when the feed uses weekly service)
    day : str
        `YYYYMMDD`.

    Returns
    -------
    Series of str
        `trip_id`, sorted, without repeats.

    Notes
    -----
    Services of `calendar` that cover the weekday, plus those added (`exception_type` 1) and less
    those removed (2) that day, as the GTFS reference says.
    """
    running: set[str] = set()
    weekly = feed.get("calendar")
    if weekly is not None and len(weekly):
        weekday = pd.Timestamp(day).day_name().lower()
        covers = (weekly["start_date"] <= day) & (weekly["end_date"] >= day)
        running |= set(weekly.loc[covers & (weekly[weekday] == "1"), "service_id"])
    dates = feed["calendar_dates"]
    dates = dates[dates["date"] == day]
    running |= set(dates.loc[dates["exception_type"] == "1", "service_id"])
    running -= set(dates.loc[dates["exception_type"] == "2", "service_id"])
    trips = feed["trips"]
    found = trips.loc[trips["service_id"].isin(running), "trip_id"].drop_duplicates()
    return found.sort_values(ignore_index=True)
