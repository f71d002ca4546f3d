"""Tells whether bytes are what was asked for: a zip, a table, a JSON answer, not a robot check."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

from revital.errors import SourceError
from revital.sources.archive import DAMAGE, inspect
from revital.sources.transfer import Content

_SNIFF = 4096
#: Larger JSON answers are checked when they are read, not when they arrive.
_PARSE_LIMIT = 256 * 1024 * 1024

_NAMES = {
    "zip": ".zip",
    "xlsx": ".xlsx",
    "gzip": ".gz",
    "csv": "CSV",
    "json": "JSON",
    "geojson": "GeoJSON",
    "html": "HTML",
}


def looks_like_html(head: bytes) -> bool:
    """Return whether the first bytes are those of a web page."""
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return start.startswith((b"<!doctype html", b"<html", b"<head", b"<body", b"<script"))


def refuse_robot_check(head: bytes, content: Content, host: str, url: str) -> None:
    """
    Refuse a web page where a data file was asked for.

    Raises
    ------
    SourceError
        Naming the host; such pages are robot checks, sign-in pages or notices of an outage.
    """
    if content not in ("html", "any") and looks_like_html(head):
        raise SourceError(
            "{host} a répondu par une page web au lieu du fichier demandé ({url}) : vérification "
            "anti-robot, page de connexion ou panne. Ouvrez l'adresse dans un navigateur, "
            "enregistrez le fichier et déposez-le avec « --base-url », ou réessayez plus tard.",
            host=host,
            url=url,
        )


def require_content(path: Path, content: Content, url: str) -> None:
    """
    Check that a downloaded file is whole and of its kind.

    Zip archives have their directory read and each member's CRC compared; JSON is parsed; CSV must
    be text.

    Raises
    ------
    SourceError
        When it is not; nothing has been replaced yet.
    """
    with path.open("rb") as handle:
        head = handle.read(_SNIFF)
    if not head and content != "any":
        raise SourceError("Le fichier reçu de {url} est vide. Réessayez plus tard.", url=url)
    fault = _fault(path, head, content)
    if fault:
        raise SourceError(
            "Le fichier reçu de {url} n'est pas un fichier {expected} lisible : {found}. Le "
            "fichier précédent est conservé ; vérifiez l'adresse, puis relancez « revital fetch ».",
            url=url,
            expected=_NAMES.get(content, content),
            found=fault,
        )


def _fault(path: Path, head: bytes, content: Content) -> str | None:
    if content in ("zip", "xlsx"):
        return _zip_fault(path, head)
    if content == "gzip" and not head.startswith(b"\x1f\x8b"):
        return _first(head)
    if content in ("json", "geojson"):
        return _json_fault(path, head, content)
    if content == "csv" and (b"\x00" in head or head.startswith(b"PK\x03\x04")):
        return _first(head)
    if content == "html" and not looks_like_html(head):
        return _first(head)
    return None


def _first(head: bytes) -> str:
    return f"« {head[:24].decode('latin-1').encode('unicode_escape').decode('ascii')} »"


def _zip_fault(path: Path, head: bytes) -> str | None:
    if not head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _first(head)
    try:
        with zipfile.ZipFile(path) as archive:
            inspect(archive, path.name)
            broken = archive.testzip()
    except DAMAGE as error:
        return str(error)
    return broken


def _json_fault(path: Path, head: bytes, content: Content) -> str | None:
    if not head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"{", b"[")):
        return _first(head)
    if path.stat().st_size > _PARSE_LIMIT:
        return None
    try:
        data = json.loads(path.read_bytes())
    except ValueError as error:
        return str(error)
    if content == "geojson" and not (
        isinstance(data, dict) and data.get("type") == "FeatureCollection"
    ):
        keys = ", ".join(list(data)[:5]) if isinstance(data, dict) else type(data).__name__
        return f"« {keys} »"
    return None
