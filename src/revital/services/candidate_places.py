"""
Places where a new service could stand: a grid, known places, main streets, or a list of one's own.

A candidate is a place to talk about, never a site that is free: the page says so.
"""

from __future__ import annotations

import csv
import math
import unicodedata
from dataclasses import dataclass, field
from io import BytesIO, StringIO
from pathlib import Path
from typing import Literal

import geopandas as gpd
import numpy as np
import shapely

from revital.catalogue.models import Territory
from revital.domain.network import build_network
from revital.errors import SourceError, ValuesError
from revital.i18n.mark import N_
from revital.services import kept
from revital.services.access_ground import Ground, walking_layer
from revital.services.data import Data
from revital.services.own_tables import read_vector
from revital.services.workspace.templates import name_of

Candidates = Literal["grid", "areas", "closed", "main_streets", "vacant", "file"]
CANDIDATES: tuple[Candidates, ...] = (
    "grid",
    "areas",
    "closed",
    "main_streets",
    "vacant",
    "file",
)
#: A coarser grid is used where this one would hold more points.
GRID_M = 150.0
MOST_CANDIDATES = 600
MOST_IN_FILE = 3000
#: A candidate farther than this from the outline of the territory is left aside.
AROUND_M = 1500.0
_FOLDER = "candidates"
#: Categories of local points that say a place could be built or reused, plain and lower case.
VACANT = frozenset(
    {
        "terrain vacant", "lot vacant", "local vacant", "batiment vacant", "commerce vacant",
        "parcelle non residentielle", "terrain non residentiel", "friche", "stationnement",
        "vacant lot", "vacant land", "vacant building", "vacant storefront",
        "non-residential parcel", "brownfield", "parking lot",
    }
)  # fmt: skip
#: Classes of arterial and collector streets: the City of Montréal's géobase, the province, and OSM.
MAIN_STREETS = frozenset(
    {
        "artere", "arterielle", "arterielle principale", "arterielle secondaire", "collectrice",
        "collectrice municipale", "nationale", "regionale", "principale",
        "primary", "secondary", "tertiary",
    }
)  # fmt: skip
_CLASS_COLUMNS = ("kind", "street_class", "ClsRte", "highway")


@dataclass(frozen=True)
class Listed:
    """
    Candidate places.

    Attributes
    ----------
    points : dict of id to (lat, lon)
        Degrees.
    names : dict of id to str
        Of those that have one; escaped where drawn.
    spacing_m : float or None
        Step of a grid.
    left_out : int
        Places of the list that are far from the territory.
    """

    points: dict[str, tuple[float, float]]
    names: dict[str, str] = field(default_factory=dict)
    spacing_m: float | None = None
    left_out: int = 0


def candidate_places(
    data: Data, here: Ground, kind: Candidates, *, code: str = "", most: int = MOST_CANDIDATES
) -> Listed:
    """
    Return the candidate places of a kind round a territory.

    Parameters
    ----------
    data : Data
    here : Ground
    kind : {"grid", "areas", "closed", "main_streets", "vacant", "file"}
    code : str
        For `file`: what `keep_candidates` returned.
    most : int
        Points of a grid.

    Raises
    ------
    ValuesError
        When there is none, with what to do.
    """
    if kind == "grid":
        found = _grid(data, here, most)
    elif kind == "areas":
        known = here.origins[here.is_located]
        found = Listed(
            {
                str(i): (float(lat), float(lon))
                for i, lat, lon in zip(known.index, known["lat"], known["lon"], strict=True)
            }
        )
    elif kind == "closed":
        closed = [p for p in here.listing.places if p.reason == "closed"]
        found = Listed({p.id: (p.lat, p.lon) for p in closed}, {p.id: p.name for p in closed})
    elif kind == "main_streets":
        found = _near(data, here, _crossings(data, here))
    elif kind == "vacant":
        found = _near(data, here, _vacant(data, here.territory))
    else:
        found = _near(data, here, _from_file(code))
    if not found.points:
        raise ValuesError(_NONE[kind])
    return found


_NONE: dict[Candidates, str] = {
    "grid": N_("Aucun lieu candidat : ce territoire n'a pas de contour dans les données."),
    "areas": N_("Aucun lieu candidat : aucune aire de ce territoire n'a de point connu."),
    "closed": N_("Aucun lieu fermé n'est connu ici pour ce service. Choisissez la grille."),
    "main_streets": N_(
        "Aucun carrefour de rue principale : il faut une couche de rues où la classe est notée. "
        "Recueillez les rues (« revital fetch »), ou choisissez la grille."
    ),
    "vacant": N_(
        "Aucun terrain vacant ni parcelle non résidentielle n'est noté près d'ici. Ajoutez-en dans "
        "Données et méthodes, catégorie « terrain vacant », ou donnez un fichier."
    ),
    "file": N_("Aucun lieu de ce fichier n'est près du territoire."),
}


