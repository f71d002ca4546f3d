"""Turns the lines of the Census Profile, wherever they come from, into one row per area."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from revital.sources.base import Tidy
from revital.sources.readers.characteristics import PROFILE_2021, Characteristic, Resolution

#: Schema codes of DGUIDs (vintage and type in front): dissemination area, tract, municipality.
DA_PREFIX, CT_PREFIX, CSD_PREFIX = "2021S0512", "2021S0507", "2021A0005"
#: Why a value is not there, by the symbol published in its place.
REASONS = {
    "x": "confidentiality",
    "F": "unreliable",
    "..": "not_available",
    "...": "not_applicable",
}


def unit_id(dguid: str) -> str:
    """Return the id of a unit from its DGUID (`2021S051224370110` gives `24370110`)."""
    return dguid[9:]


def tell(found: Resolution, out: Tidy) -> None:
    """Say in the report which characteristics stood elsewhere, and which were not found."""
    for item, number in found.moved:
        out.note(
            "La caractéristique « {column} » porte le numéro {number} chez l'éditeur "
            "({expected} attendu) : reconnue par son libellé.",
            column=item.column,
            number=number,
            expected=item.number,
        )
    for item, label in found.lost:
        out.note(
            "La caractéristique « {column} » n'a pas été lue : au numéro {number}, l'éditeur écrit "
            "« {label} », qui n'est pas le libellé attendu, et aucun autre ne convient sans doute "
            "possible.",
            column=item.column,
            number=item.number,
            label=" ".join(label.split()) or "—",
        )


def tabulate(values: pd.DataFrame, numbers: Mapping[str, int], out: Tidy, name: str) -> None:
    """
    Add two frames to `out`: the values, one row per unit, and the reasons of those withheld.

    Parameters
    ----------
    values : DataFrame
        `dguid`, `number`, `value`, `symbol`.
    numbers : mapping of column to characteristic number
    out : Tidy
        Gets `name` (`unit_id`, one column per characteristic found) and `name_withheld`
        (`unit_id`, `column`, `reason`).
    """
    by_number: dict[int, Characteristic] = {
        numbers[c.column]: c for c in PROFILE_2021 if c.column in numbers
    }
    kept = values[values["number"].isin(by_number)]
    wide = kept.pivot(index="dguid", columns="number", values="value")
    frame = pd.DataFrame({"unit_id": [unit_id(str(d)) for d in wide.index]})
    for number, item in by_number.items():
        column = wide.get(number, pd.Series(np.nan, index=wide.index)).to_numpy(dtype="float64")
        # Published to one decimal; rounding undoes the noise of the change of unit.
        frame[item.column] = column if item.scale == 1.0 else np.round(column * item.scale, 4)
    withheld = kept[kept["symbol"].isin(REASONS)]
    reasons = pd.DataFrame(
        {
            "unit_id": [unit_id(str(d)) for d in withheld["dguid"]],
            "column": [by_number[n].column for n in withheld["number"]],
            "reason": withheld["symbol"].map(REASONS).to_numpy(),
        }
    )
    out.add(name, frame.sort_values("unit_id", ignore_index=True), len(values))
    out.add(
        f"{name}_withheld",
        reasons.sort_values(["unit_id", "column"], ignore_index=True),
        len(reasons),
    )
