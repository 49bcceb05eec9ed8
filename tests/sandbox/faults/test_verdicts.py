import random
from collections.abc import Iterator
from datetime import datetime

import pytest

from tests.sandbox.conftest import START, SandboxClock
from tests.support.providers.verdicts import OF_A_RESPONSE
from tests.support.suite.sentences import flaw_of_end
from tokcheck.checks import Checker
from tokcheck.core.report import Report, Verdict
from tokcheck.providers import REGISTRY
from tokcheck.sandbox import FAULTS, Area, RateLimitRule, Sandbox, SandboxState, serve_in_thread
from tokcheck.transport import Net
from tokcheck.transport.endpoints import resolve_endpoints
from tokcheck.transport.response import Reception

# The requests of a check: no check exchanges or revokes anything.
CHECKED = {Area.FITBIT_API, Area.GOOGLE_API, Area.TOKENINFO}

VALID = (Verdict.VALID, True)
LIMITED = (Verdict.RATE_LIMITED, True)
UNCLEAR = (Verdict.UNDETERMINED, None)
EXPIRED = (Verdict.EXPIRED, False)
REFUSED = (Verdict.REVOKED_OR_INVALID, False)
NO_SCOPE = (Verdict.INSUFFICIENT_SCOPE, False)
NOT_PERMITTED = (Verdict.NOT_PERMITTED, False)
DISABLED = (Verdict.API_DISABLED, False)
GONE = (Verdict.SERVICE_GONE, False)

TABLE: dict[tuple[str, str], tuple[Verdict, bool | None]] = {
    ("expired-token", "fitbit"): EXPIRED,
    ("invalid-token", "fitbit"): REFUSED,
    ("several-errors", "fitbit"): REFUSED,
    ("authorization-missing", "fitbit"): UNCLEAR,
    ("authorization-missing-bad-request", "fitbit"): UNCLEAR,
    ("invalid-client", "fitbit"): UNCLEAR,
    ("invalid-client-header", "fitbit"): UNCLEAR,
    ("invalid-client-basic", "fitbit"): UNCLEAR,
    ("insufficient-scope", "fitbit"): NO_SCOPE,
    ("insufficient-scope-unauthorized", "fitbit"): NO_SCOPE,
    ("insufficient-permissions", "fitbit"): NOT_PERMITTED,
    ("read-only-client", "fitbit"): NOT_PERMITTED,
    ("permission-denied", "fitbit"): NOT_PERMITTED,
    ("not-found", "fitbit"): UNCLEAR,
    ("conflict", "fitbit"): UNCLEAR,
    ("service-gone", "fitbit"): GONE,
    ("service-gone-html", "fitbit"): GONE,
    ("service-gone-empty", "fitbit"): GONE,
    ("length-required", "fitbit"): UNCLEAR,
    ("server-error", "fitbit"): UNCLEAR,
    ("bad-gateway", "fitbit"): UNCLEAR,
    ("unavailable", "fitbit"): UNCLEAR,
    ("gateway-timeout", "fitbit"): UNCLEAR,
    ("unknown-error", "fitbit"): UNCLEAR,
    ("too-many-requests", "fitbit"): LIMITED,
    ("too-many-requests-for-user", "fitbit"): LIMITED,
    ("too-many-requests-for-token", "fitbit"): LIMITED,
    ("too-many-requests-no-retry-after", "fitbit"): LIMITED,
    ("too-many-requests-no-reset", "fitbit"): LIMITED,
    ("too-many-requests-no-headers", "fitbit"): LIMITED,
    ("too-many-requests-retry-after-only", "fitbit"): LIMITED,
    ("too-many-requests-retry-after-date", "fitbit"): LIMITED,
    ("too-many-requests-garbage-headers", "fitbit"): LIMITED,
    ("front-end-limit", "fitbit"): UNCLEAR,
    ("front-end-limit-json", "fitbit"): UNCLEAR,
    ("rate-headers-used-up", "fitbit"): LIMITED,
    ("rate-headers-missing", "fitbit"): VALID,
    ("rate-headers-text", "fitbit"): VALID,
    ("rate-headers-negative", "fitbit"): VALID,
    ("rate-headers-fraction", "fitbit"): VALID,
    ("rate-headers-epoch", "fitbit"): VALID,
    ("rate-headers-odd-case", "fitbit"): VALID,
    ("expired-token", "google-health"): REFUSED,
    ("invalid-token", "google-health"): REFUSED,
    ("authorization-missing", "google-health"): UNCLEAR,
    ("api-key-refused", "google-health"): UNCLEAR,
    ("insufficient-scope", "google-health"): NO_SCOPE,
    ("insufficient-scope-missing", "google-health"): NO_SCOPE,
    ("insufficient-scope-legacy", "google-health"): NO_SCOPE,
    ("api-disabled", "google-health"): DISABLED,
    ("project-deleted", "google-health"): DISABLED,
    ("billing-disabled", "google-health"): DISABLED,
    ("user-project-denied", "google-health"): DISABLED,
    ("permission-denied", "google-health"): NOT_PERMITTED,
    ("grant-broken", "google-health"): (Verdict.GRANT_BROKEN, False),
    ("account-not-linked", "google-health"): (Verdict.ACCOUNT_NOT_LINKED, False),
    ("profile-missing", "google-health"): (Verdict.PROFILE_MISSING, False),
    ("too-many-requests", "google-health"): LIMITED,
    ("too-many-requests-retry-info", "google-health"): LIMITED,
    ("too-many-requests-message-only", "google-health"): LIMITED,
    ("too-many-requests-retry-after", "google-health"): LIMITED,
    ("too-many-requests-day", "google-health"): LIMITED,
    ("too-many-requests-100-seconds", "google-health"): LIMITED,
    ("rate-limit-legacy", "google-health"): LIMITED,
    ("user-rate-limit-legacy", "google-health"): LIMITED,
    ("invalid-argument", "google-health"): UNCLEAR,
    ("not-found", "google-health"): UNCLEAR,
    ("server-error", "google-health"): UNCLEAR,
    ("unavailable", "google-health"): UNCLEAR,
    ("unavailable-retry-info", "google-health"): UNCLEAR,
    ("gateway-timeout", "google-health"): UNCLEAR,
    ("tokeninfo-invalid-token", "google-health"): REFUSED,
    ("tokeninfo-invalid-token-bare", "google-health"): REFUSED,
    # Without tokeninfo the API itself still answers.
    ("tokeninfo-token-missing", "google-health"): VALID,
    ("tokeninfo-server-error", "google-health"): VALID,
    **{
        (name, provider): UNCLEAR
        for provider in ("fitbit", "google-health")
        for name in (
            "redirect",
            "empty-body",
            "wrong-shape",
            "broken-json",
            "not-utf8",
            "html-page",
            "huge-body",
            "truncated-body",
            "proxy-authentication",
        )
    },
    ("slow", "fitbit"): VALID,
    ("slow", "google-health"): VALID,
}


