"""
Lines of history: who changed which record, when, from what to what.

Lines are only ever added; any past state is rebuilt from them alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, func, select

from revital.domain.plan_records import Record
from revital.errors import UnknownIdError
from revital.store.plan_codec import Kind, from_payload, kind_named
from revital.store.plan_models import HistoryRow, table_of

HISTORY = table_of(HistoryRow)
_HANDFUL = 200
_CLOCK_ERROR = timedelta(hours=1)
#: What the store itself fills in: two records that differ only by these say the same thing.
KEPT_BY_STORE = frozenset({"version", "created_at", "updated_at"})


@dataclass(frozen=True)
class Change:
    """A line of history."""

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
            if name not in KEPT_BY_STORE and before.get(name) != value
        )


def read_changes(
    connection: Connection,
    *,
    territory: str | None = None,
    kind: str | None = None,
    record_id: str | None = None,
    before_seq: int | None = None,
    since: datetime | None = None,
    limit: int | None = 100,
) -> list[Change]:
    """Return the changes, newest first."""
    query = select(HISTORY).order_by(HISTORY.c.seq.desc())
    if record_id is not None:
        # One record's lines are few: asked by their own index, never through the territory's.
        query = query.where(HISTORY.c.record_id == record_id)
    elif territory is not None:
        query = query.where(HISTORY.c.territory == territory)
    if kind is not None:
        query = query.where(HISTORY.c.kind == kind_named(kind).name)
    if before_seq is not None:
        query = query.where(HISTORY.c.seq < before_seq)
    if since is None:
        rows = connection.execute(query.limit(limit)).mappings()
        found = [Change(**row) for row in rows]
    else:
        found = _since(connection, query, since)[:limit]
    return [c for c in found if territory in (None, c.territory)]


def _since(connection: Connection, query: Select[Any], since: datetime) -> list[Change]:
    """Return the changes since an instant: from the newest back, a handful of lines at a time."""
    found: list[Change] = []
    before: int | None = None
    while True:
        part = query if before is None else query.where(HISTORY.c.seq < before)
        some = [Change(**row) for row in connection.execute(part.limit(_HANDFUL)).mappings()]
        found += [c for c in some if c.at >= since]
        # Lines follow one another in time, but for a clock that somebody set right.
        if len(some) < _HANDFUL or some[-1].at < since - _CLOCK_ERROR:
            return found
        before = some[-1].seq


def read_change(connection: Connection, seq: int) -> Change:
    """
    Return one line of history.

    Raises
    ------
    UnknownIdError
        When there is no such line.
    """
    row = connection.execute(select(HISTORY).where(HISTORY.c.seq == seq)).mappings().first()
    if row is None:
        raise UnknownIdError("Le changement n° {seq} n'existe pas.", seq=seq)
    return Change(**row)


def read_batch(connection: Connection, batch: str) -> list[Change]:
    """Return the lines that were saved together, in the order of the saves."""
    query = select(HISTORY).where(HISTORY.c.batch == batch).order_by(HISTORY.c.seq)
    return [Change(**row) for row in connection.execute(query).mappings()]


def past_state(
    connection: Connection,
    kind: Kind,
    *,
    at: datetime | None = None,
    seq: int | None = None,
    territory: str | None = None,
) -> list[Record]:
    """Return the records of a kind as they stood at an instant or after a change."""
    last = select(HISTORY.c.record_id, func.max(HISTORY.c.seq).label("seq")).where(
        HISTORY.c.kind == kind.name
    )
    if at is not None:
        last = last.where(HISTORY.c.at <= at)
    if seq is not None:
        last = last.where(HISTORY.c.seq <= seq)
    if territory is not None:
        last = last.where(HISTORY.c.territory == territory)
    newest = last.group_by(HISTORY.c.record_id).subquery()
    query: Select[Any] = (
        select(HISTORY.c.after)
        .join(newest, newest.c.seq == HISTORY.c.seq)
        .order_by(HISTORY.c.record_id)
    )
    return [from_payload(kind, row) for row in connection.execute(query).scalars()]


def at_version(connection: Connection, kind: Kind, record_id: str, version: int) -> Record | None:
    """Return a record as it was saved in a version; missing when there is no such version."""
    query = select(HISTORY.c.after).where(
        HISTORY.c.kind == kind.name,
        HISTORY.c.record_id == record_id,
        HISTORY.c.version == version,
    )
    row = connection.execute(query).scalar()
    return None if row is None else from_payload(kind, row)


def writes_since(connection: Connection, account: str, since: datetime) -> int:
    """Return how many saves (a whole import is one) an account made since an instant."""
    query = select(func.count(HISTORY.c.batch.distinct())).where(
        HISTORY.c.account == account, HISTORY.c.at >= since
    )
    return connection.execute(query).scalar() or 0
