"""
A map of areas that is drawn once and then only recoloured: what its script is told.

The map fetches its outlines from a static file; what changes (classes, selection, services shown)
travels in a small message. The page puts the map in itself (`revital.ui.choropleth`) or in a
folium map (`revital.maps.folium_map`); the script and what it is told are the same.
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
        Address of the app's static folder, as seen from the map; empty where files are named from
        that folder (the map in the page itself).
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
    barriers : sequence of lines of (lat, lon)
        What cannot be crossed on foot.
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
    barriers: Sequence[Sequence[tuple[float, float]]] = field(default=())


@lru_cache(maxsize=1)
def script() -> str:
    """Return the JavaScript of the map: the areas on their canvas, then the map around them."""
    files = resources.files("revital.maps")
    return "\n".join(
        (files / name).read_text(encoding="utf-8") for name in ("areas.js", "choropleth.js")
    )


def script_name() -> str:
    """Return the name of the script's file, which changes with its content."""
    return f"map-{hash_text(script())}.js"


def as_json(value: Any) -> str:
    """Return JSON that can stand inside a script: `<` never opens a tag there."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def config(base: MapBase) -> dict[str, Any]:
    """Return what `open` of the map's script takes: the same `base` gives the same words."""
    geo = f"{base.static_url}/geo" if base.static_url else "geo"
    return {
        "outlines": f"{geo}/{base.outlines_file}",
        "streets": f"{geo}/{base.streets_file}" if base.streets_file else None,
        "stamp": base.stamp,
        "lang": base.lang,
        "words": dict(base.words),
        "attribution": base.attribution,
        "labels": [asdict(label) for label in base.labels],
        "tiles": dict(base.tiles) if base.tiles else None,
    }


def change_body(change: MapChange) -> dict[str, Any]:
    """Return what `update` of the map's script takes."""
    body: dict[str, Any] = {
        "stamp": change.stamp,
        "codes": base64.b64encode(change.codes).decode(),
        "colours": list(change.colours),
        "hatch": list(change.hatch),
        "labels": packed(change.labels),
        "inside": list(change.inside),
        "selected": change.selected,
        "fit": {"key": change.fit_key, "bounds": list(change.fit_bounds)},
        "points": [asdict(p) for p in change.points],
        "barriers": [[list(point) for point in line] for line in change.barriers],
    }
    body["key"] = hash_text(as_json(body))
    return body


def packed(words: Sequence[str]) -> str:
    """Return words compressed: a fifth of what a message would take."""
    return _packed(tuple(words))


@lru_cache(maxsize=128)
def _packed(words: tuple[str, ...]) -> str:
    # Kept: packing thousands of words costs a change more than all the rest of the map.
    return compressed(words)


def compressed(value: Any) -> str:
    """Return a value as zlib-compressed JSON in base 64."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return base64.b64encode(zlib.compress(text.encode(), 9)).decode()


def hash_text(text: str) -> str:
    """Return a short, stable mark of a text."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]
