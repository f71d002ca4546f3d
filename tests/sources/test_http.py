"""The client against a publisher that misbehaves in every way that publishers do."""

from __future__ import annotations

import hashlib
import io
import json
import time
import zipfile
from pathlib import Path

import pytest

from revital.errors import SourceError
from revital.sources.http import Client, Manners
from revital.sources.transfer import Request, read_sidecar, sidecar_path
from tests.sources.conftest import QUICK
from tests.sources.server import Answer, Asked, Publisher

URL = "https://data.example.org/files/stops.zip"
PATH = "/data.example.org/files/stops.zip"
ROBOT = b"<!DOCTYPE html><html><title>Just a moment...</title></html>"


def a_zip(text: str = "stop_id\n1\n", name: str = "stops.txt") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        # A fixed date: two archives of the same text are the same bytes, whatever the clock says.
        archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), text)
    return buffer.getvalue()


REQUEST = Request(URL, "stops.zip", content="zip")


def leftovers(folder: Path) -> set[str]:
    return {p.name for p in folder.iterdir()}


def test_a_file_comes_with_its_sidecar(client: Client, publisher: Publisher, tmp_path: Path):
    body = a_zip()
    publisher.routes[PATH] = Answer(body, headers={"ETag": '"a1"', "Last-Modified": "x"})
    raw = client.fetch(REQUEST, tmp_path)
    assert raw.path.read_bytes() == body
    assert raw.how == "new"
    record = json.loads(sidecar_path(raw.path).read_text())
    assert record["sha256"] == hashlib.sha256(body).hexdigest()
    assert record["size"] == len(body)
    assert record["url"] == URL
    assert record["etag"] == '"a1"'
    assert leftovers(tmp_path) == {"stops.zip", "stops.zip.source.json"}
    agent = publisher.asked[0].headers["user-agent"]
    assert "revital/" in agent
    assert agent.startswith("Mozilla/5.0")


def test_an_unchanged_file_is_not_sent_twice(client: Client, publisher: Publisher, tmp_path: Path):
    publisher.routes[PATH] = Answer(a_zip(), ranges=True)
    first = client.fetch(REQUEST, tmp_path)
    second = client.fetch(REQUEST, tmp_path)
    assert second.how == "unchanged"
    assert second.fetched_at == first.fetched_at
    assert publisher.asked[1].headers["if-none-match"] == first.etag


def test_an_altered_file_at_rest_is_had_anew(client: Client, publisher: Publisher, tmp_path: Path):
    publisher.routes[PATH] = Answer(a_zip(), ranges=True)
    raw = client.fetch(REQUEST, tmp_path)
    raw.path.write_bytes(b"PK tampered")
    assert client.fetch(REQUEST, tmp_path).path.read_bytes() == a_zip()
    assert "if-none-match" not in publisher.asked[1].headers


def test_404_says_so_at_once_and_keeps_the_good_file(
    client: Client, publisher: Publisher, tmp_path: Path
):
    publisher.routes[PATH] = [Answer(a_zip()), Answer(b"gone", 404)]
    client.fetch(REQUEST, tmp_path)
    with pytest.raises(SourceError, match=r"ne connaît plus cette adresse \(erreur 404\)"):
        client.fetch(REQUEST, tmp_path)
    assert (tmp_path / "stops.zip").read_bytes() == a_zip()
    assert publisher.count(PATH) == 2


@pytest.mark.parametrize("status", [500, 502, 503, 429])
def test_a_passing_failure_is_tried_again(
    client: Client, publisher: Publisher, tmp_path: Path, status: int
):
    publisher.routes[PATH] = [
        Answer(b"", status, {"Retry-After": "0"}),
        Answer(b"", status),
        Answer(a_zip()),
    ]
    assert client.fetch(REQUEST, tmp_path).size == len(a_zip())
    assert publisher.count(PATH) == 3


def test_a_lasting_failure_ends_with_a_sentence(
    client: Client, publisher: Publisher, tmp_path: Path
):
    publisher.routes[PATH] = Answer(b"", 500)
    with pytest.raises(SourceError, match="erreur 500"):
        client.fetch(REQUEST, tmp_path)
    assert publisher.count(PATH) == QUICK.attempts
    assert leftovers(tmp_path) == set()


