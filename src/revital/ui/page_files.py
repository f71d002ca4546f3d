"""Static files that a page was seen to need: its document names them the next time."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from threading import Lock

#: Parameters of an address on which the files of a page depend.
_TELLING = ("territoire", "niveau")
_MOST = 256
_known: OrderedDict[tuple[str, ...], tuple[str, ...]] = OrderedDict()
_lock = Lock()


def _key(page: str, given: Mapping[str, str]) -> tuple[str, ...]:
    return (page, *(given.get(name, "") for name in _TELLING))


def note(page: str, given: Mapping[str, str], files: Sequence[str]) -> None:
    """
    Remember what a page fetched.

    Parameters
    ----------
    page : str
        Path of the page.
    given : mapping
        Parameters of its address.
    files : sequence of str
        Names under the static folder.
    """
    with _lock:
        _known[_key(page, given)] = tuple(files)
        _known.move_to_end(_key(page, given))
        while len(_known) > _MOST:
            _known.popitem(last=False)


def known(page: str, given: Mapping[str, str]) -> tuple[str, ...]:
    """Return what a page fetched when it was last drawn, nothing when it was not."""
    with _lock:
        return _known.get(_key(page, given), ())
