"""What the small maps of forms share: their parts, their words, where they open."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from importlib import resources
from typing import Any

import streamlit as st

from revital.catalogue.models import Place
from revital.errors import UserError
from revital.i18n import Translator
from revital.services.imports.counting import territory_shape
from revital.services.imports.reading import Context
from revital.ui import cache

Bounds = tuple[float, float, float, float]


@lru_cache(maxsize=16)
def _text(name: str) -> str:
    file = resources.files("revital.ui") / name
    return file.read_text(encoding="utf-8") if file.is_file() else ""


def component(name: str, part: str) -> Callable[..., Any]:
    """
    Return a component made of the shared script and style, then its own.

    Parameters
    ----------
    name : str
        Name given to Streamlit.
    part : str
        Stem of its own `.js` file and, where it has one, `.css` file.
    """
    return st.components.v2.component(
        name,
        js=f"{_text('small_map.js')}\n{_text(f'{part}.js')}",
        css=f"{_text('small_map.css')}\n{_text(f'{part}.css')}",
        isolate_styles=False,
    )


def words(t: Translator) -> dict[str, str]:
    """Return the words of every such map."""
    return {
        "zoomIn": t("Rapprocher"),
        "zoomOut": t("Éloigner"),
        "failed": t("La carte n'a pas pu être chargée. Rechargez la page."),
    }


def labels(place: Place, t: Translator) -> list[dict[str, object]]:
    """Return the names written on the map of a place."""
    return [
        {"text": t.of(n.text), "lat": n.lat, "lon": n.lon, "kind": n.kind} for n in place.labels
    ]


def bounds_round(territory: str, otherwise: Bounds) -> Bounds:
    """Return bounds (degrees) somewhat wider than a territory's; `otherwise` where it has none."""
    try:
        west, south, east, north = territory_shape(Context(cache.data(), territory)).bounds
    except UserError:
        # A territory of another level has no outline here.
        return otherwise
    dx, dy = (east - west) * 0.3, (north - south) * 0.3
    return west - dx, south - dy, east + dx, north + dy
