"""The part of Données et méthodes that says how fresh each source is."""

from __future__ import annotations

from datetime import UTC, datetime

from revital.services.workspace.home import workspace
from revital.services.workspace.status import SourceStatus, source_status
from revital.ui import cache, html, panels
from revital.ui.state import View


def section(view: View) -> None:
    """Draw what is here, how old it is and what failed."""
    t = view.t
    found = source_status(cache.data(), workspace(), datetime.now(UTC).date())
    here = [s for s in found if s.layers]
    stale = sum(s.state == "stale" for s in here)
    panels.section(
        t("Fraîcheur des sources"),
        t("Ce qui est ici, de quand, et ce qu'il faut aller chercher de nouveau."),
    )
    if stale:
        panels.callout(
            t.plural(
                "{n} source a une édition plus récente à prendre : « revital fetch ».",
                "{n} sources ont une édition plus récente à prendre : « revital fetch ».",
                stale,
            ),
            tone="caution",
        )
    for item in found:
        if item.error is not None:
            panels.callout(
                t(item.error["message"], **item.error["params"]),
                title=t.of(item.record.title),
                tone="fault",
            )
    panels.table_twin(
        t("État, âge et prochaine édition de chaque source"),
        [
            html.TableColumn(t("Source")),
            html.TableColumn(t("État")),
            html.TableColumn(t("Millésime")),
            html.TableColumn(t("Dernier téléchargement")),
            html.TableColumn(t("Âge (jours)"), number=True),
            html.TableColumn(t("Prochaine édition")),
            html.TableColumn(t("Lignes"), number=True),
            html.TableColumn(t("Lignes refusées"), number=True),
        ],
        [
            (
                t.of(s.record.title),
                state_text(s, view),
                t.period(s.vintage),
                t("avec le projet") if s.fetched is None else t.date(s.fetched),
                "" if s.age_days is None else t.number(s.age_days),
                "" if s.due is None else t.date(s.due),
                t.number(s.rows),
                t.number(s.rejected),
            )
            for s in here
        ],
        empty="—",
    )


def state_text(item: SourceStatus, view: View) -> str:
    """Return the state of a source: a sign and a word, never a colour alone."""
    t = view.t
    return {
        "fresh": t("✓ À jour"),
        "stale": t("△ À renouveler"),
        "failed": t("✕ En échec"),
        "absent": t("Pas encore ici"),
    }[item.state]
