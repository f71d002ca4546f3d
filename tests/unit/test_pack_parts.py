"""The small methods behind the pack, on cases worked out by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from revital.domain.coverage import is_coverage, mend_coverage, simplify_outlines
from revital.domain.proximity import count_within, nearest_m, within
from revital.services.packing.access import _trips_near
from revital.services.packing.census import quintiles
from revital.services.packing.geography import _largest, slug
from revital.services.packing.names import from_capitals, phone, postal_code, upright
from revital.sources.readers.transit_feed import trips_on


class TestCoverage:
    def test_overlap_and_gap_are_mended(self):
        left = shapely.box(0, 0, 1, 1)
        # 1e-5 over its neighbour on one half, 1e-5 short of it on the other.
        right = shapely.Polygon([(0.99999, 0), (2, 0), (2, 1), (1.00001, 1)])
        polygons = np.array([left, right])
        assert not is_coverage(polygons)
        mended = mend_coverage(polygons)
        assert is_coverage(mended)
        assert shapely.area(mended).sum() == pytest.approx(2, abs=1e-4)

    def test_a_river_is_not_filled(self):
        banks = np.array([shapely.box(0, 0, 1, 1), shapely.box(1.001, 0, 2, 1)])
        assert shapely.area(mend_coverage(banks)).sum() == pytest.approx(1.999)

    def test_simplified_neighbours_still_touch(self):
        ys = np.linspace(0, 1, 101)
        xs = 1 + 0.001 * (np.arange(101) % 2)
        border = list(zip(xs, ys, strict=True))
        left = shapely.Polygon([*border, (0, 1), (0, 0)])
        right = shapely.Polygon([*border, (2, 1), (2, 0)])
        polygons = np.array([left, right])
        simple = simplify_outlines(mend_coverage(polygons), 0.05)
        assert shapely.get_num_coordinates(simple).sum() < 20
        assert is_coverage(simple)


class TestProximity:
    targets = np.array([[0.0, 0.0], [300.0, 400.0]])

    def test_three_four_five(self):
        found = nearest_m(np.array([[0.0, 0.0], [3.0, 4.0], [300.0, 399.0]]), self.targets)
        assert found.tolist() == [0.0, 5.0, 1.0]

    def test_missing_origin_and_no_target(self):
        found = nearest_m(np.array([[np.nan, 0.0], [0.0, 1.0]]), self.targets)
        assert np.isnan(found[0])
        assert found[1] == 1.0
        assert np.isnan(nearest_m(np.zeros((2, 2)), np.empty((0, 2)))).all()

    def test_the_limit_counts_as_near(self):
        origins = np.array([[0.0, 0.0], [0.0, 100.0], [np.nan, 0.0]])
        counts = count_within(origins, self.targets, 500.0)
        assert counts[:2].tolist() == [2.0, 2.0]
        assert np.isnan(counts[2])
        assert within(origins, self.targets, 99.0) == [[0], [], []]

    @given(
        st.lists(st.tuples(st.floats(-1e4, 1e4), st.floats(-1e4, 1e4)), min_size=1, max_size=12),
        st.floats(0, 1e4),
    )
    def test_something_within_a_radius_means_the_nearest_is(self, points, radius):
        targets = np.array(points)
        origin = np.zeros((1, 2))
        nearest = nearest_m(origin, targets)[0]
        count = count_within(origin, targets, radius)[0]
        # At the very limit the two tests may round apart.
        if abs(nearest - radius) > 1e-6:
            assert (count > 0) == (nearest < radius)


def test_quintiles_of_ten_scores():
    scores = pd.Series([3.0, -1.0, 0.5, 9.0, 2.0, np.nan, 4.0, 7.0, 8.0, 1.0, 5.0])
    found = quintiles(scores)
    by_score = dict(zip(scores, found, strict=True))
    assert [by_score[v] for v in (-1.0, 0.5, 1.0, 2.0, 3.0, 4.0, 5.0, 7.0, 8.0, 9.0)] == [
        1, 1, 2, 2, 3, 3, 4, 4, 5, 5,
    ]  # fmt: skip
    assert pd.isna(found[5])


def test_equal_scores_share_a_quintile():
    assert quintiles(pd.Series([1.0, 1.0, 1.0, 1.0])).nunique() == 1


def test_a_tract_goes_where_most_people_live():
    areas = pd.DataFrame(
        {
            "ct_id": ["a", "a", "a", "b"],
            "csd_id": ["1", "2", "2", None],
            "population": [100.0, 60.0, 50.0, 9.0],
        }
    )
    assert _largest(areas, "csd_id").to_dict() == {"a": "2"}


def _feed(weekly: list[list[str]], dates: list[list[str]]) -> dict[str, pd.DataFrame]:
    days = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
    return {
        "trips": pd.DataFrame(
            {"trip_id": ["t2", "t1", "t3"], "service_id": ["week", "week", "extra"]}
        ),
        "calendar": pd.DataFrame(weekly, columns=["service_id", *days, "start_date", "end_date"]),
        "calendar_dates": pd.DataFrame(dates, columns=["service_id", "date", "exception_type"]),
    }


WEEKDAYS = ["week", "1", "1", "1", "1", "1", "0", "0", "20210103", "20210330"]


@pytest.mark.parametrize(
    ("dates", "day", "expected"),
    [
        ([], "20210210", ["t1", "t2"]),
        ([], "20210213", []),
        ([], "20210410", []),
        ([["week", "20210210", "2"]], "20210210", []),
        ([["extra", "20210210", "1"]], "20210210", ["t1", "t2", "t3"]),
        ([["extra", "20210211", "1"]], "20210210", ["t1", "t2"]),
    ],
)
def test_trips_of_a_day(dates, day, expected):
    assert trips_on(_feed([WEEKDAYS], dates), day).tolist() == expected


def test_a_trip_with_two_stops_nearby_counts_once():
    stops = np.array([[0.0, 0.0], [100.0, 0.0], [5000.0, 0.0]])
    calls = pd.DataFrame(
        {"stop_id": ["1", "2", "2", "3"], "trip_id": ["a", "a", "b", "c"]},
    )
    found = _trips_near(
        np.array([[50.0, 0.0], [5000.0, 10.0], [9e5, 0.0]]), stops, ["1", "2", "3"], calls
    )
    assert found.tolist() == [2.0, 1.0, 0.0]


@pytest.mark.parametrize(
    ("given_name", "written"),
    [
        ("CLSC CHANOINE-CHAMBERLAND", "CLSC Chanoine-Chamberland"),
        ("CENTRE D'HÉBERGEMENT ROLAND-LECLERC", "Centre d’hébergement Roland-Leclerc"),
        ("MAISON DES AÎNÉS ET ALTERNATIVE DE TROIS-RIVIÈRES",
         "Maison des aînés et alternative de Trois-Rivières"),
        ("SUCCURSALE CENTRE-VILLE", "Succursale centre-ville"),
        ("L'HÔPITAL CHINOIS DE MONTRÉAL (1963)", "L’hôpital Chinois de Montréal (1963)"),
    ],
)  # fmt: skip
def test_capitals(given_name, written):
    assert from_capitals(given_name) == written


@pytest.mark.parametrize(
    ("listed", "spoken"),
    [
        ("Rose-des-Vents, la", "La Rose-des-Vents"),
        ("Apprenti-Sage, de l'", "De l'Apprenti-Sage"),
        ("Grand-Défi, du", "Du Grand-Défi"),
        ("Hôpital Douglas, pavillon Perry", "Hôpital Douglas, pavillon Perry"),
    ],
)
def test_articles(listed, spoken):
    assert upright(listed) == spoken


def test_codes_and_numbers():
    assert postal_code("H1T1G2") == "H1T 1G2"
    assert postal_code("h1t 1g2") == "H1T 1G2"
    assert phone("5144956211") == "514 495-6211"
    assert phone("5143284000", "4267") == "514 328-4000, poste 4267"
    assert slug("Côte-des-Neiges-Notre-Dame-de-Grâce") == "cote-des-neiges-notre-dame-de-grace"
