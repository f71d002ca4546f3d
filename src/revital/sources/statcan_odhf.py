"""
Statistics Canada's Open Database of Healthcare Facilities, whichever edition is published.

Edition 1.1 (2020) is a table whose columns are documented. A later edition exists (GeoJSON,
GeoPackage or GeoParquet, with pharmacies) whose columns are not: each is recognised by its name
when the file is read, and the build report says which edition that was.
"""

from __future__ import annotations

import html.parser
import json
import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import urljoin, urlsplit

import geopandas as gpd
import numpy as np

from revital.errors import SourceError
from revital.sources.base import Adapter, Area, Reject, Tidy, at_rest
from revital.sources.http import Client
from revital.sources.readers.facilities import (
    FacilityTable,
    category_of,
    read_facilities,
)
from revital.sources.transfer import RawFile, Request, raw_file, write_json

PAGE = "https://www150.statcan.gc.ca/n1/pub/13-26-0001/132600012020001-eng.htm"
FILE = "ODHF_v1.1.zip"
URL = f"https://www150.statcan.gc.ca/n1/en/pub/13-26-0001/2020001/{FILE}"
CHOICE = "edition.json"
#: Columns of edition 1.1, as documented.
COLUMNS = (
    "index", "facility_name", "source_facility_type", "odhf_facility_type", "provider", "unit",
    "street_no", "street_name", "postal_code", "city", "province", "source_format_str_address",
    "CSDname", "CSDuid", "Pruid", "latitude", "longitude",
)  # fmt: skip
#: Formats of an edition, first choice first; the words stand in the names of its files.
_FORMATS = ("gpkg", "geopackage", "csv", "parquet", "geojson", "json")
_PROVINCES = {"24": ("24", "qc", "quebec", "québec"), "35": ("35", "on", "ontario")}
_VERSION = re.compile(r"v[._]?(\d+)(?:[._](\d+))?", re.IGNORECASE)


@dataclass(frozen=True)
class Edition:
    """
    An archive that the publisher's page leads to.

    Attributes
    ----------
    url : str
    version : tuple of int
        (1, 1) for edition 1.1; (0, 0) when its name does not say.
    """

    url: str
    version: tuple[int, int]

    @property
    def file(self) -> str:
        """Return the name of the archive."""
        return PurePosixPath(urlsplit(self.url).path).name

    @property
    def name(self) -> str:
        """Return the number of the edition, as it is said."""
        return ".".join(map(str, self.version)) if self.version != (0, 0) else "?"


def edition(url: str) -> Edition:
    """Return the edition an address leads to."""
    found = _VERSION.search(PurePosixPath(urlsplit(url).path).name)
    return Edition(url, (int(found[1]), int(found[2] or 0)) if found else (0, 0))


