"""Saves that stand or fall together, under the write lock, each with its line of history."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import datetime
from typing import Any, TypeVar
from uuid import uuid4

from sqlalchemy import Connection, insert

from revital.domain.plan_records import Record
from revital.errors import ConflictError, UnknownIdError
from revital.store import plan_rows, plan_snapshots
from revital.store.plan_cache import RecordCache
from revital.store.plan_codec import from_payload, kind_named, kind_of, kind_of_class, to_payload
from revital.store.plan_history import HISTORY, KEPT_BY_STORE, Change, read_batch, read_change
from revital.store.plan_snapshots import Snapshot

R = TypeVar("R", bound=Record)


class Transaction:
    """
    Saves that stand or fall together.

    Attributes
    ----------
    saved : dict
        What was saved so far, by kind and id: the store remembers it once it is committed.
    """

    def __init__(
        self, connection: Connection, account: str, now: datetime, cache: RecordCache
    ) -> None:
        self.connection = connection
        self.account = account
        self.now = now
        self.batch = uuid4().hex
        self.saved: dict[tuple[str, str], Record] = {}
        self._cache = cache

    def get(self, record: type[R], record_id: str) -> R | None:
        """Return a record as this transaction sees it, missing when there is none."""
        return self._get(kind_of_class(record).name, record_id)

    def _get(self, kind: str, record_id: str) -> Any | None:
        mine = self.saved.get((kind, record_id))
        return mine or self._cache.one(self.connection, kind_named(kind), record_id)

    def all(self, record: type[R], territory: str) -> list[R]:
        """Return the records of a class and a territory, as this transaction sees them."""
        # Read, never remembered: what this transaction wrote may still be taken back.
        found = plan_rows.read_all(self.connection, kind_of_class(record), territory)
        return [r for r in found if not r.deleted]

    def save(self, record: R, *, change: str | None = None, undo_of: int | None = None) -> R:
        """
        Save a record and its line of history.

        Parameters
        ----------
        record : Record
            With the `version` that was read: 0 for a new one.
        change, undo_of : optional
            Word and number for history, when this takes back an earlier change.

        Returns
        -------
        Record
            As saved; the one in the store, untouched, when nothing differs.

        Raises
        ------
        ConflictError
            When the store holds another version; `params["mine"]` and `params["theirs"]` are the
            two records.
        """
        kind = kind_of(record)
        theirs = self._get(kind.name, record.id)
        if (theirs.version if theirs else 0) != record.version:
            raise _conflict(record, theirs)
        if theirs is not None and same_content(record, theirs):
            return theirs
        saved = replace(
            record,
            version=record.version + 1,
            created_at=theirs.created_at if theirs else self.now,
            updated_at=self.now,
        )
        # Where the database lets two writers read at once, the version is what tells.
        if not plan_rows.write_row(self.connection, kind, saved, theirs):
            raise _conflict(record, theirs)
        self.connection.execute(
            insert(HISTORY),
            {
                "at": self.now,
                "account": self.account,
                "territory": saved.territory,
                "kind": kind.name,
                "record_id": saved.id,
                "version": saved.version,
                "change": change or _word(theirs, saved),
                "batch": self.batch,
                "undo_of": undo_of,
                "before": to_payload(theirs) if theirs else None,
                "after": to_payload(saved),
            },
        )
        self.saved[kind.name, saved.id] = saved
        return saved

    def undo(self, seq: int) -> Record:
        """
        Take back one change, keeping what was changed since in other fields.

        Raises
        ------
        ConflictError
            When a field of that change was changed again since.
        """
        return self._take_back(read_change(self.connection, seq))

    def undo_batch(self, batch: str) -> list[Record]:
        """Take back every change of a batch, the last one first; see `undo`."""
        return [self._take_back(c) for c in reversed(read_batch(self.connection, batch))]

    def _take_back(self, change: Change) -> Record:
        kind = kind_named(change.kind)
        now = self._get(change.kind, change.record_id)
        if now is None:  # the store never deletes rows: only a hand in the file could
            raise UnknownIdError(
                "La fiche « {id} » n'existe pas dans le plan.", id=change.record_id
            )
        if change.before is None:
            return self.save(replace(now, deleted=True), change="undo", undo_of=change.seq)
        then, since = from_payload(kind, change.before), from_payload(kind, change.after)
        back: dict[str, Any] = {}
        for name in (f.name for f in fields(now)):
            if name in KEPT_BY_STORE or getattr(then, name) == getattr(since, name):
                continue
            if getattr(now, name) != getattr(since, name):
                raise ConflictError(
                    "Le champ « {field} » a été changé de nouveau depuis : ce changement ne peut "
                    "plus être annulé seul. Annulez d'abord le plus récent.",
                    field=name,
                    mine=then,
                    theirs=now,
                )
            back[name] = getattr(then, name)
        return self.save(replace(now, **back), change="undo", undo_of=change.seq)

    def add_snapshot(self, snapshot: Snapshot) -> None:
        """Keep a frozen state."""
        plan_snapshots.write_snapshot(self.connection, snapshot)

    def last_snapshot_hash(self, territory: str) -> str | None:
        """Return the hash of the newest frozen state of a territory."""
        return plan_snapshots.last_hash(self.connection, territory)


def same_content(one: Record, other: Record) -> bool:
    """Return whether two records say the same, version and dates of saving aside."""
    return all(
        getattr(one, f.name) == getattr(other, f.name)
        for f in fields(one)
        if f.name not in KEPT_BY_STORE
    )


def _word(before: Record | None, after: Record) -> str:
    if before is None:
        return "create"
    if after.deleted and not before.deleted:
        return "delete"
    return "restore" if before.deleted and not after.deleted else "update"


def _conflict(mine: Record, theirs: Record | None) -> ConflictError:
    return ConflictError(
        "Cette fiche a été enregistrée par quelqu'un d'autre entre-temps. Comparez les deux "
        "versions et choisissez.",
        mine=mine,
        theirs=theirs,
    )
