"""`revital report`: documents to print."""

from __future__ import annotations

from pathlib import Path

import click

from revital.cli.output import lang_option
from revital.errors import UserError
from revital.i18n import translator
from revital.reports.documents import document_pdf
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


@report.command()
@territory_option
@click.option("--service", default="grocery", show_default=True, help="Service / service.")
@click.option("--threshold", type=float, help="Seuil en mètres / threshold in metres.")
@lang_option
@output_option
def services(
    territory: str, service: str, threshold: float | None, lang: str, output: Path
) -> None:
    """Who is far from a service, the places known, and every other service in a table."""
    from revital.services.access_ground import AccessQuery
    from revital.services.services_document import services_document

    t = translator(lang)
    query = AccessQuery(territory, service, threshold)
    write(output, document_pdf(services_document(open_data(), query, t), t), lang)


@report.command()
@territory_option
@click.option("--scope", type=click.Choice(["real", "example"]), help="Vrai plan ou exemple.")
@lang_option
@output_option
def plan(territory: str, scope: str | None, lang: str, output: Path) -> None:
    """The action plan: sub-committees, actions, money, what nobody carries yet."""
    from revital.services.authorization import operator
    from revital.services.plan_document import plan_document
    from revital.services.plan_structure import open_plan

    t = translator(lang)
    found = plan_document(open_plan(territory, actor=operator()), t, scope)
    write(output, document_pdf(found, t), lang)


@report.command()
@territory_option
@click.option("--meeting", "meeting_id", help="Rencontre / meeting (id).")
@lang_option
@output_option
def meeting(territory: str, meeting_id: str | None, lang: str, output: Path) -> None:
    """The minutes of a meeting, ready to be signed off; the newest one by default."""
    from revital.services.authorization import operator
    from revital.services.plan_document import meeting_document
    from revital.services.plan_structure import open_plan

    t = translator(lang)
    found = meeting_document(open_plan(territory, actor=operator()), t, meeting_id)
    write(output, document_pdf(found, t), lang)


@report.command()
@territory_option
@click.option("--project", "sheet_id", help="Fiche / sheet (id).")
@lang_option
@output_option
def project(territory: str, sheet_id: str | None, lang: str, output: Path) -> None:
    """A project sheet; the territory's own by default."""
    from revital.services.plan_document import project_document

    t = translator(lang)
    write(output, document_pdf(project_document(territory, t, sheet_id), t), lang)


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
