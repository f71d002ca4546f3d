"""Frozen states of a plan: kept as the exact text that was hashed, never changed."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy import Connection, insert, select

from revital.errors import UnknownIdError
from revital.store.plan_models import SnapshotRow, table_of

_SNAPSHOTS = table_of(SnapshotRow)


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


def read_snapshots(connection: Connection, territory: str) -> list[Snapshot]:
    """Return the frozen states of a territory, newest first."""
    query = (
        select(_SNAPSHOTS)
        .where(_SNAPSHOTS.c.territory == territory)
        .order_by(_SNAPSHOTS.c.taken_at.desc(), _SNAPSHOTS.c.id)
    )
    return [Snapshot(**row) for row in connection.execute(query).mappings()]


def read_snapshot(connection: Connection, snapshot_id: str) -> Snapshot:
    """
    Return one frozen state.

    Raises
    ------
    UnknownIdError
        When there is none with this id.
    """
    query = select(_SNAPSHOTS).where(_SNAPSHOTS.c.id == snapshot_id)
    row = connection.execute(query).mappings().first()
    if row is None:
        raise UnknownIdError("L'instantané « {id} » n'existe pas.", id=snapshot_id)
    return Snapshot(**row)


def last_hash(connection: Connection, territory: str) -> str | None:
    """Return the hash of the newest frozen state of a territory."""
    return connection.execute(
        select(_SNAPSHOTS.c.sha256)
        .where(_SNAPSHOTS.c.territory == territory)
        .order_by(_SNAPSHOTS.c.taken_at.desc(), _SNAPSHOTS.c.id)
        .limit(1)
    ).scalar()


def write_snapshot(connection: Connection, snapshot: Snapshot) -> None:
    """Keep a frozen state."""
    values = {f.name: getattr(snapshot, f.name) for f in fields(snapshot)}
    connection.execute(insert(_SNAPSHOTS), values)
