"""`revital score`: a composite score, its ranks, and how far they can be trusted."""

from __future__ import annotations

from pathlib import Path

import click

from revital.cli.output import emit_rows, format_option, lang_option
from revital.cli.rows import frame_rows, rounded
from revital.domain.composite import Aggregation, Normalization
from revital.i18n import translator
from revital.services.own_scores import score_file

FILE = click.Path(path_type=Path)


@click.command()
@click.option("--values", required=True, type=FILE, help="Une ligne par secteur / row per area.")
@click.option("--id", "id_column", default="id", show_default=True, help="Identifiant / id column.")
@click.option(
    "--directions", required=True, type=FILE, help="indicator,direction[,low,high,domain]"
)
@click.option("--weights", type=FILE, help="indicator,weight ; égaux sinon / equal without it.")
@click.option(
    "--normalize",
    "normalization",
    type=click.Choice([str(n) for n in Normalization]),
    default="minmax",
    show_default=True,
)
@click.option(
    "--method", type=click.Choice([str(a) for a in Aggregation]), default="arithmetic",
    show_default=True,
)  # fmt: skip
@click.option("--draws", type=int, default=10_000, show_default=True, help="Tirages / draws.")
@click.option("--concentration", type=float, default=30.0, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True)
@click.option(
    "--top", type=click.IntRange(min=1), help="Combien sont « les plus touchés » / how many."
)
@click.option("--vary-all", is_flag=True, help="Varier aussi la méthode / vary the method too.")
@format_option
@lang_option
def score(
    values: Path,
    id_column: str,
    directions: Path,
    weights: Path | None,
    normalization: str,
    method: str,
    draws: int,
    concentration: float,
    seed: int,
    top: int | None,
    vary_all: bool,
    format_: str,
    lang: str,
) -> None:
    """
    Score areas on several indicators; rank 1 is the highest score.

    The directions may also hold `low` and `high` (goalposts) and `domain` (scores by domain).
    A direction of +1 says that a higher value raises the score, -1 that it lowers it. Weights are
    drawn again DRAWS times around their value to give each area a 5-95 % interval of its rank.

    \b
    JSON: {"normalize", "method", "draws", "concentration", "seed", "top",
           "indicators": [{"id", "direction", "weight", ["low", "high", "domain"]}],
           "units": [{"id", "score", "rank", "rank_median", "rank_low", "rank_high", "p_first",
                      "p_most_affected", "quality", "leave_one_out": {<indicator>: rank},
                      "variants": {<normalisation-method>: rank}, ["domains": {<domain>: score}]}],
           "separation": {"pairs", "pairs_told_apart", "surely_most_affected",
                          "surely_not_most_affected", "not_told_apart": {<id>: [<id>]}} or null,
           "ignored_columns": [<column without a direction>]}
    """  # noqa: D301 - click reads the \b
    t = translator(lang)
    found = score_file(
        values,
        directions,
        id_column=id_column,
        weights=weights,
        normalization=normalization,
        method=method,
        draws=draws,
        concentration=concentration,
        seed=seed,
        top=top,
        vary_all=vary_all,
    )
    robust = found.robustness
    table = robust.table.reindex(found.flags.index).rename(columns={"p_top": "p_most_affected"})
    ranks = ["rank", "rank_median", "rank_low", "rank_high"]
    table[ranks] = table[ranks].astype("Int64")
    rows = frame_rows(table.assign(quality=found.flags).rename_axis("id"))
    for row in rows:
        row["leave_one_out"] = robust.leave_one_out.loc[row["id"]].to_dict()
        row["variants"] = robust.variants.loc[row["id"]].to_dict()
        if found.domains is not None:
            row["domains"] = found.domains.loc[row["id"]].to_dict()
    payload = {
        "normalize": normalization,
        "method": method,
        "draws": draws,
        "concentration": concentration,
        "seed": seed,
        "top": robust.top,
        "indicators": found.indicators.rename_axis("id").reset_index().to_dict(orient="records"),
        "units": rows,
        "separation": None if robust.ahead is None else robust.separation(),
        "ignored_columns": found.ignored,
    }
    columns = {
        "id": t("identifiant"),
        "score": t("score"),
        "rank": t("rang"),
        "rank_low": t("rang, 5 %"),
        "rank_high": t("rang, 95 %"),
        "p_most_affected": t("probabilité d'être parmi les plus touchés"),
        "quality": t("qualité"),
    }
    if format_ == "csv":
        flat = [key for key, value in rows[0].items() if not isinstance(value, dict)]
        columns = {key: key for key in flat}
    if format_ == "table":
        rows = [rounded(row, ("score", "p_most_affected")) for row in rows]
    emit_rows(rows, format_, columns=columns, payload=payload)
