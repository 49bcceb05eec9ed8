"""Fixtures for all tests: made-up tokens, a fixed moment, and homes of their own."""

import atexit
import gc
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager, nullcontext
from datetime import datetime
from functools import cache
from pathlib import Path

import coverage
import pytest
from hypothesis import is_hypothesis_test, settings

from tests.support.cli.coverage_hook import COVERAGE_HOOK
from tests.support.paths import ROOT
from tests.support.suite.coverage_pieces import pytest_runtestloop  # noqa: F401 - a hook
from tests.support.suite.order import spread
from tests.support.suite.platform import (
    adapt,
    is_ignored,
    missing_call,
    skip_reason,
)
from tests.support.suite.postgres_server import (
    PostgresServer,
    run_server,
    skip_without_postgres,
)
from tests.support.suite.thoroughness import IS_THOROUGH, inputs
from tests.support.tokens import NOW
from tests.support.transport import client_calls

_TESTS = ROOT / "tests"
_AUTHORITY = _TESTS / "support" / "transport" / "authority.pem"

# Bytecode that is not kept is compiled again by every process that the tests start; pytest rewrites
# every test again.
sys.dont_write_bytecode = False


# A machine that is busy elsewhere is no failure; what has to be quick is measured in benchmarks.
settings.register_profile("tokcheck", deadline=None, max_examples=inputs(100))
# The result of CI depends on the change alone; runs beside one's work and benchmarks.fuzz explore.
settings.register_profile(
    "thorough", deadline=None, max_examples=inputs(100), derandomize=True, print_blob=True
)
# Failures that random examples find do not depend on the system, and Wine is slow.
settings.register_profile("windows", deadline=None, max_examples=5, derandomize=True)
settings.load_profile(
    "windows" if sys.platform == "win32" else "thorough" if IS_THOROUGH else "tokcheck"
)


# Tests without network, processes and files: seconds for all of them.
_FAST = (
    "core", "paste", "checks", "providers", "accounts/oauth", "exporter/scheduling",
    "exporter/state", "sandbox/state", "scan/detect",
)  # fmt: skip


def pytest_configure(config: pytest.Config) -> None:
    # In the background of a shell, a process and its children ignore Ctrl-C.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    _clean_environment()
    adapt()
    config.addinivalue_line("markers", "untraced: what it runs is not measured by coverage")
    config.addinivalue_line("markers", "fast: a test of a room without network, processes or files")


def _clean_environment() -> None:
    """Keep the tester's own settings out of the tests.

    Once for the whole run: as a fixture of every test, it takes seconds.
    """
    for name in list(os.environ):
        if (
            name.startswith("TOKCHECK_")
            or name.upper().endswith("_PROXY")
            or name in {"NO_COLOR", "FORCE_COLOR"}
        ):
            del os.environ[name]
    for name in ("PYTHONDONTWRITEBYTECODE", "SSL_CERT_DIR"):
        os.environ.pop(name, None)
    # One authority: all of a system's take 20 ms of every client that is made.
    os.environ["SSL_CERT_FILE"] = str(_AUTHORITY)
    os.environ["TZ"] = "UTC"
    # A test that sets no data folder must not write into the tester's: a new one for each process.
    folder = tempfile.mkdtemp(prefix="tokcheck-tests-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.environ["XDG_DATA_HOME"] = folder


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """The loop of the asynchronous tests: the exporter runs in no other one."""
    return "asyncio"


def pytest_xdist_auto_num_workers() -> int:
    """Return two workers for each core: many tests wait for another process or the disk."""
    return 2 * (os.cpu_count() or 1)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out what this system cannot run, and files without fast tests if only those are run.

    Importing those takes longer than running the others.
    """
    if is_ignored(collection_path, _TESTS):
        return True
    if not _runs_only_fast(config) or collection_path.suffix != ".py":
        return None
    return None if _is_fast(collection_path) else True


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if workers := getattr(config, "workerinput", {}).get("workercount", 0):
        items[:] = spread(items, _file_of, workers)
    for item in items:
        if reason := skip_reason(item):
            item.add_marker(pytest.mark.skip(reason))
        # Property tests take longer than all the rest.
        if _is_fast(item.path) and not _is_untraced(item):
            item.add_marker(pytest.mark.fast)


def _file_of(item: pytest.Item) -> str:
    return item.path.relative_to(_TESTS).as_posix()


def _is_untraced(item: pytest.Item) -> bool:
    if isinstance(item, pytest.Function) and is_hypothesis_test(item.obj):
        return True
    return item.get_closest_marker("untraced") is not None


def _runs_only_fast(config: pytest.Config) -> bool:
    return bool(config.option.markexpr == "fast")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Collect without the garbage collector, and keep it out of what was collected.

    Nearly all of the items live until the end, and each process collects all of them.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@cache
def _is_fast(path: Path) -> bool:
    folder = path.parent.relative_to(_TESTS).as_posix()
    return any(f"{folder}/".startswith(f"{room}/") for room in _FAST)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup() -> Generator[None, object, object]:
    """Skip a test if its fixtures call a function that this system lacks."""
    return (yield from _skip_if_missing())


def _skip_if_missing() -> Generator[None, object, object]:
    try:
        return (yield)
    except Exception as error:
        if (missing := missing_call(error)) is None:
            raise
        pytest.skip(missing)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Leave property tests, and those that ask for it, out of what coverage measures.

    A line that only chance leads to would be covered in one run and not in the next; and coverage
    takes as long as what it measures. So do the processes that such a test starts. A test that
    calls what this system lacks is skipped.
    """
    with _without_coverage() if _is_untraced(item) else nullcontext():
        return (yield from _skip_if_missing())


@contextmanager
def _without_coverage() -> Iterator[None]:
    hook = os.environ.pop(COVERAGE_HOOK, None)
    stopped: list[coverage.Coverage] = []
    # A process of xdist has two, the hook's of every interpreter and pytest-cov's: where one
    # stops, the one below it continues.
    while measuring := coverage.Coverage.current():
        measuring.stop()
        stopped.append(measuring)
    try:
        yield
    finally:
        for measuring in reversed(stopped):
            measuring.start()
        if hook is not None:
            os.environ[COVERAGE_HOOK] = hook


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """Run one server for all tests of this process."""
    skip_without_postgres()
    with run_server() as server:
        yield server


@pytest.fixture
def database_url(postgres_server: PostgresServer) -> str:
    """Return the URL of a schema of the test's own."""
    return postgres_server.url(postgres_server.new_schema())


@pytest.fixture
def now() -> datetime:
    """The moment at which the made-up tokens are good."""
    return NOW


@pytest.fixture(params=["one at a time", "many at once"])
def send(request: pytest.FixtureRequest) -> client_calls.Send:
    """Send through either of the two clients: both have to do the same."""
    return client_calls.send if request.param == "one at a time" else client_calls.send_async


@pytest.fixture
def request_error(send: client_calls.Send) -> client_calls.SendExpectingError:
    """Return the error of a request through either of the two clients."""
    return client_calls.expecting_error(send)
