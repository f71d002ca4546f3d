"""
The tables that a territory's data is handed over in, with what may be done with each.

What comes under the Open Database License stands in tables of its own: that licence asks that a
database made from it be shared alike, and must not reach the rest.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from revital.catalogue.models import Column, Level, Source, Territory, Text
from revital.i18n import translator
from revital.services import mapping
from revital.services.data import Data
from revital.services.facts import timeline
from revital.services.figures import Figure, Reading, read_all
from revital.services.imports.corrected import corrected
from revital.services.local_access import incomplete_note
from revital.services.stamps import document_stamp
from revital.settings import settings
from revital.store.layers import LayerManifest

#: Services this far from the territory's limits are kept: what one walks to may be next door.
NEAR_M = 2000
#: Outlines that hold less than this share of a territory's units are left out.
LEAST_DRAWN = 0.95

FieldType = Literal["string", "number", "integer", "boolean", "date"]


@dataclass(frozen=True)
class Field:
    """A column: its machine name, titles, type and unit."""

    name: str
    title: Text
    type: FieldType
    unit: str = ""
    description: Text | None = None


@dataclass(frozen=True, eq=False)
class Table:
    """
    A table to hand over.

    Attributes
    ----------
    id : str
    title : Text
    frame : DataFrame, or GeoDataFrame in EPSG:4326
        Columns of `fields`, and `geometry`; missing values are missing, never 0.
    fields : tuple of Field
    sources : tuple of Source
    odbl : bool
        Whether it comes under the Open Database License.
    notes : tuple of Text
        What must be known before it is used.
    """

    id: str
    title: Text
    frame: pd.DataFrame
    fields: tuple[Field, ...]
    sources: tuple[Source, ...]
    odbl: bool = False
    notes: tuple[Text, ...] = ()


@dataclass(frozen=True, eq=False)
class Export:
    """The data of a territory."""

    territory: Territory
    tables: tuple[Table, ...]
    version: str
    day: date


def export(data: Data, territory_id: str, today: date | None = None) -> Export:
    """
    Gather the data of a territory.

    Raises
    ------
    UnknownIdError, LayerError
    """
    territory = data.catalogue.territory(territory_id)
    tables = [*_indicator_tables(data, territory)]
    for level, layer_id in data.catalogue.place(territory.place).outlines.items():
        if data.layers.has(layer_id):
            tables += _area_tables(data, territory, level, layer_id)
    tables += _service_tables(data, territory)
    tables += _fact_tables(data, territory)
    stamp = document_stamp(translator("fr"), today)
    return Export(territory, tuple(t for t in tables if len(t.frame)), stamp.version, stamp.day)


def is_odbl(manifest: LayerManifest) -> bool:
    """Return whether a layer comes under the Open Database License, in whole or in part."""
    return "ODbL" in manifest.licence or "Open Database" in manifest.licence


def _any_odbl(data: Data, layers: Iterable[str]) -> bool:
    return any(is_odbl(data.layers.manifest(i)) for i in layers if data.layers.has(i))


def _sources(data: Data, ids: Iterable[str]) -> tuple[Source, ...]:
    return tuple(data.catalogue.source(i) for i in dict.fromkeys(ids))


# --- figures -----------------------------------------------------------------------------------


_INDICATOR_FIELDS = (
    Field("indicator", Text(fr="Code", en="Code"), "string"),
    Field("title_fr", Text(fr="Indicateur (français)", en="Indicator (French)"), "string"),
    Field("title_en", Text(fr="Indicateur (anglais)", en="Indicator (English)"), "string"),
    Field("theme", Text(fr="Thème", en="Theme"), "string"),
    Field("value", Text(fr="Valeur", en="Value"), "number"),
    Field("unit_fr", Text(fr="Unité (français)", en="Unit (French)"), "string"),
    Field("unit_en", Text(fr="Unité (anglais)", en="Unit (English)"), "string"),
    Field("year", Text(fr="Année", en="Year"), "integer"),
    Field("level", Text(fr="Niveau", en="Level"), "string"),
    Field("method", Text(fr="Méthode", en="Method"), "string"),
    Field(
        "coverage_share",
        Text(fr="Part des résidents couverte", en="Share of residents covered"),
        "number",
        "0-1",
    ),
    Field("units", Text(fr="Unités", en="Units"), "integer"),
    Field("units_with_data", Text(fr="Unités avec donnée", en="Units with data"), "integer"),
    Field("flags", Text(fr="Qualité", en="Quality"), "string"),
    Field("note_fr", Text(fr="Note (français)", en="Note (French)"), "string"),
    Field("note_en", Text(fr="Note (anglais)", en="Note (English)"), "string"),
    Field("city_value", Text(fr="Valeur, ville", en="Value, city"), "number"),
    Field("region_value", Text(fr="Valeur, région", en="Value, region"), "number"),
    Field("province_value", Text(fr="Valeur, Québec", en="Value, Québec"), "number"),
    Field(
        "province_scope",
        Text(fr="Ce que couvre la valeur du Québec", en="What the Québec value covers"),
        "string",
    ),
    Field("sources", Text(fr="Sources", en="Sources"), "string"),
    Field("licences", Text(fr="Licences", en="Licences"), "string"),
)


def _indicator_tables(data: Data, territory: Territory) -> list[Table]:
    readings = [r for r in read_all(data, territory.id) if r.figure is not None]
    shared = [r for r in readings if r.figure and _any_odbl(data, r.figure.layers)]
    own = [r for r in readings if r not in shared]
    title = Text(fr="Indicateurs du territoire", en="Indicators of the territory")
    return [
        Table(
            id_,
            title,
            pd.DataFrame([_indicator_row(data, r) for r in some]),
            _INDICATOR_FIELDS,
            _sources(data, (s for r in some if r.figure for s in r.figure.sources)),
            odbl,
            (
                Text(
                    fr="Les parts vont de 0 à 1. Une cellule vide : aucune donnée.",
                    en="Shares run from 0 to 1. An empty cell: no data.",
                ),
            ),
        )
        for id_, some, odbl in (("indicators", own, False), ("indicators_odbl", shared, True))
    ]


def _indicator_row(data: Data, reading: Reading) -> dict[str, Any]:
    record, figure = reading.indicator, reading.figure
    assert figure is not None
    sources = _sources(data, figure.sources)
    province = reading.comparators.get("province")

    def other(role: str) -> float | None:
        found: Figure | None = reading.comparators.get(role)
        return None if found is None else found.value

    return {
        "indicator": record.id,
        "title_fr": record.title.fr,
        "title_en": record.title.en,
        "theme": record.theme,
        "value": figure.value,
        "unit_fr": record.unit.fr,
        "unit_en": record.unit.en,
        "year": figure.year,
        "level": figure.level,
        "method": figure.method,
        "coverage_share": round(figure.coverage, 4),
        "units": figure.units,
        "units_with_data": figure.units_with_data,
        "flags": " ".join(f.value for f in figure.flags),
        "note_fr": " ".join(dict.fromkeys(r.fr for r in figure.reasons)),
        "note_en": " ".join(dict.fromkeys(r.en for r in figure.reasons)),
        "city_value": other("city"),
        "region_value": other("region"),
        "province_value": other("province"),
        "province_scope": f"{province.title.fr} / {province.title.en}" if province else "",
        "sources": " ; ".join(s.id for s in sources),
        "licences": " ; ".join(dict.fromkeys(s.licence.both for s in sources)),
    }


# --- areas -------------------------------------------------------------------------------------


def _area_tables(data: Data, territory: Territory, level: Level, layer_id: str) -> list[Table]:
    shapes = mapping.outlines(data, layer_id, settings().static)
    units = data.units(territory, level)
    chosen = [id_ for id_ in shapes.ids if any(u in units for u in shapes.members[id_])]
    if not _mostly_drawn(units, chosen, shapes):
        return []
    outline = data.layers.read_shapes(layer_id).set_index("unit_id").loc[chosen]
    layer = data.catalogue.layer(layer_id)
    note = layer.approximate
    base = gpd.GeoDataFrame(
        {
            "area_id": chosen,
            "name": [str(v) for v in outline["name"]],
            "units": [" ".join(shapes.members[id_]) for id_ in chosen],
            "geometry_note_fr": note.fr if note else "",
            "geometry_note_en": note.en if note else "",
        },
        geometry=list(outline.geometry),
        crs="EPSG:4326",
    )
    fields = [
        Field("area_id", Text(fr="Zone", en="Area"), "string"),
        Field("name", Text(fr="Nom", en="Name"), "string"),
        Field("units", Text(fr="Unités de recensement", en="Census units"), "string"),
        Field(
            "geometry_note_fr",
            Text(fr="Note sur les contours (français)", en="Note on outlines (French)"),
            "string",
        ),
        Field(
            "geometry_note_en",
            Text(fr="Note sur les contours (anglais)", en="Note on outlines (English)"),
            "string",
        ),
    ]
    title = {
        "ct": Text(fr="Secteurs de recensement", en="Census tracts"),
        "da": Text(fr="Aires de diffusion", en="Dissemination areas"),
    }[level]
    out = []
    for odbl in (False, True):
        table = Table(
            f"areas_{level}{'_odbl' if odbl else ''}",
            title,
            base.copy(),
            tuple(fields),
            _sources(data, layer.sources),
            odbl,
            tuple(n for n in (note,) if n),
        )
        table = _with_values(data, territory, level, table, shapes, chosen)
        if len(table.fields) > len(fields):
            out.append(table)
    return out


def _mostly_drawn(units: pd.Index, chosen: list[str], shapes: mapping.Outlines) -> bool:
    # Outlines of one city would stand for a whole region.
    drawn = [u for id_ in chosen for u in shapes.members[id_]]
    return len(units) > 0 and bool(units.isin(drawn).mean() >= LEAST_DRAWN)


def _with_values(
    data: Data,
    territory: Territory,
    level: Level,
    table: Table,
    shapes: mapping.Outlines,
    chosen: list[str],
) -> Table:
    place = data.catalogue.place(territory.place)
    columns: dict[str, np.ndarray] = {}
    fields = list(table.fields)
    sources = [s.id for s in table.sources]
    notes = list(table.notes)
    for indicator in data.catalogue.indicators.values():
        measure = mapping.measure_at(data, indicator, level, place)
        if measure is None:
            continue
        layers = {a.partition(".")[0] for a in measure.inputs.values()}
        if _any_odbl(data, layers) != table.odbl:
            continue
        values = mapping.area_values(data, measure, shapes)["value"].reindex(chosen)
        if values.isna().all():
            continue
        columns[indicator.id] = values.to_numpy(dtype=float)
        fields.append(
            Field(
                indicator.id,
                Text(
                    fr=f"{indicator.title.fr} ({measure.year})",
                    en=f"{indicator.title.en} ({measure.year})",
                ),
                "number",
                indicator.unit.fr,
                indicator.definition,
            )
        )
        sources += measure.sources
        incomplete = incomplete_note(measure, territory.place)
        notes += [n for n in (measure.approximate, incomplete, measure.caution) if n]
    frame = pd.concat([table.frame, pd.DataFrame(columns, index=table.frame.index)], axis=1)
    names = [f.name for f in fields]
    geo = gpd.GeoDataFrame(frame[[*names, "geometry"]], geometry="geometry", crs="EPSG:4326")
    return replace(
        table,
        frame=geo,
        fields=tuple(fields),
        sources=_sources(data, sources),
        notes=tuple({n.fr: n for n in notes}.values()),
    )


# --- services and facts ------------------------------------------------------------------------

_SERVICE_COLUMNS = (
    "service_id",
    "name",
    "category",
    "address",
    "postal_code",
    "phone",
    "status",
    "as_of",
    "location_quality",
    "error_m",
    "source",
    "source_url",
    "note_fr",
    "note_en",
)


_LOCAL_NOTE = Field(
    "local_note",
    Text(fr="Correction locale : quoi, par qui, quand", en="Local correction: what, by whom, when"),
    "string",
)


def _service_tables(data: Data, territory: Territory) -> list[Table]:
    place = data.catalogue.place(territory.place)
    limits = limits_of(data, territory)
    layers = [i for i in place.services if data.layers.has(i)]
    out = []
    for odbl in (False, True):
        some = [i for i in layers if is_odbl(data.layers.manifest(i)) == odbl]
        if not some or limits is None:
            continue
        frames: list[gpd.GeoDataFrame] = []
        columns: dict[str, Column] = {}
        for layer_id in some:
            frame = corrected(data, layer_id).to_crs(territory.crs_metric)
            near = frame[frame.distance(limits) <= NEAR_M]
            kept = [c for c in _SERVICE_COLUMNS if c in near.columns]
            noted = ["local_note"] if "local_note" in near.columns else []
            part = near[[*kept, *noted, "geometry"]].assign(
                layer=layer_id, in_territory=near.within(limits)
            )
            frames.append(part)
            columns |= {c: data.catalogue.layer(layer_id).columns[c] for c in kept}
        frame = pd.concat([f for f in frames if len(f)] or frames[:1], ignore_index=True)
        geo = gpd.GeoDataFrame(frame, geometry="geometry", crs=territory.crs_metric)
        geo = geo.to_crs("EPSG:4326")
        geo["lat"] = geo.geometry.y.round(6)
        geo["lon"] = geo.geometry.x.round(6)
        fields = (
            Field("layer", Text(fr="Couche", en="Layer"), "string"),
            Field("in_territory", Text(fr="Dans le territoire", en="In the territory"), "boolean"),
            *(_field(name, column) for name, column in columns.items()),
            *([_LOCAL_NOTE] if "local_note" in geo.columns else []),
            Field("lat", Text(fr="Latitude", en="Latitude"), "number", "°"),
            Field("lon", Text(fr="Longitude", en="Longitude"), "number", "°"),
        )
        records = [data.catalogue.layer(i) for i in some]
        notes = [n for r in records for n in (r.approximate, r.incomplete) if n]
        out.append(
            Table(
                f"services{'_odbl' if odbl else ''}",
                Text(
                    fr="Services connus dans le territoire et à moins de 2 km",
                    en="Known services in the territory and within 2 km",
                ),
                geo[[*(f.name for f in fields), "geometry"]],
                fields,
                _sources(data, (s for r in records for s in r.sources)),
                odbl,
                tuple({n.fr: n for n in notes}.values()),
            )
        )
    return out


def _field(name: str, column: Column) -> Field:
    kinds: dict[str, FieldType] = {"float": "number", "int": "integer", "bool": "boolean"}
    return Field(name, column.title, kinds.get(column.type, "string"), column.unit or "")


def limits_of(data: Data, territory: Territory) -> shapely.Geometry | None:
    """Return the outline of a territory in its metric system, from its largest units drawn."""
    place = data.catalogue.place(territory.place)
    for level, layer_id in place.outlines.items():
        if not data.layers.has(layer_id):
            continue
        shapes = mapping.outlines(data, layer_id, settings().static)
        units = data.units(territory, level)
        inside = [i for i in shapes.ids if any(u in units for u in shapes.members[i])]
        if not _mostly_drawn(units, inside, shapes):
            continue
        frame = data.layers.read_shapes(layer_id).set_index("unit_id").loc[inside]
        return shapely.union_all(frame.to_crs(territory.crs_metric).geometry.values)
    return None


def _fact_tables(data: Data, territory: Territory) -> list[Table]:
    place = data.catalogue.place(territory.place)
    found = timeline(data, territory.id)
    if place.facts is None or not found:
        return []
    names: dict[str, tuple[str, str, FieldType]] = {
        "fact_id": ("Code", "Code", "string"),
        "topic_fr": ("Sujet (français)", "Topic (French)", "string"),
        "topic_en": ("Sujet (anglais)", "Topic (English)", "string"),
        "scope": ("Portée", "Scope", "string"),
        "date_fr": ("Date selon la source (français)", "Date as given (French)", "string"),
        "date_en": ("Date selon la source (anglais)", "Date as given (English)", "string"),
        "sort_date": ("Date de tri", "Sorting date", "date"),
        "statement_fr": ("Fait (français)", "Fact (French)", "string"),
        "statement_en": ("Fait (anglais)", "Fact (English)", "string"),
        "value": ("Valeur", "Value", "number"),
        "unit_fr": ("Unité (français)", "Unit (French)", "string"),
        "unit_en": ("Unité (anglais)", "Unit (English)", "string"),
        "confirmed": ("Confirmé", "Confirmed", "boolean"),
        "source": ("Source", "Source", "string"),
        "source_url": ("Adresse de la source", "Address of the source", "string"),
    }
    frame = pd.DataFrame(
        [
            (
                f.id, f.topic.fr, f.topic.en, f.scope, f.date_text.fr, f.date_text.en,
                f.day.isoformat() if f.day else None, f.statement.fr, f.statement.en, f.value,
                f.unit.fr if f.unit else None, f.unit.en if f.unit else None, f.confirmed,
                f.source, f.url,
            )
            for f in found
        ],
        columns=list(names),
    )  # fmt: skip
    return [
        Table(
            "facts",
            Text(fr="Repères datés", en="Dated facts"),
            frame,
            tuple(Field(k, Text(fr=a, en=b), c) for k, (a, b, c) in names.items()),
            _sources(data, data.catalogue.layer(place.facts).sources),
            notes=(
                Text(
                    fr="« Confirmé : non » veut dire que le fait reste à vérifier.",
                    en="“Confirmed: false” means that the fact still has to be checked.",
                ),
            ),
        )
    ]
