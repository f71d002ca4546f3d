"""The plan's store: locking, history, undo, migrations, backups, odd texts."""

import shutil
import sqlite3
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import IntegrityError
from sqlalchemy.schema import CreateIndex, CreateTable

import revital.store
from revital.domain.plan_records import (
    Action,
    Aspect,
    Citation,
    Decision,
    Evidence,
    EvidenceKind,
    FundingKind,
    FundingLine,
    Grant,
    IndicatorLink,
    Meeting,
    Milestone,
    Objective,
    Pause,
    PauseKind,
    PlanPause,
    Status,
    Subcommittee,
)
from revital.errors import ConflictError, StoreError, UnknownIdError
from revital.store import plan_backup, plan_engine, plan_people
from revital.store.plan import PlanStore
from revital.store.plan_codec import KINDS, from_payload, kind_of, to_payload
from revital.store.plan_models import HEAD, Base


class Clock:
    """A clock that moves one minute at each look."""

    def __init__(self):
        self.now = datetime(2026, 3, 8, 6, 0, tzinfo=UTC)

    def __call__(self):
        self.now += timedelta(minutes=1)
        return self.now


@pytest.fixture
def store(tmp_path):
    opened = PlanStore.open(tmp_path, clock=Clock())
    yield opened
    opened.close()


def action(**fields):
    base = {"id": "a1", "territory": "t", "subcommittee": "s", "title": "Une action"}
    return Action(**(base | fields))


FULL = action(
    id="full",
    title="Marché public « éphémère »",
    description="Ligne 1\nLigne 2 <b>gras</b> & 🍏",
    en={"title": "Pop-up market"},
    objective="o1",
    owner="Organisme communautaire",
    contact="c1",
    organizations=("Ville", "CIUSSS"),
    status=Status.PAUSED,
    start=date(2026, 3, 8),
    due=date(2026, 11, 1),
    progress=0.1,
    weight=2.5,
    aspects=(Aspect.LOCAL, Aspect.SOCIAL_POLITICAL),
    city_axes=("inclusion",),
    scenario="epicerie-1",
    place="Parc",
    lon=-72.55,
    lat=46.34,
    milestones=(
        Milestone(id="m2", title="Deux", due=date(2026, 5, 1), weight=1.5, progress=0.25),
        Milestone(id="m1", title="Un", title_en="One", cancelled=True),
    ),
    funding=(
        FundingLine(
            id="f",
            kind=FundingKind.FOUNDATION,
            label="Fonds",
            requested_cad=Decimal("12345678.91"),
            spent_cad=Decimal("0.01"),
        ),
    ),
    pauses=(
        Pause(id="p0", start=date(2026, 3, 10), end=date(2026, 3, 12), reason="x"),
        Pause(id="p1", start=date(2026, 4, 1), reason="gel", responsible="Ville"),
    ),
    evidence=(Citation(id="c", evidence="rapport-cdec", page="12", note="voir"),),
    indicators=(
        IndicatorLink(
            id="i", indicator="low_income", unit="share", baseline_value=0.397, target_value=0.35
        ),
    ),
)
ONE_OF_EACH = [
    FULL,
    Subcommittee(id="s", territory="t", name="Sécurité", citizens_n=7, roles=("animation",)),
    Objective(id="o1", territory="t", subcommittee="s", title="But", position=3),
    Evidence(id="e", territory="t", kind=EvidenceKind.REPORT, title="Rapport", dated="2015-08"),
    PlanPause(id="pp", territory="t", kind=PauseKind.PAUSE, start=date(2022, 1, 1)),
    Meeting(
        id="m",
        territory="t",
        subcommittee=None,
        # the hour that happens twice in America/Toronto on 1 November 2026
        held_at=datetime(2026, 11, 1, 6, 30, tzinfo=UTC),
        citizens_n=12,
    ),
    Decision(id="d", territory="t", subcommittee="s", text="Oui", decided_on=date(2026, 1, 1)),
    Grant(id="g", territory="*", account="x", role="administrator"),
]


