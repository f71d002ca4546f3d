"""A map of thousands of areas in a real browser: levels of detail, click, search, colours."""

from __future__ import annotations

from bench import generated
from playwright.sync_api import expect

from tests.browser.maps import PATIENCE_MS, Map, neighbour, place_of, wait_selection
from tests.browser.serving import settle
from tests.browser.test_map import choose, index_of, show


def test_thousands_of_areas_are_drawn_in_levels_clicked_searched_and_recoloured(
    fresh_server, visit, tmp_path
):
    generated.write(tmp_path / "home", 5_200, vertices=12)
    server = fresh_server()
    asked: list[str] = []
    tab = visit(server)
    tab.page.on("request", lambda request: asked.append(request.url.rpartition("/")[2]))
    page = tab.open("/carte?niveau=da")
    shown = Map(page)
    assert shown.evaluate("revitalMap.areas.count") == 5_200
    assert any(name.endswith(".areas.gz") for name in asked)
    # Far out, the coarse level is enough; close by, the fine one has come.
    assert shown.evaluate("revitalMap.areas.levels.length") == 3
    shown.evaluate(
        """() => { revitalMap.map.setView(revitalMap.areas.at[revitalMap.state.inside[0]], 13,
          {animate: false}) }"""
    )
    page.wait_for_function("() => Boolean(window.__revitalMaps.main.own.areas.levels[2].xy)")
    index = neighbour(shown, "")
    area, name = shown.evaluate("i => [revitalMap.areas.ids[i], revitalMap.areas.names[i]]", index)
    x, y = place_of(page, shown, index)
    page.mouse.move(x, y)
    expect(shown.locator(".rv-tip")).to_contain_text(name)
    page.mouse.click(x, y)
    wait_selection(page, area)
    expect(page.locator(".rv-sheet")).to_contain_text(name, timeout=PATIENCE_MS)
    settle(page)
    before = shown.evaluate("[...revitalMap.areas.codes]")
    show(page, shown, "population_density")
    after = shown.evaluate("[...revitalMap.areas.codes]")
    assert len(after) == 5_200
    assert after != before
    # Without a mouse: the name is typed, then chosen in what was found.
    other = shown.evaluate("i => revitalMap.areas.ids[(i + 9) % 5200]", index)
    field = page.get_by_role("textbox", name="Chercher une zone")
    field.fill(other)
    field.press("Enter")
    settle(page)
    choose(page, "Zone choisie", f"Aire {other}")
    wait_selection(page, other)
    page.wait_for_function(
        "i => window.__revitalMaps.main.own.marked === i",
        arg=index_of(shown, other),
    )
    shown.evaluate("() => { revitalMap.map.setView([47, -72], 6, {animate: false}) }")
    assert shown.evaluate("revitalMap.areas._shown === revitalMap.areas.levels[0]")
    assert tab.outside == []
    assert tab.faults == []
