"""How the tables of each fetched source become layers of the workspace."""

from __future__ import annotations

from collections.abc import Callable

import geopandas as gpd
import numpy as np
import pandas as pd

from revital.catalogue.models import Layer, Level
from revital.domain.proximity import nearest_m
from revital.errors import UserError
from revital.i18n import N_
from revital.services.packing import places as pack_places
from revital.services.packing.access import FOOD_STORES, store_access
from revital.services.packing.census import quintiles
from revital.services.packing.inputs import MISSIONS
from revital.services.packing.outlines import FINE, outlined, tracts_of
from revital.services.workspace.drafts import Draft, Ground, updated
from revital.services.workspace.making_blocks import block_points, proximity
from revital.sources.statcan_cimd import DIMENSIONS

#: Column of the Census Profile to column of the profile layers.
_PROFILE = {
    "age_total": "population_by_age",
    "age_0_14": "age_0_14",
    "age_15_64": "age_15_64",
    "age_65_plus": "age_65_plus",
    "occupied_dwellings_by_type": "dwellings",
    "households": "households",
    "households_1_person": "households_1_person",
    "median_household_income_cad": "median_household_income_cad",
    "low_income_share": "low_income_share",
    "tenure_households": "tenure_households",
    "owner_households": "owner_households",
    "renter_households": "renter_households",
}
_COUNTS = ("population", "land_area_km2", "low_income_share")
#: OSM categories that shorten a known distance, by column of the access layer.
_NEAREST = {
    "food_store_m": ("supermarket", "grocery"),
    "pharmacy_m": ("pharmacy",),
    "food_aid_m": ("food_aid",),
}


def outlines(ground: Ground) -> list[Draft]:
    """
    Return outlines, simplified together, and points of origin where none was known.

    Tracts are their areas joined, so that edges agree at both levels; the publisher's own outlines
    of tracts serve where areas were not had.
    """
    drafts = []
    areas = ground.tidy.frames.get("outlines_da")
    tracts = ground.tidy.frames.get("outlines_ct")
    links = ground.data.table("geography_da")["ct_id"]
    if isinstance(areas, gpd.GeoDataFrame):
        record = _outline_record(ground, "da")
        units = areas["unit_id"].to_numpy()
        columns: dict[str, object] = {"unit_id": units, "name": [f"Aire {u}" for u in units]}
        if "members" in record.columns:
            columns["members"] = units
        if "ct_id" in record.columns:
            columns["ct_id"] = links.reindex(units).to_numpy()
        drawn = outlined(columns, np.asarray(areas.geometry.array), FINE)
        rows = ground.tidy.rows_in["outlines_da"]
        drafts += [Draft(record, drawn, rows, level="da"), _origins(ground, areas)]
        tract = drawn["unit_id"].map(links)
        if tract.notna().any():
            joined = tracts_of(drawn, tract)
            drafts.append(Draft(_outline_record(ground, "ct"), joined, len(drawn), level="ct"))
    elif isinstance(tracts, gpd.GeoDataFrame):
        units = tracts["unit_id"].to_numpy()
        names = {"unit_id": units, "name": [f"Secteur {u[3:]}" for u in units]}
        drawn = outlined(names, np.asarray(tracts.geometry.array), FINE)
        drafts.append(Draft(_outline_record(ground, "ct"), drawn, len(tracts), level="ct"))
    return [*drafts, *block_points(ground)]


def _outline_record(ground: Ground, level: Level) -> Layer:
    """Return the record of a place's outlines; a stand-in for official ones loses its warning."""
    official = ground.record(f"outlines_{level}_{{place}}")
    known = ground.place.outlines.get(level)
    if known is None:
        return official
    record = ground.data.catalogue.layer(known)
    if record.approximate is None:
        return record
    return record.model_copy(
        update={"approximate": None, "processing": official.processing,
                "title": official.title, "sources": official.sources}
    )  # fmt: skip


def _origins(ground: Ground, found: gpd.GeoDataFrame) -> Draft:
    """Give each area without a point of origin one inside its outline."""
    base = ground.standing("geography_da")
    inside = found.geometry.representative_point()
    points = pd.DataFrame(
        {"unit_id": found["unit_id"], "lon": inside.x.round(6), "lat": inside.y.round(6)}
    )
    lacking = set(base.loc[base["lon"].isna(), "unit_id"])
    frame = updated(base, points[points["unit_id"].isin(lacking)])
    return Draft(ground.data.catalogue.layer("geography_da"), frame, len(found))


