"""Spreadsheets, calendar and JSON: out, back unchanged, edited, and wrong in many ways."""

import csv
import io
import json
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import icalendar
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from revital.domain.plan_records import (
    Action,
    Aspect,
    Citation,
    FundingKind,
    FundingLine,
    IndicatorLink,
    Meeting,
    Milestone,
    Pause,
    PauseKind,
    Status,
)
from revital.errors import ValuesError
from revital.i18n import translator
from revital.services import meeting, plan, plan_edit, plan_example, plan_files, plan_import
from revital.services.plan_columns import neutralise, restore
from revital.store import plan_people
from revital.store.plan import PlanStore

TERRITORY = "saint-philippe"
FR, EN = translator("fr"), translator("en")


@pytest.fixture
def here(tmp_path):
    store = PlanStore.open(tmp_path)
    yield plan.open_plan(TERRITORY, store=store, today=date(2026, 3, 1))
    store.close()


def add(here, **fields):
    base = {"id": plan_edit.new_id(), "territory": TERRITORY, "subcommittee": "services"}
    return plan_edit.save_action(here, Action(**(base | {"title": "Une action"} | fields)))


def fill(here):
    """Actions with everything that a spreadsheet could spoil."""
    add(here, title="=1+1", description="-2\n+3\n@x", owner="'=déjà", place="\u20119")
    add(here, title="'apostrophe", description='virgule, "guillemets"; point-virgule\tonglet')
    add(here, title="🏘️ <b>gras</b>", description="é" * 10_000, progress=1 / 3, weight=0.1)
    add(
        here,
        title="Complète",
        en={"title": "=Complete", "description": "Two\nlines"},
        objective="o-1",
        organizations=("Ville; service", "-CIUSSS"),
        status=Status.PAUSED,
        start=date(2026, 3, 8),
        due=date(2026, 11, 1),
        aspects=(Aspect.LOCAL, Aspect.SOCIAL_POLITICAL),
        city_axes=("securite", "inclusion"),
        lon=-72.5614388020595,
        lat=46.333064,
        scenario="épicerie-1",
        milestones=(
            Milestone(id="b", title="=Un", due=date(2026, 4, 1), weight=1.5, progress=0.1),
            Milestone(id="a", title="Deux", title_en="Two", cancelled=True),
        ),
        funding=(
            FundingLine(
                id="f", kind=FundingKind.IN_KIND, label="+don", requested_cad=Decimal("1234.56")
            ),
        ),
        pauses=(
            Pause(id="x", start=date(2026, 3, 9), end=date(2026, 3, 10), reason="r"),
            Pause(id="y", start=date(2026, 4, 9), reason="-gel", responsible="Ville"),
        ),
        evidence=(Citation(id="c", evidence="rapport-cdec", page="12-14"),),
        indicators=(
            IndicatorLink(id="i", indicator="low_income", unit="part", baseline_value=0.397),
        ),
    )
    add(here, title="Finie", status=Status.DONE, done_on=date(2026, 2, 1))
    add(
        here,
        title="À négocier",
        status=Status.TO_NEGOTIATE,
        pauses=(
            Pause(
                id="n",
                start=date(2026, 1, 1),
                kind=PauseKind.NEGOTIATION,
                reason="r",
                responsible="Ville",
            ),
        ),
    )
    add(here, title="Abandonnée", status=Status.DROPPED)


# --- round trips -------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["csv", "xlsx"])
@pytest.mark.parametrize("t", [FR, EN], ids=["fr", "en"])
def test_the_exported_file_imports_unchanged(here, form, t):
    fill(here)
    before = here.store.all(Action)
    report = plan_import.import_file(here, plan_files.export(here, form, t), f"plan.{form}")
    assert report.errors == ()
    assert (report.added, report.updated, report.unchanged_n) == ((), (), len(before))
    assert here.store.all(Action) == before
    assert plan_files.export(here, "csv", t) == plan_files.export(here, "csv", t)


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_the_example_comes_back_unchanged_and_stays_an_example(here, form):
    plan_example.add_example(here)
    report = plan_import.import_file(here, plan_files.export(here, form, FR), f"plan.{form}")
    assert (report.unchanged_n, report.errors) == (15, ())
    assert plan.board(here).example_n == 15
    plan_example.remove_example(here)


