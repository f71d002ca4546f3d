"""
Changes to a plan: each one asks for the right, cleans the words, checks that they hold together.

Every function takes the record as it was read (its `version`), so that two people saving at once
is noticed by the store and told to the second.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Any, TypeVar
from uuid import uuid4

from revital.domain.plan import change_status, require_consistent
from revital.domain.plan_records import (
    Action,
    Decision,
    ErrorReport,
    Evidence,
    Objective,
    PlanPause,
    Record,
    Status,
    Subcommittee,
)
from revital.errors import ValuesError
from revital.services.authorization import Command, require_rate
from revital.services.plan import Plan, require_subcommittee, stored_id
from revital.services.plan_typed import clean, cleaned
from revital.store.plan import Change, Transaction

R = TypeVar("R", bound=Record)


def new_id() -> str:
    """Return an id that nobody else has."""
    return uuid4().hex


def save_action(plan: Plan, action: Action) -> Action:
    """
    Save an action.

    Parameters
    ----------
    plan : Plan
    action : Action
        With the version that was read; 0 adds it.

    Returns
    -------
    Action
        As saved.

    Raises
    ------
    NotAllowedError, ValuesError, UnknownIdError
    ConflictError
        When somebody saved it in the meantime; `params` holds both versions.
    """
    require_rate(plan.store, plan.actor)
    with plan.store.transaction(plan.actor.account) as transaction:
        return save_action_in(plan, transaction, action)


def save_action_in(plan: Plan, transaction: Transaction, action: Action) -> Action:
    """Save an action as part of a larger change."""
    ready = require_ready(plan, transaction.get(Action, action.id), action)
    return transaction.save(ready)


def require_ready(plan: Plan, stored: Action | None, action: Action) -> Action:
    """Return the action cleaned and checked, or say why it cannot be saved."""
    command = Command.ADD_ACTION if stored is None else Command.EDIT_ACTION
    for place in {action.subcommittee, stored.subcommittee if stored else action.subcommittee}:
        plan.actor.require(command, plan.territory, place)
    if action.territory != plan.territory or (stored and stored.territory != plan.territory):
        raise ValuesError("Cette action appartient à un autre territoire.")
    if stored is not None and stored.example != action.example:
        raise ValuesError("Une action d'exemple ne devient pas une vraie action : ajoutez-en une.")
    if stored is not None and stored.deleted != action.deleted:
        plan.actor.require(Command.DELETE_ACTION, plan.territory, action.subcommittee)
    require_subcommittee(plan, action.subcommittee)
    ready = cleaned(action)
    # A title is one line wherever it is drawn.
    ready = replace(
        ready,
        title=" ".join(ready.title.split()),
        organizations=tuple(o for o in (" ".join(x.split()) for x in ready.organizations) if o),
    )
    if not ready.title:
        raise ValuesError("Une action a besoin d'un titre.")
    for part in ("milestones", "funding", "pauses", "evidence", "indicators"):
        ids = [item.id for item in getattr(ready, part)]
        if len(set(ids)) != len(ids) or any(not 0 < len(i) <= 64 for i in ids):
            raise ValuesError(
                "Les lignes de l'action « {title} » doivent avoir des identifiants distincts.",
                title=ready.title,
            )
    if any(not m.title for m in ready.milestones):
        raise ValuesError("Un jalon de l'action « {title} » n'a pas de titre.", title=ready.title)
    return require_consistent(ready)


def add_action(
    plan: Plan,
    *,
    subcommittee: str,
    title: str,
    owner: str = "",
    due: date | None = None,
    start: date | None = None,
    status: Status = Status.PLANNED,
    **more: Any,
) -> Action:
    """
    Add an action.

    A status that stops the clock is reached by `set_status`, which asks why.
    """
    if status not in (Status.PLANNED, Status.UNDER_WAY):
        raise ValuesError("Une nouvelle action est planifiée ou en cours ; changez-la ensuite.")
    return save_action(
        plan,
        Action(
            id=new_id(),
            territory=plan.territory,
            subcommittee=subcommittee,
            title=title,
            owner=owner,
            start=start,
            due=due,
            status=status,
            **more,
        ),
    )


def set_status(
    plan: Plan,
    action: Action,
    status: Status,
    *,
    on: date | None = None,
    reason: str = "",
    responsible: str = "",
) -> Action:
    """Change the status of an action from a day on (today by default)."""
    return save_action(
        plan,
        change_status(
            action,
            status,
            on=on or plan.today,
            reason=clean(reason),
            responsible=clean(responsible),
            pause_id=new_id(),
        ),
    )


def delete_action(plan: Plan, action: Action) -> Action:
    """Delete an action: it leaves the plan and stays in history, from where it can come back."""
    plan.actor.require(Command.DELETE_ACTION, plan.territory, action.subcommittee)
    require_rate(plan.store, plan.actor)
    with plan.store.transaction(plan.actor.account) as transaction:
        return transaction.save(replace(action, deleted=True))


def undo(plan: Plan, seq: int) -> Record:
    """
    Take back a change of this territory.

    Raises
    ------
    ConflictError
        When what it changed was changed again since.
    """
    plan.actor.require(Command.UNDO, plan.territory)
    require_rate(plan.store, plan.actor)
    change = plan.store.change(seq)
    _require_here(plan, change)
    return plan.store.undo(seq, account=plan.actor.account)


def undo_together(plan: Plan, seq: int) -> list[Record]:
    """
    Take back everything that was saved along with a change: a decision and its action, an import.

    Raises
    ------
    ConflictError
        When part of it was changed again since: nothing is then taken back.
    """
    plan.actor.require(Command.UNDO, plan.territory)
    require_rate(plan.store, plan.actor)
    change = plan.store.change(seq)
    _require_here(plan, change)
    return plan.store.undo_batch(change.batch, account=plan.actor.account)


def last_change(plan: Plan) -> Change | None:
    """Return the last change that the actor made here and may take back."""
    if not plan.actor.may(Command.UNDO, plan.territory):
        return None
    newest = plan.store.history(territory=plan.territory, limit=1)
    mine = newest and newest[0].account == plan.actor.account and newest[0].kind != "grant"
    return newest[0] if mine else None


def _require_here(plan: Plan, change: Change) -> None:
    if change.territory != plan.territory:
        raise ValuesError("Ce changement appartient à un autre territoire.")
    if change.kind == "grant":
        raise ValuesError("Un rôle se change avec `revital user role`, pas en annulant.")


def history(
    plan: Plan,
    *,
    record_id: str | None = None,
    kind: str | None = None,
    before_seq: int | None = None,
    limit: int | None = 100,
) -> list[Change]:
    """Return the changes of this territory's plan, newest first."""
    plan.actor.require(Command.READ_HISTORY, plan.territory)
    return plan.store.history(
        territory=plan.territory,
        record_id=record_id,
        kind=kind,
        before_seq=before_seq,
        limit=limit,
    )


