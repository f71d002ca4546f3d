"""The page Projets: how a project came to be, in four steps."""

from __future__ import annotations

from html import escape

import streamlit as st

from revital.services import projects
from revital.ui import downloads, html, panels, plan_html, plan_store
from revital.ui.state import View


def page(view: View) -> None:
    """Draw the page."""
    t = view.t
    titles = dict(projects.list_sheets(t))
    panels.sentence(
        t(
            "Chaque projet se raconte en quatre étapes : ce qui l'a déclenché, qui s'est réuni, ce "
            "qui a été monté, ce qui en est advenu."
        )
    )
    # A territory's own sheet opens first, where there is one.
    own = [s for s in titles if projects.sheet(s, t).territory == view.territory]
    chosen = view.choice(
        "fiche",
        list(titles),
        own[0] if own else next(iter(titles)),
        label=t("Projet"),
        format=lambda id_: titles[id_],
        stepped=True,
    )
    downloads.report_button(view, "project", project=chosen)
    draw(view, projects.sheet(chosen, t))


def draw(view: View, sheet: projects.Sheet) -> None:
    """Draw a project sheet."""
    t = view.t
    panels.section(sheet.title, sheet.summary)
    left, right = st.columns([3, 2], gap="large")
    with right:
        plan_store.put(
            plan_html.facts(
                [
                    (t("Porté par"), sheet.organization),
                    (t("Où"), sheet.place),
                    (t("Quand"), sheet.period),
                    (t("Où en est-il"), sheet.stage),
                    (t("Aspects"), ", ".join(sheet.aspects)),
                ]
            )
        )
        if sheet.figures:
            st.html(
                html.figures(
                    html.headline_figure(label=f.label, value=f.value, unit=f.unit, note=f.dated)
                    for f in sheet.figures
                )
            )
        if sheet.partners:
            panels.section(t("Partenaires"))
            plan_store.put(plan_html.bullet_list(sheet.partners))
    with left:
        for number, step in enumerate(sheet.steps, 1):
            st.html(_step(view, number, step))
        if sheet.next_steps:
            panels.section(t("Prochaines étapes"))
            plan_store.put(plan_html.bullet_list(sheet.next_steps))
        if sheet.success_factors:
            panels.section(t("Facteurs de réussite"))
            plan_store.put(plan_html.bullet_list(sheet.success_factors))
    panels.source_line(t, [sheet.source])


def _step(view: View, number: int, step: projects.SheetStep) -> str:
    t = view.t
    lines = []
    for when, words in step.points:
        date = f"<strong>{escape(when)}</strong> · " if when else ""
        lines.append(f"<p>{date}{escape(words)}</p>")
    if not lines:
        empty = t("La source ne dit rien de cette étape.")
        lines.append(f'<p class="rv-fig-note">{escape(empty)}</p>')
    title = t("{n}. {title}", n=str(number), title=step.title)
    return f'<section class="rv-step"><h3>{escape(title)}</h3>{"".join(lines)}</section>'
