"""The page Services: who lacks food and health services, and what would fix it."""

from __future__ import annotations

from functools import partial
from html import escape

import streamlit as st

from revital.catalogue.service_classes import service_classes
from revital.domain.access import walk_radius_m
from revital.services import access_words as words
from revital.services.access import Access, measure_access
from revital.services.access_files import file_name, units_csv
from revital.services.access_ground import AccessQuery
from revital.services.access_map import access_map
from revital.services.access_overview import service_lines
from revital.services.access_sheet import access_sheet
from revital.services.best_sites import BestSites
from revital.services.scenarios import Scenario, ScenarioResult
from revital.settings import settings
from revital.ui import (
    cache,
    downloads,
    html,
    panels,
    services_add,
    services_assumptions,
    services_inventory,
    services_map,
    services_sites,
    services_verify,
    services_whatif,
)
from revital.ui.plan_store import say_done
from revital.ui.state import View

#: How many places and areas are drawn in a table; the file to download holds them all.
MOST_ROWS = 60


def page(view: View) -> None:
    """Draw the page."""
    t = view.t
    if services_inventory.is_asked(view):
        services_inventory.page(view)
        return
    say_done()
    top = st.container()
    query = controls(view)
    found = measure_access(cache.data(), query)
    with top:
        headline(view, found)
        services_add.section(view, found.service, "top", found.listing.places)
    scenario = services_whatif.read_scenario(view)
    map_spot = st.container()
    with st.container(key="rv_services_more"):
        details(view, found)
    panels.section(
        t("Et si un service ouvrait ici, ou fermait ?"),
        t("Un scénario n'est jamais mêlé aux données réelles."),
        "building-store",
    )
    places, result, best = False, None, None
    if services_whatif.accepted(view, found):
        places = services_whatif.controls(view, found, scenario)
        # Also read when clicks place nothing: an old click must not become a service later.
        clicked = services_map.take_point()
        if places and clicked is not None:
            services_whatif.write_scenario(view, scenario.with_point(*clicked))
            st.rerun()
        result = services_whatif.answer(view, found, scenario)
        if result is not None:
            services_whatif.show(view, found, result)
        panels.section(t("Meilleurs sites"), icon="map-pin")
        best = services_sites.sites(view, found)
    services_whatif.saved(view)
    with map_spot:
        _map(view, found, result, best, places=places)
    service_list(view, found)
    overview(view, query)
    table(view, found)
    downloads.report_button(view, "services", query=query)


def controls(view: View) -> AccessQuery:
    """Draw the choices of the question."""
    t = view.t
    known = service_classes()
    left, right = st.columns(2, vertical_alignment="bottom")
    with left:
        service = view.choice(
            "service",
            list(known),
            next(iter(known)),
            label=t("Service"),
            format=lambda id_: t.of(known[id_].title),
            stepped=True,
        )
    record = known[service]
    with right:
        threshold = view.number(
            "seuil",
            float(record.threshold_m),
            label=t("Seuil, en mètres"),
            least=100,
            most=5000,
            step=50,
            widget=st.slider,
            format="%d m",
        )
    spot = st.empty()
    asked = services_assumptions.query(view, record, float(threshold))
    text = t(
        "À {speed} km/h, ce seuil se marche en {n} minutes environ.",
        speed=t.number(asked.speed_kmh, 1),
        n=t.number(threshold / walk_radius_m(1, speed_kmh=asked.speed_kmh), 0),
    )
    spot.html(f'<p class="rv-lead">{escape(text)}</p>')
    return asked


