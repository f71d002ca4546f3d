"""Layers about to be checked and written, and what their makers start from."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from revital.catalogue.models import Layer, Place
from revital.services.data import Data
from revital.services.workspace.templates import layer_record
from revital.sources.base import Area, Tidy


@dataclass(frozen=True)
class Draft:
    """
    A layer about to be checked and written.

    Attributes
    ----------
    record : Layer
    frame : DataFrame or GeoDataFrame
    rows_in : int
    dropped : dict of str to int
        Rows left out as a whole class, by reason (French sentence).
    service : bool
        Whether the place's record must name it among its services.
    level : str or None
        Set when the place's record must name it as its outlines of that level.
    """

    record: Layer
    frame: pd.DataFrame
    rows_in: int
    dropped: dict[str, int] = field(default_factory=dict)
    service: bool = False
    level: str | None = None


@dataclass(frozen=True)
class Ground:
    """
    What a maker starts from.

    Attributes
    ----------
    data : Data
        The layers that stand, those just made included.
    place : Place
    area : Area
    tidy : Tidy
        The source's tables.
    """

    data: Data
    place: Place
    area: Area
    tidy: Tidy

    @property
    def crs_metric(self) -> str:
        """Metric plane of the place: that of its territories."""
        territories = self.data.catalogue.territories.values()
        return next(t.crs_metric for t in territories if t.place == self.place.id)

    def record(self, template: str, *, shared: bool = False) -> Layer:
        """Return the record of a layer made from a template."""
        place = None if shared else self.place
        return layer_record(self.data.catalogue, template, place)

    def standing(self, id_: str) -> pd.DataFrame:
        """Return a layer that stands, its key a column again."""
        return self.data.table(id_).reset_index()


def updated(base: pd.DataFrame, new: pd.DataFrame, key: str = "unit_id") -> pd.DataFrame:
    """
    Return `base` with the values of `new` wherever it has one, and the rows only `new` has.

    Parameters
    ----------
    base, new : DataFrame
        `new` has the key and some of the columns of `base`; its missing values change nothing.

    Returns
    -------
    DataFrame with the columns of `base`, sorted by key
    """
    left, right = base.set_index(key), new.set_index(key)
    whole = left.reindex(left.index.union(right.index))
    for name in right.columns.intersection(left.columns):
        fresh = right[name].reindex(whole.index)
        whole[name] = fresh.where(fresh.notna(), whole[name])
    return whole.rename_axis(key).reset_index().sort_values(key, ignore_index=True)[base.columns]
