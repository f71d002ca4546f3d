"""The pieces of a printed document, worded: what a service gives and a report sets in type."""

from __future__ import annotations

from dataclasses import dataclass, field

import shapely

from revital.catalogue.models import MapName
from revital.services.stamps import Stamp


@dataclass(frozen=True)
class Heading:
    """A title inside the document; level 2 or 3."""

    text: str
    level: int = 2


@dataclass(frozen=True)
class Paragraph:
    """A paragraph; `tone` is `plain`, `lead`, `note` (framed) or `muted`."""

    text: str
    tone: str = "plain"


@dataclass(frozen=True)
class Bullets:
    """A list of lines."""

    items: tuple[str, ...]


@dataclass(frozen=True)
class Grid:
    """A table: heads, rows of text, and which columns are numbers; `widths` share the line."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: tuple[int, ...] = ()
    widths: tuple[float, ...] = ()


@dataclass(frozen=True)
class Signatures:
    """Lines to sign on, each with what stands under it."""

    labels: tuple[str, ...]


@dataclass(frozen=True)
class PlaceMark:
    """A place on a map, by its number in the table that follows."""

    number: int
    lat: float
    lon: float


@dataclass(frozen=True, eq=False)
class Picture:
    """
    A map of areas.

    Attributes
    ----------
    shapes : tuple of shapely geometries
        In degrees, in the order of `codes`.
    codes : bytes
        Class of each area, 255 = no data.
    palette : {"need", "assets", "change", "context"}
    classes : tuple of str
        Each class in words, light to dark.
    none : str
        What the hatch means; empty when it is not drawn.
    summary : str
        The map in one sentence: its text alternative.
    """

    title: str
    shapes: tuple[shapely.Geometry, ...]
    codes: bytes
    palette: str
    classes: tuple[str, ...]
    none: str
    inside: tuple[int, ...]
    bounds: tuple[float, float, float, float]
    summary: str
    credit: str
    streets: tuple[shapely.Geometry, ...] = ()
    names: tuple[MapName, ...] = ()
    marks: tuple[PlaceMark, ...] = ()
    barriers: tuple[shapely.Geometry, ...] = ()


Block = Heading | Paragraph | Bullets | Grid | Signatures | Picture


@dataclass(frozen=True, eq=False)
class Document:
    """
    A document in one language.

    Attributes
    ----------
    kind : str
        What it is ("Plan d'action").
    title : str
        What it is about.
    sentence : str
        Its answer, first.
    stamp : Stamp
        Date, data version and the choices it was made with.
    blocks : tuple of Block
        In reading order.
    sources : tuple of str
    """

    kind: str
    title: str
    sentence: str
    stamp: Stamp
    blocks: tuple[Block, ...]
    sources: tuple[str, ...] = field(default=())
