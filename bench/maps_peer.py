"""
The map as one writes it first with streamlit-folium: geometry and colours in the map itself.

A peer for `bench/maps.py`, which runs it with `streamlit run bench/maps_peer.py`. Values come from
the same services and are kept, so that only the drawing differs.
"""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path

import folium
import numpy as np
import streamlit as st
from streamlit_folium import st_folium

from revital.charts import theme
from revital.services.data import open_data
from revital.services.map_classes import NO_DATA
from revital.services.mapping import map_view

# What it would fetch from other hosts comes from this machine.
ASSETS = os.environ.get("PEER_ASSETS", "")
for kind in ("default_js", "default_css"):
    links = getattr(folium.Map, kind)
    setattr(folium.Map, kind, [(n, f"{ASSETS}/{u.rpartition('/')[2]}") for n, u in links])

CHOICES = ["low_income", "population_density", "small_dwellings", "large_dwellings"]

territory = st.query_params.get("territoire", "saint-philippe")


@st.cache_data
def shapes(layer_id: str) -> str:
    """Return the outlines as GeoJSON."""
    return open_data().layers.read_shapes(layer_id, ["unit_id", "name", "geometry"]).to_json()


@st.cache_data
def coloured(indicator: str, place: str) -> tuple[str, dict[str, str], dict[str, str]]:
    """Return the layer, the colour of each area and its value in words."""
    shown = map_view(open_data(), indicator, place, "da", Path(tempfile.gettempdir()) / "peer")
    palette = theme.classes(shown.indicator.palette, max(len(shown.classes), 2))
    codes = np.frombuffer(shown.codes, dtype=np.uint8)
    fills = {
        id_: "#cccccc" if code == NO_DATA else palette[code]
        for id_, code in zip(shown.outlines.ids, codes, strict=True)
    }
    values = {
        id_: "" if value is None else f"{value:.3g}"
        for id_, value in zip(shown.outlines.ids, shown.values, strict=True)
    }
    return shown.outlines.layer.id, fills, values


st.title("Map")
indicator = st.selectbox("Indicator", CHOICES)
layer, fills, values = coloured(indicator, territory)
geo = json.loads(shapes(layer))
for feature in geo["features"]:
    feature["properties"]["value"] = values[feature["properties"]["unit_id"]]
made = folium.Map(location=[46.35, -72.55], zoom_start=12, tiles=None)
drawn = folium.GeoJson(
    geo,
    style_function=lambda f: {
        "fillColor": fills[f["properties"]["unit_id"]],
        "fillOpacity": 0.85,
        "color": "#ffffff",
        "weight": 0.5,
    },
    tooltip=folium.GeoJsonTooltip(["name", "value"]),
)
drawn.add_to(made)
made.fit_bounds(drawn.get_bounds())
st_folium(made, returned_objects=["last_clicked"], key="map", height=540, use_container_width=True)
