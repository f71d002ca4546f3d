"""`revital access` and `revital site` on the user's own files, with every odd input."""

from __future__ import annotations

import json

import geopandas as gpd
import pytest
from shapely.geometry import LineString, Point

from revital.cli.main import main

ORIGINS = "id,pop\n1,100\n2,50\n3,10\n"
SERVICES = "id,supply\n1,15\n2,20\n3,100\n"
MATRIX = "from,to,cost\n1,1,1\n2,2,1\n3,3,1\n1,3,40\n2,3,40\n3,1,40\n3,2,40\n1,2,80\n2,1,80\n"


@pytest.fixture
def files(tmp_path):
    def write(**contents):
        for name, content in contents.items():
            (tmp_path / f"{name}.csv").write_text(content, encoding="utf-8")
        return {name: str(tmp_path / f"{name}.csv") for name in contents}

    return write


@pytest.fixture
def run(capsys):
    def call(*words):
        main([*map(str, words), "--format", "json"])
        return json.loads(capsys.readouterr().out)

    return call


@pytest.fixture
def refused(capsys):
    def call(*words, lang="fr"):
        with pytest.raises(SystemExit) as stop:
            main([*map(str, words), "--lang", lang])
        assert stop.value.code == 2
        captured = capsys.readouterr()
        assert captured.out == ""
        assert "Traceback" not in captured.err
        assert len(captured.err.strip().splitlines()) == 1
        return captured.err

    return call


def access(paths, *words):
    found = ["access"]
    for name, path in paths.items():
        found += [f"--{name}", path]
    return [*found, *words]


@pytest.mark.parametrize(
    ("words", "want"),
    [
        (["--measure", "2sfca", "--threshold", 61], [0.761364, 0.958333, 1.094697]),
        (
            ["--measure", "e2sfca", "--weights", "10:1,30:0.68,61:0.22"],
            [0.658399, 0.894770, 2.442162],
        ),
        (
            ["--measure", "gravity_demand", "--threshold", 61],
            [0.331444, 0.579828, 7.286418],
        ),
        (["--measure", "gravity", "--threshold", 61], [17.5, 22.5, 100.875]),
        (["--measure", "nearest"], [1, 1, 1]),
        (["--measure", "cumulative", "--threshold", 40], [2, 2, 3]),
        (["--measure", "mean_n", "--n", 2], [20.5, 20.5, 20.5]),
    ],
)
def test_the_hospital_example_from_files(files, run, words, want):
    paths = files(origins=ORIGINS, services=SERVICES, matrix=MATRIX)
    result = run(*access(paths, *words))
    assert [row["value"] for row in result["origins"]] == pytest.approx(want, abs=1e-6)
    assert result["method"] == "matrix"
    assert result["layer"] == "matrix.csv"
    if result["supply_reached"] is not None:
        assert result["supply_reached"] == 135


def test_nothing_is_said_within_a_threshold_that_was_not_given(files, run):
    paths = files(origins=ORIGINS, services=SERVICES, matrix=MATRIX)
    summary = run(*access(paths))["summary"]
    assert summary["people_within"] is None
    assert summary["share_within"] is None
    assert summary["mean_cost"] == 1


def test_missing_pairs_duplicates_and_unknown_ids_are_told(files, run):
    paths = files(
        origins="id,pop\na,10\nb,5\n",
        services="id\ns\nt\n",
        matrix="from,to,cost\na,s,500\na,s,300\nx,s,1\na,t,\n",
    )
    result = run(*access(paths, "--threshold", 400))
    a, b = result["origins"]
    assert (a["value"], a["service_id"], a["is_reached"]) == (300, "s", True)
    assert (b["value"], b["service_id"], b["is_reached"]) == (None, None, False)
    summary = result["summary"]
    assert (summary["people_within"], summary["people_unreached"]) == (10, 5)
    assert summary["mean_cost"] == 300
    told = " ".join(result["notices"])
    assert "1 paire(s) répétée(s)" in told
    assert "identifiant absent" in told
    assert "3 paire(s) absente(s)" in told


