"""Forms of an action's sheet: status, dates and owner, milestones, money, links."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from html import escape
from typing import Any

import streamlit as st

from revital.domain.plan import STOPPED, TRANSITIONS
from revital.domain.plan_records import (
    Action,
    Aspect,
    Citation,
    FundingKind,
    FundingLine,
    IndicatorLink,
    Milestone,
    Status,
)
from revital.services import evidence_register, plan_edit, plan_outcomes
from revital.services import plan as plans
from revital.services.authorization import Command
from revital.services.plan_words import ASPECT_WORDS, FUNDING_WORDS, STATUS_WORDS, text
from revital.ui import (
    cache,
    long_text,
    plan_contacts,
    plan_evidence,
    plan_links,
    plan_places,
    plan_store,
    pressed,
    shell,
)
from revital.ui.state import View


def draw(view: View, here: plans.Plan, board: plans.Board, action: Action) -> None:
    """Draw the forms of an action, each in its own fold."""
    _change_status(view, here, action)
    _edit(view, here, board, action)
    plan_places.choose(view, here, action)
    _edit_milestones(view, here, action)
    _edit_funding(view, here, action)
    _edit_links(view, here, action)


class _Drafts:
    """Keys of an action's fields whose words are kept as one types, and their names to forget."""

    def __init__(self, action: Action) -> None:
        self._action = action
        self.names: list[str] = []

    def name(self, field: str) -> str:
        name = f"draft_{field}_{self._action.id}"
        self.names.append(name)
        return name

    def key(self, field: str) -> str:
        return shell.versioned(self.name(field), self._action.version)


def _save(view: View, here: plans.Plan, action: Action, *drafts: str) -> None:
    done = view.t("Enregistré.")
    if plan_store.act(view, done, lambda: plan_edit.save_action(here, action)):
        if drafts:
            shell.forget_drafts(*drafts)
        st.rerun()
    elif plan_store.conflict():
        st.rerun()


def _change_status(view: View, here: plans.Plan, action: Action) -> None:
    t = view.t
    choices = [s for s in Status if s in TRANSITIONS[action.status]]
    drafts = (f"draft_status_reason_{action.id}", f"draft_status_who_{action.id}")
    with st.expander(t("Statut")):
        status = st.pills(
            t("Nouveau statut"),
            choices,
            format_func=lambda s: t(STATUS_WORDS[s]),
            key=f"rv_status_{action.id}_{action.version}",
        )
        if status is None:
            return
        on = st.date_input(
            t("À partir du (année-mois-jour)"),
            value=here.today,
            key=f"rv_status_on_{action.id}",
            format="YYYY-MM-DD",
        )
        reason = responsible = ""
        if status in STOPPED:
            reason = st.text_input(t("Pourquoi ?"), key=drafts[0])
            responsible = st.text_input(t("Qui doit agir ?"), key=drafts[1])
        if pressed.button(t("Changer le statut"), type="primary", key="rv_status_save"):
            done = t("Statut : {status}", status=t(STATUS_WORDS[status]))
            if plan_store.act(
                view,
                done,
                lambda: plan_edit.set_status(
                    here, action, status, on=on, reason=reason, responsible=responsible
                ),
            ):
                shell.forget_drafts(*drafts)
                st.rerun()
            elif plan_store.conflict():
                st.rerun()


