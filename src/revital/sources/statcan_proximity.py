"""Statistics Canada's Proximity Measures, by dissemination block."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from revital.errors import SourceError
from revital.sources.base import Adapter, Area, Tidy, at_rest
from revital.sources.readers.text import to_numbers
from revital.sources.readers.zipped import read_zipped_table
from revital.sources.transfer import Request

FILE = "pmd-eng.zip"
URL = "https://www150.statcan.gc.ca/n1/pub/17-26-0002/2023001/csv/pmd-eng.zip"
MEASURES = {
    "prox_idx_emp": "employment_proximity",
    "prox_idx_pharma": "pharmacy_proximity",
    "prox_idx_childcare": "childcare_proximity",
    "prox_idx_health": "health_proximity",
    "prox_idx_grocery": "grocery_proximity",
    "prox_idx_educpri": "primary_school_proximity",
    "prox_idx_educsec": "secondary_school_proximity",
    "prox_idx_lib": "library_proximity",
    "prox_idx_parks": "park_proximity",
    "prox_idx_transit": "transit_proximity",
}
COLUMNS = ("DBUID", "DBPOP", "DAUID", "CSDUID", *MEASURES, "amenity_dense")


class Proximity(Adapter):
    """
    Ten indices per block, 0 (far) to 1 (nearest); no service within reach is missing, never 0.

    Frames: `proximity_db` (`unit_id`, `da_id`, `population`, ten indices, `amenity_dense`) and
    `proximity_da`, means of the blocks weighted by population, over the blocks that have a value.
    """

    id = "statcan_proximity"
    shared = True

    def plan(self, area: Area) -> list[Request]:
        """Return the one archive (26 MB)."""
        return [Request(URL, FILE, content="zip")]

    def read(self, folder: Path, area: Area) -> Tidy:
        """Read the area's blocks, the country passing through in pieces."""
        (path,) = at_rest(folder, [FILE])
        areas, towns = set(area.da_ids), set(area.csd_ids)

        def keep(piece: pd.DataFrame) -> pd.Series:
            return piece["DAUID"].isin(areas) | piece["CSDUID"].isin(towns)

        table, rows = read_zipped_table(
            path, ("pmd-en.csv", "*.csv"), COLUMNS, missing=("", "..", "F", "x"), keep=keep
        )
        if table.empty:
            raise SourceError(
                "Le fichier « {file} » ne contient aucune aire du territoire « {id} ».",
                file=path.name,
                id=area.id,
            )
        frame = pd.DataFrame(
            {
                "unit_id": table["DBUID"],
                "da_id": table["DAUID"],
                # Thousands were marked by a comma in the first edition.
                "population": to_numbers(table["DBPOP"].str.replace(",", ""), path.name),
                **{new: to_numbers(table[old], path.name) for old, new in MEASURES.items()},
                "amenity_dense": to_numbers(table["amenity_dense"], path.name),
            }
        )
        out = Tidy(vintage="2021")
        out.add("proximity_db", frame.sort_values("unit_id", ignore_index=True), rows)
        out.add("proximity_da", by_area(frame), len(frame))
        return out


def by_area(blocks: pd.DataFrame) -> pd.DataFrame:
    """
    Return the mean of each index by dissemination area, weighted by the blocks' population.

    Parameters
    ----------
    blocks : DataFrame
        `da_id`, `population` (persons) and the ten indices (0 to 1, missing where no service is in
        reach).

    Returns
    -------
    DataFrame
        `unit_id`, the ten means (missing where no inhabited block has a value) and, for each,
        `…_coverage`: share of the area's residents whose block has a value, 0 to 1, and
        `…_residents`: these residents (persons), by whom the means of areas are weighted so that
        a territory has the mean of its blocks.
    """
    by = blocks["da_id"]
    people = blocks["population"].fillna(0.0)
    out: dict[str, pd.Series] = {}
    for name in MEASURES.values():
        known = people.where(blocks[name].notna(), 0.0)
        weight = known.groupby(by).sum()
        total = (blocks[name].fillna(0.0) * known).groupby(by).sum()
        out[name] = (total / weight.where(weight > 0)).round(4)
        residents = people.groupby(by).sum()
        out[f"{name}_coverage"] = (weight / residents.where(residents > 0)).round(4)
        out[f"{name}_residents"] = weight
    frame = pd.DataFrame(out).rename_axis("unit_id").reset_index()
    return frame.replace({np.inf: np.nan})


ADAPTER = Proximity()
