"""The map of access for paper: distances, or what a scenario changes, with every place."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from revital.errors import UserError
from revital.i18n import Translator
from revital.services import access_words as words
from revital.services import wording
from revital.services.access import Access, measure_access
from revital.services.access_ground import AccessQuery
from revital.services.access_map import access_map, limits
from revital.services.barrier_shapes import barrier_shapes
from revital.services.best_sites import BestSites
from revital.services.data import Data
from revital.services.map_sheet import MapSheet, SheetMark, none_text, roomy, street_shapes
from revital.services.scenarios import Scenario, run_scenario
from revital.services.services_document import choices_text
from revital.services.stamps import document_stamp
from revital.settings import settings


@dataclass(frozen=True)
class AccessLegend:
    """Words of the legend: `classes` light to dark, or from "much farther" to "much nearer"."""

    title: str
    direction: str
    classes: tuple[str, ...]


def access_legend(found: Access, t: Translator, *, shows_change: bool) -> AccessLegend:
    """Return the words of the legend of the map of access."""
    if shows_change:
        return AccessLegend(
            t("Ce que change le scénario"),
            t("Vert : plus près. Violet : plus loin."),
            (
                t("plus loin de plus de 500 m"),
                t("plus loin de 50 à 500 m"),
                t("presque pas de changement"),
                t("plus près de 50 à 500 m"),
                t("plus près de plus de 500 m"),
            ),
        )
    half, full, twice = (words.threshold_text(x, t) for x in limits(found.threshold_m))
    return AccessLegend(
        t("Distance : {service}", service=t.of(found.service.title)),
        t("Plus foncé : plus loin."),
        (
            t("à portée : {a} ou moins", a=half),
            t("à portée : {a} à {b}", a=half, b=full),
            t("au-delà : {a} à {b}", a=full, b=twice),
            t("au-delà : plus de {a}", a=twice),
        ),
    )


def mark_kinds(t: Translator) -> dict[str, str]:
    """Return what each kind of mark of the map of access is, in the order of its legend."""
    return {
        "counted": t("lieu compté"),
        "shown": t("montré, non compté"),
        "closed": t("fermé ou à vérifier"),
        "scenario": t("scénario"),
        "site": t("meilleur site proposé"),
    }


def access_sheet(
    data: Data,
    query: AccessQuery,
    t: Translator,
    scenario: Scenario | None = None,
    *,
    shows_change: bool = False,
    sites: BestSites | None = None,
    today: date | None = None,
) -> MapSheet:
    """
    Prepare the map of a question about access, after a scenario when it has one.

    Parameters
    ----------
    scenario : Scenario, optional
        Its points are drawn apart, and its mark is said first.
    shows_change : bool
        Draw what the scenario changes rather than the distance after it.
    sites : BestSites, optional
        Best sites found, drawn apart.

    Raises
    ------
    UnknownIdError, LayerError, ValuesError
    UserError
        When the city has no outlines of areas.
    """
    what = scenario or Scenario()
    found = measure_access(data, query)
    shown = access_map(
        data, query, what, settings().static, shows_change=shows_change and not what.is_empty
    )
    place_name = t.of(found.territory.title)
    if shown is None:
        raise UserError(
            "Aucune carte de distances pour « {territory} » : ses aires n'ont pas de contours "
            "dans les données.",
            territory=place_name,
        )
    changes = shows_change and not what.is_empty
    legend = access_legend(found, t, shows_change=changes)
    place = data.catalogue.place(found.territory.place)
    streets, used = street_shapes(data, place)
    manifests = [*shown.manifests, *(data.layers.manifest(id_) for id_ in used)]
    marks = _marks(found, what, sites)
    known = mark_kinds(t)
    drawn = {m.kind for m in marks}
    mark = summary = ""
    if not what.is_empty:
        result = run_scenario(data, query, what, is_on_incomplete_list=not found.can_simulate)
        mark = words.scenario_mark(result, t)
        summary = words.scenario_text(result, t.of(found.service.one), t)
    answer = words.answer(found, t)
    walls = barrier_shapes(data, query)
    return MapSheet(
        shapes=tuple(data.layers.read_shapes(shown.outlines.layer.id).geometry.values),
        codes=shown.codes,
        palette="change" if changes else "distance",
        inside=shown.inside,
        streets=streets,
        names=place.labels,
        bounds=roomy(shown.bounds, 0.35),
        title=legend.title,
        unit=words.method_phrase(found, t),
        direction=legend.direction,
        level=wording.level_text("da", t),
        place=place_name,
        classes=tuple(zip(legend.classes, shown.counts, strict=True)),
        none=none_text(shown.missing, t),
        summary=summary or answer,
        notes=(
            *((words.list_warning(found, t),) if found.summary is not None else ()),
            *((words.barrier_key(t),) if walls else ()),
        ),
        credits=tuple(
            dict.fromkeys(
                t.of(data.catalogue.source(s).attribution) for m in manifests for s in m.sources
            )
        ),
        stamp=document_stamp(t, today, choices_text(found, t)),
        marks=marks,
        kinds=tuple((kind, text) for kind, text in known.items() if kind in drawn),
        mark=mark,
        barriers=walls,
    )


def _marks(found: Access, scenario: Scenario, sites: BestSites | None) -> tuple[SheetMark, ...]:
    marks = []
    for place in found.listing.places:
        kind = mark_kind(place.counts, place.reason, closes=place.id in scenario.closed)
        marks.append(SheetMark(place.lat, place.lon, kind))
    if sites is not None:
        for i, id_ in enumerate(sites.siting.chosen, start=1):
            lat, lon = sites.points[id_]
            marks.append(SheetMark(lat, lon, "site", i))
    for i, (lat, lon) in enumerate(scenario.added, start=1):
        marks.append(SheetMark(lat, lon, "scenario", i))
    return tuple(marks)


def mark_kind(counts: bool, reason: str | None, *, closes: bool) -> str:
    """Return the kind of mark of a place; `reason` says why it is not counted."""
    if closes:
        return "closed"
    if counts:
        return "counted"
    return "shown" if reason == "category" else "closed"
