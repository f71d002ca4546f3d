"""How fresh each source is: `revital sources` and the page Données et méthodes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from revital.catalogue.models import Source
from revital.services.data import Data
from revital.services.workspace.home import Workspace, read_report

#: A source is stale once its next edition has been due for this many days.
GRACE_DAYS = 30


@dataclass(frozen=True)
class SourceStatus:
    """
    A source, what of it is here, and how fresh that is.

    Attributes
    ----------
    record : Source
        Title, publisher, licence, attribution, how to get it.
    layers : tuple of str
        Layers made from it that are here.
    rows : int
        Rows of those layers.
    vintage : str
        Edition of what is here; the record's where nothing is.
    fetched : datetime or None
        Last time its files came, or were confirmed, from the publisher.
    age_days : int or None
        Days since then, or since the edition where it came with the pack.
    due : date or None
        When its next edition is expected.
    checks : int
        Rows that passed the checks of the last build (all of them, for the embedded pack).
    rejected : int
        Rows refused by the last build.
    state : str
        `fresh`, `stale`, `failed` or `absent`.
    error : dict or None
        `message` and `params` of the failure of the last fetch or build.
    """

    record: Source
    layers: tuple[str, ...]
    rows: int
    vintage: str
    fetched: datetime | None
    age_days: int | None
    due: date | None
    checks: int
    rejected: int
    state: str
    error: dict[str, Any] | None


def add_months(day: date, months: int) -> date:
    """
    Return the same day some months later, the last of the month where there is no such day.

    Examples
    --------
    >>> add_months(date(2026, 1, 31), 1)
    datetime.date(2026, 2, 28)
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, last)
        except ValueError:
            continue
    return date(year, month + 1, 28)


def edition_day(vintage: str) -> date | None:
    """
    Return the last day that a vintage names, or None when it names none.

    Examples
    --------
    >>> edition_day("2021-01-03/2021-03-30"), edition_day("2021"), edition_day("—")
    (datetime.date(2021, 3, 30), datetime.date(2021, 12, 31), None)
    """
    parts = vintage.replace(" ", "").replace(",", "/").replace(";", "/").split("/")
    days = []
    for part in parts:
        pieces = part.split("-")
        if not all(p.isdigit() for p in pieces) or len(pieces[0]) != 4:
            continue
        numbers = [int(p) for p in pieces]
        try:
            if len(numbers) == 3:
                days.append(date(*numbers))
            elif len(numbers) == 2:
                days.append(add_months(date(numbers[0], numbers[1], 28), 0))
            elif len(numbers) == 1:
                days.append(date(numbers[0], 12, 31))
        except ValueError:
            continue
    return max(days) if days else None


def source_status(data: Data, home: Workspace, today: date) -> list[SourceStatus]:
    """
    Return the state of every source of the catalogue, those that are here first.

    Parameters
    ----------
    data : Data
    home : Workspace
    today : date
        Ages are counted to this day.
    """
    manifests = data.layers.manifests()
    fetches = read_report(home.reports / "fetch.json")
    build = read_report(home.reports / "build.json")
    out = []
    for record in data.catalogue.sources.values():
        here = {id_: m for id_, (_, m) in manifests.items() if record.id in m.sources}
        fetched, error = _last_fetch(fetches, record)
        refused, checked, build_error = _last_build(build, record, set(here))
        error = error or build_error
        rows = sum(m.rows for m in here.values())
        vintages = sorted({m.vintage for m in here.values() if len(m.sources) == 1})
        vintage = " ; ".join(vintages) or record.vintage
        edition = record.released or edition_day(vintage)
        since = fetched.date() if fetched is not None else edition
        due = (
            add_months(since, record.update_months)
            if since is not None and record.update_months
            else None
        )
        state = "absent" if not here else "fresh"
        if here and due is not None and (today - due).days > GRACE_DAYS:
            state = "stale"
        if error is not None:
            state = "failed"
        out.append(
            SourceStatus(
                record=record,
                layers=tuple(sorted(here)),
                rows=rows,
                vintage=vintage,
                fetched=fetched,
                age_days=None if since is None or not here else max((today - since).days, 0),
                due=due,
                checks=checked if checked else rows,
                rejected=refused,
                state=state,
                error=error,
            )
        )
    return sorted(out, key=lambda s: (s.state == "absent", s.record.id))


def _last_fetch(
    report: dict[str, Any], record: Source
) -> tuple[datetime | None, dict[str, Any] | None]:
    """Return when a source last came well, and why it did not if its last fetch failed."""
    found = [
        entry
        for key, entry in report.items()
        if isinstance(entry, dict) and key.rpartition("/")[2] in _adapters(record)
    ]
    good = [datetime.fromisoformat(e["good"]) for e in found if e.get("good")]
    latest = max(found, key=lambda e: str(e.get("when", "")), default=None)
    failed = latest.get("error") if latest is not None and latest["status"] == "failed" else None
    return (max(good) if good else None), failed


def _last_build(
    report: dict[str, Any], record: Source, here: set[str]
) -> tuple[int, int, dict[str, Any] | None]:
    """Return rows refused, rows checked, and why a source could not be read at the last build."""
    adapters = _adapters(record)
    layers = [b for b in report.get("layers", []) if b["adapter"] in adapters and b["id"] in here]
    sources = [s for s in report.get("sources", []) if s["adapter"] in adapters]
    refused = sum(len(b["rejects"]) for b in layers) + sum(len(s["rejects"]) for s in sources)
    error = next((s["error"] for s in sources if s["error"] is not None), None)
    return refused, sum(b["rows"] for b in layers), error


def _adapters(record: Source) -> set[str]:
    """Return the adapters that bring a source, in whichever way."""
    if record.adapter is None:
        return set()
    families = (
        {"statcan_profile_api", "statcan_profile_bulk"},
        {"statcan_outlines", "statcan_outlines_shapefile"},
    )
    return next((f for f in families if record.adapter in f), {record.adapter})
