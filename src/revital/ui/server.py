"""What the server does when it starts: takes its address, and gets ready for the first page."""

from __future__ import annotations

import importlib
import logging
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from streamlit import config
from streamlit.web import bootstrap

from revital.errors import UserError
from revital.i18n import LANGUAGES, translator
from revital.settings import settings

logger = logging.getLogger(__name__)
_MODULES = ("revital.ui.frame", "revital.ui.accueil", "revital.ui.carte")


def take_options() -> None:
    """
    Give Streamlit what `revital run` was told, and its own `STREAMLIT_…` variables.

    Streamlit reads these in its own command only. The address must be known: the local mode is
    refused on any but this computer's.
    """
    told = settings().extra
    address, port = told.get("REVITAL_RUN_ADDRESS"), told.get("REVITAL_RUN_PORT")
    if not (address and port):
        return
    # Sources do not change under a server that is in use.
    given: dict[str, Any] = {"server.fileWatcherType": "none"}
    for name, option in config.get_config_options().items():
        if option.env_var not in told or option.sensitive:
            continue
        text = told[option.env_var]
        try:
            given[name] = _parsed(text, option.type, option.multiple)
        except ValueError:
            t = translator(LANGUAGES[0])
            raise SystemExit(
                t(
                    "La variable {name} vaut « {text} » ; il faut un nombre. Corrigez-la ou "
                    "retirez-la.",
                    name=option.env_var,
                    text=text,
                )
            ) from None
    # It would say that its options changed: they are given before anything is served.
    said = logging.getLogger(config.__name__)
    said.disabled = True
    bootstrap.load_config_options(given | {"server.address": address, "server.port": int(port)})
    said.disabled = False
    _quiet()


def _quiet() -> None:
    # Streamlit gives uvicorn's messages a voice again, each request included.
    for name in ("uvicorn.access", "uvicorn.error"):
        logging.getLogger(name).setLevel(logging.WARNING)


def _parsed(text: str, kind: type, is_list: bool) -> Any:
    if is_list:
        return text.split()
    return text.strip().lower() in ("1", "true", "yes", "on") if kind is bool else kind(text)


@asynccontextmanager
async def warming(_app: Any) -> AsyncIterator[dict[str, Any]]:
    """Begin to warm the server when it starts; pages do not wait for it."""
    _quiet()
    threading.Thread(target=warm, daemon=True).start()
    yield {}


def warm() -> None:
    """Import the first pages and read the figures of the first territory."""
    from revital.ui import cache
    from revital.ui.language import territories_offered

    for name in _MODULES:
        importlib.import_module(name)
    try:
        for record in territories_offered(cache.catalogue())[:1]:
            cache.readings(record.id)
    except UserError as error:
        # The page that needs it says it to the reader.
        logger.warning("nothing could be read in advance: %s", error)
