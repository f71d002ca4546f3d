"""Documents on paper: what is said, how it is tagged, and that nothing of the machine is inside."""

from __future__ import annotations

import io
import json
import re
import tempfile
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont
from pypdf import PdfReader
from pypdf.generic import ContentStream, NameObject

from revital.errors import NotAllowedError, UnknownIdError, UserError
from revital.i18n import translator
from revital.reports import portrait as sheets
from revital.reports.documents import document_pdf
from revital.reports.portrait import MOST_ROWS, halves, portrait_pdf, shortened
from revital.reports.typesetting import FONTS
from revital.services import meeting, plan_example
from revital.services.access_ground import AccessQuery
from revital.services.authorization import visitor
from revital.services.data import open_data
from revital.services.document import Document, Grid, Paragraph
from revital.services.plan_document import meeting_document, plan_document, project_document
from revital.services.plan_structure import open_plan
from revital.services.portrait_sheet import portrait_sheet
from revital.services.services_document import services_document
from revital.services.stamps import Stamp
from revital.settings import PROJECT, settings
from revital.store.plan import PlanStore

DAY = date(2026, 11, 21)


@pytest.fixture(scope="module", autouse=True)
def workspace(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REVITAL_HOME", str(tmp_path_factory.mktemp("home")))
        settings.cache_clear()
        yield
    settings.cache_clear()


@pytest.fixture(scope="module")
def sheet():
    found = {}

    def read(territory: str, lang: str):
        if (territory, lang) not in found:
            found[territory, lang] = portrait_sheet(
                open_data(), territory, translator(lang), today=DAY
            )
        return found[territory, lang]

    return read


def reader(content: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(content))


def text_of(document: PdfReader) -> str:
    return re.sub(r"\s+", " ", " ".join(page.extract_text() for page in document.pages))


def structure(document: PdfReader) -> list[tuple[str, str | None]]:
    """Return the tags in reading order, with the text alternative of each."""
    out: list[tuple[str, str | None]] = []

    def walk(node):
        node = node.get_object()
        if not isinstance(node, dict):
            return
        if "/S" in node:
            out.append((str(node["/S"]), node.get("/Alt")))
        kids = node.get("/K")
        kids = kids.get_object() if hasattr(kids, "get_object") else kids
        for kid in kids if isinstance(kids, list) else [kids]:
            if kid is not None and not isinstance(kid, int):
                walk(kid)

    walk(document.trailer["/Root"]["/StructTreeRoot"])
    return out


def top_tags(document: PdfReader) -> set[str]:
    """Return the tags right under the document: blocks, never bare runs of text."""
    whole = document.trailer["/Root"]["/StructTreeRoot"]["/K"].get_object()
    whole = whole[0].get_object() if isinstance(whole, list) else whole
    assert whole["/S"] == "/Document"
    return {str(kid.get_object()["/S"]) for kid in whole["/K"]}


def untagged_letters(document: PdfReader) -> int:
    """Count the operators that draw text outside any tag or artifact."""
    found = 0
    for page in document.pages:
        depth = 0
        stream = ContentStream(page.get_contents(), document)
        for _, operator in stream.operations:
            if operator in (b"BDC", b"BMC"):
                depth += 1
            elif operator == b"EMC":
                depth -= 1
            elif operator in (b"Tj", b"TJ", b"'", b'"') and depth == 0:
                found += 1
    return found


def assert_accessible(content: bytes, lang: str) -> PdfReader:
    document = reader(content)
    root = document.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"] is True or root["/MarkInfo"]["/Marked"].value is True
    assert root["/Lang"] == f"{lang}-CA"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert document.metadata.title
    xmp = root["/Metadata"].get_object().get_data().decode()
    assert "<pdfuaid:part>1</pdfuaid:part>" in xmp
    tags = structure(document)
    assert sum(tag == "/H1" for tag, _ in tags) == 1
    assert all(alt for tag, alt in tags if tag == "/Figure")
    levels = [int(tag[2:]) for tag, _ in tags if re.fullmatch(r"/H\d", tag)]
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert untagged_letters(document) == 0
    assert "/Span" not in top_tags(document)
    for page in document.pages:
        fonts = page["/Resources"].get("/Font", {})
        for font in fonts.values():
            name = str(font.get_object()["/BaseFont"])
            assert "AtkinsonHyperlegibleNext" in name or "RadioCanadaBig" in name, name
        assert [float(v) for v in page.mediabox[2:]] == [612, 792]
    return document


def no_trace_of_the_machine(content: bytes) -> None:
    document = reader(content)
    plain = content + b"".join(
        obj.get_data() for obj in map(document.get_object, range(1, len(document.xref[0]) + 1))
        if hasattr(obj, "get_data")
    )  # fmt: skip
    places = (PROJECT, settings().home, Path.home(), tempfile.gettempdir())
    for secret in (f"{place}/" for place in places):
        assert secret.encode() not in plain


# --- portrait ----------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["fr", "en"])
@pytest.mark.parametrize("territory", ["saint-philippe", "le-sud-ouest"])
def test_portrait_is_one_accessible_page_in_each_language(sheet, territory, lang):
    t = translator(lang)
    found = sheet(territory, lang)
    content = portrait_pdf(found, t)
    document = assert_accessible(content, lang)
    assert len(document.pages) == 1
    said = text_of(document)
    for words in (
        found.title,
        found.kind,
        t("Atouts"),
        t("Défis"),
        t.date(DAY),
        t("Sources"),
        "revital",
        found.picture.title,
    ):
        assert words.replace("\u202f", " ") in said.replace("\u202f", " "), words
    assert said.index(t("Atouts")) < said.index(t("Défis"))
    figures = [alt for tag, alt in structure(document) if tag == "/Figure"]
    assert figures == [found.picture.summary]
    no_trace_of_the_machine(content)


def test_portrait_prints_published_figures_and_their_comparators(sheet):
    # Census 2021: 2,465 residents; low income 39.7 %, City 15.0 %, metropolitan Québec 11.7 %.
    said = text_of(reader(portrait_pdf(sheet("saint-philippe", "en"), translator("en"))))
    assert "Population 2,465 139,163 8,501,833" in said
    assert re.search(r"People in low income 39\.7% 15\.0% 11\.7% ?†", said)
    assert "2.7 times the city" in said
    assert "† Québec's metropolitan areas" in said
    assert "Provisional limits" in said


def test_every_territory_stands_on_one_sheet(sheet):
    t = translator("fr")
    for territory in open_data().catalogue.territories:
        content = portrait_pdf(sheet(territory, "fr"), t)
        assert len(reader(content).pages) == 1, territory


def test_same_portrait_same_bytes(sheet):
    t = translator("fr")
    assert portrait_pdf(sheet("saint-philippe", "fr"), t) == portrait_pdf(
        sheet("saint-philippe", "fr"), t
    )


def test_text_of_data_is_shown_never_run(sheet):
    t = translator("fr")
    trap = '#panic("run") $x$ *gras* <label> @cible \\ // `code` ]'
    found = replace(sheet("saint-philippe", "fr"), title=trap, strengths=(trap,))
    said = text_of(reader(portrait_pdf(found, t)))
    assert said.count('#panic("run") $x$ *gras* <label> @cible \\ // `code` ]') >= 2


def test_a_map_of_a_part_is_not_printed_for_the_whole(sheet):
    assert sheet("quebec", "fr").picture is None
    assert sheet("rmr-montreal", "fr").picture is None
    assert sheet("trois-rivieres", "fr").picture is not None


def test_unknown_territory_is_a_sentence():
    with pytest.raises(UnknownIdError, match="limoilou"):
        portrait_sheet(open_data(), "limoilou", translator("fr"))


def test_columns_hold_every_row_once_and_in_order(sheet):
    t = translator("fr")
    themes = [p for p in sheet("saint-philippe", "fr").themes if p.rows]
    left, right = halves(themes, t)
    rows = [r.id for part in (*left, *right) for r in part.rows]
    assert rows == [r.id for part in themes for r in part.rows]
    sizes = [sum(1 + sum(sheets._lines(r) for r in p.rows) for p in half) for half in (left, right)]
    assert abs(sizes[0] - sizes[1]) <= 8


def test_a_long_portrait_keeps_its_headlines(sheet):
    found = sheet("saint-philippe", "fr")
    themes = [p for p in found.themes if p.rows]
    many = [
        replace(
            part,
            rows=tuple(
                replace(r, id=f"{r.id}_{k}", comparison="") if k else r
                for k in range(3)
                for r in part.rows
            ),
        )
        for part in themes
    ]
    kept = [r.id for part in shortened(many, found) for r in part.rows]
    assert len(kept) == MOST_ROWS
    shown = {r.id for part in themes for r in part.rows}
    assert {r.id for r in found.headlines} & shown <= set(kept)


def test_fonts_have_every_letter_of_french_and_their_licences():
    needed = "ABCÉÈÊËÀÂÄÇÎÏÔÖÛÙÜŸŒÆéèêëàâäçîïôöûùüÿœæ«»…–—’−†•·²0123456789%$\u202f\u00a0"
    files = sorted(FONTS.glob("*.ttf"))
    assert len(files) == 5
    for path in files:
        letters = TTFont(path).getBestCmap()
        assert [c for c in needed if ord(c) not in letters] == [], path.name
    for name in ("LICENSE-atkinson-hyperlegible-next", "LICENSE-radio-canada-big"):
        assert "SIL OPEN FONT LICENSE" in (FONTS / name).read_text(encoding="utf-8")


# --- documents of several pages ----------------------------------------------------------------


@pytest.fixture
def example(tmp_path):
    store = PlanStore.open(tmp_path, clock=lambda: datetime(2026, 11, 21, 17, 0, tzinfo=UTC))
    here = open_plan("saint-philippe", store=store, today=DAY)
    plan_example.add_example(here)
    yield here
    store.close()


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_services_on_paper(lang):
    t = translator(lang)
    found = services_document(open_data(), AccessQuery("saint-philippe", "grocery"), t, DAY)
    content = document_pdf(found, t)
    document = assert_accessible(content, lang)
    said = text_of(document)
    assert "Walmart" in said
    assert {"fr": "liste incomplète", "en": "incomplete list"}[lang] in said
    assert {"fr": "seuil 1", "en": "threshold 1"}[lang] in said
    no_trace_of_the_machine(content)


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_plan_on_paper_says_that_it_is_an_example(example, lang):
    t = translator(lang)
    document = assert_accessible(document_pdf(plan_document(example, t), t), lang)
    said = text_of(document)
    assert t("Plan d'exemple : tout y est inventé, pour montrer la page.") in said
    assert {"fr": "15 actions au plan", "en": "15 actions in the plan"}[lang] in said
    assert t("En retard") in said


def test_the_public_sees_no_action_on_paper(example):
    t = translator("fr")
    blocks = plan_document(example, t).blocks
    grids = [b for b in blocks if isinstance(b, Grid) and b.caption == "Actions"]
    titles = {row[0] for grid in grids for row in grid.rows}
    assert titles
    public = text_of(
        reader(document_pdf(plan_document(replace(example, actor=visitor("public")), t), t))
    )
    assert not [title for title in titles if title in public]
    with pytest.raises(NotAllowedError):
        meeting_document(replace(example, actor=visitor("public")), t)


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_minutes_are_ready_to_sign(example, lang):
    t = translator(lang)
    held = meeting.meetings(example, scope="example")[0]
    content = document_pdf(meeting_document(example, t, held.id), t)
    said = text_of(assert_accessible(content, lang))
    assert t("Pour le sous-comité, date") in said
    assert t("Citoyens présents") in said
    assert t("Plan d'exemple : tout y est inventé, pour montrer la page.") in said


def test_minutes_without_a_meeting_are_a_sentence(tmp_path):
    store = PlanStore.open(tmp_path)
    with pytest.raises(UserError, match="Aucune rencontre"):
        meeting_document(open_plan("saint-philippe", store=store), translator("fr"))
    store.close()


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_project_sheet_on_paper(lang):
    t = translator(lang)
    said = text_of(assert_accessible(document_pdf(project_document("saint-philippe", t), t), lang))
    assert "Saint-Philippe" in said
    with pytest.raises(UserError, match="--project"):
        project_document("lachine", t)
    with pytest.raises(UserError):
        project_document("saint-philippe", t, "nulle-part")


def test_a_table_of_several_pages_repeats_its_heads():
    t = translator("fr")
    rows = tuple((f"Ligne {i}", str(i)) for i in range(120))
    found = Document(
        kind="Essai",
        title="Longue table",
        sentence="Une phrase.",
        stamp=Stamp(DAY, t.date(DAY), "1", ""),
        blocks=(Paragraph("Avant"), Grid("Lignes", ("Tête gauche", "Tête droite"), rows, (1,))),
    )
    document = assert_accessible(document_pdf(found, t), "fr")
    assert len(document.pages) > 2
    assert all("Tête gauche" in page.extract_text() for page in document.pages[:-1])
    assert json.dumps(text_of(document)).count("Ligne 119") == 1
    assert NameObject("/StructTreeRoot") in document.trailer["/Root"]
