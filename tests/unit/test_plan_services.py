"""Services of the plan: board, edits, example, meetings, snapshots, users, rights."""

import json
import sqlite3
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import groupby

import pytest

from revital.catalogue.plan_records import example_plans, plan_records, project_sheets
from revital.domain.plan_records import (
    Action,
    Aspect,
    Decision,
    ErrorReport,
    Evidence,
    EvidenceKind,
    Meeting,
    Milestone,
    Objective,
    PauseKind,
    Status,
)
from revital.errors import (
    ConflictError,
    NotAllowedError,
    UnknownIdError,
    UserError,
    ValuesError,
)
from revital.i18n import translator
from revital.services import (
    authorization,
    contacts,
    evidence_register,
    meeting,
    plan,
    plan_edit,
    plan_example,
    plan_files,
    plan_import,
    projects,
    snapshots,
)
from revital.services.authorization import Actor, Command, Held, Role
from revital.services.data import open_data
from revital.store import plan_people
from revital.store.plan import PlanStore

TERRITORY = "saint-philippe"


class Clock:
    def __init__(self):
        self.now = datetime(2026, 3, 1, 17, 0, tzinfo=UTC)

        self.step = timedelta(seconds=1)

    def __call__(self):
        self.now += self.step
        return self.now


@pytest.fixture
def store(tmp_path):
    opened = PlanStore.open(tmp_path, clock=Clock())
    yield opened
    opened.close()


@pytest.fixture
def here(store):
    return plan.open_plan(TERRITORY, store=store)


def as_(here, *held, mode="hosted", account="acc"):
    return replace(here, actor=Actor(account, tuple(held), mode))


# --- records -----------------------------------------------------------------------------------


def test_records_of_plans_examples_and_projects_are_readable():
    assert set(plan_records()) == {TERRITORY}
    assert len(example_plans()[TERRITORY].actions) == 15
    assert list(project_sheets()) == [
        "saint-philippe",
        "economie-circulaire",
        "vehicules-electriques",
        "reso",
    ]


def test_the_six_subcommittees_come_with_the_territory(here):
    names = [s.name for s in plan.subcommittees(here)]
    assert names == [
        "Communication",
        "Concertation et mobilisation",
        "Sécurité du quartier",
        "Revitalisation immobilière et commerciale",
        "Environnement",
        "Services de proximité",
    ]
    known = {s.id for s in plan.subcommittees(here)}
    assert {a.sub_committee for a in example_plans()[TERRITORY].actions} == known


def test_documented_pause_and_negotiation_stay_open_until_somebody_confirms(here):
    pause, negotiation = plan.plan_pauses(here)
    assert (pause.kind, pause.start.year, pause.end) == (PauseKind.PAUSE, 2022, None)
    assert (negotiation.kind, negotiation.start.year) == (PauseKind.NEGOTIATION, 2024)
    assert pause.end_to_confirm
    assert negotiation.end_to_confirm
    assert "CDEC" in pause.source
    confirmed = plan_edit.save_plan_pause(
        here, replace(pause, end=date(2024, 9, 1), end_to_confirm=False)
    )
    assert confirmed.version == 1
    assert [p.end for p in plan.plan_pauses(here)] == [date(2024, 9, 1), None]
    with pytest.raises(ValuesError):
        plan_edit.save_plan_pause(here, replace(confirmed, end=date(2021, 1, 1)))


def test_two_pieces_of_evidence_that_disagree_stay_side_by_side(here):
    register = plan.evidence(here)
    assert sum(e.kind is EvidenceKind.REPORT for e in register) == 3
    money = [e for e in register if e.topic == "Financement municipal"]
    assert [e.id for e in money] == ["financement-pause", "financement-intervenant"]
    plan_edit.save_evidence(
        here,
        Evidence(
            id=plan_edit.new_id(),
            territory=TERRITORY,
            kind=EvidenceKind.LINK,
            title="Autre source",
            topic="Financement municipal",
            url="https://exemple.test/",
        ),
    )
    assert len([e for e in plan.evidence(here) if e.topic == "Financement municipal"]) == 3
    with pytest.raises(ValuesError, match="https"):
        plan_edit.save_evidence(here, replace(money[0], url="javascript:alert(1)"))


