"""Labels show tokens without a form of their own, wherever they stand in a text."""

import json
import re
from hashlib import sha1

from tests.support.suite.cases import each_case
from tests.support.tokens import FITBIT, NOW
from tokcheck.checks.checker import Checker
from tokcheck.core.report import Report, Verdict
from tokcheck.declarations.known_providers import providers_in_use
from tokcheck.declarations.provider_choice import choose_providers
from tokcheck.providers import REGISTRY

_STRAVA = sha1(b"strava", usedforsecurity=False).hexdigest()
_OURA = "QZ7WERT2YUIOP4ASDF5GHJK6LZXC8VBN"
_GITHUB = f"ghp_{'aB3dE5gH7jK9' * 3}"


def _check(text: str, wanted: str | None = None) -> Report:
    """Check a text offline, as the command does: declarations are loaded when they are needed."""
    chosen = choose_providers(wanted, None, {})
    checker = Checker(
        chosen.known,
        now=lambda: NOW,
        timer=lambda: 0.0,
        wanted=chosen.wanted,
        more=chosen.more,
    )
    return checker.check(text)


_TEXTS = (
    "STRAVA_TOKEN=RAW",
    "STRAVA_TOKEN=RAW\nFOO=1\n",
    "FOO=1\nSTRAVA_TOKEN=RAW\n",
    "# of the watch\nSTRAVA_TOKEN=RAW\n",
    "STRAVA_TOKEN=RAW # of the watch\nB=2",
    "export STRAVA_TOKEN=RAW\nexport FOO=1\n",
    "export STRAVA_TOKEN='RAW'\nexport FOO='1'\n",
    'STRAVA_TOKEN="RAW"\r\nFOO="1"\r\n',
    "set STRAVA_TOKEN=RAW\nset FOO=1\n",
    "$env:STRAVA_TOKEN = 'RAW'\n$env:FOO = '1'\n",
    "STRAVA_CLIENT_ID=5\nSTRAVA_TOKEN=RAW\nSTRAVA_LOG=debug\n",
    "DATABASE_URL=postgres://u:p@db.example/x\nSTRAVA_TOKEN=RAW\n",
    "STRAVA_BEARER=RAW\nFOO=1\n",
    "strava:\n  token: RAW\n",
    "strava:\n  id: 5\n  token: RAW\nother:\n  id: 6\n",
    'services:\n  strava:\n    auth:\n      token: "RAW"\n',
    "[strava]\ntoken = 'RAW'\nid = 5\n",
    json.dumps({"strava": {"token": "RAW"}, "x": 1}),
    json.dumps({"strava": {"token": "RAW"}, "x": 1}, indent=2),
    "env:\n  STRAVA_TOKEN: RAW\n  FOO: 1\n",
    "ENV STRAVA_TOKEN=RAW\nENV FOO=1\n",
    "const stravaToken = 'RAW';\nconst x = 1;\n",
    'strava_token := "RAW"\nx := 1\n',
    "services: strava\n\nSTRAVA_ACCESS_TOKEN=RAW\nFOO=1",
    # A label apart from its value: pairs of name and value, and commands that set a variable.
    "env:\n- name: STRAVA_TOKEN\n  value: RAW\n",
    'env:\n  - name: "STRAVA_TOKEN"\n    value: "RAW"\n  - name: FOO\n    value: "1"\n',
    "- name: FOO\n  value: 1\n- name: STRAVA_TOKEN\n  value: 'RAW'\n",
    json.dumps({"name": "STRAVA_TOKEN", "value": "RAW"}),
    json.dumps([{"name": "FOO", "value": "1"}, {"name": "STRAVA_TOKEN", "value": "RAW"}], indent=2),
    json.dumps({"key": "strava_token", "value": "RAW", "enabled": True}),
    '<add key="StravaToken" value="RAW"/>\n<add key="Foo" value="1"/>',
    '<property name="strava.token" value="RAW" />',
    "FROM python\nENV STRAVA_TOKEN RAW\nENV FOO 1\n",
    "setx STRAVA_TOKEN RAW\r\nsetx FOO 1\r\n",
    'SETX STRAVA_TOKEN "RAW" /M',
    "set -x STRAVA_TOKEN RAW\nset -x FOO 1\n",
    "set -gx STRAVA_TOKEN 'RAW'\n",
)


@each_case("text", _TEXTS)
@each_case("wanted", [None, "strava"])
def test_a_label_shows_a_token_in_any_text(text: str, wanted: str | None) -> None:
    report = _check(text.replace("RAW", _STRAVA), wanted)
    assert (Verdict.UNVERIFIED, "strava") == (report.verdict, report.provider), text


@each_case(
    "text",
    [
        "- name: GITEA_TOKEN\n  value: RAW\n# beside strava\n",
        '{"name": "GITEA_TOKEN", "value": "RAW", "like": "strava"}',
        "# strava\nENV GITEA_TOKEN RAW\n",
        "setx GITEA_TOKEN RAW\nrem strava\n",
        "- name: STRAVA_TOKEN_HASH\n  value: RAW\n",
    ],
)
def test_a_label_apart_that_names_another_service_is_not_overruled(text: str) -> None:
    report = _check(text.replace("RAW", _STRAVA))
    assert report.provider is None, text
    assert report.verdict is not Verdict.UNVERIFIED, text


