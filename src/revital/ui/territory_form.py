"""The part of Données et méthodes where an editor adds a neighbourhood."""

from __future__ import annotations

import re
import tempfile
import unicodedata
from functools import partial
from pathlib import Path

import shapely
import streamlit as st

from revital.catalogue.models import Text
from revital.errors import UserError
from revital.services.authorization import Command
from revital.services.workspace.boundary import circle, read_boundary, read_shapes_file
from revital.services.workspace.home import workspace
from revital.services.workspace.territory import Proposal, keep, propose, remove, rule_text
from revital.ui import cache, html, panels, preview_map, session
from revital.ui.plan_store import act, say_done
from revital.ui.state import View


def section(view: View) -> None:
    """Draw the form: name, limits, what they make, confirmation; then those already added."""
    t = view.t
    panels.section(t("Ajouter un quartier"), t.of(rule_text()))
    say_done()
    here = session.open_here(view)
    if not here.actor.may(Command.EDIT_STRUCTURE, view.territory):
        panels.callout(t("Ajouter un quartier demande le rôle de coordination."), tone="note")
        return
    left, right = st.columns(2)
    name_fr = left.text_input(t("Nom en français"), max_chars=80, key="rv_new_fr")
    name_en = right.text_input(t("Nom en anglais"), max_chars=80, key="rv_new_en")
    way = view.choice(
        "limites",
        ["fichier", "rayon", "aires"],
        "fichier",
        label=t("Comment dire ses limites"),
        format=lambda code: {
            "fichier": t("Un fichier (GeoJSON, GPKG, shapefile zippé)"),
            "rayon": t("Un rayon autour d'un point"),
            "aires": t("Des aires de diffusion, une à une"),
        }[code],
        widget=st.radio,
    )
    try:
        limits, ids = _limits(view, way)
        if limits is None and not ids:
            _added(view)
            return
        proposal = propose(
            cache.data(),
            id_=slug(name_fr) or "quartier",
            name=Text(fr=name_fr.strip() or "—", en=name_en.strip() or name_fr.strip() or "—"),
            limits=limits,
            unit_ids=ids,
        )
    except UserError as error:
        panels.fault(t("Ces limites ne conviennent pas"), t.error(error))
        _added(view)
        return
    _show(view, proposal, limits)
    ready = bool(name_fr.strip() and name_en.strip())
    if st.button(t("Ajouter ce quartier"), type="primary", key="rv_new_keep", disabled=not ready):
        done = act(
            view,
            t("Le quartier est ajouté : choisissez-le dans le menu des territoires."),
            lambda: keep(cache.data(), workspace(), proposal),
        )
        if done:
            st.rerun()
    _added(view)


def slug(name: str) -> str:
    """Return an id from a name (`L'Île aux Noix` gives `l-ile-aux-noix`)."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")[:40]


def _limits(view: View, way: str) -> tuple[shapely.Geometry | None, list[str]]:
    t = view.t
    if way == "rayon":
        columns = st.columns(3)
        lat = columns[0].number_input(t("Latitude (degrés)"), value=None, format="%.5f")
        lon = columns[1].number_input(t("Longitude (degrés)"), value=None, format="%.5f")
        radius = columns[2].number_input(t("Rayon (m)"), value=500, min_value=50, max_value=20000)
        if lat is None or lon is None:
            return None, []
        return circle(float(lon), float(lat), float(radius)), []
    if way == "aires":
        text = st.text_area(
            t("Numéros d'aires (8 chiffres), séparés par des espaces ou des virgules"),
            key="rv_new_ids",
        )
        return None, re.findall(r"[^\s,;]+", text)
    given = st.file_uploader(
        t("Fichier des limites"), type=["geojson", "json", "gpkg", "zip"], key="rv_new_file"
    )
    if given is None:
        return None, []
    with tempfile.TemporaryDirectory(prefix="revital-") as scratch:
        path = Path(scratch) / f"limits{Path(given.name).suffix.lower()}"
        path.write_bytes(given.getvalue())
        shapes = read_shapes_file(path)
        if len(shapes) == 1:
            return read_boundary(path), []
        names = [str(c) for c in shapes.columns if c != "geometry"]
        field = str(st.selectbox(t("Colonne qui nomme chaque forme"), names, key="rv_new_field"))
        values = sorted(shapes[field].astype(str).unique())
        value = str(st.selectbox(t("Laquelle"), values, key="rv_new_value"))
        return read_boundary(path, field=field, value=value), []


def _show(view: View, proposal: Proposal, limits: shapely.Geometry | None) -> None:
    """Draw what the limits make: people, areas, and the share that is estimated."""
    t = view.t
    inside = proposal.inside
    panels.sentence(
        t(
            "Population : {n} personnes ({drawn} estimées dans les limites tracées, dont "
            "{share} viennent d'aires coupées).",
            n=t.number(inside.population),
            drawn=t.number(inside.drawn),
            share=t.percent(inside.estimated_share, 0),
        )
    )
    if limits is not None:
        preview_map.draw(view, limits=limits)
    panels.table_twin(
        t("Aires qui touchent les limites"),
        [
            html.TableColumn(t("Aire")),
            html.TableColumn(t("Part dans les limites"), number=True),
            html.TableColumn(t("Population"), number=True),
            html.TableColumn(t("Comptée")),
        ],
        [
            (
                str(unit),
                t.percent(float(row["share"]), 0),
                t.number(float(row["population"])),
                t("oui") if row["is_inside"] else t("non"),
            )
            for unit, row in inside.units.iterrows()
        ],
        empty="—",
    )


def _added(view: View) -> None:
    """Draw the neighbourhoods added here, each with its button to take it back."""
    t = view.t
    folder = workspace().catalogue / "territories"
    names = sorted(p.stem for p in folder.glob("*.yml")) if folder.is_dir() else []
    if not names:
        return
    panels.section(t("Quartiers ajoutés ici"))
    for id_ in names:
        left, right = st.columns([4, 1], vertical_alignment="center")
        left.html(html.sentence(t.of(view.catalogue.territory(id_).title)))
        if right.button(t("Retirer"), key=f"rv_take_{id_}") and act(
            view,
            t("Le territoire « {id} » est retiré.", id=id_),
            partial(_remove, id_),
        ):
            st.rerun()


def _remove(id_: str) -> None:
    remove(cache.data(), workspace(), id_)
