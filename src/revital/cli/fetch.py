"""`revital fetch`: have publishers' files in the workspace."""

from __future__ import annotations

from dataclasses import asdict

import click
from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskID,
    TextColumn,
    TransferSpeedColumn,
)

from revital.cli.output import emit_rows, format_option, lang_option
from revital.i18n import Translator, translator
from revital.services.data import open_data
from revital.services.workspace.fetching import Fetched
from revital.services.workspace.fetching import fetch as fetch_sources
from revital.services.workspace.home import workspace
from revital.settings import settings
from revital.sources.http import Client


def _bars() -> Progress:
    """Return progress bars on stderr, so that the result on stdout stays clean."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        console=Console(stderr=True),
        transient=True,
    )


def status_text(item: Fetched, t: Translator) -> str:
    """Return what came of a source in words."""
    return {
        "new": t("Nouveau"),
        "unchanged": t("Inchangé"),
        "offline": t("Sur place"),
        "failed": t("Échec"),
    }[item.status]


@click.command()
@click.argument("sources", nargs=-1)
@click.option("--territory", "territory", help="Territoire / territory.")
@click.option("--blocks", is_flag=True, help="Aussi les îlots / dissemination blocks as well.")
@click.option("--offline", is_flag=True, help="Rien demander au réseau / ask nothing of the net.")
@click.option("--base-url", help="Miroir / mirror: URL/hôte/chemin (REVITAL_MIRROR).")
@format_option
@lang_option
def fetch(
    sources: tuple[str, ...],
    territory: str | None,
    blocks: bool,
    offline: bool,
    base_url: str | None,
    format_: str,
    lang: str,
) -> None:
    """Have publishers' files for a territory (all its sources by default)."""
    t = translator(lang)
    data = open_data()
    neighbourhoods = data.catalogue.neighbourhoods()
    chosen = data.catalogue.territory(territory) if territory else neighbourhoods[0]
    here = settings()
    bars = _bars()
    tasks: dict[str, TaskID] = {}

    def progress(name: str, received: int, expected: int | None) -> None:
        if name not in tasks:
            tasks[name] = bars.add_task(name, total=expected)
        bars.update(tasks[name], completed=received, total=expected)

    with (
        bars,
        Client(
            base_url=base_url or here.extra.get("REVITAL_MIRROR"),
            offline=offline,
            progress=progress,
        ) as client,
    ):
        done = fetch_sources(
            data,
            workspace(),
            chosen.place,
            sources,
            client=client,
            blocks=blocks,
            on_start=lambda id_: bars.console.print(t("Source « {id} »…", id=id_)),
        )
    rows = [
        {
            "source": item.adapter,
            "status": status_text(item, t),
            "files": item.files,
            "bytes": t.number(item.bytes / 1000),
            "why": "" if item.error is None else t.error(item.error),
        }
        for item in done
    ]
    columns = {
        "source": t("Source"),
        "status": t("État"),
        "files": t("Fichiers"),
        "bytes": t("Taille (ko)"),
        "why": t("Pourquoi"),
    }
    payload = [
        asdict(item) | {"error": None if item.error is None else t.error(item.error)}
        for item in done
    ]
    emit_rows(rows, format_, columns=columns, payload=payload)
    if any(item.status == "failed" for item in done):
        raise click.exceptions.Exit(1)
