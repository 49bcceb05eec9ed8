"""The calls that this system lacks, and the tests that cannot run without them.

On Windows, a test that calls what only POSIX has is skipped when it does: see :func:`missing_call`.
The tables name those that show it in another way.
"""

import inspect
import os
import re
import shlex
import sys
import traceback
from functools import cache
from pathlib import Path

import pytest

from tests.support.paths import ROOT
from tokcheck.storage import shell_words

IS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0
"""Whether permissions do not bind the user of the tests."""

needs_modes = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no modes")
needs_fifos = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes in folders")

_TESTS = ROOT / "tests"
_PRODUCT = ROOT / "monitor"

# Modules that are not collected on Windows, and what they need.
_NOT_ON_WINDOWS = {
    "cli/test_terminal.py": "pseudo-terminals",
    "cli/manual/test_roff.py": "pseudo-terminals, mandoc",
    "cli/manual/test_shell_scripts.py": "bash, zsh and fish",
    "cli/commands/serve/test_refreshes.py": "signals to processes",
    "system/docs": "a POSIX shell for the commands of the documentation",
    "system/grafana": "Prometheus and Alertmanager",
    "system/operations": "systemd, a POSIX shell",
    "system/suite": "forks",
    "accounts/login/test_browser.py": "Chromium",
    "accounts/refresh/test_whole_life.py": "Chromium",
    "exporter/web/page/test_browser.py": "Chromium",
    "sandbox/test_oauth_browser.py": "Chromium",
}

# Calls of tests that Windows lacks, by the text of their code.
_LACKING = {
    r"\bchmod\(|\bumask\(|S_IMODE|\bmode=0o|0o[0-7]{3}\b": "modes of files",
    r"/proc/|/sys/": "files of the kernel",
    r"/dev/(?:fd|stdin|stdout|stderr|null|zero|full)|\bos\.pipe\(": "descriptors by paths",
    r"\bSIGKILL\b|\bSIGHUP\b|\bSIGSTOP\b|\.send_signal\(|\bos\.kill\(": "signals to processes",
    r"#!/|/bin/sh|shell=True": "a POSIX shell",
}
# The same by the beginnings of their ids below tests/, where the code does not show it.
_LACKING_BY_ID: dict[str, tuple[str, ...]] = {
    "files that are replaced or deleted while they are open": (
        "exporter/ledger/test_ledger_file.py::test_a_file_deleted_in_use",
        "exporter/ledger/test_ledger_file.py::test_the_log_of_a_damaged_file",
        "exporter/metrics/test_textfile.py::test_the_file_is_replaced_by_a_rename",
    ),
    "limits of the kernel, signals to processes": (
        "exporter/ledger/test_ledger_file.py::test_on_a_full_disk",
        "exporter/ledger/test_ledger.py::test_a_spend_of_a_killed_process",
    ),
    "the sync of a folder to the disk": (
        "storage/test_atomic_write.py::test_every_replacement_syncs",
        "storage/test_atomic_write.py::test_a_folder_that_cannot_be_synced",
        "storage/test_private_files.py::test_the_folder_of_what_is_created_is_synced",
    ),
    "a count of what is open; Wine's own files change it": (
        "transport/test_async_client.py::test_a_thousand_dripping",
        "transport/test_async_client.py::test_a_request_that_is_cancelled",
        "transport/test_async_client.py::test_a_handshake_that_is_cancelled",
    ),
    "timers as exact as the test needs, in Wine": (
        "transport/test_both_clients.py::test_one_deadline_holds",
        "transport/test_proxies_and_tls.py::test_a_failed_handshake_is_distinguished",
    ),
    "the examples and folders that the help names elsewhere": (
        "cli/commands/validate/test_validate.py::test_the_help",
        "cli/test_help.py",
    ),
    "the wording of the system's errors elsewhere": (
        "storage/test_regular_files.py::test_the_error_has_the_caller_s_next_step",
        "exporter/sources/test_file_watcher.py::test_a_bad_file_takes_effect_at_once",
    ),
    "the time of a file's change beside that of its content": (
        "exporter/sources/test_file_watcher.py::test_a_changed_file_is_read[same size and time]",
    ),
    "names of files that are not Unicode": (
        "exporter/sources/test_file_watcher.py::test_an_undecodable_name_is_skipped",
    ),
    "a home folder by HOME alone": (
        "storage/test_data_folder.py::test_an_unknown_home_is_reported",
    ),
    "a shell that closes streams": ("cli/test_main.py::test_streams_that_are_closed",),
    "data behind a reset of the connection": (
        "accounts/login/test_loopback_server.py::test_a_browser_that_is_gone",
    ),
}

_MISSING_MODULES = {"fcntl", "pty", "pwd", "resource", "termios", "tty"}
_POSIX_MODULES = {"os", "signal", "socket"}


def adapt() -> None:
    """Prepare a process of tests for this system.

    Words in messages are quoted as POSIX shells need it: the texts that the tests expect have been
    written there, and how Windows quotes is tested apart. A test that makes a link is skipped.
    """
    if sys.platform == "win32":
        shell_words.quote_for_windows = shlex.quote
        os.symlink = _refuse_link


class NoLinksError(OSError):
    """No link can be made; Wine says nothing and makes none."""


def _refuse_link(*_: object, **__: object) -> None:
    raise NoLinksError


def is_ignored(path: Path, tests: Path) -> bool:
    """Return whether a file or folder of the tests cannot be collected on this system."""
    return sys.platform == "win32" and path.relative_to(tests).as_posix() in _NOT_ON_WINDOWS


def skip_reason(item: pytest.Item) -> str | None:
    """Return what a test needs that this system lacks, or ``None``."""
    if sys.platform != "win32":
        return None
    own = item.nodeid.replace("\\", "/").removeprefix("tests/")
    for reason, beginnings in _LACKING_BY_ID.items():
        if own.startswith(beginnings):
            return f"Windows lacks {reason}"
    code = _code_of(item.function) if isinstance(item, pytest.Function) else ""
    for sign, reason in _LACKING.items():
        if re.search(sign, code):
            return f"Windows lacks {reason}"
    return None


@cache
def _code_of(function: object) -> str:
    return inspect.getsource(inspect.unwrap(function))  # type: ignore[arg-type]


def missing_call(error: BaseException) -> str | None:
    """Return what a test itself called that this system lacks, or ``None``.

    A call by the product is none: it would be a fault.
    """
    if sys.platform != "win32":
        return None
    if isinstance(error, NoLinksError):
        return "Windows lacks links that every user may create"
    frames = traceback.extract_tb(error.__traceback__)
    if isinstance(error, FileNotFoundError) and frames[-1].name == "_execute_child":
        starter = next(frame for frame in reversed(frames) if "subprocess" not in frame.filename)
        by_tests = Path(starter.filename).is_relative_to(_TESTS)
        return "this computer lacks a program that the test starts" if by_tests else None
    if isinstance(error, ModuleNotFoundError) and error.name in _MISSING_MODULES:
        by_product = any(Path(frame.filename).is_relative_to(_PRODUCT) for frame in frames)
        return None if by_product else f"Windows lacks the module {error.name}"
    if not frames or not Path(frames[-1].filename).is_relative_to(_TESTS):
        return None
    if isinstance(error, AttributeError) and getattr(error.obj, "__name__", "") in _POSIX_MODULES:
        return f"Windows lacks {error.obj.__name__}.{error.name}"
    return None
