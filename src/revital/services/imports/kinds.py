"""What can be imported: the columns of each kind, the words they go by, and a template."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from revital.catalogue.models import Text
from revital.catalogue.service_classes import service_classes
from revital.errors import UnknownIdError

KindId = Literal["points", "values", "survey", "incidents"]


@dataclass(frozen=True)
class Field:
    """
    A column of a kind.

    Attributes
    ----------
    name : str
        Our name, and the heading of the English template.
    title : Text
    required : bool
    words : tuple of str
        Other headings that mean it, in lower case without accents.
    example : Text
    """

    name: str
    title: Text
    required: bool = False
    words: tuple[str, ...] = ()
    example: Text | None = None


@dataclass(frozen=True)
class Kind:
    """Something that can be imported."""

    id: KindId
    title: Text
    help: Text
    fields: tuple[Field, ...]

    def field(self, name: str) -> Field:
        """Return a field by name."""
        return next(f for f in self.fields if f.name == name)


def _t(fr: str, en: str | None = None) -> Text:
    return Text(fr=fr, en=en or fr)


_LON = Field("lon", _t("Longitude"), False, ("longitude", "long", "lng", "x", "_longitude"),
             _t("-72,5460", "-72.5460"))  # fmt: skip
_LAT = Field("lat", _t("Latitude"), False, ("latitude", "y", "_latitude"),
             _t("46,3400", "46.3400"))  # fmt: skip

KINDS: dict[str, Kind] = {
    "points": Kind(
        "points",
        _t("Services vus sur le terrain", "Services seen in the field"),
        _t(
            "Un lieu par ligne, avec ses coordonnées en degrés.",
            "One place per row, with its coordinates in degrees.",
        ),
        (
            Field("name", _t("Nom", "Name"), True,
                  ("nom", "service", "lieu", "organisme", "place", "title", "titre"),
                  _t("Épicerie du coin", "Corner grocery")),
            Field("category", _t("Catégorie", "Category"), True,
                  ("categorie", "type", "kind", "sorte", "shop", "amenity"), _t("grocery")),
            _LON,
            _LAT,
            Field("address", _t("Adresse", "Address"), False, ("adresse", "rue", "street"),
                  _t("10, rue Y", "10 Y Street")),
            Field("phone", _t("Téléphone", "Telephone"), False, ("telephone", "tel", "phone"),
                  _t("819 555-0100")),
            Field("hours", _t("Heures", "Hours"), False, ("heures", "horaire", "opening_hours"),
                  _t("lun-ven 9 h-17 h", "Mon-Fri 9-5")),
            Field("eligibility", _t("Qui y a droit", "Eligibility"), False,
                  ("admissibilite", "clientele", "pour qui"), _t("tout le monde", "everyone")),
            Field("cost", _t("Coût", "Cost"), False, ("cout", "prix", "price", "tarif"),
                  _t("gratuit", "free")),
            Field("verified_on", _t("Vérifié sur place le", "Verified in the field on"), False,
                  ("verifie le", "date", "verified", "visite"), _t("2026-11-21")),
            Field("verified_by", _t("Vérifié par", "Verified by"), False,
                  ("verifie par", "par", "by", "intervenant"), _t("A. Tremblay")),
        ),
    ),
    "values": Kind(
        "values",
        _t("Valeurs par aire", "Values by area"),
        _t(
            "Une valeur par ligne, pour une aire de diffusion (8 chiffres) ou un secteur.",
            "One value per row, for a dissemination area (8 digits) or a tract.",
        ),
        (
            Field("unit_id", _t("Aire ou secteur", "Area or tract"), True,
                  ("aire", "secteur", "dauid", "ctuid", "adidu", "unite", "id", "geouid", "unit"),
                  _t("24370110")),
            Field("measure", _t("Mesure", "Measure"), True,
                  ("mesure", "indicateur", "indicator", "variable"),
                  _t("arbres plantés", "trees planted")),
            Field("value", _t("Valeur", "Value"), True, ("valeur", "nombre", "n", "count", "total"),
                  _t("12")),
            Field("unit", _t("Unité de mesure", "Unit of measure"), False,
                  ("unite de mesure", "units"), _t("arbres", "trees")),
            Field("date", _t("Date"), False, ("annee", "year", "periode"), _t("2026")),
        ),
    ),
    "survey": Kind(
        "survey",
        _t("Réponses à un sondage", "Survey answers"),
        _t(
            "Le fichier de LimeSurvey ou de KoboToolbox tel quel : une ligne par personne, une "
            "colonne par question. Seuls des effectifs sont gardés.",
            "The LimeSurvey or KoboToolbox file as it is: one row per person, one column per "
            "question. Only counts are kept.",
        ),
        (
            Field("answer", _t("Question (une colonne par question)", "Question (one column each)"),
                  True, (), _t("Vous sentez-vous en sécurité le soir ?",
                               "Do you feel safe after dark?")),
        ),
    ),
    "incidents": Kind(
        "incidents",
        _t("Incidents", "Incidents"),
        _t(
            "Une ligne par incident (date, coordonnées) ou par effectif déjà compté. Seuls des "
            "effectifs par période, pour le territoire entier, sont gardés.",
            "One row per incident (date, coordinates) or per count already made. Only counts by "
            "period, for the whole territory, are kept.",
        ),
        (
            Field("date", _t("Date ou période", "Date or period"), True,
                  ("jour", "periode", "period", "annee", "year", "date_incident"),
                  _t("2026-05-12")),
            Field("category", _t("Catégorie", "Category"), False,
                  ("categorie", "type", "nature", "crime"), _t("méfait", "mischief")),
            Field("count", _t("Nombre", "Count"), False, ("nombre", "n", "effectif", "total"),
                  _t("1")),
            _LON,
            _LAT,
        ),
    ),
}  # fmt: skip


def kind(id_: str) -> Kind:
    """Return a kind by id (`UnknownIdError` names those that exist)."""
    if id_ not in KINDS:
        raise UnknownIdError(
            "« {id} » n'est pas une sorte de données à importer. Sortes : {known}.",
            id=id_[:40],
            known=", ".join(KINDS),
        )
    return KINDS[id_]


def template(id_: str, lang: str) -> str:
    """
    Return a CSV to fill in: headings in the language, and one example.

    French spreadsheets expect a semicolon; a byte-order mark tells them the accents.
    """
    what = kind(id_)
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";" if lang == "fr" else ",", lineterminator="\r\n")

    def side(text: Text | None) -> str:
        return "" if text is None else text.fr if lang == "fr" else text.en

    writer.writerow([side(f.title) for f in what.fields])
    writer.writerow([side(f.example) for f in what.fields])
    return "\ufeff" + out.getvalue()


def plain(heading: str) -> str:
    """Return a heading in lower case, without accents nor punctuation."""
    bare = unicodedata.normalize("NFKD", heading).encode("ascii", "ignore").decode()
    return " ".join(re.sub(r"[^a-z0-9_]+", " ", bare.lower()).split())


def category_id(text: str) -> str:
    """
    Return the category that a word names in either language; the word itself when none does.

    Examples
    --------
    >>> category_id("Épicerie"), category_id("food aid"), category_id("clsc"), category_id("parc")
    ('grocery', 'food_aid', 'clsc', 'parc')
    """
    wanted = plain(text)
    for service in service_classes().values():
        for id_, record in service.categories.items():
            if wanted in (id_, plain(record.title.fr), plain(record.title.en)):
                return id_
    return text


def guess(what: Kind, headings: Sequence[str]) -> dict[str, str]:
    """
    Return which heading of a table is which field, as far as can be told.

    An exact word wins over one that is only contained; a heading serves once.

    Parameters
    ----------
    what : Kind
    headings : headings of the table

    Returns
    -------
    dict of field name to heading
    """
    if what.id == "survey":
        return {}
    found: dict[str, str] = {}
    free = {h: plain(h) for h in headings}
    names = {
        f.name: {plain(f.name), plain(f.title.fr), plain(f.title.en), *map(plain, f.words)}
        for f in what.fields
    }
    for exact in (True, False):
        for item in what.fields:
            if item.name in found:
                continue
            for heading, bare in list(free.items()):
                words = names[item.name]
                fits = bare in words if exact else any(
                    len(w) > 3 and re.search(rf"\b{re.escape(w)}\b", bare) for w in words
                )  # fmt: skip
                if fits:
                    found[item.name] = heading
                    del free[heading]
                    break
    return found
