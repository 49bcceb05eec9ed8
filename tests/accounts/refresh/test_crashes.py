"""A process that ends at any step of a refresh, and the one that comes after it."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from math import inf
from pathlib import Path
from time import time

import pytest

from tests.support.accounts.failing_sqlite import Crash, Steps, stepping_connection
from tests.support.accounts.fake_token_endpoint import FakeClock, FakeTokenEndpoint
from tests.support.suite.thoroughness import IS_THOROUGH
from tokcheck.accounts.errors import GrantError
from tokcheck.accounts.grant import BrokenReason, Client, Tokens, grant_from_tokens
from tokcheck.accounts.grant_errors import broken_error
from tokcheck.accounts.refresh import AsyncRefresher, Refresher
from tokcheck.accounts.store import Store
from tokcheck.accounts.store.grant_store import GrantStore
from tokcheck.core.secret import Secret
from tokcheck.providers import REGISTRY
from tokcheck.providers.base import Provider, Request, Response
from tokcheck.providers.declared.declared_provider import provider_of
from tokcheck.providers.known_services.ready_made import TABLES
from tokcheck.sandbox import SandboxState, serve_in_thread
from tokcheck.sandbox.state.clients import DECLARED_SECRET, declared_client_id
from tokcheck.transport import Net
from tokcheck.transport.endpoints import resolve_endpoints

NAMES = ("ann", "bo", "cy")


OpenWithSteps = Callable[[Steps], GrantStore]


@pytest.fixture
def stride(request: pytest.FixtureRequest) -> int:
    """Return which of the steps to try: a database takes longer than a file for each."""
    return (4 if "postgres" in request.node.name else 1) * (1 if IS_THOROUGH else 3)


@pytest.fixture(params=["sqlite", "postgres"])
def open_with(request: pytest.FixtureRequest, folder: Path) -> OpenWithSteps:
    """Return a function that opens the store with every statement as a step."""
    if request.param == "sqlite":
        return lambda steps: Store(folder, connection=stepping_connection(steps))
    return request.getfixturevalue("open_postgres_with_steps")  # type: ignore[no-any-return] # a fixture


@pytest.fixture
def open_postgres_with_steps(database_url: str, folder: Path) -> OpenWithSteps:
    from tests.support.accounts.stepping_connection import (  # noqa: PLC0415 - not everywhere
        open_with_steps,
    )

    return lambda steps: open_with_steps(database_url, folder, steps)


class Life:
    """One process: it refreshes, uses the new token, and ends at one of its steps."""

    def __init__(
        self,
        open_with: OpenWithSteps,
        token_endpoint: FakeTokenEndpoint,
        crash_at: int | None = None,
    ) -> None:
        self.open = open_with
        self.token_endpoint = token_endpoint
        self.steps = Steps(crash_at)

    def send(self, provider: Provider, request: Request) -> Response:
        self.steps.step()
        answer = self.token_endpoint.send(provider, request)
        self.steps.step()
        return answer

    def refresh(self, min_ttl: float) -> bool:
        """Refresh and use the token; return whether the process ran to the end."""
        clock = self.token_endpoint.clock
        with self.open(self.steps) as store:
            refresher = Refresher(
                store, REGISTRY, self.send, clock.now, timer=clock.now, pause=clock.pause
            )
            self.steps.counting = True
            try:
                grant = refresher.fresh_grant("kim", min_ttl)
                self.steps.step()
                self.token_endpoint.use(grant.access)
                self.steps.step()
            except Crash:
                return False
            finally:
                self.steps.counting = False
        return True

    def refresh_together(self) -> bool:
        """Refresh several accounts at once and use their tokens, until the same end."""

        async def send(provider: Provider, request: Request) -> Response:
            return self.send(provider, request)

        async def refresh_one(refresher: AsyncRefresher, name: str) -> None:
            self.token_endpoint.use((await refresher.fresh_grant(name, 300)).access)
            self.steps.step()

        async def refresh_all(store: GrantStore) -> list[BaseException | None]:
            clock = self.token_endpoint.clock
            async with AsyncRefresher(
                store, REGISTRY, send, clock.now, timer=clock.now, pause=clock.pause_async
            ) as refresher:
                self.steps.counting = True
                ends = await asyncio.gather(
                    *(refresh_one(refresher, name) for name in NAMES), return_exceptions=True
                )
                self.steps.counting = False
            return ends

        with self.open(self.steps) as store:
            ends = asyncio.run(refresh_all(store))
        assert {Crash, type(None)} >= {type(end) for end in ends}
        return ends == [None] * len(NAMES)


Begin = Callable[[], FakeTokenEndpoint]


@pytest.fixture
def begin(open_with: OpenWithSteps) -> Begin:
    """Return a function that starts over: a store of one account and its token endpoint."""

    def begin_store() -> FakeTokenEndpoint:
        token_endpoint = FakeTokenEndpoint(FakeClock())
        with open_with(Steps()) as store:
            store.put(token_endpoint.grant("kim", left=100))
        return token_endpoint

    return begin_store


def count_steps(open_with: OpenWithSteps, token_endpoint: FakeTokenEndpoint, min_ttl: float) -> int:
    life = Life(open_with, token_endpoint)
    assert life.refresh(min_ttl)
    return life.steps.done


def assert_recovers(open_with: OpenWithSteps, token_endpoint: FakeTokenEndpoint) -> None:
    """Assert that the next process finishes the refresh, and that the grant still works."""
    assert Life(open_with, token_endpoint).refresh(300)
    with open_with(Steps()) as store:
        standing = store.account("kim")
        assert (None, None) == (standing.intent, standing.broken)
        assert token_endpoint.would_refresh(standing.grant)
    assert Life(open_with, token_endpoint).refresh(inf)


def test_no_crash_at_any_step_loses_the_grant(open_with: OpenWithSteps, begin: Begin) -> None:
    count = count_steps(open_with, begin(), 300)
    assert 20 < count < 60
    repeated = 0
    for crash_at in range(count):
        token_endpoint = begin()
        assert not Life(open_with, token_endpoint, crash_at).refresh(300)
        before = len(token_endpoint.requests)
        token_endpoint.clock.seconds += 1
        assert_recovers(open_with, token_endpoint)
        repeated += before == 1 and token_endpoint.requests[0] == token_endpoint.requests[1]
    assert repeated > 5  # between the request and the end of the commit


def test_no_second_crash_during_recovery_loses_the_grant(
    open_with: OpenWithSteps, begin: Begin, stride: int
) -> None:
    count = count_steps(open_with, begin(), 300)
    for first in range(count // 2, count, stride):
        for second in range(0, count, 3 * stride):
            token_endpoint = begin()
            Life(open_with, token_endpoint, first).refresh(300)
            Life(open_with, token_endpoint, second).refresh(300)
            assert_recovers(open_with, token_endpoint)


def test_no_crash_loses_one_of_several_concurrent_refreshes(
    open_with: OpenWithSteps, stride: int
) -> None:
    def start_over() -> FakeTokenEndpoint:
        token_endpoint = FakeTokenEndpoint(FakeClock())
        with open_with(Steps()) as store:
            for name in NAMES:
                store.put(token_endpoint.grant(name, left=100))
        return token_endpoint

    whole = Life(open_with, start_over())
    assert whole.refresh_together()
    assert 20 < whole.steps.done < 150
    crashed = repeated = 0
    tried = range(0, whole.steps.done, stride)
    for crash_at in tried:
        token_endpoint = start_over()
        crashed += not Life(open_with, token_endpoint, crash_at).refresh_together()
        before = len(token_endpoint.requests)
        token_endpoint.clock.seconds += 1
        assert Life(open_with, token_endpoint).refresh_together()
        with open_with(Steps()) as store:
            for standing in store.accounts():
                assert (None, None) == (standing.intent, standing.broken)
                assert token_endpoint.would_refresh(standing.grant)
        repeated += any(
            request in token_endpoint.requests[:before]
            for request in token_endpoint.requests[before:]
        )
    # How many of six changes come together differs, and each transaction less has two steps less.
    assert crashed > len(tried) - 12
    assert repeated > 5 // stride


STRAVA = provider_of(TABLES["strava"])
STRAVA_CLIENT = Client("strava", declared_client_id("strava"), Secret(DECLARED_SECRET))


def test_a_crash_loses_a_declared_grant_only_where_its_provider_does(folder: Path) -> None:
    """Over HTTP: a refresh token of Strava works once, and no response is repeated."""
    state = SandboxState(declared=[TABLES["strava"]])
    with serve_in_thread(state) as served:
        base = f"{served.url}/providers/strava"
        endpoints = resolve_endpoints({"strava": STRAVA}, {"TOKCHECK_STRAVA_URL": base})
        with Net(endpoints, timeout=5, pause=lambda _: None, verify=False) as net:

            def refresh(crash_at: int | None) -> Steps:
                """Refresh in a process that ends at one of its steps; note what it sent."""
                steps = Steps(crash_at)

                def send(provider: Provider, request: Request) -> Response:
                    steps.step()
                    response = net.send(provider, request)
                    steps.step()
                    return response

                with Store(folder, connection=stepping_connection(steps)) as store:
                    refresher = Refresher(
                        store, {"strava": STRAVA}, send, pause=lambda _: None, patience=0
                    )
                    steps.counting = True
                    with suppress(Crash, GrantError):
                        refresher.fresh_grant("kim", inf)
                    steps.counting = False
                return steps

            def start_over() -> None:
                code = state.issue_code(STRAVA_CLIENT.client_id, scopes=("read",))
                issued = state.exchange_code(STRAVA_CLIENT.client_id, code)
                assert issued.refresh is not None
                tokens = Tokens(Secret(issued.access), Secret(issued.refresh), expires_in=60)
                grant = grant_from_tokens("kim", STRAVA_CLIENT, tokens, time())
                with Store(folder) as store:
                    store.put(grant)

            start_over()
            count = refresh(None).done
            lost = 0
            for crash_at in range(count):
                start_over()
                before = state.refresh_counts().renewed
                refresh(crash_at)
                carried_out = state.refresh_counts().renewed > before
                refresh(None)
                with Store(folder) as store:
                    account = store.account("kim")
                assert account.intent is None, crash_at
                if account.broken is None:
                    assert account.grant.refresh is not None
                    assert state.can_refresh(account.grant.refresh.reveal()), crash_at
                    continue
                lost += 1
                assert carried_out, crash_at
                assert BrokenReason.INTERRUPTED is account.broken.reason
                words = broken_error(account.grant, account.broken)
                assert "repeats" not in words.message
                assert "tokcheck login strava --name kim" in words.hint
    # Only between the end of the request and the first copy of its tokens on the disk.
    assert 1 == lost


def test_a_crash_before_the_commit_exposes_no_new_token(
    open_with: OpenWithSteps, begin: Begin
) -> None:
    for crash_at in range(count_steps(open_with, begin(), 300)):
        token_endpoint = begin()
        Life(open_with, token_endpoint, crash_at).refresh(300)
        used = token_endpoint.used_access_tokens()
        with open_with(Steps()) as store:
            access = store.grant("kim").access.reveal()
        assert used <= {access}
