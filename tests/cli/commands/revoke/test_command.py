"""``tokcheck revoke`` as people run it, against the sandbox."""

import hashlib
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.scan.conftest import Repository
from tests.support.cli.account_store import (
    FITBIT,
    GOOGLE,
    AccountStore,
    make_grant,
    reveal,
    secrets_shown,
)
from tests.support.cli.terminal import talk_to_terminal
from tests.support.tokens import FITBIT_SECRET, GOOGLE_SECRET, make_jwt
from tokcheck.accounts.grant import Client
from tokcheck.sandbox import FITBIT_PUBLIC_CLIENT

_PUBLIC = Client("fitbit", FITBIT_PUBLIC_CLIENT, None)
_OTHER = make_jwt({"iss": "https://idp.test", "exp": 9_999_999_999})


def _secret_of(client: Client) -> dict[str, str]:
    return {} if client is not FITBIT else {"TOKCHECK_FITBIT_CLIENT_SECRET": reveal(FITBIT.secret)}


@pytest.mark.parametrize("client", [FITBIT, GOOGLE, _PUBLIC], ids=["fitbit", "google", "public"])
def test_an_access_token_ends_its_grant(account_store: AccountStore, client: Client) -> None:
    grant = make_grant(account_store.sandbox_state, "leaked", client)
    words = ("revoke", "-", "--yes")
    pasted = f'"Authorization: Bearer {reveal(grant.access)}"'
    result = account_store(*words, stdin=pasted, **_secret_of(client))
    assert (0, True) == (result.code, result.out.startswith("revoked: a")), result
    assert "This ends all access of the application" in result.err
    assert not account_store.sandbox_state.can_refresh(reveal(grant.refresh))
    assert [] == secrets_shown(result, grant)
    assert not account_store.folder.exists()


@pytest.mark.parametrize("client", [FITBIT, GOOGLE], ids=["fitbit", "google"])
def test_a_refresh_token_ends_its_grant(account_store: AccountStore, client: Client) -> None:
    grant = make_grant(account_store.sandbox_state, "leaked", client)
    words = ("--client-id", client.client_id) if client is FITBIT else ()
    pasted = f"refresh_token={reveal(grant.refresh)}"
    env = _secret_of(client)
    result = account_store("revoke", *words, "--provider", client.provider, "--yes", pasted, **env)
    assert 0 == result.code, result
    assert not account_store.sandbox_state.can_refresh(reveal(grant.refresh))
    assert [] == secrets_shown(result, grant)


def test_a_refresh_token_of_fitbit_needs_its_application(account_store: AccountStore) -> None:
    grant = make_grant(account_store.sandbox_state, "leaked")
    words = ("revoke", "--provider", "fitbit", "--yes", reveal(grant.refresh))
    result = account_store(*words)
    assert 2 == result.code
    assert "Pass --client-id ID, or set TOKCHECK_FITBIT_CLIENT_ID" in result.err
    env = {"TOKCHECK_FITBIT_CLIENT_ID": FITBIT.client_id} | _secret_of(FITBIT)
    assert 0 == account_store(*words, **env).code
    assert not account_store.sandbox_state.can_refresh(reveal(grant.refresh))


def test_a_secret_that_is_missing_is_named(account_store: AccountStore) -> None:
    grant = make_grant(account_store.sandbox_state, "leaked")
    result = account_store("revoke", "--yes", reveal(grant.access))
    assert (1, "") == (result.code, result.out)
    assert "TOKCHECK_FITBIT_CLIENT_SECRET" in result.err
    assert account_store.sandbox_state.can_refresh(reveal(grant.refresh))


def test_a_wrong_secret_is_said_to_be_wrong(account_store: AccountStore) -> None:
    grant = make_grant(account_store.sandbox_state, "leaked")
    env = {"TOKCHECK_FITBIT_CLIENT_SECRET": "0b" * 16}
    result = account_store("revoke", "--yes", reveal(grant.access), **env)
    assert (1, "") == (result.code, result.out)
    assert "did not accept the application's secret" in result.err
    assert "none was sent" not in result.err
    assert account_store.sandbox_state.can_refresh(reveal(grant.refresh))


def test_the_store_knows_the_application_and_the_accounts_that_end(
    account_store: AccountStore,
) -> None:
    grant = account_store.add("alex")
    result = account_store("revoke", "--provider", "fitbit", "--yes", reveal(grant.refresh))
    assert 0 == result.code, result
    assert "The stored account alex will need a new login." in result.err
    assert not account_store.sandbox_state.can_refresh(reveal(grant.refresh))
    assert ["alex"] == account_store.names()


