"""Many accounts at once: in order, some at a time, and an early end that loses no response."""

import asyncio
import math
from contextlib import aclosing

import pytest

from tests.support.accounts.fake_token_endpoint import (
    FakeTokenEndpoint,
    dropped_connection,
    invalid_grant_response,
)
from tokcheck.accounts.errors import GrantError
from tokcheck.accounts.grant import Grant
from tokcheck.accounts.refresh.refresh_many import MOST_AT_ONCE, Result, refresh_many
from tokcheck.accounts.store.grant_store import GrantStore
from tokcheck.core.errors import UsageError
from tokcheck.providers import REGISTRY
from tokcheck.providers.base import Provider, Request, Response

NAMES = [f"p-{number}" for number in range(9)]


@pytest.fixture(autouse=True)
def _accounts(store: GrantStore, token_endpoint: FakeTokenEndpoint) -> None:
    for name in NAMES:
        store.put(token_endpoint.grant(name, left=0))


async def collect(
    store: GrantStore, token_endpoint: FakeTokenEndpoint, names: list[str]
) -> list[tuple[str, Result]]:
    results = refresh_many(store, REGISTRY, token_endpoint.send_async, names, math.inf)
    return [result async for result in results]


def test_every_account_is_refreshed_and_yielded_in_order(
    store: GrantStore, token_endpoint: FakeTokenEndpoint
) -> None:
    results = asyncio.run(collect(store, token_endpoint, NAMES[::-1]))
    assert NAMES[::-1] == [name for name, _ in results]
    assert all(token_endpoint.would_refresh(grant) for grant in store.grants())
    assert 9 == len(token_endpoint.requests)


def _refresh_token(store: GrantStore, name: str) -> str:
    refresh = store.grant(name).refresh
    assert refresh is not None
    return refresh.reveal()


def _sent_token(request: Request) -> str:
    assert request.form is not None
    return request.form["refresh_token"].reveal()


def test_a_failed_refresh_is_yielded_as_a_result(
    store: GrantStore, token_endpoint: FakeTokenEndpoint
) -> None:
    refused = _refresh_token(store, NAMES[0])

    async def send(provider: Provider, request: Request) -> Response:
        if _sent_token(request) == refused:
            return invalid_grant_response("p")
        return token_endpoint.send(provider, request)

    async def refresh() -> list[Result]:
        names = [NAMES[0], "nobody", NAMES[1]]
        return [each async for _, each in refresh_many(store, REGISTRY, send, names, math.inf)]

    failed, unknown, refreshed = asyncio.run(refresh())
    assert isinstance(failed, GrantError)
    assert isinstance(unknown, UsageError)
    assert isinstance(refreshed, Grant)


def test_an_early_end_stores_pending_responses_and_starts_no_refresh(
    store: GrantStore, token_endpoint: FakeTokenEndpoint
) -> None:
    requests: list[Request] = []
    first = _refresh_token(store, NAMES[0])

    async def stop_early() -> None:
        gate, all_running = asyncio.Event(), asyncio.Event()

        async def send(provider: Provider, request: Request) -> Response:
            requests.append(request)
            if len(requests) == 1 + MOST_AT_ONCE:
                all_running.set()
            if _sent_token(request) != first:  # requests are sent in no certain order
                await gate.wait()
            return token_endpoint.send(provider, request)

        async with aclosing(refresh_many(store, REGISTRY, send, NAMES, math.inf)) as results:
            assert NAMES[0] == (await anext(results))[0]
            await all_running.wait()
            asyncio.get_running_loop().call_soon(gate.set)

    asyncio.run(stop_early())
    assert 1 + MOST_AT_ONCE == len(requests) == len(token_endpoint.requests)
    assert [] == [one.grant.name for one in store.accounts() if one.intent is not None]
    assert all(token_endpoint.would_refresh(grant) for grant in store.grants())


def test_an_early_end_repeats_no_request(store: GrantStore) -> None:
    requests: list[Request] = []

    async def stop_early() -> None:
        all_running = asyncio.Event()

        async def send(provider: Provider, request: Request) -> Response:
            del provider
            requests.append(request)
            if len(requests) == MOST_AT_ONCE:
                all_running.set()
            raise dropped_connection()

        results = refresh_many(store, REGISTRY, send, NAMES, math.inf)
        first = asyncio.create_task(anext(results))
        await all_running.wait()
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first

    asyncio.run(stop_early())
    assert MOST_AT_ONCE == len(requests)
