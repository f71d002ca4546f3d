"""The part of Données et méthodes where an editor adds a neighbourhood."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import streamlit as st

from revital.catalogue.models import Text
from revital.errors import UserError
from revital.services.authorization import Command
from revital.services.workspace import details
from revital.services.workspace.home import workspace
from revital.services.workspace.territory import (
    Proposal,
    basis_text,
    keep,
    propose,
    remove,
    rule_text,
)
from revital.ui import cache, html, panels, pressed, preview_map, session, state, territory_limits
from revital.ui.plan_store import act, say_done
from revital.ui.state import View
from revital.ui.territory_limits import Given

_FORGET = "rv_new_forget"
_FIELDS = ("rv_new_fr", "rv_new_en", "rv_new_committees", "rv_new_org", "rv_new_contact")


def section(view: View) -> None:
    """Draw the form: name, limits, what they make, confirmation; then those already added."""
    t = view.t
    panels.section(t("Ajouter un quartier"), t.of(rule_text()))
    say_done()
    here = session.open_here(view)
    if not here.actor.may(Command.EDIT_STRUCTURE, view.territory):
        panels.callout(t("Ajouter un quartier demande le rôle de coordination."), tone="note")
        return
    if st.session_state.pop(_FORGET, False):
        territory_limits.forget()
    _new(view)
    _added(view)


def _new(view: View) -> None:
    t = view.t
    left, right = st.columns(2)
    name_fr = left.text_input(t("Nom en français"), max_chars=80, key="rv_new_fr").strip()
    name_en = right.text_input(t("Nom en anglais"), max_chars=80, key="rv_new_en").strip()
    try:
        given = territory_limits.ask(view)
        if given is None:
            return
        proposal = propose(
            cache.data(),
            id_=details.slug(name_fr) or "quartier",
            name=Text(fr=name_fr or "—", en=name_en or name_fr or "—"),
            limits=given.limits,
            unit_ids=given.ids,
            place=given.place,
        )
    except UserError as error:
        panels.fault(t("Ces limites ne conviennent pas"), t.error(error))
        return
    _show(view, proposal, given)
    try:
        proposal = replace(proposal, record=_details(view, proposal))
    except UserError as error:
        panels.fault(t("Cette fiche ne convient pas"), t.error(error))
        return
    if not (name_fr and name_en):
        panels.callout(t("Donnez ses deux noms pour l'ajouter."), tone="note")
        return
    if pressed.button(t("Ajouter ce quartier"), type="primary", key="rv_new_keep") and act(
        view,
        t("Le quartier est ajouté : choisissez-le dans le menu des territoires."),
        lambda: keep(cache.data(), workspace(), proposal),
    ):
        st.session_state[_FORGET] = True
        state.empty(*_FIELDS)
        st.rerun()


def _show(view: View, proposal: Proposal, given: Given) -> None:
    """Draw what the limits make: people, areas, and the share that is estimated."""
    t = view.t
    inside = proposal.inside
    panels.sentence(
        t(
            "Population : {n} personnes ({drawn} estimées dans les limites tracées, dont "
            "{share} viennent d'aires coupées).",
            n=t.number(inside.population),
            drawn=t.number(inside.drawn),
            share=t.percent(inside.estimated_share, 0),
        )
    )
    if inside.estimated_share > 0:
        panels.sentence(t.of(basis_text(inside.basis)))
    if given.limits is not None and not given.is_drawn:
        preview_map.draw(view, limits=given.limits)
    panels.table_twin(
        t("Aires qui touchent les limites"),
        [
            html.TableColumn(t("Aire")),
            html.TableColumn(t("Part dans les limites"), number=True),
            html.TableColumn(t("Population"), number=True),
            html.TableColumn(t("Comptée")),
        ],
        [
            (
                str(unit),
                t.percent(float(row["share"]), 0),
                t.number(float(row["population"])),
                t("oui") if row["is_inside"] else t("non"),
            )
            for unit, row in inside.units.iterrows()
        ],
        empty="—",
    )


def _details(view: View, proposal: Proposal) -> details.Territory:
    """Draw what the record says besides its limits, and return the record with it."""
    t = view.t
    data = cache.data()
    panels.section(
        t("Sa fiche"), t("À quoi il se compare, qui porte son plan, dans quelles langues.")
    )
    titles = {
        "city": t("Ville de comparaison"),
        "region": t("Région de comparaison"),
        "province": t("Province de comparaison"),
    }
    comparators: dict[str, str] = {}
    for column, role in zip(st.columns(3), details.ROLES, strict=True):
        known = {r.id: r for r in details.comparable(data, role)}
        first = proposal.record.comparators.get(role, "")
        options = ["", *known]
        words = {"": t("aucune"), **{id_: t.of(r.title) for id_, r in known.items()}}
        chosen = column.selectbox(
            titles[role],
            options,
            index=options.index(first) if first in options else 0,
            format_func=words.__getitem__,
            key=f"rv_new_{role}_{proposal.place.id}",
        )
        if chosen:
            comparators[role] = chosen
    left, right = st.columns(2)
    committees = left.text_area(
        t("Sous-comités, un par ligne : nom français | nom anglais"),
        key="rv_new_committees",
        placeholder="Sécurité | Safety",
    )
    languages = right.pills(
        t("Langues du comité"),
        list(details.LANGUAGES),
        default=list(details.LANGUAGES),
        selection_mode="multi",
        format_func=lambda code: {"fr": t("Français"), "en": t("Anglais")}[code],
        key="rv_new_languages",
    )
    organization = right.text_input(
        t("Organisme qui porte le plan"), max_chars=120, key="rv_new_org"
    ).strip()
    contact = right.text_input(
        t("À qui demander ce qui manque"), max_chars=160, key="rv_new_contact"
    ).strip()
    return details.with_details(
        data,
        proposal.record,
        comparators=comparators,
        committees=details.read_committees(committees.splitlines()),
        languages=languages,
        organization=Text(fr=organization, en=organization) if organization else None,
        contact=Text(fr=contact, en=contact) if contact else None,
    )


def _added(view: View) -> None:
    """Draw the neighbourhoods added here, each with its button to take it back."""
    t = view.t
    folder = workspace().catalogue / "territories"
    names = sorted(p.stem for p in folder.glob("*.yml")) if folder.is_dir() else []
    if not names:
        return
    panels.section(t("Quartiers ajoutés ici"))
    for id_ in names:
        left, right = st.columns([4, 1], vertical_alignment="center")
        left.html(html.sentence(t.of(view.catalogue.territory(id_).title)))
        if right.button(t("Retirer"), key=f"rv_take_{id_}") and act(
            view,
            t("Le territoire « {id} » est retiré.", id=id_),
            partial(_remove, id_),
        ):
            st.rerun()


def _remove(id_: str) -> None:
    remove(cache.data(), workspace(), id_)
