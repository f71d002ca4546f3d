"""Reads answers of a CKAN catalogue and picks the resource that is wanted."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from revital.errors import SourceError


@dataclass(frozen=True)
class Resource:
    """
    A file of a dataset.

    Attributes
    ----------
    dataset, title : str
        Name and title of the dataset.
    id, name, url, format : str
    modified : str
        Last change that the catalogue knows of; empty when it says none.
    licence : str
    """

    dataset: str
    title: str
    id: str
    name: str
    url: str
    format: str
    modified: str
    licence: str


def result(path: Path) -> Any:
    """
    Return what a CKAN answer holds.

    Raises
    ------
    SourceError
        When the catalogue says that it did not succeed.
    """
    answer = json.loads(path.read_bytes())
    if not isinstance(answer, dict) or not answer.get("success") or "result" not in answer:
        error = (answer or {}).get("error") if isinstance(answer, dict) else None
        raise SourceError(
            "Le catalogue de données ouvertes a répondu par un échec dans « {file} » : {why}.",
            file=path.name,
            why=str(error or "?")[:200],
        )
    return answer["result"]


def datasets(path: Path) -> list[dict[str, Any]]:
    """Return the datasets of a `package_search` or `package_show` answer."""
    found = result(path)
    if isinstance(found, dict) and "results" in found:
        return list(found["results"])
    return [found]


def resources(dataset: dict[str, Any]) -> list[Resource]:
    """Return the files of a dataset."""
    return [
        Resource(
            dataset=str(dataset.get("name", "")),
            title=str(dataset.get("title", "")),
            id=str(item.get("id", "")),
            name=str(item.get("name", "")),
            url=str(item.get("url", "")),
            format=str(item.get("format", "")).upper(),
            modified=str(item.get("last_modified") or item.get("metadata_modified") or ""),
            licence=str(dataset.get("license_title") or dataset.get("license_id") or ""),
        )
        for item in dataset.get("resources", [])
        if item.get("url")
    ]


def pick(
    found: Sequence[Resource], formats: Sequence[str], *, id_: str = "", name: str = ""
) -> Resource:
    """
    Return the resource wanted: by id, else by name, else the first in the order of formats.

    Parameters
    ----------
    found : resources of one dataset
    formats : formats accepted, best first (`GEOJSON`, `SHP`)
    id_ : id of the resource, if known
    name : regular expression on its name or address, without case

    Raises
    ------
    SourceError
        When none fits; the sentence lists what there is.
    """
    exact = [r for r in found if id_ and r.id == id_]
    if exact:
        return exact[0]
    fitting = [r for r in found if not name or re.search(name, f"{r.name} {r.url}", re.IGNORECASE)]
    for wanted in formats:
        of_format = [r for r in fitting if r.format == wanted]
        if of_format:
            # Editions of several years stand side by side: the last changed is the current one.
            return max(of_format, key=lambda r: r.modified)
    raise SourceError(
        "Le jeu de données « {dataset} » n'a pas de fichier {formats}. On y trouve : {found}.",
        dataset=found[0].dataset if found else "?",
        formats=" / ".join(formats),
        found=", ".join(f"{r.name} ({r.format})" for r in found[:8]) or "—",
    )


def search(found: Sequence[dict[str, Any]], pattern: str) -> list[dict[str, Any]]:
    """Return the datasets whose name or title fits an expression, without case."""
    return [
        d
        for d in found
        if re.search(pattern, f"{d.get('name', '')} {d.get('title', '')}", re.IGNORECASE)
    ]
