"""The page Plan d'action: who does what by when, and whether it moves."""

from __future__ import annotations

from functools import partial

import streamlit as st

from revital.charts import plan as charts
from revital.charts.theme import figure_config
from revital.domain.plan_records import Aspect
from revital.domain.plan_review import Flag
from revital.services import plan as plans
from revital.services import plan_edit, plan_example, plan_timeline
from revital.services.authorization import Command
from revital.services.plan_charts import (
    MOST_BARS,
    funding_rows,
    funding_sheet,
    funding_stages,
    timeline_sheet,
)
from revital.services.plan_words import FLAG_WORDS, STATUS_WORDS, text
from revital.ui import (
    downloads,
    html,
    panels,
    plan_contacts,
    plan_evidence,
    plan_forms,
    plan_html,
    plan_places,
    plan_sheet,
    plan_store,
    plan_structure_forms,
    plan_tables,
    pressed,
    report_box,
    session,
)
from revital.ui.state import View

_MOST_CARDS = 8
_MORE_CARDS = 24
_SCOPES = {"vraies": "real", "exemple": "example"}


def page(view: View) -> None:
    """Draw the page."""
    t = view.t
    here = session.open_here(view)
    session.bar(view, here)
    scope = _scope(view, here)
    board = plan_store.board(here, scope)
    chosen = view.param("action", "")
    found = board.find(chosen) if chosen else None
    if chosen and found is None:
        view.set_param("action", None)
    if found is not None:
        plan_store.say_done(view, here)
        plan_forms.conflict(view, here)
        plan_sheet.draw(view, here, board, found)
        return
    headline(view, here, board)
    plan_store.say_done(view, here)
    plan_forms.conflict(view, here)
    if board.total_n == 0:
        _empty(view, here, board)
    if here.actor.may(Command.ADD_ACTION, here.territory) or any(
        here.actor.may(Command.ADD_ACTION, here.territory, lane.subcommittee.id)
        for lane in board.lanes
    ):
        plan_forms.add(view, here, board)
    if board.total_n == 0 and not board.pauses:
        _keep_in_order(view, here)
        return
    views = _views(view, board)
    kind = view.choice(
        "vue",
        list(views),
        "tableau",
        label=t("Montrer le plan par"),
        format=lambda code: views[code],
        widget=st.segmented_control,
        required=True,
        stepped=True,
    )
    _DRAW[kind](view, here, board)
    downloads.report_button(view, "plan", scope=board.scope)
    plan_forms.files(view, here, board)
    _keep_in_order(view, here)
    report_box.draw(view, t("Plan d'action"))


def _keep_in_order(view: View, here: plans.Plan) -> None:
    """Draw what the coordination looks after, below what everybody came to read."""
    plan_structure_forms.draw(view, here)
    plan_contacts.draw(view, here)
    report_box.inbox(view, here)


def _views(view: View, board: plans.Board) -> dict[str, str]:
    t = view.t
    views = {"tableau": t("Sous-comités")}
    if not board.aggregates_only:
        views |= {
            "liste": t("Liste"),
            "calendrier": t("Calendrier"),
            "carte": t("Carte"),
            "regarder": t("À regarder"),
        }
    views |= {"argent": t("Financement"), "couverture": t("Couverture"), "preuves": t("Preuves")}
    if not board.aggregates_only:
        views["historique"] = t("Historique")
    return views


def _scope(view: View, here: plans.Plan) -> str:
    t = view.t
    usual = plans.default_scope(here)
    board = plan_store.board(here, usual)
    if not (board.real_n and board.example_n):
        return usual
    names = {
        "vraies": t("Vraies actions ({n})", n=board.real_n),
        "exemple": t("Exemple ({n})", n=board.example_n),
    }
    chosen = view.choice(
        "actions",
        list(names),
        "vraies",
        label=t("Actions"),
        format=lambda code: names[code],
        widget=st.segmented_control,
        required=True,
    )
    return _SCOPES[chosen]


def headline(view: View, here: plans.Plan, board: plans.Board) -> None:
    """Draw the sentence of the page, the mark of an example, and the plan's own pauses."""
    t = view.t
    if board.total_n:
        panels.sentence(summary(board, view))
    if board.scope == "example" and board.total_n:
        with st.container(horizontal=True, vertical_alignment="center", key="rv_example_bar"):
            panels.example_mark(t)
            if here.actor.may(Command.MANAGE_EXAMPLE, here.territory) and pressed.button(
                t("Retirer l'exemple"), key="rv_example_remove"
            ):
                done = t("L'exemple est retiré ; il peut être remis en tout temps.")
                if plan_store.act(view, done, lambda: plan_example.remove_example(here)):
                    st.rerun()
    if board.pauses:
        open_ones = [p for p in board.pauses if p.end is None]
        if open_ones:
            sources = dict.fromkeys(text(p, "source", t.lang) for p in open_ones)
            panels.callout(
                " · ".join(plan_html.documented_pause(p, t) for p in open_ones)
                + ". "
                + t("Ce temps ne compte jamais comme un retard.")
                + " "
                + t("Source : {source}", source=" ; ".join(s for s in sources if s)),
                title=t("Le plan lui-même est arrêté, d'après ce qui est documenté"),
                tone="caution",
            )
            plan_forms.confirm_pauses(view, here, open_ones)


