"""``tokcheck accounts import`` and ``export``, and ``validate --account``, as people run them."""

import json
import os
from pathlib import Path

import pytest

from tests.cli.test_terminal import talk
from tests.support.cli.account_store import (
    FITBIT,
    GOOGLE,
    AccountStore,
    make_grant,
    reveal,
    secrets_shown,
)
from tests.support.tokens import FITBIT as TOKEN
from tests.support.tokens import FITBIT_REFRESH
from tokcheck.accounts.grant import Broken, BrokenReason, Intent
from tokcheck.accounts.store.store import Store
from tokcheck.accounts.token_file_export import token_file_text
from tokcheck.sandbox.state.clients import FITBIT_SECRET


def _response(kept: AccountStore) -> str:
    return token_file_text(make_grant(kept.world, "x"), "token-response", 0)


def test_a_token_response_is_taken_in_and_kept_alive(kept: AccountStore) -> None:
    text = _response(kept)
    ended = kept(
        "accounts", "import", "-", "--name", "alex",
        stdin=text, TOKCHECK_CLIENT_SECRET=FITBIT_SECRET,
    )  # fmt: skip
    assert (0, "alex: imported, an account of the Fitbit Web API\n") == ended[:2]
    assert "works once" in ended.err
    grant = kept.grant("alex")
    assert [] == secrets_shown(ended, grant)
    assert FITBIT.client_id == grant.client.client_id
    assert 0 == kept("accounts", "refresh", "alex").code
    assert 0 == kept("validate", "--account", "alex").code


def test_another_account_of_the_same_person_is_said(kept: AccountStore) -> None:
    text = _response(kept)
    kept.put(kept.add("old one")._replace(user_id=json.loads(text)["user_id"]))
    ended = kept("accounts", "import", "-", stdin=text, TOKCHECK_CLIENT_SECRET=FITBIT_SECRET)
    assert 0 == ended.code
    assert "note: The account old one has the same user and application" in ended.err
    assert "tokcheck accounts remove 'old one' --forget" in ended.err


def test_googles_application_default_file_gets_its_token_at_first_use(
    kept: AccountStore, tmp_path: Path
) -> None:
    grant = kept.add("x", GOOGLE)
    file = tmp_path / "adc.json"
    kept("accounts", "export", "x", "--format", "google-auth", "--output", str(file))
    fields = json.loads(file.read_text())
    del fields["token"], fields["expiry"]
    file.write_text(json.dumps(fields))
    twin = kept("accounts", "import", str(file))
    assert 2 == twin.code
    assert "The account x has this refresh token already" in twin.err
    assert 0 == kept("accounts", "import", str(file), "--name", "x", "--replace").code
    assert "none yet" in kept("accounts", "show", "x").out
    assert 2 == kept("validate", "--account", "x", "--offline").code
    assert reveal(grant.access) != kept("token", "x").out.strip()
    assert 0 == kept("validate", "--account", "x").code


def test_an_account_is_not_overwritten_unless_that_is_meant(kept: AccountStore) -> None:
    text = _response(kept)
    old = kept.add("fitbit", GOOGLE)
    ended = kept("accounts", "import", "-", stdin=text)
    assert (2, "") == ended[:2]
    assert "There is already an account fitbit" in ended.err
    assert reveal(old.access) == reveal(kept.grant("fitbit").access)
    assert 0 == kept("accounts", "import", "-", "--replace", stdin=text).code
    assert reveal(old.access) != reveal(kept.grant("fitbit").access)


def test_a_client_id_that_nothing_tells_is_asked_for(kept: AccountStore, tmp_path: Path) -> None:
    file = tmp_path / "tokens.json"
    file.write_text(json.dumps({"access_token": "opaque", "refresh_token": FITBIT_REFRESH}))
    words = ["accounts", "import", str(file), "--provider", "fitbit"]
    ended = kept(*words)
    assert (2, "") == ended[:2]
    assert "--client-id" in ended.err
    assert "TOKCHECK_CLIENT_ID" in ended.err
    assert 0 == kept(*words, "--client-id", "23ONE").code
    assert 0 == kept(*words, "--replace", TOKCHECK_CLIENT_ID="23TWO").code
    assert ("23TWO", None) == kept.grant("fitbit").client[1:]
    code, screen = talk(
        [*words, "--replace", "--client-id", "23SIX"], "made-up-secret\r", cue="Enter", **kept.env
    )
    assert 0 == code
    assert "made-up-secret" not in screen
    assert "made-up-secret" == reveal(kept.grant("fitbit").client.secret)


