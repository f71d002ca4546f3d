"""
Where high or low values gather more than chance would have it.

Global Moran's I says whether there is a pattern at all; local Moran and Getis-Ord Gi* say where.
Statistics and permutations are those of libpysal and esda; p-values are two-sided and corrected for
the number of areas (false discovery rate). Meant for dissemination areas, not for a dozen
neighbourhoods.

References
----------
Anselin (1995), https://doi.org/10.1111/j.1538-4632.1995.tb00338.x; Ord and Getis (1995),
https://doi.org/10.1111/j.1538-4632.1995.tb00912.x; Caldas de Castro and Singer (2006),
https://doi.org/10.1111/j.0016-7363.2006.00682.x.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import ArrayLike, NDArray

from revital.domain.composite import require_unique_ids, require_values
from revital.domain.frames import require_columns, require_crs, require_metric, require_polygons
from revital.errors import ValuesError

# esda and libpysal take seconds to import: they are, where a statistic is asked for, so that a page
# which shows none opens without them.
if TYPE_CHECKING:
    import libpysal

MIN_AREAS = 10
# Simulated statistics kept in memory: areas x permutations.
_MAX_SIMULATED = 50_000_000


class Statistic(StrEnum):
    """Local statistic."""

    LOCAL_MORAN = "local_moran"
    GETIS_ORD = "getis_ord"


class Neighbours(StrEnum):
    """Who is whose neighbour."""

    QUEEN = "queen"
    """Areas that touch, be it at a corner."""
    KNN = "knn"
    """The k nearest by centroid."""


#: Quadrant codes of esda.
_QUADRANTS = {1: "HH", 2: "LH", 3: "LL", 4: "HL"}


@dataclass(frozen=True)
class Moran:
    """
    Global Moran's I.

    Attributes
    ----------
    i : float
        About 0 without a pattern, positive when like values gather.
    expected : float
        `-1 / (n - 1)`.
    z : float
        Standard score under randomisation.
    p : float
        Two-sided p-value of `z`.
    """

    i: float
    expected: float
    z: float
    p: float


@dataclass(frozen=True)
class Clusters:
    """
    Global and local statistics.

    Attributes
    ----------
    moran : Moran
    table : DataFrame, indexed by id, in the order of the layer
        `value`, `statistic` (local I, or the standard score of Gi*), `z` (score under the
        permutations), `p` (two-sided pseudo p-value), `significant` (after correction), `cluster`
        (`HH`, `LH`, `LL`, `HL`; `hot`, `cold`; `not_significant`; `missing`) and `neighbours`
        (count).
    statistic : Statistic
    threshold : float
        Largest p-value taken as significant after correction; 0 when none is.
    islands : list of str
        Areas that touch no other and were tied to their nearest.
    left_out : list of str
        Areas without a value.
    """

    moran: Moran
    table: pd.DataFrame
    statistic: Statistic
    threshold: float
    islands: list[str]
    left_out: list[str]


def fdr_threshold(p_values: ArrayLike, *, alpha: float = 0.05) -> float:
    """
    Return the largest p-value that stays significant among many (Benjamini and Hochberg).

    Parameters
    ----------
    p_values : array-like of float
    alpha : float
        Share of false discoveries accepted.

    Returns
    -------
    float
        `k alpha / n` for the largest k with `p_(k) <= k alpha / n`; 0 when there is none.

    Examples
    --------
    >>> fdr_threshold([0.001, 0.008, 0.039, 0.041, 0.042, 0.06, 0.074, 0.205])
    0.0125
    """
    ordered = np.sort(np.asarray(p_values, dtype=float))
    limits = alpha * np.arange(1, len(ordered) + 1) / len(ordered)
    below = np.flatnonzero(ordered <= limits)
    return float(limits[below[-1]]) if len(below) else 0.0


def neighbour_weights(
    layer: gpd.GeoDataFrame, kind: Neighbours | str = Neighbours.QUEEN, *, k: int = 8
) -> tuple[libpysal.weights.W, list[str]]:
    """
    Return who is whose neighbour, islands tied to their nearest area.

    Parameters
    ----------
    layer : GeoDataFrame of polygons, indexed by unique id
        A projected system in metres is needed as soon as a distance is: for `knn`, and for islands.
    kind : Neighbours
    k : int
        Neighbours per area for `knn`.

    Returns
    -------
    tuple of libpysal.weights.W and list of str
        Weights, in the order of the layer, and the ids of the islands.
    """
    require_unique_ids(layer.index)
    require_polygons(layer, "layer")
    ids = list(layer.index)
    if Neighbours(kind) is Neighbours.KNN:
        require_metric(layer, "layer")
        if not 1 <= k < len(layer):
            raise ValuesError(
                "Le nombre de voisins doit être entre 1 et {most} ; reçu : {k}.",
                most=len(layer) - 1,
                k=k,
            )
        return _weights(ids, _nearest(layer, np.arange(len(layer)), k)), []
    shapes = layer.geometry.to_numpy()
    # "intersects" takes in slight overlaps and corners alike; an area is not its own neighbour.
    left, right = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    pairs: dict[int, set[int]] = {i: set() for i in range(len(layer))}
    for i, j in zip(left.tolist(), right.tolist(), strict=True):
        if i != j:
            pairs[i].add(j)
    islands = np.array([i for i, others in pairs.items() if not others], dtype=int)
    if len(islands) and len(layer) > 1:
        require_metric(layer, "layer")
        for i, nearest in _nearest(layer, islands, 1).items():
            for j in nearest:
                pairs[i].add(j)
                pairs[j].add(i)
    return _weights(ids, pairs), [str(ids[i]) for i in islands]


def _nearest(layer: gpd.GeoDataFrame, of: NDArray[np.intp], k: int) -> dict[int, set[int]]:
    from scipy.spatial import cKDTree

    centres = shapely.centroid(layer.geometry.to_numpy())
    xy = np.column_stack([shapely.get_x(centres), shapely.get_y(centres)])
    _, nearest = cKDTree(xy).query(xy[of], k=k + 1)
    found: dict[int, set[int]] = {}
    for i, others in zip(of.tolist(), nearest.tolist(), strict=True):
        # Areas with one centroid in common may come before the area itself.
        found[i] = set([j for j in others if j != i][:k])
    return found


def _weights(ids: list[object], pairs: dict[int, set[int]]) -> libpysal.weights.W:
    import libpysal

    neighbours = {ids[i]: [ids[j] for j in sorted(others)] for i, others in pairs.items()}
    with warnings.catch_warnings():
        # Several pieces (a river between them) are no fault of the user.
        warnings.simplefilter("ignore", UserWarning)
        weights = libpysal.weights.W(neighbours, id_order=ids, silence_warnings=True)
    weights.transform = "r"
    return weights


def global_moran(values: pd.Series, weights: libpysal.weights.W) -> Moran:
    """Return global Moran's I of values in the order of the weights (two-sided)."""
    import esda

    found = esda.Moran(values.to_numpy(dtype=float), weights, permutations=0, two_tailed=True)
    return Moran(float(found.I), float(found.EI), float(found.z_rand), float(found.p_rand))


