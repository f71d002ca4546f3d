"""Which unit lies in which larger one, with its population, area and point of origin."""

from __future__ import annotations

import re
import unicodedata

import geopandas as gpd
import pandas as pd

from revital.errors import SourceError
from revital.services.packing.inputs import require_unique
from revital.services.packing.recipe import Made, Task
from revital.sources.readers.text import to_numbers


def slug(name: str) -> str:
    """
    Return a name as lower-case letters, digits and hyphens.

    Examples
    --------
    >>> slug("L'Île-Bizard-Sainte-Geneviève")
    'l-ile-bizard-sainte-genevieve'
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")


def _borough_points(task: Task) -> pd.DataFrame:
    """Return a point inside each area of the division and the borough or town it falls in."""
    areas = task.shapes("areas")
    areas = areas[areas["DAUID"].str.startswith(task.option("division"))]
    points = gpd.GeoDataFrame(
        {"unit_id": areas["DAUID"].to_numpy()},
        geometry=areas.geometry.representative_point().to_numpy(),
        crs=areas.crs,
    )
    boroughs = task.shapes("boroughs")
    boroughs = boroughs.assign(borough_id=boroughs["NOM"].map(slug))
    joined = points.sjoin(boroughs[["borough_id", "geometry"]], how="left", predicate="within")
    lost = joined["borough_id"].isna() | joined["unit_id"].duplicated(keep=False)
    if lost.any():
        raise SourceError(
            "L'aire de diffusion {unit} ne tombe pas dans un seul arrondissement ou une seule "
            "ville liée de « {file} ». Remettez les fichiers de l'éditeur, sans les modifier.",
            unit=joined.loc[lost, "unit_id"].iloc[0],
            file=task.file("boroughs"),
        )
    return pd.DataFrame(
        {
            "unit_id": joined["unit_id"],
            "borough_id": joined["borough_id"],
            "lon": joined.geometry.x.round(6),
            "lat": joined.geometry.y.round(6),
        }
    )


def geography_da(task: Task) -> Made:
    """Return every Québec dissemination area with the larger units it lies in."""
    links = task.table("relationship")
    frame = pd.DataFrame(
        {
            "unit_id": links["DADGUID_ADIDUGD"].str[-8:],
            "csd_id": links["CSDDGUID_SDRIDUGD"].str[-7:],
            "cd_id": links["CDDGUID_DRIDUGD"].str[-4:],
            "cma_id": links["CMADGUID_RMRIDUGD"].str[-3:],
            # The tract's id is what follows the vintage, type and schema: 2021 S 0507.
            "ct_id": links["CTDGUID_SRIDUGD"].str[9:],
            "province_id": "24",
        }
    )
    require_unique(frame, "unit_id", task.file("relationship"))
    counts = task.table("population")
    file = task.file("population")
    require_unique(counts, "DAUID", file)
    measured = pd.DataFrame(
        {
            "unit_id": counts["DAUID"],
            "population": to_numbers(counts["Population"], file),
            "land_area_km2": to_numbers(counts["Land Area in Square Kilometre"], file),
        }
    )
    frame = frame.merge(measured, on="unit_id", how="left", validate="one_to_one")

    linked = task.table("origins")
    file = task.file("origins")
    origins = pd.DataFrame(
        {
            "unit_id": linked["DAUID_2021"],
            "lon": to_numbers(linked["lon_2016_centroid"], file).round(6),
            "lat": to_numbers(linked["lat_2016_centroid"], file).round(6),
        }
    )
    points = pd.concat([origins, _borough_points(task)], ignore_index=True)
    frame = frame.merge(points, on="unit_id", how="left", validate="one_to_one")
    columns = [
        "unit_id", "csd_id", "cd_id", "cma_id", "ct_id", "province_id", "borough_id",
        "population", "land_area_km2", "lon", "lat",
    ]  # fmt: skip
    return Made(frame[columns].sort_values("unit_id", ignore_index=True), rows_in=len(links))


def _largest(areas: pd.DataFrame, column: str) -> pd.Series:
    """Return, by tract, the value of a column that holds most of the tract's population."""
    shares = areas.dropna(subset=[column]).groupby(["ct_id", column])["population"].sum()
    ranked = shares.reset_index().sort_values(
        ["ct_id", "population", column], ascending=[True, False, True]
    )
    return ranked.drop_duplicates("ct_id").set_index("ct_id")[column]


def geography_ct(task: Task) -> Made:
    """Return every Québec census tract, its larger units and its published counts."""
    areas = task.layer("areas").dropna(subset=["ct_id"])
    by_tract = areas.groupby("ct_id")
    frame = pd.DataFrame(
        {
            "csd_id": _largest(areas, "csd_id"),
            "cma_id": by_tract["cma_id"].first(),
            "province_id": "24",
            "population": by_tract["population"].sum(),
        }
    )
    frame["borough_id"] = _largest(areas, "borough_id").reindex(frame.index)
    counts = task.table("counts")
    file = task.file("counts")
    require_unique(counts, "ctuid_2021", file)
    published = pd.DataFrame(
        {
            "official": to_numbers(counts["Population"], file),
            "population_2016": to_numbers(counts["Population_2016"], file),
            "dwellings": to_numbers(counts["Dwellings"], file),
            "households": to_numbers(counts["Households"], file),
            "land_area_km2": to_numbers(counts["Area (sq km)"], file),
        }
    ).set_index(counts["ctuid_2021"])
    frame = frame.join(published, how="left")
    differs = frame["official"].notna() & (frame["official"] != frame["population"])
    if differs.any():
        unit = frame.index[differs][0]
        raise SourceError(
            "Le secteur {unit} : {found} habitants dans ses aires de diffusion, {expected} "
            "publiés. Remettez les fichiers de l'éditeur, sans les modifier.",
            unit=unit,
            found=f"{frame.loc[unit, 'population']:.0f}",
            expected=f"{frame.loc[unit, 'official']:.0f}",
        )
    frame = frame.drop(columns="official").rename_axis("unit_id").reset_index()
    frame["name"] = [f"Secteur {unit[3:]}" for unit in frame["unit_id"]]
    columns = [
        "unit_id", "name", "csd_id", "cma_id", "province_id", "borough_id", "population",
        "population_2016", "dwellings", "households", "land_area_km2",
    ]  # fmt: skip
    return Made(frame[columns].sort_values("unit_id", ignore_index=True), rows_in=len(frame))


def in_division(areas: pd.DataFrame, code: str) -> pd.Series:
    """Return whether each dissemination area lies in a census division (4 digits)."""
    return areas["unit_id"].str.startswith(code)
