"""
A map of 13,806 areas: ways to draw it, side by side in one run.

    PYTHONPATH=. python bench/many_areas.py [--quick]

Generated areas (`bench/generated.py`) stand alone on a page served from a folder, in a fresh
browser each time: one GeoJSON on Leaflet's canvas (the way one writes it first), the same GeoJSON
on our canvas, and our levels of detail. Printed: bytes until the first paint, time from the start
of the page to it, recolouring of all areas (forced to the pixels, overview and city), how long a
move to the city takes until its outlines are whole, and the memory of the tab, measured after a
walk through overview and city. Times are medians; GeoJSON comes as `.gz` and is unpacked in the
browser for all, as the app does.
"""

from __future__ import annotations

import functools
import gzip
import http.server
import json
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import click
import numpy as np
import psutil
import shapely
from bench import generated
from playwright.sync_api import Browser, sync_playwright
from tests.browser import serving

from revital.maps import choropleth
from revital.services import outlines
from revital.services.data import Data, open_data
from revital.settings import PROJECT, settings
from revital.store.layers import LayerStore

BOUNDS = "[[45, -79.5], [50.5, -64]]"
CITY = "[45.53, -73.65], 11.5"
COLOURS = ["#F7F0D8", "#F2D382", "#EFA55F", "#DA6B49", "#A8403F", "#5C1A2B"]

PAGE = """<!doctype html><meta charset="utf-8"><title>bench</title>
<link rel="stylesheet" href="leaflet.css">
<style>body{margin:0}#map{width:1000px;height:600px}</style>
<div id="map"></div><script src="leaflet.js"></script><script src="map.js"></script><script>
const N = %(count)d, COLOURS = %(colours)s;
const map = L.map("map", { preferCanvas: true, zoomSnap: 0.5, zoomAnimation: false })
  .fitBounds(%(bounds)s, { animate: false });
const codes = (k) => Uint8Array.from({ length: N }, (_, i) => (i * 7919 + k) %% 6);
const pixels = () => { for (const c of document.querySelectorAll("canvas"))
  c.getContext("2d").getImageData(0, 0, 1, 1); };
const frames = (n) => new Promise((ok) => {
  const f = () => (n-- ? requestAnimationFrame(f) : ok()); f(); });
%(script)s
</script>"""

VANILLA = """
const load = async (url) => new Response((await fetch(url)).body
  .pipeThrough(new DecompressionStream("gzip"))).json();
let layers = [];
window.recolour = (k) => { const c = codes(k);
  layers.forEach((l, i) => l.setStyle({ fillColor: COLOURS[c[i]] })); };
window.whole = async () => {};
load("areas.json.gz").then(async (geo) => {
  L.geoJSON(geo, { style: { color: "#fff", weight: 0.5, fillOpacity: 0.85, fillColor: "#fff" },
    onEachFeature: (f, l) => layers.push(l) }).addTo(map);
  window.recolour(0); pixels(); await frames(2); window.painted = performance.now(); });
"""

OURS = """
const HATCH = ["#eee", "#888"];
let areas;
window.recolour = (k) => areas.recolour(codes(k), COLOURS, HATCH);
window.whole = () =>
  areas._ask(Math.max(0, areas.levels.findIndex((l) => map.getZoom() <= l.until)));
revitalAreas.open("%s").then(async (a) => { areas = a;
  window.recolour(0); areas.addTo(map); pixels(); await frames(2);
  window.painted = performance.now(); });
"""

RECOLOUR = """async () => { await frames(2); const t = performance.now();
  window.recolour(1 + Math.floor(Math.random() * 5)); pixels(); await frames(3);
  return performance.now() - t; }"""
TO_CITY = """async () => { const t = performance.now(); map.setView(%s, { animate: false });
  await window.whole(); pixels(); await frames(2); return performance.now() - t; }"""