def save_subcommittee(plan: Plan, subcommittee: Subcommittee) -> Subcommittee:
    """Save a sub-committee: its name, counts, roles and accompanying organizations."""
    ready = _structure(plan, subcommittee)
    if not ready.name:
        raise ValuesError("Un sous-comité a besoin d'un nom.")
    if ready.citizens_n is not None and ready.citizens_n < 0:
        raise ValuesError("Un nombre de citoyens est positif ou nul.")
    return _save_documented(plan, ready)


def save_objective(plan: Plan, objective: Objective) -> Objective:
    """Save an objective of a sub-committee."""
    ready = _structure(plan, objective)
    require_subcommittee(plan, ready.subcommittee)
    if not ready.title:
        raise ValuesError("Un objectif a besoin d'un titre.")
    return plan.store.save(ready, account=plan.actor.account)


def save_plan_pause(plan: Plan, pause: PlanPause) -> PlanPause:
    """
    Save a pause or a negotiation of the whole plan.

    This is where the coordination confirms the end of one that the record left open.
    """
    ready = _structure(plan, pause)
    if ready.end is not None and ready.end <= ready.start:
        raise ValuesError(
            "Une pause du plan se termine ({end}) avant de commencer ({start}).",
            end=ready.end.isoformat(),
            start=ready.start.isoformat(),
        )
    if not ready.reason or not ready.responsible:
        raise ValuesError("Une pause du plan demande une raison et une partie responsable.")
    return _save_documented(plan, ready)


