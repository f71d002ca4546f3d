"""What if a service opened or closed, and saved scenarios."""

from __future__ import annotations

import streamlit as st

from revital.errors import UserError
from revital.services import access_words as words
from revital.services.access import Access
from revital.services.access_files import file_name, scenario_csv
from revital.services.scenario_store import (
    SavedScenario,
    delete_scenario,
    save_scenario,
    saved_scenarios,
)
from revital.services.scenario_summary import summarise
from revital.services.scenarios import Scenario, ScenarioResult, decode, encode, run_scenario
from revital.settings import settings
from revital.ui import (
    cache,
    html,
    panels,
    pressed,
    services_assumptions,
    services_plan,
    services_verify,
)
from revital.ui.state import View

#: Places offered for closing: the nearest ones, all that a list on a phone can hold.
MOST_CLOSINGS = 40


def read_scenario(view: View) -> Scenario:
    """Return the scenario of the address; an unreadable one gives a sentence."""
    text = view.param("scenario", "")
    if not text:
        return Scenario()
    try:
        return decode(text)
    except UserError as error:
        view.notice(view.t.error(error))
        view.set_param("scenario", None)
        return Scenario()


def write_scenario(view: View, scenario: Scenario) -> None:
    """Write the scenario in the address."""
    view.set_param("scenario", encode(scenario) or None)


def accepted(view: View, found: Access) -> bool:
    """Draw what holds a scenario back; return whether one may be made."""
    t = view.t
    if found.can_simulate:
        return True
    panels.callout(
        t(
            "Cette liste n'a pas été vérifiée : un lieu absent changerait la réponse. Faites-la "
            "vérifier, ou acceptez un scénario « sur liste incomplète », qui restera marqué."
        ),
        title=t("Simulations retenues"),
        tone="caution",
    )
    yes = view.flag("incomplete", label=t("J'accepte un scénario sur liste incomplète"))
    services_verify.mark(view, found)
    return yes


def controls(view: View, found: Access, scenario: Scenario) -> bool:
    """Draw the ways to change the scenario; return whether a click on the map places a service."""
    t = view.t
    places = view.flag("poser", label=t("Placer un service en cliquant sur la carte"))
    known = {m.id: m for m in cache.landmarks(view.territory)}
    known = {k: m for k, m in known.items() if m.area_id is None}
    if known:
        left, right = st.columns([3, 1], vertical_alignment="bottom")
        with left:
            chosen = st.selectbox(
                t("Ou à l'adresse d'un lieu connu"),
                ["", *known],
                key="rv_services_address",
                format_func=lambda id_: known[id_].name if id_ else t("choisir un lieu…"),
            )
        with right:
            if pressed.button(t("Ajouter ici"), key="rv_services_add", disabled=False) and chosen:
                mark = known[chosen]
                write_scenario(view, scenario.with_point(mark.lat, mark.lon))
                st.rerun()
    _closings(view, found, scenario)
    for i, (lat, lon) in enumerate(scenario.added):
        text = t(
            "Retirer le service {n} ({lat}, {lon})",
            n=str(i + 1),
            lat=t.number(lat, 4),
            lon=t.number(lon, 4),
        )
        if pressed.button(text, key=f"rv_services_remove_{i}", type="tertiary"):
            write_scenario(view, scenario.without_point(i))
            st.rerun()
    if not scenario.is_empty and pressed.button(
        t("Effacer le scénario"), key="rv_services_clear", type="secondary"
    ):
        view.set_param("scenario", None)
        st.rerun()
    return places


def _closings(view: View, found: Access, scenario: Scenario) -> None:
    t = view.t
    counted = {p.id: p for p in found.listing.counted}
    near = sorted(counted, key=lambda id_: found.place_distance_m.get(id_, float("inf")))
    offered = list(dict.fromkeys([*(c for c in scenario.closed if c in counted), *near]))
    offered = offered[: MOST_CLOSINGS + len(scenario.closed)]
    if not offered:
        return
    key = "rv_services_closed"
    want = [c for c in scenario.closed if c in counted]
    if st.session_state.get(key) != want or view.language_changed:
        st.session_state[key] = want

    def write() -> None:
        write_scenario(view, scenario.with_closed(tuple(st.session_state[key])))

    st.multiselect(
        t("Fermer un lieu existant"),
        offered,
        key=key,
        format_func=lambda id_: (
            f"{counted[id_].name} ({counted[id_].address})"
            if counted[id_].address
            else counted[id_].name
        ),
        on_change=write,
        placeholder=t("aucun"),
        max_selections=5,
    )


def answer(view: View, found: Access, scenario: Scenario) -> ScenarioResult | None:
    """Compute the scenario; a fault is a sentence and the scenario leaves the address."""
    if scenario.is_empty:
        return None
    try:
        return run_scenario(
            cache.data(), found.query, scenario, is_on_incomplete_list=not found.can_simulate
        )
    except UserError as error:
        view.notice(view.t.error(error))
        view.set_param("scenario", None)
        return None


