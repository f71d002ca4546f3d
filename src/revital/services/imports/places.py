"""Adds one place seen in the field: name, kind, where; an import like any other, undoable."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pandas as pd

from revital.errors import UserError
from revital.services.data import Data
from revital.services.imports.corrections import require_category, require_inside
from revital.services.imports.events import Event, confirm, preview
from revital.services.imports.reading import Context
from revital.services.workspace.home import Workspace


def add_place(
    data: Data,
    home: Workspace,
    territory: str,
    *,
    name: str,
    category: str,
    lat: float | None,
    lon: float | None,
    by: str,
    address: str = "",
    phone: str = "",
    hours: str = "",
    eligibility: str = "",
    cost: str = "",
    locates: str = "",
) -> Event:
    """
    Keep one place; it counts at once in lists, maps and figures.

    Parameters
    ----------
    name, category : str
        Category as the service classes know it (`supermarket`, `food_aid`).
    lat, lon : float
        Degrees.
    by : str
        Who saw it.
    address, phone, hours, eligibility, cost : str
        Where known.
    locates : str
        Id of the known place, named without an address, that this one puts on the map.

    Raises
    ------
    UserError
        When there is no name, no such category, or the point is outside the city.
    """
    bare = " ".join(name.split())[:120]
    if not bare:
        raise UserError("Donnez le nom du lieu.")
    require_category(category)
    require_inside(data, territory, lon, lat)
    cells = {
        "name": bare, "category": category, "lon": repr(lon), "lat": repr(lat),
        "address": address, "phone": phone, "hours": hours, "eligibility": eligibility,
        "cost": cost, "verified_on": date.today().isoformat(), "verified_by": by,
    }  # fmt: skip
    cells = {k: " ".join(v.split())[:200] for k, v in cells.items()}
    table = pd.DataFrame({k: [v] for k, v in cells.items()}, dtype=str)
    shown = preview("points", table, {k: k for k in cells}, Context(data, territory))
    if shown.rejects:
        first = shown.rejects[0]
        raise UserError(first.message, **first.params)
    shown = replace(shown, frame=shown.frame.assign(locates=locates or None), mapping={})
    return confirm(data, home, territory, shown, by=by)
