"""`revital check`: does the whole hold together?"""

from __future__ import annotations

import click

from revital.cli.output import emit_rows, format_option, lang_option
from revital.i18n import LANGUAGES, translator
from revital.services.check import check_all
from revital.services.data import open_data


@click.command()
@format_option
@lang_option
def check(format_: str, lang: str) -> None:
    """Catalogue, data pack, provenance, figures and translations; exit 1 when something is off."""
    t = translator(lang)
    for language in LANGUAGES:
        translator(language)
    data = open_data()
    found = check_all(data)
    rows = [{"check": f.check, "where": f.where, "message": t.error(f.error)} for f in found]
    if rows or format_ != "table":
        columns = {"check": t("Vérification"), "where": t("Où"), "message": t("Constat")}
        emit_rows(rows, format_, columns=columns)
    else:
        click.echo(
            t(
                "Tout se tient : {indicators} indicateurs, {layers} couches, {sources} sources.",
                indicators=t.number(len(data.catalogue.indicators)),
                layers=t.number(len(data.layers.manifests())),
                sources=t.number(len(data.catalogue.sources)),
            )
        )
    if rows:
        raise click.exceptions.Exit(1)
