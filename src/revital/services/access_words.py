"""The answers of the page Services in words: the same on the page, in files and on paper."""

from __future__ import annotations

from revital.domain.access import OLDER_WALK_KMH, WALK_KMH
from revital.i18n import Translator
from revital.i18n.mark import N_
from revital.services.access import Access, GroupAccess
from revital.services.barriers import from_code
from revital.services.inventory import correction_text
from revital.services.scenarios import ScenarioResult
from revital.services.service_places import ServicePlace, reason_text


def metres(value: float | None, t: Translator) -> str:
    """Return a distance: metres to the ten under 1 km, kilometres with one decimal beyond."""
    if value is None or value != value:
        return t("aucune donnée")
    if value < 995:
        return t("{n} m", n=t.number(round(value, -1)))
    return t("{n} km", n=t.number(value / 1000, 1))


def threshold_text(value: float, t: Translator) -> str:
    """Return a threshold as it was chosen, never rounded."""
    if value < 1000:
        return t("{n} m", n=t.number(value))
    km = value / 1000
    return t("{n} km", n=t.number(km, 0 if km == int(km) else 2))


def answer(found: Access, t: Translator) -> str:
    """Return the sentence of the page: who is left out, and how far they are."""
    place = t.of(found.territory.title)
    one = t.of(found.service.one)
    if found.summary is None:
        return t(
            "{place} : nous ne savons pas qui vit loin d'{one}. {note}",
            place=place,
            one=one,
            note=t.of(found.listing.state.note),
        )
    summary = found.summary
    values = {
        "place": place,
        "n": t.number(summary.people_beyond),
        "total": t.number(summary.people),
        "share": t.percent(1 - (summary.share_within or 0.0), 0),
        "threshold": threshold_text(found.threshold_m, t),
        # "d'une épicerie", "d'un CLSC": every French name of a class begins with un or une.
        "one": one,
    }
    if found.is_upper_bound:
        return t(
            "{place} : au plus {n} résidents sur {total} ({share}) vivent à plus de {threshold} "
            "d'{one}, d'après les lieux connus.",
            **values,
        )
    if summary.people_beyond == 0:
        return t(
            "{place} : tous les résidents ({total}) vivent à {threshold} ou moins d'{one}.",
            **values,
        )
    return t(
        "{place} : {n} résidents sur {total} ({share}) vivent à plus de {threshold} d'{one}.",
        **values,
    )


def mean_text(found: Access, t: Translator) -> str:
    """Return the mean distance, with how it was had and the city beside it."""
    if found.summary is None or found.summary.mean_cost is None:
        return ""
    text = (
        t("Distance moyenne : au plus {mean}", mean=metres(found.summary.mean_cost, t))
        if found.is_upper_bound
        else t("Distance moyenne : {mean}", mean=metres(found.summary.mean_cost, t))
    )
    text = f"{text} ({method_phrase(found, t)})."
    if found.city is not None and found.city.mean_cost is not None:
        values = {
            "mean": metres(found.city.mean_cost, t),
            "share": t.percent(1 - (found.city.share_within or 0.0), 0),
        }
        text += " " + (
            t("Dans la ville : au plus {mean} en moyenne, au plus {share} au-delà.", **values)
            if found.is_upper_bound
            else t("Dans la ville : {mean} en moyenne, {share} des résidents au-delà.", **values)
        )
    return text


def method_phrase(found: Access, t: Translator) -> str:
    """Return how distances were had and from where, in a phrase."""
    if found.method == "network":
        how = t("à pied par les rues")
    elif found.detour_factor and found.detour_factor != 1:
        how = t("en ligne droite × {factor}", factor=t.number(found.detour_factor, 2))
    else:
        how = t("en ligne droite")
    level = (
        t("des îlots de diffusion")
        if found.level == "db"
        else t("d'un point par aire de diffusion")
    )
    text = t("{how}, à partir {level}", how=how, level=level)
    if found.query.is_modified:
        text = t("{method} ; hypothèses modifiées", method=text)
    return text


