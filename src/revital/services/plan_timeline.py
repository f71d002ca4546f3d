"""The board as bars of the timeline, in the reader's words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from revital.i18n import Translator
from revital.services.plan import ActionView, Board
from revital.services.plan_words import PAUSE_WORDS, STATUS_WORDS, text


@dataclass(frozen=True)
class TimelinePause:
    """Days that stand still."""

    start: date
    end: date | None
    words: str


@dataclass(frozen=True)
class TimelineStep:
    """A milestone."""

    on: date
    words: str
    done: bool


@dataclass(frozen=True)
class TimelineBar:
    """An action from start to due date (or to its end)."""

    label: str
    start: date | None
    end: date | None
    status: str
    status_word: str
    words: str
    bands: tuple[TimelinePause, ...]
    steps: tuple[TimelineStep, ...]


def in_order(board: Board) -> list[ActionView]:
    """Return the actions, sub-committee by sub-committee, then by date."""
    rank = {lane.subcommittee.id: n for n, lane in enumerate(board.lanes)}
    return sorted(
        board.actions,
        key=lambda v: (
            rank.get(v.action.subcommittee, len(rank)),
            v.action.start or v.action.due or date.max,
            v.action.title,
        ),
    )


def bars(board: Board, t: Translator, most: int | None = None) -> list[TimelineBar]:
    """Return the bars (the first `most`) in their order."""
    names = {lane.subcommittee.id: text(lane.subcommittee, "name", t.lang) for lane in board.lanes}
    return [_bar(v, names.get(v.action.subcommittee, ""), t) for v in in_order(board)[:most]]


def _bar(view: ActionView, group: str, t: Translator) -> TimelineBar:
    action = view.action
    words = [group]
    if action.start:
        words.append(t("début {date}", date=t.date(action.start, "medium")))
    if action.due:
        words.append(t("échéance {date}", date=t.date(action.due, "medium")))
    return TimelineBar(
        label=text(action, "title", t.lang),
        start=action.start,
        end=action.done_on or action.due,
        status=view.status,
        status_word=t(STATUS_WORDS[view.status]),
        words=" · ".join(w for w in words if w),
        bands=tuple(
            TimelinePause(p.start, p.end, f"{t(PAUSE_WORDS[p.kind])} · {text(p, 'reason', t.lang)}")
            for p in action.pauses
        ),
        steps=tuple(
            TimelineStep(m.due, text(m, "title", t.lang), (m.progress or 0) >= 1)
            for m in action.milestones
            if m.due and not m.cancelled
        ),
    )


def plan_bands(board: Board, t: Translator) -> list[TimelinePause]:
    """Return the pauses of the whole plan."""
    return [
        TimelinePause(p.start, p.end, f"{t(PAUSE_WORDS[p.kind])} · {text(p, 'reason', t.lang)}")
        for p in board.pauses
    ]
