"""A PostgreSQL server of the tests' own, in a folder of its own, as another user than root."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from socket import socket
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

if TYPE_CHECKING:
    import psycopg

REQUIRED = "TEST_POSTGRES_REQUIRED"  # no variable of tokcheck's: those are removed
_USER = "nobody"
_STARTING_SECONDS = 60
# The server refuses to run as root.
_USER_WORDS: dict[str, Any] = (
    {"user": _USER, "group": "nogroup", "extra_groups": []}
    if sys.platform != "win32" and os.geteuid() == 0
    else {}
)
# Nothing has to outlive the machine. Many connections of many tests, each with little memory.
_SETTINGS = """
listen_addresses = '127.0.0.1'
fsync = off
full_page_writes = off
shared_buffers = 32MB
max_connections = 200
autovacuum = off
logging_collector = off
log_min_messages = fatal
"""


class PostgresServer:
    """A server in ``folder``; it listens on a socket there, and on a loopback ``port``."""

    def __init__(self, folder: Path, port: int, settings: str = "") -> None:
        self.folder = folder
        self.port = port
        self._data = folder / "data"
        self._schemas = 0
        self._run("initdb", "-D", str(self._data), "-U", "test", "-A", "trust", "-E", "UTF8",
                  "--no-locale", "--no-sync", "--wal-segsize=1")  # fmt: skip
        configuration = self._data / "postgresql.conf"
        configuration.write_text(
            f"{configuration.read_text()}{_SETTINGS}port = {port}\n"
            f"unix_socket_directories = '{folder}'\n{settings}"
        )

    def start(self) -> None:
        """Start the server, and wait until it accepts connections."""
        self._run("pg_ctl", "start", "-D", str(self._data), "-w", "-t", str(_STARTING_SECONDS),
                  "-l", str(self.folder / "log"), "-s")  # fmt: skip

    def stop(self, mode: str = "immediate") -> None:
        """Stop the server; ``immediate`` is a crash."""
        self._run("pg_ctl", "stop", "-D", str(self._data), "-m", mode, "-w", "-s")

    def url(self, schema: str, *, port: int | None = None) -> str:
        """Return the URL of a schema of its database: by the socket, or by a port of loopback."""
        options = f"options={quote(f'-csearch_path={schema}')}"
        if port is None:
            socket_folder = quote(str(self.folder), safe="")
            where = f"host={socket_folder}&port={self.port}"
            return f"postgresql://test@/postgres?{where}&{options}"
        return f"postgresql://test@127.0.0.1:{port}/postgres?{options}"

    def new_schema(self) -> str:
        """Create a schema, and return its name."""
        self._schemas += 1
        name = f"s{os.getpid()}_{self._schemas}"
        self.run_sql(f"CREATE SCHEMA {name}")
        return name

    def run_sql(self, sql: str) -> list[tuple[object, ...]]:
        """Run a statement as the owner of everything, and return its rows."""
        with self._connect(autocommit=True) as session:
            cursor = session.execute(sql.encode())
            return cursor.fetchall() if cursor.description else []

    def _connect(self, *, autocommit: bool) -> "psycopg.Connection[tuple[object, ...]]":
        import psycopg  # noqa: PLC0415 - most tests do without

        return psycopg.connect(
            user="test",
            dbname="postgres",
            host=str(self.folder),
            port=self.port,
            autocommit=autocommit,
        )

    @contextmanager
    def holding(self, lock: str) -> Iterator[None]:
        """Run the block while another session has a lock, which this statement takes."""
        import psycopg  # noqa: PLC0415 - most tests do without

        with suppress(psycopg.OperationalError), self._connect(autocommit=False) as session:
            session.execute(lock.encode())
            yield

    def wait_for_a_lock(self) -> None:
        """Wait until a session of tokcheck waits for a lock."""
        waiting = (
            "SELECT 1 FROM pg_stat_activity "
            "WHERE application_name = 'tokcheck' AND wait_event_type = 'Lock'"
        )
        end = time.monotonic() + _STARTING_SECONDS
        while not self.run_sql(waiting):
            assert time.monotonic() < end, "no session waits for a lock"
            time.sleep(0.01)

    def _run(self, program: str, *words: str) -> None:
        subprocess.run(
            [str(_programs() / program), *words],
            check=True,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            **_USER_WORDS,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C"},
        )


@cache
def _programs() -> Path:
    """Return the folder of the newest server's programs; Debian has them beside the PATH."""
    found = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name)
    )
    if found:
        return found[-1]
    on_path = shutil.which("initdb")
    if on_path is None:
        raise FileNotFoundError
    return Path(on_path).parent


def skip_without_postgres(*, at_import: bool = False) -> None:
    """Skip the test where there is no server program or driver, unless it is required, as in CI.

    With ``at_import``, the whole module is skipped.
    """
    reason = ""
    if sys.platform == "win32":
        reason = "the tests start PostgreSQL on POSIX alone"
    elif find_spec("psycopg") is None:
        reason = "psycopg is not installed"
    else:
        try:
            _programs()
        except FileNotFoundError:
            reason = "PostgreSQL is not installed (Debian's package postgresql)"
    if reason and os.environ.get(REQUIRED):
        pytest.fail(reason)
    if reason:
        pytest.skip(reason, allow_module_level=at_import)


@contextmanager
def run_server(settings: str = "") -> Iterator[PostgresServer]:
    """Run a server for the block; it is stopped however the block ends."""
    with socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    # A socket's path may have 107 characters, which those of pytest's folders can exceed.
    folder = Path(tempfile.mkdtemp(prefix="tokcheck-pg-"))
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, _USER)
        server = PostgresServer(folder, port, settings)
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
