"""What a layer is made from, and what its making gives back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pandas as pd

from revital.services.packing.inputs import InputFolder

#: Metric plane of distances: MTM zone 8, which holds both Trois-Rivières and Montréal.
METRIC_CRS = "EPSG:32188"
CMA_442 = "442"
MONTREAL_DIVISION = "2466"
MONTREAL_CITY = "2466023"


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


Layers = Mapping[str, pd.DataFrame]


@dataclass(frozen=True)
class Recipe:
    """
    How one layer of the pack is made.

    Attributes
    ----------
    layer : str
    make : callable
        Takes the inputs and the layers already made.
    inputs : tuple of str
        Inputs read (see `inputs.INPUTS`).
    needs : tuple of str
        Layers read; they come earlier in the list.
    records : tuple of str
        Files of the catalogue read (`facts/442.yml`).
    """

    layer: str
    make: Callable[[InputFolder, Layers], Made]
    inputs: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    records: tuple[str, ...] = ()
