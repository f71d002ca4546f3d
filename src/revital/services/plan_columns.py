"""
Columns of the plan's spreadsheets: one table says what is written and how it is read back.

Headings and words are in the reader's language; reading accepts either language and the codes.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from revital.domain.plan_records import (
    Aspect,
    Citation,
    FundingKind,
    FundingLine,
    IndicatorLink,
    Milestone,
    Pause,
    PauseKind,
    Status,
)
from revital.errors import ValuesError
from revital.i18n import Translator, translator
from revital.i18n.mark import N_
from revital.services.plan_words import ASPECT_WORDS, FUNDING_WORDS, PAUSE_WORDS, STATUS_WORDS

#: What a spreadsheet would take for a formula, and our own mark.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "'")
YES, NO = N_("oui"), N_("non")


@dataclass(frozen=True)
class Column:
    """A column: its field, its French heading, and the kind of its cells."""

    field: str
    title: str
    kind: str = "text"


ACTIONS = (
    Column("id", N_("Identifiant")),
    Column("version", N_("Version"), "count"),
    Column("example", N_("Exemple"), "flag"),
    Column("subcommittee", N_("Sous-comité")),
    Column("objective", N_("Objectif (identifiant)")),
    Column("title", N_("Titre")),
    Column("title_en", N_("Titre (anglais)")),
    Column("description", N_("Description")),
    Column("description_en", N_("Description (anglais)")),
    Column("owner", N_("Responsable")),
    Column("organizations", N_("Organisations (une par ligne)"), "lines"),
    Column("status", N_("Statut"), "status"),
    Column("start", N_("Début"), "date"),
    Column("due", N_("Échéance"), "date"),
    Column("done_on", N_("Terminée le"), "date"),
    Column("progress", N_("Avancement (part de 0 à 1)"), "share"),
    Column("weight", N_("Poids"), "number"),
    Column("aspects", N_("Aspects"), "aspects"),
    Column("city_axes", N_("Axes du plan de la Ville"), "codes"),
    Column("place", N_("Lieu")),
    Column("lon", N_("Longitude"), "number"),
    Column("lat", N_("Latitude"), "number"),
    Column("scenario", N_("Scénario lié")),
    Column("pause_start", N_("Arrêtée depuis"), "date"),
    Column("pause_reason", N_("Raison de l'arrêt")),
    Column("pause_responsible", N_("Qui doit agir")),
)
_LINE = (Column("action", N_("Action (identifiant)")), Column("id", N_("Ligne")))


@dataclass(frozen=True)
class PartSheet:
    """A sheet of lines of actions."""

    field: str
    title: str
    record: Callable[..., Any]
    columns: tuple[Column, ...]


PARTS = (
    PartSheet(
        "milestones",
        N_("Jalons"),
        Milestone,
        (
            *_LINE,
            Column("title", N_("Titre")),
            Column("title_en", N_("Titre (anglais)")),
            Column("due", N_("Échéance"), "date"),
            Column("weight", N_("Poids"), "number"),
            Column("progress", N_("Avancement (part de 0 à 1)"), "share"),
            Column("cancelled", N_("Annulé"), "flag"),
        ),
    ),
    PartSheet(
        "funding",
        N_("Financement"),
        FundingLine,
        (
            *_LINE,
            Column("kind", N_("Provenance"), "funding"),
            Column("label", N_("Libellé")),
            Column("label_en", N_("Libellé (anglais)")),
            Column("requested_cad", N_("Demandé ($)"), "money"),
            Column("confirmed_cad", N_("Confirmé ($)"), "money"),
            Column("received_cad", N_("Reçu ($)"), "money"),
            Column("spent_cad", N_("Dépensé ($)"), "money"),
        ),
    ),
    PartSheet(
        "pauses",
        N_("Pauses"),
        Pause,
        (
            *_LINE,
            Column("kind", N_("Genre"), "pause"),
            Column("start", N_("Début"), "date"),
            Column("end", N_("Fin (exclue)"), "date"),
            Column("reason", N_("Raison")),
            Column("reason_en", N_("Raison (anglais)")),
            Column("responsible", N_("Qui doit agir")),
            Column("responsible_en", N_("Qui doit agir (anglais)")),
            Column("end_to_confirm", N_("Fin à confirmer"), "flag"),
            Column("source", N_("Source")),
        ),
    ),
    PartSheet(
        "evidence",
        N_("Preuves"),
        Citation,
        (
            *_LINE,
            Column("evidence", N_("Preuve (identifiant)")),
            Column("page", N_("Page")),
            Column("note", N_("Note")),
            Column("note_en", N_("Note (anglais)")),
        ),
    ),
    PartSheet(
        "indicators",
        N_("Indicateurs"),
        IndicatorLink,
        (
            *_LINE,
            Column("indicator", N_("Indicateur (identifiant)")),
            Column("gap", N_("Écart")),
            Column("gap_en", N_("Écart (anglais)")),
            Column("unit", N_("Unité")),
            Column("baseline_value", N_("Valeur de départ"), "number"),
            Column("baseline_margin", N_("Marge de la valeur de départ"), "number"),
            Column("baseline_on", N_("Date de la valeur de départ"), "date"),
            Column("target_value", N_("Cible"), "number"),
            Column("target_on", N_("Date de la cible"), "date"),
            Column("latest_value", N_("Dernière valeur"), "number"),
            Column("latest_margin", N_("Marge de la dernière valeur"), "number"),
            Column("latest_on", N_("Date de la dernière valeur"), "date"),
        ),
    ),
)
#: Kinds of text where an absent cell is an empty text, not a missing value.
TEXTS = frozenset({"text", "lines"})
_CHOICES: Mapping[str, tuple[Callable[[str], Any], Mapping[str, str]]] = {
    "status": (Status, {k: v for k, v in STATUS_WORDS.items() if k in set(Status)}),
    "funding": (FundingKind, FUNDING_WORDS),
    "pause": (PauseKind, PAUSE_WORDS),
}


def neutralise(text: str) -> str:
    """Return a text that a spreadsheet takes for text, whatever it begins with."""
    return "'" + text if text.startswith(_FORMULA) else text


def restore(text: str) -> str:
    """Return what `neutralise` was given."""
    return text[1:] if text.startswith("'") and text[1:].startswith(_FORMULA) else text


def write_cell(kind: str, value: Any, t: Translator) -> str | float | date | None:
    """Return the content of a cell: a text (neutralised), a number, a date or nothing."""
    if value is None or value == "" or value == ():
        return None
    if kind in ("number", "share"):
        return float(value)
    if kind == "money":
        return float(value)
    if kind == "count":
        return int(value)
    if kind == "date":
        assert isinstance(value, date)
        return value
    if kind == "flag":
        return t(YES) if value else t(NO)
    if kind in _CHOICES:
        return t(_CHOICES[kind][1][value])
    if kind == "aspects":
        return "; ".join(t(ASPECT_WORDS[a]) for a in value)
    if kind == "codes":
        return neutralise("; ".join(value))
    if kind == "lines":
        return neutralise("\n".join(value))
    return neutralise(str(value))


def read_cell(kind: str, cell: Any) -> Any:
    """
    Return the value of a cell, in either language.

    Raises
    ------
    ValuesError
        Saying what was expected and what was found.
    """
    if kind in ("text", "lines"):
        text = restore(_text(cell))
        if kind == "text":
            return text
        return tuple(line.strip() for line in text.splitlines() if line.strip())
    if cell is None or (isinstance(cell, str) and not cell.strip()):
        return () if kind in ("aspects", "codes") else False if kind == "flag" else None
    if kind == "date":
        return _date(cell)
    if kind in ("number", "share"):
        return _number(cell, share=kind == "share")
    if kind == "count":
        number = _number(cell)
        if number < 0 or number != int(number):
            raise ValuesError("« {cell} » n'est pas un nombre entier.", cell=_shown(cell))
        return int(number)
    if kind == "money":
        return _money(cell)
    if kind == "flag":
        return _flag(cell)
    if kind == "aspects":
        return tuple(
            _choice(Aspect, ASPECT_WORDS, word)
            for word in restore(_text(cell)).replace("\n", ";").split(";")
            if word.strip()
        )
    if kind == "codes":
        words = restore(_text(cell)).replace("\n", ";").split(";")
        return tuple(w.strip() for w in words if w.strip())
    make, words_of = _CHOICES[kind]
    return _choice(make, words_of, restore(_text(cell)))


def plain_key(text: str) -> str:
    """Return a heading or a word without accents, case or extra spaces, to compare."""
    flat = unicodedata.normalize("NFKD", text)
    kept = "".join(c for c in flat if not unicodedata.combining(c))
    return " ".join(kept.casefold().replace("’", "'").split())


def headings(columns: tuple[Column, ...]) -> dict[str, Column]:
    """Return every way to write a heading: both languages and the field's name."""
    english = translator("en")
    found: dict[str, Column] = {}
    for column in columns:
        for name in (column.title, english(column.title), column.field):
            found.setdefault(plain_key(name), column)
    return found


