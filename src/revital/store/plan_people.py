"""Coordinates and sign-in identities: kept apart, and erased for good when asked."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from uuid import uuid4

from sqlalchemy import delete, func, insert, select, update

from revital.errors import UnknownIdError
from revital.store.plan import PlanStore
from revital.store.plan_engine import reading, writing
from revital.store.plan_models import ContactRow, table_of

_CONTACTS = table_of(ContactRow)


@dataclass(frozen=True, kw_only=True)
class Contact:
    """How to reach somebody, and who the identity provider says they are."""

    id: str
    territory: str
    account: str | None = None
    name: str = ""
    email: str = ""
    phone: str = ""
    issuer: str | None = None
    subject: str | None = None


def new_contact(store: PlanStore, territory: str, **values: str | None) -> Contact:
    """Keep the coordinates of somebody and return them with their id."""
    contact = Contact(id=uuid4().hex, territory=territory, **values)  # type: ignore[arg-type]
    with writing(store.engine) as connection:
        connection.execute(insert(_CONTACTS).values(asdict(contact)))
    return contact


def contacts(store: PlanStore, territory: str | None = None) -> list[Contact]:
    """Return the contacts of a territory (those of the whole installation are under `*`)."""
    query = select(_CONTACTS).order_by(_CONTACTS.c.name, _CONTACTS.c.id)
    if territory is not None:
        query = query.where(_CONTACTS.c.territory.in_((territory, "*")))
    with reading(store.engine) as connection:
        return [Contact(**row) for row in connection.execute(query).mappings()]


def change_contact(store: PlanStore, contact: Contact) -> None:
    """
    Write somebody's name and coordinates anew; the sign-in identity is left as it is.

    Raises
    ------
    UnknownIdError
        When there is no such contact any more.
    """
    words = {"name": contact.name, "email": contact.email, "phone": contact.phone}
    with writing(store.engine) as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA secure_delete=ON")
        done = connection.execute(
            update(_CONTACTS).where(_CONTACTS.c.id == contact.id).values(words)
        )
        if done.rowcount != 1:
            raise UnknownIdError("Le contact « {id} » n'existe pas.", id=contact.id)


def erase_contact(store: PlanStore, contact_id: str) -> None:
    """
    Erase somebody's coordinates and identity.

    History keeps the account's id, which says nothing of the person any more. The freed pages of
    the file are overwritten, so that the words are not left on the disk.

    Raises
    ------
    UnknownIdError
        When there is no such contact.
    """
    with writing(store.engine) as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA secure_delete=ON")
        done = connection.execute(delete(_CONTACTS).where(_CONTACTS.c.id == contact_id))
        if done.rowcount != 1:
            raise UnknownIdError("Le contact « {id} » n'existe pas.", id=contact_id)
    if store.engine.dialect.name == "sqlite":
        with store.engine.connect() as connection:
            raw = connection.connection.driver_connection
            if raw is not None:
                raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def find_identity(store: PlanStore, issuer: str, subject: str) -> Contact | None:
    """Return whom the identity provider's `issuer` and `subject` stand for."""
    query = select(_CONTACTS).where(_CONTACTS.c.issuer == issuer, _CONTACTS.c.subject == subject)
    with reading(store.engine) as connection:
        row = connection.execute(query).mappings().first()
    return None if row is None else Contact(**row)


def claim_identity(store: PlanStore, issuer: str, subject: str, email: str) -> Contact | None:
    """
    Tie a first sign-in to the account that was prepared for its (verified) address.

    An address that already belongs to another identity is never taken over.
    """
    with writing(store.engine) as connection:
        row = (
            connection.execute(
                select(_CONTACTS).where(
                    func.lower(_CONTACTS.c.email) == email.strip().lower(),
                    _CONTACTS.c.account.is_not(None),
                    _CONTACTS.c.subject.is_(None),
                )
            )
            .mappings()
            .first()
        )
        if row is None:
            return None
        connection.execute(
            update(_CONTACTS)
            .where(_CONTACTS.c.id == row["id"])
            .values(issuer=issuer, subject=subject)
        )
        return Contact(**{**row, "issuer": issuer, "subject": subject})
