"""
Who may do what: one table of roles and commands, denied by default.

Pages and commands never decide by themselves: each service of the plan asks here first. A role is
given for a territory (`*` for all) and, for a member, a sub-committee; an administrator's role is
for the whole installation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from ipaddress import ip_address
from typing import Any
from uuid import uuid4

from revital.domain.plan_records import Grant
from revital.errors import NotAllowedError, UserError, ValuesError
from revital.store import plan_people
from revital.store.plan import PlanStore

MODES = ("local", "public", "hosted")
LOCAL_ACCOUNT = "local"
OPERATOR_ACCOUNT = "operator"
PUBLIC_ACCOUNT = "public"
WRITES_PER_MINUTE = 60
REPORTS_PER_MINUTE = 5
SESSION_HOURS = 12


class Role(StrEnum):
    """The roles, from least to most."""

    PUBLIC = "public"
    MEMBER = "member"
    WORKER = "worker"
    COORDINATOR = "coordinator"
    ADMINISTRATOR = "administrator"


class Command(StrEnum):
    """What one can ask of the plan's services."""

    READ_PLAN = "read_plan"
    READ_ACTIONS = "read_actions"
    REPORT_ERROR = "report_error"
    EXPORT_PLAN = "export_plan"
    READ_HISTORY = "read_history"
    ADD_ACTION = "add_action"
    EDIT_ACTION = "edit_action"
    DECIDE = "decide"
    RECORD_MEETING = "record_meeting"
    TAKE_SNAPSHOT = "take_snapshot"
    READ_SNAPSHOT = "read_snapshot"
    EDIT_EVIDENCE = "edit_evidence"
    DELETE_ACTION = "delete_action"
    UNDO = "undo"
    IMPORT_PLAN = "import_plan"
    EDIT_STRUCTURE = "edit_structure"
    MANAGE_EXAMPLE = "manage_example"
    READ_CONTACTS = "read_contacts"
    EDIT_CONTACTS = "edit_contacts"
    READ_REPORTS = "read_reports"
    MANAGE_USERS = "manage_users"
    BACK_UP = "back_up"
    RESTORE = "restore"


_PUBLIC = frozenset({Command.READ_PLAN, Command.REPORT_ERROR})
_MEMBER = _PUBLIC | {
    Command.READ_ACTIONS,
    Command.EXPORT_PLAN,
    Command.READ_HISTORY,
    Command.READ_SNAPSHOT,
    Command.ADD_ACTION,
    Command.EDIT_ACTION,
    Command.DECIDE,
}
_WORKER = _MEMBER | {Command.RECORD_MEETING, Command.TAKE_SNAPSHOT, Command.EDIT_EVIDENCE}
_COORDINATOR = _WORKER | {
    Command.DELETE_ACTION,
    Command.UNDO,
    Command.IMPORT_PLAN,
    Command.EDIT_STRUCTURE,
    Command.MANAGE_EXAMPLE,
    Command.READ_CONTACTS,
    Command.EDIT_CONTACTS,
    Command.READ_REPORTS,
    Command.MANAGE_USERS,
}
_ADMINISTRATOR = _COORDINATOR | {Command.BACK_UP, Command.RESTORE}

#: The one table: what is not listed is refused.
MATRIX: dict[Role, frozenset[Command]] = {
    Role.PUBLIC: _PUBLIC,
    Role.MEMBER: _MEMBER,
    Role.WORKER: _WORKER,
    Role.COORDINATOR: _COORDINATOR,
    Role.ADMINISTRATOR: _ADMINISTRATOR,
}
#: Commands that a member may do in their own sub-committee only.
OWN_ONLY = frozenset({Command.ADD_ACTION, Command.EDIT_ACTION, Command.DECIDE})
#: Commands that a public installation refuses to everyone.
_READING = frozenset({Command.READ_PLAN, Command.REPORT_ERROR})


