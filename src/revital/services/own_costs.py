"""Costs between a user's own points: from a matrix, a street layer, or straight lines."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from revital.domain.cost_matrix import CostMatrix, FloatArray, from_long, straight_line
from revital.domain.network_paths import nearest_distance, network_matrix, snap
from revital.errors import MissingColumnError, ValuesError
from revital.i18n.mark import N_
from revital.services.notices import Notice
from revital.services.own_tables import PointTable, metric_crs, project, read_pairs, read_streets

#: The plain straight line; street grids add about 20 to 40 % to it. Said with every figure.
DETOUR_FACTOR = 1.0


@dataclass(frozen=True)
class CostOptions:
    """
    How to get costs.

    Attributes
    ----------
    matrix : Path, optional
        CSV `from`, `to`, `cost`; wins over streets and straight lines.
    streets, barriers : Path, optional
        Vector files of streets, and of what cuts them.
    crs : str, optional
        Coordinate system of `x` and `y`.
    detour_factor : float
        For straight lines only.
    max_snap_m : float
        Points farther from every street are off the network.
    class_column : str, optional
    unwalkable : tuple of str
        Classes left out beside motorways.
    split_at_shared_vertices : bool
    unit : str
        Unit of the matrix, for the words only.
    """

    matrix: Path | None = None
    streets: Path | None = None
    barriers: Path | None = None
    crs: str | None = None
    detour_factor: float = DETOUR_FACTOR
    max_snap_m: float = 1000.0
    class_column: str | None = None
    unwalkable: tuple[str, ...] = ()
    split_at_shared_vertices: bool = False
    unit: str = "m"


@dataclass(frozen=True)
class OwnCosts:
    """
    Costs between two tables of the user.

    Attributes
    ----------
    cost : CostMatrix
        Pairs beyond a limit that was asked for are absent from it.
    nearest : ndarray, shape (n_origins,)
        Least cost of each origin, whatever the limit.
    layer : str
        File that the costs come from.
    notices : tuple of Notice
    """

    cost: CostMatrix
    nearest: FloatArray
    layer: str
    notices: tuple[Notice, ...]


def own_costs(
    origins: PointTable,
    services: PointTable,
    options: CostOptions,
    *,
    limit: float | None = None,
) -> OwnCosts:
    """
    Return the costs between two tables.

    Parameters
    ----------
    origins, services : PointTable
    options : CostOptions
    limit : float, optional
        Farther pairs are not needed: walks on streets are then searched no farther.

    Raises
    ------
    UserError
        When a file, a column or a coordinate is not what it should be.
    """
    if options.matrix is not None:
        return _from_matrix(origins, services, options, options.matrix)
    for table in (origins, services):
        if table.xy is None:
            raise MissingColumnError(
                "Le fichier « {file} » n'a pas de colonnes « x » et « y » : sans matrice, il les "
                "faut.",
                file=table.name,
            )
    crs = metric_crs(origins, services)
    origins_m, services_m = project(origins, crs), project(services, crs)
    notices = [*_unlocated(origins), *_unlocated(services)]
    if options.streets is None:
        cost = straight_line(
            origins_m, services_m, origins.ids, services.ids, detour_factor=options.detour_factor
        )
        return OwnCosts(cost, cost.nearest_cost, services.name, tuple(notices))
    network = read_streets(
        options.streets,
        crs,
        barriers=options.barriers,
        class_column=options.class_column,
        unwalkable=options.unwalkable,
        split_at_shared_vertices=options.split_at_shared_vertices,
    )
    from_here = snap(network, origins_m, max_snap_m=options.max_snap_m)
    to_there = snap(network, services_m, max_snap_m=options.max_snap_m)
    for table, laid in ((origins, from_here), (services, to_there)):
        off = int((table.is_located & ~laid.is_on_network).sum())
        if off:
            notices.append(
                Notice(
                    N_("{n} point(s) de « {file} » sont à plus de {metres} m de toute rue."),
                    {"n": off, "file": table.name, "metres": options.max_snap_m},
                )
            )
    if network.dropped_unwalkable:
        notices.append(
            Notice(
                N_("{n} rue(s) où l'on ne marche pas ont été laissées de côté."),
                {"n": network.dropped_unwalkable},
            )
        )
    largest = float(network.component_shares()[0])
    if largest < 0.9:
        notices.append(
            Notice(
                N_(
                    "Le réseau est en morceaux : le plus grand n'a que {share} % des rues. Si les "
                    "lignes ne sont pas coupées aux croisements, ajoutez --split."
                ),
                {"share": round(100 * largest)},
            )
        )
    cost = network_matrix(
        network,
        from_here,
        to_there,
        origins.ids,
        services.ids,
        limit_m=np.inf if limit is None else limit,
    )
    nearest = cost.nearest_cost
    if limit is not None:
        nearest = nearest_distance(network, from_here, to_there)
    return OwnCosts(cost, nearest, options.streets.name, tuple(notices))


def _from_matrix(
    origins: PointTable, services: PointTable, options: CostOptions, path: Path
) -> OwnCosts:
    pairs = read_pairs(path)
    cost, report = from_long(pairs, origins.ids, services.ids, unit=options.unit)
    notices = []
    if report.pairs == 0:
        raise ValuesError(
            "Aucune paire de « {file} » ne va d'une origine à un service des deux listes. "
            "Vérifiez que les identifiants sont les mêmes.",
            file=path.name,
        )
    if report.duplicates:
        notices.append(
            Notice(
                N_("{n} paire(s) répétée(s) dans la matrice : le plus petit coût est gardé."),
                {"n": report.duplicates},
            )
        )
    if report.unknown:
        notices.append(
            Notice(
                N_("{n} paire(s) de la matrice ont un identifiant absent des listes."),
                {"n": report.unknown},
            )
        )
    if report.missing_pairs:
        notices.append(
            Notice(
                N_("{n} paire(s) absente(s) de la matrice : sans chemin, jamais 0."),
                {"n": report.missing_pairs},
            )
        )
    return OwnCosts(cost, cost.nearest_cost, path.name, tuple(notices))


def _unlocated(table: PointTable) -> list[Notice]:
    lost = int((~table.is_located).sum())
    if not lost:
        return []
    return [
        Notice(
            N_("{n} point(s) de « {file} » sans coordonnées : comptés à part."),
            {"n": lost, "file": table.name},
        )
    ]
