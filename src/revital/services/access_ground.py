"""
Origins, places and costs of a question of access: what figures, scenarios and sites start from.

Origins are dissemination areas at their point of origin, weighted by residents; dissemination
blocks take their place once the data hold them. Distances follow the streets where the city has a
street layer, else straight lines times a detour factor.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from revital.catalogue.models import Territory
from revital.catalogue.service_classes import ServiceClass, service_class
from revital.domain.access import WALK_KMH
from revital.domain.barriers import walk_round
from revital.domain.cost_matrix import CostMatrix, FloatArray, straight_line
from revital.domain.network import StreetNetwork, build_network
from revital.domain.network_paths import network_matrix, snap
from revital.errors import ValuesError
from revital.services.barriers import from_code, shapes
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
    speed_kmh : float
        Walking speed, for what is within a quarter of an hour.
    barriers : str
        What cannot be crossed on foot, as `services.barriers.to_code` writes it.
    barrier_streets : tuple of str
        Streets of the walking layer that cannot be crossed, by name.
    """

    territory: str
    service: str
    threshold_m: float | None = None
    detour_factor: float = 1.0
    also: tuple[str, ...] = ()
    deprived_quintiles: tuple[int, ...] = (5,)
    speed_kmh: float = WALK_KMH
    barriers: str = ""
    barrier_streets: tuple[str, ...] = ()

    @property
    def is_modified(self) -> bool:
        """True when an assumption other than the threshold is not the usual one."""
        usual = AccessQuery(self.territory, self.service, self.threshold_m)
        return replace(self, deprived_quintiles=tuple(sorted(self.deprived_quintiles))) != usual

    def for_class(self, service: str) -> AccessQuery:
        """Return the same question of another class, at that class's own threshold."""
        return replace(self, service=service, threshold_m=None, also=())


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
    barriers : geometry or None
        What cannot be crossed, in `crs`; already cut out of `network` where there is one.
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
    barriers: shapely.Geometry | None = None

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
        return self.costs(self.xy_m, self.origins.index, points, ids)

    def costs(
        self, origins_m: FloatArray, origin_ids: pd.Index, points_m: FloatArray, ids: list[str]
    ) -> CostMatrix:
        """Return the costs between any points in metres, by the same method."""
        factor = self.cost.detour_factor or 1.0
        return _costs(origins_m, points_m, origin_ids, ids, self.network, factor, self.barriers)


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
    if not 1 <= query.speed_kmh <= 10:
        raise ValuesError(
            "La vitesse de marche doit être entre 1 et 10 km/h ; demandé : {value}.",
            value=query.speed_kmh,
        )
    quintiles = set(query.deprived_quintiles)
    if not quintiles or not quintiles <= {1, 2, 3, 4, 5}:
        raise ValuesError(
            "Les quintiles vont de 1 à 5, et il en faut au moins un ; demandé : {value}.",
            value=", ".join(map(str, query.deprived_quintiles)),
        )
    if query.barriers:
        from_code(query.barriers)
    return replace(
        query,
        threshold_m=float(threshold),
        detour_factor=float(query.detour_factor),
        also=tuple(sorted(set(query.also))),
        deprived_quintiles=tuple(sorted(quintiles)),
        barrier_streets=tuple(sorted(set(query.barrier_streets))),
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
        query.barriers,
        query.barrier_streets,
        stamp(data),
    )


@lru_cache(maxsize=64)
def _ground(
    data: Data,
    territory_id: str,
    service_id: str,
    detour_factor: float,
    also: tuple[str, ...],
    barriers: str,
    streets: tuple[str, ...],
    layers: str,
) -> Ground:
    territory = data.catalogue.territory(territory_id)
    service = service_class(service_id)
    origins, level = _origins(data, territory)
    crs = territory.crs_metric
    xy = _project(origins[["lon", "lat"]].to_numpy(dtype=float), crs)
    listing = list_places(data, service, territory, also)
    counted = listing.counted
    network = _network(data, territory, barriers, streets)
    wall = None if network is not None or not barriers else _wall(barriers, crs)
    points = _project(np.array([(p.lon, p.lat) for p in counted], dtype=float).reshape(-1, 2), crs)
    cost = _costs(xy, points, origins.index, [p.id for p in counted], network, detour_factor, wall)
    return Ground(territory, service, crs, origins, xy, listing, cost, network, level, wall)


