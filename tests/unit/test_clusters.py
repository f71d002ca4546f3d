"""Moran and Getis-Ord: esda as peer, hand numbers, islands and seeds."""

import warnings

import esda
import geopandas as gpd
import libpysal
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import box

from revital.domain import clusters as c
from revital.errors import CrsError, MissingColumnError, ValuesError


def grid(size=8, crs="EPSG:32188", hot=True):
    """Squares of 100 m; the corner block of 3 by 3 is high when `hot`."""
    rng = np.random.default_rng(0)
    cells = [(i, j) for i in range(size) for j in range(size)]
    values = [
        (50.0 if hot and i < 3 and j < 3 else 10.0) + float(v)
        for (i, j), v in zip(cells, rng.normal(0, 1, len(cells)), strict=True)
    ]
    return gpd.GeoDataFrame(
        {"rate": values},
        geometry=[box(100 * i, 100 * j, 100 * i + 100, 100 * j + 100) for i, j in cells],
        index=[f"c{i}{j}" for i, j in cells],
        crs=crs,
    )


@pytest.fixture(scope="module")
def columbus():
    layer = gpd.read_file(libpysal.examples.get_path("columbus.shp"))
    layer = layer.set_crs("EPSG:32617", allow_override=True)
    return layer.set_index(layer["POLYID"].astype(int).map("{:03}".format))


def test_fdr_by_hand_and_as_esda():
    p = [0.001, 0.008, 0.039, 0.041, 0.042, 0.06, 0.074, 0.205]
    assert c.fdr_threshold(p, alpha=0.05) == pytest.approx(0.0125)
    assert c.fdr_threshold(p) == pytest.approx(esda.fdr(np.array(p), 0.05))
    assert c.fdr_threshold([0.5, 0.9]) == 0


def test_published_moran_of_columbus(columbus):
    found = c.local_clusters(columbus, "CRIME", permutations=99)
    # Anselin's Columbus example, queen contiguity: I = 0.5002 for CRIME.
    assert found.moran.i == pytest.approx(0.500188557, abs=1e-9)
    assert found.moran.expected == pytest.approx(-1 / 48)
    assert found.moran.z == pytest.approx(5.589, abs=1e-3)
    assert found.moran.p < 1e-6


def test_local_statistics_agree_with_esda(columbus):
    ids = sorted(columbus.index)
    weights, islands = c.neighbour_weights(columbus.loc[ids])
    assert islands == []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        peer_w = libpysal.weights.Queen.from_dataframe(columbus.loc[ids], use_index=True)
    assert {i: set(n) for i, n in peer_w.neighbors.items()} == {
        i: set(n) for i, n in weights.neighbors.items()
    }
    y = columbus.loc[ids, "CRIME"].to_numpy()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        peer = esda.Moran_Local(y, peer_w, permutations=999, seed=5)
        peer_g = esda.G_Local(y, peer_w, permutations=0, star=True)
    found = c.local_clusters(columbus, "CRIME", permutations=999, seed=5, alpha=0.99)
    table = found.table.loc[ids]
    assert table["statistic"].to_numpy() == pytest.approx(peer.Is, abs=1e-9)
    # esda's are one-tailed in the direction observed; ours count both tails.
    assert table["p"].to_numpy() == pytest.approx(np.minimum(1, 2 * peer.p_sim), abs=0.0021)
    names = {1: "HH", 2: "LH", 3: "LL", 4: "HL"}
    shown = table["significant"].to_numpy()
    assert table["cluster"][shown].tolist() == [names[q] for q in peer.q[shown]]
    star = c.local_clusters(columbus, "CRIME", statistic="getis_ord", permutations=99)
    assert star.table.loc[ids, "statistic"].to_numpy() == pytest.approx(peer_g.Zs, abs=1e-9)


@pytest.mark.parametrize(("statistic", "word"), [("local_moran", "HH"), ("getis_ord", "hot")])
def test_a_hot_corner_is_found(statistic, word):
    found = c.local_clusters(grid(), "rate", statistic=statistic, permutations=9_999)
    assert (found.table.loc[["c10", "c01", "c11"], "cluster"] == word).all()
    assert found.table.loc["c66", "cluster"] != word
    assert found.table.loc["c00", "neighbours"] == 3
    assert 0 < found.threshold < 0.05


