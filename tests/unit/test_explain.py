"""From a number back to its publisher: value, method, rows, source, licence, hash."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from revital.catalogue.load import catalogue
from revital.domain import indicators as methods
from revital.errors import UnknownIdError
from revital.i18n import translator
from revital.services.data import Data
from revital.services.explain import explain, lines
from revital.settings import PROJECT
from revital.store.layers import LayerStore

SP = "saint-philippe"
PACK = PROJECT / "data" / "pack"


@pytest.fixture(scope="module")
def data() -> Data:
    return Data(catalogue(), LayerStore((PACK,)))


def text(data: Data, indicator: str, lang: str = "fr", territory: str = SP) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in lines(explain(data, indicator, territory), translator(lang)):
        found.setdefault(line.label, []).append(line.text)
    return found


def test_low_income_walks_back_to_its_file(data):
    said = text(data, "low_income")
    assert said["Valeur"] == ["39,7\u202f% (Saint-Philippe, 2020)"]
    assert "numérateurs additionnés" in said["Méthode"][0]
    assert "profile_ct.parquet, low_income_persons" in said["Entrée « numerator »"][0]
    assert "profile_ct.parquet, low_income_universe" in said["Entrée « denominator »"][0]
    assert "1 sur 1 secteurs de recensement" in said["Unités"][0]
    (source,) = said["Source"]
    for part in ("Statistique Canada", "2021", "Licence ouverte"):
        assert part in source
    # Hash and name are those of the manifest, which the pack's tests compare with the files.
    manifest = json.loads((PACK / "manifest.json").read_text())["layers"]["profile_ct"]
    for item in manifest["inputs"]:
        assert any(
            item["name"] in line and item["sha256"][:16] in line
            for line in said["Fichier de départ"]
        )
    assert said["Contre-vérification"][0].startswith("39,5\u202f%")


def test_the_same_in_english(data):
    french, english = text(data, "low_income"), text(data, "low_income", "en")
    assert english["Value"] == ["39.7% (Saint-Philippe, 2020)"]
    assert sum(map(len, french.values())) == sum(map(len, english.values()))
    # Nothing but names of files and publishers may be the same in both.
    both = {v for vs in french.values() for v in vs} & {v for vs in english.values() for v in vs}
    assert all("sha256" in v for v in both)


@pytest.mark.parametrize("indicator", [r.id for r in catalogue().indicators.values() if r.measures])
def test_the_rows_shown_give_the_value_again(data, indicator):
    """Anyone can redo the figure from what the explanation shows."""
    found = explain(data, indicator, SP)
    if found.figure is None:
        return
    measure = next(
        m
        for m in found.indicator.measures
        if dict(m.inputs) == found.columns and m.level == found.figure.level
    )
    assert list(found.rows.columns) == list(found.columns)
    again = methods.compute(
        found.figure.method,
        found.rows,
        groups=pd.Series("all", index=found.rows.index),
        parameters=measure.parameters,
    )
    assert again["value"].iloc[0] == pytest.approx(found.figure.value)
    assert len(found.rows) == found.figure.units
    for address in found.columns.values():
        assert address.partition(".")[0] in found.layers
    for source in found.figure.sources:
        assert found.sources[source].licence.may_ship


def test_missing_values_of_rows_stay_missing(data):
    found = explain(data, "small_dwellings", "premiers-quartiers")
    published = data.table("census_da").reindex(found.rows.index)
    for name, address in found.columns.items():
        column = address.partition(".")[2]
        assert found.rows[name].isna().equals(published[column].isna().rename(name))


@pytest.mark.parametrize("lang", ["fr", "en"])
@pytest.mark.parametrize("indicator", list(catalogue().indicators))
def test_every_indicator_can_be_explained(data, indicator, lang):
    said = lines(explain(data, indicator, SP), translator(lang))
    assert all(line.label and line.text for line in said)
    assert not any("{" in line.text for line in said)


def test_absent_data_says_whom_to_ask_or_how(data):
    said = text(data, "turnout")
    assert said["Valeur"] == ["aucune donnée"]
    assert "À qui demander" in said or "Comment l'obtenir" in said


def test_medians_of_a_group_say_that_they_are_approximate(data):
    said = text(data, "median_household_income", territory="premiers-quartiers")
    assert "valeur approximative" in said["Qualité"]
    assert any("médiane" in line for line in said["À savoir"])


def test_unknown_ids_are_refused(data):
    with pytest.raises(UnknownIdError, match="low_income"):
        explain(data, "low_incom", SP)
    with pytest.raises(UnknownIdError, match="saint-philippe"):
        explain(data, "low_income", "saint-philipe")
