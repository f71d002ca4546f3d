"""
Areas like Québec's dissemination areas, generated: the official outlines are not in the pack.

    PYTHONPATH=. python -m bench.generated FOLDER --areas 13806

writes a workspace whose areas of Trois-Rivières are replaced by cells that bear the ids of real
dissemination areas, and so their real figures. The cells are a Voronoi diagram of seeded points,
dense in cities and wide elsewhere; their borders wander, the same way on both sides, so that they
form a valid coverage. About 85 vertices each.
"""

from __future__ import annotations

from pathlib import Path

import click
import geopandas as gpd
import numpy as np
import shapely

from revital.services.data import Data, open_data
from revital.services.workspace.building import put_layer
from revital.services.workspace.home import Workspace

#: West, south, east, north of the ground covered, in degrees.
GROUND = (-79.5, 45.0, -64.0, 50.5)
#: Cities: longitude, latitude, spread in degrees, share of the areas.
CITIES = (
    (-73.65, 45.53, 0.16, 0.46),
    (-71.28, 46.82, 0.10, 0.11),
    (-75.75, 45.46, 0.08, 0.05),
    (-71.90, 45.40, 0.06, 0.04),
    (-72.56, 46.35, 0.05, 0.03),
    (-71.10, 48.42, 0.06, 0.03),
)
LAYER = "outlines_da_442"


def points(count: int, seed: int) -> np.ndarray:
    """Return points (longitude, latitude), dense in cities, along a Hilbert curve."""
    rng = np.random.default_rng(seed)
    west, south, east, north = GROUND
    found = [
        rng.normal((x, y), (spread, spread * 0.7), (round(count * share), 2))
        for x, y, spread, share in CITIES
    ]
    held = sum(map(len, found))
    wide = rng.uniform((west, south), (east, north), (count - held, 2))
    # Half of the rest lies along the south, as people do.
    wide[::2, 1] = south + (wide[::2, 1] - south) * 0.35
    xy = np.concatenate([*found, wide])
    inside = np.clip(xy, (west + 0.01, south + 0.01), (east - 0.01, north - 0.01))
    order = np.argsort(gpd.GeoSeries(shapely.points(inside)).hilbert_distance().to_numpy())
    return inside[order]


def cells(count: int, *, vertices: int = 85, seed: int = 7) -> np.ndarray:
    """
    Return polygons that cover the ground without gap or overlap.

    Parameters
    ----------
    count : int
    vertices : int
        About how many each has.
    seed : int

    Returns
    -------
    array of shapely polygons (EPSG:4326)
    """
    ground = shapely.box(*GROUND)
    raw = shapely.voronoi_polygons(
        shapely.multipoints(points(count, seed)), extend_to=ground, ordered=True
    )
    cut = shapely.intersection(shapely.get_parts(raw), ground, grid_size=1e-6)
    between = max(1, round(vertices / 6) - 1)
    xy, ring = shapely.get_coordinates(shapely.get_exterior_ring(cut), return_index=True)
    same = ring[:-1] == ring[1:]
    a, b = xy[:-1][same], xy[1:][same]
    owner = ring[:-1][same]
    # One wander per border, whichever of its two cells walks it.
    flip = (a[:, 0] > b[:, 0]) | ((a[:, 0] == b[:, 0]) & (a[:, 1] > b[:, 1]))
    low, high = np.where(flip[:, None], b, a), np.where(flip[:, None], a, b)
    _, border = np.unique(np.round(np.hstack([low, high]), 7), axis=0, return_inverse=True)
    rng = np.random.default_rng(seed + 1)
    t = np.arange(1, between + 1) / (between + 1)
    wander = rng.normal(0, 0.012, (border.max() + 1, between)) * np.sin(np.pi * t)
    along = high - low
    across = np.column_stack([-along[:, 1], along[:, 0]])
    steps = (
        low[:, None, :] + along[:, None, :] * t[None, :, None]
        + across[:, None, :] * wander[border.ravel()][:, :, None]
    )  # fmt: skip
    steps[flip] = steps[flip][:, ::-1]
    line = np.round(np.concatenate([a[:, None, :], steps], axis=1).reshape(-1, 2), 6)
    index = np.repeat(owner, between + 1)
    return np.asarray(shapely.polygons(shapely.linearrings(line, indices=index)))


def frame(data: Data, count: int, *, vertices: int = 85, seed: int = 7) -> gpd.GeoDataFrame:
    """
    Return generated areas with the ids of real ones, those of Trois-Rivières first.

    Columns as the layer of outlines: `unit_id`, `name`, `members`, `ct_id`, `geometry`.
    """
    geography = data.table("geography_da").sort_index()
    near = geography.index.str.startswith("2437")
    ids = geography.index[near].append(geography.index[~near])[:count].sort_values()
    return gpd.GeoDataFrame(
        {
            "unit_id": ids,
            "name": [f"Aire {i}" for i in ids],
            "members": ids,
            "ct_id": geography["ct_id"].reindex(ids).fillna("").to_numpy(),
        },
        geometry=cells(len(ids), vertices=vertices, seed=seed),
        crs=4326,
    )


def write(home: Path, count: int, *, vertices: int = 85, seed: int = 7) -> None:
    """Write the areas as a layer of a workspace."""
    data = open_data()
    record = data.catalogue.layer(LAYER)
    made = frame(data, count, vertices=vertices, seed=seed)
    put_layer(Workspace(home), data, record, made, vintage="", inputs=())


@click.command(help=__doc__)
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--areas", default=13_806, show_default=True)
@click.option("--vertices", default=85, show_default=True)
def main(folder: Path, areas: int, vertices: int) -> None:
    write(folder, areas, vertices=vertices)


if __name__ == "__main__":
    main()
