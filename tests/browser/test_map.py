"""The map in a real browser: drawn once, recoloured, selected, read by keyboard and by touch."""

from __future__ import annotations

import json
import os
import shutil
import signal
import time
from pathlib import Path

import geopandas as gpd
import pytest
from playwright.sync_api import Page, expect

from revital.catalogue.load import catalogue
from revital.i18n import translator
from revital.settings import PROJECT
from revital.store.layers import file_sha256
from revital.ui import cache, choropleth
from tests.browser.maps import PATIENCE_MS, Map, neighbour, place_of, wait_selection
from tests.browser.serving import settle, unfold

WILD = "<img src=x onerror=alert(1)>"
OURS = "4420003.00"


def choose(page: Page, label: str, option: str) -> None:
    """Pick an entry of a list by its words."""
    box = page.get_by_role("combobox", name=label)
    box.click()
    # Long lists only draw what is in sight: typing brings the entry up.
    box.fill(option)
    page.get_by_role("option", name=option).first.click()


def show(page: Page, shown: Map, indicator: str, lang: str = "fr") -> None:
    """Change the indicator of the map and wait for its colours."""
    record = catalogue().indicator(indicator)
    t = translator(lang)
    before = shown.drawn()
    choose(page, t("Ce que montre la carte"), t.of(record.title))
    shown.wait_redrawn(before)
    settle(page)


def foreseen(page: Page, shown: Map) -> None:
    """Go on changing the indicator until the browser holds the classes of all."""
    deadline = time.monotonic() + 90
    while not page.evaluate("window.__revitalForesight?.rv_carte_indicateur?.classes"):
        assert time.monotonic() < deadline
        show(page, shown, "renters")
        show(page, shown, "population_density")


def index_of(shown: Map, area: str) -> int:
    return shown.evaluate("id => revitalMap.areas.ids.indexOf(id)", area)


def test_painted_with_nothing_from_other_hosts_and_nothing_failed(server, visit):
    tab = visit(server, "/carte")
    shown = Map(tab.page)
    assert shown.evaluate("revitalMap.areas.count") == 40
    painted = shown.evaluate(
        """() => { const c = revitalMap.map.getPane('overlayPane').querySelector('canvas');
          const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
          let n = 0; for (let i = 3; i < d.length; i += 4) if (d[i] > 100) n++;
          return n / (d.length / 4) }"""
    )
    assert painted > 0.3
    colours = shown.evaluate("new Set(revitalMap.areas.codes).size")
    assert colours >= 5
    assert tab.outside == []
    assert tab.faults == []


def test_changing_the_indicator_keeps_map_zoom_and_centre(server, visit):
    tab = visit(server, "/carte")
    page, shown = tab.page, Map(tab.page)
    shown.evaluate(
        """() => { revitalMap.mark_ = 'same';
          revitalMap.map.setView([46.36, -72.58], 13.5, {animate: false}) }"""
    )
    where = "(m => [m.getZoom(), m.getCenter().lat, m.getCenter().lng])(revitalMap.map)"
    before = shown.evaluate(where)
    fetched = shown.evaluate("performance.getEntriesByType('resource').length")
    for indicator in ("population_change", "renters"):
        show(page, shown, indicator)
        assert shown.evaluate("revitalMap.mark_") == "same"
        assert shown.evaluate(where) == before
    # Outlines and scripts were not asked for again.
    assert shown.evaluate("performance.getEntriesByType('resource').length") == fetched
    assert page.locator(".st-key-rv_mapbox_main .rv-map").count() == 1


def test_pan_and_zoom_never_run_the_page_again(server, visit):
    tab = visit(server)
    said: list[str] = []

    def listen(socket) -> None:
        socket.on("framesent", lambda _: said.append("sent"))
        socket.on("framereceived", lambda _: said.append("received"))

    tab.page.on("websocket", listen)
    page = tab.open("/carte")
    shown = Map(page)
    settle(page, 1_500)
    box = shown.box.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    zoom, centre = shown.evaluate("[revitalMap.map.getZoom(), revitalMap.map.getCenter().lng]")
    said.clear()
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 120, y - 60, steps=6)
    page.mouse.up()
    shown.locator(".leaflet-control-zoom-in").click()
    page.wait_for_timeout(500)
    shown.box.focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("-")
    page.wait_for_timeout(1_500)
    assert shown.evaluate("revitalMap.map.getCenter().lng") != centre
    assert said == []
    assert zoom == shown.evaluate("revitalMap.map.getZoom()")


def test_each_change_after_the_first_weighs_less_than_20_kb(server, visit):
    tab = visit(server)
    sizes: list[int] = []
    tab.page.on(
        "websocket", lambda socket: socket.on("framereceived", lambda d: sizes.append(len(d)))
    )
    page = tab.open("/carte?niveau=da")
    shown = Map(page)
    assert shown.evaluate("revitalMap.areas.count") == 272
    settle(page, 1_500)
    # The first change of a visit sends the lists of places once more; they are kept from then on.
    show(page, shown, "renters")
    show(page, shown, "population_density")
    # So do the classes of all indicators, in some run after they are prepared.
    foreseen(page, shown)
    settle(page, 1_000)
    sizes.clear()
    show(page, shown, "small_dwellings")
    page.wait_for_timeout(1_000)
    assert 1_000 < sum(sizes) < 20_000, sorted(sizes)[-6:]


