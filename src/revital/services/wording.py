"""Figures in words: value with unit, comparison, direction, quality; the same everywhere."""

from __future__ import annotations

from dataclasses import dataclass

from revital.catalogue.models import Indicator
from revital.domain.uncertainty import Flag, Verdict
from revital.i18n import Translator
from revital.services.figures import Figure, Reading, clear_difference


def figure_text(
    record: Indicator, value: float | None, t: Translator, *, is_bound: bool = False
) -> str:
    """
    Return a value with its unit, or "aucune donnée".

    Parameters
    ----------
    record : Indicator
    value : float or None
    t : Translator
    is_bound : bool
        The list of places behind the value is incomplete. Places missing from it can only shorten
        a distance, and only add to a share or a count.
    """
    if value is None:
        return t("aucune donnée")
    text = _value_text(record, value, t)
    if not is_bound:
        return text
    if record.kind == "distance":
        return t("au plus {value}", value=text)
    return t("au moins {value}", value=text)


def reading_text(record: Indicator, figure: Figure | None, t: Translator) -> str:
    """Return the value of a figure, as a bound where it is one, or "aucune donnée"."""
    if figure is None:
        return t("aucune donnée")
    return figure_text(record, figure.value, t, is_bound=figure.incomplete)


def bound_note(record: Indicator, figure: Figure | None, t: Translator) -> str:
    """Return what a figure from an incomplete list must say ("au plus…"), or nothing."""
    if figure is None or record.bound is None or not figure.incomplete:
        return ""
    return t.of(record.bound)


def _value_text(record: Indicator, value: float, t: Translator) -> str:
    unit = t.of(record.unit)
    if record.kind == "share":
        return t.percent(value, record.decimals)
    if record.palette == "change":
        return _signed_percent(value, record.decimals, t)
    if record.kind == "distance":
        return t("{metres} m", metres=t.number(round(value, -1) if value >= 100 else value))
    if record.kind == "median" and unit.startswith("dollar"):
        money = t.money(value)
        return t("{money} par mois", money=money) if "mois" in unit or "month" in unit else money
    if record.kind == "median" and "dollar" in unit:
        return t.money(value)
    return t.number(value, record.decimals)


def interval_text(record: Indicator, figure: Figure, t: Translator) -> str:
    """Return the interval of a figure in words, empty where there is none."""
    return "" if figure.interval is None else bounds_text(record, figure.interval, t)


def bounds_text(
    record: Indicator, bounds: tuple[float, float], t: Translator, *, short: bool = False
) -> str:
    """Return an interval in words; `short` for a cell of a table."""
    low, high = (figure_text(record, value, t) for value in bounds)
    if short:
        return t("{low} à {high}", low=low, high=high)
    return t("entre {low} et {high} (intervalle à 95 %)", low=low, high=high)


def _signed_percent(value: float, decimals: int, t: Translator) -> str:
    sign = "+" if value > 0 else "\u2212" if value < 0 else ""
    return sign + t.percent(abs(value), decimals)


def title_text(record: Indicator, t: Translator) -> str:
    """Return the title of an indicator, with the unit that its value does not carry."""
    title = t.of(record.title)
    # A bare number needs its unit; a share, a sum of money or a distance carries it.
    if record.kind in ("density", "rate"):
        return t("{title} ({unit})", title=title, unit=t.of(record.unit))
    return title


def unit_text(record: Indicator, t: Translator) -> str:
    """Return the unit as a reader meets it: shares are drawn as per cent."""
    if record.kind == "share" or record.palette == "change":
        return "%"
    return t.of(record.unit)


def direction_text(record: Indicator, t: Translator) -> str:
    """Return how to read the scale."""
    if record.direction == "higher_is_worse":
        return t("Plus foncé : besoin plus grand.")
    if record.direction == "higher_is_better":
        if record.palette == "change":
            return t("Vert : hausse. Violet : baisse.")
        return t("Plus foncé : situation plus favorable.")
    return t("Plus foncé : valeur plus élevée, sans bon ni mauvais côté.")


def level_text(level: str, t: Translator) -> str:
    """Return the name of a unit level, in the plural."""
    return {
        "csd": t("municipalités"),
        "ct": t("secteurs de recensement"),
        "da": t("aires de diffusion"),
        "db": t("îlots de diffusion"),
    }[level]


