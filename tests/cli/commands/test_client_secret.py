"""Where every command takes the secret of an application from: one order for all of them."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.commands.validate.test_validate_account import StoredAlex
from tests.cli.conftest import Run
from tests.support.tokens import FITBIT_REFRESH, FITBIT_SECRET
from tests.support.transport.fixed_responses import (
    FixedResponse,
    FixedServer,
    serve_fixed_responses,
)
from tokcheck.accounts.grant import Client
from tokcheck.accounts.store import Store
from tokcheck.core.secret import Secret

OTHER = "0f" * 16
VARIABLE = "TOKCHECK_FITBIT_CLIENT_SECRET"
ID_VARIABLE = "TOKCHECK_FITBIT_CLIENT_ID"
NEW = {"access_token": "a" * 64, "refresh_token": "b" * 64, "expires_in": 28_800}
# The commands that refresh, or authenticate the application otherwise.
COMMANDS = [
    pytest.param(["token", "alex"], id="token"),
    pytest.param(["accounts", "refresh", "alex"], id="refresh"),
    pytest.param(["accounts", "refresh", "--all", "--min-ttl", "1h"], id="refresh all"),
    pytest.param(["validate", "--account", "alex"], id="validate"),
    pytest.param(["accounts", "remove", "alex", "--yes"], id="remove"),
    pytest.param(["serve", "--accounts", "--once"], id="serve"),
    pytest.param(["watch", "--accounts"], id="watch"),
]


@pytest.fixture
def server() -> Iterator[FixedServer]:
    with serve_fixed_responses(
        POST_oauth2_token=FixedResponse(200, NEW), POST_oauth2_revoke=FixedResponse(200, {})
    ) as started:
        yield started


@pytest.fixture
def account(tmp_path: Path, run: Run, server: FixedServer) -> StoredAlex:
    return StoredAlex(tmp_path / "data", run, server.url)


def secrets_sent(server: FixedServer) -> list[str | None]:
    """Return the secret of each request that authenticates the application."""
    secrets: list[str | None] = []
    for request in server.received:
        if request.line.startswith("POST /oauth2/"):
            scheme, _, value = request.headers.get("Authorization", "").partition(" ")
            basic = base64.b64decode(value).decode() if scheme == "Basic" else ""
            secrets.append(basic.partition(":")[2] or None)
    return secrets


@pytest.mark.parametrize("words", COMMANDS)
@pytest.mark.parametrize(
    ("sent", "stored", "env"),
    [
        (OTHER, FITBIT_SECRET, {VARIABLE: OTHER}),
        (OTHER, None, {VARIABLE: OTHER, ID_VARIABLE: "23TEST"}),
        (FITBIT_SECRET, FITBIT_SECRET, {VARIABLE: OTHER, ID_VARIABLE: "23BCDE"}),
        (None, None, {}),
    ],
)
def test_a_refresh_takes_the_secret_of_the_variable(
    account: StoredAlex,
    server: FixedServer,
    words: list[str],
    sent: str | None,
    stored: str | None,
    env: dict[str, str],
) -> None:
    client = Client("fitbit", "23TEST", None if stored is None else Secret(stored))
    account.store(-3600, client=client)
    result = account(*words, **env)
    assert sent == secrets_sent(server)[0], result.err


@pytest.mark.parametrize("words", COMMANDS[:4])
def test_the_stored_secret_is_tried_if_that_of_the_variable_is_refused(
    account: StoredAlex, server: FixedServer, words: list[str]
) -> None:
    account.store(-3600)
    server.responses["POST /oauth2/token"] = FixedResponse(
        401, {"errors": [{"errorType": "invalid_client", "message": "Client secret invalid."}]}
    )
    result = account(*words, **{VARIABLE: OTHER})
    assert 1 == result.code
    assert [OTHER, FITBIT_SECRET] == secrets_sent(server)
    # Nothing is sent again until another secret is there.
    again = account("token", "alex", **{VARIABLE: OTHER})
    assert (1, 2) == (again.code, len(server.received))
    server.responses["POST /oauth2/token"] = FixedResponse(200, NEW)
    assert 0 == account("token", "alex", **{VARIABLE: "ab" * 16}).code
    with Store(account.folder) as store:
        assert store.account("alex").broken is None
        kept = store.grant("alex").client.secret
        assert kept is not None
        assert "ab" * 16 == kept.reveal()


@pytest.mark.parametrize("words", [*COMMANDS[:4], COMMANDS[5]])
def test_a_variable_that_holds_no_secret_is_named(
    account: StoredAlex, server: FixedServer, words: list[str]
) -> None:
    account.store(-3600)
    result = account(*words, **{VARIABLE: "two words"})
    assert 2 == result.code
    assert f"The client secret from {VARIABLE}" in result.err
    assert [] == server.received


@pytest.mark.parametrize("words", COMMANDS[:4])
def test_what_is_removed_from_a_secret_is_noted(
    account: StoredAlex, server: FixedServer, words: list[str]
) -> None:
    account.store(-3600)
    result = account(*words, **{VARIABLE: f'"{OTHER}"'})
    assert [OTHER] == secrets_sent(server)
    assert f"The client secret from {VARIABLE} was read without the quotes around it." in result.err


def test_an_import_leaves_out_the_secret_of_another_application(
    account: StoredAlex, tmp_path: Path
) -> None:
    file = tmp_path / "t.json"
    file.write_text(json.dumps({"refresh_token": FITBIT_REFRESH, "client_id": "23TEST"}))
    for env, expected in (
        ({VARIABLE: OTHER, ID_VARIABLE: "23BCDE"}, None),
        ({VARIABLE: OTHER, ID_VARIABLE: "23TEST"}, OTHER),
        ({VARIABLE: OTHER}, OTHER),
        ({VARIABLE: OTHER, "TOKCHECK_CLIENT_SECRET": FITBIT_SECRET}, FITBIT_SECRET),
    ):
        words = ("accounts", "import", str(file), "--name", "alex", "--replace")
        result = account(*words, "--provider", "fitbit", **env)
        assert 0 == result.code, result.err
        with Store(account.folder) as store:
            secret = store.grant("alex").client.secret
        assert expected == (secret and secret.reveal())
