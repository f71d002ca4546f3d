"""`revital index`: the devitalization index of a territory, or what it still lacks."""

from __future__ import annotations

import click

from revital.cli.output import emit_rows, format_option, lang_option
from revital.errors import ValuesError
from revital.i18n import translator
from revital.services.data import open_data
from revital.services.devitalization import read_index


@click.command()
@click.option("--territory", required=True, help="Territoire / territory.")
@click.option("--weights", help="Poids des domaines / domain weights: economic=2,food=1,…")
@format_option
@lang_option
def index(territory: str, weights: str | None, format_: str, lang: str) -> None:
    """Domain scores, index when enough domains have one, and rank intervals."""
    t = translator(lang)
    found = read_index(open_data(), territory, weights=_weights(weights))
    rows = [
        {
            "domain": d.domain.id,
            "title": t.of(d.domain.title),
            "score": d.score,
            "present": ", ".join(d.present),
            "missing": ", ".join(d.missing),
        }
        for d in found.domains
    ]
    robust = found.robustness
    payload = {
        "territory": territory,
        "index": found.index,
        "geometric": found.geometric,
        "weights": found.weights,
        "domains": rows,
        "level": found.level,
        "units": []
        if robust is None
        else [
            {"unit_id": str(unit), **row}
            for unit, row in robust.table.to_dict(orient="index").items()
        ],
        "own_units": found.own_units,
    }
    columns = {
        "title": t("Domaine"),
        "score": t("Score (0 à 1)"),
        "present": t("Ce qui y entre"),
        "missing": t("Ce qui manque"),
    }
    emit_rows(rows, format_, columns=columns, payload=payload)


def _weights(text: str | None) -> dict[str, float] | None:
    if not text:
        return None
    found = {}
    for part in text.split(","):
        name, _, number = part.partition("=")
        try:
            found[name.strip()] = float(number)
        except ValueError:
            raise ValuesError(
                "Le poids « {part} » n'est pas de la forme domaine=nombre (par exemple food=2).",
                part=part[:40],
            ) from None
    return found
