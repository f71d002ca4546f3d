"""Type IDMS: transforms, varimax, quintiles, against hand numbers."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from revital.domain import deprivation as d
from revital.errors import MissingColumnError, ValuesError

LOADINGS = np.array([[0.8, 0.3], [0.75, 0.35], [0.7, 0.2], [0.2, 0.8], [0.3, 0.7], [0.25, 0.75]])
ROTATED = [
    [0.8050, 0.2863],
    [0.7559, 0.3371],
    [0.7033, 0.1880],
    [0.2137, 0.7965],
    [0.3119, 0.6948],
    [0.2628, 0.7456],
]


def made_up(n=300, seed=4):
    """Areas built on two hidden dimensions, so that the structure is known."""
    rng = np.random.default_rng(seed)
    material, social = rng.standard_normal((2, n))

    def share(x, centre):
        return 1 / (1 + np.exp(-(centre + 0.5 * x + 0.15 * rng.standard_normal(n))))

    return pd.DataFrame(
        {
            "no_diploma": share(material, -1.2),
            "employment": share(-material, 0.4),
            "income": 38_000 * np.exp(-0.2 * material + 0.06 * rng.standard_normal(n)),
            "living_alone": share(social, -1.4),
            "separated_divorced_widowed": share(social, -1.3),
            "single_parent": share(social, -1.5),
        },
        index=[f"a{i:03}" for i in range(n)],
    ), pd.DataFrame({"material": material, "social": social}, index=[f"a{i:03}" for i in range(n)])


def test_transforms_by_hand():
    row = pd.DataFrame(
        {
            "no_diploma": [0.10],
            "employment": [0.25],
            "income": [30_000.0],
            "living_alone": [0.40],
            "separated_divorced_widowed": [0.0],
            "single_parent": [1.0],
        }
    )
    found = d.transform_inputs(row).iloc[0]
    assert found["no_diploma"] == pytest.approx(0.321751, abs=5e-7)
    assert found["employment"] == pytest.approx(np.pi / 6)
    assert found["living_alone"] == pytest.approx(0.684719, abs=5e-7)
    assert found["income"] == pytest.approx(10.308953, abs=5e-7)


def test_varimax_by_hand():
    angle = d.varimax_angle(LOADINGS)
    assert np.degrees(angle) == pytest.approx(0.981527, abs=5e-7)
    rotated, rotation = d.varimax(LOADINGS)
    assert rotated == pytest.approx(np.array(ROTATED), abs=5e-5)
    assert rotation @ rotation.T == pytest.approx(np.eye(2), abs=1e-12)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    assert rotated == pytest.approx(LOADINGS @ turn, abs=1e-7)


def test_varimax_agrees_with_statsmodels():
    from statsmodels.multivariate.factor_rotation import rotate_factors

    length = np.sqrt((LOADINGS**2).sum(axis=1, keepdims=True))
    peer, _ = rotate_factors(LOADINGS / length, "varimax", tol=1e-14)
    rotated, _ = d.varimax(LOADINGS)
    assert np.abs(rotated) == pytest.approx(np.abs(peer * length), abs=1e-6)


@settings(deadline=None)
@given(st.integers(0, 10_000))
def test_varimax_keeps_communalities(seed):
    loadings = np.random.default_rng(seed).uniform(-1, 1, (6, 3))
    rotated, rotation = d.varimax(loadings)
    assert (rotated**2).sum(axis=1) == pytest.approx((loadings**2).sum(axis=1), abs=1e-9)
    assert rotation.T @ rotation == pytest.approx(np.eye(3), abs=1e-9)


def test_the_two_dimensions_are_found_and_point_to_deprivation():
    values, hidden = made_up()
    found = d.deprivation_components(values)
    own = found.loadings.to_numpy()
    assert (np.abs(own[:3, 0]) >= 0.6).all()
    assert (np.abs(own[3:, 1]) >= 0.6).all()
    assert (np.abs(own[:3, 1]) <= 0.45).all()
    assert (np.abs(own[3:, 0]) <= 0.45).all()
    assert found.explained.sum() > 2 / 3
    assert found.loadings.loc["no_diploma", "material"] > 0 > found.loadings.loc["income"].iloc[0]
    assert (found.loadings.loc[list(d.SOCIAL), "social"] > 0).all()
    assert found.scores.mean().to_numpy() == pytest.approx([0, 0], abs=1e-9)
    assert found.scores.std(ddof=0).to_numpy() == pytest.approx([1, 1], abs=1e-9)
    for name in ("material", "social"):
        assert np.corrcoef(found.scores[name], hidden[name])[0, 1] > 0.9


def test_loadings_are_correlations_with_the_scores():
    values, _ = made_up()
    found = d.deprivation_components(values)
    inputs = d.transform_inputs(values)
    for column in d.INPUTS:
        for name in found.scores:
            r = np.corrcoef(inputs[column], found.scores[name])[0, 1]
            assert found.loadings.loc[column, name] == pytest.approx(r, abs=1e-9)


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 1000))
def test_row_order_never_matters(seed):
    values, _ = made_up(60)
    one = d.deprivation_components(values)
    two = d.deprivation_components(values.sample(frac=1, random_state=seed))
    pd.testing.assert_frame_equal(one.scores, two.scores.reindex(one.scores.index))


def test_incomplete_units_are_left_out_and_listed():
    values, _ = made_up(40)
    values.loc["a003", "income"] = np.nan
    found = d.deprivation_components(values)
    assert list(found.excluded) == ["a003"]
    assert "a003" not in found.scores.index


def _bad(column, value, every=False):
    values, _ = made_up(20)
    if every:
        values[column] = value
    else:
        values.loc["a002", column] = value
    return values


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        (_bad("no_diploma", 25.0), "entre 0 et 1"),
        (_bad("income", 0.0), "revenu doit être positif"),
        (_bad("living_alone", 0.2, every=True), "même valeur partout"),
        (_bad("living_alone", np.nan, every=True), "valeurs manquantes"),
        (_bad("living_alone", "beaucoup", every=True), "doit contenir des nombres"),
        (made_up(5)[0], "secteurs complets"),
        (made_up(1)[0], "secteurs complets"),
    ],
)
def test_bad_inputs_are_told(values, sentence):
    with pytest.raises(ValuesError, match=sentence):
        d.deprivation_components(values)


def test_repeated_inputs_are_told():
    x = np.linspace(0.1, 0.6, 20)
    share = np.sin(x) ** 2
    values = pd.DataFrame(dict.fromkeys(d.INPUTS, share))
    values["income"] = np.exp(x)
    with pytest.raises(ValuesError, match="une seule dimension"):
        d.deprivation_components(values)


def test_a_missing_input_is_told():
    with pytest.raises(MissingColumnError, match="single_parent"):
        d.transform_inputs(made_up(10)[0].drop(columns="single_parent"))


def test_population_quintiles_by_hand():
    scores = pd.Series([-1.0, 0.0, 1.0], index=list("abc"))
    people = pd.Series([300, 300, 400], index=list("abc"))
    assert d.population_quantiles(scores, people).tolist() == [1, 3, 5]
    assert d.population_quantiles(scores, people, rule="upper").tolist() == [2, 3, 5]
    with pytest.raises(ValuesError, match="règle"):
        d.population_quantiles(scores, people, rule="lower")


def test_quintiles_of_ties_gaps_and_nobody():
    scores = pd.Series([1.0, 1.0, 2.0, np.nan, 3.0], index=list("abcde"))
    people = pd.Series([10, 30, 40, 50, 20], index=list("abcde"))
    grades = d.population_quantiles(scores, people)
    assert grades["a"] == grades["b"] == 2
    assert pd.isna(grades["d"])
    assert grades["e"] == 5
    with pytest.raises(ValuesError, match="nulle"):
        d.population_quantiles(scores, people * 0)
    with pytest.raises(ValuesError, match="négative"):
        d.population_quantiles(scores, -people)


@given(
    st.lists(st.tuples(st.integers(-20, 20), st.integers(0, 500)), min_size=1, max_size=40),
    st.randoms(use_true_random=False),
)
def test_quantiles_rise_with_the_score_whatever_the_order(units, rnd):
    scores = pd.Series([float(s) for s, _ in units])
    people = pd.Series([p for _, p in units])
    if people.sum() == 0:
        return
    grades = d.population_quantiles(scores, people)
    assert grades.between(1, 5).all()
    assert grades.loc[scores.sort_values(kind="stable").index].is_monotonic_increasing
    order = list(scores.index)
    rnd.shuffle(order)
    assert d.population_quantiles(scores.loc[order], people).reindex(scores.index).equals(grades)


def test_many_small_units_give_a_fifth_of_the_people_each():
    rng = np.random.default_rng(0)
    scores = pd.Series(rng.standard_normal(13_000))
    people = pd.Series(rng.integers(300, 700, 13_000))
    shares = people.groupby(d.population_quantiles(scores, people)).sum() / people.sum()
    assert shares.to_numpy() == pytest.approx([0.2] * 5, abs=0.001)
    centiles = d.population_quantiles(scores, people, groups=100)
    assert people.groupby(centiles).sum().size == 100


def test_equal_populations_give_the_quintiles_of_mapclassify():
    import mapclassify

    scores = pd.Series(np.random.default_rng(1).standard_normal(1000))
    ours = d.population_quantiles(scores, pd.Series(1.0, index=scores.index))
    assert ours.tolist() == (mapclassify.Quantiles(scores, k=5).yb + 1).tolist()


def test_standardisation_by_hand():
    assert d.direct_standardization([0.4, 0.2, 0.5], [0.2, 0.5, 0.3]) == pytest.approx(0.33)
    expected, ratio = d.indirect_standardization(90, [100, 250, 50], [0.30, 0.15, 0.40])
    assert expected == pytest.approx(87.5)
    assert ratio == pytest.approx(1.028571, abs=5e-7)
    assert np.isnan(d.indirect_standardization(1, [0], [0.5])[1])
    with pytest.raises(ValuesError, match="totaliser 1"):
        d.direct_standardization([0.4, 0.2], [0.4, 0.5])


def test_crossing_groups():
    material = pd.Series([1, 5, 2, 5, 3, pd.NA], dtype="Int64")
    social = pd.Series([2, 1, 4, 4, 1, 2], dtype="Int64")
    assert d.crossed_group(material, social).tolist()[:5] == [
        "favoured",
        "material",
        "social",
        "both",
        "middle",
    ]
    assert pd.isna(d.crossed_group(material, social)[5])


def test_agreement_of_two_gradings():
    first = pd.Series([1, 2, 3, 4, 5, 5], index=list("abcdef"))
    second = pd.Series([1, 3, 3, 4, 5, 2], index=list("abcdef"))
    found = d.agreement(first, second)
    assert (found.same, found.same_or_next, found.units) == pytest.approx((4 / 6, 5 / 6, 6))
    from scipy.stats import spearmanr

    assert found.spearman == pytest.approx(spearmanr(first, second).statistic)
    assert np.isnan(d.agreement(first * 0, second).spearman)
    with pytest.raises(ValuesError, match="deux secteurs"):
        d.agreement(first, pd.Series([1], index=["z"]))


def test_a_neighbourhood_is_a_weighted_mean_and_a_share_never_a_mean_of_quintiles():
    scores = pd.Series([1.0, -1.0, np.nan], index=list("abc"))
    quintiles = pd.Series([5, 2, pd.NA], index=list("abc"), dtype="Int64")
    people = pd.Series([300, 100, 50], index=list("abc"))
    found = d.neighbourhood_deprivation(scores, quintiles, people)
    assert dict(found) == {"mean_score": 0.5, "share_q4_q5": 0.75, "population": 400}
    assert np.isnan(d.neighbourhood_deprivation(scores[["c"]], quintiles, people)["mean_score"])
