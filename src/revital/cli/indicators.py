"""`revital indicators`: the figures of a territory."""

from __future__ import annotations

from typing import Any

import click

from revital.cli.output import emit_rows, format_option, lang_option
from revital.i18n import translator
from revital.services.data import open_data
from revital.services.figures import Figure, Reading, read_all
from revital.services.wording import flag_text, reading_text


def _comparator(figure: Figure) -> dict[str, Any]:
    return {
        "territory": figure.territory,
        "title": figure.title,
        "value": figure.value,
        "interval": figure.interval,
        "coverage": figure.coverage,
        "quality": [str(f) for f in figure.flags] or ["ok"],
    }


def as_object(reading: Reading) -> dict[str, Any]:
    """Return a reading as the JSON object of this command."""
    figure = reading.figure
    record = reading.indicator
    return {
        "id": record.id,
        "title": record.title,
        "theme": record.theme,
        "unit": record.unit,
        "kind": record.kind,
        "direction": record.direction,
        "universe": record.universe,
        "value": None if figure is None else figure.value,
        "interval": None if figure is None else figure.interval,
        "year": None if figure is None else figure.year,
        "level": None if figure is None else figure.level,
        "quality": ["missing"] if figure is None else [str(f) for f in figure.flags] or ["ok"],
        "coverage": None if figure is None else figure.coverage,
        "comparators": {role: _comparator(f) for role, f in reading.comparators.items()},
        "history": [{"year": f.year, "value": f.value} for f in reading.history],
        "quintile": reading.quintile,
        "sources": list(figure.sources if figure else record.sources),
        "contact": record.contact,
    }


@click.command()
@click.option("--territory", required=True, help="Territoire / territory.")
@click.option("--indicator", "only", multiple=True, help="Seulement / only.")
@format_option
@lang_option
def indicators(territory: str, only: tuple[str, ...], format_: str, lang: str) -> None:
    """Figures of a territory, with comparators, quality and sources."""
    t = translator(lang)
    data = open_data()
    readings = read_all(data, territory, only or None)
    rows = []
    for reading in readings:
        figure = reading.figure
        record = reading.indicator
        row: dict[str, Any] = {
            "id": record.id,
            "title": t.of(record.title),
            "value": reading_text(record, figure, t),
            "raw": figure.value if figure else None,
            "year": figure.year if figure else None,
            "quality": ", ".join(flag_text(f, t) for f in figure.flags) if figure else "",
            "coverage": figure.coverage if figure else None,
        }
        for role in ("city", "region", "province"):
            other = reading.comparators.get(role)
            row[role] = reading_text(record, other, t) if other else None
            row[f"{role}_raw"] = other.value if other else None
        rows.append(row)
    suffix = "_raw" if format_ == "csv" else ""
    columns = {
        "id": "id",
        "title": t("Indicateur"),
        "raw" if format_ == "csv" else "value": t("Valeur"),
        "year": t("Année"),
        f"city{suffix}": t("Ville"),
        f"region{suffix}": t("Région métropolitaine"),
        f"province{suffix}": t("Québec"),
        "quality": t("Qualité"),
    }
    if format_ == "csv":
        columns["coverage"] = t("Couverture")
    emit_rows(rows, format_, columns=columns, payload=[as_object(r) for r in readings])
