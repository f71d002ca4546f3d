"""Local corrections to public layers: kept beside them, never inside."""

from __future__ import annotations

import pandas as pd

from revital.catalogue.service_classes import service_classes
from revital.errors import UnknownIdError, UserError
from revital.services.data import Data
from revital.services.imports.corrected import ACTIONS, DETAILS
from revital.services.imports.events import Event, Journal, record_event, undo
from revital.services.workspace.home import Workspace
from revital.sources.transfer import now


def correct(
    data: Data,
    home: Workspace,
    territory: str,
    *,
    layer: str,
    service_id: str,
    action: str,
    by: str,
    lon: float | None = None,
    lat: float | None = None,
    category: str = "",
    note: str = "",
    phone: str = "",
    hours: str = "",
    eligibility: str = "",
    cost: str = "",
) -> Event:
    """
    Note that a place of a public layer is closed, moved, of another kind, or not there.

    The public layer is never touched; its next edition keeps the correction beside it.

    Parameters
    ----------
    layer, service_id : the place corrected
    action : {"closed", "open", "moved", "not_there", "kind", "details"}
    by : str
    lon, lat : float, degrees; where it moved to
    category : str
        What the place is, for `kind`.
    note : str
    phone, hours, eligibility, cost : str
        What is added, for `details`.

    Raises
    ------
    UserError
        When the place is not in the layer, the action is not one of these, a move says not where,
        a kind is unknown, or nothing is added.
    """
    if action not in ACTIONS:
        raise UserError(
            "« {action} » n'est pas une correction. Corrections : {known}.",
            action=action[:40],
            known=", ".join(ACTIONS),
        )
    if not by.strip():
        raise UserError("Dites qui fait cette correction : une personne ou un organisme.")
    said = {
        name: " ".join(value.split())[:200]
        for name, value in zip(DETAILS, (phone, hours, eligibility, cost), strict=True)
    }
    if action == "details" and not any(said.values()):
        raise UserError(
            "Rien n'a été ajouté : écrivez un téléphone, des heures, qui y a droit ou un coût."
        )
    if action == "kind":
        require_category(category)
    if action == "moved":
        require_inside(data, territory, lon, lat)
    known = data.layers.read(layer, columns=["service_id"])
    if service_id not in set(known["service_id"]):
        raise UnknownIdError(
            "Le lieu « {id} » n'est pas dans la couche « {layer} ».",
            id=service_id[:60],
            layer=layer,
        )
    place = data.catalogue.territory(territory).place
    row = pd.DataFrame(
        {
            "place": [place], "layer": [layer], "service_id": [service_id], "action": [action],
            "lon": [lon if action == "moved" else None],
            "lat": [lat if action == "moved" else None],
            "category": [category if action == "kind" else None],
            "note": [note.strip()[:500] or None], "by": [by.strip()], "on": [now()[:10]],
            **{name: [value or None] for name, value in said.items()},
        }
    ).astype({"lon": "float64", "lat": "float64"})  # fmt: skip
    return record_event(data, home, "corrections", territory, row, by, "", {})


def uncorrect(data: Data, home: Workspace, id_: str, *, by: str) -> Event:
    """
    Take a correction back; the public layer is read as it is again.

    Raises
    ------
    UnknownIdError
        When no correction of that id stands.
    """
    standing = [e.id for e in Journal(home).standing() if e.kind == "corrections"]
    if id_ not in standing:
        raise UnknownIdError(
            "Aucune correction « {id} » ne peut être défaite. Corrections : {known}.",
            id=id_[:40],
            known=", ".join(standing) or "—",
        )
    return undo(data, home, id_, by=by)


def require_category(category: str) -> None:
    """Raise unless a category is one that services know (`UserError`)."""
    known = {c for service in service_classes().values() for c in service.categories}
    if category not in known:
        raise UserError(
            "« {category} » n'est pas une sorte de lieu. Sortes : {known}.",
            category=category[:40] or "—",
            known=", ".join(sorted(known)),
        )


def require_inside(data: Data, territory: str, lon: float | None, lat: float | None) -> None:
    """Raise unless a point (degrees) lies in the territory's city (`UserError`)."""
    if lon is None or lat is None:
        raise UserError("Dites où est ce lieu : touchez la carte ou donnez ses coordonnées.")
    place = data.catalogue.place(data.catalogue.territory(territory).place)
    west, south, east, north = place.bounds or (-180.0, -90.0, 180.0, 90.0)
    if not (west <= lon <= east and south <= lat <= north):
        raise UserError(
            "Ce point ({lat}, {lon}) est hors de {place}. Touchez la carte à l'endroit du lieu.",
            lat=round(lat, 4),
            lon=round(lon, 4),
            place=place.title.fr,
        )
