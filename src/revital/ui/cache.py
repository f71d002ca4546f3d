"""
Services behind Streamlit's caches, so that pages stay thin and reruns cheap.

`cache_resource` holds what is shared and never changed (the catalogue, frames); `cache_data`
holds small results. Both forget when the data pack changes, through the `stamp` argument.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import streamlit as st

from revital.catalogue import load, score_records
from revital.catalogue.load import Catalogue
from revital.catalogue.models import Level
from revital.errors import LayerError
from revital.i18n import translator
from revital.maps import choropleth
from revital.services import (
    areas,
    compare,
    explain,
    exports,
    facts,
    figures,
    hotspots,
    mapping,
    own_mapping,
    wording,
)
from revital.services import devitalization as devitalizations
from revital.services import landmarks as marks
from revital.services import outlines as shapes
from revital.services import portrait as portraits
from revital.services import territories as places
from revital.services.data import Data, open_data
from revital.services.workspace.home import workspace
from revital.settings import settings
from revital.store.layers import read_manifest

if TYPE_CHECKING:
    from revital.services.methods import Worked


def catalogue() -> Catalogue:
    """Return the records, read once per process."""
    return load.catalogue()


def pack_version() -> str | None:
    """Return the version of the embedded data; None when there is none."""
    try:
        return read_manifest(settings().pack).version
    except LayerError:
        return None


def data() -> Data:
    """Return the records and layers of the process."""
    return open_data()


def reading(indicator_id: str, territory_id: str) -> figures.Reading:
    """Return an indicator read for a territory (kept by the service)."""
    return figures.read_indicator(open_data(), indicator_id, territory_id)


def readings(territory_id: str) -> list[figures.Reading]:
    """Return every indicator read for a territory (kept by the service)."""
    return figures.read_all(open_data(), territory_id)


def explanation(indicator_id: str, territory_id: str) -> explain.Explanation:
    """Return what stands behind a figure."""
    return _explanation(indicator_id, territory_id, data_stamp())


@lru_cache(maxsize=512)
def _explanation(indicator_id: str, territory_id: str, stamp: str) -> explain.Explanation:
    # A figure never changes while its data stands still; `cache_resource` would weigh its key
    # at each call, which counts where a page asks for many.
    return explain.explain(open_data(), indicator_id, territory_id)


def data_stamp() -> str:
    """Return a text that changes with any layer or record: what makes a cache forget."""
    return f"{load.catalogue_stamp()}|{figures.stamp(open_data())}"


def map_view(indicator_id: str, territory_id: str, level: Level | None) -> mapping.MapView | None:
    """Return what a map shows; None when no level has the figure."""
    return _map_view(indicator_id, territory_id, level, data_stamp())


def own_measures(territory_id: str) -> dict[str, own_mapping.OwnMeasure]:
    """Return the measures that the community brought and that can be drawn, by id."""
    return _own_measures(territory_id, data_stamp())


@lru_cache(maxsize=64)
def _own_measures(territory_id: str, stamp: str) -> dict[str, own_mapping.OwnMeasure]:
    return own_mapping.own_measures(open_data(), workspace(), territory_id)


@st.cache_resource(max_entries=256, show_spinner=False)
def _map_view(
    indicator_id: str, territory_id: str, level: Level | None, stamp: str
) -> mapping.MapView | None:
    return own_mapping.any_map(open_data(), indicator_id, territory_id, level, settings().static)


def labels(shown: mapping.MapView, lang: str) -> list[str]:
    """Return the value of each area of a map in words."""
    return _labels(shown, lang, (shown.indicator.id, shown.outlines.stamp, data_stamp()))


@st.cache_resource(max_entries=256, show_spinner=False)
def _labels(_shown: mapping.MapView, lang: str, key: tuple[str, str, str]) -> list[str]:
    t = translator(lang)
    # Many areas share a value: each is put in words once.
    record, bound = _shown.indicator, _shown.is_bound
    words = {v: wording.figure_text(record, v, t, is_bound=bound) for v in set(_shown.values)}
    hidden = set(_shown.hidden)
    return [t("caché") if i in hidden else words[v] for i, v in enumerate(_shown.values)]


def levels(indicator_id: str, territory_id: str) -> list[Level]:
    """Return the levels at which an indicator, or an own measure, can be drawn."""
    own = own_measures(territory_id).get(indicator_id)
    if own is not None:
        return list(own.levels)
    return _levels(indicator_id, territory_id, data_stamp())


def drawable(territory_id: str) -> tuple[str, ...]:
    """Return the indicators that can be drawn round a territory, in the catalogue's order."""
    return _drawable(territory_id, data_stamp())


