"""The four statistics commands on a user's files: results, formats and every bad input."""

import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import box

from revital.cli.main import main

METRIC = "EPSG:32188"


def run(capsys, *words):
    """Run a command that must succeed; return what it printed."""
    main([str(word) for word in words])
    return capsys.readouterr().out


def refused(capsys, *words):
    """Run a command that must be refused in one sentence; return it."""
    with pytest.raises(SystemExit) as stop:
        main([str(word) for word in words])
    captured = capsys.readouterr()
    assert stop.value.code == 2
    assert captured.out == ""
    assert len(captured.err.strip().splitlines()) == 1, captured.err
    assert "Traceback" not in captured.err
    return captured.err.strip()


# --- score ---------------------------------------------------------------------------------------


@pytest.fixture
def scored(tmp_path):
    values, directions = tmp_path / "X.csv", tmp_path / "D.csv"
    values.write_text(
        "id,name,a,b,c\nu1,Un,.9,.2,.4\nu2,Deux,.6,.6,.5\nu3,Trois,.3,.8,.7\nu4,Quatre,.1,.3,.2\n"
    )
    directions.write_text("indicator,direction\na,1\nb,+1\nc,higher_is_worse\n")
    return values, directions


def score(values, directions, *more):
    return ("score", "--values", values, "--id", "id", "--directions", directions, *more)


def test_score_by_hand(capsys, scored):
    out = run(
        capsys,
        *score(*scored, "--normalize", "none", "--method", "arithmetic", "--draws", 10_000),
        *("--concentration", 30, "--seed", 2026, "--top", 1, "--format", "json"),
    )
    found = json.loads(out)
    units = {unit["id"]: unit for unit in found["units"]}
    assert [u["score"] for u in found["units"]] == pytest.approx([0.5, 0.56667, 0.6, 0.2], abs=5e-6)
    assert [u["rank"] for u in found["units"]] == [3, 2, 1, 4]
    assert units["u3"]["p_first"] == pytest.approx(0.7835)
    assert [units["u1"][k] for k in ("rank_low", "rank_high")] == [1, 3]
    assert "u3" in found["separation"]["not_told_apart"]["u1"]
    assert found["ignored_columns"] == ["name"]
    assert units["u2"]["leave_one_out"]["c"] == 1
    assert units["u1"]["variants"]["none-arithmetic"] == 3


def test_score_csv_and_table(capsys, scored):
    lines = run(capsys, *score(*scored, "--draws", 50, "--format", "csv")).splitlines()
    assert lines[0].startswith("id,score,rank,rank_median,rank_low,rank_high")
    assert len(lines) == 5
    assert "probabilité" in run(capsys, *score(*scored, "--draws", 50))
    assert "likely" in run(capsys, *score(*scored, "--draws", 50, "--lang", "en"))


def test_score_does_not_depend_on_row_order(capsys, scored):
    values, directions = scored
    one = json.loads(run(capsys, *score(values, directions, "--format", "json")))
    lines = values.read_text().splitlines()
    values.write_text("\n".join([lines[0], *reversed(lines[1:])]) + "\n")
    two = json.loads(run(capsys, *score(values, directions, "--format", "json")))
    assert sorted(one["units"], key=lambda u: u["id"]) == sorted(
        two["units"], key=lambda u: u["id"]
    )


def test_score_with_weights_goalposts_domains_and_gaps(capsys, scored, tmp_path):
    values, directions = scored
    directions.write_text(
        "indicator,direction,low,high,domain\na,1,0,1,x\nb,-1,0,1,x\nc,1,0.2,0.7,y\n"
    )
    weights = tmp_path / "W.csv"
    weights.write_text("indicator,weight\na,2\nb,2\nc,4\n")
    values.write_text(
        values.read_text().replace("u4,Quatre,.1,.3,.2", "u4,Quatre,.1,,\nu5,Cinq,,,")
    )
    out = run(
        capsys,
        *score(values, directions, "--weights", weights, "--normalize", "goalposts"),
        *("--draws", 100, "--vary-all", "--format", "json"),
    )
    units = {unit["id"]: unit for unit in json.loads(out)["units"]}
    assert units["u1"]["score"] == pytest.approx(0.25 * 0.9 + 0.25 * 0.8 + 0.5 * 0.4)
    assert units["u1"]["domains"] == pytest.approx({"x": 0.85, "y": 0.4})
    assert units["u4"]["score"] is None
    assert units["u4"]["quality"] == "missing"
    assert units["u5"]["rank"] is None
    assert units["u2"]["quality"] == "ok"


