"""
Origins, places and costs of a question of access: what figures, scenarios and sites start from.

Origins are dissemination areas at their point of origin, weighted by residents; dissemination
blocks take their place once the data hold them. Distances follow the streets where the city has a
street layer, else straight lines times a detour factor.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import geopandas as gpd
import numpy as np
import pandas as pd

from revital.catalogue.models import Territory
from revital.catalogue.service_classes import ServiceClass, service_class
from revital.domain.cost_matrix import CostMatrix, FloatArray, straight_line
from revital.domain.network import StreetNetwork, build_network
from revital.domain.network_paths import network_matrix, snap
from revital.errors import ValuesError
from revital.services.blocks import blocks_of
from revital.services.data import Data
from revital.services.figures import stamp
from revital.services.service_places import PlaceList, list_places
from revital.services.workspace.templates import name_of


@dataclass(frozen=True)
class AccessQuery:
    """
    A question of access.

    Attributes
    ----------
    territory, service : str
        Ids of the territory and of the class of services.
    threshold_m : float or None
        The record's when None.
    detour_factor : float
        Straight lines only; 1 is the plain straight line.
    also : tuple of str
        Categories counted besides those of the record.
    deprived_quintiles : tuple of int
        For the food-desert rule.
    """

    territory: str
    service: str
    threshold_m: float | None = None
    detour_factor: float = 1.0
    also: tuple[str, ...] = ()
    deprived_quintiles: tuple[int, ...] = (5,)


@dataclass(frozen=True, eq=False)
class Ground:
    """
    Origins, places and costs that a question, a scenario or a search of sites starts from.

    Attributes
    ----------
    territory, service
        Records.
    crs : str
        Metric system of every coordinate in metres.
    origins : DataFrame, indexed by unit
        `population` (missing where not published), `lon`, `lat`, `da_id`.
    xy_m : ndarray, shape (n_origins, 2)
    listing : PlaceList
    cost : CostMatrix
        Columns are the places that count.
    network : StreetNetwork or None
    level : str
        `db` or `da`.
    """

    territory: Territory
    service: ServiceClass
    crs: str
    origins: pd.DataFrame
    xy_m: FloatArray
    listing: PlaceList
    cost: CostMatrix
    network: StreetNetwork | None
    level: str

    @property
    def population(self) -> FloatArray:
        """Residents of each origin; missing where not published."""
        return self.origins["population"].to_numpy(dtype=float)

    @property
    def is_located(self) -> np.ndarray:
        """True for origins whose place is known."""
        return np.asarray(np.isfinite(self.xy_m).all(axis=1))

    def cost_to(self, lonlat: list[tuple[float, float]], ids: list[str]) -> CostMatrix:
        """Return the costs from the origins to some points (degrees), by the same method."""
        points = _project(np.asarray(lonlat, dtype=float).reshape(-1, 2), self.crs)
        return _costs(self.xy_m, points, self.origins.index, ids, self.network, self._factor)

    @property
    def _factor(self) -> float:
        return self.cost.detour_factor or 1.0


def checked_query(data: Data, query: AccessQuery) -> AccessQuery:
    """
    Return the question with its threshold filled in.

    Raises
    ------
    UnknownIdError, ValuesError
    """
    service = service_class(query.service)
    data.catalogue.territory(query.territory)
    threshold = service.threshold_m if query.threshold_m is None else query.threshold_m
    if not 0 < threshold <= 100_000:
        raise ValuesError(
            "Le seuil doit être entre 1 et 100 000 mètres ; demandé : {value}.", value=threshold
        )
    if not 1 <= query.detour_factor <= 3:
        raise ValuesError(
            "Le facteur de détour doit être entre 1 et 3 ; demandé : {value}.",
            value=query.detour_factor,
        )
    unknown = [c for c in query.also if c not in service.categories and c != "seasonal"]
    if unknown:
        raise ValuesError(
            "La catégorie « {category} » n'est pas dans la classe « {service} ». Catégories : "
            "{known}.",
            category=unknown[0][:40],
            service=service.id,
            known=", ".join([*service.categories, "seasonal"]),
        )
    return AccessQuery(
        query.territory,
        query.service,
        float(threshold),
        float(query.detour_factor),
        tuple(sorted(set(query.also))),
        tuple(sorted(set(query.deprived_quintiles))),
    )


def ground(data: Data, query: AccessQuery, territory_id: str | None = None) -> Ground:
    """Return origins, places and costs of a question (kept between calls)."""
    query = checked_query(data, query)
    return _ground(
        data,
        territory_id or query.territory,
        query.service,
        query.detour_factor,
        query.also,
        stamp(data),
    )


@lru_cache(maxsize=64)
def _ground(
    data: Data,
    territory_id: str,
    service_id: str,
    detour_factor: float,
    also: tuple[str, ...],
    layers: str,
) -> Ground:
    territory = data.catalogue.territory(territory_id)
    service = service_class(service_id)
    origins, level = _origins(data, territory)
    crs = territory.crs_metric
    xy = _project(origins[["lon", "lat"]].to_numpy(dtype=float), crs)
    listing = list_places(data, service, territory, also)
    counted = listing.counted
    network = _network(data, territory, layers)
    points = _project(np.array([(p.lon, p.lat) for p in counted], dtype=float).reshape(-1, 2), crs)
    cost = _costs(xy, points, origins.index, [p.id for p in counted], network, detour_factor)
    return Ground(territory, service, crs, origins, xy, listing, cost, network, level)


def place_costs(
    data: Data,
    here: Ground,
    units: tuple[str, ...],
    lonlat: list[tuple[float, float]],
    ids: list[str],
) -> CostMatrix:
    """
    Return the costs from any areas to some points, by the method of a ground.

    Parameters
    ----------
    data : Data
    here : Ground
    units : tuple of str
        Dissemination areas, those of the map for instance.
    lonlat : list of (lon, lat)
        Degrees.
    ids : list of str
        Names of the points.
    """
    areas = data.table("geography_da").reindex(list(units))
    origins_m = _project(areas[["lon", "lat"]].to_numpy(dtype=float), here.crs)
    points_m = _project(np.asarray(lonlat, dtype=float).reshape(-1, 2), here.crs)
    factor = here.cost.detour_factor or 1.0
    return _costs(origins_m, points_m, areas.index, ids, here.network, factor)


def _origins(data: Data, territory: Territory) -> tuple[pd.DataFrame, str]:
    """Return the blocks of a territory where the data hold them, else its areas."""
    units = data.units(territory, "da")
    blocks = blocks_of(data, units)
    # Never half by blocks and half by areas: one figure, one sort of origin.
    if len(units) and set(units) == set(blocks["da_id"]):
        return blocks[["population", "lon", "lat", "da_id"]], "db"
    areas = data.table("geography_da").reindex(units)[["population", "lon", "lat"]]
    return areas.assign(da_id=areas.index), "da"


def _network(data: Data, territory: Territory, layers: str) -> StreetNetwork | None:
    """Return the streets one walks on round a territory, None where no layer holds them."""
    place = data.catalogue.place(territory.place)
    named = (place.basemap.get("walk"), f"osm_streets_{name_of(place.id)}")
    layer = next((id_ for id_ in named if id_ and data.layers.has(id_)), None)
    if layer is None:
        return None
    return _built_network(data, layer, territory.crs_metric, data.layers.manifest(layer).sha256)


@lru_cache(maxsize=4)
def _built_network(data: Data, layer: str, crs: str, sha256: str) -> StreetNetwork:
    streets = data.layers.read_shapes(layer).to_crs(crs)
    column = next((c for c in ("kind", "street_class") if c in streets.columns), None)
    # Ways of OpenStreetMap run on past crossings: they are cut where they share a vertex.
    return build_network(streets, class_column=column, split_at_shared_vertices=True)


def _project(lonlat: FloatArray, crs: str) -> FloatArray:
    result = np.full(lonlat.shape, np.nan)
    here = np.isfinite(lonlat).all(axis=1)
    if here.any():
        points = gpd.GeoSeries.from_xy(lonlat[here, 0], lonlat[here, 1], crs="EPSG:4326").to_crs(
            crs
        )
        result[here] = np.column_stack([points.x, points.y])
    return result


def _costs(
    origins_m: FloatArray,
    points_m: FloatArray,
    origin_ids: pd.Index,
    ids: list[str],
    network: StreetNetwork | None,
    detour_factor: float,
) -> CostMatrix:
    names = pd.Index(ids, dtype=object)
    if network is None:
        return straight_line(origins_m, points_m, origin_ids, names, detour_factor=detour_factor)
    return network_matrix(
        network, snap(network, origins_m), snap(network, points_m), origin_ids, names
    )
