"""`revital import`: a community's own data, previewed row by row, kept only once confirmed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from revital.cli.output import emit_rows, format_option, lang_option
from revital.errors import UserError
from revital.i18n import Translator, translator
from revital.services.data import open_data
from revital.services.imports.events import Journal, confirm, preview, undo
from revital.services.imports.kinds import KINDS, guess, kind, template
from revital.services.imports.reading import Context, Preview, read_file
from revital.services.imports.replacing import Earlier, earlier, earlier_text
from revital.services.own_layers import OwnLayers, own_layers
from revital.services.workspace.home import workspace

FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
KIND = click.Choice(list(KINDS))


@click.group("import")
def import_() -> None:
    """Own data: points, values, survey answers, incidents."""


@import_.command("template")
@click.argument("kind_id", metavar="KIND", type=KIND)
@lang_option
def template_(kind_id: str, lang: str) -> None:
    """Print a CSV to fill in."""
    click.echo(template(kind_id, lang), nl=False)


def _mapping(values: tuple[str, ...]) -> dict[str, str]:
    found = {}
    for i, value in enumerate(values):
        name, _, column = value.partition("=")
        found[name if column else f"q{i + 1}"] = column or name
    return found


def show(shown: Preview, touched: Sequence[Earlier], format_: str, t: Translator) -> None:
    """Print a preview: the mapping, what cannot be kept, how much can, what it would replace."""
    rejects = [
        {
            "row": r.row,
            "key": r.key,
            "why": t(r.message, **r.params),
        }
        for r in shown.rejects
    ]
    payload = {
        "kind": shown.kind,
        "mapping": shown.mapping,
        "left_out": shown.left_out,
        "rows_in": shown.rows_in,
        "kept": len(shown.frame),
        "rejects": rejects,
        "earlier": [
            {"import": e.event.id, "by": e.event.by, "when": e.event.when, "file": e.event.file,
             "effect": e.effect, "rows": e.rows, "changed": e.changed, "kept": e.kept}
            for e in touched
        ],
    }  # fmt: skip
    columns = {"row": t("Ligne"), "key": t("Quoi"), "why": t("Pourquoi")}
    emit_rows(rejects, format_, columns=columns, payload=payload)
    if format_ == "table":
        click.echo(
            t(
                "Colonnes : {pairs}.",
                pairs=", ".join(f"{k} ← {v}" for k, v in shown.mapping.items()),
            )
        )
        click.echo(
            t(
                "Lignes à garder : {kept} sur {rows} lues ; refusées : {refused}.",
                kept=t.number(len(shown.frame)),
                rows=t.number(shown.rows_in),
                refused=t.number(len(shown.rejects)),
            )
        )
    # A table, or numbers piped away: the warning is for the one who types the command.
    for found in touched:
        click.echo(earlier_text(found, shown.kind, t), err=format_ != "table")


@import_.command("file")
@click.argument("kind_id", metavar="KIND", type=KIND)
@click.argument("path", type=FILE)
@click.option("--territory", required=True)
@click.option("--map", "maps", multiple=True, help="champ=COLONNE / field=COLUMN.")
@click.option("--by", default="", help="Qui importe / who imports.")
@click.option("--yes", is_flag=True, help="Garder / keep.")
@format_option
@lang_option
def file_(
    kind_id: str,
    path: Path,
    territory: str,
    maps: tuple[str, ...],
    by: str,
    yes: bool,
    format_: str,
    lang: str,
) -> None:
    """Preview a file; with --yes, keep what can be kept."""
    t = translator(lang)
    data = open_data()
    table = read_file(path)
    what = kind(kind_id)
    mapping = guess(what, list(table.columns)) | _mapping(maps)
    shown = preview(kind_id, table, mapping, Context(data, territory))
    show(shown, earlier(workspace(), territory, shown), format_, t)
    if not yes:
        if format_ == "table":
            click.echo(t("Rien n'est gardé encore. Relancez avec « --yes » pour garder."))
        return
    event = confirm(data, workspace(), territory, shown, by=by, file=path.name)
    if format_ == "table":
        click.echo(t("Gardé sous le numéro {id}. Pour défaire : « revital import undo {id} ».",
                     id=event.id))  # fmt: skip


@import_.command("list")
@format_option
@lang_option
def list_(format_: str, lang: str) -> None:
    """Every import, and whether it still stands."""
    t = translator(lang)
    journal = Journal(workspace())
    standing = {e.id for e in journal.standing()}
    rows = [
        {
            "id": e.id,
            "kind": e.kind,
            "territory": e.territory,
            "rows": e.rows,
            "by": e.by,
            "when": e.when,
            "file": e.file,
            "state": t("en place") if e.id in standing else t("défait"),
        }
        for e in journal.events()
        if e.kind != "undo"
    ]
    columns = {
        "id": "id",
        "kind": t("Sorte"),
        "territory": t("Territoire"),
        "rows": t("Lignes"),
        "by": t("Par"),
        "when": t("Quand"),
        "file": t("Fichier"),
        "state": t("État"),
    }
    emit_rows(rows, format_, columns=columns)


@import_.command("show")
@click.option("--territory", required=True)
@format_option
@lang_option
def show_(territory: str, format_: str, lang: str) -> None:
    """Own data as it may be shown: small counts of people are hidden."""
    t = translator(lang)
    found = own_layers(open_data(), workspace(), territory)
    rows: list[dict[str, Any]] = [
        {"kind": "points", "what": p.name, "detail": p.category, "value": None,
         "by": p.origin.by, "on": p.origin.on}
        for p in found.places
    ]  # fmt: skip
    for values in found.values:
        who, when = values.origins[-1].by, values.origins[-1].on
        rows += [
            {"kind": "values", "what": f"{values.measure} {values.date}".strip(),
             "detail": str(id_), "value": None if value != value else float(value),
             "by": who, "on": when}
            for id_, value in values.values.items()
        ]  # fmt: skip
    rows += [
        {"kind": "survey", "what": q.text, "detail": a.text, "value": a.n,
         "by": q.origin.by, "on": q.date}
        for q in found.questions
        for a in q.answers
    ]  # fmt: skip
    brought = found.incident_origins[-1] if found.incident_origins else None
    rows += [
        {"kind": "incidents", "what": i.period, "detail": i.category, "value": i.n,
         "by": brought.by if brought else None, "on": brought.on if brought else None}
        for i in found.incidents
    ]  # fmt: skip
    columns = {
        "kind": t("Sorte"),
        "what": t("Quoi"),
        "detail": t("Détail"),
        "value": t("Valeur"),
        "by": t("Par"),
        "on": t("Le"),
    }
    emit_rows(
        rows, format_, columns=columns, payload=_payload(found) if format_ == "json" else None
    )


def _payload(found: OwnLayers) -> dict[str, Any]:
    return {
        "places": found.places,
        "values": [
            {**vars(v), "values": v.values.to_dict(), "inside": sorted(v.inside),
             "hidden": sorted(v.hidden)}
            for v in found.values
        ],
        "survey": found.questions,
        "incidents": found.incidents,
        "incident_origins": found.incident_origins,
    }  # fmt: skip


@import_.command("undo")
@click.argument("id_", metavar="ID")
@click.option("--by", default="", help="Qui défait / who undoes.")
@lang_option
def undo_(id_: str, by: str, lang: str) -> None:
    """Undo an import; its rows leave the layers."""
    t = translator(lang)
    if not by.strip():
        raise UserError("Dites qui défait cet import : « --by NOM ».")
    undo(open_data(), workspace(), id_, by=by)
    click.echo(t("L'import {id} est défait.", id=id_))
