"""
Rows into records, and records into rows.

Statements are built once per kind: writing out forty columns costs more than asking for one row.
"""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Select, Update, bindparam, insert, select, update

from revital.domain.plan_records import Record
from revital.store.plan_codec import Kind, kind_named, part_rows, to_row

#: As many values as one query names at once.
_AT_ONCE = 400
_EARLIEST = datetime.min.replace(tzinfo=UTC)


def read_all(connection: Connection, kind: Kind, territory: str | None) -> list[Any]:
    """Return the records of a kind (of a territory), deleted ones too, oldest first."""
    where = [] if territory is None else [kind.table.c.territory == territory]
    return _read(connection, kind, _statements(kind, where), {})


def read_one(connection: Connection, kind: Kind, record_id: str) -> Any | None:
    """Return a record, missing when there is none."""
    found = _read(connection, kind, _by_id(kind.name), {"wanted": record_id})
    return found[0] if found else None


def read_some(connection: Connection, kind: Kind, ids: Sequence[str]) -> list[Any]:
    """Return the records of these ids."""
    found: list[Any] = []
    for first in range(0, len(ids), _AT_ONCE):
        some = ids[first : first + _AT_ONCE]
        found += _read(connection, kind, _statements(kind, [kind.table.c.id.in_(some)]), {})
    return found


def read_stamp(connection: Connection, kind: Kind, record_id: str) -> tuple[int, Any] | None:
    """Return the version of a record and when it was saved, missing when there is none."""
    row = connection.execute(_stamp(kind.name), {"wanted": record_id}).first()
    return None if row is None else (row[0], row[1])


def in_order(records: Iterable[Record]) -> list[Any]:
    """Return records oldest first."""
    return sorted(records, key=lambda r: (r.created_at or _EARLIEST, r.id))


def write_row(connection: Connection, kind: Kind, saved: Record, before: Record | None) -> bool:
    """
    Write a record and the lists that changed; return whether its version was still the one read.

    Parameters
    ----------
    connection : Connection
        In a transaction that holds the write lock.
    kind : Kind
    saved : Record
        With its new version.
    before : Record or None
        As it stands in the store; None for a new one.
    """
    row = to_row(kind, saved)
    if before is None:
        connection.execute(insert(kind.table), row)
    else:
        values = row | {"own_id": saved.id, "own_version": before.version}
        if connection.execute(_update(kind.name), values).rowcount != 1:
            return False
    for part in kind.parts:
        old = getattr(before, part.field) if before is not None else ()
        if old == getattr(saved, part.field):
            continue
        if old:
            connection.execute(part.table.delete().where(part.table.c.action_id == saved.id))
        lines = part_rows(part, saved)
        if lines:
            connection.execute(insert(part.table), lines)
    return True


@dataclass(frozen=True)
class _Statements:
    """The query of a kind of record, then one per list of its lines."""

    rows: Select[Any]
    parts: tuple[Select[Any], ...]


@lru_cache(maxsize=32)
def _by_id(name: str) -> _Statements:
    kind = kind_named(name)
    return _statements(kind, [kind.table.c.id == bindparam("wanted")])


@lru_cache(maxsize=32)
def _stamp(name: str) -> Select[Any]:
    table = kind_named(name).table
    return select(table.c.version, table.c.updated_at).where(table.c.id == bindparam("wanted"))


@lru_cache(maxsize=32)
def _update(name: str) -> Update:
    kind = kind_named(name)
    return (
        update(kind.table)
        .where(
            kind.table.c.id == bindparam("own_id"),
            kind.table.c.version == bindparam("own_version"),
        )
        .values({column: bindparam(column) for column in kind.columns})
    )


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
    with _no_collection():
        rows = connection.execute(statements.rows, values).all()
        return _records(connection, kind, statements, values, rows) if rows else []


@contextmanager
def _no_collection() -> Iterator[None]:
    """
    Put off Python's search for cycles while many records are made.

    They hold none, and looking through all of them again and again took half of the time.
    """
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        # A thread that came in meanwhile found it off, and leaves that to this one.
        if was:
            gc.enable()


def _records(
    connection: Connection,
    kind: Kind,
    statements: _Statements,
    values: dict[str, Any],
    rows: Sequence[Any],
) -> list[Any]:
    parts: dict[str, dict[str, list[Any]]] = {}
    for part, query in zip(kind.parts, statements.parts, strict=True):
        lists = parts.setdefault(part.field, {})
        names = tuple(f.name for f in fields(part.record))
        turns = [(names.index(n) + 1, turn) for n, turn in part.convert.items()]
        for line in connection.execute(query, values).all():
            cells = list(line)
            for at, turn in turns:
                cells[at] = turn(cells[at])
            lists.setdefault(cells[0], []).append(
                part.record(**dict(zip(names, cells[1:], strict=True)))
            )
    at_id = kind.columns.index("id")
    turns = [(kind.columns.index(n), turn) for n, turn in kind.convert.items()]
    found = []
    for row in rows:
        cells = list(row)
        for at, turn in turns:
            cells[at] = turn(cells[at])
        own = dict(zip(kind.columns, cells, strict=True))
        for name, lists in parts.items():
            own[name] = tuple(lists.get(cells[at_id], ()))
        found.append(kind.record(**own))
    return found
