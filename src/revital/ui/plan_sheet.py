"""The sheet of an action: what is known of it, what can be changed, where it came from."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from html import escape

import streamlit as st

from revital.domain.plan_records import Action
from revital.services import evidence_register, plan_edit, plan_outcomes
from revital.services import plan as plans
from revital.services.authorization import (
    LOCAL_ACCOUNT,
    OPERATOR_ACCOUNT,
    PUBLIC_ACCOUNT,
    Command,
)
from revital.services.plan_words import CHANGE_WORDS, FUNDING_WORDS, KIND_WORDS, text
from revital.store.plan import Change
from revital.ui import (
    cache,
    html,
    meeting_snapshots,
    panels,
    plan_contacts,
    plan_evidence,
    plan_html,
    plan_links,
    plan_sheet_edit,
    plan_store,
    pressed,
)
from revital.ui.html import TableColumn
from revital.ui.state import View


def draw(view: View, here: plans.Plan, board: plans.Board, found: plans.ActionView) -> None:
    """Draw the sheet of an action."""
    t = view.t
    action = found.action
    if pressed.button(t("Retour au plan"), icon=":material/arrow_back:", key="rv_sheet_back"):
        view.set_param("action", None)
        st.rerun()
    panels.section(text(action, "title", t.lang))
    if action.example:
        panels.example_mark(t)
    left, right = st.columns([3, 2], gap="large")
    with left:
        st.html(html.status_chip(t, found.status))
        plan_store.put(plan_html.paragraphs(text(action, "description", t.lang)))
        aim = next((o for o in plans.objectives(here) if o.id == action.objective), None)
        if aim is not None:
            plan_store.put(plan_html.facts([(t("Objectif"), text(aim, "title", t.lang))]))
        plan_store.put(plan_html.action_facts(found, board, t))
        plan_contacts.line(view, here, action)
        if found.flags:
            plan_store.put(plan_html.flag_list(found, t))
    with right:
        plan_store.put(plan_html.progress_bar(found.progress, t, t("Avancement")))
        if found.planned is not None:
            planned = t("Prévu à ce jour : {share}", share=t.percent(found.planned, 0))
            st.html(f'<p class="rv-fig-note">{escape(planned)}</p>')
        if action.pauses:
            panels.section(t("Pauses et négociations"))
            lines = [plan_html.pause_line(p, t) for p in action.pauses]
            plan_store.put(plan_html.bullet_list(lines))
    _milestones(view, action)
    _money(view, action)
    _proof(view, here, action)
    _outcomes(view, action)
    plan_links.scenario(view, action)
    may = here.actor.may(Command.EDIT_ACTION, here.territory, action.subcommittee)
    if may:
        panels.section(t("Changer quelque chose"))
        plan_sheet_edit.draw(view, here, board, action)
    if here.actor.may(Command.READ_HISTORY, here.territory):
        with st.expander(t("Historique de l'action")):
            history(view, here, plan_edit.history(here, record_id=action.id, limit=50))
            for decision in plan_edit.decisions_of(here, action.id):
                day = t.date(decision.decided_on)
                words = t(
                    "Décision du {date} : {text}", date=day, text=text(decision, "text", t.lang)
                )
                st.html(f"<p>{escape(words)}</p>")
    if here.actor.may(Command.DELETE_ACTION, here.territory, action.subcommittee):
        with st.popover(t("Supprimer l'action")):
            st.html(f"<p>{escape(t('Elle quitte le plan et peut revenir par historique.'))}</p>")
            if pressed.button(t("Oui, la supprimer"), key="rv_delete"):
                done = t("Action supprimée ; l'historique permet de la rétablir.")
                if plan_store.act(view, done, lambda: plan_edit.delete_action(here, action)):
                    view.set_param("action", None)
                    st.rerun()


# --- what is known -----------------------------------------------------------------------------


def _milestones(view: View, action: Action) -> None:
    t = view.t
    if not action.milestones:
        return
    panels.table_twin(
        t("Jalons, avec leur poids dans l'avancement"),
        [
            TableColumn(t("Jalon")),
            TableColumn(t("Échéance")),
            TableColumn(t("Poids"), number=True),
            TableColumn(t("Avancement"), number=True),
        ],
        [
            [
                text(m, "title", t.lang),
                t.date(m.due, "medium") if m.due else "",
                t.number(m.weight, 0 if float(m.weight).is_integer() else 2)
                if m.weight is not None
                else t.number(1),
                t("annulé")
                if m.cancelled
                else (t.percent(m.progress, 0) if m.progress is not None else ""),
            ]
            for m in action.milestones
        ],
        empty=t("non précisé"),
    )


def _money(view: View, action: Action) -> None:
    t = view.t
    if not action.funding:
        return

    def money(value: Decimal | None) -> str:
        return "" if value is None else t.money(float(value))

    panels.table_twin(
        t("Financement, en dollars canadiens"),
        [
            TableColumn(t("Provenance")),
            TableColumn(t("Libellé")),
            TableColumn(t("Demandé"), number=True),
            TableColumn(t("Confirmé"), number=True),
            TableColumn(t("Reçu"), number=True),
            TableColumn(t("Dépensé"), number=True),
        ],
        [
            [
                t(FUNDING_WORDS[f.kind]),
                text(f, "label", t.lang),
                money(f.requested_cad),
                money(f.confirmed_cad),
                money(f.received_cad),
                money(f.spent_cad),
            ]
            for f in action.funding
        ],
        empty=t("non précisé"),
    )


def _proof(view: View, here: plans.Plan, action: Action) -> None:
    t = view.t
    if not action.evidence:
        return
    register = {e.id: e for e in evidence_register.register(here, cache.data(), t)}
    lines = []
    for citation in action.evidence:
        piece = register.get(citation.evidence)
        words = [plan_evidence.title(piece) if piece else citation.evidence]
        if piece and piece.publisher:
            words.append(piece.publisher)
        if citation.page:
            words.append(t("page {page}", page=citation.page))
        note = text(citation, "note", t.lang)
        lines.append(" · ".join([*words, *([note] if note else [])]))
        if piece and piece.disagrees:
            others = [register[i].title for i in piece.disagrees if i in register]
            lines.append(t("Une autre source dit : {what}", what=" ; ".join(others)))
    panels.section(t("Parce que"))
    plan_store.put(plan_html.bullet_list(lines))


def _outcomes(view: View, action: Action) -> None:
    t = view.t
    if not action.indicators:
        return
    panels.section(
        t("Ce qu'il en est advenu"),
        t("L'action contribue à ces chiffres ; elle n'en est pas la seule cause."),
    )
    rows = []
    for found in plan_outcomes.linked_figures(cache.data(), action, t):
        title = t.of(found.title) if found.title else found.link.indicator
        rows.append(
            [
                t("contribue à : {indicator}", indicator=title),
                text(found.link, "gap", t.lang),
                found.before_text,
                found.now_text,
                found.target_text,
                plan_outcomes.sentence(found, t),
            ]
        )
    panels.table_twin(
        t("Chiffres liés à l'action"),
        [
            TableColumn(t("Chiffre")),
            TableColumn(t("Écart visé")),
            TableColumn(t("Avant"), number=True),
            TableColumn(t("Maintenant"), number=True),
            TableColumn(t("Cible"), number=True),
            TableColumn(t("Constat")),
        ],
        rows,
        empty=t("aucune donnée"),
    )


def history(view: View, here: plans.Plan, changes: Sequence[Change]) -> None:
    """Draw changes, newest first, each with its way back for those who may."""
    t = view.t
    if not changes:
        panels.callout(t("Aucun changement n'est encore inscrit."))
        return
    may = here.actor.may(Command.UNDO, here.territory)
    rows = [
        [
            t.number(change.seq),
            meeting_snapshots.moment(view, here, change.at),
            t(
                "{change} · {kind} : {title}",
                change=t(CHANGE_WORDS[change.change]),
                kind=t(KIND_WORDS[change.kind]),
                title=_named(view, here, change),
            ),
            _who(view, change.account),
        ]
        for change in changes
    ]
    panels.table_twin(
        t("Qui a changé quoi, le plus récent d'abord"),
        [
            TableColumn(t("N°"), number=True),
            TableColumn(t("Quand")),
            TableColumn(t("Changement")),
            TableColumn(t("Compte")),
        ],
        rows,
        empty="—",
        tall=True,
    )
    undoable = [c for c in changes if c.kind != "grant"]
    if may and undoable:
        numbers = {c.seq: c for c in undoable}
        with st.container(horizontal=True, vertical_alignment="bottom"):
            seq = st.selectbox(
                t("Annuler un changement"),
                list(numbers),
                format_func=lambda n: t(
                    "N° {n} · {change} · {kind} : {title}",
                    n=n,
                    change=t(CHANGE_WORDS[numbers[n].change]),
                    kind=t(KIND_WORDS[numbers[n].kind]),
                    title=_named(view, here, numbers[n]),
                ),
                key=f"rv_undo_{changes[0].record_id}",
            )
            if pressed.button(t("Annuler ce changement"), key=f"rv_undo_do_{changes[0].record_id}"):
                done = t("Changement n° {n} annulé.", n=seq)
                if plan_store.act(view, done, lambda: plan_edit.undo(here, seq)):
                    st.rerun()
            together = [c for c in undoable if c.batch == numbers[seq].batch]
            if len(together) > 1 and pressed.button(
                t("Annuler aussi ce qui a été enregistré avec lui"),
                key=f"rv_undo_all_{changes[0].record_id}",
            ):
                done = t("Changement n° {n} annulé.", n=seq)
                if plan_store.act(view, done, lambda: plan_edit.undo_together(here, seq)):
                    st.rerun()


def _who(view: View, account: str) -> str:
    """Return who made a change, in words where the account is not a person's."""
    t = view.t
    words = {
        LOCAL_ACCOUNT: t("cet ordinateur"),
        OPERATOR_ACCOUNT: t("une commande"),
        PUBLIC_ACCOUNT: t("le public"),
    }
    return words.get(account, account[:8])


def _named(view: View, here: plans.Plan, change: Change) -> str:
    """Return what a changed record is called; a meeting, by its date."""
    after = change.after
    if after.get("held_at"):
        return meeting_snapshots.moment(view, here, datetime.fromisoformat(after["held_at"]))
    named = after.get("title") or after.get("text") or after.get("name") or after.get("about")
    return str(named or change.record_id)
