"""
Records of plans: what is documented of a plan, the example plan, the project sheets.

Same rules as the rest of the catalogue: strict, frozen, one YAML file each, both languages.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from importlib import resources
from typing import Literal, TypeVar

from pydantic import Field, model_validator

from revital.catalogue.load import _read_yaml as read_yaml
from revital.catalogue.load import parse
from revital.catalogue.models import Id, Record, Text
from revital.errors import CatalogueError, UnknownIdError

AspectId = Literal["economic", "local", "social_political", "community"]
FundingId = Literal["municipal", "provincial", "federal", "foundation", "autonomous", "in_kind"]
StatusId = Literal["to_negotiate", "planned", "under_way", "paused", "done", "dropped"]
Step = Literal["trigger", "characterization", "modelization", "implementation"]
STEPS: tuple[Step, ...] = ("trigger", "characterization", "modelization", "implementation")


class SourceNote(Record):
    """Where a documented fact was read: the public title of the publication."""

    title: Text
    publisher: Text
    dated: str
    url: str | None = None


class PauseFact(Record):
    """
    A documented pause or negotiation of the whole plan.

    `start` is the first day of the period that the source names; `dated` says how precisely.
    """

    id: Id
    kind: Literal["pause", "negotiation"]
    start: date
    end: date | None = None
    dated: Text
    end_to_confirm: bool = False
    reason: Text
    responsible: Text
    source: Id


class EvidenceFact(Record):
    """
    A report or a dated fact of the evidence register; `topic` gathers those to compare.

    `disagrees_with` names the piece that says otherwise; `indicators` the figures that it bears on.
    """

    id: Id
    kind: Literal["report", "fact", "link"]
    title: Text
    publisher: Text
    dated: str = ""
    statement: Text | None = None
    topic: Text
    source: Id
    confidence: Literal["high", "medium", "low"] = "high"
    disagrees_with: Id | None = None
    indicators: tuple[Id, ...] = ()


class Axis(Record):
    """An axis of the City's own plan, for the crosswalk."""

    id: Id
    title: Text


class CityPlan(Record):
    """The City's plan that the actions are compared with."""

    title: Text
    dated: str
    url: str | None = None
    axes: tuple[Axis, ...]


class PlanRecord(Record):
    """
    What is documented of a territory's plan, apart from what its committee writes.

    `fact_topics` says on which indicators the pack's dated facts bear, topic by topic.
    """

    id: Id
    aims: tuple[Text, ...] = ()
    zone: str = "America/Toronto"
    sources: dict[Id, SourceNote]
    pauses: tuple[PauseFact, ...] = ()
    evidence: tuple[EvidenceFact, ...] = ()
    fact_topics: dict[Id, tuple[Id, ...]] = Field(default_factory=dict)
    city_plan: CityPlan | None = None

    @model_validator(mode="after")
    def _sources_exist(self) -> PlanRecord:
        cited = [(p.id, p.source) for p in self.pauses] + [(e.id, e.source) for e in self.evidence]
        for id_, source in cited:
            if source not in self.sources:
                raise ValueError(f"source '{source}' of '{id_}' is not in sources")
        known = {e.id for e in self.evidence}
        for piece in self.evidence:
            if piece.disagrees_with is not None and piece.disagrees_with not in known:
                raise ValueError(f"'{piece.id}' disagrees with an unknown piece")
        return self


class ExampleMilestone(Record):
    """A milestone of the example; days are counted from the day the example is added."""

    title: Text
    due_day: int | None = None
    weight: float | None = Field(default=None, ge=0)
    progress: float | None = Field(default=None, ge=0, le=1)


class ExampleFunding(Record):
    """A funding line of the example."""

    kind: FundingId
    label: Text
    requested_cad: int | None = None
    confirmed_cad: int | None = None
    received_cad: int | None = None
    spent_cad: int | None = None


class ExamplePause(Record):
    """A pause of the example."""

    kind: Literal["pause", "negotiation"]
    start_day: int
    end_day: int | None = None
    reason: Text
    responsible: Text


class ExampleIndicator(Record):
    """An indicator link of the example."""

    indicator: Id
    gap: Text
    unit: Text
    baseline_value: float | None = None
    baseline_margin: float | None = None
    baseline_day: int | None = None
    target_value: float | None = None
    target_day: int | None = None
    latest_value: float | None = None
    latest_margin: float | None = None
    latest_day: int | None = None