def _text(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)


def _shown(cell: Any) -> str:
    text = _text(cell)
    return text if len(text) <= 40 else text[:39] + "…"


def _date(cell: Any) -> date:
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    text = restore(_text(cell)).strip()
    try:
        if len(text) != 10:
            raise ValueError(text)
        return date.fromisoformat(text)
    except ValueError:
        raise ValuesError(
            "« {cell} » n'est pas une date. Écrivez année-mois-jour, par exemple 2026-05-31.",
            cell=_shown(cell),
        ) from None


def _digits(cell: Any) -> str:
    text = restore(_text(cell))
    for space in (" ", "\u00a0", "\u202f"):
        text = text.replace(space, "")
    return text.replace("\u2212", "-").replace(",", ".")


def _number(cell: Any, *, share: bool = False) -> float:
    text = _digits(cell)
    percent = share and text.endswith("%")
    try:
        number = float(text.rstrip("%")) if percent else float(text)
    except ValueError:
        number = float("nan")
    # "nan" and "inf" are words that float() takes for numbers.
    if number != number or number in (float("inf"), float("-inf")) or isinstance(cell, bool):
        raise ValuesError("« {cell} » n'est pas un nombre.", cell=_shown(cell))
    number = number / 100 if percent else number
    if share and not 0 <= number <= 1:
        raise ValuesError(
            "« {cell} » n'est pas une part de 0 à 1. Pour 55 %, écrivez 0,55 ou 55 %.",
            cell=_shown(cell),
        )
    return number


def _money(cell: Any) -> Decimal:
    text = _digits(cell).strip("$")
    try:
        amount = Decimal(text)
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or isinstance(cell, bool) or abs(amount) >= 10**12:
        raise ValuesError("« {cell} » n'est pas un montant en dollars.", cell=_shown(cell))
    return amount.quantize(Decimal("0.01"))


def _flag(cell: Any) -> bool:
    if isinstance(cell, bool):
        return cell
    word = plain_key(_text(cell))
    if word in ("oui", "yes", "true", "vrai", "1", "x"):
        return True
    if word in ("non", "no", "false", "faux", "0"):
        return False
    raise ValuesError("« {cell} » n'est ni oui ni non.", cell=_shown(cell))


def _choice(make: Callable[[str], Any], words: Mapping[str, str], text: str) -> Any:
    wanted = plain_key(text)
    english = translator("en")
    for code, word in words.items():
        if wanted in (plain_key(word), plain_key(english(word)), plain_key(str(code))):
            return make(code)
    raise ValuesError(
        "« {cell} » n'est pas un choix offert. Choisissez l'un de : {known}.",
        cell=_shown(text),
        known=", ".join(words.values()),
    )
