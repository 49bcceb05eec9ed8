"""``tokcheck.check`` and ``tokcheck.check_async`` find what the command finds."""

import asyncio
import json
import math
import pickle
import traceback
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import tokcheck
from tests.support.accounts.stored_accounts import StoredAccounts
from tests.support.attack.leaks import find_leaks
from tests.support.tokens import FITBIT, FITBIT_REFRESH, GOOGLE, NOW, fitbit
from tests.support.transport.fixed_responses import serve_fixed_responses
from tokcheck.checks.render_json import render
from tokcheck.cli.main import main
from tokcheck.sandbox import Sandbox
from tokcheck.transport import client as transport_client

Check = Callable[..., tokcheck.Report]


def _check_async(paste: str, **options: Any) -> tokcheck.Report:
    return asyncio.run(tokcheck.check_async(paste, **options))


@pytest.fixture(params=[tokcheck.check, _check_async], ids=["sync", "async"])
def check(request: pytest.FixtureRequest) -> Check:
    found: Check = request.param
    return found


def _clock_at(now: datetime) -> Callable[[], datetime]:
    return lambda: now


def test_a_token_is_checked_at_its_provider(
    accounts: StoredAccounts, sandbox: Sandbox, check: Check
) -> None:
    token = sandbox.state.issue_fitbit_token(account="alex")
    report = check(f"curl -H 'Authorization: Bearer {token}' URL", environment=accounts.environment)
    assert ("valid", tokcheck.Verdict.VALID) == (report.verdict, report.verdict)
    assert (True, "fitbit", 149) == (report.usable, report.provider, report.quota[0].remaining)
    assert report.devices[0].name == "Charge 5"
    assert ("the curl command around it",) == report.cleaned[:1]


@pytest.mark.parametrize(
    ("verdict", "usable", "paste"),
    [
        ("unverified", None, FITBIT),
        ("unverified", None, f"Bearer {GOOGLE}"),
        ("expired", False, fitbit(exp=1_700_000_000, iat=1_699_990_000)),
        ("wrong_kind", False, f"refresh_token={FITBIT_REFRESH}"),
        ("incomplete", False, FITBIT[:-3]),
        ("no_token", False, "hello"),
        ("no_token", False, ""),
        ("placeholder", False, "Bearer YOUR_TOKEN_HERE"),
    ],
)
def test_offline_it_says_what_a_paste_is(
    check: Check, *, verdict: str, usable: bool | None, paste: str
) -> None:
    report = check(paste, offline=True, now=_clock_at(NOW))
    assert (verdict, usable) == (report.verdict, report.usable), report.summary


def test_an_empty_paste_is_named(check: Check) -> None:
    assert "The paste is empty, so it contains no token." == check(" \n", offline=True).summary


@pytest.mark.parametrize("paste", [FITBIT, f"Bearer {GOOGLE}", "hello", FITBIT[:-3]])
def test_the_dictionary_is_the_json_of_the_command(
    capsys: pytest.CaptureFixture[str], paste: str
) -> None:
    main(["validate", "--offline", "--json", paste])
    printed = json.loads(capsys.readouterr().out)
    shown = tokcheck.check(paste, offline=True).to_dict()
    for seconds in ("expires_in_seconds",):  # of two moments
        assert abs((printed.pop(seconds) or 0) - (shown.pop(seconds) or 0)) <= 60
    assert printed == shown


@given(st.text() | st.text(st.characters(exclude_categories=())))
def test_any_text_gets_a_report_and_its_json(text: str) -> None:
    report = tokcheck.check(text, offline=True)
    assert json.loads(render(report)) == report.to_dict()
    assert pickle.loads(pickle.dumps(report)) == report


def test_a_provider_can_be_named(check: Check) -> None:
    report = check(FITBIT, offline=True, provider="Google_Health", now=_clock_at(NOW))
    assert "wrong_provider" == report.verdict


def test_an_address_can_be_given(check: Check, sandbox: Sandbox) -> None:
    token = sandbox.state.issue_fitbit_token(account="alex")
    assert "valid" == check(token, api_url=sandbox.url).verdict


def test_scopes_and_a_life_can_be_required(check: Check) -> None:
    now = _clock_at(NOW)
    assert check(FITBIT, offline=True, require_scopes=["sleep"], now=now).usable is None
    assert (
        "insufficient_scope"
        == check(FITBIT, offline=True, require_scopes="weight", now=now).verdict
    )
    left = 25_200
    for ttl, usable in ((left - 1, None), (timedelta(hours=8), False), (0, None)):
        assert usable is check(FITBIT, offline=True, min_ttl=ttl, now=now).usable, ttl


def test_no_network_is_a_verdict_and_no_error(check: Check) -> None:
    report = check(fitbit(exp=4_000_000_000), api_url="http://127.0.0.1:9", timeout=5)
    assert ("undetermined", None) == (report.verdict, report.usable)


