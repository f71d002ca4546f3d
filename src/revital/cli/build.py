"""`revital build`: make the embedded data pack from a folder of publishers' files."""

from __future__ import annotations

from pathlib import Path

import click

from revital.cli.output import emit_rows, format_option, lang_option
from revital.errors import UserError
from revital.i18n import translator
from revital.services.build import BuildReport
from revital.services.build import build as make_pack
from revital.settings import settings

FOLDER = click.Path(path_type=Path, file_okay=False)


def payload(report: BuildReport) -> dict[str, object]:
    """Return a report as JSON says it."""
    return {
        "target": str(report.target),
        "changed": report.changed,
        "bytes": report.bytes,
        "layers": list(report.layers),
    }


@click.command()
@click.option("--inputs", type=FOLDER, help="Fichiers des éditeurs (ou REVITAL_INPUTS).")
@click.option("--target", type=FOLDER, help="Dossier du paquet / folder of the pack.")
@format_option
@lang_option
def build(inputs: Path | None, target: Path | None, format_: str, lang: str) -> None:
    """Make the data pack from publishers' files."""
    t = translator(lang)
    here = settings()
    inputs = inputs or here.inputs
    if inputs is None:
        raise UserError(
            "Dites où sont les fichiers des éditeurs : « revital build --inputs DOSSIER » ou la "
            "variable REVITAL_INPUTS."
        )
    report = make_pack(inputs, target or here.pack)
    rows = [
        {
            "id": layer.id,
            "rows_in": layer.rows_in,
            "rows": layer.rows,
            "dropped": " ; ".join(f"{t(why)} : {n}" for why, n in layer.dropped.items()),
            "kB": t.number(layer.bytes / 1000),
        }
        for layer in report.layers
    ]
    columns = {
        "id": t("Couche"),
        "rows_in": t("Lignes lues"),
        "rows": t("Lignes gardées"),
        "dropped": t("Lignes retirées, et pourquoi"),
        "kB": t("Taille (ko)"),
    }
    emit_rows(rows, format_, columns=columns, payload=payload(report))
    if format_ == "table":
        size = t.number(report.bytes / 1e6, 1)
        if report.changed:
            click.echo(t("Le paquet est écrit : {size} Mo.", size=size))
        else:
            click.echo(t("Le paquet n'a pas changé : {size} Mo.", size=size))
