"""Pieces of the plan as HTML text: lanes, cards, sheets; every word is escaped."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape

from revital.domain.plan_records import Action, Pause, PlanPause
from revital.i18n import Translator
from revital.services.plan import ActionView, Board, Lane
from revital.services.plan_words import (
    ASPECT_WORDS,
    FLAG_WORDS,
    PAUSE_WORDS,
    organizations,
    text,
)
from revital.ui import html


def progress_bar(share: float | None, t: Translator, label: str = "") -> str:
    """Return a bar of progress with its words; nothing stated is not zero."""
    words = t.percent(share, 0) if share is not None else t("avancement non précisé")
    width = 0 if share is None else round(100 * share)
    said = f"{label} : {words}" if label else words
    return (
        f'<div class="rv-progress"><div class="rv-progress-track" role="img" '
        f'aria-label="{escape(said)}"><span style="width:{width}%"></span></div>'
        f"<span>{escape(words)}</span></div>"
    )


def lane_head(lane: Lane, t: Translator) -> str:
    """Return the head of a sub-committee: its name, counts, progress and next deadline."""
    name = text(lane.subcommittee, "name", t.lang)
    count = t.plural("{n} action", "{n} actions", lane.total_n)
    parts = [f"<h3>{escape(name)}</h3>", f'<p class="rv-lane-count">{escape(count)}</p>']
    if lane.total_n:
        parts.append(progress_bar(lane.progress, t, t("Avancement")))
    if lane.next_deadline:
        title = lane.next_deadline.title_en if t.lang == "en" else lane.next_deadline.title
        parts.append(
            f'<p class="rv-fig-note">{escape(t("Prochaine échéance :"))} '
            f"{escape(' · '.join(x for x in (t.date(lane.next_deadline.on), title) if x))}</p>"
        )
    return f'<div class="rv-lane-head">{"".join(parts)}</div>'


def counts(board_counts: Mapping[str, int], t: Translator) -> str:
    """Return how many actions stand in each state, as chips."""
    chips = "".join(
        f'<li>{html.status_chip(t, status)} <strong class="rv-n">{t.number(n)}</strong></li>'
        for status, n in board_counts.items()
        if n
    )
    return f'<ul class="rv-counts">{chips}</ul>' if chips else ""


def card(view: ActionView, t: Translator) -> str:
    """Return what a card says under the action's title."""
    action = view.action
    line = []
    if action.due:
        line.append(t("échéance {date}", date=t.date(action.due, "medium")))
    owner = text(action, "owner", t.lang)
    if owner:
        line.append(owner)
    if view.status == "late" and view.late_days:
        line.append(t.plural("{n} jour de retard", "{n} jours de retard", view.late_days))
    parts = [html.status_chip(t, view.status)]
    if line:
        parts.append(f'<p class="rv-fig-note">{escape(" · ".join(line))}</p>')
    if view.progress is not None:
        parts.append(progress_bar(view.progress, t, t("Avancement")))
    if view.flags:
        parts.append(flag_list(view, t))
    return f'<div class="rv-action">{"".join(parts)}</div>'


def flag_list(view: ActionView, t: Translator) -> str:
    """Return the flags of an action."""
    items = "".join(f"<li>{html.icon('flag')}{escape(t(FLAG_WORDS[f]))}</li>" for f in view.flags)
    return f'<ul class="rv-flags">{items}</ul>'


def facts(pairs: Iterable[tuple[str, str]]) -> str:
    """Return a list of facts: a word and what it holds; empty ones are left out."""
    lines = "".join(
        f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in pairs if value
    )
    return f'<dl class="rv-why rv-facts">{lines}</dl>' if lines else ""


def action_facts(view: ActionView, board: Board, t: Translator) -> str:
    """Return the facts of an action's sheet."""
    action = view.action
    axes = [t.of(board.axes[a]) for a in action.city_axes if a in board.axes]
    elapsed = (
        t.plural("{n} jour, pauses exclues", "{n} jours, pauses exclues", view.elapsed_days)
        if view.elapsed_days is not None
        else ""
    )
    return facts(
        [
            (t("Responsable"), text(action, "owner", t.lang)),
            (t("Organisations"), ", ".join(organizations(action, t.lang))),
            (t("Début"), t.date(action.start) if action.start else ""),
            (t("Échéance"), t.date(action.due) if action.due else ""),
            (t("Terminée le"), t.date(action.done_on) if action.done_on else ""),
            (t("Temps écoulé"), elapsed),
            (t("Lieu"), text(action, "place", t.lang)),
            (t("Aspects"), ", ".join(t(ASPECT_WORDS[a]) for a in action.aspects)),
            (t("Axes du plan de la Ville"), ", ".join(axes)),
        ]
    )


def paragraphs(words: str) -> str:
    """Return a text typed by people, its line ends kept."""
    return f'<div class="rv-typed">{escape(words)}</div>' if words else ""


def pause_line(pause: Pause | PlanPause, t: Translator) -> str:
    """Return a pause in one line: kind, from when to when, why, who is to act."""
    start = t.date(pause.start)
    if pause.end is not None:
        when = t("du {start} au {end}", start=start, end=t.date(pause.end))
    elif pause.end_to_confirm:
        when = t("depuis le {start}, fin à confirmer", start=start)
    else:
        when = t("depuis le {start}", start=start)
    words = [f"{t(PAUSE_WORDS[pause.kind])} {when}", text(pause, "reason", t.lang)]
    who = text(pause, "responsible", t.lang)
    if who:
        words.append(t("Doit agir : {who}", who=who))
    return " · ".join(w for w in words if w)


def documented_pause(pause: PlanPause, t: Translator) -> str:
    """Return a pause of the whole plan, with the precision that its source has."""
    year = str(pause.start.year)
    if pause.end is not None:
        when = t("de {start} au {end}", start=year, end=t.date(pause.end))
    else:
        when = t("depuis {year}, fin à confirmer", year=year)
    if pause.kind.value == "negotiation" and pause.end is None:
        when = t("en {year}, issue à confirmer", year=year)
    return f"{t(PAUSE_WORDS[pause.kind])} {when}"


def plan_pause_line(pause: PlanPause, t: Translator) -> str:
    """Return a pause of the whole plan in one line: when, why, who is to act, source."""
    words = [documented_pause(pause, t), text(pause, "reason", t.lang)]
    who, source = text(pause, "responsible", t.lang), text(pause, "source", t.lang)
    if who:
        words.append(t("Doit agir : {who}", who=who))
    if source:
        words.append(t("Source : {source}", source=source))
    return " · ".join(w for w in words if w)


def bullet_list(items: Sequence[str]) -> str:
    """Return sentences as a list."""
    lines = "".join(f"<li>{escape(item)}</li>" for item in items)
    return f'<ul class="rv-points">{lines}</ul>' if lines else ""


def differences(
    mine: Action, theirs: Action, names: Mapping[str, str], t: Translator
) -> list[tuple[str, str, str]]:
    """Return the fields that two versions of an action do not share: name, mine, theirs."""
    found = []
    for field, title in names.items():
        one, other = getattr(mine, field), getattr(theirs, field)
        if one != other:
            found.append((t(title), _shown(one, t), _shown(other, t)))
    return found


def _shown(value: object, t: Translator) -> str:
    if value is None or value == "" or value == ():
        return "—"
    if isinstance(value, tuple):
        return t.plural("{n} ligne", "{n} lignes", len(value))
    return str(value)
