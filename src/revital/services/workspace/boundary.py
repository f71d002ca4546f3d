"""Reads the limits of a neighbourhood, and says which census areas lie inside them."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio.errors
import pyproj
import shapely

from revital.errors import CrsError, SourceError, UserError, ValuesError
from revital.sources import archive
from revital.sources.readers.text import require_columns

#: Statistics Canada releases nothing for an area of fewer people.
SMALLEST = 100
#: An area belongs to the neighbourhood when at least this share of its people live inside.
MAJORITY = 0.5
#: Two drawings of one border never agree to the last metre: a thousandth of an area is nothing.
_DUST = 1e-3


@dataclass(frozen=True)
class Inside:
    """
    Which areas make up a neighbourhood, and how well they fit its limits.

    Attributes
    ----------
    units : DataFrame, indexed by unit id
        `share` (of its people, 0 to 1, inside the limits), `population` (persons), `is_inside`;
        only areas that meet the limits.
    population : float
        Persons of the areas that belong: what every figure will rest on.
    drawn : float
        Persons estimated inside the limits as drawn.
    estimated_share : float
        Share of `drawn` that comes from areas the limits cut, 0 to 1.
    basis : {"blocks", "area", "mixed"}
        Whether the shares of areas that the limits cut are those of block populations or of
        surfaces.
    """

    units: pd.DataFrame
    population: float
    drawn: float
    estimated_share: float
    basis: str

    @property
    def ids(self) -> list[str]:
        """Return the areas that belong."""
        return [str(i) for i in self.units.index[self.units["is_inside"]]]


def read_shapes_file(path: Path) -> gpd.GeoDataFrame:
    """
    Read GeoJSON, GeoPackage or a zipped shapefile of a user, in EPSG:4326.

    Raises
    ------
    SourceError
        When there is no shape in it.
    CrsError
        When a shapefile has no .prj.
    """
    if path.suffix.lower() == ".zip":
        with tempfile.TemporaryDirectory(prefix="revital-") as scratch:
            endings = ("*.shp", "*.shx", "*.dbf", "*.prj", "*.cpg")
            members = archive.extract(path, Path(scratch), endings)
            layers = [m for m in members if m.suffix.lower() == ".shp"]
            if len(layers) != 1:
                raise SourceError(
                    "L'archive « {archive} » doit contenir un seul fichier .shp ; elle en a {n}.",
                    archive=path.name,
                    n=len(layers),
                )
            return _read(layers[0], path.name)
    return _read(path, path.name)


def _read(path: Path, name: str) -> gpd.GeoDataFrame:
    try:
        frame = gpd.read_file(path)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, OSError) as error:
        raise SourceError(
            "« {file} » n'est pas un fichier de formes lisible. Donnez un GeoJSON, un GeoPackage "
            "(.gpkg) ou un shapefile zippé.",
            file=name,
        ) from error
    if not isinstance(frame, gpd.GeoDataFrame) or frame.empty:
        raise SourceError("« {file} » ne contient aucune forme.", file=name)
    if frame.crs is None:
        raise CrsError(
            "« {file} » ne dit pas dans quel système de coordonnées il est. Ajoutez son fichier "
            ".prj, ou donnez un GeoPackage.",
            file=name,
        )
    return frame.to_crs("EPSG:4326")


def read_boundary(
    path: Path, *, field: str | None = None, value: str | None = None
) -> shapely.Geometry:
    """
    Return the limits in a file, as one polygon or several (EPSG:4326).

    Parameters
    ----------
    path : Path
    field, value : str, optional
        Keep only the shapes whose `field` is `value`; needed when the file has several.

    Raises
    ------
    SourceError, CrsError, UserError
    """
    frame = read_shapes_file(path)
    if field is not None:
        require_columns(frame.columns, [field], path.name)
        known = frame[field].astype(str)
        frame = frame[known == str(value)]
        if frame.empty:
            raise UserError(
                "Aucune forme de « {file} » n'a « {field} » = « {value} ». Valeurs : {known}.",
                file=path.name,
                field=field,
                value=value,
                known=", ".join(sorted(known.unique())[:12]),
            )
    elif len(frame) > 1:
        raise UserError(
            "« {file} » contient {n} formes : dites laquelle avec « --field » et « --value ». "
            "Colonnes : {known}.",
            file=path.name,
            n=len(frame),
            known=", ".join(map(str, frame.columns.drop("geometry"))),
        )
    return require_polygon(frame.geometry.union_all())


def require_polygon(shape: shapely.Geometry) -> shapely.Geometry:
    """
    Return limits made valid.

    Raises
    ------
    ValuesError
        When they are not a surface.
    """
    mended = shapely.make_valid(shape)
    parts = [p for p in shapely.get_parts(mended) if p.geom_type in ("Polygon", "MultiPolygon")]
    if not parts:
        raise ValuesError(
            "Les limites doivent être un polygone ; trouvé : {found}.", found=shape.geom_type
        )
    return shapely.union_all(parts)


def circle(lon: float, lat: float, radius_m: float) -> shapely.Geometry:
    """
    Return the circle of a radius round a point (EPSG:4326).

    Raises
    ------
    ValuesError
        When the point or the radius makes no sense.
    """
    if not (-180 <= lon <= 180 and -90 <= lat <= 90 and 50 <= radius_m <= 20_000):
        raise ValuesError(
            "Le rayon doit aller de 50 à 20 000 mètres, autour d'un point en degrés "
            "(longitude, latitude)."
        )
    local = pyproj.CRS.from_proj4(f"+proj=aeqd +lat_0={lat} +lon_0={lon} +datum=WGS84 +units=m")
    ring = gpd.GeoSeries([shapely.Point(0, 0).buffer(radius_m, quad_segs=16)], crs=local)
    return ring.to_crs("EPSG:4326").iloc[0]


def areas_inside(
    limits: shapely.Geometry,
    outlines: gpd.GeoDataFrame,
    population: pd.Series,
    blocks: pd.DataFrame | None = None,
) -> Inside:
    """
    Find the areas of which most people live inside the limits.

    Parameters
    ----------
    limits : polygon (EPSG:4326)
    outlines : GeoDataFrame (EPSG:4326)
        Areas, indexed by unit id.
    population : Series, indexed by unit id
        Persons of each area; a missing one counts as not inhabited.
    blocks : DataFrame, optional
        Blocks of these areas: `da_id`, `population`, `lon`, `lat` of a point inside. Where an area
        has blocks, its share is that of their people; else that of its surface.

    Returns
    -------
    Inside

    Raises
    ------
    UserError
        When the limits meet no area, or hold fewer than `SMALLEST` people.
    """
    met = outlines[outlines.intersects(limits)]
    if met.empty:
        raise UserError(
            "Les limites ne touchent aucune aire connue. Donnez les aires avec « --units », ou "
            "téléchargez d'abord celles de la municipalité (« --municipality »)."
        )
    plane = met.estimate_utm_crs()
    flat = met.geometry.to_crs(plane)
    border = gpd.GeoSeries([limits], crs="EPSG:4326").to_crs(plane).iloc[0]
    surface = (flat.intersection(border).area / flat.area).clip(0.0, 1.0)
    surface = surface.where(surface > _DUST, 0.0).where(surface < 1 - _DUST, 1.0)
    share, basis = surface, "area"
    if blocks is not None and len(blocks):
        by_people = _block_shares(limits, blocks, met.index).reindex(surface.index)
        # Blocks only settle what the limits cut: a point near a border is not on both its sides.
        cut = surface.between(0, 1, inclusive="neither")
        share = surface.where(~cut, by_people.fillna(surface))
        settled = by_people[cut].notna()
        basis = "area" if not settled.any() else "blocks" if settled.all() else "mixed"
    people = population.reindex(met.index).fillna(0.0).astype("float64")
    units = pd.DataFrame({"share": share, "population": people, "is_inside": share >= MAJORITY})
    units = units[units["share"] > 0].sort_index()
    return summarize(units, basis)


def picked(ids: Sequence[str], population: pd.Series) -> Inside:
    """
    Return the areas that a person picked one by one.

    Raises
    ------
    UserError
        When one is not known, or they hold fewer than `SMALLEST` people.
    """
    lacking = [i for i in ids if i not in population.index]
    if lacking:
        raise UserError(
            "L'aire « {id} » n'est pas connue. Donnez des numéros d'aires de diffusion à huit "
            "chiffres.",
            id=lacking[0],
        )
    chosen = sorted(set(ids))
    people = population.reindex(chosen).fillna(0.0).astype("float64")
    units = pd.DataFrame({"share": 1.0, "population": people, "is_inside": True}, index=chosen)
    return summarize(units, "area")


def summarize(units: pd.DataFrame, basis: str) -> Inside:
    """Count the people of the areas (`UserError` when there are too few)."""
    inside = float(units.loc[units["is_inside"], "population"].sum())
    parts = units["share"] * units["population"]
    drawn = float(parts.sum())
    cut = float(parts[(units["share"] > 0) & (units["share"] < 1)].sum())
    if inside < SMALLEST:
        raise UserError(
            "Ce territoire compterait {n} personnes : en dessous de {least}, aucun chiffre ne peut "
            "être donné sans risquer de désigner des gens. Élargissez ses limites.",
            n=int(inside),
            least=SMALLEST,
        )
    return Inside(
        units=units,
        population=inside,
        drawn=drawn,
        estimated_share=cut / drawn if drawn else float("nan"),
        basis=basis,
    )


def _block_shares(limits: shapely.Geometry, blocks: pd.DataFrame, areas: pd.Index) -> pd.Series:
    """Return the share of each area's block population that lies inside."""
    mine = blocks[blocks["da_id"].isin(areas)].dropna(subset=["lon", "lat", "population"])
    inside = shapely.contains_xy(limits, mine["lon"].to_numpy(), mine["lat"].to_numpy())
    people = mine["population"]
    total = people.groupby(mine["da_id"]).sum()
    within = people.where(inside, 0.0).groupby(mine["da_id"]).sum()
    return (within / total.where(total > 0)).replace({np.inf: np.nan})
