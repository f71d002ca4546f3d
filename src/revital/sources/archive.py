"""Opens zip archives from outside without trusting them."""

from __future__ import annotations

import fnmatch
import shutil
import stat
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from revital.errors import SourceError

_GIBI = 1024**3

#: What the standard library raises on a damaged, encrypted or exotic member.
DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)


@dataclass(frozen=True)
class Limits:
    """
    What an archive may hold.

    Attributes
    ----------
    total_bytes : int
        Sum of the opened sizes.
    ratio : float
        Opened size over packed size of one member, looked at above 10 MB only (the Census Profile,
        a table full of repeats, reaches about 12).
    files : int
        Number of members.
    """

    total_bytes: int = 12 * _GIBI
    ratio: float = 200.0
    files: int = 5000


def inspect(archive: zipfile.ZipFile, name: str, limits: Limits | None = None) -> None:
    """
    Check an archive before anything is opened.

    Raises
    ------
    SourceError
        When a member would leave the folder, is a link, or opens to far more than its packed size.
    """
    limits = limits or Limits()
    infos = archive.infolist()
    if len(infos) > limits.files:
        raise SourceError(
            "L'archive « {archive} » contient {n} fichiers (limite : {limit}). Elle est refusée.",
            archive=name,
            n=len(infos),
            limit=limits.files,
        )
    total = 0
    for info in infos:
        path = PurePosixPath(info.filename.replace("\\", "/"))
        leaves = path.is_absolute() or ".." in path.parts or ":" in (path.parts or ("",))[0]
        if leaves or stat.S_ISLNK(info.external_attr >> 16):
            raise SourceError(
                "L'archive « {archive} » contient « {member} », qui sortirait de son dossier. "
                "Elle est refusée : ne l'ouvrez pas, et avertissez son éditeur.",
                archive=name,
                member=info.filename[:120],
            )
        total += info.file_size
        packed = max(info.compress_size, 1)
        bomb = info.file_size > 10_000_000 and info.file_size / packed > limits.ratio
        if bomb or total > limits.total_bytes:
            raise SourceError(
                "L'archive « {archive} » s'ouvrirait démesurément ({size} octets pour "
                "« {member} », {packed} une fois compressé). Elle est refusée.",
                archive=name,
                member=info.filename[:120],
                size=info.file_size,
                packed=info.compress_size,
            )


@contextmanager
def opened(path: Path, limits: Limits | None = None) -> Iterator[zipfile.ZipFile]:
    """
    Open an archive that has been inspected.

    Raises
    ------
    SourceError
        When the file is not a zip archive, or is not safe.
    """
    try:
        archive = zipfile.ZipFile(path)
    except DAMAGE as error:
        raise SourceError(
            "« {file} » n'est pas une archive zip lisible ({why}). Téléchargez-la de nouveau.",
            file=path.name,
            why=str(error),
        ) from error
    with archive:
        inspect(archive, path.name, limits)
        yield archive


def member(archive: zipfile.ZipFile, patterns: Sequence[str], name: str) -> str:
    """
    Return the one member that fits the first pattern that fits any.

    Parameters
    ----------
    patterns : shell patterns, compared without case against the whole path and the bare name
    name : name of the archive, for the sentence

    Raises
    ------
    SourceError
        When none or several fit; the sentence lists what the archive holds.
    """
    names = [i.filename for i in archive.infolist() if not i.is_dir()]
    names = [n for n in names if not n.startswith("__MACOSX/")]
    for pattern in patterns:
        low = pattern.lower()
        found = [
            n
            for n in names
            if fnmatch.fnmatchcase(n.lower(), low)
            or fnmatch.fnmatchcase(PurePosixPath(n).name.lower(), low)
        ]
        if len(found) == 1:
            return found[0]
        if found:
            raise SourceError(
                "L'archive « {archive} » contient plusieurs fichiers « {pattern} » : {found}. "
                "Un seul était attendu.",
                archive=name,
                pattern=pattern,
                found=", ".join(found[:6]),
            )
    raise SourceError(
        "L'archive « {archive} » ne contient pas « {pattern} ». On y trouve : {found}. "
        "L'éditeur a peut-être changé ses fichiers.",
        archive=name,
        pattern=" / ".join(patterns),
        found=", ".join(names[:8]) or "—",
    )


def open_member(archive: zipfile.ZipFile, name: str) -> IO[bytes]:
    """Open a member as bytes, to be read in pieces."""
    return archive.open(name)


def extract(
    path: Path, folder: Path, patterns: Sequence[str] = ("*",), limits: Limits | None = None
) -> list[Path]:
    """
    Extract the members that fit, each written under a draft name and then put in place.

    Parameters
    ----------
    path : archive
    folder : where the files go; made if needed
    patterns : shell patterns on the bare name, without case
    limits : what the archive may hold

    Returns
    -------
    list of Path, in the archive's order

    Raises
    ------
    SourceError
        When the archive is not safe, is cut short, or holds nothing that fits.
    """
    out: list[Path] = []
    folder.mkdir(parents=True, exist_ok=True)
    with opened(path, limits) as archive:
        for info in archive.infolist():
            bare = PurePosixPath(info.filename.replace("\\", "/")).name
            if info.is_dir() or not any(
                fnmatch.fnmatchcase(bare.lower(), p.lower()) for p in patterns
            ):
                continue
            target = folder / bare
            draft = target.with_name(target.name + ".draft")
            try:
                with archive.open(info) as source, draft.open("wb") as handle:
                    shutil.copyfileobj(source, handle, 1024 * 1024)
            except DAMAGE as error:
                draft.unlink(missing_ok=True)
                raise SourceError(
                    "Le fichier « {member} » de l'archive « {archive} » est abîmé ({why}). "
                    "Téléchargez l'archive de nouveau.",
                    member=info.filename,
                    archive=path.name,
                    why=str(error),
                ) from error
            draft.replace(target)
            out.append(target)
    if not out:
        raise SourceError(
            "L'archive « {archive} » ne contient pas « {pattern} ». On y trouve : {found}. "
            "L'éditeur a peut-être changé ses fichiers.",
            archive=path.name,
            pattern=" / ".join(patterns),
            found="—",
        )
    return out
