"""
The plan's store on PostgreSQL, where somebody names a server to try it on.

    pip install "psycopg[binary]"
    REVITAL_TEST_POSTGRESQL=postgresql+psycopg://user@host/base python -m pytest <this file>

A schema is made for each test and dropped after it.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.exc import DBAPIError

from revital.domain.plan_records import Action, Milestone, Status
from revital.errors import ConflictError
from revital.services import plan as plans
from revital.services import plan_edit, snapshots
from revital.store.plan import PlanStore
from revital.store.plan_engine import current_revision, upgrade
from revital.store.plan_models import HEAD, Base

URL = os.environ.get("REVITAL_TEST_POSTGRESQL", "")
pytestmark = pytest.mark.skipif(not URL, reason="no PostgreSQL server is named")


@pytest.fixture
def engine():
    name = f"revital_{uuid4().hex}"
    door = create_engine(URL, isolation_level="AUTOCOMMIT")
    with door.connect() as connection:
        connection.execute(text(f"CREATE SCHEMA {name}"))
    made = create_engine(
        URL, connect_args={"options": f"-csearch_path={name}"}, pool_size=8, max_overflow=24
    )
    yield made
    made.dispose()
    with door.connect() as connection:
        connection.execute(text(f"DROP SCHEMA {name} CASCADE"))
    door.dispose()


@pytest.fixture
def store(engine):
    upgrade(engine, None, None)
    return PlanStore(engine)


def an_action(**values) -> Action:
    return Action(
        id="a1",
        territory="saint-philippe",
        subcommittee="services",
        title="Épicerie 🌳",
        milestones=(Milestone(id="m1", title="Plan", weight=2.0, progress=0.5),),
        **values,
    )


def test_migrations_make_the_tables_of_the_models(engine):
    assert current_revision(engine) is None
    for revision in ("0001", "0002", HEAD):
        upgrade(engine, None, current_revision(engine), revision)
        assert current_revision(engine) == revision
    found = inspect(engine)
    for table in Base.metadata.sorted_tables:
        columns = {c["name"] for c in found.get_columns(table.name)}
        assert columns == {c.name for c in table.columns}


def test_saves_conflicts_undo_and_the_past(store):
    first = store.save(an_action(), account="one")
    second = store.save(replace(first, owner="CDEC"), account="one")
    with pytest.raises(ConflictError):
        store.save(replace(first, owner="Ville"), account="two")
    assert store.get(Action, "a1") == second
    seq = store.last_seq()
    store.undo(seq, account="two")
    assert store.get(Action, "a1").owner == first.owner
    assert store.state_at(Action, seq=seq) == [second]
    assert [c.change for c in store.history()] == ["undo", "update", "create"]


@pytest.mark.parametrize("verb", ["UPDATE history SET account = 'x'", "DELETE FROM history"])
def test_history_can_only_grow(store, verb):
    store.save(an_action(), account="one")
    with pytest.raises(DBAPIError, match="append-only"), store.engine.begin() as connection:
        connection.execute(text(verb))


def test_the_services_work_the_same(store):
    here = plans.open_plan("saint-philippe", store=store)
    one = plan_edit.add_action(here, subcommittee="services", title="Épicerie")
    plan_edit.set_status(
        here, one, Status.PAUSED, on=here.today, reason="Attente", responsible="Ville"
    )
    assert plans.board(here).total_n == 1
    taken = snapshots.take_snapshot(here)
    assert snapshots.verify_snapshot(here, taken.id).intact


def test_twenty_writers_lose_nothing(store):
    store.save(an_action(description=""), account="first")

    def write(n: int) -> None:
        mine = PlanStore(store.engine)
        for k in range(10):
            while True:
                held = mine.get(Action, "a1")
                try:
                    mine.save(
                        replace(held, description=f"{held.description}{n}.{k};"), account=str(n)
                    )
                    break
                except ConflictError:
                    continue

    with ThreadPoolExecutor(20) as pool:
        list(pool.map(write, range(20)))
    words = PlanStore(store.engine).get(Action, "a1").description.split(";")[:-1]
    assert sorted(words) == sorted(f"{n}.{k}" for n in range(20) for k in range(10))
    assert store.last_seq() == 201
