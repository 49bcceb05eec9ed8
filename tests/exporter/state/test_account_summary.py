"""The summary of an account: rendered for the moment, from facts that outlive a restart."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.exporter.builders import (
    AT,
    DOCUMENTED,
    HOUR,
    probed_state,
    quota,
    report,
    watched_account,
)
from tests.support.exporter.generated_states import STATES
from tests.support.providers.probe_responses import access_token, conclude, respond
from tests.support.tokens import FITBIT, GOOGLE, NOW, fitbit
from tokcheck.checks.checker import Checker
from tokcheck.core.report import Outcome, Probe, ProbeError, Verdict
from tokcheck.exporter.state import AccountState, RefreshResult, source_change, transitions
from tokcheck.exporter.state.account_summary import Summary, summarize
from tokcheck.providers import REGISTRY
from tokcheck.providers.base import ProbeFlow, Response
from tokcheck.providers.declared.declared_provider import provider_of

FRESH = source_change.apply_source(None, watched_account())
TITLE = "Fitbit Web API"


@pytest.mark.parametrize(
    ("later", "sentence"),
    [
        (0, f"This {TITLE} token works: 140 of 150 requests an hour are left; it resets in 1 h."),
        (61, f"This {TITLE} token works: 140 of 150 requests an hour are left; it resets in "
             "58 min 59 s."),
        (HOUR, f"This {TITLE} token works."),
    ],
)  # fmt: skip
def test_the_time_until_the_reset_is_that_of_the_moment(later: float, sentence: str) -> None:
    probe_report = report(Verdict.VALID, quota(140, AT + HOUR))
    state = transitions.apply_report(FRESH, probe_report, AT)
    assert Summary(sentence, ("Do this.",)) == summarize(state, AT + later)


def test_of_several_windows_the_sentence_is_about_the_one_that_is_shown() -> None:
    day = quota(20)._replace(window="day")
    state = probed_state(Verdict.VALID, quota(140), day)
    assert "20 of 150 requests a day are left" in summarize(state, AT).sentence
    lasts = state._replace(quota=(quota(20), day._replace(remaining=140)))
    assert "20 of 150 requests an hour are left" in summarize(lasts, AT).sentence


def test_the_time_since_the_expiry_is_that_of_the_moment() -> None:
    state = transitions.advance_time(probed_state(expires_at=AT), AT)
    words = summarize(state, AT + 2 * HOUR)
    assert f"This {TITLE} token expired 2 h ago (2026-01-15 12:00 UTC)." == words.sentence
    assert "clock says 2026-01-15 14:00 UTC" in words.advice[-1]
    assert REGISTRY["fitbit"].remedies[Verdict.EXPIRED] == words.advice[:-1]
    assert summarize(state, AT + 2 * HOUR) == summarize(
        transitions.apply_report(
            FRESH._replace(expires_at=AT), report(Verdict.EXPIRED, requests=None, claims=None), AT
        ),
        AT + 2 * HOUR,
    ), "a check of the text alone says the same"


def test_a_token_that_was_not_tried_expires_in_the_time_that_is_left() -> None:
    state = transitions.apply_report(FRESH, report(Verdict.UNVERIFIED, requests=None), AT)
    words = f"This {TITLE} token looks right, but was not tried; it expires in 6 h."
    assert words == summarize(state, AT + HOUR).sentence
    far = summarize(state._replace(expires_at=1e300), AT)
    assert f"This {TITLE} token looks right, but was not tried." == far.sentence


def test_what_only_the_check_knew_is_said_until_a_restart() -> None:
    refusal = report(
        Verdict.REVOKED_OR_INVALID,
        probe=Probe(1, 401, ProbeError("invalid_token", "Access token invalid."), 0.25),
    )
    state = transitions.apply_report(FRESH, refusal, AT)
    assert Summary("It is revoked_or_invalid.", ("Do this.",)) == summarize(state, AT)
    restarted = state._replace(finding="", advice=())
    assert Summary(
        f"The {TITLE} rejects this token: HTTP 401, invalid_token.",
        REGISTRY["fitbit"].remedies[Verdict.REVOKED_OR_INVALID],
    ) == summarize(restarted, AT)


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        (AccountState("a"), ""),
        (AccountState("a", source_error="The file is missing."), "The file is missing."),
        (probed_state(Verdict.RATE_LIMITED, quota(0)),
         f"This {TITLE} token has reached its rate limit: 0 of 150 requests an hour are left; it "
         "resets in 30 min."),
        (probed_state(Verdict.RATE_LIMITED, quota(0), pause_until=AT + HOUR),
         f"This {TITLE} token has reached its rate limit: 0 of 150 requests an hour are left; it "
         "resets in 30 min, but the response says to wait 1 h."),
        (probed_state(Verdict.VALID, DOCUMENTED), f"This {TITLE} token works."),
        (probed_state(Verdict.INSUFFICIENT_SCOPE, status=200),
         f"This {TITLE} token lacks a required scope."),
        (probed_state(Verdict.UNDETERMINED), f"Could not tell whether this {TITLE} token works."),
        (probed_state(Verdict.MALFORMED),
         "This text contains no access token that can be tried."),
    ],
)  # fmt: skip
def test_the_sentence_follows_from_the_facts_alone(state: AccountState, sentence: str) -> None:
    assert sentence == summarize(state, AT).sentence


def test_a_source_that_fails_later_replaces_the_sentence_and_not_the_advice() -> None:
    state = probed_state(Verdict.RATE_LIMITED, quota(0), source_error="The command failed.")
    advice = REGISTRY["fitbit"].remedies[Verdict.RATE_LIMITED]
    assert Summary("The command failed.", advice) == summarize(state, AT)


def test_a_declared_provider_is_named_as_declared() -> None:
    table = {"name": "acme", "title": "Acme Cloud", "address": "https://a.example", "check": "/"}
    state = probed_state(Verdict.VALID)._replace(provider="acme")
    assert "This Acme API token works." == summarize(state, AT).sentence  # by its name alone
    state = state._replace(declared=provider_of(table))
    assert "This Acme Cloud token works." == summarize(state, AT).sentence


def test_a_refused_token_of_a_stored_account_of_a_declared_provider_needs_a_login_by_name() -> None:
    state = probed_state(Verdict.REVOKED_OR_INVALID)._replace(provider="strava", advice=())
    assert "tokcheck" not in " ".join(summarize(state, AT).advice)
    state = state._replace(refreshes={RefreshResult.SUCCESS: 0})
    (advice,) = summarize(state, AT).advice
    assert advice.endswith(f"tokcheck login strava --name {state.name}")


@given(STATES, st.floats(AT - 8_000, AT + 8_000))
def test_every_state_can_be_summarized(state: AccountState, now: float) -> None:
    assert bool(state.verdict or state.source_error) is bool(summarize(state, now).sentence)


_RELATIVE = re.compile(r"\b(?:in|for another|to wait|wait) (?:\d+ (?:s|min|h|days?)\b ?)+")
_PAUSES = [
    respond(429, b"<html>slow down</html>", {"retry-after": "300"}),
    respond(503, b"", {"retry-after": "300"}),
    respond(429, {"error": {"code": 429, "message": "no", "status": "RESOURCE_EXHAUSTED"}},
            {"retry-after": "300"}),
    respond(429, b"", {"retry-after": "300"}),
]  # fmt: skip


def _probe(flow: ProbeFlow, response: Response) -> Outcome:
    """Return the outcome of a probe in which every request gets the same response."""
    next(flow)
    while True:
        try:
            flow.send(response)
        except StopIteration as ended:
            outcome: Outcome = ended.value
            return outcome


@pytest.mark.parametrize("response", _PAUSES, ids=range(len(_PAUSES)))
@pytest.mark.parametrize("name", ["fitbit", "google-health"])
def test_a_requested_pause_is_counted_down(name: str, response: Response) -> None:
    provider = REGISTRY[name]
    token = GOOGLE if name == "google-health" else FITBIT
    conclusion = conclude(
        provider, _probe(provider.probe(access_token(token, name), None), response)
    )
    state = transitions.apply_report(
        FRESH, report(conclusion.verdict, advice=conclusion.advice, summary=conclusion.summary), AT
    )
    first, later, over = (summarize(state, AT + seconds) for seconds in (0, 60, 301))
    assert _RELATIVE.findall(" ".join(first.advice)) or first.advice == later.advice
    for words, others in ((first, later), (later, over)):
        texts = [" ".join((one.sentence, *one.advice)) for one in (words, others)]
        assert not set(_RELATIVE.findall(texts[0])) & set(_RELATIVE.findall(texts[1]))
    assert [] == _RELATIVE.findall(" ".join((over.sentence, *over.advice)))


def test_the_ages_of_several_tokens_are_those_of_the_moment() -> None:
    checker = Checker(REGISTRY, now=lambda: NOW, timer=lambda: 0.0)
    first, second = (fitbit(sub=user, iat=int(AT) - 60, exp=int(AT) + 3_600) for user in ("A", "B"))
    found = checker.check(f"{first} {second}")
    assert Verdict.AMBIGUOUS is found.verdict
    state = transitions.apply_report(FRESH, found, AT)
    assert "expires in 1 h" in summarize(state, AT).advice[0]
    assert "expires in 30 min" in summarize(state, AT + 1_800).advice[0]
    assert "expired 1 min ago" in summarize(state, AT + 3_660).advice[0]


def test_a_pause_is_named_as_it_is_at_the_moment() -> None:
    provider = REGISTRY["fitbit"]
    failed = respond(503, b"", {"retry-after": "300"})
    conclusion = conclude(
        provider, _probe(provider.probe(access_token(FITBIT, "fitbit"), None), failed)
    )
    state = transitions.apply_report(
        FRESH, report(conclusion.verdict, advice=conclusion.advice, summary=conclusion.summary), AT
    )
    assert [
        "This says nothing about the token. Try again in 5 min, as the response says.",
        "This says nothing about the token. Try again in 1 min, as the response says.",
        "This says nothing about the token. Try again: the pause that the response requested is "
        "over.",
    ] == [summarize(state, AT + seconds).advice[0] for seconds in (0, 240, 300)]


def test_an_account_without_a_token_has_advice() -> None:
    missing = source_change.apply_source(None, watched_account(None))
    summary = summarize(missing, AT)
    assert (Verdict.NO_TOKEN, "The file is missing.") == (missing.verdict, summary.sentence)
    (advice,) = summary.advice
    assert advice.startswith("Put an access token there, ")
