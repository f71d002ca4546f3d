from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from revital.sources.http import Client, Manners
from tests.sources.server import Publisher, running

#: Quick and still polite: no wait between requests, a short backoff.
QUICK = Manners(backoff_s=0.0, backoff_max_s=0.01, interval_s=0.0)


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    with running() as served:
        yield served


@pytest.fixture
def client(publisher: Publisher) -> Iterator[Client]:
    """A client whose mirror is the loopback publisher: https://host/path is /host/path there."""
    with Client(base_url=publisher.url, manners=QUICK) as opened:
        yield opened


@pytest.fixture(scope="session")
def inputs() -> Path:
    folder = os.environ.get("REVITAL_INPUTS")
    if not folder:
        pytest.skip("REVITAL_INPUTS does not name the folder of publishers' files")
    return Path(folder)
