"""Service gaps on the embedded data: what is said, what is held back, scenarios and sites."""

from __future__ import annotations

import json
from datetime import date

import numpy as np
import pytest

from revital.catalogue.service_classes import service_class, service_classes
from revital.cli.main import main
from revital.errors import ConflictError, LayerError, NotAllowedError, UnknownIdError, ValuesError
from revital.i18n import translator
from revital.services import access_words as words
from revital.services import sites_words
from revital.services.access import measure_access
from revital.services.access_files import file_name, scenario_csv, units_csv
from revital.services.access_ground import AccessQuery, ground
from revital.services.access_map import access_map
from revital.services.best_sites import best_sites
from revital.services.data import open_data
from revital.services.scenario_store import (
    delete_scenario,
    save_scenario,
    saved_scenario,
    saved_scenarios,
)
from revital.services.scenarios import Scenario, decode, encode, run_scenario
from revital.services.verified import mark_verified, unmark_verified, verification
from revital.settings import settings

FR, EN = translator("fr"), translator("en")
SP, MN = "saint-philippe", "montreal-nord"


@pytest.fixture(autouse=True)
def workspace(tmp_path, monkeypatch):
    monkeypatch.setenv("REVITAL_HOME", str(tmp_path))
    settings.cache_clear()
    yield tmp_path
    settings.cache_clear()


@pytest.fixture
def data():
    return open_data()


# --- records -----------------------------------------------------------------------------------


def test_every_class_says_both_languages_and_what_its_lists_are_worth(data):
    known = service_classes()
    assert {"grocery", "clsc", "clinic", "gmf", "pharmacy", "hospital", "mental_health"} <= set(
        known
    )
    for record in known.values():
        assert record.one.fr.startswith(("un ", "une ")), record.id
        for place_id, state in record.lists.items():
            data.catalogue.place(place_id)
            assert (state.state == "absent") == (not state.layers)
            for layer in state.layers:
                data.catalogue.layer(layer)


def test_wholesalers_clubs_and_convenience_stores_do_not_count():
    kinds = service_class("grocery").categories
    counted = {id_ for id_, c in kinds.items() if c.counts}
    assert counted == {"supermarket", "grocery", "greengrocer", "public_market"}
    with pytest.raises(UnknownIdError, match="grocery"):
        service_class("épicerie")


# --- figures -----------------------------------------------------------------------------------


def test_saint_philippe_food_is_an_upper_bound_and_one_wholesaler_would_change_it(data):
    found = measure_access(data, AccessQuery(SP, "grocery"))
    assert found.is_upper_bound
    assert not found.can_simulate
    assert found.summary.people == 2465
    assert found.summary.people_beyond == 2465
    assert 2000 < found.summary.mean_cost < 2150
    assert found.counted_otherwise.people_beyond == 0
    text = words.answer(found, FR)
    assert "au plus" in text
    assert "d'après les lieux connus" in text
    counted = words.what_counts(found, FR)
    assert "Club Entrepôt" in counted
    assert "plus aucun résident" in counted
    assert "2023-09" in words.closures_text(found, FR)
    also = measure_access(data, AccessQuery(SP, "grocery", also=("wholesale", "warehouse_club")))
    assert also.summary.people_beyond == 0
    assert also.counted_otherwise is None


def test_saint_philippe_clsc_is_near_and_the_rest_is_said_to_be_unknown(data):
    found = measure_access(data, AccessQuery(SP, "clsc"))
    assert found.summary.mean_cost == pytest.approx(820, abs=10)
    assert found.summary.share_within == 1
    assert not found.is_upper_bound
    assert "820 m" in words.mean_text(found, FR).replace("\u202f", " ")
    others = [measure_access(data, AccessQuery(SP, id_)) for id_ in service_classes()]
    beside = words.beside_text(found, others, FR)
    assert "GMF" in beside
    assert "cliniques médicales" in beside
    assert "pharmacies (au plus" in beside


def test_distances_agree_with_the_layer_that_other_pages_read(data):
    found = measure_access(data, AccessQuery(SP, "clsc"))
    ours = found.units["cost_m"].sort_index()
    theirs = data.column("access_da.clsc_m").reindex(ours.index)
    np.testing.assert_allclose(ours, theirs, atol=1.0)


def test_a_class_without_a_list_has_no_figure(data):
    found = measure_access(data, AccessQuery(SP, "clinic"))
    assert found.summary is None
    assert found.food is None
    assert "nous ne savons pas" in words.answer(found, FR)
    assert "we do not know" in words.answer(found, EN)
    assert words.mean_text(found, FR) == ""


