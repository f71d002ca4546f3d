"""Many writers at once, and a process killed in the middle of its saves."""

import multiprocessing
import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace

import pytest

from revital.domain.plan_records import Action
from revital.errors import ConflictError
from revital.store import plan_backup
from revital.store.plan import PlanStore
from revital.store.plan_engine import FILE_NAME

WRITERS = 20
SAVES = 10


def _add_one(store):
    """Read, add one, save; start again whenever somebody was faster. Return the tries lost."""
    lost = 0
    while True:
        one = store.get(Action, "counter")
        try:
            store.save(replace(one, title=str(int(one.title) + 1)), account="w")
        except ConflictError:
            lost += 1
            continue
        return lost


def _writer(home, number, results):
    store = PlanStore.open(home)
    try:
        lost = 0
        for n in range(SAVES):
            lost += _add_one(store)
            store.save(
                Action(id=f"w{number}-{n}", territory="t", subcommittee="s", title="x"),
                account=f"w{number}",
            )
        results.put(lost)
    finally:
        store.close()


def _check(home):
    store = PlanStore.open(home)
    assert store.get(Action, "counter").title == str(WRITERS * SAVES)
    assert store.get(Action, "counter").version == WRITERS * SAVES + 1
    assert len(store.all(Action)) == WRITERS * SAVES + 1
    titles = [c.after["title"] for c in store.history(record_id="counter", limit=None)][::-1]
    assert titles == [str(n) for n in range(WRITERS * SAVES + 1)]
    store.close()
    plan_backup.verify(home / FILE_NAME)


def _start(home):
    store = PlanStore.open(home)
    store.save(Action(id="counter", territory="t", subcommittee="s", title="0"), account="u")
    store.close()


def test_twenty_processes_lose_nothing(tmp_path):
    _start(tmp_path)
    # forked where that exists: twenty imports at once measure nothing of ours
    methods = multiprocessing.get_all_start_methods()
    context = multiprocessing.get_context("fork" if "fork" in methods else "spawn")
    results = context.Queue()
    workers = [context.Process(target=_writer, args=(tmp_path, n, results)) for n in range(WRITERS)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(timeout=240)
    assert [w.exitcode for w in workers] == [0] * WRITERS
    _check(tmp_path)


def test_twenty_threads_on_one_store_lose_nothing(tmp_path):
    _start(tmp_path)
    store = PlanStore.open(tmp_path)

    def run(number):
        lost = 0
        for n in range(SAVES):
            lost += _add_one(store)
            one = Action(id=f"w{number}-{n}", territory="t", subcommittee="s", title="x")
            store.save(one, account=f"w{number}")
        return lost

    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(run, range(WRITERS)))
    store.close()
    _check(tmp_path)


CHILD = textwrap.dedent(
    """
    import sys
    from dataclasses import replace
    from pathlib import Path
    from revital.domain.plan_records import Action, Milestone
    from revital.store.plan import PlanStore

    store = PlanStore.open(Path(sys.argv[1]))
    one = Action(id="a", territory="t", subcommittee="s", title="0")
    for n in range(1, 201):
        one = store.save(
            replace(
                one,
                title=str(n),
                milestones=tuple(Milestone(id=f"m{i}", title="é" * 500) for i in range(n % 7)),
            ),
            account="u",
        )
        print(n, flush=True)  # the acknowledgement
    """
)


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs kill -9")
@pytest.mark.parametrize("after", [1, 60, 140])
def test_killed_in_the_middle_of_200_saves_keeps_every_acknowledged_one(tmp_path, after):
    PlanStore.open(tmp_path).close()
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    acknowledged = 0
    while acknowledged < after:
        acknowledged = int(child.stdout.readline())
    # somewhere inside the next saves
    time.sleep(0.002 * (after % 7))
    os.kill(child.pid, signal.SIGKILL)
    rest = child.stdout.read().split()
    child.wait()
    child.stdout.close()
    acknowledged = max([acknowledged, *map(int, rest)])
    assert acknowledged < 200, "the child was done before it was killed"

    store = PlanStore.open(tmp_path)
    one = store.get(Action, "a")
    # the save under way may have gone through before it could be acknowledged
    assert int(one.title) in (acknowledged, acknowledged + 1)
    assert len(one.milestones) == int(one.title) % 7
    history = store.history(limit=None)
    assert [int(c.after["title"]) for c in history][::-1] == list(range(1, int(one.title) + 1))
    assert store.state_at(Action) == [one]
    assert store.save(replace(one, title="reprise"), account="u").version == one.version + 1
    store.close()
    with closing(sqlite3.connect(tmp_path / FILE_NAME)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
