"""Requirements and notes of a check, and tokens that its report must not show."""

import json
from datetime import timedelta
from typing import Any

import pytest

from tests.support.checks import LIST, SECONDS, Sender, check
from tests.support.providers.google_probe import ALL_STRINGS, IDENTITY, PREFIX, TOKENINFO
from tests.support.providers.probe_responses import problem, respond, status_body
from tests.support.tokens import FITBIT, GOOGLE, NOW, fitbit
from tokcheck.checks import Requirements
from tokcheck.checks import render_json as as_json
from tokcheck.core.report import Verdict
from tokcheck.providers.base import Response

ROWS: list[tuple[Verdict, bool | None, Requirements, str, tuple[Response, ...]]] = [
    (Verdict.VALID, True, Requirements(("sleep", "rset")), FITBIT, (LIST,)),
    (Verdict.INSUFFICIENT_SCOPE, False, Requirements(("sleep", "weight")), FITBIT, (LIST,)),
    (Verdict.UNDETERMINED, None, Requirements(("sleep",)), fitbit(scopes=[1]), (LIST,)),  # type: ignore[arg-type]
    (Verdict.VALID, True, Requirements(min_ttl=25_199), FITBIT, (LIST,)),
    (Verdict.VALID, False, Requirements(min_ttl=25_200), FITBIT, (LIST,)),
    (Verdict.UNDETERMINED, None, Requirements(min_ttl=1), fitbit(exp=None), (LIST,)),
    (Verdict.RATE_LIMITED, False, Requirements(min_ttl=25_200), FITBIT, (respond(429),)),
    (
        Verdict.INSUFFICIENT_SCOPE,
        False,
        Requirements(("weight",)),
        FITBIT,
        (respond(429),),
    ),
    (Verdict.SERVICE_GONE, False, Requirements(("weight",), 1), FITBIT, (respond(410),)),
    (
        Verdict.VALID,
        True,
        Requirements(("sleep", f"{PREFIX}settings.readonly"), 2999),
        GOOGLE,
        (TOKENINFO, IDENTITY, respond(200, {})),
    ),
    (
        Verdict.INSUFFICIENT_SCOPE,
        False,
        Requirements(("sleep.writeonly",)),
        GOOGLE,
        (TOKENINFO, IDENTITY, respond(200, {})),
    ),
    (
        Verdict.UNDETERMINED,
        None,
        Requirements(("sleep",)),
        GOOGLE,
        (respond(503), IDENTITY),
    ),
]


@pytest.mark.parametrize(("verdict", "usable", "requirements", "token", "answers"), ROWS)
def test_requirements_use_the_scopes_from_the_provider(
    verdict: Verdict,
    requirements: Requirements,
    token: str,
    answers: tuple[Response, ...],
    *,
    usable: bool | None,
) -> None:
    report = check(token, Sender(*answers), requirements=requirements)
    assert (verdict, usable) == (report.verdict, report.usable)


@pytest.mark.parametrize(
    ("verdict", "usable", "requirements"),
    [
        (Verdict.UNVERIFIED, None, Requirements(("sleep",), 60)),
        (Verdict.INSUFFICIENT_SCOPE, False, Requirements(("weight",))),
        (Verdict.UNVERIFIED, False, Requirements(min_ttl=25_200)),
    ],
)
def test_requirements_apply_offline_as_well(
    verdict: Verdict, requirements: Requirements, *, usable: bool | None
) -> None:
    report = check(FITBIT, requirements=requirements)
    assert (verdict, usable) == (report.verdict, report.usable)


def test_a_token_issued_in_the_future_is_probed_and_noted() -> None:
    later = SECONDS + 7200
    report = check(fitbit(iat=later, exp=later + 28_800), Sender(LIST))
    assert Verdict.VALID is report.verdict
    assert "This computer's clock may be wrong" in report.advice[-1]


def test_odd_claims_are_noted() -> None:
    report = check(fitbit(exp=str(SECONDS + 60)), Sender(LIST))
    assert report.expires_in_seconds == 60
    assert [line for line in report.advice if "exp is a number written as a string" in line] != []


def test_claims_that_cannot_be_read_do_not_end_the_check() -> None:
    report = check(fitbit(exp={"at": 1}, sub=["a", "b"]), Sender(LIST))
    assert Verdict.VALID is report.verdict
    assert len([line for line in report.advice if "was ignored" in line]) == 2


@pytest.mark.parametrize(
    "answer",
    [
        respond(401, problem("expired_token", f"Access token expired: {FITBIT}. Visit …")),
        respond(401, problem("invalid_client", f"Received header = Bearer {FITBIT}.")),
        respond(403, status_body(403, FITBIT, FITBIT)),
        respond(404, {"error": FITBIT, "error_description": FITBIT}),
        respond(302, b"", {"location": f"https://{FITBIT[:60]}/{FITBIT}"}),
        respond(200, [{"deviceVersion": FITBIT, "lastSyncTime": FITBIT}]),
        respond(200, [], {"fitbit-rate-limit-limit": FITBIT, "date": FITBIT}),
        respond(429, FITBIT.encode(), {"retry-after": FITBIT}),
    ],
)
def test_a_token_in_an_error_response_is_not_shown(answer: Response) -> None:
    report = check(FITBIT, Sender(answer))
    assert report.probe is not None
    assert FITBIT[:40] not in as_json.render(report)


def test_a_google_token_in_an_error_response_is_not_shown() -> None:
    fields = ALL_STRINGS | {"azp": GOOGLE, "scope": f"{ALL_STRINGS['scope']} {GOOGLE}"}
    devices = {"pairedDevices": [{"deviceVersion": GOOGLE}]}
    identity: dict[str, Any] = {"healthUserId": GOOGLE}
    send = Sender(respond(200, fields), respond(200, identity), respond(200, devices))
    report = check(GOOGLE, send)
    assert Verdict.VALID is report.verdict
    assert "[redacted]" in as_json.render(report)


def test_a_report_uses_the_checkers_clock() -> None:
    report = check(FITBIT, Sender(LIST))
    assert report.checked_at == NOW
    quota = json.loads(as_json.render(report))["quota"][0]
    assert quota["reset_in_seconds"] == 1200
    assert NOW + timedelta(minutes=20) == report.quota[0].reset_at