def test_the_variables_of_a_login_are_known_here_too(kept: AccountStore) -> None:
    text = json.dumps({"access_token": "opaque", "refresh_token": FITBIT_REFRESH})
    words = ["accounts", "import", "-", "--provider", "fitbit"]
    of_login = {
        "TOKCHECK_FITBIT_CLIENT_ID": "23ONE",
        "TOKCHECK_FITBIT_CLIENT_SECRET": "made-up-1",
        "TOKCHECK_GOOGLE_CLIENT_ID": GOOGLE.client_id,
    }
    assert 0 == kept(*words, stdin=text, **of_login).code
    client = kept.grant("fitbit").client
    assert ("23ONE", "made-up-1") == (client.client_id, reveal(client.secret))
    own = {"TOKCHECK_CLIENT_ID": "23TWO", "TOKCHECK_CLIENT_SECRET": "made-up-2"}
    assert 0 == kept(*words, "--replace", stdin=text, **of_login, **own).code
    client = kept.grant("fitbit").client
    assert ("23TWO", "made-up-2") == (client.client_id, reveal(client.secret))


def test_a_name_that_cannot_be_one_is_refused(kept: AccountStore) -> None:
    text = _response(kept)
    for name in ("", "a\x1bb", "--all", TOKEN):
        ended = kept("accounts", "import", "-", "--name", name, stdin=text)
        assert (2, "") == ended[:2]
        assert "This cannot be the name of an account" in ended.err
        assert TOKEN not in ended.err
    assert [] == kept.names()


def test_what_is_no_client_id_is_refused_and_not_shown(kept: AccountStore) -> None:
    text = _response(kept)
    for given in ("two words", "2\x1b[31m", FITBIT_SECRET, GOOGLE.client_id, " "):
        ended = kept("accounts", "import", "-", "--client-id", given, stdin=text)
        assert (2, "") == ended[:2]
        assert "client id" in ended.err
        assert FITBIT_SECRET not in ended.err
        assert "\x1b" not in ended.err
    assert [] == kept.names()


def test_a_secret_that_no_request_can_carry_is_refused(kept: AccountStore) -> None:
    text = _response(kept)
    ended = kept("accounts", "import", "-", stdin=text, TOKCHECK_CLIENT_SECRET="made up")
    assert (2, "") == ended[:2]
    assert "TOKCHECK_CLIENT_SECRET" in ended.err
    assert "made up" not in ended.err
    assert [] == kept.names()


def test_a_file_that_is_not_there_or_no_token_file(kept: AccountStore, tmp_path: Path) -> None:
    assert 2 == kept("accounts", "import", str(tmp_path / "none")).code
    ended = kept("accounts", "import", "-", stdin=f"what is this {TOKEN}")
    assert 2 == ended.code
    assert TOKEN not in ended.err


@pytest.mark.parametrize("form", ["token-response", "python-fitbit", "fitbit-grafana"])
def test_an_exported_file_is_its_owners_alone_and_warned_about(
    kept: AccountStore, tmp_path: Path, form: str
) -> None:
    grant = kept.add("alex")
    file = tmp_path / "out" / "tokens"
    file.parent.mkdir()
    ended = kept("accounts", "export", "alex", "--format", form, "--output", str(file))
    assert (0, "") == ended[:2]
    assert 1 == ended.err.count("\n")
    assert "breaks the stored account" in ended.err
    assert [] == secrets_shown(ended, grant)
    assert reveal(grant.refresh) in file.read_text()
    assert 0o600 == file.stat().st_mode & 0o777
    assert [file] == list(file.parent.iterdir())


def test_a_file_that_is_there_is_replaced_only_if_that_is_meant(
    kept: AccountStore, tmp_path: Path
) -> None:
    grant = kept.add("alex")
    file = tmp_path / "tokens"
    file.write_text("before")
    file.chmod(0o644)
    words = ["accounts", "export", "alex", "--format", "fitbit-grafana", "--output", str(file)]
    ended = kept(*words)
    assert (2, "") == ended[:2]
    assert f"{file} exists already and was not changed." in ended.err
    assert "--replace" in ended.err
    assert ("before", 0o644) == (file.read_text(), file.stat().st_mode & 0o777)
    assert 0 == kept(*words, "--replace").code
    assert reveal(grant.refresh) in file.read_text()
    assert 0o600 == file.stat().st_mode & 0o777


def test_what_is_no_ordinary_file_is_never_replaced(kept: AccountStore, tmp_path: Path) -> None:
    kept.add("alex")
    target, link, pipe = tmp_path / "target", tmp_path / "link", tmp_path / "pipe"
    target.write_text("before")
    link.symlink_to(target)
    os.mkfifo(pipe)
    words = ["accounts", "export", "alex", "--format", "fitbit-grafana", "--replace", "--output"]
    for place in (str(link), str(pipe), str(kept.folder), "", ".", ".."):
        ended = kept(*words, place)
        assert (2, "") == ended[:2]
        assert "is not a regular file" in ended.err
    assert ("before", True, True) == (target.read_text(), link.is_symlink(), pipe.is_fifo())


