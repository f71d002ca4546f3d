"""`revital run`: opens the app."""

from __future__ import annotations

import os
import socket
import threading
import time
import webbrowser

import click

from revital.errors import UserError
from revital.settings import PROJECT

#: Streamlit's own, kept: a message may hold a file that somebody brings.
_LARGEST_MESSAGE = 200 * 1024 * 1024


@click.command()
@click.option("--port", default=8501, show_default=True, help="Port.")
@click.option("--address", default="localhost", show_default=True, help="Adresse / address.")
@click.option("--headless/--browser", default=True, help="Sans ou avec navigateur / browser.")
def run(port: int, address: str, headless: bool) -> None:
    """Start the app on http://localhost:8501."""
    _require_free(address, port)
    # The app reads there whom it answers: local mode is for this computer alone.
    os.environ |= {"REVITAL_RUN_ADDRESS": address, "REVITAL_RUN_PORT": str(port)}
    os.chdir(PROJECT)
    url = f"http://{address}:{port}"
    click.echo(f"revital : {url}")
    if not headless:
        threading.Thread(target=_show, args=(url, address, port), daemon=True).start()
    import uvicorn

    # By host and port, not by a socket bound before: Linux would then hold back each small answer
    # for 40 ms (`streamlit run` does, see docs/adr/0013-own-server.md).
    uvicorn.run(
        "serve:app",
        app_dir=str(PROJECT),
        host=address,
        port=port,
        ws="websockets-sansio",
        ws_max_size=_LARGEST_MESSAGE,
        ws_per_message_deflate=False,
        ws_ping_interval=30,
        ws_ping_timeout=30,
        access_log=False,
        log_level="warning",
        timeout_graceful_shutdown=5,
    )


def _require_free(address: str, port: int) -> None:
    try:
        found = socket.getaddrinfo(address, port, type=socket.SOCK_STREAM)
        with socket.socket(found[0][0], socket.SOCK_STREAM) as probe:
            if os.name != "nt":
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(found[0][4])
    except OSError as error:
        raise UserError(
            "L'adresse {address}, port {port}, ne peut pas être prise ({reason}). Arrêtez ce qui "
            "s'en sert, ou donnez-en une autre : « --port {other} ».",
            address=address,
            port=str(port),
            reason=error.strerror or str(error),
            other=str(port + 1),
        ) from error


def _show(url: str, address: str, port: int) -> None:
    while True:
        try:
            socket.create_connection((address, port), timeout=1).close()
        except OSError:
            time.sleep(0.2)
        else:
            webbrowser.open(url)
            return