def test_the_wait_asked_by_the_server_is_kept_within_reason(publisher: Publisher, tmp_path: Path):
    waits: list[float] = []
    publisher.routes[PATH] = [
        Answer(b"", 429, {"Retry-After": "7"}),
        Answer(b"", 503, {"Retry-After": "9999"}),
        Answer(a_zip()),
    ]
    manners = Manners(interval_s=0.0, backoff_max_s=30.0)
    with Client(base_url=publisher.url, manners=manners, sleep=waits.append) as client:
        client.fetch(REQUEST, tmp_path)
    assert waits == [7.0, 30.0]


def test_requests_to_one_host_are_spaced(publisher: Publisher, tmp_path: Path):
    waits: list[float] = []
    publisher.routes[PATH] = Answer(a_zip())
    publisher.routes["/other.example.org/x.zip"] = Answer(a_zip())
    manners = Manners(interval_s=60.0)
    with Client(base_url=publisher.url, manners=manners, sleep=waits.append) as client:
        client.fetch(REQUEST, tmp_path)
        client.fetch(Request("https://other.example.org/x.zip", "x.zip"), tmp_path)
        assert waits == []
        client.fetch(REQUEST, tmp_path)
    assert len(waits) == 1
    assert 55 < waits[0] <= 60


def test_a_cut_download_is_taken_up_where_it_stopped(
    client: Client, publisher: Publisher, tmp_path: Path
):
    body = a_zip("".join(f"stop {i * i}\n" for i in range(20_000)))
    publisher.routes[PATH] = [
        Answer(body, ranges=True, cut=10_000),
        Answer(body, ranges=True),
    ]
    assert client.fetch(REQUEST, tmp_path).path.read_bytes() == body
    again = publisher.asked[1].headers
    assert again["range"] == "bytes=10000-"
    assert again["if-range"]
    assert leftovers(tmp_path) == {"stops.zip", "stops.zip.source.json"}


def test_a_cut_download_outlives_the_process(publisher: Publisher, tmp_path: Path):
    body = a_zip("".join(f"stop {i * i}\n" for i in range(20_000)))
    publisher.routes[PATH] = Answer(body, ranges=True, cut=10_000)
    once = Manners(attempts=1, interval_s=0.0)
    with (
        Client(base_url=publisher.url, manners=once) as client,
        pytest.raises(SourceError, match="reprendra où il s'est arrêté"),
    ):
        client.fetch(REQUEST, tmp_path)
    assert (tmp_path / "stops.zip.part").stat().st_size == 10_000
    publisher.routes[PATH] = Answer(body, ranges=True)
    with Client(base_url=publisher.url, manners=once) as client:
        assert client.fetch(REQUEST, tmp_path).path.read_bytes() == body
    assert publisher.asked[1].headers["range"] == "bytes=10000-"


def test_halves_of_two_versions_are_never_joined(
    client: Client, publisher: Publisher, tmp_path: Path
):
    old = a_zip("".join(f"old {i * i}\n" for i in range(20_000)))
    new = a_zip("".join(f"new {i * 7}\n" for i in range(20_000)))
    publisher.routes[PATH] = [Answer(old, ranges=True, cut=10_000), Answer(new, ranges=True)]
    assert client.fetch(REQUEST, tmp_path).path.read_bytes() == new


def test_without_a_mark_of_version_a_cut_download_starts_over(
    client: Client, publisher: Publisher, tmp_path: Path
):
    body = a_zip("".join(f"stop {i * i}\n" for i in range(20_000)))
    publisher.routes[PATH] = [Answer(body, cut=10_000), Answer(body)]
    assert client.fetch(REQUEST, tmp_path).path.read_bytes() == body
    assert "range" not in publisher.asked[1].headers


def test_a_server_that_ignores_ranges_is_believed(
    client: Client, publisher: Publisher, tmp_path: Path
):
    body = a_zip("".join(f"stop {i * i}\n" for i in range(20_000)))
    tag = {"ETag": '"v1"'}
    publisher.routes[PATH] = [Answer(body, headers=tag, cut=10_000), Answer(body, headers=tag)]
    assert client.fetch(REQUEST, tmp_path).path.read_bytes() == body
    assert publisher.asked[1].headers["range"] == "bytes=10000-"


def test_a_truncated_body_that_claims_to_be_whole_never_replaces(
    client: Client, publisher: Publisher, tmp_path: Path
):
    good = a_zip()
    publisher.routes[PATH] = [Answer(good), Answer(good[:-30])]
    client.fetch(REQUEST, tmp_path)
    with pytest.raises(SourceError, match=r"n'est pas un fichier \.zip lisible"):
        client.fetch(REQUEST, tmp_path)
    assert (tmp_path / "stops.zip").read_bytes() == good
    assert leftovers(tmp_path) == {"stops.zip", "stops.zip.source.json"}


