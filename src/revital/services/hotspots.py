"""Where like values gather more than chance would have it, as a layer of the map."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd

from revital.catalogue.models import Text
from revital.domain.clusters import Moran, Statistic, local_clusters
from revital.services.data import Data
from revital.services.map_classes import NO_DATA
from revital.services.mapping import MapView

#: Classes of each statistic, in the order of their codes.
CLASSES: tuple[str, ...] = ("HH", "LL", "HL", "LH", "not_significant")
HOT_COLD: tuple[str, ...] = ("hot", "cold", "not_significant")
#: Permutations behind each p-value; fewer where there are many areas, to keep the page quick.
PERMUTATIONS, PERMUTATIONS_MANY, MANY = 9_999, 999, 1_000

TITLES: dict[str, Text] = {
    "HH": Text(fr="Valeur élevée, entourée de valeurs élevées", en="High value among high values"),
    "LL": Text(fr="Valeur basse, entourée de valeurs basses", en="Low value among low values"),
    "HL": Text(fr="Valeur élevée, entourée de valeurs basses", en="High value among low values"),
    "LH": Text(fr="Valeur basse, entourée de valeurs élevées", en="Low value among high values"),
    "hot": Text(
        fr="Point chaud : valeurs élevées autour d'ici", en="Hot spot: high values around here"
    ),
    "cold": Text(
        fr="Point froid : valeurs basses autour d'ici", en="Cold spot: low values around here"
    ),
    "not_significant": Text(
        fr="Rien qui dépasse le hasard", en="Nothing beyond what chance would give"
    ),
}


@dataclass(frozen=True)
class HotSpots:
    """
    Local classes of a map.

    Attributes
    ----------
    statistic : Statistic
    classes : tuple of str
        `CLASSES` (local Moran) or `HOT_COLD` (Getis-Ord).
    codes : bytes
        Position in `classes` for each area in the order of the map, 255 without a value.
    counts : dict of class to int
    missing : int
    moran : Moran
        Global statistic: do like values gather at all?
    alpha : float
        Share of false discoveries accepted.
    permutations : int
    islands : int
        Areas that touch no other, tied to their nearest.
    """

    statistic: Statistic
    classes: tuple[str, ...]
    codes: bytes
    counts: dict[str, int]
    missing: int
    moran: Moran
    alpha: float
    permutations: int
    islands: int


def hot_spots(
    data: Data,
    shown: MapView,
    *,
    statistic: Statistic | str = Statistic.LOCAL_MORAN,
    alpha: float = 0.05,
    seed: int = 1,
) -> HotSpots:
    """
    Class the areas of a map by a local statistic, two-sided, corrected for many looks (FDR).

    Raises
    ------
    ValuesError
        With fewer than ten areas that have a value, values all alike, or negative values for
        Getis-Ord.
    """
    layer_id = shown.outlines.layer.id
    territory_crs = next(
        t.crs_metric
        for t in data.catalogue.territories.values()
        if layer_id in data.catalogue.place(t.place).outlines.values()
    )
    shapes = data.layers.read_shapes(layer_id, ["unit_id", "geometry"])
    frame = gpd.GeoDataFrame(
        {"value": list(shown.values)},
        geometry=shapes.geometry.values,
        index=list(shown.outlines.ids),
        crs=shapes.crs,
    ).to_crs(territory_crs)
    frame["value"] = frame["value"].astype(float)
    permutations = PERMUTATIONS_MANY if len(frame) > MANY else PERMUTATIONS
    found = local_clusters(
        frame,
        "value",
        statistic=statistic,
        alpha=alpha,
        permutations=permutations,
        seed=seed,
    )
    cluster = found.table["cluster"].reindex(list(shown.outlines.ids))
    chosen = Statistic(statistic)
    classes = CLASSES if chosen is Statistic.LOCAL_MORAN else HOT_COLD
    codes = bytes(classes.index(c) if c in classes else NO_DATA for c in cluster)
    return HotSpots(
        statistic=chosen,
        classes=classes,
        codes=codes,
        counts={name: codes.count(i) for i, name in enumerate(classes)},
        missing=codes.count(NO_DATA),
        moran=found.moran,
        alpha=alpha,
        permutations=permutations,
        islands=len(found.islands),
    )
