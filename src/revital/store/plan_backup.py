"""Copies of the plan's file that are whole whoever is writing, and their way back."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from revital.errors import StoreError
from revital.store.plan_engine import BUSY_MS, FILE_NAME, open_engine
from revital.store.plan_models import HEAD

_PAGES_AT_ONCE = 4096


@dataclass(frozen=True)
class BackupReport:
    """A verified copy: where, which schema, how many actions and changes it holds."""

    path: Path
    revision: str
    actions_n: int
    changes_n: int


def copy_file(source: Path, target: Path) -> None:
    """
    Copy a plan's file consistently while others write to it.

    The copy appears under its name only when complete, as a single file without a journal.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(target.name + ".part")
    partial.unlink(missing_ok=True)
    try:
        with closing(_connect(source)) as read, closing(_connect(partial)) as write:
            read.backup(write, pages=_PAGES_AT_ONCE)
            # A backup of a WAL file says WAL in its header; one lone file must not.
            write.execute("PRAGMA journal_mode=DELETE")
        partial.replace(target)
    except sqlite3.DatabaseError as error:
        partial.unlink(missing_ok=True)
        raise StoreError(
            "La copie de « {source} » a échoué : {why}.", source=source.name, why=str(error)
        ) from error


def backup(home: Path, target: Path | None = None, *, now: datetime) -> BackupReport:
    """
    Copy the workspace's plan and verify the copy.

    Parameters
    ----------
    home : Path
        The workspace.
    target : Path, optional
        File or existing folder; by default a dated file in the workspace's `backups`.
    now : datetime
        Names the file.
    """
    source = home / FILE_NAME
    if not source.is_file():
        raise StoreError(
            "Il n'y a pas encore de plan à sauvegarder dans « {home} ».", home=str(home)
        )
    name = f"plan-{now:%Y%m%d-%H%M%S}.sqlite"
    if target is None:
        target = home / "backups" / name
    elif target.is_dir():
        target = target / name
    if target.exists():
        raise StoreError(
            "Le fichier « {path} » existe déjà. Choisissez un autre nom : une sauvegarde n'en "
            "remplace jamais une autre.",
            path=str(target),
        )
    copy_file(source, target)
    return verify(target)


def verify(path: Path) -> BackupReport:
    """
    Check that a file is a whole plan that this version can read.

    Raises
    ------
    StoreError
        When it is missing, not a plan, damaged, or newer than this version.
    """
    if not path.is_file():
        raise StoreError("Le fichier « {path} » n'existe pas.", path=str(path))
    try:
        with closing(_connect(path, readonly=True)) as connection:
            faults = [row[0] for row in connection.execute("PRAGMA integrity_check(3)")]
            if faults != ["ok"]:
                raise StoreError(
                    "Le fichier « {path} » est endommagé : {why}. Rien n'a été changé.",
                    path=path.name,
                    why="; ".join(faults),
                )
            if connection.execute("PRAGMA foreign_key_check").fetchone():
                raise StoreError(
                    "Le fichier « {path} » contient des lignes sans leur action. Rien n'a été "
                    "changé.",
                    path=path.name,
                )
            revision = connection.execute("SELECT version_num FROM alembic_version").fetchone()
            actions = connection.execute("SELECT count(*) FROM actions").fetchone()
            changes = connection.execute("SELECT count(*) FROM history").fetchone()
    except sqlite3.DatabaseError as error:
        raise StoreError(
            "Le fichier « {path} » n'est pas un plan de revital ({why}). Rien n'a été changé.",
            path=path.name,
            why=str(error),
        ) from error
    if revision is None or revision[0] > HEAD:
        raise StoreError(
            "Le fichier « {path} » vient d'une version plus récente de revital ({revision}). "
            "Rien n'a été changé.",
            path=path.name,
            revision="?" if revision is None else revision[0],
        )
    return BackupReport(path, revision[0], actions[0], changes[0])


def restore(home: Path, source: Path, *, now: datetime) -> tuple[BackupReport, Path | None]:
    """
    Put a verified copy in the place of the workspace's plan.

    The present plan is copied aside first. The pages are written through SQLite, so that whoever
    has the plan open goes on with the restored one.

    Returns
    -------
    BackupReport, Path or None
        What was restored, and the copy of what was there before.
    """
    report = verify(source)
    current = home / FILE_NAME
    aside: Path | None = None
    if current.is_file():
        aside = home / "backups" / f"plan-{now:%Y%m%d-%H%M%S}-avant-restauration.sqlite"
        copy_file(current, aside)
    home.mkdir(parents=True, exist_ok=True)
    with closing(_connect(source, readonly=True)) as read, closing(_connect(current)) as write:
        write.execute(f"PRAGMA busy_timeout={BUSY_MS}")
        # All pages in one step: one transaction, so that a crash leaves the plan as it was.
        read.backup(write, pages=-1)
    open_engine(current).dispose()
    return report, aside


def _connect(path: Path, *, readonly: bool = False) -> sqlite3.Connection:
    if readonly:
        return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=30)
    return sqlite3.connect(path, timeout=30)
