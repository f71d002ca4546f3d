"""
The shell around every page, mounted once per run: what Streamlit cannot say or do by itself.

It sets the language and title of the document, moves the focus to the heading of a new page, puts
the built-in words of the widgets in French, says when the connection is lost and keeps the drafts
of `draft_…` fields in the browser until they are saved.
"""

from __future__ import annotations

import json
import uuid
from functools import lru_cache
from importlib import resources
from typing import Any

import streamlit as st

from revital.i18n import Translator
from revital.ui import icons

_FORGET = "rv_forget"
_TURN = "rv_turn_"


def _text(name: str) -> str:
    return (resources.files("revital.ui") / name).read_text(encoding="utf-8")


@lru_cache(maxsize=1)
def streamlit_words() -> dict[str, Any]:
    """Return the table of Streamlit's own English words and their French (`exact`, `patterns`)."""
    words: dict[str, Any] = json.loads(_text("streamlit_fr.json"))
    return words


@lru_cache(maxsize=1)
def script() -> str:
    """Return the JavaScript of the shell, its table of words first."""
    words = json.dumps(streamlit_words(), ensure_ascii=False)
    return f"const WORDS = {words};\n{_text('drafts.js')}\n{_text('shell.js')}"


@lru_cache(maxsize=1)
def stylesheet() -> str:
    """Return the style sheet of the app, one rule per icon at its end."""
    return _text("style.css") + _text("pages.css") + icons.stylesheet()


def forget_drafts(*keys: str) -> None:
    """
    Ask the browser to drop the drafts of saved fields.

    Call it from the `on_click` of the button that saves, or before `st.rerun()`: the shell is
    drawn ahead of the page.

    Parameters
    ----------
    *keys : str
        Keys of the fields (`draft_…`), without what `versioned` added.
    """
    st.session_state[_FORGET] = (uuid.uuid4().hex, keys)
    for key in keys:
        st.session_state[f"{_TURN}{key}"] = turn(key) + 1


def turn(key: str) -> int:
    """Return how often a field was saved in this visit: a long text starts anew each time."""
    return int(st.session_state.get(f"{_TURN}{key}", 0))


def draft_words(t: Translator) -> dict[str, str]:
    """Return what is said of a draft that was found."""
    return {
        "restored": t("Votre texte non enregistré a été repris."),
        "offer": t("Un texte non enregistré a été gardé ici :"),
        "take": t("Le reprendre"),
        "drop": t("L'effacer"),
    }


def versioned(key: str, version: int) -> str:
    """
    Return the key of a field that starts from a record's text.

    Another version of the record is another field, with its own text; its draft stays the same
    one, so that words typed over an older version are offered back, never dropped.
    """
    return f"{key}__v{version}"


def mount(t: Translator, *, page: str, title: str, owner: str) -> None:
    """
    Draw the shell.

    Parameters
    ----------
    t : Translator
    page : str
        Id of the page; a change moves the focus to its heading.
    title : str
        Title of the document.
    owner : str
        Who the drafts belong to (user and territory), so that they never mix.
    """
    request, names = st.session_state.get(_FORGET, ("", ()))
    # Declared in each run: the registry belongs to the server's runtime, which tests renew.
    component = st.components.v2.component("revital_shell", js=script(), isolate_styles=False)
    with st.container(key="rv_shell"):
        component(
            key="rv_shell_component",
            data={
                "lang": t.lang,
                "page": page,
                "title": title,
                "owner": owner,
                "forget": {"id": request, "names": list(names)},
                "words": {
                    "running": t("Calcul en cours…"),
                    "menu": t("Pages"),
                    "offline": t(
                        "Connexion perdue. La page reste lisible ; ce que vous écrivez est gardé "
                        "sur cet appareil et la connexion reprendra d'elle-même."
                    ),
                    **draft_words(t),
                },
            },
        )