def _edit(view: View, here: plans.Plan, board: plans.Board, action: Action) -> None:
    t = view.t
    groups = {
        lane.subcommittee.id: text(lane.subcommittee, "name", t.lang)
        for lane in board.lanes
        if here.actor.may(Command.EDIT_ACTION, here.territory, lane.subcommittee.id)
    }
    ids = list(groups)
    drafts = _Drafts(action)
    with st.expander(t("Titre, dates, responsable")), st.form("rv_edit", border=False):
        title = st.text_input(
            t("Titre"), value=action.title, max_chars=300, key=drafts.key("title")
        )
        group = st.selectbox(
            t("Sous-comité"),
            ids,
            index=ids.index(action.subcommittee) if action.subcommittee in ids else None,
            format_func=lambda id_: groups[id_],
        )
        description = long_text.field(
            view,
            t("Description"),
            value=action.description,
            key=drafts.name("description"),
            version=action.version,
            rows=6,
        )
        owner = st.text_input(
            t("Responsable (un rôle ou une organisation)"),
            value=action.owner,
            key=drafts.key("owner"),
        )
        organizations = long_text.field(
            view,
            t("Organisations (une par ligne)"),
            value="\n".join(action.organizations),
            key=drafts.name("organizations"),
            version=action.version,
            rows=3,
        )
        left, right = st.columns(2)
        with left:
            start = st.date_input(
                t("Début (année-mois-jour)"), value=action.start, format="YYYY-MM-DD"
            )
        with right:
            due = st.date_input(
                t("Échéance (année-mois-jour)"), value=action.due, format="YYYY-MM-DD"
            )
        progress: float | None = action.progress
        if not action.milestones:
            shown = None if action.progress is None else round(100 * action.progress)
            percent = st.number_input(t("Avancement, en pour cent"), 0, 100, value=shown, step=5)
            if percent != shown:
                progress = None if percent is None else percent / 100
        aspects = st.pills(
            t("Aspects du développement intégré"),
            list(Aspect),
            default=list(action.aspects),
            selection_mode="multi",
            format_func=lambda a: t(ASPECT_WORDS[a]),
        )
        axes: Sequence[str] = action.city_axes
        if board.axes:
            axes = st.pills(
                t("Axes du plan de la Ville"),
                list(board.axes),
                default=[a for a in action.city_axes if a in board.axes],
                selection_mode="multi",
                format_func=lambda a: t.of(board.axes[a]),
            )
        aims = {
            o.id: text(o, "title", t.lang)
            for o in plans.objectives(here)
            if o.subcommittee == action.subcommittee
        }
        objective = action.objective
        if aims:
            ids_aims = list(aims)
            objective = st.selectbox(
                t("Objectif"),
                ids_aims,
                index=ids_aims.index(objective) if objective in aims else None,
                format_func=lambda id_: aims[id_],
                placeholder=t("Choisir"),
            )
        contact = plan_contacts.field(view, here, action)
        scenario = plan_links.scenario_field(view, here, action)
        if pressed.submit(t("Enregistrer"), key="rv_edit_save", type="primary"):
            _save(
                view,
                here,
                replace(
                    action,
                    title=title,
                    subcommittee=group or action.subcommittee,
                    description=description,
                    owner=owner,
                    organizations=tuple(organizations.splitlines()),
                    start=start,
                    due=due,
                    progress=progress,
                    aspects=tuple(a for a in Aspect if a in aspects),
                    city_axes=tuple(axes),
                    objective=objective,
                    contact=contact,
                    scenario=scenario,
                ),
                *drafts.names,
            )


def _edit_milestones(view: View, here: plans.Plan, action: Action) -> None:
    t = view.t
    drafts = _Drafts(action)
    with st.expander(t("Jalons")), st.form("rv_milestones", border=False):
        kept: list[Milestone] = []
        for n, milestone in enumerate((*action.milestones, None), 1):
            fresh = milestone is None
            m = milestone or Milestone(id=plan_edit.new_id(), title="")
            st.html(
                f'<p class="rv-lane-count">'
                f"{escape(t('Nouveau jalon') if fresh else t('Jalon {n}', n=n))}</p>"
            )
            key = "new" if fresh else m.id
            title = st.text_input(t("Titre"), value=m.title, key=drafts.key(f"milestone_{key}"))
            one, two, three = st.columns(3)
            with one:
                due = st.date_input(
                    t("Échéance (année-mois-jour)"),
                    value=m.due,
                    key=f"rv_m_due_{action.id}_{key}",
                    format="YYYY-MM-DD",
                )
            with two:
                weight = st.number_input(
                    t("Poids"), 0.0, value=m.weight, key=f"rv_m_weight_{action.id}_{key}"
                )
            with three:
                shown = None if m.progress is None else round(100 * m.progress)
                percent = st.number_input(
                    t("Avancement, en pour cent"),
                    0,
                    100,
                    value=shown,
                    step=5,
                    key=f"rv_m_progress_{action.id}_{key}",
                )
            cancelled = st.checkbox(
                t("Annulé : sort du calcul"), value=m.cancelled, key=f"rv_m_off_{action.id}_{key}"
            )
            progress = (
                m.progress if percent == shown else None if percent is None else percent / 100
            )
            if title.strip():
                kept.append(
                    replace(
                        m, title=title, due=due, weight=weight, progress=progress,
                        cancelled=cancelled,
                    )
                )  # fmt: skip
        if pressed.submit(t("Enregistrer les jalons"), key="rv_milestones_save", type="primary"):
            _save(view, here, replace(action, milestones=tuple(kept)), *drafts.names)