@pytest.mark.parametrize("record", ONE_OF_EACH, ids=lambda r: type(r).__name__)
def test_what_is_saved_is_read_back_and_rebuilt_from_history(store, record):
    saved = store.save(record, account="u")
    assert saved.version == 1
    assert replace(saved, version=0, created_at=None, updated_at=None) == record
    assert store.get(type(record), record.id) == saved
    assert store.all(type(record)) == [saved]
    assert store.state_at(type(record)) == [saved]
    assert from_payload(kind_of(saved), to_payload(saved)) == saved


def test_saving_what_is_there_changes_nothing(store):
    saved = store.save(FULL, account="u")
    assert store.save(saved, account="u") == saved
    assert len(store.history()) == 1


def test_the_second_of_two_people_sees_both_versions(store):
    first = store.save(action(), account="u")
    theirs = store.save(replace(first, title="Leur titre"), account="v")
    mine = replace(first, title="Mon titre", milestones=(Milestone(id="m", title="x"),))
    with pytest.raises(ConflictError) as caught:
        store.save(mine, account="u")
    assert caught.value.params["mine"] == mine
    assert caught.value.params["theirs"] == theirs
    assert store.get(Action, "a1") == theirs
    # having seen both, the person chooses: the save goes through on the newer version
    chosen = store.save(replace(mine, version=theirs.version), account="u")
    assert chosen.title == "Mon titre"
    with pytest.raises(ConflictError):
        store.save(action(), account="u")  # created twice
    with pytest.raises(ConflictError):
        store.save(action(id="none", version=3), account="u")


def test_a_failed_transaction_leaves_nothing(store):
    store.save(action(), account="u")

    def save_two():
        with store.transaction("u") as transaction:
            transaction.save(action(id="a2"))
            transaction.save(action())

    with pytest.raises(ConflictError):
        save_two()
    assert [a.id for a in store.all(Action)] == ["a1"]
    assert len(store.history()) == 1


def test_history_says_who_when_before_after(store):
    one = store.save(action(), account="u")
    two = store.save(replace(one, title="Deux", due=date(2026, 5, 1)), account="v")
    change = store.history()[0]
    assert (change.account, change.change, change.version) == ("v", "update", 2)
    assert change.at == two.updated_at
    assert change.fields == ("title", "due")
    assert (change.before["title"], change.after["title"]) == ("Une action", "Deux")
    assert [c.seq for c in store.history(record_id="a1", kind="action")] == [2, 1]
    assert store.history(before_seq=2)[0].seq == 1
    assert store.history(territory="ailleurs") == []


def test_history_can_only_grow(store):
    store.save(action(), account="u")
    for statement in ("DELETE FROM history", "UPDATE history SET account = 'x'"):
        with (
            pytest.raises(IntegrityError, match="append-only"),
            plan_engine.writing(store.engine) as connection,
        ):
            connection.exec_driver_sql(statement)


def test_history_rebuilds_any_past_state(store):
    states = []
    one = store.save(action(), account="u")
    states.append({"a1": one})
    two = store.save(action(id="a2", milestones=(Milestone(id="m", title="x"),)), account="u")
    states.append({"a1": one, "a2": two})
    for step in range(12):
        target = ("a1", "a2")[step % 2]
        current = states[-1][target]
        changed = replace(
            current,
            title=f"Titre {step}",
            deleted=step % 5 == 4,
            milestones=tuple(Milestone(id=f"m{i}", title=f"j{i}") for i in range(step % 4)),
        )
        states.append(states[-1] | {target: store.save(changed, account="u")})
    history = store.history(limit=None)[::-1]
    assert len(history) == len(states)
    for change, state in zip(history, states, strict=True):
        assert {a.id: a for a in store.state_at(Action, seq=change.seq)} == state
        assert {a.id: a for a in store.state_at(Action, at=change.at)} == state
    assert store.state_at(Action, seq=0) == []


