"""
Classes of services: which places count, which are only shown, and what each city's list is worth.

A threshold or a rule of what counts is policy, so it is a record with its reference, not code.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Literal

import yaml
from pydantic import Field

from revital.catalogue.load import parse
from revital.catalogue.models import Id, Record, Text, Theme
from revital.errors import CatalogueError, UnknownIdError


class ServiceCategory(Record):
    """
    A category of places in a class.

    Attributes
    ----------
    title : Text
    counts : bool
        False shows the place without counting it in any distance.
    why_not : Text or None
        Said beside a place that is shown and not counted.
    """

    title: Text
    counts: bool = True
    why_not: Text | None = None


class ListState(Record):
    """
    What the list of a class is worth in one city.

    Attributes
    ----------
    layers : tuple of str
        Layers that hold the places.
    state : {"usable", "incomplete", "absent"}
        `incomplete`: distances are upper bounds, and what-if waits for a verification.
        `absent`: nothing is known.
    note : Text
        What is in the list and what is not.
    """

    layers: tuple[Id, ...] = ()
    state: Literal["usable", "incomplete", "absent"]
    note: Text


class ServiceClass(Record):
    """
    One kind of service, never blurred with another.

    Attributes
    ----------
    one : Text
        Words of one such place in a sentence ("un CLSC").
    missions : tuple of str
        Missions of public installations that make a place of this class, whatever its category.
    also, never : tuple of str
        Places, by id, that belong or do not belong whatever their category says.
    categories : dict
        Category of the layers to its words and whether it counts.
    threshold_m : float
        Distance of the sentence; editable on the page.
    rule : {"inspq"} or None
        Rule of low access that applies.
    reference : Text
        Where the threshold comes from.
    lists : dict of place id to ListState
    """

    id: Id
    order: int = 100
    theme: Theme
    icon: str
    title: Text
    one: Text
    missions: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    categories: dict[str, ServiceCategory]
    threshold_m: float = Field(gt=0)
    rule: Literal["inspq"] | None = None
    reference: Text
    contact: Text
    lists: dict[Id, ListState]


@lru_cache(maxsize=1)
def service_classes() -> Mapping[str, ServiceClass]:
    """
    Return every class of services, by id, in reading order.

    Raises
    ------
    CatalogueError
        When a record is malformed.
    """
    folder = resources.files("revital.catalogue") / "service_classes"
    found = [
        parse(ServiceClass, _yaml(entry), entry.name)
        for entry in sorted(folder.iterdir(), key=lambda e: e.name)
        if entry.name.endswith(".yml")
    ]
    return {record.id: record for record in sorted(found, key=lambda r: (r.order, r.id))}


def _yaml(entry: Traversable) -> object:
    try:
        return yaml.safe_load(entry.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise CatalogueError(
            "Le fichier « {file} » n'est pas du YAML lisible : {why}. "
            "Corrigez-le, puis lancez « revital check ».",
            file=entry.name,
            why=" ".join(str(error).split())[:200],
        ) from error


def service_class(id_: str) -> ServiceClass:
    """Return a class of services; `UnknownIdError` names those that exist."""
    known = service_classes()
    if id_ not in known:
        raise UnknownIdError(
            "La classe de services « {id} » est inconnue. Classes connues : {known}.",
            id=id_[:60],
            known=", ".join(known),
        )
    return known[id_]
