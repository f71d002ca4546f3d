"""What moved between two builds: rows of layers, and figures of territories."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field

import geopandas as gpd
import numpy as np
import pandas as pd

from revital.catalogue.models import Layer
from revital.errors import UserError
from revital.services.data import Data
from revital.services.figures import chosen_measure

#: Differences smaller than this share of a value are the noise of floating point.
_NOISE = 1e-9


@dataclass(frozen=True)
class LayerChange:
    """
    A layer against the one that stood before.

    Attributes
    ----------
    is_new : bool
    added, removed : int
        Rows by key.
    moved : dict of str to int
        Rows whose value differs, by column (`geometry` for shapes).
    """

    is_new: bool
    added: int = 0
    removed: int = 0
    moved: dict[str, int] = field(default_factory=dict)

    @property
    def any(self) -> bool:
        """Whether anything moved."""
        return bool(self.is_new or self.added or self.removed or self.moved)

    def plain(self) -> dict[str, object]:
        """Return the change as JSON keeps it."""
        return asdict(self)


def compare_layers(record: Layer, before: pd.DataFrame | None, after: pd.DataFrame) -> LayerChange:
    """
    Compare a layer with the one that stood before, row by row on its key.

    Parameters
    ----------
    record : Layer
    before : DataFrame or None
        None when there was none.
    after : DataFrame
    """
    if before is None:
        return LayerChange(is_new=True, added=len(after))
    old, new = before.set_index(record.key), after.set_index(record.key)
    both = old.index.intersection(new.index)
    moved: dict[str, int] = {}
    for name in (*record.columns, "geometry"):
        if name == record.key or name not in old.columns or name not in new.columns:
            continue
        count = _different(old.loc[both, name], new.loc[both, name])
        if count:
            moved[name] = count
    return LayerChange(
        is_new=False,
        added=len(new.index.difference(old.index)),
        removed=len(old.index.difference(new.index)),
        moved=moved,
    )


def _different(old: pd.Series, new: pd.Series) -> int:
    if isinstance(old, gpd.GeoSeries):
        same = old.geom_equals_exact(gpd.GeoSeries(new), 0.0, align=False)
        return int((~same).sum())
    if pd.api.types.is_numeric_dtype(old) and pd.api.types.is_numeric_dtype(new):
        a = pd.to_numeric(old).to_numpy(dtype="float64", na_value=np.nan)
        b = pd.to_numeric(new).to_numpy(dtype="float64", na_value=np.nan)
        return int((~np.isclose(a, b, rtol=_NOISE, atol=0.0, equal_nan=True)).sum())
    left, right = old.astype("object"), new.astype("object")
    same = (left == right) | (left.isna() & right.isna())
    return int((~same).sum())


@dataclass(frozen=True)
class FigureChange:
    """
    A published figure that moved.

    `before` and `after` are None where there was, or is, no figure.
    """

    territory: str
    indicator: str
    before: float | None
    after: float | None


def resting_on(data: Data, layers: Iterable[str]) -> list[str]:
    """Return the indicators that have a measure with an input in one of these layers."""
    touched = set(layers)
    return [
        record.id
        for record in data.catalogue.indicators.values()
        if any(a.partition(".")[0] in touched for m in record.measures for a in m.inputs.values())
    ]


def figures_of(
    data: Data, territories: Iterable[str], indicators: Iterable[str]
) -> dict[tuple[str, str], float | None]:
    """
    Return the value of indicators for territories; None where there is none.

    A figure that its method refuses (a part larger than its whole) is none as well: the page of the
    indicator says why, and a report of changes must not stop for it.
    """
    found: dict[tuple[str, str], float | None] = {}
    records = list(indicators)
    for territory in territories:
        where = data.catalogue.territory(territory)
        for id_ in records:
            try:
                chosen = chosen_measure(data, data.catalogue.indicator(id_), where)
            except UserError:
                chosen = None
            found[territory, id_] = None if chosen is None else chosen[1].value
    return found


def changed_figures(
    before: dict[tuple[str, str], float | None], after: dict[tuple[str, str], float | None]
) -> list[FigureChange]:
    """Return the figures that are not the same, in order."""
    out = []
    for key in sorted({*before, *after}):
        old, new = before.get(key), after.get(key)
        if old is None and new is None:
            continue
        if old is None or new is None or not np.isclose(old, new, rtol=_NOISE, atol=0.0):
            out.append(FigureChange(key[0], key[1], old, new))
    return out
