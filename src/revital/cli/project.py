"""`revital project`: the project sheets."""

from __future__ import annotations

import click

from revital.cli.output import emit_json, emit_rows, format_option, lang_option
from revital.i18n import translator
from revital.services import projects


@click.group()
def project() -> None:
    """Fiches de projet / project sheets."""


@project.command("list")
@format_option
@lang_option
def list_(format_: str, lang: str) -> None:
    """Fiches offertes / sheets on offer."""
    t = translator(lang)
    rows = [{"id": id_, "title": title} for id_, title in projects.list_sheets(t)]
    emit_rows(rows, format_, columns={"id": t("Identifiant"), "title": t("Titre")})


@project.command()
@click.argument("sheet_id", metavar="ID")
@format_option
@lang_option
def show(sheet_id: str, format_: str, lang: str) -> None:
    """Montrer une fiche en quatre étapes / show a sheet in four steps."""
    t = translator(lang)
    sheet = projects.sheet(sheet_id, t)
    if format_ == "json":
        emit_json(sheet)
        return
    if format_ == "table":
        for line in (sheet.title, f"{sheet.organization} · {sheet.period} · {sheet.stage}"):
            click.echo(line)
        click.echo(sheet.summary)
    emit_rows(
        projects.as_rows(sheet),
        format_,
        columns={"step": t("Étape"), "when": t("Quand"), "text": t("Ce qui s'est passé")},
    )
    if format_ == "table":
        for title, items in (
            (t("Prochaines étapes"), sheet.next_steps),
            (t("Facteurs de réussite"), sheet.success_factors),
        ):
            if items:
                click.echo(title)
            for item in items:
                click.echo(f"  - {item}")
        click.echo(t("Source : {source}", source=sheet.source))
