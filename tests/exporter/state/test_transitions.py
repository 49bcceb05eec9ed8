"""State transitions: what each event changes, and what none of them loses."""

from types import MappingProxyType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.exporter.builders import (
    AT,
    CLAIMS,
    DAY,
    HOUR,
    is_usable,
    moment,
    probed_state,
    quota,
    report,
    watched_account,
)
from tests.support.providers.probe_responses import respond
from tests.support.suite.thoroughness import inputs
from tests.support.tokens import FITBIT, GOOGLE, NOW, fitbit
from tokcheck.accounts.explanation import explain_message
from tokcheck.checks import Checker
from tokcheck.core.flow import drive
from tokcheck.core.report import Device, Probe, Quota, Verdict
from tokcheck.exporter.sources import WatchedAccount
from tokcheck.exporter.state import (
    AccountState,
    Observation,
    ProbePlan,
    ProbeResult,
    SkipReason,
    is_user_subject,
    source_change,
    transitions,
)
from tokcheck.providers import REGISTRY
from tokcheck.providers.base import Provider, Request, Response

DEVICE = Device("Charge 5", "TRACKER", "High", 90, None, None)
FRESH = source_change.apply_source(None, watched_account())
WORKS = transitions.apply_report(FRESH, report(Verdict.VALID, quota(140), devices=(DEVICE,)), AT)


def test_a_new_account_has_no_facts() -> None:
    assert (
        AccountState(
            "anna", provider="fitbit", version="v1", subject=FRESH.subject, requirements="fitbit"
        )
        == FRESH
    )
    assert not is_user_subject(FRESH.subject)


def test_an_account_without_a_paste_has_the_reason() -> None:
    none = source_change.apply_source(None, watched_account(None))
    assert (Verdict.NO_TOKEN, False) == (none.verdict, none.usable)
    assert ("The file is missing.",) * 2 == (none.finding, none.source_error)
    assert (Verdict.NO_TOKEN,) == none.verdicts


def test_the_same_text_keeps_the_state() -> None:
    assert source_change.apply_source(WORKS, watched_account()) is WORKS
    moved = source_change.apply_source(WORKS, watched_account(timezone="Europe/Paris"))
    assert WORKS._replace(timezone="Europe/Paris") == moved


@pytest.mark.parametrize(
    "again",
    [watched_account(version="v2"), watched_account(None),
     watched_account(require_scopes=("sleep",)),
     watched_account(provider="google-health")],
)  # fmt: skip
def test_a_new_text_or_requirement_resets_the_verdict(again: WatchedAccount) -> None:
    before = transitions.count_skip(WORKS, SkipReason.BUDGET)._replace(
        failures=3, unchanged_probes=2, reset_lag=9.0
    )
    after = source_change.apply_source(before, again)
    assert after.verdict in {None, Verdict.NO_TOKEN}
    assert (None, 0, 0, None, None) == (
        after.probed_verdict, after.failures, after.unchanged_probes, after.next_probe_at,
        after.waiting,
    )  # fmt: skip
    assert ((), None, "", None) == (after.devices, after.expires_at, after.masked, after.scopes)
    # The counts stay, and so does the quota: it is the user's.
    assert (before.probes, before.skipped) == (after.probes, after.skipped)
    assert (before.quota, before.history, before.reset_lag) == (
        after.quota,
        after.history,
        after.reset_lag,
    )
    assert (before.observed_at, before.subject) == (after.observed_at, after.subject)
    assert Verdict.VALID in after.verdicts


@pytest.mark.parametrize("verdict", [Verdict.VALID, Verdict.RATE_LIMITED])
def test_a_refreshed_token_inherits_the_verdict(verdict: Verdict) -> None:
    before = transitions.apply_report(FRESH, report(verdict, quota(0), devices=(DEVICE,)), AT)
    begun = source_change.apply_source(before, watched_account(fitbit(sub="7NEW"), "v2"))
    after = source_change.inherit_verdict(before, begun)
    assert (verdict, True, before.finding, before.advice, before.devices) == (
        after.verdict, after.usable, after.finding, after.advice, after.devices
    )  # fmt: skip
    assert (None, "v2", None) == (after.probed_verdict, after.version, after.expires_at)
    own = report(Verdict.UNVERIFIED, requests=None)
    assert verdict is transitions.apply_report(after, own, AT).verdict, (
        "what it says itself adds nothing"
    )
    lacks = report(Verdict.INSUFFICIENT_SCOPE, requests=None)
    assert Verdict.INSUFFICIENT_SCOPE is transitions.apply_report(after, lacks, AT).verdict, (
        "or does it?"
    )


