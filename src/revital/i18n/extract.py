"""
Finds the sentences of the program and compares them with the English catalogue.

A sentence is the first argument of a call to `t`, `plural` (two forms), `N_`, or of the
constructor of an error of `revital.errors`. Adjacent strings count as one sentence.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from string import Formatter

from babel.messages.pofile import read_po

from revital import errors

#: One form, or the two forms of a plural.
Message = tuple[str, ...]

_ERRORS = {
    name
    for name, value in vars(errors).items()
    if inspect.isclass(value) and issubclass(value, errors.UserError)
}


@dataclass
class Sources:
    """
    What the program says.

    Attributes
    ----------
    messages : dict of Message to list of str
        Each sentence with the places (`file:line`) that say it.
    texts : set of str
        Every string in the program; a translation whose key is not there is unused.
    unreadable : list of str
        Places where a sentence is built while running, so that it cannot be translated.
    """

    messages: dict[Message, list[str]] = field(default_factory=dict)
    texts: set[str] = field(default_factory=set)
    unreadable: list[str] = field(default_factory=list)


def _name(call: ast.Call) -> str:
    if isinstance(call.func, ast.Name):
        return call.func.id
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    return ""


def _constants(node: ast.expr) -> list[str] | None:
    """Return the texts an argument may be; None when it is built while running."""
    if isinstance(node, ast.Constant):
        return [node.value] if isinstance(node.value, str) else []
    if isinstance(node, ast.IfExp):
        first, second = _constants(node.body), _constants(node.orelse)
        return None if first is None or second is None else first + second
    if isinstance(node, ast.JoinedStr | ast.BinOp):
        return None
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return None if node.func.attr == "format" else []
    # A name, an attribute, an item: the sentence stands elsewhere, inside `N_` or in a record.
    return []


def _read(tree: ast.AST, where: str, found: Sources) -> None:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.texts.add(node.value)
        if not isinstance(node, ast.Call) or not node.args:
            continue
        name, place = _name(node), f"{where}:{node.lineno}"
        if name == "plural" and len(node.args) >= 2:
            one, many = _constants(node.args[0]), _constants(node.args[1])
            if one is None or many is None:
                found.unreadable.append(place)
            elif len(one) == len(many) == 1:
                found.messages.setdefault((one[0], many[0]), []).append(place)
        elif name in ("t", "N_") or name in _ERRORS:
            texts = _constants(node.args[0])
            if texts is None:
                found.unreadable.append(place)
            for text in texts or []:
                found.messages.setdefault((text,), []).append(place)


def read_sources(paths: Iterable[Path], root: Path) -> Sources:
    """
    Read the sentences of Python files.

    Parameters
    ----------
    paths : iterable of Path
        Files, or folders read with their sub-folders.
    root : Path
        Places are named from here.
    """
    found = Sources()
    for file in sorted(_files(paths)):
        tree = ast.parse(file.read_text(encoding="utf-8"), filename=str(file))
        _read(tree, file.relative_to(root).as_posix(), found)
    return found


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from path.rglob("*.py")
        elif path.is_file():
            yield path


@dataclass
class Translations:
    """
    The catalogue of a language, its files read one by one.

    Attributes
    ----------
    messages : dict of Message to Message
        Sentence (or both forms) → its translation.
    files : dict of Message to str
        The file that holds it.
    faults : list of str
        Sentences given twice with different words, fuzzy or empty entries.
    """

    messages: dict[Message, Message] = field(default_factory=dict)
    files: dict[Message, str] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)


def read_translations(lang: str = "en") -> Translations:
    """Read every `.po` file of a language."""
    found = Translations()
    folder = resources.files("revital.i18n") / "locale" / lang
    for entry in sorted(folder.iterdir(), key=lambda e: e.name):
        if not entry.name.endswith(".po"):
            continue
        with entry.open("rb") as handle:
            catalog = read_po(handle, locale=lang, abort_invalid=True)
        for message in catalog:
            if not message.id:
                continue
            key = _tuple(message.id)
            words = _tuple(message.string)
            if message.fuzzy or len(words) != len(key) or not all(words):
                found.faults.append(f"{entry.name}: {key[0]}")
                continue
            if found.messages.get(key, words) != words:
                found.faults.append(f"{entry.name}, {found.files[key]}: {key[0]}")
            found.messages[key] = words
            found.files[key] = entry.name
    return found


def _tuple(value: object) -> Message:
    if isinstance(value, str):
        return (value,)
    return tuple(str(part) for part in value) if isinstance(value, tuple | list) else ("",)


def blanks(text: str) -> set[str]:
    """Return the names of the `{blanks}` of a sentence."""
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


@dataclass(frozen=True)
class Comparison:
    """
    What the catalogue lacks or has too many of; all empty when it is complete.

    Attributes
    ----------
    missing : tuple of str
        `place: sentence` without a translation.
    unused : tuple of str
        `file: sentence` that the program no longer says.
    blanks : tuple of str
        `file: sentence` whose blanks differ between the languages.
    faults, unreadable : tuple of str
        See `Translations` and `Sources`.
    """

    missing: tuple[str, ...]
    unused: tuple[str, ...]
    blanks: tuple[str, ...]
    faults: tuple[str, ...]
    unreadable: tuple[str, ...]


def compare(sources: Sources, words: Translations) -> Comparison:
    """Compare the sentences of the program with a catalogue."""
    single = {key[0] for key in words.messages}
    missing = tuple(
        f"{places[0]}: {message[0]}"
        for message, places in sources.messages.items()
        if message[0].strip()
        and (message not in words.messages if len(message) > 1 else message[0] not in single)
    )
    unused = tuple(
        f"{words.files[key]}: {key[0]}"
        for key in words.messages
        if not all(part in sources.texts for part in key)
    )
    differing = tuple(
        f"{words.files[key]}: {key[0]}"
        for key, value in words.messages.items()
        if any(blanks(part) != blanks(key[-1]) for part in value[-1:])
        or (len(key) == 1 and blanks(value[0]) != blanks(key[0]))
    )
    return Comparison(
        missing=missing,
        unused=unused,
        blanks=differing,
        faults=tuple(words.faults),
        unreadable=tuple(sources.unreadable),
    )
