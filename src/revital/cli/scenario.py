"""`revital scenario`: saved scenarios, always marked as such."""

from __future__ import annotations

import click

from revital.cli.output import emit_json, emit_rows, format_option, lang_option
from revital.i18n import translator
from revital.services.data import open_data
from revital.services.scenario_store import saved_scenario, saved_scenarios
from revital.services.scenario_summary import as_payload, headline_figures, summarise


@click.group()
def scenario() -> None:
    """Scénarios enregistrés / saved scenarios."""


@scenario.command("list")
@click.option("--territory", default=None, help="Territoire / territory (id).", metavar="ID")
@format_option
@lang_option
def list_(territory: str | None, format_: str, lang: str) -> None:
    """Scénarios enregistrés, le plus récent d'abord / saved scenarios, newest first."""
    t = translator(lang)
    data = open_data()
    if territory is not None:
        data.catalogue.territory(territory)
    found = [summarise(data, saved, t) for saved in saved_scenarios(territory)]
    emit_rows(
        [as_payload(item) | {"service_name": item.service} for item in found],
        format_,
        columns={
            "id": t("Identifiant"),
            "name": t("Nom"),
            "territory": t("Territoire"),
            "service_name": t("Service"),
            "mark": t("Avertissement"),
            "text": t("Ce qu'il changerait"),
        },
    )


@scenario.command()
@click.argument("scenario_id", metavar="ID")
@format_option
@lang_option
def show(scenario_id: str, format_: str, lang: str) -> None:
    """Ce qu'un scénario changerait / what a scenario would change."""
    t = translator(lang)
    found = summarise(open_data(), saved_scenario(scenario_id), t)
    if format_ == "json":
        emit_json(as_payload(found))
        return
    if format_ == "table":
        for line in (found.saved.name, found.mark, found.text):
            click.echo(line)
    emit_rows(
        [{"name": name, "value": value} for name, value in headline_figures(found, t)],
        format_,
        columns={"name": t("Chiffre"), "value": t("Valeur")},
    )
