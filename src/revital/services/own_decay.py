"""Reads zones, weights and decay functions from the words of a command."""

from __future__ import annotations

import numpy as np

from revital.domain import decay
from revital.errors import ValuesError


def parse_weights(text: str) -> dict[float, float]:
    """
    Read `10:1,20:0.68,30:0.22` as zones and weights.

    Raises
    ------
    ValuesError
        When a part is not `limit:weight`.
    """
    result: dict[float, float] = {}
    for part in text.split(","):
        limit, _, weight = part.partition(":")
        try:
            result[float(limit)] = float(weight)
        except ValueError as error:
            raise ValuesError(
                "Les poids s'écrivent « 10:1,20:0.68,30:0.22 » ; « {part} » n'est pas une zone.",
                part=part[:40],
            ) from error
    return result


def parse_decay(text: str, limit: float | None) -> decay.Decay:
    """
    Read `power:1`, `exp:0.002` or `gauss:500` as a decay function.

    Raises
    ------
    ValuesError
        When the name or the number is not one.
    """
    name, _, number = text.partition(":")
    far = np.inf if limit is None else limit
    try:
        value = float(number or 1)
    except ValueError as error:
        raise ValuesError(
            "L'atténuation s'écrit « power:1 », « exp:0.002 » ou « gauss:500 » ; lu : « {text} ».",
            text=text[:40],
        ) from error
    if name == "power":
        return decay.Power(value, limit=far)
    if name == "exp":
        return decay.Exponential(value, limit=far)
    if name == "gauss":
        return decay.Gaussian(value, limit=far)
    raise ValuesError(
        "L'atténuation s'écrit « power:1 », « exp:0.002 » ou « gauss:500 » ; lu : « {text} ».",
        text=text[:40],
    )
