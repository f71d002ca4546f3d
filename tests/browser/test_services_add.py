"""On a phone, in the street: a known shop is put on the map in four taps or fewer."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

from revital.services.imports.events import Journal
from revital.services.workspace.home import Workspace
from tests.browser.serving import Server, Visit, settle


class Hand:
    """A finger that counts its taps, and looks at what it taps."""

    def __init__(self, page: Page) -> None:
        self.page, self.taps = page, 0

    def tap(self, target: Locator, **where: object) -> None:
        target.scroll_into_view_if_needed()
        box = target.bounding_box()
        assert box is not None
        assert box["height"] >= 44, f"{target}: {box['height']} px high"
        target.tap(**where)  # type: ignore[arg-type]
        self.taps += 1
        settle(self.page)


def test_a_shop_is_added_in_four_taps_on_a_phone(
    fresh_server: Callable[..., Server], visit: Callable[..., Visit]
):
    server = fresh_server()
    tab = visit(
        server, "/services?territoire=saint-philippe&vue=referer&sorte=grocery", width=360,
        height=740, touch=True,
    )  # fmt: skip
    page = tab.page
    hand = Hand(page)

    # 1: add; 2: where; the name field has the focus; 3: its kind; 4: save.
    hand.tap(page.get_by_role("button", name="Ajouter un commerce ou un service"))
    page.locator(".rv-picker[data-drawn]").wait_for()
    hand.tap(page.locator(".rv-picker-map"), position={"x": 170, "y": 150})
    expect(page.locator(".rv-picker-said")).to_contain_text("Endroit choisi")
    expect(page.get_by_label("Nom du lieu")).to_be_focused()
    page.keyboard.type("Épicerie <b>du coin</b>")
    hand.tap(page.get_by_role("radio", name="Fruits et légumes"))
    hand.tap(page.get_by_role("button", name="Enregistrer ce lieu"))
    assert hand.taps == 4
    expect(page.get_by_text("Lieu ajouté")).to_be_visible()
    expect(page.locator(".rv-refer-name", has_text="Épicerie <b>du coin</b>")).to_be_visible()
    (event,) = Journal(Workspace(server.home)).standing()
    row = Journal(Workspace(server.home)).rows(event).iloc[0]
    assert (row["name"], row["category"]) == ("Épicerie <b>du coin</b>", "greengrocer")

    # A place known by name: open the list, its button, the middle of the map by keyboard, save.
    hand.taps = 0
    hand.tap(page.locator("summary", has_text="Connus mais non situés"))
    hand.tap(page.locator(".st-key-rv_locate_super-c-saint-maurice button"))
    page.locator(".rv-picker[data-drawn]").wait_for()
    page.get_by_role("button", name="Prendre le centre de la carte").press("Enter")
    expect(page.locator(".rv-picker-said")).to_contain_text("Endroit choisi")
    hand.tap(page.get_by_role("button", name="Enregistrer ce lieu"))
    assert hand.taps == 3
    expect(page.locator(".rv-refer-name", has_text="Super C")).to_be_visible()
    assert len(Journal(Workspace(server.home)).standing()) == 2

    wide = page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth")
    assert wide <= 360, "nothing scrolls sideways"
    assert tab.outside == []
    assert tab.faults == []
