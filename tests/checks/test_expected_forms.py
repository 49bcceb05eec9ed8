"""A text without a token: the advice fits the provider that is expected."""

from tests.support.suite.cases import each_case
from tests.support.tokens import NOW
from tokcheck.checks.checker import Checker
from tokcheck.core.report import Verdict
from tokcheck.providers import REGISTRY
from tokcheck.providers.base import Provider, Request, Response
from tokcheck.providers.declared.declared_provider import provider_of

_ACME = provider_of({"name": "acme", "address": "https://api.acme.example", "check": "/me"})


def _send(_: Provider, __: Request) -> Response:
    raise AssertionError


@each_case(
    ("wanted", "is_named"),
    [(None, True), ("fitbit", True), ("google-health", True), ("acme", False)],
)
def test_other_providers_forms_are_not_named(wanted: str | None, is_named: bool) -> None:  # noqa: FBT001
    checker = Checker(
        {**REGISTRY, "acme": _ACME}, now=lambda: NOW, timer=lambda: 0.0, send=_send, wanted=wanted
    )
    report = checker.check("abc")
    assert Verdict.NO_TOKEN is report.verdict
    assert is_named is ("A Fitbit access token begins with eyJ" in str(report))
    meant = "the token" if is_named else "an access token of the Acme API"
    assert f"Paste {meant}, or the whole command" in str(report)