def test_services_outside_the_border_count(data):
    found = measure_access(data, AccessQuery(SP, "grocery"))
    units = set(found.units.index)
    frame = data.layers.read_shapes("outlines_da_442")
    inside = frame[frame["unit_id"].isin(units)].union_all()
    import shapely

    places = [p for p in found.listing.counted if p.id in found.nearest_for]
    assert places
    assert not any(inside.contains(shapely.Point(p.lon, p.lat)) for p in places)


def test_montreal_shows_the_whole_page_working(data):
    found = measure_access(data, AccessQuery(MN, "grocery"))
    assert found.can_simulate
    assert 0.8 < found.summary.share_within < 0.9
    assert found.city is not None
    assert found.services_15_min > found.services_15_min_older > 0
    assert "OpenStreetMap" in words.list_warning(found, FR)
    assert "villes liées" in words.list_warning(found, FR)


def test_the_stand_in_is_named_as_not_inspqs_rule(data):
    found = measure_access(data, AccessQuery(MN, "grocery"))
    assert found.food.is_stand_in
    assert 0 < found.food.people_desert < found.food.people_low
    text = words.food_text(found, FR)
    assert "ce n'est pas la règle de l'INSPQ" in text
    wider = measure_access(data, AccessQuery(MN, "grocery", deprived_quintiles=(4, 5)))
    assert wider.food.people_desert >= found.food.people_desert


def test_groups_carry_their_uncertainty_and_the_unknown_stays_unknown(data):
    found = measure_access(data, AccessQuery(SP, "grocery"))
    groups = {g.id: g for g in found.groups}
    older = groups["older"]
    assert older.people_beyond == older.people == 520
    assert older.units_without_figure == 2
    assert older.margin > 0
    assert groups["no_car"].people is None
    row = words.group_row(groups["no_car"], FR)
    assert row[1] == row[2] == "aucune donnée"
    assert "origine-destination" in row[3]


def test_a_detour_lengthens_and_a_larger_threshold_never_lowers(data):
    straight = measure_access(data, AccessQuery(MN, "clsc"))
    longer = measure_access(data, AccessQuery(MN, "clsc", detour_factor=1.3))
    assert longer.summary.mean_cost == pytest.approx(1.3 * straight.summary.mean_cost)
    assert "× 1,3" in words.mean_text(longer, FR)
    shares = [
        measure_access(data, AccessQuery(MN, "clsc", threshold_m=x)).summary.share_within
        for x in (300, 600, 900, 1200, 3000)
    ]
    assert shares == sorted(shares)


@pytest.mark.parametrize(
    "query",
    [
        AccessQuery(SP, "grocery", threshold_m=0),
        AccessQuery(SP, "grocery", threshold_m=float("nan")),
        AccessQuery(SP, "grocery", detour_factor=0.5),
        AccessQuery(SP, "grocery", also=("casino",)),
    ],
)
def test_impossible_questions_are_refused(data, query):
    with pytest.raises(ValuesError):
        measure_access(data, query)


# --- verification ------------------------------------------------------------------------------


def test_a_verified_list_is_no_longer_an_upper_bound(data):
    mark_verified("trois-rivieres", "grocery", "  CDEC de   Trois-Rivières ", date(2026, 11, 1))
    found = measure_access(data, AccessQuery(SP, "grocery"))
    assert not found.is_upper_bound
    assert found.can_simulate
    assert "CDEC de Trois-Rivières" in words.list_warning(found, FR)
    assert "au plus" not in words.answer(found, FR)
    unmark_verified("trois-rivieres", "grocery")
    assert measure_access(data, AccessQuery(SP, "grocery")).is_upper_bound
    with pytest.raises(ValuesError):
        mark_verified("trois-rivieres", "grocery", " ", date(2026, 11, 1))


def test_a_damaged_list_of_marks_is_a_sentence(workspace):
    (workspace / "verified_lists.json").write_text('[{"place": 1}]', encoding="utf-8")
    with pytest.raises(LayerError, match="illisible"):
        verification("trois-rivieres", "grocery")


# --- scenarios ---------------------------------------------------------------------------------


