"""
Meetings: what moved since the last one, decisions with their trace, frozen snapshots, minutes.

Attendance is counts, never names.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from revital.domain.plan import CLOSED, LATE, STOPPED, change_status
from revital.domain.plan_records import (
    Action,
    Decision,
    Meeting,
    Status,
    Subcommittee,
)
from revital.errors import UnknownIdError, ValuesError
from revital.services.authorization import Command, require_rate
from revital.services.plan import (
    ActionView,
    Board,
    Deadline,
    Plan,
    board,
    deadlines,
    require_subcommittee,
)
from revital.services.plan_edit import new_id, save_action_in
from revital.services.plan_typed import clean, cleaned
from revital.store.plan import Change

NEXT_DAYS = 45


@dataclass(frozen=True)
class Moved:
    """An action that changed since the last meeting, and how."""

    action: Action
    status: str
    changes: tuple[Change, ...]
    before_status: str | None


@dataclass(frozen=True)
class Review:
    """
    What a sub-committee looks at tonight.

    Attributes
    ----------
    previous : Meeting or None
        The meeting counted from; None for the first one (the last 60 days are then shown).
    moved, late, blocked : tuple
        Actions that changed; that are past their date; that are paused or under negotiation.
    next_deadlines : tuple of Deadline
        Dates of the next 45 days.
    decisions : tuple of Decision
        Taken at the previous meeting.
    """

    subcommittee: Subcommittee
    scope: str
    previous: Meeting | None
    since: datetime
    moved: tuple[Moved, ...]
    late: tuple[ActionView, ...]
    blocked: tuple[ActionView, ...]
    next_deadlines: tuple[Deadline, ...]
    actions: tuple[ActionView, ...]
    decisions: tuple[Decision, ...]


def meetings(plan: Plan, subcommittee: str | None = None, scope: str = "real") -> list[Meeting]:
    """Return the meetings held so far, newest first; those of the whole committee count too."""
    plan.actor.require(Command.READ_ACTIONS, plan.territory)
    found = plan.store.all(Meeting, territory=plan.territory, example=scope == "example")
    kept = [m for m in found if subcommittee is None or m.subcommittee in (subcommittee, None)]
    return sorted(kept, key=lambda m: m.held_at, reverse=True)


def review(
    plan: Plan,
    subcommittee: str,
    *,
    previous: str | None = None,
    scope: str | None = None,
    whole: Board | None = None,
) -> Review:
    """
    Return what moved since a meeting, what is late, what is blocked and what comes next.

    Parameters
    ----------
    plan : Plan
    subcommittee : str
    previous : str, optional
        Id of the meeting to count from; the newest one held before now by default.
    scope : {"real", "example"}, optional
    whole : Board, optional
        The board, when it is at hand already.

    Raises
    ------
    NotAllowedError, UnknownIdError
    """
    plan.actor.require(Command.READ_ACTIONS, plan.territory)
    group = require_subcommittee(plan, subcommittee)
    whole = whole or board(plan, scope)
    lane = next(x for x in whole.lanes if x.subcommittee.id == subcommittee)
    held = meetings(plan, subcommittee, whole.scope)
    now = plan.store.clock()
    last = _previous(held, previous, now)
    since = last.held_at if last else now - timedelta(days=60)
    changes = plan.store.history(territory=plan.territory, kind="action", since=since, limit=None)
    decisions = plan.store.all(Decision, territory=plan.territory)
    return Review(
        subcommittee=group,
        scope=whole.scope,
        previous=last,
        since=since,
        moved=_moved(lane.actions, changes),
        late=tuple(v for v in lane.actions if v.status == LATE),
        blocked=tuple(v for v in lane.actions if v.action.status in STOPPED),
        next_deadlines=tuple(
            d for d in deadlines(lane.actions) if d.on <= plan.today + timedelta(days=NEXT_DAYS)
        ),
        actions=lane.actions,
        decisions=tuple(d for d in decisions if last and d.meeting == last.id),
    )


def _previous(held: Sequence[Meeting], wanted: str | None, now: datetime) -> Meeting | None:
    if wanted:
        for meeting in held:
            if meeting.id == wanted:
                return meeting
        raise UnknownIdError("La rencontre « {id} » n'existe pas.", id=wanted)
    return next((m for m in held if m.held_at <= now), None)


def _moved(views: Sequence[ActionView], changes: Sequence[Change]) -> tuple[Moved, ...]:
    by_action: dict[str, list[Change]] = {}
    for change in changes:
        by_action.setdefault(change.record_id, []).append(change)
    found = []
    for view in views:
        mine = by_action.get(view.action.id)
        if mine:
            first = mine[-1].before
            found.append(
                Moved(
                    view.action,
                    view.status,
                    tuple(mine),
                    None if first is None else str(first.get("status")),
                )
            )
    return tuple(found)


def record_meeting(plan: Plan, meeting: Meeting) -> Meeting:
    """
    Save a meeting: when, where, how many came, notes, the next one.

    Raises
    ------
    NotAllowedError, ValuesError, ConflictError
    """
    plan.actor.require(Command.RECORD_MEETING, plan.territory)
    require_rate(plan.store, plan.actor)
    if meeting.territory != plan.territory:
        raise ValuesError("Cette fiche appartient à un autre territoire.")
    if meeting.subcommittee is not None:
        require_subcommittee(plan, meeting.subcommittee)
    counts = (meeting.citizens_n, meeting.workers_n, meeting.partners_n)
    if any(n is not None and not 0 <= n <= 10_000 for n in counts):
        raise ValuesError("Les présences sont des nombres de 0 à 10 000.")
    if meeting.held_at.tzinfo is None or (meeting.next_at and meeting.next_at.tzinfo is None):
        raise ValuesError("L'heure d'une rencontre demande un fuseau horaire.")
    return plan.store.save(cleaned(meeting), account=plan.actor.account)


def local_instant(plan: Plan, day: date, hour: int, minute: int) -> datetime:
    """
    Return the instant of a wall-clock time in the territory.

    Raises
    ------
    ValuesError
        When that time does not exist because clocks go forward. A time that happens twice is the
        first of the two.
    """
    naive = datetime(day.year, day.month, day.day, hour, minute)
    moment = naive.replace(tzinfo=plan.zone)
    # A round trip through UTC moves a time that the clocks jumped over.
    back = datetime.fromtimestamp(moment.timestamp(), plan.zone).replace(tzinfo=None)
    if back != naive:
        raise ValuesError(
            "Le {day} à {time}, l'heure n'existe pas : les horloges avancent. Choisissez une "
            "heure plus tard.",
            day=day.isoformat(),
            time=f"{hour:02d}:{minute:02d}",
        )
    return moment


def decide(
    plan: Plan,
    *,
    subcommittee: str,
    text: str,
    action: str | None = None,
    status: Status | None = None,
    due: date | None = None,
    owner: str | None = None,
    reason: str = "",
    responsible: str = "",
    meeting: str | None = None,
    create: bool = True,
    example: bool = False,
) -> tuple[Decision, Action | None]:
    """
    Record a decision in one sentence, with the action that it creates or changes.

    Parameters
    ----------
    plan : Plan
    subcommittee : str
    text : str
        What was agreed; the title of the new action when there is no `action`.
    action : str, optional
        Id of the action to change.
    status, due, owner : optional
        What changes in it (or what the new one starts with).
    reason, responsible : str
        Needed when the new status stops the clock.
    meeting : str, optional
        Id of the meeting.
    create : bool
        Whether a decision about no action creates one.
    example : bool
        Belongs to the example plan.

    Returns
    -------
    Decision, Action or None

    Raises
    ------
    NotAllowedError, ValuesError, UnknownIdError
    """
    plan.actor.require(Command.DECIDE, plan.territory, subcommittee)
    require_rate(plan.store, plan.actor)
    require_subcommittee(plan, subcommittee)
    words = clean(text)
    if not words:
        raise ValuesError("Écrivez la décision en une phrase.")
    with plan.store.transaction(plan.actor.account) as transaction:
        if meeting is not None and transaction.get(Meeting, meeting) is None:
            raise UnknownIdError("La rencontre « {id} » n'existe pas.", id=meeting)
        changed: Action | None = None
        effect = "none"
        if action is not None:
            before = transaction.get(Action, action)
            if before is None or before.deleted or before.territory != plan.territory:
                raise UnknownIdError("L'action « {id} » n'existe pas dans ce plan.", id=action)
            after = before
            if status is not None:
                after = change_status(
                    after,
                    status,
                    on=plan.today,
                    reason=reason,
                    responsible=responsible,
                    pause_id=new_id(),
                )
            if due is not None:
                after = replace(after, due=due)
            if owner is not None:
                after = replace(after, owner=owner)
            changed = save_action_in(plan, transaction, after)
            effect = "changed" if changed.version != before.version else "none"
            example = before.example
        elif create:
            first = status if status in (Status.PLANNED, Status.UNDER_WAY) else Status.PLANNED
            fresh = Action(
                id=new_id(),
                territory=plan.territory,
                subcommittee=subcommittee,
                title=words,
                due=due,
                owner=owner or "",
                status=first,
                start=plan.today if first is Status.UNDER_WAY else None,
                example=example,
            )
            if status is not None and status is not first:
                fresh = change_status(
                    fresh,
                    status,
                    on=plan.today,
                    reason=reason,
                    responsible=responsible,
                    pause_id=new_id(),
                )
            changed = save_action_in(plan, transaction, fresh)
            effect = "created"
        decision = transaction.save(
            Decision(
                id=new_id(),
                territory=plan.territory,
                subcommittee=subcommittee,
                text=words,
                decided_on=plan.today,
                meeting=meeting,
                action=changed.id if changed else None,
                effect=effect,
                example=example,
            )
        )
    return decision, changed


# --- minutes -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Minutes:
    """What the minutes of a meeting hold, ready to be drawn, printed and signed off."""

    meeting: Meeting
    subcommittee: Subcommittee | None
    decisions: tuple[tuple[Decision, Action | None], ...]
    review: Review | None
    open_actions: tuple[ActionView, ...]


def minutes(plan: Plan, meeting_id: str) -> Minutes:
    """Return the minutes of a meeting: attendance, decisions with their actions, what is open."""
    plan.actor.require(Command.READ_ACTIONS, plan.territory)
    meeting = plan.store.get(Meeting, meeting_id)
    if meeting.territory != plan.territory or meeting.deleted:
        raise UnknownIdError("La rencontre « {id} » n'existe pas.", id=meeting_id)
    scope = "example" if meeting.example else "real"
    whole = board(plan, scope)
    by_id = {v.action.id: v.action for v in whole.actions}
    taken = [
        d for d in plan.store.all(Decision, territory=plan.territory) if d.meeting == meeting.id
    ]
    group = review_ = None
    if meeting.subcommittee is not None:
        group = require_subcommittee(plan, meeting.subcommittee)
        earlier = [
            m for m in meetings(plan, meeting.subcommittee, scope) if m.held_at < meeting.held_at
        ]
        if earlier:
            review_ = review(plan, meeting.subcommittee, previous=earlier[0].id, scope=scope)
    return Minutes(
        meeting=meeting,
        subcommittee=group,
        decisions=tuple((d, by_id.get(d.action or "")) for d in taken),
        review=review_,
        open_actions=tuple(
            v
            for v in whole.actions
            if v.action.status not in CLOSED
            and meeting.subcommittee in (None, v.action.subcommittee)
        ),
    )
