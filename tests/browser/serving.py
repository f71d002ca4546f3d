"""A fresh Streamlit server and a real browser, for tests and for pictures of the pages."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, ConsoleMessage, Error, Page, Playwright, Request

from revital.settings import PROJECT

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
#: Streamlit looks for its own address by trying two; the first of the two may answer 404.
_EXPECTED = ("_stcore/health", "_stcore/host-config")
_NOISE = ("Unrecognized feature",)
_PATIENCE_S = 90


def chromium() -> str | None:
    """Return the Chromium of this machine, if it has one."""
    for name in (
        os.environ.get("REVITAL_CHROMIUM"),
        "chromium",
        "chromium-browser",
        "google-chrome",
    ):
        found = shutil.which(name) if name else None
        if found:
            return found
    return None


@dataclass
class Server:
    """A running app; `log` holds what it printed."""

    url: str
    home: Path
    log: Path
    process: subprocess.Popen[bytes]
    port: int

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(10)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        return int(probe.getsockname()[1])


def start(
    home: Path,
    *,
    port: int | None = None,
    env: dict[str, str] | None = None,
    script: Path | None = None,
) -> Server:
    """
    Start the app on a free port, as `revital run` does, and wait until it answers.

    Another `script` is started as Streamlit does.
    """
    home.mkdir(parents=True, exist_ok=True)
    chosen = port or free_port()
    log = home / f"server-{chosen}.log"
    command = [sys.executable, "-m", "revital.cli.main", "run", "--port", str(chosen)]
    if script is not None:
        command = [
            sys.executable, "-m", "streamlit", "run", str(script),
            "--server.port", str(chosen), "--server.address", "localhost",
            "--server.headless", "true", "--server.fileWatcherType", "none",
        ]  # fmt: skip
    with log.open("ab") as handle:
        process = subprocess.Popen(
            command,
            cwd=PROJECT,
            stdout=handle,
            stderr=subprocess.STDOUT,
            env={**os.environ, "REVITAL_HOME": str(home), **(env or {})},
        )
    server = Server(f"http://localhost:{chosen}", home, log, process, chosen)
    deadline = time.monotonic() + _PATIENCE_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(f"{server.url}/_stcore/health", timeout=2) as answer:
                if answer.status == 200:
                    return server
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    server.stop()
    raise AssertionError(f"the app did not start:\n{log.read_text(errors='replace')[-3000:]}")


@contextmanager
def launched(playwright: Playwright) -> Iterator[Browser]:
    """Open Chromium."""
    browser = playwright.chromium.launch(executable_path=chromium(), args=list(FLAGS))
    try:
        yield browser
    finally:
        browser.close()


@dataclass
class Visit:
    """
    A tab and everything it asked of the network or complained about.

    Attributes
    ----------
    outside : list of str
        Addresses on other hosts that the page asked for.
    faults : list of str
        Errors of the console and of scripts, and requests that failed.
    """

    page: Page
    host: str
    outside: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def listen(self) -> None:
        self.page.on("request", self._request)
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.faults.append(f"script: {error}"))
        self.page.on("requestfailed", self._failed)
        self.page.on(
            "response",
            lambda answer: (
                self.faults.append(f"{answer.status} {answer.url}")
                if answer.status >= 400 and not answer.url.split("?")[0].endswith(_EXPECTED)
                else None
            ),
        )

    def _request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in ("http", "https", "ws", "wss") and parts.netloc != self.host:
            self.outside.append(request.url)

    def _console(self, message: ConsoleMessage) -> None:
        # Failed loads come with their address through `response`.
        known = message.text.startswith(_NOISE) or "Failed to load resource" in message.text
        if message.type == "error" and not known:
            self.faults.append(f"console: {message.text}")

    def _failed(self, request: Request) -> None:
        # Leaving a page cuts what it was still loading: that is no fault.
        if request.failure and "ERR_ABORTED" not in request.failure:
            self.faults.append(f"{request.failure} {request.url}")

    def describe(self, picture: Path) -> str:
        """Return what the tab shows and complained about, and keep a picture of it."""
        picture.parent.mkdir(parents=True, exist_ok=True)
        try:
            self.page.screenshot(path=picture, timeout=10_000)
            shown = self.page.locator("body").inner_text(timeout=5_000)
        except Error as error:
            shown = f"(nothing to read: {error.message})"
        return "\n".join([self.page.url, *self.faults, shown])

    def open(self, path: str) -> Page:
        """Go to an address of the app and wait until it has drawn its heading."""
        self.page.goto(f"http://{self.host}{path}")
        settle(self.page)
        return self.page


def settle(page: Page, pause_ms: int = 400) -> None:
    """Wait until the heading is there and the script is at rest."""
    page.locator("h1").first.wait_for(timeout=90_000)
    rest = page.locator("[data-testid=stApp][data-test-script-state=notRunning]")
    # The state is also "not running" in the instant before a rerun starts: look twice.
    rest.wait_for(timeout=90_000)
    page.wait_for_timeout(pause_ms)
    rest.wait_for(timeout=90_000)
    still(page)


def whole_height(page: Page) -> int:
    """Return the height of the page's content (the main part scrolls inside the window)."""
    script = "() => document.querySelector('[data-testid=stMain]')?.scrollHeight ?? 0"
    return int(page.evaluate(script))


def still(page: Page) -> None:
    """Wait until nothing on the page is moving to its place; what turns for ever is let be."""
    page.wait_for_function(
        """() => document.getAnimations().every(
            (one) => one.playState !== "running" ||
                one.effect?.getComputedTiming().endTime === Infinity)""",
        timeout=30_000,
    )


def unfold(page: Page, title: str) -> None:
    """
    Open a folded part and wait until it has grown to its size.

    What is below moves while it grows: a click in that time lands beside what it was meant for.
    """
    title_line = page.locator("summary", has_text=title)
    title_line.click()
    title_line.locator("xpath=../*[@data-testid='stExpanderDetails']").wait_for(timeout=30_000)
    still(page)
