"""A city's own streets and parks, found in its open-data catalogue."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd

from revital.errors import SourceError
from revital.sources import archive
from revital.sources.base import Adapter, Area, Tidy, at_rest
from revital.sources.http import Client
from revital.sources.readers import ckan
from revital.sources.readers.vector import read_shapes
from revital.sources.transfer import RawFile, Request, raw_file, write_json

#: The province's catalogue, which holds that of most cities.
PROVINCE = "https://www.donneesquebec.ca/recherche/api/3/action"
SEARCH = "datasets.json"
CHOICES = "choices.json"
#: What is looked for, by the words cities use; a territory may name the dataset instead.
ROLES = {
    "streets": (
        r"^(?!.*(double|n(?:o|œ|oe)ud|p[ôo]les?\b|d[ée]truit|gestion|entrave|condition))"
        r".*(r[ée]seau[- ]?routier|g[ée]obase|segments? de (?:rue|voie)|filamentaire)"
    ),
    "parks": (
        r"^(?!.*(arbre|stationnement|industriel|[ée]quipement|incitatif|mobilier|r[èe]gle|chien))"
        r".*(\bparcs?\b|espaces?[- ]verts)"
    ),
}
_NAMES = ("nom", "name", "nom_voie", "nom_parc", "nomparc", "nom_rue", "rue")
_FORMATS = ("GEOJSON", "SHP", "GPKG", "JSON")
_GEOMETRY = {"streets": "LineString", "parks": "Polygon"}


class CityCatalogue(Adapter):
    """
    Streets and parks of a city, whatever its datasets are called today.

    The area's settings give the address of the catalogue (`ckan_portal`, its `api/3/action`; the
    province's where there is none) and the organization (`ckan_organization`), and may name the
    datasets (`ckan_streets`, `ckan_parks`).
    Where several datasets fit, none is taken: the report lists them.

    Frames: `city_streets`, `city_parks`: `feature_id`, `name`, geometry; `city_datasets`: what the
    catalogue holds.
    """

    id = "ckan_city"

    def fetch(self, client: Client, area: Area, folder: Path) -> list[RawFile]:
        """Ask for the list of datasets, then for one file per role."""
        if client.offline:
            names = self._choices(folder)
            return [raw_file(folder / SEARCH), *(raw_file(folder / n) for n in names.values())]
        portal = area.settings.get("ckan_portal", PROVINCE).rstrip("/")
        organization = area.settings.get("ckan_organization")
        # The province's catalogue holds every city: without an organization, any dataset would do.
        if not portal.startswith(("https://", "http://")) or (
            not organization and portal == PROVINCE
        ):
            raise SourceError(
                "Le territoire « {id} » ne dit pas dans quel catalogue chercher ses rues et ses "
                "parcs (« ckan_portal », « ckan_organization »).",
                id=area.id,
            )
        params = {"rows": "1000"}
        if organization:
            params["fq"] = f"organization:{organization}"
        search = client.fetch(
            Request(f"{portal}/package_search", SEARCH, content="json", params=params), folder
        )
        found = ckan.datasets(search.path)
        files, chosen = [search], dict[str, str]()
        for role in ROLES:
            fitting = _fitting(found, role, area)
            if len(fitting) != 1:
                continue
            resource = ckan.pick(ckan.resources(fitting[0]), _FORMATS)
            packed = resource.format == "SHP" or resource.url.lower().endswith(".zip")
            name = f"{role}.zip" if packed else f"{role}.geojson"
            files.append(
                client.fetch(
                    Request(resource.url, name, content="zip" if packed else "geojson"), folder
                )
            )
            chosen[role] = name
        write_json(folder / CHOICES, chosen)
        return files

    @staticmethod
    def _choices(folder: Path) -> dict[str, str]:
        if not (folder / CHOICES).is_file():
            raise SourceError(
                "Le fichier « {file} » n'a pas encore été téléchargé. Lancez « revital fetch » "
                "avec une connexion internet.",
                file=CHOICES,
            )
        return dict(json.loads((folder / CHOICES).read_text(encoding="utf-8")))

    def read(self, folder: Path, area: Area) -> Tidy:
        """Read the files that were chosen, and say which choices were left open."""
        out = Tidy()
        (search,) = at_rest(folder, [SEARCH])
        found = ckan.datasets(search)
        chosen = self._choices(folder)
        for role in ROLES:
            if role in chosen:
                (path,) = at_rest(folder, [chosen[role]])
                frame, rows = read_role(path, role, folder)
                out.add(f"city_{role}", frame, rows)
                continue
            fitting = [str(d.get("name")) for d in _fitting(found, role, area)]
            if fitting:
                out.note(
                    "Plusieurs jeux de données de la ville conviennent pour « {role} » : {found}. "
                    "Nommez le bon dans la fiche du lieu (« ckan_{role} »).",
                    role=role,
                    found=", ".join(fitting[:8]),
                )
            else:
                out.note(
                    "Aucun jeu de données de la ville ne convient pour « {role} », parmi {n}. "
                    "OpenStreetMap peut en tenir lieu.",
                    role=role,
                    n=len(found),
                )
        return out


def _fitting(found: list[dict[str, object]], role: str, area: Area) -> list[dict[str, object]]:
    named = area.settings.get(f"ckan_{role}")
    if named:
        return [d for d in found if d.get("name") == named or d.get("id") == named]
    return [
        d
        for d in ckan.search(found, ROLES[role])
        if any(r.format in _FORMATS for r in ckan.resources(d))
    ]


def read_role(path: Path, role: str, folder: Path) -> tuple[gpd.GeoDataFrame, int]:
    """
    Return a city's streets or parks under our names.

    Raises
    ------
    SourceError
        When the file has no shape of the kind expected.
    """
    source = path
    if path.suffix == ".zip":
        inside = archive.extract(path, folder / role, ("*.shp", "*.shx", "*.dbf", "*.prj", "*.cpg"))
        source = next((p for p in inside if p.suffix.lower() == ".shp"), inside[0])
    shapes = read_shapes(source, ())
    rows = len(shapes)
    shapes = shapes.explode(ignore_index=True)
    shapes = shapes[shapes.geometry.geom_type == _GEOMETRY[role]]
    if shapes.empty:
        raise SourceError(
            "Le fichier « {file} » de la ville n'a aucune forme de type {expected}.",
            file=path.name,
            expected=_GEOMETRY[role],
        )
    named = next((c for c in shapes.columns if str(c).lower() in _NAMES), None)
    frame = gpd.GeoDataFrame(
        {
            "feature_id": [f"{role}-{i:06d}" for i in range(len(shapes))],
            "name": None if named is None else shapes[named].to_numpy(),
        },
        geometry=shapes.geometry.to_numpy(),
        crs="EPSG:4326",
    )
    return frame, rows


ADAPTER = CityCatalogue()
