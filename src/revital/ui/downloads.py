"""Buttons that hand over a document or a picture, made only when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import streamlit as st

from revital.i18n import Translator, translator
from revital.services.data import open_data
from revital.services.figures import stamp
from revital.ui.state import View

if TYPE_CHECKING:
    from revital.services.authorization import Actor
    from revital.services.chart_sheet import ChartSheet
    from revital.services.document import Document
    from revital.services.map_sheet import MapSheet


def report_button(view: View, kind: str, **choices: Any) -> None:
    """
    Draw the button of a page's PDF.

    Parameters
    ----------
    view : View
    kind : {"portrait", "services", "plan", "meeting", "project"}
        The document; its content is the page's, for the territory and language of the view.
    **choices
        `query` (AccessQuery) of services, `scope` of the plan, `meeting` of the minutes,
        `project` of the sheet: those of the page, so that paper shows what the screen shows.
    """
    t = view.t
    territory, lang = view.territory, view.lang
    actor = None
    if kind in ("plan", "meeting"):
        from revital.ui import session

        # A plan is drawn for whoever looks at it, known in the thread of their own page.
        actor = session.open_here(view).actor
    st.download_button(
        t("Télécharger en PDF"),
        # Called when the button is pressed: nothing is typeset for a page that is only read.
        data=lambda: made(kind, territory, lang, choices, actor),
        file_name=f"revital-{kind}-{territory}-{lang}.pdf",
        mime="application/pdf",
        icon=":material/picture_as_pdf:",
        key=f"rv_pdf_{kind}",
        on_click="ignore",
    )


def picture_menu(view: View, slot: str, name: str, draw: Callable[[], str]) -> None:
    """
    Draw the menu that hands over a map or a chart as SVG or PNG.

    Parameters
    ----------
    view : View
    slot : str
        Name of the menu on its page.
    name : str
        Start of the file's name.
    draw : callable
        Returns the picture as SVG. Called when a button is pressed, in a thread of its own: it
        must hold what it needs.
    """
    t = view.t
    stem = f"revital-{name}-{view.territory}-{view.lang}"
    with st.popover(t("Télécharger l'image"), icon=":material/image:", key=f"rv_img_{slot}"):
        st.download_button(
            t("Vectorielle (SVG), pour un document"),
            data=lambda: draw().encode(),
            file_name=f"{stem}.svg",
            mime="image/svg+xml",
            key=f"rv_svg_{slot}",
            on_click="ignore",
        )
        st.download_button(
            t("Image (PNG), pour un courriel ou une diapositive"),
            data=lambda: _png(draw()),
            file_name=f"{stem}.png",
            mime="image/png",
            key=f"rv_png_{slot}",
            on_click="ignore",
        )


def _png(svg: str) -> bytes:
    from revital.reports.typesetting import png

    return png(svg)


def chart_menu(view: View, slot: str, name: str, make: Callable[[Translator], ChartSheet]) -> None:
    """Draw the menu of a chart; `make` prepares its sheet when a button is pressed."""
    t = view.t

    def draw() -> str:
        from revital.reports.charts import chart_svg

        return chart_svg(make(t), t)

    picture_menu(view, slot, name, draw)


def map_menu(view: View, slot: str, name: str, make: Callable[[Translator], MapSheet]) -> None:
    """Draw the menu of a map; `make` prepares its sheet when a button is pressed."""
    t = view.t

    def draw() -> str:
        from revital.reports.pictures import figure_svg

        return figure_svg(make(t), t)

    picture_menu(view, slot, name, draw)


def made(
    kind: str,
    territory: str,
    lang: str,
    choices: Mapping[str, Any],
    actor: Actor | None = None,
) -> bytes:
    """Return a document; the same portrait is typeset once."""
    t = translator(lang)
    if kind == "portrait":
        return _portrait(territory, lang, stamp(open_data()))
    # Typesetting is loaded with the first document, not with the first page.
    from revital.reports.documents import document_pdf

    if kind == "services":
        return document_pdf(_services(territory, t, choices), t)
    if kind == "project":
        from revital.services.plan_document import project_document

        return document_pdf(project_document(territory, t, _text(choices, "project")), t)
    from revital.services.authorization import visitor
    from revital.services.plan_document import meeting_document, plan_document
    from revital.services.plan_structure import open_plan

    plan = open_plan(territory, actor=actor or visitor("public"))
    if kind == "meeting":
        return document_pdf(meeting_document(plan, t, _text(choices, "meeting")), t)
    return document_pdf(plan_document(plan, t, _text(choices, "scope")), t)


def _text(choices: Mapping[str, Any], name: str) -> str | None:
    value = choices.get(name)
    return None if value is None else str(value)


@st.cache_data(max_entries=32, ttl=3600, show_spinner=False)
def _portrait(territory: str, lang: str, key: str) -> bytes:
    from revital.reports.portrait import portrait_pdf
    from revital.services.portrait_sheet import portrait_sheet

    t = translator(lang)
    return portrait_pdf(portrait_sheet(open_data(), territory, t), t)


def _services(territory: str, t: Translator, choices: Mapping[str, Any]) -> Document:
    from revital.services.access_ground import AccessQuery
    from revital.services.services_document import services_document

    query = choices.get("query") or AccessQuery(territory, "grocery")
    return services_document(open_data(), query, t)