def test_a_token_that_is_dead_already_ends_nothing(account_store: AccountStore) -> None:
    grant = make_grant(account_store.sandbox_state, "leaked", GOOGLE)
    account_store.sandbox_state.revoke_grant(reveal(grant.refresh))
    result = account_store("revoke", "--yes", reveal(grant.access))
    assert (1, "") == (result.code, result.out)
    assert "rejects this token as invalid" in result.err
    assert "Nothing was revoked now." in result.err


def test_nothing_is_sent_without_a_confirmation(account_store: AccountStore) -> None:
    grant = make_grant(account_store.sandbox_state, "leaked", GOOGLE)
    before = account_store.sandbox_state.request_counts()
    result = account_store("revoke", reveal(grant.access))
    assert (2, "") == (result.code, result.out)
    assert "To confirm, pass --yes." in result.err
    assert before == account_store.sandbox_state.request_counts()
    assert account_store.sandbox_state.can_refresh(reveal(grant.refresh))


@pytest.mark.parametrize(
    ("expected", "words"),
    [
        ("is the name of a file, which was not read", ["leak.txt"]),
        ("The paste contains no token", ["hello"]),
        ("The paste contains no token", []),
        ("No finding has the fingerprint", ["--finding", "0" * 12]),
    ],
)
def test_what_is_no_token_is_named_before_a_confirmation_is_required(
    account_store: AccountStore, repository: Repository, expected: str, words: list[str]
) -> None:
    repository.write("leak.txt", "x")
    result = account_store("revoke", *words)
    assert "--yes" not in result.err.replace("- --yes", "")
    assert expected in result.err


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals")
@pytest.mark.parametrize("answer", ["n", "y"])
def test_a_terminal_asks_first(account_store: AccountStore, answer: str) -> None:
    grant = make_grant(account_store.sandbox_state, "leaked", GOOGLE)
    turns = [("Paste the token", f"{reveal(grant.access)}\r"), ("Revoke it? [y/N]", f"{answer}\r")]
    code, screen = talk_to_terminal(["revoke"], turns, account_store.env)
    assert (0 if answer == "y" else 1) == code
    assert ("Nothing was changed." in screen) == (answer == "n")
    assert (answer == "n") == account_store.sandbox_state.can_refresh(reveal(grant.refresh))
    assert reveal(grant.access) not in screen


@pytest.mark.parametrize(
    ("message", "hint", "paste"),
    [
        ("The paste contains no token.", "Paste one token", "hello"),
        ("revoke a client secret", "Create a new client secret", f"client_secret={GOOGLE_SECRET}"),
        (
            "revoke a client secret",
            "Reset the client secret",
            f"fitbit client_secret={FITBIT_SECRET}",
        ),
        ("no provider is known", "Revoke it where it was issued", _OTHER),
        ("The paste contains no whole token", "", "ya29.a0AfH6SM…"),
    ],
)
def test_what_cannot_be_revoked_is_refused(
    account_store: AccountStore, message: str, hint: str, paste: str
) -> None:
    result = account_store("revoke", "-", "--yes", stdin=paste)
    assert (1, "") == (result.code, result.out), result
    assert message in result.err
    assert hint in result.err
    assert {} == account_store.sandbox_state.request_counts()


def test_two_tokens_are_one_too_many(account_store: AccountStore) -> None:
    grants = [make_grant(account_store.sandbox_state, name, GOOGLE) for name in ("one", "two")]
    pasted = "\n".join(reveal(grant.access) for grant in grants)
    result = account_store("revoke", "-", "--yes", stdin=pasted)
    assert (1, "") == (result.code, result.out)
    assert "The paste contains 2 access tokens." in result.err
    assert [] == secrets_shown(result, *grants)