def test_an_offline_check_sends_nothing(check: Check) -> None:
    with serve_fixed_responses() as server:
        check(fitbit(exp=4_000_000_000), api_url=server.url, offline=True)
        check(FITBIT[:-3], api_url=server.url)
        assert [] == server.received


def test_a_client_is_opened_only_for_a_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(transport_client, "Net")
    assert "incomplete" == tokcheck.check(FITBIT[:-3]).verdict


def test_many_checks_run_at_once(accounts: StoredAccounts, sandbox: Sandbox) -> None:
    tokens = [sandbox.state.issue_fitbit_token(account="alex") for _ in range(20)]

    async def check_all() -> list[tokcheck.Report]:
        environment = accounts.environment
        checks = (tokcheck.check_async(token, environment=environment) for token in tokens)
        return await asyncio.gather(*checks)

    assert ["valid"] * 20 == [str(report.verdict) for report in asyncio.run(check_all())]


_WRONG: list[tuple[dict[str, Any], str]] = [
    ({"provider": "strawa"}, r"no provider 'strawa'.*\n.*strava.*providers=PATH"),
    ({"providers": "missing.toml"}, "missing.toml"),
    ({"api_url": "http://example.org"}, "api_url is unencrypted"),
    ({"api_url": "https://example.org/?x"}, "api_url contains more"),
    ({"require_scopes": ["slep"]}, "no scope|No provider has a scope"),
    ({"min_ttl": -1}, "min_ttl is negative"),
    ({"min_ttl": math.nan}, "min_ttl is not a number"),
    ({"timeout": 0}, "timeout is out of range"),
    ({"timeout": math.inf}, "timeout is out of range"),
]


@pytest.mark.parametrize(("options", "message"), _WRONG, ids=str)
def test_a_wrong_argument_is_an_error_without_the_token(
    check: Check, options: dict[str, Any], message: str
) -> None:
    canary = fitbit(sub="CANARY")
    with pytest.raises(tokcheck.UsageError, match=message) as caught:
        check(canary, **options)
    assert [] == find_leaks(caught.value, canary)


@pytest.mark.parametrize("name", [FITBIT, GOOGLE, FITBIT_REFRESH])
def test_a_token_in_the_place_of_an_option_is_not_repeated(check: Check, name: str) -> None:
    for options in ({"provider": name}, {"api_url": name}, {"require_scopes": [name]}):
        with pytest.raises(tokcheck.UsageError) as caught:
            check("x", **options)
        shown = "".join(traceback.format_exception(caught.value, chain=True))
        assert name not in shown.replace(repr(name), "")


@pytest.mark.parametrize("options", [{"min_ttl": "1h"}, {"timeout": "10"}, {"offline": "no"}])
def test_an_argument_of_another_type_is_an_error_without_the_token(
    check: Check, options: dict[str, Any]
) -> None:
    canary = fitbit(sub="CANARY")
    with pytest.raises(TypeError, match=next(iter(options))) as caught:
        check(canary, **options)
    shown = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    own = [frame for frame in shown.stack if "tokcheck/library" in frame.filename]
    assert own
    assert canary not in f"{caught.value} {[frame.locals for frame in own]}"


def test_a_paste_that_is_no_text_is_a_type_error(check: Check) -> None:
    with pytest.raises(TypeError, match="a paste is str, not bytes") as caught:
        check(FITBIT.encode(), offline=True)
    assert FITBIT not in str(caught.value)


@pytest.mark.parametrize(
    "error",
    [
        tokcheck.UsageError("It is wrong.", "Do this."),
        tokcheck.NetError("dns", "no address", "Check it.", reached=False),
        tokcheck.OAuthError("rate_limited", "Too many.", "Wait.", refused=False, retry_after=5),
        tokcheck.GrantError("It is over.", "Log in."),
        tokcheck.StoreError("It cannot be read."),
        tokcheck.NoTokenError(tokcheck.Verdict.NO_TOKEN, "None.", "Paste one."),
    ],
    ids=lambda error: type(error).__name__,
)
def test_an_error_passes_from_process_to_process(error: tokcheck.TokcheckError) -> None:
    again = pickle.loads(pickle.dumps(error))
    assert type(error) is type(again)
    assert (str(error), vars(error)) == (str(again), vars(again))
    assert error.hint in "".join(traceback.format_exception(again))


def test_an_error_may_get_a_note() -> None:
    error = tokcheck.UsageError("It is wrong.", "Do this.")
    error.add_note("in test_x")
    assert ["Do this.", "in test_x"] == error.__notes__
    assert ["Do this.", "in test_x"] == pickle.loads(pickle.dumps(error)).__notes__


def test_a_moment_is_in_utc() -> None:
    report = tokcheck.check(FITBIT, offline=True, now=_clock_at(NOW))
    assert report.claims is not None
    assert report.claims.expires_at == NOW.astimezone(UTC) + timedelta(hours=7)
    assert 25_200 == report.expires_in_seconds
