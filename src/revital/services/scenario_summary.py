"""A saved scenario in brief: what it changes, how it is marked, where it opens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from revital.catalogue.service_classes import service_class
from revital.errors import UserError
from revital.i18n import Translator
from revital.services import access_words as words
from revital.services.data import Data
from revital.services.scenario_store import SavedScenario
from revital.services.scenarios import ScenarioResult, encode, run_scenario


@dataclass(frozen=True)
class ScenarioSummary:
    """
    A saved scenario with what it gives today.

    Attributes
    ----------
    saved : SavedScenario
    service : str
        Name of the class of services, in the reader's language.
    result : ScenarioResult or None
        None when it can no longer be answered.
    mark : str
        Goes with every figure made from it.
    text : str
        What it changes, or why it cannot be answered any more.
    """

    saved: SavedScenario
    service: str
    result: ScenarioResult | None
    mark: str
    text: str


def summarise(data: Data, saved: SavedScenario, t: Translator) -> ScenarioSummary:
    """
    Return what a saved scenario changes, computed from the present data.

    A scenario whose services are gone from the list since is kept, with the reason.
    """
    service = service_class(saved.query.service)
    try:
        result = run_scenario(
            data, saved.query, saved.scenario, is_on_incomplete_list=saved.on_incomplete_list
        )
    except UserError as error:
        return ScenarioSummary(saved, t.of(service.title), None, t("Scénario"), t.error(error))
    return ScenarioSummary(
        saved,
        t.of(service.title),
        result,
        words.scenario_mark(result, t),
        words.scenario_text(result, t.of(service.one), t),
    )


def headline_figures(found: ScenarioSummary, t: Translator) -> list[tuple[str, str]]:
    """Return the headline figures of a scenario as pairs of words: name, value."""
    if found.result is None:
        return []
    effect = found.result.effect
    return [
        (t("Service"), found.service),
        (t("Seuil"), words.threshold_text(found.result.threshold_m, t)),
        (t("Gagnent"), t.signed(effect.people_gained)),
        (t("Perdent"), t.signed(-effect.people_lost)),
        (
            t("À portée, avant et après"),
            t(
                "{before} → {after}",
                before=t.number(effect.before.people_within),
                after=t.number(effect.after.people_within),
            ),
        ),
    ]


def as_payload(found: ScenarioSummary) -> dict[str, Any]:
    """Return a scenario and its figures as JSON values, marked as a scenario."""
    saved, result = found.saved, found.result
    payload: dict[str, Any] = {
        "is_scenario": True,
        "id": saved.id,
        "name": saved.name,
        "territory": saved.query.territory,
        "service": saved.query.service,
        "threshold_m": saved.query.threshold_m,
        "added": [list(point) for point in saved.scenario.added],
        "closed": list(saved.scenario.closed),
        "on_incomplete_list": saved.on_incomplete_list,
        "saved_at": saved.saved_at,
        "address": page_parameters(saved),
        "mark": found.mark,
        "text": found.text,
    }
    if result is not None:
        effect = result.effect
        payload["figures"] = {
            "people_gained": effect.people_gained,
            "people_lost": effect.people_lost,
            "people_within_before": effect.before.people_within,
            "people_within_after": effect.after.people_within,
            "mean_m_before": effect.before.mean_cost,
            "mean_m_after": effect.after.mean_cost,
        }
    return payload


def page_parameters(saved: SavedScenario) -> dict[str, str]:
    """Return the parameters that open the page Services on a scenario."""
    threshold = saved.query.threshold_m
    found = {"service": saved.query.service, "scenario": encode(saved.scenario)}
    if threshold is not None:
        found["seuil"] = f"{threshold:g}"
    if saved.on_incomplete_list:
        found["incomplete"] = "oui"
    return found
