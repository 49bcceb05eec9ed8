"""A fake backend with made-up accounts and a fixed clock, and a web server for it in this loop."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import bcrypt
from starlette.types import ASGIApp

from tests.support.tokens import NOW
from tokcheck.core.errors import TokcheckError
from tokcheck.core.report import Device, Quota, Verdict
from tokcheck.exporter.log.events import log_messages
from tokcheck.exporter.metrics.exposition import ScrapeResponse
from tokcheck.exporter.state import AccountState, Observation, ProbeResult, SkipReason
from tokcheck.exporter.state.severity import Notice
from tokcheck.exporter.web import Address, Limits, build_app
from tokcheck.exporter.web.actions import ClientObservation, RequestedProbe
from tokcheck.exporter.web.basic_auth import PasswordCheck
from tokcheck.exporter.web.listening.address import Target
from tokcheck.exporter.web.options import WebOptions
from tokcheck.exporter.web.server import serve

AT = NOW.timestamp()
LOOPBACK = Address("127.0.0.1", 0)
DEFAULT_OPTIONS = WebOptions()
TITLES = {"fitbit": "Fitbit Web API", "google-health": "Google Health API"}


@dataclass
class FakeBackend:
    """Returns what it is given, and records the scrapes and reloads."""

    accounts: Sequence[AccountState] = ()
    body: bytes = b"tokcheck_up 1\n"
    ready_now: bool = True
    away_now: bool = False
    at: float = AT
    error: Exception | None = None
    titles: Mapping[str, str] = field(default_factory=lambda: TITLES)
    scrapes: list[tuple[str, str]] = field(default_factory=list)
    reloads: int = 0
    before: Callable[[], None] = lambda: None
    answers: Mapping[str, RequestedProbe] = field(default_factory=dict)
    observations: list[ClientObservation] = field(default_factory=list)
    observation_error: TokcheckError | None = None
    probes: list[str] = field(default_factory=list)
    messages: Sequence[Notice] = ()
    probeable: frozenset[str] = frozenset()

    def respond_to_scrape(self, accept: str, accept_encoding: str) -> ScrapeResponse:
        self.scrapes.append((accept, accept_encoding))
        self.before()
        return ScrapeResponse(
            {"Content-Type": "text/plain; version=0.0.4; charset=utf-8"}, self.body
        )

    def is_database_away(self) -> bool:
        return self.away_now

    def account_states(self) -> Sequence[AccountState]:
        return self.accounts

    def probeable_accounts(self) -> frozenset[str]:
        return self.probeable

    def notices(self) -> Sequence[Notice]:
        return self.messages

    def is_ready(self) -> bool:
        return self.ready_now

    async def reload(self) -> None:
        self.reloads += 1
        if self.error is not None:
            raise self.error

    async def probe(self, name: str) -> RequestedProbe | None:
        self.probes.append(name)
        return self.answers.get(name)

    async def observe(self, observed: ClientObservation) -> str | None:
        self.observations.append(observed)
        if self.observation_error is not None:
            raise self.observation_error
        return f"{observed.account}: recorded." if observed.account == "anna" else None

    def now(self) -> float:
        return self.at


@dataclass
class RunningServer:
    """A running server: its address, and every line that it announced."""

    url: str
    lines: list[str]
    stop: asyncio.Event
    task: asyncio.Task[None]

    @property
    def port(self) -> int:
        return urlsplit(self.url).port or 0


@asynccontextmanager
async def serving(
    backend: FakeBackend | ASGIApp,
    *,
    address: Target = LOOPBACK,
    web_config: Path | None = None,
    options: WebOptions = DEFAULT_OPTIONS,
    limits: Limits | None = None,
    refresh: int = 15,
    check_password: PasswordCheck = bcrypt.checkpw,
) -> AsyncIterator[RunningServer]:
    """Serve a backend, or any application, while the block runs; stop it at the end."""
    app: ASGIApp
    if isinstance(backend, FakeBackend):
        app = build_app(backend, refresh=refresh, metrics_path=options.metrics_path)
    else:
        app = backend
    stop, listening = asyncio.Event(), asyncio.Event()
    lines: list[str] = []

    def announce(line: str) -> None:
        lines.append(line)
        if line.startswith("Listening on "):
            listening.set()

    task = asyncio.create_task(
        serve(
            app,
            options._replace(targets=(address,), config=web_config),
            stop,
            log_messages(announce),
            limits=limits,
            check_password=check_password,
        )
    )
    started = asyncio.create_task(listening.wait())
    await asyncio.wait([task, started], return_when=asyncio.FIRST_COMPLETED)
    if task.done():
        started.cancel()
        await task
    listening_line = next(line for line in lines if line.startswith("Listening on "))
    try:
        yield RunningServer(listening_line.split()[-1], lines, stop, task)
    finally:
        stop.set()
        await task


def moment(seconds: float) -> datetime:
    """Return the time this many seconds after the fixed clock's."""
    return datetime.fromtimestamp(AT + seconds, UTC)


