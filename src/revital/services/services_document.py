"""The page Services on paper: who is far from what, on which list, with the places known."""

from __future__ import annotations

from datetime import date

from revital.i18n import Translator
from revital.services import access_words as words
from revital.services.access import Access, measure_access
from revital.services.access_ground import AccessQuery
from revital.services.access_map import access_map, limits
from revital.services.access_overview import service_lines
from revital.services.barrier_shapes import barrier_shapes
from revital.services.data import Data
from revital.services.document import (
    Block,
    Document,
    Grid,
    Heading,
    Paragraph,
    Picture,
    PlaceMark,
)
from revital.services.scenarios import Scenario
from revital.services.stamps import document_stamp
from revital.settings import settings

#: Places printed for one class of services.
MOST_PLACES = 25


def services_document(
    data: Data, query: AccessQuery, t: Translator, today: date | None = None
) -> Document:
    """
    Prepare the services of a territory for paper: one class in full, the others in a table.

    Raises
    ------
    UnknownIdError, LayerError, ValuesError
    """
    found = measure_access(data, query)
    lead = (words.mean_text(found, t), words.closures_text(found, t))
    blocks: list[Block] = [Paragraph(text) for text in lead if text]
    if found.summary is not None:
        blocks.append(Paragraph(words.list_warning(found, t), "note"))
    else:
        blocks.append(Paragraph(t.of(found.listing.state.note), "note"))
    if found.territory.declared:
        blocks.append(Paragraph(t.of(found.territory.declared), "note"))
    ordered = _ordered(found)
    picture = _picture(data, found, ordered, t)
    if picture is not None:
        blocks.append(picture)
    blocks += _groups(found, t)
    blocks += _places(found, ordered, t)
    blocks += _overview(data, query, t)
    ids = dict.fromkeys(s for m in found.listing.manifests for s in m.sources)
    ids |= dict.fromkeys(data.layers.manifest("geography_da").sources)
    return Document(
        kind=t("Accès aux services : {service}", service=t.of(found.service.title)),
        title=t.of(found.territory.title),
        sentence=words.answer(found, t),
        stamp=document_stamp(t, today, choices_text(found, t)),
        blocks=tuple(blocks),
        sources=tuple(dict.fromkeys(t.of(data.catalogue.source(i).attribution) for i in ids)),
    )


def choices_text(found: Access, t: Translator) -> str:
    """Return the choices that the figures depend on, in one line."""
    said = [t("seuil {threshold}", threshold=words.threshold_text(found.threshold_m, t))]
    if found.query.is_modified:
        said.append(t("hypothèses modifiées"))
        said += words.assumptions(found, t)
    return " · ".join(said)


def _ordered(found: Access) -> list[tuple[int, str]]:
    """Return the places printed, nearest first, with their numbers."""
    far = float("inf")
    places = sorted(
        found.listing.places, key=lambda p: (not p.counts, found.place_distance_m.get(p.id, far))
    )
    return [(i, p.id) for i, p in enumerate(places[:MOST_PLACES], start=1)]


def _picture(
    data: Data, found: Access, ordered: list[tuple[int, str]], t: Translator
) -> Picture | None:
    shown = access_map(data, found.query, Scenario(), settings().static)
    if shown is None:
        return None
    place = data.catalogue.place(found.territory.place)
    by_id = {p.id: p for p in found.listing.places}
    streets_layer = place.basemap.get("lines")
    streets = (
        tuple(data.layers.read_shapes(streets_layer).geometry.values)
        if streets_layer and data.layers.has(streets_layer)
        else ()
    )
    walls = barrier_shapes(data, found.query)
    near, far, farther = (words.metres(v, t) for v in limits(found.threshold_m))
    title = t("Distance : {service}", service=t.of(found.service.title))
    west, south, east, north = shown.bounds
    dx, dy = (east - west) * 0.35, (north - south) * 0.35
    return Picture(
        title=title,
        shapes=tuple(data.layers.read_shapes(shown.outlines.layer.id).geometry.values),
        codes=shown.codes,
        palette="need",
        classes=(
            t("jusqu'à {limit}", limit=near),
            t("{low} à {high}", low=near, high=far),
            t("{low} à {high}", low=far, high=farther),
            t("plus de {limit}", limit=farther),
        ),
        none=t("aucune donnée ({n})", n=t.number(shown.missing)) if shown.missing else "",
        inside=shown.inside,
        bounds=(west - dx, south - dy, east + dx, north + dy),
        summary=t("{title}. {answer}", title=title, answer=words.answer(found, t)),
        credit=" ".join(
            (
                t("Les numéros sont ceux du tableau des lieux."),
                *((words.barrier_key(t),) if walls else ()),
            )
        ),
        barriers=walls,
        streets=streets,
        names=place.labels,
        marks=tuple(PlaceMark(n, by_id[id_].lat, by_id[id_].lon) for n, id_ in ordered),
    )


