"""What is left of a download that did not end, and whether it is worth another try."""

from __future__ import annotations

import time
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path

import httpx

from revital.errors import SourceError
from revital.sources.transfer import Request, sidecar_path

#: Statuses that may pass by themselves.
AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})


class PassingError(Exception):
    """
    A failure worth another try.

    Parameters
    ----------
    error : SourceError
        What to say when tries run out.
    wait_s : float, optional
        Wait asked by the server.
    """

    def __init__(self, error: SourceError, wait_s: float | None = None) -> None:
        super().__init__(str(error))
        self.error = error
        self.wait_s = wait_s


@dataclass
class Part:
    """An unfinished download beside its target, and the mark of the version it belongs to."""

    path: Path
    mark: Path
    url: str
    size: int = 0
    validator: str = ""

    @classmethod
    def of(cls, target: Path, request: Request) -> Part:
        """Return the part left by an earlier try at the same request, or an empty one."""
        path = target.with_name(target.name + ".part")
        part = cls(path, sidecar_path(path), str(httpx.URL(request.url, params=request.params)))
        mark = part._read_mark()
        # A part without a mark of its version could be joined to another one: start over.
        if path.is_file() and mark and not request.form:
            part.size, part.validator = path.stat().st_size, mark
        else:
            part.forget()
        return part

    def _read_mark(self) -> str:
        if not self.mark.is_file():
            return ""
        text = self.mark.read_text(encoding="utf-8").splitlines()
        return text[1] if len(text) == 2 and text[0] == self.url else ""

    def begin(self, response: httpx.Response) -> None:
        """Keep what is there if the answer continues it, else start from nothing."""
        ranged = response.headers.get("Content-Range", "")
        continues = (
            response.status_code == httpx.codes.PARTIAL_CONTENT
            and self.size > 0
            and ranged.startswith(f"bytes {self.size}-")
        )
        if not continues:
            if response.status_code == httpx.codes.PARTIAL_CONTENT:
                self.forget()
                raise PassingError(refused(str(response.url.host), self.url, 206), 0.0)
            self.forget()
        etag = response.headers.get("ETag", "")
        strong = "" if etag.startswith("W/") else etag
        validator = strong or response.headers.get("Last-Modified", "")
        if validator:
            self.mark.write_text(f"{self.url}\n{validator}", encoding="utf-8")

    def forget(self) -> None:
        """Remove the part and its mark."""
        self.size, self.validator = 0, ""
        self.path.unlink(missing_ok=True)
        self.mark.unlink(missing_ok=True)


def refused(host: str, url: str, status: int) -> SourceError:
    """Return the error that says why a host refused."""
    if status in (404, 410):
        return SourceError(
            "{host} ne connaît plus cette adresse (erreur {status}) : {url}. L'éditeur a "
            "probablement déplacé le fichier ; cherchez-le dans son catalogue et corrigez la "
            "fiche de la source.",
            host=host,
            status=status,
            url=url,
        )
    if status in (401, 403):
        return SourceError(
            "{host} refuse l'accès (erreur {status}) : {url}. Téléchargez le fichier dans un "
            "navigateur et servez-le avec « --base-url », ou écrivez à l'éditeur.",
            host=host,
            status=status,
            url=url,
        )
    return SourceError(
        "{host} a répondu par une erreur {status} à {url}. Réessayez plus tard.",
        host=host,
        status=status,
        url=url,
    )


def retry_after(response: httpx.Response) -> float | None:
    """Return the wait asked by the server, in seconds, or None."""
    text = response.headers.get("Retry-After", "").strip()
    if text.isdigit():
        return float(text)
    if not text:
        return None
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return max(0.0, moment.timestamp() - time.time())
