"""Places added, corrected and told to whoever asks where to send people."""

from __future__ import annotations

import json
from datetime import date

import pandas as pd
import pytest
from click.testing import CliRunner

from revital.catalogue.service_classes import service_class
from revital.cli.main import cli
from revital.errors import UnknownIdError, UserError, ValuesError
from revital.i18n import translator
from revital.services.access import measure_access
from revital.services.access_ground import AccessQuery
from revital.services.access_words import place_note
from revital.services.data import open_data
from revital.services.figures import read_indicator
from revital.services.imports.corrected import all_corrections, corrected
from revital.services.imports.corrections import correct, uncorrect
from revital.services.imports.events import undo
from revital.services.imports.places import add_place
from revital.services.inventory import distance_m, inventory, referral_row, unknown_text
from revital.services.known_places import known_addresses, parse_point
from revital.services.landmarks import service_points
from revital.services.package_tables import export
from revital.services.service_places import list_places
from revital.services.verified import mark_verified, unmark_verified
from revital.services.workspace.building import put_layer
from revital.services.workspace.home import Workspace, workspace

HERE = "saint-philippe"
FOOD = "food_places_442"
SUPER_C = "super-c-saint-maurice"


def groceries():
    data = open_data()
    return list_places(data, service_class("grocery"), data.catalogue.territory(HERE))


def place(id_: str):
    return next(p for p in groceries().places if p.id == id_)


def note(id_: str, action: str, **more):
    return correct(
        open_data(), workspace(), HERE, layer=FOOD, service_id=id_, action=action,
        by="A. Tremblay", **more,
    )  # fmt: skip


def test_a_known_place_put_on_the_map_counts_at_once_and_comes_back_when_undone(home: Workspace):
    query = AccessQuery(HERE, "grocery")
    before = measure_access(open_data(), query).summary.mean_cost
    assert SUPER_C in {u.id for u in groceries().unlocated}
    event = add_place(
        open_data(), home, HERE, name="Super C", category="supermarket", lat=46.337, lon=-72.548,
        by="A", locates=SUPER_C, phone="819 555-0100",
    )  # fmt: skip
    assert SUPER_C not in {u.id for u in groceries().unlocated}
    added = next(p for p in groceries().places if p.is_own)
    assert (added.name, added.phone, added.counts) == ("Super C", "819 555-0100", True)
    assert measure_access(open_data(), query).summary.mean_cost < before
    undo(open_data(), home, event.id, by="A")
    assert SUPER_C in {u.id for u in groceries().unlocated}
    assert measure_access(open_data(), query).summary.mean_cost == before


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"name": " "}, "Donnez le nom"),
        ({"category": "casino"}, "n'est pas une sorte de lieu"),
        ({"lat": None}, "touchez la carte"),
        ({"lat": 45.5, "lon": -73.6}, "hors de Trois-Rivières"),
        ({"by": ""}, "Dites qui"),
    ],
)
def test_a_place_that_cannot_be_kept_says_why(home: Workspace, wrong: dict, sentence: str):
    good = {"name": "X", "category": "grocery", "lat": 46.34, "lon": -72.55, "by": "A"}
    with pytest.raises(UserError, match=sentence):
        add_place(open_data(), home, HERE, **(good | wrong))
    assert not (home.root / "own").exists()


def test_each_aspect_of_a_place_is_corrected_by_itself(home: Workspace):
    id_ = "442-ts007"
    note(id_, "moved", lat=46.35, lon=-72.56)
    note(id_, "details", hours="8 h-22 h")
    note(id_, "details", phone="819 555-0100")
    last = note(id_, "kind", category="convenience", note="petit magasin")
    found = place(id_)
    assert (round(found.lat, 4), found.hours, found.phone) == (46.35, "8 h-22 h", "819 555-0100")
    assert (found.category, found.reason) == ("convenience", "category")
    assert [c.action for c in found.corrections] == ["moved", "details", "details", "kind"]
    assert "petit magasin" in place_note(found, translator("fr"))
    note(id_, "closed")
    note(id_, "open")
    assert [c.action for c in place(id_).corrections].count("closed") == 0
    assert place(id_).status == "open"
    uncorrect(open_data(), home, last.id, by="B")
    assert place(id_).category == "supermarket"
    with pytest.raises(UnknownIdError, match="ne peut être défaite"):
        uncorrect(open_data(), home, last.id, by="B")
    for wrong in ({"action": "kind"}, {"action": "details"}, {"action": "kind", "category": "x"}):
        with pytest.raises(UserError):
            note(id_, **wrong)


