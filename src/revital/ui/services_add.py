"""Adding a place in a few taps: where, its name, its kind; known places are put on the map."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

import streamlit as st

from revital.catalogue.service_classes import ServiceClass, service_classes
from revital.errors import UserError
from revital.services import plan as plans
from revital.services.authorization import Command
from revital.services.imports.places import add_place
from revital.services.known_places import known_addresses, parse_point
from revital.services.service_places import ServicePlace, UnlocatedPlace
from revital.services.workspace.home import workspace
from revital.ui import cache, panels, point_picker, pressed, session, shell, who
from revital.ui.plan_store import act
from revital.ui.state import View

_STATE = "rv_add"
_FAULT = "rv_add_fault"
NAME = "draft_place_name"
_MORE = ("address", "phone", "hours", "eligibility", "cost")
_FIELDS = tuple(f"draft_place_{name}" for name in _MORE)


@dataclass(frozen=True)
class Draft:
    """
    A place being added.

    Attributes
    ----------
    slot : str
        Where on the page its form is drawn.
    category : str
        Kind proposed, empty for the first of the class.
    locates : str
        Id of the known place that it puts on the map.
    """

    slot: str
    category: str = ""
    locates: str = ""


def may_edit(here: plans.Plan) -> bool:
    """Return whether the reader may add and correct places."""
    return here.actor.may(Command.EDIT_EVIDENCE, here.territory)


def draft() -> Draft | None:
    """Return the place being added, None when there is none."""
    held: Draft | None = st.session_state.get(_STATE)
    return held


def start(slot: str, name: str = "", category: str = "", locates: str = "") -> None:
    """Open the form of a slot."""
    st.session_state[_STATE] = Draft(slot, category, locates)
    st.session_state[NAME] = name
    for key in ("rv_add_kind", "rv_add_other", "rv_add_address", "rv_add_where", _FAULT):
        st.session_state.pop(key, None)
    point_picker.put_point("add", None)


def _close() -> None:
    st.session_state.pop(_STATE, None)


def section(
    view: View, service: ServiceClass, slot: str, places: Sequence[ServicePlace] = ()
) -> None:
    """
    Draw the button that adds a place, or the form once it was pressed.

    Parameters
    ----------
    service : ServiceClass
        Its kinds are proposed first.
    slot : str
        Name of this spot of the page.
    places : sequence of ServicePlace
        Shown on the map, so that nothing is added twice.
    """
    here = session.open_here(view)
    if not may_edit(here):
        return
    held = draft()
    if held is not None and held.slot == slot:
        with st.container(key="rv_add_box", border=True):
            _form(view, here, service, tuple(places), held)
        return
    st.button(
        view.t("Ajouter un commerce ou un service"),
        key=f"rv_add_start_{slot}",
        icon=":material/add_location_alt:",
        on_click=start,
        args=(slot,),
    )


def _form(
    view: View,
    here: plans.Plan,
    service: ServiceClass,
    places: tuple[ServicePlace, ...],
    held: Draft,
) -> None:
    t = view.t
    panels.section(t("Situer un lieu connu") if held.locates else t("Ajouter un lieu"))
    at = point_picker.draw(view, "add", places=places, focus=f".st-key-{NAME} input")
    _otherwise(view)
    own, others = _kinds(view, service, held)
    with st.form("rv_add_form", border=False):
        st.text_input(t("Nom du lieu"), key=NAME, max_chars=120)
        if "rv_add_kind" not in st.session_state:
            first = held.category if held.category in own else next(iter(own))
            st.session_state["rv_add_kind"] = first
        kind = st.pills(
            t("Sorte de lieu"), list(own), format_func=lambda c: own[c], key="rv_add_kind"
        )
        with st.expander(t("Plus : autre sorte, adresse, téléphone, heures…")):
            other = st.selectbox(
                t("Une autre sorte de service"),
                ["", *others],
                format_func=lambda c: others[c] if c else "—",
                key="rv_add_other",
            )
            said = _details(view)
            by = st.text_input(
                t("Qui l'a vu ?"), value=who.known_name(), max_chars=80, key="rv_add_by"
            )
        sent = pressed.submit(t("Enregistrer ce lieu"), type="primary", key="rv_add_save")
    if st.button(t("Annuler"), key="rv_add_cancel", type="tertiary", on_click=_close):
        st.rerun()
    if not sent:
        return
    lat, lon = at or (None, None)
    done = act(
        view,
        t("Lieu ajouté : il est dans la liste, sur la carte et dans les chiffres."),
        lambda: add_place(
            cache.data(),
            workspace(),
            view.territory,
            name=st.session_state[NAME],
            category=other or str(kind or ""),
            lat=lat,
            lon=lon,
            by=who.signature(view, here, by),
            locates=held.locates,
            **said,
        ),
    )
    if done:
        shell.forget_drafts(NAME, *_FIELDS)
        _close()
        st.rerun()


def _details(view: View) -> dict[str, str]:
    t = view.t
    titles = (
        t("Adresse"),
        t("Téléphone"),
        t("Heures d'ouverture"),
        t("Qui y a droit"),
        t("Coût"),
    )
    return {
        name: st.text_input(title, key=f"draft_place_{name}", max_chars=160)
        for name, title in zip(_MORE, titles, strict=True)
    }


def _kinds(
    view: View, service: ServiceClass, held: Draft
) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Return the kinds of the class, then those of the others, in words."""
    t = view.t
    if held.category and held.category not in service.categories:
        service = next(
            (s for s in service_classes().values() if held.category in s.categories), service
        )
    own = {id_: t.of(c.title) for id_, c in service.categories.items()}
    others = {
        id_: t.of(c.title)
        for known in service_classes().values()
        for id_, c in known.categories.items()
        if id_ not in own
    }
    return own, others


