"""A map on which one point is chosen or many are shown, and a button that says where one stands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial

import streamlit as st

from revital.services import mapping
from revital.services.service_places import ServicePlace
from revital.settings import settings
from revital.ui import cache, small_map
from revital.ui.state import View


@dataclass(frozen=True)
class Dot:
    """A place on the map (degrees): its name, what its box says, its colour (ours when empty)."""

    id: str
    name: str
    lat: float
    lon: float
    note: str = ""
    colour: str = ""


def point(slot: str) -> tuple[float, float] | None:
    """Return the point chosen on the map of a slot (lat, lon in degrees)."""
    held: tuple[float, float] | None = st.session_state.get(f"rv_point_{slot}")
    return held


def put_point(slot: str, at: tuple[float, float] | None) -> None:
    """Choose a point otherwise than on the map: the map follows."""
    st.session_state[f"rv_point_{slot}"] = at
    st.session_state[f"rv_point_{slot}_seq"] = _seq(slot) + 1


def _seq(slot: str) -> int:
    return int(st.session_state.get(f"rv_point_{slot}_seq", 0))


def _take(slot: str) -> None:
    """Take in what the map sent since the last time."""
    value = (st.session_state.get(f"rv_picker_{slot}") or {}).get("value")
    if value and int(value["seq"]) > _seq(slot):
        st.session_state[f"rv_point_{slot}"] = (float(value["lat"]), float(value["lon"]))
        st.session_state[f"rv_point_{slot}_seq"] = int(value["seq"])


def _nothing() -> None:
    """Do nothing: a component keeps only the states that a callback names."""


def draw(
    view: View, slot: str, *, places: Sequence[ServicePlace] = (), focus: str = ""
) -> tuple[float, float] | None:
    """
    Draw the map.

    Parameters
    ----------
    slot : str
        Name of the map on the page.
    places : sequence of ServicePlace
        Known places, to find one's way.
    focus : str
        CSS selector of the field that gets the focus once a point is chosen, if it is empty.

    Returns
    -------
    (lat, lon) or None
        The point chosen, degrees.
    """
    _take(slot)
    dots = [Dot(p.id, p.name, p.lat, p.lon) for p in places]
    _mount(view, slot, dots, picks=True, title=view.t("Carte où montrer l'endroit"), focus=focus)
    return point(slot)


def show(
    view: View, slot: str, dots: Sequence[Dot], *, title: str, opened: Callable[[str], None]
) -> None:
    """
    Draw places, each with a box that says what it is and leads to its sheet.

    Parameters
    ----------
    view : View
    slot : str
        Name of the map on the page.
    dots : sequence of Dot
        Their words are shown as text, whoever typed them.
    title : str
        What a screen reader says of the map.
    opened : callable
        Called with the id of the place whose sheet is asked for.
    """
    _mount(view, slot, dots, picks=False, title=title, opened=opened)


def _open(slot: str, opened: Callable[[str], None] | None) -> None:
    value = st.session_state[f"rv_picker_{slot}"].opened
    if value and opened is not None:
        opened(str(value["id"]))


def _mount(
    view: View,
    slot: str,
    dots: Sequence[Dot],
    *,
    picks: bool,
    title: str,
    focus: str = "",
    opened: Callable[[str], None] | None = None,
) -> None:
    t = view.t
    data = cache.data()
    territory = view.catalogue.territory(view.territory)
    place = view.catalogue.place(territory.place)
    layer = place.outlines.get("da")
    shapes = (
        mapping.outlines(data, layer, settings().static)
        if layer is not None and data.layers.has(layer)
        else None
    )
    units = set(data.units(territory, "da"))
    limits = place.bounds or (-180.0, -90.0, 180.0, 90.0)
    component = small_map.component("revital_point", "point_picker")
    component(
        key=f"rv_picker_{slot}",
        on_value_change=_nothing,
        on_opened_change=partial(_open, slot, opened),
        data={
            "picks": picks,
            "lang": t.lang,
            "outlines": shapes.file if shapes else "",
            "inside": [i for i in shapes.ids if units & set(shapes.members[i])] if shapes else [],
            "streets": cache.street_file(place.basemap.get("lines")),
            "bounds": list(_bounds(view, shapes.bounds if shapes else limits)),
            "limits": list(limits),
            "labels": small_map.labels(place, t),
            "points": [asdict(dot) for dot in dots],
            "credit": data.layers.manifest(layer).publisher[view.lang] if shapes and layer else "",
            "value": list(point(slot) or ()) or None,
            "seq": _seq(slot),
            "focus": focus,
            "words": small_map.words(t)
            | {
                "map": title,
                "open": t("Ouvrir la fiche"),
                "here": t("Me localiser"),
                "atCentre": t("Prendre le centre de la carte"),
                "locating": t("Recherche de votre position…"),
                "outside": t("Vous êtes hors de cette carte."),
                "denied": t("Position refusée ou introuvable ; touchez la carte."),
                "chosen": t("Endroit choisi : {lat}, {lon}."),
                "none": t("Touchez la carte à l'endroit du lieu."),
            },
        },
    )


def _bounds(
    view: View, otherwise: tuple[float, float, float, float]
) -> tuple[float, float, float, float]:
    """Return where the map opens: round the territory when it is small enough to be drawn."""
    if view.record is None or view.record.kind in ("province", "region", "city"):
        return otherwise
    return small_map.bounds_round(view.record.id, otherwise)


def position(view: View) -> tuple[float, float] | None:
    """
    Draw the button that says where one stands; return the position once it was given.

    The position (lat, lon, rounded to some 100 m in the browser) stays in this visit: it goes
    neither to the address nor to a file.
    """
    t = view.t
    component = small_map.component("revital_locate", "locate")
    component(
        key="rv_locate",
        on_position_change=_nothing,
        data={
            "words": {
                "here": t("Me localiser"),
                "locating": t("Recherche de votre position…"),
                "denied": t("Position refusée ou introuvable."),
            }
        },
    )
    value = (st.session_state.get("rv_locate") or {}).get("position")
    if value and st.session_state.get("rv_position_at") != value["at"]:
        st.session_state["rv_position_at"] = value["at"]
        st.session_state["rv_position"] = (float(value["lat"]), float(value["lon"]))
    held: tuple[float, float] | None = st.session_state.get("rv_position")
    return held