def local_clusters(
    layer: gpd.GeoDataFrame,
    value: str,
    *,
    statistic: Statistic | str = Statistic.LOCAL_MORAN,
    neighbours: Neighbours | str = Neighbours.QUEEN,
    k: int = 8,
    alpha: float = 0.05,
    permutations: int = 9_999,
    seed: int = 1,
) -> Clusters:
    """
    Find areas whose surroundings are unusually high or low.

    Parameters
    ----------
    layer : GeoDataFrame of polygons, indexed by unique id
    value : str
        Column of numbers; areas without a value are left out before neighbours are sought.
    statistic : Statistic
    neighbours : Neighbours
    k : int
        For `knn`.
    alpha : float
        Share of false discoveries accepted.
    permutations : int
        Conditional permutations behind each p-value.
    seed : int
        Areas are sorted by id before anything is drawn, so that the order of the file does not
        change the result.

    Returns
    -------
    Clusters

    Raises
    ------
    ValuesError
        On bad ids or shapes, fewer than ten areas with a value, values all alike, negative values
        for Getis-Ord, or more areas and permutations than memory allows.
    CrsError
        When a distance is needed and the layer is not in metres.
    """
    statistic = Statistic(statistic)
    if not 0 < alpha < 1:
        raise ValuesError("Le seuil doit être entre 0 et 1 ; reçu : {alpha}.", alpha=alpha)
    require_columns(layer, [value], "layer")
    require_unique_ids(layer.index)
    require_crs(layer, "layer")
    require_values(pd.DataFrame(layer[[value]]))
    ordered = layer.loc[sorted(layer.index, key=str)]
    known = ordered[ordered[value].notna()]
    if len(known) < MIN_AREAS:
        raise ValuesError(
            "{count} secteurs ont une valeur : la recherche de regroupements en demande au "
            "moins {needed}.",
            count=len(known),
            needed=MIN_AREAS,
        )
    y = known[value].astype(float)
    if y.min() == y.max():
        raise ValuesError(
            "La colonne « {column} » a la même valeur partout : aucun regroupement ne peut "
            "être cherché.",
            column=value,
        )
    if len(known) * permutations > _MAX_SIMULATED:
        raise ValuesError(
            "{count} secteurs et {draws} permutations dépassent la mémoire prévue. "
            "Demandez au plus {most} permutations.",
            count=len(known),
            draws=permutations,
            most=_MAX_SIMULATED // len(known),
        )
    weights, islands = neighbour_weights(known, neighbours, k=k)
    moran = global_moran(y, weights)
    if statistic is Statistic.LOCAL_MORAN:
        local, z, p, classes = _local_moran(y, weights, permutations, seed)
    else:
        local, z, p, classes = _getis_ord(y, weights, permutations, seed)
    threshold = fdr_threshold(p, alpha=alpha)
    significant = p <= threshold
    table = pd.DataFrame(
        {
            "value": y,
            "statistic": local,
            "z": z,
            "p": p,
            "significant": significant,
            "cluster": np.where(significant, classes, "not_significant"),
            "neighbours": [weights.cardinalities[i] for i in known.index],
        },
        index=known.index,
    ).reindex(layer.index)
    table["significant"] = table["significant"].eq(True)
    table["cluster"] = table["cluster"].fillna("missing")
    table["neighbours"] = table["neighbours"].fillna(0).astype(int)
    left_out = [str(i) for i in ordered.index[ordered[value].isna()]]
    return Clusters(moran, table, statistic, threshold, islands, left_out)


