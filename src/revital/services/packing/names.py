"""Publishers' capitals, inverted articles and bare digits, written as people read them."""

from __future__ import annotations

import re

_ACRONYMS = {"CLSC", "CHSLD", "CHUM", "CUSM", "CRDI", "CRDP", "GMF", "MAB", "DI", "TSA"}
_LINKS = {
    "a", "à", "au", "aux", "d", "de", "des", "du", "en", "et", "l", "la", "le", "les", "ou", "par",
    "pour", "sur",
}  # fmt: skip
_COMMON = {
    "accueil", "activités", "adaptation", "alternative", "ambulatoires", "atelier", "autisme",
    "aînés", "centre", "centres", "courte", "crise", "difficulté", "durée", "déficience",
    "dépendance", "développement", "enfance", "envahissants", "externe", "externes", "famille",
    "foyer", "groupe", "général", "gériatrique", "hospitalier", "hébergement", "hôpital",
    "infantile", "institut", "intellectuelle", "jeunes", "jeunesse", "jour", "locaux", "longue",
    "maison", "mentale", "multiservices", "mères", "médecine", "naissance", "personnes",
    "physique", "point", "prolongés", "protection", "réadaptation", "résidence", "santé",
    "service", "services", "sociaux", "soins", "spectre", "travail", "troubles",
    "universitaire", "urgence", "ville", "âgées",
}  # fmt: skip
_INVERTED = re.compile(r"^(?P<name>.+), (?P<article>la|le|les|l'|du|de la|de l'|des|de|d'|au|aux)$")


def from_capitals(name: str) -> str:
    """
    Return a name written in capitals in French sentence case.

    Parameters
    ----------
    name : str
        A word is a common noun when a short list says so, else a proper name.

    Examples
    --------
    >>> from_capitals("CENTRE D'HÉBERGEMENT LOUIS-DENONCOURT")
    'Centre d’hébergement Louis-Denoncourt'
    >>> from_capitals("CLSC SAINTE-GENEVIÈVE")
    'CLSC Sainte-Geneviève'
    """

    def word(match: re.Match[str]) -> str:
        text = match.group()
        low = text.lower()
        if text in _ACRONYMS:
            return text
        return low if low in _LINKS or low in _COMMON else low.capitalize()

    written = re.sub(r"[^\W\d_]+", word, " ".join(name.replace("'", "’").split()))
    return written[:1].upper() + written[1:]


def upright(name: str) -> str:
    """
    Return a name with its article in front.

    Examples
    --------
    >>> upright("Rose-des-Vents, la")
    'La Rose-des-Vents'
    >>> upright("Apprenti-Sage, de l'")
    "De l'Apprenti-Sage"
    """
    found = _INVERTED.match(name)
    if not found:
        return name
    article = found["article"]
    space = "" if article.endswith("'") else " "
    return (article + space + found["name"])[:1].upper() + (article + space + found["name"])[1:]


def postal_code(code: str) -> str:
    """Return a Canadian postal code with its blank (`H1T1G2` gives `H1T 1G2`)."""
    bare = code.replace(" ", "").upper()
    return f"{bare[:3]} {bare[3:]}" if len(bare) == 6 else bare


def phone(digits: str, extension: str | None = None) -> str:
    """Return a ten-digit telephone number as it is written in Québec (`514 495-6211`)."""
    bare = re.sub(r"\D", "", digits)
    written = f"{bare[:3]} {bare[3:6]}-{bare[6:]}" if len(bare) == 10 else digits
    return f"{written}, poste {extension}" if extension else written
