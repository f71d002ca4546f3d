"""`revital backup` and `revital restore`: the plan's file, copied whole and put back."""

from __future__ import annotations

from pathlib import Path

import click

from revital.cli.output import emit_json, format_option, lang_option
from revital.i18n import translator
from revital.settings import settings
from revital.store import plan_backup
from revital.store.plan import utc_now


@click.command()
@click.option("-o", "--output", type=click.Path(path_type=Path), default=None)
@format_option
@lang_option
def backup(output: Path | None, format_: str, lang: str) -> None:
    """Copier le plan, même en cours d'usage, et vérifier la copie / copy the plan."""
    t = translator(lang)
    report = plan_backup.backup(settings().home, output, now=utc_now())
    if format_ == "json":
        emit_json(report)
        return
    click.echo(str(report.path))
    click.echo(
        t(
            "Copie vérifiée : {actions} actions, {changes} changements.",
            actions=t.number(report.actions_n),
            changes=t.number(report.changes_n),
        )
    )


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@format_option
@lang_option
def restore(file: Path, format_: str, lang: str) -> None:
    """Remettre une copie du plan, après l'avoir vérifiée / put a verified copy back."""
    t = translator(lang)
    report, aside = plan_backup.restore(settings().home, file, now=utc_now())
    if format_ == "json":
        emit_json({"restored": report, "previous": aside})
        return
    click.echo(
        t(
            "Plan restauré : {actions} actions, {changes} changements.",
            actions=t.number(report.actions_n),
            changes=t.number(report.changes_n),
        )
    )
    if aside is not None:
        click.echo(t("Le plan d'avant est gardé dans {path}.", path=str(aside)))
