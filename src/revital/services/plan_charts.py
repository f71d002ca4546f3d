"""Charts of the plan: actions through time and money, as its board holds them."""

from __future__ import annotations

from decimal import Decimal

from revital.catalogue.load import catalogue
from revital.errors import UserError
from revital.i18n import Translator
from revital.services.chart_sheet import BarRow, Bars, ChartSheet, Spans
from revital.services.plan import Board
from revital.services.plan_timeline import bars, plan_bands
from revital.services.plan_words import FUNDING_WORDS, label
from revital.services.stamps import Stamp, document_stamp

#: Actions that a picture holds; the list of the plan holds them all.
MOST_BARS = 60


def timeline_sheet(board: Board, t: Translator) -> ChartSheet:
    """
    Prepare the timeline of a plan, as its board may be seen.

    Raises
    ------
    UserError
        When the board holds no action by itself.
    """
    if not board.actions:
        raise UserError(
            "Aucune action à dessiner dans le temps : le plan est vide, ou n'est montré qu'en "
            "nombres."
        )
    drawn = tuple(bars(board, t, MOST_BARS))
    place = t.of(catalogue().territory(board.territory).title)
    notes = [
        t("Bande claire : pause ou négociation. Ronds : jalons, pleins une fois faits."),
        t("Losange : une seule date connue."),
    ]
    if len(board.actions) > len(drawn):
        notes.append(
            t(
                "Les {n} actions dont la date vient en premier sont dessinées ; la liste les a "
                "toutes.",
                n=t.number(MOST_BARS),
            )
        )
    return ChartSheet(
        title=t("Actions dans le temps"),
        finding=t("{place} : {theme}", place=place, theme=t("Actions dans le temps")),
        unit=t.plural("{n} action au plan.", "{n} actions au plan.", board.total_n),
        panels=(Spans(drawn, tuple(plan_bands(board, t)), board.today, t("aujourd'hui")),),
        notes=tuple(notes),
        credits=(t("plan d'action du quartier"),),
        stamp=_stamp(board, t),
        mark=_mark(board, t),
    )


def funding_stages(t: Translator) -> tuple[str, str, str, str]:
    """Return the four moments of an amount, in order."""
    return t("Demandé"), t("Confirmé"), t("Reçu"), t("Dépensé")


def funding_rows(board: Board, t: Translator) -> tuple[BarRow, ...]:
    """Return the amounts by source, in dollars; one that nobody wrote down stays missing."""
    rows = []
    for f in board.funding:
        amounts = (f.requested_cad, f.confirmed_cad, f.received_cad, f.spent_cad)
        rows.append(
            BarRow(
                label(t, FUNDING_WORDS, f.kind),
                tuple(None if a is None else float(a) for a in amounts),
                tuple(_amount(a, t) for a in amounts),
            )
        )
    return tuple(rows)


def funding_sheet(board: Board, t: Translator) -> ChartSheet:
    """
    Prepare the money of a plan by source.

    Raises
    ------
    UserError
        When no amount is written down.
    """
    if not board.funding:
        raise UserError("Aucun financement n'est inscrit au plan : rien à dessiner.")
    place = t.of(catalogue().territory(board.territory).title)
    title = t("Financement par provenance, du montant demandé au montant dépensé")
    return ChartSheet(
        title=title,
        finding=t("{place} : {theme}", place=place, theme=title[:1].lower() + title[1:]),
        unit=t("dollars canadiens"),
        panels=(Bars(funding_rows(board, t), funding_stages(t)),),
        notes=(t("Sans barre : personne n'a inscrit ce montant."),)
        if any(v is None for row in funding_rows(board, t) for v in row.values)
        else (),
        credits=(t("plan d'action du quartier"),),
        stamp=_stamp(board, t),
        mark=_mark(board, t),
    )


def _amount(value: Decimal | None, t: Translator) -> str:
    return "" if value is None else t.money(float(value))


def _stamp(board: Board, t: Translator) -> Stamp:
    return document_stamp(t, board.today, t("plan d'exemple") if board.scope == "example" else "")


def _mark(board: Board, t: Translator) -> str:
    if board.scope != "example":
        return ""
    return t("Plan d'exemple : tout y est inventé, pour montrer la page.")
