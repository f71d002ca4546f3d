"""One page that opens from a phone's files: small, complete, in both languages, asking nothing."""

from __future__ import annotations

import base64
import gzip
import json
import re
from dataclasses import replace
from html import escape
from html.parser import HTMLParser

import pytest

from revital.errors import UnknownIdError
from revital.i18n import translator
from revital.reports.site import site_html
from revital.services.data import open_data
from revital.services.plan import board
from revital.services.plan_example import add_example
from revital.services.plan_structure import open_plan
from revital.services.plan_words import text
from revital.services.site_content import SitePlace, site_content
from revital.services.site_plan import site_plan
from revital.settings import settings


class Page(HTMLParser):
    """Reads tags, addresses, and the text of each language."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.quiet = 0
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.quiet += tag in ("script", "style")

    def handle_endtag(self, tag):
        self.quiet -= tag in ("script", "style")

    def handle_data(self, data):
        if not self.quiet:
            self.words.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.words))


@pytest.fixture(scope="module", autouse=True)
def workspace(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REVITAL_HOME", str(tmp_path_factory.mktemp("home")))
        settings.cache_clear()
        yield
    settings.cache_clear()


@pytest.fixture(scope="module", params=["saint-philippe", "le-sud-ouest"])
def content(request):
    return site_content(open_data(), request.param)


@pytest.fixture(scope="module")
def pilot():
    return site_content(open_data(), "saint-philippe")


def data_of(text: str) -> dict:
    held = re.search(r'<script id="rv-data"[^>]*>([^<]*)</script>', text)
    assert held
    return json.loads(gzip.decompress(base64.b64decode(held.group(1))))


def test_page_is_small_and_says_everything_in_both_languages(content):
    text = site_html(content, "fr")
    assert len(text.encode()) < 5_000_000
    page = Page(text)
    for lang, part in content.languages.items():
        t = translator(lang)
        for words in (
            part.sheet.sentence,
            t("Atouts"),
            t("Défis"),
            t("Services connus"),
            *part.sheet.strengths,
            *part.sheet.challenges,
            *part.sheet.sources,
            *(r.title for theme in part.sheet.themes for r in theme.rows),
        ):
            assert re.sub(r"\s+", " ", words) in page.text, words


def test_nothing_is_asked_of_any_address(content):
    text = site_html(content, "fr")
    page = Page(text)
    for tag, attributes in page.tags:
        for name in ("src", "href", "srcset", "action", "data", "poster"):
            value = attributes.get(name)
            # Only places inside the page.
            assert value is None or value.startswith("#"), (tag, name, value)
    policy = next(a["content"] for tag, a in page.tags if a.get("http-equiv"))
    assert policy
    assert policy.startswith("default-src 'none'")
    assert "connect-src" not in policy
    style = re.search(r"<style>(.*?)</style>", text, re.S)
    assert style
    assert re.findall(r"url\((?!data:)", style.group(1)) == []
    assert "sourceMappingURL" not in text
    ids = {a["id"] for _, a in page.tags if a.get("id")}
    links = {a["href"][1:] for tag, a in page.tags if tag == "a"}
    assert links <= ids


def test_map_data_fit_the_outlines(content):
    data = data_of(site_html(content, "fr"))
    assert data["languages"]["fr"]["maps"]
    for part in data["languages"].values():
        for found in part["maps"]:
            areas = len(data["outlines"][found["level"]]["features"])
            codes = base64.b64decode(found["codes"])
            assert len(codes) == len(found["labels"]) == areas
            assert max(found["labels"]) < len(found["texts"])
            assert {c for c in codes if c != 255} <= set(range(len(found["colours"])))
            assert max(data["inside"][found["level"]]) < areas
    french, english = ([m["id"] for m in data["languages"][lang]["maps"]] for lang in ("fr", "en"))
    assert french == english


def test_a_committee_of_one_language_has_a_page_in_it_alone(pilot):
    page = site_html(replace(pilot, languages={"en": pilot.languages["en"]}), "en")
    assert 'data-to="' not in page
    assert 'lang="fr"' not in page


def test_language_of_the_page_is_the_one_asked_for(pilot):
    for lang in ("fr", "en"):
        page = Page(site_html(pilot, lang))
        assert next(a["lang"] for tag, a in page.tags if tag == "html") == lang
        shown = [a["data-lang"] for _, a in page.tags if a.get("data-lang") and "hidden" not in a]
        assert set(shown) == {lang}


def test_text_of_data_is_escaped(pilot):
    trap = '</script><img src=x onerror="alert(1)">'
    part = pilot.languages["fr"]
    place = SitePlace(trap, trap, trap, trap, 46.3, -72.5, True)
    changed = replace(
        pilot,
        languages={
            **pilot.languages,
            "fr": replace(part, places=(place,), sheet=replace(part.sheet, sentence=trap)),
        },
    )
    text = site_html(changed, "fr")
    page = Page(text)
    assert not [1 for tag, _ in page.tags if tag == "img"]
    assert page.text.count("onerror") >= 3
    assert data_of(text)["languages"]["fr"]["places"][0]["name"] == trap


def test_an_empty_plan_shows_its_sub_committees_and_its_pauses(pilot):
    for part in pilot.languages.values():
        assert (part.plan.total, part.plan.mark, part.plan.statuses) == (0, "", ())
        assert len(part.plan.lanes) == 6


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_the_public_plan_says_states_dates_and_amounts_and_names_no_action(
    pilot, lang, tmp_path, monkeypatch
):
    monkeypatch.setenv("REVITAL_HOME", str(tmp_path))
    settings.cache_clear()
    here = open_plan("saint-philippe")
    add_example(here)
    t = translator(lang)
    plan = site_plan("saint-philippe", t)
    titles = [text(v.action, "title", lang) for v in board(here).actions]
    settings.cache_clear()
    part = replace(pilot.languages[lang], plan=plan)
    changed = replace(pilot, languages={**pilot.languages, lang: part})
    page = site_html(changed, lang)
    assert sum(lane.total for lane in plan.lanes) == plan.total == len(titles)
    assert {"fr": "tout y est inventé", "en": "everything in it is made up"}[lang] in page
    for words in (*[lane.name for lane in plan.lanes], *[name for name, _ in plan.statuses],
                  *[name for name, _ in plan.funding]):  # fmt: skip
        assert escape(words) in page
    assert any(lane.next_date and lane.next_date in page for lane in plan.lanes)
    assert [title for title in titles if escape(title) in page] == []
    assert len(page.encode()) < 5_000_000


def test_same_content_same_page(pilot):
    assert site_html(pilot, "fr") == site_html(pilot, "fr")


def test_unknown_territory_is_a_sentence():
    with pytest.raises(UnknownIdError, match="limoilou"):
        site_content(open_data(), "limoilou")
