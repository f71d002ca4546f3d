"""`revital facts`: the dated facts of a territory, with scope and source."""

from __future__ import annotations

import click

from revital.cli.output import emit_rows, format_option, lang_option
from revital.i18n import translator
from revital.services.data import open_data
from revital.services.facts import timeline


@click.command()
@click.option("--territory", required=True, help="Territoire / territory.")
@click.option("--to-verify", is_flag=True, help="Seulement ce qui reste à vérifier.")
@format_option
@lang_option
def facts(territory: str, to_verify: bool, format_: str, lang: str) -> None:
    """Dated facts, oldest first; those still to be checked are marked."""
    t = translator(lang)
    found = [f for f in timeline(open_data(), territory) if not (to_verify and f.confirmed)]
    rows = [
        {
            "date": t.of(f.date_text),
            "scope": f.scope,
            "statement": t.of(f.statement),
            "value": f.value,
            "unit": t.of(f.unit),
            "source": f.source,
            "url": f.url,
            "confirmed": f.confirmed,
        }
        for f in found
    ]
    columns = {
        "date": t("Date"),
        "scope": t("Portée"),
        "statement": t("Fait"),
        "value": t("Valeur"),
        "unit": t("Unité"),
        "source": t("Source"),
        "confirmed": t("Confirmé"),
    }
    emit_rows(rows, format_, columns=columns, payload=found)
