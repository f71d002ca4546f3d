"""What every page owes its reader, whatever it shows: address, menu, language, calm failures."""

from __future__ import annotations

import json

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from revital.catalogue.load import catalogue
from revital.i18n import translator
from tests.browser.serving import settle, whole_height

DEEP = "/carte?territoire=le-sud-ouest&lang=en&indicateur=renters"
PAGES = catalogue().pages
PATHS = ["/" if p.file == "app.py" else f"/{p.id}" for p in PAGES]


def menu(page: Page) -> list[str]:
    return page.locator(".st-key-rv_menu a").all_inner_texts()


def titles(lang: str) -> list[str]:
    return [translator(lang).of(p.title) for p in PAGES]


def language(page: Page) -> str:
    return page.evaluate("document.documentElement.lang")


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_deep_link_is_the_first_request_a_server_gets(fresh_server, visit, lang):
    server = fresh_server()
    address = f"/carte?territoire=le-sud-ouest&lang={lang}&indicateur=renters"
    for reader in ("first", "second"):
        tab = visit(server, address)
        page = tab.page
        place = translator(lang).of(catalogue().territory("le-sud-ouest").title)
        expect(page.locator("h1")).to_contain_text(place)
        assert page.url == server.url + address, reader
        assert menu(page) == titles(lang), reader
        assert language(page) == f"{lang}-CA"
        name = "Map" if lang == "en" else "Carte"
        expect(page).to_have_title(f"{name} · {place} · revital")
        expect(page.locator(".st-key-rv_menu a[aria-current=page]")).to_have_text(name)
        assert page.get_by_role("dialog").count() == 0
        assert tab.outside == []
        assert tab.faults == []


def test_language_switch_keeps_the_view(server, visit):
    tab = visit(server, "/carte?territoire=le-sud-ouest&indicateur=renters")
    tab.page.get_by_role("button", name="English").click()
    expect(tab.page.locator(".st-key-rv_menu a[aria-current=page]")).to_have_text("Map")
    settle(tab.page)
    for part in ("territoire=le-sud-ouest", "indicateur=renters", "lang=en"):
        assert part in tab.page.url
    assert menu(tab.page) == titles("en")
    assert language(tab.page) == "en-CA"
    expect(tab.page.get_by_role("combobox").first).to_have_value("Le Sud-Ouest, Montréal")
    tab.page.get_by_role("button", name="Français").click()
    expect(tab.page.locator(".st-key-rv_menu a[aria-current=page]")).to_have_text("Carte")
    assert "lang=" not in tab.page.url
    tab.page.reload()
    settle(tab.page)
    assert "territoire=le-sud-ouest" in tab.page.url
    assert tab.faults == []


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
    ("address", "sentence"),
    [
        ("/portrait?territoire=limoilou", "Le territoire « limoilou » de l'adresse est inconnu"),
        ("/portrait?lang=es", "La langue « es » n'est pas offerte"),
        (
            "/portrait?territoire=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E",
            "Le territoire « <img src=x onerror=alert(1)> » de l'adresse est inconnu",
        ),
        ("/portrait?%3Cscript%3E=1", "L'adresse contient « <script> »"),
        ("/portrait?lang=en&territoire=x", "The territory “x” in the address is unknown"),
    ],
)
def test_wrong_addresses_get_a_sentence_and_the_page(server, visit, address, sentence):
    tab = visit(server, address)
    expect(tab.page.get_by_role("status").filter(has_text=sentence)).to_be_visible()
    expect(tab.page.locator("h1")).to_contain_text("Saint-Philippe")
    assert tab.page.locator("main img[src=x]").count() == 0
    assert tab.faults == []


def test_unknown_page_is_said_in_french(server, visit):
    tab = visit(server, "/limoilou")
    expect(tab.page.get_by_role("dialog")).to_contain_text("Page introuvable")
    expect(tab.page.get_by_role("dialog")).not_to_contain_text("does not seem")


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


@pytest.mark.parametrize("path", PATHS)
def test_page_on_a_desk_in_the_dark_and_on_a_phone(server, visit, path):
    """One visit per page: no other host, no error, accessible in light and dark, fits a phone."""
    tab = visit(server, path, touch=True)
    page = tab.page
    page.set_viewport_size({"width": 1280, "height": max(800, whole_height(page))})
    assert_nothing_serious(page)
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


def test_hall_size_enlarges_everything_and_stays_in_the_address(server, visit):
    tab = visit(server, "/portrait?taille=salle")
    size = "getComputedStyle(document.documentElement).fontSize"
    assert tab.page.evaluate(size) == "25.6px"
    wide = "document.querySelector('[data-testid=stMain]').scrollWidth"
    assert tab.page.evaluate(wide) <= 1280
    tab.page.locator(".st-key-rv_menu a", has_text="Carte").click()
    expect(tab.page.locator("h1")).to_contain_text("Carte")
    assert "taille=salle" in tab.page.url


def test_skip_link_and_menu_are_named_in_french(server, visit):
    tab = visit(server, "/portrait")
    tab.page.keyboard.press("Tab")
    focused = tab.page.evaluate("document.activeElement.textContent")
    assert focused == "Aller au contenu"
    expect(tab.page.get_by_role("navigation", name="Pages")).to_be_visible()


ENGLISH = (
    "skip", "choose", "select", "open", "close", "search", "clear", "running", "page not",
    "press", "enter to", "options", "remove", "upload", "download", "show", "hide", "loading",
)  # fmt: skip


def test_nothing_of_streamlit_stays_in_english(server, visit):
    """Lists every attribute and text outside the app's own words that reads as English."""
    tab = visit(server, "/carte")
    tab.page.get_by_role("combobox").first.click()
    tab.page.wait_for_timeout(300)
    found = tab.page.evaluate(
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
    left = [s for s in found if s.lower().startswith(ENGLISH) or s.lower() in ENGLISH]
    assert left == [], json.dumps(left, ensure_ascii=False)


def test_banner_says_when_the_server_is_gone_and_back(fresh_server, visit):
    server = fresh_server()
    tab = visit(server, "/portrait")
    server.stop()
    banner = tab.page.locator("#rv-banner")
    expect(banner).to_contain_text("Connexion perdue", timeout=15_000)
    expect(banner).to_have_attribute("role", "status")
    expect(tab.page.locator("h1")).to_be_visible()
    fresh_server(port=server.port)
    expect(banner).to_have_text("", timeout=30_000)
