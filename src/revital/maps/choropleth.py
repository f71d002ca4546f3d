"""
A folium map of areas that is drawn once and then only recoloured.

The map fetches its outlines from a static file; what changes (classes, selection, services shown)
travels in a small feature group. Everything the map needs is served by the app.
"""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from importlib import resources
from typing import Any

import folium
from branca.element import MacroElement
from jinja2 import Template


@dataclass(frozen=True)
class MapPoint:
    """A service on the map; its texts are shown as text, never as markup."""

    lat: float
    lon: float
    name: str
    note: str
    colour: str


@dataclass(frozen=True)
class MapLabel:
    """A name written on the map; `kind` is `place`, `small` or `water`."""

    text: str
    lat: float
    lon: float
    kind: str = "place"


@dataclass(frozen=True)
class MapBase:
    """
    What stays while indicators change.

    Attributes
    ----------
    static_url : str
        Address of the app's static folder, as seen from the map.
    outlines_file, streets_file : str
        Names under `geo/` in the static folder; an empty `streets_file` draws no street.
    stamp : str
        Hash of the outlines; values for other outlines are refused.
    bounds : tuple of float
        West, south, east, north (degrees).
    words : mapping
        `map`, `zoomIn`, `zoomOut`, `noData`, `pick`, `failed`, translated.
    tiles : mapping, optional
        `url` and `attribution` of online tiles, only when the user asked for them.
    script_file : str
        Name under `geo/` of the map's script, fetched once; empty puts the script in the map, and
        so in every message that carries the map.
    """

    static_url: str
    outlines_file: str
    stamp: str
    bounds: tuple[float, float, float, float]
    lang: str
    words: Mapping[str, str]
    attribution: str
    streets_file: str = ""
    labels: Sequence[MapLabel] = ()
    tiles: Mapping[str, str] | None = None
    script_file: str = ""


@dataclass(frozen=True)
class MapChange:
    """
    What travels when an indicator, a selection or a territory changes.

    Attributes
    ----------
    codes : bytes
        Class of each area in the order of the outlines; 255 = no data.
    colours : sequence of str
        Colour of each class.
    labels : sequence of str
        Value of each area in words.
    inside : sequence of int
        Areas of the territory, outlined.
    selected : int or None
    fit_key : str
        The view moves to `fit_bounds` when this changes.
    """

    stamp: str
    codes: bytes
    colours: Sequence[str]
    hatch: tuple[str, str]
    labels: Sequence[str]
    inside: Sequence[int]
    selected: int | None
    fit_key: str
    fit_bounds: tuple[float, float, float, float]
    points: Sequence[MapPoint] = field(default=())


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


@lru_cache(maxsize=1)
def script() -> str:
    """Return the JavaScript of the map."""
    return (resources.files("revital.maps") / "choropleth.js").read_text(encoding="utf-8")


def script_name() -> str:
    """Return the name of the script's file, which changes with its content."""
    return f"map-{hash_text(script())}.js"


def as_json(value: Any) -> str:
    """Return JSON that can stand inside a script: `<` never opens a tag there."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def base_map(base: MapBase) -> LocalMap:
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
    geo = f"{base.static_url}/geo"
    config = {
        "outlines": f"{geo}/{base.outlines_file}",
        "streets": f"{geo}/{base.streets_file}" if base.streets_file else None,
        "stamp": base.stamp,
        "lang": base.lang,
        "words": dict(base.words),
        "attribution": base.attribution,
        "labels": [asdict(label) for label in base.labels],
        "tiles": dict(base.tiles) if base.tiles else None,
    }
    if base.script_file:
        made.default_js.append(("revital_map", f"{geo}/{base.script_file}"))
    made.add_child(_Script("" if base.script_file else script(), as_json(config)))
    return made


def change_group(change: MapChange) -> folium.FeatureGroup:
    """Return the feature group that carries a change."""
    codes = base64.b64encode(change.codes).decode()
    body = {
        "stamp": change.stamp,
        "codes": codes,
        "colours": list(change.colours),
        "hatch": list(change.hatch),
        "labels": packed(change.labels),
        "inside": list(change.inside),
        "selected": change.selected,
        "fit": {"key": change.fit_key, "bounds": list(change.fit_bounds)},
        "points": [asdict(p) for p in change.points],
    }
    body["key"] = str(hash_text(as_json(body)))
    group = folium.FeatureGroup(name="revital")
    group.add_child(_Change(as_json(body)))
    return group


def packed(words: Sequence[str]) -> str:
    """Return words as zlib-compressed JSON in base 64: a fifth of what a message would take."""
    text = json.dumps(list(words), ensure_ascii=False, separators=(",", ":"))
    return base64.b64encode(zlib.compress(text.encode(), 9)).decode()


def hash_text(text: str) -> str:
    """Return a short, stable mark of a text."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]
