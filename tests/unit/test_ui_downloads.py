"""The documents behind the buttons: each kind is made, and nobody gets more than the page shows."""

from __future__ import annotations

import io

import pytest
from pypdf import PdfReader

from revital.services.access_ground import AccessQuery
from revital.services.authorization import local_actor
from revital.services.plan_example import add_example
from revital.services.plan_structure import open_plan
from revital.settings import settings
from revital.ui import downloads


@pytest.fixture(autouse=True)
def workspace(tmp_path, monkeypatch):
    monkeypatch.setenv("REVITAL_HOME", str(tmp_path))
    settings.cache_clear()
    add_example(open_plan("saint-philippe"))
    yield
    settings.cache_clear()


def said(content: bytes) -> str:
    return " ".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)


@pytest.mark.parametrize(
    ("kind", "choices", "words"),
    [
        ("portrait", {}, "Strengths"),
        ("services", {"query": AccessQuery("saint-philippe", "clsc", 800.0)}, "threshold 800 m"),
        ("plan", {"scope": "example"}, "15 actions"),
        ("meeting", {}, "For the coordination, date"),
        ("project", {"project": "reso"}, "RESO"),
    ],
)
def test_each_document_is_made(kind, choices, words):
    content = downloads.made(kind, "saint-philippe", "en", choices, local_actor())
    assert words in said(content)


def test_without_a_known_reader_the_plan_holds_counts_only():
    full = downloads.made("plan", "saint-philippe", "fr", {"scope": "example"}, local_actor())
    public = downloads.made("plan", "saint-philippe", "fr", {"scope": "example"})
    assert "Ruelle verte" in said(full)
    assert "Ruelle verte" not in said(public)
    assert "15 actions" in said(public)
