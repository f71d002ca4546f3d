"""
The one way out to publishers.

Every adapter goes through `Client`: it names itself, waits between requests to the same host, tries
again when the failure is a passing one, takes up a broken download where it stopped, asks first
whether anything changed, checks what it received, and only then replaces the file at rest.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import httpx
import tenacity

from revital.errors import SourceError
from revital.sources import content as checks
from revital.sources.partial import AGAIN, Part, PassingError, refused, retry_after
from revital.sources.transfer import (
    Progress,
    RawFile,
    Request,
    now,
    raw_file,
    read_sidecar,
    sha256_of,
    write_sidecar,
)

#: Some cities turn away clients that do not look like a browser; this one says who it is as well.
USER_AGENT = f"Mozilla/5.0 (compatible; revital/{version('revital')}; neighbourhood portraits)"


@dataclass(frozen=True)
class Manners:
    """
    How the client behaves towards publishers.

    Attributes
    ----------
    attempts : int
        Tries per file, the first included.
    backoff_s, backoff_max_s : float
        First and longest wait between tries; doubles, with some chance in it.
    interval_s : float
        Shortest time between two requests to one host.
    redirects : int
        Longest chain of redirections.
    slow_window_s, slow_bytes : float, int
        Fewer than `slow_bytes` in `slow_window_s` seconds is a server that drips: the connection is
        dropped, and the download taken up again.
    """

    attempts: int = 4
    backoff_s: float = 1.0
    backoff_max_s: float = 30.0
    interval_s: float = 1.0
    redirects: int = 5
    slow_window_s: float = 30.0
    slow_bytes: int = 8 * 1024


class _Mirror(httpx.BaseTransport):
    """Sends every request to `base/host/path` in place of `https://host/path`."""

    def __init__(self, base_url: str, inner: httpx.BaseTransport) -> None:
        self._base = httpx.URL(base_url.rstrip("/"))
        self._inner = inner

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        asked = request.url
        if asked.scheme not in ("http", "https"):
            raise httpx.UnsupportedProtocol(asked.scheme, request=request)
        raw = self._base.raw_path.rstrip(b"/") + b"/" + asked.host.encode() + asked.raw_path
        url = self._base.copy_with(raw_path=raw)
        headers = request.headers.copy()
        headers["Host"] = url.netloc.decode()
        # A new request: redirections are then resolved against the publisher's own address.
        return self._inner.handle_request(
            httpx.Request(
                request.method,
                url,
                headers=headers,
                stream=request.stream,
                extensions=request.extensions,
            )
        )

    def close(self) -> None:
        self._inner.close()


@dataclass
class Client:
    """
    Downloads publishers' files into the workspace.

    Parameters
    ----------
    base_url : str, optional
        Mirror: `https://host/path` is asked as `base_url/host/path`. Proxies named by the usual
        variables (`HTTPS_PROXY`) are followed without it.
    offline : bool
        Never open a connection; serve what is at rest or say that it is not there.
    manners : Manners
    progress : callable, optional
        Called with the file's name, the bytes so far and the size expected.
    sleep : callable
        Waits; replaced in tests.
    """

    base_url: str | None = None
    offline: bool = False
    manners: Manners = field(default_factory=Manners)
    progress: Progress | None = None
    sleep: Callable[[float], None] = time.sleep
    _last: dict[str, float] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        if self.base_url and urlsplit(self.base_url).scheme not in ("http", "https"):
            raise SourceError(
                "L'adresse de base « {url} » doit commencer par http:// ou https://.",
                url=self.base_url,
            )
        transport = None
        if self.base_url:
            transport = _Mirror(self.base_url, httpx.HTTPTransport(trust_env=False))
        self._http = httpx.Client(
            transport=transport,
            follow_redirects=True,
            max_redirects=self.manners.redirects,
            # Plain bytes: sizes and ranges then speak of the file itself.
            headers={"User-Agent": USER_AGENT, "Accept-Encoding": "identity"},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def fetch(self, request: Request, folder: Path) -> RawFile:
        """
        Have a file at rest in `folder`, from the publisher if it changed there.

        Returns
        -------
        RawFile
            `how` is `new`, `unchanged` (the publisher confirmed ours) or `offline`.

        Raises
        ------
        SourceError
            When it cannot be had or is not what it should be; a good file already there is kept.
        """
        target = folder / request.filename
        if Path(request.filename).name != request.filename:
            raise SourceError("Nom de fichier refusé : « {file} ».", file=request.filename)
        if self.offline:
            return raw_file(target)
        if urlsplit(request.url).scheme not in ("http", "https"):
            raise SourceError(
                "L'adresse « {url} » doit commencer par http:// ou https://.", url=request.url
            )
        folder.mkdir(parents=True, exist_ok=True)
        manners = self.manners
        backoff = tenacity.wait_exponential_jitter(
            multiplier=manners.backoff_s, max=manners.backoff_max_s, jitter=manners.backoff_s
        )

        def wait(state: tenacity.RetryCallState) -> float:
            error = state.outcome.exception() if state.outcome else None
            asked = error.wait_s if isinstance(error, PassingError) else None
            return backoff(state) if asked is None else min(asked, manners.backoff_max_s)

        tries = tenacity.Retrying(
            stop=tenacity.stop_after_attempt(manners.attempts),
            wait=wait,
            retry=tenacity.retry_if_exception_type(PassingError),
            sleep=self.sleep,
            reraise=True,
        )
        deadline = time.monotonic() + request.deadline_s
        try:
            return tries(self._attempt, request, target, deadline)
        except PassingError as failure:
            raise failure.error from failure

    def _attempt(self, request: Request, target: Path, deadline: float) -> RawFile:
        host = urlsplit(request.url).hostname or "?"
        self._be_polite(host)
        # Behind a mirror, the mirror is what does not answer: the address says for whom it was.
        host = urlsplit(self.base_url or request.url).hostname or host
        known = _trusted(target, request)
        part = Part.of(target, request)
        headers = dict(request.headers)
        if part.size:
            headers |= {"Range": f"bytes={part.size}-", "If-Range": part.validator}
        elif known is not None:
            if known.etag:
                headers["If-None-Match"] = known.etag
            if known.last_modified:
                headers["If-Modified-Since"] = known.last_modified
        try:
            with self._http.stream(
                request.method,
                request.url,
                params=dict(request.params) or None,
                data=dict(request.form) or None,
                headers=headers,
                timeout=request.timeout_s,
            ) as response:
                return self._receive(request, target, response, part, known, deadline)
        except httpx.TooManyRedirects as error:
            raise SourceError(
                "{host} renvoie d'adresse en adresse sans fin ({url}). Vérifiez l'adresse de la "
                "source.",
                host=host,
                url=request.url,
            ) from error
        except (httpx.UnsupportedProtocol, httpx.InvalidURL) as error:
            raise SourceError(
                "{host} renvoie vers une adresse qui n'est pas permise ({url}).",
                host=host,
                url=request.url,
            ) from error
        except httpx.TimeoutException as error:
            raise PassingError(
                SourceError(
                    "{host} n'a pas répondu en {seconds} secondes ({url}). Réessayez plus tard ; "
                    "ce qui est déjà reçu est gardé.",
                    host=host,
                    url=request.url,
                    seconds=round(request.timeout_s, 1),
                )
            ) from error
        except httpx.TransportError as error:
            raise PassingError(
                SourceError(
                    "La connexion à {host} a échoué ou s'est coupée ({url} : {why}). Vérifiez la "
                    "connexion internet, puis relancez « revital fetch » : le téléchargement "
                    "reprendra où il s'est arrêté.",
                    host=host,
                    url=request.url,
                    why=str(error) or type(error).__name__,
                )
            ) from error

    def _receive(
        self,
        request: Request,
        target: Path,
        response: httpx.Response,
        part: Part,
        known: RawFile | None,
        deadline: float,
    ) -> RawFile:
        host = urlsplit(request.url).hostname or "?"
        if response.status_code == httpx.codes.NOT_MODIFIED and known is not None:
            same = replace(known, checked_at=now(), how="unchanged")
            write_sidecar(same)
            return same
        if response.status_code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE and part.size:
            part.forget()
            raise PassingError(refused(host, request.url, response.status_code), 0.0)
        if response.status_code not in (httpx.codes.OK, httpx.codes.PARTIAL_CONTENT):
            error = refused(host, request.url, response.status_code)
            if response.status_code in AGAIN:
                raise PassingError(error, retry_after(response))
            raise error
        part.begin(response)
        self._stream(request, response, part, deadline)
        try:
            checks.require_content(part.path, request.content, request.url)
        except SourceError:
            part.forget()
            raise
        raw = RawFile(
            path=target,
            url=request.url,
            params=dict(request.params),
            form=dict(request.form),
            final_url=str(response.url),
            sha256=sha256_of(part.path),
            size=part.path.stat().st_size,
            fetched_at=now(),
            checked_at=now(),
            content=request.content,
            content_type=response.headers.get("Content-Type", ""),
            etag=response.headers.get("ETag", ""),
            last_modified=response.headers.get("Last-Modified", ""),
        )
        if known is not None and known.sha256 == raw.sha256:
            raw = replace(raw, fetched_at=known.fetched_at, how="unchanged")
        part.path.replace(target)
        write_sidecar(raw)
        part.forget()
        return raw

    def _stream(
        self, request: Request, response: httpx.Response, part: Part, deadline: float
    ) -> None:
        """Write the answer to the part file, within the limits of size, time and speed."""
        host = urlsplit(request.url).hostname or "?"
        plain = response.headers.get("Content-Encoding", "identity") == "identity"
        length = response.headers.get("Content-Length")
        start = part.path.stat().st_size if part.path.exists() else 0
        expected = start + int(length) if length and length.isdigit() and plain else None
        _require_size(expected or 0, request, part, host)
        received, window_start, window_bytes = start, time.monotonic(), 0
        # Pieces as they come: a buffer would hide a drip and lose what precedes a cut.
        pieces = response.iter_raw() if plain else response.iter_bytes()
        with part.path.open("ab") as handle:
            for piece in pieces:
                if received == 0:
                    checks.refuse_robot_check(piece, request.content, host, request.url)
                handle.write(piece)
                received += len(piece)
                window_bytes += len(piece)
                _require_size(received, request, part, host)
                if self.progress is not None:
                    self.progress(request.filename, received, expected)
                moment = time.monotonic()
                if moment > deadline:
                    raise SourceError(
                        "Le téléchargement de {url} dépasse le temps permis ({seconds} s). "
                        "Relancez « revital fetch » : il reprendra où il s'est arrêté.",
                        url=request.url,
                        seconds=round(request.deadline_s),
                    )
                if moment - window_start > self.manners.slow_window_s:
                    if window_bytes < self.manners.slow_bytes:
                        raise PassingError(
                            SourceError(
                                "{host} répond trop lentement ({rate} octets par seconde). "
                                "Réessayez plus tard : le téléchargement reprendra où il s'est "
                                "arrêté.",
                                host=host,
                                rate=round(window_bytes / (moment - window_start)),
                            )
                        )
                    window_start, window_bytes = moment, 0
        if expected is not None and received < expected:
            raise httpx.RemoteProtocolError(f"{received} / {expected}")

    def _be_polite(self, host: str) -> None:
        """Wait until the interval since the last request to the host has passed."""
        due = self._last.get(host, float("-inf")) + self.manners.interval_s
        left = due - time.monotonic()
        if left > 0:
            self.sleep(left)
        self._last[host] = time.monotonic()


def _trusted(target: Path, request: Request) -> RawFile | None:
    """Return the file at rest when it answers the same request and its bytes are intact."""
    known = read_sidecar(target)
    if known is None or (known.url, dict(known.params), dict(known.form)) != (
        request.url,
        dict(request.params),
        dict(request.form),
    ):
        return None
    if target.stat().st_size != known.size or sha256_of(target) != known.sha256:
        return None
    return known


def _require_size(size: int, request: Request, part: Part, host: str) -> None:
    if size > request.max_bytes:
        part.forget()
        raise SourceError(
            "{host} envoie plus que la limite de {limit} Mo pour {url}. Le téléchargement est "
            "arrêté.",
            host=host,
            limit=request.max_bytes // (1024 * 1024),
            url=request.url,
        )
