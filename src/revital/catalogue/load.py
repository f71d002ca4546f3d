"""Reads the YAML records and checks that they agree with one another."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import ValidationError

from revital.catalogue.models import (
    Indicator,
    Layer,
    PageRecord,
    Place,
    Record,
    Source,
    Territory,
    ThemeRecord,
    describe,
)
from revital.errors import CatalogueError, UnknownIdError
from revital.i18n import N_
from revital.settings import settings

R = TypeVar("R", bound=Record)

# The same YAML, read eight times faster where libyaml is there.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, eq=False)
class Catalogue:
    """
    All records, by id.

    Attributes
    ----------
    sources, layers, indicators, territories, places : dict
        Records by id, in reading order (`order`, then id).
    pages, themes : tuple
        The menu and the themes, in order.
    """

    sources: Mapping[str, Source]
    layers: Mapping[str, Layer]
    indicators: Mapping[str, Indicator]
    territories: Mapping[str, Territory]
    places: Mapping[str, Place]
    pages: tuple[PageRecord, ...] = ()
    themes: tuple[ThemeRecord, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict, repr=False)

    def source(self, id_: str) -> Source:
        """Return a source by id; `UnknownIdError` names the nearest one."""
        return _get(self.sources, id_, N_("La source « {id} » est inconnue.{hint}"))

    def layer(self, id_: str) -> Layer:
        """Return a layer by id; `UnknownIdError` names the nearest one."""
        return _get(self.layers, id_, N_("La couche « {id} » est inconnue.{hint}"))

    def indicator(self, id_: str) -> Indicator:
        """Return an indicator by id; `UnknownIdError` names the nearest one."""
        return _get(self.indicators, id_, N_("L'indicateur « {id} » est inconnu.{hint}"))

    def territory(self, id_: str) -> Territory:
        """Return a territory by id; `UnknownIdError` names the nearest one."""
        return _get(self.territories, id_, N_("Le territoire « {id} » est inconnu.{hint}"))

    def place(self, id_: str) -> Place:
        """Return a place by id; `UnknownIdError` names the nearest one."""
        return _get(self.places, id_, N_("Le lieu « {id} » est inconnu.{hint}"))

    def neighbourhoods(self) -> list[Territory]:
        """Return the territories that have a portrait of their own, in menu order."""
        own = ("neighbourhood", "grouping", "borough")
        return [t for t in self.territories.values() if t.kind in own]


def _get(records: Mapping[str, R], id_: str, message: str) -> R:
    try:
        return records[id_]
    except KeyError:
        near = difflib.get_close_matches(str(id_), list(records), n=3, cutoff=0.5)
        hint = " → " + ", ".join(near or sorted(records)[:8])
        raise UnknownIdError(message, id=str(id_)[:80], hint=hint) from None


def _read_yaml(entry: Traversable) -> object:
    try:
        return yaml.load(entry.read_text(encoding="utf-8"), _LOADER)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise _unreadable(entry.name, error) from error


def _unreadable(file: str, error: Exception) -> CatalogueError:
    return CatalogueError(
        "Le fichier « {file} » n'est pas du YAML lisible : {why}. "
        "Corrigez-le, puis lancez « revital check ».",
        file=file,
        why=" ".join(str(error).split())[:200],
    )


@lru_cache(maxsize=2048)
def _record(model: type[R], text: str, folder: str, name: str) -> R:
    """Return the record of a text; a catalogue read again parses only what changed."""
    try:
        data = yaml.load(text, _LOADER)
    except yaml.YAMLError as error:
        raise _unreadable(name, error) from error
    return parse(model, data, f"{folder}/{name}")


def parse(model: type[R], data: object, file: str) -> R:
    """
    Make a record from what a YAML file holds.

    Raises
    ------
    CatalogueError
        When a key is misspelt or missing, or a value is not what the model permits; the sentence
        names the file and the key.
    """
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise _fault(model, error, file) from error


def _fault(model: type[Record], error: ValidationError, file: str) -> CatalogueError:
    """Return the sentence of the first fault; a misspelt key comes before the one it hides."""
    faults = error.errors()
    fault = next((f for f in faults if f["type"] == "extra_forbidden"), faults[0])
    key = ".".join(str(p) for p in fault["loc"]) or "?"
    if fault["type"] == "extra_forbidden":
        parent = fault["loc"][:-1]
        known = [str(f["loc"][-1]) for f in faults if f["loc"][:-1] == parent and f is not fault]
        known += [] if parent else list(model.model_fields)
        near = difflib.get_close_matches(str(fault["loc"][-1]), known, n=1)
        return CatalogueError(
            "Fiche « {file} » du catalogue : la clé « {key} » est inconnue.{hint} Corrigez la "
            "fiche, puis lancez « revital check ».",
            file=file,
            key=key,
            hint=f" ({near[0]} ?)" if near else "",
        )
    if fault["type"] == "missing":
        return CatalogueError(
            "Fiche « {file} » du catalogue : la clé « {key} » manque. Ajoutez-la, puis lancez "
            "« revital check ».",
            file=file,
            key=key,
        )
    if fault["type"] == "literal_error":
        return CatalogueError(
            "Fiche « {file} » du catalogue : « {key} » vaut « {value} » ; valeurs permises : "
            "{expected}. Corrigez la fiche, puis lancez « revital check ».",
            file=file,
            key=key,
            value=str(fault["input"])[:80],
            expected=fault["ctx"]["expected"].replace(" or ", ", "),
        )
    return CatalogueError(
        "Fiche « {file} » du catalogue : {why}. Corrigez la fiche, puis lancez « revital check ».",
        file=file,
        why=describe(error),
    )


def _records(folder: Traversable, model: type[R], files: dict[str, str]) -> Iterator[R]:
    if not folder.is_dir():
        return
    for entry in sorted(folder.iterdir(), key=lambda e: e.name):
        if not entry.name.endswith(".yml"):
            continue
        try:
            text = entry.read_text(encoding="utf-8")
        except UnicodeDecodeError as error:
            raise _unreadable(entry.name, error) from error
        record = _record(model, text, folder.name, entry.name)
        id_ = getattr(record, "id", "")
        if entry.name != f"{id_}.yml":
            raise CatalogueError(
                "Fiche « {file} » du catalogue : l'identifiant « {id} » doit être le nom du "
                "fichier. Renommez l'un ou l'autre.",
                file=f"{folder.name}/{entry.name}",
                id=id_,
            )
        files[f"{folder.name}/{id_}"] = entry.name
        yield record


def _index(records: Iterable[R]) -> dict[str, R]:
    ordered = sorted(records, key=lambda r: (getattr(r, "order", 100), getattr(r, "id", "")))
    return {getattr(r, "id", ""): r for r in ordered}


def read_catalogue(*roots: Traversable) -> Catalogue:
    """
    Read the records of one or more folders; a later folder adds to or replaces an earlier one.

    Parameters
    ----------
    *roots : folders that hold `indicators/`, `sources/`, `layers/`, `territories/`, `places/`

    Raises
    ------
    CatalogueError
        When a record is malformed or points to another that does not exist.
    """
    files: dict[str, str] = {}
    sources: dict[str, Source] = {}
    layers: dict[str, Layer] = {}
    indicators: dict[str, Indicator] = {}
    territories: dict[str, Territory] = {}
    places: dict[str, Place] = {}
    pages: tuple[PageRecord, ...] = ()
    themes: tuple[ThemeRecord, ...] = ()
    for root in roots:
        sources |= _index(_records(root / "sources", Source, files))
        layers |= _index(_records(root / "layers", Layer, files))
        indicators |= _index(_records(root / "indicators", Indicator, files))
        territories |= _index(_records(root / "territories", Territory, files))
        places |= _index(_records(root / "places", Place, files))
        pages = _list(root, "pages.yml", PageRecord) or pages
        themes = _list(root, "themes.yml", ThemeRecord) or themes
    rank = {theme.id: i for i, theme in enumerate(themes)}
    ordered = sorted(
        indicators.values(), key=lambda r: (rank.get(r.theme, len(rank)), r.order, r.id)
    )
    catalogue = Catalogue(
        sources=_index(sources.values()),
        layers=_index(layers.values()),
        indicators={r.id: r for r in ordered},
        territories=_index(territories.values()),
        places=_index(places.values()),
        pages=pages,
        themes=themes,
        files=files,
    )
    require_consistent(catalogue)
    return catalogue


def _list(root: Traversable, name: str, model: type[R]) -> tuple[R, ...]:
    entry = root / name
    if not entry.is_file():
        return ()
    data = _read_yaml(entry)
    if not isinstance(data, list):
        raise CatalogueError("Le fichier « {file} » doit être une liste de fiches.", file=name)
    return tuple(parse(model, item, name) for item in data)


def require_consistent(catalogue: Catalogue) -> None:
    """
    Check that every id named by a record exists.

    Raises
    ------
    CatalogueError
        Naming the record, the key and the id that is missing.
    """

    def need(where: str, what: str, id_: str, known: Mapping[str, object]) -> None:
        if id_ not in known:
            near = difflib.get_close_matches(id_, list(known), n=1)
            raise CatalogueError(
                "Fiche « {file} » du catalogue : {key} nomme « {id} », qui n'existe pas.{hint} "
                "Corrigez la fiche, puis lancez « revital check ».",
                file=where,
                key=what,
                id=id_,
                hint=f" ({near[0]} ?)" if near else "",
            )

    for layer in catalogue.layers.values():
        for id_ in layer.sources:
            need(f"layers/{layer.id}.yml", "sources", id_, catalogue.sources)
    for record in catalogue.indicators.values():
        where = f"indicators/{record.id}.yml"
        for id_ in record.sources:
            need(where, "sources", id_, catalogue.sources)
        for measure in (*record.measures, *record.history):
            for id_ in measure.sources:
                need(where, "measures.sources", id_, catalogue.sources)
            for address in measure.inputs.values():
                layer_id, _, column = address.partition(".")
                need(where, "measures.inputs", layer_id, catalogue.layers)
                if column:
                    columns = catalogue.layers[layer_id].columns
                    need(where, f"measures.inputs ({layer_id})", column, columns)
    for territory in catalogue.territories.values():
        where = f"territories/{territory.id}.yml"
        need(where, "place", territory.place, catalogue.places)
        for id_ in territory.comparators.values():
            need(where, "comparators", id_, catalogue.territories)
    for place in catalogue.places.values():
        where = f"places/{place.id}.yml"
        for id_ in (
            *place.outlines.values(),
            *place.services,
            *place.basemap.values(),
            *place.landmarks,
        ):
            need(where, "layers", id_, catalogue.layers)


def package_root() -> Traversable:
    """Return the folder of the records that come with the package."""
    return resources.files("revital.catalogue")


#: Touched whenever a record of the workspace changes, so that a running app reads them again.
STAMP = ".stamp"


def workspace_root() -> Path:
    """Return the folder of the records that the user added; it may not exist."""
    return settings().home / "catalogue"


def catalogue_stamp() -> int:
    """Return a number that changes with the records of the workspace; 0 when there are none."""
    path = workspace_root() / STAMP
    return path.stat().st_mtime_ns if path.is_file() else 0


def catalogue() -> Catalogue:
    """Return the records of the package, with those of the user's workspace laid over them."""
    return _catalogue(workspace_root(), catalogue_stamp())


@lru_cache(maxsize=2)
def _catalogue(extra: Path, stamp: int) -> Catalogue:
    return read_catalogue(package_root(), extra) if stamp else read_catalogue(package_root())
