"""The way round barriers in straight lines: by hand, and what must always hold."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString, MultiLineString, Polygon

from revital.domain.barriers import walk_round
from revital.errors import ValuesError


def walk(a, b, barrier):
    a, b = np.asarray(a, float).reshape(-1, 2), np.asarray(b, float).reshape(-1, 2)
    direct = np.hypot(a[:, None, 0] - b[None, :, 0], a[:, None, 1] - b[None, :, 1])
    return walk_round(a, b, direct, barrier)


WALL = LineString([(0, -300), (0, 400)])


def test_a_wall_is_walked_round_by_its_nearer_end():
    # 3-4-5: 400 m to the wall, 300 m down to its end, the same on the other side.
    assert walk((-400, 0), (400, 0), WALL)[0, 0] == pytest.approx(1000, abs=2)
    # On one side, or past the end, the line is free and nothing changes.
    assert walk((-400, 0), (-10, 50), WALL)[0, 0] == pytest.approx(np.hypot(390, 50))
    assert walk((-400, 500), (400, 500), WALL)[0, 0] == 800


def test_a_corner_of_a_line_cannot_be_slipped_through():
    bent = LineString([(0, 500), (0, 0), (500, 0)])
    inside, outside = (100, 100), (-100, -100)
    # Round either end: 100, 100 -> 0, 500 -> -100, -100.
    want = np.hypot(100, 400) + np.hypot(100, 600)
    assert walk(inside, outside, bent)[0, 0] == pytest.approx(want, abs=3)


def test_a_yard_is_walked_round_and_who_is_inside_is_cut_off():
    yard = Polygon([(0, 0), (100, 0), (100, 100), (0, 100)])
    around = walk((-100, 50), (200, 50), yard)[0, 0]
    assert around == pytest.approx(100 + 2 * np.hypot(100, 50), abs=3)
    assert np.isinf(walk((50, 50), (200, 50), yard)[0, 0])
    ring = LineString(yard.exterior.coords)
    assert np.isinf(walk((50, 50), (200, 50), ring)[0, 0])
    assert walk((40, 50), (60, 50), ring)[0, 0] == pytest.approx(20)


def test_missing_coordinates_stay_unreachable_and_too_many_corners_are_refused():
    a = np.array([[np.nan, np.nan], [-400.0, 0.0]])
    result = walk_round(a, np.array([[400.0, 0.0]]), np.array([[np.inf], [800.0]]), WALL)
    assert np.isinf(result[0, 0])
    assert result[1, 0] > 800
    comb = MultiLineString([[(i, 0), (i, 1)] for i in range(0, 600, 3)])
    with pytest.raises(ValuesError, match="Simplifiez"):
        walk((0, -5), (0, 5), comb)


places = st.tuples(st.integers(-50, 50), st.integers(-50, 50)).map(
    lambda p: (10.0 * p[0] + 3, 10.0 * p[1] + 3)
)


@settings(max_examples=60, deadline=None)
@given(a=places, b=places, walls=st.lists(st.tuples(places, places), min_size=1, max_size=4))
def test_a_way_round_is_never_shorter_and_more_walls_never_shorten_it(a, b, walls):
    lines = [LineString(w) for w in walls if w[0] != w[1]]
    if not lines:
        return
    fewer, every = shapely.union_all(lines[:-1]), shapely.union_all(lines)
    there = walk(a, b, every)[0, 0]
    assert there >= np.hypot(a[0] - b[0], a[1] - b[1]) - 1e-6
    assert walk(b, a, every)[0, 0] == pytest.approx(there)
    if len(lines) > 1:
        assert there >= walk(a, b, fewer)[0, 0] - 1e-6
