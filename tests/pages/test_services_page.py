"""The page Services as a reader uses it: the address, the hold-back, scenarios, both languages."""

from __future__ import annotations

import pytest

from revital.catalogue.service_classes import service_classes
from revital.services import plan as plans
from revital.services import plan_edit
from revital.services.access_ground import AccessQuery
from revital.services.authorization import actor_for
from revital.services.scenario_store import save_scenario, saved_scenarios
from revital.services.scenarios import Scenario
from revital.settings import settings
from tests.pages.test_pages_run import run, words
from tests.pages.test_pages_run import workspace as workspace

FILE = "pages/services.py"
POINT = "46.33900_-72.54800"


def page(**query):
    app = run(FILE, territoire="saint-philippe", **query)
    assert list(app.exception) == []
    return app


@pytest.mark.parametrize("service", list(service_classes()))
@pytest.mark.parametrize("lang", ["fr", "en"])
def test_every_class_opens_in_both_languages(service, lang):
    app = page(service=service, lang=lang)
    body = words(app)
    assert "rv-t-fault" not in body
    assert "rv-sentence" in body


def test_the_sentence_comes_first_and_says_at_most():
    body = words(page())
    assert body.index("au plus") < body.index("rv-legend")
    assert "Liste incomplète" in body
    assert "Simulations retenues" in body
    assert "Scénario (" not in body


def test_a_scenario_in_the_address_waits_for_acceptance():
    assert "Scénario (" not in words(page(scenario=POINT))
    body = words(page(scenario=POINT, incomplete="oui"))
    assert "Scénario sur liste incomplète" in body
    assert "Qui gagne, qui perd" in body
    assert "Scenario on an incomplete list" in words(
        page(scenario=POINT, incomplete="oui", lang="en")
    )


def test_a_bad_address_gives_a_sentence_and_the_page_goes_on():
    for query in (
        {"scenario": "46.34"},
        {"scenario": "10.00000_10.00000"},
        {"scenario": "xnulle-part"},
        {"seuil": "-5"},
        {"service": "casino"},
        {"detour": "9"},
        {"compter": "casino"},
        {"comparer": "absent"},
    ):
        body = words(page(incomplete="oui", **query))
        assert "rv-t-fault" not in body, query
        assert "rv-sentence" in body


def test_markup_in_the_address_stays_text():
    body = words(page(scenario="<b>x</b>", incomplete="oui"))
    assert "<b>x</b>" not in body


def test_the_threshold_and_what_counts_change_the_answer():
    assert "2,5" not in words(page())
    wider = words(page(seuil="2500.0"))
    assert "2,50 km" in wider
    counted = words(page(compter="wholesale"))
    assert "tous les résidents" in counted or "0 résidents" in counted


def test_best_sites_on_the_page():
    body = words(page(incomplete="oui", sites="mclp"))
    assert "aussi bons" in body
    assert "un point n&#x27;est pas un terrain libre" in body
    assert "liste incomplète" in body


def test_saving_by_the_button_and_comparing():
    app = page(scenario=POINT, incomplete="oui")
    app.text_input(key="rv_services_name").set_value("Au parc").run()
    app.button(key="rv_services_save").click().run()
    assert list(app.exception) == []
    assert [s.name for s in saved_scenarios()] == ["Au parc"]
    query = AccessQuery("saint-philippe", "grocery", 500)
    save_scenario("Plus loin", query, Scenario(((46.35, -72.56),)), on_incomplete_list=True)
    body = words(page(comparer="au-parc,plus-loin"))
    assert "Scénarios comparés" in body
    assert "Au parc" in body
    assert "Plus loin" in body


def test_a_scenario_that_no_longer_answers_is_told_and_the_page_goes_on():
    query = AccessQuery("saint-philippe", "grocery", 1000.0)
    gone = Scenario(closed=("no-such-store",))
    save_scenario("Fermeture", query, gone, on_incomplete_list=True)
    body = words(page(comparer="fermeture"))
    assert "no-such-store" in body
    assert "Lieux connus" in body


def test_assumptions_in_the_address_are_marked_and_bad_ones_leave_it():
    wall = "46.34500_-72.57500:46.31500_-72.54500"
    app = page(vitesse="3.6", quintiles="4,5", barrieres=wall, scenario=POINT, incomplete="oui")
    body = words(app)
    assert "Hypothèses modifiées" in body
    assert "1 barrière" in body
    assert "hypothèses modifiées" in body
    app.button(key="rv_services_barrier_0").click().run()
    assert "1 barrière" not in words(app)
    app.text_area(key="rv_services_barrier_text").set_value("46.34 -72.55 ; 46.35").run()
    app.button(key="rv_services_barrier_add").click().run()
    assert "46.34 -72.55 ; 46.35" in words(app)
    app.button(key="rv_services_usual").click().run()
    assert "Hypothèses modifiées" not in words(app)
    assert "illisible" in words(page(barrieres="pas-une-ligne"))


def test_marking_a_list_verified_frees_what_if():
    app = page()
    app.text_input(key="rv_services_by").set_value("CDEC").run()
    app.button(key="rv_services_verify").click().run()
    body = words(app)
    assert "Liste vérifiée par CDEC" in body
    assert "Liste incomplète : quelques magasins" not in body
    assert "Simulations retenues" not in body
    app.button(key="rv_services_unverify").click().run()
    assert "Simulations retenues" in words(app)


def test_a_public_site_neither_saves_nor_verifies(monkeypatch):
    monkeypatch.setenv("REVITAL_MODE", "public")
    app = page(scenario=POINT, incomplete="oui")
    keys = {b.key for b in app.button}
    assert "rv_services_save" not in keys
    assert "rv_services_verify" not in keys
    assert "Scénario sur liste incomplète" in words(app)


def test_a_saved_scenario_is_attached_to_an_action_of_the_plan():
    query = AccessQuery("saint-philippe", "grocery", 1000)
    save_scenario("Au parc", query, Scenario(((46.339, -72.548),)), on_incomplete_list=True)
    store = plans.open_store(settings().home)
    here = plans.open_plan("saint-philippe", actor=actor_for("local", store, None), store=store)
    lane = plans.board(here, "real").lanes[0]
    action = plan_edit.add_action(
        here, subcommittee=lane.subcommittee.id, title="Une épicerie au parc"
    )
    app = page(comparer="au-parc")
    app.selectbox(key="rv_services_action_au-parc").select(action.id).run()
    app.button(key="rv_services_attach_au-parc").click().run()
    assert list(app.exception) == []
    assert plans.board(here, "real").find(action.id).action.scenario == "au-parc"
