"""Dated, sourced facts of a territory: the timeline, and what still has to be checked."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from revital.catalogue.models import Text
from revital.services.data import Data


@dataclass(frozen=True)
class Fact:
    """
    A fact that a public page states.

    Attributes
    ----------
    scope : str
        What it is about: neighbourhood, city, cma, region, province or comparator.
    date_text : Text
        As the source gives it ("vers 2019").
    day : date or None
        For sorting; None when undated.
    confirmed : bool
        False while it waits to be checked.
    reference : str
        Words that find the page again where its address was not kept whole.
    """

    id: str
    topic_id: str
    topic: Text
    scope: str
    date_text: Text
    day: date | None
    value: float | None
    unit: Text | None
    statement: Text
    source: str
    url: str
    confirmed: bool
    reference: str = ""


def timeline(data: Data, territory_id: str) -> list[Fact]:
    """
    Return the facts of a territory's place, oldest first, undated last.

    Raises
    ------
    LayerError, UnknownIdError
    """
    territory = data.catalogue.territory(territory_id)
    place = data.catalogue.place(territory.place)
    if place.facts is None or not data.layers.has(place.facts):
        return []
    frame = data.table(place.facts).reset_index()
    own = frame["territory"].isna() | (frame["territory"] == territory_id)
    here = frame["place"].isin([place.id, territory_id])
    found = [_fact(row) for row in frame[own & here].to_dict(orient="records")]
    return sorted(found, key=lambda f: (f.day or date.max, f.id))


def _fact(row: Mapping[Hashable, Any]) -> Fact:
    def text(key: str) -> str:
        value = row.get(key)
        return "" if pd.isna(value) else str(value)

    day = text("sort_date")
    return Fact(
        id=text("fact_id"),
        topic_id=text("topic"),
        topic=Text(fr=text("topic_fr"), en=text("topic_en")),
        scope=text("scope"),
        date_text=Text(fr=text("date_text"), en=text("date_text_en")),
        day=date.fromisoformat(day[:10]) if day else None,
        value=float(text("value")) if text("value") else None,
        unit=Text(fr=text("unit"), en=text("unit_en")) if text("unit") else None,
        statement=Text(fr=text("statement_fr"), en=text("statement_en")),
        source=text("source_label"),
        url=text("source_url"),
        confirmed=text("status") == "confirmed",
        reference=text("source_reference"),
    )
