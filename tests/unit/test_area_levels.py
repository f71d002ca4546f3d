"""Levels of detail of many areas: what is written reads back, neighbours keep their border."""

from __future__ import annotations

import gzip
import json
import struct

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from revital.catalogue.load import catalogue
from revital.domain import area_levels
from revital.domain.area_levels import LEVELS, encode, encode_levels, to_grid
from revital.services import outlines
from revital.services.data import Data
from revital.settings import PROJECT
from revital.store.layers import LayerStore

Ring = list[tuple[int, int]]


def read(body: bytes, count: int) -> list[list[Ring]]:
    """Read a level as its description says, one number at a time."""
    at = 0

    def number() -> int:
        nonlocal at
        value, shift = 0, 0
        while True:
            byte = body[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    x = y = 0
    out = []
    for _ in range(count):
        rings = []
        for _ in range(number()):
            ring: Ring = []
            for _ in range(number()):
                a, b = number(), number()
                x += (a >> 1) ^ -(a & 1)
                y += (b >> 1) ^ -(b & 1)
                ring.append((x, y))
            rings.append(ring)
        out.append(rings)
    assert at == len(body)
    return out


def rings_of(shape: shapely.Geometry) -> list[Ring]:
    parts = shapely.get_parts(shape)
    return [
        [(round(x), round(y)) for x, y in ring.coords[:-1]]
        for part in parts
        for ring in (part.exterior, *part.interiors)
    ]


whole = st.integers(0, 2**26 - 1)


@st.composite
def areas(draw) -> list[shapely.Geometry]:
    """Triangles, squares with a hole and areas of two parts, anywhere on the grid."""
    found = []
    for _ in range(draw(st.integers(1, 6))):
        x, y = draw(whole), draw(whole)
        size = draw(st.integers(10, 2**20))
        kind = draw(st.sampled_from(["triangle", "hole", "parts"]))
        square = shapely.box(x, y, x + size, y + size)
        inner = shapely.box(x + 2, y + 2, x + size - 2, y + size - 2)
        if kind == "triangle":
            found.append(shapely.Polygon([(x, y), (x + size, y), (x, y + size)]))
        elif kind == "hole":
            found.append(shapely.difference(square, inner))
        else:
            away = shapely.box(x + 2 * size, y, x + 3 * size, y + size)
            found.append(shapely.MultiPolygon([square, away]))
    return found


class TestWriting:
    @given(areas())
    @settings(max_examples=60)
    def test_what_is_written_reads_back(self, found):
        level = encode(np.array(found), 26)
        back = read(level.body, len(found))
        assert back == [rings_of(shape) for shape in found]
        assert level.rings == sum(len(rings) for rings in back)
        assert level.points == sum(len(ring) for rings in back for ring in rings)

    @given(st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=50))
    def test_numbers_of_every_length(self, values):
        body = area_levels._numbers(np.array(values, dtype=np.int64))
        got, value, shift = [], 0, 0
        for byte in body:
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                got.append(value)
                value = shift = 0
        assert got == values

    def test_an_area_smaller_than_a_step_keeps_a_vertex(self):
        tiny = shapely.box(5.1, 5.1, 5.2, 5.2)
        large = shapely.box(0, 0, 100, 100)
        speck = shapely.MultiPolygon([large, shapely.box(200.1, 200.1, 200.2, 200.2)])
        level = encode(np.array([tiny, speck]), 18)
        back = read(level.body, 2)
        assert back[0] == [[(5, 5)]]
        # A part that is gone is left out where the area has another.
        assert len(back[1]) == 1

    def test_the_grid_is_that_of_web_maps(self):
        corners = np.array([[-180.0, 0.0], [0.0, 0.0], [0.0, 85.0511287798066]])
        assert to_grid(corners, 8) == pytest.approx(np.array([[0, 128], [128, 128], [128, 0]]))


@pytest.fixture(scope="module")
def data() -> Data:
    return Data(catalogue(), LayerStore((PROJECT / "data" / "pack",)))


class TestLevels:
    def test_real_areas_get_coarser_together(self, data):
        shapes = np.asarray(data.layers.read_shapes("outlines_ct_442").geometry.values)
        levels = encode_levels(shapes)
        assert [(x.until, x.bits) for x in levels] == list(LEVELS)
        points = [x.points for x in levels]
        assert points[0] < points[1] <= points[2]
        for level in levels:
            back = read(level.body, len(shapes))
            grid = 2**level.bits
            assert all(0 <= x < grid and 0 <= y < grid for a in back for r in a for x, y in r)
            # Neighbours keep their common border: an edge is walked once each way, or is outer.
            walked: dict[tuple, int] = {}
            for rings in back:
                for ring in rings:
                    for a, b in zip(ring, [*ring[1:], ring[0]], strict=True):
                        walked[a, b] = walked.get((a, b), 0) + 1
            shared = sum((b, a) in walked for a, b in walked)
            assert shared > len(walked) / 4

    def test_many_areas_are_written_in_levels(self, data, tmp_path, monkeypatch):
        monkeypatch.setattr(outlines, "MOST_IN_ONE_FILE", 30)
        outlines._outlines.cache_clear()
        try:
            assert outlines.prepare(data, ["outlines_ct_442", "nowhere"], tmp_path) == [
                "outlines_ct_442"
            ]
            made = outlines.outlines(data, "outlines_ct_442", tmp_path)
            raw = gzip.decompress((tmp_path / "geo" / made.file).read_bytes())
            before = {p: p.stat().st_mtime_ns for p in (tmp_path / "geo").iterdir()}
            again = outlines.outlines(data, "outlines_ct_442", tmp_path)
            taken = outlines.feature_collection(data, made, 1e-3)
        finally:
            outlines._outlines.cache_clear()
        assert made.file.endswith(".areas.gz")
        length = struct.unpack("<I", raw[:4])[0]
        head = json.loads(raw[4 : 4 + length])
        # Shapes and names only: no figure of any kind is in a file that no sign-in guards.
        assert set(head) == {"ids", "names", "at", "levels"}
        assert head["ids"] == list(made.ids)
        assert len(read(raw[4 + length :], len(made.ids))) == len(made.ids)
        for about in head["levels"][1:]:
            body = gzip.decompress((tmp_path / "geo" / about["file"]).read_bytes())
            back = read(body, len(made.ids))
            assert sum(len(r) for a in back for r in a) == about["points"]
        # A second reader finds the files and writes nothing.
        assert again == made
        assert before == {p: p.stat().st_mtime_ns for p in (tmp_path / "geo").iterdir()}
        assert [f["properties"]["id"] for f in taken["features"]] == list(made.ids)
