"""Frozen states of a plan: taken in a meeting, reopened and verified years later."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from importlib.metadata import version
from typing import Any

from revital.domain.plan_records import Decision, Meeting
from revital.errors import UnknownIdError, ValuesError
from revital.i18n.mark import N_
from revital.services.authorization import Command, require_rate
from revital.services.data import open_data
from revital.services.figures import read_all
from revital.services.plan import (
    Plan,
    board,
    evidence,
    objectives,
    plan_pauses,
    subcommittees,
)
from revital.services.plan_edit import new_id
from revital.store.plan import Snapshot
from revital.store.plan_codec import to_payload

SNAPSHOT_FORMAT = 1


@dataclass(frozen=True)
class Verdict:
    """Whether a frozen state is what it was; `reasons` are sentences in French, to translate."""

    id: str
    intact: bool
    taken_at: datetime
    sha256: str
    reasons: tuple[str, ...]


def take_snapshot(
    plan: Plan,
    *,
    subcommittee: str | None = None,
    meeting: str | None = None,
    scope: str | None = None,
    figures: Sequence[Mapping[str, Any]] = (),
    data_versions: Mapping[str, str] | None = None,
) -> Snapshot:
    """
    Freeze the plan, the figures on the table and their data versions.

    Parameters
    ----------
    plan : Plan
    subcommittee, meeting : str, optional
        What the snapshot is for.
    scope : {"real", "example"}, optional
    figures : sequence of mapping
        Values shown that evening, as JSON values.
    data_versions : mapping, optional
        Layer → hash of the data that the figures were made from.
    """
    plan.actor.require(Command.TAKE_SNAPSHOT, plan.territory)
    require_rate(plan.store, plan.actor)
    with plan.store.transaction(plan.actor.account) as transaction:
        # Under the write lock, what is read is what is frozen.
        whole = board(plan, scope)
        example = whole.scope == "example"
        previous = transaction.last_snapshot_hash(plan.territory)
        content = json.dumps(
            {
                "format": SNAPSHOT_FORMAT,
                "revital": version("revital"),
                "territory": plan.territory,
                "subcommittee": subcommittee,
                "meeting": meeting,
                "taken_at": transaction.now.isoformat(),
                "scope": whole.scope,
                "previous_sha256": previous,
                "actions": [
                    # A contact's id leads to a person: it stays out.
                    {k: v for k, v in to_payload(view.action).items() if k != "contact"}
                    | {"shown_status": view.status, "shown_progress": view.progress}
                    for view in whole.actions
                    if subcommittee in (None, view.action.subcommittee)
                ],
                "subcommittees": [to_payload(s) for s in subcommittees(plan)],
                "objectives": [to_payload(o) for o in objectives(plan)],
                "evidence": [to_payload(e) for e in evidence(plan)],
                "plan_pauses": [to_payload(p) for p in plan_pauses(plan)],
                "meetings": [
                    to_payload(m)
                    for m in transaction.all(Meeting, plan.territory)
                    if m.example == example
                ],
                "decisions": [
                    to_payload(d)
                    for d in transaction.all(Decision, plan.territory)
                    if d.example == example
                ],
                "figures": list(figures),
                "data_versions": dict(data_versions or {}),
            },
            ensure_ascii=False,
            sort_keys=True,
            separators=(",", ":"),
        )
        snapshot = Snapshot(
            id=new_id(),
            territory=plan.territory,
            subcommittee=subcommittee,
            meeting=meeting,
            taken_at=transaction.now,
            account=plan.actor.account,
            content=content,
            sha256=_sha256(content),
            previous_sha256=previous,
        )
        transaction.add_snapshot(snapshot)
    return snapshot


def list_snapshots(plan: Plan) -> list[Snapshot]:
    """Return the frozen states of the territory, newest first."""
    plan.actor.require(Command.READ_SNAPSHOT, plan.territory)
    return plan.store.snapshots(plan.territory)


def open_snapshot(plan: Plan, snapshot_id: str) -> tuple[Snapshot, dict[str, Any]]:
    """Return a frozen state and what it holds."""
    plan.actor.require(Command.READ_SNAPSHOT, plan.territory)
    snapshot = plan.store.snapshot(snapshot_id)
    if snapshot.territory != plan.territory:
        raise UnknownIdError("L'instantané « {id} » n'existe pas.", id=snapshot_id)
    try:
        content = json.loads(snapshot.content)
    except json.JSONDecodeError as error:
        raise ValuesError(
            "L'instantané « {id} » a été altéré : il ne se lit plus.", id=snapshot_id
        ) from error
    return snapshot, content


def verify_snapshot(plan: Plan, snapshot_id: str) -> Verdict:
    """
    Return whether a frozen state is, to the letter, what was frozen.

    Its own hash, what it says of itself, and its link to the one before are checked.
    """
    plan.actor.require(Command.READ_SNAPSHOT, plan.territory)
    snapshot = plan.store.snapshot(snapshot_id)
    reasons = []
    if _sha256(snapshot.content) != snapshot.sha256:
        reasons.append(N_("Le texte de l'instantané ne correspond plus à son empreinte."))
    older = [s for s in plan.store.snapshots(snapshot.territory) if s.taken_at < snapshot.taken_at]
    expected = older[0].sha256 if older else None
    if snapshot.previous_sha256 != expected:
        reasons.append(N_("L'instantané qui précède celui-ci a été changé ou retiré."))
    try:
        said = json.loads(snapshot.content)
    except json.JSONDecodeError:
        said = {}
    if said.get("territory") != snapshot.territory or (
        said.get("taken_at") != snapshot.taken_at.isoformat()
    ):
        reasons.append(N_("Le lieu ou la date de l'instantané ont été changés."))
    return Verdict(snapshot.id, not reasons, snapshot.taken_at, snapshot.sha256, tuple(reasons))


def _sha256(content: str) -> str:
    return hashlib.sha256(content.encode()).hexdigest()


def snapshot_summary(snapshot: Snapshot) -> dict[str, Any]:
    """Return what identifies a snapshot, without its content."""
    return {k: v for k, v in asdict(snapshot).items() if k != "content"}


def portrait_figures(territory: str) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """
    Return the figures of a territory and the hashes of the layers they were read from.

    To be frozen with a plan: years later, they tell what was known that evening.
    """
    data = open_data()
    figures: list[dict[str, Any]] = []
    layers: dict[str, str] = {}
    for reading in read_all(data, territory):
        figure = reading.figure
        if figure is None:
            continue
        figures.append(
            {
                "indicator": reading.indicator.id,
                "value": figure.value,
                "year": figure.year,
                "unit": reading.indicator.unit.fr,
                "quality": [str(flag) for flag in figure.flags],
                "method": figure.method,
                "sources": list(figure.sources),
            }
        )
        for layer in figure.layers:
            layers.setdefault(layer, data.layers.manifest(layer).sha256)
    return figures, layers
