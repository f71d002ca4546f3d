"""Correcting or completing a place: what is noted stays beside the public list."""

from __future__ import annotations

from datetime import date
from functools import partial

import streamlit as st

from revital.catalogue.service_classes import service_classes
from revital.services import plan as plans
from revital.services.imports.corrected import DETAILS, all_corrections
from revital.services.imports.corrections import correct, uncorrect
from revital.services.imports.events import Journal, undo
from revital.services.inventory import Referral, correction_text
from revital.services.workspace.home import workspace
from revital.ui import cache, html, point_picker, pressed, session, shell, who
from revital.ui.plan_store import act
from revital.ui.services_add import may_edit
from revital.ui.state import View

_STATE = "rv_fix"


def opened() -> str | None:
    """Return the id of the place being corrected."""
    held: str | None = st.session_state.get(_STATE)
    return held


def start(place_id: str, what: str = "details") -> None:
    """Open the form of a place."""
    st.session_state[_STATE] = place_id
    st.session_state["rv_fix_what"] = what
    for name in DETAILS:
        st.session_state.pop(f"draft_fix_{name}", None)
    point_picker.put_point("fix", None)


def _close() -> None:
    st.session_state.pop(_STATE, None)


def form(view: View, here: plans.Plan, item: Referral) -> None:
    """Draw what can be said of a place: completed, closed, moved, of another kind, not there."""
    t = view.t
    place = item.place
    words = {
        "details": t("Compléter : téléphone, heures…"),
        "closed": t("C'est fermé"),
        "moved": t("C'est ailleurs"),
        "kind": t("Ce n'est pas cette sorte de lieu"),
        "not_there": t("Ça n'existe pas ici"),
    }
    if place.status in ("closed", "to_verify", "seasonal"):
        words["open"] = t("C'est ouvert")
    what = st.pills(
        t("Que faut-il changer ?"), list(words), format_func=lambda k: words[k], key="rv_fix_what"
    )
    at = None
    category, said = "", {}
    if what == "moved":
        at = point_picker.draw(view, "fix", places=(place,))
    if what == "kind":
        known = {
            id_: t.of(c.title)
            for service in service_classes().values()
            for id_, c in service.categories.items()
            if id_ != place.category
        }
        category = st.selectbox(
            t("Ce que c'est vraiment"),
            list(known),
            format_func=lambda c: known[c],
            key="rv_fix_kind",
        )
    with st.form("rv_fix_form", border=False):
        if what == "details":
            said = _details(view, item)
        note = st.text_input(t("Note (facultatif)"), key="rv_fix_note", max_chars=300)
        by = st.text_input(t("Qui le dit ?"), value=who.known_name(), key="rv_fix_by", max_chars=80)
        sent = pressed.submit(t("Enregistrer"), type="primary", key="rv_fix_save")
    if st.button(t("Annuler"), key="rv_fix_cancel", type="tertiary", on_click=_close):
        st.rerun()
    if not sent or what is None:
        return
    lat, lon = at or (None, None)
    done = act(
        view,
        t("C'est noté, à côté de la liste publique."),
        lambda: correct(
            cache.data(),
            workspace(),
            view.territory,
            layer=place.layer,
            service_id=place.id,
            action=what,
            by=who.signature(view, here, by),
            lat=lat,
            lon=lon,
            category=category,
            note=note,
            **said,
        ),
    )
    if done:
        shell.forget_drafts(*(f"draft_fix_{name}" for name in DETAILS))
        _close()
        st.rerun()


def _details(view: View, item: Referral) -> dict[str, str]:
    t = view.t
    titles = (t("Téléphone"), t("Heures d'ouverture"), t("Qui y a droit"), t("Coût"))
    found = {}
    for name, title in zip(DETAILS, titles, strict=True):
        key = f"draft_fix_{name}"
        if key not in st.session_state:
            st.session_state[key] = getattr(item.place, name)
        given = st.text_input(title, key=key, max_chars=160)
        # What is already known and was left as it is need not be said again.
        found[name] = "" if given == getattr(item.place, name) else given
    return found


def take_back(view: View, here: plans.Plan, item: Referral) -> None:
    """Draw the buttons that undo what was noted of a place, or that take out a place added."""
    t = view.t
    signed = who.signature(view, here, "")
    for noted in item.place.corrections:
        clicked = pressed.button(
            t("Défaire la correction du {on}", on=t.date(date.fromisoformat(noted.on))),
            key=f"rv_unfix_{noted.event}",
            help=correction_text(noted, t),
        )
        if clicked and act(
            view,
            t("Correction défaite."),
            partial(uncorrect, cache.data(), workspace(), noted.event, by=signed),
        ):
            st.rerun()
    if not item.place.is_own:
        return
    event_id = item.place.id.split("-")[1]
    event = next((e for e in Journal(workspace()).standing() if e.id == event_id), None)
    # A place of a longer file is taken out with its file, on the page of data.
    if event is None or event.rows > 1:
        return
    clicked = pressed.button(t("Retirer ce lieu ajouté"), key=f"rv_unadd_{event_id}")
    if clicked and act(
        view,
        t("Lieu retiré."),
        partial(undo, cache.data(), workspace(), event_id, by=signed),
    ):
        st.rerun()


def journal(view: View) -> None:
    """Draw every correction of the city, with who and when, each with its button to undo."""
    t = view.t
    here = session.open_here(view)
    place = view.catalogue.territory(view.territory).place
    standing = [c for c in all_corrections(cache.data()) if c.place == place]
    if not standing:
        return
    signed = who.signature(view, here, "")
    with st.expander(t("Corrections locales ({n})", n=str(len(standing)))):
        for item in reversed(standing):
            names = _names(item.layer)
            name = names.get(item.service_id, t("lieu absent de l'édition actuelle de la source"))
            st.html(html.sentence(f"{name} — {correction_text(item, t)}"))
            if not may_edit(here):
                continue
            clicked = pressed.button(t("Défaire"), key=f"rv_uncorrect_{item.event}")
            if clicked and act(
                view,
                t("Correction défaite."),
                partial(uncorrect, cache.data(), workspace(), item.event, by=signed),
            ):
                st.rerun()


def _names(layer: str) -> dict[str, str]:
    data = cache.data()
    if not data.layers.has(layer):
        return {}
    table = data.layers.read(layer, columns=["service_id", "name"])
    return dict(zip(table["service_id"].astype(str), table["name"].astype(str), strict=True))