def _grid(data: Data, here: Ground, most: int) -> Listed:
    shape = _outline(data, here.territory)
    if shape is None:
        return Listed({})
    spacing = max(GRID_M, float(np.sqrt(shape.area / most)))
    west, south, east, north = shape.bounds
    # Whole steps from the origin of the plane: the grid does not move with the outline.
    x = np.arange(np.floor(west / spacing) + 0.5, east / spacing + 0.5) * spacing
    y = np.arange(np.floor(south / spacing) + 0.5, north / spacing + 0.5) * spacing
    grid = np.array([(a, b) for b in y for a in x])
    inside = grid[shapely.contains_xy(shape, grid)] if len(grid) else grid
    if not len(inside):
        inside = np.array([(shape.representative_point().x, shape.representative_point().y)])
    points = _degrees(inside, here.crs)
    ids = [f"g{i:03d}" for i in range(1, len(points) + 1)]
    return Listed(dict(zip(ids, points, strict=True)), spacing_m=spacing)


def _crossings(data: Data, here: Ground) -> Listed:
    """Return the crossings of arterial and collector streets with any other street."""
    place = data.catalogue.place(here.territory.place)
    layers = (walking_layer(data, here.territory), f"city_streets_{name_of(place.id)}")
    for layer in layers:
        if layer is None or not data.layers.has(layer):
            continue
        streets = data.layers.read_shapes(layer).to_crs(here.crs)
        column = next((c for c in _CLASS_COLUMNS if c in streets.columns), None)
        if column is None or not streets[column].map(_plain).isin(MAIN_STREETS).any():
            continue
        network = build_network(streets, class_column=column, split_at_shared_vertices=True)
        main = streets.geometry[streets[column].map(_plain).isin(MAIN_STREETS)]
        degree = np.bincount(
            np.concatenate([network.edge_u, network.edge_v]), minlength=network.n_nodes
        )
        crossing = network.node_xy[degree >= 3]
        tree = shapely.STRtree(main.to_numpy())
        on_main, _ = tree.query(shapely.points(crossing), predicate="dwithin", distance=1.0)
        points = _degrees(crossing[np.unique(on_main)], here.crs)
        return Listed({f"c{i:03d}": p for i, p in enumerate(points, start=1)})
    return Listed({})


def _vacant(data: Data, territory: Territory) -> Listed:
    """Return the local points whose category says that they could be built or reused."""
    layer = f"own_points_{name_of(territory.place)}"
    if not data.layers.has(layer):
        return Listed({})
    frame = data.layers.read_shapes(layer)
    frame = frame[frame["category"].map(_plain).isin(VACANT)]
    return Listed(
        {str(i): (p.y, p.x) for i, p in zip(frame["service_id"], frame.geometry, strict=True)},
        {str(i): str(n) for i, n in zip(frame["service_id"], frame["name"], strict=True)},
    )


def _plain(text: object) -> str:
    """Return a word without capitals, accents or underscores."""
    bare = unicodedata.normalize("NFKD", str(text)).encode("ascii", "ignore").decode()
    return bare.lower().replace("_", " ").strip()


def _near(data: Data, here: Ground, found: Listed) -> Listed:
    """Leave out the places far from the territory."""
    shape = _outline(data, here.territory)
    if shape is None or not found.points:
        return found
    ids = list(found.points)
    at = gpd.GeoSeries.from_xy(
        [found.points[i][1] for i in ids], [found.points[i][0] for i in ids], crs=4326
    ).to_crs(here.crs)
    inside = shapely.dwithin(shape, at.to_numpy(), AROUND_M)
    kept_ids = [i for i, ok in zip(ids, inside, strict=True) if ok]
    return Listed(
        {i: found.points[i] for i in kept_ids},
        {i: found.names[i] for i in kept_ids if i in found.names},
        found.spacing_m,
        len(ids) - len(kept_ids),
    )


def _degrees(xy: np.ndarray, crs: str) -> list[tuple[float, float]]:
    points = gpd.GeoSeries.from_xy(xy[:, 0], xy[:, 1], crs=crs).to_crs(4326)
    return [(round(float(p.y), 5), round(float(p.x), 5)) for p in points]


def _outline(data: Data, territory: Territory) -> shapely.Geometry | None:
    """Return the outline of a territory in its metric plane, None when no layer has it."""
    layer = data.catalogue.place(territory.place).outlines.get("da")
    if layer is None or not data.layers.has(layer):
        return None
    frame = data.layers.read_shapes(layer)
    units = set(data.units(territory, "da"))
    if "members" in frame.columns:
        here = [
            bool(units & set(str(m).split(";"))) or str(u) in units
            for u, m in zip(frame["unit_id"], frame["members"], strict=True)
        ]
    else:
        here = list(frame["unit_id"].astype(str).isin(units))
    shapes = frame.geometry[here].to_crs(territory.crs_metric)
    return shapely.union_all(shapes.to_numpy()) if len(shapes) else None


# --- lists of one's own ------------------------------------------------------------------------