def _groups(found: Access, t: Translator) -> list[Block]:
    if found.summary is None:
        return []
    rows = [
        (
            t("Tous les résidents"),
            t.number(found.summary.people),
            t.number(found.summary.people_beyond),
            t("aire entière au point d'origine"),
        ),
        *(words.group_row(g, t) for g in found.groups),
    ]
    return [
        Heading(t("Qui est touché")),
        Grid(
            t("Résidents au-delà du seuil, par groupe"),
            (t("Groupe"), t("Personnes connues"), t("Au-delà du seuil"), t("Fiabilité")),
            tuple(rows),
            numbers=(1, 2),
            widths=(3, 1.5, 1.5, 3),
        ),
        *(
            Paragraph(text)
            for text in (
                words.what_counts(found, t),
                words.food_text(found, t),
                words.choice_text(found, t),
            )
            if text
        ),
    ]


def _places(found: Access, ordered: list[tuple[int, str]], t: Translator) -> list[Block]:
    by_id = {p.id: p for p in found.listing.places}
    blocks: list[Block] = []
    rows = []
    for number, id_ in ordered:
        place = by_id[id_]
        category = found.service.categories.get(place.category)
        distance = (
            words.metres(found.place_distance_m[id_], t)
            if id_ in found.place_distance_m
            else t("non compté")
        )
        rows.append(
            (
                str(number),
                place.name,
                t.of(category.title) if category else "",
                place.address,
                distance,
                ", ".join(
                    x
                    for x in (
                        words.status_text(place, t),
                        t("corrigé localement") if place.corrections else "",
                        t("donnée locale") if place.is_own else "",
                    )
                    if x
                ),
                place.as_of,
            )
        )
    if rows:
        blocks += [
            Heading(t("Lieux connus")),
            Grid(
                t("Lieux, du plus proche au plus éloigné des résidents"),
                (
                    t("No"), t("Nom"), t("Catégorie"), t("Adresse"), t("Distance moyenne"),
                    t("État"), t("Vu le"),
                ),
                tuple(rows),
                numbers=(0, 4),
                widths=(0, 3, 2, 3, 1.6, 2.2, 1.4),
            ),
        ]  # fmt: skip
    if len(found.listing.places) > len(ordered):
        blocks.append(
            Paragraph(t("Les {n} plus proches sont montrés.", n=t.number(len(ordered))), "muted")
        )
    if found.listing.unlocated:
        blocks.append(
            Grid(
                t("Lieux qu'une page nomme sans adresse : dans aucune distance"),
                (t("Nom"), t("Endroit dit"), t("Note")),
                tuple(
                    (u.name, t.of(u.where), t.of(u.note) if u.note else "")
                    for u in found.listing.unlocated
                ),
                widths=(2, 2, 4),
            )
        )
    return blocks


def _overview(data: Data, query: AccessQuery, t: Translator) -> list[Block]:
    lines = service_lines(data, query, t)
    rows = [(x.title, x.mean or "—", x.beyond or "—", x.state) for x in lines]
    return [
        Heading(t("Tous les services, chacun pour soi")),
        Grid(
            t("Distance moyenne et part des résidents au-delà du seuil de chaque service"),
            (t("Service"), t("Distance moyenne"), t("Au-delà du seuil"), t("Liste")),
            tuple(rows),
            numbers=(1, 2),
            widths=(3, 1.6, 1.6, 2),
        ),
    ]
