"""Several processes and one grant: one refreshes, the others wait and use the new token."""

import subprocess
import sys
from math import inf
from pathlib import Path

import pytest

from tests.accounts.conftest import MakeRefresher, OpenStore
from tests.support.accounts.fake_token_endpoint import FakeClock, FakeTokenEndpoint
from tests.support.accounts.kill_run import FITBIT, GOOGLE, fill, unlimited_state
from tests.support.paths import ROOT
from tokcheck.accounts.errors import StoreError
from tokcheck.accounts.grant import Client
from tokcheck.accounts.refresh.refresher import holder_name
from tokcheck.accounts.store import Store
from tokcheck.accounts.store.grant_store import GrantStore
from tokcheck.providers import REGISTRY
from tokcheck.sandbox import serve_in_thread

PROGRAM = """
import pathlib, sys
from math import inf
from tests.support.accounts.kill_harness import NO_CERTIFICATES, endpoints
from tokcheck.accounts.refresh.refresher import Refresher
from tokcheck.accounts.store.sqlite.store import Store
from tokcheck.transport import Net
from tokcheck.providers import REGISTRY
url, folder, name, min_ttl = sys.argv[1:]
with Net(endpoints(url), timeout=10, pause=None, verify=NO_CERTIFICATES) as net:
    with Store(pathlib.Path(folder)) as store:
        refresher = Refresher(store, REGISTRY, net.send)
        print("ready", flush=True)
        sys.stdin.readline()
        print(refresher.fresh_grant(name, float(min_ttl)).access.fingerprint)
"""


@pytest.mark.parametrize("client", [FITBIT, GOOGLE], ids=lambda client: client.provider)
def test_many_processes_send_one_request(folder: Path, client: Client) -> None:
    people = unlimited_state()
    with Store(folder) as store:
        fill(store, people, client, 1)
        name = store.grants()[0].name
        with serve_in_thread(people) as sandbox:
            started = [
                subprocess.Popen(
                    [sys.executable, "-c", PROGRAM, sandbox.url, str(folder), name, "300"],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    cwd=ROOT,
                    text=True,
                )
                for _ in range(4)
            ]
            for process in started:
                assert process.stdout is not None
                assert "ready\n" == process.stdout.readline()
            # All start at once; those that are late find the work done.
            for process in started:
                assert process.stdin is not None
                process.stdin.write("\n")
                process.stdin.flush()
            printed = [process.communicate(timeout=600)[0].strip() for process in started]
        assert {store.grant(name).access.fingerprint} == set(printed)
        assert (1, 0, 0) == people.refresh_counts()


def test_a_waiting_process_uses_the_new_token_of_the_other(
    store: GrantStore,
    token_endpoint: FakeTokenEndpoint,
    clock: FakeClock,
    make_refresher: MakeRefresher,
    open_store: OpenStore,
) -> None:
    store.put(token_endpoint.grant("kim", left=0))
    with open_store() as elsewhere:
        other = elsewhere.lock("kim")
        assert other.take()
        pause = clock.pause

        def meanwhile(seconds: float) -> None:
            pause(seconds)
            if len(clock.pauses) == 3:
                new = token_endpoint.grant("kim", left=60)
                elsewhere.put(new)
                other.release()

        clock.pause = meanwhile  # type: ignore[method-assign] # the other process at work
        grant = make_refresher(store).fresh_grant("kim", inf)
    assert [] == token_endpoint.requests
    assert clock.now() + 60 == grant.expires_at
    assert [0.02, 0.04, 0.08] == clock.pauses


def test_waiting_too_long_is_an_error(
    store: GrantStore,
    token_endpoint: FakeTokenEndpoint,
    clock: FakeClock,
    make_refresher: MakeRefresher,
    open_store: OpenStore,
) -> None:
    store.put(token_endpoint.grant("kim", left=0))
    with open_store() as elsewhere:
        other = elsewhere.lock("kim")
        assert other.take()
        with pytest.raises(StoreError, match="in use by another process"):
            make_refresher(store, patience=5.0).fresh_grant("kim", 0)
        assert sum(clock.pauses) <= 5.0
        assert [] == token_endpoint.requests
        other.release()


@pytest.mark.parametrize(("provider", "title"), [(p.name, p.title) for p in REGISTRY.values()])
def test_waiting_for_a_silent_provider_names_the_account_the_process_and_the_provider(
    store: GrantStore,
    token_endpoint: FakeTokenEndpoint,
    make_refresher: MakeRefresher,
    provider: str,
    title: str,
    open_store: OpenStore,
) -> None:
    store.put(token_endpoint.grant("kim o", left=0, provider=provider))
    waiting: list[StoreError] = []

    def wait_as_another_process() -> None:
        with open_store() as elsewhere, pytest.raises(StoreError) as caught:
            make_refresher(elsewhere, patience=5.0).fresh_grant("kim o", 0)
        waiting.append(caught.value)

    token_endpoint.before = wait_as_another_process
    make_refresher(store).fresh_grant("kim o", 0)
    (error,) = waiting
    process = holder_name(shared=store.is_shared)
    assert (
        f"The account kim o is being refreshed by another process ({process}, since 2026-05-28 "
        f"20:26 UTC), which waits for a response of the {title}." == error.message
    )
    assert error.hint.endswith("Then run: tokcheck accounts refresh 'kim o'")
    assert 1 == len(token_endpoint.requests)


def test_a_token_that_is_still_valid_needs_no_waiting(
    store: GrantStore,
    token_endpoint: FakeTokenEndpoint,
    clock: FakeClock,
    make_refresher: MakeRefresher,
    open_store: OpenStore,
) -> None:
    grant = token_endpoint.grant("kim", left=100)
    store.put(grant)
    token_endpoint.before = lambda: found.append(
        make_refresher(other).fresh_grant("kim", 50).access.fingerprint
    )
    found: list[str] = []
    with open_store() as other:
        make_refresher(store).fresh_grant("kim", 300)
    assert [grant.access.fingerprint] == found
    assert ([], 1) == (clock.pauses, len(token_endpoint.requests))


def test_a_lock_ends_with_its_process(
    folder: Path, token_endpoint: FakeTokenEndpoint, make_refresher: MakeRefresher
) -> None:
    store = Store(folder)
    store.put(token_endpoint.grant("kim", left=0))
    program = (
        "import os, pathlib, signal, sys\n"
        "from tokcheck.accounts.store.locks import AccountLock\n"
        "assert AccountLock(pathlib.Path(sys.argv[1]), 'kim').take()\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    ended = subprocess.run([sys.executable, "-c", program, str(store.folder)], check=False)
    assert -9 == ended.returncode
    assert token_endpoint.would_refresh(make_refresher(store).fresh_grant("kim", 0))
    store.close()
