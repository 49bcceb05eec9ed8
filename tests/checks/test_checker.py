import json

import pytest

from tests.support.checks import LIST, OPAQUE, SECONDS, Sender, check
from tests.support.providers.google_probe import IDENTITY, PREFIX, TOKENINFO
from tests.support.providers.probe_responses import PAGE, problem, respond, unreachable
from tests.support.tokens import (
    FITBIT,
    FITBIT_CLIENT,
    FITBIT_CODE,
    FITBIT_REFRESH,
    GOOGLE,
    GOOGLE_CLIENT,
    GOOGLE_KEY,
    GOOGLE_REFRESH,
    GOOGLE_SECRET,
    NOW,
    fitbit,
    google,
    make_jwt,
)
from tokcheck.checks import Checker, exit_code
from tokcheck.core.errors import ExitCode
from tokcheck.core.report import Report, Verdict
from tokcheck.providers.base import Response
from tokcheck.providers.ready_made_providers import find_packaged


def code_of(report: Report) -> ExitCode:
    return exit_code(report.verdict, report.usable)


def test_a_good_fitbit_token_is_reported_in_full() -> None:
    send = Sender(LIST)
    report = check(f'curl -H "authorization: Bearer {FITBIT}"', send)
    assert Verdict.VALID is report.verdict
    assert report.usable is True
    summary = (
        "This Fitbit Web API token works: 149 of 150 requests an hour are left; "
        "it resets in 20 min."
    )
    assert summary == report.summary
    assert send.requests == [("fitbit", "api", "/1/user/-/devices.json")]
    assert report.provider == "fitbit"
    assert report.claims is not None
    assert (
        report.claims.client_id,
        report.claims.user_id,
        report.claims.lifetime_seconds,
    ) == ("23TEST", "7TESTS", 28_800)
    assert report.expires_in_seconds == 25_200
    assert [scope.name for scope in report.scopes] == ["settings", "sleep", "heartrate"]
    assert report.probe is not None
    assert report.probe == (1, 200, None, 0.25)
    assert [quota.remaining for quota in report.quota] == [149]
    assert [device.name for device in report.devices] == ["Charge 5"]
    assert f"{PREFIX}settings.readonly" in dict(report.successors)["Google Health API"]
    assert ExitCode.USABLE is code_of(report)


def test_a_good_google_token_is_reported_with_the_claims_of_tokeninfo() -> None:
    send = Sender(TOKENINFO, IDENTITY, respond(200, {}))
    report = check(GOOGLE, send)
    assert Verdict.VALID is report.verdict
    assert report.claims is not None
    assert report.claims[:2] == (GOOGLE_CLIENT, "1000000000000000001")
    assert report.expires_in_seconds == 3000
    assert [scope.name for scope in report.scopes] == ["settings", "sleep"]
    assert report.probe is not None
    assert report.probe[:2] == (3, 200)
    assert report.successors == ()


def test_an_expired_token_is_not_sent() -> None:
    send = Sender()
    report = check(fitbit(exp=SECONDS), send)
    assert Verdict.EXPIRED is report.verdict
    assert report.usable is False
    assert send.requests == []
    assert report.probe is None
    assert report.expires_in_seconds == 0
    assert "tokcheck login fitbit" in report.advice[0]
    assert "refresh token" in report.advice[1]
    assert ExitCode.NOT_USABLE is code_of(report)


def test_a_token_with_a_second_left_is_sent() -> None:
    assert Verdict.VALID is check(fitbit(exp=SECONDS + 1), Sender(LIST)).verdict


def test_a_token_without_an_expiry_is_sent() -> None:
    report = check(fitbit(exp=None), Sender(LIST))
    assert Verdict.VALID is report.verdict
    assert report.expires_in_seconds is None


@pytest.mark.parametrize(
    ("verdict", "token"),
    [
        (Verdict.UNVERIFIED, FITBIT),
        (Verdict.UNVERIFIED, GOOGLE),
        (Verdict.EXPIRED, fitbit(exp=SECONDS - 1)),
        (Verdict.WRONG_KIND, GOOGLE_REFRESH),
    ],
)
def test_an_offline_check_sends_nothing(verdict: Verdict, token: str) -> None:
    report = check(token)
    assert verdict is report.verdict
    assert report.probe is None
    assert report.quota == ()


