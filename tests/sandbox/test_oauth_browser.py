"""The consent pages in the system's Chromium, with no script and at the width of a phone."""

import shutil
from collections.abc import Iterator
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.support.providers.sandbox_requests import (
    FITBIT_PAGE,
    FITBIT_PARAMETERS,
    GOOGLE_PAGE,
    GOOGLE_PARAMETERS,
    SETTINGS,
    SLEEP,
    VERIFIER,
)
from tokcheck.sandbox import HEALTH_SCOPE, IssuedTokens, RegisteredClient, Sandbox

LONG = f"{HEALTH_SCOPE}health_metrics_and_measurements.writeonly"
BROWSER_CLIENT = "23BROW"

_CHROMIUM = shutil.which("chromium")
pytestmark = pytest.mark.skipif(_CHROMIUM is None, reason="there is no chromium on this computer")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=_CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture(params=["light", "dark"])
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    context = browser.new_context(
        viewport={"width": 360, "height": 740},
        color_scheme=request.param,
        java_script_enabled=False,
    )
    yield context.new_page()
    context.close()


@pytest.fixture
def landing_url(sandbox: Sandbox) -> str:
    """An address that answers, if only that there is nothing: the browser stays on it."""
    address = f"{sandbox.url}/landed"
    sandbox.state.clients.put(RegisteredClient(BROWSER_CLIENT, "client", redirect_uris=(address,)))
    return address


def open_page(page: Page, sandbox: Sandbox, path: str, parameters: dict[str, str]) -> None:
    page.goto(f"{sandbox.url}{path}?{urlencode(parameters)}")
    box = page.locator("fieldset").bounding_box()
    assert box is not None
    assert box["x"] + box["width"] <= 360


def fitbit(landing_url: str) -> dict[str, str]:
    return FITBIT_PARAMETERS | {"client_id": BROWSER_CLIENT, "redirect_uri": landing_url}


def read_redirect(page: Page, landing_url: str) -> dict[str, str]:
    page.wait_for_url(f"{landing_url}?*")
    parsed = parse_qs(urlsplit(page.url).query)
    return {name: values[0] for name, values in parsed.items()}


def exchange_code(page: Page, sandbox: Sandbox, landing_url: str) -> IssuedTokens:
    code = read_redirect(page, landing_url)["code"]
    return sandbox.state.exchange_code(
        BROWSER_CLIENT, code, redirect_uri=landing_url, verifier=VERIFIER
    )


def test_fitbit_unticking_a_scope_and_allowing(
    page: Page, sandbox: Sandbox, landing_url: str
) -> None:
    open_page(page, sandbox, FITBIT_PAGE, fitbit(landing_url))
    assert "Allow A sample application? (Fitbit, sandbox)" == page.title()
    page.get_by_label("Account").select_option("bo")
    page.get_by_label("settings", exact=True).uncheck()
    page.get_by_role("button", name="Allow").click()
    tokens = exchange_code(page, sandbox, landing_url)
    assert (("sleep",), "bo") == (tokens.scopes, tokens.account)
    assert page.url.endswith("#_=_")


def test_google_unticking_a_scope_and_allowing(
    page: Page, sandbox: Sandbox, landing_url: str
) -> None:
    parameters = GOOGLE_PARAMETERS | {
        "redirect_uri": landing_url,
        "scope": f"openid {SETTINGS} {SLEEP} {LONG}",
    }
    open_page(page, sandbox, GOOGLE_PAGE, parameters)
    page.get_by_label("settings.readonly").uncheck()
    page.get_by_label("health_metrics").uncheck()
    page.get_by_role("button", name="Allow").click()
    assert f"openid {SLEEP}" == read_redirect(page, landing_url)["scope"]


def test_google_denying(page: Page, sandbox: Sandbox, landing_url: str) -> None:
    open_page(page, sandbox, GOOGLE_PAGE, GOOGLE_PARAMETERS | {"redirect_uri": landing_url})
    page.get_by_role("button", name="Deny").click()
    assert {"state": "st/a te", "error": "access_denied"} == read_redirect(page, landing_url)


def test_ticking_nothing_brings_the_page_back(
    page: Page, sandbox: Sandbox, landing_url: str
) -> None:
    open_page(page, sandbox, FITBIT_PAGE, fitbit(landing_url))
    for box in page.get_by_role("checkbox").all():
        box.uncheck()
    page.get_by_role("button", name="Allow").click()
    assert "Tick at least one box, or choose Deny." == page.get_by_role("alert").inner_text()
    page.get_by_label("sleep", exact=True).check()
    page.get_by_role("button", name="Allow").click()
    assert ("sleep",) == exchange_code(page, sandbox, landing_url).scopes


def test_the_keyboard_is_enough(page: Page, sandbox: Sandbox, landing_url: str) -> None:
    open_page(page, sandbox, FITBIT_PAGE, fitbit(landing_url))
    # The account; the box of settings, which is unticked; the box of sleep; Deny; Allow.
    for key in ("Tab", "Tab", "Space", "Tab", "Tab", "Tab", "Enter"):
        page.keyboard.press(key)
    assert ("sleep",) == exchange_code(page, sandbox, landing_url).scopes
