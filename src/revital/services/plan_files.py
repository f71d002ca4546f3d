"""The plan out of the app: CSV, XLSX, iCalendar and JSON of everything (never any contact)."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from revital.catalogue.load import catalogue
from revital.domain.plan import CLOSED
from revital.domain.plan_records import (
    Action,
    Decision,
    Evidence,
    Meeting,
    Objective,
    PlanPause,
    Record,
    Subcommittee,
)
from revital.i18n import Translator
from revital.services.authorization import Command
from revital.services.plan import (
    Plan,
    default_scope,
    evidence,
    plan_pauses,
    subcommittees,
)
from revital.services.plan_columns import ACTIONS, PARTS, Column, write_cell
from revital.services.plan_words import STATUS_WORDS, text
from revital.store.plan_codec import to_payload

if TYPE_CHECKING:
    from icalendar import Event
    from openpyxl.worksheet.worksheet import Worksheet

FORMATS = ("csv", "xlsx", "ics", "json")
_LIMIT_XLSX = 32_767


def export(plan: Plan, form: str, t: Translator, scope: str | None = None) -> bytes:
    """
    Return the plan as a file.

    Parameters
    ----------
    plan : Plan
    form : {"csv", "xlsx", "ics", "json"}
    t : Translator
        Language of headings and words.
    scope : {"real", "example"}, optional
        Never both in one file.

    Raises
    ------
    NotAllowedError
    """
    plan.actor.require(Command.EXPORT_PLAN, plan.territory)
    chosen = scope or default_scope(plan)
    if form == "csv":
        return _csv(plan, t, chosen)
    if form == "xlsx":
        return _xlsx(plan, t, chosen)
    if form == "ics":
        return calendar(plan, t, chosen)
    return json.dumps(everything(plan, chosen), ensure_ascii=False, indent=2).encode()


def _actions(plan: Plan, scope: str) -> list[Action]:
    return plan.store.all(Action, territory=plan.territory, example=scope == "example")


def action_cells(plan: Plan, action: Action) -> dict[str, Any]:
    """Return the values of an action's row, by field."""
    values: dict[str, Any] = {
        column.field: getattr(action, column.field)
        for column in ACTIONS
        if hasattr(action, column.field)
    }
    values["title_en"] = action.en.get("title", "")
    values["description_en"] = action.en.get("description", "")
    still = next((p for p in action.pauses if p.end is None), None)
    values["pause_start"] = still.start if still else None
    values["pause_reason"] = still.reason if still else ""
    values["pause_responsible"] = still.responsible if still else ""
    return values


def _rows(
    plan: Plan, actions: Iterable[Action], t: Translator
) -> Iterable[list[str | float | date | None]]:
    names = {s.id: text(s, "name", t.lang) for s in subcommittees(plan)}
    for action in actions:
        values = action_cells(plan, action)
        values["subcommittee"] = names.get(action.subcommittee, action.subcommittee)
        yield [write_cell(c.kind, values[c.field], t) for c in ACTIONS]


def _csv(plan: Plan, t: Translator, scope: str) -> bytes:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(t(column.title) for column in ACTIONS)
    for row in _rows(plan, _actions(plan, scope), t):
        writer.writerow(_flat(cell) for cell in row)
    # The mark tells Excel that the accents are UTF-8.
    return b"\xef\xbb\xbf" + buffer.getvalue().encode()


def _flat(cell: str | float | date | None) -> str:
    if cell is None:
        return ""
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    return str(cell)


