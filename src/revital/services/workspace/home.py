"""Where things of the workspace are, and how they are written whole or not at all."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from revital.catalogue.load import STAMP
from revital.catalogue.models import Record
from revital.errors import ConflictError
from revital.settings import settings

SHARED = "shared"


@dataclass(frozen=True)
class Workspace:
    """
    The folder of a user (`REVITAL_HOME`); the embedded pack is never written to.

    Attributes
    ----------
    root : Path
    """

    root: Path

    @property
    def layers(self) -> Path:
        """Layers that take the place of the pack's, or add to them."""
        return self.root / "layers"

    @property
    def catalogue(self) -> Path:
        """Records that take the place of the package's, or add to them."""
        return self.root / "catalogue"

    @property
    def reports(self) -> Path:
        """Reports of fetches and builds."""
        return self.root / "reports"

    def raw(self, adapter: str, place: str, *, shared: bool) -> Path:
        """Return the folder of a source's raw files, for a place or for all."""
        return self.root / "raw" / (SHARED if shared else place) / adapter

    def write_record(self, kind: str, record: Record) -> Path:
        """
        Write a record of the catalogue (`territories/limoilou.yml`).

        The records are read again by a running app.
        """
        folder = self.catalogue / kind
        folder.mkdir(parents=True, exist_ok=True)
        id_ = str(getattr(record, "id", ""))
        data = record.model_dump(mode="json", exclude_defaults=True)
        text = yaml.safe_dump(data, allow_unicode=True, sort_keys=False, width=100)
        path = folder / f"{id_}.yml"
        replace_text(path, text)
        self.touch()
        return path

    def remove_record(self, kind: str, id_: str) -> None:
        """Remove a record of the workspace; the package's own, if any, stands again."""
        (self.catalogue / kind / f"{id_}.yml").unlink(missing_ok=True)
        self.touch()

    def touch(self) -> None:
        """Mark the records as changed."""
        self.catalogue.mkdir(parents=True, exist_ok=True)
        stamp = self.catalogue / STAMP
        before = stamp.stat().st_mtime_ns if stamp.exists() else 0
        stamp.write_text("", encoding="utf-8")
        # Two changes within one tick of the clock must still differ.
        if stamp.stat().st_mtime_ns <= before:
            os.utime(stamp, ns=(before + 1, before + 1))

    @contextmanager
    def lock(self) -> Iterator[None]:
        """
        Keep a second build or import out while one writes.

        Raises
        ------
        ConflictError
            When another process is writing.
        """
        self.root.mkdir(parents=True, exist_ok=True)
        path = self.root / ".writing"
        try:
            handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY)
        except FileExistsError as error:
            if not _is_alive(path):
                path.unlink(missing_ok=True)
                handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY)
            else:
                raise ConflictError(
                    "Une autre opération écrit dans l'espace de travail « {folder} ». Attendez "
                    "qu'elle finisse, puis recommencez.",
                    folder=self.root.name,
                ) from error
        try:
            os.write(handle, str(os.getpid()).encode())
            os.close(handle)
            yield
        finally:
            path.unlink(missing_ok=True)


def _is_alive(path: Path) -> bool:
    """Return whether the process that holds the lock still runs."""
    try:
        number = int(path.read_text(encoding="utf-8") or "0")
        if number <= 0:
            return True
        os.kill(number, 0)
    except (ValueError, FileNotFoundError, ProcessLookupError):
        return False
    except PermissionError:
        return True
    return True


def replace_text(path: Path, text: str) -> None:
    """Write a text file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(path.name + ".draft")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)


def write_report(path: Path, report: Mapping[str, Any]) -> None:
    """Write a report as JSON."""
    replace_text(path, json.dumps(report, ensure_ascii=False, indent=1) + "\n")


def read_report(path: Path) -> dict[str, Any]:
    """Return a report; empty when there is none, or it cannot be read."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def workspace() -> Workspace:
    """Return the workspace of this process."""
    return Workspace(settings().home)