@contextmanager
def served(folder: Path) -> Iterator[str]:
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    handler = functools.partial(Quiet, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("localhost", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://localhost:{server.server_port}"
    finally:
        server.shutdown()


def write(folder: Path, count: int) -> list[tuple[str, str]]:
    """Write the pages; return their titles and names."""
    generated.write(folder / "home", count)
    data = Data(open_data().catalogue, LayerStore((settings().pack, folder / "home" / "layers")))
    began = time.process_time()
    made = outlines.outlines(data, generated.LAYER, folder)
    click.echo(f"levels written in {time.process_time() - began:.1f} s of processor", err=True)
    assert made.file.endswith(".areas.gz"), "too few areas for levels"
    shapes = np.asarray(data.layers.read_shapes(generated.LAYER, ["geometry"]).geometry.values)
    # What a careful author would serve: simplified as a coverage to about ten metres, 5 decimals.
    simple = shapely.set_precision(shapely.coverage_simplify(shapes, 1e-4), 0)
    features = [
        {
            "type": "Feature",
            "properties": {"id": id_, "name": name, "at": [0, 0]},
            "geometry": json.loads(text),
        }
        for id_, name, text in zip(made.ids, made.names, shapely.to_geojson(simple), strict=True)
    ]
    text = json.dumps({"type": "FeatureCollection", "features": features}, separators=(",", ":"))
    (folder / "areas.json.gz").write_bytes(gzip.compress(text.encode(), 6))
    leaflet = PROJECT / "static" / "vendor" / "leaflet"
    for name in ("leaflet.js", "leaflet.css"):
        (folder / name).write_bytes((leaflet / name).read_bytes())
    (folder / "map.js").write_text(choropleth.script(), encoding="utf-8")
    common = {"count": count, "colours": json.dumps(COLOURS), "bounds": BOUNDS}
    found = []
    for title, name, script in (
        ("one GeoJSON, `L.canvas`", "vanilla", VANILLA),
        ("one GeoJSON, our canvas", "flat", OURS % "areas.json.gz"),
        ("levels of detail, our canvas", "levels", OURS % f"geo/{made.file}"),
    ):
        page = PAGE % {**common, "script": script}
        (folder / f"{name}.html").write_text(page, encoding="utf-8")
        found.append((title, name))
    return found


def tab_memory_mb(browser_pid: int) -> float:
    """Return the memory of the heaviest renderer, what it shares counted in part."""
    children = psutil.Process(browser_pid).children(recursive=True)
    tabs = [c for c in children if "--type=renderer" in c.cmdline()]
    return max(c.memory_full_info().pss for c in tabs) / 1e6


def browser_pid(browser: Browser) -> int:
    session = browser.new_browser_cdp_session()
    found = session.send("SystemInfo.getProcessInfo")["processInfo"]
    return next(int(p["id"]) for p in found if p["type"] == "browser")


def visit(url: str) -> dict[str, float]:
    """Open a page in a fresh browser and walk through it."""
    with sync_playwright() as playwright, serving.launched(playwright) as browser:
        page = browser.new_page(viewport={"width": 1000, "height": 600})
        sizes: list[int] = []
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        session.on("Network.loadingFinished", lambda e: sizes.append(int(e["encodedDataLength"])))
        page.goto(url)
        page.wait_for_function("window.painted", timeout=180_000)
        out = {"first": page.evaluate("window.painted"), "bytes": float(sum(sizes))}
        out["overview"] = statistics.median(page.evaluate(RECOLOUR) for _ in range(5))
        out["move"] = page.evaluate(TO_CITY % CITY)
        out["city"] = statistics.median(page.evaluate(RECOLOUR) for _ in range(5))
        page.evaluate(f"map.fitBounds({BOUNDS}, {{animate: false}})")
        page.wait_for_timeout(500)
        out["memory"] = tab_memory_mb(browser_pid(browser))
        out["heap"] = page.evaluate("performance.memory.usedJSHeapSize") / 1e6
        return out


def table(found: dict[str, dict[str, float]], count: int, repeats: int) -> str:
    lines = [
        f"{date.today()}, {count:,} areas, medians of {repeats} fresh browsers.",
        "",
        "| | to first paint (MB) | first paint (s) | recolour, overview (ms) "
        "| recolour, city (ms) | move to the city (ms) | memory of the tab (MB) |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    lines += [
        f"| {title} | {r['bytes'] / 1e6:.2f} | {r['first'] / 1000:.2f} | {r['overview']:.0f} "
        f"| {r['city']:.0f} | {r['move']:.0f} | {r['memory']:.0f} |"
        for title, r in found.items()
    ]
    peer, *_, best = found.values()
    lines.append(
        f"| levels against `L.canvas` | | {best['first'] / peer['first']:.2f} | | | "
        f"| {best['memory'] / peer['memory']:.2f} |"
    )
    return "\n".join(lines)


@click.command(help=__doc__)
@click.option("--areas", default=13_806, show_default=True)
@click.option("--repeats", default=3, show_default=True)
@click.option("--quick", is_flag=True, help="6,000 areas, one browser each.")
def main(areas: int, repeats: int, quick: bool) -> None:
    if quick:
        areas, repeats = 6_000, 1
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        pages = write(folder, areas)
        runs: dict[str, list[dict[str, float]]] = {title: [] for title, _ in pages}
        with served(folder) as url:
            for _ in range(repeats):
                for title, page in pages:
                    runs[title].append(visit(f"{url}/{page}.html"))
                    click.echo(f"{title}: {runs[title][-1]}", err=True)
        medians = {
            title: {k: statistics.median(r[k] for r in held) for k in held[0]}
            for title, held in runs.items()
        }
    click.echo(table(medians, areas, repeats))


if __name__ == "__main__":
    main()