def _xlsx(plan: Plan, t: Translator, scope: str) -> bytes:
    # Imported where a file is written: no page needs them to open.
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

    actions = _actions(plan, scope)
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = t("Actions")
    _sheet(sheet, ACTIONS, _rows(plan, actions, t), t)
    for part in PARTS:
        rows = (
            [
                write_cell(c.kind, action.id if c.field == "action" else getattr(line, c.field), t)
                for c in part.columns
            ]
            for action in actions
            for line in getattr(action, part.field)
        )
        _sheet(book.create_sheet(t(part.title)), part.columns, rows, t)
    notes = book.create_sheet(t("Notes"))
    for line in _notes(plan, t, scope):
        notes.append([line])
    notes.column_dimensions["A"].width = 100
    # A fixed date: exporting the same plan twice gives the same content.
    stamp = max((a.updated_at for a in actions if a.updated_at), default=None)
    moment = stamp.replace(tzinfo=None) if stamp else datetime(2000, 1, 1)
    book.properties.created = book.properties.modified = moment
    book.properties.creator = "revital"
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _sheet(
    sheet: Worksheet,
    columns: tuple[Column, ...],
    rows: Iterable[list[str | float | date | None]],
    t: Translator,
) -> None:
    from openpyxl.cell import Cell
    from openpyxl.styles import Alignment, Font

    for at, column in enumerate(columns, 1):
        head = sheet.cell(1, at, t(column.title))
        head.font = Font(bold=True)
        sheet.column_dimensions[head.column_letter].width = 14 if column.kind != "text" else 28
    for number, row in enumerate(rows, 2):
        for at, value in enumerate(row, 1):
            if value is None:
                continue
            cell = sheet.cell(number, at)
            if isinstance(value, str) and isinstance(cell, Cell):
                cell.value = value[:_LIMIT_XLSX]
                # Text whatever it looks like: never a formula.
                cell.data_type = "s"
                cell.alignment = Alignment(wrap_text=True, vertical="top")
            else:
                cell.value = value
                if isinstance(value, date):
                    cell.number_format = "yyyy-mm-dd"
    sheet.freeze_panes = "A2"


def _notes(plan: Plan, t: Translator, scope: str) -> list[str]:
    lines = [
        t(
            "Plan d'action : {name}",
            name=t.of(catalogue().territory(plan.territory).title),
        ),
        t("Exporté le {date}", date=t.date(plan.today)),
        t(
            "Ce fichier se réimporte tel quel : les lignes changées mettent le plan à jour, les "
            "lignes sans identifiant connu s'ajoutent."
        ),
        t(
            "La colonne « Version » dit à revital ce que vous aviez sous les yeux : ne la changez "
            "pas."
        ),
        t("Une apostrophe au début d'une cellule empêche le tableur d'y voir une formule."),
    ]
    if scope == "example":
        lines.insert(0, t("EXEMPLE : plan inventé, aucune de ces actions n'existe."))
    return lines


# --- calendar ----------------------------------------------------------------------------------


def calendar(plan: Plan, t: Translator, scope: str | None = None) -> bytes:
    """
    Return deadlines and meetings as iCalendar.

    Deadlines are whole days; meetings are in the territory's time zone, which the file describes.
    """
    from icalendar import Calendar, Timezone

    plan.actor.require(Command.EXPORT_PLAN, plan.territory)
    chosen = scope or default_scope(plan)
    example = chosen == "example"
    mark = t("[Exemple] ") if example else ""
    name = t.of(catalogue().territory(plan.territory).title)
    made = Calendar()
    made.add("prodid", "-//revital//plan//FR")
    made.add("version", "2.0")
    made.add("x-wr-calname", mark + t("Plan d'action : {name}", name=name))
    meetings = plan.store.all(Meeting, territory=plan.territory, example=example)
    if meetings:
        year = plan.today.year
        made.add_component(
            Timezone.from_tzinfo(
                plan.zone, first_date=date(year - 5, 1, 1), last_date=date(year + 6, 1, 1)
            )
        )
    groups = {s.id: text(s, "name", t.lang) for s in subcommittees(plan)}
    for action in _actions(plan, chosen):
        if action.status in CLOSED:
            continue
        stamp = action.updated_at or plan.store.clock()
        title = text(action, "title", t.lang)
        if action.due:
            words = (
                groups.get(action.subcommittee, action.subcommittee),
                t(STATUS_WORDS[action.status]),
                text(action, "owner", t.lang),
            )
            day = _whole_day(
                f"{action.id}@revital",
                action.due,
                mark + t("Échéance : {title}", title=title),
                "\n".join(x for x in words if x),
                stamp,
            )
            made.add_component(_placed(day, action, t))
        for milestone in action.milestones:
            if milestone.due and not milestone.cancelled and (milestone.progress or 0) < 1:
                made.add_component(
                    _whole_day(
                        f"{action.id}.{milestone.id}@revital",
                        milestone.due,
                        mark + t("Jalon : {title}", title=text(milestone, "title", t.lang)),
                        title,
                        stamp,
                    )
                )
    for meeting in meetings:
        for suffix, moment in (("", meeting.held_at), (".suivante", meeting.next_at)):
            if moment is not None:
                made.add_component(_meeting(plan, meeting, suffix, moment, mark, groups, t))
    return made.to_ical()