@pytest.mark.parametrize(
    ("verdict", "paste"),
    [
        (Verdict.NO_TOKEN, ""),
        (Verdict.NO_TOKEN, "Authorization: Bearer "),
        (Verdict.PLACEHOLDER, "Authorization: Bearer YOUR_ACCESS_TOKEN"),
        (Verdict.WRONG_KIND, GOOGLE_REFRESH),
        (Verdict.WRONG_KIND, GOOGLE_SECRET),
        (Verdict.WRONG_KIND, GOOGLE_KEY),
        (Verdict.WRONG_KIND, f"client_id={FITBIT_CLIENT}"),
        (Verdict.WRONG_KIND, f"FITBIT_REFRESH_TOKEN={FITBIT_REFRESH}"),
        (Verdict.UNDETERMINED, FITBIT_REFRESH),
        (Verdict.WRONG_PROVIDER, f"ghs_123456_{FITBIT}"),
        (Verdict.WRONG_KIND, make_jwt({"iss": "https://accounts.google.com", "sub": "1"})),
        (Verdict.WRONG_PROVIDER, make_jwt({"iss": "another", "sub": "1"})),
        (Verdict.INCOMPLETE, FITBIT.rpartition(".")[0]),
        (Verdict.AMBIGUOUS, f"{FITBIT} {GOOGLE}"),
        (Verdict.UNDETERMINED, OPAQUE),
    ],
)
def test_a_credential_that_is_not_an_access_token_is_not_sent(verdict: Verdict, paste: str) -> None:
    send = Sender()
    report = check(paste, send)
    assert verdict is report.verdict
    assert send.requests == []
    assert report.probe is None
    assert report.advice
    expected = ExitCode.COULD_NOT_TELL if verdict is Verdict.UNDETERMINED else ExitCode.NOT_USABLE
    assert expected is code_of(report)


def test_several_tokens_are_listed_masked() -> None:
    other = google("other")
    report = check(f"{FITBIT}\n{GOOGLE}\n{other}", Sender())
    assert report.summary == "The input contains 3 different tokens."
    assert f"{GOOGLE[:6]}…{GOOGLE[-4:]} (google-health)" in " ".join(report.advice)
    assert report.credential is None
    assert other not in repr(report)


@pytest.mark.parametrize(("paste", "wanted"), [(FITBIT, "google-health"), (GOOGLE, "fitbit")])
def test_a_token_of_another_provider_than_expected_is_not_sent(paste: str, wanted: str) -> None:
    send = Sender()
    report = check(paste, send, wanted=wanted)
    assert Verdict.WRONG_PROVIDER is report.verdict
    assert report.usable is False
    assert send.requests == []
    assert "--provider" in report.advice[0]


@pytest.mark.parametrize(("paste", "wanted"), [(FITBIT, "fitbit"), (GOOGLE, "google-health")])
def test_the_expected_provider_may_be_the_tokens_own(paste: str, wanted: str) -> None:
    assert Verdict.UNVERIFIED is check(paste, wanted=wanted).verdict


@pytest.mark.parametrize(
    ("wanted", "answers", "service"),
    [
        ("fitbit", (LIST,), "api"),
        ("google-health", (TOKENINFO, IDENTITY, respond(200, {})), "oauth"),
    ],
)
def test_an_unknown_word_is_probed_if_the_caller_names_the_provider(
    wanted: str, answers: tuple[Response, ...], service: str
) -> None:
    send = Sender(*answers)
    report = check(OPAQUE, send, wanted=wanted)
    assert Verdict.VALID is report.verdict
    assert wanted == report.provider
    assert (wanted, service) == send.requests[0][:2]


@pytest.mark.parametrize("wanted", ["fitbit", "google-health"])
@pytest.mark.parametrize(
    ("verdict", "paste"),
    [
        (Verdict.INCOMPLETE, FITBIT.partition(".")[2]),
        (Verdict.INCOMPLETE, FITBIT.partition(".")[0]),
        (Verdict.MALFORMED, FITBIT.lower()),
        (Verdict.MALFORMED, f"{OPAQUE[:20]}.{OPAQUE[:20]}.{OPAQUE[:30]}"),
        (Verdict.MALFORMED, GOOGLE.upper()),
    ],
)
def test_a_damaged_word_is_not_sent_even_if_the_caller_names_the_provider(
    verdict: Verdict, paste: str, wanted: str
) -> None:
    send = Sender()
    assert verdict is check(paste, send, wanted=wanted).verdict
    assert [] == send.requests


@pytest.mark.parametrize("number", [0, 1, 2])
def test_without_a_response_the_verdict_is_undetermined(number: int) -> None:
    answers = (unreachable(), respond(503, PAGE), respond(200, PAGE))
    report = check(FITBIT, Sender(answers[number]))
    assert Verdict.UNDETERMINED is report.verdict
    assert report.usable is None
    assert report.probe is not None
    assert report.probe.requests == 1
    assert ExitCode.COULD_NOT_TELL is code_of(report)


def test_an_unreachable_server_comes_with_advice() -> None:
    report = check(FITBIT, Sender(unreachable()))
    whole = "Could not tell whether this Fitbit Web API token works: host refused the connection."
    assert whole == report.summary
    assert report.advice == ("Check it.",)
    assert report.probe is not None
    assert report.probe.status is None


