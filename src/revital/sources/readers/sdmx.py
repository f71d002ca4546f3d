"""Reads SDMX-JSON answers of the Census Profile service: numbers with the words of their codes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from revital.errors import SourceError

DIMENSIONS = ("REF_AREA", "GENDER", "CHARACTERISTIC", "STATISTIC")
_SYMBOL_NAMES = ("SYMBOL", "FLAG", "OBS_STATUS", "QUALITY_SYMBOL")


@dataclass(frozen=True)
class Answer:
    """
    One answer of the service.

    Attributes
    ----------
    values : DataFrame
        `dguid`, `number` (int), `value` (float), `symbol` ("" when there is none).
    labels : dict of int to str
        Words of each characteristic in the answer.
    """

    values: pd.DataFrame
    labels: dict[int, str]


def _unlike(path: Path, what: str) -> SourceError:
    return SourceError(
        "La réponse « {file} » du service du Profil du recensement n'a pas la forme SDMX-JSON "
        "attendue : {what} manque. Le service a peut-être changé ; utilisez le fichier CSV complet "
        "en attendant.",
        file=path.name,
        what=what,
    )


def _name(value: dict[str, Any]) -> str:
    name = value.get("name") or (value.get("names") or {}).get("en") or value.get("id") or ""
    return str(name.get("en", "") if isinstance(name, dict) else name)


def read_answer(path: Path) -> Answer:
    """
    Read one answer.

    Raises
    ------
    SourceError
        When a documented part is missing, or there is no series at all.
    """
    data = json.loads(path.read_bytes())
    data = data.get("data", data) if isinstance(data, dict) else {}
    structure = data.get("structure") or (data.get("structures") or [None])[0]
    sets = data.get("dataSets") or []
    if not structure or not sets:
        raise _unlike(path, "structure / dataSets")
    dimensions = (structure.get("dimensions") or {}).get("series") or []
    places = {d.get("id"): i for i, d in enumerate(dimensions)}
    for name in ("REF_AREA", "CHARACTERISTIC"):
        if name not in places:
            raise _unlike(path, name)
    areas = [str(v.get("id")) for v in dimensions[places["REF_AREA"]].get("values", [])]
    codes = list(dimensions[places["CHARACTERISTIC"]].get("values", []))
    attributes = (structure.get("attributes") or {}).get("observation") or []
    symbols = next((i for i, a in enumerate(attributes) if a.get("id") in _SYMBOL_NAMES), None)
    rows: list[tuple[str, int, float | None, str]] = []
    for key, series in (sets[0].get("series") or {}).items():
        parts = [int(p) for p in key.split(":")]
        code = int(codes[parts[places["CHARACTERISTIC"]]]["id"])
        for observation in (series.get("observations") or {}).values():
            value = observation[0]
            number = pd.to_numeric(value, errors="coerce") if value not in (None, "") else None
            symbol = ""
            if symbols is not None and len(observation) > symbols + 1:
                rank = observation[symbols + 1]
                known = attributes[symbols].get("values", [])
                if isinstance(rank, int) and 0 <= rank < len(known):
                    symbol = str(known[rank].get("id") or "")
            rows.append((areas[parts[places["REF_AREA"]]], code, number, symbol))
    if not rows:
        raise SourceError(
            "Le service du Profil du recensement n'a rendu aucune valeur ({file}). Vérifiez les "
            "identifiants du territoire.",
            file=path.name,
        )
    values = pd.DataFrame(rows, columns=["dguid", "number", "value", "symbol"])
    values["value"] = values["value"].astype("float64")
    return Answer(values, {int(c["id"]): _name(c) for c in codes})


def read_answers(paths: Sequence[Path]) -> Answer:
    """
    Join several answers.

    Raises
    ------
    SourceError
        When two of them give the same value twice.
    """
    parts = [read_answer(path) for path in paths]
    values = pd.concat([p.values for p in parts], ignore_index=True)
    twice = values.duplicated(["dguid", "number"])
    if twice.any():
        row = values[twice].iloc[0]
        raise SourceError(
            "Le service du Profil du recensement a rendu deux fois {dguid}, caractéristique "
            "{number}. Relancez « revital fetch ».",
            dguid=row["dguid"],
            number=int(row["number"]),
        )
    labels: dict[int, str] = {}
    for part in parts:
        labels |= part.labels
    return Answer(values, labels)
