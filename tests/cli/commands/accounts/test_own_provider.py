"""An account of a provider that the user declares: every sentence names it as declared."""

import json
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.cli.conftest import Run
from tokcheck.declarations.declaration_text import read_declaration
from tokcheck.sandbox import Sandbox, SandboxState, serve_in_thread
from tokcheck.sandbox.state.clients import DECLARED_SECRET, declared_client_id

ACME = """
name = "acme"
title = "Acme Cloud"
address = "https://api.acme.example"
check = "/v1/me"

[[tokens]]
prefix = "acme_"

[oauth]
authorize = "https://acme.example/authorize"
token = "https://acme.example/oauth/token"
registration = "https://acme.example/apps"
"""
# Others' providers and older versions have no place in a sentence about this one.
FOREIGN = ("Fitbit", "Google", "provider acme", "Acme API", "a version of tokcheck", "GOOGLE")


class OwnStore(NamedTuple):
    """A store with an account of the user's own provider, in the sandbox."""

    sandbox: Sandbox
    run: Run
    env: dict[str, str]

    def run_and_read(self, *words: str) -> str:
        result = self.run(*words, env=self.env)
        return result.out + result.err


@pytest.fixture
def own_store(tmp_path: Path, run: Run) -> Iterator[OwnStore]:
    file = tmp_path / "acme.toml"
    file.write_text(ACME)
    with serve_in_thread(SandboxState(declared=[read_declaration(ACME, "acme")])) as sandbox:
        base = f"{sandbox.url}/providers/acme"
        env = {
            "TOKCHECK_HOME": str(tmp_path / "home"),
            "TOKCHECK_PROVIDERS": str(file),
            "TOKCHECK_ACME_URL": base,
            "TOKCHECK_ACME_OAUTH_URL": base,
            "TOKCHECK_ACME_CLIENT_SECRET": DECLARED_SECRET,
            "COLUMNS": "400",
        }
        yield OwnStore(sandbox, run, env)


def import_account(own_store: OwnStore, tmp_path: Path) -> None:
    """Import an account from a file in which its grant lies deep."""
    token = own_store.sandbox.state.issue_declared_token("acme")
    grant = {"access_token": token, "refresh_token": "made-up-refresh", "expires_in": 3600}
    file = tmp_path / "dump.json"
    file.write_text(json.dumps({"entries": [{"domain": "acme", "data": {"token": grant}}]}))
    words = ["accounts", "import", str(file), "--provider", "acme"]
    imported = own_store.run(*words, "--client-id", declared_client_id("acme"), env=own_store.env)
    assert 0 == imported.code, imported.err
    assert "acme: imported, an account of the Acme Cloud" in imported.out


def test_a_refused_grant_is_explained_in_the_declaration_s_words(
    own_store: OwnStore, tmp_path: Path
) -> None:
    import_account(own_store, tmp_path)
    texts = [
        own_store.run_and_read(*shlex.split(words))
        for words in (
            "accounts refresh acme",
            "accounts list",
            "accounts list --json",
            "accounts show acme",
            "accounts show acme --json",
            "validate --account acme",
            "validate --account acme --json",
            "token acme",
            "serve --accounts --once",
        )
    ]
    for text in texts:
        assert "The Acme Cloud refused the refresh token" in text.replace("\n", " "), text
        assert "tokcheck login acme --name acme" in text
        assert [] == [words for words in FOREIGN if words in text]
        assert "bug" not in text


def test_a_refused_application_is_explained_in_the_declaration_s_words(
    own_store: OwnStore, tmp_path: Path
) -> None:
    own_store.env["TOKCHECK_ACME_CLIENT_SECRET"] = "another-secret-0123456789"
    import_account(own_store, tmp_path)
    for words in ("accounts refresh acme", "accounts show acme", "serve --accounts --once"):
        text = own_store.run_and_read(*words.split())
        assert "The Acme Cloud does not know the application" in text
        assert "TOKCHECK_ACME_CLIENT_SECRET" in text
        assert "https://acme.example/apps" in text
        assert [] == [words for words in FOREIGN if words in text]


def test_without_its_declaration_the_command_is_still_named(
    own_store: OwnStore, tmp_path: Path
) -> None:
    import_account(own_store, tmp_path)
    own_store.run_and_read("accounts", "refresh", "acme")
    del own_store.env["TOKCHECK_PROVIDERS"]
    for words in ("accounts list", "accounts show acme"):
        text = own_store.run_and_read(*words.split())
        assert "With its declaration in TOKCHECK_PROVIDERS, log in again:" in text
        assert "tokcheck login acme --name acme" in text
