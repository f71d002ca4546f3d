"""Comparisons in words: places against the first one, and a figure through time."""

from __future__ import annotations

from collections.abc import Sequence

from revital.domain.uncertainty import Verdict
from revital.i18n import Translator
from revital.services import wording
from revital.services.compare import DIFFERENT_SOURCE, Compared, Series
from revital.services.figures import Figure


def value_text(t: Translator, row: Compared, figure: Figure | None) -> str:
    """Return the value of a place, as a bound where its list is incomplete."""
    return wording.reading_text(row.indicator, figure, t)


def verdict_text(t: Translator, row: Compared) -> str:
    """Say whether the places differ clearly; nothing where that is unknown."""
    others = row.verdicts[1:]
    if all(v is Verdict.UNKNOWN for v in others):
        return ""
    if all(v is Verdict.NO_CLEAR_CHANGE for v in others):
        return t("Pas d'écart net.")
    return t("Écart net, au-delà des marges.")


def places_sentence(t: Translator, names: Sequence[str], found: Sequence[Compared]) -> str:
    """Say how many indicators differ clearly, and how many do not."""
    clear = sum(
        any(v in (Verdict.HIGHER, Verdict.LOWER) for v in row.verdicts[1:]) for row in found
    )
    blurred = sum(all(v is Verdict.NO_CLEAR_CHANGE for v in row.verdicts[1:]) for row in found)
    return t(
        "{first} – {others} : un écart net sur {clear} indicateurs, aucun écart net sur {blurred}.",
        first=names[0],
        others=t.list(list(names[1:])),
        clear=t.number(clear),
        blurred=t.number(blurred),
    )


def series_sentence(t: Translator, item: Series) -> str:
    """Say what changed between the dates of a series, break by break."""
    parts = []
    for step in item.steps:
        dates = {"first": str(int(step.before.date)), "last": str(int(step.after.date))}
        if step.break_reason:
            parts.append(t("De {first} à {last} : {why}.", why=t.of(DIFFERENT_SOURCE), **dates))
        elif step.change.is_clear:
            share = step.change.difference / step.before.value if step.before.value else 0.0
            sign = "+" if share > 0 else "\u2212"
            parts.append(
                t(
                    "De {first} à {last} : {change}.",
                    change=sign + t.percent(abs(share), 1),
                    **dates,
                )
            )
        elif step.change.verdict is Verdict.NO_CLEAR_CHANGE:
            parts.append(t("De {first} à {last} : pas de changement net.", **dates))
        else:
            parts.append(
                t(
                    "De {first} à {last} : nous ne savons pas dire si le changement est net.",
                    **dates,
                )
            )
    return " ".join(parts)
