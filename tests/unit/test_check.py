"""`revital check` finds what was broken on purpose, and says where."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from revital.catalogue.load import Catalogue, catalogue
from revital.i18n import translator
from revital.services.check import (
    Finding,
    check_all,
    check_figures,
    check_layers,
    check_provenance,
)
from revital.services.data import Data
from revital.services.workspace.changes import resting_on
from revital.settings import PROJECT
from revital.store.layers import LayerStore, file_sha256

PACK = PROJECT / "data" / "pack"


@pytest.fixture(scope="module")
def data() -> Data:
    return Data(catalogue(), LayerStore((PACK,)))


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    return Path(shutil.copytree(PACK, tmp_path / "pack"))


def said(found: list[Finding]) -> list[str]:
    """Return the French sentences, once sure that each has its English."""
    for finding in found:
        english = translator("en").error(finding.error)
        assert english != str(finding.error), english
    return [str(f.error) for f in found]


def with_records(data: Data, **kinds: dict) -> Data:
    known = data.catalogue
    held = {
        name: {**getattr(known, name), **kinds.get(name, {})}
        for name in ("sources", "layers", "indicators", "territories", "places")
    }
    return replace(data, catalogue=Catalogue(**held, pages=known.pages, themes=known.themes))


def rewrite(pack: Path, layer: str, change, *, rows: int | None = None) -> None:
    """Change a layer's table and its manifest with it, as a careless maker would."""
    path = pack / f"{layer}.parquet"
    frame = change(pd.read_parquet(path))
    frame.to_parquet(path)
    held = json.loads((pack / "manifest.json").read_text(encoding="utf-8"))
    held["layers"][layer] |= {
        "bytes": path.stat().st_size,
        "sha256": file_sha256(path),
        "rows": len(frame) if rows is None else rows,
    }
    (pack / "manifest.json").write_text(json.dumps(held), encoding="utf-8")


def figures_on(pack: Path, layer: str) -> list[Finding]:
    """Check the figures that rest on a layer; that all others hold, `revital check` is tested."""
    data = Data(catalogue(), LayerStore((pack,)))
    return check_figures(data, resting_on(data, [layer]))


def test_layers_and_provenance_of_the_pack_hold(data):
    assert said(check_layers(data)) == []
    assert said(check_provenance(data)) == []


def test_altered_layer(pack):
    path = pack / "schools.parquet"
    blob = bytearray(path.read_bytes())
    blob[-20] ^= 1
    path.write_bytes(bytes(blob))
    found = check_layers(Data(catalogue(), LayerStore((pack,))))
    assert [(f.check, f.where) for f in found] == [("layers", "schools")]
    assert "schools.parquet" in said(found)[0]
    assert "revital build" in said(found)[0]


def test_missing_and_truncated_layers_are_each_said(pack):
    (pack / "facts.parquet").unlink()
    path = pack / "cimd_da.parquet"
    path.write_bytes(path.read_bytes()[:1_000])
    found = check_all(Data(catalogue(), LayerStore((pack,))))
    layers = [f for f in found if f.check == "layers"]
    assert [f.where for f in layers] == ["cimd_da", "facts"]
    cut, gone = said(layers)
    assert "1000 octets" in cut
    assert "n'est plus dans" in gone
    # Figures read the same files: one fault is said once.
    assert not [f for f in found if f.check == "figures"]


def test_a_column_of_the_record_that_the_file_lacks(pack):
    rewrite(pack, "labour_ct", lambda f: f.drop(columns="jobs"))
    found = check_layers(Data(catalogue(), LayerStore((pack,))))
    assert [f.where for f in found] == ["labour_ct"]
    assert "« jobs »" in said(found)[0]


def test_rows_that_the_manifest_does_not_announce(pack):
    rewrite(pack, "labour_ct", lambda f: f.iloc[:10], rows=1_217)
    (sentence,) = said(check_layers(Data(catalogue(), LayerStore((pack,)))))
    assert "10 lignes" in sentence
    assert "1217" in sentence


def test_a_layer_without_record(pack):
    held = json.loads((pack / "manifest.json").read_text(encoding="utf-8"))
    held["layers"]["mystery"] = {**held["layers"]["schools"], "id": "mystery"}
    (pack / "manifest.json").write_text(json.dumps(held), encoding="utf-8")
    found = check_layers(Data(catalogue(), LayerStore((pack,))))
    assert [f.where for f in found] == ["mystery"]


def test_a_value_outside_its_valid_range(pack):
    def tenfold(frame: pd.DataFrame) -> pd.DataFrame:
        frame["median_household_income_cad"] *= -1
        return frame

    rewrite(pack, "profile_ct", tenfold)
    record = catalogue().indicator("median_household_income")
    assert record.valid_range[0] is not None
    found = figures_on(pack, "profile_ct")
    assert [(f.check, f.where) for f in found] == [("figures", "median_household_income")]
    (sentence,) = said(found)
    assert "hors de son intervalle permis" in sentence
    assert "-33600" in sentence


def test_a_numerator_larger_than_its_whole(pack):
    def wrong(frame: pd.DataFrame) -> pd.DataFrame:
        frame["renter_households"] = frame["tenure_households"] * 2
        return frame

    rewrite(pack, "profile_ct", wrong)
    found = figures_on(pack, "profile_ct")
    assert "renters" in [f.where for f in found]
    assert any("dépasse 1" in s for s in said(found))


def test_a_method_that_does_not_exist(data):
    record = data.catalogue.indicator("renters")
    wrong = record.measures[0].model_copy(update={"method": "shaer"})
    here = with_records(
        data, indicators={"renters": record.model_copy(update={"measures": (wrong,)})}
    )
    (sentence,) = said(check_figures(here, ["renters"]))
    assert "« shaer »" in sentence


def test_a_source_that_may_not_be_shipped(data):
    source = data.catalogue.source("meq_schools")
    licence = source.licence.model_copy(update={"may_ship": False})
    here = with_records(
        data, sources={"meq_schools": source.model_copy(update={"licence": licence})}
    )
    found = check_provenance(here)
    assert [(f.check, f.where) for f in found] == [("provenance", "schools")] or {
        f.where for f in found
    } >= {"schools"}
    assert "ne permet pas la diffusion" in said(found)[0]


def test_a_source_that_the_catalogue_does_not_know(pack):
    held = json.loads((pack / "manifest.json").read_text(encoding="utf-8"))
    held["layers"]["schools"]["sources"] = ["nobody"]
    (pack / "manifest.json").write_text(json.dumps(held), encoding="utf-8")
    found = check_provenance(Data(catalogue(), LayerStore((pack,))))
    assert [f.where for f in found] == ["schools"]
    assert "« nobody »" in said(found)[0]
