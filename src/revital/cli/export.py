"""`revital export`: data, maps and charts to take away."""

from __future__ import annotations

from pathlib import Path

import click

from revital.cli.output import lang_option
from revital.cli.report import output_option, territory_option, write
from revital.errors import UserError
from revital.i18n import translator
from revital.services.data import open_data


@click.group()
def export() -> None:
    """Data, maps and charts as files that other programs open."""


@export.command()
@territory_option
@lang_option
@click.option(
    "-o",
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="Dossier à écrire / folder to write.",
)
def data(territory: str, lang: str, output: Path) -> None:
    """Tables and outlines: CSV, Parquet, GeoPackage, spreadsheet, described by a data package."""
    from revital.reports.data_package import write as write_package
    from revital.services.package_tables import export as gather

    found = gather(open_data(), territory)
    try:
        written = write_package(found, output)
    except OSError as error:
        raise UserError(
            "Le dossier « {folder} » ne peut pas être écrit. Choisissez avec -o un dossier où "
            "vous pouvez écrire.",
            folder=str(output),
        ) from error
    t = translator(lang)
    click.echo(
        t.plural("{n} fichier dans {folder}", "{n} fichiers dans {folder}", len(written),
                 folder=str(output)),
        err=True,
    )  # fmt: skip
    for path in written:
        click.echo(str(path))


@export.command("map")
@territory_option
@click.option("--indicator", required=True, help="Indicateur / indicator.")
@click.option("--level", type=click.Choice(["ct", "da"]), help="Niveau / level.")
@lang_option
@output_option
def map_(territory: str, indicator: str, level: str | None, lang: str, output: Path) -> None:
    """A map with its legend, scale, north and credit, as SVG or PNG by the name of the file."""
    from revital.reports.pictures import figure_svg
    from revital.services.map_sheet import map_sheet

    t = translator(lang)
    sheet = map_sheet(open_data(), indicator, territory, t, level)  # type: ignore[arg-type]
    _write_picture(output, figure_svg(sheet, t), lang)


@export.command()
@territory_option
@click.option("--indicator", required=True, help="Indicateur / indicator.")
@lang_option
@output_option
def chart(territory: str, indicator: str, lang: str, output: Path) -> None:
    """A figure against the city, the region and Québec, and its history, as SVG or PNG."""
    from revital.reports.charts import chart_svg
    from revital.services.chart_sheet import chart_sheet

    t = translator(lang)
    _write_picture(output, chart_svg(chart_sheet(open_data(), indicator, territory, t), t), lang)


@export.command()
@territory_option
@lang_option
@output_option
def site(territory: str, lang: str, output: Path) -> None:
    """One HTML file that opens without a server: portrait, map, services, sources, fr and en."""
    from revital.reports.site import site_html
    from revital.services.site_content import site_content

    content = site_content(open_data(), territory)
    write(output, site_html(content, lang).encode(), lang)


def _write_picture(target: Path, svg: str, lang: str) -> None:
    suffix = target.suffix.lower()
    if suffix == ".svg":
        write(target, svg.encode(), lang)
    elif suffix == ".png":
        from revital.reports.typesetting import png

        write(target, png(svg), lang)
    else:
        raise UserError(
            "Le fichier « {file} » doit finir par .svg ou .png.",
            file=target.name,
        )
