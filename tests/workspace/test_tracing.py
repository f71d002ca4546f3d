from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from revital.catalogue.load import catalogue
from revital.catalogue.models import Text
from revital.cli.main import cli
from revital.errors import UserError, ValuesError
from revital.services.data import open_data
from revital.services.workspace import details
from revital.services.workspace.home import Workspace
from revital.services.workspace.tracing import (
    MOST_CORNERS,
    pick_areas,
    places_drawn,
    read_corners,
    require_traced,
    traced,
    write_corners,
)

HEART = [(46.332, -72.566), (46.346, -72.566), (46.346, -72.545), (46.332, -72.545)]


@pytest.mark.parametrize(
    "line",
    ["46.3352, -72.5560", "46.3352,-72.5560", "46.3352 -72.5560", "46,3352; -72,5560",
     "46,3352;-72,5560", " 46,3352 -72,5560 ", "46.3352;-72.5560"],
)  # fmt: skip
def test_a_corner_is_read_as_people_write_it(line: str):
    assert read_corners(f"\n{line}\n\n") == [(46.3352, -72.556)]


@pytest.mark.parametrize(
    "line", ["46.3352", "here", "146, -72", "46, -272", "1, 2, 3", "46.3.2 -7"]
)
def test_a_line_that_is_no_corner_is_named(line: str):
    with pytest.raises(ValuesError, match="Ligne 2"):
        read_corners(f"46, -72\n{line}")


def test_corners_come_back_as_they_were_written():
    assert read_corners(write_corners(HEART)) == HEART
    with pytest.raises(ValuesError, match=f"au plus {MOST_CORNERS}"):
        read_corners("46, -72\n" * (MOST_CORNERS + 1))


def test_an_outline_takes_three_corners_and_sides_that_do_not_cross():
    assert traced(HEART[:2]) is None
    assert traced([HEART[0]] * 5) is None
    # 0.014 by 0.021 degrees.
    assert require_traced(HEART).area == pytest.approx(0.014 * 0.021)
    with pytest.raises(ValuesError, match="se croisent"):
        traced([HEART[0], HEART[1], HEART[3], HEART[2]])
    with pytest.raises(ValuesError, match="se croisent"):
        traced([(46.0, -72.0), (46.1, -72.0), (46.2, -72.0)])
    with pytest.raises(ValuesError, match="au moins trois coins"):
        require_traced(HEART[:2])


def test_areas_to_pick_hold_everybody_once(home: Workspace):
    data = open_data()
    assert {p.id for p in places_drawn(data)} == {"trois-rivieres", "montreal"}
    areas = pick_areas(data, data.catalogue.place("trois-rivieres"))
    units = [u for a in areas for u in a.units]
    assert len(units) == len(set(units)) == 275
    people = data.population("da")
    assert sum(a.population for a in areas) == people.reindex(units).sum()
    ours = next(a for a in areas if "24370128" in a.units)
    assert ours.tract == data.table("geography_da").at["24370128", "ct_id"]


def test_sub_committees_are_read_by_line():
    found = details.read_committees(["Sécurité | Safety", "", "env=Environnement|Environment", "A"])
    assert [(c.id, c.name.fr, c.name.en) for c in found] == [
        ("securite", "Sécurité", "Safety"), ("env", "Environnement", "Environment"),
        ("a", "A", "A"),
    ]  # fmt: skip
    again = details.read_committees(details.write_committees(found).splitlines())
    assert [c.name for c in again] == [c.name for c in found]
    for wrong in ("| Safety", "=", "!!!"):
        with pytest.raises(UserError, match="n'est pas un sous-comité"):
            details.read_committees([wrong])
    with pytest.raises(UserError, match="deux fois"):
        details.read_committees(["Sécurité", "securite = Safety"])


def test_a_record_needs_a_language_and_comparators_that_exist(home: Workspace):
    data = open_data()
    record = data.catalogue.territory("saint-philippe")
    chosen = details.comparators_of(data, "trois-rivieres")
    assert chosen == {
        "city": "trois-rivieres", "region": "rmr-trois-rivieres", "province": "quebec",
    }  # fmt: skip
    whole = details.with_details(
        data, record, comparators=chosen, languages=["en", "fr", "en"],
        organization=Text(fr="CDEC", en="CDEC"),
    )  # fmt: skip
    assert whole.languages == ("en", "fr")
    assert whole.sub_committees == ()
    with pytest.raises(UserError, match="au moins une langue"):
        details.with_details(data, record, comparators={}, languages=[])
    with pytest.raises(UserError, match="n'est pas un rôle"):
        details.with_details(data, record, comparators={"county": "quebec"})
    assert [t.id for t in details.comparable(data, "province")] == ["quebec"]


def test_the_command_takes_corners_and_carries_the_record(home: Workspace):
    words = [
        "territory", "new", "--id", "coeur", "--name-fr", "Le cœur", "--name-en", "The heart",
        "--corners", ";".join(f"{lat},{lon}" for lat, lon in HEART),
        "--sub-committee", "Sécurité|Safety", "--language", "fr", "--organization", "CDEC|CDC",
        "--comparators", "city=trois-rivieres", "--format", "json",
    ]  # fmt: skip
    done = CliRunner().invoke(cli, words, catch_exceptions=False)
    assert done.exit_code == 0
    shown = json.loads(done.output)
    assert shown["basis"] == "area"
    assert "surface" in shown["basis_text"]["fr"]
    record = catalogue().territory("coeur")
    assert record.languages == ("fr",)
    assert record.organization.en == "CDC"
    assert record.comparators == {"city": "trois-rivieres"}
    assert record.sub_committees[0].id == "securite"
    assert "selon sa surface" in record.declared.fr
    drawn = [
        "territory", "new", "--id", "deux", "--name-fr", "X", "--name-en", "X",
        "--pick", "24370110,24370128", "--dry-run", "--format", "json",
    ]  # fmt: skip
    done = CliRunner().invoke(cli, drawn, catch_exceptions=False)
    assert json.loads(done.output)["units"] == ["24370110", "24370128"]
