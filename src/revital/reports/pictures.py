"""Maps of services as vector pictures: alone for a document, or with title, legend and credit."""

from __future__ import annotations

from html import escape

from revital.charts import theme
from revital.i18n import Translator
from revital.maps import vector
from revital.reports.charts import lines, stamp_text
from revital.services.map_sheet import MapSheet
from revital.services.mapping import MapView

#: Mean width of a letter of the text face, in ems: how many fit on a line.
_LETTER = 0.52


def class_colours(view: MapView) -> tuple[str, ...]:
    """Return the colours of the classes of a map, light to dark."""
    palette = view.indicator.palette
    least = 2 if palette == "change" else 1
    return theme.classes(palette, max(len(view.classes), least))


def sheet_colours(sheet: MapSheet) -> tuple[str, ...]:
    """Return the colours of the classes of a sheet."""
    if sheet.palette == "distance":
        return theme.DISTANCE
    if sheet.palette == "hot_spots":
        return tuple(theme.HOT_SPOTS[key] for key in sheet.keys)
    least = 2 if sheet.palette == "change" else 1
    return theme.classes(sheet.palette, max(len(sheet.classes), least))  # type: ignore[arg-type]


def content(sheet: MapSheet, t: Translator, text: float = 1) -> vector.VectorMap:
    """Return what the SVG of a map draws; `text` enlarges its letters."""
    return vector.VectorMap(
        shapes=sheet.shapes,
        codes=sheet.codes,
        colours=sheet_colours(sheet),
        hatch=theme.NO_DATA,
        inside=sheet.inside,
        bounds=sheet.bounds,
        title=sheet.title,
        description=sheet.summary,
        streets=sheet.streets,
        barriers=sheet.barriers,
        labels=[vector.VectorLabel(t.of(n.text), n.lat, n.lon, n.kind) for n in sheet.names],
        points=[
            vector.VectorPoint(m.lat, m.lon, m.number, *theme.MARKS[m.kind]) for m in sheet.marks
        ],
        north=t("N"),
        text=text,
        # Numbers of marks and of classes would be read one for the other.
        numbered=not any(m.number for m in sheet.marks),
    )


def map_svg(sheet: MapSheet, t: Translator, width: float, height: float) -> str:
    """Return the map alone, with scale and north (points)."""
    return vector.draw(content(sheet, t), width, height)


def figure_svg(sheet: MapSheet, t: Translator, *, width: float = 720, height: float = 480) -> str:
    """
    Return a whole figure: title, map, legend, direction, notes, credit.

    Parameters
    ----------
    sheet : MapSheet
    t : Translator
    width, height : float
        Size of the map itself, in points; the figure is taller.
    """
    colours = sheet_colours(sheet)
    out: list[str] = []
    margin, y = 16.0, 34.0

    def line(text: str, size: float, *, weight: int = 400, fill: str = vector.INK) -> None:
        nonlocal y
        for piece in lines(text, width, size):
            out.append(
                f'<text x="{margin:g}" y="{y:.1f}" font-size="{size:g}" '
                f'font-weight="{weight}" fill="{fill}">{escape(piece)}</text>'
            )
            y += size * 1.35

    if sheet.mark:
        line(sheet.mark, 13, weight=600, fill=theme.LIGHT.brick)
        y += 8
    line(t("{title} ({unit})", title=sheet.title, unit=sheet.unit), 18, weight=600)
    line(sheet.summary, 12, fill="#4A5563")
    y += 2
    top, y = y, y + height + 22
    x = margin
    numbered = not any(m.number for m in sheet.marks)
    entries = [
        (colour, f"{f'{i + 1}  ' if numbered else ''}{text} ({t.number(n)})")
        for i, (colour, (text, n)) in enumerate(zip(colours, sheet.classes, strict=False))
    ]
    if sheet.none:
        entries.append(("url(#fig-none)", sheet.none))
    for colour, text in entries:
        room = 24 + len(text) * 12 * _LETTER + 14
        if x + room > width + margin and x > margin:
            x, y = margin, y + 18
        out.append(
            f'<rect x="{x:.1f}" y="{y - 10:.1f}" width="18" height="12" fill="{colour}" '
            f'stroke="#4A5563" stroke-width=".6"/><text x="{x + 23:.1f}" y="{y:.1f}" '
            f'font-size="12">{escape(text)}</text>'
        )
        x += room
    for kind, text in sheet.kinds:
        colour, shape = theme.MARKS[kind]
        room = 24 + len(text) * 12 * _LETTER + 14
        if x + room > width + margin and x > margin:
            x, y = margin, y + 18
        out.append(
            vector.mark(x + 9, y - 4, colour, shape, 6)
            + f'<text x="{x + 23:.1f}" y="{y:.1f}" font-size="12">{escape(text)}</text>'
        )
        x += room
    y += 20
    line(sheet.direction, 12)
    for note in sheet.notes:
        line(note, 11, fill="#4A5563")
    line(t("Source : {name}", name=" ".join(sheet.credits)), 11, fill="#4A5563")
    line(stamp_text(sheet.stamp, t), 11, fill="#4A5563")
    full, tall = width + 2 * margin, y + 6
    inner = vector.picture(
        content(sheet, t, text=max(1.0, width / 450)), width, height, marker="fig"
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {full:g} {tall:.0f}" '
        f'width="{full:g}" height="{tall:.0f}" role="img" lang="{t.lang}" '
        f'aria-label="{escape(sheet.summary)}"><title>{escape(sheet.title)}</title>'
        f"<desc>{escape(sheet.summary)}</desc>"
        f'<rect width="100%" height="100%" fill="#FFFFFF"/>'
        f'<g transform="translate({margin:g} {top:.1f})">{inner}</g>'
        f'<g font-family="{vector.FONT}" fill="{vector.INK}">{"".join(out)}</g></svg>'
    )
