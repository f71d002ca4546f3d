"""
Outlines of many areas as levels of detail: small whole numbers that a browser draws at once.

A level holds every area, simplified together so that neighbours keep their common border
(coverage simplification), on a grid of the Web Mercator plane (EPSG:3857 scaled to `2 ** bits`
steps from west to east and from north to south). It is written as differences in whole numbers of
variable length, in the order of the areas:

    for each area: number of rings
        for each ring: number of vertices, then for each the steps east and south from the last

Steps carry their sign in the lowest bit (0, -1, 1, -2… become 0, 1, 2, 3…); numbers are written
seven bits at a time, the lowest first, the eighth bit saying that more follow. Holes and parts are
rings alike: an area is what an odd number of its rings enclose. The closing vertex is left out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

#: Detail of each level: the highest zoom it is drawn at (None for the last), and its grid.
#: Four steps to a pixel of 256-pixel tiles at that zoom; the last stands for 0.6 m on the equator.
LEVELS: tuple[tuple[int | None, int], ...] = ((8, 18), (12, 22), (None, 26))
#: Side of the details dropped at a level, in steps of its grid (one pixel).
_TOLERANCE_STEPS = 4
_MOST_BYTES = 5


@dataclass(frozen=True)
class EncodedLevel:
    """
    One level of detail.

    Attributes
    ----------
    until : int or None
        Highest zoom of the map at which the level is drawn; None for the finest.
    bits : int
        The plane is `2 ** bits` steps wide.
    rings, points : int
        How many there are, so that a reader can make room for them.
    body : bytes
    """

    until: int | None
    bits: int
    rings: int
    points: int
    body: bytes


def to_grid(coordinates: np.ndarray, bits: int) -> np.ndarray:
    """
    Project longitudes and latitudes (degrees) on the grid of a level.

    Parameters
    ----------
    coordinates : array (n, 2)
        EPSG:4326, longitude first; latitudes between -85 and 85 degrees.

    Returns
    -------
    array (n, 2) of float
        Steps east of 180° W and south of 85.05° N.
    """
    size = float(2**bits)
    sine = np.sin(np.radians(coordinates[:, 1]))
    east = (coordinates[:, 0] + 180) / 360
    south = 0.5 - np.log((1 + sine) / (1 - sine)) / (4 * np.pi)
    return np.column_stack([east * size, south * size])


def encode_levels(shapes: np.ndarray) -> list[EncodedLevel]:
    """
    Write areas as levels of detail, coarse to fine.

    Parameters
    ----------
    shapes : array of shapely polygons or multipolygons
        EPSG:4326, a valid coverage (neighbours share their vertices), none empty.

    Returns
    -------
    list of EncodedLevel
        As `LEVELS`. An area too small for a grid keeps one vertex at least.
    """
    out = []
    for until, bits in LEVELS:
        drawn = shapely.transform(shapes, lambda xy, bits=bits: to_grid(xy, bits))
        if until is not None:
            drawn = shapely.coverage_simplify(drawn, _TOLERANCE_STEPS)
        out.append(encode(drawn, bits, until))
    return out


def encode(shapes: np.ndarray, bits: int, until: int | None = None) -> EncodedLevel:
    """
    Write areas already on the grid of a level, rounded to whole steps.

    Parameters
    ----------
    shapes : array of shapely polygons or multipolygons
        In steps of the grid (`to_grid`).
    bits : int
    until : int, optional
    """
    count = len(shapes)
    parts, area_of_part = shapely.get_parts(shapes, return_index=True)
    rings, part_of_ring = shapely.get_rings(parts, return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    steps = np.rint(xy).astype(np.int64)
    area_of_ring = area_of_part[part_of_ring]
    # Out go the closing vertex of each ring and vertices that fell on the one before.
    keep = np.ones(len(steps), dtype=bool)
    keep[np.flatnonzero(np.diff(ring, append=-1))] = False
    same = (np.diff(steps, axis=0) == 0).all(axis=1) & (np.diff(ring) == 0)
    keep[1:] &= ~same
    keep[np.flatnonzero(np.diff(ring, prepend=-1))] = True
    sizes = np.bincount(ring[keep], minlength=len(rings))
    # A ring with no inside is gone, save where it is all that an area has left.
    wide = sizes >= 3
    alive = np.bincount(area_of_ring[wide], minlength=count) > 0
    first = np.unique(area_of_ring, return_index=True)[1]
    stays = wide.copy()
    stays[first] |= ~alive[area_of_ring[first]]
    keep &= stays[ring]
    steps, ring = steps[keep], ring[keep]
    sizes, area_of_ring = sizes[stays], area_of_ring[stays]
    moves = np.diff(steps, axis=0, prepend=np.zeros((1, 2), dtype=np.int64))
    signed = (moves << 1) ^ (moves >> 63)
    body = _numbers(_stream(count, area_of_ring, sizes, signed))
    return EncodedLevel(until, bits, len(sizes), len(steps), body)


def _stream(
    count: int, area_of_ring: np.ndarray, sizes: np.ndarray, signed: np.ndarray
) -> np.ndarray:
    """Return counts and moves in the order in which they are read."""
    in_area = np.bincount(area_of_ring, minlength=count)
    before_ring = np.cumsum(sizes) - sizes
    # What stands ahead of a ring's size: sizes of areas up to its own, of rings before it, moves.
    at_ring = (area_of_ring + 1) + np.arange(len(sizes)) + 2 * before_ring
    rings_before = np.cumsum(in_area) - in_area
    points_before = np.concatenate([before_ring, [sizes.sum()]])[rings_before]
    at_area = np.arange(count) + rings_before + 2 * points_before
    out = np.empty(count + len(sizes) + signed.size, dtype=np.int64)
    moves = np.ones(len(out), dtype=bool)
    moves[at_area] = moves[at_ring] = False
    out[at_area], out[at_ring] = in_area, sizes
    out[moves] = signed.ravel()
    return out


def _numbers(values: np.ndarray) -> bytes:
    """Write numbers from 0 to 2³²-1 seven bits at a time."""
    length = np.ones(len(values), dtype=np.int64)
    for more in range(1, _MOST_BYTES):
        length += values >= (1 << (7 * more))
    start = np.cumsum(length) - length
    out = np.zeros(int(length.sum()), dtype=np.uint8)
    for byte in range(_MOST_BYTES):
        here = length > byte
        bits = (values[here] >> (7 * byte)) & 127
        out[start[here] + byte] = bits | np.where(length[here] > byte + 1, 128, 0)
    return out.tobytes()
