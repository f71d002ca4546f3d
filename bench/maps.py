"""
Times of maps against the way one first writes them with streamlit-folium, in the same run.

    PYTHONPATH=. python bench/maps.py [--quick]

opens the apps in Chromium, on the 272 cells (275 areas) of Trois-Rivières and on the 3,228 areas
of the island of Montréal, and prints a table: first paint, recolour after a change of indicator,
bytes and processor time of the server per change; then the time from the start of a server to its
first page, against `streamlit hello`. The peers are the map one writes first with streamlit-folium
(`maps_peer.py`) and with plotly (`maps_plotly_peer.py`, whose browser draws WebGL in software).
Clocks run inside the browser: from the click on the new indicator to the second animation frame
after the map has its new colours. Nothing leaves the machine: the peer's scripts come from the copy
of Leaflet that the app ships, by a server beside it (answering them inside the browser's driver
holds every request of every app back).
"""

from __future__ import annotations

import http.server
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import click
import psutil
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright
from tests.browser import serving

from revital.catalogue.load import catalogue
from revital.settings import PROJECT

#: A peer is an app as one first makes it: with Streamlit's own settings, which ours differ from.
AS_FIRST_MADE = ("--runner.postScriptGC", "true")
PLACES = {"272 cells (275 areas)": ("saint-philippe", 272), "3,228 areas": ("le-sud-ouest", 3228)}
#: After the first visit: whatever an app prepares for the next ones is done.
REST_MS = 10_000
INDICATORS = ["population_density", "small_dwellings", "low_income"]
LEAFLET = PROJECT / "static" / "vendor" / "leaflet"

#: In every frame: notes when a map has new colours, two animation frames later; in the top one,
#: when an entry of a list was clicked.
WATCH = """
(() => {
  const top_ = window.top;
  top_.__maps = top_.__maps || [];
  if (window === top_)
    addEventListener("click", (e) => {
      if (e.target.closest("[role=option]")) top_.__asked = Date.now();
    }, true);
  // Frames of the page: streamlit-folium cancels those of its own window.
  const frame = (task) => top_.requestAnimationFrame(task);
  let last = "";
  const look = () => {
    let mark = "";
    const own = document.querySelector(".rv-map[data-drawn]");
    const plot = document.querySelector(".js-plotly-plot");
    const gl = plot && plot._fullLayout && plot._fullLayout.map && plot._fullLayout.map._subplot;
    if (own) mark = own.dataset.drawn;
    else if (gl) {
      const z = plot._fullData[0].z;
      if (gl.map.loaded()) {
        mark = String(z.length);
        for (let i = 0; i < z.length; i += 7) mark += z[i];
      }
    } else {
      const paths = document.querySelectorAll("path.leaflet-interactive");
      if (paths.length > 100) {
        const step = Math.max(1, Math.floor(paths.length / 40));
        mark = String(paths.length);
        for (let i = 0; i < paths.length; i += step) mark += paths[i].getAttribute("fill");
      }
    }
    if (mark && mark !== last) {
      last = mark;
      frame(() => frame(() => top_.__maps.push({ mark, at: Date.now() })));
    }
    frame(look);
  };
  look();
})();
"""


@dataclass
class App:
    """A server: its address, when it was started, and the processor time it has used."""

    url: str
    began: float
    process: psutil.Process

    def spent_ms(self) -> float:
        return 1000 * sum(self.process.cpu_times()[:2])


