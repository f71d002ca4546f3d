"""Charts of places side by side, of a figure through time, and of the devitalization index."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from revital.errors import UserError
from revital.i18n import Translator
from revital.services import compare_words, wording
from revital.services.chart_sheet import (
    BarRow,
    Bars,
    ChartPoint,
    ChartSheet,
    History,
    Strip,
    Strips,
    find_theme,
)
from revital.services.compare import Compared, compare, series
from revital.services.data import Data
from revital.services.devitalization import read_index
from revital.services.stamps import document_stamp


def compare_sheet(
    data: Data,
    territory_ids: Sequence[str],
    t: Translator,
    theme_id: str | None = None,
    today: date | None = None,
) -> ChartSheet:
    """
    Prepare the chart of two to four places: one axis per indicator, one mark per place.

    Parameters
    ----------
    theme_id : str, optional
        One theme; every indicator by default.

    Raises
    ------
    UnknownIdError, ValuesError
    UserError
        When no place has a figure of the theme.
    """
    theme = None if theme_id is None else find_theme(data, theme_id)
    found = compare(data, territory_ids, theme.id if theme else None)
    names = tuple(t.of(data.catalogue.territory(id_).title) for id_ in territory_ids)
    if not found:
        raise UserError(
            "Aucun de ces lieux n'a de valeur pour ce thème : rien à dessiner. Choisissez un autre "
            "thème ou d'autres lieux."
        )
    sources = dict.fromkeys(s for row in found for f in row.figures if f for s in f.sources)
    title = t("{first} – {others}", first=names[0], others=t.list(list(names[1:])))
    return ChartSheet(
        title=title,
        finding=compare_words.places_sentence(t, names, found),
        unit=t.of(theme.title) if theme else t("Tous les thèmes"),
        panels=(Strips(names, tuple(_strip(t, names, row) for row in found)),),
        notes=(t("Un écart n'est dit net que si les intervalles à 95 % ne se touchent pas."),),
        credits=tuple(dict.fromkeys(t.of(data.catalogue.source(s).attribution) for s in sources)),
        stamp=document_stamp(t, today, t.list(list(names))),
    )


def _strip(t: Translator, names: Sequence[str], row: Compared) -> Strip:
    record = row.indicator
    return Strip(
        label=wording.title_text(record, t),
        points=tuple(
            None
            if figure is None or figure.value is None
            else ChartPoint(
                name,
                figure.value,
                compare_words.value_text(t, row, figure),
                here=i == 0,
                interval=figure.interval,
            )
            for i, (name, figure) in enumerate(zip(names, row.figures, strict=True))
        ),
        from_zero=record.kind != "index" and record.palette != "change",
        note=compare_words.verdict_text(t, row),
    )


def series_sheet(
    data: Data, territory_id: str, indicator_id: str, t: Translator, today: date | None = None
) -> ChartSheet:
    """
    Prepare the chart of one indicator through time.

    Raises
    ------
    UnknownIdError
    UserError
        When there are not two dates.
    """
    record = data.catalogue.indicator(indicator_id)
    place = t.of(data.catalogue.territory(territory_id).title)
    found = next(
        (s for s in series(data, territory_id, t.lang) if s.indicator.id == indicator_id), None
    )
    if found is None:
        raise UserError(
            "« {indicator} » n'a pas deux dates pour « {territory} » : rien à dessiner.",
            indicator=t.of(record.title),
            territory=place,
        )
    points = tuple(
        ChartPoint(str(v.date), v.value, wording.figure_text(record, v.value, t),
                   apart=not v.comparable)
        for v in found.values
    )  # fmt: skip
    notes = (t("Losange et pointillé : autre source, autres limites."),)
    return ChartSheet(
        title=t.of(record.title),
        finding=t("{place} : {theme}", place=place, theme=t.of(record.title)),
        unit=f"{compare_words.series_sentence(t, found)} ({t.of(record.unit)})",
        panels=(History(points, from_zero=True),),
        notes=notes if any(p.apart for p in points) else (),
        credits=tuple(dict.fromkeys(v.source for v in found.values)),
        stamp=document_stamp(t, today, place),
    )  # fmt: skip


def devitalization_sheet(
    data: Data,
    territory_id: str,
    t: Translator,
    weights: Mapping[str, float] | None = None,
    today: date | None = None,
) -> ChartSheet:
    """
    Prepare the chart of the domains of the devitalization index.

    Raises
    ------
    UnknownIdError, ValuesError
    """
    found = read_index(data, territory_id, weights=weights)
    place = t.of(found.territory.title)
    rows = tuple(
        BarRow(
            t.of(d.domain.title),
            (None if d.score is None else 100 * d.score,),
            ("" if d.score is None else t.number(100 * d.score),),
        )
        for d in found.domains
    )
    value = (
        t("pas d'indice pour l'instant")
        if found.index is None
        else t("{index} sur 100", index=t.number(100 * found.index))
    )
    sources = dict.fromkeys(
        s for d in found.domains for i in d.present for s in data.catalogue.indicator(i).sources
    )
    return ChartSheet(
        title=t("Indice de dévitalisation"),
        finding=t("{title} : {value}", title=t("Indice de dévitalisation, {place}", place=place),
                  value=value),
        unit=t(
            "Un indice de revital, qui n'est pas officiel. 0 : le plus favorable ; 100 : le plus "
            "lourd."
        ),
        panels=(Bars(rows, most=100.0),),
        notes=(t("Sans barre : trop peu de données dans ce domaine."),)
        if any(d.score is None for d in found.domains)
        else (),
        credits=tuple(dict.fromkeys(t.of(data.catalogue.source(s).attribution) for s in sources)),
        stamp=document_stamp(t, today, place if weights is None else t("poids choisis")),
    )  # fmt: skip
