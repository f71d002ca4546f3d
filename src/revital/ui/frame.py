"""
The frame of every page: `with frame.page("portrait") as view:`.

Each page file opens its own frame, so that a deep link works on a server that has just started
(docs/adr/0001-pages.md). The frame reads the address, draws brand, territory, menu and language,
then the page, then the footer. A `UserError` of the page becomes a panel with its sentence; any
other error becomes our own words and a line in the log; the app goes on in both cases.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from revital.catalogue.models import PageRecord, Territory
from revital.errors import CatalogueError, UserError
from revital.i18n import LANGUAGES, Translator, translator
from revital.settings import PROJECT, settings
from revital.ui import cache, panels, session, shell, state, steps
from revital.ui.language import own_language, territories_offered
from revital.ui.state import View

logger = logging.getLogger("revital.ui")

_OTHER = {"fr": ("en", "English"), "en": ("fr", "Français")}


def _language(notices: list[str], own: str) -> str:
    asked = st.query_params.get("lang")
    if asked is None or asked in LANGUAGES:
        return asked or own
    st.query_params.pop("lang", None)
    t = translator(own)
    notices.append(
        t(
            "La langue « {lang} » n'est pas offerte. Choisissez l'une de : {known}.",
            lang=state.shorten(asked),
            known=", ".join(LANGUAGES),
        )
    )
    return own


def _territory(t: Translator, notices: list[str]) -> Territory | None:
    known = cache.catalogue()
    offered = territories_offered(known)
    if not offered:
        return None
    asked = st.query_params.get("territoire")
    if asked is None:
        return offered[0]
    if asked in known.territories:
        return known.territories[asked]
    st.query_params.pop("territoire", None)
    notices.append(
        t(
            "Le territoire « {id} » de l'adresse est inconnu. Voici {name}. "
            "Territoires offerts : {known}.",
            id=state.shorten(asked),
            name=t.of(offered[0].title),
            known=t.list([t.of(r.title) for r in offered]),
        )
    )
    return offered[0]


def _switch_language(lang: str, own: str) -> None:
    if lang == own:
        st.query_params.pop("lang", None)
    else:
        st.query_params["lang"] = lang


def _switch_territory(key: str, default: str) -> None:
    # What the page held (an indicator, a level) stays; a selected unit belongs to the old place.
    st.query_params.pop("selection", None)
    chosen = st.session_state[key]
    if chosen == default:
        st.query_params.pop("territoire", None)
    else:
        st.query_params["territoire"] = chosen


def _place_name(t: Translator, record: Territory) -> str:
    return f"{t.of(record.title)}, {t.of(record.of)}" if record.of else t.of(record.title)


def _place(view: View) -> None:
    known = view.catalogue
    offered = [r.id for r in territories_offered(known)]
    if view.record is None:
        return
    default = offered[0]
    if view.territory not in offered:
        offered.append(view.territory)
    if len(offered) == 1:
        return
    key = "rv_territory"
    if st.session_state.get(key) != view.territory or view.language_changed:
        st.session_state[key] = view.territory
    with st.container(key="rv_place"):
        st.selectbox(
            view.t("Territoire"),
            offered,
            key=key,
            format_func=lambda id_: _place_name(view.t, known.territories[id_]),
            on_change=_switch_territory,
            args=(key, default),
            label_visibility="collapsed",
        )


def _menu(view: View, prefix: str) -> None:
    for record in view.catalogue.pages:
        with st.container(key=f"{prefix}{record.id}", width="content"):
            own = {} if record.id == view.page else state.recall(record.id, view.territory)
            st.page_link(record.file, label=view.t.of(record.title), query_params=view.query(**own))


def _header(view: View) -> None:
    t = view.t
    other, name = _OTHER[view.lang]
    with st.container(key="rv_header"):
        with st.container(key="rv_bar", horizontal=True, vertical_alignment="center", gap="small"):
            with st.container(key="rv_brand", width="content"):
                st.page_link("app.py", label="revital", query_params=view.query())
            _place(view)
            with (
                st.container(key="rv_menu_small", width="content"),
                st.popover(t("Menu"), key="rv_menu_button"),
            ):
                _menu(view, "rv_nav_small_")
            with st.container(key="rv_language", width="content"):
                st.button(
                    name,
                    key="rv_language_button",
                    on_click=_switch_language,
                    args=(other, LANGUAGES[0] if view.record is None else view.record.languages[0]),
                    type="tertiary",
                )
        with st.container(key="rv_menu", horizontal=True, gap="small"):
            _menu(view, "rv_nav_")


def _footer(view: View) -> None:
    t = view.t
    mode = {
        "local": t("sur cet appareil"),
        "public": t("consultation publique"),
        "hosted": t("en équipe, avec connexion"),
    }.get(settings().mode, settings().mode)
    version = cache.pack_version()
    with st.container(key="rv_footer", horizontal=True, vertical_alignment="center"):
        panels.footer(
            t("Données : version {version}", version=version)
            if version
            else t("Données : aucune version installée"),
            t("Mode : {mode}", mode=mode),
        )
        view.flag(
            "taille",
            label=t("Grand affichage pour la salle"),
            words=(state.HALL, "normale"),
        )


def _fault(view: View) -> None:
    panels.fault(
        view.t("Quelque chose s'est mal passé de notre côté"),
        view.t(
            "Cette partie de la page n'a pas pu être préparée. Le reste de l'application "
            "fonctionne ; le détail est dans le journal du serveur."
        ),
    )


@contextmanager
def guard(view: View) -> Iterator[None]:
    """
    Show errors of a part of the page in its place, and let the rest go on.

    Streamlit's own control exceptions (stop, rerun) pass through.
    """
    try:
        yield
    except UserError as error:
        panels.fault(view.t("Ceci ne peut pas être montré"), view.t.error(error))
    except Exception:
        # The reader gets our words, the log the whole of it; a broken part must not take the
        # page away.
        logger.exception("page %s failed", view.page)
        _fault(view)


def _record(page: str) -> PageRecord:
    return next(p for p in cache.catalogue().pages if p.id == page)


def _heading(view: View, record: PageRecord) -> None:
    title = view.t.of(record.title)
    place = "" if view.record is None else _place_name(view.t, view.record)
    if record.file == "app.py" and place:
        panels.heading(place, "")
    else:
        panels.heading(title, place)


@contextmanager
def page(page_id: str) -> Iterator[View]:
    """
    Open the frame of a page.

    Parameters
    ----------
    page_id : str
        Id of the page in `catalogue/pages.yml`.

    Yields
    ------
    View
        Language, translator, territory and the address of the page.
    """
    notices: list[str] = []
    lang = _language(notices, own_language(st.query_params.get("territoire")))
    t = translator(lang)
    try:
        record = _record(page_id)
        territory = _territory(t, notices)
    except CatalogueError as error:
        # The catalogue itself cannot be read: there is no menu to draw, only what to mend.
        st.set_page_config(page_title="revital", layout="wide")
        st.html(f"<style>{shell.stylesheet()}</style>")
        panels.fault(t("Le catalogue ne peut pas être lu"), t.error(error))
        st.stop()
    title = t.of(record.title)
    place = "" if territory is None else t.of(territory.title)
    document_title = " · ".join(part for part in (title, place, "revital") if part)
    st.set_page_config(
        page_title=document_title,
        page_icon=str(PROJECT / "static" / "revital.svg"),
        layout="wide",
        initial_sidebar_state="collapsed",
    )
    st.html(f"<style>{shell.stylesheet()}</style>")
    view = View(
        page=page_id,
        lang=lang,
        t=t,
        territory="" if territory is None else territory.id,
        record=territory,
        catalogue=cache.catalogue(),
        page_record=record,
        language_changed=st.session_state.get("rv_lang", lang) != lang,
    )
    st.session_state["rv_lang"] = lang
    steps.forget()
    state.empty_now()
    if view.is_hall:
        panels.hall_size()
    owner = session.draft_owner(view.territory)
    shell.mount(t, page=page_id, title=document_title, owner=owner)
    _header(view)
    said = st.container(key="rv_notices")

    def say(text: str) -> None:
        with said:
            panels.notice(text)

    view._say = say
    for text in notices:
        view.notice(text)
    for key in state.stray_keys():
        view.notice(
            t(
                "L'adresse contient « {key} », qui ne veut rien dire ici ; nous n'en tenons pas "
                "compte.",
                key=state.shorten(key),
            )
        )
    with st.container(key="rv_page"):
        _heading(view, record)
        # One body for all pages: its errors must not take the footer away.
        try:
            # Local mode behind a proxy, or hosted mode without sign-in, opens no page at all.
            session.require_mode()
        except UserError as error:
            panels.fault(t("Ceci ne peut pas être montré"), t.error(error))
            _footer(view)
            st.stop()
        with guard(view):
            yield view
        steps.pages(view)
    state.remember(view)
    _footer(view)
