"""A scraper beside 40 clients that send wrong passwords: same address, same user name."""

import asyncio
import base64
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import bcrypt
import httpx
from starlette.responses import PlainTextResponse
from starlette.types import Message

from tests.support.exporter.fake_backend import (
    LOOPBACK,
    FakeBackend,
    run_in_loop,
    serving,
    wait_until,
)
from tokcheck.exporter.log.events import log_messages
from tokcheck.exporter.web.config.reloader import ConfigReloader
from tokcheck.exporter.web.middleware import Middleware
from tokcheck.exporter.web.options import WebOptions

ATTACKERS = 40
USER, PASSWORD = "prometheus", "right"
HASH = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()


class GatedCheck:
    """Compares passwords, each once the gate lets it pass, and records them."""

    def __init__(self) -> None:
        self.seen: list[bytes] = []
        self.gate = threading.Semaphore(0)

    def __call__(self, password: bytes, _hashed: bytes) -> bool:
        assert self.gate.acquire(timeout=20)
        self.seen.append(password)
        return password == PASSWORD.encode()

    def open(self) -> None:
        self.gate.release(1_000_000)

    def close(self) -> None:
        while self.gate.acquire(blocking=False):
            pass


async def _attack(port: int, number: int, statuses: list[int]) -> None:
    """Send one wrong password after the other, each a new one, until cancelled."""
    for attempt in range(1_000_000):
        credentials = base64.b64encode(f"{USER}:{number}-{attempt}".encode()).decode()
        with suppress(OSError, asyncio.IncompleteReadError):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                writer.write(
                    f"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                    f"Authorization: Basic {credentials}\r\n\r\n".encode()
                )
                statuses.append(int((await reader.readuntil(b"\r\n")).split()[1]))
            finally:
                writer.close()


@asynccontextmanager
async def _attackers(port: int) -> AsyncIterator[list[int]]:
    statuses: list[int] = []
    tasks = [asyncio.create_task(_attack(port, number, statuses)) for number in range(ATTACKERS)]
    try:
        yield statuses
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _scrape(url: str) -> int:
    async with httpx.AsyncClient(base_url=url, timeout=25) as client:
        return (await client.get("/metrics", auth=(USER, PASSWORD))).status_code


@run_in_loop
async def test_the_first_right_password_gets_through_and_so_it_does_after_a_restart(
    tmp_path: Path,
) -> None:
    config = tmp_path / "web.yml"
    config.write_text(f"basic_auth_users:\n  {USER}: {HASH}\n")
    for _ in ("start", "restart"):
        check = GatedCheck()
        async with serving(FakeBackend(), web_config=config, check_password=check) as server:
            async with _attackers(server.port) as statuses:
                check.gate.release(60)
                await wait_until(lambda: len(statuses) >= 50)
                scraping = asyncio.create_task(_scrape(server.url))
                for _ in range(200):
                    seen = len(check.seen)
                    check.gate.release()
                    await wait_until(lambda: len(check.seen) > seen or scraping.done())  # noqa: B023
                    if scraping.done():
                        break
                assert 200 == await scraping, "at the first try"
                after = check.seen[60:].index(PASSWORD.encode())
                assert after <= 2 * ATTACKERS, "what came before it, and what came on its way"

                check.close()
                for _ in range(3):
                    assert 200 == await _scrape(server.url), "it is known, and waits for nobody"
                config.write_text(config.read_text() + "# a comment\n")
                assert 200 == await _scrape(server.url), "also after a reload"
                assert any("again" in line for line in server.lines)
                check.open()
            assert {401} == set(statuses)


@run_in_loop
async def test_clients_that_hang_up_give_up_their_places(tmp_path: Path) -> None:
    config = tmp_path / "web.yml"
    config.write_text(f"basic_auth_users:\n  {USER}: {HASH}\n")
    check = GatedCheck()
    reloader = ConfigReloader(config, log_messages(lambda _line: None), lambda: 0.0, check)
    middleware = Middleware(
        PlainTextResponse("metrics"), reloader, LOOPBACK, WebOptions(), log_messages(print), 16_384
    )

    async def request(password: str, *, hangs_up: bool) -> int:
        credentials = base64.b64encode(f"{USER}:{password}".encode())
        scope = {
            "type": "http",
            "http_version": "1.1",
            "raw_path": b"/metrics",
            "query_string": b"",
            "headers": [(b"authorization", b"Basic " + credentials)],
            "client": ("127.0.0.1", 1),
        }
        messages = [{"type": "http.request"}, {"type": "http.disconnect"}]
        sent: list[Message] = []

        async def receive() -> Message:
            if not hangs_up:
                await asyncio.Event().wait()
            return messages.pop(0)

        async def send(message: Message) -> None:
            sent.append(message)

        await middleware(scope, receive, send)
        return int(sent[0]["status"])

    for number in range(300):
        await request(str(number), hangs_up=True)
    scraping = asyncio.create_task(request(PASSWORD, hangs_up=False))
    check.open()
    assert 200 == await scraping
    assert len(check.seen) <= 2, "the one under way, and the right one"
