"""
The journal of imports: each is an event that can be undone, and layers follow from those standing.

An event keeps its rows beside the journal, as they were confirmed. Undoing writes another event;
nothing is erased from the journal, only the rows of the undone import.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from revital.catalogue.models import Layer, Place
from revital.domain.disclosure import protect_list
from revital.errors import LayerError, UnknownIdError, UserError
from revital.services.data import Data
from revital.services.imports.corrected import ASPECTS
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
    makers = {
        "values": ("own_values", _values),
        "survey": ("own_survey", _survey),
        "incidents": ("own_incidents", _incidents),
        "corrections": ("own_corrections", _corrections),
    }
    for kind_id, (template, maker) in makers.items():
        mine = [e for e in standing if e.kind == kind_id]
        record = layer_record(data.catalogue, template, None)
        if mine:
            frame = maker([(e, journal.rows(e)) for e in mine])
            _put(data, home, record, frame.reindex(columns=list(record.columns)))
        else:
            _drop(home, record.id)


Standing = Iterable[tuple[Event, pd.DataFrame]]


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


def _numbered(event: Event, rows: pd.DataFrame) -> pd.DataFrame:
    return rows.assign(row_id=[f"{event.id}-{i + 1}" for i in range(len(rows))])


def _values(standing: Standing) -> pd.DataFrame:
    """Return values by area; a later import of the same measure and date takes the place."""
    whole = pd.concat([_numbered(e, rows) for e, rows in standing], ignore_index=True)
    key = ["unit_id", "level", "measure", "date"]
    return whole.drop_duplicates(key, keep="last").reset_index(drop=True)


def _survey(standing: Standing) -> pd.DataFrame:
    """Return counts by question, small ones hidden with those that would give them away."""
    parts = []
    for event, rows in standing:
        named = _numbered(event, rows).assign(survey=event.file or event.id, date=event.when[:10])
        for _, answers in named.groupby("question", sort=False):
            parts.append(_hidden(answers, base="base"))
    return pd.concat(parts, ignore_index=True)


def _incidents(standing: Standing) -> pd.DataFrame:
    """Return counts by period and category, small ones hidden; a later import replaces."""
    whole = pd.concat([_numbered(e, rows) for e, rows in standing], ignore_index=True)
    whole = whole.drop_duplicates(["territory", "period", "category"], keep="last")
    parts = [_hidden(group) for _, group in whole.groupby(["territory", "period"], sort=True)]
    return pd.concat(parts, ignore_index=True)


def _hidden(rows: pd.DataFrame, base: str | None = None) -> pd.DataFrame:
    """Hide the small counts of one list; its base too where it would settle one of them."""
    counts = rows.set_index("row_id")["n"].astype("float64")
    safe = protect_list(counts)
    shown = rows.assign(
        n=pd.Series(safe.values).reindex(counts.index).to_numpy(),
        is_hidden=pd.Series(safe.hidden).reindex(counts.index).to_numpy(),
    )
    if base is not None and (safe.total is None or np.isnan(safe.total)):
        shown[base] = None
    return shown


def _corrections(standing: Standing) -> pd.DataFrame:
    """Return corrections; of each aspect of a place the latest word stands, details add up."""
    whole = pd.concat(
        [_numbered(e, rows).assign(when=e.when) for e, rows in standing], ignore_index=True
    )
    key = ["place", "layer", "service_id"]
    aspect = whole["action"].map(ASPECTS)
    told = whole.assign(aspect=aspect).duplicated([*key, "aspect"], keep="last")
    return whole[~told | (aspect == "details")].reset_index(drop=True)


def layers_of(place_id: str) -> tuple[str, ...]:
    """Return the layers that local data may make for a place."""
    return (f"own_points_{name_of(place_id)}", *_SHARED)
