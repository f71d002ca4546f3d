"""
Coordinates of people: optional, for the coordination only, outside history, exports, snapshots.

A person is reached through what is written here and nowhere else, so that erasing it erases them.
"""

from __future__ import annotations

from dataclasses import replace

from revital.domain.plan_records import Grant
from revital.errors import NotAllowedError, UnknownIdError, ValuesError
from revital.services.authorization import Command, Role, require_rate
from revital.services.plan_structure import Plan
from revital.services.plan_typed import clean
from revital.store import plan_people
from revital.store.plan_people import Contact

_LONGEST = {"name": 120, "email": 254, "phone": 40}


def list_contacts(plan: Plan) -> list[Contact]:
    """
    Return the contacts of the territory, by name.

    Raises
    ------
    NotAllowedError
    """
    plan.actor.require(Command.READ_CONTACTS, plan.territory)
    return [
        c for c in plan_people.contacts(plan.store, plan.territory) if c.territory == plan.territory
    ]


def find_contact(plan: Plan, contact_id: str) -> Contact:
    """
    Return a contact of the territory.

    Raises
    ------
    NotAllowedError, UnknownIdError
    """
    for contact in list_contacts(plan):
        if contact.id == contact_id:
            return contact
    raise UnknownIdError("Le contact « {id} » n'existe pas.", id=contact_id)


def add_contact(plan: Plan, *, name: str = "", email: str = "", phone: str = "") -> Contact:
    """
    Keep somebody's coordinates.

    Raises
    ------
    NotAllowedError, ValuesError
    """
    plan.actor.require(Command.EDIT_CONTACTS, plan.territory)
    require_rate(plan.store, plan.actor)
    words = _ready(name=name, email=email, phone=phone)
    return plan_people.new_contact(plan.store, plan.territory, **words)


def change_contact(
    plan: Plan, contact_id: str, *, name: str = "", email: str = "", phone: str = ""
) -> Contact:
    """
    Write somebody's coordinates anew.

    The address of an account opens that account at its first sign-in, so it does not change here.

    Raises
    ------
    NotAllowedError, ValuesError, UnknownIdError
    """
    plan.actor.require(Command.EDIT_CONTACTS, plan.territory)
    require_rate(plan.store, plan.actor)
    held = find_contact(plan, contact_id)
    changed = replace(held, **_ready(name=name, email=email, phone=phone))
    if held.account is not None and changed.email != held.email:
        raise ValuesError(
            "Ce contact a un compte : son courriel ne change pas ici. Effacez-le, puis préparez "
            "un compte avec la bonne adresse."
        )
    plan_people.change_contact(plan.store, changed)
    return changed


def erase_contact(plan: Plan, contact_id: str) -> None:
    """
    Erase somebody for good; their account, when they have one, opens no more.

    Raises
    ------
    NotAllowedError
        Also when the account holds a higher role than the person who asks.
    UnknownIdError
    """
    plan.actor.require(Command.EDIT_CONTACTS, plan.territory)
    held = find_contact(plan, contact_id)
    if held.account is not None:
        ranks = list(Role)
        roles = [Role(g.role) for g in plan.store.all(Grant) if g.account == held.account]
        if any(ranks.index(r) > ranks.index(plan.actor.role_in(plan.territory)) for r in roles):
            raise NotAllowedError("On ne peut pas effacer un compte d'un rôle plus élevé.")
    plan_people.erase_contact(plan.store, contact_id)


def _ready(**words: str) -> dict[str, str]:
    ready = {field: " ".join(clean(value).split()) for field, value in words.items()}
    if not any(ready.values()):
        raise ValuesError("Un contact demande au moins un nom, un courriel ou un téléphone.")
    for field, value in ready.items():
        if len(value) > _LONGEST[field]:
            raise ValuesError(
                "Ce texte a {n} caractères, et {most} au plus sont gardés ici.",
                n=len(value),
                most=_LONGEST[field],
            )
    address = ready["email"]
    if address and ("@" not in address[1:-1] or " " in address):
        raise ValuesError("L'adresse « {email} » n'est pas une adresse courriel.", email=address)
    return ready
