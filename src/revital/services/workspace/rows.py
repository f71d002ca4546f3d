"""Keeps the rows of a layer that fit its record, and says of each other row why it does not."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pandera.errors

from revital.catalogue.models import Layer
from revital.services.packing.schema import schema_of, typed
from revital.sources.base import Reject


def split_rows(layer: Layer, frame: pd.DataFrame) -> tuple[pd.DataFrame, list[Reject]]:
    """
    Check every row of a layer against its record.

    Parameters
    ----------
    layer : Layer
    frame : DataFrame or GeoDataFrame
        The columns of the record and, for a layer with shapes, `geometry`.

    Returns
    -------
    DataFrame, list of Reject
        Rows that fit, on a new index, and one reject per row that does not (its first fault).

    Raises
    ------
    MissingColumnError
        When a column of the record lacks, or one is not in it: no row can then be trusted.
    """
    frame = frame.reset_index(drop=True)
    faults: dict[int, tuple[str, dict[str, Any]]] = {}
    table = frame.copy()
    for name, column in layer.columns.items():
        if name not in table or column.type not in ("int", "float"):
            continue
        numbers = pd.to_numeric(table[name], errors="coerce")
        for row in table.index[numbers.isna() & table[name].notna()]:
            value = str(table.at[row, name])[:60]
            faults.setdefault(
                int(row),
                ("« {column} » : « {value} » n'est pas un nombre.",
                 {"column": name, "value": value}),
            )  # fmt: skip
        table[name] = numbers
    if layer.geometry is not None:
        empty = frame["geometry"].isna() | frame["geometry"].is_empty
        for row in frame.index[empty]:
            faults.setdefault(int(row), ("Sans position.", {}))
    good = table.index[~table.index.isin(faults)]
    checked = table.loc[good].drop(columns="geometry", errors="ignore")
    if set(checked.columns) == set(layer.columns):
        _schema_faults(layer, checked, faults)
    rejects = [
        Reject(layer.id, row + 1, str(frame.at[row, layer.key])[:80], message, params)
        for row, (message, params) in sorted(faults.items())
    ]
    kept = frame.loc[~frame.index.isin(faults)].reset_index(drop=True)
    for name, column in layer.columns.items():
        if name in kept and column.type in ("int", "float"):
            kept[name] = pd.to_numeric(kept[name])
    typed(layer, kept)
    return kept, rejects


def _schema_faults(
    layer: Layer, table: pd.DataFrame, faults: dict[int, tuple[str, dict[str, Any]]]
) -> None:
    """Add the rows that the pandera schema of the record refuses."""
    schema = schema_of(layer)
    types = {name: str(column.dtype) for name, column in schema.columns.items()}
    names = {"str": "string", "string[python]": "string"}
    plain = table[list(layer.columns)].astype({n: names.get(d, d) for n, d in types.items()})
    try:
        schema.validate(plain, lazy=True)
    except pandera.errors.SchemaErrors as error:
        cases = error.failure_cases
        for case in cases[cases["index"].notna()].to_dict("records"):
            name, row = str(case["column"]), int(case["index"])
            column = layer.columns.get(name)
            check = str(case["check"])
            if check == "not_nullable":
                fault: tuple[str, dict[str, Any]] = ("« {column} » manque.", {"column": name})
            elif "unique" in check:
                fault = (
                    "« {column} » : « {value} » se répète.",
                    {"column": name, "value": str(case["failure_case"])[:60]},
                )
            else:
                fault = (
                    "« {column} » : {value} est hors des limites ({low} à {high}).",
                    {
                        "column": name,
                        "value": str(case["failure_case"])[:60],
                        "low": "…" if column is None or column.min is None else column.min,
                        "high": "…" if column is None or column.max is None else column.max,
                    },
                )
            faults.setdefault(row, fault)
