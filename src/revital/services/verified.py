"""
Lists of services that somebody has checked on the ground.

A list marked verified is no longer read "at most". The mark is the workspace's own: it says who
and when, and is taken back in one act.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from revital.errors import LayerError, ValuesError
from revital.settings import settings

_FILE = "verified_lists.json"


@dataclass(frozen=True)
class Verification:
    """Who checked the list of a class in a city, and when."""

    place: str
    service: str
    by: str
    on: date


def verifications() -> list[Verification]:
    """
    Return every mark of the workspace.

    Raises
    ------
    LayerError
        When the file was damaged.
    """
    path = _path()
    if not path.is_file():
        return []
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
        return [
            Verification(r["place"], r["service"], r["by"], date.fromisoformat(r["on"]))
            for r in rows
        ]
    except (json.JSONDecodeError, KeyError, TypeError, ValueError, UnicodeDecodeError) as error:
        raise LayerError(
            "Le fichier « {file} » des listes vérifiées est illisible. Supprimez-le ou "
            "reprenez-en une copie.",
            file=_FILE,
        ) from error


def verified_stamp() -> str:
    """Return a text that changes with any mark."""
    path = _path()
    return str(path.stat().st_mtime_ns) if path.is_file() else ""


def verification(place: str, service: str) -> Verification | None:
    """Return the mark of a list, None when nobody has checked it."""
    return next((v for v in verifications() if (v.place, v.service) == (place, service)), None)


def mark_verified(place: str, service: str, by: str, on: date) -> Verification:
    """
    Mark a list as complete.

    Raises
    ------
    ValuesError
        When nobody is named.
    """
    name = " ".join(by.split())[:120]
    if not name:
        raise ValuesError("Dites qui a vérifié la liste : une personne ou un organisme.")
    mark = Verification(place, service, name, on)
    others = [v for v in verifications() if (v.place, v.service) != (place, service)]
    _write([*others, mark])
    return mark


def unmark_verified(place: str, service: str) -> None:
    """Take back the mark of a list."""
    _write([v for v in verifications() if (v.place, v.service) != (place, service)])


def _path() -> Path:
    return settings().home / _FILE


def _write(marks: list[Verification]) -> None:
    rows = [
        {"place": m.place, "service": m.service, "by": m.by, "on": m.on.isoformat()} for m in marks
    ]
    path = _path()
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.{os.getpid()}.part")
    partial.write_text(json.dumps(rows, ensure_ascii=False, indent=1), encoding="utf-8")
    partial.replace(path)
