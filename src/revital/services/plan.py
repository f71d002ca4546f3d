"""
The action plan as it stands: lanes, timeline, money, empty cells, flags, what came of it.

A view is made from the store, the territory's record and today's date; it never mixes the example
plan with real records (`scope`), and gives the public aggregates only.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from weakref import WeakKeyDictionary

from revital.catalogue.models import Text
from revital.domain import plan as clock
from revital.domain import plan_progress, plan_review
from revital.domain.plan_records import Action, Aspect, PlanPause, Status, Subcommittee
from revital.domain.plan_review import Flag, FundingTotal
from revital.services.authorization import Command
from revital.services.plan_structure import (
    Plan,
    evidence,
    instant_here,
    objectives,
    open_plan,
    open_store,
    plan_pauses,
    require_subcommittee,
    stored_id,
    subcommittees,
)
from revital.store.plan import PlanStore

__all__ = [
    "ActionView",
    "Board",
    "Deadline",
    "Lane",
    "Plan",
    "board",
    "deadlines",
    "default_scope",
    "evidence",
    "instant_here",
    "objectives",
    "open_plan",
    "open_store",
    "plan_pauses",
    "require_subcommittee",
    "stored_id",
    "subcommittees",
    "view_action",
]

SCOPES = ("real", "example")
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


# --- the board ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Deadline:
    """A date to come: an action's or a milestone's."""

    on: date
    action: str
    title: str
    title_en: str


@dataclass(frozen=True)
class ActionView:
    """An action and what today makes of it; `coming` are its dates ahead, first one first."""

    action: Action
    status: str
    progress: float | None
    planned: float | None
    index: float | None
    light: str
    late_days: int | None
    elapsed_days: int | None
    silent_days: int | None
    slip_days: int | None
    flags: tuple[Flag, ...]
    coming: tuple[Deadline, ...]


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
    real, example = plan.store.count(Action, plan.territory)
    return "example" if example and not real else "real"


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
        slip_days=clock.slip_days(action, plan.today, pauses),
        flags=plan_review.flags(action, plan.today, plan.zone),
        coming=_coming(action, plan.today),
    )


@dataclass
class _Seen:
    """What a day made of the actions of a territory, kept while neither changes."""

    today: date
    pauses: list[PlanPause]
    views: dict[str, ActionView]


_SEEN: WeakKeyDictionary[PlanStore, dict[str, _Seen]] = WeakKeyDictionary()


def _views(plan: Plan, actions: list[Action], pauses: list[PlanPause]) -> tuple[ActionView, ...]:
    """Return a view per action; one that the store handed out before is not worked out again."""
    by_territory = _SEEN.setdefault(plan.store, {})
    seen = by_territory.get(plan.territory)
    if seen is None or seen.today != plan.today or seen.pauses != pauses:
        seen = by_territory[plan.territory] = _Seen(plan.today, pauses, {})
    found = []
    for action in actions:
        view = seen.views.get(action.id)
        if view is None or view.action is not action:
            view = seen.views[action.id] = view_action(plan, action, pauses)
        found.append(view)
    return tuple(found)


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
    views = _views(plan, chosen, pauses)
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
    lanes = tuple(_lane(s, by_lane.get(s.id, []), full) for s in groups)
    actions = [v.action for v in views]
    names = [s.id for s in groups]
    flagged = Counter(flag for v in views for flag in v.flags)
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
        progress=_progress(views),
        on_time=plan_progress.on_time_share((v.action.status, v.late_days) for v in views),
        slip=plan_progress.slip_of((v.action.status, v.slip_days) for v in views),
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
        flags={flag: flagged[flag] for flag in Flag},
        pauses=tuple(pauses),
        real_n=real_n,
        example_n=example_n,
        aggregates_only=not full,
        actions=views if full else (),
    )


def _lane(subcommittee: Subcommittee, views: list[ActionView], full: bool) -> Lane:
    ranks = {status: rank for rank, status in enumerate(STATUS_ORDER)}
    ordered = sorted(
        views, key=lambda v: (ranks[v.status], v.action.due or date.max, v.action.title)
    )
    first = min((v.coming[0] for v in views if v.coming), key=_order, default=None)
    # The public reads the date without the action's name.
    shown = first if full or first is None else Deadline(first.on, "", "", "")
    return Lane(
        subcommittee=subcommittee,
        actions=tuple(ordered) if full else (),
        counts=_counts(views),
        total_n=len(views),
        progress=_progress(views),
        next_deadline=shown,
    )


def _progress(views: Iterable[ActionView]) -> float | None:
    return plan_progress.roll_up(
        (v.action.weight, v.progress) for v in views if v.action.status is not Status.DROPPED
    )


def _counts(views: Sequence[ActionView]) -> dict[str, int]:
    found = Counter(v.status for v in views)
    return {status: found[status] for status in STATUS_ORDER}


def deadlines(views: Iterable[ActionView]) -> list[Deadline]:
    """Return the dates to come of actions that are moving: theirs and their milestones'."""
    return sorted((d for v in views for d in v.coming), key=_order)


def _order(deadline: Deadline) -> tuple[date, str]:
    return deadline.on, deadline.title


def _coming(action: Action, today: date) -> tuple[Deadline, ...]:
    if action.status in clock.CLOSED or action.status in clock.STOPPED:
        return ()
    found: list[Deadline] = []
    english = action.en.get("title", action.title)
    if action.due and action.due >= today:
        found.append(Deadline(action.due, action.id, action.title, english))
    found += [
        Deadline(
            m.due,
            action.id,
            f"{action.title} : {m.title}",
            f"{english}: {m.title_en or m.title}",
        )
        for m in action.milestones
        if m.due and m.due >= today and not m.cancelled and (m.progress or 0) < 1
    ]
    return tuple(sorted(found, key=_order))