def test_colours_come_at_the_click_and_the_answer_of_the_page_has_the_last_say(fresh_server, visit):
    server = fresh_server()
    tab = visit(server, "/carte?niveau=da")
    page, shown = tab.page, Map(tab.page)
    foreseen(page, shown)
    state = "[[...revitalMap.areas.codes], revitalMap.areas.colours]"
    sentence = page.locator(".rv-sentence").first
    said, before = sentence.inner_text(), shown.evaluate(state)
    wanted = cache.map_view("small_dwellings", "saint-philippe", "da")
    colours = [list(wanted.codes), list(choropleth.colours(wanted))]
    # No answer can come: the server stands still.
    os.kill(server.process.pid, signal.SIGSTOP)
    choose(page, "Ce que montre la carte", catalogue().indicator("small_dwellings").title.fr)
    expect(shown.box).to_have_attribute("data-awaited", "")
    assert shown.evaluate(state) == colours != before
    # Words of the former indicator do not pass for words of this one.
    assert sentence.inner_text() == said
    expect(sentence).to_have_css("opacity", "0.3")
    os.kill(server.process.pid, signal.SIGCONT)
    shown.wait_answered()
    settle(page)
    assert shown.evaluate(state) == colours
    expect(sentence).not_to_have_text(said)
    expect(sentence).to_have_css("opacity", "1")
    # An answer that never comes: what the page says and what the map shows agree again.
    shown.evaluate(
        """() => { const own = revitalMap; own.patience = 200;
          own.foresee(own.areas.codes.map(() => 0), own.areas.colours, own.areas.hatch) }"""
    )
    expect(shown.box).to_have_attribute("data-awaited", "")
    shown.wait_answered()
    assert shown.evaluate(state) == colours
    # By keyboard as well; and never for the hot spots, whose classes are others.
    os.kill(server.process.pid, signal.SIGSTOP)
    box = page.get_by_role("combobox", name="Ce que montre la carte")
    box.fill(catalogue().indicator("renters").title.fr)
    box.press("ArrowDown")
    box.press("Enter")
    expect(shown.box).to_have_attribute("data-awaited", "")
    os.kill(server.process.pid, signal.SIGCONT)
    shown.wait_answered()
    settle(page)
    tab.open("/carte?niveau=da&regroupements=moran")
    assert not page.evaluate("window.__revitalForesight?.rv_carte_indicateur")
    assert tab.faults == []


def test_the_wheel_scrolls_the_page_and_the_table_travels_when_it_is_opened(server, visit):
    tab = visit(server, "/carte")
    page, shown = tab.page, Map(tab.page)
    zoom = shown.evaluate("revitalMap.map.getZoom()")
    box = shown.box.bounding_box()
    page.mouse.move(box["x"] + 200, box["y"] + 100)
    page.mouse.wheel(0, 300)
    page.wait_for_function("document.querySelector('[data-testid=stMain]').scrollTop > 0")
    assert shown.evaluate("revitalMap.map.getZoom()") == zoom
    rows = page.locator(".st-key-rv_carte_table tbody tr")
    assert rows.count() == 0
    unfold(page, "Voir la carte en tableau")
    expect(rows).to_have_count(40)
    show(page, shown, "renters")
    expect(rows).to_have_count(40)
    title = translator("fr").of(catalogue().indicator("renters").title)
    expect(page.locator(".st-key-rv_carte_table")).to_contain_text(title)


def test_areas_without_data_are_hatched_and_in_the_legend(server, visit):
    tab = visit(server, "/carte?niveau=da")
    page, shown = tab.page, Map(tab.page)
    hatched = shown.evaluate("revitalMap.areas.codes.filter(c => c === 255).length")
    none = shown.evaluate("revitalMap.state.labels.filter(l => l === 'aucune donnée').length")
    assert hatched == none > 0
    legend = page.locator(".rv-legend").first
    expect(legend).to_contain_text("aucune donnée")
    expect(legend).to_contain_text(str(hatched))
    # A hatch is two colours inside one area; a class is one.
    index = shown.evaluate("revitalMap.areas.codes.indexOf(255)")
    shown.evaluate(
        """i => {
          revitalMap.map.setView(revitalMap.areas.at[i], 16, {animate: false}) }""",
        index,
    )
    page.wait_for_timeout(600)
    seen = shown.evaluate(
        """i => { const p = revitalMap.map.latLngToLayerPoint(revitalMap.areas.at[i]);
          const c = revitalMap.map.getPane('overlayPane').querySelector('canvas');
          const o = L.DomUtil.getPosition(c), k = c.width / c.clientWidth;
          const d = c.getContext('2d').getImageData((p.x - o.x - 10) * k, (p.y - o.y - 10) * k,
            20 * k, 20 * k).data;
          const s = new Set(); for (let j = 0; j < d.length; j += 4)
            s.add([d[j] >> 4, d[j + 1] >> 4, d[j + 2] >> 4].join()); return s.size }""",
        index,
    )
    assert seen >= 2