def test_the_register_gathers_reports_facts_and_people_and_names_what_disagrees(here):
    plan_example.add_example(here)
    plan_edit.save_evidence(
        here,
        Evidence(
            id="e-lien",
            territory=TERRITORY,
            kind=EvidenceKind.LINK,
            title="Sondage du comité",
            topic="Rapports déclencheurs",
        ),
    )
    for t in (translator("fr"), translator("en")):
        found = evidence_register.register(here, open_data(), t, plan.board(here, "example"))
        by_id = {e.id: e for e in found}
        assert len(by_id) == len(found)
        assert {e.origin for e in found} == {"plan", "pack", "people"}
        assert sum(e.kind == "report" for e in found) == 3
        assert by_id["financement-pause"].disagrees == ("financement-intervenant",)
        assert [e.id for e in evidence_register.disagreements(found)[0]] == [
            "financement-pause",
            "financement-intervenant",
        ]
        cited = [e for e in found if e.actions]
        assert cited
        assert all(e.origin == "plan" for e in cited)
        crime = [e for e in found if e.indicators == ("crime_rate",) and e.unit]
        assert len(crime) > 20
        # one topic is one run of entries, whoever wrote them
        topics = [e.topic for e in found]
        assert len(list(groupby(topics))) == len(set(topics))
    values = evidence_register.register(here, open_data(), translator("fr"))
    assert not any(e.actions for e in values)


# --- example -----------------------------------------------------------------------------------


def test_example_and_real_never_add_up(here):
    assert plan_example.add_example(here) == 15
    first = plan.board(here)
    assert (first.scope, first.total_n, first.example_n, first.real_n) == ("example", 15, 15, 0)
    plan_edit.add_action(here, subcommittee="services", title="Vraie")
    real = plan.board(here)
    assert (real.scope, real.total_n, real.example_n) == ("real", 1, 15)
    assert sum(sum(lane.counts.values()) for lane in real.lanes) == 1
    assert real.funding == ()
    assert plan.board(here, "example").total_n == 15
    assert plan_example.remove_example(here) == 17
    assert plan.board(here).example_n == 0
    assert plan.board(here).real_n == 1
    # it can come back, as it was
    assert plan_example.add_example(here) == 15
    assert plan.board(here, "example").total_n == 15


def test_an_example_action_never_becomes_real(here):
    plan_example.add_example(here)
    one = plan.board(here).actions[0].action
    with pytest.raises(ValuesError, match="exemple"):
        plan_edit.save_action(here, replace(one, example=False))


def test_every_text_of_the_example_has_its_english(here):
    plan_example.add_example(here)
    for view in plan.board(here).actions:
        action = view.action
        assert set(action.en) >= {"title", "description"}
        assert not action.owner or action.en["owner"]
        assert len(action.en.get("organizations", "").split("\n")) == max(
            1, len(action.organizations)
        )
        assert all(m.title_en for m in action.milestones)


def test_no_example_elsewhere(store):
    with pytest.raises(UnknownIdError):
        plan_example.add_example(plan.open_plan("montreal-nord", store=store))


# --- board -------------------------------------------------------------------------------------


def test_board_totals_equal_the_list(here):
    plan_example.add_example(here)
    board = plan.board(here)
    assert board.total_n == len(board.actions) == sum(lane.total_n for lane in board.lanes)
    assert sum(board.counts.values()) == board.total_n
    for status, n in board.counts.items():
        assert n == sum(lane.counts[status] for lane in board.lanes)
        assert n == sum(v.status == status for v in board.actions)
    cells = sum(n for row in board.coverage.values() for n in row.values())
    assert cells == sum(
        len(v.action.aspects) for v in board.actions if v.action.status is not Status.DROPPED
    )
    assert set(board.coverage) == set(Aspect)


def test_an_action_whose_subcommittee_is_gone_is_still_seen(here, store):
    store.save(
        Action(id="x", territory=TERRITORY, subcommittee="ancien", title="Orpheline"), account="u"
    )
    assert "ancien" in [lane.subcommittee.id for lane in plan.board(here).lanes]


def test_the_public_reads_aggregates_only(here):
    plan_example.add_example(here)
    seen = plan.board(as_(here, mode="public"))
    assert seen.aggregates_only
    assert seen.actions == ()
    assert all(lane.actions == () for lane in seen.lanes)
    assert seen.total_n == 15
    coming = [lane.next_deadline for lane in seen.lanes if lane.next_deadline]
    assert coming
    assert {(d.action, d.title, d.title_en) for d in coming} == {("", "", "")}


def test_unknown_territory():
    with pytest.raises(UnknownIdError):
        plan.open_plan("nulle-part")


# --- edits -------------------------------------------------------------------------------------


