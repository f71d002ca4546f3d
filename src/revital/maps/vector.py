"""
A map of areas as an SVG picture: for paper, for a slide, for another program.

The frame is a plate carrée stretched at its middle latitude: at the size of a city distances are
true to better than one in two hundred, and north is straight up.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape

import numpy as np
import shapely

#: Class code of an area without a value.
NO_DATA = 255
#: Metres of a degree of latitude (mean radius of the Earth).
METRES_PER_DEGREE = 6_371_009 * math.pi / 180
WATER = "#DCE9EE"
INK = "#1B2430"
FONT = "Atkinson Hyperlegible Next, Atkinson, sans-serif"
#: Steps of a scale bar, times a power of ten.
_STEPS = (1, 2, 5)


@dataclass(frozen=True)
class VectorLabel:
    """A name written on the map; `kind` is `place`, `small` or `water`."""

    text: str
    lat: float
    lon: float
    kind: str = "place"


@dataclass(frozen=True)
class VectorPoint:
    """A place; `number` 0 writes none; `shape` is `disc`, `ring`, `square` or `diamond`."""

    lat: float
    lon: float
    number: int
    colour: str
    shape: str = "disc"


@dataclass(frozen=True)
class VectorMap:
    """
    What an SVG map draws.

    Attributes
    ----------
    shapes : sequence of shapely polygons
        In degrees (EPSG:4326), in the order of `codes`.
    codes : bytes
        Class of each area, 0 to k-1; 255 = no data, hatched.
    colours : sequence of str
        Colour of each class.
    hatch : (str, str)
        Background and line of the hatch.
    inside : sequence of int
        Areas of the territory, outlined together.
    bounds : tuple of float
        West, south, east, north (degrees) that must be seen; the frame shows more on one axis.
    title : str
        What a screen reader says of the picture.
    north, scale_unit_m, scale_unit_km : str
        Letter of the arrow and units of the bar.
    numbered : bool
        Whether the number of its class is written on each area wide enough: a map that is read
        without colours.
    text : float
        How many times larger than on a half page the letters are.
    """

    shapes: Sequence[shapely.Geometry]
    codes: bytes
    colours: Sequence[str]
    hatch: tuple[str, str]
    inside: Sequence[int]
    bounds: tuple[float, float, float, float]
    title: str
    streets: Sequence[shapely.Geometry] = ()
    barriers: Sequence[shapely.Geometry] = ()
    labels: Sequence[VectorLabel] = ()
    points: Sequence[VectorPoint] = ()
    north: str = "N"
    scale_unit_m: str = "m"
    scale_unit_km: str = "km"
    numbered: bool = True
    text: float = 1
    description: str = field(default="")


@dataclass(frozen=True)
class Frame:
    """
    From degrees to points of the picture.

    Attributes
    ----------
    west, north : float
        Corner (degrees).
    per_lon, per_lat : float
        Points per degree.
    metres : float
        Metres per point.
    """

    west: float
    north: float
    per_lon: float
    per_lat: float
    width: float
    height: float
    metres: float

    @property
    def box(self) -> tuple[float, float, float, float]:
        """West, south, east, north of the frame (degrees)."""
        return (
            self.west,
            self.north - self.height / self.per_lat,
            self.west + self.width / self.per_lon,
            self.north,
        )

    def xy(self, lon: float, lat: float) -> tuple[float, float]:
        """Return a point of the picture."""
        return (lon - self.west) * self.per_lon, (self.north - lat) * self.per_lat


def frame(bounds: tuple[float, float, float, float], width: float, height: float) -> Frame:
    """Return the frame of a size that holds `bounds` in its middle."""
    west, south, east, north = bounds
    stretch = math.cos(math.radians((south + north) / 2))
    spread = max(east - west, 1e-6) * stretch
    rise = max(north - south, 1e-6)
    per_lat = min(width / spread, height / rise)
    per_lon = per_lat * stretch
    lon, lat = (west + east) / 2, (south + north) / 2
    return Frame(
        west=lon - width / per_lon / 2,
        north=lat + height / per_lat / 2,
        per_lon=per_lon,
        per_lat=per_lat,
        width=width,
        height=height,
        metres=METRES_PER_DEGREE / per_lat,
    )


def scale_length(metres_per_point: float, most: float) -> float:
    """Return the longest round length (1, 2 or 5 times a power of ten, metres) under `most`."""
    room = metres_per_point * most
    power = 10 ** math.floor(math.log10(room))
    return max(step * power for step in _STEPS if step * power <= room)


def draw(content: VectorMap, width: float, height: float, *, marker: str = "rv") -> str:
    """
    Return the map as SVG.

    Parameters
    ----------
    content : VectorMap
    width, height : float
        Size of the frame in points.
    marker : str
        Prefix of the ids inside, so that two maps can stand on one page.

    Returns
    -------
    str
        A whole `<svg>` element; every text is escaped.
    """
    body = picture(content, width, height, marker=marker)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" '
        f'width="{width:g}" height="{height:g}" role="img" aria-label="{escape(content.title)}">'
        f"<title>{escape(content.title)}</title><desc>{escape(content.description)}</desc>"
        f"{body}</svg>"
    )


def picture(content: VectorMap, width: float, height: float, *, marker: str = "rv") -> str:
    """Return the inside of the map: definitions, areas, streets, names, scale and north."""
    at = frame(content.bounds, width, height)
    parts = [
        f'<defs><clipPath id="{marker}-frame"><rect width="{width:g}" height="{height:g}"/>'
        f"</clipPath>{hatch_pattern(content.hatch, f'{marker}-none')}</defs>",
        f'<g clip-path="url(#{marker}-frame)">',
        f'<rect width="{width:g}" height="{height:g}" fill="{WATER}"/>',
        _areas(content, at, marker),
        _streets(content, at),
        _territory(content, at),
        _barriers(content, at),
        _numbers(content, at) if content.numbered else "",
        _labels(content, at),
        _points(content, at),
        "</g>",
        _scale(content, at),
        _north(content, at),
        f'<rect x=".5" y=".5" width="{width - 1:g}" height="{height - 1:g}" fill="none" '
        'stroke="#8A8F98" stroke-width="1"/>',
    ]
    return "".join(parts)


def hatch_pattern(hatch: tuple[str, str], id_: str) -> str:
    """Return the pattern of areas without a value: lines at 45 degrees."""
    ground, line = hatch
    return (
        f'<pattern id="{id_}" width="5" height="5" patternUnits="userSpaceOnUse">'
        f'<rect width="5" height="5" fill="{ground}"/>'
        f'<path d="M-1 6 6 -1M-1 1 1 -1M4 6 6 4" stroke="{line}" stroke-width=".9"/></pattern>'
    )


def _path(shape: shapely.Geometry, at: Frame) -> str:
    parts = []
    for piece in shapely.get_parts(shape):
        if piece.geom_type == "Polygon":
            rings = [piece.exterior, *piece.interiors]
            parts += [_line(shapely.get_coordinates(r), at, close=True) for r in rings]
        elif piece.geom_type in ("LineString", "LinearRing"):
            parts.append(_line(shapely.get_coordinates(piece), at, close=False))
    return "".join(parts)


def _line(degrees: np.ndarray, at: Frame, *, close: bool) -> str:
    x = np.round((degrees[:, 0] - at.west) * at.per_lon, 1)
    y = np.round((at.north - degrees[:, 1]) * at.per_lat, 1)
    # Two vertices on the same tenth of a point are one.
    keep = np.ones(len(x), dtype=bool)
    keep[1:] = (np.diff(x) != 0) | (np.diff(y) != 0)
    x, y = x[keep], y[keep]
    if len(x) < 2:
        return ""
    text = "L".join(f"{a:g} {b:g}" for a, b in zip(x, y, strict=True))
    return f"M{text}Z" if close else f"M{text}"


def _clipped(shapes: Sequence[shapely.Geometry], at: Frame) -> list[shapely.Geometry]:
    west, south, east, north = at.box
    # A little more than the frame, so that cut edges stay out of sight.
    dx, dy = 4 / at.per_lon, 4 / at.per_lat
    cut = shapely.clip_by_rect(np.asarray(shapes), west - dx, south - dy, east + dx, north + dy)
    return list(cut)


def _areas(content: VectorMap, at: Frame, marker: str) -> str:
    out = []
    for shape, code in zip(_clipped(content.shapes, at), content.codes, strict=True):
        if shapely.is_empty(shape):
            continue
        fill = f"url(#{marker}-none)" if code == NO_DATA else content.colours[code]
        out.append(f'<path d="{_path(shape, at)}" fill="{fill}"/>')
    return (
        '<g stroke="#FFFFFF" stroke-width=".6" stroke-linejoin="round" fill-rule="evenodd">'
        f"{''.join(out)}</g>"
    )


def _streets(content: VectorMap, at: Frame) -> str:
    if not len(content.streets):
        return ""
    d = "".join(_path(s, at) for s in _clipped(content.streets, at) if not shapely.is_empty(s))
    return (
        f'<path d="{d}" fill="none" stroke="#FFFFFF" stroke-opacity=".8" stroke-width="1.2" '
        'stroke-linecap="round"/>'
    )


def _barriers(content: VectorMap, at: Frame) -> str:
    if not len(content.barriers):
        return ""
    lines = [b.boundary if b.geom_type.endswith("Polygon") else b for b in content.barriers]
    d = "".join(_path(s, at) for s in _clipped(lines, at) if not shapely.is_empty(s))
    return (
        f'<path d="{d}" fill="none" stroke="#FFFFFF" stroke-width="5"/>'
        f'<path d="{d}" fill="none" stroke="{INK}" stroke-width="2.6" stroke-dasharray="6 4"/>'
    )


def _territory(content: VectorMap, at: Frame) -> str:
    if not content.inside or len(content.inside) == len(content.codes):
        return ""
    whole = shapely.coverage_union_all([content.shapes[i] for i in content.inside])
    (cut,) = _clipped([whole], at)
    d = _path(cut, at)
    return (
        f'<path d="{d}" fill="none" stroke="#FFFFFF" stroke-width="4" stroke-linejoin="round"/>'
        f'<path d="{d}" fill="none" stroke="{INK}" stroke-width="1.8" stroke-linejoin="round"/>'
    )


def _numbers(content: VectorMap, at: Frame) -> str:
    out = []
    k = content.text
    for shape, code in zip(_clipped(content.shapes, at), content.codes, strict=True):
        if shapely.is_empty(shape) or code == NO_DATA:
            continue
        where = shapely.maximum_inscribed_circle(shape, tolerance=2 / at.per_lat)
        radius = shapely.length(where) * at.per_lon
        if radius < 7 * k:
            continue
        lon, lat = shapely.get_coordinates(where)[0]
        x, y = at.xy(lon, lat)
        if not (6 < x < at.width - 6 and 6 < y < at.height - 6) or _under_scale(x / k, y, at, k):
            continue
        out.append(
            f'<text x="{x:.1f}" y="{y + 2.6 * k:.1f}" fill="{_readable(content.colours[code])}">'
            f"{code + 1}</text>"
        )
    return (
        f'<g font-family="{FONT}" font-size="{7.5 * k:g}" text-anchor="middle">{"".join(out)}</g>'
    )


def _under_scale(x: float, y: float, at: Frame, k: float) -> bool:
    low_left = x < at.width / 3.5 / k + 20 and y > at.height - 28 * k
    return low_left or (x > at.width / k - 32 and y < 42 * k)


def _readable(colour: str) -> str:
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return INK if 0.299 * red + 0.587 * green + 0.114 * blue > 140 else "#FFFFFF"


def _labels(content: VectorMap, at: Frame) -> str:
    out = []
    for label in content.labels:
        x, y = at.xy(label.lon, label.lat)
        if not (20 < x < at.width - 20 and 10 < y < at.height - 10):
            continue
        look = (
            f'font-style="italic" fill="#2B5B70" font-size="{8 * content.text:g}"'
            if label.kind == "water"
            else f'font-weight="{400 if label.kind == "small" else 600}" fill="{INK}" '
            f'font-size="{(7.5 if label.kind == "small" else 9.5) * content.text:g}"'
        )
        text = escape(label.text)
        where = f'x="{x:.1f}" y="{y:.1f}"'
        # The halo is a second text: not every program knows paint-order.
        out.append(
            f'<text {where} {look} stroke="#FFFFFF" stroke-width="2.6" stroke-linejoin="round" '
            f'aria-hidden="true">{text}</text><text {where} {look}>{text}</text>'
        )
    return f'<g font-family="{FONT}" text-anchor="middle">{"".join(out)}</g>'


def _points(content: VectorMap, at: Frame) -> str:
    out = []
    for point in content.points:
        x, y = at.xy(point.lon, point.lat)
        if not (0 <= x <= at.width and 0 <= y <= at.height):
            continue
        out.append(mark(x, y, point.colour, point.shape, 6 if point.number else 4.5))
        if point.number:
            fill = "#FFFFFF" if point.shape != "ring" else INK
            out.append(f'<text x="{x:.1f}" y="{y + 2.5:.1f}" fill="{fill}">{point.number}</text>')
    return (
        f'<g font-family="{FONT}" font-size="7" font-weight="600" text-anchor="middle">'
        f"{''.join(out)}</g>"
    )


def mark(x: float, y: float, colour: str, shape: str, radius: float) -> str:
    """Return the mark of a place: shapes tell kinds apart without colour."""
    if shape == "ring":
        return (
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius - 1:g}" fill="#FFFFFF" '
            f'stroke="{colour}" stroke-width="2"/>'
        )
    edge = f'fill="{colour}" stroke="#FFFFFF" stroke-width="1.2"/>'
    if shape == "square":
        side = 2 * radius
        return (
            f'<rect x="{x - radius:.1f}" y="{y - radius:.1f}" width="{side:g}" '
            f'height="{side:g}" {edge}'
        )
    if shape == "diamond":
        r = radius * 1.35
        return f'<path d="M{x:.1f} {y - r:.1f}l{r:g} {r:g}-{r:g} {r:g}-{r:g}-{r:g}z" {edge}'
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:g}" {edge}'


def _scale(content: VectorMap, at: Frame) -> str:
    k = content.text
    metres = scale_length(at.metres, at.width / 3.5)
    length = metres / at.metres / k
    text = (
        f"{metres / 1000:g} {content.scale_unit_km}"
        if metres >= 1000
        else f"{metres:g} {content.scale_unit_m}"
    )
    return (
        f'<g transform="translate(0 {at.height:g}) scale({k:g})" font-family="{FONT}" '
        f'font-size="7.5" fill="{INK}">'
        f'<rect x="5" y="-21" width="{length + 10:.1f}" height="17" rx="2" fill="#FFFFFF" '
        'fill-opacity=".85"/>'
        f'<path d="M10 -12V-9H{10 + length:.1f}V-12" fill="none" stroke="{INK}"/>'
        f'<text x="{10 + length / 2:.1f}" y="-13" text-anchor="middle">{escape(text)}</text></g>'
    )


def _north(content: VectorMap, at: Frame) -> str:
    return (
        f'<g transform="translate({at.width:g} 0) scale({content.text:g})" '
        f'font-family="{FONT}" font-size="8" font-weight="600" fill="{INK}">'
        '<rect x="-26" y="5" width="20" height="29" rx="2" fill="#FFFFFF" fill-opacity=".85"/>'
        '<path d="M-16 8l5 13-5-3.2-5 3.2z"/>'
        f'<text x="-16" y="31" text-anchor="middle">{escape(content.north)}</text></g>'
    )
