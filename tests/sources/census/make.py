"""Writes files in the true layout of the Census Profile's downloads."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from revital.sources.readers.census_bulk import HEADER

#: Numbers and labels as published in English; the rest is filler, as long as the true one.
LABELS: dict[int, str] = {
    1: "Population, 2021",
    2: "Population, 2016",
    4: "Total private dwellings",
    5: "Private dwellings occupied by usual residents",
    7: "Land area in square kilometres",
    8: "Total - Age groups of the population - 100% data",
    9: "  0 to 14 years",
    13: "  15 to 64 years",
    24: "  65 years and over",
    35: "    0 to 14 years",
    41: "Total - Occupied private dwellings by structural type of dwelling - 100% data",
    50: "Total - Private households by household size - 100% data",
    51: "  1 person",
    78: "Total number of census families in private households - 100% data",
    86: "  Total one-parent families",
    243: "Median total income of household in 2020 ($)",
    244: "Median after-tax income of household in 2020 ($)",
    345: "Prevalence of low income based on the Low-income measure, after tax (LIM-AT) (%)",
    1414: "Total - Private households by tenure - 25% sample data",
    1415: "  Owner",
    1416: "  Renter",
    1527: "Total - Immigrant status and period of immigration for the population in private "
    "households - 25% sample data",
    1529: "  Immigrants",
    1983: "Total - Mobility status 5 years ago - 25% sample data",
    1985: "  Movers",
    2014: "Total - Highest certificate, diploma or degree for the population aged 25 to 64 "
    "years in private households - 25% sample data",
    2015: "  No certificate, diploma or degree",
}
COUNT = 2631


def labels(last: int = COUNT) -> dict[int, str]:
    return {n: LABELS.get(n, f"  Filler, line {n}") for n in range(1, last + 1)}


def lines_of(
    dguid: str,
    values: Mapping[int, str | tuple[str, str]],
    published: Mapping[int, str],
    *,
    level: str = "Dissemination area",
    name: str | None = None,
) -> Iterable[str]:
    code = dguid[9:]
    for number, label in published.items():
        cell = values.get(number, str(number % 97))
        value, symbol = cell if isinstance(cell, tuple) else (cell, "")
        rest = ',,"...",,"...",,"...",,"...",,"..."'
        yield (
            f'2021,"{dguid}","{code}","{level}","{name or code}",3.1,4.6,"00000",{number},'
            f'"{label}",,{value},"{symbol}"{rest}\r\n'
        )


def write_profile(
    folder: Path,
    areas: Mapping[str, Mapping[int, str | tuple[str, str]]],
    *,
    published: Mapping[int, str] | None = None,
    names: Mapping[str, str] | None = None,
) -> tuple[Path, Path]:
    """Write data and index; returns both paths."""
    published = published or labels()
    folder.mkdir(parents=True, exist_ok=True)
    data = folder / "98-401-X2021006_English_CSV_data_Quebec.csv"
    index = folder / "98-401-X2021006_Geo_starting_row_Quebec.CSV"
    line = 2
    starts = ['"Geo Code","Geo Name","Line Number"\r\n']
    with data.open("w", encoding="latin-1", newline="") as handle:
        handle.write(HEADER + "\r\n")
        for dguid, values in areas.items():
            name = (names or {}).get(dguid, dguid[9:])
            starts.append(f'"{dguid}","{name}","{line}"\r\n')
            level = "Dissemination area" if "S0512" in dguid else "Census subdivision"
            for text in lines_of(dguid, values, published, level=level, name=name):
                handle.write(text)
                line += 1
    index.write_text("".join(starts), encoding="latin-1", newline="")
    return data, index


def write_zip(data: Path, index: Path) -> Path:
    target = data.parent / "98-401-X2021006_Quebec_eng_CSV.zip"
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(data, data.name)
        archive.write(index, index.name)
        archive.writestr("98-401-X2021006_English_meta.txt", "meta")
    return target
