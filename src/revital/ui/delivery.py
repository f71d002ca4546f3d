"""
How documents and files reach a browser: in the reader's language, small, and once.

Streamlit sends one document for every page, in English, and its scripts as they are: over a weak
network a page of theirs takes three times as long as it must. Two layers stand before it here
(`serve.py`): one puts the reader's language in the document and names what the page will need, the
other keeps files that never change, compressed, in memory.
"""

from __future__ import annotations

import gzip
import html
import re
from collections import OrderedDict
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import streamlit
from anyio import to_thread
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware

from revital.i18n import LANGUAGES, translator
from revital.ui import page_files
from revital.ui.language import own_language

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]

#: Bytes of compressed files held; the oldest leave first.
MOST_HELD = 64_000_000
_FOR_EVER = "public, max-age=31536000, immutable"
_FOR_A_DAY = "public, max-age=86400"
_COMPRESSIBLE = re.compile(r"^(text/|application/(javascript|json|wasm)|image/svg)")
_LEAST_COMPRESSED = 1_000
#: Paths that are never a page of ours.
_NOT_PAGES = ("/_stcore/", "/static/", "/media/", "/component/", "/app/static/", "/oauth2callback")
#: Parts of Streamlit's browser code that every page of ours asks for once it has begun.
_PARTS = (
    "Html", "BidiComponent", "PageLink", "Selectbox", "Button", "ButtonGroup", "Checkbox",
    "TextInput", "DownloadButton",
)  # fmt: skip
#: Letters of every page: text and headings.
_LETTERS = (
    "fonts/atkinson-hyperlegible-next-latin-400-normal.woff2",
    "fonts/radio-canada-big-latin-700-normal.woff2",
)


def middleware() -> list[Middleware]:
    """Return the layers that stand before Streamlit."""
    return [Middleware(Documents), Middleware(Files)]


@dataclass
class Answer:
    """A whole answer of the application behind."""

    status: int
    headers: MutableHeaders
    body: bytes

    async def send(self, send: Send) -> None:
        """Send it on."""
        self.headers["content-length"] = str(len(self.body))
        await send(
            {"type": "http.response.start", "status": self.status, "headers": self.headers.raw}
        )
        await send({"type": "http.response.body", "body": self.body})


async def whole_answer(application: Application, scope: Message, receive: Receive) -> Answer:
    """Let the application answer a request that asks for no part and holds nothing from before."""
    asked = MutableHeaders(scope=dict(scope))
    for name in ("if-none-match", "if-modified-since", "range", "accept-encoding"):
        del asked[name]
    answer = Answer(500, MutableHeaders(), b"")
    parts: list[bytes] = []

    async def keep(message: Message) -> None:
        if message["type"] == "http.response.start":
            answer.status = message["status"]
            answer.headers = MutableHeaders(raw=list(message["headers"]))
        elif message["type"] == "http.response.body":
            parts.append(message.get("body", b""))

    await application({**scope, "headers": asked.raw, "extensions": {}}, receive, keep)
    answer.body = b"".join(parts)
    return answer


def _path(scope: Message) -> str:
    """Return the path of a request below the address the app is served at."""
    base = scope.get("root_path", "") or ""
    own = str(streamlit.get_option("server.baseUrlPath") or "").strip("/")
    path = str(scope["path"]).removeprefix(base)
    return path.removeprefix(f"/{own}") if own else path


# -- files ----------------------------------------------------------------------------------------


