"""
What the address of a page says, and how the page writes it back.

The address is the one truth: language, territory, indicator, level, selection. It holds stable
codes, never the words shown, so that a link sent to a neighbour opens the same view in either
language. A widget reads its value from the address before it is drawn, and writes it there when
the user changes it, before the script runs again; nothing else is remembered.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import urlencode

import streamlit as st

from revital.catalogue.load import Catalogue
from revital.catalogue.models import PageRecord, Territory
from revital.i18n import Translator

#: Parameters that follow the user from page to page.
SHARED = ("lang", "territoire", "taille")
#: Value of `taille` that enlarges the page for a hall.
HALL = "salle"
_KEY = re.compile(r"^[a-z][a-z0-9_]{0,31}$")
_LONGEST = 300
_MEMORY = "rv_memory"
_EMPTY = "rv_empty"

C = TypeVar("C")


def empty(*keys: str) -> None:
    """
    Have fields emptied when the page is drawn next: what they held is saved.

    A field whose key is only forgotten keeps its words on the screen, where they would be sent
    again.
    """
    held = st.session_state
    held[_EMPTY] = held.get(_EMPTY, {}) | {
        key: "" if isinstance(held.get(key), str) else None for key in keys
    }


def empty_now() -> None:
    """Empty the fields of `empty`; call it before the page draws any of them."""
    for key, nothing in st.session_state.pop(_EMPTY, {}).items():
        st.session_state[key] = nothing


def shorten(value: str, limit: int = 60) -> str:
    """Return what an address held, short enough to be quoted in a sentence."""
    one_line = " ".join(str(value).split())
    return one_line if len(one_line) <= limit else one_line[: limit - 1] + "…"


def _write(param: str, key: str, default: Any, encode: Callable[[Any], str]) -> None:
    value = st.session_state.get(key)
    if value is None or value == default:
        st.query_params.pop(param, None)
    else:
        st.query_params[param] = encode(value)


@dataclass
class View:
    """
    What a page knows of the reader: page, language, territory, and the rest of the address.

    Attributes
    ----------
    page : str
        Id of the page in `pages.yml`.
    lang : {"fr", "en"}
    t : Translator
        Words, numbers and dates of that language.
    territory : str
        Id of the territory shown.
    record : Territory or None
        Its record; None when the catalogue has no territory at all.
    catalogue : Catalogue
    language_changed : bool
        True in the run that follows a change of language.
    page_record : PageRecord or None
        The page's entry of the menu.
    """

    page: str
    lang: str
    t: Translator
    territory: str
    record: Territory | None
    catalogue: Catalogue
    language_changed: bool = False
    page_record: PageRecord | None = None
    _notices: list[str] = field(default_factory=list)
    _say: Callable[[str], None] | None = None

    @property
    def is_hall(self) -> bool:
        """True when the page is enlarged for a hall."""
        return st.query_params.get("taille") == HALL

    # -- sentences above the page -------------------------------------------------------------

    def notice(self, text: str) -> None:
        """Say a sentence above the page (already translated); markup in it is shown as text."""
        if text in self._notices:
            return
        self._notices.append(text)
        if self._say is not None:
            self._say(text)

    # -- the address --------------------------------------------------------------------------

    def param(self, key: str, default: str, allowed: Sequence[str] | None = None) -> str:
        """
        Return a parameter of the address.

        Parameters
        ----------
        key : str
            Name in the query string.
        default : str
            Value when the address does not say.
        allowed : sequence of str, optional
            Permitted codes. Another value gives a sentence above the page, leaves the address,
            and the default is used.
        """
        value = st.query_params.get(key)
        if value is None:
            return default
        if len(value) > _LONGEST or (allowed is not None and value not in allowed):
            st.query_params.pop(key, None)
            self.notice(
                self.t(
                    "L'adresse demande « {key} = {value} », que cette page ne connaît pas. "
                    "Voici le choix habituel.",
                    key=key,
                    value=shorten(value),
                )
            )
            return default
        return value

    def set_param(self, key: str, value: str | None, default: str | None = None) -> None:
        """Write a parameter of the address; None or the default takes it out."""
        if not _KEY.match(key):
            raise ValueError(f"parameter name '{key}' is not a plain word")
        if value is None or value == default:
            st.query_params.pop(key, None)
        elif st.query_params.get(key) != value:
            st.query_params[key] = value

    # -- widgets bound to the address ---------------------------------------------------------

    def _ready(self, key: str, want: Any) -> None:
        # Writing to a widget's state sends it to the browser: only when it differs, or when the
        # labels changed language (a select list would go on showing the old words).
        if st.session_state.get(key) != want or self.language_changed:
            st.session_state[key] = want

    def choice(
        self,
        param: str,
        codes: Sequence[str],
        default: str,
        *,
        label: str,
        format: Callable[[str], str],
        widget: Callable[..., Any] = st.selectbox,
        stepped: bool = False,
        **options: Any,
    ) -> str:
        """
        Draw a widget of one choice, bound to a parameter of the address.

        Parameters
        ----------
        param : str
            Name in the query string.
        codes : sequence of str
            Stable codes, the same in both languages.
        default : str
            Left out of the address.
        label : str
            Translated label of the widget.
        format : callable
            Words shown for a code.
        widget : callable
            `st.selectbox`, `st.radio`, `st.segmented_control` or `st.pills`.
        stepped : bool
            In hall size, draw the two controls that lead to the choices before and after, which
            the arrow keys press too.
        **options
            Passed to the widget.
        """
        key = f"rv_{self.page}_{param}"
        want = self.param(param, default, codes)
        self._ready(key, want)
        value = widget(
            label,
            list(codes),
            key=key,
            format_func=format,
            on_change=_write,
            args=(param, key, default, str),
            **options,
        )
        chosen = str(value) if value is not None else default
        if stepped:
            from revital.ui import steps

            steps.draw(
                self,
                codes,
                chosen,
                lambda code: self.set_param(param, code, default),
                format,
            )
        return chosen

    def choices(
        self,
        param: str,
        codes: Sequence[str],
        default: Sequence[str],
        *,
        label: str,
        format: Callable[[str], str],
        widget: Callable[..., Any] = st.multiselect,
        **options: Any,
    ) -> list[str]:
        """Draw a widget of several choices; the address holds codes joined by commas."""
        key = f"rv_{self.page}_{param}"
        text = self.param(param, ",".join(default))
        asked = [code for code in text.split(",") if code]
        unknown = [code for code in asked if code not in codes]
        if unknown:
            self.notice(
                self.t(
                    "L'adresse demande « {key} = {value} », que cette page ne connaît pas. "
                    "Voici le choix habituel.",
                    key=param,
                    value=shorten(", ".join(unknown)),
                )
            )
        want = [code for code in asked if code in codes]
        self._ready(key, want)
        value = widget(
            label,
            list(codes),
            key=key,
            format_func=format,
            on_change=_write,
            args=(param, key, list(default), ",".join),
            **options,
        )
        return list(value or [])

    def number(
        self,
        param: str,
        default: float,
        *,
        label: str,
        least: float,
        most: float,
        step: float = 1,
        widget: Callable[..., Any] = st.number_input,
        **options: Any,
    ) -> float:
        """Draw a number field or slider bound to the address; out of range gives a sentence."""
        key = f"rv_{self.page}_{param}"
        kind = type(default)
        want = default
        text = self.param(param, "")
        if text:
            try:
                asked = kind(text)
            except ValueError:
                asked = None
            if asked is not None and least <= asked <= most:
                want = asked
            else:
                st.query_params.pop(param, None)
                self.notice(
                    self.t(
                        "L'adresse demande « {key} = {value} » ; il faut un nombre de {least} à "
                        "{most}. Voici le choix habituel.",
                        key=param,
                        value=shorten(text),
                        least=self.t.number(least),
                        most=self.t.number(most),
                    )
                )
        self._ready(key, want)
        value = widget(
            label,
            min_value=kind(least),
            max_value=kind(most),
            step=kind(step),
            key=key,
            on_change=_write,
            args=(param, key, default, str),
            **options,
        )
        return kind(value) if value is not None else default

    def flag(
        self,
        param: str,
        *,
        label: str,
        default: bool = False,
        words: tuple[str, str] = ("oui", "non"),
        widget: Callable[..., Any] = st.toggle,
        **options: Any,
    ) -> bool:
        """Draw a switch bound to the address, which holds the first of `words` for yes."""
        key = f"rv_{self.page}_{param}"
        yes, no = words
        want = self.param(param, yes if default else no, words) == yes
        self._ready(key, want)
        value = widget(
            label,
            key=key,
            on_change=_write,
            args=(param, key, default, lambda on: yes if on else no),
            **options,
        )
        return bool(value)

    # -- links --------------------------------------------------------------------------------

    def query(self, **params: str | None) -> dict[str, str]:
        """Return the query of another view: shared parameters, then `params`."""
        held = {k: st.query_params[k] for k in SHARED if k in st.query_params}
        merged: dict[str, str | None] = {**held, **params}
        return {k: str(v) for k, v in merged.items() if v is not None}

    def link(self, page: str, **params: str | None) -> str:
        """Return the relative address of a page, keeping language and territory."""
        record = next((p for p in self.catalogue.pages if p.id == page), None)
        stem = "" if record is None or record.file == "app.py" else page
        query = urlencode(self.query(**params))
        return f"./{stem}?{query}" if query else f"./{stem}"

    def has_page(self, page: str) -> bool:
        """Tell whether the menu has a page."""
        return any(p.id == page for p in self.catalogue.pages)

    def page_link(self, page: str, label: str, **params: str | None) -> None:
        """Draw a link to a page of the menu without leaving the visit (no reload)."""
        record = next(p for p in self.catalogue.pages if p.id == page)
        st.page_link(record.file, label=label, query_params=self.query(**params))


# -- what each page showed when it was left ------------------------------------------------------


def remember(view: View) -> None:
    """Keep the page's own parameters, so that the menu leads back to the same view."""
    own = {k: v for k, v in st.query_params.items() if k not in SHARED and _KEY.match(k)}
    memory: dict[str, tuple[str, Mapping[str, str]]] = st.session_state.setdefault(_MEMORY, {})
    memory[view.page] = (view.territory, own)


def recall(page: str, territory: str) -> Mapping[str, str]:
    """Return the parameters a page had when it was left, if the territory is still the same."""
    memory = st.session_state.get(_MEMORY, {})
    place, own = memory.get(page, ("", {}))
    return own if place == territory else {}


def stray_keys() -> list[str]:
    """Return the names in the address that no page could have written."""
    return [k for k in st.query_params if not _KEY.match(k)]
