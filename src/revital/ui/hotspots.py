"""The layer of hot spots on the map, in plain words."""

from __future__ import annotations

import streamlit as st

from revital.domain.clusters import Statistic
from revital.errors import UserError
from revital.services.hotspots import TITLES, HotSpots
from revital.services.mapping import NO_DATA, MapView
from revital.ui import cache, choropleth, html, panels
from revital.ui.state import View

#: One colour per class: high in brick, low in river, out of step in their light tints.
COLOURS = {
    "HH": "#A63D2F",
    "LL": "#0B5C74",
    "HL": "#F0B8AE",
    "LH": "#B4D6E3",
    "hot": "#A63D2F",
    "cold": "#0B5C74",
    "not_significant": "#F4F1EA",
}
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
    moran = found.moran
    gathered = moran.p < found.alpha and moran.i > 0
    panels.callout(
        t(
            "Dans l'ensemble, les valeurs semblables se regroupent plus que le hasard ne le "
            "ferait (I de Moran : {i}).",
            i=t.number(moran.i, 2),
        )
        if gathered
        else t(
            "Dans l'ensemble, rien ne montre que les valeurs semblables se regroupent (I de "
            "Moran : {i}).",
            i=t.number(moran.i, 2),
        )
    )
    st.html(
        html.legend(
            t,
            title=t("Regroupements : {title}", title=t.of(shown.indicator.title)),
            unit=t("Moran local, {n} permutations", n=t.number(found.permutations))
            if found.statistic is Statistic.LOCAL_MORAN
            else t("Getis-Ord, {n} permutations", n=t.number(found.permutations)),
            direction=t(
                "Corrigé pour le grand nombre de zones regardées : au plus {share} de fausses "
                "alertes.",
                share=t.percent(found.alpha, 0),
            ),
            classes=[
                html.LegendClass(COLOURS[name], t.of(TITLES[name]), found.counts[name])
                for name in found.classes
            ],
            no_data=found.missing,
            source=f"{choropleth.attribution(view, shown)} ({shown.measure.year})",
        )
    )
