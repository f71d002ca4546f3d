"""Who is in front of the screen, and whether the app may open to them at all."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import streamlit as st
from streamlit.errors import StreamlitSecretNotFoundError

from revital.services import plan as plans
from revital.services.authorization import (
    PUBLIC_ACCOUNT,
    Role,
    actor_for,
    require_safe_mode,
    session_expired,
)
from revital.services.plan_words import ROLE_WORDS
from revital.settings import settings
from revital.store.plan import utc_now
from revital.ui import panels
from revital.ui.state import View


def has_sign_in() -> bool:
    """Return whether an identity provider is configured."""
    try:
        return "auth" in st.secrets
    except StreamlitSecretNotFoundError:
        return False


def claims() -> Mapping[str, Any] | None:
    """Return what the identity provider said of the person; None when nobody signed in."""
    if not getattr(st.user, "is_logged_in", False):
        return None
    return dict(st.user.to_dict())


def draft_owner(territory: str) -> str:
    """
    Return whose drafts the browser keeps here: a territory and a person, unreadable as such.

    Two people who sign in one after the other on a shared computer never see each other's words.
    """
    said = claims() or {}
    identity = f"{said.get('iss', '')}|{said.get('sub', '')}" if said else "local"
    return f"{territory}:{hashlib.sha256(identity.encode()).hexdigest()[:16]}"


def require_mode() -> None:
    """
    Raise when the app would be open to people it is not meant for.

    Raises
    ------
    UserError
    """
    # Settings say where the server means to listen; where the reader is tells where it does.
    reader = st.context.ip_address
    require_safe_mode(
        settings().mode,
        address=str(st.get_option("server.address") or "localhost"),
        headers=dict(st.context.headers.to_dict()),
        sign_in=has_sign_in(),
        reader=reader if isinstance(reader, str) else None,
    )


def open_here(view: View) -> plans.Plan:
    """Return the plan of the page's territory, as the person in front of the screen sees it."""
    require_mode()
    store = plans.open_store(settings().home)
    return plans.open_plan(
        view.territory, actor=actor_for(settings().mode, store, claims()), store=store
    )


def bar(view: View, here: plans.Plan) -> None:
    """Draw who is signed in and the button to sign in or out (hosted mode only)."""
    if here.actor.mode != "hosted":
        return
    t = view.t
    said = claims()
    with st.container(horizontal=True, vertical_alignment="center", key="rv_signin"):
        if said is None:
            st.button(t("Se connecter"), on_click=st.login, key="rv_login", type="primary")
            return
        if session_expired(said, utc_now()):
            panels.callout(t("Votre connexion a expiré : reconnectez-vous."), tone="caution")
        elif here.actor.account == PUBLIC_ACCOUNT:
            panels.callout(
                t("Votre compte n'a pas encore de rôle : demandez à la coordination."),
                tone="caution",
            )
        else:
            role = here.actor.role_in(here.territory)
            if role is not Role.PUBLIC:
                panels.callout(t("Connecté : {role}", role=t(ROLE_WORDS[role])), tone="good")
        st.button(t("Se déconnecter"), on_click=st.logout, key="rv_logout")