def headline(view: View, found: Access) -> None:
    """Draw what the list is worth, then the answer."""
    t = view.t
    panels.sentence(words.answer(found, t))
    mean = words.mean_text(found, t)
    if mean:
        st.html(f'<p class="rv-lead">{escape(mean)}</p>')
    assumed = words.assumptions_text(found, t)
    if assumed:
        panels.callout(assumed, tone="caution")
    warned = found.is_upper_bound or found.summary is None
    if found.summary is None:
        panels.empty_state(
            t,
            what=t("Aucun lieu connu : {service}", service=t.of(found.service.title)),
            why=t.of(found.listing.state.note),
            who=t.of(found.service.contact),
        )
    else:
        panels.callout(words.list_warning(found, t), tone="caution" if warned else "note")
    others = [measure_access(cache.data(), found.query.for_class(id_)) for id_ in service_classes()]
    beside = words.beside_text(found, others, t)
    for text in (words.closures_text(found, t), beside):
        if text:
            st.html(f'<p class="rv-lead">{escape(text)}</p>')
    services_verify.note(view, found)
    if found.territory.declared:
        panels.callout(t.of(found.territory.declared), tone="caution")


def _map(
    view: View,
    found: Access,
    result: ScenarioResult | None,
    best: BestSites | None,
    *,
    places: bool,
) -> None:
    t = view.t
    modes = {"apres": t("distance après le scénario"), "changement": t("ce qui change")}
    shows_change = False
    scenario = Scenario()
    if result is not None:
        scenario = result.scenario
        panels.callout(
            words.scenario_text(result, t.of(found.service.one), t),
            title=words.scenario_mark(result, t),
            tone="caution",
        )
        shows_change = (
            view.choice(
                "carte",
                list(modes),
                "apres",
                label=t("La carte montre"),
                format=lambda code: modes[code],
                widget=st.segmented_control,
                required=True,
            )
            == "changement"
        )
    shown = access_map(
        cache.data(), found.query, scenario, settings().static, shows_change=shows_change
    )
    if shown is None:
        panels.empty_state(
            t,
            what=t("Aucune carte pour ce territoire"),
            why=t("Les données de ce lieu n'ont pas encore de contours ou de valeurs."),
            who=t.of(found.territory.contact),
        )
        return
    marks = services_map.points(view, found, scenario, best)
    left, right = st.columns([3, 2], gap="medium")
    with left:
        services_map.draw(view, shown, found, marks, shows_change=shows_change, places=places)
    with right:
        services_map.legend(view, shown, found, shows_change=shows_change)
        downloads.map_menu(
            view,
            "services",
            f"services-{found.service.id}",
            partial(
                access_sheet,
                cache.data(),
                found.query,
                scenario=scenario,
                shows_change=shows_change,
                sites=best,
            ),
        )


def details(view: View, found: Access) -> None:
    """Draw what was counted, the rule, the choice, and the groups."""
    t = view.t
    if found.summary is None:
        return
    panels.section(t("Qui est touché"), icon="users")
    panels.table_twin(
        t("Résidents au-delà du seuil, par groupe"),
        [
            html.TableColumn(t("Groupe")),
            html.TableColumn(t("Personnes connues"), number=True),
            html.TableColumn(t("Au-delà du seuil"), number=True),
            html.TableColumn(t("Fiabilité")),
        ],
        [
            (
                t("Tous les résidents"),
                t.number(found.summary.people),
                t.number(found.summary.people_beyond),
                t("aire entière au point d'origine"),
            ),
            *(words.group_row(g, t) for g in found.groups),
        ],
        empty=t("aucune donnée"),
    )
    for text in (
        words.what_counts(found, t),
        words.food_text(found, t),
        words.choice_text(found, t),
    ):
        if text:
            st.html(f'<p class="rv-lead">{escape(text)}</p>')
    if found.summary.people_unreached or found.summary.people_unlocated:
        panels.callout(
            t(
                "{unreached} résidents n'atteignent aucun lieu et {unlocated} vivent dans une aire "
                "sans point connu : comptés à part, dans aucune moyenne.",
                unreached=t.number(found.summary.people_unreached),
                unlocated=t.number(found.summary.people_unlocated),
            ),
            tone="caution",
        )


