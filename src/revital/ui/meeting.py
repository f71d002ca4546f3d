"""The page Rencontre: what moved, what is stuck, what we decide tonight."""

from __future__ import annotations

from dataclasses import replace
from datetime import time
from html import escape

import streamlit as st

from revital.domain.plan import STOPPED, TRANSITIONS
from revital.domain.plan_records import Meeting, Status
from revital.services import meeting as meetings
from revital.services import plan as plans
from revital.services import plan_edit
from revital.services.authorization import Command
from revital.services.plan_words import STATUS_WORDS, text
from revital.ui import (
    downloads,
    html,
    long_text,
    meeting_snapshots,
    panels,
    plan_html,
    plan_store,
    pressed,
    session,
    shell,
    state,
)
from revital.ui.html import TableColumn
from revital.ui.state import View

_NEW = ""


def page(view: View) -> None:
    """Draw the page."""
    t = view.t
    here = session.open_here(view)
    session.bar(view, here)
    if not here.actor.may(Command.READ_ACTIONS, here.territory):
        panels.empty_state(
            t,
            what=t("Les rencontres se préparent entre membres du comité"),
            why=t("Cette page montre des actions et des décisions qui ne sont pas publiques."),
            who=t("la coordination du plan"),
        )
        return
    groups = {s.id: text(s, "name", t.lang) for s in plans.subcommittees(here)}
    if not groups:
        panels.empty_state(
            t,
            what=t("Ce territoire n'a pas encore de sous-comité"),
            why=t("Une rencontre se tient par sous-comité."),
            who=t("la coordination du plan"),
        )
        return
    scope = plans.default_scope(here)
    if scope == "example":
        panels.example_mark(t)
    plan_store.say_done(view, here)
    group = view.choice(
        "groupe",
        list(groups),
        next(iter(groups)),
        label=t("Sous-comité"),
        format=lambda id_: groups[id_],
        widget=st.pills,
        required=True,
        stepped=True,
    )
    held = meetings.meetings(here, group, scope)
    previous = _previous(view, here, held)
    whole = plan_store.board(here, scope)
    found = meetings.review(here, group, previous=previous, scope=scope, whole=whole)
    panels.sentence(_summary(view, here, found))
    left, right = st.columns(2, gap="large")
    with left:
        _moved(view, here, found)
        _views(view, t("En retard"), found.late, t("Rien n'est en retard."))
    with right:
        _views(view, t("Bloqué : en pause ou à négocier"), found.blocked, t("Rien n'est bloqué."))
        _next(view, found)
    _decisions(view, here, found)
    _decide(view, here, found)
    _record(view, here, group, held)
    _minutes(view, here, held)
    meeting_snapshots.draw(view, here, group, meeting=_tonight(here, group))


def _previous(view: View, here: plans.Plan, held: list[Meeting]) -> str | None:
    t = view.t
    if not held:
        return None
    names = {m.id: meeting_snapshots.moment(view, here, m.held_at) for m in held}
    return view.choice(
        "depuis",
        list(names),
        # Tonight's own meeting is not the last one: nothing has moved since it began.
        next((m.id for m in held if not _is_tonight(here, m)), held[0].id),
        label=t("Depuis la rencontre du"),
        format=lambda id_: names[id_],
    )


def _summary(view: View, here: plans.Plan, found: meetings.Review) -> str:
    t = view.t
    since = t.date(plans.instant_here(here, found.since))
    moved, late, blocked = len(found.moved), len(found.late), len(found.blocked)
    parts = [
        t.plural("{n} action a bougé", "{n} actions ont bougé", moved)
        if moved
        else t("rien n'a bougé"),
        t.plural("{n} est en retard", "{n} sont en retard", late)
        if late
        else t("rien n'est en retard"),
        t.plural("{n} est bloquée", "{n} sont bloquées", blocked)
        if blocked
        else t("rien n'est bloqué"),
    ]
    return t("Depuis le {date} : {what}.", date=since, what=t.list(parts))


def _line(view: View, words: list[str], title: str, status: str) -> str:
    chip = html.status_chip(view.t, status)
    note = escape(" · ".join(w for w in words if w))
    return f"<li><strong>{escape(title)}</strong> {chip}<br><span>{note}</span></li>"


