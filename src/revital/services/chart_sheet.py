"""What a chart says, panel by panel: one model for every chart that leaves the app as a picture."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from revital.catalogue.models import ThemeRecord
from revital.errors import UnknownIdError, UserError
from revital.i18n import Translator
from revital.services import wording
from revital.services.data import Data
from revital.services.figures import Reading, read_indicator
from revital.services.plan_timeline import TimelineBar, TimelinePause
from revital.services.portrait import portrait, theme_sentence
from revital.services.portrait_sheet import credits
from revital.services.stamps import Stamp, document_stamp

#: Whose values stand beside the territory's, in this order.
ROLES = ("city", "region", "province")


@dataclass(frozen=True)
class ChartPoint:
    """
    A value with its words.

    Attributes
    ----------
    here : bool
        True for the territory.
    interval : (float, float), optional
        95 % interval.
    apart : bool
        True for a value of another source, which does not compare exactly.
    """

    label: str
    value: float
    text: str
    here: bool = False
    interval: tuple[float, float] | None = None
    apart: bool = False


@dataclass(frozen=True)
class Places:
    """Places on one axis, one row each."""

    points: tuple[ChartPoint, ...]
    from_zero: bool


@dataclass(frozen=True)
class History:
    """Values through time; the label of a point is its year."""

    points: tuple[ChartPoint, ...]
    from_zero: bool
    title: str = ""


@dataclass(frozen=True)
class Strip:
    """One indicator: its places on an axis of its own; None where a place has no value."""

    label: str
    points: tuple[ChartPoint | None, ...]
    from_zero: bool
    note: str = ""


@dataclass(frozen=True)
class Strips:
    """Several indicators, each on its own axis, with one mark per place."""

    names: tuple[str, ...]
    rows: tuple[Strip, ...]


@dataclass(frozen=True)
class BarRow:
    """A group of bars: one value per stage, None where there is none."""

    label: str
    values: tuple[float | None, ...]
    texts: tuple[str, ...]


@dataclass(frozen=True)
class Bars:
    """Bars from zero; `most` ends the axis, the greatest value when it is 0."""

    rows: tuple[BarRow, ...]
    stages: tuple[str, ...] = ()
    most: float = 0.0


@dataclass(frozen=True)
class Spans:
    """Actions through time, with the pauses of the whole plan behind them."""

    bars: tuple[TimelineBar, ...]
    bands: tuple[TimelinePause, ...]
    today: date
    today_word: str


Panel = Places | History | Strips | Bars | Spans


@dataclass(frozen=True)
class ChartSheet:
    """
    A chart in one language.

    Attributes
    ----------
    title : str
    finding : str
        What the chart shows, in a sentence: its heading.
    unit : str
    panels : tuple
        Top to bottom.
    notes : tuple of str
    credits : tuple of str
    stamp : Stamp
        Date, data version and the choices it was made with.
    mark : str
        What must be said first when it shows an example; empty otherwise.
    """

    title: str
    finding: str
    unit: str
    panels: tuple[Panel, ...]
    notes: tuple[str, ...]
    credits: tuple[str, ...]
    stamp: Stamp
    mark: str = ""


def chart_sheet(
    data: Data, indicator_id: str, territory_id: str, t: Translator, today: date | None = None
) -> ChartSheet:
    """
    Prepare the chart of an indicator: the territory, what it compares with, and its past.

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
    places = tuple(p for p in reading_points(reading, t) if p is not None)
    against = wording.first_comparison(reading, t)
    finding = t("{title} : {value}", title=t.of(record.title), value=places[0].text)
    from_zero = starts_at_zero(reading)
    panels: list[Panel] = [Places(places, from_zero)]
    history = tuple(
        ChartPoint(str(f.year), f.value, wording.reading_text(record, f, t))
        for f in reading.history
        if f.value is not None
    )
    if history:
        panels.append(History(history, from_zero, t("Au fil du temps")))
    return ChartSheet(
        title=t.of(record.title),
        finding=f"{finding}, {against.text}" if against else finding,
        unit=wording.unit_text(record, t),
        panels=tuple(panels),
        notes=tuple(dict.fromkeys(t.of(r) for r in figure.reasons)),
        credits=credits(data, [reading], t),
        stamp=document_stamp(t, today, f"{place} · {figure.year}"),
    )


