"""The budget of declared providers: every window, one application, and the shortest pause."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from threading import Thread
from typing import NamedTuple

import pytest

from tests.support.exporter.simulated_days import worst_stretch
from tests.support.exporter.simulated_exporter import (
    HOUR,
    START,
    SimulatedExporter,
    settings,
    simulated_exporter,
)
from tests.support.exporter.virtual_time import VirtualTime
from tokcheck.exporter import ExporterSettings
from tokcheck.exporter.sources.registry import Selection

pytestmark = pytest.mark.anyio
_DAY = 24 * HOUR
_STRAVA_LIKE = """
[providers.acme]
address = "{url}"
check = {{ path = "/me", every = "20m" }}
[[providers.acme.windows]]
name = "read"
owner = "application"
length = "15m"
limit = {{ header = "X-Limit", item = 0 }}
used = {{ header = "X-Usage", item = 0 }}
reset = "aligned"
documented = 100
[[providers.acme.windows]]
name = "read"
owner = "application"
length = "1d"
limit = {{ header = "X-Limit", item = 1 }}
used = {{ header = "X-Usage", item = 1 }}
reset = "aligned"
documented = 1000
"""


class Api(NamedTuple):
    """A running API: its address, its response's headers, and the moment and token of requests."""

    url: str
    headers: dict[str, str]
    requests: list[tuple[float, str]]

    def moments(self, token: str = "") -> Sequence[float]:
        return [at for at, sent in self.requests if token in sent]


@pytest.fixture
def virtual() -> VirtualTime:
    return VirtualTime(START, START + HOUR)


@pytest.fixture
def api(virtual: VirtualTime) -> Iterator[Api]:
    headers, requests = dict[str, str](), list[tuple[float, str]]()

    class TimedHandler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            requests.append((virtual.moment, self.headers["Authorization"]))
            self.send_response(429 if "Retry-After" in headers else 200)
            body = b'{"user": "u1"}'
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def date_time_string(self, timestamp: float | None = None) -> str:
            # Windows that are aligned to the day end by the server's clock, not by this machine's.
            return super().date_time_string(virtual.moment if timestamp is None else timestamp)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), TimedHandler)
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
    yield Api(f"http://127.0.0.1:{server.server_port}", headers, requests)
    server.shutdown()
    server.server_close()


def _environment(names: Sequence[str]) -> Mapping[str, str]:
    return {name.upper(): f"made-up-token-of-{name}" for name in names}


def _settings_of(declaration: str, names: Sequence[str], folder: Path) -> ExporterSettings:
    config = folder / "tokcheck.toml"
    accounts = (f'[accounts.{name}]\nenv = "{name.upper()}"\nprovider = "acme"\n' for name in names)
    config.write_text(declaration + "".join(accounts))
    return settings("http://127.0.0.1:9", Selection(config), folder, _environment(names))


async def _run(
    declaration: str,
    names: Sequence[str],
    virtual: VirtualTime,
    folder: Path,
    seconds: float,
) -> SimulatedExporter:
    chosen = _settings_of(declaration, names, folder)
    async with simulated_exporter(chosen, virtual) as exporter:
        await exporter.run_for(seconds)
        return exporter


async def test_an_application_shares_the_budget_of_each_window(
    api: Api, virtual: VirtualTime, tmp_path: Path
) -> None:
    api.headers.update({"X-Limit": "100,1000", "X-Usage": "1,1"})
    names = ("anna", "ben", "cleo")
    exporter = await _run(_STRAVA_LIKE.format(url=api.url), names, virtual, tmp_path, 2 * _DAY)
    moments = api.moments()
    # A share of 0.04: 4 of 100 in a quarter of an hour, 40 of 1000 in a day, for all three.
    assert worst_stretch(moments, 900) <= 4
    assert 30 <= worst_stretch(moments, _DAY) <= 40
    assert all(api.moments(name) for name in names)
    for window, limit in (("read 900s", 100), ("read day", 1000)):
        labels = {"provider": "acme", "account": "ben", "window": window}
        assert limit == exporter.metric("tokcheck_quota_limit_requests", **labels)
        length = {900: "read 900s", 86_400: "read day"}
        seconds = exporter.metric("tokcheck_quota_window_seconds", **labels)
        assert window == length[int(seconds or 0)]


async def test_no_probe_follows_another_within_the_shortest_pause(
    api: Api, virtual: VirtualTime, tmp_path: Path
) -> None:
    # A free check, and a quota that falls: it would be probed ever more often.
    declaration = (
        f'[providers.acme]\naddress = "{api.url}"\n'
        'check = { path = "/me", every = "15m", cost = 0 }\n'
        '[[providers.acme.windows]]\nlength = "1h"\nlimit = "X-Limit"\nremaining = "X-Left"\n'
    )
    api.headers.update({"X-Limit": "1000", "X-Left": "1000"})

    def fall(moment: float) -> None:
        api.headers["X-Left"] = str(1000 - int(moment % HOUR / 4))

    virtual.meanwhile = fall
    await _run(declaration, ("anna",), virtual, tmp_path, 6 * HOUR)
    moments = api.moments()
    gaps = [later - earlier for earlier, later in pairwise(moments)]
    assert min(gaps) >= 899
    # A request that costs nothing is not held back by a share of the window.
    assert len(moments) >= 15


