"""`revital report`: documents to print."""

from __future__ import annotations

from pathlib import Path

import click

from revital.cli.output import lang_option
from revital.errors import UserError
from revital.i18n import translator
from revital.reports.portrait import portrait_pdf
from revital.services.data import open_data
from revital.services.portrait_sheet import portrait_sheet

territory_option = click.option("--territory", required=True, help="Territoire / territory.")
output_option = click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    help="Fichier à écrire / file to write.",
)


@click.group()
def report() -> None:
    """Documents to print, as tagged PDF (PDF/UA-1, Letter)."""


@report.command()
@territory_option
@lang_option
@output_option
def portrait(territory: str, lang: str, output: Path) -> None:
    """The portrait of a territory on one sheet."""
    t = translator(lang)
    write(output, portrait_pdf(portrait_sheet(open_data(), territory, t), t), lang)


def write(target: Path, content: bytes, lang: str) -> None:
    """
    Write a file and say so.

    Raises
    ------
    UserError
        When the folder is missing or cannot be written to.
    """
    try:
        target.write_bytes(content)
    except OSError as error:
        raise UserError(
            "Le fichier « {file} » ne peut pas être écrit dans le dossier « {folder} ». "
            "Choisissez avec -o un dossier qui existe et où vous pouvez écrire.",
            file=target.name,
            folder=str(target.parent),
        ) from error
    t = translator(lang)
    size = t.number(len(content) / 1000)
    click.echo(t("{file} : {size} ko", file=str(target), size=size), err=True)
