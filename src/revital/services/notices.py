"""Remarks that go with a result: something was left out, doubled or assumed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from revital.i18n import Translator


@dataclass(frozen=True)
class Notice:
    """
    A remark, worded when it is shown.

    Attributes
    ----------
    message : str
        French sentence, with `{name}` blanks.
    params : dict
        Values of the blanks.
    """

    message: str
    params: dict[str, Any] = field(default_factory=dict)

    def text(self, t: Translator) -> str:
        """Return the remark in the language of `t`."""
        return t(self.message, **self.params)
