"""`revital compare`: places, or years, side by side."""

from __future__ import annotations

import click

from revital.cli.output import emit_rows, format_option, lang_option
from revital.i18n import translator
from revital.services.compare import compare as compare_places
from revital.services.compare import series
from revital.services.data import open_data
from revital.services.wording import reading_text, verdict_text


@click.command()
@click.option("--territories", required=True, help="2 à 4 territoires / 2 to 4: a,b,c")
@click.option("--years", is_flag=True, help="Séries du premier / series of the first.")
@format_option
@lang_option
def compare(territories: str, years: bool, format_: str, lang: str) -> None:
    """Figures of several places on one scale, or the series of one place."""
    t = translator(lang)
    data = open_data()
    ids = [part.strip() for part in territories.split(",") if part.strip()]
    if years:
        rows = [
            {
                "id": item.indicator.id,
                "title": t.of(item.indicator.title),
                "date": value.date,
                "value": value.value,
                "source": value.source,
                "comparable": value.comparable,
            }
            for item in series(data, ids[0] if ids else "", lang)
            for value in item.values
        ]
        columns = {
            "title": t("Indicateur"),
            "date": t("Année"),
            "value": t("Valeur"),
            "source": t("Source"),
        }
        emit_rows(rows, format_, columns=columns)
        return
    found = compare_places(data, ids)
    rows = []
    for item in found:
        row: dict[str, object] = {"id": item.indicator.id, "title": t.of(item.indicator.title)}
        for place, figure, verdict in zip(ids, item.figures, item.verdicts, strict=True):
            row[place] = (
                (None if figure is None else figure.value)
                if format_ == "csv"
                else reading_text(item.indicator, figure, t)
            )
            row[f"{place}_verdict"] = verdict_text(verdict, t)
        rows.append(row)
    columns = {"id": "id", "title": t("Indicateur")}
    for place in ids:
        columns[place] = t.of(data.catalogue.territory(place).title)
    for place in ids[1:]:
        title = t.of(data.catalogue.territory(place).title)
        columns[f"{place}_verdict"] = t("{place} face au premier", place=title)
    payload = [
        {
            "id": item.indicator.id,
            "places": [
                {
                    "territory": place,
                    "value": None if figure is None else figure.value,
                    "interval": None if figure is None else figure.interval,
                    "verdict": verdict,
                }
                for place, figure, verdict in zip(ids, item.figures, item.verdicts, strict=True)
            ],
        }
        for item in found
    ]
    emit_rows(rows, format_, columns=columns, payload=payload)
