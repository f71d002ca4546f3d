from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import openpyxl
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from revital.catalogue.load import catalogue
from revital.catalogue.service_classes import service_class
from revital.cli.main import cli
from revital.errors import SourceError, UnknownIdError, UserError
from revital.services.check import check_layers, check_provenance
from revital.services.data import open_data
from revital.services.imports.corrected import corrected, corrections
from revital.services.imports.corrections import correct
from revital.services.imports.counting import questions
from revital.services.imports.events import Journal, confirm, preview, undo
from revital.services.imports.kinds import KINDS, guess, kind, template
from revital.services.imports.reading import Context, number, read_table
from revital.services.service_places import list_places
from revital.services.workspace.home import Workspace

SAINT_PHILIPPE = "saint-philippe"

POINTS = """Nom;Type;Latitude;Longitude;Téléphone;Vérifié le;Qui a vu
Épicerie du coin;Épicerie;46,3405;-72,5460;819 555-0100;21/11/2026;A
Frigo partagé;food_aid;46,3410;-72,5450;;2026-11-20;B
Sans place;food_aid;;;;;
Loin;food_aid;45,50;-73,60;;;
À l'envers;food_aid;-72,5460;46,3405;;;
;food_aid;46,3405;-72,5460;;;
Frigo partagé;food_aid;46,3410;-72,5450;;;
Date folle;food_aid;46,3410;-72,5451;;hier;
"""


def table(text: str, encoding: str = "utf-8"):
    return read_table(text.encode(encoding), "a.csv")


def look(kind_id: str, text: str, **mapping: str):
    data = open_data()
    read = table(text)
    chosen = guess(kind(kind_id), list(read.columns)) | mapping
    return preview(kind_id, read, chosen, Context(data, SAINT_PHILIPPE))


def told(shown) -> dict[int | None, str]:
    return {r.row: r.message.format(**r.params) for r in shown.rejects}


@pytest.mark.parametrize("kind_id", list(KINDS))
@pytest.mark.parametrize("lang", ["fr", "en"])
def test_a_filled_template_is_recognised_whole(home: Workspace, kind_id: str, lang: str):
    read = read_table(template(kind_id, lang).encode(), "t.csv")
    what = kind(kind_id)
    if kind_id == "survey":
        assert len(read.columns) == 1
        return
    assert set(guess(what, list(read.columns))) == {f.name for f in what.fields}
    if kind_id != "incidents":
        chosen = guess(what, list(read.columns))
        shown = preview(kind_id, read, chosen, Context(open_data(), SAINT_PHILIPPE))
        assert shown.rejects == ()
        assert len(shown.frame) == 1


def test_columns_are_guessed_and_may_be_corrected():
    found = guess(kind("points"), ["Nom du service", "TYPE", "lng", "Lat.", "Heures d'ouverture"])
    assert found == {
        "name": "Nom du service", "category": "TYPE", "lon": "lng", "lat": "Lat.",
        "hours": "Heures d'ouverture",
    }  # fmt: skip


def test_points_say_row_by_row_what_is_wrong(home: Workspace):
    shown = look("points", POINTS)
    assert shown.frame["name"].tolist() == ["Épicerie du coin", "Frigo partagé"]
    assert shown.frame["category"].tolist() == ["grocery", "food_aid"]
    assert shown.frame["lon"].tolist() == [-72.546, -72.545]
    assert shown.frame["verified_on"].tolist() == ["2026-11-21", "2026-11-20"]
    assert shown.left_out == ("Qui a vu",)
    why = told(shown)
    assert why[4] == "Sans coordonnées lisibles."
    assert why[5] == "Hors de Trois-Rivières (-73.6, 45.5)."
    assert why[6].startswith("Longitude et latitude semblent inversées")
    assert why[7] == "« name » est vide."
    assert why[8] == "Ce lieu est déjà plus haut dans le fichier."
    assert why[9] == "« hier » n'est pas une date (AAAA-MM-JJ)."
    assert len(why) == 6
    assert not home.root.exists(), "a preview stores nothing"


