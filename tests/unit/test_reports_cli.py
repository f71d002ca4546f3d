"""`revital report` and `revital export`: files written, and one sentence when they cannot be."""

from __future__ import annotations

import json

import pytest

from revital.cli.main import main
from revital.settings import settings


@pytest.fixture(autouse=True)
def workspace(tmp_path, monkeypatch):
    monkeypatch.setenv("REVITAL_HOME", str(tmp_path / "home"))
    settings.cache_clear()
    yield
    settings.cache_clear()


@pytest.mark.parametrize(
    ("words", "name", "start"),
    [
        (["report", "portrait"], "a.pdf", b"%PDF-1.7"),
        (["report", "project"], "b.pdf", b"%PDF-1.7"),
        (["export", "map", "--indicator", "low_income"], "c.svg", b"<svg"),
        (["export", "map", "--indicator", "low_income", "--level", "ct"], "d.png", b"\x89PNG"),
        (["export", "chart", "--indicator", "renters"], "e.svg", b"<svg"),
        (
            ["export", "chart", "--kind", "compare", "--with", "lachine", "--theme", "housing"],
            "g.svg",
            b"<svg",
        ),
        (
            ["export", "map", "--service", "grocery", "--add", "46.345,-72.545", "--change"],
            "h.svg",
            b"<svg",
        ),
        (["export", "xlsx"], "i.xlsx", b"PK"),
        (["export", "site"], "f.html", b"<!doctype html>"),
    ],
)
def test_file_is_written_and_said(tmp_path, capsys, words, name, start):
    target = tmp_path / name
    main([*words, "--territory", "saint-philippe", "--lang", "en", "-o", str(target)])
    assert target.read_bytes().startswith(start)
    assert f"{target}: " in capsys.readouterr().err


def test_data_package_is_listed(tmp_path, capsys):
    folder = tmp_path / "data"
    main(["export", "data", "--territory", "saint-philippe", "-o", str(folder)])
    listed = capsys.readouterr().out.split()
    assert listed[-1] == str(folder / "datapackage.json")
    assert json.loads((folder / "datapackage.json").read_text())["name"] == "revital-saint-philippe"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["report", "portrait", "--territory", "limoilou", "-o", "{folder}/a.pdf"], "limoilou"),
        (["export", "data", "--territory", "limoilou", "-o", "{folder}"], "limoilou"),
        (["export", "site", "--territory", "limoilou", "-o", "{folder}/a.html"], "limoilou"),
        (
            ["report", "portrait", "--territory", "saint-philippe", "-o", "{folder}/no/a.pdf"],
            "a.pdf",
        ),
        (
            ["export", "chart", "--territory", "saint-philippe", "--indicator", "renters",
             "-o", "{folder}/a.bmp"],
            ".svg",
        ),
        (
            ["export", "map", "--territory", "saint-philippe", "--indicator", "gini",
             "-o", "{folder}/a.svg"],
            "Gini",
        ),
        (["report", "meeting", "--territory", "saint-philippe", "-o", "{folder}/a.pdf"], "meeting"),
        (["export", "map", "--territory", "saint-philippe", "-o", "{folder}/a.svg"], "--service"),
        (["export", "chart", "--territory", "saint-philippe", "--kind", "theme",
          "-o", "{folder}/a.svg"], "--theme"),
        (["export", "chart", "--territory", "saint-philippe", "--kind", "timeline",
          "-o", "{folder}/a.svg"], "Aucune action"),
        (["export", "map", "--territory", "saint-philippe", "--service", "grocery",
          "--add", "ici", "-o", "{folder}/a.svg"], "46.34,-72.55"),
        (
            ["report", "services", "--territory", "saint-philippe", "--service", "cinema",
             "-o", "{folder}/a.pdf"],
            "cinema",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_one_sentence(tmp_path, capsys, words, sentence):
    with pytest.raises(SystemExit) as stop:
        main([w.format(folder=tmp_path) for w in words])
    assert stop.value.code == 2
    said = capsys.readouterr().err.strip()
    assert sentence in said
    assert "\n" not in said
    assert "Traceback" not in said
    assert not list(tmp_path.glob("a.*"))
