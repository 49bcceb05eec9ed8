"""The command line of a login in errors: quoted, complete, without a secret."""

import shlex
from dataclasses import replace
from typing import Any

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st

from tests.support.tokens import FITBIT_CODE, FITBIT_REFRESH
from tokcheck.accounts.login_command import LoginCommand, account_remedies, name_account
from tokcheck.cli.typer_app import build
from tokcheck.core.humanize import parse_duration
from tokcheck.core.report import Verdict
from tokcheck.providers import REGISTRY
from tokcheck.providers.base import Provider
from tokcheck.providers.declared.declared_provider import provider_of
from tokcheck.providers.known_services.ready_made import TABLES

# The command line of a process holds any character but NUL.
TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1)
COMMANDS = st.builds(
    LoginCommand,
    st.sampled_from(["fitbit", "google-health"]),
    st.none() | TEXTS,
    st.none() | TEXTS,
    st.none() | TEXTS,
    st.lists(TEXTS).map(tuple),
    st.booleans(),
    st.none() | st.sampled_from(["http://127.0.0.1:8080/", "https://localhost/a b", "it's"]),
    st.none() | st.integers(-5, 70_000),
    st.booleans(),
    st.integers(1, 3_600_000).map(lambda thousandths: thousandths / 1000),
)


@given(COMMANDS)
def test_the_commands_parser_reads_the_same_options_back(command: LoginCommand) -> None:
    words = shlex.split(str(command))
    assert ["tokcheck", "login", command.provider] == words[:3]
    parsed = parse_options(words[2:])
    timeout = parse_duration(parsed["timeout"])
    assert command.timeout == pytest.approx(timeout)
    assert replace(command, timeout=timeout) == LoginCommand(
        parsed["provider"],
        parsed["name"],
        parsed["client_id"],
        parsed["client_file"],
        tuple(parsed["scope"] or ()),
        parsed["old_token"] == "-",
        parsed["redirect_uri"],
        parsed["port"],
        no_browser=parsed["no_browser"],
        timeout=timeout,
    )


def parse_options(words: list[str]) -> dict[str, Any]:
    """Return what typer's parser makes of the words after ``tokcheck login``."""
    group = build(("login",))
    context = typer.Context(group)
    command = group.get_command(context, "login")
    assert command is not None
    return command.make_context("login", list(words)).params


def test_only_what_was_given_is_written() -> None:
    assert "tokcheck login fitbit" == str(LoginCommand("fitbit"))
    command = LoginCommand(
        "fitbit",
        "kim o'",
        "23ABCD",
        scopes=("sleep", "weight"),
        redirect_uri="http://127.0.0.1:8080/a?b&c",
        timeout=600,
        no_browser=True,
    )
    assert (
        "tokcheck login fitbit --name 'kim o'\"'\"'' --client-id 23ABCD --scope sleep --scope "
        "weight --redirect-uri 'http://127.0.0.1:8080/a?b&c' --timeout 10m --no-browser"
    ) == str(command)
    assert "--timeout 1m30s" in str(replace(command, timeout=90))
    assert "--timeout 0.5s" in str(replace(command, timeout=0.5))


@pytest.mark.parametrize("token", [FITBIT_CODE, FITBIT_REFRESH])
def test_a_redirect_uri_with_a_token_is_left_to_the_reader(token: str) -> None:
    command = LoginCommand("fitbit", redirect_uri=f"http://127.0.0.1:8080/?code={token}")
    assert "tokcheck login fitbit --redirect-uri URL" == str(command)


def test_another_provider_gets_no_option_of_the_application() -> None:
    command = LoginCommand(
        "fitbit", "kim", "23ABCD", "c.json", ("sleep",), like=True, redirect_uri="http://[::1]/",
        port=0, no_browser=True, timeout=60,
    )  # fmt: skip
    expected = "tokcheck login google-health --name kim-google-health --port 0 --timeout 1m"
    assert f"{expected} --no-browser" == f"{command:google-health}"
    assert str(command) == f"{command}"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (None, []),
        ("alex", ["--name", "alex-google-health"]),
        ("alex-fitbit", ["--name", "alex-google-health"]),
        ("a" * 90, []),
    ],
)
def test_another_provider_gets_a_name_that_no_account_of_this_one_has(
    name: str | None, expected: list[str]
) -> None:
    command = LoginCommand("fitbit", name, "23ABCD").for_provider("google-health")
    assert ["tokcheck", "login", "google-health", *expected] == shlex.split(str(command))
    assert name == LoginCommand("fitbit", name).for_provider("fitbit").name


