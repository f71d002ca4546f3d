"""`revital plan`: where the plan stands, its files, its history, its example."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from revital.catalogue.load import catalogue
from revital.cli.output import emit_json, emit_rows, format_option, lang_option
from revital.domain.plan_records import Action
from revital.i18n import Translator, translator
from revital.services import evidence_register as registers
from revital.services import plan as plans
from revital.services import plan_edit, plan_example, plan_files, plan_import
from revital.services.authorization import operator
from revital.services.data import open_data
from revital.services.plan_columns import read_cell
from revital.services.plan_words import (
    CHANGE_WORDS,
    FLAG_WORDS,
    FUNDING_WORDS,
    KIND_WORDS,
    STATUS_WORDS,
    text,
)
from revital.store.plan_codec import to_payload

territory_option = click.option(
    "--territory", default=None, help="Territoire / territory (id).", metavar="ID"
)
scope_option = click.option(
    "--scope",
    type=click.Choice(plans.SCOPES),
    default=None,
    help="Vraies actions ou exemple / real or example actions.",
)


def open_here(territory: str | None) -> plans.Plan:
    """Return the plan of a territory (the first neighbourhood's by default), as its operator."""
    chosen = territory or catalogue().neighbourhoods()[0].id
    return plans.open_plan(chosen, actor=operator())


@click.group()
def plan() -> None:
    """Plan d'action : état, fichiers, historique / the action plan."""


@plan.command()
@territory_option
@scope_option
@format_option
@lang_option
def status(territory: str | None, scope: str | None, format_: str, lang: str) -> None:
    """Où en est le plan / where the plan stands."""
    t = translator(lang)
    here = open_here(territory)
    board = plans.board(here, scope)
    rows = [
        _row(view, text(lane.subcommittee, "name", lang), t)
        for lane in board.lanes
        for view in lane.actions
    ]
    if format_ == "json":
        emit_json(_payload(board, rows, t))
        return
    if format_ == "table" and board.scope == "example":
        click.echo(t("EXEMPLE : plan inventé, aucune de ces actions n'existe."))
    emit_rows(
        rows,
        format_,
        columns={
            "subcommittee_name": t("Sous-comité"),
            "title": t("Titre"),
            "status_name": t("Statut"),
            "due": t("Échéance"),
            "late_days": t("Jours de retard"),
            "progress": t("Avancement (part de 0 à 1)"),
            "owner": t("Responsable"),
            "flag_names": t("À regarder"),
            "example": t("Exemple"),
        },
    )
    if format_ == "table":
        click.echo(_summary(board, t))


def _row(view: plans.ActionView, group: str, t: Translator) -> dict[str, Any]:
    action = view.action
    return {
        "id": action.id,
        "version": action.version,
        "subcommittee": action.subcommittee,
        "subcommittee_name": group,
        "title": text(action, "title", t.lang),
        "owner": text(action, "owner", t.lang),
        "status": view.status,
        "status_name": t(STATUS_WORDS[view.status]),
        "start": action.start,
        "due": action.due,
        "late_days": view.late_days,
        "elapsed_days": view.elapsed_days,
        "progress": view.progress,
        "planned": view.planned,
        "performance_index": view.index,
        "light": view.light,
        "flags": [f.value for f in view.flags],
        "flag_names": ", ".join(t(FLAG_WORDS[f]) for f in view.flags),
        "example": action.example,
    }


def _payload(board: plans.Board, rows: list[dict[str, Any]], t: Translator) -> dict[str, Any]:
    return {
        "territory": board.territory,
        "scope": board.scope,
        "today": board.today,
        "total": board.total_n,
        "counts": board.counts,
        "progress": board.progress,
        "on_time_rate": board.on_time,
        "slip": board.slip,
        "flags": {flag.value: n for flag, n in board.flags.items()},
        "subcommittees": [
            {
                "id": lane.subcommittee.id,
                "name": text(lane.subcommittee, "name", t.lang),
                "total": lane.total_n,
                "counts": lane.counts,
                "progress": lane.progress,
                "next_deadline": lane.next_deadline.on if lane.next_deadline else None,
            }
            for lane in board.lanes
        ],
        "funding": [
            {
                "kind": f.kind.value,
                "name": t(FUNDING_WORDS[f.kind]),
                "requested_cad": None if f.requested_cad is None else float(f.requested_cad),
                "confirmed_cad": None if f.confirmed_cad is None else float(f.confirmed_cad),
                "received_cad": None if f.received_cad is None else float(f.received_cad),
                "spent_cad": None if f.spent_cad is None else float(f.spent_cad),
            }
            for f in board.funding
        ],
        "coverage": {aspect.value: row for aspect, row in board.coverage.items()},
        "pauses": [
            {
                "kind": p.kind.value,
                "start": p.start,
                "end": p.end,
                "end_to_confirm": p.end_to_confirm,
                "reason": text(p, "reason", t.lang),
                "responsible": text(p, "responsible", t.lang),
                "source": text(p, "source", t.lang),
            }
            for p in board.pauses
        ],
        "actions": [{k: v for k, v in r.items() if not k.endswith("_names")} for r in rows],
    }


def _summary(board: plans.Board, t: Translator) -> str:
    total = t.plural("{n} action", "{n} actions", board.total_n)
    if board.progress is None:
        return total
    return t("{total}, avancement {share}", total=total, share=t.percent(board.progress, 0))


@plan.command()
@territory_option
@scope_option
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), required=True)
@click.option("--as", "form", type=click.Choice(plan_files.FORMATS), default=None)
@format_option
@lang_option
def export(
    territory: str | None,
    scope: str | None,
    output: Path,
    form: str | None,
    format_: str,
    lang: str,
) -> None:
    """Écrire le plan en CSV, XLSX, iCalendar ou JSON / write the plan to a file."""
    kind = form or output.suffix.lstrip(".").lower()
    if kind not in plan_files.FORMATS:
        raise click.UsageError(f"--as {'|'.join(plan_files.FORMATS)}")
    here = open_here(territory)
    content = plan_files.export(here, kind, translator(lang), scope)
    output.write_bytes(content)
    if format_ == "json":
        board = plans.board(here, scope)
        emit_json(
            {
                "path": output,
                "as": kind,
                "bytes": len(content),
                "scope": board.scope,
                "actions": board.total_n,
            }
        )
        return
    click.echo(str(output))