@dataclass(frozen=True)
class Held:
    """A role held by somebody: where it counts."""

    role: Role
    territory: str = "*"
    subcommittee: str | None = None


@dataclass(frozen=True)
class Actor:
    """
    Who is asking.

    Attributes
    ----------
    account : str
        Id that history keeps.
    held : tuple of Held
        Roles; everybody also has the public one.
    mode : {"local", "public", "hosted"}
    """

    account: str
    held: tuple[Held, ...] = ()
    mode: str = "hosted"

    def role_in(self, territory: str) -> Role:
        """Return the highest role in a territory."""
        ranks = list(Role)
        here = [h.role for h in self.held if h.territory in (territory, "*")]
        return max([Role.PUBLIC, *here], key=ranks.index)

    def may(self, command: Command, territory: str, subcommittee: str | None = None) -> bool:
        """
        Return whether the actor may do this here.

        `subcommittee` is the one that the change touches; for a member it must be their own.
        """
        if self.mode == "public" and command not in _READING:
            return False
        if command in MATRIX[Role.PUBLIC]:
            return True
        for held in self.held:
            if held.territory not in (territory, "*") or command not in MATRIX[held.role]:
                continue
            if held.role is not Role.MEMBER or command not in OWN_ONLY:
                return True
            if subcommittee is not None and held.subcommittee == subcommittee:
                return True
        return False

    def require(self, command: Command, territory: str, subcommittee: str | None = None) -> None:
        """
        Raise unless the actor may do this here.

        Raises
        ------
        NotAllowedError
        """
        if self.may(command, territory, subcommittee):
            return
        if self.mode == "public":
            raise NotAllowedError(
                "Cette installation est publique : on peut y lire le plan, pas le changer."
            )
        if self.account == PUBLIC_ACCOUNT:
            raise NotAllowedError("Connectez-vous pour faire cela.")
        raise NotAllowedError(
            "Votre rôle ne permet pas de faire cela ici. Demandez à la coordination."
        )


def local_actor() -> Actor:
    """Return the one person of a local installation, who may do everything."""
    return Actor(LOCAL_ACCOUNT, (Held(Role.ADMINISTRATOR),), "local")


def operator() -> Actor:
    """Return whoever runs commands on the machine that holds the file."""
    return Actor(OPERATOR_ACCOUNT, (Held(Role.ADMINISTRATOR),), "local")


def visitor(mode: str) -> Actor:
    """Return somebody who did not sign in."""
    return Actor(PUBLIC_ACCOUNT, (), mode)


def actor_for(
    mode: str, store: PlanStore, claims: Mapping[str, Any] | None, *, now: datetime | None = None
) -> Actor:
    """
    Return who is asking, from the mode and the identity provider's claims.

    Parameters
    ----------
    mode : {"local", "public", "hosted"}
    store : PlanStore
        Holds the roles: those are never read from the claims.
    claims : mapping or None
        `iss`, `sub`, `email`, `email_verified`, `iat`; None when nobody signed in.
    now : datetime, optional
        To tell whether the session expired.

    Returns
    -------
    Actor
        A visitor when the session expired or the account has no role.
    """
    if mode == "local":
        return local_actor()
    if mode != "hosted" or not claims or not claims.get("sub"):
        return visitor(mode)
    if session_expired(claims, now or datetime.now(UTC)):
        return visitor(mode)
    issuer, subject = str(claims.get("iss", "")), str(claims["sub"])
    contact = plan_people.find_identity(store, issuer, subject)
    if contact is None and claims.get("email") and claims.get("email_verified") is True:
        contact = plan_people.claim_identity(store, issuer, subject, str(claims["email"]))
    if contact is None or contact.account is None:
        return visitor(mode)
    held = tuple(
        Held(Role(g.role), g.territory, g.subcommittee)
        for g in store.all(Grant)
        if g.account == contact.account
    )
    return Actor(contact.account, held, mode)


