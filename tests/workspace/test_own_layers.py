"""Own data as it may be shown: marked, and with nothing that points at people."""

from __future__ import annotations

import json

import pandas as pd
import pytest
from click.testing import CliRunner

from revital.cli.main import cli
from revital.domain.disclosure import differs_by_few
from revital.services.data import open_data
from revital.services.imports.events import confirm, preview
from revital.services.imports.kinds import guess, kind
from revital.services.imports.published import counts_people
from revital.services.imports.reading import Context, read_table
from revital.services.own_layers import own_layers, preview_values
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