def hourly(remaining: int | None, reset_in: float = 1_500.0) -> tuple[Quota, ...]:
    """Return Fitbit's hourly window with this many requests left."""
    return (Quota("hour", 150, remaining, moment(reset_in), "headers"),)


FINE = AccountState(
    "ada-watch",
    "fitbit",
    "1",
    Verdict.VALID,
    usable=True,
    expires_at=AT + 25_000,
    scopes=3,
    quota=hourly(121),
    observed_at=AT - 130,
    trail=tuple(
        Observation(AT - 130 - 900 * ago, left)
        for ago, left in ((9, 90), (8, 80), (7, 145), (6, 140), (3, 141), (1, 130), (0, 121))
    ),
    devices=(
        Device("Charge 6", "TRACKER", "High", 88, "2026-01-15T11:41:07", "account-local"),
        Device("Aria Air", "SCALE", "Medium", 41, "2026-01-14T06:02:00", "account-local"),
    ),
    timezone="Europe/Berlin",
    success=True,
    duration=0.21,
    probed_at=AT - 130,
    succeeded_at=AT - 130,
    next_probe_at=AT + 470,
    probes={ProbeResult.SUCCESS: 41},
    verdicts=(Verdict.VALID,),
)
EXPIRED = AccountState(
    "grace-course",
    "fitbit",
    "1",
    Verdict.EXPIRED,
    usable=False,
    advice=("Copy a new token: Fitbit's access tokens live for 8 hours.",),
    expires_at=AT - 12_000,
    success=False,
    succeeded_at=AT - 12_300,
    waiting=SkipReason.EXPIRED,
    skipped={SkipReason.EXPIRED: 12},
    verdicts=(Verdict.VALID, Verdict.EXPIRED),
)
LIMITED = AccountState(
    "nightly-fetcher",
    "fitbit",
    "1",
    Verdict.RATE_LIMITED,
    usable=True,
    expires_at=AT + 9_000,
    quota=hourly(0, 740),
    observed_at=AT - 300,
    success=True,
    succeeded_at=AT - 300,
    next_probe_at=AT + 760,
    waiting=SkipReason.RATE_LIMITED,
)
LOW = FINE._replace(
    name="home-assistant", quota=hourly(12, 2_130), devices=(), next_probe_at=AT + 2_200,
    waiting=SkipReason.BUDGET,
)  # fmt: skip
GOOGLE = AccountState(
    "study-017",
    "google-health",
    "1",
    Verdict.VALID,
    usable=True,
    expires_at=AT + 500,
    quota=(Quota("minute", 300, None, None, "documented"),),
    devices=(Device("Pixel Watch 3", "WATCH", None, 12, "2026-01-15T10:30:00Z", "utc"),),
    success=True,
    succeeded_at=AT - 40,
    next_probe_at=AT + 260,
)
UNSURE = AccountState(
    "study-018",
    "google-health",
    "1",
    Verdict.UNDETERMINED,
    usable=None,
    finding="The Google Health API did not answer within 10 s.",
    success=False,
    failures=4,
    succeeded_at=AT - 90_000,
    next_probe_at=AT + 45,
    waiting=SkipReason.BACKOFF,
)
UNREAD = AccountState(
    "study-019",
    verdict=Verdict.NO_TOKEN,
    usable=False,
    source_error="The file tokens/study-019 cannot be read: it is gone.",
)
NEW = AccountState("study-020", next_probe_at=AT)
ALL = (FINE, EXPIRED, LIMITED, LOW, GOOGLE, UNSURE, UNREAD, NEW)


def run_in_loop(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """Run an asynchronous test in an event loop of its own, for 30 seconds at most."""

    @wraps(test)
    def run(*args: Any, **named: Any) -> None:
        asyncio.run(asyncio.wait_for(test(*args, **named), 30))

    return run


async def wait_until(is_true: Callable[[], bool]) -> None:
    """Wait until another task or thread has made a condition true."""
    while not is_true():  # noqa: ASYNC110 - there is no event to wait for
        await asyncio.sleep(0.005)
