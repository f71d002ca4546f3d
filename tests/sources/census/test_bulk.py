from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from revital.errors import SourceError
from revital.sources.readers import census_bulk as bulk
from revital.sources.readers.characteristics import PROFILE_2021, Characteristic, resolve
from tests.sources.census import make

DAS = [f"2021S05122437{n:04d}" for n in range(100, 140)]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Path]:
    chance = random.Random(20211)
    areas: dict[str, dict[int, str | tuple[str, str]]] = {
        "2021A000524": {1: "8501833"},
        "2021A00052437067": {1: "139163"},
    }
    for dguid in DAS:
        areas[dguid] = {1: str(chance.randrange(300, 900)), 243: f"{chance.randrange(20, 90)}000"}
    areas[DAS[3]] |= {243: ("", "x"), 345: ("", "F"), 2: ("", "...")}
    areas[DAS[5]] |= {345: "39.7"}
    folder = tmp_path_factory.mktemp("profile")
    data, index = make.write_profile(
        folder, areas, names={"2021A00052437067": "Trois-Rivières", "2021A000524": "Québec"}
    )
    return data, index, make.write_zip(data, index)


def test_the_index_is_read(files):
    index = bulk.read_starting_rows(files[1])
    assert index.codes[:3] == ["2021A000524", "2021A00052437067", DAS[0]]
    assert index.lines[:3].tolist() == [2, 2 + 2631, 2 + 2 * 2631]


@pytest.mark.parametrize("from_zip", [False, True])
def test_the_values_of_some_areas_are_those_pandas_reads(files, from_zip: bool):
    data, index, packed = files
    wanted = [DAS[0], DAS[3], DAS[5], DAS[6], DAS[-1], "2021A00052437067", "2021S051299999999"]
    source = packed if from_zip else data
    profile = bulk.read_profile(source, bulk.read_starting_rows(index), wanted)
    whole = pd.read_csv(data, encoding="latin-1", dtype=str, keep_default_na=False)
    whole = whole[whole["DGUID"].isin(wanted)].reset_index(drop=True)
    assert profile.lines_read == 6 * 2631 == len(whole)
    assert profile.values["dguid"].tolist() == whole["DGUID"].tolist()
    assert profile.values["number"].tolist() == whole["CHARACTERISTIC_ID"].astype(int).tolist()
    np.testing.assert_array_equal(
        profile.values["value"].to_numpy(), pd.to_numeric(whole["C1_COUNT_TOTAL"]).to_numpy()
    )
    assert profile.values["symbol"].tolist() == whole["SYMBOL"].tolist()
    assert profile.areas.loc["2021A00052437067", "geo_name"] == "Trois-Rivières"
    assert profile.areas.loc[DAS[0], "long_form_nonresponse_share"] == pytest.approx(0.046)
    assert profile.areas.loc[DAS[0], "quality_flag"] == "00000"


def test_lines_found_by_search_are_those_found_by_reading(tmp_path: Path):
    """Names with commas, quotes and numbers inside must not mislead the search."""
    areas = {d: {1: str(i), 10: "7", 1414: f"{i}5"} for i, d in enumerate(DAS[:6])}
    names = {d: f'Aire ""{d[-4:]}"", 1,10,1414, Trois-Rivières' for d in areas}
    data, index = make.write_profile(tmp_path, areas, names=names)
    rows = bulk.read_starting_rows(index)
    whole = bulk.read_profile(data, rows, areas).values
    for numbers in ([1], [10, 1], [1414, 2631, 1, 9999]):
        found = bulk.read_profile(data, rows, areas, numbers=numbers).values
        expected = whole[whole["number"].isin(numbers)].reset_index(drop=True)
        pd.testing.assert_frame_equal(found, expected)
    broken = data.read_bytes().replace(f'"{DAS[4]}",'.encode(), b'"2021S051200000000",', 3)
    data.write_bytes(broken)
    with pytest.raises(SourceError, match="ne s'accordent pas"):
        bulk.read_profile(data, rows, areas, numbers=[1])


def test_symbols_are_reasons_and_never_zeros(files):
    profile = bulk.read_profile(
        files[0], bulk.read_starting_rows(files[1]), [DAS[3]], numbers=[2, 243, 345]
    )
    rows = profile.values.set_index("number")
    assert rows["value"].isna().all()
    assert rows["symbol"].to_dict() == {2: "...", 243: "x", 345: "F"}


def test_only_the_wanted_lines_are_read_from_the_disk(files, monkeypatch: pytest.MonkeyPatch):
    data, index, _ = files
    size = data.stat().st_size
    taken = 0
    lines_at = bulk._line_at

    def counting(*args, **kwargs):
        nonlocal taken
        taken += 1
        return lines_at(*args, **kwargs)

    monkeypatch.setattr(bulk, "_line_at", counting)
    profile = bulk.read_profile(data, bulk.read_starting_rows(index), [DAS[-2]], numbers=[1])
    assert profile.lines_read == 2631
    assert taken < 30
    assert size > 10_000_000


