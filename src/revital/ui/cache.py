"""
Services behind Streamlit's caches, so that pages stay thin and reruns cheap.

`cache_resource` holds what is shared and never changed (the catalogue, frames); `cache_data`
holds small results. Both forget when the data pack changes, through the `stamp` argument.
"""

from __future__ import annotations

from revital.catalogue import load
from revital.catalogue.load import Catalogue
from revital.errors import LayerError
from revital.settings import settings
from revital.store.layers import read_manifest


def catalogue() -> Catalogue:
    """Return the records, read once per process."""
    return load.catalogue()


def pack_version() -> str | None:
    """Return the version of the embedded data; None when there is none."""
    try:
        return read_manifest(settings().pack).version
    except LayerError:
        return None
