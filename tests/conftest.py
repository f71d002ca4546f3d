"""Fixtures of every folder of tests."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def inputs_dir() -> Path:
    """The folder of publishers' files, where the machine has it."""
    folder = os.environ.get("REVITAL_INPUTS")
    if not folder or not Path(folder).is_dir():
        pytest.skip("REVITAL_INPUTS does not name the folder of publishers' files")
    return Path(folder)
