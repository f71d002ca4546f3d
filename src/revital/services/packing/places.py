"""Layers of places people go to: installations, schools, shops, cool places, bus stops."""

from __future__ import annotations

from collections.abc import Callable

import geopandas as gpd
import numpy as np
import pandas as pd

from revital.errors import SourceError
from revital.i18n.mark import N_
from revital.services.packing.curated import PlaceChoice, UnlocatedPlace, read_list
from revital.services.packing.geography import slug
from revital.services.packing.inputs import MISSIONS, require_unique
from revital.services.packing.names import from_capitals, phone, postal_code, upright
from revital.services.packing.recipe import Made, Task, recipe_of
from revital.sources.readers.text import to_numbers
from revital.sources.readers.transit_feed import trips_on

COMMON = (
    "service_id", "name", "category", "address", "postal_code", "phone", "status", "as_of",
    "location_quality", "error_m", "source", "source_url", "note_fr", "note_en",
)  # fmt: skip
INSTALLATIONS = "health_installations"
_ELSEWHERE = N_("hors des villes du paquet")


def _points(
    frame: pd.DataFrame, lon: pd.Series, lat: pd.Series, extra: tuple[str, ...] = ()
) -> gpd.GeoDataFrame:
    """Return the common columns (missing where the source has none) with points, sorted."""
    whole = frame.reindex(columns=[*COMMON, *extra])
    shapes = gpd.points_from_xy(lon.round(6), lat.round(6))
    made = gpd.GeoDataFrame(whole, geometry=shapes, crs="EPSG:4326")
    return made.sort_values("service_id", ignore_index=True)


def _near(
    lon: pd.Series, lat: pd.Series, municipality: pd.Series, limits: pd.DataFrame, codes: str
) -> np.ndarray:
    """Return whether each place falls in the limits, or in a municipality whose code begins so."""
    outline = gpd.GeoSeries(limits["geometry"], crs="EPSG:4326").union_all()
    inside = gpd.GeoSeries.from_xy(lon, lat, crs="EPSG:4326").within(outline)
    return np.asarray(inside) | municipality.str.startswith(codes).to_numpy()


def _category(missions: pd.DataFrame) -> pd.Series:
    """Return the main mission: the one a resident would go there for first."""
    ranked = {
        "clsc": ["CLSC"],
        "hospital": ["CHSGS"],
        "psychiatric_hospital": ["CHPSY"],
        "chsld": ["CHSLD"],
        "rehabilitation": ["CRDPA", "CRDPL", "CRDPM", "CRDPV", "CRDITED", "CRD"],
        "youth": ["CPEJ"],
    }
    found = [missions[list(columns)].any(axis=1) for columns in ranked.values()]
    return pd.Series(np.select(found, list(ranked), default=""), index=missions.index)


def installations_frame(task: Task) -> pd.DataFrame:
    """Return every public installation of Québec with numbers for coordinates."""
    table = task.table("installations")
    file = task.file("installations")
    require_unique(table, "INSTAL_COD", file)
    table["lon"] = to_numbers(table["LONGITUDE"], file)
    table["lat"] = to_numbers(table["LATITUDE"], file)
    table[list(MISSIONS)] = table[list(MISSIONS)] == "Oui"
    return table


def health_installations(task: Task) -> Made:
    """Return public health installations; homes of young people and crisis homes stay out."""
    codes = task.option("municipalities")
    return _in_pack_cities(installations_frame(task), task.layer("limits"), codes)


def pack_installations(table: pd.DataFrame, read: Callable[[str], gpd.GeoDataFrame]) -> Made:
    """
    Return the layer of the pack from another edition of its file.

    Parameters
    ----------
    table : DataFrame
        As `installations_frame` gives it.
    read : callable
        Gives the shapes of a layer.
    """
    recipe = recipe_of(INSTALLATIONS)
    return _in_pack_cities(table, read(recipe.needs["limits"]), recipe.options["municipalities"])


def _in_pack_cities(table: pd.DataFrame, limits: pd.DataFrame, codes: str) -> Made:
    near = _near(table["lon"], table["lat"], table["MUN_CODE"], limits, codes)
    return installations_layer(table, near, elsewhere=_ELSEWHERE)


