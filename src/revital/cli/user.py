"""`revital user`: accounts and roles, kept in the plan's store."""

from __future__ import annotations

from typing import Any

import click

from revital.cli.output import emit_json, emit_rows, format_option, lang_option
from revital.i18n import Translator, translator
from revital.services import authorization, plan_structure
from revital.services.authorization import Role, User, operator
from revital.services.plan_words import ROLE_WORDS
from revital.settings import settings
from revital.store import plan_people

_ROLES = click.Choice([r.value for r in Role])


@click.group()
def user() -> None:
    """Comptes et rôles / accounts and roles."""


def _rows(users: list[User], t: Translator) -> list[dict[str, Any]]:
    return [
        {
            "account": u.account,
            "name": u.name,
            "email": u.email,
            "signed_in": u.signed_in,
            "roles": [
                {"role": g.role, "territory": g.territory, "subcommittee": g.subcommittee}
                for g in u.roles
            ],
            "role_names": ", ".join(
                f"{t(ROLE_WORDS[g.role])} ({g.subcommittee or g.territory})" for g in u.roles
            ),
        }
        for u in users
    ]


def _emit(users: list[User], format_: str, t: Translator) -> None:
    emit_rows(
        _rows(users, t),
        format_,
        columns={
            "account": t("Compte"),
            "name": t("Nom"),
            "email": t("Courriel"),
            "role_names": t("Rôles"),
        },
    )


@user.command()
@click.argument("email")
@click.option("--role", type=_ROLES, required=True)
@click.option("--territory", default="*", show_default=True, metavar="ID")
@click.option("--subcommittee", default=None, metavar="ID")
@click.option("--name", default="")
@format_option
@lang_option
def add(
    email: str,
    role: str,
    territory: str,
    subcommittee: str | None,
    name: str,
    format_: str,
    lang: str,
) -> None:
    """Préparer un compte : la première connexion avec ce courriel le prend / prepare an account."""
    store = plan_structure.open_store(settings().home)
    made = authorization.add_user(
        store,
        operator(),
        email=email,
        role=role,
        territory=territory,
        subcommittee=subcommittee,
        name=name,
    )
    _emit([made], format_, translator(lang))


@user.command()
@click.argument("account")
@click.argument("role", type=_ROLES)
@click.option("--territory", default="*", show_default=True, metavar="ID")
@click.option("--subcommittee", default=None, metavar="ID")
@format_option
@lang_option
def role(
    account: str, role: str, territory: str, subcommittee: str | None, format_: str, lang: str
) -> None:
    """Changer le rôle d'un compte (public : l'enlever) / change the role of an account."""
    store = plan_structure.open_store(settings().home)
    changed = authorization.set_role(
        store, operator(), account, role=role, territory=territory, subcommittee=subcommittee
    )
    _emit([changed], format_, translator(lang))


@user.command("list")
@click.option("--territory", default=None, metavar="ID")
@format_option
@lang_option
def list_(territory: str | None, format_: str, lang: str) -> None:
    """Comptes et rôles / accounts and roles."""
    store = plan_structure.open_store(settings().home)
    _emit(authorization.list_users(store, operator(), territory), format_, translator(lang))


@user.command()
@click.argument("account")
@format_option
@lang_option
def erase(account: str, format_: str, lang: str) -> None:
    """Effacer les coordonnées d'un compte, pour de bon / erase the details of an account."""
    t = translator(lang)
    store = plan_structure.open_store(settings().home)
    found = [c for c in plan_people.contacts(store) if c.account == account]
    for contact in found:
        plan_people.erase_contact(store, contact.id)
    if format_ == "json":
        emit_json({"erased": len(found)})
    else:
        click.echo(t.plural("{n} fiche effacée", "{n} fiches effacées", len(found)))
