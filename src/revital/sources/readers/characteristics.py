"""
Which lines of the Census Profile are wanted, known by their number and by their words.

A number alone is not trusted: Statistics Canada's download files and its web service do not number
characteristics alike, and both may be renumbered. Each characteristic therefore says what its label
reads like, and under which heading it stands where the label repeats ("Owner", "1 person").
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Characteristic:
    """
    A line of the profile.

    Attributes
    ----------
    column : str
        Name in the tidy table; ends in its unit.
    number : int
        `CHARACTERISTIC_ID` of the 2021 download files.
    label : str
        Regular expression that the whole English label fits, in lower case, blanks made single.
    under : str
        Expression of the heading it stands under, where the label alone is not unique.
    scale : float
        Factor from the published unit to ours (0.01 from per cent to a share).
    """

    column: str
    number: int
    label: str
    under: str = ""
    scale: float = 1.0

    def fits(self, label: str) -> bool:
        """Return whether a published label is this characteristic's."""
        return re.fullmatch(self.label, normal(label)) is not None


def normal(label: str) -> str:
    """Return a label in lower case with its indents and doubled blanks removed."""
    return " ".join(label.lower().split())


_AGE = r"total - age groups of the population.*"
_MOBILITY = r"total - mobility status 5 years ago.*"

#: The 2021 Census Profile, English edition, with the numbers of the download files.
PROFILE_2021: tuple[Characteristic, ...] = (
    Characteristic("population", 1, r"population, 2021"),
    Characteristic("population_2016", 2, r"population, 2016"),
    Characteristic("dwellings", 4, r"total private dwellings"),
    Characteristic("occupied_dwellings", 5, r"private dwellings occupied by usual residents"),
    Characteristic("land_area_km2", 7, r"land area in square kilomet(re|er)s"),
    Characteristic("age_total", 8, _AGE),
    Characteristic("age_0_14", 9, r"0 to 14 years", under=_AGE),
    Characteristic("age_15_64", 13, r"15 to 64 years", under=_AGE),
    Characteristic("age_65_plus", 24, r"65 years and over", under=_AGE),
    Characteristic(
        "occupied_dwellings_by_type",
        41,
        r"total - occupied private dwellings by structural type of dwelling.*",
    ),
    Characteristic(
        "households",
        50,
        r"total - private households by household size.*",
    ),
    Characteristic(
        "households_1_person",
        51,
        r"1 person",
        under=r"total - private households by household size.*",
    ),
    Characteristic("families", 78, r"total number of census families in private households.*"),
    Characteristic(
        "one_parent_families",
        86,
        r"total one-parent famil(y|ies).*",
        under=r"total number of census families in private households.*",
    ),
    Characteristic(
        "median_household_income_cad", 243, r"median total income of household in 2020 \(\$\)"
    ),
    Characteristic(
        "median_household_income_after_tax_cad",
        244,
        r"median after-tax income of household in 2020 \(\$\)",
    ),
    Characteristic(
        "low_income_share",
        345,
        r"prevalence of low income based on the low-income measure, after tax \(lim-at\) \(%\)",
        scale=0.01,
    ),
    Characteristic(
        "tenure_households", 1414, r"total - private households by tenure - 25% sample data"
    ),
    Characteristic(
        "owner_households", 1415, r"owner", under=r"total - private households by tenure.*"
    ),
    Characteristic(
        "renter_households", 1416, r"renter", under=r"total - private households by tenure.*"
    ),
    Characteristic(
        "immigrant_status_persons",
        1527,
        r"total - immigrant status and period of immigration.*",
    ),
    Characteristic(
        "immigrants",
        1529,
        r"immigrants",
        under=r"total - immigrant status and period of immigration.*",
    ),
    Characteristic("mobility_5_years_persons", 1983, _MOBILITY),
    Characteristic("movers_5_years", 1985, r"movers", under=_MOBILITY),
    Characteristic(
        "education_25_64_persons",
        2014,
        r"total - highest certificate, diploma or degree for the population aged 25 to 64 years.*",
    ),
    Characteristic(
        "no_diploma_25_64",
        2015,
        r"no certificate, diploma or degree",
        under=r"total - highest certificate, diploma or degree for the population aged 25 to 64.*",
    ),
)


@dataclass(frozen=True)
class Resolution:
    """
    Where each wanted characteristic was found, and what was not.

    Attributes
    ----------
    numbers : dict of column to number in the file or service at hand
    moved : list of (characteristic, number found)
        The words stand under another number than expected.
    lost : list of (characteristic, label found at its number or "")
        Neither number nor words lead to it without doubt.
    """

    numbers: dict[str, int]
    moved: list[tuple[Characteristic, int]]
    lost: list[tuple[Characteristic, str]]


def resolve(wanted: Iterable[Characteristic], published: Mapping[int, str]) -> Resolution:
    """
    Find each characteristic by number and words among those published.

    A number is used only when its label fits. Where it does not, the words decide if they stand
    once, or once under the right heading; otherwise the characteristic is lost.

    Parameters
    ----------
    wanted : characteristics
    published : mapping of number to label, all of them, in the publisher's order
    """
    order = sorted(published)
    found = Resolution({}, [], [])
    for item in wanted:
        if item.fits(published.get(item.number, "")):
            found.numbers[item.column] = item.number
            continue
        fitting = [n for n in order if item.fits(published[n])]
        if item.under and len(fitting) != 1:
            heads = [n for n in order if re.fullmatch(item.under, normal(published[n]))]
            fitting = [n for n in fitting if n > heads[0]][:1] if len(heads) == 1 else []
        if len(fitting) == 1:
            found.numbers[item.column] = fitting[0]
            found.moved.append((item, fitting[0]))
        else:
            found.lost.append((item, published.get(item.number, "")))
    return found
