"""
Statuses, transitions and the clock of an action.

The clock counts calendar days of the territory, so a change of hour never makes a day longer.
Paused or negotiated days are dated intervals `[start, end)`; they count neither as elapsed nor as
late. Being late is computed from the dates and never stored.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

from revital.domain.plan_records import Action, Pause, PauseKind, PlanPause, Status
from revital.errors import ValuesError
from revital.i18n.mark import N_

LATE = "late"

TRANSITIONS: dict[Status, frozenset[Status]] = {
    Status.TO_NEGOTIATE: frozenset({Status.PLANNED, Status.UNDER_WAY, Status.DROPPED}),
    Status.PLANNED: frozenset(
        {Status.TO_NEGOTIATE, Status.UNDER_WAY, Status.PAUSED, Status.DONE, Status.DROPPED}
    ),
    Status.UNDER_WAY: frozenset(
        {Status.TO_NEGOTIATE, Status.PLANNED, Status.PAUSED, Status.DONE, Status.DROPPED}
    ),
    Status.PAUSED: frozenset(
        {Status.TO_NEGOTIATE, Status.PLANNED, Status.UNDER_WAY, Status.DONE, Status.DROPPED}
    ),
    Status.DONE: frozenset({Status.UNDER_WAY}),
    Status.DROPPED: frozenset({Status.TO_NEGOTIATE, Status.PLANNED}),
}
REFUSED: dict[Status, str] = {
    Status.TO_NEGOTIATE: N_(
        "L'action « {title} » ne peut pas revenir à « à négocier » depuis son statut actuel."
    ),
    Status.PLANNED: N_(
        "L'action « {title} » ne peut pas redevenir « planifiée » depuis son statut actuel."
    ),
    Status.UNDER_WAY: N_(
        "L'action « {title} » est abandonnée : remettez-la d'abord « planifiée » ou « à négocier »."
    ),
    Status.PAUSED: N_(
        "L'action « {title} » ne peut pas être mise en pause : elle n'est ni planifiée ni en cours."
    ),
    Status.DONE: N_(
        "L'action « {title} » ne peut pas être terminée depuis son statut actuel : reprenez-la "
        "d'abord."
    ),
    Status.DROPPED: N_("L'action « {title} » est terminée : rouvrez-la avant de l'abandonner."),
}
CLOSED = frozenset({Status.DONE, Status.DROPPED})
# A status that stops the clock has exactly one open interval of its kind.
STOPPED: dict[Status, PauseKind] = {
    Status.PAUSED: PauseKind.PAUSE,
    Status.TO_NEGOTIATE: PauseKind.NEGOTIATION,
}


def merge_intervals(pauses: Iterable[Pause | PlanPause], until: date) -> list[tuple[date, date]]:
    """
    Return the stopped days as disjoint sorted intervals `[start, end)`, clipped at `until`.

    Parameters
    ----------
    pauses : iterable of Pause or PlanPause
        An open one runs to `until`.
    until : date
        First day that no longer counts.
    """
    spans = sorted((p.start, min(p.end or until, until)) for p in pauses if p.start < until)
    merged: list[tuple[date, date]] = []
    for start, end in spans:
        if end <= start:
            continue
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def stopped_days(pauses: Iterable[Pause | PlanPause], start: date, end: date) -> int:
    """Return the number of days of `[start, end)` that are paused or under negotiation."""
    stops = list(pauses)
    if end <= start or not stops:
        return 0
    return sum(max(0, (min(b, end) - max(a, start)).days) for a, b in merge_intervals(stops, end))


def running_days(pauses: Iterable[Pause | PlanPause], start: date, end: date) -> int:
    """Return the number of days of `[start, end)` during which the clock runs."""
    return max(0, (end - start).days) - stopped_days(pauses, start, end)


def is_stopped(action: Action, on: date) -> bool:
    """Return whether `on` falls in one of the action's pauses or negotiations."""
    return any(p.start <= on and (p.end is None or on < p.end) for p in action.pauses)


def plan_pauses_for(action: Action, plan_pauses: Sequence[PlanPause]) -> list[PlanPause]:
    """
    Return the pauses of the whole plan that stop this action's clock.

    A pause of the plan suspends the actions begun before it; an action begun since then runs on
    its own clock, otherwise a pause whose end nobody confirmed would make nothing late ever.
    """
    if action.start is None or not plan_pauses:
        return []
    return [p for p in plan_pauses if not p.deleted and action.start < p.start]


