"""`revital explain`: why this number?"""

from __future__ import annotations

import click

from revital.cli.indicators import as_object
from revital.cli.output import emit_rows, format_option, lang_option
from revital.i18n import translator
from revital.services.data import open_data
from revital.services.explain import explain as explain_figure
from revital.services.explain import lines


@click.command()
@click.argument("indicator")
@click.option("--territory", required=True, help="Territoire / territory.")
@format_option
@lang_option
def explain(indicator: str, territory: str, format_: str, lang: str) -> None:
    """Walk a figure back: value, method, layer and rows, source, licence, vintage, input hash."""
    t = translator(lang)
    found = explain_figure(open_data(), indicator, territory)
    rows = [{"label": line.label, "text": line.text} for line in lines(found, t)]
    payload = {
        **as_object(found.reading),
        "method": found.figure.method if found.figure else None,
        "inputs": found.columns,
        "rows": [
            {"unit_id": str(unit), **values}
            for unit, values in zip(
                found.rows.index, found.rows.to_dict(orient="records"), strict=True
            )
        ],
        "layers": found.layers,
        "publications": found.sources,
        "cross_checks": found.cross_checks,
        "text": rows,
    }
    columns = {"label": t.of(found.indicator.title), "text": ""}
    emit_rows(rows, format_, columns=columns, payload=payload)