def test_the_next_edition_of_the_source_keeps_what_was_corrected(home: Workspace):
    note("442-ts006", "closed")
    note("442-ts005", "details", hours="jour et nuit")
    data = open_data()
    record = data.catalogue.layer(FOOD)
    edition = data.layers.read_shapes(FOOD)
    edition = edition[edition["service_id"] != "442-ts005"].reset_index(drop=True)
    edition.loc[edition["service_id"] == "442-ts006", "name"] = "Maxi, nouveau nom"
    put_layer(home, data, record, edition, vintage="2027", inputs=())
    again = corrected(open_data(), FOOD).set_index("service_id")
    assert again.at["442-ts006", "status"] == "closed"
    assert again.at["442-ts006", "name"] == "Maxi, nouveau nom"
    # A place that the new edition drops keeps its note, for the day it returns.
    assert "442-ts005" not in again.index
    assert {c.service_id for c in all_corrections(open_data())} == {"442-ts005", "442-ts006"}


def test_the_inventory_is_nearest_first_and_asks_for_what_is_not_known(home: Workspace):
    t = translator("fr")
    found = inventory(open_data(), HERE, ["food_aid", "grocery"])
    far = [r.distance_m for r in found.referrals]
    assert far == sorted(far)
    assert found.closed_n >= 1
    shop = next(r for r in found.referrals if r.place.id == "442-ts006")
    assert shop.unknown == ("phone", "hours")
    aid = next(r for r in found.referrals if "food_aid" in r.classes)
    assert aid.unknown == ("phone", "hours", "eligibility", "cost")
    assert "téléphone, heures, qui y a droit et coût" in unknown_text(aid, t)
    spot = (shop.place.lat, shop.place.lon)
    near = inventory(open_data(), HERE, ["grocery"], spot).referrals[0]
    assert (near.place.id, near.distance_m) == ("442-ts006", 0.0)
    row = referral_row(near, t)
    assert row["phone"] is None
    assert json.dumps(row)
    everything = inventory(open_data(), HERE).referrals
    ids = [r.place.id for r in everything]
    assert len(ids) == len(set(ids))
    assert max(r.distance_m for r in everything) < 60_000, "nobody is sent to another city"


def test_distance_is_that_of_the_sphere():
    assert distance_m((46.34, -72.55), (46.34, -72.55)) == 0
    # A quarter of the Earth's circumference at the mean radius.
    assert distance_m((0, 0), (90, 0)) == pytest.approx(10_007_557, abs=1)


@pytest.mark.parametrize(
    "text",
    ["46.3405, -72.5460", "46,3405 -72,5460", "46,3405; −72,5460", "-72.5460 46.3405",
     "(46.3405,-72.5460)"],
)  # fmt: skip
def test_a_point_is_read_as_people_write_it(home: Workspace, text: str):
    assert parse_point(open_data(), HERE, text) == (46.3405, -72.5460)


@pytest.mark.parametrize("text", ["", "ici", "46.34", "45.5 -73.6", "1 2 3"])
def test_another_text_is_refused_in_a_sentence(home: Workspace, text: str):
    with pytest.raises(ValuesError):
        parse_point(open_data(), HERE, text)