def test_constant_indicator_is_fine_between_goalposts(capsys, scored):
    values, directions = scored
    values.write_text("id,a\nu1,0.5\nu2,0.5\n")
    directions.write_text("indicator,direction,low,high\na,1,0,1\n")
    out = run(capsys, *score(values, directions, "--normalize", "goalposts", "--format", "json"))
    assert [u["rank"] for u in json.loads(out)["units"]] == [1, 1]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (("X.csv", "u2,Deux,.6", "u2,Deux,beaucoup"), "ligne 3 : « beaucoup » n'est pas un nombre"),
        (("X.csv", "u2,", "u1,"), "« u1 » apparaît plus d'une fois"),
        (("X.csv", "u2,", ","), "identifiant est vide"),
        (("X.csv", "id,name,a", "id,name,z"), "n'a pas la colonne « a »"),
        (("X.csv", "id,", "code,"), "n'a pas la colonne « id »"),
        (("D.csv", "a,1", "a,2"), "doit être +1 ou -1 ; reçu : 2"),
        (("D.csv", "indicator,direction\n", "indicator,sense\n"), "colonne « direction »"),
    ],
)
def test_score_tells_what_is_wrong(capsys, scored, tmp_path, change, sentence):
    file, old, new = change
    path = tmp_path / file
    path.write_text(path.read_text().replace(old, new, 1))
    if "sense" in new:
        path.write_text("indicator,sense,more\na,1,x\n")
    assert sentence in refused(capsys, *score(*scored))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("id,a,b,c\nu1,1,2,3\n", "Un seul secteur"),
        ("id,a,b,c\nu1,1,2,3\nu2,1,3,4\n", "« a » a la même valeur partout"),
        ("id,a,b,c\nu1,,2,3\nu2,,3,4\n", "« a » n'a que des valeurs manquantes"),
        ("id,a,b,c\n", "aucune ligne"),
        ("", "CSV lisible"),
    ],
)
def test_score_tells_what_the_table_lacks(capsys, scored, text, sentence):
    scored[0].write_text(text)
    assert sentence in refused(capsys, *score(*scored))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("indicator,weight\na,0\nb,0\nc,0\n", "somme des poids est nulle"),
        ("indicator,weight\na,1\nb,-1\nc,1\n", "négatif"),
        ("indicator,weight\na,1\nb,1\n", "manque un poids numérique pour : c"),
        ("indicator,weight\na,1\nb,1\nc,1\nd,1\n", "qui n'a pas de direction"),
        ("indicator,weight\na,1\nb,lourd\nc,1\n", "n'est pas un nombre"),
    ],
)
def test_score_tells_what_is_wrong_with_weights(capsys, scored, tmp_path, text, sentence):
    weights = tmp_path / "W.csv"
    weights.write_text(text)
    assert sentence in refused(capsys, *score(*scored, "--weights", weights))


def test_score_tells_about_scale_bounds_and_files(capsys, scored, tmp_path):
    scored[0].write_text("id,a,b,c\nu1,10,20,30\nu2,20,10,40\n")
    assert "entre 0 et 1" in refused(capsys, *score(*scored, "--normalize", "none"))
    assert "deux bornes" in refused(capsys, *score(*scored, "--normalize", "goalposts"))
    z = score(*scored, "--normalize", "zscore", "--method", "geometric")
    assert "scores z" in refused(capsys, *z)
    assert "n'existe pas" in refused(capsys, *score(tmp_path / "no.csv", scored[1]))
    assert "positifs" in refused(capsys, *score(*scored, "--draws", 0))
    english = refused(capsys, *score(tmp_path / "no.csv", scored[1], "--lang", "en"))
    assert "does not exist" in english


# --- interpolate ---------------------------------------------------------------------------------


@pytest.fixture
def layers(tmp_path):
    source = gpd.GeoDataFrame(
        {"id": ["s1", "s2"], "pop": [100, 200], "low": [10, 80], "income": [30_000.0, 45_000.0]},
        geometry=[box(0, 0, 100, 100), box(100, 0, 200, 100)],
        crs=METRIC,
    )
    target = gpd.GeoDataFrame(
        {"id": ["A", "B"], "name": ["Nord", "Sud"]},
        geometry=[box(0, 0, 200, 75), box(0, 75, 200, 100)],
        crs=METRIC,
    )
    paths = tmp_path / "A.gpkg", tmp_path / "B.geojson"
    source.to_file(paths[0])
    target.to_file(paths[1])
    return paths


