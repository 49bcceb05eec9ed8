"""Many accounts in a database on PostgreSQL, beside the same ones in a file.

uv run python -m benchmarks.shared_store [ACCOUNTS]

The server is one of its own on this machine, with commits on the disk. Shown are the time of
``tokcheck token`` as a whole process, of a list of all accounts, and of an exporter's renewal of
its leases.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from tests.support.suite.postgres_server import run_server
from tokcheck.accounts.grant import Client, Grant
from tokcheck.accounts.store.environment import open_store
from tokcheck.accounts.store.grant_store import GrantStore
from tokcheck.accounts.store.rows import SECRET_FIELDS
from tokcheck.core.secret import Secret
from tokcheck.exporter.sources.leases import AccountLeases
from tokcheck.storage.postgres.database_address import DatabaseAddress, parse_database_address

RUNS = 9
FIRST_NAME = 1_000_000
INSTANCES = 10
HOUR = 3600.0

_NUMBERS = (
    "WITH RECURSIVE numbers (n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?)"
)
# Both databases know this form. The copies have the same tokens, which reading them does not mind.
_COPY_GRANT = f"""
    {_NUMBERS}
    INSERT INTO grants (id, name, revision, provider, client_id, client_secret, access, refresh,
        fingerprint, expires_at, scopes, user_id, obtained_at)
    SELECT n, 'person-' || ({FIRST_NAME} + n), revision, provider, client_id,
        n || '/client_secret', n || '/access', n || '/refresh', 'copy ' || n, expires_at, scopes,
        CAST(n AS text), obtained_at
    FROM numbers, grants WHERE grants.id = 1
"""
_COPY_SECRET = (
    _NUMBERS
    + """
    INSERT INTO secrets (reference, text, fingerprint)
    SELECT n || '/{0}', text, secrets.fingerprint
    FROM numbers, grants JOIN secrets ON reference = grants.{0} WHERE grants.id = 1
"""
)


def fill(store: GrantStore, count: int) -> None:
    """Store one account, and copies of its rows: each of them would else sync the disk."""
    with store.transaction() as connection:
        store.put(
            Grant(
                name=name_of(1),
                client=Client("fitbit", "23TEST", Secret("5e" * 16)),
                access=Secret("access-" + "x" * 250),
                refresh=Secret("5f" * 32),
                expires_at=time.time() + 8 * HOUR,
                refresh_expires_at=None,
                scopes=("sleep", "settings"),
                user_id="1",
                obtained_at=time.time(),
            )
        )
        for statement in (_COPY_GRANT, *map(_COPY_SECRET.format, SECRET_FIELDS)):
            connection.execute(statement, (count,))


def name_of(number: int) -> str:
    return f"person-{FIRST_NAME + number}"


def median_milliseconds(work: Callable[[], object], runs: int) -> float:
    took = []
    for _ in range(runs):
        started = time.perf_counter()
        work()
        took.append(time.perf_counter() - started)
    return statistics.median(took) * 1000


def run_process(words: list[str], environment: dict[str, str]) -> None:
    command = [sys.executable, *words]
    subprocess.run(
        command,
        env=os.environ | environment,
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def read_token(environment: dict[str, str], folder: Path, name: str) -> None:
    with open_store(environment, folder) as store:
        store.account(name)


def measure_token(places: dict[str, dict[str, str]], count: int) -> None:
    """Measure the processes and their parts in turns, so that a busy machine is so for all."""
    name = name_of(count // 2)
    works: dict[str, Callable[[], object]] = {}
    for place, environment in places.items():
        folder = Path(environment["TOKCHECK_HOME"])
        works |= {
            f"tokcheck token, {place}": partial(
                run_process, ["-m", "tokcheck", "token", name], environment
            ),
            f"of it, opening the store and reading the account, {place}": partial(
                read_token, environment, folder, name
            ),
            f"accounts list --limit 100, {place}": partial(
                run_process,
                ["-m", "tokcheck", "accounts", "list", "--limit", "100", "--after", name],
                environment,
            ),
        }
    works |= {
        "python -c pass": partial(run_process, ["-c", "pass"], {}),
        "python -c 'import psycopg'": partial(run_process, ["-c", "import psycopg"], {}),
    }
    took: dict[str, list[float]] = {what: [] for what in works}
    for _ in range(RUNS):
        for what, work in works.items():
            took[what].append(median_milliseconds(work, 1))
    for what, found in took.items():
        print(f"{what}: {statistics.median(found):.0f} ms, at best {min(found):.0f}")


def measure_leases(address: DatabaseAddress, names: list[str]) -> None:
    # On one thread after another: leases of the usual length would be over before their turn.
    instances = [
        AccountLeases(address, "bench", f"instance {n}", seconds=HOUR) for n in range(INSTANCES)
    ]
    started = time.perf_counter()
    instances[0].choose(names, ())
    print(f"the first exporter takes all {len(names)}: {time.perf_counter() - started:.1f} s")
    for _ in range(3):
        for leases in instances:
            leases.choose(names, ())
    held = [leases.cluster.leases for leases in instances]
    renewals = [median_milliseconds(lambda: leases.choose(names, ()), 5) for leases in instances]  # noqa: B023 - used at once
    print(
        f"renewing the leases of one of {INSTANCES} exporters, with {max(held)} of {len(names)} "
        f"accounts: {statistics.median(renewals):.0f} ms, every 5 s"
    )
    for leases in instances:
        leases.close()


def main(count: int) -> None:
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        server = stack.enter_context(run_server("fsync = on\nfull_page_writes = on\n"))
        url = server.url(server.new_schema())
        address = parse_database_address(url, {})
        files = {"TOKCHECK_HOME": str(scratch / "file")}
        database = {"TOKCHECK_HOME": str(scratch / "home"), "TOKCHECK_DATABASE": url}
        places = {"file": files, "database": database}
        for place, environment in places.items():
            started = time.perf_counter()
            # Closed again: the file's log of this one large transaction is then gone.
            with open_store(environment, Path(environment["TOKCHECK_HOME"])) as store:
                fill(store, count)
            took = time.perf_counter() - started
            print(f"{count} accounts stored, {place}: {took:.0f} s")
        server.run_sql("ANALYZE")
        stores = {
            place: stack.enter_context(open_store(environment, Path(environment["TOKCHECK_HOME"])))
            for place, environment in places.items()
        }
        measure_token(places, count)
        for place, store in stores.items():
            took = median_milliseconds(store.accounts, 1)
            print(f"reading all accounts, {place}: {took:.0f} ms")
        names = [grant.name for grant in stores["file"].grants()]
        measure_leases(address, names)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
