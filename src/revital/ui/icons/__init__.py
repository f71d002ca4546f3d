"""
Icons of one set (Tabler, MIT), drawn beside a word.

The page cleans inline SVG out of HTML, so an icon is a class: its shape is a mask in the style
sheet, its colour that of the text.
"""

from __future__ import annotations

import re
from functools import cache
from importlib import resources
from urllib.parse import quote

from revital.errors import UnknownIdError


@cache
def names() -> tuple[str, ...]:
    """Return the icons at hand."""
    folder = resources.files("revital.ui.icons")
    return tuple(
        sorted(e.name.removesuffix(".svg") for e in folder.iterdir() if e.name.endswith(".svg"))
    )


@cache
def svg(name: str) -> str:
    """
    Return an icon as SVG markup.

    Raises
    ------
    UnknownIdError
        When no icon has that name.
    """
    if name not in names():
        raise UnknownIdError("L'icône « {id} » n'existe pas.", id=name)
    text = (resources.files("revital.ui.icons") / f"{name}.svg").read_text(encoding="utf-8")
    return " ".join(text.split())


def span(name: str) -> str:
    """Return the markup of an icon, silent for screen readers."""
    if name not in names():
        raise UnknownIdError("L'icône « {id} » n'existe pas.", id=name)
    return f'<span class="rv-icon rv-i-{name}" aria-hidden="true"></span>'


@cache
def stylesheet() -> str:
    """Return one rule per icon."""
    return "\n".join(
        f'.rv-i-{name}{{--i:url("data:image/svg+xml,{_packed(name)}")}}' for name in names()
    )


def _packed(name: str) -> str:
    text = re.sub(r' (class|width|height)="[^"]*"', "", svg(name))
    text = text.replace('<path stroke="none" d="M0 0h24v24H0z" fill="none" />', "")
    text = re.sub(r">\s+<", "><", text).replace('"', "'").replace("currentColor", "black")
    return quote(text, safe=" ='/:,.-")
