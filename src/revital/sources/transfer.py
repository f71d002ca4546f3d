"""What is asked of a publisher, what came back, and the sidecar that remembers it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from revital.errors import SourceError

Content = Literal["zip", "xlsx", "gzip", "csv", "json", "geojson", "html", "any"]

#: Called with the file's name, the bytes received so far and the size expected (if known).
Progress = Callable[[str, int, int | None], None]

_MEBI = 1024 * 1024


@dataclass(frozen=True)
class Request:
    """
    One file to have from a publisher.

    Attributes
    ----------
    url : str
        Address, `http` or `https`.
    filename : str
        Name of the file in the source's raw folder; no folder in it.
    content : str
        What the bytes must be; an answer of another kind is refused.
    params, form, headers : mappings
        Query string, form fields (a `POST` when not empty) and extra headers.
    timeout_s : float
        Longest silence of the server, in seconds.
    deadline_s : float
        Longest time for the whole file, in seconds.
    max_bytes : int
        Larger answers are refused.
    """

    url: str
    filename: str
    content: Content = "any"
    params: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    timeout_s: float = 60.0
    deadline_s: float = 3600.0
    max_bytes: int = 1024 * _MEBI

    @property
    def method(self) -> str:
        """`POST` when there is a form, else `GET`."""
        return "POST" if self.form else "GET"


@dataclass(frozen=True)
class RawFile:
    """
    A publisher's file at rest, as its sidecar tells it.

    `fetched_at` is when the bytes came, `checked_at` when the publisher last confirmed them; both
    are ISO 8601 in UTC. `how` says what the last call did: `new`, `unchanged` or `offline`.
    """

    path: Path
    url: str
    sha256: str
    size: int
    fetched_at: str
    checked_at: str
    content: str
    params: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] = field(default_factory=dict)
    final_url: str = ""
    content_type: str = ""
    etag: str = ""
    last_modified: str = ""
    how: str = "new"


def now() -> str:
    """Return the present moment, ISO 8601 in UTC, to the second."""
    return datetime.now(UTC).replace(microsecond=0).isoformat()


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, read in pieces."""
    digest = hashlib.sha256()
    with path.open("rb") as handle:
        while piece := handle.read(_MEBI):
            digest.update(piece)
    return digest.hexdigest()


def sidecar_path(path: Path) -> Path:
    """Return the path of the sidecar of a raw file: its name and `.source.json`."""
    return path.with_name(path.name + ".source.json")


def write_json(path: Path, record: Mapping[str, Any]) -> None:
    """Write a JSON file whole or not at all."""
    draft = path.with_name(path.name + ".draft")
    draft.write_text(
        json.dumps(record, ensure_ascii=False, indent=1, sort_keys=True) + "\n", encoding="utf-8"
    )
    draft.replace(path)


def write_sidecar(raw: RawFile) -> None:
    """Write the sidecar of a raw file."""
    record = asdict(raw)
    del record["path"], record["how"]
    write_json(sidecar_path(raw.path), record)


def read_sidecar(path: Path) -> RawFile | None:
    """
    Return what the sidecar says of a raw file, or None when either is missing or unreadable.

    An unreadable sidecar is as good as none: the file is then had anew.
    """
    side = sidecar_path(path)
    if not path.is_file() or not side.is_file():
        return None
    try:
        record = json.loads(side.read_text(encoding="utf-8"))
        return RawFile(path=path, how="offline", **record)
    except (ValueError, TypeError):
        return None


def raw_file(path: Path) -> RawFile:
    """
    Return a raw file that is at rest and whole.

    Raises
    ------
    SourceError
        When the file or its sidecar is missing, or its bytes are not those that were fetched.
    """
    raw = read_sidecar(path)
    if raw is None:
        raise SourceError(
            "Le fichier « {file} » n'a pas encore été téléchargé. Lancez « revital fetch » avec "
            "une connexion internet.",
            file=path.name,
        )
    if path.stat().st_size != raw.size or sha256_of(path) != raw.sha256:
        raise SourceError(
            "Le fichier « {file} » a changé depuis son téléchargement (son empreinte ne "
            "correspond plus). Relancez « revital fetch » pour le reprendre chez l'éditeur.",
            file=path.name,
        )
    return raw
