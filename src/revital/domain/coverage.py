"""Outlines that share their edges: mended, simplified together, with no gap nor overlap."""

from __future__ import annotations

import numpy as np
import shapely

#: Decimals of a degree kept in outlines: 5 are about a metre.
DECIMALS = 5
#: Degrees; a gap narrower than this between neighbours is a fault of the file, not a river.
GAP_WIDTH = 2e-4


def _polygonal(geometry: shapely.Geometry) -> shapely.Geometry:
    parts = [p for p in shapely.get_parts(geometry) if p.geom_type in ("Polygon", "MultiPolygon")]
    return shapely.union_all(parts)


def _rounded(polygons: np.ndarray, decimals: int) -> np.ndarray:
    return shapely.transform(polygons, lambda xy: np.round(xy, decimals))


def is_coverage(polygons: np.ndarray) -> bool:
    """
    Return whether neighbours share their edges exactly, without overlap.

    Parameters
    ----------
    polygons : array of Polygon or MultiPolygon
    """
    return bool(
        shapely.is_valid(polygons).all()
        and not shapely.is_empty(polygons).any()
        and shapely.coverage_is_valid(polygons)
    )


def mend_coverage(polygons: np.ndarray, decimals: int = DECIMALS) -> np.ndarray:
    """
    Round outlines to a grid and make neighbours share their edges exactly.

    Parameters
    ----------
    polygons : array of Polygon or MultiPolygon
        In degrees. Slivers of overlap, and gaps narrower than `GAP_WIDTH`, go to the neighbour
        with the longest common border.
    decimals : int

    Returns
    -------
    array of Polygon or MultiPolygon, in the same order

    Notes
    -----
    Rounding before simplifying keeps the grid: simplification only drops vertices.
    """
    rounded = shapely.make_valid(_rounded(polygons, decimals))
    mixed = ~np.isin(shapely.get_type_id(rounded), (3, 6))
    rounded[mixed] = [_polygonal(g) for g in rounded[mixed]]
    if is_coverage(rounded):
        return rounded
    cleaned = shapely.coverage_clean(
        rounded, gap_width=GAP_WIDTH, snapping_distance=10.0**-decimals
    )
    return _rounded(np.asarray(cleaned), decimals)


def simplify_outlines(polygons: np.ndarray, tolerance: float) -> np.ndarray:
    """
    Simplify the outlines of a coverage so that neighbours still share their edges.

    Parameters
    ----------
    polygons : array of Polygon or MultiPolygon
        In degrees, a coverage (see `mend_coverage`).
    tolerance : float
        Degrees; a vertex goes when the triangle it makes with its neighbours is smaller than the
        square of it (Visvalingam-Whyatt).

    Returns
    -------
    array of Polygon or MultiPolygon, normalized, in the same order

    References
    ----------
    GEOS `CoverageSimplifier`; Visvalingam and Whyatt (1993).
    """
    return shapely.normalize(shapely.coverage_simplify(polygons, tolerance))
