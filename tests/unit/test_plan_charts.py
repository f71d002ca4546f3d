"""Charts of the plan, checked as data: bars, bands, today, units, and text that is no markup."""

from datetime import date

from revital.charts import plan as charts
from revital.charts import theme
from revital.services.plan_timeline import TimelineBar, TimelinePause, TimelineStep
from revital.ui import shell

TODAY = date(2026, 6, 1)


def bar(**fields):
    base = {
        "label": "Action",
        "start": date(2026, 1, 1),
        "end": date(2026, 9, 1),
        "status": "under_way",
        "status_word": "En cours",
        "words": "",
        "bands": (),
        "steps": (),
    }
    return TimelineBar(**(base | fields))


def draw(*bars, bands=()):
    return charts.timeline(
        list(bars), today=TODAY, plan_bands=list(bands), title="", today_word="aujourd'hui",
        lang="fr",
    )  # fmt: skip


def test_an_open_pause_runs_to_today_and_a_closed_one_to_its_end():
    open_pause = TimelinePause(date(2026, 3, 1), None, "Pause · gel")
    closed = TimelinePause(date(2026, 2, 1), date(2026, 2, 10), "Pause · vacances")
    figure = draw(bar(bands=(open_pause, closed)))
    spans = [tuple(trace.x) for trace in figure.data if trace.mode == "lines"]
    assert (date(2026, 3, 1), TODAY) in spans
    assert (date(2026, 2, 1), date(2026, 2, 10)) in spans
    assert (date(2026, 1, 1), date(2026, 9, 1)) in spans


def test_today_is_a_line_and_pauses_of_the_plan_are_bands():
    whole = TimelinePause(date(2022, 1, 1), None, "Pause")
    figure = draw(bar(), bands=(whole,))
    kinds = [shape.type for shape in figure.layout.shapes]
    assert sorted(kinds) == ["line", "rect"]
    rect = next(s for s in figure.layout.shapes if s.type == "rect")
    assert rect.x0 == figure.layout.xaxis.range[0]
    assert any("aujourd'hui" in (a.text or "") for a in figure.layout.annotations)


def test_an_action_without_dates_is_a_mark_or_nothing_but_keeps_its_row():
    figure = draw(bar(start=None), bar(start=None, end=None))
    assert [t.mode for t in figure.data] == ["markers"]
    assert len([a for a in figure.layout.annotations if a.text == "Action"]) == 2


def test_milestones_are_full_once_done_and_markup_is_text():
    steps = (
        TimelineStep(date(2026, 2, 1), "<b>un</b>", True),
        TimelineStep(date(2026, 8, 1), "deux", False),
    )
    figure = draw(bar(label="<script>x</script>", steps=steps))
    marks = next(t for t in figure.data if t.mode == "markers")
    assert list(marks.marker.symbol) == ["circle", "circle-open"]
    assert marks.hovertext[0] == "&lt;b&gt;un&lt;/b&gt;"
    text = figure.to_json()
    assert "<script>" not in text


def test_funding_keeps_missing_amounts_apart_from_zero_and_says_its_unit():
    figure = charts.funding(
        [charts.FundingBar("Municipal", (100.0, 0.0, None, 5.0))],
        stages=["Demandé", "Confirmé", "Reçu", "Dépensé"],
        title="Financement",
        unit="dollars canadiens",
        lang="fr",
    )
    assert [t.name for t in figure.data] == ["Demandé", "Confirmé", "Reçu", "Dépensé"]
    assert [t.x[0] for t in figure.data] == [100.0, 0.0, None, 5.0]
    assert figure.layout.xaxis.title.text == "dollars canadiens"


def test_the_style_sheet_knows_every_colour_of_the_timeline_in_the_dark():
    """It finds them by value: a colour changed here only would be unreadable there."""
    sheet = shell.stylesheet()
    colours = {
        theme.LIGHT.ink,
        theme.LIGHT.brick,
        *theme.STATUS.values(),
        charts._BAND,
        charts._PAUSE,
    }
    for colour in colours:
        r, g, b = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
        assert f"rgb({r}, {g}, {b})" in sheet, colour
