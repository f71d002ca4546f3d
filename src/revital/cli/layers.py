"""`revital layers`: the tables and outlines that are there, or the rows of one of them."""

from __future__ import annotations

import click

from revital.cli.output import emit_rows, format_option, lang_option
from revital.i18n import Translator, translator
from revital.services.data import Data, open_data
from revital.services.layer_rows import layer_rows


@click.command()
@click.argument("layer", required=False)
@click.option("--territory", help="Les unités de ce territoire / the units of this territory.")
@format_option
@lang_option
def layers(layer: str | None, territory: str | None, format_: str, lang: str) -> None:
    """List the layers with publisher, licence and vintage, or give the rows of LAYER."""
    t = translator(lang)
    data = open_data()
    if layer is not None:
        _rows(data, layer, territory, format_, t)
        return
    manifests = {id_: m for id_, (_, m) in sorted(data.layers.manifests().items())}
    rows = [
        {
            "id": id_,
            "title": t.of(data.catalogue.layer(id_).title),
            "rows": m.rows,
            "publisher": m.publisher[lang],
            "licence": m.licence,
            "vintage": m.vintage,
            "bytes": m.bytes,
        }
        for id_, m in manifests.items()
    ]
    columns = {
        "id": "id",
        "title": t("Couche"),
        "rows": t("Lignes"),
        "publisher": t("Éditeur"),
        "licence": t("Licence"),
        "vintage": t("Millésime"),
    }
    emit_rows(rows, format_, columns=columns, payload=list(manifests.values()))


def _rows(data: Data, layer: str, territory: str | None, format_: str, t: Translator) -> None:
    """Print the rows of a layer under the titles of its record."""
    found = layer_rows(data, layer, territory)
    plain = found.astype("object").where(found.notna(), None)
    rows = [dict(zip(found.columns, row, strict=True)) for row in plain.to_numpy().tolist()]
    record = data.catalogue.layer(layer)
    columns = {name: t.of(column.title) for name, column in record.columns.items()}
    emit_rows(rows, format_, columns=columns, payload=rows)
    if format_ == "table":
        click.echo(data.layers.manifest(layer).attribution[t.lang])
