"""Counts survey answers and incidents: only counts, for fixed units, leave this module."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pandas as pd
import shapely

from revital.catalogue.models import Level
from revital.errors import UserError
from revital.services.imports.kinds import Kind, plain
from revital.services.imports.reading import (
    Context,
    Faults,
    Preview,
    cells_of,
    choose,
    coordinates,
    day,
    made,
    number,
)
from revital.sources.base import Reject

#: Columns of survey tools that say who or when; never questions.
_NOT_QUESTIONS = re.compile(
    r"^(id|_?uuid|_id|_index|token|seed|ip( address|addr)?|refurl|lastpage|startlanguage|"
    r"submitdate|startdate|datestamp|start|end|today|deviceid|username|simserial|phonenumber|"
    r"_submission.*|_status|_notes|_tags|_validation.*|__version__|email|e-mail|courriel|"
    r"nom|name|prenom|firstname|lastname|adresse|address|telephone|phone|date.*|"
    r"meta/.*|_geolocation.*|.*(latitude|longitude|altitude|precision).*|"
    r"id de la reponse|date de soumission|derniere page|langue de depart|tete de serie)$",
    re.IGNORECASE,
)
#: More different answers than this is free text, which may name people.
MOST_ANSWERS = 20


def questions(table: pd.DataFrame) -> list[str]:
    """
    Return the columns of a survey that are closed questions.

    Columns of the tool itself, those that may name people, free text and constants are left out.
    """
    found = []
    for heading in table.columns:
        bare = str(heading).split("[")[0].strip()
        if _NOT_QUESTIONS.match(bare) or _NOT_QUESTIONS.match(plain(bare)):
            continue
        answers = table.loc[table[heading] != "", heading]
        if 2 <= answers.nunique() <= MOST_ANSWERS and len(answers) > answers.nunique():
            found.append(str(heading))
    return found


def survey(table: pd.DataFrame, mapping: Mapping[str, str], context: Context) -> Preview:
    """
    Count answers by question; no row of a person goes further than this function.

    Parameters
    ----------
    table : DataFrame of str, one row per person
    mapping : headings of the questions (any keys); all closed questions when empty
    context : Context

    Returns
    -------
    Preview
        Frame: `territory`, `question`, `answer`, `n`, `base` (respondents to the question).
    """
    chosen = choose(table, mapping)
    asked = list(dict.fromkeys(chosen.values())) or questions(table)
    rejects: list[Reject] = []
    if not asked:
        rejects.append(
            Reject("survey", None, "—",
                   "Aucune colonne n'a l'air d'une question à choix : il y faut de 2 à {limit} "
                   "réponses différentes, dont une donnée plus d'une fois. Nommez-en une "
                   "(« --map q1=COLONNE »).", {"limit": MOST_ANSWERS})
        )  # fmt: skip
    rows = []
    for heading in asked:
        answers = table.loc[table[heading] != "", heading]
        if answers.nunique() > MOST_ANSWERS:
            rejects.append(
                Reject("survey", None, heading[:60],
                       "Plus de {limit} réponses différentes : du texte libre, qui peut nommer des "
                       "gens, n'est pas gardé.", {"limit": MOST_ANSWERS})
            )  # fmt: skip
            continue
        if answers.empty:
            rejects.append(Reject("survey", None, heading[:60], "Personne n'a répondu.", {}))
            continue
        counts = answers.value_counts().sort_index()
        rows += [
            {"question": heading, "answer": str(a), "n": int(n), "base": len(answers)}
            for a, n in counts.items()
        ]
    frame = pd.DataFrame(rows, columns=["question", "answer", "n", "base"])
    frame.insert(0, "territory", context.territory)
    return Preview(
        kind="survey",
        frame=frame,
        rejects=tuple(rejects),
        rows_in=len(table),
        mapping={f"q{i + 1}": h for i, h in enumerate(asked)},
        left_out=tuple(c for c in table.columns if c not in asked),
    )


def incidents(
    what: Kind, table: pd.DataFrame, mapping: Mapping[str, str], context: Context
) -> Preview:
    """
    Count incidents of the territory by year and category; the points are dropped here.

    Returns
    -------
    Preview
        Frame: `territory`, `period` (year), `category`, `n`.
    """
    chosen = choose(table, mapping)
    cells = cells_of(what, table, chosen)
    faults: Faults = {}
    days = cells["date"].map(day)
    for row in cells.index[days.isna()]:
        faults.setdefault(
            int(row), ("« {value} » n'est pas une date (AAAA-MM-JJ).",
                       {"value": str(cells.at[row, "date"])[:30]})
        )  # fmt: skip
    counts = cells["count"].map(lambda text: number(text) if text else 1.0)
    wrong = counts.isna() | (counts < 0) | (counts % 1 != 0)
    for row in cells.index[wrong]:
        faults.setdefault(
            int(row), ("« {value} » n'est pas un nombre d'incidents.",
                       {"value": str(cells.at[row, "count"])[:30]})
        )  # fmt: skip
    placed = (cells["lon"] != "") | (cells["lat"] != "")
    if placed.any():
        spots = coordinates(cells[placed], context, faults)
        inside = shapely.contains_xy(
            territory_shape(context), spots["lon"].to_numpy(), spots["lat"].to_numpy()
        )
        for row in spots.index[~inside]:
            faults.setdefault(int(row), ("Hors du territoire : non compté.", {}))
    kept = ~cells.index.isin(faults)
    named = cells["category"].where(cells["category"] != "", "—")
    whole = pd.DataFrame({"period": days.astype(str).str[:4], "category": named, "n": counts})[kept]
    frame = pd.DataFrame(whole.groupby(["period", "category"])["n"].sum()).reset_index()
    frame["n"] = frame["n"].astype("int64")
    frame.insert(0, "territory", context.territory)
    return made(what, table, chosen, frame, faults, cells)


def territory_shape(context: Context) -> shapely.Geometry:
    """
    Return the outline of a territory, from its own units.

    Raises
    ------
    UserError
        When no outline of them is known.
    """
    data = context.data
    record = data.catalogue.territory(context.territory)
    place = data.catalogue.place(record.place)
    levels: tuple[Level, ...] = ("ct", "da")
    for level in levels:
        layer = place.outlines.get(level)
        if layer is None or level not in record.units or not data.layers.has(layer):
            continue
        units = set(data.units(record, level))
        shapes = data.layers.read_shapes(layer)
        if "members" in shapes.columns:
            cells = shapes["members"].str.split(";")
            mine = pd.Series([bool(units & set(ids)) for ids in cells], index=shapes.index)
        else:
            mine = shapes["unit_id"].isin(units)
        if mine.any():
            return shapely.union_all(shapes.loc[mine].geometry.array)
    raise UserError(
        "Le contour du territoire « {id} » n'est pas connu : les points ne peuvent pas être "
        "comptés. Donnez des effectifs par période, sans coordonnées.",
        id=context.territory,
    )
