"""The evidence register on the page: what disagrees side by side, then topic by topic."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from revital.services import evidence_register as registers
from revital.services import plan as plans
from revital.services.authorization import Command
from revital.services.evidence_register import Entry
from revital.ui import cache, panels, plan_forms
from revital.ui.html import TableColumn
from revital.ui.state import View


def draw(view: View, here: plans.Plan, board: plans.Board) -> None:
    """Draw the register."""
    t = view.t
    entries = registers.register(here, cache.data(), t, board)
    by_topic = registers.topics(entries)
    panels.section(
        t("Registre des preuves"),
        t(
            "{n} pièces sur {topics} thèmes. Deux sources qui se contredisent y sont toutes deux.",
            n=t.number(len(entries)),
            topics=t.number(len(by_topic)),
        ),
    )
    for group in registers.disagreements(entries):
        _side_by_side(view, group)
    for n, (topic, pieces) in enumerate(by_topic.items()):
        count = t.plural("{n} pièce", "{n} pièces", len(pieces))
        # The first topic is what set the work going: the triggering reports.
        with st.expander(f"{topic or t('Sans thème')} ({count})", expanded=n == 0):
            _topic(view, topic, pieces)
    if here.actor.may(Command.EDIT_EVIDENCE, here.territory):
        plan_forms.add_evidence(view, here)


def title(entry: Entry, limit: int = 110) -> str:
    """Return an entry in one line: what it says and when."""
    words = entry.title if len(entry.title) <= limit else entry.title[: limit - 1] + "…"
    return f"{words} ({entry.dated})" if entry.dated else words


def _side_by_side(view: View, group: Sequence[Entry]) -> None:
    t = view.t
    panels.callout(t("Ces sources ne disent pas la même chose ; les deux sont gardées."))
    for column, entry in zip(st.columns(len(group)), group, strict=True):
        with column:
            source = " · ".join(x for x in (entry.publisher, entry.dated) if x)
            st.html(
                f"<p><strong>{escape(entry.title)}</strong><br>"
                f"{escape(registers.said(entry, t))}</p>"
                f'<p class="rv-fig-note">{escape(source)}</p>'
            )


def _topic(view: View, topic: str, pieces: Sequence[Entry]) -> None:
    t = view.t
    names = {i.id: t.of(i.title) for i in cache.catalogue().indicators.values()}
    panels.table_twin(
        topic or t("Sans thème"),
        [
            TableColumn(t("Ce qu'elle dit")),
            TableColumn(t("Quand")),
            TableColumn(t("Source")),
            TableColumn(t("Citée par")),
            TableColumn(t("Vérifiée")),
        ],
        [
            [
                _words(entry, view),
                entry.dated,
                entry.publisher,
                " · ".join([*entry.actions, *(names.get(i, i) for i in entry.indicators)]),
                t("oui") if entry.confirmed else t("à vérifier"),
            ]
            for entry in pieces
        ],
        empty="—",
    )
    links = {entry.url: entry for entry in pieces if entry.url.startswith(("https://", "http://"))}
    if links:
        st.html(
            "".join(
                f'<p class="rv-source"><a href="{escape(url)}" rel="noopener noreferrer" '
                f'target="_blank">{escape(title(entry, 80))}</a></p>'
                for url, entry in links.items()
            )
        )


def _words(entry: Entry, view: View) -> str:
    words = registers.said(entry, view.t)
    return words if entry.title in words else f"{entry.title}. {words}"
