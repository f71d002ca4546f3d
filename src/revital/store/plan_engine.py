"""
Opens the plan's database: pragmas, immediate transactions, migrations.

SQLite in WAL mode with `synchronous=FULL`: a save that was acknowledged is on the disk, whatever
happens to the process or to the power. Writers take the write lock when their transaction begins,
so that they queue instead of failing half-way; readers are never blocked.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, func, inspect, select, text
from sqlalchemy.exc import DatabaseError

from revital.errors import StoreError
from revital.store.plan_models import HEAD

FILE_NAME = "plan.sqlite"
BUSY_MS = 30_000
_ONE_WRITER = 0x7265766974616C
log = logging.getLogger(__name__)


def _from_json(text_: str) -> Any:
    # Most lists of most actions are empty: thousands of them are read for one board.
    return [] if text_ == "[]" else {} if text_ == "{}" else json.loads(text_)


def engine_for(path: Path) -> Engine:
    """
    Return an engine on a SQLite file, with the pragmas and transactions of this store.

    Parameters
    ----------
    path : Path
        Created on first use, along with its folder.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        f"sqlite+pysqlite:///{path}",
        connect_args={"timeout": BUSY_MS / 1000, "check_same_thread": False},
        json_deserializer=_from_json,
        pool_size=8,
        max_overflow=24,
    )

    @event.listens_for(engine, "connect")
    def _pragmas(connection: Any, _record: Any) -> None:
        # The driver must not open transactions by itself: BEGIN is ours, below.
        connection.isolation_level = None
        cursor = connection.cursor()
        try:
            cursor.execute(f"PRAGMA busy_timeout={BUSY_MS}")
            cursor.execute("PRAGMA journal_mode=WAL")
            cursor.execute("PRAGMA synchronous=FULL")
            cursor.execute("PRAGMA foreign_keys=ON")
        finally:
            cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        write = connection.get_execution_options().get("revital_write", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

    return engine


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Open a transaction that holds the write lock from its first statement; commit at the end."""
    with engine.connect() as connection:
        connection = connection.execution_options(revital_write=True)
        with connection.begin():
            if engine.dialect.name == "postgresql":
                # Lists are brought up to date in the order of history's numbers: one writer at a
                # time, as in SQLite, until the end of the transaction.
                connection.execute(select(func.pg_advisory_xact_lock(_ONE_WRITER)))
            yield connection


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Open a transaction that sees one consistent state."""
    with engine.connect() as connection, connection.begin():
        yield connection


def open_engine(path: Path) -> Engine:
    """
    Return an engine on the plan's file, brought to the newest schema.

    Raises
    ------
    StoreError
        When the file is not a plan, is damaged, or comes from a newer version.
    """
    engine = engine_for(path)
    try:
        revision = current_revision(engine)
        if revision != HEAD:
            upgrade(engine, path, revision)
    except DatabaseError as error:
        engine.dispose()
        raise StoreError(
            "Le fichier du plan « {path} » ne s'ouvre pas : {why}. Restaurez une sauvegarde avec "
            "`revital restore`.",
            path=path.name,
            why=str(error.orig),
        ) from error
    except StoreError:
        engine.dispose()
        raise
    return engine


def current_revision(engine: Engine) -> str | None:
    """Return the schema revision of the file; missing for an empty file."""
    with reading(engine) as connection:
        return _revision(connection)


def _revision(connection: Connection) -> str | None:
    tables = inspect(connection).get_table_names()
    if not tables:
        return None
    if "alembic_version" not in tables:
        raise StoreError(
            "Ce fichier est une base de données, mais pas un plan de revital : il n'a pas de "
            "version."
        )
    row = connection.execute(text("SELECT version_num FROM alembic_version")).first()
    return None if row is None else str(row[0])


def upgrade(engine: Engine, path: Path | None, revision: str | None, to: str = HEAD) -> None:
    """
    Bring the database to a revision, in one transaction; the file that was there is copied first.

    Two processes may ask at once: the second finds the work done and does nothing.
    """
    # Alembic takes a second to import and is needed only here.
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    if revision is not None and path is not None:
        from revital.store.plan_backup import copy_file

        copy_file(path, path.with_name(f"{path.stem}-{revision}-avant-mise-a-jour.sqlite"))
    with resources.as_file(resources.files("revital.store") / "migrations") as scripts:
        config = Config()
        config.set_main_option("script_location", str(scripts))
        known = {s.revision for s in ScriptDirectory.from_config(config).walk_revisions()}
        if revision is not None and revision not in known:
            raise StoreError(
                "Le fichier du plan vient d'une version plus récente de revital ({revision}). "
                "Mettez revital à jour, ou restaurez une sauvegarde.",
                revision=revision,
            )
        with writing(engine) as connection:
            if _revision(connection) == to:
                return
            config.attributes["connection"] = connection
            command.upgrade(config, to)
    log.info("plan store at revision %s", to)