def test_words_are_kept_to_the_letter(here):
    text = "<b>é</b> & 🏘️ «\u202f{x}\u202f»\n" + "mot " * 2499
    one = plan_edit.add_action(
        here, subcommittee="services", title=" Titre\r\nsur deux ", description=text
    )
    again = here.store.get(Action, one.id)
    assert again.title == "Titre sur deux"
    assert again.description == text.strip()
    for bad in ("a\x00b", "a\x1bb", "x" * 20_001):
        with pytest.raises(ValuesError):
            plan_edit.save_action(here, replace(one, description=bad))
    with pytest.raises(ValuesError, match="titre"):
        plan_edit.save_action(here, replace(one, title="  "))


def test_somebody_elses_save_is_shown_not_overwritten(here):
    one = plan_edit.add_action(here, subcommittee="services", title="x")
    plan_edit.save_action(here, replace(one, owner="Ville"))
    with pytest.raises(ConflictError) as caught:
        plan_edit.save_action(here, replace(one, owner="CDEC"))
    assert caught.value.params["theirs"].owner == "Ville"


def test_a_pause_is_asked_why_and_undone(here):
    one = plan_edit.add_action(here, subcommittee="services", title="x", status=Status.UNDER_WAY)
    with pytest.raises(ValuesError):
        plan_edit.set_status(here, one, Status.PAUSED)
    held = plan_edit.set_status(here, one, Status.PAUSED, reason="gel", responsible="Ville")
    assert plan.board(here).find(one.id).status == "paused"
    back = plan_edit.undo(here, plan_edit.history(here)[0].seq)
    assert back.status is Status.UNDER_WAY
    assert back.pauses == ()
    assert held.version == 2
    plan_edit.delete_action(here, back)
    assert plan.board(here).total_n == 0
    plan_edit.undo(here, plan_edit.history(here)[0].seq)
    assert plan.board(here).total_n == 1


def test_what_was_saved_together_is_undone_together_deletion_included(here):
    decision, made = meeting.decide(here, subcommittee=S, text="Ouvrir un frigo")
    last = plan_edit.last_change(here)
    assert last.record_id == decision.id
    back = plan_edit.undo_together(here, last.seq)
    assert all(r.deleted for r in back)
    assert {r.id for r in back} == {decision.id, made.id}
    assert plan.board(here).total_n == 0
    # undoing the undoing brings both back
    plan_edit.undo_together(here, plan_edit.last_change(here).seq)
    assert plan.board(here).total_n == 1
    plan_edit.delete_action(here, here.store.get(Action, made.id))
    assert plan.board(here).total_n == 0
    plan_edit.undo_together(here, plan_edit.last_change(here).seq)
    assert plan.board(here).total_n == 1
    member = as_(here, Held(Role.MEMBER, TERRITORY, S))
    assert plan_edit.last_change(member) is None
    with pytest.raises(NotAllowedError):
        plan_edit.undo_together(member, 1)


def test_a_change_of_another_territory_cannot_be_undone_from_here(here, store):
    elsewhere = plan.open_plan("montreal-nord", store=store)
    store.save(
        Objective(id="o", territory="montreal-nord", subcommittee="x", title="y"), account="u"
    )
    with pytest.raises(ValuesError, match="territoire"):
        plan_edit.undo(here, 1)
    assert plan_edit.undo(elsewhere, 1).deleted


def test_reports_of_errors(here):
    visitor = as_(here, mode="public", account=authorization.PUBLIC_ACCOUNT)
    report = plan_edit.report_error(visitor, "Indicateur low_income", "Le chiffre date.")
    with pytest.raises(NotAllowedError):
        plan_edit.error_reports(visitor)
    assert plan_edit.error_reports(here) == [report]
    assert plan_edit.answer_report(here, report, "Corrigé").status == "closed"
    for _ in range(4):
        plan_edit.report_error(visitor, "x", "y")
    with pytest.raises(NotAllowedError, match="Trop"):
        plan_edit.report_error(visitor, "x", "y")
    with pytest.raises(ValuesError):
        plan_edit.report_error(here, "x", "  ")
    assert here.store.all(ErrorReport)[0].text == "Le chiffre date."


# --- rights ------------------------------------------------------------------------------------

