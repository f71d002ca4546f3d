"""`revital clusters`: where high or low values gather."""

from __future__ import annotations

from pathlib import Path

import click
import pandas as pd

from revital.cli.output import emit_rows, format_option, lang_option
from revital.cli.rows import frame_rows, rounded
from revital.domain.clusters import Neighbours, Statistic
from revital.i18n import translator
from revital.services.own_files import write_result
from revital.services.own_patterns import clusters_file

FILE = click.Path(path_type=Path)
KEYS = ["value", "statistic", "z", "p", "significant", "class", "neighbours"]


@click.command()
@click.option("--layer", required=True, type=FILE, help="Couche de polygones / polygon layer.")
@click.option("--value", required=True, help="Colonne de nombres / column of numbers.")
@click.option("--id", "id_column", help="Colonne d'identifiant / id column.")
@click.option(
    "--statistic",
    type=click.Choice([str(s) for s in Statistic]),
    default="local_moran",
    show_default=True,
)
@click.option(
    "--weights", type=click.Choice([str(n) for n in Neighbours]), default="queen", show_default=True
)
@click.option("--k", type=int, default=8, show_default=True, help="knn : combien / how many.")
@click.option("--alpha", type=float, default=0.05, show_default=True)
@click.option("--permutations", type=click.IntRange(99, 99_999), default=9_999, show_default=True)
@click.option("--seed", type=click.IntRange(0, 2**32 - 1), default=1, show_default=True)
@click.option("--crs", help="Projeter la couche (EPSG:32188…) / project the layer.")
@click.option("-o", "--out", type=FILE, help=".csv, .geojson, .gpkg, .parquet")
@format_option
@lang_option
def clusters(
    layer: Path,
    value: str,
    id_column: str | None,
    statistic: str,
    weights: str,
    k: int,
    alpha: float,
    permutations: int,
    seed: int,
    crs: str | None,
    out: Path | None,
    format_: str,
    lang: str,
) -> None:
    """
    Find areas whose surroundings are unusually high or low.

    p-values are two-sided and corrected for the number of areas (false discovery rate). Classes:
    HH, LH, LL, HL for local Moran; hot, cold for Getis-Ord; not_significant; missing.

    \b
    JSON: {"value", "statistic", "weights", "k", "alpha", "permutations", "seed",
           "global": {"i", "expected", "z", "p"}, "fdr_threshold",
           "areas": [{"id", "value", "statistic", "z", "p", "significant", "class",
                      "neighbours"}],
           "islands": [<id tied to its nearest>], "left_out": [<id without a value>]}
    """  # noqa: D301 - click reads the \b
    t = translator(lang)
    found, shapes = clusters_file(
        layer,
        value,
        id_column=id_column,
        statistic=statistic,
        weights=weights,
        k=k,
        alpha=alpha,
        permutations=permutations,
        seed=seed,
        crs=crs,
    )
    shapes = shapes.rename(columns={"cluster": "class"})
    if out is not None:
        write_result(shapes, out)
    rows = frame_rows(pd.DataFrame(shapes[KEYS]))
    payload = {
        "value": value,
        "statistic": statistic,
        "weights": weights,
        "k": k if weights == "knn" else None,
        "alpha": alpha,
        "permutations": permutations,
        "seed": seed,
        "global": found.moran,
        "fdr_threshold": found.threshold,
        "areas": rows,
        "islands": found.islands,
        "left_out": found.left_out,
    }
    if format_ == "table":
        click.echo(
            t(
                "I de Moran global : {i} (z = {z}, p = {p})",
                i=t.number(found.moran.i, 4),
                z=t.number(found.moran.z, 2),
                p=t.number(found.moran.p, 4),
            )
        )
        rows = [rounded(row, ("statistic", "z", "p")) for row in rows]
    headings = {
        "id": t("identifiant"),
        "value": value,
        "statistic": statistic,
        "z": "z",
        "p": "p",
        "significant": t("significatif"),
        "class": t("classe"),
        "neighbours": t("voisins"),
    }
    columns = headings if format_ == "table" else {key: key for key in rows[0]}
    emit_rows(rows, format_, columns=columns, payload=payload)
