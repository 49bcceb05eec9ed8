"""A token of a prefix that providers share is sent to the one that the text or the caller names."""

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

import tokcheck
from tests.support.suite.cases import each_case
from tests.support.tokens import NOW
from tokcheck.accounts.token_files.token_file import parse_token_file
from tokcheck.checks.checker import Checker
from tokcheck.cli.commands.revoke.finding_search import find_credential
from tokcheck.cli.commands.revoke.leaked_token import NotRevocableError, check_credential
from tokcheck.core.errors import UsageError
from tokcheck.core.report import Report, Verdict
from tokcheck.declarations.known_providers import providers_in_use
from tokcheck.providers.base import Provider, Request, Response, finder_for
from tokcheck.providers.base.addresses_in_use import with_addresses
from tokcheck.providers.declared.declared_provider import provider_of
from tokcheck.scan.annotation.liveness import can_be_probed
from tokcheck.scan.annotation.remedies import with_remedies
from tokcheck.scan.detect.searcher import Searcher
from tokcheck.scan.finding import Chunk, Finding

_BODY = "aB3dE5gH7jK9mN2pQ4rS6tU8vW1xY0zA2bC4"


def _table(name: str, prefix: str, address: str) -> dict[str, Any]:
    return {"name": name, "address": address, "check": "/v1/me", "tokens": [{"prefix": prefix}]}


_TABLES = (
    _table("ghe", "ghp_", "https://api.corp.example"),
    _table("lab", "glpat-", "https://lab.example"),
    _table("mygoogle", "ya29.", "https://api.mine.example"),
    _table("alpha", "acme_", "https://api.alpha.example"),
    _table("bravo", "acme_", "https://api.bravo.example"),
)
_PROVIDERS = {**providers_in_use(None, {}), **{each["name"]: provider_of(each) for each in _TABLES}}
_SEARCH = Searcher(NOW.timestamp(), tables=_TABLES)
# The token, the provider that is found first, and another one with the same prefix.
_SHARED = (
    (f"ghp_{_BODY}", "github", "api.github.com", "ghe", "api.corp.example"),
    (
        f"ya29.{_BODY * 4}",  # of a provider that is no declaration
        "google-health",
        "health.googleapis.com",
        "mygoogle",
        "api.mine.example",
    ),
    (f"glpat-{_BODY[:20]}", "gitlab", "gitlab.com", "lab", "lab.example"),
    (f"acme_{_BODY}", "alpha", "api.alpha.example", "bravo", "api.bravo.example"),
)


def _check(
    text: str, wanted: str | None = None, environment: Mapping[str, str] = MappingProxyType({})
) -> tuple[Report, list[str]]:
    """Return the report on a text, and the providers to which requests were sent."""
    sent: list[str] = []

    def send(provider: Provider, _: Request) -> Response:
        if provider.name not in sent:  # one of them sends a second request
            sent.append(provider.name)
        return Response(200, {}, b"{}", NOW)

    checker = Checker(
        with_addresses(_PROVIDERS, environment),
        now=lambda: NOW,
        timer=lambda: 0.0,
        send=send,
        wanted=wanted,
    )
    return checker.check(text), sent


def _findings(text: str) -> list[Finding]:
    return list(_SEARCH(Chunk("a.txt", text.encode())))


_NAMING = (
    "curl -H 'Authorization: Bearer RAW' https://HOST/v1/me",
    "curl https://HOST/v1/me -H 'Authorization: token RAW'",
    'requests.get("https://HOST/v1/me", headers={"Authorization": "Bearer RAW"})',
    "GET /v1/me HTTP/1.1\nHost: HOST\nAuthorization: Bearer RAW\n",
    "NAME_TOKEN=RAW",
    'export NAME_TOKEN="RAW"\n',
    '{"name": {"access_token": "RAW"}}',
    "name:\n  access_token: RAW\n",
    "# name\nTOKEN=RAW\n",
    # The label outweighs a host and a key farther away.
    "curl https://OTHER_HOST/\nNAME_TOKEN=RAW\n",
    '{"other": {"name_token": "RAW"}}',
)


