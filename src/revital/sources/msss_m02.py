"""Public health and social-service installations of Québec (MSSS, file M02)."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from revital.errors import SourceError
from revital.sources.base import Adapter, Area, Reject, Tidy, at_rest
from revital.sources.readers.text import read_text_table
from revital.sources.transfer import Request

FILE = "installationscsv.csv"
URL = (
    "https://www.donneesquebec.ca/recherche/dataset/51998b55-7d4c-4381-8c20-0ac1cd9c1b87/resource/"
    f"2aa06e66-c1d0-4e2f-bf3c-c2e413c3f84d/download/{FILE}"
)
MISSIONS = (
    "CHPSY", "CHSGS", "CHSLD", "CLSC", "CPEJ", "CRDITED", "CRDPA", "CRDPM", "CRDPV", "CRDPL",
    "CRJDA", "CRMDA", "CRD",
)  # fmt: skip
COLUMNS = (
    "INSTAL_COD", "INSTAL_NOM", "INSTAL_N_1", "ETAB_CODE", "ETAB_NOM", "ETAB_NOM_A", "RSS_CODE",
    "RSS_NOM", "ADRESSE", "CASE_POST", "CODE_POSTA", "MUN_CODE", "MUN_NOM", "CLSC_CODE", "CLSC_NOM",
    "MRC_CODE", "MRC_NOM", "RLS_CODE", "RLS_NOM", "RUIS_CODE", "RUIS_NOM", "STATUT_COD",
    "MD_CONS_CO", "MD_FINAN_C", "DESIGN_MIN", "INSTANCE", "DATE_INCOR", "DATE_OUVER", "LONGITUDE",
    "LATITUDE", *MISSIONS, "DATE_MAJ",
)  # fmt: skip


class Installations(Adapter):
    """
    Every installation, with the publisher's own columns (a blank cell is missing).

    Frame: `installations`: the 44 columns as text; rows without a usable place or with a mission
    neither "Oui" nor "Non" are rejected one by one.
    """

    id = "msss_m02"
    shared = True

    def plan(self, area: Area) -> list[Request]:
        """Return the one table."""
        return [Request(URL, FILE, content="csv")]

    def read(self, folder: Path, area: Area) -> Tidy:
        """Read the table whole."""
        (path,) = at_rest(folder, [FILE])
        table = read_text_table(path, COLUMNS)
        if table.empty:
            raise SourceError(
                "Le tableau « {table} » de « {file} » est vide.", table="M02", file=path.name
            )
        out = Tidy()
        lon = pd.to_numeric(table["LONGITUDE"], errors="coerce")
        lat = pd.to_numeric(table["LATITUDE"], errors="coerce")
        placed = lon.between(-80, -57) & lat.between(44.9, 63)
        known = table[list(MISSIONS)].isin(["Oui", "Non"]).all(axis=1)
        repeated = table["INSTAL_COD"].duplicated() | table["INSTAL_COD"].isna()
        for row in table.index[~(placed & known) | repeated]:
            cells = table.loc[row]
            if repeated[row]:
                why = "Code d'installation absent ou déjà lu."
            elif not placed[row]:
                why = "Sans coordonnées au Québec."
            else:
                why = "Mission ni « Oui » ni « Non »."
            # The header is line 1 of the file.
            key = str(cells["INSTAL_COD"])
            out.rejects.append(Reject("installations", int(row) + 2, key, why))
        kept = table[placed & known & ~repeated]
        dates = kept["DATE_MAJ"].dropna()
        out.vintage = str(dates.max()) if len(dates) else ""
        out.add("installations", kept.reset_index(drop=True), len(table))
        return out


ADAPTER = Installations()
