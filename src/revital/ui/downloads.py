"""Buttons that hand over a document, made only when it is asked for."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from revital.i18n import Translator, translator
from revital.services.data import open_data
from revital.services.figures import stamp
from revital.ui.state import View


def report_button(view: View, kind: str) -> None:
    """
    Draw the button of a page's PDF.

    Parameters
    ----------
    view : View
    kind : {"portrait"}
        The document; its content is the page's, for the territory and language of the view.
    """
    t = view.t
    territory, lang = view.territory, view.lang
    st.download_button(
        t("Télécharger en PDF"),
        # Called when the button is pressed: nothing is typeset for a page that is only read.
        data=lambda: made(kind, territory, lang),
        file_name=f"revital-{kind}-{territory}-{lang}.pdf",
        mime="application/pdf",
        icon=":material/picture_as_pdf:",
        key=f"rv_pdf_{kind}",
        on_click="ignore",
    )


def made(kind: str, territory: str, lang: str) -> bytes:
    """Return a document; the same one is typeset once."""
    return _made(kind, territory, lang, stamp(open_data()))


@st.cache_data(max_entries=32, ttl=3600, show_spinner=False)
def _made(kind: str, territory: str, lang: str, key: str) -> bytes:
    return _MAKERS[kind](territory, translator(lang))


def _portrait(territory: str, t: Translator) -> bytes:
    # Typesetting is loaded with the first document, not with the first page.
    from revital.reports.portrait import portrait_pdf
    from revital.services.portrait_sheet import portrait_sheet

    return portrait_pdf(portrait_sheet(open_data(), territory, t), t)


_MAKERS: dict[str, Callable[[str, Translator], bytes]] = {"portrait": _portrait}
