"""`revital services`: who to refer to, a place added, a list verified."""

from __future__ import annotations

from datetime import date
from typing import Any

import click

from revital.catalogue.service_classes import service_class, service_classes
from revital.cli.output import emit_json, emit_rows, format_option, lang_option
from revital.errors import UserError
from revital.i18n import translator
from revital.services.data import open_data
from revital.services.imports.places import add_place
from revital.services.inventory import inventory, referral_row
from revital.services.known_places import parse_point
from revital.services.verified import mark_verified, unmark_verified, verifications
from revital.services.workspace.home import workspace


@click.group("services", invoke_without_command=True)
@click.option("--territory", help="Territoire / territory.")
@click.option("--kind", "kinds", multiple=True, help="Classe de services / class: grocery, clsc…")
@click.option("--from", "origin", default="", help="« LAT, LON » d'où partir / to start from.")
@click.option("--limit", type=int, help="Combien en montrer / how many.")
@format_option
@lang_option
@click.pass_context
def services(
    ctx: click.Context,
    territory: str | None,
    kinds: tuple[str, ...],
    origin: str,
    limit: int | None,
    format_: str,
    lang: str,
) -> None:
    """Known services, nearest first, with phone, hours, eligibility and cost where known."""
    if ctx.invoked_subcommand is not None:
        return
    t = translator(lang)
    if not territory:
        raise UserError("Donnez le territoire : « --territory ID ».")
    data = open_data()
    position = parse_point(data, territory, origin) if origin else None
    found = inventory(data, territory, kinds, position)
    rows = [referral_row(item, t) for item in found.referrals[:limit]]
    payload = {
        "territory": territory,
        "classes": [c.id for c in found.classes],
        "origin": found.origin,
        "is_position": found.is_position,
        "closed_left_out": found.closed_n,
        "services": rows,
        "unlocated": [
            {"id": u.id, "name": u.name, "class": c.id, "where": t.of(u.where)}
            for c, u in found.unlocated
        ],
    }
    columns = {
        "name": t("Nom"),
        "kind": t("Sorte"),
        "distance_m": t("Distance (m)"),
        "address": t("Adresse"),
        "phone": t("Téléphone"),
        "hours": t("Heures"),
        "eligibility": t("Qui y a droit"),
        "cost": t("Coût"),
        "status": t("État"),
        "id": "id",
    }
    emit_rows(rows, format_, columns=columns, payload=payload)


@services.command("add")
@click.option("--territory", required=True)
@click.option("--name", required=True, help="Nom du lieu / name.")
@click.option("--kind", "category", required=True, help="supermarket, pharmacy, food_aid…")
@click.option("--at", required=True, help="« LAT, LON » en degrés / in degrees.")
@click.option("--by", required=True, help="Qui l'a vu / who saw it.")
@click.option("--address", default="")
@click.option("--phone", default="")
@click.option("--hours", default="")
@click.option("--eligibility", default="")
@click.option("--cost", default="")
@click.option("--locates", default="", help="id d'un lieu connu, non situé / known place.")
@format_option
@lang_option
def add(territory: str, at: str, format_: str, lang: str, **values: str) -> None:
    """Add one place; `revital import undo` takes it back."""
    t = translator(lang)
    data = open_data()
    lat, lon = parse_point(data, territory, at)
    event = add_place(data, workspace(), territory, lat=lat, lon=lon, **values)
    if format_ == "json":
        emit_json(event)
        return
    click.echo(t("Lieu ajouté sous le numéro {id}. Pour défaire : « revital import undo {id} ».",
                 id=event.id))  # fmt: skip


@services.command("verify")
@click.option("--territory", required=True)
@click.option("--kind", "service", required=True, type=click.Choice(list(service_classes())))
@click.option("--by", default="", help="Qui a vérifié / who checked.")
@click.option("--on", "day", default="", help="AAAA-MM-JJ ; aujourd'hui / today.")
@click.option("--undo", "is_undo", is_flag=True, help="Retirer la marque / take the mark back.")
@format_option
@lang_option
def verify(
    territory: str, service: str, by: str, day: str, is_undo: bool, format_: str, lang: str
) -> None:
    """Mark the list of a class as verified: its figures drop "at most"."""
    t = translator(lang)
    data = open_data()
    place = data.catalogue.territory(territory).place
    if is_undo:
        unmark_verified(place, service)
    else:
        mark_verified(place, service, by, _day(day))
    rows: list[dict[str, Any]] = [
        {"place": v.place, "class": v.service, "by": v.by, "on": v.on.isoformat(),
         "title": t.of(service_class(v.service).title)}
        for v in verifications()
        if v.place == place
    ]  # fmt: skip
    columns = {"title": t("Service"), "by": t("Par"), "on": t("Le")}
    emit_rows(rows, format_, columns=columns)


def _day(text: str) -> date:
    if not text:
        return date.today()
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise UserError("« {value} » n'est pas une date (AAAA-MM-JJ).", value=text[:30]) from error
