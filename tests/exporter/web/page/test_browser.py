"""The page in a real Chromium."""

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
from playwright.async_api import Browser, Page, Route

from tests.exporter.web.conftest import Browse
from tests.support.exporter.fake_backend import (
    ALL,
    EXPIRED,
    FINE,
    LOW,
    FakeBackend,
    RunningServer,
    serving,
    wait_until,
)
from tests.support.exporter.grant_states import GRANTS, LOST
from tokcheck.exporter.state import AccountState
from tokcheck.exporter.web.actions import RequestedProbe

HOSTILE = FINE._replace(
    name='"><img src=x onerror="document.title=1"><script>document.title=2</script>\u202e',
    finding="<b>bold</b>" + "y" * 200,
)
_TEXTS = "h1, h2, h3, h4, p, a, b, code, li, dt, dd, span, label, button, input, summary"
_COLOURS = """elements => elements.map(element => {
  let below = element, background = "rgba(0, 0, 0, 0)";
  while (below && background === "rgba(0, 0, 0, 0)") {
    background = getComputedStyle(below).backgroundColor; below = below.parentElement;
  }
  return [getComputedStyle(element).color, background, element.textContent];
})"""


class RenderingCounter(FakeBackend):
    """Counts how often the page is rendered."""

    renderings = 0

    def account_states(self) -> Sequence[AccountState]:
        self.renderings += 1
        return self.accounts


@asynccontextmanager
async def _open_page(
    browser: Browser, backend: FakeBackend, path: str = "/", refresh: int = 15, **context: Any
) -> AsyncIterator[tuple[Page, RunningServer]]:
    """Open a page, and assert that it has no errors and requests nothing from elsewhere."""
    async with serving(backend, refresh=refresh) as server:
        window = await browser.new_context(**context)
        page = await window.new_page()
        errors: list[str] = []
        requests: list[str] = []
        page.on("console", lambda message: errors.append(message.text))
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("request", lambda request: requests.append(request.url))
        await page.goto(f"{server.url}{path}")
        yield page, server
        await window.close()
        assert [] == errors
        assert [] == [url for url in requests if not url.startswith((server.url, "data:"))]


def _contrast(colours: Sequence[str]) -> float:
    lights = []
    for colour in colours:
        parts = [float(part) / 255 for part in re.findall(r"[\d.]+", colour)[:3]]
        linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        lights.append(0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2])
    return (max(lights) + 0.05) / (min(lights) + 0.05)


def test_the_page_renders_without_javascript(browse: Browse) -> None:
    async def check(browser: Browser) -> None:
        backend = FakeBackend(ALL)
        async with _open_page(browser, backend, java_script_enabled=False) as (page, _):
            assert "(2) tokcheck: 2 problems, 4 warnings" == await page.title()
            assert 8 == await page.get_by_role("heading", level=3).count()
            assert await page.get_by_role("heading", name="problems").count() == 0
            assert await page.get_by_text("2 problems, 4 warnings among 8 accounts").is_visible()
            assert 2 == await page.get_by_role("meter").count()
            last = page.locator("ol > li").last
            assert not await last.get_by_text("Charge 6").is_visible()
            await last.locator("summary").click()
            assert await last.get_by_text("Charge 6").is_visible()
            bar = await page.get_by_role("meter").last.bounding_box()
            assert bar is not None
            assert (True, 8.0) == (bar["width"] > 100, bar["height"])

    browse(check)


def test_the_page_reloads_and_can_be_paused(browse: Browse) -> None:
    async def check(browser: Browser) -> None:
        many = [FINE._replace(name=f"account {number}") for number in range(60)]
        backend = RenderingCounter(many)
        async with _open_page(browser, backend, refresh=1) as (page, _):
            await page.evaluate("scrollTo(0, 1500)")
            await wait_until(lambda: backend.renderings >= 3)
            await page.wait_for_load_state()
            await page.wait_for_function("scrollY === 1500")  # the reader's place is kept
            await page.get_by_role("link", name="Pause").click()
            await page.get_by_role("link", name="Resume").wait_for()
            assert 0 == await page.locator("meta[http-equiv]").count()
            await page.get_by_role("link", name="Resume").click()
            await page.get_by_role("link", name="Pause").wait_for()
            assert 1 == await page.locator("meta[http-equiv]").count()

    browse(check)


