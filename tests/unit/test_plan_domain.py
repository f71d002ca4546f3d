"""Roll-up, curves, clock and flags of the plan, against numbers worked out by hand."""

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from revital.domain import plan, plan_progress, plan_review
from revital.domain.plan_records import (
    Action,
    Aspect,
    FundingKind,
    FundingLine,
    IndicatorLink,
    Milestone,
    Pause,
    PauseKind,
    PlanPause,
    Status,
)
from revital.errors import UnknownIdError, ValuesError

ZONE = ZoneInfo("America/Toronto")


def action(**fields):
    base = {"id": "a", "territory": "t", "subcommittee": "s", "title": "Une action"}
    return Action(**(base | fields))


def pause(start, end=None, **fields):
    return Pause(id="p", start=start, end=end, reason="r", responsible="q", **fields)


# --- roll-up ---------------------------------------------------------------------------------


def test_weighted_completion_is_55_where_the_plain_mean_is_50():
    parts = [(40, 1.0), (30, 0.5), (30, 0.0)]
    assert plan_progress.roll_up(parts) == pytest.approx(0.55, abs=1e-12)
    assert plan_progress.roll_up([(None, p) for _, p in parts]) == pytest.approx(0.50, abs=1e-12)


def test_missing_progress_counts_as_zero_and_no_part_is_missing_not_zero():
    assert plan_progress.roll_up([(1, None), (1, 1.0)]) == 0.5
    assert plan_progress.roll_up([]) is None
    assert plan_progress.roll_up([(0, 1.0)]) is None


@pytest.mark.parametrize("part", [(-1, 0.5), (float("nan"), 0.5), (float("inf"), 0.5), (1, 1.2)])
def test_roll_up_refuses_what_is_not_a_weight_or_a_share(part):
    with pytest.raises(ValuesError):
        plan_progress.roll_up([part])


@given(
    st.lists(st.tuples(st.floats(0.01, 1e6), st.one_of(st.none(), st.floats(0, 1))), min_size=1),
    st.floats(0.01, 1000),
)
def test_roll_up_stays_between_parts_and_ignores_the_scale_of_weights(parts, factor):
    value = plan_progress.roll_up(parts)
    known = [p or 0.0 for _, p in parts]
    assert min(known) - 1e-9 <= value <= max(known) + 1e-9
    assert plan_progress.roll_up([(w * factor, p) for w, p in parts]) == pytest.approx(value)


def test_cancelled_milestones_and_dropped_actions_leave_both_sums():
    milestones = (
        Milestone(id="1", title="x", weight=40, progress=1.0),
        Milestone(id="2", title="y", weight=30, progress=0.5),
        Milestone(id="3", title="z", weight=30, progress=0.0),
        Milestone(id="4", title="w", weight=900, progress=0.0, cancelled=True),
    )
    one = action(milestones=milestones, status=Status.UNDER_WAY, progress=0.99)
    assert plan_progress.action_progress(one) == pytest.approx(0.55)
    dropped = action(id="b", status=Status.DROPPED, progress=0.0, weight=50)
    done = action(id="c", status=Status.DONE, done_on=date(2026, 1, 1))
    assert plan_progress.plan_progress([one, dropped]) == pytest.approx(0.55)
    assert plan_progress.plan_progress([one, done]) == pytest.approx((0.55 + 1) / 2)
    assert plan_progress.plan_progress([dropped]) is None


def test_decidim_does_not_divide_and_averages_when_it_should():
    def children(*weights):
        return list(zip(weights, (100, 50, 0), strict=True))

    assert plan_progress.decidim_progress(children(0.4, 0.3, 0.3)) == pytest.approx(55)
    assert plan_progress.decidim_progress(children(40, 30, 30)) == pytest.approx(5500)
    # no weight at all: plain average, children without progress skipped
    assert plan_progress.decidim_progress([(None, 100), (None, None), (None, 50)]) == 75
    # two children, one of weight 1: plain average too
    assert plan_progress.decidim_progress([(1, 100), (0.2, 0)]) == 50
    # one child of weight 1: the weighted sum
    assert plan_progress.decidim_progress([(1, 80)]) == 80
    # a missing weight beside others is 1, a missing progress 0
    assert plan_progress.decidim_progress([(None, 50), (0.5, None)]) == 50