TEXT = st.text(
    st.characters(exclude_categories=("Cs", "Cc")) | st.sampled_from("\n=+-@';,\"\t"), max_size=40
)


@settings(
    max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(title=TEXT.filter(lambda s: s.strip()), text=TEXT, share=st.floats(0, 1) | st.none())
def test_any_text_survives_both_spreadsheets(here, title, text, share):
    one = add(here, title=title, description=text, owner=text, progress=share)
    for form in ("csv", "xlsx"):
        report = plan_import.import_file(here, plan_files.export(here, form, FR), f"x.{form}")
        assert report.errors == ()
        assert report.updated == ()
    assert here.store.get(Action, one.id) == one
    plan_edit.delete_action(here, one)


@given(TEXT)
def test_neutralising_is_undone_exactly(text):
    assert restore(neutralise(text)) == text
    assert not neutralise(text).startswith(("=", "+", "-", "@", "\t", "\r"))


def test_no_cell_of_text_is_a_formula(here):
    fill(here)
    rows = list(csv.reader(io.StringIO(plan_files.export(here, "csv", FR).decode("utf-8-sig"))))
    for row in rows[1:]:
        for name, cell in zip(rows[0], row, strict=True):
            if cell.startswith(("=", "+", "-", "@")):
                assert name == "Longitude"
                float(cell)
    book = load_workbook(io.BytesIO(plan_files.export(here, "xlsx", FR)))
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type != "f"
                assert not str(cell.value or "").startswith(("=", "+", "@"))


def test_the_example_is_marked_in_every_export(here):
    plan_example.add_example(here)
    text = plan_files.export(here, "csv", FR).decode("utf-8-sig")
    assert all(r["Exemple"] == "oui" for r in csv.DictReader(io.StringIO(text)))
    book = load_workbook(io.BytesIO(plan_files.export(here, "xlsx", FR)))
    assert "EXEMPLE" in book["Notes"]["A1"].value
    assert b"[Exemple]" in plan_files.export(here, "ics", FR)
    assert json.loads(plan_files.export(here, "json", FR))["scope"] == "example"


# --- edits -------------------------------------------------------------------------------------


def rows_of(here, t=FR):
    text = plan_files.export(here, "csv", t).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def as_csv(rows, delimiter=",", encoding="utf-8"):
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, list(rows[0]), delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return buffer.getvalue().encode(encoding)


def test_edited_rows_update_and_unknown_rows_add(here):
    one = add(here, title="Un", owner="CDEC")
    two = add(here, title="Deux")
    rows = rows_of(here)
    rows[0] |= {"Titre": "Un bis", "Avancement (part de 0 à 1)": "55 %", "Échéance": "2026-09-30"}
    rows.append(dict.fromkeys(rows[0], "") | {"Titre": "Trois", "Sous-comité": "environnement"})
    rows.append(
        dict.fromkeys(rows[0], "")
        | {
            "Identifiant": "externe-4",
            "Titre": "Quatre",
            "Sous-comité": "Neighbourhood safety",
            "Statut": "on hold" if EN("En pause") == "on hold" else EN("En pause"),
            "Arrêtée depuis": "2026-02-01",
            "Raison de l'arrêt": "gel",
            "Qui doit agir": "Ville",
        }
    )
    content = as_csv(rows, ";", "cp1252")
    plan_dry = plan_import.import_file(here, content, "x.csv", dry_run=True)
    assert (len(plan_dry.added), len(plan_dry.updated), plan_dry.stored) == (2, 1, False)
    assert len(here.store.all(Action)) == 2
    report = plan_import.import_file(here, content, "x.csv")
    assert report.stored
    now = here.store.get(Action, one.id)
    assert (now.title, now.progress, now.due, now.owner) == (
        "Un bis",
        0.55,
        date(2026, 9, 30),
        "CDEC",
    )
    assert here.store.get(Action, two.id).version == 1
    fourth = here.store.get(Action, "externe-4")
    assert (fourth.subcommittee, fourth.status) == ("securite", Status.PAUSED)
    assert fourth.pauses[0].start == date(2026, 2, 1)
    # the whole import is one change of history, each row of which can be undone
    assert len({c.batch for c in here.store.history()}) == 3


def test_a_status_moves_through_the_same_rules(here):
    one = add(here, title="Un", status=Status.UNDER_WAY)
    rows = rows_of(here)
    rows[0]["Statut"] = "En pause"
    report = plan_import.import_file(here, as_csv(rows), "x.csv")
    assert "raison" in report.errors[0].sentence(FR)
    rows[0] |= {"Raison de l'arrêt": "gel", "Qui doit agir": "Ville"}
    plan_import.import_file(here, as_csv(rows), "x.csv")
    held = here.store.get(Action, one.id)
    assert held.pauses[0].start == here.today
    rows = rows_of(here)
    rows[0] |= {"Statut": "Terminée", "Terminée le": "2026-03-05"}
    assert plan_import.import_file(here, as_csv(rows), "x.csv").errors == ()
    done = here.store.get(Action, one.id)
    assert (done.done_on, done.pauses[0].end) == (date(2026, 3, 5), date(2026, 3, 5))


def test_work_done_in_the_meantime_is_kept_or_told(here):
    one = add(here, title="Un", owner="CDEC")
    rows = rows_of(here)
    plan_edit.save_action(here, replace(one, owner="Ville"))
    # nobody touched the row: the plan keeps what was saved since
    report = plan_import.import_file(here, as_csv(rows), "x.csv")
    assert (report.errors, report.unchanged_n) == ((), 1)
    # another field of the row: both changes live
    rows[0]["Titre"] = "Un bis"
    plan_import.import_file(here, as_csv(rows), "x.csv")
    assert (here.store.get(Action, one.id).title, here.store.get(Action, one.id).owner) == (
        "Un bis",
        "Ville",
    )
    # the same field on both sides: told, nothing stored
    rows[0]["Responsable"] = "Comité"
    report = plan_import.import_file(here, as_csv(rows), "x.csv")
    assert "depuis l'exportation" in report.errors[0].sentence(FR)
    assert not report.stored


def test_lines_are_edited_in_their_sheets(here):
    one = add(
        here,
        title="Un",
        milestones=(Milestone(id="m1", title="Jalon"), Milestone(id="m2", title="Autre")),
    )
    book = load_workbook(io.BytesIO(plan_files.export(here, "xlsx", FR)))
    sheet = book["Jalons"]
    head = [c.value for c in sheet[1]]
    sheet.cell(2, head.index("Avancement (part de 0 à 1)") + 1, 0.5)
    sheet.delete_rows(3)
    money = book["Financement"]
    for at, value in enumerate([one.id, "", "fédéral", "Étude", None, "1 500,50 $"], 1):
        money.cell(2, at, value)
    buffer = io.BytesIO()
    book.save(buffer)
    report = plan_import.import_file(here, buffer.getvalue(), "x.xlsx")
    assert report.errors == ()
    now = here.store.get(Action, one.id)
    assert [(m.id, m.progress) for m in now.milestones] == [("m1", 0.5)]
    assert now.funding[0].kind is FundingKind.FEDERAL
    assert now.funding[0].requested_cad == Decimal("1500.50")


# --- wrong in more than twenty ways ------------------------------------------------------------

HEAD = "Identifiant,Version,Sous-comité,Titre,Statut,Début,Échéance,Avancement (part de 0 à 1)"


def xlsx(*rows, title="Actions", jalons=()):
    book = Workbook()
    book.active.title = title
    for row in rows:
        book.active.append(row)
    if jalons:
        sheet = book.create_sheet("Jalons")
        for row in jalons:
            sheet.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


WHOLE_FILE = {
    "empty": (b"", "x.csv", "est vide"),
    "only blank lines": (b"\n \n,,\n", "x.csv", "est vide"),
    "not a workbook": (b"bonjour", "x.xlsx", "classeur"),
    "a broken zip": (b"PK\x03\x04 tronqu\xc3\xa9", "x.xlsx", "classeur"),
    "a picture": (b"\x89PNG\x00\x00", "x.csv", "classeur"),
    "an unknown column": (b"Titre,Couleur\nx,y\n", "x.csv", "Couleur"),
    "a column twice": (b"Titre,Title\nx,y\n", "x.csv", "deux fois"),
    "an open quote": (b'Titre\n"jamais ferm\xc3\xa9\n', "x.csv", "guillemets"),
    "no sheet of actions": (xlsx(["Titre"], ["x"], title="Feuil1"), "x.xlsx", "Actions"),
    "too big": (b"Titre\n" + b"x" * (10 * 2**20), "x.csv", "trop gros"),
    "unreadable letters": (b"Titre\n\x81\x8d\x8f\n", "x.csv", "UTF-8"),
}


@pytest.mark.parametrize("case", list(WHOLE_FILE))
def test_a_file_that_cannot_be_read_says_why(here, case):
    content, name, word = WHOLE_FILE[case]
    with pytest.raises(ValuesError, match=word):
        plan_import.import_file(here, content, name)
    assert here.store.last_seq() == 0


BAD_ROWS = {
    "unknown sub-committee": (",,Piscine,x,,,,", "Piscine"),
    "no sub-committee": (",,,x,,,,", "sous-comité"),
    "no title": (",,services,,,,,", "titre"),
    "a word for a date": (",,services,x,,demain,,", "demain"),
    "a date in another order": (",,services,x,,31/05/2026,,", "31/05/2026"),
    "a day that does not exist": (",,services,x,,2026-02-30,,", "2026-02-30"),
    "due before start": (",,services,x,,2026-05-01,2026-04-01,", "précède"),
    "a share above one": (",,services,x,,,,55", "0,55"),
    "a share that is a word": (",,services,x,,,,moitié", "moitié"),
    "not a number": (",,services,x,,,,nan", "nan"),
    "an unknown status": (",,services,x,Bientôt,,,", "Bientôt"),
    "late is not a status": (",,services,x,En retard,,,", "En retard"),
    "a pause without reason": (",,services,x,En pause,,,", "raison"),
    "an odd identifier": ("a b/c,,services,x,,,,", "a b/c"),
    "a version of nothing": ("{id},99,services,x,,,,", "99"),
    "a version that is a word": ("{id},un,services,x,,,,", "un"),
    "too many cells": (",,services,x,,,,0.5,reste", "reste"),
    "an invisible character": (",,services,a\x07b,,,,", "U+0007"),
    "a text too long": (f",,services,{'x' * 20001},,,,", "20"),
    "an action that was deleted": ("{gone},,services,x,,,,", "supprimée"),
}


@pytest.mark.parametrize("t", [FR, EN], ids=["fr", "en"])
@pytest.mark.parametrize("case", list(BAD_ROWS))
def test_a_wrong_row_is_told_with_its_number_and_nothing_is_stored(here, case, t):
    one = add(here, title="Là")
    gone = plan_edit.delete_action(here, add(here, title="Partie"))
    row, word = BAD_ROWS[case]
    good = ",,services,Bonne,,,,"
    content = "\n".join([HEAD, good, row.replace("{id}", one.id).replace("{gone}", gone.id)])
    seq = here.store.last_seq()
    report = plan_import.import_file(here, content.encode(), "x.csv")
    assert [e.row for e in report.errors] == [3]
    sentence = report.errors[0].sentence(t)
    assert "3" in sentence
    if t is FR:
        assert word in sentence
    else:
        assert sentence != report.errors[0].sentence(FR)
    assert (report.stored, here.store.last_seq()) == (False, seq)
    # asked for, the good rows alone are stored
    partial = plan_import.import_file(here, content.encode(), "x.csv", partial=True)
    assert partial.stored
    assert [a.title for a in partial.added] == ["Bonne"]


def test_the_same_identifier_twice(here):
    one = add(here, title="Un")
    content = f"{HEAD}\n{one.id},,services,a,,,,\n{one.id},,services,b,,,,\n"
    report = plan_import.import_file(here, content.encode(), "x.csv")
    assert "ligne 2" in report.errors[0].sentence(FR)


def test_lines_wrong_in_a_workbook_never_erase_the_others(here):
    one = add(here, title="Un", milestones=(Milestone(id="m1", title="Jalon"),))
    head = ["Action (identifiant)", "Ligne", "Titre", "Échéance"]
    content = xlsx(
        ["Identifiant", "Titre", "Sous-comité"],
        [one.id, "Un", "services"],
        jalons=[head, [one.id, "m1", "Jalon", "demain"], ["nulle-part", "m2", "x", None]],
    )
    report = plan_import.import_file(here, content, "x.xlsx", partial=True)
    assert [(e.sheet, e.row) for e in report.errors] == [("Jalons", 2), ("Jalons", 3)]
    assert "Jalons" in report.errors[0].sentence(FR)
    assert here.store.get(Action, one.id).milestones == one.milestones


def test_an_example_row_is_not_added_to_real_actions(here):
    content = "Titre,Sous-comité,Exemple\nx,services,oui\n".encode()
    report = plan_import.import_file(here, content, "x.csv")
    assert "exemple" in report.errors[0].sentence(FR)


# --- calendar and JSON -------------------------------------------------------------------------


def test_calendar_of_deadlines_and_meetings(here):
    add(
        here,
        title="Fête, musique; repas\nen plein air",
        due=date(2026, 3, 8),
        place="Parc Victoria",
        lat=46.34,
        lon=-72.55,
        milestones=(Milestone(id="m", title="Affiche", due=date(2026, 3, 2)),),
    )
    add(here, title="Finie", status=Status.DONE, done_on=date(2026, 2, 1), due=date(2026, 4, 1))
    held = meeting.local_instant(here, date(2026, 11, 1), 18, 30)
    meeting.record_meeting(
        here,
        Meeting(id="r", territory=TERRITORY, subcommittee="services", held_at=held, place="Salle"),
    )
    content = plan_files.export(here, "ics", FR)
    calendar = icalendar.Calendar.from_ical(content)
    events = {str(e["UID"]): e for e in calendar.walk("VEVENT")}
    assert len(events) == 3
    due = next(e for e in events.values() if e.decoded("dtstart") == date(2026, 3, 8))
    assert due.decoded("dtend") == date(2026, 3, 9)
    assert (due["GEO"].latitude, due["GEO"].longitude) == (46.34, -72.55)
    assert str(due["LOCATION"]) == "Parc Victoria"
    assert str(due["SUMMARY"]) == "Échéance : Fête, musique; repas en plein air"
    start = events["r@revital"].decoded("dtstart")
    # the evening of the day when clocks go back: standard time, five hours behind UTC
    assert start.astimezone(UTC) == datetime(2026, 11, 1, 23, 30, tzinfo=UTC)
    assert str(events["r@revital"]["DTSTART"].params["TZID"]) == "America/Toronto"
    assert [str(z["TZID"]) for z in calendar.walk("VTIMEZONE")] == ["America/Toronto"]
    assert plan_files.export(here, "ics", FR) == content


def test_json_holds_everything_but_people(here):
    contact = plan_people.new_contact(here.store, TERRITORY, name="Zyxwvu", email="z@x.test")
    one = add(here, title="Un", contact=contact.id)
    meeting.decide(here, subcommittee="services", text="Oui", action=one.id, due=date(2026, 9, 1))
    found = json.loads(plan_files.export(here, "json", FR))
    assert [a["title"] for a in found["actions"]] == ["Un"]
    assert [d["text"] for d in found["decisions"]] == ["Oui"]
    assert [c["change"] for c in found["history"]] == ["create", "update", "create"]
    assert len(found["subcommittees"]) == 6
    assert len(found["evidence"]) >= 3
    text = json.dumps(found)
    assert contact.id not in text
    assert "Zyxwvu" not in text
    for form in ("csv", "xlsx", "ics"):
        assert contact.id.encode() not in plan_files.export(here, form, FR)