def all_stops(action: Action, plan_pauses: Sequence[PlanPause] = ()) -> list[Pause | PlanPause]:
    """Return every pause that stops this action's clock: its own and the plan's."""
    return [*action.pauses, *plan_pauses_for(action, plan_pauses)]


def elapsed_days(action: Action, today: date, plan_pauses: Sequence[PlanPause] = ()) -> int | None:
    """Return the days worked since the start, pauses excluded; missing without a start."""
    if action.start is None:
        return None
    end = min(action.done_on or today, today)
    stops = all_stops(action, plan_pauses)
    return running_days(stops, action.start, end)


def late_days(action: Action, today: date, plan_pauses: Sequence[PlanPause] = ()) -> int | None:
    """
    Return the days past the due date, pauses excluded; missing without a due date.

    An action finished late keeps the days it was late by; a dropped one has none. The due day
    itself is in time: lateness starts the day after.
    """
    if action.due is None or action.status is Status.DROPPED:
        return None
    end = action.done_on if action.status is Status.DONE and action.done_on else today
    stops = all_stops(action, plan_pauses)
    return running_days(stops, action.due + timedelta(days=1), end + timedelta(days=1))


def is_late(action: Action, today: date, plan_pauses: Sequence[PlanPause] = ()) -> bool:
    """Return whether an action that should be moving is past its due date."""
    if action.due is None or today <= action.due:
        return False
    if action.status in CLOSED or action.status in STOPPED or is_stopped(action, today):
        return False
    stops = plan_pauses_for(action, plan_pauses)
    if any(p.start <= today and (p.end is None or today < p.end) for p in stops):
        return False
    return (late_days(action, today, plan_pauses) or 0) > 0


def shown_status(action: Action, today: date, plan_pauses: Sequence[PlanPause] = ()) -> str:
    """Return the status as people read it: the stored one, or `late`."""
    return LATE if is_late(action, today, plan_pauses) else action.status.value


def slip_days(action: Action, today: date, plan_pauses: Sequence[PlanPause] = ()) -> int | None:
    """
    Return (end or today) − planned end, in days, paused days after the planned end excluded.

    Negative when finished early or still ahead of the date; missing without a due date.
    """
    if action.due is None or action.status is Status.DROPPED:
        return None
    end = action.done_on if action.status is Status.DONE and action.done_on else today
    if end <= action.due:
        return (end - action.due).days
    stops = all_stops(action, plan_pauses)
    return running_days(stops, action.due + timedelta(days=1), end + timedelta(days=1))


def change_status(
    action: Action,
    status: Status,
    *,
    on: date,
    reason: str = "",
    responsible: str = "",
    pause_id: str = "",
) -> Action:
    """
    Return the action in its new status, with its pauses opened or closed on that day.

    Parameters
    ----------
    action : Action
    status : Status
        One of `TRANSITIONS[action.status]`; the same status changes nothing.
    on : date
        First day of the new status.
    reason, responsible : str
        Why the clock stops and who is to set it going again; needed for a pause or a negotiation.
    pause_id : str
        Id of the interval to open.

    Raises
    ------
    ValuesError
        When the transition does not exist, when a stop has no reason or nobody responsible, or
        when `on` comes before the interval that it would close.
    """
    if status is action.status:
        return action
    if status not in TRANSITIONS[action.status]:
        raise ValuesError(REFUSED[status], title=action.title)
    pauses = _close(action, on)
    if status in STOPPED:
        if not reason.strip() or not responsible.strip():
            raise ValuesError(
                "Une pause ou une négociation demande une raison et une partie responsable "
                "(action « {title} »).",
                title=action.title,
            )
        last = max((p.end for p in pauses if p.end), default=None)
        if last and on < last:
            raise ValuesError(
                "Le {on} tombe dans une pause déjà inscrite, qui se termine le {end} "
                "(action « {title} »). Choisissez une date plus tardive.",
                on=on.isoformat(),
                end=last.isoformat(),
                title=action.title,
            )
        pauses = (
            *pauses,
            Pause(
                id=pause_id or f"p{len(pauses) + 1}",
                start=on,
                kind=STOPPED[status],
                reason=reason.strip(),
                responsible=responsible.strip(),
            ),
        )
    return replace(
        action,
        status=status,
        pauses=pauses,
        done_on=on if status is Status.DONE else None,
    )


