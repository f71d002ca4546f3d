"""
The records of an action plan: what a committee writes down.

Frozen values with no behaviour of their own: territory → sub-committees → objectives → actions →
milestones, with funding lines, pauses, evidence and linked indicators hanging from an action.
Dates are calendar days of the territory, instants are aware UTC datetimes, amounts are Canadian
dollars, progress is a share from 0 to 1. `None` means that nobody wrote it down, never zero.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum


class Status(StrEnum):
    """Where an action stands; being late is computed, never stored."""

    TO_NEGOTIATE = "to_negotiate"
    PLANNED = "planned"
    UNDER_WAY = "under_way"
    PAUSED = "paused"
    DONE = "done"
    DROPPED = "dropped"


class FundingKind(StrEnum):
    """Where money or goods come from."""

    MUNICIPAL = "municipal"
    PROVINCIAL = "provincial"
    FEDERAL = "federal"
    FOUNDATION = "foundation"
    AUTONOMOUS = "autonomous"
    IN_KIND = "in_kind"


class Aspect(StrEnum):
    """The four aspects of integrated development."""

    ECONOMIC = "economic"
    LOCAL = "local"
    SOCIAL_POLITICAL = "social_political"
    COMMUNITY = "community"


class PauseKind(StrEnum):
    """Why the clock stands still."""

    PAUSE = "pause"
    NEGOTIATION = "negotiation"


class EvidenceKind(StrEnum):
    """What a piece of evidence is."""

    REPORT = "report"
    FACT = "fact"
    LINK = "link"
    FILE = "file"


@dataclass(frozen=True, slots=True, kw_only=True)
class Milestone:
    """
    A step of an action.

    `weight` is any number >= 0 (missing counts as 1), `progress` a share from 0 to 1 (missing
    counts as 0), and a cancelled milestone leaves both sums of the roll-up.
    """

    id: str
    title: str
    title_en: str = ""
    due: date | None = None
    weight: float | None = None
    progress: float | None = None
    cancelled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FundingLine:
    """One source of money or goods for an action, in Canadian dollars."""

    id: str
    kind: FundingKind
    label: str = ""
    label_en: str = ""
    requested_cad: Decimal | None = None
    confirmed_cad: Decimal | None = None
    received_cad: Decimal | None = None
    spent_cad: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """
    Days that count neither as elapsed nor as late: from `start` included to `end` excluded.

    An open interval has no end. `end_to_confirm` says that the record of what happened is silent
    about the end, as opposed to a pause known to be going on.
    """

    id: str
    start: date
    end: date | None = None
    kind: PauseKind = PauseKind.PAUSE
    reason: str = ""
    reason_en: str = ""
    responsible: str = ""
    responsible_en: str = ""
    end_to_confirm: bool = False
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """A piece of evidence called upon by an action: the register's id and where in it to look."""

    id: str
    evidence: str
    page: str = ""
    note: str = ""
    note_en: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class IndicatorLink:
    """
    An indicator that an action contributes to, and the gap that it answers.

    Values are in the unit of the indicator's record; `_margin` is the half-width of the interval
    around the value (missing when unknown).
    """

    id: str
    indicator: str
    gap: str = ""
    gap_en: str = ""
    unit: str = ""
    baseline_value: float | None = None
    baseline_margin: float | None = None
    baseline_on: date | None = None
    target_value: float | None = None
    target_on: date | None = None
    latest_value: float | None = None
    latest_margin: float | None = None
    latest_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """
    What every record of the store has.

    Attributes
    ----------
    version : int
        Times the record was saved; the guard against two people saving at once.
    deleted : bool
        Deletion is a state: the record stays in the store and can come back.
    example : bool
        Belongs to the example plan; never added up with real records.
    en : dict
        English of the texts, by field name; a text without English shows in French.
    """

    id: str
    territory: str
    example: bool = False
    deleted: bool = False
    version: int = 0
    created_at: datetime | None = None
    updated_at: datetime | None = None
    en: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subcommittee(Record):
    """A citizens' sub-committee: people only as roles and counts."""

    name: str
    position: int = 0
    citizens_n: int | None = None
    roles: tuple[str, ...] = ()
    organizations: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Objective(Record):
    """What a sub-committee wants to reach."""

    subcommittee: str
    title: str
    description: str = ""
    position: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Action(Record):
    """
    Something to do: who, with whom, by when, with what money, because of what, for which figure.

    `owner` is a role or an organization; a person's coordinates live apart, under `contact`.
    `progress` is the share stated by hand, used when there is no milestone.
    """

    subcommittee: str
    title: str
    objective: str | None = None
    description: str = ""
    owner: str = ""
    contact: str | None = None
    organizations: tuple[str, ...] = ()
    status: Status = Status.PLANNED
    start: date | None = None
    due: date | None = None
    done_on: date | None = None
    progress: float | None = None
    weight: float | None = None
    aspects: tuple[Aspect, ...] = ()
    city_axes: tuple[str, ...] = ()
    scenario: str | None = None
    place: str = ""
    lon: float | None = None
    lat: float | None = None
    milestones: tuple[Milestone, ...] = ()
    funding: tuple[FundingLine, ...] = ()
    pauses: tuple[Pause, ...] = ()
    evidence: tuple[Citation, ...] = ()
    indicators: tuple[IndicatorLink, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting(Record):
    """A meeting of a sub-committee (or of the whole committee); attendance as counts only."""

    subcommittee: str | None
    held_at: datetime
    place: str = ""
    citizens_n: int | None = None
    workers_n: int | None = None
    partners_n: int | None = None
    notes: str = ""
    next_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision(Record):
    """A sentence that a meeting agreed on, and the action that it created or changed."""

    subcommittee: str
    text: str
    decided_on: date
    meeting: str | None = None
    action: str | None = None
    effect: str = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence(Record):
    """A report, a dated fact, a link or a file that indicators and actions cite."""

    kind: EvidenceKind
    title: str
    publisher: str = ""
    dated: str = ""
    statement: str = ""
    url: str = ""
    topic: str = ""
    confidence: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanPause(Record):
    """A pause or a negotiation of the whole plan of a territory."""

    kind: PauseKind
    start: date
    end: date | None = None
    reason: str = ""
    responsible: str = ""
    end_to_confirm: bool = False
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorReport(Record):
    """What a reader says is wrong beside a figure or a service, for the coordinator."""

    about: str
    text: str
    status: str = "open"
    answer: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant(Record):
    """A role given to an account; `territory` may be `*` for all of them."""

    account: str
    role: str
    subcommittee: str | None = None