def assumptions(found: Access, t: Translator) -> list[str]:
    """Return the assumptions that are not the usual ones, each in a phrase."""
    query = found.query
    said = []
    if query.detour_factor != 1:
        said.append(t("détour × {factor}", factor=t.number(query.detour_factor, 2)))
    if query.speed_kmh != WALK_KMH:
        said.append(t("marche à {speed} km/h", speed=t.number(query.speed_kmh, 1)))
    if query.deprived_quintiles != (5,):
        listed = t.list([str(q) for q in query.deprived_quintiles])
        said.append(t("quintiles défavorisés : {list}", list=listed))
    if query.also:
        titles = {id_: _lowered(t.of(c.title)) for id_, c in found.service.categories.items()}
        titles["seasonal"] = t("lieux saisonniers, en saison")
        said.append(t("comptés aussi : {what}", what=", ".join(titles[c] for c in query.also)))
    if query.barriers:
        count = len(from_code(query.barriers))
        said.append(t.plural("{n} barrière", "{n} barrières", count))
    if query.barrier_streets:
        said.append(
            t("rues qu'on ne traverse pas : {names}", names=", ".join(query.barrier_streets))
        )
    return said


def assumptions_text(found: Access, t: Translator) -> str:
    """Return the mark of a question asked with other assumptions, empty for the usual ones."""
    if not found.query.is_modified:
        return ""
    text = t("Hypothèses modifiées : {list}.", list=" ; ".join(assumptions(found, t)))
    if found.query.barriers and found.method != "network":
        text += " " + t(
            "Sans couche de rues, les barrières sont contournées au plus court, par leurs bouts."
        )
    return text


def barrier_key(t: Translator) -> str:
    """Return what the line of barriers means on a picture."""
    return t("Trait interrompu : ce qu'on ne traverse pas à pied.")


def what_counts(found: Access, t: Translator) -> str:
    """Return which categories were counted, and what counting the others would change."""
    service = found.service
    counted = [
        _lowered(t.of(c.title))
        for id_, c in service.categories.items()
        if c.counts or id_ in found.query.also
    ]
    text = t("Comptés : {list}.", list=t.list(counted))
    other = found.counted_otherwise
    shown = [p.name for p in found.listing.places if p.reason == "category"]
    if other is None or found.summary is None or not shown:
        return text
    names = t.list(shown[:3])
    values = {"names": names, "now": t.number(found.summary.people_beyond)}
    if other.people_beyond == 0:
        return f"{text} " + t(
            "Montrés sans être comptés : {names}. S'ils comptaient, plus aucun résident ne serait "
            "au-delà, au lieu de {now}.",
            **values,
        )
    return f"{text} " + t(
        "Montrés sans être comptés : {names}. S'ils comptaient, {n} résidents seraient au-delà "
        "au lieu de {now}.",
        n=t.number(other.people_beyond),
        **values,
    )


def _lowered(title: str) -> str:
    """Return a title inside a sentence; an acronym keeps its capitals."""
    return title if title[1:2].isupper() else title[:1].lower() + title[1:]


def list_warning(found: Access, t: Translator) -> str:
    """Return what the list is worth; it is said before any figure."""
    note = list_note(found, t)
    if found.verification is not None:
        if found.listing.state.state == "incomplete":
            # What the public list lacks was looked for: saying it still would deny the check.
            return t(
                "Liste vérifiée par {by} le {on} : tenue pour complète à cette date, lieux ajoutés "
                "et corrigés compris.",
                by=found.verification.by,
                on=t.date(found.verification.on),
            )
        return t(
            "Liste vérifiée par {by} le {on}. {note}",
            by=found.verification.by,
            on=t.date(found.verification.on),
            note=note,
        )
    if found.is_upper_bound:
        return t(
            "{note} Les distances sont des bornes supérieures, si ces lieux sont encore ouverts.",
            note=note,
        )
    return note


