"""Reads the pages of an ArcGIS REST layer asked as GeoJSON, and joins them."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd

from revital.errors import SourceError
from revital.sources.readers.text import require_columns


def read_answer(path: Path) -> dict[str, Any]:
    """
    Return an answer of an ArcGIS server.

    Raises
    ------
    SourceError
        When it is an error in disguise: such servers say "200 OK" and put the error inside.
    """
    answer = json.loads(path.read_bytes())
    if not isinstance(answer, dict) or "error" in answer:
        error = answer.get("error", {}) if isinstance(answer, dict) else {}
        raise SourceError(
            "Le serveur cartographique a répondu par une erreur dans « {file} » : {why}. "
            "Réessayez plus tard.",
            file=path.name,
            why=str(error.get("message") or error.get("code") or "?")[:200],
        )
    return answer


def layer_number(answer: dict[str, Any], pattern: str, file: str) -> int:
    """
    Return the number of the layer whose name fits.

    Parameters
    ----------
    answer : the service's own description (`MapServer?f=json`)
    pattern : regular expression, without case

    Raises
    ------
    SourceError
        When none or several fit; the sentence lists the layers.
    """
    layers = [x for x in answer.get("layers", []) if isinstance(x, dict)]
    found = [x["id"] for x in layers if re.search(pattern, str(x.get("name", "")), re.I)]
    if len(found) != 1:
        raise SourceError(
            "Le service cartographique décrit dans « {file} » devait avoir une seule couche "
            "« {pattern} » ; il en a {n}. Couches : {layers}.",
            file=file,
            pattern=pattern,
            n=len(found),
            layers=", ".join(f"{x.get('id')} {x.get('name')}" for x in layers)[:400] or "—",
        )
    return int(found[0])


def page_keys(path: Path, key: str) -> list[str]:
    """Return the keys of the features of a page, in order."""
    features = read_answer(path).get("features", [])
    return [str((f.get("properties") or {}).get(key)) for f in features]


def goes_on(path: Path) -> bool:
    """Return whether the server says that more pages follow."""
    answer = read_answer(path)
    return bool(
        answer.get("exceededTransferLimit")
        or (answer.get("properties") or {}).get("exceededTransferLimit")
    )


def read_pages(
    paths: Sequence[Path], columns: Sequence[str], key: str, expected: int | None = None
) -> gpd.GeoDataFrame:
    """
    Join the pages of a layer.

    Parameters
    ----------
    paths : pages, in order
    columns : columns that must be there
    key : column that tells features apart
    expected : int, optional
        Number of features the server announced.

    Returns
    -------
    GeoDataFrame in EPSG:4326

    Raises
    ------
    SourceError
        On no feature at all, a changed column, a feature that comes twice, or a missing one.
    """
    features: list[dict[str, Any]] = []
    for path in paths:
        features += read_answer(path).get("features", [])
    if not features:
        raise SourceError(
            "Le serveur cartographique n'a rendu aucune forme ({file}). Vérifiez les identifiants "
            "du territoire.",
            file=", ".join(p.name for p in paths) or "—",
        )
    for feature in features:
        require_columns((feature.get("properties") or {}).keys(), columns, paths[0].name)
    keys = [str(f["properties"][key]) for f in features]
    if len(set(keys)) != len(keys):
        twice = next(k for i, k in enumerate(keys) if k in keys[:i])
        raise SourceError(
            "Le serveur cartographique a rendu deux fois la même forme ({key} {value}) : ses pages "
            "se répètent. Réessayez plus tard.",
            key=key,
            value=twice,
        )
    if expected is not None and len(keys) != expected:
        raise SourceError(
            "Le serveur cartographique annonçait {expected} formes et en a rendu {found}. "
            "Réessayez plus tard.",
            expected=expected,
            found=len(keys),
        )
    empty = [k for k, f in zip(keys, features, strict=True) if not f.get("geometry")]
    if empty:
        raise SourceError(
            "La forme {key} {value} est arrivée sans contour. Réessayez plus tard.",
            key=key,
            value=empty[0],
        )
    return gpd.GeoDataFrame.from_features(features, crs="EPSG:4326")
