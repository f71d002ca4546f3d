"""Every class of services by itself, at its own threshold: health is never one blurred figure."""

from __future__ import annotations

from dataclasses import dataclass

from revital.catalogue.service_classes import service_classes
from revital.i18n import Translator
from revital.services import access_words as words
from revital.services.access import Access, measure_access
from revital.services.access_ground import AccessQuery
from revital.services.data import Data


@dataclass(frozen=True)
class ServiceLine:
    """
    A class of services, in words.

    Attributes
    ----------
    title : str
    mean : str
        Mean distance, as a bound where the list is incomplete; empty without a list.
    beyond : str
        Share of residents beyond the threshold, with it; empty without a list.
    state : str
        What the list of places is worth.
    found : Access
    """

    title: str
    mean: str
    beyond: str
    state: str
    found: Access


def service_lines(data: Data, query: AccessQuery, t: Translator) -> tuple[ServiceLine, ...]:
    """
    Return a line for each class, with the detour and speed of a question.

    Raises
    ------
    UnknownIdError, LayerError
    """
    return tuple(_line(measure_access(data, query.for_class(id_)), t) for id_ in service_classes())


def _line(found: Access, t: Translator) -> ServiceLine:
    title = t.of(found.service.title)
    if found.summary is None:
        return ServiceLine(title, "", "", t("aucune liste dans les données"), found)
    mean = words.metres(found.summary.mean_cost, t)
    beyond = t.percent(1 - (found.summary.share_within or 0.0), 0)
    state = t("liste utilisable")
    if found.is_upper_bound:
        mean, beyond = t("au plus {value}", value=mean), t("au plus {value}", value=beyond)
        state = t("liste incomplète")
    threshold = words.threshold_text(found.threshold_m, t)
    return ServiceLine(title, mean, f"{beyond} (> {threshold})", state, found)