@pytest.mark.parametrize("weights", [(0.4, 0.3, 0.3), (40, 30, 30), (4, 3, 3)])
def test_decidim_import_gives_55_whatever_the_scale_of_weights(weights):
    children = list(zip(weights, (100, 50, 0), strict=True))
    normal = plan_progress.normalise_decidim(children)
    assert sum(w for w, _ in normal) == pytest.approx(1)
    assert plan_progress.roll_up(normal) == pytest.approx(0.55)


def test_decidim_import_keeps_the_average_where_decidim_averages():
    normal = plan_progress.normalise_decidim([(None, 100), (None, None), (None, 50)])
    assert plan_progress.roll_up(normal) == pytest.approx(0.75)
    assert plan_progress.normalise_decidim([]) == []
    with pytest.raises(ValuesError):
        plan_progress.normalise_decidim([(0, 50), (0, 50)])


# --- curves, SPI, light ----------------------------------------------------------------------


def test_planned_curves_at_a_quarter_half_and_three_quarters():
    curve = plan_progress.curve
    assert [curve(t, "linear") for t in (-1, 0.25, 2)] == [0, 0.25, 1]
    assert [curve(t, "smoothstep") for t in (0.25, 0.5)] == [0.15625, 0.5]
    got = [round(curve(t, "logistic"), 4) for t in (0.25, 0.5, 0.75)]
    assert got == [0.0701, 0.5, 0.9299]
    assert curve(0, "logistic") == 0
    assert curve(1, "logistic") == pytest.approx(1, abs=1e-12)
    with pytest.raises(UnknownIdError):
        curve(0.5, "bezier")


def test_performance_index_and_light():
    assert plan_progress.performance_index(0.45, 0.60) == pytest.approx(0.75)
    assert plan_progress.performance_index(0.45, 0.0) is None
    light = plan_progress.traffic_light
    assert [light(i) for i in (0.90, 0.8999, 0.75, 0.7499, None)] == [
        "green",
        "amber",
        "amber",
        "red",
        "grey",
    ]
    assert light(1.0, overdue_days=31) == "red"
    assert light(1.0, overdue_days=30, days_without_news=60) == "green"
    assert light(1.0, days_without_news=61) == "red"


def test_planned_share_leaves_paused_days_out():
    one = action(start=date(2026, 1, 1), due=date(2026, 4, 11), status=Status.UNDER_WAY)
    assert plan_progress.planned_share(one, date(2026, 1, 26)) == pytest.approx(0.25)
    # 100 days, 50 of them paused: 50 working days, 25 gone when the pause starts
    held = action(
        start=one.start,
        due=one.due,
        status=Status.UNDER_WAY,
        pauses=(pause(date(2026, 1, 26), date(2026, 3, 17)),),
    )
    for day in (date(2026, 1, 26), date(2026, 2, 20), date(2026, 3, 17)):
        assert plan_progress.planned_share(held, day) == pytest.approx(0.5)
    assert plan_progress.planned_share(held, date(2026, 4, 11)) == 1
    assert plan_progress.planned_share(action(due=date(2026, 4, 11)), date(2026, 2, 1)) is None


def test_on_time_rate_and_slip():
    def done(due, end):
        return action(status=Status.DONE, due=due, done_on=end)

    today = date(2026, 6, 10)
    group = [
        done(date(2026, 5, 1), date(2026, 4, 29)),  # 2 days early
        done(date(2026, 5, 1), date(2026, 5, 5)),  # 4 days late
        action(due=date(2026, 6, 1)),  # 9 days overdue
        action(due=date(2026, 7, 1)),  # not due yet: in neither count
        action(),
        action(due=date(2026, 1, 1), status=Status.DROPPED),
    ]
    assert plan_progress.on_time_rate(group, today) == pytest.approx(1 / 3)
    assert plan_progress.on_time_rate(group[3:], today) is None
    assert plan_progress.slip(group, today) == plan_progress.Slip(4.0, 9, 3)
    assert plan_progress.slip([], today) == plan_progress.Slip(None, None, 0)