@pytest.mark.parametrize("width", [320, 768, 1280])
@pytest.mark.parametrize(
    "accounts",
    [ALL, (HOSTILE, LOW), (*GRANTS, LOST._replace(name="n" * 100))],
    ids=["all", "hostile", "grants"],
)
def test_the_page_is_no_wider_than_the_window(
    browse: Browse, width: int, accounts: Sequence[AccountState]
) -> None:
    async def check(browser: Browser) -> None:
        window = {"width": width, "height": 700}
        backend = FakeBackend(accounts)
        async with _open_page(browser, backend, "/?account=", viewport=window) as (page, _):
            await page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
            wide = await page.evaluate(
                "[...document.querySelectorAll('body *')].filter(e => "
                "e.getBoundingClientRect().right > innerWidth + .5).map(e => e.outerHTML)"
            )
            assert [] == wide
            assert width == await page.evaluate("document.documentElement.scrollWidth")

    browse(check)


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_the_marker_of_a_folded_account_stands_beside_its_name(browse: Browse, width: int) -> None:
    async def check(browser: Browser) -> None:
        many = [FINE._replace(name=f"study-participant-{'n' * 12 * n}") for n in range(6)]
        window = {"width": width, "height": 700}
        async with _open_page(browser, FakeBackend(many), viewport=window) as (page, _):
            for line in await page.locator(".compact summary").all():
                frame, name = await line.bounding_box(), await line.locator("h3").bounding_box()
                assert frame is not None
                assert name is not None
                assert frame["y"] + 10 > name["y"]
                assert frame["x"] + 12 < name["x"]
                mark = await line.evaluate("e => getComputedStyle(e, '::before').position")
                assert "absolute" == mark, "it takes no line of its own"

    browse(check)


def test_dark_and_light_differ_and_both_have_contrast(browse: Browse) -> None:
    async def check(browser: Browser) -> None:
        grounds = {}
        for scheme in ("light", "dark"):
            backend = FakeBackend((*ALL, *GRANTS))
            async with _open_page(browser, backend, "/?account=s", color_scheme=scheme) as (
                page,
                _,
            ):
                await page.evaluate(
                    "document.querySelectorAll('details').forEach(d => d.open = true)"
                )
                grounds[scheme] = await page.evaluate(
                    "getComputedStyle(document.documentElement).backgroundColor"
                )
                drawn = await page.locator(_TEXTS).evaluate_all(_COLOURS)
                assert len(drawn) > 60
                poor = [one for one in drawn if _contrast(one[:2]) < 4.5]
                assert [] == poor
        assert grounds["light"] != grounds["dark"]

    browse(check)


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (360, "dark")])
def test_the_login_command_is_visible_without_a_click(
    browse: Browse, width: int, scheme: str
) -> None:
    async def check(browser: Browser) -> None:
        window = {"width": width, "height": 800}
        backend = FakeBackend(GRANTS)
        async with _open_page(browser, backend, viewport=window, color_scheme=scheme) as (page, _):
            rows = page.locator("ol > li")
            actions = [await rows.nth(n).locator(".action").all_inner_texts() for n in range(5)]
            assert [
                ["Needs a new login: access has ended\n\ntokcheck login fitbit --name max-over"],
                ["Needs a new login: access ends in 11 min 12:11 UTC\n\n"
                 "tokcheck login fitbit --name 'lou lost'"],
                ["Needs a new login: its consent ends in 1 day 23 h 2026-01-17 11:00 UTC\n\n"
                 "tokcheck login google-health --name mia-ending"],
                [], [],
            ] == actions  # fmt: skip
            command = page.get_by_text("tokcheck login fitbit --name 'lou lost'", exact=True)
            assert await command.is_visible()
            await command.click()  # takes all of it, to be copied
            assert "tokcheck login fitbit --name 'lou lost'" == await page.evaluate(
                "getSelection().toString()"
            )

    browse(check)


def test_the_keyboard_reaches_every_control(browse: Browse) -> None:
    async def check(browser: Browser) -> None:
        probeable = frozenset(state.name for state in ALL if state is not EXPIRED)
        backend = FakeBackend(ALL, probeable=probeable)
        async with _open_page(browser, backend) as (page, _):
            seen = []
            for _ in range(21):
                await page.keyboard.press("Tab")
                seen.append(
                    await page.evaluate(
                        "[document.activeElement.tagName, "
                        "document.activeElement.textContent.trim().slice(0, 10), "
                        "getComputedStyle(document.activeElement).outlineStyle]"
                    )
                )
            assert [
                ["A", "Skip to th", "solid"],
                ["A", "2 broken", "solid"],
                ["A", "1 rate-lim", "solid"],
                ["A", "1 unclear", "solid"],
                ["A", "1 running ", "solid"],
                ["A", "1 expires ", "solid"],
                ["A", "1 no resul", "solid"],
                ["A", "1 fine", "solid"],
                ["A", "Pause", "solid"],
                ["A", "JSON", "solid"],
                ["A", "Metrics", "solid"],
                ["INPUT", "", "solid"],
                ["BUTTON", "Filter", "solid"],
                ["SUMMARY", "What to do", "solid"],
                ["BUTTON", "Probe now", "solid"],
                ["SUMMARY", "What to do", "solid"],
                ["BUTTON", "Probe now", "solid"],
                ["SUMMARY", "What to do", "solid"],
                ["BUTTON", "Probe now", "solid"],
                ["BUTTON", "Probe now", "solid"],
                ["SUMMARY", "What to do", "solid"],
            ] == seen
            await page.keyboard.press("Enter")
            assert await page.get_by_text("41 success").first.is_visible()

    browse(check)


