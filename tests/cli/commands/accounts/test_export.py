"""``tokcheck accounts export`` as people run it."""

import json
import os
from pathlib import Path

import pytest

from tests.cli.test_terminal import talk
from tests.support.cli.account_store import (
    GOOGLE,
    AccountStore,
    reveal,
    secrets_shown,
)
from tokcheck.accounts.grant import Intent
from tokcheck.accounts.store import Store


@pytest.mark.parametrize("form", ["token-response", "python-fitbit", "fitbit-grafana"])
def test_an_exported_file_is_its_owners_alone_and_warned_about(
    account_store: AccountStore, tmp_path: Path, form: str
) -> None:
    grant = account_store.add("alex")
    file = tmp_path / "out" / "tokens"
    file.parent.mkdir()
    result = account_store("accounts", "export", "alex", "--format", form, "--output", str(file))
    assert (0, "") == result[:2]
    assert 1 == result.err.count("\n")
    assert "breaks the stored account" in result.err
    assert [] == secrets_shown(result, grant)
    assert reveal(grant.refresh) in file.read_text()
    assert 0o600 == file.stat().st_mode & 0o777
    assert [file] == list(file.parent.iterdir())


def test_an_existing_file_is_replaced_only_on_request(
    account_store: AccountStore, tmp_path: Path
) -> None:
    grant = account_store.add("alex")
    file = tmp_path / "tokens"
    file.write_text("before")
    file.chmod(0o644)
    words = ["accounts", "export", "alex", "--format", "fitbit-grafana", "--output", str(file)]
    result = account_store(*words)
    assert (2, "") == result[:2]
    assert f"{file} exists already and was not changed." in result.err
    assert "--replace" in result.err
    assert ("before", 0o644) == (file.read_text(), file.stat().st_mode & 0o777)
    assert 0 == account_store(*words, "--replace").code
    assert reveal(grant.refresh) in file.read_text()
    assert 0o600 == file.stat().st_mode & 0o777


def test_what_is_no_ordinary_file_is_never_replaced(
    account_store: AccountStore, tmp_path: Path
) -> None:
    account_store.add("alex")
    target, link, pipe = tmp_path / "target", tmp_path / "link", tmp_path / "pipe"
    target.write_text("before")
    link.symlink_to(target)
    os.mkfifo(pipe)
    words = ["accounts", "export", "alex", "--format", "fitbit-grafana", "--replace", "--output"]
    for place in (str(link), str(pipe), str(account_store.folder), ".", ".."):
        result = account_store(*words, place)
        assert (2, "") == result[:2]
        assert "is not a regular file" in result.err
    assert ("before", True, True) == (target.read_text(), link.is_symlink(), pipe.is_fifo())


def test_an_export_that_cannot_be_written_leaves_nothing_behind(
    account_store: AccountStore, tmp_path: Path
) -> None:
    account_store.add("alex")
    words = ["accounts", "export", "alex", "--format", "fitbit-grafana", "--output"]
    result = account_store(*words, str(tmp_path / "none" / "tokens"))
    assert (2, "") == result[:2]
    assert f"The folder {tmp_path / 'none'} does not exist." in result.err
    assert [account_store.folder] == list(tmp_path.iterdir())


def test_tokens_that_may_be_used_up_are_not_exported(account_store: AccountStore) -> None:
    grant = account_store.add("alex o")
    assert grant.refresh is not None
    with Store(account_store.folder) as store:
        store.begin("alex o", Intent(grant.refresh.fingerprint, grant.obtained_at, "process 1"))
    result = account_store("accounts", "export", "alex o", "--format", "fitbit-grafana")
    assert (2, "") == result[:2]
    assert "A refresh of the account alex o is not finished" in result.err
    assert "tokcheck accounts refresh 'alex o'" in result.err


def test_an_export_into_a_repository_is_warned_about(
    account_store: AccountStore, tmp_path: Path
) -> None:
    account_store.add("alex", GOOGLE)
    (tmp_path / "work" / ".git").mkdir(parents=True)
    file = tmp_path / "work" / "token.json"
    result = account_store(
        "accounts", "export", "alex", "--format=google-auth", "--output", str(file)
    )
    assert (0, "") == result[:2]
    assert f"note: {file} is in a git repository" in result.err


def test_a_dash_means_standard_output_as_elsewhere(
    account_store: AccountStore, tmp_path: Path
) -> None:
    grant = account_store.add("alex", GOOGLE)
    result = account_store("accounts", "export", "alex", "--format", "google-auth", "--output", "-")
    assert 0 == result.code
    assert reveal(grant.refresh) in result.out
    assert [account_store.folder] == list(tmp_path.iterdir())


def test_an_export_to_an_open_descriptor_is_written_there(account_store: AccountStore) -> None:
    grant = account_store.add("alex", GOOGLE)
    words = ["accounts", "export", "alex", "--format", "google-auth", "--output", "/dev/stdout"]
    result = account_store(*words)
    assert 0 == result.code
    assert reveal(grant.refresh) in result.out
    code, screen = talk(words, **account_store.env)
    assert 2 == code
    assert reveal(grant.refresh) not in screen


def test_secrets_are_printed_on_a_terminal_only_on_request(account_store: AccountStore) -> None:
    grant = account_store.add("alex", GOOGLE)
    words = ["accounts", "export", "alex", "--format", "google-auth"]
    code, screen = talk(words, **account_store.env)
    assert 2 == code
    assert reveal(grant.refresh) not in screen
    code, screen = talk([*words, "--yes"], **account_store.env)
    assert 0 == code
    assert reveal(grant.refresh) in screen
    assert "note:" not in screen  # Google's refresh token can be used by two


def test_an_exported_google_file_names_the_token_address_in_use(
    account_store: AccountStore,
) -> None:
    account_store.add("alex", GOOGLE)
    export = ("accounts", "export", "alex", "--format", "google-auth")
    url = account_store.env["TOKCHECK_GOOGLE_OAUTH_URL"]
    assert f"{url}/token" == json.loads(account_store(*export).out)["token_uri"]
    moved = account_store(*export, TOKCHECK_GOOGLE_OAUTH_URL="https://oauth.example/x/")
    assert "https://oauth.example/x/token" == json.loads(moved.out)["token_uri"]
    official = account_store(*export, TOKCHECK_GOOGLE_OAUTH_URL="")
    assert "https://oauth2.googleapis.com/token" == json.loads(official.out)["token_uri"]
    wrong = account_store(*export, TOKCHECK_GOOGLE_OAUTH_URL="http://oauth.example")
    assert (2, "") == wrong[:2]
