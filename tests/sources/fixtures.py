"""Small answers in the true formats of the publishers, written by us."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from revital.sources.base import Area
from tests.sources.census.make import labels
from tests.sources.server import Answer, Asked

TROIS_RIVIERES = Area(
    id="442",
    bounds=(-72.75, 46.25, -72.40, 46.47),
    da_ids=("24370110", "24370128", "24370129"),
    ct_ids=("4420003.00",),
    csd_ids=("2437067",),
    names=("Trois-Rivières",),
    settings={
        "ckan_organization": "ville-de-trois-rivieres",
        "gtfs_url": "https://www.donneesquebec.ca/recherche/dataset/sttr/download/gtfs.zip",
    },
)


def zipped(members: Mapping[str, bytes | str], date: tuple[int, ...] = (2024, 11, 1)) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in members.items():
            info = zipfile.ZipInfo(name, (*date, 12, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, body)
    return buffer.getvalue()


def as_json(value: Any, status: int = 200) -> Answer:
    return Answer(json.dumps(value).encode(), status, content_type="application/json")


def square(x: float, y: float, size: float = 0.01) -> dict[str, Any]:
    ring = [[x, y], [x + size, y], [x + size, y + size], [x, y + size], [x, y]]
    return {"type": "Polygon", "coordinates": [ring]}


def da_feature(unit: str, rank: int) -> dict[str, Any]:
    return {
        "type": "Feature",
        "id": rank,
        "geometry": square(-72.6 + rank * 0.01, 46.3),
        "properties": {
            "DAUID": unit,
            "DGUID": f"2021S0512{unit}",
            "LANDAREA": 0.25 + rank,
            "PRUID": "24",
        },
    }


def arcgis(
    units: Sequence[str], page: int, feature: Callable[[str, int], dict[str, Any]], key: str
):
    """A server of features that gives at most `page` of them at a time."""

    def answer(asked: Asked) -> Answer:
        if asked.query.get("returnCountOnly") == "true":
            return as_json({"count": len(units)})
        start = int(asked.query.get("resultOffset", "0"))
        found = [feature(u, i) for i, u in enumerate(units)][start : start + page]
        body: dict[str, Any] = {"type": "FeatureCollection", "features": found}
        if start + page < len(units):
            body["exceededTransferLimit"] = True
        assert asked.query["orderByFields"] == key
        return as_json(body)

    return answer


def sdmx(
    areas: Sequence[str],
    values: Mapping[tuple[str, int], Any],
    words: Mapping[int, str] | None = None,
) -> dict[str, Any]:
    """An SDMX-JSON answer; a value may be `(number, symbol)`."""
    words = words or labels()
    numbers = sorted(words)
    symbols = ["", "x", "F", "..", "..."]
    series: dict[str, Any] = {}
    for (area, number), value in values.items():
        amount, symbol = value if isinstance(value, tuple) else (value, "")
        key = f"0:{areas.index(area)}:0:{numbers.index(number)}:0"
        series[key] = {"observations": {"0": [amount, symbols.index(symbol)]}}
    return {
        "meta": {"schema": "sdmx-json"},
        "data": {
            "dataSets": [{"action": "Information", "series": series}],
            "structure": {
                "dimensions": {
                    "series": [
                        {"id": "FREQ", "values": [{"id": "A5", "name": "Every five years"}]},
                        {"id": "REF_AREA", "values": [{"id": a, "name": a} for a in areas]},
                        {"id": "GENDER", "values": [{"id": "1", "name": "Total"}]},
                        {
                            "id": "CHARACTERISTIC",
                            "values": [{"id": str(n), "name": words[n]} for n in numbers],
                        },
                        {"id": "STATISTIC", "values": [{"id": "1", "name": "Counts"}]},
                    ],
                    "observation": [{"id": "TIME_PERIOD", "values": [{"id": "2021"}]}],
                },
                "attributes": {
                    "observation": [
                        {"id": "SYMBOL", "values": [{"id": s, "name": s} for s in symbols]}
                    ]
                },
            },
        },
    }


def csv_text(columns: Sequence[str], rows: Sequence[Mapping[str, Any]], sep: str = ",") -> str:
    def cell(value: Any) -> str:
        text = "" if value is None else str(value)
        return '"' + text.replace('"', '""') + '"' if any(c in text for c in ',"\n') else text

    lines = [sep.join(columns)]
    lines += [sep.join(cell(row.get(c)) for c in columns) for row in rows]
    return "\r\n".join(lines) + "\r\n"
