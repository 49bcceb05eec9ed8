"""The configuration file: its keys, and its problems by line and key."""

from pathlib import Path

import pytest

from tests.support.docs.markdown import blocks
from tests.support.paths import DOCS
from tests.support.tokens import FITBIT
from tokcheck.core.errors import UsageError
from tokcheck.exporter.sources import (
    Account,
    CommandSource,
    ExporterConfig,
    FileSource,
    Policy,
    VariableSource,
)
from tokcheck.exporter.sources.config_file import read
from tokcheck.providers import REGISTRY

_FOLDER = Path("/etc/tokcheck")
_FULL = """
timeout = "15s"
connections = 2

[defaults]
share = 0.1
reserve = 7
every = "30m"

[accounts.anna]
file = "tokens/anna"
provider = "fitbit"
require_scopes = ["settings", "https://www.googleapis.com/auth/googlehealth.sleep.readonly"]
timezone = "Europe/Berlin"
share = 0.5
window = "90s"

[accounts."Ben, at home"]
env = "BEN_TOKEN"
reserve = 0

[accounts.cleo]
command = ["pass", "show", "fitbit/cleo"]
command_every = "1h"
command_timeout = "5s"

[accounts.dora]
command = ["get-token"]
"""


def _read(text: str) -> ExporterConfig:
    return read(text, "tokcheck.toml", _FOLDER)


def _error_text(text: str) -> str:
    with pytest.raises(UsageError) as caught:
        _read(text)
    assert caught.value.hint
    return caught.value.message


def test_every_key_is_read() -> None:
    read = _read(_FULL)
    defaults = Policy(share=0.1, reserve=7, every=1800.0)
    assert (15.0, 2, defaults) == (read.timeout, read.connections, read.policy)
    assert {
        "anna": Account(
            "anna",
            FileSource(_FOLDER / "tokens/anna"),
            "fitbit",
            ("settings", "https://www.googleapis.com/auth/googlehealth.sleep.readonly"),
            "Europe/Berlin",
            Policy(share=0.5, reserve=7, every=1800.0, window=90.0),
        ),
        "Ben, at home": Account(
            "Ben, at home", VariableSource("BEN_TOKEN"), policy=defaults._replace(reserve=0)
        ),
        "cleo": Account(
            "cleo", CommandSource(("pass", "show", "fitbit/cleo"), 3600.0, 5.0), policy=defaults
        ),
        "dora": Account("dora", CommandSource(("get-token",), 300.0, 30.0), policy=defaults),
    } == dict(read.accounts)


def test_an_empty_file_has_the_defaults() -> None:
    assert ExporterConfig({}, 10.0, 4, Policy()) == _read("")
    assert ExporterConfig() == _read("[defaults]\n[accounts]")
    account = _read('[accounts.anna]\nenv = "X"').accounts["anna"]
    assert Policy(share=0.04, reserve=5, window=None, every=None) == account.policy


@pytest.mark.parametrize(
    ("written", "path"),
    [
        ("anna", _FOLDER / "anna"),
        ("../anna", _FOLDER / "../anna"),
        ("/run/secrets/anna", Path("/run/secrets/anna")),
        ("~/anna", Path.home() / "anna"),
        ("study-2024-participant-001", _FOLDER / "study-2024-participant-001"),
    ],
)
def test_a_path_is_relative_to_the_folder_of_the_file(written: str, path: Path) -> None:
    read = _read(f'[accounts.anna]\nfile = "{written}"')
    assert FileSource(path) == read.accounts["anna"].source


def test_every_scope_of_every_provider_may_be_required() -> None:
    for provider in REGISTRY.values():
        for name in provider.scopes:
            for scope in (name, provider.scope(name).code):
                read = _read(f'[accounts.a]\nenv = "X"\nrequire_scopes = ["{scope}"]')
                assert (scope,) == read.accounts["a"].require_scopes


