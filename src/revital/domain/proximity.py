"""Straight-line distance from points to the nearest of other points, in a metric plane."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

Points = NDArray[np.float64]


def nearest_m(origins: Points, targets: Points) -> NDArray[np.float64]:
    """
    Return the distance from each origin to the nearest target.

    Parameters
    ----------
    origins, targets : arrays of shape (n, 2) and (m, 2)
        Metres, in the same projected coordinate system.

    Returns
    -------
    array of shape (n,)
        Metres; missing where an origin is missing, and everywhere when there is no target: the
        absence of a known place is not a distance.
    """
    found = np.full(len(origins), np.nan)
    known = np.isfinite(origins).all(axis=1)
    if len(targets) and known.any():
        found[known], _ = cKDTree(targets).query(origins[known])
    return found


def within(origins: Points, targets: Points, radius_m: float) -> list[list[int]]:
    """
    Return, for each origin, the positions of the targets at most `radius_m` away.

    An origin that is missing has an empty list.
    """
    known = np.isfinite(origins).all(axis=1)
    found: list[list[int]] = [[] for _ in range(len(origins))]
    if len(targets) and known.any():
        lists = cKDTree(targets).query_ball_point(origins[known], radius_m)
        for i, near in zip(np.flatnonzero(known), lists, strict=True):
            found[int(i)] = sorted(near)
    return found


def count_within(origins: Points, targets: Points, radius_m: float) -> NDArray[np.float64]:
    """
    Return how many targets lie at most `radius_m` from each origin.

    Returns
    -------
    array of float, shape (n,)
        Missing where an origin is missing; 0 is a true count of the targets given.
    """
    counts = np.array([len(near) for near in within(origins, targets, radius_m)], dtype="float64")
    counts[~np.isfinite(origins).all(axis=1)] = np.nan
    return counts
