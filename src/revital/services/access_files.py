"""Tables of the page Services to take away: figures, places, and scenarios with their mark."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from revital.i18n import Translator
from revital.services import access_words as words
from revital.services.access import Access
from revital.services.exports import BOM, neutral
from revital.services.scenarios import ScenarioResult, encode


def units_csv(found: Access, t: Translator) -> bytes:
    """
    Return the table of areas as a CSV file (UTF-8 with a byte-order mark).

    Every row says the class, the threshold, the method and what the list is worth, so that a line
    copied elsewhere keeps its meaning.
    """
    head = [
        t("Aire"),
        t("Population"),
        t("Distance (m)"),
        t("Lieu le plus proche"),
        t("À portée"),
        t("Service"),
        t("Seuil (m)"),
        t("Méthode"),
        t("Liste"),
    ]
    names = {p.id: p.name for p in found.listing.places}
    method = words.method_phrase(found, t)
    note = words.list_warning(found, t)
    rows = [
        [
            str(unit),
            _number(row["population"]),
            _number(row["cost_m"], 1),
            names.get(str(row["service_id"]), ""),
            _yes_no(row["is_within"], t),
            t.of(found.service.title),
            _number(found.threshold_m),
            method,
            note,
        ]
        for unit, row in found.units.iterrows()
    ]
    return _csv(head, rows)


def scenario_csv(found: Access, result: ScenarioResult, t: Translator) -> bytes:
    """Return the change of each area as a CSV file; the mark is the first cell of every row."""
    mark = words.scenario_mark(result, t)
    head = [
        t("Scénario"),
        t("Changements"),
        t("Aire"),
        t("Avant (m)"),
        t("Après (m)"),
        t("Différence (m)"),
        t("Gagne l'accès"),
        t("Perd l'accès"),
        t("Service"),
        t("Seuil (m)"),
        t("Méthode"),
    ]
    method = words.method_phrase(found, t)
    rows = [
        [
            mark,
            encode(result.scenario),
            str(unit),
            _number(row["before"], 1),
            _number(row["after"], 1),
            _number(row["change"], 1),
            _yes_no(row["gained"], t),
            _yes_no(row["lost"], t),
            t.of(found.service.title),
            _number(result.threshold_m),
            method,
        ]
        for unit, row in result.effect.per_origin.iterrows()
    ]
    return _csv(head, rows)


def file_name(found: Access, *, is_scenario: bool = False) -> str:
    """Return the name of a file; a scenario says so in its name."""
    start = "revital-SCENARIO" if is_scenario else "revital"
    return f"{start}-{found.territory.id}-{found.service.id}.csv"


def _csv(head: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(head)
    for row in rows:
        writer.writerow([cell if _is_number(cell) else neutral(cell) for cell in row])
    return (BOM + buffer.getvalue()).encode()


def _is_number(cell: str) -> bool:
    return cell.removeprefix("-").replace(".", "", 1).isdigit()


def _number(value: float | None, decimals: int = 0) -> str:
    return "" if value is None or value != value else f"{value:.{decimals}f}"


def _yes_no(value: object, t: Translator) -> str:
    if value is None or value != value:
        return ""
    return t("oui") if value else t("non")