def test_points_are_kept_once_confirmed_and_undone_whole(home: Workspace):
    data = open_data()
    before = list_places(data, service_class("food_aid"), data.catalogue.territory(SAINT_PHILIPPE))
    event = confirm(data, home, SAINT_PHILIPPE, look("points", POINTS), by="A. Tremblay",
                    file="a.csv")  # fmt: skip
    now = open_data()
    layer = now.layers.read_shapes("own_points_trois_rivieres")
    assert layer["name"].tolist() == ["Épicerie du coin", "Frigo partagé"]
    assert layer["source"].tolist() == ["A. Tremblay"] * 2
    assert [str(f.error) for f in (*check_layers(now), *check_provenance(now))] == []
    assert "own_points_trois_rivieres" in catalogue().place("trois-rivieres").services
    after = list_places(now, service_class("food_aid"), now.catalogue.territory(SAINT_PHILIPPE))
    assert {p.name for p in after.places} - {p.name for p in before.places} == {"Frigo partagé"}
    undo(now, home, event.id, by="A. Tremblay")
    again = open_data()
    assert not again.layers.has("own_points_trois_rivieres")
    assert "own_points_trois_rivieres" not in catalogue().place("trois-rivieres").services
    events = Journal(home).events()
    assert [e.kind for e in events] == ["points", "undo"]
    assert not list(Path(home.root, "own").glob("*.parquet"))
    with pytest.raises(UnknownIdError, match="ne peut être défait"):
        undo(again, home, event.id, by="B")


def test_two_imports_stand_side_by_side(home: Workspace):
    first = confirm(open_data(), home, SAINT_PHILIPPE, look("points", POINTS), by="A")
    confirm(open_data(), home, SAINT_PHILIPPE, look("points", POINTS), by="B")
    assert len(open_data().layers.read("own_points_trois_rivieres")) == 4
    undo(open_data(), home, first.id, by="A")
    left = open_data().layers.read("own_points_trois_rivieres")
    assert left["source"].tolist() == ["B", "B"]


def test_nobody_imports_anonymously_nor_nothing(home: Workspace):
    shown = look("points", POINTS)
    with pytest.raises(UserError, match="Dites qui importe"):
        confirm(open_data(), home, SAINT_PHILIPPE, shown, by=" ")
    empty = look("points", "nom,type,lat,lon\nX,food_aid,,\n")
    with pytest.raises(UserError, match="rien n'a été importé"):
        confirm(open_data(), home, SAINT_PHILIPPE, empty, by="A")
    with pytest.raises(UserError, match="Dites laquelle"):
        look("points", "a,b\n1,2\n")
    with pytest.raises(UserError, match="n'est pas dans le fichier"):
        look("points", "nom,type,lat,lon\nX,food_aid,,\n", name="Name")


def test_values_belong_to_known_units(home: Workspace):
    text = (
        "aire,mesure,valeur,année\n24370110,arbres,12,2026\n4420003,arbres,3.5,2026\n"
        "99999999,arbres,1,2026\n24370110,arbres,beaucoup,2025\n24370110,arbres,13,2026\n"
    )
    shown = look("values", text)
    assert shown.frame["unit_id"].tolist() == ["24370110", "4420003.00"]
    assert shown.frame["level"].tolist() == ["da", "ct"]
    assert told(shown) == {
        4: "« 99999999 » n'est ni une aire de diffusion ni un secteur connus.",
        5: "« value » : « beaucoup » n'est pas un nombre.",
        6: "Cette valeur est déjà plus haut dans le fichier.",
    }
    confirm(open_data(), home, SAINT_PHILIPPE, shown, by="A")
    later = look("values", "aire,mesure,valeur,année\n24370110,arbres,20,2026\n")
    confirm(open_data(), home, SAINT_PHILIPPE, later, by="A")
    kept = open_data().layers.read("own_values").set_index("unit_id")["value"]
    assert kept.to_dict() == {"4420003.00": 3.5, "24370110": 20.0}