class ExampleAction(Record):
    """An action of the example plan: roles and kinds of organizations, no person."""

    id: Id
    sub_committee: Id
    title: Text
    description: Text
    owner: Text | None = None
    organizations: tuple[Text, ...] = ()
    status: StatusId
    start_day: int | None = None
    due_day: int | None = None
    done_day: int | None = None
    progress: float | None = Field(default=None, ge=0, le=1)
    weight: float | None = Field(default=None, ge=0)
    aspects: tuple[AspectId, ...] = ()
    city_axes: tuple[Id, ...] = ()
    place: Text | None = None
    lon: float | None = None
    lat: float | None = None
    milestones: tuple[ExampleMilestone, ...] = ()
    funding: tuple[ExampleFunding, ...] = ()
    pauses: tuple[ExamplePause, ...] = ()
    evidence: tuple[Id, ...] = ()
    indicators: tuple[ExampleIndicator, ...] = ()


class ExampleMeeting(Record):
    """A meeting of the example."""

    id: Id
    sub_committee: Id
    held_day: int
    place: Text
    citizens_n: int
    workers_n: int
    partners_n: int
    notes: Text
    decisions: tuple[Text, ...] = ()


class ExamplePlan(Record):
    """An invented plan, to show how revital works on a territory whose plan is not public."""

    id: Id
    actions: tuple[ExampleAction, ...]
    meetings: tuple[ExampleMeeting, ...] = ()


class ProjectPoint(Record):
    """A dated or undated line of a step."""

    when: Text | None = None
    text: Text


class ProjectFigure(Record):
    """A figure that the source gives for a project."""

    value: float
    decimals: int = 0
    unit: Text
    label: Text
    dated: str = ""


class ProjectStep(Record):
    """One of the four steps of a project sheet; no point when the source says nothing of it."""

    step: Step
    points: tuple[ProjectPoint, ...] = ()


class ProjectSheet(Record):
    """A project told in the four steps of the community economic development corporations."""

    id: Id
    order: int = 100
    territory: Id | None = None
    title: Text
    organization: Text
    place: Text
    period: Text
    stage: Text
    summary: Text
    aspects: tuple[AspectId, ...] = ()
    partners: tuple[Text, ...] = ()
    figures: tuple[ProjectFigure, ...] = ()
    steps: tuple[ProjectStep, ...]
    next_steps: tuple[Text, ...] = ()
    success_factors: tuple[Text, ...] = ()
    source: SourceNote

    @model_validator(mode="after")
    def _four_steps(self) -> ProjectSheet:
        if tuple(s.step for s in self.steps) != STEPS:
            raise ValueError(f"steps must be {', '.join(STEPS)}, in this order")
        return self


R = TypeVar("R", PlanRecord, ExamplePlan, ProjectSheet)


def _read(folder: str, model: type[R]) -> dict[str, R]:
    records: dict[str, R] = {}
    root = resources.files("revital.catalogue") / folder
    for entry in sorted(root.iterdir(), key=lambda e: e.name):
        if not entry.name.endswith(".yml"):
            continue
        record = parse(model, read_yaml(entry), f"{folder}/{entry.name}")
        if entry.name != f"{record.id}.yml":
            raise CatalogueError(
                "Fiche « {file} » du catalogue : l'identifiant « {id} » doit être le nom du "
                "fichier. Renommez l'un ou l'autre.",
                file=f"{folder}/{entry.name}",
                id=record.id,
            )
        records[record.id] = record
    return records


@lru_cache(maxsize=1)
def plan_records() -> dict[str, PlanRecord]:
    """Return what is documented of each territory's plan, by territory."""
    return _read("plans", PlanRecord)


@lru_cache(maxsize=1)
def example_plans() -> dict[str, ExamplePlan]:
    """Return the example plans, by territory."""
    return _read("examples", ExamplePlan)


@lru_cache(maxsize=1)
def project_sheets() -> dict[str, ProjectSheet]:
    """Return the project sheets by id, in reading order."""
    sheets = _read("projects", ProjectSheet)
    return {s.id: s for s in sorted(sheets.values(), key=lambda s: (s.order, s.id))}


def project_sheet(sheet_id: str) -> ProjectSheet:
    """
    Return a project sheet.

    Raises
    ------
    UnknownIdError
        When there is none with this id.
    """
    sheets = project_sheets()
    if sheet_id not in sheets:
        raise UnknownIdError(
            "La fiche de projet « {id} » est inconnue. Choisissez l'une de : {known}.",
            id=sheet_id,
            known=", ".join(sheets),
        )
    return sheets[sheet_id]
