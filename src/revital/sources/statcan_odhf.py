"""Statistics Canada's Open Database of Healthcare Facilities (edition 1.1)."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from revital.errors import SourceError
from revital.sources.base import Adapter, Area, Reject, Tidy, at_rest
from revital.sources.readers.zipped import read_zipped_table
from revital.sources.transfer import Request

FILE = "ODHF_v1.1.zip"
URL = f"https://www150.statcan.gc.ca/n1/en/pub/13-26-0001/2020001/{FILE}"
COLUMNS = (
    "index", "facility_name", "source_facility_type", "odhf_facility_type", "provider", "unit",
    "street_no", "street_name", "postal_code", "city", "province", "source_format_str_address",
    "CSDname", "CSDuid", "Pruid", "latitude", "longitude",
)  # fmt: skip
_TYPES = {
    "Hospitals": "hospital",
    "Ambulatory health care services": "ambulatory_care",
    "Nursing and residential care facilities": "residential_care",
}


class HealthFacilities(Adapter):
    """
    Hospitals, clinics and residences of the area, as published in 2020.

    Frame: `facilities_odhf`: `service_id`, `name`, `category`, `address`, `postal_code`, geometry.
    """

    id = "statcan_odhf"
    shared = True

    def plan(self, area: Area) -> list[Request]:
        """Return the one archive."""
        return [Request(URL, FILE, content="zip")]

    def read(self, folder: Path, area: Area) -> Tidy:
        """Read the facilities within the area's bounds; those without a usable place are told."""
        (path,) = at_rest(folder, [FILE])
        table, rows = read_zipped_table(
            path, ("odhf_v1*.csv", "*odhf*.csv"), COLUMNS, missing=("", "..", "N/A")
        )
        provinces = {"24": "qc", "35": "on"}
        here = table["Pruid"].eq(area.province) | table["province"].str.lower().eq(
            provinces.get(area.province, "")
        )
        table = table[here]
        out = Tidy(vintage="2020")
        layer = "facilities_odhf"
        lat = pd.to_numeric(table["latitude"], errors="coerce").astype("float64")
        lon = pd.to_numeric(table["longitude"], errors="coerce").astype("float64")
        bad = lat.isna() | lon.isna() | (lon >= 0) | ~lat.between(41, 84)
        for place in table.index[bad]:
            row, name = int(place), str(table.at[place, "facility_name"])
            here_lat, here_lon = float(lat.loc[row]), float(lon.loc[row])
            # The header is line 1 of the file.
            if np.isnan(here_lat) or np.isnan(here_lon):
                out.rejects.append(Reject(layer, row + 2, name, "Sans coordonnées."))
            else:
                where = {"lat": here_lat, "lon": here_lon}
                why = "Coordonnées hors du Canada ({lat}, {lon})."
                out.rejects.append(Reject(layer, row + 2, name, why, where))
        west, south, east, north = area.bounds
        near = ~bad & lon.between(west, east) & lat.between(south, north)
        if not near.any():
            raise SourceError(
                "Le fichier « {file} » ne contient aucun établissement dans les limites du "
                "territoire « {id} ».",
                file=path.name,
                id=area.id,
            )
        kept = table[near]
        number, street = kept["street_no"].fillna(""), kept["street_name"].fillna("")
        address = (number + " " + street).str.strip()
        frame = gpd.GeoDataFrame(
            {
                "service_id": ("odhf-" + kept["index"]).to_numpy(),
                "name": kept["facility_name"].to_numpy(),
                "category": kept["odhf_facility_type"].map(_TYPES).fillna("other").to_numpy(),
                "address": address.where(street != "", None).to_numpy(),
                "postal_code": kept["postal_code"].to_numpy(),
            },
            geometry=gpd.points_from_xy(lon[near].round(6), lat[near].round(6)),
            crs="EPSG:4326",
        )
        out.add(layer, frame.sort_values("service_id", ignore_index=True), rows)
        return out


ADAPTER = HealthFacilities()