# --- clock -----------------------------------------------------------------------------------


def test_paused_days_are_neither_elapsed_nor_late():
    one = action(
        start=date(2026, 3, 1),
        due=date(2026, 5, 31),
        status=Status.UNDER_WAY,
        pauses=(pause(date(2026, 5, 15), date(2026, 7, 15)),),
    )
    today = date(2026, 7, 20)
    assert plan.late_days(one, today) == 6  # 15 to 20 July
    assert plan.elapsed_days(one, today) == 141 - 61
    assert plan.is_late(one, today)
    assert not plan.is_late(one, date(2026, 7, 14))
    assert plan.shown_status(one, today) == "late"


def test_the_due_day_is_in_time():
    one = action(due=date(2026, 5, 31))
    assert not plan.is_late(one, date(2026, 5, 31))
    assert plan.late_days(one, date(2026, 6, 1)) == 1


def test_an_open_pause_never_counts():
    one = action(
        start=date(2022, 1, 1),
        due=date(2022, 6, 1),
        status=Status.PAUSED,
        pauses=(pause(date(2022, 3, 1)),),
    )
    for today in (date(2022, 7, 1), date(2026, 11, 21)):
        assert not plan.is_late(one, today)
        assert plan.late_days(one, today) == 0
        assert plan.elapsed_days(one, today) == 59


def test_a_pause_of_the_plan_stops_only_what_had_begun():
    whole = PlanPause(id="x", territory="t", kind=PauseKind.PAUSE, start=date(2022, 1, 1))
    old = action(start=date(2021, 6, 1), due=date(2022, 6, 1), status=Status.UNDER_WAY)
    new = action(start=date(2026, 1, 1), due=date(2026, 6, 1), status=Status.UNDER_WAY)
    today = date(2026, 7, 1)
    assert not plan.is_late(old, today, [whole])
    assert plan.is_late(old, today)
    assert plan.is_late(new, today, [whole])


def test_days_are_calendar_days_across_both_changes_of_hour():
    # 8 March and 1 November 2026: a day of 23 hours and one of 25 in America/Toronto
    assert plan.running_days([], date(2026, 3, 7), date(2026, 3, 9)) == 2
    assert plan.running_days([], date(2026, 10, 31), date(2026, 11, 2)) == 2
    for saved, today, days in [
        # 23:30 in Trois-Rivières is already tomorrow in UTC
        (datetime(2026, 3, 8, 3, 30, tzinfo=UTC), date(2026, 3, 8), 1),
        (datetime(2026, 3, 8, 6, 59, tzinfo=UTC), date(2026, 3, 8), 0),
        (datetime(2026, 11, 1, 3, 59, tzinfo=UTC), date(2026, 11, 1), 1),
        (datetime(2026, 11, 2, 4, 59, tzinfo=UTC), date(2026, 11, 1), 0),
    ]:
        assert plan_review.days_without_news(action(updated_at=saved), today, ZONE) == days


@given(
    st.lists(st.tuples(st.integers(0, 400), st.integers(-5, 90) | st.none()), max_size=6),
    st.integers(0, 300),
    st.integers(0, 300),
)
def test_running_and_stopped_days_share_out_the_span(spans, first, length):
    origin = date(2025, 9, 1).toordinal()
    pauses = [
        pause(date.fromordinal(origin + a), None if n is None else date.fromordinal(origin + a + n))
        for a, n in spans
    ]
    start, end = date.fromordinal(origin + first), date.fromordinal(origin + first + length)
    stopped = plan.stopped_days(pauses, start, end)
    # counted one day at a time
    by_hand = sum(
        any(
            p.start <= date.fromordinal(d) and (p.end is None or date.fromordinal(d) < p.end)
            for p in pauses
        )
        for d in range(start.toordinal(), end.toordinal())
    )
    assert stopped == by_hand
    assert plan.running_days(pauses, start, end) == length - by_hand


# --- transitions -----------------------------------------------------------------------------