_DURATION = 'must be a duration in quotes above 0, such as "20m"'
_SHORT = "must be a duration in quotes above 0 and of at most 10 minutes, such as"
_TABLE = "must be a table: write [accounts.NAME] and its keys below it"
_ONE = "needs exactly one of file, env and command, the source of its token"
_SHARE = "must be a number above 0 and at most 0.5, the part of each window that may be spent"
_RESERVE = "must be a whole number of requests from 0 to 1000000"
_COMMAND = (
    'must be a list of texts, a program and its arguments, such as ["pass", "show", '
    '"fitbit/anna"], and not contain the token itself'
)
_FILE = (
    'must be the path of a file that contains the token, such as "tokens/anna", and not the token '
    "itself"
)
_ENV = (
    'must be the name of a variable that contains the token, such as "ANNA_TOKEN", and not the '
    "token itself"
)
_PROVIDERS = 'must be one of "fitbit", "google-health", or one that --providers or a table declares'
_SCOPES = 'must be a list of scopes, such as ["settings"]'
_ZONE = 'must be the IANA name of a time zone that this system knows, such as "Europe/Berlin"'


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        *((f"share = {value}", _SHARE) for value in ("0", "-0.1", "0.51", "nan", "inf", "true")),
        *((f"share = {value}", _SHARE) for value in ('"0.1"', "[]", "2026-01-01", "1" * 400)),
        *((f"reserve = {value}", _RESERVE) for value in ("-1", "1.0", "true", '"5"', "1" * 400)),
        *((f"every = {value}", _DURATION) for value in ("20", '"0s"', '"x"', '"-1s"', "1.5", "[]")),
        *((f"command = {value}", _COMMAND) for value in ('"pass"', "[]", "[1]", '["a\\u0000"]')),
        *((f"file = {value}", _FILE) for value in ('""', "1", '"a\\u0000b"', '"~nobody-here/x"')),
        *((f"env = {value}", _ENV) for value in ('""', "1", '"A=B"', '"A\\u0000"')),
        *((f"require_scopes = {value}", _SCOPES) for value in ('"settings"', "[1]", '[""]')),
        *((f'timezone = "{value}"', _ZONE) for value in ("Europe", "", "../x", "X/Y", "\\u0000")),
        *((f'provider = "{value}"', _PROVIDERS) for value in "xF"),
        ('command_timeout = "11m"', f'{_SHORT} "30s"'),
    ],
)  # fmt: skip
def test_an_invalid_value_gets_what_is_allowed(line: str, sentence: str) -> None:
    key = line.partition(" ")[0]
    source = "" if key in {"file", "env", "command"} else 'command = ["x"]'
    message = _error_text(f"\n[accounts.anna]\n{source}\n{line}")
    assert f"tokcheck.toml, line 4: accounts.anna.{key} {sentence}." == message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("accounts = 1", f"line 1: accounts {_TABLE}."),
        ("[[accounts]]", f"line 1: accounts {_TABLE}."),
        ("[accounts]\nanna = 1", f"line 2: accounts.anna {_TABLE.replace('NAME', 'anna')}."),
        ("defaults = []", "line 1: defaults must be a table: write [defaults]."),
        ('timeout = "1h"', f'line 1: timeout {_SHORT} "10s".'),
        ("connections = 0", "line 1: connections must be a whole number from 1 to 100."),
        ("connections = 101", "line 1: connections must be a whole number from 1 to 100."),
        (
            "account = 1",
            "line 1: account is not a known key; these are: timeout, connections, store, "
            "defaults, accounts, providers.",
        ),
        (
            "[defaults]\nfile = 'x'",
            "line 2: defaults.file is not a known key; these are: share, reserve, every, window.",
        ),
        ("[accounts.anna]", f"line 1: accounts.anna {_ONE}."),
        ("[accounts.anna]\nfile = 'x'\nenv = 'X'", f"line 1: accounts.anna {_ONE}."),
        (
            "[accounts.anna]\nfile = 'x'\ncommand_every = '1h'",
            "line 3: accounts.anna.command_every is allowed only together with command.",
        ),
        (
            "[accounts.'an  na']\nfile = 'x'",
            'line 1: accounts."an na" cannot be the name of an account: it contains '
            "invisible characters, or spaces at an end or side by side.",
        ),
    ],
)
def test_a_problem_has_its_line_and_key(text: str, message: str) -> None:
    assert f"tokcheck.toml, {message}" == _error_text(text)