@pytest.mark.parametrize("place", ["file", "ignored", "message", "staged", "history"])
def test_a_finding_is_searched_and_revoked(
    account_store: AccountStore, repository: Repository, place: str
) -> None:
    grant = make_grant(account_store.sandbox_state, "leaked", GOOGLE)
    raw = reveal(grant.access)
    if place == "file":
        repository.write("notes/a.txt", f"token: {raw}\n")
    elif place == "ignored":
        repository.add(".gitignore", ".env\n")
        repository.write(".env", f"TOKEN={raw}\n")
    elif place == "message":
        repository.write(".git/COMMIT_EDITMSG", f"Use {raw}\n")
    else:
        repository.add("a.txt", f"token: {raw}\n")
        if place == "history":
            repository.commit()
            repository.git("rm", "-q", "a.txt")
            repository.commit()
        else:
            (repository.folder / "a.txt").unlink()
    fingerprint = hashlib.sha256(raw.encode()).hexdigest()[:12]
    result = account_store("revoke", "--finding", fingerprint, "--yes")
    assert 0 == result.code, result
    assert not account_store.sandbox_state.can_refresh(reveal(grant.refresh))
    assert [] == secrets_shown(result, grant)


def test_a_finding_that_is_not_there(account_store: AccountStore, repository: Repository) -> None:
    result = account_store("revoke", "--finding", "0" * 12, "--yes")
    assert 2 == result.code
    assert "No finding has the fingerprint 000000000000" in result.err
    raw = reveal(make_grant(account_store.sandbox_state, "leaked", GOOGLE).access)
    result = account_store("revoke", "--finding", raw, "--yes")
    assert (2, False) == (result.code, raw in result.err)
    assert 2 == account_store("revoke", "--finding", "0" * 12, "--yes", raw).code
    assert repository.folder.is_dir()


def test_without_a_network_nothing_is_known(account_store: AccountStore) -> None:
    grant = make_grant(account_store.sandbox_state, "leaked", GOOGLE)
    env = {"TOKCHECK_GOOGLE_OAUTH_URL": "http://127.0.0.1:9"}
    result = account_store("revoke", "--yes", reveal(grant.access), **env)
    assert (3, "") == (result.code, result.out)
    assert [] == secrets_shown(result, grant)


@pytest.mark.parametrize("foreign", ["\u0430", "\u2013", "+"])
@pytest.mark.parametrize("client", [FITBIT, GOOGLE], ids=["fitbit", "google"])
def test_the_part_in_front_of_a_foreign_character_is_never_sent(
    account_store: AccountStore, client: Client, foreign: str
) -> None:
    grant = make_grant(account_store.sandbox_state, "leaked", client)
    before = account_store.sandbox_state.request_counts()
    whole = reveal(grant.refresh)
    pasted = f'{{"refresh_token": "{whole[:32]}{foreign}{whole[33:]}"}}'
    words = ("--client-id", client.client_id) if client is FITBIT else ()
    result = account_store(
        "revoke", *words, "--provider", client.provider, "--yes", "-", stdin=pasted
    )
    assert (1, "") == (result.code, result.out)
    assert "contains no whole token: it is malformed" in result.err
    assert before == account_store.sandbox_state.request_counts()
    assert account_store.sandbox_state.can_refresh(whole)


@pytest.mark.parametrize("client", [FITBIT, GOOGLE], ids=["fitbit", "google"])
def test_a_refusal_of_what_may_be_a_part_is_not_called_a_dead_token(
    account_store: AccountStore, client: Client
) -> None:
    grant = make_grant(account_store.sandbox_state, "leaked", client)
    whole = reveal(grant.refresh)
    words = ("--client-id", client.client_id) if client is FITBIT else ()
    result = account_store(
        "revoke", *words, "--provider", client.provider, "--yes", "-",
        stdin=f"refresh_token={whole[:31]}", **_secret_of(client),
    )  # fmt: skip
    assert account_store.sandbox_state.can_refresh(whole)
    assert 0 != result.code
    assert "part" in result.err or "cut off" in result.err, result.err
    assert "was revoked before" not in result.err
    assert "the whole token still works" in result.err


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda whole: f"{whole[:60]}\u0430{whole[61:]}", "contains no whole token"),
        (lambda whole: whole[:60], "the whole token still works"),
    ],
    ids=["foreign", "cut"],
)
def test_a_finding_of_a_part_is_not_revoked_as_the_whole(
    account_store: AccountStore,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    damage: Callable[[str], str],
    words: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    grant = make_grant(account_store.sandbox_state, "leaked", GOOGLE)
    whole = reveal(grant.refresh)
    part = whole[:60]
    (tmp_path / "x").write_text(f"refresh_token={damage(whole)}\n", encoding="utf-8")
    fingerprint = hashlib.sha256(part.encode()).hexdigest()[:12]
    result = account_store("revoke", "--yes", "--finding", fingerprint)
    assert (1, "") == (result.code, result.out), result
    assert words in result.err
    assert account_store.sandbox_state.can_refresh(whole)