def keep_candidates(content: bytes, name: str) -> str:
    """
    Read a list of candidate places and keep it in the workspace.

    Parameters
    ----------
    content : bytes
        CSV with `id` or `name`, and `lat` and `lon` (or `y` and `x`) in degrees; or points and
        polygons in GeoJSON or GeoPackage (a polygon counts by a point inside it).
    name : str
        Name of the file.

    Returns
    -------
    str
        Short text for the address and for `candidate_places`.

    Raises
    ------
    ValuesError, SourceError, CrsError, NotAllowedError
    """
    is_table = Path(name).suffix.lower() in (".csv", ".txt")
    rows = _table(content, name) if is_table else _shapes(content, name)
    if not rows:
        raise ValuesError("Le fichier « {file} » n'a aucun lieu.", file=name)
    if len(rows) > MOST_IN_FILE:
        raise ValuesError(
            "Le fichier « {file} » a {n} lieux ; il en faut au plus {most}. Gardez ceux qui sont "
            "près du territoire.",
            file=name,
            n=len(rows),
            most=MOST_IN_FILE,
        )
    return kept.keep(_FOLDER, rows)


def keep_candidates_file(path: Path) -> str:
    """Read a list of candidate places from a file and keep it; as `keep_candidates`."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise SourceError(
            "Le fichier « {file} » ne peut pas être lu. Vérifiez son nom et son dossier.",
            file=path.name,
        ) from error
    return keep_candidates(content, path.name)


def _table(content: bytes, name: str) -> list[tuple[str, float, float]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValuesError(
            "Le fichier « {file} » n'est pas en UTF-8. Enregistrez-le en « CSV UTF-8 ».", file=name
        ) from error
    head = text.splitlines()[0] if text.strip() else ""
    comma = max((";", "\t", ","), key=head.count)
    rows = list(csv.DictReader(StringIO(text), delimiter=comma))
    columns = {(_plain(c) if c else ""): c for c in (rows[0] if rows else {})}
    lat = next((columns[c] for c in ("lat", "latitude", "y") if c in columns), None)
    lon = next((columns[c] for c in ("lon", "long", "lng", "longitude", "x") if c in columns), None)
    title = next((columns[c] for c in ("name", "nom", "id", "adresse") if c in columns), None)
    if rows and (lat is None or lon is None):
        raise ValuesError(
            "Le fichier « {file} » n'a pas de colonnes « lat » et « lon ». Colonnes trouvées : "
            "{found}.",
            file=name,
            found=", ".join(map(str, rows[0])),
        )
    found = []
    for i, row in enumerate(rows, start=2):
        values = []
        for column in (lat, lon):
            cell = str(row.get(column or "") or "").strip().replace(",", ".").replace("\u2212", "-")
            try:
                values.append(float(cell))
            except ValueError as error:
                raise ValuesError(
                    "Fichier « {file} », ligne {row} : « {value} » n'est pas un nombre (colonne "
                    "« {column} »).",
                    file=name,
                    row=i,
                    value=cell[:40],
                    column=column,
                ) from error
        label = str(row.get(title or "") or "").strip()[:80]
        found.append((label, *_plausible(values[0], values[1], name)))
    return found


def _shapes(content: bytes, name: str) -> list[tuple[str, float, float]]:
    frame = read_vector(BytesIO(content), name).to_crs(4326)
    frame = frame[~frame.geometry.isna() & ~frame.geometry.is_empty]
    columns = {_plain(c): c for c in frame.columns}
    title = next((columns[c] for c in ("name", "nom", "id", "adresse") if c in columns), None)
    points = frame.geometry.representative_point()
    labels = frame[title].fillna("").astype(str) if title else [""] * len(frame)
    return [
        (str(label)[:80], *_plausible(float(p.y), float(p.x), name))
        for label, p in zip(labels, points, strict=True)
    ]


def _plausible(lat: float, lon: float, name: str) -> tuple[float, float]:
    # In Canada a latitude is between 41 and 84 and a longitude between -142 and -52.
    if not (math.isfinite(lat) and math.isfinite(lon) and 41 <= lat <= 84 and -142 <= lon <= -52):
        raise ValuesError(
            "Fichier « {file} » : le point {lat}, {lon} n'est pas au Canada, en degrés de latitude "
            "puis de longitude.",
            file=name,
            lat=lat,
            lon=lon,
        )
    return round(lat, 5), round(lon, 5)


def _from_file(code: str) -> Listed:
    if not code:
        raise ValuesError("Donnez un fichier de lieux candidats.")
    try:
        rows = [(str(a), float(b), float(c)) for a, b, c in kept.read(_FOLDER, code)]
    except (TypeError, ValueError) as error:
        raise kept.damaged(code) from error
    ids = [f"f{i:03d}" for i in range(1, len(rows) + 1)]
    return Listed(
        {i: (lat, lon) for i, (_, lat, lon) in zip(ids, rows, strict=True)},
        {i: label for i, (label, _, _) in zip(ids, rows, strict=True) if label},
    )