S, OTHER = "services", "securite"
#: What each role may do in its own territory, written out by hand: P(ublic), M(ember, own
#: sub-committee), W(orker), C(oordinator), A(dministrator).
EXPECTED = {
    Command.READ_PLAN: "PMWCA",
    Command.REPORT_ERROR: "PMWCA",
    Command.READ_ACTIONS: "MWCA",
    Command.EXPORT_PLAN: "MWCA",
    Command.READ_HISTORY: "MWCA",
    Command.READ_SNAPSHOT: "MWCA",
    Command.ADD_ACTION: "MWCA",
    Command.EDIT_ACTION: "MWCA",
    Command.DECIDE: "MWCA",
    Command.RECORD_MEETING: "WCA",
    Command.TAKE_SNAPSHOT: "WCA",
    Command.EDIT_EVIDENCE: "WCA",
    Command.DELETE_ACTION: "CA",
    Command.UNDO: "CA",
    Command.IMPORT_PLAN: "CA",
    Command.EDIT_STRUCTURE: "CA",
    Command.MANAGE_EXAMPLE: "CA",
    Command.READ_CONTACTS: "CA",
    Command.EDIT_CONTACTS: "CA",
    Command.READ_REPORTS: "CA",
    Command.MANAGE_USERS: "CA",
    Command.BACK_UP: "A",
    Command.RESTORE: "A",
}
HELD = {
    "P": (),
    "M": (Held(Role.MEMBER, TERRITORY, S),),
    "W": (Held(Role.WORKER, TERRITORY),),
    "C": (Held(Role.COORDINATOR, TERRITORY),),
    "A": (Held(Role.ADMINISTRATOR, "*"),),
}


def test_the_table_names_every_command():
    assert set(EXPECTED) == set(Command)
    assert set(authorization.MATRIX) == set(Role)


@pytest.mark.parametrize("command", list(Command))
@pytest.mark.parametrize("letter", list(HELD))
def test_authorisation_cell_by_cell(command, letter):
    actor = Actor("a", HELD[letter])
    allowed = letter in EXPECTED[command]
    assert actor.may(command, TERRITORY, S) is allowed
    elsewhere = letter == "A" or "P" in EXPECTED[command]
    assert actor.may(command, "montreal-nord", S) is elsewhere
    own_only = letter == "M" and command in authorization.OWN_ONLY
    assert actor.may(command, TERRITORY, OTHER) is (allowed and not own_only)
    assert actor.may(command, TERRITORY, None) is (allowed and not own_only)
    public = replace(actor, mode="public")
    assert public.may(command, TERRITORY, S) is ("P" in EXPECTED[command])
    if not allowed:
        with pytest.raises(NotAllowedError):
            actor.require(command, TERRITORY, S)


def _calls(here, action, held_meeting, snapshot):
    """One call of each service, with the command that it needs."""
    t = translator("fr")
    ed = plan_edit
    person = contacts.add_contact(here, name="Une personne")
    yield Command.READ_PLAN, lambda p: plan.board(p)
    yield Command.REPORT_ERROR, lambda p: ed.report_error(p, "x", "y")
    yield Command.READ_ACTIONS, lambda p: meeting.review(p, S)
    yield Command.READ_ACTIONS, lambda p: meeting.minutes(p, held_meeting.id)
    yield Command.READ_ACTIONS, lambda p: ed.decisions_of(p, action.id)
    yield Command.EXPORT_PLAN, lambda p: plan_files.export(p, "csv", t)
    yield Command.EXPORT_PLAN, lambda p: plan_files.calendar(p, t)
    yield Command.EXPORT_PLAN, lambda p: plan_files.everything(p, "real")
    yield Command.READ_HISTORY, lambda p: ed.history(p)
    yield Command.READ_SNAPSHOT, lambda p: snapshots.list_snapshots(p)
    yield Command.READ_SNAPSHOT, lambda p: snapshots.open_snapshot(p, snapshot.id)
    yield Command.READ_SNAPSHOT, lambda p: snapshots.verify_snapshot(p, snapshot.id)
    yield Command.ADD_ACTION, lambda p: ed.add_action(p, subcommittee=S, title="n")
    yield (
        Command.EDIT_ACTION,
        lambda p: ed.save_action(p, replace(p.store.get(Action, action.id), owner=ed.new_id())),
    )
    yield Command.DECIDE, lambda p: meeting.decide(p, subcommittee=S, text="oui", create=False)
    yield (
        Command.RECORD_MEETING,
        lambda p: meeting.record_meeting(p, replace(held_meeting, id=ed.new_id(), version=0)),
    )
    yield Command.TAKE_SNAPSHOT, lambda p: snapshots.take_snapshot(p)
    yield (
        Command.EDIT_EVIDENCE,
        lambda p: ed.save_evidence(
            p, Evidence(id=ed.new_id(), territory=TERRITORY, kind=EvidenceKind.FACT, title="f")
        ),
    )
    yield Command.IMPORT_PLAN, lambda p: plan_import.import_file(p, b"titre\n", "x.csv")
    yield (
        Command.EDIT_STRUCTURE,
        lambda p: ed.save_objective(
            p, Objective(id=ed.new_id(), territory=TERRITORY, subcommittee=S, title="o")
        ),
    )
    yield (
        Command.EDIT_STRUCTURE,
        lambda p: ed.save_subcommittee(p, plan.subcommittees(p)[0]),
    )
    yield Command.EDIT_STRUCTURE, lambda p: ed.save_plan_pause(p, plan.plan_pauses(p)[0])
    yield Command.MANAGE_EXAMPLE, lambda p: plan_example.add_example(p)
    yield Command.MANAGE_EXAMPLE, lambda p: plan_example.remove_example(p)
    yield Command.READ_REPORTS, lambda p: ed.error_reports(p)
    yield Command.READ_CONTACTS, lambda p: contacts.list_contacts(p)
    yield Command.EDIT_CONTACTS, lambda p: contacts.add_contact(p, name="Quelqu'un")
    yield Command.EDIT_CONTACTS, lambda p: contacts.change_contact(p, person.id, name="Autre")
    yield (
        Command.EDIT_CONTACTS,
        lambda p: contacts.erase_contact(p, contacts.add_contact(here, name="x").id),
    )
    yield (
        Command.MANAGE_USERS,
        lambda p: authorization.list_users(p.store, p.actor, TERRITORY),
    )
    yield (
        Command.MANAGE_USERS,
        lambda p: authorization.add_user(
            p.store, p.actor, email=f"{ed.new_id()}@x.test", role="worker", territory=TERRITORY
        ),
    )
    yield Command.UNDO, lambda p: ed.undo(p, p.store.history(kind="action")[0].seq)
    yield Command.DELETE_ACTION, lambda p: ed.delete_action(p, p.store.get(Action, action.id))


