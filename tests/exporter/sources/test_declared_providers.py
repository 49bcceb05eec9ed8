"""Providers that the exporter's configuration declares, or that accounts of it name."""

from pathlib import Path

import pytest

from tests.support.exporter.registries import make_registry, poll_once
from tokcheck.core.errors import UsageError
from tokcheck.declarations.known_providers import providers_in_use
from tokcheck.exporter.sources.config_file import read

_ACME = """
[providers.acme]
address = "https://api.acme.example"
check = "/v1/me"
[[providers.acme.windows]]
length = "1h"
limit = "X-RateLimit-Limit"
remaining = "X-RateLimit-Remaining"
"""
_ANNA = '[accounts.anna]\nenv = "ANNA"\nprovider = "{}"\n'


def _faults(text: str) -> list[str]:
    with pytest.raises(UsageError) as caught:
        read(text, "tokcheck.toml", Path("/etc"), providers_in_use(None, {}))
    return caught.value.message.removeprefix("tokcheck.toml, ").splitlines()


def test_an_account_may_name_a_declared_or_a_ready_made_provider() -> None:
    known = providers_in_use(None, {})
    for text in (_ACME + _ANNA.format("acme"), *map(_ANNA.format, known)):
        assert ["anna"] == list(read(text, "t", Path("/etc"), known).accounts)
    config = read(_ACME, "t", Path("/etc"), known)
    assert {"acme": "https://api.acme.example"} == {
        name: table["address"] for name, table in config.declarations.items()
    }
    scoped = _ANNA.format("strava") + 'require_scopes = ["activity:read"]'
    assert ("activity:read",) == read(scoped, "t", Path("/etc"), known).accounts[
        "anna"
    ].require_scopes


FAULTS = [
    ('[providers]\nacme = "x"', "line 2: providers.acme must be a table: write [providers.NAME]"),
    ("providers = 1", "line 1: providers must be a table: write [providers.NAME]"),
    ("[providers.fitbit]\n", "line 1: providers.fitbit has the name of a built-in provider."),
    (_ACME.replace("https:", "http:"), "line 3: providers.acme.address must be an address with"),
    (_ACME.replace("length", "lenght"), "line 6: providers.acme.windows[1].lenght is not a known"),
    (_ACME + 'unit = "A"', "line 9: providers.acme.windows[1].unit must be what is counted"),
    (
        _ACME.replace("check", 'name = "other"\ncheck'),
        "line 4: providers.acme.name must be the table's own name.",
    ),
    ("[providers.acme]\n", "line 1: providers.acme.check is missing: it must be a path"),
    (_ANNA.format("acme"), 'line 3: accounts.anna.provider must be one of "docker-hub", "fitbit"'),
    ("[providers.Acme]\n" + _ACME.partition("\n[providers.acme]")[2].partition("[[")[0],
     "line 1: providers.Acme.name must be a name in lower-case letters"),
]  # fmt: skip


def test_a_fault_of_a_declaration_has_its_line_and_key() -> None:
    shown = [(expected, _faults(text)) for text, expected in FAULTS]
    assert [] == [
        (expected, lines)
        for expected, lines in shown
        if not any(line.startswith(expected) for line in lines)
    ]


def test_no_fault_repeats_a_value() -> None:
    text = _ACME.replace("https://api.acme.example", "https://x/?eyJhbGciOiJIUzI1NiJ9made-up")
    assert "made-up" not in str(_faults(text))


def test_a_reload_does_not_change_where_tokens_go(tmp_path: Path) -> None:
    config = tmp_path / "tokcheck.toml"
    config.write_text(_ACME + _ANNA.format("acme"))
    registry = make_registry(config=config, environ={"ANNA": "made-up"})
    registry.load()
    assert "acme" in registry.providers
    config.write_text(_ACME + _ANNA.format("acme") + 'every = "1h"')
    registry.load()
    assert ("anna",) == tuple(one.account.name for one in poll_once(registry).changed)
    config.write_text(_ACME.replace("api.", "evil.") + _ANNA.format("acme"))
    with pytest.raises(UsageError, match="declarations of providers have changed") as caught:
        registry.load()
    assert "Restart" in caught.value.hint
    assert "https://api.acme.example" == registry.providers["acme"].services["api"].address


def test_an_account_of_a_provider_without_an_address_is_refused(tmp_path: Path) -> None:
    config = tmp_path / "tokcheck.toml"
    config.write_text(_ANNA.format("ietf"))
    known = providers_in_use(None, {})
    with pytest.raises(UsageError, match="has no address of its own") as caught:
        make_registry(config=config, environ={}, providers=known).load()
    assert "TOKCHECK_IETF_URL" in caught.value.hint
    environ = {"TOKCHECK_IETF_URL": "https://api.example"}
    make_registry(config=config, environ=environ, providers=known).load()


def test_a_configuration_that_others_can_write_declares_no_provider(tmp_path: Path) -> None:
    config = tmp_path / "tokcheck.toml"
    config.write_text(_ACME + _ANNA.format("acme"))
    config.chmod(0o666)
    with pytest.raises(UsageError, match="can be written by other users"):
        make_registry(config=config, environ={}).load()
    # Without a declaration, it decides nowhere that a token is sent.
    config.write_text(_ANNA.format("fitbit"))
    make_registry(config=config, environ={}).load()


def test_the_window_of_a_whole_application_cannot_be_set_for_one_account() -> None:
    text = _ANNA.format("strava") + 'window = "15s"\n'
    assert [
        "line 4: accounts.anna.window cannot be set: the limits of the Strava API are of a whole "
        "application, and its declaration has their lengths."
    ] == _faults(text)
    own = _ACME.replace("[[", 'title = "Acme"\n[[') + 'owner = "application"\n'
    (fault,) = _faults(own + _ANNA.format("acme") + 'window = "15s"\n')
    assert "the limits of the Acme are" in fault
    for name in ("github", "fitbit"):
        read(_ANNA.format(name) + 'window = "15s"\n', "t", Path("/etc"), providers_in_use(None, {}))
