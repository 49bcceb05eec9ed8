import asyncio
import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.exporter.fake_backend import run_in_loop
from tokcheck.core.secret import Secret
from tokcheck.exporter.web.basic_auth import BasicAuth, BusyError
from tokcheck.exporter.web.password_memory import PasswordMemory
from tokcheck.exporter.web.password_queue import Party, PasswordQueue, client_network

HASH = "$2b$04$" + "x" * 53
A, B = Party("10.0.0.1", "alice"), Party("10.0.0.2", "alice")
BOB = Party("10.0.0.1", "bob")


def _basic(password: str, name: str = "alice") -> str:
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


class StepByStep:
    """Compares passwords with ``right``, each once ``steps`` allows it, in the order ``seen``."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.waiting = asyncio.Event()
        self.steps: asyncio.Queue[None] = asyncio.Queue()
        self.loop = asyncio.get_running_loop()

    def __call__(self, password: bytes, _hashed: bytes) -> bool:
        asyncio.run_coroutine_threadsafe(self._wait(), self.loop).result(20)
        self.seen.append(password.decode())
        return password == b"right"

    async def _wait(self) -> None:
        self.waiting.set()
        await self.steps.get()
        self.waiting.clear()

    def release(self, count: int = 1_000) -> None:
        for _ in range(count):
            self.steps.put_nowait(None)


def _auth(check: StepByStep, memory: PasswordMemory | None = None) -> BasicAuth:
    return BasicAuth({"alice": Secret(HASH), "bob": Secret(HASH)}, check, memory)


async def _send(
    auth: BasicAuth, password: str, address: str, name: str = "alice"
) -> asyncio.Task[bool]:
    """Send credentials, and return once they wait."""
    task = asyncio.create_task(auth.is_authorized(_basic(password, name), address))
    await asyncio.sleep(0)
    return task


def test_parties_take_turns_and_within_one_the_lowest_rank_is_first() -> None:
    queue: PasswordQueue[str] = PasswordQueue(10)
    for party, rank, item in (
        (A, 3, "a3"), (A, 1, "a1"), (A, 2, "a2"), (B, 4, "b4"), (BOB, 5, "bob5"), (B, 0, "b0"),
    ):  # fmt: skip
        assert queue.add(party, rank, item) is None
    assert ["b0", "a1", "bob5", "b4", "a2", "a3", None] == [queue.take() for _ in range(7)]


@pytest.mark.parametrize("tries", [1, 7, 20])
def test_a_client_that_hangs_up_before_its_turn_keeps_it_among_many_addresses(tries: int) -> None:
    """Of 60 addresses that send new passwords without end, each goes before it once at most."""
    queue: PasswordQueue[str] = PasswordQueue(96)
    ranks = iter(range(1_000_000))
    attackers = [Party(f"10.1.0.{number}", "") for number in range(60)]
    for party in attackers:
        queue.add(party, next(ranks), "wrong")
    scraper, rank = next(ranks), 0
    taken: list[str | None] = []
    while "right" not in taken and len(taken) < 1_000:
        queue.add(A, scraper, "right")
        for _ in range(tries):
            taken.append(queue.take())
            for party in attackers:
                queue.add(party, next(ranks), f"wrong {rank}")
                rank += 1
        queue.remove(A, "right")
    assert taken.index("right") <= len(attackers)


def test_the_longest_party_loses_its_newest_item() -> None:
    queue: PasswordQueue[str] = PasswordQueue(3)
    for rank in range(3):
        queue.add(A, rank, f"a{rank}")
    assert "a2" == queue.add(B, 3, "b3"), "room for another address"
    assert "a4" == queue.add(A, 4, "a4"), "but none for a newer one of the same"
    assert queue.remove(A, "a1")
    assert not queue.remove(A, "a1")
    assert 2 == len(queue)


@given(st.lists(st.tuples(st.sampled_from([A, B, BOB]), st.integers(0, 9)), max_size=40))
def test_a_queue_is_bounded_and_loses_nothing_unnoticed(entries: list[tuple[Party, int]]) -> None:
    queue: PasswordQueue[int] = PasswordQueue(5)
    lost = [queue.add(party, rank, number) for number, (party, rank) in enumerate(entries)]
    assert min(5, len(entries)) == len(queue)
    left = [queue.take() for _ in range(len(queue))]
    gone = [item for item in (*lost, *left) if item is not None]
    assert list(range(len(entries))) == sorted(gone)


@pytest.mark.parametrize(
    ("expected", "host"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("10.1.2.3", "::ffff:10.1.2.3"),
        ("2001:db8:1:2::", "2001:db8:1:2:3:4:5:6"),
        ("::", "::1"),
        ("", ""),
        ("unix", "unix"),
    ],
)
def test_an_ipv6_client_is_known_by_its_network(expected: str, host: str) -> None:
    assert expected == client_network(host)


@run_in_loop
async def test_another_address_waits_for_one_check_of_each_attacker_only() -> None:
    check = StepByStep()
    auth = _auth(check)
    attacks = [
        await _send(auth, f"{address}-{number}", address)
        for number in range(40)
        for address in ("10.0.0.1", "10.0.0.2")
    ]
    scraper = await _send(auth, "right", "10.0.0.9")
    check.release()
    assert await scraper
    assert 3 >= check.seen.index("right"), "the one that ran, and one for each attacker"
    assert not any(await asyncio.gather(*attacks))


@run_in_loop
async def test_another_user_name_of_the_same_address_has_its_own_turns() -> None:
    check = StepByStep()
    auth = _auth(check)
    attacks = [
        await _send(auth, f"{name}-{number}", "127.0.0.1", name)
        for number in range(20)
        for name in ("alice", "no", f"no-{number}", "unknown")
    ]
    scraper = await _send(auth, "right", "127.0.0.1", "bob")
    check.release()
    assert await scraper
    assert 3 >= check.seen.index("right"), "all unknown names share their turns"
    await asyncio.gather(*attacks)


@run_in_loop
async def test_the_right_password_gets_its_place_at_the_second_try() -> None:
    check = StepByStep()
    auth = _auth(check)
    attacks = [await _send(auth, f"before-{number}", "127.0.0.1") for number in range(97)]
    await check.waiting.wait()
    with pytest.raises(BusyError):
        await auth.is_authorized(_basic("right"), "127.0.0.1")
    check.release(1)
    assert not await attacks[0]
    attacks += [await _send(auth, f"after-{number}", "127.0.0.1") for number in range(50)]
    scraper = await _send(auth, "right", "127.0.0.1")
    attacks += [await _send(auth, f"later-{number}", "127.0.0.1") for number in range(50)]
    check.release()
    assert await scraper
    assert 97 >= check.seen.index("right"), "before every password that came after its first try"
    assert not [seen for seen in check.seen[: check.seen.index("right")] if "before" not in seen]
    await asyncio.gather(*attacks, return_exceptions=True)


@run_in_loop
async def test_clients_that_go_away_do_not_fill_the_queue() -> None:
    check = StepByStep()
    auth = _auth(check)
    for number in range(300):
        task = await _send(auth, str(number), "127.0.0.1")
        if number:  # the first is being checked
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
    scraper = await _send(auth, "right", "127.0.0.1")
    check.release()
    assert await scraper
    assert ["0", "right"] == check.seen


@run_in_loop
async def test_a_client_that_waits_for_the_same_password_keeps_it_waiting() -> None:
    check = StepByStep()
    auth = _auth(check)
    running = await _send(auth, "x", "127.0.0.1")
    first, second = [await _send(auth, "right", "127.0.0.1") for _ in range(2)]
    first.cancel()
    check.release()
    assert await second
    assert not await running


@run_in_loop
async def test_what_is_known_outlives_a_reload_but_not_a_new_password() -> None:
    check, memory = StepByStep(), PasswordMemory()
    check.release()
    auth = _auth(check, memory)
    assert await auth.is_authorized(_basic("right"))
    assert not await auth.is_authorized(_basic("wrong"))
    again = _auth(check, memory)
    assert again.cached_result(_basic("right")) is True
    assert again.cached_result(_basic("wrong")) is False
    changed = BasicAuth({"alice": Secret(HASH.replace("x", "y"))}, check, memory)
    assert changed.cached_result(_basic("right")) is None
    BasicAuth({}, check, memory)
    assert _auth(check, memory).cached_result(_basic("right")) is None


@run_in_loop
async def test_a_check_that_fails_is_reported_and_the_next_one_runs() -> None:
    def check(password: bytes, _hashed: bytes) -> bool:
        if password == b"bug":
            raise ValueError("a malformed hash")
        return True

    auth = BasicAuth({"alice": Secret(HASH)}, check)
    failing, passing = [await _send(auth, text, "") for text in ("bug", "right")]
    assert await passing
    with pytest.raises(ValueError, match="malformed"):
        await failing


@pytest.mark.parametrize(
    "other", [("ab", b"c", b"d"), ("a", b"bcd", b""), ("", b"abc", b"d"), ("a", b"b", b"cd")]
)
def test_no_two_credentials_share_a_hash(other: tuple[str, bytes, bytes]) -> None:
    memory = PasswordMemory()
    assert memory.digest("a", b"bc", b"d") == memory.digest("a", b"bc", b"d")
    assert memory.digest("a", b"bc", b"d") != memory.digest(*other)


def test_first_tries_are_remembered_in_bounds() -> None:
    memory = PasswordMemory()
    ranks = [memory.rank(str(number).encode()) for number in range(2_000)]
    assert sorted(ranks) == ranks
    known = sum(memory.rank(str(number).encode()) == number for number in range(1_999, 975, -1))
    assert known < 1_024, "at random, so that a flood of new ones does not push out one for certain"
    assert 1_999 < memory.rank(b"another")
