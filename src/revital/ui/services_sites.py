"""The best sites for a new service: the question, the candidates, and what the answer is worth."""

from __future__ import annotations

from html import escape
from typing import cast

import streamlit as st

from revital.domain.siting import SitingMethod
from revital.errors import UserError
from revital.services import sites_words as words
from revital.services.access import Access
from revital.services.best_sites import (
    CANDIDATES,
    MOST_SITES,
    BestSites,
    Candidates,
    best_sites,
)
from revital.services.candidate_places import keep_candidates
from revital.services.scenarios import Scenario
from revital.ui import cache, panels, pressed
from revital.ui.services_whatif import write_scenario
from revital.ui.state import View


def sites(view: View, found: Access) -> BestSites | None:
    """Draw the search of best sites; return what was found."""
    t = view.t
    methods = {
        "non": t("ne pas chercher"),
        "mclp": t("servir le plus de monde"),
        "pmedian": t("raccourcir les trajets"),
    }
    method = view.choice(
        "sites",
        list(methods),
        "non",
        label=t("Chercher les meilleurs sites pour"),
        format=lambda code: methods[code],
        widget=st.radio,
        horizontal=True,
    )
    if method == "non":
        return None
    left, right = st.columns(2, vertical_alignment="bottom")
    with left:
        number = int(
            view.number(
                "nombre", 1, label=t("Nombre de nouveaux services"), least=1, most=MOST_SITES
            )
        )
    with right:
        kind = _kind(view)
    code = _file(view) if kind == "file" else ""
    fair = view.flag("equite", label=t("Compter double les aires vulnérables"))
    if kind == "file" and not code:
        return None
    try:
        with st.spinner(t("Recherche des meilleurs sites…")):
            best = best_sites(
                cache.data(),
                found.query,
                method=cast("SitingMethod", method),
                p=number,
                candidates=kind,
                code=code,
                equity=1.0 if fair else 0.0,
                is_on_incomplete_list=not found.can_simulate,
            )
    except UserError as error:
        panels.callout(t.error(error), tone="caution")
        return None
    _show(view, best)
    return best


def _kind(view: View) -> Candidates:
    t = view.t
    places: dict[Candidates, str] = {
        "grid": t("une grille de points sur le territoire"),
        "areas": t("le centre des aires habitées"),
        "closed": t("les lieux qui ont fermé"),
        "main_streets": t("les carrefours des rues principales"),
        "vacant": t("les terrains vacants et parcelles notés localement"),
        "file": t("les lieux d'un fichier"),
    }
    chosen = view.choice(
        "candidats",
        list(CANDIDATES),
        "grid",
        label=t("Lieux candidats"),
        format=lambda code: places[cast("Candidates", code)],
    )
    return cast("Candidates", chosen)


def _file(view: View) -> str:
    """Draw the choice of a file of candidates; return the text that names the one kept."""
    t = view.t
    code = view.param("lieux", "")
    given = st.file_uploader(
        t("Terrains vacants, parcelles, locaux : CSV (nom, lat, lon) ou GeoJSON"),
        type=["csv", "geojson", "json", "gpkg"],
        key="rv_services_candidates",
    )
    if given is not None and pressed.button(
        t("Chercher parmi ces lieux"), key="rv_services_candidates_read"
    ):
        try:
            view.set_param("lieux", keep_candidates(given.getvalue(), given.name))
        except UserError as error:
            panels.fault(t("Ce fichier ne peut pas être lu tel quel"), t.error(error))
            return code
        st.rerun()
    return code


def _show(view: View, best: BestSites) -> None:
    t = view.t
    if best.is_on_incomplete_list:
        panels.callout(
            t("Proposition sur liste incomplète : un lieu inconnu changerait la réponse."),
            tone="caution",
        )
    if best.is_equity_weighted:
        panels.callout(
            t(
                "Les résidents des aires des quintiles 4 et 5 de vulnérabilité situationnelle "
                "(ICDM) comptent double dans le choix ; les personnes, elles, sont comptées une "
                "fois."
            )
        )
    panels.sentence(words.sites_text(best, t))
    for text in words.sites_notes(best, t):
        st.html(f'<p class="rv-lead">{escape(text)}</p>')
    if pressed.button(t("Essayer ces sites dans le scénario"), key="rv_services_try"):
        chosen = tuple(best.points[id_] for id_ in best.siting.chosen)
        write_scenario(view, Scenario(chosen))
        st.rerun()