def _wall(barriers: str, crs: str) -> shapely.Geometry:
    return shapely.union_all(list(shapes(barriers, crs)))


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
    return here.costs(origins_m, areas.index, points_m, ids)


def _origins(data: Data, territory: Territory) -> tuple[pd.DataFrame, str]:
    """Return the blocks of a territory where the data hold them, else its areas."""
    units = data.units(territory, "da")
    blocks = blocks_of(data, units)
    # Never half by blocks and half by areas: one figure, one sort of origin.
    if len(units) and set(units) == set(blocks["da_id"]):
        return blocks[["population", "lon", "lat", "da_id"]], "db"
    areas = data.table("geography_da").reindex(units)[["population", "lon", "lat"]]
    return areas.assign(da_id=areas.index), "da"


def walking_layer(data: Data, territory: Territory) -> str | None:
    """Return the layer of streets one walks on round a territory, None where there is none."""
    place = data.catalogue.place(territory.place)
    own = name_of(place.id)
    # OpenStreetMap first: it has the paths on foot that a city's file of streets leaves out.
    named = (place.basemap.get("walk"), f"osm_streets_{own}", f"city_streets_{own}")
    return next((id_ for id_ in named if id_ and data.layers.has(id_)), None)


def street_names(data: Data, territory: Territory) -> tuple[str, ...]:
    """Return the names of the streets of the walking layer, in order; empty without one."""
    layer = walking_layer(data, territory)
    if layer is None:
        return ()
    frame = data.layers.read_shapes(layer)
    if "name" not in frame.columns:
        return ()
    return tuple(sorted({str(n) for n in frame["name"].dropna() if str(n).strip()}))


def named_streets(streets: gpd.GeoDataFrame, names: tuple[str, ...]) -> list[shapely.Geometry]:
    """Return the shapes of the streets of some names; none where a layer has no names."""
    if not names or "name" not in streets.columns:
        return []
    return list(streets.geometry[streets["name"].isin(names)])


def _network(
    data: Data, territory: Territory, barriers: str, streets: tuple[str, ...]
) -> StreetNetwork | None:
    """Return the streets one walks on round a territory, None where no layer holds them."""
    layer = walking_layer(data, territory)
    if layer is None:
        return None
    sha256 = data.layers.manifest(layer).sha256
    return _built_network(data, layer, territory.crs_metric, barriers, streets, sha256)


@lru_cache(maxsize=4)
def _built_network(
    data: Data, layer: str, crs: str, barriers: str, crossed: tuple[str, ...], sha256: str
) -> StreetNetwork:
    streets = data.layers.read_shapes(layer).to_crs(crs)
    column = next((c for c in ("kind", "street_class") if c in streets.columns), None)
    walls = list(shapes(barriers, crs)) if barriers else []
    walls += named_streets(streets, crossed)
    # Ways of OpenStreetMap run on past crossings: they are cut where they share a vertex.
    return build_network(
        streets,
        class_column=column,
        barriers=gpd.GeoSeries(walls, crs=crs) if walls else None,
        split_at_shared_vertices=True,
    )


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
    wall: shapely.Geometry | None,
) -> CostMatrix:
    names = pd.Index(ids, dtype=object)
    if network is not None:
        return network_matrix(
            network, snap(network, origins_m), snap(network, points_m), origin_ids, names
        )
    cost = straight_line(origins_m, points_m, origin_ids, names, detour_factor=detour_factor)
    if wall is None or not cost.values.size:
        return cost
    around = walk_round(origins_m, points_m, cost.values / detour_factor, wall)
    return replace(cost, values=around * detour_factor)
