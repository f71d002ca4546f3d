"""What Streamlit leaves in English or loses: its own words, drafts, the ids our styles rely on."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import streamlit
from playwright.sync_api import Page, expect

from revital.settings import PROJECT
from tests.browser import serving
from tests.browser.serving import settle

APP = Path(__file__).parent / "apps" / "widgets.py"

#: Words of the test page itself, in its one language.
OWN = {
    "aa", "bb", "xx", "yy", "nom", "valeur", "code", "Essai", "Liste", "Liste multiple", "Nombre",
    "Jour", "Mot", "Note", "Fichier", "Distance", "Marche", "Suite", "Dans le formulaire",
    "Envoyer", "Fenêtre", "Enregistrer", "Titre", "aide", "None", "CSV",
}  # fmt: skip
#: What stays as it is, and why.
KNOWN = {
    # letters of the date field, drawn one by one
    "yyyy", "mm", "dd", "aaaa", "jj",
}  # fmt: skip

STRINGS = """() => { const out = [];
  for (const e of document.querySelectorAll('body *')) {
    if (/^(STYLE|SCRIPT|TEMPLATE|NOSCRIPT)$/.test(e.tagName)) continue;
    if (e.closest('[data-testid=stIconMaterial],svg,[data-testid=stHtml],.stPlotlyChart')) continue;
    for (const a of ['aria-label', 'title', 'placeholder', 'alt', 'aria-roledescription'])
      if (e.getAttribute(a)) out.push(e.getAttribute(a).trim());
    for (const n of e.childNodes) if (n.nodeType === 3 && n.data.trim()) out.push(n.data.trim());
  } return [...new Set(out)] }"""

ENGLISH = re.compile(
    r"\b(the|and|of|to|your|file|files|press|enter|choose|select|open|close|search|clear|date|"
    r"month|year|day|remove|upload|browse|drag|drop|download|show|hide|copy|fullscreen|options|"
    r"available|limit|per|help|increment|decrement|previous|next|column|columns|"
    r"skip|main|content|dismiss|is|no|results|button|input|value|values)\b",
    re.IGNORECASE,
)
#: French sentences that hold one of those words.
FRENCH = re.compile(r"[éèêàçùœ]|\b(le|la|les|une?|des|de|du|pour|par|choisie)\b", re.IGNORECASE)


@pytest.fixture(scope="module")
def widgets(tmp_path_factory):
    started = serving.start(tmp_path_factory.mktemp("home"), script=APP)
    yield started
    started.stop()


def english(page: Page) -> list[str]:
    found = set(page.evaluate(STRINGS)) - OWN - KNOWN
    return sorted(s for s in found if ENGLISH.search(s) and not FRENCH.search(s))


def test_words_of_the_widgets_are_french(widgets, visit):
    tab = visit(widgets, "/")
    page = tab.page
    # The shell arrives after the first widgets: it says so by naming the language.
    page.wait_for_function("document.documentElement.lang === 'fr-CA'")
    settle(page)
    left = {"closed": english(page)}
    page.get_by_role("combobox", name="Liste", exact=True).click()
    page.get_by_role("listbox").wait_for()
    left["list"] = english(page)
    page.keyboard.press("Escape")
    page.get_by_role("textbox", name="Mot").fill("un mot")
    left["typing"] = english(page)
    page.get_by_role("textbox", name="Note").fill("une note")
    left["note"] = english(page)
    page.get_by_role("textbox", name="Dans le formulaire").fill("x")
    left["form"] = english(page)
    page.get_by_test_id("stDateInputCalendarButton").click()
    page.get_by_role("grid").first.wait_for()
    left["calendar"] = english(page)
    assert "janvier" in page.locator("body").inner_text().lower()
    page.keyboard.press("Escape")
    page.get_by_test_id("stDataFrame").hover()
    left["table"] = english(page)
    page.get_by_role("button", name="Fenêtre").click()
    page.get_by_role("dialog").wait_for()
    left["dialog"] = english(page)
    found = {k: v for k, v in left.items() if v}
    assert not found, json.dumps(found, ensure_ascii=False, indent=1)
    # The fonts stand beside app.py, not beside this page.
    assert [f for f in tab.faults if "/static/fonts/" not in f] == []
    tab.open("/?lang=en")
    expect(page.locator("body")).to_contain_text("Upload")
    expect(page.locator("body")).not_to_contain_text("Choisir")
    assert page.evaluate("document.documentElement.lang") == "en-CA"


def test_a_draft_survives_a_reload_is_its_writers_alone_and_goes_once_saved(widgets, visit):
    tab = visit(widgets, "/")
    note = tab.page.get_by_role("textbox", name="Note")
    note.fill("Le parc manque de bancs <b>")
    tab.page.reload()
    settle(tab.page, 1500)
    expect(note).to_have_value("Le parc manque de bancs <b>")
    expect(tab.page.locator("#rv-banner")).to_have_text("Votre texte non enregistré a été repris.")
    other = visit(widgets, "/")
    expect(other.page.get_by_role("textbox", name="Note")).to_have_value("")
    # Python has the text too, not only the field.
    expect(tab.page.locator("#note")).to_contain_text("Le parc manque de bancs")
    tab.page.get_by_role("button", name="Enregistrer").click()
    expect(tab.page.locator("#saved")).to_contain_text("Le parc manque de bancs")
    settle(tab.page)
    tab.page.reload()
    settle(tab.page, 1500)
    expect(note).to_have_value("")


def test_ids_that_the_style_sheet_relies_on_exist():
    """A new Streamlit may rename them, and the page would lose its look without a word."""
    text = (PROJECT / "src/revital/ui/style.css").read_text(encoding="utf-8")
    named = set(re.findall(r'\[data-testid="([A-Za-z-]+)"\]', text))
    assert len(named) > 20
    bundle = Path(streamlit.__file__).parent / "static" / "static" / "js"
    code = "\n".join(f.read_text(encoding="utf-8") for f in sorted(bundle.glob("*.js")))
    built = {"stBaseButton-primary", "stBaseButton-secondary", "stBaseButton-tertiary",
             "stBaseButton-primaryFormSubmit"}  # fmt: skip
    assert {n for n in named - built if n not in code} == set()
    assert "stBaseButton-" in code
