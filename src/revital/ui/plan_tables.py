"""Tables of the plan: the same as the drawings, in words."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from html import escape

import streamlit as st

from revital.domain.plan_review import sum_known
from revital.services import plan as plans
from revital.services import plan_timeline
from revital.services.plan_words import ASPECT_WORDS, FUNDING_WORDS, STATUS_WORDS, text
from revital.ui import panels
from revital.ui.html import TableColumn
from revital.ui.state import View

_PAGE = 100


def listing(view: View, board: plans.Board) -> None:
    """Draw every action in a table, filtered by sub-committee and status."""
    t = view.t
    names = {lane.subcommittee.id: text(lane.subcommittee, "name", t.lang) for lane in board.lanes}
    left, right = st.columns(2)
    with left:
        group = view.choice(
            "groupe",
            ["tous", *names],
            "tous",
            label=t("Sous-comité"),
            format=lambda code: t("Tous les sous-comités") if code == "tous" else names[code],
        )
    statuses = ["tous", *(s for s, n in board.counts.items() if n)]
    with right:
        status = view.choice(
            "statut",
            statuses,
            "tous",
            label=t("Statut"),
            format=lambda code: t("Tous les statuts") if code == "tous" else t(STATUS_WORDS[code]),
        )
    kept = [
        v
        for lane in board.lanes
        for v in lane.actions
        if group in ("tous", lane.subcommittee.id) and status in ("tous", v.status)
    ]
    pages = max(1, -(-len(kept) // _PAGE))
    at = 1
    if pages > 1:
        at = int(
            view.number("feuille", 1, label=t("Feuille de la liste"), least=1, most=pages, step=1)
        )
    shown = kept[(at - 1) * _PAGE : at * _PAGE]
    rows = [
        [
            text(v.action, "title", t.lang),
            names.get(v.action.subcommittee, v.action.subcommittee),
            t(STATUS_WORDS[v.status]),
            text(v.action, "owner", t.lang),
            t.date(v.action.due, "medium") if v.action.due else "",
            t.percent(v.progress, 0) if v.progress is not None else "",
            *([t("oui")] if board.scope == "example" else []),
        ]
        for v in shown
    ]
    columns = [
        TableColumn(t("Action")),
        TableColumn(t("Sous-comité")),
        TableColumn(t("Statut")),
        TableColumn(t("Responsable")),
        TableColumn(t("Échéance")),
        TableColumn(t("Avancement"), number=True),
        *([TableColumn(t("Exemple"))] if board.scope == "example" else []),
    ]
    caption = t.plural("{n} action", "{n} actions", len(kept))
    panels.table_twin(caption, columns, rows, empty=t("non précisé"))
    if shown:
        titles = {v.action.id: text(v.action, "title", t.lang) for v in shown}
        chosen = st.selectbox(
            t("Ouvrir une action"),
            list(titles),
            index=None,
            format_func=lambda id_: titles[id_],
            placeholder=t("Choisir une action"),
            key="rv_list_open",
        )
        if chosen:
            view.set_param("action", chosen)
            st.session_state.pop("rv_list_open", None)
            st.rerun()


def dates(view: View, board: plans.Board, most: int) -> None:
    """Draw the dates of the timeline's bars (the first `most`) as a table."""
    t = view.t
    rows = [
        [
            text(v.action, "title", t.lang),
            t(STATUS_WORDS[v.status]),
            t.date(v.action.start, "medium") if v.action.start else "",
            t.date(v.action.due, "medium") if v.action.due else "",
            t.number(v.late_days) if v.late_days else "",
        ]
        for v in plan_timeline.in_order(board)[:most]
    ]
    panels.table_twin(
        t("Début, échéance et jours de retard (pauses exclues)"),
        [
            TableColumn(t("Action")),
            TableColumn(t("Statut")),
            TableColumn(t("Début")),
            TableColumn(t("Échéance")),
            TableColumn(t("Jours de retard"), number=True),
        ],
        rows,
        empty="—",
        tall=True,
    )


def funding(view: View, board: plans.Board, stages: Sequence[str]) -> None:
    """Draw the sums by kind of funding."""
    t = view.t

    def money(value: Decimal | None) -> str:
        return "" if value is None else t.money(float(value))

    rows = [
        [
            t(FUNDING_WORDS[f.kind]),
            money(f.requested_cad),
            money(f.confirmed_cad),
            money(f.received_cad),
            money(f.spent_cad),
            money(f.gap_cad),
        ]
        for f in board.funding
    ]
    totals = [
        sum_known(getattr(f, name) for f in board.funding)
        for name in ("requested_cad", "confirmed_cad", "received_cad", "spent_cad", "gap_cad")
    ]
    rows.append([t("Total"), *(money(v) for v in totals)])
    panels.table_twin(
        t("Financement des actions, abandonnées exclues, en dollars canadiens"),
        [
            TableColumn(t("Provenance")),
            *(TableColumn(s, number=True) for s in stages),
            TableColumn(t("Reste à confirmer"), number=True),
        ],
        rows,
        empty=t("non précisé"),
    )


def coverage(view: View, board: plans.Board) -> None:
    """Draw the grid aspects × sub-committees; empty cells are hatched and say so."""
    t = view.t
    caption = t("Actions par aspect du développement intégré et par sous-comité")
    names = [text(lane.subcommittee, "name", t.lang) for lane in board.lanes]
    aspects = [t(ASPECT_WORDS[a]) for a in board.coverage]
    head = "".join(
        f'<th scope="col" role="columnheader" class="rv-n">{escape(a)}</th>' for a in aspects
    )
    body = []
    for lane, name in zip(board.lanes, names, strict=True):
        cells = []
        for aspect, word in zip(board.coverage, aspects, strict=True):
            n = board.coverage[aspect][lane.subcommittee.id]
            zero = " rv-zero" if n == 0 else ""
            shown = t.number(n) if n else t("vide")
            named = f'data-head="{escape(word)}" class="rv-n{zero}"'
            cells.append(f'<td role="cell" {named}>{escape(shown)}</td>')
        body.append(
            f'<tr role="row"><th scope="row" role="rowheader">{escape(name)}</th>'
            f"{''.join(cells)}</tr>"
        )
    first = escape(t("Sous-comité"))
    st.html(
        f'<div class="rv-table rv-wide rv-grid" tabindex="0" role="region" '
        f'aria-label="{escape(caption)}"><table role="table"><caption>{escape(caption)}</caption>'
        f'<thead role="rowgroup"><tr role="row"><th scope="col" role="columnheader">{first}</th>'
        f'{head}</tr></thead><tbody role="rowgroup">{"".join(body)}</tbody></table></div>'
    )


def crosswalk(view: View, board: plans.Board) -> None:
    """Draw how many actions answer each axis of the City's plan."""
    t = view.t
    rows = [
        [t.of(title), t.number(board.crosswalk.get(axis, 0)) if board.crosswalk.get(axis) else ""]
        for axis, title in board.axes.items()
    ]
    panels.table_twin(
        t("Actions par axe du plan de la Ville"),
        [TableColumn(t("Axe")), TableColumn(t("Actions"), number=True)],
        rows,
        empty=t("vide"),
    )