def test_straight_lines_with_their_factor_and_two_services_at_one_point(files, run):
    # 0.01 degree of latitude is about 1,112 m.
    paths = files(
        origins="id;pop;x;y\na;10;-72,55;46,34\nb;20;-72,55;46,35\n",
        services="id;x;y\ns;-72,55;46,34\nt;-72,55;46,34\n",
    )
    result = run(*access(paths, "--detour", 1, "--threshold", 1000))
    assert result["method"] == "straight_line"
    assert result["origins"][0]["value"] == pytest.approx(0, abs=1e-6)
    assert result["origins"][1]["value"] == pytest.approx(1112, rel=0.005)
    assert result["summary"]["share_within"] == pytest.approx(1 / 3)
    longer = run(*access(paths, "--detour", 1.3, "--threshold", 1000))
    assert longer["detour_factor"] == 1.3
    assert longer["origins"][1]["value"] == pytest.approx(1.3 * result["origins"][1]["value"])


def test_points_without_coordinates_and_without_people_are_counted_apart(files, run):
    paths = files(
        origins="id,pop,x,y\na,10,-72.55,46.34\nb,20,,\nc,0,-72.55,46.35\nd,,-72.55,46.34\n",
        services="id,supply,x,y\ns,0,-72.55,46.34\nt,3,nan,\n",
    )
    result = run(*access(paths, "--measure", "cumulative", "--minutes", 15))
    assert result["threshold"] == 1200
    assert result["summary"]["people_unlocated"] == 20
    assert result["summary"]["people"] == 10
    assert result["origins"][0]["services"] == 1
    assert result["origins"][0]["supply"] == 0
    told = " ".join(result["notices"])
    assert "sans population" in told
    assert told.count("sans coordonnées") == 2
    assert "offre est 0" in told


def test_coordinates_in_metres_need_their_system(files, run, refused):
    paths = files(
        origins="id,pop,x,y\na,10,300000,5040000\n", services="id,x,y\ns,300300,5040400\n"
    )
    assert "--crs" in refused(*access(paths))
    result = run(*access(paths, "--crs", "EPSG:32188", "--detour", 1))
    assert result["origins"][0]["value"] == pytest.approx(500, rel=0.001)
    degrees = files(origins="id,pop,x,y\na,10,-73.5,45.5\n", services="id,x,y\ns,-73.5,45.5\n")
    assert "degrés" in refused(*access(degrees, "--crs", "EPSG:32188"))
    assert "EPSG:1" in refused(*access(degrees, "--crs", "EPSG:1"))


@pytest.mark.parametrize(
    ("x", "y", "words"),
    [
        ("46.34", "-72.55", []),
        ("45.5", "-120.5", []),
        ("5040000", "300000", ["--crs", "EPSG:32188"]),
    ],
)
def test_swapped_coordinates_are_refused(files, refused, x, y, words):
    paths = files(origins=f"id,pop,x,y\na,10,{x},{y}\n", services=f"id,x,y\ns,{x},{y}\n")
    assert "inversées" in refused(*access(paths, *words))


