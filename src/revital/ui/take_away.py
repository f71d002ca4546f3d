"""« Emporter » : data, workbook and the page in one file, made while the reader sees it advance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import streamlit as st

from revital.i18n import Translator
from revital.services.data import open_data
from revital.services.figures import stamp
from revital.ui import panels, pressed
from revital.ui.state import View

if TYPE_CHECKING:
    from revital.services.package_tables import Export
    from revital.services.site_content import SiteContent


@dataclass(frozen=True)
class Parcel:
    """A file to take away: what it is, what it is for, its name and its type."""

    kind: str
    title: str
    use: str
    suffix: str
    mime: str


def parcels(t: Translator) -> list[Parcel]:
    """Return what can be taken away."""
    return [
        Parcel(
            "site",
            t("La page hors ligne (HTML)"),
            t(
                "Un seul fichier : portrait, carte, services, plan public et sources, en français "
                "et en anglais. Il s'ouvre sans Internet, aussi sur un téléphone."
            ),
            "html",
            "text/html",
        ),
        Parcel(
            "donnees",
            t("Toutes les données (ZIP)"),
            t(
                "CSV pour un tableur, Parquet, GeoPackage pour une carte, avec leur description, "
                "leurs sources et leurs licences."
            ),
            "zip",
            "application/zip",
        ),
        Parcel(
            "classeur",
            t("Un classeur (XLSX)"),
            t("Une feuille de notes, puis un tableau par feuille."),
            "xlsx",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ),
    ]


def section(view: View) -> None:
    """Draw what can be taken away, each with its button."""
    t = view.t
    panels.section(
        t("Emporter"),
        t(
            "Chaque fichier est préparé à votre demande, en quelques secondes. Les cartes et les "
            "graphiques se téléchargent sous chacun d'eux, les documents PDF sur leur page."
        ),
        "download",
    )
    for parcel in parcels(t):
        with st.container(border=True, key=f"rv_parcel_{parcel.kind}"):
            panels.section(parcel.title, parcel.use)
            _offer(view, parcel)


def _offer(view: View, parcel: Parcel) -> None:
    t = view.t
    wanted = (parcel.kind, view.territory, view.lang, stamp(open_data()))
    key = f"rv_parcel_ready_{parcel.kind}"
    spot = st.empty()
    if st.session_state.get(key) != wanted:
        with spot:
            asked = pressed.button(
                t("Préparer : {what}", what=parcel.title), key=f"rv_parcel_make_{parcel.kind}"
            )
        if not asked:
            return
        with spot, st.status(t("Préparation en cours…"), expanded=True) as told:
            st.write(t("Rassembler les données et leurs sources…"))
            _gathered(*_source(*wanted))
            st.write(t("Écrire le fichier…"))
            _written(*wanted)
            told.update(label=t("Le fichier est prêt."), state="complete", expanded=False)
        st.session_state[key] = wanted
    content = _written(*wanted)
    st.download_button(
        t("Télécharger ({size} ko)", size=t.number(len(content) / 1000)),
        data=content,
        file_name=f"revital-{view.territory}-{view.lang}.{parcel.suffix}"
        if parcel.kind == "site"
        else f"revital-{view.territory}.{parcel.suffix}",
        mime=parcel.mime,
        key=f"rv_parcel_take_{parcel.kind}",
        type="primary",
        on_click="ignore",
    )


@st.cache_resource(max_entries=4, ttl=3600, show_spinner=False)
def _gathered(kind: str, territory: str, lang: str, key: str) -> SiteContent | Export:
    """Return what a file is made from; the same is gathered once for everybody."""
    if kind == "site":
        from revital.services.site_content import site_content

        return site_content(open_data(), territory, lang=lang)
    from revital.services.package_tables import export

    return export(open_data(), territory)


def _source(kind: str, territory: str, lang: str, key: str) -> tuple[str, str, str, str]:
    """Return what a file is gathered by: tables are the same in both languages."""
    return ("site", territory, lang, key) if kind == "site" else ("data", territory, "", key)


@st.cache_data(max_entries=12, ttl=3600, show_spinner=False)
def _written(kind: str, territory: str, lang: str, key: str) -> bytes:
    """Return a file."""
    found: Any = _gathered(*_source(kind, territory, lang, key))
    if kind == "site":
        from revital.reports.site import site_html

        return site_html(found, lang).encode()
    from revital.reports.archives import package_zip, workbooks

    if kind == "donnees":
        return package_zip(found)
    # What comes under the Open Database License stands in the ZIP, in a workbook of its own.
    return next(iter(workbooks(found).values()))