def summary(board: plans.Board, view: View) -> str:
    """Return where the plan stands, in one sentence."""
    t = view.t
    parts = [t.plural("{n} action", "{n} actions", board.total_n)]
    if board.progress is not None:
        parts.append(t("{share} du travail fait", share=t.percent(board.progress, 0)))
    late, stopped = board.counts["late"], board.counts["paused"] + board.counts["to_negotiate"]
    parts.append(
        t.plural("{n} en retard", "{n} en retard", late) if late else t("aucune en retard")
    )
    if stopped:
        parts.append(t.plural("{n} arrêtée", "{n} arrêtées", stopped))
    words = t.list(parts)
    coming = [lane.next_deadline for lane in board.lanes if lane.next_deadline]
    if not coming:
        return f"{words}."
    first = min(coming, key=lambda d: d.on)
    return f"{words}. " + t("Prochaine échéance : {date}.", date=t.date(first.on))


def _empty(view: View, here: plans.Plan, board: plans.Board) -> None:
    t = view.t
    panels.empty_state(
        t,
        what=t("Aucune action n'est encore inscrite"),
        why=t(
            "Le plan réel d'un quartier appartient à ses sous-comités : il se remplit ici, action "
            "par action, ou à partir d'un fichier."
        ),
        who=t.of(view.record.contact) if view.record and view.record.contact else t("la CDEC"),
    )
    may = here.actor.may(Command.MANAGE_EXAMPLE, here.territory)
    if not may or board.example_n or not plan_example.has_example(here):
        return
    if pressed.button(t("Voir un plan d'exemple"), key="rv_example_add", type="primary"):
        done = t("Un plan d'exemple est là : tout y est inventé, et il se retire d'un geste.")
        if plan_store.act(view, done, lambda: plan_example.add_example(here)):
            st.rerun()


# --- views -------------------------------------------------------------------------------------


def lanes(view: View, here: plans.Plan, board: plans.Board) -> None:
    """Draw the board: one lane per sub-committee."""
    t = view.t
    plan_store.put(plan_html.counts(board.counts, t))
    with st.container(key="rv_lanes"):
        for lane in board.lanes:
            with st.container(key=f"rv_lane_{lane.subcommittee.id}"):
                plan_store.put(plan_html.lane_head(lane, t))
                if board.aggregates_only:
                    plan_store.put(plan_html.counts(lane.counts, t))
                cards(view, lane.actions[:_MOST_CARDS], "lane")
                left = len(lane.actions) - _MOST_CARDS
                if left > 0:
                    more = t.plural("{n} autre action", "{n} autres actions", left)
                    if pressed.button(more, key=f"rv_more_{lane.subcommittee.id}", type="tertiary"):
                        view.set_param("vue", "liste")
                        view.set_param("groupe", lane.subcommittee.id)
                        st.rerun()


def cards(view: View, shown: tuple[plans.ActionView, ...], slot: str) -> None:
    """Draw actions as cards; the title opens the sheet. `slot` tells two lists apart."""
    for item in shown:
        with st.container(key=f"rv_act_{slot}_{item.action.id}", gap="small"):
            if pressed.button(
                text(item.action, "title", view.lang),
                key=f"rv_open_{slot}_{item.action.id}",
                type="tertiary",
            ):
                view.set_param("action", item.action.id)
                st.rerun()
            plan_store.put(plan_html.card(item, view.t))


def some(view: View, found: tuple[plans.ActionView, ...], slot: str) -> None:
    """Draw the first actions of a list and a button for more: each card costs."""
    key = f"rv_shown_{slot}"
    shown = int(st.session_state.get(key, _MOST_CARDS))
    cards(view, found[:shown], slot)
    if len(found) > shown:

        def more() -> None:
            st.session_state[key] = shown + _MORE_CARDS

        left = view.t.plural("{n} autre action", "{n} autres actions", len(found) - shown)
        st.button(left, key=f"{key}_more", type="tertiary", on_click=more)