def test_a_store_in_the_quarter_serves_everybody(data):
    query = AccessQuery(SP, "grocery")
    result = run_scenario(data, query, Scenario(((46.339, -72.548),)), is_on_incomplete_list=True)
    assert result.effect.people_gained == 2465
    assert result.effect.after.mean_cost < 600
    assert result.effect.groups.loc["older", "gained"] == 520
    assert "liste incomplète" in words.scenario_mark(result, FR)
    assert "2 465 résidents de plus" in words.scenario_text(result, "une épicerie", FR).replace(
        "\u202f", " "
    )


def test_closing_then_reopening_restores_the_figures(data):
    query = AccessQuery(MN, "grocery")
    here = ground(data, query)
    nearest = measure_access(data, query).nearest_for
    busiest = max(nearest, key=nearest.get)
    place = next(p for p in here.listing.places if p.id == busiest)
    closed = run_scenario(data, query, Scenario((), (busiest,)), is_on_incomplete_list=False)
    assert closed.effect.people_lost > 0
    assert closed.effect.people_gained == 0
    both = Scenario(((place.lat, place.lon),), (busiest,))
    back = run_scenario(data, query, both, is_on_incomplete_list=False)
    assert back.effect.people_lost == 0
    assert back.effect.after.mean_cost == pytest.approx(back.effect.before.mean_cost, abs=0.05)


def test_a_scenario_goes_through_the_address_and_back():
    scenario = Scenario(((46.34, -72.55), (45.5, -73.6)), ("442-ts009", "osm-node-1_2"))
    assert decode(encode(scenario)) == scenario
    assert encode(Scenario()) == ""
    assert len(encode(Scenario(((-46.12345, -172.12345),) * 8))) < 300
    for bad in ("46.34", "x", "x<script>", "46.34_-72.55~?", "99.0_-72.0", "46.0_-999.0"):
        with pytest.raises(ValuesError):
            decode(bad)
    with pytest.raises(ValuesError, match="8"):
        Scenario(((46.0, -72.0),) * 8).with_point(46.0, -72.0)


def test_far_points_and_unknown_closings_are_refused(data):
    query = AccessQuery(SP, "grocery")
    with pytest.raises(ValuesError, match="km"):
        run_scenario(data, query, Scenario(((10.0, 10.0),)), is_on_incomplete_list=True)
    with pytest.raises(UnknownIdError, match="442-ts008"):
        # The wholesaler is shown, not counted: closing it changes nothing and is refused.
        run_scenario(data, query, Scenario((), ("442-ts008",)), is_on_incomplete_list=True)


def test_saved_scenarios_live_apart_and_are_marked(data, workspace, monkeypatch):
    query = AccessQuery(SP, "grocery", threshold_m=1000)
    scenario = Scenario(((46.339, -72.548),), ("442-ts009",))
    saved = save_scenario("Épicerie au parc", query, scenario, on_incomplete_list=True)
    assert saved.id == "epicerie-au-parc"
    body = json.loads((workspace / "scenarios" / "epicerie-au-parc.json").read_text("utf-8"))
    assert body["is_scenario"] is True
    back = saved_scenario("epicerie-au-parc")
    assert (back.scenario, back.query, back.on_incomplete_list) == (scenario, query, True)
    assert [s.id for s in saved_scenarios(SP)] == ["epicerie-au-parc"]
    assert saved_scenarios(MN) == []
    with pytest.raises(ConflictError):
        save_scenario("épicerie au parc", query, scenario, on_incomplete_list=True)
    with pytest.raises(ValuesError):
        save_scenario("…", query, scenario, on_incomplete_list=True)
    with pytest.raises(ValuesError):
        save_scenario("vide", query, Scenario(), on_incomplete_list=True)
    for bad in ("../secret", "absent", "Épicerie"):
        with pytest.raises(UnknownIdError):
            saved_scenario(bad)
    monkeypatch.setenv("REVITAL_MODE", "public")
    settings.cache_clear()
    with pytest.raises(NotAllowedError):
        save_scenario("autre", query, scenario, on_incomplete_list=True)
    with pytest.raises(NotAllowedError):
        delete_scenario("epicerie-au-parc")
    monkeypatch.delenv("REVITAL_MODE")
    settings.cache_clear()
    delete_scenario("epicerie-au-parc")
    assert saved_scenarios() == []


def test_a_damaged_scenario_is_named(workspace):
    (workspace / "scenarios").mkdir()
    (workspace / "scenarios" / "x.json").write_text("{", encoding="utf-8")
    with pytest.raises(LayerError, match=r"x\.json"):
        saved_scenarios()


