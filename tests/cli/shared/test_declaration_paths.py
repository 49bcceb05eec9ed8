"""``--providers`` given several times: every command reads all of the files."""

import json
import shlex
from pathlib import Path

import pytest

from tests.cli.commands.test_sandbox import start_command
from tests.cli.conftest import Run
from tests.declarations.test_declaration_text import ACME
from tests.support.suite.cases import each_case
from tests.support.tokens import random_characters

_TOKENS = {name: f"{name}_{random_characters(30, 7).strip('-_')}" for name in ("acme", "beta")}


@pytest.fixture
def twice(tmp_path: Path) -> list[str]:
    """Return the options that name two declarations."""
    words: list[str] = []
    for name in _TOKENS:
        folder = tmp_path / name
        folder.mkdir()
        (folder / "x.toml").write_text(ACME.replace("acme", name), "utf-8")
        words += ["--providers", str(folder / "x.toml" if name == "acme" else folder)]
    return words


@each_case("name", [*_TOKENS])
def test_each_command_reads_every_file(
    run: Run, twice: list[str], tmp_path: Path, name: str
) -> None:
    token = _TOKENS[name]
    env = {"TOKCHECK_HOME": str(tmp_path / "home"), "T": token}
    report = run("validate", "--offline", "--json", *twice, "-", stdin=token, env=env)
    assert name == json.loads(report.out)["provider"]
    file = tmp_path / "settings.py"
    file.write_text(f"TOKEN = '{token}'\n", "utf-8")
    found = run("scan", "--format", "json", *twice, str(file), env=env)
    assert [name] == [one["provider"] for one in json.loads(found.out)["findings"]]
    for words in (("list",), ("show", name)):
        assert name in run("providers", *words, *twice, env=env).out
    config = tmp_path / f"{name}.toml"
    config.write_text(f'[accounts.anna]\nprovider = "{name}"\nenv = "T"\n', "utf-8")
    checked = run("serve", "--check-config", "--config", str(config), *twice, env=env)
    assert "The configuration can be used: 1 account.\n" == checked.out, checked.err
    watched = run("watch", "--config", str(config), *twice, env={**env, **_CLOSED})
    assert 2 != watched.code, watched.err
    observed = run("observe", "--provider", name, *twice, "anna", stdin=_RESPONSE, env=env)
    assert "59 of 60" in observed.out, observed.err
    ended = run("revoke", "--yes", *twice, stdin=token, env=env)
    assert f"{name.title()} API" in ended.err


def test_the_sandbox_plays_the_providers_of_every_file(run: Run, twice: list[str]) -> None:
    with start_command("--port", "0", *twice) as (_, printed):
        exports = [line for line in printed.splitlines() if line.startswith("export ")]
        variables = dict(shlex.split(line)[1].split("=", 1) for line in exports)
        assert {"TOKCHECK_ACME_URL", "TOKCHECK_BETA_URL"} <= variables.keys()
        for name, token in _TOKENS.items():
            checked = run("validate", "--offline", "--json", "-", stdin=token, env=variables)
            assert name == json.loads(checked.out)["provider"]


_RESPONSE = (
    "HTTP/1.1 200 OK\r\nX-RateLimit-Limit: 60\r\nX-RateLimit-Remaining: 59\r\n"
    "Content-Type: application/json\r\n\r\n{}"
)
# Nothing listens there.
_CLOSED = {f"TOKCHECK_{name}_URL": "http://127.0.0.1:9" for name in ("ACME", "BETA")}