@pytest.mark.parametrize("verdict", sorted(set(Verdict) - {Verdict.VALID, Verdict.RATE_LIMITED}))
def test_an_unusable_verdict_is_not_inherited(verdict: Verdict) -> None:
    before = probed_state(verdict, requirements=FRESH.requirements)
    begun = source_change.apply_source(before, watched_account(version="v2"))
    assert begun is source_change.inherit_verdict(before, begun)


def test_a_verdict_is_not_inherited_under_new_requirements() -> None:
    begun = source_change.apply_source(
        WORKS, watched_account(version="v2", require_scopes=("sleep",))
    )
    assert begun is source_change.inherit_verdict(WORKS, begun)
    assert WORKS is source_change.inherit_verdict(WORKS, WORKS), "nor is there anything to inherit"


def test_a_report_is_applied_completely() -> None:
    assert Verdict.VALID is WORKS.verdict
    assert WORKS.usable is True
    assert ("", ("Do this.",)) == (WORKS.finding, WORKS.advice), "its summary names a duration"
    assert (200, "") == (WORKS.status, WORKS.error_type)
    assert WORKS.masked.startswith("eyJ")
    assert FITBIT not in repr(WORKS)
    assert AT + 7 * HOUR == WORKS.expires_at
    assert 1 == WORKS.scopes
    assert ((quota(140),), AT) == (WORKS.quota, WORKS.observed_at)
    assert (Observation(AT, 140),) == WORKS.history
    assert (DEVICE,) == WORKS.devices
    assert (True, 0.25, AT, AT, 0) == (
        WORKS.success, WORKS.duration, WORKS.probed_at, WORKS.succeeded_at, WORKS.failures
    )  # fmt: skip
    assert {ProbeResult.SUCCESS: 1} == WORKS.probes
    assert is_user_subject(WORKS.subject)


def test_a_failed_probe_erases_nothing() -> None:
    silence = report(Verdict.UNDETERMINED, claims=None, scopes=(), credential=None)
    failed = transitions.apply_report(WORKS, silence, AT + 60)
    assert (Verdict.UNDETERMINED, None, False, 1) == (
        failed.verdict, failed.usable, failed.success, failed.failures
    )  # fmt: skip
    for field in ("expires_at", "scopes", "quota", "observed_at", "history", "devices", "masked",
                  "succeeded_at", "subject"):  # fmt: skip
        assert getattr(WORKS, field) == getattr(failed, field)
    assert AT + 60 == failed.probed_at
    assert {ProbeResult.SUCCESS: 1, ProbeResult.UNDETERMINED: 1} == failed.probes
    assert (Verdict.VALID, Verdict.UNDETERMINED) == failed.verdicts
    assert 2 == transitions.apply_report(failed, silence, AT + 120).failures
    assert 0 == transitions.apply_report(failed, report(), AT + 120).failures


@pytest.mark.parametrize(
    ("result", "verdict"),
    [
        (ProbeResult.SUCCESS, Verdict.VALID),
        (ProbeResult.REFUSED, Verdict.REVOKED_OR_INVALID),
        (ProbeResult.REFUSED, Verdict.SERVICE_GONE),
        (ProbeResult.RATE_LIMITED, Verdict.RATE_LIMITED),
        (ProbeResult.UNDETERMINED, Verdict.UNDETERMINED),
    ],
)
def test_requests_are_counted_by_result(result: ProbeResult, verdict: Verdict) -> None:
    after = transitions.apply_report(FRESH, report(verdict, requests=3), AT)
    assert {result: 3} == after.probes
    assert (result is not ProbeResult.UNDETERMINED) is after.success


