"""
The classes of every indicator of a map, held by the browser before anyone asks for them.

A change of indicator then colours the map at the click, before the page has answered: what a weak
network would make one wait for. The answer follows, with its words, and has the last say.
"""

from __future__ import annotations

import base64
import logging
import threading
import time
from collections.abc import Mapping
from functools import lru_cache
from importlib import resources

import streamlit as st

from revital.catalogue.models import Level
from revital.charts import theme
from revital.maps.choropleth import compressed
from revital.services.mapping import MapView
from revital.services.outlines import MOST_IN_ONE_FILE
from revital.ui import cache, choropleth

logger = logging.getLogger(__name__)

#: Rounds of preparation kept: one for each territory and level in use.
_MOST_KEPT = 32
_AFTER_S = 1.5
_BREATH_S = 0.05
_made: dict[tuple[str, str, str], str | None] = {}
_lock = threading.Lock()


def draw(
    shown: MapView, *, slot: str, field: str, territory: str, names: Mapping[str, str]
) -> None:
    """
    Give the browser what it needs to colour a map at the click.

    Nothing is drawn, and nothing sent until the classes are there: they are prepared beside the
    pages, once for the territory, the level and the data.

    Parameters
    ----------
    slot : str
        Name of the map on the page.
    field : str
        Key of the list on which the indicator is chosen.
    names : mapping of indicator id to words
        What the list shows for each.
    """
    if len(shown.outlines.ids) > MOST_IN_ONE_FILE:
        return
    packed = _packed(territory, shown.measure.level, tuple(names))
    if packed is None:
        return
    component = st.components.v2.component("revital_foresight", js=_script(), isolate_styles=False)
    with st.container(key="rv_foresight"):
        component(
            key=f"rv_foresight_{slot}",
            data={
                "slot": slot,
                "field": field,
                "stamp": shown.outlines.stamp,
                "hatch": list(theme.NO_DATA),
                "names": {words: id_ for id_, words in names.items()},
                "packed": packed,
            },
        )


@lru_cache(maxsize=1)
def _script() -> str:
    return (resources.files("revital.ui") / "foresight.js").read_text(encoding="utf-8")


def _packed(territory: str, level: Level, ids: tuple[str, ...]) -> str | None:
    """Return the classes of the indicators; None, and their preparation, when not there yet."""
    key = (territory, level, cache.data_stamp())
    with _lock:
        if key in _made:
            return _made[key]
        while len(_made) >= _MOST_KEPT:
            del _made[next(iter(_made))]
        _made[key] = None
    # After the page that asks, and never long at a time: readers come before haste.
    later = threading.Timer(_AFTER_S, _prepare, (key, level, ids))
    later.daemon = True
    later.start()
    return None


def _prepare(key: tuple[str, str, str], level: Level, ids: tuple[str, ...]) -> None:
    territory = key[0]
    try:
        found = []
        for id_ in ids:
            # At another level the areas are others.
            if level in cache.levels(id_, territory):
                shown = cache.map_view(id_, territory, level)
                if shown is not None:
                    codes = base64.b64encode(shown.codes).decode()
                    found.append((id_, codes, choropleth.colours(shown)))
            time.sleep(_BREATH_S)
    except Exception:
        # Nobody waits for this thread. A page that meets the same fault says it to its reader; here
        # it costs only the haste, and goes to the log.
        logger.exception("no classes in advance for %s", territory)
        return
    packed = compressed(found)
    with _lock:
        _made[key] = packed
