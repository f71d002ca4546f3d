"""
Tables of the plan's store.

Portable on purpose: types that SQLite and PostgreSQL both have, instants as naive UTC, money as
integer cents, lists as JSON. Every editable record has a `version`, the guard of optimistic
locking. Contact details and sign-in identities have a table of their own, which neither history,
exports nor snapshots ever read, so that erasing a row erases the person.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any, cast

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Date,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

#: Revision of the newest migration; a test holds it equal to the script directory's head.
HEAD = "0003"


class Instant(TypeDecorator[datetime]):
    """An aware datetime, kept as naive UTC because SQLite has no time zones."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the instant in UTC, without its zone."""
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Return the instant as aware UTC."""
        return None if value is None else value.replace(tzinfo=UTC)


class Cents(TypeDecorator[Decimal]):
    """Canadian dollars, kept as whole cents: exact in every database."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:
        """Return the amount in cents."""
        if value is None:
            return None
        return int((value * 100).to_integral_value(rounding=ROUND_HALF_EVEN))

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        """Return the amount in dollars."""
        return None if value is None else Decimal(value).scaleb(-2)


class Base(DeclarativeBase):
    """Metadata with named constraints, so that migrations can drop them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


def table_of(row: type[Base]) -> Table:
    """Return the table of a mapped class."""
    return cast(Table, row.__table__)


_Id = String(64)


class _Tracked:
    id: Mapped[str] = mapped_column(_Id, primary_key=True)
    territory: Mapped[str] = mapped_column(_Id, index=True)
    example: Mapped[bool] = mapped_column(Boolean, default=False)
    deleted: Mapped[bool] = mapped_column(Boolean, default=False)
    version: Mapped[int] = mapped_column(Integer)
    created_at: Mapped[datetime | None] = mapped_column(Instant)
    updated_at: Mapped[datetime | None] = mapped_column(Instant)
    en: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


class SubcommitteeRow(_Tracked, Base):
    """Sub-committees that were edited; the others come from the territory's record."""

    __tablename__ = "subcommittees"
    name: Mapped[str] = mapped_column(Text)
    position: Mapped[int] = mapped_column(Integer, default=0)
    citizens_n: Mapped[int | None] = mapped_column(Integer)
    roles: Mapped[list[Any]] = mapped_column(JSON, default=list)
    organizations: Mapped[list[Any]] = mapped_column(JSON, default=list)


class ObjectiveRow(_Tracked, Base):
    """Objectives of sub-committees."""

    __tablename__ = "objectives"
    subcommittee: Mapped[str] = mapped_column(_Id)
    title: Mapped[str] = mapped_column(Text)
    description: Mapped[str] = mapped_column(Text, default="")
    position: Mapped[int] = mapped_column(Integer, default=0)


class ActionRow(_Tracked, Base):
    """Actions."""

    __tablename__ = "actions"
    subcommittee: Mapped[str] = mapped_column(_Id)
    title: Mapped[str] = mapped_column(Text)
    objective: Mapped[str | None] = mapped_column(_Id)
    description: Mapped[str] = mapped_column(Text, default="")
    owner: Mapped[str] = mapped_column(Text, default="")
    contact: Mapped[str | None] = mapped_column(_Id)
    organizations: Mapped[list[Any]] = mapped_column(JSON, default=list)
    status: Mapped[str] = mapped_column(String(32))
    start: Mapped[date | None] = mapped_column(Date)
    due: Mapped[date | None] = mapped_column(Date)
    done_on: Mapped[date | None] = mapped_column(Date)
    progress: Mapped[float | None] = mapped_column(Float)
    weight: Mapped[float | None] = mapped_column(Float)
    aspects: Mapped[list[Any]] = mapped_column(JSON, default=list)
    city_axes: Mapped[list[Any]] = mapped_column(JSON, default=list)
    scenario: Mapped[str | None] = mapped_column(String(128))
    place: Mapped[str] = mapped_column(Text, default="")
    lon: Mapped[float | None] = mapped_column(Float)
    lat: Mapped[float | None] = mapped_column(Float)


class _Part:
    """A line of an action; its id is unique within the action, its position orders it."""

    action_id: Mapped[str] = mapped_column(
        _Id, ForeignKey("actions.id", ondelete="CASCADE"), primary_key=True
    )
    id: Mapped[str] = mapped_column(_Id, primary_key=True)
    position: Mapped[int] = mapped_column(Integer)