def test_an_export_that_cannot_be_written_leaves_nothing_behind(
    kept: AccountStore, tmp_path: Path
) -> None:
    kept.add("alex")
    words = ["accounts", "export", "alex", "--format", "fitbit-grafana", "--output"]
    ended = kept(*words, str(tmp_path / "none" / "tokens"))
    assert (2, "") == ended[:2]
    assert f"There is no folder {tmp_path / 'none'}." in ended.err
    assert [kept.folder] == list(tmp_path.iterdir())


def test_tokens_that_may_be_used_up_are_not_exported(kept: AccountStore) -> None:
    grant = kept.add("alex o")
    assert grant.refresh is not None
    with Store(kept.folder) as store:
        store.begin("alex o", Intent(grant.refresh.fingerprint, grant.obtained_at, "process 1"))
    ended = kept("accounts", "export", "alex o", "--format", "fitbit-grafana")
    assert (2, "") == ended[:2]
    assert "A refresh of alex o is not finished" in ended.err
    assert "tokcheck accounts refresh 'alex o'" in ended.err


def test_an_export_into_a_repository_is_warned_about(kept: AccountStore, tmp_path: Path) -> None:
    kept.add("alex", GOOGLE)
    (tmp_path / "work" / ".git").mkdir(parents=True)
    file = tmp_path / "work" / "token.json"
    ended = kept("accounts", "export", "alex", "--format=google-auth", "--output", str(file))
    assert (0, "") == ended[:2]
    assert f"note: {file} is in a git repository" in ended.err


def test_a_dash_means_standard_output_as_elsewhere(kept: AccountStore, tmp_path: Path) -> None:
    grant = kept.add("alex", GOOGLE)
    ended = kept("accounts", "export", "alex", "--format", "google-auth", "--output", "-")
    assert 0 == ended.code
    assert reveal(grant.refresh) in ended.out
    assert [kept.folder] == list(tmp_path.iterdir())


def test_secrets_reach_a_terminal_only_if_that_is_meant(kept: AccountStore) -> None:
    grant = kept.add("alex", GOOGLE)
    words = ["accounts", "export", "alex", "--format", "google-auth"]
    code, screen = talk(words, **kept.env)
    assert 2 == code
    assert reveal(grant.refresh) not in screen
    code, screen = talk([*words, "--yes"], **kept.env)
    assert 0 == code
    assert reveal(grant.refresh) in screen
    assert "note:" not in screen  # Google's refresh token can be used by two


def test_a_stored_token_is_refreshed_and_checked_and_not_shown(kept: AccountStore) -> None:
    old = kept.add("alex", left=60)
    for words in ([], ["--json"], ["--offline"]):
        ended = kept("validate", "--account", "alex", *words)
        assert (0, "") == (ended.code, ended.err)
        assert [] == secrets_shown(ended, old, kept.grant("alex"))
    assert 1 == kept.world.refresh_counts().renewed


def test_a_life_that_is_asked_for_is_refreshed_for(kept: AccountStore) -> None:
    kept.add("alex", left=1000)
    assert 0 == kept("validate", "--account", "alex").code
    assert 0 == kept.world.refresh_counts().renewed
    assert 0 == kept("validate", "--account", "alex", "--min-ttl", "1h").code
    assert 1 == kept.world.refresh_counts().renewed


def test_an_opaque_token_is_checked_as_its_providers(kept: AccountStore) -> None:
    kept.add("alex", GOOGLE)
    ended = kept("validate", "--account", "alex", "--json")
    assert "google-health" == json.loads(ended.out)["provider"]
    assert 0 == ended.code


@pytest.mark.parametrize(
    "words", [["-"], ["--env", "X"], ["--file", "x"], ["--lines"], ["--provider", "fitbit"]]
)
def test_an_account_is_no_second_paste(kept: AccountStore, words: list[str]) -> None:
    kept.add("alex")
    assert 2 == kept("validate", "--account", "alex", *words).code


def test_a_grant_that_broke_is_said_beside_its_token_that_lives(kept: AccountStore) -> None:
    grant = kept.add("alex")
    assert grant.refresh is not None
    with Store(kept.folder) as store:
        store.mark_broken("alex", grant.refresh.fingerprint, Broken(0, BrokenReason.REFUSED))
    for words in ([], ["--json"], ["--offline"]):
        ended = kept("validate", "--account", "alex", *words)
        assert 0 == ended.code
        assert ended.err.startswith("note: The account alex cannot be refreshed since 1970-01-01")
        assert ended.err.endswith("Log in again: tokcheck login fitbit --name alex\n")


def test_a_broken_grant_is_said_before_anything_is_checked(kept: AccountStore) -> None:
    grant = kept.add("alex", left=1)
    kept.world.revoke_grant(reveal(grant.refresh))
    ended = kept("validate", "--account", "alex")
    assert (1, "") == ended[:2]
    assert "tokcheck login fitbit --name alex" in ended.err