def _moved(view: View, here: plans.Plan, found: meetings.Review) -> None:
    t = view.t
    panels.section(t("Depuis la dernière fois"))
    lines = []
    for moved in found.moved:
        if moved.before_status is None:
            what = t("nouvelle action")
        elif moved.before_status != moved.action.status.value:
            what = t("était : {status}", status=t(STATUS_WORDS[moved.before_status]))
        else:
            what = t("mise à jour")
        lines.append(_line(view, [what], text(moved.action, "title", t.lang), moved.status))
    _list(view, lines, t("Rien n'a bougé."))


def _views(view: View, title: str, shown: tuple[plans.ActionView, ...], empty: str) -> None:
    t = view.t
    panels.section(title)
    lines = []
    for item in shown:
        words = [text(item.action, "owner", t.lang)]
        if item.action.due:
            words.append(t("échéance {date}", date=t.date(item.action.due, "medium")))
        words += [plan_html.pause_line(p, t) for p in item.action.pauses if p.end is None]
        lines.append(_line(view, words, text(item.action, "title", t.lang), item.status))
    _list(view, lines, empty)


def _next(view: View, found: meetings.Review) -> None:
    t = view.t
    panels.section(t("D'ici 45 jours"))
    lines = [
        f"<li><strong>{escape(t.date(d.on))}</strong> · "
        f"{escape(d.title_en if t.lang == 'en' else d.title)}</li>"
        for d in found.next_deadlines
    ]
    _list(view, lines, t("Aucune échéance."))


def _list(view: View, lines: list[str], empty: str) -> None:
    if lines:
        st.html(f'<ul class="rv-points">{"".join(lines)}</ul>')
    else:
        st.html(f'<p class="rv-fig-note">{escape(empty)}</p>')


def _decide(view: View, here: plans.Plan, found: meetings.Review) -> None:
    """Draw the decision: one sentence, what it touches, the new status, save."""
    t = view.t
    group = found.subcommittee.id
    if not here.actor.may(Command.DECIDE, here.territory, group):
        return
    panels.section(t("Inscrire une décision"), icon="pencil")
    # One draft per sub-committee: words typed for one never turn up in another.
    drafts = tuple(f"draft_{name}_{group}" for name in ("decision", "reason", "who", "owner"))
    words = st.text_input(t("La décision, en une phrase"), key=drafts[0], max_chars=300)
    actions = {v.action.id: v.action for v in found.actions}
    target = st.selectbox(
        t("Elle crée une action, ou en change une"),
        [_NEW, *actions],
        format_func=lambda id_: (
            text(actions[id_], "title", t.lang) if id_ else t("Nouvelle action")
        ),
        key="rv_decide_target",
    )
    chosen = actions.get(target)
    allowed = TRANSITIONS[chosen.status] if chosen else {Status.PLANNED, Status.UNDER_WAY}
    status = st.pills(
        t("Statut (facultatif)"),
        [s for s in Status if s in allowed],
        format_func=lambda s: t(STATUS_WORDS[s]),
        key=f"rv_decide_status_{target}",
    )
    reason = responsible = ""
    if status in STOPPED:
        reason = st.text_input(t("Pourquoi ?"), key=drafts[1])
        responsible = st.text_input(t("Qui doit agir ?"), key=drafts[2])
    with st.popover(t("Échéance et responsable")):
        due = st.date_input(
            t("Échéance (année-mois-jour)"), value=None, key="rv_decide_due", format="YYYY-MM-DD"
        )
        owner = st.text_input(t("Responsable (un rôle ou une organisation)"), key=drafts[3])
    if pressed.button(t("Inscrire"), type="primary", key="rv_decide_save"):
        today = _tonight(here, group)
        done = t("Décision inscrite : {text}", text=words)
        if plan_store.act(
            view,
            done,
            lambda: meetings.decide(
                here,
                subcommittee=group,
                text=words,
                action=target or None,
                status=status,
                due=due,
                owner=owner.strip() or None,
                reason=reason,
                responsible=responsible,
                meeting=today,
                example=found.scope == "example",
            ),
        ):
            shell.forget_drafts(*drafts)
            state.empty(*drafts, "rv_decide_target", "rv_decide_due")
            st.rerun()


def _is_tonight(here: plans.Plan, held: Meeting) -> bool:
    return bool(plans.instant_here(here, held.held_at).date() == here.today)


def _tonight(here: plans.Plan, group: str) -> str | None:
    """Return the meeting recorded for today, so that the decision belongs to it."""
    for held in meetings.meetings(here, group, plans.default_scope(here)):
        if plans.instant_here(here, held.held_at).date() == here.today:
            return held.id
    return None


