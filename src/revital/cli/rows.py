"""Rows of a result, as the commands print them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd


def frame_rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return a table as rows, its index first, missing values as None."""
    table = frame.reset_index()
    names = [str(column) for column in table.columns]
    columns = [
        [None if pd.isna(value) else value for value in table[column]] for column in table.columns
    ]
    return [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]


def rounded(row: dict[str, Any], keys: Iterable[str], decimals: int = 4) -> dict[str, Any]:
    """Return a row with some numbers rounded for a reader."""
    return {
        **row,
        **{key: None if row[key] is None else round(float(row[key]), decimals) for key in keys},
    }