def interpolate(source, target, *more):
    return (
        *("interpolate", "--source", source, "--target", target),
        *("--extensive", "pop", "--rate", "low:pop", *more),
    )


def test_interpolate_writes_the_table(capsys, layers, tmp_path):
    out = tmp_path / "out.csv"
    assert "2 secteurs écrits" in run(capsys, *interpolate(*layers, "-o", out))
    table = pd.read_csv(out).set_index("id")
    assert table["pop"].tolist() == pytest.approx([225, 75], abs=1e-9)
    assert table["low_rate"].tolist() == pytest.approx([0.3, 0.3], abs=1e-9)
    assert table["name"].tolist() == ["Nord", "Sud"]
    assert table["n_areas"].tolist() == [2, 2]
    assert table["split_share"].tolist() == [1, 1]
    assert table["missing_share_low_rate"].tolist() == [0, 0]
    assert table["flag_pop"].tolist() == ["approximate"] * 2


def test_interpolate_json_names_and_medians(capsys, layers):
    found = json.loads(
        run(capsys, *interpolate(*layers, "--median", "income:pop", "--format", "json"))
    )
    assert found["basis"] == "area"
    assert found["lost"] == {"pop": 0, "low": 0}
    first = found["targets"][0]
    assert first["id"] == "A"
    assert first["income"] == pytest.approx(40_000)
    named = json.loads(
        run(
            capsys,
            *("interpolate", "--source", layers[0], "--target", layers[1]),
            *("--rate", "poverty=low:pop", "--format", "json"),
        )
    )
    assert named["targets"][0]["poverty"] == pytest.approx(0.3)


@pytest.mark.parametrize("ending", ["geojson", "gpkg", "parquet"])
def test_interpolate_reads_and_writes_every_format(capsys, layers, tmp_path, ending):
    first = tmp_path / f"first.{ending}"
    run(capsys, *interpolate(*layers, "-o", first))
    back = tmp_path / f"back.{ending}"
    run(
        capsys,
        *("interpolate", "--source", first, "--target", first, "--extensive", "pop", "-o", back),
    )
    read = gpd.read_parquet(back) if ending == "parquet" else gpd.read_file(back)
    assert read["pop"].tolist() == pytest.approx([225, 75])
    assert read.crs == METRIC


def test_interpolate_by_blocks(capsys, tmp_path):
    sources = gpd.GeoDataFrame(
        {"id": [1, 2], "pop": [100, 200], "low": [10, 80]},
        geometry=[box(0, 0, 100, 100), box(100, 0, 200, 100)],
        crs=METRIC,
    )
    target = gpd.GeoDataFrame({"id": ["N"]}, geometry=[box(0, 0, 150, 100)], crs=METRIC)
    blocks = gpd.GeoDataFrame(
        {"source_id": [1, 2, 2], "population": [100, 150, 50]},
        geometry=[box(0, 0, 100, 100), box(100, 0, 145, 100), box(160, 0, 200, 100)],
        crs=METRIC,
    )
    for name, layer in (("s", sources), ("t", target), ("b", blocks)):
        layer.to_file(tmp_path / f"{name}.gpkg")
    words = interpolate(tmp_path / "s.gpkg", tmp_path / "t.gpkg", "--format", "json")
    by_area = json.loads(run(capsys, *words))["targets"][0]
    by_block = json.loads(run(capsys, *words, "--blocks", tmp_path / "b.gpkg"))["targets"][0]
    assert by_area["low_rate"] == pytest.approx(0.25)
    assert by_block["low_rate"] == pytest.approx(0.28)
    assert by_block["pop"] == 250


def test_interpolate_refuses_degrees_and_mixed_systems_unless_projected(capsys, layers, tmp_path):
    degrees = tmp_path / "degrees.geojson"
    frame = gpd.read_file(layers[1]).set_crs(METRIC, allow_override=True)
    frame.geometry = frame.translate(300_000, 5_000_000)
    frame.to_crs("EPSG:4326").to_file(degrees)
    assert "même système" in refused(capsys, *interpolate(layers[0], degrees))
    both = ("interpolate", "--source", degrees, "--target", degrees, "--extensive", "n")
    degrees_with_count = gpd.read_file(degrees).assign(n=[10, 20])
    degrees_with_count.to_file(degrees)
    assert "en degrés" in refused(capsys, *both)
    found = json.loads(run(capsys, *both, "--crs", METRIC, "--format", "json"))
    assert [t["n"] for t in found["targets"]] == pytest.approx([10, 20])
    assert "inconnu" in refused(capsys, *both, "--crs", "EPSG:1")


