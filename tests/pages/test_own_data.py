"""The parts of Données et méthodes that bring data and neighbourhoods."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from revital.catalogue.load import catalogue
from revital.services.data import open_data
from revital.services.imports.events import Journal, confirm, preview, undo
from revital.services.imports.kinds import guess, kind
from revital.services.imports.reading import Context, read_table
from revital.services.own_mapping import own_measures
from revital.services.workspace.home import workspace
from revital.settings import PROJECT, settings


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("REVITAL_HOME", str(tmp_path))
    settings.cache_clear()
    yield tmp_path
    settings.cache_clear()


def open_part(part: str, **query: str) -> AppTest:
    app = AppTest.from_file(str(PROJECT / "app.py"), default_timeout=90)
    app.switch_page("pages/donnees.py")
    for key, value in {"partie": part, "territoire": "saint-philippe", **query}.items():
        app.query_params[key] = value
    return app.run()


def words(app: AppTest) -> str:
    bodies = [str(getattr(block.proto, "body", "")) for block in app.get("html")]
    return "\n".join(body for body in bodies if not body.startswith("<style"))


def press(app: AppTest, key: str) -> AppTest:
    return next(b for b in app.button if b.key == key).click().run()


@pytest.mark.parametrize("lang", ["fr", "en"])
@pytest.mark.parametrize("part", ["fraicheur", "apporter", "territoires"])
def test_each_part_opens_in_each_language(part: str, lang: str):
    app = open_part(part, lang=lang)
    assert list(app.exception) == []
    assert "rv-t-fault" not in words(app)


def test_freshness_says_what_is_due():
    body = words(open_part("fraicheur"))
    assert "M02" in body
    assert "Prochaine édition" in body


def test_a_place_is_added_seen_and_undone():
    app = open_part("apporter")
    texts = {w.label: w for w in app.text_input}
    texts["Nom du lieu"].input("Frigo <b>partagé</b>")
    texts["Latitude (degrés)"].input("46,3405")
    texts["Longitude (degrés)"].input("-72,5460")
    texts["Qui l'a vu ?"].input("A. Tremblay")
    next(b for b in app.button if b.label == "Ajouter ce lieu").click()
    app.run()
    assert list(app.exception) == []
    (event,) = Journal(workspace()).standing()
    layer = open_data().layers.read("own_points_trois_rivieres")
    assert layer["name"].tolist() == ["Frigo <b>partagé</b>"]
    body = words(app)
    assert "A. Tremblay" in body
    press(app, f"rv_undo_{event.id}")
    assert Journal(workspace()).standing() == []


def test_a_place_without_a_position_is_refused_in_a_sentence():
    app = open_part("apporter", lang="en")
    texts = {w.label: w for w in app.text_input}
    texts["Name of the place"].input("Fridge")
    next(b for b in app.button if b.label == "Add this place").click()
    app.run()
    assert "Without readable coordinates." in words(app)
    assert Journal(workspace()).events() == []


def test_a_neighbourhood_is_proposed_then_added_then_taken_back():
    app = open_part("territoires", limites="aires")
    inputs = {w.label: w for w in app.text_input}
    inputs["Nom en français"].input("Deux aires")
    inputs["Nom en anglais"].input("Two areas")
    app.multiselect(key="rv_new_picked").set_value(["24370110", "24370128"])
    app.run()
    assert "Aires qui touchent les limites" in words(app)
    assert "deux-aires" not in catalogue().territories
    # The record says more than limits: who it compares with, who carries its plan, its committees.
    app.text_area(key="rv_new_committees").input("Sécurité | Safety\n\nLogement")
    app.text_input(key="rv_new_org").input("CDEC <b>X</b>")
    app.selectbox(key="rv_new_region_trois-rivieres").set_value("")
    app.run()
    press(app, "rv_new_keep")
    assert list(app.exception) == []
    record = catalogue().territory("deux-aires")
    assert record.title.en == "Two areas"
    assert [(c.id, c.name.en) for c in record.sub_committees] == [
        ("securite", "Safety"), ("logement", "Logement"),
    ]  # fmt: skip
    assert record.comparators == {"city": "trois-rivieres", "province": "quebec"}
    assert record.organization.fr == "CDEC <b>X</b>"
    # What was added leaves the form, and can be taken back.
    assert app.multiselect(key="rv_new_picked").value == []
    press(app, "rv_take_deux-aires")
    assert "deux-aires" not in catalogue().territories


def test_limits_traced_with_typed_corners_show_their_rule_before_anything_is_kept():
    app = open_part("territoires", lang="en")
    corners = app.text_area(key="rv_new_corners")
    corners.input("46.332, -72.566\n46.346, -72.566\n").run()
    assert "Areas that touch the limits" not in words(app)
    corners.input("46.332, -72.566\n46.346, -72.566\n46,346; -72,545\n46,332 -72,545").run()
    assert list(app.exception) == []
    body = words(app)
    assert "An area belongs when at least 50% of its people live within the limits" in body
    assert "come from areas cut" in body
    assert "shared by surface" in body
    for text, sentence in (
        ("46.332, -72.566\nhere", "Line 2: “here” is not a corner."),
        (
            "46.33, -72.56\n46.34, -72.55\n46.34, -72.56\n46.33, -72.55",
            "sides of the outline cross",
        ),
        ("46.3400, -72.5600\n46.3401, -72.5600\n46.3400, -72.5601", "under 100"),
    ):
        app.text_area(key="rv_new_corners").input(text).run()
        assert sentence in words(app)
        assert not [b for b in app.button if b.key == "rv_new_keep"]


def test_readers_of_a_public_installation_may_not_bring_anything(monkeypatch):
    monkeypatch.setenv("REVITAL_MODE", "public")
    settings.cache_clear()
    for part in ("apporter", "territoires"):
        app = open_part(part)
        assert list(app.exception) == []
        assert "demande le rôle" in words(app)
        assert app.get("file_uploader") == []


def brought(kind_id: str, text: str) -> str:
    """Keep an import, and return its id."""
    data = open_data()
    table = read_table(text.encode(), "a.csv")
    mapping = guess(kind(kind_id), list(table.columns))
    shown = preview(kind_id, table, mapping, Context(data, "saint-philippe"))
    return confirm(data, workspace(), "saint-philippe", shown, by="CDEC <b>", file="a.csv").id


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_own_values_are_a_choice_of_the_map(lang: str):
    rows = "24370110,arbres <i>,12,2026\n24370128,arbres <i>,7,2026\n"
    brought("values", f"aire,mesure,valeur,date\n{rows}")
    brought("points", "nom,type,lat,lon\nFrigo,food_aid,46.3405,-72.5460\n")
    (own,) = own_measures(open_data(), workspace(), "saint-philippe").values()
    app = AppTest.from_file(str(PROJECT / "app.py"), default_timeout=90)
    app.switch_page("pages/carte.py")
    chosen = {"indicateur": own.id, "niveau": "da", "selection": "24370110",
              "services": "own_points_trois_rivieres", "lang": lang}  # fmt: skip
    for key, value in {"territoire": "saint-philippe", **chosen}.items():
        app.query_params[key] = value
    app.run()
    assert list(app.exception) == []
    body = words(app)
    assert "rv-t-fault" not in body
    offered = next(s for s in app.selectbox if s.key == "rv_carte_indicateur")
    prefix = {"fr": "Vos données", "en": "Your data"}[lang]
    assert f"{prefix} · arbres <i> (2026)" in offered.options
    # Marked as local, with who and when; no figure of the city is said; nothing is markup.
    said = {"fr": "Donnée locale, apportée par : CDEC &lt;b&gt;, 20",
            "en": "Local data, brought by: CDEC &lt;b&gt;, 20"}[lang]  # fmt: skip
    assert said in body
    assert "<i>" not in body
    assert "arbres &lt;i&gt;" in body
    assert "rv-legend" in body
    # A measure undone leaves its address in a sentence.
    for event in reversed(Journal(workspace()).standing()):
        undo(open_data(), workspace(), event.id, by="CDEC")
    app.run()
    assert list(app.exception) == []
    assert own.id in words(app)


def test_a_file_that_would_replace_says_so_before_it_is_kept():
    first = brought("incidents", "date,type,nombre\n2025,vol,12\n2025,méfait,30\n")
    app = open_part("apporter", apport="incidents")
    (uploader,) = app.file_uploader
    uploader.set_value([("b.csv", b"date,type,nombre\n2025,vol,14\n", "text/csv")]).run()
    assert list(app.exception) == []
    body = words(app)
    assert "1 nombre déjà apporté serait remplacé, dont 1 par un autre" in body
    assert first in body
    app.text_input(key="rv_own_by").input("CDEC")
    app.run()
    keep = next(b for b in app.button if b.key == "rv_own_keep")
    assert keep.label == "Remplacer et garder ces lignes"
    keep.click().run()
    assert [e.kind for e in Journal(workspace()).standing()] == ["incidents"] * 2
