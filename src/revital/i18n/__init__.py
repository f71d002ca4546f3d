"""Words, numbers and dates in French and English."""

from revital.i18n.mark import N_
from revital.i18n.translator import LANGUAGES, Translator, translator

__all__ = ["LANGUAGES", "N_", "Translator", "translator"]
