"""The barriers of a question as shapes: what people drew, and the streets they named."""

from __future__ import annotations

import shapely

from revital.services.access_ground import AccessQuery, walking_layer
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
        streets = data.layers.read_shapes(layer)
        found += list(streets.geometry[streets["name"].isin(query.barrier_streets)])
    return tuple(found)
