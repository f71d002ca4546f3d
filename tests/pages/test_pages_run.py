"""Every page runs alone, as a reader's first request, in each language."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from revital.catalogue.load import catalogue
from revital.i18n import translator
from revital.settings import PROJECT, settings
from revital.ui import frame

PAGES = catalogue().pages
#: A language and a territory each: the pilot in French, a borough of another city in English.
READERS = [("fr", "saint-philippe"), ("en", "le-sud-ouest")]


@pytest.fixture(autouse=True)
def workspace(tmp_path, monkeypatch):
    monkeypatch.setenv("REVITAL_HOME", str(tmp_path))
    settings.cache_clear()
    yield tmp_path
    settings.cache_clear()


def run(file: str, **query: str) -> AppTest:
    app = AppTest.from_file(str(PROJECT / "app.py"), default_timeout=60)
    if file != "app.py":
        app.switch_page(file)
    for key, value in query.items():
        app.query_params[key] = value
    return app.run()


def words(app: AppTest) -> str:
    bodies = [str(getattr(block.proto, "body", "")) for block in app.get("html")]
    return "\n".join(body for body in bodies if not body.startswith("<style"))


@pytest.mark.parametrize(("lang", "territory"), READERS)
@pytest.mark.parametrize("record", PAGES, ids=lambda p: p.id)
def test_page_runs_alone(record, lang, territory):
    app = run(record.file, lang=lang, territoire=territory)
    assert list(app.exception) == []
    body = words(app)
    t = translator(lang)
    assert "rv-t-fault" not in body, body[body.index("rv-t-fault") - 50 :][:900]
    place = t.of(catalogue().territory(territory).title)
    assert place in body
    # The brand, the small menu, the menu; the page may add links of its own.
    links = [link.proto.label for link in app.get("page_link")]
    menu = [t.of(p.title) for p in PAGES]
    assert links[: 1 + 2 * len(menu)] == ["revital", *menu, *menu]


@pytest.mark.parametrize("kind", ["grouping", "city", "province"])
def test_a_territory_of_each_other_kind_opens(kind):
    id_ = next(r.id for r in catalogue().territories.values() if r.kind == kind)
    app = run("pages/portrait.py", territoire=id_)
    assert list(app.exception) == []
    body = words(app)
    assert "rv-t-fault" not in body
    assert "inconnu" not in body


@pytest.mark.parametrize(
    ("lang", "sentence"),
    [("fr", "L&#x27;adresse demande « {} »"), ("en", "The address asks for “{}”")],
)
def test_an_unknown_indicator_in_the_address_gives_a_sentence_and_the_map(lang, sentence):
    app = run("pages/carte.py", lang=lang, indicateur="<b>bonheur</b>")
    assert list(app.exception) == []
    body = words(app)
    assert sentence.format("indicateur = &lt;b&gt;bonheur&lt;/b&gt;") in body
    assert "<b>bonheur" not in body
    assert "rv-t-fault" not in body
    assert "rv-legend" in body


def test_an_error_for_people_is_shown_in_its_language_and_the_footer_stays(monkeypatch):
    def broken(title, place):
        raise frame.UserError("Le territoire « {id} » est inconnu.{hint}", id="<b>x</b>", hint="")

    monkeypatch.setattr(frame, "_heading", lambda view, record: None)
    monkeypatch.setattr("revital.ui.panels.sentence", lambda text: broken(text, ""))
    app = run("pages/donnees.py")
    body = words(app)
    assert list(app.exception) == []
    assert "rv-t-fault" in body
    assert "&lt;b&gt;x&lt;/b&gt;" in body
    assert "rv-foot" in body


def test_an_unexpected_error_is_logged_and_never_shown(monkeypatch, caplog):
    def broken(text):
        raise RuntimeError("secret detail")

    monkeypatch.setattr("revital.ui.panels.sentence", broken)
    app = run("pages/donnees.py")
    body = words(app)
    assert list(app.exception) == []
    assert "secret detail" not in body
    assert "rv-t-fault" in body
    assert "rv-foot" in body
    assert "secret detail" in caplog.text


def test_an_unreadable_catalogue_gives_a_sentence(monkeypatch):
    def broken():
        raise frame.CatalogueError("Fiche « {file} » du catalogue : {why}.", file="a", why="b")

    monkeypatch.setattr("revital.ui.cache.catalogue", broken)
    app = run("app.py")
    assert list(app.exception) == []
    assert "Le catalogue ne peut pas être lu" in words(app)