def _edit_funding(view: View, here: plans.Plan, action: Action) -> None:
    t = view.t
    drafts = _Drafts(action)
    with st.expander(t("Financement")), st.form("rv_funding", border=False):
        kept: list[FundingLine] = []
        for n, line in enumerate((*action.funding, None), 1):
            fresh = line is None
            f = line or FundingLine(id=plan_edit.new_id(), kind=FundingKind.MUNICIPAL)
            key = f"{action.id}_{'new' if fresh else f.id}"
            st.html(
                f'<p class="rv-lane-count">'
                f"{escape(t('Nouveau montant') if fresh else t('Montant {n}', n=n))}</p>"
            )
            slot = "new" if fresh else f.id
            label = st.text_input(t("Libellé"), value=f.label, key=drafts.key(f"funding_{slot}"))
            kind = st.selectbox(
                t("Provenance"),
                list(FundingKind),
                index=list(FundingKind).index(f.kind),
                format_func=lambda k: t(FUNDING_WORDS[k]),
                key=f"rv_f_kind_{key}",
            )
            amounts: dict[str, Any] = {}
            names = {
                "requested_cad": t("Demandé ($)"),
                "confirmed_cad": t("Confirmé ($)"),
                "received_cad": t("Reçu ($)"),
                "spent_cad": t("Dépensé ($)"),
            }
            for column, (field, word) in zip(st.columns(4), names.items(), strict=True):
                held = getattr(f, field)
                with column:
                    typed = st.number_input(
                        word,
                        0.0,
                        value=None if held is None else float(held),
                        step=100.0,
                        key=f"rv_{field}_{key}",
                    )
                amounts[field] = None if typed is None else Decimal(str(typed))
            if not fresh or label.strip() or any(v is not None for v in amounts.values()):
                kept.append(replace(f, label=label, kind=kind or f.kind, **amounts))
        if pressed.submit(t("Enregistrer le financement"), key="rv_funding_save", type="primary"):
            _save(view, here, replace(action, funding=tuple(kept)), *drafts.names)


def _edit_links(view: View, here: plans.Plan, action: Action) -> None:
    t = view.t
    entries = evidence_register.register(here, cache.data(), t)
    register = {e.id: f"{e.topic} : {plan_evidence.title(e)}" for e in entries}
    cited = [c.evidence for c in action.evidence if c.evidence in register]
    titles = {i.id: t.of(i.title) for i in cache.catalogue().indicators.values()}
    drafts = _Drafts(action)
    with st.expander(t("Preuves et chiffres liés")), st.form("rv_links", border=False):
        proof = st.multiselect(
            t("Preuves du registre"),
            list(register),
            default=cited,
            format_func=lambda id_: register[id_],
            placeholder=t("Choisir"),
        )
        indicator = st.selectbox(
            t("Lier un chiffre du portrait"),
            list(titles),
            index=None,
            format_func=lambda id_: titles[id_],
            placeholder=t("Choisir"),
        )
        gap = st.text_input(t("Écart visé, en mots"), key=drafts.key("gap"))
        target = st.number_input(t("Cible, dans l'unité du chiffre"), value=None, format="%.4f")
        target_on = st.date_input(
            t("Date de la cible (année-mois-jour)"), value=None, format="YYYY-MM-DD"
        )
        if pressed.submit(t("Enregistrer les liens"), key="rv_links_save", type="primary"):
            old = {c.evidence: c for c in action.evidence}
            # A piece that left the register since stays cited: nobody chose to drop it.
            citations = [c for c in action.evidence if c.evidence not in register]
            citations += [
                old.get(id_) or Citation(id=plan_edit.new_id(), evidence=id_) for id_ in proof
            ]
            links = list(action.indicators)
            if indicator:
                links.append(
                    plan_outcomes.new_link(
                        cache.data(),
                        here.territory,
                        IndicatorLink(
                            id=plan_edit.new_id(),
                            indicator=indicator,
                            gap=gap,
                            target_value=target,
                            target_on=target_on,
                        ),
                    )
                )
            _save(
                view,
                here,
                replace(action, evidence=tuple(citations), indicators=tuple(links)),
                *drafts.names,
            )
