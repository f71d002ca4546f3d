"""
Answers of a survey: shares with their interval, nothing on too few people.

"Does not go out" and "does not know" are answers kept apart: they are not in the base of a share.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import special

from revital.domain.disclosure import SMALL_BASE, SMALL_COUNT, Protected, protect_list
from revital.domain.uncertainty import Flag, Interval, wilson
from revital.errors import MissingColumnError, ValuesError


@dataclass(frozen=True)
class SurveyShare:
    """
    A share of answers.

    Attributes
    ----------
    share : float
        0..1; missing when hidden.
    interval : Interval
        Wilson's; missing when hidden.
    base : int
        Answers in the base (without "don't know").
    apart : int
        Answers kept apart.
    flag : Flag
        `SUPPRESSED` under the smallest base or with a small cell, else `OK`.
    """

    share: float
    interval: Interval
    base: int
    apart: int
    flag: Flag


@dataclass(frozen=True)
class NetScore:
    """
    Favourable minus unfavourable answers, as a share of the base.

    Attributes
    ----------
    net : float
        -1..1 (0.10 = +10 points).
    se : float
        Standard error, same unit.
    interval : Interval
    base : int
    flag : Flag
    """

    net: float
    se: float
    interval: Interval
    base: int
    flag: Flag


_HIDDEN = Interval(float("nan"), float("nan"))


def _require_answers(answers: Mapping[str, int], named: Sequence[str]) -> None:
    for name in named:
        if name not in answers:
            raise MissingColumnError(
                "{what} : la colonne « {column} » manque. Colonnes trouvées : {found}.",
                what="answers",
                column=name,
                found=", ".join(answers),
            )
    if any(count < 0 for count in answers.values()):
        raise ValuesError("Un effectif ne peut pas être négatif.")


def _may_show(base: float, cells: Sequence[float], k: int, min_n: int) -> bool:
    return base >= min_n and all(cell >= k for cell in cells)


def survey_share(
    answers: Mapping[str, int],
    favourable: Sequence[str],
    *,
    apart: Sequence[str] = (),
    k: int = SMALL_COUNT,
    min_n: int = SMALL_BASE,
    level: float = 0.95,
) -> SurveyShare:
    """
    Return the share of favourable answers, hidden when it could point at people.

    Parameters
    ----------
    answers : mapping of answer to count
    favourable : sequence of str
        Answers summed above the line (for safety after dark: 4 and 5).
    apart : sequence of str
        Answers left out of the base.
    k : int
        The favourable answers and the others must each be at least this many.
    min_n : int
        Smallest base of a share.
    level : float

    Returns
    -------
    SurveyShare
    """
    _require_answers(answers, [*favourable, *apart])
    base = sum(count for name, count in answers.items() if name not in apart)
    yes = sum(answers[name] for name in favourable)
    aside = sum(answers[name] for name in apart)
    if not _may_show(base, [yes, base - yes], k, min_n):
        return SurveyShare(float("nan"), _HIDDEN, base, aside, Flag.SUPPRESSED)
    low, high = wilson(yes, base, level=level)
    return SurveyShare(yes / base, Interval(float(low), float(high)), base, aside, Flag.OK)


def net_score(
    answers: Mapping[str, int],
    favourable: Sequence[str],
    unfavourable: Sequence[str],
    *,
    apart: Sequence[str] = (),
    k: int = SMALL_COUNT,
    min_n: int = SMALL_BASE,
    level: float = 0.95,
) -> NetScore:
    """
    Return the balance of favourable over unfavourable answers.

    `net = a - b`, `SE = sqrt((a + b - (a - b)²) / n)` with `a`, `b` the two shares.

    Parameters
    ----------
    answers, favourable, apart, k, min_n, level
        As in `survey_share`.
    unfavourable : sequence of str

    Returns
    -------
    NetScore
    """
    _require_answers(answers, [*favourable, *unfavourable, *apart])
    base = sum(count for name, count in answers.items() if name not in apart)
    plus = sum(answers[name] for name in favourable)
    minus = sum(answers[name] for name in unfavourable)
    if not _may_show(base, [plus, minus], k, min_n):
        missing = float("nan")
        return NetScore(missing, missing, _HIDDEN, base, Flag.SUPPRESSED)
    a, b = plus / base, minus / base
    se = float(np.sqrt((a + b - (a - b) ** 2) / base))
    half = float(special.ndtri((1 + level) / 2)) * se
    net = a - b
    return NetScore(net, se, Interval(max(-1.0, net - half), min(1.0, net + half)), base, Flag.OK)


def safe_answers(
    answers: Mapping[str, int], *, k: int = SMALL_COUNT, min_n: int = SMALL_BASE
) -> tuple[Protected, pd.Series]:
    """
    Return the counts and shares of a question that may be published together.

    A count hidden by `protect_list` has its share hidden too; under `min_n` answers there is no
    share at all, and when the total is hidden neither.

    Returns
    -------
    tuple of Protected and Series
        Counts, and shares of the total (0..1, missing where hidden).
    """
    _require_answers(answers, [])
    counts = pd.Series(dict(answers), dtype=float)
    safe = protect_list(counts, k=k)
    total = counts.sum()
    if total < min_n or safe.total is None or np.isnan(safe.total):
        return safe, pd.Series(np.nan, index=counts.index)
    return safe, pd.Series(safe.values, index=counts.index) / total
