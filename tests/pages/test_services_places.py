"""Adding, completing and correcting places on the page Services, and who may."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from revital.services.data import open_data
from revital.services.imports.events import Journal, confirm, preview
from revital.services.imports.kinds import guess, kind
from revital.services.imports.reading import Context, read_table
from revital.services.workspace.home import workspace as home
from revital.settings import settings
from revital.ui.services_inventory import phone_link
from tests.pages.test_pages_run import run, words
from tests.pages.test_pages_run import workspace as workspace

FILE = "pages/services.py"
HERE = "saint-philippe"


def page(**query: str) -> AppTest:
    app = run(FILE, territoire=HERE, **query)
    return sound(app)


def sound(app: AppTest) -> AppTest:
    assert list(app.exception) == []
    assert "rv-t-fault" not in words(app)
    return app


def press(app: AppTest, label: str) -> AppTest:
    return next(b for b in app.button if b.label == label).click().run()


def test_a_known_place_is_put_on_the_map_completed_corrected_and_taken_out():
    app = page(vue="referer", sorte="grocery")
    sound(app.button(key="rv_locate_super-c-saint-maurice").click().run())
    assert app.text_input(key="draft_place_name").value == "Super C, boulevard du Saint-Maurice"
    press(app, "Enregistrer ce lieu")
    assert "touchez la carte" in words(app)
    app.text_input(key="rv_add_where").set_value("46,345 -72,55").run()
    sound(press(app, "Enregistrer ce lieu"))
    (event,) = Journal(home()).standing()
    body = words(app)
    assert "Lieu ajouté" in body
    assert "donnée locale" in body
    assert "rv_locate_super-c-saint-maurice" not in {b.key for b in app.button}

    app.button(key="rv_fix_442-ts008").click().run()
    app.text_input(key="draft_fix_phone").set_value("819 555-0100 poste 12")
    body = words(sound(press(app, "Enregistrer")))
    assert 'href="tel:+18195550100,12"' in body
    assert "Corrigé localement" in body

    app.button(key="rv_wrong_442-ts007").click().run()
    sound(press(app, "Enregistrer"))
    assert "1 lieu fermé" in words(app) or "2 lieux fermés" in words(app)
    closed = next(e for e in Journal(home()).standing()[::-1])
    sound(app.button(key=f"rv_uncorrect_{closed.id}").click().run())
    assert closed.id not in {e.id for e in Journal(home()).standing()}

    app.button(key=f"rv_fix_own-{event.id}-1").click().run()
    sound(app.button(key=f"rv_unadd_{event.id}").click().run())
    assert event.id not in {e.id for e in Journal(home()).standing()}
    assert "rv_locate_super-c-saint-maurice" in {b.key for b in app.button}


def test_the_inventory_reads_in_english_and_says_what_is_not_known():
    body = words(page(vue="referer", sorte="food_aid", lang="en"))
    assert "Not known yet: telephone, hours, who is eligible and cost" in body
    assert body.index("rv-sentence") < body.index("rv-refer")


@pytest.mark.parametrize("query", [{}, {"vue": "referer"}])
def test_readers_of_a_public_installation_only_report(monkeypatch, query):
    monkeypatch.setenv("REVITAL_MODE", "public")
    settings.cache_clear()
    keys = {str(b.key) for b in page(**query).button}
    assert not {k for k in keys if k.startswith(("rv_add", "rv_fix", "rv_wrong", "rv_locate_"))}
    assert "rv_services_verify" not in keys
    assert bool({k for k in keys if k.startswith("rv_report_send")}) == bool(query)


def test_own_data_is_drawn_and_marked():
    units = open_data().units(open_data().catalogue.territory(HERE), "da")
    texts = {
        "values": "aire,mesure,valeur\n" + "\n".join(f"{u},<b>arbres</b>,{i + 20}" for i, u in
                                                     enumerate(units)),
        "survey": "id,Sûr ?\n" + "\n".join(f"{i},{'Oui' if i < 30 else 'Non'}" for i in range(52)),
        "incidents": "date,type,nombre\n2025,vol,12\n2025,feu,2\n2025,méfait,30\n",
    }  # fmt: skip
    for kind_id, text in texts.items():
        table = read_table(text.encode(), "a.csv")
        mapping = guess(kind(kind_id), list(table.columns))
        shown = preview(kind_id, table, mapping, Context(open_data(), HERE))
        confirm(open_data(), home(), HERE, shown, by="CDEC")
    body = words(sound(run("pages/donnees.py", territoire=HERE, partie="locales")))
    assert body.count("Donnée locale, apportée par : CDEC") >= 3
    assert "<b>arbres</b>" not in body
    assert '<img class="rv-preview-map"' in body, "the values are on a map that is not cleaned away"
    assert "58\u202f%" in body
    # Two fires are hidden, and the twelve thefts with them: their sum is known.
    assert ">30</td>" in body
    assert ">12</td>" not in body
    assert ">2</td>" not in body


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ("819 555-0100", "tel:+18195550100"),
        ("1-800-555-0100", "tel:+18005550100"),
        ("811", "tel:811"),
        ("514.872.6073 ext. 4", "tel:+15148726073,4"),
    ],
)
def test_a_telephone_number_is_dialled_at_a_tap(given: str, address: str):
    assert f'href="{address}"' in phone_link(given)


def test_words_in_the_place_of_a_number_are_not_dialled():
    assert phone_link("") == ""
    assert "href" not in phone_link("<b>à venir</b>")
    assert "<b>" not in phone_link("<b>à venir</b>")
