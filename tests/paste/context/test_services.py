"""Tokens of services that are only recognised are named, and never damaged, cut or sent."""

import re
import subprocess
import sys
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.providers.paste_checks import conclusion, read, sendable_token
from tests.support.suite.cases import each_case
from tests.support.suite.thoroughness import inputs
from tests.support.tokens import FITBIT, FITBIT_SECRET, GOOGLE, make_jwt
from tokcheck.core.credential import Kind, KnownService, ServiceForm
from tokcheck.core.report import Verdict
from tokcheck.paste.context import services
from tokcheck.providers.known_services import KNOWN_SERVICES

_FORMS = [(service, form) for service in KNOWN_SERVICES for form in service.forms]
_INSTALLATION = make_jwt({"iss": "github", "sub": "1"}, {"alg": "RS256", "typ": "JWT"})

TOKENS = {
    "a GitHub personal access token": f"ghp_{'aB3dE5gH7jK9' * 3}",
    "a GitHub OAuth access token": f"gho_{'aB3dE5gH7jK9' * 3}",
    "a GitHub App's user access token": f"ghu_{'aB3dE5gH7jK9' * 3}",
    "a GitHub App's refresh token": f"ghr_{'aB3dE5gH7jK9' * 6}",
    "a GitHub App's installation access token": f"ghs_123456_{_INSTALLATION}",
    "a GitLab personal access token": f"glpat-{'x9Yz' * 5}",
    "a Docker personal access token": f"dckr_pat_{'a1B' * 9}",
    "a Slack bot token": "xoxb-123456789012-1234567890123-abcdefghijklmnopqrstuvwx",
    "an OpenAI API key": f"sk-proj-{'a1B2_' * 20}",
    "an Anthropic API key": f"sk-ant-api03-{'a1B2-' * 18}AA",
    "an Anthropic OAuth access token": f"sk-ant-oat01-{'a1B2-' * 18}AA",
    "a Shopify access token": f"shpat_{FITBIT_SECRET}",
    "a HubSpot private app's token": f"pat-na1-{UUID('123e4567e89b42d3a456426614174000')}",
    "an Atlassian API token": f"ATATT3xFfGF0{'a1B2' * 40}=ABCDEF12",
    "a Linear API key": f"lin_api_{'a1B2' * 10}",
    "a Notion integration token": f"ntn_{'a1B2' * 12}",
    "a Stripe secret key": f"sk_live_{'a1B2' * 6}",
    "a Twilio account id": f"AC{FITBIT_SECRET}",
    "an Okta API token": f"SSWS 00{'a1B2' * 10}",
    "a Discord bot token": f"MTk4NjIyNDgzNDcxOTI1MjQ4.Cl2FMQ.{'a1B' * 9}",
    "an npm access token": f"npm_{'a1B2' * 9}",
    "a PyPI API token": f"pypi-AgEIcHlwaS5vcmc{'a1B2' * 30}",
    "a Grafana API key": f"eyJrIjoi{'a1B2' * 20}=",
    "an AWS access key id": "AKIAIOSFODNN7TESTKEY",
}
_PLACES = (
    "@", "  @\n", '"@"', "Bearer @", "Authorization: Bearer @", "export API_TOKEN=@\n",
    "curl -H 'Authorization: Bearer @' https://example.org/", '{"access_token": "@"}',
    "https://example.org/?token=@&x=1", "- token: @\n  name: x\n", "Use @, please.",
)  # fmt: skip


@each_case(("words", "token"), TOKENS.items())
@each_case("place", _PLACES)
def test_a_known_services_token_is_named_wherever_it_stands(
    words: str, token: str, place: str
) -> None:
    text = place.replace("@", token)
    for provider in (None, "fitbit", "google-health"):
        credential = read(text, provider).credential
        assert credential is not None
        assert (words, None, None) == (credential.service, credential.provider, credential.flaw)
        assert token == credential.secret.reveal()
        assert credential.is_secret
    found = conclusion(text)
    assert (Verdict.WRONG_PROVIDER, False) == (found.verdict, found.usable)
    assert found.summary == f"This is {words}."
    assert not re.search(r"[Dd]elete|glued|cut|missing|[Cc]opy", " ".join(found.advice))
    assert sendable_token(text) is None


@pytest.mark.parametrize(("words", "token"), TOKENS.items())
def test_beside_it_the_providers_token_is_meant(words: str, token: str) -> None:
    for own in (FITBIT, GOOGLE):
        assert own == sendable_token(f"A={token}\nB={own}\n"), words


@pytest.mark.parametrize(
    "signed", [FITBIT, _INSTALLATION, make_jwt({"iss": "https://accounts.google.com"})]
)
def test_a_signed_token_inside_of_an_installation_token_is_a_part_of_it(signed: str) -> None:
    credential = read(f"ghs_123456_{signed}").credential
    assert credential is not None
    assert (Kind.API_KEY, f"ghs_123456_{signed}") == (credential.kind, credential.secret.reveal())


@settings(max_examples=inputs(200), derandomize=True, deadline=None)
@given(st.sampled_from(_FORMS), st.data())
def test_every_form_of_the_table_is_found(
    pair: tuple[KnownService, ServiceForm], data: st.DataObject
) -> None:
    _, form = pair
    # Short texts, or the generator fills the repetitions to their ends.
    rest = data.draw(st.from_regex(re.compile(form.rest, re.ASCII), fullmatch=True))
    if rest.endswith("."):
        return
    found = [token.raw for token in services.find(f"x={form.prefix}{rest}\n", KNOWN_SERVICES)]
    assert found[:1] == [form.prefix + rest]


def test_the_table_is_sound() -> None:
    names = [name for service in KNOWN_SERVICES for name in service.names]
    assert len(names) == len(set(names))
    assert all(name == name.lower() for name in names)
    prefixes = [form.prefix for _, form in _FORMS]
    assert len(prefixes) == len(set(prefixes))
    for service, form in _FORMS:
        assert service.title in form.words
        # A longer prefix is compared first.
        assert not any(
            form.prefix.startswith(earlier) for earlier in prefixes[: prefixes.index(form.prefix)]
        )


def test_the_table_is_loaded_only_if_it_is_needed() -> None:
    script = (
        "import sys; from tokcheck.providers import FINDER; "
        f"FINDER.find({FITBIT!r}); FINDER.find('Bearer {GOOGLE}'); "
        "print([m for m in sys.modules if 'known_services' in m or 'paste.context' in m])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert "[]\n" == done.stdout


@pytest.mark.parametrize(
    "text",
    ["the prefix ghp_ begins one", "npm_config_registry=https://x", "sk_test_helper", "AC/DC",
     "xghp_" + "a" * 36, "SKU", "hf_transfer", "glpat-"],
)  # fmt: skip
def test_a_name_is_no_token(text: str) -> None:
    assert [] == list(services.find(text, KNOWN_SERVICES))


def test_a_token_that_begins_with_anothers_prefix_is_one_token() -> None:
    token = f"xoxe.xoxp-1-{'Ab3' * 40}"
    credential = read(token).credential
    assert credential is not None
    assert (token, "a Slack token with rotation") == (
        credential.secret.reveal(),
        credential.service,
    )
    assert () == read(token).cleaned
