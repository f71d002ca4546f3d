"""What people type, made ready to be kept: line ends, limits, characters that no file carries."""

from __future__ import annotations

import unicodedata
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar, cast

from revital.errors import ValuesError

LONGEST = 20_000
LONGEST_LIST = 200
T = TypeVar("T")


def clean(value: str) -> str:
    """
    Return a text with plain line ends and without spaces around it.

    Raises
    ------
    ValuesError
        When it is too long, or holds characters that no file or screen can carry.
    """
    text = value.replace("\r\n", "\n").replace("\r", "\n").strip()
    if len(text) > LONGEST:
        raise ValuesError(
            "Ce texte a {n} caractères, et {most} au plus sont gardés. Raccourcissez-le ou mettez "
            "le reste dans un document cité en preuve.",
            n=len(text),
            most=LONGEST,
        )
    for character in text:
        if character in "\n\t":
            continue
        # Cc: control characters, which spreadsheets refuse; Cs: halves of a character.
        if unicodedata.category(character) in ("Cc", "Cs"):
            raise ValuesError(
                "Ce texte contient un caractère invisible qui ne peut pas être gardé "
                "(code {code}). Retapez-le.",
                code=f"U+{ord(character):04X}",
            )
    return text


def cleaned(value: T) -> T:
    """Return a record with every text in it cleaned, those of its lines too."""
    return cast(T, _clean_any(value))


def _clean_any(value: Any) -> Any:
    if isinstance(value, str):
        # An enumeration's member is a str that is already right.
        return clean(value) if type(value) is str else value
    if isinstance(value, tuple):
        if len(value) > LONGEST_LIST:
            raise ValuesError(
                "Cette liste a {n} lignes, et {most} au plus sont gardées.",
                n=len(value),
                most=LONGEST_LIST,
            )
        return tuple(_clean_any(item) for item in value)
    if isinstance(value, dict):
        return {clean(k): clean(v) for k, v in value.items() if clean(v)}
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{f.name: _clean_any(getattr(value, f.name)) for f in fields(value)})
    return value
