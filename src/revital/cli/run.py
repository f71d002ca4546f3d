"""`revital run`: opens the app."""

from __future__ import annotations

import subprocess
import sys

import click

from revital.settings import PROJECT


@click.command()
@click.option("--port", default=8501, show_default=True, help="Port.")
@click.option("--address", default="localhost", show_default=True, help="Adresse / address.")
@click.option("--headless/--browser", default=True, help="Sans ou avec navigateur / browser.")
def run(port: int, address: str, headless: bool) -> None:
    """Start the app on http://localhost:8501."""
    command = [
        sys.executable,
        "-m",
        "streamlit",
        "run",
        str(PROJECT / "app.py"),
        "--server.port",
        str(port),
        "--server.address",
        address,
        "--server.headless",
        str(headless).lower(),
    ]
    raise click.exceptions.Exit(subprocess.call(command, cwd=PROJECT))
