import asyncio
import logging
import threading

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from tests.support.exporter.fake_backend import FakeBackend, run_in_loop, serving
from tokcheck.core.errors import UsageError
from tokcheck.exporter.web import Address, Limits
from tokcheck.sandbox import serve_in_thread


@run_in_loop
async def test_loopback_is_announced_without_a_warning() -> None:
    async with serving(FakeBackend()) as server:
        assert [f"Listening on http://127.0.0.1:{server.port}"] == server.lines


@pytest.mark.parametrize(("host", "where"), [("", "address"), ("0.0.0.0", "IPv4 address")])
@run_in_loop
async def test_a_server_that_others_can_reach_is_announced_with_a_warning(
    host: str, where: str
) -> None:
    async with serving(FakeBackend(), address=Address(host, 0)) as server:
        warning, listening = server.lines
        assert f"Listening on every {where}: http://localhost:{server.port}" == listening
        assert "without TLS and without authentication" in warning
        async with httpx.AsyncClient() as client:
            url = f"http://127.0.0.1:{server.port}/metrics"
            got = await client.get(url, headers={"Host": "exporter.example"})
            assert 200 == got.status_code, "a server that others reach cannot know its names"


@run_in_loop
async def test_a_port_in_use_is_a_usage_error() -> None:
    async with serving(FakeBackend()) as server:
        with pytest.raises(UsageError, match="is already in use"):
            async with serving(FakeBackend(), address=Address("127.0.0.1", server.port)):
                pass


@run_in_loop
async def test_a_request_under_way_is_answered_at_shutdown() -> None:
    started, go_on = threading.Event(), threading.Event()

    def before() -> None:
        started.set()
        go_on.wait(10)

    async with serving(FakeBackend(before=before)) as server, httpx.AsyncClient() as client:
        idle = httpx.AsyncClient(base_url=server.url)
        await idle.get("/-/healthy")
        silent = await asyncio.open_connection("127.0.0.1", server.port)
        request = asyncio.create_task(client.get(f"{server.url}/metrics"))
        await asyncio.to_thread(started.wait, 10)
        server.stop.set()
        assert b"" == await silent[0].read(), "a connection without a request is closed at once"
        with pytest.raises(httpx.ConnectError):
            await httpx.AsyncClient().get(server.url)
        go_on.set()
        assert 200 == (await request).status_code
        await server.task
        assert "Stopping" == server.lines[-1]
        silent[1].close()
        await idle.aclose()


@run_in_loop
async def test_a_request_that_takes_too_long_is_abandoned_at_shutdown() -> None:
    started, go_on = threading.Event(), threading.Event()

    def before() -> None:
        started.set()
        go_on.wait(10)

    backend = FakeBackend(before=before)
    async with serving(backend, limits=Limits(grace=0.1)) as server, httpx.AsyncClient() as client:
        request = asyncio.create_task(client.get(f"{server.url}/metrics"))
        await asyncio.to_thread(started.wait, 10)
        server.stop.set()
        await server.task
        with pytest.raises(httpx.HTTPError):
            await request
        go_on.set()


@run_in_loop
async def test_the_sandbox_runs_in_the_same_process_and_neither_logs(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    with serve_in_thread() as sandbox:
        async with serving(FakeBackend()) as server, httpx.AsyncClient() as client:
            for _ in range(2):
                here = await client.get(f"{server.url}/metrics")
                there = await client.get(f"{sandbox.url}/sandbox/accounts")
                assert (200, 200) == (here.status_code, there.status_code)
    async with serving(FakeBackend()) as server, httpx.AsyncClient() as client:
        assert 200 == (await client.get(f"{server.url}/metrics")).status_code
    assert [] == [one for one in caplog.records if one.name.startswith("uvicorn")]
    assert logging.CRITICAL == logging.getLogger("uvicorn.error").level
    assert ("", "") == capfd.readouterr()


@run_in_loop
async def test_a_response_that_breaks_off_looks_incomplete_to_the_client() -> None:
    async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"a 1", "more_body": True})
        raise LookupError("canary")

    async with serving(app) as server, httpx.AsyncClient() as client:
        with pytest.raises(httpx.RemoteProtocolError):
            await client.get(server.url)
        assert "LookupError at test_server.py" in server.lines[-1]
        assert "canary" not in server.lines[-1]