def session_expired(claims: Mapping[str, Any], now: datetime, hours: float = SESSION_HOURS) -> bool:
    """Return whether a sign-in is older than `hours` (never, when it does not say when)."""
    issued = claims.get("iat")
    if not isinstance(issued, int | float):
        return False
    return now - datetime.fromtimestamp(issued, UTC) > timedelta(hours=hours)


def require_rate(store: PlanStore, actor: Actor) -> None:
    """
    Raise when an account saves too often: a stuck key, a script, a mischief.

    Raises
    ------
    NotAllowedError
    """
    if actor.mode == "local":
        return
    limit = REPORTS_PER_MINUTE if actor.account == PUBLIC_ACCOUNT else WRITES_PER_MINUTE
    since = store.clock() - timedelta(minutes=1)
    if store.writes_since(actor.account, since) >= limit:
        raise NotAllowedError(
            "Trop d'enregistrements en une minute ({n}). Attendez un peu, puis réessayez : rien "
            "n'est perdu.",
            n=limit,
        )


def require_safe_mode(
    mode: str,
    *,
    address: str = "localhost",
    headers: Mapping[str, str] | None = None,
    sign_in: bool = False,
    reader: str | None = None,
) -> None:
    """
    Raise when the app would be open to people it is not meant for.

    Parameters
    ----------
    mode : str
        `local`, `public` or `hosted`.
    address : str
        Address that the server listens on.
    headers : mapping, optional
        Headers of the request: a proxy leaves its mark there.
    sign_in : bool
        Whether an identity provider is configured.
    reader : str, optional
        Address of who asks; None when it is this computer, or is not known.

    Raises
    ------
    UserError
        Unknown mode; local mode on an address that others reach, or behind a proxy; hosted mode
        without sign-in.
    """
    if mode not in MODES:
        raise UserError(
            "Le mode « {mode} » n'existe pas. Donnez à REVITAL_MODE l'une de ces valeurs : "
            "{known}.",
            mode=mode,
            known=", ".join(MODES),
        )
    if mode == "hosted" and not sign_in:
        raise UserError(
            "Le mode hébergé demande une connexion : configurez le fournisseur d'identité dans "
            ".streamlit/secrets.toml, section [auth]."
        )
    if mode == "local":
        marks = ("x-forwarded-for", "forwarded", "x-real-ip", "x-forwarded-host")
        present = {name.lower() for name in (headers or {})}
        if present & set(marks):
            raise UserError(
                "Le mode local refuse de fonctionner derrière un serveur mandataire : toute "
                "personne y aurait tous les droits. Choisissez le mode public ou hébergé "
                "(REVITAL_MODE)."
            )
        if not _is_loopback(address):
            raise UserError(
                "Le mode local ne s'ouvre qu'à cet ordinateur, et le serveur écoute « {address} ». "
                "Choisissez l'adresse localhost, ou le mode public ou hébergé (REVITAL_MODE).",
                address=address,
            )
        if reader is not None and not _is_loopback(reader):
            raise UserError(
                "Le mode local ne s'ouvre qu'à cet ordinateur, et cette demande vient de "
                "« {reader} ». Choisissez le mode public ou hébergé (REVITAL_MODE).",
                reader=reader,
            )


def _is_loopback(address: str) -> bool:
    name = address.strip("[]").lower()
    if name in ("localhost", ""):
        return name == "localhost"
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False


# --- users -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class User:
    """An account with its roles; `email` is empty for those who may not see it."""

    account: str
    name: str
    email: str
    signed_in: bool
    roles: tuple[Grant, ...]


