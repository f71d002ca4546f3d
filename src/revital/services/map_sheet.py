"""What a map says on paper: its shapes, and every word round it in one language."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from revital.catalogue.models import Level, MapName
from revital.errors import UserError
from revital.i18n import Translator
from revital.services import wording
from revital.services.data import Data
from revital.services.mapping import LegendClass, MapView, map_view
from revital.settings import settings


@dataclass(frozen=True, eq=False)
class MapSheet:
    """
    A map with its words.

    Attributes
    ----------
    view : MapView
    shapes : tuple of shapely geometries
        Areas in degrees, in the order of the view.
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
    """

    view: MapView
    shapes: tuple[shapely.Geometry, ...]
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


def map_sheet(
    data: Data, indicator_id: str, territory_id: str, t: Translator, level: Level | None = None
) -> MapSheet:
    """
    Prepare a map for paper.

    Parameters
    ----------
    data : Data
    indicator_id, territory_id : str
    t : Translator
    level : Level, optional
        The largest units that have the figure by default, as on the page.

    Raises
    ------
    UnknownIdError, LayerError
    UserError
        When no level of the place has the figure.
    """
    view = map_view(data, indicator_id, territory_id, level, settings().static)
    indicator = data.catalogue.indicator(indicator_id)
    territory = data.catalogue.territory(territory_id)
    if view is None:
        raise UserError(
            "L'indicateur « {indicator} » n'a aucune valeur à cartographier autour de "
            "« {territory} ». Choisissez un indicateur qui a une valeur : "
            "« revital indicators --territory {id} ».",
            indicator=t.of(indicator.title),
            territory=t.of(territory.title),
            id=territory_id,
        )
    place = data.catalogue.place(territory.place)
    streets_layer = place.basemap.get("lines")
    streets: tuple[shapely.Geometry, ...] = ()
    manifests = list(view.manifests)
    if streets_layer and data.layers.has(streets_layer):
        manifests.append(data.layers.manifest(streets_layer))
        streets = tuple(data.layers.read_shapes(streets_layer).geometry.values)
    classes = tuple((class_limits(view, c, t), c.count) for c in view.classes)
    level_words = wording.level_text(view.outlines.layer.level or "da", t)
    return MapSheet(
        view=view,
        shapes=tuple(data.layers.read_shapes(view.outlines.layer.id).geometry.values),
        streets=streets,
        names=place.labels,
        bounds=_roomy(view.territory_bounds),
        title=t.of(indicator.title),
        unit=wording.unit_text(indicator, t),
        direction=wording.direction_text(indicator, t),
        level=level_words,
        place=t.of(territory.title),
        classes=classes,
        none=t("aucune donnée ({n})", n=t.number(view.missing)) if view.missing else "",
        summary=_summary(view, t.of(territory.title), level_words, t),
        notes=tuple(dict.fromkeys(t.of(n) for n in view.approximate)),
        credits=tuple(
            dict.fromkeys(
                t.of(data.catalogue.source(s).attribution) for m in manifests for s in m.sources
            )
        ),
    )


def class_limits(view: MapView, found: LegendClass, t: Translator) -> str:
    """Return the limits of a class in words."""
    low, high = (wording.figure_text(view.indicator, v, t) for v in (found.low, found.high))
    # A fixed class under the lowest value has no lower limit of its own.
    return (
        t("{low} à {high}", low=low, high=high)
        if found.low <= found.high
        else t("{high} et moins", high=high)
    )


def _roomy(bounds: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    west, south, east, north = bounds
    dx, dy = (east - west) * 0.3, (north - south) * 0.3
    return west - dx, south - dy, east + dx, north + dy


def _summary(view: MapView, place: str, level: str, t: Translator) -> str:
    record = view.indicator
    inside = np.array(
        [np.nan if view.values[i] is None else view.values[i] for i in view.inside], dtype=float
    )
    known = inside[np.isfinite(inside)]
    text = t(
        "Carte de « {indicator} » par {level} ({year}).",
        indicator=t.of(record.title),
        level=level,
        year=str(view.measure.year),
    )
    if not known.size:
        return text + " " + t("Aucune zone de {place} n'a de valeur.", place=place)
    low, high = (wording.figure_text(record, float(v), t) for v in (known.min(), known.max()))
    if low == high:
        return text + " " + t("{place} : {low}.", place=place, low=low)
    return text + " " + t("{place} : de {low} à {high}.", place=place, low=low, high=high)
