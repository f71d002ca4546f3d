"""Outlines of census units from Statistics Canada's map server, page by page."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd

from revital.errors import SourceError
from revital.sources.base import Adapter, Area, Tidy, at_rest
from revital.sources.http import Client
from revital.sources.readers import arcgis
from revital.sources.transfer import RawFile, Request, raw_file, write_json

SERVICE = (
    "https://geo.statcan.gc.ca/geo_wa/rest/services/2021/Cartographic_boundary_files/MapServer"
)
PAGE = 500
#: By level: name of the layer, columns, key, and how a division's units are asked for.
LEVELS: dict[str, tuple[str, tuple[str, ...], str]] = {
    "da": (r"(?<!aggregate )dissemination area", ("DAUID", "DGUID", "LANDAREA", "PRUID"), "DAUID"),
    "ct": (r"census tract", ("CTUID", "DGUID", "LANDAREA", "PRUID"), "CTUID"),
    "db": (r"dissemination block", ("DBUID", "DGUID", "LANDAREA", "PRUID"), "DBUID"),
}
#: Number of the layer where a public reader saw it; the service's own list decides.
SEEN_AS = {"da": 12}


def where(level: str, area: Area) -> str:
    """Return the condition that asks for an area's units: by division, or by metropolitan area."""
    units = area.ct_ids if level == "ct" else area.da_ids
    size = 3 if level == "ct" else 4
    key = LEVELS[level][2]
    starts = sorted({unit[:size] for unit in units})
    if level != "ct" and not starts:
        starts = sorted({csd[:4] for csd in area.csd_ids})
    if not starts or not all(start.isdigit() for start in starts):
        raise SourceError(
            "Le territoire « {id} » ne dit pas quelles unités demander à Statistique Canada. "
            "Ajoutez ses municipalités (« csd ») ou ses aires à sa fiche.",
            id=area.id,
        )
    return " OR ".join(f"{key} LIKE '{start}%'" for start in starts)


