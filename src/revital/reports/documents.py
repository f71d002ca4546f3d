"""Documents of several pages as tagged PDF: services, plan, minutes, project sheets."""

from __future__ import annotations

from typing import Any

from revital.charts import theme
from revital.i18n import Translator
from revital.maps import vector
from revital.reports import typesetting
from revital.reports.portrait import stamp_content
from revital.services.document import (
    Block,
    Bullets,
    Document,
    Grid,
    Heading,
    Paragraph,
    Picture,
    Signatures,
)

#: Size of a map in points: the width of the text.
MAP_SIZE = (500.0, 300.0)


def document_pdf(document: Document, t: Translator) -> bytes:
    """
    Return a document as a tagged PDF (PDF/UA-1), Letter.

    Parameters
    ----------
    document : Document
        In the language of `t`.
    t : Translator
    """
    content = {
        **stamp_content(document.stamp, document.title, t),
        "document_title": t("{kind} : {place}", kind=document.kind, place=document.title),
        "description": document.sentence,
        "kind": document.kind,
        "title": document.title,
        "sentence": document.sentence,
        "blocks": [_block(b, t) for b in document.blocks],
        "sources": list(document.sources),
        "made": t(
            "Fait le {date} avec les données de revital, version {version}.",
            date=document.stamp.dated,
            version=document.stamp.version,
        ),
        "words": {"sources": t("Sources")},
    }
    return typesetting.pdf("document.typ", content, document.stamp.day)


def _block(block: Block, t: Translator) -> dict[str, Any]:
    if isinstance(block, Heading):
        return {"type": "heading", "level": block.level, "text": block.text}
    if isinstance(block, Paragraph):
        return {"type": "paragraph", "text": block.text, "tone": block.tone}
    if isinstance(block, Bullets):
        return {"type": "bullets", "items": list(block.items)}
    if isinstance(block, Signatures):
        return {"type": "signatures", "labels": list(block.labels)}
    if isinstance(block, Grid):
        return _grid(block)
    return _picture(block, t)


def _grid(block: Grid) -> dict[str, Any]:
    widths = block.widths or tuple(0 if i else 1 for i in range(len(block.columns)))
    return {
        "type": "grid",
        "caption": block.caption,
        "columns": list(block.columns),
        "rows": [list(r) for r in block.rows],
        "numbers": list(block.numbers),
        "widths": list(widths),
    }


def _picture(block: Picture, t: Translator) -> dict[str, Any]:
    colours = theme.classes(block.palette, max(len(block.classes), 1))  # type: ignore[arg-type]
    content = vector.VectorMap(
        shapes=block.shapes,
        codes=block.codes,
        colours=colours,
        hatch=theme.NO_DATA,
        inside=block.inside,
        bounds=block.bounds,
        title=block.title,
        description=block.summary,
        streets=block.streets,
        barriers=block.barriers,
        labels=[vector.VectorLabel(t.of(n.text), n.lat, n.lon, n.kind) for n in block.names],
        points=[vector.VectorPoint(m.lat, m.lon, m.number, theme.LIGHT.ink) for m in block.marks],
        north=t("N"),
        # A place's number and a class's number would be read one for the other.
        numbered=not block.marks,
    )
    return {
        "type": "picture",
        "title": block.title,
        "svg": vector.draw(content, *MAP_SIZE),
        "alt": block.summary,
        "classes": [
            {"colour": colour, "text": text}
            for colour, text in zip(colours, block.classes, strict=True)
        ],
        "hatch": list(theme.NO_DATA),
        "none": block.none,
        "credit": block.credit,
    }
