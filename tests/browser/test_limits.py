"""A neighbourhood traced on the map: corners, the share that is estimated, saved; areas picked."""

from __future__ import annotations

import json

from playwright.sync_api import Page, expect

from revital.i18n import translator
from tests.browser.serving import settle, unfold

PATIENCE_MS = 60_000


def drawn(page: Page, mode: str) -> None:
    page.locator(f".rv-limits[data-drawn='1'][data-mode={mode}]").wait_for(timeout=PATIENCE_MS)
    # The map of the way left behind stays until the page is whole.
    expect(page.locator(".rv-limits")).to_have_count(1, timeout=PATIENCE_MS)
    page.locator(".rv-limits-map").scroll_into_view_if_needed()


def tap(page: Page, x: float, y: float) -> None:
    """Tap the map at a part of its width and height."""
    box = page.locator(".rv-limits-map").bounding_box()
    page.mouse.click(box["x"] + x * box["width"], box["y"] + y * box["height"])


def held(page: Page) -> list:
    return json.loads(page.locator(".rv-limits").get_attribute("data-value"))


def test_a_neighbourhood_is_traced_seen_kept_and_its_areas_picked(server, visit):
    tab = visit(server, "/donnees?partie=territoires&territoire=saint-philippe", width=360)
    page, t = tab.page, translator("fr")
    page.get_by_label(t("Nom en français")).fill("Le cœur")
    page.get_by_label(t("Nom en anglais")).fill("The heart")
    drawn(page, "corners")
    box = page.locator(".rv-limits-map").bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 360
    for x, y in ((0.25, 0.2), (0.8, 0.2), (0.8, 0.75), (0.5, 0.5)):
        tap(page, x, y)
    assert len(held(page)) == 4
    # One corner too many, taken back; one placed without a pointer, at the centre of the map.
    page.get_by_role("button", name=t("Annuler le dernier coin")).click()
    corners = held(page)
    assert len(corners) == 3
    page.get_by_text("Population :").first.wait_for(timeout=PATIENCE_MS)
    settle(page)
    expect(page.get_by_text("viennent d'aires coupées")).to_be_visible()
    expect(page.get_by_text("Une aire coupée est partagée")).to_be_visible()
    text = page.get_by_label(t("Coins, un par ligne : latitude, longitude (degrés)"))
    expect(text).to_have_value("\n".join(f"{a:.5f}, {b:.5f}" for a, b in corners))
    # The list in words is the twin of the map: what is typed there is drawn.
    text.fill(text.input_value().rsplit("\n", 1)[0] + "\n46.33000, -72.55000")
    text.press("Control+Enter")
    page.wait_for_function(
        "() => JSON.parse(document.querySelector('.rv-limits').dataset.value)[2]?.[0] === 46.33",
        timeout=PATIENCE_MS,
    )
    assert held(page)[:2] == corners[:2]
    page.get_by_role("button", name=t("Poser un coin au centre de la carte")).press("Enter")
    assert len(held(page)) == 4
    page.get_by_role("button", name=t("Annuler le dernier coin")).press("Enter")
    settle(page)
    page.get_by_role("button", name=t("Ajouter ce quartier")).click()
    expect(page.get_by_text(t("Quartiers ajoutés ici"))).to_be_visible(timeout=PATIENCE_MS)
    assert (server.home / "catalogue" / "territories" / "le-coeur.yml").is_file()
    settle(page)
    assert held(page) == []
    expect(page.get_by_label(t("Nom en français"))).to_have_value("")
    page.get_by_text(t("Choisir des aires de diffusion sur la carte")).click()
    drawn(page, "pick")
    assert held(page) == []
    settle(page)
    tap(page, 0.5, 0.5)
    (area,) = held(page)
    assert isinstance(area, str)
    expect(page.get_by_text("Population :").first).to_be_visible()
    assert tab.outside == []
    assert tab.faults == []


def test_a_barrier_is_traced_then_stands_on_the_map_and_in_the_address(server, visit):
    tab = visit(server, "/services?territoire=saint-philippe", width=360)
    page, t = tab.page, translator("fr")
    unfold(page, t("Hypothèses : marche, détour, lieux comptés, barrières"))
    page.get_by_text(t("Tracer une barrière sur la carte")).click()
    drawn(page, "line")
    tap(page, 0.3, 0.3)
    page.get_by_role("button", name=t("Poser un point au centre de la carte")).press("Enter")
    points = held(page)
    assert len(points) == 2
    page.get_by_role("button", name=t("Ajouter cette barrière")).click()
    expect(page.get_by_text(t("ce qu'on ne traverse pas à pied"), exact=True)).to_be_visible(
        timeout=PATIENCE_MS
    )
    settle(page)
    assert held(page) == []
    assert all(f"{lat:.5f}_{lon:.5f}" in page.url for lat, lon in points)
    page.get_by_role("button", name="Retirer la barrière 1").click()
    expect(page.get_by_text(t("ce qu'on ne traverse pas à pied"), exact=True)).to_have_count(0)
    assert tab.outside == []
