"""Hosted mode: nobody writes before signing in, and roles come from the database."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from revital.domain.plan_records import Action
from revital.services import authorization
from revital.store.plan import PlanStore
from tests.browser import serving
from tests.browser.serving import Server, Visit

SUBJECT = "ana-1"


@pytest.fixture
def provider(tmp_path: Path) -> Iterator[str]:
    """An identity provider on this machine, knowing one person with a verified address."""
    command = shutil.which("oidc-provider-mock", path=str(Path(sys.executable).parent))
    if command is None:
        pytest.skip("oidc-provider-mock is not installed")
    port = serving.free_port()
    with (tmp_path / "provider.log").open("wb") as log:
        process = subprocess.Popen(
            [command, "--port", str(port)], stdout=log, stderr=subprocess.STDOUT
        )
    url = f"http://localhost:{port}"
    try:
        for _ in range(100):
            try:
                urllib.request.urlopen(f"{url}/.well-known/openid-configuration", timeout=2)
                break
            except (urllib.error.URLError, OSError):
                time.sleep(0.2)
        claims = {"email": "ana@quartier.test", "email_verified": True, "groups": ["administrator"]}
        request = urllib.request.Request(
            f"{url}/users/{SUBJECT}",
            data=json.dumps(claims).encode(),
            method="PUT",
            headers={"Content-Type": "application/json"},
        )
        urllib.request.urlopen(request, timeout=10)
        yield url
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture
def hosted(tmp_path: Path, provider: str) -> Iterator[Server]:
    port = serving.free_port()
    secrets = tmp_path / "secrets.toml"
    secrets.write_text(
        "[auth]\n"
        f'redirect_uri = "http://localhost:{port}/oauth2callback"\n'
        'cookie_secret = "une-phrase-secrete-pour-les-essais-seulement"\n'
        'client_id = "revital"\nclient_secret = "essai"\n'
        f'server_metadata_url = "{provider}/.well-known/openid-configuration"\n'
    )
    server = serving.start(
        tmp_path / "home",
        port=port,
        env={"REVITAL_MODE": "hosted", "STREAMLIT_SECRETS_FILES": str(secrets)},
    )
    yield server
    server.stop()


def main_text(page) -> str:
    return page.locator("[data-testid=stMain]").inner_text()


def test_sign_in_gives_the_role_of_the_database_and_sign_out_takes_it_back(hosted, visit):
    store = PlanStore.open(hosted.home)
    authorization.add_user(
        store,
        authorization.operator(),
        email="ana@quartier.test",
        role="member",
        territory="saint-philippe",
        subcommittee="environnement",
    )
    tab: Visit = visit(hosted, "/plan")
    page = tab.page
    assert "Ajouter une action" not in main_text(page)
    assert "Historique" not in main_text(page)

    page.get_by_role("button", name="Se connecter").click()
    page.wait_for_url("**/oauth2/authorize**", timeout=30_000)
    page.locator("input[name=sub]").fill(SUBJECT)
    page.locator("button[type=submit]:visible").first.click()
    page.wait_for_url(f"{hosted.url}/**", timeout=30_000)
    page.goto(f"{hosted.url}/plan")
    serving.settle(page)
    # the provider says administrator; the database says member of one sub-committee
    page.get_by_text("Membre d'un sous-comité").wait_for()
    page.get_by_text("Ajouter une action").click()
    groups = page.locator(".st-key-rv_add_group").get_by_role("radio")
    groups.first.wait_for()
    assert groups.all_inner_texts() == ["Environnement"]
    groups.first.click()
    expect(groups.first).to_be_checked()
    serving.settle(page)
    page.get_by_label("Que fait-on ?").fill("Bac à fleurs")
    page.get_by_role("button", name="Ajouter", exact=True).click()
    page.get_by_text("Action ajoutée").wait_for()
    (saved,) = store.all(Action)
    account = store.history()[0].account
    assert saved.subcommittee == "environnement"
    assert account not in ("local", "public", SUBJECT)
    store.close()

    page.get_by_role("button", name="Se déconnecter").click()
    # the provider may ask whether to leave its own session too
    asked = page.locator("form[action*=end_session] button").or_(
        page.get_by_role("button", name="Se connecter")
    )
    asked.first.wait_for()
    page.goto(f"{hosted.url}/plan")
    serving.settle(page)
    page.get_by_role("button", name="Se connecter").wait_for()
    assert "Ajouter une action" not in main_text(page)


def test_local_mode_behind_a_proxy_refuses_to_open(server, browser):
    context = browser.new_context(extra_http_headers={"X-Forwarded-For": "203.0.113.7"})
    page = context.new_page()
    page.goto(f"{server.url}/plan")
    serving.settle(page)
    assert "serveur mandataire" in main_text(page)
    context.close()
