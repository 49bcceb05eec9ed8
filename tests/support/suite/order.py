"""The order in which the tests start: what takes long comes first, spread over all workers.

xdist gives each worker a share of the tests as they stand, and an idle worker takes what another
one has at its end. A test of many seconds there runs alone, while the other workers have ended.
"""

from collections.abc import Callable, Sequence
from typing import TypeVar

Item = TypeVar("Item")

# Files or folders below tests/. Those of the first worker mostly wait: for a Prometheus that has
# to scrape twice, for processes that are killed, for timeouts. Meanwhile the others compute.
WAITING = (
    "system/grafana/test_live.py",
    "system/grafana/test_exporter.py",
    "system/grafana/test_alertmanager.py",
    "system/grafana/test_google_project.py",
    "system/grafana/test_grants.py",
    "system/grafana/test_provisioning.py",
    "accounts/refresh/test_kills.py",
    "cli/commands/serve/test_refreshes.py",
)
# Single tests of these take seconds of the processor; the longest come first.
LONG = (
    "scan/test_published_hooks.py",
    "accounts/recovery",
    "system/docs",
    "paste/wrapping",
    "system/attack/test_fuzzers.py",
    "accounts/refresh/test_crashes.py",
    "system/attack/test_answers.py",
    "core/test_redact_pieces.py",
    "exporter/engine",
    "system/attack/test_growth.py",
    "accounts/login/test_browser.py",
    "sandbox/test_oauth_browser.py",
    "exporter/web/page",
    "system/attack/test_every_option.py",
)


def spread(items: Sequence[Item], path_of: Callable[[Item], str], workers: int) -> list[Item]:
    """Return the items so that the share of each worker begins with its part of the long ones.

    ``path_of`` returns an item's file below tests/. Those of one entry stay together, because they
    share fixtures.
    """
    fronts: list[list[Item]] = [[] for _ in range(workers)]
    others = range(min(1, workers - 1), workers)
    groups: dict[str, list[Item]] = {entry: [] for entry in (*WAITING, *LONG)}
    rest: list[Item] = []
    for item in items:
        entry = _entry_of(path_of(item))
        (rest if entry is None else groups[entry]).append(item)
    for entry in WAITING:
        fronts[0] += groups[entry]
    for number, entry in enumerate(LONG):
        fronts[others[number % len(others)]] += groups[entry]
    ordered: list[Item] = []
    for number, front in enumerate(fronts):
        # As xdist divides: each takes its part of what is left.
        share = (len(items) - len(ordered)) // (workers - number)
        taken = max(0, share - len(front))
        ordered += [*front, *rest[:taken]]
        del rest[:taken]
    return [*ordered, *rest]


def _entry_of(path: str) -> str | None:
    entries = (*WAITING, *LONG)
    return next((one for one in entries if path == one or path.startswith(f"{one}/")), None)
