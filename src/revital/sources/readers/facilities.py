"""Reads a list of health facilities whose columns are recognised by their names."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow.lib
import pyogrio.errors

from revital.errors import CrsError, SourceError
from revital.sources import archive
from revital.sources.readers.zipped import read_zipped_table

#: Names that publishers give a column, in lower case without blanks or underscores.
NAMES: dict[str, tuple[str, ...]] = {
    "id": ("index", "odhfid", "facilityid", "uid", "id", "objectid"),
    "name": ("facilityname", "name", "nom"),
    "type": ("odhffacilitytype", "facilitytype", "type", "category", "sourcefacilitytype"),
    "street_no": ("streetno", "streetnumber", "civicno", "civicnumber"),
    "street_name": ("streetname", "street"),
    "address": ("address", "fulladdress", "streetaddress", "sourceformatstraddress"),
    "postal_code": ("postalcode", "postal"),
    "province": ("pruid", "province", "provterr", "provinceterritory", "prov"),
    "lat": ("latitude", "lat"),
    "lon": ("longitude", "lon", "long", "lng"),
}
_MISSING = ("", "..", "N/A", "NA", "None", "nan")
#: What a type is about, by a part of its words; the first that is there decides.
_CATEGORIES = (
    ("pharmac", "pharmacy"),
    ("hospital", "hospital"),
    ("ambulatory", "ambulatory_care"),
    ("nursing", "residential_care"),
    ("residential", "residential_care"),
    ("long-term", "residential_care"),
    ("long term", "residential_care"),
    ("clinic", "clinic"),
    ("physician", "clinic"),
)
#: Plane in which Statistics Canada publishes; a GeoJSON of metres is read in it.
LAMBERT = "EPSG:3347"


@dataclass(frozen=True)
class FacilityTable:
    """
    Facilities under our names.

    Attributes
    ----------
    table : DataFrame
        `id`, `name`, `type`, `street_no`, `street_name`, `address`, `postal_code`, `province` (str,
        missing where the file lacks the column), `lat`, `lon` (degrees).
    rows : int
        Rows of the publisher's table.
    year : str
        Latest year of the archive's members; empty when they carry no date.
    assumed_crs : str
        Set when the file contradicts itself and its coordinates were read in this system.
    """

    table: pd.DataFrame
    rows: int
    year: str
    assumed_crs: str = ""


def category_of(words: str) -> str:
    """
    Return our category of a type of facility.

    Examples
    --------
    >>> category_of("Ambulatory health care services"), category_of("Pharmacies")
    ('ambulatory_care', 'pharmacy')
    """
    text = words.lower()
    return next((category for part, category in _CATEGORIES if part in text), "other")


def resolve(present: Iterable[str]) -> dict[str, str]:
    """Return which column of a file stands for each of our names, where one does."""
    plain = {re.sub(r"[\s_/-]+", "", str(c)).lower(): str(c) for c in present}
    found = {}
    for ours, names in NAMES.items():
        first = next((plain[n] for n in names if n in plain), None)
        if first is not None:
            found[ours] = first
    return found


def _require(found: dict[str, str], present: Iterable[str], file: str, *, shapes: bool) -> None:
    needed = ["name", "type", *([] if shapes else ["lat", "lon"])]
    lacking = [n for n in needed if n not in found]
    if lacking:
        known = [str(c) for c in present]
        raise SourceError(
            "Dans « {file} », aucune colonne ne se reconnaît comme « {column} » (noms attendus : "
            "{expected}). Colonnes trouvées : {known}.",
            file=file,
            column=lacking[0],
            expected=", ".join(NAMES[lacking[0]]),
            known=", ".join(known[:20]) or "—",
        )


def read_facilities(path: Path, folder: Path) -> FacilityTable:
    """
    Read the archive of an edition, whatever its format.

    Parameters
    ----------
    path : Path
        Archive with a CSV, GeoPackage, GeoParquet or GeoJSON.
    folder : Path
        Where a file that cannot be read inside the archive is put.

    Raises
    ------
    SourceError
        When it holds none of these, or a column that is needed is not recognised.
    """
    patterns = ("*odhf*.csv", "*.gpkg", "*.parquet", "*.geoparquet", "*.geojson", "*.csv", "*.json")
    with archive.opened(path) as opened:
        name = archive.member(opened, patterns, path.name)
        years = [i.date_time[0] for i in opened.infolist() if not i.is_dir()]
        head = opened.open(name).readline() if name.lower().endswith(".csv") else b""
    # 1980 is what an archive without dates says.
    year = str(max(years)) if years and max(years) > 1980 else ""
    if name.lower().endswith(".csv"):
        table, rows = _from_csv(path, name, head)
        return FacilityTable(table, rows, year)
    shapes, assumed = _shapes(path, name, folder)
    found = resolve(c for c in shapes.columns if c != shapes.geometry.name)
    _require(found, shapes.columns, f"{path.name}/{name}", shapes=True)
    points = shapes.geometry.representative_point()
    columns = {
        ours: shapes[theirs].astype("string").str.strip().astype("object")
        for ours, theirs in found.items()
        if ours not in ("lat", "lon")
    }
    table = pd.DataFrame(columns).assign(lat=points.y.to_numpy(), lon=points.x.to_numpy())
    return FacilityTable(_whole(table), len(table), year, assumed)


def _from_csv(path: Path, name: str, head: bytes) -> tuple[pd.DataFrame, int]:
    try:
        text = head.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = head.decode("cp1252", errors="replace")
    header = [c.strip() for c in next(csv.reader(io.StringIO(text)), [])]
    found = resolve(header)
    _require(found, header, f"{path.name}/{name}", shapes=False)
    table, rows = read_zipped_table(path, (name,), list(found.values()), missing=_MISSING)
    table = table.rename(columns={theirs: ours for ours, theirs in found.items()})
    for axis in ("lat", "lon"):
        table[axis] = pd.to_numeric(table[axis], errors="coerce").astype("float64")
    return _whole(table), rows


def _shapes(path: Path, name: str, folder: Path) -> tuple[gpd.GeoDataFrame, str]:
    """Return the shapes of an archive in degrees, and the system that had to be assumed."""
    (inside,) = archive.extract(path, folder / "odhf", (name.rsplit("/", 1)[-1],))
    try:
        if name.lower().endswith("parquet"):
            frame = gpd.read_parquet(inside)
        else:
            frame = gpd.read_file(inside)
    except (
        pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, pyarrow.lib.ArrowInvalid,
        ValueError,
    ) as error:  # fmt: skip
        raise SourceError(
            "Le fichier « {file} » n'est pas une couche de formes lisible. "
            "Remettez le fichier de l'éditeur, sans le modifier.",
            file=f"{path.name}/{name}",
        ) from error
    finally:
        inside.unlink(missing_ok=True)
    frame = frame[frame.geometry.notna() & ~frame.geometry.is_empty].reset_index(drop=True)
    if frame.empty:
        raise SourceError(
            "Le fichier « {file} » ne contient aucune forme. "
            "Remettez le fichier de l'éditeur, sans le modifier.",
            file=f"{path.name}/{name}",
        )
    if frame.crs is None:
        raise CrsError(
            "Le fichier « {file} » ne dit pas dans quel système de coordonnées il est. "
            "Joignez son fichier .prj ou un GeoPackage qui le dit.",
            file=f"{path.name}/{name}",
        )
    if frame.crs.is_geographic and float(np.abs(frame.total_bounds).max()) > 360:
        frame = frame.set_crs(LAMBERT, allow_override=True)
        return frame.to_crs("EPSG:4326"), LAMBERT
    return frame.to_crs("EPSG:4326"), ""


def _whole(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table with every column of ours; a facility without a number gets its row's."""
    text = [c for c in NAMES if c not in ("lat", "lon")]
    whole = table.reindex(columns=list(NAMES)).astype(dict.fromkeys(text, "object"))
    for name in text:
        whole[name] = whole[name].mask(whole[name].isin(list(_MISSING)) | whole[name].isna(), None)
    rows = pd.Series(np.arange(1, len(whole) + 1), index=whole.index).astype(str).astype("object")
    whole["id"] = whole["id"].where(whole["id"].notna(), rows)
    return whole
