"""Hot spots on the embedded data: classes cover the map and follow the sign of the values."""

from __future__ import annotations

import numpy as np
import pytest

from revital.errors import ValuesError
from revital.services.data import open_data
from revital.services.hotspots import CLASSES, hot_spots
from revital.services.map_classes import NO_DATA
from revital.services.mapping import map_view


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    return map_view(
        open_data(), "low_income", "saint-philippe", "da", tmp_path_factory.mktemp("static")
    )


def test_every_area_has_a_class_or_no_data(shown):
    found = hot_spots(open_data(), shown)
    assert len(found.codes) == len(shown.values)
    assert sum(found.counts.values()) + found.missing == len(shown.values)
    for code, value in zip(found.codes, shown.values, strict=True):
        assert (code == NO_DATA) == (value is None)


def test_high_among_high_lies_above_the_mean_and_low_below(shown):
    found = hot_spots(open_data(), shown)
    values = np.array([np.nan if v is None else v for v in shown.values])
    mean = np.nanmean(values)
    codes = np.frombuffer(found.codes, dtype=np.uint8)
    assert (values[codes == CLASSES.index("HH")] > mean).all()
    assert (values[codes == CLASSES.index("LL")] < mean).all()
    # Low income gathers in the old neighbourhoods: the pattern is there to be found.
    assert found.counts["HH"] > 5
    assert found.moran.i > 0.4


def test_same_seed_same_classes(shown):
    assert hot_spots(open_data(), shown, seed=7) == hot_spots(open_data(), shown, seed=7)


def test_getis_ord_has_hot_and_cold_and_refuses_negative_scores(shown, tmp_path):
    found = hot_spots(open_data(), shown, statistic="getis_ord")
    assert found.counts["hot"] > 5
    assert set(found.counts) == {"hot", "cold", "not_significant"}
    scores = map_view(open_data(), "cimd_residential_instability", "saint-philippe", "da", tmp_path)
    assert scores is not None
    with pytest.raises(ValuesError):
        hot_spots(open_data(), scores, statistic="getis_ord")
