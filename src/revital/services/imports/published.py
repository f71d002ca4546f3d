"""What of the imports may be shown: tables of local data, with nothing that points at people."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from revital.domain.disclosure import differs_by_few, protect_list
from revital.services.imports.corrected import ASPECTS
from revital.services.imports.kinds import plain

if TYPE_CHECKING:
    from revital.services.imports.events import Event

Standing = Iterable[tuple["Event", pd.DataFrame]]
#: Units that count people: their small numbers are hidden as those of a survey are.
_PEOPLE = re.compile(
    r"\b(personnes?|gens|residents?|habitants?|menages?|familles?|enfants?|aines?|participants?|"
    r"usagers?|beneficiaires?|locataires?|clients?|repondants?|victimes?|"
    r"persons?|people|inhabitants?|households?|famil(y|ies)|child(ren)?|seniors?|users?|"
    r"beneficiar(y|ies)|tenants?|respondents?|victims?)\b"
)


def counts_people(measure: str, unit: str) -> bool:
    """
    Return whether a measure counts people, by its unit, or by its name where it has no unit.

    Examples
    --------
    >>> counts_people("dépannages", "personnes"), counts_people("arbres plantés", "")
    (True, False)
    """
    return bool(_PEOPLE.search(plain(unit or measure)))


def _numbered(event: Event, rows: pd.DataFrame) -> pd.DataFrame:
    return rows.assign(row_id=[f"{event.id}-{i + 1}" for i in range(len(rows))])


def values(standing: Standing, tract_of: pd.Series) -> pd.DataFrame:
    """
    Return values by area; a later import of the same measure and date takes the place.

    Counts of people under five are hidden, and enough others that neither the sum of a tract's
    areas, nor the tract's own value, gives one back.

    Parameters
    ----------
    standing : events and their rows
    tract_of : Series
        Tract of each dissemination area.
    """
    whole = pd.concat([_numbered(e, rows) for e, rows in standing], ignore_index=True)
    key = ["unit_id", "level", "measure", "date"]
    whole = whole.drop_duplicates(key, keep="last").reset_index(drop=True)
    whole["is_hidden"] = False
    named = [whole[c].fillna("").astype(str) for c in ("measure", "unit", "date")]
    for (measure, unit, _), rows in whole.groupby(named):
        if counts_people(str(measure), str(unit)):
            _hide_people(whole, rows, tract_of)
    whole.loc[whole["is_hidden"], "value"] = np.nan
    return whole


def _hide_people(whole: pd.DataFrame, rows: pd.DataFrame, tract_of: pd.Series) -> None:
    """Mark what must be hidden among the values of one measure, tracts and areas together."""
    counted = rows[rows["value"].ge(0)]
    areas = counted[counted["level"] == "da"]
    tracts = counted[counted["level"] == "ct"].set_index("unit_id")
    closed: set[str] = set()
    for tract, group in areas.groupby(areas["unit_id"].map(tract_of).fillna("")):
        safe = protect_list(group["value"])
        whole.loc[group.index[safe.hidden.to_numpy()], "is_hidden"] = True
        if safe.hidden.any() and (safe.total is None or np.isnan(safe.total)):
            closed.add(str(tract))
    if tracts.empty:
        return
    safe = protect_list(tracts["value"])
    hidden = pd.Series(safe.hidden) | tracts.index.isin(closed)
    shown = tracts.index[~hidden]
    # One tract hidden alone is what the sum of all leaves: another goes with it.
    if hidden.sum() == 1 and len(shown):
        hidden[tracts.loc[shown, "value"].idxmin()] = True
    marked = counted[(counted["level"] == "ct") & counted["unit_id"].isin(hidden.index[hidden])]
    whole.loc[marked.index, "is_hidden"] = True


def survey(standing: Standing) -> pd.DataFrame:
    """
    Return counts by question, small ones hidden with those that would give them away.

    Of two lists of a question that few answers tell apart (the same survey a week later, or a
    neighbourhood inside another), only the later is shown.
    """
    lists = []
    for event, rows in standing:
        named = _numbered(event, rows).assign(
            survey=event.file or event.id, date=event.when[:10], _place=event.place
        )
        lists += [answers for _, answers in named.groupby("question", sort=False)]
    parts = _apart(lists, ["_place", "question"], "answer")
    safe = [_hidden(answers, base="base", whole=whole) for answers, whole in parts]
    return pd.concat(safe, ignore_index=True).drop(columns="_place")


def incidents(standing: Standing) -> pd.DataFrame:
    """
    Return counts by period and category, small ones hidden; a later import replaces.

    Of two neighbourhoods, one inside the other, that few incidents tell apart, one is shown.
    """
    whole = pd.concat(
        [_numbered(e, rows).assign(_place=e.place) for e, rows in standing], ignore_index=True
    )
    whole = whole.drop_duplicates(["territory", "period", "category"], keep="last")
    lists = [group for _, group in whole.groupby(["territory", "period"], sort=False)]
    parts = _apart(lists, ["_place", "period"], "category")
    safe = [_hidden(group, whole=closed) for group, closed in parts]
    return pd.concat(safe, ignore_index=True).drop(columns="_place")


def _apart(
    lists: list[pd.DataFrame], same: list[str], category: str
) -> list[tuple[pd.DataFrame, bool]]:
    """Return each list with whether it must be hidden whole: too close to a later one shown."""
    shown: dict[tuple[str, ...], list[pd.Series]] = {}
    marked: list[tuple[pd.DataFrame, bool]] = []
    for rows in reversed(lists):
        key = tuple(str(rows[name].iloc[0]) for name in same)
        counts = rows.set_index(category)["n"].astype("float64")
        close = any(differs_by_few(counts, other) for other in shown.get(key, []))
        if not close:
            shown.setdefault(key, []).append(counts)
        marked.append((rows, close))
    return marked[::-1]


def _hidden(rows: pd.DataFrame, base: str | None = None, *, whole: bool = False) -> pd.DataFrame:
    """Hide the small counts of one list; its base too where it would settle one of them."""
    counts = rows.set_index("row_id")["n"].astype("float64")
    safe = protect_list(counts)
    shown = rows.assign(
        n=pd.Series(safe.values).reindex(counts.index).to_numpy(),
        is_hidden=pd.Series(safe.hidden).reindex(counts.index).to_numpy(),
    )
    if whole:
        shown["n"], shown["is_hidden"] = np.nan, True
    if base is not None and (whole or safe.total is None or np.isnan(safe.total)):
        shown[base] = None
    return shown


def corrections(standing: Standing) -> pd.DataFrame:
    """Return corrections; of each aspect of a place the latest word stands, details add up."""
    whole = pd.concat(
        [_numbered(e, rows).assign(when=e.when) for e, rows in standing], ignore_index=True
    )
    key = ["place", "layer", "service_id"]
    aspect = whole["action"].map(ASPECTS)
    told = whole.assign(aspect=aspect).duplicated([*key, "aspect"], keep="last")
    return whole[~told | (aspect == "details")].reset_index(drop=True)