def test_google_needs_identity_but_not_tokeninfo() -> None:
    assert Verdict.VALID is check(GOOGLE, Sender(unreachable(), IDENTITY)).verdict
    report = check(GOOGLE, Sender(TOKENINFO, unreachable()))
    assert Verdict.UNDETERMINED is report.verdict
    assert report.usable is None
    assert report.probe is not None
    assert report.probe.requests == 2


def test_a_rate_limited_token_has_an_exit_code_of_its_own() -> None:
    report = check(FITBIT, Sender(respond(429, problem("system"), {"retry-after": "60"})))
    assert Verdict.RATE_LIMITED is report.verdict
    assert "resets in 1 min" in report.summary
    assert ExitCode.RATE_LIMITED is code_of(report)


_MESSAGE = '{"error": "invalid_grant", "error_description": "Token has been expired or revoked."}'


def test_an_error_message_without_a_token_is_explained() -> None:
    send = Sender()
    report = check(_MESSAGE, send)
    assert (Verdict.NO_TOKEN, False) == (report.verdict, report.usable)
    assert "an error message of the Google Health API." in report.summary
    assert report.explains is not None
    assert "google-health" == report.explains.provider
    assert Verdict.REVOKED_OR_INVALID is report.explains.verdict
    assert "refused the refresh token" in report.explains.summary
    assert ExitCode.NOT_USABLE is code_of(report)
    assert [] == send.requests


@pytest.mark.parametrize(
    "text", [f"FITBIT_TOKEN: ***\n{_MESSAGE}", f"client_id={FITBIT_CLIENT} {_MESSAGE}"]
)
def test_an_error_message_beside_what_is_no_token_is_explained(text: str) -> None:
    report = check(text)
    assert Verdict.NO_TOKEN is report.verdict
    assert report.explains is not None
    assert ("masked the token" in report.summary) == ("***" in text)


@pytest.mark.parametrize("token", [FITBIT, GOOGLE, GOOGLE_SECRET, FITBIT[:90], GOOGLE[:39] + "-"])
def test_an_error_message_with_a_credential_is_not_explained(token: str) -> None:
    report = check(f"{_MESSAGE} Authorization: Bearer {token}")
    assert Verdict.NO_TOKEN is not report.verdict
    assert report.explains is None


def test_what_is_no_message_is_not_explained() -> None:
    for text in ("", "hello", '{"message": "Bad credentials"}', "Authorization: Bearer "):
        report = check(text)
        assert Verdict.NO_TOKEN is report.verdict
        assert report.explains is None


@pytest.mark.parametrize("piece", [FITBIT[:20], GOOGLE[:20]])
def test_a_message_in_which_a_log_shortened_the_token_is_explained(piece: str) -> None:
    report = check(json.dumps(problem("expired_token", f"Access token expired: {piece}...")))
    assert Verdict.NO_TOKEN is report.verdict
    assert report.explains is not None
    assert Verdict.EXPIRED is report.explains.verdict
    assert piece not in repr(report)
    assert Verdict.INCOMPLETE is check(f"{piece}...").verdict


@pytest.mark.parametrize(
    ("words", "echo"),
    [("Refresh token invalid", FITBIT_REFRESH), ("Authorization code invalid", FITBIT_CODE)],
)
def test_a_credential_that_its_refusal_repeats_is_named_and_the_refusal_explained(
    words: str, echo: str
) -> None:
    report = check(json.dumps(problem("invalid_grant", f"{words}: {echo}. Visit us.")))
    assert Verdict.WRONG_KIND is report.verdict
    assert report.explains is not None
    assert ("fitbit", Verdict.REVOKED_OR_INVALID) == report.explains[:2]
    assert echo not in repr(report)
    assert check(f"refresh_token={FITBIT_REFRESH}").explains is None


@pytest.mark.parametrize("value", ["undefined", "null", "None", "[object Object]"])
def test_an_error_after_a_request_without_a_token_says_so(value: str) -> None:
    log = f"> GET https://api.fitbit.com/x\n> Authorization: Bearer {value}\n< HTTP/1.1 401 x\n"
    report = check(log)
    assert (Verdict.NO_TOKEN, "fitbit") == (
        report.verdict,
        report.explains and report.explains.provider,
    )
    assert report.advice[0].startswith("The request was sent without a token.")
    plain = check(log.replace(value, "***"))
    assert "without a token" not in " ".join(plain.advice)


def test_a_credential_of_a_declared_form_is_named_as_declared() -> None:
    text = "dckr_pat_" + "a1B2" * 6 + "abc"
    provider = find_packaged("docker-hub")
    assert provider is not None
    checker = Checker({"docker-hub": provider}, now=lambda: NOW, timer=lambda: 0.0)
    report = checker.check(text)
    assert Verdict.WRONG_KIND is report.verdict
    assert "This is a Docker personal access token, not an access token." == report.summary
