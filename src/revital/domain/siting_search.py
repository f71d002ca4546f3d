"""
The search behind `siting`: every choice of one or two sites, else spopt's integer models.

Existing services are folded into one baseline cost per origin. This gives the same answer as
fixing each of them in the model, with a matrix that stays as small as the candidates.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from revital.domain.cost_matrix import FloatArray
from revital.errors import ValuesError

if TYPE_CHECKING:
    from spopt.locate import LSCP, MCLP, PCenter, PMedian

SitingMethod = Literal["mclp", "pmedian", "pcenter", "lscp"]
METHODS: tuple[SitingMethod, ...] = ("mclp", "pmedian", "pcenter", "lscp")
# Trying all pairs is kept under about this many cost comparisons; beyond, the solver is faster.
_PAIR_WORK = 2e9
# A pair with no path costs this many times the longest walk, so that reaching people comes first.
_NO_PATH_FACTOR = 10.0
# Less than this apart, two choices are as good for a committee.
NEARLY = 0.01
# Choices kept, and ties looked at, of an exhaustive search.
_KEPT = 50
_MOST_TIES = 2000


@dataclass(frozen=True)
class Choice:
    """Candidate positions and their objective."""

    sites: tuple[int, ...]
    objective: float


@dataclass(frozen=True)
class Ranking:
    """
    Choices, best first, and how many of all the choices are nearly as good as the best.

    `near_best` counts choices less than `NEARLY` from the best, the best itself included.
    `is_proven` is False when the solver stopped at its time limit with a good choice, not a proof.
    """

    choices: list[Choice]
    near_best: int
    is_proven: bool = True


def gap(best: float, other: float) -> float:
    """Return the relative difference between two objectives, 0 to 1."""
    scale = max(abs(best), abs(other))
    return abs(best - other) / scale if scale > 0 else 0.0


@dataclass(frozen=True)
class Problem:
    """One siting question with existing services folded into a baseline cost."""

    cost: FloatArray
    baseline: FloatArray
    weight: FloatArray
    method: SitingMethod
    threshold: float

    @property
    def n(self) -> int:
        """Number of candidates."""
        return self.cost.shape[1]

    @property
    def higher_is_better(self) -> bool:
        """True when a greater objective is better."""
        return self.method == "mclp"

    def active(self) -> NDArray[np.bool_]:
        """Origins that count: somebody lives there and something could reach them."""
        reachable = np.isfinite(self.cost).any(axis=1) | np.isfinite(self.baseline)
        return (self.weight > 0) & reachable

    def undecided(self) -> NDArray[np.bool_]:
        """Origins whose answer depends on the choice: a smaller model for the solver."""
        rows = self.active()
        if self.method == "mclp":
            return (
                rows & (self.baseline > self.threshold) & (self.cost <= self.threshold).any(axis=1)
            )
        if self.method == "pmedian":
            return rows & (self.cost < self.baseline[:, None]).any(axis=1)
        return rows

    def no_path_cost(self) -> float:
        """Return the finite cost that stands for no path at all."""
        finite = [a[np.isfinite(a)] for a in (self.cost, self.baseline)]
        longest = max((float(a.max()) for a in finite if a.size), default=1.0)
        return _NO_PATH_FACTOR * max(longest, 1.0)

    def can_try_all(self, p: int) -> bool:
        """Tell whether trying every choice of `p` sites is quick enough."""
        if p == 1:
            return True
        return p == 2 and self.n * (self.n - 1) / 2 * len(self.weight) <= _PAIR_WORK

    def try_all(self, p: int) -> Ranking:
        """Return the best choices of 1 or 2 sites, best first."""
        rows = self.active()
        weight, baseline, cost = self.weight[rows], self.baseline[rows], self.cost[rows]
        if self.method == "mclp":
            inside = cost <= self.threshold
            at_base = baseline <= self.threshold
            inside = np.where(at_base[:, None], False, inside).astype(float)
            alone = weight @ inside
            held = float(weight[at_base].sum())
            if p == 1:
                return self._rank([(j,) for j in range(self.n)], held + alone)
            both = inside.T @ (weight[:, None] * inside)
            i, j = np.triu_indices(self.n, 1)
            pairs = list(zip(i.tolist(), j.tolist(), strict=True))
            return self._rank(pairs, held + alone[i] + alone[j] - both[i, j])
        far = self.no_path_cost()
        cost = np.where(np.isfinite(cost), cost, far)
        base = np.where(np.isfinite(baseline), baseline, far)
        reach = np.minimum(cost, base[:, None])
        if p == 1:
            value = weight @ reach if self.method == "pmedian" else reach.max(axis=0, initial=0)
            return self._rank([(j,) for j in range(self.n)], value)
        pairs, values = [], []
        for a in range(self.n - 1):
            pair = np.minimum(reach[:, a : a + 1], reach[:, a + 1 :])
            value = weight @ pair if self.method == "pmedian" else pair.max(axis=0, initial=0)
            pairs += [(a, b) for b in range(a + 1, self.n)]
            values.append(value)
        return self._rank(pairs, np.concatenate(values))

    def objective_of(self, sites: tuple[int, ...]) -> float:
        """Return the objective of any set, from the costs and not from the solver."""
        if self.method == "lscp":
            return float(len(sites))
        rows = self.active()
        least = self.baseline[rows]
        if sites:
            least = np.minimum(
                least, self.cost[np.ix_(rows, np.asarray(sites, dtype=np.intp))].min(axis=1)
            )
        if self.method == "mclp":
            return float(self.weight[rows][least <= self.threshold].sum())
        least = np.where(np.isfinite(least), least, self.no_path_cost())
        if self.method == "pmedian":
            return float(self.weight[rows] @ least)
        return float(least.max(initial=0))

    def _rank(self, sets: Sequence[tuple[int, ...]], value: FloatArray) -> Ranking:
        order = np.argsort(-value if self.higher_is_better else value, kind="stable")
        tied = order[value[order] == value[order[0]]]
        top = order[:_KEPT]
        if self.method == "mclp" and len(tied) > 1:
            # Sites that cover as many people: the shorter walks come first.
            tied = tied[:_MOST_TIES]
            walks = [self._walks(sets[k]) for k in tied]
            best = tied[np.argsort(walks, kind="stable")]
            top = np.concatenate([best, order[~np.isin(order, tied)][:_KEPT]])[:_KEPT]
        choices = [Choice(sets[k], float(value[k])) for k in top]
        best_value = value[order[0]]
        scale = np.maximum(np.abs(value), abs(best_value))
        near = np.abs(value - best_value) < NEARLY * np.where(scale > 0, scale, 1.0)
        return Ranking(choices, int(near.sum()))

    def _walks(self, sites: tuple[int, ...]) -> float:
        """Return the sum of weighted costs with these sites, people without a path put far."""
        least = np.minimum(self.baseline, self.cost[:, np.asarray(sites)].min(axis=1))
        return float(self.weight @ np.where(np.isfinite(least), least, self.no_path_cost()))


def solve(problem: Problem, p: int, time_limit_s: int) -> Ranking:
    """Ask spopt; existing services are one predefined facility with the baseline cost."""
    # Ten seconds to import on a slow machine: only a search of three sites or more needs it.
    from spopt.locate import MCLP, PCenter, PMedian

    rows = problem.undecided()
    if not rows.any():
        # No candidate changes anything for anybody: all choices are as good.
        first, other = tuple(range(p)), (*range(p - 1), problem.n - 1)
        picks = [first] if p == problem.n else [first, other]
        return Ranking([Choice(k, problem.objective_of(k)) for k in picks], len(picks))
    has_base = bool(np.isfinite(problem.baseline).any())
    cost = problem.cost[rows]
    if has_base:
        cost = np.column_stack([problem.baseline[rows], cost])
    fixed = np.zeros(cost.shape[1], dtype=int)
    fixed[:1] = has_base
    cost = np.where(np.isfinite(cost), cost, problem.no_path_cost())
    arguments = {"p_facilities": p + has_base, "predefined_facilities_arr": fixed}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # spopt warns that predefined sites are kept: intended
        if problem.method == "mclp":
            model = MCLP.from_cost_matrix(
                cost, problem.weight[rows], problem.threshold, **arguments
            )
        elif problem.method == "pmedian":
            model = PMedian.from_cost_matrix(cost, problem.weight[rows], **arguments)
        else:
            model = PCenter.from_cost_matrix(cost, **arguments)
    return _two_best(problem, model, has_base, time_limit_s)


def solve_lscp(problem: Problem, time_limit_s: int) -> Ranking:
    """Cover everybody who can be covered; those who cannot are counted apart by the caller."""
    from spopt.locate import LSCP

    threshold = problem.threshold
    coverable = (problem.cost <= threshold).any(axis=1)
    need = (problem.weight > 0) & coverable & ~(problem.baseline <= threshold)
    if not need.any():
        return Ranking([Choice((), 0.0)], 1)
    cost = np.where(np.isfinite(problem.cost[need]), problem.cost[need], problem.no_path_cost())
    model = LSCP.from_cost_matrix(cost, threshold)
    return _two_best(problem, model, False, time_limit_s)


def _two_best(
    problem: Problem, model: LSCP | MCLP | PMedian | PCenter, has_base: bool, time_limit_s: int
) -> Ranking:
    """Solve, forbid the answer, solve again: the second answer is the runner-up."""
    import pulp

    choices: list[Choice] = []
    is_proven = True
    for _ in range(2):
        model.problem.solve(pulp.PULP_CBC_CMD(msg=False, timeLimit=time_limit_s))
        if model.problem.status != pulp.LpStatusOptimal:
            break
        # CBC calls a choice found within its time "optimal" too; only the solution's status tells.
        if model.problem.sol_status != pulp.LpSolutionOptimal:
            if choices:
                break
            is_proven = False
        picked = [k for k, v in enumerate(model.fac_vars) if (pulp.value(v) or 0) > 0.5]
        sites = tuple(k - has_base for k in picked if k >= has_base)
        choices.append(Choice(sites, problem.objective_of(sites)))
        variables = [model.fac_vars[k] for k in picked if k >= has_base]
        if not is_proven:
            break
        model.problem += pulp.lpSum(variables) <= len(variables) - 1
    if not choices:
        raise ValuesError(
            "Le calcul des meilleurs sites n'a pas abouti. Demandez moins de sites, ou moins de "
            "lieux candidats."
        )
    near = sum(gap(choices[0].objective, c.objective) < NEARLY for c in choices)
    return Ranking(choices, near, is_proven)
