"""
The named methods behind every figure.

A method takes a frame with one row per unit and one column per argument, and a grouping of those
units; it returns one row per group. Counts are summed, rates are rebuilt from summed numerators and
denominators, medians of several units are approximated and say so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from revital.errors import MissingColumnError, UnknownIdError, ValuesError

#: Census counts are rounded at random to a multiple of 5, so a sum of parts can pass its total a
#: little; a share is clamped within this margin and flagged, and refused beyond it.
ROUNDING_TOLERANCE = 0.05


@dataclass(frozen=True)
class Method:
    """
    A named method.

    Attributes
    ----------
    name : str
    arguments : tuple of str
        Names of the inputs; one that ends in `*` stands for one or more inputs that begin so and
        are summed (`numerator*`: `numerator`, `numerator_2`).
    function : callable
        `(frame, **parameters) -> DataFrame` with columns `value` and `approximate`, one row per
        group; `frame` has the input columns and `group`.
    """

    name: str
    arguments: tuple[str, ...]
    function: Callable[..., pd.DataFrame]

    def columns(self, frame: pd.DataFrame) -> dict[str, list[str]]:
        """Return the columns of `frame` that feed each argument; all must be there."""
        found: dict[str, list[str]] = {}
        for argument in self.arguments:
            stem = argument.rstrip("*")
            names = [
                c
                for c in frame.columns
                if c == stem or (argument.endswith("*") and str(c).startswith(stem + "_"))
            ]
            if not names:
                raise MissingColumnError(
                    "La méthode « {method} » demande l'entrée « {argument} », qui manque. "
                    "Entrées trouvées : {found}.",
                    method=self.name,
                    argument=stem,
                    found=", ".join(map(str, frame.columns)),
                )
            found[stem] = names
        return found


METHODS: dict[str, Method] = {}


def _method(name: str, *arguments: str) -> Callable[..., Callable[..., pd.DataFrame]]:
    def register(function: Callable[..., pd.DataFrame]) -> Callable[..., pd.DataFrame]:
        METHODS[name] = Method(name, arguments, function)
        return function

    return register


def method(name: str) -> Method:
    """Return a method by name; `UnknownIdError` lists the known ones."""
    try:
        return METHODS[name]
    except KeyError:
        raise UnknownIdError(
            "La méthode « {name} » n'existe pas. Méthodes connues : {known}.",
            name=name,
            known=", ".join(sorted(METHODS)),
        ) from None


def compute(
    name: str,
    inputs: pd.DataFrame,
    *,
    groups: pd.Series | None = None,
    population: pd.Series | None = None,
    parameters: Mapping[str, float | int | str | bool] | None = None,
) -> pd.DataFrame:
    """
    Apply a named method to units, group by group.

    Parameters
    ----------
    name : str
        Name of the method.
    inputs : DataFrame, indexed by unit id
        One numeric column per input of the method; a missing value is `NaN`.
    groups : Series indexed by unit id, optional
        Group of each unit; a unit without group is left out. By default each unit is its own group.
    population : Series indexed by unit id, optional
        Residents of each unit, the weight of `coverage`; each unit weighs 1 by default.
    parameters : mapping, optional
        Parameters of the method.

    Returns
    -------
    DataFrame, indexed by group
        `value` (float, NaN where nothing is known), `approximate` (bool), `clamped` (bool: rounding
        pushed a share out of 0..1), `numerator` and `denominator` (sums behind a share, NaN
        otherwise), `coverage` (share of the group's population whose units have
        every input, 0 to 1), `units` (int), `units_with_data` (int), `population` (float).

    Raises
    ------
    UnknownIdError, MissingColumnError, ValuesError
    """
    chosen = method(name)
    if not inputs.index.is_unique:
        twice = str(inputs.index[inputs.index.duplicated()][0])
        raise ValuesError(
            "L'unité « {unit} » paraît plus d'une fois dans les entrées de « {method} ». "
            "Gardez une ligne par unité.",
            unit=twice,
            method=name,
        )
    columns = chosen.columns(inputs)
    stems = {
        stem: inputs[names].apply(pd.to_numeric, errors="coerce").sum(axis=1, min_count=len(names))
        for stem, names in columns.items()
    }
    group = inputs.index.to_series() if groups is None else groups.reindex(inputs.index)
    # Groups are numbered once; sums by number are plain arrays, many times quicker than frames.
    codes, names_ = pd.factorize(group, sort=True)
    index, n = pd.Index(names_, name="group"), len(names_)
    weight = (
        np.ones(len(inputs))
        if population is None
        else population.reindex(inputs.index).astype(float).fillna(0.0).to_numpy()
    )
    frame = pd.DataFrame({**stems, "group": group}, index=inputs.index)
    here = codes >= 0
    complete = here & frame[list(columns)].notna().to_numpy().all(axis=1)
    result = chosen.function(frame[complete], **dict(parameters or {}))
    people = np.bincount(codes[here], weight[here], n)
    behind = np.bincount(codes[complete], weight[complete], n)
    units = np.bincount(codes[here], minlength=n)
    with_data = np.bincount(codes[complete], minlength=n)

    def by_group(name: str) -> pd.Series | None:
        return result[name].reindex(index) if name in result else None

    def flag(name: str) -> np.ndarray:
        found = by_group(name)
        return np.asarray(np.zeros(n) if found is None else found.fillna(False)).astype(bool)

    def number(name: str) -> np.ndarray:
        found = by_group(name)
        return np.full(n, np.nan) if found is None else found.to_numpy(dtype=float, copy=True)

    value = number("value")
    value[~np.isfinite(value)] = np.nan
    return pd.DataFrame(
        {
            "value": value,
            "approximate": flag("approximate"),
            "clamped": flag("clamped"),
            "numerator": number("numerator"),
            "denominator": number("denominator"),
            "coverage": np.divide(
                behind, people, out=with_data / np.maximum(units, 1), where=people > 0
            ),
            "units": units,
            "units_with_data": with_data,
            "population": people,
        },
        index=index,
    )


def _sums(frame: pd.DataFrame, *columns: str) -> pd.DataFrame:
    return frame.groupby("group", sort=True)[list(columns)].sum()


@_method("count", "count*")
def count(frame: pd.DataFrame) -> pd.DataFrame:
    """Sum a count over the units of each group."""
    return pd.DataFrame({"value": _sums(frame, "count")["count"]})


@_method("share", "numerator*", "denominator*")
def share(frame: pd.DataFrame) -> pd.DataFrame:
    """
    Return summed numerator over summed denominator, 0 to 1.

    A share that random rounding pushes out of 0..1 by at most `ROUNDING_TOLERANCE` is clamped and
    flagged; further out it is an error in the inputs.
    """
    sums = _sums(frame, "numerator", "denominator")
    if bool((sums < 0).any(axis=None)):
        raise ValuesError(
            "Un effectif négatif est entré dans une part. Les effectifs doivent être positifs "
            "ou nuls ; vérifiez la table de départ."
        )
    raw = sums["numerator"] / sums["denominator"].where(sums["denominator"] > 0)
    beyond = raw > 1 + ROUNDING_TOLERANCE
    # A handful of people can overshoot by more than the margin through rounding to 5 alone.
    beyond &= sums["numerator"] - sums["denominator"] > 10
    if bool(beyond.any()):
        where = str(beyond[beyond].index[0])
        raise ValuesError(
            "La part de « {unit} » dépasse 1 ({numerator} sur {denominator}). Vérifiez que le "
            "numérateur est une partie du dénominateur.",
            unit=where,
            numerator=float(sums["numerator"][where]),
            denominator=float(sums["denominator"][where]),
        )
    return pd.DataFrame(
        {
            "value": raw.clip(0, 1),
            "clamped": raw > 1,
            "numerator": sums["numerator"],
            "denominator": sums["denominator"],
        }
    )


@_method("share_remaining", "total", "part")
def share_remaining(frame: pd.DataFrame) -> pd.DataFrame:
    """Return what is left of a total once a part is taken out, as a share of the total."""
    sums = _sums(frame, "total", "part")
    raw = 1 - sums["part"] / sums["total"].where(sums["total"] > 0)
    return pd.DataFrame({"value": raw.clip(0, 1), "clamped": raw < 0})


@_method("share_of_rest", "numerator*", "total", "part")
def share_of_rest(frame: pd.DataFrame) -> pd.DataFrame:
    """
    Return summed numerator over what is left of a total once a part is taken out, 0 to 1.

    For a whole that is published only through its complement: commuters are the labour force less
    those who do not travel, whatever small mode is withheld.
    """
    rest = frame["total"] - frame["part"]
    # Two counts of the same people, each rounded to 5, may leave a few people less than none.
    return share(frame.assign(denominator=rest.mask(rest.between(-10, 0), 0.0)))


@_method("rate", "numerator*", "denominator*")
def rate(frame: pd.DataFrame, *, per: float = 1000.0) -> pd.DataFrame:
    """Return events per `per` persons, from summed events and persons."""
    sums = _sums(frame, "numerator", "denominator")
    value = per * sums["numerator"] / sums["denominator"].where(sums["denominator"] > 0)
    return pd.DataFrame({"value": value})


@_method("ratio", "numerator*", "denominator*")
def ratio(frame: pd.DataFrame) -> pd.DataFrame:
    """Return summed numerator over summed denominator, without an upper bound."""
    return rate(frame, per=1.0)


@_method("density", "count*", "area_km2")
def density(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the count per square kilometre of land, from summed counts and areas."""
    sums = _sums(frame, "count", "area_km2")
    return pd.DataFrame({"value": sums["count"] / sums["area_km2"].where(sums["area_km2"] > 0)})