def theme_sheet(
    data: Data, territory_id: str, theme_id: str, t: Translator, today: date | None = None
) -> ChartSheet:
    """
    Prepare the chart of a theme: each of its figures against the city, the region and Québec.

    Raises
    ------
    UnknownIdError
    UserError
        When the territory has no figure of the theme.
    """
    theme = find_theme(data, theme_id)
    place = t.of(data.catalogue.territory(territory_id).title)
    part = next(p for p in portrait(data, territory_id).themes if p.theme.id == theme.id)
    readings = [r for r in part.known if r.figure is not None and r.figure.value is not None]
    if not readings:
        raise UserError(
            "Le thème « {theme} » n'a aucune valeur pour « {territory} » : rien à dessiner.",
            theme=t.of(part.theme.title),
            territory=place,
        )
    rows = []
    for reading in readings:
        points = reading_points(reading, t)
        rows.append(
            Strip(
                label=t.of(reading.indicator.title),
                points=points,
                from_zero=starts_at_zero(reading),
                note=wording.bound_note(reading.indicator, reading.figure, t),
            )
        )
    names = (place, t("Ville"), t("Région métropolitaine"), t("Québec"))
    return ChartSheet(
        title=t.of(part.theme.title),
        finding=t("{place} : {theme}", place=place, theme=t.of(part.theme.title)),
        unit=f"{theme_sentence(part, t)}.",
        panels=(Strips(names, tuple(rows)),),
        notes=(t("Barre claire : intervalle à 95 %."),)
        if any(p and p.interval for row in rows for p in row.points)
        else (),
        credits=credits(data, readings, t),
        stamp=document_stamp(t, today, place),
    )


def find_theme(data: Data, theme_id: str) -> ThemeRecord:
    """
    Return a theme of the catalogue.

    Raises
    ------
    UnknownIdError
    """
    for theme in data.catalogue.themes:
        if theme.id == theme_id:
            return theme
    raise UnknownIdError(
        "Le thème « {id} » est inconnu. Thèmes : {known}.",
        id=theme_id,
        known=", ".join(theme.id for theme in data.catalogue.themes),
    )


def reading_points(reading: Reading, t: Translator) -> tuple[ChartPoint | None, ...]:
    """
    Return the points of a reading: the territory, then the city, the region and Québec.

    Counts of places of unlike size say nothing on one axis: theirs are None.
    """
    record, figure = reading.indicator, reading.figure
    if figure is None or figure.value is None:
        return (None,) * (1 + len(ROLES))
    points: list[ChartPoint | None] = [
        ChartPoint(
            t.of(reading.territory.title),
            figure.value,
            wording.reading_text(record, figure, t),
            here=True,
            interval=figure.interval,
        )
    ]
    for role in ROLES:
        other = reading.comparators.get(role)
        if other is None or other.value is None or record.kind == "count":
            points.append(None)
            continue
        words = wording.reading_text(record, other, t)
        points.append(ChartPoint(t.of(other.title), other.value, words))
    return tuple(points)


def starts_at_zero(reading: Reading) -> bool:
    """Tell whether the axis of a reading must start at 0."""
    return reading.indicator.kind != "index" and reading.indicator.palette != "change"


def ends(points: Iterable[ChartPoint | None]) -> list[float]:
    """Return every value that an axis must hold, ends of intervals included."""
    known = [p for p in points if p is not None]
    return [p.value for p in known] + [v for p in known if p.interval for v in p.interval]
