"""Census tables of the pack: counts, profile, labour force and deprivation scores."""

from __future__ import annotations

import numpy as np
import pandas as pd

from revital.services.packing.inputs import require_unique
from revital.services.packing.recipe import Made, Task
from revital.sources.readers.text import to_numbers

_PROFILE = {
    "PopTotAge": "population_by_age",
    "Pop0_14": "age_0_14",
    "Pop15_64": "age_15_64",
    "Pop65plus": "age_65_plus",
    "TotalLog": "dwellings",
    "MaisonIndiv": "single_detached",
    "MaisonJumulee": "semi_detached",
    "MaisonRangee": "row_houses",
    "AppartDuplex": "duplex_apartments",
    "AppartMoins5E": "apartments_under_5_storeys",
    "Appart5EtPlus": "apartments_5_storeys_or_more",
    "AutreMaisonIndivAttenante": "other_single_attached",
    "LogementMobile": "movable_dwellings",
    "TotalMenag": "households",
    "Menage1pers": "households_1_person",
    "Menage2pers": "households_2_persons",
    "Menage3pers": "households_3_persons",
    "Menage4pers": "households_4_persons",
    "Menage5pPlus": "households_5_persons_or_more",
    "RevMedMenage": "median_household_income_cad",
    "PopTotMFRApI": "low_income_universe",
    "PopTotMFR": "low_income_persons",
    "PopTotMFRPct": "low_income_share",
    "TotalMenag2": "tenure_households",
    "Proprietaire": "owner_households",
    "Locataire": "renter_households",
    "TotalLog2": "construction_dwellings",
    "Log1960ouAv": "built_1960_or_before",
    "Log1961_80": "built_1961_1980",
    "Log1981_90": "built_1981_1990",
    "Log1991_00": "built_1991_2000",
    "Log2001_05": "built_2001_2005",
    "Log2006_10": "built_2006_2010",
    "Log2011_15": "built_2011_2015",
    "Log2016_21": "built_2016_2021",
    "ValeurMedLog": "median_dwelling_value_cad",
    "ValeurMoyLog": "mean_dwelling_value_cad",
    "LoyerMedian": "median_rent_cad",
    "LoyerMoyen": "mean_rent_cad",
}

_LABOUR = {
    "labour_force_rounded": "labour_force",
    "jobs_rounded": "jobs",
    "labour_force_edu: High school or no certificate": "education_high_school_or_less",
    "labour_force_edu: College or apprenticeship certificate": "education_college",
    "labour_force_edu: University certificate or higher": "education_university",
    "labour_force_mode: Car-motorized": "commute_car",
    "labour_force_mode: Public transit": "commute_transit",
    "labour_force_mode: Walk": "commute_walk",
    "labour_force_mode: Bike": "commute_bike",
    "labour_force_mode: Other or non-commuter": "commute_other_or_none",
}

_CIMD = {
    "Residential instability Scores": "residential_instability",
    "Ethno-cultural composition Scores": "ethnocultural_composition",
    "Economic dependency Scores": "economic_dependency",
    "Situational vulnerability Scores": "situational_vulnerability",
}


def _renamed(task: Task, part: str, key: str, names: dict[str, str]) -> pd.DataFrame:
    """Return the numbers of a table under our names, one row a unit, sorted by unit."""
    table = task.table(part)
    require_unique(table, key, task.file(part))
    columns = {new: to_numbers(table[old], task.file(part)) for old, new in names.items()}
    frame = pd.DataFrame({"unit_id": table[key], **columns})
    return frame.sort_values("unit_id", ignore_index=True)


def profile(task: Task) -> Made:
    """
    Return the census profile: age, dwellings, households, income, tenure, rents, values.

    That of dissemination areas is in part only (no area with a value withheld).
    """
    frame = _renamed(task, "profile", task.option("key"), _PROFILE)
    # Published as per cent with one decimal; rounding undoes the noise of the division.
    frame["low_income_share"] = (frame["low_income_share"] / 100).round(4)
    return Made(frame, rows_in=len(frame))


def labour(task: Task) -> Made:
    """Return labour force, education, usual commute and jobs by tract; withheld stays missing."""
    frame = _renamed(task, "labour", "CTUID", _LABOUR)
    return Made(frame, rows_in=len(frame))


def census_da(task: Task) -> Made:
    """Return population, dwellings by bedrooms and low-income rate of every Québec area."""
    names = {
        "dwe": "dwellings",
        "dwe_0_": "dwellings_0_bedrooms",
        "dwe_1": "dwellings_1_bedroom",
        "dwe_2": "dwellings_2_bedrooms",
        "dwe_3": "dwellings_3_bedrooms",
        "dwe_4": "dwellings_4_bedrooms_or_more",
        "LIM": "low_income_share",
    }
    frame = _renamed(task, "bedrooms", "dauid", names)
    frame["low_income_share"] = (frame["low_income_share"] / 100).round(4)
    known = task.layer("areas")[["unit_id", "population", "land_area_km2"]]
    merged = known.merge(frame, on="unit_id", how="left", validate="one_to_one")
    return Made(merged, rows_in=len(frame))


def quintiles(scores: pd.Series) -> pd.Series:
    """
    Return the quintile (1 to 5, 5 = highest) of each score among those that have one.

    Parameters
    ----------
    scores : Series of float

    Returns
    -------
    Series of float
        `ceil(5 rank / n)`, ranks of equal scores averaged; missing where the score is missing.
    """
    ranks = scores.rank(method="average")
    return (5 * ranks / scores.notna().sum()).apply(np.ceil)


def cimd(task: Task) -> Made:
    """Return the four deprivation scores and our quintiles among Québec areas with a score."""
    names = {old: f"{new}_score" for old, new in _CIMD.items()}
    frame = _renamed(task, "scores", "DAUID", names)
    for new in _CIMD.values():
        frame[f"{new}_quintile"] = quintiles(frame[f"{new}_score"])
    return Made(frame, rows_in=len(frame))
