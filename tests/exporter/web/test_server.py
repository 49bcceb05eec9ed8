import asyncio
import logging
import threading

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from tests.support.exporter.fake_site import FakeSite, in_loop, serving
from tokcheck.core.errors import UsageError
from tokcheck.exporter.web.connection_limits import Limits
from tokcheck.exporter.web.listen import Address
from tokcheck.sandbox.server import running


@in_loop
async def test_loopback_is_announced_without_a_warning() -> None:
    async with serving(FakeSite()) as served:
        assert [f"Listening on http://127.0.0.1:{served.port}"] == served.lines


@pytest.mark.parametrize("host", ["", "0.0.0.0"])
@in_loop
async def test_what_others_can_reach_is_said_in_one_line(host: str) -> None:
    async with serving(FakeSite(), address=Address(host, 0)) as served:
        warning, listening = served.lines
        assert f"Listening on http://localhost:{served.port}" == listening
        assert "without TLS and without authentication" in warning
        async with httpx.AsyncClient() as client:
            url = f"http://127.0.0.1:{served.port}/metrics"
            got = await client.get(url, headers={"Host": "exporter.example"})
            assert 200 == got.status_code, "whoever can be reached has names that it does not know"


@in_loop
async def test_a_port_in_use_is_an_error_in_words() -> None:
    async with serving(FakeSite()) as served:
        with pytest.raises(UsageError, match="is already in use"):
            async with serving(FakeSite(), address=Address("127.0.0.1", served.port)):
                pass


@in_loop
async def test_a_request_under_way_is_answered_when_it_stops() -> None:
    begun, go_on = threading.Event(), threading.Event()

    def before() -> None:
        begun.set()
        go_on.wait(10)

    async with serving(FakeSite(before=before)) as served, httpx.AsyncClient() as client:
        idle = httpx.AsyncClient(base_url=served.url)
        await idle.get("/-/healthy")
        silent = await asyncio.open_connection("127.0.0.1", served.port)
        asking = asyncio.create_task(client.get(f"{served.url}/metrics"))
        await asyncio.to_thread(begun.wait, 10)
        served.stop.set()
        assert b"" == await silent[0].read(), "who asks for nothing is not waited for"
        with pytest.raises(httpx.ConnectError):
            await httpx.AsyncClient().get(served.url)
        go_on.set()
        assert 200 == (await asking).status_code
        await served.task
        silent[1].close()
        await idle.aclose()


@in_loop
async def test_a_request_that_takes_too_long_is_abandoned() -> None:
    begun, go_on = threading.Event(), threading.Event()

    def before() -> None:
        begun.set()
        go_on.wait(10)

    site = FakeSite(before=before)
    async with serving(site, limits=Limits(grace=0.1)) as served, httpx.AsyncClient() as client:
        asking = asyncio.create_task(client.get(f"{served.url}/metrics"))
        await asyncio.to_thread(begun.wait, 10)
        served.stop.set()
        await served.task
        with pytest.raises(httpx.HTTPError):
            await asking
        go_on.set()


@in_loop
async def test_the_sandbox_works_beside_it_and_neither_logs(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    with running() as sandbox:
        async with serving(FakeSite()) as served, httpx.AsyncClient() as client:
            for _ in range(2):
                here = await client.get(f"{served.url}/metrics")
                there = await client.get(f"{sandbox.url}/sandbox/accounts")
                assert (200, 200) == (here.status_code, there.status_code)
    async with serving(FakeSite()) as served, httpx.AsyncClient() as client:
        assert 200 == (await client.get(f"{served.url}/metrics")).status_code
    assert [] == [one for one in caplog.records if one.name.startswith("uvicorn")]
    assert logging.CRITICAL == logging.getLogger("uvicorn.error").level
    assert ("", "") == capfd.readouterr()


@in_loop
async def test_an_answer_that_breaks_off_does_not_look_like_a_whole_one() -> None:
    async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"a 1", "more_body": True})
        raise LookupError("canary")

    async with serving(app) as served, httpx.AsyncClient() as client:
        with pytest.raises(httpx.RemoteProtocolError):
            await client.get(served.url)
        assert "LookupError at test_server.py" in served.lines[-1]
        assert "canary" not in served.lines[-1]
