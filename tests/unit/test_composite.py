"""Normalisation, aggregation, domains and robustness: hand numbers, peers and properties."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from revital.domain import composite as c
from revital.domain import robustness as r
from revital.domain import transforms as tr
from revital.errors import ValuesError

HAND = pd.DataFrame(
    [[0.9, 0.2, 0.4], [0.6, 0.6, 0.5], [0.3, 0.8, 0.7], [0.1, 0.3, 0.2]],
    index=["u1", "u2", "u3", "u4"],
    columns=["a", "b", "c"],
)
WORSE = {"a": 1, "b": 1, "c": 1}


def tables(min_rows=2, max_rows=12, min_columns=1, max_columns=5):
    """Tables of whole numbers in which no column is constant."""
    return (
        st.tuples(st.integers(min_rows, max_rows), st.integers(min_columns, max_columns))
        .flatmap(lambda shape: arrays(np.int64, shape, elements=st.integers(-1000, 1000)))
        .filter(lambda a: (a.min(axis=0) < a.max(axis=0)).all())
        .map(
            lambda a: pd.DataFrame(
                a,
                index=[f"u{i:02}" for i in range(a.shape[0])],
                columns=[f"i{j}" for j in range(a.shape[1])],
            ).astype(float)
        )
    )


def directions_of(table, rnd):
    return {column: rnd.choice([1, -1]) for column in table.columns}


def test_arithmetic_and_geometric_by_hand():
    x = pd.DataFrame({"a": [0.9, 0.5, 0.6], "b": [0.1, 0.5, 0.4]})
    assert c.aggregate(x).tolist() == pytest.approx([0.5, 0.5, 0.5])
    assert c.aggregate(x, method="geometric").tolist() == pytest.approx(
        [0.3, 0.5, 0.4899], abs=5e-5
    )


def test_geometric_floor():
    x = pd.DataFrame({"a": [0.0], "b": [1.0]})
    assert c.aggregate(x, method="geometric").tolist() == pytest.approx([0.1])


def test_geometric_refuses_z_scores():
    z = c.normalize(HAND, WORSE, "zscore")
    with pytest.raises(ValuesError, match="scores z"):
        c.aggregate(z, method="geometric")


def test_normalisations_by_hand():
    x = pd.DataFrame({"a": [10.0, 20.0, 40.0]}, index=["p", "q", "r"])
    assert c.normalize(x, {"a": 1}, "minmax")["a"].tolist() == pytest.approx([0, 1 / 3, 1])
    assert c.normalize(x, {"a": -1}, "minmax")["a"].tolist() == pytest.approx([1, 2 / 3, 0])
    assert c.normalize(x, {"a": 1}, "rank")["a"].tolist() == [0, 0.5, 1]
    z = c.normalize(x, {"a": 1}, "zscore")["a"]
    assert (z.mean(), z.std(ddof=0)) == pytest.approx((0, 1))
    bounds = pd.DataFrame({"low": [15.0], "high": [35.0]}, index=["a"])
    posts = c.normalize(x, {"a": 1}, "goalposts", bounds=bounds)["a"]
    assert posts.tolist() == [0, 0.25, 1]
    assert c.normalize(x, {"a": -1}, "goalposts", bounds=bounds)["a"].tolist() == [1, 0.75, 0]


def test_minmax_and_weighted_sum_agree_with_pymcdm():
    from pymcdm.methods import TOPSIS
    from pymcdm.normalizations import minmax_normalization, vector_normalization

    matrix = np.array(
        [[250, 16, 12, 5], [200, 16, 8, 3], [300, 32, 16, 4], [275, 32, 8, 4], [225, 16, 16, 2]],
        dtype=float,
    )
    table = pd.DataFrame(matrix, columns=list("wxyz"))
    signs = {"w": -1, "x": 1, "y": 1, "z": 1}
    ours = c.normalize(table, signs, "minmax")
    for j, column in enumerate(table):
        peer = minmax_normalization(matrix[:, j], cost=signs[column] < 0)
        assert ours[column].to_numpy() == pytest.approx(peer, abs=1e-12)
    closeness = c.topsis(table, signs)
    assert closeness.tolist() == pytest.approx(
        [0.534277, 0.308368, 0.691632, 0.534737, 0.401046], abs=5e-7
    )
    peer = TOPSIS(vector_normalization)(matrix, np.full(4, 0.25), np.array([-1, 1, 1, 1]))
    assert closeness.to_numpy() == pytest.approx(peer, abs=1e-9)


def test_missing_values_spread_the_weights_down_to_a_limit():
    x = pd.DataFrame({"a": [0.2, 0.2], "b": [0.4, np.nan], "c": [np.nan, np.nan]}, index=["u", "v"])
    scores = c.aggregate(x, {"a": 1, "b": 3, "c": 4}, min_share=0.6)
    assert scores["u"] == pytest.approx((0.2 + 3 * 0.4) / 4)
    assert np.isnan(scores["v"])


def test_a_domain_with_too_few_indicators_has_no_score():
    x = pd.DataFrame({"a": [0.2, 0.2], "b": [0.4, np.nan], "c": [0.9, 0.9]}, index=["u", "v"])
    scores = c.domain_scores(x, {"a": "econ", "b": "econ", "c": "food"})
    assert list(scores.columns) == ["econ", "food"]
    assert scores.loc["u"].tolist() == pytest.approx([0.3, 0.9])
    assert np.isnan(scores.loc["v", "econ"])
    # Three planned, two in the table: 67 % is enough; five planned: it is not.
    assert c.domain_scores(x[["a", "b"]], {"a": "econ", "b": "econ"}, expected={"econ": 3})[
        "econ"
    ].notna().tolist() == [True, False]
    assert (
        c.domain_scores(x[["a"]], {"a": "econ"}, expected={"econ": 2, "health": 3})
        .isna()
        .all()
        .all()
    )


def test_too_few_domains_give_no_index():
    scores = pd.DataFrame(
        [[0.1, 0.2, 0.3, 0.4, 0.5], [0.1, 0.2, 0.3, 0.4, np.nan]], columns=list("vwxyz")
    )
    index = c.index_from_domains(scores)
    assert index[0] == pytest.approx(0.3)
    assert np.isnan(index[1])
    assert c.index_from_domains(scores, min_domains=4)[1] == pytest.approx(0.25)


def test_robustness_by_hand():
    found = r.rank_robustness(
        {"nominal": r.Variant(HAND)}, draws=10_000, concentration=30, seed=2026, top=1
    )
    table = found.table
    assert table["score"].tolist() == pytest.approx([0.5, 0.56667, 0.6, 0.2], abs=5e-6)
    assert table["rank"].tolist() == [3, 2, 1, 4]
    # u2 is first in 1,190 draws of 10,000: its 5th percentile is 1, not 2.
    assert table[["rank_low", "rank_high"]].to_numpy().tolist() == [[1, 3], [1, 2], [1, 3], [4, 4]]
    assert table["p_first"].tolist() == pytest.approx([0.0975, 0.1190, 0.7835, 0])
    assert found.top == 1
    apart = found.told_apart()
    assert not apart.loc["u1", "u3"]
    assert apart.loc["u1", "u4"]
    separation = found.separation()
    assert separation.not_told_apart["u4"] == []
    assert "u3" in separation.not_told_apart["u1"]
    assert separation.pairs == 6
    assert separation.surely_not_most_affected == ["u4"]
    assert separation.surely_most_affected == []


def test_leave_one_out_and_variants():
    variants = {
        "arithmetic": r.Variant(HAND),
        "geometric": r.Variant(HAND, c.Aggregation.GEOMETRIC),
    }
    found = r.rank_robustness(variants, draws=50)
    assert list(found.leave_one_out.columns) == ["a", "b", "c"]
    # Without a: .3, .55, .75, .25; without b: .65, .55, .5, .15.
    assert found.leave_one_out["a"].tolist() == [3, 2, 1, 4]
    assert found.leave_one_out["b"].tolist() == [1, 2, 3, 4]
    # Geometric: .4160, .5646, .5518, .1817.
    assert found.variants["geometric"].tolist() == [3, 1, 2, 4]
    assert found.variants["arithmetic"].tolist() == [3, 2, 1, 4]


def test_measured_uncertainty_widens_the_ranks():
    x = pd.DataFrame({"a": [0.50, 0.52], "b": [0.5, 0.5]}, index=["u", "v"])
    still = r.rank_robustness({"n": r.Variant(x)}, draws=500)
    errors = pd.DataFrame(0.1, index=x.index, columns=x.columns)
    moving = r.rank_robustness({"n": r.Variant(x)}, draws=500, standard_errors=errors)
    assert still.table["rank_high"].tolist() == [2, 1]
    assert moving.table["rank_low"].tolist() == [1, 1]
    assert moving.table["rank_high"].tolist() == [2, 2]


def test_units_without_a_score_are_ranked_nowhere():
    x = HAND.copy()
    x.loc["u2"] = np.nan
    found = r.rank_robustness({"n": r.Variant(x)}, draws=20)
    assert found.table.loc["u2"].isna().all()
    assert found.table.loc[["u1", "u3", "u4"], "rank"].tolist() == [2, 1, 3]


def test_ties_share_the_best_rank():
    assert r.rank_descending(np.array([[0.3], [0.7], [0.3], [0.1]]))[:, 0].tolist() == [2, 1, 2, 4]
    nearly = 0.1 + 0.2
    assert r.rank_descending(np.array([[0.3], [nearly]]))[:, 0].tolist() == [1, 1]


@settings(deadline=None)
@given(table=tables(), rnd=st.randoms(use_true_random=False), scale=st.floats(0.001, 1000))
def test_multiplying_all_weights_changes_nothing(table, rnd, scale):
    normalized = c.normalize(table, directions_of(table, rnd))
    weights = {column: rnd.uniform(0.1, 5) for column in table}
    scaled = {column: w * scale for column, w in weights.items()}
    assert c.aggregate(normalized, weights).to_numpy() == pytest.approx(
        c.aggregate(normalized, scaled).to_numpy(), abs=1e-12
    )


@settings(deadline=None)
@given(
    table=tables(),
    rnd=st.randoms(use_true_random=False),
    method=st.sampled_from(["minmax", "rank"]),
)
def test_flipping_all_directions_mirrors_an_arithmetic_score(table, rnd, method):
    signs = directions_of(table, rnd)
    flipped = {column: -sign for column, sign in signs.items()}
    score = c.aggregate(c.normalize(table, signs, method))
    mirrored = c.aggregate(c.normalize(table, flipped, method))
    assert (score + mirrored).to_numpy() == pytest.approx(1.0, abs=1e-9)
    z = c.aggregate(c.normalize(table, signs, "zscore"))
    assert (z + c.aggregate(c.normalize(table, flipped, "zscore"))).to_numpy() == pytest.approx(
        0.0, abs=1e-9
    )


@settings(deadline=None)
@given(table=tables(), rnd=st.randoms(use_true_random=False))
def test_flipping_one_direction_mirrors_its_part_of_the_score(table, rnd):
    signs = directions_of(table, rnd)
    weights = {column: rnd.uniform(0.1, 5) for column in table}
    chosen = rnd.choice(list(table.columns))
    before = c.normalize(table, signs)
    after = c.normalize(table, {**signs, chosen: -signs[chosen]})
    part = weights[chosen] / sum(weights.values())
    gap = c.aggregate(after, weights) - c.aggregate(before, weights)
    assert gap.to_numpy() == pytest.approx((part * (1 - 2 * before[chosen])).to_numpy(), abs=1e-9)


@settings(deadline=None)
@given(
    table=tables(),
    rnd=st.randoms(use_true_random=False),
    method=st.sampled_from(["minmax", "zscore", "rank"]),
)
def test_row_order_never_matters(table, rnd, method):
    signs = directions_of(table, rnd)
    shuffled = table.sample(frac=1, random_state=rnd.randint(0, 2**31))
    straight = c.aggregate(c.normalize(table, signs, method))
    again = c.aggregate(c.normalize(shuffled, signs, method)).reindex(table.index)
    # Sums in another order may differ in the last bit.
    assert again.to_numpy() == pytest.approx(straight.to_numpy(), abs=1e-9)


@settings(deadline=None, max_examples=30)
@given(table=tables(min_columns=2), rnd=st.randoms(use_true_random=False))
def test_seeded_draws_sort_rows_and_columns_first(table, rnd):
    normalized = c.normalize(table, directions_of(table, rnd))
    columns = list(normalized.columns)
    rnd.shuffle(columns)
    shuffled = normalized.sample(frac=1, random_state=rnd.randint(0, 2**31))[columns]
    one = r.rank_robustness({"n": r.Variant(normalized)}, draws=60, seed=7)
    two = r.rank_robustness({"n": r.Variant(shuffled)}, draws=60, seed=7)
    pd.testing.assert_frame_equal(one.table, two.table)
    assert (one.table["rank_low"] <= one.table["rank_median"]).all()
    assert (one.table["rank_median"] <= one.table["rank_high"]).all()


@given(table=tables(), rnd=st.randoms(use_true_random=False))
def test_scores_stay_between_the_extremes_of_the_row(table, rnd):
    normalized = c.normalize(table, directions_of(table, rnd))
    weights = {column: rnd.uniform(0.1, 5) for column in table}
    arithmetic = c.aggregate(normalized, weights)
    geometric = c.aggregate(normalized, weights, "geometric")
    floored = normalized.clip(lower=c.GEOMETRIC_FLOOR)
    assert (arithmetic >= normalized.min(axis=1) - 1e-12).all()
    assert (arithmetic <= normalized.max(axis=1) + 1e-12).all()
    # Weighted mean inequality holds on the floored values.
    assert (geometric <= c.aggregate(floored, weights) + 1e-12).all()


@pytest.mark.parametrize(
    ("table", "signs", "method", "sentence"),
    [
        (pd.DataFrame({"a": ["x", "y"]}), {"a": 1}, "minmax", "doit contenir des nombres"),
        (pd.DataFrame({"a": [np.nan, np.nan]}), {"a": 1}, "minmax", "valeurs manquantes"),
        (pd.DataFrame({"a": [1.0, np.inf]}), {"a": 1}, "minmax", "infinie"),
        (pd.DataFrame({"a": [3.0, 3.0]}), {"a": 1}, "minmax", "même valeur partout"),
        (pd.DataFrame({"a": [3.0, 3.0]}), {"a": 1}, "zscore", "même valeur partout"),
        (pd.DataFrame({"a": [3.0, 3.0]}), {"a": 1}, "rank", "même valeur partout"),
        (pd.DataFrame({"a": [3.0]}), {"a": 1}, "minmax", "Un seul secteur"),
        (pd.DataFrame({"a": [3.0, 4.0]}), {"a": 1}, "none", "entre 0 et 1"),
        (pd.DataFrame({"a": [3.0, 4.0]}), {"b": 1}, "minmax", "manque la direction"),
        (pd.DataFrame({"a": [3.0, 4.0]}), {"a": 0}, "minmax", r"\+1 ou -1"),
        (pd.DataFrame({"a": [3.0, 4.0]}), {"a": 1}, "goalposts", "deux bornes"),
        (pd.DataFrame({"a": [3.0, 4.0]}, index=["u", "u"]), {"a": 1}, "minmax", "plus d'une fois"),
        (pd.DataFrame({"a": [3.0, 4.0]}, index=["u", None]), {"a": 1}, "minmax", "vide"),
        (pd.DataFrame(), {}, "minmax", "vide"),
    ],
)
def test_bad_tables_are_told(table, signs, method, sentence):
    with pytest.raises(ValuesError, match=sentence):
        c.normalize(table, signs, method)


def test_bad_goalposts_are_told():
    bounds = pd.DataFrame({"low": [5.0], "high": [5.0]}, index=["a"])
    with pytest.raises(ValuesError, match="la plus basse d'abord"):
        c.normalize(pd.DataFrame({"a": [1.0]}), {"a": 1}, "goalposts", bounds=bounds)


@pytest.mark.parametrize(
    ("weights", "sentence"),
    [
        ({"a": 0, "b": 0, "c": 0}, "somme des poids est nulle"),
        ({"a": -1, "b": 1, "c": 1}, "négatif"),
        ({"a": 1, "b": 1}, "manque un poids"),
        ({"a": 1, "b": 1, "c": "lourd"}, "manque un poids"),
    ],
)
def test_bad_weights_are_told(weights, sentence):
    with pytest.raises(ValuesError, match=sentence):
        c.aggregate(HAND, weights)


def test_ranks_ask_for_two_units_and_sound_draws():
    with pytest.raises(ValuesError, match="au moins deux secteurs"):
        r.rank_robustness({"n": r.Variant(HAND.head(1))})
    with pytest.raises(ValuesError, match="positifs"):
        r.rank_robustness({"n": r.Variant(HAND)}, draws=0)
    with pytest.raises(ValuesError, match="mémoire"):
        r.rank_robustness({"n": r.Variant(HAND)}, draws=100_000_000)
    with pytest.raises(ValuesError, match="façon"):
        r.rank_robustness({})


@pytest.mark.parametrize(
    ("rank", "score"), [(0, 0), (0.1, 2.3903), (0.5, 15.6468), (0.9, 50.4267), (1, 100)]
)
def test_imd_exponential(rank, score):
    assert float(tr.imd_exponential(rank)) == pytest.approx(score, abs=5e-5)


def test_imd_exponential_gives_a_tenth_of_areas_more_than_fifty():
    assert np.mean(tr.imd_exponential(np.arange(1, 1001) / 1000) > 50) == pytest.approx(
        0.1, abs=0.005
    )
    with pytest.raises(ValuesError):
        tr.imd_exponential(2)


def test_modified_z():
    z = tr.mad_z([62, 68, 70, 71, 73, 75, 80])
    assert z.tolist() == pytest.approx(
        [-2.0235, -0.6745, -0.2248, 0, 0.4497, 0.8993, 2.0235], abs=5e-5
    )
    assert np.isnan(tr.mad_z([1, 2, np.nan, 4])[2])
    with pytest.raises(ValuesError, match="écart médian"):
        tr.mad_z([1, 1, 1, 5])
    with pytest.raises(ValuesError, match="manquantes"):
        tr.mad_z([np.nan])


def test_growth_rates():
    assert float(tr.growth_mean_population(1000, 1050)) == pytest.approx(9.7561, abs=5e-5)
    assert float(tr.growth_compound(1000, 1050)) == pytest.approx(9.8058, abs=5e-5)
    assert np.isnan(tr.growth_compound(0, 10))
    assert np.isnan(tr.growth_mean_population(0, 0))


def test_vitality_type_penalises_imbalance():
    assert float(tr.vitality_type([0.5, -0.3, 0.2])) == pytest.approx(1.2792, abs=5e-5)
    assert float(tr.vitality_type([2, -2, 0])) == pytest.approx(-1.3515, abs=5e-5)
    with pytest.raises(ValuesError):
        tr.vitality_type([-11, 0, 0])


@given(arrays(float, (5, 3), elements=st.floats(-5, 5)))
def test_vitality_type_is_at_most_ten_times_the_mean(z):
    assume(np.isfinite(z).all())
    assert (tr.vitality_type(z) <= 10 * z.mean(axis=1) + 1e-9).all()
