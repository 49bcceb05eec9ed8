import asyncio
import base64
import threading
from pathlib import Path

import bcrypt
import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.exporter.fake_backend import FakeBackend, run_in_loop, serving
from tests.support.suite.thoroughness import inputs
from tokcheck.core.secret import Secret
from tokcheck.exporter.web.basic_auth import BasicAuth, BusyError
from tokcheck.exporter.web.rate_limit import TokenBucket

PASSWORD = "correct horse: battery ☂"
HASH = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()


class RecordingCheck:
    """Checks passwords by bcrypt and records each hash; what comes from the cache is not there."""

    def __init__(self) -> None:
        self.seen: list[bytes] = []
        self.go_on = threading.Event()
        self.go_on.set()

    def __call__(self, password: bytes, hashed: bytes) -> bool:
        self.go_on.wait(10)
        self.seen.append(hashed)
        return bcrypt.checkpw(password, hashed)


def _basic_auth(checks: RecordingCheck | None = None, **more: str) -> BasicAuth:
    hashes = {name: Secret(text) for name, text in {"alice": HASH, **more}.items()}
    return BasicAuth(hashes, checks or RecordingCheck())


def _basic(name: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


@run_in_loop
async def test_only_the_right_name_and_password_are_authorized() -> None:
    auth = _basic_auth()
    for _ in range(2):  # the second time from the cache
        assert await auth.is_authorized(_basic("alice", PASSWORD))
        assert await auth.is_authorized(_basic("alice", PASSWORD).replace("Basic", "bASIC"))
        assert not await auth.is_authorized(_basic("alice", PASSWORD + "x"))
        assert not await auth.is_authorized(_basic("alice", ""))
        assert not await auth.is_authorized(_basic("bob", PASSWORD))
        assert not await auth.is_authorized(None)


@run_in_loop
async def test_an_unknown_name_is_not_authorized_even_if_its_hash_matches() -> None:
    auth = BasicAuth({"alice": Secret(HASH)}, lambda *_: True)
    for _ in range(2):
        assert not await auth.is_authorized(_basic("bob", PASSWORD))
        assert await auth.is_authorized(_basic("alice", PASSWORD))


@run_in_loop
async def test_without_users_everybody_is_authorized() -> None:
    assert await BasicAuth({}).is_authorized(None)
    assert not BasicAuth({})


@pytest.mark.parametrize(
    "header",
    ["", "Basic", "Basic ?", "Basic YQ==", "Bearer x", "Basic " + "QUJD" * 3_000, "Basic /zr/"],
)
@run_in_loop
async def test_a_malformed_credential_is_rejected_without_a_check(header: str) -> None:
    checks = RecordingCheck()
    assert not await _basic_auth(checks).is_authorized(header)
    assert [] == checks.seen


@settings(deadline=None, max_examples=inputs(60))
@given(st.binary(max_size=60))
def test_no_header_raises(raw: bytes) -> None:
    auth = _basic_auth()
    assert not asyncio.run(auth.is_authorized("Basic " + base64.b64encode(raw).decode()))
    assert not asyncio.run(auth.is_authorized(raw.decode("latin-1")))


@run_in_loop
async def test_a_password_counts_to_72_bytes_as_bcrypt_does() -> None:
    checks = RecordingCheck()
    auth = _basic_auth(checks, a=bcrypt.hashpw(b"x" * 72, bcrypt.gensalt(4)).decode())
    assert await auth.is_authorized(_basic("a", "x" * 72))
    assert await auth.is_authorized(_basic("a", "x" * 90))
    assert not await auth.is_authorized(_basic("a", "x" * 71))
    assert 2 == len(checks.seen), "both share one entry, so that the cache is bounded"


@run_in_loop
async def test_an_unknown_name_takes_as_long_as_a_known_one() -> None:
    checks = RecordingCheck()
    auth = _basic_auth(checks, bob=HASH.replace("$04$", "$06$"))
    for _ in range(2):
        assert not await auth.is_authorized(_basic("nobody", PASSWORD))
    (checked,) = checks.seen
    assert (b"$06$", 60) == (checked[3:7], len(checked)), (
        "as slow as the slowest, and cached like any other"
    )


@run_in_loop
async def test_wrong_passwords_wait_in_one_bounded_queue() -> None:
    auth = _basic_auth()
    gone = await asyncio.gather(
        *(auth.is_authorized(_basic("alice", str(number))) for number in range(110)),
        return_exceptions=True,
    )
    assert 96 == gone.count(False)
    assert 14 == sum(isinstance(one, BusyError) for one in gone)
    assert not await auth.is_authorized(_basic("alice", "x")), "and afterwards there is room again"


@run_in_loop
async def test_a_cached_password_does_not_wait() -> None:
    checks = RecordingCheck()
    auth = _basic_auth(checks)
    assert await auth.is_authorized(_basic("alice", PASSWORD))
    checks.go_on.clear()
    waiting = asyncio.create_task(auth.is_authorized(_basic("alice", "x")))
    await asyncio.sleep(0)
    assert await asyncio.wait_for(auth.is_authorized(_basic("alice", PASSWORD)), 1)
    assert not waiting.done()
    checks.go_on.set()
    assert not await waiting


@run_in_loop
async def test_the_same_password_twice_at_once_is_checked_once() -> None:
    checks = RecordingCheck()
    auth = _basic_auth(checks)
    both = await asyncio.gather(*(auth.is_authorized(_basic("alice", PASSWORD)) for _ in range(2)))
    assert ([True, True], 1) == (both, len(checks.seen))


@run_in_loop
async def test_the_cache_is_bounded_and_keeps_right_passwords() -> None:
    seen: list[bytes] = []

    def check(password: bytes, _hashed: bytes) -> bool:
        seen.append(password)
        return password == b"right"

    auth = BasicAuth({"alice": Secret(HASH)}, check)
    assert await auth.is_authorized(_basic("alice", "right"))
    for number in range(1_100):
        assert not await auth.is_authorized(_basic("alice", str(number)))
    seen.clear()
    assert await auth.is_authorized(_basic("alice", "right"))
    assert not await auth.is_authorized(_basic("alice", "1099"))
    assert [] == seen
    assert not await auth.is_authorized(_basic("alice", "0"))
    assert [b"0"] == seen


@run_in_loop
async def test_every_path_needs_the_password(tmp_path: Path) -> None:
    config = tmp_path / "web.yml"
    config.write_text(f"basic_auth_users:\n  alice: {HASH}\n")
    backend = FakeBackend()
    async with (
        serving(backend, web_config=config) as server,
        httpx.AsyncClient(base_url=server.url) as client,
    ):
        for path in ("/metrics", "/", "/-/healthy", "/-/ready", "/nothing"):
            response = await client.get(path)
            assert 401 == response.status_code
            assert response.headers["www-authenticate"].startswith("Basic realm=")
            assert "Unauthorized\n" == response.text
        assert 401 == (await client.post("/-/reload")).status_code
        assert 401 == (await client.get("/metrics", auth=("alice", "x"))).status_code
        assert 200 == (await client.get("/metrics", auth=("alice", PASSWORD))).status_code
    assert (1, 0) == (len(backend.scrapes), backend.reloads)


@run_in_loop
async def test_too_many_passwords_to_check_get_503(tmp_path: Path) -> None:
    config = tmp_path / "web.yml"
    config.write_text(f"basic_auth_users:\n  alice: {HASH}\n")
    checks = RecordingCheck()
    checks.go_on.clear()
    async with (
        serving(FakeBackend(), web_config=config, check_password=checks) as server,
        httpx.AsyncClient(
            base_url=server.url, timeout=25, limits=httpx.Limits(max_connections=None)
        ) as client,
    ):
        tasks = [
            asyncio.create_task(client.get("/metrics", auth=("alice", str(number))))
            for number in range(110)
        ]
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        checks.go_on.set()
        answers = await asyncio.gather(*tasks)
        assert {401, 503} == {answer.status_code for answer in answers}
        assert "1" in {answer.headers.get("retry-after") for answer in answers}


def test_a_bucket_allows_a_burst_and_then_one_an_interval() -> None:
    now = [100.0]
    bucket = TokenBucket(0.5, 3, lambda: now[0])
    assert [True, True, True, False] == [bucket.allow() for _ in range(4)]
    now[0] += 0.5
    assert [True, False] == [bucket.allow() for _ in range(2)]
    now[0] += 1_000
    assert [True, True, True, False] == [bucket.allow() for _ in range(4)]


@run_in_loop
async def test_requests_beyond_the_rate_limit_get_429(tmp_path: Path) -> None:
    config = tmp_path / "web.yml"
    config.write_text("rate_limit: {interval: 1h, burst: 2}\n")
    async with (
        serving(FakeBackend(), web_config=config) as server,
        httpx.AsyncClient(base_url=server.url) as client,
    ):
        statuses = [(await client.get("/metrics")).status_code for _ in range(4)]
    assert [200, 200, 429, 429] == statuses
