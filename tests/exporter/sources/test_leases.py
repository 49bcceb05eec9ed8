"""Leases on PostgreSQL: the instances of a cluster divide the accounts, each to one of them."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.accounts.fake_token_endpoint import FakeClock, FakeTokenEndpoint
from tests.support.exporter.registries import PATH, Timer
from tests.support.suite.postgres_server import PostgresServer, skip_without_postgres
from tokcheck.core.errors import UsageError

skip_without_postgres(at_import=True)

from tokcheck.accounts.store.postgres.postgres_store import PostgresStore  # noqa: E402
from tokcheck.exporter.sources.leases import LEASE_SECONDS, AccountLeases, checked_cluster_name  # noqa: E402
from tokcheck.exporter.sources.registry import AccountRegistry, Selection  # noqa: E402
from tokcheck.exporter.sources.selection import ClusterState  # noqa: E402
from tokcheck.storage.postgres.database_address import parse_database_address  # noqa: E402
from tokcheck.storage.postgres.database_errors import away_error  # noqa: E402
from tokcheck.storage.postgres.postgres_connection import PostgresConnection  # noqa: E402

NAMES = [f"person-{number}" for number in range(10)]


class CutConnection(PostgresConnection):
    """A connection that does not reach the server while it is cut."""

    is_cut = False

    @contextmanager
    def writing(self) -> Iterator[PostgresConnection]:
        if self.is_cut:
            raise away_error(self.place)
        with super().writing() as connection:
            yield connection


class Cluster:
    """Instances of a cluster on one database, and the accounts that they divide."""

    def __init__(self, url: str, folder: Path) -> None:
        self.address = parse_database_address(url, {})
        self.store = PostgresStore(self.address, folder)
        self.instances: dict[str, AccountLeases] = {}
        self.connections: dict[str, CutConnection] = {}
        self.timer = Timer()
        self._endpoint = FakeTokenEndpoint(FakeClock())

    def add_accounts(self, *names: str) -> None:
        for name in names:
            self.store.put(self._endpoint.grant(name))

    def instance(self, name: str, cluster: str = "study") -> AccountLeases:
        def connect(*words: Any, **options: Any) -> CutConnection:
            self.connections[name] = CutConnection(*words, **options)
            return self.connections[name]

        self.instances[name] = AccountLeases(
            self.address, cluster, name, connect=connect, timer=self.timer
        )
        return self.instances[name]

    def poll(self, *names: str) -> dict[str, set[str]]:
        """Let the instances poll, all by default, and return what each serves."""
        stored = [grant.name for grant in self.store.grants()]
        return {
            name: set(self.instances[name].choose(stored, ()))
            for name in names or sorted(self.instances)
        }

    @contextmanager
    def cut_off(self, name: str) -> Iterator[None]:
        """Keep an instance from the database while the block runs."""
        connection = self.connections[name]
        connection.is_cut = True
        yield
        connection.is_cut = False

    def expire(self, name: str, *, seconds: float = 1e9) -> None:
        """Let the deadline of an instance be so long ago, as when it does not poll for long."""
        with self.store.transaction() as connection:
            connection.execute(
                "UPDATE cluster_instances "
                "SET until = extract(epoch FROM clock_timestamp())::float8 - ? WHERE instance = ?",
                (seconds, name),
            )

    def close(self) -> None:
        for leases in self.instances.values():
            leases.close()
        self.store.close()


@pytest.fixture
def cluster(database_url: str, tmp_path: Path) -> Iterator[Cluster]:
    made = Cluster(database_url, tmp_path / "data")
    made.add_accounts(*NAMES)
    yield made
    made.close()


def test_one_instance_serves_all_accounts(cluster: Cluster) -> None:
    one = cluster.instance("one")
    assert {"one": set(NAMES)} == cluster.poll()
    assert ClusterState("study", 1, 10, 0) == one.cluster


def test_a_second_instance_gets_half_within_two_polls(cluster: Cluster) -> None:
    cluster.instance("one")
    cluster.poll()
    two = cluster.instance("two")
    assert [10, 0] == [len(found) for found in (cluster.poll("one")["one"], set())]
    assert set() == cluster.poll("two")["two"], "all are held, and the first learns of it next"
    assert ClusterState("study", 2, 0, 0) == two.cluster
    first, second = cluster.poll("one")["one"], cluster.poll("two")["two"]
    assert [5, 5] == [len(first), len(second)]
    assert set(NAMES) == first | second
    assert ClusterState("study", 2, 5, 0) == two.cluster


def test_the_accounts_of_an_instance_that_is_gone_are_taken(cluster: Cluster) -> None:
    for name in ("one", "two"):
        cluster.instance(name)
        cluster.poll()
    cluster.poll()
    cluster.expire("two")
    assert {"one": set(NAMES)} == cluster.poll("one")
    # It was only stopped for a while.
    assert {"two": set()} == cluster.poll("two")
    after = cluster.poll()
    assert [5, 5] == sorted(map(len, (after["one"], cluster.poll("two")["two"])))


def test_an_instance_is_gone_from_its_deadline_on(cluster: Cluster) -> None:
    for name in ("one", "two"):
        cluster.instance(name)
        cluster.poll()
    cluster.poll()
    cluster.expire("two", seconds=0.001)
    assert {"one": set(NAMES)} == cluster.poll("one")


def test_an_instance_gives_back_what_is_one_above_its_share(cluster: Cluster) -> None:
    cluster.store.remove(NAMES[9])
    for name in ("one", "two", "three"):
        cluster.instance(name)
        cluster.poll()
    cluster.poll()
    assert [3, 3, 3] == [len(found) for found in cluster.poll().values()]
    cluster.expire("three")
    assert [5, 4] == [len(found) for found in cluster.poll("one", "two").values()]
    cluster.store.remove(next(iter(cluster.poll("two")["two"])))
    assert [4, 4] == [len(found) for found in cluster.poll("one", "two").values()]


def test_an_instance_that_ends_gives_its_accounts_back_at_once(cluster: Cluster) -> None:
    for name in ("one", "two"):
        cluster.instance(name)
        cluster.poll()
    cluster.poll()
    cluster.instances.pop("two").close()
    assert {"one": set(NAMES)} == cluster.poll()
    assert ClusterState("study", 1, 10, 0) == cluster.instances["one"].cluster


def test_accounts_come_and_go(cluster: Cluster) -> None:
    cluster.instance("one")
    cluster.poll()
    cluster.add_accounts("new")
    cluster.store.remove(NAMES[0])
    assert {"one": {*NAMES[1:], "new"}} == cluster.poll()


def test_what_nobody_serves_is_counted(cluster: Cluster) -> None:
    one, two = cluster.instance("one"), cluster.instance("two")
    cluster.poll("one")
    cluster.poll("two")
    cluster.poll("one")  # it has given half back
    assert ClusterState("study", 2, 5, 5) == one.cluster
    cluster.poll("two")
    assert ClusterState("study", 2, 5, 0) == two.cluster


def test_clusters_do_not_know_each_other(cluster: Cluster) -> None:
    cluster.instance("one")
    cluster.instance("other", "another-study")
    assert {"one": set(NAMES), "other": set(NAMES)} == cluster.poll()


def test_instances_that_poll_at_once_never_share_an_account(cluster: Cluster) -> None:
    names = ["a", "b", "c", "d"]
    for name in names:
        cluster.instance(name)
    stored = [grant.name for grant in cluster.store.grants()]
    with ThreadPoolExecutor(4) as machines:
        for _ in range(8):
            found = list(machines.map(lambda n: cluster.instances[n].choose(stored, ()), names))
    assert set(NAMES) == set().union(*found)
    assert 10 == sum(map(len, found))
    assert 3 == max(map(len, found))


_STEPS = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["poll", "stop", "end"])))


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(_STEPS)
def test_whatever_happens_an_account_has_one_row_of_one_instance(
    cluster: Cluster, steps: list[tuple[str, str]]
) -> None:
    for name, step in steps:
        if name not in cluster.instances:
            cluster.instance(name)
        if step == "poll":
            cluster.poll(name)
        elif step == "stop":
            cluster.poll(name)
            cluster.expire(name)
        else:
            cluster.instances.pop(name).close()
    cluster.instances or cluster.instance("a")
    for _ in range(3):
        found = cluster.poll()
    assert set(NAMES) == set().union(*found.values())
    assert len(NAMES) == sum(map(len, found.values()))
    for name in list(cluster.instances):
        cluster.instances.pop(name).close()


def test_while_the_database_is_away_the_accounts_stay(
    postgres_server: PostgresServer, database_url: str, cluster: Cluster
) -> None:
    del postgres_server, database_url
    one = cluster.instance("one")
    cluster.poll()
    away = parse_database_address("postgresql://u@127.0.0.1:1/none", {})
    lost = AccountLeases(away, "study", "two")
    assert ["b"] == list(lost.choose(["a", "b"], {"b", "c"}))
    lost.close()
    assert set(NAMES) == set(one.choose(NAMES, ()))


def test_an_instance_that_is_cut_off_keeps_its_accounts_until_its_leases_are_over(
    cluster: Cluster,
) -> None:
    for name in ("one", "two"):
        cluster.instance(name)
        cluster.poll()
    one = cluster.instances["one"]
    held = cluster.poll()["one"]
    with cluster.cut_off("one"):
        cluster.timer.seconds += LEASE_SECONDS - 1
        assert held == set(one.choose(NAMES, held))
        assert (False, 5) == (one.term.is_over(), one.cluster.leases)
        cluster.timer.seconds += 1
        assert one.term.is_over()
        assert set() == set(one.choose(NAMES, held))
        # Its part of an alert: none of the accounts is served, as far as it knows.
        assert ClusterState("study", None, 0, 10) == one.cluster
        cluster.expire("one")
        assert set(NAMES) == cluster.poll("two")["two"]
    assert set() == cluster.poll("one")["one"]
    assert not one.term.is_over()
    assert ClusterState("study", 2, 0, 0) == one.cluster


def test_leases_are_over_here_before_they_are_at_the_server(cluster: Cluster) -> None:
    class SteppingTimer(Timer):
        def __call__(self) -> float:
            self.seconds += 1  # as if each reading of the clock took a second
            return self.seconds

    one = AccountLeases(cluster.address, "study", "one", timer=SteppingTimer())
    one.choose(NAMES, ())
    one.close()
    assert 1_001 + LEASE_SECONDS == one.term.until


@pytest.mark.parametrize("name", ["", "a b", "x" * 64, "-x", "a\n", "ä"])
def test_a_wrong_name_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="name of the cluster is not valid"):
        checked_cluster_name(name)
    assert "study-2.a_B" == checked_cluster_name("study-2.a_B")


def registry(
    cluster: Cluster, name: str, folder: Path, config: Path | None = None
) -> AccountRegistry:
    return AccountRegistry(
        Selection(config, home=folder / name, accounts=True),
        environ=PATH,
        timer=Timer(),
        share=cluster.instance(name),
        open_store=partial(PostgresStore, cluster.address),
    )


def test_an_account_that_another_instance_serves_is_handed_over(
    cluster: Cluster, tmp_path: Path
) -> None:
    async def run() -> None:
        one = registry(cluster, "one", tmp_path)
        one.load()
        assert 10 == len((await one.poll()).changed)
        two = registry(cluster, "two", tmp_path)
        two.load()
        assert () == (await two.poll()).changed
        changes = await one.poll()
        assert (5, ()) == (len(changes.handed_over), changes.removed)
        taken = {watched.account.name for watched in (await two.poll()).changed}
        assert set(changes.handed_over) == taken
        cluster.store.remove(NAMES[0])
        gone = [*(await one.poll()).removed, *(await two.poll()).removed]
        assert [NAMES[0]] == gone
        await two.aclose()
        assert 9 == len((await one.poll(), one.accounts)[1])
        await one.aclose()

    asyncio.run(run())
    cluster.instances.clear()


def test_only_stored_accounts_are_shared(cluster: Cluster, tmp_path: Path) -> None:
    config = tmp_path / "tokcheck.toml"
    config.write_text('[accounts.anna]\nenv = "ANNA"\n')
    watched = registry(cluster, "one", tmp_path, config)
    with pytest.raises(UsageError, match="The account anna is not in the store"):
        watched.load()
    asyncio.run(watched.aclose())


def test_a_role_of_another_schema_sees_nothing(postgres_server: PostgresServer) -> None:
    """Tables are in the schema of the address, so two installations do not meet."""
    url = postgres_server.url(postgres_server.new_schema())
    address = parse_database_address(url, {})
    leases = AccountLeases(address, "study", "one", connect=PostgresConnection)
    assert [] == list(leases.choose(["a"], {"a"})), "its own store is empty"
    leases.close()