@each_case("text", _NAMING)
@pytest.mark.parametrize(("raw", "first", "first_host", "second", "second_host"), _SHARED)
def test_the_text_decides(
    text: str, raw: str, first: str, first_host: str, second: str, second_host: str
) -> None:
    for name, host, other, other_host in (
        (first, first_host, second, second_host),
        (second, second_host, first, first_host),
    ):
        filled = text.replace("OTHER_HOST", other_host).replace("HOST", host)
        filled = filled.replace("NAME", name.upper()).replace("name", name)
        filled = filled.replace("other", other).replace("RAW", raw)
        assert [name] == _check(filled)[1], filled
        assert [name] == [finding.provider for finding in _findings(filled)], filled


@each_case("text", ["RAW", "Bearer RAW", "TOKEN=RAW\nX=1", '{"access_token": "RAW"}', "STRAVA=RAW"])
@pytest.mark.parametrize(("raw", "first", "_1", "second", "_2"), _SHARED)
def test_without_evidence_nothing_is_sent(
    text: str, raw: str, first: str, _1: str, second: str, _2: str
) -> None:
    text = text.replace("RAW", raw)
    report, sent = _check(text)
    assert (Verdict.UNDETERMINED, [], None) == (report.verdict, sent, report.provider)
    form = f"it has the form of an access token of {first} or {second}"
    assert f"Could not tell what this is: {form}." == report.summary
    assert "tokcheck validate --provider NAME" in " ".join(report.advice)
    (found,) = _findings(text)
    assert found.provider is None
    assert not can_be_probed(found, _PROVIDERS)
    (advised,) = with_remedies([found], {})
    assert "tokcheck revoke" not in advised.advice
    assert f"It is an access token of {first} or {second}." in advised.advice


@pytest.mark.parametrize(("raw", "first", "_1", "second", "_2"), _SHARED)
def test_the_caller_decides(raw: str, first: str, _1: str, second: str, _2: str) -> None:
    for name in (first, second):
        for text in ("RAW", "TOKEN=RAW\nX=1", "curl -H 'Authorization: Bearer RAW' https://x.test"):
            assert [name] == _check(text.replace("RAW", raw), name)[1], text
    report, sent = _check(raw, "strava")
    assert (Verdict.WRONG_PROVIDER, []) == (report.verdict, sent)
    assert f"an access token of {first} or {second}" in report.summary


def test_an_unknown_host_speaks_against_both() -> None:
    text = f"curl https://git.mine.example/x -H 'Authorization: Bearer {_SHARED[0][0]}'"
    report, sent = _check(text)
    assert (Verdict.UNDETERMINED, []) == (report.verdict, sent)
    assert "names an unknown host" in report.summary


def test_an_address_in_use_decides() -> None:
    text = f"curl http://127.0.0.1:3000/x -H 'Authorization: Bearer {_SHARED[0][0]}'"
    for name in ("ghe", "github"):
        environment = {f"TOKCHECK_{name.upper()}_URL": "http://127.0.0.1:3000/"}
        assert [name] == _check(text, None, environment)[1]


def test_of_two_tokens_each_has_its_own_provider() -> None:
    text = f"GHE_TOKEN=ghp_{_BODY}\nGITHUB_TOKEN=ghp_{_BODY[::-1]}\n"
    report, sent = _check(text)
    assert (Verdict.AMBIGUOUS, []) == (report.verdict, sent)
    assert ["ghe", "github"] == [
        line.partition("(")[2].partition(")")[0] for line in map(str, report.advice[:2])
    ]


def test_it_is_not_revoked_without_its_provider() -> None:
    credential = finder_for(_PROVIDERS).find(_SHARED[0][0]).credential
    with pytest.raises(NotRevocableError, match="an access token of github or ghe"):
        check_credential(credential, 1, _PROVIDERS)


_GHE = _TABLES[0] | {
    "oauth": {
        "authorize": "https://corp.example/authorize",
        "token": "https://corp.example/oauth/token",
    }
}


def _import(text: str, wanted: str | None = None) -> str:
    return parse_token_file(text, {**_PROVIDERS, "ghe": provider_of(_GHE)}, wanted).provider


def test_an_import_needs_its_provider() -> None:
    tokens = f'{{"access_token": "{_SHARED[0][0]}", "refresh_token": "r1-{_BODY}"}}'
    with pytest.raises(UsageError, match="does not say which provider's"):
        _import(tokens)
    for name in ("ghe", "github"):
        assert name == _import(tokens, name)
        assert name == _import(f'{{"{name}": {tokens}}}')