@lru_cache(maxsize=64)
def _drawable(territory_id: str, stamp: str) -> tuple[str, ...]:
    known = open_data().catalogue.indicators
    return tuple(i for i in known if _levels(i, territory_id, stamp))


@lru_cache(maxsize=4096)
def _levels(indicator_id: str, territory_id: str, stamp: str) -> list[Level]:
    here = open_data()
    place = here.catalogue.place(here.catalogue.territory(territory_id).place)
    return mapping.levels(here, here.catalogue.indicator(indicator_id), place)


def area_at(shown: mapping.MapView, lat: float, lon: float) -> str | None:
    """Return the area of a map at a point."""
    return mapping.area_at(open_data(), shown, lat, lon)


def area_sheet(shown: mapping.MapView, area_id: str) -> areas.AreaSheet | None:
    """Return the sheet of an area of a map."""
    return areas.area_sheet(open_data(), shown, area_id)


def street_file(layer_id: str | None) -> str:
    """Return the static file of the main streets, empty when the place has none."""
    here = open_data()
    if layer_id is None or not here.layers.has(layer_id):
        return ""
    return shapes.street_file(here, layer_id, settings().static)


def map_script() -> str:
    """Return the static file of the map's script."""
    return shapes.static_file(
        settings().static, choropleth.script_name(), choropleth.script().encode()
    )


def landmarks(territory_id: str) -> list[marks.Landmark]:
    """Return what can be searched for round a territory."""
    return marks.landmarks(open_data(), territory_id)


def service_points(layer_ids: tuple[str, ...]) -> list[dict[str, str]]:
    """Return the services of some layers as points."""
    return _service_points(layer_ids, data_stamp())


@st.cache_resource(max_entries=32, show_spinner=False)
def _service_points(layer_ids: tuple[str, ...], stamp: str) -> list[dict[str, str]]:
    return marks.service_points(open_data(), layer_ids)


def map_csv(shown: mapping.MapView, lang: str) -> bytes:
    """Return the table of a map as a CSV file."""
    return exports.map_csv(open_data(), shown, translator(lang))


def timeline(territory_id: str) -> list[facts.Fact]:
    """Return the dated facts of a territory and of what surrounds it."""
    return facts.timeline(open_data(), territory_id)


def portrait(territory_id: str) -> portraits.Portrait:
    """Return every figure of a territory, sorted for the reader."""
    return portraits.portrait(open_data(), territory_id)


def territories() -> list[places.TerritorySummary]:
    """Return every territory with its residents and units."""
    return places.list_territories(open_data())


def score_record() -> score_records.ScoreRecord:
    """Return the record of the devitalization index."""
    return score_records.score_record("devitalization")


def devitalization(
    territory_id: str, weights: dict[str, float] | None
) -> devitalizations.IndexReading:
    """Return the index read for a territory under some weights."""
    held = tuple(sorted(weights.items())) if weights else ()
    return _devitalization(territory_id, held, data_stamp())


@st.cache_resource(max_entries=64, show_spinner=False)
def _devitalization(
    territory_id: str, weights: tuple[tuple[str, float], ...], stamp: str
) -> devitalizations.IndexReading:
    return devitalizations.read_index(open_data(), territory_id, weights=dict(weights) or None)


def hot_spots(shown: mapping.MapView, statistic: str) -> hotspots.HotSpots:
    """Return the local classes of a map."""
    key = (shown.indicator.id, shown.outlines.stamp, data_stamp())
    return _hot_spots(shown, statistic, key)


@st.cache_resource(max_entries=32, show_spinner=False)
def _hot_spots(
    _shown: mapping.MapView, statistic: str, key: tuple[str, str, str]
) -> hotspots.HotSpots:
    return hotspots.hot_spots(open_data(), _shown, statistic=statistic)


def compared(territory_ids: tuple[str, ...]) -> list[compare.Compared]:
    """Return every indicator read for several places."""
    return compare.compare(open_data(), territory_ids)


def series(territory_id: str, lang: str) -> list[compare.Series]:
    """Return the series of a place."""
    return compare.series(open_data(), territory_id, lang)


@st.cache_resource(max_entries=128, show_spinner=False)
def worked(method_id: str) -> list[Worked]:
    """Return the examples of a method, worked by the app."""
    # Every method of the engine, and what it rests on: only the page of methods needs them.
    from revital.services import methods

    return methods.work(methods.method(method_id))
