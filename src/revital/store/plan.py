"""
The plan's store: reads records, saves them under optimistic locking, keeps every change.

A save and its line of history are one transaction. Saving a record that somebody saved in the
meantime raises `ConflictError` with both versions; nothing is overwritten silently. Deletion is a
state, so that everything can come back, and history rebuilds any past state.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

from sqlalchemy import Connection, Engine, Select, bindparam, func, insert, select, update

from revital.domain.plan_records import Record
from revital.errors import ConflictError, UnknownIdError
from revital.store.plan_codec import (
    Kind,
    from_payload,
    from_row,
    kind_named,
    kind_of,
    kind_of_class,
    part_rows,
    to_payload,
    to_row,
)
from revital.store.plan_engine import FILE_NAME, open_engine, reading, writing
from revital.store.plan_models import HistoryRow, SnapshotRow, table_of

R = TypeVar("R", bound=Record)
_HISTORY = table_of(HistoryRow)
_SNAPSHOTS = table_of(SnapshotRow)
# What the store itself fills in: two records that differ only by these say the same thing.
_KEPT_BY_STORE = {"version", "created_at", "updated_at"}


@dataclass(frozen=True)
class Change:
    """A line of history: who changed which record, when, from what to what."""

    seq: int
    at: datetime
    account: str
    territory: str
    kind: str
    record_id: str
    version: int
    change: str
    batch: str
    undo_of: int | None
    before: dict[str, Any] | None
    after: dict[str, Any]

    @property
    def fields(self) -> tuple[str, ...]:
        """Names of the fields that changed."""
        before = self.before or {}
        return tuple(
            name
            for name, value in self.after.items()
            if name not in _KEPT_BY_STORE and before.get(name) != value
        )


@dataclass(frozen=True)
class Snapshot:
    """A frozen state: the text that was hashed, its hash, and the hash of the one before."""

    id: str
    territory: str
    subcommittee: str | None
    meeting: str | None
    taken_at: datetime
    account: str
    content: str
    sha256: str
    previous_sha256: str | None


def utc_now() -> datetime:
    """Return the present instant."""
    return datetime.now(UTC)


class PlanStore:
    """
    The plan's database.

    Parameters
    ----------
    engine : Engine
        Opened by `plan_engine.open_engine`, or any other database with the same tables.
    clock : callable
        Present instant; tests give their own.
    """

    def __init__(self, engine: Engine, *, clock: Callable[[], datetime] = utc_now) -> None:
        self.engine = engine
        self.clock = clock

    @classmethod
    def open(cls, home: Path, *, clock: Callable[[], datetime] = utc_now) -> PlanStore:
        """Open (and create or upgrade) the plan of a workspace."""
        return cls(open_engine(home / FILE_NAME), clock=clock)

    def close(self) -> None:
        """Let go of the file."""
        self.engine.dispose()

    # --- reading ------------------------------------------------------------------------------

    def all(
        self,
        record: type[R],
        *,
        territory: str | None = None,
        example: bool | None = None,
        deleted: bool = False,
    ) -> list[R]:
        """
        Return the records of a class, oldest first.

        Parameters
        ----------
        record : type
            A class of `plan_records`.
        territory : str, optional
            Only this territory's.
        example : bool, optional
            Only the example plan's, or only the real ones.
        deleted : bool
            Also the deleted ones.
        """
        kind = kind_of_class(record)
        with reading(self.engine) as connection:
            return _select(connection, kind, territory, example, deleted)

    def count(self, record: type[Record], territory: str) -> tuple[int, int]:
        """Return how many records of a class are real, and how many are examples."""
        table = kind_of_class(record).table
        query = (
            select(table.c.example, func.count())
            .where(table.c.territory == territory, table.c.deleted.is_(False))
            .group_by(table.c.example)
        )
        with reading(self.engine) as connection:
            found = {bool(example): int(n) for example, n in connection.execute(query)}
        return found.get(False, 0), found.get(True, 0)

    def get(self, record: type[R], record_id: str) -> R:
        """
        Return a record, deleted or not.

        Raises
        ------
        UnknownIdError
            When there is none with this id.
        """
        with reading(self.engine) as connection:
            found = _get(connection, kind_of_class(record), record_id)
        if found is None:
            raise UnknownIdError("La fiche « {id} » n'existe pas dans le plan.", id=record_id)
        return found

    def last_seq(self) -> int:
        """Return the number of the last change: it grows whenever anything is saved."""
        with reading(self.engine) as connection:
            return connection.execute(select(func.max(_HISTORY.c.seq))).scalar() or 0

    def history(
        self,
        *,
        territory: str | None = None,
        kind: str | None = None,
        record_id: str | None = None,
        before_seq: int | None = None,
        since: datetime | None = None,
        limit: int | None = 100,
    ) -> list[Change]:
        """Return the changes, newest first."""
        query = select(_HISTORY).order_by(_HISTORY.c.seq.desc()).limit(limit)
        if territory is not None:
            query = query.where(_HISTORY.c.territory == territory)
        if kind is not None:
            query = query.where(_HISTORY.c.kind == kind_named(kind).name)
        if record_id is not None:
            query = query.where(_HISTORY.c.record_id == record_id)
        if before_seq is not None:
            query = query.where(_HISTORY.c.seq < before_seq)
        if since is not None:
            query = query.where(_HISTORY.c.at >= since)
        with reading(self.engine) as connection:
            return [Change(**row) for row in connection.execute(query).mappings()]

    def change(self, seq: int) -> Change:
        """Return one line of history."""
        with reading(self.engine) as connection:
            return _change(connection, seq)

    def state_at(
        self,
        record: type[R],
        *,
        at: datetime | None = None,
        seq: int | None = None,
        territory: str | None = None,
    ) -> list[R]:
        """
        Return the records of a class as they stood at an instant or after a change.

        Rebuilt from history alone, deleted records included.
        """
        kind = kind_of_class(record)
        last = select(_HISTORY.c.record_id, func.max(_HISTORY.c.seq).label("seq")).where(
            _HISTORY.c.kind == kind.name
        )
        if at is not None:
            last = last.where(_HISTORY.c.at <= at)
        if seq is not None:
            last = last.where(_HISTORY.c.seq <= seq)
        if territory is not None:
            last = last.where(_HISTORY.c.territory == territory)
        newest = last.group_by(_HISTORY.c.record_id).subquery()
        query = (
            select(_HISTORY.c.after)
            .join(newest, newest.c.seq == _HISTORY.c.seq)
            .order_by(_HISTORY.c.record_id)
        )
        with reading(self.engine) as connection:
            return [from_payload(kind, row) for row in connection.execute(query).scalars()]  # type: ignore[misc]

    def at_version(self, record: type[R], record_id: str, version: int) -> R | None:
        """Return a record as it was saved in a version; missing when there is no such version."""
        kind = kind_of_class(record)
        query = select(_HISTORY.c.after).where(
            _HISTORY.c.kind == kind.name,
            _HISTORY.c.record_id == record_id,
            _HISTORY.c.version == version,
        )
        with reading(self.engine) as connection:
            row = connection.execute(query).scalar()
        return None if row is None else from_payload(kind, row)  # type: ignore[return-value]

    def writes_since(self, account: str, since: datetime) -> int:
        """Return how many saves (a whole import is one) an account made since an instant."""
        query = select(func.count(_HISTORY.c.batch.distinct())).where(
            _HISTORY.c.account == account, _HISTORY.c.at >= since
        )
        with reading(self.engine) as connection:
            return connection.execute(query).scalar() or 0

    def snapshots(self, territory: str) -> list[Snapshot]:
        """Return the frozen states of a territory, newest first."""
        query = (
            select(_SNAPSHOTS)
            .where(_SNAPSHOTS.c.territory == territory)
            .order_by(_SNAPSHOTS.c.taken_at.desc(), _SNAPSHOTS.c.id)
        )
        with reading(self.engine) as connection:
            return [Snapshot(**row) for row in connection.execute(query).mappings()]

    def snapshot(self, snapshot_id: str) -> Snapshot:
        """Return one frozen state."""
        query = select(_SNAPSHOTS).where(_SNAPSHOTS.c.id == snapshot_id)
        with reading(self.engine) as connection:
            row = connection.execute(query).mappings().first()
        if row is None:
            raise UnknownIdError("L'instantané « {id} » n'existe pas.", id=snapshot_id)
        return Snapshot(**row)

    # --- writing ------------------------------------------------------------------------------

    @contextmanager
    def transaction(self, account: str) -> Iterator[Transaction]:
        """
        Save several records together: all of them, or none.

        Parameters
        ----------
        account : str
            Id of the account that history names.
        """
        with writing(self.engine) as connection:
            yield Transaction(connection, account, self.clock())

    def save(self, record: R, *, account: str) -> R:
        """Save one record; see `Transaction.save`."""
        with self.transaction(account) as transaction:
            return transaction.save(record)

    def undo(self, seq: int, *, account: str) -> Record:
        """Take back one change; see `Transaction.undo`."""
        with self.transaction(account) as transaction:
            return transaction.undo(seq)


class Transaction:
    """Saves that stand or fall together, under the write lock."""

    def __init__(self, connection: Connection, account: str, now: datetime) -> None:
        self.connection = connection
        self.account = account
        self.now = now
        self.batch = uuid4().hex

    def get(self, record: type[R], record_id: str) -> R | None:
        """Return a record as this transaction sees it, missing when there is none."""
        return _get(self.connection, kind_of_class(record), record_id)

    def all(self, record: type[R], territory: str) -> list[R]:
        """Return the records of a class and a territory, as this transaction sees them."""
        return _select(self.connection, kind_of_class(record), territory, None, False)

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
        theirs = _get(self.connection, kind, record.id)
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
        row = to_row(kind, saved)
        if theirs is None:
            self.connection.execute(insert(kind.table).values(row))
        else:
            done = self.connection.execute(
                update(kind.table)
                .where(kind.table.c.id == record.id, kind.table.c.version == record.version)
                .values(row)
            )
            # Where the database lets two writers read at once, the version is what tells.
            if done.rowcount != 1:
                raise _conflict(record, theirs)
        for part in kind.parts:
            old = getattr(theirs, part.field) if theirs is not None else ()
            if old == getattr(saved, part.field):
                continue
            if old:
                self.connection.execute(
                    part.table.delete().where(part.table.c.action_id == record.id)
                )
            rows = part_rows(part, saved)
            if rows:
                self.connection.execute(insert(part.table), rows)
        self.connection.execute(
            insert(_HISTORY).values(
                at=self.now,
                account=self.account,
                territory=saved.territory,
                kind=kind.name,
                record_id=saved.id,
                version=saved.version,
                change=change or _word(theirs, saved),
                batch=self.batch,
                undo_of=undo_of,
                before=to_payload(theirs) if theirs else None,
                after=to_payload(saved),
            )
        )
        return saved

    def undo(self, seq: int) -> Record:
        """
        Take back one change, keeping what was changed since in other fields.

        Raises
        ------
        ConflictError
            When a field of that change was changed again since.
        """
        change = _change(self.connection, seq)
        kind = kind_named(change.kind)
        now = _get(self.connection, kind, change.record_id)
        if now is None:  # the store never deletes rows: only a hand in the file could
            raise UnknownIdError(
                "La fiche « {id} » n'existe pas dans le plan.", id=change.record_id
            )
        if change.before is None:
            return self.save(replace(now, deleted=True), change="undo", undo_of=seq)
        then, since = from_payload(kind, change.before), from_payload(kind, change.after)
        back: dict[str, Any] = {}
        for name in (f.name for f in fields(now)):
            if name in _KEPT_BY_STORE or getattr(then, name) == getattr(since, name):
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
        return self.save(replace(now, **back), change="undo", undo_of=seq)

    def add_snapshot(self, snapshot: Snapshot) -> None:
        """Keep a frozen state."""
        values = {f.name: getattr(snapshot, f.name) for f in fields(snapshot)}
        self.connection.execute(insert(_SNAPSHOTS).values(values))

    def last_snapshot_hash(self, territory: str) -> str | None:
        """Return the hash of the newest frozen state of a territory."""
        return self.connection.execute(
            select(_SNAPSHOTS.c.sha256)
            .where(_SNAPSHOTS.c.territory == territory)
            .order_by(_SNAPSHOTS.c.taken_at.desc(), _SNAPSHOTS.c.id)
            .limit(1)
        ).scalar()


def same_content(one: Record, other: Record) -> bool:
    """Return whether two records say the same, version and dates of saving aside."""
    return all(
        getattr(one, f.name) == getattr(other, f.name)
        for f in fields(one)
        if f.name not in _KEPT_BY_STORE
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


def _change(connection: Connection, seq: int) -> Change:
    row = connection.execute(select(_HISTORY).where(_HISTORY.c.seq == seq)).mappings().first()
    if row is None:
        raise UnknownIdError("Le changement n° {seq} n'existe pas.", seq=seq)
    return Change(**row)


def _get(connection: Connection, kind: Kind, record_id: str) -> Any:
    found = _read(connection, kind, _by_id(kind.name), {"wanted": record_id})
    return found[0] if found else None


def _select(
    connection: Connection,
    kind: Kind,
    territory: str | None,
    example: bool | None,
    deleted: bool,
) -> list[Any]:
    where = []
    if territory is not None:
        where.append(kind.table.c.territory == territory)
    if example is not None:
        where.append(kind.table.c.example == example)
    if not deleted:
        where.append(kind.table.c.deleted.is_(False))
    return _read(connection, kind, _statements(kind, where), {})


@dataclass(frozen=True)
class _Statements:
    """The query of a kind of record, then one per list of its lines."""

    rows: Select[Any]
    parts: tuple[Select[Any], ...]


@lru_cache(maxsize=32)
def _by_id(name: str) -> _Statements:
    # Built once: writing out sixty columns costs more than asking for one row.
    kind = kind_named(name)
    return _statements(kind, [kind.table.c.id == bindparam("wanted")])


def _statements(kind: Kind, where: Sequence[Any]) -> _Statements:
    parts = []
    for part in kind.parts:
        columns = [part.table.c[f.name] for f in fields(part.record)]
        query = select(part.table.c.action_id, *columns).order_by(
            part.table.c.action_id, part.table.c.position
        )
        if where:
            query = query.join(kind.table, kind.table.c.id == part.table.c.action_id).where(*where)
        parts.append(query)
    own = select(*(kind.table.c[name] for name in kind.columns)).where(*where)
    return _Statements(own.order_by(kind.table.c.created_at, kind.table.c.id), tuple(parts))


def _read(
    connection: Connection, kind: Kind, statements: _Statements, values: dict[str, Any]
) -> list[Any]:
    rows = connection.execute(statements.rows, values).all()
    if not rows:
        return []
    parts: dict[str, dict[str, list[Any]]] = {}
    for part, query in zip(kind.parts, statements.parts, strict=True):
        lists = parts.setdefault(part.field, {})
        names = [f.name for f in fields(part.record)]
        for owner, *line in connection.execute(query, values):
            lists.setdefault(owner, []).append(
                from_row(part.record, part.convert, dict(zip(names, line, strict=True)))
            )
    at = kind.columns.index("id")
    return [
        from_row(
            kind.record,
            kind.convert,
            dict(zip(kind.columns, row, strict=True)),
            **{field: tuple(lists.get(row[at], ())) for field, lists in parts.items()},
        )
        for row in rows
    ]