@settings(max_examples=40, deadline=None)
@given(
    count=st.integers(1, 12),
    lengths=st.lists(st.integers(0, 400), min_size=7, max_size=7),
    seed=st.integers(0, 10_000),
    data=st.data(),
)
def test_any_choice_of_areas_is_found_in_any_file(
    tmp_path_factory: pytest.TempPathFactory, count: int, lengths: list[int], seed: int, data
):
    """Lines of unequal length, few or many: seeking, streaming and a full read agree."""
    published = {n: "x" * length for n, length in enumerate(lengths, start=1)}
    areas = {f"2021S0512{24370000 + n * 7 + seed}": {1: str(n)} for n in range(count)}
    folder = tmp_path_factory.mktemp("any")
    profile, index = make.write_profile(folder, areas, published=published)
    packed = make.write_zip(profile, index)
    chosen = data.draw(st.lists(st.sampled_from(sorted(areas)), unique=True))
    rows = bulk.read_starting_rows(index)
    sought = bulk.read_profile(profile, rows, chosen)
    streamed = bulk.read_profile(packed, rows, chosen)
    pd.testing.assert_frame_equal(sought.values, streamed.values)
    population = sought.values[sought.values["number"] == 1].set_index("dguid")["value"]
    assert population.to_dict() == {d: float(areas[d][1]) for d in chosen}


def test_lines_numbered_otherwise_are_still_found_by_counting(tmp_path: Path):
    published = dict(zip(range(5, 400, 3), "abcdefgh" * 20, strict=False))
    areas = {d: {5: str(i)} for i, d in enumerate(DAS)}
    data, index = make.write_profile(tmp_path, areas, published=published)
    profile = bulk.read_profile(data, bulk.read_starting_rows(index), [DAS[17], DAS[30]], [5])
    assert profile.values["value"].tolist() == [17.0, 30.0]


def test_an_index_of_another_file_is_caught(files, tmp_path: Path):
    text = files[1].read_text(encoding="latin-1").replace(f'"{2 + 5 * 2631}"', '"13200"')
    other = tmp_path / "index.CSV"
    other.write_text(text, encoding="latin-1")
    with pytest.raises(SourceError, match="ne s'accordent pas"):
        bulk.read_profile(files[0], bulk.read_starting_rows(other), [DAS[3]])


def test_changed_columns_are_caught(files, tmp_path: Path):
    text = files[0].read_text(encoding="latin-1")
    french = tmp_path / "fr.csv"
    french.write_text(text.replace("CENSUS_YEAR", "ANNÉE", 1), encoding="latin-1")
    with pytest.raises(SourceError, match="« CENSUS_YEAR » manque à sa place"):
        bulk.read_profile(french, bulk.read_starting_rows(files[1]), [DAS[0]])
    bad = tmp_path / "index.CSV"
    bad.write_text("Code géo,Nom géo,Ligne\n1,2,3\n", encoding="latin-1")
    with pytest.raises(SourceError, match="devait commencer par les colonnes"):
        bulk.read_starting_rows(bad)


@pytest.mark.parametrize(
    "body", ["", '"a","b","x"\n', '"a","b","5"\n"a","c","6"\n', '"a","b","5"\n"c","c","5"\n']
)
def test_a_broken_index_is_caught(tmp_path: Path, body: str):
    bad = tmp_path / "index.CSV"
    bad.write_text('"Geo Code","Geo Name","Line Number"\n' + body, encoding="latin-1")
    with pytest.raises(SourceError, match="index"):
        bulk.read_starting_rows(bad)


def test_every_characteristic_is_found_by_number_and_words():
    found = resolve(PROFILE_2021, make.labels())
    assert found.lost == []
    assert found.moved == []
    assert found.numbers["median_household_income_cad"] == 243
    assert len({c.column for c in PROFILE_2021}) == len(PROFILE_2021) == len(found.numbers)


def test_a_renumbered_characteristic_is_found_by_its_words_and_said():
    published = make.labels() | {243: "Something else", 229: make.LABELS[243]}
    found = resolve(PROFILE_2021, published)
    assert found.numbers["median_household_income_cad"] == 229
    assert [(c.column, n) for c, n in found.moved] == [("median_household_income_cad", 229)]


def test_words_that_repeat_are_taken_under_their_heading_or_lost():
    item = Characteristic("owners", 99, "owner", under="total - tenure")
    published = {1: "Total - Condition", 2: "  Owner", 3: "Total - Tenure", 4: "  Owner"}
    assert resolve([item], published).numbers == {"owners": 4}
    assert resolve([item], {1: "Total - Tenure", 2: "Owner", 3: "Total - Tenure", 4: "Owner"}).lost
    assert resolve([item], {99: "Renter"}).lost == [(item, "Renter")]
