"""Three people, from the first tap to the paper in hand, in both languages."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from html import escape
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect
from pypdf import PdfReader

from revital.catalogue.load import catalogue
from revital.domain.plan_records import Action, Decision, Meeting
from revital.i18n import Translator, translator
from revital.services import plan as plans
from revital.services import plan_example, snapshots
from revital.services.plan_words import text
from revital.store.plan import PlanStore
from tests.browser import serving
from tests.browser.maps import Map, neighbour, place_of, selection, wait_selection
from tests.browser.serving import Server, Visit, settle, still, unfold

LANGUAGES = ("fr", "en")
OURS = "4420003.00"
#: A corner of Saint-Philippe.
HERE = {"latitude": 46.3405, "longitude": -72.546}


@pytest.fixture(scope="module")
def committee(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose plan is the example."""
    home = tmp_path_factory.mktemp("home")
    store = PlanStore.open(home)
    plan_example.add_example(plans.open_plan("saint-philippe", store=store))
    store.close()
    started = serving.start(home)
    yield started
    started.stop()


class Taps:
    """Counts what a finger does."""

    def __init__(self) -> None:
        self.n = 0

    def tap(self, target: Locator) -> None:
        still(target.page)
        target.tap()
        self.n += 1


def address(path: str, lang: str) -> str:
    joint = "&" if "?" in path else "?"
    return path if lang == "fr" else f"{path}{joint}lang=en"


def heading(page: Page, lang: str, page_id: str) -> None:
    title = translator(lang).of(next(p.title for p in catalogue().pages if p.id == page_id))
    expect(page.locator("h1")).to_contain_text(title)


def accessible(page: Page) -> None:
    """Nothing serious or critical, in light and in dark."""
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.wait_for_timeout(300)
        found = list(Axe().run(page).response["violations"])
        # A frame is judged by itself.
        for frame in page.frames[1:]:
            frame.evaluate(Axe().axe_script)
            found += frame.evaluate("axe.run()")["violations"]
        serious = [
            (scheme, v["id"], v["nodes"][0]["html"][:200])
            for v in found
            if v["impact"] in ("serious", "critical")
        ]
        assert serious == []
    page.emulate_media(color_scheme="light")


def downloaded(page: Page, button: Locator) -> bytes:
    with page.expect_download(timeout=60_000) as waiting:
        button.click()
    return Path(waiting.value.path()).read_bytes()


def pdf_text(content: bytes) -> str:
    return " ".join(
        " ".join(p.extract_text().split()) for p in PdfReader(io.BytesIO(content)).pages
    )


