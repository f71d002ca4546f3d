"""`revital map`: the table behind a map, area by area, with its classes or hot spots."""

from __future__ import annotations

import click

from revital.catalogue.models import Level
from revital.cli.output import emit_rows, format_option, lang_option
from revital.domain.clusters import Statistic
from revital.errors import UnknownIdError, UserError
from revital.i18n import Translator, translator
from revital.services.data import Data, open_data
from revital.services.hotspots import HotSpots, hot_spots
from revital.services.map_classes import NO_DATA
from revital.services.mapping import MapView
from revital.services.own_mapping import any_map, own_measure
from revital.services.wording import figure_text
from revital.services.workspace.home import workspace
from revital.settings import settings

LEVELS: dict[str, Level] = {"ct": "ct", "da": "da"}


@click.command("map")
@click.option("--territory", required=True, help="Territoire / territory.")
@click.option("--indicator", help="Indicateur / indicator.")
@click.option("--own", help="Mesure apportée ici / own measure (« arbres plantés »).")
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
    indicator: str | None,
    own: str | None,
    level: str | None,
    statistic: str | None,
    format_: str,
    lang: str,
) -> None:
    """Value and class of every area round a territory."""
    t = translator(lang)
    data = open_data()
    asked = asked_map(data, territory, indicator, own)
    shown = any_map(data, asked, territory, LEVELS[level] if level else None, settings().static)
    if shown is None:
        raise UnknownIdError(
            "Aucune carte de « {indicator} » pour « {territory} » : aucune donnée par zone.",
            indicator=asked,
            territory=territory,
        )
    found = hot_spots(data, shown, statistic=statistic) if statistic else None
    rows = _rows(shown, found, t)
    payload = {
        "indicator": asked,
        "title": shown.indicator.title,
        "level": shown.measure.level,
        "date": shown.date,
        "year": shown.measure.year or None,
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
    if own and format_ == "table":
        for note in shown.approximate:
            click.echo(t.of(note))


def asked_map(data: Data, territory: str, indicator: str | None, own: str | None) -> str:
    """Return what a command is asked to draw: an indicator, or an own measure by its id."""
    if (indicator is None) == (own is None):
        raise UserError("Donnez --indicator ou --own : l'un des deux.")
    if own is not None:
        return own_measure(data, workspace(), territory, own).id
    return indicator or ""


def _rows(shown: MapView, found: HotSpots | None, t: Translator) -> list[dict[str, object]]:
    codes = found.codes if found else shown.codes
    inside, hidden = set(shown.inside), set(shown.hidden)
    return [
        {
            "id": id_,
            "name": name,
            "units": ";".join(shown.outlines.members[id_]),
            "inside": i in inside,
            "value": value,
            "hidden": i in hidden,
            "interval": shown.intervals[i] if shown.intervals else None,
            "text": t("caché")
            if i in hidden
            else figure_text(shown.indicator, value, t, is_bound=shown.is_bound),
            "class": _class(codes[i], found),
        }
        for i, (id_, name, value) in enumerate(
            zip(shown.outlines.ids, shown.outlines.names, shown.values, strict=True)
        )
    ]


def _class(code: int, found: HotSpots | None) -> int | str | None:
    if code == NO_DATA:
        return None
    return found.classes[code] if found else code + 1