class Outlines(Adapter):
    """
    Dissemination areas, census tracts and, on demand, blocks: 2021 cartographic boundaries.

    Blocks come when the area's settings say `outlines_db: "1"`: there are five times as many.

    Frames: `outlines_da`, `outlines_ct`, `outlines_db`: `unit_id`, `dguid`, `land_area_km2`,
    geometry.
    """

    id = "statcan_outlines"

    def fetch(self, client: Client, area: Area, folder: Path) -> list[RawFile]:
        """Ask for the list of layers, then each level: a count, then pages until it is met."""
        if client.offline:
            return [raw_file(p) for p in self._files(folder)]
        listing = client.fetch(
            Request(SERVICE, "layers.json", content="json", params={"f": "json"}), folder
        )
        files = [listing]
        levels = ["da", *(["ct"] if area.ct_ids else [])]
        levels += ["db"] if area.settings.get("outlines_db") else []
        for level in levels:
            files += self._level(client, level, area, folder, listing.path)
        write_json(folder / "pages.json", {"levels": levels, "files": [f.path.name for f in files]})
        return files

    def _level(
        self, client: Client, level: str, area: Area, folder: Path, listing: Path
    ) -> list[RawFile]:
        pattern, columns, key = LEVELS[level]
        number = arcgis.layer_number(arcgis.read_answer(listing), pattern, listing.name)
        url, condition = f"{SERVICE}/{number}/query", where(level, area)
        count_file = client.fetch(
            Request(
                url,
                f"{level}-count.json",
                content="json",
                params={"where": condition, "returnCountOnly": "true", "f": "json"},
            ),
            folder,
        )
        expected = int(arcgis.read_answer(count_file.path).get("count", 0))
        if expected == 0:
            raise SourceError(
                "Statistique Canada ne connaît aucune unité pour « {where} ». Vérifiez les "
                "identifiants du territoire « {id} ».",
                where=condition,
                id=area.id,
            )
        files, seen = [count_file], set[str]()
        while len(seen) < expected:
            page = client.fetch(
                Request(
                    url,
                    f"{level}-{len(files):04d}.geojson",
                    content="json",
                    params={
                        "where": condition,
                        "outFields": ",".join(columns),
                        "returnGeometry": "true",
                        "outSR": "4326",
                        "orderByFields": key,
                        "resultOffset": str(len(seen)),
                        "resultRecordCount": str(PAGE),
                        "f": "geojson",
                    },
                ),
                folder,
            )
            keys = arcgis.page_keys(page.path, key)
            fresh = set(keys) - seen
            if len(fresh) != len(keys) or not fresh:
                raise SourceError(
                    "Le serveur de Statistique Canada répète ses pages : la page {n} n'apporte que "
                    "{fresh} unités nouvelles sur {found}. Réessayez plus tard.",
                    n=len(files),
                    fresh=len(fresh),
                    found=len(keys),
                )
            seen |= fresh
            files.append(page)
        return files

    @staticmethod
    def _files(folder: Path) -> list[Path]:
        listing = folder / "pages.json"
        if not listing.is_file():
            raise SourceError(
                "Le fichier « {file} » n'a pas encore été téléchargé. Lancez « revital fetch » "
                "avec une connexion internet.",
                file=listing.name,
            )
        names = json.loads(listing.read_text(encoding="utf-8"))["files"]
        return [folder / name for name in names]

    def read(self, folder: Path, area: Area) -> Tidy:
        """Join the pages and keep the area's units."""
        out = Tidy(vintage="2021")
        names = [p.name for p in self._files(folder)]
        paths = at_rest(folder, names)
        listing = next(p for p in paths if p.name == "layers.json")
        for level, (pattern, columns, key) in LEVELS.items():
            pages = [p for p in paths if p.name.startswith(f"{level}-") and p.suffix == ".geojson"]
            if not pages:
                continue
            count = next(p for p in paths if p.name == f"{level}-count.json")
            frame = arcgis.read_pages(pages, columns, key, int(arcgis.read_answer(count)["count"]))
            number = arcgis.layer_number(arcgis.read_answer(listing), pattern, listing.name)
            if level in SEEN_AS and number != SEEN_AS[level]:
                out.note(
                    "La couche des unités « {level} » porte le numéro {number} sur le serveur de "
                    "Statistique Canada ({seen} auparavant) : trouvée par son nom.",
                    level=level,
                    number=number,
                    seen=SEEN_AS[level],
                )
            units = {"da": area.da_ids, "ct": area.ct_ids}.get(level, ())
            if level == "db" and area.da_ids:
                # A block's number begins with that of its area.
                frame = frame[frame[key].astype(str).str[:8].isin(area.da_ids)]
            out.add(f"outlines_{level}", tidy_outlines(frame, key, units, out), len(frame))
        return out


def tidy_outlines(
    frame: gpd.GeoDataFrame, key: str, units: tuple[str, ...], out: Tidy
) -> gpd.GeoDataFrame:
    """
    Return outlines under our names, kept to the units wanted.

    Parameters
    ----------
    frame : GeoDataFrame with `key`, `DGUID`, `LANDAREA`
    units : ids wanted; all when empty
    out : Tidy
        Gets a note when wanted units are missing.

    Returns
    -------
    GeoDataFrame in EPSG:4326: `unit_id`, `dguid`, `land_area_km2`, geometry, sorted by unit
    """
    ids = frame[key].astype(str)
    if units:
        lacking = sorted(set(units) - set(ids))
        if lacking:
            out.note(
                "{n} unités demandées n'ont pas de contour chez l'éditeur ({first}…).",
                n=len(lacking),
                first=lacking[0],
            )
        frame, ids = frame[ids.isin(units)], ids[ids.isin(units)]
    tidy = gpd.GeoDataFrame(
        {
            "unit_id": ids.to_numpy(),
            "dguid": frame["DGUID"].astype(str).to_numpy(),
            "land_area_km2": frame["LANDAREA"].astype("float64").to_numpy(),
        },
        geometry=frame.geometry.to_numpy(),
        crs="EPSG:4326",
    )
    return tidy.sort_values("unit_id", ignore_index=True)


ADAPTER = Outlines()
