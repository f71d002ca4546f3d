"""`revital sources`: what each source gives and how fresh it is."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from revital.cli.output import emit_rows, format_option, lang_option
from revital.i18n import Translator, translator
from revital.services.data import open_data
from revital.services.workspace.home import workspace
from revital.services.workspace.status import SourceStatus, source_status


def state_text(item: SourceStatus, t: Translator) -> str:
    """Return the state of a source in words."""
    return {
        "fresh": t("À jour"),
        "stale": t("À renouveler"),
        "failed": t("En échec"),
        "absent": t("Pas encore ici"),
    }[item.state]


def error_text(item: SourceStatus, t: Translator) -> str:
    """Return why a source failed, or nothing."""
    return "" if item.error is None else t(item.error["message"], **item.error["params"])


@click.command()
@format_option
@lang_option
def sources(format_: str, lang: str) -> None:
    """Every source: publisher, licence, vintage, age, next edition, rows, attribution."""
    t = translator(lang)
    found = source_status(open_data(), workspace(), datetime.now(UTC).date())
    rows = [
        {
            "id": s.record.id,
            "title": t.of(s.record.title),
            "publisher": t.of(s.record.publisher),
            "licence": t.of(s.record.licence.name),
            "vintage": s.vintage,
            "fetched": "" if s.fetched is None else s.fetched.date().isoformat(),
            "age": "" if s.age_days is None else t.number(s.age_days),
            "due": "" if s.due is None else s.due.isoformat(),
            "rows": s.rows,
            "checks": s.checks,
            "rejected": s.rejected,
            "state": state_text(s, t),
            "why": error_text(s, t),
            "attribution": t.of(s.record.attribution),
            "gives": t.of(s.record.description or s.record.title),
        }
        for s in found
    ]
    columns = {
        "id": "id",
        "publisher": t("Éditeur"),
        "licence": t("Licence"),
        "vintage": t("Millésime"),
        "fetched": t("Dernier téléchargement"),
        "age": t("Âge (jours)"),
        "due": t("Prochaine édition"),
        "rows": t("Lignes"),
        "checks": t("Lignes vérifiées"),
        "rejected": t("Lignes refusées"),
        "state": t("État"),
        "why": t("Pourquoi"),
        "attribution": t("Mention"),
    }
    emit_rows(rows, format_, columns=columns, payload=rows)