def _otherwise(view: View) -> None:
    """Draw the ways to say where without the map."""
    t = view.t
    with st.expander(t("Sans la carte : une adresse connue ou des coordonnées")):
        known = {k.text: k for k in known_addresses(cache.data(), view.territory)}

        def from_address() -> None:
            found = known.get(st.session_state["rv_add_address"])
            if found is not None:
                point_picker.put_point("add", (found.lat, found.lon))

        st.selectbox(
            t("Adresse ou lieu connu"),
            list(known),
            index=None,
            placeholder=t("écrivez le début d'une adresse ou d'un nom"),
            key="rv_add_address",
            on_change=from_address,
        )

        def from_text() -> None:
            typed = st.session_state["rv_add_where"]
            if not typed:
                return
            try:
                point_picker.put_point("add", parse_point(cache.data(), view.territory, typed))
                st.session_state.pop(_FAULT, None)
            except UserError as error:
                st.session_state[_FAULT] = t.error(error)

        st.text_input(
            t("Latitude et longitude, en degrés"),
            placeholder="46,3405 -72,5460",
            key="rv_add_where",
            on_change=from_text,
        )
        fault = st.session_state.get(_FAULT)
        if fault:
            panels.callout(fault, tone="caution")


def unlocated(
    view: View,
    known: Sequence[tuple[ServiceClass, UnlocatedPlace]],
    places: Sequence[ServicePlace] = (),
) -> None:
    """Draw the places known by name only, each with the button that puts it on the map."""
    t = view.t
    if not known:
        return
    here = session.open_here(view)
    allowed = may_edit(here)
    held = draft()
    opened = held is not None and held.slot.startswith("known_")
    title = t("Connus mais non situés ({n}) : à vérifier", n=str(len(known)))
    with st.expander(title, expanded=opened):
        panels.sentence(t("Ces lieux ne sont dans aucune distance tant qu'on ne sait pas où."))
        for service, item in known:
            slot = f"known_{item.id}"
            parts = [t.of(item.where), t.of(item.note) if item.note else ""]
            st.html(
                f'<p class="rv-known"><strong>{escape(item.name)}</strong> '
                f"{escape(' · '.join(p for p in parts if p))}</p>"
            )
            if not allowed or item.status == "closed":
                continue
            if held is not None and held.slot == slot:
                with st.container(key="rv_add_box", border=True):
                    _form(view, here, service, tuple(places), held)
                continue
            st.button(
                t("Situer sur la carte"),
                key=f"rv_locate_{item.id}",
                on_click=start,
                args=(slot, item.name, item.category, item.id),
            )
