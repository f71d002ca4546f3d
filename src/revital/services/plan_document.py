"""The plan, the minutes of a meeting and the project sheets on paper."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from revital.catalogue.load import catalogue
from revital.domain.plan_records import Aspect, Meeting, PauseKind, PlanPause
from revital.errors import UserError
from revital.i18n import Translator
from revital.services.document import Block, Bullets, Document, Grid, Heading, Paragraph, Signatures
from revital.services.meeting import Minutes, meetings, minutes
from revital.services.plan import ActionView, Board, Lane, board, instant_here
from revital.services.plan_structure import Plan
from revital.services.plan_words import (
    ASPECT_WORDS,
    FLAG_WORDS,
    FUNDING_WORDS,
    PAUSE_WORDS,
    STATUS_WORDS,
    label,
    text,
)
from revital.services.projects import Sheet, list_sheets, sheet
from revital.services.stamps import document_stamp


def plan_document(plan: Plan, t: Translator, scope: str | None = None) -> Document:
    """
    Prepare the action plan for paper, as the plan's actor may see it.

    Raises
    ------
    NotAllowedError
    """
    found = board(plan, scope)
    blocks: list[Block] = []
    if found.scope == "example":
        blocks.append(
            Paragraph(t("Plan d'exemple : tout y est inventé, pour montrer la page."), "note")
        )
    if found.pauses:
        blocks.append(Heading(t("Pauses et négociations du plan")))
        blocks.append(Bullets(tuple(documented_pause(p, t) for p in found.pauses)))
    if found.total_n:
        blocks += _counts(found, t)
        for lane in found.lanes:
            blocks += _lane(lane, t)
        blocks += _money(found, t)
        blocks += _empty_cells(found, t)
        flags = [(label(t, FLAG_WORDS, f), n) for f, n in found.flags.items() if n]
        if flags:
            blocks.append(Heading(t("À compléter")))
            blocks.append(
                Bullets(tuple(t("{what} : {n}", what=what, n=t.number(n)) for what, n in flags))
            )
    place = t.of(catalogue().territory(plan.territory).title)
    return Document(
        kind=t("Plan d'action"),
        title=place,
        sentence=_sentence(found, t),
        stamp=document_stamp(
            t, plan.today, t("plan d'exemple") if found.scope == "example" else ""
        ),
        blocks=tuple(blocks),
    )


def _sentence(found: Board, t: Translator) -> str:
    if not found.total_n:
        return t("Aucune action n'est encore inscrite au plan.")
    said = t.plural("{n} action au plan.", "{n} actions au plan.", found.total_n)
    if found.progress is not None:
        said += " " + t("Avancement moyen : {share}.", share=t.percent(found.progress, 0))
    late = found.counts.get("late", 0)
    if late:
        said += " " + t.plural("{n} est en retard.", "{n} sont en retard.", late)
    return said


def _counts(found: Board, t: Translator) -> list[Block]:
    rows = [(label(t, STATUS_WORDS, s), t.number(n)) for s, n in found.counts.items() if n]
    return [
        Grid(t("Par état"), (t("État"), t("Actions")), tuple(rows), numbers=(1,), widths=(3, 1))
    ]


def _lane(lane: Lane, t: Translator) -> list[Block]:
    name = text(lane.subcommittee, "name", t.lang)
    blocks: list[Block] = [Heading(name)]
    said = t.plural("{n} action au plan.", "{n} actions au plan.", lane.total_n)
    # A date names its action: the public reads counts.
    if lane.next_deadline is not None and lane.actions:
        deadline = lane.next_deadline
        title = deadline.title_en if t.lang == "en" else deadline.title
        said += " " + t(
            "Prochaine échéance : {date}, {title}.", date=t.date(deadline.on), title=title
        )
    blocks.append(Paragraph(said))
    if lane.actions:
        blocks.append(_actions(t("Actions"), lane.actions, t))
    return blocks


def _actions(caption: str, views: tuple[ActionView, ...], t: Translator) -> Grid:
    return Grid(
        caption,
        (t("Action"), t("Responsable"), t("État"), t("Échéance"), t("Avancement")),
        tuple(
            (
                text(v.action, "title", t.lang),
                text(v.action, "owner", t.lang) or "—",
                label(t, STATUS_WORDS, v.status),
                t.date(v.action.due, "medium") if v.action.due else "—",
                "—" if v.progress is None else t.percent(v.progress, 0),
            )
            for v in views
        ),
        numbers=(4,),
        widths=(4, 2.4, 1.6, 1.8, 1.5),
    )


def _money(found: Board, t: Translator) -> list[Block]:
    if not found.funding:
        return []

    def amount(value: Decimal | None) -> str:
        return "—" if value is None else t.money(float(value))

    return [
        Heading(t("Financement")),
        Grid(
            t("Par provenance, en dollars canadiens"),
            (t("Provenance"), t("Demandé"), t("Confirmé"), t("Reçu"), t("Dépensé")),
            tuple(
                (
                    label(t, FUNDING_WORDS, f.kind),
                    amount(f.requested_cad),
                    amount(f.confirmed_cad),
                    amount(f.received_cad),
                    amount(f.spent_cad),
                )
                for f in found.funding
            ),
            numbers=(1, 2, 3, 4),
            widths=(2, 1, 1, 1, 1),
        ),
    ]


def _empty_cells(found: Board, t: Translator) -> list[Block]:
    names = [
        (lane.subcommittee.id, text(lane.subcommittee, "name", t.lang)) for lane in found.lanes
    ]
    if not names:
        return []
    rows = []
    coverage: Mapping[Aspect, Mapping[str, int]] = found.coverage
    for aspect, row in coverage.items():
        cells = tuple(t.number(row[id_]) if row.get(id_) else t("vide") for id_, _ in names)
        rows.append((label(t, ASPECT_WORDS, aspect), *cells))
    return [
        Heading(t("Ce que personne ne porte encore")),
        Grid(
            t("Actions par aspect et par sous-comité"),
            (t("Aspect"), *(name for _, name in names)),
            tuple(rows),
            numbers=tuple(range(1, len(names) + 1)),
            widths=(2, *(1 for _ in names)),
        ),
    ]


def documented_pause(pause: PlanPause, t: Translator) -> str:
    """Return a pause of the plan in one line, with the precision that its source has: the year."""
    year = str(pause.start.year)
    if pause.end is not None:
        when = t("de {start} au {end}", start=year, end=t.date(pause.end))
    elif pause.kind is PauseKind.NEGOTIATION:
        when = t("en {year}, issue à confirmer", year=year)
    else:
        when = t("depuis {year}, fin à confirmer", year=year)
    words = [f"{label(t, PAUSE_WORDS, pause.kind)} {when}", text(pause, "reason", t.lang)]
    who = text(pause, "responsible", t.lang)
    if who:
        words.append(t("Doit agir : {who}", who=who))
    return " · ".join(w for w in words if w)


# --- minutes -----------------------------------------------------------------------------------


def meeting_document(plan: Plan, t: Translator, meeting_id: str | None = None) -> Document:
    """
    Prepare the minutes of a meeting, ready to be signed off.

    Parameters
    ----------
    plan : Plan
    t : Translator
    meeting_id : str, optional
        The newest meeting held by default, of the example plan where there is no other.

    Raises
    ------
    NotAllowedError, UnknownIdError
    UserError
        When no meeting was recorded.
    """
    if meeting_id is None:
        held = meetings(plan, scope="real") or meetings(plan, scope="example")
        if not held:
            raise UserError(
                "Aucune rencontre n'est inscrite pour « {territory} ». Inscrivez-en une à la page "
                "Rencontre ou par « revital meeting record ».",
                territory=t.of(catalogue().territory(plan.territory).title),
            )
        meeting_id = held[0].id
    found = minutes(plan, meeting_id)
    held_on = instant_here(plan, found.meeting.held_at)
    who = (
        text(found.subcommittee, "name", t.lang)
        if found.subcommittee
        else t("Comité dans son ensemble")
    )
    place = t.of(catalogue().territory(plan.territory).title)
    return Document(
        kind=t("Compte rendu de rencontre"),
        title=t("{group}, {place}", group=who, place=place),
        sentence=t.plural(
            "Rencontre du {date} : {n} décision.",
            "Rencontre du {date} : {n} décisions.",
            len(found.decisions),
            date=t.date(held_on),
        ),
        stamp=document_stamp(t, plan.today, t("plan d'exemple") if found.meeting.example else ""),
        blocks=tuple(_minutes(plan, found, t)),
    )


def _minutes(plan: Plan, found: Minutes, t: Translator) -> list[Block]:
    meeting = found.meeting
    blocks: list[Block] = []
    if meeting.example:
        blocks.append(
            Paragraph(t("Plan d'exemple : tout y est inventé, pour montrer la page."), "note")
        )
    blocks.append(
        Grid(
            t("Rencontre"),
            (t("Renseignement"), t("Valeur")),
            tuple(_facts(plan, meeting, t)),
            widths=(1, 2),
        )
    )
    blocks.append(Heading(t("Décisions")))
    if found.decisions:
        blocks.append(
            Grid(
                t("Décisions et actions touchées"),
                (t("No"), t("Décision"), t("Action"), t("Responsable"), t("Échéance")),
                tuple(
                    (
                        str(i),
                        text(d, "text", t.lang),
                        text(a, "title", t.lang) if a else "—",
                        (text(a, "owner", t.lang) or "—") if a else "—",
                        t.date(a.due, "medium") if a and a.due else "—",
                    )
                    for i, (d, a) in enumerate(found.decisions, start=1)
                ),
                numbers=(0,),
                widths=(0, 3.4, 2.6, 2, 1.6),
            )
        )
    else:
        blocks.append(Paragraph(t("Aucune décision n'a été inscrite.")))
    notes = text(meeting, "notes", t.lang)
    if notes:
        blocks.append(Heading(t("Notes")))
        blocks += [Paragraph(line) for line in notes.splitlines() if line.strip()]
    if found.review is not None and found.review.moved:
        blocks.append(Heading(t("Depuis la dernière fois")))
        blocks.append(
            Bullets(
                tuple(
                    f"{text(m.action, 'title', t.lang)} · {label(t, STATUS_WORDS, m.status)}"
                    for m in found.review.moved
                )
            )
        )
    if found.open_actions:
        blocks.append(_actions(t("Actions ouvertes"), found.open_actions, t))
    if meeting.next_at is not None:
        blocks.append(
            Paragraph(
                t("Prochaine rencontre : {when}.", when=t.datetime(
                    instant_here(plan, meeting.next_at)
                ))
            )
        )  # fmt: skip
    blocks.append(Heading(t("Adoption")))
    blocks.append(
        Signatures(
            (
                t("Pour le sous-comité, date"),
                t("Pour la coordination, date"),
            )
        )
    )
    return blocks


def _facts(plan: Plan, meeting: Meeting, t: Translator) -> list[tuple[str, str]]:
    def count(value: int | None) -> str:
        return t("non inscrit") if value is None else t.number(value)

    return [
        (t("Quand"), t.datetime(instant_here(plan, meeting.held_at))),
        (t("Lieu"), text(meeting, "place", t.lang) or t("non inscrit")),
        (t("Citoyens présents"), count(meeting.citizens_n)),
        (t("Intervenants présents"), count(meeting.workers_n)),
        (t("Partenaires présents"), count(meeting.partners_n)),
    ]


# --- project sheets ----------------------------------------------------------------------------


def project_document(territory_id: str, t: Translator, sheet_id: str | None = None) -> Document:
    """
    Prepare a project sheet for paper.

    Parameters
    ----------
    territory_id : str
    t : Translator
    sheet_id : str, optional
        The sheet of the territory's own project by default.

    Raises
    ------
    UnknownIdError
    UserError
        When the territory has no sheet of its own and none was named.
    """
    territory = catalogue().territory(territory_id)
    if sheet_id is None:
        own = [id_ for id_, _ in list_sheets(t) if sheet(id_, t).territory == territory_id]
        if not own:
            raise UserError(
                "Aucune fiche de projet n'est propre à « {territory} ». Nommez-en une avec "
                "--project : {known}.",
                territory=t.of(territory.title),
                known=", ".join(id_ for id_, _ in list_sheets(t)),
            )
        sheet_id = own[0]
    found = sheet(sheet_id, t)
    return Document(
        kind=t("Fiche de projet"),
        title=found.title,
        sentence=found.summary,
        stamp=document_stamp(t),
        blocks=tuple(_sheet(found, t)),
        sources=(found.source,),
    )


def _sheet(found: Sheet, t: Translator) -> list[Block]:
    facts = [
        (t("Organisme"), found.organization),
        (t("Lieu"), found.place),
        (t("Période"), found.period),
        (t("Étape"), found.stage),
        (t("Aspects"), t.list(list(found.aspects))),
        (t("Partenaires"), t.list(list(found.partners))),
    ]
    blocks: list[Block] = [
        Grid(
            t("En bref"),
            (t("Renseignement"), t("Valeur")),
            tuple((name, value) for name, value in facts if value),
            widths=(1, 3),
        )
    ]
    if found.figures:
        blocks.append(
            Grid(
                t("Chiffres"),
                (t("Chiffre"), t("Valeur"), t("Unité"), t("Date")),
                tuple((f.label, f.value, f.unit, f.dated) for f in found.figures),
                numbers=(1,),
                widths=(4, 1.4, 1.6, 1.4),
            )
        )
    for step in found.steps:
        blocks.append(Heading(step.title))
        if step.points:
            blocks.append(
                Bullets(tuple(f"{when} · {said}" if when else said for when, said in step.points))
            )
        else:
            blocks.append(Paragraph(t("La source n'en dit rien."), "muted"))
    for title, lines in (
        (t("Suites prévues"), found.next_steps),
        (t("Facteurs de succès"), found.success_factors),
    ):
        if lines:
            blocks += [Heading(title), Bullets(lines)]
    return blocks