def test_a_fault_causes_every_verdict_of_a_response() -> None:
    assert {verdict for verdict, _ in TABLE.values()} == OF_A_RESPONSE


class SandboxChecks:
    """A sandbox and a way to check tokens against it."""

    def __init__(self, sandbox: Sandbox, clock: SandboxClock) -> None:
        self.sandbox = sandbox
        self.sandbox_state = sandbox.state
        self.clock = clock

    def check(self, token: str, fault: str = "") -> Report:
        base = f"{self.sandbox.url}/~{fault}" if fault else self.sandbox.url
        names = ("TOKCHECK_FITBIT_URL", "TOKCHECK_GOOGLE_HEALTH_URL", "TOKCHECK_GOOGLE_OAUTH_URL")
        endpoints = resolve_endpoints(REGISTRY, dict.fromkeys(names, base))
        reception = Reception(now=self.clock.moment)
        with Net(
            endpoints, timeout=10, pause=lambda _: None, verify=False, reception=reception
        ) as net:
            return Checker(REGISTRY, now=self.clock.moment, timer=lambda: 0.0, send=net.send).check(
                token
            )


@pytest.fixture(scope="module")
def shared_place() -> Iterator[SandboxChecks]:
    """One server for all; each test uses an account or a client of its own."""
    clock = SandboxClock()
    sandbox_state = SandboxState(
        now=clock, random=random.Random(11), fitbit=RateLimitRule(10_000, 3600)
    )
    with serve_in_thread(sandbox_state, slow_seconds=0.0) as sandbox:
        yield SandboxChecks(sandbox, clock)


@pytest.fixture
def place(shared_place: SandboxChecks) -> SandboxChecks:
    shared_place.clock.seconds = START
    shared_place.sandbox_state.reset_windows()
    return shared_place


@pytest.mark.parametrize(("name", "provider"), TABLE, ids=str)
def test_each_fault_leads_to_its_verdict(place: SandboxChecks, name: str, provider: str) -> None:
    mint = (
        place.sandbox_state.issue_fitbit_token
        if provider == "fitbit"
        else place.sandbox_state.issue_google_token
    )
    token = mint()
    report = place.check(token, name)
    assert TABLE[name, provider] == (report.verdict, report.usable)
    assert token not in repr(report)
    assert report.probe is not None
    assert report.advice or report.verdict is Verdict.VALID
    assert [] == [text for text in (report.summary, *report.advice) if flaw_of_end(text)]


