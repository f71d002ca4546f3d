"""
What a plan stands on: its store, its sub-committees, its pauses, its evidence.

Documented records (YAML) and those that people added or corrected (the store) are read as one: a
stored record replaces the documented one of the same id.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

from revital.catalogue.load import catalogue
from revital.catalogue.plan_records import PlanRecord, plan_records
from revital.domain.plan_records import (
    Evidence,
    EvidenceKind,
    Objective,
    PauseKind,
    PlanPause,
    Record,
    Subcommittee,
)
from revital.errors import UnknownIdError
from revital.services.authorization import Actor, local_actor
from revital.settings import settings
from revital.store.plan import PlanStore

R = TypeVar("R", bound=Record)
DEFAULT_ZONE = "America/Toronto"


@dataclass(frozen=True, eq=False)
class Plan:
    """
    A territory's plan, as somebody sees it on a day.

    Attributes
    ----------
    store : PlanStore
    actor : Actor
    territory : str
    today : date
        In the territory's time zone.
    zone : ZoneInfo
    """

    store: PlanStore
    actor: Actor
    territory: str
    today: date
    zone: ZoneInfo

    @property
    def record(self) -> PlanRecord | None:
        """What is documented of the plan, when something is."""
        return plan_records().get(self.territory)


@lru_cache(maxsize=8)
def open_store(home: Path) -> PlanStore:
    """Return the store of a workspace, opened once per process."""
    return PlanStore.open(home)


def open_plan(
    territory: str,
    *,
    actor: Actor | None = None,
    store: PlanStore | None = None,
    today: date | None = None,
) -> Plan:
    """
    Return a territory's plan.

    Parameters
    ----------
    territory : str
    actor : Actor, optional
        The person of a local installation by default.
    store : PlanStore, optional
        The workspace's by default.
    today : date, optional
        Today in the territory's zone by default.

    Raises
    ------
    UnknownIdError
        When the catalogue has no such territory.
    """
    catalogue().territory(territory)
    store = store or open_store(settings().home)
    record = plan_records().get(territory)
    zone = ZoneInfo(record.zone if record else DEFAULT_ZONE)
    today = today or store.clock().astimezone(zone).date()
    return Plan(store, actor or local_actor(), territory, today, zone)


def stored_id(plan: Plan, record_id: str) -> str:
    """Return the store's id of a documented record: two territories may use the same word."""
    return f"{plan.territory}:{record_id}"


def _edited(plan: Plan, record: type[R]) -> dict[str, R]:
    """Return the stored records of a class by their id in the territory, deleted ones included."""
    prefix = f"{plan.territory}:"
    return {
        r.id.removeprefix(prefix): replace(r, id=r.id.removeprefix(prefix))
        for r in plan.store.all(record, territory=plan.territory, deleted=True)
    }


def subcommittees(plan: Plan) -> list[Subcommittee]:
    """Return the sub-committees: those of the territory's record, as edited since, then others."""
    record = catalogue().territory(plan.territory)
    edited = _edited(plan, Subcommittee)
    found = [
        edited[r.id]
        if r.id in edited
        else Subcommittee(
            id=r.id,
            territory=plan.territory,
            name=r.name.fr,
            en={"name": r.name.en},
            position=position,
            organizations=(r.accompanied_by.fr,) if r.accompanied_by else (),
        )
        for position, r in enumerate(record.sub_committees)
    ]
    documented = {s.id for s in found}
    added = [s for s in edited.values() if s.id not in documented]
    found += sorted(added, key=lambda s: (s.position, s.id))
    return [s for s in found if not s.deleted]


def require_subcommittee(plan: Plan, subcommittee: str) -> Subcommittee:
    """
    Return a sub-committee of the plan.

    Raises
    ------
    UnknownIdError
    """
    known = {s.id: s for s in subcommittees(plan)}
    if subcommittee not in known:
        raise UnknownIdError(
            "Le sous-comité « {id} » est inconnu. Choisissez l'un de : {known}.",
            id=subcommittee,
            known=", ".join(known) or "—",
        )
    return known[subcommittee]


def plan_pauses(plan: Plan) -> list[PlanPause]:
    """
    Return the pauses and negotiations of the whole plan.

    Those documented in the record, as the coordinator corrected them since, then the others.
    """
    found = {p.id: p for p in _documented_pauses(plan)} | _edited(plan, PlanPause)
    return sorted((p for p in found.values() if not p.deleted), key=lambda p: p.start)


def _documented_pauses(plan: Plan) -> Iterator[PlanPause]:
    if plan.record is None:
        return
    for fact in plan.record.pauses:
        source = plan.record.sources[fact.source]
        yield PlanPause(
            id=fact.id,
            territory=plan.territory,
            kind=PauseKind(fact.kind),
            start=fact.start,
            end=fact.end,
            reason=f"{fact.reason.fr} ({fact.dated.fr})",
            responsible=fact.responsible.fr,
            end_to_confirm=fact.end_to_confirm,
            source=f"{source.title.fr}, {source.dated}",
            en={
                "reason": f"{fact.reason.en} ({fact.dated.en})",
                "responsible": fact.responsible.en,
                "source": f"{source.title.en}, {source.dated}",
            },
        )


def objectives(plan: Plan) -> list[Objective]:
    """Return the objectives of the plan, in order."""
    found = plan.store.all(Objective, territory=plan.territory)
    return sorted(found, key=lambda o: (o.subcommittee, o.position, o.title))


def evidence(plan: Plan) -> list[Evidence]:
    """
    Return the evidence register: documented pieces, then those that people added.

    Pieces on the same topic stay side by side, so that two that disagree are both read.
    """
    found = {e.id: e for e in _documented_evidence(plan)} | _edited(plan, Evidence)
    order: dict[str, int] = {}
    for item in found.values():
        order.setdefault(item.topic, len(order))
    kept = (e for e in found.values() if not e.deleted)
    return sorted(kept, key=lambda e: (order[e.topic], e.dated))


def _documented_evidence(plan: Plan) -> Iterator[Evidence]:
    for fact in plan.record.evidence if plan.record else ():
        yield Evidence(
            id=fact.id,
            territory=plan.territory,
            kind=EvidenceKind(fact.kind),
            title=fact.title.fr,
            publisher=fact.publisher.fr,
            dated=fact.dated,
            statement=fact.statement.fr if fact.statement else "",
            topic=fact.topic.fr,
            confidence=fact.confidence,
            en={
                "title": fact.title.en,
                "publisher": fact.publisher.en,
                "statement": fact.statement.en if fact.statement else "",
                "topic": fact.topic.en,
            },
        )


def instant_here(plan: Plan, moment: datetime) -> datetime:
    """Return an instant in the territory's time zone."""
    return moment.astimezone(plan.zone)
