"""The map of areas inside a page: folium drawn once, recoloured at each change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st
from streamlit_folium import st_folium

from revital.charts import theme
from revital.maps import choropleth
from revital.services import wording
from revital.services.mapping import MapView
from revital.settings import settings
from revital.ui import cache, html
from revital.ui.state import View

#: The static folder as seen from inside the frame of the map component.
STATIC_URL = "../../app/static"
HEIGHT = 540


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
    if palette == "change":
        return _change_colours(shown)
    return theme.classes(palette, k)


def _change_colours(shown: MapView) -> tuple[str, ...]:
    # Fixed limits centred on "no clear change": the middle class keeps the neutral colour even
    # when no area falls in the outer ones.
    return theme.classes("change", max(len(shown.classes), 2))


def attribution(view: View, shown: MapView) -> str:
    """Return the credits of everything drawn, once each."""
    texts = [m.attribution[view.lang] for m in shown.manifests]
    return " · ".join(dict.fromkeys(texts))


def click_key(slot: str) -> str:
    """Return the key under which the component keeps its last click."""
    return f"rv_map_{slot}"


def take_click(view: View, shown: MapView, slot: str) -> str | None:
    """Return the area just clicked on a map, None when nothing new was clicked."""
    state = st.session_state.get(click_key(slot)) or {}
    point = state.get("last_clicked") if isinstance(state, dict) else None
    if not point:
        return None
    seen_key = f"{click_key(slot)}_seen"
    mark = (point.get("lat"), point.get("lng"))
    if st.session_state.get(seen_key) == mark:
        return None
    st.session_state[seen_key] = mark
    return cache.area_at(shown, float(point["lat"]), float(point["lng"]))


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
        static_url=STATIC_URL,
        outlines_file=shown.outlines.file,
        stamp=shown.outlines.stamp,
        bounds=shown.outlines.bounds,
        lang=view.lang,
        words={
            "map": t("Carte du territoire et de ses environs"),
            "zoomIn": t("Rapprocher"),
            "zoomOut": t("Éloigner"),
            "noData": t("aucune donnée"),
            "pick": t("Choisir une zone"),
            "failed": t("La carte n'a pas pu être chargée. Rechargez la page."),
            "locate": t("Me localiser"),
            "locating": t("Recherche de votre position…"),
            "outside": t("Vous êtes hors de cette carte."),
            "denied": t("Position refusée ou introuvable ; choisissez votre zone dans la liste."),
        },
        attribution=_outline_credit(view, shown),
        streets_file=cache.street_file(place.basemap.get("lines")),
        labels=[choropleth.MapLabel(t.of(n.text), n.lat, n.lon, n.kind) for n in place.labels],
        script_file=cache.map_script(),
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
    with st.container(key=f"rv_mapbox_{slot}"):
        st_folium(
            choropleth.base_map(base),
            feature_group_to_add=choropleth.change_group(change),
            returned_objects=["last_clicked"],
            key=click_key(slot),
            height=height,
            use_container_width=True,
        )


def _roomy(shown: MapView) -> tuple[float, float, float, float]:
    # A territory that fills the frame tells nothing of what surrounds it.
    west, south, east, north = shown.territory_bounds
    dx, dy = (east - west) * 0.45, (north - south) * 0.45
    return west - dx, south - dy, east + dx, north + dy


def _outline_credit(view: View, shown: MapView) -> str:
    # Only what is drawn whatever the indicator: the map must not be remade for a credit; the
    # credit of the figures stands in the legend.
    manifest = shown.manifests[0]
    return f"{manifest.publisher[view.lang]}, {manifest.vintage}"


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
                    _limits(view, shown, c.low, c.high),
                    c.count,
                )
                for colour, c in zip(colours(shown), shown.classes, strict=True)
            ],
            no_data=shown.missing,
            source=f"{attribution(view, shown)} ({shown.measure.year})",
        )
    )


def _limits(view: View, shown: MapView, low: float, high: float) -> str:
    t = view.t
    upper = wording.figure_text(shown.indicator, high, t)
    # A fixed class may begin above every value there is: only its end means something.
    if low > high:
        return t("{high} et moins", high=upper)
    return t("{low} à {high}", low=wording.figure_text(shown.indicator, low, t), high=upper)
