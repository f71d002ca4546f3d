"""Records of layers that come with fetched files, and the measures they make possible."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import yaml

from revital.catalogue.load import Catalogue, package_root, parse
from revital.catalogue.models import Indicator, Layer, Place

FILE = "fetched.yml"


@lru_cache(maxsize=1)
def _read() -> dict[str, Any]:
    text = package_root().joinpath(FILE).read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.safe_load(text)
    return found


def name_of(place_id: str) -> str:
    """Return a place's id as it stands in the names of layers (`trois_rivieres`)."""
    return place_id.replace("-", "_")


def layer_record(records: Catalogue, template: str, place: Place | None) -> Layer:
    """
    Return the record of a layer made from a template.

    Parameters
    ----------
    records : Catalogue
        Where a template says that its columns are like another layer's, they come from here.
    template : str
        Id in `fetched.yml` (`osm_places_{place}`, `proximity_da`).
    place : Place or None
        None for a layer that serves every place.
    """
    item = next(i for i in _read()["layers"] if i["id"] == template)
    blanks = {"place": "", "title_fr": "", "title_en": ""}
    if place is not None:
        blanks = {
            "place": name_of(place.id), "title_fr": place.title.fr, "title_en": place.title.en,
        }  # fmt: skip
    data = {k: v for k, v in item.items() if k != "like"}
    data["id"] = template.format(**blanks)
    data["title"] = {lang: words.format(**blanks) for lang, words in item["title"].items()}
    if "like" in item:
        like = records.layer(item["like"]).columns
        columns = {name: column.model_dump() for name, column in like.items()}
        data["columns"] = columns | item["columns"]
    return parse(Layer, data, FILE)


def with_measures(record: Indicator) -> Indicator:
    """Return an indicator with the measures that fetched layers make possible, after its own."""
    extra = _read()["indicators"].get(record.id, [])
    data = record.model_dump(mode="json")
    known = [m["inputs"] for m in data["measures"]]
    data["measures"] += [m for m in extra if m["inputs"] not in known]
    return parse(Indicator, data, f"indicators/{record.id}.yml")


def measured_by(layers: set[str]) -> dict[str, set[str]]:
    """
    Return the indicators whose added measures need only these layers, with the layers each needs.

    Parameters
    ----------
    layers : ids of the layers that are there
    """
    found: dict[str, set[str]] = {}
    for id_, measures in _read()["indicators"].items():
        need = {a.partition(".")[0] for m in measures for a in m["inputs"].values()}
        if need <= layers:
            found[id_] = need
    return found