def test_another_application_has_a_placeholder_for_its_id() -> None:
    command = LoginCommand("fitbit", "alex", "23ABCD", "client.json").for_other_application()
    assert "tokcheck login fitbit --name alex --client-id ID" == str(command)


def test_advice_for_a_stored_account_of_a_declared_provider_names_the_account() -> None:
    remedies = account_remedies(provider_of(TABLES["strava"]), "my run")
    for verdict in (Verdict.EXPIRED, Verdict.REVOKED_OR_INVALID):
        (advice,) = remedies[verdict]
        assert "`tokcheck accounts refresh 'my run'`" in advice
        assert advice.endswith(": tokcheck login strava --name 'my run'")
    (advice,) = remedies[Verdict.INSUFFICIENT_SCOPE]
    assert advice.endswith(": tokcheck login strava --name 'my run' --scope NAME,NAME")


@pytest.mark.parametrize("name", ["github", "polar"])
def test_a_token_that_cannot_be_refreshed_is_replaced_by_a_login(name: str) -> None:
    remedies = account_remedies(provider_of(TABLES[name]), "my run", can_refresh=False)
    login = f"tokcheck login {name} --name 'my run'"
    for verdict in (Verdict.EXPIRED, Verdict.REVOKED_OR_INVALID, Verdict.GRANT_BROKEN):
        assert (f"Have the user authorize the application again: {login}",) == remedies[verdict]


def test_a_provider_without_a_login_keeps_its_advice() -> None:
    provider = provider_of(TABLES["docker-hub"])
    assert provider.remedies == account_remedies(provider, "alex")


@pytest.mark.parametrize("name", list(REGISTRY))
def test_advice_for_a_stored_account_of_a_built_in_provider_names_the_account(name: str) -> None:
    remedies = account_remedies(REGISTRY[name], "my run")
    assert set(REGISTRY[name].remedies) <= set(remedies)
    (advice,) = remedies[Verdict.EXPIRED]
    assert "`tokcheck accounts refresh 'my run'`" in advice
    assert advice.endswith(f": tokcheck login {name} --name 'my run'")
    assert "`tokcheck accounts refresh 'my run'`" in remedies[Verdict.REVOKED_OR_INVALID][0]
    for sentence in (each for many in remedies.values() for each in many):
        assert "tokcheck accounts import" not in sentence
        for command in sentence.split("tokcheck login ")[1:]:
            assert command.split(" ", 1)[1].startswith("--name 'my run")


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("Log in: `tokcheck login fitbit`.", "Log in: `tokcheck login fitbit --name alex`."),
        ("tokcheck login fitbit --scope a,b", "tokcheck login fitbit --name alex --scope a,b"),
        ("Or tokcheck login google-health, if you can.",
         "Or tokcheck login google-health --name alex-google-health, if you can."),
        ("tokcheck login fitbit --name bo", "tokcheck login fitbit --name bo"),
        ("See tokcheck login --help", "See tokcheck login --help"),
        ("`tokcheck token NAME --min-ttl 1h` does", "`tokcheck token alex --min-ttl 1h` does"),
    ],
)  # fmt: skip
def test_the_commands_of_a_sentence_get_the_account_name(sentence: str, expected: str) -> None:
    assert (expected,) == name_account((sentence,), "fitbit", "alex")


_LOGINS = [*REGISTRY.values(), *(provider_of(table) for table in TABLES.values())]


@pytest.mark.parametrize(
    "provider", [each for each in _LOGINS if each.endpoints], ids=lambda each: each.name
)
def test_an_expired_token_is_renewed_by_commands_of_tokcheck(provider: Provider) -> None:
    first, second = provider.remedies[Verdict.EXPIRED]
    assert f"`tokcheck login {provider.name}`" in first
    assert "`tokcheck accounts import FILE`" in second


def test_a_stored_token_is_refreshed_where_another_is_imported() -> None:
    google = REGISTRY["google-health"]
    assert any("accounts import" in each for each in google.remedies[Verdict.REVOKED_OR_INVALID])
    for sentences in account_remedies(google, "kim").values():
        assert [] == [each for each in sentences if "accounts import" in each]
    advice = name_account(google.remedies[Verdict.REVOKED_OR_INVALID], "google-health", "kim")
    assert "Refresh it first (`tokcheck accounts refresh kim`)" in advice[0]
