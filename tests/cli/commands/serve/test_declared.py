"""``serve``, ``watch`` and ``validate`` with a declared provider, over real HTTP."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.support.transport.fixed_responses import (
    FixedResponse,
    FixedServer,
    serve_fixed_responses,
)

_DECLARATION = """\
address = "{url}"
check = "/v1/me"
[[{prefix}tokens]]
prefix = "acme_"
[[{prefix}windows]]
length = "15m"
limit = "X-Limit"
remaining = "X-Remaining"
[[{prefix}windows]]
name = "uploads"
unit = "points"
length = "1d"
limit = "X-Points-Limit"
remaining = "X-Points-Remaining"
"""
_HEADERS = {
    "X-Limit": "100",
    "X-Remaining": "88",
    "X-Points-Limit": "500",
    "X-Points-Remaining": "100",
}
_TOKEN = "acme_0123456789abcdef0123456789"


@pytest.fixture
def api() -> Iterator[FixedServer]:
    with serve_fixed_responses(GET_v1_me=FixedResponse(200, {"id": "7"}, _HEADERS)) as server:
        yield server


@pytest.fixture
def acme(api: FixedServer, tmp_path: Path) -> Path:
    path = tmp_path / "acme.toml"
    path.write_text('name = "acme"\n' + _DECLARATION.format(url=api.url, prefix=""))
    path.chmod(0o600)
    return path


@pytest.fixture
def env(home: Path) -> dict[str, str]:
    return {"TOKCHECK_HOME": str(home), "T": f"export ACME={_TOKEN}"}


def _samples(metrics: str, name: str) -> list[str]:
    return [line.removeprefix(name) for line in metrics.splitlines() if line.startswith(name)]


def test_the_metrics_of_several_windows(
    run: Run, acme: Path, api: FixedServer, env: dict[str, str]
) -> None:
    result = run("serve", "--providers", str(acme), "--token-env", "anna=T", "--once", env=env)
    assert 0 == result.code, result.err
    labels = '{{provider="acme",account="anna",window="{}"}} {}'.format
    assert [labels("900s", 88), labels("uploads day", 100)] == _samples(
        result.out, "tokcheck_quota_remaining_requests"
    )
    assert [labels("900s", 900), labels("uploads day", 86400)] == _samples(
        result.out, "tokcheck_quota_window_seconds"
    )
    assert ["GET /v1/me"] == api.lines
    assert f"Bearer {_TOKEN}" == api.received[0].headers["Authorization"]
    assert _TOKEN not in result.out + result.err


def test_a_folder_in_the_environment_and_watch(
    run: Run, acme: Path, api: FixedServer, env: dict[str, str], tmp_path: Path
) -> None:
    tokens = tmp_path / "tokens"
    tokens.mkdir(mode=0o700)
    (tokens / "anna").write_text(_TOKEN)
    env |= {"TOKCHECK_PROVIDERS": str(acme.parent)}
    result = run("watch", "--tokens-dir", str(tokens), env=env)
    assert (0, True) == (result.code, "100 of 500 a day (uploads)" in result.out), result.out
    result = run("watch", "--json", "--tokens-dir", str(tokens), env=env)
    (account,) = json.loads(result.out)["accounts"]
    assert ("acme", "valid", "This Acme API token works") == (
        account["provider"],
        account["verdict"],
        account["summary"].partition(":")[0],
    )
    assert [("900s", 900, 88), ("uploads day", 86_400, 100)] == [
        (window["window"], window["window_seconds"], window["remaining"])
        for window in account["quota"]
    ]
    assert 1 == len(api.lines)


def test_the_configuration_declares_a_provider(
    run: Run, api: FixedServer, env: dict[str, str], tmp_path: Path
) -> None:
    config = tmp_path / "tokcheck.toml"
    declared = _DECLARATION.format(url=api.url, prefix="providers.acme.")
    config.write_text(
        f'[accounts.anna]\nenv = "T"\nprovider = "acme"\n[providers.acme]\n{declared}'
    )
    check = run("serve", "--config", str(config), "--check-config", env=env)
    assert (0, "The configuration can be used: 1 account.\n") == (check.code, check.out), check.err
    result = run("serve", "--config", str(config), "--once", env=env)
    assert ['{provider="acme",account="anna"} 1'] == _samples(result.out, "tokcheck_token_valid")


def test_validate_needs_neither_option_nor_address_twice(
    run: Run, acme: Path, api: FixedServer, env: dict[str, str]
) -> None:
    result = run("validate", "--providers", str(acme), "-", stdin=_TOKEN, env=env)
    assert 0 == result.code, result.out
    assert "88 of 100 requests in 15 minutes" in result.out
    assert "100 of 500 points a day (uploads)" in result.out
    # The address of a pasted command is nobody's to choose, and its token may be that server's.
    elsewhere = f"curl -H 'Authorization: Bearer {_TOKEN}' http://127.0.0.1:9/v1/me"
    for provider, verdict, requests in (
        ((), "undetermined", 1),
        (("--provider", "acme"), "valid", 2),
    ):
        words = ("validate", "--providers", str(acme), *provider, "--json", "-")
        result = run(*words, stdin=elsewhere, env=env)
        assert (verdict, requests) == (json.loads(result.out)["verdict"], len(api.lines))


def test_the_exporter_knows_the_address_in_use_as_its_own(
    run: Run, acme: Path, api: FixedServer, env: dict[str, str]
) -> None:
    commands = {
        "own": f"curl -H 'Authorization: Bearer {_TOKEN}' {api.url}/v1/me",
        "other": f"curl -H 'Authorization: Bearer {_TOKEN}' http://127.0.0.1:9/v1/me",
    }
    words = ("serve", "--once", "--providers", str(acme), "--token-env", "anna=T")
    for name, verdict, requests in (("own", "valid", 1), ("other", "undetermined", 1)):
        home = {"TOKCHECK_HOME": f"{env['TOKCHECK_HOME']}-{name}"}
        result = run(*words, env={**env, **home, "T": commands[name]})
        assert f"anna: {verdict}: " in result.err
        assert requests == len(api.lines)


@pytest.mark.parametrize("words", [("serve", "--once"), ("watch",), ("validate", "-")])
def test_a_file_that_others_can_write_is_refused(
    run: Run, acme: Path, api: FixedServer, env: dict[str, str], words: tuple[str, ...]
) -> None:
    acme.chmod(0o666)
    more = () if words[0] == "validate" else ("--token-env", "anna=T")
    result = run(*words, *more, "--providers", str(acme), stdin=_TOKEN, env=env)
    assert (2, True) == (result.code, "can be written by other users" in result.err)
    assert [] == api.lines


def test_no_redirect_is_followed(
    run: Run, acme: Path, api: FixedServer, env: dict[str, str]
) -> None:
    with serve_fixed_responses() as other:
        moved = {"Location": f"{other.url}/v1/me"}
        api.responses["GET /v1/me"] = FixedResponse(302, "", moved)
        result = run("validate", "--providers", str(acme), "-", stdin=_TOKEN, env=env)
        assert (3, []) == (result.code, other.lines), result.out


@pytest.mark.parametrize(
    ("prefix", "builtin", "variable"),
    [
        ("ghp_", "github", "TOKCHECK_GITHUB_URL"),
        ("ya29.", "google-health", "TOKCHECK_GOOGLE_HEALTH_URL"),
    ],
)
def test_a_token_of_a_shared_prefix_goes_to_the_account_s_provider_alone(
    run: Run, api: FixedServer, tmp_path: Path, home: Path, prefix: str, builtin: str, variable: str
) -> None:
    (declaration := tmp_path / "own.toml").write_text(
        f'name = "own"\naddress = "{api.url}"\ncheck = "/v1/me"\n[[tokens]]\nprefix = "{prefix}"\n'
    )
    (config := tmp_path / "accounts.toml").write_text(
        "".join(f'[accounts.{name}]\nenv = "{name.upper()}"\n' for name in ("anna", "ben"))
        + 'provider = "own"\n'
    )
    declaration.chmod(0o600)
    raw = f"{prefix}{'aB3dE5gH7jK9mN2pQ4rS6tU8vW1xY0zA2bC4' * 3}"
    with serve_fixed_responses() as other:
        env = {
            "TOKCHECK_HOME": str(home),
            variable: other.url,
            "TOKCHECK_GOOGLE_OAUTH_URL": other.url,
            "ANNA": raw,  # without a provider
            "BEN": f"export {builtin.replace('-', '_').upper()}_TOKEN={raw}",
        }
        paths = ("--config", str(config), "--providers", str(declaration))
        result = run("serve", *paths, "--once", env=env)
    assert 0 == result.code, result.err
    assert [] == other.received
    assert ["GET /v1/me"] == api.lines
    assert ['{provider="own",account="ben"} 1'] == _samples(result.out, "tokcheck_token_valid")
    assert f"the form of an access token of {builtin} or own" in result.err.replace("\n", " ")
    assert raw not in result.out + result.err