def flag_text(flag: Flag, t: Translator) -> str:
    """Return a quality flag in words."""
    return {
        Flag.OK: t("fiable"),
        Flag.ROUNDED: t("effectifs arrondis"),
        Flag.APPROXIMATE: t("valeur approximative"),
        Flag.PARTIAL_COVERAGE: t("couverture partielle"),
        Flag.LOW_COUNT: t("petit nombre"),
        Flag.USE_WITH_CAUTION: t("à utiliser avec prudence"),
        Flag.SUPPRESSED: t("valeur masquée pour protéger les personnes"),
        Flag.MISSING: t("aucune donnée"),
    }[flag]


def method_text(name: str, t: Translator) -> str:
    """Return a method in words."""
    return {
        "count": t("somme des effectifs"),
        "share": t("part : numérateurs additionnés, divisés par les dénominateurs additionnés"),
        "share_remaining": t("part restante : total moins partie, divisé par le total"),
        "share_of_rest": t("part du reste : numérateurs divisés par le total moins une partie"),
        "rate": t("taux : événements additionnés, divisés par les personnes additionnées"),
        "ratio": t("rapport de deux sommes"),
        "density": t("densité : effectif divisé par la superficie en terre"),
        "change": t("variation relative entre deux dates, sur les mêmes unités"),
        "weighted_mean": t("moyenne pondérée par la population"),
        "median_approximation": t(
            "médiane publiée ; pour plusieurs unités, moyenne pondérée des médianes (approximative)"
        ),
        "share_within": t("part des résidents sous le seuil de distance"),
    }.get(name, name)


def role_text(role: str, t: Translator) -> str:
    """Return the name of a comparator's role."""
    return {"city": t("Ville"), "region": t("Région métropolitaine"), "province": t("Québec")}[role]


@dataclass(frozen=True)
class Comparison:
    """A figure against another, in words, with the arrow that goes with them."""

    arrow: str
    text: str
    favourable: bool | None


def verdict_text(verdict: Verdict, t: Translator) -> str:
    """Return what may be said of a difference."""
    return {
        Verdict.HIGHER: t("nettement plus élevé"),
        Verdict.LOWER: t("nettement plus bas"),
        Verdict.NO_CLEAR_CHANGE: t("pas d'écart net"),
        Verdict.UNKNOWN: t("on ne peut pas dire"),
    }[verdict]


def place_phrase(role: str, figure: Figure, t: Translator) -> str:
    """Return a comparator as it stands inside a sentence ("la ville")."""
    if role == "province" and figure.level == "ct":
        return t("les régions métropolitaines du Québec")
    return {
        "city": t("la ville"),
        "region": t("la région métropolitaine"),
        "province": t("le Québec"),
    }[role]


def comparison(reading: Reading, role: str, t: Translator) -> Comparison | None:
    """
    Say how a figure stands against a comparator ("2,6 fois la ville").

    Returns None when either is missing, when one is only a bound (two bounds can stand either way
    round), and when the comparison would say nothing (counts).
    """
    figure, record = reading.figure, reading.indicator
    other = reading.comparators.get(role)
    if figure is None or other is None or figure.value is None or other.value is None:
        return None
    if record.kind == "count" or figure.incomplete or other.incomplete:
        return None
    place = place_phrase(role, other, t)
    if clear_difference(figure, other) is False:
        return Comparison("=", t("pas d'écart net avec {place}", place=place), None)
    a, b = figure.value, other.value
    better = _favourable(record, a, b)
    arrow = "▲" if a > b else "▼" if a < b else "="
    if record.kind == "index" or b <= 0:
        shown = figure_text(record, b, t)
        return Comparison(arrow, t("contre {value} pour {place}", place=place, value=shown), better)
    relative = a / b
    if 0.95 <= relative <= 1.05:
        return Comparison("=", t("comme {place}", place=place), None)
    if relative >= 1.95:
        times = t.number(relative, 1)
        return Comparison(arrow, t("{times} fois {place}", times=times, place=place), better)
    if record.kind == "share":
        points = t.number(abs(a - b) * 100, 0)
        text = (
            t("{points} points de plus que {place}", points=points, place=place)
            if a > b
            else t("{points} points de moins que {place}", points=points, place=place)
        )
        return Comparison(arrow, text, better)
    gap = t.percent(abs(relative - 1), 0)
    text = (
        t("{gap} de plus que {place}", gap=gap, place=place)
        if a > b
        else t("{gap} de moins que {place}", gap=gap, place=place)
    )
    return Comparison(arrow, text, better)


def first_comparison(reading: Reading, t: Translator) -> Comparison | None:
    """Say how a figure stands against the city, or else against the region."""
    return comparison(reading, "city", t) or comparison(reading, "region", t)


def _favourable(record: Indicator, a: float, b: float) -> bool | None:
    if record.direction == "neutral" or a == b:
        return None
    higher = a > b
    return higher if record.direction == "higher_is_better" else not higher
