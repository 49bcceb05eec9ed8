import asyncio
import base64
import threading
from pathlib import Path

import bcrypt
import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.exporter.fake_site import FakeSite, in_loop, serving
from tokcheck.core.secret import Secret
from tokcheck.exporter.web.basic_auth import BusyError, Users
from tokcheck.exporter.web.rate_limit import Bucket

PASSWORD = "correct horse: battery ☂"
HASH = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()


class Checks:
    """Counts what is checked: a test tells by it what was kept."""

    def __init__(self) -> None:
        self.seen: list[bytes] = []
        self.go_on = threading.Event()
        self.go_on.set()

    def __call__(self, password: bytes, hashed: bytes) -> bool:
        self.go_on.wait(10)
        self.seen.append(hashed)
        return bcrypt.checkpw(password, hashed)


def _users(checks: Checks | None = None, **more: str) -> Users:
    hashes = {name: Secret(text) for name, text in {"alice": HASH, **more}.items()}
    return Users(hashes, checks or Checks())


def _basic(name: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


@in_loop
async def test_only_the_right_name_and_password_come_in() -> None:
    users = _users()
    for _ in range(2):  # the second time from memory
        assert await users.admit(_basic("alice", PASSWORD))
        assert await users.admit(_basic("alice", PASSWORD).replace("Basic", "bASIC"))
        assert not await users.admit(_basic("alice", PASSWORD + "x"))
        assert not await users.admit(_basic("alice", ""))
        assert not await users.admit(_basic("bob", PASSWORD))
        assert not await users.admit(None)


@in_loop
async def test_without_users_everybody_comes_in() -> None:
    assert await Users({}).admit(None)
    assert not Users({})


@pytest.mark.parametrize(
    "header",
    ["", "Basic", "Basic ?", "Basic YQ==", "Bearer x", "Basic " + "QUJD" * 3_000, "Basic /zr/"],
)
@in_loop
async def test_what_is_no_credential_is_refused_without_a_check(header: str) -> None:
    checks = Checks()
    assert not await _users(checks).admit(header)
    assert [] == checks.seen


@settings(deadline=None, max_examples=60)
@given(st.binary(max_size=60))
def test_no_header_makes_it_fail(raw: bytes) -> None:
    users = _users()
    assert not asyncio.run(users.admit("Basic " + base64.b64encode(raw).decode()))
    assert not asyncio.run(users.admit(raw.decode("latin-1")))


@in_loop
async def test_a_password_counts_to_72_bytes_as_bcrypt_does() -> None:
    checks = Checks()
    users = _users(checks, a=bcrypt.hashpw(b"x" * 72, bcrypt.gensalt(4)).decode())
    assert await users.admit(_basic("a", "x" * 72))
    assert await users.admit(_basic("a", "x" * 90))
    assert not await users.admit(_basic("a", "x" * 71))
    assert 2 == len(checks.seen), "one is kept for both, so that what is kept is bounded"


@in_loop
async def test_an_unknown_name_costs_as_much_as_a_known_one() -> None:
    checks = Checks()
    users = _users(checks, bob=HASH.replace("$04$", "$06$"))
    for _ in range(2):
        assert not await users.admit(_basic("nobody", PASSWORD))
    (checked,) = checks.seen
    assert (b"$06$", 60) == (checked[3:7], len(checked)), "as the slowest, and kept as any other"


@in_loop
async def test_wrong_passwords_wait_in_one_line_of_bounded_length() -> None:
    users = _users(alice=HASH.replace("$04$", "$08$"))
    gone = await asyncio.gather(
        *(users.admit(_basic("alice", str(number))) for number in range(50)), return_exceptions=True
    )
    assert 32 == gone.count(False)
    assert 18 == sum(isinstance(one, BusyError) for one in gone)
    assert not await users.admit(_basic("alice", "x")), "and afterwards there is room again"


@in_loop
async def test_who_is_known_does_not_wait() -> None:
    checks = Checks()
    users = _users(checks)
    assert await users.admit(_basic("alice", PASSWORD))
    checks.go_on.clear()
    waiting = asyncio.create_task(users.admit(_basic("alice", "x")))
    await asyncio.sleep(0)
    assert await asyncio.wait_for(users.admit(_basic("alice", PASSWORD)), 1)
    assert not waiting.done()
    checks.go_on.set()
    assert not await waiting


@in_loop
async def test_the_same_password_twice_at_once_is_checked_once() -> None:
    checks = Checks()
    users = _users(checks)
    both = await asyncio.gather(*(users.admit(_basic("alice", PASSWORD)) for _ in range(2)))
    assert ([True, True], 1) == (both, len(checks.seen))


@in_loop
async def test_what_is_kept_is_bounded_and_right_ones_stay() -> None:
    seen: list[bytes] = []

    def check(password: bytes, _hashed: bytes) -> bool:
        seen.append(password)
        return password == b"right"

    users = Users({"alice": Secret(HASH)}, check)
    assert await users.admit(_basic("alice", "right"))
    for number in range(1_100):
        assert not await users.admit(_basic("alice", str(number)))
    seen.clear()
    assert await users.admit(_basic("alice", "right"))
    assert not await users.admit(_basic("alice", "1099"))
    assert [] == seen
    assert not await users.admit(_basic("alice", "0"))
    assert [b"0"] == seen


@in_loop
async def test_every_path_is_behind_the_password(tmp_path: Path) -> None:
    config = tmp_path / "web.yml"
    config.write_text(f"basic_auth_users:\n  alice: {HASH}\n")
    site = FakeSite()
    async with (
        serving(site, web_config=config) as served,
        httpx.AsyncClient(base_url=served.url) as client,
    ):
        for path in ("/metrics", "/", "/-/healthy", "/-/ready", "/nothing"):
            refused = await client.get(path)
            assert 401 == refused.status_code
            assert refused.headers["www-authenticate"].startswith("Basic realm=")
            assert "Unauthorized\n" == refused.text
        assert 401 == (await client.post("/-/reload")).status_code
        assert 401 == (await client.get("/metrics", auth=("alice", "x"))).status_code
        assert 200 == (await client.get("/metrics", auth=("alice", PASSWORD))).status_code
    assert (1, 0) == (len(site.asked), site.reloads)


@in_loop
async def test_too_many_passwords_to_check_are_told_so(tmp_path: Path) -> None:
    config = tmp_path / "web.yml"
    config.write_text(f"basic_auth_users:\n  alice: {HASH.replace('$04$', '$07$')}\n")
    async with (
        serving(FakeSite(), web_config=config) as served,
        httpx.AsyncClient(base_url=served.url, timeout=25) as client,
    ):
        answers = await asyncio.gather(
            *(client.get("/metrics", auth=("alice", str(number))) for number in range(60))
        )
        assert {401, 503} == {answer.status_code for answer in answers}
        assert "1" in {answer.headers.get("retry-after") for answer in answers}


def test_a_bucket_lets_a_burst_through_and_then_one_an_interval() -> None:
    now = [100.0]
    bucket = Bucket(0.5, 3, lambda: now[0])
    assert [True, True, True, False] == [bucket.allow() for _ in range(4)]
    now[0] += 0.5
    assert [True, False] == [bucket.allow() for _ in range(2)]
    now[0] += 1_000
    assert [True, True, True, False] == [bucket.allow() for _ in range(4)]


@in_loop
async def test_requests_beyond_the_rate_are_refused(tmp_path: Path) -> None:
    config = tmp_path / "web.yml"
    config.write_text("rate_limit: {interval: 1h, burst: 2}\n")
    async with (
        serving(FakeSite(), web_config=config) as served,
        httpx.AsyncClient(base_url=served.url) as client,
    ):
        statuses = [(await client.get("/metrics")).status_code for _ in range(4)]
    assert [200, 200, 429, 429] == statuses
