"""Forms of the plan: add an action, choose between two versions, confirm a pause, import."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import streamlit as st

from revital.domain.plan_records import Action, Evidence, EvidenceKind, PlanPause, Status
from revital.errors import UserError
from revital.services import plan as plans
from revital.services import plan_edit, plan_files, plan_import
from revital.services.authorization import Command
from revital.services.plan_columns import ACTIONS, PARTS
from revital.services.plan_words import STATUS_WORDS, text
from revital.ui import long_text, panels, plan_html, plan_store, pressed, shell, state
from revital.ui.html import TableColumn
from revital.ui.state import View

_FIELDS = {c.field: c.title for c in ACTIONS if c.field in Action.__dataclass_fields__} | {
    part.field: part.title for part in PARTS
}
_FIRST = (Status.PLANNED, Status.UNDER_WAY)


def add(view: View, here: plans.Plan, board: plans.Board) -> None:
    """Draw the form that adds an action: open, sub-committee, title, due date, save."""
    t = view.t
    groups = {
        lane.subcommittee.id: text(lane.subcommittee, "name", t.lang)
        for lane in board.lanes
        if here.actor.may(Command.ADD_ACTION, here.territory, lane.subcommittee.id)
    }
    if not groups:
        panels.callout(
            t("Ce territoire n'a pas encore de sous-comité : ajoutez-en un dans sa fiche.")
        )
        return
    with st.expander(t("Ajouter une action"), icon=":material/add:", key="rv_add_box"):
        group = st.pills(
            t("Sous-comité"),
            list(groups),
            format_func=lambda id_: groups[id_],
            key="rv_add_group",
        )
        title = st.text_input(t("Que fait-on ?"), key="draft_add_title", max_chars=300)
        due = st.date_input(
            t("Échéance (année-mois-jour)"), value=None, key="rv_add_due", format="YYYY-MM-DD"
        )
        with st.expander(t("Plus de détails")):
            owner = st.text_input(
                t("Responsable (un rôle ou une organisation)"), key="draft_add_owner"
            )
            description = long_text.field(view, t("Description"), key="draft_add_description")
            status = st.radio(
                t("Statut"),
                list(_FIRST),
                format_func=lambda s: t(STATUS_WORDS[s]),
                horizontal=True,
                key="rv_add_status",
            )
        if pressed.button(t("Ajouter"), type="primary", key="rv_add_save"):
            if not group:
                panels.fault(
                    t("Ceci n'a pas été enregistré"), t("Choisissez d'abord un sous-comité.")
                )
                return
            done = t("Action ajoutée : {title}", title=title)
            if plan_store.act(
                view,
                done,
                lambda: plan_edit.add_action(
                    here,
                    subcommittee=group,
                    title=title,
                    owner=owner,
                    due=due,
                    status=status,
                    start=here.today if status is Status.UNDER_WAY else None,
                    description=description,
                ),
            ):
                keys = ("draft_add_title", "draft_add_owner", "draft_add_description")
                shell.forget_drafts(*keys)
                state.empty("draft_add_title", "draft_add_owner", "rv_add_due")
                view.set_param("actions", None)
                st.rerun()


def conflict(view: View, here: plans.Plan) -> None:
    """Draw the two versions of an action that two people saved at once, and let one choose."""
    held = plan_store.conflict()
    if held is None:
        return
    t = view.t
    mine, theirs = held
    if not isinstance(mine, Action) or not isinstance(theirs, Action):
        panels.callout(
            t("Cette fiche a changé entre-temps ; la page montre la plus récente."), tone="caution"
        )
        plan_store.settle_conflict()
        return
    rows = plan_html.differences(mine, theirs, _FIELDS, t)
    panels.table_twin(
        t("Deux versions de « {title} » : choisissez celle à garder", title=theirs.title),
        [TableColumn(t("Champ")), TableColumn(t("La vôtre")), TableColumn(t("L'autre"))],
        rows,
        empty="—",
    )
    with st.container(horizontal=True):
        if pressed.button(t("Garder la mienne"), type="primary", key="rv_keep_mine"):
            plan_store.settle_conflict()
            wanted = replace(mine, version=theirs.version)
            done = t("Votre version est enregistrée ; l'autre reste dans l'historique.")
            if plan_store.act(view, done, lambda: plan_edit.save_action(here, wanted)):
                st.rerun()
        if pressed.button(t("Garder l'autre"), key="rv_keep_theirs"):
            plan_store.settle_conflict()
            st.rerun()


def confirm_pauses(view: View, here: plans.Plan, pauses: list[PlanPause]) -> None:
    """Let the coordination write when a documented pause ended."""
    t = view.t
    if not here.actor.may(Command.EDIT_STRUCTURE, here.territory):
        return
    with st.popover(t("Confirmer la fin d'une pause")):
        ids = {p.id: p for p in pauses}
        chosen = st.radio(
            t("Laquelle ?"),
            list(ids),
            format_func=lambda id_: plan_html.documented_pause(ids[id_], t),
            key="rv_pause_which",
        )
        end = st.date_input(
            t("Fin (année-mois-jour)"), value=here.today, key="rv_pause_end", format="YYYY-MM-DD"
        )
        if pressed.button(t("Confirmer"), key="rv_pause_save", type="primary"):
            changed = replace(ids[chosen], end=end, end_to_confirm=False)
            done = t("La fin de la pause est inscrite.")
            if plan_store.act(view, done, lambda: plan_edit.save_plan_pause(here, changed)):
                st.rerun()


def add_evidence(view: View, here: plans.Plan) -> None:
    """Draw the form that adds a piece to the evidence register."""
    t = view.t
    kinds = {
        EvidenceKind.REPORT: t("Rapport"),
        EvidenceKind.FACT: t("Fait daté"),
        EvidenceKind.LINK: t("Lien"),
        EvidenceKind.FILE: t("Fichier"),
    }
    with st.expander(t("Ajouter une preuve")), st.form("rv_evidence", border=False):
        title = st.text_input(t("Titre"), key="draft_evidence_title")
        kind = st.radio(t("Genre"), list(kinds), format_func=lambda k: kinds[k], horizontal=True)
        publisher = st.text_input(t("Qui le publie"), key="draft_evidence_publisher")
        dated = st.text_input(t("Date ou période"))
        topic = st.text_input(t("Thème"), key="draft_evidence_topic")
        statement = long_text.field(view, t("Ce qu'elle dit"), key="draft_evidence_statement")
        url = st.text_input(t("Adresse (https://…)"), key="draft_evidence_url")
        if pressed.submit(t("Ajouter la preuve"), key="rv_evidence_save"):
            piece = Evidence(
                id=plan_edit.new_id(),
                territory=here.territory,
                kind=kind,
                title=title,
                publisher=publisher,
                dated=dated,
                topic=topic,
                statement=statement,
                url=url,
            )
            done = t("Preuve ajoutée au registre.")
            if plan_store.act(view, done, lambda: plan_edit.save_evidence(here, piece)):
                keys = tuple(
                    f"draft_evidence_{name}"
                    for name in ("title", "publisher", "topic", "statement", "url")
                )
                shell.forget_drafts(*keys)
                state.empty(*(key for key in keys if not key.endswith("_statement")))
                st.rerun()


def import_file(view: View, here: plans.Plan) -> None:
    """Draw the import: choose a file, see what it changes, then store it."""
    t = view.t
    held = st.file_uploader(
        t("Mettre le plan à jour d'un fichier CSV ou XLSX exporté d'ici"),
        type=["csv", "xlsx"],
        key="rv_import",
    )
    if held is None:
        return
    content = held.getvalue()
    try:
        report = plan_import.import_file(here, content, held.name, dry_run=True)
    except UserError as error:
        panels.fault(t("Ce fichier ne peut pas être lu"), t.error(error))
        return
    panels.callout(
        t(
            "Ajoutées : {added} ; mises à jour : {updated} ; inchangées : {same}.",
            added=t.number(len(report.added)),
            updated=t.number(len(report.updated)),
            same=t.number(report.unchanged_n),
        ),
        title=t("Ce que ce fichier changerait"),
    )
    if report.errors:
        panels.table_twin(
            t.plural("{n} ligne à corriger", "{n} lignes à corriger", len(report.errors)),
            [TableColumn(t("Ligne")), TableColumn(t("Ce qu'il faut corriger"))],
            [[t.number(e.row), e.sentence(t)] for e in report.errors[:200]],
            empty="—",
            tall=True,
        )
    if not (report.added or report.updated):
        return
    label = t("Enregistrer les bonnes lignes seulement") if report.errors else t("Enregistrer")
    if pressed.button(label, key="rv_import_save", type="primary"):
        partial = bool(report.errors)
        done = t("Le fichier est importé ; l'historique permet d'annuler chaque ligne.")
        if plan_store.act(
            view,
            done,
            lambda: plan_import.import_file(here, content, held.name, partial=partial),
        ):
            st.session_state.pop("rv_import", None)
            st.rerun()


def files(view: View, here: plans.Plan, board: plans.Board) -> None:
    """Draw the ways out of the plan, and the way in for those who may."""
    t = view.t
    if not here.actor.may(Command.EXPORT_PLAN, here.territory):
        return
    with st.expander(t("Exporter et importer")):
        kinds = {
            "xlsx": t("Classeur (XLSX)"),
            "csv": t("Table (CSV)"),
            "ics": t("Agenda (iCalendar)"),
            "json": t("Tout (JSON)"),
        }
        mark = "-exemple" if board.scope == "example" else ""
        with st.container(horizontal=True):
            for form, label in kinds.items():
                st.download_button(
                    label,
                    data=partial(plan_files.export, here, form, t, board.scope),
                    file_name=f"plan-{here.territory}{mark}.{form}",
                    key=f"rv_export_{form}",
                    on_click="ignore",
                )
        if here.actor.may(Command.IMPORT_PLAN, here.territory):
            import_file(view, here)
