"""
Figures of a territory: value, comparators, history, quality and the way back to the source.

This is where the words of the catalogue, the methods of the domain and the layers of the store
meet. Pages, commands and reports all read the same `Reading`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import pandas as pd
from numpy.typing import ArrayLike

from revital.catalogue.models import Indicator, Level, Measure, Territory, Text
from revital.domain import indicators as methods
from revital.domain.uncertainty import Flag, Floats, change_is_clear, share_interval
from revital.services import local_access
from revital.services.data import Data
from revital.services.verified import verified_stamp

#: A figure that rests on less than half of the residents is not shown as the territory's.
LEAST_COVERAGE = 0.5
#: Below this share of residents a figure is marked as resting on a part of the territory.
FULL_COVERAGE = 0.95
#: Below this many residents a figure is marked as resting on a small number.
SMALL_POPULATION = 250

#: Two shares closer than this are called alike, however narrow their intervals: rounding is not
#: the only error of a census, and nobody acts on half a point.
LEAST_DIFFERENCE = 0.01

ROLES = ("city", "region", "province")


@dataclass(frozen=True)
class Figure:
    """
    One value of one indicator for one place, with what is needed to judge it.

    Attributes
    ----------
    territory : str
    title : Text
        Name of the place as it must be written beside this value.
    value : float or None
        None where nothing honest can be said; a share is 0 to 1.
    level : Level
    year : int
    method : str
    coverage : float
        Share of the residents whose units have data, 0 to 1.
    units, units_with_data : int
    population : float
        Residents of the units, in persons.
    flags : tuple of Flag
    reasons : tuple of Text
        Why a flag stands, in words.
    sources, layers : tuple of str
    incomplete : bool
        True where the figure rests on a list known to lack items: a bound, not a value.
    interval : (float, float) or None
        95 % interval of a share: random rounding of the counts, and sampling where the publisher
        asked a part of the population; None where none can be had.
    """

    territory: str
    title: Text
    value: float | None
    level: Level
    year: int
    method: str
    coverage: float
    units: int
    units_with_data: int
    population: float
    flags: tuple[Flag, ...] = ()
    reasons: tuple[Text, ...] = ()
    sources: tuple[str, ...] = ()
    layers: tuple[str, ...] = ()
    incomplete: bool = False
    interval: tuple[float, float] | None = None


@dataclass(frozen=True)
class Reading:
    """
    An indicator read for a territory.

    Attributes
    ----------
    indicator : Indicator
    figure : Figure or None
        None when the data is not there: the record says whom to ask.
    comparators : dict of role to Figure
        From the same table as the figure; a role that cannot be had honestly is absent.
    history : tuple of Figure
        Values at other dates on the same units, oldest first; two or more, or none.
    quintile : int or None
        For an official index, the fifth of Québec's areas the value would fall in (5 = highest),
        computed by us.
    """

    indicator: Indicator
    territory: Territory
    figure: Figure | None
    comparators: dict[str, Figure] = field(default_factory=dict)
    history: tuple[Figure, ...] = ()
    quintile: int | None = None


_PARTIAL = Text(
    fr="Une partie du territoire n'a pas de donnée publiée.",
    en="Part of the territory has no published data.",
)
_SMALL = Text(
    fr="Peu de résidents : la valeur peut bouger beaucoup d'une fois à l'autre.",
    en="Few residents: the value may move a lot from one time to the next.",
)
_MEDIANS = Text(
    fr="Moyenne des médianes des secteurs, pondérée : une médiane ne s'additionne pas.",
    en="Weighted mean of the tracts' medians: medians do not add up.",
)
_CLAMPED = Text(
    fr="Effectifs arrondis au hasard par l'éditeur ; la part est ramenée à 100 %.",
    en="Counts are rounded at random by the publisher; the share is brought back to 100%.",
)


def inputs_frame(data: Data, measure: Measure) -> pd.DataFrame:
    """
    Return the inputs of a measure, one row per unit of its level that any of them knows.

    Returns
    -------
    DataFrame, indexed by unit id
        One column per argument of the method; missing values are NaN.
    """
    return _inputs_frame(data, tuple(measure.inputs.items()), stamp(data))


@lru_cache(maxsize=256)
def _inputs_frame(data: Data, inputs: tuple[tuple[str, str], ...], stamp: str) -> pd.DataFrame:
    return pd.DataFrame({name: local_access.column(data, address) for name, address in inputs})


def evaluate(data: Data, measure: Measure, territory: Territory) -> Figure:
    """Apply a measure to a territory; the value is None when nothing is known."""
    units = data.units(territory, measure.level)
    frame = inputs_frame(data, measure).reindex(units)
    groups = pd.Series("all", index=units)
    result = methods.compute(
        measure.method,
        frame,
        groups=groups,
        population=data.population(measure.level),
        parameters=measure.parameters,
    )
    layers = tuple(dict.fromkeys(a.partition(".")[0] for a in measure.inputs.values()))
    local = local_access.local_layers(data, measure, territory)
    layers = (*layers, *local)
    incomplete = local_access.incomplete_note(measure, territory.place)
    title = territory.level_title.get(measure.level, territory.title)
    if result.empty:
        return Figure(
            territory.id, title, None, measure.level, measure.year, measure.method,
            0.0, 0, 0, 0.0, (Flag.MISSING,), (), measure.sources, layers,
        )  # fmt: skip
    row = result.iloc[0]
    coverage = float(row["coverage"])
    value = None if pd.isna(row["value"]) else float(row["value"])
    flags: list[Flag] = []
    reasons: list[Text] = []

    def flag(kind: Flag, why: Text) -> None:
        if kind not in flags:
            flags.append(kind)
        reasons.append(why)

    if value is not None:
        if measure.approximate:
            flag(Flag.APPROXIMATE, measure.approximate)
        if incomplete:
            flag(Flag.PARTIAL_COVERAGE, incomplete)
        if local:
            reasons.append(local_access.FOLLOWS)
        if measure.caution:
            flag(Flag.USE_WITH_CAUTION, measure.caution)
        if row["approximate"]:
            flag(Flag.APPROXIMATE, _MEDIANS)
        if row["clamped"]:
            flag(Flag.ROUNDED, _CLAMPED)
        if coverage < FULL_COVERAGE:
            flag(Flag.PARTIAL_COVERAGE, _PARTIAL)
        if row["population"] < SMALL_POPULATION:
            flag(Flag.LOW_COUNT, _SMALL)
    if value is None:
        flags.append(Flag.MISSING)
    return Figure(
        territory=territory.id,
        title=title,
        value=value,
        level=measure.level,
        year=measure.year,
        method=measure.method,
        coverage=coverage,
        units=int(row["units"]),
        units_with_data=int(row["units_with_data"]),
        population=float(row["population"]),
        flags=tuple(flags),
        reasons=tuple(reasons),
        sources=measure.sources,
        layers=layers,
        incomplete=incomplete is not None,
        interval=share_bounds(measure, row) if value is not None else None,
    )


def share_bounds(measure: Measure, row: pd.Series) -> tuple[float, float] | None:
    """
    Return the 95 % interval of a share from a row of `revital.domain.indicators.compute`.

    None for another method, for a bound of an incomplete list, and where nothing is known.
    """
    if not _is_share(measure) or pd.isna(row["denominator"]):
        return None
    low, high = _share_interval(
        measure, row["numerator"], row["denominator"], row["units_with_data"]
    )
    return float(low), float(high)


def shares_bounds(
    measure: Measure, frame: pd.DataFrame
) -> tuple[tuple[float, float] | None, ...] | None:
    """
    Return the 95 % interval of every row of `revital.domain.indicators.compute`, in one call.

    None for another method and for a bound of an incomplete list; a row without a value has none.
    """
    if not _is_share(measure):
        return None
    low, high = _share_interval(
        measure,
        *(frame[c].to_numpy(dtype=float) for c in ("numerator", "denominator", "units_with_data")),
    )
    known = frame["value"].notna() & frame["denominator"].notna()
    return tuple(
        (float(a), float(b)) if ok else None for ok, a, b in zip(known, low, high, strict=True)
    )


def _is_share(measure: Measure) -> bool:
    return measure.method in ("share", "share_of_rest") and not measure.incomplete


def _share_interval(
    measure: Measure, numerator: ArrayLike, denominator: ArrayLike, units: Any
) -> tuple[Floats, Floats]:
    parts = sum(name.startswith("numerator") for name in measure.inputs)
    return share_interval(
        numerator, denominator, cells=units * parts, sampling_fraction=measure.sample_fraction
    )


def clear_difference(figure: Figure, other: Figure) -> bool | None:
    """
    Say whether two figures clearly differ.

    Returns
    -------
    bool or None
        None where no interval is known on one side: nothing can be said.
    """
    if figure.interval is None or other.interval is None:
        return None
    if figure.value is None or other.value is None:
        return None
    if abs(figure.value - other.value) < LEAST_DIFFERENCE:
        return False
    return change_is_clear(other.value, figure.value, other.interval, figure.interval)


def chosen_measure(
    data: Data, indicator: Indicator, territory: Territory
) -> tuple[Measure, Figure] | None:
    """
    Return the first measure of the record that speaks for the territory, with its figure.

    A measure speaks when the units with data hold at least `LEAST_COVERAGE` of the residents.
    """
    for measure in indicator.measures:
        figure = evaluate(data, measure, territory)
        if figure.value is not None and figure.coverage >= LEAST_COVERAGE:
            return measure, figure
    return None


def read_indicator(data: Data, indicator_id: str, territory_id: str) -> Reading:
    """
    Read an indicator for a territory, with its comparators and history.

    Raises
    ------
    UnknownIdError
        When the indicator or the territory does not exist.
    """
    return _reading(data, indicator_id, territory_id, stamp(data))


@lru_cache(maxsize=4096)
def _reading(data: Data, indicator_id: str, territory_id: str, stamp: str) -> Reading:
    indicator = data.catalogue.indicator(indicator_id)
    territory = data.catalogue.territory(territory_id)
    chosen = chosen_measure(data, indicator, territory)
    if chosen is None:
        return Reading(indicator, territory, None)
    measure, figure = chosen
    comparators: dict[str, Figure] = {}
    if measure.comparators:
        for role in ROLES:
            other_id = territory.comparators.get(role)  # type: ignore[call-overload]
            if other_id is None:
                continue
            other = evaluate(data, measure, data.catalogue.territory(other_id))
            if other.value is not None and other.coverage >= LEAST_COVERAGE:
                comparators[role] = other
    history = tuple(
        past
        for past in (evaluate(data, m, territory) for m in indicator.history)
        if past.value is not None and past.coverage >= FULL_COVERAGE
    )
    return Reading(
        indicator,
        territory,
        figure,
        comparators,
        history if len(history) > 1 else (),
        _quintile(data, indicator, measure, figure),
    )


def _quintile(data: Data, indicator: Indicator, measure: Measure, figure: Figure) -> int | None:
    if indicator.kind != "index" or measure.method != "weighted_mean" or figure.value is None:
        return None
    return methods.quintile_among(figure.value, data.column(measure.inputs["value"]))


def read_all(
    data: Data, territory_id: str, indicators: Iterable[str] | None = None
) -> list[Reading]:
    """Read every indicator (or those named) for a territory, in the order of the catalogue."""
    ids = list(data.catalogue.indicators) if indicators is None else list(indicators)
    return [read_indicator(data, id_, territory_id) for id_ in ids]


def stamp(data: Data) -> str:
    """Return a text that changes with any layer or verified list: kept readings never go stale."""
    layers = (m.sha256[:12] for _, m in data.layers.manifests().values())
    return "|".join((*layers, verified_stamp()))
