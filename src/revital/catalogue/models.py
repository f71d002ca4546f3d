"""
Records of the catalogue: what an indicator, a layer, a source or a territory is.

Every record is strict (an unknown key is an error) and frozen. A record holds words and facts; the
formula behind a figure is a named function of the domain, never text in a record.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

Id = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$", max_length=64)]

#: Unit levels, from large to small.
Level = Literal["csd", "ct", "da", "db"]
LEVELS: tuple[Level, ...] = ("csd", "ct", "da", "db")

#: What a figure measures: decides wording, format and legend.
Kind = Literal["count", "share", "rate", "density", "mean", "median", "distance", "index", "ratio"]

Theme = Literal[
    "population",
    "economic",
    "housing",
    "social",
    "safety",
    "food",
    "health",
    "environment",
    "participation",
]

Direction = Literal["higher_is_worse", "higher_is_better", "neutral"]


class Record(BaseModel):
    """Base of all records: strict and frozen."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class Text(Record):
    """A sentence in both languages; neither may be empty."""

    fr: str = Field(min_length=1)
    en: str = Field(min_length=1)


class Licence(Record):
    """Name and address of a licence, and whether it lets us ship the data."""

    name: Text
    url: str | None = None
    may_ship: bool = True

    @field_validator("name", mode="before")
    @classmethod
    def _same_in_both(cls, value: object) -> object:
        # Some licences have one name, whatever the language.
        return {"fr": value, "en": value} if isinstance(value, str) else value

    @property
    def both(self) -> str:
        """Its name in files that serve both languages."""
        return " / ".join(dict.fromkeys((self.name.fr, self.name.en)))


class Source(Record):
    """
    A publication that figures come from.

    `contact` says whom to ask when the data is not there; `how_to_get` what to do.
    """

    id: Id
    publisher: Text
    title: Text
    description: Text | None = None
    citation: str
    attribution: Text
    url: str | None = None
    licence: Licence
    vintage: str
    released: date | None = None
    update_months: int | None = Field(default=None, gt=0)
    adapter: str | None = None
    how_to_get: Text | None = None
    contact: Text | None = None
    warnings: tuple[Text, ...] = ()


ColumnType = Literal["str", "int", "float", "bool", "date"]


class Column(Record):
    """A column of a layer: its type, unit and permitted values."""

    type: ColumnType
    title: Text
    unit: str | None = None
    required: bool = False
    unique: bool = False
    min: float | None = None
    max: float | None = None


class Layer(Record):
    """
    A tidy table of the data pack, with or without shapes.

    Attributes
    ----------
    level : Level or None
        Unit level when a row is a census unit; `unit_id` is then the key.
    geometry : str or None
        `Polygon`, `Point` or `LineString`; layers rest in EPSG:4326.
    approximate : Text or None
        Set where shapes or positions are not official; said wherever it is drawn or exported.
    """

    id: Id
    title: Text
    sources: tuple[Id, ...] = Field(min_length=1)
    processing: Text
    key: str = "unit_id"
    level: Level | None = None
    geometry: Literal["Polygon", "Point", "LineString"] | None = None
    approximate: Text | None = None
    incomplete: Text | None = None
    columns: dict[str, Column]

    @model_validator(mode="after")
    def _key_is_a_column(self) -> Layer:
        if self.key not in self.columns:
            raise ValueError(f"key '{self.key}' is not among the columns")
        return self


class Measure(Record):
    """
    How a figure is had at one unit level and one date.

    `inputs` maps an argument of the method to `layer.column`. `approximate` says why the figure
    is not exact, `incomplete` that it rests on a list known to lack items, `caution` what the
    reader must know of the publication. `sample_fraction` is the part of the population the
    publisher asked (0.25 for the long form); absent for a full count.
    """

    level: Level
    year: int
    method: str
    inputs: dict[str, str]
    parameters: dict[str, float | int | str | bool] = {}
    sources: tuple[Id, ...] = Field(min_length=1)
    approximate: Text | None = None
    incomplete: Text | None = None
    caution: Text | None = None
    sample_fraction: float | None = Field(default=None, gt=0, le=1)
    comparators: bool = True


class Classes(Record):
    """Classes of the map: fixed limits where a convention exists, else a named scheme."""

    scheme: Literal["quantiles", "equal_interval", "fixed"] = "quantiles"
    k: int = Field(default=5, ge=2, le=7)
    limits: tuple[float, ...] = ()


