"""What the server is told when it starts; see `revital.ui.server`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from streamlit import config
from streamlit.web import bootstrap

from revital.settings import settings
from revital.ui import server


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., dict[str, Any]]]:
    """Take the options of some variables; return what Streamlit was handed."""
    handed: dict[str, Any] = {}
    monkeypatch.setattr(bootstrap, "load_config_options", handed.update)

    def take(**variables: str) -> dict[str, Any]:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        settings.cache_clear()
        server.take_options()
        return handed

    yield take
    settings.cache_clear()


LISTENS = {"REVITAL_RUN_ADDRESS": "0.0.0.0", "REVITAL_RUN_PORT": "8600"}


def test_the_address_and_the_variables_reach_streamlit(given):
    found = given(
        **LISTENS,
        STREAMLIT_SECRETS_FILES="a.toml b.toml",
        STREAMLIT_SERVER_MAX_UPLOAD_SIZE="5",
        STREAMLIT_GLOBAL_DISABLE_WIDGET_STATE_DUPLICATION_WARNING="true",
        STREAMLIT_SERVER_COOKIE_SECRET="not for us",
        STREAMLIT_SERVER_ADDRESS="localhost",
    )
    assert found["server.address"] == "0.0.0.0", "what is listened to, not what is asked for"
    assert found["server.port"] == 8600
    assert found["secrets.files"] == ["a.toml", "b.toml"]
    assert found["server.maxUploadSize"] == 5
    assert found["global.disableWidgetStateDuplicationWarning"] is True
    assert "server.cookieSecret" not in found, "Streamlit reads its secrets by itself"
    assert set(found) <= set(config.get_config_options())


def test_nothing_is_taken_under_another_launcher(given):
    assert given(STREAMLIT_SERVER_MAX_UPLOAD_SIZE="5") == {}


def test_a_variable_that_is_no_number_is_said(given):
    with pytest.raises(SystemExit) as stopped:
        given(**LISTENS, STREAMLIT_SERVER_MAX_UPLOAD_SIZE="beaucoup")
    assert "STREAMLIT_SERVER_MAX_UPLOAD_SIZE" in str(stopped.value)
    assert "beaucoup" in str(stopped.value)