@pytest.mark.parametrize("letter", list(HELD))
def test_each_service_asks_for_its_right(here, letter):
    action = plan_edit.add_action(here, subcommittee=S, title="x")
    held = meeting.record_meeting(
        here,
        Meeting(
            id="m", territory=TERRITORY, subcommittee=S, held_at=datetime(2026, 2, 1, tzinfo=UTC)
        ),
    )
    frozen = snapshots.take_snapshot(here)
    who = as_(here, *HELD[letter], account=f"acc-{letter}")
    for command, call in _calls(here, action, held, frozen):
        if letter in EXPECTED[command]:
            call(who)
        else:
            before = here.store.last_seq()
            with pytest.raises(NotAllowedError):
                call(who)
            assert here.store.last_seq() == before, command
    # and a public installation refuses every change to whoever it is
    everybody = as_(here, *HELD[letter], mode="public")
    with pytest.raises(NotAllowedError, match="publique"):
        plan_edit.add_action(everybody, subcommittee=S, title="x")


def test_contacts_are_erased_and_never_open_a_higher_account(here, store):
    made = contacts.add_contact(here, name="  Rose   Exemple ", email="rose@exemple.test")
    assert made.name == "Rose Exemple"
    changed = contacts.change_contact(here, made.id, name="Rose", phone="819 555-0100")
    assert (changed.email, contacts.list_contacts(here)) == ("", [changed])
    for wrong in ({}, {"email": "pas une adresse"}, {"phone": "0" * 41}):
        with pytest.raises(ValuesError):
            contacts.add_contact(here, **wrong)
    # neither history, nor exports, nor snapshots have seen a word of it
    said = plan_files.export(here, "json", translator("fr")).decode()
    said += json.dumps([c.after for c in store.history(limit=None)])
    said += snapshots.take_snapshot(here).content
    assert "Rose" not in said
    contacts.erase_contact(here, made.id)
    assert contacts.list_contacts(here) == []
    with pytest.raises(UnknownIdError):
        contacts.erase_contact(here, made.id)
    # the address of an account is what opens it: a coordinator cannot make it theirs
    authorization.add_user(
        store, here.actor, email="chef@x.test", role="administrator", territory="*"
    )
    boss = authorization.add_user(
        store, here.actor, email="ici@x.test", role="administrator", territory=TERRITORY
    )
    coordinator = as_(here, Held(Role.COORDINATOR, TERRITORY))
    (held,) = contacts.list_contacts(coordinator)
    assert held.account == boss.account
    with pytest.raises(ValuesError, match="courriel"):
        contacts.change_contact(coordinator, held.id, email="moi@x.test")
    with pytest.raises(NotAllowedError):
        contacts.erase_contact(coordinator, held.id)


def test_a_member_moves_nothing_in_or_out_of_another_subcommittee(here):
    mine = plan_edit.add_action(here, subcommittee=S, title="x")
    theirs = plan_edit.add_action(here, subcommittee=OTHER, title="y")
    member = as_(here, *HELD["M"])
    for bad in (
        replace(mine, subcommittee=OTHER),
        replace(theirs, subcommittee=S),
        replace(theirs, title="z"),
        replace(mine, deleted=True),
    ):
        with pytest.raises(NotAllowedError):
            plan_edit.save_action(member, bad)
    with pytest.raises(NotAllowedError):
        meeting.decide(member, subcommittee=S, text="oui", action=theirs.id, status=Status.DROPPED)
    assert plan_edit.save_action(member, replace(mine, title="z")).title == "z"


