"""
The evidence register: triggering reports, dated facts of the pack, pieces that people added.

One list, topic by topic. Two pieces that disagree are both there, each naming the other: the ones
that a record says disagree, and facts that give the same thing different values.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from revital.domain.plan_records import Evidence, EvidenceKind
from revital.i18n import Translator
from revital.services.authorization import Command
from revital.services.data import Data
from revital.services.facts import Fact, timeline
from revital.services.plan import Board
from revital.services.plan_structure import Plan, evidence
from revital.services.plan_words import text

PLAN, PACK, PEOPLE = "plan", "pack", "people"


@dataclass(frozen=True)
class Entry:
    """
    A piece of evidence, in the reader's language.

    Attributes
    ----------
    id : str
        What actions cite it by.
    origin : {"plan", "pack", "people"}
        The plan's record, the data pack, or somebody's hand.
    value, unit
        For a fact with a figure; missing otherwise.
    confirmed : bool
        False while it waits to be checked.
    actions : tuple of str
        Titles of the actions that cite it (none for the public).
    indicators : tuple of str
        Ids of the indicators that it bears on.
    disagrees : tuple of str
        Ids of the pieces that say otherwise.
    """

    id: str
    origin: str
    kind: str
    topic: str
    title: str
    statement: str
    value: float | None
    unit: str
    publisher: str
    dated: str
    url: str
    confirmed: bool
    actions: tuple[str, ...] = ()
    indicators: tuple[str, ...] = ()
    disagrees: tuple[str, ...] = ()


def register(plan: Plan, data: Data, t: Translator, board: Board | None = None) -> list[Entry]:
    """
    Return the register, topic by topic: the plan's own pieces first, then the pack's facts.

    Parameters
    ----------
    plan : Plan
    data : Data
    t : Translator
    board : Board, optional
        Whose actions cite the pieces; none by default.

    Raises
    ------
    NotAllowedError
    """
    plan.actor.require(Command.READ_PLAN, plan.territory)
    found = [*_own(plan, t), *_facts(plan, data, t)]
    order: dict[str, int] = {}
    for entry in found:
        order.setdefault(entry.topic, len(order))
    cited = _cited(board, t)
    against = _disagreements(plan, found)
    return [
        replace(
            entry,
            actions=tuple(cited.get(entry.id, ())),
            disagrees=tuple(sorted(against.get(entry.id, ()))),
        )
        for entry in sorted(found, key=lambda e: order[e.topic])
    ]


def topics(entries: Iterable[Entry]) -> dict[str, list[Entry]]:
    """Return the entries by topic, in order."""
    found: dict[str, list[Entry]] = {}
    for entry in entries:
        found.setdefault(entry.topic, []).append(entry)
    return found


def disagreements(entries: Iterable[Entry]) -> list[tuple[Entry, ...]]:
    """Return the groups of entries that disagree, each once."""
    known = {e.id: e for e in entries}
    seen: set[frozenset[str]] = set()
    found = []
    for entry in known.values():
        group = frozenset({entry.id, *entry.disagrees})
        if entry.disagrees and group not in seen:
            seen.add(group)
            found.append(tuple(e for e in known.values() if e.id in group))
    return found


def as_payload(entry: Entry) -> dict[str, Any]:
    """Return an entry as JSON values."""
    return {name: getattr(entry, name) for name in Entry.__dataclass_fields__}


def said(entry: Entry, t: Translator) -> str:
    """Return what an entry says, with its figure where the sentence does not hold it."""
    if entry.value is None:
        return entry.statement
    decimals = 0 if float(entry.value).is_integer() else 1
    return f"{t.number(entry.value, decimals)} {entry.unit} · {entry.statement}"


def _own(plan: Plan, t: Translator) -> list[Entry]:
    documented = {e.id: e for e in plan.record.evidence} if plan.record else {}
    return [
        _piece(e, documented[e.id].indicators if e.id in documented else None, t)
        for e in evidence(plan)
    ]


def _piece(piece: Evidence, indicators: tuple[str, ...] | None, t: Translator) -> Entry:
    return Entry(
        id=piece.id,
        origin=PEOPLE if indicators is None else PLAN,
        kind=piece.kind.value,
        topic=text(piece, "topic", t.lang),
        title=text(piece, "title", t.lang),
        statement=text(piece, "statement", t.lang),
        value=None,
        unit="",
        publisher=text(piece, "publisher", t.lang),
        dated=piece.dated,
        url=piece.url,
        confirmed=piece.confidence != "low",
        indicators=indicators or (),
    )


def _facts(plan: Plan, data: Data, t: Translator) -> list[Entry]:
    bears_on = plan.record.fact_topics if plan.record else {}
    return [_fact(f, bears_on.get(f.topic_id, ()), t) for f in timeline(data, plan.territory)]


def _fact(fact: Fact, indicators: tuple[str, ...], t: Translator) -> Entry:
    return Entry(
        id=fact.id,
        origin=PACK,
        kind=EvidenceKind.FACT.value,
        topic=t.of(fact.topic),
        title=t.of(fact.statement),
        statement=t.of(fact.statement),
        value=fact.value,
        unit=t.of(fact.unit) if fact.unit else "",
        publisher=fact.source,
        dated=t.of(fact.date_text),
        url=fact.url,
        confirmed=fact.confirmed,
        indicators=indicators,
    )


def _cited(board: Board | None, t: Translator) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for view in board.actions if board is not None else ():
        for citation in view.action.evidence:
            found.setdefault(citation.evidence, []).append(text(view.action, "title", t.lang))
    return found


def _disagreements(plan: Plan, entries: list[Entry]) -> dict[str, set[str]]:
    known = {e.id for e in entries}
    against: dict[str, set[str]] = defaultdict(set)
    for piece in plan.record.evidence if plan.record else ():
        other = piece.disagrees_with
        if other is not None and {piece.id, other} <= known:
            against[piece.id].add(other)
            against[other].add(piece.id)
    # The same thing, at the same time, in the same unit, with another value.
    same: dict[tuple[str, ...], list[Entry]] = defaultdict(list)
    for entry in entries:
        if entry.value is not None:
            same[entry.topic, entry.statement, entry.dated, entry.unit].append(entry)
    for group in same.values():
        for one in group:
            against[one.id] |= {o.id for o in group if o.value != one.value}
    return against