def editions_on(page: str, base: str) -> list[Edition]:
    """
    Return the archives that a page leads to, the one to take first.

    A name without a number is newer than 1.1, which has one; of an edition given in several
    formats, the one that states its coordinate system comes first.
    """
    links: list[str] = []

    class Links(html.parser.HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            href = dict(attrs).get("href") or ""
            if tag == "a" and urlsplit(href).path.lower().endswith(".zip"):
                links.append(urljoin(base, href))

    Links().feed(page)
    found = [edition(u) for u in dict.fromkeys(links) if "odhf" in u.lower() or "13-26-0001" in u]

    def rank(item: Edition) -> tuple[bool, int, int, int]:
        old = item.version in ((1, 0), (1, 1))
        name = item.file.lower()
        kind = next((i for i, word in enumerate(_FORMATS) if word in name), len(_FORMATS))
        return old, -item.version[0], -item.version[1], kind

    return sorted(found, key=rank)


class HealthFacilities(Adapter):
    """
    Hospitals, clinics, residences and, in recent editions, pharmacies of the area.

    Frame: `facilities_odhf`: `service_id`, `name`, `category`, `address`, `postal_code`, `source`,
    geometry.
    """

    id = "statcan_odhf"
    shared = True

    def plan(self, area: Area) -> list[Request]:
        """Return the one address that is known beforehand: edition 1.1."""
        return [Request(URL, FILE, content="zip")]

    def fetch(self, client: Client, area: Area, folder: Path) -> list[RawFile]:
        """Read the publisher's page for the newest edition; 1.1 where the page does not say."""
        if client.offline:
            return [raw_file(folder / self._choice(folder)["file"])]
        files: list[RawFile] = []
        chosen = edition(URL)
        try:
            page = client.fetch(Request(PAGE, "page.html", content="html"), folder)
            text = page.path.read_text(encoding="utf-8", errors="replace")
            chosen = next(iter(editions_on(text, PAGE)), chosen)
            files.append(page)
        except SourceError:
            # The page only saves us from an old edition: without it, 1.1 is still to be had.
            chosen = edition(URL)
        files.append(client.fetch(Request(chosen.url, chosen.file, content="zip"), folder))
        write_json(folder / CHOICE, {"file": chosen.file, "url": chosen.url, "name": chosen.name})
        return files

    @staticmethod
    def _choice(folder: Path) -> dict[str, str]:
        path = folder / CHOICE
        if not path.is_file():
            return {"file": FILE, "url": URL, "name": "1.1"}
        return dict(json.loads(path.read_text(encoding="utf-8")))

    def read(self, folder: Path, area: Area) -> Tidy:
        """Read the facilities within the area's bounds; those without a usable place are told."""
        choice = self._choice(folder)
        (path,) = at_rest(folder, [choice["file"]])
        found = read_facilities(path, folder)
        is_first = choice["name"] == "1.1"
        year = "2020" if is_first else found.year
        out = Tidy(vintage=year)
        kinds = sorted(found.table["type"].dropna().unique())
        out.note(
            "Édition lue : {name} (« {file} », {n} établissements ; types : {kinds}).",
            name=choice["name"],
            file=choice["file"],
            n=found.rows,
            kinds=", ".join(map(str, kinds[:12])) or "—",
        )
        if found.assumed_crs:
            out.note(
                "« {file} » écrit des degrés, mais ses nombres sont des mètres : lus comme {crs}.",
                file=choice["file"],
                crs=found.assumed_crs,
            )
        frame = _placed(found, area, out, path.name)
        frame["source"] = f"Statistique Canada, ODHF {choice['name']}".removesuffix(" ?")
        frame["as_of"] = year or None
        out.add("facilities_odhf", frame, found.rows)
        return out


def _placed(found: FacilityTable, area: Area, out: Tidy, file: str) -> gpd.GeoDataFrame:
    """Return the facilities of the area, and tell of each that has no usable place."""
    layer = "facilities_odhf"
    table = found.table
    here = table["province"].str.lower().isin(_PROVINCES.get(area.province, (area.province,)))
    # An edition without a column of provinces is cut by the area's bounds alone.
    table = table[here | table["province"].isna()]
    lat, lon = table["lat"], table["lon"]
    bad = lat.isna() | lon.isna() | (lon >= 0) | ~lat.between(41, 84)
    for place in table.index[bad]:
        row, name = int(place), str(table.at[place, "name"])
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
            file=file,
            id=area.id,
        )
    kept = table[near]
    number, street = kept["street_no"].fillna(""), kept["street_name"].fillna("")
    address = (number + " " + street).str.strip().where(street != "", kept["address"])
    frame = gpd.GeoDataFrame(
        {
            "service_id": ("odhf-" + kept["id"]).to_numpy(),
            "name": kept["name"].to_numpy(),
            "category": kept["type"]
            .map(category_of, na_action="ignore")
            .fillna("other")
            .to_numpy(),
            "address": address.to_numpy(),
            "postal_code": kept["postal_code"].to_numpy(),
        },
        geometry=gpd.points_from_xy(lon[near].round(6), lat[near].round(6)),
        crs="EPSG:4326",
    )
    return frame.sort_values("service_id", ignore_index=True)


ADAPTER = HealthFacilities()
