"""`revital deprivation`: material and social components of six census shares, type IDMS."""

from __future__ import annotations

from pathlib import Path

import click

from revital.cli.output import emit_rows, format_option, lang_option
from revital.cli.rows import frame_rows, rounded
from revital.i18n import translator
from revital.services.own_patterns import deprivation_file

FILE = click.Path(path_type=Path)


@click.command()
@click.option("--values", required=True, type=FILE, help="Une ligne par secteur / row per area.")
@click.option("--id", "id_column", help="Colonne d'identifiant / id column.")
@click.option("--population", help="Colonne des résidents / residents column.")
@format_option
@lang_option
def deprivation(
    values: Path, id_column: str | None, population: str | None, format_: str, lang: str
) -> None:
    """
    Make two components of six shares, type IDMS, not adjusted for age and sex.

    Columns: no_diploma, employment, living_alone, separated_divorced_widowed, single_parent
    (shares, 0 to 1), income (dollars) and, for quintiles of the population, population.

    \b
    JSON: {"type": "IDMS", "adjusted": false, "quintiles_of": "population"|"units",
           "components": {"material": {"explained", "loadings": {<input>: number}},
                          "social": {…}},
           "columns": {<input>: <column of the file>},
           "units": [{"id", "material", "social", "material_quintile", "social_quintile",
                      "group"}],  (higher, 5 = more deprived)
           "excluded": [<id that lacks an input>]}
    """  # noqa: D301 - click reads the \b
    t = translator(lang)
    found = deprivation_file(values, id_column=id_column, population=population)
    rows = frame_rows(found.table.rename_axis("id"))
    parts = found.components
    payload = {
        "type": "IDMS",
        "adjusted": False,
        "quintiles_of": found.quintiles_of,
        "components": {
            name: {
                "explained": parts.explained[name],
                "loadings": parts.loadings[name].to_dict(),
            }
            for name in parts.loadings.columns
        },
        "columns": found.columns,
        "units": rows,
        "excluded": [str(unit) for unit in parts.excluded],
    }
    columns = {
        "id": t("identifiant"),
        "material": t("défavorisation matérielle"),
        "social": t("défavorisation sociale"),
        "material_quintile": t("quintile matériel"),
        "social_quintile": t("quintile social"),
        "group": t("groupe"),
    }
    if format_ == "csv":
        columns = {key: key for key in columns}
    if format_ == "table":
        click.echo(t("Composantes de type IDMS, non ajustées pour l'âge et le sexe."))
        rows = [rounded(row, ("material", "social"), 3) for row in rows]
    emit_rows(rows, format_, columns=columns, payload=payload)
