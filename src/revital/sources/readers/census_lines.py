"""The lines of the Census Profile: where cells stand, and a stream that hands them out by area."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from typing import IO

import numpy as np
import pandas as pd

from revital.errors import SourceError

ENCODING = "latin-1"

#: Symbols that stand in place of a number, and those that qualify one.
SYMBOLS = frozenset({"..", "...", "E", "F", "r", "rE", "x"})
NO_VALUE = frozenset({"..", "...", "F", "x"})

#: Places of the cells that are read; SYMBOL repeats, hence no names.
DGUID, CODE, LEVEL, NAME, TNR_LF, FLAG, ID, LABEL, C1, C1_SYMBOL = (
    1, 2, 3, 4, 6, 7, 8, 9, 11, 12,
)  # fmt: skip
_BLOCK = 1024 * 1024


@dataclass(frozen=True)
class Profile:
    """
    The profile of some areas.

    Attributes
    ----------
    values : DataFrame
        One row per (area, characteristic): `dguid`, `geo_code`, `geo_level`, `number` (int),
        `value` (float, missing where a symbol stands in its place), `symbol` (str, "" for none).
    areas : DataFrame, indexed by dguid
        `geo_code`, `geo_level`, `geo_name`, `long_form_nonresponse_share` (0 to 1),
        `quality_flag` (five digits, text).
    labels : dict of int to str
        Every characteristic of the file, by number.
    lines_read : int
        Lines that were parsed.
    """

    values: pd.DataFrame
    areas: pd.DataFrame
    labels: dict[int, str]
    lines_read: int


class Collector:
    """Gathers the wanted cells of the lines it is given."""

    def __init__(self, wanted: frozenset[int] | None, file: str) -> None:
        self.wanted, self.file = wanted, file
        self.dguid: list[str] = []
        self.number: list[int] = []
        self.value: list[str] = []
        self.symbol: list[str] = []
        self.areas: dict[str, tuple[str, str, str, str, str]] = {}
        self.labels: dict[int, str] = {}
        self.lines_read = 0
        self.first = 1

    def take(self, block: bytes, dguid: str, line: int) -> None:
        """
        Parse the lines of one area.

        All its lines begin alike, up to the characteristic's number. Once that is verified by
        counting, the wanted lines are found by search and the others need no parsing.
        """
        if not block:
            return
        lead = b"\n" + block
        first = block.partition(b"\n")[0]
        start = b"\n" + _before_number(first)
        count = block.count(b"\n") + (not block.endswith(b"\n"))
        if self.wanted is None or not self.labels or lead.count(start) != count:
            for i, raw in enumerate(block.removesuffix(b"\n").split(b"\n")):
                self._parse(raw, dguid, line, i)
            self.lines_read += count
            return
        found = {0} | {lead.find(start + str(n).encode() + b",") for n in self.wanted}
        for place in sorted(found - {-1}):
            stop = lead.find(b"\n", place + 1)
            self._parse(lead[place + 1 : stop if stop > 0 else None], dguid, line, place)
        self.lines_read += count

    def _parse(self, raw: bytes, dguid: str, line: int, i: int) -> None:
        row = next(csv.reader([raw.decode(ENCODING)]), [])
        if len(row) < 23 or row[DGUID] != dguid:
            raise SourceError(
                "Le fichier « {file} » et son index ne s'accordent pas : à la ligne {line}, "
                "« {found} » au lieu de « {expected} ». Prenez les deux dans la même archive.",
                file=self.file,
                line=line + i,
                found=row[DGUID] if len(row) > DGUID else "",
                expected=dguid,
            )
        number = int(row[ID])
        if i == 0:
            if number != self.first:
                raise disagree(self.file, dguid, line)
            self.areas[dguid] = (row[CODE], row[LEVEL], row[NAME], row[TNR_LF], row[FLAG])
        self.labels.setdefault(number, row[LABEL])
        if self.wanted is None or number in self.wanted:
            self.dguid.append(dguid)
            self.number.append(number)
            self.value.append(row[C1])
            self.symbol.append(row[C1_SYMBOL])

    def profile(self) -> Profile:
        """Return what was gathered."""
        areas = pd.DataFrame.from_dict(
            self.areas,
            orient="index",
            columns=["geo_code", "geo_level", "geo_name", "tnr_lf", "quality_flag"],
        ).rename_axis("dguid")
        rate = pd.to_numeric(areas.pop("tnr_lf"), errors="coerce").astype("float64") / 100
        areas.insert(3, "long_form_nonresponse_share", rate)
        values = pd.DataFrame(
            {
                "dguid": self.dguid,
                "number": np.array(self.number, dtype=np.int64),
                "value": pd.to_numeric(pd.Series(self.value, dtype=str), errors="coerce").astype(
                    "float64"
                ),
                "symbol": self.symbol,
            }
        )
        values.loc[values["symbol"].isin(NO_VALUE), "value"] = np.nan
        for name in ("geo_code", "geo_level"):
            values[name] = values["dguid"].map(areas[name])
        return Profile(values, areas, self.labels, self.lines_read)


def _before_number(line: bytes) -> bytes:
    """Return the part of a line before its characteristic's number, comma included."""
    quoted, commas = False, 0
    for place, byte in enumerate(line):
        if byte == 0x22:
            quoted = not quoted
        elif byte == 0x2C and not quoted:
            commas += 1
            if commas == ID:
                return line[: place + 1]
    return line


class LineStream:
    """Takes so many lines at a time from a stream, one area in memory at most."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._left = b""

    @property
    def place(self) -> int:
        """Where the next line starts in the stream."""
        return self._stream.tell() - len(self._left)

    def peek(self) -> bytes:
        """Return the next line, without taking it; empty at the end."""
        while b"\n" not in self._left:
            block = self._stream.read(_BLOCK)
            if not block:
                break
            self._left += block
        return self._left.partition(b"\n")[0]

    def skip(self, count: int) -> None:
        """Drop lines."""
        while count > 0:
            block = self._left or self._stream.read(_BLOCK)
            self._left = b""
            if not block:
                return
            found = block.count(b"\n")
            if found >= count:
                position = -1
                for _ in range(count):
                    position = block.index(b"\n", position + 1)
                self._left = block[position + 1 :]
                return
            count -= found

    def next_block(self, count: int | None) -> bytes:
        """Return the next `count` lines, or all that is left."""
        if count is None:
            rest = self._left + self._stream.read()
            self._left = b""
            return rest
        parts, missing = [self._left], count - self._left.count(b"\n")
        while missing > 0:
            block = self._stream.read(_BLOCK)
            if not block:
                break
            parts.append(block)
            missing -= block.count(b"\n")
        whole = b"".join(parts)
        if missing > 0:
            self._left = b""
            return whole
        position = len(whole)
        for _ in range(1 - missing):
            position = whole.rindex(b"\n", 0, position)
        self._left = whole[position + 1 :]
        return whole[: position + 1]


def disagree(file: str, code: str, line: int) -> SourceError:
    """Return the error that says a file and its index are not of one edition."""
    return SourceError(
        "Le fichier « {file} » et son index ne s'accordent pas autour de « {code} » (ligne "
        "{line}). Prenez les deux dans la même archive.",
        file=file,
        code=code,
        line=line,
    )
