"""
Costs from origins to services: one table whatever the way they were measured.

A cost is a distance in metres or a time in minutes. The three ways to get one (street network,
straight line times a detour factor, the user's own matrix) end in the same `CostMatrix`, so that
every measure is written once. A pair with no path holds infinity and is never read as a number:
measures turn it into "missing" and count the people concerned apart.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

from revital.errors import MissingColumnError, ValuesError

FloatArray = NDArray[np.float64]
Method = Literal["network", "straight_line", "matrix"]


@dataclass(frozen=True)
class CostMatrix:
    """
    Costs between origins (rows) and services (columns).

    Attributes
    ----------
    values : ndarray of float, shape (n_origins, n_services)
        Costs, >= 0; infinity where there is no path. Never missing.
    origins, services : pandas.Index
        Identifiers of rows and columns, unique.
    method : {"network", "straight_line", "matrix"}
        How the costs were measured; it is told beside every figure.
    unit : str
        `m` or `min`.
    detour_factor : float or None
        Factor applied to straight lines; None for the other methods.
    """

    values: FloatArray
    origins: pd.Index
    services: pd.Index
    method: Method = "matrix"
    unit: str = "m"
    detour_factor: float | None = None

    def __post_init__(self) -> None:
        if self.values.shape != (len(self.origins), len(self.services)):
            raise ValuesError(
                "La matrice a {rows} lignes et {columns} colonnes, mais il y a {origins} origines "
                "et {services} services.",
                rows=self.values.shape[0],
                columns=self.values.shape[1],
                origins=len(self.origins),
                services=len(self.services),
            )
        require_unique(self.origins, "origines")
        require_unique(self.services, "services")
        if np.isnan(self.values).any() or (self.values < 0).any():
            raise ValuesError(
                "Un coût doit être un nombre positif ou nul. Une paire sans chemin doit être "
                "absente de la matrice, et non vide ou négative."
            )

    @property
    def nearest_cost(self) -> FloatArray:
        """Least cost of each origin, shape (n_origins,); infinity where nothing is reached."""
        if not len(self.services):
            return np.full(len(self.origins), np.inf)
        return self.values.min(axis=1)

    def without(self, service_ids: list[str] | tuple[str, ...]) -> CostMatrix:
        """Return the matrix without some services; unknown ids are refused."""
        drop = self.service_positions(service_ids)
        keep = np.setdiff1d(np.arange(len(self.services)), drop)
        return self.take_services(keep)

    def take_services(self, positions: NDArray[np.intp]) -> CostMatrix:
        """Return the matrix with the services at `positions` only."""
        return replace(self, values=self.values[:, positions], services=self.services[positions])

    def take_origins(self, positions: NDArray[np.intp]) -> CostMatrix:
        """Return the matrix with the origins at `positions` only."""
        return replace(self, values=self.values[positions], origins=self.origins[positions])

    def join(self, other: CostMatrix) -> CostMatrix:
        """Return the matrix with the services of `other` added, same origins in the same order."""
        if not self.origins.equals(other.origins):
            raise ValuesError("Les deux matrices n'ont pas les mêmes origines.")
        return replace(
            self,
            values=np.hstack([self.values, other.values]),
            services=self.services.append(other.services),
        )

    def service_positions(self, service_ids: list[str] | tuple[str, ...]) -> NDArray[np.intp]:
        """Return the columns of some services; unknown ids are refused."""
        positions = self.services.get_indexer(pd.Index(list(service_ids), dtype=object))
        unknown = [str(s) for s, p in zip(service_ids, positions, strict=True) if p < 0]
        if unknown:
            raise ValuesError(
                "Services inconnus : {ids}. Prenez les identifiants de la liste des services.",
                ids=", ".join(unknown[:5]),
            )
        return positions

    def to_long(self) -> pd.DataFrame:
        """Return the reachable pairs as columns `from`, `to`, `cost`; others are absent."""
        row, column = np.nonzero(np.isfinite(self.values))
        return pd.DataFrame(
            {
                "from": self.origins.to_numpy()[row],
                "to": self.services.to_numpy()[column],
                "cost": self.values[row, column],
            }
        )


@dataclass(frozen=True)
class LongMatrixReport:
    """
    What was found in a table of pairs.

    Attributes
    ----------
    pairs : int
        Rows kept.
    duplicates : int
        Rows dropped because the same pair came again; the least cost is kept.
    unknown : int
        Rows whose origin or service is in neither list.
    missing_pairs : int
        Pairs absent from the table, hence unreachable.
    """

    pairs: int
    duplicates: int
    unknown: int
    missing_pairs: int


def require_unique(index: pd.Index, what: str) -> None:
    """Refuse repeated or missing identifiers, and name the first ones."""
    if index.hasnans:
        raise ValuesError("Des identifiants manquent dans la liste : {what}.", what=what)
    if not index.is_unique:
        twice = index[index.duplicated()].unique()
        raise ValuesError(
            "Identifiants répétés dans la liste « {what} » : {ids}. Chaque ligne doit avoir le "
            "sien.",
            what=what,
            ids=", ".join(map(str, twice[:5])),
        )


def from_long(
    pairs: pd.DataFrame, origins: pd.Index, services: pd.Index, *, unit: str = "m"
) -> tuple[CostMatrix, LongMatrixReport]:
    """
    Turn a table of pairs (as R5, Conveyal or OSRM write) into a `CostMatrix`.

    Parameters
    ----------
    pairs : DataFrame, one row per pair
        Columns `from`, `to` (identifiers) and `cost` (>= 0). A pair that is absent, or whose cost
        is empty or infinite, is unreachable; it is never 0.
    origins, services : Index
        Rows and columns wanted, in order. Identifiers are compared as text.
    unit : str
        Unit of `cost`, for the words beside the figures.

    Returns
    -------
    CostMatrix, LongMatrixReport
        A repeated pair keeps its least cost; the report says how many there were.

    Raises
    ------
    MissingColumnError
        When one of the three columns is missing.
    ValuesError
        When a cost is negative or not a number.
    """
    missing = [c for c in ("from", "to", "cost") if c not in pairs.columns]
    if missing:
        raise MissingColumnError(
            "La matrice doit avoir les colonnes « from », « to » et « cost ». Il manque : {names}.",
            names=", ".join(missing),
        )
    cost = pd.to_numeric(pairs["cost"], errors="coerce")
    bad = cost.isna() & pairs["cost"].notna()
    if bad.any():
        raise ValuesError(
            "La colonne « cost » de la matrice contient « {value} » (ligne {row}), qui n'est pas "
            "un nombre.",
            value=str(pairs["cost"][bad].iloc[0]),
            row=int(np.flatnonzero(bad.to_numpy())[0]) + 2,
        )
    if (cost < 0).any():
        raise ValuesError("La colonne « cost » de la matrice contient un nombre négatif.")
    row = pd.Index(origins.astype(str)).get_indexer(pairs["from"].astype(str))
    column = pd.Index(services.astype(str)).get_indexer(pairs["to"].astype(str))
    known = (row >= 0) & (column >= 0)
    usable = known & np.isfinite(cost.to_numpy(dtype=float))
    values = np.full((len(origins), len(services)), np.inf)
    np.minimum.at(values, (row[usable], column[usable]), cost.to_numpy(dtype=float)[usable])
    kept = int(np.isfinite(values).sum())
    report = LongMatrixReport(
        pairs=kept,
        duplicates=int(usable.sum()) - kept,
        unknown=int((~known).sum()),
        missing_pairs=values.size - kept,
    )
    return CostMatrix(values, origins, services, method="matrix", unit=unit), report


def straight_line(
    origins_m: FloatArray,
    services_m: FloatArray,
    origin_ids: pd.Index,
    service_ids: pd.Index,
    *,
    detour_factor: float = 1.0,
) -> CostMatrix:
    """
    Return straight-line distances times a detour factor.

    Parameters
    ----------
    origins_m, services_m : ndarray, shape (n, 2)
        Coordinates in metres, in one metric coordinate system. Missing coordinates give
        unreachable pairs.
    origin_ids, service_ids : Index
        Identifiers of the rows.
    detour_factor : float
        >= 1. About 1.2 to 1.4 on a street grid; 1 is the plain straight line.

    Raises
    ------
    ValuesError
        When the factor is under 1.
    """
    if not detour_factor >= 1:
        raise ValuesError(
            "Le facteur de détour doit être d'au moins 1 ; il vaut {value}.", value=detour_factor
        )
    if len(origins_m) and len(services_m):
        values = cdist(origins_m, services_m) * detour_factor
        values[np.isnan(values)] = np.inf
    else:
        values = np.zeros((len(origins_m), len(services_m)))
    return CostMatrix(
        values,
        origin_ids,
        service_ids,
        method="straight_line",
        unit="m",
        detour_factor=detour_factor,
    )
