"""
Many people on the page Carte at once: how long a change takes, and what a session weighs.

    PYTHONPATH=. python bench/sessions.py [--quick]

Websocket clients speak to a real server as a browser does: open the page, then choose another
indicator every few seconds. Printed: how long from the message to the end of the run (p50, p95),
the memory of the server per session, and its processor time, against an app of one button driven
the same way in the same run. Server and clients share the machine's processors.
"""

from __future__ import annotations

import asyncio
import random
import statistics
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import click
import psutil
import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from tests.browser import serving

BUTTON = """
import streamlit as st
st.title("One button")
n = st.session_state.setdefault("n", 0)
if st.button("Again"):
    st.session_state["n"] += 1
st.write(f"Pressed {st.session_state['n']} times")
"""
QUERY = "territoire=le-sud-ouest&niveau=da"


@dataclass
class Seen:
    """What a run of the page sent: the widget to use next, its choices, its fragment."""

    widget: str = ""
    options: list[str] = field(default_factory=list)
    fragment: str = ""
    maps: set[str] = field(default_factory=set)
    errors: list[str] = field(default_factory=list)


@dataclass
class Result:
    """One line of the table."""

    app: str
    clients: int
    first: list[float] = field(default_factory=list)
    changes: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    memory_mb: float = 0.0
    start_mb: float = 0.0
    cpu: float = 0.0


async def until_done(socket: websockets.ClientConnection, seen: Seen) -> None:
    """Read messages until the run is over."""
    while True:
        raw = await asyncio.wait_for(socket.recv(), 300)
        message = ForwardMsg()
        message.ParseFromString(raw)
        kind = message.WhichOneof("type")
        if kind == "delta" and message.delta.WhichOneof("type") == "new_element":
            element = message.delta.new_element
            what = element.WhichOneof("type")
            if what == "button" and not seen.widget:
                seen.widget = element.button.id
            elif what == "selectbox" and "Ce que montre la carte" in element.selectbox.label:
                seen.widget = element.selectbox.id
                seen.options = list(element.selectbox.options)
                seen.fragment = message.delta.fragment_id
            elif what == "bidi_component" and element.bidi_component.mixed.json:
                seen.maps.add(element.bidi_component.mixed.json)
            elif what == "bidi_component" and element.bidi_component.json:
                seen.maps.add(element.bidi_component.json)
            elif what == "exception":
                seen.errors.append(element.exception.message)
        elif kind == "script_finished":
            return


def opening(page: str, query: str) -> BackMsg:
    message = BackMsg()
    message.rerun_script.query_string = query
    message.rerun_script.page_name = page
    return message


def change(page: str, query: str, seen: Seen, number: int) -> BackMsg:
    message = opening(page, query)
    state = message.rerun_script.widget_states.widgets.add()
    state.id = seen.widget
    if seen.options:
        state.string_value = seen.options[number % len(seen.options)]
        if seen.fragment:
            message.rerun_script.fragment_id = seen.fragment
    else:
        state.trigger_value = True
    return message


async def client(
    url: str, page: str, query: str, turns: int, think_s: float, wait_s: float, result: Result
) -> None:
    await asyncio.sleep(wait_s)
    dice = random.Random(wait_s)
    try:
        async with websockets.connect(
            url.replace("http", "ws") + "/_stcore/stream", origin=url, max_size=None,
            subprotocols=["streamlit"], ping_interval=None,
        ) as socket:  # fmt: skip
            seen = Seen()
            began = time.perf_counter()
            await socket.send(opening(page, query).SerializeToString())
            await until_done(socket, seen)
            result.first.append(time.perf_counter() - began)
            for turn in range(turns):
                await asyncio.sleep(dice.expovariate(1 / think_s))
                again = change(page, query, seen, dice.randrange(1_000) + turn)
                began = time.perf_counter()
                await socket.send(again.SerializeToString())
                await until_done(socket, seen)
                result.changes.append(time.perf_counter() - began)
            result.errors += seen.errors
            if seen.options and len(seen.maps) <= turns / 2:
                result.errors.append("the map did not change")
            await asyncio.sleep(1)
    except (OSError, TimeoutError, websockets.WebSocketException) as error:
        result.errors.append(repr(error)[:200])


async def drive(
    server: serving.Server, app: str, clients: int, turns: int, think_s: float
) -> Result:
    page, query = ("carte", QUERY) if app == "Carte" else ("", "")
    result = Result(app, clients)
    process = psutil.Process(server.process.pid)
    # One visit warms what all sessions share: every indicator is drawn once.
    await client(server.url, page, query, 30, 0.01, 0, Result(app, 1))
    rss = process.memory_info().rss
    result.start_mb = rss / 1e6
    peak, spent, began = rss, sum(process.cpu_times()[:2]), time.perf_counter()
    tasks = [
        asyncio.create_task(client(server.url, page, query, turns, think_s, i * 0.15, result))
        for i in range(clients)
    ]
    while not all(task.done() for task in tasks):
        await asyncio.sleep(0.2)
        with suppress(psutil.NoSuchProcess):
            peak = max(peak, process.memory_info().rss)
    await asyncio.gather(*tasks)
    result.memory_mb = (peak - rss) / 1e6 / clients
    result.cpu = (sum(process.cpu_times()[:2]) - spent) / (time.perf_counter() - began)
    return result


def _at(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else float("nan")


def table(results: list[Result], turns: int, think_s: float) -> str:
    lines = [
        f"{date.today()}; each client changes {turns} times, every {think_s:g} s on average.",
        "",
        "| app | clients | open p50 (s) | change p50 (s) | change p95 (s) | changes | errors "
        "| MB per session | server at start (MB) | processors used |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    lines += [
        f"| {r.app} | {r.clients} | {statistics.median(r.first) if r.first else 0:.2f} "
        f"| {_at(r.changes, 0.5):.2f} | {_at(r.changes, 0.95):.2f} | {len(r.changes)} "
        f"| {len(r.errors)} | {r.memory_mb:.2f} | {r.start_mb:.0f} | {r.cpu:.2f} |"
        for r in results
    ]
    wrong = [e for r in results for e in r.errors]
    return "\n".join([*lines, *(f"\nFirst error: {e}" for e in wrong[:1])])


@click.command(help=__doc__)
@click.option("--clients", multiple=True, type=int, default=(20, 50), show_default=True)
@click.option("--turns", default=6, show_default=True, help="Changes of each client.")
@click.option("--think", default=4.0, show_default=True, help="Seconds between two changes.")
@click.option("--quick", is_flag=True, help="5 clients, 3 changes: does it run at all.")
def main(clients: tuple[int, ...], turns: int, think: float, quick: bool) -> None:
    if quick:
        clients, turns, think = (5,), 3, 1.0
    results = []
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        button = home / "button.py"
        button.write_text(BUTTON, encoding="utf-8")
        for app, script in (("one button", button), ("Carte", None)):
            # A server of its own for each: memory is not given back by what came before.
            for number in clients:
                server = serving.start(home / f"{app[:3]}{number}", script=script)
                try:
                    results.append(asyncio.run(drive(server, app, number, turns, think)))
                finally:
                    server.stop()
                click.echo(f"{app}, {number}", err=True)
    click.echo(table(results, turns, think))


if __name__ == "__main__":
    main()