def installations_layer(
    table: pd.DataFrame, near: np.ndarray, *, elsewhere: str = N_("hors du lieu")
) -> Made:
    """
    Return the installations of an area with the common columns.

    Parameters
    ----------
    table : DataFrame
        The publisher's columns, missions as booleans, and `lon`, `lat` (degrees).
    near : ndarray of bool
        Rows of the area.
    elsewhere : str
        Why the other rows are left out.
    """
    kept = table[near].copy()
    category = _category(kept[list(MISSIONS)])
    # Rehabilitation of young people or mothers alone, and crisis homes, are places where people
    # live: their addresses are not for a map.
    lives_in = (category == "") & kept[["CRJDA", "CRMDA"]].any(axis=1)
    lives_in = lives_in | kept["INSTAL_NOM"].str.contains(
        "CENTRE DE CRISE|FOYER DE GROUPE|APPARTEMENT"
    )
    idle = (category == "") & ~lives_in
    dropped = {
        elsewhere: int((~near).sum()),
        N_("lieu où des personnes vivent ou sont abritées"): int(lives_in.sum()),
        N_("aucune mission déclarée"): int(idle.sum()),
    }
    kept, category = kept[~(lives_in | idle)], category[~(lives_in | idle)]
    frame = pd.DataFrame(
        {
            "service_id": "m02-" + kept["INSTAL_COD"],
            "name": kept["INSTAL_NOM"].map(from_capitals),
            "category": category,
            "address": kept["ADRESSE"],
            "postal_code": kept["CODE_POSTA"].map(postal_code, na_action="ignore"),
            "status": "open",
            "as_of": kept["DATE_MAJ"],
            "location_quality": "published",
            "error_m": 50.0,
            "source": "MSSS, fichier cartographique des installations (M02)",
            "source_url": "https://www.donneesquebec.ca/recherche/dataset/51998b55-7d4c-4381-8c20-0ac1cd9c1b87",
            "missions": [
                ";".join(m.lower() for m in MISSIONS if row[m])
                for row in kept[list(MISSIONS)].to_dict("records")
            ],
        }
    )
    points = _points(frame, kept["lon"], kept["lat"], ("missions",))
    return Made(points, rows_in=len(table), dropped=dropped)


_LEVELS = {
    "PRESC": "preschool",
    "PRIM": "primary",
    "SEC": "secondary",
    "FORM_PRO": "vocational",
    "ADULTE": "adult",
}


def schools_frame(task: Task) -> tuple[pd.DataFrame, dict[str, int]]:
    """Return every public school building of Québec with teaching, and what was left out."""
    table = task.table("schools")
    file = task.file("schools")
    require_unique(table, "CD_IMM", file)
    table["lon"] = to_numbers(table["COORD_X_LL84"], file)
    table["lat"] = to_numbers(table["COORD_Y_LL84"], file)
    for column in _LEVELS:
        table[column] = table[column] == "1"
    taught = table[list(_LEVELS)].any(axis=1)
    # Prisons, and wards where young patients or residents are taught.
    closed = table["STAT_PROP_IMM"].str.contains("détention|Pénitencier|MSSS", na=False)
    dropped = {
        N_("aucun enseignement déclaré"): int((~taught).sum()),
        N_("lieu où des personnes vivent ou sont abritées"): int((taught & closed).sum()),
    }
    return table[taught & ~closed].copy(), dropped


def schools(task: Task) -> Made:
    """Return public school buildings of the cities of the pack."""
    table, dropped = schools_frame(task)
    codes = task.option("municipalities")
    near = _near(table["lon"], table["lat"], table["CD_MUNCP"], task.layer("limits"), codes)
    dropped[_ELSEWHERE] = int((~near).sum())
    kept = table[near]
    levels = kept[list(_LEVELS)].rename(columns=_LEVELS)
    category = np.select(
        [
            levels[["preschool", "primary"]].any(axis=1),
            levels["secondary"],
            levels["vocational"],
        ],
        ["primary", "secondary", "vocational"],
        default="adult",
    )
    stamped = kept["DT_MAJ_GDUNO"]
    frame = pd.DataFrame(
        {
            "service_id": "meq-" + kept["CD_IMM"],
            "name": kept["NOM_OFFCL"].map(upright, na_action="ignore"),
            "category": category,
            "address": kept["ADRS_GEO_L1_GDUNO"],
            "postal_code": kept["CD_POSTL_GDUNO"].map(postal_code, na_action="ignore"),
            "status": "listed",
            "as_of": stamped.str[:4] + "-" + stamped.str[4:6] + "-" + stamped.str[6:8],
            "location_quality": "published",
            "error_m": 50.0,
            "source": "MEQ, localisation des établissements d'enseignement",
            "source_url": "https://www.donneesquebec.ca/recherche/dataset/localisation-des-etablissements-d-enseignement-du-reseau-scolaire-au-quebec",
            "levels": [
                ";".join(str(name) for name, taught in row.items() if taught)
                for row in levels.to_dict("records")
            ],
        }
    )
    points = _points(frame, kept["lon"], kept["lat"], ("levels",))
    rows_in = len(table) + sum(dropped.values()) - int((~near).sum())
    return Made(points, rows_in=rows_in, dropped=dropped)


