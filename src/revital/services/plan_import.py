"""
The plan back into the app from CSV or XLSX.

A file is read whole and checked row by row before anything is stored. A row with a known
identifier updates what it changed since it was exported; an unknown one is added; a row that says
what the plan says already changes nothing. Nobody's work in the meantime is overwritten: a field
changed on both sides is an error of its row.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any

from revital.domain.plan import STOPPED, change_status, require_consistent
from revital.domain.plan_records import Action, Status
from revital.errors import UserError, ValuesError
from revital.services.authorization import Command, require_rate
from revital.services.plan import Plan, subcommittees
from revital.services.plan_columns import ACTIONS, PARTS, PartSheet, plain_key
from revital.services.plan_edit import new_id, require_ready
from revital.services.plan_files import action_cells
from revital.services.plan_read import Book, Row, RowError, read_file
from revital.services.plan_typed import cleaned
from revital.store.plan import same_content

#: By list field, then by action: the lines with the rows they were read from.
Lines = dict[str, dict[str, list[tuple[Row, Any]]]]
_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")
#: Cells that describe a row without being part of the record.
_MARKS = {"id", "version", "example"}


@dataclass(frozen=True)
class ImportReport:
    """What an import does, or would do."""

    added: tuple[Action, ...] = ()
    updated: tuple[Action, ...] = ()
    unchanged_n: int = 0
    errors: tuple[RowError, ...] = ()
    stored: bool = False


def import_file(
    plan: Plan, content: bytes, name: str, *, dry_run: bool = False, partial: bool = False
) -> ImportReport:
    """
    Read a spreadsheet and store what it changes, as one change that can be undone row by row.

    Parameters
    ----------
    plan : Plan
    content : bytes
    name : str
        Name of the file; `.xlsx` or text.
    dry_run : bool
        Only say what would happen.
    partial : bool
        Store the rows that are right even if others are not; nothing is stored by default.

    Raises
    ------
    NotAllowedError
    ValuesError
        When the file as a whole cannot be read.
    """
    plan.actor.require(Command.IMPORT_PLAN, plan.territory)
    require_rate(plan.store, plan.actor)
    book = read_file(content, name)
    errors = list(book.errors)
    added: list[Action] = []
    updated: list[Action] = []
    unchanged = 0
    blocked: set[str] = set()
    lines = _lines(book, errors, blocked)
    stored = {a.id: a for a in plan.store.all(Action, territory=plan.territory, deleted=True)}
    seen: dict[str, int] = {}
    bad = {(e.sheet, e.row) for e in errors}
    known = {i for i in (str(r.cells.get("id", "")) for r in book.actions) if i}
    errors += _orphans(lines, known | set(stored))
    for row in book.actions:
        # An action whose lines could not all be read is left whole, or a fault would erase them.
        if (row.sheet, row.number) in bad or str(row.cells.get("id", "")) in blocked:
            continue
        try:
            before, after = _row(plan, row, lines, stored, seen)
        except UserError as error:
            errors.append(RowError(row.sheet, row.number, "", error))
            continue
        if before is not None and same_content(before, after):
            unchanged += 1
        else:
            (updated if before else added).append(after)
    errors.sort(key=lambda e: (e.sheet, e.row))
    report = ImportReport(tuple(added), tuple(updated), unchanged, tuple(errors))
    if dry_run or (errors and not partial) or not (added or updated):
        return report
    with plan.store.transaction(plan.actor.account) as transaction:
        saved = {a.id: transaction.save(a) for a in (*added, *updated)}
    return replace(
        report,
        added=tuple(saved[a.id] for a in added),
        updated=tuple(saved[a.id] for a in updated),
        stored=True,
    )


# --- rows to records ---------------------------------------------------------------------------


def _lines(book: Book, errors: list[RowError], blocked: set[str]) -> Lines:
    """Return, by list field then action, the lines of the other sheets."""
    sheets = {part.field: part for part in PARTS}
    bad = {(e.sheet, e.row) for e in errors}
    found: Lines = {}
    for name, rows in book.parts.items():
        by_action = found.setdefault(name, {})
        for row in rows:
            if (row.sheet, row.number) in bad:
                blocked.add(str(row.cells.get("action", "")))
                continue
            try:
                line = _line(sheets[name], row)
            except UserError as error:
                errors.append(RowError(row.sheet, row.number, "", error))
                blocked.add(str(row.cells.get("action", "")))
                continue
            by_action.setdefault(row.cells.get("action", ""), []).append((row, line))
    return found


def _line(part: PartSheet, row: Row) -> Any:
    values = {k: v for k, v in row.cells.items() if k != "action"}
    values["id"] = values.get("id") or f"l{row.number}"
    needed = [f.name for f in fields(part.record) if f.name in ("kind", "start", "title")]  # type: ignore[arg-type]
    for name in (*needed, "evidence", "indicator"):
        if any(f.name == name for f in fields(part.record)) and not values.get(name):  # type: ignore[arg-type]
            column = next(c for c in part.columns if c.field == name)
            raise ValuesError("La colonne « {column} » est vide.", column=column.title)
    return cleaned(part.record(**values))


def _orphans(lines: Lines, known: set[str]) -> Iterable[RowError]:
    for by_action in lines.values():
        for action, rows in by_action.items():
            if action in known:
                continue
            for row, _ in rows:
                yield RowError(
                    row.sheet,
                    row.number,
                    "",
                    ValuesError(
                        "L'action « {id} » n'est ni dans le fichier ni dans le plan.", id=action
                    ),
                )


def _row(
    plan: Plan,
    row: Row,
    lines: Lines,
    stored: dict[str, Action],
    seen: dict[str, int],
) -> tuple[Action | None, Action]:
    """Return the action as it is (None for a new one) and as the row wants it."""
    cells = dict(row.cells)
    id_ = str(cells.get("id") or "")
    if id_ in seen:
        raise ValuesError(
            "L'identifiant « {id} » paraît déjà à la ligne {row}.", id=id_, row=seen[id_]
        )
    if id_:
        seen[id_] = row.number
        if not _ID.fullmatch(id_):
            raise ValuesError(
                "L'identifiant « {id} » a des caractères qui ne conviennent pas. Laissez la "
                "cellule vide pour ajouter une action.",
                id=id_[:64],
            )
    if "subcommittee" in cells:
        cells["subcommittee"] = _subcommittee(plan, str(cells["subcommittee"]))
    parts = {name: [x for _, x in by.get(id_, [])] for name, by in lines.items()} if id_ else {}
    if id_ in stored:
        return _changed(plan, stored[id_], cells, parts)
    after = _fresh(plan, id_ or new_id(), cells, parts)
    return None, require_ready(plan, None, after)


def _subcommittee(plan: Plan, word: str) -> str:
    for group in subcommittees(plan):
        names = (group.id, group.name, group.en.get("name", group.name))
        if plain_key(word) in {plain_key(n) for n in names}:
            return group.id
    raise ValuesError(
        "Le sous-comité « {name} » est inconnu. Choisissez l'un de : {known}.",
        name=word[:60],
        known=", ".join(s.name for s in subcommittees(plan)) or "—",
    )


def _fresh(plan: Plan, id_: str, cells: dict[str, Any], parts: dict[str, list[Any]]) -> Action:
    if not cells.get("title"):
        raise ValuesError("Une action a besoin d'un titre.")
    if not cells.get("subcommittee"):
        raise ValuesError("Une nouvelle action a besoin d'un sous-comité.")
    if cells.get("example"):
        raise ValuesError(
            "Cette ligne est marquée comme exemple : elle ne s'ajoute pas aux vraies actions."
        )
    plain = _plain(cells)
    status = plain.pop("status", None) or Status.PLANNED
    done_on = plain.pop("done_on", None)
    lists: dict[str, Any] = {k: tuple(v) for k, v in parts.items() if k != "pauses"}
    action = Action(
        id=id_,
        territory=plan.territory,
        en=_english(cells, {}),
        **plain,
        **lists,
    )
    if parts.get("pauses"):
        return replace(action, status=status, done_on=done_on, pauses=tuple(parts["pauses"]))
    return _move(plan, action, status, cells, done_on)


def _changed(
    plan: Plan, now: Action, cells: dict[str, Any], parts: dict[str, list[Any]]
) -> tuple[Action, Action]:
    if now.deleted:
        raise ValuesError(
            "L'action « {title} » a été supprimée du plan. Rétablissez-la d'abord.",
            title=now.title,
        )
    base = _base(plan, now, cells)
    wanted: dict[str, Any] = {}
    was, current = action_cells(plan, base), action_cells(plan, now)
    for name, value in cells.items():
        if name in _MARKS or _same(value, was[name]):
            continue
        if not _same(current[name], was[name]) and not _same(current[name], value):
            raise _both_changed(now, name)
        wanted[name] = value
    lists: dict[str, Any] = {}
    for name, items in parts.items():
        value = tuple(items)
        was_line, is_line = getattr(base, name), getattr(now, name)
        if _same(value, was_line):
            continue
        if not _same(is_line, was_line) and not _same(is_line, value):
            raise _both_changed(now, name)
        lists[name] = value
    plain = _plain(wanted)
    status = plain.pop("status", now.status)
    done_on = plain.pop("done_on", now.done_on)
    after = replace(now, en=_english(wanted, now.en), **plain, **lists)
    if "pauses" in lists:
        after = replace(after, status=status, done_on=done_on)
    else:
        after = _move(plan, after, status, wanted, done_on)
        after = _repaused(after, wanted)
    return now, require_ready(plan, now, after)


def _base(plan: Plan, now: Action, cells: dict[str, Any]) -> Action:
    version = cells.get("version")
    if version is None or version == now.version:
        return now
    base = plan.store.at_version(Action, now.id, int(version))
    if base is None:
        raise ValuesError(
            "La version {version} de l'action « {title} » n'existe pas. Exportez de nouveau.",
            version=version,
            title=now.title,
        )
    return base


def _both_changed(now: Action, name: str) -> ValuesError:
    titles = {c.field: c.title for c in ACTIONS} | {p.field: p.title for p in PARTS}
    return ValuesError(
        "« {column} » de l'action « {title} » a été changé dans le plan depuis l'exportation. "
        "Exportez de nouveau, puis refaites ce changement.",
        column=titles[name],
        title=now.title,
    )


def _same(one: Any, other: Any) -> bool:
    """
    Return whether two cells, or two lists of lines, say the same.

    A missing text and an empty one do; so do two numbers that a workbook's sixteen digits do not
    tell apart.
    """
    empty = (None, "", ())
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=1e-14, abs_tol=1e-300)
    if isinstance(one, tuple) and isinstance(other, tuple):
        return len(one) == len(other) and all(map(_same, one, other))
    if is_dataclass(one) and type(one) is type(other):
        return all(_same(getattr(one, f.name), getattr(other, f.name)) for f in fields(one))
    return one == other or (one in empty and other in empty)


def _plain(cells: dict[str, Any]) -> dict[str, Any]:
    names = {f.name for f in fields(Action)} - _MARKS
    values = {k: v for k, v in cells.items() if k in names}
    for name in ("objective", "scenario"):
        if name in values:
            values[name] = values[name] or None
    return values


def _english(cells: dict[str, Any], before: dict[str, str]) -> dict[str, str]:
    english = dict(before)
    for name in ("title", "description"):
        if f"{name}_en" in cells:
            english[name] = cells[f"{name}_en"]
    return {k: v for k, v in english.items() if v}


def _move(
    plan: Plan, action: Action, status: Status | None, cells: dict[str, Any], done_on: Any
) -> Action:
    status = status or action.status
    if status is action.status:
        # The date of the end can be corrected without a change of status.
        return replace(action, done_on=done_on) if status is Status.DONE else action
    on = (
        done_on
        if status is Status.DONE
        else cells.get("pause_start")
        if status in STOPPED
        else None
    )
    moved = change_status(
        action,
        status,
        on=on or plan.today,
        reason=str(cells.get("pause_reason") or ""),
        responsible=str(cells.get("pause_responsible") or ""),
        pause_id=new_id(),
    )
    return require_consistent(moved)


def _repaused(action: Action, wanted: dict[str, Any]) -> Action:
    """Return the action with the words and the date of its open pause as the row has them."""
    names = {"pause_start": "start", "pause_reason": "reason", "pause_responsible": "responsible"}
    changes = {names[k]: v for k, v in wanted.items() if k in names and v}
    if not changes or not any(p.end is None for p in action.pauses):
        return action
    return replace(
        action,
        pauses=tuple(replace(p, **changes) if p.end is None else p for p in action.pauses),
    )
