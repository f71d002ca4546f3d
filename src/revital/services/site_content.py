"""What one self-contained page of a territory holds, in both languages."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import shapely

from revital.catalogue.models import Level, Text
from revital.errors import LayerError
from revital.i18n import Translator, translator
from revital.services import mapping, wording
from revital.services.access_ground import AccessQuery
from revital.services.access_overview import ServiceLine, service_lines
from revital.services.data import Data
from revital.services.imports.corrected import corrected
from revital.services.map_sheet import class_limits
from revital.services.mapping import MapView
from revital.services.outlines import Outlines, feature_collection
from revital.services.package_tables import limits_of
from revital.services.portrait_sheet import PortraitSheet, portrait_sheet
from revital.services.site_plan import SitePlan, site_plan
from revital.services.vocabulary import category_word, status_word
from revital.settings import settings

#: Decimals of a degree kept in the outlines: about ten metres.
DECIMALS = 4
#: Services this far from the territory are listed.
NEAR_M = 2000
_FONTS = {
    ("RadioCanadaBig", 600): "radio-canada-big-latin-600-normal.woff2",
    ("Atkinson", 400): "atkinson-hyperlegible-next-latin-400-normal.woff2",
    ("Atkinson", 600): "atkinson-hyperlegible-next-latin-600-normal.woff2",
}


@dataclass(frozen=True)
class SitePlace:
    """A service of the list, in one language."""

    name: str
    category: str
    address: str
    state: str
    lat: float
    lon: float
    inside: bool


@dataclass(frozen=True)
class SiteMap:
    """
    One indicator on the map, in one language.

    Attributes
    ----------
    id, title, theme, unit, direction, note, credit : str
    level : Level
    labels : tuple of str
        Value of each area in words.
    classes : tuple of (str, int)
        Limits in words, and areas.
    view : MapView
        Its classes, the same in both languages.
    """

    id: str
    title: str
    theme: str
    unit: str
    direction: str
    note: str
    credit: str
    level: Level
    labels: tuple[str, ...]
    classes: tuple[tuple[str, int], ...]
    view: MapView


@dataclass(frozen=True, eq=False)
class SiteLanguage:
    """The whole page in one language."""

    sheet: PortraitSheet
    maps: tuple[SiteMap, ...]
    places: tuple[SitePlace, ...]
    places_notes: tuple[str, ...]
    services: tuple[ServiceLine, ...]
    plan: SitePlan
    names: tuple[tuple[str, float, float, str], ...]


@dataclass(frozen=True, eq=False)
class SiteContent:
    """
    Both languages and what they share.

    Attributes
    ----------
    languages : dict of language to SiteLanguage
    outlines : dict of level to GeoJSON
    streets : GeoJSON or None
    bounds : tuple of float
        What the map shows first.
    fonts : dict of (family, weight) to bytes
    leaflet_js, leaflet_css : str
    """

    territory: Text
    territory_id: str
    languages: dict[str, SiteLanguage]
    outlines: dict[str, dict[str, Any]]
    streets: dict[str, Any] | None
    bounds: tuple[float, float, float, float]
    fonts: dict[tuple[str, int], bytes]
    leaflet_js: str
    leaflet_css: str


def site_content(
    data: Data, territory_id: str, today: date | None = None, lang: str | None = None
) -> SiteContent:
    """
    Gather one page of a territory, in the languages of its committee.

    Parameters
    ----------
    lang : {"fr", "en"}, optional
        A language that it must hold whatever those are.

    Raises
    ------
    UnknownIdError, LayerError
    """
    territory = data.catalogue.territory(territory_id)
    place = data.catalogue.place(territory.place)
    views = _views(data, territory_id)
    languages = {
        code: _language(data, territory_id, views, translator(code), today)
        for code in dict.fromkeys([*territory.languages, *([lang] if lang else [])])
    }
    levels = dict.fromkeys(level for level, _ in views)
    streets = place.basemap.get("lines")
    bounds = views[0][1].territory_bounds if views else (place.bounds or (-72.8, 46.2, -72.3, 46.5))
    folder = settings().static
    return SiteContent(
        territory=territory.title,
        territory_id=territory_id,
        languages=languages,
        outlines={
            level: _outlines(data, view.outlines)
            for level in levels
            for view in [next(v for lv, v in views if lv == level)]
        },
        streets=_features(data, streets) if streets and data.layers.has(streets) else None,
        bounds=bounds,
        fonts={key: _read(folder / "fonts" / name) for key, name in _FONTS.items()},
        leaflet_js=_read(folder / "vendor" / "leaflet" / "leaflet.js").decode(),
        leaflet_css=_read(folder / "vendor" / "leaflet" / "leaflet.css").decode(),
    )


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise LayerError(
            "Le fichier « {file} » manque dans le dossier « {folder} » de l'application. "
            "Reprenez une copie du projet.",
            file=path.name,
            folder=path.parent.name,
        ) from error


def _views(data: Data, territory_id: str) -> list[tuple[Level, MapView]]:
    territory = data.catalogue.territory(territory_id)
    place = data.catalogue.place(territory.place)
    found: list[tuple[Level, MapView]] = []
    for indicator in data.catalogue.indicators.values():
        offered = mapping.levels(data, indicator, place)
        if not offered or indicator.kind == "count":
            continue
        level = offered[-1]
        view = mapping.map_view(data, indicator.id, territory_id, level, settings().static)
        if view is not None and any(view.values[i] is not None for i in view.inside):
            found.append((level, view))
    # The map opens on the first headline of need that it can draw.
    return sorted(found, key=lambda f: f[1].indicator.id != "low_income")


def _language(
    data: Data,
    territory_id: str,
    views: list[tuple[Level, MapView]],
    t: Translator,
    today: date | None,
) -> SiteLanguage:
    territory = data.catalogue.territory(territory_id)
    place = data.catalogue.place(territory.place)
    places, notes = _places(data, territory_id, t)
    return SiteLanguage(
        sheet=portrait_sheet(data, territory_id, t, today),
        maps=tuple(_map(data, level, view, t) for level, view in views),
        places=places,
        places_notes=notes,
        services=service_lines(data, AccessQuery(territory_id, "grocery"), t),
        plan=site_plan(territory_id, t),
        names=tuple((t.of(n.text), n.lat, n.lon, n.kind) for n in place.labels),
    )


def _map(data: Data, level: Level, view: MapView, t: Translator) -> SiteMap:
    record = view.indicator
    ids = dict.fromkeys(s for m in view.manifests for s in m.sources)
    credits_ = dict.fromkeys(t.of(data.catalogue.source(i).attribution) for i in ids)
    theme = next(p for p in data.catalogue.themes if p.id == record.theme)
    return SiteMap(
        id=record.id,
        title=t.of(record.title),
        theme=t.of(theme.title),
        unit=wording.unit_text(record, t),
        direction=wording.direction_text(record, t),
        note=" ".join(dict.fromkeys(t.of(n) for n in view.approximate)),
        credit=f"{' '.join(credits_)} ({view.measure.year})",
        level=level,
        labels=tuple(
            wording.figure_text(record, v, t, is_bound=view.is_bound) for v in view.values
        ),
        classes=tuple((class_limits(view, c, t), c.count) for c in view.classes),
        view=view,
    )


def _places(
    data: Data, territory_id: str, t: Translator
) -> tuple[tuple[SitePlace, ...], tuple[str, ...]]:
    territory = data.catalogue.territory(territory_id)
    place = data.catalogue.place(territory.place)
    limits = limits_of(data, territory)
    found: list[SitePlace] = []
    notes: list[str] = []
    if limits is None:
        return (), ()
    for layer_id in place.landmarks:
        if not data.layers.has(layer_id):
            continue
        record = data.catalogue.layer(layer_id)
        if record.geometry != "Point":
            continue
        frame = corrected(data, layer_id)
        flat = frame.to_crs(territory.crs_metric)
        near = (flat.distance(limits) <= NEAR_M).to_numpy()
        inside = flat.within(limits).to_numpy()
        notes += [
            t("{title} : {what}", title=t.of(record.title), what=t.of(n))
            for n in (record.approximate, record.incomplete)
            if n and near.any()
        ]
        for row, is_near, is_inside in zip(frame.to_dict("records"), near, inside, strict=True):
            if is_near:
                found.append(_place(row, bool(is_inside), t))
    ordered = sorted(found, key=lambda p: (not p.inside, p.category, p.name.casefold()))
    return tuple(ordered), tuple(dict.fromkeys(notes))


def _place(row: dict[Any, Any], inside: bool, t: Translator) -> SitePlace:
    def text(key: str) -> str:
        value = row.get(key)
        return value if isinstance(value, str) else ""

    point = row["geometry"]
    state = status_word(text("status"), t)
    if text("local_note"):
        state = ", ".join(x for x in (state, t("corrigé localement")) if x)
    return SitePlace(
        name=text("name"),
        category=category_word(text("category"), t),
        address=text("address"),
        state=state,
        lat=round(float(point.y), 5),
        lon=round(float(point.x), 5),
        inside=inside,
    )


def _outlines(data: Data, shapes: Outlines) -> dict[str, Any]:
    """Return the outlines, their coordinates shortened."""
    geo = feature_collection(data, shapes, 5 * 10.0**-DECIMALS)
    for feature in geo["features"]:
        feature["geometry"]["coordinates"] = _short(feature["geometry"]["coordinates"])
    return geo


def _short(coordinates: Any) -> Any:
    if isinstance(coordinates[0], int | float):
        return [round(c, DECIMALS) for c in coordinates]
    return [_short(c) for c in coordinates]


def _features(data: Data, layer_id: str) -> dict[str, Any]:
    shapes = data.layers.read_shapes(layer_id).geometry.values
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": {},
                "geometry": {
                    **json.loads(shapely.to_geojson(shape)),
                    "coordinates": _short(json.loads(shapely.to_geojson(shape))["coordinates"]),
                },
            }
            for shape in shapes
        ],
    }
