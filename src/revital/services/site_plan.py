"""The plan as anyone may read it without a server: what the public page shows, never more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from revital.i18n import Translator
from revital.services import plan as plans
from revital.services.authorization import visitor
from revital.services.plan_charts import funding_rows, funding_stages
from revital.services.plan_document import documented_pause
from revital.services.plan_structure import open_plan
from revital.services.plan_words import STATUS_WORDS, label, text


@dataclass(frozen=True)
class SiteLane:
    """A sub-committee: its actions by state in words, its progress and the next date, or ""."""

    name: str
    total: int
    states: str
    progress: str
    next_date: str


@dataclass(frozen=True)
class SitePlan:
    """
    The public plan: counts, dates and amounts, never an action by itself or a person.

    Attributes
    ----------
    total : int
    mark : str
        What must be said first when it is an example; empty for the real plan.
    statuses : tuple of (str, int)
    lanes : tuple of SiteLane
        Every sub-committee, those without an action too.
    pauses : tuple of str
        Pauses and negotiations of the plan, each with its source's precision.
    stages : tuple of str
        Heads of the amounts.
    funding : tuple of (str, tuple of str)
        Source and its amounts in words, empty where nobody wrote one down.
    progress : str
        Mean progress in words, empty where nothing is measured.
    """

    total: int
    mark: str
    statuses: tuple[tuple[str, int], ...]
    lanes: tuple[SiteLane, ...]
    pauses: tuple[str, ...]
    stages: tuple[str, ...]
    funding: tuple[tuple[str, tuple[str, ...]], ...]
    progress: str


def site_plan(territory_id: str, t: Translator) -> SitePlan:
    """Return the plan of a territory as the public may read it; the example only when alone."""
    here = open_plan(territory_id, actor=visitor("public"))
    scope = plans.default_scope(here)
    found = plans.board(here, scope)
    example = scope == "example"
    return SitePlan(
        total=found.total_n,
        mark=t("Plan d'exemple : tout y est inventé, pour montrer la page.") if example else "",
        statuses=tuple((label(t, STATUS_WORDS, s), n) for s, n in found.counts.items() if n),
        lanes=tuple(_lane(lane, t) for lane in found.lanes),
        pauses=tuple(documented_pause(p, t) for p in found.pauses),
        stages=funding_stages(t),
        funding=tuple((row.label, row.texts) for row in funding_rows(found, t)),
        progress="" if found.progress is None else t.percent(found.progress, 0),
    )


def _lane(lane: plans.Lane, t: Translator) -> SiteLane:
    return SiteLane(
        name=text(lane.subcommittee, "name", t.lang),
        total=lane.total_n,
        states=_states(lane.counts, t),
        progress="" if lane.progress is None else t.percent(lane.progress, 0),
        next_date=t.date(lane.next_deadline.on) if lane.next_deadline else "",
    )


def _states(counts: Mapping[str, int], t: Translator) -> str:
    return ", ".join(f"{label(t, STATUS_WORDS, s)} ({t.number(n)})" for s, n in counts.items() if n)