@contextmanager
def running(*words: str) -> Iterator[App]:
    """Start a Streamlit app, or ours when no words say which."""
    port = serving.free_port()
    with tempfile.TemporaryDirectory() as home:
        began = time.time()
        command = [
            sys.executable, "-m", "streamlit", *words, "--server.port", str(port),
            "--server.address", "localhost", "--server.headless", "true",
            "--server.fileWatcherType", "none", "--browser.gatherUsageStats", "false",
        ]  # fmt: skip
        if not words:
            command = [sys.executable, "-m", "revital.cli.main", "run", "--port", str(port)]
        process = subprocess.Popen(
            command,
            cwd=PROJECT,
            env={**os.environ, "REVITAL_HOME": home, "PYTHONPATH": str(PROJECT)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            yield App(f"http://localhost:{port}", began, psutil.Process(process.pid))
        finally:
            process.terminate()
            process.wait(10)


def wait_up(page: Page, url: str) -> None:
    deadline = time.time() + 90
    while time.time() < deadline:
        try:
            if page.request.get(f"{url}/_stcore/health").ok:
                return
        except Exception:  # noqa: BLE001 - refused until the server listens
            time.sleep(0.05)
    raise SystemExit(f"{url} does not answer")


class Assets(http.server.BaseHTTPRequestHandler):
    """What the peer asks of other hosts: Leaflet from our copy, the rest with nothing."""

    def do_GET(self) -> None:
        found = LEAFLET / self.path.rpartition("/")[2]
        body = found.read_bytes() if found.is_file() else b""
        kind = "text/css" if self.path.endswith("css") else "text/javascript"
        self.send_response(200)
        for name, value in (
            ("Content-Type", kind), ("Content-Length", str(len(body))),
            ("Access-Control-Allow-Origin", "*"),
        ):  # fmt: skip
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def assets() -> Iterator[str]:
    """Serve what the peer asks of other hosts, and tell it where."""
    server = http.server.ThreadingHTTPServer(("localhost", 0), Assets)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    os.environ["PEER_ASSETS"] = f"http://localhost:{server.server_address[1]}"
    try:
        yield os.environ["PEER_ASSETS"]
    finally:
        server.shutdown()


@dataclass
class Traffic:
    """Bytes that came to a page: over its socket, and over HTTP."""

    bytes: int = 0
    parts: list[int] = field(default_factory=list)

    def attach(self, page: Page, context: BrowserContext) -> None:
        def received(data: str | bytes) -> None:
            self.bytes += len(data)
            self.parts.append(len(data))

        page.on("websocket", lambda socket: socket.on("framereceived", received))
        session = context.new_cdp_session(page)
        session.send("Network.enable")
        session.on("Network.loadingFinished", self._loaded)

    def _loaded(self, event: dict) -> None:
        self.bytes += int(event["encodedDataLength"])


@dataclass
class Run:
    """What was measured of one app on one place, in milliseconds and bytes."""

    first: list[float] = field(default_factory=list)
    recolour: list[float] = field(default_factory=list)
    bytes: list[int] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)


def _painted(page: Page, after: float, seen: set[str]) -> tuple[float, str]:
    """Return when the first map with colours not seen before was painted."""
    deadline = time.time() + 120
    while time.time() < deadline:
        for note in page.evaluate("window.__maps || []"):
            if note["at"] >= after and note["mark"] not in seen:
                return note["at"], note["mark"]
        page.wait_for_timeout(20)
    raise SystemExit("the map was not painted")


def measure(
    context_of: Callable[[], BrowserContext], app: App, path: str, box: str, words: dict[str, str],
    *, visits: int, changes: int,
) -> Run:  # fmt: skip
    """Visit a page several times, then change its indicator several times."""
    run, address = Run(), f"{app.url}{path}"
    traffic = Traffic()
    # The first visit warms the server; the last one is kept for the changes. Only that one is
    # listened to: the driver's word on each message would hold back the others.
    for visit in range(visits + 2):
        context = context_of()
        page = context.new_page()
        page.add_init_script(WATCH)
        outside: list[str] = []
        page.on("request", lambda request, seen=outside: seen.append(request.url))
        if visit > visits:
            traffic.attach(page, context)
        began = time.time() * 1000
        page.goto(address)
        at, mark = _painted(page, began, set())
        if 0 < visit <= visits:
            run.first.append(at - began)
        left = [url for url in outside if "://localhost" not in url and url.startswith("http")]
        if left:
            raise SystemExit(f"asked of another host: {left[0]}")
        if visit == 0:
            page.wait_for_timeout(REST_MS)
        if visit <= visits:
            context.close()
    page.wait_for_timeout(1_500)
    for number in range(changes + len(INDICATORS)):
        title = words[INDICATORS[number % len(INDICATORS)]]
        field_ = page.get_by_role("combobox", name=box)
        field_.click()
        field_.fill(title)
        option = page.get_by_role("option", name=title).first
        option.wait_for()
        traffic.bytes = 0
        spent = app.spent_ms()
        option.click()
        asked = page.evaluate("window.__asked")
        at, mark = _painted(page, asked, {mark})
        page.wait_for_timeout(1_500)
        if number >= len(INDICATORS):  # each indicator was shown once: caches are warm for both
            run.recolour.append(at - asked)
            run.bytes.append(traffic.bytes)
            run.cpu.append(app.spent_ms() - spent)
    context.close()
    return run


def start_times(context_of: Callable[[], BrowserContext], times: int) -> dict[str, list[float]]:
    """Return seconds from the start of a server to the first heading in the browser."""
    found: dict[str, list[float]] = {"revital": [], "streamlit hello": []}
    for _ in range(times):
        for name, words in (
            ("streamlit hello", ("hello",)),
            ("revital", ()),
        ):
            with running(*words) as app:
                page = context_of().new_page()
                wait_up(page, app.url)
                page.goto(app.url)
                page.locator("h1").first.wait_for(timeout=90_000)
                found[name].append(time.time() - app.began)
                page.context.close()
    return found


def _median(values: list[float] | list[int]) -> float:
    return float(statistics.median(values))


ROWS = (
    ("first paint", "first", "ms", 1),
    ("recolour", "recolour", "ms", 1),
    ("bytes per change", "bytes", "kB", 1000),
    ("server processor per change", "cpu", "ms", 1),
)


def table(results: dict[str, dict[str, Run]], starts: dict[str, list[float]]) -> str:
    """Return the results as Markdown; a ratio says how many times ours is better."""
    lines = [
        "| | | revital | `st_folium` | ratio | plotly | ratio |",
        "|---|---|---:|---:|---:|---:|---:|",
    ]
    for place, runs in results.items():
        for label, name, unit, scale in ROWS:
            cells = []
            ours = _median(getattr(runs["revital"], name)) / scale
            for peer in ("folium", "plotly"):
                value = _median(getattr(runs[peer], name)) / scale
                cells.append(f"{value:,.0f} {unit} | {value / ours:.1f}×")
            lines.append(f"| {place} | {label} | {ours:,.0f} {unit} | {' | '.join(cells)} |")
    if starts:
        a, b = _median(starts["revital"]), _median(starts["streamlit hello"])
        lines += [
            "",
            "| from server start to first page | revital | `streamlit hello` | ratio |",
            "|---|---:|---:|---:|",
            f"| median of {len(starts['revital'])} | {a:.1f} s | {b:.1f} s | {a / b:.2f} |",
        ]
    return "\n".join(lines)


def with_webgl(playwright: Playwright) -> Browser:
    """Open Chromium with WebGL in software, which plotly's maps need."""
    flags = [f for f in serving.FLAGS if f != "--disable-gpu"]
    return playwright.chromium.launch(
        executable_path=serving.chromium(),
        args=[*flags, "--use-angle=swiftshader", "--enable-unsafe-swiftshader"],
    )


@click.command(help=__doc__)
@click.option("--visits", default=3, show_default=True)
@click.option("--changes", default=6, show_default=True)
@click.option("--starts", default=3, show_default=True)
@click.option("--place", "only", type=click.Choice(list(PLACES)), multiple=True)
@click.option("--quick", is_flag=True, help="One visit, two changes, one start.")
@click.option("--json", "raw", type=click.Path(path_type=Path), help="Every measurement.")
def main(
    visits: int, changes: int, starts: int, only: tuple[str, ...], quick: bool, raw: Path | None
) -> None:
    if quick:
        visits, changes, starts = 1, 2, 1
    title = {i: catalogue().indicator(i).title.fr for i in INDICATORS}
    ids = {i: i for i in INDICATORS}
    results: dict[str, dict[str, Run]] = {}
    with ExitStack() as stack:
        stack.enter_context(assets())
        playwright = stack.enter_context(sync_playwright())
        plain = stack.enter_context(serving.launched(playwright))
        webgl = with_webgl(playwright)
        stack.callback(webgl.close)

        def context_of(browser: Browser = plain) -> BrowserContext:
            return browser.new_context(viewport={"width": 1280, "height": 900}, locale="fr-CA")

        bench = PROJECT / "bench"
        ours = stack.enter_context(running())
        folium = stack.enter_context(running("run", str(bench / "maps_peer.py"), *AS_FIRST_MADE))
        plotly = stack.enter_context(
            running("run", str(bench / "maps_plotly_peer.py"), *AS_FIRST_MADE)
        )
        probe = context_of().new_page()
        for app in (ours, folium, plotly):
            wait_up(probe, app.url)
        for place, (territory, _) in PLACES.items():
            if only and place not in only:
                continue
            own = f"/carte?territoire={territory}&niveau=da"
            peer = f"/?territoire={territory}"
            how = {"visits": visits, "changes": changes}
            results[place] = {
                "revital": measure(context_of, ours, own, "Ce que montre la carte", title, **how),
                "folium": measure(context_of, folium, peer, "Indicator", ids, **how),
                "plotly": measure(lambda: context_of(webgl), plotly, peer, "Indicator", ids, **how),
            }
            click.echo(place, err=True)
        begun = start_times(context_of, starts) if starts else {}
    click.echo(
        f"{date.today()}, Python {platform.python_version()}, {os.cpu_count()} processors, "
        f"load {os.getloadavg()[0]:.1f}; medians of {visits} visits and {changes} changes.\n"
    )
    click.echo(table(results, begun))
    if raw:
        held = {p: {k: vars(r) for k, r in runs.items()} for p, runs in results.items()}
        raw.write_text(json.dumps({"maps": held, "starts": begun}, indent=2), encoding="utf-8")


if __name__ == "__main__":
    main()
