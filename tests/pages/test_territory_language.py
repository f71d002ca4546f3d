"""The first language of a territory is the one its pages, commands and one-file page open in."""

from __future__ import annotations

import pytest
from click.testing import CliRunner
from streamlit.testing.v1 import AppTest

from revital.catalogue.load import catalogue
from revital.cli.main import cli
from revital.cli.output import current_language
from revital.services.data import open_data
from revital.services.site_content import site_content
from revital.services.workspace.home import workspace
from revital.settings import PROJECT, settings

ENGLISH = "lachine"


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("REVITAL_HOME", str(tmp_path))
    monkeypatch.delenv("REVITAL_LANG", raising=False)
    settings.cache_clear()
    record = catalogue().territory(ENGLISH)
    speaks = record.model_copy(update={"languages": ("en",)})
    workspace().write_record("territories", speaks)
    yield
    settings.cache_clear()


def opened(**query: str) -> AppTest:
    app = AppTest.from_file(str(PROJECT / "app.py"), default_timeout=90)
    app.switch_page("pages/projets.py")
    for key, value in query.items():
        app.query_params[key] = value
    app.run()
    assert list(app.exception) == []
    return app


def other_language(app: AppTest) -> str:
    return next(b.label for b in app.button if b.key == "rv_language_button")


def test_pages_open_in_the_territorys_language_unless_the_reader_asks():
    assert other_language(opened()) == "English"
    app = opened(territoire=ENGLISH)
    assert other_language(app) == "Français"
    # The other language is always offered, and the address keeps it.
    next(b for b in app.button if b.key == "rv_language_button").click().run()
    assert app.query_params["lang"] == "fr"
    assert other_language(app) == "English"
    next(b for b in app.button if b.key == "rv_language_button").click().run()
    assert "lang" not in app.query_params
    assert other_language(opened(territoire=ENGLISH, lang="fr")) == "English"
    assert other_language(opened(territoire="no-such", lang="zz")) == "English"


def test_commands_speak_it_unless_told_otherwise(monkeypatch):
    def run(*words: str) -> str:
        done = CliRunner().invoke(cli, ["explain", "renters", *words], catch_exceptions=False)
        return done.output

    assert run("--territory", ENGLISH) == run("--territory", ENGLISH, "--lang", "en")
    assert run("--territory", ENGLISH, "--lang", "fr") != run("--territory", ENGLISH)
    assert current_language(["explain", f"--territory={ENGLISH}"]) == "en"
    assert current_language(["explain", "--territory", ENGLISH, "--lang", "fr"]) == "fr"
    assert run("--territory", "lasalle") == run("--territory", "lasalle", "--lang", "fr")
    monkeypatch.setenv("REVITAL_LANG", "fr")
    assert run("--territory", ENGLISH) == run("--territory", ENGLISH, "--lang", "fr")


def test_the_page_in_one_file_holds_the_committees_languages(monkeypatch):
    # Which languages are gathered, not what each of them says.
    monkeypatch.setattr("revital.services.site_content._language", lambda *_: None)
    monkeypatch.setattr("revital.services.site_content._views", lambda *_: [])
    data = open_data()
    assert list(site_content(data, ENGLISH).languages) == ["en"]
    assert list(site_content(data, ENGLISH, lang="fr").languages) == ["en", "fr"]
