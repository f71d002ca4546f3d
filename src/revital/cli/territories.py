"""`revital territories`: the places revital knows."""

from __future__ import annotations

import click

from revital.cli.output import emit_rows, format_option, lang_option
from revital.i18n import translator
from revital.services.data import open_data
from revital.services.territories import list_territories


@click.command()
@format_option
@lang_option
def territories(format_: str, lang: str) -> None:
    """Territories, with their units, residents and comparators."""
    t = translator(lang)
    found = list_territories(open_data())
    rows = [
        {
            "id": item.record.id,
            "title": t.of(item.record.title),
            "kind": item.record.kind,
            "population": item.population,
            "units": ", ".join(f"{level} {n}" for level, n in item.units.items()),
            "declared": t.of(item.record.declared),
        }
        for item in found
    ]
    columns = {
        "id": "id",
        "title": t("Territoire"),
        "population": t("Population"),
        "units": t("Unités"),
        "declared": t("Limites"),
    }
    emit_rows(rows, format_, columns=columns, payload=found)
