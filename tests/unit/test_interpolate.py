"""Counts keep their total, rates are rebuilt, layers in degrees are refused."""

import itertools

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import Point, box

from revital.domain.interpolate import area_shares, block_shares, interpolate
from revital.errors import CrsError, MissingColumnError, ValuesError

METRIC = "EPSG:32188"


def layer(shapes, crs=METRIC, **columns):
    return gpd.GeoDataFrame(columns, geometry=list(shapes.values()), index=list(shapes), crs=crs)


@pytest.fixture
def squares():
    return layer(
        {"s1": box(0, 0, 100, 100), "s2": box(100, 0, 200, 100)}, pop=[100, 200], low=[10, 80]
    )


@pytest.fixture
def quarters():
    """A takes three quarters of both squares, B the rest."""
    return layer({"A": box(0, 0, 200, 75), "B": box(0, 75, 200, 100)})


def test_three_quarters_of_two_squares(squares, quarters):
    found = interpolate(
        squares, area_shares(squares, quarters), extensive=["pop"], rates={"rate": ("low", "pop")}
    )
    assert found.values["pop"].tolist() == pytest.approx([225, 75], abs=1e-9)
    assert found.values["rate"].tolist() == pytest.approx([0.3, 0.3], abs=1e-9)
    assert found.report.loc["A"].to_dict() == pytest.approx(
        {
            "n_areas": 2,
            "n_split": 2,
            "population": 225,
            "split_share": 1,
            "missing_share_pop": 0,
            "missing_share_rate": 0,
        }
    )
    assert (found.flags == "approximate").all().all()
    assert found.lost["pop"] == 0


def test_what_falls_in_no_target_is_lost_not_spread(squares, quarters):
    found = interpolate(squares, area_shares(squares, quarters.loc[["A"]]), extensive=["pop"])
    assert found.values["pop"].tolist() == pytest.approx([225])
    assert found.lost["pop"] == pytest.approx(0.25)


@pytest.fixture
def split_area():
    """DA1 wholly inside; DA2 cut in half by area, three quarters of its people inside."""
    sources = layer(
        {"DA1": box(0, 0, 100, 100), "DA2": box(100, 0, 200, 100)}, pop=[100, 200], low=[10, 80]
    )
    target = layer({"N": box(0, 0, 150, 100)})
    blocks = gpd.GeoDataFrame(
        {"da": ["DA1", "DA2", "DA2"], "people": [100, 150, 50]},
        geometry=[Point(50, 50), Point(120, 50), Point(180, 50)],
        crs=METRIC,
    )
    return sources, target, blocks


def test_a_split_area_by_blocks_and_by_surface(split_area):
    sources, target, blocks = split_area
    by_block = interpolate(
        sources,
        block_shares(sources, target, blocks, source_id="da", population="people"),
        extensive=["pop"],
        rates={"rate": ("low", "pop")},
    )
    assert by_block.values.loc["N"].tolist() == pytest.approx([250, 70 / 250])
    assert by_block.values.loc["N", "rate"] == pytest.approx(0.28)
    assert by_block.report.loc["N", "split_share"] == pytest.approx(150 / 250)
    assert by_block.report.loc["N", "n_areas"] == 2
    assert by_block.report.loc["N", "n_split"] == 1
    assert by_block.flags.loc["N", "rate"] == "ok"
    by_area = interpolate(sources, area_shares(sources, target), rates={"rate": ("low", "pop")})
    assert by_area.values.loc["N", "rate"] == pytest.approx(0.25)
    assert by_area.flags.loc["N", "rate"] == "approximate"


def test_blocks_as_polygons_stand_at_their_representative_point(split_area):
    sources, target, blocks = split_area
    blocks.geometry = [box(0, 0, 100, 100), box(100, 0, 160, 100), box(160, 0, 200, 100)]
    shares = block_shares(sources, target, blocks, source_id="da", population="people")
    assert shares.pairs.set_index("source")["share"].to_dict() == {"DA1": 1, "DA2": 0.75}


def test_a_source_without_residents_falls_back_on_its_surface(split_area):
    sources, target, blocks = split_area
    blocks["people"] = [100, 0, 0]
    shares = block_shares(sources, target, blocks, source_id="da", population="people")
    assert shares.pairs.set_index("source")["share"].to_dict() == {"DA1": 1, "DA2": 0.5}


def test_a_block_on_a_border_counts_once(split_area):
    sources, _, blocks = split_area
    halves = layer({"L": box(0, 0, 120, 100), "R": box(120, 0, 200, 100)})
    shares = block_shares(sources, halves, blocks, source_id="da", population="people")
    found = interpolate(sources, shares, extensive=["pop"])
    assert found.values["pop"].tolist() == [250, 50]


def test_overlapping_targets_each_get_the_block(split_area):
    sources, target, blocks = split_area
    twice = layer({"N": target.geometry.iloc[0], "W": box(0, 0, 200, 100)})
    shares = block_shares(sources, twice, blocks, source_id="da", population="people")
    assert interpolate(sources, shares, extensive=["pop"]).values["pop"].tolist() == [250, 300]


def test_missing_values_are_told_and_never_zero(squares, quarters):
    squares.loc["s2", "low"] = np.nan
    found = interpolate(
        squares, area_shares(squares, quarters), extensive=["low"], rates={"r": ("low", "pop")}
    )
    assert found.values.loc["A"].tolist() == pytest.approx([7.5, 0.1])
    assert found.report.loc["A", "missing_share_r"] == pytest.approx(2 / 3)
    assert (found.flags == "partial_coverage").all().all()
    alone = layer({"E": box(150, 0, 200, 100), "far": box(900, 900, 901, 901)})
    found = interpolate(squares, area_shares(squares, alone), rates={"r": ("low", "pop")})
    assert found.values["r"].isna().all()
    assert found.flags["r"].tolist() == ["missing", "missing"]
    assert found.report["n_areas"].tolist() == [1, 0]