def test_a_finding_is_revoked_at_its_own_provider(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    finder = finder_for(_PROVIDERS)
    raw = _SHARED[0][0]
    fingerprint = sha256(raw.encode()).hexdigest()[:12]
    for text, wanted, expected in (
        (f"x = '{raw}'", None, (None, ("github", "ghe"))),
        (f"x = '{raw}'", "ghe", ("ghe", ())),
        (f"GHE_TOKEN={raw}", None, ("ghe", ())),
        (f"GITHUB_TOKEN={raw}", None, ("github", ())),
    ):
        (tmp_path / "a.py").write_text(f"{text}\n")
        found = find_credential(fingerprint, str(tmp_path), finder, _TABLES, wanted)
        assert expected == (found.provider, found.sharing)


def test_a_finding_that_another_host_gets_is_not_revoked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    raw = _SHARED[0][0]
    call = f"curl https://git.mine.example/x -H 'Authorization: Bearer {raw}'\n"
    (tmp_path / "a.sh").write_text(call)
    fingerprint = sha256(raw.encode()).hexdigest()[:12]
    finder = finder_for(providers_in_use(None, {}))
    assert find_credential(fingerprint, str(tmp_path), finder).is_sent_elsewhere
    found = find_credential(fingerprint, str(tmp_path), finder, wanted="github")
    assert ("github", False) == (found.provider, found.is_sent_elsewhere)


def test_a_token_is_cleaned_without_its_provider(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "ghe.toml").write_text(
        'name = "ghe"\naddress = "https://api.corp.example"\ncheck = "/v1/me"\n'
        '[[tokens]]\nprefix = "ghp_"\n'
    )
    (tmp_path / "ghe.toml").chmod(0o600)
    monkeypatch.setenv("TOKCHECK_PROVIDERS", str(tmp_path / "ghe.toml"))
    assert _SHARED[0][0] == tokcheck.clean(f"Bearer {_SHARED[0][0]}")
    report = tokcheck.check(_SHARED[0][0], offline=True)
    assert (Verdict.UNDETERMINED, None) == (report.verdict, report.provider)
    report = tokcheck.check(_SHARED[0][0], offline=True, provider="ghe")
    assert (Verdict.UNVERIFIED, "ghe") == (report.verdict, report.provider)


@each_case(
    "variable", ["TOKCHECK_GOOGLE_HEALTH_URL", "TOKCHECK_GOOGLE_OAUTH_URL", "TOKCHECK_GITHUB_URL"]
)
@each_case(
    "token, host, owner",
    [
        (token, host, owner)
        for token, first, first_host, second, second_host in _SHARED
        for owner, host in ((first, first_host), (second, second_host))
    ]
    + [(_SHARED[1][0], "oauth2.googleapis.com", "google-health")],
)
def test_an_own_host_names_its_provider_where_another_address_is_set(
    variable: str, token: str, host: str, owner: str
) -> None:
    text = f"curl -H 'Authorization: Bearer {token}' https://{host}/v1/x"
    report, sent = _check(text, None, {variable: "http://127.0.0.1:3000"})
    assert [owner] == sent, (text, report.summary)


@each_case("names", [("alpha", "bravo"), ("bravo", "alpha"), ("acme", "zeta"), ("zeta", "acme")])
def test_a_host_of_several_providers_names_none_of_them(names: tuple[str, str]) -> None:
    tables = [_table(name, "acme_", "https://api.acme.example") for name in names]
    providers = {each["name"]: provider_of(each) for each in tables}
    curl = f"curl -H 'Authorization: Bearer acme_{_BODY}' https://api.acme.example/v1/me"
    sent: list[str] = []

    def send(provider: Provider, _: Request) -> Response:
        sent.append(provider.name)
        return Response(200, {}, b"{}", NOW)

    def check(text: str, wanted: str | None = None) -> Report:
        checker = Checker(providers, now=lambda: NOW, timer=lambda: 0.0, send=send, wanted=wanted)
        return checker.check(text)

    report = check(curl)
    assert (Verdict.UNDETERMINED, []) == (report.verdict, sent)
    assert all(name in str(report) for name in names)
    search = Searcher(NOW.timestamp(), tables=tables)
    (found,) = search(Chunk("a.txt", curl.encode()))
    assert found.provider is None
    for name in names:
        assert Verdict.VALID is check(curl, name).verdict
        labelled = f"{name.upper()}_TOKEN=acme_{_BODY}\n"
        assert Verdict.VALID is check(labelled).verdict
        assert [name, name] == sent
        sent.clear()