def test_known_addresses_are_those_of_the_city(home: Workspace):
    known = known_addresses(open_data(), HERE)
    assert any(k.text.startswith("731, rue Sainte-Julie") for k in known)
    assert all(46.18 <= k.lat <= 46.55 for k in known)


def run(*words: str) -> str:
    done = CliRunner().invoke(cli, list(words), catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def test_the_commands_do_what_the_page_does(home: Workspace):
    at = ("--territory", HERE)
    added = json.loads(run(
        "services", "add", *at, "--name", "Frigo", "--kind", "food_aid", "--at", "46,3405 -72,5460",
        "--by", "A", "--hours", "jour et nuit", "--format", "json",
    ))  # fmt: skip
    told = json.loads(run("services", *at, "--kind", "food_aid", "--format", "json"))
    first = told["services"][0]
    assert (first["name"], first["hours"], first["is_own"]) == ("Frigo", "jour et nuit", True)
    run("correct", "add", "442-tr014", *at, "--action", "closed", "--by", "B", "--note", "fermé")
    (noted,) = json.loads(run("correct", "list", *at, "--format", "json"))
    assert (noted["name"], noted["by"], noted["in_layer"]) == (
        "Les Artisans bénévoles de la Paix en Mauricie", "B", True,
    )  # fmt: skip
    ids = {s["id"] for s in json.loads(run("services", *at, "--format", "json"))["services"]}
    assert "442-tr014" not in ids
    run("correct", "undo", noted["id"], "--by", "B")
    assert json.loads(run("correct", "list", "--format", "json")) == []
    run("import", "undo", added["id"], "--by", "A")
    marked = json.loads(run("services", "verify", *at, "--kind", "grocery", "--by", "CDEC",
                            "--on", "2026-11-20", "--format", "json"))  # fmt: skip
    assert [(m["class"], m["on"]) for m in marked] == [("grocery", "2026-11-20")]
    assert json.loads(run("services", "verify", *at, "--kind", "grocery", "--undo",
                          "--format", "json")) == []  # fmt: skip


def test_a_correction_follows_the_place_to_the_map_and_to_the_files(home: Workspace):
    note("442-ts007", "kind", category="convenience")
    (point,) = [p for p in service_points(open_data(), [FOOD]) if p["name"].startswith("Provigo")]
    assert (point["category"], point["noted"]) == ("convenience", "kind")
    add_place(
        open_data(), home, HERE, name="Ici", category="grocery", lat=46.337, lon=-72.55, by="B"
    )
    tables = export(open_data(), HERE).tables
    services = pd.concat([t.frame for t in tables if t.id.startswith("services")])
    assert "Ici" in set(services["name"])
    note("442-ts008", "closed")
    again = pd.concat([t.frame for t in export(open_data(), HERE).tables if t.id == "services"])
    told = again.set_index("service_id").loc["442-ts008"]
    assert told["status"] == "closed"
    assert told["local_note"].startswith("closed, A. Tremblay, ")


def test_the_figures_of_the_portrait_follow_and_drop_at_most_once_verified(home: Workspace):
    def figure():
        return read_indicator(open_data(), "food_store_distance", HERE).figure

    before = figure()
    assert before.incomplete
    event = add_place(open_data(), home, HERE, name="Ici", category="grocery", lat=46.337,
                      lon=-72.55, by="B")  # fmt: skip
    nearer = figure()
    assert nearer.value < before.value
    assert "own_points_trois_rivieres" in nearer.layers
    undo(open_data(), home, event.id, by="B")
    assert figure().value == before.value
    note("442-ts008", "details", hours="9 h-17 h")
    # A note that moves nothing: measured again, the pack's own distance comes out.
    assert figure().value == pytest.approx(before.value, abs=0.1)
    note("442-ts009", "closed")
    assert figure().value > before.value
    assert figure().incomplete
    mark_verified("trois-rivieres", "grocery", "CDEC", date(2026, 11, 20))
    assert not figure().incomplete
    unmark_verified("trois-rivieres", "grocery")
    assert figure().incomplete
