"""`revital territory`: add a neighbourhood, or take one back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from revital.catalogue.models import Text
from revital.cli.output import emit_rows, format_option, lang_option
from revital.errors import UserError
from revital.i18n import Translator, translator
from revital.services.data import open_data
from revital.services.workspace.boundary import circle, read_boundary
from revital.services.workspace.details import read_committees, with_details
from revital.services.workspace.home import workspace
from revital.services.workspace.municipality import have_municipality
from revital.services.workspace.territory import (
    Proposal,
    basis_text,
    keep,
    propose,
    read_units,
    remove,
    rule_text,
)
from revital.services.workspace.tracing import read_corners, require_traced
from revital.settings import settings
from revital.sources.http import Client

FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.group()
def territory() -> None:
    """Add a neighbourhood, or take one back."""


def _pairs(values: tuple[str, ...]) -> dict[str, str] | None:
    """Return `role=territory` options as a mapping; None when there are none."""
    found = {}
    for value in values:
        role, _, other = value.partition("=")
        if not other:
            raise UserError(
                "Écrivez les comparaisons « rôle=territoire » (« city=trois-rivieres ») ; reçu : "
                "« {value} ».",
                value=value,
            )
        found[role] = other
    return found or None


def show(proposal: Proposal, format_: str, t: Translator) -> None:
    """Print a proposal: the rule, the areas and the share estimated."""
    inside = proposal.inside
    payload = {
        "id": proposal.record.id,
        "place": proposal.place.id,
        "population": inside.population,
        "drawn_population": inside.drawn,
        "estimated_share": inside.estimated_share,
        "basis": inside.basis,
        "rule": rule_text(),
        "basis_text": basis_text(inside.basis),
        "units": inside.ids,
        "comparators": proposal.record.comparators,
        "sub_committees": proposal.record.sub_committees,
        "languages": proposal.record.languages,
        "organization": proposal.record.organization,
    }
    rows = [
        {
            "unit": str(unit),
            "share": t.percent(float(row["share"]), 0),
            "population": t.number(float(row["population"])),
            "inside": t("oui") if row["is_inside"] else t("non"),
        }
        for unit, row in inside.units.iterrows()
    ]
    columns = {
        "unit": t("Aire"),
        "share": t("Part dans les limites"),
        "population": t("Population"),
        "inside": t("Comptée"),
    }
    emit_rows(rows, format_, columns=columns, payload=payload)
    if format_ == "table":
        click.echo(f"{t.of(rule_text())} {t.of(basis_text(inside.basis))}")
        click.echo(
            t(
                "Population : {n} personnes ({drawn} estimées dans les limites tracées, dont "
                "{share} viennent d'aires coupées).",
                n=t.number(inside.population),
                drawn=t.number(inside.drawn),
                share=t.percent(inside.estimated_share, 0),
            )
        )


@territory.command("new")
@click.option("--id", "id_", required=True)
@click.option("--name-fr", required=True)
@click.option("--name-en", required=True)
@click.option("--boundary", type=FILE, help="GeoJSON, GPKG, shapefile zippé / zipped shapefile.")
@click.option("--field", help="Colonne qui nomme la forme / column that names the shape.")
@click.option("--value")
@click.option("--center", help="LON,LAT")
@click.option("--radius", type=float, help="Mètres / metres.")
@click.option("--corners", help="LAT,LON;LAT,LON;… : tracé à la main / drawn by hand.")
@click.option(
    "--areas", "--pick", help="Aires de diffusion, séparées par des virgules / areas, by commas."
)
@click.option("--units", type=FILE, help="Aires d'une ville nouvelle / areas of a new city.")
@click.option("--unit-id", default="DAUID", show_default=True)
@click.option("--population", default="population", show_default=True)
@click.option("--municipality", help="Code SDR à 7 chiffres : télécharge ses aires / CSD code.")
@click.option("--place", help="Lieu du catalogue / place of the catalogue.")
@click.option("--comparators", multiple=True, help="rôle=territoire / role=territory.")
@click.option("--sub-committee", multiple=True, help="Nom|Name (id=Nom|Name).")
@click.option("--language", "languages", multiple=True, type=click.Choice(["fr", "en"]))
@click.option("--organization", help="Nom|Name : qui porte le plan / who carries the plan.")
@click.option("--contact", help="Phrase|Sentence : à qui demander / whom to ask.")
@click.option("--offline", is_flag=True)
@click.option("--base-url", help="Miroir / mirror (REVITAL_MIRROR).")
@click.option("--dry-run", is_flag=True, help="Montrer sans garder / show without keeping.")
@format_option
@lang_option
def new(
    id_: str,
    name_fr: str,
    name_en: str,
    boundary: Path | None,
    field: str | None,
    value: str | None,
    center: str | None,
    radius: float | None,
    corners: str | None,
    areas: str | None,
    units: Path | None,
    unit_id: str,
    population: str,
    municipality: str | None,
    place: str | None,
    comparators: tuple[str, ...],
    sub_committee: tuple[str, ...],
    languages: tuple[str, ...],
    organization: str | None,
    contact: str | None,
    offline: bool,
    base_url: str | None,
    dry_run: bool,
    format_: str,
    lang: str,
) -> None:
    """Add a neighbourhood from its limits, corners, a circle, or areas picked one by one."""
    t = translator(lang)
    home, here = workspace(), settings()
    ways = [w for w in (boundary, center, corners, areas) if w is not None]
    if len(ways) != 1:
        raise UserError(
            "Donnez les limites d'une seule façon : « --boundary FICHIER », « --center LON,LAT "
            "--radius MÈTRES », « --corners LAT,LON;LAT,LON;… » ou « --pick AIRE,AIRE »."
        )
    limits = None
    if boundary is not None:
        limits = read_boundary(boundary, field=field, value=value)
    elif center is not None:
        limits = _circle(center, radius)
    elif corners is not None:
        limits = require_traced(read_corners(corners.replace(";", "\n")))
    if municipality is not None:
        mirror = base_url or here.extra.get("REVITAL_MIRROR")
        with Client(base_url=mirror, offline=offline) as client:
            place = have_municipality(here.pack, home, municipality, client=client)
    data = open_data()
    proposal = propose(
        data,
        id_=id_,
        name=Text(fr=name_fr, en=name_en),
        limits=limits,
        unit_ids=[a.strip() for a in areas.split(",") if a.strip()] if areas else (),
        units=read_units(units, unit_id=unit_id, population=population) if units else None,
        place=place,
        comparators=_pairs(comparators),
    )
    record = with_details(
        data,
        proposal.record,
        comparators=proposal.record.comparators,
        committees=read_committees(sub_committee),
        languages=languages or ("fr", "en"),
        organization=_both(organization),
        contact=_both(contact),
    )
    proposal = replace(proposal, record=record)
    if not dry_run:
        keep(data, home, proposal)
    show(proposal, format_, t)


def _circle(center: str, radius: float | None) -> object:
    parts = center.split(",")
    try:
        lon, lat = (float(p) for p in parts)
    except ValueError as error:
        raise UserError(
            "Écrivez le centre « LON,LAT » en degrés (« -72.55,46.34 ») ; reçu : « {value} ».",
            value=center,
        ) from error
    return circle(lon, lat, radius if radius is not None else 500.0)


def _both(text: str | None) -> Text | None:
    """Return `Nom|Name` in both languages; the French serves for both where it is alone."""
    fr, _, en = (part.strip() for part in (text or "").partition("|"))
    return Text(fr=fr, en=en or fr) if fr else None


@territory.command("remove")
@click.argument("id_")
@lang_option
def remove_(id_: str, lang: str) -> None:
    """Take back a neighbourhood that was added."""
    t = translator(lang)
    remove(open_data(), workspace(), id_)
    click.echo(t("Le territoire « {id} » est retiré.", id=id_))
