"""A folium map of areas that asks nothing of another host, recoloured by a small feature group."""

from __future__ import annotations

from typing import Any

import folium
from branca.element import MacroElement
from jinja2 import Template

from revital.maps import choropleth


class LocalMap(folium.Map):
    """A folium map that asks nothing of another host."""

    _name = "Map"

    def __init__(self, static_url: str, **options: Any) -> None:
        super().__init__(**options)
        self._name = "Map"
        self.default_js = [("leaflet", f"{static_url}/vendor/leaflet/leaflet.js")]
        self.default_css = [("leaflet_css", f"{static_url}/vendor/leaflet/leaflet.css")]


class _Script(MacroElement):
    _template = Template(
        "{% macro script(this, kwargs) %}{{ this.source }}\n"
        "window.revitalMap.open({{ this._parent.get_name() }}, {{ this.config }});"
        "{% endmacro %}"
    )

    def __init__(self, source: str, config: str) -> None:
        super().__init__()
        self._name = "Choropleth"
        self.source = source
        self.config = config


class _Change(MacroElement):
    _template = Template(
        "{% macro script(this, kwargs) %}window.revitalMap.update({{ this.change }});{% endmacro %}"
    )

    def __init__(self, change: str) -> None:
        super().__init__()
        self._name = "Change"
        self.change = change


def base_map(base: choropleth.MapBase) -> LocalMap:
    """Return the map without its values; the same `base` gives the same script, to the letter."""
    west, south, east, north = base.bounds
    made = LocalMap(
        base.static_url,
        location=[(south + north) / 2, (west + east) / 2],
        zoom_start=12,
        tiles=None,
        attributionControl=False,
        scrollWheelZoom=False,
        prefer_canvas=True,
        zoomSnap=0.5,
    )
    if base.script_file:
        made.default_js.append(("revital_map", f"{base.static_url}/geo/{base.script_file}"))
    source = "" if base.script_file else choropleth.script()
    made.add_child(_Script(source, choropleth.as_json(choropleth.config(base))))
    return made


def change_group(change: choropleth.MapChange) -> folium.FeatureGroup:
    """Return the feature group that carries a change."""
    group = folium.FeatureGroup(name="revital")
    group.add_child(_Change(choropleth.as_json(choropleth.change_body(change))))
    return group
