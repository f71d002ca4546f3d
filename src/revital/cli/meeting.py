"""`revital meeting`: decisions, meetings, frozen snapshots."""

from __future__ import annotations

from typing import cast

import click

from revital.cli.output import emit_json, emit_rows, format_option, lang_option
from revital.cli.plan import open_here, scope_option, territory_option
from revital.domain.plan_records import Meeting, Status
from revital.i18n import translator
from revital.services import meeting as meetings
from revital.services import snapshots
from revital.services.plan_columns import read_cell
from revital.services.plan_edit import new_id
from revital.services.plan_words import STATUS_WORDS, text


@click.group()
def meeting() -> None:
    """Rencontres et décisions / meetings and decisions."""


@meeting.command("list")
@territory_option
@scope_option
@format_option
@lang_option
def list_(territory: str | None, scope: str | None, format_: str, lang: str) -> None:
    """Rencontres tenues / meetings held."""
    t = translator(lang)
    here = open_here(territory)
    rows = [
        {
            "id": m.id,
            "held_at": m.held_at.astimezone(here.zone).isoformat(timespec="minutes"),
            "subcommittee": m.subcommittee,
            "place": text(m, "place", lang),
            "citizens": m.citizens_n,
            "workers": m.workers_n,
            "partners": m.partners_n,
        }
        for m in meetings.meetings(here, scope=scope or "real")
    ]
    emit_rows(
        rows,
        format_,
        columns={
            "id": t("Identifiant"),
            "held_at": t("Quand"),
            "subcommittee": t("Sous-comité"),
            "place": t("Lieu"),
            "citizens": t("Citoyens"),
            "workers": t("Intervenants"),
            "partners": t("Partenaires"),
        },
    )


@meeting.command()
@territory_option
@click.option("--subcommittee", default=None, help="Sous-comité / sub-committee (id).")
@click.option("--on", required=True, help="AAAA-MM-JJ")
@click.option("--time", "time_", default="18:30", show_default=True, help="HH:MM")
@click.option("--place", default="")
@click.option("--citizens", type=click.IntRange(0), default=None)
@click.option("--workers", type=click.IntRange(0), default=None)
@click.option("--partners", type=click.IntRange(0), default=None)
@click.option("--notes", default="")
@format_option
def record(
    territory: str | None,
    subcommittee: str | None,
    on: str,
    time_: str,
    place: str,
    citizens: int | None,
    workers: int | None,
    partners: int | None,
    notes: str,
    format_: str,
) -> None:
    """Inscrire une rencontre, présences en nombres / record a meeting, attendance as counts."""
    here = open_here(territory)
    hour, _, minute = time_.partition(":")
    if not (hour.isdigit() and minute.isdigit() and int(hour) < 24 and int(minute) < 60):
        raise click.BadParameter("HH:MM", param_hint="--time")
    saved = meetings.record_meeting(
        here,
        Meeting(
            id=new_id(),
            territory=here.territory,
            subcommittee=subcommittee,
            held_at=meetings.local_instant(here, read_cell("date", on), int(hour), int(minute)),
            place=place,
            citizens_n=citizens,
            workers_n=workers,
            partners_n=partners,
            notes=notes,
        ),
    )
    if format_ == "json":
        emit_json(saved)
    else:
        click.echo(saved.id)


@meeting.command()
@territory_option
@click.option("--subcommittee", required=True, help="Sous-comité / sub-committee (id).")
@click.option("--action", default=None, help="Action que la décision change / action it changes.")
@click.option("--status", type=click.Choice([s.value for s in Status]), default=None)
@click.option("--due", default=None, help="AAAA-MM-JJ")
@click.option("--owner", default=None)
@click.option("--reason", default="", help="Raison d'un arrêt / why it stops.")
@click.option("--responsible", default="", help="Qui doit agir / who is to act.")
@click.option("--meeting", "meeting_id", default=None, help="Rencontre / meeting (id).")
@click.option("--no-action", is_flag=True, help="Décision sans action / decision without action.")
@click.argument("text_", metavar="PHRASE")
@format_option
@lang_option
def decide(
    territory: str | None,
    subcommittee: str,
    action: str | None,
    status: str | None,
    due: str | None,
    owner: str | None,
    reason: str,
    responsible: str,
    meeting_id: str | None,
    no_action: bool,
    text_: str,
    format_: str,
    lang: str,
) -> None:
    """Inscrire une décision en une phrase / record a decision in one sentence."""
    t = translator(lang)
    decision, changed = meetings.decide(
        open_here(territory),
        subcommittee=subcommittee,
        text=text_,
        action=action,
        status=Status(status) if status else None,
        due=read_cell("date", due) if due else None,
        owner=owner,
        reason=reason,
        responsible=responsible,
        meeting=meeting_id,
        create=not no_action,
    )
    if format_ == "json":
        emit_json({"decision": decision, "action": changed})
        return
    click.echo(t("Décision inscrite ({id}).", id=decision.id))
    if changed is not None:
        click.echo(f"{changed.title} · {t(STATUS_WORDS[changed.status])} ({changed.id})")


@meeting.command()
@territory_option
@scope_option
@click.option("--subcommittee", default=None)
@click.option("--meeting", "meeting_id", default=None)
@click.option("--figures", is_flag=True, help="Avec les chiffres du portrait / with the figures.")
@format_option
def snapshot(
    territory: str | None,
    scope: str | None,
    subcommittee: str | None,
    meeting_id: str | None,
    figures: bool,
    format_: str,
) -> None:
    """Figer le plan et ses chiffres / freeze the plan and its figures."""
    here = open_here(territory)
    values, versions = snapshots.portrait_figures(here.territory) if figures else ([], {})
    taken = snapshots.take_snapshot(
        here,
        subcommittee=subcommittee,
        meeting=meeting_id,
        scope=scope,
        figures=values,
        data_versions=versions,
    )
    if format_ == "json":
        emit_json(snapshots.snapshot_summary(taken))
    else:
        click.echo(f"{taken.id} {taken.sha256}")


@meeting.command()
@territory_option
@click.argument("snapshot_id", metavar="ID", required=False)
@format_option
@lang_option
def verify(territory: str | None, snapshot_id: str | None, format_: str, lang: str) -> None:
    """Vérifier les instantanés / verify the snapshots (all of them without an id)."""
    t = translator(lang)
    here = open_here(territory)
    ids = [snapshot_id] if snapshot_id else [s.id for s in snapshots.list_snapshots(here)]
    verdicts = [snapshots.verify_snapshot(here, id_) for id_ in ids]
    rows = [
        {
            "id": v.id,
            "intact": v.intact,
            "taken_at": v.taken_at,
            "sha256": v.sha256,
            "reasons": [t(r) for r in v.reasons],
            "verdict": t("intact") if v.intact else t("altéré"),
        }
        for v in verdicts
    ]
    emit_rows(
        rows,
        format_,
        columns={
            "id": t("Identifiant"),
            "taken_at": t("Quand"),
            "verdict": t("Vérification"),
            "sha256": t("Empreinte"),
        },
    )
    for row in rows:
        for reason in cast(list[str], row["reasons"]):
            click.echo(f"{row['id']} : {reason}", err=True)
    if not all(v.intact for v in verdicts):
        raise click.exceptions.Exit(2)