def timeline(view: View, here: plans.Plan, board: plans.Board) -> None:
    """Draw the timeline, its pauses as bands, and its table twin."""
    t = view.t
    if board.actions:
        _bars(view, board)
    pauses = [plan_html.plan_pause_line(p, t) for p in board.pauses]
    if pauses:
        panels.section(t("Pauses et négociations du plan"))
        plan_store.put(plan_html.bullet_list(pauses))
    if board.actions:
        panels.section(t("Les mêmes dates en table"))
        plan_tables.dates(view, board, MOST_BARS)


def _bars(view: View, board: plans.Board) -> None:
    t = view.t
    shown = plan_timeline.bars(board, t, MOST_BARS)
    if len(board.actions) > len(shown):
        panels.callout(
            t(
                "Les {n} actions dont la date vient en premier sont dessinées ; la liste les a "
                "toutes.",
                n=t.number(len(shown)),
            )
        )
    panels.section(
        t("Actions dans le temps"),
        t("Bandes claires : pause ou négociation. Ronds : jalons, pleins une fois faits."),
    )
    figure = charts.timeline(
        shown,
        today=board.today,
        plan_bands=plan_timeline.plan_bands(board, t),
        title="",
        today_word=t("aujourd'hui"),
        lang=t.lang,
    )
    st.plotly_chart(
        figure,
        config=figure_config(t.lang),
        key="rv_plan_timeline",
        alt=t("Calendrier des actions ; la table qui suit dit la même chose."),
    )
    downloads.chart_menu(view, "calendrier", "calendrier", partial(timeline_sheet, board))


def money(view: View, here: plans.Plan, board: plans.Board) -> None:
    """Draw the money by source, and its table."""
    t = view.t
    if not board.funding:
        panels.empty_state(
            t,
            what=t("Aucun financement inscrit"),
            why=t("Sans montants, personne ne voit ce qui manque pour avancer."),
            who=t("la coordination du plan"),
        )
        return
    stages = list(funding_stages(t))
    bars = [
        charts.FundingBar(row.label, (row.values[0], row.values[1], row.values[2], row.values[3]))
        for row in funding_rows(board, t)
    ]
    st.plotly_chart(
        charts.funding(
            bars,
            stages=stages,
            title=t("Financement par provenance, du montant demandé au montant dépensé"),
            unit=t("dollars canadiens"),
            lang=t.lang,
        ),
        config=figure_config(t.lang),
        key="rv_plan_funding",
        alt=t("Financement par provenance ; la table qui suit dit la même chose."),
    )
    downloads.chart_menu(view, "financement", "financement", partial(funding_sheet, board))
    plan_tables.funding(view, board, stages)


def coverage(view: View, here: plans.Plan, board: plans.Board) -> None:
    """Draw the grid aspects × sub-committees, its empty cells visible, and the City's axes."""
    t = view.t
    plan_tables.coverage(view, board)
    empty = sum(n == 0 for row in board.coverage.values() for n in row.values())
    total = len(Aspect) * len(board.lanes)
    st.html(
        html.callout(
            t(
                "{empty} cases vides sur {total} : personne n'y travaille encore.",
                empty=t.number(empty),
                total=t.number(total),
            ),
            tone="note",
        )
    )
    if board.axes:
        panels.section(t("Correspondance avec le plan de la Ville"))
        plan_tables.crosswalk(view, board)


def look_at(view: View, here: plans.Plan, board: plans.Board) -> None:
    """Draw what is flagged: nobody in charge, no date, no news, spending ahead."""
    t = view.t
    if not any(board.flags.values()):
        panels.callout(
            t("Rien à signaler : chaque action a un responsable et une date."), tone="good"
        )
    for flag in Flag:
        found = tuple(v for v in board.actions if flag in v.flags)
        if found:
            panels.section(t(FLAG_WORDS[flag]))
            some(view, found, flag.value)
    late = tuple(v for v in board.actions if v.status == "late")
    if late:
        panels.section(t(STATUS_WORDS["late"]))
        some(view, late, "late")


def history(view: View, here: plans.Plan, board: plans.Board) -> None:
    """Draw who changed what, newest first, with the way back."""
    plan_sheet.history(view, here, plan_edit.history(here, limit=60))


def listing(view: View, here: plans.Plan, board: plans.Board) -> None:
    """Draw every action in a table, one sub-committee or all."""
    plan_tables.listing(view, board)


_DRAW = {
    "tableau": lanes,
    "liste": listing,
    "calendrier": timeline,
    "carte": plan_places.draw,
    "argent": money,
    "couverture": coverage,
    "regarder": look_at,
    "preuves": plan_evidence.draw,
    "historique": history,
}
