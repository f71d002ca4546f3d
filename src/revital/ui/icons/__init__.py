"""Icons of one set (Tabler, MIT), as inline SVG."""

from __future__ import annotations

from functools import cache
from importlib import resources

from revital.errors import UnknownIdError


@cache
def svg(name: str) -> str:
    """
    Return an icon as SVG markup, hidden from screen readers: a word always stands beside it.

    Raises
    ------
    UnknownIdError
        When no icon has that name.
    """
    entry = resources.files("revital.ui.icons") / f"{name}.svg"
    if not entry.is_file():
        raise UnknownIdError("L'icône « {id} » n'existe pas.", id=name)
    text = " ".join(entry.read_text(encoding="utf-8").split())
    return text.replace("<svg ", '<svg aria-hidden="true" focusable="false" ', 1)
