"""The budget of declared providers: every window, one application, and the shortest pause."""

from collections.abc import Iterator, Mapping, Sequence
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
            self.send_response(200)
            for name, value in {**headers, "Content-Length": "2"}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(b"{}")

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


async def _run(
    declaration: str,
    names: Sequence[str],
    virtual: VirtualTime,
    folder: Path,
    seconds: float,
) -> SimulatedExporter:
    config = folder / "tokcheck.toml"
    accounts = (f'[accounts.{name}]\nenv = "{name.upper()}"\nprovider = "acme"\n' for name in names)
    config.write_text(declaration + "".join(accounts))
    chosen = settings("http://127.0.0.1:9", Selection(config), folder, _environment(names))
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
