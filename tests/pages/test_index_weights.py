"""With data in every domain the index shows its ranks, and the reader's weights live in the URL."""

from __future__ import annotations

from unittest.mock import patch

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from revital.catalogue.load import catalogue
from revital.catalogue.score_records import Goalpost, score_record
from revital.services.devitalization import (
    DomainReading,
    IndexReading,
    index_robustness,
    indicator_ids,
    score_table,
)
from revital.settings import PROJECT, settings

RECORD = score_record("devitalization")
FULL = RECORD.model_copy(
    update={"goalposts": {i: Goalpost(low=0, high=1) for i in indicator_ids(RECORD)}, "draws": 300}
)


def generated(territory_id: str, weights: dict[str, float] | None) -> IndexReading:
    """Return an index read on a generated table of twenty tracts, the territory's among them."""
    columns = indicator_ids(FULL)
    rng = np.random.default_rng(5)
    ids = [f"44200{i:02d}.00" for i in range(1, 21)]
    ids[2] = "4420003.00"
    values = pd.DataFrame(rng.uniform(0, 1, (20, len(columns))), index=ids, columns=columns)
    worse = dict.fromkeys(columns, 1)
    chosen = weights or {d.id: d.weight for d in FULL.domains}
    scores, index = score_table(values, FULL, worse, weights=chosen)
    own = "4420003.00"
    return IndexReading(
        record=FULL,
        territory=catalogue().territory(territory_id),
        domains=tuple(
            DomainReading(d, float(scores.loc[own, d.id]), d.indicators, ()) for d in FULL.domains
        ),
        weights=chosen,
        index=float(index[own]),
        geometric=float(index[own]),
        robustness=index_robustness(values, FULL, worse, weights=chosen),
        level="ct",
        own_units=(own,),
    )


@pytest.fixture
def page(tmp_path, monkeypatch):
    monkeypatch.setenv("REVITAL_HOME", str(tmp_path))
    settings.cache_clear()

    def opened(**query: str) -> AppTest:
        app = AppTest.from_file(str(PROJECT / "app.py"), default_timeout=60)
        app.switch_page("pages/portrait.py")
        for key, value in query.items():
            app.query_params[key] = value
        return app.run()

    with patch("revital.ui.cache.devitalization", generated):
        yield opened
    settings.cache_clear()


def text(at: AppTest) -> str:
    bodies = [str(getattr(block.proto, "body", "")) for block in at.get("html")]
    return "\n".join(body for body in bodies if not body.startswith("<style"))


def test_the_interval_of_ranks_is_said(page):
    at = page()
    assert not at.exception
    said = text(at)
    assert "ne peuvent pas être départagées" in said
    assert "Intervalle de rang" in said
    assert "pire" not in said.lower()


def test_moved_weights_go_to_the_address_and_move_the_interval(page):
    at = page()
    before = text(at)
    at.slider(key="rv_weight_food").set_value(5.0)
    at.slider(key="rv_weight_housing").set_value(0.0)
    at.button(key="rv_weights_apply").click().run()
    assert not at.exception
    assert at.query_params["poids"] == "1,0,1,1,5,1,1"
    assert text(at) != before


@pytest.mark.parametrize("asked", ["abc", "1,1", "9,1,1,1,1,1,1", "0,0,0,0,0,0,0"])
def test_unreadable_weights_give_a_sentence_and_equal_weights(page, asked):
    at = page(poids=asked)
    assert not at.exception
    assert "poids illisibles" in text(at)
