"""`revital interpolate`: figures of a user's layer carried to another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import pandas as pd

from revital.domain.interpolate import Interpolated, area_shares, block_shares, interpolate
from revital.errors import ValuesError
from revital.services.own_files import numbers, read_layer, require_file_columns, with_ids


@dataclass(frozen=True)
class InterpolatedFile:
    """
    Result of `interpolate_files`.

    Attributes
    ----------
    result : Interpolated
    layer : GeoDataFrame, indexed by target id
        Values, report and flags (`flag_<name>`) beside the shapes and the own columns of the
        targets.
    basis : str
        `area` or `blocks`.
    """

    result: Interpolated
    layer: gpd.GeoDataFrame
    basis: str


def parse_rates(words: Sequence[str]) -> dict[str, tuple[str, str]]:
    """
    Read rates asked for as `numerator:denominator` or `name=numerator:denominator`.

    Without a name, the rate is called `<numerator>_rate`.
    """
    rates: dict[str, tuple[str, str]] = {}
    for word in words:
        name, _, pair = word.rpartition("=")
        top, colon, bottom = pair.partition(":")
        if not (colon and top.strip() and bottom.strip()):
            raise ValuesError(
                "Le taux « {word} » doit s'écrire numérateur:dénominateur, deux colonnes "
                "d'effectifs (par exemple low:pop).",
                word=word,
            )
        rates[name.strip() or f"{top.strip()}_rate"] = (top.strip(), bottom.strip())
    return rates


def interpolate_files(
    source: Path,
    target: Path,
    *,
    extensive: Sequence[str] = (),
    rates: Sequence[str] = (),
    medians: Sequence[str] = (),
    source_id: str | None = None,
    target_id: str | None = None,
    blocks: Path | None = None,
    block_source: str = "source_id",
    block_population: str = "population",
    crs: str | None = None,
) -> InterpolatedFile:
    """
    Carry counts, rates and medians from one layer to another.

    Parameters
    ----------
    source, target : Path
        Layers of polygons, in one system in metres unless `crs` projects them.
    extensive : sequence of str
        Columns of counts.
    rates : sequence of str
        `numerator:denominator`, or `name=numerator:denominator`; both are counts.
    medians : sequence of str
        `median:weight`.
    source_id, target_id : str, optional
        Columns of the ids; `id`, else the row number.
    blocks : Path, optional
        Layer of small areas with residents; shares are then of people, not of surface.
    block_source, block_population : str
        Columns of `blocks`.
    crs : str, optional
        System in metres to project the layers to.

    Returns
    -------
    InterpolatedFile

    Raises
    ------
    UserError
        For every fault of the files; the sentence names the file, column and line.
    """
    sources = with_ids(read_layer(source, crs=crs), source_id, source.name)
    targets = with_ids(read_layer(target, crs=crs), target_id, target.name)
    wanted = parse_rates(rates)
    pairs = [pair for word in medians for pair in parse_rates([word]).values()]
    columns = list(
        dict.fromkeys(
            [
                *extensive,
                *(c for pair in wanted.values() for c in pair),
                *(c for pair in pairs for c in pair),
            ]
        )
    )
    if not columns:
        raise ValuesError(
            "Rien à interpoler : nommez au moins un effectif (extensive), un taux ou une médiane."
        )
    data = numbers(sources, columns, source.name)
    if blocks is None:
        shares = area_shares(sources, targets)
    else:
        small = read_layer(blocks, crs=crs)
        require_file_columns(small, [block_source], blocks.name)
        small[block_population] = numbers(small, [block_population], blocks.name)[block_population]
        small[block_source] = small[block_source].astype("string").str.strip().astype(object)
        shares = block_shares(
            sources, targets, small, source_id=block_source, population=block_population
        )
    result = interpolate(data, shares, extensive=list(extensive), rates=wanted, medians=dict(pairs))
    made = pd.concat([result.values, result.report, result.flags.add_prefix("flag_")], axis=1)
    # What the targets were called stays with them.
    kept = targets.drop(columns=[targets.geometry.name, *made.columns], errors="ignore")
    layer = gpd.GeoDataFrame(
        pd.concat([pd.DataFrame(kept), made], axis=1),
        geometry=targets.geometry,
        crs=targets.crs,
    ).rename_axis("id")
    return InterpolatedFile(result, layer, shares.basis)
