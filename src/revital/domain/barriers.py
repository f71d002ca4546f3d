"""
Straight lines that go round what cannot be crossed on foot: a railway, a river, a fenced yard.

Without a street layer nothing says where people cross, so the shortest way round is taken: from
corner to corner of the barriers, each step in sight of the next (a visibility graph). The way round
the end of a line counts. On a street layer barriers cut the streets instead (`network`).
"""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse.csgraph import shortest_path

from revital.domain.cost_matrix import FloatArray
from revital.errors import ValuesError

#: Lines get a width so that a corner has two sides and none is slipped through.
_HALF_WIDTH_M = 0.5
#: A little less: a step along the edge of a barrier does not touch it.
_BLOCKED_M = 0.45
MOST_CORNERS = 400
_CHUNK = 200_000


def walk_round(
    from_m: FloatArray, to_m: FloatArray, direct_m: FloatArray, barriers: shapely.Geometry
) -> FloatArray:
    """
    Return distances that go round barriers.

    Parameters
    ----------
    from_m, to_m : ndarray, shape (n, 2) and (m, 2)
        Metres, one metric system; a point without coordinates stays unreachable.
    direct_m : ndarray, shape (n, m)
        Straight-line distances.
    barriers : geometry
        Lines and polygons in the same system.

    Returns
    -------
    ndarray, shape (n, m)
        `direct_m` where the line is free, the shortest way round where it is not, infinity where
        there is none (a point inside a closed barrier).

    Raises
    ------
    ValuesError
        When the barriers have more than `MOST_CORNERS` corners.
    """
    outline = shapely.buffer(barriers, _HALF_WIDTH_M, cap_style="square", join_style="mitre")
    solid = shapely.buffer(barriers, _BLOCKED_M, cap_style="square", join_style="mitre")
    corners = np.unique(shapely.get_coordinates(outline), axis=0)
    if len(corners) > MOST_CORNERS:
        raise ValuesError(
            "Les barrières ont {n} coins ; il en faut au plus {most}. Simplifiez les lignes.",
            n=len(corners),
            most=MOST_CORNERS,
        )
    shapely.prepare(solid)
    row, column = _blocked_pairs(from_m, to_m, solid)
    result = np.array(direct_m, dtype=float)
    if not len(row):
        return result
    rows, row_at = np.unique(row, return_inverse=True)
    columns, column_at = np.unique(column, return_inverse=True)
    between = _in_sight(corners, corners, solid)
    between[~np.isfinite(between)] = 0.0  # no arc, for scipy
    corner_to_corner = shortest_path(between, directed=False)
    first = _in_sight(from_m[rows], corners, solid)
    last = _in_sight(to_m[columns], corners, solid)
    # First step, then the best of the corners, kept per origin; last step per pair.
    reached = np.full_like(first, np.inf)
    for k in range(len(corners)):
        np.minimum(reached, first[:, [k]] + corner_to_corner[k], out=reached)
    best = np.full(len(row), np.inf)
    for k in range(len(corners)):
        np.minimum(best, reached[row_at, k] + last[column_at, k], out=best)
    result[row, column] = best
    return result


def _in_sight(a: FloatArray, b: FloatArray, solid: shapely.Geometry) -> FloatArray:
    """Return the distances of the pairs that see each other, infinity for the others."""
    distance = np.hypot(a[:, None, 0] - b[None, :, 0], a[:, None, 1] - b[None, :, 1])
    distance[_blocked_pairs(a, b, solid)] = np.inf
    distance[~np.isfinite(distance)] = np.inf
    return distance


def _blocked_pairs(
    a: FloatArray, b: FloatArray, solid: shapely.Geometry
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the pairs whose straight line meets the barriers."""
    west, south, east, north = shapely.bounds(solid)
    rows, columns = [], []
    step = max(1, _CHUNK // max(len(b), 1))
    for start in range(0, len(a), step):
        some = a[start : start + step]
        x = some[:, None, 0], b[None, :, 0]
        y = some[:, None, 1], b[None, :, 1]
        # Only lines whose box meets that of the barriers are looked at closely.
        meets = (np.minimum(*x) <= east) & (np.maximum(*x) >= west)
        meets &= (np.minimum(*y) <= north) & (np.maximum(*y) >= south)
        i, j = np.nonzero(meets)
        if not len(i):
            continue
        lines = shapely.linestrings(np.stack([some[i], b[j]], axis=1))
        hit = shapely.intersects(solid, lines)
        rows.append(i[hit] + start)
        columns.append(j[hit])
    nothing = np.zeros(0, dtype=np.intp)
    return np.concatenate([nothing, *rows]), np.concatenate([nothing, *columns])
