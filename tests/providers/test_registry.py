"""Adding a provider is a folder, a registry line, a table of examples and a page."""

import re
import tomllib
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

import tokcheck.providers
from tests.support import tokens
from tests.support.paths import DOCS
from tokcheck.checks.without_token import conclude_from_paste
from tokcheck.cli.shared.provider_name import ProviderName
from tokcheck.core.credential import Kind
from tokcheck.providers import FINDER, REGISTRY
from tokcheck.providers.base import Provider

EXAMPLES = Path(__file__).parent / "examples"
GOOGLE_ID = tokens.make_jwt({"iss": "https://accounts.google.com", "aud": "x", "sub": "1"})


def folder_names() -> list[str]:
    room = Path(tokcheck.providers.__file__).parent
    # The folder "base" has the interface.
    return sorted({path.parent.name for path in room.glob("*/provider.py")} - {"base"})


def table(provider: str) -> dict[str, list[dict[str, str]]]:
    with (EXAMPLES / f"{provider}.toml").open("rb") as file:
        read_in: dict[str, Any] = tomllib.load(file)
    return read_in


def fill_template(template: str) -> str:
    """Put the made-up tokens in; no example holds one itself."""

    def token(match: re.Match[str]) -> str:
        name = match.group(1)
        value = GOOGLE_ID if name == "GOOGLE_ID" else getattr(tokens, name)
        assert isinstance(value, str)
        return value

    return re.sub(r"\{([A-Z_]+)\}", token, template)


def examples(part: str) -> list[Any]:
    return [
        pytest.param(provider, row, id=f"{provider}-{number}-{row.get('kind', row.get('why'))}")
        for provider in REGISTRY
        for number, row in enumerate(table(provider)[part])
    ]


def test_every_folder_has_a_provider_that_is_in_the_registry() -> None:
    found = [import_module(f"tokcheck.providers.{name}").PROVIDER for name in folder_names()]
    assert sorted(provider.name for provider in found) == sorted(REGISTRY)
    for provider in found:
        assert REGISTRY[provider.name] is provider


def test_every_folder_is_named_after_its_provider() -> None:
    assert sorted(name.replace("-", "_") for name in REGISTRY) == folder_names()


def test_every_provider_has_a_table_and_every_table_a_provider() -> None:
    assert sorted(f"{name}.toml" for name in REGISTRY) == sorted(
        path.name for path in EXAMPLES.iterdir()
    )


@pytest.mark.parametrize("name", list(REGISTRY))
def test_every_table_covers_each_kind_that_its_provider_describes(name: str) -> None:
    provider = REGISTRY[name]
    described = {form.kind for form in provider.forms}
    described |= {issuer.kind for issuer in provider.issuers.values()}
    assert described | {Kind.ACCESS_TOKEN} == {Kind(row["kind"]) for row in table(name)["match"]}


@pytest.mark.parametrize("name", list(REGISTRY))
def test_no_table_holds_a_secret_of_its_own(name: str) -> None:
    text = (EXAMPLES / f"{name}.toml").read_text("utf-8")
    assert re.findall(r"(?=[\w-]*[0-9])[\w-]{24,}|eyJ\w+|ya29\.\w+", text) == []


@pytest.mark.parametrize(("name", "row"), examples("match"))
def test_every_described_credential_is_found(name: str, row: dict[str, str]) -> None:
    credential = FINDER.find(fill_template(row["text"])).credential
    assert credential is not None
    assert credential.flaw is None
    assert (row["kind"], name) == (credential.kind, credential.provider)
    assert fill_template(row["secret"]) == credential.secret.reveal()


@pytest.mark.parametrize(("name", "row"), examples("miss"))
def test_lookalikes_are_not_found(name: str, row: dict[str, str]) -> None:
    credential = FINDER.find(fill_template(row["text"])).credential
    assert credential is None or credential.flaw is not None or credential.provider != name


@pytest.mark.parametrize("name", list(REGISTRY))
def test_every_provider_has_a_page(name: str) -> None:
    page = (DOCS / "providers" / f"{name}.md").read_text("utf-8")
    assert page.startswith(f"# {REGISTRY[name].title}\n")


@pytest.mark.parametrize("provider", REGISTRY.values(), ids=list(REGISTRY))
def test_each_provider_description_is_complete(provider: Provider) -> None:
    assert "api" in provider.services
    variables = [service.variable for service in provider.services.values()]
    assert len(variables) == len(set(variables))
    for service in provider.services.values():
        assert re.fullmatch(r"https://[a-z0-9.]+", service.address)
        assert re.fullmatch(r"TOKCHECK_[A-Z_]+_URL", service.variable)
    kinds = {form.kind for form in provider.forms} | {i.kind for i in provider.issuers.values()}
    assert kinds - {Kind.ACCESS_TOKEN} == set(provider.instead)
    sentences = [
        *provider.instead.values(),
        *(s for many in provider.remedies.values() for s in many),
    ]
    assert [sentence for sentence in sentences if not sentence.endswith(".")] == []
    for name in provider.scopes:
        assert re.fullmatch(r"[a-z_]+", name)


@pytest.mark.parametrize("provider", REGISTRY.values(), ids=list(REGISTRY))
def test_each_provider_has_its_oauth_endpoints(provider: Provider) -> None:
    oauth = provider.oauth
    assert oauth.service in provider.services
    assert re.fullmatch(r"https://[a-z.]+/[a-z0-9/]+", oauth.authorize.address)
    assert re.fullmatch(r"TOKCHECK_[A-Z]+_AUTHORIZE_URL", oauth.authorize.variable)
    for path in (oauth.token, oauth.revoke):
        assert re.fullmatch(r"(/[a-z0-9]+)+", path)
    assert set(oauth.default_scopes) <= set(oauth.scopes)
    assert set(provider.scopes) <= set(oauth.scopes)
    for sent in oauth.scopes.values():
        assert provider.scope(sent).description is not None
    assert oauth.single_use == (oauth.grace > 0)


def test_the_command_line_offers_every_provider() -> None:
    assert [name.value for name in ProviderName] == list(REGISTRY)


def test_the_advice_for_an_unknown_token_names_the_list_of_all_providers() -> None:
    conclusion = conclude_from_paste(FINDER.find("x7Kq" * 12), {}, tokens.NOW)
    assert conclusion is not None
    assert (
        "`tokcheck validate --provider NAME`, with a name of `tokcheck providers list`"
        in (conclusion.advice[0])
    )


def test_no_two_providers_share_a_variable_or_an_issuer() -> None:
    services = [s.variable for p in REGISTRY.values() for s in p.services.values()]
    assert len(services) == len(set(services))
    assert len(FINDER.issuers) == sum(len(provider.issuers) for provider in REGISTRY.values())