def test_interpolate_refuses_metres_that_claim_to_be_degrees(capsys, layers, tmp_path):
    liar = tmp_path / "liar.geojson"
    liar.write_text(
        '{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {"pop": 1},'
        ' "geometry": {"type": "Polygon", "coordinates":'
        " [[[300000, 5000000], [300100, 5000000], [300100, 5000100], [300000, 5000000]]]}}]}"
    )
    assert "n'en sont pas" in refused(capsys, *interpolate(layers[0], liar))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"pop": [-5, 200]}, "valeur négative"),
        ({"pop": ["cent", "200"]}, "« cent » n'est pas un nombre"),
        ({"id": ["s1", "s1"]}, "plus d'une fois"),
        ({"low": [np.nan, np.nan]}, "valeurs manquantes"),
    ],
)
def test_interpolate_tells_what_is_wrong(capsys, layers, change, sentence):
    gpd.read_file(layers[0]).assign(**change).to_file(layers[0])
    assert sentence in refused(capsys, *interpolate(*layers))


def test_interpolate_tells_about_requests_and_files(capsys, layers, tmp_path):
    both = ("interpolate", "--source", layers[0], "--target", layers[1])
    assert "Rien à interpoler" in refused(capsys, *both)
    assert "numérateur:dénominateur" in refused(capsys, *both, "--rate", "low")
    assert "« homes »" in refused(capsys, *both, "--extensive", "homes")
    table = tmp_path / "t.csv"
    table.write_text("id,pop\na,1\n")
    assert "sans formes" in refused(capsys, *interpolate(table, layers[1]))
    broken = tmp_path / "broken.geojson"
    broken.write_text("{")
    assert "n'est pas une couche lisible" in refused(capsys, *interpolate(broken, layers[1]))
    broken_parquet = tmp_path / "broken.parquet"
    broken_parquet.write_bytes(b"PAR1nothing")
    assert "lisible" in refused(capsys, *interpolate(broken_parquet, layers[1]))
    assert "doit finir par" in refused(capsys, *interpolate(*layers, "-o", tmp_path / "o.xyz"))
    assert "dossier" in refused(capsys, *interpolate(*layers, "-o", tmp_path / "no" / "o.csv"))
    two = tmp_path / "two.gpkg"
    for name in ("one", "other"):
        gpd.read_file(layers[0]).to_file(two, layer=name)
    assert "plusieurs couches (one, other)" in refused(capsys, *interpolate(two, layers[1]))


# --- clusters ------------------------------------------------------------------------------------


@pytest.fixture
def hot(tmp_path):
    rng = np.random.default_rng(0)
    cells = [(i, j) for i in range(8) for j in range(8)]
    layer = gpd.GeoDataFrame(
        {
            "id": [f"c{i}{j}" for i, j in cells],
            "name": [f"Secteur {i}-{j}" for i, j in cells],
            "rate": [
                (50 if i < 3 and j < 3 else 10) + v
                for (i, j), v in zip(cells, rng.normal(0, 1, 64), strict=True)
            ],
        },
        geometry=[box(100 * i, 100 * j, 100 * i + 100, 100 * j + 100) for i, j in cells],
        crs=METRIC,
    )
    path = tmp_path / "L.geojson"
    layer.to_file(path)
    return path


@pytest.mark.parametrize(("statistic", "word"), [("local_moran", "HH"), ("getis_ord", "hot")])
def test_clusters_json(capsys, hot, statistic, word):
    words = ("clusters", "--layer", hot, "--value", "rate", "--statistic", statistic)
    found = json.loads(run(capsys, *words, "--format", "json"))
    areas = {area["id"]: area for area in found["areas"]}
    assert areas["c11"]["class"] == word
    assert areas["c66"]["class"] in ("not_significant", "LL", "cold")
    assert found["global"]["i"] > 0.5
    assert found["global"]["z"] > 5
    assert set(areas["c11"]) >= {"statistic", "p", "significant", "z"}
    assert found == json.loads(run(capsys, *words, "--format", "json"))


