"""Every sentence of the program has its English, and every English sentence its use."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from revital.catalogue.load import catalogue
from revital.catalogue.models import Record, Text
from revital.i18n import translator
from revital.i18n.extract import blanks, compare, read_sources, read_translations
from revital.services.imports.reading import number
from revital.services.workspace.tracing import read_corners
from revital.settings import PROJECT

PROGRAM = [PROJECT / "src" / "revital", PROJECT / "app.py", PROJECT / "pages"]


@pytest.fixture(scope="module")
def comparison():
    return compare(read_sources(PROGRAM, PROJECT), read_translations("en"))


@pytest.mark.parametrize("what", ["missing", "unused", "blanks", "faults", "unreadable"])
def test_catalogue_of_the_interface_is_complete(comparison, what):
    lines = getattr(comparison, what)
    assert not lines, "\n" + "\n".join(lines)


def _texts(value: object, where: str):
    if isinstance(value, Text):
        yield where, value
    elif isinstance(value, Record):
        for name in type(value).model_fields:
            yield from _texts(getattr(value, name), f"{where}.{name}")
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _texts(item, f"{where}.{key}")
    elif isinstance(value, tuple):
        for i, item in enumerate(value):
            yield from _texts(item, f"{where}.{i}")


def test_records_say_the_same_thing_in_both_languages():
    records = catalogue()
    faults = []
    for kind in ("sources", "layers", "indicators", "territories", "places", "pages", "themes"):
        held = getattr(records, kind)
        for record in held.values() if hasattr(held, "values") else held:
            for where, text in _texts(record, f"{kind}/{record.id}"):
                if not text.fr.strip() or not text.en.strip():
                    faults.append(f"{where}: empty")
                # A title, a credit or whom to ask may be the same in both; a sentence may not.
                credit = where.endswith((".attribution", ".publisher", ".title", ".contact"))
                if text.fr == text.en and len(text.fr.split()) > 7 and not credit:
                    faults.append(f"{where}: the same words in both languages")
    assert faults == []


def _program(tmp_path: Path, code: str):
    (tmp_path / "part.py").write_text(dedent(code), encoding="utf-8")
    return read_sources([tmp_path], tmp_path)


def test_extraction_finds_each_way_of_saying_a_sentence(tmp_path):
    found = _program(
        tmp_path,
        """
        t("Un {mot} " "en deux")
        view.t.plural("{n} rue", "{n} rues", 2)
        raise LayerError("La couche « {id} » manque.", id=1)
        N_("Plus tard")
        t("oui" if x else "non")
        ValueError("not for readers")
        """,
    )
    assert set(found.messages) == {
        ("Un {mot} en deux",),
        ("{n} rue", "{n} rues"),
        ("La couche « {id} » manque.",),
        ("Plus tard",),
        ("oui",),
        ("non",),
    }
    assert found.messages[("Plus tard",)] == ["part.py:5"]


def test_a_sentence_built_while_running_is_reported(tmp_path):
    found = _program(tmp_path, 'x = 1\nUserError(f"valeur {x}")\nt("a" + b)\n')
    assert found.unreadable == ["part.py:2", "part.py:3"]


def test_missing_and_unused_and_differing_blanks_are_told_apart(tmp_path):
    found = _program(tmp_path, 't("Absente du catalogue")\nt("Menu")\n')
    result = compare(found, read_translations("en"))
    assert result.missing == ("part.py:1: Absente du catalogue",)
    assert any(line.endswith(": Territoire") for line in result.unused)
    assert not any(line.endswith(": Menu") for line in result.unused)


def test_blanks_of_a_sentence():
    assert blanks("De {least} à {most:.1f} ; {{pas un blanc}}") == {"least", "most"}


@pytest.mark.parametrize(
    ("lang", "decimal", "share"), [("fr", "−1,5", "−2 %"), ("en", "−1.5", "−2%")]
)
def test_negative_numbers_have_a_true_minus_and_zero_has_none(lang, decimal, share):
    t = translator(lang)
    assert t.number(-1.5, 1) == decimal
    assert t.percent(-0.02, 0).replace("\u202f", " ") == share
    assert t.money(-1200)[0] == "\u2212"
    assert "-" not in t.compact(-1200)
    assert (t.number(-0.3), t.number(-0.0)) == ("0", "0")
    # What is read on a page can be typed back.
    assert number(t.number(-1.5, 1)) == -1.5
    assert read_corners(f"{t.number(46.5, 1)} ; {t.number(-72.5, 1)}") == [(46.5, -72.5)]
