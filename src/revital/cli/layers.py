"""`revital layers`: the tables and outlines that are there."""

from __future__ import annotations

import click

from revital.cli.output import emit_rows, format_option, lang_option
from revital.i18n import translator
from revital.services.data import open_data


@click.command()
@format_option
@lang_option
def layers(format_: str, lang: str) -> None:
    """Layers of the data pack and of the workspace, with publisher, licence and vintage."""
    t = translator(lang)
    data = open_data()
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
