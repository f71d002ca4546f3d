"""Marks a sentence that is translated later, where it is shown."""

from __future__ import annotations


def N_(message: str) -> str:  # noqa: N802 - the name gettext tools look for
    """Return the sentence as it is; the extraction finds it here."""
    return message
