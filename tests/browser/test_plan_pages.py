"""The plan in a real browser: few taps on a phone, words that survive, a decision in a hall."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from revital.domain.plan_records import Action
from revital.services import plan as plans
from revital.services import plan_edit
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
        serving.still(self.page)
        target.tap()
        self.n += 1
        self.page.wait_for_timeout(150)


def nothing_serious(page: Page) -> None:
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.wait_for_timeout(300)
        found = Axe().run(page).response["violations"]
        assert [
            (scheme, v["id"], v["nodes"][0]["html"][:200])
            for v in found
            if v["impact"] in ("serious", "critical")
        ] == []
    page.emulate_media(color_scheme="light")


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
    serving.unfold(page, "Ajouter une action")
    field = page.get_by_label("Que fait-on ?")
    field.fill("Un titre jamais enregistré")
    page.wait_for_timeout(400)
    # the tab is closed without saving, and opened again by the same person
    again = page.context.new_page()
    page.close()
    again.goto(f"{app.url}/plan")
    serving.settle(again)
    serving.unfold(again, "Ajouter une action")
    expect(again.get_by_label("Que fait-on ?")).to_have_value("Un titre jamais enregistré")
    again.get_by_role("radio", name="Communication").or_(
        again.get_by_role("button", name="Communication")
    ).first.click()
    again.wait_for_timeout(500)
    again.get_by_role("button", name="Ajouter", exact=True).click()
    again.get_by_text("Action ajoutée").wait_for()
    again.reload()
    serving.settle(again)
    serving.unfold(again, "Ajouter une action")
    expect(again.get_by_label("Que fait-on ?")).to_have_value("")


def test_words_typed_over_a_saved_text_survive_a_dead_server(app, visit):
    store = store_of(app)
    here = plans.open_plan("saint-philippe", store=store)
    held = plan_edit.add_action(
        here, subcommittee="services", title="Épicerie", description="Le texte d'avant"
    )
    page: Page = visit(app, f"/plan?action={held.id}").page
    fold = "Titre, dates, responsable"
    field = page.get_by_role("textbox", name="Description")
    serving.unfold(page, fold)
    field.fill("Avant la panne")
    app.stop()
    expect(page.locator("#rv-banner")).to_contain_text("Connexion perdue")
    # one goes on typing: the field stays open though nothing answers
    expect(field).to_be_enabled()
    field.press("End")
    field.press_sequentially(", et pendant")
    page.close()
    again = serving.start(app.home, port=app.port)
    try:
        page = page.context.new_page()
        page.goto(f"{again.url}/plan?action={held.id}")
        serving.settle(page)
        field = page.get_by_role("textbox", name="Description")
        serving.unfold(page, fold)
        # the saved text is not replaced by itself: the kept one is offered
        expect(field).to_have_value("Le texte d'avant")
        offer = page.locator(".rv-draft")
        expect(offer).to_contain_text("Avant la panne, et pendant")
        # with the form open and the kept words in it
        nothing_serious(page)
        offer.get_by_role("button", name="Le reprendre").click()
        expect(field).to_have_value("Avant la panne, et pendant")
        page.get_by_role("button", name="Enregistrer", exact=True).click()
        page.get_by_text("Enregistré.", exact=True).wait_for()
        assert store.get(Action, held.id).description == "Avant la panne, et pendant"
        serving.settle(page)
        page.reload()
        serving.settle(page)
        serving.unfold(page, fold)
        expect(field).to_have_value("Avant la panne, et pendant")
        expect(offer).to_have_count(0)
    finally:
        store.close()
        again.stop()


def test_two_tabs_on_one_long_text_lose_no_word(app, visit):
    store = store_of(app)
    here = plans.open_plan("saint-philippe", store=store)
    held = plan_edit.add_action(here, subcommittee="services", title="Épicerie")
    store.close()
    fold, address = "Titre, dates, responsable", f"/plan?action={held.id}"

    def opened(page: Page):
        serving.unfold(page, fold)
        return page.get_by_role("textbox", name="Description")

    one: Page = visit(app, address).page
    first = opened(one)
    first.fill("Ce que dit le premier onglet")
    expect(first).to_have_accessible_description(re.compile("Brouillon gardé.* 28 caractères"))
    two = one.context.new_page()
    two.goto(app.url + address)
    serving.settle(two)
    second = opened(two)
    expect(second).to_have_value("Ce que dit le premier onglet")
    second.fill("Le second\n" * 3)
    first.press("End")
    first.press_sequentially(", et sa suite")
    one.close()
    two.reload()
    serving.settle(two)
    # the newest words come back, the others are offered and follow them
    second = opened(two)
    expect(second).to_have_value("Ce que dit le premier onglet, et sa suite")
    two.get_by_role("button", name="Le reprendre").click()
    expect(second).to_have_value(re.compile("suite\n\nLe second\nLe second"))
    # nothing is cut: too long is said before it is refused
    second.fill("x" * 20_001)
    expect(second).to_have_attribute("aria-invalid", "true")
    two.get_by_role("button", name="Enregistrer", exact=True).click()
    two.get_by_text("Ceci n'a pas été enregistré").wait_for()
    expect(second).to_have_value("x" * 20_001)
