"""The layer of hot spots on the map, in plain words."""

from __future__ import annotations

import streamlit as st

from revital.charts.theme import HOT_SPOTS as COLOURS
from revital.domain.clusters import Statistic
from revital.errors import UserError
from revital.services import hotspot_words
from revital.services.hotspots import TITLES, HotSpots
from revital.services.map_classes import NO_DATA
from revital.services.mapping import MapView
from revital.ui import cache, choropleth, html, panels
from revital.ui.state import View

#: Codes of the address.
STATISTICS = {"moran": Statistic.LOCAL_MORAN, "gi": Statistic.GETIS_ORD}


def read(view: View, shown: MapView, code: str) -> HotSpots | None:
    """Return the classes of a map; None, with a sentence, when too few areas have a value."""
    t = view.t
    try:
        with st.spinner(t("Recherche des regroupements…")):
            return cache.hot_spots(shown, STATISTICS[code].value)
    except UserError as error:
        panels.callout(t.error(error), tone="caution")
        return None


def painting(view: View, shown: MapView, found: HotSpots) -> choropleth.Painting:
    """Return the classes as colours and words for the map."""
    t = view.t
    names = [t.of(TITLES[name]) for name in found.classes]
    values = cache.labels(shown, view.lang)
    words = tuple(
        value if code == NO_DATA else f"{names[code]} ({value})"
        for code, value in zip(found.codes, values, strict=True)
    )
    return choropleth.Painting(found.codes, tuple(COLOURS[name] for name in found.classes), words)


def legend(view: View, shown: MapView, found: HotSpots) -> None:
    """Draw the legend, and what the map as a whole says."""
    t = view.t
    panels.callout(hotspot_words.whole(found, t))
    title, unit, direction = hotspot_words.legend(found, t.of(shown.indicator.title), t)
    st.html(
        html.legend(
            t,
            title=title,
            unit=unit,
            direction=direction,
            classes=[
                html.LegendClass(COLOURS[name], t.of(TITLES[name]), found.counts[name])
                for name in found.classes
            ],
            no_data=found.missing,
            source=f"{choropleth.attribution(view, shown)} ({t.of(shown.date)})",
        )
    )