@plan.command("import")
@territory_option
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--dry-run", is_flag=True, help="Dire ce qui changerait / say what would change.")
@click.option("--partial", is_flag=True, help="Garder les bonnes lignes / keep the good rows.")
@format_option
@lang_option
def import_(
    territory: str | None, file: Path, dry_run: bool, partial: bool, format_: str, lang: str
) -> None:
    """Mettre le plan à jour d'un CSV ou XLSX / update the plan from a spreadsheet."""
    t = translator(lang)
    report = plan_import.import_file(
        open_here(territory), file.read_bytes(), file.name, dry_run=dry_run, partial=partial
    )
    errors = [{"row": e.row, "sheet": e.sheet, "message": e.sentence(t)} for e in report.errors]
    if format_ == "json":
        emit_json(
            {
                "added": [a.id for a in report.added],
                "updated": [a.id for a in report.updated],
                "unchanged": report.unchanged_n,
                "errors": errors,
                "stored": report.stored,
            }
        )
    else:
        click.echo(
            t(
                "Ajoutées : {added} ; mises à jour : {updated} ; inchangées : {same}.",
                added=len(report.added),
                updated=len(report.updated),
                same=report.unchanged_n,
            )
        )
        if not report.stored and (report.added or report.updated):
            click.echo(t("Rien n'a été enregistré."))
    for error in errors:
        click.echo(error["message"], err=True)
    if errors:
        raise click.exceptions.Exit(2)


