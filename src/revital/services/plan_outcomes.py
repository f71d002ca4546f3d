"""What came of it: the figure an action contributes to, before and now."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from revital.catalogue.models import Text
from revital.domain.plan_records import Action, IndicatorLink
from revital.domain.plan_review import Outcome, outcome
from revital.i18n import Translator
from revital.services import wording
from revital.services.data import Data
from revital.services.figures import Figure, read_indicator


@dataclass(frozen=True)
class LinkedFigure:
    """
    A link with the portrait's own figure beside what the plan says.

    Attributes
    ----------
    title : Text or None
        Of the catalogue's indicator; None for a measure of the committee's own.
    current : Figure or None
        The portrait's value today.
    outcome : Outcome
        From the link's baseline to its latest value, or to the portrait's when it is newer.
    """

    link: IndicatorLink
    title: Text | None
    current: Figure | None
    outcome: Outcome
    before_text: str
    now_text: str
    target_text: str


def linked_figures(data: Data, action: Action, t: Translator) -> list[LinkedFigure]:
    """Return the figures that an action contributes to, with what became of them."""
    return [_linked(data, action, link, t) for link in action.indicators]


def _linked(data: Data, action: Action, link: IndicatorLink, t: Translator) -> LinkedFigure:
    record = data.catalogue.indicators.get(link.indicator)
    if record is None:
        return LinkedFigure(
            link,
            None,
            None,
            outcome(link),
            _own(link.baseline_value, link, t),
            _own(link.latest_value, link, t),
            _own(link.target_value, link, t),
        )
    figure = read_indicator(data, link.indicator, action.territory).figure
    known = link
    if figure is not None and link.latest_value is None and figure.value is not None:
        since = link.baseline_on.year if link.baseline_on else None
        # The same census again is no news.
        if since is not None and figure.year > since:
            known = replace(link, latest_value=figure.value, latest_margin=half_width(figure))
    found = outcome(known)

    def words(value: float | None) -> str:
        return "" if value is None else wording.figure_text(record, value, t)

    now = words(found.now)
    if not now and figure is not None and figure.value is not None:
        now = f"{wording.reading_text(record, figure, t)} ({figure.year})"
    return LinkedFigure(
        link, record.title, figure, found, words(found.before), now, words(link.target_value)
    )


def half_width(figure: Figure) -> float | None:
    """Return half the width of a figure's interval; missing where it has none."""
    if figure.interval is None:
        return None
    return (figure.interval[1] - figure.interval[0]) / 2


def _own(value: float | None, link: IndicatorLink, t: Translator) -> str:
    if value is None:
        return ""
    unit = unit_text(link, t)
    decimals = 0 if float(value).is_integer() else 1
    return f"{t.number(value, decimals)} {unit}".strip()


def unit_text(link: IndicatorLink, t: Translator) -> str:
    """Return the unit of a link in the language (`français | English`)."""
    french, _, english = link.unit.partition(" | ")
    return english if t.lang == "en" and english else french


def sentence(found: LinkedFigure, t: Translator) -> str:
    """Return what became of the figure, in words that never say that the action caused it."""
    result = found.outcome
    if result.change is None:
        if result.before is None and found.current is not None:
            return t("Il manque une valeur de départ pour parler de changement.")
        return t("Pas encore de valeur avant et après.")
    change = t("De {before} à {now}.", before=found.before_text, now=found.now_text)
    if result.clears is None:
        verdict = t("L'incertitude n'est pas connue : on ne peut pas dire si c'est un changement.")
    elif result.clears:
        verdict = t("Le changement dépasse l'incertitude.")
    else:
        verdict = t("Pas de changement net : l'écart est dans l'incertitude.")
    return f"{change} {verdict}"


def new_link(data: Data, territory: str, link: IndicatorLink) -> IndicatorLink:
    """Return a link whose baseline is the portrait's present value, its unit and its margin."""
    record = data.catalogue.indicators.get(link.indicator)
    if record is None:
        return link
    figure = read_indicator(data, link.indicator, territory).figure
    unit = f"{record.unit.fr} | {record.unit.en}"
    if figure is None or figure.value is None:
        return replace(link, unit=unit)
    return replace(
        link,
        unit=unit,
        baseline_value=float(figure.value),
        baseline_margin=half_width(figure),
        baseline_on=date(figure.year, 1, 1),
    )
