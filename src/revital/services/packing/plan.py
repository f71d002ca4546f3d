"""The layers of the pack in the order they are made."""

from __future__ import annotations

from revital.services.packing import access, census, facts, geography, outlines, places
from revital.services.packing.recipe import Recipe

_GEOGRAPHY = ("relationship", "population", "origins_442", "areas_montreal", "boroughs_montreal")
_FOOD = ("food_places", "food_chains")

RECIPES: tuple[Recipe, ...] = (
    Recipe("geography_da", geography.geography_da, _GEOGRAPHY),
    Recipe(
        "geography_ct",
        geography.geography_ct,
        ("relationship", "population", "boroughs_montreal", "areas_montreal", "tract_counts"),
        needs=("geography_da",),
    ),
    Recipe("census_da", census.census_da, ("population", "bedrooms"), needs=("geography_da",)),
    Recipe("profile_ct", census.profile_ct, ("tract_profile",)),
    Recipe("profile_da", census.profile_da, ("area_profile",)),
    Recipe("labour_ct", census.labour_ct, ("labour",)),
    Recipe("cimd_da", census.cimd_da, ("cimd",)),
    Recipe("outlines_ct_442", outlines.tracts_442, ("tracts_442",)),
    Recipe("outlines_da_442", outlines.cells_442, ("cells_442",)),
    Recipe("outlines_da_montreal", outlines.areas_montreal, ("areas_montreal",)),
    Recipe(
        "outlines_ct_montreal",
        outlines.tracts_montreal,
        ("areas_montreal", "relationship"),
        needs=("outlines_da_montreal", "geography_da"),
    ),
    Recipe("outlines_boroughs_montreal", outlines.boroughs_montreal, ("boroughs_montreal",)),
    Recipe("basemap_lines_442", outlines.basemap_442, ("bus_feed",)),
    Recipe(
        "health_installations",
        places.health_installations,
        ("installations",),
        needs=("outlines_ct_442",),
    ),
    Recipe("schools", places.schools, ("schools",), needs=("outlines_ct_442",)),
    Recipe("food_places_442", places.food_places_442, _FOOD, records=(places.FOOD_PLACES,)),
    Recipe("unlocated_places_442", places.unlocated_places_442, records=(places.UNLOCATED,)),
    Recipe("osm_stores_montreal", places.osm_stores_montreal, ("osm_stores",)),
    Recipe("cool_places_montreal", places.cool_places_montreal, ("cool_places",)),
    Recipe("bus_stops_442", places.bus_stops_442, ("bus_feed",)),
    Recipe(
        "access_da",
        access.access_da,
        (*_GEOGRAPHY, "installations", "schools", *_FOOD, "bus_feed"),
        needs=("geography_da", "food_places_442", "bus_stops_442"),
        records=(places.FOOD_PLACES,),
    ),
    Recipe(
        "access_osm_da",
        access.access_osm_da,
        (*_GEOGRAPHY, "osm_stores"),
        needs=("geography_da", "osm_stores_montreal"),
    ),
    Recipe("facts", facts.facts, ("facts",), records=(facts.WORDS, *facts.WRITTEN)),
)
