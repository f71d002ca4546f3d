"""Between records and rows, and between records and the JSON of history."""

from __future__ import annotations

import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Table

from revital.domain import plan_records as domain
from revital.domain.plan_records import Record
from revital.errors import UnknownIdError
from revital.store import plan_models as tables

Convert = Callable[[Any], Any]


@dataclass(frozen=True)
class PartKind:
    """A list field of a record that has a table of its own."""

    field: str
    record: type
    table: Table
    convert: Mapping[str, Convert]


@dataclass(frozen=True)
class Kind:
    """A kind of record: its class, its table, its columns and its parts."""

    name: str
    record: type[Record]
    table: Table
    columns: tuple[str, ...]
    convert: Mapping[str, Convert]
    parts: tuple[PartKind, ...]


def _converters(record: type) -> dict[str, Convert]:
    """Return what turns a column's value into the record's type, where they differ."""
    found: dict[str, Convert] = {}
    for name, hint in typing.get_type_hints(record).items():
        if isinstance(hint, type) and issubclass(hint, StrEnum):
            found[name] = _members(hint).__getitem__
        elif typing.get_origin(hint) is tuple:
            inner = typing.get_args(hint)[0]
            if isinstance(inner, type) and issubclass(inner, StrEnum):
                found[name] = _tuple_of(inner)
            else:
                found[name] = tuple
        elif isinstance(hint, types.GenericAlias) and hint.__origin__ is dict:
            found[name] = dict
    return found


def _members(words: type[StrEnum]) -> dict[str, StrEnum]:
    # A table of the members is five times quicker than calling the class, ten thousand times over.
    return {member.value: member for member in words}


def _tuple_of(inner: type[StrEnum]) -> Convert:
    known = _members(inner)
    return lambda values: tuple([known[v] for v in values])


def _kind(
    name: str, record: type[Record], row: type[tables.Base], **parts: tuple[type, type[tables.Base]]
) -> Kind:
    own = tuple(f.name for f in fields(record) if f.name not in parts)
    return Kind(
        name,
        record,
        tables.table_of(row),
        own,
        {k: v for k, v in _converters(record).items() if k in own},
        tuple(
            PartKind(field, part, tables.table_of(part_row), _converters(part))
            for field, (part, part_row) in parts.items()
        ),
    )


KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        _kind("subcommittee", domain.Subcommittee, tables.SubcommitteeRow),
        _kind("objective", domain.Objective, tables.ObjectiveRow),
        _kind(
            "action",
            domain.Action,
            tables.ActionRow,
            milestones=(domain.Milestone, tables.MilestoneRow),
            funding=(domain.FundingLine, tables.FundingRow),
            pauses=(domain.Pause, tables.PauseRow),
            evidence=(domain.Citation, tables.CitationRow),
            indicators=(domain.IndicatorLink, tables.IndicatorLinkRow),
        ),
        _kind("evidence", domain.Evidence, tables.EvidenceRow),
        _kind("plan_pause", domain.PlanPause, tables.PlanPauseRow),
        _kind("meeting", domain.Meeting, tables.MeetingRow),
        _kind("decision", domain.Decision, tables.DecisionRow),
        _kind("grant", domain.Grant, tables.GrantRow),
        _kind("error_report", domain.ErrorReport, tables.ErrorReportRow),
    )
}
_BY_CLASS = {kind.record: kind for kind in KINDS.values()}


def kind_of(record: Record) -> Kind:
    """Return the kind of a record."""
    return _BY_CLASS[type(record)]


def kind_of_class(record: type[Record]) -> Kind:
    """Return the kind of a class of records."""
    return _BY_CLASS[record]


def kind_named(name: str) -> Kind:
    """
    Return a kind by its name.

    Raises
    ------
    UnknownIdError
        When there is no such kind.
    """
    if name not in KINDS:
        raise UnknownIdError(
            "Le genre de fiche « {name} » est inconnu. Choisissez l'un de : {known}.",
            name=name,
            known=", ".join(KINDS),
        )
    return KINDS[name]


_ADAPTERS: dict[type[Record], TypeAdapter[Any]] = {}


def _adapter(record: type[Record]) -> TypeAdapter[Any]:
    if record not in _ADAPTERS:
        _ADAPTERS[record] = TypeAdapter(record)
    return _ADAPTERS[record]


def to_payload(record: Record) -> dict[str, Any]:
    """Return the whole record as JSON values."""
    return typing.cast(dict[str, Any], _adapter(type(record)).dump_python(record, mode="json"))


def from_payload(kind: Kind, payload: Mapping[str, Any]) -> Record:
    """Return the record that `to_payload` wrote; fields added since keep their default."""
    known = {f.name for f in fields(kind.record)}
    return typing.cast(
        Record,
        _adapter(kind.record).validate_python({k: v for k, v in payload.items() if k in known}),
    )


def to_row(kind: Kind, record: Record) -> dict[str, Any]:
    """Return the values of the record's own columns."""
    return {name: _plain(getattr(record, name)) for name in kind.columns}


def part_rows(part: PartKind, record: Record) -> list[dict[str, Any]]:
    """Return the rows of one of the record's lists."""
    return [
        {f.name: _plain(getattr(item, f.name)) for f in fields(part.record)}
        | {"action_id": record.id, "position": position}
        for position, item in enumerate(getattr(record, part.field))
    ]


def _plain(value: Any) -> Any:
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, tuple):
        return [_plain(v) for v in value]
    return value
