"""Requests of an account's own that are observed: what is in the ledger, and who sent them."""

from bisect import bisect_right
from collections import Counter
from datetime import UTC, datetime
from operator import itemgetter
from pathlib import Path

from tests.support.exporter.simulated_exporter import START, SimulatedExporter
from tokcheck.core.report import Quota
from tokcheck.exporter.ledger import Ledger
from tokcheck.exporter.ledger.selected_ledger import ledger_path
from tokcheck.library.observing.observation_writer import WRITER
from tokcheck.providers.observed.traffic import ObservedQuota, Traffic
from tokcheck.sandbox import SandboxState as Upstream

REMAINING = "tokcheck_quota_remaining_requests"


def read_traffic(home: Path) -> dict[str, Traffic]:
    """Return what the ledger has at the end of a process."""
    WRITER.finish()
    assert WRITER.flush(), "all of them could be written"
    path = ledger_path({"TOKCHECK_HOME": str(home)})
    if not path.exists():
        return {}
    with Ledger(path) as ledger:
        return {each.account: each.traffic for each in ledger.observations(0, 0.0)}


def quota_numbers(traffic: Traffic) -> tuple[str, int | None, int | None]:
    assert traffic.latest is not None
    quota = traffic.latest.quotas[0]
    return quota.window, quota.limit, quota.remaining


class ObservedClient:
    """Sends so many requests an hour, and reports what their responses say.

    The ledger is opened for each batch of reports, as the library's hooks do.
    """

    def __init__(self, upstream: Upstream, token: str, ledger: Path, an_hour: float = 100) -> None:
        self._upstream = upstream
        self._token = next(known for known, _ in upstream.tokens() if known.text == token)
        self._ledger = ledger
        self._every = 3600 / an_hour
        self._next = START
        self.reported: list[tuple[float, int]] = []
        """Each moment, and what was left then."""

    def __call__(self, now: float) -> None:
        latest: ObservedQuota | None = None
        minutes = Counter[int]()
        while self._next <= now:
            window = self._upstream.count_request(self._token)
            reset_at = datetime.fromtimestamp(now + window.reset_in_seconds, UTC)
            quota = Quota("hour", window.limit, window.remaining, reset_at, "headers")
            latest = ObservedQuota(self._next, 200, (quota,))
            minutes[int(self._next // 60)] += 1
            self.reported.append((self._next, window.remaining))
            self._next += self._every
        if latest is not None:
            traffic = Traffic("fitbit", latest, {"2xx": minutes.total()}, minutes)
            with Ledger(self._ledger) as ledger:
                ledger.observe("anna", traffic, now)


class QuotaAges:
    """Lets the client send at each moment, and records for how long the exporter lags behind."""

    def __init__(self, exporter: SimulatedExporter, client: ObservedClient) -> None:
        self._exporter = exporter
        self._client = client
        self.seconds: list[float] = []
        """At each moment: for how long there has been a report newer than the metric's."""

    def __call__(self, now: float) -> None:
        self._client(now)
        observed_at = self._exporter.metric(
            "tokcheck_quota_observed_timestamp_seconds", account="anna"
        )
        if observed_at is not None:  # else what is left is absent: the window has been reset
            newer = bisect_right(self._client.reported, observed_at, key=itemgetter(0))
            moments = [at for at, _ in self._client.reported[newer : newer + 1]]
            self.seconds.append(max((now - at for at in moments), default=0.0))
