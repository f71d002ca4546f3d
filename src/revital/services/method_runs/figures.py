"""Runs of the figures of a territory and of figures carried between areas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import geopandas as gpd
import pandas as pd
from shapely.geometry import Point, box

from revital.domain import indicators
from revital.domain import interpolate as places
from revital.services.method_runs.registry import RUNS, Plain, Run, plain, run_of


def _figure(name: str) -> Run:
    def run(units: Mapping[str, Mapping[str, float]], **parameters: float) -> Plain:
        frame = pd.DataFrame.from_dict({str(k): dict(v) for k, v in units.items()}, orient="index")
        groups = pd.Series("all", index=frame.index)
        row = indicators.compute(name, frame, groups=groups, parameters=parameters).iloc[0]
        return {key: plain(row[key]) for key in ("value", "approximate", "clamped", "coverage")}

    return run


for _name in indicators.METHODS:
    RUNS[_name] = _figure(_name)


def _rectangles(table: Mapping[str, Mapping[str, Any]]) -> gpd.GeoDataFrame:
    rows = pd.DataFrame.from_dict({k: dict(v) for k, v in table.items()}, orient="index")
    shapes = [box(*corners) for corners in rows.pop("box")]
    return gpd.GeoDataFrame(rows.infer_objects(), geometry=shapes, crs="EPSG:32188")


@run_of("areal_interpolation")
def _areal(
    source: Mapping[str, Mapping[str, Any]],
    target: Mapping[str, Mapping[str, Any]],
    counts: Sequence[str] = (),
    rates: Mapping[str, Sequence[str]] | None = None,
    medians: Mapping[str, str] | None = None,
    blocks: Sequence[Mapping[str, Any]] | None = None,
) -> Plain:
    sources, targets = _rectangles(source), _rectangles(target)
    if blocks is None:
        shares = places.area_shares(sources, targets)
    else:
        table = pd.DataFrame([dict(block) for block in blocks])
        small = gpd.GeoDataFrame(
            table, geometry=[Point(*xy) for xy in table.pop("at")], crs="EPSG:32188"
        )
        shares = places.block_shares(
            sources, targets, small, source_id="source", population="people"
        )
    found = places.interpolate(
        pd.DataFrame(sources.drop(columns="geometry")),
        shares,
        extensive=list(counts),
        rates={name: (pair[0], pair[1]) for name, pair in (rates or {}).items()},
        medians=medians,
    )
    return {
        **{str(name): plain(found.values[name]) for name in found.values},
        **{f"{name}_flag": plain(found.flags[name]) for name in found.flags},
        "split_share": plain(found.report["split_share"]),
        "lost": plain(found.lost),
    }