def test_deletion_is_a_state_and_every_change_can_be_undone(store):
    one = store.save(action(), account="u")
    gone = store.save(replace(one, deleted=True), account="u")
    assert store.history()[0].change == "delete"
    assert store.all(Action) == []
    assert store.all(Action, deleted=True) == [gone]
    back = store.undo(store.last_seq(), account="v")
    assert not back.deleted
    assert store.history()[0].undo_of == 2
    assert store.history()[0].change == "undo"
    # an undo can be undone, and so can a creation
    assert store.undo(store.last_seq(), account="v").deleted
    assert store.undo(store.last_seq(), account="v").deleted is False
    assert store.undo(1, account="v").deleted


def test_undo_keeps_what_changed_elsewhere_and_refuses_what_changed_since(store):
    one = store.save(action(), account="u")
    two = store.save(replace(one, title="Deux"), account="u")
    three = store.save(replace(two, owner="CDEC"), account="u")
    undone = store.undo(2, account="u")
    assert (undone.title, undone.owner) == ("Une action", "CDEC")
    store.save(replace(undone, owner="Ville"), account="u")
    with pytest.raises(ConflictError, match="owner"):
        store.undo(3, account="u")
    assert three.version == 3
    with pytest.raises(UnknownIdError):
        store.undo(99, account="u")