def test_rate_limit_counts_saves_not_rows(here):
    worker = as_(here, *HELD["W"])
    coordinator = as_(here, *HELD["C"], account="other")
    rows = "\n".join(f"Action {n},Services de proximité" for n in range(100))
    content = f"Titre,Sous-comité\n{rows}".encode()
    assert len(plan_import.import_file(coordinator, content, "x.csv").added) == 100
    plan_edit.add_action(coordinator, subcommittee=S, title="encore")
    here.store.clock.step = timedelta(milliseconds=1)
    for _ in range(authorization.WRITES_PER_MINUTE):
        plan_edit.add_action(worker, subcommittee=S, title="x")
    with pytest.raises(NotAllowedError, match="Trop"):
        plan_edit.add_action(worker, subcommittee=S, title="x")
    here.store.clock.now += timedelta(minutes=2)
    plan_edit.add_action(worker, subcommittee=S, title="après")


# --- sign-in and modes -------------------------------------------------------------------------


def test_roles_come_from_the_database_never_from_the_claims(store):
    boss = authorization.operator()
    user = authorization.add_user(
        store, boss, email="ana@exemple.test", role="worker", territory=TERRITORY, name="Ana"
    )
    claims = {
        "iss": "https://id.test",
        "sub": "42",
        "email": "ANA@exemple.test",
        "email_verified": True,
        "groups": ["administrator"],
        "role": "administrator",
    }
    unverified = claims | {"email_verified": False}
    assert authorization.actor_for("hosted", store, unverified).held == ()
    actor = authorization.actor_for("hosted", store, claims)
    assert actor.account == user.account
    assert actor.role_in(TERRITORY) is Role.WORKER
    # from now on the identity counts, not the address
    moved = claims | {"email": "autre@exemple.test", "email_verified": False}
    assert authorization.actor_for("hosted", store, moved).account == user.account
    assert authorization.actor_for("hosted", store, {"iss": "x", "sub": "42"}).held == ()
    assert authorization.actor_for("hosted", store, None).account == "public"
    assert authorization.actor_for("public", store, claims).held == ()
    assert authorization.actor_for("local", store, None).role_in("t") is Role.ADMINISTRATOR
    authorization.set_role(store, boss, user.account, role="public", territory=TERRITORY)
    assert authorization.actor_for("hosted", store, claims).held == ()
    # a history of roles, without a name or an address
    written = json.dumps([c.after for c in store.history(kind="grant")])
    assert "ana" not in written.lower().replace("manager", "")


def test_a_session_ends(store):
    now = datetime(2026, 11, 1, 12, tzinfo=UTC)
    old = {"sub": "1", "iat": (now - timedelta(hours=12, seconds=1)).timestamp()}
    fresh = {"sub": "1", "iat": (now - timedelta(hours=11)).timestamp()}
    assert authorization.session_expired(old, now)
    assert not authorization.session_expired(fresh, now)
    assert authorization.actor_for("hosted", store, old, now=now).account == "public"


def test_nobody_gives_more_than_they_hold(store):
    coordinator = Actor("c", HELD["C"])
    add = authorization.add_user
    for fields in (
        {"role": "administrator", "territory": TERRITORY},
        {"role": "worker", "territory": "montreal-nord"},
        {"role": "worker", "territory": "*"},
    ):
        with pytest.raises(NotAllowedError):
            add(store, coordinator, email="a@x.test", **fields)
    for fields in (
        {"role": "chef", "territory": TERRITORY},
        {"role": "member", "territory": TERRITORY},
        {"role": "worker", "territory": TERRITORY, "email": "pas une adresse"},
    ):
        with pytest.raises(ValuesError):
            add(store, coordinator, **({"email": "a@x.test"} | fields))
    user = add(
        store, coordinator, email="a@x.test", role="member", territory=TERRITORY, subcommittee=S
    )
    with pytest.raises(ValuesError, match="déjà"):
        add(store, coordinator, email="A@x.test", role="worker", territory=TERRITORY)
    assert [u.account for u in authorization.list_users(store, coordinator, None)] == [user.account]
    other = Actor("d", (Held(Role.COORDINATOR, "montreal-nord"),))
    assert authorization.list_users(store, other, None) == []
    with pytest.raises(ValuesError):
        authorization.set_role(
            store, other, user.account, role="member", territory="montreal-nord", subcommittee="x"
        )
    with pytest.raises(ValuesError, match="propre"):
        authorization.set_role(store, coordinator, "c", role="worker", territory=TERRITORY)


