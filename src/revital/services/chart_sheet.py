"""What a chart of one indicator says: places on one axis, and the past."""

from __future__ import annotations

from dataclasses import dataclass

from revital.errors import UserError
from revital.i18n import Translator
from revital.services import wording
from revital.services.data import Data
from revital.services.figures import read_indicator


@dataclass(frozen=True)
class ChartPoint:
    """A value with its words; `here` marks the territory."""

    label: str
    value: float
    text: str
    here: bool = False


@dataclass(frozen=True)
class ChartSheet:
    """
    A chart in one language.

    Attributes
    ----------
    finding : str
        Its title: what the chart shows, in a sentence.
    unit : str
    places : tuple of ChartPoint
        The territory first, then its comparators.
    history : tuple of ChartPoint
        By year, oldest first; empty when there is none.
    from_zero : bool
        Whether the axis must start at 0.
    notes : tuple of str
    credits : tuple of str
    """

    title: str
    finding: str
    unit: str
    places: tuple[ChartPoint, ...]
    history: tuple[ChartPoint, ...]
    from_zero: bool
    notes: tuple[str, ...]
    credits: tuple[str, ...]


def chart_sheet(data: Data, indicator_id: str, territory_id: str, t: Translator) -> ChartSheet:
    """
    Prepare the chart of an indicator.

    Raises
    ------
    UnknownIdError
    UserError
        When the territory has no figure.
    """
    reading = read_indicator(data, indicator_id, territory_id)
    record, figure = reading.indicator, reading.figure
    place = t.of(reading.territory.title)
    if figure is None or figure.value is None:
        raise UserError(
            "L'indicateur « {indicator} » n'a aucune valeur pour « {territory} » : rien à "
            "dessiner. « revital explain {id} » dit à qui la demander.",
            indicator=t.of(record.title),
            territory=place,
            id=record.id,
        )
    places = [
        ChartPoint(place, figure.value, wording.figure_text(record, figure.value, t), here=True)
    ]
    for role in ("city", "region", "province"):
        other = reading.comparators.get(role)
        # Counts of places of unlike size say nothing on one axis.
        if other is not None and other.value is not None and record.kind != "count":
            text = wording.figure_text(record, other.value, t)
            places.append(ChartPoint(t.of(other.title), other.value, text))
    against = wording.comparison(reading, "city", t) or wording.comparison(reading, "region", t)
    finding = t("{title} : {value}", title=t.of(record.title), value=places[0].text)
    return ChartSheet(
        title=t.of(record.title),
        finding=f"{finding}, {against.text}" if against else finding,
        unit=wording.unit_text(record, t),
        places=tuple(places),
        history=tuple(
            ChartPoint(str(f.year), f.value, wording.figure_text(record, f.value, t))
            for f in reading.history
            if f.value is not None
        ),
        from_zero=record.kind != "index" and record.palette != "change",
        notes=tuple(dict.fromkeys(t.of(r) for r in figure.reasons)),
        credits=tuple(
            dict.fromkeys(t.of(data.catalogue.source(i).attribution) for i in figure.sources)
        ),
    )
