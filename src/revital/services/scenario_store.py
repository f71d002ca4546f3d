"""Saved scenarios: one JSON file each in the workspace, never beside real data."""

from __future__ import annotations

import json
import os
import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from revital.domain.access import WALK_KMH
from revital.errors import ConflictError, LayerError, NotAllowedError, UnknownIdError, ValuesError
from revital.services.access_ground import AccessQuery
from revital.services.scenarios import Scenario, decode, encode
from revital.settings import settings

_FOLDER = "scenarios"
_LONGEST_NAME = 80


@dataclass(frozen=True)
class SavedScenario:
    """
    A scenario with its question and its name.

    Attributes
    ----------
    id : str
        Name of its file; an action of the plan refers to it by this.
    name : str
    query : AccessQuery
    scenario : Scenario
    on_incomplete_list : bool
    saved_at : datetime
    """

    id: str
    name: str
    query: AccessQuery
    scenario: Scenario
    on_incomplete_list: bool
    saved_at: datetime


def save_scenario(
    name: str, query: AccessQuery, scenario: Scenario, *, on_incomplete_list: bool
) -> SavedScenario:
    """
    Save a scenario under a name.

    Raises
    ------
    ValuesError
        When there is no name or nothing to save.
    ConflictError
        When the name is taken.
    NotAllowedError
        On a public, read-only site.
    """
    _require_writable()
    title = " ".join(name.split())[:_LONGEST_NAME]
    id_ = _slug(title)
    if not id_:
        raise ValuesError("Donnez un nom au scénario.")
    if scenario.is_empty:
        raise ValuesError("Le scénario est vide : placez ou fermez d'abord un service.")
    path = _folder() / f"{id_}.json"
    saved = SavedScenario(id_, title, query, scenario, on_incomplete_list, datetime.now(UTC))
    body = {
        "is_scenario": True,
        "name": title,
        "territory": query.territory,
        "service": query.service,
        "threshold_m": query.threshold_m,
        "detour_factor": query.detour_factor,
        "also": list(query.also),
        "deprived_quintiles": list(query.deprived_quintiles),
        "speed_kmh": query.speed_kmh,
        "barriers": query.barriers,
        "barrier_streets": list(query.barrier_streets),
        "changes": encode(scenario),
        "on_incomplete_list": on_incomplete_list,
        "saved_at": saved.saved_at.isoformat(),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.{os.getpid()}.part")
    partial.write_text(json.dumps(body, ensure_ascii=False, indent=1), encoding="utf-8")
    try:
        # A link fails when the name is taken, also by somebody saving at the same instant.
        os.link(partial, path)
    except FileExistsError as error:
        raise ConflictError(
            "Un scénario s'appelle déjà « {name} ». Choisissez un autre nom.", name=title
        ) from error
    finally:
        partial.unlink(missing_ok=True)
    return saved


def saved_scenarios(territory: str | None = None) -> list[SavedScenario]:
    """
    Return the saved scenarios, newest first; a damaged file is passed over by name in the error.

    Raises
    ------
    LayerError
        When a file is not a scenario.
    """
    folder = _folder()
    if not folder.is_dir():
        return []
    found = [_read(path) for path in sorted(folder.glob("*.json"))]
    kept = [s for s in found if territory is None or s.query.territory == territory]
    return sorted(kept, key=lambda s: s.saved_at, reverse=True)


def saved_scenario(id_: str) -> SavedScenario:
    """Return a saved scenario by its id; `UnknownIdError` when there is none."""
    path = _folder() / f"{id_}.json"
    if _slug(id_) != id_ or not path.is_file():
        raise UnknownIdError("Le scénario « {id} » n'est pas enregistré ici.", id=id_[:60])
    return _read(path)


def delete_scenario(id_: str) -> None:
    """Delete a saved scenario."""
    _require_writable()
    saved_scenario(id_)
    (_folder() / f"{id_}.json").unlink()


def _read(path: Path) -> SavedScenario:
    try:
        body = json.loads(path.read_text(encoding="utf-8"))
        query = AccessQuery(
            territory=str(body["territory"]),
            service=str(body["service"]),
            threshold_m=float(body["threshold_m"]),
            detour_factor=float(body["detour_factor"]),
            also=tuple(map(str, body["also"])),
            # Scenarios saved before these could be changed hold the usual ones.
            deprived_quintiles=tuple(map(int, body.get("deprived_quintiles", (5,)))),
            speed_kmh=float(body.get("speed_kmh", WALK_KMH)),
            barriers=str(body.get("barriers", "")),
            barrier_streets=tuple(map(str, body.get("barrier_streets", ()))),
        )
        return SavedScenario(
            id=path.stem,
            name=str(body["name"]),
            query=query,
            scenario=decode(str(body["changes"])),
            on_incomplete_list=bool(body["on_incomplete_list"]),
            saved_at=datetime.fromisoformat(body["saved_at"]),
        )
    except (json.JSONDecodeError, UnicodeDecodeError, KeyError, TypeError, ValueError) as error:
        raise LayerError(
            "Le fichier de scénario « {file} » est illisible. Supprimez-le ou reprenez-en une "
            "copie.",
            file=path.name,
        ) from error


def _require_writable() -> None:
    if settings().mode == "public":
        raise NotAllowedError(
            "Ce site est en lecture seule : le scénario reste dans l'adresse, que vous pouvez "
            "envoyer."
        )


def _folder() -> Path:
    return settings().home / _FOLDER


def _slug(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60]