class Indicator(Record):
    """
    What an indicator means, how it reads, and how it is measured at each level.

    `phrase` says a value inside a sentence, with a blank `{value}` ("{value} des ménages louent").
    `measures` is empty for an indicator whose data the pack does not hold: it still has its
    definition, source and way to get it.
    """

    id: Id
    theme: Theme
    order: int = 100
    title: Text
    short: Text | None = None
    phrase: Text | None = None
    definition: Text
    universe: Text
    kind: Kind
    unit: Text
    decimals: int = Field(default=0, ge=0, le=4)
    direction: Direction
    palette: Literal["need", "assets", "context", "change"] = "context"
    headline: int | None = None
    measures: tuple[Measure, ...] = ()
    history: tuple[Measure, ...] = ()
    sources: tuple[Id, ...] = Field(min_length=1)
    valid_range: tuple[float | None, float | None] = (None, None)
    bound: Text | None = None
    classes: Classes = Classes()
    caveats: Text | None = None
    notes: tuple[Text, ...] = ()
    contact: Text | None = None
    reviewed: date


class UnitSelection(Record):
    """The units of a territory at one level: rows of the geography table whose column is listed."""

    column: str
    values: tuple[str, ...] = Field(min_length=1)


class SubCommittee(Record):
    """A group of citizens that carries a part of the plan."""

    id: Id
    name: Text
    accompanied_by: Text | None = None


class Territory(Record):
    """
    A place with a portrait.

    Attributes
    ----------
    units : dict of Level to UnitSelection
        Which units it is made of, at each level where that is known.
    comparators : dict
        Role (`city`, `region`, `province`) to the id of another territory.
    declared : Text or None
        Set where the limits are a stand-in chosen by us; said wherever the territory is drawn.
    level_title : dict
        Other name at a level, where only part of the place has figures
        (`ct`: "Régions métropolitaines du Québec").
    languages : tuple of {"fr", "en"}
        Languages of its committee. Its pages and documents come in the first unless a reader asks
        otherwise; the page to send in one file holds these alone. The app is always in both.
    """

    id: Id
    order: int = 100
    kind: Literal["neighbourhood", "grouping", "borough", "city", "region", "province"]
    title: Text
    of: Text | None = None
    description: Text | None = None
    crs_metric: str = Field(pattern=r"^EPSG:\d+$")
    place: Id
    units: dict[Level, UnitSelection]
    comparators: dict[Literal["city", "region", "province"], Id] = {}
    level_title: dict[Level, Text] = {}
    declared: Text | None = None
    organization: Text | None = None
    contact: Text | None = None
    sub_committees: tuple[SubCommittee, ...] = ()
    languages: tuple[Literal["fr", "en"], ...] = Field(default=("fr", "en"), min_length=1)


class MapName(Record):
    """A name written on the maps of a place."""

    text: Text
    lat: float
    lon: float
    kind: Literal["place", "small", "water"] = "place"


class Place(Record):
    """
    A city whose layers the pack holds: where its outlines, services and landmarks are.

    `outlines` maps a unit level to the layer that holds its shapes. `fetch` holds what publishers
    are asked for this place alone: `csd` (municipalities, separated by commas), `gtfs_url`,
    `gtfs_source`, `ckan_portal` (address of a catalogue's `api/3/action`), `ckan_organization`,
    `ckan_streets`, `ckan_parks`, and the layers
    that OpenStreetMap's food stores renew (`osm_stores`, with `osm_access` computed from them).
    """

    id: Id
    title: Text
    outlines: dict[Level, Id]
    services: tuple[Id, ...] = ()
    basemap: dict[str, Id] = {}
    landmarks: tuple[Id, ...] = ()
    facts: Id | None = None
    labels: tuple[MapName, ...] = ()
    bounds: tuple[float, float, float, float] | None = None
    fetch: dict[str, str] = {}


class PageRecord(Record):
    """A page of the menu."""

    id: Id
    file: str
    title: Text
    icon: str
    question: Text


class ThemeRecord(Record):
    """A theme of the portrait."""

    id: Theme
    title: Text
    question: Text
    icon: str


def describe(error: Any) -> str:
    """Return the first fault of a pydantic error as `key: what`."""
    fault = error.errors()[0]
    where = ".".join(str(p) for p in fault["loc"]) or "?"
    return f"{where}: {fault['msg']}"