def profile(ground: Ground) -> list[Draft]:
    """Return counts and profile with the fetched values over those that stood."""
    drafts = []
    more: list[str] = []
    for level in ("da", "ct"):
        found = ground.tidy.frames.get(f"profile_{level}")
        if found is None:
            continue
        rows = ground.tidy.rows_in[f"profile_{level}"]
        layer = f"profile_{level}"
        # Only these: other columns of the same name in the layer mean something else.
        mine = [c for c in _PROFILE if c in found.columns]
        named = found[["unit_id", *mine]].rename(columns=_PROFILE)
        drafts.append(
            Draft(ground.data.catalogue.layer(layer), updated(ground.standing(layer), named), rows)
        )
        if level == "da":
            counts = found[[c for c in ("unit_id", *_COUNTS) if c in found.columns]]
            record = ground.data.catalogue.layer("census_da")
            drafts.append(Draft(record, updated(ground.standing("census_da"), counts), rows))
        record = ground.record(f"census_more_{level}", shared=True)
        more = [c for c in record.columns if c in found.columns]
        whole = found.reindex(columns=list(record.columns))
        if ground.data.layers.has(record.id):
            whole = updated(ground.standing(record.id), whole)
        if len(more) > 1:
            drafts.append(Draft(record, whole, rows))
    return drafts


def deprivation_scores(ground: Ground) -> list[Draft]:
    """Return the four scores and our quintiles among the province's areas, as the pack has them."""
    found = ground.tidy.frames["cimd_da"]
    frame = found[["unit_id", *(f"{n}_score" for n in DIMENSIONS.values())]].copy()
    for name in DIMENSIONS.values():
        frame[f"{name}_quintile"] = quintiles(frame[f"{name}_score"])
    record = ground.data.catalogue.layer("cimd_da")
    return [Draft(record, frame[list(record.columns)], ground.tidy.rows_in["cimd_da"])]


def deprivation_index(ground: Ground) -> list[Draft]:
    """Return INSPQ's published quintiles."""
    record = ground.record("deprivation_da", shared=True)
    found = ground.tidy.frames["deprivation_da"].reindex(columns=list(record.columns))
    return [Draft(record, found, ground.tidy.rows_in["deprivation_da"])]


def installations(ground: Ground) -> list[Draft]:
    """Return public health installations, and the distance to the nearest CLSC."""
    table = ground.tidy.frames["installations"].copy()
    table["lon"] = pd.to_numeric(table["LONGITUDE"]).astype("float64")
    table["lat"] = pd.to_numeric(table["LATITUDE"]).astype("float64")
    table[list(MISSIONS)] = table[list(MISSIONS)] == "Oui"
    embedded = pack_places.INSTALLATIONS in ground.place.services
    if embedded:
        # One layer for the cities of the pack: made again as the pack makes it.
        made = pack_places.pack_installations(table, ground.data.layers.read_shapes)
        record = ground.data.catalogue.layer(pack_places.INSTALLATIONS)
    else:
        west, south, east, north = ground.area.bounds
        near = table["lon"].between(west, east) & table["lat"].between(south, north)
        made = pack_places.installations_layer(table, near.to_numpy())
        record = ground.record("health_installations_{place}")
    clscs = _plane(ground, table.loc[table["CLSC"], "lon"], table.loc[table["CLSC"], "lat"])
    # The pack's makers order their columns by hand; the record decides.
    frame = made.frame[[*record.columns, "geometry"]]
    drafts = [Draft(record, frame, made.rows_in, made.dropped, service=not embedded)]
    access = ground.standing("access_da")
    origins, units = _origin_points(ground)
    nearest = pd.DataFrame({"unit_id": units, "clsc_m": nearest_m(origins, clscs).round(1)})
    drafts.append(_access(ground, updated(access, nearest), len(table)))
    return drafts


def facilities(ground: Ground) -> list[Draft]:
    """Return StatCan's health facilities with the common columns."""
    record = ground.record("facilities_odhf_{place}")
    found = ground.tidy.frames["facilities_odhf"]
    frame = found.assign(
        status="listed", location_quality="published", error_m=50.0
    ).reindex(columns=[*record.columns, "geometry"])  # fmt: skip
    return [Draft(record, frame, ground.tidy.rows_in["facilities_odhf"], service=True)]


def openstreetmap(ground: Ground) -> list[Draft]:
    """Return places, parks and streets, and distances shortened by the places found."""
    found = ground.tidy.frames["osm_places"]
    assert isinstance(found, gpd.GeoDataFrame)
    common = pack_places.osm_frame(
        pd.DataFrame(found[["service_id", "name", "category", "address", "postal_code", "phone"]]),
        found.geometry.x, found.geometry.y, as_of=ground.tidy.vintage,
    )  # fmt: skip
    rows = ground.tidy.rows_in["osm_places"]
    drafts = _stores(ground, common, rows)
    record = ground.record("osm_places_{place}")
    extra = found.set_index("service_id")[["brand", "hours", "website", "wheelchair"]]
    whole = common.join(extra, on="service_id")[[*record.columns, "geometry"]]
    drafts.append(Draft(record, whole, rows, service=True))
    for name in ("parks", "streets"):
        if f"osm_{name}" in ground.tidy.frames:
            record = ground.record(f"osm_{name}_{{place}}")
            shapes = ground.tidy.frames[f"osm_{name}"]
            drafts.append(Draft(record, shapes, ground.tidy.rows_in[f"osm_{name}"]))
    drafts.append(_access(ground, _shortened(ground, common), rows))
    return drafts