def _close(action: Action, on: date) -> tuple[Pause, ...]:
    kept: list[Pause] = []
    for pause in action.pauses:
        if pause.end is not None:
            kept.append(pause)
            continue
        if on < pause.start:
            raise ValuesError(
                "La pause de l'action « {title} » a commencé le {start} : elle ne peut pas se "
                "terminer le {on}.",
                title=action.title,
                start=pause.start.isoformat(),
                on=on.isoformat(),
            )
        # A stop opened and closed the same day stopped nothing.
        if on > pause.start:
            kept.append(replace(pause, end=on, end_to_confirm=False))
    return tuple(kept)


def require_consistent(action: Action) -> Action:
    """
    Return the action if its dates, status, pauses and shares agree, else say what does not.

    Raises
    ------
    ValuesError
        Due before start, a share out of 0 to 1, a negative weight or amount, a stopped status
        without its open interval (or the reverse), overlapping pauses, coordinates by halves.
    """
    title = action.title
    if action.start and action.due and action.due < action.start:
        raise ValuesError(
            "L'échéance ({due}) de l'action « {title} » précède son début ({start}).",
            due=action.due.isoformat(),
            start=action.start.isoformat(),
            title=title,
        )
    _require_pauses(action)
    if (action.status is Status.DONE) != (action.done_on is not None):
        raise ValuesError(
            "L'action « {title} » est terminée si et seulement si elle a une date de fin.",
            title=title,
        )
    shares = [action.progress, *(m.progress for m in action.milestones)]
    if any(s is not None and not 0 <= s <= 1 for s in shares):
        raise ValuesError(
            "L'avancement de l'action « {title} » doit être une part de 0 à 1.", title=title
        )
    weights = [action.weight, *(m.weight for m in action.milestones)]
    if any(w is not None and not 0 <= w < float("inf") for w in weights):
        raise ValuesError(
            "Les poids de l'action « {title} » doivent être des nombres positifs ou nuls.",
            title=title,
        )
    for line in action.funding:
        amounts = (line.requested_cad, line.confirmed_cad, line.received_cad, line.spent_cad)
        if any(a is not None and not 0 <= a < 10**12 for a in amounts):
            raise ValuesError(
                "Les montants de l'action « {title} » doivent être positifs ou nuls.", title=title
            )
    if (action.lon is None) != (action.lat is None):
        raise ValuesError(
            "Le lieu de l'action « {title} » demande une longitude et une latitude.", title=title
        )
    if not (-180 <= (action.lon or 0.0) <= 180 and -90 <= (action.lat or 0.0) <= 90):
        raise ValuesError(
            "Le lieu de l'action « {title} » ({lon}, {lat}) n'est pas en degrés.",
            title=title,
            lon=action.lon,
            lat=action.lat,
        )
    return action


def _require_pauses(action: Action) -> None:
    spans = sorted(action.pauses, key=lambda p: (p.start, p.end or date.max))
    for pause in spans:
        if pause.end is not None and pause.end <= pause.start:
            raise ValuesError(
                "Une pause de l'action « {title} » se termine ({end}) avant de commencer "
                "({start}).",
                title=action.title,
                end=pause.end.isoformat(),
                start=pause.start.isoformat(),
            )
    for before, after in pairwise(spans):
        if before.end is None or after.start < before.end:
            raise ValuesError(
                "Deux pauses de l'action « {title} » se chevauchent (à partir du {start}).",
                title=action.title,
                start=after.start.isoformat(),
            )
    still = [p for p in spans if p.end is None]
    expected = STOPPED.get(action.status)
    if expected is None and still:
        raise ValuesError(
            "L'action « {title} » a une pause ouverte depuis le {start} : mettez-la en pause, ou "
            "inscrivez la fin de la pause.",
            title=action.title,
            start=still[0].start.isoformat(),
        )
    if expected is not None and not any(p.end is None and p.kind is expected for p in spans):
        raise ValuesError(
            "L'action « {title} » est arrêtée sans pause ouverte : inscrivez depuis quand, "
            "pourquoi et qui doit agir.",
            title=action.title,
        )