def list_note(found: Access, t: Translator) -> str:
    """Return what is in the list: that of the record, what was fetched, what was noted locally."""
    listing = found.listing
    if listing.is_fetched:
        return t(
            "{n} lieu(x) d'OpenStreetMap ou notés localement ({vintage}) ; la carte libre n'est "
            "pas complète.",
            n=t.number(listing.added),
            vintage=t.period(listing.added_vintage),
        )
    note = t.of(listing.state.note)
    if listing.added:
        note += " " + t("S'y ajoutent {n} lieu(x) notés localement.", n=t.number(listing.added))
    return note


def closures_text(found: Access, t: Translator) -> str:
    """Return the places of the class that closed, with the date they were seen closed."""
    closed = [p for p in found.listing.places if p.reason == "closed"]
    if not closed:
        return ""
    names = [t("{name} ({date})", name=p.name, date=p.as_of) for p in closed[:4]]
    return t("A fermé : {names}.", names=t.list(names))


def beside_text(found: Access, others: list[Access], t: Translator) -> str:
    """Return what is known of the other services of the theme, so that one is not taken for all."""
    near, unknown = [], []
    for other in others:
        if other.service.theme != found.service.theme or other.service.id == found.service.id:
            continue
        title = _lowered(t.of(other.service.title))
        if other.summary is None or other.summary.mean_cost is None:
            unknown.append(title)
        elif other.is_upper_bound:
            value = t("au plus {value}", value=metres(other.summary.mean_cost, t))
            near.append(f"{title} ({value})")
        else:
            near.append(f"{title} ({metres(other.summary.mean_cost, t)})")
    parts = []
    if near:
        parts.append(t("Autres services, distance moyenne : {names}.", names=t.list(near)))
    if unknown:
        parts.append(t("Ne sont pas dans les données : {names}.", names=t.list(unknown)))
    return " ".join(parts)


def food_text(found: Access, t: Translator) -> str:
    """Return INSPQ's rule on the areas, and what stands in for its index."""
    rule = found.food
    if rule is None:
        return ""
    people = t.number(rule.people_low)
    text = (
        t(
            "Faible accès (règle de l'INSPQ : 1 km ou plus en moyenne) : au plus {n} résidents, "
            "dans {areas}.",
            n=people,
            areas=t.plural("{n} aire", "{n} aires", rule.areas_low),
        )
        if found.is_upper_bound
        else t(
            "Faible accès (règle de l'INSPQ : 1 km ou plus en moyenne) : {n} résidents, dans "
            "{areas}.",
            n=people,
            areas=t.plural("{n} aire", "{n} aires", rule.areas_low),
        )
    )
    quintiles = t.list([str(q) for q in rule.quintiles])
    if rule.is_stand_in:
        return (
            text
            + " "
            + t(
                "Dont {n} dans une aire du quintile {q} de vulnérabilité situationnelle (ICDM) : "
                "ce n'est pas la règle de l'INSPQ, dont l'indice matériel n'est pas dans les "
                "données ; le mot « désert alimentaire » n'est donc pas employé.",
                n=t.number(rule.people_desert),
                q=quintiles,
            )
        )
    return (
        text
        + " "
        + t(
            "Désert alimentaire (quintile matériel {q}) : {n} résidents.",
            n=t.number(rule.people_desert),
            q=quintiles,
        )
    )


