"""The makers of the pack's layers, by the names that the recipes of the catalogue call them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from revital.errors import CatalogueError
from revital.services.packing import access, census, facts, geography, outlines, places
from revital.services.packing.recipe import LAYERS, Made, Task

MAKERS: Mapping[str, Callable[[Task], Made]] = {
    "geography_da": geography.geography_da,
    "geography_ct": geography.geography_ct,
    "census_da": census.census_da,
    "profile": census.profile,
    "labour": census.labour,
    "cimd": census.cimd,
    "tracts": outlines.tracts,
    "cells": outlines.cells,
    "areas": outlines.areas,
    "joined_tracts": outlines.joined_tracts,
    "boroughs": outlines.boroughs,
    "bus_streets": outlines.bus_streets,
    "health_installations": places.health_installations,
    "schools": places.schools,
    "food_places": places.food_places,
    "unlocated_places": places.unlocated_places,
    "osm_stores": places.osm_stores,
    "cool_places": places.cool_places,
    "bus_stops": places.bus_stops,
    "access": access.access,
    "osm_access": access.osm_access,
    "facts": facts.facts,
}


def make(task: Task) -> Made:
    """
    Make a layer.

    Raises
    ------
    CatalogueError
        When its recipe names a maker that does not exist.
    SourceError, ValuesError
        When an input was altered.
    """
    maker = MAKERS.get(task.recipe.maker)
    if maker is None:
        raise CatalogueError(
            "Le fichier « {file} », couche « {layer} » : « {maker} » ne fait aucune couche. "
            "Connus : {known}.",
            file=LAYERS,
            layer=task.recipe.layer,
            maker=task.recipe.maker,
            known=", ".join(MAKERS),
        )
    return maker(task)
