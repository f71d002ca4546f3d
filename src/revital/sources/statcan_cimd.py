"""Canadian Index of Multiple Deprivation, 2021, the edition corrected on 22 October 2024."""

from __future__ import annotations

import zipfile
from datetime import date
from pathlib import Path

import pandas as pd

from revital.errors import SourceError
from revital.sources import archive
from revital.sources.base import Adapter, Area, Tidy, at_rest
from revital.sources.readers.text import to_numbers
from revital.sources.readers.zipped import read_zipped_table
from revital.sources.transfer import Request

FILE = "can_scores_quintiles_csv-eng.zip"
URL = f"https://www150.statcan.gc.ca/n1/pub/45-20-0001/2023001/csv/{FILE}"
#: Every score moved that day: an income variable was mended and 101 areas were withdrawn.
CORRECTED = date(2024, 10, 22)
DIMENSIONS = {
    "Residential instability": "residential_instability",
    "Ethno-cultural composition": "ethnocultural_composition",
    "Economic dependency": "economic_dependency",
    "Situational vulnerability": "situational_vulnerability",
}
_KINDS = {"Scores": "score", "Quintiles": "quintile"}
COLUMNS = ("PRCDDA", *(f"{d} {k}" for d in DIMENSIONS for k in _KINDS))
_TABLE = ("can_scores_quintiles*.csv", "*scores_quintiles*.csv")


class Deprivation(Adapter):
    """
    Four scores (higher = more deprived, or more diverse) and Statistics Canada's own quintiles.

    Frame: `cimd_da`, every area of the province: `unit_id`, `…_score`, `…_quintile` (1 to 5).
    """

    id = "statcan_cimd"
    shared = True

    def plan(self, area: Area) -> list[Request]:
        """Return the one archive, of the whole country."""
        return [Request(URL, FILE, content="zip")]

    def read(self, folder: Path, area: Area) -> Tidy:
        """Read the province's areas, once sure that the edition is the corrected one."""
        (path,) = at_rest(folder, [FILE])
        stamped = edition(path)
        if stamped < CORRECTED:
            raise SourceError(
                "L'indice de défavorisation multiple « {file} » date du {found}, d'avant la "
                "correction du {expected} : tous ses scores ont changé ce jour-là. Téléchargez "
                "l'édition courante.",
                file=path.name,
                found=stamped.isoformat(),
                expected=CORRECTED.isoformat(),
            )
        table, rows = read_zipped_table(
            path,
            _TABLE,
            COLUMNS,
            missing=("", "..", "F", "x"),
            keep=lambda piece: piece["PRCDDA"].str.startswith(area.province),
        )
        if table.empty:
            raise SourceError(
                "Le fichier « {file} » ne contient aucune aire du territoire « {id} ».",
                file=path.name,
                id=area.id,
            )
        frame = pd.DataFrame({"unit_id": table["PRCDDA"]})
        for heading, name in DIMENSIONS.items():
            for kind, ending in _KINDS.items():
                frame[f"{name}_{ending}"] = to_numbers(table[f"{heading} {kind}"], path.name)
        out = Tidy(vintage=f"2021, {stamped.isoformat()}")
        out.add("cimd_da", frame.sort_values("unit_id", ignore_index=True), rows)
        return out


def edition(path: Path) -> date:
    """Return the date of the table in the archive, as its publisher packed it."""
    with archive.opened(path) as opened:
        info: zipfile.ZipInfo = opened.getinfo(archive.member(opened, _TABLE, path.name))
    return date(*info.date_time[:3])


ADAPTER = Deprivation()
