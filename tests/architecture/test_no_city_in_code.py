"""No neighbourhood or city stands in the program: they are records of the catalogue."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from revital.catalogue.load import catalogue
from revital.settings import PROJECT

SOURCE = PROJECT / "src" / "revital"
#: Codes of the pack's cities: municipality, division, metropolitan area.
CODES = r"\b(2437067|2466023|2466|442|4420003)\b|_442\b"


def names() -> re.Pattern[str]:
    """Return what must not be said: ids and names of territories and cities, and their codes."""
    said: set[str] = set()
    for record in (*catalogue().territories.values(), *catalogue().places.values()):
        said |= {record.id, record.title.fr, record.title.en}
    # The province is the program's own ground: its formats, its tracts, its words.
    said -= {"quebec", "Québec", "Quebec"}
    words = "|".join(sorted(map(re.escape, said)))
    return re.compile(rf"\b({words}|montr[ée]al\w*)\b|{CODES}", re.IGNORECASE)


def found(path: Path, pattern: re.Pattern[str]) -> list[str]:
    """Return `file:line: text` of each text of a module that names one, its comments left out."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    explained = {
        node.body[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    where = path.relative_to(PROJECT).as_posix()
    return [
        f"{where}:{node.lineno}: {node.value[:80]}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and node not in explained
        and pattern.search(node.value)
    ]


#: Words of help that name one as an example, and the pilot's page opened by default.
EXAMPLES = ("« city=trois-rivieres »",)


def test_no_text_of_the_program_names_a_city_or_a_neighbourhood():
    pattern = names()
    said = [line for path in sorted(SOURCE.rglob("*.py")) for line in found(path, pattern)]
    assert [line for line in said if not any(example in line for example in EXAMPLES)] == []


def test_the_search_would_find_one(tmp_path: Path, monkeypatch):
    monkeypatch.setattr("tests.architecture.test_no_city_in_code.PROJECT", tmp_path)
    module = tmp_path / "part.py"
    module.write_text('"""Of Montréal."""\nX = "outlines_ct_442"\nY = "2466023"\nZ = "rue"\n')
    assert [line.split(":")[1] for line in found(module, names())] == ["2", "3"]