@pytest.mark.parametrize(
    ("name", "provider", "quota", "pause"),
    [
        ("rate-headers-used-up", "fitbit", ("hour", 150, 0, 1201), None),
        ("front-end-limit", "fitbit", None, 30),
        ("front-end-limit-json", "fitbit", None, 30),
        ("too-many-requests-day", "google-health", ("day", 86_400_000, 0, None), 32),
        ("too-many-requests-100-seconds", "google-health", ("100s", 500, 0, 41), 41),
        ("unavailable-retry-info", "google-health", None, 40),
        ("project-deleted", "google-health", None, None),
    ],
)
def test_a_fault_reports_the_quota_and_the_pause_that_it_names(
    place: SandboxChecks,
    name: str,
    provider: str,
    quota: tuple[str, int, int, int | None] | None,
    pause: int | None,
) -> None:
    sandbox_state = place.sandbox_state
    mint = (
        sandbox_state.issue_fitbit_token
        if provider == "fitbit"
        else sandbox_state.issue_google_token
    )
    report = place.check(mint(), name)

    def seconds(moment: datetime | None) -> int | None:
        return None if moment is None else round(moment.timestamp() - START)

    shown = [
        (each.window, each.limit, each.remaining, seconds(each.reset_at)) for each in report.quota
    ]
    assert ([] if quota is None else [quota]) == shown
    assert pause == seconds(report.retry_at)


def test_the_table_covers_every_fault_of_a_check() -> None:
    providers = {"both": ("fitbit", "google-health")}
    met = {
        (fault.name, provider)
        for fault in FAULTS
        if fault.areas & CHECKED
        for provider in providers.get(fault.provider, (fault.provider,))
    }
    assert met == set(TABLE)


@pytest.mark.parametrize(
    "name", ["expired-token", "too-many-requests", "truncated-body", "redirect"]
)
def test_introspection_has_the_same_faults(place: SandboxChecks, name: str) -> None:
    token = place.sandbox_state.issue_fitbit_token(scopes=("sleep",))
    report = place.check(token, name)
    assert TABLE[name, "fitbit"] == (report.verdict, report.usable)


def test_no_fault_costs_a_second_request(place: SandboxChecks) -> None:
    before = sum(place.sandbox_state.request_counts().values())
    for name in ("server-error", "too-many-requests", "truncated-body", "html-page", "redirect"):
        place.check(place.sandbox_state.issue_fitbit_token(), name)
    assert sum(place.sandbox_state.request_counts().values()) - before == 5


def test_a_fitbit_quota_counts_down_runs_out_and_resets(place: SandboxChecks) -> None:
    sandbox_state = place.sandbox_state
    sandbox_state.set_rate_limit("fitbit", RateLimitRule(3, 3600))
    try:
        token = sandbox_state.issue_fitbit_token(client_id="23QUOT")
        assert [place.check(token).quota[0].remaining for _ in range(3)] == [2, 1, 0]
        place.clock.seconds += 600
        report = place.check(token)
        assert (report.verdict, report.usable) == LIMITED
        (quota,) = report.quota
        assert (quota.limit, quota.remaining, quota.source) == (3, 0, "headers")
        assert quota.reset_at is not None
        assert quota.reset_at.timestamp() == START + 3600
        assert "resets in 50 min" in report.summary
        place.clock.seconds = START + 3600
        report = place.check(token)
        assert (report.verdict, report.usable) == VALID
        assert [quota.remaining for quota in report.quota] == [2]
    finally:
        sandbox_state.set_rate_limit("fitbit", RateLimitRule(10_000, 3600))


def test_a_google_quota_runs_out_and_resets(place: SandboxChecks) -> None:
    sandbox_state = place.sandbox_state
    sandbox_state.set_rate_limit("google-health", RateLimitRule(2, 60))
    try:
        token = sandbox_state.issue_google_token(
            client_id="200000000002-quota.apps.googleusercontent.com"
        )
        assert [place.check(token).verdict for _ in range(2)] == [
            Verdict.VALID,
            Verdict.RATE_LIMITED,
        ]
        place.clock.seconds += 60
        assert Verdict.VALID is place.check(token).verdict
    finally:
        sandbox_state.set_rate_limit("google-health", RateLimitRule(300, 60))