ODD = st.text(
    st.characters(exclude_categories=("Cs",), exclude_characters="\x00"), max_size=80
) | st.sampled_from(
    [
        "<script>alert('x')</script>",
        "'; DROP TABLE actions; --",
        "🏘️👩‍👩‍👧 \u202eà l'envers",
        "é" * 10_000,
        "{n} %s \\u0000",
        '"guillemets", virgule; point-virgule\ttab\nligne',
        "=HYPERLINK(1)",
    ]
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(title=ODD, text=ODD)
def test_odd_texts_come_back_to_the_letter(store, title, text):
    one = action(
        id=f"x{store.last_seq()}",
        title=title,
        description=text,
        milestones=(Milestone(id="m", title=text),),
    )
    saved = store.save(one, account="u")
    read = store.get(Action, one.id)
    assert (read.title, read.description, read.milestones[0].title) == (title, text, text)
    assert store.change(store.last_seq()).after == to_payload(saved)


def test_contact_details_are_nowhere_but_in_their_table_and_can_be_erased(store, tmp_path):
    contact = plan_people.new_contact(
        store, "t", name="Zyxwvu Tsrqpo", email="zyx@exemple.test", phone="819 555-0199"
    )
    store.save(action(contact=contact.id), account="u")
    assert [c.name for c in plan_people.contacts(store, "t")] == ["Zyxwvu Tsrqpo"]
    assert "Zyxwvu" not in str([c.after for c in store.history()])
    plan_people.erase_contact(store, contact.id)
    assert plan_people.contacts(store) == []
    with pytest.raises(UnknownIdError):
        plan_people.erase_contact(store, contact.id)
    store.close()
    left = b"".join(f.read_bytes() for f in tmp_path.glob("plan.sqlite*"))
    assert b"Zyxwvu" not in left
    assert b"zyx@exemple" not in left


def test_an_identity_is_claimed_once(store):
    plan_people.new_contact(store, "*", account="acc", email="Ana@Exemple.test")
    assert plan_people.find_identity(store, "iss", "sub") is None
    claimed = plan_people.claim_identity(store, "iss", "sub", "ana@exemple.TEST ")
    assert claimed.account == "acc"
    assert plan_people.find_identity(store, "iss", "sub").account == "acc"
    assert plan_people.claim_identity(store, "iss", "other", "ana@exemple.test") is None
    assert plan_people.claim_identity(store, "iss", "other", "nobody@exemple.test") is None


# --- schema ----------------------------------------------------------------------------------


def scripts():
    config = Config()
    folder = next(iter(revital.store.__path__))
    config.set_main_option("script_location", f"{folder}/migrations")
    return ScriptDirectory.from_config(config)


def test_head_is_the_newest_migration_and_models_agree_with_it(store):
    assert scripts().get_current_head() == HEAD
    with plan_engine.reading(store.engine) as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_nothing_in_the_models_is_sqlite_only():
    dialect = postgresql.dialect()
    for table in Base.metadata.sorted_tables:
        assert str(CreateTable(table).compile(dialect=dialect)).strip()
        for index in table.indexes:
            assert str(CreateIndex(index).compile(dialect=dialect)).strip()
    assert {k.table.name for k in KINDS.values()} <= set(Base.metadata.tables)


EARLIER = [s.revision for s in scripts().walk_revisions() if s.revision != HEAD]


def _fill(path, revision):
    """Write rows of that version, column by column, as that version would."""
    with sqlite3.connect(path) as c:
        c.execute(
            "INSERT INTO actions (id, territory, example, deleted, version, en, subcommittee,"
            " title, description, owner, organizations, status, aspects, city_axes, place, due)"
            " VALUES ('a1', 't', 0, 0, 1, '{}', 's', 'Ancienne', '', '', '[\"Ville\"]',"
            " 'under_way', '[\"local\"]', '[]', '', '2026-05-01')"
        )
        c.execute(
            "INSERT INTO milestones (action_id, id, position, title, title_en, cancelled, weight)"
            " VALUES ('a1', 'm', 0, 'Jalon', '', 0, 2.5)"
        )
        c.execute(
            "INSERT INTO funding_lines (action_id, id, position, kind, label, label_en,"
            " requested_cad) VALUES ('a1', 'f', 0, 'federal', '', '', 123456)"
        )
        c.execute(
            "INSERT INTO history (at, account, territory, kind, record_id, version, change,"
            " batch, after) VALUES ('2026-01-01 00:00:00', 'u', 't', 'action', 'a1', 1,"
            ' \'create\', \'b\', \'{"id": "a1", "territory": "t", "subcommittee": "s",'
            ' "title": "Ancienne", "version": 1}\')'
        )
        if revision >= "0002":
            c.execute(
                "INSERT INTO meetings (id, territory, example, deleted, version, en, held_at,"
                " place, notes) VALUES ('r', 't', 0, 0, 1, '{}', '2026-01-01 00:00:00', '', 'n')"
            )


@pytest.mark.parametrize("revision", EARLIER)
def test_a_file_of_each_earlier_version_is_upgraded_with_its_data(tmp_path, revision):
    path = tmp_path / plan_engine.FILE_NAME
    engine = plan_engine.engine_for(path)
    plan_engine.upgrade(engine, path, None, to=revision)
    assert plan_engine.current_revision(engine) == revision
    engine.dispose()
    _fill(path, revision)

    store = PlanStore.open(tmp_path)
    assert plan_engine.current_revision(store.engine) == HEAD
    one = store.get(Action, "a1")
    assert (one.title, one.due, one.organizations) == ("Ancienne", date(2026, 5, 1), ("Ville",))
    assert one.milestones[0].weight == 2.5
    assert one.funding[0].requested_cad == Decimal("1234.56")
    assert store.state_at(Action)[0].title == "Ancienne"
    if revision >= "0002":
        assert store.all(Meeting)[0].notes == "n"
    assert store.save(replace(one, title="Neuve"), account="u").version == 2
    store.close()
    kept = tmp_path / f"plan-{revision}-avant-mise-a-jour.sqlite"
    assert plan_backup.verify(kept).revision == revision


def test_an_unreadable_file_says_so(tmp_path):
    path = tmp_path / plan_engine.FILE_NAME
    path.write_bytes(b"ceci n'est pas une base" * 100)
    with pytest.raises(StoreError, match="revital restore"):
        PlanStore.open(tmp_path)
    path.unlink()
    with sqlite3.connect(path) as c:
        c.execute("CREATE TABLE autre (x)")
    with pytest.raises(StoreError, match="pas un plan"):
        PlanStore.open(tmp_path)


def test_a_file_of_a_newer_version_is_left_alone(tmp_path):
    PlanStore.open(tmp_path).close()
    path = tmp_path / plan_engine.FILE_NAME
    with sqlite3.connect(path) as c:
        c.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreError, match="plus récente"):
        PlanStore.open(tmp_path)
    with pytest.raises(StoreError, match="plus récente"):
        plan_backup.verify(path)


# --- backup ----------------------------------------------------------------------------------

NOW = datetime(2026, 11, 1, 5, 30, tzinfo=UTC)


