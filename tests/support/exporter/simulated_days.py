"""Simulated days of an exporter: a fake upstream, fake clocks and a real ledger.

True time is what happens; the upstream's clock and the exporter's own may each differ from it.
"""

import heapq
import itertools
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from random import Random

from tests.support.tokens import NOW, fitbit
from tokcheck.checks import Checker
from tokcheck.core.errors import NetError
from tokcheck.core.flow import drive
from tokcheck.core.secret import Secret
from tokcheck.exporter.ledger import Ledger
from tokcheck.exporter.scheduling import planner
from tokcheck.exporter.scheduling.clock import SetBackDetector
from tokcheck.exporter.sources import Account, Policy, VariableSource, WatchedAccount
from tokcheck.exporter.state import AccountState, SkipReason, source_change, transitions
from tokcheck.providers import REGISTRY
from tokcheck.providers.base import Provider, Request, Response

START = NOW.timestamp()
HOUR = 3600.0
DAY = 24 * HOUR
LIMIT = 150
PACE = REGISTRY["fitbit"].pace
_STEP = 20.0
_POLICY = Policy()
_LIST = [{"deviceVersion": "Charge 5", "battery": "High", "batteryLevel": 90}]
TOKEN = fitbit(exp=int(START) + 90 * 86_400)

Rate = Callable[[float], float]


def idle_rate(true: float) -> float:  # noqa: ARG001 - no other client sends requests
    return 0.0


def steady_rate(true: float) -> float:  # noqa: ARG001 - always the same
    return 40 / HOUR


def burst_rate(true: float) -> float:
    """Use up an hour's requests within half an hour, in two hours out of every six."""
    return 300 / HOUR if true // HOUR % 6 < 2 else 0.0


def exhausting_rate(true: float) -> float:  # noqa: ARG001 - always the same
    return 1000 / HOUR


@dataclass
class Upstream:
    """A server that allows 150 requests in each hour of its own clock.

    ``ahead`` is by how many seconds that clock is ahead of true time, ``rate`` the requests a
    second of other clients at a true time, ``status`` the status of a response if the quota does
    not decide it; 0 means no response.
    """

    ahead: float = 0.0
    rate: Rate = idle_rate
    status: Callable[[float], int | None] = lambda true: None  # noqa: ARG005 - by the quota
    requests: list[float] = field(default_factory=list)
    answered: list[tuple[float, int]] = field(default_factory=list)
    _window: float = -1.0
    _used: float = 0.0
    _at: float = START

    def answer(self, true: float) -> Response:
        self.requests.append(true)
        self._advance(true)
        status = self.status(true)
        if status == 0:
            raise NetError("timeout", "no answer came in time", reached=True)
        if status is None:
            status = 200 if self._used + 1 <= LIMIT else 429
            self._used = min(LIMIT, self._used + 1)
        self.answered.append((true, status))
        return self._response(true, status)

    def _advance(self, true: float) -> None:
        while self._at <= true:
            window = (self._at + self.ahead) // HOUR
            if window != self._window:
                self._window, self._used = window, 0.0
            self._used = min(LIMIT, self._used + self.rate(self._at) * _STEP)
            self._at += _STEP

    def _response(self, true: float, status: int) -> Response:
        clock = true + self.ahead
        headers = {
            "date": format_datetime(datetime.fromtimestamp(clock, UTC), usegmt=True),
            "fitbit-rate-limit-limit": str(LIMIT),
            "fitbit-rate-limit-remaining": str(int(LIMIT - self._used)),
            "fitbit-rate-limit-reset": str(int(HOUR - clock % HOUR) + 1),
        }
        kind = {401: "invalid_token", 429: "rate_limit"}.get(status)
        body = _LIST if status == 200 else {"errors": [{"errorType": kind, "message": "no"}]}
        quota_headers = headers if status in {200, 429} else {}
        received = datetime.fromtimestamp(true, UTC)
        return Response(status, quota_headers, json.dumps(body).encode(), received)