@each_case("wanted", ["strava", "oura"])
@each_case("text", ["MY_TOKEN=RAW\nFOO=1\n", "token: RAW\nid: 5\n", '{"a": 1, "apiToken": "RAW"}'])
def test_a_label_without_a_name_shows_the_token_of_the_expected_provider(
    text: str, wanted: str
) -> None:
    raw = {"strava": _STRAVA, "oura": _OURA}[wanted]
    report = _check(text.replace("RAW", raw), wanted)
    assert (Verdict.UNVERIFIED, wanted) == (report.verdict, report.provider), text
    nobodys = _check(text.replace("RAW", raw))
    assert (Verdict.UNDETERMINED, None) == (nobodys.verdict, nobodys.provider), text


_TWO = (
    "STRAVA_TOKEN=S\nOURA_TOKEN=O\n",
    "OURA_TOKEN=O\nSTRAVA_TOKEN=S\n",
    "export STRAVA_TOKEN='S'\nX=1\nexport OURA_TOKEN='O'\n",
    "strava:\n  token: S\noura:\n  token: O\n",
    "[strava]\ntoken = S\n[oura]\ntoken = O\n",
    '{"strava": {"access_token": "S"}, "oura": {"access_token": "O"}}',
    '{\n  "oura": {\n    "access_token": "O"\n  },\n  "strava": {\n    "token": "S"\n  }\n}',
    "curl https://www.strava.com/x -H 'Authorization: Bearer S'\n"
    "curl https://api.ouraring.com/x -H 'Authorization: Bearer O'\n",
)


def _fill_in(text: str) -> str:
    """Return a text with tokens in the place of the letters that stand alone."""
    marks = {"S": _STRAVA, "O": _OURA, "F": FITBIT, "G": _GITHUB}
    return re.sub(r"(?<![A-Za-z_])[SOFG](?![A-Za-z_])", lambda match: marks[match[0]], text)


@each_case("text", _TWO)
def test_tokens_of_several_providers_are_all_listed(text: str) -> None:
    report = _check(_fill_in(text))
    assert Verdict.AMBIGUOUS == report.verdict, text
    listed = " ".join(report.advice)
    assert "(strava)" in listed, text
    assert "(oura)" in listed, text
    for wanted in ("strava", "oura"):
        own = _check(_fill_in(text), wanted)
        assert (Verdict.UNVERIFIED, wanted) == (own.verdict, own.provider), text


@each_case(
    "text, owners",
    [
        ("FITBIT_TOKEN=F\nSTRAVA_TOKEN=S\n", ("fitbit", "strava")),
        ("STRAVA_TOKEN=S\nFITBIT_TOKEN=F\n", ("fitbit", "strava")),
        ("FITBIT_TOKEN=F\nGITHUB_TOKEN=G\n", ("fitbit", "github")),
        ("GITHUB_TOKEN=G\nOURA_TOKEN=O\n", ("github", "oura")),
    ],
)
def test_a_token_with_a_form_of_its_own_is_not_the_only_one(
    text: str, owners: tuple[str, ...]
) -> None:
    report = _check(_fill_in(text))
    assert Verdict.AMBIGUOUS == report.verdict, text
    assert all(f"({owner})" in " ".join(report.advice) for owner in owners), text
    for wanted in owners:
        assert wanted == _check(_fill_in(text), wanted).provider, text


@each_case(
    "text",
    [
        "STRAVA_TOKEN_FILE=/run/secrets/strava1\nX=1",
        "STRAVA_TOKEN=${{ secrets.STRAVA_TOKEN_OF_JOB_2 }}\nX=1",
        "STRAVA_TOKEN=$OTHER_TOKEN_OF_STRAVA_2\nX=1",
        "strava_token = get_token_from_store_2(account)\nx = 1",
        "STRAVA_TOKEN_URL=https://www.strava.com/oauth2/token\nX=1",
        "STRAVA_TOKEN=\nX=1",
        "strava_token_hash: S\nx: 1",
    ],
)
def test_what_is_no_value_of_a_token_is_none(text: str) -> None:
    report = _check(_fill_in(text))
    assert report.provider is None, text
    assert report.verdict not in {Verdict.UNVERIFIED, Verdict.AMBIGUOUS}, text


def test_the_exporter_reads_them_alike() -> None:
    providers = providers_in_use(None, {})
    checker = Checker(providers, now=lambda: NOW, timer=lambda: 0.0, wanted="strava")
    report = checker.check(f"# mine\nSTRAVA_TOKEN={_STRAVA}\nSTRAVA_CLIENT_ID=5\n")
    assert (Verdict.UNVERIFIED, "strava") == (report.verdict, report.provider)
    assert "strava" not in REGISTRY


@each_case(
    "text",
    [
        "STRAVA_TOKEN=S\nACME_TOKEN=O\n",
        "ACME_TOKEN=O\nSTRAVA_TOKEN=S\n",
        "curl https://www.strava.com/x -H 'Authorization: Bearer S'\n"
        "curl https://api.acme.example/x -H 'Authorization: Bearer O'\n",
    ],
)
def test_a_token_of_nobody_known_is_ignored_with_a_note(text: str) -> None:
    report = _check(_fill_in(text))
    assert (Verdict.UNVERIFIED, "strava") == (report.verdict, report.provider), text
    assert "ignored: a string of unknown kind" in report.cleaned, text
