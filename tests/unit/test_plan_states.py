"""Statuses and pauses of an action, driven at random: what must hold whatever people do."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from revital.domain import plan
from revital.domain.plan_records import Action, PauseKind, Status
from revital.errors import ValuesError

ORIGIN = date(2025, 10, 20)  # the walk crosses both changes of hour


class ActionLife(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.today = ORIGIN
        self.action = Action(
            id="a",
            territory="t",
            subcommittee="s",
            title="x",
            start=ORIGIN,
            due=ORIGIN + timedelta(days=40),
        )
        # the model: for each day lived, was the clock stopped at the end of that day?
        self.stopped: dict[date, bool] = {}

    @rule(days=st.integers(1, 45))
    def time_passes(self, days):
        for _ in range(days):
            self.stopped[self.today] = self.action.status in plan.STOPPED
            self.today += timedelta(days=1)

    @rule(status=st.sampled_from(list(Status)))
    def change(self, status):
        before = self.action
        allowed = status is before.status or status in plan.TRANSITIONS[before.status]
        if not allowed:
            with pytest.raises(ValuesError):
                plan.change_status(
                    before, status, on=self.today, reason="r", responsible="q", pause_id="x"
                )
            return
        self.action = plan.change_status(
            before, status, on=self.today, reason="r", responsible="q", pause_id="x"
        )

    @precondition(lambda self: self.action.status not in plan.STOPPED)
    @rule()
    def a_stop_without_reason_is_refused(self):
        for status in set(plan.STOPPED) & plan.TRANSITIONS[self.action.status]:
            with pytest.raises(ValuesError):
                plan.change_status(self.action, status, on=self.today)

    @rule(back=st.integers(1, 30))
    def going_back_before_an_open_stop_is_refused(self, back):
        still = [p for p in self.action.pauses if p.end is None]
        if not still:
            return
        on = still[0].start - timedelta(days=back)
        for status in plan.TRANSITIONS[self.action.status]:
            with pytest.raises(ValuesError):
                plan.change_status(self.action, status, on=on, reason="r", responsible="q")

    @invariant()
    def the_action_holds_together(self):
        plan.require_consistent(self.action)

    @invariant()
    def open_interval_if_and_only_if_stopped(self):
        still = [p for p in self.action.pauses if p.end is None]
        if self.action.status in plan.STOPPED:
            assert [p.kind for p in still] == [plan.STOPPED[self.action.status]]
        else:
            assert still == []

    @invariant()
    def the_clock_agrees_with_the_days_lived(self):
        lived = sum(1 for stop in self.stopped.values() if stop)
        assert plan.stopped_days(self.action.pauses, ORIGIN, self.today) == lived
        if self.action.status is not Status.DONE:
            assert plan.elapsed_days(self.action, self.today) == len(self.stopped) - lived

    @invariant()
    def late_counts_running_days_after_the_due_date_only(self):
        late = plan.late_days(self.action, self.today)
        if self.action.status is Status.DROPPED:
            assert late is None
            return
        due = self.action.due
        end = self.action.done_on or self.today
        lived = sum(1 for day, stop in self.stopped.items() if due < day < end and not stop)
        # the last day counts too, unless it is stopped as it goes
        last = end > due and not plan.is_stopped(self.action, end)
        assert late == lived + last

    @invariant()
    def a_stopped_or_closed_action_is_never_late(self):
        if self.action.status in plan.STOPPED or self.action.status in plan.CLOSED:
            assert not plan.is_late(self.action, self.today)

    @invariant()
    def kinds_of_stops_never_overlap(self):
        spans = sorted((p.start, p.end or date.max) for p in self.action.pauses)
        assert all(a[1] <= b[0] for a, b in pairwise(spans))
        assert {p.kind for p in self.action.pauses} <= set(PauseKind)


TestActionLife = ActionLife.TestCase
TestActionLife.settings = settings(max_examples=80, stateful_step_count=30, deadline=None)
