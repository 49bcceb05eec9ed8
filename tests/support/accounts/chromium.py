"""A real browser for the tests of whole logins: the system's Chromium, headless."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest
from playwright.sync_api import Page, sync_playwright

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
needs_chromium = pytest.mark.skipif(
    CHROMIUM is None, reason="there is no chromium on this computer"
)


@contextmanager
def open_page(*, width: int = 360) -> Iterator[Page]:
    """Open a page at the width of a phone, without script: nothing of a login needs any."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        context = browser.new_context(
            viewport={"width": width, "height": 740}, java_script_enabled=False
        )
        yield context.new_page()
        context.close()
        browser.close()


def consent(
    page: Page,
    address: str,
    *,
    untick: Sequence[str] = (),
    account: str | None = None,
    decision: str = "Allow",
) -> None:
    """Open a consent page of the sandbox, choose in it as a person does, and send it.

    ``untick`` are the scopes' names as the page shows them. Returns when the browser has
    arrived where the page sent it.
    """
    page.goto(address)
    if account is not None:
        page.get_by_label("Account").select_option(account)
    for name in untick:
        page.get_by_label(name, exact=True).uncheck()
    page.get_by_role("button", name=decision).click()
    page.wait_for_load_state()
