"""
The plan under weight: how long its pages take to open, and how fast it can be written to.

    python bench/plan.py                 # 10,000 actions, 100,000 lines of history
    python bench/plan.py --quick         # the same, fewer repeats and fewer saves
    python bench/plan.py --actions 1000 --history 10000 --writers 4

A page is opened by Streamlit's own test runner: the script as the server runs it, the browser left
out. "First" is the first reader after the server started, "after a save" the next one once
somebody saved something.

Writers are compared, in the same run, with a bare sqlite3 program that does the least: one row
read, one updated and one line of log inserted per save, in WAL mode with immediate transactions,
at the same durability (`synchronous=FULL`, ours) and at the weaker one (`NORMAL`). All processes
are up, with one save behind them, before the clock starts.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import sqlite3
import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import psutil
from sqlalchemy import insert

from revital.domain.plan_records import (
    Action,
    Aspect,
    FundingKind,
    FundingLine,
    Meeting,
    Milestone,
    Status,
)
from revital.errors import ConflictError
from revital.i18n import translator
from revital.services import meeting, plan, plan_edit, plan_files, plan_timeline
from revital.store.plan import PlanStore
from revital.store.plan_codec import KINDS, part_rows, to_payload, to_row
from revital.store.plan_engine import writing
from revital.store.plan_models import HistoryRow, table_of

TERRITORY = "saint-philippe"
GROUPS = ("communication", "concertation", "securite", "immobilier", "environnement", "services")
START = datetime(2025, 1, 6, 15, tzinfo=UTC)
_CHUNK = 2000


def invented(n: int) -> Action:
    """One action of the bench; everything in it follows from its number."""
    start = date(2025, 1, 6) + timedelta(days=n % 500)
    return Action(
        id=f"a{n}",
        territory=TERRITORY,
        subcommittee=GROUPS[n % 6],
        title=f"Action de mesure numéro {n}",
        description="Une phrase ou deux pour dire ce que l'on fait. " * 3,
        owner="Organisme communautaire" if n % 7 else "",
        status=(Status.PLANNED, Status.UNDER_WAY)[n % 2],
        start=start,
        due=start + timedelta(days=200 + n % 300) if n % 11 else None,
        aspects=(list(Aspect)[n % 4],),
        milestones=tuple(
            Milestone(id=f"m{i}", title=f"Jalon {i}", weight=1.0 + i, progress=(n % 5) / 4)
            for i in range(3)
        ),
        funding=(FundingLine(id="f", kind=FundingKind.MUNICIPAL, requested_cad=Decimal(n + 1)),),
        version=1,
        created_at=START,
        updated_at=START + timedelta(hours=n % 9000),
    )


def fill(store: PlanStore, actions_n: int, history_n: int) -> None:
    """Write actions and history straight into the tables: the fill itself is not measured."""
    kind = KINDS["action"]
    history = table_of(HistoryRow)
    payloads: list[dict[str, Any]] = []
    with writing(store.engine) as connection:
        for first in range(0, actions_n, _CHUNK):
            group = [
                replace(invented(n), version=max(1, -(-(history_n - n) // actions_n)))
                for n in range(first, min(first + _CHUNK, actions_n))
            ]
            payloads += [to_payload(a) for a in group]
            connection.execute(insert(kind.table), [to_row(kind, a) for a in group])
            for part in kind.parts:
                rows = [row for a in group for row in part_rows(part, a)]
                if rows:
                    connection.execute(insert(part.table), rows)
        for first in range(0, history_n, _CHUNK):
            rows = []
            for n in range(first, min(first + _CHUNK, history_n)):
                version = n // actions_n + 1
                payload = payloads[n % actions_n] | {"version": version}
                rows.append(
                    {
                        "at": START + timedelta(minutes=n),
                        "account": f"compte-{n % 12}",
                        "territory": TERRITORY,
                        "kind": "action",
                        "record_id": payload["id"],
                        "version": version,
                        "change": "create" if version == 1 else "update",
                        "batch": f"b{n}",
                        "undo_of": None,
                        "before": None if version == 1 else payload,
                        "after": payload,
                    }
                )
            connection.execute(insert(history), rows)
    store.save(
        Meeting(
            id="m",
            territory=TERRITORY,
            subcommittee="services",
            held_at=START + timedelta(minutes=history_n - 500),
        ),
        account="bench",
    )


def measured(name: str, call: Callable[[], Any], repeats: int = 3) -> dict[str, Any]:
    """Return the first and the median time of a call, and how much memory stays afterwards."""
    process = psutil.Process()
    before = process.memory_info().rss
    times = []
    for _ in range(repeats):
        started = time.perf_counter()
        call()
        times.append(time.perf_counter() - started)
    return _row(name, times, (process.memory_info().rss - before) / 2**20)


def services(home: Path, actions_n: int, history_n: int, repeats: int) -> list[dict[str, Any]]:
    """Measure what the pages ask of the services."""
    t = translator("fr")
    opened = time.perf_counter()
    store = PlanStore.open(home)
    here = plan.open_plan(TERRITORY, store=store)
    opened = time.perf_counter() - opened

    def first() -> None:
        fresh = PlanStore(store.engine)
        assert plan.board(plan.open_plan(TERRITORY, store=fresh)).total_n == actions_n

    def after_a_save() -> float:
        one = store.get(Action, "a1")
        store.save(replace(one, owner=f"Organisme {time.perf_counter()}"), account="bench")
        started = time.perf_counter()
        plan.board(here)
        return time.perf_counter() - started

    results = [_row("open the store", [opened]), measured("board, first", first, 2)]
    held = plan.board(here)
    assert held.total_n == actions_n
    results += [
        _row("board, after a save", [after_a_save() for _ in range(repeats)]),
        measured("timeline, first 60 bars", lambda: plan_timeline.bars(held, t, 60), repeats),
        measured("meeting", lambda: meeting.review(here, "services", whole=held), repeats),
        measured("history, last 60", lambda: plan_edit.history(here, limit=60), repeats),
        measured("history of one action", lambda: plan_edit.history(here, record_id="a1"), repeats),
        measured("state at a past change", lambda: store.state_at(Action, seq=history_n // 2), 1),
        measured("export CSV", lambda: plan_files.export(here, "csv", t), 1),
    ]
    store.close()
    return results


def pages(home: Path, repeats: int) -> list[dict[str, Any]]:
    """Measure the opening of whole pages, first and after a save."""
    os.environ["REVITAL_HOME"] = str(home)
    from streamlit.testing.v1 import AppTest

    from revital.services.plan_structure import open_store
    from revital.settings import PROJECT, settings

    settings.cache_clear()
    open_store.cache_clear()

    def opened(page: str, **query: str) -> None:
        app = AppTest.from_file(str(PROJECT / "app.py"), default_timeout=300)
        app.switch_page(f"pages/{page}.py")
        for key, value in query.items():
            app.query_params[key] = value
        app.run()
        assert not app.exception

    # Libraries are loaded by a page that has no plan: what is left is the plan's own cost.
    opened("projets")
    results = []
    for name, page, query in (
        ("page: board", "plan", {}),
        ("page: timeline", "plan", {"vue": "calendrier"}),
        ("page: meeting", "rencontre", {"groupe": "services"}),
    ):
        times, memory = [], []
        for _ in range(repeats + 1):
            process = psutil.Process()
            before = process.memory_info().rss
            started = time.perf_counter()
            opened(page, **query)
            times.append(time.perf_counter() - started)
            memory.append((process.memory_info().rss - before) / 2**20)
            store = open_store(home)
            one = store.get(Action, "a1")
            store.save(replace(one, owner=f"Organisme {started}"), account="bench")
        results.append(_row(f"{name}, first", times[:1], memory[0]))
        results.append(_row(f"{name}, after a save", times[1:], memory[-1]))
    open_store(home).close()
    return results


def _row(name: str, times: list[float], memory_mb: float | None = None) -> dict[str, Any]:
    return {
        "what": name,
        "first_s": round(times[0], 3),
        "median_s": round(statistics.median(times), 3),
        "memory_mb": None if memory_mb is None else round(memory_mb, 1),
    }


# --- writers -----------------------------------------------------------------------------------


def _ours(home: Path, number: int, saves: int, ready: Any, queue: Any) -> None:
    store = PlanStore.open(home)
    store.save(replace(invented(50 + number), version=0), account=f"w{number}")
    ready.wait()
    _save_many(store, number, saves)
    store.close()
    queue.put(number)


def _save_many(store: PlanStore, number: int, saves: int) -> None:
    for n in range(saves):
        while True:
            one = store.get(Action, f"a{(number + n) % 50}")
            try:
                store.save(replace(one, owner=f"w{number}-{n}"), account=f"w{number}")
                break
            except ConflictError:
                continue


def _plain(path: Path, sync: str, number: int, saves: int, ready: Any, queue: Any) -> None:
    with closing(sqlite3.connect(path, timeout=60, isolation_level=None)) as c:
        c.execute("PRAGMA journal_mode=WAL")
        c.execute(f"PRAGMA synchronous={sync}")
        c.execute("INSERT INTO log (who, what) VALUES ('first', '')")
        ready.wait()
        for n in range(saves):
            c.execute("BEGIN IMMEDIATE")
            key = f"a{(number + n) % 50}"
            (v,) = c.execute("SELECT v FROM a WHERE id = ?", (key,)).fetchone()
            c.execute("UPDATE a SET v = ?, owner = ? WHERE id = ?", (v + 1, f"w{n}", key))
            c.execute("INSERT INTO log (who, what) VALUES (?, ?)", (f"w{number}", "x" * 400))
            c.execute("COMMIT")
    queue.put(number)


def _race(target: Callable[..., None], args: tuple[Any, ...], writers: int, saves: int) -> float:
    context = multiprocessing.get_context("fork" if hasattr(os, "fork") else "spawn")
    queue, ready = context.Queue(), context.Barrier(writers + 1)
    workers = [
        context.Process(target=target, args=(*args, n, saves, ready, queue)) for n in range(writers)
    ]
    for worker in workers:
        worker.start()
    ready.wait(timeout=120)
    started = time.perf_counter()
    for _ in workers:
        queue.get(timeout=300)
    took = time.perf_counter() - started
    for worker in workers:
        worker.join()
    assert all(w.exitcode == 0 for w in workers)
    return writers * saves / took


def _race_of_threads(home: Path, writers: int, saves: int) -> float:
    store = PlanStore.open(home)
    threads = [threading.Thread(target=_save_many, args=(store, n, saves)) for n in range(writers)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - started
    store.close()
    return writers * saves / took


def write_speed(writers: int, saves: int) -> list[dict[str, Any]]:
    """Return saves per second of our store and of the bare program, in the same run."""
    results = []
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        store = PlanStore.open(home)
        with store.transaction("bench") as transaction:
            for n in range(50):
                transaction.save(replace(invented(n), version=0))
        store.close()
        ours = _race(_ours, (home,), writers, saves)
        store = PlanStore.open(home)
        # every acknowledged save is in the history: none was lost
        assert store.last_seq() == 50 + writers + writers * saves
        store.close()
        threads = _race_of_threads(home, writers, saves)
        results.append(_writes(f"revital, {writers} processes, synchronous=FULL", ours, ours))
        results.append(_writes(f"revital, {writers} threads, synchronous=FULL", threads, ours))
        for sync in ("FULL", "NORMAL"):
            path = home / f"plain-{sync}.db"
            with closing(sqlite3.connect(path)) as c:
                c.execute("PRAGMA journal_mode=WAL")
                c.execute("CREATE TABLE a (id TEXT PRIMARY KEY, v INTEGER, owner TEXT)")
                c.execute("CREATE TABLE log (id INTEGER PRIMARY KEY, who TEXT, what TEXT)")
                c.executemany("INSERT INTO a VALUES (?, 0, '')", [(f"a{n}",) for n in range(50)])
                c.commit()
            bare = _race(_plain, (path, sync), writers, saves)
            results.append(_writes(f"bare sqlite3, {writers} processes, {sync}", bare, ours))
    return results


def _writes(name: str, speed: float, ours: float) -> dict[str, Any]:
    return {"what": name, "saves_per_s": round(speed), "ratio": round(speed / ours, 2)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--actions", type=int, default=10_000)
    parser.add_argument("--history", type=int, default=100_000)
    parser.add_argument("--writers", type=int, default=20)
    parser.add_argument("--saves", type=int, default=50)
    parser.add_argument("--quick", action="store_true", help="less than three minutes")
    parser.add_argument("--format", choices=["table", "json"], default="table")
    options = parser.parse_args()
    repeats, saves = (2, min(options.saves, 20)) if options.quick else (5, options.saves)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        store = PlanStore.open(home)
        fill(store, options.actions, options.history)
        store.close()
        read = services(home, options.actions, options.history, repeats)
        size = sum(f.stat().st_size for f in home.iterdir()) / 2**20
        read += pages(home, repeats)
    written = write_speed(options.writers, saves)
    peak = psutil.Process().memory_info().rss / 2**20
    if options.format == "json":
        print(json.dumps({"pages": read, "writers": written, "file_mb": round(size, 1)}))
        return
    print(f"{options.actions} actions, {options.history} lines of history, {size:.0f} MB on disk")
    for row in read:
        memory = "" if row["memory_mb"] is None else f"{row['memory_mb']:>9.1f} MB"
        print(f"{row['what']:<32}{row['first_s']:>9.3f} s{row['median_s']:>9.3f} s{memory}")
    print(f"\n{options.writers} writers × {saves} saves")
    for row in written:
        print(f"{row['what']:<44}{row['saves_per_s']:>7} saves/s{row['ratio']:>8.2f} ×")
    print(f"\nmemory of the process at the end: {peak:.0f} MB")


if __name__ == "__main__":
    main()
