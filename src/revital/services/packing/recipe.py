"""How a layer of the pack is made: its record, what its maker reads, and what making gives back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

import geopandas as gpd
import pandas as pd
from pydantic import Field

from revital.catalogue.load import parse
from revital.catalogue.models import Id, Record
from revital.errors import CatalogueError
from revital.services.packing.curated import read_list, read_mapping
from revital.services.packing.inputs import InputFolder, PackInput

LAYERS, INPUTS = "pack/layers.yml", "pack/inputs.yml"


class Recipe(Record):
    """
    How one layer of the pack is made.

    Attributes
    ----------
    layer : str
    maker : str
        Function that makes it (see `plan.MAKERS`).
    inputs, needs, records : dict of str to str
        Inputs, layers already made and files of the catalogue (`facts/442.yml`), by the part they
        play for the maker.
    options : dict of str to str
        What only this pack knows: codes of its cities, dates and addresses of its extracts.
    """

    layer: Id
    maker: str
    inputs: dict[str, Id] = Field(default_factory=dict)
    needs: dict[str, Id] = Field(default_factory=dict)
    records: dict[str, str] = Field(default_factory=dict)
    options: dict[str, str] = Field(default_factory=dict)


@lru_cache(maxsize=1)
def recipes() -> tuple[Recipe, ...]:
    """
    Return the layers of the pack in the order they are made.

    Raises
    ------
    CatalogueError
        When a record is malformed, or reads what does not exist or is made after it.
    """
    found = read_list(LAYERS, Recipe)
    seen: set[str] = set()
    for recipe in found:
        lacking = [i for i in recipe.inputs.values() if i not in pack_inputs()]
        lacking += [n for n in recipe.needs.values() if n not in seen]
        if lacking:
            raise CatalogueError(
                "Le fichier « {file} », couche « {layer} » : « {id} » n'est ni une entrée du "
                "paquet ni une couche faite plus haut.",
                file=LAYERS,
                layer=recipe.layer,
                id=lacking[0],
            )
        seen.add(recipe.layer)
    return found


@lru_cache(maxsize=1)
def pack_inputs() -> Mapping[str, PackInput]:
    """Return the publishers' files of the pack, by id (`CatalogueError` when malformed)."""
    return {id_: parse(PackInput, item, INPUTS) for id_, item in read_mapping(INPUTS).items()}


def recipe_of(layer: str) -> Recipe:
    """Return the recipe of a layer that the pack holds."""
    return next(r for r in recipes() if r.layer == layer)


@dataclass(frozen=True)
class Made:
    """
    A layer, and what became of the rows it was made from.

    Attributes
    ----------
    frame : DataFrame or GeoDataFrame
    rows_in : int
        Rows of the main input.
    dropped : dict of str to int
        Rows left out, by reason (French sentence, key of the translation).
    """

    frame: pd.DataFrame
    rows_in: int
    dropped: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Task:
    """
    What a maker reads, by the part that each thing plays.

    Attributes
    ----------
    recipe : Recipe
    folder : InputFolder
    layers : dict of layer id to DataFrame
        Layers already made.
    """

    recipe: Recipe
    folder: InputFolder
    layers: Mapping[str, pd.DataFrame]

    def table(self, part: str) -> pd.DataFrame:
        """Return a CSV input, every cell a string (`SourceError` when altered)."""
        return self.folder.table(self.recipe.inputs[part])

    def shapes(self, part: str) -> gpd.GeoDataFrame:
        """Return an input that has shapes, in EPSG:4326 (`SourceError` when altered)."""
        return self.folder.shapes(self.recipe.inputs[part])

    def feed(self, part: str) -> dict[str, pd.DataFrame]:
        """Return the tables of a transit schedule (`SourceError` when altered)."""
        return self.folder.feed(self.recipe.inputs[part])

    def file(self, part: str) -> str:
        """Return the name of an input, as errors say it."""
        return self.folder.item(self.recipe.inputs[part]).path

    def layer(self, part: str) -> pd.DataFrame:
        """Return a layer already made."""
        return self.layers[self.recipe.needs[part]]

    def record(self, part: str) -> str:
        """Return the name of a file of the catalogue."""
        return self.recipe.records[part]

    def option(self, name: str) -> str:
        """
        Return what only this pack knows.

        Raises
        ------
        CatalogueError
            When the recipe does not say it.
        """
        found = self.recipe.options.get(name)
        if found is None:
            raise CatalogueError(
                "Le fichier « {file} », couche « {layer} » : il manque l'option « {option} ».",
                file=LAYERS,
                layer=self.recipe.layer,
                option=name,
            )
        return found
