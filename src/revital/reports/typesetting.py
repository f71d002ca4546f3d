"""
Typst, set up for our documents: our faces, PDF/UA-1, nothing read from the machine.

Content goes in as JSON and is shown as text; a document from the same content has the same bytes.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import typst

_HERE = Path(__file__).resolve().parent
TEMPLATES = _HERE / "templates"
FONTS = _HERE / "fonts"
STANDARD: Literal["ua-1"] = "ua-1"
# A compiler is not to be shared between two threads at once.
_LOCK = threading.Lock()


@lru_cache(maxsize=1)
def _fonts() -> typst.Fonts:
    return typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=True, font_paths=[str(FONTS)]
    )


@lru_cache(maxsize=8)
def _compiler(template: str) -> typst.Compiler:
    return typst.Compiler(str(TEMPLATES / template), root=str(TEMPLATES), font_paths=_fonts())


def pdf(template: str, content: Mapping[str, Any], day: date) -> bytes:
    """
    Return a tagged PDF (PDF/UA-1) from a template.

    Parameters
    ----------
    template : str
        Name of a file of `templates/`.
    content : mapping
        Texts and numbers; anything JSON holds.
    day : date
        Date of the document.
    """
    with _LOCK:
        made = _compiler(template).compile(
            format="pdf",
            pdf_standards=[STANDARD],
            sys_inputs={"data": json.dumps(content, ensure_ascii=False)},
            timestamp=datetime(day.year, day.month, day.day, tzinfo=UTC),
        )
    assert isinstance(made, bytes)
    return made


def png(svg: str, *, ppi: float = 192) -> bytes:
    """
    Return a picture of an SVG, drawn with our faces.

    Parameters
    ----------
    svg : str
    ppi : float
        Pixels per inch; a point of the SVG is 1/72 inch.
    """
    with _LOCK:
        made = _compiler("picture.typ").compile(format="png", ppi=ppi, sys_inputs={"svg": svg})
    assert isinstance(made, bytes)
    return made