def show(view: View, found: Access, result: ScenarioResult) -> None:
    """Draw what a scenario changes."""
    t = view.t
    panels.callout(
        words.scenario_text(result, t.of(found.service.one), t),
        title=words.scenario_mark(result, t),
        tone="caution",
    )
    effect = result.effect
    rows = [
        (
            t("Tous les résidents"),
            t.number(effect.before.people),
            t.number(effect.before.people_within),
            t.number(effect.after.people_within),
            t.signed(effect.people_gained),
            t.signed(-effect.people_lost),
        )
    ]
    titles = {g.id: t(g.title) for g in found.groups}
    rows += [
        (
            titles.get(str(id_), str(id_)),
            t.number(row["people"]),
            t.number(row["within_before"]),
            t.number(row["within_after"]),
            t.signed(row["gained"]),
            t.signed(-row["lost"]),
        )
        for id_, row in effect.groups.iterrows()
        if row["people"] > 0
    ]
    panels.table_twin(
        t("Qui gagne, qui perd"),
        [
            html.TableColumn(t("Groupe")),
            html.TableColumn(t("Personnes connues"), number=True),
            html.TableColumn(t("À portée avant"), number=True),
            html.TableColumn(t("À portée après"), number=True),
            html.TableColumn(t("Gagnent"), number=True),
            html.TableColumn(t("Perdent"), number=True),
        ],
        rows,
        empty=t("aucune donnée"),
    )
    st.download_button(
        t("Télécharger le scénario (CSV, marqué)"),
        data=lambda: scenario_csv(found, result, t),
        file_name=file_name(found, is_scenario=True),
        mime="text/csv",
        key="rv_services_scenario_csv",
    )
    st.html(
        f'<p class="rv-lead">'
        f"{html.escape(t('L’adresse de cette page contient le scénario : copiez-la.'))}</p>"
    )
    if settings().mode != "public":
        _save(view, found, result)


def _save(view: View, found: Access, result: ScenarioResult) -> None:
    t = view.t
    left, right = st.columns([3, 1], vertical_alignment="bottom")
    with left:
        name = st.text_input(t("Nom du scénario"), key="rv_services_name", max_chars=80)
    with right:
        clicked = pressed.button(t("Enregistrer"), key="rv_services_save", type="primary")
    if not clicked:
        return
    try:
        saved = save_scenario(
            name,
            found.query,
            result.scenario,
            on_incomplete_list=result.is_on_incomplete_list,
        )
    except UserError as error:
        panels.callout(t.error(error), tone="fault")
        return
    panels.callout(
        t(
            "Scénario « {name} » enregistré. Pour le joindre à une action du plan, écrivez "
            "« {id} » dans son champ « Scénario lié ».",
            name=saved.name,
            id=saved.id,
        ),
        tone="good",
    )


def saved(view: View) -> None:
    """Draw saved scenarios: up to three side by side."""
    t = view.t
    known = {s.id: s for s in saved_scenarios(view.territory)}
    if not known:
        return
    panels.section(t("Scénarios enregistrés"), t("Comparez-en jusqu'à trois."))
    chosen = view.choices(
        "comparer",
        list(known),
        [],
        label=t("Scénarios à comparer"),
        format=lambda id_: known[id_].name,
        max_selections=3,
        placeholder=t("choisir…"),
    )
    picked = [known[id_] for id_ in chosen[:3]]
    if picked:
        _comparison(view, picked)
    for item in picked:
        if settings().mode != "public":
            services_plan.attach(view, item)
        left, right = st.columns(2)
        with left:
            view.page_link(
                "services",
                t("Ouvrir « {name} »", name=item.name),
                **services_assumptions.address(item.query),
                scenario=encode(item.scenario),
                incomplete="oui" if item.on_incomplete_list else None,
            )
        with right:
            if settings().mode != "public" and pressed.button(
                t("Supprimer « {name} »", name=item.name),
                key=f"rv_services_delete_{item.id}",
                type="tertiary",
            ):
                delete_scenario(item.id)
                view.set_param("comparer", None)
                st.rerun()


def _comparison(view: View, picked: list[SavedScenario]) -> None:
    t = view.t
    rows = []
    for item in picked:
        brief = summarise(cache.data(), item, t)
        result = brief.result
        if result is None:
            rows.append((item.name, brief.service, brief.text, "", "", "", "", ""))
            continue
        effect = result.effect
        mark = brief.mark
        if item.query.is_modified:
            mark += " " + t("Hypothèses modifiées.")
        rows.append(
            (
                item.name,
                brief.service,
                mark,
                words.threshold_text(result.threshold_m, t),
                t.signed(effect.people_gained),
                t.signed(-effect.people_lost),
                words.metres(effect.before.mean_cost, t),
                words.metres(effect.after.mean_cost, t),
            )
        )
    panels.table_twin(
        t("Scénarios comparés"),
        [
            html.TableColumn(t("Scénario")),
            html.TableColumn(t("Service")),
            html.TableColumn(t("Avertissement")),
            html.TableColumn(t("Seuil"), number=True),
            html.TableColumn(t("Gagnent"), number=True),
            html.TableColumn(t("Perdent"), number=True),
            html.TableColumn(t("Moyenne avant"), number=True),
            html.TableColumn(t("Moyenne après"), number=True),
        ],
        rows,
        empty=t("aucune donnée"),
    )