def _placed(event: Event, action: Action, t: Translator) -> Event:
    """Return the event with where its action is, when that is known."""
    if action.place:
        event.add("location", text(action, "place", t.lang))
    if action.lat is not None and action.lon is not None:
        event.add("geo", (action.lat, action.lon))
    return event


def _whole_day(uid: str, day: date, title: str, description: str, stamp: datetime) -> Event:
    from icalendar import Event

    event = Event()
    event.add("uid", uid)
    event.add("dtstamp", stamp)
    event.add("dtstart", day)
    event.add("dtend", day + timedelta(days=1))
    event.add("summary", title)
    event.add("description", description)
    event.add("transp", "TRANSPARENT")
    return event


def _meeting(
    plan: Plan,
    meeting: Meeting,
    suffix: str,
    moment: datetime,
    mark: str,
    groups: dict[str, str],
    t: Translator,
) -> Event:
    from icalendar import Event

    event = Event()
    event.add("uid", f"{meeting.id}{suffix}@revital")
    event.add("dtstamp", meeting.updated_at or plan.store.clock())
    start = moment.astimezone(plan.zone)
    event.add("dtstart", start)
    event.add("duration", timedelta(hours=2))
    group = groups.get(meeting.subcommittee or "", t("Comité de citoyens"))
    event.add("summary", mark + t("Rencontre : {name}", name=group))
    if meeting.place and not suffix:
        event.add("location", text(meeting, "place", t.lang))
    return event


# --- everything --------------------------------------------------------------------------------

_KINDS: tuple[tuple[str, type[Record]], ...] = (
    ("objectives", Objective),
    ("actions", Action),
    ("meetings", Meeting),
    ("decisions", Decision),
)


def everything(plan: Plan, scope: str) -> dict[str, Any]:
    """Return the whole plan as JSON values: records, register, pauses and history; no contact."""
    plan.actor.require(Command.EXPORT_PLAN, plan.territory)
    example = scope == "example"
    found: dict[str, Any] = {
        "format": "revital-plan-1",
        "territory": plan.territory,
        "scope": scope,
        "exported_on": plan.today.isoformat(),
        "subcommittees": [_public(s) for s in subcommittees(plan)],
        "plan_pauses": [_public(p) for p in plan_pauses(plan)],
        "evidence": [_public(e) for e in evidence(plan)],
    }
    for name, kind in _KINDS:
        records = plan.store.all(kind, territory=plan.territory, example=example)
        found[name] = [_public(r) for r in records]
    kinds = {"action", "objective", "meeting", "decision", "evidence", "plan_pause", "subcommittee"}
    found["history"] = [
        {
            "seq": c.seq,
            "at": c.at.isoformat(),
            "account": c.account,
            "kind": c.kind,
            "record": c.record_id,
            "version": c.version,
            "change": c.change,
            "undo_of": c.undo_of,
            "before": _without_contact(c.before),
            "after": _without_contact(c.after),
        }
        for c in plan.store.history(territory=plan.territory, limit=None)
        if c.kind in kinds and bool(c.after.get("example")) == example
    ][::-1]
    return found


def _public(record: Subcommittee | PlanPause | Evidence | Record) -> dict[str, Any]:
    return _without_contact(to_payload(record)) or {}


def _without_contact(payload: dict[str, Any] | None) -> dict[str, Any] | None:
    if payload is None:
        return None
    return {k: v for k, v in payload.items() if k != "contact"}
