"""
Reads one territory out of the Census Profile's download file without reading the rest.

The file of dissemination areas of Québec has some 36 million lines (6.4 GB). Beside it stands an
index that gives, for each area, the line it starts on. Lines are of unequal length, so a line
number is not a place in the file; but the lines carry their own area and characteristic, hence
their own number. The start of an area is found by probing: guess a place, read the line there, see
how far off it is, guess again. A dozen probes replace a pass over the whole file.

In a zip the file cannot be probed; it is then unpacked as a stream, lines being counted and dropped
until the wanted ones, and left as soon as the last is read. Either way memory does not grow with
the file.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, BinaryIO

import numpy as np

from revital.errors import SourceError
from revital.sources import archive
from revital.sources.readers.census_lines import (
    DGUID,
    ENCODING,
    ID,
    Collector,
    LineStream,
    Profile,
    disagree,
)

_LINE = 64 * 1024

HEADER = (
    "CENSUS_YEAR,DGUID,ALT_GEO_CODE,GEO_LEVEL,GEO_NAME,TNR_SF,TNR_LF,DATA_QUALITY_FLAG,"
    "CHARACTERISTIC_ID,CHARACTERISTIC_NAME,CHARACTERISTIC_NOTE,C1_COUNT_TOTAL,SYMBOL,"
    "C2_COUNT_MEN+,SYMBOL,C3_COUNT_WOMEN+,SYMBOL,C10_RATE_TOTAL,SYMBOL,C11_RATE_MEN+,SYMBOL,"
    "C12_RATE_WOMEN+,SYMBOL"
)
INDEX_COLUMNS = ("Geo Code", "Geo Name", "Line Number")


@dataclass(frozen=True)
class StartingRows:
    """
    The index: areas in the order of the file, and the line each starts on (the header is line 1).

    Attributes
    ----------
    codes : list of str
        DGUID of each area.
    lines : array of int
    places : dict of str to int
        Rank of each DGUID.
    """

    codes: list[str]
    lines: np.ndarray
    places: dict[str, int] = field(repr=False)

    def span(self, rank: int) -> tuple[int, int | None]:
        """Return the first line of an area and that of the next (None after the last)."""
        following = int(self.lines[rank + 1]) if rank + 1 < len(self.lines) else None
        return int(self.lines[rank]), following


def read_starting_rows(path: Path) -> StartingRows:
    """
    Read the `…_Geo_starting_row_….CSV` file.

    Raises
    ------
    SourceError
        When columns have changed, lines do not rise, or an area stands twice.
    """
    with path.open(encoding=ENCODING, newline="") as handle:
        rows = csv.reader(handle)
        header = next(rows, [])
        names = tuple(h.strip().lstrip("ï»¿") for h in header)
        if names[:3] != INDEX_COLUMNS:
            raise SourceError(
                "L'index « {file} » du Profil du recensement devait commencer par les colonnes "
                "{expected} ; il commence par {found}. Prenez l'édition anglaise (« Lang=E »), "
                "sans la modifier.",
                file=path.name,
                expected=", ".join(INDEX_COLUMNS),
                found=", ".join(names[:4]) or "—",
            )
        body = [row for row in rows if row]
    try:
        lines = np.array([int(row[2]) for row in body], dtype=np.int64)
    except (ValueError, IndexError) as error:
        raise SourceError(
            "L'index « {file} » du Profil du recensement contient une ligne illisible. "
            "Téléchargez-le de nouveau.",
            file=path.name,
        ) from error
    codes = [row[0].strip() for row in body]
    places = {code: rank for rank, code in enumerate(codes)}
    if len(codes) == 0 or len(places) != len(codes) or bool((np.diff(lines) <= 0).any()):
        raise SourceError(
            "L'index « {file} » du Profil du recensement est vide, ou ses lignes ne se suivent "
            "pas. Téléchargez-le de nouveau.",
            file=path.name,
        )
    return StartingRows(codes, lines, places)


def read_profile(
    data: Path, index: StartingRows, dguids: Iterable[str], numbers: Iterable[int] | None = None
) -> Profile:
    """
    Read some areas of the download file.

    Parameters
    ----------
    data : Path
        The `…_English_CSV_data….csv` file, or the zip that holds it.
    index : StartingRows
    dguids : iterable of str
        Areas wanted; one that the index does not know is passed over.
    numbers : iterable of int, optional
        Characteristics kept; all by default.

    Raises
    ------
    SourceError
        When the header has changed, or the index and the file do not agree.
    """
    ranks = sorted({index.places[d] for d in dguids if d in index.places})
    wanted = None if numbers is None else frozenset(numbers)
    out = Collector(wanted, data.name)
    if not ranks:
        return out.profile()
    if data.suffix.lower() == ".zip":
        with archive.opened(data) as opened:
            name = archive.member(opened, ("*_english_csv_data*.csv",), data.name)
            with opened.open(name) as stream:
                _require_header(stream.readline(_LINE), data.name)
                _read_stream(stream, index, ranks, out)
    else:
        with data.open("rb", buffering=0) as handle:
            first = handle.read(_LINE).split(b"\n", 1)[0]
            _require_header(first, data.name)
            _read_seeking(handle, len(first) + 1, index, ranks, out)
    return out.profile()


def _require_header(line: bytes, file: str) -> None:
    text = line.decode(ENCODING).strip().lstrip("ï»¿").replace('"', "")
    if text == HEADER:
        return
    expected, found = HEADER.split(","), text.split(",")
    changed = next(
        (e for e, f in zip(expected, [*found, *[""] * len(expected)], strict=False) if e != f), ""
    )
    raise SourceError(
        "Le fichier « {file} » n'a pas les colonnes du Profil du recensement de 2021 en anglais : "
        "« {column} » manque à sa place. Colonnes trouvées : {found}. Prenez l'édition anglaise "
        "(« Lang=E », CSV), sans la modifier.",
        file=file,
        column=changed,
        found=", ".join(found[:6]),
    )


def _runs(index: StartingRows, ranks: Sequence[int]) -> Iterator[list[int]]:
    """Yield neighbouring areas together, so that one probe serves them all."""
    run: list[int] = []
    for rank in ranks:
        if run and rank != run[-1] + 1:
            yield run
            run = []
        run.append(rank)
    if run:
        yield run


def _take_area(lines: LineStream, index: StartingRows, rank: int, out: Collector) -> None:
    first, following = index.span(rank)
    out.take(
        lines.next_block(None if following is None else following - first),
        index.codes[rank],
        first,
    )
    if following is not None and index.codes[rank].encode(ENCODING) in lines.peek()[:64]:
        raise disagree(out.file, index.codes[rank], following)


def _number(line: bytes) -> int:
    """Return the characteristic of a line; 1 when there is none."""
    row = next(csv.reader([line.decode(ENCODING)]), [])
    return int(row[ID]) if len(row) > ID and row[ID].isdigit() else 1


def _read_seeking(
    handle: BinaryIO, body: int, index: StartingRows, ranks: Sequence[int], out: Collector
) -> None:
    handle.seek(body)
    out.first = _number(LineStream(handle).peek())
    end = handle.seek(0, io.SEEK_END)
    for run in _runs(index, ranks):
        handle.seek(_start_of(handle, body, end, index, run[0], out.file))
        lines = LineStream(handle)
        for rank in run:
            _take_area(lines, index, rank, out)


def _start_of(
    handle: BinaryIO, body: int, end: int, index: StartingRows, rank: int, file: str
) -> int:
    """Return where an area starts: by probing, or by counting lines where probes mislead."""
    target = int(index.lines[rank])
    try:
        place = _find_line(handle, body, end, index, rank, file)
        before = max(place - _LINE, 0)
        handle.seek(before)
        around = handle.read(place - before + _LINE)
        mine = index.codes[rank].encode(ENCODING)
        line_before, line = (
            around[: place - before].rstrip(b"\r\n").rpartition(b"\n")[2],
            around[place - before :].partition(b"\n")[0],
        )
        if mine in line.split(b",", 2)[1] and mine not in line_before.split(b",", 2)[1]:
            return place
    except (SourceError, IndexError):
        # The lines are not numbered as documented; the index alone still leads there, slowly.
        pass
    handle.seek(body)
    lines = LineStream(handle)
    lines.skip(target - int(index.lines[0]))
    return lines.place


def _find_line(
    handle: BinaryIO, body: int, end: int, index: StartingRows, rank: int, file: str
) -> int:
    """
    Return the place of the first byte of an area's first line.

    The line sought lies in [low, high); each probe reads one line, learns its number from its area
    and characteristic, and moves one bound there.
    """
    target = int(index.lines[rank])
    low, low_line = body, int(index.lines[0])
    high, high_line = end, _last_line_guess(index)
    if target == low_line:
        return low
    for probe in range(200):
        # Aim by proportion, a little short; by halves when that stalls.
        share = (target - low_line) / max(high_line - low_line, 1)
        guess = low + int((high - low) * (share if probe % 3 < 2 else 0.5))
        guess = min(max(guess - 2048, low), high - 1)
        start, line = _line_at(handle, guess, high, index, file)
        if line is None or line > target:
            high, high_line = guess, min(high_line, target if line is None else line)
            if high - low <= _LINE:
                break
        elif line == target:
            return start
        else:
            low, low_line = start, line
            if high - low <= _LINE:
                break
    handle.seek(low)
    rest = handle.read(max(high - low, 0) + _LINE)
    position, line = 0, low_line
    while line < target:
        step = rest.find(b"\n", position)
        if step < 0:
            raise disagree(file, index.codes[rank], target)
        position, line = step + 1, line + 1
    return low + position


def _last_line_guess(index: StartingRows) -> int:
    """Return the number of lines, the last area being as long as the one before."""
    if len(index.lines) == 1:
        return int(index.lines[0]) + 3000
    return int(index.lines[-1] + index.lines[-1] - index.lines[-2])


def _line_at(
    handle: BinaryIO, guess: int, high: int, index: StartingRows, file: str
) -> tuple[int, int | None]:
    """Return the place and number of the first whole line after `guess`."""
    handle.seek(guess)
    piece = handle.read(min(_LINE, max(high - guess, 0) + _LINE))
    cut = piece.find(b"\n")
    stop = piece.find(b"\n", cut + 1)
    if cut < 0 or cut + 1 >= len(piece):
        return guess, None
    row = next(csv.reader([piece[cut + 1 : stop if stop > 0 else None].decode(ENCODING)]), [])
    if len(row) <= ID or row[DGUID] not in index.places or not row[ID].isdigit():
        raise disagree(file, row[DGUID] if len(row) > DGUID else "?", 0)
    # Characteristics are numbered from 1 without a gap, in the order of the lines.
    first = int(index.lines[index.places[row[DGUID]]])
    return guess + cut + 1, first + int(row[ID]) - 1


def _read_stream(
    stream: IO[bytes], index: StartingRows, ranks: Sequence[int], out: Collector
) -> None:
    lines = LineStream(stream)
    out.first = _number(lines.peek())
    at = 2
    for rank in ranks:
        first, following = index.span(rank)
        lines.skip(first - at)
        _take_area(lines, index, rank, out)
        at = first if following is None else following
