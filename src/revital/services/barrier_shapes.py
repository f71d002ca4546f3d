"""The barriers of a question as shapes: what people drew, and the streets they named."""

from __future__ import annotations

from functools import lru_cache

import shapely

from revital.services.access_ground import AccessQuery, named_streets, walking_layer
from revital.services.barriers import shapes
from revital.services.data import Data


def barrier_shapes(data: Data, query: AccessQuery) -> tuple[shapely.Geometry, ...]:
    """
    Return what a question holds to be impassable on foot.

    Returns
    -------
    tuple of shapely geometries
        Lines and polygons, longitude and latitude in degrees; streets whose name the layer of the
        place does not hold are left out, as they are from distances.

    Raises
    ------
    UnknownIdError, LayerError, ValuesError
    """
    found = list(shapes(query.barriers, "EPSG:4326")) if query.barriers else []
    layer = walking_layer(data, data.catalogue.territory(query.territory))
    if query.barrier_streets and layer is not None:
        found += _streets(data, layer, query.barrier_streets, data.layers.manifest(layer).sha256)
    return tuple(found)


@lru_cache(maxsize=16)
def _streets(
    data: Data, layer: str, names: tuple[str, ...], sha256: str
) -> tuple[shapely.Geometry, ...]:
    # A page draws them and says them in its legend: a city's streets are read once for both.
    return tuple(named_streets(data.layers.read_shapes(layer), names))
