"""
Pictures of the pages, for people who look after their appearance.

    python -m tests.browser.shots --pages carte --lang fr --width 360

shoots whole pages into `artefacts/`: by default every page in French and English, at 360, 1280 and
1920 pixels, in light mode. `--url` uses a server that is already running.
"""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

import click
from playwright.sync_api import Error, sync_playwright

from revital.catalogue.load import catalogue
from revital.settings import PROJECT
from tests.browser import serving


@click.command(help=__doc__)
@click.option("--pages", multiple=True, help="Ids of pages; all by default.")
@click.option("--lang", "langs", multiple=True, type=click.Choice(["fr", "en"]))
@click.option("--width", "widths", multiple=True, type=int)
@click.option("--scheme", "schemes", multiple=True, type=click.Choice(["light", "dark"]))
@click.option("--query", default="", help="Rest of the address: indicateur=renters&niveau=da")
@click.option("--wait", default=1500, show_default=True, help="Pause before the picture, ms.")
@click.option("--print", "printed", is_flag=True, help="As printed on paper.")
@click.option("--out", default=PROJECT / "artefacts", type=click.Path(path_type=Path))
@click.option("--url", help="Server to use, such as http://localhost:8501.")
def shoot(
    pages: tuple[str, ...],
    langs: tuple[str, ...],
    widths: tuple[int, ...],
    schemes: tuple[str, ...],
    query: str,
    wait: int,
    printed: bool,
    out: Path,
    url: str | None,
) -> None:
    records = [p for p in catalogue().pages if not pages or p.id in pages]
    out.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        if url is None:
            home = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            server = serving.start(home)
            stack.callback(server.stop)
            url = server.url
        playwright = stack.enter_context(sync_playwright())
        browser = stack.enter_context(serving.launched(playwright))
        for record in records:
            for lang in langs or ("fr", "en"):
                for width in widths or (360, 1280, 1920):
                    for scheme in schemes or ("light",):
                        context = browser.new_context(
                            viewport={"width": width, "height": 800},
                            locale=f"{lang}-CA",
                            color_scheme=scheme,  # type: ignore[arg-type]
                            has_touch=width < 500,
                        )
                        page = context.new_page()
                        path = "/" if record.file == "app.py" else f"/{record.id}"
                        address = urlencode([("lang", lang), *parse_qsl(query)])
                        name = f"{record.id}-{lang}-{width}-{scheme}"
                        if printed:
                            name += "-print"
                        try:
                            page.goto(f"{url}{path}?{address}")
                            serving.settle(page)
                            if printed:
                                page.emulate_media(media="print")
                            # The main part scrolls inside the window: make the window that tall.
                            height = max(400, serving.whole_height(page))
                            page.set_viewport_size({"width": width, "height": min(height, 12_000)})
                            page.wait_for_timeout(wait)
                            page.screenshot(path=out / f"{name}.png")
                        except Error as error:
                            click.echo(f"{name}: {error}", err=True)
                        else:
                            click.echo(str(out / f"{name}.png"))
                        context.close()


if __name__ == "__main__":
    shoot()