def _two_sided(
    observed: NDArray[np.float64], simulated: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return two-sided pseudo p-values: twice the smaller tail, at most 1."""
    draws = simulated.shape[0]
    above = (simulated >= observed).sum(axis=0)
    below = (simulated <= observed).sum(axis=0)
    return np.minimum(1.0, 2 * (np.minimum(above, below) + 1) / (draws + 1))


def _local_moran(
    y: pd.Series, weights: libpysal.weights.W, permutations: int, seed: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], list[str]]:
    import esda

    with warnings.catch_warnings():
        # esda announces that its own one-sided p-values will change; ours are made here.
        warnings.simplefilter("ignore", DeprecationWarning)
        found = esda.Moran_Local(y.to_numpy(), weights, permutations=permutations, seed=seed)
    z = np.asarray(found.z_sim, dtype=float)
    p = _two_sided(found.Is, found.sim)
    return np.asarray(found.Is), z, p, [_QUADRANTS[q] for q in found.q]


def _getis_ord(
    y: pd.Series, weights: libpysal.weights.W, permutations: int, seed: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], list[str]]:
    if (y < 0).any():
        raise ValuesError(
            "Getis-Ord demande des valeurs positives ou nulles ; la ligne « {id} » a {value}. "
            "Choisissez local_moran.",
            id=y.index[y < 0][0],
            value=float(y[y < 0].iloc[0]),
        )
    import esda
    import libpysal

    # Gi* counts the area itself among its neighbours.
    with_self = libpysal.weights.W(
        {i: [i, *weights.neighbors[i]] for i in weights.id_order},
        id_order=list(weights.id_order),
        silence_warnings=True,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        warnings.simplefilter("ignore", UserWarning)
        found = esda.G_Local(
            y.to_numpy(),
            with_self,
            transform="R",
            star=True,
            permutations=permutations,
            seed=seed,
            n_jobs=1,
        )
    z = np.asarray(found.z_sim, dtype=float)
    p = _two_sided(found.Gs, found.sim)
    classes = ["hot" if score > 0 else "cold" for score in found.Zs]
    return np.asarray(found.Zs), z, p, classes
