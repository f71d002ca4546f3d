"""What every source has in common: what is asked of it, and what its files become."""

from __future__ import annotations

import importlib
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import pandas as pd

from revital.errors import UnknownIdError
from revital.sources.http import Client
from revital.sources.transfer import RawFile, Request, raw_file


@dataclass(frozen=True)
class Area:
    """
    The part of the world that a source is asked for.

    Attributes
    ----------
    id : str
        Place of the catalogue, or territory; names the folder of the raw files.
    bounds : tuple of float
        West, south, east, north in degrees (EPSG:4326).
    da_ids, ct_ids, csd_ids : tuples of str
        Dissemination areas (8 digits), census tracts (`4420003.00`) and municipalities (7 digits).
    names : tuple of str
        The municipality's name as publishers write it.
    settings : mapping
        What only this place knows: `ckan_portal`, `ckan_organization`, `gtfs_url`…
    """

    id: str
    bounds: tuple[float, float, float, float]
    da_ids: tuple[str, ...] = ()
    ct_ids: tuple[str, ...] = ()
    csd_ids: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def province(self) -> str:
        """Two-digit code of the province (24 for Québec)."""
        for codes in (self.csd_ids, self.da_ids):
            if codes:
                return codes[0][:2]
        return "24"


@dataclass(frozen=True)
class Reject:
    """
    A row that was left out, and why.

    `message` is a French sentence with `{blanks}`; `params` fills them.
    """

    layer: str
    row: int | None
    key: str
    message: str
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Note:
    """What the reader of a build report should know: a rule used, a doubt, a partial answer."""

    message: str
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class Tidy:
    """
    What a source's files became.

    Attributes
    ----------
    frames : dict of str to DataFrame
        Tidy tables by name; those with shapes are GeoDataFrames in EPSG:4326.
    rows_in : dict of str to int
        Rows of the publisher's table that each frame was made from.
    rejects : list of Reject
    notes : list of Note
    vintage : str
        Date or edition that the files themselves state; empty when they state none.
    """

    frames: dict[str, pd.DataFrame] = field(default_factory=dict)
    rows_in: dict[str, int] = field(default_factory=dict)
    rejects: list[Reject] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    vintage: str = ""

    def add(self, name: str, frame: pd.DataFrame, rows_in: int) -> None:
        """Put a table and the number of rows it was made from."""
        self.frames[name] = frame
        self.rows_in[name] = rows_in

    def note(self, message: str, /, **params: Any) -> None:
        """Add a note to the build report."""
        self.notes.append(Note(message, params))


class Adapter(ABC):
    """
    One publisher's product: which files to ask for, and how to read them.

    Attributes
    ----------
    id : str
        Name of the module and value of `adapter` in the catalogue's source record.
    shared : bool
        True where one file serves every area (a province's or the country's).
    manual : bool
        True where the file is too large to be fetched unasked: it is used when present.
    """

    id: ClassVar[str]
    shared: ClassVar[bool] = False
    manual: ClassVar[bool] = False

    def plan(self, area: Area) -> list[Request]:
        """Return the requests known beforehand (none for a source asked page by page)."""
        return []

    def fetch(self, client: Client, area: Area, folder: Path) -> list[RawFile]:
        """
        Have the publisher's files in `folder`.

        Raises
        ------
        SourceError
        """
        return [client.fetch(request, folder) for request in self.plan(area)]

    @abstractmethod
    def read(self, folder: Path, area: Area) -> Tidy:
        """
        Read the files of `folder` into tidy tables.

        Raises
        ------
        SourceError
            When a file is missing, altered, or is not in the documented format.
        """


def at_rest(folder: Path, names: Iterable[str]) -> list[Path]:
    """
    Return the paths of raw files, each checked against its sidecar.

    Raises
    ------
    SourceError
        When one is missing or altered.
    """
    return [raw_file(folder / name).path for name in names]


#: Adapters by id; a module is imported when its adapter is asked for.
ADAPTERS: tuple[str, ...] = (
    "statcan_outlines",
    "statcan_outlines_shapefile",
    "statcan_profile_api",
    "statcan_profile_bulk",
    "statcan_proximity",
    "statcan_odhf",
    "statcan_cimd",
    "msss_m02",
    "inspq_deprivation",
    "ckan_city",
    "transit",
    "osm",
)


def adapter(id_: str) -> Adapter:
    """
    Return an adapter by id.

    Raises
    ------
    UnknownIdError
        When no module of that name is an adapter.
    """
    if id_ not in ADAPTERS:
        raise UnknownIdError(
            "L'adaptateur « {id} » est inconnu. Adaptateurs : {known}.",
            id=id_[:80],
            known=", ".join(ADAPTERS),
        )
    module = importlib.import_module(f"revital.sources.{id_}")
    found: Adapter = module.ADAPTER
    return found