async def test_a_used_up_day_holds_probes_back_though_the_quarter_has_requests(
    api: Api, virtual: VirtualTime, tmp_path: Path
) -> None:
    api.headers.update({"X-Limit": "100,1000", "X-Usage": "1,1000"})
    exporter = await _run(_STRAVA_LIKE.format(url=api.url), ("anna",), virtual, tmp_path, 6 * HOUR)
    assert 1 == len(api.moments())
    (state,) = exporter.service.account_states()
    assert "rate_limited" == state.waiting
    labels = {"account": "anna", "window": "read day"}
    assert 0 == exporter.metric("tokcheck_quota_remaining_requests", **labels)


_ONE_USER = '[providers.acme.identity]\nuser = "user"\n'


async def test_accounts_of_one_user_share_a_budget_and_a_pause(
    api: Api, virtual: VirtualTime, tmp_path: Path
) -> None:
    # No response names the application, as for most APIs.
    api.headers.update({"X-Limit": "100,1000", "X-Usage": "1,1"})
    declaration = _STRAVA_LIKE.format(url=api.url).replace('"application"', '"user"') + _ONE_USER
    names = ("anna", "ben", "cleo")
    chosen = _settings_of(declaration, names, tmp_path)
    async with simulated_exporter(chosen, virtual) as exporter:
        await exporter.run_for(_DAY)
        assert worst_stretch(api.moments()[3:], 900) <= 4, "known after the first probe of each"
        await exporter.service.engine.observe("anna", 429, {"retry-after": "7200"})
        ends = virtual.moment + 7_200
        shown = {state.name: state.pause_until for state in exporter.service.account_states()}
        assert dict.fromkeys(names, pytest.approx(ends, abs=2)) == shown
        before = len(api.moments())
        await exporter.run_for(7_000)
        assert before == len(api.moments())


@asynccontextmanager
async def _probed_accounts(
    api: Api,
    virtual: VirtualTime,
    folder: Path,
    names: Sequence[str] = ("anna", "ben"),
    owner: str = "application",
) -> AsyncIterator[SimulatedExporter]:
    """Run an exporter for ten minutes; its accounts have windows of this owner."""
    api.headers.update({"X-Limit": "100,1000", "X-Usage": "1,1"})
    declaration = _STRAVA_LIKE.format(url=api.url).replace('"application"', f'"{owner}"')
    chosen = _settings_of(declaration, names, folder)
    async with simulated_exporter(chosen, virtual) as exporter:
        await exporter.run_for(600)
        yield exporter


# A response to a request of anna's own: which pause it requests, in seconds.
_REFUSALS = [
    ({"retry-after": "7200"}, 7_200.0),
    ({"retry-after": "7200", "x-limit": "100,1000", "x-usage": "100,400"}, 7_200.0),
    ({"x-limit": "100,1000", "x-usage": "100,400"}, 900.0),
    ({"x-limit": "100,1000", "x-usage": "20,1000"}, 12 * HOUR),
]


@pytest.mark.parametrize(("headers", "seconds"), _REFUSALS)
async def test_a_refusal_of_an_application_is_a_pause_for_its_other_accounts(
    api: Api, virtual: VirtualTime, tmp_path: Path, headers: dict[str, str], seconds: float
) -> None:
    names = ("anna", "ben", "cleo")
    async with _probed_accounts(api, virtual, tmp_path, names) as exporter:
        assert await exporter.service.engine.observe("anna", 429, headers)
        refused_at, before = virtual.moment, len(api.moments())
        await exporter.run_for(seconds + 6 * HOUR)
    later = [at - refused_at for at in api.moments()[before:]]
    # The quarter of an hour that is aligned to the clock ends within its length.
    least = 0 if seconds == 900.0 else seconds - 600
    assert min(later) >= max(least, 240), later
    assert all(api.moments(name)[-1] > refused_at for name in names)


@pytest.mark.parametrize("owner", ["user", "application"])
async def test_a_later_pause_of_an_application_is_shown_for_its_other_accounts_at_once(
    api: Api, virtual: VirtualTime, tmp_path: Path, owner: str
) -> None:
    async with _probed_accounts(api, virtual, tmp_path, owner=owner) as exporter:
        for seconds in (1_200, 7_200):
            ends = virtual.moment + seconds
            headers = {"retry-after": str(seconds)}
            assert await exporter.service.engine.observe("anna", 429, headers)
            shown = {state.name: state for state in exporter.service.account_states()}
            assert pytest.approx(ends, abs=2) == shown["anna"].pause_until
            if owner == "user":
                assert shown["ben"].pause_until is None
                continue
            assert pytest.approx(ends, abs=2) == shown["ben"].pause_until
            assert (shown["ben"].next_probe_at or 0) >= ends - 2
            await exporter.run_for(300)


async def test_the_pause_that_a_probe_was_given_is_shown_for_the_other_accounts_at_once(
    api: Api, virtual: VirtualTime, tmp_path: Path
) -> None:
    async with _probed_accounts(api, virtual, tmp_path) as exporter:
        api.headers["Retry-After"] = "9000"
        sent = len(api.moments())
        while len(api.moments()) == sent:
            await exporter.run_for(10)
        pauses = [state.pause_until for state in exporter.service.account_states()]
    assert [pytest.approx(virtual.moment + 9_000, abs=20)] * 2 == pauses


@pytest.mark.parametrize("owner", ["user", "application"])
async def test_a_refusal_of_a_user_is_no_pause_for_another_user(
    api: Api, virtual: VirtualTime, tmp_path: Path, owner: str
) -> None:
    async with _probed_accounts(api, virtual, tmp_path, owner=owner) as exporter:
        assert await exporter.service.engine.observe("anna", 429, {"retry-after": "40000"})
        refused_at = virtual.moment
        await exporter.run_for(6 * HOUR)
    assert (owner == "user") is (api.moments("ben")[-1] > refused_at)
    assert api.moments("anna")[-1] <= refused_at