class MilestoneRow(_Part, Base):
    """Milestones of actions."""

    __tablename__ = "milestones"
    title: Mapped[str] = mapped_column(Text)
    title_en: Mapped[str] = mapped_column(Text, default="")
    due: Mapped[date | None] = mapped_column(Date)
    weight: Mapped[float | None] = mapped_column(Float)
    progress: Mapped[float | None] = mapped_column(Float)
    cancelled: Mapped[bool] = mapped_column(Boolean, default=False)


class FundingRow(_Part, Base):
    """Funding lines of actions."""

    __tablename__ = "funding_lines"
    kind: Mapped[str] = mapped_column(String(32))
    label: Mapped[str] = mapped_column(Text, default="")
    label_en: Mapped[str] = mapped_column(Text, default="")
    requested_cad: Mapped[Decimal | None] = mapped_column(Cents)
    confirmed_cad: Mapped[Decimal | None] = mapped_column(Cents)
    received_cad: Mapped[Decimal | None] = mapped_column(Cents)
    spent_cad: Mapped[Decimal | None] = mapped_column(Cents)


class PauseRow(_Part, Base):
    """Pauses and negotiations of actions."""

    __tablename__ = "pauses"
    start: Mapped[date] = mapped_column(Date)
    end: Mapped[date | None] = mapped_column(Date)
    kind: Mapped[str] = mapped_column(String(32))
    reason: Mapped[str] = mapped_column(Text, default="")
    reason_en: Mapped[str] = mapped_column(Text, default="")
    responsible: Mapped[str] = mapped_column(Text, default="")
    responsible_en: Mapped[str] = mapped_column(Text, default="")
    end_to_confirm: Mapped[bool] = mapped_column(Boolean, default=False)
    source: Mapped[str] = mapped_column(Text, default="")


class CitationRow(_Part, Base):
    """Evidence cited by actions."""

    __tablename__ = "citations"
    evidence: Mapped[str] = mapped_column(_Id)
    page: Mapped[str] = mapped_column(Text, default="")
    note: Mapped[str] = mapped_column(Text, default="")
    note_en: Mapped[str] = mapped_column(Text, default="")


class IndicatorLinkRow(_Part, Base):
    """Indicators that actions contribute to."""

    __tablename__ = "indicator_links"
    indicator: Mapped[str] = mapped_column(_Id)
    gap: Mapped[str] = mapped_column(Text, default="")
    gap_en: Mapped[str] = mapped_column(Text, default="")
    unit: Mapped[str] = mapped_column(Text, default="")
    baseline_value: Mapped[float | None] = mapped_column(Float)
    baseline_margin: Mapped[float | None] = mapped_column(Float)
    baseline_on: Mapped[date | None] = mapped_column(Date)
    target_value: Mapped[float | None] = mapped_column(Float)
    target_on: Mapped[date | None] = mapped_column(Date)
    latest_value: Mapped[float | None] = mapped_column(Float)
    latest_margin: Mapped[float | None] = mapped_column(Float)
    latest_on: Mapped[date | None] = mapped_column(Date)


class EvidenceRow(_Tracked, Base):
    """The evidence register, beside the records that come with the territory."""

    __tablename__ = "evidence"
    kind: Mapped[str] = mapped_column(String(32))
    title: Mapped[str] = mapped_column(Text)
    publisher: Mapped[str] = mapped_column(Text, default="")
    dated: Mapped[str] = mapped_column(String(64), default="")
    statement: Mapped[str] = mapped_column(Text, default="")
    url: Mapped[str] = mapped_column(Text, default="")
    topic: Mapped[str] = mapped_column(Text, default="")
    confidence: Mapped[str] = mapped_column(String(32), default="")


class PlanPauseRow(_Tracked, Base):
    """Pauses of a whole plan, confirmed or added by the coordinator."""

    __tablename__ = "plan_pauses"
    kind: Mapped[str] = mapped_column(String(32))
    start: Mapped[date] = mapped_column(Date)
    end: Mapped[date | None] = mapped_column(Date)
    reason: Mapped[str] = mapped_column(Text, default="")
    responsible: Mapped[str] = mapped_column(Text, default="")
    end_to_confirm: Mapped[bool] = mapped_column(Boolean, default=False)
    source: Mapped[str] = mapped_column(Text, default="")


