"""
Whose turn it is to write, between the threads of a process and between processes.

SQLite's own waiting is a poll whose naps grow to a tenth of a second: with many writers the file
stays idle while all of them sleep. Here threads queue, and processes look often at a lock file.
It only orders them: what keeps two writers apart is the lock of the database itself.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import RLock

#: Beyond this wait the database's own lock, which has the same patience, says what is wrong.
_PATIENCE_S = 30.0
_FIRST_NAP_S = 0.0005
_LONGEST_NAP_S = 0.004


class Turn:
    """
    A turn to write.

    Parameters
    ----------
    path : Path, optional
        The database's file; processes do not queue where there is none.
    """

    def __init__(self, path: Path | None) -> None:
        self._threads = RLock()
        self._file = None if path is None else path.with_name(f"{path.name}-turn")
        self._depth = 0

    @contextmanager
    def __call__(self) -> Iterator[None]:
        """Wait for the turn, and give it back at the end. A thread that has it may ask again."""
        with self._threads:
            if self._file is None or self._depth or sys.platform == "win32":
                yield
                return
            self._depth += 1
            try:
                with _held(self._file):
                    yield
            finally:
                self._depth -= 1


@contextmanager
def _held(path: Path) -> Iterator[None]:
    # Not on Windows, where SQLite's own waiting has to do.
    import fcntl

    with path.open("ab") as handle:
        until, nap = time.monotonic() + _PATIENCE_S, _FIRST_NAP_S
        while time.monotonic() < until:
            try:
                # Closing the file, or dying, gives it back.
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                time.sleep(nap * random.uniform(0.5, 1))
                nap = min(2 * nap, _LONGEST_NAP_S)
        yield
