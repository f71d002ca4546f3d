"""What every page owes its reader, whatever it shows: address, menu, language, calm failures."""

from __future__ import annotations

import json

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from revital.catalogue.load import catalogue
from revital.i18n import translator
from tests.browser.maps import Map
from tests.browser.serving import settle, whole_height

PAGES = catalogue().pages
PATHS = ["/" if p.file == "app.py" else f"/{p.id}" for p in PAGES]


def menu(page: Page) -> list[str]:
    return page.locator(".st-key-rv_menu a").all_inner_texts()


def titles(lang: str) -> list[str]:
    return [translator(lang).of(p.title) for p in PAGES]


def language(page: Page) -> str:
    return page.evaluate("document.documentElement.lang")


def test_the_document_speaks_the_language_before_any_script_and_travels_compressed(server, browser):
    for lang in ("fr", "en"):
        context = browser.new_context(java_script_enabled=False)
        page = context.new_page()
        page.goto(f"{server.url}/carte?lang={lang}")
        assert page.locator("html").get_attribute("lang") == f"{lang}-CA"
        assert page.title() == "revital"
        assert translator(lang)(
            "revital a besoin de JavaScript : activez-le dans ce navigateur."
        ) in (page.content())
        script = page.locator("script[type=module]").get_attribute("src")
        answer = page.request.get(f"{server.url}/{script}")
        assert answer.headers["content-encoding"] == "gzip"
        assert "immutable" in answer.headers["cache-control"]
        context.close()


def test_deep_link_is_the_first_request_a_server_gets_and_its_end_is_said(fresh_server, visit):
    """A link opens its view in either language; a server that stops and comes back is told."""
    server = fresh_server()
    area = "4420004.00"
    for lang in ("en", "fr"):
        t = translator(lang)
        address = f"/carte?lang={lang}&indicateur=renters&niveau=ct&selection={area}"
        tab = visit(server, address, lang=lang)
        page, shown = tab.page, Map(tab.page)
        place = t.of(catalogue().territory("saint-philippe").title)
        label = t.of(catalogue().indicator("renters").title)
        expect(page.locator("h1")).to_contain_text(place)
        assert page.url == server.url + address
        assert menu(page) == titles(lang)
        assert language(page) == f"{lang}-CA"
        name = t.of(next(p.title for p in PAGES if p.id == "carte"))
        expect(page).to_have_title(f"{name} · {place} · revital")
        expect(page.locator(".st-key-rv_menu a[aria-current=page]")).to_have_text(name)
        assert page.get_by_role("dialog").count() == 0
        at = shown.evaluate("id => revitalMap.areas.ids.indexOf(id)", area)
        assert shown.evaluate("revitalMap.state.selected") == at
        expect(page.locator(".rv-sheet")).to_contain_text(label)
        zoom = shown.locator(".leaflet-control-zoom-in")
        expect(zoom).to_have_attribute("aria-label", t("Rapprocher"))
        assert tab.outside == []
        assert tab.faults == []
    server.stop()
    banner = page.locator("#rv-banner")
    expect(banner).to_contain_text("Connexion perdue", timeout=15_000)
    expect(banner).to_have_attribute("role", "status")
    expect(page.locator("h1")).to_be_visible()
    fresh_server(port=server.port)
    expect(banner).to_have_text("", timeout=30_000)


def test_menu_keeps_territory_and_language_and_moves_the_focus(server, visit):
    tab = visit(server, "/?territoire=le-sud-ouest&lang=en")
    tab.page.locator(".st-key-rv_menu a", has_text="Profile").click()
    expect(tab.page.locator("h1")).to_contain_text("Profile")
    settle(tab.page)
    assert "territoire=le-sud-ouest" in tab.page.url
    assert "lang=en" in tab.page.url
    expect(tab.page.locator("h1")).to_be_focused()
    expect(tab.page).to_have_title("Profile · Le Sud-Ouest · revital")
    tab.page.go_back()
    expect(tab.page.locator(".st-key-rv_menu a[aria-current=page]")).to_have_text("Home")
    settle(tab.page)
    assert "territoire=le-sud-ouest" in tab.page.url


def test_territory_list_changes_the_address_and_back_brings_it_again(server, visit):
    tab = visit(server, "/portrait")
    tab.page.get_by_role("combobox").first.click()
    tab.page.get_by_role("option", name="LaSalle").click()
    expect(tab.page.locator("h1")).to_contain_text("LaSalle")
    assert "territoire=lasalle" in tab.page.url
    tab.page.go_back()
    expect(tab.page.locator("h1")).to_contain_text("Saint-Philippe")
    expect(tab.page.get_by_role("combobox").first).to_have_value("Saint-Philippe, Trois-Rivières")


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("lang=es", "La langue « es » n'est pas offerte"),
        (
            "territoire=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E",
            "Le territoire « <img src=x onerror=alert(1)> » de l'adresse est inconnu",
        ),
        ("%3Cscript%3E=1", "L'adresse contient « <script> »"),
        ("lang=en&territoire=x", "The territory “x” in the address is unknown"),
    ],
)
def test_wrong_addresses_get_a_sentence_and_the_page(server, visit, query, sentence):
    # The page that costs least: the frame is the same on all.
    tab = visit(server, f"/projets?{query}")
    expect(tab.page.get_by_role("status").filter(has_text=sentence)).to_be_visible()
    expect(tab.page.locator("h1")).to_contain_text("Saint-Philippe")
    assert tab.page.locator("main img[src=x]").count() == 0
    assert tab.faults == []


