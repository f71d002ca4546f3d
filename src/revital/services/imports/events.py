"""
The journal of imports: each is an event that can be undone, and layers follow from those standing.

An event keeps its rows beside the journal, as they were confirmed. Undoing writes another event;
nothing is erased from the journal, only the rows of the undone import.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path

import geopandas as gpd
import pandas as pd

from revital.catalogue.models import Layer, Place
from revital.errors import LayerError, UnknownIdError, UserError
from revital.services.data import Data
from revital.services.imports import published
from revital.services.imports.counting import incidents, survey
from revital.services.imports.kinds import kind
from revital.services.imports.reading import Context, Preview, located
from revital.services.workspace.building import drop_layers, put_layer
from revital.services.workspace.home import Workspace, replace_text
from revital.services.workspace.templates import layer_record, name_of
from revital.sources.transfer import now

JOURNAL = "journal.jsonl"
_SHARED = ("own_values", "own_survey", "own_incidents", "own_corrections")


@dataclass(frozen=True)
class Event:
    """
    One act: an import, a correction, or the undoing of one.

    Attributes
    ----------
    id : str
    kind : str
        `points`, `values`, `survey`, `incidents`, `corrections` or `undo`.
    territory, place : str
    by, when : str
        Who, and the moment (ISO 8601, UTC).
    rows : int
    file : str
        Name of the user's file.
    undoes : str
        Id of the event undone, for an `undo`.
    """

    id: str
    kind: str
    territory: str
    place: str
    by: str
    when: str
    rows: int
    file: str = ""
    undoes: str = ""
    mapping: Mapping[str, str] = field(default_factory=dict)


class Journal:
    """
    The events of a workspace.

    Parameters
    ----------
    home : Workspace
    """

    def __init__(self, home: Workspace) -> None:
        self.home = home
        self.folder = home.root / "own"

    def events(self) -> list[Event]:
        """
        Return every event, oldest first.

        Raises
        ------
        LayerError
            When the journal was damaged.
        """
        path = self.folder / JOURNAL
        if not path.is_file():
            return []
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
            return [Event(**json.loads(line)) for line in lines if line.strip()]
        except (ValueError, TypeError) as error:
            raise LayerError(
                "Le journal des données locales « {file} » est abîmé. Reprenez-en une copie.",
                file=JOURNAL,
            ) from error

    def standing(self) -> list[Event]:
        """Return the events that were not undone, oldest first."""
        events = self.events()
        undone = {e.undoes for e in events if e.kind == "undo"}
        return [e for e in events if e.kind != "undo" and e.id not in undone]

    def rows(self, event: Event) -> pd.DataFrame:
        """Return the rows of an event."""
        path = self._rows_path(event.id)
        if not path.is_file():
            raise LayerError(
                "Les lignes de l'import « {id} » manquent dans l'espace de travail.", id=event.id
            )
        return pd.read_parquet(path)

    def add(self, event: Event, rows: pd.DataFrame | None) -> Event:
        """Write an event, its rows first: the journal never names rows that are not there."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if rows is not None:
            path = self._rows_path(event.id)
            draft = path.with_suffix(".draft")
            rows.to_parquet(draft, index=False)
            draft.replace(path)
        path = self.folder / JOURNAL
        before = path.read_text(encoding="utf-8") if path.is_file() else ""
        replace_text(path, before + json.dumps(asdict(event), ensure_ascii=False) + "\n")
        return event

    def forget_rows(self, id_: str) -> None:
        """Remove the rows of an undone import."""
        self._rows_path(id_).unlink(missing_ok=True)

    def _rows_path(self, id_: str) -> Path:
        return self.folder / f"{id_}.parquet"


def preview(
    kind_id: str, table: pd.DataFrame, mapping: Mapping[str, str], context: Context
) -> Preview:
    """
    Return what an import would keep; nothing is stored.

    Parameters
    ----------
    kind_id : {"points", "values", "survey", "incidents"}
    table : DataFrame of str (see `reading.read_table`)
    mapping : field to heading; for a survey, the questions (any keys), all when empty
    context : Context

    Raises
    ------
    UserError, UnknownIdError
    """
    what = kind(kind_id)
    context.data.catalogue.territory(context.territory)
    if what.id == "survey":
        return survey(table, mapping, context)
    if what.id == "incidents":
        return incidents(what, table, mapping, context)
    return located(what, table, mapping, context)


def confirm(
    data: Data, home: Workspace, territory: str, shown: Preview, *, by: str, file: str = ""
) -> Event:
    """
    Keep an import that was previewed.

    Raises
    ------
    UserError
        When nobody is named, or there is no row to keep.
    ConflictError
        When another operation is writing.
    """
    if not by.strip():
        raise UserError("Dites qui importe ces données : une personne ou un organisme.")
    if shown.frame.empty:
        raise UserError("Aucune ligne ne peut être gardée : rien n'a été importé.")
    return record_event(data, home, shown.kind, territory, shown.frame, by, file, shown.mapping)


