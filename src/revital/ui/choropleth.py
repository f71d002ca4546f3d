"""The map of areas inside a page: drawn once, recoloured by a small message at each change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from importlib import resources

import streamlit as st

from revital.charts import theme
from revital.maps import choropleth
from revital.services import wording
from revital.services.map_classes import limits_text
from revital.services.mapping import MapView
from revital.settings import settings
from revital.store.layers import LayerManifest
from revital.ui import cache, html, page_files
from revital.ui.state import View

#: The static folder as seen from inside the frame of a folium map.
STATIC_URL = "../../app/static"
HEIGHT = 540
_LEAFLET = "vendor/leaflet/leaflet"


@dataclass(frozen=True)
class Painting:
    """
    Other classes drawn on the same areas (hot spots).

    Attributes
    ----------
    codes : bytes
        Class of each area in the order of the map, 255 without a value.
    colours, words : tuple of str
        Colour of each class, and the words of each area.
    """

    codes: bytes
    colours: tuple[str, ...]
    words: tuple[str, ...]


def colours(shown: MapView) -> tuple[str, ...]:
    """Return the colours of the classes of a map, light to dark."""
    k = max(len(shown.classes), 1)
    palette = shown.indicator.palette
    return theme.classes(palette, max(k, 2) if palette == "change" else k)


def attribution(view: View, shown: MapView) -> str:
    """Return the credits of everything drawn, once each."""
    texts = [m.attribution[view.lang] for m in shown.manifests]
    return " · ".join(dict.fromkeys(texts))


def click_key(slot: str) -> str:
    """Return the key of the map of a slot."""
    return f"rv_map_{slot}"


def _keep_click(slot: str) -> None:
    st.session_state[f"{click_key(slot)}_clicked"] = st.session_state[click_key(slot)].clicked


def take_click(shown: MapView, slot: str) -> str | None:
    """Return the area just clicked on a map, None when nothing new was clicked."""
    at = st.session_state.pop(f"{click_key(slot)}_clicked", None)
    if not at or at.get("stamp") != shown.outlines.stamp:
        return None
    index = int(at.get("index", -1))
    return shown.outlines.ids[index] if 0 <= index < len(shown.outlines.ids) else None


def map_words(view: View, title: str) -> dict[str, str]:
    """Return the words that the script of a map says, under the title of that map."""
    t = view.t
    return {
        "map": title,
        "zoomIn": t("Rapprocher"),
        "zoomOut": t("Éloigner"),
        "noData": t("aucune donnée"),
        "pick": t("Choisir une zone"),
        "search": t("Chercher une zone par son nom"),
        "failed": t("La carte n'a pas pu être chargée. Rechargez la page."),
        "locate": t("Me localiser"),
        "locating": t("Recherche de votre position…"),
        "outside": t("Vous êtes hors de cette carte."),
        "denied": t("Position refusée ou introuvable ; choisissez votre zone dans la liste."),
    }


@lru_cache(maxsize=1)
def _loader() -> str:
    return (resources.files("revital.ui") / "map_component.js").read_text(encoding="utf-8")


def draw(
    view: View,
    shown: MapView,
    *,
    slot: str,
    selected: str | None,
    points: Sequence[choropleth.MapPoint] = (),
    fit: tuple[str, tuple[float, float, float, float]] | None = None,
    tiles: bool = False,
    height: int = HEIGHT,
    painting: Painting | None = None,
) -> None:
    """
    Draw a map of areas.

    Parameters
    ----------
    shown : MapView
    slot : str
        Name of the map on the page; a page with two maps has two slots.
    selected : str or None
        Area outlined.
    points : sequence of MapPoint
        Services shown.
    fit : (str, bounds), optional
        The view moves to the bounds when the text changes; the territory by default.
    tiles : bool
        Whether the reader turned the online tiles on.
    painting : Painting, optional
        Classes drawn instead of those of the indicator.
    """
    t = view.t
    position = None if selected is None else shown.position(selected)
    place = view.catalogue.place(view.catalogue.territory(view.territory).place)
    base = choropleth.MapBase(
        static_url="",
        outlines_file=shown.outlines.file,
        stamp=shown.outlines.stamp,
        bounds=shown.outlines.bounds,
        lang=view.lang,
        words=map_words(view, t("Carte du territoire et de ses environs")),
        attribution=outline_credit(view, shown.manifests[0]),
        streets_file=cache.street_file(place.basemap.get("lines")),
        labels=[choropleth.MapLabel(t.of(n.text), n.lat, n.lon, n.kind) for n in place.labels],
        tiles={"url": settings().tiles_url, "attribution": "© OpenStreetMap"} if tiles else None,
    )
    key, bounds = fit or (f"{view.territory}|{shown.outlines.layer.id}", _roomy(shown))
    change = choropleth.MapChange(
        stamp=shown.outlines.stamp,
        codes=painting.codes if painting else shown.codes,
        colours=painting.colours if painting else colours(shown),
        hatch=theme.NO_DATA,
        labels=painting.words if painting else cache.labels(shown, view.lang),
        inside=shown.inside,
        selected=position,
        fit_key=key,
        fit_bounds=bounds,
        points=points,
    )
    files = [f"{_LEAFLET}.css", f"{_LEAFLET}.js", f"geo/{cache.map_script()}"]
    page_files.note(view.page, st.query_params.to_dict(), [*files, f"geo/{base.outlines_file}"])
    # Declared in each run: the registry belongs to the server's runtime, which tests renew.
    component = st.components.v2.component("revital_map", js=_loader(), isolate_styles=False)
    with st.container(key=f"rv_mapbox_{slot}"):
        component(
            key=click_key(slot),
            data={
                "slot": slot,
                "height": height,
                "look": files[0],
                "scripts": files[1:],
                "config": choropleth.config(base),
                "change": choropleth.change_body(change),
            },
            on_clicked_change=partial(_keep_click, slot),
        )


def _roomy(shown: MapView) -> tuple[float, float, float, float]:
    # A territory that fills the frame tells nothing of what surrounds it.
    west, south, east, north = shown.territory_bounds
    dx, dy = (east - west) * 0.45, (north - south) * 0.45
    return west - dx, south - dy, east + dx, north + dy


def outline_credit(view: View, manifest: LayerManifest) -> str:
    """Return the short credit of the outlines; the whole of it stands in the legend."""
    # Only what is drawn whatever the indicator: the map must not be remade for a credit.
    return f"{manifest.publisher[view.lang]}, {view.t.period(manifest.vintage)}"


def legend(view: View, shown: MapView) -> None:
    """Draw the legend of a map."""
    t = view.t
    record = shown.indicator
    st.html(
        html.legend(
            t,
            title=t.of(record.title),
            unit=wording.unit_text(record, t),
            direction=wording.direction_text(record, t),
            classes=[
                html.LegendClass(
                    colour,
                    limits_text(record, c.low, c.high, t),
                    c.count,
                )
                for colour, c in zip(colours(shown), shown.classes, strict=True)
            ],
            no_data=shown.missing,
            source=f"{attribution(view, shown)} ({t.of(shown.date)})",
            hidden=len(shown.hidden),
        )
    )