@_method("change", "after", "before")
def change(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the relative change between two dates (0.02 = +2 %), from summed counts."""
    sums = _sums(frame, "after", "before")
    return pd.DataFrame({"value": sums["after"] / sums["before"].where(sums["before"] > 0) - 1})


@_method("weighted_mean", "value", "weight")
def weighted_mean(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the mean of a unit value, weighted by residents (Σw·x / Σw)."""
    products = pd.DataFrame(
        {
            "group": frame["group"],
            "product": frame["value"] * frame["weight"],
            "weight": frame["weight"],
        }
    )
    sums = _sums(products, "product", "weight")
    return pd.DataFrame({"value": sums["product"] / sums["weight"].where(sums["weight"] > 0)})


@_method("median_approximation", "median", "weight")
def median_approximation(frame: pd.DataFrame) -> pd.DataFrame:
    """
    Return the published median of a single unit, or the weighted mean of several medians.

    Medians do not add up: a group of more than one unit is flagged approximate.
    """
    result = weighted_mean(frame.rename(columns={"median": "value"}))
    size = frame.groupby("group").size().reindex(result.index)
    result["approximate"] = size > 1
    return result


@_method("share_within", "distance_m", "weight")
def share_within(frame: pd.DataFrame, *, threshold_m: float = 1000.0) -> pd.DataFrame:
    """Return the share of residents closer than `threshold_m` (the threshold itself is too far)."""
    near = frame["weight"].where(frame["distance_m"] < threshold_m, 0.0)
    sums = _sums(
        pd.DataFrame({"group": frame["group"], "near": near, "weight": frame["weight"]}),
        "near",
        "weight",
    )
    return pd.DataFrame({"value": sums["near"] / sums["weight"].where(sums["weight"] > 0)})


def quintile_among(value: float, reference: pd.Series) -> int | None:
    """
    Return the quintile (1 to 5) a value would take among reference areas.

    Parameters
    ----------
    value : float
    reference : Series
        Values of the reference areas; missing ones are left out.

    Returns
    -------
    int or None
        5 = the highest fifth; None when the value or every reference is missing.
    """
    known = np.sort(reference.dropna().to_numpy(dtype=float))
    if known.size == 0 or not np.isfinite(value):
        return None
    rank = np.searchsorted(known, value, side="right") / known.size
    return int(min(5, max(1, np.ceil(5 * rank))))