@plan.command()
@territory_option
@click.option("--record", default=None, help="Identifiant d'une fiche / id of a record.")
@click.option("--at", "at", default=None, help="État à une date (AAAA-MM-JJ) / state on a day.")
@click.option("--undo", "undo_", type=int, default=None, help="Annuler un changement / undo one.")
@click.option("--limit", type=click.IntRange(1, 100_000), default=50, show_default=True)
@format_option
@lang_option
def history(
    territory: str | None,
    record: str | None,
    at: str | None,
    undo_: int | None,
    limit: int,
    format_: str,
    lang: str,
) -> None:
    """Qui a changé quoi, quand / who changed what, when."""
    t = translator(lang)
    here = open_here(territory)
    if undo_ is not None:
        done = plan_edit.undo(here, undo_)
        if format_ == "json":
            emit_json({"undone": undo_, "record": to_payload(done)})
            return
        click.echo(t("Changement n° {seq} annulé ({id}).", seq=undo_, id=done.id))
        return
    if at is not None:
        _past(here, at, format_, t)
        return
    rows = [
        {
            "seq": c.seq,
            "at": c.at.astimezone(here.zone).isoformat(timespec="seconds"),
            "account": c.account,
            "kind": c.kind,
            "kind_name": t(KIND_WORDS[c.kind]),
            "record": c.record_id,
            "change": c.change,
            "change_name": t(CHANGE_WORDS[c.change]),
            "fields": ", ".join(c.fields),
            "before": c.before,
            "after": c.after,
        }
        for c in plan_edit.history(here, record_id=record, limit=limit)
    ]
    emit_rows(
        rows,
        format_,
        columns={
            "seq": t("N°"),
            "at": t("Quand"),
            "account": t("Qui"),
            "kind_name": t("Genre"),
            "record": t("Identifiant"),
            "change_name": t("Changement"),
            "fields": t("Champs"),
        },
    )


def _past(here: plans.Plan, at: str, format_: str, t: Translator) -> None:
    day: date = read_cell("date", at)
    # The state at the end of that day, where the territory is.
    moment = datetime(day.year, day.month, day.day, 23, 59, 59, 999_999, tzinfo=here.zone)
    then = here.store.state_at(Action, at=moment, territory=here.territory)
    kept = [a for a in then if not a.deleted]
    emit_rows(
        [
            {
                "id": a.id,
                "title": text(a, "title", t.lang),
                "status_name": t(STATUS_WORDS[a.status]),
            }
            for a in kept
        ],
        format_,
        columns={"id": t("Identifiant"), "title": t("Titre"), "status_name": t("Statut")},
        payload=[to_payload(a) for a in kept],
    )


@plan.command()
@territory_option
@click.argument("what", type=click.Choice(["add", "remove"]))
@format_option
@lang_option
def example(territory: str | None, what: str, format_: str, lang: str) -> None:
    """Ajouter ou retirer le plan d'exemple / add or remove the example plan."""
    t = translator(lang)
    here = open_here(territory)
    if what == "add":
        n = plan_example.add_example(here)
        said = t.plural("{n} action d'exemple ajoutée", "{n} actions d'exemple ajoutées", n)
    else:
        n = plan_example.remove_example(here)
        said = t.plural("{n} fiche d'exemple retirée", "{n} fiches d'exemple retirées", n)
    if format_ == "json":
        emit_json({"done": what, "records": n, "territory": here.territory})
        return
    click.echo(said)


@plan.command()
@territory_option
@scope_option
@format_option
@lang_option
def evidence(territory: str | None, scope: str | None, format_: str, lang: str) -> None:
    """Registre des preuves / the evidence register."""
    t = translator(lang)
    here = open_here(territory)
    entries = registers.register(here, open_data(), t, plans.board(here, scope))
    emit_rows(
        [
            registers.as_payload(entry)
            | {
                "said": registers.said(entry, t) or entry.title,
                "checked": t("oui") if entry.confirmed else t("à vérifier"),
                "against": ", ".join(entry.disagrees),
                "cited_by": ", ".join(entry.actions),
            }
            for entry in entries
        ],
        format_,
        columns={
            "id": t("Identifiant"),
            "topic": t("Thème"),
            "said": t("Ce qu'elle dit"),
            "dated": t("Quand"),
            "publisher": t("Source"),
            "checked": t("Vérifiée"),
            "against": t("Contredite par"),
            "cited_by": t("Citée par"),
        },
        payload=[registers.as_payload(entry) for entry in entries],
    )