def test_all_problems_are_reported_in_the_order_of_the_file() -> None:
    message = _error_text(
        """timeout = 10
[accounts.anna]
file = "a"
command = ["x",
  "y",
  3]
reserve = -1
tokn = 1
[accounts."b c".x]
[defaults]
share = 1
"""
    )
    assert [
        "tokcheck.toml has 8 problems:",
        "line 1: timeout must be",
        "line 2: accounts.anna needs exactly one",
        "line 4: accounts.anna.command must be",
        "line 7: accounts.anna.reserve must be",
        "line 8: accounts.anna.tokn is not a known key",
        'line 9: accounts."b c" needs exactly one',
        'line 9: accounts."b c".x is not a known key',
        "line 11: defaults.share must be",
    ] == [
        line[: line.index(" must be") + 8] if " must be" in line
        else line.partition(",")[0].partition(";")[0].removesuffix(" of file")
        for line in message.split("\n")
    ]  # fmt: skip


_TOO_LARGE = "not valid TOML. A value is too large or nested too deeply."


def test_very_many_problems_are_counted() -> None:
    message = _error_text("".join(f"a{number} = 1\n" for number in range(250)))
    assert 102 == len(message.split("\n"))
    assert message.startswith("tokcheck.toml has 250 problems:\nline 1: a0 is not a known key")
    assert message.endswith("\nAnd 150 more.")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a = 1\nb = eyJ", "line 2, column 5: not valid TOML. Invalid value."),
        ("a = 1\na = 2", "line 2, column 6: not valid TOML. Cannot overwrite a value."),
        ("a = 1\r\n\r\nb = [1,", "line 3, column 8: not valid TOML. Unclosed array."),
        ("a = " + "1" * 5_000, _TOO_LARGE),
        ("a = " + "[" * 5_000, _TOO_LARGE),
        ("x = 1\n" + "a." * 40 + "b = 1", "line 2: not valid TOML. A key has more than 32 parts."),
    ],
)
def test_invalid_toml_is_reported_with_line_and_column(text: str, message: str) -> None:
    reported = _error_text(text).removeprefix("tokcheck.toml, ").removeprefix("tokcheck.toml: ")
    if "Unclosed" in message:  # the library's message differs by version
        reported, message = reported.partition(". ")[0], message.partition(". ")[0]
    assert message == reported


def test_the_path_of_the_file_is_redacted() -> None:
    with pytest.raises(UsageError) as caught:
        read("x", f"/etc/{FITBIT}/tokcheck.toml", _FOLDER)
    assert caught.value.message.startswith("/etc/[redacted]/tokcheck.toml, line 1")


def test_the_example_in_the_documentation_is_valid() -> None:
    block, declared = blocks((DOCS / "quotas" / "configuration.md").read_text(), "toml")
    read = _read(block.body.replace("# every", "every").replace("# window", "window"))
    assert ExporterConfig(read.accounts, policy=Policy(every=1200.0, window=900.0)) == read
    assert ["anna", "ben", "cleo"] == list(read.accounts)
    assert CommandSource(("pass", "show", "fitbit/cleo")) == read.accounts["cleo"].source
    assert ("acme", ["acme"]) == (
        _read(declared.body).accounts["anna"].provider,
        list(_read(declared.body).declarations),
    )


@pytest.mark.parametrize(
    ("hint", "account"),
    [
        ("did you mean heartrate?", 'require_scopes = ["sleep", "heart_rate"]'),
        ("did you mean health_metrics_and_measurements?",
         'provider = "google-health"\nrequire_scopes = ["sleep", "heartrate"]'),
        ("known are activity, ", 'require_scopes = ["sleep", "xyzzy"]'),
    ],
)  # fmt: skip
def test_an_unknown_scope_is_an_error_that_names_what_may_be_meant(hint: str, account: str) -> None:
    with pytest.raises(UsageError) as caught:
        _read(f'[accounts.anna]\nenv = "X"\n{account}')
    assert "accounts.anna.require_scopes has an unknown scope as its item 2 (" in (
        caught.value.message
    )
    assert hint in caught.value.message
    assert "heart_rate" not in caught.value.message, "values are never repeated"
