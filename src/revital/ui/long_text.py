"""A field for long texts that keeps a draft in the browser at each key typed, until it is saved."""

from __future__ import annotations

from functools import lru_cache
from importlib import resources

import streamlit as st

from revital.services.plan_typed import LONGEST
from revital.ui import session, shell
from revital.ui.state import View


@lru_cache(maxsize=1)
def _script() -> str:
    folder = resources.files("revital.ui")
    return "\n".join(
        (folder / name).read_text(encoding="utf-8") for name in ("drafts.js", "long_text.js")
    )


def _nothing() -> None:
    """Do nothing: a component keeps only the states that a callback names."""


def field(
    view: View,
    label: str,
    *,
    key: str,
    value: str = "",
    version: int = 0,
    most: int = LONGEST,
    rows: int = 5,
) -> str:
    """
    Draw the field; return what it holds.

    Parameters
    ----------
    view : View
    label : str
        Translated.
    key : str
        Name of the field and of its draft; `shell.forget_drafts(key)` empties it once saved.
    value : str
        Saved text that it starts from. A draft over a saved text is offered, never put in place.
    version : int
        Version of the record that `value` comes from: another one is another field.
    most : int
        Characters that the service takes. More may be typed; the count says so.
    rows : int
        Height in lines; it grows with the text.
    """
    t = view.t
    # Streamlit keeps two underscores for itself; an imported record's id may hold some.
    id_ = f"rv_long_{key}_{version}_{shell.turn(key)}".replace("__", "_.")
    held = st.session_state.get(id_)
    text = (held or {}).get("text")
    # Declared in each run: the registry belongs to the server's runtime, which tests renew.
    component = st.components.v2.component("revital_long_text", js=_script(), isolate_styles=False)
    result = component(
        key=id_,
        on_text_change=_nothing,
        data={
            "id": id_,
            "name": key,
            "owner": session.draft_owner(view.territory),
            "label": label,
            "lang": t.lang,
            "saved": value,
            "text": value if text is None else text,
            "most": most,
            "rows": rows,
            "words": {
                "kept": t("Brouillon gardé sur cet appareil ; pas encore enregistré."),
                "notKept": t(
                    "Ce navigateur ne garde pas de brouillon : enregistrez avant de quitter."
                ),
                "count": t("{n} caractères sur {most}", n="{n}", most="{most}"),
                **shell.draft_words(t),
            },
        },
    )
    typed = result.get("text")
    return value if typed is None else str(typed)