def survey_text(yes: int, no: int, unsure: int) -> str:
    answers = ["Oui"] * yes + ["Non"] * no + ["Je ne sais pas"] * unsure
    rows = [f'{i},"{a}",Texte libre {i},nom{i}@x.org,G9A {i % 3}' for i, a in enumerate(answers)]
    header = "id,Sécurité[soir],Commentaire,email,Code postal"
    return header + "\n" + "\n".join(rows) + "\n"


def test_survey_tools_columns_and_free_text_are_not_questions():
    assert questions(table(survey_text(20, 12, 6))) == ["Sécurité[soir]", "Code postal"]
    kobo = "start,end,_uuid,Âge,_geolocation\n" + "\n".join(
        f"2026,2026,u{i},{'18-24' if i % 2 else '65+'},46 -72" for i in range(12)
    )
    assert questions(table(kobo)) == ["Âge"]


def test_survey_answers_are_only_ever_counts_and_small_ones_are_hidden(home: Workspace):
    shown = look("survey", survey_text(20, 12, 3), q1="Sécurité[soir]")
    assert shown.frame["n"].tolist() == [3, 12, 20]
    confirm(open_data(), home, SAINT_PHILIPPE, shown, by="CDEC", file="sondage.csv")
    layer = open_data().layers.read("own_survey").set_index("answer")
    # 3 is hidden, and 12 with it: 35 answers less those shown would give it back.
    assert layer["is_hidden"].to_dict() == {"Je ne sais pas": True, "Non": True, "Oui": False}
    assert np.isnan(layer.at["Je ne sais pas", "n"])
    assert layer.at["Oui", "n"] == 20
    text = " ".join(p.read_bytes().decode("latin-1") for p in home.layers.iterdir())
    stored = text + Path(home.root, "own", "journal.jsonl").read_text()
    assert "@x.org" not in stored
    assert "Texte libre" not in stored


def test_free_text_is_refused_when_asked_for(home: Workspace):
    shown = look("survey", survey_text(20, 12, 6), q1="Commentaire")
    assert shown.frame.empty
    assert "texte libre" in told(shown)[None].lower()


def test_incidents_are_counted_for_the_territory_and_their_points_dropped(home: Workspace):
    inside, outside = "46.3405,-72.5460", "46.3800,-72.6200"
    rows = [f"2025-0{i % 9 + 1}-12,méfait,1,{inside}" for i in range(14)]
    rows += [f"2025-03-01,vol,1,{inside}"] * 2 + [f"2025-03-01,feu,6,{inside}"]
    rows += [f"2025-05-05,méfait,1,{outside}", f"demain,méfait,1,{inside}",
             f"2025-05-05,méfait,-2,{inside}"]  # fmt: skip
    shown = look("incidents", "date,type,nombre,lat,lon\n" + "\n".join(rows) + "\n")
    assert shown.frame.set_index("category")["n"].to_dict() == {"feu": 6, "méfait": 14, "vol": 2}
    assert set(shown.frame.columns) == {"territory", "period", "category", "n"}
    why = told(shown)
    assert why[19] == "Hors du territoire : non compté."
    assert why[20] == "« demain » n'est pas une date (AAAA-MM-JJ)."
    assert why[21] == "« -2 » n'est pas un nombre d'incidents."
    confirm(open_data(), home, SAINT_PHILIPPE, shown, by="SPTR")
    layer = open_data().layers.read("own_incidents").set_index("category")
    assert layer["is_hidden"].to_dict() == {"feu": True, "méfait": False, "vol": True}
    assert layer.at["méfait", "n"] == 14


