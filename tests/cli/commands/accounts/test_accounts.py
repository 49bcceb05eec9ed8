"""``tokcheck accounts`` as people run it: list, show, refresh, remove."""

import http.server
import json
import os
import re
import signal
import subprocess
import sys
import threading

import pytest
from syrupy.assertion import SnapshotAssertion

from tests.support.cli.account_store import FITBIT, GOOGLE, AccountStore, reveal, secrets_shown
from tokcheck.accounts.grant import Client, Intent
from tokcheck.accounts.store import Store
from tokcheck.accounts.store.locks import AccountLock
from tokcheck.sandbox import FITBIT_PUBLIC_CLIENT

_OTHER = Client("fitbit", FITBIT_PUBLIC_CLIENT, None)


def _replace_varying(text: str) -> str:
    """Replace the texts that differ with every run."""
    text = re.sub(r"\d+ (?:h|min|days?)(?: \d+ (?:h|min|s))?", "TIME", text)
    text = re.sub(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(?::\d\dZ)?", "MOMENT", text)
    text = re.sub(r"\S{0,6}…\S{0,4}", "MASKED", text)
    return re.sub(r"\b[0-9a-f]{12}\b", "FINGERPRINT", text)


def test_a_list_comes_in_pages(account_store: AccountStore) -> None:
    for name in ("a b", "c", "d"):
        account_store.add(name)
    first = account_store("accounts", "list", "--limit", "1")
    assert (0, True, False) == (first.code, "a b" in first.out, "fitbit  c" in first.out)
    command = "tokcheck accounts list --limit 1 --after 'a b'"
    assert f"note: there are more accounts. The next ones: {command}\n" == first.err
    for words, names, following in (
        (["--limit", "2"], ["a b", "c"], "c"),
        (["--limit", "2", "--after", "c"], ["d"], None),
        (["--limit", "3"], ["a b", "c", "d"], None),
        (["--after", "a b"], ["c", "d"], None),
        (["--after", "d"], [], None),
    ):
        page = json.loads(account_store("accounts", "list", "--json", *words).out)
        assert names == [account["name"] for account in page["accounts"]]
        assert following == page["next_after"]
    assert (0, "", "") == account_store("accounts", "list", "--after", "d")
    assert 2 == account_store("accounts", "list", "--limit", "0").code


def test_an_empty_store_prints_the_first_command(account_store: AccountStore) -> None:
    assert (0, "") == account_store("accounts", "list")[:2]
    message = account_store("accounts", "list").err
    assert (
        f"There are no accounts yet in {account_store.folder}. To add one: tokcheck login --help\n"
        == message
    )
    assert [] == json.loads(account_store("accounts", "list", "--json").out)["accounts"]
    assert (0, "", message) == account_store("accounts", "refresh", "--all")


def test_list_and_show_are_whole_and_hold_nothing_secret(
    account_store: AccountStore, snapshot: SnapshotAssertion
) -> None:
    grants = [account_store.add("alex"), account_store.add("participant 12", GOOGLE, left=200_000)]
    for words in (["list"], ["show", "alex"], ["show", "participant 12"]):
        result = account_store("accounts", *words)
        assert (0, "") == (result.code, result.err)
        assert snapshot == _replace_varying(result.out)
        assert [] == secrets_shown(result, *grants)
    for words in (["list", "--json"], ["show", "alex", "--json"]):
        result = account_store("accounts", *words)
        assert "tokcheck.accounts/1" == json.loads(result.out)["schema"]
        assert [] == secrets_shown(result, *grants)


def test_no_command_makes_up_an_account(account_store: AccountStore) -> None:
    account_store.add("sam")
    for words in (["show"], ["refresh"], ["remove", "--yes"], ["export", "--format=google-auth"]):
        result = account_store("accounts", words[0], "alex", *words[1:])
        assert (2, "") == result[:2]
        assert "There is no account 'alex'.\nThe accounts are: sam.\n" in result.err
    assert {} == account_store.sandbox_state.request_counts()


def test_refresh_forces_and_min_ttl_does_not(account_store: AccountStore) -> None:
    old = account_store.add("alex")
    assert "alex: fine" in account_store("accounts", "refresh", "alex", "--min-ttl", "1h").out
    assert 0 == account_store.sandbox_state.refresh_counts().renewed
    result = account_store("accounts", "refresh", "alex")
    assert (0, "") == (result.code, result.err)
    assert re.fullmatch(r"alex: fine, token expires in 7 h 59 min\n", result.out)
    assert [] == secrets_shown(result, old, account_store.grant("alex"))
    assert reveal(old.refresh) != reveal(account_store.grant("alex").refresh)


def test_a_broken_grant_is_not_called_fine_while_its_token_is_valid(
    account_store: AccountStore,
) -> None:
    grant = account_store.add("alex")
    account_store.sandbox_state.revoke_grant(reveal(grant.refresh))
    assert 1 == account_store("accounts", "refresh", "alex").code
    result = account_store("accounts", "refresh", "--all", "--min-ttl", "10m")
    assert 0 == result.code, "no refresh was needed"
    assert result.out.startswith("alex: needs a new login, token expires in ")
    assert result.err.startswith("note: ")
    assert "tokcheck login fitbit --name alex" in result.err
    assert "needs a new login" in account_store("accounts", "list").out


def test_all_are_refreshed_and_the_exit_code_is_the_worst_certain_result(
    account_store: AccountStore,
) -> None:
    grants = [
        account_store.add("alex"),
        account_store.add("kim", GOOGLE),
        account_store.add("sam", _OTHER),
    ]
    assert 0 == account_store("accounts", "refresh", "--all").code
    assert 3 == account_store.sandbox_state.refresh_counts().renewed
    away = account_store(
        "accounts", "refresh", "--all", TOKCHECK_GOOGLE_OAUTH_URL="http://127.0.0.1:9"
    )
    assert 3 == away.code
    assert "kim: " in away.err
    assert account_store.sandbox_state.revoke_grant(reveal(account_store.grant("sam").refresh))
    result = account_store(
        "accounts", "refresh", "--all", TOKCHECK_GOOGLE_OAUTH_URL="http://127.0.0.1:9"
    )
    assert 1 == result.code
    assert "alex: fine" in result.out
    assert "tokcheck login fitbit --name sam" in result.err
    assert "The account sam needs a new login. The Fitbit Web API" in result.err
    assert "sam: " not in result.err
    assert [] == secrets_shown(result, *grants)
    assert "needs a new login" in account_store("accounts", "list").out


def test_an_interrupt_ends_what_waits_and_begins_nothing_more(account_store: AccountStore) -> None:
    for number in range(9):
        account_store.add(f"p-{number}", GOOGLE)
    requested: list[str] = []
    again = threading.Event()

    class Away(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            requested.append(self.path)
            if len(requested) > 4:  # the first four were requested again by now
                again.set()
            self.send_error(503)

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Away) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_address[1]}"
        with subprocess.Popen(
            [sys.executable, "-m", "tokcheck", "accounts", "refresh", "--all"],
            env={**os.environ, **account_store.env, "TOKCHECK_GOOGLE_OAUTH_URL": url},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            assert again.wait(30)
            process.send_signal(signal.SIGINT)
            result = process.communicate(timeout=15)  # it would try for 30 s, and then the others
        server.shutdown()
    assert (130, "", "tokcheck: interrupted\n") == (process.returncode, *result)
    with Store(account_store.folder) as store:
        pending = [account.grant.name for account in store.accounts() if account.intent]
    assert ["p-0", "p-1", "p-2", "p-3"] == pending


@pytest.mark.parametrize("words", [[], ["alex", "--all"]], ids=["nobody", "both"])
def test_refresh_requires_names_or_all(account_store: AccountStore, words: list[str]) -> None:
    account_store.add("alex")
    assert 2 == account_store("accounts", "refresh", *words).code


def test_no_account_is_refreshed_if_a_name_is_wrong(account_store: AccountStore) -> None:
    account_store.add("alex")
    assert 2 == account_store("accounts", "refresh", "alex", "nobody").code
    assert 0 == account_store.sandbox_state.refresh_counts().renewed


@pytest.mark.parametrize("client", [FITBIT, GOOGLE, _OTHER], ids=["fitbit", "google", "public"])
def test_remove_revokes_then_forgets(account_store: AccountStore, client: Client) -> None:
    grant = account_store.add("alex", client)
    result = account_store("accounts", "remove", "alex", "--yes")
    assert (0, "alex: revoked and deleted\n", "") == result
    assert not account_store.sandbox_state.can_refresh(reveal(grant.refresh))
    assert [] == account_store.names()


def test_an_account_that_cannot_be_revoked_is_kept_without_forget(
    account_store: AccountStore,
) -> None:
    grant = account_store.add("alex")
    nowhere = {"TOKCHECK_FITBIT_URL": "http://127.0.0.1:9"}
    result = account_store("accounts", "remove", "alex", "--yes", **nowhere)
    assert (3, "") == result[:2]
    assert "alex could not be revoked" in result.err
    assert "--forget" in result.err
    assert ["alex"] == account_store.names()
    result = account_store("accounts", "remove", "alex", "--yes", "--forget", **nowhere)
    assert (0, "alex: deleted\n") == result[:2]
    assert "keeps its access" in result.err
    assert [] == secrets_shown(result, grant)
    assert [] == account_store.names()
    assert account_store.sandbox_state.can_refresh(reveal(grant.refresh))


def test_a_grant_that_another_account_shares_is_kept(account_store: AccountStore) -> None:
    old, new = account_store.add("old", GOOGLE), account_store.add("new", GOOGLE)
    result = account_store("accounts", "remove", "old", "--yes")
    assert (2, "") == result[:2]
    assert (
        "The account old could not be revoked: it would end the account new as well, which has the "
        "same user and application.\nThe account was kept. To delete it anyway, add --forget.\n"
    ) == result.err
    assert (0, "old: deleted\n") == account_store("accounts", "remove", "old", "--yes", "--forget")[
        :2
    ]
    assert account_store.sandbox_state.can_refresh(reveal(new.refresh))
    assert (0, "new: revoked and deleted\n", "") == account_store(
        "accounts", "remove", "new", "--yes"
    )
    assert not account_store.sandbox_state.can_refresh(reveal(old.refresh))


def test_a_refusal_to_revoke_keeps_the_account(account_store: AccountStore) -> None:
    account_store.put(
        account_store.add("alex")._replace(client=FITBIT._replace(client_id="23NONE"))
    )
    result = account_store("accounts", "remove", "alex", "--yes")
    assert (1, "") == result[:2]
    assert ["alex"] == account_store.names()


def test_a_grant_that_is_dead_already_counts_as_revoked(account_store: AccountStore) -> None:
    account_store.sandbox_state.revoke_grant(reveal(account_store.add("alex").refresh))
    assert 0 == account_store("accounts", "remove", "alex", "--yes").code


def test_a_refresh_that_was_cut_off_leaves_no_consent_behind(account_store: AccountStore) -> None:
    grant = account_store.add("alex")
    assert grant.refresh is not None
    with Store(account_store.folder) as store:
        store.begin("alex", Intent(grant.refresh.fingerprint, grant.obtained_at, "process 1"))
    answered = account_store.sandbox_state.refresh(FITBIT.client_id, reveal(grant.refresh))
    assert answered.refresh is not None
    assert 0 == account_store("accounts", "remove", "alex", "--yes").code
    assert not account_store.sandbox_state.can_refresh(answered.refresh)


def test_a_refresh_is_unfinished_only_if_no_process_is_at_it(account_store: AccountStore) -> None:
    grant = account_store.add("alex")
    assert grant.refresh is not None
    with Store(account_store.folder) as store:
        store.begin("alex", Intent(grant.refresh.fingerprint, grant.obtained_at, "process 1"))
    lock = AccountLock(account_store.folder, "alex")
    for words in (("accounts", "list"), ("accounts", "show", "alex")):
        assert "Finish it: tokcheck accounts refresh alex" in account_store(*words).out
        assert lock.take()
        shown = account_store(*words).out
        lock.release()
        assert " refreshing" in shown
        assert "Finish it" not in shown


def test_without_a_terminal_a_consent_is_revoked_only_with_yes(
    account_store: AccountStore,
) -> None:
    grant = account_store.add("alex")
    result = account_store("accounts", "remove", "alex", stdin="y\n")
    assert 2 == result.code
    assert "--yes" in result.err
    assert account_store.sandbox_state.can_refresh(reveal(grant.refresh))


@pytest.mark.parametrize(("typed", "left"), [("y\r", []), ("n\r", ["alex"]), ("\r", ["alex"])])
def test_a_terminal_gets_a_prompt(account_store: AccountStore, typed: str, left: list[str]) -> None:
    from tests.cli.test_terminal import talk  # noqa: PLC0415 - the one that plays a terminal

    account_store.add("alex")
    _, screen = talk(["accounts", "remove", "alex"], typed, cue="[y/N]", **account_store.env)
    assert "Revoke the consent of alex" in screen
    assert left == account_store.names()


def test_an_account_of_an_unknown_provider_can_be_seen_and_forgotten(
    account_store: AccountStore,
) -> None:
    account_store.put(account_store.add("alex")._replace(client=Client("other", "x", None)))
    assert "other" in account_store("accounts", "show", "alex").out
    assert ["alex"] == account_store.names()
    result = account_store("accounts", "remove", "alex", "--yes")
    assert 3 == result.code
    assert 0 == account_store("accounts", "remove", "alex", "--yes", "--forget").code
    assert [] == account_store.names()


def test_a_damaged_store_is_recovered_and_its_accounts_work(account_store: AccountStore) -> None:
    for name in ("alex", "kim o"):
        account_store.add(name, GOOGLE if name == "kim o" else FITBIT)
    path = account_store.folder / "accounts.sqlite3"
    result = account_store("accounts", "recover")
    assert (0, f"{path} is not damaged; nothing was changed.\n", "") == result
    whole = path.read_bytes()
    path.write_bytes(b"\0" * 100 + whole[100:])
    result = account_store("accounts", "list")
    assert (3, "") == result[:2]
    assert "is damaged, and nothing was changed in it" in result.err
    assert "tokcheck accounts recover" in result.err
    result = account_store("accounts", "recover")
    assert (0, "alex: recovered\nkim o: recovered\n") == result[:2]
    assert "accounts.sqlite3.damaged-" in result.err
    assert "fingerprint" not in result.err, "each secret has one, and was compared with it"
    assert "tokcheck accounts refresh --all" in result.err
    assert [] == secrets_shown(result, account_store.grant("alex"), account_store.grant("kim o"))
    assert 0 == account_store("accounts", "refresh", "--all").code


def test_an_access_token_that_a_recovery_drops_is_named(account_store: AccountStore) -> None:
    grant = account_store.add("kim o")
    path = account_store.folder / "accounts.sqlite3"
    lost = [f"{reveal(grant.access)[:-5]}", f"{reveal(grant.client.secret)[:-5]}"]
    data = path.read_bytes()
    for text in lost:
        data = data.replace(text.encode(), b"0" * len(text))
    path.write_bytes(data)
    result = account_store("accounts", "recover")
    assert 1 == result.code
    assert "kim o: recovered without the secret of its application." in result.out
    assert "Its access token is lost, too" in result.out


def test_what_a_recovery_cannot_read_is_named(account_store: AccountStore) -> None:
    grant = account_store.add("kim o")
    path = account_store.folder / "accounts.sqlite3"
    token = reveal(grant.refresh).encode()
    path.write_bytes(path.read_bytes().replace(token, b"0" * len(token)))
    result = account_store("accounts", "recover")
    assert (
        1,
        "kim o: needs a new login, since its refresh token is lost. "
        "Log in again: tokcheck login fitbit --name 'kim o'\n",
    ) == result[:2]
    assert "needs a new login" in account_store("accounts", "list").out
    path.write_bytes(b"")
    (account_store.folder / "account-1.lock").touch(0o600)
    result = account_store("accounts", "recover")
    assert (1, "") == result[:2]
    assert "No account could be read." in result.err
