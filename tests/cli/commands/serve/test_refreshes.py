"""``tokcheck serve --accounts`` that ends or has company while it refreshes, as processes."""

import signal
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.support.cli.refresh_sandbox import DueStore, SignallingState
from tests.support.cli.serve_process import Serve
from tests.support.exporter.sandbox_store import FITBIT, GOOGLE
from tokcheck.accounts.store import Store
from tokcheck.sandbox import serve_in_thread

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM to handle")


@pytest.fixture
def due_store(serve_env: dict[str, str], home: Path) -> Iterator[DueStore]:
    """A store of the test's own; its grants come from a sandbox that no other test uses."""
    sandbox_state = SignallingState()
    with serve_in_thread(sandbox_state) as sandbox:
        urls = {name: sandbox.url for name in serve_env if name.endswith("_URL")}
        yield DueStore(sandbox_state, home, {**serve_env, **urls})


def test_a_refresh_under_way_at_a_signal_is_written_down_if_its_answer_comes_soon(
    serve: Serve, due_store: DueStore
) -> None:
    grants = due_store.consent("anna", FITBIT), due_store.consent("bo", GOOGLE)
    due_store.sandbox_state.faults.add("slow")
    serving = serve("--accounts", env=due_store.env)
    due_store.sandbox_state.wait(2)
    serving.process.send_signal(signal.SIGTERM)
    assert 0 == serving.wait_for_exit()
    assert due_store.is_settled()
    assert (2, 0, 0) == due_store.sandbox_state.refresh_counts()
    with Store(due_store.home) as store:
        for before, after in zip(grants, store.grants(), strict=True):
            assert before.access.fingerprint != after.access.fingerprint
    assert [] == due_store.find_secrets("".join(serving.log), *grants)


@pytest.mark.parametrize(
    ("number", "code", "fault"),
    [(signal.SIGTERM, 0, "answer-lost"), (signal.SIGKILL, -signal.SIGKILL, "slow")],
    ids=["terminated", "killed"],
)
def test_a_refresh_that_the_end_cuts_off_is_finished_by_the_next_start(
    serve: Serve, due_store: DueStore, number: signal.Signals, code: int, fault: str
) -> None:
    grants = due_store.consent("anna", FITBIT), due_store.consent("bo", GOOGLE)
    due_store.sandbox_state.faults.add(fault)
    serving = serve("--accounts", env=due_store.env)
    due_store.sandbox_state.wait(2)
    serving.process.send_signal(number)
    assert code == serving.wait_for_exit()
    assert not due_store.is_settled(), "the answers were lost"
    due_store.sandbox_state.faults.clear()
    again = serve("--accounts", env=due_store.env)
    again.wait_for_samples(
        'tokcheck_token_valid{provider="fitbit",account="anna"} 1',
        'tokcheck_token_valid{provider="google-health",account="bo"} 1',
        'tokcheck_refresh_total{provider="fitbit",account="anna",result="success"} 1',
        'tokcheck_refresh_total{provider="google-health",account="bo",result="success"} 1',
    )
    again.process.terminate()
    assert 0 == again.wait_for_exit()
    assert due_store.is_settled()
    assert 1 == due_store.sandbox_state.refresh_counts(client_id=FITBIT.client_id).renewed
    assert [] == due_store.find_secrets("".join(serving.log + again.log), *grants)


def test_a_refresh_that_a_killed_exporter_left_is_finished_by_a_command(
    serve: Serve, run: Run, due_store: DueStore
) -> None:
    grants = due_store.consent("anna", FITBIT), due_store.consent("bo", GOOGLE)
    due_store.sandbox_state.faults.add("slow")
    serving = serve("--accounts", env=due_store.env)
    due_store.sandbox_state.wait(2)
    serving.process.kill()
    assert -signal.SIGKILL == serving.wait_for_exit()
    due_store.sandbox_state.faults.clear()
    result = run("accounts", "refresh", "--all", env=due_store.env)
    assert (0, "") == (result.code, result.err)
    assert due_store.is_settled()
    renewed, repeated, _ = due_store.sandbox_state.refresh_counts(client_id=FITBIT.client_id)
    assert (1, 1) == (renewed, repeated), "beside those that were sent away until later"
    assert [] == due_store.find_secrets("".join(serving.log) + result.out, *grants)


def test_two_exporters_over_one_store_refresh_each_grant_once(
    serve: Serve, due_store: DueStore
) -> None:
    people = [account.name for account in due_store.sandbox_state.accounts()[:6]]
    grants = [due_store.consent(person, FITBIT, person) for person in people]
    grants.append(due_store.consent("google", GOOGLE))
    due_store.sandbox_state.gate.clear()
    exporters = [serve("--accounts", env=due_store.env)]
    due_store.sandbox_state.wait(1)
    exporters.append(serve("--accounts", env=due_store.env))
    exporters[1].wait_for("Watching ")  # and it begins, while the first is at work
    due_store.sandbox_state.gate.set()
    due_store.sandbox_state.wait(len(grants) - 1)
    samples = [
        f'tokcheck_token_valid{{provider="{grant.client.provider}",account="{grant.name}"}} 1'
        for grant in grants
    ]
    counted = Counter[str]()
    for one in exporters:
        for line in one.wait_for_samples(*samples).splitlines():
            if line.startswith("tokcheck_refresh_total"):
                labels, _, value = line.rpartition(" ")
                counted[labels.rpartition("result=")[2]] += int(value)
    assert {'"success"}': len(grants), '"refused"}': 0, '"failed"}': 0} == counted
    assert (len(grants), 0, 0) == due_store.sandbox_state.refresh_counts()
    for one in exporters:
        one.process.terminate()
        assert 0 == one.wait_for_exit()
        assert [] == due_store.find_secrets("".join(one.log), *grants)
    assert due_store.is_settled()
