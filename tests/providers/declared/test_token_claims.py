"""The contents of a signed token, by the claims that a declaration names."""

from datetime import UTC, datetime
from typing import Any

from tests.support.tokens import make_jwt
from tokcheck.checks import Checker
from tokcheck.core.report import Report
from tokcheck.core.secret import Secret
from tokcheck.providers.base import Request, Response
from tokcheck.providers.declared.declared_provider import provider_of

NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
SECONDS = int(NOW.timestamp())
IDENTITY = {
    "user": {"claim": "uid"},
    "scopes": {"claim": "perms", "separator": ","},
    "expires": {"claim": "best_before", "form": "epoch-ms"},
}


def check(identity: dict[str, Any], payload: dict[str, Any], *, offline: bool = False) -> Report:
    """Return the report on a signed token of an API that accepts it."""
    table = {
        "name": "acme",
        "address": "https://api.acme.example",
        "check": "/me",
        "credential": {"signed": True},
        "identity": identity,
    }
    checker = Checker(
        {"acme": provider_of(table)},
        now=lambda: NOW,
        timer=lambda: 0.0,
        wanted="acme",
        send=None if offline else lambda _provider, _request: Response(200, {}, b"{}", NOW),
    )
    return checker.check(make_jwt({"iss": "https://id.acme.example", **payload}))


def test_the_declared_claims_are_read() -> None:
    payload = {"uid": "u77", "perms": "read,write", "best_before": (SECONDS + 500) * 1000}
    for offline in (False, True):
        report = check(IDENTITY, payload, offline=offline)
        assert report.claims is not None
        assert ("u77", ["read", "write"], 500.0) == (
            report.claims.user_id,
            [scope.name for scope in report.scopes],
            report.claims.seconds_left(NOW),
        )


def test_scopes_may_be_a_list_and_an_id_a_number() -> None:
    report = check(IDENTITY, {"uid": 77, "perms": ["read", "write"]})
    assert report.claims is not None
    assert ("77", ("read", "write")) == (report.claims.user_id, report.claims.scopes)


def test_an_expiry_of_a_claim_is_in_unix_seconds_unless_its_form_is_declared() -> None:
    report = check({"expires": {"claim": "ends"}}, {"ends": SECONDS + 60, "exp": SECONDS + 5})
    assert report.claims is not None
    assert 60.0 == report.claims.seconds_left(NOW)
    report = check(
        {"expires": {"claim": "ends", "form": "rfc3339"}}, {"ends": "2026-11-28T12:01:00Z"}
    )
    assert report.claims is not None
    assert 60.0 == report.claims.seconds_left(NOW)


def test_an_expired_token_of_a_declared_claim_is_not_sent() -> None:
    sent: list[Request] = []
    table = {
        "name": "acme",
        "address": "https://api.acme.example",
        "check": "/me",
        "credential": {"signed": True},
        "identity": {"expires": {"claim": "ends"}},
    }

    def send(_provider: object, request: Request) -> Response:
        sent.append(request)
        return Response(200, {}, b"{}", NOW)

    checker = Checker(
        {"acme": provider_of(table)}, now=lambda: NOW, timer=lambda: 0.0, wanted="acme", send=send
    )
    token = make_jwt({"iss": "https://id.acme.example", "ends": SECONDS - 60})
    assert ("expired", []) == (checker.check(token).verdict, sent)


def test_claims_of_other_types_and_missing_ones_leave_the_usual_ones() -> None:
    report = check(
        IDENTITY,
        {"uid": {"a": 1}, "perms": 5, "best_before": "soon", "sub": "u1", "exp": SECONDS + 9},
    )
    assert report.claims is not None
    assert ("u1", None, 9.0) == (
        report.claims.user_id,
        report.claims.scopes,
        report.claims.seconds_left(NOW),
    )


def test_a_login_s_token_has_the_claims_of_its_own_identity() -> None:
    provider = provider_of(
        {
            "name": "acme",
            "address": "https://api.acme.example",
            "check": "/me",
            "credential": {"signed": True},
            "identity": {"user": {"claim": "uid"}},
            "oauth": {
                "authorize": "https://acme.example/authorize",
                "token": "https://acme.example/token",
                "check": "/token",
                "pattern": "eyJ.*",
                "identity": {"user": {"claim": "owner"}},
            },
        }
    )
    claims = provider.read_claims(Secret(make_jwt({"uid": "a", "owner": "b"})))
    assert claims is not None
    assert "b" == claims.user_id
