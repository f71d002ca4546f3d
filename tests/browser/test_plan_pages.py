"""The plan in a real browser: few taps on a phone, words that survive, a decision in a hall."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from revital.domain.plan_records import Action, Decision
from revital.services import plan as plans
from revital.services import plan_example
from revital.store.plan import PlanStore
from tests.browser import serving
from tests.browser.serving import Server, Visit


@pytest.fixture
def app(fresh_server: Callable[..., Server]) -> Server:
    return fresh_server()


def store_of(app: Server) -> PlanStore:
    return PlanStore.open(app.home)


class Taps:
    """Counts what a finger does."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.n = 0

    def tap(self, target) -> None:
        target.tap()
        self.n += 1
        self.page.wait_for_timeout(150)


def test_an_action_is_added_on_a_phone_in_at_most_eight_taps(app, visit):
    tab: Visit = visit(app, "/plan", width=360, height=780, touch=True)
    page = tab.page
    taps = Taps(page)
    taps.tap(page.get_by_text("Ajouter une action"))
    taps.tap(
        page.get_by_role("radio", name="Environnement")
        .or_(page.get_by_role("button", name="Environnement"))
        .first
    )
    title = page.get_by_label("Que fait-on ?")
    taps.tap(title)
    title.fill("Planter <b>dix</b> arbres & fleurs 🌳")
    taps.tap(page.get_by_role("button", name="Ajouter", exact=True))
    page.get_by_text("Action ajoutée").wait_for()
    assert taps.n <= 8
    serving.settle(page)
    store = store_of(app)
    (saved,) = store.all(Action)
    store.close()
    assert (saved.title, saved.subcommittee) == (
        "Planter <b>dix</b> arbres & fleurs 🌳",
        "environnement",
    )
    # drawn as text, never as markup
    page.get_by_role("button", name="Planter <b>dix</b>").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert tab.outside == []


def test_a_long_text_survives_a_closed_tab_and_is_forgotten_once_saved(app, visit):
    page: Page = visit(app, "/plan").page
    page.get_by_text("Ajouter une action").click()
    field = page.get_by_label("Que fait-on ?")
    field.fill("Un titre jamais enregistré")
    page.wait_for_timeout(400)
    # the tab is closed without saving, and opened again by the same person
    again = page.context.new_page()
    page.close()
    again.goto(f"{app.url}/plan")
    serving.settle(again)
    again.get_by_text("Ajouter une action").click()
    expect(again.get_by_label("Que fait-on ?")).to_have_value("Un titre jamais enregistré")
    again.get_by_role("radio", name="Communication").or_(
        again.get_by_role("button", name="Communication")
    ).first.click()
    again.wait_for_timeout(500)
    again.get_by_role("button", name="Ajouter", exact=True).click()
    again.get_by_text("Action ajoutée").wait_for()
    again.reload()
    serving.settle(again)
    again.get_by_text("Ajouter une action").click()
    expect(again.get_by_label("Que fait-on ?")).to_have_value("")


def test_a_decision_is_recorded_in_at_most_five_taps_and_one_sentence(app, visit):
    store = store_of(app)
    here = plans.open_plan("saint-philippe", store=store)
    plan_example.add_example(here)
    tab: Visit = visit(
        app, "/rencontre?groupe=services&taille=salle", width=1920, height=1080, touch=True
    )
    page = tab.page
    taps = Taps(page)
    words = page.get_by_label("La décision, en une phrase")
    taps.tap(words)
    words.fill("Visiter une épicerie coopérative en mars")
    taps.tap(page.get_by_role("button", name="Inscrire", exact=True))
    page.get_by_text("Décision inscrite").wait_for()
    assert taps.n <= 5
    decisions = store.all(Decision)
    made = [d for d in decisions if d.text == "Visiter une épicerie coopérative en mars"]
    assert [d.effect for d in made] == ["created"]
    assert store.get(Action, made[0].action).subcommittee == "services"
    store.close()
    assert tab.outside == []


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_every_view_of_the_plan_draws_in_both_languages(app, visit, lang):
    store = store_of(app)
    plan_example.add_example(plans.open_plan("saint-philippe", store=store))
    store.close()
    for view in ("tableau", "liste", "calendrier", "regarder", "argent", "couverture", "preuves"):
        tab: Visit = visit(app, f"/plan?lang={lang}&vue={view}", lang=lang)
        body = tab.page.locator("[data-testid=stMain]").inner_text()
        assert ("Exemple" if lang == "fr" else "Example") in body
        assert tab.page.locator(".rv-t-fault").count() == 0, view
        assert tab.outside == []
        tab.page.close()
