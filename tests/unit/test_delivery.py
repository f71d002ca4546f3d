"""Documents in the reader's language, files compressed and kept; see `revital.ui.delivery`."""

from __future__ import annotations

import asyncio
import gzip
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
import streamlit
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from revital.ui import delivery, page_files

INDEX = (Path(streamlit.__file__).parent / "static" / "index.html").read_text("utf-8")
SCRIPT = "export const answer = 42;\n" * 200


class Behind:
    """An application like Streamlit's: one document, scripts, files of ours."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def answer(self, request: Request) -> Response:
        path = request.url.path
        self.asked.append(path)
        if path.startswith("/static/js/"):
            headers = {"cache-control": "public, immutable, max-age=31536000", "etag": '"a"'}
            return PlainTextResponse(SCRIPT, media_type="text/javascript", headers=headers)
        if path == "/app/static/geo/outlines-1.json.gz":
            return Response(gzip.compress(b"{}"), media_type="application/gzip")
        if path.startswith("/app/static/"):
            return Response(b"letters", media_type="font/woff2")
        if path == "/static/missing.js":
            return PlainTextResponse("not here", 404)
        if path == "/_stcore/health":
            return PlainTextResponse("ok")
        return HTMLResponse(INDEX, headers={"etag": '"same for all"', "cache-control": "no-cache"})


@pytest.fixture
def behind() -> Behind:
    return Behind()


class Reader:
    """A browser that asks the layers and, behind them, the application."""

    def __init__(self, behind: Behind) -> None:
        routes = [Route("/{path:path}", behind.answer)]
        self.app = Starlette(routes=routes, middleware=delivery.middleware())

    def ask(self, method: str, path: str, headers: dict[str, str]) -> httpx.Response:
        async def answer() -> httpx.Response:
            over = httpx.ASGITransport(self.app)
            async with httpx.AsyncClient(transport=over, base_url="http://localhost") as client:
                return await client.request(
                    method, path, headers={"accept": "text/html,*/*", **headers}
                )

        # In a thread of its own: the one of the tests may hold the loop of a browser.
        with ThreadPoolExecutor(1) as apart:
            return apart.submit(asyncio.run, answer()).result()

    def get(self, path: str, **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.ask("GET", path, named)


@pytest.fixture
def reader(behind: Behind) -> Reader:
    return Reader(behind)


@pytest.mark.parametrize(
    ("path", "lang"),
    [
        ("/", "fr"),
        ("/carte?lang=en", "en"),
        ("/carte?lang=xx", "fr"),
        ("/carte?territoire=nulle-part", "fr"),
        ("/carte?lang=fr&lang=en", "en"),
    ],
)
def test_a_document_speaks_the_language_of_its_address(reader, path, lang):
    answer = reader.get(path)
    assert f'<html lang="{lang}-CA">' in answer.text
    assert "<title>revital</title>" in answer.text
    assert ("JavaScript : activez" in answer.text) == (lang == "fr")
    assert "You need to enable" not in answer.text
    # The same address may speak another language tomorrow: nothing that says "unchanged".
    assert "etag" not in answer.headers
    again = reader.get(path, if_none_match='"same for all"')
    assert again.status_code == 200
    assert answer.headers["content-length"] == str(len(answer.content))


def test_what_streamlit_writes_in_its_document_is_still_what_we_replace():
    ours = delivery.document(INDEX, "", {"lang": "fr"})
    for theirs in ('lang="en"', "<title>Streamlit", "favicon.png", "SourceSansVF", "agents"):
        assert theirs in INDEX
        assert theirs not in ours
    assert 'type="module"' in ours
    named = [part for part in delivery.parts() if part.startswith(("Html.", "Selectbox."))]
    assert len(named) == 2
    assert all(ours.count(f'"./static/js/{part}"') == 1 for part in delivery.parts())


def test_files_that_a_page_needed_are_named_the_next_time():
    page_files.note(
        "carte", {"territoire": "ici", "indicateur": "x"}, ["geo/a<b.json.gz", "mine.js"]
    )
    text = delivery.document(INDEX, "carte", {"territoire": "ici", "indicateur": "other"})
    assert 'as="fetch" crossorigin href="./app/static/geo/a&lt;b.json.gz"' in text
    assert 'as="script" href="./app/static/mine.js"' in text
    assert "mine.js" not in delivery.document(INDEX, "carte", {"territoire": "ailleurs"})


def test_a_script_is_compressed_once_and_kept(reader, behind):
    first, again = reader.get("/static/js/index.1.js"), reader.get("/static/js/index.1.js")
    for answer in (first, again):
        assert answer.text == SCRIPT
        assert answer.headers["content-encoding"] == "gzip"
        assert int(answer.headers["content-length"]) < len(SCRIPT) / 10
        assert "immutable" in answer.headers["cache-control"]
    assert behind.asked == ["/static/js/index.1.js"]
    plain = reader.get("/static/js/index.1.js", accept_encoding="identity")
    assert plain.text == SCRIPT
    assert "content-encoding" not in plain.headers
    part = reader.get("/static/js/index.1.js", if_none_match='"a"')
    assert part.status_code == 200


def test_a_missing_file_is_not_kept_and_a_compressed_one_is_left_as_it_is(reader, behind):
    assert reader.get("/static/missing.js").status_code == 404
    assert reader.get("/static/missing.js").status_code == 404
    assert behind.asked.count("/static/missing.js") == 2
    outlines = reader.get("/app/static/geo/outlines-1.json.gz")
    assert gzip.decompress(outlines.content) == b"{}"
    assert "content-encoding" not in outlines.headers
    assert "immutable" in outlines.headers["cache-control"]
    letters = reader.get("/app/static/fonts/a.woff2")
    assert letters.headers["cache-control"] == "public, max-age=86400"


def test_what_is_held_has_a_limit(reader, behind, monkeypatch):
    monkeypatch.setattr(delivery, "MOST_HELD", 1)
    for _ in range(2):
        assert reader.get("/static/js/index.1.js").text == SCRIPT
    assert behind.asked == ["/static/js/index.1.js"] * 2


def test_other_answers_pass_untouched(reader):
    assert reader.get("/_stcore/health").text == "ok"
    assert reader.ask("POST", "/carte", {}).status_code == 405
