"""A fresh server and a real browser; everything here skips where there is no Chromium."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from revital.settings import PROJECT
from tests.browser import serving
from tests.browser.serving import Server, Visit

ARTEFACTS = PROJECT / "artefacts" / "failures"
_TABS = pytest.StashKey[list[Visit]]()

# Generous: the machine may be running other tests at the same time.
expect.set_options(timeout=30_000)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator:
    """Say what stood on each open tab when a test failed, and keep its picture."""
    report = yield
    if report.when == "call" and report.failed:
        for number, tab in enumerate(item.stash.get(_TABS, []), start=1):
            picture = ARTEFACTS / f"{item.name}-{number}.png"
            report.sections.append((f"Tab {number}: {picture.name}", tab.describe(picture)))
    return report


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    missing = serving.chromium() is None
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)
            if missing:
                item.add_marker(pytest.mark.skip(reason="no Chromium on this machine"))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright, serving.launched(playwright) as opened:
        yield opened


@pytest.fixture
def fresh_server(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Start servers that nobody has visited yet."""
    with ExitStack() as stack:

        def start(**options: object) -> Server:
            server = serving.start(tmp_path / "home", **options)  # type: ignore[arg-type]
            stack.callback(server.stop)
            return server

        yield start


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for all tests that only read: its first page is the slowest of all."""
    started = serving.start(tmp_path_factory.mktemp("home"))
    yield started
    started.stop()


@pytest.fixture
def visit(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Callable[..., Visit]]:
    """Open tabs, each in a context of its own: another reader, another session."""
    tabs = request.node.stash.setdefault(_TABS, [])
    with ExitStack() as stack:

        def open_tab(
            server: Server,
            path: str | None = None,
            *,
            lang: str = "fr",
            width: int = 1280,
            height: int = 800,
            scheme: str = "light",
            touch: bool = False,
        ) -> Visit:
            context = browser.new_context(
                viewport={"width": width, "height": height},
                locale=f"{lang}-CA",
                color_scheme=scheme,  # type: ignore[arg-type]
                has_touch=touch,
            )
            stack.callback(context.close)
            tab = Visit(context.new_page(), urlsplit(server.url).netloc)
            tab.listen()
            tabs.append(tab)
            if path is not None:
                tab.open(path)
            return tab

        yield open_tab