def _decisions(view: View, here: plans.Plan, found: meetings.Review) -> None:
    t = view.t
    if not found.decisions:
        return
    panels.section(t("Décidé à cette rencontre"))
    lines = [f"<li>{escape(text(d, 'text', t.lang))}</li>" for d in found.decisions]
    _list(view, lines, "")


def _record(view: View, here: plans.Plan, group: str, held: list[Meeting]) -> None:
    t = view.t
    if not here.actor.may(Command.RECORD_MEETING, here.territory):
        return
    tonight = next(
        (m for m in held if plans.instant_here(here, m.held_at).date() == here.today), None
    )
    label = t("La rencontre de ce soir : présences et notes")
    with st.expander(label), st.form("rv_meeting", border=False):
        start = plans.instant_here(here, tonight.held_at).time() if tonight else time(18, 30)
        left, right = st.columns(2)
        with left:
            day = st.date_input(t("Date (année-mois-jour)"), value=here.today, format="YYYY-MM-DD")
        with right:
            hour = st.time_input(t("Heure"), value=start)
        place = st.text_input(
            t("Lieu"),
            value=tonight.place if tonight else "",
            key=shell.versioned(f"draft_place_{group}", tonight.version if tonight else 0),
        )
        counts = []
        names = (t("Citoyens présents"), t("Intervenants présents"), t("Partenaires présents"))
        values = (
            (tonight.citizens_n, tonight.workers_n, tonight.partners_n)
            if tonight
            else (None, None, None)
        )
        for column, name, value in zip(st.columns(3), names, values, strict=True):
            with column:
                counts.append(st.number_input(name, 0, 10_000, value=value, step=1))
        notes = long_text.field(
            view,
            t("Notes"),
            value=tonight.notes if tonight else "",
            key=f"draft_notes_{group}",
            version=tonight.version if tonight else 0,
            rows=8,
        )
        if pressed.submit(t("Enregistrer la rencontre"), key="rv_meeting_save", type="primary"):
            done = t("Rencontre enregistrée.")

            def save() -> None:
                base = tonight or Meeting(
                    id=plan_edit.new_id(),
                    territory=here.territory,
                    subcommittee=group,
                    held_at=here.store.clock(),
                    example=plans.default_scope(here) == "example",
                )
                meetings.record_meeting(
                    here,
                    replace(
                        base,
                        held_at=meetings.local_instant(here, day, hour.hour, hour.minute),
                        place=place,
                        citizens_n=counts[0],
                        workers_n=counts[1],
                        partners_n=counts[2],
                        notes=notes,
                    ),
                )

            if plan_store.act(view, done, save):
                shell.forget_drafts(f"draft_notes_{group}", f"draft_place_{group}")
                st.rerun()


def _minutes(view: View, here: plans.Plan, held: list[Meeting]) -> None:
    t = view.t
    if not held:
        return
    names = {m.id: meeting_snapshots.moment(view, here, m.held_at) for m in held}
    with st.expander(t("Compte rendu")):
        chosen = st.selectbox(
            t("Rencontre du"),
            list(names),
            format_func=lambda id_: names[id_],
            key=f"rv_minutes_{held[0].id}",
        )
        downloads.report_button(view, "meeting", meeting=chosen)
        found = meetings.minutes(here, chosen)
        m = found.meeting
        plan_store.put(
            plan_html.facts(
                [
                    (t("Quand"), names[m.id]),
                    (t("Lieu"), text(m, "place", t.lang)),
                    (t("Citoyens présents"), "" if m.citizens_n is None else str(m.citizens_n)),
                    (t("Intervenants présents"), "" if m.workers_n is None else str(m.workers_n)),
                    (t("Partenaires présents"), "" if m.partners_n is None else str(m.partners_n)),
                ]
            )
            + plan_html.paragraphs(text(m, "notes", t.lang))
        )
        panels.table_twin(
            t("Décisions"),
            [TableColumn(t("Décision")), TableColumn(t("Action"))],
            [
                [text(d, "text", t.lang), text(a, "title", t.lang) if a else ""]
                for d, a in found.decisions
            ],
            empty="—",
        )
        panels.table_twin(
            t("Actions ouvertes"),
            [
                TableColumn(t("Action")),
                TableColumn(t("Statut")),
                TableColumn(t("Responsable")),
                TableColumn(t("Échéance")),
            ],
            [
                [
                    text(v.action, "title", t.lang),
                    t(STATUS_WORDS[v.status]),
                    text(v.action, "owner", t.lang),
                    t.date(v.action.due, "medium") if v.action.due else "",
                ]
                for v in found.open_actions
            ],
            empty=t("non précisé"),
        )
