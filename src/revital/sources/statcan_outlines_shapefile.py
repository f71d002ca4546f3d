"""Outlines of dissemination areas from Statistics Canada's national shapefile."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pyogrio.errors

from revital.errors import CrsError, SourceError
from revital.sources import archive
from revital.sources.base import Adapter, Area, Tidy, at_rest
from revital.sources.readers.text import require_columns
from revital.sources.transfer import Request

FILE = "lda_000b21a_e.zip"
URL = (
    "https://www12.statcan.gc.ca/census-recensement/2021/geo/sip-pis/boundary-limites/"
    f"files-fichiers/{FILE}"
)
COLUMNS = ("DAUID", "DGUID", "LANDAREA", "PRUID")


class OutlinesShapefile(Adapter):
    """
    The same outlines as `statcan_outlines`, from the 198 MB archive of the whole country.

    Frame: `outlines_da`: `unit_id`, `dguid`, `land_area_km2`, geometry.
    """

    id = "statcan_outlines_shapefile"
    shared = True
    manual = True

    def plan(self, area: Area) -> list[Request]:
        """Return the one archive."""
        return [Request(URL, FILE, content="zip", deadline_s=4 * 3600.0)]

    def read(self, folder: Path, area: Area) -> Tidy:
        """Read the area's units; the country is never held in memory."""
        (path,) = at_rest(folder, [FILE])
        out = Tidy(vintage="2021")
        frame = read_shapefile(path, area)
        out.add("outlines_da", frame, len(frame))
        return out


def read_shapefile(path: Path, area: Area) -> gpd.GeoDataFrame:
    """
    Return the outlines of an area's units from the zipped shapefile.

    Raises
    ------
    SourceError
        When a column has changed, the archive is not safe or no unit of the area is in it.
    CrsError
        When the .prj file is missing.
    """
    with archive.opened(path) as opened:
        name = archive.member(opened, ("lda_*.shp", "*.shp"), path.name)
    starts = sorted({u[:4] for u in (*area.da_ids, *area.csd_ids)})
    if not starts or not all(s.isdigit() for s in starts):
        raise SourceError(
            "Le territoire « {id} » ne dit pas quelles unités demander à Statistique Canada. "
            "Ajoutez ses municipalités (« csd ») ou ses aires à sa fiche.",
            id=area.id,
        )
    source = f"/vsizip/{path.resolve()}/{name}"
    try:
        header = pyogrio.read_info(source)
        require_columns(header["fields"], COLUMNS, path.name)
        condition = " OR ".join(f"DAUID LIKE '{s}%'" for s in starts)
        frame = gpd.read_file(source, where=condition)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as error:
        raise SourceError(
            "Le fichier « {file} » n'est pas une couche de formes lisible. "
            "Remettez le fichier de l'éditeur, sans le modifier.",
            file=path.name,
        ) from error
    if frame.crs is None:
        raise CrsError(
            "Le fichier « {file} » ne dit pas dans quel système de coordonnées il est. "
            "Joignez son fichier .prj ou un GeoPackage qui le dit.",
            file=path.name,
        )
    if area.da_ids:
        frame = frame[frame["DAUID"].isin(area.da_ids)]
    if frame.empty:
        raise SourceError(
            "Le fichier « {file} » ne contient aucune aire du territoire « {id} ».",
            file=path.name,
            id=area.id,
        )
    tidy = gpd.GeoDataFrame(
        {
            "unit_id": frame["DAUID"].astype(str).to_numpy(),
            "dguid": frame["DGUID"].astype(str).to_numpy(),
            "land_area_km2": frame["LANDAREA"].astype("float64").to_numpy(),
        },
        geometry=frame.geometry.to_crs("EPSG:4326").to_numpy(),
        crs="EPSG:4326",
    )
    return tidy.sort_values("unit_id", ignore_index=True)


ADAPTER = OutlinesShapefile()
