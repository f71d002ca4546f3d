"""
Records as last read: what nobody changed since is not read again.

History says what changed after a given line, so a list is brought up to date by reading those
records only, and a single record is the same as long as its version and its date of saving are.
Records are frozen: handing out the same object twice is safe.
"""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock
from typing import Any

from sqlalchemy import Connection, select

from revital.domain.plan_records import Record
from revital.store import plan_rows
from revital.store.plan_codec import Kind, kind_of
from revital.store.plan_history import HISTORY

#: Beyond this many changed records, the whole list is read again.
_MOST_CHANGED = 400
#: The last line of history: its number, and the batch that tells it from another file's line.
Mark = tuple[int, str] | None


@dataclass(frozen=True)
class _List:
    mark: Mark
    records: tuple[Any, ...]


class RecordCache:
    """What one store read so far; shared by the threads that use the store."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._records: dict[tuple[str, str], Record] = {}
        self._lists: dict[tuple[str, str], _List] = {}

    def all(self, connection: Connection, kind: Kind, territory: str) -> tuple[Any, ...]:
        """Return the records of a kind and a territory as they stand now, deleted ones too."""
        key = (kind.name, territory)
        mark = _last(connection)
        held = self._lists.get(key)
        if held is not None and held.mark == mark:
            return held.records
        changed = None if held is None else _changed(connection, kind, territory, held.mark, mark)
        if held is None or changed is None:
            records = tuple(plan_rows.read_all(connection, kind, territory))
        elif changed:
            by_id = {r.id: r for r in held.records}
            by_id |= {r.id: r for r in plan_rows.read_some(connection, kind, changed)}
            records = tuple(plan_rows.in_order(by_id.values()))
        else:
            records = held.records
        with self._lock:
            self._lists[key] = _List(mark, records)
            self._records.update({(kind.name, r.id): r for r in records})
        return records

    def one(self, connection: Connection, kind: Kind, record_id: str) -> Any | None:
        """Return a record as it stands now, missing when there is none."""
        held = self._records.get((kind.name, record_id))
        if held is None:
            found = plan_rows.read_one(connection, kind, record_id)
        else:
            stamp = plan_rows.read_stamp(connection, kind, record_id)
            if stamp == (held.version, held.updated_at):
                return held
            found = None if stamp is None else plan_rows.read_one(connection, kind, record_id)
        return found

    def keep(self, *records: Record) -> None:
        """Remember records that were committed, or read outside of a transaction that writes."""
        with self._lock:
            self._records.update({(kind_of(r).name, r.id): r for r in records})


def _last(connection: Connection) -> Mark:
    query = select(HISTORY.c.seq, HISTORY.c.batch).order_by(HISTORY.c.seq.desc()).limit(1)
    row = connection.execute(query).first()
    return None if row is None else (row[0], row[1])


def _changed(
    connection: Connection, kind: Kind, territory: str, then: Mark, now: Mark
) -> list[str] | None:
    """Return the ids of the records changed since a mark; None when the mark is not this file's."""
    if then is None or now is None or now[0] < then[0]:
        return None
    # After a restore the same number may be another line.
    known = select(HISTORY.c.batch).where(HISTORY.c.seq == then[0])
    if connection.execute(known).scalar() != then[1]:
        return None
    query = (
        select(HISTORY.c.record_id)
        .where(
            HISTORY.c.territory == territory,
            HISTORY.c.seq > then[0],
            HISTORY.c.kind == kind.name,
        )
        .distinct()
        .limit(_MOST_CHANGED + 1)
    )
    ids = list(connection.execute(query).scalars())
    return None if len(ids) > _MOST_CHANGED else ids