def add_user(
    store: PlanStore,
    actor: Actor,
    *,
    email: str,
    role: str,
    territory: str,
    subcommittee: str | None = None,
    name: str = "",
) -> User:
    """
    Prepare an account: the first sign-in with this verified address takes it.

    Raises
    ------
    NotAllowedError, ValuesError
    """
    held = _require_grantable(actor, role, territory, subcommittee)
    address = email.strip()
    if "@" not in address[1:-1] or any(c.isspace() for c in address) or len(address) > 254:
        raise ValuesError("L'adresse « {email} » n'est pas une adresse courriel.", email=address)
    known = plan_people.contacts(store)
    if any(c.email.lower() == address.lower() and c.account for c in known):
        raise ValuesError(
            "L'adresse « {email} » a déjà un compte. Changez son rôle avec `revital user role`.",
            email=address,
        )
    require_rate(store, actor)
    account = uuid4().hex
    contact = plan_people.new_contact(
        store, territory, account=account, email=address, name=name.strip()
    )
    grant = store.save(_grant(account, held), account=actor.account)
    return User(account, contact.name, contact.email, False, (grant,))


def set_role(
    store: PlanStore,
    actor: Actor,
    account: str,
    *,
    role: str,
    territory: str,
    subcommittee: str | None = None,
) -> User:
    """Replace the role of an account in a territory; the role `public` takes it away."""
    held = _require_grantable(actor, role, territory, subcommittee)
    if account == actor.account:
        raise ValuesError("On ne change pas son propre rôle : demandez à une autre personne.")
    users = {u.account: u for u in list_users(store, actor, None)}
    if account not in users:
        raise ValuesError("Le compte « {account} » n'existe pas.", account=account)
    require_rate(store, actor)
    with store.transaction(actor.account) as transaction:
        for grant in users[account].roles:
            if grant.territory == territory:
                transaction.save(replace(grant, deleted=True))
        if held.role is not Role.PUBLIC:
            transaction.save(_grant(account, held))
    return next(u for u in list_users(store, actor, None) if u.account == account)


def list_users(store: PlanStore, actor: Actor, territory: str | None) -> list[User]:
    """
    Return the accounts of a territory.

    Without a territory, those of every territory that the actor manages; nobody sees the people
    of a territory that they do not manage.
    """
    actor.require(Command.MANAGE_USERS, territory or _any_territory(actor))
    grants = store.all(Grant)
    seen: list[User] = []
    for contact in plan_people.contacts(store):
        if contact.account is None:
            continue
        roles = tuple(g for g in grants if g.account == contact.account)
        here = [g.territory for g in roles] or [contact.territory]
        if territory and territory not in here and "*" not in here:
            continue
        if not any(actor.may(Command.MANAGE_USERS, place) for place in here):
            continue
        seen.append(
            User(
                contact.account,
                contact.name,
                contact.email,
                contact.subject is not None,
                roles,
            )
        )
    return seen


def _any_territory(actor: Actor) -> str:
    return next((h.territory for h in actor.held if Command.MANAGE_USERS in MATRIX[h.role]), "*")


def _grant(account: str, held: Held) -> Grant:
    return Grant(
        id=uuid4().hex,
        territory=held.territory,
        account=account,
        role=held.role.value,
        subcommittee=held.subcommittee,
    )


def _require_grantable(actor: Actor, role: str, territory: str, subcommittee: str | None) -> Held:
    if role not in set(Role):
        raise ValuesError(
            "Le rôle « {role} » n'existe pas. Choisissez l'un de : {known}.",
            role=role,
            known=", ".join(Role),
        )
    wanted = Role(role)
    actor.require(Command.MANAGE_USERS, territory)
    # Nobody gives more than they hold: a coordinator makes no administrator, nor roles elsewhere.
    ranks = list(Role)
    if ranks.index(wanted) > ranks.index(actor.role_in(territory)):
        raise NotAllowedError("On ne peut pas donner un rôle plus élevé que le sien.")
    if wanted is Role.MEMBER and not subcommittee:
        raise ValuesError("Un membre appartient à un sous-comité : dites lequel.")
    if territory == "*" and wanted not in (Role.ADMINISTRATOR, Role.PUBLIC):
        raise ValuesError("Ce rôle se donne dans un territoire : dites lequel.")
    return Held(wanted, territory, subcommittee if wanted is Role.MEMBER else None)
