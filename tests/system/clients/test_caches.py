"""Responses from the caches of hishel and requests-cache, which no server has counted."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

import tokcheck
from tests.support.exporter.observed_traffic import quota_numbers, read_traffic
from tests.support.transport.fixed_responses import (
    FixedResponse,
    FixedServer,
    serve_fixed_responses,
)
from tests.system.clients.conftest import load_client

Hooks = dict[str, list[Callable[..., Any]]]
_LIMITS = {
    "Fitbit-Rate-Limit-Limit": "150",
    "Fitbit-Rate-Limit-Remaining": "140",
    "Fitbit-Rate-Limit-Reset": "1200",
}
_FRESH = {"Cache-Control": "max-age=600", "ETag": '"1"'} | _LIMITS
# Stored, and checked with the server at each use.
_STALE = {"Cache-Control": "max-age=0", "ETag": '"1"'} | _LIMITS


def _by_hishel(hooks: Hooks, url: str, folder: Path) -> list[int]:
    hishel = load_client("hishel")
    clients = load_client("hishel.httpx")
    storage = hishel.SqliteStorage(database_path=folder / "cache.db")
    with clients.CacheClient(event_hooks=hooks, storage=storage, rfc=True) as client:
        return [client.get(url).status_code for _ in range(3)]


def _by_hishel_transport(hooks: Hooks, url: str, folder: Path) -> list[int]:
    hishel = load_client("hishel")
    clients = load_client("hishel.httpx")
    storage = hishel.AsyncSqliteStorage(database_path=folder / "cache.db")

    async def send() -> list[int]:
        inner = httpx.AsyncHTTPTransport()
        transport = clients.AsyncCacheTransport(inner, storage=storage, rfc=True)
        async with httpx.AsyncClient(event_hooks=hooks, transport=transport) as client:
            return [(await client.get(url)).status_code for _ in range(3)]

    return asyncio.run(send())


def _by_hishel_adapter(hooks: Hooks, url: str, folder: Path) -> list[int]:
    hishel = load_client("hishel")
    adapters = load_client("hishel.requests")
    storage = hishel.SqliteStorage(database_path=folder / "cache.db")
    with load_client("requests").Session() as session:
        session.mount("http://", adapters.CacheAdapter(storage=storage, rfc=True))
        session.hooks["response"].extend(hooks["response"])
        return [session.get(url, timeout=30).status_code for _ in range(3)]


def _by_requests_cache(hooks: Hooks, url: str, folder: Path) -> list[int]:
    caches = load_client("requests_cache")
    with caches.CachedSession(str(folder / "cache"), cache_control=True) as session:
        session.hooks["response"].extend(hooks["response"])
        return [session.get(url, timeout=30).status_code for _ in range(3)]


@pytest.fixture(
    params=[_by_hishel, _by_hishel_transport, _by_hishel_adapter, _by_requests_cache],
    ids=lambda send: send.__name__,
)
def send(request: pytest.FixtureRequest) -> Callable[[Hooks, str, Path], list[int]]:
    chosen: Callable[[Hooks, str, Path], list[int]] = request.param
    return chosen


class _InTurn(dict[str, FixedResponse]):
    """A response, and another one to every later request."""

    def __init__(self, first: FixedResponse, later: FixedResponse) -> None:
        super().__init__()
        self._rest = [first]
        self._later = later

    def get(self, *_: object) -> Any:
        return self._rest.pop() if self._rest else self._later


def _observe(server: FixedServer, folder: Path) -> Hooks:
    environment = {"TOKCHECK_HOME": str(folder / "home")}
    return tokcheck.observe("alex", provider="fitbit", api_url=server.url, environment=environment)


def test_a_response_of_the_cache_is_not_counted(
    tmp_path: Path, send: Callable[[Hooks, str, Path], list[int]]
) -> None:
    with serve_fixed_responses(GET_a=FixedResponse(200, "", _FRESH)) as server:
        assert [200] * 3 == send(_observe(server, tmp_path), f"{server.url}/a", tmp_path)
        assert 1 == len(server.received)
    traffic = read_traffic(tmp_path / "home")["alex"]
    assert ({"2xx": 1}, ("hour", 150, 140)) == (traffic.classes, quota_numbers(traffic))


@pytest.mark.parametrize("later", [200, 304])
def test_each_response_of_the_server_is_counted_once(
    tmp_path: Path, send: Callable[[Hooks, str, Path], list[int]], later: int
) -> None:
    """One that confirms what is stored, too."""
    with serve_fixed_responses() as server:
        server.responses = _InTurn(FixedResponse(200, "", _STALE), FixedResponse(later, "", _STALE))
        assert [200] * 3 == send(_observe(server, tmp_path), f"{server.url}/a", tmp_path)
        assert 3 == len(server.received)
    assert 3 == sum(read_traffic(tmp_path / "home")["alex"].classes.values())