@pytest.mark.parametrize(
    ("mode", "options", "fine"),
    [
        ("local", {}, True),
        ("local", {"address": "127.0.0.1"}, True),
        ("local", {"address": "::1"}, True),
        ("local", {"address": "0.0.0.0"}, False),
        ("local", {"address": ""}, False),
        ("local", {"address": "192.168.1.4"}, False),
        ("local", {"headers": {"X-Forwarded-For": "1.2.3.4"}}, False),
        ("local", {"headers": {"Host": "localhost"}}, True),
        ("local", {"reader": "::1"}, True),
        ("local", {"reader": "192.168.1.9"}, False),
        ("public", {"reader": "192.168.1.9"}, True),
        ("public", {"address": "0.0.0.0", "headers": {"X-Forwarded-For": "1"}}, True),
        ("hosted", {"address": "0.0.0.0"}, False),
        ("hosted", {"address": "0.0.0.0", "sign_in": True}, True),
        ("ouvert", {}, False),
    ],
)
def test_modes_refuse_to_be_open_by_mistake(mode, options, fine):
    if fine:
        authorization.require_safe_mode(mode, **options)
    else:
        with pytest.raises(UserError):
            authorization.require_safe_mode(mode, **options)


# --- meetings ----------------------------------------------------------------------------------


def test_what_moved_since_last_time(here):
    old = plan_edit.add_action(here, subcommittee=S, title="Ancienne", due=date(2026, 2, 1))
    still = plan_edit.add_action(here, subcommittee=S, title="Immobile", due=date(2026, 3, 20))
    plan_edit.add_action(here, subcommittee=OTHER, title="Ailleurs")
    held = meeting.record_meeting(
        here,
        Meeting(
            id="m",
            territory=TERRITORY,
            subcommittee=S,
            held_at=here.store.clock(),
            citizens_n=12,
            workers_n=2,
        ),
    )
    stopped = plan_edit.set_status(
        here,
        plan_edit.save_action(here, replace(old, owner="CDEC")),
        Status.PAUSED,
        reason="gel",
        responsible="Ville",
    )
    late = plan_edit.add_action(here, subcommittee=S, title="Tardive", due=date(2026, 2, 20))
    found = meeting.review(here, S)
    assert found.previous == held
    assert {m.action.id for m in found.moved} == {old.id, late.id}
    moved = next(m for m in found.moved if m.action.id == old.id)
    assert (moved.before_status, moved.status, len(moved.changes)) == ("planned", "paused", 2)
    assert [v.action.id for v in found.late] == [late.id]
    assert [v.action.id for v in found.blocked] == [stopped.id]
    assert [d.action for d in found.next_deadlines] == [still.id]
    assert meeting.review(here, S, previous="m") == found
    with pytest.raises(UnknownIdError):
        meeting.review(here, S, previous="zzz")
    with pytest.raises(UnknownIdError):
        meeting.review(here, "zzz")


def test_a_decision_creates_or_changes_an_action_with_its_trace(here):
    decision, made = meeting.decide(here, subcommittee=S, text="Visiter une coopérative.")
    assert (decision.effect, made.title, made.subcommittee) == (
        "created",
        "Visiter une coopérative.",
        S,
    )
    decision, changed = meeting.decide(
        here,
        subcommittee=S,
        text="On attend la Ville.",
        action=made.id,
        status=Status.PAUSED,
        reason="budget",
        responsible="Ville",
        due=date(2026, 9, 1),
    )
    assert (decision.effect, changed.status, changed.due) == (
        "changed",
        Status.PAUSED,
        date(2026, 9, 1),
    )
    assert [d.text for d in plan_edit.decisions_of(here, made.id)] == [
        "Visiter une coopérative.",
        "On attend la Ville.",
    ]
    batch = here.store.history()[0].batch
    assert {c.kind for c in here.store.history() if c.batch == batch} == {"action", "decision"}
    # a decision that cannot change its action is not recorded either
    with pytest.raises(ValuesError):
        meeting.decide(here, subcommittee=S, text="Non", action=made.id, status=Status.TO_NEGOTIATE)
    assert len(here.store.all(Decision)) == 2
    noted, nothing = meeting.decide(here, subcommittee=S, text="Merci !", create=False)
    assert (noted.effect, nothing) == ("none", None)
    for bad in ({"text": " "}, {"text": "x", "action": "zzz"}, {"text": "x", "meeting": "zzz"}):
        with pytest.raises(UserError):
            meeting.decide(here, subcommittee=S, **bad)


