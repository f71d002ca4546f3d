"""Pages choose, call one service, draw. What they may not do is read here from their code."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from revital.catalogue.load import catalogue
from revital.settings import PROJECT

PAGES = [PROJECT / "app.py", *sorted((PROJECT / "pages").glob("*.py"))]
ALLOWED = ("streamlit", "revital.ui", "revital.maps", "revital.charts", "__future__", "typing")
MOST_LINES = 150
#: Anything longer, or with a space, is meant for a reader and belongs in a call to `t`.
_ARITHMETIC = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow, ast.Mod, ast.FloorDiv)
_TRANSLATE = ("t", "plural", "N_")


def faults(code: str) -> list[str]:
    """Return `line: what` for each thing a page may not do."""
    tree = ast.parse(code)
    found: list[str] = []
    said: set[ast.AST] = {body.value for body in tree.body[:1] if isinstance(body, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and isinstance(node.body[0], ast.Expr):
            said.add(node.body[0].value)
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if name in _TRANSLATE:
                said.update(node.args)
            if name in ("open", "read_text", "read_parquet", "read_csv", "query", "execute"):
                found.append(f"{node.lineno}: reads data ({name})")
    for node in ast.walk(tree):
        line = getattr(node, "lineno", 0)
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        found += [f"{line}: imports {n}" for n in names if not _allowed(n, node)]
        if isinstance(node, ast.BinOp) and isinstance(node.op, _ARITHMETIC):
            found.append(f"{line}: computes")
        if isinstance(node, ast.JoinedStr):
            if any(" " in str(getattr(v, "value", "")) for v in node.values):
                found.append(f"{line}: builds a sentence")
        elif isinstance(node, ast.Constant) and node not in said | _parts(tree):
            found += _words(line, node.value)
    return found


def _words(line: int, value: object) -> list[str]:
    if isinstance(value, str) and " " in value.strip():
        return [f"{line}: says {value!r} outside the translator"]
    return []


def _allowed(name: str, node: ast.AST) -> bool:
    if name == "revital" and isinstance(node, ast.ImportFrom):
        return all(_allowed(f"revital.{alias.name}", ast.Pass()) for alias in node.names)
    return any(name == known or name.startswith(f"{known}.") for known in ALLOWED)


def _parts(tree: ast.AST) -> set[ast.AST]:
    """Return the pieces of formatted strings, which are judged as a whole."""
    return {v for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for v in node.values}


@pytest.mark.parametrize("path", PAGES, ids=lambda p: p.name)
def test_page_is_thin(path: Path):
    code = path.read_text(encoding="utf-8")
    assert faults(code) == []
    assert len(code.splitlines()) <= MOST_LINES


@pytest.mark.parametrize("path", PAGES, ids=lambda p: p.name)
def test_page_opens_its_own_frame(path: Path):
    record = next(p for p in catalogue().pages if p.file == path.relative_to(PROJECT).as_posix())
    opened = [
        item.context_expr
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.With)
        for item in node.items
    ]
    calls = [ast.unparse(call) for call in opened]
    assert f"frame.page('{record.id}')" in calls


def test_menu_and_files_are_the_same_set():
    listed = {p.file for p in catalogue().pages}
    assert listed == {p.relative_to(PROJECT).as_posix() for p in PAGES}
    for record in catalogue().pages:
        # The address of a page is the name of its file (docs/adr/0001-pages.md).
        assert record.file == "app.py" or Path(record.file).stem == record.id


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ("import pandas", "imports pandas"),
        ("from revital.services import figures", "imports revital.services"),
        ("from revital import store", "imports revital"),
        ("x = a / b", "computes"),
        ("st.write('Une phrase')", "says"),
        ("st.write(f'Voici {x} rues')", "builds a sentence"),
        ("frame.query('a > 1')", "reads data"),
    ],
)
def test_the_check_sees_what_a_page_may_not_do(code, fault):
    assert any(fault in line for line in faults(code))


def test_the_check_lets_a_thin_page_pass():
    code = """
import streamlit as st
from revital.charts import profile
from revital.ui import cache, frame, panels
with frame.page("portrait") as view:
    panels.sentence(view.t("Une phrase avec {n}", n=3))
    st.plotly_chart(profile.draw(cache.portrait(view.territory), view.lang))
"""
    assert faults(code) == []
