"""What a map says on paper: its shapes, and every word round it in one language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import shapely

from revital.catalogue.models import Level, MapName, Place
from revital.domain.clusters import Statistic
from revital.errors import UserError
from revital.i18n import Translator
from revital.services import hotspot_words, wording
from revital.services.data import Data
from revital.services.hotspots import TITLES, hot_spots
from revital.services.landmarks import service_points
from revital.services.map_classes import limits_text
from revital.services.mapping import LegendClass, MapView
from revital.services.own_mapping import any_map
from revital.services.stamps import Stamp, document_stamp
from revital.settings import settings


@dataclass(frozen=True)
class SheetMark:
    """
    A point of a map.

    Attributes
    ----------
    kind : str
        `layer_0` to `layer_5` for layers of services; `counted`, `shown`, `closed`, `scenario`,
        `site` on the map of access.
    number : int
        Written on the mark; 0 for none.
    """

    lat: float
    lon: float
    kind: str
    number: int = 0


@dataclass(frozen=True, eq=False)
class MapSheet:
    """
    A map with its words.

    Attributes
    ----------
    shapes : tuple of shapely geometries
        Areas in degrees, in the order of `codes`.
    codes : bytes
        Class of each area, 255 = no data.
    palette : str
        A palette of `charts.theme`, `distance`, or `hot_spots`.
    keys : tuple of str
        Name of each class where its colour depends on it (`hot_spots`).
    inside : tuple of int
        Areas of the territory.
    streets : tuple of shapely geometries
    names : tuple of MapName
    bounds : tuple of float
        What must be seen: the territory and what surrounds it (degrees).
    title, unit, direction, level, place : str
    classes : tuple of (str, int)
        Limits of each class in words, and its number of areas.
    none : str
        What the hatch means, with its number of areas; empty when every area has a value.
    summary : str
        The map in one sentence: its text alternative.
    notes : tuple of str
        What is approximate.
    credits : tuple of str
        Attribution of everything drawn, once each.
    stamp : Stamp
        Date, data version and the choices it was made with.
    marks : tuple of SheetMark
    kinds : tuple of (str, str)
        Kinds of marks drawn, and what each is.
    mark : str
        What must be said first when it shows a scenario; empty otherwise.
    view : MapView or None
        The indicator drawn; None on the map of access.
    barriers : tuple of shapely geometries
        What cannot be crossed on foot, in degrees.
    """

    shapes: tuple[shapely.Geometry, ...]
    codes: bytes
    palette: str
    inside: tuple[int, ...]
    streets: tuple[shapely.Geometry, ...]
    names: tuple[MapName, ...]
    bounds: tuple[float, float, float, float]
    title: str
    unit: str
    direction: str
    level: str
    place: str
    classes: tuple[tuple[str, int], ...]
    none: str
    summary: str
    notes: tuple[str, ...]
    credits: tuple[str, ...]
    stamp: Stamp
    keys: tuple[str, ...] = ()
    marks: tuple[SheetMark, ...] = ()
    kinds: tuple[tuple[str, str], ...] = ()
    mark: str = ""
    view: MapView | None = None
    barriers: tuple[shapely.Geometry, ...] = ()


def map_sheet(
    data: Data,
    indicator_id: str,
    territory_id: str,
    t: Translator,
    level: Level | None = None,
    *,
    services: Sequence[str] = (),
    hot_spots_of: Statistic | None = None,
    today: date | None = None,
) -> MapSheet:
    """
    Prepare a map of an indicator for paper.

    Parameters
    ----------
    data : Data
    indicator_id, territory_id : str
        An indicator, or an own measure by its id.
    t : Translator
    level : Level, optional
        The largest units that have the figure by default, as on the page.
    services : sequence of str
        Layers of services drawn over the areas.
    hot_spots_of : Statistic, optional
        Draw where like values gather instead of the values.
    today : date, optional

    Raises
    ------
    UnknownIdError, LayerError, ValuesError
    UserError
        When no level of the place has the figure.
    """
    view = any_map(data, indicator_id, territory_id, level, settings().static)
    territory = data.catalogue.territory(territory_id)
    if view is None:
        indicator = data.catalogue.indicator(indicator_id)
        raise UserError(
            "L'indicateur « {indicator} » n'a aucune valeur à cartographier autour de "
            "« {territory} ». Choisissez un indicateur qui a une valeur : "
            "« revital indicators --territory {id} ».",
            indicator=t.of(indicator.title),
            territory=t.of(territory.title),
            id=territory_id,
        )
    indicator = view.indicator
    place = data.catalogue.place(territory.place)
    streets, used = street_shapes(data, place)
    manifests = [*view.manifests, *(data.layers.manifest(id_) for id_ in (*used, *services))]
    level_words = wording.level_text(view.outlines.layer.level or "da", t)
    marks, kinds = _services(data, place, services, t)
    sheet = MapSheet(
        view=view,
        shapes=tuple(data.layers.read_shapes(view.outlines.layer.id).geometry.values),
        codes=view.codes,
        palette=indicator.palette,
        inside=view.inside,
        streets=streets,
        names=place.labels,
        bounds=roomy(view.territory_bounds),
        title=t.of(indicator.title),
        unit=wording.unit_text(indicator, t),
        direction=wording.direction_text(indicator, t),
        level=level_words,
        place=t.of(territory.title),
        classes=tuple((class_limits(view, c, t), c.count) for c in view.classes),
        none=none_text(view.missing, t, len(view.hidden)),
        summary=summary(view, t.of(territory.title), level_words, t),
        notes=(
            *dict.fromkeys(t.of(n) for n in view.approximate),
            *(t.of(n) for id_ in services if (n := data.catalogue.layer(id_).incomplete)),
        ),
        credits=tuple(
            dict.fromkeys(
                t.of(data.catalogue.source(s).attribution) for m in manifests for s in m.sources
            )
        ),
        stamp=document_stamp(t, today, f"{level_words} · {t.of(view.date)}"),
        marks=marks,
        kinds=kinds,
    )
    return sheet if hot_spots_of is None else _hot(data, sheet, view, hot_spots_of, t)


def _hot(
    data: Data, sheet: MapSheet, view: MapView, statistic: Statistic, t: Translator
) -> MapSheet:
    found = hot_spots(data, view, statistic=statistic)
    title, unit, direction = hotspot_words.legend(found, sheet.title, t)
    return replace(
        sheet,
        codes=found.codes,
        palette="hot_spots",
        keys=found.classes,
        title=title,
        unit=unit,
        direction=direction,
        classes=tuple((t.of(TITLES[name]), found.counts[name]) for name in found.classes),
        none=none_text(found.missing, t),
        summary=f"{title}. {hotspot_words.whole(found, t)}",
    )


def street_shapes(data: Data, place: Place) -> tuple[tuple[shapely.Geometry, ...], tuple[str, ...]]:
    """Return the streets of a place, and the layers they come from."""
    layer = place.basemap.get("lines")
    if not layer or not data.layers.has(layer):
        return (), ()
    return tuple(data.layers.read_shapes(layer).geometry.values), (layer,)


def _services(
    data: Data, place: Place, layers: Sequence[str], t: Translator
) -> tuple[tuple[SheetMark, ...], tuple[tuple[str, str], ...]]:
    order = {id_: i for i, id_ in enumerate(place.services)}
    kind = {id_: f"layer_{order.get(id_, 0) % 6}" for id_ in layers}
    marks = tuple(
        SheetMark(float(p["lat"]), float(p["lon"]), kind[p["layer"]])
        for p in service_points(data, layers)
    )
    return marks, tuple((kind[id_], t.of(data.catalogue.layer(id_).title)) for id_ in layers)


def none_text(missing: int, t: Translator, hidden: int = 0) -> str:
    """Return what the hatch means, with its number of areas; nothing when there is none."""
    said = [
        t("aucune donnée ({n})", n=t.number(missing)) if missing else "",
        t("caché ({n})", n=t.number(hidden)) if hidden else "",
    ]
    return " · ".join(words for words in said if words)


def class_limits(view: MapView, found: LegendClass, t: Translator) -> str:
    """Return the limits of a class in words."""
    return limits_text(view.indicator, found.low, found.high, t)


def roomy(
    bounds: tuple[float, float, float, float], share: float = 0.3
) -> tuple[float, float, float, float]:
    """Return bounds with room around them, so that a place is seen among its neighbours."""
    west, south, east, north = bounds
    dx, dy = (east - west) * share, (north - south) * share
    return west - dx, south - dy, east + dx, north + dy


def summary(view: MapView, place: str, level: str, t: Translator) -> str:
    """Return a map in one sentence."""
    record = view.indicator
    inside = np.array(
        [np.nan if view.values[i] is None else view.values[i] for i in view.inside], dtype=float
    )
    known = inside[np.isfinite(inside)]
    text = t(
        "Carte de « {indicator} » par {level} ({year}).",
        indicator=t.of(record.title),
        level=level,
        year=t.of(view.date),
    )
    if not known.size:
        return text + " " + t("Aucune zone de {place} n'a de valeur.", place=place)
    low, high = (
        wording.figure_text(record, float(v), t, is_bound=view.is_bound)
        for v in (known.min(), known.max())
    )
    if low == high:
        return text + " " + t("{place} : {low}.", place=place, low=low)
    return text + " " + t("{place} : de {low} à {high}.", place=place, low=low, high=high)
