"""`revital site`: where new services would help most, among the user's candidate places."""

from __future__ import annotations

from pathlib import Path

import click

from revital.cli.access import FILE, method_text
from revital.cli.output import emit_rows, format_option, lang_option
from revital.domain.siting import METHODS
from revital.errors import UserError
from revital.i18n import Translator, translator
from revital.services import sites_words
from revital.services.access import measure_access
from revital.services.access_ground import AccessQuery
from revital.services.best_sites import CANDIDATES, BestSites, best_sites
from revital.services.candidate_places import keep_candidates_file
from revital.services.data import open_data
from revital.services.own_costs import DETOUR_FACTOR, CostOptions
from revital.services.own_siting import OwnSiting, site_own


@click.command()
@click.option("--territory", help="Territoire du jeu de données / territory of the data.")
@click.option("--service", help="Classe de services / class of services: grocery, clsc…")
@click.option(
    "--among",
    type=click.Choice([c for c in CANDIDATES if c != "file"]),
    default="grid",
    show_default=True,
    help="Candidats d'un territoire sans --candidates / candidates of a territory.",
)
@click.option("--origins", type=FILE, help="CSV id, pop[, quintile][, x, y].")
@click.option("--candidates", type=FILE, help="CSV id[, x, y]; territoire : CSV ou GeoJSON.")
@click.option("--existing", type=FILE, help="Services qui restent / that stay: CSV id[, x, y].")
@click.option("--matrix", type=FILE, help="CSV from, to, cost; paire absente = sans chemin.")
@click.option("--streets", type=FILE, help="Rues : GeoJSON, GeoPackage… / street lines.")
@click.option("--barriers", type=FILE, help="Lignes qui coupent les rues / lines that cut streets.")
@click.option("--split", is_flag=True, help="Couper aux sommets partagés / cut at shared vertices.")
@click.option("--crs", help="Système de x, y (EPSG:32188…) ; degrés sinon / else degrees.")
@click.option("--detour", default=DETOUR_FACTOR, show_default=True, help="Ligne droite × facteur.")
@click.option("--unit", default="m", show_default=True, help="Unité de la matrice / matrix unit.")
@click.option("--p", type=int, help="Nombre de nouveaux sites / number of new sites.")
@click.option("--method", type=click.Choice(list(METHODS)), default="mclp", show_default=True)
@click.option("--threshold", type=float, help="Seuil, dans l'unité des coûts / in cost units.")
@click.option("--equity", default=0.0, help="Poids en plus des quintiles 4 et 5 / extra weight.")
@format_option
@lang_option
def site(
    territory: str | None,
    service: str | None,
    among: str,
    origins: Path | None,
    candidates: Path | None,
    existing: Path | None,
    matrix: Path | None,
    streets: Path | None,
    barriers: Path | None,
    split: bool,
    crs: str | None,
    detour: float,
    unit: str,
    p: int | None,
    method: str,
    threshold: float | None,
    equity: float,
    format_: str,
    lang: str,
) -> None:
    """Best sites: mclp, pmedian, pcenter or lscp."""
    t = translator(lang)
    if territory is not None and service is not None:
        code = ""
        if candidates is not None:
            code = keep_candidates_file(candidates)
        query = AccessQuery(territory, service, threshold, detour)
        data = open_data()
        best = best_sites(
            data,
            query,
            method=method,  # type: ignore[arg-type]  # click has checked it
            p=1 if p is None else p,
            candidates="file" if code else among,  # type: ignore[arg-type]
            code=code,
            equity=equity,
            is_on_incomplete_list=not measure_access(data, query).can_simulate,
        )
        _emit_territory(best, format_, t)
        return
    if origins is None or candidates is None:
        raise UserError(
            "Donnez --territory et --service, ou vos fichiers --origins et --candidates."
        )
    options = CostOptions(
        matrix=matrix,
        streets=streets,
        barriers=barriers,
        crs=crs,
        detour_factor=detour,
        split_at_shared_vertices=split,
        unit=unit,
    )
    result = site_own(
        origins,
        candidates,
        method,  # type: ignore[arg-type]  # click has checked it
        options,
        p=p,
        threshold=threshold,
        existing_file=existing,
        equity=equity,
    )
    rows = [{"rank": i, "id": name} for i, name in enumerate(result.siting.chosen, start=1)]
    payload = {
        **vars(result.siting),
        "cost_method": result.method,
        "unit": result.unit,
        "layer": result.layer,
        "threshold": result.threshold,
        "existing": result.existing,
        "is_equity_weighted": result.is_equity_weighted,
        "notices": [n.text(t) for n in result.notices],
    }
    emit_rows(rows, format_, columns={"rank": t("Rang"), "id": t("Site")}, payload=payload)
    if format_ != "json":
        for line in _lines(result, lang):
            click.echo(line, err=True)


def _emit_territory(best: BestSites, format_: str, t: Translator) -> None:
    rows = [
        {
            "rank": i,
            "id": id_,
            "name": best.names.get(id_, ""),
            "lat": best.points[id_][0],
            "lon": best.points[id_][1],
        }
        for i, id_ in enumerate(best.siting.chosen, start=1)
    ]
    lines = [sites_words.sites_text(best, t), *sites_words.sites_notes(best, t)]
    if best.is_on_incomplete_list:
        lines.append(t("Proposition sur liste incomplète : un lieu inconnu changerait la réponse."))
    payload = {
        **vars(best.siting),
        "sites": rows,
        "candidates": best.candidates,
        "candidates_count": len(best.points),
        "candidates_not_combined": best.set_aside,
        "candidates_too_far": best.left_out,
        "threshold_m": best.threshold_m,
        "is_equity_weighted": best.is_equity_weighted,
        "is_on_incomplete_list": best.is_on_incomplete_list,
        "sentences": lines,
    }
    columns = {"rank": t("Rang"), "id": t("Site"), "name": t("Nom"), "lat": "lat", "lon": "lon"}
    emit_rows(rows, format_, columns=columns, payload=payload)
    if format_ != "json":
        for line in lines:
            click.echo(line, err=True)


def _lines(result: OwnSiting, lang: str) -> list[str]:
    t = translator(lang)
    siting = result.siting
    lines = [f"{method_text(result.method, None, t)} — {result.layer}"]
    if siting.people_covered is not None and result.threshold is not None:
        lines.append(
            t(
                "{covered} personnes sur {people} à {threshold} {unit} ou moins, contre {before} "
                "aujourd'hui.",
                covered=t.number(siting.people_covered),
                people=t.number(siting.people),
                threshold=t.number(result.threshold),
                unit=result.unit,
                before=t.number(siting.people_covered_before or 0),
            )
        )
    if siting.mean_cost is not None:
        lines.append(
            t(
                "Coût moyen : {mean} {unit}.",
                mean=t.number(siting.mean_cost, 1),
                unit=result.unit,
            )
        )
    if siting.gap is not None:
        lines.append(
            t(
                "Deuxième choix : {ids} ; écart de {gap}.",
                ids=", ".join(siting.runner_up) or t("aucun"),
                gap=t.percent(siting.gap),
            )
        )
    if siting.people_unreached:
        lines.append(
            t("{n} personnes n'atteignent aucun site.", n=t.number(siting.people_unreached))
        )
    return lines + [n.text(t) for n in result.notices]
