"""Reads delimited text as it is: every cell a string, an empty cell missing."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd
import pandas.errors

from revital.errors import SourceError


def require_columns(present: Iterable[str], needed: Iterable[str], file: str) -> None:
    """
    Check that a file has the columns a reader needs.

    Raises
    ------
    SourceError
        Naming the file, the first column that lacks and those that are there.
    """
    known = [str(c) for c in present]
    lacking = [c for c in needed if c not in known]
    if lacking:
        raise SourceError(
            "Le fichier « {file} » n'a pas la colonne « {column} » attendue. Colonnes trouvées : "
            "{known}. Remettez le fichier de l'éditeur, sans le modifier.",
            file=file,
            column=lacking[0],
            known=", ".join(known[:12]) + ("…" if len(known) > 12 else ""),
        )


def read_text_table(path: Path, columns: Iterable[str], sep: str = ",") -> pd.DataFrame:
    """
    Read a delimited UTF-8 file without guessing any type.

    Parameters
    ----------
    path : Path
    columns : iterable of str
        Columns that must be there; all columns are returned.
    sep : str

    Returns
    -------
    DataFrame of str
        Cells stripped of surrounding blanks; an empty cell is missing (`NaN`).

    Raises
    ------
    SourceError
        When the file is not such a table, or lacks a column.
    """
    try:
        frame = pd.read_csv(path, sep=sep, dtype=str, encoding="utf-8-sig", keep_default_na=False)
    except (pandas.errors.ParserError, pandas.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise SourceError(
            "Le fichier « {file} » n'est pas un tableau lisible (texte UTF-8 séparé par "
            "« {sep} »). Remettez le fichier de l'éditeur, sans le modifier.",
            file=path.name,
            sep=sep,
        ) from error
    require_columns(frame.columns, columns, path.name)
    frame = frame.apply(lambda cells: cells.str.strip())
    return frame.mask(frame == "", np.nan)


def to_numbers(cells: pd.Series, file: str) -> pd.Series:
    """
    Return the cells as float64, missing kept missing.

    Raises
    ------
    SourceError
        When a cell that is not empty is not a number; the sentence quotes it.
    """
    numbers = pd.to_numeric(cells, errors="coerce").astype("float64")
    wrong = cells[numbers.isna() & cells.notna()]
    if len(wrong):
        raise SourceError(
            "Le fichier « {file} », colonne « {column} » : « {value} » n'est pas un nombre. "
            "Remettez le fichier de l'éditeur, sans le modifier.",
            file=file,
            column=str(cells.name),
            value=str(wrong.iloc[0])[:40],
        )
    return numbers
