"""Reads a table inside a zip, whichever of its publisher's encodings it is in."""

from __future__ import annotations

import codecs
import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO

import numpy as np
import pandas as pd
import pandas.errors

from revital.errors import SourceError
from revital.sources import archive
from revital.sources.readers.text import require_columns

_PIECE = 1024 * 1024


def read_zipped_table(
    path: Path,
    member: Sequence[str],
    columns: Sequence[str],
    *,
    encodings: Sequence[str] = ("utf-8-sig", "cp1252"),
    missing: Sequence[str] = ("",),
    keep: Callable[[pd.DataFrame], pd.Series] | None = None,
) -> tuple[pd.DataFrame, int]:
    """
    Read a CSV of a zip, every cell a string, in pieces.

    Parameters
    ----------
    path : archive
    member : shell patterns of the table's name, first choice first
    columns : columns that must be there; only these are returned
    encodings : tried in order; a French table in cp1252 is almost never good UTF-8
    missing : cells that mean "no value"
    keep : callable, optional
        Takes a piece and says which rows to keep, so that a country's table never stands in memory.

    Returns
    -------
    DataFrame of str, and the number of rows of the whole table

    Raises
    ------
    SourceError
        When the table is not there, has changed, is empty or is in none of the encodings.
    """
    with archive.opened(path) as opened:
        name = archive.member(opened, member, path.name)
        encoding = next((e for e in encodings if _decodes(opened.open(name), e)), None)
        if encoding is None:
            raise SourceError(
                "Le tableau « {table} » de « {file} » n'est écrit dans aucun des codages attendus "
                "({expected}). L'éditeur l'a peut-être changé.",
                table=name,
                file=path.name,
                expected=", ".join(encodings),
            )
        kept: list[pd.DataFrame] = []
        rows = 0
        try:
            with (
                opened.open(name) as raw,
                io.TextIOWrapper(raw, encoding=encoding, newline="") as text,
                pd.read_csv(text, dtype=str, keep_default_na=False, chunksize=50_000) as pieces,
            ):
                for piece in pieces:
                    piece.columns = [str(c).strip() for c in piece.columns]
                    require_columns(piece.columns, columns, f"{path.name}/{name}")
                    rows += len(piece)
                    part = piece[list(columns)]
                    kept.append(part if keep is None else part[keep(part)])
        except (pandas.errors.ParserError, pandas.errors.EmptyDataError) as error:
            raise SourceError(
                "Le tableau « {table} » de « {file} » n'est pas un CSV lisible ({why}).",
                table=name,
                file=path.name,
                why=" ".join(str(error).split())[:160],
            ) from error
    if rows == 0:
        raise SourceError(
            "Le tableau « {table} » de « {file} » est vide.", table=name, file=path.name
        )
    frame = pd.concat(kept, ignore_index=True)
    frame = frame.apply(lambda cells: cells.str.strip())
    return frame.mask(frame.isin(list(missing)), np.nan), rows


def _decodes(stream: IO[bytes], encoding: str) -> bool:
    """Return whether every byte of a stream can be read in an encoding."""
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with stream as raw:
            while piece := raw.read(_PIECE):
                decoder.decode(piece)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True
