"""The best sites in words: how many people they serve, how sure that is, what candidates are."""

from __future__ import annotations

from revital.domain.siting import Siting
from revital.i18n import Translator
from revital.services import access_words as words
from revital.services.best_sites import BestSites


def sites_text(found: BestSites, t: Translator) -> str:
    """Return the best sites and how much better they are than the next choice."""
    siting = found.siting
    values = {
        "n": t.plural("{n} nouveau service", "{n} nouveaux services", len(siting.chosen)),
        "covered": t.number(siting.people_covered or 0.0),
        "people": t.number(siting.people),
        "before": t.number(siting.people_covered_before or 0.0),
        "threshold": words.threshold_text(found.threshold_m, t),
    }
    text = t(
        "{n} : {covered} résidents sur {people} à {threshold} ou moins, contre {before} "
        "aujourd'hui.",
        **values,
    )
    if siting.mean_cost is not None and siting.mean_cost_before is not None:
        text += " " + t(
            "Distance moyenne : {before} avant, {after} après.",
            before=words.metres(siting.mean_cost_before, t),
            after=words.metres(siting.mean_cost, t),
        )
    return f"{text} {gap_text(siting, t)}".rstrip()


def sites_notes(found: BestSites, t: Translator) -> list[str]:
    """Return which places were chosen, how they were found, and what the candidates are."""
    siting = found.siting
    named = [found.names[id_] for id_ in siting.chosen if id_ in found.names]
    notes = [t("Lieux proposés : {names}.", names=t.list(named))] if named else []
    if siting.is_exact:
        notes.append(t("Vérifié en essayant tous les choix."))
    elif siting.is_proven:
        notes.append(t("Trouvé par un solveur d'optimisation (spopt, CBC) : aucun n'est meilleur."))
    else:
        notes.append(
            t(
                "Le solveur (spopt, CBC) s'est arrêté à sa limite de temps : un bon choix, sans "
                "preuve qu'aucun n'est meilleur."
            )
        )
    if found.set_aside:
        notes.append(
            t(
                "Cherché parmi les {n} lieux qui aident le plus à eux seuls ; {others} autres "
                "n'ont pas été combinés.",
                n=t.number(len(found.points) - found.set_aside),
                others=t.number(found.set_aside),
            )
        )
    if found.left_out:
        notes.append(
            t.plural(
                "{n} lieu de la liste est trop loin du territoire.",
                "{n} lieux de la liste sont trop loin du territoire.",
                found.left_out,
            )
        )
    if found.spacing_m is not None:
        notes.append(
            t(
                "{n} points candidats, tous les {m} m : un point n'est pas un terrain libre.",
                n=t.number(len(found.points)),
                m=t.number(found.spacing_m),
            )
        )
    elif found.candidates == "main_streets":
        notes.append(
            t(
                "{n} carrefours candidats : un carrefour n'est pas un terrain libre.",
                n=t.number(len(found.points)),
            )
        )
    else:
        notes.append(t.plural("{n} lieu candidat.", "{n} lieux candidats.", len(found.points)))
    return notes


def gap_text(siting: Siting, t: Translator) -> str:
    """Return whether another choice is as good, so that a committee does not fix on one point."""
    if siting.gap is None:
        return t("C'est le seul choix possible.") if siting.is_proven else ""
    if siting.as_good_count > 1 and siting.is_exact:
        return t(
            "{n} choix sont aussi bons, à moins de 1 % près : d'autres raisons peuvent décider.",
            n=t.number(siting.as_good_count),
        )
    if siting.gap < 0.01:
        return t("Le deuxième choix est aussi bon, à moins de 1 % près.")
    return t("Le deuxième choix fait {gap} de moins bien.", gap=t.percent(siting.gap))