def test_a_pause_needs_a_reason_and_somebody():
    one = action(status=Status.UNDER_WAY)
    for words in ({}, {"reason": "x"}, {"responsible": "y"}, {"reason": " ", "responsible": "y"}):
        with pytest.raises(ValuesError, match="raison"):
            plan.change_status(one, Status.PAUSED, on=date(2026, 1, 1), **words)


def test_a_pause_ends_on_the_day_of_the_next_status():
    one = action(status=Status.UNDER_WAY)
    held = plan.change_status(
        one, Status.PAUSED, on=date(2026, 1, 1), reason="gel", responsible="Ville"
    )
    back = plan.change_status(held, Status.UNDER_WAY, on=date(2026, 1, 11))
    assert [(p.start, p.end) for p in back.pauses] == [(date(2026, 1, 1), date(2026, 1, 11))]
    with pytest.raises(ValuesError, match="a commencé"):
        plan.change_status(held, Status.UNDER_WAY, on=date(2025, 12, 31))
    with pytest.raises(ValuesError, match="déjà inscrite"):
        plan.change_status(back, Status.PAUSED, on=date(2026, 1, 5), reason="x", responsible="y")


def test_only_the_listed_transitions_exist():
    for before in Status:
        for after in Status:
            fields = {"status": before}
            if before in plan.STOPPED:
                fields["pauses"] = (pause(date(2026, 1, 1), kind=plan.STOPPED[before]),)
            if before is Status.DONE:
                fields["done_on"] = date(2026, 1, 1)
            one = plan.require_consistent(action(**fields))

            def move(one=one, after=after):
                return plan.change_status(
                    one, after, on=date(2026, 2, 1), reason="r", responsible="q"
                )

            if after is before:
                assert move() is one
            elif after in plan.TRANSITIONS[before]:
                assert plan.require_consistent(move()).status is after
            else:
                with pytest.raises(ValuesError):
                    move()


@pytest.mark.parametrize(
    "fields",
    [
        {"start": date(2026, 2, 1), "due": date(2026, 1, 1)},
        {"progress": 1.5},
        {"progress": float("nan")},
        {"weight": -1.0},
        {"weight": float("inf")},
        {"milestones": (Milestone(id="m", title="x", progress=-0.1),)},
        {"funding": (FundingLine(id="f", kind=FundingKind.FEDERAL, spent_cad=Decimal(-1)),)},
        {"lon": -72.5},
        {"lon": 46.3, "lat": -172.5},
        {"status": Status.PAUSED},
        {"status": Status.DONE},
        {"done_on": date(2026, 1, 1)},
        {"pauses": (pause(date(2026, 1, 1)),)},
        {"pauses": (pause(date(2026, 2, 1), date(2026, 1, 1)),)},
        {
            "pauses": (
                pause(date(2026, 1, 1), date(2026, 3, 1)),
                pause(date(2026, 2, 1), date(2026, 4, 1)),
            )
        },
        {"status": Status.TO_NEGOTIATE, "pauses": (pause(date(2026, 1, 1)),)},
    ],
)
def test_what_does_not_hold_together_is_refused(fields):
    with pytest.raises(ValuesError):
        plan.require_consistent(action(**fields))


# --- review ----------------------------------------------------------------------------------


def test_flags():
    today = date(2026, 6, 10)
    fresh = datetime(2026, 6, 1, tzinfo=UTC)
    old = datetime(2026, 4, 1, tzinfo=UTC)
    flag = plan_review.Flag

    def of(**fields):
        return set(plan_review.flags(action(**fields), today, ZONE))

    assert of(updated_at=fresh) == {flag.NO_OWNER, flag.NO_DATE}
    complete = {"owner": "CDEC", "due": date(2026, 12, 1)}
    assert of(updated_at=fresh, **complete) == set()
    assert of(updated_at=old, **complete) == {flag.STALE}
    held = (pause(date(2026, 3, 1)),)
    assert of(updated_at=old, status=Status.PAUSED, pauses=held, **complete) == set()
    assert of(updated_at=old, status=Status.DROPPED) == set()

    def money(**amounts):
        line = FundingLine(
            id="f",
            kind=FundingKind.MUNICIPAL,
            **{k: Decimal(v) for k, v in amounts.items()},
        )
        return of(updated_at=fresh, funding=(line,), progress=0.5, **complete)

    assert money(confirmed_cad=100, spent_cad=50) == set()
    assert money(confirmed_cad=100, spent_cad=51) == {flag.OVERSPENT}
    assert money(requested_cad=100, spent_cad=60) == {flag.OVERSPENT}
    assert money(spent_cad=1) == {flag.OVERSPENT}
    assert money(confirmed_cad=100) == set()