class GrantRow(_Tracked, Base):
    """Roles of accounts; `territory` is `*` for all of them."""

    __tablename__ = "grants"
    account: Mapped[str] = mapped_column(_Id, index=True)
    role: Mapped[str] = mapped_column(String(32))
    subcommittee: Mapped[str | None] = mapped_column(_Id)


class HistoryRow(Base):
    """
    What changed: rows are only ever added.

    `before` and `after` hold the whole record, without contact details.
    """

    __tablename__ = "history"
    # A plain INTEGER key is what SQLite numbers by itself; 2**31 changes are enough elsewhere.
    seq: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    at: Mapped[datetime] = mapped_column(Instant)
    account: Mapped[str] = mapped_column(_Id)
    territory: Mapped[str] = mapped_column(_Id)
    kind: Mapped[str] = mapped_column(String(32))
    record_id: Mapped[str] = mapped_column(_Id)
    version: Mapped[int] = mapped_column(Integer)
    change: Mapped[str] = mapped_column(String(16))
    batch: Mapped[str] = mapped_column(_Id)
    undo_of: Mapped[int | None] = mapped_column(Integer)
    before: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    after: Mapped[dict[str, Any]] = mapped_column(JSON)

    __table_args__ = (
        UniqueConstraint("kind", "record_id", "version"),
        Index("ix_history_account_at", "account", "at"),
        Index("ix_history_territory_seq", "territory", "seq"),
        Index("ix_history_record_seq", "record_id", "seq"),
    )


class MeetingRow(_Tracked, Base):
    """Meetings."""

    __tablename__ = "meetings"
    subcommittee: Mapped[str | None] = mapped_column(_Id)
    held_at: Mapped[datetime] = mapped_column(Instant)
    place: Mapped[str] = mapped_column(Text, default="")
    citizens_n: Mapped[int | None] = mapped_column(Integer)
    workers_n: Mapped[int | None] = mapped_column(Integer)
    partners_n: Mapped[int | None] = mapped_column(Integer)
    notes: Mapped[str] = mapped_column(Text, default="")
    next_at: Mapped[datetime | None] = mapped_column(Instant)


class DecisionRow(_Tracked, Base):
    """Decisions of meetings."""

    __tablename__ = "decisions"
    subcommittee: Mapped[str] = mapped_column(_Id)
    text: Mapped[str] = mapped_column(Text)
    decided_on: Mapped[date] = mapped_column(Date)
    meeting: Mapped[str | None] = mapped_column(_Id)
    action: Mapped[str | None] = mapped_column(_Id)
    effect: Mapped[str] = mapped_column(String(16), default="none")


class SnapshotRow(Base):
    """
    Frozen states of a plan; `content` is the exact text that `sha256` was taken of.

    `previous_sha256` chains the snapshots of a territory.
    """

    __tablename__ = "snapshots"
    id: Mapped[str] = mapped_column(_Id, primary_key=True)
    territory: Mapped[str] = mapped_column(_Id, index=True)
    subcommittee: Mapped[str | None] = mapped_column(_Id)
    meeting: Mapped[str | None] = mapped_column(_Id)
    taken_at: Mapped[datetime] = mapped_column(Instant)
    account: Mapped[str] = mapped_column(_Id)
    content: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(String(64))
    previous_sha256: Mapped[str | None] = mapped_column(String(64))


class ContactRow(Base):
    """
    Coordinates and sign-in identity of a person: visible to coordinators, erased for good.

    `account` is the id that history knows; `issuer` and `subject` are the identity provider's.
    """

    __tablename__ = "contacts"
    id: Mapped[str] = mapped_column(_Id, primary_key=True)
    territory: Mapped[str] = mapped_column(_Id, index=True)
    account: Mapped[str | None] = mapped_column(_Id, index=True)
    name: Mapped[str] = mapped_column(Text, default="")
    email: Mapped[str] = mapped_column(Text, default="")
    phone: Mapped[str] = mapped_column(Text, default="")
    issuer: Mapped[str | None] = mapped_column(String(255))
    subject: Mapped[str | None] = mapped_column(String(255))

    __table_args__ = (UniqueConstraint("issuer", "subject"),)


class ErrorReportRow(_Tracked, Base):
    """What readers say is wrong."""

    __tablename__ = "error_reports"
    about: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(String(16), default="open")
    answer: Mapped[str] = mapped_column(Text, default="")