def test_medians_are_flagged_approximate(squares):
    squares["income"] = [30_000.0, 45_000.0]
    both = layer({"all": box(0, 0, 200, 100), "one": box(0, 0, 100, 100)})
    found = interpolate(squares, area_shares(squares, both), medians={"income": "pop"})
    assert found.values["income"].tolist() == pytest.approx([40_000, 30_000])
    assert found.flags["income"].tolist() == ["approximate", "ok"]


def test_rounded_shares_above_one_are_clamped_and_flagged(squares):
    squares["low"] = [105, 200]
    found = interpolate(squares, area_shares(squares, squares), rates={"share": ("low", "pop")})
    assert found.values["share"].tolist() == [1, 1]
    assert found.flags["share"].tolist() == ["rounded", "ok"]
    free = interpolate(
        squares,
        area_shares(squares, squares),
        rates={"ratio": ("low", "pop")},
        rates_are_shares=False,
    )
    assert free.values["ratio"].tolist() == pytest.approx([1.05, 1])


@st.composite
def grids(draw):
    """A grid of sources and a grid of targets over the same ground, cut anywhere."""

    def cuts():
        inner = draw(st.lists(st.floats(0.01, 0.99), max_size=4, unique=True))
        return [0.0, *sorted(inner), 1.0]

    def grid(prefix):
        xs, ys = cuts(), cuts()
        shapes = {
            f"{prefix}{i}-{j}": box(1000 * x0, 1000 * y0, 1000 * x1, 1000 * y1)
            for i, (x0, x1) in enumerate(itertools.pairwise(xs))
            for j, (y0, y1) in enumerate(itertools.pairwise(ys))
            if x1 - x0 > 1e-3 and y1 - y0 > 1e-3
        }
        return layer(shapes)

    sources, targets = grid("s"), grid("t")
    whole = sources.area.sum() > 1e6 * (1 - 1e-9) and targets.area.sum() > 1e6 * (1 - 1e-9)
    sources["pop"] = draw(
        st.lists(st.integers(0, 10_000), min_size=len(sources), max_size=len(sources))
    )
    sources["low"] = [draw(st.integers(0, p)) for p in sources["pop"]]
    return sources, targets, whole


@settings(deadline=None, max_examples=60)
@given(grids(), st.randoms(use_true_random=False))
def test_totals_are_kept_where_targets_cover_sources(case, rnd):
    sources, targets, covered = case
    shares = area_shares(sources, targets)
    found = interpolate(sources, shares, extensive=["pop"], rates={"share": ("low", "pop")})
    if covered:
        total = sources["pop"].sum()
        assert found.values["pop"].sum() == pytest.approx(total, abs=1e-9 * max(total, 1))
    known = found.values["share"].dropna()
    assert known.between(0, 1).all()
    shuffled = sources.sample(frac=1, random_state=rnd.randint(0, 2**31))
    again = interpolate(
        shuffled, area_shares(shuffled, targets), extensive=["pop"], rates={"share": ("low", "pop")}
    )
    assert again.values.to_numpy() == pytest.approx(found.values.to_numpy(), abs=1e-9, nan_ok=True)


@pytest.mark.parametrize(
    ("source_crs", "target_crs", "sentence"),
    [
        ("EPSG:4326", "EPSG:4326", "en degrés"),
        (METRIC, "EPSG:32618", "même système"),
        (None, METRIC, "inconnu"),
        ("EPSG:2263", "EPSG:2263", "pas en mètres"),
    ],
)
def test_systems_that_cannot_be_measured_are_told(source_crs, target_crs, sentence):
    a = layer({"s": box(0, 0, 1, 1)}, crs=source_crs)
    b = layer({"t": box(0, 0, 1, 1)}, crs=target_crs)
    with pytest.raises(CrsError, match=sentence):
        area_shares(a, b)


def test_bad_layers_are_told(squares):
    twice = squares.set_axis(["s1", "s1"])
    with pytest.raises(ValuesError, match="plus d'une fois"):
        area_shares(twice, squares)
    with pytest.raises(ValuesError, match="polygones sont attendus"):
        area_shares(layer({"p": Point(0, 0)}), squares)
    with pytest.raises(ValuesError, match="vide"):
        area_shares(squares.iloc[:0], squares)
    with pytest.raises(ValuesError, match="pas de forme"):
        area_shares(layer({"p": None}), squares)
    from shapely import from_wkt

    bow = layer({"p": from_wkt("POLYGON((0 0, 1 1, 1 0, 0 1, 0 0))")})
    with pytest.raises(ValuesError, match="invalide"):
        area_shares(bow, squares)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"pop": [-5, 10]}, "négative"),
        ({"pop": ["a", "b"]}, "nombres"),
        ({"pop": [np.nan, np.nan]}, "manquantes"),
    ],
)
def test_bad_counts_are_told(squares, change, sentence):
    shares = area_shares(squares, squares)
    with pytest.raises(ValuesError, match=sentence):
        interpolate(squares.assign(**change), shares, extensive=["pop"])


def test_missing_columns_and_empty_requests_are_told(squares):
    shares = area_shares(squares, squares)
    with pytest.raises(MissingColumnError, match="households"):
        interpolate(squares, shares, extensive=["households"])
    with pytest.raises(ValuesError, match="Rien à interpoler"):
        interpolate(pd.DataFrame(squares), shares)