def clean(tab: Visit) -> None:
    assert tab.outside == []
    assert tab.faults == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_worker_learns_of_the_block_and_of_what_is_near_in_three_taps(committee, visit, lang):
    t, other = translator(lang), "en" if lang == "fr" else "fr"
    tab: Visit = visit(committee, width=360, height=740, touch=True, lang=lang)
    page, taps = tab.page, Taps()
    page.context.grant_permissions(["geolocation"], origin=committee.url)
    page.context.set_geolocation(HERE)
    tab.open(address("/", lang))
    taps.tap(page.get_by_role("link", name=t("Comment va mon coin de rue ?")))
    heading(page, lang, "carte")
    Map(page)
    taps.tap(page.get_by_role("button", name=t("Me localiser")))
    sheet = page.locator(".rv-sheet")
    rows = sheet.locator("tbody tr")
    expect(rows.nth(5)).to_be_visible()
    area = selection(page)
    assert area
    name = sheet.locator("h2, h3").first.inner_text()
    settle(page)
    taps.tap(page.get_by_role("link", name=t("Services près d'ici")))
    heading(page, lang, "services")
    expect(page.get_by_role("heading", level=3).first).to_be_visible()
    assert taps.n == 3
    settle(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    accessible(page)
    page.go_back()
    heading(page, lang, "carte")
    expect(sheet.locator("h2, h3").first).to_have_text(name)
    assert selection(page) == area
    settle(page)
    # The other language keeps the place, the level and the area.
    page.get_by_role("button", name={"fr": "English", "en": "Français"}[lang]).tap()
    heading(page, other, "carte")
    settle(page)
    assert selection(page) == area
    assert "niveau=da" in page.url
    assert page.evaluate("document.documentElement.lang") == f"{other}-CA"
    expect(sheet).to_contain_text(translator(other)("Ce que l'on sait de cette zone"))
    clean(tab)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_committee_decides_freezes_and_prints_in_a_hall(committee, visit, lang):
    t = translator(lang)
    store = PlanStore.open(committee.home)
    here = plans.open_plan("saint-philippe", store=store)
    frozen = len(snapshots.list_snapshots(here))
    tab: Visit = visit(
        committee,
        address("/rencontre?groupe=environnement&taille=salle", lang),
        width=1920,
        height=1080,
        touch=True,
        lang=lang,
    )
    page = tab.page
    expect(page.get_by_text(t("Depuis la dernière fois"))).to_be_visible()
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 1920
    # The next sub-committee is an arrow away, once the page is whole.
    settle(page)
    page.keyboard.press("ArrowRight")
    page.wait_for_function("new URL(location).searchParams.get('groupe') === 'services'")
    settle(page)
    accessible(page)
    # Tonight's meeting, so that the decision belongs to it.
    unfold(page, t("La rencontre de ce soir : présences et notes"))
    page.get_by_role("textbox", name=t("Lieu")).fill(f"Salle {lang}")
    page.get_by_role("button", name=t("Enregistrer la rencontre")).click()
    page.get_by_text(t("Rencontre enregistrée.")).wait_for()
    settle(page)
    said = f"Visiter une épicerie coopérative, {lang}"
    taps = Taps()
    words = page.get_by_label(t("La décision, en une phrase"))
    taps.tap(words)
    words.fill(said)
    taps.tap(page.get_by_role("button", name=t("Inscrire"), exact=True))
    page.get_by_text(t("Décision inscrite : {text}", text=said)).wait_for()
    assert taps.n <= 5
    (made,) = [d for d in store.all(Decision) if d.text == said]
    assert made.effect == "created"
    assert store.get(Action, made.action).subcommittee == "services"
    settle(page)
    unfold(page, t("Instantanés : figer le plan et ses chiffres"))
    page.get_by_role("button", name=t("Figer maintenant")).click()
    page.get_by_text(t("Instantané gardé.")).wait_for()
    assert len(snapshots.list_snapshots(here)) == frozen + 1
    settle(page)
    unfold(page, t("Compte rendu"))
    pdf = pdf_text(downloaded(page, page.get_by_role("button", name=t("Télécharger en PDF"))))
    held = next(m for m in store.all(Meeting) if m.id == made.meeting)
    assert said in pdf
    assert text(held, "place", lang) in pdf
    assert t("Pour la coordination, date") in pdf
    store.close()
    clean(tab)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_an_official_compares_tries_a_service_and_takes_files_away(committee, visit, lang):
    t = translator(lang)
    tab: Visit = visit(committee, address("/carte", lang), lang=lang)
    page, shown = tab.page, Map(tab.page)
    index = neighbour(shown, OURS)
    area, name = shown.evaluate("i => [revitalMap.areas.ids[i], revitalMap.areas.names[i]]", index)
    page.mouse.click(*place_of(page, shown, index))
    # The area is outlined at once, before the server has answered.
    assert shown.evaluate("revitalMap.halo.getLayers().length") == 2
    wait_selection(page, area)
    title = page.locator(".rv-sheet").locator("h2, h3").first
    expect(title).to_have_text(name)
    page.reload()
    settle(page)
    assert selection(page) == area
    expect(title).to_have_text(name)
    svg = _picture(page, "carte", t)
    assert t.of(catalogue().indicator("low_income").title) in svg
    assert "<image" not in svg
    tab.open(address("/comparer?lieux=saint-philippe,lachine", lang))
    expect(page.locator(".rv-compare").nth(5)).to_be_visible()
    tab.open(address("/services?service=grocery&incomplete=oui&poser=oui", lang))
    # A click on the map places a service; nothing of it is taken for real.
    map_ = page.locator(".st-key-rv_mapbox_services")
    map_.scroll_into_view_if_needed()
    page.wait_for_timeout(500)
    box = map_.bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.wait_for_function("new URL(location).searchParams.has('scenario')", timeout=60_000)
    mark = t("Scénario sur liste incomplète : ce n'est pas la réalité.")
    expect(page.get_by_text(mark).first).to_be_visible()
    settle(page)
    accessible(page)
    assert escape(mark) in _picture(page, "services", t)
    pdf = pdf_text(downloaded(page, page.get_by_role("button", name=t("Télécharger en PDF"))))
    assert t("Lieux connus") in pdf
    assert t("Tous les services, chacun pour soi") in pdf
    tab.open(address("/donnees?partie=emporter", lang))
    label = t("Préparer : {what}", what=t("Toutes les données (ZIP)"))
    page.get_by_role("button", name=label).click()
    take = page.locator(".st-key-rv_parcel_take_donnees button")
    take.wait_for(timeout=90_000)
    settle(page)
    accessible(page)
    with zipfile.ZipFile(io.BytesIO(downloaded(page, take))) as package:
        names = package.namelist()
        assert {"datapackage.json", "indicators.csv", "LICENCES.md"} <= set(names)
        assert package.read("indicators.csv").startswith(b"\xef\xbb\xbf")
    clean(tab)


def _picture(page: Page, slot: str, t: Translator) -> str:
    """Download the picture of a map as SVG from its menu; return it, its hard spaces plain."""
    page.locator(f".st-key-rv_img_{slot} button").click()
    content = downloaded(page, page.locator(f".st-key-rv_svg_{slot} button"))
    page.keyboard.press("Escape")
    svg = content.decode().replace("\u00a0", " ")
    assert t("Source : {name}", name="").strip() in svg
    return svg
