"""Project sheets: the story of a project in four steps, from records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from revital.catalogue.plan_records import ProjectSheet, project_sheet, project_sheets
from revital.i18n import Translator
from revital.services.plan_words import ASPECT_WORDS, STEP_WORDS


@dataclass(frozen=True)
class SheetStep:
    """A step in one language; no point where the source says nothing of it."""

    id: str
    title: str
    points: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class SheetFigure:
    """A figure of a sheet, formatted in the language."""

    label: str
    value: str
    unit: str
    dated: str


@dataclass(frozen=True)
class Sheet:
    """A project sheet in one language."""

    id: str
    title: str
    organization: str
    place: str
    period: str
    stage: str
    summary: str
    aspects: tuple[str, ...]
    partners: tuple[str, ...]
    figures: tuple[SheetFigure, ...]
    steps: tuple[SheetStep, ...]
    next_steps: tuple[str, ...]
    success_factors: tuple[str, ...]
    source: str
    source_url: str | None
    territory: str | None


def list_sheets(t: Translator) -> list[tuple[str, str]]:
    """Return the ids and titles of the sheets, in reading order."""
    return [(s.id, t.of(s.title)) for s in project_sheets().values()]


def sheet(sheet_id: str, t: Translator) -> Sheet:
    """
    Return a project sheet in the language.

    Raises
    ------
    UnknownIdError
    """
    return _in_language(project_sheet(sheet_id), t)


def _in_language(record: ProjectSheet, t: Translator) -> Sheet:
    source = record.source
    words = [t.of(source.title), t.of(source.publisher), source.dated]
    return Sheet(
        id=record.id,
        title=t.of(record.title),
        organization=t.of(record.organization),
        place=t.of(record.place),
        period=t.of(record.period),
        stage=t.of(record.stage),
        summary=t.of(record.summary),
        aspects=tuple(t(ASPECT_WORDS[a]) for a in record.aspects),
        partners=tuple(t.of(p) for p in record.partners),
        figures=tuple(
            SheetFigure(
                t.of(f.label),
                t.signed(f.value, f.decimals) if f.value < 0 else t.number(f.value, f.decimals),
                t.of(f.unit),
                f.dated,
            )
            for f in record.figures
        ),
        steps=tuple(
            SheetStep(
                s.step,
                t(STEP_WORDS[s.step]),
                tuple((t.of(p.when) if p.when else "", t.of(p.text)) for p in s.points),
            )
            for s in record.steps
        ),
        next_steps=tuple(t.of(x) for x in record.next_steps),
        success_factors=tuple(t.of(x) for x in record.success_factors),
        source=", ".join(dict.fromkeys(w for w in words if w)),
        source_url=source.url,
        territory=record.territory,
    )


def as_rows(found: Sheet) -> list[dict[str, Any]]:
    """Return the lines of a sheet, for a table: step, when, text."""
    return [
        {"step": step.title, "when": when, "text": text}
        for step in found.steps
        for when, text in step.points
    ]
