"""`revital access`: who is near a service, in a territory or in the user's own files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from revital.cli.output import emit_rows, format_option, lang_option
from revital.domain.access import WALK_KMH, walk_radius_m
from revital.errors import UserError
from revital.i18n import Translator, translator
from revital.services import access_words
from revital.services.access import Access, measure_access
from revital.services.access_ground import AccessQuery
from revital.services.barriers import from_code, read_lines, to_code
from revital.services.data import open_data
from revital.services.own_access import MEASURES, OwnAccess, measure_own
from revital.services.own_costs import DETOUR_FACTOR, CostOptions
from revital.services.own_decay import parse_decay, parse_weights

FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.option("--territory", help="Territoire du jeu de données / territory of the data.")
@click.option("--service", help="Classe de services / class of services: grocery, clsc…")
@click.option("--also", multiple=True, help="Catégorie comptée en plus / counted besides.")
@click.option("--origins", type=FILE, help="CSV id, pop[, x, y].")
@click.option("--services", type=FILE, help="CSV id[, supply][, x, y].")
@click.option("--matrix", type=FILE, help="CSV from, to, cost; paire absente = sans chemin.")
@click.option("--streets", type=FILE, help="Rues : GeoJSON, GeoPackage… / street lines.")
@click.option("--barriers", type=FILE, help="Lignes qui coupent les rues / lines that cut streets.")
@click.option("--class-column", help="Colonne de la classe de rue / street class column.")
@click.option("--unwalkable", multiple=True, help="Classe où l'on ne marche pas / unwalkable.")
@click.option("--split", is_flag=True, help="Couper aux sommets partagés / cut at shared vertices.")
@click.option("--crs", help="Système de x, y (EPSG:32188…) ; degrés sinon / else degrees.")
@click.option("--detour", default=DETOUR_FACTOR, show_default=True, help="Ligne droite × facteur.")
@click.option("--max-snap", default=1000.0, show_default=True, help="Mètres jusqu'à une rue.")
@click.option("--unit", default="m", show_default=True, help="Unité de la matrice / matrix unit.")
@click.option("--measure", type=click.Choice(list(MEASURES)), default="nearest", show_default=True)
@click.option("--threshold", type=float, help="Seuil, dans l'unité des coûts / in cost units.")
@click.option("--minutes", type=float, help="Seuil en minutes de marche / in walking minutes.")
@click.option("--speed", default=WALK_KMH, show_default=True, help="km/h (3.6 : aînés / older).")
@click.option("--weights", help="Zones : 10:1,20:0.68,30:0.22.")
@click.option("--decay", "decay_text", help="power:1, exp:0.002, gauss:500.")
@click.option("--quintiles", default="5", show_default=True, help="Défavorisés / deprived: 4,5.")
@click.option("--not-across", multiple=True, help="Rue qu'on ne traverse pas / uncrossed street.")
@click.option("--n", "n_nearest", default=3, show_default=True, help="mean_n : combien / how many.")
@format_option
@lang_option
def access(
    territory: str | None,
    service: str | None,
    also: tuple[str, ...],
    origins: Path | None,
    services: Path | None,
    matrix: Path | None,
    streets: Path | None,
    barriers: Path | None,
    class_column: str | None,
    unwalkable: tuple[str, ...],
    split: bool,
    crs: str | None,
    detour: float,
    max_snap: float,
    unit: str,
    measure: str,
    threshold: float | None,
    minutes: float | None,
    speed: float,
    weights: str | None,
    decay_text: str | None,
    quintiles: str,
    not_across: tuple[str, ...],
    n_nearest: int,
    format_: str,
    lang: str,
) -> None:
    """People near a service: nearest, cumulative, 2SFCA, E2SFCA, gravity."""
    t = translator(lang)
    if minutes is not None:
        threshold = walk_radius_m(minutes, speed_kmh=speed)
    if territory is not None and service is not None:
        query = AccessQuery(
            territory,
            service,
            threshold,
            detour,
            tuple(also),
            _quintiles(quintiles),
            speed,
            to_code(read_lines(barriers, barriers.name)) if barriers else "",
            tuple(not_across),
        )
        _emit_territory(measure_access(open_data(), query), format_, t)
        return
    if origins is None or services is None:
        raise UserError("Donnez --territory et --service, ou vos fichiers --origins et --services.")
    options = CostOptions(
        matrix=matrix,
        streets=streets,
        barriers=barriers,
        crs=crs,
        detour_factor=detour,
        max_snap_m=max_snap,
        class_column=class_column,
        unwalkable=unwalkable,
        split_at_shared_vertices=split,
        unit=unit,
    )
    result = measure_own(
        origins,
        services,
        measure,  # type: ignore[arg-type]  # click has checked it
        options,
        threshold=threshold,
        weights=parse_weights(weights) if weights else None,
        decay_function=parse_decay(decay_text, threshold) if decay_text else None,
        n_nearest=n_nearest,
    )
    _emit_own(result, format_, t)


def _quintiles(text: str) -> tuple[int, ...]:
    """Return quintiles written 4,5."""
    parts = [part.strip() for part in text.split(",")]
    if not all(part in {"1", "2", "3", "4", "5"} for part in parts):
        raise UserError(
            "Les quintiles vont de 1 à 5, et il en faut au moins un ; demandé : {value}.",
            value=text[:40],
        )
    return tuple(map(int, parts))


def _emit_territory(found: Access, format_: str, t: Translator) -> None:
    units = found.units.reset_index().rename(columns={found.units.index.name or "index": "unit"})
    rows = [{str(k): _absent(v) for k, v in row.items()} for row in units.to_dict("records")]
    payload = {
        "territory": found.territory.id,
        "service": found.service.id,
        "threshold_m": found.threshold_m,
        "method": found.method,
        "detour_factor": found.detour_factor,
        "level": found.level,
        "assumptions": {
            "is_modified": found.query.is_modified,
            "speed_kmh": found.query.speed_kmh,
            "detour_factor": found.query.detour_factor,
            "also_counted": found.query.also,
            "deprived_quintiles": found.query.deprived_quintiles,
            "barriers": from_code(found.query.barriers),
            "streets_not_crossed": found.query.barrier_streets,
            "text": access_words.assumptions_text(found, t),
        },
        "layers": [
            {"id": m.id, "vintage": m.vintage, "publisher": m.publisher[t.lang]}
            for m in found.listing.manifests
        ],
        "list_state": found.listing.state.state,
        "is_upper_bound": found.is_upper_bound,
        "verification": found.verification,
        "sentence": access_words.answer(found, t),
        "people": found.summary.people if found.summary else None,
        "summary": found.summary,
        "share_within": found.summary.share_within if found.summary else None,
        "mean_distance_m": found.summary.mean_cost if found.summary else None,
        "if_shown_counted": found.counted_otherwise,
        "city": found.city,
        "food_rule": found.food,
        "services_in_15_min": {
            f"{found.query.speed_kmh:g}_km_h": found.services_15_min,
            "3.6_km_h": found.services_15_min_older,
        },
        "mean_of_3_nearest_m": found.mean_of_3_m,
        "groups": [{**vars(g), "title": t(g.title)} for g in found.groups],
        "places": [
            {
                **vars(p),
                "mean_distance_m": found.place_distance_m.get(p.id),
                "nearest_for": found.nearest_for.get(p.id),
            }
            for p in found.listing.places
        ],
        "unlocated": [u.name for u in found.listing.unlocated],
        "units": rows,
    }
    columns = {
        "unit": t("Aire"),
        "population": t("Population"),
        "cost_m": t("Distance (m)"),
        "service_id": t("Service"),
        "is_within": t("À portée"),
    }
    shown = [_shown(row, t) for row in rows] if format_ == "table" else rows
    emit_rows(shown, format_, columns=columns, payload=payload)
    if format_ != "json":
        for line in (
            access_words.list_warning(found, t),
            access_words.assumptions_text(found, t),
            access_words.answer(found, t),
            access_words.mean_text(found, t),
            access_words.what_counts(found, t),
        ):
            if line:
                click.echo(line, err=True)


def _absent(value: Any) -> Any:
    """Return None for a missing value of a table."""
    return None if value is None or value != value else value


def _emit_own(result: OwnAccess, format_: str, t: Translator) -> None:
    rows: list[dict[str, Any]] = [
        {str(k): _absent(v) for k, v in row.items()}
        for row in result.per_origin.reset_index().to_dict("records")
    ]
    payload = {
        "measure": result.measure,
        "method": result.method,
        "detour_factor": result.detour_factor,
        "unit": result.unit,
        "threshold": result.threshold,
        "layer": result.layer,
        "summary": _summary(result),
        "mean_value": result.mean_value,
        "supply": result.supply,
        "supply_reached": result.supply_reached,
        "notices": [n.text(t) for n in result.notices],
        "origins": rows,
    }
    headings = {
        "id": "id",
        "pop": t("Population"),
        "value": t("Valeur"),
        "service_id": t("Service"),
        "services": t("Services"),
        "supply": t("Offre"),
        "is_reached": t("Atteint un service"),
    }
    columns = {k: v for k, v in headings.items() if not rows or k in rows[0]}
    shown = [_shown(row, t) for row in rows] if format_ == "table" else rows
    emit_rows(shown, format_, columns=columns, payload=payload)
    if format_ == "json":
        return
    summary = result.summary
    click.echo(f"{method_text(result.method, result.detour_factor, t)} — {result.layer}", err=True)
    share = summary.share_within
    if share is not None and result.threshold is not None:
        click.echo(
            t(
                "{people} personnes, dont {within} ({share}) à {threshold} {unit} ou moins ; "
                "{unreached} n'atteignent aucun service.",
                people=t.number(summary.people),
                within=t.number(summary.people_within),
                share=t.percent(share),
                threshold=t.number(result.threshold),
                unit=result.unit,
                unreached=t.number(summary.people_unreached),
            ),
            err=True,
        )
    for notice in result.notices:
        click.echo(notice.text(t), err=True)


def _summary(result: OwnAccess) -> dict[str, Any]:
    """Return the summary; what a threshold decides is absent without one."""
    summary = vars(result.summary).copy()
    if result.threshold is None:
        summary.update(people_within=None, people_beyond=None, share_within=None, threshold=None)
    return summary


def _shown(row: dict[str, Any], t: Translator) -> dict[str, Any]:
    """Return a row as a person reads it: few digits, yes and no."""
    words = {True: t("oui"), False: t("non")}
    return {
        k: words[v] if isinstance(v, bool) else f"{v:.6g}" if isinstance(v, float) else v
        for k, v in row.items()
    }


def method_text(method: str, detour_factor: float | None, t: Translator) -> str:
    """Return how costs were had, in words."""
    if method == "network":
        return t("Distance par les rues")
    if method == "matrix":
        return t("Coûts de la matrice fournie")
    if detour_factor is None or detour_factor == 1:
        return t("Distance en ligne droite")
    return t("Ligne droite × {factor}", factor=t.number(detour_factor, 2))
