"""
Figures over time: on one geography, in one money, with breaks told and wobble not called change.

References
----------
Least common geography: von Bergmann, tongfen. Constant dollars: Statistics Canada, table
18-10-0005-01 (consumer price index).
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from revital.domain.frames import require_columns, require_counts
from revital.domain.uncertainty import Change, Verdict, change_between
from revital.errors import ValuesError


@dataclass(frozen=True)
class Point:
    """
    One figure of a series.

    Attributes
    ----------
    date : float
        Year, or fraction of a year; dates need not be evenly spaced.
    value : float
        In the unit of the series; missing allowed.
    low, high : float
        Interval; missing when none is known.
    source : str
        Who published it.
    """

    date: float
    value: float
    low: float = float("nan")
    high: float = float("nan")
    source: str = ""


@dataclass(frozen=True)
class Step:
    """
    What may be said between two successive points.

    Attributes
    ----------
    before, after : Point
    change : Change
        `UNKNOWN` across a break: the two figures do not measure the same thing.
    yearly : float
        Difference per year.
    break_reason : str or None
        Key of the break between the two points, when there is one.
    """

    before: Point
    after: Point
    change: Change
    yearly: float
    break_reason: str | None


def common_geography(links: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """
    Return the smallest areas that hold still through the years.

    Parameters
    ----------
    links : sequence of DataFrame
        One per pair of years, columns `from_year`, `from_id`, `to_year`, `to_id`: each row says
        that two areas overlap. Ids are compared within their year.

    Returns
    -------
    DataFrame
        Columns `year`, `id` and `component` (int, numbered by the first year and id it holds, so
        that the order of the links does not matter), sorted by these.

    Raises
    ------
    MissingColumnError, ValuesError
        When a column is absent or there is no link.
    """
    needed = ["from_year", "from_id", "to_year", "to_id"]
    for table in links:
        require_columns(table, needed, "links")
    if not links or not sum(len(table) for table in links):
        raise ValuesError("Aucune correspondance entre les années n'a été fournie.")
    both = pd.concat([table[needed] for table in links], ignore_index=True)
    ends = [
        pd.MultiIndex.from_arrays([both[f"{end}_year"], both[f"{end}_id"].astype(str)])
        for end in ("from", "to")
    ]
    nodes = ends[0].append(ends[1]).unique().sort_values()
    start, stop = (nodes.get_indexer(end) for end in ends)
    # Imported where it serves: pages of one year never need it.
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    graph = coo_array((np.ones(len(start)), (start, stop)), shape=(len(nodes), len(nodes)))
    _, labels = connected_components(graph, directed=False)
    # Renumber in the order of the sorted nodes.
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=int)
    rank[np.argsort(first)] = np.arange(len(first))
    return pd.DataFrame(
        {
            "year": nodes.get_level_values(0),
            "id": nodes.get_level_values(1),
            "component": rank[inverse],
        }
    )


def on_common_geography(
    tables: Mapping[int, pd.DataFrame],
    geography: pd.DataFrame,
    *,
    counts: Sequence[str],
    rates: Mapping[str, tuple[str, str]] | None = None,
) -> pd.DataFrame:
    """
    Sum counts on a common geography and recompute rates.

    Parameters
    ----------
    tables : mapping of year to DataFrame indexed by area id
        Counts of each year; an area absent from the table is missing, not 0.
    geography : DataFrame
        From `common_geography`.
    counts : sequence of str
        Columns to sum.
    rates : mapping of name to (numerator, denominator), optional
        Recomputed from the sums.

    Returns
    -------
    DataFrame indexed by (component, year)
        Sums and rates. A sum that lacks one of its parts is missing: a part is not the whole.
    """
    rates = dict(rates or {})
    columns = list(dict.fromkeys([*counts, *(c for pair in rates.values() for c in pair)]))
    pieces = []
    for year in sorted(tables):
        require_counts(tables[year], columns, str(year))
        ours = geography[geography["year"] == year]
        values = tables[year].set_axis(tables[year].index.astype(str))[columns]
        joined = values.reindex(ours["id"]).astype(float)
        joined["component"] = ours["component"].to_numpy()
        grouped = joined.groupby("component")
        sums = grouped[columns].sum().where(grouped[columns].count().eq(grouped.size(), axis=0))
        sums["year"] = year
        pieces.append(sums.set_index("year", append=True))
    result = pd.concat(pieces).sort_index()
    for name, (top, bottom) in rates.items():
        result[name] = result[top] / result[bottom].where(result[bottom] > 0)
    return result


def constant_dollars(
    amounts: Mapping[int, float], prices: Mapping[int, float], *, base_year: int
) -> dict[int, float]:
    """
    Express amounts in the dollars of one year.

    Parameters
    ----------
    amounts : mapping of year to dollars
        The year is that of the money, not of the census: income of the 2021 census is of 2020.
    prices : mapping of year to price index
        Annual consumer price index of the same place.
    base_year : int

    Returns
    -------
    dict of year to dollars of `base_year`

    Raises
    ------
    ValuesError
        When the index of a year is missing or not positive.
    """
    for year in (base_year, *amounts):
        if not prices.get(year, 0) > 0:
            raise ValuesError(
                "L'indice des prix de {year} manque : les montants ne peuvent pas être ramenés "
                "en dollars de {base}.",
                year=year,
                base=base_year,
            )
    return {
        year: float(amount) * prices[base_year] / prices[year] for year, amount in amounts.items()
    }


def yearly_growth(before: Point, after: Point) -> float:
    """Return compound growth per year between two dates, as a share (0.01 = 1 % a year)."""
    years = after.date - before.date
    if years <= 0:
        raise ValuesError(
            "Les dates doivent aller en croissant : {before} puis {after}.",
            before=before.date,
            after=after.date,
        )
    if not (before.value > 0 and after.value >= 0):
        return float("nan")
    return float((after.value / before.value) ** (1 / years) - 1)


def steps(points: Sequence[Point], breaks: Mapping[float, str] | None = None) -> list[Step]:
    """
    Read a series two points at a time.

    Parameters
    ----------
    points : sequence of Point
        In any order; points without a value are skipped, so that the step spans the gap.
    breaks : mapping of date to reason, optional
        Dates from which figures no longer measure the same thing (`nhs_2011`, `income_2020`).
        A break lies between two points when it is after the first and not after the second. A
        figure that stands alone (2011) is a break at its date and another at the next.

    Returns
    -------
    list of Step, in order of dates

    Raises
    ------
    ValuesError
        When two points have the same date.
    """
    known = sorted((p for p in points if not np.isnan(p.value)), key=lambda p: p.date)
    found = []
    for before, after in itertools.pairwise(known):
        if after.date == before.date:
            raise ValuesError(
                "Deux valeurs portent la même date ({date}). Gardez une source par date.",
                date=before.date,
            )
        crossed = [
            reason
            for date, reason in sorted((breaks or {}).items())
            if before.date < date <= after.date
        ]
        change = change_between(
            before.value, after.value, (before.low, before.high), (after.low, after.high)
        )
        if crossed:
            change = Change(change.difference, Verdict.UNKNOWN)
        yearly = change.difference / (after.date - before.date)
        found.append(Step(before, after, change, yearly, crossed[0] if crossed else None))
    return found
