"""A map of the page, as tests look at it."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Locator, Page, expect

#: Sheets, legends and sentences follow a change within this many milliseconds, on a busy machine.
PATIENCE_MS = 30_000


class Map:
    """A map of the page: `evaluate` knows it as `revitalMap`, `locator` looks inside it."""

    def __init__(self, page: Page, slot: str = "main") -> None:
        self.page, self.slot = page, slot
        self.box = page.locator(f".st-key-rv_mapbox_{slot} .rv-map")
        page.locator(f".st-key-rv_mapbox_{slot} .rv-map[data-drawn]").wait_for(timeout=PATIENCE_MS)

    def evaluate(self, script: str, arg: object = None) -> Any:
        own = f"window.__revitalMaps.{self.slot}.own"
        return self.page.evaluate(script.replace("revitalMap", own), arg)

    def locator(self, selector: str) -> Locator:
        return self.box.locator(selector)

    def drawn(self) -> str | None:
        return self.box.get_attribute("data-drawn")

    def wait_redrawn(self, before: str | None) -> None:
        expect(self.box).not_to_have_attribute("data-drawn", before or "", timeout=PATIENCE_MS)
        # Colours may come before the page has answered.
        self.wait_answered()

    def wait_answered(self) -> None:
        expect(self.page.locator(".rv-map[data-awaited]")).to_have_count(0, timeout=PATIENCE_MS)


def place_of(page: Page, shown: Map, index: int, slot: str = "main") -> tuple[float, float]:
    """Return where the inner point of an area is on the screen."""
    page.locator(f".st-key-rv_mapbox_{slot}").scroll_into_view_if_needed()
    point = shown.evaluate(
        """i => { const at = revitalMap.areas.at[i];
          const p = revitalMap.map.latLngToContainerPoint(at); return [p.x, p.y] }""",
        index,
    )
    box = shown.box.bounding_box()
    return box["x"] + point[0], box["y"] + point[1]


def neighbour(shown: Map, ours: str) -> int:
    """Return an area other than `ours` that is well inside the window."""
    return shown.evaluate(
        """ours => { const size = revitalMap.map.getSize();
          return revitalMap.areas.at.findIndex((at, i) => {
            const p = revitalMap.map.latLngToContainerPoint(at);
            return revitalMap.areas.ids[i] !== ours && p.x > 90 && p.x < size.x - 90
              && p.y > 90 && p.y < size.y - 90 }) }""",
        ours,
    )


def selection(page: Page) -> str | None:
    return page.evaluate("new URL(location).searchParams.get('selection')")


def wait_selection(page: Page, area: str) -> None:
    page.wait_for_function(
        "area => new URL(location).searchParams.get('selection') === area",
        arg=area,
        timeout=PATIENCE_MS,
    )