def test_claims_are_known_before_the_first_probe() -> None:
    looked = transitions.apply_report(FRESH, report(Verdict.UNVERIFIED, requests=None), AT)
    assert (Verdict.UNVERIFIED, None, None) == (
        looked.verdict,
        looked.usable,
        looked.probed_verdict,
    )
    assert (AT + 7 * HOUR, WORKS.subject) == (looked.expires_at, looked.subject)
    assert (None, None, {}) == (looked.success, looked.probed_at, looked.probes)
    # But nothing is undone.
    assert WORKS == transitions.apply_report(WORKS, report(Verdict.UNVERIFIED, requests=None), AT)
    bad = transitions.apply_report(FRESH, report(Verdict.MALFORMED, requests=None), AT)
    assert (Verdict.MALFORMED, False, None) == (bad.verdict, bad.usable, bad.probed_verdict)


def test_the_quota_of_another_user_is_dropped() -> None:
    other = report(Verdict.UNVERIFIED, requests=None, claims=CLAIMS._replace(user_id="8TESTS"))
    after = transitions.apply_report(
        source_change.apply_source(WORKS, watched_account(version="v2")), other, AT
    )
    assert ((), None, ()) == (after.quota, after.observed_at, after.history)
    assert after.subject != WORKS.subject


def test_an_error_message_in_the_place_of_a_token_is_explained() -> None:
    message = (
        '{"error": "invalid_grant", "error_description": "Token has been expired or revoked."}'
    )
    checker = Checker(
        REGISTRY, now=lambda: NOW, timer=lambda: 0.0, explain=explain_message, wanted="fitbit"
    )
    state = transitions.apply_report(FRESH, checker.check(message), AT)
    assert (Verdict.NO_TOKEN, False) == (state.verdict, state.usable)
    assert "it is an error message of the Google Health API." in state.finding
    assert "refused the refresh token" in state.finding
    assert "tokcheck login google-health" in " ".join(state.advice)


def test_devices_stay_if_they_could_not_be_read() -> None:
    assert () == transitions.apply_report(WORKS, report(), AT).devices
    assert (DEVICE,) == transitions.apply_report(WORKS, report(Verdict.RATE_LIMITED), AT).devices
    last = report(Verdict.RATE_LIMITED, quota(0), probe=Probe(1, 200, None, 0.25))
    assert () == transitions.apply_report(WORKS, last, AT).devices, "the last request of a window"
    known = WORKS._replace(provider="google-health")

    def send(probed_state: tuple[Provider, Request]) -> Response:
        if "tokeninfo" in probed_state[1].path:
            scope = "https://www.googleapis.com/auth/googlehealth.settings.readonly"
            return respond(200, {"scope": scope, "expires_in": "3599"}, {})
        if "pairedDevices" in probed_state[1].path:
            return respond(500, {}, {})
        return respond(200, {"healthUserId": "1"}, {})

    checker = Checker(REGISTRY, now=lambda: NOW, timer=lambda: 0.0)
    probe_report = drive(checker.flow(GOOGLE), send)
    assert (Verdict.VALID, 3) == (
        probe_report.verdict,
        probe_report.probe.requests if probe_report.probe else 0,
    )
    assert (DEVICE,) == transitions.apply_report(known, probe_report, AT).devices
    reworded = probe_report._replace(advice=("Any other sentence.",))
    assert (DEVICE,) == transitions.apply_report(known, reworded, AT).devices


def test_a_withheld_probe_is_counted_by_reason() -> None:
    once = transitions.count_skip(WORKS, SkipReason.BUDGET)
    twice = transitions.count_skip(once, SkipReason.BUDGET)
    assert ({SkipReason.BUDGET: 1}, {SkipReason.BUDGET: 2}) == (once.skipped, twice.skipped)
    assert isinstance(twice.skipped, MappingProxyType)
    assert SkipReason.BUDGET is twice.waiting


def test_a_plan_is_applied_and_the_same_plan_changes_nothing() -> None:
    after = transitions.apply_plan(WORKS, ProbePlan(AT + 5, AT + 9, SkipReason.BUDGET))
    assert (AT + 9, SkipReason.BUDGET) == (after.next_probe_at, after.waiting)
    assert transitions.apply_plan(after, ProbePlan(AT + 6, AT + 9, SkipReason.BUDGET)) is after


