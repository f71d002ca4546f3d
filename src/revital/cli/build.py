"""`revital build`: make the embedded pack from a folder of files, or the workspace's layers."""

from __future__ import annotations

from pathlib import Path

import click

from revital.cli.build_report import show
from revital.cli.output import emit_rows, format_option, lang_option
from revital.errors import UserError
from revital.i18n import translator
from revital.services.build import BuildReport
from revital.services.build import build as make_pack
from revital.services.data import open_data
from revital.services.workspace.building import build_workspace
from revital.services.workspace.home import workspace
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
@click.option(
    "--territory", help="Espace de travail, pour ce territoire / workspace, for this one."
)
@format_option
@lang_option
def build(
    inputs: Path | None, target: Path | None, territory: str | None, format_: str, lang: str
) -> None:
    """Make the pack (--inputs), or the workspace's layers from what `revital fetch` brought."""
    t = translator(lang)
    here = settings()
    if territory is not None or (inputs is None and target is None and here.inputs is None):
        _workspace(territory, format_, lang)
        return
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


def _workspace(territory: str | None, format_: str, lang: str) -> None:
    """Build the workspace and say what moved, figures included."""
    here, home = settings(), workspace()
    places = [open_data().catalogue.territory(territory).place] if territory else []
    report = build_workspace(here.pack, home, places)
    show(report, format_, translator(lang))
    if report.failed:
        raise click.exceptions.Exit(1)
