"""The ways to say the limits of a neighbourhood: trace, pick, radius, file."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import shapely
import streamlit as st

from revital.catalogue.models import Place
from revital.errors import UserError
from revital.services.workspace.boundary import circle, read_boundary, read_shapes_file
from revital.services.workspace.tracing import (
    PickArea,
    pick_areas,
    places_drawn,
    read_corners,
    traced,
    write_corners,
)
from revital.ui import cache, limits_map, panels
from revital.ui.state import View

#: What the form holds while other parts of the app are looked at.
_HELD = "rv_new_held"
_CORNERS, _PICKED = "rv_new_corners", "rv_new_picked"
_LAT, _LON = "rv_new_lat", "rv_new_lon"


@dataclass(frozen=True)
class Given:
    """
    Limits as the editor gave them.

    Attributes
    ----------
    limits : polygon (EPSG:4326) or None
    ids : list of str
        Areas picked one by one, when there are no limits.
    place : str or None
        The place the areas were picked in.
    is_drawn : bool
        Whether the map of the form already shows them.
    """

    limits: shapely.Geometry | None = None
    ids: list[str] = field(default_factory=list)
    place: str | None = None
    is_drawn: bool = False


def ask(view: View) -> Given | None:
    """
    Draw the choice of a way and its fields; None while the limits are not whole.

    Raises
    ------
    UserError
        When what was given cannot be limits.
    """
    t = view.t
    ways = {
        "trace": (t("Les tracer sur la carte"), _trace),
        "aires": (t("Choisir des aires de diffusion sur la carte"), _pick),
        "rayon": (t("Un rayon autour d'un point"), _radius),
        "fichier": (t("Un fichier (GeoJSON, GPKG, shapefile zippé)"), _file),
    }
    way = view.choice(
        "limites",
        list(ways),
        "trace",
        label=t("Comment dire ses limites"),
        format=lambda code: ways[code][0],
        widget=st.radio,
    )
    return ways[way][1](view)


def forget() -> None:
    """Empty the form, after its neighbourhood was added."""
    st.session_state[_HELD] = {"form": _form() + 1}
    for key in (_CORNERS, _PICKED, _LAT, _LON):
        st.session_state.pop(key, None)


def _held() -> dict[str, Any]:
    held: dict[str, Any] = st.session_state.setdefault(_HELD, {})
    return held


def _keep(key: str, empty: Any) -> Any:
    """Give a field what it held when it was last on the screen, and keep what it holds now."""
    if key not in st.session_state:
        st.session_state[key] = _held().get(key, empty)
    _held()[key] = st.session_state[key]
    return st.session_state[key]


def _place(view: View) -> Place:
    """Draw the choice of the city to draw, where there are several."""
    known = {p.id: p for p in places_drawn(cache.data())}
    here = view.record.place if view.record is not None else ""
    default = here if here in known else next(iter(known))
    if len(known) == 1:
        return known[default]
    chosen = view.choice(
        "ville",
        list(known),
        default,
        label=view.t("Ville à montrer sur la carte"),
        format=lambda id_: view.t.of(known[id_].title),
    )
    return known[chosen]


def _taken(key: str) -> list[Any]:
    """Return what the map sent, and count it as seen."""
    sent = st.session_state[key]["value"]
    _held()[f"seq_{key}"] = int(sent["seq"])
    return list(sent["value"])


def _form() -> int:
    return int(_held().get("form", 0))


def _seq(key: str) -> int:
    return int(_held().get(f"seq_{key}", 0))


# -- tracing ---------------------------------------------------------------------------------------


def _trace(view: View) -> Given | None:
    t = view.t
    place = _place(view)
    panels.sentence(
        t(
            "Touchez la carte à chaque coin, dans l'ordre ; un coin se déplace en le glissant. Au "
            "clavier : déplacez la carte avec les flèches et posez le coin au centre, ou écrivez "
            "les coins plus bas."
        )
    )
    text = str(_keep(_CORNERS, ""))
    fault: UserError | None = None
    try:
        corners = read_corners(text)
        _held()["corners"] = corners
    except UserError as error:
        # The map keeps the last corners that could be read.
        fault, corners = error, _held().get("corners", [])
    key = f"rv_new_trace_{place.id}"
    limits_map.draw(
        view, key=key, mode="corners", place=place, value=corners, seq=_seq(key), form=_form(),
        changed=partial(_corners_moved, key),
    )  # fmt: skip
    st.text_area(
        t("Coins, un par ligne : latitude, longitude (degrés)"),
        key=_CORNERS,
        placeholder="46.3352, -72.5560",
    )
    if fault is not None:
        raise fault
    shape = traced(corners)
    return None if shape is None else Given(limits=shape, is_drawn=True)


def _corners_moved(key: str) -> None:
    corners = [(float(lat), float(lon)) for lat, lon in _taken(key)]
    st.session_state[_CORNERS] = write_corners(corners)


# -- picking ---------------------------------------------------------------------------------------


def _pick(view: View) -> Given | None:
    t = view.t
    place = _place(view)
    areas = {a.id: a for a in pick_areas(cache.data(), place)}
    titles = {id_: _title(view, area) for id_, area in areas.items()}
    panels.sentence(
        t("Touchez une aire pour la prendre, encore pour la retirer ; ou cherchez-la plus bas.")
    )
    picked = [id_ for id_ in _keep(_PICKED, []) if id_ in areas]
    if picked != st.session_state[_PICKED]:
        st.session_state[_PICKED] = picked
    key = f"rv_new_pick_{place.id}"
    limits_map.draw(
        view, key=key, mode="pick", place=place, value=picked, seq=_seq(key), form=_form(),
        changed=partial(_picked_moved, key), titles=titles,
    )  # fmt: skip
    st.multiselect(
        t("Aires du quartier"),
        list(areas),
        key=_PICKED,
        format_func=titles.__getitem__,
        placeholder=t("Chercher par numéro d'aire ou de secteur"),
    )
    ids = [unit for id_ in picked for unit in areas[id_].units]
    return Given(ids=ids, place=place.id, is_drawn=True) if ids else None


def _picked_moved(key: str) -> None:
    st.session_state[_PICKED] = [str(id_) for id_ in _taken(key)]


def _title(view: View, area: PickArea) -> str:
    t = view.t
    numbers = " + ".join(area.units)
    people = t("{n} personnes", n=t.number(area.population))
    if area.tract is None:
        return f"{numbers} · {people}"
    return f"{numbers} · {t('secteur {id}', id=area.tract)} · {people}"


# -- radius ----------------------------------------------------------------------------------------


def _radius(view: View) -> Given | None:
    t = view.t
    place = _place(view)
    panels.sentence(t("Touchez le centre sur la carte, ou écrivez sa position."))
    lat, lon = _keep(_LAT, None), _keep(_LON, None)
    radius = float(_held().get("radius", 500))
    key = f"rv_new_centre_{place.id}"
    limits_map.draw(
        view, key=key, mode="centre", place=place,
        value=[] if lat is None or lon is None else [(float(lat), float(lon))],
        seq=_seq(key), form=_form(), changed=partial(_centre_moved, key), radius_m=radius,
    )  # fmt: skip
    columns = st.columns(3)
    columns[0].number_input(t("Latitude (degrés)"), key=_LAT, format="%.5f")
    columns[1].number_input(t("Longitude (degrés)"), key=_LON, format="%.5f")
    if "rv_new_radius" not in st.session_state:
        st.session_state["rv_new_radius"] = int(radius)
    columns[2].number_input(
        t("Rayon (m)"), min_value=50, max_value=20000, step=50,
        key="rv_new_radius", on_change=_radius_moved,
    )  # fmt: skip
    if lat is None or lon is None:
        return None
    return Given(limits=circle(float(lon), float(lat), radius), is_drawn=True)


def _centre_moved(key: str) -> None:
    found = _taken(key)
    lat, lon = found[0] if found else (None, None)
    st.session_state[_LAT], st.session_state[_LON] = lat, lon


def _radius_moved() -> None:
    _held()["radius"] = st.session_state["rv_new_radius"]


# -- file ------------------------------------------------------------------------------------------


def _file(view: View) -> Given | None:
    t = view.t
    given = st.file_uploader(
        t("Fichier des limites"), type=["geojson", "json", "gpkg", "zip"], key="rv_new_file"
    )
    if given is None:
        return None
    with tempfile.TemporaryDirectory(prefix="revital-") as scratch:
        path = Path(scratch) / f"limits{Path(given.name).suffix.lower()}"
        path.write_bytes(given.getvalue())
        shapes = read_shapes_file(path)
        if len(shapes) == 1:
            return Given(limits=read_boundary(path))
        names = [str(c) for c in shapes.columns if c != "geometry"]
        column = str(st.selectbox(t("Colonne qui nomme chaque forme"), names, key="rv_new_field"))
        values = sorted(shapes[column].astype(str).unique())
        value = str(st.selectbox(t("Laquelle"), values, key="rv_new_value"))
        return Given(limits=read_boundary(path, field=column, value=value))
