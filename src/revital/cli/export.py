"""`revital export`: data, maps and charts to take away."""

from __future__ import annotations

from pathlib import Path

import click

from revital.cli.map import asked_map
from revital.cli.output import lang_option
from revital.cli.report import output_option, territory_option, write
from revital.domain.clusters import Statistic
from revital.errors import UserError
from revital.i18n import Translator, translator
from revital.services.chart_sheet import ChartSheet
from revital.services.data import open_data

#: Charts of the pages: a figure, a theme of the portrait, places compared, a figure through time,
#: the index, the plan through time and its money.
CHARTS = ("indicator", "theme", "compare", "series", "devitalization", "timeline", "funding")


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
@click.option("--indicator", help="Indicateur / indicator.")
@click.option("--own", help="Mesure apportée ici / own measure.")
@click.option("--level", type=click.Choice(["ct", "da"]), help="Niveau / level.")
@click.option("--services", multiple=True, help="Couche de services / layer of services.")
@click.option(
    "--hot-spots", type=click.Choice([s.value for s in Statistic]), help="Regroupements / clusters."
)
@click.option("--service", help="Carte d'accès / map of access: grocery, clsc…")
@click.option("--threshold", type=float, help="Seuil en mètres / threshold in metres.")
@click.option("--detour", default=1.0, show_default=True, help="Détour / detour.")
@click.option("--add", multiple=True, help="Scénario : LAT,LON d'un service / of a service.")
@click.option("--close", multiple=True, help="Scénario : lieu fermé / place closed (id).")
@click.option("--change", is_flag=True, help="Ce que change le scénario / what it changes.")
@lang_option
@output_option
def map_(
    territory: str,
    indicator: str | None,
    own: str | None,
    level: str | None,
    services: tuple[str, ...],
    hot_spots: str | None,
    service: str | None,
    threshold: float | None,
    detour: float,
    add: tuple[str, ...],
    close: tuple[str, ...],
    change: bool,
    lang: str,
    output: Path,
) -> None:
    """A map with its legend, scale, north and credit, as SVG or PNG by the name of the file."""
    from revital.reports.pictures import figure_svg
    from revital.services.access_ground import AccessQuery
    from revital.services.access_sheet import access_sheet
    from revital.services.map_sheet import map_sheet
    from revital.services.scenarios import Scenario, checked

    t = translator(lang)
    if sum(asked is not None for asked in (indicator, own, service)) != 1:
        raise UserError("Donnez --indicator, --own ou --service : un seul des trois.")
    if service is not None:
        scenario = checked(Scenario(tuple(_point(text) for text in add), close))
        query = AccessQuery(territory, service, threshold, detour)
        sheet = access_sheet(open_data(), query, t, scenario, shows_change=change)
    else:
        sheet = map_sheet(
            open_data(),
            asked_map(open_data(), territory, indicator, own),
            territory,
            t,
            level,  # type: ignore[arg-type]  # click has checked it
            services=services,
            hot_spots_of=Statistic(hot_spots) if hot_spots else None,
        )
    _write_picture(output, figure_svg(sheet, t), lang)


def _point(text: str) -> tuple[float, float]:
    try:
        lat, lon = (float(part) for part in text.split(","))
    except ValueError as error:
        raise UserError(
            "« {text} » n'est pas un point : donnez LAT,LON en degrés, par exemple 46.34,-72.55.",
            text=text,
        ) from error
    return lat, lon


@export.command()
@territory_option
@click.option(
    "--kind",
    type=click.Choice(CHARTS),
    default="indicator",
    show_default=True,
    help="Graphique / chart.",
)
@click.option("--indicator", help="Indicateur / indicator (indicator, series).")
@click.option("--theme", help="Thème / theme (theme, compare).")
@click.option("--with", "others", multiple=True, help="Autre lieu / other place (compare).")
@click.option("--scope", type=click.Choice(["real", "example"]), help="Vrai plan ou exemple.")
@lang_option
@output_option
def chart(
    territory: str,
    kind: str,
    indicator: str | None,
    theme: str | None,
    others: tuple[str, ...],
    scope: str | None,
    lang: str,
    output: Path,
) -> None:
    """A chart of any page, as SVG or PNG by the name of the file."""
    from revital.reports.charts import chart_svg

    t = translator(lang)
    if kind in ("timeline", "funding"):
        sheet = _plan_chart(territory, kind, scope, t)
    else:
        sheet = _data_chart(territory, kind, indicator, theme, others, t)
    _write_picture(output, chart_svg(sheet, t), lang)


def _data_chart(
    territory: str,
    kind: str,
    indicator: str | None,
    theme: str | None,
    others: tuple[str, ...],
    t: Translator,
) -> ChartSheet:
    from revital.services import comparison_charts as comparisons
    from revital.services.chart_sheet import chart_sheet, theme_sheet

    data = open_data()
    if kind == "devitalization":
        return comparisons.devitalization_sheet(data, territory, t)
    if kind == "compare":
        return comparisons.compare_sheet(data, (territory, *others), t, theme)
    if kind == "theme":
        return theme_sheet(data, territory, _needed(theme, "--theme", kind), t)
    id_ = _needed(indicator, "--indicator", kind)
    if kind == "series":
        return comparisons.series_sheet(data, territory, id_, t)
    return chart_sheet(data, id_, territory, t)


def _plan_chart(territory: str, kind: str, scope: str | None, t: Translator) -> ChartSheet:
    from revital.services.authorization import operator
    from revital.services.plan import board
    from revital.services.plan_charts import funding_sheet, timeline_sheet
    from revital.services.plan_structure import open_plan

    found = board(open_plan(territory, actor=operator()), scope)
    return timeline_sheet(found, t) if kind == "timeline" else funding_sheet(found, t)


def _needed(value: str | None, option: str, kind: str) -> str:
    if not value:
        raise UserError("Le graphique « {kind} » demande {option}.", kind=kind, option=option)
    return value


@export.command()
@territory_option
@lang_option
@output_option
def xlsx(territory: str, lang: str, output: Path) -> None:
    """A workbook: a sheet of notes, then every table; data under ODbL in a second file beside."""
    from revital.reports.archives import workbooks
    from revital.services.package_tables import export as gather

    if output.suffix.lower() != ".xlsx":
        raise UserError("Le fichier « {file} » doit finir par .xlsx.", file=output.name)
    for name, content in workbooks(gather(open_data(), territory)).items():
        odbl = name.endswith("-odbl.xlsx")
        write(output.with_stem(f"{output.stem}-odbl") if odbl else output, content, lang)


@export.command()
@territory_option
@lang_option
@output_option
def site(territory: str, lang: str, output: Path) -> None:
    """One HTML file that opens without a server: portrait, map, services, sources."""
    from revital.reports.site import site_html
    from revital.services.site_content import site_content

    content = site_content(open_data(), territory, lang=lang)
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
