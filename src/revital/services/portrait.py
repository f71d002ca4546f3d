"""The portrait of a territory: figures by theme, strengths before challenges."""

from __future__ import annotations

from dataclasses import dataclass

from revital.catalogue.models import Territory, ThemeRecord
from revital.i18n import Translator
from revital.services import wording
from revital.services.data import Data
from revital.services.figures import Reading, clear_difference, read_all


@dataclass(frozen=True)
class ThemePart:
    """A theme with the readings that have a figure, and those that have none yet."""

    theme: ThemeRecord
    known: tuple[Reading, ...]
    unknown: tuple[Reading, ...]


@dataclass(frozen=True)
class Portrait:
    """
    Everything on the portrait page.

    Attributes
    ----------
    headlines : tuple of Reading
        Figures of the home page, in order.
    themes : tuple of ThemePart
    strengths, challenges : tuple of Reading
        Readings that stand clearly better, or worse, than the city.
    """

    territory: str
    headlines: tuple[Reading, ...]
    themes: tuple[ThemePart, ...]
    strengths: tuple[Reading, ...]
    challenges: tuple[Reading, ...]


def portrait(data: Data, territory_id: str) -> Portrait:
    """
    Read every figure of a territory and sort them for the reader.

    Raises
    ------
    UnknownIdError, LayerError
    """
    readings = read_all(data, territory_id)
    parts = []
    for theme in data.catalogue.themes:
        own = [r for r in readings if r.indicator.theme == theme.id]
        parts.append(
            ThemePart(
                theme,
                tuple(r for r in own if r.figure is not None),
                tuple(r for r in own if r.figure is None),
            )
        )
    ranked = sorted(
        (r for r in readings if r.indicator.headline is not None),
        key=lambda r: r.indicator.headline or 0,
    )
    return Portrait(
        territory=territory_id,
        headlines=tuple(ranked),
        themes=tuple(parts),
        strengths=tuple(r for r in readings if stands_out(r) is True),
        challenges=tuple(r for r in readings if stands_out(r) is False),
    )


def stands_out(reading: Reading) -> bool | None:
    """
    Say whether a figure is clearly better (True) or worse (False) than the city.

    None when it is alike, neutral, without comparator or only a bound; an index is compared
    only by its side of the city's value.
    """
    against = reading.comparators.get("city") or reading.comparators.get("region")
    figure = reading.figure
    record = reading.indicator
    if figure is None or against is None or record.direction == "neutral":
        return None
    if figure.value is None or against.value is None or figure.incomplete:
        return None
    if clear_difference(figure, against) is False:
        return None
    a, b = figure.value, against.value
    if record.kind == "index":
        if abs(a - b) < 0.25:
            return None
    elif b and 0.9 <= a / b <= 1.1:
        return None
    higher = a > b
    return higher if record.direction == "higher_is_better" else not higher


def theme_sentence(part: ThemePart, t: Translator) -> str:
    """Return the line under a theme: how many figures, how many still to be had."""
    known = t.plural("{n} indicateur", "{n} indicateurs", len(part.known))
    if not part.unknown:
        return known
    return t("{known} ; {n} sans donnée pour l'instant", known=known, n=t.number(len(part.unknown)))


def sentence(found: Portrait, territory: Territory, t: Translator) -> str:
    """Return the portrait in one sentence: residents, then the figures that have a phrase."""
    place = t.of(territory.title)
    readings = {r.indicator.id: r for part in found.themes for r in part.known}
    people = readings.get("population")
    if people is None or people.figure is None or people.figure.value is None:
        return t("{place} : aucune donnée pour l'instant.", place=place)
    parts = [t("{place} compte {n} résidents", place=place, n=t.number(people.figure.value))]
    for reading in found.headlines:
        phrase = t.of(reading.indicator.phrase)
        if not phrase or reading.figure is None or reading.figure.value is None:
            continue
        said = phrase.format(value=wording.reading_text(reading.indicator, reading.figure, t))
        against = wording.first_comparison(reading, t)
        parts.append(f"{said} ({against.text})" if against else said)
    text = parts[0]
    for part in parts[1:]:
        text = t("{first} ; {second}", first=text, second=part)
    return f"{text}."


def story(reading: Reading, t: Translator) -> str:
    """Return a reading as a line of a list: title, value, comparison."""
    record, figure = reading.indicator, reading.figure
    value = wording.reading_text(record, figure, t)
    against = wording.first_comparison(reading, t)
    line = t("{title} : {value}", title=t.of(record.title), value=value)
    return f"{line}, {against.text}" if against else line