def test_attendance_is_counts_and_hours_exist(here):
    held = Meeting(
        id="m", territory=TERRITORY, subcommittee=S, held_at=datetime(2026, 2, 1, tzinfo=UTC)
    )
    for bad in ({"citizens_n": -1}, {"held_at": datetime(2026, 2, 1)}):
        with pytest.raises(ValuesError):
            meeting.record_meeting(here, replace(held, **bad))
    # clocks go from 2:00 to 3:00 on 8 March 2026, and 1:30 happens twice on 1 November
    with pytest.raises(ValuesError, match="n'existe pas"):
        meeting.local_instant(here, date(2026, 3, 8), 2, 30)
    after = meeting.local_instant(here, date(2026, 3, 8), 3, 0)
    assert after.astimezone(UTC) == datetime(2026, 3, 8, 7, tzinfo=UTC)
    twice = meeting.local_instant(here, date(2026, 11, 1), 1, 30)
    assert twice.astimezone(UTC) == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)


def test_minutes(here):
    plan_example.add_example(here)
    found = meeting.minutes(here, f"{TERRITORY}.ex-rencontre-services")
    assert found.subcommittee.id == S
    assert len(found.decisions) == 1
    assert {v.action.subcommittee for v in found.open_actions} == {S}
    with pytest.raises(UnknownIdError):
        meeting.minutes(here, "zzz")


def test_a_snapshot_verifies_until_somebody_touches_it(here, tmp_path):
    contact = plan_people.new_contact(here.store, TERRITORY, name="Zyxwvu")
    one = plan_edit.add_action(here, subcommittee=S, title="Avant", contact=contact.id)
    figures = [{"id": "low_income", "value": 0.397, "year": 2021}]
    first = snapshots.take_snapshot(here, figures=figures, data_versions={"profile_ct": "abc"})
    plan_edit.save_action(here, replace(one, title="Après"))
    second = snapshots.take_snapshot(here, subcommittee=S)
    assert second.previous_sha256 == first.sha256
    assert [s.id for s in snapshots.list_snapshots(here)] == [second.id, first.id]
    _, content = snapshots.open_snapshot(here, first.id)
    assert [a["title"] for a in content["actions"]] == ["Avant"]
    assert content["figures"] == figures
    assert contact.id not in first.content
    assert "Zyxwvu" not in first.content
    for snapshot in (first, second):
        assert snapshots.verify_snapshot(here, snapshot.id).intact
    with sqlite3.connect(tmp_path / "plan.sqlite") as c:
        c.execute(
            "UPDATE snapshots SET content = replace(content, 'Avant', 'Pendant') WHERE id = ?",
            (first.id,),
        )
    verdict = snapshots.verify_snapshot(here, first.id)
    assert not verdict.intact
    assert len(verdict.reasons) == 1
    with sqlite3.connect(tmp_path / "plan.sqlite") as c:
        c.execute("DELETE FROM snapshots WHERE id = ?", (first.id,))
    assert not snapshots.verify_snapshot(here, second.id).intact
    with pytest.raises(UnknownIdError):
        snapshots.verify_snapshot(here, "zzz")


# --- projects ----------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["fr", "en"])
@pytest.mark.parametrize("sheet_id", list(project_sheets()))
def test_project_sheets_tell_four_steps(sheet_id, lang):
    sheet = projects.sheet(sheet_id, translator(lang))
    assert [s.id for s in sheet.steps] == [
        "trigger",
        "characterization",
        "modelization",
        "implementation",
    ]
    assert sheet.title
    assert sheet.source
    assert sheet.success_factors


def test_the_figures_of_the_seed_projects():
    t = translator("fr")
    figures = {f.label: f.value for f in projects.sheet("reso", t).figures}
    assert list(figures.values()) == ["−20\u202f000", "100\u202f000", "69\u202f000"]
    values = [f.value for f in projects.sheet("vehicules-electriques", translator("en")).figures]
    assert values == ["250", "4", "40", "1,500"]
    circular = projects.sheet("economie-circulaire", t)
    assert circular.steps[0].points[1][0] == "Octobre à décembre 2020"
    assert circular.steps[2].points[-1][0] == "Mars 2024"
    with pytest.raises(UnknownIdError):
        projects.sheet("zzz", t)


def test_milestone_without_title_is_refused(here):
    with pytest.raises(ValuesError, match="jalon"):
        plan_edit.add_action(
            here, subcommittee=S, title="x", milestones=(Milestone(id="m", title=" "),)
        )