def test_a_token_expires_without_a_request() -> None:
    assert transitions.advance_time(WORKS, AT + 7 * HOUR - 1) is WORKS
    over = transitions.advance_time(WORKS, AT + 7 * HOUR)
    assert (Verdict.EXPIRED, False) == (over.verdict, over.usable)
    assert ("", ()) == (over.finding, over.advice)
    assert (Verdict.VALID, Verdict.EXPIRED) == over.verdicts
    assert (WORKS.expires_at, WORKS.quota) == (over.expires_at, over.quota)
    assert transitions.advance_time(over, AT + 8 * HOUR) is over
    unknown = transitions.advance_time(WORKS._replace(provider=None), AT + 7 * HOUR)
    assert Verdict.EXPIRED is unknown.verdict


@pytest.mark.parametrize(
    ("verdict", "after"),
    [
        (Verdict.UNDETERMINED, Verdict.EXPIRED),
        (Verdict.RATE_LIMITED, Verdict.EXPIRED),
        (Verdict.API_DISABLED, Verdict.EXPIRED),
        (Verdict.REVOKED_OR_INVALID, Verdict.REVOKED_OR_INVALID),
        (Verdict.SERVICE_GONE, Verdict.SERVICE_GONE),
    ],
)
def test_a_verdict_that_says_more_than_expired_stays(verdict: Verdict, after: Verdict) -> None:
    assert after is transitions.advance_time(probed_state(verdict, expires_at=AT), AT).verdict


def test_a_clock_set_back_revives_an_expired_token() -> None:
    over = transitions.advance_time(WORKS, AT + 9 * HOUR)
    again = transitions.advance_time(over, AT + HOUR)
    assert (None, None, None, "") == (
        again.verdict,
        again.usable,
        again.probed_verdict,
        again.finding,
    )
    assert WORKS.expires_at == again.expires_at
    reported = probed_state(Verdict.EXPIRED, expires_at=AT + HOUR)
    assert transitions.advance_time(reported, AT) is reported  # the provider says so


def test_a_clock_set_back_shifts_recorded_times() -> None:
    ahead = WORKS._replace(next_probe_at=AT + 1200)
    assert transitions.advance_time(ahead, AT - 60) is ahead
    back = transitions.advance_time(ahead, AT - 5 * HOUR)
    assert (AT - 5 * HOUR,) * 3 == (back.probed_at, back.succeeded_at, back.observed_at)
    assert (Observation(AT - 5 * HOUR, 140),) == back.history
    assert back.next_probe_at is None
    assert (quota(140, AT + 1800 - 5 * HOUR),) == back.quota
    near = transitions.advance_time(ahead, AT - 1000)
    assert (quota(140, AT + 800),) == near.quota, "it counts from its response"


_verdicts = st.sampled_from(Verdict)
_quotas = st.builds(
    quota,
    st.none() | st.integers(0, 150),
    st.none() | st.floats(AT - DAY, AT + DAY),
    source=st.sampled_from(["headers", "documented"]),
)
_events = st.one_of(
    st.tuples(st.just("found"), _verdicts, _quotas, st.booleans()),
    st.tuples(st.just("passed"), st.floats(AT - DAY, AT + DAY)),
    st.tuples(st.just("withheld"), st.sampled_from(SkipReason)),
)


@settings(max_examples=inputs(300), derandomize=True, deadline=None)
@given(st.lists(_events, max_size=20))
def test_the_expiry_counters_and_verdicts_are_never_lost(events: list[tuple[object, ...]]) -> None:
    state, at = WORKS, AT
    for event in events:
        before = state
        match event:
            case ("found", Verdict() as verdict, Quota() as reported, bool(claimed)):
                made = report(verdict, reported, claims=CLAIMS if claimed else None)
                state = transitions.apply_report(state, made, at)
                assert (verdict, is_usable(verdict)) == (state.verdict, state.usable)
            case ("passed", float(moment_)):
                at = moment_
                state = transitions.advance_time(state, at)
            case ("withheld", SkipReason() as skip):
                state = transitions.count_skip(state, skip)
        assert CLAIMS.expires_at == moment(state.expires_at or 0)
        assert set(before.verdicts) <= set(state.verdicts)
        assert all(state.probes[key] >= before.probes[key] for key in before.probes)
        assert all(state.skipped[key] >= before.skipped[key] for key in before.skipped)
        assert len(state.history) <= 60
        assert state.probed_at is not None