@pytest.mark.parametrize("provider", ["fitbit", "google-health"])
def test_a_revoked_token_is_refused(place: SandboxChecks, provider: str) -> None:
    mint = (
        place.sandbox_state.issue_fitbit_token
        if provider == "fitbit"
        else place.sandbox_state.issue_google_token
    )
    token = mint()
    place.sandbox_state.revoke(token)
    report = place.check(token)
    assert (report.verdict, report.usable) == REFUSED
    assert report.probe is not None
    assert report.probe.requests == 1


def test_a_token_that_expires_between_two_checks_is_not_sent_again(place: SandboxChecks) -> None:
    token = place.sandbox_state.issue_fitbit_token(lifetime=60)
    assert Verdict.VALID is place.check(token).verdict
    place.clock.seconds += 60
    report = place.check(token)
    assert Verdict.EXPIRED is report.verdict
    assert report.probe is None


def test_an_expired_google_token_is_refused_by_tokeninfo(place: SandboxChecks) -> None:
    token = place.sandbox_state.issue_google_token(lifetime=60)
    place.clock.seconds += 60
    assert (place.check(token).verdict, False) == REFUSED


@pytest.mark.parametrize(
    ("verdict", "account"),
    [
        (Verdict.VALID, "alex"),
        (Verdict.VALID, "nodevices"),
        (Verdict.ACCOUNT_NOT_LINKED, "unlinked"),
        (Verdict.PROFILE_MISSING, "newcomer"),
        (Verdict.NOT_PERMITTED, "oldtimer"),
        (Verdict.GRANT_BROKEN, "broken"),
    ],
)
def test_the_state_of_a_google_account_is_reported(
    place: SandboxChecks, verdict: Verdict, account: str
) -> None:
    report = place.check(place.sandbox_state.issue_google_token(account=account))
    assert verdict is report.verdict
    assert [scope.name for scope in report.scopes] == ["settings", "profile"]
    assert report.expires_in_seconds == 3600


def test_a_switched_off_api_names_the_project(place: SandboxChecks) -> None:
    client = "300000000003-off.apps.googleusercontent.com"
    place.sandbox_state.enable_api(client, enabled=False)
    report = place.check(place.sandbox_state.issue_google_token(client_id=client))
    assert Verdict.API_DISABLED is report.verdict
    assert "300000000003" in report.summary


@pytest.mark.parametrize(("name", "number"), [("fitbit", 1), ("google-health", 3)])
def test_one_response_holds_all_devices(place: SandboxChecks, name: str, number: int) -> None:
    mint = (
        place.sandbox_state.issue_fitbit_token
        if name == "fitbit"
        else place.sandbox_state.issue_google_token
    )
    report = place.check(mint(account="drawer"))
    assert len(report.devices) == 7
    assert report.probe is not None
    assert number == report.probe.requests
    zone = "account-local" if name == "fitbit" else "utc"
    assert {zone} == {device.last_sync_zone for device in report.devices}


def test_a_fitbit_token_without_settings_is_valid_by_introspection(place: SandboxChecks) -> None:
    report = place.check(place.sandbox_state.issue_fitbit_token(scopes=("sleep",)))
    assert Verdict.VALID is report.verdict
    assert report.devices == ()
    assert report.quota[0].remaining is not None
    assert "introspect" in " ".join(report.advice)


def test_a_google_token_with_only_write_scopes_is_valid(place: SandboxChecks) -> None:
    scope = "https://www.googleapis.com/auth/googlehealth.sleep.writeonly"
    report = place.check(place.sandbox_state.issue_google_token(scopes=(scope,)))
    assert Verdict.VALID is report.verdict
    assert [granted.access for granted in report.scopes] == ["write"]


def test_a_google_token_without_a_health_scope_lacks_one(place: SandboxChecks) -> None:
    report = place.check(place.sandbox_state.issue_google_token(scopes=("openid", "email")))
    assert (report.verdict, report.usable) == NO_SCOPE
    assert "@sandbox.invalid" not in repr(report)


def test_no_request_path_contains_a_token(place: SandboxChecks) -> None:
    tokens = [place.sandbox_state.issue_fitbit_token(), place.sandbox_state.issue_google_token()]
    for token in tokens:
        place.check(token)
        place.check(token, "redirect")
    paths = {path for _, path, _ in place.sandbox_state.request_counts()}
    assert {
        "/1/user/-/devices.json",
        "/tokeninfo",
        "/v4/users/me/identity",
        "/v4/users/me/pairedDevices",
    } <= paths
    # The sandbox writes what might be a secret as an ellipsis.
    assert [path for path in paths if "…" in path or "eyJ" in path or "ya29" in path] == []
