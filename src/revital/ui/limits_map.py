"""A map on which one places corners, picks areas, says a centre, or traces a line."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from revital.catalogue.models import Place
from revital.i18n import Translator
from revital.services import mapping
from revital.settings import settings
from revital.ui import cache, small_map
from revital.ui.state import View

Mode = Literal["corners", "pick", "centre", "line"]


def draw(
    view: View,
    *,
    key: str,
    mode: Mode,
    place: Place,
    value: Sequence[Any],
    seq: int,
    form: int,
    changed: Callable[[], None],
    titles: Mapping[str, str] | None = None,
    radius_m: float = 0.0,
    traced: Sequence[Sequence[tuple[float, float]]] = (),
) -> None:
    """
    Draw the map.

    Parameters
    ----------
    key : str
        Key of the component; its state has `value`: `{"seq": int, "value": list}`.
    mode : {"corners", "pick", "centre", "line"}
    place : Place
        Its areas are drawn, to pick or to find one's way.
    value : sequence
        Corners, centre or points as (lat, lon), or ids of areas.
    seq : int
        Number of the last change of the map that the page has taken in.
    form : int
        Number of the form; a new one empties the map whatever was done on it.
    changed : callable
        Called when the map was changed by hand.
    titles : mapping of area id to words, optional
        Shown under the pointer when picking.
    radius_m : float
        Of the circle drawn round a centre.
    traced : sequence of lines of (lat, lon)
        Traced before: drawn, and not moved here.
    """
    t = view.t
    data = cache.data()
    shapes = mapping.outlines(data, place.outlines["da"], settings().static)
    lines = place.basemap.get("lines")
    drawn = [place.outlines["da"], *([lines] if lines and data.layers.has(lines) else [])]
    manifests = [data.layers.manifest(id_) for id_ in drawn]
    component = small_map.component("revital_limits", "limits")
    component(
        key=key,
        on_value_change=changed,
        data={
            "key": key,
            "mode": mode,
            "lang": t.lang,
            "outlines": shapes.file,
            "streets": cache.street_file(lines),
            "bounds": list(_bounds(view, place, shapes)),
            "labels": small_map.labels(place, t),
            "titles": dict(titles or {}),
            "credit": " · ".join(
                dict.fromkeys(
                    f"{m.publisher[view.lang]}, {view.t.period(m.vintage)}" for m in manifests
                )
            ),
            "radius": radius_m,
            "lines": [list(line) for line in traced],
            "value": list(value),
            "seq": seq,
            "round": form,
            "words": small_map.words(t) | _words(mode, t),
        },
    )


def _words(mode: Mode, t: Translator) -> dict[str, str]:
    words = {
        "map": t("Carte où dire les limites du quartier"),
        "atCentre": t("Prendre le centre de la carte"),
        "undo": t("Annuler le dernier coin"),
        "clear": t("Tout effacer"),
        "corner": t("Coin {n}"),
        "corners": t("Coins posés : {n}."),
        "picked": t("Aires choisies : {n}."),
        "centre": t("Centre choisi."),
    }
    match mode:
        case "corners":
            more = {
                "atCentre": t("Poser un coin au centre de la carte"),
                "none": t("Aucun coin posé."),
            }
        case "line":
            more = {
                "map": t("Carte où tracer ce qu'on ne traverse pas à pied"),
                "atCentre": t("Poser un point au centre de la carte"),
                "undo": t("Annuler le dernier point"),
                "corner": t("Point {n}"),
                "corners": t("Points posés : {n}."),
                "none": t("Aucun point posé."),
            }
        case "pick":
            more = {"none": t("Aucune aire choisie.")}
        case "centre":
            more = {"none": t("Aucun centre choisi.")}
    return words | more


def _bounds(
    view: View, place: Place, shapes: mapping.Outlines
) -> tuple[float, float, float, float]:
    """Return where the map opens: round the territory shown, else on the whole place."""
    here = view.record
    if here is None or here.place != place.id or here.kind in ("province", "region"):
        return shapes.bounds
    return small_map.bounds_round(here.id, shapes.bounds)
