"""
The methods of the app, each with examples that anybody can redo.

The records shown on the methods page are the very files that the tests run: an example that no
longer holds fails a test before it misleads a reader.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from revital.catalogue.method_records import GROUPS, Example, MethodRecord, method_records
from revital.errors import UnknownIdError
from revital.i18n import Translator
from revital.services.method_runs import RUNS


@dataclass(frozen=True)
class Worked:
    """
    An example and what the app makes of it now.

    Attributes
    ----------
    example : Example
    result : dict
        Every output of the method, at full precision.
    holds : bool
        Whether the result is that of the record, within its tolerance.
    """

    example: Example
    result: dict[str, Any]
    holds: bool


def methods() -> list[MethodRecord]:
    """Return the records of the methods, in the order of the page."""
    return list(method_records().values())


def method(id_: str) -> MethodRecord:
    """
    Return the record of a method.

    Raises
    ------
    UnknownIdError
        Lists the known methods.
    """
    records = method_records()
    if id_ not in records:
        raise UnknownIdError(
            "La méthode « {name} » n'existe pas. Méthodes connues : {known}.",
            name=id_,
            known=", ".join(sorted(records)),
        )
    return records[id_]


def work(record: MethodRecord) -> list[Worked]:
    """Run the examples of a method through the functions of the app."""
    return [_worked(record.id, example) for example in record.examples]


def _worked(id_: str, example: Example) -> Worked:
    result = RUNS[id_](**example.input)
    holds = all(
        name in result and agrees(expected, result[name], example.tolerance)
        for name, expected in example.output.items()
    )
    return Worked(example, result, holds)


def agrees(expected: Any, found: Any, tolerance: float) -> bool:
    """Return whether two plain values agree, numbers within a tolerance, all the way down."""
    if isinstance(expected, Mapping):
        return (
            isinstance(found, Mapping)
            and {str(k) for k in expected} == {str(k) for k in found}
            and all(
                agrees(value, {str(k): v for k, v in found.items()}[str(key)], tolerance)
                for key, value in expected.items()
            )
        )
    if isinstance(expected, Sequence) and not isinstance(expected, str):
        return (
            isinstance(found, Sequence)
            and len(expected) == len(found)
            and all(agrees(a, b, tolerance) for a, b in zip(expected, found, strict=True))
        )
    if expected is None or found is None or isinstance(expected, str | bool):
        return bool(expected == found)
    return math.isclose(expected, found, rel_tol=0, abs_tol=tolerance)


def group_text(group: str, t: Translator) -> str:
    """Return the name of a group of methods."""
    return {
        "figures": t("Chiffres d'un territoire"),
        "places": t("D'un découpage à l'autre"),
        "uncertainty": t("Incertitude"),
        "disclosure": t("Protection des personnes"),
        "scores": t("Scores et rangs"),
        "deprivation": t("Défavorisation, type IDMS"),
        "trends": t("Évolution"),
        "patterns": t("Regroupements sur la carte"),
        "access": t("Accès aux services"),
        "survey": t("Sondages et sécurité"),
        "plan": t("Suivi du plan d'action"),
    }[group]


def by_group() -> dict[str, list[MethodRecord]]:
    """Return the methods under their group, in the order of the page; no empty group."""
    found: dict[str, list[MethodRecord]] = {str(group): [] for group in GROUPS}
    for record in methods():
        found[record.group].append(record)
    return {group: records for group, records in found.items() if records}
