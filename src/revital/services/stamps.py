"""When something that leaves the app was made, and from which data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from revital.i18n import Translator
from revital.services.plan_structure import DEFAULT_ZONE
from revital.settings import settings
from revital.store.layers import read_manifest


@dataclass(frozen=True)
class Stamp:
    """When a document was made, from which data, under which choices."""

    day: date
    dated: str
    version: str
    filters: str


def document_stamp(t: Translator, today: date | None = None, filters: str = "") -> Stamp:
    """Return the date (in Québec) and data version that every document prints."""
    day = today or datetime.now(ZoneInfo(DEFAULT_ZONE)).date()
    return Stamp(day, t.date(day), read_manifest(settings().pack).version, filters)
