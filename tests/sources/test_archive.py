from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from revital.errors import SourceError
from revital.sources import archive


def make(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, body in members.items():
            opened.writestr(name, body)
    return path


def test_members_come_out_flat_and_whole(tmp_path: Path):
    source = make(tmp_path / "a.zip", {"deep/in/A.SHP": b"1", "deep/in/a.dbf": b"2", "x.txt": b"3"})
    out = archive.extract(source, tmp_path / "out", ("*.shp", "*.dbf"))
    assert {p.name: p.read_bytes() for p in out} == {"A.SHP": b"1", "a.dbf": b"2"}


@pytest.mark.parametrize(
    "name", ["../evil.txt", "/etc/evil.txt", "a/../../evil", "C:\\evil", "..\\e"]
)
def test_a_member_cannot_leave_the_folder(tmp_path: Path, name: str):
    source = make(tmp_path / "a.zip", {"good.txt": b"1", name: b"2"})
    with pytest.raises(SourceError, match="sortirait de son dossier"):
        archive.extract(source, tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []


def test_a_link_is_refused(tmp_path: Path):
    source = tmp_path / "a.zip"
    with zipfile.ZipFile(source, "w") as opened:
        link = zipfile.ZipInfo("link")
        link.external_attr = 0o120777 << 16
        opened.writestr(link, "/etc/passwd")
    with pytest.raises(SourceError, match="sortirait"):
        archive.extract(source, tmp_path / "out")


def test_a_bomb_is_refused_by_ratio_by_total_and_by_count(tmp_path: Path):
    bomb = make(tmp_path / "a.zip", {"z": b"\0" * 20_000_000})
    with pytest.raises(SourceError, match="démesurément"):
        archive.extract(bomb, tmp_path / "out")
    with (
        pytest.raises(SourceError, match="démesurément"),
        archive.opened(
            make(tmp_path / "b.zip", {"a": b"12345", "b": b"12345"}), archive.Limits(total_bytes=9)
        ),
    ):
        pass
    with (
        pytest.raises(SourceError, match="contient 2 fichiers"),
        archive.opened(tmp_path / "b.zip", archive.Limits(files=1)),
    ):
        pass


def test_a_damaged_member_leaves_no_draft(tmp_path: Path):
    source = make(tmp_path / "a.zip", {"t.csv": bytes(range(256)) * 50})
    body = bytearray(source.read_bytes())
    body[45] ^= 0x11
    source.write_bytes(bytes(body))
    with pytest.raises(SourceError, match=r"est abîmé|pas une archive"):
        archive.extract(source, tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []


def test_the_one_member_is_found_or_the_choice_is_told(tmp_path: Path):
    source = make(tmp_path / "a.zip", {"d/One.CSV": b"", "two.csv": b"", "__MACOSX/one.csv": b""})
    with archive.opened(source) as opened:
        assert archive.member(opened, ("nothing*", "one*.csv"), "a.zip") == "d/One.CSV"
        with pytest.raises(SourceError, match="plusieurs fichiers"):
            archive.member(opened, ("*.csv",), "a.zip")
        with pytest.raises(SourceError, match=r"On y trouve : d/One\.CSV, two\.csv"):
            archive.member(opened, ("*.shp",), "a.zip")


def test_what_is_not_a_zip_is_said(tmp_path: Path):
    (tmp_path / "a.zip").write_bytes(b"hello")
    with (
        pytest.raises(SourceError, match="pas une archive zip lisible"),
        archive.opened(tmp_path / "a.zip"),
    ):
        pass
