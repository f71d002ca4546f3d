"""Own data as it may be shown: marked, and with nothing that points at people."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

from revital.cli.main import cli
from revital.domain.disclosure import differs_by_few
from revital.errors import UnknownIdError
from revital.i18n import translator
from revital.services import exports
from revital.services.data import open_data
from revital.services.imports.events import Journal, confirm, preview, undo
from revital.services.imports.kinds import guess, kind
from revital.services.imports.published import counts_people
from revital.services.imports.reading import Context, read_table
from revital.services.imports.replacing import earlier, earlier_text
from revital.services.map_sheet import map_sheet
from revital.services.own_layers import own_layers, preview_values
from revital.services.own_mapping import PREFIX, any_map, own_measures
from revital.services.workspace.home import Workspace

HERE = "saint-philippe"


def bring(home: Workspace, kind_id: str, text: str, territory: str = HERE, **mapping: str):
    data = open_data()
    table = read_table(text.encode(), "a.csv")
    chosen = guess(kind(kind_id), list(table.columns)) | mapping
    shown = preview(kind_id, table, chosen, Context(data, territory))
    assert shown.rejects == ()
    return confirm(data, home, territory, shown, by="CDEC", file=f"{kind_id}.csv")


def units() -> list[str]:
    data = open_data()
    return list(data.units(data.catalogue.territory(HERE), "da"))


def values_text(unit: str, counts: list[int]) -> str:
    lines = [f"{u},dépannages,{n},2026,{unit}" for u, n in zip(units(), counts, strict=True)]
    return "aire,mesure,valeur,date,unité de mesure\n" + "\n".join(lines) + "\n"


def answers(**counts: int) -> str:
    rows = [f"{i},{a}" for i, a in enumerate(a for a, n in counts.items() for _ in range(n))]
    return "id,Sécurité\n" + "\n".join(rows) + "\n"


def test_each_kind_comes_back_marked_with_who_and_when(home: Workspace):
    assert own_layers(open_data(), home, HERE).is_empty
    bring(home, "points", "nom,type,lat,lon\nFrigo,food_aid,46.3405,-72.5460\n")
    bring(home, "values", values_text("arbres", [12, 3, 8, 9, 10, 11]))
    bring(home, "survey", answers(Oui=30, Non=20))
    bring(home, "incidents", "date,type,nombre\n2025,vol,12\n2025,méfait,30\n")
    found = own_layers(open_data(), home, HERE)
    (place,) = found.places
    assert (place.name, place.origin.by, place.origin.file) == ("Frigo", "CDEC", "points.csv")
    (trees,) = found.values
    # Trees are not people: three of them are shown.
    assert sorted(trees.values) == [3, 8, 9, 10, 11, 12]
    assert trees.inside == set(units())
    (asked,) = found.questions
    assert (asked.base, asked.is_withheld) == (50, False)
    yes = next(a for a in asked.answers if a.text == "Oui")
    assert (yes.n, yes.share) == (30, 0.6)
    assert yes.interval[0] < 0.6 < yes.interval[1]
    assert [(i.category, i.n) for i in found.incidents] == [("méfait", 30), ("vol", 12)]
    other = own_layers(open_data(), home, "premiers-quartiers")
    assert other.questions == other.incidents == ()


def test_few_respondents_give_no_share(home: Workspace):
    bring(home, "survey", answers(Oui=12, Non=10))
    (asked,) = own_layers(open_data(), home, HERE).questions
    assert [(a.n, a.share, a.interval) for a in asked.answers] == [
        (10, None, None),
        (12, None, None),
    ]


@pytest.mark.parametrize(("counts", "hidden_n"), [([12, 3, 8, 9, 10, 11], 2), ([9] * 6, 0)])
def test_small_counts_of_people_are_hidden_with_what_would_give_them_away(
    home: Workspace, counts: list[int], hidden_n: int
):
    text = values_text("personnes", counts)
    table = read_table(text.encode(), "a.csv")
    shown = preview("values", table, guess(kind("values"), list(table.columns)),
                    Context(open_data(), HERE))  # fmt: skip
    (before,) = preview_values(open_data(), HERE, shown.frame)
    bring(home, "values", text)
    (after,) = own_layers(open_data(), home, HERE).values
    assert before.hidden == after.hidden
    assert len(after.hidden) == hidden_n
    assert after.values.isna().sum() == hidden_n
    if hidden_n:
        assert "3" not in {str(v) for v in after.values}
        # Six areas, one tract: its total less what is shown settles neither hidden count.
        assert sum(counts) - after.values.sum() >= 5


def test_a_tract_does_not_give_back_a_hidden_area(home: Workspace):
    text = values_text("personnes", [1, 0, 0, 0, 0, 1]) + "4420003.00,dépannages,2,2026,personnes\n"
    bring(home, "values", text)
    found = own_layers(open_data(), home, HERE).values
    assert {v.level for v in found} == {"da", "ct"}
    assert all(v.values.isna().all() for v in found)


def test_units_that_count_people_are_known_in_both_languages():
    assert counts_people("dépannages", "ménages")
    assert counts_people("food parcels", "households")
    assert counts_people("nombre d'aînés rejoints", "")
    assert not counts_people("personnes par logement", "ratio")
    assert not counts_people("arbres plantés", "arbres")


def test_the_same_survey_some_days_later_tells_on_nobody(home: Workspace):
    first = answers(Oui=30, Non=20)
    bring(home, "survey", first)
    bring(home, "survey", answers(Oui=32, Non=20))
    older, newer = own_layers(open_data(), home, HERE).questions
    assert older.is_withheld
    assert older.base is None
    assert all(a.n is None for a in older.answers)
    assert not newer.is_withheld
    # Other people, other answers: both are shown.
    bring(home, "survey", answers(Oui=20, Non=31))
    shown = [q.is_withheld for q in own_layers(open_data(), home, HERE).questions]
    assert shown == [True, False, False]


def test_a_neighbourhood_inside_another_tells_on_nobody(home: Workspace):
    bring(home, "survey", answers(Oui=30, Non=20))
    bring(home, "survey", answers(Oui=33, Non=20), territory="premiers-quartiers")
    (inner,) = own_layers(open_data(), home, HERE).questions
    (outer,) = own_layers(open_data(), home, "premiers-quartiers").questions
    assert (inner.is_withheld, outer.is_withheld) == (True, False)
    bring(home, "incidents", "date,type,nombre\n2025,vol,12\n")
    bring(home, "incidents", "date,type,nombre\n2025,vol,14\n", territory="premiers-quartiers")
    assert [i.n for i in own_layers(open_data(), home, HERE).incidents] == [None]


@pytest.mark.parametrize(
    ("older", "newer", "close"),
    [
        ({"a": 30, "b": 20}, {"a": 30, "b": 20}, False),
        ({"a": 30, "b": 20}, {"a": 31, "b": 20}, True),
        ({"a": 30, "b": 20}, {"a": 30, "b": 15}, False),
        ({"a": 30, "b": 20}, {"a": 30, "b": 20, "c": 1}, True),
        ({"a": 30, "b": 20}, {"a": 33, "b": 18}, False),
        ({"a": 30, "b": 20}, {"a": 80, "b": 24}, True),
    ],
)
def test_lists_that_few_people_tell_apart(older: dict, newer: dict, close: bool):
    assert differs_by_few(pd.Series(older), pd.Series(newer)) is close
    assert differs_by_few(pd.Series(newer), pd.Series(older)) is close


def test_the_command_shows_what_the_page_shows(home: Workspace):
    bring(home, "survey", answers(Oui=30, Non=20, Peut_être=2))
    done = CliRunner().invoke(
        cli, ["import", "show", "--territory", HERE, "--format", "json"], catch_exceptions=False
    )
    (asked,) = json.loads(done.output)["survey"]
    assert {a["text"]: a["n"] for a in asked["answers"]} == {
        "Non": None,
        "Oui": 30,
        "Peut_être": None,
    }


# --- on the map ---------------------------------------------------------------------------------


def test_no_indicator_can_be_taken_for_an_own_measure():
    assert not [id_ for id_ in open_data().catalogue.indicators if id_.startswith(PREFIX)]


def drawn(home: Workspace, level: str | None = None):
    data = open_data()
    (own,) = own_measures(data, home, HERE).values()
    return own, any_map(data, own.id, HERE, level, home.root / "static")


def test_own_values_are_a_map_like_any_indicator(home: Workspace):
    bring(home, "values", values_text("arbres", [12, 3, 8, 9, 10, 11]))
    own, shown = drawn(home)
    assert own.title == "dépannages (2026)"
    at = dict(zip(shown.outlines.ids, shown.values, strict=True))
    # A cell that stands for two areas has no value of its own.
    alone = [u for u in units() if u in at]
    brought = dict(zip(units(), [12, 3, 8, 9, 10, 11], strict=True))
    assert {u: at[u] for u in alone} == {u: brought[u] for u in alone}
    assert sum(v is not None for v in shown.values) == len(alone) > 0
    assert sum(c.count for c in shown.classes) == len(alone)
    assert shown.missing == len(shown.values) - len(alone)
    assert shown.date.fr == "2026"
    said = [n.en for n in shown.approximate]
    assert any(n.startswith("Local data, brought by: CDEC, 20") for n in said)
    assert ("Not on the map" in " ".join(said)) is (len(alone) < len(units()))
    table = exports.map_csv(open_data(), shown, translator("fr")).decode("utf-8-sig")
    assert "Donnée locale, apportée par : CDEC" in table
    # The same measure has the same address after another import, and goes with the last one.
    bring(home, "values", values_text("arbres", [1, 3, 8, 9, 10, 11]))
    again, _ = drawn(home)
    assert again.id == own.id
    for event in reversed(Journal(home).standing()):
        undo(open_data(), home, event.id, by="CDEC")
    assert own_measures(open_data(), home, HERE) == {}
    with pytest.raises(UnknownIdError, match="Aucune valeur locale"):
        any_map(open_data(), own.id, HERE, None, home.root / "static")


def test_a_hidden_count_of_people_is_hidden_on_the_map_and_never_no_data(home: Workspace):
    bring(home, "values", values_text("personnes", [12, 3, 8, 9, 10, 11]))
    own, shown = drawn(home)
    (values,) = own.levels.values()
    hidden = {shown.outlines.ids[i] for i in shown.hidden}
    assert hidden == values.hidden & set(shown.outlines.ids)
    assert hidden
    assert all(shown.values[i] is None for i in shown.hidden)
    has = sum(v is not None for v in shown.values)
    assert shown.missing == len(shown.values) - has - len(hidden)
    table = exports.map_csv(open_data(), shown, translator("fr")).decode("utf-8-sig")
    rows = {row[0]: row for row in csv.reader(io.StringIO(table))}
    assert all(rows[id_][4] == "caché" for id_ in hidden)
    sheet = map_sheet(open_data(), own.id, HERE, translator("en"))
    assert f"hidden ({len(hidden)})" in sheet.none


def test_a_merged_cell_names_the_values_it_cannot_carry(home: Workspace):
    data = open_data()
    cells = data.layers.read_shapes("outlines_da_442")["members"]
    both = next(m.split(";") for m in cells if ";" in m)
    rows = "\n".join(f"{unit},arbres,{n}" for unit, n in zip(both, (4, 6), strict=True))
    bring(home, "values", f"aire,mesure,valeur\n{rows}\n")
    _, shown = drawn(home)
    assert all(v is None for v in shown.values)
    assert shown.classes == ()
    assert shown.date.fr == "date non donnée"
    assert shown.measure.year == 0
    assert all(any(unit in n.fr for n in shown.approximate) for unit in both)


def test_the_command_draws_own_values_by_name(home: Workspace, tmp_path: Path):
    bring(home, "values", values_text("arbres", [12, 3, 8, 9, 10, 11]))

    def run(*words: str):
        return CliRunner().invoke(cli, [*words, "--territory", HERE])

    asked = ("map", "--own", "Dépannages", "--format", "json")
    payload = json.loads(run(*asked).output)
    assert payload["title"]["fr"] == "dépannages"
    inside = {a["id"]: a["value"] for a in payload["areas"] if a["inside"]}
    assert set(inside.values()) - {None} <= {12, 3, 8, 9, 10, 11}
    assert payload["indicator"].startswith("own-")
    target = tmp_path / "m.svg"
    assert run("export", "map", "--own", "dépannages", "-o", str(target)).exit_code == 0
    assert "apportée par" in target.read_text()
    for words in (("map",), ("map", "--own", "x", "--indicator", "low_income")):
        assert "--indicator ou --own" in str(run(*words).exception)
    assert "dépannages (2026) [own-" in str(run("map", "--own", "x").exception)
    bring(home, "values", values_text("arbres", [1, 2, 3, 4, 5, 6]).replace("2026", "2025"))
    assert "Plusieurs valeurs locales" in str(run("map", "--own", "dépannages").exception)
    assert run("map", "--own", "dépannages (2025)").exit_code == 0


def test_hot_spots_of_the_command_name_their_statistic(home: Workspace):
    done = CliRunner().invoke(
        cli,
        ["map", "--territory", HERE, "--indicator", "low_income", "--level", "ct",
         "--hot-spots", "local_moran", "--format", "json"],
        catch_exceptions=False,
    )  # fmt: skip
    payload = json.loads(done.output)
    assert payload["moran"]["i"] is not None
    assert {a["class"] for a in payload["areas"]} & {"HH", "LL", "not_significant"}


# --- what an import would do to earlier ones ----------------------------------------------------


def would(home: Workspace, kind_id: str, text: str, territory: str = HERE):
    table = read_table(text.encode(), "b.csv")
    context = Context(open_data(), territory)
    shown = preview(kind_id, table, guess(kind(kind_id), list(table.columns)), context)
    return earlier(home, territory, shown)


def test_a_second_import_of_incidents_says_what_it_replaces_and_undoing_brings_it_back(
    home: Workspace,
):
    first = bring(home, "incidents", "date,type,nombre\n2025,vol,12\n2025,méfait,30\n2024,vol,9\n")
    text = "date,type,nombre\n2025,vol,15\n2024,vol,9\n2026,vol,7\n"
    (found,) = would(home, "incidents", text)
    assert (found.effect, found.rows, found.changed, found.kept) == ("replaces", 2, 1, 1)
    said = earlier_text(found, "incidents", translator("fr"))
    assert first.id in said
    assert "incidents.csv" in said
    assert "par CDEC" in said
    assert first.when[:10] in said
    assert "2 nombres déjà apportés seraient remplacés, dont 1 par un autre" in said
    # Another neighbourhood's counts are not touched.
    assert would(home, "incidents", text, "premiers-quartiers") == ()
    second = bring(home, "incidents", text)
    # What was replaced already is not counted twice: only what stands is.
    now = would(home, "incidents", "date,type,nombre\n2025,vol,16\n")
    assert [(e.event.id, e.rows) for e in now] == [(second.id, 1)]
    undo(open_data(), home, second.id, by="CDEC")
    counts = {(i.period, i.category): i.n for i in own_layers(open_data(), home, HERE).incidents}
    assert counts == {("2025", "vol"): 12, ("2025", "méfait"): 30, ("2024", "vol"): 9}


def test_values_places_and_surveys_say_what_they_touch(home: Workspace):
    bring(home, "values", values_text("arbres", [12, 3, 8, 9, 10, 11]))
    assert would(home, "values", values_text("arbres", [1] * 6).replace("2026", "2027")) == ()
    (values,) = would(home, "values", values_text("arbres", [12, 3, 8, 9, 10, 12]))
    assert (values.effect, values.rows, values.changed, values.kept) == ("replaces", 6, 1, 0)
    places = "nom,type,lat,lon\nFrigo,food_aid,46.3405,-72.5460\n"
    bring(home, "points", places)
    (twice,) = would(
        home, "points", places.replace("Frigo", "FRIGO") + "Autre,food_aid,46.34,-72.54\n"
    )
    assert (twice.effect, twice.rows) == ("repeats", 1)
    assert "il y serait deux fois" in earlier_text(twice, "points", translator("fr"))
    bring(home, "survey", answers(Oui=30, Non=20))
    (beside,) = would(home, "survey", answers(Oui=31, Non=20))
    assert (beside.effect, beside.rows) == ("beside", 1)
    assert "both counts stay" in earlier_text(beside, "survey", translator("en")).lower()


def test_the_command_warns_before_it_replaces(home: Workspace, tmp_path: Path):
    bring(home, "incidents", "date,type,nombre\n2025,vol,12\n")
    file = tmp_path / "b.csv"
    file.write_text("date,type,nombre\n2025,vol,14\n", encoding="utf-8")
    words = ["import", "file", "incidents", str(file), "--territory", HERE]
    done = CliRunner().invoke(cli, words, catch_exceptions=False)
    assert "1 nombre déjà apporté serait remplacé" in done.output
    assert "Rien n'est gardé encore" in done.output
    done = CliRunner().invoke(cli, [*words, "--format", "json"], catch_exceptions=False)
    (told,) = json.loads(done.stdout)["earlier"]
    assert (told["effect"], told["rows"], told["changed"], told["by"]) == ("replaces", 1, 1, "CDEC")
    assert "serait remplacé" in done.stderr
