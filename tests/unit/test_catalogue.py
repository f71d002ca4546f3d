"""Records that are wrong are refused in one sentence: which file, which key, what to do."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest
import yaml
from pydantic import ValidationError

from revital.catalogue.load import catalogue, package_root, parse, read_catalogue
from revital.catalogue.models import Indicator
from revital.domain.indicators import METHODS
from revital.errors import CatalogueError, UnknownIdError
from revital.i18n import translator
from revital.services.data import Data
from revital.services.figures import read_indicator
from revital.services.mapping import levels
from revital.settings import PROJECT
from revital.store.layers import LayerStore

BOTH = {"fr": "Bonjour", "en": "Hello"}
SOURCE = {
    "id": "bureau",
    "publisher": BOTH,
    "title": BOTH,
    "citation": "Bureau, 2021",
    "attribution": BOTH,
    "licence": {"name": "CC BY 4.0"},
    "vintage": "2021",
}
LAYER = {
    "id": "houses",
    "title": BOTH,
    "sources": ["bureau"],
    "processing": BOTH,
    "level": "da",
    "columns": {
        "unit_id": {"type": "str", "title": BOTH},
        "rented": {"type": "int", "title": BOTH},
        "all": {"type": "int", "title": BOTH},
    },
}
INDICATOR = {
    "id": "renting",
    "theme": "housing",
    "title": BOTH,
    "definition": BOTH,
    "universe": BOTH,
    "kind": "share",
    "unit": BOTH,
    "direction": "neutral",
    "measures": [
        {
            "level": "da",
            "year": 2021,
            "method": "share",
            "inputs": {"numerator": "houses.rented", "denominator": "houses.all"},
            "sources": ["bureau"],
        }
    ],
    "sources": ["bureau"],
    "reviewed": "2026-11-21",
}
PLACE = {"id": "town", "title": BOTH, "outlines": {"da": "houses"}}
TERRITORY = {
    "id": "north",
    "kind": "neighbourhood",
    "title": BOTH,
    "crs_metric": "EPSG:32188",
    "place": "town",
    "units": {"da": {"column": "unit_id", "values": ["1"]}},
}
RECORDS = {
    "sources/bureau.yml": SOURCE,
    "layers/houses.yml": LAYER,
    "indicators/renting.yml": INDICATOR,
    "places/town.yml": PLACE,
    "territories/north.yml": TERRITORY,
}


@pytest.fixture
def folder(tmp_path: Path):
    """Write a small catalogue with changes: `folder({"indicators/renting.yml": {...}})`."""

    def write(changes: dict[str, object] | None = None) -> Path:
        for name, record in {**RECORDS, **(changes or {})}.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            text = record if isinstance(record, str) else yaml.safe_dump(record)
            path.write_text(text, encoding="utf-8")
        return tmp_path

    return write


def changed(record: dict, path: str, value: object) -> dict:
    """Return a copy with one key set (`measures.0.year`), or taken out when `value` is None."""
    made = copy.deepcopy(record)
    inner = made
    *way, last = path.split(".")
    for part in way:
        inner = inner[int(part)] if part.isdigit() else inner[part]
    if value is None:
        del inner[last]
    else:
        inner[last] = value
    return made


def renamed(record: dict, old: str, new: str) -> dict:
    return {new if k == old else k: v for k, v in record.items()}


def refusal(root: Path) -> str:
    with pytest.raises(CatalogueError) as caught:
        read_catalogue(root)
    error = caught.value
    english = translator("en").error(error)
    assert english != str(error), "the sentence has no English"
    assert "{" not in english
    return str(error)


def test_the_small_catalogue_is_sound(folder):
    found = read_catalogue(folder())
    assert list(found.indicators) == ["renting"]
    assert found.indicator("renting").measures[0].inputs["numerator"] == "houses.rented"


@pytest.mark.parametrize(
    ("file", "record", "needles"),
    [
        (
            "indicators/renting.yml",
            renamed(INDICATOR, "direction", "directoin"),
            ["indicators/renting.yml", "« directoin » est inconnue", "(direction ?)"],
        ),
        (
            "indicators/renting.yml",
            changed(INDICATOR, "measures.0.yaer", 2021),
            ["indicators/renting.yml", "« measures.0.yaer » est inconnue"],
        ),
        (
            "indicators/renting.yml",
            changed(INDICATOR, "title.en", None),
            ["indicators/renting.yml", "« title.en » manque", "Ajoutez-la"],
        ),
        (
            "sources/bureau.yml",
            changed(SOURCE, "publisher.fr", ""),
            ["sources/bureau.yml", "publisher.fr"],
        ),
        (
            "indicators/renting.yml",
            changed(INDICATOR, "direction", "up"),
            ["indicators/renting.yml", "« direction » vaut « up »", "'higher_is_worse'"],
        ),
        (
            "indicators/renting.yml",
            changed(INDICATOR, "sources", ["burau"]),
            ["indicators/renting.yml", "sources nomme « burau »", "(bureau ?)"],
        ),
        (
            "indicators/renting.yml",
            changed(INDICATOR, "measures.0.sources", ["nobody"]),
            ["indicators/renting.yml", "measures.sources", "« nobody », qui n'existe pas"],
        ),
        (
            "indicators/renting.yml",
            changed(INDICATOR, "measures.0.inputs.numerator", "houses.retned"),
            ["indicators/renting.yml", "measures.inputs (houses)", "« retned »", "(rented ?)"],
        ),
        (
            "indicators/renting.yml",
            changed(INDICATOR, "measures.0.inputs.numerator", "huoses.rented"),
            ["indicators/renting.yml", "measures.inputs", "« huoses »", "(houses ?)"],
        ),
        (
            "layers/houses.yml",
            changed(LAYER, "sources", ["nobody"]),
            ["layers/houses.yml", "« nobody »"],
        ),
        (
            "layers/houses.yml",
            changed(LAYER, "columns.unit_id", None),
            ["layers/houses.yml", "unit_id"],
        ),
        (
            "territories/north.yml",
            changed(TERRITORY, "place", "twon"),
            ["territories/north.yml", "place nomme « twon »", "(town ?)"],
        ),
        (
            "territories/north.yml",
            {**TERRITORY, "comparators": {"city": "south"}},
            ["territories/north.yml", "comparators", "« south »"],
        ),
        (
            "places/town.yml",
            changed(PLACE, "outlines.da", "hoses"),
            ["places/town.yml", "« hoses »", "(houses ?)"],
        ),
        ("sources/bureau.yml", "id: [bureau\n", ["bureau.yml", "YAML lisible"]),
        ("sources/bureau.yml", "- 1\n- 2\n", ["sources/bureau.yml"]),
    ],
)
def test_each_fault_names_file_key_and_what_to_do(folder, file, record, needles):
    said = refusal(folder({file: record}))
    for needle in [*needles, "revital check"]:
        assert needle in said, said


def test_id_is_the_file_name(folder):
    said = refusal(folder({"sources/office.yml": SOURCE}))
    assert "sources/office.yml" in said
    assert "« bureau »" in said
    assert "Renommez" in said


def test_a_file_that_is_not_text_is_refused(folder):
    root = folder()
    (root / "sources" / "bureau.yml").write_bytes(b"\xff\xfe\x00id")
    assert "bureau.yml" in refusal(root)


def test_lists_of_pages_must_be_lists(folder):
    said = refusal(folder({"pages.yml": "id: carte\n"}))
    assert "pages.yml" in said
    assert "liste" in said


def test_a_later_folder_replaces_and_adds(folder, tmp_path):
    extra = tmp_path / "extra"
    (extra / "indicators").mkdir(parents=True)
    mine = changed(INDICATOR, "title.en", "Mine")
    (extra / "indicators" / "renting.yml").write_text(yaml.safe_dump(mine), encoding="utf-8")
    other = {**INDICATOR, "id": "other"}
    (extra / "indicators" / "other.yml").write_text(yaml.safe_dump(other), encoding="utf-8")
    found = read_catalogue(folder(), extra)
    assert set(found.indicators) == {"renting", "other"}
    assert found.indicator("renting").title.en == "Mine"


def test_records_are_frozen(folder):
    record = read_catalogue(folder()).indicator("renting")
    with pytest.raises(ValidationError):
        record.order = 1


@pytest.mark.parametrize(
    ("ask", "wrong", "near"),
    [
        ("indicator", "low_incone", "low_income"),
        ("territory", "saint-phillippe", "saint-philippe"),
        ("source", "statcan_cimd", "statcan_cimd_2021"),
        ("layer", "outlines_da", "outlines_da_442"),
        ("place", "trois-riviere", "trois-rivieres"),
    ],
)
def test_an_unknown_id_names_the_nearest(ask, wrong, near):
    with pytest.raises(UnknownIdError) as caught:
        getattr(catalogue(), ask)(wrong)
    assert wrong in str(caught.value)
    assert near in str(caught.value)
    english = translator("en").error(caught.value)
    assert "is unknown" in english
    assert near in english


def test_an_endless_id_is_cut():
    with pytest.raises(UnknownIdError) as caught:
        catalogue().indicator("x" * 5_000)
    assert len(str(caught.value)) < 500


class TestEmbeddedRecords:
    def test_at_least_26_indicators_are_measured(self):
        measured = [r for r in catalogue().indicators.values() if r.measures]
        assert len(measured) >= 26

    def test_one_without_figure_says_whom_to_ask(self):
        for record in catalogue().indicators.values():
            if not record.measures:
                sources = [catalogue().source(s) for s in record.sources]
                assert record.contact or any(s.how_to_get for s in sources), record.id

    def test_every_method_exists_and_takes_the_inputs(self):
        for record in catalogue().indicators.values():
            for measure in (*record.measures, *record.history):
                stems = {a.rstrip("*") for a in METHODS[measure.method].arguments}
                named = {n.split("_")[0] if n not in stems else n for n in measure.inputs}
                assert named <= stems, (record.id, measure.inputs)

    def test_shares_are_bounded_by_zero_and_one(self):
        for record in catalogue().indicators.values():
            if record.kind == "share" and record.measures:
                assert record.valid_range == (0, 1), record.id

    def test_ethnocultural_composition_is_never_hardship(self):
        record = catalogue().indicator("cimd_ethnocultural_composition")
        assert record.direction == "neutral"
        assert record.palette == "context"
        for id_ in ("recent_immigrants", "no_official_language"):
            if id_ in catalogue().indicators:
                assert catalogue().indicator(id_).palette == "context"
                assert catalogue().indicator(id_).direction == "neutral"

    def test_deprivation_index_is_marked_edition_to_verify(self):
        for record in catalogue().indicators.values():
            if record.id.startswith("cimd_"):
                assert all(m.method == "weighted_mean" for m in record.measures)
                assert all("dition à vérifier" in m.caution.fr for m in record.measures)

    def test_the_neighbourhoods_of_the_issue(self):
        known = catalogue().territories
        ours = known["saint-philippe"].units["ct"]
        assert (ours.column, ours.values) == ("unit_id", ("4420003.00",))
        assert known["saint-philippe"].declared
        first = known["premiers-quartiers"].units["ct"].values
        assert first == tuple(f"442000{i}.00" for i in range(1, 8))
        assert known["premiers-quartiers"].declared
        for id_, who in (
            ("le-sud-ouest", "RESO"),
            ("montreal-nord", "Le Pôle"),
            ("lasalle", "CDEC LaSalle-Lachine"),
            ("lachine", "CDEC LaSalle-Lachine"),
        ):
            assert known[id_].kind == "borough"
            assert who in known[id_].organization.fr

    def test_approximate_outlines_say_so(self):
        assert "pproxim" in catalogue().layer("outlines_da_442").approximate.fr
        assert catalogue().layer("outlines_da_montreal").approximate is None


def test_a_new_indicator_is_one_file(tmp_path):
    """A record whose method and layer exist is all that menus, maps and commands need."""
    record = {
        **INDICATOR,
        "id": "tenants_again",
        "measures": [
            {
                **INDICATOR["measures"][0],
                "level": "ct",
                "inputs": {
                    "numerator": "profile_ct.renter_households",
                    "denominator": "profile_ct.tenure_households",
                },
                "sources": ["statcan_census_2021_profile"],
            }
        ],
        "sources": ["statcan_census_2021_profile"],
    }
    (tmp_path / "indicators").mkdir()
    (tmp_path / "indicators" / "tenants_again.yml").write_text(
        yaml.safe_dump(record), encoding="utf-8"
    )
    found = read_catalogue(package_root(), tmp_path)
    assert parse(Indicator, record, "x.yml") == found.indicator("tenants_again")
    data = Data(found, LayerStore((PROJECT / "data" / "pack",)))
    reading = read_indicator(data, "tenants_again", "saint-philippe")
    assert reading.figure.value == pytest.approx(0.83, abs=5e-3)
    assert set(reading.comparators) == {"city", "region", "province"}
    assert levels(data, found.indicator("tenants_again"), found.place("trois-rivieres")) == ["ct"]
