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
from tokcheck.accounts.store.store import Store
from tokcheck.sandbox.state.clients import FITBIT_PUBLIC_CLIENT

_OTHER = Client("fitbit", FITBIT_PUBLIC_CLIENT, None)


def _still(text: str) -> str:
    """Replace what every run draws or counts anew."""
    text = re.sub(r"\d+ (?:h|min|days?)(?: \d+ (?:h|min|s))?", "TIME", text)
    text = re.sub(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(?::\d\dZ)?", "MOMENT", text)
    text = re.sub(r"\S{0,6}…\S{0,4}", "MASKED", text)
    return re.sub(r"\b[0-9a-f]{12}\b", "FINGERPRINT", text)


def test_an_empty_store_says_how_to_begin(kept: AccountStore) -> None:
    assert (0, "") == kept("accounts", "list")[:2]
    said = kept("accounts", "list").err
    assert f"There are no accounts yet in {kept.folder}: see tokcheck login --help.\n" == said
    assert [] == json.loads(kept("accounts", "list", "--json").out)["accounts"]
    assert (0, "", said) == kept("accounts", "refresh", "--all")


def test_list_and_show_are_whole_and_hold_nothing_secret(
    kept: AccountStore, snapshot: SnapshotAssertion
) -> None:
    grants = [kept.add("alex"), kept.add("participant 12", GOOGLE, left=200_000)]
    for words in (["list"], ["show", "alex"], ["show", "participant 12"]):
        ended = kept("accounts", *words)
        assert (0, "") == (ended.code, ended.err)
        assert snapshot == _still(ended.out)
        assert [] == secrets_shown(ended, *grants)
    for words in (["list", "--json"], ["show", "alex", "--json"]):
        ended = kept("accounts", *words)
        assert "tokcheck.accounts/1" == json.loads(ended.out)["schema"]
        assert [] == secrets_shown(ended, *grants)


def test_no_command_makes_up_an_account(kept: AccountStore) -> None:
    kept.add("sam")
    for words in (["show"], ["refresh"], ["remove", "--yes"], ["export", "--format=google-auth"]):
        ended = kept("accounts", words[0], "alex", *words[1:])
        assert (2, "") == ended[:2]
        assert "There are: sam." in ended.err
    assert {} == kept.world.request_counts()


def test_refresh_forces_and_min_ttl_does_not(kept: AccountStore) -> None:
    old = kept.add("alex")
    assert "alex: fine" in kept("accounts", "refresh", "alex", "--min-ttl", "1h").out
    assert 0 == kept.world.refresh_counts().renewed
    ended = kept("accounts", "refresh", "alex")
    assert (0, "") == (ended.code, ended.err)
    assert re.fullmatch(r"alex: fine, token expires in 7 h 59 min\n", ended.out)
    assert [] == secrets_shown(ended, old, kept.grant("alex"))
    assert reveal(old.refresh) != reveal(kept.grant("alex").refresh)


def test_all_are_refreshed_and_the_worst_that_is_sure_is_the_code(kept: AccountStore) -> None:
    grants = [kept.add("alex"), kept.add("kim", GOOGLE), kept.add("sam", _OTHER)]
    assert 0 == kept("accounts", "refresh", "--all").code
    assert 3 == kept.world.refresh_counts().renewed
    away = kept("accounts", "refresh", "--all", TOKCHECK_GOOGLE_OAUTH_URL="http://127.0.0.1:9")
    assert 3 == away.code
    assert "kim: " in away.err
    assert kept.world.revoke_grant(reveal(kept.grant("sam").refresh))
    ended = kept("accounts", "refresh", "--all", TOKCHECK_GOOGLE_OAUTH_URL="http://127.0.0.1:9")
    assert 1 == ended.code
    assert "alex: fine" in ended.out
    assert "tokcheck login fitbit --name sam" in ended.err
    assert [] == secrets_shown(ended, *grants)
    assert "needs login" in kept("accounts", "list").out


def test_an_interrupt_ends_what_waits_and_begins_nothing_more(kept: AccountStore) -> None:
    for number in range(9):
        kept.add(f"p-{number}", GOOGLE)
    asked: list[str] = []
    again = threading.Event()

    class Away(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.append(self.path)
            if len(asked) > 4:  # the first four are asked again by now
                again.set()
            self.send_error(503)

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Away) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_address[1]}"
        with subprocess.Popen(
            [sys.executable, "-m", "tokcheck", "accounts", "refresh", "--all"],
            env={**os.environ, **kept.env, "TOKCHECK_GOOGLE_OAUTH_URL": url},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            assert again.wait(30)
            process.send_signal(signal.SIGINT)
            ended = process.communicate(timeout=15)  # it would try for 30 s, and then the others
        server.shutdown()
    assert (130, "", "tokcheck: interrupted\n") == (process.returncode, *ended)
    with Store(kept.folder) as store:
        begun = [standing.grant.name for standing in store.accounts() if standing.intent]
    assert ["p-0", "p-1", "p-2", "p-3"] == begun


@pytest.mark.parametrize("words", [[], ["alex", "--all"]], ids=["nobody", "both"])
def test_whom_to_refresh_has_to_be_said(kept: AccountStore, words: list[str]) -> None:
    kept.add("alex")
    assert 2 == kept("accounts", "refresh", *words).code


def test_no_account_is_refreshed_if_another_name_is_wrong(kept: AccountStore) -> None:
    kept.add("alex")
    assert 2 == kept("accounts", "refresh", "alex", "nobody").code
    assert 0 == kept.world.refresh_counts().renewed


@pytest.mark.parametrize("client", [FITBIT, GOOGLE, _OTHER], ids=["fitbit", "google", "public"])
def test_remove_revokes_then_forgets(kept: AccountStore, client: Client) -> None:
    grant = kept.add("alex", client)
    ended = kept("accounts", "remove", "alex", "--yes")
    assert (0, "alex: revoked and deleted\n", "") == ended
    assert not kept.world.can_refresh(reveal(grant.refresh))
    assert [] == kept.names()


def test_what_cannot_be_revoked_is_kept_unless_it_is_to_be_forgotten(kept: AccountStore) -> None:
    grant = kept.add("alex")
    nowhere = {"TOKCHECK_FITBIT_URL": "http://127.0.0.1:9"}
    ended = kept("accounts", "remove", "alex", "--yes", **nowhere)
    assert (3, "") == ended[:2]
    assert "alex could not be revoked" in ended.err
    assert "--forget" in ended.err
    assert ["alex"] == kept.names()
    ended = kept("accounts", "remove", "alex", "--yes", "--forget", **nowhere)
    assert (0, "alex: deleted\n") == ended[:2]
    assert "keeps its access" in ended.err
    assert [] == secrets_shown(ended, grant)
    assert [] == kept.names()
    assert kept.world.can_refresh(reveal(grant.refresh))


def test_a_consent_that_another_account_lives_on_is_kept(kept: AccountStore) -> None:
    old, new = kept.add("old", GOOGLE), kept.add("new", GOOGLE)
    ended = kept("accounts", "remove", "old", "--yes")
    assert (2, "") == ended[:2]
    assert (
        "old could not be revoked: it would end the account new as well, which has the same "
        "user and application.\nThe account was kept. To delete it anyway, add --forget.\n"
    ) == ended.err
    assert (0, "old: deleted\n") == kept("accounts", "remove", "old", "--yes", "--forget")[:2]
    assert kept.world.can_refresh(reveal(new.refresh))
    assert (0, "new: revoked and deleted\n", "") == kept("accounts", "remove", "new", "--yes")
    assert not kept.world.can_refresh(reveal(old.refresh))


def test_a_refusal_to_revoke_keeps_the_account(kept: AccountStore) -> None:
    kept.put(kept.add("alex")._replace(client=FITBIT._replace(client_id="23NONE")))
    ended = kept("accounts", "remove", "alex", "--yes")
    assert (1, "") == ended[:2]
    assert ["alex"] == kept.names()


def test_a_grant_that_is_dead_already_counts_as_revoked(kept: AccountStore) -> None:
    kept.world.revoke_grant(reveal(kept.add("alex").refresh))
    assert 0 == kept("accounts", "remove", "alex", "--yes").code


def test_a_refresh_that_was_cut_off_leaves_no_consent_behind(kept: AccountStore) -> None:
    grant = kept.add("alex")
    assert grant.refresh is not None
    with Store(kept.folder) as store:
        store.begin("alex", Intent(grant.refresh.fingerprint, grant.obtained_at, "process 1"))
    answered = kept.world.refresh(FITBIT.client_id, reveal(grant.refresh))
    assert answered.refresh is not None
    assert 0 == kept("accounts", "remove", "alex", "--yes").code
    assert not kept.world.can_refresh(answered.refresh)


def test_without_a_terminal_a_consent_is_ended_only_if_that_is_meant(kept: AccountStore) -> None:
    grant = kept.add("alex")
    ended = kept("accounts", "remove", "alex", stdin="y\n")
    assert 2 == ended.code
    assert "--yes" in ended.err
    assert kept.world.can_refresh(reveal(grant.refresh))


@pytest.mark.parametrize(("typed", "left"), [("y\r", []), ("n\r", ["alex"]), ("\r", ["alex"])])
def test_a_terminal_is_asked(kept: AccountStore, typed: str, left: list[str]) -> None:
    from tests.cli.test_terminal import talk  # noqa: PLC0415 - the one that plays a terminal

    kept.add("alex")
    _, screen = talk(["accounts", "remove", "alex"], typed, cue="[y/N]", **kept.env)
    assert "Revoke the consent of alex" in screen
    assert left == kept.names()


def test_an_account_of_an_unknown_provider_can_be_seen_and_forgotten(kept: AccountStore) -> None:
    kept.put(kept.add("alex")._replace(client=Client("other", "x", None)))
    assert "other" in kept("accounts", "show", "alex").out
    assert ["alex"] == kept.names()
    ended = kept("accounts", "remove", "alex", "--yes")
    assert 3 == ended.code
    assert 0 == kept("accounts", "remove", "alex", "--yes", "--forget").code
    assert [] == kept.names()
