"""
Figures carried from one set of areas to another.

Counts are shared out, rates are rebuilt from their numerator and denominator, medians cannot be
rebuilt and say so. The share of each source area is that of its people (census blocks by their
representative point) where blocks are known, else that of its surface. What falls in no target is
left out, never spread over the others.

References
----------
Areal weighting: Goodchild and Lam (1980). Population-apportioned counts: Statistics Canada, block
counts of the Census of Population.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from revital.domain.composite import require_unique_ids
from revital.domain.frames import (
    require_columns,
    require_counts,
    require_metric,
    require_polygons,
    require_same_crs,
)
from revital.domain.uncertainty import Flag, clamp_shares
from revital.errors import ValuesError

# Overlay dust: two drawings of one border never agree to the last micrometre.
_DUST = 1e-9


@dataclass(frozen=True)
class Shares:
    """
    Which part of each source area goes to each target.

    Attributes
    ----------
    pairs : DataFrame
        Columns `source`, `target` (ids) and `share` (0..1 of the source area). A pair without
        anything in common is absent.
    sources, targets : Index
        Every id of the two layers, met or not.
    basis : {"area", "blocks"}
        What was shared: surface or people.
    """

    pairs: pd.DataFrame
    sources: pd.Index
    targets: pd.Index
    basis: str


@dataclass(frozen=True)
class Interpolated:
    """
    Values of the targets and what they rest on.

    Attributes
    ----------
    values : DataFrame, indexed by target
        Counts, rates (0..1 unless told) and medians asked for; missing where nothing is known.
    report : DataFrame, indexed by target
        `n_areas` (source areas that contribute), `n_split` (of these, areas cut by the border),
        `population` (of the base), `split_share` (share of it that comes from cut areas) and, per
        figure, `missing_share_<name>` (share of the base whose source value is missing).
    flags : DataFrame, indexed by target
        A `Flag` per figure.
    lost : Series
        Share of each count's total that falls in no target, 0..1.
    """

    values: pd.DataFrame
    report: pd.DataFrame
    flags: pd.DataFrame
    lost: pd.Series


def area_shares(source: gpd.GeoDataFrame, target: gpd.GeoDataFrame) -> Shares:
    """
    Return the share of the surface of each source area that lies in each target.

    Parameters
    ----------
    source, target : GeoDataFrame of polygons, indexed by unique id
        Both in the same coordinate system, in metres.

    Returns
    -------
    Shares

    Raises
    ------
    CrsError
        When a system is unknown, differs, or is not in metres.
    ValuesError
        On duplicated ids, empty or invalid shapes, or anything but polygons.

    Notes
    -----
    A source wholly inside a target, and a target wholly inside a source, are known from a
    prepared predicate; only true crossings are cut. This is what makes it quick.
    """
    _require_layers(source, target)
    source_shapes = source.geometry.to_numpy()
    target_shapes = target.geometry.to_numpy()
    areas = shapely.area(source_shapes)
    tree = shapely.STRtree(source_shapes)
    t, s = tree.query(target_shapes, predicate="intersects")
    if not len(t):
        return _shares(source.index, target.index, s, t, np.array([]), "area")
    shapely.prepare(target_shapes)
    inside = shapely.covers(target_shapes[t], source_shapes[s])
    common = np.where(inside, areas[s], 0.0)
    rest = np.flatnonzero(~inside)
    # A target smaller than the source may lie wholly in it: no need to cut either.
    small = rest[shapely.area(target_shapes[t[rest]]) <= areas[s[rest]]]
    whole = shapely.covers(source_shapes[s[small]], target_shapes[t[small]])
    common[small[whole]] = shapely.area(target_shapes[t[small[whole]]])
    cut = np.setdiff1d(rest, small[whole], assume_unique=True)
    cut = cut[~shapely.touches(target_shapes[t[cut]], source_shapes[s[cut]])]
    common[cut] = shapely.area(shapely.intersection(source_shapes[s[cut]], target_shapes[t[cut]]))
    return _shares(source.index, target.index, s, t, common / areas[s], "area")


def block_shares(
    source: gpd.GeoDataFrame,
    target: gpd.GeoDataFrame,
    blocks: gpd.GeoDataFrame,
    *,
    source_id: str,
    population: str,
) -> Shares:
    """
    Return the share of the people of each source area that live in each target.

    Parameters
    ----------
    source, target : GeoDataFrame of polygons, indexed by unique id
        Same coordinate system, in metres.
    blocks : GeoDataFrame of points or polygons
        Small areas that make up the sources; a polygon stands at its representative point. A
        block on a border common to two targets goes to the first of them by id.
    source_id, population : str
        Columns of `blocks`: the source each belongs to, and its residents (>= 0).

    Returns
    -------
    Shares
        A source without any resident in its blocks falls back on its surface.
    """
    _require_layers(source, target)
    require_columns(blocks, [source_id], "blocks")
    require_counts(blocks, [population], "blocks")
    require_same_crs(blocks, target, "blocks", "target")
    people = blocks[population].fillna(0.0).to_numpy(dtype=float)
    points = shapely.point_on_surface(blocks.geometry.to_numpy())
    order = np.argsort([str(i) for i in target.index], kind="stable")
    tree = shapely.STRtree(points)
    t, b = tree.query(target.geometry.to_numpy()[order], predicate="intersects")
    # One target per block: on a shared border, the first by id.
    first = np.unique(b, return_index=True)[1] if _cover_each_other(target) else np.arange(len(b))
    t, b = order[t[first]], b[first]
    owner = source.index.get_indexer(blocks[source_id])
    total = np.zeros(len(source))
    known = owner >= 0
    np.add.at(total, owner[known], people[known])
    frame = pd.DataFrame({"s": owner[b], "t": t, "people": people[b]})
    frame = frame[(frame["s"] >= 0) & (frame["people"] > 0)]
    summed = frame.groupby(["s", "t"], sort=True)["people"].sum().reset_index()
    s, t = summed["s"].to_numpy(), summed["t"].to_numpy()
    shares = _shares(
        source.index, target.index, s, t, summed["people"].to_numpy() / total[s], "blocks"
    )
    empty = source.loc[total == 0]
    if empty.empty:
        return shares
    by_area = area_shares(empty, target)
    return Shares(
        pd.concat([shares.pairs, by_area.pairs], ignore_index=True),
        source.index,
        target.index,
        "blocks",
    )


def _cover_each_other(target: gpd.GeoDataFrame) -> bool:
    """Return whether the targets are a partition: only then does a border point go to one."""
    shapes = target.geometry.to_numpy()
    left, _ = shapely.STRtree(shapes).query(shapes, predicate="overlaps")
    inner, outer = shapely.STRtree(shapes).query(shapes, predicate="contains")
    return len(left) == 0 and bool((inner == outer).all())


def _require_layers(source: gpd.GeoDataFrame, target: gpd.GeoDataFrame) -> None:
    require_unique_ids(source.index)
    require_unique_ids(target.index)
    require_same_crs(source, target, "source", "target")
    for layer, what in ((source, "source"), (target, "target")):
        require_metric(layer, what)
        require_polygons(layer, what)


def _shares(
    sources: pd.Index,
    targets: pd.Index,
    s: NDArray[np.intp],
    t: NDArray[np.intp],
    share: NDArray[np.float64],
    basis: str,
) -> Shares:
    kept = share > _DUST if len(share) else np.zeros(len(s), dtype=bool)
    share = np.where(np.abs(share - 1) < _DUST, 1.0, share) if len(share) else share
    pairs = pd.DataFrame(
        {"source": sources[s[kept]], "target": targets[t[kept]], "share": share[kept]}
    )
    return Shares(pairs, sources, targets, basis)


def interpolate(
    data: pd.DataFrame,
    shares: Shares,
    *,
    extensive: Sequence[str] = (),
    rates: Mapping[str, tuple[str, str]] | None = None,
    medians: Mapping[str, str] | None = None,
    base: str | None = None,
    rates_are_shares: bool = True,
) -> Interpolated:
    """
    Carry figures from source areas to targets.

    Parameters
    ----------
    data : DataFrame, indexed by source id
        Counts (>= 0) and medians.
    shares : Shares
        From `area_shares` or `block_shares`.
    extensive : sequence of str
        Columns of counts to share out.
    rates : mapping of name to (numerator, denominator)
        Rates to rebuild; both are columns of counts. A source that lacks either takes no part in
        the rate.
    medians : mapping of column to weight column
        Medians, carried as the mean weighted by the counts: approximate whenever more than one
        source contributes.
    base : str, optional
        Count that the report is about; the first extensive, else the first denominator or weight.
    rates_are_shares : bool
        Whether numerators are part of denominators, so that a rate above 1 is rounding to be
        clamped and flagged.

    Returns
    -------
    Interpolated

    Raises
    ------
    ValuesError
        When a count is not a number, is negative or wholly missing, or nothing was asked for.

    Notes
    -----
    Totals are kept exactly where the targets cover the sources without overlap; elsewhere `lost`
    says what share of each total falls in no target.
    """
    rates, medians = dict(rates or {}), dict(medians or {})
    extensive = list(dict.fromkeys(extensive))
    counts = list(
        dict.fromkeys(
            [*extensive, *(c for pair in rates.values() for c in pair), *medians.values()]
        )
    )
    if not counts:
        raise ValuesError(
            "Rien à interpoler : nommez au moins un effectif (extensive), un taux ou une médiane."
        )
    require_unique_ids(data.index)
    base = base or counts[0]
    require_counts(data, list(dict.fromkeys([*counts, base])), "source")
    require_columns(data, list(medians), "source")
    table = data.reindex(shares.sources)
    carrier = _Carrier(shares, table)
    report = _report(carrier, base)
    values = pd.DataFrame(index=shares.targets)
    flags = pd.DataFrame(index=shares.targets)

    def record(name: str, value: pd.Series, missing: pd.Series, flag: Flag) -> None:
        values[name] = value
        report[f"missing_share_{name}"] = missing
        words = pd.Series(str(flag), index=shares.targets)
        words = words.mask(missing > 0, str(Flag.PARTIAL_COVERAGE))
        flags[name] = words.mask(value.isna(), str(Flag.MISSING))

    split = Flag.APPROXIMATE if shares.basis == "area" else Flag.OK
    for name in extensive:
        known = table[name].notna()
        record(name, carrier.total(table[name]), carrier.missing(known, base), Flag.OK)
    for name, (top, bottom) in rates.items():
        known = table[top].notna() & table[bottom].notna()
        ratio = carrier.ratio(table[top].where(known), table[bottom].where(known))
        if rates_are_shares:
            clamped, moved = clamp_shares(ratio)
            ratio = pd.Series(clamped, index=ratio.index)
        record(name, ratio, carrier.missing(known, bottom), Flag.OK)
        if rates_are_shares:
            flags[name] = flags[name].mask(
                pd.Series(moved, index=ratio.index) & (flags[name] == str(Flag.OK)),
                str(Flag.ROUNDED),
            )
    for name, weight in medians.items():
        known = table[name].notna() & table[weight].notna()
        mean = carrier.ratio((table[name] * table[weight]).where(known), table[weight].where(known))
        record(name, mean, carrier.missing(known, weight), Flag.OK)
        several = carrier.contributors(known & (table[weight] > 0)) > 1
        flags[name] = flags[name].mask(
            several & (flags[name] == str(Flag.OK)), str(Flag.APPROXIMATE)
        )
    # A border that cuts areas by surface assumes people live evenly over them.
    flags = flags.mask(
        (flags == str(Flag.OK)) & (report["n_split"] > 0).to_numpy()[:, None], str(split)
    )
    lost = pd.Series({name: carrier.lost(table[name]) for name in counts}, dtype=float)
    return Interpolated(values, report, flags, lost)


class _Carrier:
    """Sums of source columns over targets, through the shares."""

    def __init__(self, shares: Shares, table: pd.DataFrame) -> None:
        self.shares = shares
        self.table = table
        self.source = shares.sources.get_indexer(pd.Index(shares.pairs["source"]))
        self.target = shares.targets.get_indexer(pd.Index(shares.pairs["target"]))
        self.share = shares.pairs["share"].to_numpy(dtype=float)

    def _sum(self, weights: NDArray[np.float64]) -> pd.Series:
        sums = np.bincount(self.target, weights=weights, minlength=len(self.shares.targets))
        return pd.Series(sums, index=self.shares.targets, dtype=float)

    def total(self, column: pd.Series) -> pd.Series:
        """Sum of a count; missing where no source with a value contributes."""
        values = column.to_numpy(dtype=float)[self.source]
        known = ~np.isnan(values)
        sums = self._sum(np.where(known, values, 0.0) * self.share)
        return sums.where(self._sum(known.astype(float)) > 0)

    def ratio(self, top: pd.Series, bottom: pd.Series) -> pd.Series:
        """Sum over sum; missing where the denominator is 0 or unknown."""
        below = self.total(bottom)
        return self.total(top) / below.where(below > 0)

    def missing(self, known: pd.Series, base: str) -> pd.Series:
        """Share of the base whose source lacks the value, 0..1."""
        weight = self.table[base].fillna(0.0)
        everyone = self.total(weight)
        lacking = self.total(weight.where(~known, 0.0))
        by_area = self.total((~known).astype(float)) / self.total(pd.Series(1.0, known.index))
        # With no base at all (the base itself is what is missing), areas count instead.
        share = (lacking / everyone.where(everyone > 0)).fillna(by_area)
        return share.mask((share == 0) & (by_area > 0), by_area)

    def contributors(self, known: pd.Series) -> pd.Series:
        """Number of sources with a value."""
        return self._sum(known.to_numpy(dtype=float)[self.source])

    def lost(self, column: pd.Series) -> float:
        """Share of a total that falls in no target."""
        whole = column.sum()
        if not whole > 0:
            return 0.0
        covered = np.bincount(self.source, weights=self.share, minlength=len(column))
        outside = np.clip(1 - covered, 0, 1)
        outside[outside < _DUST] = 0
        return float((column.fillna(0.0).to_numpy() * outside).sum() / whole)


def _report(carrier: _Carrier, base: str) -> pd.DataFrame:
    people = carrier.table[base].fillna(0.0).to_numpy(dtype=float)[carrier.source]
    cut = carrier.share < 1
    population = carrier._sum(people * carrier.share)
    from_split = carrier._sum(people * carrier.share * cut)
    return pd.DataFrame(
        {
            "n_areas": carrier._sum(np.ones_like(carrier.share)).astype(int),
            "n_split": carrier._sum(cut.astype(float)).astype(int),
            "population": population,
            "split_share": (from_split / population.where(population > 0)),
        }
    )
