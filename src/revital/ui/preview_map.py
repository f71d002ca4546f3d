"""A still map of a few places or limits, before anything is kept."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from urllib.parse import quote

import shapely
import streamlit as st

from revital.charts import theme
from revital.errors import UserError
from revital.maps.vector import VectorMap, VectorPoint
from revital.maps.vector import draw as vector
from revital.services.imports.counting import territory_shape
from revital.services.imports.reading import Context
from revital.ui import cache
from revital.ui.state import View

WIDTH, HEIGHT = 640, 420
_MOST = 200


def draw(
    view: View,
    spots: Sequence[tuple[float, float]] = (),
    limits: shapely.Geometry | None = None,
) -> None:
    """
    Draw places (numbered in their order) or limits, with the territory behind them.

    Parameters
    ----------
    spots : sequence of (lat, lon), degrees
    limits : polygon (EPSG:4326), optional
    """
    t = view.t
    shapes = _ground(view)
    codes = [0] * len(shapes)
    inside: list[int] = []
    here: list[shapely.Geometry] = []
    try:
        here.append(territory_shape(Context(cache.data(), view.territory)))
        inside.append(len(shapes))
        shapes += here
        codes.append(1)
    except UserError as error:
        # Without an outline the places are still drawn, on an empty ground.
        st.caption(t.error(error))
    if limits is not None:
        inside = [len(shapes)]
        shapes.append(limits)
        codes.append(2)
    dots = [shapely.Point(lon, lat).buffer(0.002) for lat, lon in spots[:_MOST]]
    seen = shapely.union_all([*([limits] if limits is not None else here), *dots])
    marks = [
        VectorPoint(lat, lon, i, theme.PALETTES["assets"][4])
        for i, (lat, lon) in enumerate(spots[:_MOST], start=1)
    ]
    content = VectorMap(
        shapes=shapes,
        codes=bytes(codes),
        colours=("#FFFFFF", theme.PALETTES["context"][1], theme.PALETTES["need"][0]),
        hatch=("#FFFFFF", "#8A8F98"),
        inside=inside,
        bounds=tuple(float(x) for x in seen.bounds),  # type: ignore[arg-type]
        title=t("Aperçu : {n} lieux", n=t.number(len(spots)))
        if limits is None
        else t("Aperçu des limites"),
        points=marks,
        numbered=False,
    )
    st.html(picture(vector(content, WIDTH, HEIGHT, marker="rv-own"), content.title))


def _ground(view: View) -> list[shapely.Geometry]:
    """Return the areas of the city, so that land is not taken for water."""
    place = view.catalogue.place(view.catalogue.territory(view.territory).place)
    layer = place.outlines.get("da")
    if layer is None or not cache.data().layers.has(layer):
        return []
    return list(cache.data().layers.read_shapes(layer).geometry.values)


def picture(drawing: str, title: str) -> str:
    """Return an SVG map as a picture of its own: the page cleans inline SVG away."""
    return (
        f'<img class="rv-preview-map" src="data:image/svg+xml,{quote(drawing)}" '
        f'alt="{escape(title)}" style="width:100%;max-width:45rem;height:auto">'
    )