def save_evidence(plan: Plan, item: Evidence) -> Evidence:
    """Save a piece of the evidence register."""
    plan.actor.require(Command.EDIT_EVIDENCE, plan.territory)
    ready = _ready(plan, item)
    if not ready.title:
        raise ValuesError("Une preuve a besoin d'un titre.")
    if ready.url and not ready.url.startswith(("https://", "http://")):
        raise ValuesError(
            "L'adresse « {url} » doit commencer par https:// ou http://.", url=ready.url
        )
    return _save_documented(plan, ready)


def report_error(plan: Plan, about: str, text: str) -> ErrorReport:
    """Keep what a reader says is wrong beside a figure or a service, for the coordination."""
    plan.actor.require(Command.REPORT_ERROR, plan.territory)
    require_rate(plan.store, plan.actor)
    words = clean(text)
    if not words:
        raise ValuesError("Dites en une phrase ce qui est faux ou manquant.")
    if len(words) > 2000:
        raise ValuesError("Un signalement a 2 000 caractères au plus.")
    return plan.store.save(
        ErrorReport(id=new_id(), territory=plan.territory, about=clean(about)[:500], text=words),
        account=plan.actor.account,
    )


def error_reports(plan: Plan) -> list[ErrorReport]:
    """Return the reports of errors, the open ones first."""
    plan.actor.require(Command.READ_REPORTS, plan.territory)
    found = plan.store.all(ErrorReport, territory=plan.territory)
    return sorted(found, key=lambda r: (r.status != "open", r.id))


def answer_report(plan: Plan, report: ErrorReport, answer: str) -> ErrorReport:
    """Close a report with what was done about it."""
    plan.actor.require(Command.READ_REPORTS, plan.territory)
    return plan.store.save(
        replace(report, status="closed", answer=clean(answer)), account=plan.actor.account
    )


def decisions_of(plan: Plan, action_id: str) -> list[Decision]:
    """Return the decisions that made or changed an action, oldest first."""
    plan.actor.require(Command.READ_ACTIONS, plan.territory)
    found = plan.store.all(Decision, territory=plan.territory)
    return sorted((d for d in found if d.action == action_id), key=lambda d: d.decided_on)


def remove_all(plan: Plan, records: Iterable[Record]) -> int:
    """Delete many records as one change; return how many."""
    removed = 0
    with plan.store.transaction(plan.actor.account) as transaction:
        for record in records:
            transaction.save(replace(record, deleted=True))
            removed += 1
    return removed


def _structure(plan: Plan, record: R) -> R:
    plan.actor.require(Command.EDIT_STRUCTURE, plan.territory)
    return _ready(plan, record)


def _ready(plan: Plan, record: R) -> R:
    require_rate(plan.store, plan.actor)
    if record.territory != plan.territory:
        raise ValuesError("Cette fiche appartient à un autre territoire.")
    return cleaned(record)


def _save_documented(plan: Plan, record: R) -> R:
    """Save a record that a documented one may stand behind, under the territory's own id."""
    saved = plan.store.save(
        replace(record, id=stored_id(plan, record.id)), account=plan.actor.account
    )
    return replace(saved, id=record.id)
