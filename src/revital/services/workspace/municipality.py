"""Has the areas of a municipality that the pack does not draw."""

from __future__ import annotations

from pathlib import Path

from revital.catalogue.models import Place, Text
from revital.errors import UserError
from revital.services.workspace.areas import drawn_units
from revital.services.workspace.building import build_workspace, open_over
from revital.services.workspace.fetching import fetch
from revital.services.workspace.home import Workspace
from revital.sources.http import Client


def have_municipality(
    pack: Path, home: Workspace, code: str, *, client: Client, name: Text | None = None
) -> str:
    """
    Return the place that draws a municipality's areas, fetched from Statistics Canada if needed.

    Parameters
    ----------
    pack, home : the pack and the workspace
    code : str
        Census subdivision, seven digits (2423027 is Québec City).
    client : Client
    name : Text, optional
        Name of the place, when it is new.

    Raises
    ------
    UserError
        When no area of that municipality is known.
    SourceError
        When its outlines cannot be had.
    """
    data = open_over(pack, home)
    geography = data.table("geography_da")
    units = set(geography.index[geography["csd_id"] == code])
    if not units:
        raise UserError(
            "Aucune aire de diffusion n'est connue pour la municipalité « {code} ». Donnez un code "
            "de subdivision de recensement à sept chiffres (« 2423027 »).",
            code=code[:20],
        )
    for place in data.catalogue.places.values():
        if units <= set(drawn_units(data, place)):
            return place.id
    title = name or Text(fr=f"Municipalité {code}", en=f"Municipality {code}")
    place = Place(id=f"csd-{code}", title=title, outlines={}, fetch={"csd": code})
    home.write_record("places", place)
    done = fetch(open_over(pack, home), home, place.id, ["statcan_outlines"], client=client)
    failed = next((d.error for d in done if d.error is not None), None)
    report = None if failed else build_workspace(pack, home, [place.id])
    if report is not None and report.failed:
        failed = report.failed[0].error
    if failed is not None:
        home.remove_record("places", place.id)
        raise failed
    return place.id
