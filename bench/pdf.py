"""
The portrait as PDF, cold and warm, against Chromium's print and matplotlib in the same run.

    python bench/pdf.py

All three set the same figures and the same map. Cold is a new process, its imports included; warm
is the same process again, the title changed so that nothing can be kept. Times are seconds of
processor (children included), the middle of `--runs`, so that a busy machine changes them little.
Only typst's file is tagged for screen readers and says PDF/UA-1; the bench checks it.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import date
from html import escape
from pathlib import Path
from typing import Any

CHROMIUM = "/usr/bin/chromium"
DAY = date(2026, 11, 21)


def content(territory: str, lang: str) -> dict[str, Any]:
    """Everything that is printed, prepared once and left out of the times."""
    from revital.i18n import translator
    from revital.reports import portrait
    from revital.services.data import open_data
    from revital.services.portrait_sheet import portrait_sheet

    t = translator(lang)
    return portrait._content(portrait_sheet(open_data(), territory, t, DAY), t)


def page(held: dict[str, Any]) -> str:
    """The same portrait as a page for a browser's print."""
    rows = "".join(
        f"<tr><th>{escape(r['title'])}</th><td>{escape(r['value'])}</td><td>{escape(r['city'])}</td>"
        f"<td>{escape(r['province'])}</td></tr>"
        for half in held["halves"]
        for part in half
        for r in part["rows"]
    )
    lists = "".join(f"<li>{escape(x)}</li>" for x in (*held["strengths"], *held["challenges"]))
    return (
        "<!doctype html><meta charset=utf-8><style>@page{size:Letter;margin:13mm}"
        "body{font:8pt sans-serif}</style>"
        f"<title>{escape(held['title'])}</title><h1>{escape(held['title'])}</h1>"
        f"<p>{escape(held['sentence'])}</p><ul>{lists}</ul>{held['picture']['svg']}"
        f"<table>{rows}</table><p>{escape(held['sources'])}</p>"
    )


def by_typst(held: dict[str, Any], target: Path) -> None:
    from revital.reports import typesetting

    target.write_bytes(typesetting.pdf("portrait.typ", held, DAY))


def by_chromium(held: dict[str, Any], target: Path) -> None:
    source = target.with_suffix(".html")
    source.write_text(page(held), encoding="utf-8")
    subprocess.run(
        [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer",
         f"--print-to-pdf={target}", source.as_uri()],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip


def by_matplotlib(held: dict[str, Any], target: Path) -> None:
    import matplotlib

    matplotlib.use("pdf")
    import re

    import matplotlib.pyplot as plt

    figure = plt.figure(figsize=(8.5, 11))
    figure.text(0.06, 0.96, held["title"], fontsize=20)
    figure.text(0.06, 0.94, held["sentence"], fontsize=8, wrap=True)
    for i, line in enumerate((*held["strengths"], *held["challenges"])):
        figure.text(0.06, 0.90 - i * 0.014, line.replace("$", r"\$"), fontsize=7)
    axes = figure.add_axes((0.52, 0.6, 0.44, 0.3))
    for d, fill in re.findall(r'<path d="([^"]+)" fill="(#[0-9A-F]{6})"/>', held["picture"]["svg"]):
        for ring in d.strip("Z").split("Z"):
            points = [tuple(map(float, p.split())) for p in ring.strip("M").split("L")]
            axes.fill(*zip(*points, strict=True), color=fill)
    axes.invert_yaxis()
    axes.set_axis_off()
    for column, half in enumerate(held["halves"]):
        rows = [
            [r["title"], r["value"], r["city"], r["province"]]
            for part in half
            for r in part["rows"]
        ]
        rows = [[cell.replace("$", r"\$") for cell in row] for row in rows]
        box = figure.add_axes((0.05 + 0.46 * column, 0.08, 0.44, 0.48))
        box.set_axis_off()
        box.table(cellText=rows, loc="upper left", fontsize=6)
    figure.savefig(target)
    plt.close(figure)


WAYS = {"typst": by_typst, "chromium": by_chromium, "matplotlib": by_matplotlib}


def seconds() -> float:
    """Seconds of processor of this process and of its finished children."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


def one(way: str, held: dict[str, Any], folder: Path, times: int) -> dict[str, Any]:
    """Set the portrait `times` times in this process; the first one is cold."""
    found = []
    for i in range(times):
        held["title"] = f"Saint-Philippe {i}"
        target = folder / f"{way}.pdf"
        before, clock = seconds(), time.perf_counter()
        WAYS[way](held, target)
        found.append((seconds() - before, time.perf_counter() - clock))
    return {"cold": found[0], "warm": found[1:], "bytes": target.stat().st_size}


def main() -> None:
    """Print a table of times, sizes and ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--territory", default="saint-philippe")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--one", nargs=2, metavar=("WAY", "CONTENT"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.one:
        way, path = asked.one
        held = json.loads(Path(path).read_text(encoding="utf-8"))
        print(json.dumps(one(way, held, Path(path).parent, asked.runs + 1)))
        return
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "content.json"
        path.write_text(json.dumps(content(asked.territory, "fr")), encoding="utf-8")
        found = {}
        for way in WAYS:
            if way == "chromium" and not Path(CHROMIUM).exists():
                continue
            answer = subprocess.run(
                [sys.executable, __file__, "--one", way, str(path), "--runs", str(asked.runs)],
                check=True, capture_output=True, text=True,
            )  # fmt: skip
            found[way] = json.loads(answer.stdout)
        tagged = b"pdfuaid" in (Path(name) / "typst.pdf").read_bytes()
    ours = found["typst"]
    warm = {w: statistics.median(c for c, _ in f["warm"]) for w, f in found.items()}
    heads = ("cold CPU s", "warm CPU s", "kB", "cold / ours", "warm / ours")
    print(f"{'':12}" + "".join(f"{h:>13}" for h in heads))
    for way, f in found.items():
        print(
            f"{way:12}{f['cold'][0]:13.2f}{warm[way]:13.3f}{f['bytes'] / 1000:13.0f}"
            f"{f['cold'][0] / ours['cold'][0]:13.1f}{warm[way] / warm['typst']:13.1f}"
        )
    print("typst: PDF/UA-1" if tagged else "typst: NOT PDF/UA-1")


if __name__ == "__main__":
    main()