def choice_text(found: Access, t: Translator) -> str:
    """Return how much choice there is within a quarter of an hour on foot."""
    if found.services_15_min is None:
        return ""
    values = {
        "n": t.number(found.services_15_min, 1),
        "speed": t.number(found.query.speed_kmh, 1),
        "older": t.number(found.services_15_min_older or 0.0, 1),
    }
    if found.query.speed_kmh == OLDER_WALK_KMH:
        text = t("À 15 minutes de marche : {n} lieu(x) en moyenne à {speed} km/h.", **values)
    else:
        text = t(
            "À 15 minutes de marche : {n} lieu(x) en moyenne à {speed} km/h, {older} à 3,6 km/h "
            "(personnes aînées).",
            **values,
        )
    if found.mean_of_3_m is not None:
        text += " " + t(
            "Moyenne des trois plus proches : {mean}.", mean=metres(found.mean_of_3_m, t)
        )
    return text


#: Whom to ask for a group that nobody publishes by area.
_ASK = {
    "no_car": N_(
        "Demandez l'enquête origine-destination au ministère des Transports et de la Mobilité "
        "durable, ou un tableau sur mesure à Statistique Canada."
    ),
}


def group_row(group: GroupAccess, t: Translator) -> tuple[str, str, str, str]:
    """Return a group as cells: name, people, people beyond with its margin, how sure."""
    if group.people is None or group.people_beyond is None:
        who = t(_ASK[group.id]) if group.id in _ASK else ""
        note = " ".join(x for x in (t("aucune donnée à ce niveau."), who) if x)
        return t(group.title), t("aucune donnée"), t("aucune donnée"), note
    beyond = t.number(group.people_beyond)
    if group.margin:
        beyond += f" ± {t.number(group.margin)}"
    notes = [t("comptes arrondis"), t("aire entière au point d'origine")]
    if group.units_without_figure:
        notes.append(
            t.plural("{n} aire sans chiffre", "{n} aires sans chiffre", group.units_without_figure)
        )
    if 0 < group.people_beyond < 40:
        notes.append(t("petit nombre"))
    return t(group.title), t.number(group.people), beyond, ", ".join(notes)


def status_text(place: ServicePlace, t: Translator) -> str:
    """Return the state of a place in words."""
    return {
        "open": t("ouvert"),
        "listed": t("dans une liste"),
        "reported": t("rapporté ouvert"),
        "registered": t("au registre"),
        "seasonal": t("saisonnier"),
        "closed": t("fermé"),
        "to_verify": t("à vérifier"),
    }.get(place.status, place.status)


def place_note(place: ServicePlace, t: Translator) -> str:
    """Return why a place does not count, its own note, then what was corrected locally."""
    own = place.note_fr if t.lang == "fr" else place.note_en
    reason = t(reason_text(place.reason)) if place.reason else ""
    noted = [correction_text(c, t) for c in place.corrections]
    return " ".join(x for x in (reason, own, *noted) if x)


def scenario_text(result: ScenarioResult, one: str, t: Translator) -> str:
    """Return what a scenario changes, in a sentence."""
    effect = result.effect
    opened, closed = len(result.scenario.added), len(result.scenario.closed)
    parts = []
    if opened:
        parts.append(t.plural("{n} service ajouté", "{n} services ajoutés", opened))
    if closed:
        parts.append(t.plural("{n} service fermé", "{n} services fermés", closed))
    text = t(
        "Scénario ({changes}) : {gained} résidents de plus à {threshold} ou moins d'{one}, "
        "{lost} de moins.",
        changes=t.list(parts),
        gained=t.number(effect.people_gained),
        lost=t.number(effect.people_lost),
        threshold=threshold_text(result.threshold_m, t),
        one=one,
    )
    if effect.before.mean_cost is not None and effect.after.mean_cost is not None:
        text += " " + t(
            "Distance moyenne : {before} avant, {after} après.",
            before=metres(effect.before.mean_cost, t),
            after=metres(effect.after.mean_cost, t),
        )
    return text


def scenario_mark(result: ScenarioResult, t: Translator) -> str:
    """Return the mark that goes with everything made from a scenario."""
    if result.is_on_incomplete_list:
        return t("Scénario sur liste incomplète : ce n'est pas la réalité.")
    return t("Scénario : ce n'est pas la réalité.")
