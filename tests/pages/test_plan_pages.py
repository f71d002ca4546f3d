"""The plan's pages, run in-process: forms, refusals, conflicts, modes."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from revital.domain.plan_records import Action, Decision, ErrorReport, Objective
from revital.services import contacts, meeting, plan, plan_edit, plan_example
from revital.services.plan_structure import open_store
from revital.settings import PROJECT, settings
from revital.ui import long_text


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("REVITAL_HOME", str(tmp_path))
    settings.cache_clear()
    open_store.cache_clear()
    yield tmp_path
    open_store(tmp_path).close()
    open_store.cache_clear()
    settings.cache_clear()


def run(page: str, **query: str) -> AppTest:
    app = AppTest.from_file(str(PROJECT / "app.py"), default_timeout=60)
    app.switch_page(f"pages/{page}.py")
    for key, value in query.items():
        app.query_params[key] = value
    return app.run()


def words(app: AppTest) -> str:
    assert list(app.exception) == []
    bodies = [str(getattr(block.proto, "body", "")) for block in app.get("html")]
    return "\n".join(body for body in bodies if not body.startswith("<style"))


def test_an_empty_plan_offers_an_example_and_takes_it_back(home):
    app = run("plan")
    assert "Aucune action" in words(app)
    app.button(key="rv_example_add").click().run()
    assert "15 actions" in words(app)
    assert "rv-example" in words(app)
    app.button(key="rv_example_remove").click().run()
    assert "Aucune action" in words(app)
    assert plan.board(plan.open_plan("saint-philippe")).total_n == 0


def test_an_action_is_added_and_its_sheet_opens(home):
    app = run("plan")
    app.text_input(key="draft_add_title").set_value("<i>Fête</i> & repas").run()
    app.button(key="rv_add_save").click().run()
    assert "Choisissez d&#x27;abord un sous-comité" in words(app)
    app.pills(key="rv_add_group").set_value("securite").run() if hasattr(app, "pills") else (
        app.button_group(key="rv_add_group").set_value(["securite"]).run()
    )
    app.button(key="rv_add_save").click().run()
    (saved,) = open_store(home).all(Action)
    assert (saved.title, saved.subcommittee) == ("<i>Fête</i> & repas", "securite")
    sheet = run("plan", action=saved.id)
    body = words(sheet)
    assert "&lt;i&gt;Fête&lt;/i&gt; &amp; repas" in body
    assert "<i>Fête</i>" not in body


def test_what_was_just_done_is_undone_and_contacts_are_kept_apart(home):
    here = plan.open_plan("saint-philippe", store=open_store(home))
    made = plan_edit.add_action(here, subcommittee="services", title="À reprendre", lat=46.34,
                                lon=-72.55)  # fmt: skip
    app = run("plan", action=made.id)
    app.button(key="rv_delete").click().run()
    assert "Action supprimée" in words(app)
    app.button(key="rv_undo_last").click().run()
    assert "est annulé." in words(app)
    assert not open_store(home).get(Action, made.id).deleted
    field = next(f for f in app.text_input if f.label == "Nom")
    field.set_value("Rose <b>Exemple</b>")
    next(b for b in app.button if b.label == "Ajouter le contact").click().run()
    assert "Rose &lt;b&gt;Exemple" in words(app)
    assert [c.name for c in contacts.list_contacts(here)] == ["Rose <b>Exemple</b>"]
    assert "Rose" not in str([c.after for c in here.store.history()])
    assert "À reprendre" in words(run("plan", vue="carte"))


def test_a_link_to_an_action_that_is_gone_shows_the_board(home):
    app = run("plan", action="nulle-part")
    assert "rv-t-fault" not in words(app)
    assert "action" not in app.query_params


@pytest.mark.parametrize("lang", ["fr", "en"])
@pytest.mark.parametrize(
    "view",
    ["tableau", "liste", "calendrier", "regarder", "argent", "couverture", "preuves", "historique"],
)
def test_every_view_draws(home, lang, view):
    plan_example.add_example(plan.open_plan("saint-philippe"))
    body = words(run("plan", vue=view, lang=lang))
    assert "rv-t-fault" not in body
    assert "rv-example" in body


def test_every_sheet_of_the_example_draws_in_english(home):
    here = plan.open_plan("saint-philippe")
    plan_example.add_example(here)
    for item in plan.board(here).actions[:6]:
        body = words(run("plan", action=item.action.id, lang="en"))
        assert "rv-t-fault" not in body
        assert item.action.en["title"].split("'")[0] in body
        assert "caused" not in body


def test_objectives_are_written_by_the_coordination(home):
    app = run("plan")
    titles = [f for f in app.text_input if f.label == "Nouvel objectif"]
    titles[0].set_value("Un quartier où l'on mange bien")
    next(b for b in app.button if b.label == "Ajouter l'objectif").click().run()
    assert [o.title for o in open_store(home).all(Objective)] == ["Un quartier où l'on mange bien"]


def test_a_decision_is_recorded_from_the_meeting_page(home):
    app = run("rencontre", groupe="services")
    app.text_input(key="draft_decision_services").set_value("Écrire à la Ville.").run()
    app.button(key="rv_decide_save").click().run()
    assert "Décision inscrite" in words(app)
    (decision,) = open_store(home).all(Decision)
    assert (decision.subcommittee, decision.effect) == ("services", "created")
    app.button(key="rv_freeze").click().run()
    assert "Intact" in words(app)


def test_a_public_installation_shows_counts_and_nothing_to_write(home, monkeypatch):
    here = plan.open_plan("saint-philippe")
    plan_example.add_example(here)
    title = plan.board(here).actions[0].action.title
    monkeypatch.setenv("REVITAL_MODE", "public")
    settings.cache_clear()
    app = run("plan")
    body = words(app)
    assert "15 actions" in body
    assert title not in body
    keys = {b.key for b in app.button}
    assert not {"rv_add_save", "rv_example_remove"} & keys
    assert "entre membres" in words(run("rencontre"))
    assert meeting.meetings(here, scope="example")


def test_a_report_of_an_error_reaches_the_coordination(home, monkeypatch):
    # the field lives in the browser, which this test leaves out
    monkeypatch.setattr(long_text, "field", lambda *_, **__: "Une date est fausse.")
    app = run("plan")
    app.button(key="rv_report_send_plan_d_action").click().run()
    assert "Merci" in words(app)
    (report,) = open_store(home).all(ErrorReport)
    assert (report.about, report.text) == ("Plan d'action", "Une date est fausse.")
    labels = [e.label for e in run("plan").expander]
    assert "1 signalement à traiter" in labels


@pytest.mark.parametrize("page", ["portrait", "plan", "donnees"])
def test_no_page_opens_in_a_mode_that_is_not_safe(home, monkeypatch, page):
    monkeypatch.setenv("REVITAL_MODE", "hosted")
    settings.cache_clear()
    app = run(page)
    body = words(app)
    assert "Le mode hébergé demande une connexion" in body
    assert "rv-sentence" not in body
