"""The self-contained page in a real browser, opened as a file."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from revital.reports.site import site_html
from revital.services.data import open_data
from revital.services.site_content import site_content
from revital.settings import settings


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REVITAL_HOME", str(tmp_path_factory.mktemp("home")))
        settings.cache_clear()
        text = site_html(site_content(open_data(), "saint-philippe"), "fr")
    settings.cache_clear()
    path = tmp_path_factory.mktemp("site") / "saint-philippe.html"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("width", [360, 1280])
def test_page_works_from_a_file_without_asking_anything(
    browser: Browser, file: Path, width: int
) -> None:
    page = browser.new_page(viewport={"width": width, "height": 800})
    asked: list[str] = []
    faults: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: faults.append(message.text))
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(file.as_uri())
    # The page's own policy forbids to evaluate text: the driver waits for what it can see.
    drawn = page.locator("html[data-drawn]")
    drawn.wait_for(state="attached")
    expect(page.locator("h1:visible")).to_have_text("Saint-Philippe")
    expect(page.get_by_text("Saint-Philippe compte")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    # The switch changes every visible word, the map's included, and keeps the indicator.
    page.select_option("#rv-pick", label="Ménages locataires")
    page.get_by_role("button", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.get_by_text("Saint-Philippe has")).to_be_visible()
    expect(page.locator("#rv-legend h3")).to_contain_text("Renter households")
    # An area is chosen with the keyboard alone.
    picker = page.locator(".rv-pick select")
    picker.focus()
    picker.press("ArrowDown")
    expect(page.locator("#rv-area")).to_contain_text("Renter households")
    # A tap on the map chooses the area under it.
    said = page.locator("#rv-area").inner_text()
    page.locator("#map").scroll_into_view_if_needed()
    page.locator("#map").click(position={"x": 150, "y": 180})
    expect(page.locator("#rv-area")).not_to_have_text(said)
    expect(page.locator("#rv-area")).to_contain_text("Renter households")
    # Services appear when asked for.
    before = drawn.get_attribute("data-drawn")
    page.check("#rv-services")
    expect(drawn).not_to_have_attribute("data-drawn", before)
    assert page.evaluate("window.revitalMap.points.getLayers().length") > 10
    assert asked == [file.as_uri()]
    assert faults == []
    page.close()
