"""The example plan: added and removed in one go, never with or into real records."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from revital.catalogue.models import Text
from revital.catalogue.plan_records import ExampleAction, ExampleMeeting, example_plans
from revital.domain.plan_records import (
    Action,
    Aspect,
    Citation,
    Decision,
    FundingKind,
    FundingLine,
    IndicatorLink,
    Meeting,
    Milestone,
    Pause,
    PauseKind,
    Record,
    Status,
)
from revital.errors import UnknownIdError
from revital.services.authorization import Command, require_rate
from revital.services.plan import Plan

_KINDS: tuple[type[Record], ...] = (Action, Meeting, Decision)


def has_example(plan: Plan) -> bool:
    """Return whether an example plan is offered for this territory."""
    return plan.territory in example_plans()


def add_example(plan: Plan) -> int:
    """
    Add the example plan, or put back what was removed of it; return how many actions it has.

    Raises
    ------
    NotAllowedError
    UnknownIdError
        When no example is offered for the territory.
    """
    plan.actor.require(Command.MANAGE_EXAMPLE, plan.territory)
    require_rate(plan.store, plan.actor)
    if not has_example(plan):
        raise UnknownIdError(
            "Aucun plan d'exemple n'est offert pour le territoire « {id} ».", id=plan.territory
        )
    example = example_plans()[plan.territory]
    records: list[Record] = [_action(plan, a) for a in example.actions]
    for meeting in example.meetings:
        records += _meeting(plan, meeting)
    with plan.store.transaction(plan.actor.account) as transaction:
        for record in records:
            stored = transaction.get(type(record), record.id)
            if stored is not None and not stored.deleted:
                continue
            transaction.save(replace(record, version=stored.version if stored else 0))
    return len(example.actions)


def remove_example(plan: Plan) -> int:
    """Remove everything that is marked as an example; return how many records left."""
    plan.actor.require(Command.MANAGE_EXAMPLE, plan.territory)
    removed = 0
    with plan.store.transaction(plan.actor.account) as transaction:
        for kind in _KINDS:
            for record in plan.store.all(kind, territory=plan.territory, example=True):
                transaction.save(replace(record, deleted=True))
                removed += 1
    return removed


def _day(plan: Plan, offset: int | None) -> date | None:
    return None if offset is None else plan.today + timedelta(days=offset)


def _action(plan: Plan, record: ExampleAction) -> Action:
    english = {"title": record.title.en, "description": record.description.en}
    if record.owner:
        english["owner"] = record.owner.en
    if record.place:
        english["place"] = record.place.en
    if record.organizations:
        english["organizations"] = "\n".join(o.en for o in record.organizations)
    return Action(
        id=f"{plan.territory}.{record.id}",
        territory=plan.territory,
        example=True,
        en=english,
        subcommittee=record.sub_committee,
        title=record.title.fr,
        description=record.description.fr,
        owner=record.owner.fr if record.owner else "",
        organizations=tuple(o.fr for o in record.organizations),
        status=Status(record.status),
        start=_day(plan, record.start_day),
        due=_day(plan, record.due_day),
        done_on=_day(plan, record.done_day),
        progress=record.progress,
        weight=record.weight,
        aspects=tuple(Aspect(a) for a in record.aspects),
        city_axes=record.city_axes,
        place=record.place.fr if record.place else "",
        lon=record.lon,
        lat=record.lat,
        milestones=tuple(
            Milestone(
                id=f"m{n}",
                title=m.title.fr,
                title_en=m.title.en,
                due=_day(plan, m.due_day),
                weight=m.weight,
                progress=m.progress,
            )
            for n, m in enumerate(record.milestones, 1)
        ),
        funding=tuple(
            FundingLine(
                id=f"f{n}",
                kind=FundingKind(line.kind),
                label=line.label.fr,
                label_en=line.label.en,
                requested_cad=_money(line.requested_cad),
                confirmed_cad=_money(line.confirmed_cad),
                received_cad=_money(line.received_cad),
                spent_cad=_money(line.spent_cad),
            )
            for n, line in enumerate(record.funding, 1)
        ),
        pauses=tuple(
            Pause(
                id=f"p{n}",
                kind=PauseKind(p.kind),
                start=plan.today + timedelta(days=p.start_day),
                end=_day(plan, p.end_day),
                reason=p.reason.fr,
                reason_en=p.reason.en,
                responsible=p.responsible.fr,
                responsible_en=p.responsible.en,
            )
            for n, p in enumerate(record.pauses, 1)
        ),
        evidence=tuple(
            Citation(id=f"e{n}", evidence=id_) for n, id_ in enumerate(record.evidence, 1)
        ),
        indicators=tuple(
            IndicatorLink(
                id=f"i{n}",
                indicator=link.indicator,
                gap=link.gap.fr,
                gap_en=link.gap.en,
                unit=_both(link.unit),
                baseline_value=link.baseline_value,
                baseline_margin=link.baseline_margin,
                baseline_on=_day(plan, link.baseline_day),
                target_value=link.target_value,
                target_on=_day(plan, link.target_day),
                latest_value=link.latest_value,
                latest_margin=link.latest_margin,
                latest_on=_day(plan, link.latest_day),
            )
            for n, link in enumerate(record.indicators, 1)
        ),
    )


def _meeting(plan: Plan, record: ExampleMeeting) -> list[Record]:
    day = plan.today + timedelta(days=record.held_day)
    held = datetime.combine(day, time(18, 30), plan.zone).astimezone(UTC)
    meeting = Meeting(
        id=f"{plan.territory}.{record.id}",
        territory=plan.territory,
        example=True,
        en={"place": record.place.en, "notes": record.notes.en},
        subcommittee=record.sub_committee,
        held_at=held,
        place=record.place.fr,
        citizens_n=record.citizens_n,
        workers_n=record.workers_n,
        partners_n=record.partners_n,
        notes=record.notes.fr,
    )
    return [
        meeting,
        *(
            Decision(
                id=f"{meeting.id}.d{n}",
                territory=plan.territory,
                example=True,
                en={"text": text.en},
                subcommittee=record.sub_committee,
                text=text.fr,
                decided_on=day,
                meeting=meeting.id,
            )
            for n, text in enumerate(record.decisions, 1)
        ),
    ]


def _money(value: int | None) -> Decimal | None:
    return None if value is None else Decimal(value)


def _both(text: Text) -> str:
    # A unit is a short word, kept as one string: `français | English`.
    return f"{text.fr} | {text.en}"
