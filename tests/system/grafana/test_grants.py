"""Grants in every state, refreshed by the real exporter, as Prometheus scrapes them."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.support.exporter.sandbox_store import FITBIT, consented_grant, put
from tests.support.grafana import monitoring_stack
from tests.support.grafana.dashboard_queries import run_query, select_accounts
from tests.support.grafana.grafana_files import FOLDER, queries
from tests.support.grafana.monitoring_stack import Prometheus, alertmanager_alerts, wait_until
from tokcheck.accounts.grant import Client
from tokcheck.core.secret import Secret
from tokcheck.sandbox import GOOGLE_SECRET, GOOGLE_TESTING_CLIENT, SandboxState
from tokcheck.sandbox import serve_in_thread as sandboxing

_EXAMPLE = FOLDER / "alertmanager" / "alertmanager.yml"
_TESTING = Client("google-health", GOOGLE_TESTING_CLIENT, Secret(GOOGLE_SECRET))
_HOUR, _DAY = 3600.0, 86_400.0


class ShiftedClock:
    """A clock that can be set back, for consents in the past."""

    def __init__(self) -> None:
        self.ago = 0.0

    def now(self) -> float:
        return time.time() - self.ago


@pytest.fixture
def clock() -> ShiftedClock:
    return ShiftedClock()


@pytest.fixture
def sandbox_state(clock: ShiftedClock) -> SandboxState:
    return SandboxState(now=clock.now)


@contextmanager
def _exporter(home: Path, url: str) -> Iterator[str]:
    """Run ``tokcheck serve --accounts`` over a sandbox; give the instance."""
    names = ("FITBIT_URL", "GOOGLE_HEALTH_URL", "GOOGLE_OAUTH_URL")
    variables = {f"TOKCHECK_{name}": url for name in names} | {"TOKCHECK_HOME": str(home)}
    with subprocess.Popen(
        [sys.executable, "-m", "tokcheck", "serve", "--accounts", "--listen", "127.0.0.1:0"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | variables,
    ) as process:
        try:
            assert process.stderr is not None
            line = next(line for line in process.stderr if "Listening on" in line)
            yield line.split("//")[-1].strip()
        finally:
            process.terminate()
            process.communicate(timeout=20)


def test_alerts_and_panels_show_the_state_of_a_grant(
    sandbox_state: SandboxState, clock: ShiftedClock, tmp_path: Path
) -> None:
    home = tmp_path / "home"

    def store(name: str, client: Client, person: str, *, ago: float = 0) -> None:
        """Store a grant with a consent ``ago`` seconds in the past."""
        clock.ago = ago
        put(home, consented_grant(sandbox_state, client, name, account=person))
        clock.ago = 0

    store("healthy", FITBIT, "alex")
    store("testing", _TESTING, "bo")
    store("failing", FITBIT, "drawer")
    store("revoked", FITBIT, "nodevices", ago=9 * _HOUR)
    sandbox_state.grants.revoke("nodevices", FITBIT.client_id)
    with (
        ExitStack() as up,
        monitoring_stack.alertmanager(_EXAMPLE, tmp_path) as address,
        _exporter(home, up.enter_context(sandboxing(sandbox_state)).url) as instance,
        monitoring_stack.prometheus(instance, tmp_path, alertmanager=address) as prometheus,
    ):
        # Refused before the first scrape: no counter has increased since, and yet it is known.
        fired = {"TokcheckGrantBroken", "TokcheckTokenExpired", "TokcheckTokenRefused"}
        wait_until(
            lambda: fired == _firing_alerts(prometheus, "revoked"),
            "the revoked grant has fired its alerts",
        )
        assert set() == _firing_alerts(prometheus, "testing")
        assert 6.9 * _DAY < _column(prometheus, "B")["testing"] <= 7 * _DAY
        assert {"healthy", "failing", "testing", "revoked"} == set(_column(prometheus, "D"))

        # Six days pass for a consent; a token comes to its end while the provider is down.
        up.close()
        store("testing", _TESTING, "bo", ago=6 * _DAY)
        store("failing", FITBIT, "drawer", ago=8 * _HOUR - 120)
        ends = {"TokcheckGrantEndsSoon"}
        wait_until(lambda: ends <= _firing_alerts(prometheus, "testing"), "a consent ends in a day")
        failing = {"TokcheckRefreshFailing", "TokcheckTokenExpiresSoon"}
        wait_until(lambda: failing == _firing_alerts(prometheus, "failing"), "its refresh fails")
        left = _column(prometheus, "B")
        assert 0.9 * _DAY < left["testing"] <= _DAY
        assert left["revoked"] < 0
        assert {"testing", "revoked"} == set(left), "the others have no known end"
        assert 0 < _column(prometheus, "C")["failing"] < 120
        assert 0 < _column(prometheus, "F")["failing"]
        assert "2" == _query(prometheus, "Logins needed")[0]["value"][1]
        drawn = {
            row["metric"]["result"] for row in _query(prometheus, "Grants: refreshes by result")
        }
        assert {"success", "refused", "failed"} == drawn

        # And of each cause there is one message.
        wanted = {("TokcheckRefreshFailing", "failing"), *((name, "revoked") for name in fired)}
        wait_until(lambda: wanted <= set(alertmanager_alerts(address)), f"{wanted} at Alertmanager")
        for name in fired - {"TokcheckGrantBroken"}:
            assert [("TokcheckGrantBroken", "revoked")] == _inhibited_by(address, name, "revoked")
        assert [] == _inhibited_by(address, "TokcheckGrantBroken", "revoked")
        assert [] == _inhibited_by(address, "TokcheckRefreshFailing", "failing")

        # New tokens fix both.
        store("revoked", FITBIT, "nodevices")
        store("failing", FITBIT, "drawer")
        wait_until(lambda: set() == _firing_alerts(prometheus, "failing"), "its new token is fine")
        wait_until(
            lambda: "revoked" not in _column(prometheus, "B"), "the new grant has no known end"
        )
        assert set() == _firing_alerts(prometheus, "healthy")


def test_a_grant_that_ends_before_the_first_scrape_fires_for_its_end(
    sandbox_state: SandboxState, clock: ShiftedClock, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    clock.ago = 7 * _DAY + _HOUR
    put(home, consented_grant(sandbox_state, _TESTING, "ended", account="bo"))
    clock.ago = 0
    with (
        sandboxing(sandbox_state) as sandbox,
        _exporter(home, sandbox.url) as instance,
        monitoring_stack.prometheus(instance, tmp_path) as prometheus,
    ):
        fired = {"TokcheckGrantBroken", "TokcheckTokenExpired", "TokcheckTokenRefused"}
        wait_until(
            lambda: fired == _firing_alerts(prometheus, "ended"),
            "the ended grant has fired its alerts",
        )
        assert -_HOUR - 60 < _column(prometheus, "B")["ended"] <= -_HOUR, "as the provider reported"


def _firing_alerts(prometheus: Prometheus, account: str) -> set[str]:
    rows = prometheus.now(f'ALERTS{{alertstate="firing", account="{account}"}}')
    return {row["metric"]["alertname"] for row in rows}


def _query(prometheus: Prometheus, panel: str, ref: str = "A") -> list[dict[str, Any]]:
    """Return the result of a panel's expression."""
    (one,) = [one for one in queries() if one[:2] == (panel, ref)]
    return run_query(prometheus, one, select_accounts(prometheus))


def _column(prometheus: Prometheus, ref: str) -> dict[str, float]:
    """Return each account's value in a column of the dashboard's table of grants."""
    rows = _query(prometheus, "Grants: when they end", ref)
    return {row["metric"]["account"]: float(row["value"][1]) for row in rows}


def _inhibited_by(address: str, name: str, account: str) -> list[tuple[str, str]]:
    alerts = alertmanager_alerts(address)
    by = {alert["fingerprint"]: key for key, alert in alerts.items()}
    return [by[one] for one in alerts[name, account]["status"]["inhibitedBy"]]
