"""What an import would do to earlier ones: replace their rows, repeat them or stand beside them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from revital.i18n import Translator
from revital.services.imports.events import Event, Journal
from revital.services.imports.reading import Preview
from revital.services.workspace.home import Workspace

Effect = Literal["replaces", "repeats", "beside"]

#: What makes two rows the same thing said twice (`published` keeps the later one).
KEYS: Mapping[str, tuple[str, ...]] = {
    "values": ("unit_id", "level", "measure", "date"),
    "incidents": ("territory", "period", "category"),
    "points": ("name", "category", "lat", "lon"),
    "survey": ("territory", "question"),
}
EFFECTS: Mapping[str, Effect] = {
    "values": "replaces",
    "incidents": "replaces",
    "points": "repeats",
    "survey": "beside",
}
#: Coordinates are the same to about ten metres.
_PLACES = 4


@dataclass(frozen=True)
class Earlier:
    """
    An earlier import that a new one touches.

    Attributes
    ----------
    event : Event
        Whose rows they are, and when they were brought.
    effect : {"replaces", "repeats", "beside"}
        Its rows give way; would be there twice; or stay, shown only where enough answers tell the
        two apart.
    rows : int
        Rows touched: values, counts, places, or questions.
    changed : int
        Among rows replaced, those whose number would not be the same.
    kept : int
        Rows of the same measure and date, or of the same period, that would stay as they are.
    """

    event: Event
    effect: Effect
    rows: int
    changed: int
    kept: int


def earlier(home: Workspace, territory: str, shown: Preview) -> tuple[Earlier, ...]:
    """
    Return the standing imports that a preview would touch, oldest first.

    Nothing is erased: undoing the new import brings the earlier rows back.

    Parameters
    ----------
    home : Workspace
    territory : str
        Where the import belongs; values by area are those of its whole city.
    shown : Preview
    """
    journal = Journal(home)
    standing = [e for e in journal.standing() if e.kind == shown.kind]
    if shown.kind == "survey":
        standing = [e for e in standing if e.territory == territory]
    if not standing or shown.frame.empty:
        return ()
    key = list(KEYS[shown.kind])
    new = _keyed(shown.frame, key)
    # Of rows that several imports hold, the latest is the one that stands.
    rows = [_keyed(journal.rows(e), key).assign(_event=i) for i, e in enumerate(standing)]
    old = pd.concat(rows, ignore_index=True)
    if EFFECTS[shown.kind] == "replaces":
        old = old.drop_duplicates("_key", keep="last")
    touched = old["_key"].isin(set(new["_key"]))
    number = {"values": "value", "incidents": "n"}.get(shown.kind)
    fresh = new.drop_duplicates("_key", keep="last").set_index("_key")
    near = old["_group"].isin(set(new["_group"])) & ~touched
    found = []
    for i, event in enumerate(standing):
        mine = old[touched & (old["_event"] == i)]
        if mine.empty:
            continue
        changed = 0
        if number is not None:
            now = fresh.loc[mine["_key"], number].to_numpy(dtype=float)
            changed = int((mine[number].to_numpy(dtype=float) != now).sum())
        found.append(
            Earlier(
                event=event,
                effect=EFFECTS[shown.kind],
                rows=int(mine["_key"].nunique()),
                changed=changed,
                kept=int((near & (old["_event"] == i)).sum()) if number else 0,
            )
        )
    return tuple(found)


def _keyed(frame: pd.DataFrame, key: list[str]) -> pd.DataFrame:
    """Return rows with what tells them apart as one text, and the group they are read with."""
    cells = [
        frame[c].round(_PLACES).astype(str) if c in ("lat", "lon") else frame[c].fillna("")
        for c in key
    ]
    # A shop is the same whatever its capitals; a measure or a category is as it was written.
    texts = [c.astype(str).str.casefold() if c.name == "name" else c.astype(str) for c in cells]
    group = texts[2:] if "measure" in key else texts[:2]
    return frame.assign(
        _key=["|".join(row) for row in zip(*texts, strict=True)],
        _group=["|".join(row) for row in zip(*group, strict=True)],
    )


def earlier_text(found: Earlier, kind_id: str, t: Translator) -> str:
    """Return in words what would become of an earlier import."""
    event = found.event
    whose = {
        "by": event.by,
        "when": event.when[:10],
        "file": event.file or t("saisie à la main"),
        "id": event.id,
    }
    if found.effect == "repeats":
        return t.plural(
            "{n} lieu est déjà là, du même nom et au même endroit (import {id} du {when}, "
            "« {file} », par {by}) : il y serait deux fois.",
            "{n} lieux sont déjà là, du même nom et au même endroit (import {id} du {when}, "
            "« {file} », par {by}) : ils y seraient deux fois.",
            found.rows,
            **whose,
        )
    if found.effect == "beside":
        return t.plural(
            "{n} question a déjà des réponses (import {id} du {when}, « {file} », par {by}). Les "
            "deux décomptes restent ; si peu de réponses les distinguent, seul le nouveau est "
            "montré.",
            "{n} questions ont déjà des réponses (import {id} du {when}, « {file} », par {by}). "
            "Les deux décomptes restent ; si peu de réponses les distinguent, seul le nouveau est "
            "montré.",
            found.rows,
            **whose,
        )
    said = [
        t.plural(
            "{n} nombre déjà apporté serait remplacé, dont {changed} par un autre (import {id} du "
            "{when}, « {file} », par {by}).",
            "{n} nombres déjà apportés seraient remplacés, dont {changed} par un autre (import "
            "{id} du {when}, « {file} », par {by}).",
            found.rows,
            changed=t.number(found.changed),
            **whose,
        )
    ]
    if found.kept:
        said.append(
            t.plural(
                "{n} autre de la même période resterait tel quel.",
                "{n} autres de la même période resteraient tels quels.",
                found.kept,
            )
            if kind_id == "incidents"
            else t.plural(
                "{n} autre de la même mesure et de la même date resterait tel quel.",
                "{n} autres de la même mesure et de la même date resteraient tels quels.",
                found.kept,
            )
        )
    said.append(t("Défaire ce nouvel import les ramène."))
    return " ".join(said)