@dataclass
class SimulatedProcess:
    """One exporter; ``skew`` is by how many seconds its clock is ahead of true time."""

    upstream: Upstream
    folder: Path
    names: Sequence[str] = ("anna",)
    random: Random = field(default_factory=lambda: Random(1))
    skew: Callable[[float], float] = lambda true: 0.0  # noqa: ARG005 - the right time
    policy: Policy = _POLICY
    killed: float = 0.0  # the probability that a probe ends with the process being killed
    steady: bool = False
    token: str = TOKEN
    true: float = START
    replans: int = 0
    states: dict[str, AccountState] = field(default_factory=dict)
    wakes: list[tuple[float, str]] = field(default_factory=list)
    """When each account is considered again, by the exporter's own clock."""

    def start(self, true: float) -> None:
        """Start, or restart with only what the ledger holds."""
        self.true = true
        clock = (lambda: self.true) if self.steady else None
        self.ledger = Ledger(self.folder / "ledger.sqlite", steady=clock)
        self.states, self.wakes, self._set_back = {}, [], SetBackDetector()
        for name in self.names:
            known = self.ledger.read_state(name, self._watched_account(name).version)
            self.states[name] = self._apply_offline_check(
                source_change.apply_source(known, self._watched_account(name))
            )
            self._plan(name)

    def stop(self) -> None:
        self.ledger.__exit__(None, None, None)

    def reload(self, token: str | None = None) -> None:
        """Read the accounts again, perhaps with a new token."""
        self.token = token or self.token
        self.wakes = []
        for name in self.names:
            state = source_change.apply_source(self.states[name], self._watched_account(name))
            self.states[name] = self._apply_offline_check(state)
            self._plan(name)

    def next_turn(self) -> float:
        """Return the true time of the next turn: an exporter never waits for over a minute."""
        return self.true + min(60.0, max(0.0, self.wakes[0][0] - self.now()))

    def run_turn(self) -> None:
        """Run the due probe; plan all of them again if the clock was set back."""
        self.true = self.next_turn()
        if self._set_back.observe(self.now()):
            self.replans += 1
            self.wakes = []
            for name in self.names:
                account = self._watched_account(name)
                self.states[name] = source_change.apply_source(
                    self.states[name], account, self.now()
                )
                self._plan(name)
        if self.wakes[0][0] <= self.now():
            self._wake(heapq.heappop(self.wakes)[1])

    def _wake(self, name: str) -> None:
        """Do what an account's wake is for."""
        state = transitions.advance_time(self.states[name], self.now())
        spent = self.ledger.recent_spend(state.subject, HOUR, self.now())
        found = planner.find_skip(state, PACE, self.policy, spent, self.now())
        skip = None if found is None else found.reason
        ticket = None
        if skip is None:
            limit = state.quota[0].limit if state.quota else None
            allowed = planner.budget(PACE, self.policy, limit)
            ticket = self.ledger.take(state.subject, 1, allowed, HOUR, self.now())
            skip = SkipReason.BUDGET if ticket is None else None
        if skip is not None or ticket is None:
            self.states[name] = transitions.count_skip(state, skip or SkipReason.BUDGET)
            self._plan(name)
            return
        self.true += self.random.uniform(0.05, 8)
        report = drive(self._checker().flow(self.token), self._send)
        if self.random.random() < self.killed:
            self.stop()
            self.start(self.true + 5)
            return
        used = report.probe.requests if report.probe else 0
        self.ledger.settle(ticket, used, now=self.now())
        self.states[name] = transitions.apply_report(state, report, self.now())
        self._plan(name)

    def now(self) -> float:
        return self.true + self.skew(self.true)

    def _plan(self, name: str) -> None:
        state = transitions.advance_time(self.states[name], self.now())
        spent = self.ledger.recent_spend(state.subject, HOUR, self.now())
        wake = planner.plan_next_probe(
            state, PACE, self.policy, spent, self.now(), self.random, among=len(self.names)
        )
        assert wake.at >= self.now()
        self.states[name] = transitions.apply_plan(state, wake)
        self.ledger.remember(self.states[name])
        heapq.heappush(self.wakes, (wake.at, name))

    def _apply_offline_check(self, state: AccountState) -> AccountState:
        """Apply what the token's text shows without a request."""
        report = drive(self._checker().flow(self.token, offline=True), self._send)
        return transitions.apply_report(state, report, self.now())

    def _watched_account(self, name: str) -> WatchedAccount:
        account = Account(name, VariableSource("T"), "fitbit", policy=self.policy)
        secret = Secret(self.token)
        return WatchedAccount(account, secret, secret.fingerprint)

    def _checker(self) -> Checker:
        now = datetime.fromtimestamp(self.now(), UTC)
        return Checker(REGISTRY, now=lambda: now, timer=lambda: self.true)

    def _send(self, request: tuple[Provider, Request]) -> Response:
        assert request[1].method == "GET"
        received = datetime.fromtimestamp(self.now(), UTC)
        return self.upstream.answer(self.true)._replace(received_at=received)


def run(
    processes: Sequence[SimulatedProcess],
    seconds: float,
    events: Sequence[tuple[float, Callable[[], None]]] = (),
) -> None:
    """Run the processes for ``seconds``; ``events`` happen at seconds from the start."""
    for process in processes:
        process.start(START + process.random.uniform(0, 5))
    coming = sorted(events, key=lambda event: event[0])
    while True:
        process = min(processes, key=SimulatedProcess.next_turn)
        at = process.next_turn()
        if coming and START + coming[0][0] <= at:
            moment, happens = coming.pop(0)
            for one in processes:
                one.true = max(one.true, START + moment)
            happens()
        elif at > START + seconds:
            break
        else:
            process.run_turn()
    for process in processes:
        process.stop()


def restart_event(process: SimulatedProcess) -> Callable[[], None]:
    """Return the event of a process that is stopped and started."""

    def restart() -> None:
        process.stop()
        process.start(process.true)

    return restart


def worst_stretch(moments: Sequence[float], seconds: float = HOUR) -> int:
    """Return the most requests in any period of ``seconds``."""
    moments = sorted(moments)
    return max(
        (sum(at < moment + seconds for at in moments[i:]) for i, moment in enumerate(moments)),
        default=0,
    )


def worst_window(upstream: Upstream) -> int:
    """Return the most requests in any of the upstream's own windows."""
    windows = [(at + upstream.ahead) // HOUR for at in upstream.requests]
    return max((windows.count(window) for window in set(windows)), default=0)


def resets_seen(upstream: Upstream) -> list[float]:
    """Return how many seconds after its start each whole window was first seen."""
    windows = [divmod(at + upstream.ahead, HOUR) for at, _ in upstream.answered]
    firsts = [next(group) for _, group in itertools.groupby(windows, key=lambda pair: pair[0])]
    return [after for _, after in firsts[1:]]
