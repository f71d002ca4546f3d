"""Records written by hand: which named places ship, what is said of them, and dated facts."""

from __future__ import annotations

import hashlib
from importlib import resources
from typing import Literal, TypeVar

import yaml
from pydantic import Field

from revital.catalogue.load import package_root, parse
from revital.catalogue.models import Id, Record, Text
from revital.errors import CatalogueError
from revital.store.layers import InputFile

R = TypeVar("R", bound=Record)

Status = Literal["open", "listed", "reported", "seasonal", "closed", "announced", "to_verify"]
Scope = Literal["neighbourhood", "city", "cma", "region", "province", "comparator"]


class PlaceChoice(Record):
    """
    A named place of the inputs that ships, and what is said of it.

    `row` is its id in the input table; coordinates and address come from there.
    """

    row: str
    name: str
    category: Literal[
        "supermarket", "grocery", "public_market", "wholesale", "warehouse_club", "pharmacy",
        "food_aid",
    ]  # fmt: skip
    status: Status
    as_of: str
    source: str
    source_url: str | None = None
    note: Text | None = None


class UnlocatedPlace(Record):
    """A shop or clinic that a page names and that could not be placed on a map."""

    place_id: Id
    name: str
    category: str
    location: Text
    date_text: str | None = None
    status: Status
    note: Text | None = None
    source: str


class Topic(Record):
    """A heading of the facts, as the input writes it and as people read it."""

    id: Id
    row: str
    title: Text
    scope: Scope


class FactRecord(Record):
    """
    What the input does not say of a fact: its English, its scope, its territory.

    `fact_id` is made from the row (see `fact_id`); `statement_fr` replaces the input's sentence
    where that one holds an address that must not ship.
    """

    fact_id: str = Field(pattern=r"^f[0-9a-f]{10}$")
    statement_en: str = Field(min_length=1)
    statement_fr: str | None = None
    scope: Scope | None = None
    territory: Id | None = None


class FactWords(Record):
    """All that `facts/442.yml` holds."""

    topics: tuple[Topic, ...]
    units: dict[str, Text]
    dates: dict[str, Text]
    sources: dict[str, str]
    facts: tuple[FactRecord, ...]


class WrittenFact(Record):
    """A fact wholly written in the catalogue."""

    fact_id: Id
    place: Id
    territory: Id | None = None
    topic: Id
    topic_title: Text
    scope: Scope
    date_text: Text
    sort_date: str | None = None
    value: float | None = None
    unit: Text | None = None
    statement: Text
    source_label: str
    source_url: str | None = None
    status: Literal["confirmed", "to_verify"]


def fact_id(topic: str, date: str, value: str, unit: str, statement: str) -> str:
    """Return a stable id of a row of the facts input, made from its cells."""
    text = "\x1f".join((topic, date, value, unit, statement))
    return "f" + hashlib.sha256(text.encode()).hexdigest()[:10]


def _read(name: str) -> object:
    entry = package_root().joinpath(name)
    try:
        return yaml.safe_load(entry.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise CatalogueError(
            "Le fichier « {file} » n'est pas du YAML lisible : {why}. "
            "Corrigez-le, puis lancez « revital check ».",
            file=name,
            why=" ".join(str(error).split())[:200],
        ) from error


def read_list(name: str, model: type[R]) -> tuple[R, ...]:
    """
    Read a file of the catalogue that is a list of records.

    Raises
    ------
    CatalogueError
        When a record is malformed; the sentence names the file and the key.
    """
    data = _read(name)
    if not isinstance(data, list):
        raise CatalogueError("Le fichier « {file} » doit être une liste de fiches.", file=name)
    return tuple(parse(model, item, name) for item in data)


def read_mapping(name: str) -> dict[str, object]:
    """Read a file of the catalogue that is a mapping (`CatalogueError` when it is not)."""
    data = _read(name)
    if not isinstance(data, dict):
        raise CatalogueError("Le fichier « {file} » doit être une table de fiches.", file=name)
    return {str(key): item for key, item in data.items()}


def read_fact_words(name: str) -> FactWords:
    """Read the words that go with the facts input (`CatalogueError` when malformed)."""
    return parse(FactWords, _read(name), name)


def described(name: str) -> InputFile:
    """Return the name, hash and size of a file of the catalogue, as the manifest keeps them."""
    content = resources.files("revital.catalogue").joinpath(name).read_bytes()
    return InputFile(
        name=f"catalogue/{name}", sha256=hashlib.sha256(content).hexdigest(), bytes=len(content)
    )