def test_a_zip_with_one_flipped_bit_never_replaces(
    client: Client, publisher: Publisher, tmp_path: Path
):
    body = bytearray(a_zip("stop_id\n" * 500))
    body[60] ^= 0x10
    publisher.routes[PATH] = Answer(bytes(body))
    with pytest.raises(SourceError, match=r"n'est pas un fichier \.zip lisible"):
        client.fetch(REQUEST, tmp_path)
    assert leftovers(tmp_path) == set()


@pytest.mark.parametrize("kind", ["text/html", "application/zip"])
def test_a_robot_check_is_told_from_a_zip(
    client: Client, publisher: Publisher, tmp_path: Path, kind: str
):
    publisher.routes[PATH] = Answer(b"\n  " + ROBOT, content_type=kind)
    with pytest.raises(SourceError, match=r"data\.example\.org a répondu par une page web"):
        client.fetch(REQUEST, tmp_path)
    assert publisher.count(PATH) == 1


@pytest.mark.parametrize(
    ("content", "body", "sentence"),
    [
        ("json", b"a,b\n1,2\n", "fichier JSON lisible"),
        ("json", b'{"a": [1, 2', "fichier JSON lisible"),
        ("geojson", b'{"error": {"code": 400}}', "fichier GeoJSON lisible"),
        ("csv", b"PK\x03\x04....", "fichier CSV lisible"),
        ("gzip", b"plain", r"fichier \.gz lisible"),
        ("xlsx", b"a,b\n", r"fichier \.xlsx lisible"),
        ("html", b"a,b\n", "fichier HTML lisible"),
        ("csv", b"", "est vide"),
    ],
)
def test_wrong_content_is_refused(
    client: Client, publisher: Publisher, tmp_path: Path, content, body: bytes, sentence: str
):
    publisher.routes["/h.org/f"] = Answer(body)
    with pytest.raises(SourceError, match=sentence):
        client.fetch(Request("https://h.org/f", "f", content=content), tmp_path)
    assert leftovers(tmp_path) == set()


def test_a_slow_drip_is_dropped(publisher: Publisher, tmp_path: Path):
    publisher.routes[PATH] = Answer(a_zip() * 50, drip_s=0.02)
    manners = Manners(attempts=2, backoff_s=0.0, interval_s=0.0, slow_window_s=0.2)
    start = time.monotonic()
    with (
        Client(base_url=publisher.url, manners=manners) as client,
        pytest.raises(SourceError, match="répond trop lentement"),
    ):
        client.fetch(REQUEST, tmp_path)
    assert time.monotonic() - start < 5
    assert publisher.count(PATH) == 2


def test_a_silent_server_times_out(publisher: Publisher, tmp_path: Path):
    publisher.routes[PATH] = Answer(a_zip(), drip_s=30)
    manners = Manners(attempts=2, backoff_s=0.0, interval_s=0.0)
    silent = Request(URL, "stops.zip", content="zip", timeout_s=0.2)
    with (
        Client(base_url=publisher.url, manners=manners) as client,
        pytest.raises(SourceError, match=r"n'a pas répondu en 0\.2 secondes"),
    ):
        client.fetch(silent, tmp_path)


def test_the_whole_file_has_a_deadline(client: Client, publisher: Publisher, tmp_path: Path):
    publisher.routes[PATH] = Answer(a_zip() * 5, drip_s=0.02)
    hurried = Request(URL, "stops.zip", content="zip", deadline_s=0.3)
    with pytest.raises(SourceError, match="dépasse le temps permis"):
        client.fetch(hurried, tmp_path)


def test_nobody_listening(tmp_path: Path, publisher: Publisher):
    dead = publisher.url.rsplit(":", 1)[0] + ":9"
    with (
        Client(base_url=dead, manners=QUICK) as client,
        pytest.raises(
            SourceError, match=r"La connexion à 127\.0\.0\.1 a échoué .*data\.example\.org"
        ),
    ):
        client.fetch(REQUEST, tmp_path)


def test_redirections_are_followed_within_the_mirror(
    client: Client, publisher: Publisher, tmp_path: Path
):
    publisher.routes[PATH] = Answer(b"", 302, {"Location": "/elsewhere/new.zip"})
    publisher.routes["/data.example.org/elsewhere/new.zip"] = Answer(
        b"", 301, {"Location": "https://cdn.example.org/s.zip"}
    )
    publisher.routes["/cdn.example.org/s.zip"] = Answer(a_zip())
    assert client.fetch(REQUEST, tmp_path).size == len(a_zip())