def record_event(
    data: Data,
    home: Workspace,
    kind_id: str,
    territory: str,
    rows: pd.DataFrame,
    by: str,
    file: str,
    mapping: Mapping[str, str],
) -> Event:
    """Write an event and make the layers that follow from it (`ConflictError` when busy)."""
    place = data.catalogue.territory(territory).place
    when = now()
    with home.lock():
        journal = Journal(home)
        text = f"{kind_id}|{territory}|{by}|{when}|{len(journal.events())}"
        id_ = hashlib.sha256(text.encode()).hexdigest()[:10]
        event = Event(
            id=id_, kind=kind_id, territory=territory, place=place, by=by.strip(), when=when,
            rows=len(rows), file=file, mapping=dict(mapping),
        )  # fmt: skip
        journal.add(event, rows)
        refresh(data, home)
    return event


def undo(data: Data, home: Workspace, id_: str, *, by: str) -> Event:
    """
    Undo an event; its rows leave the layers and the disk.

    Raises
    ------
    UnknownIdError
        When no such event stands.
    """
    with home.lock():
        journal = Journal(home)
        standing = {e.id: e for e in journal.standing()}
        if id_ not in standing:
            raise UnknownIdError(
                "Aucun import « {id} » ne peut être défait. Imports : {known}.",
                id=id_[:40],
                known=", ".join(standing) or "—",
            )
        event = standing[id_]
        undone = Event(
            id=f"{id_}-undo", kind="undo", territory=event.territory, place=event.place,
            by=by.strip() or "—", when=now(), rows=event.rows, undoes=id_,
        )  # fmt: skip
        journal.add(undone, None)
        refresh(data, home)
        journal.forget_rows(id_)
    return undone


def refresh(data: Data, home: Workspace) -> None:
    """Make the layers of local data anew, from the events that stand."""
    journal = Journal(home)
    standing = journal.standing()
    for place in data.catalogue.places.values():
        mine = [e for e in standing if e.kind == "points" and e.place == place.id]
        _points(data, home, place, [(e, journal.rows(e)) for e in mine])
    makers: dict[str, tuple[str, Callable[..., pd.DataFrame]]] = {
        "values": (
            "own_values",
            partial(published.values, tract_of=data.table("geography_da")["ct_id"]),
        ),
        "survey": ("own_survey", published.survey),
        "incidents": ("own_incidents", published.incidents),
        "corrections": ("own_corrections", published.corrections),
    }
    for kind_id, (template, maker) in makers.items():
        mine = [e for e in standing if e.kind == kind_id]
        record = layer_record(data.catalogue, template, None)
        if mine:
            frame = maker([(e, journal.rows(e)) for e in mine])
            _put(data, home, record, frame.reindex(columns=list(record.columns)))
        else:
            _drop(home, record.id)


def _put(data: Data, home: Workspace, record: Layer, frame: pd.DataFrame) -> None:
    put_layer(home, data, record, frame, vintage=now()[:10], inputs=())
    home.write_record("layers", record)


def _drop(home: Workspace, id_: str) -> None:
    if (home.catalogue / "layers" / f"{id_}.yml").exists():
        drop_layers(home, [id_])
        home.remove_record("layers", id_)


def _points(data: Data, home: Workspace, place: Place, standing: list[tuple[Event, pd.DataFrame]]
            ) -> None:  # fmt: skip
    """Write the points of a place, and name their layer among its services."""
    record = layer_record(data.catalogue, "own_points_{place}", place)
    named = record.id in place.services
    if not standing:
        if named:
            services = tuple(s for s in place.services if s != record.id)
            home.write_record("places", place.model_copy(update={"services": services}))
        _drop(home, record.id)
        return
    parts = []
    for event, rows in standing:
        part = rows.assign(
            service_id=[f"own-{event.id}-{i + 1}" for i in range(len(rows))],
            status="reported",
            as_of=rows["verified_on"].fillna(event.when[:10]),
            location_quality="reported",
            error_m=50.0,
            source=event.by,
        )
        parts.append(part)
    whole = pd.concat(parts, ignore_index=True)
    shapes = gpd.points_from_xy(whole["lon"], whole["lat"])
    frame = gpd.GeoDataFrame(
        whole.reindex(columns=list(record.columns)), geometry=shapes, crs="EPSG:4326"
    )
    _put(data, home, record, frame)
    if not named:
        services = (*place.services, record.id)
        home.write_record("places", place.model_copy(update={"services": services}))


def layers_of(place_id: str) -> tuple[str, ...]:
    """Return the layers that local data may make for a place."""
    return (f"own_points_{name_of(place_id)}", *_SHARED)
