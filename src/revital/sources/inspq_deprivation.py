"""INSPQ's material and social deprivation index, 2021, by dissemination area."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import geopandas as gpd
import openpyxl
import pandas as pd
import pyogrio.errors

from revital.errors import SourceError
from revital.sources import archive
from revital.sources.base import Adapter, Area, Tidy, at_rest
from revital.sources.http import Client
from revital.sources.readers import ckan
from revital.sources.readers.text import require_columns, to_numbers
from revital.sources.transfer import RawFile, Request

SLUG = "indice-de-defavorisation-du-quebec-2021"
CATALOGUE = "https://www.donneesquebec.ca/recherche/api/3/action/package_show"
ZIP, XLSX, WORDS = "ad2021inddef.zip", "ad2021inddef.xlsx", "package.json"
_NAMES = {
    "ADPOP2021": "population",
    "QuintMat": "material_quintile",
    "QuintSoc": "social_quintile",
    "QuintMatRS": "material_quintile_region",
    "QuintSocRS": "social_quintile_region",
    "CentMat": "material_centile",
    "CentSoc": "social_centile",
}
#: The workbook's words for the same things; it has no centile.
_SHEET_NAMES = {
    "QuintMat": "material_quintile",
    "QuintSoc": "social_quintile",
    "QuintMatRSS": "material_quintile_region",
    "QuintSocRSS": "social_quintile_region",
}
REQUIRED = ("ADIDU", "QuintMat", "QuintSoc")
SHEET = "Données"


class DeprivationIndex(Adapter):
    """
    Quintiles 1 (least deprived) to 5 (most), of Québec and of the health region.

    The dataset's page is asked which files it holds: the zipped shapefile is preferred, the
    workbook taken if there is no other.

    Frame: `deprivation_da`, every area of Québec that has an index: `unit_id`, quintiles, and the
    population and centiles where the file has them.
    """

    id = "inspq_deprivation"
    shared = True

    def fetch(self, client: Client, area: Area, folder: Path) -> list[RawFile]:
        """Ask the dataset's page, then for its shapefile or workbook."""
        words = client.fetch(Request(CATALOGUE, WORDS, content="json", params={"id": SLUG}), folder)
        found = ckan.resources(ckan.datasets(words.path)[0])
        chosen = ckan.pick(found, ("SHP", "ZIP", "XLSX"), name=r"inddef|\.zip|\.xlsx|donn")
        packed = chosen.format != "XLSX" and not chosen.url.lower().endswith(".xlsx")
        request = Request(chosen.url, ZIP if packed else XLSX, content="zip" if packed else "xlsx")
        return [words, client.fetch(request, folder)]

    def read(self, folder: Path, area: Area) -> Tidy:
        """Read whichever variant is there."""
        out = Tidy(vintage="2021")
        if (folder / ZIP).is_file():
            (path,) = at_rest(folder, [ZIP])
            table = read_shapefile(path)
            names = _NAMES
        else:
            (path,) = at_rest(folder, [XLSX])
            table = read_workbook(path)
            names = _SHEET_NAMES
        frame = pd.DataFrame({"unit_id": table["ADIDU"].astype(str)})
        for old, new in names.items():
            if old in table.columns:
                frame[new] = to_numbers(table[old], path.name)
        for name in [n for n in frame.columns if "quintile" in n]:
            outside = frame[name].notna() & ~frame[name].isin([1, 2, 3, 4, 5])
            if outside.any():
                raise SourceError(
                    "Le fichier « {file} », colonne « {column} » : {value} n'est pas un quintile "
                    "(1 à 5). L'éditeur a peut-être changé son codage.",
                    file=path.name,
                    column=name,
                    value=float(frame.loc[outside, name].iloc[0]),
                )
        whole = frame["unit_id"].str.fullmatch(r"\d{8}")
        if not whole.all() or frame["unit_id"].duplicated().any():
            raise SourceError(
                "Le fichier « {file} » a des identifiants d'aires de diffusion illisibles ou "
                "répétés (8 chiffres attendus ; « {value} »).",
                file=path.name,
                value=str(frame.loc[~whole, "unit_id"].iloc[0]) if not whole.all() else "×2",
            )
        indexed = frame[[n for n in frame.columns if "quintile" in n]].notna().any(axis=1)
        out.add(
            "deprivation_da",
            frame[indexed].sort_values("unit_id", ignore_index=True),
            len(frame),
        )
        return out


def read_shapefile(path: Path) -> pd.DataFrame:
    """
    Return the table of the zipped shapefile, shapes left aside.

    Raises
    ------
    SourceError
        When a documented column is missing or there is no row.
    """
    with archive.opened(path) as opened:
        name = archive.member(opened, ("ad_*inddef*.shp", "*.shp", "*.geojson"), path.name)
    try:
        table = gpd.read_file(f"/vsizip/{path.resolve()}/{name}", ignore_geometry=True)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as error:
        raise SourceError(
            "Le fichier « {file} » n'est pas une couche de formes lisible. "
            "Remettez le fichier de l'éditeur, sans le modifier.",
            file=path.name,
        ) from error
    require_columns(table.columns, REQUIRED, path.name)
    if table.empty:
        raise SourceError(
            "Le tableau « {table} » de « {file} » est vide.", table=name, file=path.name
        )
    return pd.DataFrame(table)


def read_workbook(path: Path) -> pd.DataFrame:
    """
    Return the table of the sheet `Données`, its `AD` column named `ADIDU`.

    Raises
    ------
    SourceError
        When there is no such sheet, or no heading `AD` in its first rows.
    """
    book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    try:
        if SHEET not in book.sheetnames:
            raise SourceError(
                "Le classeur « {file} » n'a pas de feuille « {sheet} ». Feuilles : {found}.",
                file=path.name,
                sheet=SHEET,
                found=", ".join(book.sheetnames),
            )
        rows: Iterator[tuple[object, ...]] = book[SHEET].iter_rows(values_only=True)
        heading: list[str] = []
        for _, row in zip(range(30), rows, strict=False):
            cells = ["" if c is None else str(c).strip() for c in row]
            if "AD" in cells:
                heading = ["ADIDU" if c == "AD" else c for c in cells]
                break
        body = [list(row) for row in rows if any(c is not None for c in row)] if heading else []
    finally:
        book.close()
    table = pd.DataFrame(body, columns=heading)
    require_columns(table.columns, ("ADIDU",), path.name)
    if not {"QuintMat", "QuintMatRSS"} & set(table.columns):
        require_columns(table.columns, ("QuintMat",), path.name)
    table["ADIDU"] = [str(v).removesuffix(".0") for v in table["ADIDU"]]
    return table


ADAPTER = DeprivationIndex()
