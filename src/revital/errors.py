"""
Errors that a person can act on.

Every error raised on purpose is a `UserError`: a sentence in French (the source language of the
interface) with named blanks, and the values that fill them. The sentence says what was expected,
what was found, where, and what to do. It is translated where it is shown, never where it is raised.
"""

from __future__ import annotations

from typing import Any


class UserError(Exception):
    """
    A choice or a gap in the data that the person in front of the screen can mend.

    Parameters
    ----------
    message : str
        French sentence, with `{name}` blanks; the key of the translation catalogue.
    **params
        Values of the blanks.

    Examples
    --------
    >>> str(UserError("Le territoire « {id} » est inconnu.", id="limoilou"))
    'Le territoire « limoilou » est inconnu.'
    """

    def __init__(self, message: str, /, **params: Any) -> None:
        self.message = message
        self.params = params
        super().__init__(message.format(**params) if params else message)


class CatalogueError(UserError, ValueError):
    """A record of the catalogue is misspelt, incomplete or points to nothing."""


class UnknownIdError(UserError, KeyError):
    """A territory, indicator, layer, source or language that does not exist."""

    def __str__(self) -> str:
        return Exception.__str__(self)


class LayerError(UserError, OSError):
    """A layer file is missing, truncated or altered."""


class MissingColumnError(UserError, KeyError):
    """A table lacks a column that a method needs."""

    def __str__(self) -> str:
        return Exception.__str__(self)


class CrsError(UserError, ValueError):
    """A layer has no coordinate system, or one that cannot be measured in."""


class ValuesError(UserError, ValueError):
    """Values are not numbers, not unique, out of range or too few."""


class SourceError(UserError, OSError):
    """A publisher's file could not be had, or is not what it should be."""


class ConflictError(UserError):
    """Somebody else saved the same record in the meantime."""


class NotAllowedError(UserError, PermissionError):
    """The person's role does not allow this."""


class StoreError(UserError, OSError):
    """The plan's file is damaged, foreign, or of a version that cannot be read."""
