"""The home page: the three questions at a glance."""

from __future__ import annotations

from functools import partial

import streamlit as st

from revital.services import plan as plans
from revital.services import wording
from revital.services.figures import Reading
from revital.services.map_sheet import map_sheet
from revital.ui import (
    cache,
    choropleth,
    downloads,
    figure,
    panels,
    plan,
    plan_html,
    plan_store,
    session,
)
from revital.ui.frame import guard
from revital.ui.state import View


def page(view: View) -> None:
    """Draw the page."""
    t = view.t
    record = view.catalogue.territory(view.territory)
    found = cache.portrait(view.territory)
    by_id = {r.indicator.id: r for part in found.themes for r in part.known}
    if record.description:
        panels.sentence(t.of(record.description))
    if record.declared:
        panels.callout(t.of(record.declared), tone="caution")
    _questions(view)
    panels.section(t("En bref"))
    figure.cards(view, list(found.headlines), "accueil")
    left, right = st.columns([2, 3], gap="large")
    with left:
        panels.section(t("Se nourrir"), icon="basket")
        _access(view, by_id.get("food_store_within_1_km"), by_id.get("food_store_distance"))
        panels.section(t("Se soigner"), icon="stethoscope")
        _access(view, by_id.get("clsc_within_1_km"), by_id.get("clsc_distance"))
        for page_id, label in (
            ("portrait", t("Voir tout le portrait")),
            ("carte", t("Explorer la carte")),
        ):
            if view.has_page(page_id):
                view.page_link(page_id, label)
    with right:
        _map(view)
    if record.sub_committees and view.has_page("plan"):
        # The plan lives in the workspace: what is wrong there must not take the figures away.
        with guard(view):
            _plan(view)


def _questions(view: View) -> None:
    """Draw the ways to the three questions: one's block, what is near, what is decided."""
    t = view.t
    with st.container(horizontal=True, gap="small", key="rv_questions"):
        for page_id, label, params in (
            ("carte", t("Comment va mon coin de rue ?"), {"niveau": "da"}),
            ("services", t("Qu'y a-t-il près d'ici ?"), {"vue": "referer"}),
            ("rencontre", t("Que décide-t-on ce soir ?"), {}),
        ):
            if view.has_page(page_id):
                view.page_link(page_id, label, **params)


def _plan(view: View) -> None:
    t = view.t
    here = session.open_here(view)
    board = plan_store.board(here, plans.default_scope(here))
    lead = (
        plan.summary(board, view)
        if board.total_n
        else t(
            "{n} sous-comités de citoyens ; aucune action inscrite pour l'instant.",
            n=t.number(len(board.lanes)),
        )
    )
    panels.section(t("Le plan d'action"), lead, "clipboard-list")
    if board.scope == "example":
        panels.example_mark(t)
    heads = "".join(f"<div>{plan_html.lane_head(lane, t)}</div>" for lane in board.lanes)
    plan_store.put(f'<div class="rv-lane-grid">{heads}</div>')
    view.page_link("plan", t("Voir le plan d'action"))


def _access(view: View, share: Reading | None, distance: Reading | None) -> None:
    t = view.t
    if share is None or share.figure is None or share.figure.value is None:
        panels.empty_state(
            t,
            what=t("Nous ne savons pas encore"),
            why=t("Aucune liste de ces services n'est dans les données pour ce territoire."),
            who=t.of(view.catalogue.territory(view.territory).contact),
        )
        return
    far = 1 - share.figure.value
    unsure = share.figure.incomplete
    st.html(f'<p class="rv-sentence">{figure.escape(_far_sentence(view, share, far, unsure))}</p>')
    if distance is not None and distance.figure is not None:
        value = wording.reading_text(distance.indicator, distance.figure, t)
        mean = t("Distance moyenne : {value}.", value=value)
        st.html(f'<p class="rv-lead">{figure.escape(mean)}</p>')
        if unsure:
            panels.callout(figure.quality_text(view, distance), tone="caution")
    figure.why_button(view, share.indicator.id, "accueil_acces")
    panels.source_line(t, [f"{share.figure.year} · {figure.sources_text(view, share)}"])


def _far_sentence(view: View, share: Reading, far: float, unsure: bool) -> str:
    t = view.t
    name = {
        "food_store_within_1_km": t("d'une épicerie connue"),
        "clsc_within_1_km": t("d'un CLSC"),
    }[share.indicator.id]
    people = (share.figure.population if share.figure else 0.0) * far
    values = {"n": t.number(people), "share": t.percent(far, 0), "name": name}
    if round(people) == 0:
        return t("Tous les résidents vivent à moins de 1 km {name}, en ligne droite.", name=name)
    if unsure:
        return t(
            "Jusqu'à {n} résidents ({share}) vivent à 1 km ou plus {name}, en ligne droite.",
            **values,
        )
    return t("{n} résidents ({share}) vivent à 1 km ou plus {name}, en ligne droite.", **values)


def _map(view: View) -> None:
    t = view.t
    shown = cache.map_view("low_income", view.territory, "ct") or cache.map_view(
        "low_income", view.territory, None
    )
    if shown is None:
        panels.empty_state(
            t,
            what=t("Aucune carte pour ce territoire"),
            why=t("Les données de ce lieu n'ont pas encore de contours ou de valeurs."),
            who=t.of(view.catalogue.territory(view.territory).contact),
        )
        return
    panels.section(t.of(shown.indicator.title), t("Secteur par secteur"))
    choropleth.draw(view, shown, slot="accueil", selected=None, height=380)
    choropleth.legend(view, shown)
    downloads.map_menu(
        view,
        "accueil",
        "carte-low_income",
        partial(
            map_sheet, cache.data(), "low_income", view.territory, level=shown.outlines.layer.level
        ),
    )
