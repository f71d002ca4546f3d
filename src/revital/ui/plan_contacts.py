"""Coordinates of people, for the coordination: seen, added, changed, erased for good."""

from __future__ import annotations

import streamlit as st

from revital.domain.plan_records import Action
from revital.services import contacts as people
from revital.services import plan as plans
from revital.services.authorization import Command
from revital.store.plan_people import Contact
from revital.ui import panels, plan_html, plan_store, pressed
from revital.ui.html import TableColumn
from revital.ui.state import View

_NEW = ""


def draw(view: View, here: plans.Plan) -> None:
    """Draw the contacts of the territory and their form."""
    t = view.t
    if not here.actor.may(Command.READ_CONTACTS, here.territory):
        return
    with st.expander(t("Coordonnées (coordination seulement)"), key="rv_contacts"):
        panels.callout(
            t(
                "Facultatif, et avec l'accord de la personne. Ces lignes ne vont ni dans "
                "l'historique, ni dans les fichiers exportés, ni dans les instantanés : effacées, "
                "elles le sont pour de bon."
            )
        )
        found = {c.id: c for c in people.list_contacts(here)}
        if found:
            panels.table_twin(
                t("Contacts"),
                [
                    TableColumn(t("Nom")),
                    TableColumn(t("Courriel")),
                    TableColumn(t("Téléphone")),
                    TableColumn(t("Compte")),
                ],
                [
                    [c.name, c.email, c.phone, t("oui") if c.account else t("non")]
                    for c in found.values()
                ],
                empty="—",
            )
        if here.actor.may(Command.EDIT_CONTACTS, here.territory):
            _form(view, here, found)


def _form(view: View, here: plans.Plan, found: dict[str, Contact]) -> None:
    t = view.t
    chosen = _NEW
    if found:
        chosen = st.selectbox(
            t("Contact"),
            [_NEW, *found],
            format_func=lambda id_: name_of(found[id_]) if id_ else t("Nouveau contact"),
            key="rv_contact_which",
        )
    held = found.get(chosen)
    # No draft is kept of these fields: a person's coordinates do not stay in a browser.
    with st.form(f"rv_contact_{chosen or 'new'}", border=False):
        name = st.text_input(t("Nom"), value=held.name if held else "", max_chars=120)
        email = st.text_input(
            t("Courriel"),
            value=held.email if held else "",
            max_chars=254,
            help=t("Le courriel d'un compte ne change pas ici.") if held and held.account else None,
        )
        phone = st.text_input(t("Téléphone"), value=held.phone if held else "", max_chars=40)
        label = t("Enregistrer le contact") if held else t("Ajouter le contact")
        if pressed.submit(label, key=f"rv_contact_save_{chosen or 'new'}", type="primary"):

            def save() -> None:
                if held:
                    people.change_contact(here, held.id, name=name, email=email, phone=phone)
                else:
                    people.add_contact(here, name=name, email=email, phone=phone)

            if plan_store.act(view, t("Contact enregistré."), save):
                st.rerun()
    if held is not None:
        with st.popover(t("Effacer ce contact")):
            panels.callout(t("Rien ne permet de le faire revenir."), tone="caution")
            if pressed.button(t("Oui, l'effacer pour de bon"), key="rv_contact_erase"):
                done = t("Coordonnées effacées.")
                if plan_store.act(view, done, lambda: people.erase_contact(here, held.id)):
                    st.session_state.pop("rv_contact_which", None)
                    st.rerun()


def name_of(contact: Contact) -> str:
    """Return what a contact is called."""
    return contact.name or contact.email or contact.phone


def field(view: View, here: plans.Plan, action: Action) -> str | None:
    """Draw the choice of the person to reach for an action; return the contact's id."""
    if not here.actor.may(Command.READ_CONTACTS, here.territory):
        return action.contact
    t = view.t
    found = {c.id: c for c in people.list_contacts(here)}
    if not found:
        return None
    ids = list(found)
    return st.selectbox(
        t("Personne à joindre (coordination seulement)"),
        ids,
        index=ids.index(action.contact) if action.contact in found else None,
        format_func=lambda id_: name_of(found[id_]),
        placeholder=t("Choisir"),
    )


def line(view: View, here: plans.Plan, action: Action) -> None:
    """Draw the person to reach for an action, for the coordination."""
    if not action.contact or not here.actor.may(Command.READ_CONTACTS, here.territory):
        return
    held = next((c for c in people.list_contacts(here) if c.id == action.contact), None)
    if held is not None:
        words = " · ".join(x for x in (held.name, held.email, held.phone) if x)
        plan_store.put(plan_html.facts([(view.t("Personne à joindre"), words)]))
