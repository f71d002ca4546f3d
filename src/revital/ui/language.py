"""The language of a page: asked for in the address, else the first of the territory."""

from __future__ import annotations

from revital.catalogue.load import Catalogue
from revital.catalogue.models import Territory
from revital.errors import CatalogueError
from revital.i18n import LANGUAGES
from revital.ui import cache

#: Kinds of places that have a portrait of their own; the others are comparators.
_OFFERED = ("neighbourhood", "grouping", "borough")


def territories_offered(known: Catalogue) -> list[Territory]:
    """Return the territories that a page offers, in the catalogue's order."""
    places = [r for r in known.territories.values() if r.kind in _OFFERED]
    return places or list(known.territories.values())


def own_language(territory: str | None) -> str:
    """
    Return the first language of a territory.

    Parameters
    ----------
    territory : str or None
        Id in the address; the first territory offered when None or unknown.

    Returns
    -------
    str
        French when the catalogue cannot be read: the page then says why.
    """
    try:
        known = cache.catalogue()
    except CatalogueError:
        return LANGUAGES[0]
    record = known.territories.get(territory or "") or next(iter(territories_offered(known)), None)
    return LANGUAGES[0] if record is None else record.languages[0]
