"""The runs of worked examples, by method."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

Plain = dict[str, Any]
Run = Callable[..., Plain]

#: Method → the run of its examples.
RUNS: dict[str, Run] = {}


def run_of(name: str) -> Callable[[Run], Run]:
    """Register the run of a method."""

    def register(function: Run) -> Run:
        RUNS[name] = function
        return function

    return register


def plain(value: Any) -> Any:
    """Return a result as numbers, words and lists; missing is None."""
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, pd.Series):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(v) for v in value]
    if value is None or value is pd.NA:
        return None
    if hasattr(value, "item"):
        return plain(value.item())
    if isinstance(value, float) and np.isnan(value):
        return None
    return str(value) if isinstance(value, str) else value