@pytest.mark.parametrize(
    ("change", "words", "expected"),
    [
        ({"origins": "id,people\n1,2\n"}, [], "pop"),
        ({"origins": "pop\n1\n"}, [], "id"),
        ({"origins": "id,pop\n1,2\n1,3\n"}, [], "répétés"),
        ({"origins": "id,pop\n,2\n"}, [], "manquent"),
        ({"origins": "id,pop\n1,beaucoup\n"}, [], "beaucoup"),
        ({"origins": "id,pop\n1,-5\n"}, [], "négative"),
        ({"origins": "id,pop\n"}, [], "aucune ligne"),
        ({"origins": ""}, [], "CSV"),
        ({"services": "id,supply\n1,-1\n"}, ["--measure", "gravity"], "négative"),
        ({"services": "id,supply\n1,\n"}, ["--measure", "gravity"], "Écrivez 0"),
        ({"matrix": "from,to\n1,1\n"}, [], "cost"),
        ({"matrix": "from,to,cost\n1,1,-2\n"}, [], "négatif"),
        ({"matrix": "from,to,cost\n9,9,2\n"}, [], "identifiants"),
        ({}, ["--measure", "cumulative"], "--threshold"),
        ({}, ["--measure", "e2sfca"], "--weights"),
        ({}, ["--measure", "e2sfca", "--weights", "dix:1"], "dix"),
        ({}, ["--measure", "gravity", "--decay", "loin:1"], "loin"),
        ({}, ["--threshold", "0"], "plus grand que 0"),
    ],
)
def test_what_is_wrong_is_one_sentence(files, refused, change, words, expected):
    contents = {"origins": ORIGINS, "services": SERVICES, "matrix": MATRIX, **change}
    assert expected in refused(*access(files(**contents), *words))


def test_files_that_are_not_tables(files, refused, tmp_path):
    paths = files(origins=ORIGINS, services=SERVICES)
    assert "« x » et « y »" in refused(*access(paths))
    (tmp_path / "latin.csv").write_bytes("id,pop\né,1\n".encode("latin-1"))
    bad = {"origins": str(tmp_path / "latin.csv"), "services": paths["services"]}
    assert "UTF-8" in refused(*access(bad))
    assert "n'existe pas" in refused(*access({**bad, "origins": str(tmp_path / "absent.csv")}))
    assert "--territory" in refused("access")


@pytest.fixture
def street_files(tmp_path, files):
    """A bent street of 300 m + 400 m, a motorway straight across, an island, near Montréal."""
    crs = "EPSG:32188"
    x, y = 300000, 5040000
    lines = [
        LineString([(x, y), (x + 300, y)]),
        LineString([(x + 300, y), (x + 300, y + 400)]),
        LineString([(x, y), (x + 300, y + 400)]),
        LineString([(x + 5000, y), (x + 5100, y)]),
    ]
    layer = gpd.GeoDataFrame(
        {"ClsRte": ["Locale", "Locale", "Autoroute", "Locale"]}, geometry=lines, crs=crs
    )
    layer.to_file(tmp_path / "streets.geojson", driver="GeoJSON")
    gpd.GeoDataFrame(
        geometry=[LineString([(x + 250, y + 100), (x + 350, y + 100)])], crs=crs
    ).to_file(tmp_path / "fence.geojson", driver="GeoJSON")
    points = gpd.GeoSeries(
        [Point(x, y), Point(x + 5000, y), Point(x + 300, y + 400)], crs=crs
    ).to_crs(4326)
    rows = [f"{p.x:.8f},{p.y:.8f}" for p in points]
    paths = files(
        origins=f"id,pop,x,y\na,10,{rows[0]}\nisland,5,{rows[1]}\n",
        services=f"id,x,y\ns,{rows[2]}\n",
    )
    return {**paths, "streets": str(tmp_path / "streets.geojson")}


def test_streets_motorways_barriers_and_an_island(street_files, run, tmp_path):
    result = run(*access(street_files, "--threshold", 1000))
    near, island = result["origins"]
    assert result["method"] == "network"
    assert near["value"] == pytest.approx(700, rel=0.002)
    assert island["value"] is None
    assert result["summary"]["people_unreached"] == 5
    assert result["summary"]["mean_cost"] == pytest.approx(near["value"])
    assert any("ne marche pas" in n for n in result["notices"])
    cut = run(*access(street_files, "--barriers", tmp_path / "fence.geojson"))
    assert cut["origins"][0]["value"] is None
    straight = run(*access({k: v for k, v in street_files.items() if k != "streets"}))
    assert straight["method"] == "straight_line"


