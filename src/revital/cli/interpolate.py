"""`revital interpolate`: counts, rates and medians carried from one layer to another."""

from __future__ import annotations

from pathlib import Path

import click
import pandas as pd

from revital.cli.output import emit_rows, format_option, lang_option
from revital.cli.rows import frame_rows
from revital.i18n import translator
from revital.services.own_files import write_result
from revital.services.own_interpolation import interpolate_files

FILE = click.Path(path_type=Path)


def _words(values: tuple[str, ...]) -> list[str]:
    """Options may be repeated or hold a list with commas."""
    return [word.strip() for value in values for word in value.split(",") if word.strip()]


@click.command()
@click.option("--source", required=True, type=FILE, help="Couche de départ / source layer.")
@click.option("--target", required=True, type=FILE, help="Couche d'arrivée / target layer.")
@click.option("--extensive", multiple=True, help="Effectif à répartir / count to share out.")
@click.option("--rate", "rates", multiple=True, help="[nom=]numérateur:dénominateur / two counts.")
@click.option("--median", "medians", multiple=True, help="médiane:poids / median:weight.")
@click.option("--source-id", help="Colonne d'identifiant / id column.")
@click.option("--target-id", help="Colonne d'identifiant / id column.")
@click.option("--blocks", type=FILE, help="Îlots et leur population / blocks with residents.")
@click.option("--block-source", default="source_id", show_default=True)
@click.option("--block-population", default="population", show_default=True)
@click.option("--crs", help="Projeter les couches (EPSG:32188…) / project the layers.")
@click.option("-o", "--out", type=FILE, help=".csv, .geojson, .gpkg, .parquet")
@format_option
@lang_option
def interpolate(
    source: Path,
    target: Path,
    extensive: tuple[str, ...],
    rates: tuple[str, ...],
    medians: tuple[str, ...],
    source_id: str | None,
    target_id: str | None,
    blocks: Path | None,
    block_source: str,
    block_population: str,
    crs: str | None,
    out: Path | None,
    format_: str,
    lang: str,
) -> None:
    """
    Carry figures of a layer to the areas of another.

    Counts are shared out by surface, or by the residents of blocks; a rate is rebuilt from two
    counts and called NUMERATOR_rate; a median is approximate. Both layers must be in one system in
    metres, unless --crs projects them.

    \b
    JSON: {"basis": "area"|"blocks",
           "targets": [{"id", <figure>…, "n_areas", "n_split", "population", "split_share",
                        "missing_share_<figure>"…, "flag_<figure>"…}],
           "lost": {<count>: share of its total that falls in no target}}
    """  # noqa: D301 - click reads the \b
    t = translator(lang)
    found = interpolate_files(
        source,
        target,
        extensive=_words(extensive),
        rates=_words(rates),
        medians=_words(medians),
        source_id=source_id,
        target_id=target_id,
        blocks=blocks,
        block_source=block_source,
        block_population=block_population,
        crs=crs,
    )
    if out is not None:
        write_result(found.layer, out)
        if format_ == "table":
            click.echo(
                t.plural(
                    "{n} secteur écrit dans {file}.",
                    "{n} secteurs écrits dans {file}.",
                    len(found.layer),
                    file=str(out),
                )
            )
            return
    rows = frame_rows(pd.DataFrame(found.layer.drop(columns="geometry")))
    emit_rows(
        rows,
        format_,
        columns={column: column for column in rows[0]},
        payload={
            "basis": found.basis,
            "targets": rows,
            "lost": found.result.lost.to_dict(),
        },
    )
