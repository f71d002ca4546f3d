"""`revital contact`: coordinates of people, kept apart and erased for good."""

from __future__ import annotations

from typing import Any

import click

from revital.cli.output import emit_json, emit_rows, format_option, lang_option
from revital.cli.plan import open_here, territory_option
from revital.i18n import Translator, translator
from revital.services import contacts as people
from revital.store.plan_people import Contact


@click.group()
def contact() -> None:
    """Coordonnées, pour la coordination / contacts, for coordinators."""


def _emit(found: list[Contact], format_: str, t: Translator) -> None:
    rows: list[dict[str, Any]] = [
        {
            "id": c.id,
            "territory": c.territory,
            "name": c.name,
            "email": c.email,
            "phone": c.phone,
            "has_account": c.account is not None,
        }
        for c in found
    ]
    emit_rows(
        rows,
        format_,
        columns={
            "id": t("Identifiant"),
            "name": t("Nom"),
            "email": t("Courriel"),
            "phone": t("Téléphone"),
        },
    )


@contact.command("list")
@territory_option
@format_option
@lang_option
def list_(territory: str | None, format_: str, lang: str) -> None:
    """Contacts d'un territoire / contacts of a territory."""
    _emit(people.list_contacts(open_here(territory)), format_, translator(lang))


@contact.command()
@territory_option
@click.option("--name", default="")
@click.option("--email", default="")
@click.option("--phone", default="")
@click.option("--id", "contact_id", default=None, help="Contact à récrire / contact to rewrite.")
@format_option
@lang_option
def add(
    territory: str | None,
    name: str,
    email: str,
    phone: str,
    contact_id: str | None,
    format_: str,
    lang: str,
) -> None:
    """Garder des coordonnées, ou les récrire / keep somebody's coordinates, or rewrite them."""
    here = open_here(territory)
    if contact_id is None:
        made = people.add_contact(here, name=name, email=email, phone=phone)
    else:
        made = people.change_contact(here, contact_id, name=name, email=email, phone=phone)
    _emit([made], format_, translator(lang))


@contact.command()
@territory_option
@click.argument("contact_id", metavar="ID")
@format_option
@lang_option
def erase(territory: str | None, contact_id: str, format_: str, lang: str) -> None:
    """Effacer quelqu'un pour de bon / erase somebody for good."""
    people.erase_contact(open_here(territory), contact_id)
    if format_ == "json":
        emit_json({"erased": contact_id})
        return
    click.echo(translator(lang)("Coordonnées effacées."))
