"""A publisher on loopback: routes answer by script, and every request is remembered."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit


@dataclass
class Asked:
    """One request as the server saw it."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes


@dataclass
class Answer:
    """What the server says; `cut` closes the line after so many bytes of the body."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = "application/octet-stream"
    cut: int | None = None
    drip_s: float = 0.0
    ranges: bool = False


Route = Answer | list[Answer] | Callable[[Asked], Answer]


class Publisher:
    """Routes by path; a list of answers is used up in order, its last one repeated."""

    def __init__(self) -> None:
        self.routes: dict[str, Route] = {}
        self.asked: list[Asked] = []
        self.stop = threading.Event()
        publisher = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: object) -> None:
                pass

            def do_GET(self) -> None:
                publisher._serve(self)

            do_POST = do_GET  # noqa: N815

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_: object) -> None:
                """Clients hang up on purpose here."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.02,), daemon=True
        )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def count(self, path: str) -> int:
        return sum(a.path == path for a in self.asked)

    def _serve(self, handler: BaseHTTPRequestHandler) -> None:
        split = urlsplit(handler.path)
        size = int(handler.headers.get("Content-Length") or 0)
        asked = Asked(
            handler.command,
            split.path,
            {k: v[0] for k, v in parse_qs(split.query, keep_blank_values=True).items()},
            {k.lower(): v for k, v in handler.headers.items()},
            handler.rfile.read(size),
        )
        self.asked.append(asked)
        route = self.routes.get(split.path, Answer(b"nothing here", 404))
        if isinstance(route, list):
            route = route.pop(0) if len(route) > 1 else route[0]
        answer = route(asked) if callable(route) else route
        self._send(handler, asked, answer)

    def _send(self, handler: BaseHTTPRequestHandler, asked: Asked, answer: Answer) -> None:
        body, status, headers = answer.body, answer.status, dict(answer.headers)
        if answer.ranges:
            tag = '"' + hashlib.sha256(body).hexdigest()[:12] + '"'
            headers.setdefault("ETag", tag)
            wanted = asked.headers.get("range", "")
            if asked.headers.get("if-none-match") == headers["ETag"]:
                body, status = b"", 304
            elif wanted and asked.headers.get("if-range") == headers["ETag"]:
                start = int(wanted.removeprefix("bytes=").split("-")[0])
                headers["Content-Range"] = f"bytes {start}-{len(body) - 1}/{len(body)}"
                body, status = body[start:], 206
        handler.send_response(status)
        handler.send_header("Content-Type", answer.content_type)
        if status != 304:
            handler.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.end_headers()
        if answer.drip_s:
            for byte in body:
                if self.stop.wait(answer.drip_s):
                    return
                handler.wfile.write(bytes([byte]))
                handler.wfile.flush()
        elif answer.cut is not None:
            handler.wfile.write(body[: answer.cut])
            handler.close_connection = True
        else:
            handler.wfile.write(body)


@contextmanager
def running() -> Iterator[Publisher]:
    """Serve for the length of a test."""
    publisher = Publisher()
    publisher._thread.start()
    try:
        yield publisher
    finally:
        publisher.stop.set()
        publisher._server.shutdown()
        publisher._server.server_close()
        publisher._thread.join()
