"""
The plan under weight: how long its pages' services take, and how fast it can be written to.

    python bench/plan.py                 # 10,000 actions, 100,000 lines of history
    python bench/plan.py --actions 1000 --history 10000 --writers 4

Writers are compared, in the same run, with a bare sqlite3 program that does the least: one row
read, one updated and one line of log inserted per save, in WAL mode with immediate transactions,
at the same durability (`synchronous=FULL`) and at the weaker one (`NORMAL`).
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
    with writing(store.engine) as connection:
        for first in range(0, actions_n, _CHUNK):
            group = [invented(n) for n in range(first, min(first + _CHUNK, actions_n))]
            connection.execute(insert(kind.table), [to_row(kind, a) for a in group])
            for part in kind.parts:
                rows = [row for a in group for row in part_rows(part, a)]
                if rows:
                    connection.execute(insert(part.table), rows)
        for first in range(0, history_n, _CHUNK):
            rows = []
            for n in range(first, min(first + _CHUNK, history_n)):
                one = replace(invented(n % actions_n), version=n // actions_n + 1)
                payload = to_payload(one)
                rows.append(
                    {
                        "at": START + timedelta(minutes=n),
                        "account": f"compte-{n % 12}",
                        "territory": TERRITORY,
                        "kind": "action",
                        "record_id": one.id,
                        "version": one.version,
                        "change": "create" if one.version == 1 else "update",
                        "batch": f"b{n}",
                        "undo_of": None,
                        "before": None if one.version == 1 else payload,
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
    return {
        "what": name,
        "first_s": round(times[0], 3),
        "median_s": round(statistics.median(times), 3),
        "memory_mb": round((process.memory_info().rss - before) / 2**20, 1),
    }


def pages(home: Path, actions_n: int, history_n: int) -> list[dict[str, Any]]:
    """Measure what each page asks of the services."""
    store = PlanStore.open(home)
    fill(store, actions_n, history_n)
    store.close()
    t = translator("fr")
    opened = time.perf_counter()
    store = PlanStore.open(home)
    here = plan.open_plan(TERRITORY, store=store)
    opened = time.perf_counter() - opened
    held = plan.board(here)
    results = [
        {"what": "open the store", "first_s": round(opened, 3), "median_s": round(opened, 3),
         "memory_mb": 0.0},
        measured("board", lambda: plan.board(here)),
        measured("timeline, board at hand", lambda: plan_timeline.bars(held, t)),
        measured("meeting, board at hand",
                 lambda: meeting.review(here, "services", whole=held)),
        measured("history, last 60", lambda: plan_edit.history(here, limit=60)),
        measured("history of one action", lambda: plan_edit.history(here, record_id="a1")),
        measured("state at a past change",
                 lambda: store.state_at(Action, seq=history_n // 2), repeats=1),
        measured("export CSV", lambda: plan_files.export(here, "csv", t), repeats=1),
    ]  # fmt: skip
    assert held.total_n == actions_n
    store.close()
    return results


# --- writers -----------------------------------------------------------------------------------


def _ours(home: Path, number: int, saves: int, queue: Any) -> None:
    store = PlanStore.open(home)
    lost = 0
    for n in range(saves):
        while True:
            one = store.get(Action, f"a{(number + n) % 50}")
            try:
                store.save(replace(one, owner=f"w{number}-{n}"), account=f"w{number}")
                break
            except ConflictError:
                lost += 1
    store.close()
    queue.put(lost)


def _plain(path: Path, sync: str, number: int, saves: int, queue: Any) -> None:
    with closing(sqlite3.connect(path, timeout=60, isolation_level=None)) as c:
        c.execute("PRAGMA journal_mode=WAL")
        c.execute(f"PRAGMA synchronous={sync}")
        for n in range(saves):
            c.execute("BEGIN IMMEDIATE")
            key = f"a{(number + n) % 50}"
            (v,) = c.execute("SELECT v FROM a WHERE id = ?", (key,)).fetchone()
            c.execute("UPDATE a SET v = ?, owner = ? WHERE id = ?", (v + 1, f"w{n}", key))
            c.execute("INSERT INTO log (who, what) VALUES (?, ?)", (f"w{number}", "x" * 400))
            c.execute("COMMIT")
    queue.put(0)


def _race(target: Callable[..., None], args: tuple[Any, ...], writers: int, saves: int) -> float:
    context = multiprocessing.get_context("fork" if hasattr(os, "fork") else "spawn")
    queue = context.Queue()
    workers = [
        context.Process(target=target, args=(*args, n, saves, queue)) for n in range(writers)
    ]
    started = time.perf_counter()
    for worker in workers:
        worker.start()
    for _ in workers:
        queue.get(timeout=300)
    for worker in workers:
        worker.join()
    assert all(w.exitcode == 0 for w in workers)
    return writers * saves / (time.perf_counter() - started)


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
        assert store.last_seq() == 50 + writers * saves
        store.close()
        results.append({"what": "revital store", "saves_per_s": round(ours), "ratio": 1.0})
        for sync in ("FULL", "NORMAL"):
            path = home / f"plain-{sync}.db"
            with closing(sqlite3.connect(path)) as c:
                c.execute("PRAGMA journal_mode=WAL")
                c.execute("CREATE TABLE a (id TEXT PRIMARY KEY, v INTEGER, owner TEXT)")
                c.execute("CREATE TABLE log (id INTEGER PRIMARY KEY, who TEXT, what TEXT)")
                c.executemany("INSERT INTO a VALUES (?, 0, '')", [(f"a{n}",) for n in range(50)])
                c.commit()
            bare = _race(_plain, (path, sync), writers, saves)
            results.append(
                {
                    "what": f"bare sqlite3, synchronous={sync}",
                    "saves_per_s": round(bare),
                    "ratio": round(bare / ours, 2),
                }
            )
    return results


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--actions", type=int, default=10_000)
    parser.add_argument("--history", type=int, default=100_000)
    parser.add_argument("--writers", type=int, default=20)
    parser.add_argument("--saves", type=int, default=50)
    parser.add_argument("--format", choices=["table", "json"], default="table")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        read = pages(Path(folder), options.actions, options.history)
        size = sum(f.stat().st_size for f in Path(folder).iterdir()) / 2**20
    written = write_speed(options.writers, options.saves)
    peak = psutil.Process().memory_info().rss / 2**20
    if options.format == "json":
        print(json.dumps({"pages": read, "writers": written, "file_mb": round(size, 1)}))
        return
    print(f"{options.actions} actions, {options.history} lines of history, {size:.0f} MB on disk")
    for row in read:
        print(
            f"{row['what']:<28}{row['first_s']:>9.3f} s{row['median_s']:>9.3f} s"
            f"{row['memory_mb']:>9.1f} MB"
        )
    print(f"\n{options.writers} writers × {options.saves} saves")
    for row in written:
        print(f"{row['what']:<34}{row['saves_per_s']:>7} saves/s{row['ratio']:>8.2f} ×")
    print(f"\nmemory of the process at the end: {peak:.0f} MB; threads: {threading.active_count()}")


if __name__ == "__main__":
    main()
