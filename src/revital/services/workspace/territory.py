"""Makes a territory: one record, and the layers it needs when its city is new."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from revital.catalogue.models import (
    Place,
    Territory,
    Text,
    UnitSelection,
)
from revital.errors import ConflictError, UserError
from revital.services.blocks import blocks_of
from revital.services.data import Data
from revital.services.packing.outlines import FINE, outlined, tracts_of
from revital.services.workspace.areas import drawn_units
from revital.services.workspace.boundary import (
    MAJORITY,
    Inside,
    areas_inside,
    picked,
    read_shapes_file,
)
from revital.services.workspace.building import drop_layers, put_layer
from revital.services.workspace.details import checked_comparators, comparators_of
from revital.services.workspace.home import Workspace
from revital.services.workspace.templates import layer_record
from revital.sources.readers.text import require_columns, to_numbers
from revital.store.layers import InputFile, file_sha256

_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,40}")


@dataclass(frozen=True)
class UnitsFile:
    """
    A user's own file of areas.

    Attributes
    ----------
    path : Path
    frame : GeoDataFrame (EPSG:4326), indexed by unit id
        `population` (persons).
    """

    path: Path
    frame: gpd.GeoDataFrame


@dataclass(frozen=True)
class Proposal:
    """
    A territory before it is kept: what it is made of, to be shown and confirmed.

    Attributes
    ----------
    record : Territory
    place : Place
        The city it belongs to; new when `units` is not None.
    inside : Inside
        Areas, population, rule and share estimated.
    units : UnitsFile or None
        Areas that come with it.
    """

    record: Territory
    place: Place
    inside: Inside
    units: UnitsFile | None = None


def read_units(path: Path, *, unit_id: str, population: str) -> UnitsFile:
    """
    Read a user's areas with their population.

    Parameters
    ----------
    path : GeoJSON, GeoPackage or zipped shapefile
    unit_id, population : names of the columns

    Raises
    ------
    SourceError, CrsError, UserError
        When a column lacks, an id repeats, or a population is not a number.
    """
    frame = read_shapes_file(path)
    require_columns(frame.columns, [unit_id, population], path.name)
    ids = frame[unit_id].astype(str).str.removesuffix(".0")
    if ids.duplicated().any():
        raise UserError(
            "« {file} », colonne « {column} » : « {value} » se répète. Chaque aire doit avoir son "
            "numéro.",
            file=path.name,
            column=unit_id,
            value=ids[ids.duplicated()].iloc[0],
        )
    people = to_numbers(frame[population], path.name)
    tidy = gpd.GeoDataFrame(
        {"population": people.to_numpy()},
        index=pd.Index(ids, name="unit_id"),
        geometry=frame.geometry.to_numpy(),
        crs="EPSG:4326",
    )
    return UnitsFile(path, tidy.sort_index())


def place_at(data: Data, limits: shapely.Geometry) -> Place:
    """
    Return the place whose outlines the limits meet most.

    Raises
    ------
    UserError
        When they meet none.
    """
    best: tuple[float, Place] | None = None
    for place in data.catalogue.places.values():
        layer = place.outlines.get("da")
        if layer is None or not data.layers.has(layer):
            continue
        if place.bounds is not None and not shapely.box(*place.bounds).intersects(limits):
            continue
        # Degrees serve here: places are compared on one and the same ground.
        met = shapely.intersection(data.layers.read_shapes(layer).geometry.array, limits)
        area = float(shapely.area(met).sum())
        if area > 0 and (best is None or area > best[0]):
            best = (area, place)
    if best is None:
        raise UserError(
            "Les limites ne touchent aucune aire connue. Donnez les aires avec « --units », ou "
            "téléchargez d'abord celles de la municipalité (« --municipality »)."
        )
    return best[1]


def inside_of(data: Data, place: Place, limits: shapely.Geometry) -> Inside:
    """Return the areas of a place inside limits; a cell of two areas counts both."""
    shapes = data.layers.read_shapes(place.outlines["da"]).set_index("unit_id")
    people = data.population("da")
    if "members" in shapes.columns:
        shapes = shapes.assign(unit=shapes["members"].str.split(";")).explode("unit")
        shapes = shapes.set_index("unit")
    known = drawn_units(data, place)
    shapes = shapes[shapes.index.isin(set(known))]
    return areas_inside(limits, shapes, people, blocks_of(data, known))


def propose(
    data: Data,
    *,
    id_: str,
    name: Text,
    limits: shapely.Geometry | None = None,
    unit_ids: Sequence[str] = (),
    units: UnitsFile | None = None,
    place: str | None = None,
    comparators: Mapping[str, str] | None = None,
) -> Proposal:
    """
    Work out a territory without keeping anything.

    Parameters
    ----------
    data : Data
    id_ : str
        Lower-case letters, digits and hyphens.
    name : Text
    limits : polygon (EPSG:4326), optional
    unit_ids : areas picked one by one, when there are no limits
    units : UnitsFile, optional
        The areas of a city that revital does not know yet.
    place : str, optional
        Place of the catalogue; the one that the limits meet by default.
    comparators : mapping of role (`city`, `region`, `province`) to territory, optional
        Those of the place's city by default.

    Returns
    -------
    Proposal

    Raises
    ------
    UserError
        When the id is taken or malformed, the limits meet nothing, or too few people live inside.
    """
    if not _ID.fullmatch(id_):
        raise UserError(
            "L'identifiant « {id} » doit être fait de lettres minuscules sans accent, de chiffres "
            "et de traits d'union (« limoilou »).",
            id=id_[:60],
        )
    if id_ in data.catalogue.territories:
        raise UserError(
            "Le territoire « {id} » existe déjà. Choisissez un autre identifiant.", id=id_
        )
    if units is not None:
        where = _new_place(data, id_, name, units)
        people = units.frame["population"]
        inside = (
            areas_inside(limits, units.frame, people, blocks_of(data, units.frame.index))
            if limits is not None
            else picked(list(unit_ids) or list(units.frame.index), people)
        )
    else:
        known = data.catalogue.place(place) if place else None
        if limits is not None:
            where = known or place_at(data, limits)
            inside = inside_of(data, where, limits)
        else:
            inside = picked(unit_ids, data.population("da"))
            where = known or _place_of_units(data, inside.ids)
    return Proposal(
        record=_record(data, id_, name, where, inside, comparators),
        place=where,
        inside=inside,
        units=units,
    )


def _place_of_units(data: Data, ids: list[str]) -> Place:
    for place in data.catalogue.places.values():
        if set(ids) <= set(drawn_units(data, place)):
            return place
    raise UserError(
        "Ces aires ne sont pas toutes d'un même lieu connu. Donnez le lieu avec « --place », ou "
        "les contours avec « --units »."
    )


def _new_place(data: Data, id_: str, name: Text, units: UnitsFile) -> Place:
    west, south, east, north = (round(float(x), 4) for x in units.frame.total_bounds)
    place_id = id_ if id_ not in data.catalogue.places else f"{id_}-lieu"
    return Place(
        id=place_id,
        title=name,
        outlines={"da": f"outlines_da_{place_id.replace('-', '_')}"},
        bounds=(west, south, east, north),
    )


def _record(
    data: Data,
    id_: str,
    name: Text,
    place: Place,
    inside: Inside,
    comparators: Mapping[str, str] | None,
) -> Territory:
    chosen = (
        comparators_of(data, place.id)
        if comparators is None
        else checked_comparators(data, comparators)
    )
    selections = {"da": UnitSelection(column="unit_id", values=tuple(inside.ids))}
    tracts = _whole_tracts(data, inside)
    if tracts:
        selections["ct"] = UnitSelection(column="unit_id", values=tuple(tracts))
    return Territory(
        id=id_,
        kind="neighbourhood",
        title=name,
        of=place.title if place.title != name else None,
        crs_metric=_metric(data, place, inside),
        place=place.id,
        units=cast("dict[Literal['csd', 'ct', 'da', 'db'], UnitSelection]", selections),
        comparators=chosen,
        declared=_declared(inside) if inside.estimated_share > 0 else None,
    )


def _declared(inside: Inside) -> Text:
    """Return what is said of the limits wherever the territory is drawn."""
    fitted = f"{round(100 * inside.population / inside.drawn)} %" if inside.drawn else "—"
    cut = round(100 * inside.estimated_share)
    how = basis_text(inside.basis)
    return Text(
        fr=(
            f"Fait des {len(inside.ids)} aires de diffusion dont au moins la moitié des gens "
            f"vivent dans les limites tracées ({fitted} de la population estimée ; "
            f"{cut} % viennent d'aires coupées par la limite). {how.fr}"
        ),
        en=(
            f"Made of the {len(inside.ids)} dissemination areas of which at least half the people "
            f"live within the limits drawn ({fitted.replace(' %', '%')} of the estimated "
            f"population; {cut}% come from areas cut by the limit). {how.en}"
        ),
    )


def _whole_tracts(data: Data, inside: Inside) -> list[str]:
    """Return the tracts that the areas make up exactly; none unless they make up all of them."""
    links = data.table("geography_da")["ct_id"]
    mine = links.reindex(inside.ids)
    if mine.isna().any():
        return []
    tracts = sorted(set(mine))
    whole = set(links.index[links.isin(tracts)])
    return [str(t) for t in tracts] if whole == set(inside.ids) else []


def _metric(data: Data, place: Place, inside: Inside) -> str:
    """Return a metric system for the place: UTM, by longitude."""
    bounds = place.bounds
    if bounds is None:
        located = data.table("geography_da").reindex(inside.ids)
        lon, lat = float(located["lon"].mean()), float(located["lat"].mean())
    else:
        lon, lat = (bounds[0] + bounds[2]) / 2, (bounds[1] + bounds[3]) / 2
    siblings = [t for t in data.catalogue.territories.values() if t.place == place.id]
    if siblings:
        return siblings[0].crs_metric
    zone = int((lon + 180) // 6) + 1
    return f"EPSG:{(32600 if lat >= 0 else 32700) + zone}"


def keep(data: Data, home: Workspace, proposal: Proposal) -> None:
    """
    Keep a territory: its record and, where its city is new, its areas.

    Raises
    ------
    ConflictError
        When it was added in the meantime.
    """
    with home.lock():
        path = home.catalogue / "territories" / f"{proposal.record.id}.yml"
        if path.exists():
            raise ConflictError(
                "Le territoire « {id} » existe déjà. Choisissez un autre identifiant.",
                id=proposal.record.id,
            )
        if proposal.units is not None:
            _keep_units(data, home, proposal.place, proposal.units)
        home.write_record("territories", proposal.record)


def _keep_units(data: Data, home: Workspace, place: Place, units: UnitsFile) -> None:
    """Write the areas of a new city: their outlines, populations and larger units."""
    frame = units.frame
    ids = frame.index.to_numpy()
    source = (
        InputFile(
            name=units.path.name,
            sha256=file_sha256(units.path),
            bytes=units.path.stat().st_size,
        ),
    )
    base = data.table("geography_da").reset_index()
    inside = frame.geometry.representative_point()
    fresh = pd.DataFrame(
        {
            "unit_id": ids,
            "population": frame["population"].to_numpy(),
            # Of the outline, water included: used only where none is published.
            "land_area_km2": (frame.to_crs(frame.estimate_utm_crs()).area / 1e6).to_numpy(),
            "lon": inside.x.round(6).to_numpy(),
            "lat": inside.y.round(6).to_numpy(),
        }
    )
    known = base.set_index("unit_id")
    table = known.reindex(known.index.union(pd.Index(ids))).rename_axis("unit_id")
    for column in ("population", "lon", "lat"):
        values = fresh.set_index("unit_id")[column].reindex(table.index)
        table[column] = values.where(values.notna(), table[column])
    drawn_area = fresh.set_index("unit_id")["land_area_km2"].round(4)
    table["land_area_km2"] = table["land_area_km2"].fillna(drawn_area)
    # Numbers of Canadian areas hold their province and division; others stand for themselves.
    plain = pd.Series(table.index, index=table.index).astype(str)
    table["province_id"] = table["province_id"].fillna(plain.str[:2])
    table["cd_id"] = table["cd_id"].fillna(plain.str[:4])
    table["csd_id"] = table["csd_id"].fillna(plain.str[:4] + "000")
    geography = data.catalogue.layer("geography_da")
    whole = table.reset_index()[list(geography.columns)].sort_values("unit_id", ignore_index=True)
    put_layer(home, data, geography, whole, vintage="", inputs=source)
    record = layer_record(data.catalogue, "outlines_da_{place}", place)
    drawn = outlined(
        {"unit_id": ids, "name": [f"Aire {i}" for i in ids]},
        np.asarray(frame.geometry.array),
        FINE,
    )
    put_layer(home, data, record, drawn, vintage="", inputs=source)
    home.write_record("layers", record)
    outlines = dict(place.outlines)
    tract = drawn["unit_id"].map(whole.set_index("unit_id")["ct_id"])
    if tract.notna().all():
        tracts = layer_record(data.catalogue, "outlines_ct_{place}", place)
        put_layer(home, data, tracts, tracts_of(drawn, tract), vintage="", inputs=source)
        home.write_record("layers", tracts)
        outlines["ct"] = tracts.id
    home.write_record("places", place.model_copy(update={"outlines": outlines}))


def remove(data: Data, home: Workspace, id_: str) -> None:
    """
    Take back a territory that was added, with the areas that came with it alone.

    Raises
    ------
    UserError
        When it is not one that was added.
    """
    path = home.catalogue / "territories" / f"{id_}.yml"
    if not path.exists():
        raise UserError(
            "Le territoire « {id} » n'a pas été ajouté ici : il ne peut pas être retiré.", id=id_
        )
    record = data.catalogue.territory(id_)
    others = [t for t in data.catalogue.territories.values()
              if t.place == record.place and t.id != id_]  # fmt: skip
    with home.lock():
        home.remove_record("territories", id_)
        if not others and (home.catalogue / "places" / f"{record.place}.yml").exists():
            place = data.catalogue.place(record.place)
            home.remove_record("places", place.id)
            for layer in place.outlines.values():
                home.remove_record("layers", layer)
            drop_layers(home, place.outlines.values())


def basis_text(basis: str) -> Text:
    """Return how an area that the limits cut was shared."""
    return _BASES[basis]


_BASES = {
    "blocks": Text(
        fr="Une aire coupée est partagée selon la population de ses îlots de diffusion.",
        en="An area that is cut is shared by the population of its dissemination blocks.",
    ),
    "area": Text(
        fr="Une aire coupée est partagée selon sa surface, faute de la population de ses îlots "
        "de diffusion.",
        en="An area that is cut is shared by surface, for want of the population of its "
        "dissemination blocks.",
    ),
    "mixed": Text(
        fr="Une aire coupée est partagée selon la population de ses îlots de diffusion ; selon sa "
        "surface là où elle n'est pas connue.",
        en="An area that is cut is shared by the population of its dissemination blocks; by "
        "surface where that is not known.",
    ),
}


def rule_text() -> Text:
    """Return the rule by which areas belong, as it is shown."""
    half = round(100 * MAJORITY)
    return Text(
        fr=f"Une aire appartient au territoire quand au moins {half} % de ses gens vivent dans les "
        "limites ; tous les chiffres portent sur des aires entières.",
        en=f"An area belongs when at least {half}% of its people live within the limits; all "
        "figures are of whole areas.",
    )
