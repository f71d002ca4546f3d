"""How the report of a workspace build reads on a terminal."""

from __future__ import annotations

from collections import Counter

import click

from revital.cli.output import emit_json, emit_rows
from revital.i18n import Translator
from revital.services.workspace.building import LayerBuilt, WorkspaceReport
from revital.services.workspace.home import read_report, workspace


def change_text(layer: LayerBuilt, t: Translator) -> str:
    """Return what moved in a layer, in words."""
    change = layer.change
    if change.is_new:
        return t("nouvelle couche")
    if not change.any:
        return t("rien n'a changé")
    parts = []
    if change.added:
        parts.append(t.plural("{n} ligne ajoutée", "{n} lignes ajoutées", change.added))
    if change.removed:
        parts.append(t.plural("{n} ligne retirée", "{n} lignes retirées", change.removed))
    for column, n in change.moved.items():
        words = t.plural("{n} valeur", "{n} valeurs", n)
        parts.append(t("{column} : {words}", column=column, words=words))
    return " ; ".join(parts)


def rejected_text(layer: LayerBuilt, t: Translator) -> str:
    """Return why rows were left out, most frequent first."""
    counts = Counter(layer.dropped)
    words = Counter({t(why): n for why, n in counts.items()})
    words.update(t(r.message, **r.params) for r in layer.rejects)
    return " ; ".join(f"{why} ({t.number(n)})" for why, n in words.most_common(4))


def show(report: WorkspaceReport, format_: str, t: Translator) -> None:
    """Print a report of a workspace build."""
    if format_ == "json":
        emit_json(read_report(workspace().reports / "build.json"))
        return
    rows = [
        {
            "layer": b.id,
            "source": b.adapter,
            "rows_in": b.rows_in,
            "rows": b.rows,
            "dropped": rejected_text(b, t),
            "change": change_text(b, t),
        }
        for b in report.layers
    ]
    columns = {
        "layer": t("Couche"),
        "source": t("Source"),
        "rows_in": t("Lignes lues"),
        "rows": t("Lignes gardées"),
        "dropped": t("Lignes retirées, et pourquoi"),
        "change": t("Changements"),
    }
    emit_rows(rows, format_, columns=columns)
    if format_ != "table":
        return
    for source in report.sources:
        for note in source.notes:
            click.echo(f"{source.adapter} · {t(note.message, **note.params)}")
        for reject in source.rejects[:20]:
            why = t(reject.message, **reject.params)
            row = "" if reject.row is None else t("ligne {row}", row=reject.row)
            click.echo(f"{source.adapter} · {row} · {reject.key} · {why}")
        if source.error is not None:
            click.echo(t("Échec de « {id} » : {why}", id=source.adapter, why=t.error(source.error)))
    if report.figures:
        click.echo(t("Chiffres changés :"))
    for item in report.figures:
        before = "—" if item.before is None else f"{item.before:g}"
        after = "—" if item.after is None else f"{item.after:g}"
        click.echo(f"  {item.territory} · {item.indicator} : {before} → {after}")