def test_a_redirection_loop_ends(client: Client, publisher: Publisher, tmp_path: Path):
    publisher.routes[PATH] = Answer(b"", 302, {"Location": URL})
    with pytest.raises(SourceError, match="renvoie d'adresse en adresse sans fin"):
        client.fetch(REQUEST, tmp_path)
    assert publisher.count(PATH) == QUICK.redirects + 1


def test_a_redirection_to_another_scheme_is_refused(
    client: Client, publisher: Publisher, tmp_path: Path
):
    publisher.routes[PATH] = Answer(b"", 302, {"Location": "file:///etc/passwd"})
    with pytest.raises(SourceError, match="n'est pas permise"):
        client.fetch(REQUEST, tmp_path)
    direct = Request(publisher.url + PATH, "stops.zip")
    with (
        Client(manners=QUICK) as plain,
        pytest.raises(SourceError, match="n'est pas permise"),
    ):
        plain.fetch(direct, tmp_path)


def test_a_flood_is_stopped_whether_announced_or_not(
    client: Client, publisher: Publisher, tmp_path: Path
):
    publisher.routes[PATH] = Answer(b"x" * 300_000)
    small = Request(URL, "stops.zip", max_bytes=100_000)
    with pytest.raises(SourceError, match="envoie plus que la limite"):
        client.fetch(small, tmp_path)
    assert leftovers(tmp_path) == set()


def test_a_zip_bomb_is_refused_before_it_opens(
    client: Client, publisher: Publisher, tmp_path: Path
):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros.csv", b"\0" * 40_000_000)
    publisher.routes[PATH] = Answer(buffer.getvalue())
    with pytest.raises(SourceError, match="s'ouvrirait démesurément"):
        client.fetch(REQUEST, tmp_path)
    assert leftovers(tmp_path) == set()


def test_offline_serves_what_is_there_and_asks_nobody(
    client: Client, publisher: Publisher, tmp_path: Path
):
    publisher.routes[PATH] = Answer(a_zip())
    client.fetch(REQUEST, tmp_path)
    with Client(base_url=publisher.url, offline=True) as away:
        assert away.fetch(REQUEST, tmp_path).how == "offline"
        with pytest.raises(SourceError, match="n'a pas encore été téléchargé"):
            away.fetch(Request(URL, "other.zip"), tmp_path)
        (tmp_path / "stops.zip").write_bytes(b"tampered")
        with pytest.raises(SourceError, match="son empreinte ne correspond plus"):
            away.fetch(REQUEST, tmp_path)
    assert publisher.count(PATH) == 1


def test_an_unreadable_sidecar_is_as_good_as_none(
    client: Client, publisher: Publisher, tmp_path: Path
):
    publisher.routes[PATH] = Answer(a_zip(), ranges=True)
    raw = client.fetch(REQUEST, tmp_path)
    sidecar_path(raw.path).write_text("{ cut")
    assert read_sidecar(raw.path) is None
    assert client.fetch(REQUEST, tmp_path).how == "new"


def test_a_form_is_posted_and_never_resumed(client: Client, publisher: Publisher, tmp_path: Path):
    def answer(asked: Asked) -> Answer:
        assert asked.method == "POST"
        return Answer(json.dumps({"got": asked.body.decode()}).encode())

    publisher.routes["/o.org/api"] = answer
    request = Request("https://o.org/api", "a.json", content="json", form={"data": "[out:json]"})
    raw = client.fetch(request, tmp_path)
    assert json.loads(raw.path.read_text()) == {"got": "data=%5Bout%3Ajson%5D"}


def test_progress_is_told(publisher: Publisher, tmp_path: Path):
    told: list[tuple[str, int, int | None]] = []
    publisher.routes[PATH] = Answer(a_zip())
    with Client(
        base_url=publisher.url, manners=QUICK, progress=lambda *a: told.append(a)
    ) as client:
        client.fetch(REQUEST, tmp_path)
    assert told[-1] == ("stops.zip", len(a_zip()), len(a_zip()))


@pytest.mark.parametrize("url", ["ftp://h.org/f", "file:///etc/passwd", "h.org/f"])
def test_only_web_addresses_are_asked(client: Client, tmp_path: Path, url: str):
    with pytest.raises(SourceError, match="doit commencer par http"):
        client.fetch(Request(url, "f"), tmp_path)


def test_a_file_name_cannot_leave_its_folder(client: Client, tmp_path: Path):
    with pytest.raises(SourceError, match="Nom de fichier refusé"):
        client.fetch(Request(URL, "../f"), tmp_path)
