"""Commands of the plan: outputs as JSON, sentences on errors, files that come back."""

import json

import pytest

from revital.cli.main import main
from revital.services.access_ground import AccessQuery
from revital.services.plan_structure import open_store
from revital.services.scenario_store import save_scenario
from revital.services.scenarios import Scenario
from revital.settings import settings


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("REVITAL_HOME", str(tmp_path / "home"))
    settings.cache_clear()
    open_store.cache_clear()
    yield tmp_path
    open_store.cache_clear()
    settings.cache_clear()


@pytest.fixture
def call(capsys):
    def run(*words, fails=False):
        capsys.readouterr()
        code = 0
        try:
            main(list(words))
        except SystemExit as stop:
            code = stop.code or 0
        assert code == (2 if fails else 0)
        return capsys.readouterr()

    return run


def test_status_export_import(call, tmp_path):
    call("plan", "example", "add", "--territory", "saint-philippe")
    status = json.loads(
        call("plan", "status", "--territory", "saint-philippe", "--format", "json").out
    )
    assert (status["scope"], status["total"], len(status["subcommittees"])) == ("example", 15, 6)
    assert sum(status["counts"].values()) == 15
    assert {p["end_to_confirm"] for p in status["pauses"]} == {True}
    for form in ("csv", "xlsx", "ics", "json"):
        path = tmp_path / f"plan.{form}"
        call("plan", "export", "--territory", "saint-philippe", "-o", str(path))
        assert path.stat().st_size > 500
    for form in ("csv", "xlsx"):
        report = json.loads(
            call("plan", "import", str(tmp_path / f"plan.{form}"), "--format", "json").out
        )
        assert (report["unchanged"], report["added"], report["updated"]) == (15, [], [])
    assert "EXAMPLE" in call("plan", "status", "--lang", "en").out
    call("plan", "example", "remove")
    assert json.loads(call("plan", "status", "--format", "json").out)["total"] == 0


def test_a_wrong_import_is_told_row_by_row_on_stderr(call, tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("Titre,Sous-comité\nBonne,services\n,services\nx,Piscine\n")
    said = call("plan", "import", str(path), "--lang", "en", fails=True)
    assert [line[:6] for line in said.err.splitlines()] == ["row 3:", "row 4:"]
    assert "Nothing was saved" in said.out


def test_decide_history_undo_snapshot_verify(call):
    made = json.loads(
        call("meeting", "decide", "--subcommittee", "services", "Visiter", "--format", "json").out
    )
    assert made["decision"]["effect"] == "created"
    action = made["action"]["id"]
    history = json.loads(call("plan", "history", "--record", action, "--format", "json").out)
    assert [c["change"] for c in history] == ["create"]
    snapshot = json.loads(call("meeting", "snapshot", "--format", "json").out)
    verdict = json.loads(call("meeting", "verify", snapshot["id"], "--format", "json").out)
    assert [v["intact"] for v in verdict] == [True]
    call("plan", "history", "--undo", str(history[0]["seq"]))
    assert json.loads(call("plan", "status", "--format", "json").out)["total"] == 0
    past = json.loads(call("plan", "history", "--at", "2000-01-01", "--format", "json").out)
    assert past == []


def test_users_backup_restore(call, home):
    call("user", "add", "a@x.test", "--role", "administrator")
    (user,) = json.loads(call("user", "list", "--format", "json").out)
    assert user["roles"][0]["role"] == "administrator"
    report = json.loads(call("backup", "--format", "json").out)
    call("user", "erase", user["account"])
    assert json.loads(call("user", "list", "--format", "json").out) == []
    restored = json.loads(call("restore", report["path"], "--format", "json").out)
    assert restored["restored"]["changes_n"] == 1
    assert json.loads(call("user", "list", "--format", "json").out)[0]["email"] == "a@x.test"
    assert "n'existe pas" in call("restore", str(home / "nulle-part"), fails=True).err


def test_every_plan_command_speaks_json(call, tmp_path):
    def said(*words):
        return json.loads(call(*words, "--format", "json").out)

    assert said("plan", "example", "add")["records"] == 15
    out = tmp_path / "plan.json"
    export = said("plan", "export", "-o", str(out))
    assert (export["path"], export["scope"], export["actions"]) == (str(out), "example", 15)
    assert export["bytes"] == out.stat().st_size
    last = said("plan", "history", "--limit", "1")[0]
    undone = said("plan", "history", "--undo", str(last["seq"]))
    assert undone["undone"] == last["seq"]
    assert undone["record"]["deleted"]
    register = said("plan", "evidence", "--lang", "en")
    assert {e["origin"] for e in register} == {"plan", "pack"}
    assert said("plan", "status")["flags"].keys() == {
        "no_owner", "no_date", "stale", "spending_ahead",
    }  # fmt: skip


def test_contacts_come_and_go(call):
    made = json.loads(call("contact", "add", "--name", "Rose", "--format", "json").out)[0]
    call("contact", "add", "--id", made["id"], "--phone", "819 555-0100")
    (held,) = json.loads(call("contact", "list", "--format", "json").out)
    assert (held["name"], held["phone"]) == ("", "819 555-0100")
    erased = json.loads(call("contact", "erase", held["id"], "--format", "json").out)
    assert erased == {"erased": held["id"]}
    assert call("contact", "list", "--format", "json").out == "[]\n"
    assert "n'existe pas" in call("contact", "erase", held["id"], fails=True).err


def test_a_saved_scenario_is_listed_and_shown_marked(call):
    query = AccessQuery("saint-philippe", "grocery", 1000.0)
    save_scenario("Épicerie au parc", query, Scenario(((46.345, -72.56),)), on_incomplete_list=True)
    (one,) = json.loads(call("scenario", "list", "--format", "json").out)
    assert (one["id"], one["is_scenario"]) == ("epicerie-au-parc", True)
    shown = json.loads(call("scenario", "show", one["id"], "--format", "json").out)
    assert shown["figures"]["people_gained"] > 0
    assert shown["address"]["scenario"] == "46.34500_-72.56000"
    assert "pas la réalité" in call("scenario", "show", one["id"]).out
    assert call("scenario", "list", "--territory", "lachine", "--format", "json").out == "[]\n"
    assert "n'est pas enregistré" in call("scenario", "show", "rien", fails=True).err


def test_projects_and_unknown_names(call):
    sheet = json.loads(call("project", "show", "reso", "--format", "json", "--lang", "en").out)
    assert len(sheet["steps"]) == 4
    assert len(json.loads(call("project", "list", "--format", "json").out)) == 4
    for words in (
        ("plan", "status", "--territory", "nulle-part"),
        ("project", "show", "nulle-part"),
        ("meeting", "decide", "--subcommittee", "nulle-part", "x"),
        ("meeting", "verify", "nulle-part"),
        ("plan", "history", "--undo", "999"),
        ("plan", "history", "--at", "hier"),
        ("meeting", "record", "--on", "2026-03-08", "--time", "02:30"),
    ):
        said = call(*words, fails=True)
        assert len(said.err.strip().splitlines()) == 1, said.err
        assert "Traceback" not in said.err
