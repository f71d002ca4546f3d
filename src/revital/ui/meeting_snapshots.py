"""Frozen states on the page Rencontre: taken, listed, verified, reopened."""

from __future__ import annotations

import json
from datetime import datetime

import streamlit as st

from revital.services import plan as plans
from revital.services import snapshots
from revital.services.authorization import Command
from revital.services.plan_words import STATUS_WORDS, text
from revital.ui import panels, plan_store, pressed
from revital.ui.html import TableColumn
from revital.ui.state import View


def moment(view: View, here: plans.Plan, instant: datetime) -> str:
    """Return a day and an hour of the territory, as one says them."""
    local = plans.instant_here(here, instant)
    return view.t(
        "{date}, {hour} h {minute}",
        date=view.t.date(local),
        hour=local.strftime("%H"),
        minute=local.strftime("%M"),
    )


def draw(view: View, here: plans.Plan, group: str, *, meeting: str | None) -> None:
    """Draw the frozen states of a sub-committee and of the whole plan, and the way to take one."""
    t = view.t
    with st.expander(t("Instantanés : figer le plan et ses chiffres")):
        names = {s.id: text(s, "name", t.lang) for s in plans.subcommittees(here)}
        if here.actor.may(Command.TAKE_SNAPSHOT, here.territory):
            whole = st.radio(
                t("Ce que l'on fige"),
                [False, True],
                format_func=lambda all_: (
                    t("Tout le plan") if all_ else t("Le sous-comité {name}", name=names[group])
                ),
                horizontal=True,
                key="rv_freeze_what",
            )
            clicked = pressed.button(t("Figer maintenant"), key="rv_freeze", type="primary")

            def freeze() -> None:
                figures, versions = snapshots.portrait_figures(here.territory)
                snapshots.take_snapshot(
                    here,
                    subcommittee=None if whole else group,
                    meeting=meeting,
                    figures=figures,
                    data_versions=versions,
                )

            if clicked and plan_store.act(view, t("Instantané gardé."), freeze):
                st.rerun()
        found = [s for s in snapshots.list_snapshots(here) if s.subcommittee in (group, None)]
        if not found:
            panels.callout(t("Aucun instantané : figer garde mot pour mot ce qui est vu ce soir."))
            return
        labels = {
            s.id: " · ".join(
                (
                    moment(view, here, s.taken_at),
                    t("tout le plan") if s.subcommittee is None else names[group],
                    s.sha256[:12],
                )
            )
            for s in found
        }
        chosen = st.selectbox(
            t("Rouvrir l'instantané du"),
            list(labels),
            format_func=lambda id_: labels[id_],
            key="rv_snapshot",
        )
        verdict = snapshots.verify_snapshot(here, chosen)
        if verdict.intact:
            panels.callout(t("Intact : rien n'y a été changé depuis."), tone="good")
        else:
            panels.fault(t("Altéré"), " ".join(t(r) for r in verdict.reasons))
            return
        _frozen(view, here, chosen)


def _frozen(view: View, here: plans.Plan, snapshot_id: str) -> None:
    t = view.t
    snapshot, content = snapshots.open_snapshot(here, snapshot_id)
    if content["scope"] == "example":
        panels.example_mark(t)
    panels.table_twin(
        t("Le plan, tel que figé"),
        [TableColumn(t("Action")), TableColumn(t("Statut")), TableColumn(t("Avancement"))],
        [
            [
                a["en"].get("title", a["title"]) if t.lang == "en" else a["title"],
                t(STATUS_WORDS[a["shown_status"]]),
                "" if a["shown_progress"] is None else t.percent(a["shown_progress"], 0),
            ]
            for a in content["actions"]
        ],
        empty=t("non précisé"),
        tall=True,
    )
    panels.source_line(
        t,
        [
            t.plural("{n} chiffre figé", "{n} chiffres figés", len(content["figures"])),
            t("empreinte {hash}", hash=snapshot.sha256[:16]),
        ],
    )
    st.download_button(
        t("Télécharger l'instantané (JSON)"),
        data=json.dumps(content, ensure_ascii=False, indent=1).encode(),
        file_name=f"instantane-{snapshot.territory}-{snapshot.sha256[:8]}.json",
        key="rv_snapshot_file",
        on_click="ignore",
    )
