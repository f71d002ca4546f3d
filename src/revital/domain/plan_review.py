"""What a committee should look at: flags, money against progress, empty cells, what came of it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from zoneinfo import ZoneInfo

from revital.domain.plan import CLOSED, STOPPED, is_stopped
from revital.domain.plan_progress import action_progress
from revital.domain.plan_records import (
    Action,
    Aspect,
    FundingKind,
    FundingLine,
    IndicatorLink,
    Status,
)

STALE_DAYS = 60


class Flag(StrEnum):
    """What is missing or worrying about an action."""

    NO_OWNER = "no_owner"
    NO_DATE = "no_date"
    STALE = "stale"
    OVERSPENT = "spending_ahead"


def flags(action: Action, today: date, zone: ZoneInfo) -> tuple[Flag, ...]:
    """
    Return the flags of an action; a closed one has none.

    No owner; no due date; no news for more than 60 days (a stopped action is not expected to give
    any); share of the money spent above the share of the work done.
    """
    if action.status in CLOSED:
        return ()
    found = []
    if not action.owner.strip():
        found.append(Flag.NO_OWNER)
    if action.due is None:
        found.append(Flag.NO_DATE)
    silent = days_without_news(action, today, zone)
    stopped = action.status in STOPPED or is_stopped(action, today)
    if silent is not None and silent > STALE_DAYS and not stopped:
        found.append(Flag.STALE)
    spent = spent_share(action.funding)
    if spent is not None and spent > (action_progress(action) or 0.0) + 1e-9:
        found.append(Flag.OVERSPENT)
    return tuple(found)


def days_without_news(action: Action, today: date, zone: ZoneInfo) -> int | None:
    """Return the calendar days since the action was last saved, in the territory's zone."""
    if action.updated_at is None:
        return None
    return max(0, (today - action.updated_at.astimezone(zone).date()).days)


def spent_share(lines: Iterable[FundingLine]) -> float | None:
    """
    Return spent over confirmed (over requested while nothing is confirmed).

    Missing while no spending is written down; infinite when money was spent of which none was
    ever asked for.
    """
    lines = list(lines)
    if all(line.spent_cad is None for line in lines):
        return None
    spent = sum((line.spent_cad or Decimal(0) for line in lines), Decimal(0))
    base = sum((line.confirmed_cad or Decimal(0) for line in lines), Decimal(0)) or sum(
        (line.requested_cad or Decimal(0) for line in lines), Decimal(0)
    )
    if base == 0:
        return math.inf if spent > 0 else 0.0
    return float(spent / base)


@dataclass(frozen=True)
class FundingTotal:
    """Sums of one kind of funding; an amount that nobody wrote down stays missing."""

    kind: FundingKind
    requested_cad: Decimal | None
    confirmed_cad: Decimal | None
    received_cad: Decimal | None
    spent_cad: Decimal | None
    lines_n: int

    @property
    def gap_cad(self) -> Decimal | None:
        """Requested and not confirmed yet."""
        if self.requested_cad is None:
            return None
        return self.requested_cad - (self.confirmed_cad or Decimal(0))


def funding_totals(lines: Iterable[FundingLine]) -> tuple[FundingTotal, ...]:
    """Return the sums by kind, in the order of `FundingKind`; kinds without a line are absent."""
    by_kind: dict[FundingKind, list[FundingLine]] = {}
    for line in lines:
        by_kind.setdefault(line.kind, []).append(line)
    return tuple(
        FundingTotal(
            kind,
            sum_known(line.requested_cad for line in by_kind[kind]),
            sum_known(line.confirmed_cad for line in by_kind[kind]),
            sum_known(line.received_cad for line in by_kind[kind]),
            sum_known(line.spent_cad for line in by_kind[kind]),
            len(by_kind[kind]),
        )
        for kind in FundingKind
        if kind in by_kind
    )


def sum_known(amounts: Iterable[Decimal | None]) -> Decimal | None:
    """Return the sum of the amounts written down; missing when none is."""
    known = [a for a in amounts if a is not None]
    return sum(known, Decimal(0)) if known else None


def coverage(
    actions: Iterable[Action], subcommittees: Sequence[str]
) -> dict[Aspect, dict[str, tuple[str, ...]]]:
    """
    Return the grid aspects × sub-committees, each cell the ids of its actions.

    Every cell is there, the empty ones as empty tuples; dropped and deleted actions fill nothing.
    """
    grid: dict[Aspect, dict[str, list[str]]] = {
        aspect: {name: [] for name in subcommittees} for aspect in Aspect
    }
    for action in actions:
        if action.deleted or action.status is Status.DROPPED:
            continue
        for aspect in action.aspects:
            if action.subcommittee in grid[aspect]:
                grid[aspect][action.subcommittee].append(action.id)
    return {aspect: {name: tuple(ids) for name, ids in row.items()} for aspect, row in grid.items()}


def crosswalk(actions: Iterable[Action], axes: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
    """Return, for each axis of the City's plan, the ids of the actions that answer it."""
    kept = [a for a in actions if not a.deleted and a.status is not Status.DROPPED]
    return {axis: tuple(a.id for a in kept if axis in a.city_axes) for axis in axes}


@dataclass(frozen=True)
class Outcome:
    """
    What came of it: the figure before and now, and whether the change is a change.

    `clears` is True or False when both margins are known, missing when one is not.
    """

    indicator: str
    before: float | None
    now: float | None
    change: float | None
    margin: float | None
    clears: bool | None
    towards_target: bool | None


def outcome(link: IndicatorLink) -> Outcome:
    """
    Return the change of a linked indicator since its baseline.

    The margin of the difference is the root of the sum of the squared margins, the two values
    being taken as independent.
    """
    before, now = link.baseline_value, link.latest_value
    if before is None or now is None:
        return Outcome(link.indicator, before, now, None, None, None, None)
    change = now - before
    margin: float | None = None
    clears: bool | None = None
    if link.baseline_margin is not None and link.latest_margin is not None:
        margin = math.hypot(link.baseline_margin, link.latest_margin)
        clears = abs(change) > margin
    towards = None
    if link.target_value is not None and link.target_value != before and change != 0:
        towards = (change > 0) == (link.target_value > before)
    return Outcome(link.indicator, before, now, change, margin, clears, towards)


def smart_gaps(action: Action) -> tuple[str, ...]:
    """
    Return what an action lacks to be checkable.

    Any of `unit`, `baseline`, `target`, `date` and `owner`, in this order. An action
    linked to no indicator lacks the first three.
    """
    missing = []
    if not any(link.unit for link in action.indicators):
        missing.append("unit")
    if not any(link.baseline_value is not None for link in action.indicators):
        missing.append("baseline")
    if not any(link.target_value is not None for link in action.indicators):
        missing.append("target")
    if action.due is None:
        missing.append("date")
    if not action.owner.strip():
        missing.append("owner")
    return tuple(missing)
