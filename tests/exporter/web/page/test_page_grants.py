"""An account on the page that needs a new login."""

import pytest

from tests.exporter.web.page.test_page import HOSTILE, Page
from tests.support.exporter.grant_states import (
    AT,
    ENDING,
    FORGET,
    GONE,
    GRANTS,
    HINT,
    KEPT,
    LATER,
    LOST,
    OVER,
    TWIN,
    WHY,
    WRONG_SECRET,
)
from tokcheck.accounts.grant import Broken, BrokenReason
from tokcheck.core.report import Verdict
from tokcheck.exporter.state import AccountState, SkipReason
from tokcheck.exporter.web import View
from tokcheck.exporter.web.page.document import render


def _text(*states: AccountState) -> str:
    return Page(render(states, {}, View(AT))).text.rpartition("Metrics ")[2]


def test_a_lost_grant_shows_its_remediation_without_a_click() -> None:
    text = _text(LOST)
    assert (
        "lou lost ↻ valid, needs a new login Fitbit Web API This Fitbit Web API token works: 121 "
        "of 150 requests an hour are left; it resets in 25 min. "
        "Needs a new login: access ends in 11 min 12:11 UTC "
        "tokcheck login fitbit --name 'lou lost' Quota"
    ) in text
    assert "Expires in 11 min 12:11 UTC" in text
    assert "No refresh since 1 min ago 11:58 UTC" in text
    page = Page(render((LOST,), {}, View(AT)))
    assert ["tokcheck login fitbit --name 'lou lost'"] == page.texts_within("code")
    hint = HINT.replace("X", "'lou lost'")
    assert [WHY, hint] == [text for text in page.texts_within("li") if text in {WHY, hint}]


def test_a_grant_that_no_login_fixes_does_not_ask_for_one() -> None:
    text = _text(TWIN)
    assert "↻ valid, cannot be refreshed" in text
    assert "Cannot be refreshed: access ends in 11 min 12:11 UTC" in text
    page = Page(render((TWIN,), {}, View(AT)))
    assert [FORGET.partition(": ")[2]] == page.texts_within("code")
    assert "login" not in text.partition("Grant")[0]


def test_a_refused_application_is_shown_with_since_when_cause_and_command() -> None:
    text = _text(WRONG_SECRET)
    assert "↻ valid, cannot be refreshed" in text
    assert "Cannot be refreshed: access ends in 11 min 12:11 UTC" in text
    assert "No refresh since 1 min ago 11:58 UTC" in text
    assert "The Fitbit Web API did not accept the application's secret." in text
    page = Page(render((WRONG_SECRET,), {}, View(AT)))
    assert ["tokcheck accounts refresh 'ned secret'"] == page.texts_within("code")
    assert "needs a new login" not in text


def test_an_expired_token_of_a_service_that_is_gone_is_shown_as_that() -> None:
    text = _text(GONE)
    assert "✕ service gone, cannot be refreshed" in text
    assert "was switched off: its token endpoint returns HTTP 410 Gone." in text
    page = Page(render((GONE,), {}, View(AT)))
    assert ["tokcheck login google-health --name pia-gone-google-health"] == page.texts_within(
        "code"
    )
    assert GONE.advice[0] not in text


def test_a_consent_that_has_ended_is_shown() -> None:
    assert "Consent ended 1 min ago 11:59 UTC" in _text(ENDING._replace(refresh_expires_at=AT - 60))


def test_a_consent_that_ends_soon_is_shown() -> None:
    text = _text(ENDING)
    assert "◷ valid, consent ends soon" in text
    assert (
        "Needs a new login: its consent ends in 1 day 23 h 2026-01-17 11:00 UTC "
        "tokcheck login google-health --name mia-ending"
    ) in text
    assert "Consent ends in 1 day 23 h 2026-01-17 11:00 UTC" in text


def test_an_expired_token_with_a_lost_grant_needs_a_login() -> None:
    text = _text(OVER)
    assert "✕ grant broken, needs a new login" in text
    assert "Needs a new login: access has ended tokcheck login fitbit --name max-over" in text
    assert OVER.advice[0] not in text
    other = OVER._replace(verdict=Verdict.API_DISABLED)
    assert OVER.advice[0] in _text(other), "a login does not fix that"


def test_a_healthy_account_shows_only_when_its_consent_ends() -> None:
    assert "login" not in _text(KEPT, LATER)
    assert "Consent ends in 6 days 2026-01-21 12:00 UTC" in _text(LATER)
    assert "Consent" not in _text(KEPT)


def test_the_tally_and_the_title_count_a_lost_grant() -> None:
    page = Page(render(GRANTS, {}, View(AT)))
    assert ["(2) tokcheck: 2 problems, 1 warning"] == page.texts_within("title")
    assert "✕ 1 broken ↻ 1 cannot be refreshed ◷ 1 expires soon ✓ 2 fine" in page.text


def test_a_token_that_works_is_not_called_expired() -> None:
    waiting = LOST._replace(next_probe_at=None, waiting=SkipReason.EXPIRED)
    assert "Next probe none: the token expires first" in _text(waiting)
    over = OVER._replace(next_probe_at=None, waiting=SkipReason.EXPIRED)
    assert "Next probe with a new token" in _text(over)


@pytest.mark.parametrize("text", [HOSTILE, "'; rm -rf ~; '", "-x"])
def test_a_hostile_name_is_quoted_in_the_command(text: str) -> None:
    page = Page(
        render(
            (LOST._replace(name=text, broken=Broken(AT, BrokenReason.REFUSED, text)),), {}, View(AT)
        )
    )
    assert "script" not in [tag for tag, _ in page.tags]
    (command,) = page.texts_within("code")
    assert command.startswith("tokcheck login fitbit --name")
    assert "'" in command or "-x" in command