def test_clusters_table_knn_and_layer(capsys, hot, tmp_path):
    out = tmp_path / "out.geojson"
    words = ("clusters", "--layer", hot, "--value", "rate", "--weights", "knn", "--k", 4)
    assert "I de Moran global" in run(capsys, *words, "-o", out)
    written = gpd.read_file(out)
    assert set(written["class"]) >= {"HH", "not_significant"}
    assert "name" in written
    lines = run(capsys, *words, "--format", "csv").splitlines()
    assert lines[0] == "id,value,statistic,z,p,significant,class,neighbours"


def test_clusters_tell_what_is_wrong(capsys, hot, tmp_path):
    words = ("clusters", "--layer", hot, "--value")
    assert "colonne « income »" in refused(capsys, *words, "income")
    assert "nombre de voisins" in refused(capsys, *words, "rate", "--weights", "knn", "--k", 64)
    one = tmp_path / "one.geojson"
    gpd.read_file(hot).head(1).to_file(one)
    assert "au moins 10" in refused(capsys, "clusters", "--layer", one, "--value", "rate")
    flat = tmp_path / "flat.geojson"
    gpd.read_file(hot).assign(rate=1).to_file(flat)
    assert "même valeur" in refused(capsys, "clusters", "--layer", flat, "--value", "rate")


# --- deprivation ---------------------------------------------------------------------------------


@pytest.fixture
def six(tmp_path):
    rng = np.random.default_rng(4)
    material, social = rng.standard_normal((2, 120))

    def share(x, centre):
        return 1 / (1 + np.exp(-(centre + 0.5 * x + 0.15 * rng.standard_normal(120))))

    table = pd.DataFrame(
        {
            "id": [f"a{i:03}" for i in range(120)],
            "no_diploma": share(material, -1.2),
            "employment": share(-material, 0.4),
            "income": 38_000 * np.exp(-0.2 * material),
            "living_alone": share(social, -1.4),
            "separated_divorced_widowed": share(social, -1.3),
            "single_parent": share(social, -1.5),
            "population": rng.integers(300, 700, 120),
        }
    )
    path = tmp_path / "six_inputs.csv"
    table.to_csv(path, index=False)
    return path


def test_deprivation_json(capsys, six):
    found = json.loads(run(capsys, "deprivation", "--values", six, "--format", "json"))
    material = found["components"]["material"]["loadings"]
    assert material["no_diploma"] > 0.6
    assert material["income"] < -0.6
    assert found["components"]["social"]["loadings"]["living_alone"] > 0.6
    assert found["quintiles_of"] == "population"
    assert found["adjusted"] is False
    counts = pd.Series([u["material_quintile"] for u in found["units"]]).value_counts()
    assert sorted(counts.index) == [1, 2, 3, 4, 5]
    assert counts.max() < 40


def test_deprivation_without_population_and_with_other_names(capsys, six):
    table = pd.read_csv(six).drop(columns="population")
    table.rename(columns={"employment": "emp_rate", "living_alone": "alone"}).to_csv(
        six, index=False
    )
    found = json.loads(run(capsys, "deprivation", "--values", six, "--format", "json"))
    assert found["quintiles_of"] == "units"
    assert found["columns"]["employment"] == "emp_rate"
    assert "type IDMS" in run(capsys, "deprivation", "--values", six)
    head = run(capsys, "deprivation", "--values", six, "--format", "csv").splitlines()[0]
    assert head == "id,material,social,material_quintile,social_quintile,group"


def test_deprivation_tells_what_is_wrong(capsys, six):
    table = pd.read_csv(six)
    for change, sentence in [
        ({"no_diploma": table["no_diploma"] * 100}, "entre 0 et 1"),
        ({"living_alone": 0.2}, "même valeur partout"),
        ({"living_alone": "peu"}, "n'est pas un nombre"),
        ({"living_alone": np.nan}, "valeurs manquantes"),
        ({"population": -1}, "négative"),
        ({"id": "a"}, "plus d'une fois"),
    ]:
        table.assign(**change).to_csv(six, index=False)
        assert sentence in refused(capsys, "deprivation", "--values", six)
    table.drop(columns="income").to_csv(six, index=False)
    assert "colonne « income »" in refused(capsys, "deprivation", "--values", six)
    table.head(1).to_csv(six, index=False)
    assert "secteurs complets" in refused(capsys, "deprivation", "--values", six)
