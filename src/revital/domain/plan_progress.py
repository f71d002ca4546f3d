"""
Progress of a plan: roll-up, planned curves, earned over planned, on-time rate, slip.

Everything is a share from 0 to 1. A missing progress counts as 0 in a roll-up (nobody reported
anything), a missing weight as 1, and what was cancelled or dropped leaves both sums.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median

from revital.domain.plan import (
    CLOSED,
    all_stops,
    late_days,
    running_days,
    slip_days,
)
from revital.domain.plan_records import Action, PlanPause, Status
from revital.errors import UnknownIdError, ValuesError

CURVES = ("linear", "smoothstep", "logistic")
_STEEPNESS = 10.0


def roll_up(parts: Iterable[tuple[float | None, float | None]]) -> float | None:
    """
    Return the weighted completion Σ w·p / Σ w.

    Parameters
    ----------
    parts : iterable of (weight, progress)
        Weight >= 0 (missing counts as 1); progress as a share (missing counts as 0). Cancelled
        parts must be left out by the caller.

    Returns
    -------
    float or None
        Missing when there is no part or the weights sum to zero.

    Raises
    ------
    ValuesError
        When a weight is negative or not finite, or a progress is out of 0 to 1.
    """
    total = earned = 0.0
    for weight, progress in parts:
        w = 1.0 if weight is None else weight
        p = 0.0 if progress is None else progress
        if not (math.isfinite(w) and w >= 0):
            raise ValuesError("Le poids {weight} n'est pas un nombre positif ou nul.", weight=w)
        if not 0 <= p <= 1:
            raise ValuesError("L'avancement {progress} n'est pas une part de 0 à 1.", progress=p)
        total += w
        earned += w * p
    return earned / total if total > 0 else None


def decidim_progress(children: Sequence[tuple[float | None, float | None]]) -> float | None:
    """
    Return a parent's progress (0 to 100) as Decidim's Accountability module computes it.

    Parameters
    ----------
    children : sequence of (weight, progress)
        Progress from 0 to 100, or missing.

    Notes
    -----
    The sum of progress × weight is *not* divided: weights are expected to sum to 1 (missing weight
    1, missing progress 0). When no child has a weight, or when there are two children or more and
    one of them weighs exactly 1, it is the plain average of the children, those without progress
    skipped.
    """
    if not children:
        return None
    if _decidim_averages(children):
        known = [p for _, p in children if p is not None]
        return sum(known) / len(known) if known else None
    return sum((1 if w is None else w) * (p or 0) for w, p in children)


def _decidim_averages(children: Sequence[tuple[float | None, float | None]]) -> bool:
    weights = [w for w, _ in children]
    return all(w is None for w in weights) or (len(weights) >= 2 and any(w == 1 for w in weights))


def normalise_decidim(
    children: Sequence[tuple[float | None, float | None]],
) -> list[tuple[float, float]]:
    """
    Return Decidim children as (weight, share) pairs whose `roll_up` is a true average.

    Where Decidim averages, children get equal weights and those it skips weigh nothing; elsewhere
    weights are divided by their sum, so that 40, 30, 30 and 0.4, 0.3, 0.3 say the same thing.
    """
    if not children:
        return []
    if _decidim_averages(children):
        known = sum(p is not None for _, p in children)
        each = 1 / known if known else 0.0
        return [(each if p is not None else 0.0, (p or 0) / 100) for _, p in children]
    weights = [1.0 if w is None else float(w) for w, _ in children]
    total = sum(weights)
    if total <= 0:
        raise ValuesError("Les poids importés de Decidim doivent avoir une somme positive.")
    return [(w / total, (p or 0) / 100) for w, (_, p) in zip(weights, children, strict=True)]


def action_progress(action: Action) -> float | None:
    """
    Return the progress of an action.

    A done action is complete; milestones that are not cancelled roll up; without any, the share
    stated by hand; missing when nothing was said.
    """
    if action.status is Status.DONE:
        return 1.0
    kept = [m for m in action.milestones if not m.cancelled]
    if kept:
        return roll_up((m.weight, m.progress) for m in kept)
    return action.progress


def plan_progress(actions: Iterable[Action]) -> float | None:
    """Return the progress of a group of actions; dropped and deleted ones leave both sums."""
    return roll_up(
        (a.weight, action_progress(a))
        for a in actions
        if a.status is not Status.DROPPED and not a.deleted
    )


def curve(t: float, shape: str = "linear") -> float:
    """
    Return the share of the work expected when the share `t` of the time is gone.

    Parameters
    ----------
    t : float
        Share of the time; clipped to 0..1.
    shape : {"linear", "smoothstep", "logistic"}
        `smoothstep` is 3t² − 2t³; `logistic` has steepness 10, rescaled to reach 0 and 1.
    """
    x = min(max(t, 0.0), 1.0)
    if shape == "linear":
        return x
    if shape == "smoothstep":
        return 3 * x**2 - 2 * x**3
    if shape == "logistic":
        low, high = _logistic(0.0), _logistic(1.0)
        return (_logistic(x) - low) / (high - low)
    raise UnknownIdError(
        "La courbe « {shape} » est inconnue. Choisissez l'une de : {known}.",
        shape=shape,
        known=", ".join(CURVES),
    )


def _logistic(t: float) -> float:
    return 1 / (1 + math.exp(-_STEEPNESS * (t - 0.5)))


def planned_share(
    action: Action,
    today: date,
    *,
    shape: str = "linear",
    plan_pauses: Sequence[PlanPause] = (),
) -> float | None:
    """
    Return the share of an action expected to be done by `today`, paused days left out.

    Missing without a start and a due date.
    """
    if action.start is None or action.due is None:
        return None
    stops = all_stops(action, plan_pauses)
    if today >= action.due:
        return 1.0
    if today <= action.start:
        return 0.0
    # Pauses known today, open ones included, are not working days of the schedule either.
    total = running_days(stops, action.start, action.due)
    done = running_days(stops, action.start, today)
    return curve(done / total, shape) if total > 0 else 0.0


def performance_index(earned: float | None, planned: float | None) -> float | None:
    """Return earned over planned (SPI); missing when nothing was planned yet or known."""
    if earned is None or planned is None or planned <= 0:
        return None
    return earned / planned


@dataclass(frozen=True)
class Thresholds:
    """
    Limits of the traffic light; policy, not nature.

    Attributes
    ----------
    green, amber : float
        Lowest earned/planned for green and for amber.
    overdue_days, stale_days : int
        More days than this past the due date, or without news, is red.
    """

    green: float = 0.90
    amber: float = 0.75
    overdue_days: int = 30
    stale_days: int = 60


def traffic_light(
    index: float | None,
    *,
    overdue_days: int | None = None,
    days_without_news: int | None = None,
    limits: Thresholds | None = None,
) -> str:
    """
    Return `green`, `amber`, `red` or `grey` (no data).

    Red: earned/planned below the amber limit, or too long overdue, or too long without news.
    """
    limits = limits or Thresholds()
    if (overdue_days or 0) > limits.overdue_days or (days_without_news or 0) > limits.stale_days:
        return "red"
    if index is None:
        return "grey"
    if index >= limits.green:
        return "green"
    return "amber" if index >= limits.amber else "red"


def on_time_rate(
    actions: Iterable[Action], today: date, plan_pauses: Sequence[PlanPause] = ()
) -> float | None:
    """
    Return done by the due date / (done + overdue), paused days never counting as late.

    Actions without a due date and dropped ones are left out; missing when nothing is due yet.
    """
    return on_time_share(
        (a.status, late_days(a, today, plan_pauses)) for a in actions if not a.deleted
    )


def on_time_share(late: Iterable[tuple[Status, int | None]]) -> float | None:
    """Return `on_time_rate` from the status and the days of lateness of each action."""
    in_time = finished = overdue = 0
    for status, days in late:
        if days is None:
            continue
        if status is Status.DONE:
            finished += 1
            in_time += days == 0
        elif days > 0:
            overdue += 1
    return in_time / (finished + overdue) if finished + overdue else None


@dataclass(frozen=True)
class Slip:
    """Median and largest slip of a group of actions, in days, and how many have one."""

    median_days: float | None
    max_days: int | None
    actions_n: int


def slip(actions: Iterable[Action], today: date, plan_pauses: Sequence[PlanPause] = ()) -> Slip:
    """Return the slip of the actions that are done, or due already."""
    return slip_of((a.status, slip_days(a, today, plan_pauses)) for a in actions if not a.deleted)


def slip_of(slips: Iterable[tuple[Status, int | None]]) -> Slip:
    """Return `slip` from the status and the slip of each action."""
    days = [
        value for status, value in slips if value is not None and (status in CLOSED or value > 0)
    ]
    if not days:
        return Slip(None, None, 0)
    return Slip(float(median(days)), max(days), len(days))
