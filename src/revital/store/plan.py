"""
The plan's store: reads records, saves them under optimistic locking, keeps every change.

A save and its line of history are one transaction. Saving a record that somebody saved in the
meantime raises `ConflictError` with both versions; nothing is overwritten silently. Deletion is a
state, so that everything can come back, and history rebuilds any past state.

Rows are in `plan_rows`, what was read already in `plan_cache`, saves in `plan_transaction`, lines
of history in `plan_history`, frozen states in `plan_snapshots`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar, cast

from sqlalchemy import Engine, func, select

from revital.domain.plan_records import Record
from revital.errors import UnknownIdError
from revital.store import plan_history, plan_rows, plan_snapshots
from revital.store.plan_cache import RecordCache
from revital.store.plan_codec import kind_of_class
from revital.store.plan_engine import FILE_NAME, open_engine, reading, writing
from revital.store.plan_history import HISTORY, Change
from revital.store.plan_snapshots import Snapshot
from revital.store.plan_transaction import Transaction, same_content
from revital.store.plan_turn import Turn

__all__ = ["Change", "PlanStore", "Snapshot", "Transaction", "same_content", "utc_now"]

R = TypeVar("R", bound=Record)


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
        self._cache = RecordCache()
        file = engine.url.database if engine.dialect.name == "sqlite" else None
        self._turn = Turn(Path(file) if file else None)

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
            found = (
                plan_rows.read_all(connection, kind, None)
                if territory is None
                else self._cache.all(connection, kind, territory)
            )
        return [
            r
            for r in found
            if (deleted or not r.deleted) and (example is None or r.example == example)
        ]

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
            found = self._cache.one(connection, kind_of_class(record), record_id)
        if found is None:
            raise UnknownIdError("La fiche « {id} » n'existe pas dans le plan.", id=record_id)
        self._cache.keep(found)
        return cast(R, found)

    def last_seq(self) -> int:
        """Return the number of the last change: it grows whenever anything is saved."""
        with reading(self.engine) as connection:
            return connection.execute(select(func.max(HISTORY.c.seq))).scalar() or 0

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
        with reading(self.engine) as connection:
            return plan_history.read_changes(
                connection,
                territory=territory,
                kind=kind,
                record_id=record_id,
                before_seq=before_seq,
                since=since,
                limit=limit,
            )

    def change(self, seq: int) -> Change:
        """Return one line of history."""
        with reading(self.engine) as connection:
            return plan_history.read_change(connection, seq)

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
        with reading(self.engine) as connection:
            found = plan_history.past_state(
                connection, kind_of_class(record), at=at, seq=seq, territory=territory
            )
        return cast(list[R], found)

    def at_version(self, record: type[R], record_id: str, version: int) -> R | None:
        """Return a record as it was saved in a version; missing when there is no such version."""
        with reading(self.engine) as connection:
            found = plan_history.at_version(connection, kind_of_class(record), record_id, version)
        return cast("R | None", found)

    def writes_since(self, account: str, since: datetime) -> int:
        """Return how many saves (a whole import is one) an account made since an instant."""
        with reading(self.engine) as connection:
            return plan_history.writes_since(connection, account, since)

    def snapshots(self, territory: str) -> list[Snapshot]:
        """Return the frozen states of a territory, newest first."""
        with reading(self.engine) as connection:
            return plan_snapshots.read_snapshots(connection, territory)

    def snapshot(self, snapshot_id: str) -> Snapshot:
        """Return one frozen state."""
        with reading(self.engine) as connection:
            return plan_snapshots.read_snapshot(connection, snapshot_id)

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
        with self._turn():
            with writing(self.engine) as connection:
                transaction = Transaction(connection, account, self.clock(), self._cache)
                yield transaction
            self._cache.keep(*transaction.saved.values())

    def save(self, record: R, *, account: str) -> R:
        """Save one record; see `Transaction.save`."""
        with self.transaction(account) as transaction:
            return transaction.save(record)

    def undo(self, seq: int, *, account: str) -> Record:
        """Take back one change; see `Transaction.undo`."""
        with self.transaction(account) as transaction:
            return transaction.undo(seq)

    def undo_batch(self, batch: str, *, account: str) -> list[Record]:
        """Take back what was saved together, all of it or nothing; see `Transaction.undo`."""
        with self.transaction(account) as transaction:
            return transaction.undo_batch(batch)
