"""`revital correct`: local corrections to public layers, kept beside them."""

from __future__ import annotations

import click

from revital.cli.output import emit_json, emit_rows, format_option, lang_option
from revital.errors import UnknownIdError, UserError
from revital.i18n import translator
from revital.services.data import Data, open_data
from revital.services.imports.corrected import ACTIONS, all_corrections
from revital.services.imports.corrections import correct as keep
from revital.services.imports.corrections import uncorrect
from revital.services.known_places import parse_point
from revital.services.workspace.home import workspace


@click.group("correct")
def correct() -> None:
    """Correct a place of a public layer: closed, moved, another kind, not there, details."""


@correct.command("list")
@click.option("--territory", help="Territoire / territory.")
@format_option
@lang_option
def list_(territory: str | None, format_: str, lang: str) -> None:
    """Every correction that stands, with who and when."""
    t = translator(lang)
    data = open_data()
    place = data.catalogue.territory(territory).place if territory else None
    rows = []
    for item in all_corrections(data):
        if place not in (None, item.place):
            continue
        known = _names(data, item.layer)
        rows.append(
            {
                "id": item.event,
                "what": t(ACTIONS[item.action]),
                "action": item.action,
                "service_id": item.service_id,
                "name": known.get(item.service_id),
                "layer": item.layer,
                "by": item.by,
                "on": item.on,
                "note": item.note or None,
                "lat": item.lat,
                "lon": item.lon,
                "category": item.category or None,
                **item.details,
                # A source may drop a place: the correction is kept, for its return.
                "in_layer": item.service_id in known,
            }
        )
    columns = {
        "id": "id",
        "name": t("Nom"),
        "what": t("Correction"),
        "by": t("Par"),
        "on": t("Le"),
        "note": t("Note"),
    }
    emit_rows(rows, format_, columns=columns)


def _names(data: Data, layer: str) -> dict[str, str]:
    if not data.layers.has(layer):
        return {}
    table = data.layers.read(layer, columns=["service_id", "name"])
    return dict(zip(table["service_id"].astype(str), table["name"].astype(str), strict=True))


@correct.command("add")
@click.argument("service_id", metavar="SERVICE")
@click.option("--territory", required=True)
@click.option("--action", required=True, type=click.Choice(list(ACTIONS)))
@click.option("--by", required=True, help="Qui corrige / who corrects.")
@click.option("--at", default="", help="« LAT, LON » où il a déménagé / where it moved to.")
@click.option("--kind", "category", default="", help="Ce que c'est / what it is: pharmacy…")
@click.option("--note", default="")
@click.option("--phone", default="")
@click.option("--hours", default="")
@click.option("--eligibility", default="")
@click.option("--cost", default="")
@format_option
@lang_option
def add(
    service_id: str, territory: str, action: str, at: str, format_: str, lang: str, **values: str
) -> None:
    """Note what is wrong with a place; ids are those of `revital services`."""
    t = translator(lang)
    data = open_data()
    lat, lon = parse_point(data, territory, at) if at else (None, None)
    layer = _layer_of(data, territory, service_id)
    event = keep(
        data, workspace(), territory, layer=layer, service_id=service_id, action=action,
        lat=lat, lon=lon, **values,
    )  # fmt: skip
    if format_ == "json":
        emit_json(event)
        return
    click.echo(t("Correction gardée sous le numéro {id}. Pour défaire : « revital correct undo "
                 "{id} ».", id=event.id))  # fmt: skip


def _layer_of(data: Data, territory: str, service_id: str) -> str:
    place = data.catalogue.place(data.catalogue.territory(territory).place)
    for layer in place.services:
        if service_id in _names(data, layer):
            return layer
    raise UnknownIdError(
        "Aucun lieu « {id} » près de ce territoire. Ses lieux : « revital services --territory "
        "{territory} ».",
        id=service_id[:60],
        territory=territory,
    )


@correct.command("undo")
@click.argument("id_", metavar="ID")
@click.option("--by", default="", help="Qui défait / who undoes.")
@format_option
@lang_option
def undo_(id_: str, by: str, format_: str, lang: str) -> None:
    """Take a correction back."""
    t = translator(lang)
    if not by.strip():
        raise UserError("Dites qui défait cette correction : « --by NOM ».")
    event = uncorrect(open_data(), workspace(), id_, by=by)
    if format_ == "json":
        emit_json(event)
        return
    click.echo(t("La correction {id} est défaite.", id=id_))
