"""
The map as one writes it with plotly: a choropleth map without tiles, drawn by `st.plotly_chart`.

A peer for `bench/maps.py`, which runs it with `streamlit run bench/maps_plotly_peer.py`. Values
come from the same services and are kept, so that only the drawing differs.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from revital.charts import theme
from revital.services.data import open_data
from revital.services.map_classes import NO_DATA
from revital.services.mapping import map_view

CHOICES = ["low_income", "population_density", "small_dwellings", "large_dwellings"]

territory = st.query_params.get("territoire", "saint-philippe")


@st.cache_data
def shapes(layer_id: str) -> dict:
    """Return the outlines as GeoJSON."""
    frame = open_data().layers.read_shapes(layer_id, ["unit_id", "name", "geometry"])
    return json.loads(frame.set_index("unit_id").to_json())


@st.cache_data
def coloured(indicator: str, place: str) -> tuple[str, list[str], list[int], list[str]]:
    """Return the layer, the areas, the class of each and the colours."""
    shown = map_view(open_data(), indicator, place, "da", Path(tempfile.gettempdir()) / "peer")
    codes = np.frombuffer(shown.codes, dtype=np.uint8).astype(int)
    palette = theme.classes(shown.indicator.palette, max(len(shown.classes), 2))
    known = np.where(codes == NO_DATA, -1, codes)
    return shown.outlines.layer.id, list(shown.outlines.ids), known.tolist(), list(palette)


st.title("Map")
indicator = st.selectbox("Indicator", CHOICES)
layer, ids, codes, palette = coloured(indicator, territory)
colours = ["#cccccc", *palette]
steps = [[x, c] for i, c in enumerate(colours) for x in (i / len(colours), (i + 1) / len(colours))]
geo = shapes(layer)
west, south, east, north = open_data().layers.read_shapes(layer, ["geometry"]).total_bounds
drawn = go.Choroplethmap(
    geojson=geo,
    locations=ids,
    z=codes,
    zmin=-1.5,
    zmax=len(palette) - 0.5,
    colorscale=steps,
    showscale=False,
    marker={"line": {"width": 0.5, "color": "#ffffff"}, "opacity": 0.85},
)
figure = go.Figure(drawn)
figure.update_layout(
    map={
        "style": "white-bg",
        "center": {"lat": (south + north) / 2, "lon": (west + east) / 2},
        "zoom": 9,
    },
    margin={"l": 0, "r": 0, "t": 0, "b": 0},
    height=540,
)
st.plotly_chart(figure, key="map")
