"""The real exporter over the sandbox, scraped by a real Prometheus, fills the dashboard."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from grafana.details import OBSERVED
from grafana.upkeep import GRANTS
from tests.support.grafana import monitoring_stack
from tests.support.grafana.dashboard_queries import empty_panels, run_queries, select_accounts
from tests.support.grafana.monitoring_stack import wait_until
from tokcheck.exporter.metrics import FAMILIES

_DEADLINE_SECONDS = 90


@contextmanager
def demo() -> Iterator[str]:
    """Run the demo's exporter, with accounts in use; yield its instance."""
    with subprocess.Popen(
        [sys.executable, "-m", "tokcheck", "demo"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    ) as process:
        try:
            assert process.stdout is not None
            addresses = (
                re.search(r"for Prometheus +http://(\S+)/metrics", line) for line in process.stdout
            )
            yield next(found[1] for found in addresses if found is not None)
        finally:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=20)


# No program of the demo reports requests of its own, and all of its accounts can be refreshed.
_NOT_IN_THE_DEMO = {
    "tokcheck_observed_requests_total",
    "tokcheck_refresh_broken_timestamp_seconds",
}
_EMPTY_PANELS = {f"{OBSERVED}, A", f"{GRANTS}, G"}


def test_the_demo_fills_every_panel(tmp_path: Path) -> None:
    with demo() as instance, monitoring_stack.prometheus(instance, tmp_path) as prometheus:
        left: list[str] = []

        def has_no_gap() -> bool:
            empty = empty_panels(run_queries(prometheus, select_accounts(prometheus)))
            left[:] = [panel for panel in empty if panel not in _EMPTY_PANELS]
            left.extend(
                one.name
                for one in FAMILIES
                if one.name not in _NOT_IN_THE_DEMO and not prometheus.now(one.name)
            )
            return not left

        wait_until(has_no_gap, "every panel has an answer", _DEADLINE_SECONDS, left)