def test_a_correction_stands_beside_the_public_layer(home: Workspace):
    data = open_data()
    public = data.layers.read_shapes("food_places_442")
    first, second, third = public["service_id"].tolist()[:3]
    event = correct(data, home, SAINT_PHILIPPE, layer="food_places_442", service_id=first,
                    action="closed", by="A", note="vitrine vide")  # fmt: skip
    correct(open_data(), home, SAINT_PHILIPPE, layer="food_places_442", service_id=second,
            action="moved", by="B", lon=-72.55, lat=46.35)  # fmt: skip
    correct(open_data(), home, SAINT_PHILIPPE, layer="food_places_442", service_id=third,
            action="not_there", by="B")  # fmt: skip
    now = open_data()
    assert now.layers.read_shapes("food_places_442").equals(public)
    seen = corrected(now, "food_places_442").set_index("service_id")
    assert seen.at[first, "status"] == "closed"
    assert seen.loc[second].geometry.coords[0] == (-72.55, 46.35)
    assert third not in seen.index
    assert corrections(now, "food_places_442")[first][0].note == "vitrine vide"
    undo(now, home, event.id, by="A")
    back = corrected(open_data(), "food_places_442").set_index("service_id")
    assert back.at[first, "status"] == public.set_index("service_id").at[first, "status"]
    for wrong in (
        {"service_id": "nope", "action": "closed", "by": "A"},
        {"service_id": first, "action": "burnt", "by": "A"},
        {"service_id": first, "action": "moved", "by": "A"},
        {"service_id": first, "action": "closed", "by": ""},
    ):
        with pytest.raises(UserError):
            correct(open_data(), home, SAINT_PHILIPPE, layer="food_places_442", **wrong)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("sep", [",", ";", "\t"])
def test_tables_are_read_whatever_wrote_them(encoding: str, sep: str):
    text = f"Nom{sep}Ville\r\n\r\nÉpicerie{sep}Trois-Rivières\r\n"
    read = table(text, encoding)
    assert read.to_dict("records") == [{"Nom": "Épicerie", "Ville": "Trois-Rivières"}]


def test_a_workbook_is_read():
    book = openpyxl.Workbook()
    book.active.append(["aire", "valeur"])
    book.active.append([24370110, 1.5])
    buffer = io.BytesIO()
    book.save(buffer)
    read = read_table(buffer.getvalue(), "a.xlsx")
    assert read.to_dict("records") == [{"aire": "24370110", "valeur": "1.5"}]


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"", "aucune ligne"),
        (b"a,b\n", "aucune ligne"),
        (b"a,a\n1,2\n", "deux colonnes"),
        (b"PK\x03\x04junk", "ni un CSV ni un classeur"),
        (b"\x00\x01\x02", "ni un CSV ni un classeur"),
    ],
)
def test_files_that_are_not_tables_are_refused(body: bytes, sentence: str):
    with pytest.raises(SourceError, match=sentence):
        read_table(body, "a.csv")


@given(st.floats(-1e6, 1e6, allow_nan=False).map(lambda x: round(x, 4)))
def test_a_number_is_read_with_a_point_or_a_comma(value: float):
    assert number(f"{value:.4f}") == value == number(f"{value:.4f}".replace(".", ","))


@given(st.text(alphabet=st.characters(exclude_characters="0123456789"), max_size=8))
def test_words_are_never_numbers(text: str):
    assert np.isnan(number(text))


def run(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(cli, list(words), catch_exceptions=False)
    return done.exit_code, done.output


def test_the_command_previews_keeps_lists_and_undoes(home: Workspace, tmp_path: Path):
    path = tmp_path / "lieux.csv"
    path.write_text(POINTS, encoding="utf-8")
    words = ("import", "file", "points", str(path), "--territory", SAINT_PHILIPPE)
    code, out = run(*words, "--format", "json", "--lang", "en")
    assert code == 0
    shown = json.loads(out)
    assert (shown["kept"], shown["rows_in"], len(shown["rejects"])) == (2, 8, 6)
    assert Journal(home).events() == []
    code, out = run(*words, "--by", "A", "--yes")
    assert code == 0
    (event,) = Journal(home).standing()
    assert event.id in out
    assert event.file == "lieux.csv"
    assert event.id in run("import", "list", "--format", "csv")[1]
    assert run("import", "undo", event.id, "--by", "A")[0] == 0
    assert Journal(home).standing() == []
    assert run("import", "template", "values")[1].startswith("\ufeffAire ou secteur;Mesure;")
