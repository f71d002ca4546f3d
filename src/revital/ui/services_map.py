"""The map of the page Services: who is within reach, and what a scenario changes."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np
import shapely
import streamlit as st
from streamlit_folium import st_folium

from revital.charts import theme
from revital.maps import choropleth as drawing
from revital.maps import folium_map
from revital.services import access_words as words
from revital.services import sites_words
from revital.services.access import Access
from revital.services.access_map import AccessMap
from revital.services.access_sheet import access_legend, mark_kind, mark_kinds
from revital.services.barrier_shapes import barrier_shapes
from revital.services.best_sites import BestSites
from revital.services.scenarios import Scenario
from revital.ui import cache, choropleth, html
from revital.ui.state import View

SLOT = "services"
CHANGE_COLOURS = theme.PALETTES["change"]


def take_point(slot: str = SLOT) -> tuple[float, float] | None:
    """Return the point just clicked (lat, lon), None when nothing new was clicked."""
    key = choropleth.click_key(slot)
    state = st.session_state.get(key) or {}
    point = state.get("last_clicked") if isinstance(state, dict) else None
    if not point:
        return None
    mark = (point.get("lat"), point.get("lng"))
    if st.session_state.get(f"{key}_point") == mark:
        return None
    st.session_state[f"{key}_point"] = mark
    return float(mark[0]), float(mark[1])


def points(
    view: View, found: Access, scenario: Scenario, sites: BestSites | None
) -> list[drawing.MapPoint]:
    """Return the places of the class, then what a scenario adds, then the best sites."""
    t = view.t
    marks = []
    for place in found.listing.places:
        closes = place.id in scenario.closed
        colour = theme.MARKS[mark_kind(place.counts, place.reason, closes=closes)][0]
        note = [place.address, words.status_text(place, t), words.place_note(place, t)]
        if closes:
            note.append(t("fermé dans le scénario"))
        marks.append(
            drawing.MapPoint(
                place.lat, place.lon, place.name, " · ".join(x for x in note if x), colour
            )
        )
    if sites is not None:
        for i, id_ in enumerate(sites.siting.chosen, start=1):
            lat, lon = sites.points[id_]
            name = t("Meilleur site {n} (proposition)", n=str(i))
            colour = theme.MARKS["site"][0]
            worth = sites_words.gap_text(sites.siting, t)
            marks.append(drawing.MapPoint(lat, lon, name, worth, colour))
    for i, (lat, lon) in enumerate(scenario.added, start=1):
        name = t("Scénario : service ajouté {n}", n=str(i))
        colour = theme.MARKS["scenario"][0]
        marks.append(drawing.MapPoint(lat, lon, name, t("ce n'est pas la réalité"), colour))
    return marks


def labels(view: View, shown: AccessMap, found: Access, *, shows_change: bool) -> list[str]:
    """Return what is said of each area under the pointer."""
    t = view.t
    texts = []
    said: dict[float, str] = {}
    for i, value in enumerate(shown.distance_m):
        if not np.isfinite(value):
            texts.append(t("aucune donnée"))
            continue
        # Words of a distance are the same to the ten metres: said once for a whole city.
        tens = round(float(value), -1)
        text = said.setdefault(tens, "") or words.metres(tens, t)
        said[tens] = text
        if found.is_upper_bound:
            text = t("au plus {value}", value=text)
        change = None if shown.change_m is None else shown.change_m[i]
        if change is not None and np.isfinite(change) and (shows_change or abs(change) >= 1):
            text += " · " + t("changement : {value} m", value=t.signed(round(float(change), -1)))
        texts.append(text)
    return texts


def draw(
    view: View,
    shown: AccessMap,
    found: Access,
    marks: Sequence[drawing.MapPoint],
    *,
    shows_change: bool,
    places: bool,
) -> None:
    """Draw the map; `places` says that a click places a service."""
    t = view.t
    place = view.catalogue.place(found.territory.place)
    walls = barrier_shapes(cache.data(), found.query)
    base = drawing.MapBase(
        static_url=choropleth.STATIC_URL,
        outlines_file=shown.outlines.file,
        stamp=shown.outlines.stamp,
        bounds=shown.outlines.bounds,
        lang=view.lang,
        words=choropleth.map_words(view, t("Carte de l'accès aux services")),
        attribution=choropleth.outline_credit(view, shown.manifests[0]),
        streets_file=cache.street_file(place.basemap.get("streets")),
        labels=[drawing.MapLabel(t.of(n.text), n.lat, n.lon, n.kind) for n in place.labels],
        script_file=cache.map_script(),
    )
    change = drawing.MapChange(
        stamp=shown.outlines.stamp,
        codes=shown.codes,
        colours=CHANGE_COLOURS if shows_change else theme.DISTANCE,
        hatch=theme.NO_DATA,
        labels=labels(view, shown, found, shows_change=shows_change),
        inside=shown.inside,
        selected=None,
        fit_key=f"services|{view.territory}",
        fit_bounds=shown.bounds,
        points=marks,
        barriers=[
            [(lat, lon) for lon, lat in shapely.get_coordinates(part).tolist()]
            for part in shapely.get_parts(list(map(_outline, walls)))
        ],
    )
    if places:
        st.html(
            f'<p class="rv-lead">{escape(t("Cliquez sur la carte pour placer un service."))}</p>'
        )
    with st.container(key=f"rv_mapbox_{SLOT}"):
        st_folium(
            folium_map.base_map(base),
            feature_group_to_add=folium_map.change_group(change),
            returned_objects=["last_clicked"],
            key=choropleth.click_key(SLOT),
            height=520,
            use_container_width=True,
        )


def _outline(shape: shapely.Geometry) -> shapely.Geometry:
    return shape.boundary if shape.geom_type.endswith("Polygon") else shape


def legend(view: View, shown: AccessMap, found: Access, *, shows_change: bool) -> None:
    """Draw the legend: classes, then what each kind of point is."""
    t = view.t
    said = access_legend(found, t, shows_change=shows_change)
    colours = CHANGE_COLOURS if shows_change else theme.DISTANCE
    credits = dict.fromkeys(m.attribution[view.lang] for m in shown.manifests)
    st.html(
        html.legend(
            t,
            title=said.title,
            unit=words.method_phrase(found, t),
            direction=said.direction,
            classes=[
                html.LegendClass(c, text, n)
                for c, text, n in zip(colours, said.classes, shown.counts, strict=True)
            ],
            no_data=shown.missing,
            source=" · ".join(credits),
        )
        + _point_legend(view, has_barriers=bool(barrier_shapes(cache.data(), found.query)))
    )


def _point_legend(view: View, *, has_barriers: bool) -> str:
    t = view.t
    items = "".join(
        f'<li><span class="rv-dot" style="background:{theme.MARKS[kind][0]}"></span>'
        f"{escape(text)}</li>"
        for kind, text in mark_kinds(t).items()
    )
    if has_barriers:
        text = escape(t("ce qu'on ne traverse pas à pied"))
        items += f'<li><span class="rv-barrier"></span>{text}</li>'
    return f'<div class="rv-legend"><ul>{items}</ul></div>'