def test_the_button_requests_a_probe(browse: Browse) -> None:
    async def check(browser: Browser) -> None:
        backend = FakeBackend(ALL, answers={LOW.name: RequestedProbe("sent", sent=True)})
        backend.probeable = frozenset({LOW.name})
        async with _open_page(browser, backend) as (page, _):
            await page.get_by_role("button", name="Probe now").click()
            await page.wait_for_url(f"**/?account={LOW.name}")
        assert [LOW.name] == backend.probes

    browse(check)


def test_the_skip_link_and_the_filter_work_by_keyboard(browse: Browse) -> None:
    async def check(browser: Browser) -> None:
        async with _open_page(browser, FakeBackend(ALL), java_script_enabled=False) as (page, _):
            await page.keyboard.press("Tab")
            box = await page.get_by_role("link", name="Skip").bounding_box()
            assert box is not None
            assert box["y"] >= 0, "it is seen while it has the focus"
            await page.keyboard.press("Enter")
            await page.keyboard.press("Tab")
            focused = page.locator("summary:focus")
            assert 1 == await focused.count(), "the header was skipped"
            await page.get_by_label("Account").fill("STUDY-0")
            await page.keyboard.press("Enter")
            await page.get_by_role("heading", name="4 accounts with").wait_for()
            assert "STUDY-0" == await page.get_by_label("Account").input_value()
            await page.get_by_role("link", name="Show all").click()
            await page.get_by_role("heading", name="8 accounts").wait_for()

    browse(check)


def test_a_total_leads_to_its_accounts_and_back_behind_a_path_prefix(browse: Browse) -> None:
    async def check(browser: Browser) -> None:
        async with serving(FakeBackend(ALL)) as server:
            window = await browser.new_context(java_script_enabled=False)
            page = await window.new_page()

            async def strip_prefix(route: Route) -> None:
                response = await route.fetch(url=route.request.url.replace("/monitor/", "/"))
                await route.fulfill(response=response)

            await page.route("**/monitor/**", strip_prefix)  # as a proxy does
            await page.goto(f"{server.url}/monitor/?refresh=0")
            await page.get_by_role("link", name="2 broken").click()
            await page.get_by_role("heading", name="2 accounts: broken").wait_for()
            assert page.url.endswith("/monitor/?severity=broken&refresh=0")
            await page.get_by_label("Account").fill("study")
            await page.keyboard.press("Enter")
            await page.get_by_role("heading", name="1 account: broken with study").wait_for()
            assert page.url.startswith(f"{server.url}/monitor/?account=study")
            await page.get_by_role("link", name="Show all").click()
            await page.get_by_role("heading", name="8 accounts").wait_for()
            for name, path in (
                ("Metrics", "/monitor/metrics"),
                ("JSON", "/monitor/api/v1/accounts"),
            ):
                link = page.get_by_role("link", name=name)
                assert path == await link.evaluate("link => new URL(link.href).pathname")
            await window.close()

    browse(check)


@pytest.mark.parametrize("width", [360, 1280])
def test_500_accounts_take_a_line_each(browse: Browse, width: int) -> None:
    async def check(browser: Browser) -> None:
        many = [FINE._replace(name=f"participant-{number:03}") for number in range(499)]
        window = {"width": width, "height": 800}
        async with _open_page(browser, FakeBackend((LOW, *many)), viewport=window) as (page, _):
            rows = page.locator("ol > li")
            heights = await rows.evaluate_all("rows => rows.map(row => row.offsetHeight)")
            assert 200 == len(heights)
            assert max(heights[1:]) < 60 < heights[0]
            assert width == await page.evaluate("document.documentElement.scrollWidth")
            drawing = await rows.nth(1).locator("summary svg").bounding_box()
            assert drawing is not None
            assert (True, True) == (drawing["width"] > 60, 10 < drawing["height"] < 20)
            await rows.nth(1).locator("summary").click()
            assert await rows.nth(1).get_by_text("Charge 6").is_visible()

    browse(check)


def test_hostile_texts_do_nothing(browse: Browse) -> None:
    async def check(browser: Browser) -> None:
        path = "/?account=%22%3E%3Cimg%20src=x%20onerror=%22document.title=3%22"
        for where in ("/", path):
            async with _open_page(browser, FakeBackend((HOSTILE, LOW)), where) as (page, _):
                assert (await page.title()).endswith("tokcheck: 1 warning")
                assert 0 == await page.locator("img, script, li b:text('bold')").count()
                assert await page.get_by_text("onerror").first.is_visible()

    browse(check)
