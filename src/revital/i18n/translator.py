"""
Interface texts through gettext catalogues; numbers, dates and units through Babel.

French is the source language: the sentence in the code is the French one and the key of the
catalogue. `locale/en/*.po` holds the English, one file per part of the interface, so that two
people can translate two pages without meeting. Files are compiled in memory when first needed.
"""

from __future__ import annotations

import gettext
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from importlib import resources
from typing import Any

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.lists import format_list
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_compact_decimal, format_currency, format_decimal, format_percent

from revital.errors import UnknownIdError, UserError

LANGUAGES = ("fr", "en")
_LOCALES = {"fr": "fr_CA", "en": "en_CA"}
# Québec typography: a narrow no-break space groups digits and precedes % and $.
_NARROW = "\u202f"
_FIRST_DAY = re.compile(r"^1 (?=[a-zéû])")
_FRENCH_PLURAL = "nplurals=2; plural=(n > 1);"


def _catalogue(lang: str) -> gettext.GNUTranslations | gettext.NullTranslations:
    merged: gettext.NullTranslations | None = None
    folder = resources.files("revital.i18n") / "locale" / lang
    if not folder.is_dir():
        return gettext.NullTranslations()
    for entry in sorted(folder.iterdir(), key=lambda e: e.name):
        if not entry.name.endswith(".po"):
            continue
        with entry.open("rb") as handle:
            catalog = read_po(handle, locale=lang, abort_invalid=True)
        buffer = io.BytesIO()
        write_mo(buffer, catalog)
        buffer.seek(0)
        part = gettext.GNUTranslations(buffer)
        if merged is None:
            merged = part
        else:
            merged.add_fallback(part)
    return merged or gettext.NullTranslations()


@dataclass(frozen=True)
class Translator:
    r"""
    The words of one language.

    Call it with a French sentence to get the sentence in the language, blanks filled in.

    Parameters
    ----------
    lang : {"fr", "en"}

    Examples
    --------
    >>> t = translator("fr")
    >>> t.percent(0.397)
    '39,7\u202f%'
    """

    lang: str
    _texts: gettext.NullTranslations = field(repr=False, compare=False)

    @property
    def locale(self) -> Locale:
        """Babel locale (fr_CA, en_CA)."""
        return Locale.parse(_LOCALES[self.lang])

    def __call__(self, message: str, /, **params: Any) -> str:
        """Return `message` in the language, with its blanks filled."""
        text = message if self.lang == "fr" else self._texts.gettext(message)
        return text.format(**params) if params else text

    def plural(self, one: str, many: str, n: float, /, **params: Any) -> str:
        """Return the form of the sentence for `n` things; `{n}` is the formatted number."""
        if self.lang == "fr":
            text = one if abs(n) < 2 else many
        else:
            text = self._texts.ngettext(one, many, 1 if n == 1 else 2)
        return text.format(**{"n": self.number(n), **params})

    def of(self, text: Any) -> str:
        """Return the right side of a bilingual text of the catalogue (`fr`, `en`)."""
        if text is None:
            return ""
        if isinstance(text, Mapping):
            return str(text[self.lang])
        return str(getattr(text, self.lang))

    def period(self, interval: str) -> str:
        """Return dates of a record as a reader meets them: an ISO 8601 interval with a dash."""
        return interval.replace("/", " – ")

    def error(self, error: BaseException) -> str:
        """Return the sentence of an error in the language."""
        if isinstance(error, UserError):
            return self(error.message, **error.params)
        return str(error)

    def number(self, value: float, decimals: int = 0) -> str:
        """Return a number with grouped digits and `decimals` decimals."""
        pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
        return self._narrow(format_decimal(value, format=pattern, locale=self.locale))

    def compact(self, value: float) -> str:
        """Return a short number for an axis (12 k)."""
        return _minus(format_compact_decimal(value, locale=self.locale, fraction_digits=1))

    def signed(self, value: float, decimals: int = 0) -> str:
        """Return a number with its sign, a true minus for negatives."""
        sign = "+" if value > 0 else "\u2212" if value < 0 else ""
        return sign + self.number(abs(value), decimals)

    def percent(self, share: float, decimals: int = 1) -> str:
        """Return a share (0 to 1) as per cent."""
        pattern = "#,##0" + ("." + "0" * decimals if decimals else "") + " %"
        if self.lang == "en":
            pattern = pattern.replace(" %", "%")
        return self._narrow(format_percent(share, format=pattern, locale=self.locale))

    def money(self, value: float, decimals: int = 0) -> str:
        """Return Canadian dollars (33 600 $, $33,600)."""
        pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
        pattern = pattern + " ¤" if self.lang == "fr" else "¤" + pattern
        text = format_currency(
            value, "CAD", format=pattern, locale=self.locale, currency_digits=False
        )
        return self._narrow(text)

    def date(self, value: date | datetime, style: str = "long") -> str:
        """Return a date in words."""
        return self._first(format_date(value, format=style, locale=self.locale))

    def datetime(self, value: datetime, style: str = "medium") -> str:
        """Return a date and time."""
        return self._first(format_datetime(value, format=style, locale=self.locale))

    def _first(self, text: str) -> str:
        """Return a date as French writes it on the first of a month: 1er juillet."""
        return _FIRST_DAY.sub("1er ", text) if self.lang == "fr" else text

    def either(self, items: list[str]) -> str:
        """Return `a, b ou c`."""
        return format_list(items, style="or", locale=self.locale) if items else ""

    def list(self, items: list[str]) -> str:
        """Return `a, b et c`."""
        return format_list(items, locale=self.locale) if items else ""

    @staticmethod
    def _narrow(text: str) -> str:
        return _minus(
            text.replace("\u00a0", _NARROW)
            .replace(" %", _NARROW + "%")
            .replace(" $", _NARROW + "$")
        )


def _minus(text: str) -> str:
    """Return a formatted number with a true minus, and none before a zero."""
    if not text.startswith("-"):
        return text
    return text.replace("-", "\u2212", 1) if any(d in text for d in "123456789") else text[1:]


@lru_cache(maxsize=len(LANGUAGES))
def translator(lang: str) -> Translator:
    """
    Return the translator of a language.

    Raises
    ------
    UnknownIdError
        When the language is neither French nor English.
    """
    if lang not in LANGUAGES:
        raise UnknownIdError(
            "La langue « {lang} » n'est pas offerte. Choisissez l'une de : {known}.",
            lang=lang,
            known=", ".join(LANGUAGES),
        )
    return Translator(lang, _catalogue(lang))
