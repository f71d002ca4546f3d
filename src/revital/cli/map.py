"""`revital map`: the table behind a map, area by area, with its classes or hot spots."""

from __future__ import annotations

import click

from revital.catalogue.models import Level
from revital.cli.output import emit_rows, format_option, lang_option
from revital.domain.clusters import Statistic
from revital.errors import UnknownIdError
from revital.i18n import translator
from revital.services.data import open_data
from revital.services.hotspots import HotSpots, hot_spots
from revital.services.map_classes import NO_DATA
from revital.services.mapping import map_view
from revital.services.wording import figure_text
from revital.settings import settings

LEVELS: dict[str, Level] = {"ct": "ct", "da": "da"}


@click.command("map")
@click.option("--territory", required=True, help="Territoire / territory.")
@click.option("--indicator", required=True, help="Indicateur / indicator.")
@click.option("--level", type=click.Choice(list(LEVELS)), help="Découpage / level.")
@click.option(
    "--hot-spots",
    "statistic",
    type=click.Choice([s.value for s in Statistic]),
    help="Regroupements au lieu des classes / clusters instead of classes.",
)
@format_option
@lang_option
def map_table(
    territory: str,
    indicator: str,
    level: str | None,
    statistic: str | None,
    format_: str,
    lang: str,
) -> None:
    """Value and class of every area round a territory."""
    t = translator(lang)
    data = open_data()
    shown = map_view(
        data, indicator, territory, LEVELS[level] if level else None, settings().static
    )
    if shown is None:
        raise UnknownIdError(
            "Aucune carte de « {indicator} » pour « {territory} » : aucune donnée par zone.",
            indicator=indicator,
            territory=territory,
        )
    found = hot_spots(data, shown, statistic=statistic) if statistic else None
    codes = found.codes if found else shown.codes
    inside = set(shown.inside)
    rows = [
        {
            "id": id_,
            "name": name,
            "units": ";".join(shown.outlines.members[id_]),
            "inside": i in inside,
            "value": value,
            "interval": shown.intervals[i] if shown.intervals else None,
            "text": figure_text(shown.indicator, value, t, is_bound=shown.is_bound),
            "class": _class(codes[i], found),
        }
        for i, (id_, name, value) in enumerate(
            zip(shown.outlines.ids, shown.outlines.names, shown.values, strict=True)
        )
    ]
    payload = {
        "indicator": indicator,
        "level": shown.measure.level,
        "year": shown.measure.year,
        "approximate": shown.approximate,
        "classes": shown.classes,
        "moran": found.moran if found else None,
        "attribution": [m.attribution for m in shown.manifests],
        "areas": rows,
    }
    columns = {
        "id": t("Zone"),
        "name": t("Nom"),
        "inside": t("Dans le territoire"),
        "value" if format_ == "csv" else "text": t("Valeur"),
        "class": t("Classe"),
    }
    emit_rows(rows, format_, columns=columns, payload=payload)


def _class(code: int, found: HotSpots | None) -> int | str | None:
    if code == NO_DATA:
        return None
    return found.classes[code] if found else code + 1