def test_unknown_page_and_skip_link_are_said_in_french(server, visit):
    tab = visit(server, "/limoilou")
    expect(tab.page.get_by_role("dialog")).to_contain_text("Page introuvable")
    expect(tab.page.get_by_role("dialog")).not_to_contain_text("does not seem")
    tab = visit(server, "/projets")
    tab.page.keyboard.press("Tab")
    focused = tab.page.evaluate("document.activeElement.textContent")
    assert focused == "Aller au contenu"
    expect(tab.page.get_by_role("navigation", name="Pages")).to_be_visible()


def assert_nothing_serious(page: Page) -> None:
    result = Axe().run(page)
    serious = [
        (v["id"], v["nodes"][0]["html"][:200])
        for v in result.response["violations"]
        if v["impact"] in ("serious", "critical")
    ]
    assert serious == []


def assert_fits_a_phone(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    wide = page.evaluate(
        "() => { const m = document.querySelector('[data-testid=stMain]');"
        " return m.scrollWidth - m.clientWidth }"
    )
    assert wide <= 0
    small = page.evaluate(
        """() => [...document.querySelectorAll(
            'main button, main a[data-testid=stPageLink-NavLink], main summary')]
          .filter(e => e.checkVisibility())
          .map(e => [e.textContent, e.closest('[role=group]') ?? e])
          .map(([text, e]) => [text, Math.round(e.getBoundingClientRect().height)])
          .filter(([, height]) => height > 0 && height < 44)"""
    )
    assert small == []


ENGLISH = (
    "skip", "choose", "select", "open", "close", "search", "clear", "running", "page not",
    "press", "enter to", "options", "remove", "upload", "download", "show", "hide", "loading",
)  # fmt: skip


def assert_nothing_of_streamlit_is_english(page: Page) -> None:
    """Lists every attribute and text outside the app's own words that reads as English."""
    page.get_by_role("combobox").first.click()
    page.get_by_role("listbox").first.wait_for()
    found = page.evaluate(
        """() => { const out = [];
          for (const e of document.querySelectorAll('#root *, [role=dialog] *, [role=listbox] *')) {
            if (/^(STYLE|SCRIPT|TEMPLATE)$/.test(e.tagName)) continue;
            if (e.closest('[data-testid=stHtml]')) continue;
            for (const a of ['aria-label', 'title', 'placeholder', 'alt'])
              if (e.getAttribute(a)) out.push(e.getAttribute(a));
            if (e.closest('[data-testid=stIconMaterial]')) continue;
            for (const n of e.childNodes)
              if (n.nodeType === 3 && n.data.trim()) out.push(n.data.trim());
          } return [...new Set(out)] }"""
    )
    page.keyboard.press("Escape")
    left = [s for s in found if s.lower().startswith(ENGLISH) or s.lower() in ENGLISH]
    assert left == [], json.dumps(left, ensure_ascii=False)


@pytest.mark.parametrize("path", PATHS)
def test_page_on_a_desk_in_the_dark_and_on_a_phone(server, visit, path):
    """One visit per page: no other host, no error, French, accessible in light and dark, phone."""
    tab = visit(server, path, touch=True)
    page = tab.page
    page.set_viewport_size({"width": 1280, "height": max(800, whole_height(page))})
    assert_nothing_serious(page)
    assert_nothing_of_streamlit_is_english(page)
    page.emulate_media(color_scheme="dark")
    page.wait_for_timeout(500)
    assert_nothing_serious(page)
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 360, "height": 740})
    page.wait_for_timeout(500)
    assert_fits_a_phone(page)
    page.get_by_role("button", name="Menu").click()
    shown = page.get_by_test_id("stPopoverBody").locator("a")
    expect(shown).to_have_count(len(PAGES))
    assert shown.all_inner_texts() == titles("fr")
    assert tab.outside == []
    assert tab.faults == []


def test_hall_size_enlarges_everything_and_arrows_lead_on(server, visit):
    tab = visit(server, "/projets?taille=salle", width=1920, height=1080)
    page = tab.page
    size = "getComputedStyle(document.documentElement).fontSize"
    assert page.evaluate(size) == "25.6px"
    wide = "document.querySelector('[data-testid=stMain]').scrollWidth"
    assert page.evaluate(wide) <= 1920
    project = page.get_by_role("combobox", name="Projet")
    first = project.input_value()
    expect(page.get_by_text("Au clavier : flèches gauche et droite")).to_be_visible()
    page.keyboard.press("ArrowRight")
    expect(project).not_to_have_value(first)
    settle(page)
    # In a field an arrow moves the caret and nothing else.
    second = project.input_value()
    project.focus()
    page.keyboard.press("ArrowLeft")
    settle(page)
    page.locator("h1").click()
    assert project.input_value() == second
    page.keyboard.press("ArrowLeft")
    expect(project).to_have_value(first)
    page.locator(".st-key-rv_menu a", has_text="Comparer").click()
    expect(page.locator("h1")).to_contain_text("Comparer")
    assert "taille=salle" in page.url
    # A page without a list of its own leads to the page before and the page after.
    settle(page)
    page.keyboard.press("ArrowLeft")
    expect(page.locator("h1")).to_contain_text("Services")