def _stores(ground: Ground, places: gpd.GeoDataFrame, rows: int) -> list[Draft]:
    """
    Return the layer of food stores that a place's record names, and the access computed from it.

    The record says which (`osm_stores`, `osm_access`); the municipalities it names (`csd`) are
    those that a distance is given for.
    """
    asked = ground.place.fetch
    if "osm_stores" not in asked:
        return []
    record = ground.data.catalogue.layer(asked["osm_stores"])
    stores = places[places["category"].isin(FOOD_STORES)]
    frame = stores[[*record.columns, "geometry"]].reset_index(drop=True)
    dropped = {N_("autre catégorie"): len(places) - len(stores)}
    drafts = [Draft(record, frame, rows, dropped)]
    if "osm_access" in asked:
        access = ground.data.catalogue.layer(asked["osm_access"])
        towns = [code.strip() for code in asked["csd"].split(",")]
        areas = ground.standing("geography_da")
        areas = areas[areas["unit_id"].isin(ground.area.da_ids)].reset_index(drop=True)
        fresh = store_access(
            areas, frame, areas["csd_id"].isin(towns).to_numpy(), ground.crs_metric
        )
        standing = ground.standing(access.id)
        others = standing[~standing["unit_id"].isin(fresh["unit_id"])]
        whole = pd.concat([others, fresh], ignore_index=True)[list(access.columns)]
        drafts.append(Draft(access, whole.sort_values("unit_id", ignore_index=True), rows))
    return drafts


def _shortened(ground: Ground, places: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return the access layer, each distance to the nearest known place now at most this one."""
    access = ground.standing("access_da").set_index("unit_id")
    origins, units = _origin_points(ground)
    for column, categories in _NEAREST.items():
        chosen = places[places["category"].isin(categories)]
        targets = _plane(ground, chosen.geometry.x, chosen.geometry.y)
        fresh = pd.Series(nearest_m(origins, targets).round(1), index=units)
        access = access.reindex(access.index.union(units))
        # A figure withheld for a place whose stores were unknown stays its own source's.
        here = access.loc[units, column]
        if column == "food_store_m" and "osm_access" in ground.place.fetch:
            continue
        access.loc[units, column] = np.fmin(here.to_numpy(), fresh.to_numpy())
    return access.rename_axis("unit_id").reset_index().sort_values("unit_id", ignore_index=True)


def _access(ground: Ground, frame: pd.DataFrame, rows: int) -> Draft:
    record = ground.data.catalogue.layer("access_da")
    return Draft(record, frame[list(record.columns)], rows)


def city(ground: Ground) -> list[Draft]:
    """Return the city's own streets and parks."""
    drafts = []
    for name in ("streets", "parks"):
        if f"city_{name}" in ground.tidy.frames:
            record = ground.record(f"city_{name}_{{place}}")
            frame = ground.tidy.frames[f"city_{name}"]
            drafts.append(Draft(record, frame, ground.tidy.rows_in[f"city_{name}"]))
    return drafts


def transit(ground: Ground) -> list[Draft]:
    """
    Return the stops of the current schedule, under the name of the agency that publishes it.

    Raises
    ------
    UserError
        When the place's record does not say which source its schedule is.
    """
    source = ground.place.fetch.get("gtfs_source", "")
    if source not in ground.data.catalogue.sources:
        raise UserError(
            "La fiche du lieu « {id} » ne dit pas de quelle source vient son horaire "
            "(« gtfs_source ») : il ne peut pas être montré sans sa mention.",
            id=ground.place.id,
        )
    template = ground.record("transit_stops_{place}")
    record = template.model_copy(update={"sources": (source,)})
    found = ground.tidy.frames["bus_stops"]
    return [Draft(record, found[[*record.columns, "geometry"]], ground.tidy.rows_in["bus_stops"])]


def _plane(ground: Ground, lon: pd.Series, lat: pd.Series) -> np.ndarray:
    points = gpd.GeoSeries.from_xy(lon, lat, crs="EPSG:4326").to_crs(ground.crs_metric)
    return np.column_stack([points.x, points.y])


def _origin_points(ground: Ground) -> tuple[np.ndarray, pd.Index]:
    """Return the points of origin of the place's areas, in metres, and their ids."""
    geography = ground.data.table("geography_da").reindex(list(ground.area.da_ids))
    located = geography.dropna(subset=["lon", "lat"])
    return _plane(ground, located["lon"], located["lat"]), located.index


#: Makers by adapter, in the order layers depend on one another.
MAKERS: dict[str, Callable[[Ground], list[Draft]]] = {
    "statcan_outlines_shapefile": outlines,
    "statcan_outlines": outlines,
    "statcan_profile_bulk": profile,
    "statcan_profile_api": profile,
    "statcan_cimd": deprivation_scores,
    "inspq_deprivation": deprivation_index,
    "statcan_proximity": proximity,
    "msss_m02": installations,
    "statcan_odhf": facilities,
    "osm": openstreetmap,
    "ckan_city": city,
    "transit": transit,
}