class Files:
    """
    Keep files that never change in memory, compressed, and tell browsers how long theirs are good.

    Names of Streamlit's scripts and of our outlines change with their content; fonts and Leaflet
    keep theirs, and are asked for again after a day.
    """

    def __init__(self, app: Application) -> None:
        self._app = app
        self._held: OrderedDict[str, Answer] = OrderedDict()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer a request."""
        path = _path(scope) if scope["type"] == "http" else ""
        if scope.get("method") != "GET" or not path.startswith(("/static/", "/app/static/")):
            await self._app(scope, receive, send)
            return
        if path.startswith("/app/static/") and not path.startswith("/app/static/geo/"):
            await self._app(scope, receive, _lasting(send, _FOR_A_DAY))
            return
        if "gzip" not in Headers(scope=scope).get("accept-encoding", ""):
            await self._app(scope, receive, send)
            return
        held = self._held.get(path)
        if held is None:
            held = await whole_answer(self._app, scope, receive)
            if held.status == 200:
                await to_thread.run_sync(_compress, held)
                self._keep(path, held)
        await held.send(send)

    def _keep(self, path: str, answer: Answer) -> None:
        if "immutable" not in answer.headers.get("cache-control", ""):
            if not path.startswith("/app/static/geo/"):
                return
            answer.headers["cache-control"] = _FOR_EVER
        self._held[path] = answer
        while sum(len(a.body) for a in self._held.values()) > MOST_HELD:
            self._held.popitem(last=False)


def _compress(answer: Answer) -> None:
    kind = answer.headers.get("content-type", "")
    if _COMPRESSIBLE.match(kind) and len(answer.body) >= _LEAST_COMPRESSED:
        answer.body = gzip.compress(answer.body, 6, mtime=0)
        answer.headers["content-encoding"] = "gzip"
        answer.headers.add_vary_header("Accept-Encoding")


def _lasting(send: Send, how_long: str) -> Send:
    async def said(message: Message) -> None:
        if message["type"] == "http.response.start" and message["status"] in (200, 304):
            MutableHeaders(raw=message["headers"])["cache-control"] = how_long
        await send(message)

    return said


# -- documents ------------------------------------------------------------------------------------


class Documents:
    """Send the document of a page in the reader's language, with what the page will need named."""

    def __init__(self, app: Application) -> None:
        self._app = app

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if not _asks_for_page(scope):
            await self._app(scope, receive, send)
            return
        answer = await whole_answer(self._app, scope, receive)
        if answer.status == 200 and answer.headers.get("content-type", "").startswith("text/html"):
            asked = parse_qs(scope["query_string"].decode("latin-1"))
            given = {key: values[-1] for key, values in asked.items()}
            page = _path(scope).strip("/")
            text = await to_thread.run_sync(document, answer.body.decode(), page, given)
            answer.body = text.encode()
            # What it holds goes by the address, which these do not know.
            for name in ("etag", "last-modified"):
                del answer.headers[name]
        await answer.send(send)


def _asks_for_page(scope: Message) -> bool:
    return (
        scope["type"] == "http"
        and scope["method"] == "GET"
        and "text/html" in Headers(scope=scope).get("accept", "")
        and not _path(scope).startswith(_NOT_PAGES)
    )


def document(text: str, page: str, given: dict[str, str]) -> str:
    """
    Return Streamlit's document with the words and the needs of a page.

    Parameters
    ----------
    text : str
        Streamlit's `index.html`.
    page : str
        Path of the page, empty for the first.
    given : dict
        Parameters of the address.
    """
    asked = given.get("lang", "")
    lang = asked if asked in LANGUAGES else own_language(given.get("territoire"))
    t = translator(lang)
    no_script = t("revital a besoin de JavaScript : activez-le dans ce navigateur.")
    text = text.replace('<html lang="en">', f'<html lang="{lang}-CA">', 1)
    text = text.replace("<title>Streamlit</title>", "<title>revital</title>", 1)
    text = text.replace("./favicon.png", "./app/static/revital.svg", 1)
    # Letters of ours instead of the ones that Streamlit would fetch and our theme does not use.
    text = re.sub(r'<link\s+rel="preload"\s+href="\./static/media/[^>]*>', "", text, count=1)
    text = re.sub(
        r"<noscript>.*?</noscript>",
        lambda _: f"<noscript><p>{html.escape(no_script)}</p></noscript>",
        text,
        count=1,
        flags=re.DOTALL,
    )
    links = [
        f'<link rel="modulepreload" crossorigin href="./static/js/{name}">'
        for name in parts()
        if name not in text
    ]
    links += [_preload(file) for file in (*_LETTERS, *page_files.known(page, given))]
    return text.replace("</head>", "".join(links) + "</head>", 1)


def _preload(file: str) -> str:
    ending = file.rpartition(".")[2]
    kind = {"js": "script", "css": "style", "woff2": "font"}.get(ending, "fetch")
    crossing = " crossorigin" if kind in ("fetch", "font") else ""
    return f'<link rel="preload" as="{kind}"{crossing} href="./app/static/{html.escape(file)}">'


@lru_cache(maxsize=1)
def parts() -> tuple[str, ...]:
    """Return the files of Streamlit's browser code that our pages ask for, each before its own."""
    folder = Path(streamlit.__file__).parent / "static" / "static" / "js"
    found: dict[str, None] = {}

    def add(name: str) -> None:
        path = folder / name
        if name in found or not path.is_file():
            return
        found[name] = None
        for other in re.findall(r'(?:from|import)\s*"\./([\w.-]+\.js)"', path.read_text("utf-8")):
            add(other)

    for part in _PARTS:
        for path in sorted(folder.glob(f"{part}.*.js")):
            add(path.name)
    return tuple(found)