_QUALITY = {
    "exact address in a source": "exact_address",
    "interpolated between known civic numbers": "interpolated",
    "street only": "street_only",
    "coordinates of the source": "published",
}


def food_places(task: Task) -> Made:
    """Return the named food stores, pharmacies and confirmed food-aid counters, as dated facts."""
    tables = [task.table("places"), task.table("chains")]
    table = pd.concat(tables, ignore_index=True)
    require_unique(table, "id", task.file("places"))
    rows = table.set_index("id")
    chosen = read_list(task.record("chosen"), PlaceChoice)
    lacking = [c.row for c in chosen if c.row not in rows.index]
    if lacking:
        raise SourceError(
            "Le fichier « {file} » n'a pas la ligne « {row} » que nomme « {record} ». "
            "Remettez le fichier de l'éditeur ou corrigez la fiche.",
            file=task.file("places"),
            row=lacking[0],
            record=task.record("chosen"),
        )
    kept = rows.loc[[c.row for c in chosen]]
    file = task.file("places")
    frame = pd.DataFrame(
        {
            "service_id": [task.option("prefix") + c.row.lower() for c in chosen],
            "name": [c.name for c in chosen],
            "category": [c.category for c in chosen],
            "address": kept["address"].str.removesuffix(f", {task.option('city')}").to_numpy(),
            "postal_code": kept["postal_code"].to_numpy(),
            "status": [c.status for c in chosen],
            "as_of": [c.as_of for c in chosen],
            "location_quality": kept["location_quality"].map(_QUALITY).to_numpy(),
            "error_m": to_numbers(kept["error_m"], file).to_numpy(),
            "source": [c.source for c in chosen],
            "source_url": [c.source_url for c in chosen],
            "note_fr": [c.note.fr if c.note else None for c in chosen],
            "note_en": [c.note.en if c.note else None for c in chosen],
        }
    )
    lon = to_numbers(kept["lon"], file).reset_index(drop=True)
    lat = to_numbers(kept["lat"], file).reset_index(drop=True)
    fuel = table["category"] == "convenience_with_fuel"
    health = table["category"].isin(["clsc", "clinic", "gmf"])
    dropped = {
        N_("liste dont la licence n'est pas connue"): int(fuel.sum()),
        N_("déjà dans la couche des installations, ou clinique non confirmée"): int(health.sum()),
        N_("aucune page publique ne le confirme, ou lieu d'hébergement"): int(
            len(table) - fuel.sum() - health.sum() - len(chosen)
        ),
    }
    return Made(_points(frame, lon, lat), rows_in=len(table), dropped=dropped)


def unlocated_places(task: Task) -> Made:
    """Return shops and clinics that pages name and that could not be placed on a map."""
    known = read_list(task.record("known"), UnlocatedPlace)
    frame = pd.DataFrame(
        {
            "place_id": [p.place_id for p in known],
            "name": [p.name for p in known],
            "category": [p.category for p in known],
            "location_fr": [p.location.fr for p in known],
            "location_en": [p.location.en for p in known],
            "date_text": [p.date_text for p in known],
            "status": [p.status for p in known],
            "note_fr": [p.note.fr if p.note else None for p in known],
            "note_en": [p.note.en if p.note else None for p in known],
            "source": [p.source for p in known],
        }
    )
    return Made(frame.sort_values("place_id", ignore_index=True), rows_in=len(known))


def osm_stores(task: Task) -> Made:
    """Return supermarkets and groceries of an extract of OpenStreetMap."""
    table = task.shapes("stores")
    number = table["addr_housenumber"].fillna("")
    street = table["addr_street"].fillna("")
    address = (number + " " + street).str.strip()
    named = pd.DataFrame(
        {
            "service_id": "osm-" + table["osm_type"] + "-" + table["osm_id"].astype(str),
            "name": table["name"].fillna(table["brand"]),
            "category": table["shop"],
            "address": address.where(street != "", None),
            "postal_code": table["addr_postcode"],
        }
    )
    made = osm_frame(named, table.geometry.x, table.geometry.y, as_of=task.option("as_of"))
    return Made(made, rows_in=len(table))


OSM_LABELS = {
    "supermarket": "Supermarché",
    "grocery": "Épicerie",
    "greengrocer": "Fruiterie",
    "convenience": "Dépanneur",
    "bakery": "Boulangerie",
    "butcher": "Boucherie",
    "pharmacy": "Pharmacie",
    "clinic": "Clinique",
    "hospital": "Hôpital",
    "food_aid": "Aide alimentaire",
    "public_market": "Marché public",
    "social_facility": "Service social",
}


