"""What the coordination keeps in order: sub-committees and their objectives."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from revital.domain.plan_records import Objective, Subcommittee
from revital.services import plan as plans
from revital.services import plan_edit
from revital.services.authorization import Command
from revital.services.plan_words import text
from revital.ui import long_text, panels, plan_store, pressed, shell, state
from revital.ui.html import TableColumn
from revital.ui.state import View

_NEW = ""


def draw(view: View, here: plans.Plan) -> None:
    """Draw sub-committees and objectives, with their forms."""
    t = view.t
    if not here.actor.may(Command.EDIT_STRUCTURE, here.territory):
        return
    groups = {s.id: s for s in plans.subcommittees(here)}
    with st.expander(t("Sous-comités et objectifs")):
        _subcommittee(view, here, groups)
        if groups:
            _objective(view, here, groups)


def _subcommittee(view: View, here: plans.Plan, groups: dict[str, Subcommittee]) -> None:
    t = view.t
    chosen = st.selectbox(
        t("Sous-comité"),
        [*groups, _NEW],
        format_func=lambda id_: (
            text(groups[id_], "name", t.lang) if id_ else t("Nouveau sous-comité")
        ),
        key="rv_group_which",
    )
    held = groups.get(chosen) or Subcommittee(
        id=plan_edit.new_id(), territory=here.territory, name="", position=len(groups)
    )
    key = chosen or "new"
    with st.form(f"rv_group_{key}", border=False):
        name = st.text_input(t("Nom en français"), value=held.name)
        english = st.text_input(t("Nom en anglais"), value=held.en.get("name", ""))
        citizens = st.number_input(
            t("Nombre de citoyens"), 0, 10_000, value=held.citizens_n, step=1
        )
        drafts = (f"draft_group_roles_{key}", f"draft_group_organizations_{key}")
        roles = long_text.field(
            view,
            t("Rôles (un par ligne, sans nom)"),
            value="\n".join(held.roles),
            key=drafts[0],
            version=held.version,
            rows=3,
        )
        organizations = long_text.field(
            view,
            t("Organisations qui accompagnent (une par ligne)"),
            value="\n".join(held.organizations),
            key=drafts[1],
            version=held.version,
            rows=3,
        )
        if pressed.submit(t("Enregistrer le sous-comité"), key=f"rv_group_save_{key}"):
            changed = replace(
                held,
                name=name,
                en={**held.en, "name": english},
                citizens_n=citizens,
                roles=tuple(x for x in roles.splitlines() if x.strip()),
                organizations=tuple(x for x in organizations.splitlines() if x.strip()),
            )
            done = t("Sous-comité enregistré.")
            if plan_store.act(view, done, lambda: plan_edit.save_subcommittee(here, changed)):
                shell.forget_drafts(*drafts)
                st.rerun()


def _objective(view: View, here: plans.Plan, groups: dict[str, Subcommittee]) -> None:
    t = view.t
    known = plans.objectives(here)
    if known:
        panels.table_twin(
            t("Objectifs"),
            [TableColumn(t("Sous-comité")), TableColumn(t("Objectif"))],
            [
                [
                    text(groups[o.subcommittee], "name", t.lang)
                    if o.subcommittee in groups
                    else o.subcommittee,
                    text(o, "title", t.lang),
                ]
                for o in known
            ],
            empty="—",
        )
    with st.form("rv_objective", border=False):
        group = st.selectbox(
            t("Sous-comité"),
            list(groups),
            format_func=lambda id_: text(groups[id_], "name", t.lang),
        )
        drafts = ("draft_objective", "draft_objective_en")
        title = st.text_input(t("Nouvel objectif"), key=drafts[0])
        english = st.text_input(t("Le même en anglais"), key=drafts[1])
        if pressed.submit(t("Ajouter l'objectif"), key="rv_objective_save"):
            fresh = Objective(
                id=plan_edit.new_id(),
                territory=here.territory,
                subcommittee=group,
                title=title,
                position=len(known),
                en={"title": english},
            )
            done = t("Objectif ajouté.")
            if plan_store.act(view, done, lambda: plan_edit.save_objective(here, fresh)):
                shell.forget_drafts(*drafts)
                # Emptied only once saved: a refusal leaves the words where they are.
                state.empty(*drafts)
                st.rerun()