def test_files_carry_the_method_and_the_mark(data):
    found = measure_access(data, AccessQuery(SP, "grocery"))
    plain = units_csv(found, FR).decode("utf-8-sig").splitlines()
    assert len(plain) == 7
    assert all("en ligne droite" in line for line in plain[1:])
    result = run_scenario(
        data, found.query, Scenario(((46.339, -72.548),)), is_on_incomplete_list=True
    )
    marked = scenario_csv(found, result, FR).decode("utf-8-sig").splitlines()
    assert all(line.startswith("Scénario sur liste incomplète") for line in marked[1:])
    assert "SCENARIO" in file_name(found, is_scenario=True)
    assert "SCENARIO" not in file_name(found)


# --- best sites --------------------------------------------------------------------------------


def test_best_sites_say_when_several_are_as_good(data):
    best = best_sites(data, AccessQuery(SP, "grocery"), is_on_incomplete_list=True)
    assert best.siting.is_exact
    assert best.siting.people_covered == 2465
    assert best.siting.as_good_count > 1
    assert "aussi bons" in sites_words.sites_text(best, FR)
    chosen = Scenario(tuple(best.points[i] for i in best.siting.chosen))
    tried = run_scenario(data, AccessQuery(SP, "grocery"), chosen, is_on_incomplete_list=True)
    assert tried.effect.after.people_within == best.siting.people_covered
    assert tried.effect.after.mean_cost == pytest.approx(best.siting.mean_cost, abs=2)


def test_a_closed_store_may_be_the_candidate(data):
    best = best_sites(data, AccessQuery(SP, "grocery"), candidates="closed")
    assert best.siting.chosen == ("442-tr011",)
    assert best.siting.gap is None
    assert "seul choix" in sites_words.sites_text(best, FR)


def test_two_sites_serve_at_least_as_many_as_one_and_equity_moves_the_weight(data):
    query = AccessQuery(MN, "grocery")
    one, two = (best_sites(data, query, p=p, candidates="areas") for p in (1, 2))
    assert two.siting.people_covered >= one.siting.people_covered > one.siting.people_covered_before
    fair = best_sites(data, query, candidates="areas", equity=1.0)
    assert fair.is_equity_weighted
    assert fair.siting.people_covered <= one.siting.people_covered
    with pytest.raises(ValuesError):
        best_sites(data, query, p=9)
    with pytest.raises(ValuesError):
        best_sites(data, query, candidates="closed")


# --- map and command ---------------------------------------------------------------------------


def test_the_map_counts_every_area_once(data, tmp_path):
    shown = access_map(data, AccessQuery(SP, "grocery"), Scenario(), tmp_path)
    assert sum(shown.counts) + shown.missing == len(shown.outlines.ids) == len(shown.codes)
    assert shown.change_m is None
    assert len(shown.inside) == 6
    after = access_map(
        data,
        AccessQuery(SP, "grocery"),
        Scenario(((46.339, -72.548),)),
        tmp_path,
        shows_change=True,
    )
    assert (after.change_m[list(after.inside)] < -500).all()
    assert all(after.codes[i] == 4 for i in after.inside)
    nothing = access_map(data, AccessQuery(SP, "clinic"), Scenario(), tmp_path)
    assert nothing.missing == len(nothing.outlines.ids)


def test_the_command_tells_the_method_the_layer_and_each_unit(capsys):
    main(
        [
            "access",
            "--territory",
            "saint-philippe",
            "--service",
            "grocery",
            "--threshold",
            "1000",
            "--format",
            "json",
        ]
    )
    told = json.loads(capsys.readouterr().out)
    assert told["people"] == 2465
    assert told["share_within"] == 0
    assert told["mean_distance_m"] == pytest.approx(2069, abs=5)
    assert told["method"] == "straight_line"
    assert told["layers"][0]["id"] == "food_places_442"
    assert told["is_upper_bound"] is True
    assert len(told["units"]) == 6
    main(
        [
            "access",
            "--territory",
            "saint-philippe",
            "--service",
            "clinic",
            "--format",
            "json",
            "--lang",
            "en",
        ]
    )
    unknown = json.loads(capsys.readouterr().out)
    assert unknown["people"] is None
    assert unknown["mean_distance_m"] is None
    with pytest.raises(SystemExit):
        main(["access", "--territory", "nulle-part", "--service", "grocery"])
    assert "inconnu" in capsys.readouterr().err
