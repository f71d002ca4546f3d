"""A map on which an editor places the corners of a neighbourhood, picks areas, or a centre."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from revital.catalogue.models import Place
from revital.services import mapping
from revital.settings import settings
from revital.ui import cache, small_map
from revital.ui.state import View

Mode = Literal["corners", "pick", "centre"]


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
) -> None:
    """
    Draw the map.

    Parameters
    ----------
    key : str
        Key of the component; its state has `value`: `{"seq": int, "value": list}`.
    mode : {"corners", "pick", "centre"}
    place : Place
        Its areas are drawn, to pick or to find one's way.
    value : sequence
        Corners or centre as (lat, lon), or ids of areas.
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
            "value": list(value),
            "seq": seq,
            "round": form,
            "words": small_map.words(t)
            | {
                "map": t("Carte où dire les limites du quartier"),
                "atCentre": t("Poser un coin au centre de la carte")
                if mode == "corners"
                else t("Prendre le centre de la carte"),
                "undo": t("Annuler le dernier coin"),
                "clear": t("Tout effacer"),
                "corner": t("Coin {n}"),
                "corners": t("Coins posés : {n}."),
                "picked": t("Aires choisies : {n}."),
                "centre": t("Centre choisi."),
                "none": {
                    "corners": t("Aucun coin posé."),
                    "pick": t("Aucune aire choisie."),
                    "centre": t("Aucun centre choisi."),
                }[mode],
            },
        },
    )


def _bounds(
    view: View, place: Place, shapes: mapping.Outlines
) -> tuple[float, float, float, float]:
    """Return where the map opens: round the territory shown, else on the whole place."""
    here = view.record
    if here is None or here.place != place.id or here.kind in ("province", "region"):
        return shapes.bounds
    return small_map.bounds_round(here.id, shapes.bounds)
