"""Food stores, pharmacies, clinics, parks and walkable streets from OpenStreetMap (Overpass)."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from revital.sources.base import Adapter, Area, Tidy, at_rest
from revital.sources.readers import overpass
from revital.sources.transfer import Request

URL = "https://overpass-api.de/api/interpreter"
#: OSM value to our category; the first that an element carries wins.
SHOPS = {
    "supermarket": "supermarket",
    "grocery": "grocery",
    "greengrocer": "greengrocer",
    "convenience": "convenience",
    "bakery": "bakery",
    "butcher": "butcher",
}
AMENITIES = {
    "pharmacy": "pharmacy",
    "clinic": "clinic",
    "doctors": "clinic",
    "hospital": "hospital",
    "food_bank": "food_aid",
    "marketplace": "public_market",
}
_WALKABLE = (
    "primary|secondary|tertiary|unclassified|residential|living_street|pedestrian|footway|path|"
    "steps|service|cycleway|track|primary_link|secondary_link|tertiary_link"
)
_TIMEOUT_S = 90
#: Metres that people walk past the limits to reach a shop: the box is widened by it.
_MARGIN_DEG = 0.03


def box(area: Area, margin: float = _MARGIN_DEG) -> str:
    """Return the area's bounds as Overpass writes them: south, west, north, east."""
    west, south, east, north = area.bounds
    numbers = (south - margin, west - margin, north + margin, east + margin)
    return ",".join(f"{n:.5f}" for n in numbers)


def queries(area: Area) -> dict[str, str]:
    """Return the three queries, by name of the file their answer goes to."""
    head, around = f"[out:json][timeout:{_TIMEOUT_S}];", box(area)
    shops, amenities = "|".join(SHOPS), "|".join([*AMENITIES, "social_facility"])
    return {
        "places.json": (
            f'{head}(nwr["shop"~"^({shops})$"]({around});'
            f'nwr["amenity"~"^({amenities})$"]({around}););out center tags;'
        ),
        "parks.json": f'{head}(wr["leisure"~"^(park|playground)$"]({around}););out geom;',
        "streets.json": (
            f'{head}way["highway"~"^({_WALKABLE})$"]["foot"!~"^(no|private)$"]'
            f'["access"!~"^(no|private)$"]({around});out geom;'
        ),
    }


class OpenStreetMap(Adapter):
    """
    What volunteers have mapped, under the ODbL.

    Frames: `osm_places` (points), `osm_parks` (polygons), `osm_streets` (lines).
    """

    id = "osm"

    def plan(self, area: Area) -> list[Request]:
        """Return three queries; the streets are the heaviest."""
        return [
            Request(
                URL,
                name,
                content="json",
                form={"data": query},
                timeout_s=_TIMEOUT_S + 60.0,
                max_bytes=512 * 1024 * 1024,
            )
            for name, query in queries(area).items()
        ]

    def read(self, folder: Path, area: Area) -> Tidy:
        """Read the three answers; parks and streets may be absent without harm to places."""
        out = Tidy()
        (places,) = at_rest(folder, ["places.json"])
        extract = overpass.read_extract(places)
        out.vintage = extract.as_of[:10]
        out.add("osm_places", tidy_places(extract), len(extract.elements))
        for name in ("parks", "streets"):
            path = folder / f"{name}.json"
            if not path.is_file():
                out.note("OpenStreetMap : « {what} » n'a pas encore été téléchargé.", what=name)
                continue
            at_rest(folder, [path.name])
            extract = overpass.read_extract(path)
            shapes = overpass.polygons(extract) if name == "parks" else overpass.lines(extract)
            frame = gpd.GeoDataFrame(
                {
                    "feature_id": (
                        "osm-" + shapes["osm_type"] + "-" + shapes["osm_id"].astype(str)
                    ).to_numpy(),
                    "name": shapes["name"].to_numpy(),
                    "kind": shapes["leisure" if name == "parks" else "highway"].to_numpy(),
                },
                geometry=shapes.geometry.to_numpy(),
                crs="EPSG:4326",
            )
            out.add(f"osm_{name}", frame, len(extract.elements))
        return out


def tidy_places(extract: overpass.Extract) -> gpd.GeoDataFrame:
    """
    Return the places under our names.

    Returns
    -------
    GeoDataFrame in EPSG:4326
        `service_id`, `name` (missing where nobody wrote it), `category`, `brand`, `address`,
        `postal_code`, `phone`, `hours`, `website`, `wheelchair`, `as_of` (day of the data).
    """
    points = overpass.points(extract)
    shop, amenity = points["shop"].map(SHOPS), points["amenity"].map(AMENITIES)
    social = points["amenity"].eq("social_facility")
    category = shop.fillna(amenity).where(~social | shop.notna(), "social_facility")
    points, category = points[category.notna()], category[category.notna()]
    number, street = points["addr_housenumber"].fillna(""), points["addr_street"].fillna("")
    address = (number + " " + street).str.strip()
    frame = pd.DataFrame(
        {
            "service_id": "osm-" + points["osm_type"] + "-" + points["osm_id"].astype(str),
            "name": points["name"].fillna(points["brand"]),
            "category": category,
            "brand": points["brand"],
            "address": address.where(street != "", None),
            "postal_code": points["addr_postcode"],
            "phone": points["phone"].fillna(points["contact_phone"]),
            "hours": points["opening_hours"],
            "website": points["website"].fillna(points["contact_website"]),
            "wheelchair": points["wheelchair"],
            "as_of": extract.as_of[:10],
        }
    )
    shapes = gpd.points_from_xy(np.round(points.geometry.x, 6), np.round(points.geometry.y, 6))
    tidy = gpd.GeoDataFrame(frame, geometry=shapes, crs="EPSG:4326")
    return tidy.sort_values("service_id", ignore_index=True)


ADAPTER = OpenStreetMap()
