"""Records of the methods: what each does in plain words, and examples worked to the last number."""

from __future__ import annotations

from functools import lru_cache
from importlib import resources
from typing import Any, Literal, get_args

import yaml
from pydantic import Field

from revital.catalogue.load import parse
from revital.catalogue.models import Id, Record, Text
from revital.errors import CatalogueError

#: Groups of methods, in the order of the page.
Group = Literal[
    "figures",
    "places",
    "uncertainty",
    "disclosure",
    "scores",
    "deprivation",
    "trends",
    "patterns",
    "access",
    "survey",
    "plan",
]
GROUPS: tuple[Group, ...] = get_args(Group)


class Example(Record):
    """
    An example worked by hand or taken from a publication.

    Attributes
    ----------
    input, output : dict
        Plain numbers, words and lists; an output left out of the record is not checked.
    tolerance : float
        Largest difference accepted between the record, rounded for reading, and the result.
    why : Text
        What the example shows.
    """

    input: dict[str, Any]
    output: dict[str, Any] = Field(min_length=1)
    tolerance: float = Field(default=1e-6, gt=0)
    why: Text


class MethodRecord(Record):
    """
    A method of the app.

    Attributes
    ----------
    formula : Text
        How the figure is made, in words and signs a reader can follow with a pencil.
    limits : Text or None
        What it does not say.
    reference : str or None
        Publication, and `url` its address.
    """

    id: Id
    group: Group
    order: int = 100
    title: Text
    formula: Text
    limits: Text | None = None
    reference: str | None = None
    url: str | None = None
    examples: tuple[Example, ...] = Field(min_length=1)


@lru_cache(maxsize=1)
def method_records() -> dict[str, MethodRecord]:
    """
    Read the records of the methods, in the order of the page.

    Raises
    ------
    CatalogueError
        When a record is malformed or misnamed.
    """
    found: list[MethodRecord] = []
    folder = resources.files("revital.catalogue") / "methods"
    for entry in sorted(folder.iterdir(), key=lambda e: e.name):
        if not entry.name.endswith(".yml"):
            continue
        file = f"methods/{entry.name}"
        record = parse(MethodRecord, yaml.safe_load(entry.read_text(encoding="utf-8")), file)
        if entry.name != f"{record.id}.yml":
            raise CatalogueError(
                "Fiche « {file} » du catalogue : l'identifiant « {id} » doit être le nom du "
                "fichier. Renommez l'un ou l'autre.",
                file=file,
                id=record.id,
            )
        found.append(record)
    found.sort(key=lambda r: (GROUPS.index(r.group), r.order, r.id))
    return {record.id: record for record in found}