def test_backup_and_restore_while_the_plan_is_open(store, tmp_path):
    one = store.save(FULL, account="u")
    report = plan_backup.backup(tmp_path, now=NOW)
    assert report.path.name == "plan-20261101-053000.sqlite"
    assert (report.actions_n, report.changes_n, report.revision) == (1, 1, HEAD)
    assert [p.name for p in report.path.parent.iterdir()] == [report.path.name]
    with pytest.raises(StoreError, match="existe déjà"):
        plan_backup.backup(tmp_path, report.path, now=NOW)
    store.save(replace(one, title="Après"), account="u")
    _, aside = plan_backup.restore(tmp_path, report.path, now=NOW)
    # the store that was open all along sees the restored plan, and goes on
    assert store.get(Action, "full") == one
    assert store.save(replace(one, title="Encore"), account="u").version == 2
    assert plan_backup.verify(aside).changes_n == 2


def test_what_another_process_saved_is_seen_and_only_that_is_read_again(store, tmp_path):
    for n in range(3):
        store.save(action(id=f"a{n}", title=f"Action {n}"), account="u")
    first = store.all(Action, territory="t")
    assert [a.id for a in first] == ["a0", "a1", "a2"]
    other = PlanStore.open(tmp_path, clock=Clock())
    other.save(replace(other.get(Action, "a1"), milestones=FULL.milestones), account="v")
    other.save(replace(other.get(Action, "a2"), deleted=True), account="v")
    other.close()
    now = store.all(Action, territory="t")
    assert [a.id for a in now] == ["a0", "a1"]
    assert now[1].milestones == FULL.milestones
    # what nobody touched is the very same object
    assert now[0] is first[0]
    assert store.get(Action, "a2").deleted


def test_what_was_taken_back_is_never_remembered(store):
    one = store.save(action(), account="u")
    store.all(Action, territory="t")

    def fails():
        with store.transaction("u") as transaction:
            changed = transaction.save(replace(one, title="Jamais gardé"))
            assert transaction.get(Action, "a1") == changed
            assert transaction.all(Action, "t") == [changed]
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    assert store.get(Action, "a1") == one
    assert store.all(Action, territory="t") == [one]


def test_a_list_read_before_a_restore_is_read_again_after(store, tmp_path):
    one = store.save(action(), account="u")
    copy = plan_backup.backup(tmp_path, now=NOW).path
    store.save(replace(one, title="Perdu"), account="u")
    assert [a.title for a in store.all(Action, territory="t")] == ["Perdu"]
    plan_backup.restore(tmp_path, copy, now=NOW)
    # as many lines as before the restore, but not the same ones
    store.save(action(id="a2", title="Autre"), account="u")
    assert [a.title for a in store.all(Action, territory="t")] == ["Une action", "Autre"]


@pytest.mark.parametrize("fault", ["truncated", "flipped", "text", "missing", "foreign"])
def test_restore_verifies_first_and_changes_nothing(store, tmp_path, fault):
    for n in range(200):
        store.save(action(id=f"a{n}", description="mot " * 50), account="u")
    good = plan_backup.backup(tmp_path, now=NOW).path
    bad = tmp_path / "mauvais.sqlite"
    shutil.copy(good, bad)
    content = bytearray(bad.read_bytes())
    if fault == "truncated":
        bad.write_bytes(content[: len(content) // 2])
    elif fault == "flipped":
        middle = len(content) // 2
        content[middle : middle + 4096] = b"\xff" * 4096
        bad.write_bytes(content)
    elif fault == "text":
        bad.write_text("bonjour")
    elif fault == "missing":
        bad.unlink()
    else:
        bad.unlink()
        with sqlite3.connect(bad) as c:
            c.execute("CREATE TABLE autre (x)")
    with pytest.raises(StoreError):
        plan_backup.restore(tmp_path, bad, now=NOW)
    assert len(store.all(Action)) == 200
    assert len(list((tmp_path / "backups").iterdir())) == 1


def test_there_is_nothing_to_back_up_in_an_empty_folder(tmp_path):
    with pytest.raises(StoreError, match="pas encore de plan"):
        plan_backup.backup(tmp_path, now=NOW)
