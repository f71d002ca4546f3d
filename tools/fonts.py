"""
Make the fonts of paper from those of the screen, so that both show the same letters.

Typst reads TrueType, browsers are served WOFF2 cut in two ranges. The two ranges of each weight are
joined and written uncompressed beside the templates. Needs `fonttools[woff]`, which nothing else
here needs; run it again when `static/fonts` is renewed:

    python tools/fonts.py
"""

from __future__ import annotations

import io
import shutil
import tempfile
from pathlib import Path

from fontTools.merge import Merger
from fontTools.ttLib import TTFont
from fontTools.ttLib.tables._g_l_y_f import Glyph

ROOT = Path(__file__).resolve().parents[1]
WEB = ROOT / "static" / "fonts"
PAPER = ROOT / "src" / "revital" / "reports" / "fonts"
FACES = {
    "radio-canada-big": ("Radio Canada Big", (600, 700)),
    "atkinson-hyperlegible-next": ("Atkinson Hyperlegible Next", (400, 600, 700)),
}
STYLE = {400: "Regular", 600: "SemiBold", 700: "Bold"}


def joined(slug: str, weight: int) -> TTFont:
    """Return a weight of a face with the letters of both of its files."""
    with tempfile.TemporaryDirectory() as folder:
        parts = []
        for part in ("latin", "latin-ext"):
            font = TTFont(WEB / f"{slug}-{part}-{weight}-normal.woff2", recalcTimestamp=False)
            font.flavor = None
            # Substitutions and kerning are kept for the letters that French and English use.
            for table in ("GPOS", "GSUB", "GDEF") if part == "latin-ext" else ():
                if table in font:
                    del font[table]
            target = Path(folder) / f"{part}.ttf"
            font.save(target)
            parts.append(str(target))
        merged = Path(folder) / "merged.ttf"
        Merger().merge(parts).save(merged)
        return TTFont(io.BytesIO(merged.read_bytes()), recalcTimestamp=False)


def with_narrow_space(font: TTFont) -> TTFont:
    """Add the narrow no-break space of French numbers, which the faces lack (a fifth of an em)."""
    if 0x202F in font.getBestCmap():
        return font
    name = "uni202F"
    order = [*font.getGlyphOrder(), name]
    font["glyf"][name] = Glyph()
    font.setGlyphOrder(order)
    font["glyf"].glyphOrder = order
    font["hmtx"][name] = (font["head"].unitsPerEm // 5, 0)
    for table in font["cmap"].tables:
        if table.isUnicode():
            table.cmap[0x202F] = name
    return font


def named(font: TTFont, family: str, weight: int) -> TTFont:
    """Write the family and weight that templates ask for, keeping the notices of the makers."""
    table = font["name"]
    style = STYLE[weight]
    for platform in ((3, 1, 0x409), (1, 0, 0)):
        for id_, text in (
            (1, family if weight in (400, 700) else f"{family} {style}"),
            (2, style if weight in (400, 700) else "Regular"),
            (4, f"{family} {style}"),
            (6, f"{family.replace(' ', '')}-{style}"),
            (16, family),
            (17, style),
        ):
            table.setName(text, id_, *platform)
    font["OS/2"].usWeightClass = weight
    return font


def main() -> None:
    """Write every font of paper, and the licences beside them."""
    PAPER.mkdir(parents=True, exist_ok=True)
    for slug, (family, weights) in FACES.items():
        for weight in weights:
            font = named(with_narrow_space(joined(slug, weight)), family, weight)
            font["head"].created = font["head"].modified = 0
            font.recalcTimestamp = False
            font.save(PAPER / f"{slug}-{weight}.ttf")
        shutil.copyfile(WEB / f"LICENSE-{slug}", PAPER / f"LICENSE-{slug}")


if __name__ == "__main__":
    main()
