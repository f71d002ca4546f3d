"""The portrait in one language, ready for paper: every word and number is final text."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from revital.domain.uncertainty import Flag
from revital.i18n import Translator
from revital.services import wording
from revital.services.data import Data
from revital.services.figures import Figure, Reading, stamp
from revital.services.map_sheet import MapSheet, map_sheet
from revital.services.mapping import levels
from revital.services.portrait import portrait, sentence, story
from revital.services.stamps import Stamp, document_stamp

#: Indicators of the map of the sheet, the first one that can be drawn.
MAPPED = ("low_income", "cimd_residential_instability", "renters", "population_change")
#: Lines of each list.
MOST_LINES = 6
#: Share of a territory's units that the outlines must hold for its map to be printed.
MOSTLY_DRAWN = 0.95
#: Letter printed after a figure for each quality flag.
MARKS: dict[Flag, str] = {
    Flag.APPROXIMATE: "a",
    Flag.PARTIAL_COVERAGE: "p",
    Flag.USE_WITH_CAUTION: "c",
    Flag.LOW_COUNT: "n",
    Flag.ROUNDED: "r",
    Flag.SUPPRESSED: "m",
}


@dataclass(frozen=True)
class SheetRow:
    """
    A figure of the sheet.

    Attributes
    ----------
    marks : str
        Letters of its quality flags, explained under the table.
    comparison : str
        Against the city or the region, in words.
    """

    id: str
    title: str
    value: str
    city: str
    region: str
    province: str
    year: str
    marks: str
    comparison: str
    note: str
    source: str


@dataclass(frozen=True)
class SheetTheme:
    """A theme of the sheet; `unknown` holds the titles of what has no figure yet."""

    id: str
    title: str
    question: str
    rows: tuple[SheetRow, ...]
    unknown: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class PortraitSheet:
    """
    The portrait of a territory in one language.

    Attributes
    ----------
    kind, title, sentence, declared : str
        `declared` says that limits are a stand-in, else empty.
    headlines : tuple of SheetRow
    strengths, challenges : tuple of str
        Strengths come first.
    more_strengths, more_challenges : int
        Lines left out of each list.
    themes : tuple of SheetTheme
    marks : tuple of (str, str)
        Letters used and what they mean.
    columns : dict
        Heads of the columns `indicator`, `here`, `city`, `region`, `province`, `year`.
    sources : tuple of str
        Attribution of every publication used.
    picture : MapSheet or None
    """

    lang: str
    territory: str
    kind: str
    title: str
    sentence: str
    declared: str
    headlines: tuple[SheetRow, ...]
    strengths: tuple[str, ...]
    challenges: tuple[str, ...]
    more_strengths: int
    more_challenges: int
    themes: tuple[SheetTheme, ...]
    marks: tuple[tuple[str, str], ...]
    columns: dict[str, str]
    sources: tuple[str, ...]
    stamp: Stamp
    picture: MapSheet | None


def portrait_sheet(
    data: Data, territory_id: str, t: Translator, today: date | None = None
) -> PortraitSheet:
    """
    Prepare the portrait for paper.

    Parameters
    ----------
    data : Data
    territory_id : str
    t : Translator
    today : date, optional
        Printed on the sheet; the day it is made by default.

    Raises
    ------
    UnknownIdError, LayerError
    """
    found = portrait(data, territory_id)
    record = data.catalogue.territory(territory_id)
    known = [r for part in found.themes for r in part.known]
    picture = _picture(data, territory_id, t)
    used = {f for r in known if r.figure for f in r.figure.flags}
    return PortraitSheet(
        lang=t.lang,
        territory=territory_id,
        kind=kind_text(record.kind, t),
        title=t.of(record.title),
        sentence=sentence(found, record, t),
        declared=t.of(record.declared),
        headlines=tuple(_row(data, r, t) for r in found.headlines),
        strengths=tuple(story(r, t) for r in found.strengths[:MOST_LINES]),
        challenges=tuple(story(r, t) for r in found.challenges[:MOST_LINES]),
        more_strengths=max(0, len(found.strengths) - MOST_LINES),
        more_challenges=max(0, len(found.challenges) - MOST_LINES),
        themes=tuple(
            SheetTheme(
                part.theme.id,
                t.of(part.theme.title),
                t.of(part.theme.question),
                tuple(_row(data, r, t) for r in part.known),
                tuple(t.of(r.indicator.title) for r in part.unknown),
            )
            for part in found.themes
        ),
        marks=tuple((MARKS[f], wording.flag_text(f, t)) for f in MARKS if f in used),
        columns={
            "indicator": t("Indicateur"),
            "here": t("Ici"),
            "city": t("Ville"),
            "region": t("Région métropolitaine"),
            "province": t("Québec"),
            "year": t("Année"),
        },
        sources=tuple(
            dict.fromkeys((*credits(data, known, t), *(picture.credits if picture else ())))
        ),
        stamp=document_stamp(t, today),
        picture=picture,
    )


def kind_text(kind: str, t: Translator) -> str:
    """Return what a territory is, in words."""
    return {
        "neighbourhood": t("Portrait de quartier"),
        "grouping": t("Portrait de plusieurs quartiers"),
        "borough": t("Portrait d'arrondissement"),
        "city": t("Portrait de ville"),
        "region": t("Portrait de région"),
        "province": t("Portrait du Québec"),
    }[kind]


def credits(data: Data, readings: Iterable[Reading], t: Translator) -> tuple[str, ...]:
    """Return the attribution of every publication that some readings rest on, once each."""
    ids = dict.fromkeys(s for r in readings if r.figure for s in r.figure.sources)
    return tuple(dict.fromkeys(t.of(data.catalogue.source(i).attribution) for i in ids))


def _row(data: Data, reading: Reading, t: Translator) -> SheetRow:
    record, figure = reading.indicator, reading.figure
    against = wording.first_comparison(reading, t)
    sources = figure.sources if figure else record.sources
    publishers = dict.fromkeys(t.of(data.catalogue.source(i).publisher) for i in sources)
    bound = wording.bound_note(record, figure, t)
    return SheetRow(
        id=record.id,
        title=wording.title_text(record, t),
        value=wording.reading_text(record, figure, t),
        city=_against(reading, "city", t),
        region=_against(reading, "region", t),
        province=_against(reading, "province", t),
        year=str(figure.year) if figure else "",
        marks=marks(figure),
        comparison=against.text if against else "",
        note=bound or " ".join(dict.fromkeys(t.of(r) for r in (figure.reasons if figure else ()))),
        source=", ".join(publishers),
    )


def _against(reading: Reading, role: str, t: Translator) -> str:
    other = reading.comparators.get(role)
    if other is None:
        return ""
    text = wording.reading_text(reading.indicator, other, t)
    return f"{text}\u202f†" if role == "province" and other.level == "ct" else text


def marks(figure: Figure | None) -> str:
    """Return the letters of the quality flags of a figure."""
    if figure is None:
        return ""
    return " ".join(MARKS[f] for f in MARKS if f in figure.flags)


def _picture(data: Data, territory_id: str, t: Translator) -> MapSheet | None:
    territory = data.catalogue.territory(territory_id)
    place = data.catalogue.place(territory.place)
    for id_ in MAPPED:
        if id_ not in data.catalogue.indicators:
            continue
        offered = levels(data, data.catalogue.indicator(id_), place)
        if offered:
            # The finest level says most of a small place.
            sheet = map_sheet(data, id_, territory_id, t, offered[-1])
            shapes = sheet.view.outlines if sheet.view else None
            if shapes is None:
                continue
            drawn = {u for i in sheet.inside for u in shapes.members[shapes.ids[i]]}
            units = data.units(territory, offered[-1])
            # A map of a part of the territory would be taken for the whole.
            return sheet if len(units) and units.isin(list(drawn)).mean() > MOSTLY_DRAWN else None
    return None


def data_stamp(data: Data) -> str:
    """Return a text that changes with any layer: the key of a kept document."""
    return stamp(data)
