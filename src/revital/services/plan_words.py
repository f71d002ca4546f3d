"""The words of the plan: statuses, kinds of money, aspects, flags, changes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from revital.domain.plan import LATE
from revital.domain.plan_records import Action, Aspect, FundingKind, PauseKind, Status
from revital.domain.plan_review import Flag
from revital.i18n import Translator
from revital.i18n.mark import N_

STATUS_WORDS: Mapping[str, str] = {
    Status.TO_NEGOTIATE: N_("À négocier"),
    Status.PLANNED: N_("Planifiée"),
    Status.UNDER_WAY: N_("En cours"),
    LATE: N_("En retard"),
    Status.PAUSED: N_("En pause"),
    Status.DONE: N_("Terminée"),
    Status.DROPPED: N_("Abandonnée"),
}
FUNDING_WORDS: Mapping[str, str] = {
    FundingKind.MUNICIPAL: N_("Municipal"),
    FundingKind.PROVINCIAL: N_("Provincial"),
    FundingKind.FEDERAL: N_("Fédéral"),
    FundingKind.FOUNDATION: N_("Fondation"),
    FundingKind.AUTONOMOUS: N_("Revenus autonomes"),
    FundingKind.IN_KIND: N_("En nature"),
}
ASPECT_WORDS: Mapping[str, str] = {
    Aspect.ECONOMIC: N_("Économique"),
    Aspect.LOCAL: N_("Local"),
    Aspect.SOCIAL_POLITICAL: N_("Social et politique"),
    Aspect.COMMUNITY: N_("Communautaire"),
}
PAUSE_WORDS: Mapping[str, str] = {
    PauseKind.PAUSE: N_("Pause"),
    PauseKind.NEGOTIATION: N_("Négociation"),
}
FLAG_WORDS: Mapping[str, str] = {
    Flag.NO_OWNER: N_("Sans responsable"),
    Flag.NO_DATE: N_("Sans échéance"),
    Flag.STALE: N_("Sans nouvelles depuis 60 jours"),
    Flag.OVERSPENT: N_("Dépenses en avance sur l'avancement"),
}
LIGHT_WORDS: Mapping[str, str] = {
    "green": N_("Dans les temps"),
    "amber": N_("À surveiller"),
    "red": N_("En difficulté"),
    "grey": N_("Aucune donnée"),
}
CHANGE_WORDS: Mapping[str, str] = {
    "create": N_("Création"),
    "update": N_("Modification"),
    "delete": N_("Suppression"),
    "restore": N_("Rétablissement"),
    "undo": N_("Annulation"),
}
KIND_WORDS: Mapping[str, str] = {
    "action": N_("Action"),
    "decision": N_("Décision"),
    "meeting": N_("Rencontre"),
    "objective": N_("Objectif"),
    "subcommittee": N_("Sous-comité"),
    "evidence": N_("Preuve"),
    "plan_pause": N_("Pause du plan"),
    "grant": N_("Rôle"),
    "error_report": N_("Signalement"),
}
ROLE_WORDS: Mapping[str, str] = {
    "public": N_("Public"),
    "member": N_("Membre d'un sous-comité"),
    "worker": N_("Intervention"),
    "coordinator": N_("Coordination"),
    "administrator": N_("Administration"),
}
STEP_WORDS: Mapping[str, str] = {
    "trigger": N_("Éléments déclencheurs"),
    "characterization": N_("Caractérisation, concertation et activation"),
    "modelization": N_("Modélisation"),
    "implementation": N_("Mise en œuvre et suivi"),
}


def text(record: Any, field: str, lang: str) -> str:
    """
    Return a text of a record in the language, in French where nobody wrote the English.

    Records carry their English under `en`, lines of an action in a twin field `<field>_en`.
    """
    french = getattr(record, field)
    if lang == "en":
        english = getattr(record, f"{field}_en", "") or getattr(record, "en", {}).get(field, "")
        return str(english or french)
    return str(french)


def organizations(action: Action, lang: str) -> list[str]:
    """Return the organizations of an action in the language."""
    english = action.en.get("organizations", "")
    if lang == "en" and english:
        return english.split("\n")
    return list(action.organizations)


def label(t: Translator, words: Mapping[str, str], code: str) -> str:
    """Return the word of a code in the translator's language."""
    return t(words[code])
