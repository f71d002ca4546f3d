from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from revital.services.workspace.home import Workspace
from revital.settings import settings
from revital.sources.http import Client
from tests.sources.conftest import QUICK, inputs, publisher
from tests.sources.server import Publisher

__all__ = ["inputs", "publisher"]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    """An empty workspace, over the embedded pack."""
    monkeypatch.setenv("REVITAL_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("REVITAL_INPUTS", raising=False)
    settings.cache_clear()
    yield Workspace(settings().home)
    settings.cache_clear()


@pytest.fixture
def client(publisher: Publisher) -> Iterator[Client]:
    with Client(base_url=publisher.url, manners=QUICK) as opened:
        yield opened
