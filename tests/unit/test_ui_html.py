"""The pieces of every page: escaped, complete, and the same colours everywhere."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from revital.catalogue.load import catalogue
from revital.charts import theme
from revital.errors import UnknownIdError
from revital.i18n import translator
from revital.settings import PROJECT
from revital.ui import html, icons

FR, EN = translator("fr"), translator("en")
EVIL = "<img src=x onerror=alert(1)>\"'&"


class Tags(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text = ""
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        if tag not in ("img",):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


def pieces(text: str) -> list[str]:
    return [
        html.heading(text, text),
        html.sentence(text),
        html.section(text, text, "home"),
        html.headline_figure(
            label=text, value=text, unit=text, comparison=text, trend="up", note=text,
            quality="low", quality_text=text, spark=html.spark_line([1, 2], text),
        ),
        html.headline_figure(label=text, value=text, quality="absent"),
        html.status_chip(FR, text),
        html.chip(text, "flag"),
        html.empty_state(FR, what=text, why=text, who=text),
        html.source_line(FR, [text, text]),
        html.callout(text, title=text, tone="fault", role="alert"),
        html.table_twin(text, [html.TableColumn(text), html.TableColumn(text, number=True)],
                        [(text, text), (text, "")], empty=text),
        html.legend(FR, title=text, unit=text, direction=text, no_data=2, suppressed=1,
                    source=text, classes=[html.LegendClass("#8E1B1F", text, 3)]),
        html.footer(text, text),
    ]  # fmt: skip


def test_markup_in_any_word_is_shown_as_text():
    for piece in pieces(EVIL):
        read = Tags(piece)
        assert read.tags.count("img") == piece.count("rv-spark")
        assert EVIL in read.text, piece


@given(st.text(max_size=80))
def test_any_text_leaves_the_markup_well_formed(text):
    for piece in pieces(text):
        assert Tags(piece).open == []


def test_a_missing_cell_is_words_and_never_zero():
    table = html.table_twin(
        "Ménages", [html.TableColumn("Secteur"), html.TableColumn("Revenu ($)", number=True)],
        [("0003.00", "33 600"), ("0004.00", "")], empty="aucune donnée",
    )  # fmt: skip
    assert table.count("aucune donnée") == 1
    assert "<caption>Ménages</caption>" in table
    assert table.count('scope="col"') == 2
    assert table.count('scope="row"') == 2
    assert table.count('class="rv-n"') == 3


def test_table_rows_must_fit_the_columns():
    with pytest.raises(ValueError, match="zip"):
        html.table_twin("x", [html.TableColumn("a")], [("1", "2")], empty="-")


def test_legend_says_unit_direction_counts_and_holes():
    text = Tags(
        html.legend(
            EN, title="Renters", unit="%", direction="darker: more", no_data=1, source="StatCan",
            classes=[html.LegendClass("#E3F0F5", "10% to 20%", 1),
                     html.LegendClass("#0B4A63", "20% to 40%", 12)],
        )
    ).text  # fmt: skip
    for part in ("Renters", "(%)", "darker: more", "1 area", "12 areas", "no data", "StatCan"):
        assert part in text
    assert "withheld" not in text


def test_a_colour_is_a_colour():
    with pytest.raises(ValueError, match="RRGGBB"):
        html.legend(FR, title="", unit="", direction="", no_data=0, source="",
                    classes=[html.LegendClass("red;background:url(x)", "", 1)])  # fmt: skip


def test_one_value_is_not_a_line():
    assert html.spark_line([3.0], "x") == ""
    assert 'alt="de 1 à 2"' in html.spark_line([1.0, 2.0], "de 1 à 2")


def test_every_status_has_word_icon_and_colour():
    for status in theme.STATUS:
        chip = html.status_chip(FR, status)
        assert html.status_word(FR, status) in chip
        assert html.status_word(EN, status) != html.status_word(FR, status)
        assert "rv-i-" in chip
        assert f".rv-s-{status}" in css()


def css() -> str:
    return (PROJECT / "src/revital/ui/style.css").read_text(encoding="utf-8")


def tokens(block: str) -> dict[str, str]:
    return dict(re.findall(r"--([a-z-]+): (#[0-9A-Fa-f]{6})", block))


@pytest.mark.parametrize(("mode", "at"), [("light", 0), ("dark", 1)])
def test_style_sheet_and_charts_share_their_colours(mode, at):
    block = tokens(css().split(":root {")[at + 1].split("}")[0])
    values = theme.LIGHT if mode == "light" else theme.DARK
    for name in ("paper", "surface", "rule", "ink", "muted", "river", "brick", "context"):
        assert block[name] == getattr(values, name)


@pytest.mark.parametrize("at", [0, 1])
def test_text_on_its_ground_reaches_aa(at):
    block = tokens(css().split(":root {")[at + 1].split("}")[0])
    for word in ("ink", "muted", "river", "brick", "ochre", "green", "violet", "grey", "faint"):
        for ground in ("paper", "surface"):
            assert theme.contrast(block[word], block[ground]) >= 4.5, (word, ground)
    for word, ground in [("ink", "wash-river"), ("ink", "wash-brick"), ("ink", "wash-ochre"),
                         ("ink", "wash-green"), ("on-river", "river")]:  # fmt: skip
        assert theme.contrast(block[word], block[ground]) >= 4.5


def test_contrast_of_known_pairs():
    # WCAG 2.1: black on white is 21; #767676 on white is the lightest grey that passes AA.
    assert theme.contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert theme.contrast("#767676", "#FFFFFF") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("palette", ["need", "assets", "context"])
def test_scales_darken_step_by_step(palette):
    steps = [theme.contrast(c, "#FFFFFF") for c in theme.PALETTES[palette]]
    assert steps == sorted(steps)
    assert all(b / a > 1.15 for a, b in pairwise(steps))


def test_classes_keep_the_ends_of_a_palette():
    for k in range(2, 8):
        colours = theme.classes("need", k)
        assert len(colours) == k
        assert (colours[0], colours[-1]) == ("#FFF3C4", "#8E1B1F")
    assert theme.classes("need", 5) == theme.PALETTES["need"]
    # Half-way between #F7F7F7 and #A6DBA0, rounded half to even: (247+166)/2, (247+219)/2 …
    assert theme._between(theme.PALETTES["change"], 2.5) == "#CEE9CC"


def test_charts_speak_french():
    config = theme.figure_config("fr")
    assert config["locales"]["fr"]["format"]["months"][7] == "Août"
    assert theme.figure_layout("fr").separators == ",\u202f"
    assert theme.figure_layout("en").separators == ".,"
    assert "locale" not in theme.figure_config("en")


def test_icons_of_the_catalogue_exist():
    records = catalogue()
    assert {r.icon for r in (*records.pages, *records.themes)} <= set(icons.names())


def test_icons_are_known_by_name():
    assert 'd="' in icons.svg("home")
    with pytest.raises(UnknownIdError):
        icons.span("nothing")
    assert icons.stylesheet().count(".rv-i-") == len(icons.names())
