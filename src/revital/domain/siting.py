"""
Where one or more new services would help most.

Four classic questions: cover the most people with p sites (MCLP), make the mean walk shortest
(p-median), make the longest walk shortest (p-center), cover everybody with the fewest sites
(LSCP). Existing services stay. One or two sites are found by trying them all, which is exact and
tells every site that is as good; more go to spopt and its integer solver. Each answer comes with
its runner-up, so that a committee sees when several sites are as good.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from revital.domain.cost_matrix import CostMatrix, FloatArray
from revital.domain.siting_search import (
    METHODS,
    NEARLY,
    Choice,
    Problem,
    Ranking,
    SitingMethod,
    gap,
    solve,
    solve_lscp,
)
from revital.errors import ValuesError

__all__ = ["METHODS", "Siting", "SitingMethod", "choose_sites", "coverage_table", "equity_weights"]


@dataclass(frozen=True)
class Siting:
    """
    Sites chosen, and how much better they are than the next choice.

    Attributes
    ----------
    method : str
        One of `METHODS`.
    chosen : tuple of str
        New sites, in the order of the candidates.
    objective : float
        MCLP: people covered (weighted if weights were given), existing services included.
        p-median: sum of weighted costs. p-center: longest cost. LSCP: number of new sites.
    runner_up : tuple of str
        The next best set; empty when there is none.
    runner_up_objective : float or None
        Same unit as `objective`.
    gap : float or None
        Relative difference between the two objectives, 0 to 1: 0 means equally good.
    as_good : tuple of tuples of str
        Sets less than one per cent from the best, best first, at most ten (exact search only, else
        the runner-up alone when it is that near).
    as_good_count : int
        How many sets are that near, the best included (at most two are known to the solver).
    people : float
        Residents whose place is known.
    people_covered_before, people_covered : float or None
        Residents within the threshold with the existing services, and with the new ones too:
        people, not rows, and never weighted. None without a threshold.
    people_unreached : float
        Residents that no existing or chosen service reaches.
    mean_cost_before, mean_cost : float or None
        Mean cost of the residents reached, before and after.
    longest_cost : float or None
        Longest cost of the residents reached, after.
    is_exact : bool
        True when all choices were tried; False for the solver.
    is_proven : bool
        True when no choice can be better. False when the solver stopped at its time limit; the
        runner-up is then unknown.
    """

    method: SitingMethod
    chosen: tuple[str, ...]
    objective: float
    runner_up: tuple[str, ...]
    runner_up_objective: float | None
    gap: float | None
    as_good: tuple[tuple[str, ...], ...]
    as_good_count: int
    people: float
    people_covered_before: float | None
    people_covered: float | None
    people_unreached: float
    mean_cost_before: float | None
    mean_cost: float | None
    longest_cost: float | None
    is_exact: bool
    is_proven: bool = True


def equity_weights(
    population: FloatArray, is_deprived: NDArray[np.bool_], extra: float = 1.0
) -> FloatArray:
    """
    Return residents weighted so that those of deprived areas count more.

    Parameters
    ----------
    population : ndarray of float, shape (n,)
    is_deprived : ndarray of bool, shape (n,)
        Areas of the fourth or fifth quintile, say.
    extra : float
        `population * (1 + extra)` in those areas; 0 changes nothing.
    """
    if extra < 0:
        raise ValuesError("Le poids d'équité ne peut pas être négatif.")
    return np.asarray(population, dtype=float) * (1 + extra * np.asarray(is_deprived, dtype=float))


def choose_sites(
    candidates: CostMatrix,
    population: FloatArray,
    method: SitingMethod,
    *,
    p: int | None = None,
    threshold: float | None = None,
    existing_cost: FloatArray | None = None,
    weights: FloatArray | None = None,
    time_limit_s: int = 60,
) -> Siting:
    """
    Choose sites among candidates.

    Parameters
    ----------
    candidates : CostMatrix
        Costs from origins to candidate places.
    population : ndarray of float, shape (n_origins,)
        Residents, >= 0; missing counts as nobody.
    method : {"mclp", "pmedian", "pcenter", "lscp"}
    p : int, optional
        Number of new sites; not used by LSCP.
    threshold : float, optional
        Cost within which people are covered; needed by MCLP and LSCP.
    existing_cost : ndarray of float, shape (n_origins,), optional
        Least cost to the services that already exist and stay; infinite where none is reached.
    weights : ndarray of float, shape (n_origins,), optional
        What the objective counts instead of residents (`equity_weights`). p-center and LSCP look
        at origins, not at how many live there, so they only leave out those of weight 0.
    time_limit_s : int
        The solver gives up after this time.

    Returns
    -------
    Siting

    Raises
    ------
    ValuesError
        When `p` exceeds the candidates, a needed argument is missing, or nothing can be reached.

    References
    ----------
    Church and ReVelle (1974), MCLP; Hakimi (1964), p-median and p-center; Toregas et al. (1971),
    LSCP; spopt, https://pysal.org/spopt.
    """
    people = np.nan_to_num(np.asarray(population, dtype=float), nan=0.0)
    weight = people if weights is None else np.nan_to_num(np.asarray(weights, float), nan=0.0)
    baseline = np.full(len(candidates.origins), np.inf) if existing_cost is None else existing_cost
    _check(candidates, method, p, threshold, weight)
    limit = -np.inf if threshold is None else threshold
    problem = Problem(candidates.values, baseline, weight, method, limit)
    if method == "lscp":
        ranked = solve_lscp(problem, time_limit_s)
        exact = False
    elif p is not None and problem.can_try_all(p):
        ranked = problem.try_all(p)
        exact = True
    else:
        ranked = solve(problem, int(p or 0), time_limit_s)
        exact = False
    return _report(candidates, people, baseline, problem, ranked, exact)


def _report(
    candidates: CostMatrix,
    people: FloatArray,
    baseline: FloatArray,
    problem: Problem,
    ranking: Ranking,
    exact: bool,
) -> Siting:
    ranked = ranking.choices
    best = ranked[0]
    second = ranked[1] if len(ranked) > 1 else None
    names = candidates.services.to_numpy(dtype=object)

    def ids(choice: Choice) -> tuple[str, ...]:
        return tuple(str(names[k]) for k in choice.sites)

    least = baseline
    if best.sites:
        least = np.minimum(least, candidates.values[:, list(best.sites)].min(axis=1))
    reached, reached_before = np.isfinite(least), np.isfinite(baseline)
    limit = problem.threshold
    return Siting(
        method=problem.method,
        chosen=ids(best),
        objective=best.objective,
        runner_up=() if second is None else ids(second),
        runner_up_objective=None if second is None else second.objective,
        gap=None if second is None else gap(best.objective, second.objective),
        as_good=tuple(
            ids(c)
            for c in itertools.islice(ranked, 10)
            if gap(best.objective, c.objective) < NEARLY
        ),
        as_good_count=ranking.near_best,
        people=float(people.sum()),
        people_covered_before=_covered(baseline, people, limit),
        people_covered=_covered(least, people, limit),
        people_unreached=float(people[~reached].sum()),
        mean_cost_before=_mean(baseline[reached_before], people[reached_before]),
        mean_cost=_mean(least[reached], people[reached]),
        longest_cost=_longest(least[reached], people[reached]),
        is_exact=exact,
        is_proven=ranking.is_proven,
    )


def _covered(cost: FloatArray, people: FloatArray, limit: float) -> float | None:
    return float(people[cost <= limit].sum()) if limit > 0 else None


def _mean(cost: FloatArray, people: FloatArray) -> float | None:
    return float((cost * people).sum() / people.sum()) if people.sum() > 0 else None


def _longest(cost: FloatArray, people: FloatArray) -> float | None:
    inhabited = cost[people > 0]
    return float(inhabited.max()) if inhabited.size else None


def _check(
    candidates: CostMatrix,
    method: SitingMethod,
    p: int | None,
    threshold: float | None,
    weight: FloatArray,
) -> None:
    if method not in METHODS:
        raise ValuesError(
            "La méthode « {method} » n'est pas connue. Choisissez l'une de : {known}.",
            method=method,
            known=", ".join(METHODS),
        )
    if len(weight) != len(candidates.origins):
        raise ValuesError("Il faut une population par origine.")
    if (weight < 0).any():
        raise ValuesError("Une population ne peut pas être négative.")
    if method in ("mclp", "lscp") and not (threshold is not None and threshold > 0):
        raise ValuesError("La méthode « {method} » demande un seuil positif.", method=method)
    if method != "lscp" and not (p is not None and 1 <= p <= len(candidates.services)):
        raise ValuesError(
            "Le nombre de sites doit être entre 1 et {n}, le nombre de lieux candidats ; "
            "demandé : {p}.",
            n=len(candidates.services),
            p="aucun" if p is None else p,
        )
    if not len(candidates.services) or not (weight > 0).any():
        raise ValuesError("Il faut au moins un lieu candidat et une origine habitée.")


def coverage_table(
    candidates: CostMatrix,
    population: FloatArray,
    threshold: float,
    *,
    existing_cost: FloatArray | None = None,
) -> pd.DataFrame:
    """
    Return what each candidate would bring by itself.

    Parameters
    ----------
    candidates, population, threshold, existing_cost
        As in `choose_sites`.

    Returns
    -------
    DataFrame, indexed by candidate
        `people_gained` (newly within the threshold) and `mean_cost` after, best first.
    """
    people = np.nan_to_num(np.asarray(population, dtype=float), nan=0.0)
    base = np.full(len(people), np.inf) if existing_cost is None else existing_cost
    reach = np.minimum(candidates.values, base[:, None])
    new = (candidates.values <= threshold) & ~(base <= threshold)[:, None]
    finite = np.isfinite(reach)
    reached = people @ finite
    total = people @ np.where(finite, reach, 0.0)
    mean = np.divide(total, reached, out=np.full(len(total), np.nan), where=reached > 0)
    table = pd.DataFrame(
        {"people_gained": people @ new, "mean_cost": mean}, index=candidates.services
    )
    return table.sort_values(["people_gained", "mean_cost"], ascending=[False, True], kind="stable")