def test_noise_has_no_cluster():
    found = c.local_clusters(grid(hot=False), "rate", permutations=999)
    assert (found.table["cluster"] == "not_significant").mean() > 0.9
    assert abs(found.moran.z) < 3


def test_p_values_are_two_sided():
    found = c.local_clusters(grid(hot=False), "rate", permutations=999)
    # Uniform under the null: about half above one half. One-sided values never pass it.
    assert (found.table["p"] > 0.5).mean() > 0.25
    assert found.table["p"].between(0, 1).all()


@pytest.mark.parametrize("statistic", ["local_moran", "getis_ord"])
@pytest.mark.parametrize("neighbours", ["queen", "knn"])
def test_row_order_never_matters(statistic, neighbours):
    layer = grid()
    options = {"statistic": statistic, "neighbours": neighbours, "k": 4, "permutations": 99}
    one = c.local_clusters(layer, "rate", **options)
    two = c.local_clusters(layer.sample(frac=1, random_state=3), "rate", **options)
    pd.testing.assert_frame_equal(one.table, two.table.reindex(layer.index))


def test_islands_are_tied_to_their_nearest_and_named():
    layer = grid()
    layer.loc["far", ["rate", "geometry"]] = [12.0, box(1000, 0, 1100, 100)]
    weights, islands = c.neighbour_weights(layer)
    assert islands == ["far"]
    assert weights.neighbors["far"] == ["c70"]
    assert "far" in weights.neighbors["c70"]
    assert weights.islands == []
    assert c.local_clusters(layer, "rate", permutations=99).table.loc["far", "neighbours"] == 1


def test_areas_without_a_value_are_left_out_and_named():
    layer = grid()
    layer.loc["c44", "rate"] = np.nan
    found = c.local_clusters(layer, "rate", permutations=99)
    assert found.left_out == ["c44"]
    assert found.table.loc["c44", "cluster"] == "missing"
    assert not found.table.loc["c44", "significant"]
    assert found.table["statistic"].notna().sum() == 63


def test_touching_areas_need_no_metres_but_distances_do():
    degrees = grid(crs="EPSG:4326")
    degrees.geometry = degrees.scale(1e-3, 1e-3, origin=(0, 0))
    assert c.local_clusters(degrees, "rate", permutations=99).table["neighbours"].min() == 3
    with pytest.raises(CrsError, match="degrés"):
        c.local_clusters(degrees, "rate", neighbours="knn")
    alone = degrees.drop(index=["c60", "c61", "c71"])
    with pytest.raises(CrsError, match="degrés"):
        c.local_clusters(alone, "rate")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda g: g.assign(rate=5.0), "même valeur partout"),
        (lambda g: g.assign(rate=np.nan), "valeurs manquantes"),
        (lambda g: g.assign(rate="beaucoup"), "doit contenir des nombres"),
        (lambda g: g.head(1), "au moins 10"),
        (lambda g: g.set_axis(["x"] * len(g)), "plus d'une fois"),
    ],
)
def test_bad_layers_are_told(change, sentence):
    with pytest.raises(ValuesError, match=sentence):
        c.local_clusters(change(grid()), "rate")


def test_bad_choices_are_told():
    with pytest.raises(ValuesError, match="nombre de voisins"):
        c.local_clusters(grid(), "rate", neighbours="knn", k=64)
    with pytest.raises(ValuesError, match="seuil"):
        c.local_clusters(grid(), "rate", alpha=5)
    with pytest.raises(ValuesError, match="au plus 781250 permutations"):
        c.local_clusters(grid(), "rate", permutations=1_000_000)
    with pytest.raises(MissingColumnError, match="income"):
        c.local_clusters(grid(), "income")
    with pytest.raises(CrsError, match="inconnu"):
        c.local_clusters(grid(crs=None), "rate")
    with pytest.raises(ValuesError, match="Getis-Ord"):
        c.local_clusters(
            grid().assign(rate=lambda g: g["rate"] - 30), "rate", statistic="getis_ord"
        )