def service_list(view: View, found: Access) -> None:
    """Draw the places with distance, state and date, then those without an address."""
    t = view.t
    if not found.listing.places and not found.listing.unlocated:
        return
    panels.section(t("Lieux connus"), icon="list-check")
    far = float("inf")
    places = sorted(
        found.listing.places, key=lambda p: (not p.counts, found.place_distance_m.get(p.id, far))
    )
    rows = []
    for place in places[:MOST_ROWS]:
        category = found.service.categories.get(place.category)
        rows.append(
            (
                place.name,
                t.of(category.title) if category else "",
                place.address,
                words.metres(found.place_distance_m[place.id], t)
                if place.id in found.place_distance_m
                else t("non compté"),
                t.number(found.nearest_for[place.id]) if place.id in found.nearest_for else "—",
                words.status_text(place, t),
                place.as_of,
                words.place_note(place, t),
                place.source,
            )
        )
    panels.table_twin(
        t("Lieux, du plus proche au plus éloigné des résidents"),
        [
            html.TableColumn(t("Nom")),
            html.TableColumn(t("Catégorie")),
            html.TableColumn(t("Adresse")),
            html.TableColumn(t("Distance moyenne"), number=True),
            html.TableColumn(t("Le plus proche pour"), number=True),
            html.TableColumn(t("État")),
            html.TableColumn(t("Vu le")),
            html.TableColumn(t("Note")),
            html.TableColumn(t("Source")),
        ],
        rows,
        empty="—",
        tall=len(rows) > 12,
    )
    if len(places) > MOST_ROWS:
        st.html(
            f'<p class="rv-lead">'
            f"{escape(t('Les {n} plus proches sont montrés.', n=t.number(MOST_ROWS)))}</p>"
        )
    view.page_link(
        "services",
        t("Corriger, compléter ou signaler un lieu de cette liste"),
        vue="referer",
        sorte=found.service.id,
    )
    known = [(found.service, u) for u in found.listing.unlocated]
    services_add.unlocated(view, known, found.listing.places)


def overview(view: View, query: AccessQuery) -> None:
    """Draw every class by itself, so that health is never one blurred figure."""
    t = view.t
    panels.section(t("Tous les services, chacun pour soi"))
    lines = service_lines(cache.data(), query, t)
    rows = [(x.title, x.mean, x.beyond, x.state) for x in lines]
    panels.table_twin(
        t("Distance moyenne et part des résidents au-delà du seuil de chaque service"),
        [
            html.TableColumn(t("Service")),
            html.TableColumn(t("Distance moyenne"), number=True),
            html.TableColumn(t("Au-delà du seuil"), number=True),
            html.TableColumn(t("Liste")),
        ],
        rows,
        empty=t("aucune donnée"),
    )


def table(view: View, found: Access) -> None:
    """Draw the table twin of the map, its download and the sources."""
    t = view.t
    if found.summary is None:
        return
    names = {p.id: p.name for p in found.listing.places}
    with st.expander(t("Voir la carte en tableau")):
        panels.table_twin(
            t("Aires du territoire, de la plus éloignée à la plus proche"),
            [
                html.TableColumn(t("Aire")),
                html.TableColumn(t("Population"), number=True),
                html.TableColumn(t("Distance"), number=True),
                html.TableColumn(t("Lieu le plus proche")),
                html.TableColumn(t("À portée")),
            ],
            [
                (
                    str(unit),
                    "" if row["population"] != row["population"] else t.number(row["population"]),
                    "" if row["cost_m"] != row["cost_m"] else words.metres(row["cost_m"], t),
                    names.get(str(row["service_id"]), ""),
                    t("oui") if row["is_within"] else t("non"),
                )
                for unit, row in found.units.head(400).iterrows()
            ],
            empty=t("aucune donnée"),
            tall=True,
        )
    st.download_button(
        t("Télécharger ce tableau (CSV)"),
        data=lambda: units_csv(found, t),
        file_name=file_name(found),
        mime="text/csv",
        key="rv_services_csv",
    )
    panels.source_line(t, sources(view, found))


def sources(view: View, found: Access) -> list[str]:
    """Return the publishers of everything on the page, with the vintage."""
    t = view.t
    layers = [*found.listing.manifests, cache.data().layers.manifest("geography_da")]
    return [f"{m.publisher[t.lang]} ({t.period(m.vintage)})" for m in layers]