def osm_frame(
    places: pd.DataFrame, lon: pd.Series, lat: pd.Series, *, as_of: str
) -> gpd.GeoDataFrame:
    """
    Return places of OpenStreetMap with the common columns.

    Parameters
    ----------
    places : DataFrame
        `service_id` (`osm-node-1`), `name` (its kind is said where nobody wrote one), `category`,
        `address`, `postal_code` and, where known, `phone`.
    lon, lat : Series of float, degrees
    as_of : str
        Day of the extract.
    """
    object_ = places["service_id"].str.removeprefix("osm-").str.replace("-", "/", n=1)
    frame = places.assign(
        name=places["name"].fillna(places["category"].map(OSM_LABELS)),
        postal_code=places["postal_code"].map(postal_code, na_action="ignore"),
        status="listed",
        as_of=as_of,
        location_quality="published",
        error_m=50.0,
        source="© OpenStreetMap",
        source_url="https://www.openstreetmap.org/" + object_,
    )
    return _points(frame, lon, lat)


_COOL_KINDS = {
    "Bibliothèque": "library",
    "Aréna": "arena",
    "Piscine": "pool",
    "Complexe": "sports_centre",
    "Centre sportif": "sports_centre",
    "Maison de la culture": "culture_centre",
    "Bureau": "municipal_office",
    "Comptoir": "municipal_office",
    "Mairie": "municipal_office",
    "Chalet": "park_pavilion",
    "Pavillon": "park_pavilion",
    "Centre": "community_centre",
}


def _cool_kind(name: str) -> str:
    return next((kind for start, kind in _COOL_KINDS.items() if name.startswith(start)), "other")


def cool_places(task: Task) -> Made:
    """Return the air-conditioned public places of a city."""
    table = task.shapes("places")
    repeated = table.duplicated(["nom", "adresse_principale"])
    kept = table[~repeated].reset_index(drop=True)
    ids = kept["nom"].map(slug)
    extra = ids.groupby(ids).cumcount()
    ids = ids.where(extra == 0, ids + "-" + (extra + 1).astype(str))
    numbers = [
        phone(str(p), None if pd.isna(x) else str(x)) if pd.notna(p) else None
        for p, x in zip(kept["telephone"], kept["telephone_numero_poste"], strict=True)
    ]
    frame = pd.DataFrame(
        {
            "service_id": "clim-" + ids,
            "name": kept["nom"],
            "category": kept["nom"].map(_cool_kind),
            "address": kept["adresse_principale"],
            "phone": numbers,
            "status": "listed",
            "as_of": task.option("as_of"),
            "location_quality": "published",
            "error_m": 50.0,
            "source": task.option("source"),
            "source_url": task.option("source_url"),
        }
    )
    dropped = {N_("répété dans la source"): int(repeated.sum())} if repeated.any() else {}
    points = _points(frame, kept.geometry.x, kept.geometry.y)
    return Made(points, rows_in=len(table), dropped=dropped)


def stop_trips(task: Task) -> pd.DataFrame:
    """Return which trips of the chosen day stop where (`stop_id`, `trip_id`), each pair once."""
    feed = task.feed("feed")
    times = feed["stop_times"][["stop_id", "trip_id"]]
    running = times[times["trip_id"].isin(trips_on(feed, task.option("day")))]
    return running.drop_duplicates().sort_values(["stop_id", "trip_id"], ignore_index=True)


def bus_stops(task: Task) -> Made:
    """Return bus stops with their lines and the distinct trips of the chosen day."""
    feed = task.feed("feed")
    stops = feed["stops"]
    file = task.file("feed")
    names = feed["routes"].set_index("route_id")["route_short_name"]
    routes = feed["trips"].set_index("trip_id")["route_id"].map(names)
    served = feed["stop_times"][["stop_id", "trip_id"]].drop_duplicates()
    served = served.assign(line=served["trip_id"].map(routes))
    lines = served.groupby("stop_id")["line"].agg(lambda names: ";".join(sorted(set(names))))
    trips = stop_trips(task).groupby("stop_id").size()
    frame = pd.DataFrame(
        {
            "service_id": task.option("prefix") + stops["stop_id"],
            "name": stops["stop_name"],
            "category": "bus_stop",
            "status": "listed",
            "as_of": task.option("as_of"),
            "location_quality": "published",
            "error_m": 20.0,
            "source": task.option("source"),
            "source_url": task.option("source_url"),
            "lines": stops["stop_id"].map(lines),
            # A stop of the feed where nothing stops that day has a true zero.
            task.option("trips"): stops["stop_id"].map(trips).fillna(0).astype("int64"),
        }
    )
    points = _points(
        frame,
        to_numbers(stops["stop_lon"], file),
        to_numbers(stops["stop_lat"], file),
        ("lines", task.option("trips")),
    )
    return Made(points, rows_in=len(stops))