def test_an_area_is_chosen_with_the_keyboard_inside_the_map(server, visit):
    tab = visit(server, "/carte")
    page, shown = tab.page, Map(tab.page)
    choice = shown.box.get_by_label("Choisir une zone")
    assert choice.bounding_box()["x"] < -1_000
    shown.locator(".leaflet-control-zoom-in").focus()
    page.keyboard.press("Shift+Tab")
    for _ in range(3):
        if shown.evaluate("document.activeElement.tagName") == "SELECT":
            break
        page.keyboard.press("Shift+Tab")
    expect(choice).to_be_focused()
    box = shown.box.bounding_box()
    assert choice.bounding_box()["x"] >= box["x"]
    index = index_of(shown, "4420004.00")
    choice.select_option(str(index))
    wait_selection(page, "4420004.00")
    expect(page.locator(".rv-sheet")).to_be_visible(timeout=PATIENCE_MS)


def test_wrong_choices_each_get_a_sentence_and_a_map(server, visit):
    tab = visit(server, "/carte?selection=%3Cimg%20src%3Dx%3E&indicateur=low_incom&niveau=block")
    for needle in ("<img src=x>", "low_incom", "block"):
        expect(tab.page.get_by_role("status").filter(has_text=needle)).to_be_visible()
    Map(tab.page)
    assert tab.page.locator("main img[src=x]").count() == 0
    assert tab.faults == []


def test_two_maps_each_with_its_own_colours(server, visit):
    tab = visit(server, "/carte?avec=renters")
    first, second = Map(tab.page), Map(tab.page, "second")
    codes = "revitalMap.state.codes"
    assert first.evaluate(codes) != second.evaluate(codes)
    assert second.evaluate("revitalMap.areas.count") == 40
    second.evaluate("revitalMap.mark_ = 'same'")
    show(tab.page, first, "population_change")
    assert second.evaluate("revitalMap.mark_") == "same"
    assert tab.faults == []


@pytest.fixture
def wild_home(tmp_path: Path) -> Path:
    """A workspace whose tracts are called by markup."""
    layers = tmp_path / "home" / "layers"
    layers.mkdir(parents=True)
    pack = PROJECT / "data" / "pack"
    held = json.loads((pack / "manifest.json").read_text(encoding="utf-8"))
    path = layers / "outlines_ct_442.parquet"
    shutil.copy(pack / path.name, path)
    frame = gpd.read_parquet(path)
    frame["name"] = [f"{WILD}{i}" for i in range(len(frame))]
    frame.to_parquet(path)
    entry = held["layers"]["outlines_ct_442"]
    entry |= {"bytes": path.stat().st_size, "sha256": file_sha256(path)}
    text = json.dumps({"version": held["version"], "layers": {"outlines_ct_442": entry}})
    (layers / "manifest.json").write_text(text, encoding="utf-8")
    return tmp_path / "home"


def test_markup_in_names_of_areas_is_shown_as_text(fresh_server, visit, wild_home, tmp_path):
    server = fresh_server()
    assert server.home == wild_home
    tab = visit(server, f"/carte?selection={OURS}")
    page, shown = tab.page, Map(tab.page)
    x, y = place_of(page, shown, neighbour(shown, OURS))
    page.mouse.move(x, y)
    page.mouse.move(x + 2, y + 2)
    tip = shown.locator(".rv-tip")
    expect(tip).to_contain_text(WILD)
    assert shown.locator("img").count() == 0
    assert shown.locator(".rv-pick option").nth(1).inner_text().startswith(WILD)
    assert page.locator("main img[src=x]").count() == 0
    expect(page.locator(".rv-sheet")).to_contain_text(WILD)
    assert tab.faults == []


def test_outlines_that_do_not_come_are_said_on_the_map(server, visit):
    tab = visit(server)
    tab.page.route("**/geo/outlines_*", lambda route: route.abort())
    page = tab.open("/carte")
    alert = page.locator(".st-key-rv_mapbox_main").get_by_role("alert")
    expect(alert).to_contain_text("Rechargez la page", timeout=PATIENCE_MS)
    # The table twin says the same figures without a map.
    expect(page.get_by_text("Voir la carte en tableau")).to_be_visible()


def test_on_a_phone_the_map_is_within_reach_and_lets_the_page_scroll(server, visit):
    tab = visit(server, "/carte", width=360, height=740, touch=True)
    page, shown = tab.page, Map(tab.page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert shown.evaluate("revitalMap.map.dragging.enabled()") is False
    small = shown.evaluate(
        """() => [...document.querySelectorAll(
            '.rv-map :is([role=button], .leaflet-bar a, select)')]
          .map(e => [e.className || e.tagName, e.getBoundingClientRect()])
          .filter(([, r]) => r.height < 44 || r.width < 44).map(([name]) => name)"""
    )
    assert small == []
