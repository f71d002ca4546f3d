"""Commands: the three ways to print, both languages, and one sentence when something is wrong."""

from __future__ import annotations

import csv
import io
import json
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from revital.catalogue.load import catalogue
from revital.cli import main as cli
from revital.services import data as services_data
from revital.settings import PROJECT, settings

SP = "saint-philippe"
#: Commands that answer at once on the embedded pack.
READERS = {
    "indicators": ["indicators", "--territory", SP],
    "explain": ["explain", "low_income", "--territory", SP],
    "territories": ["territories"],
    "layers": ["layers"],
}


@pytest.fixture(scope="module", autouse=True)
def _workspace(tmp_path_factory: pytest.TempPathFactory):
    """Give this module an empty workspace; readings are kept from test to test."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REVITAL_HOME", str(tmp_path_factory.mktemp("home")))
        patch.delenv("REVITAL_LANG", raising=False)
        patch.delenv("REVITAL_INPUTS", raising=False)
        _forget()
        yield
    _forget()


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch):
    """Point the process to another folder: `elsewhere(REVITAL_HOME=path)`."""

    def move(**folders: Path) -> None:
        for name, folder in folders.items():
            monkeypatch.setenv(name, str(folder))
        _forget()

    yield move
    monkeypatch.undo()
    _forget()


def _forget() -> None:
    settings.cache_clear()
    services_data._open_data.cache_clear()


@pytest.fixture
def revital(capsys: pytest.CaptureFixture[str]):
    """Run a command; return its exit code, what it printed, and what it said on stderr."""

    def run(*words: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = 0
        try:
            cli.main(list(words))
        except SystemExit as stop:
            code = int(stop.code or 0)
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def sentence(err: str) -> str:
    """Check that stderr holds one line, a sentence, and nothing of a traceback."""
    line = err.strip()
    assert line, "nothing on stderr"
    assert "\n" not in line, line
    assert "Traceback" not in line
    assert "Error(" not in line
    assert "{" not in line
    assert line[0].isupper()
    return line


@pytest.mark.parametrize("lang", ["fr", "en"])
@pytest.mark.parametrize("name", READERS)
class TestEveryReader:
    def test_json(self, revital, name, lang):
        code, out, err = revital(*READERS[name], "--format", "json", "--lang", lang)
        assert (code, err) == (0, "")
        assert json.loads(out, parse_constant=lambda c: pytest.fail(f"{c} is no JSON"))

    def test_csv(self, revital, name, lang):
        code, out, err = revital(*READERS[name], "--format", "csv", "--lang", lang)
        assert (code, err) == (0, "")
        rows = list(csv.reader(io.StringIO(out)))
        assert len(rows) > 3
        assert len({len(r) for r in rows}) == 1

    def test_table(self, revital, name, lang):
        code, out, err = revital(*READERS[name], "--lang", lang)
        assert (code, err) == (0, "")
        assert len(out.splitlines()) > 3
        assert "None" not in out
        assert "nan" not in out.split()


class TestIndicators:
    def test_objects_of_the_contract(self, revital):
        _, out, _ = revital("indicators", "--territory", SP, "--format", "json")
        found = json.loads(out)
        assert isinstance(found, list)
        keys = {
            "id", "title", "unit", "value", "year", "quality", "coverage", "comparators", "sources",
        }  # fmt: skip
        for item in found:
            assert keys <= set(item)
            assert set(item["comparators"]) <= {"city", "region", "province"}
            assert item["sources"]
        by_id = {i["id"]: i for i in found}
        low = by_id["low_income"]
        assert low["value"] == pytest.approx(0.397, abs=5e-4)
        assert low["comparators"]["city"]["value"] == pytest.approx(0.150, abs=5e-4)
        assert low["comparators"]["region"]["value"] == pytest.approx(0.143, abs=5e-4)
        assert by_id["turnout"]["value"] is None
        assert by_id["turnout"]["quality"] == ["missing"]

    def test_missing_is_an_empty_cell_and_shares_stay_shares(self, revital):
        _, out, _ = revital("indicators", "--territory", SP, "--format", "csv", "--lang", "en")
        rows = {r["id"]: r for r in csv.DictReader(io.StringIO(out))}
        assert rows["turnout"]["Value"] == ""
        assert float(rows["low_income"]["Value"]) == pytest.approx(0.397, abs=5e-4)

    def test_only_those_asked_for(self, revital):
        _, out, _ = revital(
            "indicators", "--territory", SP, "--indicator", "renters", "--format", "json"
        )
        assert [i["id"] for i in json.loads(out)] == ["renters"]

    def test_words_follow_the_language(self, revital, monkeypatch):
        french = revital("indicators", "--territory", SP, "--indicator", "renters")[1]
        assert "83,1\u202f%" in french
        english = revital("indicators", "--territory", SP, "--indicator", "renters", "--lang=en")[1]
        assert "83.1%" in english
        monkeypatch.setenv("REVITAL_LANG", "en")
        assert revital("indicators", "--territory", SP, "--indicator", "renters")[1] == english


class TestExplain:
    def test_saint_philippe(self, revital):
        _, out, _ = revital(*READERS["explain"])
        for part in ("39,7\u202f%", "39,5\u202f%", "profile_ct.parquet", "sha256", "Licence"):
            assert part in out

    def test_json_holds_rows_and_sources(self, revital):
        _, out, _ = revital(*READERS["explain"], "--format", "json")
        found = json.loads(out)
        assert found["method"] == "share"
        (row,) = found["rows"]
        assert row["unit_id"] == "4420003.00"
        assert row["numerator"] / row["denominator"] == pytest.approx(found["value"])
        manifest = found["layers"]["profile_ct"]
        assert len(manifest["inputs"][0]["sha256"]) == 64
        assert manifest["vintage"]
        assert found["publications"]["statcan_census_2021_profile"]["licence"]["name"]
        assert found["cross_checks"][0]["value"] == pytest.approx(0.395, abs=5e-4)


class TestLists:
    def test_territories(self, revital):
        _, out, _ = revital("territories", "--format", "json")
        found = {t["record"]["id"]: t for t in json.loads(out)}
        assert found[SP]["population"] == 2_465
        assert found[SP]["units"] == {"ct": 1, "da": 6}
        assert found["trois-rivieres"]["population"] == 139_163
        assert set(found) == set(catalogue().territories)

    def test_layers(self, revital):
        _, out, _ = revital("layers", "--format", "json")
        found = {layer["id"]: layer for layer in json.loads(out)}
        assert found["outlines_da_442"]["rows"] == 272
        assert all(layer["licence"] and layer["sha256"] for layer in found.values())

    def test_rows_of_a_layer_within_a_territory(self, revital):
        words = ["layers", "census_da", "--territory", SP]
        found = json.loads(revital(*words, "--format", "json")[1])
        assert len(found) == 6
        assert {row["unit_id"] for row in found} >= {"24370110", "24370128"}
        assert sum(row["population"] for row in found) == 2_465
        # A withheld value is an empty cell, never a zero.
        assert None in [row["low_income_share"] for row in found]
        rows = list(csv.reader(io.StringIO(revital(*words, "--format", "csv", "--lang", "en")[1])))
        assert rows[0][:2] == ["Dissemination area", "Population, 2021"]
        cells = json.loads(
            revital("layers", "outlines_da_442", "--territory", SP, "--format", "json")[1]
        )
        assert {m for c in cells for m in c["members"].split(";")} >= {"24370110", "24370128"}
        assert "Adapté de Statistique Canada" in revital(*words)[1]
        code, _, err = revital("layers", "schools", "--territory", SP)
        assert code == 2
        assert "unités de recensement" in sentence(err)

    def test_help_names_every_command(self, revital):
        code, out, _ = revital("--help")
        assert code == 0
        for name in cli.COMMANDS:
            assert name in out

    @pytest.mark.parametrize("name", sorted(cli.COMMANDS))
    def test_every_command_loads_and_has_help(self, revital, name):
        code, out, err = revital(name, "--help")
        assert (code, err) == (0, "")
        assert "--help" in out


class TestBadInput:
    @pytest.mark.parametrize(
        ("words", "needles"),
        [
            (["indicators", "--territory", "saint-phillippe"], ["saint-phillippe", SP]),
            (["explain", "low_incom", "--territory", SP], ["low_incom", "low_income"]),
            (["explain", "low_income", "--territory", "<b>x"], ["<b>x"]),
            (["indicators", "--territory", SP, "--indicator", "rentrs"], ["rentrs", "renters"]),
            (["indicators", "--territory", ""], ["inconnu"]),
        ],
    )
    def test_unknown_ids(self, revital, words, needles):
        code, out, err = revital(*words)
        assert (code, out) == (2, "")
        said = sentence(err)
        for needle in needles:
            assert needle in said

    def test_in_english(self, revital):
        code, _, err = revital("indicators", "--territory", "limoilou", "--lang", "en")
        assert code == 2
        assert "Territory “limoilou” is unknown" in sentence(err)

    @pytest.mark.parametrize(
        ("words", "needle"),
        [
            (["indicatorz"], "indicatorz"),
            (["indicators"], "--territory"),
            (["indicators", "--territory", SP, "--format", "xml"], "xml"),
            (["indicators", "--territory", SP, "--lang", "es"], "es"),
            (["explain"], "INDICATOR"),
            (["territories", "--colour"], "--colour"),
        ],
    )
    def test_misspelt_commands_lead_to_help(self, revital, words, needle):
        code, _, err = revital(*words)
        assert code == 2
        said = sentence(err)
        assert needle in said
        assert "--help »" in said

    def test_a_missing_pack(self, revital, elsewhere, tmp_path):
        elsewhere(REVITAL_PACK=tmp_path / "nowhere")
        for words in READERS.values():
            code, _, err = revital(*words)
            assert code == 2
            assert "revital build" in sentence(err)

    def test_an_altered_layer_stops_the_figure_and_not_the_others(
        self, revital, elsewhere, tmp_path
    ):
        pack = Path(shutil.copytree(PROJECT / "data" / "pack", tmp_path / "pack"))
        path = pack / "cimd_da.parquet"
        path.write_bytes(path.read_bytes()[:-1])
        elsewhere(REVITAL_PACK=pack)
        code, _, err = revital("explain", "cimd_economic_dependency", "--territory", SP)
        assert code == 2
        assert "cimd_da.parquet" in sentence(err)
        assert revital("explain", "low_income", "--territory", SP)[0] == 0
        code, out, err = revital("check", "--format", "json")
        assert code == 1
        assert [f["where"] for f in json.loads(out) if f["check"] == "layers"] == ["cimd_da"]

    def test_a_wrong_record_in_the_workspace(self, revital, elsewhere, tmp_path):
        folder = tmp_path / "catalogue" / "indicators"
        folder.mkdir(parents=True)
        (folder / "mine.yml").write_text(yaml.safe_dump({"id": "mine", "titel": "x"}))
        (tmp_path / "catalogue" / ".stamp").touch()
        elsewhere(REVITAL_HOME=tmp_path)
        code, _, err = revital("territories")
        assert code == 2
        said = sentence(err)
        assert "indicators/mine.yml" in said
        assert "« titel » est inconnue. (title ?)" in said

    def test_build_without_inputs_says_what_is_missing(self, revital, tmp_path):
        target = tmp_path / "pack"
        code, _, err = revital("build", "--target", str(target))
        assert code == 2
        assert "REVITAL_INPUTS" in sentence(err)
        assert not target.exists()


def test_check_of_the_embedded_pack(revital):
    code, out, err = revital("check", "--lang", "en", "--format", "json")
    assert err == ""
    found = json.loads(out)
    # Sentences of other parts are compared by their own test.
    assert [f for f in found if f["check"] != "translations"] == []
    assert code == (1 if found else 0)


@pytest.mark.parametrize("words", [["territories"], ["explain", "low_incom", "--territory", SP]])
def test_as_a_program_of_its_own(words):
    """From outside: exit codes, streams and no traceback."""
    done = subprocess.run(
        [sys.executable, "-m", "revital.cli.main", *words],
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    wrong = "low_incom" in words
    assert done.returncode == (2 if wrong else 0)
    assert bool(done.stdout) is not wrong
    if wrong:
        sentence(done.stderr)


def test_run_says_that_its_port_is_taken(revital):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        code, out, err = revital("run", "--address", "127.0.0.1", "--port", str(port))
    assert (code, out) == (2, "")
    assert str(port) in err
    assert f"--port {port + 1}" in err
