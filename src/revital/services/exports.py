"""Tables to take away: headings in the reader's language, with source and licence inside."""

from __future__ import annotations

import csv
import io

from revital.i18n import Translator
from revital.services.data import Data
from revital.services.mapping import MapView

#: Excel takes a CSV for UTF-8 only when it begins so.
BOM = "\ufeff"


def neutral(text: str) -> str:
    """Return a cell that a spreadsheet will not take for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def map_csv(data: Data, shown: MapView, t: Translator) -> bytes:
    """
    Return the table behind a map.

    Parameters
    ----------
    data : Data
    shown : MapView
    t : Translator

    Returns
    -------
    bytes
        CSV in UTF-8 with a byte-order mark; shares are 0 to 1; a missing value is an empty cell,
        a hidden one says so; every row says the year, whether outlines are approximate,
        publisher and licence.
    """
    del data
    record = shown.indicator
    inside = set(shown.inside)
    manifest = shown.manifests[-1]
    hidden = set(shown.hidden)
    approximate = " ".join(t.of(a) for a in shown.approximate)
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(
        [
            t("Zone"),
            t("Nom"),
            t("Unités de recensement"),
            t("Dans le territoire"),
            t.of(record.title),
            t("Borne basse (95 %)"),
            t("Borne haute (95 %)"),
            t("Unité de mesure"),
            t("Année"),
            t("Approximation"),
            t("Éditeur"),
            t("Licence"),
        ]
    )
    for i, (id_, name, value) in enumerate(
        zip(shown.outlines.ids, shown.outlines.names, shown.values, strict=True)
    ):
        writer.writerow(
            [
                neutral(id_),
                neutral(name),
                ";".join(shown.outlines.members[id_]),
                t("oui") if i in inside else t("non"),
                t("caché") if i in hidden else "" if value is None else repr(round(value, 6)),
                *_bounds(shown.intervals[i] if shown.intervals else None),
                t.of(record.unit),
                t.of(shown.date),
                approximate,
                manifest.publisher[t.lang],
                manifest.licence,
            ]
        )
    return (BOM + buffer.getvalue()).encode()


def _bounds(interval: tuple[float, float] | None) -> tuple[str, str]:
    if interval is None:
        return "", ""
    return repr(round(interval[0], 6)), repr(round(interval[1], 6))


def map_name(shown: MapView) -> str:
    """Return the name of the file of a map's table."""
    return f"revital-{shown.indicator.id}-{shown.outlines.layer.id}.csv"
