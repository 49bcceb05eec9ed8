"""A whole login in a real browser: the command, consent page, loopback server and store."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page

from tests.cli.conftest import sandbox  # noqa: F401 - its fixture
from tests.support.accounts.chromium import consent, needs_chromium, open_page
from tests.support.cli.login_process import login, secrets_of, stored_grants, variables
from tokcheck.sandbox import GOOGLE_CLIENT, GOOGLE_SECRET, Sandbox

pytestmark = needs_chromium

WORDS = ["google-health", "--client-id", GOOGLE_CLIENT, "--name", "casey"]


@pytest.fixture
def env(sandbox: Sandbox, tmp_path: Path) -> dict[str, str]:  # noqa: F811 - a fixture
    return variables(sandbox, tmp_path / "home") | {"TOKCHECK_GOOGLE_CLIENT_SECRET": GOOGLE_SECRET}


def fits(page: Page) -> bool:
    box = page.locator("main").bounding_box()
    return box is not None and box["x"] + box["width"] <= 360


def test_a_person_unticks_a_scope_and_the_account_is_stored(
    env: dict[str, str], tmp_path: Path
) -> None:
    with (
        open_page() as page,
        login([*WORDS, "--scope", "sleep", "--scope", "settings"], env) as one,
    ):
        consent(page, one.address, untick=["settings.readonly"], account="bo")
        result = one.finish()
        assert "Consent received (tokcheck)" == page.title()
        assert "Consent received" == page.get_by_role("heading", level=1).inner_text()
        said = "tokcheck continues in the terminal. You can close this window."
        assert said == page.get_by_role("status").inner_text()
        assert fits(page)
        assert one.redirect_uri == page.url.partition("?")[0]
        shown = page.content()
    assert 0 == result.code, result.err
    (grant,) = stored_grants(tmp_path / "home")
    assert "casey" == grant.name
    assert ("https://www.googleapis.com/auth/googlehealth.sleep.readonly",) == grant.scopes
    assert "Not granted: settings." in result.err
    assert [] == [one for one in secrets_of([grant]) if one in shown + result.out + result.err]


def test_a_person_denies(env: dict[str, str], tmp_path: Path) -> None:
    with open_page() as page, login(WORDS, env) as one:
        consent(page, one.address, decision="Deny")
        result = one.finish()
        assert "This did not work" == page.get_by_role("heading", level=1).inner_text()
        assert page.get_by_role("alert").inner_text().startswith("The access was denied")
        assert fits(page)
    assert 1 == result.code
    assert [] == stored_grants(tmp_path / "home")


def test_a_browser_request_for_another_path_is_harmless(
    env: dict[str, str], tmp_path: Path
) -> None:
    with open_page() as page, login(WORDS, env) as one:
        for path in ("/", "/favicon.ico", "/callback"):
            answer = page.goto(f"http://{urlsplit(one.redirect_uri).netloc}{path}")
            assert answer is not None
            assert answer.status in {400, 404}
        consent(page, one.address)
        assert 0 == one.finish().code
    assert ["casey"] == [grant.name for grant in stored_grants(tmp_path / "home")]
