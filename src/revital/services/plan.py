"""
The action plan as it stands: lanes, timeline, money, empty cells, flags, what came of it.

A view is made from the store, the territory's record and today's date; it never mixes the example
plan with real records (`scope`), and gives the public aggregates only.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

from revital.catalogue.load import catalogue
from revital.catalogue.models import Text
from revital.catalogue.plan_records import PlanRecord, plan_records
from revital.domain import plan as clock
from revital.domain import plan_progress, plan_review
from revital.domain.plan_records import (
    Action,
    Aspect,
    Evidence,
    EvidenceKind,
    Objective,
    PauseKind,
    PlanPause,
    Record,
    Status,
    Subcommittee,
)
from revital.domain.plan_review import Flag, FundingTotal
from revital.errors import UnknownIdError
from revital.services.authorization import Actor, Command, local_actor
from revital.settings import settings
from revital.store.plan import PlanStore

R = TypeVar("R", bound=Record)
SCOPES = ("real", "example")
DEFAULT_ZONE = "America/Toronto"
#: Order of the statuses on screen; the first ones ask for something.
STATUS_ORDER = (
    clock.LATE,
    Status.UNDER_WAY.value,
    Status.PLANNED.value,
    Status.TO_NEGOTIATE.value,
    Status.PAUSED.value,
    Status.DONE.value,
    Status.DROPPED.value,
)


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


# --- structure ---------------------------------------------------------------------------------


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


# --- the board ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class ActionView:
    """An action and what today makes of it."""

    action: Action
    status: str
    progress: float | None
    planned: float | None
    index: float | None
    light: str
    late_days: int | None
    elapsed_days: int | None
    silent_days: int | None
    flags: tuple[Flag, ...]


@dataclass(frozen=True)
class Deadline:
    """A date to come: an action's or a milestone's."""

    on: date
    action: str
    title: str
    title_en: str


@dataclass(frozen=True)
class Lane:
    """
    A sub-committee's part of the board.

    `actions` is empty for the public, the counts are not.
    """

    subcommittee: Subcommittee
    actions: tuple[ActionView, ...]
    counts: Mapping[str, int]
    total_n: int
    progress: float | None
    next_deadline: Deadline | None


@dataclass(frozen=True)
class Board:
    """
    A whole plan on a day, real records or example ones, never both.

    Attributes
    ----------
    scope : {"real", "example"}
    real_n, example_n : int
        Actions of each kind in the store, whichever is shown.
    aggregates_only : bool
        True for the public: no action by itself.
    """

    territory: str
    scope: str
    today: date
    lanes: tuple[Lane, ...]
    counts: Mapping[str, int]
    total_n: int
    progress: float | None
    on_time: float | None
    slip: plan_progress.Slip
    funding: tuple[FundingTotal, ...]
    coverage: Mapping[Aspect, Mapping[str, int]]
    crosswalk: Mapping[str, int]
    axes: Mapping[str, Text]
    flags: Mapping[Flag, int]
    pauses: tuple[PlanPause, ...]
    real_n: int
    example_n: int
    aggregates_only: bool
    actions: tuple[ActionView, ...] = field(repr=False, default=())

    def find(self, action_id: str) -> ActionView | None:
        """Return an action of the board, missing when it is not there."""
        return next((v for v in self.actions if v.action.id == action_id), None)


def default_scope(plan: Plan) -> str:
    """Return `example` only where the example is all there is."""
    scopes = [a.example for a in plan.store.all(Action, territory=plan.territory)]
    return "example" if scopes and all(scopes) else "real"


def view_action(plan: Plan, action: Action, pauses: list[PlanPause]) -> ActionView:
    """Return what today makes of an action."""
    progress = plan_progress.action_progress(action)
    planned = plan_progress.planned_share(action, plan.today, plan_pauses=pauses)
    late = clock.late_days(action, plan.today, pauses)
    silent = plan_review.days_without_news(action, plan.today, plan.zone)
    index = plan_progress.performance_index(progress, planned)
    moving = action.status not in clock.CLOSED and action.status not in clock.STOPPED
    light = (
        plan_progress.traffic_light(index, overdue_days=late, days_without_news=silent)
        if moving
        else ("green" if action.status is Status.DONE else "grey")
    )
    return ActionView(
        action=action,
        status=clock.shown_status(action, plan.today, pauses),
        progress=progress,
        planned=planned,
        index=index,
        light=light,
        late_days=late,
        elapsed_days=clock.elapsed_days(action, plan.today, pauses),
        silent_days=silent,
        flags=plan_review.flags(action, plan.today, plan.zone),
    )


def board(plan: Plan, scope: str | None = None) -> Board:
    """
    Return the plan on the plan's day.

    Parameters
    ----------
    plan : Plan
    scope : {"real", "example"}, optional
        `default_scope` by default.

    Raises
    ------
    NotAllowedError
    """
    plan.actor.require(Command.READ_PLAN, plan.territory)
    everything = plan.store.all(Action, territory=plan.territory)
    example_n = sum(a.example for a in everything)
    real_n = len(everything) - example_n
    if scope not in SCOPES:
        scope = "example" if example_n and not real_n else "real"
    chosen = [a for a in everything if a.example == (scope == "example")]
    pauses = plan_pauses(plan)
    views = tuple(view_action(plan, action, pauses) for action in chosen)
    groups = subcommittees(plan)
    known = {s.id for s in groups}
    # An action whose sub-committee was removed must still be seen by somebody.
    orphans = {v.action.subcommittee for v in views} - known
    groups += [
        Subcommittee(id=name, territory=plan.territory, name=name) for name in sorted(orphans)
    ]
    by_lane: dict[str, list[ActionView]] = {}
    for view in views:
        by_lane.setdefault(view.action.subcommittee, []).append(view)
    full = plan.actor.may(Command.READ_ACTIONS, plan.territory)
    lanes = tuple(_lane(plan, s, by_lane.get(s.id, []), full) for s in groups)
    actions = [v.action for v in views]
    names = [s.id for s in groups]
    axes = (
        {axis.id: axis.title for axis in plan.record.city_plan.axes}
        if plan.record and plan.record.city_plan
        else {}
    )
    return Board(
        territory=plan.territory,
        scope=scope,
        today=plan.today,
        lanes=lanes,
        counts=_counts(views),
        total_n=len(views),
        progress=plan_progress.plan_progress(actions),
        on_time=plan_progress.on_time_rate(actions, plan.today, pauses),
        slip=plan_progress.slip(actions, plan.today, pauses),
        funding=plan_review.funding_totals(
            line for a in actions if a.status is not Status.DROPPED for line in a.funding
        ),
        coverage={
            aspect: {name: len(ids) for name, ids in row.items()}
            for aspect, row in plan_review.coverage(actions, names).items()
        },
        crosswalk={
            axis: len(ids) for axis, ids in plan_review.crosswalk(actions, list(axes)).items()
        },
        axes=axes,
        flags={flag: sum(flag in v.flags for v in views) for flag in Flag},
        pauses=tuple(pauses),
        real_n=real_n,
        example_n=example_n,
        aggregates_only=not full,
        actions=views if full else (),
    )


def _lane(plan: Plan, subcommittee: Subcommittee, views: list[ActionView], full: bool) -> Lane:
    ranks = {status: rank for rank, status in enumerate(STATUS_ORDER)}
    ordered = sorted(
        views, key=lambda v: (ranks[v.status], v.action.due or date.max, v.action.title)
    )
    return Lane(
        subcommittee=subcommittee,
        actions=tuple(ordered) if full else (),
        counts=_counts(views),
        total_n=len(views),
        progress=plan_progress.plan_progress(v.action for v in views),
        next_deadline=min(
            deadlines(plan, [v.action for v in views]), key=lambda d: d.on, default=None
        ),
    )


def _counts(views: list[ActionView] | tuple[ActionView, ...]) -> dict[str, int]:
    found = Counter(v.status for v in views)
    return {status: found[status] for status in STATUS_ORDER}


def deadlines(plan: Plan, actions: list[Action]) -> list[Deadline]:
    """Return the dates to come of actions that are moving: theirs and their milestones'."""
    found: list[Deadline] = []
    for action in actions:
        if action.status in clock.CLOSED or action.status in clock.STOPPED:
            continue
        english = action.en.get("title", action.title)
        if action.due and action.due >= plan.today:
            found.append(Deadline(action.due, action.id, action.title, english))
        found += [
            Deadline(
                m.due,
                action.id,
                f"{action.title} : {m.title}",
                f"{english}: {m.title_en or m.title}",
            )
            for m in action.milestones
            if m.due and m.due >= plan.today and not m.cancelled and (m.progress or 0) < 1
        ]
    return sorted(found, key=lambda d: (d.on, d.title))


def instant_here(plan: Plan, moment: datetime) -> datetime:
    """Return an instant in the territory's time zone."""
    return moment.astimezone(plan.zone)
