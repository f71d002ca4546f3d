"""The publishers' files the pack is made from: where each is expected and what it must hold."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import geopandas as gpd
import pandas as pd

from revital.errors import SourceError, UserError
from revital.sources.readers.text import read_text_table
from revital.sources.readers.transit_feed import read_feed
from revital.sources.readers.vector import read_shapes
from revital.store.layers import InputFile, file_sha256

PROFILE_COLUMNS = (
    "PopTotAge", "Pop0_14", "Pop15_64", "Pop65plus", "TotalLog", "MaisonIndiv", "MaisonJumulee",
    "MaisonRangee", "AppartDuplex", "AppartMoins5E", "Appart5EtPlus", "AutreMaisonIndivAttenante",
    "LogementMobile", "TotalMenag", "Menage1pers", "Menage2pers", "Menage3pers", "Menage4pers",
    "Menage5pPlus", "RevMedMenage", "PopTotMFRApI", "PopTotMFR", "PopTotMFRPct", "TotalMenag2",
    "Proprietaire", "Locataire", "TotalLog2", "Log1960ouAv", "Log1961_80", "Log1981_90",
    "Log1991_00", "Log2001_05", "Log2006_10", "Log2011_15", "Log2016_21", "ValeurMedLog",
    "ValeurMoyLog", "LoyerMedian", "LoyerMoyen",
)  # fmt: skip

MISSIONS = (
    "CLSC", "CHSGS", "CHPSY", "CHSLD", "CRDPA", "CRDPL", "CRDPM", "CRDPV", "CRDITED", "CRD",
    "CPEJ", "CRJDA", "CRMDA",
)  # fmt: skip

PLACE_COLUMNS = (
    "id", "name", "category", "address", "lon", "lat", "location_quality", "error_m", "status",
    "as_of",
)  # fmt: skip


@dataclass(frozen=True)
class PackInput:
    """
    One file of the inputs folder.

    Attributes
    ----------
    path : str
        Where it is expected, below the inputs folder.
    kind : str
        `table` (CSV), `shapes` or `feed` (zipped GTFS).
    columns : tuple of str
        Columns that must be there.
    tables : dict
        For a feed: columns that must be there, by table.
    """

    path: str
    kind: Literal["table", "shapes", "feed"]
    columns: tuple[str, ...] = ()
    sep: str = ","
    tables: dict[str, tuple[str, ...]] = field(default_factory=dict)


INPUTS: dict[str, PackInput] = {
    "relationship": PackInput(
        "census/qc_da_2021_official_geographies_relationship.csv",
        "table",
        ("DADGUID_ADIDUGD", "CDDGUID_DRIDUGD", "CSDDGUID_SDRIDUGD", "CMADGUID_RMRIDUGD",
         "CTDGUID_SRIDUGD"),
    ),
    "population": PackInput(
        "census/qc_da_2021_population_density_landarea.csv",
        "table",
        ("DAUID", "Population", "Land Area in Square Kilometre"),
    ),
    "bedrooms": PackInput(
        "census/qc_da_2021_dwellings_bedrooms_lowincome.csv",
        "table",
        ("dauid", "dwe", "dwe_0_", "dwe_1", "dwe_2", "dwe_3", "dwe_4", "LIM"),
    ),
    "cimd": PackInput(
        "deprivation/qc_cimd_2021_da_scores.csv",
        "table",
        ("DAUID", "Residential instability Scores", "Ethno-cultural composition Scores",
         "Economic dependency Scores", "Situational vulnerability Scores"),
    ),
    "origins_442": PackInput(
        "census/trois_rivieres_cma_da_to_ct_2021.csv",
        "table",
        ("DAUID_2021", "CTUID", "lon_2016_centroid", "lat_2016_centroid"),
    ),
    "tract_counts": PackInput(
        "census/ct_2021_population_dwellings_change_tr_mtl_qc.csv",
        "table",
        ("ctuid_2021", "Area (sq km)", "Population", "Dwellings", "Households", "Population_2016"),
    ),
    "tract_profile": PackInput(
        "census/qc_ct_2021_profile_age_income_tenure_housing.csv",
        "table",
        ("CTUID", *PROFILE_COLUMNS),
    ),
    "area_profile": PackInput(
        "census/qc_da_2021_profile_age_income_tenure_housing_PARTIAL.csv",
        "table",
        ("DAUID", *PROFILE_COLUMNS),
    ),
    "labour": PackInput(
        "census/ct_2021_labour_force_education_mode_jobs_tr_mtl_qc.csv",
        "table",
        ("CTUID", "labour_force_rounded", "jobs_rounded",
         "labour_force_edu: College or apprenticeship certificate",
         "labour_force_edu: High school or no certificate",
         "labour_force_edu: University certificate or higher",
         "labour_force_mode: Bike", "labour_force_mode: Car-motorized",
         "labour_force_mode: Other or non-commuter", "labour_force_mode: Public transit",
         "labour_force_mode: Walk"),
    ),
    "tracts_442": PackInput(
        "boundaries/trois_rivieres_cma_ct_2021.geojson", "shapes", ("CTUID", "CTNAME")
    ),
    "cells_442": PackInput(
        "boundaries/trois_rivieres_cma_da_APPROX_cells.geojson",
        "shapes",
        ("DAUID_2016", "DAUID_2021", "CTUID"),
    ),
    "areas_montreal": PackInput("boundaries/montreal_island_da_2021.geojson", "shapes", ("DAUID",)),
    "boroughs_montreal": PackInput(
        "boundaries/montreal_limites_administratives_2023.geojson",
        "shapes",
        ("NOM", "NOM_OFFICIEL", "CODE_3C", "TYPE"),
    ),
    "installations": PackInput(
        "health/msss_m02_installations_2026-03-23.csv",
        "table",
        ("INSTAL_COD", "INSTAL_NOM", "ADRESSE", "CODE_POSTA", "MUN_CODE", "LONGITUDE", "LATITUDE",
         "DATE_MAJ", *MISSIONS),
    ),
    "schools": PackInput(
        "schools/meq_pps_public_immeuble_2020-10-19.csv",
        "table",
        ("CD_IMM", "NOM_OFFCL", "ADRS_GEO_L1_GDUNO", "CD_MUNCP", "CD_POSTL_GDUNO", "PRESC", "PRIM",
         "SEC", "FORM_PRO", "ADULTE", "STAT_PROP_IMM", "COORD_X_LL84", "COORD_Y_LL84",
         "DT_MAJ_GDUNO"),
        sep=";",
    ),
    "food_places": PackInput(
        "trois_rivieres/food_and_pharmacy_places.csv", "table", PLACE_COLUMNS
    ),
    "food_chains": PackInput(
        "trois_rivieres/food_and_pharmacy_chains.csv", "table", (*PLACE_COLUMNS, "postal_code")
    ),
    "osm_stores": PackInput(
        "food/osm_grocery_montreal_2025-12-22.geojson",
        "shapes",
        ("osm_type", "osm_id", "shop", "name", "brand", "addr_housenumber", "addr_street",
         "addr_postcode"),
    ),
    "cool_places": PackInput(
        "environment/montreal_lieux_publics_climatises.geojson",
        "shapes",
        ("nom", "adresse_principale", "telephone", "telephone_numero_poste"),
    ),
    "bus_feed": PackInput(
        "transit/trois_rivieres_sttr_gtfs_hiver_2021.zip",
        "feed",
        tables={
            "stops": ("stop_id", "stop_code", "stop_name", "stop_lat", "stop_lon"),
            "routes": ("route_id", "route_short_name"),
            "trips": ("trip_id", "route_id", "service_id", "shape_id"),
            "stop_times": ("trip_id", "stop_id"),
            "shapes": ("shape_id", "shape_pt_lat", "shape_pt_lon", "shape_pt_sequence"),
            "calendar": ("service_id", "start_date", "end_date"),
            "calendar_dates": ("service_id", "date", "exception_type"),
        },
    ),
    "facts": PackInput(
        "trois_rivieres/saint_philippe_facts.csv",
        "table",
        ("topic", "date", "value", "unit", "statement_fr", "source_url", "confidence"),
    ),
}  # fmt: skip


class InputFolder:
    """
    Reads the inputs of the pack from one folder, each file once.

    Parameters
    ----------
    root : Path

    Raises
    ------
    UserError
        When the folder does not exist, or files are missing: all of them are named.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        if not root.is_dir():
            raise UserError(
                "Le dossier de données sources « {folder} » n'existe pas. Donnez-le par "
                "« --inputs DOSSIER » ou par la variable REVITAL_INPUTS.",
                folder=root.name or str(root),
            )
        lacking = sorted(i.path for i in INPUTS.values() if not (root / i.path).is_file())
        if lacking:
            raise UserError(
                "Il manque des fichiers au dossier « {folder} » : {files}. "
                "Rien n'a été changé. Ajoutez-les, puis relancez « revital build ».",
                folder=root.name,
                files=", ".join(lacking),
            )
        self._read: dict[str, object] = {}

    def path(self, id_: str) -> Path:
        """Return the path of an input."""
        return self.root / INPUTS[id_].path

    def described(self, id_: str) -> InputFile:
        """Return the name, hash and size of an input, as the manifest keeps them."""
        path = self.path(id_)
        return InputFile(name=INPUTS[id_].path, sha256=file_sha256(path), bytes=path.stat().st_size)

    def table(self, id_: str) -> pd.DataFrame:
        """Return a CSV input, every cell a string (`SourceError` when altered)."""
        found = self._read.get(id_)
        if found is None:
            item = INPUTS[id_]
            found = self._read[id_] = read_text_table(self.path(id_), item.columns, item.sep)
        assert isinstance(found, pd.DataFrame)
        return found.copy()

    def shapes(self, id_: str) -> gpd.GeoDataFrame:
        """Return an input that has shapes, in EPSG:4326 (`SourceError` when altered)."""
        found = self._read.get(id_)
        if found is None:
            found = self._read[id_] = read_shapes(self.path(id_), INPUTS[id_].columns)
        assert isinstance(found, gpd.GeoDataFrame)
        return found.copy()

    def feed(self, id_: str) -> dict[str, pd.DataFrame]:
        """Return the tables of a transit schedule (`SourceError` when altered)."""
        found = self._read.get(id_)
        if found is None:
            found = self._read[id_] = read_feed(self.path(id_), INPUTS[id_].tables)
        assert isinstance(found, dict)
        return found


def require_unique(frame: pd.DataFrame, column: str, file: str) -> None:
    """
    Check that a key does not repeat.

    Raises
    ------
    SourceError
        Naming the file and the first key that repeats.
    """
    repeated = frame.loc[frame[column].duplicated(), column]
    if len(repeated):
        raise SourceError(
            "Le fichier « {file} » répète la clé « {value} » (colonne « {column} »). "
            "Remettez le fichier de l'éditeur, sans le modifier.",
            file=file,
            column=column,
            value=str(repeated.iloc[0]),
        )
