"""What a territory's record says besides its areas: sub-committees, languages, comparators."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any, Literal, cast

from revital.catalogue.models import SubCommittee, Territory, Text
from revital.errors import UserError
from revital.services.data import Data

Role = Literal["city", "region", "province"]
ROLES: tuple[Role, ...] = ("city", "region", "province")
LANGUAGES: tuple[Literal["fr", "en"], ...] = ("fr", "en")


def slug(name: str) -> str:
    """
    Return an id from a name.

    Examples
    --------
    >>> slug("Le Cœur de l'Île")
    'le-coeur-de-l-ile'
    """
    whole = name.lower().replace("œ", "oe").replace("æ", "ae")
    plain = unicodedata.normalize("NFKD", whole).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")[:40].rstrip("-")


def read_committee(line: str) -> SubCommittee:
    """
    Return a sub-committee from `Nom | Name`, or `id=Nom | Name`.

    The English name is the French one where it is not given; the id is made from the French name.

    Raises
    ------
    UserError
        When there is no name.
    """
    head, sign, rest = line.partition("=")
    names = rest if sign else head
    fr, _, en = (part.strip() for part in names.partition("|"))
    id_ = slug(head) if sign else slug(fr)
    if not fr or not id_:
        raise UserError(
            "« {line} » n'est pas un sous-comité. Écrivez son nom français, une barre, son nom "
            "anglais (« Sécurité | Safety »).",
            line=line.strip()[:60],
        )
    return SubCommittee(id=id_, name=Text(fr=fr, en=en or fr))


def read_committees(lines: Sequence[str]) -> tuple[SubCommittee, ...]:
    """
    Return the sub-committees of some lines; empty lines are passed over.

    Raises
    ------
    UserError
        When a line has no name, or two have the same.
    """
    found = [read_committee(line) for line in lines if line.strip()]
    ids = [c.id for c in found]
    twice = next((c for c in found if ids.count(c.id) > 1), None)
    if twice is not None:
        raise UserError(
            "Le sous-comité « {name} » est écrit deux fois. Donnez à chacun un nom différent.",
            name=twice.name.fr,
        )
    return tuple(found)


def write_committees(committees: Sequence[SubCommittee]) -> str:
    """Return sub-committees as text, one per line (`Sécurité | Safety`)."""
    return "\n".join(f"{c.name.fr} | {c.name.en}" for c in committees)


def comparators_of(data: Data, place_id: str) -> dict[Role, str]:
    """Return the comparators of a place's city: the city itself, its region, the province."""
    found: dict[Role, str] = {}
    for sibling in data.catalogue.territories.values():
        if sibling.place != place_id or sibling.kind == "province":
            continue
        if sibling.kind == "city":
            found.setdefault("city", sibling.id)
        for role, other in sibling.comparators.items():
            found.setdefault(role, other)
    provinces = comparable(data, "province")
    if provinces:
        found.setdefault("province", provinces[0].id)
    return {role: found[role] for role in ROLES if role in found}


def comparable(data: Data, role: Role) -> list[Territory]:
    """Return the territories that can play a role of comparison."""
    return [t for t in data.catalogue.territories.values() if t.kind == role]


def checked_comparators(data: Data, chosen: Mapping[Any, str]) -> dict[Role, str]:
    """
    Return comparators by role.

    Raises
    ------
    UserError, UnknownIdError
        When a role or a territory is not known.
    """
    for role, other in chosen.items():
        if role not in ROLES:
            raise UserError(
                "« {role} » n'est pas un rôle de comparaison. Rôles : {known}.",
                role=role,
                known=", ".join(ROLES),
            )
        data.catalogue.territory(other)
    return {cast("Role", role): other for role, other in chosen.items()}


def with_details(
    data: Data,
    record: Territory,
    *,
    comparators: Mapping[Any, str],
    committees: Sequence[SubCommittee] = (),
    languages: Sequence[str] = LANGUAGES,
    organization: Text | None = None,
    contact: Text | None = None,
) -> Territory:
    """
    Return a record with what an editor wrote besides its limits.

    Parameters
    ----------
    languages : sequence of {"fr", "en"}
        The first is the one its pages and documents come in unless asked otherwise.

    Raises
    ------
    UserError, UnknownIdError
        When a comparator is not known, or no language is left.
    """
    spoken = tuple(dict.fromkeys(languages))
    if not spoken or not set(spoken) <= set(LANGUAGES):
        raise UserError(
            "Choisissez au moins une langue, parmi : {known}.", known=", ".join(LANGUAGES)
        )
    return record.model_copy(
        update={
            "comparators": checked_comparators(data, comparators),
            "sub_committees": tuple(committees),
            "languages": spoken,
            "organization": organization,
            "contact": contact,
        }
    )