def test_stale_starts_after_sixty_days():
    saved = datetime(2026, 4, 1, 16, tzinfo=UTC)
    one = action(owner="x", due=date(2027, 1, 1), updated_at=saved)
    assert plan_review.flags(one, date(2026, 5, 31), ZONE) == ()
    assert plan_review.flags(one, date(2026, 6, 1), ZONE) == (plan_review.Flag.STALE,)


def test_funding_totals_keep_missing_apart_from_zero():
    lines = [
        FundingLine(id="1", kind=FundingKind.MUNICIPAL, requested_cad=Decimal("1000.10")),
        FundingLine(
            id="2",
            kind=FundingKind.MUNICIPAL,
            requested_cad=Decimal("0.20"),
            confirmed_cad=Decimal(0),
        ),
        FundingLine(id="3", kind=FundingKind.IN_KIND),
    ]
    municipal, in_kind = plan_review.funding_totals(lines)
    assert municipal.requested_cad == Decimal("1000.30")
    assert municipal.confirmed_cad == 0
    assert municipal.received_cad is None
    assert municipal.gap_cad == Decimal("1000.30")
    assert in_kind.requested_cad is None
    assert in_kind.gap_cad is None


def test_coverage_shows_empty_cells_and_totals_equal_the_list():
    group = [
        action(id="1", subcommittee="s1", aspects=(Aspect.LOCAL, Aspect.ECONOMIC)),
        action(id="2", subcommittee="s2", aspects=(Aspect.LOCAL,)),
        action(id="3", subcommittee="s2", aspects=(Aspect.LOCAL,), status=Status.DROPPED),
        action(id="4", subcommittee="s2"),
    ]
    grid = plan_review.coverage(group, ["s1", "s2", "s3"])
    assert set(grid) == set(Aspect)
    assert all(set(row) == {"s1", "s2", "s3"} for row in grid.values())
    assert grid[Aspect.LOCAL] == {"s1": ("1",), "s2": ("2",), "s3": ()}
    assert grid[Aspect.COMMUNITY] == {"s1": (), "s2": (), "s3": ()}
    cells = sum(len(ids) for row in grid.values() for ids in row.values())
    assert cells == sum(len(a.aspects) for a in group if a.status is not Status.DROPPED)


def test_crosswalk():
    group = [action(id="1", city_axes=("a",)), action(id="2", city_axes=("a", "b"))]
    assert plan_review.crosswalk(group, ["a", "b", "c"]) == {
        "a": ("1", "2"),
        "b": ("2",),
        "c": (),
    }


def test_an_outcome_clears_its_uncertainty_or_does_not():
    def link(now, m1=3.0, m2=4.0, **fields):
        return plan_review.outcome(
            IndicatorLink(
                id="l",
                indicator="i",
                baseline_value=100.0,
                baseline_margin=m1,
                latest_value=now,
                latest_margin=m2,
                **fields,
            )
        )

    assert link(105.0).clears is False  # margin of the difference: 5
    assert link(105.1).clears is True
    assert link(94.9, target_value=80.0).towards_target is True
    assert link(94.9, target_value=180.0).towards_target is False
    assert link(120.0, m2=None).clears is None
    assert link(None).change is None


def test_smart_gaps():
    assert plan_review.smart_gaps(action()) == ("unit", "baseline", "target", "date", "owner")
    link = IndicatorLink(id="l", indicator="i", unit="m", baseline_value=0.0, target_value=1.0)
    ready = action(indicators=(link,), due=date(2026, 1, 1), owner="CDEC")
    assert plan_review.smart_gaps(ready) == ()