@pytest.mark.parametrize("measure", ["2sfca", "e2sfca", "cumulative"])
def test_a_service_beyond_the_limit_is_a_zero_and_an_island_is_missing(street_files, run, measure):
    zones = ("--weights", "100:1,500:0.5") if measure == "e2sfca" else ("--threshold", 500)
    result = run(*access(street_files, "--measure", measure, *zones))
    near, island = result["origins"]
    assert (near["value"], near["is_reached"]) == (0, True)
    assert island["is_reached"] is False
    assert island["value"] == (0 if measure == "cumulative" else None)
    # The nearest store is told all the same, farther than the limit as it is.
    assert result["summary"]["mean_cost"] == pytest.approx(700, rel=0.002)
    assert result["summary"]["people_unreached"] == 5


def test_a_street_layer_that_is_not_one(street_files, refused):
    paths = {**street_files, "streets": street_files["origins"].replace("origins", "absent")}
    assert "couche géographique" in refused(*access(paths))


# --- site --------------------------------------------------------------------------------------

LINE_ORIGINS = "id,pop,quintile\na,10,1\nb,5,3\nc,8,5\n"
LINE_PLACES = "id\np0\np3\np6\n"
LINE_MATRIX = "from,to,cost\n" + "".join(
    f"{o},p{x},{abs(x - at)}\n" for o, at in (("a", 0), ("b", 3), ("c", 6)) for x in (0, 3, 6)
)


@pytest.mark.parametrize(
    ("words", "chosen", "objective"),
    [
        (["--method", "mclp", "--p", 1, "--threshold", 3], ["p3"], 23),
        (["--method", "pmedian", "--p", 1], ["p3"], 54),
        (["--method", "pcenter", "--p", 1], ["p3"], 3),
        (["--method", "lscp", "--threshold", 3], ["p3"], 1),
        (["--method", "mclp", "--p", 1, "--threshold", 1], ["p0"], 10),
        (["--method", "mclp", "--p", 1, "--threshold", 1, "--equity", 1], ["p6"], 16),
    ],
)
def test_sites_on_a_line(files, run, words, chosen, objective):
    paths = files(origins=LINE_ORIGINS, candidates=LINE_PLACES, matrix=LINE_MATRIX)
    result = run("site", *access(paths)[1:], *words)
    assert result["chosen"] == chosen
    assert result["objective"] == objective


def test_existing_services_stay(files, run):
    paths = files(
        origins=LINE_ORIGINS, candidates=LINE_PLACES, matrix=LINE_MATRIX, existing="id\np0\n"
    )
    result = run("site", *access(paths)[1:], "--p", 1, "--threshold", 1)
    assert result["chosen"] == ["p6"]
    assert (result["people_covered_before"], result["people_covered"]) == (10, 18)
    assert result["existing"] == 1
    assert "déjà" in " ".join(result["notices"])


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--p", 9, "--method", "pmedian"], "entre 1 et 3"),
        (["--p", 1], "seuil"),
        (["--method", "pmedian"], "aucun"),
        (["--p", 1, "--threshold", 3, "--equity", -1], "équité"),
    ],
)
def test_impossible_siting_is_refused(files, refused, words, expected):
    paths = files(origins=LINE_ORIGINS, candidates=LINE_PLACES, matrix=LINE_MATRIX)
    assert expected in refused("site", *access(paths)[1:], *words)


def test_equity_needs_quintiles(files, refused):
    paths = files(origins="id,pop\na,1\n", candidates=LINE_PLACES, matrix=LINE_MATRIX)
    assert "quintile" in refused(
        "site", *access(paths)[1:], "--p", 1, "--threshold", 3, "--equity", 1
    )


def test_a_table_for_people_and_a_csv_for_machines(files, capsys):
    paths = files(origins=ORIGINS, services=SERVICES, matrix=MATRIX)
    main([*access(paths, "--threshold", "61"), "--format", "csv"])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "id,Population,Valeur,Service,Atteint un service"
    assert lines[1] == "1,100.0,1.0,1,True"
    main([*access(paths, "--threshold", "61")])
    captured = capsys.readouterr()
    assert "oui" in captured.out
    assert "160 personnes" in captured.err
